/* execute.c - a real run: host, sinks, pre-flight, journal, run, restart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "cli.h"
#include "execute.h"
#include "hand_over.h"
#include "kept.h"
#include "local.h"
#include "log_home.h"
#include "os.h"
#include "prestart_files.h"
#include "script.h"
#include "sinks.h"

#define TS_PREFETCH_MAX 256 /* packages that are fetched ahead */

typedef struct outputs {
    ts_smsts_log *log;
    ts_json_log *json;
    ts_terminal *terminal;
    ts_events events;
    ts_log_home home; /* of a log in memory */
} outputs;

const char *ts_execute_work(const ts_execute *e)
{
    const char *work = e->work != NULL ? e->work : ts_args_value(e->args, "work");
    return work == NULL ? TS_EXECUTE_WORK : work;
}

static void write_screen(void *ctx, const char *text, size_t size)
{
    TS_UNUSED(ctx);
    /* A closed pipe must not end a deployment: the log has it all. */
    if (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0)
        clearerr(stdout);
}

static bool open_log(outputs *o, const char *folder, ts_host *host, ts_err **err)
{
    const ts_smsts_options options = {.folder = folder,
                                      .history = TS_LOG_HISTORY,
                                      .bias = ts_host_bias(host),
                                      .thread = ts_thread_id()};
    o->log = ts_smsts_open(&options, err);
    return o->log != NULL && ts_events_add(&o->events, ts_smsts_sink(o->log));
}

static bool let_log_move(const ts_execute *e, outputs *o, const char *folder, ts_host *host,
                         ts_err **err)
{
    if (!e->log_in_memory)
        return true;
    o->home = (ts_log_home){.log = o->log, .host = host, .vars = e->vars, .memory = folder};
    return ts_log_home_start(&o->home, &o->events, err);
}

static bool open_events(outputs *o, const ts_execute *e, ts_err **err)
{
    const char *file = ts_kept_value(e, "events");
    if (file == NULL)
        return true;
    o->json = ts_json_log_open(file, err);
    return o->json != NULL && ts_events_add(&o->events, ts_json_log_sink(o->json));
}

static bool open_terminal(outputs *o, const ts_args *args, ts_err **err)
{
    ts_console console;
    ts_console_open(false, &console);
    ts_style style = ts_cli_style(args);
    const ts_terminal_options options = {.write = write_screen,
                                         .live = console.is_terminal && console.color,
                                         .colour = style.color,
                                         .width = style.width};
    o->terminal = ts_terminal_new(&options, err);
    return o->terminal != NULL && ts_events_add(&o->events, ts_terminal_sink(o->terminal));
}

/* A log with lost lines is told, but is no failure of the run. */
static void warn(ts_err **err)
{
    if (*err != NULL)
        fprintf(stderr, "taskseq: warning: %s\n", ts_err_text(*err));
    ts_err_clear(err);
}

static void close_outputs(outputs *o)
{
    ts_err *err = NULL;
    ts_log_home_stop(&o->home);
    ts_terminal_free(o->terminal);
    if (o->log != NULL && !ts_smsts_close(o->log, &err))
        warn(&err);
    if (o->json != NULL && !ts_json_log_close(o->json, &err))
        warn(&err);
    *o = (outputs){0};
}

static bool use_disk(void *ctx, const char *spec, ts_err **err)
{
    ts_host *host = ctx;
    const char *file = strchr(spec, '=');
    int64_t number = -1;
    TS_CLEANUP(ts_free_ptr) char *digits = file ? ts_strndup(spec, (size_t)(file - spec)) : NULL;
    if (!file || !file[1] || !digits || !ts_str_int64(digits, &number) || number < 0 ||
        number > UINT32_MAX)
        return ts_fail(err, TS_USAGE, "--disk '%s': write N=FILE, as in 0=disk.img", spec);
    return ts_host_disk_image(host, (uint32_t)number, file + 1, err) ||
           ts_wrap(err, "--disk '%s'", spec);
}

ts_host *ts_execute_host(const ts_execute *e, ts_err **err)
{
    const char *phase = ts_kept_value(e, "phase");
    ts_phase as = phase == NULL                 ? TS_PHASE_ANY
                  : strcmp(phase, "winpe") == 0 ? TS_PHASE_WINPE
                                                : TS_PHASE_FULL_OS;
    ts_host *host = ts_host_local_new(as, err);
    if (host != NULL && ts_kept_disks(e, use_disk, host, err))
        return host;
    ts_host_free(host);
    return NULL;
}

static const char *host_env(void *ctx, const char *name)
{
    return ts_host_env(ctx, name);
}

static void cancel(void *ctx)
{
    ts_host_cancel(ctx);
}

/* Folders that sequences read from variables (ConfigMgr docs: "Task sequence variables"). */
static bool set_folders(ts_vars *vars, const char *work, const char *log, ts_err **err)
{
    return ts_log_home_set_folder(vars, "_SMSTSMDataPath", work, err) &&
           ts_log_home_set_folder(vars, "_SMSTSLogPath", log, err);
}

/* Steps call 'taskseq var': it must be found by them, wherever this program lies. */
static bool set_path(ts_err **err)
{
    char *program = ts_program_path(err);
    char *folder = program == NULL ? NULL : ts_path_dir(program);
    bool ok = folder != NULL && ts_env_add_path(folder, err);
    if (program != NULL && folder == NULL)
        ts_fail_nomem(err);
    free(folder);
    free(program);
    return ok;
}

/* The script's thread is stuck and stays so: what is known goes to the journal, and the process
 * ends. A resume takes it from there as a failure of the step. */
static void on_watchdog(void *ctx, const char *text)
{
    const ts_execute *e = ctx;
    ts_err *err = NULL;
    fprintf(stderr, "taskseq: %s\n", text);
    if (e->journal != NULL && !ts_journal_fail_step(e->journal, text, &err))
        fprintf(stderr, "taskseq: %s\n", ts_err_text(err));
    _Exit(ts_code_exit(TS_SCRIPT));
}

static bool start_watchdog(ts_execute *e, ts_err **err)
{
    const char *text = ts_kept_value(e, "script-limit");
    int64_t seconds = TS_WATCHDOG_SECONDS;
    if (text != NULL && !ts_cli_number("script-limit", text, 1, UINT32_MAX / 1000, &seconds, err))
        return false;
    e->watchdog = ts_watchdog_new(on_watchdog, e, (uint32_t)seconds * 1000u, err);
    if (e->watchdog != NULL)
        ts_loaded_watch(e->loaded, e->watchdog);
    return e->watchdog != NULL;
}

/* Not in a resume: what the scripts did and set is in the journal. */
static bool run_prestart(ts_execute *e, ts_host *host, const outputs *o, const char *work,
                         ts_err **err)
{
    const ts_prestart prestart = {
        .host = host, .vars = e->vars, .events = &o->events, .watchdog = e->watchdog};
    if (e->start != NULL)
        return e->start(e->start_ctx, e, &prestart, work, err);
    return e->journal != NULL || ts_prestart_all(e->args, e->file, &prestart, err);
}

static bool set_fetcher(ts_execute *e, ts_host *host, ts_err **err)
{
    const char *password = ts_vars_text(e->vars, TS_EXECUTE_PASSWORD);
    if (*password != '\0' && (e->password = ts_strdup(password)) == NULL)
        return ts_fail_nomem(err);
    const ts_content_options options = {.site_file = ts_kept_value(e, "site"),
                                        .pfx_password = e->password,
                                        .cancel = ts_host_cancel_flag(host)};
    e->http = ts_content_http_new(&options, err);
    ts_host_set_fetcher(host, ts_content_http_fetch, e->http);
    return e->http != NULL;
}

bool ts_execute_hold(ts_execute *e, ts_err **err)
{
    const char *work = ts_execute_work(e);
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(work, TS_LOCK_NAME);
    TS_CLEANUP(ts_free_ptr) char *thing = ts_sprintf("the work folder '%s'", work);
    if (path == NULL || thing == NULL)
        return ts_fail_nomem(err);
    e->lock = ts_lock_take(path, thing, ts_args_command(e->args)->name, TS_CONTENT_LOCK_MS, err);
    if (e->lock != NULL && ts_lock_weak(e->lock) != NULL)
        fprintf(stderr, "taskseq: warning: %s cannot be locked: let no other process use it (%s)\n",
                thing, ts_lock_weak(e->lock));
    return e->lock != NULL;
}

/* Before anything is written or fetched into the work folder; a resume has done it. */
static bool hold_new(ts_execute *e, const char *work, ts_err **err)
{
    return e->journal != NULL || (ts_folder_make(work, err) && ts_execute_hold(e, err));
}

static bool start_journal(ts_execute *e, const ts_run_options *options, const char *work,
                          ts_err **err)
{
    if (e->journal != NULL)
        return true;
    if (!ts_run_preflight(options, err))
        return false;
    char *file = ts_path_absolute(e->file, err);
    if (file == NULL)
        return false;
    e->journal = ts_journal_create(work, file, e->sequence, err);
    free(file);
    return e->journal != NULL;
}

static int status_of(const ts_execute *e, ts_host *host, const ts_run_report *report)
{
    ts_err *err = NULL;
    if (report->outcome == TS_OUTCOME_OK)
        return 0;
    if (report->outcome != TS_OUTCOME_RESTART)
        return ts_code_exit(TS_FAILED);
    if ((e->allow_restart || ts_args_has(e->args, "allow-restart")) &&
        !ts_host_reboot(host, report->restart,
                        report->restart_notice ? report->restart_seconds
                                               : TS_EXECUTE_RESTART_SECONDS,
                        *report->restart_text ? report->restart_text
                                              : "The task sequence restarts this machine.",
                        &err))
        return ts_cli_fail(&err);
    return ts_code_exit(TS_RESTART);
}

/* Packages that steps use while they are fetched: nothing is gained when they come in ahead, and
 * they are large. */
static bool stream_packages(const ts_execute *e, ts_content_provider *content, ts_err **err)
{
    const char *ids[TS_PREFETCH_MAX];
    size_t n = 0;
    for (size_t i = 0; i < e->sequence->n_nodes; i++) {
        const ts_node *node = &e->sequence->nodes[i];
        const ts_step_class *cls = ts_node_is_off(node) ? NULL
                                                        : ts_steps_for(e->loaded->steps, node);
        for (const ts_input *in = cls != NULL ? cls->inputs : NULL; in != NULL && in->name; in++) {
            const char *id = (in->flags & TS_STREAMED) ? ts_node_setting(node, in->name) : NULL;
            if (id != NULL && *id != '\0' && n < TS_PREFETCH_MAX)
                ids[n++] = id;
        }
    }
    return ts_content_provider_stream(content, ids, n, err);
}

/* Packages for the steps: from the site's sources, into the work folder; those that the sequence
 * references come in while its first steps run. */
static bool open_content(const ts_execute *e, ts_host *host, const char *work,
                         ts_content_provider **out, ts_err **err)
{
    const char *ids[TS_PREFETCH_MAX];
    size_t n = 0;
    ts_content_options options = {.site_file = ts_kept_value(e, "site"),
                                  .cache = ts_kept_value(e, "cache"),
                                  .cancel = ts_host_cancel_flag(host),
                                  .pfx_password = e->password,
                                  .ca_pem = ts_vars_text(e->vars, TS_TRUST_VARIABLE)};
    if (!ts_cli_cache_max(ts_kept_value(e, "cache-max"), options.cache, &options.cache_max, err))
        return false;
    if (options.site_file == NULL)
        return true;
    char *folder = ts_path_join(work, "Packages");
    *out = folder == NULL ? NULL : ts_content_provider_new(&options, folder, err);
    if (folder == NULL)
        ts_fail_nomem(err);
    free(folder);
    for (size_t i = 0; *out != NULL && i < e->sequence->n_references && n < TS_PREFETCH_MAX; i++)
        if (e->sequence->references[i].package[0] != '\0')
            ids[n++] = e->sequence->references[i].package;
    if (*out != NULL && ts_host_streams_images(host) && !stream_packages(e, *out, err))
        return false;
    return *out != NULL && (n == 0 || ts_content_provider_prefetch(*out, ids, n, err));
}

/* Everything up to the sequence itself. */
static bool begin(ts_execute *e, ts_host *host, outputs *o, const char *work, const char *log,
                  ts_err **err)
{
    o->events.want_reasons = true;
    ts_vars_set_env(e->vars, host_env, host);
    return set_path(err) && set_folders(e->vars, work, log, err) && ts_folder_make(log, err) &&
           open_log(o, log, host, err) && let_log_move(e, o, log, host, err) &&
           open_events(o, e, err) && open_terminal(o, e->args, err) && start_watchdog(e, err) &&
           set_fetcher(e, host, err) && run_prestart(e, host, o, work, err);
}

/* The same on the way to Windows PE; that start may have used the boot entry up. */
static bool restart_to_pe(ts_host *host, ts_run_report *report, ts_err **err)
{
    const char *drive = ts_host_env(host, "SystemDrive");
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("%s/" TS_BOOT_IMAGE_FOLDER, drive != NULL ? drive : "C:");
    *report = (ts_run_report){.outcome = TS_OUTCOME_RESTART, .restart = TS_RESTART_PE};
    return folder == NULL ? ts_fail_nomem(err) : ts_host_boot_image(host, folder, err);
}

static bool run_all(ts_execute *e, ts_host *host, outputs *o, const char *work,
                    ts_content_provider **content, ts_run_report *report, ts_err **err)
{
    ts_run_options options = {.bundle = e->loaded->bundle,
                              .sequence = e->sequence,
                              .steps = e->loaded->steps,
                              .host = host,
                              .vars = e->vars,
                              .events = &o->events};
    bool ok = open_content(e, host, work, content, err);
    options.packages = *content != NULL ? ts_content_provider_packages(*content) : NULL;
    ok = ok && start_journal(e, &options, work, err);
    if (!ok)
        return false;
    if (ts_hand_over_is_due(e, host)) { /* a power cut came between the step and the restart */
        *report = (ts_run_report){.outcome = TS_OUTCOME_RESTART, .restart = TS_RESTART_OS};
        return true;
    }
    if (!e->work_in_memory && ts_hand_over_to_pe_is_due(e, host))
        return restart_to_pe(host, report, err);
    options.journal = e->journal;
    ts_interrupt_set(cancel, host);
    ok = ts_run_sequence(&options, report, err);
    ts_interrupt_set(NULL, NULL);
    return ok;
}

/* The folders of the run, absolute; owned. */
static bool find_folders(ts_execute *e, char **work, char **log, ts_err **err)
{
    *work = ts_path_absolute(ts_execute_work(e), err);
    if (*work == NULL || !ts_kept_remember(e, *work, err))
        return false;
    const char *given = ts_kept_value(e, "log");
    if (given != NULL) {
        *log = ts_path_absolute(given, err);
        return *log != NULL;
    }
    *log = ts_path_join(*work, "logs");
    return *log != NULL || ts_fail_nomem(err);
}

/* The run's outcome is what it is, with or without the copy. */
static void keep_log(const ts_execute *e, ts_host *host, const char *log)
{
    ts_err *err = NULL;
    if (!ts_hand_over_keep_log(e, host, log, &err))
        warn(&err);
}

/* Where the log is by now; boot asks for it as well. */
static void take_home(ts_execute *e, const ts_log_home *home, char **log)
{
    char *now = ts_strdup(ts_log_home_folder(home));
    e->log_end = ts_strdup(ts_log_home_folder(home));
    if (now == NULL)
        return;
    free(*log);
    *log = now;
}

int ts_execute_run(ts_execute *e)
{
    ts_err *err = NULL;
    outputs o = {0};
    ts_run_report report = {.outcome = TS_OUTCOME_NONE};
    ts_content_provider *content = NULL;
    ts_hand_over *over = NULL;
    char *work = NULL;
    char *log = NULL;
    bool held = find_folders(e, &work, &log, &err) && hold_new(e, work, &err);
    ts_host *host = held ? ts_execute_host(e, &err) : NULL;
    bool ok = host != NULL && begin(e, host, &o, work, log, &err);
    if (ok)
        over = ts_hand_over_new(e, ts_kept_value(e, "site"), host, &err);
    ok = over != NULL && run_all(e, host, &o, work, &content, &report, &err);
    ts_loaded_watch(e->loaded, NULL);
    ts_watchdog_free(e->watchdog);
    ts_content_provider_free(content);
    ts_content_http_free(e->http);
    ts_free_secret(e->password);
    e->password = NULL;
    char disk = o.home.folder[0];
    if (o.home.log != NULL)
        take_home(e, &o.home, &log);
    close_outputs(&o);
    if (ok && ts_hand_over_is_due(e, host))
        ok = ts_hand_over_do(over, e, host, work, log, &err);
    else if (ok && ts_hand_over_to_pe_is_due(e, host))
        ok = ts_hand_over_to_pe(over, e, host, work, log, disk, &err);
    else if (over != NULL && e->journal != NULL) /* a refused run changes nothing */
        keep_log(e, host, log);
    ts_journal_close(e->journal);
    e->journal = NULL;
    ts_lock_release(e->lock);
    e->lock = NULL;
    int status = ok ? status_of(e, host, &report) : ts_cli_fail(&err);
    ts_host_free(host);
    ts_hand_over_free(over);
    free(log);
    free(work);
    return status;
}
