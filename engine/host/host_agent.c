/* host_agent.c - the choke point: the agent that goes on with the run in the new Windows. The same
 * on Linux and in Windows PE, because operations on files reach the volume on both. */
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>

#include "host_ops.h"
#include "host_private.h"

#define SCRIPT_MAX (1024u * 1024u) /* bytes of SetupComplete.cmd */

void ts_host_set_agent(ts_host *host, const ts_agent *agent)
{
    host->agent = agent;
}

const char *ts_host_lacks_agent(const ts_host *host)
{
    if (host->ops->agent_install)
        return NULL;
    if (!host->agent)
        return "this program has no agent for the new Windows";
    return host->agent->program ? NULL : host->agent->missing;
}

/* --- SetupComplete.cmd ----------------------------------------------------------------------- */

/* Microsoft docs ("Add a custom script to Windows Setup"): Windows Setup runs
 * %windir%\Setup\Scripts\SetupComplete.cmd once, as the system account, before anybody can log on.
 * The drive letter of Windows PE may be another one than that of Windows itself. */
static char *start_line(const char *work)
{
    const char *folder = work + 3; /* behind "C:/" */
    char *line = ts_sprintf("\"%%SystemDrive%%\\%s\\" TS_AGENT_PROGRAM "\" agent install\r\n",
                            folder);
    for (char *p = line; p && *p; p++)
        *p = *p == '/' ? '\\' : *p;
    return line;
}

/* Nothing behind such a line is sure to run. */
static bool leaves(const char *script)
{
    for (const char *line = script; *line;) {
        size_t len = strcspn(line, "\n");
        const char *word = line + strspn(line, " \t@");
        if (ts_str_ihas_prefix(word, "exit") || ts_str_ihas_prefix(word, "goto :eof") ||
            ts_str_ihas_prefix(word, "shutdown"))
            return true;
        line += len + (line[len] == '\n');
    }
    return false;
}

/* Behind what is there, as the administrator's lines may prepare something; in front where the
 * script leaves before its end. */
static bool add_line(ts_buf *out, const char *script, const char *line, ts_err **err)
{
    size_t len = strlen(script);
    bool first = leaves(script);
    if (first)
        ts_buf_str(out, line);
    ts_buf_str(out, script);
    if (!first) {
        if (len > 0 && script[len - 1] != '\n')
            ts_buf_str(out, "\r\n");
        ts_buf_str(out, line);
    }
    return ts_buf_ok(out, "SetupComplete.cmd", err);
}

static bool write_script(ts_host *host, const char *folder, const char *file, const char *work,
                         ts_err **err)
{
    ts_file_info info;
    ts_buf text;
    size_t size = 0;
    TS_CLEANUP(ts_free_ptr) char *old = NULL;
    TS_CLEANUP(ts_free_ptr) char *line = start_line(work);
    if (!line)
        return ts_fail_nomem(err);
    if (!ts_host_file_info(host, file, &info, err) ||
        (info.exists && !ts_host_file_read(host, file, &old, &size, err)))
        return false;
    if (old && strstr(old, line))
        return true;
    ts_buf_init(&text, SCRIPT_MAX);
    bool ok = add_line(&text, old ? old : "", line, err) &&
              ts_host_folder_make(host, folder, err) &&
              ts_host_file_write(host, file, ts_buf_text(&text), text.len, false, err);
    ts_buf_done(&text);
    return ok;
}

static bool put_script(ts_host *host, char letter, const char *work, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_sprintf("%c:/Windows/Setup/Scripts", letter);
    TS_CLEANUP(ts_free_ptr)
    char *file = ts_sprintf("%c:/Windows/Setup/Scripts/SetupComplete.cmd", letter);
    return folder && file ? write_script(host, folder, file, work, err) : ts_fail_nomem(err);
}

/* --- Files --------------------------------------------------------------------------------- */

static bool put_file(ts_host *host, const char *work, const ts_agent_file *file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *to = ts_path_join(work, file->to);
    TS_CLEANUP(ts_free_ptr) char *folder = to ? ts_path_dir(to) : NULL;
    if (!folder)
        return ts_fail_nomem(err);
    return ts_host_folder_make(host, folder, err) && ts_host_file_copy(host, file->from, to, err);
}

static bool put_agent(ts_host *host, char letter, const char *work, ts_err **err)
{
    const ts_agent *agent = host->agent;
    const ts_agent_file program = {agent->program, TS_AGENT_PROGRAM};
    bool ok = put_file(host, work, &program, err);
    for (size_t i = 0; ok && i < agent->n_files; i++)
        ok = put_file(host, work, &agent->files[i], err);
    return (ok && put_script(host, letter, work, err)) ||
           ts_wrap(err, "cannot install the agent in '%s'", work);
}

/* "C:/folder" on the volume with the letter. */
static bool check_place(char letter, const char *work, ts_err **err)
{
    bool good = work && work[0] && letter && (work[0] | 0x20) == (letter | 0x20) &&
                work[1] == ':' && (work[2] == '/' || work[2] == '\\') && work[3];
    return good || ts_fail(err, TS_SCHEMA,
                           "cannot install the agent: '%s' is no folder on the volume of Windows",
                           work ? work : "");
}

bool ts_host_agent_install(ts_host *host, char letter, const char *work, ts_err **err)
{
    const char *what = "install the agent";
    const char *lack = ts_host_lacks_agent(host);
    bool ok = ts_host_enter(host, what, true, err) && check_place(letter, work, err) &&
              (!lack || ts_fail(err, TS_UNSUPPORTED, "cannot install the agent: %s", lack)) &&
              (host->ops->agent_install ? host->ops->agent_install(host->self, letter, work, err)
                                        : put_agent(host, letter, work, err));
    TS_HOST_CHANGE(host, TS_EFFECT(FILE) | TS_EFFECT(REGISTRY), ok, err,
                   "install the agent that goes on in the Windows on %c: (folder '%s')",
                   letter ? letter : '?', work ? work : "");
    return ok;
}

bool ts_host_agent_remove(ts_host *host, const char *work, ts_err **err)
{
    bool ok = ts_host_enter(host, "remove the agent", host->ops->agent_remove != NULL, err) &&
              host->ops->agent_remove(host->self, work, err);
    TS_HOST_CHANGE(host, TS_EFFECT(FILE) | TS_EFFECT(REGISTRY), ok, err,
                   "remove the agent (folder '%s')", work ? work : "");
    return ok;
}
