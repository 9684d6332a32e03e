/* load.c - a sequence file and the step table. */
#include <string.h>

#include <ts/text.h>

#include "load.h"
#include "steps.h"

#define LIST_BYTES_MAX 65536u

ts_steps *ts_loaded_steps(ts_err **err)
{
    return ts_steps_new(ts_builtin_steps, err);
}

bool ts_loaded_open(ts_loaded *loaded, const char *file, ts_err **err)
{
    loaded->steps = ts_loaded_steps(err);
    if (loaded->steps == NULL)
        return false;
    loaded->bundle = ts_bundle_load(file, err);
    return loaded->bundle != NULL;
}

void ts_loaded_done(ts_loaded *loaded)
{
    ts_bundle_free(loaded->bundle);
    ts_steps_free(loaded->steps);
    *loaded = (ts_loaded){0};
}

const ts_sequence *ts_loaded_sequence(const ts_loaded *loaded, const char *id, ts_err **err)
{
    if (id == NULL)
        return ts_bundle_entry(loaded->bundle);
    ts_buf list;
    ts_buf_init(&list, LIST_BYTES_MAX);
    for (size_t i = 0; i < ts_bundle_count(loaded->bundle); i++) {
        const ts_sequence *sequence = ts_bundle_get(loaded->bundle, i);
        if (ts_str_ieq(sequence->package_id, id) || ts_str_ieq(sequence->name, id)) {
            ts_buf_done(&list);
            return sequence;
        }
        ts_buf_printf(&list, "%s%s%s'%s'", i > 0 ? ", " : "", sequence->package_id,
                      sequence->package_id[0] != '\0' ? " " : "", sequence->name);
    }
    ts_fail(err, TS_NOT_FOUND, "the file holds no sequence '%s'; it holds: %s", id,
            ts_buf_text(&list));
    ts_buf_done(&list);
    return NULL;
}
