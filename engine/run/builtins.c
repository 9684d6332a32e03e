/* builtins.c - variables that the engine sets from the machine when a run begins (ConfigMgr docs:
 * "Task sequence variables"). What a profile, the media or a resumed run has set stays. */
#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"

static bool set_missing(ts_run *run, const char *name, const char *value, ts_err **err)
{
    if (*ts_vars_text(run->options->vars, name) || !*value)
        return true;
    return ts_run_set(run, name, value, err);
}

/* "" when the host cannot tell: the variable stays unset then. */
static bool get_fact(ts_run *run, ts_fact fact, char **out, ts_err **err)
{
    ts_err *why = NULL;
    if (ts_host_fact(run->options->host, fact, out, &why))
        return true;
    if (ts_err_code(why) == TS_NOMEM || ts_err_code(why) == TS_CANCELLED)
        return ts_fail_take(err, why);
    ts_err_free(why);
    *out = ts_strdup("");
    return *out ? true : ts_fail_nomem(err);
}

bool ts_run_set_builtins(ts_run *run, ts_err **err)
{
    char *firmware = NULL, *name = NULL;
    bool ok = get_fact(run, TS_FACT_FIRMWARE, &firmware, err) &&
              get_fact(run, TS_FACT_HOST_NAME, &name, err);
    /* The vendor leaves it unset on BIOS machines; "false" makes `equals false` hold there too. */
    const char *uefi = ok && ts_str_ieq(firmware, "uefi") ? "true" : "false";
    ok = ok && (!*firmware || set_missing(run, "_SMSTSBootUEFI", uefi, err)) &&
         set_missing(run, "_SMSTSMachineName", name, err);
    ts_free_ptr(&firmware);
    ts_free_ptr(&name);
    return ok;
}

bool ts_run_set_globals(ts_run *run, ts_err **err)
{
    const ts_sequence *s = run->options->sequence;
    for (size_t i = 0; i < s->n_globals; i++) {
        const ts_setting *g = &s->globals[i];
        if (*ts_vars_text(run->options->vars, g->name) || !*g->value)
            continue; /* what the user gave comes before the sequence's defaults */
        if (!ts_run_set(run, g->name, g->value, err))
            return ts_wrap(err, "global variable '%s' (%s:%u)", g->name, s->file, g->line);
    }
    if (*s->boot_image && !ts_run_set(run, "_SMSTSBootImageID", s->boot_image, err))
        return false;
    return ts_run_set(run, "_SMSTSPackageName", s->name, err) &&
           ts_run_set(run, "_SMSTSPackageID", s->package_id, err);
}
