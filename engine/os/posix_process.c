/* posix_process.c - runs one program and waits for it: posix_spawn (which does not copy the
 * engine's memory map), then one poll() over the child's pidfd, its output and the variable
 * service. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "posix_parts.h"

#define CHUNK       65536u
#define CANCEL_LOOK 200u     /* ms: a cancel that comes as no signal is seen this late at most */
#define END_LOOK    10u      /* ms between looks at a tree that is being ended */
#define KILL_TIME   5000u    /* ms; what is not gone then hangs in the kernel */
#define MS          1000000u /* nanoseconds */

extern char **environ;

typedef struct run {
    const ts_program *program;
    ts_ipc_server *server; /* NULL: nothing to serve */
    const atomic_bool *cancel;
    pid_t pid;
    int pidfd;
    int output; /* -1: closed or not kept */
    bool ended;
    ts_tail tail;
    ts_tree tree;
} run;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* --- What to start ------------------------------------------------------------------------ */

typedef struct launch {
    char **split; /* owned */
    const char *const *argv;
    char *path;   /* owned; NULL: look in PATH */
    char **env;   /* owned, its texts borrowed; NULL: the engine's */
    char *socket; /* owned */
} launch;

static void launch_done(launch *l)
{
    free(l->split);
    free(l->path);
    free(l->env);
    free(l->socket);
}

static size_t name_length(const char *setting)
{
    const char *end = strchr(setting, '=');
    return end ? (size_t)(end - setting) : strlen(setting);
}

static bool is_replaced(const char *old, const char *const *additions)
{
    size_t len = name_length(old);
    if (len == 14 && memcmp(old, "TASKSEQ_SOCKET", 14) == 0)
        return true; /* that of an engine around this one is not meant for the child */
    for (; additions && *additions; additions++) {
        if (name_length(*additions) == len && memcmp(*additions, old, len) == 0)
            return true;
    }
    return false;
}

/* The settings are only pointed to; posix_spawn wants them without const. */
static char *borrow(const char *text)
{
    union {
        const char *in;
        char *out;
    } u = {.in = text};
    return u.out;
}

static bool make_env(launch *l, const ts_program *program, const ts_ipc_server *server,
                     ts_err **err)
{
    if (!program->env && !server && !getenv("TASKSEQ_SOCKET"))
        return true;
    size_t n = 2;
    for (char **e = environ; e && *e; e++)
        n++;
    for (const char *const *e = program->env; e && *e; e++)
        n++;
    l->env = ts_alloc_array(n, sizeof(char *));
    if (!l->env)
        return ts_fail_nomem(err);
    size_t at = 0;
    for (char **e = environ; e && *e; e++) {
        if (!is_replaced(*e, program->env))
            l->env[at++] = *e;
    }
    for (const char *const *e = program->env; e && *e; e++)
        l->env[at++] = borrow(*e);
    if (server) {
        l->socket = ts_sprintf("TASKSEQ_SOCKET=%s", ts_ipc_server_address(server));
        if (!l->socket)
            return ts_fail_nomem(err);
        l->env[at++] = l->socket;
    }
    return true;
}

/* A program without a path is looked for in its working folder and then in PATH, as Windows does;
 * package folders rely on that. */
static bool find_program(launch *l, const ts_program *program, ts_err **err)
{
    const char *name = l->argv[0];
    if (*name == '\0')
        return ts_fail(err, TS_NOT_FOUND, "the command line names no program");
    if (program->folder && !ts_file_is_folder(program->folder))
        return ts_fail(err, TS_NOT_FOUND, "there is no working folder '%s'", program->folder);
    if (strchr(name, '/')) {
        l->path = ts_strdup(name);
        return l->path || ts_fail_nomem(err);
    }
    if (!program->folder)
        return true;
    l->path = ts_path_join(program->folder, name);
    if (!l->path)
        return ts_fail_nomem(err);
    if (access(l->path, X_OK) == 0 && !ts_file_is_folder(l->path)) {
        char *absolute = ts_path_absolute(l->path, err);
        free(l->path);
        l->path = absolute;
        return absolute != NULL;
    }
    ts_free_ptr(&l->path);
    return true;
}

static bool prepare(launch *l, const ts_program *program, const ts_ipc_server *server, ts_err **err)
{
    if (program->user)
        return ts_fail(err, TS_UNSUPPORTED,
                       "running a program as another user ('%s') is not "
                       "supported on Linux; let the program change the user (su, runuser)",
                       program->user);
    l->argv = program->argv;
    if (!l->argv) {
        l->split = ts_command_split(program->command_line, err);
        if (!l->split)
            return false;
        l->argv = (const char *const *)l->split;
    }
    if (!l->argv[0])
        return ts_fail(err, TS_NOT_FOUND, "the command line names no program");
    return find_program(l, program, err) && make_env(l, program, server, err);
}

/* --- Starting ----------------------------------------------------------------------------- */

/* The child starts a session of its own: it cannot ask on the terminal, and a signal to the
 * terminal's group (Ctrl-C) reaches the engine alone, which ends the tree in its own way. */
static int set_attributes(posix_spawnattr_t *attr)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGCHLD};
    sigset_t none;
    sigset_t ours; /* what the engine may have changed; a SIGHUP that nohup ignores stays so */
    sigemptyset(&none);
    sigemptyset(&ours);
    for (size_t i = 0; i < TS_COUNT(signals); i++)
        sigaddset(&ours, signals[i]);
    int number = posix_spawnattr_setsigmask(attr, &none);
    if (number == 0)
        number = posix_spawnattr_setsigdefault(attr, &ours);
    if (number == 0)
        number = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSID);
    return number;
}

static int set_files(posix_spawn_file_actions_t *files, const char *folder, int output)
{
    int number = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(files, output >= 0 ? output : 0, 1);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(files, 1, 2);
    if (number == 0 && folder)
        number = posix_spawn_file_actions_addchdir_np(files, folder);
    return number;
}

static int spawn(const launch *l, const char *folder, int output, pid_t *pid)
{
    assert(l->argv && l->argv[0]); /* prepare() saw to it */
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    int number = posix_spawnattr_init(&attr);
    if (number != 0)
        return number;
    number = posix_spawn_file_actions_init(&files);
    if (number != 0) {
        posix_spawnattr_destroy(&attr);
        return number;
    }
    number = set_attributes(&attr);
    if (number == 0)
        number = set_files(&files, folder, output);
    union {
        const char *const *in;
        char *const *out;
    } argv = {.in = l->argv};
    char **env = l->env ? l->env : environ;
    if (number == 0 && l->path)
        number = posix_spawn(pid, l->path, &files, &attr, argv.out, env);
    else if (number == 0)
        number = posix_spawnp(pid, l->argv[0], &files, &attr, argv.out, env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return number;
}

static bool fail_spawn(ts_err **err, int number, const launch *l, const ts_program *program)
{
    const char *name = program->secret || !l->argv ? "(hidden)" : l->argv[0];
    if (number == ENOENT && l->path && ts_file_exists(l->path))
        return ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_ERRNO, (uint32_t)number,
                             "cannot start '%s': the file is there, but what its first line or its "
                             "loader names is not",
                             name);
    if (number == ENOENT)
        return ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_ERRNO, (uint32_t)number,
                             "cannot find the program '%s'%s", name,
                             strchr(name, '/') ? "" : " in PATH");
    if (number == ENOEXEC)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number,
                          "cannot start '%s': neither a program of this machine nor a script that "
                          "names its interpreter in a first line '#!...'",
                          name);
    return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number, "cannot start '%s'", name);
}

static bool start(run *r, const launch *l, ts_err **err)
{
    int pipe_ends[2] = {-1, -1};
    if (r->program->keep_output && pipe2(pipe_ends, O_CLOEXEC) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot make a pipe for the output");
    int number = spawn(l, r->program->folder, pipe_ends[1], &r->pid);
    close_fd(&pipe_ends[1]);
    if (number != 0) {
        close_fd(&pipe_ends[0]);
        return fail_spawn(err, number, l, r->program);
    }
    r->output = pipe_ends[0];
    if (r->output >= 0)
        (void)fcntl(r->output, F_SETFL, O_NONBLOCK);
    r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    if (r->pidfd < 0) {
        number = errno;
        kill(r->pid, SIGKILL);
        (void)waitpid(r->pid, NULL, 0);
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number,
                          "cannot watch a program: this needs Linux 5.3 or newer");
    }
    return true;
}

/* --- Waiting ------------------------------------------------------------------------------ */

/* One read; false when there is nothing more for now. */
static bool read_output(run *r)
{
    char chunk[CHUNK];
    if (r->output < 0)
        return false;
    ssize_t n = read(r->output, chunk, sizeof(chunk));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        close_fd(&r->output);
        return false;
    }
    ts_tail_add(&r->tail, chunk, (size_t)n);
    return true;
}

/* Waits for whatever comes first, `milliseconds` at most (-1: as long as it takes). */
static void wait_some(run *r, int milliseconds)
{
    struct pollfd fds[2 + TS_IPC_POLL_MAX];
    fds[0] = (struct pollfd){.fd = r->ended ? -1 : r->pidfd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = r->output, .events = POLLIN};
    size_t served = 0;
    if (r->server) {
        served = ts_ipc_server_watch(r->server, fds + 2);
        int deadline = ts_ipc_server_wait(r->server);
        if (deadline >= 0 && (milliseconds < 0 || deadline < milliseconds))
            milliseconds = deadline;
    }
    if (poll(fds, (nfds_t)(2 + served), milliseconds) < 0)
        return; /* interrupted: the caller looks at what changed */
    if (fds[1].revents)
        read_output(r);
    if (r->server)
        ts_ipc_server_serve(r->server, r->program->service, fds + 2, served);
    if (fds[0].revents)
        r->ended = true;
}

static bool is_cancelled(const run *r)
{
    return r->cancel && *r->cancel;
}

/* Until the program ended, its time is over, or somebody cancels. */
static void wait_for_end(run *r, uint64_t deadline, bool *timed_out)
{
    while (!r->ended && !is_cancelled(r)) {
        int limit = r->cancel ? (int)CANCEL_LOOK : -1;
        uint64_t now = ts_clock_steady();
        if (deadline != 0 && now >= deadline) {
            *timed_out = true;
            return;
        }
        if (deadline != 0 && (limit < 0 || (deadline - now) / MS < (uint64_t)limit))
            limit = (int)((deadline - now) / MS < 1000000u ? (deadline - now) / MS : 1000000u) + 1;
        wait_some(r, limit);
    }
}

/* Sends the signal until nothing of the tree lives or the time is over. */
static bool signal_until(run *r, int signal, bool again, uint32_t milliseconds, size_t *living,
                         ts_err **err)
{
    uint64_t until = ts_clock_steady() + (uint64_t)milliseconds * MS;
    if (!ts_tree_signal(&r->tree, r->pid, signal, living, err))
        return false;
    while (*living > 0 && ts_clock_steady() < until) {
        wait_some(r, (int)END_LOOK);
        if (!ts_tree_signal(&r->tree, r->pid, again ? signal : 0, living, err))
            return false;
    }
    return true;
}

static bool end_tree(run *r, ts_err **err)
{
    size_t living = 0;
    if (!signal_until(r, SIGTERM, false, TS_PROCESS_GRACE, &living, err))
        return false;
    if (living > 0 && !signal_until(r, SIGKILL, true, KILL_TIME, &living, err))
        return false;
    return living == 0 || ts_fail(err, TS_TIMEOUT,
                                  "%zu processes of the program could not be "
                                  "ended; they hang in the kernel",
                                  living);
}

static uint32_t collect(run *r)
{
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)r->pid, &info, WEXITED) != 0 && errno == EINTR) {
    }
    return (uint32_t)(info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status);
}

static bool wait_and_collect(run *r, ts_program_result *result, ts_err **err)
{
    uint64_t started = ts_clock_steady();
    uint64_t limit = (uint64_t)r->program->timeout * MS;
    wait_for_end(r, limit ? started + limit : 0, &result->timed_out);
    bool cancelled = !r->ended && !result->timed_out;
    if (!r->ended && !end_tree(r, err))
        return false;
    /* A process that stays may hold the pipe open and go on writing: what is there now counts. */
    for (size_t i = 0; i < TS_HOST_OUTPUT_MAX / CHUNK && read_output(r); i++) {
    }
    result->exit_code = collect(r);
    result->duration = (ts_clock_steady() - started) / MS;
    if (cancelled)
        return ts_fail(err, TS_CANCELLED, "cancelled; the program was ended");
    result->output = ts_tail_take(&r->tail, err);
    return result->output != NULL;
}

static void run_done(run *r)
{
    close_fd(&r->pidfd);
    close_fd(&r->output);
    ts_tail_done(&r->tail);
    ts_tree_done(&r->tree);
    if (r->server)
        ts_ipc_server_drop(r->server);
    ts_tree_collect();
}

bool ts_process_run_with(const ts_program *program, ts_ipc_server *server,
                         const atomic_bool *cancel, ts_program_result *out, ts_err **err)
{
    run r = {.program = program, .server = server, .cancel = cancel, .pidfd = -1, .output = -1};
    ts_tail_init(&r.tail, TS_HOST_OUTPUT_MAX);
    TS_CLEANUP(launch_done) launch l = {0};
    ts_program_result result = {0};
    bool ok = prepare(&l, program, server, err) && ts_tree_init(&r.tree, err) &&
              start(&r, &l, err) && wait_and_collect(&r, &result, err);
    run_done(&r);
    if (ok)
        *out = result;
    return ok;
}

bool ts_process_start(const ts_program *program, ts_err **err)
{
    TS_CLEANUP(launch_done) launch l = {0};
    pid_t pid = 0;
    if (!prepare(&l, program, NULL, err))
        return false;
    int number = spawn(&l, program->folder, -1, &pid);
    return number == 0 || fail_spawn(err, number, &l, program);
}
