/* simulate.c - one host, one set of variables and one run a machine; the sequence and the step
 * table are shared and never change. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "machines.h"
#include "os.h"
#include "prestart_files.h"
#include "share.h"
#include "simulate.h"
#include "simulate_json.h"

typedef struct pool {
    const ts_simulate *plan;
    ts_simulated *results;
    size_t count;
    size_t next;
    ts_mutex *mutex;
} pool;

void ts_simulated_done(ts_simulated *result)
{
    free(result->name);
    ts_story_free(result->story);
    ts_record_free(result->record);
    ts_column_free(result->column);
    free(result->json);
    ts_err_clear(&result->error);
}

static ts_host *open_machine(const char *machine, ts_err **err)
{
    char *path = ts_machine_path(machine, err);
    char *json = NULL;
    size_t size = 0;
    ts_host *host = NULL;
    if (path != NULL && ts_file_read(path, TS_SIM_PROFILE_MAX, &json, &size, err))
        host = ts_host_sim_new(ts_path_base(path), json, size, err);
    free(json);
    free(path);
    return host;
}

typedef struct copy {
    ts_vars *vars;
    ts_err **err;
} copy;

static bool copy_variable(void *ctx, const char *name, const ts_value *value)
{
    copy *c = ctx;
    return ts_vars_set_engine_flags(c->vars, name, value->text, value->flags, c->err);
}

static bool profile_variable(void *ctx, const char *name, const char *value)
{
    copy *c = ctx;
    return ts_vars_set_engine(c->vars, name, value, c->err);
}

static const char *host_env(void *ctx, const char *name)
{
    return ts_host_env(ctx, name);
}

bool ts_simulate_prepare(ts_host *host, ts_vars *vars, ts_err **err)
{
    copy c = {.vars = vars, .err = err};
    ts_vars_set_env(vars, host_env, host);
    /* Where the vendor's engine has them (ConfigMgr docs: "Log files", task sequence). */
    bool pe = ts_host_phase(host) == TS_PHASE_WINPE;
    const char *log = pe ? "X:\\Windows\\Temp\\SMSTSLog" : "C:\\Windows\\CCM\\Logs\\SMSTSLog";
    /* Until a disk has a drive, the engine's data are on the RAM disk. */
    ts_file_info disk = {0};
    if (!ts_host_file_info(host, "C:\\", &disk, err))
        return false;
    const char *data = disk.exists || !pe ? "C:\\_SMSTaskSequence" : "X:\\_SMSTaskSequence";
    return ts_vars_set_engine(vars, "_SMSTSLogPath", log, err) &&
           ts_vars_set_engine(vars, "_SMSTSMDataPath", data, err) &&
           ts_host_sim_variables(host, profile_variable, &c);
}

/* The profile's variables first: what the user gives wins. */
static bool fill_vars(const ts_simulate *plan, ts_host *host, ts_vars *vars, ts_err **err)
{
    copy c = {.vars = vars, .err = err};
    return ts_simulate_prepare(host, vars, err) && ts_vars_each(plan->vars, copy_variable, &c, err);
}

static bool inject(void *ctx, const ts_node *node, int64_t *code)
{
    const ts_simulate *plan = ctx;
    for (size_t i = 0; i < plan->n_fails; i++) {
        const ts_fail_at *fail = &plan->fails[i];
        if (!ts_str_wildcard(node->name, fail->step) && !ts_str_wildcard(node->path, fail->step))
            continue;
        *code = fail->code;
        return true;
    }
    return false;
}

/* A plan is not changed by a run; the interface of run.h has no const for its context. */
static void *plan_context(const ts_simulate *plan)
{
    union {
        const ts_simulate *in;
        void *out;
    } u = {.in = plan};
    return u.out;
}

static bool run_machine(const ts_simulate *plan, ts_host *host, ts_vars *vars, ts_record *record,
                        ts_err **err)
{
    ts_events events = {.want_reasons = true};
    ts_events_add(&events, ts_record_sink(record));
    for (size_t i = 0; i < plan->n_mocks; i++)
        if (!ts_host_sim_mock(host, &plan->mocks[i], err))
            return false;
    if (!ts_share_mount(plan->args, plan->file, host, vars, err))
        return false;
    const ts_prestart prestart = {
        .host = host, .vars = vars, .events = &events, .watchdog = plan->watchdog};
    if (!ts_prestart_all(plan->args, plan->file, &prestart, err))
        return false;
    ts_run_options options = {
        .bundle = plan->bundle,
        .sequence = plan->sequence,
        .steps = plan->steps,
        .host = host,
        .vars = vars,
        .events = &events,
        .simulate = true,
        .explore_skip = plan->explore_skip,
    };
    if (plan->n_fails > 0) {
        options.inject = inject;
        options.inject_ctx = plan_context(plan);
    }
    ts_run_report report = {.outcome = TS_OUTCOME_NONE};
    return ts_run_sequence(&options, &report, err);
}

static bool make_json(ts_simulated *result, const ts_story *story, ts_err **err)
{
    ts_buf out;
    ts_json_writer w;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_json_writer_init_at(&w, &out, TS_SIMULATE_JSON_DEPTH);
    ts_simulate_json_machine(&w, result->name, story, result->error);
    bool ok = ts_buf_ok(&out, "the JSON report", err);
    result->json = ok ? ts_buf_take(&out) : NULL;
    ts_buf_done(&out);
    return ok;
}

static bool conclude(const ts_simulate *plan, ts_simulated *result, ts_record *record, ts_err **err)
{
    if (!ts_record_complete(record, err))
        return false;
    ts_story *story = ts_story_new(record, err);
    if (story == NULL)
        return false;
    result->verdict = ts_story_verdict(story);
    bool ok = !plan->json || make_json(result, story, err);
    if (ok && result->error == NULL)
        result->column = ts_column_new(result->name, story, err);
    ok = ok && (result->error != NULL || result->column != NULL);
    if (plan->keep)
        result->story = story;
    else
        ts_story_free(story);
    return ok;
}

static void simulate_one(const ts_simulate *plan, ts_simulated *result)
{
    ts_err **err = &result->error;
    ts_host *host = open_machine(result->machine, err);
    ts_vars *vars = host == NULL ? NULL : ts_vars_new();
    ts_record *record = vars == NULL ? NULL : ts_record_new(TS_RECORD_REPORT, err);
    result->verdict = TS_VERDICT_UNFINISHED;
    if (host != NULL && vars == NULL)
        ts_fail_nomem(err);
    const char *name = host == NULL ? "" : ts_host_sim_profile_name(host);
    result->name = ts_strdup(name[0] != '\0' ? name : ts_path_base(result->machine));
    if (result->name == NULL && *err == NULL)
        ts_fail_nomem(err);
    if (*err == NULL && fill_vars(plan, host, vars, err))
        run_machine(plan, host, vars, record, err);
    ts_err *other = NULL;
    if (record != NULL && result->name != NULL && !conclude(plan, result, record, &other) &&
        *err == NULL)
        *err = other;
    else
        ts_err_clear(&other);
    if (*err != NULL) {
        result->verdict = TS_VERDICT_UNFINISHED;
        ts_column_free(result->column);
        result->column = ts_column_new_error(result->name == NULL ? result->machine : result->name,
                                             ts_err_text(*err), NULL);
    }
    if (plan->keep)
        result->record = record;
    else
        ts_record_free(record);
    ts_vars_free(vars);
    ts_host_free(host);
}

static void work(void *ctx)
{
    pool *p = ctx;
    for (;;) {
        ts_mutex_lock(p->mutex);
        size_t at = p->next < p->count ? p->next++ : p->count;
        ts_mutex_unlock(p->mutex);
        if (at == p->count)
            return;
        simulate_one(p->plan, &p->results[at]);
    }
}

void ts_simulate_all(const ts_simulate *plan, ts_simulated *results, size_t count, unsigned jobs)
{
    pool p = {.plan = plan, .results = results, .count = count};
    ts_thread *threads[TS_SIMULATE_JOBS_MAX];
    size_t n = 0;
    if (jobs > count)
        jobs = (unsigned)count;
    if (jobs > 1)
        p.mutex = ts_mutex_new();
    if (p.mutex == NULL) { /* one job, or no memory for more */
        for (size_t i = 0; i < count; i++)
            simulate_one(plan, &results[i]);
        return;
    }
    /* This thread is one of the workers; a thread that does not start is not missed. */
    while (n + 1 < jobs && n < TS_SIMULATE_JOBS_MAX) {
        ts_thread *thread = ts_thread_start(work, &p, NULL);
        if (thread == NULL)
            break;
        threads[n++] = thread;
    }
    work(&p);
    for (size_t i = 0; i < n; i++)
        ts_thread_join(threads[i]);
    ts_mutex_free(p.mutex);
}
