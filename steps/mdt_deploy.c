/* mdt_deploy.c - MDT's LTIApply, ZTIDrivers, ZTINICConfig, ZTIDomainJoin and the scripts
 * that only serve MDT itself (MDT documentation, "Toolkit Reference", scripts). */
#include "mdt_deploy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "apply_image.h"
#include "capture_run.h"
#include "deploy.h"
#include "deploy_precheck.h"
#include "helpers.h"
#include "mdt_share.h"
#include "settings_answer.h"

/* --- Install Operating System ------------------------------------------------------------------
 */

static char destination(ts_ctx *c, ts_result *out, ts_err **err)
{
    static const struct {
        const char *type;
        ts_step_target names;
    } types[] = {
        {"ByVariable", {"DestinationOSVariable", "", "", ""}},
        {"ByDriveLetter", {"", "DestinationOSDriveLetter", "", ""}},
        {"ByDiskPartition", {"", "", "DestinationDisk", "DestinationPartition"}},
        {"NextPartition", {"", "", "", ""}},
    };
    const char *type = ts_ctx_text(c, "DestinationOSInstallType");
    for (size_t i = 0; i < TS_COUNT(types); i++)
        if (ts_str_ieq(types[i].type, type))
            return ts_step_find_target(c, &types[i].names, out, err);
    ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "DestinationOSInstallType '%s' is not known", type);
    return 0;
}

static bool refuses_upgrade(ts_ctx *c, ts_result *out)
{
    if (!ts_str_ieq(ts_ctx_text(c, "IsOSUpgrade"), "1"))
        return false;
    return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                          "IsOSUpgrade is 1: this build does not upgrade a running Windows");
}

/* What SetTaskSequenceProperties of MDT says of it; steps behind it ask for the edition. */
static bool tell(ts_ctx *c, const mdt_system *s, ts_result *out, ts_err **err)
{
    return !s->file || (ts_step_set_text(c, out, "ImageFlags", s->flags, err) &&
                        ts_step_set_text(c, out, "ImageBuild", s->build, err) &&
                        ts_step_set_text(c, out, "ImageProcessor", s->platform, err));
}

/* Those of an Inject Drivers step that ran before the image was there. */
static bool add_drivers(ts_ctx *c, char letter, const char *drive, ts_result *out, ts_err **err)
{
    const char *mode = ts_vars_text(ts_ctx_vars(c), TS_MDT_DRIVERS_VARIABLE);
    const char *profile = ts_vars_text(ts_ctx_vars(c), TS_MDT_DRIVERS_PROFILE_VARIABLE);
    return !*mode ||
           (ts_mdt_add_drivers(c, mode, profile, letter, out, err) &&
            (out->failed || ts_step_set_text(c, out, TS_MDT_DRIVERS_DONE_VARIABLE, drive, err)));
}

static bool install_os(ts_ctx *c, const mdt_system *s, ts_result *out, ts_err **err)
{
    const ts_apply_source source = {
        .package = s->package, .file = s->file, .which = s->index, .answers = s->answers};
    char letter = destination(c, out, err);
    if (!letter)
        return !err || !*err;
    if (!ts_apply_windows(c, &source, letter, out, err) || out->failed)
        return out->failed;
    const char drive[3] = {letter, ':', '\0'};
    return tell(c, s, out, err) && ts_step_set_text(c, out, "OSDisk", drive, err) &&
           ts_mdt_write_answers(c, letter, out, err) &&
           (out->failed || add_drivers(c, letter, drive, out, err));
}

bool ts_mdt_install_os_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    mdt_system system;
    if (refuses_upgrade(c, out))
        return true;
    bool ok = mdt_system_find(c, false, &system, out, err) ? install_os(c, &system, out, err)
                                                           : !err || !*err;
    mdt_system_done(&system);
    return ok;
}

bool ts_mdt_install_os_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    mdt_system system;
    if (ts_step_is_unknown(c, "OSGUID") || refuses_upgrade(c, out))
        return true;
    bool ok = !mdt_system_find(c, true, &system, out, err) ? !err || !*err
              : system.file ? ts_apply_precheck_file(c, system.file, system.index, out, err)
                            : ts_apply_precheck_image(c, system.package, system.index, out, err);
    mdt_system_done(&system);
    return ok;
}

/* --- Network ------------------------------------------------------------------------------------
 */

bool ts_mdt_nic_config_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    bool old = ts_host_phase(ts_ctx_host(c)) == TS_PHASE_FULL_OS &&
               ts_str_ieq(ts_vars_text(ts_ctx_vars(c), "PHASE"), "STATECAPTURE");
    if (old)
        return ts_capture_adapters(c, out, err);
    if (ts_ctx_int(c, "OSDAdapterCount") <= 0) {
        ts_ctx_log(c, TS_LEVEL_INFO, "no static address is given (OSDAdapterCount): DHCP stays");
        return true;
    }
    return ts_network_settings_run(c, out, err);
}

/* --- Recover From Domain -------------------------------------------------------------------------
 */

/* Is this machine in the domain? Names compare by their first part, as Windows shows either. */
static bool is_member(ts_ctx *c, const char *domain, bool *yes, ts_err **err)
{
    char *is TS_CLEANUP(ts_free_ptr) = NULL;
    if (!ts_step_domain(c, &is, err))
        return false;
    size_t a = strcspn(is, ".");
    size_t b = strcspn(domain, ".");
    *yes = *is && (ts_str_ieq(is, domain) || (a == b && ts_str_ncasecmp(is, domain, a) == 0));
    return true;
}

static bool join(ts_ctx *c, const char *domain, ts_result *out, ts_err **err)
{
    const char *user = ts_ctx_text(c, "DomainAdmin");
    const char *of = ts_ctx_text(c, "DomainAdminDomain");
    const char *ou = ts_ctx_text(c, "MachineObjectOU");
    ts_err *why = NULL;
    char *account TS_CLEANUP(ts_free_ptr) = *of && !strpbrk(user, "\\@")
                                                ? ts_sprintf("%s\\%s", of, user)
                                                : ts_strdup(user);
    if (!account)
        return ts_fail_nomem(err);
    const ts_join what = {.domain = true,
                          .name = domain,
                          .ou = ou,
                          .user = account,
                          .password = ts_ctx_text(c, "DomainAdminPassword")};
    if (!ts_host_join(ts_ctx_host(c), &what, &why))
        return ts_step_own(out, why, err);
    ts_ctx_log(c, TS_LEVEL_INFO, "joined domain '%s'", domain);
    out->restart = TS_RESTART_OS;
    return true;
}

bool ts_mdt_recover_domain_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *domain = ts_ctx_text(c, "JoinDomain");
    const char *recovery = ts_ctx_text(c, "DomainErrorRecovery");
    bool member = false;
    ts_err *why = NULL;
    if (!*domain) {
        ts_ctx_log(c, TS_LEVEL_INFO, "JoinDomain is not set: there is no domain to be in");
        return true;
    }
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_WINPE) {
        ts_ctx_log(c, TS_LEVEL_INFO, "Windows PE is in no domain: nothing to look at");
        return true;
    }
    if (!is_member(c, domain, &member, &why))
        return ts_step_own(out, why, err);
    if (member) {
        ts_ctx_log(c, TS_LEVEL_INFO, "the machine is in domain '%s'", domain);
        return true;
    }
    if (ts_str_ieq(recovery, "FAIL") || ts_str_ieq(recovery, "MANUAL"))
        return ts_result_fail(out, TS_STEP_CODE_NOT_JOINED,
                              "the machine is not in domain '%s' (DomainErrorRecovery %s): see "
                              "C:\\Windows\\debug\\NetSetup.log",
                              domain, recovery);
    return join(c, domain, out, err);
}

/* --- What serves MDT only ------------------------------------------------------------------- */

static bool says(ts_ctx *c, const char *text)
{
    ts_ctx_log(c, TS_LEVEL_INFO, "%s", text);
    return true;
}

bool ts_mdt_copy_scripts_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_UNUSED(out);
    TS_UNUSED(err);
    return says(c, "this engine needs none of MDT's scripts behind a restart: nothing is copied "
                   "(a script of your own goes into a package)");
}

bool ts_mdt_post_apply_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_UNUSED(out);
    TS_UNUSED(err);
    return says(c, "this engine leaves none of MDT's files behind: nothing to remove");
}
