/* linux_host.c - the table of operations for the Linux machine that the engine runs on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy_ops.h"
#include "deploy_private.h"
#include "deploy_wmi.h"
#include "linux_private.h"

static void host_free(void *self)
{
    ts_linux *machine = self;
    for (size_t i = 0; i < machine->n_answers; i++)
        ts_wmi_rows_done(&machine->answers[i].rows);
    ts_local_done(&machine->local);
    ts_buf_done(&machine->driver_folders);
    ts_lx_images_unlock(machine);
    free(machine->sysroot);
    free(machine);
}

/* An image file will be started by another machine, and BIOS boot code cannot be written. */
static bool is_uefi(const ts_linux *machine)
{
    TS_CLEANUP(ts_free_ptr) char *efi = ts_sprintf("%s/sys/firmware/efi", machine->sysroot);
    return machine->n_images > 0 || (efi && ts_file_is_folder(efi));
}

/* --- What Linux cannot do ------------------------------------------------------------------ */

/* What Windows PE writes into the answer file (names, accounts, settings) Linux writes as well, so
 * only the full OS lacks it. A step that needs the operation itself fails with its own words. All
 * programs but mkntfs are for the EFI system partition. */
static const ts_local_gap gaps[] = {
    {TS_EFFECT(REGISTRY), false, NULL, "Linux has no registry"},
    {TS_EFFECT(IDENTITY), true, NULL,
     "the name and domain of Windows can be changed in Windows only"},
    {TS_EFFECT(ACCOUNT), true, NULL, "accounts of Windows can be changed in Windows only"},
    {TS_EFFECT(BITLOCKER), false, NULL,
     "BitLocker is a part of Windows: no program for Linux can encrypt a volume for it; enable it "
     "in the full OS"},
    {TS_EFFECT(SOFTWARE), true, NULL, "software for Windows can be installed in Windows only"},
    {TS_EFFECT(SETTINGS), true, NULL, "settings of Windows can be changed in Windows only"},
    {TS_EFFECT(DISK_WIPE), false, "mkntfs", "package ntfs-3g"},
    {TS_EFFECT(DISK_WIPE), false, "mkfs.vfat", "package dosfstools"},
    {TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE), false, "mcopy", "package mtools"},
};

static bool has_tool(const void *self, const char *program)
{
    TS_UNUSED(self);
    char path[TS_LX_TOOL_PATH_MAX];
    return ts_lx_find_tool(program, path, sizeof(path));
}

/* What a BIOS starts is Microsoft's boot code in the first sectors of disk and volume, which may
 * not be shipped and is not in an image. Asked for steps that apply an image and make it start. */
static const char *lacks_boot_code(const ts_linux *machine, unsigned effects)
{
    unsigned windows = TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WRITE);
    return (effects & windows) == windows && !is_uefi(machine)
               ? "this machine starts with a BIOS, and Linux cannot write the boot code that "
                 "starts "
                 "Windows there: switch the firmware to UEFI, or run the sequence in Windows PE"
               : NULL;
}

static const char *host_lacks(void *self, unsigned effects)
{
    const char *boot = lacks_boot_code(self, effects);
    if (boot)
        return boot;
    return ts_local_lacks(self, gaps, TS_COUNT(gaps), has_tool, effects);
}

/* A program with a path may be put there by an earlier step; a plain name must be in PATH. */
static const char *host_lacks_program(void *self, const char *program)
{
    ts_linux *machine = self;
    char path[TS_LX_TOOL_PATH_MAX];
    if (strchr(program, '/') || ts_lx_find_program(program, path, sizeof(path)))
        return NULL;
    snprintf(machine->local.lacks, sizeof(machine->local.lacks),
             "no program '%.150s' in PATH of this Linux "
             "machine",
             program);
    return machine->local.lacks;
}

/* --- Questions ----------------------------------------------------------------------------- */

static bool host_firmware(void *self, bool *uefi, bool *secure_boot, ts_err **err)
{
    const ts_linux *machine = self;
    /* Four bytes of attributes, then the value (UEFI: global variable "SecureBoot"). */
    TS_CLEANUP(ts_free_ptr)
    char *variable = ts_sprintf(
        "%s/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
        machine->sysroot);
    if (!variable)
        return ts_fail_nomem(err);
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size = 0;
    *uefi = is_uefi(machine);
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
    bool images = machine->n_images > 0 && ts_lx_is_disk_class(class_of);
    if (!(images ? ts_lx_image_rows(machine, class_of, &rows, err)
                 : ts_lx_class_fill(class_of, machine->sysroot, &rows, err)))
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

/* --- Restart ------------------------------------------------------------------------------- */

static bool host_reboot(void *self, ts_restart target, uint32_t seconds, const char *message,
                        ts_err **err)
{
    TS_UNUSED(target);
    TS_UNUSED(message);
    for (uint32_t i = 0; i < seconds; i++) {
        if (!ts_local_sleep(self, 1000, err))
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
    .phase = ts_local_phase,
    .now = ts_local_now,
    .bias = ts_local_bias,
    .sleep = ts_local_sleep,
    .env = ts_local_env,
    .random = ts_local_random,
    .firmware = host_firmware,
    .wmi_class = host_wmi_class,
    .file_info = ts_linux_file_info,
    .file_read = ts_linux_file_read,
    .reg_get = host_reg_get,
    .product = host_product,
    .run = ts_local_run,
    .start = ts_local_start,
    .file_write = ts_linux_file_write,
    .file_copy = ts_linux_file_copy,
    .file_delete = ts_linux_file_delete,
    .folder_list = ts_linux_folder_list,
    .folder_make = ts_linux_folder_make,
    .cert_add = ts_linux_cert_add,
    .hand_over = ts_local_hand_over,
    .reboot = host_reboot,
    .disk_image = ts_linux_disk_image,
    .disks = ts_linux_disks,
    .volumes = ts_linux_volumes,
    .disk_room = ts_linux_disk_room,
    .disk_partition = ts_linux_disk_partition,
    .volume_format = ts_linux_volume_format,
    .images = ts_linux_images,
    .stream_images = ts_linux_stream_images,
    .image_apply = ts_linux_image_apply,
    .image_capture = ts_linux_image_capture,
    .boot_files = ts_linux_boot_files,
    .offline_reg_get = ts_linux_offline_reg_get,
    .offline_reg_set = ts_linux_offline_reg_set,
    .pnp_ids = ts_linux_pnp_ids,
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
    ts_buf_init(&machine->driver_folders, TS_LX_DRIVER_LIST_MAX);
    machine->local.phase = options && options->phase == TS_PHASE_FULL_OS ? TS_PHASE_FULL_OS
                                                                         : TS_PHASE_WINPE;
    ts_host *host = ts_host_wrap(&ops, machine, "this Linux machine", false, err);
    if (host)
        machine->local.cancel = ts_host_cancel_flag(host);
    return host;
}
