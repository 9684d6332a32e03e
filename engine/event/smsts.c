/* smsts.c - smsts.log: the lines, in the form that CMTrace reads.
 *
 * <![LOG[text]LOG]!><time="14:24:33.329+420" date="06-26-2015" component="X" context="" type="1"
 * thread="1256" file="x.cpp:1626">  (ConfigMgr docs: sample lines of "Log files"). The offset is
 * UTC minus local time in minutes, its sign is always there; type 0 verbose, 1 information,
 * 2 warning, 3 error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/time.h>

#include "os.h"
#include "sinks.h"

#define LOG_NAME       "smsts.log"
#define MOVED_MAX      (64u * 1024u * 1024u) /* of one file */
#define LINE_MAX_BYTES (1024u * 1024u)       /* of one message; a longer one is cut and says so */

struct ts_smsts_log {
    ts_smsts_options options;
    char *folder;
    char *path;
    ts_file *file;
    uint64_t bytes; /* in the current file */
    int64_t time;   /* of the last line */
    ts_err *lost;   /* the first write that failed; told by ts_smsts_close */
    bool stopped;   /* nothing more can be written here; another folder may help */
};

static unsigned type_of(ts_level level)
{
    static const unsigned types[] = {
        [TS_LEVEL_VERBOSE] = 0, [TS_LEVEL_INFO] = 1, [TS_LEVEL_WARNING] = 2, [TS_LEVEL_ERROR] = 3};
    return types[level];
}

/* The end mark inside a message would end the line for a reader. */
static void add_message(ts_buf *line, const char *text)
{
    static const char mark[] = "]LOG]!>";
    for (const char *hit; (hit = strstr(text, mark)); text = hit + strlen(mark)) {
        ts_buf_add(line, text, (size_t)(hit - text));
        ts_buf_str(line, "]LOG] !>");
    }
    ts_buf_str(line, text);
}

static void format_line(ts_buf *out, const ts_smsts_options *o, const ts_event *e, ts_level level,
                        const char *text)
{
    ts_civil t = ts_time_civil(e->time - (int64_t)o->bias * 60000);
    ts_buf_str(out, "<![LOG[");
    add_message(out, text);
    ts_buf_printf(
        out,
        "]LOG]!><time=\"%02d:%02d:%02d.%03d%+d\" date=\"%02d-%02d-%04d\" component=\"%s\" "
        "context=\"\" type=\"%u\" thread=\"%u\" file=\"%s:%u\">\r\n",
        t.hour, t.minute, t.second, t.millisecond, o->bias, t.month, t.day, t.year,
        e->component ? e->component : "TSManager", type_of(level), o->thread,
        e->source ? e->source : "taskseq", e->source ? e->source_line : 0);
}

static bool is_history(const char *name)
{
    size_t n = strlen(name);
    return ts_str_ihas_prefix(name, "smsts-") && n > 10 && ts_str_ieq(name + n - 4, ".log");
}

/* The first number that is behind all files of this second in the folder: one that pruning has
 * freed again is not used, so a higher number is always newer. */
static bool next_number(const char *folder, const char *second, unsigned *next, ts_err **err)
{
    char **names = NULL;
    if (!ts_file_is_folder(folder))
        return true;
    if (!ts_folder_list(folder, &names, err))
        return false;
    size_t n = strlen(second);
    for (char **name = names; *name; name++) {
        unsigned long number = 0;
        if (!is_history(*name) || !ts_str_ihas_prefix(*name, second))
            continue;
        if ((*name)[n] == '-')
            number = strtoul(*name + n + 1, NULL, 10);
        number = number < TS_LOG_SECOND_MAX ? number : TS_LOG_SECOND_MAX;
        if (number >= *next)
            *next = (unsigned)number + 1;
    }
    free(names);
    return *next <= TS_LOG_SECOND_MAX ||
           ts_fail(err, TS_LIMIT, "more than %u history files '%s-NNN.log' in one second",
                   TS_LOG_SECOND_MAX, second);
}

/* smsts-YYYYMMDD-HHMMSS.log, with a number when two fall into one second. A log that moves brings
 * its older files with it: they keep their names. */
static char *history_path(const ts_smsts_log *log, const char *folder, int64_t time, ts_err **err)
{
    ts_civil t = ts_time_civil(time - (int64_t)log->options.bias * 60000);
    char second[64];
    char number[16] = "";
    unsigned n = 0;
    snprintf(second, sizeof second, "smsts-%04d%02d%02d-%02d%02d%02d", t.year, t.month, t.day,
             t.hour, t.minute, t.second);
    if (!next_number(log->folder, second, &n, err) || !next_number(folder, second, &n, err))
        return NULL;
    if (n > 0)
        snprintf(number, sizeof number, "-%03u", n);
    char *path = ts_sprintf("%s/%s%s.log", folder, second, number);
    if (!path)
        ts_fail_nomem(err);
    return path;
}

/* By time, then by number. The ending does not count: '-' sorts before '.'. */
static bool is_older(const char *a, const char *b)
{
    size_t na = strlen(a) - 4, nb = strlen(b) - 4;
    int order = memcmp(a, b, na < nb ? na : nb);
    return order < 0 || (order == 0 && na < nb);
}

/* Of names that are there yet; NULL: none. */
static char **oldest_of(char **names)
{
    char **oldest = NULL;
    for (; *names; names++)
        if (is_history(*names) && (!oldest || is_older(*names, *oldest)))
            oldest = names;
    return oldest;
}

static bool prune(const ts_smsts_log *log, ts_err **err)
{
    static char gone[] = "";
    char **names = NULL;
    if (!ts_folder_list(log->folder, &names, err))
        return false;
    size_t kept = 0;
    for (char **n = names; *n; n++)
        kept += is_history(*n) ? 1 : 0;
    bool ok = true;
    for (char **oldest; ok && kept > log->options.history && (oldest = oldest_of(names)); kept--) {
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(log->folder, *oldest);
        ok = path ? ts_file_remove(path, err) : ts_fail_nomem(err);
        *oldest = gone;
    }
    free(names);
    return ok;
}

static bool rotate(ts_smsts_log *log, int64_t time, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *old = history_path(log, log->folder, time, err);
    if (!old)
        return false;
    ts_file_close(log->file);
    log->file = NULL;
    if (!ts_file_rename(log->path, old, err) || !prune(log, err))
        return false;
    log->file = ts_file_open(log->path, TS_FILE_APPEND, false, err);
    log->bytes = 0;
    return log->file != NULL;
}

static void stop(ts_smsts_log *log, ts_err *why)
{
    log->stopped = true;
    if (log->lost)
        ts_err_free(why);
    else
        log->lost = why;
}

static void put(ts_smsts_log *log, const ts_event *e, ts_level level, const char *text)
{
    ts_err *why = NULL;
    log->time = e->time;
    if (log->stopped)
        return;
    ts_buf line;
    ts_buf_init(&line, LINE_MAX_BYTES);
    format_line(&line, &log->options, e, level, text);
    if (line.over_limit) {
        ts_buf_clear(&line);
        format_line(&line, &log->options, e, level, "(a message longer than 1 MiB was left out)");
    }
    bool full = log->bytes > 0 && log->bytes + line.len > log->options.bytes;
    if ((!full || rotate(log, e->time, &why)) && ts_buf_ok(&line, "log line", &why) &&
        ts_file_append(log->file, line.data, line.len, &why))
        log->bytes += line.len;
    else
        stop(log, why);
    ts_buf_done(&line);
}

static void putf(ts_smsts_log *log, const ts_event *e, ts_level level, const char *fmt, ...)
    TS_PRINTF(4, 5);
static void putf(ts_smsts_log *log, const ts_event *e, ts_level level, const char *fmt, ...)
{
    ts_buf text;
    ts_buf_init(&text, LINE_MAX_BYTES);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    put(log, e, level, ts_buf_text(&text));
    ts_buf_done(&text);
}

static const char *group_of(const ts_node *node)
{
    return node->parent ? node->parent->name : "";
}

static void put_instruction(ts_smsts_log *log, const ts_event *e)
{
    putf(log, e, TS_LEVEL_INFO,
         "Start executing an instruction. Instruction name: '%s'.  Pointer: %u. Type: '%s'. "
         "Disabled: "
         "%d",
         e->node->name, e->node->index, e->node->type, e->node->disabled ? 1 : 0);
}

static void on_variable(ts_smsts_log *log, const ts_event *e)
{
    if (e->node && strcmp(e->text, "_SMSTSCurrentActionName") == 0)
        put_instruction(log, e);
    if (e->detail)
        putf(log, e, TS_LEVEL_VERBOSE, "Set a global environment variable %s=%s", e->text,
             e->detail);
    else
        putf(log, e, TS_LEVEL_VERBOSE, "Deleted the global environment variable %s", e->text);
}

static void on_skip(ts_smsts_log *log, const ts_event *e)
{
    if (e->outcome == TS_OUTCOME_DISABLED) {
        put_instruction(log, e);
        putf(log, e, TS_LEVEL_INFO,
             "The task sequence execution engine skipped the disabled action (%s) in the group "
             "(%s).",
             e->node->name, group_of(e->node));
        return;
    }
    putf(log, e, TS_LEVEL_INFO,
         "The task sequence execution engine skipped the action (%s) in the group (%s) because the "
         "condition was evaluated to be false.%s%s",
         e->node->name, group_of(e->node), e->text ? " " : "", e->text ? e->text : "");
}

static void on_group_end(ts_smsts_log *log, const ts_event *e)
{
    if (e->outcome == TS_OUTCOME_OK)
        putf(log, e, TS_LEVEL_INFO, "The group (%s) has been successfully completed.",
             e->node->name);
    else
        putf(log, e, e->level,
             "The execution of the group (%s) has failed and the execution has been aborted. %s%s",
             e->node->name, e->text ? e->text : "An action failed.",
             e->outcome == TS_OUTCOME_CONTINUED
                 ? " Continue on error is set: the task sequence goes on behind the group."
                 : "");
}

static void on_step_end(ts_smsts_log *log, const ts_event *e)
{
    uint32_t code = (uint32_t)e->code;
    if (e->outcome == TS_OUTCOME_OK || e->outcome == TS_OUTCOME_UNSUPPORTED)
        putf(log, e, e->level, "Successfully completed the action (%s) with the exit win32 code %u",
             e->node->name, code);
    else
        putf(log, e, e->level, "Failed to run the action: %s. %s (Error: %08X; Source: Windows)%s",
             e->node->name, e->text ? e->text : "", code,
             e->outcome == TS_OUTCOME_CONTINUED
                 ? " Continue on error is set: the task sequence goes on."
                 : "");
}

static void on_run_end(ts_smsts_log *log, const ts_event *e)
{
    if (e->outcome == TS_OUTCOME_OK) {
        put(log, e, TS_LEVEL_INFO, "Successfully completed the task sequence.");
    } else if (e->outcome == TS_OUTCOME_RESTART) {
        put(log, e, TS_LEVEL_INFO, "The task sequence goes on after the restart.");
    } else {
        put(log, e, TS_LEVEL_ERROR, "Task Sequence Engine failed! Code: enExecutionFail");
        putf(log, e, TS_LEVEL_ERROR, "Task sequence execution failed with error code %08X%s%s%s",
             (uint32_t)e->code, e->node ? " at step '" : "", e->node ? e->node->name : "",
             e->node ? "'" : "");
    }
}

static void on_other(ts_smsts_log *log, const ts_event *e)
{
    const char *text = e->text ? e->text : "";
    if (e->kind == TS_EVENT_PRESTART_BEGIN) {
        putf(log, e, TS_LEVEL_INFO, "Start of the pre-start script '%s'", text);
    } else if (e->kind == TS_EVENT_PRESTART_END) {
        putf(log, e, e->level, "End of the pre-start script '%s'%s%s", text, e->detail ? ": " : "",
             e->detail ? e->detail : "");
    } else if (e->kind == TS_EVENT_RUN_BEGIN) {
        put(log, e, TS_LEVEL_INFO,
            "==============================[ taskseq ]==============================");
        putf(log, e, TS_LEVEL_INFO, "Task sequence '%s' on %s", text, e->detail ? e->detail : "");
    } else if (e->kind == TS_EVENT_GROUP_BEGIN) {
        putf(log, e, TS_LEVEL_INFO, "The group (%s) has been successfully started", e->node->name);
    } else if (e->kind == TS_EVENT_CHILD_BEGIN) {
        putf(log, e, TS_LEVEL_INFO, "Start of the child task sequence '%s'", text);
    } else if (e->kind == TS_EVENT_CHILD_END) {
        putf(log, e, TS_LEVEL_INFO, "End of the child task sequence '%s'", text);
    } else if (e->kind == TS_EVENT_CONDITION) {
        putf(log, e, TS_LEVEL_VERBOSE, "The condition of (%s) was evaluated to be %s%s%s",
             e->node->name,
             e->outcome == TS_OUTCOME_OK    ? "true"
             : e->outcome == TS_OUTCOME_MAY ? "unknown"
                                            : "false",
             *text ? ": " : "", text);
    } else if (e->kind == TS_EVENT_EFFECT) {
        putf(log, e, e->level, "%s%s%s", text, e->detail ? " failed: " : "",
             e->detail ? e->detail : "");
    } else if (e->kind == TS_EVENT_RESTART) {
        putf(log, e, e->level, "Restart: %s", text);
    } else if (e->kind == TS_EVENT_STEP_BEGIN) {
        put(log, e, TS_LEVEL_INFO,
            "!--------------------------------------------------------------------!");
        putf(log, e, TS_LEVEL_INFO, "Start executing the step: %s (%s)", e->node->name, text);
    } else if (e->kind == TS_EVENT_LOG) {
        put(log, e, e->level, text);
    }
}

static void on_event(void *ctx, const ts_event *e)
{
    switch (e->kind) {
    case TS_EVENT_VARIABLE:
        on_variable(ctx, e);
        return;
    case TS_EVENT_SKIP:
        on_skip(ctx, e);
        return;
    case TS_EVENT_GROUP_END:
        on_group_end(ctx, e);
        return;
    case TS_EVENT_STEP_END:
        on_step_end(ctx, e);
        return;
    case TS_EVENT_RUN_END:
        on_run_end(ctx, e);
        return;
    case TS_EVENT_PRESTART_BEGIN:
    case TS_EVENT_PRESTART_END:
    case TS_EVENT_RUN_BEGIN:
    case TS_EVENT_CHILD_BEGIN:
    case TS_EVENT_CHILD_END:
    case TS_EVENT_GROUP_BEGIN:
    case TS_EVENT_STEP_BEGIN:
    case TS_EVENT_CONDITION:
    case TS_EVENT_EFFECT:
    case TS_EVENT_RESTART:
    case TS_EVENT_LOG:
        on_other(ctx, e);
        return;
    case TS_EVENT_PROGRESS: /* too many for a log; the steps' own lines tell */
    case TS_EVENT_DOWNLOAD:
    case TS_EVENT_LEAF:
    case TS_EVENT_KIND_COUNT:
        return;
    }
}

static bool open_file(ts_smsts_log *log, ts_err **err)
{
    if (!ts_folder_make(log->folder, err))
        return false;
    log->file = ts_file_open(log->path, TS_FILE_APPEND, false, err);
    return log->file && ts_file_size(log->file, &log->bytes, err);
}

ts_smsts_log *ts_smsts_open(const ts_smsts_options *options, ts_err **err)
{
    ts_smsts_log *log = ts_alloc(sizeof *log);
    if (!log) {
        ts_fail_nomem(err);
        return NULL;
    }
    log->options = *options;
    if (log->options.bytes == 0)
        log->options.bytes = TS_LOG_BYTES;
    log->folder = ts_strdup(options->folder);
    log->path = log->folder ? ts_path_join(log->folder, LOG_NAME) : NULL;
    if (log->path ? open_file(log, err) : ts_fail_nomem(err))
        return log;
    ts_wrap(err, "log folder '%s'", options->folder);
    ts_smsts_close(log, NULL);
    return NULL;
}

/* --- Moving -------------------------------------------------------------------------------- */

/* Through a file of another name, so that what has the name is whole. Its first `most` bytes. */
static bool copy_file(const char *from, const char *to, uint64_t most, ts_err **err)
{
    char *data = NULL;
    size_t size = 0;
    TS_CLEANUP(ts_free_ptr) char *part = ts_sprintf("%s.part", to);
    if (!part)
        return ts_fail_nomem(err);
    if (!ts_file_read(from, MOVED_MAX, &data, &size, err))
        return false;
    ts_file *file = ts_file_open(part, TS_FILE_CREATE, false, err);
    bool ok = file && ts_file_append(file, data, size < most ? size : (size_t)most, err) &&
              ts_file_sync(file, err);
    ts_file_close(file);
    free(data);
    ok = ok && ts_file_rename(part, to, err);
    if (!ok)
        (void)ts_file_remove(part, NULL);
    return ok;
}

/* All older files, then the log: whoever sees the log there sees all of it, but for the half of a
 * line that did not fit. After a rotation that failed there may be no log. */
static bool copy_all(const ts_smsts_log *log, char **names, const char *folder, const char *path,
                     ts_err **err)
{
    bool ok = true;
    if (ts_file_exists(path)) {
        TS_CLEANUP(ts_free_ptr) char *old = history_path(log, folder, log->time, err);
        ok = old && ts_file_rename(path, old, err);
    }
    for (; ok && *names; names++) {
        if (!is_history(*names))
            continue;
        TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(log->folder, *names);
        TS_CLEANUP(ts_free_ptr) char *to = ts_path_join(folder, *names);
        ok = from && to ? copy_file(from, to, MOVED_MAX, err) : ts_fail_nomem(err);
    }
    uint64_t most = log->file ? log->bytes : MOVED_MAX;
    return ok && (!ts_file_exists(log->path) || copy_file(log->path, path, most, err));
}

/* What is left behind is a copy: no failure. */
static void remove_history(const char *folder, char **names)
{
    for (; *names; names++) {
        TS_CLEANUP(ts_free_ptr)
        char *path = is_history(*names) ? ts_path_join(folder, *names) : NULL;
        if (path)
            (void)ts_file_remove(path, NULL);
    }
}

static void take_folder(ts_smsts_log *log, char *folder, char *path)
{
    free(log->folder);
    free(log->path);
    log->folder = folder;
    log->path = path;
}

/* The log was stopped, and is not any more. */
static void tell_missing(ts_smsts_log *log)
{
    const ts_event e = {.time = log->time};
    log->stopped = false;
    putf(log, &e, TS_LEVEL_WARNING, "lines are missing here: %s", ts_err_text(log->lost));
}

static bool move_to(ts_smsts_log *log, char **names, char *folder, char *path, ts_err **err)
{
    ts_file *file = copy_all(log, names, folder, path, err)
                        ? ts_file_open(path, TS_FILE_APPEND, false, err)
                        : NULL;
    uint64_t bytes = 0;
    if (!file || !ts_file_size(file, &bytes, err)) {
        ts_file_close(file);
        remove_history(folder, names); /* the folder may be short of room */
        return false;
    }
    ts_file_close(log->file);
    (void)ts_file_remove(log->path, NULL);
    remove_history(log->folder, names);
    take_folder(log, folder, path);
    log->file = file;
    log->bytes = bytes;
    if (log->stopped)
        tell_missing(log);
    return true;
}

bool ts_smsts_move(ts_smsts_log *log, const char *folder, ts_err **err)
{
    char *none = NULL;
    char **names = NULL;
    char *to = ts_strdup(folder);
    char *path = to ? ts_path_join(to, LOG_NAME) : NULL;
    bool ok = (path || ts_fail_nomem(err)) && ts_folder_make(to, err) &&
              (!ts_file_is_folder(log->folder) || ts_folder_list(log->folder, &names, err)) &&
              move_to(log, names ? names : &none, to, path, err);
    free(names);
    if (ok)
        return true;
    free(path);
    free(to);
    return ts_wrap(err, "cannot move the log to '%s'", folder);
}

bool ts_smsts_leave(ts_smsts_log *log, const char *folder, ts_err **err)
{
    char *to = ts_strdup(folder);
    char *path = to ? ts_path_join(to, LOG_NAME) : NULL;
    ts_err *why = NULL;
    ts_file_close(log->file);
    log->file = NULL;
    log->bytes = 0;
    if (path)
        take_folder(log, to, path);
    else
        free(to);
    log->stopped = !(path ? open_file(log, &why) : ts_fail_nomem(&why));
    if (!log->stopped)
        return true;
    ts_fail(err, ts_err_code(why), "cannot begin a log in '%s': %s", folder, ts_err_text(why));
    stop(log, why);
    return false;
}

ts_sink ts_smsts_sink(ts_smsts_log *log)
{
    return (ts_sink){.event = on_event, .ctx = log};
}

bool ts_smsts_close(ts_smsts_log *log, ts_err **err)
{
    if (!log)
        return true;
    bool ok = !log->lost;
    if (log->lost && err) {
        *err = log->lost;
        log->lost = NULL;
        ts_wrap(err, "lines of '%s' were lost", log->path);
    }
    ts_err_free(log->lost);
    ts_file_close(log->file);
    free(log->path);
    free(log->folder);
    free(log);
    return ok;
}
