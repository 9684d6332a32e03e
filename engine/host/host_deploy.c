/* host_deploy.c - the choke point: the offline Windows, drivers, accounts, identity, BitLocker,
 * certificates. No password, PIN or key ever stands in the text of a change. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/mem.h>

#include "host_ops.h"
#include "host_private.h"

static bool check_letter(const char *what, char letter, ts_err **err)
{
    return isalpha((unsigned char)letter) ||
           ts_fail(err, TS_SCHEMA, "cannot %s: no drive letter from A to Z is given", what);
}

static bool check_text(const char *what, const char *text, ts_err **err)
{
    return !ts_str_blank(text) || ts_fail(err, TS_SCHEMA, "%s is empty", what);
}

/* --- The Windows that is not running -------------------------------------------------------- */

static bool check_hive(const char *hive, ts_err **err)
{
    static const char *const hives[] = {"SOFTWARE", "SYSTEM", "DEFAULT", "SAM"};
    for (size_t i = 0; i < TS_COUNT(hives); i++) {
        if (ts_str_ieq(hive, hives[i])) {
            return true;
        }
    }
    return ts_fail(err, TS_SCHEMA,
                   "'%s' is no hive of an offline Windows (SOFTWARE, SYSTEM, DEFAULT or SAM)",
                   hive ? hive : "");
}

bool ts_host_offline_reg_get(ts_host *host, char letter, const char *hive, const char *key,
                             const char *value, bool *found, ts_reg_type *type, char **data,
                             ts_err **err)
{
    const char *what = "read an offline registry";
    return ts_host_enter(host, what, host->ops->offline_reg_get != NULL, err) &&
           check_letter(what, letter, err) && check_hive(hive, err) &&
           host->ops->offline_reg_get(host->self, letter, hive, key, value, found, type, data, err);
}

bool ts_host_offline_reg_set(ts_host *host, char letter, const char *hive, const char *key,
                             const char *value, ts_reg_type type, const char *data, ts_err **err)
{
    const char *what = "write an offline registry";
    bool ok = ts_host_enter(host, what, host->ops->offline_reg_set != NULL, err) &&
              check_letter(what, letter, err) && check_hive(hive, err) &&
              host->ops->offline_reg_set(host->self, letter, hive, key, value, type, data, err);
    TS_HOST_CHANGE(host, TS_EFFECT(REGISTRY_OFFLINE), ok, err,
                   "set registry value '%s\\%s\\%s' of the Windows on %c: to %s '%s'", hive, key,
                   value && *value ? value : "(Default)", letter ? letter : '?',
                   ts_reg_type_name(type), data ? data : "");
    return ok;
}

bool ts_host_pnp_ids(ts_host *host, char **out, ts_err **err)
{
    return ts_host_enter(host, "list devices", host->ops->pnp_ids != NULL, err) &&
           host->ops->pnp_ids(host->self, out, err);
}

bool ts_host_driver_add(ts_host *host, char letter, const char *inf, bool allow_unsigned,
                        ts_err **err)
{
    bool ok = ts_host_enter(host, "add a driver", host->ops->driver_add != NULL, err) &&
              (!letter || check_letter("add a driver", letter, err)) &&
              check_text("the path of the driver's INF file", inf, err) &&
              host->ops->driver_add(host->self, letter, inf, allow_unsigned, err);
    char where[2] = {letter, '\0'};
    TS_HOST_CHANGE(host, TS_EFFECT(DRIVER), ok, err, "add driver '%s' to %s%s%s", inf ? inf : "",
                   letter ? "the Windows on " : "this Windows", where, letter ? ":" : "");
    return ok;
}

/* --- The Windows that runs ------------------------------------------------------------------ */

bool ts_host_account_set(ts_host *host, const ts_account *account, ts_err **err)
{
    bool ok = ts_host_enter(host, "change an account", host->ops->account_set != NULL, err) &&
              check_text("the name of the account", account->name, err) &&
              host->ops->account_set(host->self, account, err);
    TS_HOST_CHANGE(host, TS_EFFECT(ACCOUNT), ok, err, "%s local account '%s'%s%s",
                   account->enable ? "enable" : "disable", account->name ? account->name : "",
                   account->is_administrator ? " as administrator" : "",
                   account->password ? " and set its password" : "");
    return ok;
}

bool ts_host_computer_rename(ts_host *host, const char *name, ts_err **err)
{
    bool ok = ts_host_enter(host, "rename the computer", host->ops->computer_rename != NULL, err) &&
              check_text("the computer name", name, err) &&
              host->ops->computer_rename(host->self, name, err);
    TS_HOST_CHANGE(host, TS_EFFECT(IDENTITY), ok, err, "rename the computer to '%s'",
                   name ? name : "");
    return ok;
}

bool ts_host_join(ts_host *host, const ts_join *join, ts_err **err)
{
    const char *kind = join->domain ? "domain" : "workgroup";
    bool ok = ts_host_enter(host, "join a domain or workgroup", host->ops->join != NULL, err) &&
              check_text("the name of the domain or workgroup", join->name, err) &&
              host->ops->join(host->self, join, err);
    TS_HOST_CHANGE(host, TS_EFFECT(IDENTITY), ok, err, "join %s '%s'%s%s", kind,
                   join->name ? join->name : "", join->ou && *join->ou ? " in " : "",
                   join->ou ? join->ou : "");
    return ok;
}

static const char *mode_text(ts_bitlocker_mode mode)
{
    static const char *const names[] = {"TPM", "a startup key", "TPM and a startup key",
                                        "TPM and a PIN"};
    return (size_t)mode < TS_COUNT(names) ? names[mode] : "?";
}

bool ts_host_bitlocker_preprovision(ts_host *host, const ts_bitlocker *what, ts_err **err)
{
    bool possible = host->ops->bitlocker_preprovision != NULL;
    bool ok = ts_host_enter(host, "pre-provision BitLocker", possible, err) &&
              check_letter("pre-provision BitLocker", what->letter, err) &&
              host->ops->bitlocker_preprovision(host->self, what, err);
    TS_HOST_CHANGE(host, TS_EFFECT(BITLOCKER), ok, err, "pre-provision BitLocker on %c:%s",
                   what->letter ? what->letter : '?', what->full ? " (full disk)" : "");
    return ok;
}

bool ts_host_bitlocker_enable(ts_host *host, const ts_bitlocker *what, ts_err **err)
{
    bool possible = host->ops->bitlocker_enable != NULL;
    bool ok = ts_host_enter(host, "enable BitLocker", possible, err) &&
              check_letter("enable BitLocker", what->letter, err) &&
              host->ops->bitlocker_enable(host->self, what, err);
    TS_HOST_CHANGE(host, TS_EFFECT(BITLOCKER), ok, err, "enable BitLocker on %c: with %s%s%s",
                   what->letter ? what->letter : '?', mode_text(what->mode),
                   what->recovery_to_ad ? ", recovery password to Active Directory" : "",
                   what->full ? ", full disk" : "");
    return ok;
}

bool ts_host_bitlocker_suspend(ts_host *host, char letter, unsigned restarts, ts_err **err)
{
    bool possible = host->ops->bitlocker_suspend != NULL;
    bool ok = ts_host_enter(host, "suspend BitLocker", possible, err) &&
              check_letter("suspend BitLocker", letter, err) &&
              host->ops->bitlocker_suspend(host->self, letter, restarts, err);
    TS_HOST_CHANGE(host, TS_EFFECT(BITLOCKER), ok, err,
                   "suspend BitLocker on %c: for %u restarts (0: until it is enabled again)",
                   letter ? letter : '?', restarts);
    return ok;
}

bool ts_host_cert_add(ts_host *host, ts_cert_store store, const void *der, size_t size, bool *added,
                      ts_err **err)
{
    bool ok = ts_host_enter(host, "trust a certificate", host->ops->cert_add != NULL, err) &&
              ((der && size > 0) ||
               ts_fail(err, TS_SCHEMA, "cannot trust a certificate: it is empty")) &&
              host->ops->cert_add(host->self, store, der, size, added, err);
    TS_HOST_CHANGE(host, TS_EFFECT(CERT), ok, err, "trust a certificate (%zu bytes) as %s%s", size,
                   store == TS_CERT_ROOT ? "root" : "intermediate authority",
                   ok && !*added ? ": it was there already" : "");
    return ok;
}

bool ts_host_time_zone_set(ts_host *host, const char *windows_name, ts_err **err)
{
    bool ok = ts_host_enter(host, "set the time zone", host->ops->time_zone_set != NULL, err) &&
              check_text("the name of the time zone", windows_name, err) &&
              host->ops->time_zone_set(host->self, windows_name, err);
    TS_HOST_CHANGE(host, TS_EFFECT(SETTINGS), ok, err, "set the time zone to '%s'",
                   windows_name ? windows_name : "");
    return ok;
}

bool ts_host_net_connect(ts_host *host, char letter, const char *path, const char *user,
                         const char *password, ts_err **err)
{
    bool possible = host->ops->net_connect != NULL;
    bool ok = ts_host_enter(host, "connect to a network folder", possible, err) &&
              (!letter || check_letter("connect to a network folder", letter, err)) &&
              check_text("the path of the network folder", path, err) &&
              host->ops->net_connect(host->self, letter, path, user, password, err);
    TS_HOST_CHANGE(host, TS_EFFECT(NET), ok, err, "connect to network folder '%s'%s%s",
                   path ? path : "", user && *user ? " as " : "", user ? user : "");
    return ok;
}
