/* mdt_validate.c - MDT's ZTIValidate: is the machine good enough, and may it be replaced? Codes and
 * tolerances are those of the MDT documentation ("ZTIValidate.wsf"). */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "facts.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#define MEMORY_TOLERANCE_MB 64 /* part of the memory may belong to the graphics adapter */
#define SPEED_TOLERANCE_MHZ 10

enum {
    CODE_CLIENT_OVER_SERVER = 9801,
    CODE_SERVER_OVER_CLIENT = 9802,
    CODE_NOT_AUTHORISED = 9803,
    CODE_MEMORY = 9804,
    CODE_SPEED = 9805,
    CODE_SPACE = 9807,
    CODE_OLDER = 9808,
};

static const ts_input inputs[] = {
    TS_IN_INT("ImageSize", NULL, "0", "Free space that the image needs, in MB."),
    TS_IN_INT("ImageProcessorSpeed", NULL, "0", "Least processor speed in MHz."),
    TS_IN_INT("ImageMemory", NULL, "0", "Least memory in MB."),
    TS_IN_ENUM("VerifyOS", NULL, NULL, "CLIENT SERVER",
               "Kind of system that a refresh may replace."),
    TS_IN_TEXT("OSInstall", NULL, "A value that does not begin with Y stops the deployment."),
    TS_IN_TEXT("DeploymentType", NULL, "REFRESH adds the checks of the running system."),
    TS_IN_TEXT("ImageBuild", NULL, "Version of the image."),
    TS_IN_TEXT("CommandLine", NULL, "Copy of the command line, kept by the editor (hidden)."),
    TS_IN_BOOL("SMSTSDisableWow64Redirection", "DisableWow64Redirection", "false",
               "Kept by the editor; without effect here."),
    TS_IN_SUCCESS_CODES,
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const programs[] = {"ztivalidate", NULL};

/* A number of the machine against what the step wants; no such fact, or nothing wanted: fine. */
static bool check_number(ts_ctx *c, ts_fact fact, const char *input, int64_t tolerance,
                         int64_t code, const char *what, ts_result *out, ts_err **err)
{
    int64_t is, wants = ts_ctx_int(c, input);
    if (wants <= 0)
        return true;
    char *text TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, fact, out, err);
    if (!text)
        return out->failed;
    if (!ts_str_int64(text, &is)) {
        ts_ctx_log(c, TS_LEVEL_WARNING, "%s of this machine is not known: not checked", what);
        return true;
    }
    if (is < wants - tolerance)
        ts_result_fail(out, code, "%s is %lld, the image needs %lld", what, (long long)is,
                       (long long)wants);
    else
        ts_ctx_log(c, TS_LEVEL_INFO, "%s is %lld, needed are %lld", what, (long long)is,
                   (long long)wants);
    return true;
}

static bool check_speed(ts_ctx *c, ts_result *out, ts_err **err)
{
    char *vm TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_IS_VM, out, err);
    if (!vm)
        return out->failed;
    if (ts_str_ieq(vm, "True"))
        return true; /* a virtual machine tells the host's speed, or none */
    return check_number(c, TS_FACT_CPU_MHZ, "ImageProcessorSpeed", SPEED_TOLERANCE_MHZ, CODE_SPEED,
                        "processor speed in MHz", out, err);
}

static bool check_kind(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *verify = ts_ctx_text(c, "VerifyOS");
    char *server TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_OS_IS_SERVER, out, err);
    if (!server)
        return out->failed;
    bool is_server = ts_str_ieq(server, "True");
    if (ts_str_ieq(verify, "CLIENT") && is_server)
        ts_result_fail(out, CODE_CLIENT_OVER_SERVER,
                       "a client system would replace a server system (VerifyOS is CLIENT)");
    else if (ts_str_ieq(verify, "SERVER") && *server && !is_server)
        ts_result_fail(out, CODE_SERVER_OVER_CLIENT,
                       "a server system would replace a client system (VerifyOS is SERVER)");
    return true;
}

/* major.minor of "10.0.19045", in place. */
static void cut_build(char *version)
{
    char *dot = strchr(version, '.');
    dot = dot ? strchr(dot + 1, '.') : NULL;
    if (dot)
        *dot = '\0';
}

static bool check_age(ts_ctx *c, ts_result *out, ts_err **err)
{
    char *image TS_CLEANUP(ts_free_ptr) = ts_strdup(ts_ctx_text(c, "ImageBuild"));
    char *is TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_OS_VERSION, out, err);
    if (!is)
        return out->failed;
    if (!image)
        return ts_fail_nomem(err);
    bool valid;
    cut_build(image);
    cut_build(is);
    if (ts_step_compare_versions(image, is, &valid) < 0 && valid)
        ts_result_fail(out, CODE_OLDER, "the image (%s) is older than the running system (%s)",
                       image, is);
    return true;
}

static bool check_authorised(ts_ctx *c, ts_result *out)
{
    const char *text = ts_ctx_text(c, "OSInstall");
    if (*text && text[0] != 'Y' && text[0] != 'y')
        ts_result_fail(out, CODE_NOT_AUTHORISED,
                       "the machine may not be installed: OSInstall is '%s'", text);
    return true;
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    bool refresh = ts_str_ieq(ts_ctx_text(c, "DeploymentType"), "REFRESH");
    bool ok = true;
    if (refresh)
        ok = check_kind(c, out, err) && (out->failed || check_age(c, out, err));
    if (ok && !out->failed)
        ok = check_authorised(c, out);
    if (ok && !out->failed)
        ok = check_number(c, TS_FACT_MEMORY_MB, "ImageMemory", MEMORY_TOLERANCE_MB, CODE_MEMORY,
                          "memory in MB", out, err);
    if (ok && !out->failed)
        ok = check_speed(c, out, err);
    if (ok && !out->failed)
        ok = check_number(c, TS_FACT_SYSTEM_FREE_MB, "ImageSize", 0, CODE_SPACE,
                          "free disk space in MB", out, err);
    return ok;
}

const ts_step_class ts_step_mdt_validate = {
    .type = "BDD_Validate",
    .title = "Validate (MDT)",
    .family = "mdt_validate",
    .help = "Checks memory, processor, disk space and kind of system before a deployment.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .run = run,
};
