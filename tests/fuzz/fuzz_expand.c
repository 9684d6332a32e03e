/* fuzz_expand.c - any text through expansion and masking, and any bytes as a file of variables. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/vars.h>

#include "fuzz.h"

static void expand(const ts_vars *vars, const char *text)
{
    ts_value value;
    unsigned unresolved = 0;
    if (!ts_vars_expand(vars, text, &value, &unresolved, NULL))
        return;
    char *owned = NULL;
    const char *masked = ts_vars_mask(vars, value.text, &owned);
    assert(!strstr(masked, "hunter22"));
    TS_UNUSED(masked);
    free(owned);
    ts_value_done(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_vars *vars = ts_vars_new();
    char *text = ts_strndup((const char *)data, size);
    if (!vars || !text || !ts_vars_set(vars, "A", "%B%", 0, NULL) ||
        !ts_vars_set(vars, "B", "x", 0, NULL) ||
        !ts_vars_set(vars, "S", "hunter22", TS_VALUE_SECRET, NULL) ||
        !ts_vars_set_unknown(vars, "U", "why", NULL))
        abort();
    expand(vars, text);
    ts_err *err = NULL;
    bool ok = ts_vars_load(vars, "input", (const char *)data, size, &err);
    assert(ok == (err == NULL));
    TS_UNUSED(ok);
    ts_err_free(err);
    expand(vars, text);
    free(text);
    ts_vars_free(vars);
    return 0;
}
