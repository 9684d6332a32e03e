/* fuzz_mdt_rules.c - any bytes as a file of MDT's rules, and every value in it as an expression. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "fuzz.h"
#include "mdt_expression.h"
#include "mdt_ini.h"

static void evaluate(const ts_vars *vars, const char *text)
{
    mdt_world world = {.vars = vars, .now = 1760000000000};
    ts_buf out;
    ts_err *err = NULL;
    ts_buf_init(&out, MDT_EXPRESSION_MAX);
    bool ok = mdt_expression(&world, text, &out, &err);
    assert(ok == (err == NULL));
    TS_UNUSED(ok);
    ts_err_free(err);
    ts_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mdt_ini ini;
    ts_err *err = NULL;
    ts_vars *vars = ts_vars_new();
    if (!vars || !ts_vars_set(vars, "Model", "Laptop 14", 0, NULL))
        abort();
    bool ok = mdt_ini_parse(&ini, (const char *)data, size, &err);
    assert(ok == (err == NULL));
    for (size_t i = 0; ok && i < ini.n_keys; i++)
        evaluate(vars, ini.keys[i].value);
    for (size_t i = 0; ok && i < ini.n_sections; i++)
        assert(mdt_ini_find(&ini, ini.sections[i].name));
    mdt_ini_done(&ini);
    ts_err_free(err);
    ts_vars_free(vars);
    return 0;
}
