/* mdt_optional.c - steps of MDT's templates that have nothing to do unless a property asks for it,
 * and that this build cannot do when one does. When nothing is to be done is what the scripts of
 * MDT 8456 decide first (ZTIWinRE, ZTIApplyGPOPack, ZTIUserState, ZTIGroups, ZTIPatches,
 * ZTIOptIn). */
#include "mdt_optional.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"

/* Why there is nothing to do, NULL: there is something. */
typedef const char *(*mdt_idle)(ts_ctx *c);

static const char *text_of(ts_ctx *c, const char *name)
{
    return ts_vars_text(ts_ctx_vars(c), name);
}

static bool is(ts_ctx *c, const char *name, const char *value)
{
    return ts_str_ieq(text_of(c, name), value);
}

/* Nothing of an older Windows was saved on a new computer. */
static bool is_new(ts_ctx *c)
{
    return is(c, "DeploymentType", "NEWCOMPUTER");
}

static const char *no_recovery(ts_ctx *c)
{
    return is(c, "PrepareWinRE", "YES") ? NULL : "PrepareWinRE is not YES";
}

static const char *no_opt_in(ts_ctx *c)
{
    TS_UNUSED(c);
    return "Windows 10 and later do not read the switches of CEIP";
}

/* Is a folder or file of the deployment share there? Without a share nobody can know. */
static bool share_has(ts_ctx *c, const char *below)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(text_of(c, "DeployRoot"), below);
    ts_file_info info = {0};
    return !path || !ts_host_file_info(ts_ctx_host(c), path, &info, NULL) || info.exists;
}

static const char *no_policies(ts_ctx *c)
{
    if (is(c, "ApplyGPOPack", "NO"))
        return "ApplyGPOPack is NO";
    if (!*text_of(c, "DeployRoot"))
        return NULL;
    return share_has(c, "Templates/GPOPacks") ? NULL : "the deployment share has no policy packs";
}

static const char *no_user_state(ts_ctx *c)
{
    if (is(c, "UserDataLocation", "NONE"))
        return "UserDataLocation is NONE";
    bool named = *text_of(c, "StatePath") || *text_of(c, "UserDataLocation") ||
                 *text_of(c, "OSDStateStorePath");
    return is_new(c) && !named ? "a new computer, and no saved state is named" : NULL;
}

static const char *no_groups(ts_ctx *c)
{
    if (is(c, "CaptureGroups", "NO"))
        return "CaptureGroups is NO";
    return is_new(c) ? "a new computer: no groups were saved" : NULL;
}

static const char *no_patches(ts_ctx *c)
{
    if (*text_of(c, "LanguagePacks001"))
        return NULL;
    if (is(c, "PackageSelectionProfile", "Nothing") && !*text_of(c, "PackageGroup001"))
        return "PackageSelectionProfile is Nothing";
    if (!*text_of(c, "DeployRoot"))
        return NULL;
    return share_has(c, "Control/Packages.xml") ? NULL : "the deployment share has no packages";
}

static const struct {
    const char *type;
    mdt_idle idle;
    const char *cannot; /* what this build cannot do, and what to do instead */
} optional[] = {
    {"ZTIWinRE", no_recovery,
     "set up the recovery environment: run reagentc in the new Windows, or leave PrepareWinRE out"},
    {"ZTIOptIn", no_opt_in, ""},
    {"ZTIApplyGPOPack", no_policies,
     "apply policy packs: run LGPO.exe as a command line, or set ApplyGPOPack to NO"},
    {"ZTIUserState", no_user_state,
     "save or bring back user state: run scanstate and loadstate as command lines, or set "
     "UserDataLocation to NONE"},
    {"ZTIGroups", no_groups,
     "save or bring back the members of groups: set CaptureGroups to NO, or use a script"},
    {"BDD_InstallUpdatesOffline", no_patches,
     "add packages to an image that does not run: use images with their updates in them, or set "
     "PackageSelectionProfile to Nothing"},
};

bool ts_mdt_optional_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *type = ts_ctx_class(c)->type;
    for (size_t i = 0; i < TS_COUNT(optional); i++) {
        if (!ts_str_ieq(optional[i].type, type))
            continue;
        const char *idle = optional[i].idle(c);
        if (!idle)
            return ts_result_unsupported(out, "this build cannot %s", optional[i].cannot);
        out->text = ts_sprintf("nothing to do: %s", idle);
        if (!out->text)
            return ts_fail_nomem(err);
        ts_ctx_log(c, TS_LEVEL_INFO, "%s", out->text);
        return true;
    }
    return ts_fail(err, TS_STATE, "'%s' is no step of this kind", type);
}
