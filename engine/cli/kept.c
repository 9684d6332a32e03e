/* kept.c - see kept.h. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "kept.h"
#include "os.h"

#define DISKS_VARIABLE "_TaskseqDisks" /* N=FILE, one a line */
#define DISKS_MAX      65536u

static const struct kept {
    const char *option, *variable;
    bool path;
} all[] = {
    {"site", "_TaskseqSite", true},           {"cache", "_TaskseqCache", true},
    {"cache-max", "_TaskseqCacheMax", false}, {"log", "_TaskseqLog", true},
    {"events", "_TaskseqEvents", true},       {"agent", "_TaskseqAgentProgram", true},
    {"phase", "_TaskseqPhase", false},        {"script-limit", "_TaskseqScriptLimit", false},
};

/* What this command line, or the command itself, says. */
static const char *given(const ts_execute *e, const char *option)
{
    if (e->site != NULL && strcmp(option, "site") == 0)
        return e->site;
    if (e->log != NULL && strcmp(option, "log") == 0)
        return e->log;
    return ts_args_value(e->args, option);
}

const char *ts_kept_value(const ts_execute *e, const char *option)
{
    const char *now = given(e, option);
    for (size_t i = 0; now == NULL && e->vars != NULL && i < TS_COUNT(all); i++) {
        if (strcmp(all[i].option, option) != 0)
            continue;
        const char *kept = ts_vars_text(e->vars, all[i].variable);
        now = *kept != '\0' ? kept : NULL;
    }
    return now;
}

bool ts_kept_disks(const ts_execute *e, bool (*fn)(void *ctx, const char *spec, ts_err **err),
                   void *ctx, ts_err **err)
{
    size_t n = ts_args_values(e->args, "disk");
    for (size_t i = 0; i < n; i++)
        if (!fn(ctx, ts_args_value_at(e->args, "disk", i), err))
            return false;
    if (n > 0 || e->vars == NULL)
        return true;
    TS_CLEANUP(ts_free_ptr) char *list = ts_strdup(ts_vars_text(e->vars, DISKS_VARIABLE));
    if (list == NULL)
        return ts_fail_nomem(err);
    for (char *next = list; next != NULL && *next != '\0';) {
        char *end = strchr(next, '\n');
        if (end != NULL)
            *end = '\0';
        if (!fn(ctx, next, err))
            return false;
        next = end == NULL ? NULL : end + 1;
    }
    return true;
}

/* --- Keeping ------------------------------------------------------------------------------- */

/* Links stay as they are: a site file names others relative to the folder that it was given in. */
static char *absolute(const char *folder, const char *path, ts_err **err)
{
    char *whole = ts_path_is_absolute(path) ? ts_strdup(path) : ts_path_join(folder, path);
    if (whole == NULL)
        ts_fail_nomem(err);
    return whole;
}

static bool keep(ts_execute *e, const struct kept *k, const char *here, const char *work,
                 ts_err **err)
{
    const char *now = given(e, k->option);
    const char *value = ts_kept_value(e, k->option);
    if (value == NULL)
        return true;
    if (!k->path) {
        TS_CLEANUP(ts_free_ptr) char *copy = ts_strdup(value); /* it may be the variable's own */
        return copy == NULL ? ts_fail_nomem(err)
                            : ts_vars_set_engine(e->vars, k->variable, copy, err);
    }
    TS_CLEANUP(ts_free_ptr) char *whole = absolute(now != NULL ? here : work, value, err);
    return whole != NULL && ts_vars_set_engine(e->vars, k->variable, whole, err);
}

typedef struct disks {
    const char *here;
    ts_buf text;
} disks;

static bool add_disk(void *ctx, const char *spec, ts_err **err)
{
    disks *d = ctx;
    const char *file = strchr(spec, '=');
    if (strchr(spec, '\n') != NULL)
        return ts_fail(err, TS_USAGE, "--disk '%s': a line feed in the name of the file", spec);
    if (file == NULL || file[1] == '\0')
        return true; /* the host says what is wrong with it */
    TS_CLEANUP(ts_free_ptr) char *whole = absolute(d->here, file + 1, err);
    if (whole == NULL)
        return false;
    ts_buf_printf(&d->text, "%s%.*s=%s", d->text.len > 0 ? "\n" : "", (int)(file - spec), spec,
                  whole);
    return ts_buf_ok(&d->text, "list of disks", err);
}

/* Windows PE is over when the machine has started into its own Windows. */
static bool forget_phase(ts_execute *e, ts_err **err)
{
    return e->journal == NULL || !ts_journal_awaits_os(e->journal) ||
           strcmp(ts_vars_text(e->vars, "_TaskseqPhase"), "winpe") != 0 ||
           ts_vars_set_engine(e->vars, "_TaskseqPhase", "", err);
}

bool ts_kept_remember(ts_execute *e, const char *work, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *here = ts_folder_current(err);
    disks list = {.here = here};
    bool ok = here != NULL && forget_phase(e, err);
    for (size_t i = 0; ok && i < TS_COUNT(all); i++)
        ok = keep(e, &all[i], here, work, err);
    ts_buf_init(&list.text, DISKS_MAX);
    ok = ok && ts_kept_disks(e, add_disk, &list, err) &&
         (list.text.len == 0 ||
          ts_vars_set_engine(e->vars, DISKS_VARIABLE, ts_buf_text(&list.text), err));
    ts_buf_done(&list.text);
    return ok;
}

size_t ts_kept_leave(const char *site, ts_journal_change *out)
{
    size_t n = 0;
    for (size_t i = 0; i < TS_COUNT(all); i++) {
        bool is_site = strcmp(all[i].option, "site") == 0;
        out[n++] = (ts_journal_change){all[i].variable, is_site && site != NULL ? site : ""};
    }
    out[n++] = (ts_journal_change){DISKS_VARIABLE, ""};
    return n;
}
