/* settings_answer.c - Apply Windows Settings and Apply Network Settings: values of the steps in the
 * answer file of the new Windows. Every value is checked before the file is written. */
#include "settings_answer.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy.h"
#include "helpers.h"

bool ts_settings_set(ts_ctx *c, ts_unattend *u, const ts_settings_map *map, size_t n, ts_err **err)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = ts_ctx_text(c, map[i].input);
        if (!ts_str_blank(text) &&
            !ts_unattend_set(u, map[i].pass, map[i].component, map[i].path, text, err))
            return false;
    }
    return true;
}

static char target(ts_ctx *c, ts_result *out)
{
    char letter = ts_step_new_windows(c);
    if (!letter)
        ts_result_fail(out, TS_STEP_CODE_NO_DRIVE,
                       "no operating system was applied before (OSDTargetSystemDrive is not set): "
                       "this step stands behind Apply Operating System");
    return letter;
}

/* --- Windows settings ---------------------------------------------------------------------------
 */

static const ts_settings_map settings[] = {
    {"OSDRegisteredUserName", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "RegisteredOwner"},
    {"OSDRegisteredOrgName", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "RegisteredOrganization"},
    {"OSDProductKey", TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ProductKey"},
    {"OSDWindowsSettingsInputLocale", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "InputLocale"},
    {"OSDWindowsSettingsSystemLocale", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "SystemLocale"},
    {"OSDWindowsSettingsUILanguage", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "UILanguage"},
    {"OSDWindowsSettingsUILanguageFallback", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL,
     "UILanguageFallback"},
    {"OSDWindowsSettingsUserLocale", TS_PASS_OOBE_SYSTEM, TS_UNATTEND_INTL, "UserLocale"},
};

/* What Setup asks for when it is not told, and so would wait for a person. */
static const struct {
    const char *path, *value;
} quiet[] = {{"OOBE/HideEULAPage", "true"},
             {"OOBE/HideOnlineAccountScreens", "true"},
             {"OOBE/HideWirelessSetupInOOBE", "true"},
             {"OOBE/ProtectYourPC", "3"}};

bool ts_settings_check_key(const char *what, const char *key, ts_result *out)
{
    static const char shape[] = "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX";
    bool good = !*key || strlen(key) == strlen(shape);
    for (size_t i = 0; good && key[i]; i++)
        good = shape[i] == '-' ? key[i] == '-' : isalnum((unsigned char)key[i]) != 0;
    if (!good)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "%s has not the form XXXXX-XXXXX-XXXXX-XXXXX-XXXXX", what);
    return good;
}

bool ts_settings_check_name(const char *name, ts_result *out)
{
    ts_err *why = NULL;
    if (ts_computer_name_check(name, &why))
        return true;
    ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "OSDComputerName: %s", ts_err_text(why));
    ts_err_free(why);
    return false;
}

bool ts_settings_check_zone(const char *what, const char *wanted, const char **zone, ts_result *out)
{
    const char *name = ts_str_blank(wanted) ? "" : ts_time_zone_name(wanted);
    if (name) {
        *zone = name;
        return true;
    }
    ts_result_fail(
        out, TS_STEP_CODE_BAD_VALUE,
        "%s: Windows has no time zone '%s'; did you mean '%s'? (`tzutil /l` on a Windows "
        "lists all)",
        what, wanted, ts_time_zone_nearest(wanted));
    return false;
}

static bool check_name(ts_ctx *c, ts_result *out)
{
    return ts_settings_check_name(ts_ctx_text(c, "OSDComputerName"), out);
}

/* *zone: as Windows spells it; "" none is given. */
static bool check_zone(ts_ctx *c, const char **zone, ts_result *out)
{
    return ts_settings_check_zone("OSDTimeZone", ts_ctx_text(c, "OSDTimeZone"), zone, out);
}

static bool check_key(ts_ctx *c, ts_result *out)
{
    return ts_settings_check_key("OSDProductKey", ts_ctx_text(c, "OSDProductKey"), out);
}

static bool check_settings(ts_ctx *c, const char **zone, ts_result *out)
{
    return check_name(c, out) && check_zone(c, zone, out) && check_key(c, out);
}

#define PASSWORD_PATH "UserAccounts/AdministratorPassword"
#define COMMANDS      "RunSynchronous/RunSynchronousCommand"
#define COMMANDS_MAX  500 /* Microsoft: Order is a number from 1 to 500 */
#define RANDOM_LENGTH 28u /* characters of 6 random bits each */

/* English images have the account under this name; in others, and where it was renamed, PowerShell
 * finds it by its id. Path has at most 259 characters (Microsoft: RunSynchronousCommand/Path). */
#define BY_ID(verb)                                                                                \
    " || powershell.exe -NoProfile -Command \"Get-LocalUser | Where-Object SID -like '*-500' "     \
    "| " verb "-LocalUser\""
#define DISABLE      "cmd.exe /c net user Administrator /active:no" BY_ID("Disable")
#define ENABLE       "cmd.exe /c net user Administrator /active:yes" BY_ID("Enable")
#define DISABLE_TEXT "Disable the local administrator"
#define ENABLE_TEXT  "Enable the local administrator"

static const char *command_text(const ts_unattend *u, unsigned n, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, COMMANDS "[%u]/%s", n, name);
    return ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_DEPLOY, path);
}

/* Behind the commands of the administrator's own file; one of an earlier run of the step is
 * replaced. *order: for it. */
static unsigned command_place(const ts_unattend *u, int64_t *order)
{
    unsigned n = 1;
    *order = 1;
    for (; n < COMMANDS_MAX && command_text(u, n, "Path"); n++) {
        const char *text = command_text(u, n, "Description");
        int64_t has = 0;
        if (!ts_str_int64(command_text(u, n, "Order"), &has))
            has = 0;
        if (ts_str_ieq(text, ENABLE_TEXT) || ts_str_ieq(text, DISABLE_TEXT)) {
            *order = has ? has : *order;
            return n;
        }
        *order = has >= *order ? has + 1 : *order;
    }
    return n;
}

static bool set_command(ts_unattend *u, unsigned n, const char *name, const char *value,
                        ts_err **err)
{
    char path[64];
    snprintf(path, sizeof path, COMMANDS "[%u]/%s", n, name);
    return ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_DEPLOY, path, value, err);
}

static bool command(ts_unattend *u, const char *line, const char *text, ts_err **err)
{
    char number[24];
    int64_t order = 1;
    unsigned n = command_place(u, &order);
    snprintf(number, sizeof number, "%" PRId64, order);
    return set_command(u, n, "Order", number, err) && set_command(u, n, "Description", text, err) &&
           set_command(u, n, "Path", line, err);
}

static bool set_password(ts_unattend *u, const char *password, ts_err **err)
{
    return ts_unattend_set_password(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, PASSWORD_PATH,
                                    password, err);
}

/* Nobody knows it: it is wiped here. The end makes it one that every password policy takes. */
static bool set_random(ts_ctx *c, ts_unattend *u, ts_err **err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[RANDOM_LENGTH];
    char password[RANDOM_LENGTH + 4 + 1];
    if (!ts_host_random(ts_ctx_host(c), bytes, sizeof bytes, err))
        return ts_wrap(err, "cannot make a random password");
    for (size_t i = 0; i < RANDOM_LENGTH; i++)
        password[i] = letters[bytes[i] & 63];
    memcpy(password + RANDOM_LENGTH, "Aa1!", 5);
    bool ok = set_password(u, password, err);
    ts_wipe(bytes, sizeof bytes);
    ts_wipe(password, sizeof password);
    return ok;
}

bool ts_settings_enable_administrator(ts_unattend *u, const char *password, ts_err **err)
{
    return set_password(u, password, err) && command(u, ENABLE, ENABLE_TEXT, err);
}

bool ts_settings_set_zone(ts_unattend *u, const char *zone, ts_err **err)
{
    return ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "TimeZone", zone, err) &&
           ts_unattend_set(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "TimeZone", zone, err);
}

bool ts_settings_set_quiet(ts_unattend *u, ts_err **err)
{
    for (size_t i = 0; i < TS_COUNT(quiet); i++)
        if (!ts_unattend_get(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, quiet[i].path) &&
            !ts_unattend_set(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, quiet[i].path,
                             quiet[i].value, err))
            return false;
    return true;
}

/* ConfigMgr docs: a random password with the account disabled, whatever OSDLocalAdminPassword says,
 * or the account enabled with this password. Neither: disabled, and Setup leaves the built-in
 * account without a password disabled. */
static bool administrator(ts_ctx *c, ts_unattend *u, ts_err **err)
{
    const char *password = ts_ctx_text(c, "OSDLocalAdminPassword");
    bool random = ts_ctx_bool(c, "OSDRandomAdminPassword");
    if (random && *password) {
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "OSDLocalAdminPassword is not used, because OSDRandomAdminPassword is true: set "
                   "it to false to enable the account with this password");
        password = "";
    }
    ts_unattend_remove(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, PASSWORD_PATH);
    if (!*password) {
        ts_ctx_log(c, TS_LEVEL_INFO, "the local administrator account is disabled%s",
                   random ? ", with a random password" : ": OSDLocalAdminPassword is empty");
        return (!random || set_random(c, u, err)) && command(u, DISABLE, DISABLE_TEXT, err);
    }
    ts_ctx_log(c, TS_LEVEL_INFO,
               "the local administrator account is enabled with the password of "
               "OSDLocalAdminPassword");
    return ts_settings_enable_administrator(u, password, err);
}

bool ts_windows_settings_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *zone = "";
    ts_err *why = NULL;
    if ((ts_step_is_unknown(c, "OSDComputerName") || check_name(c, out)) &&
        (ts_step_is_unknown(c, "OSDTimeZone") || check_zone(c, &zone, out)) &&
        (ts_step_is_unknown(c, "OSDProductKey") || check_key(c, out)) &&
        !ts_step_is_unknown(c, "OSDLocalAdminPassword")) {
        ts_unattend *u = ts_unattend_new("amd64", &why);
        bool ok = u && administrator(c, u, &why);
        ts_unattend_free(u);
        return ok || ts_step_own(out, why, err);
    }
    return true;
}

static bool fill_settings(ts_ctx *c, ts_unattend *u, const char *zone, ts_err **err)
{
    return ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ComputerName",
                           ts_ctx_text(c, "OSDComputerName"), err) &&
           ts_settings_set(c, u, settings, TS_COUNT(settings), err) &&
           (!*zone || ts_settings_set_zone(u, zone, err)) && ts_settings_set_quiet(u, err) &&
           administrator(c, u, err);
}

bool ts_windows_settings_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *zone = "";
    ts_err *why = NULL;
    char letter = target(c, out);
    if (!letter || !check_settings(c, &zone, out))
        return true;
    ts_unattend *u = ts_step_unattend_open(c, letter, out, err);
    if (!u)
        return !err || !*err;
    bool ok = fill_settings(c, u, zone, &why) ? ts_step_unattend_save(c, letter, u, out, err)
                                              : ts_step_own(out, why, err);
    ts_unattend_free(u);
    return ok;
}

/* --- Network settings ---------------------------------------------------------------------------
 */

#define CREDENTIALS "Identification/Credentials"

static bool set_join(ts_unattend *u, const char *path, const char *value, ts_err **err)
{
    return ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, path, value, err);
}

/* "DOMAIN\user" or "user@domain" in two. */
static bool account(ts_unattend *u, const char *user, const char *domain, ts_err **err)
{
    const char *slash = strchr(user, '\\');
    char *front TS_CLEANUP(ts_free_ptr) = slash ? ts_strndup(user, (size_t)(slash - user)) : NULL;
    if (slash && !front)
        return ts_fail_nomem(err);
    return set_join(u, CREDENTIALS "/Domain", slash ? front : domain, err) &&
           set_join(u, CREDENTIALS "/Username", slash ? slash + 1 : user, err);
}

static bool join_domain(ts_ctx *c, ts_unattend *u, ts_result *out, ts_err **err)
{
    const char *domain = ts_ctx_text(c, "OSDDomainName");
    const char *user = ts_ctx_text(c, "OSDJoinAccount");
    const char *ou = ts_ctx_text(c, "OSDDomainOUName");
    if (!*domain || !*user)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "%s is empty: a domain is joined with "
                              "a name and an account",
                              *domain ? "OSDJoinAccount" : "OSDDomainName");
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinWorkgroup");
    if (ts_str_ihas_prefix(ou, "LDAP://"))
        ou += strlen("LDAP://");
    /* Setup takes the password of a domain account in clear only (Microsoft: Credentials/Password
     * of UnattendedJoin has no encoded form). */
    return account(u, user, domain, err) &&
           set_join(u, CREDENTIALS "/Password", ts_ctx_text(c, "OSDJoinPassword"), err) &&
           set_join(u, "Identification/JoinDomain", domain, err) &&
           (!*ou || set_join(u, "Identification/MachineObjectOU", ou, err));
}

static bool join_workgroup(ts_ctx *c, ts_unattend *u, ts_result *out, ts_err **err)
{
    const char *name = ts_ctx_text(c, "OSDWorkgroupName");
    if (!*name || strlen(name) > 32 || strpbrk(name, "\"/\\[]:|<>+=;,?*"))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "OSDWorkgroupName '%s' is no name of a workgroup: 1 to 32 "
                              "characters, without \" / \\ [ ] : | < "
                              "> + = ; , ? *",
                              name);
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, CREDENTIALS);
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinDomain");
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/MachineObjectOU");
    return set_join(u, "Identification/JoinWorkgroup", name, err);
}

/* The items of a list separated by commas as <path>[n] or <path> with n in keys. */
static bool set_list(ts_unattend *u, const char *component, const char *path, const char *list,
                     ts_err **err)
{
    for (unsigned n = 1; *list; n++) {
        size_t len = strcspn(list, ",");
        char *item TS_CLEANUP(ts_free_ptr) = ts_strndup(list, len);
        char *at TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s[%u]", path, n);
        if (!item || !at)
            return ts_fail_nomem(err);
        if (!ts_unattend_set(u, TS_PASS_SPECIALIZE, component, at, ts_str_trim(item), err))
            return false;
        list += len + (list[len] == ',');
    }
    return true;
}

static bool prefix_length(const char *mask, unsigned *out)
{
    uint32_t bits = 0;
    unsigned parts = 0;
    for (const char *p = mask; *p && parts < 4; parts++) {
        char *end = NULL;
        unsigned long n = strtoul(p, &end, 10);
        if (end == p || n > 255)
            return false;
        bits = bits << 8 | (uint32_t)n;
        p = end + (*end == '.');
    }
    uint32_t holes = ~bits;
    *out = 0;
    while (*out < 32 && bits & (UINT32_C(1) << (31 - *out)))
        (*out)++;
    return parts == 4 && (holes & (holes + 1)) == 0;
}

static char *sub(unsigned n, const char *rest)
{
    return ts_sprintf("Interfaces/Interface[%u]/%s", n, rest);
}

static bool set_sub(ts_unattend *u, const char *component, unsigned n, const char *rest,
                    const char *value, ts_err **err)
{
    char *path TS_CLEANUP(ts_free_ptr) = sub(n, rest);
    return path ? ts_unattend_set(u, TS_PASS_SPECIALIZE, component, path, value, err)
                : ts_fail_nomem(err);
}

static bool set_sub_list(ts_unattend *u, const char *component, unsigned n, const char *rest,
                         const char *list, ts_err **err)
{
    char *path TS_CLEANUP(ts_free_ptr) = sub(n, rest);
    return path ? set_list(u, component, path, list, err) : ts_fail_nomem(err);
}

static bool static_address(ts_ctx *c, ts_unattend *u, unsigned i, ts_result *out, ts_err **err)
{
    const char *ip = ts_ctx_item(c, "OSDAdapter", i, "IPAddressList");
    const char *mask = ts_ctx_item(c, "OSDAdapter", i, "SubnetMask");
    const char *gateway = ts_ctx_item(c, "OSDAdapter", i, "Gateways");
    char *first TS_CLEANUP(ts_free_ptr) = ts_strndup(mask, strcspn(mask, ","));
    unsigned bits = 0;
    if (!first)
        return ts_fail_nomem(err);
    if (!*ip || !prefix_length(first, &bits))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "adapter %u: address '%s' with mask '%s' is not possible", i, ip,
                              mask);
    char *address TS_CLEANUP(ts_free_ptr) = ts_sprintf("%.*s/%u", (int)strcspn(ip, ","), ip, bits);
    char *hop TS_CLEANUP(ts_free_ptr) = ts_strndup(gateway, strcspn(gateway, ","));
    if (!address || !hop)
        return ts_fail_nomem(err);
    return set_sub(u, TS_UNATTEND_TCPIP, i + 1, "UnicastIpAddresses/IpAddress[1]", address, err) &&
           (!*hop ||
            (set_sub(u, TS_UNATTEND_TCPIP, i + 1, "Routes/Route[1]/Identifier", "0", err) &&
             set_sub(u, TS_UNATTEND_TCPIP, i + 1, "Routes/Route[1]/Prefix", "0.0.0.0/0", err) &&
             set_sub(u, TS_UNATTEND_TCPIP, i + 1, "Routes/Route[1]/NextHopAddress", hop, err)));
}

/* Setup finds an adapter by its MAC address (00-11-22-33-44-55) or the name of its connection. */
static bool adapter(ts_ctx *c, ts_unattend *u, unsigned i, ts_result *out, ts_err **err)
{
    char id[128];
    const char *mac = ts_ctx_item(c, "OSDAdapter", i, "MacAddress");
    const char *name = ts_ctx_item(c, "OSDAdapter", i, "Name");
    const char *dns = ts_ctx_item(c, "OSDAdapter", i, "DNSServerList");
    const char *domain = ts_ctx_item(c, "OSDAdapter", i, "DNSDomain");
    const char *from = *mac ? mac : name;
    if (!*from || strlen(from) >= sizeof id)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "adapter %u has neither a MAC address nor a name", i);
    for (size_t k = 0; k <= strlen(from); k++)
        id[k] = *mac && from[k] == ':' ? '-' : from[k];
    bool dhcp = true;
    ts_str_bool(ts_ctx_item(c, "OSDAdapter", i, "EnableDHCP"), &dhcp);
    if (!set_sub(u, TS_UNATTEND_TCPIP, i + 1, "Identifier", id, err) ||
        !set_sub(u, TS_UNATTEND_TCPIP, i + 1, "Ipv4Settings/DhcpEnabled", dhcp ? "true" : "false",
                 err) ||
        (!dhcp && !static_address(c, u, i, out, err)))
        return false;
    if (!*dns && !*domain)
        return true;
    return set_sub(u, TS_UNATTEND_DNS, i + 1, "Identifier", id, err) &&
           (!*domain || set_sub(u, TS_UNATTEND_DNS, i + 1, "DNSDomain", domain, err)) &&
           set_sub_list(u, TS_UNATTEND_DNS, i + 1, "DNSServerSearchOrder/IpAddress", dns, err);
}

static bool fill_network(ts_ctx *c, ts_unattend *u, ts_result *out, ts_err **err)
{
    const char *type = ts_ctx_text(c, "OSDNetworkJoinType");
    const char *suffixes = ts_ctx_text(c, "OSDDNSSuffixSearchOrder");
    const char *domain = ts_ctx_text(c, "OSDDNSDomain");
    int64_t adapters = ts_ctx_int(c, "OSDAdapterCount");
    if (*type && !ts_str_ieq(type, "0") && !ts_str_ieq(type, "1"))
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                              "OSDNetworkJoinType '%s' is neither 0 (domain) nor 1 (workgroup)",
                              type);
    if (ts_str_ieq(type, "0") && !join_domain(c, u, out, err))
        return false;
    if (ts_str_ieq(type, "1") && !join_workgroup(c, u, out, err))
        return false;
    if (adapters < 0 || adapters > 64)
        return ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "OSDAdapterCount is not possible");
    for (unsigned i = 0; i < (unsigned)adapters && !out->failed; i++)
        if (!adapter(c, u, i, out, err))
            return false;
    if (*domain &&
        !ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_DNS, "DNSDomain", domain, err))
        return false;
    return set_list(u, TS_UNATTEND_DNS, "DNSSuffixSearchOrder/DomainName", suffixes, err);
}

bool ts_network_settings_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    char letter = target(c, out);
    ts_unattend *u = letter ? ts_step_unattend_open(c, letter, out, err) : NULL;
    if (!u)
        return !err || !*err;
    bool ok = true;
    if (!fill_network(c, u, out, &why))
        ok = ts_step_own(out, why, err);
    else if (!out->failed)
        ok = ts_step_unattend_save(c, letter, u, out, err);
    ts_unattend_free(u);
    return ok;
}

/* Everything but the file: what cannot be filled in is found here as it is found in the run. */
bool ts_network_settings_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_err *why = NULL;
    if (!ts_step_all_known(c))
        return true;
    ts_unattend *u = ts_unattend_new("amd64", &why);
    bool ok = u && fill_network(c, u, out, &why);
    ts_unattend_free(u);
    return ok || !why || ts_step_own(out, why, err);
}
