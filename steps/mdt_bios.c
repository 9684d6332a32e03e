/* mdt_bios.c - MDT's ZTIBIOSCheck: is the machine's BIOS in the share's list of bad ones? MDT
 * documentation and behaviour, "ZTIBIOSCheck.wsf": without the list, or when no entry fits, all is
 * well. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/share.h>
#include <ts/text.h>

#include "helpers.h"
#include "inputs.h"
#include "mdt_share.h"
#include "steps.h"

static const ts_input workbench_inputs[] = {TS_IN_WORKBENCH, TS_IN_END};
static const char *const bios_programs[] = {"ztibioscheck", NULL};

/* A property of the first row, owned; "" when there is none. */
static char *ask(ts_ctx *c, const char *text, const char *property, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_wmi_rows rows = {.arena = NULL};
    const ts_wql *query = arena ? ts_wql_parse(arena, text, err) : NULL;
    const ts_wmi_value *v = NULL;
    char *owned = NULL;
    if (query && ts_host_wmi(ts_ctx_host(c), NULL, query, &rows, err)) {
        v = rows.n_rows ? ts_wmi_row_get(&rows.rows[0], property) : NULL;
        owned = ts_strdup(v && v->kind == TS_WMI_TEXT ? v->text : "");
        if (!owned)
            ts_fail_nomem(err);
    } else if (!arena) {
        ts_fail_nomem(err);
    }
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return owned;
}

static bool look_up(ts_ctx *c, const ts_share_text *list, ts_result *out, ts_err **err)
{
    char *why = NULL;
    char *date TS_CLEANUP(ts_free_ptr) = NULL;
    char *model TS_CLEANUP(ts_free_ptr) = NULL;
    char *vendor TS_CLEANUP(ts_free_ptr) = ask(c, "SELECT Vendor FROM Win32_ComputerSystemProduct",
                                               "Vendor", err);
    model = vendor ? ask(c, "SELECT Name FROM Win32_ComputerSystemProduct", "Name", err) : NULL;
    date = model ? ask(c, "SELECT ReleaseDate FROM Win32_BIOS", "ReleaseDate", err) : NULL;
    const ts_share_bios machine = {.vendor = vendor, .model = model, .date = date};
    if (!date || !ts_share_bios_find(list, &machine, &why, err))
        return false;
    if (why)
        ts_result_fail(
            out, 1,
            "the BIOS of this machine (%s %s, %s) is in the list of bad ones: %s; update "
            "the firmware first",
            vendor, model, date, why);
    else
        ts_ctx_log(c, TS_LEVEL_INFO, "the BIOS of this machine (%s %s, %s) is not in '%s'", vendor,
                   model, date, list->file);
    free(why);
    return true;
}

/* The machine itself will read a list, and may be in it. */
static bool no_share(ts_ctx *c, ts_result *out, ts_err **err)
{
    out->assumed = true;
    out->text = ts_strdup("the BIOS is taken to be good enough: give the deployment share with "
                          "--share, for its Scripts/ZTIBIOSCheck.xml");
    if (!out->text)
        return ts_fail_nomem(err);
    ts_ctx_log(c, TS_LEVEL_WARNING, "%s", out->text);
    return true;
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *root = ts_vars_text(ts_ctx_vars(c), "DeployRoot");
    char *path TS_CLEANUP(ts_free_ptr) = ts_path_join(root, "Scripts/ZTIBIOSCheck.xml");
    char *data TS_CLEANUP(ts_free_ptr) = NULL;
    mdt_share_find found = MDT_SHARE_LACKS;
    ts_share_text list = {.file = path};
    ts_err *why = NULL;
    if (!path)
        return ts_fail_nomem(err);
    if (!mdt_share_look(c, root, path, &found, &why))
        return ts_step_own(out, why, err);
    if (found == MDT_SHARE_AWAY)
        return no_share(c, out, err);
    if (found == MDT_SHARE_LACKS) {
        ts_ctx_log(
            c, TS_LEVEL_INFO,
            "there is no Scripts/ZTIBIOSCheck.xml below DeployRoot ('%s'): every BIOS is good "
            "enough",
            root);
        return true;
    }
    bool ok = ts_host_file_read_up_to(ts_ctx_host(c), path, TS_SHARE_LIST_BYTES_MAX, &data,
                                      &list.size, &why);
    list.data = data;
    return (ok && look_up(c, &list, out, &why)) || ts_step_own(out, why, err);
}

const ts_step_class ts_step_zti_bios_check = {
    .type = "ZTIBIOSCheck",
    .title = "Check BIOS (MDT)",
    .family = "mdt_scripts",
    .help = "Looks the machine's BIOS up in ZTIBIOSCheck.xml; a machine that is not listed passes.",
    .programs = bios_programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .run = run,
};
