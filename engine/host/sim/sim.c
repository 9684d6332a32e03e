/* sim.c - the simulated machine as a host: its table, its clock and its restarts. */
#include <stdlib.h>
#include <string.h>

#include "host_ops.h"
#include "sim.h"

static void sim_free(void *self)
{
    sim_machine *m = self;
    if (!m) {
        return;
    }
    sim_files_done(m);
    sim_registry_done(m);
    sim_map_done(&m->environment);
    sim_map_done(&m->variables);
    sim_map_done(&m->urls);
    sim_map_done(&m->deleted);
    sim_map_done(&m->certificates);
    sim_map_done(&m->told);
    sim_map_done(&m->wmi_cache);
    free(m->calls);
    ts_arena_free(m->wmi_arena);
    ts_arena_free(m->arena);
    ts_json_free(m->doc);
    free(m);
}

const sim_os *sim_os_now(const sim_machine *m)
{
    return &m->os[m->phase];
}

const char *sim_os_arch_name(unsigned architecture)
{
    static const char *const names[] = {"AMD64", "x86", "ARM64"};
    return architecture < TS_COUNT(names) ? names[architecture] : "";
}

static ts_phase phase(void *self)
{
    const sim_machine *m = self;
    return m->phase == SIM_PE ? TS_PHASE_WINPE : TS_PHASE_FULL_OS;
}

static int64_t now(void *self)
{
    const sim_machine *m = self;
    return m->clock;
}

static int bias(void *self)
{
    const sim_machine *m = self;
    return (int)m->bias;
}

static bool sleep_for(void *self, uint32_t milliseconds, ts_err **err)
{
    TS_UNUSED(err);
    sim_machine *m = self;
    m->clock += milliseconds;
    return true;
}

static bool firmware(void *self, bool *uefi, bool *secure_boot, ts_err **err)
{
    TS_UNUSED(err);
    const sim_machine *m = self;
    *uefi = m->uefi;
    *secure_boot = m->uefi && m->secure_boot;
    return true;
}

static bool product(void *self, const char *product_code, const char *upgrade_code, bool *found,
                    char **version, ts_err **err)
{
    const sim_machine *m = self;
    const sim_product *hit = NULL;
    bool by_code = product_code && *product_code;
    bool by_upgrade = upgrade_code && *upgrade_code;
    if (!by_code && !by_upgrade) {
        return ts_fail(err, TS_SCHEMA, "neither a product code nor an upgrade code is given");
    }
    /* What is installed is installed in the full OS. */
    for (size_t i = 0; m->phase == SIM_FULL && i < m->n_products && !hit; i++) {
        const sim_product *p = &m->products[i];
        if ((by_code && ts_str_ieq(p->code, product_code)) ||
            (!by_code && by_upgrade && ts_str_ieq(p->upgrade, upgrade_code))) {
            hit = p;
        }
    }
    if (hit && version) {
        *version = ts_strdup(hit->version ? hit->version : "");
        if (!*version) {
            return ts_fail_nomem(err);
        }
    }
    *found = hit != NULL;
    return true;
}

/* --- Restarts ------------------------------------------------------------------------------ */

#define DISK_EFFECTS (TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(IMAGE))

static void come_up(sim_machine *m, unsigned phase_now)
{
    /* A new start of Windows PE begins with a fresh RAM disk: registry and X: are as they were. */
    m->phase = phase_now;
    m->clock += SIM_RESTART_MS;
    m->boot_time = m->clock;
    m->restarts++;
    sim_wmi_forget(m);
}

static bool boot_disk(sim_machine *m, ts_err **err)
{
    if (m->phase == SIM_FULL) {
        come_up(m, SIM_FULL);
        return true;
    }
    bool assumed = (m->assumed_effects & DISK_EFFECTS) != 0;
    if (assumed ? !sim_disk_assume_os(m, err) : !sim_disk_can_boot(m, err)) {
        return ts_wrap(err, "cannot restart into the installed operating system");
    }
    m->assumed_effects = 0;
    sim_partition *part = sim_disk_os(m);
    m->os[SIM_FULL] = *part->os;
    sim_disk_letters_for_os(m, part);
    come_up(m, SIM_FULL);
    return sim_windows_setup(m, part, err);
}

static bool hand_over(void *self, ts_restart target, bool *went_on, ts_err **err)
{
    sim_machine *m = self;
    if (target == TS_RESTART_PE) {
        come_up(m, SIM_PE);
    } else if (target != TS_RESTART_OS) {
        return ts_fail(err, TS_USAGE, "no restart target is given");
    } else if (!boot_disk(m, err)) {
        return false;
    }
    *went_on = true;
    return true;
}

static bool reboot(void *self, ts_restart target, uint32_t seconds, const char *message,
                   ts_err **err)
{
    TS_UNUSED(message);
    sim_machine *m = self;
    bool went_on = false;
    m->clock += (int64_t)seconds * 1000;
    return hand_over(m, target, &went_on, err);
}

static void assume(void *self, unsigned effects)
{
    sim_machine *m = self;
    m->assumed_effects |= effects;
}

/* Which images are on the disk is the steps' matter: they look before they ask for this, and a
 * simulation may have taken one to be there. host.c remembers that the next start is known. */
static bool boot_image(void *self, const char *folder, ts_err **err)
{
    sim_machine *m = self;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, folder, err);
    return key != NULL;
}

static const ts_host_ops sim_ops = {
    .free = sim_free,
    .lacks_program = sim_lacks_program,
    .phase = phase,
    .now = now,
    .bias = bias,
    .sleep = sleep_for,
    .env = sim_env,
    .random = sim_random,
    .firmware = firmware,
    .wmi_class = sim_wmi_class,
    .file_info = sim_file_info,
    .file_read = sim_file_read,
    .reg_get = sim_reg_get,
    .product = product,
    .run = sim_run,
    .start = sim_start,
    .http = sim_http,
    .file_write = sim_file_write,
    .file_copy = sim_file_copy,
    .file_delete = sim_file_delete,
    .folder_make = sim_folder_make,
    .reg_set = sim_reg_set,
    .reg_delete = sim_reg_delete,
    .hand_over = hand_over,
    .reboot = reboot,
    .assume = assume,
    .folder_list = sim_folder_list,
    .assume_package = sim_assume_package,
    .disks = sim_disks,
    .volumes = sim_volumes,
    .disk_room = sim_disk_room,
    .disk_partition = sim_disk_partition,
    .volume_format = sim_volume_format,
    .disk_to_dynamic = sim_disk_to_dynamic,
    .images = sim_images,
    .image_apply = sim_image_apply,
    .image_capture = sim_image_capture,
    .boot_files = sim_boot_files,
    .boot_image = boot_image,
    .offline_reg_get = sim_offline_reg_get,
    .offline_reg_set = sim_offline_reg_set,
    .pnp_ids = sim_pnp_ids,
    .driver_add = sim_driver_add,
    .account_set = sim_account_set,
    .computer_rename = sim_computer_rename,
    .join = sim_join,
    .bitlocker_preprovision = sim_bitlocker_preprovision,
    .bitlocker_enable = sim_bitlocker_enable,
    .bitlocker_suspend = sim_bitlocker_suspend,
    .cert_add = sim_cert_add,
    .time_zone_set = sim_time_zone_set,
    .net_connect = sim_net_connect,
    .agent_install = sim_agent_install,
    .agent_remove = sim_agent_remove,
};

sim_machine *sim_of(const ts_host *host)
{
    return ts_host_self(host, &sim_ops);
}

/* --- Making one ----------------------------------------------------------------------------- */

static bool build(sim_machine *m, const char *profile_name, const char *json, size_t size,
                  ts_err **err)
{
    m->arena = ts_arena_new();
    const char *file = m->arena ? ts_arena_strdup(m->arena, profile_name) : NULL;
    if (!file) {
        return ts_fail_nomem(err);
    }
    m->next_partition_id = 1;
    const char *kind = ts_text_kind(json, size);
    /* A file that is too long is told by the parser. */
    if (size <= TS_SIM_PROFILE_MAX && strcmp(kind, "JSON") != 0) {
        return ts_fail(err, TS_SYNTAX,
                       "%s:1: no machine profile, but %s: expected the name of a shipped machine, "
                       "or a JSON file as 'taskseq machine capture' writes it",
                       file, kind);
    }
    m->doc = ts_json_parse(file, json, size, TS_SIM_PROFILE_MAX, err);
    return m->doc && sim_profile_read(m, err);
}

ts_host *ts_host_sim_new(const char *profile_name, const char *json, size_t size, ts_err **err)
{
    sim_machine *m = ts_alloc(sizeof(*m));
    if (!m) {
        ts_fail_nomem(err);
        return NULL;
    }
    char *name = NULL;
    if (build(m, profile_name, json, size, err)) {
        name = ts_sprintf("simulated machine '%s'", m->name);
        if (!name) {
            ts_fail_nomem(err);
        }
    }
    if (!name) {
        sim_free(m);
        return NULL;
    }
    ts_host *host = ts_host_wrap(&sim_ops, m, name, true, err);
    free(name);
    return host;
}

const char *ts_host_sim_profile_name(const ts_host *host)
{
    const sim_machine *m = sim_of(host);
    return m ? m->name : NULL;
}

const char *ts_host_sim_description(const ts_host *host)
{
    const sim_machine *m = sim_of(host);
    return m ? m->description : NULL;
}

bool ts_host_sim_variables(const ts_host *host, ts_sim_variable visit, void *ctx)
{
    const sim_machine *m = sim_of(host);
    for (size_t i = 0; m && i < m->variables.n; i++) {
        if (!visit(ctx, m->variables.entries[i].key, m->variables.entries[i].item)) {
            return false;
        }
    }
    return true;
}
