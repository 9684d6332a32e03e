/* capture.c - a machine as a machine profile (docs/reference/machine-profile.md). It asks WMI like
 * anybody else, so it works for every host. What changes by the minute (free memory, clock) is left
 * out: capturing twice gives the same text. Serial numbers are those of the machine, its disks and
 * its adapters; those of memory modules and processors are left out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/deploy.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>
#include <ts/wql.h>

#include "capture_private.h"
#include "host_ops.h"

#define CIMV2     "root\\cimv2"
#define TPM_SPACE "root\\cimv2\\Security\\MicrosoftTpm"

static const char *const class_names[TS_CAPTURE_CLASS_COUNT] = {
    [TS_CAPTURE_COMPUTER] = "Win32_ComputerSystem",
    [TS_CAPTURE_PRODUCT] = "Win32_ComputerSystemProduct",
    [TS_CAPTURE_BIOS] = "Win32_BIOS",
    [TS_CAPTURE_BOARD] = "Win32_BaseBoard",
    [TS_CAPTURE_ENCLOSURE] = "Win32_SystemEnclosure",
    [TS_CAPTURE_PROCESSOR] = "Win32_Processor",
    [TS_CAPTURE_MEMORY] = "Win32_PhysicalMemory",
    [TS_CAPTURE_SYSTEM] = "Win32_OperatingSystem",
    [TS_CAPTURE_BATTERY] = "Win32_Battery",
    [TS_CAPTURE_TPM] = "Win32_Tpm",
    [TS_CAPTURE_DISK] = "Win32_DiskDrive",
    [TS_CAPTURE_PARTITION] = "Win32_DiskPartition",
    [TS_CAPTURE_LOGICAL_DISK] = "Win32_LogicalDisk",
    [TS_CAPTURE_VOLUME] = "Win32_Volume",
    [TS_CAPTURE_DISK_LINK] = "Win32_LogicalDiskToPartition",
    [TS_CAPTURE_ADAPTER] = "Win32_NetworkAdapter",
    [TS_CAPTURE_ADAPTER_CONFIG] = "Win32_NetworkAdapterConfiguration",
};

static void capture_done(ts_capture *c)
{
    for (size_t i = 0; i < TS_CAPTURE_CLASS_COUNT; i++)
        ts_wmi_rows_done(&c->rows[i]);
}

/* A class that this machine does not have has no rows. */
static bool ask(ts_host *host, ts_capture_class which, ts_wmi_rows *out, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("SELECT * FROM %s", class_names[which]);
    if (!arena || !text) {
        ts_arena_free(arena);
        return ts_fail_nomem(err);
    }
    ts_err *why = NULL;
    const ts_wql *query = ts_wql_parse(arena, text, &why);
    bool ok = query &&
              ts_host_wmi(host, which == TS_CAPTURE_TPM ? TPM_SPACE : CIMV2, query, out, &why);
    ts_arena_free(arena);
    ts_code code = ts_err_code(why);
    if (!ok && code != TS_NOT_FOUND && code != TS_STATE && err) {
        *err = why;
        return ts_wrap(err, "cannot capture '%s'", class_names[which]);
    }
    ts_err_free(why);
    return ok || code == TS_NOT_FOUND || code == TS_STATE;
}

/* --- Reading rows -------------------------------------------------------------------------- */

static const ts_wmi_row *first(const ts_capture *c, ts_capture_class which)
{
    return c->rows[which].n_rows ? &c->rows[which].rows[0] : NULL;
}

/* "" when there is none. */
const char *ts_capture_text(const ts_wmi_row *row, const char *property)
{
    const ts_wmi_value *value = row ? ts_wmi_row_get(row, property) : NULL;
    return value && value->kind == TS_WMI_TEXT && value->text ? value->text : "";
}

/* Windows gives 64-bit numbers as text. */
int64_t ts_capture_number(const ts_wmi_row *row, const char *property, int64_t otherwise)
{
    const ts_wmi_value *value = row ? ts_wmi_row_get(row, property) : NULL;
    int64_t number = 0;
    if (value && (value->kind == TS_WMI_INT || value->kind == TS_WMI_BOOL))
        return value->integer;
    if (value && value->kind == TS_WMI_TEXT && ts_str_int64(value->text, &number))
        return number;
    return otherwise;
}

bool ts_capture_flag(const ts_wmi_row *row, const char *property)
{
    return ts_capture_number(row, property, 0) != 0;
}

/* --- Writing ------------------------------------------------------------------------------- */

void ts_capture_put_text(ts_capture *c, const char *key, const char *text)
{
    if (*text)
        ts_json_put_str(&c->json, key, text);
}

static void put_number(ts_capture *c, const char *key, const ts_wmi_row *row, const char *property)
{
    int64_t number = ts_capture_number(row, property, 0);
    if (number > 0)
        ts_json_put_int(&c->json, key, number);
}

/* "a,b" as a list. */
static void put_list(ts_capture *c, const char *key, const char *joined)
{
    if (!*joined)
        return;
    ts_json_begin_array(&c->json, key);
    while (*joined) {
        char item[128];
        size_t len = strcspn(joined, ",");
        if (len > 0 && len < sizeof(item)) {
            memcpy(item, joined, len);
            item[len] = '\0';
            ts_json_put_str(&c->json, NULL, item);
        }
        joined += len + (joined[len] == ',');
    }
    ts_json_end(&c->json);
}

/* "20211202000000.000000+000" as "2021-12-02". */
static void put_date(ts_capture *c, const char *key, const char *dmtf)
{
    char date[11];
    if (strspn(dmtf, "0123456789") < 8)
        return;
    memcpy(date, dmtf, 4);
    date[4] = date[7] = '-';
    memcpy(date + 5, dmtf + 4, 2);
    memcpy(date + 8, dmtf + 6, 2);
    date[10] = '\0';
    ts_json_put_str(&c->json, key, date);
}

/* The machine's own enclosure: a dock (SMBIOS types 12 and 21) is one, too. */
static const ts_wmi_row *own_enclosure(const ts_capture *c)
{
    const ts_wmi_rows *rows = &c->rows[TS_CAPTURE_ENCLOSURE];
    for (size_t i = 0; i < rows->n_rows; i++) {
        long chassis = strtol(ts_capture_text(&rows->rows[i], "ChassisTypes"), NULL, 10);
        if (chassis != 12 && chassis != 21)
            return &rows->rows[i];
    }
    return first(c, TS_CAPTURE_ENCLOSURE);
}

static void put_smbios(ts_capture *c)
{
    const ts_wmi_row *computer = first(c, TS_CAPTURE_COMPUTER);
    const ts_wmi_row *product = first(c, TS_CAPTURE_PRODUCT);
    const ts_wmi_row *bios = first(c, TS_CAPTURE_BIOS);
    const ts_wmi_row *enclosure = own_enclosure(c);
    ts_json_begin_object(&c->json, "smbios");
    ts_json_put_str(&c->json, "manufacturer", ts_capture_text(computer, "Manufacturer"));
    ts_json_put_str(&c->json, "model", ts_capture_text(computer, "Model"));
    ts_capture_put_text(c, "family", ts_capture_text(computer, "SystemFamily"));
    ts_capture_put_text(c, "sku", ts_capture_text(computer, "SystemSKUNumber"));
    ts_capture_put_text(c, "version", ts_capture_text(product, "Version"));
    ts_capture_put_text(c, "product", ts_capture_text(first(c, TS_CAPTURE_BOARD), "Product"));
    ts_capture_put_text(c, "serial", ts_capture_text(bios, "SerialNumber"));
    ts_capture_put_text(c, "asset_tag", ts_capture_text(enclosure, "SMBIOSAssetTag"));
    ts_capture_put_text(c, "uuid", ts_capture_text(product, "UUID"));
    ts_capture_put_text(c, "bios_version", ts_capture_text(bios, "SMBIOSBIOSVersion"));
    ts_capture_put_text(c, "bios_vendor", ts_capture_text(bios, "Manufacturer"));
    put_date(c, "bios_date", ts_capture_text(bios, "ReleaseDate"));
    long chassis = strtol(ts_capture_text(enclosure, "ChassisTypes"), NULL, 10);
    if (chassis >= 1 && chassis <= 127)
        ts_json_put_int(&c->json, "chassis", chassis);
    ts_json_end(&c->json);
}

/* Win32_Processor.Architecture: 0 x86, 9 x64, 12 ARM64. */
static void put_processor(ts_capture *c)
{
    const ts_wmi_row *cpu = first(c, TS_CAPTURE_PROCESSOR);
    if (!cpu)
        return;
    int64_t architecture = ts_capture_number(cpu, "Architecture", 9);
    ts_json_begin_object(&c->json, "processor");
    ts_capture_put_text(c, "name", ts_capture_text(cpu, "Name"));
    ts_capture_put_text(c, "manufacturer", ts_capture_text(cpu, "Manufacturer"));
    ts_json_put_str(&c->json, "architecture",
                    architecture == 12  ? "arm64"
                    : architecture == 0 ? "x86"
                                        : "x64");
    ts_json_put_int(&c->json, "count", (int64_t)c->rows[TS_CAPTURE_PROCESSOR].n_rows);
    put_number(c, "cores", cpu, "NumberOfCores");
    put_number(c, "threads", cpu, "NumberOfLogicalProcessors");
    put_number(c, "mhz", cpu, "MaxClockSpeed");
    ts_json_end(&c->json);
}

static void put_memory(ts_capture *c)
{
    const ts_wmi_rows *modules = &c->rows[TS_CAPTURE_MEMORY];
    int64_t bytes = 0;
    for (size_t i = 0; i < modules->n_rows; i++)
        bytes += ts_capture_number(&modules->rows[i], "Capacity", 0);
    if (bytes == 0)
        bytes = ts_capture_number(first(c, TS_CAPTURE_COMPUTER), "TotalPhysicalMemory", 0);
    if (bytes > 0)
        ts_json_put_int(&c->json, "memory", bytes);
    ts_json_put_int(&c->json, "memory_modules", (int64_t)modules->n_rows);
}

/* --- Adapters, TPM, battery, operating system ----------------------------------------------- */

static const ts_wmi_row *config_of(const ts_capture *c, const ts_wmi_row *adapter)
{
    const ts_wmi_rows *configs = &c->rows[TS_CAPTURE_ADAPTER_CONFIG];
    for (size_t i = 0; i < configs->n_rows; i++) {
        if (ts_capture_number(&configs->rows[i], "Index", -1) ==
            ts_capture_number(adapter, "Index", -2))
            return &configs->rows[i];
    }
    return NULL;
}

/* As the fact net_wired looks at it: drivers often call Wi-Fi "Ethernet 802.3". */
static bool is_wireless(const ts_wmi_row *adapter)
{
    static const char *const words[] = {"wireless", "wi-fi", "wifi", "802.11", "wlan"};
    for (size_t i = 0; i < TS_COUNT(words); i++) {
        if (ts_str_icontains(ts_capture_text(adapter, "Name"), words[i]) ||
            ts_str_icontains(ts_capture_text(adapter, "NetConnectionID"), words[i]))
            return true;
    }
    return ts_capture_number(adapter, "AdapterTypeID", 0) == 9;
}

static void put_nic(ts_capture *c, const ts_wmi_row *adapter)
{
    const ts_wmi_row *config = config_of(c, adapter);
    ts_json_begin_object(&c->json, NULL);
    ts_capture_put_text(c, "name", ts_capture_text(adapter, "Name"));
    ts_capture_put_text(c, "connection", ts_capture_text(adapter, "NetConnectionID"));
    ts_json_put_str(&c->json, "mac", ts_capture_text(adapter, "MACAddress"));
    put_list(c, "ip", ts_capture_text(config, "IPAddress"));
    put_list(c, "mask", ts_capture_text(config, "IPSubnet"));
    put_list(c, "gateway", ts_capture_text(config, "DefaultIPGateway"));
    put_list(c, "dns", ts_capture_text(config, "DNSServerSearchOrder"));
    ts_capture_put_text(c, "domain", ts_capture_text(config, "DNSDomain"));
    const ts_wmi_value *dhcp = config ? ts_wmi_row_get(config, "DHCPEnabled") : NULL;
    if (dhcp && dhcp->kind == TS_WMI_BOOL)
        ts_json_put_bool(&c->json, "dhcp", dhcp->integer != 0);
    ts_json_put_bool(&c->json, "wired", !is_wireless(adapter));
    ts_json_put_bool(&c->json, "connected",
                     ts_capture_number(adapter, "NetConnectionStatus", 0) == 2);
    put_number(c, "speed", adapter, "Speed");
    ts_json_end(&c->json);
}

static void put_nics(ts_capture *c)
{
    const ts_wmi_rows *adapters = &c->rows[TS_CAPTURE_ADAPTER];
    size_t written = 0;
    ts_json_begin_array(&c->json, "nics");
    for (size_t i = 0; i < adapters->n_rows && written < TS_SIM_LIST_MAX; i++) {
        const ts_wmi_row *adapter = &adapters->rows[i];
        if (ts_capture_flag(adapter, "PhysicalAdapter") &&
            strlen(ts_capture_text(adapter, "MACAddress")) == 17) {
            put_nic(c, adapter);
            written++;
        }
    }
    ts_json_end(&c->json);
}

static void put_tpm(ts_capture *c)
{
    const ts_wmi_row *tpm = first(c, TS_CAPTURE_TPM);
    if (!tpm)
        return;
    char version[16];
    const char *spec = ts_capture_text(tpm, "SpecVersion"); /* "2.0, 0, 1.38" */
    size_t len = strcspn(spec, ", ");
    len = len < sizeof(version) ? len : sizeof(version) - 1;
    memcpy(version, spec, len);
    version[len] = '\0';
    ts_json_begin_object(&c->json, "tpm");
    ts_capture_put_text(c, "version", version);
    ts_json_put_bool(&c->json, "enabled", ts_capture_flag(tpm, "IsEnabled_InitialValue"));
    ts_json_put_bool(&c->json, "activated", ts_capture_flag(tpm, "IsActivated_InitialValue"));
    ts_json_put_bool(&c->json, "owned", ts_capture_flag(tpm, "IsOwned_InitialValue"));
    ts_capture_put_text(c, "manufacturer", ts_capture_text(tpm, "ManufacturerIdTxt"));
    ts_json_end(&c->json);
}

static void put_battery(ts_capture *c)
{
    const ts_wmi_row *battery = first(c, TS_CAPTURE_BATTERY);
    if (!battery)
        return;
    int64_t charge = ts_capture_number(battery, "EstimatedChargeRemaining", 100);
    ts_json_begin_object(&c->json, "battery");
    ts_json_put_bool(&c->json, "on_mains", ts_capture_number(battery, "BatteryStatus", 2) == 2);
    ts_json_put_int(&c->json, "charge", charge < 0 ? 0 : charge > 100 ? 100 : charge);
    ts_json_end(&c->json);
}

/* A profile is about deploying Windows: of a machine that runs something else it says that it
 * stands in Windows PE, and leaves open in which. OSType 18 is Windows NT and what followed it. */
static void put_os(ts_capture *c)
{
    const ts_wmi_row *os = first(c, TS_CAPTURE_SYSTEM);
    int64_t type = ts_capture_number(os, "OSType", 0);
    ts_json_begin_object(&c->json, "os");
    ts_json_put_str(&c->json, "phase", c->full_os && type == 18 ? "full" : "winpe");
    if (type == 18) {
        int64_t product = ts_capture_number(os, "ProductType", 1);
        ts_capture_put_text(c, "name", ts_capture_text(os, "Caption"));
        ts_capture_put_text(c, "version", ts_capture_text(os, "Version"));
        ts_capture_put_text(c, "build", ts_capture_text(os, "BuildNumber"));
        put_number(c, "language", os, "OSLanguage");
        ts_json_put_str(&c->json, "product_type",
                        product == 2   ? "domain-controller"
                        : product == 3 ? "server"
                                       : "workstation");
    }
    ts_json_end(&c->json);
}

/* --- Rows as they are ------------------------------------------------------------------------ */

/* Of what identifies a part, or changes all the time, only the name is kept. */
static bool is_left_out(const char *property)
{
    static const char *const names[] = {"SerialNumber", "ProcessorId", "CurrentClockSpeed",
                                        "LoadPercentage", "SystemName"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        if (ts_str_ieq(property, names[i]))
            return true;
    }
    return false;
}

static void put_value(ts_capture *c, const ts_wmi_value *value)
{
    if (is_left_out(value->name)) {
        ts_json_put_null(&c->json, value->name);
        return;
    }
    switch (value->kind) {
    case TS_WMI_NULL:
        ts_json_put_null(&c->json, value->name);
        return;
    case TS_WMI_TEXT:
        ts_json_put_str(&c->json, value->name, value->text);
        return;
    case TS_WMI_INT:
        ts_json_put_int(&c->json, value->name, value->integer);
        return;
    case TS_WMI_UINT:
        ts_json_put_uint(&c->json, value->name, value->natural);
        return;
    case TS_WMI_REAL:
        ts_json_put_real(&c->json, value->name, value->real);
        return;
    case TS_WMI_BOOL:
        ts_json_put_bool(&c->json, value->name, value->integer != 0);
        return;
    }
}

static void put_rows(ts_capture *c, ts_capture_class which)
{
    const ts_wmi_rows *rows = &c->rows[which];
    if (rows->n_rows == 0)
        return;
    ts_json_begin_array(&c->json, class_names[which]);
    for (size_t i = 0; i < rows->n_rows; i++) {
        ts_json_begin_object(&c->json, NULL);
        for (size_t v = 0; v < rows->rows[i].n_values; v++)
            put_value(c, &rows->rows[i].values[v]);
        ts_json_end(&c->json);
    }
    ts_json_end(&c->json);
}

/* A profile that says nothing of a class gets a believable row: an empty list says that this
 * machine has none. */
static void put_nothing(ts_capture *c, ts_capture_class which)
{
    if (c->rows[which].n_rows == 0) {
        ts_json_begin_array(&c->json, class_names[which]);
        ts_json_end(&c->json);
    }
}

static void put_wmi(ts_capture *c)
{
    ts_json_begin_object(&c->json, "wmi");
    ts_json_begin_object(&c->json, CIMV2);
    put_rows(c, TS_CAPTURE_PROCESSOR);
    put_rows(c, TS_CAPTURE_MEMORY);
    put_nothing(c, TS_CAPTURE_BOARD);
    put_nothing(c, TS_CAPTURE_ENCLOSURE);
    ts_json_end(&c->json);
    ts_json_end(&c->json);
}

/* One device a line; cuts the text into its lines. */
static void put_devices(ts_capture *c, char *ids)
{
    if (!ids)
        return;
    ts_json_begin_array(&c->json, "devices");
    for (size_t n = 0; *ids && n < TS_SIM_DEVICES_MAX; n++) {
        char *end = ids + strcspn(ids, "\n");
        char *next = end + (*end == '\n');
        *end = '\0';
        ts_json_put_str(&c->json, NULL, ids);
        ids = next;
    }
    ts_json_end(&c->json);
}

static void put_machine(ts_capture *c, const char *description, char *devices)
{
    const ts_wmi_row *computer = first(c, TS_CAPTURE_COMPUTER);
    const char *name = ts_capture_text(computer, "Name");
    ts_json_begin_object(&c->json, NULL);
    ts_json_put_str(&c->json, "name", *name ? name : "captured machine");
    if (strcmp(description, "Captured:") != 0)
        ts_capture_put_text(c, "description", description);
    ts_capture_put_text(c, "host_name", name);
    if (ts_capture_flag(computer, "PartOfDomain"))
        ts_capture_put_text(c, "domain", ts_capture_text(computer, "Domain"));
    else
        ts_capture_put_text(c, "workgroup", ts_capture_text(computer, "Workgroup"));
    ts_json_put_str(&c->json, "firmware", c->uefi ? "uefi" : "bios");
    ts_json_put_bool(&c->json, "secure_boot", c->secure_boot);
    put_smbios(c);
    put_processor(c);
    put_memory(c);
    put_nics(c);
    put_tpm(c);
    put_battery(c);
    put_os(c);
    ts_capture_put_disks(c);
    put_devices(c, devices);
    put_wmi(c);
    ts_json_end(&c->json);
}

/* Not every host lists devices, and those of an image file are not known: the profile then says
 * nothing of them, and *out stays NULL. */
static bool ask_devices(ts_host *host, char **out, ts_err **err)
{
    ts_err *why = NULL;
    if (ts_host_pnp_ids(host, out, &why))
        return true;
    bool silent = ts_err_code(why) == TS_UNSUPPORTED || ts_err_code(why) == TS_STATE;
    bool ok = silent || ts_fail(err, ts_err_code(why), "%s", ts_err_text(why));
    ts_err_free(why);
    return ok;
}

bool ts_machine_capture(ts_host *host, char **json, ts_err **err)
{
    TS_CLEANUP(capture_done) ts_capture c = {0};
    TS_CLEANUP(ts_free_ptr) char *devices = NULL;
    c.full_os = ts_host_phase(host) == TS_PHASE_FULL_OS;
    for (int i = 0; i < TS_CAPTURE_CLASS_COUNT; i++) {
        if (!ask(host, (ts_capture_class)i, &c.rows[i], err))
            return false;
    }
    if (!ts_host_firmware(host, &c.uefi, &c.secure_boot, err))
        return ts_wrap(err, "cannot capture the firmware");
    if (!ask_devices(host, &devices, err))
        return ts_wrap(err, "cannot capture the devices");
    const ts_wmi_row *computer = first(&c, TS_CAPTURE_COMPUTER);
    TS_CLEANUP(ts_free_ptr)
    char *description = ts_sprintf("Captured: %s %s", ts_capture_text(computer, "Manufacturer"),
                                   ts_capture_text(computer, "Model"));
    if (!description)
        return ts_fail_nomem(err);
    ts_buf text;
    ts_buf_init(&text, TS_SIM_PROFILE_MAX);
    ts_json_writer_init(&c.json, &text, true);
    put_machine(&c, ts_str_trim(description), devices);
    bool ok = ts_json_finish(&c.json, err);
    char *taken = ok ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    if (ok && !taken)
        return ts_fail_nomem(err);
    if (ok)
        *json = taken;
    return ok;
}
