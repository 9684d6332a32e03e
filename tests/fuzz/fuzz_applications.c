/* fuzz_applications.c - any bytes as a catalogue of applications; dependencies of what parses end.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <ts/application.h>
#include <ts/mem.h>

#include "fuzz.h"

/* A cycle would never end here. */
static size_t walk(const ts_application *a, size_t left)
{
    for (size_t i = 0; i < a->n_dependencies && left > 0; i++)
        left = walk(a->dependencies[i], left - 1);
    return left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_err *err = NULL;
    ts_applications *c = ts_applications_parse("fuzz.xml", data, size, &err);
    assert((c != NULL) == (err == NULL));
    if (c) {
        const ts_application *a = ts_applications_find(c, "A");
        const ts_application *p = ts_applications_program(c, "P", "");
        if (a)
            walk(a, 10000);
        assert(!p || p->is_program);
        TS_UNUSED(p);
    }
    ts_applications_free(c);
    ts_err_free(err);
    return 0;
}
