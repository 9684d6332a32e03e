/* hostile.c - the misbehaving server. */
#include "hostile.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNS_MAX 512

struct hostile {
    hostile_plan plan;
    int listener;
    char url[64];
    pthread_t acceptor;
    pthread_t threads[CONNS_MAX];
    size_t n_threads;
    atomic_bool stop;
    atomic_uint requests, failures;
    atomic_uint_fast64_t sent;
    atomic_bool authorization;
};

typedef struct client {
    hostile *server;
    int fd;
    size_t budget; /* bytes until CLOSE_AT closes; SIZE_MAX: none */
} client;

static bool put(client *c, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0 && !c->server->stop) {
        size_t k = n < c->budget ? n : c->budget;
        if (k == 0)
            return false;
        struct pollfd pfd = {.fd = c->fd, .events = POLLOUT};
        if (poll(&pfd, 1, 100) == 0)
            continue;
        ssize_t sent = send(c->fd, p, k, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
        if (c->budget != SIZE_MAX)
            c->budget -= (size_t)sent;
    }
    return n == 0;
}

static bool put_text(client *c, const char *text)
{
    return put(c, text, strlen(text));
}

/* Reads one request's head; false at the end of the connection. */
static bool read_head(client *c, char *head, size_t size)
{
    size_t n = 0;
    while (n + 1 < size && !c->server->stop) {
        struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
        if (poll(&pfd, 1, 100) == 0)
            continue;
        ssize_t got = recv(c->fd, head + n, 1, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        head[n] = '\0';
        if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
    return false;
}

static void wait_for_stop(client *c)
{
    char byte;
    while (!c->server->stop) {
        struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
        if (poll(&pfd, 1, 50) > 0 && recv(c->fd, &byte, 1, 0) <= 0)
            return;
    }
}

static bool put_body(client *c, size_t first, size_t last, hostile_mode mode)
{
    const hostile_plan *p = &c->server->plan;
    size_t n = last - first + 1;
    if (mode == HOSTILE_TRUNCATE || mode == HOSTILE_STALL)
        n /= 2;
    for (size_t i = 0; mode == HOSTILE_DRIP && i < n && !c->server->stop; i++) {
        if (!put(c, p->data + first + i, 1))
            return false;
        usleep(100000);
    }
    if (mode == HOSTILE_DRIP)
        return true;
    while (n > 0) {
        uint8_t chunk[16384];
        size_t k = n < sizeof chunk ? n : sizeof chunk;
        memcpy(chunk, p->data + first, k);
        for (size_t i = 0; mode == HOSTILE_CHANGED && i < k; i++)
            chunk[i] ^= 0x5a;
        if (!put(c, chunk, k))
            return false;
        c->server->sent += k;
        first += k;
        n -= k;
    }
    if (mode == HOSTILE_STALL)
        wait_for_stop(c);
    return mode != HOSTILE_TRUNCATE && mode != HOSTILE_STALL;
}

/* Answers whose body is not the content. false: the connection ends. */
static bool odd_answer(client *c, hostile_mode mode)
{
    const hostile_plan *p = &c->server->plan;
    char head[1024];
    switch ((int)mode) {
    case HOSTILE_STALL_HEAD:
        wait_for_stop(c);
        return false;
    case HOSTILE_CIRCLE:
    case HOSTILE_REDIRECT:
        snprintf(head, sizeof head,
                 "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                 mode == HOSTILE_CIRCLE ? "/again" : p->target);
        return put_text(c, head);
    case HOSTILE_STATUS:
        snprintf(head, sizeof head, "HTTP/1.1 %zu Status\r\nContent-Length: 4\r\n%s%s%s\r\nnope",
                 p->amount, p->retry_after ? "Retry-After: " : "",
                 p->retry_after ? p->retry_after : "", p->retry_after ? "\r\n" : "");
        return put_text(c, head);
    case HOSTILE_ENDLESS:
        put_text(c, "HTTP/1.1 200 OK\r\n\r\n");
        while (!c->server->stop && put(c, p->data, p->size))
            c->server->sent += p->size;
        return false;
    case HOSTILE_ENDLESS_HEAD:
        put_text(c, "HTTP/1.1 200 OK\r\n");
        while (!c->server->stop && put_text(c, "X-More: and more and more and more\r\n"))
            ;
        return false;
    case HOSTILE_GARBAGE:
        put_text(c, "\x16\x03\x01 this is no HTTP\r\n\r\n");
        return false;
    case HOSTILE_EMPTY:
        return put_text(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    default:
        return false;
    }
}

static bool is_odd(hostile_mode mode)
{
    return mode == HOSTILE_STALL_HEAD || mode == HOSTILE_CIRCLE || mode == HOSTILE_REDIRECT ||
           mode == HOSTILE_STATUS || mode == HOSTILE_ENDLESS || mode == HOSTILE_ENDLESS_HEAD ||
           mode == HOSTILE_GARBAGE || mode == HOSTILE_EMPTY;
}

static bool content_answer(client *c, const char *request, hostile_mode mode)
{
    const hostile_plan *p = &c->server->plan;
    const char *range = strstr(request, "Range: bytes=");
    size_t first = 0, last = p->size - 1;
    char head[1024];
    bool ranged = range && mode != HOSTILE_RANGE_IGNORED &&
                  sscanf(range, "Range: bytes=%zu-%zu", &first, &last) == 2;
    size_t length = last - first + 1;
    length = mode == HOSTILE_LENGTH_LONG    ? length + 100
             : mode == HOSTILE_LENGTH_SHORT ? length / 2
                                            : length;
    size_t shift = mode == HOSTILE_RANGE_SHIFTED ? 1 : 0;
    size_t total = mode == HOSTILE_RANGE_TOTAL ? p->size + 1 : p->size;
    int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s",
                     ranged ? "206 Partial Content" : "200 OK", length,
                     mode == HOSTILE_GZIP ? "Content-Encoding: gzip\r\n" : "");
    if (ranged && mode != HOSTILE_RANGE_MISSING)
        n += snprintf(head + n, sizeof head - (size_t)n, "Content-Range: bytes %zu-%zu/%zu\r\n",
                      first + shift, last + shift, total);
    snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    if (!put_text(c, head))
        return false;
    if (strncmp(request, "HEAD ", 5) == 0)
        return true;
    return put_body(c, first, last, mode) && mode != HOSTILE_LENGTH_LONG;
}

static bool unauthorized(client *c, const char *request)
{
    const hostile_plan *p = &c->server->plan;
    char head[1024];
    if (!p->need || strstr(request, p->need))
        return false;
    snprintf(head, sizeof head,
             "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: %s\r\n\r\n",
             p->challenge ? p->challenge : "Bearer");
    put_text(c, head);
    return true;
}

static void *serve(void *ctx)
{
    client *c = ctx;
    hostile *s = c->server;
    static const size_t head_max = 16384;
    char *request = malloc(head_max);
    while (request && read_head(c, request, head_max)) {
        s->requests++;
        if (strstr(request, "\r\nAuthorization:"))
            s->authorization = true;
        if (unauthorized(c, request))
            continue;
        hostile_mode mode = s->plan.mode;
        if (s->plan.times && s->failures++ >= s->plan.times)
            mode = HOSTILE_NONE;
        c->budget = mode == HOSTILE_CLOSE_AT ? s->plan.amount : SIZE_MAX;
        if (!(is_odd(mode) ? odd_answer(c, mode) : content_answer(c, request, mode)))
            break;
    }
    free(request);
    shutdown(c->fd, SHUT_RDWR);
    close(c->fd);
    free(c);
    return NULL;
}

static void *accept_loop(void *ctx)
{
    hostile *s = ctx;
    while (!s->stop) {
        struct pollfd pfd = {.fd = s->listener, .events = POLLIN};
        if (poll(&pfd, 1, 50) <= 0)
            continue;
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            continue;
        client *c = calloc(1, sizeof *c);
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (!c || s->n_threads == CONNS_MAX) {
            free(c);
            close(fd);
            continue;
        }
        *c = (client){.server = s, .fd = fd, .budget = SIZE_MAX};
        if (pthread_create(&s->threads[s->n_threads], NULL, serve, c) == 0)
            s->n_threads++;
    }
    return NULL;
}

hostile *hostile_start(const hostile_plan *plan)
{
    hostile *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    if (!s)
        abort();
    s->plan = *plan;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &len) != 0 ||
        pthread_create(&s->acceptor, NULL, accept_loop, s) != 0)
        abort();
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u/", (unsigned)ntohs(a.sin_port));
    return s;
}

void hostile_stop(hostile *server)
{
    server->stop = true;
    pthread_join(server->acceptor, NULL);
    for (size_t i = 0; i < server->n_threads; i++)
        pthread_join(server->threads[i], NULL);
    close(server->listener);
    free(server);
}

const char *hostile_url(const hostile *server)
{
    return server->url;
}

unsigned hostile_requests(const hostile *server)
{
    return server->requests;
}

uint64_t hostile_sent(const hostile *server)
{
    return server->sent;
}

bool hostile_saw_authorization(const hostile *server)
{
    return server->authorization;
}
