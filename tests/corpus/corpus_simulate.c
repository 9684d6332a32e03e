/* corpus_simulate.c - every real sequence reaches a verdict in simulation on every shipped machine
 * profile, in bounded time.
 *
 * usage: corpus_simulate              runs and prints a summary
 *        corpus_simulate --page FILE  writes docs/reference/corpus.md as well */
#include "corpus.h"

#include <time.h>

#include <ts/mem.h>
#include <ts/run.h>
#include <ts/sim.h>
#include <ts/text.h>

#include "os.h"
#include "steps.h"

#define SECONDS_MAX  5.0 /* of one run, also under the sanitizers */
#define PROFILES_MAX 100u
#define NAMES_MAX    2000u
#define PAGE_MAX     (1024u * 1024u)

typedef struct profile {
    char name[128];
    char *json;
    size_t size;
    unsigned ok, failed, restart; /* files by verdict */
} profile;

/* A step type or a script, with how often real files have it. */
typedef struct entry {
    char name[128];
    unsigned steps, files;
    unsigned last_file;
    bool runs;
} entry;

typedef struct names {
    entry items[NAMES_MAX];
    size_t count;
} names;

typedef struct tally {
    ts_steps *steps;
    profile profiles[PROFILES_MAX];
    size_t n_profiles;
    unsigned files, faults, runs, all_steps;
    names types, scripts, reasons;
    double slowest;
    char slowest_name[1200];
} tally;

static void fault(tally *t, const corpus_file *file, const char *machine, const char *why)
{
    t->faults++;
    printf("FAILED: %s on %s: %s\n", file->name, machine, why);
}

static void count(names *list, const char *name, unsigned file, bool runs)
{
    size_t i = 0;
    while (i < list->count && strcmp(list->items[i].name, name) != 0)
        i++;
    if (i == NAMES_MAX)
        return;
    entry *e = &list->items[i];
    if (i == list->count) {
        list->count++;
        snprintf(e->name, sizeof e->name, "%s", name);
    }
    e->steps++;
    e->files += e->last_file != file;
    e->last_file = file;
    e->runs = runs;
}

/* --- One run ---------------------------------------------------------------------------------- */

typedef struct watch {
    tally *t;
    unsigned events;
} watch;

static void on_event(void *ctx, const ts_event *e)
{
    watch *w = ctx;
    w->events++;
    TS_UNUSED(e);
}

static bool set_variable(void *ctx, const char *name, const char *value)
{
    return ts_vars_set_engine(ctx, name, value, NULL);
}

static void note_reason(tally *t, const ts_run_report *report)
{
    if (report->outcome != TS_OUTCOME_FAILED || !report->node)
        return;
    const ts_step_class *cls = ts_steps_for(t->steps, report->node);
    char text[128];
    snprintf(text, sizeof text, "%.100s", cls ? cls->title : report->node->type);
    count(&t->reasons, text, t->files, true);
}

static void run_one(tally *t, const corpus_file *file, const ts_bundle *bundle, profile *machine)
{
    ts_err *err = NULL;
    watch w = {.t = t};
    ts_host *host = ts_host_sim_new(machine->name, machine->json, machine->size, &err);
    ts_vars *vars = ts_vars_new();
    ts_events events = {.want_reasons = true};
    ts_events_add(&events, (ts_sink){.event = on_event, .ctx = &w});
    ts_run_report report = {.outcome = TS_OUTCOME_NONE};
    ts_run_options options = {.bundle = bundle,
                              .steps = t->steps,
                              .host = host,
                              .vars = vars,
                              .events = &events,
                              .simulate = true};
    clock_t start = clock();
    bool ok = host && vars && ts_host_sim_variables(host, set_variable, vars) &&
              ts_run_sequence(&options, &report, &err);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    t->runs++;
    machine->ok += ok && report.outcome == TS_OUTCOME_OK;
    machine->failed += ok && report.outcome == TS_OUTCOME_FAILED;
    machine->restart += ok && report.outcome == TS_OUTCOME_RESTART;
    if (!ok)
        fault(t, file, machine->name, err ? ts_err_text(err) : "out of memory");
    else if (report.outcome == TS_OUTCOME_NONE || w.events == 0)
        fault(t, file, machine->name, "no verdict");
    if (seconds > SECONDS_MAX)
        fault(t, file, machine->name, "took too long");
    if (seconds > t->slowest) {
        t->slowest = seconds;
        snprintf(t->slowest_name, sizeof t->slowest_name, "%s on %s", file->name, machine->name);
    }
    if (ok)
        note_reason(t, &report);
    ts_vars_free(vars);
    ts_host_free(host);
    ts_err_free(err);
}

static bool is_script(const char *action)
{
    return ts_str_icontains(action, ".wsf") || ts_str_icontains(action, ".vbs");
}

static void count_steps(tally *t, const ts_sequence *s)
{
    for (size_t i = 0; i < s->n_nodes; i++) {
        const ts_node *node = &s->nodes[i];
        if (node->kind == TS_NODE_GROUP)
            continue;
        const ts_step_class *cls = ts_steps_for(t->steps, node);
        char program[128];
        ts_node_program(node, program, sizeof program);
        t->all_steps++;
        count(&t->types, cls ? cls->title : "(nothing fits)", t->files, cls && cls->run);
        bool command = cls && strcmp(cls->type, "SMS_TaskSequence_RunCommandLineAction") == 0;
        if (command && is_script(node->action))
            count(&t->scripts, program, t->files, false);
    }
}

static void visit(const corpus_file *file, void *ctx)
{
    tally *t = ctx;
    if (!file->well_formed)
        return;
    ts_err *err = NULL;
    ts_bundle *bundle = ts_bundle_load(file->path, &err);
    t->files++;
    if (!bundle) {
        fault(t, file, "loading", ts_err_text(err));
        ts_err_free(err);
        return;
    }
    for (size_t i = 0; i < ts_bundle_count(bundle); i++)
        count_steps(t, ts_bundle_get(bundle, i));
    for (size_t i = 0; i < t->n_profiles; i++)
        run_one(t, file, bundle, &t->profiles[i]);
    ts_bundle_free(bundle);
}

/* --- Profiles --------------------------------------------------------------------------------- */

static bool load_profile(profile *p, const char *folder, const char *file, ts_err **err)
{
    char *path = ts_path_join(folder, file);
    snprintf(p->name, sizeof p->name, "%.*s", (int)strcspn(file, "."), file);
    bool ok = path && ts_file_read(path, TS_SIM_PROFILE_MAX, &p->json, &p->size, err);
    free(path);
    return ok;
}

static bool load_profiles(tally *t, const char *source)
{
    ts_err *err = NULL;
    char **files = NULL, *folder = ts_sprintf("%s/sequences/machines", source);
    bool ok = folder && ts_folder_list(folder, &files, &err);
    for (char **file = files; ok && *file && t->n_profiles < PROFILES_MAX; file++) {
        size_t len = strlen(*file);
        if (len > 5 && strcmp(*file + len - 5, ".json") == 0 && !strstr(*file, "schema"))
            ok = load_profile(&t->profiles[t->n_profiles++], folder, *file, &err);
    }
    ok = ok && t->n_profiles > 0;
    if (!ok)
        printf("FAILED: %s: %s\n", folder, err ? ts_err_text(err) : "no machine profiles");
    ts_err_free(err);
    free(files);
    free(folder);
    return ok;
}

/* --- The page --------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->steps != y->steps ? (x->steps < y->steps ? 1 : -1) : strcmp(x->name, y->name);
}

static void write_types(ts_buf *out, names *list, bool runs)
{
    qsort(list->items, list->count, sizeof *list->items, compare_entries);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].runs == runs)
            ts_buf_printf(out, "| %s | %u | %u |\n", list->items[i].name, list->items[i].steps,
                          list->items[i].files);
}

static unsigned sum(const names *list, bool runs)
{
    unsigned n = 0;
    for (size_t i = 0; i < list->count; i++)
        n += list->items[i].runs == runs ? list->items[i].steps : 0;
    return n;
}

static void write_page(tally *t, ts_buf *out)
{
    ts_buf_printf(out,
                  "# What real sequences need, and what is not supported yet\n\n"
                  "<!-- made by: corpus_simulate --page docs/reference/corpus.md -->\n\n"
                  "%u real task sequences (ConfigMgr exports, MDT, PSD) with %u steps were "
                  "simulated on each of the %zu shipped\nmachine profiles: %u runs, each of which "
                  "reached a verdict.\n\n",
                  t->files, t->all_steps, t->n_profiles, t->runs);
    ts_buf_printf(out,
                  "## Step types that this build knows but cannot run\n\n"
                  "%u of the %u steps. `simulate` shows their declared effects as possible; `run` "
                  "refuses.\n\n| Step type | Steps | Files |\n|---|---|---|\n",
                  sum(&t->types, false), t->all_steps);
    write_types(out, &t->types, false);
    ts_buf_printf(out,
                  "\n## VBScript without a native step\n\n"
                  "%u steps. They run as command lines, where Windows Script Host is there.\n\n"
                  "| Script | Steps | Files |\n|---|---|---|\n",
                  sum(&t->scripts, false));
    write_types(out, &t->scripts, false);
    ts_buf_str(out, "\n## Step types that run\n\n| Step type | Steps | Files |\n|---|---|---|\n");
    write_types(out, &t->types, true);
    ts_buf_str(out, "\n## Verdicts\n\nA failure is not a fault of the engine: most of these files "
                    "were written for other machines, and the simulated one says so.\n\n"
                    "| Machine | Succeeds | Fails | Ends at a restart |\n|---|---|---|---|\n");
    for (size_t i = 0; i < t->n_profiles; i++)
        ts_buf_printf(out, "| %s | %u | %u | %u |\n", t->profiles[i].name, t->profiles[i].ok,
                      t->profiles[i].failed, t->profiles[i].restart);
    ts_buf_str(out, "\nSteps that ended the failed runs:\n\n| Step type | Runs | Files "
                    "|\n|---|---|---|\n");
    write_types(out, &t->reasons, true);
}

static int finish(tally *t, const char *page)
{
    ts_buf out;
    ts_buf_init(&out, PAGE_MAX);
    write_page(t, &out);
    fputs(ts_buf_text(&out), stdout);
    printf("\nslowest: %.3f s, %s\n%u faults\n", t->slowest, t->slowest_name, t->faults);
    FILE *file = page ? fopen(page, "wb") : NULL;
    bool ok = !page || (file && fwrite(out.data, 1, out.len, file) == out.len);
    if (file && fclose(file) != 0)
        ok = false;
    ts_buf_done(&out);
    return t->faults || !ok || t->runs == 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    const char *page = argc == 3 && strcmp(argv[1], "--page") == 0 ? argv[2] : NULL;
    const char *source = getenv("TASKSEQ_SOURCE");
    tally *t = ts_alloc(sizeof *t);
    if (!t || !source)
        return 1;
    t->steps = ts_steps_new(ts_builtin_steps, NULL);
    int status = t->steps && load_profiles(t, source) ? corpus_walk(visit, t) : 1;
    if (status == 0)
        status = finish(t, page);
    for (size_t i = 0; i < t->n_profiles; i++)
        free(t->profiles[i].json);
    ts_steps_free(t->steps);
    free(t);
    return status;
}
