/* check_readiness.c - Check Readiness: every enabled check runs, then the step fails with 4316 when
 * one of them failed. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#include "facts.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#define CODE_NOT_READY 4316  /* ConfigMgr docs: "Check Readiness" */
#define REPORT_MAX     8192u /* bytes of the list of failed checks */

static const ts_input inputs[] = {
    TS_IN_BOOL("OSDCheckMemory", "CheckMemory", "false", "Check the memory."),
    TS_IN_INT("OSDMemory", "Memory", "512", "Least memory in MB."),
    TS_IN_BOOL("OSDCheckProcessorSpeed", "CheckProcessorSpeed", "false",
               "Check the processor speed."),
    TS_IN_INT("OSDProcessorSpeed", "ProcessorSpeed", "800", "Least speed in MHz."),
    TS_IN_BOOL("OSDCheckFreeDiskSpace", "CheckFreeDiskSpace", "false",
               "Check the free disk space."),
    TS_IN_INT("OSDFreeDiskSpace", "FreeDiskSpace", NULL, "Least free space in MB."),
    TS_IN_BOOL("OSDCheckOSType", "CheckOSType", "false", "Check for a client or server system."),
    TS_IN_ENUM("OSDOSType", "OSType", "CLIENT", "CLIENT SERVER", "Kind of the running system."),
    TS_IN_BOOL("OSDCheckOSArchitecture", "CheckOSArchitecture", "false",
               "Check the architecture of the running system."),
    TS_IN_ENUM("OSDOSArchitecture", "OSArchitecture", "64", "32 64", "Its width in bits."),
    TS_IN_BOOL("OSDCheckMinOSVersion", "CheckMinOSVersion", "false",
               "Check for a system later than MinOSVersion."),
    TS_IN_TEXT("OSDMinOSVersion", "MinOSVersion", "Version (10.0.19045)."),
    TS_IN_BOOL("OSDCheckMaxOSVersion", "CheckMaxOSVersion", "false",
               "Check for a system earlier than MaxOSVersion."),
    TS_IN_TEXT("OSDMaxOSVersion", "MaxOSVersion", "Version (10.0.26100)."),
    TS_IN_BOOL("OSDCheckCMClientMinVersion", "CheckCMClientMinVersion", "false",
               "Check the version of the ConfigMgr client."),
    TS_IN_TEXT("OSDCMClientMinVersion", "CMClientMinVersion", "Least version of the client."),
    TS_IN_BOOL("OSDCheckOSLanguageID", "CheckOSLanguageID", "false",
               "Check the language of the running system."),
    TS_IN_TEXT("OSDOSLanguageID", "OSLanguageID", "Number of the language (1033)."),
    TS_IN_BOOL("OSDCheckPowerState", "CheckPowerState", "false",
               "Check that the machine is on mains power."),
    TS_IN_BOOL("OSDCheckNetworkConnected", "CheckNetworkConnected", "false",
               "Check that a network is connected."),
    TS_IN_BOOL("OSDCheckNetworkWired", "CheckNetworkWired", "false",
               "Check that the connected network is not wireless."),
    TS_IN_BOOL("OSDCheckDeviceUEFI", "CheckDeviceUEFI", "false", "Check for UEFI firmware."),
    TS_IN_BOOL("OSDCheckDeviceTpmEnabled", "CheckTpmEnabled", "false",
               "Check for a TPM 2.0 that is enabled."),
    TS_IN_BOOL("OSDCheckDeviceTpmActivated", "CheckTpmActivated", "false",
               "Check for a TPM 2.0 that is activated."),
    TS_IN_END,
};
static const char *const outputs[] = {
    "_TS_CRMEMORY",     "_TS_CRSPEED",      "_TS_CRDISK",         "_TS_CROSTYPE",
    "_TS_CRARCH",       "_TS_CRMINOSVER",   "_TS_CRMAXOSVER",     "_TS_CRCLIENTMINVER",
    "_TS_CROSLANGUAGE", "_TS_CRACPOWER",    "_TS_CRNETWORK",      "_TS_CRWIRED",
    "_TS_CRUEFI",       "_TS_CRTPMENABLED", "_TS_CRTPMACTIVATED", NULL};
static const char *const programs[] = {"osdprestartcheck", NULL};

/* is: what the machine has ("" when it is not known); wants: what the step wants. */
typedef bool (*test_fn)(const char *is, const char *wants);

static bool at_least(const char *is, const char *wants)
{
    int64_t have, need;
    return ts_str_int64(is, &have) && ts_str_int64(*wants ? wants : "0", &need) && have >= need;
}

static bool same(const char *is, const char *wants)
{
    int64_t a, b;
    if (ts_str_int64(is, &a) && ts_str_int64(wants, &b))
        return a == b;
    return ts_str_ieq(is, wants);
}

/* An editor field that was never filled holds "  . . " in exported sequences. */
static bool is_no_version(const char *text)
{
    return text[strspn(text, " .")] == '\0';
}

static bool later(const char *is, const char *wants)
{
    bool valid;
    return is_no_version(wants) || (ts_step_compare_versions(is, wants, &valid) > 0 && valid);
}

static bool earlier(const char *is, const char *wants)
{
    bool valid;
    return is_no_version(wants) || (ts_step_compare_versions(is, wants, &valid) < 0 && valid);
}

static bool version_at_least(const char *is, const char *wants)
{
    bool valid;
    if (is_no_version(wants))
        return *is != '\0';
    return ts_step_compare_versions(is, wants, &valid) >= 0 && valid;
}

static bool is_width(const char *is, const char *wants)
{
    return *is && ts_str_ieq(ts_str_ieq(is, "X86") ? "32" : "64", wants);
}

static bool is_kind(const char *is, const char *wants)
{
    bool server;
    return *is && ts_str_bool(is, &server) && ts_str_ieq(server ? "SERVER" : "CLIENT", wants);
}

#define NO_FACT TS_FACT_COUNT /* the ConfigMgr client is asked by WMI */

typedef struct readiness {
    const char *flag; /* input that switches the check on */
    const char *output;
    ts_fact fact;
    test_fn test;
    const char *wants; /* "=x" is the value x, else the name of an input */
    const char *what;  /* for people */
} readiness;

static const readiness checks[] = {
    {"OSDCheckMemory", "_TS_CRMEMORY", TS_FACT_MEMORY_MB, at_least, "OSDMemory", "memory in MB"},
    {"OSDCheckProcessorSpeed", "_TS_CRSPEED", TS_FACT_CPU_MHZ, at_least, "OSDProcessorSpeed",
     "processor speed in MHz"},
    {"OSDCheckFreeDiskSpace", "_TS_CRDISK", TS_FACT_SYSTEM_FREE_MB, at_least, "OSDFreeDiskSpace",
     "free disk space in MB"},
    {"OSDCheckOSType", "_TS_CROSTYPE", TS_FACT_OS_IS_SERVER, is_kind, "OSDOSType", "server system"},
    {"OSDCheckOSArchitecture", "_TS_CRARCH", TS_FACT_ARCHITECTURE, is_width, "OSDOSArchitecture",
     "architecture"},
    {"OSDCheckMinOSVersion", "_TS_CRMINOSVER", TS_FACT_OS_VERSION, later, "OSDMinOSVersion",
     "system version (later than)"},
    {"OSDCheckMaxOSVersion", "_TS_CRMAXOSVER", TS_FACT_OS_VERSION, earlier, "OSDMaxOSVersion",
     "system version (earlier than)"},
    {"OSDCheckCMClientMinVersion", "_TS_CRCLIENTMINVER", NO_FACT, version_at_least,
     "OSDCMClientMinVersion", "client version"},
    {"OSDCheckOSLanguageID", "_TS_CROSLANGUAGE", TS_FACT_OS_LANGUAGE, same, "OSDOSLanguageID",
     "language"},
    {"OSDCheckPowerState", "_TS_CRACPOWER", TS_FACT_ON_BATTERY, same, "=False",
     "running on battery"},
    {"OSDCheckNetworkConnected", "_TS_CRNETWORK", TS_FACT_NET_CONNECTED, same, "=True",
     "network connected"},
    {"OSDCheckNetworkWired", "_TS_CRWIRED", TS_FACT_NET_WIRED, same, "=True", "wired network"},
    {"OSDCheckDeviceUEFI", "_TS_CRUEFI", TS_FACT_FIRMWARE, same, "=uefi", "firmware"},
    {"OSDCheckDeviceTpmEnabled", "_TS_CRTPMENABLED", TS_FACT_TPM_ENABLED, same, "=True",
     "TPM enabled"},
    {"OSDCheckDeviceTpmActivated", "_TS_CRTPMACTIVATED", TS_FACT_TPM_ACTIVATED, same, "=True",
     "TPM activated"},
};

/* Version of the ConfigMgr client, "" when there is none. */
static char *client_version(ts_ctx *c)
{
    ts_arena *arena = ts_arena_new();
    const ts_wql *query = arena ? ts_wql_parse(arena, "SELECT ClientVersion FROM SMS_Client", NULL)
                                : NULL;
    ts_wmi_rows rows = {.arena = NULL};
    const char *version = "";
    if (query && ts_host_wmi(ts_ctx_host(c), "root\\ccm", query, &rows, NULL) && rows.n_rows) {
        const ts_wmi_value *value = ts_wmi_row_get(&rows.rows[0], "ClientVersion");
        if (value && value->kind == TS_WMI_TEXT)
            version = value->text;
    }
    char *copy = ts_strdup(version);
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return copy;
}

/* Documentation (2111): both TPM checks want version 2.0 or later. */
static bool tpm_is_old(ts_ctx *c, const readiness *check, ts_result *out, ts_err **err)
{
    if (check->fact != TS_FACT_TPM_ENABLED && check->fact != TS_FACT_TPM_ACTIVATED)
        return false;
    char *version TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_TPM_VERSION, out, err);
    bool valid;
    return !version || ts_step_compare_versions(version, "2.0", &valid) < 0 || !valid;
}

/* One check: sets its output; a failure is added to the report. */
static bool check_one(ts_ctx *c, const readiness *check, ts_buf *report, ts_result *out,
                      ts_err **err)
{
    if (!ts_ctx_bool(c, check->flag))
        return ts_step_set_text(c, out, check->output, "", err);
    char *is TS_CLEANUP(ts_free_ptr) = check->fact == NO_FACT
                                           ? client_version(c)
                                           : ts_step_fact(c, check->fact, out, err);
    if (!is)
        return out->failed || (check->fact == NO_FACT && ts_fail_nomem(err));
    const char *wants = check->wants[0] == '=' ? check->wants + 1 : ts_ctx_text(c, check->wants);
    bool passed = check->test(is, wants) && !tpm_is_old(c, check, out, err);
    ts_ctx_log(c, passed ? TS_LEVEL_INFO : TS_LEVEL_ERROR, "Check %s: is '%s', wants '%s': %s",
               check->what, is, wants, passed ? "passed" : "failed");
    if (!passed)
        ts_buf_printf(report, "%s%s is '%s', wants '%s'", report->len ? "; " : "", check->what,
                      *is ? is : "not known", wants);
    return ts_step_set_text(c, out, check->output, passed ? "1" : "0", err);
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_buf report TS_CLEANUP(ts_buf_done);
    ts_buf_init(&report, REPORT_MAX);
    for (size_t i = 0; i < TS_COUNT(checks); i++)
        if (!check_one(c, &checks[i], &report, out, err))
            return false;
    if (report.len && !out->failed)
        ts_result_fail(out, CODE_NOT_READY, "not ready: %s", ts_buf_text(&report));
    return true;
}

const ts_step_class ts_step_check_readiness = {
    .type = "SMS_TaskSequence_PrestartCheckAction",
    .title = "Check Readiness",
    .family = "check_readiness",
    .help = "Checks that the machine meets what the sequence needs.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
