/* facts.c - the facts of TS_FACTS, made from the same WMI classes on every host. What the tables
 * say comes from MDT's ZTIGather (mdt documentation: "IsLaptop", "IsDesktop", "IsServer",
 * "VMPlatform", "IsOnBattery") unless a comment names another source. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/wql.h>

#include "host_ops.h"

#define CIMV2     "root\\cimv2"
#define TPM_SPACE "root\\cimv2\\Security\\MicrosoftTpm"
#define FACT_MAX  (64u * 1024u) /* bytes of one fact; lists of addresses are the long ones */
#define MIB       (1024u * 1024u)

/* A class that this machine does not have, or that the profile does not tell, has no rows. */
static bool class_rows(ts_host *host, const char *space, const char *name, ts_wmi_rows *owned,
                       const ts_wmi_rows **rows, ts_err **err)
{
    static const ts_wmi_rows none;
    ts_err *why = NULL;
    if (ts_host_class_rows(host, space, name, owned, rows, &why)) {
        return true;
    }
    ts_code code = ts_err_code(why);
    if (code == TS_NOT_FOUND || code == TS_STATE || code == TS_UNSUPPORTED) {
        ts_err_free(why);
        memset(owned, 0, sizeof(*owned));
        *rows = &none;
        return true;
    }
    return ts_fail_take(err, why);
}

static const char *text_of(const ts_wmi_row *row, const char *property)
{
    const ts_wmi_value *value = ts_wmi_row_get(row, property);
    return value && value->kind == TS_WMI_TEXT && value->text ? value->text : "";
}

static uint64_t number_of(const ts_wmi_row *row, const char *property)
{
    const ts_wmi_value *value = ts_wmi_row_get(row, property);
    if (!value) {
        return 0;
    }
    if (value->kind == TS_WMI_UINT) {
        return value->natural;
    }
    if ((value->kind == TS_WMI_INT || value->kind == TS_WMI_BOOL) && value->integer > 0) {
        return (uint64_t)value->integer;
    }
    /* Windows gives 64-bit numbers as text. */
    int64_t parsed = 0;
    if (value->kind == TS_WMI_TEXT && ts_str_int64(value->text, &parsed) && parsed > 0) {
        return (uint64_t)parsed;
    }
    return 0;
}

static bool flag_of(const ts_wmi_row *row, const char *property)
{
    return number_of(row, property) != 0;
}

static void add_bool(ts_buf *out, bool value)
{
    ts_buf_str(out, value ? "True" : "False");
}

static void add_trimmed(ts_buf *out, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", *text)) {
        text++;
        len--;
    }
    while (len > 0 && strchr(" \t\r\n", text[len - 1])) {
        len--;
    }
    ts_buf_add(out, text, len);
}

/* --- One property of one class ------------------------------------------------------------ */

static const struct {
    ts_fact fact;
    const char *class_name;
    const char *property;
    bool number;
} simple[] = {
    {TS_FACT_MAKE, "Win32_ComputerSystem", "Manufacturer", false},
    {TS_FACT_MODEL, "Win32_ComputerSystem", "Model", false},
    {TS_FACT_PRODUCT, "Win32_BaseBoard", "Product", false},
    {TS_FACT_SERIAL, "Win32_BIOS", "SerialNumber", false},
    {TS_FACT_UUID, "Win32_ComputerSystemProduct", "UUID", false},
    {TS_FACT_BIOS_VERSION, "Win32_BIOS", "SMBIOSBIOSVersion", false},
    {TS_FACT_OS_VERSION, "Win32_OperatingSystem", "Version", false},
    {TS_FACT_OS_BUILD, "Win32_OperatingSystem", "BuildNumber", false},
    {TS_FACT_OS_LANGUAGE, "Win32_OperatingSystem", "OSLanguage", true},
    {TS_FACT_HOST_NAME, "Win32_ComputerSystem", "Name", false},
};

static bool simple_fact(ts_host *host, size_t index, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, simple[index].class_name, &owned, &rows, err)) {
        return false;
    }
    if (rows->n_rows > 0 && simple[index].number) {
        ts_buf_printf(out, "%" PRIu64, number_of(&rows->rows[0], simple[index].property));
    } else if (rows->n_rows > 0) {
        add_trimmed(out, text_of(&rows->rows[0], simple[index].property));
    }
    ts_wmi_rows_done(&owned);
    return true;
}

/* --- Chassis ------------------------------------------------------------------------------- */

/* A dock is an enclosure of its own (SMBIOS types 12 and 21) and says nothing of the machine. */
static bool is_dock(uint64_t chassis)
{
    return chassis == 12 || chassis == 21;
}

static uint64_t chassis_of(const ts_wmi_row *row)
{
    const ts_wmi_value *value = ts_wmi_row_get(row, "ChassisTypes");
    if (value && value->kind == TS_WMI_TEXT && value->text) {
        return (uint64_t)strtoul(value->text, NULL, 10);
    }
    return number_of(row, "ChassisTypes");
}

static bool is_one_of(uint64_t number, const unsigned char *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == number) {
            return true;
        }
    }
    return false;
}

/* Lists of ZTIGather; 12 and 21 stand for a laptop in its dock there. */
static const unsigned char laptops[] = {8, 9, 10, 11, 12, 14, 18, 21, 30, 31, 32};
static const unsigned char desktops[] = {3, 4, 5, 6, 7, 13, 15, 16, 35, 36};
static const unsigned char servers[] = {23, 28};

static void chassis_fact(ts_fact fact, uint64_t chassis, ts_buf *out)
{
    if (fact == TS_FACT_IS_LAPTOP) {
        add_bool(out, is_one_of(chassis, laptops, sizeof(laptops)));
    } else if (fact == TS_FACT_IS_DESKTOP) {
        add_bool(out, is_one_of(chassis, desktops, sizeof(desktops)));
    } else if (fact == TS_FACT_IS_SERVER) {
        add_bool(out, is_one_of(chassis, servers, sizeof(servers)));
    } else if (chassis) {
        ts_buf_printf(out, "%" PRIu64, chassis);
    }
}

static bool enclosure_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_SystemEnclosure", &owned, &rows, err)) {
        return false;
    }
    const ts_wmi_row *best = rows->n_rows ? &rows->rows[0] : NULL;
    for (size_t i = 0; i < rows->n_rows; i++) {
        if (!is_dock(chassis_of(&rows->rows[i]))) {
            best = &rows->rows[i];
            break;
        }
    }
    if (fact != TS_FACT_ASSET_TAG) {
        chassis_fact(fact, best ? chassis_of(best) : 0, out);
    } else if (best && !is_dock(chassis_of(best))) {
        add_trimmed(out, text_of(best, "SMBIOSAssetTag"));
    }
    ts_wmi_rows_done(&owned);
    return true;
}

/* --- Virtual machines ---------------------------------------------------------------------- */

/* How each platform fills make and model; "" matches any. */
static const struct {
    const char *make;
    const char *model;
    const char *platform;
} platforms[] = {
    {"Microsoft Corporation", "Virtual Machine", "Hyper-V"},
    {"VMware", "", "VMware"},
    {"", "VMware", "VMware"},
    {"innotek", "", "VirtualBox"},
    {"", "VirtualBox", "VirtualBox"},
    {"Xen", "", "Xen"},
    {"", "HVM domU", "Xen"},
    {"QEMU", "", "KVM"},
    {"", "Standard PC (", "KVM"},
    {"", "KVM", "KVM"},
    {"Amazon EC2", "", "KVM"},
    {"Parallels", "", "Parallels"},
};

static bool vm_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_ComputerSystem", &owned, &rows, err)) {
        return false;
    }
    const char *make = rows->n_rows ? text_of(&rows->rows[0], "Manufacturer") : "";
    const char *model = rows->n_rows ? text_of(&rows->rows[0], "Model") : "";
    const char *platform = "";
    for (size_t i = 0; i < TS_COUNT(platforms) && !*platform; i++) {
        if (ts_str_ihas_prefix(make, platforms[i].make) &&
            ts_str_ihas_prefix(model, platforms[i].model)) {
            platform = platforms[i].platform;
        }
    }
    if (fact == TS_FACT_VM_PLATFORM) {
        ts_buf_str(out, platform);
    } else {
        add_bool(out, *platform != '\0');
    }
    ts_wmi_rows_done(&owned);
    return true;
}

/* --- Processor and memory ------------------------------------------------------------------ */

static bool memory_fact(ts_host *host, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_PhysicalMemory", &owned, &rows, err)) {
        return false;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < rows->n_rows; i++) {
        bytes += number_of(&rows->rows[i], "Capacity");
    }
    ts_wmi_rows_done(&owned);
    if (bytes == 0) {
        /* No modules are listed in many virtual machines: what the OS sees is the next best. */
        if (!class_rows(host, CIMV2, "Win32_ComputerSystem", &owned, &rows, err)) {
            return false;
        }
        bytes = rows->n_rows ? number_of(&rows->rows[0], "TotalPhysicalMemory") : 0;
        ts_wmi_rows_done(&owned);
    }
    if (bytes) {
        ts_buf_printf(out, "%" PRIu64, bytes / MIB);
    }
    return true;
}

/* Win32_Processor.Architecture: 0 x86, 9 x64, 12 ARM64 (WMI documentation). */
#define PROCESSOR_ARM64 12u

static bool processor_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_Processor", &owned, &rows, err)) {
        return false;
    }
    uint64_t mhz = 0;
    bool wide = false;
    for (size_t i = 0; i < rows->n_rows; i++) {
        uint64_t speed = number_of(&rows->rows[i], "MaxClockSpeed");
        mhz = speed > mhz ? speed : mhz;
        wide = wide || number_of(&rows->rows[i], "DataWidth") == 64;
    }
    if (rows->n_rows > 0 && fact == TS_FACT_CPU_64BIT) {
        add_bool(out, wide);
    } else if (mhz) {
        ts_buf_printf(out, "%" PRIu64, mhz);
    }
    ts_wmi_rows_done(&owned);
    return true;
}

static bool architecture_fact(ts_host *host, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_Processor", &owned, &rows, err)) {
        return false;
    }
    bool arm = rows->n_rows && number_of(&rows->rows[0], "Architecture") == PROCESSOR_ARM64;
    ts_wmi_rows_done(&owned);
    if (!class_rows(host, CIMV2, "Win32_OperatingSystem", &owned, &rows, err)) {
        return false;
    }
    const char *bits = rows->n_rows ? text_of(&rows->rows[0], "OSArchitecture") : "";
    if (arm || ts_str_icontains(bits, "ARM")) {
        ts_buf_str(out, "ARM64");
    } else if (*bits) {
        /* The text is localized ("64 bits", "64 Bit"), the number is not. */
        ts_buf_str(out, ts_str_icontains(bits, "64") ? "X64" : "X86");
    }
    ts_wmi_rows_done(&owned);
    return true;
}

static bool os_is_server_fact(ts_host *host, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_OperatingSystem", &owned, &rows, err)) {
        return false;
    }
    if (rows->n_rows) {
        add_bool(out, number_of(&rows->rows[0], "ProductType") > 1);
    }
    ts_wmi_rows_done(&owned);
    return true;
}

/* --- Network ------------------------------------------------------------------------------- */

/* Adds the members of a comma-separated list that count as addresses of this machine. */
static void add_addresses(ts_buf *out, const char *list)
{
    while (*list) {
        size_t len = strcspn(list, ",");
        bool usable = len > 0 && !(len == 7 && strncmp(list, "0.0.0.0", 7) == 0) &&
                      strncmp(list, "169.254.", 8) != 0;
        if (usable) {
            ts_buf_str(out, out->len ? "," : "");
            ts_buf_add(out, list, len);
        }
        list += len + (list[len] == ',');
    }
}

static bool has_address(const ts_wmi_row *config)
{
    ts_buf usable;
    ts_buf_init(&usable, FACT_MAX);
    add_addresses(&usable, text_of(config, "IPAddress"));
    bool has = usable.len > 0;
    ts_buf_done(&usable);
    return has;
}

static bool address_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_NetworkAdapterConfiguration", &owned, &rows, err)) {
        return false;
    }
    const char *property = fact == TS_FACT_IP        ? "IPAddress"
                           : fact == TS_FACT_GATEWAY ? "DefaultIPGateway"
                                                     : "MACAddress";
    for (size_t i = 0; i < rows->n_rows; i++) {
        if (flag_of(&rows->rows[i], "IPEnabled") && has_address(&rows->rows[i])) {
            add_addresses(out, text_of(&rows->rows[i], property));
        }
    }
    ts_wmi_rows_done(&owned);
    return true;
}

/* AdapterTypeID 9 is "Wireless", but Wi-Fi drivers of Windows mostly say 0 "Ethernet 802.3": the
 * name decides then. */
static bool is_wireless(const ts_wmi_row *adapter)
{
    static const char *const words[] = {"wireless", "wi-fi", "wifi", "802.11", "wlan"};
    static const char *const properties[] = {"Name", "Description", "NetConnectionID"};
    if (number_of(adapter, "AdapterTypeID") == 9) {
        return true;
    }
    for (size_t p = 0; p < TS_COUNT(properties); p++) {
        for (size_t w = 0; w < TS_COUNT(words); w++) {
            if (ts_str_icontains(text_of(adapter, properties[p]), words[w])) {
                return true;
            }
        }
    }
    return false;
}

static bool index_has_address(const ts_wmi_rows *configs, uint64_t index)
{
    for (size_t i = 0; i < configs->n_rows; i++) {
        const ts_wmi_row *row = &configs->rows[i];
        if (number_of(row, "Index") == index && flag_of(row, "IPEnabled") && has_address(row)) {
            return true;
        }
    }
    return false;
}

/* NetConnectionStatus 2: connected. */
static bool link_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned_adapters = {0};
    ts_wmi_rows owned_configs = {0};
    const ts_wmi_rows *adapters = NULL;
    const ts_wmi_rows *configs = NULL;
    bool ok = class_rows(host, CIMV2, "Win32_NetworkAdapter", &owned_adapters, &adapters, err) &&
              class_rows(host, CIMV2, "Win32_NetworkAdapterConfiguration", &owned_configs, &configs,
                         err);
    bool connected = false;
    bool wired = false;
    for (size_t i = 0; ok && i < adapters->n_rows; i++) {
        const ts_wmi_row *row = &adapters->rows[i];
        if (number_of(row, "NetConnectionStatus") == 2 &&
            index_has_address(configs, number_of(row, "Index"))) {
            connected = true;
            wired = wired || !is_wireless(row);
        }
    }
    if (ok) {
        add_bool(out, fact == TS_FACT_NET_WIRED ? wired : connected);
    }
    ts_wmi_rows_done(&owned_adapters);
    ts_wmi_rows_done(&owned_configs);
    return ok;
}

/* --- Battery, TPM, firmware, disk ---------------------------------------------------------- */

/* BatteryStatus 2: "the system has access to AC". */
static bool battery_fact(ts_host *host, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, "Win32_Battery", &owned, &rows, err)) {
        return false;
    }
    bool mains = rows->n_rows == 0;
    for (size_t i = 0; i < rows->n_rows; i++) {
        mains = mains || number_of(&rows->rows[i], "BatteryStatus") == 2;
    }
    add_bool(out, !mains);
    ts_wmi_rows_done(&owned);
    return true;
}

static bool tpm_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, TPM_SPACE, "Win32_Tpm", &owned, &rows, err)) {
        return false;
    }
    const ts_wmi_row *tpm = rows->n_rows ? &rows->rows[0] : NULL;
    if (fact == TS_FACT_TPM_VERSION) {
        /* "2.0, 0, 1.59": the specification, then its level and revision. */
        const char *version = tpm ? text_of(tpm, "SpecVersion") : "";
        ts_buf_add(out, version, strcspn(version, ", "));
    } else if (fact == TS_FACT_TPM_ENABLED) {
        add_bool(out, tpm && flag_of(tpm, "IsEnabled_InitialValue"));
    } else if (fact == TS_FACT_TPM_ACTIVATED) {
        add_bool(out, tpm && flag_of(tpm, "IsActivated_InitialValue"));
    } else {
        add_bool(out, tpm != NULL);
    }
    ts_wmi_rows_done(&owned);
    return true;
}

static bool firmware_fact(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    bool uefi = false;
    bool secure_boot = false;
    if (!ts_host_firmware(host, &uefi, &secure_boot, err)) {
        return false;
    }
    if (fact == TS_FACT_FIRMWARE) {
        ts_buf_str(out, uefi ? "uefi" : "bios");
    } else {
        add_bool(out, secure_boot);
    }
    return true;
}

/* In the full OS the system volume's free space; in Windows PE, where X: is a RAM disk, the largest
 * disk, as that is where the OS will go. */
static bool free_fact(ts_host *host, ts_buf *out, ts_err **err)
{
    bool full = ts_host_phase(host) == TS_PHASE_FULL_OS;
    const char *drive = full ? ts_host_env(host, "SystemDrive") : NULL;
    TS_CLEANUP(ts_free_ptr) char *letter = ts_strdup(drive ? drive : "C:");
    if (!letter) {
        return ts_fail_nomem(err);
    }
    ts_wmi_rows owned = {0};
    const ts_wmi_rows *rows = NULL;
    if (!class_rows(host, CIMV2, full ? "Win32_LogicalDisk" : "Win32_DiskDrive", &owned, &rows,
                    err)) {
        return false;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < rows->n_rows; i++) {
        const ts_wmi_row *row = &rows->rows[i];
        uint64_t size = number_of(row, full ? "FreeSpace" : "Size");
        bool counts = !full || ts_str_ieq(text_of(row, "DeviceID"), letter);
        bytes = counts && size > bytes ? size : bytes;
    }
    if (rows->n_rows) {
        ts_buf_printf(out, "%" PRIu64, bytes / MIB);
    }
    ts_wmi_rows_done(&owned);
    return true;
}

static bool compute(ts_host *host, ts_fact fact, ts_buf *out, ts_err **err)
{
    for (size_t i = 0; i < TS_COUNT(simple); i++) {
        if (simple[i].fact == fact) {
            return simple_fact(host, i, out, err);
        }
    }
    if (fact >= TS_FACT_ASSET_TAG && fact <= TS_FACT_IS_SERVER && fact != TS_FACT_UUID) {
        return enclosure_fact(host, fact, out, err);
    }
    if (fact == TS_FACT_IS_VM || fact == TS_FACT_VM_PLATFORM) {
        return vm_fact(host, fact, out, err);
    }
    if (fact == TS_FACT_FIRMWARE || fact == TS_FACT_SECURE_BOOT) {
        return firmware_fact(host, fact, out, err);
    }
    if (fact == TS_FACT_CPU_MHZ || fact == TS_FACT_CPU_64BIT) {
        return processor_fact(host, fact, out, err);
    }
    if (fact == TS_FACT_MAC || fact == TS_FACT_IP || fact == TS_FACT_GATEWAY) {
        return address_fact(host, fact, out, err);
    }
    if (fact == TS_FACT_NET_CONNECTED || fact == TS_FACT_NET_WIRED) {
        return link_fact(host, fact, out, err);
    }
    if (fact >= TS_FACT_TPM_PRESENT && fact <= TS_FACT_TPM_VERSION) {
        return tpm_fact(host, fact, out, err);
    }
    switch ((unsigned)fact) {
    case TS_FACT_MEMORY_MB:
        return memory_fact(host, out, err);
    case TS_FACT_ARCHITECTURE:
        return architecture_fact(host, out, err);
    case TS_FACT_OS_IS_SERVER:
        return os_is_server_fact(host, out, err);
    case TS_FACT_ON_BATTERY:
        return battery_fact(host, out, err);
    case TS_FACT_SYSTEM_FREE_MB:
        return free_fact(host, out, err);
    default:
        return ts_fail(err, TS_USAGE, "no fact has the number %u", (unsigned)fact);
    }
}

bool ts_host_fact_get(ts_host *host, ts_fact fact, char **out, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, FACT_MAX);
    bool ok = compute(host, fact, &text, err) && ts_buf_ok(&text, ts_fact_id(fact), err);
    char *taken = ok ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    if (ok && !taken) {
        return ts_fail_nomem(err);
    }
    if (ok) {
        *out = taken;
    }
    return ok;
}
