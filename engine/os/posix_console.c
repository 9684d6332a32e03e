/* posix_console.c - what the terminal can show; where this program is; who wants it to end. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

#define COLUMNS_MAX 100000

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

/* Without setlocale (it would change how numbers are read): the variables in their order. */
static bool locale_is_utf8(void)
{
    const char *locale = env("LC_ALL");
    if (locale[0] == '\0')
        locale = env("LC_CTYPE");
    if (locale[0] == '\0')
        locale = env("LANG");
    return ts_str_icontains(locale, "UTF-8") != NULL || ts_str_icontains(locale, "UTF8") != NULL;
}

void ts_console_open(bool error_stream, ts_console *out)
{
    int fd = error_stream ? STDERR_FILENO : STDOUT_FILENO;
    const char *term = env("TERM");
    *out = (ts_console){.is_terminal = isatty(fd) == 1};
    out->color = out->is_terminal && term[0] != '\0' && strcmp(term, "dumb") != 0;
    /* The fonts of the kernel's console have box lines, but not the marks of the reports. */
    out->utf8 = locale_is_utf8() && strcmp(term, "linux") != 0;
    struct winsize size;
    if (out->is_terminal && ioctl(fd, TIOCGWINSZ, &size) == 0)
        out->columns = size.ws_col;
    int64_t columns;
    if (out->columns == 0 && ts_str_int64(env("COLUMNS"), &columns) && columns > 0 &&
        columns <= COLUMNS_MAX)
        out->columns = (unsigned)columns;
}

static bool path_holds(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    for (const char *p = path; *p != '\0';) {
        size_t n = strcspn(p, ":");
        if (n == len && strncmp(p, folder, n) == 0)
            return true;
        p += n;
        p += *p == ':';
    }
    return false;
}

bool ts_env_add_path(const char *folder, ts_err **err)
{
    const char *path = env("PATH");
    if (path_holds(path, folder))
        return true;
    char *longer = ts_sprintf("%s%s%s", path, path[0] != '\0' ? ":" : "", folder);
    if (longer == NULL)
        return ts_fail_nomem(err);
    int failed = setenv("PATH", longer, 1);
    int number = errno;
    free(longer);
    if (failed != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number, "cannot set PATH");
    return true;
}

unsigned ts_cpu_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

char *ts_program_path(ts_err **err)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size < 0) {
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot tell where this program is");
        return NULL;
    }
    char *copy = ts_strndup(path, (size_t)size);
    if (copy == NULL)
        ts_fail_nomem(err);
    return copy;
}

bool ts_program_begin(int *argc, char ***argv, ts_err **err)
{
    TS_UNUSED(argc);
    TS_UNUSED(argv);
    TS_UNUSED(err);
    return true; /* both are as they should be */
}

/* A signal handler has no context argument: these two are set before it is installed. */
static void (*volatile interrupt_fn)(void *);
static void *volatile interrupt_ctx;

static void on_signal(int number)
{
    (void)number;
    void (*fn)(void *) = interrupt_fn;
    if (fn != NULL)
        fn(interrupt_ctx);
}

void ts_interrupt_set(void (*fn)(void *), void *ctx)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    interrupt_ctx = ctx;
    interrupt_fn = fn;
    action.sa_handler = fn == NULL ? SIG_DFL : on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* the second signal ends the program */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
