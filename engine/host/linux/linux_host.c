/* linux_host.c - the table of operations for the Linux machine that the engine runs on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy_ops.h"
#include "linux_private.h"

#define LOOK 100u /* ms between looks at the cancel flag while waiting */

static void host_free(void *self)
{
    ts_linux *machine = self;
    for (size_t i = 0; i < machine->n_answers; i++)
        ts_wmi_rows_done(&machine->answers[i].rows);
    ts_ipc_server_free(machine->server);
    free(machine->sysroot);
    free(machine);
}

static bool is_in_path(const char *program)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t len = strcspn(path, ":");
        char file[4096];
        if (len > 0 &&
            snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, program) < (int)sizeof(file) &&
            access(file, X_OK) == 0 && !ts_file_is_folder(file))
            return true;
        path += len + (path[len] == ':');
    }
    return false;
}

/* --- What Linux cannot do ------------------------------------------------------------------ */

/* What Windows PE writes into the answer file (names, accounts, settings) Linux writes as well, so
 * only the full OS lacks it. A step that needs the operation itself fails with its own words. */
static const struct {
    unsigned effect;
    bool in_pe; /* lacking also where Linux stands for Windows PE */
    const char *why;
} missing[] = {
    {TS_EFFECT(REGISTRY), true, "Linux has no registry"},
    {TS_EFFECT(IDENTITY), false, "the name and domain of Windows can be changed in Windows only"},
    {TS_EFFECT(ACCOUNT), false, "accounts of Windows can be changed in Windows only"},
    {TS_EFFECT(BITLOCKER), true,
     "BitLocker is a part of Windows: no program for Linux can encrypt a volume for it; enable it "
     "in the full OS"},
    {TS_EFFECT(SOFTWARE), false, "software for Windows can be installed in Windows only"},
    {TS_EFFECT(SETTINGS), false, "settings of Windows can be changed in Windows only"},
};

/* Programs that deployment runs; all but mkntfs are for the EFI system partition. */
static const struct {
    unsigned effects;
    const char *program;
    const char *package;
} tools[] = {
    {TS_EFFECT(DISK_WIPE), "mkntfs", "ntfs-3g"},
    {TS_EFFECT(DISK_WIPE), "mkfs.vfat", "dosfstools"},
    {TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE), "mcopy", "mtools"},
};

static const char *host_lacks(void *self, unsigned effects)
{
    ts_linux *machine = self;
    bool pe = machine->phase == TS_PHASE_WINPE;
    for (size_t i = 0; i < TS_COUNT(missing); i++) {
        if ((effects & missing[i].effect) && (!pe || missing[i].in_pe))
            return missing[i].why;
    }
    for (size_t i = 0; i < TS_COUNT(tools); i++) {
        if ((effects & tools[i].effects) && !is_in_path(tools[i].program)) {
            snprintf(machine->lacks, sizeof(machine->lacks),
                     "the program '%s' is not installed (package %s)", tools[i].program,
                     tools[i].package);
            return machine->lacks;
        }
    }
    return NULL;
}

/* A program with a path may be put there by an earlier step; a plain name must be in PATH. */
static const char *host_lacks_program(void *self, const char *program)
{
    ts_linux *machine = self;
    if (strchr(program, '/') || is_in_path(program))
        return NULL;
    snprintf(machine->lacks, sizeof(machine->lacks),
             "no program '%.150s' in PATH of this Linux "
             "machine",
             program);
    return machine->lacks;
}

/* --- Questions ----------------------------------------------------------------------------- */

static ts_phase host_phase(void *self)
{
    const ts_linux *machine = self;
    return machine->phase;
}

static int64_t host_now(void *self)
{
    TS_UNUSED(self);
    return ts_clock_now();
}

static int host_bias(void *self)
{
    TS_UNUSED(self);
    return ts_clock_bias(ts_clock_now());
}

static bool host_sleep(void *self, uint32_t milliseconds, ts_err **err)
{
    const ts_linux *machine = self;
    while (milliseconds > 0 && !*machine->cancel) {
        uint32_t part = milliseconds < LOOK ? milliseconds : LOOK;
        ts_sleep(part);
        milliseconds -= part;
    }
    return !*machine->cancel || ts_fail(err, TS_CANCELLED, "cancelled while waiting");
}

static const char *host_env(void *self, const char *name)
{
    TS_UNUSED(self);
    return ts_env_get(name);
}

static bool host_firmware(void *self, bool *uefi, bool *secure_boot, ts_err **err)
{
    const ts_linux *machine = self;
    TS_CLEANUP(ts_free_ptr) char *efi = ts_sprintf("%s/sys/firmware/efi", machine->sysroot);
    /* Four bytes of attributes, then the value (UEFI: global variable "SecureBoot"). */
    TS_CLEANUP(ts_free_ptr)
    char *variable = ts_sprintf(
        "%s/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
        machine->sysroot);
    if (!efi || !variable)
        return ts_fail_nomem(err);
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    /* An image file will be started by another machine, and BIOS boot code cannot be written. */
    *uefi = machine->n_images > 0 || ts_file_is_folder(efi);
    *secure_boot = *uefi && ts_file_read(variable, 64, &data, &size, NULL) && size == 5 &&
                   data[4] == 1;
    return true;
}

/* The last answer for a class is replaced: that is how long it is borrowed for. */
static ts_lx_answer *answer_of(ts_linux *machine, const ts_lx_class *class_of)
{
    for (size_t i = 0; i < machine->n_answers; i++) {
        if (machine->answers[i].class_of == class_of)
            return &machine->answers[i];
    }
    if (machine->n_answers == TS_LX_CLASSES_MAX)
        return NULL;
    machine->answers[machine->n_answers].class_of = class_of;
    return &machine->answers[machine->n_answers++];
}

static bool host_wmi_class(void *self, const char *name_space, const char *class_name,
                           const ts_wmi_rows **out, ts_err **err)
{
    ts_linux *machine = self;
    const ts_lx_class *class_of = ts_lx_class_find(name_space, class_name);
    if (!class_of)
        return ts_fail(err, TS_NOT_FOUND,
                       "this Linux machine does not answer for the WMI class "
                       "'%s' in '%s'",
                       class_name, name_space);
    ts_lx_answer *answer = answer_of(machine, class_of);
    if (!answer)
        return ts_fail(err, TS_LIMIT, "more than %u WMI classes were asked for", TS_LX_CLASSES_MAX);
    ts_wmi_rows rows = {0};
    if (!ts_lx_class_fill(class_of, machine->sysroot, &rows, err))
        return false;
    ts_wmi_rows_done(&answer->rows);
    answer->rows = rows;
    *out = &answer->rows;
    return true;
}

/* There is no registry, so no key is in it: a condition that asks is simply not met. Changes are
 * refused (the functions are NULL). */
static bool host_reg_get(void *self, const char *key, const char *value, bool *found,
                         ts_reg_type *type, char **data, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(key);
    TS_UNUSED(value);
    TS_UNUSED(type);
    TS_UNUSED(data);
    TS_UNUSED(err);
    *found = false;
    return true;
}

static bool host_product(void *self, const char *product_code, const char *upgrade_code,
                         bool *found, char **version, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(product_code);
    TS_UNUSED(upgrade_code);
    TS_UNUSED(version);
    TS_UNUSED(err);
    *found = false;
    return true;
}

/* --- Programs ------------------------------------------------------------------------------ */

static bool host_run(void *self, const ts_program *program, ts_program_result *out, ts_err **err)
{
    ts_linux *machine = self;
    if (program->service && !machine->server) {
        machine->server = ts_ipc_server_new(err);
        if (!machine->server)
            return false;
    }
    return ts_process_run(program, machine->server, machine->cancel, out, err);
}

static bool host_start(void *self, const ts_program *program, ts_err **err)
{
    TS_UNUSED(self);
    return ts_process_start(program, err);
}

/* --- Restart ------------------------------------------------------------------------------- */

/* Where the machine comes up again is the firmware's choice; there is nothing to prepare. */
static bool host_hand_over(void *self, ts_restart target, bool *went_on, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(target);
    TS_UNUSED(err);
    *went_on = false;
    return true;
}

static bool host_reboot(void *self, ts_restart target, uint32_t seconds, const char *message,
                        ts_err **err)
{
    TS_UNUSED(target);
    TS_UNUSED(message);
    for (uint32_t i = 0; i < seconds; i++) {
        if (!host_sleep(self, 1000, err))
            return false;
    }
    /* systemd, busybox and sysvinit all have it, and it ends services properly. */
    static const char *const argv[] = {"reboot", NULL};
    ts_program program = {.argv = argv, .keep_output = true};
    ts_program_result result = {0};
    if (!ts_process_run(&program, NULL, NULL, &result, err))
        return ts_wrap(err, "cannot restart this machine");
    bool ok = result.exit_code == 0 || ts_fail_os(err, TS_OS_EXIT, result.exit_code,
                                                  "'reboot' did not restart this "
                                                  "machine: %s",
                                                  result.output);
    free(result.output);
    return ok;
}

static const ts_host_ops ops = {
    .free = host_free,
    .lacks = host_lacks,
    .lacks_program = host_lacks_program,
    .phase = host_phase,
    .now = host_now,
    .bias = host_bias,
    .sleep = host_sleep,
    .env = host_env,
    .firmware = host_firmware,
    .wmi_class = host_wmi_class,
    .file_info = ts_linux_file_info,
    .file_read = ts_linux_file_read,
    .reg_get = host_reg_get,
    .product = host_product,
    .run = host_run,
    .start = host_start,
    .file_write = ts_linux_file_write,
    .file_copy = ts_linux_file_copy,
    .file_delete = ts_linux_file_delete,
    .folder_list = ts_linux_folder_list,
    .folder_make = ts_linux_folder_make,
    .cert_add = ts_linux_cert_add,
    .hand_over = host_hand_over,
    .reboot = host_reboot,
    .disk_image = ts_linux_disk_image,
    .disks = ts_linux_disks,
    .volumes = ts_linux_volumes,
    .disk_room = ts_linux_disk_room,
    .disk_partition = ts_linux_disk_partition,
    .volume_format = ts_linux_volume_format,
    .images = ts_linux_images,
    .image_apply = ts_linux_image_apply,
    .image_capture = ts_linux_image_capture,
    .boot_files = ts_linux_boot_files,
    .offline_reg_get = ts_linux_offline_reg_get,
    .offline_reg_set = ts_linux_offline_reg_set,
    .driver_add = ts_linux_driver_add,
};

ts_host *ts_host_linux_new(const ts_host_linux_options *options, ts_err **err)
{
    ts_linux *machine = ts_alloc(sizeof(*machine));
    char *sysroot = ts_strdup(options && options->sysroot ? options->sysroot : "");
    if (!machine || !sysroot) {
        free(machine);
        free(sysroot);
        ts_fail_nomem(err);
        return NULL;
    }
    machine->sysroot = sysroot;
    machine->phase = options && options->phase == TS_PHASE_FULL_OS ? TS_PHASE_FULL_OS
                                                                   : TS_PHASE_WINPE;
    ts_host *host = ts_host_wrap(&ops, machine, "this Linux machine", false, err);
    if (host)
        machine->cancel = ts_host_cancel_flag(host);
    return host;
}
