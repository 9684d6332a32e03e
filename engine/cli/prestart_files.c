/* prestart_files.c - see prestart_files.h. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "prestart_files.h"

static bool run_named(const char *name, const char *sequence_file, const ts_prestart *prestart,
                      ts_err **err)
{
    if (ts_path_is_absolute(name))
        return ts_prestart_run(prestart, name, err);
    TS_CLEANUP(ts_free_ptr) char *dir = ts_path_dir(sequence_file);
    TS_CLEANUP(ts_free_ptr) char *file = dir == NULL ? NULL : ts_path_join(dir, name);
    return file == NULL ? ts_fail_nomem(err) : ts_prestart_run(prestart, file, err);
}

/* The variable is read once: a script that changes it does not change this start. */
static bool run_variable(const char *sequence_file, const ts_prestart *prestart, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *list = ts_strdup(ts_vars_text(prestart->vars, TS_PRESTART_VARIABLE));
    if (list == NULL)
        return ts_fail_nomem(err);
    for (char *next = list; next != NULL;) {
        char *end = strchr(next, ';');
        if (end != NULL)
            *end = '\0';
        char *name = ts_str_trim(next);
        if (*name != '\0' && !run_named(name, sequence_file, prestart, err))
            return ts_wrap(err, "variable '" TS_PRESTART_VARIABLE "'");
        next = end == NULL ? NULL : end + 1;
    }
    return true;
}

bool ts_prestart_all(const ts_args *args, const char *sequence_file, const ts_prestart *prestart,
                     ts_err **err)
{
    for (size_t i = 0; i < ts_args_values(args, "prestart"); i++)
        if (!ts_prestart_run(prestart, ts_args_value_at(args, "prestart", i), err))
            return false;
    return run_variable(sequence_file, prestart, err);
}
