/* test_linux_faults.c - what goes wrong while a disk is worked on, and which disks are kept off. */
#include "linux_disk.h"

#include <fcntl.h>
#include <sys/stat.h>

/* One NTFS volume C: of so many MiB. */
static void make_volume(uint64_t mib)
{
    ts_partition_plan part = {.kind = TS_PARTITION_PRIMARY,
                              .bytes = mib * TS_MIB,
                              .filesystem = TS_FS_NTFS,
                              .label = "Small",
                              .quick = true,
                              .letter = true};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = &part, .n_partitions = 1};
    OK(ts_host_disk_partition(host, &plan, err));
}

static void make_big_wim(void)
{
    free(tool("cd %s && mkdir tree && head -c 40000000 /dev/urandom >tree/one && "
              "head -c 40000000 /dev/urandom >tree/two && "
              "wimlib-imagex capture tree x.wim X --compress=none 2>&1",
              folder));
}

static void full_volume_is_said_by_the_image(void **state)
{
    TS_UNUSED(state);
    char wim[160];
    make_big_wim();
    make_volume(64);
    (void)snprintf(wim, sizeof(wim), "%s/x.wim", folder);
    ts_image_apply what = {.file = wim, .index = 1, .letter = 'C'};
    FAILS(TS_LIMIT, "volume C: is full", ts_host_image_apply(host, &what, err));
    /* It stays a volume, and is formatted and used again. */
    OK(ts_host_volume_format(host, 'C', TS_FS_NTFS, "Again", true, err));
    OK(ts_host_file_write(host, "C:/x", "x", 1, false, err));
}

static void full_volume_is_said_by_a_file(void **state)
{
    TS_UNUSED(state);
    char from[160];
    make_big_wim();
    make_volume(64);
    (void)snprintf(from, sizeof(from), "%s/x.wim", folder);
    FAILS(TS_LIMIT, "is full", ts_host_file_copy(host, from, "C:/x.wim", err));
}

static void disk_that_is_gone_is_named(void **state)
{
    TS_UNUSED(state);
    make_volume(64);
    OK(ts_host_file_write(host, "C:/x", "x", 1, false, err));
    assert_int_equal(unlink(image), 0);
    ts_volume_info v;
    ts_disk_info *disks = NULL;
    size_t n = 0;
    FAILS(TS_NOT_FOUND, "disk @1.img", ts_host_volume(host, 'C', &v, err));
    FAILS(TS_NOT_FOUND, "disk @1.img", ts_host_disks(host, &disks, &n, err));
    FAILS(TS_NOT_FOUND, "disk @1.img", ts_host_file_write(host, "C:/y", "y", 1, false, err));
    FAILS(TS_NOT_FOUND, "disk @1.img",
          ts_host_volume_format(host, 'C', TS_FS_NTFS, "Again", true, err));
    ts_image_apply what = {.file = "/none.wim", .index = 1, .letter = 'C'};
    FAILS(TS_NOT_FOUND, "disk @1.img", ts_host_image_apply(host, &what, err));
    FAILS(TS_NOT_FOUND, "disk @1.img", ts_host_boot_files(host, 'C', NULL, err));
    assert_int_not_equal(access(image, F_OK), 0); /* and nobody made it again */
    free(tool("touch '%s'", image));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DISK(full_volume_is_said_by_the_image),
        WITH_DISK(full_volume_is_said_by_a_file),
        WITH_DISK(disk_that_is_gone_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
