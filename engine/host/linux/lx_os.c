/* lx_os.c - processors, operating system, time zone, battery, TPM. */
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "linux_wmi.h"
#include "os.h"

/* --- Processors ---------------------------------------------------------------------------- */

/* One block of /proc/cpuinfo, up to the empty line; *text moves behind it. */
static const char *next_block(ts_lx_rows *rows, const char **text)
{
    if (!*text || **text == '\0')
        return NULL;
    const char *end = strstr(*text, "\n\n");
    size_t len = end ? (size_t)(end - *text) : strlen(*text);
    const char *block = ts_lx_keep(rows, *text, len);
    *text += len;
    while (**text == '\n')
        (*text)++;
    return block;
}

static int64_t whole_number(const char *text)
{
    return text ? (int64_t)strtoull(text, NULL, 10) : 0;
}

/* MHz. What the kernel may set; else the speed in the name; else the speed right now. */
static int64_t max_speed(ts_lx_rows *rows, const char *block, const char *model)
{
    int64_t khz = 0;
    if (ts_lx_read_int(rows, &khz, "/sys/devices/system/cpu/cpu%lld/cpufreq/cpuinfo_max_freq",
                       (long long)whole_number(ts_lx_line(rows, block, "processor"))) &&
        khz > 0)
        return khz / 1000;
    const char *at = model ? strrchr(model, '@') : NULL;
    if (at && strstr(at, "GHz"))
        return (int64_t)(strtod(at + 1, NULL) * 1000.0 + 0.5);
    return whole_number(ts_lx_line(rows, block, "cpu MHz"));
}

/* Win32_Processor.Architecture: 0 x86, 5 ARM, 9 x64, 12 ARM64. */
static void fill_architecture(ts_lx_rows *rows)
{
    static const struct {
        const char *machine;
        int number;
        int width;
    } known[] = {{"x86_64", 9, 64},
                 {"aarch64", 12, 64},
                 {"i686", 0, 32},
                 {"i586", 0, 32},
                 {"armv7l", 5, 32}};
    const char *machine = ts_lx_machine(rows);
    for (size_t i = 0; machine && i < TS_COUNT(known); i++) {
        if (strcmp(machine, known[i].machine) == 0) {
            ts_lx_int(rows, "Architecture", known[i].number);
            ts_lx_int(rows, "AddressWidth", known[i].width);
            ts_lx_int(rows, "DataWidth", known[i].width);
        }
    }
}

static void fill_numbers(ts_lx_rows *rows, const char *block, unsigned siblings)
{
    int64_t cores = whole_number(ts_lx_line(rows, block, "cpu cores"));
    int64_t threads = whole_number(ts_lx_line(rows, block, "siblings"));
    ts_lx_int(rows, "NumberOfCores", cores ? cores : siblings);
    ts_lx_int(rows, "NumberOfEnabledCore", cores ? cores : siblings);
    ts_lx_int(rows, "NumberOfLogicalProcessors", threads ? threads : siblings);
    ts_lx_int(rows, "ThreadCount", threads ? threads : siblings);
    const char *family = ts_lx_line(rows, block, "cpu family");
    const char *model = ts_lx_line(rows, block, "model");
    const char *stepping = ts_lx_line(rows, block, "stepping");
    const char *vendor = ts_lx_line(rows, block, "vendor_id");
    if (family && model && stepping) {
        const char *brand = vendor && strstr(vendor, "AMD") ? "AMD64" : "Intel64";
        ts_lx_textf(rows, "Caption", "%s Family %s Model %s Stepping %s", brand, family, model,
                    stepping);
        ts_lx_textf(rows, "Description", "%s Family %s Model %s Stepping %s", brand, family, model,
                    stepping);
        ts_lx_int(rows, "Level", whole_number(family));
        ts_lx_int(rows, "Revision", whole_number(model) << 8 | whole_number(stepping));
        ts_lx_text(rows, "Stepping", stepping);
    }
    const char *flags = ts_lx_line(rows, block, "flags");
    if (flags) {
        bool virtualization = strstr(flags, " vmx") || strstr(flags, " svm");
        ts_lx_bool(rows, "VMMonitorModeExtensions", virtualization);
        ts_lx_bool(rows, "SecondLevelAddressTranslationExtensions",
                   strstr(flags, " ept") || strstr(flags, " npt"));
        /* The kernel hides the flag when the firmware locked it. */
        ts_lx_bool(rows, "VirtualizationFirmwareEnabled", virtualization);
    }
}

static void fill_socket(ts_lx_rows *rows, const char *block, unsigned index, unsigned siblings)
{
    const char *name = ts_lx_line(rows, block, "model name");
    ts_lx_add(rows);
    ts_lx_textf(rows, "DeviceID", "CPU%u", index);
    ts_lx_text(rows, "Name", name);
    ts_lx_text(rows, "Manufacturer", ts_lx_line(rows, block, "vendor_id"));
    int64_t speed = max_speed(rows, block, name);
    int64_t now = whole_number(ts_lx_line(rows, block, "cpu MHz"));
    if (speed > 0)
        ts_lx_int(rows, "MaxClockSpeed", speed);
    if (speed > 0 || now > 0)
        ts_lx_int(rows, "CurrentClockSpeed", now > 0 ? now : speed);
    fill_architecture(rows);
    fill_numbers(rows, block, siblings);
    ts_lx_text(rows, "Role", "CPU");
    ts_lx_int(rows, "ProcessorType", 3);
    ts_lx_int(rows, "CpuStatus", 1);
    ts_lx_text(rows, "Status", "OK");
    ts_lx_text(rows, "SystemName", ts_lx_host_name(rows));
}

void ts_lx_fill_processor(ts_lx_rows *rows)
{
    const char *cpuinfo = ts_lx_read(rows, "/proc/cpuinfo");
    unsigned logical = 0;
    const char *text = cpuinfo;
    for (const char *block; (block = next_block(rows, &text)) != NULL;)
        logical += ts_lx_line(rows, block, "processor") != NULL;
    bool seen[256] = {false};
    unsigned sockets = 0;
    text = cpuinfo;
    for (const char *block; (block = next_block(rows, &text)) != NULL;) {
        if (!ts_lx_line(rows, block, "processor"))
            continue; /* ARM ends with a block about the board */
        int64_t id = whole_number(ts_lx_line(rows, block, "physical id"));
        if (id < 0 || id >= (int64_t)TS_COUNT(seen) || seen[id])
            continue;
        seen[id] = true;
        fill_socket(rows, block, sockets++, logical);
    }
}

/* --- Operating system ---------------------------------------------------------------------- */

static void fill_memory_numbers(ts_lx_rows *rows)
{
    static const struct {
        const char *property;
        const char *key;
    } map[] = {{"TotalVisibleMemorySize", "MemTotal"},
               {"FreePhysicalMemory", "MemAvailable"},
               {"TotalVirtualMemorySize", "CommitLimit"}};
    const char *meminfo = ts_lx_read(rows, "/proc/meminfo");
    for (size_t i = 0; i < TS_COUNT(map); i++) {
        const char *kib = ts_lx_line(rows, meminfo, map[i].key);
        if (kib)
            ts_lx_int(rows, map[i].property, whole_number(kib));
    }
}

/* The kernel's version is to Linux what Version is to Windows: "6.1.0" of "6.1.0-18-amd64". */
static void fill_version(ts_lx_rows *rows)
{
    const char *release = ts_lx_read(rows, "/proc/sys/kernel/osrelease");
    if (release)
        ts_lx_text(rows, "Version", ts_lx_keep(rows, release, strspn(release, "0123456789.")));
}

void ts_lx_fill_operating_system(ts_lx_rows *rows)
{
    ts_lx_add(rows);
    const char *release = ts_lx_read(rows, "/etc/os-release");
    const char *caption = ts_lx_line(rows, release, "PRETTY_NAME");
    ts_lx_text(rows, "Caption", caption ? caption : "Linux");
    ts_lx_text(rows, "Name", caption ? caption : "Linux");
    fill_version(rows);
    ts_lx_text(rows, "CSName", ts_lx_host_name(rows));
    ts_lx_int(rows, "OSType", 36); /* Win32_OperatingSystem: "LINUX" */
    const char *machine = ts_lx_machine(rows);
    bool wide = machine && strstr(machine, "64");
    if (machine)
        ts_lx_text(rows, "OSArchitecture", wide ? "64-bit" : "32-bit");
    ts_lx_int(rows, "ProductType", 1);
    ts_lx_int(rows, "ServicePackMajorVersion", 0);
    ts_lx_int(rows, "ServicePackMinorVersion", 0);
    ts_lx_bool(rows, "Primary", true);
    ts_lx_text(rows, "Status", "OK");
    fill_memory_numbers(rows);
    int64_t now = ts_clock_now();
    ts_lx_int(rows, "CurrentTimeZone", -ts_clock_bias(now));
    ts_lx_date(rows, "LocalDateTime", now);
    const char *uptime = ts_lx_read(rows, "/proc/uptime");
    if (uptime)
        ts_lx_date(rows, "LastBootUpTime", now - whole_number(uptime) * 1000);
}

void ts_lx_fill_time_zone(ts_lx_rows *rows)
{
    ts_lx_add(rows);
    /* "/usr/share/zoneinfo/Europe/Berlin" */
    const char *link = ts_lx_link(rows, "/etc/localtime");
    const char *name = link ? strstr(link, "zoneinfo/") : NULL;
    name = name ? name + strlen("zoneinfo/") : ts_lx_read(rows, "/etc/timezone");
    ts_lx_text(rows, "Caption", name);
    ts_lx_text(rows, "Description", name);
    ts_lx_text(rows, "StandardName", name);
    ts_lx_int(rows, "Bias", -ts_clock_bias(ts_clock_now()));
}

/* --- Battery and TPM ----------------------------------------------------------------------- */

/* Win32_Battery.BatteryStatus: 1 discharging, 2 on mains. */
static void fill_one_battery(ts_lx_rows *rows, const char *name)
{
    const char *status = ts_lx_read(rows, "/sys/class/power_supply/%s/status", name);
    ts_lx_add(rows);
    ts_lx_text(rows, "DeviceID", name);
    ts_lx_text(rows, "Caption", "Internal Battery");
    ts_lx_text(rows, "Description", "Internal Battery");
    ts_lx_text(rows, "Name", ts_lx_read(rows, "/sys/class/power_supply/%s/model_name", name));
    ts_lx_int(rows, "BatteryStatus", status && strcmp(status, "Discharging") == 0 ? 1 : 2);
    ts_lx_text(rows, "Status", "OK");
    ts_lx_text(rows, "SystemName", ts_lx_host_name(rows));
    int64_t percent = 0;
    if (ts_lx_read_int(rows, &percent, "/sys/class/power_supply/%s/capacity", name))
        ts_lx_int(rows, "EstimatedChargeRemaining", percent);
}

void ts_lx_fill_battery(ts_lx_rows *rows)
{
    for (const char *const *n = ts_lx_list(rows, "/sys/class/power_supply"); *n; n++) {
        const char *type = ts_lx_read(rows, "/sys/class/power_supply/%s/type", *n);
        const char *scope = ts_lx_read(rows, "/sys/class/power_supply/%s/scope", *n);
        /* Scope "Device": the battery of a mouse. */
        if (type && strcmp(type, "Battery") == 0 && !(scope && strcmp(scope, "Device") == 0))
            fill_one_battery(rows, *n);
    }
}

void ts_lx_fill_tpm(ts_lx_rows *rows)
{
    if (!ts_lx_there(rows, "/sys/class/tpm/tpm0"))
        return;
    ts_lx_add(rows);
    int64_t major = 0;
    bool two = ts_lx_read_int(rows, &major, "/sys/class/tpm/tpm0/tpm_version_major") && major == 2;
    ts_lx_text(rows, "SpecVersion", two ? "2.0" : "1.2");
    /* A TPM 2.0 that the kernel talks to is enabled and active; 1.2 has both as settings. */
    int64_t enabled = two;
    int64_t active = two;
    int64_t owned = 0;
    if (!two) {
        (void)ts_lx_read_int(rows, &enabled, "/sys/class/tpm/tpm0/device/enabled");
        (void)ts_lx_read_int(rows, &active, "/sys/class/tpm/tpm0/device/active");
    }
    ts_lx_bool(rows, "IsEnabled_InitialValue", enabled == 1);
    ts_lx_bool(rows, "IsActivated_InitialValue", active == 1);
    if (!two && ts_lx_read_int(rows, &owned, "/sys/class/tpm/tpm0/device/owned"))
        ts_lx_bool(rows, "IsOwned_InitialValue", owned == 1);
}
