/* cmd_boot.c - taskseq boot: what boot media start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "boot_menu.h"
#include "cli.h"
#include "commands.h"
#include "hand_over.h"
#include "os.h"
#include "prestart_files.h"
#include "resume.h"
#include "script.h"
#include "take_over.h"

#define SITE_NAME  "taskseq/site.xml" /* below the root of a medium */
#define WORK_PE    "_SMSTaskSequence" /* on the RAM disk of Windows PE, as ConfigMgr has it */
#define LOG_PE     "Temp/SMSTSLog"    /* below the Windows folder (ConfigMgr docs: log files) */
#define NAMES_MAX  32u                /* names of one machine: its UUID, its network adapters */
#define PREFERRED  "SMSTSPreferredAdvertID"
#define CHOSEN     "_SMSTSAdvertID"
#define WPEINIT_MS 300000u

static const ts_opt opts[] = {
    {.name = "deployment", .arg = "ID", .help = "the deployment to run; asks for nothing"},
    TS_VAR_OPTS,
    TS_PRESTART_OPT,
    TS_STEPS_OPT,
    TS_EXECUTE_OPTS,
    {.name = NULL},
};

typedef struct boot {
    const ts_args *args;
    char *site, *sequence; /* files */
    char *work, *log;
    char *log_end; /* folder; NULL: as it began */
    ts_boot_site media;
    ts_loaded loaded;
    ts_prompt_key *key;
} boot;

static void boot_done(boot *b)
{
    ts_prompt_key_stop(b->key);
    ts_boot_site_done(&b->media);
    ts_loaded_done(&b->loaded);
    free(b->site);
    free(b->sequence);
    free(b->work);
    free(b->log);
    free(b->log_end);
}

/* --- Media --------------------------------------------------------------------------------- */

static bool take_if_there(boot *b, char *file)
{
    if (file != NULL && ts_file_exists(file)) {
        b->site = file;
        return true;
    }
    free(file);
    return false;
}

static bool find_beside(boot *b, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *program = ts_program_path(err);
    TS_CLEANUP(ts_free_ptr) char *folder = program == NULL ? NULL : ts_path_dir(program);
    if (program == NULL)
        return false;
    if (folder == NULL)
        return ts_fail_nomem(err);
    take_if_there(b, ts_path_join(folder, "site.xml"));
    return true;
}

static bool find_site(boot *b, ts_err **err)
{
    const char *given = ts_args_value(b->args, "site");
    char **roots = NULL;
    if (given != NULL) {
        b->site = ts_path_absolute(given, err);
        return b->site != NULL;
    }
    if (!find_beside(b, err) || b->site != NULL)
        return b->site != NULL;
    if (!ts_media_roots(&roots, err))
        return false;
    for (size_t i = 0; roots[i] != NULL; i++)
        if (take_if_there(b, ts_path_join(roots[i], SITE_NAME)))
            break;
    free(roots);
    return b->site != NULL ||
           ts_fail(err, TS_NOT_FOUND,
                   "no site file: there is no site.xml beside this program and no " SITE_NAME
                   " on any drive; name it with --site");
}

/* --- Windows PE ---------------------------------------------------------------------------- */

/* It loads network drivers and asks for an address; started twice it does no harm. */
static void init_pe(ts_host *host)
{
    static const char *const argv[] = {"wpeinit.exe", NULL};
    const ts_program program = {.argv = argv, .timeout = WPEINIT_MS};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (ts_host_lacks_program(host, argv[0]) != NULL)
        return;
    if (!ts_host_run(host, &program, &result, &err))
        fprintf(stderr, "taskseq: warning: %s\n", ts_err_text(err));
    ts_program_result_done(&result);
    ts_err_free(err);
}

/* Owned; NULL and no error: as the options say. */
static bool choose_folders(boot *b, ts_host *host, ts_err **err)
{
    const char *windows = ts_host_env(host, "SystemRoot");
    if (ts_host_phase(host) != TS_PHASE_WINPE || windows == NULL)
        return true;
    b->log = ts_path_join(windows, LOG_PE);
    const char *drive = ts_host_env(host, "SystemDrive");
    b->work = ts_sprintf("%s/" WORK_PE, drive != NULL ? drive : "X:");
    if (b->log == NULL || b->work == NULL)
        return ts_fail_nomem(err);
    if (ts_args_value(b->args, "work") != NULL)
        ts_free_ptr(&b->work);
    if (ts_args_value(b->args, "log") != NULL)
        ts_free_ptr(&b->log);
    return true;
}

static bool init(boot *b, ts_err **err)
{
    const ts_execute e = {.args = b->args};
    ts_host *host = ts_execute_host(&e, err);
    if (host == NULL)
        return false;
    bool ok = choose_folders(b, host, err);
    if (ok && ts_host_phase(host) == TS_PHASE_WINPE)
        init_pe(host);
    ts_host_free(host);
    return ok;
}

/* --- Choosing ------------------------------------------------------------------------------ */

typedef struct machine {
    char *names[NAMES_MAX];
    size_t n;
    char *line; /* for the screen */
} machine;

static void machine_done(machine *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->names[i]);
    free(m->line);
}

static bool add_name(machine *m, const char *kind, const char *name, ts_err **err)
{
    if (m->n == NAMES_MAX || *name == '\0')
        return true;
    m->names[m->n] = ts_sprintf("%s:%s", kind, name);
    return m->names[m->n] == NULL ? ts_fail_nomem(err) : (m->n++, true);
}

static bool add_adapters(machine *m, char *list, ts_err **err)
{
    for (char *next = list; next != NULL && *next != '\0';) {
        char *comma = strchr(next, ',');
        if (comma != NULL)
            *comma = '\0';
        if (!add_name(m, "mac", ts_str_trim(next), err))
            return false;
        next = comma == NULL ? NULL : comma + 1;
    }
    return true;
}

static bool tell_machine(ts_host *host, machine *m, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *uuid = NULL;
    TS_CLEANUP(ts_free_ptr) char *macs = NULL;
    TS_CLEANUP(ts_free_ptr) char *make = NULL;
    TS_CLEANUP(ts_free_ptr) char *model = NULL;
    TS_CLEANUP(ts_free_ptr) char *serial = NULL;
    if (!ts_host_fact(host, TS_FACT_UUID, &uuid, err) ||
        !ts_host_fact(host, TS_FACT_MAC, &macs, err) ||
        !ts_host_fact(host, TS_FACT_MAKE, &make, err) ||
        !ts_host_fact(host, TS_FACT_MODEL, &model, err) ||
        !ts_host_fact(host, TS_FACT_SERIAL, &serial, err) || !add_name(m, "uuid", uuid, err) ||
        !add_adapters(m, macs, err))
        return false;
    bool named = *make != '\0' || *model != '\0';
    m->line = ts_sprintf("This machine: %s%s%s, serial number %s", make, named ? " " : "",
                         named ? model : "make and model not known",
                         *serial != '\0' ? serial : "not known");
    return m->line != NULL || ts_fail_nomem(err);
}

static bool find_id(const ts_deployment *list, size_t n, const char *id, size_t *chosen,
                    ts_err **err)
{
    for (size_t i = 0; i < n; i++) {
        if (ts_str_ieq(list[i].id, id)) {
            *chosen = i;
            return true;
        }
    }
    return ts_fail(err, TS_NOT_FOUND, "deployment '%s' is not meant for this machine", id);
}

/* Option, then what a script has set, then the site file, then a person. */
static bool choose(const boot *b, const ts_vars *vars, const ts_deployment *list, size_t n,
                   const machine *m, size_t *chosen, ts_err **err)
{
    const char *id = ts_args_value(b->args, "deployment");
    if (id == NULL && *ts_vars_text(vars, PREFERRED) != '\0')
        id = ts_vars_text(vars, PREFERRED);
    if (id == NULL)
        id = b->media.deployment;
    if (id != NULL)
        return find_id(list, n, id, chosen, err);
    *chosen = 0;
    return (n == 1 && b->media.automatic) ||
           ts_boot_ask_deployment(list, n, m->line, b->media.command_prompt, chosen, err);
}

static void tell(const ts_prestart *with, const char *what, const char *a, const char *b)
{
    ts_event event = {.kind = TS_EVENT_LOG,
                      .level = TS_LEVEL_INFO,
                      .component = "TSMBootstrap",
                      .time = ts_host_now(with->host)};
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("%s%s%s", what, a, b);
    event.text = text;
    if (text != NULL && with->events != NULL)
        ts_events_send(with->events, &event);
}

static bool fetch_chosen(boot *b, ts_content *content, const ts_prestart *with, const char *work,
                         ts_err **err)
{
    TS_CLEANUP(machine_done) machine m = {.n = 0};
    ts_deployment *list = NULL;
    size_t n = 0;
    size_t chosen = 0;
    bool known = false;
    if (!tell_machine(with->host, &m, err) ||
        !ts_content_deployments(content, (const char *const *)m.names, m.n, &list, &n, &known, err))
        return false;
    tell(with, m.line, known ? ", known to the catalogue" : ", unknown to the catalogue", "");
    bool ok = n > 0 || ts_fail(err, TS_NOT_FOUND,
                               "the catalogue has no deployment for this machine, which is %s to "
                               "it; publish one for 'unknown', 'all' or this machine",
                               known ? "known" : "unknown");
    ok = ok && choose(b, with->vars, list, n, &m, &chosen, err) &&
         ts_vars_set_engine(with->vars, CHOSEN, list[chosen].id, err);
    if (ok) {
        tell(with, "deployment ", list[chosen].id, " was chosen");
        TS_CLEANUP(ts_free_ptr) char *name = ts_sprintf("%s.xml", list[chosen].id);
        b->sequence = name == NULL ? NULL : ts_path_join(work, name);
        ok = b->sequence != NULL ? ts_content_sequence(content, list[chosen].id, b->sequence, err)
                                 : ts_fail_nomem(err);
    }
    free(list);
    return ok;
}

static bool run_scripts(const boot *b, const ts_prestart *with, ts_err **err)
{
    for (size_t i = 0; i < b->media.n_prestart; i++)
        if (!ts_prestart_run(with, b->media.prestart[i], err))
            return false;
    return ts_prestart_all(b->args, b->site, with, err);
}

/* The catalogue is trusted by the site file, and by what the scripts have added. */
static bool fetch_sequence(boot *b, ts_execute *e, const ts_prestart *with, const char *work,
                           ts_err **err)
{
    const ts_content_options options = {.site_file = b->site,
                                        .cache = ts_args_value(b->args, "cache"),
                                        .pfx_password = e->password,
                                        .ca_pem = ts_vars_text(with->vars, TS_TRUST_VARIABLE),
                                        .cancel = ts_host_cancel_flag(with->host)};
    ts_content *content = ts_content_open(&options, err);
    bool ok = content != NULL && ts_folder_make(work, err) &&
              fetch_chosen(b, content, with, work, err);
    ts_content_close(content);
    return ok;
}

static bool start(void *ctx, ts_execute *e, const ts_prestart *with, const char *work, ts_err **err)
{
    boot *b = ctx;
    if (!run_scripts(b, with, err) || !fetch_sequence(b, e, with, work, err) ||
        !ts_loaded_add_custom(&b->loaded, b->args, b->site, err) ||
        !ts_loaded_open(&b->loaded, b->sequence, err) ||
        !ts_loaded_remember(&b->loaded, with->vars, err))
        return false;
    ts_loaded_watch(&b->loaded, with->watchdog);
    e->sequence = ts_loaded_sequence(&b->loaded, NULL, err);
    e->file = b->sequence;
    if (b->media.command_prompt)
        b->key = ts_prompt_key_start();
    return e->sequence != NULL;
}

/* --- The command --------------------------------------------------------------------------- */

static bool is_interrupted(const boot *b)
{
    const ts_execute e = {.args = b->args, .work = b->work};
    ts_journal *journal = ts_journal_open(ts_execute_work(&e), NULL);
    bool open = journal != NULL && !ts_journal_is_finished(journal);
    ts_journal_close(journal);
    return open;
}

static bool ask_password(const boot *b, ts_vars *vars, ts_err **err)
{
    char *password = NULL;
    if (!b->media.ask_password || *ts_vars_text(vars, TS_EXECUTE_PASSWORD) != '\0')
        return true;
    bool ok = ts_boot_ask_password(&b->media, &password, err) &&
              ts_vars_set(vars, TS_EXECUTE_PASSWORD, password, TS_VALUE_SECRET, err);
    ts_free_secret(password);
    return ok;
}

static int begin(boot *b)
{
    ts_err *err = NULL;
    ts_execute e = {.args = b->args,
                    .loaded = &b->loaded,
                    .work = b->work,
                    .log = b->log,
                    .log_in_memory = b->log != NULL,
                    .work_in_memory = b->work != NULL,
                    .site = b->site,
                    .start = start,
                    .start_ctx = b,
                    .vars = ts_vars_new()};
    bool ok = e.vars != NULL || ts_fail_nomem(&err);
    ok = ok && ts_cli_vars(b->args, e.vars, &err) && ask_password(b, e.vars, &err);
    int status = ok ? ts_execute_run(&e) : ts_cli_fail(&err);
    ts_vars_free(e.vars);
    b->log_end = e.log_end;
    return status;
}

/* A person sees why before the machine goes on. */
static void stay(const boot *b)
{
    const ts_execute e = {.args = b->args, .work = b->work};
    const char *given = b->log_end != NULL ? b->log_end
                        : b->log != NULL   ? b->log
                                           : ts_args_value(b->args, "log");
    TS_CLEANUP(ts_free_ptr)
    char *log = given != NULL ? ts_strdup(given) : ts_path_join(ts_execute_work(&e), "logs");
    if (log != NULL)
        ts_boot_stay(log, b->media.command_prompt);
}

/* A run that has brought its own site file along keeps it. */
static int go_on(boot *b)
{
    ts_execute e = {.args = b->args, .work = b->work, .log = b->log, .site = b->site};
    TS_CLEANUP(ts_free_ptr) char *own = ts_path_join(ts_execute_work(&e), TS_HAND_OVER_SITE);
    if (own != NULL && ts_file_exists(own))
        e.site = NULL;
    e.log_in_memory = b->log != NULL;
    e.work_in_memory = b->work != NULL;
    int status = ts_resume_work(&e, TS_RESUME_RULE);
    b->log_end = e.log_end;
    return status;
}

/* Memory is empty after a start: the run may wait on a disk. */
static bool look_on_disks(boot *b, ts_err **err)
{
    const ts_execute e = {.args = b->args};
    bool taken = false;
    if (b->work == NULL)
        return true;
    ts_host *host = ts_execute_host(&e, err);
    bool ok = host != NULL && ts_take_over(host, b->work, b->log, &taken, err);
    ts_host_free(host);
    if (ok && taken)
        printf("A run that began before the restart goes on.\n");
    return ok;
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    TS_CLEANUP(boot_done) boot b = {.args = args};
    if (!init(&b, &err))
        return ts_cli_fail(&err);
    bool found = find_site(&b, &err);
    bool interrupted = is_interrupted(&b);
    if (!interrupted) {
        ts_err *why = NULL;
        if (!look_on_disks(&b, &why)) {
            ts_err_clear(&err);
            return ts_cli_fail(&why);
        }
        interrupted = is_interrupted(&b);
    }
    if (interrupted) {
        ts_err_clear(&err);
        return go_on(&b);
    }
    found = found && ts_boot_site_read(b.site, &b.media, &err);
    int status = found ? begin(&b) : ts_cli_fail(&err);
    ts_prompt_key_stop(b.key);
    b.key = NULL;
    if (status != 0 && status != ts_code_exit(TS_RESTART))
        stay(&b);
    return status;
}

const ts_command ts_command_boot = {
    .name = "boot",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "start from boot media: find the site, choose a deployment, run it",
    .text =
        "CHANGES THIS MACHINE. For startnet.cmd or winpeshl.ini of Windows PE, and for Linux "
        "media. "
        "Runs wpeinit where there is one, finds the site file (--site, site.xml beside the "
        "program, "
        "taskseq/site.xml on any drive), asks for the password of the medium when <boot> of the "
        "site file says so, runs the pre-start scripts, lists the deployments that are meant for "
        "this machine, fetches the chosen one's sequence and runs it.\n\n"
        "Nothing is asked when --deployment, the variable SMSTSPreferredAdvertID or the site file "
        "names the deployment.\n\n"
        "Exit status as of 'run'.",
    .opts = opts,
    .run = run,
};
