/* wan.c - a wide-area network on the loopback: a TCP relay that delays, limits the window of each
 * connection (slow start included) and shares one downlink. No loss.
 *
 *   wan LISTEN-PORT TARGET-PORT RTT-MS WINDOW-BYTES LINK-BYTES-PER-SECOND
 *
 * Each connection: nothing passes before one RTT (the handshake); at most `window` bytes are unread
 * and unacknowledged, beginning with ten segments and growing by what is acknowledged; a byte
 * arrives half an RTT after it was taken from its sender. SIGUSR1 prints the bytes that went down
 * and forgets them. Ends with SIGTERM.
 *
 * A real network is not slower because the machine is busy: the program asks for a higher priority,
 * and what the link could not pass while the program waited for a processor it passes later. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LANES_MAX 1024 /* two for each connection */
#define RING_MAX  (4u * 1024u * 1024u)
#define SEGMENTS  14600u
#define MARKS     4096u /* groups of bytes on their way */

typedef struct mark {
    uint64_t bytes, due;
} mark;

/* One direction: bytes from `in` to `out`, on their way in the ring. */
typedef struct lane {
    int in, out;
    bool used, down, ended, closed;
    uint64_t open_at, window, unacked;
    uint64_t head, tail; /* read from in, written to out */
    uint8_t *ring;
    mark way[MARKS], acks[MARKS]; /* first in, first out */
    uint32_t way_first, way_n, ack_first, ack_n;
    uint64_t ripe; /* bytes that may be written now */
} lane;

static lane *lanes;
static size_t active[LANES_MAX / 2], n_active; /* the first lane of each pair in use */
static bool starved;                           /* the link kept somebody waiting */
static uint64_t ring, rtt, window_max, link_rate, tokens, token_at, went_down;
static volatile sig_atomic_t report, stop;

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void on_signal(int number)
{
    if (number == SIGUSR1)
        report = 1;
    else
        stop = 1;
}

static void push(mark *list, uint32_t first, uint32_t *n, uint64_t bytes, uint64_t due)
{
    if (*n > 0) { /* within a millisecond it is one group */
        mark *last = &list[(first + *n - 1) % MARKS];
        if (due - last->due < 1000 || *n == MARKS) {
            last->bytes += bytes;
            last->due = *n == MARKS ? due : last->due;
            return;
        }
    }
    list[(first + *n) % MARKS] = (mark){bytes, due};
    *n += 1;
}

static void take_in(lane *l, uint64_t now)
{
    while (!l->ended && now >= l->open_at && l->unacked < l->window) {
        uint64_t room = l->window - l->unacked, at = l->head % ring;
        if (room > ring - at)
            room = ring - at;
        if (l->down && link_rate && tokens < 1460) {
            starved = true;
            return;
        }
        if (l->down && link_rate && room > tokens)
            room = tokens;
        ssize_t n = recv(l->in, l->ring + at, room, MSG_DONTWAIT);
        if (n < 0)
            return;
        if (n == 0) {
            l->ended = true;
            return;
        }
        l->head += (uint64_t)n;
        l->unacked += (uint64_t)n;
        if (l->down) {
            went_down += (uint64_t)n;
            tokens -= link_rate ? (uint64_t)n : 0;
        }
        push(l->way, l->way_first, &l->way_n, (uint64_t)n, now + rtt / 2);
    }
}

static void put_out(lane *l, uint64_t now)
{
    while (l->way_n > 0 && l->way[l->way_first].due <= now) {
        l->ripe += l->way[l->way_first].bytes;
        l->way_first = (l->way_first + 1) % MARKS;
        l->way_n--;
    }
    while (l->ripe > 0) {
        uint64_t at = l->tail % ring;
        uint64_t k = l->ripe < ring - at ? l->ripe : ring - at;
        ssize_t n = send(l->out, l->ring + at, k, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0) {
            if (n < 0 && errno != EAGAIN)
                l->ended = l->closed = true;
            break;
        }
        l->tail += (uint64_t)n;
        l->ripe -= (uint64_t)n;
        push(l->acks, l->ack_first, &l->ack_n, (uint64_t)n, now + rtt / 2);
    }
    while (l->ack_n > 0 && l->acks[l->ack_first].due <= now) {
        uint64_t bytes = l->acks[l->ack_first].bytes;
        l->unacked -= bytes;
        l->window = l->window + bytes < window_max ? l->window + bytes : window_max;
        l->ack_first = (l->ack_first + 1) % MARKS;
        l->ack_n--;
    }
    if (l->ended && !l->closed && l->head == l->tail) {
        shutdown(l->out, SHUT_WR);
        l->closed = true;
    }
}

static bool open_pair(int client, int target_port, uint64_t now)
{
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)target_port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    lane *free_pair = NULL;
    size_t first = 0;
    for (; first + 1 < LANES_MAX && !free_pair; first += 2)
        free_pair = lanes[first].used ? NULL : &lanes[first];
    if (!free_pair || server < 0 || connect(server, (struct sockaddr *)&a, sizeof a) != 0) {
        close(server);
        close(client);
        return false;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (int i = 0; i < 2; i++) {
        uint8_t *buffer = free_pair[i].ring ? free_pair[i].ring : malloc(ring);
        if (!buffer)
            abort();
        free_pair[i] = (lane){.in = i ? server : client,
                              .out = i ? client : server,
                              .used = true,
                              .down = i == 1,
                              .open_at = now + rtt,
                              .window = SEGMENTS,
                              .ring = buffer};
    }
    active[n_active++] = first - 2;
    return true;
}

static void refill(uint64_t now)
{
    tokens += (now - token_at) * link_rate / 1000000u;
    uint64_t most = starved ? link_rate / 5 : link_rate / 50; /* 200 or 20 ms */
    tokens = tokens < most ? tokens : most;
    token_at = now;
    starved = false;
}

static void run_lanes(uint64_t now)
{
    static size_t turn;
    turn++; /* nobody is always first at the shared link */
    for (size_t k = 0; k < n_active; k++) {
        lane *up = &lanes[active[(turn + k) % n_active]], *down = up + 1;
        take_in(up, now);
        put_out(up, now);
        take_in(down, now);
        put_out(down, now);
    }
    for (size_t k = 0; k < n_active;) {
        lane *up = &lanes[active[k]], *down = up + 1;
        if (!down->closed || (!up->closed && !down->ended)) {
            k++;
            continue;
        }
        close(up->in);
        close(up->out);
        up->used = down->used = false;
        active[k] = active[--n_active];
    }
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    if (argc != 6) {
        fprintf(stderr,
                "usage: wan LISTEN-PORT TARGET-PORT RTT-MS WINDOW-BYTES LINK-BYTES-PER-SECOND\n");
        return 2;
    }
    rtt = (uint64_t)atoll(argv[3]) * 1000u;
    window_max = (uint64_t)atoll(argv[4]);
    link_rate = (uint64_t)atoll(argv[5]);
    if (window_max > RING_MAX)
        window_max = RING_MAX;
    for (ring = 65536; ring < window_max;)
        ring *= 2;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    setpriority(PRIO_PROCESS, 0, -10); /* where that is not allowed: as it is */
    lanes = calloc(LANES_MAX, sizeof *lanes);
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(argv[1])),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!lanes || bind(listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(listener, 1024) != 0) {
        perror("wan");
        return 1;
    }
    token_at = now_us();
    while (!stop) {
        struct pollfd p = {.fd = listener, .events = POLLIN};
        while (poll(&p, 1, n_active ? 1 : 100) > 0 && !stop)
            open_pair(accept(listener, NULL, NULL), atoi(argv[2]), now_us());
        refill(now_us());
        run_lanes(now_us());
        if (report) {
            fprintf(stderr, "%llu\n", (unsigned long long)went_down);
            went_down = 0;
            report = 0;
        }
    }
    return 0;
}
