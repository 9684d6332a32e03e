/* mdt_configure.c - MDT's ZTIConfigure: its variables in the answer file of the new Windows. The
 * variables and their places are those of MDT's ZTIConfigure.xml; the settings that keep Setup from
 * asking a person are added as Apply Windows Settings adds them. */
#include "mdt_deploy.h"

#include <stdio.h>
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

/* MDT's templates hold empty places for its variables, which Setup takes for values. */
static const struct {
    ts_unattend_pass pass;
    const char *component, *looks, *goes; /* when the one is blank, the other goes */
} places[] = {
    {TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ComputerName", "ComputerName"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ProductKey", "ProductKey"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "RegisteredOwner", "RegisteredOwner"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "RegisteredOrganization", "RegisteredOrganization"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "TimeZone", "TimeZone"},
    {TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "RegisteredOwner", "RegisteredOwner"},
    {TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "RegisteredOrganization", "RegisteredOrganization"},
    {TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "TimeZone", "TimeZone"},
    {TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "UserAccounts/AdministratorPassword/Value",
     "UserAccounts/AdministratorPassword"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/Credentials/Username",
     "Identification/Credentials"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinDomain",
     "Identification/JoinDomain"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinWorkgroup",
     "Identification/JoinWorkgroup"},
    {TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/MachineObjectOU",
     "Identification/MachineObjectOU"},
};

static void remove_blank(ts_unattend *u)
{
    for (size_t i = 0; i < TS_COUNT(places); i++) {
        const char *text = ts_unattend_get(u, places[i].pass, places[i].component, places[i].looks);
        if (!text || ts_str_blank(text))
            ts_unattend_remove(u, places[i].pass, places[i].component, places[i].goes);
    }
}

#define COMMANDS "FirstLogonCommands"

/* Starts MDT's (or PSD's) own scripts. */
static bool is_lite_touch(const char *line)
{
    return ts_str_icontains(line, "LTIBootstrap.vbs") || ts_str_icontains(line, "LiteTouch.wsf") ||
           ts_str_icontains(line, "PSDStart.ps1");
}

/* MDT goes on at the first logon, and logs on by itself for that. This engine goes on before
 * anybody logs on, so both go; other commands of the file stay. */
static void remove_lite_touch(ts_ctx *c, ts_unattend *u)
{
    bool found = false;
    for (unsigned n = 1;;) {
        char item[64];
        char command[96];
        snprintf(item, sizeof item, COMMANDS "/SynchronousCommand[%u]", n);
        snprintf(command, sizeof command, "%s/CommandLine", item);
        const char *line = ts_unattend_get(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, command);
        if (!line)
            break;
        bool is = is_lite_touch(line);
        found |= is;
        n += !is;
        if (is)
            ts_unattend_remove(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, item);
    }
    if (!found)
        return;
    if (!ts_unattend_get(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL,
                         COMMANDS "/SynchronousCommand[1]/CommandLine"))
        ts_unattend_remove(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, COMMANDS);
    ts_unattend_remove(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "AutoLogon");
    ts_ctx_log(c, TS_LEVEL_INFO,
               "answer file: MDT's command at the first logon and its AutoLogon are left out: "
               "this engine goes on without a logon");
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
    remove_blank(u);
    remove_lite_touch(c, u);
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
