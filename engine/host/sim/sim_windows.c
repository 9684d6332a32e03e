/* sim_windows.c - the Windows of the simulated machine: offline registry, drivers, accounts,
 * identity, BitLocker, certificates, the agent. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/unattend.h>

#include "sim.h"

#define ACCESS_DENIED      0x80070005u /* E_ACCESSDENIED */
#define TPM_NOT_FOUND      0x8028400Fu /* TBS_E_TPM_NOT_FOUND (winerror.h) */
#define NO_LOGON_SERVER    1355u       /* ERROR_NO_SUCH_DOMAIN */
#define PASSWORD_TOO_SHORT 2245u       /* NERR_PasswordTooShort */

/* --- The Windows that is not running -------------------------------------------------------- */

static bool windows_on(sim_machine *m, char letter, sim_partition **out, ts_err **err)
{
    *out = sim_disk_by_letter(m, letter, NULL);
    if (!*out || !(*out)->os) {
        return ts_fail(err, TS_NOT_FOUND, "there is no Windows on volume %c:", letter);
    }
    return true;
}

/* The hive as the Windows sees it when it runs. */
static char *online_key(const char *hive, const char *key)
{
    return ts_str_ieq(hive, "DEFAULT") ? ts_sprintf("HKEY_USERS\\.DEFAULT\\%s", key)
                                       : ts_sprintf("HKEY_LOCAL_MACHINE\\%s\\%s", hive, key);
}

bool sim_offline_reg_get(void *self, char letter, const char *hive, const char *key,
                         const char *value, bool *found, ts_reg_type *type, char **data,
                         ts_err **err)
{
    sim_machine *m = self;
    sim_partition *p = NULL;
    if (!windows_on(m, letter, &p, err)) {
        return false;
    }
    TS_CLEANUP(ts_free_ptr) char *online = online_key(hive, key);
    return online ? sim_reg_get_of(m, SIM_FULL, online, value, found, type, data, err)
                  : ts_fail_nomem(err);
}

bool sim_offline_reg_set(void *self, char letter, const char *hive, const char *key,
                         const char *value, ts_reg_type type, const char *data, ts_err **err)
{
    sim_machine *m = self;
    sim_partition *p = NULL;
    if (!windows_on(m, letter, &p, err)) {
        return false;
    }
    TS_CLEANUP(ts_free_ptr) char *online = online_key(hive, key);
    char *kept = online ? ts_arena_strdup(m->arena, online) : NULL;
    return kept ? sim_reg_put(m, SIM_FULL, kept, value, type, data ? data : "", true, err)
                : ts_fail_nomem(err);
}

/* --- Devices and drivers --------------------------------------------------------------------- */

bool sim_pnp_ids(void *self, char **out, ts_err **err)
{
    const sim_machine *m = self;
    if (!m->devices) {
        return ts_fail(err, TS_STATE,
                       "the profile does not say which devices the machine has ('devices')");
    }
    ts_buf text;
    ts_buf_init(&text, TS_SIM_PROFILE_MAX);
    for (size_t i = 0; m->devices[i]; i++) {
        ts_buf_printf(&text, "%s\n", m->devices[i]);
    }
    *out = ts_buf_take(&text);
    return *out || ts_fail_nomem(err);
}

bool sim_driver_add(void *self, char letter, const char *inf, bool allow_unsigned, ts_err **err)
{
    TS_UNUSED(allow_unsigned);
    sim_machine *m = self;
    sim_partition *p = NULL;
    ts_file_info info;
    if (!sim_file_info(m, inf, &info, err) ||
        !windows_on(m, letter ? letter : sim_system_letter(m), &p, err)) {
        return false;
    }
    return info.exists || ts_fail(err, TS_NOT_FOUND, "the simulated machine has no file '%s'", inf);
}

/* --- Accounts and identity -------------------------------------------------------------------- */

static bool keep(sim_machine *m, const char *text, const char **out, ts_err **err)
{
    *out = ts_arena_strdup(m->arena, text);
    return *out || ts_fail_nomem(err);
}

bool sim_account_set(void *self, const ts_account *account, ts_err **err)
{
    sim_machine *m = self;
    if (account->enable && account->password && !*account->password) {
        return ts_fail_os(err, TS_OS_WIN32, PASSWORD_TOO_SHORT,
                          "cannot enable account '%s' with an empty password", account->name);
    }
    if (m->phase != SIM_FULL) {
        return ts_fail(err, TS_STATE, "Windows PE has no local accounts to change");
    }
    return true;
}

bool sim_computer_rename(void *self, const char *name, ts_err **err)
{
    sim_machine *m = self;
    return keep(m, name, &m->host_name, err);
}

bool sim_join(void *self, const ts_join *join, ts_err **err)
{
    sim_machine *m = self;
    if (m->phase != SIM_FULL) {
        return ts_fail(err, TS_STATE, "Windows PE joins no domain or workgroup");
    }
    if (!join->domain) {
        m->domain = NULL;
        return keep(m, join->name, &m->workgroup, err);
    }
    if (!join->user || !*join->user) {
        return ts_fail_os(err, TS_OS_HRESULT, ACCESS_DENIED,
                          "cannot join domain '%s' without an account", join->name);
    }
    if (!m->directory) {
        return ts_fail_os(err, TS_OS_WIN32, NO_LOGON_SERVER,
                          "domain '%s' cannot be reached (\"directory\": true in the profile "
                          "makes one)",
                          join->name);
    }
    return keep(m, join->name, &m->domain, err);
}

/* --- BitLocker ---------------------------------------------------------------------------------
 */

static bool check_volume(sim_machine *m, char letter, sim_partition **out, ts_err **err)
{
    *out = sim_disk_by_letter(m, letter, NULL);
    if (!*out) {
        return ts_fail(err, TS_NOT_FOUND, "no volume of a disk has the letter %c:", letter);
    }
    if ((*out)->bitlocker == SIM_BITLOCKER_LOCKED) {
        return ts_fail(err, TS_STATE, "volume %c: is locked by BitLocker", letter);
    }
    return *(*out)->filesystem || ts_fail(err, TS_STATE, "volume %c: is not formatted", letter);
}

static bool check_tpm(const sim_machine *m, ts_err **err)
{
    if (!m->tpm.present) {
        return ts_fail_os(err, TS_OS_HRESULT, TPM_NOT_FOUND, "the machine has no TPM");
    }
    if (!m->tpm.enabled || !m->tpm.activated) {
        return ts_fail_os(err, TS_OS_HRESULT, TPM_NOT_FOUND,
                          "the TPM of the machine is switched off: enable it in the firmware");
    }
    return true;
}

bool sim_bitlocker_preprovision(void *self, const ts_bitlocker *what, ts_err **err)
{
    sim_machine *m = self;
    sim_partition *p = NULL;
    if (!check_tpm(m, err) || !check_volume(m, what->letter, &p, err)) {
        return false;
    }
    /* Encrypted with a clear key: without protection until Enable BitLocker adds protectors. */
    p->bitlocker = SIM_BITLOCKER_SUSPENDED;
    sim_wmi_forget(m);
    return true;
}

bool sim_bitlocker_enable(void *self, const ts_bitlocker *what, ts_err **err)
{
    sim_machine *m = self;
    sim_partition *p = NULL;
    if (!check_volume(m, what->letter, &p, err) ||
        (what->mode != TS_BITLOCKER_KEY && !check_tpm(m, err))) {
        return false;
    }
    if (what->recovery_to_ad && (!m->domain || !*m->domain)) {
        return ts_fail_os_as(err, TS_REFUSED, TS_OS_HRESULT, ACCESS_DENIED,
                             "the recovery password of %c: cannot be stored in Active Directory: "
                             "the machine is in workgroup '%s', not in a domain",
                             what->letter, m->workgroup ? m->workgroup : "");
    }
    p->bitlocker = SIM_BITLOCKER_ON;
    if (what->wait) {
        m->clock += (int64_t)((what->full ? p->size : p->used) / 300000); /* 300 MB a second */
    }
    sim_wmi_forget(m);
    return true;
}

bool sim_bitlocker_suspend(void *self, char letter, unsigned restarts, ts_err **err)
{
    TS_UNUSED(restarts);
    sim_machine *m = self;
    sim_partition *p = NULL;
    if (!check_volume(m, letter, &p, err)) {
        return false;
    }
    if (p->bitlocker == SIM_BITLOCKER_ON) {
        p->bitlocker = SIM_BITLOCKER_SUSPENDED;
        sim_wmi_forget(m);
    }
    return true;
}

/* --- The rest -----------------------------------------------------------------------------------
 */

bool sim_cert_add(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                  ts_err **err)
{
    sim_machine *m = self;
    uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a: tells certificates apart */
    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ ((const unsigned char *)der)[i]) * UINT64_C(1099511628211);
    }
    TS_CLEANUP(ts_free_ptr)
    char *key = ts_sprintf("%u:%zu:%016" PRIx64, (unsigned)store, size, sum);
    const char *kept = NULL;
    if (!key) {
        return ts_fail_nomem(err);
    }
    *added = sim_map_get(&m->certificates, key) == NULL;
    return !*added || (keep(m, key, &kept, err) && sim_map_put(&m->certificates, kept, m, err));
}

bool sim_time_zone_set(void *self, const char *windows_name, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(windows_name);
    TS_UNUSED(err);
    return true;
}

bool sim_net_connect(void *self, char letter, const char *path, const char *user,
                     const char *password, ts_err **err)
{
    TS_UNUSED(user);
    TS_UNUSED(password);
    sim_machine *m = self;
    ts_file_info info;
    TS_CLEANUP(ts_free_ptr) char *root = letter ? ts_sprintf("%c:/", letter) : NULL;
    bool share = (path[0] == '\\' && path[1] == '\\') || (path[0] == '/' && path[1] == '/');
    if (!share) {
        return ts_fail(err, TS_SCHEMA, "'%s' is no network folder (\\\\server\\share)", path);
    }
    if (root && sim_file_info(m, root, &info, NULL) && info.exists) {
        return ts_fail_os(err, TS_OS_WIN32, 85, /* ERROR_ALREADY_ASSIGNED */
                          "drive letter %c: is in use", letter);
    }
    sim_drive *drives = letter ? ts_arena_alloc(m->arena, (m->n_drives + 1) * sizeof(*drives))
                               : m->drives;
    const char *provider = NULL;
    if (!drives || !keep(m, path, &provider, err)) {
        return drives ? false : ts_fail_nomem(err);
    }
    if (letter) {
        memcpy(drives, m->drives, m->n_drives * sizeof(*drives));
        drives[m->n_drives++] = (sim_drive){.letter = (char)(letter & ~0x20),
                                            .kind = SIM_NETWORK,
                                            .label = "",
                                            .filesystem = "NTFS",
                                            .provider = provider};
        m->drives = drives;
        sim_wmi_forget(m);
    }
    return true;
}

bool ts_host_sim_drive(ts_host *host, char letter, const char *provider, ts_err **err)
{
    sim_machine *m = sim_of(host);
    if (!m) {
        return ts_fail(err, TS_USAGE, "only a simulated machine can be given drives");
    }
    return sim_net_connect(m, letter, provider, NULL, NULL, err);
}

static bool take_identity(sim_machine *m, const ts_unattend *u, ts_err **err)
{
    const char *name = ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ComputerName");
    const char *group = ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN,
                                        "Identification/JoinWorkgroup");
    const char *domain = ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN,
                                         "Identification/JoinDomain");
    /* A domain that is not reached leaves the machine in its workgroup; Setup goes on. */
    return (!name || strcmp(name, "*") == 0 || keep(m, name, &m->host_name, err)) &&
           (!group || keep(m, group, &m->workgroup, err)) &&
           (!domain || !m->directory || keep(m, domain, &m->domain, err));
}

bool sim_windows_setup(sim_machine *m, sim_partition *p, ts_err **err)
{
    static const char *const architectures[] = {"amd64", "x86", "arm64"};
    static const char path[] = "C:/Windows/Panther/unattend.xml";
    char *data = NULL;
    size_t size = 0;
    ts_file_info info;
    if (!p->is_fresh || !sim_file_info(m, path, &info, err) || !info.exists) {
        return true;
    }
    p->is_fresh = false;
    if (!sim_file_read(m, path, TS_HOST_FILE_MAX, &data, &size, err)) {
        return false;
    }
    ts_unattend *u = ts_unattend_read(path, data, size, architectures[p->os->architecture], err);
    ts_wipe(data, size);
    free(data);
    bool ok = u && take_identity(m, u, err);
    ts_unattend_free(u);
    return ok || ts_wrap(err, "Windows Setup stops");
}

bool sim_agent_install(void *self, char letter, const char *work, ts_err **err)
{
    TS_UNUSED(work);
    sim_partition *p = NULL;
    return windows_on(self, letter, &p, err);
}

bool sim_agent_remove(void *self, const char *work, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(work);
    TS_UNUSED(err);
    return true;
}
