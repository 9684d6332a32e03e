/* test_sim_deploy.c - disks, images and BitLocker of the simulated machine: what a real one would
 * refuse is refused. */
#include "check.h"

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/sim.h>

#define GIB (1024 * TS_MIB)

static ts_host *machine(const char *rest)
{
    ts_err *err = NULL;
    char *json = ts_sprintf("{\"name\": \"m\", \"smbios\": {\"manufacturer\": \"C\", "
                            "\"model\": \"M\"}, %s}",
                            rest);
    ts_host *host = ts_host_sim_new("m.json", json, strlen(json), &err);
    free(json);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    return host;
}

#define UEFI "\"firmware\": \"uefi\", \"disks\": [{\"model\": \"D\", \"size\": \"64 GiB\"}]"
#define BIOS "\"firmware\": \"bios\", \"disks\": [{\"model\": \"D\", \"size\": \"64 GiB\"}]"

static void expect_code(bool ok, ts_err **err, ts_code code, const char *part)
{
    assert_false(ok);
    if (ts_err_code(*err) != code || !strstr(ts_err_text(*err), part))
        fail_msg("%d: %s", (int)ts_err_code(*err), ts_err_text(*err));
    ts_err_clear(err);
}

static uint64_t room(ts_host *host, ts_disk_style style)
{
    uint64_t bytes = 0;
    assert_true(ts_host_disk_room(host, 0, style, &bytes, NULL));
    return bytes;
}

/* 64 GiB: GPT loses the first MiB and, for the 33 sectors of its copy, the last; MBR only the
 * first. */
static void room_is_aligned_to_mib(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI);
    assert_int_equal(room(host, TS_DISK_GPT), 64 * GIB - 2 * TS_MIB);
    assert_int_equal(room(host, TS_DISK_MBR), 64 * GIB - TS_MIB);
    ts_host_free(host);
    host = machine("\"firmware\": \"uefi\", \"disks\": [{\"size\": \"4 TiB\"}]");
    assert_int_equal(room(host, TS_DISK_MBR), 2048 * GIB - TS_MIB);
    ts_host_free(host);
}

static ts_partition_plan windows_parts[3];

static ts_disk_plan windows_plan(uint64_t bytes)
{
    windows_parts[0] = (ts_partition_plan){
        .kind = TS_PARTITION_EFI, .bytes = 260 * TS_MIB, .filesystem = TS_FS_FAT32};
    windows_parts[1] = (ts_partition_plan){.kind = TS_PARTITION_MSR, .bytes = 16 * TS_MIB};
    windows_parts[2] = (ts_partition_plan){.kind = TS_PARTITION_PRIMARY,
                                           .bytes = bytes,
                                           .filesystem = TS_FS_NTFS,
                                           .label = "Windows",
                                           .letter = true};
    return (ts_disk_plan){
        .disk = 0, .style = TS_DISK_GPT, .partitions = windows_parts, .n_partitions = 3};
}

static void partition(ts_host *host, ts_disk_plan *plan)
{
    ts_err *err = NULL;
    if (!ts_host_disk_partition(host, plan, &err))
        fail_msg("%s", ts_err_text(err));
}

static void layout_is_made_with_letters_and_offsets(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI);
    ts_disk_plan plan = windows_plan(40 * GIB);
    ts_volume_info *v = NULL;
    size_t n = 0;
    partition(host, &plan);
    assert_int_equal(windows_parts[2].got, 'C');
    assert_true(ts_host_volumes(host, 0, &v, &n, NULL));
    assert_int_equal(n, 3);
    assert_int_equal(v[0].offset, TS_MIB);
    assert_int_equal(v[0].kind, TS_PARTITION_EFI);
    assert_int_equal(v[1].kind, TS_PARTITION_MSR);
    assert_int_equal(v[2].offset, 277 * TS_MIB);
    assert_int_equal(v[2].filesystem, TS_FS_NTFS);
    assert_string_equal(v[2].label, "Windows");
    free(v);
    ts_host_free(host);
}

static void plan_that_does_not_fit_changes_nothing(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI);
    ts_err *err = NULL;
    ts_disk_info *disks = NULL;
    size_t n = 0;
    ts_disk_plan plan = windows_plan(64 * GIB);
    expect_code(ts_host_disk_partition(host, &plan, &err), &err, TS_LIMIT, "partition 3");
    plan = windows_plan(GIB + 5);
    expect_code(ts_host_disk_partition(host, &plan, &err), &err, TS_SCHEMA, "multiple of 1 MiB");
    plan.disk = 7;
    plan.n_partitions = 2;
    expect_code(ts_host_disk_partition(host, &plan, &err), &err, TS_NOT_FOUND, "no disk 7");
    assert_true(ts_host_disks(host, &disks, &n, NULL));
    assert_int_equal(disks[0].style, TS_DISK_RAW);
    free(disks);
    ts_host_free(host);
}

static void keep_refused(void *ctx, const ts_host_change *change)
{
    bool *refused = ctx;
    assert_non_null(change->error);
    *refused = change->refused;
}

/* What the checks before it stop has touched nothing; behind them only the machine knows. */
static void wipe_that_a_check_stops_is_told_as_refused(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI);
    bool refused = false;
    ts_host_listen(host, keep_refused, &refused);
    ts_disk_plan plan = windows_plan(GIB + 5);
    assert_false(ts_host_disk_partition(host, &plan, NULL)); /* no multiple of 1 MiB */
    assert_true(refused);
    plan = windows_plan(GIB);
    ts_host_fail_at(host, 1, TS_OS);
    assert_false(ts_host_disk_partition(host, &plan, NULL));
    assert_true(refused);
    assert_false(ts_host_volume_format(host, 'Q', TS_FS_NTFS, "", true, NULL)); /* none there */
    assert_true(refused);
    plan = windows_plan(64 * GIB);
    assert_false(ts_host_disk_partition(host, &plan, NULL)); /* the machine says no */
    assert_false(refused);
    refused = true;
    assert_false(ts_host_file_write(host, "Q:\\x", "", 0, false, NULL)); /* no wipe at all */
    assert_false(refused);
    ts_host_free(host);
}

static void mbr_takes_four_primary_partitions(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(BIOS);
    ts_err *err = NULL;
    ts_partition_plan parts[5];
    for (size_t i = 0; i < TS_COUNT(parts); i++)
        parts[i] = (ts_partition_plan){.kind = TS_PARTITION_PRIMARY, .bytes = GIB};
    ts_disk_plan plan = {
        .style = TS_DISK_MBR, .partitions = parts, .n_partitions = TS_COUNT(parts)};
    expect_code(ts_host_disk_partition(host, &plan, &err), &err, TS_LIMIT, "4 primary");
    parts[3].kind = TS_PARTITION_EXTENDED;
    parts[3].bytes = 10 * GIB;
    parts[4].kind = TS_PARTITION_LOGICAL;
    parts[4].bytes = 10 * GIB; /* no room for its own table */
    expect_code(ts_host_disk_partition(host, &plan, &err), &err, TS_LIMIT, "extended");
    parts[4].bytes -= TS_MIB;
    partition(host, &plan);
    ts_host_free(host);
}

/* Drive safety: the disk of the running Windows is never destroyed, whoever asks. */
static void disk_that_windows_runs_from_is_kept(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine("\"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"disks\": "
                            "[{\"size\": \"64 GiB\", \"style\": \"gpt\", \"partitions\": "
                            "[{\"filesystem\": \"ntfs\", \"letter\": \"C\"}]}]");
    ts_err *err = NULL;
    ts_disk_plan plan = windows_plan(GIB);
    expect_code(ts_host_disk_partition(host, &plan, &err), &err, TS_REFUSED, "runs is on it");
    expect_code(ts_host_volume_format(host, 'C', TS_FS_NTFS, "", true, &err), &err, TS_REFUSED,
                "runs is on it");
    expect_code(ts_host_disk_to_dynamic(host, 0, &err), &err, TS_REFUSED, "runs is on it");
    ts_host_free(host);
}

#define IMAGES                                                                                     \
    ", \"images\": [{\"file\": \"*/small.wim\", \"bytes\": \"4 GB\", \"os\": {\"name\": "          \
    "\"Windows "                                                                                   \
    "Small\", \"edition\": \"Core\"}}, {\"file\": \"*/big.wim\", \"bytes\": \"100 GB\"}, "         \
    "{\"file\": "                                                                                  \
    "\"*/arm.wim\", \"bytes\": \"4 GB\", \"os\": {\"architecture\": \"arm64\"}}]"

static bool apply(ts_host *host, const char *file, uint32_t index, ts_err **err)
{
    const ts_image_apply what = {.file = file, .index = index, .letter = 'C'};
    return ts_host_image_apply(host, &what, err);
}

static void image_that_does_not_fit_is_refused(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI IMAGES);
    ts_err *err = NULL;
    ts_disk_plan plan = windows_plan(40 * GIB);
    expect_code(apply(host, "X:/small.wim", 1, &err), &err, TS_NOT_FOUND, "C:");
    windows_parts[2].filesystem = TS_FS_NONE;
    windows_parts[2].letter = true;
    partition(host, &plan);
    expect_code(apply(host, "X:/small.wim", 1, &err), &err, TS_STATE, "not formatted");
    plan = windows_plan(40 * GIB);
    partition(host, &plan);
    expect_code(apply(host, "X:/small.wim", 2, &err), &err, TS_NOT_FOUND, "index 2");
    expect_code(apply(host, "X:/big.wim", 1, &err), &err, TS_LIMIT, "MiB free");
    expect_code(apply(host, "X:/arm.wim", 1, &err), &err, TS_STATE, "arm64");
    expect_code(apply(host, "X:/none.wim", 1, &err), &err, TS_NOT_FOUND, "none.wim");
    ts_host_free(host);
}

static void applied_image_with_boot_files_is_what_starts(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI IMAGES);
    ts_err *err = NULL;
    bool on = false;
    char *name = NULL;
    bool found = false;
    ts_disk_plan plan = windows_plan(40 * GIB);
    partition(host, &plan);
    assert_true(apply(host, "X:/small.wim", 1, NULL));
    expect_code(ts_host_hand_over(host, TS_RESTART_OS, &on, &err), &err, TS_STATE, "boot files");
    assert_true(ts_host_boot_files(host, 'C', NULL, NULL));
    assert_true(ts_host_hand_over(host, TS_RESTART_OS, &on, NULL));
    assert_true(on);
    assert_true(ts_host_reg_get(host, "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
                                "ProductName", &found, NULL, &name, NULL));
    assert_string_equal(name, "Windows Small");
    free(name);
    ts_host_free(host);
}

static void boot_files_need_a_system_partition(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI IMAGES);
    ts_err *err = NULL;
    ts_disk_plan plan = windows_plan(40 * GIB);
    plan.partitions++;
    plan.n_partitions = 2; /* no EFI partition */
    partition(host, &plan);
    assert_true(apply(host, "X:/small.wim", 1, NULL));
    expect_code(ts_host_boot_files(host, 'C', NULL, &err), &err, TS_STATE, "EFI partition");
    ts_host_free(host);
}

static void offline_registry_is_that_of_the_next_start(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(UEFI IMAGES);
    ts_err *err = NULL;
    bool on = false;
    bool found = false;
    char *data = NULL;
    ts_disk_plan plan = windows_plan(40 * GIB);
    partition(host, &plan);
    expect_code(ts_host_offline_reg_set(host, 'C', "SOFTWARE", "X", "A", TS_REG_SZ, "1", &err),
                &err, TS_NOT_FOUND, "no Windows");
    assert_true(apply(host, "X:/small.wim", 1, NULL));
    expect_code(ts_host_offline_reg_set(host, 'C', "HKLM", "X", "A", TS_REG_SZ, "1", &err), &err,
                TS_SCHEMA, "no hive");
    assert_true(ts_host_offline_reg_set(host, 'C', "SOFTWARE", "X", "A", TS_REG_SZ, "1", NULL));
    assert_true(ts_host_boot_files(host, 'C', NULL, NULL));
    assert_true(ts_host_hand_over(host, TS_RESTART_OS, &on, NULL));
    assert_true(ts_host_reg_get(host, "HKLM\\SOFTWARE\\X", "A", &found, NULL, &data, NULL) &&
                found);
    assert_string_equal(data, "1");
    free(data);
    ts_host_free(host);
}

#define FULL                                                                                       \
    "\"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"disks\": [{\"size\": \"64 GiB\", "   \
    "\"style\": \"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", \"letter\": \"C\"}]}]"
#define TPM ", \"tpm\": {\"version\": \"2.0\"}"

static void bitlocker_needs_tpm_and_directory(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    uint32_t number = 0;
    ts_bitlocker b = {.letter = 'C', .recovery_to_ad = true};
    ts_host *host = machine(FULL);
    expect_code(ts_host_bitlocker_enable(host, &b, &err), &err, TS_OS, "no TPM");
    ts_host_free(host);
    host = machine(FULL TPM ", \"workgroup\": \"FIELD\"");
    assert_false(ts_host_bitlocker_enable(host, &b, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    assert_int_equal(ts_err_os(err, &number), TS_OS_HRESULT);
    assert_int_equal(number, 0x80070005);
    assert_non_null(strstr(ts_err_text(err), "FIELD"));
    ts_err_clear(&err);
    b.recovery_to_ad = false;
    assert_true(ts_host_bitlocker_enable(host, &b, NULL));
    ts_host_free(host);
    b.recovery_to_ad = true;
    host = machine(FULL TPM ", \"domain\": \"contoso.com\"");
    assert_true(ts_host_bitlocker_enable(host, &b, NULL));
    ts_host_free(host);
}

static void certificate_is_added_once(void **state)
{
    TS_UNUSED(state);
    ts_host *host = machine(FULL);
    bool added = false;
    assert_true(ts_host_cert_add(host, TS_CERT_ROOT, "abc", 3, &added, NULL) && added);
    assert_true(ts_host_cert_add(host, TS_CERT_ROOT, "abc", 3, &added, NULL) && !added);
    assert_true(ts_host_cert_add(host, TS_CERT_CA, "abc", 3, &added, NULL) && added);
    ts_host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_aligned_to_mib),
        cmocka_unit_test(layout_is_made_with_letters_and_offsets),
        cmocka_unit_test(plan_that_does_not_fit_changes_nothing),
        cmocka_unit_test(wipe_that_a_check_stops_is_told_as_refused),
        cmocka_unit_test(mbr_takes_four_primary_partitions),
        cmocka_unit_test(disk_that_windows_runs_from_is_kept),
        cmocka_unit_test(image_that_does_not_fit_is_refused),
        cmocka_unit_test(applied_image_with_boot_files_is_what_starts),
        cmocka_unit_test(boot_files_need_a_system_partition),
        cmocka_unit_test(offline_registry_is_that_of_the_next_start),
        cmocka_unit_test(bitlocker_needs_tpm_and_directory),
        cmocka_unit_test(certificate_is_added_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
