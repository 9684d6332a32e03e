/* win32_ipc.c - the named pipe of the variable service. One connection carries one request. Nothing
 * here waits for a client; the client side waits for the engine with a deadline. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

#define CHUNK 16384u

typedef enum place_state { PLACE_LISTENING, PLACE_READING, PLACE_ANSWERING } place_state;

/* One instance of the pipe: it listens, then has one client. */
typedef struct place {
    HANDLE pipe;
    HANDLE event;
    OVERLAPPED io;
    bool pending; /* an operation runs with io */
    place_state state;
    size_t sent;
    uint64_t deadline; /* ts_clock_steady */
    char chunk[CHUNK];
    ts_buf in;
    ts_buf out;
} place;

struct ts_ipc_server {
    char *address;
    wchar_t *name;
    PSECURITY_DESCRIPTOR rights;
    place places[TS_IPC_CLIENTS_MAX];
};

/* --- Server ------------------------------------------------------------------------------- */

static void wipe_buf(ts_buf *buf)
{
    if (buf->data)
        ts_wipe(buf->data, buf->cap);
    ts_buf_done(buf);
}

/* The first instance must be the first of that name: nobody else answers in the engine's name. */
static HANDLE new_pipe(const ts_ipc_server *server, bool first)
{
    SECURITY_ATTRIBUTES rights = {.nLength = sizeof(rights),
                                  .lpSecurityDescriptor = server->rights};
    return CreateNamedPipeW(server->name,
                            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED |
                                (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0u),
                            PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                            TS_IPC_CLIENTS_MAX + 1, CHUNK, CHUNK, 0, &rights);
}

static void start_reading(place *p)
{
    p->state = PLACE_READING;
    p->deadline = ts_clock_steady() + (uint64_t)TS_IPC_CLIENT_DEADLINE * 1000000u;
    p->pending = false;
    SetEvent(p->event);
}

static void listen_for_client(place *p)
{
    p->state = PLACE_LISTENING;
    p->pending = false;
    p->sent = 0;
    ts_buf_init(&p->in, TS_IPC_REQUEST_MAX);
    ts_buf_init(&p->out, TS_IPC_ANSWER_MAX);
    ResetEvent(p->event);
    p->io = (OVERLAPPED){.hEvent = p->event};
    if (ConnectNamedPipe(p->pipe, &p->io) || GetLastError() == ERROR_PIPE_CONNECTED)
        start_reading(p);
    else
        p->pending = GetLastError() == ERROR_IO_PENDING;
}

static void close_pipe(place *p)
{
    if (p->pipe && p->pending) {
        DWORD n = 0;
        CancelIoEx(p->pipe, &p->io);
        GetOverlappedResult(p->pipe, &p->io, &n, TRUE);
    }
    p->pending = false;
    ts_handle_close(&p->pipe);
    wipe_buf(&p->in);
    wipe_buf(&p->out);
    ts_wipe(p->chunk, sizeof(p->chunk));
}

/* Closing leaves the client what is on its way; disconnecting would take it back. The new instance
 * comes first, so that the name never ends. */
static void drop_client(ts_ipc_server *server, place *p)
{
    HANDLE next = new_pipe(server, false);
    close_pipe(p);
    p->pipe = next == INVALID_HANDLE_VALUE ? NULL : next;
    if (p->pipe)
        listen_for_client(p);
}

void ts_ipc_server_drop(ts_ipc_server *server)
{
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        if (server->places[i].state != PLACE_LISTENING)
            drop_client(server, &server->places[i]);
    }
}

static bool open_server(ts_ipc_server *server, ts_err **err)
{
    uint64_t random[2] = {0, 0};
    if (!ts_random(random, sizeof(random), err))
        return false;
    server->address = ts_sprintf("\\\\.\\pipe\\taskseq-%" PRIu32 "-%016" PRIx64 "%016" PRIx64,
                                 ts_process_id(), random[0], random[1]);
    server->name = server->address ? ts_wide(server->address, err) : NULL;
    if (!server->name)
        return ts_fail_nomem(err);
    server->rights = ts_owner_only();
    for (size_t i = 0; server->rights && i < TS_IPC_CLIENTS_MAX; i++) {
        place *p = &server->places[i];
        p->event = CreateEventW(NULL, TRUE, FALSE, NULL);
        p->pipe = new_pipe(server, i == 0);
        if (!p->event || p->pipe == INVALID_HANDLE_VALUE)
            break;
        listen_for_client(p);
        if (i + 1 == TS_IPC_CLIENTS_MAX)
            return true;
    }
    return ts_fail_os(err, TS_OS_WIN32, GetLastError(),
                      "cannot open the pipe of the variable service '%s'", server->address);
}

ts_ipc_server *ts_ipc_server_new(ts_err **err)
{
    ts_ipc_server *server = ts_alloc(sizeof(*server));
    if (!server) {
        ts_fail_nomem(err);
        return NULL;
    }
    if (!open_server(server, err)) {
        ts_ipc_server_free(server);
        return NULL;
    }
    return server;
}

void ts_ipc_server_free(ts_ipc_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        close_pipe(&server->places[i]);
        ts_handle_close(&server->places[i].event);
    }
    if (server->rights)
        LocalFree(server->rights);
    free(server->name);
    free(server->address);
    free(server);
}

const char *ts_ipc_server_address(const ts_ipc_server *server)
{
    return server->address;
}

size_t ts_ipc_server_watch(ts_ipc_server *server, HANDLE *events)
{
    size_t n = 0;
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        if (server->places[i].pipe)
            events[n++] = server->places[i].event;
    }
    return n;
}

DWORD ts_ipc_server_wait(const ts_ipc_server *server)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        const place *p = &server->places[i];
        if (p->pipe && p->state != PLACE_LISTENING && p->deadline < next)
            next = p->deadline;
    }
    uint64_t now = ts_clock_steady();
    if (next == UINT64_MAX)
        return INFINITE;
    return next <= now ? 0 : (DWORD)((next - now) / 1000000u) + 1;
}

/* Starts the next read or write of a conversation; false: the client is gone. */
static bool go_on(place *p)
{
    ResetEvent(p->event);
    p->io = (OVERLAPPED){.hEvent = p->event};
    bool ok = false;
    if (p->state == PLACE_READING) {
        ok = ReadFile(p->pipe, p->chunk, CHUNK, NULL, &p->io);
    } else {
        size_t left = p->out.len - p->sent;
        ok = WriteFile(p->pipe, p->out.data + p->sent, left > CHUNK ? CHUNK : (DWORD)left, NULL,
                       &p->io);
    }
    p->pending = ok || GetLastError() == ERROR_IO_PENDING;
    return p->pending;
}

static bool take_request(place *p, const ts_var_service *service, DWORD n)
{
    ts_buf_add(&p->in, p->chunk, n);
    ts_wipe(p->chunk, n);
    bool complete = false;
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    bool ok = ts_buf_ok(&p->in, "request", &err) &&
              ts_ipc_request_complete(p->in.data, p->in.len, &complete, &err);
    if (ok && !complete)
        return true;
    if (!ok)
        ts_ipc_answer_error(&p->out, ts_err_text(err));
    else
        ts_ipc_answer(service, p->in.data, p->in.len, &p->out);
    p->state = PLACE_ANSWERING;
    return ts_buf_ok(&p->out, "answer", NULL);
}

/* One part a turn, so that a client that sends much does not keep the others waiting. */
static void serve_place(ts_ipc_server *server, place *p, const ts_var_service *service)
{
    DWORD n = 0;
    if (p->pending && !GetOverlappedResult(p->pipe, &p->io, &n, FALSE)) {
        if (GetLastError() == ERROR_IO_INCOMPLETE)
            return;
        p->pending = false;
        drop_client(server, p);
        return;
    }
    bool was_pending = p->pending;
    p->pending = false;
    bool ok = true;
    if (p->state == PLACE_LISTENING) {
        start_reading(p);
    } else if (p->state == PLACE_READING && was_pending) {
        ok = take_request(p, service, n);
    } else if (p->state == PLACE_ANSWERING && was_pending) {
        p->sent += n;
    }
    if (ok && p->state == PLACE_ANSWERING && p->sent == p->out.len)
        ok = false; /* all said */
    if (!ok || !go_on(p))
        drop_client(server, p);
}

void ts_ipc_server_serve(ts_ipc_server *server, const ts_var_service *service)
{
    uint64_t now = ts_clock_steady();
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        place *p = &server->places[i];
        if (p->pipe && WaitForSingleObject(p->event, 0) == WAIT_OBJECT_0)
            serve_place(server, p, service);
        if (p->pipe && p->state != PLACE_LISTENING && p->deadline <= now)
            drop_client(server, p);
    }
}

/* --- Client ------------------------------------------------------------------------------- */

typedef struct line {
    HANDLE pipe;
    HANDLE event;
    const char *address;
} line;

static void line_done(line *l)
{
    ts_handle_close(&l->pipe);
    ts_handle_close(&l->event);
}

static bool fail_ask(ts_err **err, DWORD number, const char *what, const char *address)
{
    if (number == WAIT_TIMEOUT || number == ERROR_SEM_TIMEOUT)
        return ts_fail(err, TS_TIMEOUT, "the engine did not answer within %u s at '%s'",
                       TS_IPC_ASK_DEADLINE / 1000, address);
    ts_code code = number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ||
                           number == ERROR_BAD_PATHNAME || number == ERROR_INVALID_NAME
                       ? TS_NOT_FOUND
                       : TS_OS;
    return ts_fail_os_as(err, code, TS_OS_WIN32, number,
                         "cannot %s the engine at '%s'; is a task sequence running", what, address);
}

static bool connect_line(line *l, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(l->address, err);
    if (!name)
        return false;
    l->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    uint64_t until = ts_clock_steady() + (uint64_t)TS_IPC_ASK_DEADLINE * 1000000u;
    for (;;) {
        /* The engine at the other end learns who asks, and cannot act as that user. */
        l->pipe = CreateFileW(
            name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
            FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        if (l->pipe != INVALID_HANDLE_VALUE)
            return l->event || fail_ask(err, GetLastError(), "reach", l->address);
        DWORD number = GetLastError();
        uint64_t now = ts_clock_steady();
        if (number != ERROR_PIPE_BUSY)
            return fail_ask(err, number, "reach", l->address);
        if (now >= until)
            return fail_ask(err, WAIT_TIMEOUT, "reach", l->address);
        WaitNamedPipeW(name, (DWORD)((until - now) / 1000000u) + 1);
    }
}

/* One read or write with a deadline. *gone: the other end has closed. */
static bool transfer(line *l, bool write, void *data, DWORD size, DWORD *n, bool *gone,
                     ts_err **err)
{
    ResetEvent(l->event);
    OVERLAPPED io = {.hEvent = l->event};
    bool ok = write ? WriteFile(l->pipe, data, size, NULL, &io)
                    : ReadFile(l->pipe, data, size, NULL, &io);
    DWORD number = ok ? 0 : GetLastError();
    if (number == ERROR_IO_PENDING || ok) {
        bool late = WaitForSingleObject(l->event, TS_IPC_ASK_DEADLINE) != WAIT_OBJECT_0;
        if (late)
            CancelIoEx(l->pipe, &io);
        ok = GetOverlappedResult(l->pipe, &io, n, TRUE);
        number = ok ? 0 : late ? WAIT_TIMEOUT : GetLastError();
    }
    *gone = number == ERROR_BROKEN_PIPE || number == ERROR_NO_DATA ||
            number == ERROR_PIPE_NOT_CONNECTED;
    return ok || *gone || fail_ask(err, number, write ? "ask" : "hear", l->address);
}

bool ts_ipc_ask(const char *address, const void *request, size_t size, ts_buf *answer, ts_err **err)
{
    TS_CLEANUP(line_done) line l = {.address = address};
    if (strlen(address) > MAX_PATH)
        return ts_fail(err, TS_LIMIT, "the name of the pipe '%s' is longer than %d characters",
                       address, MAX_PATH);
    if (!connect_line(&l, err))
        return false;
    char chunk[CHUNK];
    bool gone = false;
    const char *data = request;
    /* A request that is refused early is answered and closed: the answer says why. */
    while (size > 0 && !gone) {
        DWORD n = 0;
        DWORD part = size > CHUNK ? CHUNK : (DWORD)size;
        memcpy(chunk, data, part);
        bool ok = transfer(&l, true, chunk, part, &n, &gone, err);
        ts_wipe(chunk, part);
        if (!ok)
            return false;
        data += n;
        size -= n;
    }
    for (gone = false; !gone;) {
        DWORD n = 0;
        if (!transfer(&l, false, chunk, CHUNK, &n, &gone, err))
            return false;
        ts_buf_add(answer, chunk, n);
        ts_wipe(chunk, n);
    }
    return ts_buf_ok(answer, "answer", err);
}
