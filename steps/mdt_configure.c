/* mdt_configure.c - MDT's ZTIConfigure: its variables in the answer file of the new Windows. The
 * variables and their places are those of MDT's ZTIConfigure.xml; the settings that keep Setup from
 * asking a person are added as Apply Windows Settings adds them. */
#include "mdt_deploy.h"

#include <ctype.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"
#include "settings_answer.h"

static const ts_settings_map map[] = {
    {"FullName", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "RegisteredOwner"},
    {"OrgName", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "RegisteredOrganization"},
    {"ProductKey", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ProductKey"},
    {"OverrideProductKey", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ProductKey"},
    {"KeyboardLocale", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "InputLocale"},
    {"UserLocale", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "UserLocale"},
    {"UILanguage", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "UILanguage"},
    {"Xresolution", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "Display/HorizontalResolution"},
    {"Yresolution", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "Display/VerticalResolution"},
    {"BitsPerPel", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "Display/ColorDepth"},
    {"Vrefresh", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "Display/RefreshRate"},
};

/* Every value that can be wrong; the zone as Windows spells it, "" none. */
static bool check(ts_ctx *c, const char **zone, ts_result *out)
{
    const char *name = ts_ctx_text(c, "OSDComputerName");
    bool known = !ts_step_is_unknown(c, "OSDComputerName");
    return (!known || !*name || ts_settings_check_name(name, out)) &&
           (ts_step_is_unknown(c, "TimeZoneName") ||
            ts_settings_check_zone("TimeZoneName", ts_ctx_text(c, "TimeZoneName"), zone, out)) &&
           (ts_step_is_unknown(c, "ProductKey") ||
            ts_settings_check_key("ProductKey", ts_ctx_text(c, "ProductKey"), out)) &&
           (ts_step_is_unknown(c, "OverrideProductKey") ||
            ts_settings_check_key("OverrideProductKey", ts_ctx_text(c, "OverrideProductKey"), out));
}

static bool set(ts_unattend *u, const char *component, const char *path, const char *value,
                ts_err **err)
{
    return !*value || ts_unattend_set(u, TS_PASS_SPECIALIZE, component, path, value, err);
}

/* MDT: JoinDomain goes before JoinWorkgroup. */
static bool membership(ts_ctx *c, ts_unattend *u, ts_err **err)
{
    const char *domain = ts_ctx_text(c, "JoinDomain");
    const char *group = ts_ctx_text(c, "JoinWorkgroup");
    if (*domain) {
        ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinWorkgroup");
        return set(u, TS_UNATTEND_JOIN, "Identification/Credentials/Domain",
                   ts_ctx_text(c, "DomainAdminDomain"), err) &&
               set(u, TS_UNATTEND_JOIN, "Identification/Credentials/Username",
                   ts_ctx_text(c, "DomainAdmin"), err) &&
               set(u, TS_UNATTEND_JOIN, "Identification/Credentials/Password",
                   ts_ctx_text(c, "DomainAdminPassword"), err) &&
               set(u, TS_UNATTEND_JOIN, "Identification/JoinDomain", domain, err) &&
               set(u, TS_UNATTEND_JOIN, "Identification/MachineObjectOU",
                   ts_ctx_text(c, "MachineObjectOU"), err);
    }
    if (!*group)
        return true;
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinDomain");
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/Credentials");
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/MachineObjectOU");
    return set(u, TS_UNATTEND_JOIN, "Identification/JoinWorkgroup", group, err);
}

static bool fill(ts_ctx *c, ts_unattend *u, const char *zone, ts_err **err)
{
    const char *password = ts_ctx_text(c, "AdminPassword");
    return set(u, TS_UNATTEND_SHELL, "ComputerName", ts_ctx_text(c, "OSDComputerName"), err) &&
           ts_settings_set(c, u, map, TS_COUNT(map), err) &&
           (!*zone || ts_settings_set_zone(u, zone, err)) && ts_settings_set_quiet(u, err) &&
           membership(c, u, err) &&
           (!*password || ts_settings_enable_administrator(u, password, err));
}

bool ts_mdt_write_answers(ts_ctx *c, char letter, ts_result *out, ts_err **err)
{
    const char *zone = "";
    ts_err *why = NULL;
    if (!check(c, &zone, out))
        return true;
    ts_unattend *u = ts_step_unattend_open(c, letter, out, err);
    if (!u)
        return !err || !*err;
    bool ok = fill(c, u, zone, &why) ? ts_step_unattend_save(c, letter, u, out, err)
                                     : ts_step_own(out, why, err);
    ts_unattend_free(u);
    return ok;
}

/* MDT runs it before the image is there (on a copy that LTIApply places) and behind it. */
bool ts_mdt_configure_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *zone = "";
    char letter = ts_step_new_windows(c);
    if (letter)
        return ts_mdt_write_answers(c, letter, out, err);
    if (check(c, &zone, out))
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "no operating system was applied yet: Install Operating System writes the "
                   "values into its answer file");
    return true;
}

bool ts_mdt_configure_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *zone = "";
    TS_UNUSED(err);
    check(c, &zone, out);
    return true;
}
