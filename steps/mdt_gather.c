/* mdt_gather.c - MDT's ZTIGather: facts of the machine become MDT's properties.
 *
 * Names, values and the filters of addresses are those of the MDT documentation ("ZTIGather.wsf",
 * "Properties"). A fact that the machine does not tell leaves the variable as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "facts.h"
#include "helpers.h"
#include "inputs.h"
#include "mdt_rules.h"
#include "steps.h"

#define LIST_MAX 999u /* MDT's lists have three digits */

static const ts_input inputs[] = {
    TS_IN_BOOL("GatherLocalOnly", NULL, "false", "Gather the machine's facts only, no rules."),
    TS_IN_TEXT("RulesFile", NULL, "Rules to process; empty: CustomSettings.ini."),
    TS_IN_PACKAGE("PackageID", NULL, "Package with the rules (ConfigMgr integration)."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const programs[] = {"ztigather", NULL};

/* A fact that goes into a variable as it is. */
typedef struct plain_fact {
    const char *variable;
    ts_fact fact;
} plain_fact;

static const plain_fact plain[] = {
    {"Make", TS_FACT_MAKE},
    {"Model", TS_FACT_MODEL},
    {"Product", TS_FACT_PRODUCT},
    {"SerialNumber", TS_FACT_SERIAL},
    {"AssetTag", TS_FACT_ASSET_TAG},
    {"UUID", TS_FACT_UUID},
    {"Memory", TS_FACT_MEMORY_MB},
    {"ProcessorSpeed", TS_FACT_CPU_MHZ},
    {"IsLaptop", TS_FACT_IS_LAPTOP},
    {"IsDesktop", TS_FACT_IS_DESKTOP},
    {"IsServer", TS_FACT_IS_SERVER},
    {"IsVM", TS_FACT_IS_VM},
    {"VMPlatform", TS_FACT_VM_PLATFORM},
    {"IsOnBattery", TS_FACT_ON_BATTERY},
    {"HostName", TS_FACT_HOST_NAME},
    {"Architecture", TS_FACT_ARCHITECTURE},
    {"SupportsX64", TS_FACT_CPU_64BIT},
    {"Supports64Bit", TS_FACT_CPU_64BIT},
    {"OSCurrentVersion", TS_FACT_OS_VERSION},
    {"OSCurrentBuild", TS_FACT_OS_BUILD},
    {"IsServerOS", TS_FACT_OS_IS_SERVER},
};

static const char *const outputs[] = {"Make",
                                      "Model",
                                      "Product",
                                      "SerialNumber",
                                      "AssetTag",
                                      "UUID",
                                      "Memory",
                                      "ProcessorSpeed",
                                      "IsLaptop",
                                      "IsDesktop",
                                      "IsServer",
                                      "IsVM",
                                      "VMPlatform",
                                      "IsOnBattery",
                                      "HostName",
                                      "Architecture",
                                      "SupportsX64",
                                      "Supports64Bit",
                                      "OSCurrentVersion",
                                      "OSCurrentBuild",
                                      "IsServerOS",
                                      "IsUEFI",
                                      "CapableArchitecture",
                                      "SupportsX86",
                                      "OSVersion",
                                      "IPAddress#",
                                      "MacAddress#",
                                      "DefaultGateway#",
                                      "PHASE",
                                      "DeploymentType",
                                      "_SMSTSOrgName",
                                      "_SMSTSPackageName",
                                      NULL};

static bool gather_plain(ts_ctx *c, ts_result *out, ts_err **err)
{
    for (size_t i = 0; i < TS_COUNT(plain); i++) {
        char *text = ts_step_fact(c, plain[i].fact, out, err);
        if (!text)
            return out->failed;
        bool ok = !*text || ts_step_set_text(c, out, plain[i].variable, text, err);
        free(text);
        if (!ok)
            return false;
    }
    return true;
}

/* MDT leaves out addresses that mean "none" (ZTIGather.wsf). */
static bool is_address(const char *text)
{
    return *text && !ts_str_ieq(text, "0.0.0.0") && !ts_str_ihas_prefix(text, "169.254.");
}

/* "a,b" becomes NAME001 = a, NAME002 = b; the one behind the last is deleted, so that an older,
 * longer list ends there. */
static bool set_list(ts_ctx *c, const char *name, char *list, ts_result *out, ts_err **err)
{
    unsigned n = 0;
    char variable[64];
    for (char *item = list, *next; item && n < LIST_MAX; item = next) {
        next = strchr(item, ',');
        if (next)
            *next++ = '\0';
        item = ts_str_trim(item);
        if (!is_address(item))
            continue;
        snprintf(variable, sizeof variable, "%s%03u", name, ++n);
        if (!ts_step_set_text(c, out, variable, item, err))
            return false;
    }
    snprintf(variable, sizeof variable, "%s%03u", name, n + 1);
    return ts_step_set_text(c, out, variable, "", err);
}

static bool gather_lists(ts_ctx *c, ts_result *out, ts_err **err)
{
    static const plain_fact lists[] = {{"IPAddress", TS_FACT_IP},
                                       {"MacAddress", TS_FACT_MAC},
                                       {"DefaultGateway", TS_FACT_GATEWAY}};
    for (size_t i = 0; i < TS_COUNT(lists); i++) {
        char *text = ts_step_fact(c, lists[i].fact, out, err);
        if (!text)
            return out->failed;
        bool ok = set_list(c, lists[i].variable, text, out, err);
        free(text);
        if (!ok)
            return false;
    }
    return true;
}

static bool gather_firmware(ts_ctx *c, ts_result *out, ts_err **err)
{
    char *firmware TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_FIRMWARE, out, err);
    if (!firmware || !*firmware)
        return firmware || out->failed;
    return ts_step_set_text(c, out, "IsUEFI", ts_str_ieq(firmware, "uefi") ? "True" : "False", err);
}

static bool gather_cpu(ts_ctx *c, ts_result *out, ts_err **err)
{
    char *wide TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_CPU_64BIT, out, err);
    if (!wide || !*wide)
        return wide || out->failed;
    const char *capable = ts_str_ieq(wide, "True") ? "AMD64 X64 X86" : "X86";
    return ts_step_set_text(c, out, "CapableArchitecture", capable, err) &&
           ts_step_set_text(c, out, "SupportsX86", "True", err);
}

/* MDT's names of Windows versions end with Windows 8; later ones are "Other" (MDT documentation).
 */
static bool gather_os(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_WINPE)
        return ts_step_set_text(c, out, "OSVersion", "WinPE", err);
    char *version TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_OS_VERSION, out, err);
    char *server TS_CLEANUP(ts_free_ptr) = version ? ts_step_fact(c, TS_FACT_OS_IS_SERVER, out, err)
                                                   : NULL;
    if (!server || !*version)
        return server || out->failed;
    bool is_server = ts_str_ieq(server, "True"), seven = ts_str_ihas_prefix(version, "6.1.");
    return ts_step_set_text(c, out, "OSVersion",
                            !seven      ? "Other"
                            : is_server ? "WS2008R2"
                                        : "Win7Client",
                            err);
}

/* LiteTouch.wsf starts a sequence with these; here nothing runs before it (MDT documentation:
 * PREINSTALL and NEWCOMPUTER when it started in Windows PE, else VALIDATION). */
static bool set_start(ts_ctx *c, ts_result *out, ts_err **err)
{
    bool pe = ts_host_phase(ts_ctx_host(c)) == TS_PHASE_WINPE;
    if (!ts_vars_get(ts_ctx_vars(c), "PHASE")) {
        const char *phase = pe ? "PREINSTALL" : "VALIDATION";
        ts_ctx_log(c, TS_LEVEL_INFO, "PHASE was not set: it starts with %s", phase);
        if (!ts_step_set_text(c, out, "PHASE", phase, err))
            return false;
    }
    if (ts_vars_get(ts_ctx_vars(c), "DeploymentType"))
        return true;
    if (pe) {
        ts_ctx_log(c, TS_LEVEL_INFO, "DeploymentType was not set: NEWCOMPUTER in Windows PE");
        return ts_step_set_text(c, out, "DeploymentType", "NEWCOMPUTER", err);
    }
    ts_ctx_log(c, TS_LEVEL_WARNING,
               "DeploymentType is not set, and in a running system it may be REFRESH, REPLACE, "
               "UPGRADE, STATERESTORE or CUSTOM: set it before the run");
    return true;
}

/* --- Rules ------------------------------------------------------------------------------------ */

/* "/inifile:NAME" of the command line, or NULL. Owned. */
static char *named_file(ts_ctx *c, bool *no_memory)
{
    const char *at = ts_str_icontains(ts_ctx_switches(c)->text, "/inifile:");
    const char *name = at ? at + strlen("/inifile:") : NULL;
    char *copy = name ? ts_strdup(name) : NULL;
    *no_memory = name && !copy;
    if (copy)
        copy[strcspn(copy, " \t\"")] = '\0';
    return copy;
}

/* Looks where MDT looks first (ZTIUtility.vbs, FindFile). *path: owned, NULL: nowhere. */
static bool find_rules(ts_ctx *c, const char *name, char **path, ts_err **err)
{
    const char *package = ts_ctx_text(c, "PackageID"), *folder = NULL;
    if (*package && !ts_ctx_package(c, package, &folder, err))
        return false;
    const char *root = ts_vars_text(ts_ctx_vars(c), "DeployRoot");
    const struct {
        const char *folder, *below;
    } places[] = {{folder, ""},
                  {root, ""},
                  {root, "Control"},
                  {root, "Scripts"},
                  {ts_vars_text(ts_ctx_vars(c), "ScriptRoot"), ""}};
    bool alone = ts_path_is_absolute(name);
    for (size_t i = 0; !*path && i < (alone ? 1u : TS_COUNT(places)); i++) {
        if (!alone && (!places[i].folder || !*places[i].folder))
            continue;
        char *in TS_CLEANUP(ts_free_ptr) = alone ? ts_strdup("")
                                                 : ts_path_join(places[i].folder, places[i].below);
        char *full = !in ? NULL : *in ? ts_path_join(in, name) : ts_strdup(name);
        ts_file_info info = {0};
        if (!full)
            return ts_fail_nomem(err);
        bool ok = ts_host_file_info(ts_ctx_host(c), full, &info, err);
        *path = ok && info.exists ? full : NULL;
        if (!*path)
            free(full);
        if (!ok)
            return ts_wrap(err, "cannot look for the rules '%s'", name);
    }
    return true;
}

/* A machine without its rules would be set up wrongly; a simulation shows the rest. */
static bool no_rules(ts_ctx *c, const char *name, ts_result *out, ts_err **err)
{
    const char *root = ts_vars_text(ts_ctx_vars(c), "DeployRoot");
    if (!ts_ctx_may_assume(c))
        return ts_result_fail(
            out, TS_STEP_CODE_NOT_FOUND,
            "rules '%s' are not in %s%s: set DeployRoot to the deployment share "
            "(--var), or GatherLocalOnly to true",
            name, *root ? "the deployment share " : "DeployRoot, which is not set", root);
    out->assumed = true;
    out->text = ts_sprintf("facts gathered; rules '%s' are not there: give the deployment share "
                           "with --share, or their values with --var",
                           name);
    if (!out->text)
        return ts_fail_nomem(err);
    ts_ctx_log(c, TS_LEVEL_WARNING, "%s", out->text);
    return true;
}

static bool apply_rules(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *action = ts_ctx_switches(c)->text;
    bool local = ts_ctx_bool(c, "GatherLocalOnly") && !ts_str_icontains(action, "/nolocalonly");
    if (local || ts_str_icontains(action, "/localonly"))
        return true;
    bool no_memory = false;
    char *named TS_CLEANUP(ts_free_ptr) = named_file(c, &no_memory);
    char *path TS_CLEANUP(ts_free_ptr) = NULL;
    char *data TS_CLEANUP(ts_free_ptr) = NULL;
    size_t size = 0;
    const char *name = named ? named : ts_ctx_text(c, "RulesFile");
    name = *name ? name : "CustomSettings.ini";
    ts_err *why = NULL;
    if (no_memory)
        return ts_fail_nomem(err);
    if (!find_rules(c, name, &path, &why))
        return ts_step_own(out, why, err);
    if (!path)
        return no_rules(c, name, out, err);
    if (!ts_host_file_read(ts_ctx_host(c), path, &data, &size, &why))
        return ts_step_own(out, why, err);
    return mdt_rules_apply(c, ts_path_base(path), data, size, out, err);
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    bool (*const parts[])(ts_ctx *, ts_result *, ts_err **) = {
        gather_plain, gather_lists, gather_firmware, gather_cpu, gather_os, set_start, apply_rules};
    for (size_t i = 0; i < TS_COUNT(parts); i++)
        if (!parts[i](c, out, err) || out->failed)
            return out->failed;
    return true;
}

const ts_step_class ts_step_mdt_gather = {
    .type = "BDD_Gather",
    .title = "Gather (MDT)",
    .family = "mdt_gather",
    .help = "Puts the facts of the machine into MDT's properties.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .pure = true,
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
