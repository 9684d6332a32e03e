/* test_linux_deploy.c - disks and files of a Linux host, on an image file, looked at with the tools
 * of others: sfdisk, ntfsls, ntfscat, mdir, fsck.vfat. */
#include "linux_disk.h"

#include <sys/stat.h>

#include "host_ops.h"

/* --- Partitions ---------------------------------------------------------------------------- */

static void gpt_disk_is_as_planned(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    free(tool("sfdisk -q --verify '%s'", image));
    TS_CLEANUP(ts_free_ptr)
    char *json = tool("sfdisk -J '%s' | jq -c '.partitiontable|[.label,(.partitions|map([.start,"
                      ".size,.type,.name,.attrs]))]'",
                      image);
    assert_string_equal(
        ts_str_trim(json),
        "[\"gpt\",[[2048,204800,\"C12A7328-F81F-11D2-BA4B-00A0C93EC93B\","
        "\"EFI system partition\",null],"
        "[206848,32768,\"E3C9E316-0B5C-4DB8-817D-F92DF00215AE\","
        "\"Microsoft reserved partition\",null],"
        "[239616,4194304,\"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\",\"Basic data partition\",null],"
        "[4433920,1433600,\"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC\",\"Basic data partition\","
        "\"RequiredPartition GUID:63\"]]]");
    assert_holds(tool("mdir -i '%s'@@1M ::", image), "Volume in drive : is SYSTEM");
    free(tool("dd if='%s' of=%s/esp bs=1M skip=1 count=100 status=none && fsck.vfat -n %s/esp",
              image, folder, folder));
    take_windows();
    free(tool("ntfsfix -n %s/os", folder));
    assert_holds(tool("ntfslabel -nf %s/os 2>/dev/null", folder), "Windows");
}

static void volumes_are_listed_with_letters_and_labels(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    ts_volume_info *v = NULL;
    size_t n = 0;
    OK(ts_host_volumes(host, 0, &v, &n, err));
    assert_int_equal(n, 4);
    assert_int_equal(v[0].letter, 'C');
    assert_int_equal(v[0].kind, TS_PARTITION_EFI);
    assert_int_equal(v[0].filesystem, TS_FS_FAT32);
    assert_string_equal(v[0].label, "SYSTEM");
    assert_int_equal(v[1].kind, TS_PARTITION_MSR);
    assert_int_equal(v[1].filesystem, TS_FS_NONE);
    assert_int_equal(v[2].letter, 'D');
    assert_int_equal(v[2].filesystem, TS_FS_NTFS);
    assert_string_equal(v[2].label, "Windows");
    assert_int_equal(v[2].offset, 117 * TS_MIB);
    assert_true(v[2].free > 19 * GIB / 10 && v[2].free < 2 * GIB);
    assert_false(v[2].has_windows);
    assert_int_equal(v[3].kind, TS_PARTITION_RECOVERY);
    assert_int_equal(v[3].letter, 0);
    free(v);
    ts_disk_info *disks = NULL;
    OK(ts_host_disks(host, &disks, &n, err));
    assert_int_equal(n, 1);
    assert_int_equal(disks[0].style, TS_DISK_GPT);
    assert_int_equal(disks[0].n_partitions, 4);
    assert_int_equal(disks[0].bytes, 4 * GIB);
    assert_string_equal(disks[0].keep_off, "");
    free(disks);
}

static void a_new_host_finds_the_letters_of_data_volumes(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    ts_host_free(host);
    host = ts_host_linux_new(NULL, NULL);
    OK(ts_host_disk_image(host, 0, image, err));
    ts_volume_info v;
    OK(ts_host_volume(host, 'C', &v, err));
    assert_string_equal(v.label, "Windows");
    FAILS(TS_NOT_FOUND, "D:", ts_host_volume(host, 'D', &v, err));
}

/* Rows of a WMI query; fails the test when it is not answered. */
static size_t count(const char *text)
{
    ts_arena *arena = ts_arena_new();
    ts_wmi_rows rows = {0};
    ts_err *err = NULL;
    const ts_wql *query = ts_wql_parse(arena, text, &err);
    if (!query || !ts_host_wmi(host, NULL, query, &rows, &err))
        fail_msg("%s: %s", text, ts_err_text(err));
    size_t n = rows.n_rows;
    ts_wmi_rows_done(&rows);
    ts_arena_free(arena);
    return n;
}

static void classes_of_disks_describe_the_image(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *query;
        size_t rows;
    } cases[] = {
        {"SELECT * FROM Win32_DiskDrive", 1},
        {"SELECT * FROM Win32_DiskDrive WHERE Index = 0 AND Size = 4294967296 AND Partitions = 4 "
         "AND Model LIKE 'image file %' AND BytesPerSector = 512",
         1},
        {"SELECT * FROM Win32_DiskPartition", 4},
        {"SELECT * FROM Win32_DiskPartition WHERE Type = 'GPT: System' AND BootPartition = TRUE "
         "AND "
         "Index = 0 AND StartingOffset = 1048576",
         1},
        {"SELECT * FROM Win32_DiskPartition WHERE Type = 'GPT: Basic Data' AND Size = 2147483648",
         1},
        {"SELECT * FROM Win32_DiskPartition WHERE Type = 'GPT: Unknown'", 2},
        {"SELECT * FROM Win32_LogicalDisk WHERE DeviceID = 'D:' AND FileSystem = 'NTFS' AND "
         "VolumeName = 'Windows' AND FreeSpace > 2000000000",
         1},
        {"SELECT * FROM Win32_LogicalDisk", 2},
        {"SELECT * FROM Win32_Volume WHERE Label = 'Recovery' AND DriveLetter IS NULL", 1},
        {"SELECT * FROM Win32_LogicalDiskToPartition WHERE Dependent LIKE '%LogicalDisk%C:%'", 1},
    };
    assert_int_equal(count("SELECT * FROM Win32_DiskPartition"), 0);
    make_uefi();
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        size_t n = count(cases[i].query);
        if (n != cases[i].rows)
            fail_msg("%s: %zu rows", cases[i].query, n);
    }
}

static void mbr_disk_has_active_and_logical_partitions(void **state)
{
    TS_UNUSED(state);
    ts_partition_plan parts[] = {
        {.kind = TS_PARTITION_PRIMARY,
         .bytes = 500 * TS_MIB,
         .filesystem = TS_FS_FAT32,
         .label = "BOOT",
         .active = true,
         .quick = true},
        {.kind = TS_PARTITION_EXTENDED, .bytes = 1000 * TS_MIB},
        {.kind = TS_PARTITION_LOGICAL, .bytes = 400 * TS_MIB, .filesystem = TS_FS_NTFS},
        {.kind = TS_PARTITION_LOGICAL, .bytes = 598 * TS_MIB},
        {.kind = TS_PARTITION_PRIMARY, .bytes = GIB, .filesystem = TS_FS_NTFS, .letter = true},
    };
    ts_disk_plan plan = {.style = TS_DISK_MBR, .partitions = parts, .n_partitions = 5};
    OK(ts_host_disk_partition(host, &plan, err));
    TS_CLEANUP(ts_free_ptr)
    char *json = tool("sfdisk -J '%s' | jq -c '.partitiontable|[.label,(.partitions|map([.start,"
                      ".size,.type,.bootable]))]'",
                      image);
    assert_string_equal(ts_str_trim(json),
                        "[\"dos\",[[2048,1024000,\"c\",true],[1026048,2048000,\"f\",null],"
                        "[3074048,2097152,\"7\",null],[1028096,819200,\"7\",null],"
                        "[1849344,1224704,\"7\",null]]]");
}

static void what_does_not_fit_is_refused_before_the_disk_is_touched(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    ts_partition_plan big = {.kind = TS_PARTITION_PRIMARY, .bytes = 4 * GIB};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = &big, .n_partitions = 1};
    FAILS(TS_LIMIT, "does not fit", ts_host_disk_partition(host, &plan, err));
    uint64_t room = 0;
    OK(ts_host_disk_room(host, 0, TS_DISK_GPT, &room, err));
    assert_int_equal(room, 4094 * TS_MIB);
    ts_volume_info v;
    OK(ts_host_volume(host, 'D', &v, err));
    big.bytes = room;
    OK(ts_host_disk_partition(host, &plan, err));
}

static void room_of_styles_is_computed(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(ts_disk_table_room(4 * GIB, 512, TS_DISK_MBR), 4095 * TS_MIB);
    /* 3 TiB: MBR counts 2^32 - 1 sectors only. */
    assert_int_equal(ts_disk_table_room(3072 * GIB, 512, TS_DISK_MBR), (2097152 - 2) * TS_MIB);
    assert_int_equal(ts_disk_table_room(TS_MIB, 512, TS_DISK_GPT), 0);
}

static void read_only_image_is_kept_off(void **state)
{
    TS_UNUSED(state);
    if (geteuid() == 0)
        skip(); /* root may write everything */
    assert_int_equal(chmod(image, 0400), 0);
    ts_partition_plan part = {.kind = TS_PARTITION_PRIMARY, .bytes = GIB};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = &part, .n_partitions = 1};
    FAILS(TS_REFUSED, "may not be written", ts_host_disk_partition(host, &plan, err));
}

/* --- Files --------------------------------------------------------------------------------- */

static void files_on_ntfs_are_read_by_others(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    const char *path = "D:\\Windows\\Panther\\unattend.xml";
    OK(ts_host_file_write(host, path, "<unattend/>", 11, false, err));
    OK(ts_host_file_write(host, "D:/windows/PANTHER/unattend.xml", "\n", 1, true, err));
    OK(ts_host_folder_make(host, "D:/Drivers/0001/\xc3\xa4", err));
    ts_file_info info;
    OK(ts_host_file_info(host, path, &info, err));
    assert_true(info.exists && !info.is_folder);
    assert_int_equal(info.size, 12);
    assert_true(info.modified > 1600000000000);
    OK(ts_host_file_info(host, "D:/Drivers", &info, err));
    assert_true(info.is_folder);
    take_windows();
    TS_CLEANUP(ts_free_ptr)
    char *text = tool("ntfscat -f %s/os Windows/Panther/unattend.xml", folder);
    assert_string_equal(text, "<unattend/>\n");
    assert_holds(tool("ntfsls -f %s/os -p Drivers/0001", folder), "\xc3\xa4");
    OK(ts_host_file_delete(host, path, err));
    OK(ts_host_file_delete(host, path, err));
    OK(ts_host_file_info(host, path, &info, err));
    assert_false(info.exists);
    FAILS(TS_NOT_FOUND, "unattend.xml",
          ts_host_file_read(host, path, &(char *){0}, &(size_t){0}, err));
}

static void files_on_fat_are_read_by_others(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    OK(ts_host_file_write(host, "C:/EFI/Microsoft/Boot/a long name.txt", "one", 3, false, err));
    OK(ts_host_file_write(host, "C:/efi/microsoft/boot/A Long Name.txt", "two", 3, true, err));
    assert_holds(tool("mtype -i '%s'@@1M '::/EFI/Microsoft/Boot/a long name.txt'", image),
                 "onetwo");
    char *text = NULL;
    size_t size = 0;
    OK(ts_host_file_read(host, "C:\\EFI\\Microsoft\\Boot\\a long name.txt", &text, &size, err));
    assert_string_equal(text, "onetwo");
    free(text);
    ts_file_info info;
    OK(ts_host_file_info(host, "C:/EFI/Microsoft", &info, err));
    assert_true(info.exists && info.is_folder);
    OK(ts_host_file_info(host, "C:/EFI/Microsoft/Boot/a long name.txt", &info, err));
    assert_int_equal(info.size, 6);
    OK(ts_host_file_delete(host, "C:/EFI/Microsoft/Boot/a long name.txt", err));
    OK(ts_host_file_info(host, "C:/EFI/Microsoft/Boot/a long name.txt", &info, err));
    assert_false(info.exists);
}

static void big_files_are_copied_both_ways(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    char from[128];
    char back[128];
    (void)snprintf(from, sizeof(from), "%s/big", folder);
    (void)snprintf(back, sizeof(back), "%s/back", folder);
    free(tool("head -c 20000001 /dev/urandom > %s", from));
    OK(ts_host_file_copy(host, from, "D:/a/big.bin", err));
    OK(ts_host_file_copy(host, "D:/a/big.bin", "C:/big.bin", err));
    OK(ts_host_file_copy(host, "D:/a/big.bin", back, err));
    free(tool("cmp %s %s", from, back));
    free(tool("mcopy -n -i '%s'@@1M ::/big.bin %s/fat && cmp %s %s/fat", image, folder, from,
              folder));
}

static void assert_list(const char *path, const char *wanted)
{
    char *names = NULL;
    OK(ts_host_folder_list(host, path, &names, err));
    assert_string_equal(names, wanted);
    free(names);
}

static void folders_of_volumes_are_listed(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    assert_list("D:/", "");
    assert_list("C:\\", "");
    for (char letter = 'C'; letter <= 'D'; letter++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%c:/two/b.txt", letter);
        OK(ts_host_file_write(host, path, "x", 1, false, err));
        (void)snprintf(path, sizeof(path), "%c:/two/a folder", letter);
        OK(ts_host_folder_make(host, path, err));
        (void)snprintf(path, sizeof(path), "%c:\\", letter);
        assert_list(path, "two/\n");
        (void)snprintf(path, sizeof(path), "%c:\\two", letter);
        assert_list(path, "a folder/\nb.txt\n");
        (void)snprintf(path, sizeof(path), "%c:/none", letter);
        char *names = NULL;
        FAILS(TS_NOT_FOUND, "none", ts_host_folder_list(host, path, &names, err));
    }
}

static void letters_without_volume_have_no_files(void **state)
{
    TS_UNUSED(state);
    ts_file_info info;
    OK(ts_host_file_info(host, "C:/Windows", &info, err));
    assert_false(info.exists);
    FAILS(TS_NOT_FOUND, "C:", ts_host_file_write(host, "C:/x", "x", 1, false, err));
}

static void formatting_again_empties_a_volume(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    OK(ts_host_file_write(host, "D:/x", "x", 1, false, err));
    OK(ts_host_volume_format(host, 'D', TS_FS_NTFS, "Again", false, err));
    ts_file_info info;
    OK(ts_host_file_info(host, "D:/x", &info, err));
    assert_false(info.exists);
    ts_volume_info v;
    OK(ts_host_volume(host, 'D', &v, err));
    assert_string_equal(v.label, "Again");
}

static void disk_images_that_cannot_be_are_refused(void **state)
{
    TS_UNUSED(state);
    FAILS(TS_USAGE, "twice", ts_host_disk_image(host, 0, image, err));
    FAILS(TS_USAGE, "no file", ts_host_disk_image(host, 1, folder, err));
    FAILS(TS_LIMIT, "63", ts_host_disk_image(host, TS_DISKS_MAX, image, err));
    FAILS(TS_OS, "missing", ts_host_disk_image(host, 1, "/tmp/missing/x", err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DISK(gpt_disk_is_as_planned),
        WITH_DISK(volumes_are_listed_with_letters_and_labels),
        WITH_DISK(a_new_host_finds_the_letters_of_data_volumes),
        WITH_DISK(classes_of_disks_describe_the_image),
        WITH_DISK(mbr_disk_has_active_and_logical_partitions),
        WITH_DISK(what_does_not_fit_is_refused_before_the_disk_is_touched),
        cmocka_unit_test(room_of_styles_is_computed),
        WITH_DISK(read_only_image_is_kept_off),
        WITH_DISK(files_on_ntfs_are_read_by_others),
        WITH_DISK(files_on_fat_are_read_by_others),
        WITH_DISK(big_files_are_copied_both_ways),
        WITH_DISK(folders_of_volumes_are_listed),
        WITH_DISK(letters_without_volume_have_no_files),
        WITH_DISK(formatting_again_empties_a_volume),
        WITH_DISK(disk_images_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
