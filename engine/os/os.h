/* os.h - what the engine needs of an operating system below the host seam: files that survive a
 * power cut, clocks, threads, processes, the local socket. posix_*.c and win32_*.c, chosen by
 * CMake. Paths are UTF-8 with '/'. */
#ifndef TS_OS_H
#define TS_OS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/host.h>
#include <ts/vars.h>

#define TS_FOLDER_DEPTH_MAX 256u                 /* nested folders that ts_folder_remove enters */
#define TS_FOLDER_LIST_MAX  (4u * 1024u * 1024u) /* bytes of the names of one folder */

/* --- Files ------------------------------------------------------------------------------- */

/* Reads a whole file of at most `max` bytes; NUL behind it. Owned. TS_NOT_FOUND, TS_LIMIT, TS_OS.
 */
bool ts_file_read(const char *path, size_t max, char **out, size_t *size, ts_err **err);
/* Writes beside, fsyncs, renames over: a reader never sees half. Keeps the mode of the file that it
 * replaces. */
bool ts_file_write_atomic(const char *path, const void *data, size_t size, ts_err **err);
bool ts_file_exists(const char *path);
bool ts_file_is_folder(const char *path);
bool ts_folder_make(const char *path, ts_err **err); /* with parents; 0700; existing is success */
bool ts_folder_make_shared(const char *path, ts_err **err); /* the same, open as the umask allows */
/* The folder, and what inherits its rights: for its owner (and on Windows the system and
 * administrators) only. A right that a file inside has of its own stays. */
bool ts_folder_restrict(const char *path, ts_err **err);
/* Belongs to the account of this process, or to one that may do anything here (Windows: the system,
 * administrators; else root): nobody with fewer rights has put it there. False also when nobody can
 * tell. Follows no link on POSIX. */
bool ts_file_is_ours(const char *path);
/* Removes a file that may be in use: what cannot be removed now goes when the machine starts next.
 */
bool ts_file_remove_later(const char *path, ts_err **err);
bool ts_file_remove(const char *path, ts_err **err); /* file or empty folder; missing is success */
/* Overwritten with zeros before it is removed: a key must not stay in free space. Missing is
 * success. */
bool ts_file_wipe(const char *path, ts_err **err);
bool ts_folder_remove(const char *path, ts_err **err); /* with all below; does not follow links */
bool ts_file_rename(const char *from, const char *to, ts_err **err); /* replaces */
/* The same for many: a power cut soon after may undo it. */
bool ts_file_move(const char *from, const char *to, ts_err **err);
/* Names in a folder, sorted, without "." and ".."; NULL-terminated, one block to free(). */
bool ts_folder_list(const char *path, char ***out, ts_err **err);
/* Visits a folder and all below it, a folder before what it holds; `to` is the same place below
 * another folder, which need not be there. False of `visit` ends the walk. TS_LIMIT: `depth`
 * folders below each other, or more. */
typedef bool (*ts_folder_visit)(void *ctx, const char *from, const char *to, bool is_folder,
                                ts_err **err);
bool ts_folder_walk(const char *from, const char *to, unsigned depth, ts_folder_visit visit,
                    void *ctx, ts_err **err);
/* Links and ".." resolved where the path exists, else put behind the current folder. Owned. */
char *ts_path_absolute(const char *path, ts_err **err);
/* As programs of this system write it: with \\ on Windows. Owned. */
char *ts_path_native(const char *path, ts_err **err);
char *ts_folder_current(ts_err **err); /* owned */
bool ts_disk_free(const char *path, uint64_t *bytes, ts_err **err);

typedef enum ts_path_kind {
    TS_PATH_FILE,
    TS_PATH_FOLDER,
    TS_PATH_LINK,
    TS_PATH_OTHER
} ts_path_kind;
typedef struct ts_path_info {
    ts_path_kind kind;
    uint64_t size;    /* bytes, files only */
    uint64_t on_disk; /* bytes that they take: less where the file has holes */
    int64_t modified; /* milliseconds since 1970 UTC */
    bool executable;  /* by its owner; false where there is no such bit */
} ts_path_info;
/* What is at a path; a link is not followed. TS_NOT_FOUND. */
bool ts_path_look(const char *path, ts_path_info *out, ts_err **err);
/* A second name for a file; TS_OS where the file system cannot do it or `to` exists. */
bool ts_file_link(const char *from, const char *to, ts_err **err);
bool ts_file_set_modified(const char *path, int64_t modified, ts_err **err);
bool ts_file_set_executable(const char *path,
                            ts_err **err); /* nothing where there is no such bit */

/* A file open for writing or positioned reading. All but READ make a missing file and can read as
 * well; CREATE empties it, UPDATE keeps it. LOCK is UPDATE for a file that others may have put
 * there: never through a link and nothing but a plain file; one that cannot be written is opened
 * for reading. owner_only: mode 0600, also of a file that is there. */
typedef struct ts_file ts_file;
typedef enum ts_file_mode {
    TS_FILE_READ,
    TS_FILE_APPEND,
    TS_FILE_CREATE,
    TS_FILE_UPDATE,
    TS_FILE_LOCK
} ts_file_mode;
ts_file *ts_file_open(const char *path, ts_file_mode mode, bool owner_only, ts_err **err);
void ts_file_close(ts_file *file);
/* At the end of the file (APPEND), else behind the last append. */
bool ts_file_append(ts_file *file, const void *data, size_t size, ts_err **err);
bool ts_file_pwrite(ts_file *file, const void *data, size_t size, uint64_t offset, ts_err **err);
bool ts_file_pread(ts_file *file, void *data, size_t size, uint64_t offset, size_t *got,
                   ts_err **err);
bool ts_file_sync(ts_file *file, ts_err **err);
bool ts_file_size(ts_file *file, uint64_t *size, ts_err **err);
bool ts_file_truncate(ts_file *file, uint64_t size, ts_err **err);
/* Reserves disk space up to size (the disk-full error comes here, not later); the file has at least
 * that size afterwards. */
bool ts_file_reserve(ts_file *file, uint64_t size, ts_err **err);
/* A file with holes, before it grows (what is in it stays); and a hole in it: the bytes are zeros
 * then and take no room. TS_OS: the file system has no holes. */
bool ts_file_sparse(ts_file *file, ts_err **err);
bool ts_file_punch(ts_file *file, uint64_t offset, uint64_t size, ts_err **err);
/* Locks the open file (of any mode) against every other opening of it, here and in other processes,
 * without waiting; until it is closed or the process ends, however that happens. */
typedef enum ts_file_lock_result {
    TS_FILE_LOCKED,
    TS_FILE_IN_USE,  /* somebody else has it */
    TS_FILE_NO_LOCKS /* the file system or its server refuses locks; *err says how */
} ts_file_lock_result;
ts_file_lock_result ts_file_lock(ts_file *file, ts_err **err);

/* --- Locks between processes --------------------------------------------------------------

 * A file that stays, under a lock of the operating system that ends with its process: there are no
 * stale locks. While it is held the file says who has it. */

#define TS_LOCK_WHO_MAX 256u /* bytes that others are told of the holder */
typedef struct ts_lock ts_lock;
/* Locks by the file `path`, which is made when missing. `thing` is locked, to do `what` (both for
 * messages). Waits at most wait_ms for whoever has it, then TS_BUSY names the process. Where
 * nothing can be locked (read-only medium, file system without locks) it succeeds, and ts_lock_weak
 * says why. */
ts_lock *ts_lock_take(const char *path, const char *thing, const char *what, uint32_t wait_ms,
                      ts_err **err);
const char *ts_lock_weak(const ts_lock *lock); /* NULL: nobody else has it */
void ts_lock_release(ts_lock *lock);

/* --- Clock, identity --------------------------------------------------------------------- */

int64_t ts_clock_now(void);     /* milliseconds since 1970 UTC */
uint64_t ts_clock_steady(void); /* nanoseconds, monotonic */
int ts_clock_bias(int64_t at);  /* minutes, UTC minus local, at that time */
void ts_clock_local(int64_t at, int *year, int *month, int *day, int *hour, int *minute,
                    int *second);
void ts_sleep(uint32_t milliseconds);
uint32_t ts_thread_id(void); /* of the calling thread, for logs */
uint32_t ts_process_id(void);
char *ts_machine_name(ts_err **err);                  /* of this machine in the network; owned */
const char *ts_env_get(const char *name);             /* borrowed until the next call */
bool ts_random(void *out, size_t size, ts_err **err); /* from the OS */

/* --- Console, program -------------------------------------------------------------------- */

/* What standard output (or standard error) can show. Also prepares it: a Windows console is set
 * to UTF-8 and escape sequences. */
typedef struct ts_console {
    bool is_terminal;
    bool color;       /* understands ANSI escape sequences; false when it is no terminal */
    bool utf8;        /* the locale, and the terminal's characters, are UTF-8 */
    unsigned columns; /* 0: not known */
} ts_console;
void ts_console_open(bool error_stream, ts_console *out);
#define TS_CONSOLE_LINE_MAX 1024u /* bytes of a line that a person types */
/* A line of standard input, without its end; *end: there is no more. `hidden`: what is typed does
 * not show, when standard input is a terminal. */
bool ts_console_line(bool hidden, char out[TS_CONSOLE_LINE_MAX], bool *end, ts_err **err);
bool ts_console_can_ask(void); /* standard input is a terminal */
/* A command prompt for the person at the machine: cmd.exe in a console of its own, else a shell on
 * this terminal, which is waited for. */
bool ts_console_shell(ts_err **err);
/* F8 opens it, until it is stopped. Nothing where standard input is no console of Windows: Linux
 * has other terminals. NULL: nothing was started. */
typedef struct ts_prompt_key ts_prompt_key;
ts_prompt_key *ts_prompt_key_start(void);
void ts_prompt_key_stop(ts_prompt_key *key);
/* Folders where media may be mounted, the one that the machine started from among them: the root of
 * each drive; on Linux the mount points. NULL-terminated, one block to free(). */
bool ts_media_roots(char ***out, ts_err **err);
/* Calls fn(ctx) when the user or the system asks the program to end (Ctrl+C, SIGTERM, console
 * closed), once; the second time the program ends at once. fn must be safe in a signal handler, as
 * ts_host_cancel is. fn NULL: as it was. */
void ts_interrupt_set(void (*fn)(void *), void *ctx);
unsigned ts_cpu_count(void); /* at least 1 */
/* Puts a folder at the end of this process's PATH, for programs that it starts; nothing when it is
 * there already. */
bool ts_env_add_path(const char *folder, ts_err **err);
char *ts_program_path(ts_err **err); /* absolute path of the running program; owned */
/* First thing in main: the arguments as UTF-8, and standard output and errors that write what they
 * are given (Windows would write its code page, and CR LF for LF). Changes the two where needed;
 * what they point to stays until the program ends. */
bool ts_program_begin(int *argc, char ***argv, ts_err **err);

/* --- Services of Windows; TS_UNSUPPORTED elsewhere ----------------------------------------- */

/* Makes the service, or changes the one of that name: it starts with Windows, as the system
 * account, and is started again when its process crashes. */
bool ts_service_install(const char *name, const char *title, const char *command_line,
                        ts_err **err);
bool ts_service_start(const char *name, ts_err **err);  /* running already is success */
bool ts_service_remove(const char *name, ts_err **err); /* missing is success; does not stop it */
/* In the process that Windows started for the service: runs fn on another thread, and returns when
 * it has ended; *status is what fn gave. A stop that Windows asks for does what Ctrl+C would.
 * TS_STATE: this process was not started by Windows' service manager. */
bool ts_service_run(const char *name, int (*fn)(void *ctx), void *ctx, int *status, ts_err **err);
/* Windows Setup has not ended yet: the registry says SystemSetupInProgress. False elsewhere. */
bool ts_setup_in_progress(void);

/* --- Threads ----------------------------------------------------------------------------- */

typedef struct ts_thread ts_thread;
ts_thread *ts_thread_start(void (*fn)(void *), void *ctx, ts_err **err);
void ts_thread_join(ts_thread *thread); /* and frees */
typedef struct ts_mutex ts_mutex;
ts_mutex *ts_mutex_new(void);
void ts_mutex_free(ts_mutex *mutex);
void ts_mutex_lock(ts_mutex *mutex);
void ts_mutex_unlock(ts_mutex *mutex);
typedef struct ts_cv ts_cv;
ts_cv *ts_cv_new(void);
void ts_cv_free(ts_cv *cv);
void ts_cv_wake(ts_cv *cv);                                         /* all */
bool ts_cv_wait(ts_cv *cv, ts_mutex *mutex, uint32_t milliseconds); /* false: time is over */

/* --- Processes and the local socket -------------------------------------------------------

 * One thread at a time starts programs: children that lost their parent are collected here. */

#define TS_PROCESS_GRACE                                                                           \
    1000u /* ms between asking a tree to end and ending it; Windows cannot ask and ends at once */
#define TS_IPC_REQUEST_MAX (TS_VAR_VALUE_MAX + TS_IPC_LINE_MAX) /* bytes of one request */
#define TS_IPC_ANSWER_MAX                                                                          \
    (32u * 1024u * 1024u)       /* bytes of one answer; a list of all names is the long one */
#define TS_IPC_LINE_MAX    320u /* bytes of a request's first line */
#define TS_IPC_CLIENTS_MAX 8u   /* served at once; more wait */
#define TS_IPC_CLIENT_DEADLINE                                                                     \
    10000u                         /* ms from connecting to the end of the answer, for the server */
#define TS_IPC_ASK_DEADLINE 30000u /* ms that the client waits for each part */

/* The local socket or pipe of the variable service; one for many programs. */
typedef struct ts_ipc_server ts_ipc_server;
ts_ipc_server *ts_ipc_server_new(ts_err **err);
void ts_ipc_server_free(ts_ipc_server *server);
const char *ts_ipc_server_address(const ts_ipc_server *server); /* the value of TASKSEQ_SOCKET */

/* Runs a program and waits; the whole process tree is ended on time-out or when *cancel becomes
 * true (TS_CANCELLED). What the program leaves running when it ends by itself stays. Serves
 * program->service on `server` meanwhile; server NULL with a service: one for this run. cancel may
 * be NULL. Standard input is empty; output that is not kept is dropped. The exit code of a signal
 * is 128 + its number. TS_NOT_FOUND: no such program or folder; TS_UNSUPPORTED: another user. */
bool ts_process_run(const ts_program *program, ts_ipc_server *server, const atomic_bool *cancel,
                    ts_program_result *out, ts_err **err);
bool ts_process_start(const ts_program *program, ts_err **err); /* not awaited */

/* Client side of the variable service (`taskseq var`): one request, one answer, as they travel. See
 * docs/reference/variables-socket.md. `address` is the value of TASKSEQ_SOCKET. */
bool ts_ipc_ask(const char *address, const void *request, size_t size, ts_buf *answer,
                ts_err **err);
/* The three requests. Values are appended to *value, in clear; wipe them. */
bool ts_ipc_get(const char *address, const char *name, ts_buf *value, bool *found, ts_err **err);
bool ts_ipc_set(const char *address, const char *name, const char *value, bool secret,
                ts_err **err);
bool ts_ipc_list(const char *address, ts_buf *names, ts_err **err); /* one a line */
/* A line for the run's log; `who` (one word) stands before it. */
bool ts_ipc_say(const char *address, const char *who, const char *message, ts_err **err);

#endif
