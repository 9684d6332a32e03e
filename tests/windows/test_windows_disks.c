/* test_windows_disks.c - disks, volumes and partitioning. The storage stack is the test's own: Wine
 * has none that answers rightly. Diskpart is this program again (fake_tools.h): the scripts are
 * checked, and what it would have done is put into the storage stack. */
#include "check.h"

#include <stdio.h>
#include <wchar.h>

#include "win_device.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "fake_storage.h"
#include "fake_tools.h"
#include "local.h"

/* --- Fixture ------------------------------------------------------------------------------- */

static ts_host *host;

static int open_host(void **state)
{
    static const char *const tools[] = {"diskpart.exe", "bcdboot.exe", "bcdedit.exe", NULL};
    TS_UNUSED(state);
    ts_fake_tools_begin(tools);
    host = ts_host_local_new(TS_PHASE_ANY, NULL);
    assert_non_null(host);
    ts_win_state(host)->tools = ts_fake_tools_folder();
    ts_win_state(host)->devices = &fake_devices;
    ts_win_state(host)->settle = 300;
    disks[0] = system_disk;
    disks[1] = usb_disk;
    disks[2] = empty_disk;
    n_disks = 3;
    diskpart_did = NULL;
    seen_calls = 0;
    *mounts = '\0';
    return 0;
}

static int close_host(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    ts_fake_tools_end();
    return 0;
}

static void ok(bool worked, ts_err **err)
{
    if (!worked)
        fail_msg("%s", ts_err_text(*err));
}

static void failed(bool worked, ts_err **err, ts_code code, const char *words)
{
    assert_false(worked);
    if (ts_err_code(*err) != code || !strstr(ts_err_text(*err), words))
        fail_msg("%s: %s", ts_code_name(ts_err_code(*err)), ts_err_text(*err));
    ts_err_clear(err);
}

/* --- Questions ----------------------------------------------------------------------------- */

static void disks_are_listed_with_what_speaks_against_wiping(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_disk_info *list = NULL;
    size_t n = 0;
    ok(ts_host_disks(host, &list, &n, &err), &err);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].index, 0);
    assert_string_equal(list[0].model, "ACME Fast 1");
    assert_string_equal(list[0].serial, "S/N 1?");
    assert_int_equal(list[0].bytes, 64 * GIB);
    assert_int_equal(list[0].sector, 512);
    assert_int_equal(list[0].style, TS_DISK_GPT);
    assert_int_equal(list[0].n_partitions, 5);
    assert_false(list[0].is_removable);
    assert_string_equal(list[0].keep_off, "this Windows runs from it");
    assert_int_equal(list[1].index, 2); /* numbers have gaps */
    assert_int_equal(list[1].style, TS_DISK_MBR);
    assert_int_equal(list[1].n_partitions, 4);
    assert_true(list[1].is_removable);
    assert_string_equal(list[1].keep_off, "it is write-protected");
    assert_int_equal(list[2].style, TS_DISK_RAW);
    assert_string_equal(list[2].keep_off, "");
    free(list);
    disks[2].attributes = 1;
    ok(ts_host_disks(host, &list, &n, &err), &err);
    assert_non_null(strstr(list[2].keep_off, "it is offline"));
    free(list);
}

static void stick_that_windows_pe_came_from_is_kept(void **state)
{
    TS_UNUSED(state);
    static const char key[] = "HKLM\\SYSTEM\\CurrentControlSet\\Control";
    static const char name[] = "PEBootRamdiskSourceDrive";
    ts_err *err = NULL;
    ts_disk_info *list = NULL;
    size_t n = 0;
    ts_win_state(host)->local.phase = TS_PHASE_WINPE;
    disks[1].write_protected = false;
    ok(ts_host_reg_set(host, key, name, TS_REG_SZ, "E:\\", &err), &err);
    bool listed = ts_host_disks(host, &list, &n, &err);
    assert_true(ts_host_reg_delete(host, key, name, NULL));
    ok(listed, &err);
    assert_string_equal(list[1].keep_off, "this Windows PE was started from it");
    free(list);
}

static void volumes_have_kinds_letters_and_contents(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_volume_info *v = NULL;
    size_t n = 0;
    ok(ts_host_volumes(host, 0, &v, &n, &err), &err);
    assert_int_equal(n, 5);
    assert_int_equal(v[0].kind, TS_PARTITION_EFI);
    assert_int_equal(v[0].filesystem, TS_FS_FAT32); /* found without a letter */
    assert_int_equal(v[0].letter, 0);
    assert_int_equal(v[1].kind, TS_PARTITION_MSR);
    assert_int_equal(v[1].filesystem, TS_FS_NONE);
    assert_int_equal(v[2].kind, TS_PARTITION_PRIMARY);
    assert_int_equal(v[2].letter, 'C');
    assert_int_equal(v[2].partition, 3);
    assert_string_equal(v[2].label, "Gr\xC3\xBC\xC3\x9F");
    assert_int_equal(v[2].bytes, 60000 * TS_MIB);
    assert_int_equal(v[2].free, 30000 * TS_MIB);
    assert_true(v[2].has_windows);
    assert_int_equal(v[3].kind, TS_PARTITION_RECOVERY);
    assert_false(v[3].has_windows);
    assert_int_equal(v[4].kind, TS_PARTITION_HIDDEN);
    assert_int_equal(v[4].filesystem, TS_FS_OTHER);
    free(v);
    failed(ts_host_volumes(host, 1, &v, &n, &err), &err, TS_NOT_FOUND, "disk 1");
}

static void mbr_partitions_are_told_apart(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_volume_info *v = NULL;
    size_t n = 0;
    ok(ts_host_volumes(host, 2, &v, &n, &err), &err);
    assert_int_equal(n, 4);
    assert_int_equal(v[0].kind, TS_PARTITION_PRIMARY);
    assert_true(v[0].is_active);
    assert_int_equal(v[1].kind, TS_PARTITION_EXTENDED);
    assert_int_equal(v[2].kind, TS_PARTITION_HIDDEN);
    assert_int_equal(v[3].kind, TS_PARTITION_LOGICAL);
    assert_int_equal(v[3].letter, 'F');
    assert_true(v[3].is_locked);
    free(v);
    ts_volume_info one;
    ok(ts_host_volume(host, 'f', &one, &err), &err);
    assert_int_equal(one.partition, 4);
    failed(ts_host_volume(host, 'Q', &one, &err), &err, TS_NOT_FOUND, "Q:");
    uint64_t room = 0;
    ok(ts_host_disk_room(host, 3, TS_DISK_GPT, &room, &err), &err);
    assert_int_equal(room, 128 * GIB - 2 * TS_MIB);
}

/* --- Partitioning -------------------------------------------------------------------------- */

static ts_partition_plan parts[4];
static ts_disk_plan plan;

static void make_plan(void)
{
    parts[0] = (ts_partition_plan){.kind = TS_PARTITION_EFI,
                                   .bytes = 260 * TS_MIB,
                                   .filesystem = TS_FS_FAT32,
                                   .label = "SYSTEM",
                                   .quick = true};
    parts[1] = (ts_partition_plan){.kind = TS_PARTITION_MSR, .bytes = 16 * TS_MIB};
    parts[2] = (ts_partition_plan){.kind = TS_PARTITION_PRIMARY,
                                   .bytes = 60000 * TS_MIB,
                                   .filesystem = TS_FS_NTFS,
                                   .label = "My Windows",
                                   .letter = true};
    parts[3] = (ts_partition_plan){.kind = TS_PARTITION_RECOVERY,
                                   .bytes = 900 * TS_MIB,
                                   .filesystem = TS_FS_NTFS,
                                   .label = "",
                                   .quick = true};
    plan = (ts_disk_plan){.disk = 3, .style = TS_DISK_GPT, .partitions = parts, .n_partitions = 4};
}

/* The version of diskpart that puts a reserved partition on a new GPT disk. */
static void makes_gpt(unsigned call)
{
    disk *d = &disks[2];
    d->style = PARTITION_STYLE_GPT;
    if (call == 1) {
        d->n = 1;
        d->parts[0] = (part){"msr", 1, 16, 0, NULL, NULL, false, false};
        return;
    }
    d->n = 4;
    d->parts[0] = (part){"efi", 1, 260, 0, L"FAT32", L"SYSTEM", false, false};
    d->parts[1] = (part){"msr", 261, 16, 0, NULL, NULL, false, false};
    d->parts[2] = (part){"data", 277, 60000, 'D', L"NTFS", L"My Windows", false, false};
    d->parts[3] = (part){"recovery", 60277, 900, 0, L"NTFS", L"", false, false};
}

static void gpt_disk_is_made_by_two_scripts(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    make_plan();
    diskpart_did = makes_gpt;
    ok(ts_host_disk_partition(host, &plan, &err), &err);
    assert_int_equal(parts[2].got, 'D'); /* C, E, F and X are in use */
    assert_int_equal(parts[0].got, 0);
    assert_string_equal(ts_fake_tools_log(), "diskpart.exe </s> <SCRIPT>\n"
                                             "select disk 3\n"
                                             "clean\n"
                                             "convert gpt\n"
                                             "diskpart.exe </s> <SCRIPT>\n"
                                             "select disk 3\n"
                                             "select partition 1\n"
                                             "delete partition override\n"
                                             "create partition efi size=260\n"
                                             "format fs=fat32 quick label=\"SYSTEM\"\n"
                                             "create partition msr size=16\n"
                                             "create partition primary size=60000\n"
                                             "format fs=ntfs label=\"My Windows\"\n"
                                             "assign letter=D\n"
                                             "create partition primary size=900\n"
                                             "format fs=ntfs quick\n"
                                             "set id=\"de94bba4-06d1-4d40-a16a-bfd50179d6ac\"\n"
                                             "gpt attributes=0x8000000000000001\n");
}

static void makes_mbr(unsigned call)
{
    disk *d = &disks[2];
    d->style = call == 1 ? PARTITION_STYLE_RAW : PARTITION_STYLE_MBR;
    d->n = call == 1 ? 0 : 4;
    d->parts[0] = (part){"07", 1, 500, 'D', L"NTFS", L"", true, false};
    d->parts[1] = (part){"17", 501, 100, 0, L"NTFS", L"", false, false};
    d->parts[2] = (part){"0f", 601, 5000, 0, NULL, NULL, false, false};
    d->parts[3] = (part){"00", 0, 0, 0, NULL, NULL, false, false};
    d->parts[4] = (part){"07", 602, 4000, 'G', L"NTFS", L"", false, false};
    d->n = call == 1 ? 0 : 5;
}

static void mbr_disk_is_made(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    make_plan();
    plan.style = TS_DISK_MBR;
    parts[0] = (ts_partition_plan){.kind = TS_PARTITION_PRIMARY,
                                   .bytes = 500 * TS_MIB,
                                   .filesystem = TS_FS_NTFS,
                                   .quick = true,
                                   .active = true,
                                   .letter = true};
    parts[1] = (ts_partition_plan){.kind = TS_PARTITION_HIDDEN,
                                   .bytes = 100 * TS_MIB,
                                   .filesystem = TS_FS_NTFS,
                                   .quick = true};
    parts[2] = (ts_partition_plan){.kind = TS_PARTITION_EXTENDED, .bytes = 5000 * TS_MIB};
    parts[3] = (ts_partition_plan){.kind = TS_PARTITION_LOGICAL,
                                   .bytes = 4000 * TS_MIB,
                                   .filesystem = TS_FS_NTFS,
                                   .quick = true,
                                   .letter = true};
    diskpart_did = makes_mbr;
    ok(ts_host_disk_partition(host, &plan, &err), &err);
    assert_int_equal(parts[3].got, 'G');
    assert_string_equal(ts_fake_tools_log(), "diskpart.exe </s> <SCRIPT>\n"
                                             "select disk 3\n"
                                             "clean\n"
                                             "diskpart.exe </s> <SCRIPT>\n"
                                             "select disk 3\n"
                                             "create partition primary size=500\n"
                                             "format fs=ntfs quick\n"
                                             "active\n"
                                             "assign letter=D\n"
                                             "create partition primary size=100\n"
                                             "format fs=ntfs quick\n"
                                             "set id=17\n"
                                             "create partition extended size=5000\n"
                                             "create partition logical size=4000\n"
                                             "format fs=ntfs quick\n"
                                             "assign letter=G\n");
}

static void disk_with_windows_is_never_given_to_diskpart(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    make_plan();
    plan.disk = 0;
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_REFUSED, "this Windows runs from");
    failed(ts_host_volume_format(host, 'C', TS_FS_NTFS, "x", true, &err), &err, TS_REFUSED,
           "this Windows runs from");
    failed(ts_host_disk_to_dynamic(host, 0, &err), &err, TS_REFUSED, "this Windows runs from");
    plan.disk = 1;
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_NOT_FOUND, "no disk 1");
    assert_string_equal(ts_fake_tools_log(), "");
}

static void bad_plan_is_refused_before_the_disk_is_cleaned(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    make_plan();
    strcpy(parts[2].label, "a\"b");
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "label");
    make_plan();
    strcpy(parts[0].label, "LONGER THAN 11");
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "11 characters");
    make_plan();
    strcpy(parts[2].label, "123456789012345678901234567890123");
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "32 characters");
    make_plan();
    strcpy(parts[2].label, "two\nlines");
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "label");
    make_plan();
    strcpy(parts[3].label, "Rettung f\xC3\xBCr"); /* this volume gets no letter */
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "not ASCII");
    make_plan();
    parts[0].bytes = 33 * GIB;
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "32 GB");
    make_plan();
    parts[2].bytes = 200 * GIB;
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_LIMIT, "does not fit");
    make_plan();
    plan.style = TS_DISK_MBR;
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "MBR disk");
    make_plan();
    parts[0].kind = TS_PARTITION_LOGICAL;
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_LIMIT, "does not fit");
    assert_string_equal(ts_fake_tools_log(), "");
}

static void words_and_code_of_diskpart_are_in_the_error(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    make_plan();
    ts_fake_tools_answer("\r\nMicrosoft DiskPart version 10.0\r\n\r\nDisk 3 is now the selected "
                         "disk.\r\n\r\nThe media is write protected.\r\n",
                         9);
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_OS,
           "disk 3: cannot clean the disk: 'diskpart.exe' failed: Microsoft DiskPart version 10.0 "
           "Disk 3 is now the selected disk. The media is write protected.");
}

static void success_that_is_none_is_found_out(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    make_plan();
    diskpart_did = NULL; /* it does nothing */
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_OS,
           "diskpart reported success, but the disk has 0 partitions and not 4");
}

static void formats(unsigned call)
{
    TS_UNUSED(call);
    disks[1].parts[0].filesystem = L"NTFS";
}

static void volume_is_formatted(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    disks[1].write_protected = false;
    diskpart_did = formats;
    ok(ts_host_volume_format(host, 'e', TS_FS_NTFS, "Data 1", true, &err), &err);
    assert_string_equal(ts_fake_tools_log(), "diskpart.exe </s> <SCRIPT>\n"
                                             "select volume E\n"
                                             "format fs=ntfs quick label=\"Data 1\" override\n");
    failed(ts_host_volume_format(host, 'E', TS_FS_FAT32, "", false, &err), &err, TS_OS,
           "the volume is not formatted");
    ok(ts_host_disk_to_dynamic(host, 3, &err), &err);
    assert_non_null(strstr(ts_fake_tools_log(), "select disk 3\nconvert dynamic\n"));
}

static void missing_diskpart_is_said_before_the_run(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_null(ts_host_lacks(host, TS_EFFECT(DISK_WIPE)));
    ts_win_state(host)->tools = NULL;
    SetEnvironmentVariableA("PATH", ts_fake_tools_folder()); /* it does not choose them */
    SetEnvironmentVariableA("TASKSEQ_TOOLS", ts_fake_tools_folder());
    const char *why = ts_host_lacks(host, TS_EFFECT(DISK_WIPE) | TS_EFFECT(FILE));
    assert_non_null(why);
    assert_non_null(strstr(why, "diskpart.exe"));
    make_plan();
    failed(ts_host_disk_partition(host, &plan, &err), &err, TS_NOT_FOUND, "diskpart.exe");
}

static void boot_files_go_to_the_system_partition_of_the_disk(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ok(ts_host_boot_files(host, 'C', "de-DE", &err), &err);
    assert_string_equal(ts_fake_tools_log(),
                        "bcdboot.exe <C:\\Windows> </s> <Z:> </f> <UEFI> </l> <de-DE>\n");
    assert_string_equal(mounts, "Z: disk 0 at 1; Z: gone; ");
    disks[0].parts[0].letter = 'S';
    ok(ts_host_boot_files(host, 'C', NULL, &err), &err);
    assert_string_equal(ts_fake_tools_log(), "bcdboot.exe <C:\\Windows> </s> <S:> </f> <UEFI>\n");
    disks[1].parts[4].filesystem = L"NTFS";
    ok(ts_host_boot_files(host, 'F', "", &err), &err);
    assert_string_equal(ts_fake_tools_log(), "bcdboot.exe <F:\\Windows> </s> <E:> </f> <BIOS>\n");
    disks[0].parts[0].type = "data";
    failed(ts_host_boot_files(host, 'C', NULL, &err), &err, TS_STATE, "no EFI system partition");
    disks[1].parts[0].active = false;
    failed(ts_host_boot_files(host, 'F', NULL, &err), &err, TS_STATE, "no active partition");
    failed(ts_host_boot_files(host, 'Q', NULL, &err), &err, TS_NOT_FOUND, "Q:");
    assert_string_equal(ts_fake_tools_log(), "");
}

static void letter_is_taken_back_when_bcdboot_fails(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_fake_tools_answer("Failure when attempting to copy boot files.\r\n", 193);
    failed(ts_host_boot_files(host, 'C', NULL, &err), &err, TS_OS,
           "'bcdboot.exe' failed: Failure when attempting to copy boot files.");
    assert_string_equal(mounts, "Z: disk 0 at 1; Z: gone; ");
    disks[2] = system_disk;
    disks[2].index = 3;
    disks[2].parts[2].letter = 'T';
    failed(ts_host_boot_files(host, 'T', NULL, &err), &err, TS_OS, "(win32 1168)");
}

/* --- A boot image on the disk -------------------------------------------------------------- */

#define OPTIONS "{7c3a4f12-5b0e-4d5b-9f5e-2e6a61f0b7d1}"
#define LOADER  "{7c3a4f13-5b0e-4d5b-9f5e-2e6a61f0b7d1}"

/* Microsoft docs ("BCDEdit options", "Windows PE walkthrough: boot from hard disk"). Wine answers
 * BIOS; %s is the folder without its drive. */
static const char entries[] = "bcdedit.exe </delete> <" LOADER ">\n"
                              "bcdedit.exe </delete> <" OPTIONS ">\n"
                              "bcdedit.exe </create> <" OPTIONS
                              "> </d> <taskseq: RAM disk> </device>\n"
                              "bcdedit.exe </create> <" LOADER
                              "> </d> <taskseq: Windows PE> </application> <osloader>\n"
                              "bcdedit.exe </set> <" OPTIONS "> <ramdisksdidevice> <partition=C:>\n"
                              "bcdedit.exe </set> <" OPTIONS "> <ramdisksdipath> <%s\\boot.sdi>\n"
                              "bcdedit.exe </set> <" LOADER
                              "> <device> <ramdisk=[C:]%s\\boot.wim," OPTIONS ">\n"
                              "bcdedit.exe </set> <" LOADER
                              "> <osdevice> <ramdisk=[C:]%s\\boot.wim," OPTIONS ">\n"
                              "bcdedit.exe </set> <" LOADER
                              "> <path> <\\windows\\system32\\boot\\winload.exe>\n"
                              "bcdedit.exe </set> <" LOADER "> <systemroot> <\\windows>\n"
                              "bcdedit.exe </set> <" LOADER "> <winpe> <yes>\n"
                              "bcdedit.exe </set> <" LOADER "> <detecthal> <yes>\n"
                              "bcdedit.exe </bootsequence> <" LOADER ">\n";

static void boot_image_on_the_disk_is_started_once(void **state)
{
    TS_UNUSED(state);
    char folder[300], native[300], path[340], expected[4096];
    bool went_on = false;
    ts_err *err = NULL;
    snprintf(folder, sizeof folder, "%s/pe", ts_fake_tools_folder()); /* C:/... */
    snprintf(native, sizeof native, "%s", folder + 2);
    for (char *p = native; *p; p++)
        *p = *p == '/' ? '\\' : *p;
    failed(ts_host_boot_image(host, folder, &err), &err, TS_NOT_FOUND, "boot.wim");
    assert_string_equal(ts_fake_tools_log(), "");
    failed(ts_host_hand_over(host, TS_RESTART_PE, &went_on, &err), &err, TS_STATE,
           "no step has put a boot image");
    ok(ts_host_folder_make(host, folder, &err), &err);
    static const char *const names[] = {"boot.wim", "boot.sdi"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        ok(ts_host_file_write(host, path, "x", 1, false, &err), &err);
    }
    ok(ts_host_boot_image(host, folder, &err), &err);
    snprintf(expected, sizeof expected, entries, native, native, native);
    assert_string_equal(ts_fake_tools_log(), expected);
    ok(ts_host_hand_over(host, TS_RESTART_PE, &went_on, &err), &err);
    failed(ts_host_hand_over(host, TS_RESTART_PE, &went_on, &err), &err, TS_STATE, "no step");
    ts_fake_tools_answer("The boot configuration data store could not be opened.\r\n", 1);
    failed(ts_host_boot_image(host, folder, &err), &err, TS_OS,
           "'bcdedit.exe' failed: The boot configuration data store could not be opened.");
    ts_win_state(host)->local.phase = TS_PHASE_WINPE;
    failed(ts_host_boot_image(host, folder, &err), &err, TS_UNSUPPORTED, "this is Windows PE");
}

int main(void)
{
    int status = 0;
    if (ts_fake_tool(&status))
        return status;
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_host, close_host)
    const struct CMUnitTest tests[] = {
        TEST(disks_are_listed_with_what_speaks_against_wiping),
        TEST(stick_that_windows_pe_came_from_is_kept),
        TEST(volumes_have_kinds_letters_and_contents),
        TEST(mbr_partitions_are_told_apart),
        TEST(gpt_disk_is_made_by_two_scripts),
        TEST(mbr_disk_is_made),
        TEST(disk_with_windows_is_never_given_to_diskpart),
        TEST(bad_plan_is_refused_before_the_disk_is_cleaned),
        TEST(words_and_code_of_diskpart_are_in_the_error),
        TEST(success_that_is_none_is_found_out),
        TEST(volume_is_formatted),
        TEST(boot_files_go_to_the_system_partition_of_the_disk),
        TEST(letter_is_taken_back_when_bcdboot_fails),
        TEST(boot_image_on_the_disk_is_started_once),
        TEST(missing_diskpart_is_said_before_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
