/* restart.c - Restart Computer.
 *
 * ConfigMgr says where to: HD or WinPE. MDT writes "smsboot.exe /target:WinPE" everywhere and
 * leaves the setting empty; where its machine comes up is decided by what is on the disk: LTIApply
 * /PE sets BootPE when it has staged the boot image (MDT documentation, LiteTouch.wsf). */
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

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

static bool mdt_target(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_value *boot_pe = ts_ctx_value(c, BOOT_PE);
    bool to_pe = false;
    if (boot_pe->flags & TS_VALUE_UNKNOWN) {
        out->assumed = true;
        to_pe = true; /* what the step says */
    } else {
        ts_str_bool(boot_pe->text, &to_pe);
    }
    out->restart = to_pe ? TS_RESTART_PE : TS_RESTART_OS;
    if (!to_pe)
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

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    char word[16] = "";
    const char *target = ts_ctx_text(c, "SMSRebootTarget");
    if (!*target)
        target = ts_ctx_text(c, "Target");
    bool ok = true;
    if (!*target)
        target_of_action(ts_ctx_action(c)->text, word, sizeof word);
    if (!*target && is_mdt(ts_ctx_node(c)) && ts_str_ieq(word, "WinPE"))
        ok = mdt_target(c, out, err);
    else if (ts_str_ieq(*target ? target : word, "WinPE"))
        out->restart = TS_RESTART_PE;
    else if (ts_str_ieq(*target ? target : word, "HD"))
        out->restart = TS_RESTART_OS;
    else
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "restart target '%s' is neither HD nor WinPE",
                       *target ? target : word);
    if (!ok || out->failed)
        return ok;
    return set_notice(c, out, err);
}

const ts_step_class ts_step_restart = {
    .type = "SMS_TaskSequence_RebootAction",
    .title = "Restart Computer",
    .family = "restart",
    .help = "Restarts the machine; the sequence goes on with the next step.",
    .programs = programs,
    .effects = TS_EFFECT(RESTART),
    .resume = TS_RESUME_NEXT,
    .inputs = inputs,
    .run = run,
};
