/* sim_registry.c - the registry of the simulated machine: Windows PE and the full OS have one each,
 * as on a real machine, and what was written in Windows PE is gone after the restart. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

bool sim_reg_key_make(sim_machine *m, unsigned phase, const char *key, bool changed,
                      sim_reg_key **out, ts_err **err)
{
    sim_reg_key *there = sim_map_get(&m->registry[phase], key);
    if (!there) {
        there = ts_arena_alloc(m->arena, sizeof(*there));
        char *kept = ts_arena_strdup(m->arena, key);
        if (!there || !kept) {
            return ts_fail_nomem(err);
        }
        if (!sim_map_put(&m->registry[phase], kept, there, err)) {
            return false;
        }
    }
    there->changed = there->changed || changed;
    *out = there;
    return true;
}

static sim_reg_value *find_value(const sim_reg_key *key, const char *name)
{
    for (size_t i = 0; key && i < key->n; i++) {
        if (ts_str_ieq(key->values[i].name, name)) {
            return &key->values[i];
        }
    }
    return NULL;
}

static sim_reg_value *add_value(sim_machine *m, sim_reg_key *key, const char *name, ts_err **err)
{
    if (key->n == key->cap) {
        size_t cap = key->cap ? key->cap * 2 : 4;
        sim_reg_value *grown = ts_realloc_array(key->values, cap, sizeof(*grown));
        if (!grown) {
            ts_fail_nomem(err);
            return NULL;
        }
        key->values = grown;
        key->cap = cap;
    }
    char *kept = ts_arena_strdup(m->arena, name);
    if (!kept) {
        ts_fail_nomem(err);
        return NULL;
    }
    sim_reg_value *value = &key->values[key->n++];
    memset(value, 0, sizeof(*value));
    value->name = kept;
    return value;
}

bool sim_reg_put(sim_machine *m, unsigned phase, const char *key, const char *value,
                 ts_reg_type type, const char *data, bool changed, ts_err **err)
{
    sim_reg_key *at = NULL;
    if (!sim_reg_key_make(m, phase, key, false, &at, err)) {
        return false;
    }
    const char *name = value ? value : "";
    sim_reg_value *there = find_value(at, name);
    if (!there) {
        there = add_value(m, at, name, err);
    }
    if (!there) {
        return false;
    }
    /* A profile's text stays where it is; a run's text is copied, unless it is the same. */
    if (changed && !(there->data && strcmp(there->data, data) == 0)) {
        data = ts_arena_strdup(m->arena, data);
        if (!data) {
            return ts_fail_nomem(err);
        }
    } else if (changed) {
        data = there->data;
    }
    there->type = type;
    there->data = data;
    there->changed = changed;
    there->deleted = false;
    return true;
}

#define CONTROL     "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control"
#define VERSION_KEY "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"

/* A standard value, unless the profile has said something else. */
static bool standard(sim_machine *m, const char *key, const char *value, ts_reg_type type,
                     const char *data, ts_err **err)
{
    if (!data || find_value(sim_map_get(&m->registry[m->phase], key), value)) {
        return true;
    }
    return sim_reg_put(m, m->phase, key, value, type, data, false, err);
}

static bool version_values(sim_machine *m, const sim_os *os, ts_err **err)
{
    char *revision = ts_sprintf("%lld", (long long)os->revision);
    const char *kept = revision ? ts_arena_strdup(m->arena, revision) : NULL;
    free(revision);
    bool ten = ts_str_ihas_prefix(os->version, "10.");
    return standard(m, VERSION_KEY, "ProductName", TS_REG_SZ, os->name, err) &&
           standard(m, VERSION_KEY, "EditionID", TS_REG_SZ, os->edition, err) &&
           standard(m, VERSION_KEY, "CurrentBuild", TS_REG_SZ, os->build, err) &&
           standard(m, VERSION_KEY, "CurrentBuildNumber", TS_REG_SZ, os->build, err) &&
           standard(m, VERSION_KEY, "CurrentVersion", TS_REG_SZ, ten ? "6.3" : os->version, err) &&
           standard(m, VERSION_KEY, "CurrentMajorVersionNumber", TS_REG_DWORD, ten ? "10" : NULL,
                    err) &&
           standard(m, VERSION_KEY, "CurrentMinorVersionNumber", TS_REG_DWORD, ten ? "0" : NULL,
                    err) &&
           standard(m, VERSION_KEY, "UBR", TS_REG_DWORD, os->revision ? kept : NULL, err) &&
           standard(m, VERSION_KEY, "SystemRoot", TS_REG_SZ,
                    m->phase == SIM_PE ? "X:\\Windows" : "C:\\Windows", err);
}

/* What every Windows has and sequences ask for; made at the first question. */
static bool ready(sim_machine *m, ts_err **err)
{
    if (m->registry_ready[m->phase]) {
        return true;
    }
    sim_reg_key *mini_nt = NULL;
    const char *name = m->host_name;
    bool ok = version_values(m, sim_os_now(m), err) &&
              standard(m, CONTROL, "PEFirmwareType", TS_REG_DWORD, m->uefi ? "2" : "1", err) &&
              standard(m, CONTROL "\\SecureBoot\\State", "UEFISecureBootEnabled", TS_REG_DWORD,
                       !m->uefi         ? NULL
                       : m->secure_boot ? "1"
                                        : "0",
                       err) &&
              standard(m, CONTROL "\\ComputerName\\ComputerName", "ComputerName", TS_REG_SZ, name,
                       err) &&
              standard(m, CONTROL "\\ComputerName\\ActiveComputerName", "ComputerName", TS_REG_SZ,
                       name, err) &&
              standard(m, CONTROL "\\Session Manager\\Environment", "PROCESSOR_ARCHITECTURE",
                       TS_REG_SZ, sim_os_arch_name(sim_os_now(m)->architecture), err) &&
              standard(m, "HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS",
                       "SystemManufacturer", TS_REG_SZ, m->smbios.manufacturer, err) &&
              standard(m, "HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS",
                       "SystemProductName", TS_REG_SZ, m->smbios.model, err) &&
              (m->phase != SIM_PE ||
               sim_reg_key_make(m, SIM_PE, CONTROL "\\MiniNT", false, &mini_nt, err));
    m->registry_ready[m->phase] = ok;
    return ok;
}

/* A key exists itself or through a key below it. */
static bool key_exists(const sim_machine *m, unsigned phase, const char *key)
{
    const sim_map *map = &m->registry[phase];
    if (sim_map_get(map, key) || !strchr(key, '\\')) {
        return true;
    }
    TS_CLEANUP(ts_free_ptr) char *prefix = ts_sprintf("%s\\", key);
    size_t at = prefix ? sim_map_seek(map, prefix) : map->n;
    return at < map->n && ts_str_ihas_prefix(map->entries[at].key, prefix);
}

bool sim_reg_get_of(sim_machine *m, unsigned phase, const char *key, const char *value, bool *found,
                    ts_reg_type *type, char **data, ts_err **err)
{
    if (!value) {
        *found = key_exists(m, phase, key);
        return true;
    }
    const sim_reg_value *there = find_value(sim_map_get(&m->registry[phase], key), value);
    if (!there || there->deleted) {
        *found = false;
        return true;
    }
    if (data) {
        *data = ts_strdup(there->data);
        if (!*data) {
            return ts_fail_nomem(err);
        }
    }
    if (type) {
        *type = there->type;
    }
    *found = true;
    return true;
}

bool sim_reg_get(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                 char **data, ts_err **err)
{
    sim_machine *m = self;
    return ready(m, err) && sim_reg_get_of(m, m->phase, key, value, found, type, data, err);
}

bool sim_reg_set(void *self, const char *key, const char *value, ts_reg_type type, const char *data,
                 ts_err **err)
{
    sim_machine *m = self;
    int64_t number = 0;
    if ((type == TS_REG_DWORD || type == TS_REG_QWORD) && !ts_str_int64(data, &number)) {
        return ts_fail(err, TS_SCHEMA, "'%s' is no number, as %s needs", data,
                       ts_reg_type_name(type));
    }
    return ready(m, err) && sim_reg_put(m, m->phase, key, value, type, data ? data : "", true, err);
}

static bool note_deleted(sim_machine *m, const char *key, const char *value, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_sprintf("registry %s%s%s", key, value ? " -> " : "", value ? value : "");
    char *kept = text ? ts_arena_strdup(m->arena, text) : NULL;
    return kept ? sim_map_put(&m->deleted, kept, m, err) : ts_fail_nomem(err);
}

static void drop_key(sim_map *map, size_t at)
{
    sim_reg_key *key = map->entries[at].item;
    free(key->values);
    map->n--;
    memmove(&map->entries[at], &map->entries[at + 1], (map->n - at) * sizeof(*map->entries));
}

bool sim_reg_delete(void *self, const char *key, const char *value, ts_err **err)
{
    sim_machine *m = self;
    if (!ready(m, err)) {
        return false;
    }
    sim_map *map = &m->registry[m->phase];
    if (value) {
        sim_reg_value *there = find_value(sim_map_get(map, key), value);
        if (!there || there->deleted) {
            return true;
        }
        there->deleted = true;
        return note_deleted(m, key, value, err);
    }
    if (!strchr(key, '\\')) {
        return ts_fail(err, TS_REFUSED, "'%s' is a whole hive and cannot be deleted", key);
    }
    if (!key_exists(m, m->phase, key)) {
        return true;
    }
    TS_CLEANUP(ts_free_ptr) char *prefix = ts_sprintf("%s\\", key);
    if (!prefix) {
        return ts_fail_nomem(err);
    }
    size_t at = sim_map_seek(map, key);
    if (at < map->n && ts_str_ieq(map->entries[at].key, key)) {
        drop_key(map, at);
    }
    at = sim_map_seek(map, prefix);
    while (at < map->n && ts_str_ihas_prefix(map->entries[at].key, prefix)) {
        drop_key(map, at);
    }
    return note_deleted(m, key, NULL, err);
}

void sim_registry_done(sim_machine *m)
{
    for (unsigned phase = 0; phase < SIM_PHASES; phase++) {
        while (m->registry[phase].n > 0) {
            drop_key(&m->registry[phase], m->registry[phase].n - 1);
        }
        sim_map_done(&m->registry[phase]);
    }
}
