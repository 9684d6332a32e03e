/* win_agent.c - takes the agent off a Windows when its run is over. */
#include <stdlib.h>
#include <string.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

/* Behind the drive letter; the line that host_agent.c puts there names the program. */
#define SCRIPT      "Setup/Scripts/SetupComplete.cmd"
#define OUR_WORDS   "\\" TS_AGENT_PROGRAM "\" agent install"
#define SCRIPT_SIZE (1024u * 1024u)

/* The script without our line. */
static bool without_line(const char *script, ts_buf *out, ts_err **err)
{
    for (const char *line = script; *line;) {
        size_t len = strcspn(line, "\n");
        len += line[len] == '\n';
        TS_CLEANUP(ts_free_ptr) char *one = ts_strndup(line, len);
        if (!one)
            return ts_fail_nomem(err);
        if (!strstr(one, OUR_WORDS))
            ts_buf_add(out, line, len);
        line += len;
    }
    return ts_buf_ok(out, "SetupComplete.cmd", err);
}

static bool clean_script(ts_err **err)
{
    const char *windows = ts_env_get("SystemRoot");
    TS_CLEANUP(ts_free_ptr) char *file = ts_path_join(windows ? windows : "C:/Windows", SCRIPT);
    TS_CLEANUP(ts_free_ptr) char *script = NULL;
    size_t size = 0;
    ts_buf rest;
    if (!file)
        return ts_fail_nomem(err);
    if (!ts_file_exists(file))
        return true;
    if (!ts_file_read(file, SCRIPT_SIZE, &script, &size, err))
        return false;
    ts_buf_init(&rest, SCRIPT_SIZE);
    bool ok = without_line(script, &rest, err);
    if (ok && ts_str_blank(ts_buf_text(&rest)))
        ok = ts_file_remove(file, err);
    else if (ok && rest.len != size)
        ok = ts_file_write_atomic(file, ts_buf_text(&rest), rest.len, err);
    ts_buf_done(&rest);
    return ok;
}

/* The key opens the secrets of the journal. */
static bool wipe_key(const char *work, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(work, "journal.key");
    return path ? ts_file_wipe(path, err) : ts_fail_nomem(err);
}

static bool is_log(const char *name)
{
    return ts_str_ieq(name, "Logs");
}

static bool remove_one(const char *work, const char *name, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(work, name);
    if (!path)
        return ts_fail_nomem(err);
    if (ts_file_is_folder(path))
        return ts_folder_remove(path, err);
    /* The program itself runs. */
    return ts_str_ieq(name, TS_AGENT_PROGRAM) ? ts_file_remove_later(path, err)
                                              : ts_file_remove(path, err);
}

static bool clean_folder(const char *work, ts_err **err)
{
    char **names = NULL;
    bool ok = wipe_key(work, err) && ts_folder_list(work, &names, err);
    for (size_t i = 0; ok && names[i]; i++)
        ok = is_log(names[i]) || remove_one(work, names[i], err);
    free(names);
    return ok;
}

bool ts_win_agent_remove(void *self, const char *work, ts_err **err)
{
    TS_UNUSED(self);
    return ts_service_remove(TS_AGENT_SERVICE, err) && clean_script(err) && clean_folder(work, err);
}
