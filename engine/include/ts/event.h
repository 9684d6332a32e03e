/* ts/event.h - what happened, as a stream. Logs, screens, reports and tests are made from events,
 * never from the interpreter's insides. All text in an event is masked already. */
#ifndef TS_EVENT_H
#define TS_EVENT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/compiler.h>
#include <ts/sequence.h>

typedef enum ts_level {
    TS_LEVEL_VERBOSE,
    TS_LEVEL_INFO,
    TS_LEVEL_WARNING,
    TS_LEVEL_ERROR
} ts_level;

/* Told what happens, line by line, by code that is no step: transfers, publishing. */
typedef void (*ts_log_fn)(void *ctx, ts_level level, const char *text);
/* One formatted line; a log of NULL gets none. */
void ts_log_say(ts_log_fn log, void *ctx, ts_level level, const char *fmt, va_list args)
    TS_PRINTF(4, 0);

#define TS_EVENT_KINDS(X)                                                                          \
    X(PRESTART_BEGIN, "prestart.begin") /* before run.begin; text: file name of the script */      \
    X(PRESTART_END, "prestart.end")     /* outcome, text: script, detail: why it refused */        \
    X(RUN_BEGIN, "run.begin")           /* text: sequence name; detail: host */                    \
    X(RUN_END, "run.end")               /* outcome, code, text: verdict, duration */               \
    X(CHILD_BEGIN, "child.begin")       /* node, text: name of the child sequence */               \
    X(CHILD_END, "child.end")           /* node, outcome, code */                                  \
    X(GROUP_BEGIN, "group.begin")       /* node */                                                 \
    X(GROUP_END, "group.end")           /* node, outcome */                                        \
    X(STEP_BEGIN, "step.begin")         /* node, text: what runs (command line, masked) */         \
    X(STEP_END, "step.end")             /* node, outcome, code, text: why, duration */             \
    X(SKIP, "skip")                     /* node, outcome: DISABLED or CONDITION; text: reason */   \
    X(CONDITION, "condition")           /* node, tri as outcome MAY when unknown; text: reason */  \
    X(EFFECT, "effect")                 /* node, effects, text, detail: error or NULL */           \
    X(VARIABLE, "variable")             /* text: name, detail: value (masked), NULL: deleted */    \
    X(RESTART, "restart")               /* node, text: target */                                   \
    X(PROGRESS, "progress")             /* node, done, total, text */                              \
    X(DOWNLOAD, "download")             /* node, text: package, done, total */                     \
    X(LOG, "log")                       /* level, component, text, source file and line */         \
    X(LEAF, "leaf") /* node, source_line: line of the condition leaf; code 0/1/2 */

typedef enum ts_event_kind {
#define TS_EVENT_ENUM(name, id) TS_EVENT_##name,
    TS_EVENT_KINDS(TS_EVENT_ENUM)
#undef TS_EVENT_ENUM
        TS_EVENT_KIND_COUNT
} ts_event_kind;
const char *ts_event_kind_id(ts_event_kind kind);

#define TS_OUTCOMES(X)                                                                             \
    X(NONE, "")                                                                                    \
    X(OK, "ok")                                                                                    \
    X(FAILED, "failed")                                                                            \
    X(CONTINUED, "failed, continued") /* failed, but continue-on-error */                          \
    X(DISABLED, "disabled")                                                                        \
    X(CONDITION, "condition")     /* skipped because the condition is false */                     \
    X(MAY, "may run")             /* simulation: the condition is not known */                     \
    X(UNSUPPORTED, "unsupported") /* simulation: this build or host could not run it */            \
    X(RESTART, "restart")         /* the run goes on after a restart */

typedef enum ts_outcome {
#define TS_OUTCOME_ENUM(name, id) TS_OUTCOME_##name,
    TS_OUTCOMES(TS_OUTCOME_ENUM)
#undef TS_OUTCOME_ENUM
        TS_OUTCOME_COUNT
} ts_outcome;
const char *ts_outcome_id(ts_outcome outcome);

typedef struct ts_event {
    ts_event_kind kind;
    int64_t time;                /* milliseconds since 1970 UTC, of the host's clock */
    const ts_sequence *sequence; /* may be NULL before a run */
    const ts_node *node;         /* may be NULL */
    ts_outcome outcome;
    ts_level level;
    bool assumed;     /* simulation: follows from an assumption */
    bool refused;     /* a wipe that failed before anything of the disk was touched */
    unsigned effects; /* TS_EFFECT bits */
    int64_t code;
    uint64_t done, total;  /* progress; bytes for downloads */
    uint64_t duration;     /* milliseconds */
    uint32_t step, steps;  /* step n of m (groups and disabled steps not counted); 0: none */
    const char *text;      /* may be NULL */
    const char *detail;    /* may be NULL */
    const char *component; /* CMTrace component, "TSManager" when NULL */
    const char *source;    /* source file and line of a log line; NULL: the sink's own */
    uint32_t source_line;
    const struct ts_cond *leaf; /* LEAF: the leaf; borrowed of the bundle */
} ts_event;

/* A sink gets every event in order; it must not change anything, and copies what it keeps. A sink
 * that fails to write remembers it and says so when it is closed. */
typedef struct ts_sink {
    void (*event)(void *ctx, const ts_event *event);
    void *ctx;
} ts_sink;

#define TS_SINKS_MAX 8u
typedef struct ts_events {
    ts_sink sinks[TS_SINKS_MAX];
    size_t n_sinks;
    bool want_reasons; /* false: nobody reads reasons; saves making them */
} ts_events;
bool ts_events_add(ts_events *events, ts_sink sink); /* false: TS_SINKS_MAX reached */
void ts_events_send(const ts_events *events, const ts_event *event);

#endif
