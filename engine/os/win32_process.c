/* win32_process.c - runs one program and waits for it: a job object holds the tree, one
 * WaitForMultipleObjects watches the child, its output and the variable service. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

#define CHUNK       65536u
#define CANCEL_LOOK 200u     /* ms: a cancel is seen this late at most */
#define KILL_TIME   5000u    /* ms; what is not gone then hangs in the kernel */
#define MS          1000000u /* nanoseconds */
#define ENDED_CODE  1460u    /* exit code of what is ended here: ERROR_TIMEOUT */

typedef struct run {
    const ts_program *program;
    ts_ipc_server *server; /* NULL: nothing to serve */
    const atomic_bool *cancel;
    HANDLE process;
    HANDLE job;
    HANDLE output;  /* our end of the pipe; NULL: closed or not kept */
    HANDLE arrived; /* event of `reading` */
    OVERLAPPED reading;
    bool is_reading;
    bool ended;
    char *chunk;
    ts_tail tail;
} run;

/* --- Output ------------------------------------------------------------------------------- */

/* An anonymous pipe cannot be waited for; a named one can. The name is a random number, and the
 * pipe takes one client: the end that is opened here at once. */
static bool make_pipe(run *r, HANDLE *child_end, ts_err **err)
{
    uint64_t random[2] = {0, 0};
    if (!ts_random(random, sizeof(random), err))
        return false;
    TS_CLEANUP(ts_free_ptr)
    char *name = ts_sprintf("\\\\.\\pipe\\taskseq-output-%016" PRIx64 "%016" PRIx64, random[0],
                            random[1]);
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = name ? ts_wide(name, err) : NULL;
    r->chunk = wide ? ts_alloc(CHUNK) : NULL;
    if (!r->chunk)
        return ts_fail_nomem(err);
    r->output = CreateNamedPipeW(
        wide, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, CHUNK, 0, NULL);
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof(inherit), .bInheritHandle = TRUE};
    if (r->output != INVALID_HANDLE_VALUE)
        *child_end = CreateFileW(wide, GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);
    r->arrived = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (r->output == INVALID_HANDLE_VALUE || *child_end == INVALID_HANDLE_VALUE || !r->arrived)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot make a pipe for the output");
    return true;
}

/* Takes what has arrived and asks for more. false: nothing more for now. */
static bool read_output(run *r)
{
    if (!r->output)
        return false;
    if (!r->is_reading) {
        r->reading = (OVERLAPPED){.hEvent = r->arrived};
        if (!ReadFile(r->output, r->chunk, CHUNK, NULL, &r->reading) &&
            GetLastError() != ERROR_IO_PENDING) {
            ts_handle_close(&r->output);
            return false;
        }
        r->is_reading = true;
    }
    DWORD n = 0;
    if (!GetOverlappedResult(r->output, &r->reading, &n, FALSE)) {
        if (GetLastError() == ERROR_IO_INCOMPLETE)
            return false;
        r->is_reading = false;
        ts_handle_close(&r->output);
        return false;
    }
    r->is_reading = false;
    ts_tail_add(&r->tail, r->chunk, n);
    return true;
}

/* Console programs write in the code page of the machine; some (wmic) UTF-16 with its mark. What
 * is UTF-8 already stays. */
static char *take_output(ts_tail *tail, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf raw;
    ts_buf_init(&raw, tail->max);
    ts_tail_bytes(tail, &raw);
    if (raw.len == 0 || !ts_buf_ok(&raw, "output", NULL))
        return ts_tail_take(tail, err);
    TS_CLEANUP(ts_buf_done) ts_buf text;
    ts_buf_init(&text, tail->max * 3);
    if (raw.len > 1 && memcmp(raw.data, "\xFF\xFE", 2) == 0) {
        ts_utf8_from_utf16(&text, (const uint8_t *)raw.data + 2, (raw.len - 2) & ~(size_t)1, false);
    } else if (!ts_utf8_valid(raw.data, raw.len) && !tail->cut) {
        TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_alloc_array(raw.len, sizeof(*wide));
        int n = wide ? MultiByteToWideChar(CP_OEMCP, 0, raw.data, (int)raw.len, wide, (int)raw.len)
                     : 0;
        if (n > 0)
            ts_utf8_from_utf16(&text, (const uint8_t *)wide, (size_t)n * sizeof(*wide), false);
    }
    if (text.len > 0 && ts_buf_ok(&text, "output", NULL)) {
        ts_tail_done(tail);
        ts_tail_add(tail, text.data, text.len);
        ts_wipe(text.data, text.len);
    }
    ts_wipe(raw.data, raw.cap);
    return ts_tail_take(tail, err);
}

/* --- The tree ----------------------------------------------------------------------------- */

static bool limit_job(HANDLE job, DWORD flags)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = {0};
    limit.BasicLimitInformation.LimitFlags = flags;
    return SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limit, sizeof(limit));
}

/* The tree ends with the engine, until the program has ended by itself. */
static bool make_job(run *r, ts_err **err)
{
    r->job = CreateJobObjectW(NULL, NULL);
    if (!r->job || !limit_job(r->job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot make a job for a program");
    return true;
}

static bool start(run *r, const ts_launch *launch, ts_err **err)
{
    TS_CLEANUP(ts_handle_close) HANDLE child_end = NULL;
    if (!make_job(r, err) || (r->program->keep_output && !make_pipe(r, &child_end, err)))
        return false;
    PROCESS_INFORMATION info = {0};
    if (!ts_launch_start(launch, r->program, child_end, &info, err))
        return false;
    r->process = info.hProcess;
    bool held = AssignProcessToJobObject(r->job, info.hProcess);
    DWORD number = GetLastError();
    if (held)
        ResumeThread(info.hThread);
    else
        TerminateProcess(info.hProcess, ENDED_CODE);
    CloseHandle(info.hThread);
    return held || ts_fail_os(err, TS_OS_WIN32, number, "cannot watch over a program");
}

/* --- Waiting ------------------------------------------------------------------------------ */

/* Waits for whatever comes first, `milliseconds` at most. */
static void wait_some(run *r, DWORD milliseconds)
{
    HANDLE events[2 + TS_IPC_WAIT_MAX];
    DWORD n = 0;
    while (read_output(r)) {
    }
    events[n++] = r->process;
    if (r->output)
        events[n++] = r->arrived;
    if (r->server) {
        n += (DWORD)ts_ipc_server_watch(r->server, events + n);
        DWORD deadline = ts_ipc_server_wait(r->server);
        if (deadline < milliseconds)
            milliseconds = deadline;
    }
    DWORD first = WaitForMultipleObjects(n, events, FALSE, milliseconds);
    if (first == WAIT_OBJECT_0)
        r->ended = true;
    if (r->server)
        ts_ipc_server_serve(r->server, r->program->service);
}

static bool is_cancelled(const run *r)
{
    return r->cancel && *r->cancel;
}

/* Until the program ended, its time is over, or somebody cancels. */
static void wait_for_end(run *r, uint64_t deadline, bool *timed_out)
{
    while (!r->ended && !is_cancelled(r)) {
        DWORD limit = r->cancel ? CANCEL_LOOK : INFINITE;
        uint64_t now = ts_clock_steady();
        if (deadline != 0 && now >= deadline) {
            *timed_out = true;
            return;
        }
        if (deadline != 0 && (deadline - now) / MS < limit)
            limit = (DWORD)((deadline - now) / MS) + 1;
        wait_some(r, limit);
    }
}

static bool end_tree(run *r, ts_err **err)
{
    if (!TerminateJobObject(r->job, ENDED_CODE))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot end a program");
    /* The program's own end says little about its children's. */
    uint64_t until = ts_clock_steady() + (uint64_t)KILL_TIME * MS;
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info = {0};
    do {
        if (WaitForSingleObject(r->process, 10) == WAIT_OBJECT_0 &&
            (!QueryInformationJobObject(r->job, JobObjectBasicAccountingInformation, &info,
                                        sizeof(info), NULL) ||
             info.ActiveProcesses == 0))
            return true;
    } while (ts_clock_steady() < until);
    return ts_fail(err, TS_TIMEOUT,
                   "%lu processes of the program could not be ended; they hang in the kernel",
                   (unsigned long)info.ActiveProcesses);
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
    DWORD code = 0;
    GetExitCodeProcess(r->process, &code);
    result->exit_code = code;
    result->duration = (ts_clock_steady() - started) / MS;
    if (cancelled)
        return ts_fail(err, TS_CANCELLED, "cancelled; the program was ended");
    limit_job(r->job, 0); /* what it left running stays */
    result->output = take_output(&r->tail, err);
    return result->output != NULL;
}

static void run_done(run *r)
{
    if (r->output && r->is_reading) {
        DWORD n = 0;
        CancelIoEx(r->output, &r->reading);
        GetOverlappedResult(r->output, &r->reading, &n, TRUE);
    }
    ts_handle_close(&r->output);
    ts_handle_close(&r->arrived);
    ts_handle_close(&r->process);
    ts_handle_close(&r->job);
    if (r->chunk)
        ts_wipe(r->chunk, CHUNK);
    free(r->chunk);
    ts_tail_done(&r->tail);
    if (r->server)
        ts_ipc_server_drop(r->server);
}

bool ts_process_run_with(const ts_program *program, ts_ipc_server *server,
                         const atomic_bool *cancel, ts_program_result *out, ts_err **err)
{
    run r = {.program = program, .server = server, .cancel = cancel};
    ts_tail_init(&r.tail, TS_HOST_OUTPUT_MAX);
    TS_CLEANUP(ts_launch_done) ts_launch launch = {0};
    ts_program_result result = {0};
    bool ok = ts_launch_make(&launch, program, server, err) && start(&r, &launch, err) &&
              wait_and_collect(&r, &result, err);
    run_done(&r);
    if (ok)
        *out = result;
    return ok;
}

bool ts_process_start(const ts_program *program, ts_err **err)
{
    TS_CLEANUP(ts_launch_done) ts_launch launch = {0};
    PROCESS_INFORMATION info = {0};
    if (!ts_launch_make(&launch, program, NULL, err) ||
        !ts_launch_start(&launch, program, NULL, &info, err))
        return false;
    ResumeThread(info.hThread);
    CloseHandle(info.hThread);
    CloseHandle(info.hProcess);
    return true;
}
