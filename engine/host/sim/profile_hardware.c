/* profile_hardware.c - smbios, memory, processor, nics, tpm, battery of a machine profile. */
#include <string.h>

#include "sim.h"

/* Names for the SMBIOS chassis numbers that sequences ask for (SMBIOS specification, table of
 * system enclosure types). */
static const struct {
    const char *name;
    int64_t number;
} chassis_names[] = {
    {"desktop", 3},       {"low-profile desktop", 4},
    {"mini tower", 6},    {"tower", 7},
    {"portable", 8},      {"laptop", 9},
    {"notebook", 10},     {"all-in-one", 13},
    {"sub-notebook", 14}, {"main server", 17},
    {"rack", 23},         {"tablet", 30},
    {"convertible", 31},  {"detachable", 32},
    {"mini pc", 35},      {"other", 1},
};

static bool read_chassis(sim_machine *m, ts_json *smbios, ts_err **err)
{
    ts_json at;
    m->smbios.chassis = 3;
    if (!ts_json_any(smbios, "chassis", &at) || ts_json_kind_of(&at) == TS_JSON_NULL) {
        return true;
    }
    if (ts_json_kind_of(&at) == TS_JSON_INT) {
        m->smbios.chassis = ts_json_integer(&at);
        return m->smbios.chassis >= 1 && m->smbios.chassis <= 127
                   ? true
                   : ts_json_fail(&at, TS_SCHEMA, err, "no SMBIOS chassis type has this number");
    }
    for (size_t i = 0; i < TS_COUNT(chassis_names); i++) {
        if (ts_str_ieq(ts_json_text(&at), chassis_names[i].name)) {
            m->smbios.chassis = chassis_names[i].number;
            return true;
        }
    }
    return ts_json_fail(&at, TS_SCHEMA, err,
                        "must be an SMBIOS chassis number or one of: desktop, mini tower, tower, "
                        "mini pc, all-in-one, laptop, notebook, tablet, convertible, detachable, "
                        "rack, main server");
}

static bool read_smbios(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json at;
    sim_smbios *s = &m->smbios;
    s->bios_vendor = NULL;
    if (!ts_json_child(root, "smbios", TS_JSON_REQUIRED, TS_JSON_OBJECT, &at, NULL, err) ||
        !ts_json_str(&at, "manufacturer", TS_JSON_REQUIRED, &s->manufacturer, err) ||
        !ts_json_str(&at, "model", TS_JSON_REQUIRED, &s->model, err) ||
        !ts_json_str(&at, "family", TS_JSON_OPTIONAL, &s->family, err) ||
        !ts_json_str(&at, "sku", TS_JSON_OPTIONAL, &s->sku, err) ||
        !ts_json_str(&at, "version", TS_JSON_OPTIONAL, &s->version, err) ||
        !ts_json_str(&at, "product", TS_JSON_OPTIONAL, &s->product, err) ||
        !ts_json_str(&at, "serial", TS_JSON_OPTIONAL, &s->serial, err) ||
        !ts_json_str(&at, "asset_tag", TS_JSON_OPTIONAL, &s->asset_tag, err) ||
        !ts_json_str(&at, "uuid", TS_JSON_OPTIONAL, &s->uuid, err) ||
        !ts_json_str(&at, "bios_version", TS_JSON_OPTIONAL, &s->bios_version, err) ||
        !ts_json_str(&at, "bios_vendor", TS_JSON_OPTIONAL, &s->bios_vendor, err) ||
        !ts_json_str(&at, "bios_date", TS_JSON_OPTIONAL, &s->bios_date, err) ||
        !read_chassis(m, &at, err)) {
        return false;
    }
    if (!s->bios_vendor) {
        s->bios_vendor = s->manufacturer;
    }
    int64_t date = 0;
    if (s->bios_date && !sim_date_parse(s->bios_date, &date)) {
        return ts_json_fail(&at, TS_SCHEMA, err, "bios_date '%s' is no date: write 2024-03-02",
                            s->bios_date);
    }
    return ts_json_done(&at, err);
}

static bool read_processor(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json at;
    bool found = false;
    sim_processor *p = &m->processor;
    *p = (sim_processor){.name = "Intel(R) Core(TM) i5",
                         .manufacturer = "GenuineIntel",
                         .architecture = SIM_X64,
                         .count = 1,
                         .cores = 4,
                         .mhz = 2400};
    if (!ts_json_child(root, "processor", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &at, &found, err)) {
        return false;
    }
    if (found && (!ts_json_str(&at, "name", TS_JSON_OPTIONAL, &p->name, err) ||
                  !ts_json_str(&at, "manufacturer", TS_JSON_OPTIONAL, &p->manufacturer, err) ||
                  !ts_json_choice(&at, "architecture", TS_JSON_OPTIONAL, "x64 x86 arm64",
                                  &p->architecture, err) ||
                  !ts_json_int(&at, "count", TS_JSON_OPTIONAL, 1, 64, &p->count, err) ||
                  !ts_json_int(&at, "cores", TS_JSON_OPTIONAL, 1, 1024, &p->cores, err) ||
                  !ts_json_int(&at, "threads", TS_JSON_OPTIONAL, 1, 2048, &p->threads, err) ||
                  !ts_json_int(&at, "mhz", TS_JSON_OPTIONAL, 1, 100000, &p->mhz, err) ||
                  !ts_json_done(&at, err))) {
        return false;
    }
    if (p->threads == 0) {
        p->threads = p->cores;
    }
    return true;
}

static bool check_mac(const ts_json *at, const char *mac, ts_err **err)
{
    bool ok = mac && strlen(mac) == 17;
    for (size_t i = 0; ok && i < 17; i++) {
        bool hex = (mac[i] >= '0' && mac[i] <= '9') || (mac[i] >= 'A' && mac[i] <= 'F') ||
                   (mac[i] >= 'a' && mac[i] <= 'f');
        ok = i % 3 == 2 ? mac[i] == ':' : hex;
    }
    return ok ? true
              : ts_json_fail(at, TS_SCHEMA, err,
                             "mac '%s' is no MAC address: write 00:11:22:33:44:55", mac);
}

static bool read_nic(sim_machine *m, ts_json *at, sim_nic *n, ts_err **err)
{
    *n = (sim_nic){.name = "Intel(R) Ethernet Connection",
                   .mask = "255.255.255.0",
                   .dhcp = true,
                   .wired = true,
                   .connected = true,
                   .speed = 1000000000};
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object {...}");
    }
    if (!ts_json_str(at, "name", TS_JSON_OPTIONAL, &n->name, err) ||
        !ts_json_str(at, "connection", TS_JSON_OPTIONAL, &n->connection, err) ||
        !ts_json_str(at, "mac", TS_JSON_REQUIRED, &n->mac, err) ||
        !sim_profile_joined(m, at, "ip", &n->ip, err) ||
        !sim_profile_joined(m, at, "mask", &n->mask, err) ||
        !sim_profile_joined(m, at, "gateway", &n->gateway, err) ||
        !sim_profile_joined(m, at, "dns", &n->dns, err) ||
        !ts_json_str(at, "domain", TS_JSON_OPTIONAL, &n->domain, err) ||
        !ts_json_flag_of(at, "dhcp", TS_JSON_OPTIONAL, &n->dhcp, err) ||
        !ts_json_flag_of(at, "wired", TS_JSON_OPTIONAL, &n->wired, err) ||
        !ts_json_flag_of(at, "connected", TS_JSON_OPTIONAL, &n->connected, err) ||
        !ts_json_int(at, "speed", TS_JSON_OPTIONAL, 0, INT64_MAX, &n->speed, err) ||
        !ts_json_done(at, err) || !check_mac(at, n->mac, err)) {
        return false;
    }
    if (!n->connection) {
        n->connection = n->wired ? "Ethernet" : "Wi-Fi";
    }
    return true;
}

static bool read_nics(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json list;
    if (!sim_profile_list(root, "nics", TS_SIM_LIST_MAX, &list, &m->n_nics, err)) {
        return false;
    }
    m->nics = ts_arena_alloc(m->arena, m->n_nics * sizeof(*m->nics) + 1);
    if (!m->nics) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < m->n_nics; i++) {
        ts_json at;
        ts_json_at(&list, i, &at);
        if (!read_nic(m, &at, &m->nics[i], err)) {
            return false;
        }
    }
    return true;
}

static bool read_tpm(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json at;
    sim_tpm *t = &m->tpm;
    *t = (sim_tpm){.enabled = true, .activated = true, .version = "2.0", .manufacturer = "INTC"};
    if (!ts_json_child(root, "tpm", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &at, &t->present, err)) {
        return false;
    }
    return !t->present ||
           (ts_json_str(&at, "version", TS_JSON_OPTIONAL, &t->version, err) &&
            ts_json_flag_of(&at, "enabled", TS_JSON_OPTIONAL, &t->enabled, err) &&
            ts_json_flag_of(&at, "activated", TS_JSON_OPTIONAL, &t->activated, err) &&
            ts_json_flag_of(&at, "owned", TS_JSON_OPTIONAL, &t->owned, err) &&
            ts_json_str(&at, "manufacturer", TS_JSON_OPTIONAL, &t->manufacturer, err) &&
            ts_json_done(&at, err));
}

static bool read_battery(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json at;
    sim_battery *b = &m->battery;
    *b = (sim_battery){.on_mains = true, .charge = 100};
    if (!ts_json_child(root, "battery", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &at, &b->present, err)) {
        return false;
    }
    return !b->present || (ts_json_flag_of(&at, "on_mains", TS_JSON_OPTIONAL, &b->on_mains, err) &&
                           ts_json_int(&at, "charge", TS_JSON_OPTIONAL, 0, 100, &b->charge, err) &&
                           ts_json_done(&at, err));
}

bool sim_profile_hardware(sim_machine *m, ts_json *root, ts_err **err)
{
    m->memory = UINT64_C(8) << 30;
    m->memory_modules = 1;
    return read_smbios(m, root, err) && read_processor(m, root, err) &&
           ts_json_bytes(root, "memory", TS_JSON_OPTIONAL, &m->memory, err) &&
           ts_json_int(root, "memory_modules", TS_JSON_OPTIONAL, 0, 64, &m->memory_modules, err) &&
           read_nics(m, root, err) && read_tpm(m, root, err) && read_battery(m, root, err);
}
