/* sim_wmi_system.c - WMI classes about the running operating system. Property names and meanings:
 * Microsoft's WMI class reference. */
#include <inttypes.h>
#include <string.h>

#include "sim.h"

#define CIMV2 "root\\cimv2"

/* OperatingSystemSKU of the editions that people deploy (GetProductInfo documentation). */
static const struct {
    const char *edition;
    uint64_t sku;
} editions[] = {
    {"Enterprise", 4},       {"ServerStandard", 7},
    {"ServerDatacenter", 8}, {"EnterpriseN", 27},
    {"Professional", 48},    {"ProfessionalN", 49},
    {"Core", 101},           {"Education", 121},
    {"EnterpriseS", 125},    {"ProfessionalWorkstation", 161},
    {"ServerRdsh", 175},     {"IoTEnterprise", 188},
};

static void put_date(sim_rows *r, const char *name, int64_t when)
{
    ts_buf text;
    ts_buf_init(&text, 64);
    sim_date_dmtf(&text, when);
    sim_put_fmt(r, name, "%s", ts_buf_text(&text));
    ts_buf_done(&text);
}

static void put_sku(sim_rows *r, const char *edition)
{
    for (size_t i = 0; i < TS_COUNT(editions); i++) {
        if (ts_str_ieq(edition, editions[i].edition)) {
            sim_put_uint(r, "OperatingSystemSKU", editions[i].sku);
            return;
        }
    }
    sim_put_uint(r, "OperatingSystemSKU", 0);
}

static void operating_system(sim_rows *r)
{
    static const char *const bits[] = {"64-bit", "32-bit", "ARM 64-bit Processor"};
    const sim_os *os = sim_os_now(r->m);
    char drive = sim_system_letter(r->m);
    sim_row_begin(r);
    sim_put_text(r, "Caption", os->name);
    sim_put_fmt(r, "Name", "%s|%c:\\Windows|", os->name, drive);
    sim_put_text(r, "Manufacturer", "Microsoft Corporation");
    sim_put_text(r, "Version", os->version);
    sim_put_text(r, "BuildNumber", os->build);
    sim_put_text(r, "BuildType", "Multiprocessor Free");
    sim_put_text(r, "OSArchitecture", bits[os->architecture]);
    sim_put_uint(r, "OSLanguage", (uint64_t)os->language);
    sim_put_fmt(r, "Locale", "%04x", (unsigned)os->language);
    sim_put_uint(r, "OSType", 18); /* WINNT */
    sim_put_uint(r, "ProductType", os->product_type + 1u);
    put_sku(r, os->edition);
    sim_put_text(r, "CSName", r->m->host_name);
    sim_put_fmt(r, "SystemDrive", "%c:", drive);
    sim_put_fmt(r, "SystemDirectory", "%c:\\Windows\\system32", drive);
    sim_put_fmt(r, "WindowsDirectory", "%c:\\Windows", drive);
    sim_put_uint(r, "ServicePackMajorVersion", 0);
    sim_put_uint(r, "ServicePackMinorVersion", 0);
    sim_put_null(r, "CSDVersion");
    sim_put_uint(r, "TotalVisibleMemorySize", r->m->memory / 1024);
    sim_put_uint(r, "FreePhysicalMemory", r->m->memory / 2048);
    sim_put_bool(r, "Primary", true);
    sim_put_bool(r, "PortableOperatingSystem", false);
    put_date(r, "LastBootUpTime", r->m->boot_time);
    sim_put_text(r, "Status", "OK");
    sim_row_end(r);
}

const sim_derived sim_system_classes[] = {
    {CIMV2, "Win32_OperatingSystem", operating_system},
    {NULL, NULL, NULL},
};
