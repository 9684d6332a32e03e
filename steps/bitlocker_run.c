/* bitlocker_run.c - what the BitLocker steps do. */
#include "bitlocker_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"

#define METHOD_MAX 7 /* XTS-AES 256 (Win32_EncryptableVolume, GetEncryptionMethod) */

static bool fact_is_true(ts_ctx *c, ts_fact fact)
{
    char *text = NULL;
    bool yes = ts_host_fact(ts_ctx_host(c), fact, &text, NULL) && ts_str_ieq(text, "True");
    free(text);
    return yes;
}

static bool tpm_is_usable(ts_ctx *c)
{
    return fact_is_true(c, TS_FACT_TPM_PRESENT) && fact_is_true(c, TS_FACT_TPM_ENABLED) &&
           fact_is_true(c, TS_FACT_TPM_ACTIVATED);
}

/* ConfigMgr docs: without a usable TPM the step does nothing and succeeds (message 11912). */
static bool skips(ts_ctx *c, const char *input)
{
    if (!ts_ctx_bool(c, input) || tpm_is_usable(c))
        return false;
    ts_ctx_log(c, TS_LEVEL_WARNING,
               "the machine has no usable TPM: the step does nothing, as '%s' says", input);
    return true;
}

static bool read_mode(ts_ctx *c, ts_bitlocker *b, ts_result *out)
{
    static const struct {
        const char *name;
        ts_bitlocker_mode mode;
    } modes[] = {{"TPM", TS_BITLOCKER_TPM},           {"Key", TS_BITLOCKER_KEY},
                 {"TPMAndKey", TS_BITLOCKER_TPM_KEY}, {"TPMKEY", TS_BITLOCKER_TPM_KEY},
                 {"TPMAndPIN", TS_BITLOCKER_TPM_PIN}, {"TPMPIN", TS_BITLOCKER_TPM_PIN}};
    const char *text = ts_ctx_text(c, "OSDBitLockerMode");
    for (size_t i = 0; i < TS_COUNT(modes); i++)
        if (ts_str_ieq(modes[i].name, text)) {
            b->mode = modes[i].mode;
            return true;
        }
    ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "OSDBitLockerMode '%s' is not known", text);
    return false;
}

/* ConfigMgr docs: a method that is not supported becomes the default of the OS (message 11911). */
static bool read_method(ts_ctx *c, ts_bitlocker *b)
{
    const char *text = ts_ctx_text(c, "OSDBitLockerEncryptMethod");
    int64_t method = 0;
    if (!ts_str_blank(text) &&
        (!ts_str_int64(text, &method) || method < 0 || method > METHOD_MAX || method == 5)) {
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "encryption method '%s' is not supported: Windows chooses one", text);
        method = 0;
    }
    b->method = (unsigned)method;
    b->full = ts_ctx_bool(c, "OSDBitLockerEncryptFullDisk");
    return true;
}

/* Windows takes 4 to 20 digits, and 6 at least since 1709 unless a policy says otherwise. */
static bool read_pin(ts_ctx *c, ts_bitlocker *b, ts_result *out)
{
    const char *pin = ts_ctx_text(c, "OSDBitLockerPIN");
    pin = *pin ? pin : ts_ctx_text(c, "BdePin");
    if (b->mode != TS_BITLOCKER_TPM_PIN)
        return true;
    size_t len = strlen(pin);
    if (len < 4 || len > 20) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "the PIN must have 4 to 20 digits: set OSDBitLockerPIN");
        return false;
    }
    b->pin = pin;
    return true;
}

/* Microsoft, Win32_EncryptableVolume.IsNumericalPasswordValid: eight groups of six digits, each
 * divisible by 11 and less than 720896. */
static bool is_recovery_password(const char *text)
{
    for (unsigned group = 0; group < 8; group++) {
        unsigned long n = 0;
        for (unsigned i = 0; i < 6; i++, text++) {
            if (*text < '0' || *text > '9')
                return false;
            n = n * 10 + (unsigned long)(*text - '0');
        }
        if (n % 11 || n >= 720896 || *text != (group < 7 ? '-' : '\0'))
            return false;
        text++;
    }
    return true;
}

static bool read_recovery(ts_ctx *c, ts_bitlocker *b, ts_result *out)
{
    const char *text = ts_ctx_text(c, "OSDBitLockerRecoveryPassword");
    if (ts_str_blank(text))
        return true;
    b->recovery_password = text;
    return is_recovery_password(text) ||
           (ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                           "OSDBitLockerRecoveryPassword is no recovery password: it has 8 groups "
                           "of 6 digits with '-' between them, each group divisible by 11"),
            false);
}

static bool read_key_drive(ts_ctx *c, ts_bitlocker *b, ts_result *out)
{
    const char *text = ts_ctx_text(c, "OSDBitLockerStartupKeyDrive");
    if (b->mode != TS_BITLOCKER_KEY && b->mode != TS_BITLOCKER_TPM_KEY)
        return true;
    b->key_drive = ts_step_letter(text);
    if (!b->key_drive)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "OSDBitLockerStartupKeyDrive '%s' is no drive for the startup key", text);
    return b->key_drive != 0;
}

static char drive_of(ts_ctx *c, const char *input, ts_result *out)
{
    const char *text = ts_ctx_text(c, input);
    char letter = *text ? ts_step_letter(text) : ts_step_windows(c);
    if (!letter)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE, "%s '%s' is no drive", input, text);
    return letter;
}

static bool escrows(ts_ctx *c)
{
    return ts_str_ieq(ts_ctx_text(c, "OSDBitLockerCreateRecoveryPassword"), "AD") ||
           ts_str_ieq(ts_ctx_text(c, "BdeRecoveryKey"), "AD");
}

/* What an administrator can do about a failure that is usual. */
static char *advice(ts_ctx *c, const ts_bitlocker *b, const char *skip, ts_code code)
{
    char *domain = NULL;
    char *text = NULL;
    if (b->mode != TS_BITLOCKER_KEY && !tpm_is_usable(c))
        text = ts_sprintf("turn the TPM on in the firmware settings (some call it fTPM, PTT or "
                          "security chip), or leave out machines without one (%s = true)",
                          skip);
    else if (b->recovery_to_ad && code == TS_REFUSED && ts_step_domain(c, &domain, NULL))
        text = ts_strdup(*domain ? "look whether policy lets the computer store its key in the "
                                   "directory"
                                 : "join a domain before this step, or make no recovery password "
                                   "(OSDBitLockerCreateRecoveryPassword = None), or let the step "
                                   "continue on error");
    free(domain);
    return text;
}

static bool give_up(ts_ctx *c, const ts_bitlocker *b, const char *skip, ts_err *why, ts_result *out,
                    ts_err **err)
{
    ts_code code = ts_err_code(why);
    if (!ts_step_own(out, why, err))
        return false;
    char *more TS_CLEANUP(ts_free_ptr) = advice(c, b, skip, code);
    char *text TS_CLEANUP(ts_free_ptr) = more ? ts_strdup(out->text) : NULL;
    return !text || ts_result_fail(out, out->code, "%s; what to do: %s", text, more);
}

bool ts_enable_bitlocker_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_bitlocker b = {.recovery_to_ad = escrows(c),
                      .wait = ts_ctx_bool(c, "OSDBitLockerWaitForEncryption")};
    ts_err *why = NULL;
    if (ts_str_ieq(ts_ctx_text(c, "BdeInstallSuppress"), "YES")) {
        ts_ctx_log(c, TS_LEVEL_INFO, "BdeInstallSuppress is YES: BitLocker stays off");
        return true;
    }
    if (ts_host_phase(ts_ctx_host(c)) != TS_PHASE_FULL_OS)
        return ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                              "BitLocker is enabled in the full OS, and this is Windows PE: use "
                              "Pre-provision BitLocker here");
    b.letter = drive_of(c, "OSDBitLockerTargetDrive", out);
    if (!b.letter || !read_mode(c, &b, out) || !read_method(c, &b) || !read_pin(c, &b, out) ||
        !read_key_drive(c, &b, out) || !read_recovery(c, &b, out))
        return true;
    if (b.mode != TS_BITLOCKER_KEY && skips(c, "OSDBitLockerSkipWhenNoValidTPM"))
        return true;
    return ts_host_bitlocker_enable(ts_ctx_host(c), &b, &why) ||
           give_up(c, &b, "OSDBitLockerSkipWhenNoValidTPM", why, out, err);
}

/* The values; the machine is looked at when the step runs. */
bool ts_enable_bitlocker_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_bitlocker b = {.letter = 0};
    TS_UNUSED(err);
    if (ts_step_all_known(c) && !ts_str_ieq(ts_ctx_text(c, "BdeInstallSuppress"), "YES") &&
        read_mode(c, &b, out) && read_pin(c, &b, out) && read_key_drive(c, &b, out))
        (void)read_recovery(c, &b, out);
    return true;
}

bool ts_disable_bitlocker_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *text = ts_ctx_text(c, "OSDBitLockerRebootCountOverride");
    bool overridden = *text != '\0';
    ts_err *why = NULL;
    int64_t count = 0;
    char letter = drive_of(c, "OSDBitLockerTargetDrive", out);
    if (!overridden)
        text = ts_ctx_text(c, "OSDBitLockerRebootCount");
    if (!letter)
        return true;
    if (!ts_str_int64(text, &count) || count < (overridden ? 0 : 1) || count > 15)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "'%s' restarts are not possible (%d to "
                              "15)",
                              text, overridden ? 0 : 1);
    return ts_host_bitlocker_suspend(ts_ctx_host(c), letter, (unsigned)count, &why) ||
           ts_step_own(out, why, err);
}

bool ts_offline_bitlocker_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    static const ts_step_target names = {
        "OSDBitLockerDestinationVariable", "OSDBitLockerDestinationDrive",
        "OSDBitLockerDestinationDisk", "OSDBitLockerDestinationPartition"};
    ts_bitlocker b = {.mode = TS_BITLOCKER_TPM};
    ts_err *why = NULL;
    if (skips(c, "OSDBitLockerSkipWhenTPMInvalid"))
        return true;
    b.letter = ts_step_find_target(c, &names, out, err);
    if (!b.letter)
        return !err || !*err;
    read_method(c, &b);
    return ts_host_bitlocker_preprovision(ts_ctx_host(c), &b, &why) ||
           give_up(c, &b, "OSDBitLockerSkipWhenTPMInvalid", why, out, err);
}

/* MDT: "so that the machine can start Windows PE": until the protection is enabled again. */
bool ts_bde_protectors_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    char letter = ts_step_windows(c);
    if (!letter || ts_host_phase(ts_ctx_host(c)) != TS_PHASE_FULL_OS) {
        ts_ctx_log(c, TS_LEVEL_INFO, "no Windows runs: there are no protectors to suspend");
        return true;
    }
    return ts_host_bitlocker_suspend(ts_ctx_host(c), letter, 0, &why) || ts_step_own(out, why, err);
}
