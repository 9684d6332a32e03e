/* hostile.c - the misbehaving server. */
#include "hostile.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define CONNS_MAX 512

struct hostile {
    hostile_plan plan;
    int listener;
    char url[64];
    pthread_t acceptor;
    pthread_t threads[CONNS_MAX];
    size_t n_threads;
    atomic_bool stop;
    atomic_uint requests, failures, connections;
    atomic_uint_fast64_t sent;
    atomic_bool authorization, certificate;
    atomic_uint answers, tokens, token_refusals;
    atomic_uint under_way, busiest, refused;
    SSL_CTX *tls; /* NULL: http */
};

typedef struct client {
    hostile *server;
    int fd;
    size_t budget; /* bytes until CLOSE_AT closes; SIZE_MAX: none */
    SSL *ssl;      /* NULL: http */
    bool counted;  /* among those under way */
} client;

/* Bytes, 0: nothing for 100 ms, -1: over. */
static ssize_t put_some(client *c, const void *data, size_t n)
{
    if (c->ssl) { /* blocking, with a time-out of the socket */
        int k = SSL_write(c->ssl, data, n > 16384 ? 16384 : (int)n);
        int why = SSL_get_error(c->ssl, k);
        return k > 0 ? k : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    struct pollfd pfd = {.fd = c->fd, .events = POLLOUT};
    if (poll(&pfd, 1, 100) == 0)
        return 0;
    ssize_t k = send(c->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return k > 0 ? k : -1;
}

static ssize_t get_some(client *c, void *data, size_t n)
{
    if (c->ssl) {
        int k = SSL_read(c->ssl, data, (int)n);
        int why = SSL_get_error(c->ssl, k);
        return k > 0 ? k : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
    if (poll(&pfd, 1, 100) == 0)
        return 0;
    ssize_t k = recv(c->fd, data, n, 0);
    return k > 0 ? k : -1;
}

static bool put(client *c, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0 && !c->server->stop) {
        size_t k = n < c->budget ? n : c->budget;
        if (k == 0)
            return false;
        ssize_t sent = put_some(c, p, k);
        if (sent < 0)
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
        ssize_t got = get_some(c, head + n, 1);
        if (got < 0)
            return false;
        if (got == 0)
            continue;
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
    while (!c->server->stop && get_some(c, &byte, 1) >= 0)
        ;
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

static void think(const hostile *s, unsigned ms)
{
    for (unsigned at = 0; at < ms && !s->stop; at += 10)
        usleep(10000);
}

static unsigned current_token(const hostile *s)
{
    return 1 + s->answers / s->plan.token_life;
}

/* GET /token; false: it is another path. */
static bool token_answer(client *c, const char *request)
{
    hostile *s = c->server;
    char head[256], body[64];
    if (!s->plan.token_life || strncmp(request, "GET /token", 10) != 0)
        return false;
    think(s, s->plan.token_ms);
    s->tokens++;
    bool bad = s->token_refusals++ < s->plan.token_bad;
    snprintf(body, sizeof body, "Bearer token-%u", current_token(s));
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
             bad ? "503 Busy" : "200 OK", strlen(body), body);
    put_text(c, head);
    return true;
}

static bool unauthorized(client *c, const char *request)
{
    const hostile_plan *p = &c->server->plan;
    char head[1024], token[64];
    static const char filler[1024] = {0};
    const char *need = p->need;
    if (p->token_life) {
        snprintf(token, sizeof token, "Authorization: Bearer token-%u\r\n",
                 current_token(c->server));
        need = token;
    }
    if (!need || strstr(request, need))
        return false;
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s-Authenticate: %s\r\n\r\n",
             p->mode == HOSTILE_PROXY ? "407 Who" : "401 Unauthorized", p->page,
             p->mode == HOSTILE_PROXY ? "Proxy" : "WWW", p->challenge ? p->challenge : "Bearer");
    put_text(c, head);
    for (size_t left = p->page, k; left > 0; left -= k) {
        k = left < sizeof filler ? left : sizeof filler;
        if (!put(c, filler, k))
            break;
    }
    return true;
}

static bool pump_one(int from, int to)
{
    char data[16384];
    ssize_t n = recv(from, data, sizeof data, 0);
    for (ssize_t at = 0, k; at < n; at += k) {
        k = send(to, data + at, (size_t)(n - at), MSG_NOSIGNAL);
        if (k <= 0)
            return false;
    }
    return n > 0;
}

static bool tunnel(client *c, const char *request)
{
    unsigned port = 0;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *colon = strchr(request, ':');
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = strncmp(request, "CONNECT ", 8) == 0 && colon && sscanf(colon, ":%u", &port) == 1;
    a.sin_port = htons((uint16_t)port);
    ok = ok && fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
    put_text(c, ok ? "HTTP/1.1 200 Connected\r\n\r\n"
                   : "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
    while (ok && !c->server->stop) {
        struct pollfd p[2] = {{.fd = c->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        if (poll(p, 2, 50) > 0)
            ok = (!p[0].revents || pump_one(c->fd, fd)) && (!p[1].revents || pump_one(fd, c->fd));
    }
    close(fd);
    return false;
}

static bool start_tls(client *c)
{
    hostile *s = c->server;
    struct timeval wait = {.tv_usec = 100000};
    if (!s->tls)
        return true;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    c->ssl = SSL_new(s->tls);
    for (int rc = 0; c->ssl && SSL_set_fd(c->ssl, c->fd) && rc <= 0 && !s->stop;) {
        rc = SSL_accept(c->ssl);
        int why = SSL_get_error(c->ssl, rc);
        if (rc <= 0 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return false;
    }
    X509 *cert = c->ssl ? SSL_get1_peer_certificate(c->ssl) : NULL;
    if (cert)
        s->certificate = true;
    X509_free(cert);
    return c->ssl != NULL;
}

/* Before the answer goes out: who has all of it may ask again at once. */
static void let_go(client *c)
{
    if (c->counted)
        c->server->under_way--;
    c->counted = false;
}

static bool answer(client *c, const char *request)
{
    hostile *s = c->server;
    if (strstr(request, "\r\nAuthorization:"))
        s->authorization = true;
    if (token_answer(c, request) || unauthorized(c, request))
        return true;
    s->answers++;
    hostile_mode mode = s->plan.mode;
    if (mode == HOSTILE_PROXY)
        return tunnel(c, request);
    if (s->plan.times && s->failures++ >= s->plan.times)
        mode = HOSTILE_NONE;
    c->budget = mode == HOSTILE_CLOSE_AT ? s->plan.amount : SIZE_MAX;
    think(s, s->plan.think_ms);
    let_go(c);
    return is_odd(mode) ? odd_answer(c, mode) : content_answer(c, request, mode);
}

static bool answer_or_refuse(client *c, const char *request)
{
    hostile *s = c->server;
    unsigned now = ++s->under_way, most = s->busiest;
    bool many = s->plan.at_once && now > s->plan.at_once;
    s->requests++;
    s->refused += many;
    while (now > most && !atomic_compare_exchange_weak(&s->busiest, &most, now))
        ;
    c->counted = true;
    if (many)
        let_go(c);
    bool go_on = many ? put_text(c, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
                      : answer(c, request);
    let_go(c);
    return go_on;
}

static void *serve(void *ctx)
{
    client *c = ctx;
    static const size_t head_max = 16384;
    char *request = malloc(head_max);
    bool go_on = request && start_tls(c);
    while (go_on && read_head(c, request, head_max))
        go_on = answer_or_refuse(c, request);
    free(request);
    SSL_free(c->ssl);
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
        s->connections++;
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

static int any_certificate(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    (void)ctx;
    return 1;
}

static SSL_CTX *make_tls(const hostile_plan *plan)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls || SSL_CTX_use_certificate(tls, plan->tls->cert) != 1 ||
        SSL_CTX_use_PrivateKey(tls, plan->tls->key) != 1)
        abort();
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE);
    if (plan->trust)
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, any_certificate);
    SSL_CTX_set_session_id_context(tls, (const unsigned char *)"hostile", 7);
    return tls;
}

hostile *hostile_start(const hostile_plan *plan)
{
    hostile *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    if (!s)
        abort();
    signal(SIGPIPE, SIG_IGN); /* OpenSSL's writes know no MSG_NOSIGNAL */
    s->plan = *plan;
    s->tls = plan->tls ? make_tls(plan) : NULL;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &len) != 0 ||
        pthread_create(&s->acceptor, NULL, accept_loop, s) != 0)
        abort();
    snprintf(s->url, sizeof s->url, "%s://127.0.0.1:%u/", s->tls ? "https" : "http",
             (unsigned)ntohs(a.sin_port));
    return s;
}

void hostile_stop(hostile *server)
{
    server->stop = true;
    pthread_join(server->acceptor, NULL);
    for (size_t i = 0; i < server->n_threads; i++)
        pthread_join(server->threads[i], NULL);
    close(server->listener);
    SSL_CTX_free(server->tls);
    free(server);
}

const char *hostile_url(const hostile *server)
{
    return server->url;
}

unsigned hostile_connections(const hostile *server)
{
    return server->connections;
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

bool hostile_saw_certificate(const hostile *server)
{
    return server->certificate;
}

unsigned hostile_busiest(const hostile *server)
{
    return server->busiest;
}

unsigned hostile_refused(const hostile *server)
{
    return server->refused;
}

unsigned hostile_tokens(const hostile *server)
{
    return server->tokens;
}
