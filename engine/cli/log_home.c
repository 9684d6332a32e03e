/* log_home.c - see log_home.h. */
#include "log_home.h"

#include <stdio.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

const char *ts_log_home_folder(const ts_log_home *home)
{
    return *home->folder ? home->folder : home->memory;
}

static void tell(const ts_log_home *home, ts_level level, const char *text)
{
    const ts_event event = {
        .kind = TS_EVENT_LOG, .level = level, .text = text, .time = ts_host_now(home->host)};
    ts_events_send(home->events, &event);
}

static void warn(const ts_log_home *home, ts_err *why)
{
    if (why)
        tell(home, TS_LEVEL_WARNING, ts_err_text(why));
    ts_err_free(why);
}

bool ts_log_home_set_folder(ts_vars *vars, const char *variable, const char *folder, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *native = ts_path_native(folder, err);
    return native && ts_vars_set_engine(vars, variable, native, err);
}

/* letter 0: into memory. */
static bool go(ts_log_home *home, char letter, ts_err **err)
{
    char folder[sizeof home->folder] = "";
    if (letter)
        snprintf(folder, sizeof folder, "%c:/" TS_LOG_HOME, letter);
    const char *to = letter ? folder : home->memory;
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("the log goes on in '%s'", to);
    if (!text)
        return ts_fail_nomem(err);
    tell(home, TS_LEVEL_INFO, text); /* the last line of a copy that somebody may have taken */
    if (!ts_smsts_move(home->log, to, err))
        return false;
    memcpy(home->folder, folder, sizeof folder);
    ts_err *why = NULL;
    (void)ts_log_home_set_folder(home->vars, "_SMSTSLogPath", to, &why);
    warn(home, why);
    return true;
}

/* The volume is wiped in any case: better a log that begins here than none. */
static void begin_again(ts_log_home *home, ts_err *why)
{
    ts_err *second = NULL;
    home->folder[0] = '\0';
    (void)(ts_smsts_leave(home->log, home->memory, &second) &&
           ts_log_home_set_folder(home->vars, "_SMSTSLogPath", home->memory, &second));
    tell(home, TS_LEVEL_WARNING, "the earlier lines of this log are lost with its volume");
    warn(home, why);
    warn(home, second);
}

static char upper(char letter)
{
    return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

/* The volume where the log should be; 0: none. */
static char wanted(const ts_log_home *home)
{
    const char *target = ts_vars_text(home->vars, TS_LOG_HOME_TARGET);
    char letter = upper(target[0]);
    return letter >= 'A' && letter <= 'Z' && target[1] == ':' ? letter : home->made;
}

static void on_event(void *ctx, const ts_event *event)
{
    ts_log_home *home = ctx;
    char letter = event->kind == TS_EVENT_STEP_END ? wanted(home) : 0;
    const char root[] = {letter, ':', '/', '\0'};
    if (letter == 0 || letter == home->folder[0] || letter == home->refused ||
        !ts_file_is_folder(root)) /* a volume that is no drive of this system, as on Linux */
        return;
    ts_err *err = NULL;
    if (!go(home, letter, &err))
        home->refused = letter;
    warn(home, err);
}

static void on_leaving(void *ctx, char letter)
{
    ts_log_home *home = ctx;
    ts_err *err = NULL;
    if (letter == 0)
        letter = *home->folder ? home->folder[0] : home->made;
    if (letter && home->folder[0] == letter && !go(home, 0, &err))
        begin_again(home, err);
    if (home->made == letter) {
        home->made = 0;
        home->bytes = 0;
    }
    if (home->refused == letter)
        home->refused = 0;
}

static void on_ready(void *ctx, char letter, ts_filesystem filesystem, uint64_t bytes)
{
    ts_log_home *home = ctx;
    if (filesystem != TS_FS_NTFS || bytes <= home->bytes)
        return;
    home->made = letter;
    home->bytes = bytes;
}

bool ts_log_home_start(ts_log_home *home, ts_events *events, ts_err **err)
{
    home->events = events;
    home->watch = (ts_volume_watch){.leaving = on_leaving, .ready = on_ready, .ctx = home};
    ts_host_watch_volumes(home->host, &home->watch);
    return ts_events_add(events, (ts_sink){.event = on_event, .ctx = home}) ||
           ts_fail(err, TS_LIMIT, "more than %u readers of events", TS_SINKS_MAX);
}

void ts_log_home_stop(ts_log_home *home)
{
    if (home->host)
        ts_host_watch_volumes(home->host, NULL);
}
