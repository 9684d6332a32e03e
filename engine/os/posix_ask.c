/* posix_ask.c - questions to the person at the machine, and where media are. */
#include <errno.h>
#include <mntent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

#define MOUNTS_MAX 65536u /* bytes of the names of all mount points */

extern char **environ;

bool ts_console_can_ask(void)
{
    return isatty(STDIN_FILENO) == 1;
}

/* --- Typing that does not show -------------------------------------------------------------- */

/* A signal that ends the program here would leave the terminal without echo: it waits until the
 * terminal is as before. */
typedef struct hiding {
    struct termios before;
    sigset_t mask; /* of this thread before */
    int signals;   /* signalfd; -1: nothing is hidden */
} hiding;

/* Without those that are ignored (nohup, trap '' INT): the kernel keeps a blocked one all the same,
 * and it would end the question. */
static void set_signals(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    sigemptyset(set);
    for (size_t i = 0; i < TS_COUNT(numbers); i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) != 0 || now.sa_handler != SIG_IGN)
            sigaddset(set, numbers[i]);
    }
}

static void hide(hiding *h)
{
    sigset_t set;
    h->signals = -1;
    if (!ts_console_can_ask() || tcgetattr(STDIN_FILENO, &h->before) != 0)
        return;
    set_signals(&set);
    h->signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (h->signals < 0)
        return;
    pthread_sigmask(SIG_BLOCK, &set, &h->mask);
    struct termios mode = h->before;
    mode.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode);
}

static void show(hiding *h)
{
    if (h->signals < 0)
        return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &h->before);
    close(h->signals);
    pthread_sigmask(SIG_SETMASK, &h->mask, NULL);
    h->signals = -1;
}

/* false: a signal came, and somebody waits for it who does not end the program. */
static bool wait_for_key(hiding *h)
{
    struct pollfd both[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = h->signals, .events = POLLIN}};
    struct signalfd_siginfo came;
    while (h->signals >= 0) {
        both[1].fd = h->signals;
        if (poll(both, TS_COUNT(both), -1) < 0 && errno == EINTR)
            continue;
        if (!(both[1].revents & POLLIN))
            return true;
        if (read(h->signals, &came, sizeof came) != (ssize_t)sizeof came)
            continue;
        show(h);
        raise((int)came.ssi_signo);
        if (came.ssi_signo != SIGTSTP)
            return false;
        hide(h); /* stopped, and goes on */
    }
    return true;
}

/* Byte by byte and without stdio, which would keep a copy of a password. -1: see errno. */
static ssize_t read_line(hiding *h, char out[TS_CONSOLE_LINE_MAX], size_t *len)
{
    ssize_t n = 1;
    *len = 0;
    while (n == 1 && *len + 1 < TS_CONSOLE_LINE_MAX) {
        if (!wait_for_key(h)) {
            errno = ECANCELED;
            return -1;
        }
        n = read(STDIN_FILENO, out + *len, 1);
        if (n < 0 && errno == EINTR && h->signals >= 0)
            n = 1;
        else if (n == 1 && out[(*len)++] == '\n')
            break;
    }
    out[*len] = '\0';
    return n;
}

bool ts_console_line(bool hidden, char out[TS_CONSOLE_LINE_MAX], bool *end, ts_err **err)
{
    hiding h = {.signals = -1};
    size_t len = 0;
    if (hidden)
        hide(&h);
    ssize_t n = read_line(&h, out, &len);
    int number = errno;
    show(&h);
    *end = n == 0 && len == 0;
    if (n < 0) {
        ts_wipe(out, TS_CONSOLE_LINE_MAX);
        return number == ECANCELED
                   ? ts_fail(err, TS_CANCELLED, "interrupted")
                   : ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number, "cannot read what is typed");
    }
    bool whole = n == 0 || (len > 0 && out[len - 1] == '\n');
    out[strcspn(out, "\r\n")] = '\0';
    return whole ||
           ts_fail(err, TS_LIMIT, "a line is longer than %u bytes", TS_CONSOLE_LINE_MAX - 1);
}

/* --- Others --------------------------------------------------------------------------------- */

bool ts_console_shell(ts_err **err)
{
    const char *shell = getenv("SHELL");
    char *argv[] = {ts_strdup(shell != NULL && *shell != '\0' ? shell : "/bin/sh"), NULL};
    pid_t pid = 0;
    int status = 0;
    int number = argv[0] == NULL ? ENOMEM : posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
    bool ok = number == 0 || ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number,
                                        "cannot start the shell '%s'", argv[0] ? argv[0] : "");
    while (ok && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    free(argv[0]);
    return ok;
}

ts_prompt_key *ts_prompt_key_start(void)
{
    return NULL;
}

void ts_prompt_key_stop(ts_prompt_key *key)
{
    TS_UNUSED(key);
}

/* Names with their NUL one behind the other. */
static void add_name(ts_buf *names, size_t *n, const char *name)
{
    ts_buf_add(names, name, strlen(name) + 1);
    (*n)++;
}

static void read_mounts(ts_buf *names, size_t *n)
{
    FILE *mounts = setmntent("/proc/self/mounts", "r");
    struct mntent *one = NULL;
    while (mounts != NULL && (one = getmntent(mounts)) != NULL)
        if (one->mnt_fsname[0] == '/' && strcmp(one->mnt_dir, "/") != 0)
            add_name(names, n, one->mnt_dir);
    if (mounts != NULL)
        endmntent(mounts);
}

bool ts_media_roots(char ***out, ts_err **err)
{
    ts_buf names;
    size_t n = 0;
    ts_buf_init(&names, MOUNTS_MAX);
    add_name(&names, &n, "/");
    read_mounts(&names, &n);
    bool ok = ts_buf_ok(&names, "list of mount points", err);
    char **list = ok ? ts_alloc((n + 1) * sizeof(char *) + names.len) : NULL;
    if (ok && list == NULL)
        ok = ts_fail_nomem(err);
    if (ok) {
        char *at = (char *)(list + n + 1);
        memcpy(at, names.data, names.len);
        for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
            list[i] = at;
        *out = list;
    }
    ts_buf_done(&names);
    return ok;
}
