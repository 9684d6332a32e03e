/* linux_disk.h - an image file as disk 0 of a Linux host, and the tools of others to look at it. */
#ifndef TS_TESTS_LINUX_DISK_H
#define TS_TESTS_LINUX_DISK_H

#include <stdio.h>
#include <unistd.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "check.h"
#include "host_linux.h"
#include "os.h"

#define GIB (UINT64_C(1024) * TS_MIB)

static char folder[64];
static char image[96];
static ts_host *host;

/* What a program prints; fails the test when it fails. Owned. */
static inline char *tool(const char *fmt, ...) TS_PRINTF(1, 2);
static inline char *tool(const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    const char *argv[] = {"sh", "-c", text, NULL};
    ts_program program = {.argv = argv, .keep_output = true};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, NULL, NULL, &result, &err))
        fail_msg("%s: %s", text, ts_err_text(err));
    if (result.exit_code != 0)
        fail_msg("%s: exit code %u: %s", text, result.exit_code, result.output);
    return result.output;
}

#define OK(call)                                                                                   \
    do {                                                                                           \
        ts_err *ok_err = NULL;                                                                     \
        ts_err **err = &ok_err;                                                                    \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, ts_err_text(ok_err));                                        \
    } while (0)

#define FAILS(code, part, call)                                                                    \
    do {                                                                                           \
        ts_err *no_err = NULL;                                                                     \
        ts_err **err = &no_err;                                                                    \
        assert_false(call);                                                                        \
        if (ts_err_code(no_err) != (code) || !strstr(ts_err_text(no_err), part))                   \
            fail_msg("%s: %d: %s", #call, (int)ts_err_code(no_err), ts_err_text(no_err));          \
        ts_err_free(no_err);                                                                       \
    } while (0)

static inline void assert_holds(char *owned, const char *part)
{
    if (!strstr(owned, part))
        fail_msg("no '%s' in: %s", part, owned);
    free(owned);
}

static inline int make_disk(void **state)
{
    TS_UNUSED(state);
    (void)snprintf(folder, sizeof(folder), "/tmp/taskseq-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(image, sizeof(image), "%s/disk @1.img", folder); /* '@' and a blank on purpose */
    free(tool("truncate -s 4G '%s'", image));
    host = ts_host_linux_new(NULL, NULL);
    return host && ts_host_disk_image(host, 0, image, NULL) ? 0 : -1;
}

static inline int remove_disk(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    host = NULL;
    return ts_folder_remove(folder, NULL) ? 0 : -1;
}

/* ESP 100 MiB (C:), MSR 16 MiB, Windows 2 GiB (D:) at 117 MiB, recovery 700 MiB. */
static inline void make_uefi(void)
{
    ts_partition_plan parts[] = {
        {.kind = TS_PARTITION_EFI,
         .bytes = 100 * TS_MIB,
         .filesystem = TS_FS_FAT32,
         .label = "System",
         .quick = true,
         .letter = true},
        {.kind = TS_PARTITION_MSR, .bytes = 16 * TS_MIB},
        {.kind = TS_PARTITION_PRIMARY,
         .bytes = 2 * GIB,
         .filesystem = TS_FS_NTFS,
         .label = "Windows",
         .quick = true,
         .letter = true},
        {.kind = TS_PARTITION_RECOVERY,
         .bytes = 700 * TS_MIB,
         .filesystem = TS_FS_NTFS,
         .label = "Recovery",
         .quick = true},
    };
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = parts, .n_partitions = 4};
    OK(ts_host_disk_partition(host, &plan, err));
    assert_int_equal(parts[0].got, 'C');
    assert_int_equal(parts[2].got, 'D');
    assert_int_equal(parts[3].got, 0);
}

/* The Windows volume as a file of its own, for tools that know no offset. */
static inline void take_windows(void)
{
    free(tool("dd if='%s' of=%s/os bs=1M skip=117 count=2048 conv=sparse status=none", image,
              folder));
}

#define WITH_DISK(test) cmocka_unit_test_setup_teardown(test, make_disk, remove_disk)

#endif
