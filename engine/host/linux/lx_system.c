/* lx_system.c - classes that describe the machine as its maker does: /sys/class/dmi/id, which is
 * SMBIOS read by the kernel. Serial numbers and the UUID are readable for root only. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <ts/text.h>

#include "linux_wmi.h"
#include "os.h"

static const char *dmi(ts_lx_rows *rows, const char *name)
{
    return ts_lx_read(rows, "/sys/class/dmi/id/%s", name);
}

/* The kernel's name as "uname -n" tells it, up to the first dot; Windows' names have no dots. */
const char *ts_lx_host_name(ts_lx_rows *rows)
{
    const char *name = ts_lx_read(rows, "/proc/sys/kernel/hostname");
    return name ? ts_lx_keep(rows, name, strcspn(name, ".")) : NULL;
}

/* The file is there since Linux 6.1. */
const char *ts_lx_machine(ts_lx_rows *rows)
{
    const char *machine = ts_lx_read(rows, "/proc/sys/kernel/arch");
    struct utsname name;
    if (!machine && *rows->sysroot == '\0' && uname(&name) == 0)
        machine = ts_lx_keep(rows, name.machine, strlen(name.machine));
    return machine;
}

static unsigned count_lines(const char *text, const char *key)
{
    unsigned n = 0;
    for (const char *p = text; p && (p = strstr(p, key)) != NULL; p++)
        n += p == text || p[-1] == '\n';
    return n;
}

/* How many different "physical id" lines there are; machines without that line have one socket. */
static unsigned count_sockets(const char *cpuinfo)
{
    bool seen[256] = {false};
    unsigned n = 0;
    for (const char *p = cpuinfo; p && (p = strstr(p, "physical id")) != NULL; p++) {
        const char *colon = strchr(p, ':');
        unsigned long id = colon ? strtoul(colon + 1, NULL, 10) : 0;
        if (id < TS_COUNT(seen) && !seen[id]) {
            seen[id] = true;
            n++;
        }
    }
    return n ? n : 1;
}

/* Win32_ComputerSystem.PCSystemType: 1 desktop, 2 mobile, 4 enterprise server. */
static int system_type_of(int64_t chassis)
{
    switch (chassis) {
    case 8:
    case 9:
    case 10:
    case 11:
    case 14:
    case 18:
    case 30:
    case 31:
    case 32:
        return 2;
    case 17:
    case 23:
    case 28:
        return 4;
    default:
        return 1;
    }
}

static void fill_processors(ts_lx_rows *rows)
{
    const char *cpuinfo = ts_lx_read(rows, "/proc/cpuinfo");
    unsigned logical = count_lines(cpuinfo, "processor");
    if (logical > 0) {
        ts_lx_int(rows, "NumberOfProcessors", count_sockets(cpuinfo));
        ts_lx_int(rows, "NumberOfLogicalProcessors", logical);
    }
    const char *flags = ts_lx_line(rows, cpuinfo, "flags");
    if (flags)
        ts_lx_bool(rows, "HypervisorPresent", strstr(flags, " hypervisor") != NULL);
}

void ts_lx_fill_computer_system(ts_lx_rows *rows)
{
    ts_lx_add(rows);
    const char *name = ts_lx_host_name(rows);
    ts_lx_text(rows, "Name", name);
    ts_lx_text(rows, "Caption", name);
    ts_lx_text(rows, "DNSHostName", name);
    ts_lx_text(rows, "Manufacturer", dmi(rows, "sys_vendor"));
    ts_lx_text(rows, "Model", dmi(rows, "product_name"));
    ts_lx_text(rows, "SystemFamily", dmi(rows, "product_family"));
    ts_lx_text(rows, "SystemSKUNumber", dmi(rows, "product_sku"));
    ts_lx_text(rows, "Description", "AT/AT COMPATIBLE");
    ts_lx_text(rows, "BootupState", "Normal boot");
    ts_lx_text(rows, "Status", "OK");
    const char *machine = ts_lx_machine(rows);
    if (machine && strcmp(machine, "x86_64") == 0)
        ts_lx_text(rows, "SystemType", "x64-based PC");
    else if (machine && strcmp(machine, "aarch64") == 0)
        ts_lx_text(rows, "SystemType", "ARM64-based PC");
    else if (machine)
        ts_lx_text(rows, "SystemType", "X86-based PC");
    const char *memory = ts_lx_line(rows, ts_lx_read(rows, "/proc/meminfo"), "MemTotal");
    if (memory)
        ts_lx_int(rows, "TotalPhysicalMemory", (int64_t)strtoull(memory, NULL, 10) * 1024);
    fill_processors(rows);
    ts_lx_bool(rows, "PartOfDomain", false);
    ts_lx_int(rows, "DomainRole", 0);
    ts_lx_int(rows, "CurrentTimeZone", -ts_clock_bias(ts_clock_now()));
    int64_t chassis = 0;
    if (ts_lx_read_int(rows, &chassis, "/sys/class/dmi/id/chassis_type"))
        ts_lx_int(rows, "PCSystemType", system_type_of(chassis));
}

/* Windows writes the UUID in capitals. */
static const char *upper(ts_lx_rows *rows, const char *text)
{
    char copy[64];
    if (!text)
        return NULL;
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof(copy); n++)
        copy[n] = (char)(text[n] >= 'a' && text[n] <= 'z' ? text[n] - 'a' + 'A' : text[n]);
    return ts_lx_keep(rows, copy, n);
}

void ts_lx_fill_product(ts_lx_rows *rows)
{
    ts_lx_add(rows);
    ts_lx_text(rows, "Name", dmi(rows, "product_name"));
    ts_lx_text(rows, "Caption", "Computer System Product");
    ts_lx_text(rows, "Description", "Computer System Product");
    ts_lx_text(rows, "Vendor", dmi(rows, "sys_vendor"));
    ts_lx_text(rows, "Version", dmi(rows, "product_version"));
    ts_lx_text(rows, "IdentifyingNumber", dmi(rows, "product_serial"));
    ts_lx_text(rows, "UUID", upper(rows, dmi(rows, "product_uuid")));
    ts_lx_text(rows, "SKUNumber", dmi(rows, "product_sku"));
}

/* "04/27/2023" as a DMTF date. */
static void fill_release_date(ts_lx_rows *rows)
{
    const char *date = dmi(rows, "bios_date");
    if (!date || strlen(date) != 10 || date[2] != '/' || date[5] != '/' ||
        strspn(date, "0123456789/") != 10)
        return;
    ts_lx_textf(rows, "ReleaseDate", "%.4s%.2s%.2s000000.000000+000", date + 6, date, date + 3);
}

/* "1.51" */
static void fill_release(ts_lx_rows *rows, const char *file, const char *major, const char *minor)
{
    const char *text = dmi(rows, file);
    char *end = NULL;
    unsigned long high = text ? strtoul(text, &end, 10) : 0;
    if (end == NULL || end == text || *end != '.')
        return;
    ts_lx_int(rows, major, (int64_t)high);
    ts_lx_int(rows, minor, (int64_t)strtoul(end + 1, NULL, 10));
}

void ts_lx_fill_bios(ts_lx_rows *rows)
{
    ts_lx_add(rows);
    const char *version = dmi(rows, "bios_version");
    ts_lx_text(rows, "Name", version);
    ts_lx_text(rows, "Caption", version);
    ts_lx_text(rows, "Description", version);
    ts_lx_text(rows, "SMBIOSBIOSVersion", version);
    ts_lx_text(rows, "Version", version);
    ts_lx_text(rows, "BIOSVersion", version);
    ts_lx_text(rows, "Manufacturer", dmi(rows, "bios_vendor"));
    ts_lx_text(rows, "SerialNumber", dmi(rows, "product_serial"));
    fill_release_date(rows);
    fill_release(rows, "bios_release", "SystemBiosMajorVersion", "SystemBiosMinorVersion");
    fill_release(rows, "ec_firmware_release", "EmbeddedControllerMajorVersion",
                 "EmbeddedControllerMinorVersion");
    ts_lx_bool(rows, "SMBIOSPresent", version != NULL);
    ts_lx_bool(rows, "PrimaryBIOS", true);
    ts_lx_text(rows, "Status", "OK");
}

void ts_lx_fill_base_board(ts_lx_rows *rows)
{
    const char *product = dmi(rows, "board_name");
    const char *maker = dmi(rows, "board_vendor");
    if (!product && !maker)
        return; /* many virtual machines have none, as on Windows */
    ts_lx_add(rows);
    ts_lx_text(rows, "Name", "Base Board");
    ts_lx_text(rows, "Caption", "Base Board");
    ts_lx_text(rows, "Description", "Base Board");
    ts_lx_text(rows, "Tag", "Base Board");
    ts_lx_text(rows, "Manufacturer", maker);
    ts_lx_text(rows, "Product", product);
    ts_lx_text(rows, "SerialNumber", dmi(rows, "board_serial"));
    ts_lx_text(rows, "Version", dmi(rows, "board_version"));
    ts_lx_bool(rows, "HostingBoard", true);
    ts_lx_text(rows, "Status", "OK");
}

void ts_lx_fill_enclosure(ts_lx_rows *rows)
{
    const char *type = dmi(rows, "chassis_type");
    if (!type)
        return;
    ts_lx_add(rows);
    ts_lx_text(rows, "Name", "System Enclosure");
    ts_lx_text(rows, "Caption", "System Enclosure");
    ts_lx_text(rows, "Description", "System Enclosure");
    ts_lx_text(rows, "Tag", "System Enclosure 0");
    ts_lx_text(rows, "ChassisTypes", type);
    ts_lx_text(rows, "Manufacturer", dmi(rows, "chassis_vendor"));
    ts_lx_text(rows, "SerialNumber", dmi(rows, "chassis_serial"));
    ts_lx_text(rows, "SMBIOSAssetTag", dmi(rows, "chassis_asset_tag"));
    ts_lx_text(rows, "Version", dmi(rows, "chassis_version"));
}

/* --- Memory modules: type 17 of the table (DSP0134, "Memory Device") ----------------------- */

#define MIB (1024 * 1024)

/* 0: the slot is empty, 0xFFFF: not known, 0x7FFF: too big for the field, see offset 1Ch. */
static int64_t module_bytes(const ts_smbios *s)
{
    unsigned size = ts_smbios_number(s, 0x0C, 2);
    if (size == 0xFFFF)
        return 0;
    if (size == 0x7FFF)
        return (int64_t)(ts_smbios_number(s, 0x1C, 4) & 0x7FFFFFFF) * MIB;
    return size & 0x8000 ? (int64_t)(size & 0x7FFF) * 1024 : (int64_t)size * MIB;
}

static void trimmed(ts_lx_rows *rows, const char *property, const char *text)
{
    if (!text || !ts_utf8_valid(text, strlen(text)))
        return;
    while (*text == ' ')
        text++;
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        len--;
    ts_lx_text(rows, property, ts_lx_keep(rows, text, len));
}

static void number(ts_lx_rows *rows, const char *property, const ts_smbios *s, size_t offset,
                   size_t bytes)
{
    unsigned value = ts_smbios_number(s, offset, bytes);
    if (value != 0 && value != 0xFFFF)
        ts_lx_int(rows, property, value);
}

static void fill_module(ts_lx_rows *rows, const ts_smbios *s, unsigned index)
{
    ts_lx_add(rows);
    ts_lx_text(rows, "Name", "Physical Memory");
    ts_lx_text(rows, "Caption", "Physical Memory");
    ts_lx_text(rows, "Description", "Physical Memory");
    ts_lx_textf(rows, "Tag", "Physical Memory %u", index);
    ts_lx_int(rows, "Capacity", module_bytes(s));
    number(rows, "TotalWidth", s, 0x08, 2);
    number(rows, "DataWidth", s, 0x0A, 2);
    number(rows, "SMBIOSMemoryType", s, 0x12, 1);
    number(rows, "Speed", s, 0x15, 2);
    number(rows, "ConfiguredClockSpeed", s, 0x20, 2);
    /* SMBIOS counts form factors one higher than Win32_PhysicalMemory: 9 is its 8, DIMM. */
    unsigned form = ts_smbios_number(s, 0x0E, 1);
    if (form > 1)
        ts_lx_int(rows, "FormFactor", form - 1);
    trimmed(rows, "DeviceLocator", ts_smbios_text(s, 0x10));
    trimmed(rows, "BankLabel", ts_smbios_text(s, 0x11));
    trimmed(rows, "Manufacturer", ts_smbios_text(s, 0x17));
    trimmed(rows, "SerialNumber", ts_smbios_text(s, 0x18));
    trimmed(rows, "PartNumber", ts_smbios_text(s, 0x1A));
}

void ts_lx_fill_memory(ts_lx_rows *rows)
{
    size_t size = 0;
    const unsigned char *table = ts_lx_bytes(rows, "/sys/firmware/dmi/tables/DMI", &size);
    ts_smbios s;
    unsigned index = 0;
    for (size_t at = 0; table && ts_smbios_next(table, size, &at, &s);) {
        if (s.data[0] == 17 && module_bytes(&s) > 0)
            fill_module(rows, &s, index++);
    }
}
