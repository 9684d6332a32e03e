/* hand_over.c - see hand_over.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "hand_over.h"
#include "log_home.h"
#include "kept.h"
#include "os.h"

#define DEPTH_MAX     16u /* of folders with steps */
#define STEPS_MAX     65536u
#define HEAD          2u /* bytes at the start of a Windows program: "MZ" */
#define JOURNAL_FILES 2u
#define TARGET_FOLDER "_SMSTaskSequence"

struct ts_hand_over {
    ts_arena *arena;
    ts_agent agent;
    ts_agent_file *files; /* agent.files */
    const char *sequence; /* below the agent's folder */
    ts_buf steps;         /* folders below it, one a line */
    bool has_site;
};

/* --- What goes along ----------------------------------------------------------------------- */

static bool add_file(ts_hand_over *h, const char *from, const char *to, ts_err **err)
{
    if (h->agent.n_files == TS_AGENT_FILES_MAX)
        return ts_fail(err, TS_LIMIT,
                       "more than %u files (steps in Lua, site file) would go along to the new "
                       "Windows",
                       TS_AGENT_FILES_MAX);
    ts_agent_file file = {ts_arena_strdup(h->arena, from), ts_arena_strdup(h->arena, to)};
    if (file.from == NULL || file.to == NULL)
        return ts_fail_nomem(err);
    h->files[h->agent.n_files++] = file;
    return true;
}

static bool add_one(void *ctx, const char *from, const char *to, bool is_folder, ts_err **err)
{
    return is_folder || add_file(ctx, from, to, err);
}

static bool add_steps(ts_hand_over *h, const ts_loaded *loaded, ts_err **err)
{
    for (size_t i = 0; i < loaded->n_custom; i++) {
        char to[32];
        snprintf(to, sizeof to, "steps/%zu", i);
        ts_buf_printf(&h->steps, "%s%s", i > 0 ? "\n" : "", to);
        if (!ts_folder_walk(loaded->folders[i], to, DEPTH_MAX, add_one, h, err))
            return false;
    }
    return ts_buf_ok(&h->steps, "list of step folders", err);
}

typedef struct site_walk {
    ts_hand_over *over;
    const char *folder; /* of the site file */
} site_walk;

static bool add_site_file(void *ctx, const char *name, ts_err **err)
{
    const site_walk *w = ctx;
    if (!ts_path_is_inside(name))
        return ts_fail(err, TS_UNSUPPORTED,
                       "the site file names '%s', which is not below its own folder and cannot go "
                       "along to the new Windows; put it beside the site file",
                       name);
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(w->folder, name);
    TS_CLEANUP(ts_free_ptr) char *to = ts_path_join("site", name);
    return from == NULL || to == NULL ? ts_fail_nomem(err) : add_file(w->over, from, to, err);
}

static bool add_site(ts_hand_over *h, const char *site, ts_err **err)
{
    if (site == NULL)
        return true;
    TS_CLEANUP(ts_free_ptr) char *file = ts_path_absolute(site, err);
    TS_CLEANUP(ts_free_ptr) char *folder = file == NULL ? NULL : ts_path_dir(file);
    if (folder == NULL)
        return file == NULL ? false : ts_fail_nomem(err);
    h->has_site = true;
    site_walk walk = {.over = h, .folder = folder};
    return add_file(h, file, TS_HAND_OVER_SITE, err) &&
           ts_content_site_files(file, add_site_file, &walk, err);
}

static bool add_sequence(ts_hand_over *h, const char *sequence_file, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *file = ts_path_absolute(sequence_file, err);
    TS_CLEANUP(ts_free_ptr)
    char *to = file == NULL ? NULL : ts_path_join("sequence", ts_path_base(file));
    if (to == NULL)
        return file == NULL ? false : ts_fail_nomem(err);
    h->sequence = ts_arena_strdup(h->arena, to);
    return (h->sequence != NULL || ts_fail_nomem(err)) && add_file(h, file, to, err);
}

/* --- The program --------------------------------------------------------------------------- */

static bool is_windows_program(const char *file, ts_err **err)
{
    char head[HEAD] = {0};
    size_t got = 0;
    ts_file *f = ts_file_open(file, TS_FILE_READ, false, err);
    bool ok = f != NULL && ts_file_pread(f, head, HEAD, 0, &got, err);
    ts_file_close(f);
    return ok && ((head[0] == 'M' && head[1] == 'Z') ||
                  ts_fail(err, TS_SCHEMA, "'%s' is no program for Windows", file));
}

/* This program itself where it is one for Windows, else the one beside it. */
static bool find_program(ts_hand_over *h, const char *given, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(err);
    TS_CLEANUP(ts_free_ptr) char *folder = self == NULL ? NULL : ts_path_dir(self);
    TS_CLEANUP(ts_free_ptr)
    char *beside = folder == NULL ? NULL : ts_path_join(folder, TS_AGENT_PROGRAM);
    if (beside == NULL)
        return self == NULL ? false : ts_fail_nomem(err);
    size_t len = strlen(self);
    bool windows = len > 4 && ts_str_ieq(self + len - 4, ".exe");
    const char *chosen = given != NULL ? given : windows ? self : beside;
    if (given == NULL && !ts_file_exists(chosen))
        return ts_fail(err, TS_NOT_FOUND,
                       "there is no taskseq.exe to go on in the new Windows: put it beside this "
                       "program ('%s') or name it with --agent",
                       chosen);
    h->agent.program = ts_arena_strdup(h->arena, chosen);
    if (h->agent.program == NULL)
        return ts_fail_nomem(err);
    return is_windows_program(chosen, err) ||
           ts_wrap(err, "the program that goes on in the new Windows (--agent)");
}

static bool collect(ts_hand_over *h, const ts_execute *e, const char *site, ts_err **err)
{
    return add_sequence(h, e->file, err) && add_steps(h, e->loaded, err) &&
           add_site(h, site, err) && find_program(h, ts_kept_value(e, "agent"), err);
}

ts_hand_over *ts_hand_over_new(const ts_execute *e, const char *site, ts_host *host, ts_err **err)
{
    ts_err *why = NULL;
    ts_hand_over *h = ts_alloc(sizeof *h);
    if (h != NULL) {
        ts_buf_init(&h->steps, STEPS_MAX);
        h->arena = ts_arena_new();
    }
    if (h != NULL && h->arena != NULL)
        h->files = ts_arena_alloc(h->arena, TS_AGENT_FILES_MAX * sizeof *h->files);
    if (h == NULL || h->files == NULL) {
        ts_hand_over_free(h);
        ts_fail_nomem(err);
        return NULL;
    }
    h->agent.files = h->files;
    if (!collect(h, e, site, &why)) {
        h->agent.program = NULL;
        h->agent.missing = ts_arena_strdup(h->arena, ts_err_text(why));
        if (h->agent.missing == NULL)
            h->agent.missing = "out of memory";
    }
    ts_err_free(why);
    ts_host_set_agent(host, &h->agent);
    return h;
}

void ts_hand_over_free(ts_hand_over *h)
{
    if (h == NULL)
        return;
    ts_buf_done(&h->steps);
    ts_arena_free(h->arena);
    free(h);
}

/* --- The journal --------------------------------------------------------------------------- */

bool ts_hand_over_is_due(const ts_execute *e, ts_host *host)
{
    return e->journal != NULL && ts_journal_awaits_os(e->journal) &&
           ts_host_phase(host) == TS_PHASE_WINPE && *ts_vars_text(e->vars, TS_AGENT_VARIABLE);
}

static bool copy_below(ts_host *host, const char *from, const char *to, const char *name,
                       ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *source = ts_path_join(from, name);
    TS_CLEANUP(ts_free_ptr) char *target = ts_path_join(to, name);
    if (source == NULL || target == NULL)
        return ts_fail_nomem(err);
    return ts_file_is_folder(source) || ts_host_file_copy(host, source, target, err);
}

static bool is_same_path(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char one[] = {*a == '\\' ? '/' : *a, '\0'};
        char two[] = {*b == '\\' ? '/' : *b, '\0'};
        if (!ts_str_ieq(one, two))
            return false;
    }
    return *a == *b;
}

/* A log that has moved there already is not copied onto itself. */
static bool copy_logs(ts_host *host, const char *log, const char *place, ts_err **err)
{
    char **names = NULL;
    TS_CLEANUP(ts_free_ptr) char *to = ts_path_join(place, TS_HAND_OVER_LOGS);
    if (to == NULL)
        return ts_fail_nomem(err);
    if (is_same_path(log, to))
        return true;
    bool ok = ts_host_folder_make(host, to, err) && ts_folder_list(log, &names, err);
    for (size_t i = 0; ok && names[i] != NULL; i++)
        ok = copy_below(host, log, to, names[i], err);
    free(names);
    return ok;
}

bool ts_hand_over_keep_log(const ts_execute *e, ts_host *host, const char *log, ts_err **err)
{
    const char *drive = ts_vars_text(e->vars, TS_LOG_HOME_TARGET);
    if (ts_host_phase(host) != TS_PHASE_WINPE || *drive == '\0' ||
        ts_str_ncasecmp(log, drive, strlen(drive)) == 0) /* it is there */
        return true;
    TS_CLEANUP(ts_free_ptr) char *place = ts_sprintf("%s/" TARGET_FOLDER, drive);
    if (place == NULL)
        return ts_fail_nomem(err);
    return copy_logs(host, log, place, err) ||
           ts_wrap(err, "cannot copy the log to the new Windows ('%s')", place);
}

static bool copy_journal(const ts_hand_over *h, const ts_execute *e, ts_host *host,
                         const char *work, const char *place, ts_err **err)
{
    static const char *const names[JOURNAL_FILES] = {"journal.log", "journal.key"};
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(work, "hand-over");
    if (folder == NULL)
        return ts_fail_nomem(err);
    ts_journal_change changes[TS_KEPT_MAX + 1];
    size_t n = ts_kept_leave(h->has_site ? TS_HAND_OVER_SITE : NULL, changes);
    if (h->steps.len > 0)
        changes[n++] = (ts_journal_change){TS_STEPS_VARIABLE, ts_buf_text(&h->steps)};
    bool ok = ts_journal_export(e->journal, folder, h->sequence, changes, n, err);
    for (size_t i = 0; ok && i < JOURNAL_FILES; i++)
        ok = copy_below(host, folder, place, names[i], err);
    bool clean = ts_folder_remove(folder, ok ? err : NULL);
    return ok && clean;
}

bool ts_hand_over_do(const ts_hand_over *h, ts_execute *e, ts_host *host, const char *work,
                     const char *log, ts_err **err)
{
    const char *place = ts_vars_text(e->vars, TS_AGENT_VARIABLE);
    bool ok = h->sequence != NULL ||
              ts_fail(err, TS_STATE, "%s", h->agent.missing ? h->agent.missing : "no agent");
    return (ok && copy_logs(host, log, place, err) && copy_journal(h, e, host, work, place, err) &&
            ts_journal_leave(e->journal, place, err)) ||
           ts_wrap(err, "cannot hand the run over to the new Windows ('%s')", place);
}

/* --- To Windows PE ------------------------------------------------------------------------- */

bool ts_hand_over_to_pe_is_due(const ts_execute *e, ts_host *host)
{
    return e->journal != NULL && ts_journal_awaits_pe(e->journal) &&
           (ts_host_phase(host) == TS_PHASE_FULL_OS || e->work_in_memory);
}

static bool put_files(const ts_hand_over *h, ts_host *host, const char *place, ts_err **err)
{
    for (size_t i = 0; i < h->agent.n_files; i++) {
        TS_CLEANUP(ts_free_ptr) char *to = ts_path_join(place, h->files[i].to);
        TS_CLEANUP(ts_free_ptr) char *folder = to == NULL ? NULL : ts_path_dir(to);
        if (folder == NULL)
            return ts_fail_nomem(err);
        if (!ts_host_folder_make(host, folder, err) ||
            !ts_host_file_copy(host, h->files[i].from, to, err))
            return false;
    }
    return true;
}

static bool find_place(ts_host *host, char disk, char **place, ts_err **err)
{
    bool full = ts_host_phase(host) == TS_PHASE_FULL_OS;
    const char *drive = ts_host_env(host, "SystemDrive");
    char letter = !full ? disk : drive != NULL && *drive != '\0' ? *drive : 'C';
    if (letter == '\0')
        return ts_fail(err, TS_STATE,
                       "the restart to Windows PE would lose the run: it is in memory, and no step "
                       "has made a volume where it could wait; start with --work on a disk");
    *place = ts_sprintf("%c:/" TS_HAND_OVER_PE, letter);
    return *place != NULL || ts_fail_nomem(err);
}

bool ts_hand_over_to_pe(const ts_hand_over *h, ts_execute *e, ts_host *host, const char *work,
                        const char *log, char disk, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *place = NULL;
    if (h->agent.program == NULL)
        return ts_fail(err, TS_STATE, "cannot hand the run over to Windows PE: %s",
                       h->agent.missing != NULL ? h->agent.missing : "out of memory");
    if (!find_place(host, disk, &place, err))
        return false;
    return (ts_folder_remove(place, err) && ts_host_folder_make(host, place, err) &&
            ts_folder_restrict(place, err) && put_files(h, host, place, err) &&
            copy_logs(host, log, place, err) && copy_journal(h, e, host, work, place, err) &&
            ts_journal_leave(e->journal, place, err)) ||
           ts_wrap(err, "cannot hand the run over to Windows PE ('%s')", place);
}
