/* preflight.c - what would stop a run on this host, found before its first effect, and once more
 * before the first step that destroys: by then the values that steps set are known.
 *
 * Walks the instruction table. What the host must be able to do is asked up to the first hand-over
 * to another OS; values (ts_step_class.precheck, packages) behind it as well. A node whose
 * condition is false already, whatever the steps before it set, is not reached. Continue-on-error
 * of the step or of a group round it makes a finding a warning, and so does, for values, a step
 * that may not be reached: that is no reason to refuse. */
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"

#define FINDINGS_BYTES_MAX (256u * 1024u) /* of text; more steps than that cannot run are cut */

typedef struct walk {
    const ts_run_options *options;
    const ts_sequence *sequence;
    ts_vars *vars;   /* as they are now; what a step on the way may change is unknown */
    ts_buf refusals; /* a line each */
    unsigned n_refusals;
    int64_t code;     /* of the first refusal by a value */
    bool values_only; /* what the host can do was asked before */
    bool over;        /* a hand-over was reached */
    bool deaf;        /* no content source answers */
    bool distrust;    /* a script on the way may change any variable */
    unsigned depth;
    struct ts_unknowns *unknowns;
} walk;

static bool copy_one(void *ctx, const char *name, const ts_value *value)
{
    ts_err *err = NULL;
    if (value->flags & TS_VALUE_UNKNOWN)
        ts_vars_set_unknown(ctx, name, value->why, &err);
    else
        ts_vars_set_engine_flags(ctx, name, value->text, value->flags, &err);
    bool ok = err == NULL;
    ts_err_free(err);
    return ok;
}

static const char *covered(const ts_node *node, const ts_step_class *cls)
{
    bool covers = node->continue_on_error && !(cls && cls->never_continue);
    for (const ts_node *g = node->parent; g && !covers; g = g->parent)
        covers = g->continue_on_error;
    return covers ? "continue-on-error covers it" : NULL;
}

/* covers: what makes it no reason to refuse; NULL: nothing does. */
static void found(walk *w, const ts_node *node, const char *covers, const char *what)
{
    if (!covers) {
        w->n_refusals++;
        ts_buf_printf(&w->refusals, "\n  step '%s' (%s:%u): %s", node->name, w->sequence->file,
                      node->line, what);
        return;
    }
    char *text = ts_sprintf("step '%s' (%s:%u): %s; %s", node->name, w->sequence->file, node->line,
                            what, covers);
    ts_event event = {.kind = TS_EVENT_LOG,
                      .level = TS_LEVEL_WARNING,
                      .node = node,
                      .sequence = w->sequence,
                      .text = text,
                      .time = ts_host_now(w->options->host)};
    if (w->options->events && text)
        ts_events_send(w->options->events, &event);
    free(text);
}

/* The first unknown type or operator in a condition. */
static const ts_cond *unknown_condition(const ts_cond *cond)
{
    if (!cond || cond->kind == TS_COND_UNKNOWN)
        return cond;
    for (size_t i = 0; i < cond->n_children; i++) {
        const ts_cond *u = unknown_condition(cond->children[i]);
        if (u)
            return u;
    }
    return NULL;
}

/* Is it plain before the run that such a program comes with the system, or never? A bare name of
 * Windows, and its script hosts; another program may be brought by a package or an earlier step. */
static bool is_system_program(const char *name)
{
    static const char *const hosts[] = {"cscript", "wscript", "powershell", "cmd"};
    size_t len = strlen(name);
    if (strpbrk(name, "/\\%:"))
        return false;
    for (size_t i = 0; i < TS_COUNT(hosts); i++)
        if (ts_str_ieq(name, hosts[i]))
            return true;
    return len > 4 && ts_str_ieq(name + len - 4, ".exe");
}

/* A program that the step starts and this host does not have. */
static const char *lacks_program(walk *w, const ts_node *node, const ts_step_class *cls)
{
    char program[128];
    const char *lack = NULL;
    for (const char *const *need = cls->needs; need && *need; need++) {
        const char *this_lack = ts_host_lacks_program(w->options->host, *need);
        if (!this_lack)
            return NULL;
        lack = lack ? lack : this_lack;
    }
    if (lack || cls->programs || !(cls->effects & TS_EFFECT(EXEC)))
        return lack;
    const char *package = ts_str_icontains(node->action, "/run:");
    if (package && package[5] && package[5] != ' ')
        return NULL; /* the package may hold it */
    ts_node_launcher(node, program, sizeof program);
    return is_system_program(program) ? ts_host_lacks_program(w->options->host, program) : NULL;
}

static void cannot(walk *w, const ts_node *node, const ts_step_class *cls, const char *forgiven)
{
    TS_CLEANUP(ts_free_ptr)
    char *text = ts_sprintf("this build cannot run '%s'%s%s", cls->title, cls->cannot ? ": " : "",
                            cls->cannot ? cls->cannot : "");
    found(w, node, forgiven, text ? text : "this build cannot run it");
}

static void inspect_step(walk *w, const ts_node *node)
{
    const ts_step_class *cls = ts_steps_for(w->options->steps, node);
    const char *forgiven = covered(node, cls);
    ts_phase phase = ts_host_phase(w->options->host);
    const char *lack = NULL;
    if (!cls)
        found(w, node, forgiven, "its type is not known and it has no action; see `taskseq steps`");
    else if (node->run_in != TS_PHASE_ANY && node->run_in != phase)
        found(w, node, forgiven,
              phase == TS_PHASE_WINPE
                  ? "it runs in the full OS only (runIn), and this is Windows PE"
                  : "it runs in Windows PE only (runIn), and this is the full OS");
    else if (!cls->run)
        cannot(w, node, cls, forgiven);
    else if ((lack = ts_host_lacks(w->options->host, cls->effects)) ||
             (cls->agent && phase == TS_PHASE_WINPE &&
              (lack = ts_host_lacks_agent(w->options->host))) ||
             (lack = lacks_program(w, node, cls)))
        found(w, node, forgiven, lack);
}

/* --- values --------------------------------------------------------------------------------- */

static bool look(walk *w, const ts_node *node, const ts_step_class *cls, ts_step_run ask,
                 ts_result *out, ts_err **err)
{
    ts_run_options o = *w->options;
    o.vars = w->vars;
    o.events = NULL;
    o.journal = NULL;
    ts_run_report report = {.outcome = TS_OUTCOME_NONE};
    ts_frame frame = {.sequence = w->sequence};
    ts_run run = {.options = &o, .report = &report, .frame = &frame, .node = node};
    ts_ctx c = {.run = &run,
                .node = node,
                .cls = cls,
                .looking = true,
                .deaf = w->deaf,
                .distrust = w->distrust};
    bool ok = ts_step_set_defaults(&run, node, cls, err) && ask(&c, out, err);
    w->deaf = c.deaf;
    ts_vars_step_end(w->vars);
    ts_ctx_done(&c);
    return ok;
}

/* Every package that the step names must be on a source. */
static bool ask_packages(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_input *in = c->run->options->packages ? c->cls->inputs : NULL;
    for (; in && in->name && !out->failed; in++) {
        bool needed = in->type == TS_PACKAGE && !(in->flags & TS_NO_EFFECT);
        const ts_value *id = needed ? ts_ctx_value(c, in->name) : NULL;
        ts_package_look found;
        if (!id || !*id->text || id->flags & TS_VALUE_UNKNOWN)
            continue;
        if (!ts_ctx_package_look(c, id->text, &found, err))
            return false;
        if (found.missing)
            ts_result_fail(out, TS_CODE_NO_PACKAGE,
                           "package '%s' is not in the catalogue: publish it and sign the "
                           "repository",
                           id->text);
    }
    return true;
}

static bool ask_all(ts_ctx *c, ts_result *out, ts_err **err)
{
    return ask_packages(c, out, err) &&
           (out->failed || !c->cls->precheck || c->cls->precheck(c, out, err));
}

/* `sure`: the step will be reached. */
static bool inspect_values(walk *w, const ts_node *node, bool sure, ts_err **err)
{
    const ts_step_class *cls = ts_steps_for(w->options->steps, node);
    ts_result result = {.code = 0};
    ts_err *why = NULL;
    char *owned = NULL;
    if (!cls || !cls->run)
        return true;
    if (!look(w, node, cls, ask_all, &result, &why)) {
        if (ts_err_code(why) == TS_NOMEM || ts_err_code(why) == TS_CANCELLED) {
            ts_result_done(&result);
            return ts_fail_take(err, why);
        }
        /* Before a run the network may not be up yet: a step may see to it. */
        if (w->deaf && !w->values_only)
            ts_err_free(why);
        else
            ts_result_take(&result, why);
    }
    /* A simulation shows what this build cannot do where it stands, and goes on. */
    if (result.failed && !(result.unsupported && w->options->simulate)) {
        const char *forgiven = sure ? covered(node, cls) : "it may not be reached";
        w->code = forgiven || w->code ? w->code : result.code;
        found(w, node, forgiven, ts_vars_mask(w->vars, result.text ? result.text : "", &owned));
    }
    free(owned);
    ts_result_done(&result);
    return true;
}

/* What a step changes on the way: a step that only sets variables is run on the copy of them; what
 * another one sets is unknown to conditions and values behind it. */
static bool go_past(walk *w, const ts_node *node, bool sure, ts_err **err)
{
    ts_run_options o = *w->options;
    o.vars = w->vars;
    ts_run run = {.options = &o, .unknowns = w->unknowns};
    const ts_step_class *cls = ts_steps_for(w->options->steps, node);
    ts_result result = {.code = 0};
    bool done = cls && cls->pure && sure && !w->distrust &&
                look(w, node, cls, cls->run, &result, NULL) && !result.failed && !result.assumed;
    ts_result_done(&result);
    w->distrust = w->distrust || ts_step_is_opaque(node, cls);
    return !cls || done || ts_unknowns_after(&run, node, cls, err);
}

/* --- the walk ------------------------------------------------------------------------------- */

static bool reached(walk *w, const ts_node *node, ts_tri *out, ts_err **err)
{
    const ts_cond *strange = unknown_condition(node->condition);
    *out = TS_YES;
    if (node->condition && w->over) {
        *out = TS_UNSURE; /* in another OS: nothing that is asked now holds there */
        return true;
    }
    if (strange) {
        char *text = ts_sprintf("its condition cannot be evaluated (line %u): %s", strange->line,
                                strange->problem ? strange->problem : strange->type);
        found(w, node, covered(node, NULL), text ? text : "its condition cannot be evaluated");
        free(text);
        return true;
    }
    if (!node->condition)
        return true;
    ts_cond_env env = {.vars = w->vars, .host = w->options->host};
    ts_err *why = NULL;
    if (ts_cond_eval(node->condition, &env, out, NULL, &why))
        return true;
    *out = TS_UNSURE; /* the run will say it when it gets there */
    if (ts_err_code(why) == TS_NOMEM || ts_err_code(why) == TS_CANCELLED)
        return ts_fail_take(err, why);
    ts_err_free(why);
    return true;
}

static bool inspect(walk *w, const ts_sequence *sequence, ts_err **err);

static const char *environment(void *ctx, const char *name)
{
    return ts_host_env(ctx, name);
}

static bool inspect_child(walk *w, const ts_node *node, ts_err **err)
{
    const char *id = ts_node_setting(node, "OSDSubTasksequencePackageID");
    const ts_sequence *child = id && *id ? ts_bundle_find(w->options->bundle, id) : NULL;
    const ts_sequence *outer = w->sequence;
    if (!child) {
        found(w, node, covered(node, NULL),
              "its child sequence is not in the file; export it with its references");
        return true;
    }
    bool ok = inspect(w, child, err);
    w->sequence = outer;
    return ok;
}

static bool inspect_instruction(walk *w, const ts_node *node, bool sure, ts_err **err)
{
    const ts_step_class *cls = ts_steps_for(w->options->steps, node);
    if (!w->over && !w->values_only)
        inspect_step(w, node);
    if (!inspect_values(w, node, sure, err) ||
        (node->kind == TS_NODE_SUBSEQUENCE && !inspect_child(w, node, err)))
        return false;
    w->over = w->over || (sure && cls && cls->hands_over != TS_RESTART_NONE);
    return go_past(w, node, sure, err);
}

/* From an instruction on. */
static bool inspect_from(walk *w, const ts_sequence *sequence, uint32_t first, ts_err **err)
{
    uint32_t unsure_end = 0; /* instructions before this one may not be reached */
    w->sequence = sequence;
    for (uint32_t i = first; i < sequence->n_nodes;) {
        const ts_node *node = &sequence->nodes[i];
        ts_tri tri = TS_NO;
        if (!node->disabled && !reached(w, node, &tri, err))
            return false;
        if (tri == TS_UNSURE && unsure_end < node->end)
            unsure_end = node->end;
        if (tri != TS_NO && node->kind != TS_NODE_GROUP &&
            !inspect_instruction(w, node, i >= unsure_end, err))
            return false;
        i = tri == TS_NO ? node->end : i + 1;
    }
    return true;
}

static bool inspect(walk *w, const ts_sequence *sequence, ts_err **err)
{
    if (w->depth >= TS_RUN_CHILD_DEPTH_MAX)
        return ts_fail(err, TS_LIMIT,
                       "child sequences are nested deeper than %u ('%s' calls itself?)",
                       TS_RUN_CHILD_DEPTH_MAX, sequence->name);
    w->depth++;
    bool ok = inspect_from(w, sequence, 0, err);
    w->depth--;
    return ok;
}

static bool open_walk(walk *w, const ts_run_options *options, ts_err **err)
{
    *w = (walk){.options = options, .vars = ts_vars_new()};
    ts_buf_init(&w->refusals, FINDINGS_BYTES_MAX);
    if (!w->vars)
        return ts_fail_nomem(err);
    ts_vars_set_env(w->vars, environment, options->host);
    return (w->unknowns = ts_unknowns_new(options, err)) != NULL &&
           ts_vars_each(options->vars, copy_one, w->vars, err);
}

static void close_walk(walk *w)
{
    ts_buf_done(&w->refusals);
    ts_vars_free(w->vars);
    ts_unknowns_free(w->unknowns);
}

/* The variables with which the run will begin. */
static bool begin(walk *w, const ts_sequence *sequence, ts_err **err)
{
    ts_run_options o = *w->options;
    o.vars = w->vars;
    o.sequence = sequence;
    ts_run run = {.options = &o};
    return ts_run_set_phase(&run, err) && ts_run_set_builtins(&run, err) &&
           ts_run_set_globals(&run, err);
}

bool ts_run_preflight(const ts_run_options *options, ts_err **err)
{
    walk w;
    const ts_sequence *s = options->sequence ? options->sequence : ts_bundle_entry(options->bundle);
    bool ok = open_walk(&w, options, err) && begin(&w, s, err) && inspect(&w, s, err);
    if (ok && w.n_refusals)
        ok = ts_fail(err, TS_REFUSED, "%u step%s would fail on %s; nothing was changed%s",
                     w.n_refusals, w.n_refusals == 1 ? "" : "s", ts_host_name(options->host),
                     ts_buf_text(&w.refusals));
    close_walk(&w);
    return ok;
}

bool ts_look_ahead(ts_ctx *c, ts_result *out, ts_err **err)
{
    walk w;
    bool ok = open_walk(&w, c->run->options, err);
    w.values_only = true;
    w.sequence = c->run->frame->sequence;
    ok = ok && (!c->cls->precheck || look(&w, c->node, c->cls, c->cls->precheck, out, err));
    if (ok && out->failed) { /* its own fault, in its own words */
        close_walk(&w);
        return true;
    }
    ok = ok && go_past(&w, c->node, true, err);
    for (const ts_frame *f = c->run->frame; ok && f; f = f->parent)
        ok = inspect_from(&w, f->sequence, f->at + 1, err);
    if (ok && w.n_refusals)
        ts_result_fail(out, w.code, "nothing is destroyed: %u step%s further on would fail:%s",
                       w.n_refusals, w.n_refusals == 1 ? "" : "s", ts_buf_text(&w.refusals));
    close_walk(&w);
    return ok;
}
