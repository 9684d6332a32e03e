/* sinks.h - where events go: smsts.log, JSON lines, the terminal. The command line opens them. */
#ifndef TS_SINKS_H
#define TS_SINKS_H

#include <ts/error.h>
#include <ts/event.h>

#define TS_LOG_BYTES      (5u * 1024u * 1024u) /* ConfigMgr since 1806, in a sequence: 5 MB ... */
#define TS_LOG_HISTORY    3u                   /* ... and 3 history files */
#define TS_LOG_SECOND_MAX 999u /* highest number of a history file; a log that needs more stops */

/* smsts.log in `folder`, in the form that CMTrace reads. Full: it becomes
 * smsts-YYYYMMDD-HHMMSS.log (the next ones of that second end in -001.log ...), and the oldest of
 * more than `history` such files is removed. `bias` is UTC minus local time in minutes. */
typedef struct ts_smsts_log ts_smsts_log;
typedef struct ts_smsts_options {
    const char *folder;
    uint64_t bytes;   /* 0: TS_LOG_BYTES */
    unsigned history; /* files kept beside the current one */
    int bias;
    uint32_t thread; /* shown in every line */
} ts_smsts_options;
ts_smsts_log *ts_smsts_open(const ts_smsts_options *options, ts_err **err);
ts_sink ts_smsts_sink(ts_smsts_log *log);
/* Goes on in another folder: the lines so far go with it, also the older files. A log that is there
 * already becomes an older file. The copy is whole and on the disk before the first one is removed.
 * A log that had no room for a line goes on there, and says that lines are missing. false: the log
 * stays where it is. */
bool ts_smsts_move(ts_smsts_log *log, const char *folder, ts_err **err);
/* Goes on in another folder without the lines so far: they stay where they are, and nothing of them
 * is open any more. false: no line can be written there, until the log moves to another folder. */
bool ts_smsts_leave(ts_smsts_log *log, const char *folder, ts_err **err);
/* false: lines were lost (disk full ...), and why. Frees in any case. */
bool ts_smsts_close(ts_smsts_log *log, ts_err **err);

/* One JSON object a line; fields that an event does not have are left out. */
typedef struct ts_json_log ts_json_log;
ts_json_log *ts_json_log_open(const char *path, ts_err **err);
ts_sink ts_json_log_sink(ts_json_log *log);
bool ts_json_log_close(ts_json_log *log, ts_err **err);

/* Progress for a person: a line a step. `write` gets whole lines; colour and width are the
 * caller's knowledge. With `live` the current step is rewritten in place (a terminal). */
typedef struct ts_terminal ts_terminal;
typedef struct ts_terminal_options {
    void (*write)(void *ctx, const char *text, size_t size);
    void *ctx;
    bool live;
    bool colour;
    unsigned width; /* columns; 0: 80 */
} ts_terminal_options;
ts_terminal *ts_terminal_new(const ts_terminal_options *options, ts_err **err);
ts_sink ts_terminal_sink(ts_terminal *terminal);
void ts_terminal_free(ts_terminal *terminal);

#endif
