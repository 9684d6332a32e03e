/* run.c - the loop over the instruction table.
 *
 * Groups are instructions; skipping a group is a jump to its end. A failed step unwinds through its
 * groups until one has continue-on-error; processing goes on behind that group, never inside it
 * (ConfigMgr docs: "Planning considerations for automating tasks"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/text.h>

#include "interp.h"

bool ts_run_is_assumed(const ts_run *run)
{
    if (run->world_is_assumed)
        return true;
    for (const ts_frame *f = run->frame; f; f = f->parent)
        if (f->at < f->assumed_end)
            return true;
    return false;
}

bool ts_run_is_watched(const ts_run *run)
{
    return run->options->events && run->options->events->n_sinks > 0;
}

void ts_run_send(ts_run *run, ts_event *event)
{
    const ts_events *events = run->options->events;
    if (!ts_run_is_watched(run))
        return;
    event->time = ts_host_now(run->options->host);
    event->sequence = run->frame ? run->frame->sequence : run->options->sequence;
    event->node = event->node ? event->node : run->node;
    event->step = run->step;
    event->steps = run->steps;
    event->assumed = event->assumed || ts_run_is_assumed(run);
    ts_events_send(events, event);
}

void ts_run_log(ts_run *run, ts_level level, const char *component, const char *fmt, ...)
{
    if (!ts_run_is_watched(run))
        return;
    ts_buf text;
    ts_buf_init(&text, TS_VAR_VALUE_MAX);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    char *owned = NULL;
    ts_event event = {.kind = TS_EVENT_LOG, .level = level, .component = component};
    event.text = ts_vars_mask(run->options->vars, ts_buf_text(&text), &owned);
    ts_run_send(run, &event);
    free(owned);
    ts_buf_done(&text);
}

bool ts_run_set(ts_run *run, const char *name, const char *value, ts_err **err)
{
    return ts_vars_set_engine(run->options->vars, name, value, err);
}

static bool set_number(ts_run *run, const char *name, uint32_t number, ts_err **err)
{
    char text[16];
    char *at = text + sizeof text - 1; /* without printf: it is set before every instruction */
    *at = 0;
    do {
        *--at = (char)('0' + number % 10);
    } while ((number /= 10) > 0);
    return ts_run_set(run, name, at, err);
}

/* A change of a run-wide variable: to the journal and to the log. */
static void on_variable(void *ctx, const char *name, const ts_value *value)
{
    ts_run *run = ctx;
    if (run->options->journal)
        ts_journal_variable(run->options->journal, name, value);
    ts_event event = {.kind = TS_EVENT_VARIABLE, .level = TS_LEVEL_VERBOSE, .text = name};
    char *owned = NULL;
    if (value && value->flags & TS_VALUE_SECRET)
        event.detail = "***";
    else if (value)
        event.detail = ts_vars_mask(run->options->vars, value->text, &owned);
    event.assumed = value && value->flags & (TS_VALUE_ASSUMED | TS_VALUE_UNKNOWN);
    ts_run_send(run, &event);
    free(owned);
}

static void on_change(void *ctx, const ts_host_change *change)
{
    ts_run *run = ctx;
    ts_event event = {.kind = TS_EVENT_EFFECT,
                      .level = change->error ? TS_LEVEL_WARNING : TS_LEVEL_INFO,
                      .effects = change->effects,
                      .text = change->text,
                      .detail = change->error,
                      .refused = change->refused,
                      .assumed = change->assumed};
    ts_run_send(run, &event);
}

static void on_leaf(void *ctx, const struct ts_cond *leaf, ts_tri result)
{
    ts_event event = {
        .kind = TS_EVENT_LEAF, .leaf = leaf, .source_line = leaf->line, .code = result};
    ts_run_send(ctx, &event);
}

/* A rule of docs/reference/undocumented.md decided something. */
static void on_decided(void *ctx, const char *rule, const char *text)
{
    ts_run *run = ctx;
    if (!run->quiet)
        ts_run_log(run, TS_LEVEL_WARNING, NULL, "rule %s decided: %s", rule, text);
}

/* Evaluates the node's condition; *pass: run it. An unknown one is assumed to hold (or not to,
 * with explore_skip), and what follows is marked. */
static bool passes(ts_run *run, const ts_node *node, bool *pass, ts_err **err)
{
    *pass = true;
    if (!node->condition)
        return true;
    bool want = run->options->events && run->options->events->want_reasons;
    ts_cond_env env = {.vars = run->options->vars,
                       .host = run->options->host,
                       .leaf = want ? on_leaf : NULL,
                       .leaf_ctx = run,
                       .decided = on_decided,
                       .decided_ctx = run};
    ts_tri result = TS_YES;
    char *reason = NULL;
    if (!ts_cond_eval(node->condition, &env, &result, want ? &reason : NULL, err))
        return ts_wrap(err, "condition of '%s' (%s:%u)", node->name, run->frame->sequence->file,
                       node->line);
    *pass = result == TS_YES || (result == TS_UNSURE && !run->options->explore_skip);
    ts_event event = {.kind = TS_EVENT_CONDITION, .text = reason, .level = TS_LEVEL_VERBOSE};
    event.outcome = result == TS_UNSURE ? TS_OUTCOME_MAY
                    : result == TS_YES  ? TS_OUTCOME_OK
                                        : TS_OUTCOME_CONDITION;
    if (result == TS_UNSURE) {
        event.assumed = true;
        run->report->maybe++;
        if (*pass && run->frame->assumed_end < node->end)
            run->frame->assumed_end = node->end;
    }
    ts_run_send(run, &event);
    if (!*pass) {
        event.kind = TS_EVENT_SKIP;
        event.level = TS_LEVEL_INFO;
        event.outcome = TS_OUTCOME_CONDITION;
        ts_run_send(run, &event);
    }
    free(reason);
    return true;
}

/* Steps of a node that progress counts: not groups, not Run Task Sequence, not disabled ones
 * (ConfigMgr docs: "User experience", progress). */
static bool is_counted(const ts_node *node)
{
    return node->kind == TS_NODE_STEP && !node->disabled;
}

static void skip_count(ts_run *run, const ts_node *node)
{
    const ts_sequence *s = run->frame->sequence;
    for (uint32_t i = node->index; i < node->end; i++)
        if (run->depth == 1 && is_counted(&s->nodes[i]))
            run->step++;
    run->report->skipped += node->kind == TS_NODE_GROUP ? 0 : 1;
}

static void send_group(ts_run *run, const ts_node *group, ts_event_kind kind, ts_outcome outcome)
{
    ts_event event = {.kind = kind, .node = group, .outcome = outcome, .level = TS_LEVEL_INFO};
    ts_run_send(run, &event);
}

/* The pointer moves to `to`: groups that end before it have succeeded. */
static void leave_groups(ts_run *run, uint32_t to)
{
    ts_frame *frame = run->frame;
    for (; frame->group && frame->group->end <= to; frame->group = frame->group->parent)
        send_group(run, frame->group, TS_EVENT_GROUP_END, TS_OUTCOME_OK);
}

/* A step failed and nothing on it forgave that: unwind. Returns where to go on, or the end. */
static uint32_t unwind(ts_run *run, bool *forgiven)
{
    ts_frame *frame = run->frame;
    *forgiven = false;
    while (frame->group && !*forgiven) {
        const ts_node *group = frame->group;
        *forgiven = group->continue_on_error;
        send_group(run, group, TS_EVENT_GROUP_END,
                   *forgiven ? TS_OUTCOME_CONTINUED : TS_OUTCOME_FAILED);
        frame->group = group->parent;
        if (*forgiven)
            return group->end;
    }
    return (uint32_t)frame->sequence->n_nodes;
}

/* One group or step that is neither disabled nor skipped. */
static bool instruction(ts_run *run, const ts_node *node, uint32_t *next, ts_flow *flow,
                        ts_err **err)
{
    *next = node->index + 1;
    if (node->kind == TS_NODE_GROUP) {
        send_group(run, node, TS_EVENT_GROUP_BEGIN, TS_OUTCOME_NONE);
        run->frame->group = node;
        return true;
    }
    bool repeat = false;
    if (run->depth == 1 && is_counted(node))
        run->step++;
    if (!ts_step_execute(run, node, flow, &repeat, err))
        return false;
    if (repeat)
        *next = node->index;
    return true;
}

static bool skip_disabled(ts_run *run, const ts_node *node)
{
    if (!node->disabled)
        return false;
    ts_event event = {.kind = TS_EVENT_SKIP,
                      .outcome = TS_OUTCOME_DISABLED,
                      .level = TS_LEVEL_INFO,
                      .text = node->kind == TS_NODE_GROUP ? "the group is disabled"
                                                          : "the step is disabled"};
    ts_run_send(run, &event);
    return true;
}

static bool prepare(ts_run *run, const ts_node *node, ts_err **err)
{
    return ts_run_set(run, "_SMSTSCurrentActionName", node->name, err) &&
           set_number(run, "_SMSTSNextInstructionPointer", node->index, err) &&
           ts_journal_before(run, err);
}

/* A condition that cannot be evaluated (unknown type or operator, say) is never true: the step or
 * group fails, and the error rules say what then. */
static bool condition_failed(ts_run *run, const ts_node *node, ts_err *why, uint32_t *next,
                             ts_flow *flow, ts_err **err)
{
    if (ts_err_code(why) == TS_NOMEM || ts_err_code(why) == TS_CANCELLED)
        return ts_fail_take(err, why);
    bool forgiven = node->continue_on_error;
    ts_event event = {.kind = node->kind == TS_NODE_GROUP ? TS_EVENT_GROUP_END : TS_EVENT_STEP_END,
                      .outcome = forgiven ? TS_OUTCOME_CONTINUED : TS_OUTCOME_FAILED,
                      .level = forgiven ? TS_LEVEL_WARNING : TS_LEVEL_ERROR,
                      .code = -1,
                      .text = ts_err_text(why)};
    ts_run_send(run, &event);
    ts_err_free(why);
    *next = node->end;
    if (forgiven) {
        run->report->continued++;
        return true;
    }
    run->report->failed++;
    run->report->node = node;
    run->report->code = -1;
    *flow = TS_FLOW_FAILED;
    return true;
}

/* Nothing on the step forgave its failure: a group may. */
static void bubble(ts_run *run, uint32_t *next, ts_flow *flow)
{
    bool forgiven = false;
    *next = unwind(run, &forgiven);
    if (forgiven) {
        *flow = TS_FLOW_ON;
        run->report->node = NULL;
    }
}

static bool power_holds(ts_run *run, const ts_node *node, bool over, ts_err **err)
{
    const ts_run_options *o = run->options;
    if (!o->cut || !o->cut(o->cut_ctx, node, over))
        return true;
    return ts_fail(err, TS_CANCELLED, "power cut %s '%s'", over ? "behind" : "in", node->name);
}

/* Runs the instruction at the pointer; moves the pointer. `entered`: resume inside a child
 * sequence, its condition held before the restart. */
static bool advance(ts_run *run, bool entered, ts_flow *flow, ts_err **err)
{
    ts_frame *frame = run->frame;
    const ts_node *node = &frame->sequence->nodes[frame->at];
    uint32_t next = node->end;
    bool pass = true;
    ts_err *why = NULL;
    run->node = node;
    if (skip_disabled(run, node)) {
        skip_count(run, node);
    } else if (!prepare(run, node, err)) {
        return false;
    } else if (!entered && !passes(run, node, &pass, &why)) {
        if (!condition_failed(run, node, why, &next, flow, err))
            return false;
    } else if (!pass) {
        skip_count(run, node);
    } else if (!instruction(run, node, &next, flow, err)) {
        return false;
    }
    if (*flow == TS_FLOW_FAILED)
        bubble(run, &next, flow);
    run->node = node;
    if (*flow != TS_FLOW_ON)
        return true;
    if (!power_holds(run, node, false, err))
        return false;
    leave_groups(run, next);
    frame->at = next;
    return ts_journal_after(run, err) && power_holds(run, node, true, err);
}

static bool enter(ts_run *run, ts_frame *frame, const ts_sequence *sequence, ts_err **err)
{
    if (run->depth >= TS_RUN_CHILD_DEPTH_MAX)
        return ts_fail(err, TS_LIMIT,
                       "child sequences are nested deeper than %u ('%s' calls itself?)",
                       TS_RUN_CHILD_DEPTH_MAX, sequence->name);
    frame->sequence = sequence;
    frame->parent = run->frame;
    if (run->resume_at && run->depth < run->n_resume_at)
        frame->at = run->resume_at[run->depth];
    /* Resumed: its groups were entered before. */
    if (frame->at > 0 && frame->at < sequence->n_nodes)
        frame->group = sequence->nodes[frame->at].parent;
    run->frame = frame;
    run->depth++;
    return true;
}

/* Behind a child sequence its parent's numbers hold again. */
static bool leave(ts_run *run, const ts_frame *frame, ts_err **err)
{
    run->frame = frame->parent;
    run->depth--;
    return !run->frame || set_number(run, "_SMSTSInstructionTableSize",
                                     (uint32_t)run->frame->sequence->n_nodes, err);
}

bool ts_run_frame(ts_run *run, const ts_sequence *sequence, ts_flow *flow, ts_err **err)
{
    ts_frame frame = {0};
    *flow = TS_FLOW_ON;
    if (!enter(run, &frame, sequence, err))
        return false;
    bool ok = set_number(run, "_SMSTSInstructionTableSize", (uint32_t)sequence->n_nodes, err);
    while (ok && *flow == TS_FLOW_ON && frame.at < sequence->n_nodes) {
        /* Resumed inside a child: this depth's instruction was under way already. */
        bool entered = run->resume_at && run->depth < run->n_resume_at;
        if (!entered)
            run->resume_at = NULL;
        ok = advance(run, entered, flow, err);
    }
    return leave(run, &frame, ok ? err : NULL) && ok;
}

static uint32_t count_steps(const ts_sequence *s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->n_nodes; i++)
        n += is_counted(&s->nodes[i]) ? 1 : 0;
    return n;
}

/* Steps before a resume point count as done. */
static uint32_t count_before(const ts_sequence *s, uint32_t at)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < at && i < s->n_nodes; i++)
        n += is_counted(&s->nodes[i]) ? 1 : 0;
    return n;
}

/* ConfigMgr docs: SMSTSPostAction runs after the sequence, is not awaited, and its result counts
 * for nothing. */
static void post_action(ts_run *run)
{
    ts_value command = {.text = ""};
    const char *text = ts_vars_text(run->options->vars, "SMSTSPostAction");
    ts_err *err = NULL;
    if (!*text || !ts_vars_expand(run->options->vars, text, &command, NULL, &err)) {
        ts_err_free(err);
        return;
    }
    ts_program program = {.command_line = command.text, .secret = command.flags & TS_VALUE_SECRET};
    if (!ts_host_start(run->options->host, &program, &err))
        ts_run_log(run, TS_LEVEL_WARNING, NULL, "SMSTSPostAction could not be started: %s",
                   ts_err_text(err));
    ts_err_free(err);
    ts_value_done(&command);
}

static void finish(ts_run *run, ts_flow flow, int64_t began)
{
    ts_run_report *r = run->report;
    r->outcome = flow == TS_FLOW_RESTART  ? TS_OUTCOME_RESTART
                 : flow == TS_FLOW_FAILED ? TS_OUTCOME_FAILED
                                          : TS_OUTCOME_OK;
    r->duration = (uint64_t)(ts_host_now(run->options->host) - began);
    if (r->outcome != TS_OUTCOME_RESTART)
        post_action(run);
    ts_event event = {.kind = TS_EVENT_RUN_END,
                      .outcome = r->outcome,
                      .code = r->code,
                      .node = r->node,
                      .duration = r->duration,
                      .level = flow == TS_FLOW_FAILED ? TS_LEVEL_ERROR : TS_LEVEL_INFO};
    run->node = NULL;
    ts_run_send(run, &event);
}

static bool begin(ts_run *run, ts_err **err)
{
    const ts_run_options *o = run->options;
    const uint32_t *at = NULL;
    bool fresh = true;
    if (!ts_journal_resume_point(o, &at, &run->n_resume_at, &fresh, err))
        return false;
    run->resume_at = fresh ? NULL : at;
    run->steps = count_steps(o->sequence);
    run->step = fresh ? 0 : count_before(o->sequence, at[0]);
    ts_event event = {.kind = TS_EVENT_RUN_BEGIN,
                      .text = o->sequence->name,
                      .detail = ts_host_name(o->host),
                      .level = TS_LEVEL_INFO};
    ts_run_send(run, &event);
    return ts_journal_begin(run, err) && ts_run_set_phase(run, err) &&
           (!fresh || (ts_run_set_builtins(run, err) && ts_run_set_globals(run, err)));
}

static bool run_all(ts_run *run, ts_err **err)
{
    int64_t began = ts_host_now(run->options->host);
    ts_flow flow = TS_FLOW_ON;
    if (!begin(run, err) || !ts_run_frame(run, run->options->sequence, &flow, err))
        return false;
    finish(run, flow, began);
    return flow == TS_FLOW_RESTART || ts_journal_end(run, run->report->outcome, err);
}

static const char *mask(void *ctx, const char *text, char **owned)
{
    return ts_vars_mask(ctx, text, owned);
}

static const char *environment(void *ctx, const char *name)
{
    return ts_host_env(ctx, name);
}

bool ts_run_sequence(const ts_run_options *options, ts_run_report *report, ts_err **err)
{
    ts_run_options o = *options;
    if (!o.sequence)
        o.sequence = ts_bundle_entry(o.bundle);
    *report = (ts_run_report){.outcome = TS_OUTCOME_NONE};
    ts_run run = {.options = &o, .report = report};
    if (o.simulate && !(run.unknowns = ts_unknowns_new(&o, err)))
        return false;
    if ((o.events && o.events->n_sinks) || o.journal)
        ts_vars_listen(o.vars, on_variable, &run);
    ts_vars_on_decision(o.vars, on_decided, &run);
    ts_vars_set_env(o.vars, environment, o.host);
    ts_host_listen(o.host, on_change, &run);
    ts_host_set_masker(o.host, mask, o.vars);
    ts_log_place_start(&run);
    bool ok = run_all(&run, err);
    ts_log_place_stop(&run);
    ts_vars_listen(o.vars, NULL, NULL);
    ts_vars_on_decision(o.vars, NULL, NULL);
    ts_vars_set_env(o.vars, NULL, NULL);
    ts_host_listen(o.host, NULL, NULL);
    ts_host_set_masker(o.host, NULL, NULL);
    ts_unknowns_free(run.unknowns);
    return ok;
}
