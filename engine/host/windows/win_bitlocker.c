/* win_bitlocker.c - BitLocker by the methods of Win32_EncryptableVolume (Windows docs), and in
 * Windows PE by manage-bde, which makes a volume that is encrypted with a key in clear.
 *
 * The recovery password is made, stored in the directory and never read: it is in no log. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "win_wmi.h"

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#define SPACE         "root\\cimv2\\Security\\MicrosoftVolumeEncryption"
#define LOOK          5000u       /* ms between looks at the encryption */
#define DATA_ONLY     1u          /* EncryptionFlags */
#define ALREADY_THERE 0x80310031u /* FVE_E_PROTECTOR_EXISTS */
#define PROTECTION_ON 1
#define NAME                                                                                       \
    {                                                                                              \
        "FriendlyName", "taskseq", 0                                                               \
    }

typedef enum conversion { DECRYPTED, ENCRYPTED, ENCRYPTING } conversion; /* others: stopped */

typedef struct volume {
    ts_windows *machine;
    char letter;
    char *path; /* of the WMI object */
} volume;

static void volume_done(volume *v)
{
    ts_free_ptr(&v->path);
}

/* --- The object ---------------------------------------------------------------------------- */

static char *object_path(const char *device, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf path;
    ts_buf_init(&path, 4096);
    ts_buf_str(&path, "Win32_EncryptableVolume.DeviceID=\"");
    for (; *device; device++)
        ts_buf_printf(&path, "%s%c", *device == '\\' || *device == '"' ? "\\" : "", *device);
    ts_buf_char(&path, '"');
    return ts_buf_ok(&path, "the name of a volume", err) ? ts_buf_take(&path) : NULL;
}

static bool find(ts_windows *machine, char letter, volume *out, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    TS_CLEANUP(ts_wmi_rows_done) ts_wmi_rows rows = {0};
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_sprintf("SELECT DeviceID FROM Win32_EncryptableVolume WHERE DriveLetter='%c:'",
                            letter & ~0x20);
    *out = (volume){.machine = machine, .letter = letter};
    const ts_wql *query = arena && text ? ts_wql_parse(arena, text, err) : NULL;
    bool ok = query ? machine->wmi_api->query(machine, SPACE, query, &rows, err)
                    : (arena && text ? false : ts_fail_nomem(err));
    ts_arena_free(arena);
    if (!ok)
        return ts_wrap(err, "BitLocker of volume %c:", letter);
    const ts_wmi_value *id = rows.n_rows > 0 ? ts_wmi_row_get(&rows.rows[0], "DeviceID") : NULL;
    if (!id || id->kind != TS_WMI_TEXT)
        return ts_fail(err, TS_NOT_FOUND, "BitLocker knows no volume %c:", letter);
    out->path = object_path(id->text, err);
    return out->path != NULL;
}

static int64_t number(const ts_wmi_rows *rows, const char *name, int64_t otherwise)
{
    const ts_wmi_value *value = ts_wmi_row_get(&rows->rows[0], name);
    return value && value->kind == TS_WMI_INT ? value->integer : otherwise;
}

/* fine: a return value besides 0 that is success; 0: none. `what` completes "cannot ...". refusal:
 * the code of the error when BitLocker says no (not when WMI cannot ask it). */
static bool call_as(const volume *v, ts_code refusal, const char *method, const ts_win_arg *args,
                    size_t n, uint32_t fine, ts_wmi_rows *out, const char *what, ts_err **err)
{
    ts_wmi_rows rows = {0};
    if (!v->machine->wmi_api->call(v->machine, SPACE, v->path, method, args, n, &rows, err))
        return ts_wrap(err, "volume %c: cannot %s", v->letter, what);
    uint32_t code = (uint32_t)number(&rows, "ReturnValue", 0);
    bool ok = code == 0 || (fine && code == fine) ||
              ts_fail_os_as(err, refusal, TS_OS_HRESULT, code, "volume %c: cannot %s", v->letter,
                            what);
    if (ok && out)
        *out = rows;
    else
        ts_wmi_rows_done(&rows);
    return ok;
}

static bool call(const volume *v, const char *method, const ts_win_arg *args, size_t n,
                 uint32_t fine, ts_wmi_rows *out, const char *what, ts_err **err)
{
    return call_as(v, TS_OS, method, args, n, fine, out, what, err);
}

static bool ask(const volume *v, const char *method, const char *name, int64_t *out, ts_err **err)
{
    TS_CLEANUP(ts_wmi_rows_done) ts_wmi_rows rows = {0};
    if (!call(v, method, NULL, 0, 0, &rows, "ask for the state of BitLocker", err))
        return false;
    *out = number(&rows, name, -1);
    return *out >= 0 ||
           ts_fail(err, TS_OS, "volume %c: BitLocker does not say its state", v->letter);
}

/* --- Protectors ---------------------------------------------------------------------------- */

/* *id: of the protector; "" where one of the kind was there already. Owned. */
static bool protect(const volume *v, const char *method, const ts_win_arg *args, size_t n,
                    const char *what, char **id, ts_err **err)
{
    TS_CLEANUP(ts_wmi_rows_done) ts_wmi_rows rows = {0};
    if (!call(v, method, args, n, ALREADY_THERE, &rows, what, err))
        return false;
    const ts_wmi_value *value = ts_wmi_row_get(&rows.rows[0], "VolumeKeyProtectorID");
    *id = ts_strdup(value && value->kind == TS_WMI_TEXT ? value->text : "");
    return *id || ts_fail_nomem(err);
}

/* A new recovery password, or the one that is given. One that the directory does not have when it
 * should is nobody's: it goes again. */
static bool add_recovery(const volume *v, const ts_bitlocker *what, ts_err **err)
{
    const char *given = what->recovery_password;
    const ts_win_arg args[] = {NAME, {"NumericalPassword", given ? given : "", 0}};
    TS_CLEANUP(ts_free_ptr) char *id = NULL;
    if (!given && !what->recovery_to_ad)
        return true;
    if (!protect(v, "ProtectKeyWithNumericalPassword", args, given ? 2 : 1,
                 given ? "take the recovery password" : "make a recovery password", &id, err))
        return false;
    if (!what->recovery_to_ad)
        return true;
    const ts_win_arg arg[] = {{"VolumeKeyProtectorID", id, 0}};
    if (call_as(v, TS_REFUSED, "BackupRecoveryInformationToActiveDirectory", arg, 1, 0, NULL,
                "store the recovery password in Active Directory", err))
        return true;
    (void)call(v, "DeleteKeyProtector", arg, 1, 0, NULL, "remove the recovery password", NULL);
    return false;
}

static bool save_key(const volume *v, const char *id, char drive, ts_err **err)
{
    const char path[] = {drive, ':', '\\', '\0'};
    const ts_win_arg args[] = {{"VolumeKeyProtectorID", id, 0}, {"Path", path, 0}};
    return call(v, "SaveExternalKeyToFile", args, 2, 0, NULL, "save the startup key", err);
}

static bool add_protector(const volume *v, const ts_bitlocker *what, ts_err **err)
{
    static const char *const methods[] = {
        [TS_BITLOCKER_TPM] = "ProtectKeyWithTPM",
        [TS_BITLOCKER_KEY] = "ProtectKeyWithExternalKey",
        [TS_BITLOCKER_TPM_KEY] = "ProtectKeyWithTPMAndStartupKey",
        [TS_BITLOCKER_TPM_PIN] = "ProtectKeyWithTPMAndPIN",
    };
    const ts_win_arg args[] = {NAME, {"PIN", what->pin ? what->pin : "", 0}};
    bool pin = what->mode == TS_BITLOCKER_TPM_PIN;
    bool key = what->mode == TS_BITLOCKER_KEY || what->mode == TS_BITLOCKER_TPM_KEY;
    TS_CLEANUP(ts_free_ptr) char *id = NULL;
    return protect(v, methods[what->mode], args, pin ? 2 : 1, "protect the key of the volume", &id,
                   err) &&
           (!key || !*id || save_key(v, id, what->key_drive, err));
}

/* --- Encryption ---------------------------------------------------------------------------- */

static bool encrypt(const volume *v, const ts_bitlocker *what, int64_t state, ts_err **err)
{
    bool is_new = state == DECRYPTED;
    const ts_win_arg args[] = {{"EncryptionMethod", NULL, is_new ? what->method : 0},
                               {"EncryptionFlags", NULL, is_new && !what->full ? DATA_ONLY : 0}};
    if (state != ENCRYPTED && state != ENCRYPTING &&
        !call(v, "Encrypt", args, 2, 0, NULL, "encrypt it", err))
        return false;
    /* A pre-provisioned volume has its key in clear until here. */
    return is_new || call(v, "EnableKeyProtectors", NULL, 0, 0, NULL, "switch protection on", err);
}

static bool wait_for_end(const volume *v, ts_err **err)
{
    for (;;) {
        int64_t state = 0;
        if (!ask(v, "GetConversionStatus", "ConversionStatus", &state, err))
            return false;
        if (state == ENCRYPTED)
            return true;
        if (state != ENCRYPTING)
            return ts_fail(err, TS_STATE, "volume %c: the encryption stopped (state %" PRId64 ")",
                           v->letter, state);
        if (!ts_local_sleep(v->machine, v->machine->settle < LOOK ? v->machine->settle : LOOK, err))
            return false;
    }
}

bool ts_win_bitlocker_enable(void *self, const ts_bitlocker *what, ts_err **err)
{
    TS_CLEANUP(volume_done) volume v = {.path = NULL};
    int64_t state = 0;
    int64_t protection = 0;
    if (!find(self, what->letter, &v, err) ||
        !ask(&v, "GetConversionStatus", "ConversionStatus", &state, err) ||
        !ask(&v, "GetProtectionStatus", "ProtectionStatus", &protection, err))
        return false;
    if (state == ENCRYPTED && protection == PROTECTION_ON)
        return true;
    return add_recovery(&v, what, err) && add_protector(&v, what, err) &&
           encrypt(&v, what, state, err) && (!what->wait || wait_for_end(&v, err));
}

bool ts_win_bitlocker_suspend(void *self, char letter, unsigned restarts, ts_err **err)
{
    TS_CLEANUP(volume_done) volume v = {.path = NULL};
    const ts_win_arg args[] = {{"DisableCount", NULL, restarts}};
    return find(self, letter, &v, err) &&
           call(&v, "DisableKeyProtectors", args, 1, 0, NULL, "suspend BitLocker", err);
}

bool ts_win_bitlocker_preprovision(void *self, const ts_bitlocker *what, ts_err **err)
{
    /* By EncryptionMethod (GetEncryptionMethod); 5 is encryption by the drive. */
    static const char *const methods[] = {NULL,         "aes128_diffuser", "aes256_diffuser",
                                          "aes128",     "aes256",          NULL,
                                          "xts_aes128", "xts_aes256"};
    const char drive[] = {what->letter, ':', '\0'};
    const char *method = what->method < TS_COUNT(methods) ? methods[what->method] : NULL;
    const char *argv[8] = {NULL};
    size_t n = 0;
    TS_CLEANUP(ts_free_ptr) char *tool = ts_win_tool(self, "manage-bde.exe", err);
    if (!tool)
        return ts_wrap(err, "cannot pre-provision BitLocker (the component of Windows PE is "
                            "WinPE-SecureStartup)");
    argv[n++] = tool;
    argv[n++] = "-on";
    argv[n++] = drive;
    if (!what->full)
        argv[n++] = "-used";
    if (method) {
        argv[n++] = "-EncryptionMethod";
        argv[n++] = method;
    }
    return ts_win_tool_run(self, argv, NULL, "pre-provision BitLocker", err) ||
           ts_wrap(err, "volume %c:", what->letter);
}
