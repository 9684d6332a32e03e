/* host_private.h - the choke point, shared by the files that hold its operations. */
#ifndef TS_HOST_PRIVATE_H
#define TS_HOST_PRIVATE_H

#include <ts/host.h>
#include <ts/text.h>

#include "host_ops.h"

struct ts_host {
    const ts_host_ops *ops;
    void *self;
    char *name;
    bool simulated;
    bool assumed;
    unsigned assumed_effects; /* of steps that could not be simulated */
    atomic_bool cancelled;
    bool wiping; /* since the last ts_host_enter: the checks are over, the disk is touched */
    uint64_t calls;
    uint64_t fail_at; /* number of the call that fails; 0: none */
    ts_code fail_code;
    ts_host_listener listener;
    void *listener_ctx;
    const ts_volume_watch *volume_watch;
    ts_host_masker masker;
    void *masker_ctx;
    ts_http_fetcher fetcher; /* real machines */
    void *fetcher_ctx;
    bool boots_image;      /* the next start is that of a boot image on the disk */
    const ts_agent *agent; /* real machines; NULL: the program has set none */
};

/* Counts the call and says whether it may go on. `possible`: the host has this operation. */
bool ts_host_enter(ts_host *host, const char *what, bool possible, ts_err **err);
/* Tells the listener of a change that was tried. Gives `ok` back. */
bool ts_host_report(ts_host *host, unsigned effects, const ts_buf *text, bool assumed, bool ok,
                    ts_err **err);

/* The texts of changes are for people: longer values are cut by the report anyway. */
#define TS_HOST_TEXT_MAX (64u * 1024u)

#define TS_HOST_CHANGE(host, effects, ok, err, ...)                                                \
    do {                                                                                           \
        ts_buf change_text;                                                                        \
        ts_buf_init(&change_text, TS_HOST_TEXT_MAX);                                               \
        if ((host)->listener) {                                                                    \
            ts_buf_printf(&change_text, __VA_ARGS__);                                              \
        }                                                                                          \
        ts_host_report(host, effects, &change_text, false, ok, err);                               \
        ts_buf_done(&change_text);                                                                 \
    } while (0)

#endif
