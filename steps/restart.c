/* restart.c - Restart Computer.
 *
 * ConfigMgr says where to: HD or WinPE. MDT writes "smsboot.exe /target:WinPE" everywhere and
 * leaves the setting empty; where its machine comes up is decided by what is on the disk: LTIApply
 * /PE sets BootPE when it has staged the boot image (MDT documentation, LiteTouch.wsf). */
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "boot_image.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#define BOOT_PE "BootPE"

static const ts_input inputs[] = {
    TS_IN_ENUM("SMSRebootTarget", "Target", NULL, "HD WinPE",
               "Where the machine starts: the hard disk, or the boot image."),
    TS_IN_TEXT("SMSRebootMessage", "Message",
               "Text of the restart window, 512 characters at most."),
    TS_IN_INT("SMSRebootTimeout", "MessageTimeout", "60",
              "Seconds that the window is shown; 0: no window."),
    TS_IN_TEXT("Target", NULL, "MDT's name of the target; empty in real files."),
    TS_IN_TEXT("Message", NULL, "MDT's name of the message."),
    TS_IN_INT("MessageTimeout", NULL, NULL, "MDT's name of the time."),
    TS_IN_BOOT_IMAGE,
    TS_IN_TEXT(BOOT_PE, NULL,
               "MDT: True when a boot image was staged on the disk; cleared by the restart."),
    TS_IN_END,
};
static const char *const programs[] = {"smsboot", NULL};

/* MDT's settings have their own names ("Message", not "SMSRebootMessage"); some versions of its
 * Workbench write ConfigMgr's, with an empty target, which ConfigMgr itself never does. */
static bool is_mdt(const ts_node *node)
{
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_str_ieq(node->settings[i].name, "Target") ||
            ts_str_ieq(node->settings[i].name, "Message") ||
            (ts_str_ieq(node->settings[i].name, "SMSRebootTarget") && !*node->settings[i].value))
            return true;
    return false;
}

/* The word behind /target:, "" when there is none. */
static void target_of_action(const char *action, char *out, size_t size)
{
    const char *at = ts_str_icontains(action, "/target:");
    at = at ? at + strlen("/target:") : "";
    size_t len = strcspn(at, " \t\r\n\"");
    len = len < size ? len : size - 1;
    memcpy(out, at, len);
    out[len] = '\0';
}

/* From the full Windows the boot image must be on the disk; Windows PE came from somewhere that the
 * firmware starts again. */
static bool to_pe(ts_ctx *c, bool keep, ts_result *out, ts_err **err)
{
    out->restart = TS_RESTART_PE;
    return ts_host_phase(ts_ctx_host(c)) == TS_PHASE_WINPE ||
           ts_boot_image_ready(c, keep, out, err);
}

static bool mdt_target(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_value *boot_pe = ts_ctx_value(c, BOOT_PE);
    bool staged = false;
    if (boot_pe->flags & TS_VALUE_UNKNOWN) {
        out->assumed = true;
        staged = true; /* what the step says */
    } else {
        ts_str_bool(boot_pe->text, &staged);
    }
    out->restart = TS_RESTART_OS;
    if (staged && (!to_pe(c, true, out, err) || out->failed))
        return out->failed;
    if (!staged)
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "The step says WinPE, as MDT always does; no boot image is staged (BootPE), so "
                   "the machine starts from its disk");
    return ts_step_set_text(c, out, BOOT_PE, "", err);
}

/* What the people at the machine see. MDT's names count where ConfigMgr's are missing. */
static bool set_notice(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *text = ts_ctx_text(c, "SMSRebootMessage");
    const char *own = ts_ctx_text(c, "MessageTimeout");
    int64_t seconds = ts_ctx_int(c, is_mdt(ts_ctx_node(c)) && *own ? "MessageTimeout"
                                                                   : "SMSRebootTimeout");
    if (!*text)
        text = ts_ctx_text(c, "Message");
    out->restart_notice = true;
    out->restart_seconds = seconds < 0 ? 0 : seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
    if (!*text)
        return true;
    out->restart_text = ts_strdup(text);
    return out->restart_text || ts_fail_nomem(err);
}

typedef enum restart_target { TARGET_BAD, TARGET_DISK, TARGET_PE, TARGET_MDT } restart_target;

/* *word: what the step says, for people; of `buffer`, or the variable's. */
static restart_target find_target(ts_ctx *c, char *buffer, size_t size, const char **word)
{
    const char *target = ts_ctx_text(c, "SMSRebootTarget");
    if (!*target)
        target = ts_ctx_text(c, "Target");
    bool set = *target != '\0';
    if (!set)
        target_of_action(ts_ctx_action(c)->text, buffer, size);
    *word = set ? target : buffer;
    if (ts_str_ieq(*word, "WinPE"))
        return !set && is_mdt(ts_ctx_node(c)) ? TARGET_MDT : TARGET_PE;
    return ts_str_ieq(*word, "HD") ? TARGET_DISK : TARGET_BAD;
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    char buffer[16] = "";
    const char *word = "";
    bool ok = true;
    switch (find_target(c, buffer, sizeof buffer, &word)) {
    case TARGET_MDT:
        ok = mdt_target(c, out, err);
        break;
    case TARGET_PE:
        ok = to_pe(c, false, out, err);
        break;
    case TARGET_DISK:
        out->restart = TS_RESTART_OS;
        break;
    case TARGET_BAD:
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "restart target '%s' is neither HD nor WinPE",
                       word);
        break;
    }
    if (!ok || out->failed)
        return ok;
    return set_notice(c, out, err);
}

/* MDT's restart goes where Apply Windows PE has said; that step looks itself. */
static bool precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    char buffer[16] = "";
    const char *word = "";
    return ts_step_is_unknown(c, "SMSRebootTarget") || ts_step_is_unknown(c, "Target") ||
           find_target(c, buffer, sizeof buffer, &word) != TARGET_PE ||
           ts_boot_image_precheck(c, out, err);
}

const ts_step_class ts_step_restart = {
    .type = "SMS_TaskSequence_RebootAction",
    .title = "Restart Computer",
    .family = "restart",
    .help = "Restarts the machine; the sequence goes on with the next step.",
    .programs = programs,
    .effects = TS_EFFECT(RESTART) | TS_EFFECT(FILE),
    .resume = TS_RESUME_NEXT,
    .inputs = inputs,
    .run = run,
    .precheck = precheck,
};
