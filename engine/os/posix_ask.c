/* posix_ask.c - questions to the person at the machine, and where media are. */
#include <errno.h>
#include <mntent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void set_echo(bool on)
{
    struct termios mode;
    if (tcgetattr(STDIN_FILENO, &mode) != 0)
        return;
    mode.c_lflag = on ? mode.c_lflag | ECHO : mode.c_lflag & ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode);
}

bool ts_console_line(bool hidden, char out[TS_CONSOLE_LINE_MAX], bool *end, ts_err **err)
{
    bool hide = hidden && ts_console_can_ask();
    if (hide)
        set_echo(false);
    char *got = fgets(out, (int)TS_CONSOLE_LINE_MAX, stdin);
    if (hide)
        set_echo(true);
    *end = got == NULL;
    if (*end) {
        out[0] = '\0';
        return !ferror(stdin) || ts_fail(err, TS_OS, "cannot read what is typed");
    }
    size_t len = strcspn(out, "\r\n");
    bool whole = out[len] != '\0' || feof(stdin) || len + 1 < TS_CONSOLE_LINE_MAX;
    out[len] = '\0';
    return whole ||
           ts_fail(err, TS_LIMIT, "a line is longer than %u bytes", TS_CONSOLE_LINE_MAX - 1);
}

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
