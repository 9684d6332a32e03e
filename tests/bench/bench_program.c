/* bench_program.c - the program as people start it, against others in the same run.
 *
 * usage: bench_program TASKSEQ BARE SEQUENCE PROFILE...
 *   BARE      a program that only links the same libraries (bench_bare)
 *   SEQUENCE  the largest sequence at hand
 *   PROFILE   machine profiles (.json)
 *
 * Goals: --version close to BARE; a simulation of one step at most 3 ms more than --version, and at
 * most 6 MB more memory; 1,000 machines over SEQUENCE in at most 2 s on 2 cores. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS   40u
#define MACHINES 1000u

typedef struct sample {
    double ms;  /* best of the rounds */
    double cpu; /* of the best one, of all its threads */
    long kib;   /* peak memory */
    int status;
} sample;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) * 1e3 +
           (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e3;
}

static void run_once(char *const *argv, sample *best)
{
    struct rusage use = {0};
    int status = 0;
    double start = now_ms();
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        execv(argv[0], argv);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &use) < 0)
        exit(1);
    double spent = now_ms() - start;
    if (best->ms <= 0 || spent < best->ms) {
        best->ms = spent;
        best->cpu = cpu_ms(&use);
    }
    best->kib = use.ru_maxrss > best->kib ? use.ru_maxrss : best->kib;
    best->status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static sample measure(const char *what, unsigned rounds, char *const *argv)
{
    sample best = {0};
    for (unsigned i = 0; i < rounds; i++)
        run_once(argv, &best);
    printf("%-40s %9.2f ms  %9.2f ms CPU  %8ld KiB  exit %d\n", what, best.ms, best.cpu, best.kib,
           best.status);
    return best;
}

static char one_step[] = "/tmp/bench_program_XXXXXX";

static int write_one_step(void)
{
    static const char text[] = "<sequence version=\"3.10\"><step name=\"S\" timeout=\"60\">"
                               "<action>smsswd.exe /run: a.exe</action></step></sequence>\n";
    int file = mkstemp(one_step);
    return file >= 0 && write(file, text, sizeof text - 1) == (ssize_t)(sizeof text - 1) &&
           close(file) == 0;
}

static sample machines(char *taskseq, char *sequence, char *const *profiles, int count)
{
    static char *argv[2 * MACHINES + 8];
    static char simulate[] = "simulate", machine[] = "--machine";
    size_t n = 0;
    argv[n++] = taskseq;
    argv[n++] = simulate;
    argv[n++] = sequence;
    for (unsigned i = 0; i < MACHINES; i++) {
        argv[n++] = machine;
        argv[n++] = profiles[i % (unsigned)count];
    }
    argv[n] = NULL;
    return measure("1,000 machines", 3, argv);
}

int main(int argc, char **argv)
{
    if (argc < 5 || !write_one_step()) {
        fputs("usage: bench_program TASKSEQ BARE SEQUENCE PROFILE...\n", stderr);
        return 2;
    }
    static char version[] = "--version", simulate[] = "simulate", machine[] = "--machine";
    char *bare_argv[] = {argv[2], NULL};
    char *version_argv[] = {argv[1], version, NULL};
    char *step_argv[] = {argv[1], simulate, one_step, machine, argv[4], NULL};
    char *large_argv[] = {argv[1], simulate, argv[3], machine, argv[4], NULL};
    sample bare = measure("program that only links the libraries", ROUNDS, bare_argv);
    sample base = measure("taskseq --version", ROUNDS, version_argv);
    sample step = measure("simulate one step", ROUNDS, step_argv);
    sample large = measure("simulate the large sequence", ROUNDS / 2, large_argv);
    sample many = machines(argv[1], argv[3], argv + 4, argc - 4);
    unlink(one_step);
    printf("\n--version / bare program               %8.2f\n", base.ms / bare.ms);
    printf("first step over --version              %8.2f ms   (goal <= 3)\n", step.ms - base.ms);
    printf("memory of a simulation over --version  %8.2f MiB  (goal <= 6)\n",
           (double)(large.kib - base.kib) / 1024);
    printf("1,000 machines                         %8.2f s    (goal <= 2 on 2 cores; %.2f s CPU)\n",
           many.ms / 1000, many.cpu / 1000);
    return 0;
}
