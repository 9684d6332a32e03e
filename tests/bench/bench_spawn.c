/* bench_spawn.c - command steps against a bare spawn loop: what ts_process_run adds to posix_spawn
 * and waitpid of /bin/true. Goal: a ratio of 1.2 at most. Rounds alternate and the best of each
 * counts, so that other work on the machine does not decide. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ts/compiler.h>
#include <ts/text.h>

#include "host_linux.h"
#include "os.h"

extern char **environ;

#define PROGRAM "/bin/true"

static double bare(unsigned n)
{
    char name[] = PROGRAM;
    char *argv[] = {name, NULL};
    uint64_t before = ts_clock_steady();
    for (unsigned i = 0; i < n; i++) {
        pid_t pid;
        int status;
        if (posix_spawn(&pid, PROGRAM, NULL, NULL, argv, environ) != 0 ||
            waitpid(pid, &status, 0) != pid)
            exit(1);
    }
    return (double)(ts_clock_steady() - before) / n;
}

static double ours(ts_host *host, unsigned n, const ts_program *program)
{
    uint64_t before = ts_clock_steady();
    for (unsigned i = 0; i < n; i++) {
        ts_program_result result = {0};
        if (!ts_host_run(host, program, &result, NULL) || result.exit_code != 0)
            exit(1);
        ts_program_result_done(&result);
    }
    return (double)(ts_clock_steady() - before) / n;
}

static bool no_get(void *ctx, const char *name, ts_buf *out, bool *found)
{
    TS_UNUSED(ctx);
    TS_UNUSED(name);
    TS_UNUSED(out);
    *found = false;
    return true;
}

static double smaller(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20;
    ts_host *host = ts_host_linux_new(NULL, NULL);
    if (!host)
        return 1;
    const ts_var_service service = {.get = no_get};
    ts_program plain = {.command_line = PROGRAM};
    ts_program full = {
        .command_line = PROGRAM, .keep_output = true, .service = &service, .timeout = 60000};
    double best[3] = {0};
    for (int round = 0; round < 60; round++) {
        best[0] = smaller(best[0], bare(n));
        best[1] = smaller(best[1], ours(host, n, &plain));
        best[2] = smaller(best[2], ours(host, n, &full));
    }
    printf("bare posix_spawn and waitpid:             %7.1f us\n", best[0] / 1000);
    printf("ts_host_run:                              %7.1f us, ratio %.2f\n", best[1] / 1000,
           best[1] / best[0]);
    printf("ts_host_run, output, time-out, variables: %7.1f us, ratio %.2f\n", best[2] / 1000,
           best[2] / best[0]);
    ts_host_free(host);
    return 0;
}
