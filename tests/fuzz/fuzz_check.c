/* fuzz_check.c - the check rules: whatever loads is checked without a fault, and every finding has
 * a rule, a line and one line of UTF-8 text. */
#include <string.h>

#include <ts/check.h>
#include <ts/text.h>

#include "fuzz.h"
#include "steps.h"

#undef NDEBUG /* the assertions are the test, in every build */
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ts_steps *steps;
    ts_err *err = NULL;
    if (!steps)
        steps = ts_steps_new(ts_builtin_steps, NULL);
    ts_bundle *bundle = ts_bundle_load_bytes("f", data, size, &err);
    ts_check *check = bundle ? ts_check_bundle(bundle, steps, &err) : NULL;
    assert((check != NULL) == (err == NULL));
    for (size_t i = 0; check && i < ts_check_count(check); i++) {
        const ts_finding *f = ts_check_at(check, i);
        assert(f->rule && f->sequence && f->line > 0);
        assert(ts_utf8_valid(f->text, strlen(f->text)) && !strpbrk(f->text, "\r\n\t"));
        assert(strcmp(f->rule->id, "step-check") != 0);
    }
    ts_check_free(check);
    ts_bundle_free(bundle);
    ts_err_free(err);
    return 0;
}
