/* sim_wmi_hardware.c - WMI classes about the hardware, from the profile's smbios, processor,
 * memory, nics, tpm and battery. Property names and meanings: Microsoft's WMI class reference. */
#include <inttypes.h>
#include <string.h>

#include "sim.h"

#define CIMV2 "root\\cimv2"

/* PCSystemType: 1 desktop, 2 mobile, 4 enterprise server, 8 slate; chassis numbers are SMBIOS'. */
static uint64_t pc_system_type(int64_t chassis)
{
    switch (chassis) {
    case 8:
    case 9:
    case 10:
    case 14:
    case 31:
    case 32:
        return 2;
    case 30:
        return 8;
    case 17:
    case 23:
    case 28:
        return 4;
    default:
        return 1;
    }
}

static void computer_system(sim_rows *r)
{
    const sim_machine *m = r->m;
    const sim_smbios *s = &m->smbios;
    bool member = m->domain && m->phase == SIM_FULL;
    sim_row_begin(r);
    sim_put_text(r, "Name", m->host_name);
    sim_put_text(r, "Caption", m->host_name);
    sim_put_text(r, "DNSHostName", m->host_name);
    sim_put_text(r, "Description", "AT/AT COMPATIBLE");
    sim_put_text(r, "Manufacturer", s->manufacturer);
    sim_put_text(r, "Model", s->model);
    sim_put_text(r, "SystemFamily", s->family);
    sim_put_text(r, "SystemSKUNumber", s->sku);
    sim_put_text(r, "Domain", member ? m->domain : m->workgroup);
    sim_put_text(r, "Workgroup", member ? NULL : m->workgroup);
    sim_put_bool(r, "PartOfDomain", member);
    sim_put_uint(r, "DomainRole",
                 m->os[m->phase].product_type == SIM_WORKSTATION ? member : 2u + member);
    sim_put_uint(r, "TotalPhysicalMemory", m->memory);
    sim_put_uint(r, "NumberOfProcessors", (uint64_t)m->processor.count);
    sim_put_uint(r, "NumberOfLogicalProcessors",
                 (uint64_t)(m->processor.count * m->processor.threads));
    sim_put_uint(r, "PCSystemType", pc_system_type(s->chassis));
    sim_put_uint(r, "PCSystemTypeEx", pc_system_type(s->chassis));
    sim_put_text(r, "SystemType",
                 m->processor.architecture == SIM_ARM64 ? "ARM64-based PC"
                 : m->processor.architecture == SIM_X64 ? "x64-based PC"
                                                        : "X86-based PC");
    sim_put_bool(r, "HypervisorPresent",
                 ts_str_ieq(s->model, "Virtual Machine") ||
                     ts_str_ihas_prefix(s->manufacturer, "VMware") ||
                     ts_str_ihas_prefix(s->manufacturer, "QEMU") ||
                     ts_str_ihas_prefix(s->manufacturer, "innotek"));
    sim_put_text(r, "PrimaryOwnerName", "Windows User");
    sim_put_null(r, "UserName");
    sim_put_text(r, "BootupState", "Normal boot");
    sim_put_text(r, "Status", "OK");
    sim_put_text(r, "CreationClassName", "Win32_ComputerSystem");
    sim_row_end(r);
}

static void computer_system_product(sim_rows *r)
{
    const sim_smbios *s = &r->m->smbios;
    sim_row_begin(r);
    sim_put_text(r, "Name", s->model);
    sim_put_text(r, "Caption", "Computer System Product");
    sim_put_text(r, "Vendor", s->manufacturer);
    sim_put_text(r, "Version", s->version);
    sim_put_text(r, "IdentifyingNumber", s->serial);
    sim_put_text(r, "UUID", s->uuid);
    sim_put_text(r, "SKUNumber", s->sku);
    sim_row_end(r);
}

static void bios(sim_rows *r)
{
    const sim_smbios *s = &r->m->smbios;
    int64_t date = 0;
    sim_row_begin(r);
    sim_put_text(r, "Name", s->bios_version);
    sim_put_text(r, "Caption", s->bios_version);
    sim_put_text(r, "Description", s->bios_version);
    sim_put_text(r, "Manufacturer", s->bios_vendor);
    sim_put_text(r, "SerialNumber", s->serial);
    sim_put_text(r, "SMBIOSBIOSVersion", s->bios_version);
    sim_put_text(r, "Version", s->bios_version);
    sim_put_text(r, "BIOSVersion", s->bios_version);
    if (s->bios_date && sim_date_parse(s->bios_date, &date)) {
        ts_buf text;
        ts_buf_init(&text, 64);
        sim_date_dmtf(&text, date);
        sim_put_fmt(r, "ReleaseDate", "%s", ts_buf_text(&text));
        ts_buf_done(&text);
    } else {
        sim_put_null(r, "ReleaseDate");
    }
    sim_put_bool(r, "PrimaryBIOS", true);
    sim_put_bool(r, "SMBIOSPresent", true);
    sim_put_text(r, "Status", "OK");
    sim_row_end(r);
}

static void base_board(sim_rows *r)
{
    const sim_smbios *s = &r->m->smbios;
    sim_row_begin(r);
    sim_put_text(r, "Name", "Base Board");
    sim_put_text(r, "Tag", "Base Board");
    sim_put_text(r, "Manufacturer", s->manufacturer);
    sim_put_text(r, "Product", s->product);
    sim_put_text(r, "SerialNumber", s->serial);
    sim_put_null(r, "Model");
    sim_put_null(r, "Version");
    sim_put_bool(r, "HostingBoard", true);
    sim_row_end(r);
}

static void enclosure(sim_rows *r)
{
    const sim_smbios *s = &r->m->smbios;
    sim_row_begin(r);
    sim_put_text(r, "Name", "System Enclosure");
    sim_put_text(r, "Tag", "System Enclosure 0");
    sim_put_text(r, "Manufacturer", s->manufacturer);
    sim_put_text(r, "SerialNumber", s->serial);
    sim_put_text(r, "SMBIOSAssetTag", s->asset_tag);
    sim_put_fmt(r, "ChassisTypes", "%" PRId64, s->chassis);
    sim_put_null(r, "Model");
    sim_put_null(r, "SKU");
    sim_row_end(r);
}

/* root\WMI: what the kernel read of SMBIOS, there in Windows PE as well. */
static void system_information(sim_rows *r)
{
    const sim_smbios *s = &r->m->smbios;
    sim_row_begin(r);
    sim_put_text(r, "SystemManufacturer", s->manufacturer);
    sim_put_text(r, "SystemProductName", s->model);
    sim_put_text(r, "SystemFamily", s->family);
    sim_put_text(r, "SystemSKU", s->sku);
    sim_put_text(r, "SystemVersion", s->version);
    sim_put_text(r, "BaseBoardManufacturer", s->manufacturer);
    sim_put_text(r, "BaseBoardProduct", s->product);
    sim_put_text(r, "BIOSVendor", s->bios_vendor);
    sim_put_text(r, "BIOSVersion", s->bios_version);
    sim_put_bool(r, "Active", true);
    sim_row_end(r);
}

static void processor(sim_rows *r)
{
    static const uint64_t architectures[] = {9, 0, 12}; /* x64, x86, ARM64 */
    const sim_processor *p = &r->m->processor;
    for (int64_t i = 0; i < p->count; i++) {
        sim_row_begin(r);
        sim_put_fmt(r, "DeviceID", "CPU%" PRId64, i);
        sim_put_text(r, "Name", p->name);
        sim_put_text(r, "Manufacturer", p->manufacturer);
        sim_put_uint(r, "MaxClockSpeed", (uint64_t)p->mhz);
        sim_put_uint(r, "CurrentClockSpeed", (uint64_t)p->mhz);
        sim_put_uint(r, "NumberOfCores", (uint64_t)p->cores);
        sim_put_uint(r, "NumberOfLogicalProcessors", (uint64_t)p->threads);
        sim_put_uint(r, "Architecture", architectures[p->architecture]);
        sim_put_uint(r, "DataWidth", p->architecture == SIM_X86 ? 32 : 64);
        sim_put_uint(r, "AddressWidth", sim_os_now(r->m)->architecture == SIM_X86 ? 32 : 64);
        sim_put_bool(r, "VirtualizationFirmwareEnabled", true);
        sim_put_bool(r, "SecondLevelAddressTranslationExtensions", p->architecture != SIM_X86);
        sim_put_bool(r, "VMMonitorModeExtensions", p->architecture != SIM_X86);
        sim_put_text(r, "Status", "OK");
        sim_row_end(r);
    }
}

static void physical_memory(sim_rows *r)
{
    uint64_t modules = (uint64_t)r->m->memory_modules;
    for (uint64_t i = 0; i < modules; i++) {
        sim_row_begin(r);
        sim_put_fmt(r, "Tag", "Physical Memory %" PRIu64, i);
        sim_put_fmt(r, "DeviceLocator", "DIMM %" PRIu64, i);
        sim_put_uint(r, "Capacity", r->m->memory / modules);
        sim_put_uint(r, "FormFactor", 8);
        sim_row_end(r);
    }
}

static void adapter(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_nics; i++) {
        const sim_nic *n = &r->m->nics[i];
        sim_row_begin(r);
        sim_put_fmt(r, "DeviceID", "%zu", i + 1);
        sim_put_uint(r, "Index", i + 1);
        sim_put_uint(r, "InterfaceIndex", i + 2);
        sim_put_text(r, "Name", n->name);
        sim_put_text(r, "Description", n->name);
        sim_put_text(r, "ProductName", n->name);
        sim_put_text(r, "NetConnectionID", n->connection);
        sim_put_text(r, "MACAddress", n->mac);
        sim_put_text(r, "AdapterType", n->wired ? "Ethernet 802.3" : "Wireless");
        sim_put_uint(r, "AdapterTypeID", n->wired ? 0 : 9);
        sim_put_uint(r, "NetConnectionStatus", n->connected ? 2 : 7);
        sim_put_bool(r, "NetEnabled", n->connected);
        sim_put_bool(r, "PhysicalAdapter", true);
        if (n->connected) {
            sim_put_uint(r, "Speed", (uint64_t)n->speed);
        } else {
            sim_put_null(r, "Speed");
        }
        sim_put_null(r, "PNPDeviceID");
        sim_row_end(r);
    }
}

static void adapter_configuration(sim_rows *r)
{
    for (size_t i = 0; i < r->m->n_nics; i++) {
        const sim_nic *n = &r->m->nics[i];
        bool enabled = n->connected && n->ip && *n->ip;
        sim_row_begin(r);
        sim_put_uint(r, "Index", i + 1);
        sim_put_uint(r, "InterfaceIndex", i + 2);
        sim_put_text(r, "Description", n->name);
        sim_put_text(r, "Caption", n->name);
        sim_put_text(r, "MACAddress", n->mac);
        sim_put_bool(r, "IPEnabled", enabled);
        sim_put_bool(r, "DHCPEnabled", n->dhcp);
        sim_put_text(r, "IPAddress", enabled ? n->ip : NULL);
        sim_put_text(r, "IPSubnet", enabled ? n->mask : NULL);
        sim_put_text(r, "DefaultIPGateway", enabled ? n->gateway : NULL);
        sim_put_text(r, "DNSServerSearchOrder", enabled ? n->dns : NULL);
        sim_put_text(r, "DNSDomain", enabled ? n->domain : NULL);
        sim_put_text(r, "DNSHostName", r->m->host_name);
        sim_row_end(r);
    }
}

/* BatteryStatus 1: discharging, 2: on mains. */
static void battery(sim_rows *r)
{
    const sim_battery *b = &r->m->battery;
    if (!b->present) {
        return;
    }
    sim_row_begin(r);
    sim_put_text(r, "Name", "Battery");
    sim_put_text(r, "DeviceID", "Battery 1");
    sim_put_uint(r, "BatteryStatus", b->on_mains ? 2 : 1);
    sim_put_uint(r, "EstimatedChargeRemaining", (uint64_t)b->charge);
    sim_put_uint(r, "Availability", 2);
    sim_put_text(r, "Status", "OK");
    sim_row_end(r);
}

static void tpm(sim_rows *r)
{
    const sim_tpm *t = &r->m->tpm;
    if (!t->present) {
        return;
    }
    bool two = ts_str_ihas_prefix(t->version, "2");
    sim_row_begin(r);
    sim_put_bool(r, "IsEnabled_InitialValue", t->enabled);
    sim_put_bool(r, "IsActivated_InitialValue", t->activated);
    sim_put_bool(r, "IsOwned_InitialValue", t->owned);
    /* As Windows writes it: specification, level, revision. */
    sim_put_fmt(r, "SpecVersion", "%s, %s", t->version, two ? "0, 1.59" : "2, 3");
    sim_put_text(r, "ManufacturerIdTxt", t->manufacturer);
    sim_put_text(r, "ManufacturerVersion", two ? "7.2.2.0" : "5.81");
    sim_put_text(r, "PhysicalPresenceVersionInfo", two ? "1.3" : "1.2");
    sim_row_end(r);
}

const sim_derived sim_hardware_classes[] = {
    {CIMV2, "Win32_ComputerSystem", computer_system},
    {CIMV2, "Win32_ComputerSystemProduct", computer_system_product},
    {CIMV2, "Win32_BIOS", bios},
    {CIMV2, "Win32_BaseBoard", base_board},
    {CIMV2, "Win32_SystemEnclosure", enclosure},
    {CIMV2, "Win32_Processor", processor},
    {CIMV2, "Win32_PhysicalMemory", physical_memory},
    {CIMV2, "Win32_NetworkAdapter", adapter},
    {CIMV2, "Win32_NetworkAdapterConfiguration", adapter_configuration},
    {CIMV2, "Win32_Battery", battery},
    {"root\\cimv2\\Security\\MicrosoftTpm", "Win32_Tpm", tpm},
    {"root\\WMI", "MS_SystemInformation", system_information},
    {NULL, NULL, NULL},
};
