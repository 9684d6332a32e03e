/* bench_image.c - applying an image to an NTFS volume of an image file.
 *
 *   bench_image FILE.wim WIMLIB-IMAGEX [ROUNDS]
 *
 * Each round formats two volumes and applies the file to one with the Linux host and to the other
 * with `wimlib-imagex apply`, in turns. CPU time of each is user + system time of the process that
 * applies; formatting does not count. Medians and their ratio are printed. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ts/deploy.h>
#include <ts/mem.h>

#include "host_linux.h"
#include "os.h"

#define ROUNDS_MAX 51
#define GIB        (UINT64_C(1024) * TS_MIB)

typedef struct cost {
    double cpu[ROUNDS_MAX], wall[ROUNDS_MAX];
} cost;

static char folder[] = "/tmp/taskseq-bench-XXXXXX";

static void die(const char *what, ts_err *err)
{
    fprintf(stderr, "bench_image: %s: %s\n", what, err ? ts_err_text(err) : "failed");
    (void)ts_folder_remove(folder, NULL);
    exit(1);
}

static void shell(const char *fmt, ...) TS_PRINTF(1, 2);
static void shell(const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *argv[] = {"sh", "-c", text, NULL};
    ts_program program = {.argv = argv};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, NULL, NULL, &result, &err) || result.exit_code != 0)
        die(text, err);
    ts_program_result_done(&result);
}

static double cpu_of(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double wall_now(void)
{
    return (double)ts_clock_steady() / 1e9;
}

/* One NTFS volume on a disk image, as the partition step makes it. */
static void apply_here(const char *wim, double *cpu, double *wall)
{
    ts_err *err = NULL;
    char disk[128];
    ts_partition_plan part = {.kind = TS_PARTITION_PRIMARY,
                              .bytes = 4 * GIB,
                              .filesystem = TS_FS_NTFS,
                              .quick = true,
                              .letter = true};
    ts_disk_plan plan = {.style = TS_DISK_GPT, .partitions = &part, .n_partitions = 1};
    (void)snprintf(disk, sizeof disk, "%s/disk.img", folder);
    shell("cd %s && rm -f disk.img && truncate -s 5G disk.img", folder);
    ts_host *host = ts_host_linux_new(NULL, &err);
    if (!host || !ts_host_disk_image(host, 0, disk, &err) ||
        !ts_host_disk_partition(host, &plan, &err))
        die("cannot make the disk", err);
    ts_image_apply what = {.file = wim, .index = 1, .letter = part.got};
    double cpu_before = cpu_of(RUSAGE_SELF);
    double before = wall_now();
    if (!ts_host_image_apply(host, &what, &err))
        die("cannot apply", err);
    *cpu = cpu_of(RUSAGE_SELF) - cpu_before;
    *wall = wall_now() - before;
    ts_host_free(host);
}

static void apply_there(const char *wim, const char *imagex, double *cpu, double *wall)
{
    shell("cd %s && rm -f vol && truncate -s 4G vol && "
          "PATH=$PATH:/usr/sbin mkntfs -F -Q -q -p 2048 -H 255 -S 63 vol >mkntfs.log 2>&1",
          folder);
    double cpu_before = cpu_of(RUSAGE_CHILDREN);
    double before = wall_now();
    shell("cd %s && %s apply '%s' 1 vol >apply.log 2>&1", folder, imagex, wim);
    *cpu = cpu_of(RUSAGE_CHILDREN) - cpu_before;
    *wall = wall_now() - before;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static double median(double *list, size_t n)
{
    qsort(list, n, sizeof *list, by_size);
    return n % 2 ? list[n / 2] : (list[n / 2 - 1] + list[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    int64_t rounds = 5;
    static cost here, there;
    if (argc < 3 ||
        (argc > 3 && (!ts_str_int64(argv[3], &rounds) || rounds < 1 || rounds > ROUNDS_MAX)) ||
        !mkdtemp(folder)) {
        fprintf(stderr, "usage: bench_image FILE.wim WIMLIB-IMAGEX [ROUNDS]\n");
        return 2;
    }
    char *wim = ts_path_absolute(argv[1], NULL);
    for (int64_t i = 0; wim && i < rounds; i++) {
        apply_there(wim, argv[2], &there.cpu[i], &there.wall[i]);
        apply_here(wim, &here.cpu[i], &here.wall[i]);
    }
    size_t n = (size_t)rounds;
    double a = median(here.cpu, n), b = median(there.cpu, n);
    printf("| CPU seconds | %.2f | %.2f | %.3f |\n", a, b, a / b);
    a = median(here.wall, n), b = median(there.wall, n);
    printf("| seconds | %.2f | %.2f | %.3f |\n", a, b, a / b);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("peak memory: %ld MiB\n", u.ru_maxrss / 1024);
    free(wim);
    return ts_folder_remove(folder, NULL) ? 0 : 1;
}
