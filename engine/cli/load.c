/* load.c - a sequence file and the step table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "cli.h"
#include "load.h"
#include "os.h"
#include "steps.h"

#define LIST_BYTES_MAX 65536u

ts_steps *ts_loaded_steps(ts_err **err)
{
    return ts_steps_new(ts_builtin_steps, err);
}

bool ts_loaded_open(ts_loaded *loaded, const char *file, ts_err **err)
{
    if (loaded->steps == NULL)
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
    for (size_t i = 0; i < loaded->n_custom; i++) {
        ts_lua_steps_free(loaded->custom[i]);
        free(loaded->folders[i]);
    }
    *loaded = (ts_loaded){0};
}

static bool is_loaded(const ts_loaded *loaded, const char *folder)
{
    for (size_t i = 0; i < loaded->n_custom; i++)
        if (strcmp(loaded->folders[i], folder) == 0)
            return true;
    return false;
}

bool ts_loaded_add_folder(ts_loaded *loaded, const char *folder, ts_err **err)
{
    if (loaded->steps == NULL)
        loaded->steps = ts_loaded_steps(err);
    char *path = loaded->steps == NULL ? NULL : ts_path_absolute(folder, err);
    if (path == NULL || is_loaded(loaded, path)) {
        free(path);
        return loaded->steps != NULL && (err == NULL || *err == NULL);
    }
    ts_lua_steps *steps = NULL;
    if (loaded->n_custom == TS_LOADED_FOLDERS_MAX)
        ts_fail(err, TS_LIMIT, "more than %u folders with steps", TS_LOADED_FOLDERS_MAX);
    else
        steps = ts_lua_steps_load(path, loaded->steps, err);
    if (steps == NULL) {
        free(path);
        return false;
    }
    loaded->folders[loaded->n_custom] = path;
    loaded->custom[loaded->n_custom++] = steps;
    return true;
}

bool ts_loaded_add_custom(ts_loaded *loaded, const ts_args *args, const char *file, ts_err **err)
{
    for (size_t i = 0; i < ts_args_values(args, "steps"); i++)
        if (!ts_loaded_add_folder(loaded, ts_args_value_at(args, "steps", i), err))
            return false;
    if (file == NULL)
        return true;
    TS_CLEANUP(ts_free_ptr) char *dir = ts_path_dir(file);
    TS_CLEANUP(ts_free_ptr) char *beside = dir == NULL ? NULL : ts_path_join(dir, "steps");
    if (beside == NULL)
        return ts_fail_nomem(err);
    return !ts_file_is_folder(beside) || ts_loaded_add_folder(loaded, beside, err);
}

bool ts_loaded_open_with(ts_loaded *loaded, const ts_args *args, const char *file, ts_err **err)
{
    return ts_loaded_add_custom(loaded, args, file, err) && ts_loaded_open(loaded, file, err);
}

bool ts_loaded_remember(const ts_loaded *loaded, ts_vars *vars, ts_err **err)
{
    ts_buf list;
    ts_buf_init(&list, LIST_BYTES_MAX);
    for (size_t i = 0; i < loaded->n_custom; i++)
        ts_buf_printf(&list, "%s%s", i > 0 ? "\n" : "", loaded->folders[i]);
    bool ok = ts_buf_ok(&list, "list of step folders", err) &&
              (list.len == 0 ||
               ts_vars_set_engine(vars, TS_STEPS_VARIABLE, ts_buf_text(&list), err));
    ts_buf_done(&list);
    return ok;
}

static bool recall_one(ts_loaded *loaded, const char *folder, const char *work, ts_err **err)
{
    if (ts_path_is_absolute(folder))
        return ts_loaded_add_folder(loaded, folder, err);
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(work, folder);
    return path == NULL ? ts_fail_nomem(err) : ts_loaded_add_folder(loaded, path, err);
}

bool ts_loaded_recall(ts_loaded *loaded, const ts_vars *vars, const char *work, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *list = ts_strdup(ts_vars_text(vars, TS_STEPS_VARIABLE));
    if (list == NULL)
        return ts_fail_nomem(err);
    for (char *next = list; next != NULL && *next != '\0';) {
        char *end = strchr(next, '\n');
        if (end != NULL)
            *end = '\0';
        if (!recall_one(loaded, next, work, err))
            return false;
        next = end == NULL ? NULL : end + 1;
    }
    return true;
}

/* The script's thread is stuck and stays so. */
static void on_watchdog(void *ctx, const char *text)
{
    TS_UNUSED(ctx);
    fprintf(stderr, "taskseq: %s\n", text);
    _Exit(ts_code_exit(TS_SCRIPT));
}

ts_watchdog *ts_cli_watchdog(const ts_args *args, ts_err **err)
{
    const char *text = ts_args_value(args, "script-limit");
    int64_t seconds = TS_SIMULATED_SCRIPT_SECONDS;
    if (text != NULL && !ts_cli_number("script-limit", text, 1, UINT32_MAX / 1000, &seconds, err))
        return NULL;
    ts_watchdog *watchdog = ts_watchdog_new(on_watchdog, NULL, (uint32_t)seconds * 1000u, err);
    if (watchdog != NULL)
        ts_watchdog_strict(watchdog);
    return watchdog;
}

void ts_loaded_watch(const ts_loaded *loaded, ts_watchdog *watchdog)
{
    for (size_t i = 0; i < loaded->n_custom; i++)
        ts_lua_steps_watch(loaded->custom[i], watchdog);
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
