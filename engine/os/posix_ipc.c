/* posix_ipc.c - the local socket of the variable service: a Unix socket in a folder that only its
 * owner may enter. One connection carries one request. Nothing here waits for a client. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "posix_parts.h"

#define CHUNK       16384u
#define SOCKET_NAME "variables"

typedef struct client {
    int fd; /* -1: free */
    bool answering;
    size_t sent;
    uint64_t deadline; /* ts_clock_steady */
    ts_buf in;
    ts_buf out;
} client;

struct ts_ipc_server {
    int fd;
    char *folder;
    char *address;
    client clients[TS_IPC_CLIENTS_MAX];
};

static bool set_address(struct sockaddr_un *out, const char *path, ts_err **err)
{
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(out->sun_path))
        return ts_fail(err, TS_LIMIT,
                       "the path of the socket '%s' is longer than %zu bytes; set "
                       "TMPDIR to a shorter folder",
                       path, sizeof(out->sun_path) - 1);
    memcpy(out->sun_path, path, strlen(path));
    return true;
}

/* --- Server ------------------------------------------------------------------------------- */

/* A new folder with mode 0700 in the first place that takes one. */
static char *make_private_folder(ts_err **err)
{
    const char *places[] = {getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp", "/run"};
    int number = ENOENT;
    for (size_t i = 0; i < TS_COUNT(places); i++) {
        if (!places[i] || places[i][0] != '/')
            continue;
        char *folder = ts_sprintf("%s/taskseq-XXXXXX", places[i]);
        if (!folder) {
            ts_fail_nomem(err);
            return NULL;
        }
        if (mkdtemp(folder))
            return folder;
        number = errno;
        free(folder);
    }
    ts_fail_os(err, TS_OS_ERRNO, (uint32_t)number,
               "cannot make a folder for the socket of the variable service in XDG_RUNTIME_DIR, "
               "TMPDIR, '/tmp' or '/run'");
    return NULL;
}

static bool open_server(ts_ipc_server *server, ts_err **err)
{
    server->folder = make_private_folder(err);
    if (!server->folder)
        return false;
    server->address = ts_path_join(server->folder, SOCKET_NAME);
    if (!server->address)
        return ts_fail_nomem(err);
    struct sockaddr_un address;
    if (!set_address(&address, server->address, err))
        return false;
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->fd < 0 ||
        bind(server->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(server->fd, (int)TS_IPC_CLIENTS_MAX) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno,
                          "cannot open the socket of the variable service '%s'", server->address);
    return true;
}

ts_ipc_server *ts_ipc_server_new(ts_err **err)
{
    ts_ipc_server *server = ts_alloc(sizeof(*server));
    if (!server) {
        ts_fail_nomem(err);
        return NULL;
    }
    server->fd = -1;
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++)
        server->clients[i].fd = -1;
    if (!open_server(server, err)) {
        ts_ipc_server_free(server);
        return NULL;
    }
    return server;
}

static void wipe_buf(ts_buf *buf)
{
    if (buf->data)
        ts_wipe(buf->data, buf->cap);
    ts_buf_done(buf);
}

static void drop_client(client *c)
{
    if (c->fd < 0)
        return;
    close(c->fd);
    c->fd = -1;
    wipe_buf(&c->in);
    wipe_buf(&c->out);
}

void ts_ipc_server_drop(ts_ipc_server *server)
{
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++)
        drop_client(&server->clients[i]);
}

void ts_ipc_server_free(ts_ipc_server *server)
{
    if (!server)
        return;
    ts_ipc_server_drop(server);
    if (server->fd >= 0)
        close(server->fd);
    if (server->address)
        unlink(server->address);
    if (server->folder)
        rmdir(server->folder);
    free(server->address);
    free(server->folder);
    free(server);
}

const char *ts_ipc_server_address(const ts_ipc_server *server)
{
    return server->address;
}

static client *free_client(ts_ipc_server *server)
{
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        if (server->clients[i].fd < 0)
            return &server->clients[i];
    }
    return NULL;
}

/* fds[0] is the listener, or nothing while all places are taken. */
size_t ts_ipc_server_watch(ts_ipc_server *server, struct pollfd *fds)
{
    size_t n = 0;
    fds[n++] = (struct pollfd){.fd = free_client(server) ? server->fd : -1, .events = POLLIN};
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        const client *c = &server->clients[i];
        if (c->fd >= 0)
            fds[n++] = (struct pollfd){.fd = c->fd, .events = c->answering ? POLLOUT : POLLIN};
    }
    return n;
}

int ts_ipc_server_wait(const ts_ipc_server *server)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        if (server->clients[i].fd >= 0 && server->clients[i].deadline < next)
            next = server->clients[i].deadline;
    }
    if (next == UINT64_MAX)
        return -1;
    uint64_t now = ts_clock_steady();
    return next <= now ? 0 : (int)((next - now) / 1000000u) + 1;
}

/* The folder keeps others out already; root and a wrong umask do not get past this either. */
static bool is_owner(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static void accept_clients(ts_ipc_server *server)
{
    for (client *c; (c = free_client(server)) != NULL;) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        if (!is_owner(fd)) {
            close(fd);
            continue;
        }
        memset(c, 0, sizeof(*c));
        c->fd = fd;
        c->deadline = ts_clock_steady() + (uint64_t)TS_IPC_CLIENT_DEADLINE * 1000000u;
        ts_buf_init(&c->in, TS_IPC_REQUEST_MAX);
        ts_buf_init(&c->out, TS_IPC_ANSWER_MAX);
    }
}

static void send_answer(client *c)
{
    while (c->sent < c->out.len) {
        ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            break;
        c->sent += (size_t)n;
    }
    drop_client(c);
}

static void start_answer(client *c, const ts_var_service *service, const char *error)
{
    if (error)
        ts_ipc_answer_error(&c->out, error);
    else
        ts_ipc_answer(service, c->in.data, c->in.len, &c->out);
    if (!ts_buf_ok(&c->out, "answer", NULL)) {
        drop_client(c);
        return;
    }
    c->answering = true;
    send_answer(c);
}

/* One chunk a turn, so that a client that sends much does not keep the others waiting. */
static void read_request(client *c, const ts_var_service *service)
{
    char chunk[CHUNK];
    ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        drop_client(c);
        return;
    }
    ts_buf_add(&c->in, chunk, (size_t)n);
    ts_wipe(chunk, (size_t)n);
    bool complete = false;
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    bool ok = ts_buf_ok(&c->in, "request", &err) &&
              ts_ipc_request_complete(c->in.data, c->in.len, &complete, &err);
    if (!ok)
        start_answer(c, service, ts_err_text(err));
    else if (complete)
        start_answer(c, service, NULL);
}

static client *client_of(ts_ipc_server *server, int fd)
{
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        if (server->clients[i].fd == fd)
            return &server->clients[i];
    }
    return NULL;
}

void ts_ipc_server_serve(ts_ipc_server *server, const ts_var_service *service,
                         const struct pollfd *fds, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        client *c = fds[i].revents ? client_of(server, fds[i].fd) : NULL;
        if (c && c->answering)
            send_answer(c);
        else if (c)
            read_request(c, service);
    }
    uint64_t now = ts_clock_steady();
    for (size_t i = 0; i < TS_IPC_CLIENTS_MAX; i++) {
        if (server->clients[i].fd >= 0 && server->clients[i].deadline <= now)
            drop_client(&server->clients[i]);
    }
    if (n > 0 && fds[0].revents)
        accept_clients(server);
}

/* --- Client ------------------------------------------------------------------------------- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool fail_ask(ts_err **err, const char *what, const char *address)
{
    if (errno == EAGAIN)
        return ts_fail(err, TS_TIMEOUT, "the engine did not answer within %u s at '%s'",
                       TS_IPC_ASK_DEADLINE / 1000, address);
    ts_code code = errno == ENOENT || errno == ECONNREFUSED ? TS_NOT_FOUND : TS_OS;
    return ts_fail_os_as(err, code, TS_OS_ERRNO, (uint32_t)errno,
                         "cannot %s the engine at '%s'; is a task sequence running", what, address);
}

static bool send_request(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        /* A request that is refused early is answered and closed: the answer says why. */
        if (n < 0 && errno == EPIPE)
            return true;
        if (n < 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool ts_ipc_ask(const char *address, const void *request, size_t size, ts_buf *answer, ts_err **err)
{
    struct sockaddr_un to;
    if (!set_address(&to, address, err))
        return false;
    TS_CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = (time_t)(TS_IPC_ASK_DEADLINE / 1000)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        return fail_ask(err, "reach", address);
    if (!send_request(fd, request, size))
        return fail_ask(err, "ask", address);
    (void)shutdown(fd, SHUT_WR);
    char chunk[CHUNK];
    for (;;) {
        ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != ECONNRESET)
            return fail_ask(err, "hear", address);
        if (n <= 0)
            break;
        ts_buf_add(answer, chunk, (size_t)n);
        ts_wipe(chunk, (size_t)n);
    }
    return ts_buf_ok(answer, "answer", err);
}
