/* win_host.c - the table of operations for the Windows machine that the engine runs on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win_device.h"
#include "win_wmi.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "local.h"

static void host_free(void *self)
{
    ts_windows *machine = self;
    ts_win_wmi_close(machine);
    ts_com_stop(machine->objects);
    ts_local_done(&machine->local);
    free(machine->wimlib);
    free(machine);
}

/* --- What this Windows cannot do ----------------------------------------------------------- */

/* What this build has no code for is said before the first effect, not in the middle of a run. */
static const ts_local_gap gaps[] = {
    {TS_EFFECT(DISK_WIPE), false, "diskpart.exe", "a part of Windows"},
    {TS_EFFECT(DISK_WRITE), false, "bcdboot.exe", "a part of Windows"},
    {TS_EFFECT(IMAGE), false, "wimgapi.dll", "nor dism.exe; both are a part of Windows"},
    {TS_EFFECT(BITLOCKER), false, "manage-bde.exe",
     "in Windows PE the component WinPE-SecureStartup"},
};

static bool has_tool(const void *self, const char *name)
{
    return ts_win_tool_exists(self, name) ||
           (ts_str_ieq(name, "wimgapi.dll") && ts_win_tool_exists(self, "dism.exe"));
}

static const char *host_lacks(void *self, unsigned effects)
{
    return ts_local_lacks(self, gaps, TS_COUNT(gaps), has_tool, effects);
}

static bool is_in_path(const char *program)
{
    static const wchar_t *const endings[] = {L".exe", L".com", L".cmd", L".bat"};
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(program, NULL);
    wchar_t found[MAX_PATH];
    for (size_t i = 0; name && i < TS_COUNT(endings); i++) {
        if (SearchPathW(NULL, name, endings[i], MAX_PATH, found, NULL) > 0)
            return true;
    }
    return false;
}

/* A program with a path may be put there by an earlier step; a plain name must be in PATH. */
static const char *host_lacks_program(void *self, const char *program)
{
    ts_windows *machine = self;
    if (strpbrk(program, "/\\:") || is_in_path(program))
        return NULL;
    const char *base = ts_path_base(program);
    bool shell = ts_str_ieq(base, "powershell.exe") || ts_str_ieq(base, "powershell");
    const char *where = machine->local.phase == TS_PHASE_WINPE ? "this Windows PE" : "this Windows";
    if (shell && machine->local.phase == TS_PHASE_WINPE)
        snprintf(machine->local.lacks, sizeof(machine->local.lacks),
                 "no PowerShell in this Windows PE (its optional component is WinPE-PowerShell)");
    else
        snprintf(machine->local.lacks, sizeof(machine->local.lacks),
                 "no program '%.150s' in PATH of %s", program, where);
    return machine->local.lacks;
}

/* Programs that need no such objects run without them; the log says why there are none. */
static void offer_objects(ts_windows *machine, const ts_var_service *service)
{
    ts_err *why = NULL;
    if (machine->objects || machine->no_objects)
        return;
    machine->objects = ts_com_start(ts_ipc_server_address(machine->local.server), &why);
    bool elsewhere = ts_err_code(why) == TS_REFUSED; /* until that run ends: tried again */
    bool said = elsewhere && machine->objects_elsewhere;
    if (!machine->objects && !said && service->say)
        service->say(service->ctx, "scripts", ts_err_text(why));
    machine->objects_elsewhere = elsewhere;
    machine->no_objects = !machine->objects && !elsewhere;
    ts_err_free(why);
}

static bool host_run(void *self, const ts_program *program, ts_program_result *out, ts_err **err)
{
    ts_windows *machine = self;
    if (program->service && !machine->local.server)
        machine->local.server = ts_ipc_server_new(err);
    if (program->service && !machine->local.server)
        return false;
    if (program->service)
        offer_objects(machine, program->service);
    return ts_local_run(self, program, out, err);
}

static const ts_host_ops ops = {
    .free = host_free,
    .lacks = host_lacks,
    .lacks_program = host_lacks_program,
    .phase = ts_local_phase,
    .now = ts_local_now,
    .bias = ts_local_bias,
    .sleep = ts_local_sleep,
    .env = ts_local_env,
    .random = ts_local_random,
    .firmware = ts_win_firmware,
    .host_name = ts_win_host_name,
    .wmi_query = ts_win_wmi_query,
    .file_info = ts_win_file_info,
    .file_read = ts_win_file_read,
    .folder_list = ts_win_folder_list,
    .reg_get = ts_win_reg_get,
    .product = ts_win_product,
    .run = host_run,
    .start = ts_local_start,
    .file_write = ts_win_file_write,
    .file_copy = ts_win_file_copy,
    .file_delete = ts_win_file_delete,
    .folder_make = ts_win_folder_make,
    .reg_set = ts_win_reg_set,
    .reg_delete = ts_win_reg_delete,
    .hand_over = ts_local_hand_over,
    .reboot = ts_win_reboot,
    .disks = ts_win_disks,
    .volumes = ts_win_volumes,
    .disk_room = ts_win_disk_room,
    .disk_partition = ts_win_disk_partition,
    .volume_format = ts_win_volume_format,
    .disk_to_dynamic = ts_win_disk_to_dynamic,
    .images = ts_win_images,
    .streams_images = ts_win_streams_images,
    .stream_images = ts_win_stream_images,
    .image_apply = ts_win_image_apply,
    .image_capture = ts_win_image_capture,
    .boot_files = ts_win_boot_files,
    .boot_image = ts_win_boot_image,
    .pnp_ids = ts_win_pnp_ids,
    .bitlocker_preprovision = ts_win_bitlocker_preprovision,
    .bitlocker_enable = ts_win_bitlocker_enable,
    .bitlocker_suspend = ts_win_bitlocker_suspend,
    .offline_reg_get = ts_win_offline_reg_get,
    .offline_reg_set = ts_win_offline_reg_set,
    .driver_add = ts_win_driver_add,
    .account_set = ts_win_account_set,
    .computer_rename = ts_win_computer_rename,
    .join = ts_win_join,
    .cert_add = ts_win_cert_add,
    .time_zone_set = ts_win_time_zone_set,
    .net_connect = ts_win_net_connect,
    .agent_remove = ts_win_agent_remove,
};

/* Windows PE has this key, and no other Windows has it (Windows ADK docs: "WinPE: Identify drive
 * letters" and "winpeshl" both look for it). */
static ts_phase find_phase(void)
{
    HKEY key = NULL;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SYSTEM\\CurrentControlSet\\Control\\MiniNT", 0,
                      KEY_READ, &key) != ERROR_SUCCESS)
        return TS_PHASE_FULL_OS;
    RegCloseKey(key);
    return TS_PHASE_WINPE;
}

ts_windows *ts_win_state(const ts_host *host)
{
    return ts_host_self(host, &ops);
}

ts_host *ts_host_local_new(ts_phase phase, ts_err **err)
{
    ts_phase found = find_phase();
    if (phase != TS_PHASE_ANY && phase != found) {
        ts_fail(err, TS_UNSUPPORTED, "this machine runs %s; on Windows the phase cannot be chosen",
                found == TS_PHASE_WINPE ? "Windows PE" : "the full Windows");
        return NULL;
    }
    ts_windows *machine = ts_alloc(sizeof(*machine));
    if (!machine) {
        ts_fail_nomem(err);
        return NULL;
    }
    machine->local.phase = found;
    machine->devices = &ts_win_devices_real;
    machine->wmi_api = &ts_win_wmi_real;
    machine->settle = TS_WIN_SETTLE;
    /* A drive without a medium is an error to report, not a window to answer. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    ts_host *host = ts_host_wrap(
        &ops, machine, found == TS_PHASE_WINPE ? "this Windows PE" : "this Windows machine", false,
        err);
    if (host)
        machine->local.cancel = ts_host_cancel_flag(host);
    return host;
}
