/* capture_settings.c - Capture Windows Settings and Capture Network Settings: what the running
 * Windows is called, where and how it is in the network, as variables for the new one. */
#include "capture_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#include "deploy.h"
#include "facts.h"
#include "helpers.h"

#define WINDOWS_KEY  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
#define ZONE_KEY     "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation"
#define ADAPTERS_MAX 64u /* as Apply Network Settings takes them */

/* --- Windows -------------------------------------------------------------------------------------
 */

/* A registry value to a variable; missing: the variable stays. */
static bool take(ts_ctx *c, const char *key, const char *value, const char *variable,
                 ts_result *out, ts_err **err)
{
    bool found = false;
    ts_reg_type type;
    char *data TS_CLEANUP(ts_free_ptr) = NULL;
    ts_err *why = NULL;
    if (!ts_host_reg_get(ts_ctx_host(c), key, value, &found, &type, &data, &why))
        return ts_step_own(out, why, err);
    if (!found || !data || !*data) {
        ts_ctx_log(c, TS_LEVEL_WARNING, "the registry has no '%s': %s stays as it is", value,
                   variable);
        return true;
    }
    return ts_step_set_text(c, out, variable, data, err);
}

bool ts_capture_windows_settings_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (ts_ctx_bool(c, "OSDMigrateComputerName")) {
        char *name TS_CLEANUP(ts_free_ptr) = ts_step_fact(c, TS_FACT_HOST_NAME, out, err);
        if (!name || (*name && !ts_step_set_text(c, out, "OSDComputerName", name, err)))
            return out->failed;
    }
    if (!out->failed && ts_ctx_bool(c, "OSDMigrateRegistrationInfo") &&
        (!take(c, WINDOWS_KEY, "RegisteredOwner", "OSDRegisteredUserName", out, err) ||
         !take(c, WINDOWS_KEY, "RegisteredOrganization", "OSDRegisteredOrgName", out, err)))
        return false;
    return out->failed || !ts_ctx_bool(c, "OSDMigrateTimeZone") ||
           take(c, ZONE_KEY, "TimeZoneKeyName", "OSDTimeZone", out, err);
}

/* --- Network -------------------------------------------------------------------------------------
 */

static const char *text_of(const ts_wmi_row *row, const char *name)
{
    const ts_wmi_value *v = ts_wmi_row_get(row, name);
    return v && v->kind == TS_WMI_TEXT && v->text ? v->text : "";
}

static bool is_true(const ts_wmi_row *row, const char *name)
{
    const ts_wmi_value *v = ts_wmi_row_get(row, name);
    return v && v->kind == TS_WMI_BOOL && v->integer;
}

/* Item `n` of a list; *len 0 behind the end. */
static const char *item(const char *list, size_t n, size_t *len)
{
    while (n-- > 0 && *list) {
        list += strcspn(list, ",");
        list += *list == ',';
    }
    list += strspn(list, " ");
    *len = strcspn(list, ",");
    return list;
}

/* The IPv4 members of `list`; or those of `with` that stand where `list` has IPv4. */
static char *only_v4(const char *list, const char *with)
{
    ts_buf out;
    ts_buf_init(&out, 4096);
    size_t len = 0;
    for (size_t n = 0;; n++) {
        const char *address = item(list, n, &len);
        if (len == 0)
            break;
        if (memchr(address, ':', len))
            continue;
        const char *value = item(with, n, &len);
        if (out.len > 0)
            ts_buf_char(&out, ',');
        ts_buf_add(&out, value, len);
    }
    char *text = ts_buf_take(&out);
    ts_buf_done(&out);
    return text;
}

static bool set_member(ts_ctx *c, unsigned n, const char *member, const char *value, ts_result *out,
                       ts_err **err)
{
    char *name TS_CLEANUP(ts_free_ptr) = ts_var_array_name("OSDAdapter", n, member);
    return name ? ts_step_set_text(c, out, name, value, err) : ts_fail_nomem(err);
}

static bool take_adapter(ts_ctx *c, unsigned n, const ts_wmi_row *row, ts_result *out, ts_err **err)
{
    char index[16];
    const char *ip = text_of(row, "IPAddress");
    char *addresses TS_CLEANUP(ts_free_ptr) = only_v4(ip, ip);
    char *masks TS_CLEANUP(ts_free_ptr) = only_v4(ip, text_of(row, "IPSubnet"));
    const char *gateway = text_of(row, "DefaultIPGateway");
    char *gateways TS_CLEANUP(ts_free_ptr) = only_v4(gateway, gateway);
    bool dhcp = is_true(row, "DHCPEnabled");
    if (!addresses || !masks || !gateways)
        return ts_fail_nomem(err);
    snprintf(index, sizeof index, "%u", n);
    return set_member(c, n, "Index", index, out, err) &&
           set_member(c, n, "MacAddress", text_of(row, "MACAddress"), out, err) &&
           set_member(c, n, "EnableDHCP", dhcp ? "true" : "false", out, err) &&
           set_member(c, n, "IPAddressList", dhcp ? "" : addresses, out, err) &&
           set_member(c, n, "SubnetMask", dhcp ? "" : masks, out, err) &&
           set_member(c, n, "Gateways", dhcp ? "" : gateways, out, err) &&
           set_member(c, n, "DNSServerList", dhcp ? "" : text_of(row, "DNSServerSearchOrder"), out,
                      err) &&
           set_member(c, n, "DNSDomain", text_of(row, "DNSDomain"), out, err);
}

static bool query(ts_ctx *c, ts_arena *arena, const char *text, ts_wmi_rows *rows, ts_err **err)
{
    const ts_wql *wql = arena ? ts_wql_parse(arena, text, err) : NULL;
    if (!arena)
        return ts_fail_nomem(err);
    return wql && ts_host_wmi(ts_ctx_host(c), NULL, wql, rows, err);
}

static bool take_adapters(ts_ctx *c, const ts_wmi_rows *rows, ts_result *out, ts_err **err)
{
    char count[16];
    unsigned n = 0;
    for (size_t i = 0; i < rows->n_rows && n < ADAPTERS_MAX && !out->failed; i++)
        if (*text_of(&rows->rows[i], "MACAddress") &&
            !take_adapter(c, n++, &rows->rows[i], out, err))
            return false;
    snprintf(count, sizeof count, "%u", n);
    ts_ctx_log(c, TS_LEVEL_INFO, "settings of %u network adapters are remembered", n);
    return ts_step_set_text(c, out, "OSDAdapterCount", count, err);
}

bool ts_capture_adapters(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_wmi_rows rows = {.arena = NULL};
    ts_err *why = NULL;
    bool ok = query(c, arena,
                    "SELECT * FROM Win32_NetworkAdapterConfiguration WHERE IPEnabled = TRUE", &rows,
                    &why);
    ok = ok ? take_adapters(c, &rows, out, err) : ts_step_own(out, why, err);
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return ok;
}

static bool membership(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    ts_wmi_rows rows = {.arena = NULL};
    ts_err *why = NULL;
    bool ok = query(c, arena, "SELECT * FROM Win32_ComputerSystem", &rows, &why);
    if (!ok) {
        ok = ts_step_own(out, why, err);
    } else if (rows.n_rows) {
        const ts_wmi_row *row = &rows.rows[0];
        bool domain = is_true(row, "PartOfDomain");
        const char *name = text_of(row, domain ? "Domain" : "Workgroup");
        ok = ts_step_set_text(c, out, "OSDNetworkJoinType", domain ? "0" : "1", err) &&
             ts_step_set_text(c, out, domain ? "OSDDomainName" : "OSDWorkgroupName", name, err);
    }
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return ok;
}

bool ts_capture_network_settings_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (ts_ctx_bool(c, "OSDMigrateAdapterSettings") &&
        (!ts_capture_adapters(c, out, err) || out->failed))
        return out->failed;
    return !ts_ctx_bool(c, "OSDMigrateNetworkMembership") || membership(c, out, err);
}
