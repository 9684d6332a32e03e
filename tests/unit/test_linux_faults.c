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

/* --- What is kept off ---------------------------------------------------------------------- */

static void assert_refused(const char *why)
{
    ts_partition_plan part = {.kind = TS_PARTITION_PRIMARY, .bytes = GIB};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = &part, .n_partitions = 1};
    /* The image is large and sparse: its times and blocks tell of any write, its ends of tables. */
#define LOOK "{ stat -c '%%b %%y' '%s'; head -c 4M '%s'; tail -c 4M '%s'; } | sha256sum "
    free(tool(LOOK ">%s/before", image, image, image, folder));
    FAILS(TS_REFUSED, why, ts_host_disk_partition(host, &plan, err));
    free(tool(LOOK "| cmp - %s/before", image, image, image, folder));
#undef LOOK
}

static void new_host(const char *sysroot)
{
    const ts_host_linux_options options = {.sysroot = sysroot};
    ts_host_free(host);
    host = ts_host_linux_new(&options, NULL);
    OK(ts_host_disk_image(host, 0, image, err));
}

static void image_that_a_virtual_machine_has_is_kept_off(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    host = NULL;
    struct flock part = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1};
    int fd = open(image, O_RDONLY);
    assert_true(fd >= 0 && fcntl(fd, F_OFD_SETLK, &part) == 0);
    new_host(NULL);
    assert_refused("locked");
    close(fd);
    new_host(NULL);
    make_volume(64);
}

static void image_of_another_run_is_kept_off(void **state)
{
    TS_UNUSED(state);
    ts_host *first = host;
    host = NULL;
    new_host(NULL);
    assert_refused("another run");
    ts_host_free(first);
}

static void image_behind_a_loop_device_is_kept_off(void **state)
{
    TS_UNUSED(state);
    free(tool("mkdir -p %s/sys/block/loop7/loop && echo '%s' >%s/sys/block/loop7/loop/backing_file",
              folder, image, folder));
    new_host(folder);
    assert_refused("loop7");
}

/* In the middle of a run, too. */
static void disk_that_comes_into_use_is_not_changed(void **state)
{
    TS_UNUSED(state);
    make_volume(64);
    free(tool("mkdir -p %s/sys/block/loop3/loop && mkdir %s/empty", folder, folder));
    new_host(folder);
    OK(ts_host_file_write(host, "C:/x", "x", 1, false, err));
    free(tool("echo '%s' >%s/sys/block/loop3/loop/backing_file", image, folder));
    ts_image_apply what = {.file = "/none.wim", .index = 1, .letter = 'C'};
    char *names = NULL;
    FAILS(TS_REFUSED, "loop3", ts_host_file_write(host, "C:/y", "y", 1, false, err));
    FAILS(TS_REFUSED, "loop3", ts_host_file_copy(host, "/etc/passwd", "C:/y", err));
    FAILS(TS_REFUSED, "loop3", ts_host_file_delete(host, "C:/x", err));
    FAILS(TS_REFUSED, "loop3", ts_host_folder_make(host, "C:/z", err));
    FAILS(TS_REFUSED, "loop3", ts_host_image_apply(host, &what, err));
    FAILS(TS_REFUSED, "loop3", ts_host_boot_files(host, 'C', NULL, err));
    OK(ts_host_folder_list(host, "C:/", &names, err));
    assert_string_equal(names, "x\n");
    free(names);
}

/* A block device in a described machine is a file beside it. */
static void put_device(const char *name)
{
    free(tool("cd %s && mkdir -p dev sys/block/%s proc && truncate -s 64M dev/%s && "
              "echo 131072 >sys/block/%s/size && touch proc/swaps && "
              "echo '20 1 9:9 / / rw - ext4 /dev/other rw' >proc/self.mounts",
              folder, name, name, name));
    free(tool("cd %s && mkdir -p proc/self && mv proc/self.mounts proc/self/mountinfo", folder));
}

static void assert_kept_off(const char *why)
{
    const ts_host_linux_options options = {.sysroot = folder};
    ts_host_free(host);
    host = ts_host_linux_new(&options, NULL);
    ts_partition_plan part = {.kind = TS_PARTITION_PRIMARY,
                              .bytes = 40 * TS_MIB,
                              .filesystem = TS_FS_NTFS,
                              .quick = true};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = &part, .n_partitions = 1};
    if (why)
        FAILS(TS_REFUSED, why, ts_host_disk_partition(host, &plan, err));
    else
        OK(ts_host_disk_partition(host, &plan, err));
    assert_holds(tool("head -c 1M %s/dev/sda | tr -d '\\0' | wc -c | tr '\\n' ' '", folder),
                 why ? "0 " : " ");
}

static void device_in_use_is_kept_off(void **state)
{
    TS_UNUSED(state);
    static const char *const cases[][2] = {
        {"echo '21 1 8:1 / / rw - ext4 /dev/sda1 rw' >>proc/self/mountinfo; "
         "mkdir sys/block/sda/sda1; echo 8:1 >sys/block/sda/sda1/dev",
         "this Linux runs from it"},
        {"echo '21 20 8:0 / /data rw - ext4 /dev/sda rw' >>proc/self/mountinfo",
         "mounted at '/data'"},
        {"mkdir sys/block/sda/sda2; echo '/dev/sda2 partition 1 0 -2' >>proc/swaps", "swap space"},
        {"mkdir -p sys/block/sda/holders/dm-0", "dm-0"},
        {"mkdir -p sys/block/sda/sda3/holders/md0", "md0"},
        {"echo 1 >sys/block/sda/ro", "read-only"},
        {"rm proc/self/mountinfo", "could not be found out"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        put_device("sda");
        free(tool("cd %s; %s", folder, cases[i][0]));
        assert_kept_off(cases[i][1]);
        free(tool("cd %s && rm -r dev sys proc", folder));
    }
    put_device("sda");
    assert_kept_off(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DISK(full_volume_is_said_by_the_image),
        WITH_DISK(full_volume_is_said_by_a_file),
        WITH_DISK(disk_that_is_gone_is_named),
        WITH_DISK(image_that_a_virtual_machine_has_is_kept_off),
        WITH_DISK(image_of_another_run_is_kept_off),
        WITH_DISK(image_behind_a_loop_device_is_kept_off),
        WITH_DISK(disk_that_comes_into_use_is_not_changed),
        WITH_DISK(device_in_use_is_kept_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
