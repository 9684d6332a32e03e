/* test_world.c - one simulation: machine, variables, mocks, faults, power cuts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "lua_steps.h"
#include "os.h"
#include "prestart.h"
#include "test_world.h"
#include "xml.h"

ts_test_world *ts_test_world_new(ts_err **err)
{
    ts_test_world *world = ts_alloc(sizeof *world);
    if (world)
        world->arena = ts_arena_new();
    if (world && world->arena)
        return world;
    free(world);
    ts_fail_nomem(err);
    return NULL;
}

void ts_test_world_free(ts_test_world *world)
{
    if (!world)
        return;
    ts_story_free(world->story);
    ts_record_free(world->record);
    ts_vars_free(world->vars);
    ts_host_free(world->host);
    ts_arena_free(world->arena);
    free(world);
}

static char *below(const char *folder, const char *path)
{
    return ts_path_is_absolute(path) ? ts_strdup(path) : ts_path_join(folder, path);
}

char *ts_test_profile_path(ts_tests *tests, const char *folder, const char *name, ts_err **err)
{
    if (!strchr(name, '/') && !strstr(name, ".json"))
        return ts_tests_options(tests)->machine_path(name, err);
    char *path = below(folder, name);
    if (!path)
        ts_fail_nomem(err);
    return path;
}

static bool open_machine(ts_tests *tests, ts_test_world *world, const char *folder, ts_err **err)
{
    const ts_test_plan *p = &world->plan;
    const char *json = p->machine_json;
    size_t size = json ? strlen(json) : 0;
    const char *name = p->machine ? p->machine : "laptop-nvme-tpm2";
    TS_CLEANUP(ts_free_ptr) char *path = NULL;
    if (!json) {
        path = ts_test_profile_path(tests, folder, name, err);
        if (!path)
            return false;
        if (!ts_tests_profile(tests, path, &json, &size, err))
            return false;
    }
    world->host = ts_host_sim_new(path ? ts_path_base(path) : "machine", json, size, err);
    return world->host != NULL;
}

static bool fill_vars(ts_tests *tests, ts_test_world *world, ts_err **err)
{
    world->vars = ts_vars_new();
    if (!world->vars)
        return ts_fail_nomem(err);
    if (!ts_tests_options(tests)->prepare(world->host, world->vars, err))
        return false;
    for (const ts_test_variable *v = world->plan.variables; v; v = v->next) /* as --var does */
        if (!(v->name[0] == '_' ? ts_vars_set_engine(world->vars, v->name, v->value, err)
                                : ts_vars_set(world->vars, v->name, v->value, 0, err)))
            return false;
    for (const ts_test_mock *m = world->plan.mocks; m; m = m->next)
        if (!ts_host_sim_mock(world->host, &m->mock, err))
            return false;
    return true;
}

/* A sequence with the one step, its inputs as settings. */
static char *step_xml(const ts_test_plan *p, const ts_step_class *cls, ts_err **err)
{
    ts_buf out;
    ts_xml_writer w;
    ts_buf_init(&out, TS_SEQUENCE_BYTES_MAX);
    ts_xml_writer_init(&w, &out);
    ts_xml_writer_open(&w, "sequence");
    ts_xml_writer_attr(&w, "version", "3.10");
    ts_xml_writer_open(&w, "step");
    ts_xml_writer_attr(&w, "type", cls->type);
    ts_xml_writer_attr(&w, "name", cls->title);
    ts_xml_writer_open(&w, "defaultVarList");
    for (const ts_test_variable *v = p->inputs; v; v = v->next) {
        ts_xml_writer_open(&w, "variable");
        ts_xml_writer_attr(&w, "name", v->name);
        ts_xml_writer_attr(&w, "property", v->name);
        ts_xml_writer_text(&w, v->value);
        ts_xml_writer_close(&w);
    }
    char *text = NULL;
    if (ts_xml_writer_end(&w, err) && ts_buf_ok(&out, "inputs of the step", err))
        text = ts_buf_take(&out);
    ts_buf_done(&out);
    return text;
}

static bool known_inputs(const ts_test_plan *p, const ts_step_class *cls, ts_err **err)
{
    for (const ts_test_variable *v = p->inputs; v; v = v->next) {
        const ts_input *in = cls->inputs;
        while (in && in->name && !ts_str_ieq(in->name, v->name))
            in++;
        if (!in || !in->name)
            return ts_fail(err, TS_USAGE, "step '%s' declares no input '%s'", cls->type, v->name);
    }
    return true;
}

/* A folder 'steps' beside the sequence is used as the program does it. */
static char *steps_folder(const ts_test_plan *p, const char *folder, const char *sequence)
{
    if (p->steps)
        return below(folder, p->steps);
    if (!sequence)
        return NULL;
    TS_CLEANUP(ts_free_ptr) char *dir = ts_path_dir(sequence);
    char *steps = dir ? ts_path_join(dir, "steps") : NULL;
    if (steps && ts_file_is_folder(steps))
        return steps;
    free(steps);
    return NULL;
}

static const ts_sequence *pick(const ts_bundle *bundle, const char *id, ts_err **err)
{
    if (!id)
        return ts_bundle_entry(bundle);
    for (size_t i = 0; i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        if (ts_str_ieq(s->package_id, id) || ts_str_ieq(s->name, id))
            return s;
    }
    ts_fail(err, TS_NOT_FOUND, "the file holds no sequence '%s'", id);
    return NULL;
}

static bool load(ts_tests *tests, ts_test_world *world, const char *folder, ts_run_options *o,
                 ts_err **err)
{
    const ts_test_plan *p = &world->plan;
    const ts_test_steps *steps = NULL;
    if ((p->sequence != NULL) + (p->xml != NULL) + (p->step != NULL) != 1)
        return ts_fail(err, TS_USAGE, "'simulate' needs one of: sequence (a file), xml (text)");
    TS_CLEANUP(ts_free_ptr) char *file = p->step ? below(folder, p->step) : NULL;
    TS_CLEANUP(ts_free_ptr) char *path = p->sequence ? below(folder, p->sequence) : NULL;
    TS_CLEANUP(ts_free_ptr) char *dir = steps_folder(p, folder, path);
    TS_CLEANUP(ts_free_ptr) char *xml = NULL;
    if ((p->step && !file) || (p->steps && !dir) || (p->sequence && !path))
        return ts_fail_nomem(err);
    if (!ts_tests_steps(tests, file, dir, &steps, err))
        return false;
    if (p->step) {
        const ts_step_class *cls = ts_lua_steps_at(steps->lua, 0);
        xml = known_inputs(p, cls, err) ? step_xml(p, cls, err) : NULL;
        if (!xml)
            return false;
    }
    o->steps = steps->table;
    if (!ts_tests_bundle(tests,
                         path      ? path
                         : p->step ? p->step
                                   : "xml",
                         p->step ? xml : p->xml, &o->bundle, err))
        return false;
    ts_coverage *coverage = ts_tests_options(tests)->coverage;
    if (coverage && (!ts_lua_steps_cover(steps->dir, coverage, o->bundle, err) ||
                     !ts_lua_steps_cover(steps->lua, coverage, o->bundle, err)))
        return false;
    o->sequence = world->sequence = pick(o->bundle, p->id, err);
    return o->sequence != NULL;
}

static bool inject(void *ctx, const ts_node *node, int64_t *code)
{
    const ts_test_world *world = ctx;
    for (const ts_test_fail *f = world->plan.fails; f; f = f->next) {
        if (!ts_str_wildcard(node->name, f->step) && !ts_str_wildcard(node->path, f->step))
            continue;
        *code = f->code;
        return true;
    }
    return false;
}

static bool some_step_fits(const ts_bundle *bundle, const char *name)
{
    for (size_t i = 0; i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        for (size_t k = 0; k < s->n_nodes; k++)
            if (s->nodes[k].kind != TS_NODE_GROUP && (ts_str_wildcard(s->nodes[k].name, name) ||
                                                      ts_str_wildcard(s->nodes[k].path, name)))
                return true;
    }
    return false;
}

/* A name that fits nothing is a mistake in the test. */
static bool check_names(const ts_test_plan *p, const ts_bundle *bundle, ts_err **err)
{
    for (const ts_test_fail *f = p->fails; f; f = f->next)
        if (!some_step_fits(bundle, f->step))
            return ts_fail(err, TS_USAGE, "fail: no step has the name or path '%s'", f->step);
    if (p->cut_in && !some_step_fits(bundle, p->cut_in))
        return ts_fail(err, TS_USAGE, "power_cut_in: no step has the name or path '%s'", p->cut_in);
    return true;
}

static void on_event(void *ctx, const ts_event *e)
{
    ts_test_world *world = ctx;
    if (e->kind != TS_EVENT_STEP_END)
        return;
    world->steps_done++;
    world->ended = e->node;
    for (size_t i = 0; i < world->plan.n_cuts; i++)
        world->cut_now = world->cut_now || world->plan.cuts[i] == world->steps_done;
}

static bool cut(void *ctx, const ts_node *node, bool over)
{
    ts_test_world *world = ctx;
    const char *in = world->plan.cut_in;
    bool here = over && world->cut_now;
    if (!over && in && !world->cut_in_done && node == world->ended &&
        (ts_str_wildcard(node->name, in) || ts_str_wildcard(node->path, in)))
        here = world->cut_in_done = true;
    if (here)
        world->cut_now = false;
    world->power_cuts += here ? 1 : 0;
    return here;
}

/* The power is back: variables come from the journal, the machine is as it was. A run that cannot
 * go on (the step is not safe to repeat) is a result, not a fault. */
static bool come_back(ts_test_world *world, const char *folder, ts_run_options *o, bool *again,
                      ts_err **err)
{
    ts_journal_close(o->journal);
    o->journal = ts_journal_open(folder, err);
    ts_vars *vars = o->journal ? ts_vars_new() : NULL;
    if (o->journal && !vars)
        ts_fail_nomem(err);
    if (!vars || !ts_journal_restore_vars(o->journal, vars, err)) {
        ts_vars_free(vars);
        return false;
    }
    ts_vars_free(world->vars);
    o->vars = world->vars = vars;
    *again = true;
    return true;
}

static bool run_with_cuts(ts_test_world *world, const char *folder, ts_run_options *o, ts_err **err)
{
    o->journal = ts_journal_create(folder, world->sequence->file, world->sequence, err);
    o->cut = cut;
    o->cut_ctx = world;
    if (!o->journal)
        return false;
    for (bool again = true; again;) {
        ts_err *why = NULL;
        uint32_t cuts = world->power_cuts;
        again = false;
        if (ts_run_sequence(o, &world->report, &why))
            return true;
        bool was_cut = world->power_cuts > cuts;
        if (!was_cut && ts_err_code(why) == TS_STATE && cuts > 0) {
            world->report.outcome = TS_OUTCOME_FAILED;
            world->error[0] = 0;
            strncat(world->error, ts_err_text(why), sizeof world->error - 1);
            ts_err_free(why);
            return true;
        }
        if (!was_cut)
            return ts_fail_take(err, why);
        ts_err_free(why);
        if (!come_back(world, folder, o, &again, err))
            return false;
    }
    return true;
}

static bool run_cut(ts_test_world *world, ts_run_options *o, ts_err **err)
{
    uint64_t number = 0;
    if (!ts_random(&number, sizeof number, err))
        return false;
    const char *base = ts_env_get("TMPDIR");
    if (!base || !*base)
        base = ts_env_get("TEMP");
    TS_CLEANUP(ts_free_ptr)
    char *folder = ts_sprintf("%s/taskseq-test-%016llx", base && *base ? base : "/tmp",
                              (unsigned long long)number);
    if (!folder)
        return ts_fail_nomem(err);
    bool ok = run_with_cuts(world, folder, o, err);
    ts_journal_close(o->journal);
    o->journal = NULL;
    ts_folder_remove(folder, NULL);
    return ok;
}

static bool run_prestarts(ts_test_world *world, const char *folder, const ts_events *events,
                          ts_err **err)
{
    const ts_prestart prestart = {.host = world->host, .vars = world->vars, .events = events};
    for (const ts_test_variable *v = world->plan.prestarts; v; v = v->next) {
        TS_CLEANUP(ts_free_ptr) char *file = below(folder, v->name);
        if (!file)
            return ts_fail_nomem(err);
        if (!ts_prestart_run(&prestart, file, err))
            return false;
    }
    return true;
}

static bool run(ts_test_world *world, ts_run_options *o, const ts_events *events, ts_err **err)
{
    const ts_test_plan *p = &world->plan;
    o->host = world->host;
    o->vars = world->vars;
    o->events = events;
    o->simulate = true;
    o->explore_skip = p->explore_skip;
    if (p->fails) {
        o->inject = inject;
        o->inject_ctx = world;
    }
    return p->n_cuts > 0 || p->cut_in ? run_cut(world, o, err)
                                      : ts_run_sequence(o, &world->report, err);
}

bool ts_test_world_run(ts_tests *tests, ts_test_world *world, const char *folder, ts_err **err)
{
    ts_coverage *coverage = ts_tests_options(tests)->coverage;
    ts_run_options o = {.bundle = NULL};
    ts_events events = {.want_reasons = true};
    if (!load(tests, world, folder, &o, err) || !check_names(&world->plan, o.bundle, err) ||
        !open_machine(tests, world, folder, err) || !fill_vars(tests, world, err))
        return false;
    world->record = ts_record_new(TS_RECORD_ALL & ~(1u << TS_EVENT_LEAF), err);
    if (!world->record)
        return false;
    ts_events_add(&events, ts_record_sink(world->record));
    ts_events_add(&events, (ts_sink){.event = on_event, .ctx = world});
    if (coverage && !world->plan.step) {
        if (!ts_coverage_add_bundle(coverage, o.bundle, err))
            return false;
        ts_events_add(&events, ts_coverage_sink(coverage));
    }
    if (!run_prestarts(world, folder, &events, err) || !run(world, &o, &events, err) ||
        !ts_record_complete(world->record, err))
        return false;
    world->story = ts_story_new(world->record, err);
    return world->story != NULL;
}
