/* ctx.c - what a running step may use. */
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"

struct ts_step_value {
    ts_step_value *next;
    ts_value value;
    bool is_action;
    char name[]; /* "" for the action */
};

static const ts_value missing = {.text = ""};

void ts_ctx_done(ts_ctx *c)
{
    while (c->values) {
        ts_step_value *v = c->values;
        c->values = v->next;
        ts_value_done(&v->value);
        free(v);
    }
}

const ts_input *ts_step_find_input(const ts_step_class *cls, const char *name)
{
    for (const ts_input *in = cls ? cls->inputs : NULL; in && in->name; in++)
        if (ts_str_numbered(in->name, name))
            return in;
    return NULL;
}

unsigned ts_setting_flags(const ts_step_class *cls, const ts_setting *setting)
{
    const ts_input *in = ts_step_find_input(cls, setting->name);
    return in && (in->type == TS_SECRET || in->flags & TS_QUASI_SECRET) ? TS_VALUE_SECRET : 0;
}

const ts_node *ts_ctx_node(const ts_ctx *c)
{
    return c->node;
}

const ts_step_class *ts_ctx_class(const ts_ctx *c)
{
    return c->cls;
}

const ts_events *ts_ctx_events(const ts_ctx *c)
{
    return c->run->options->events;
}

ts_host *ts_ctx_host(ts_ctx *c)
{
    return c->run->options->host;
}

ts_vars *ts_ctx_vars(ts_ctx *c)
{
    return c->run->options->vars;
}

static const ts_setting *find_setting(const ts_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_str_ieq(node->settings[i].name, name))
            return &node->settings[i];
    return NULL;
}

/* Looking ahead over a script, which may change or set every variable that is not the engine's: is
 * the value still what the step itself says? */
static bool is_open(const ts_ctx *c, const char *name, const ts_setting *s, const ts_value *v)
{
    bool own = s && *s->value && (!v || strcmp(v->text, s->value) == 0);
    return c->distrust && name[0] != '_' && !own;
}

/* The value before expansion. A hidden setting is part of the action: no variable overrides it. */
static ts_value raw_value(ts_ctx *c, const char *name, const ts_input *in)
{
    const ts_setting *s = find_setting(c->node, name);
    if (s && s->hidden && *s->value)
        return (ts_value){.text = s->value, .flags = ts_setting_flags(c->cls, s)};
    const ts_value *v = ts_vars_get(c->run->options->vars, name);
    if (is_open(c, name, s, v))
        return (ts_value){.text = "", .flags = TS_VALUE_UNKNOWN | (v ? v->flags : 0u)};
    if (v)
        return *v;
    if (in && in->property) { /* older files name the variable after the property */
        const char *text = ts_node_setting(c->node, in->property);
        if (text && *text)
            return (ts_value){.text = text};
    }
    return (ts_value){.text = in && in->def ? in->def : ""};
}

/* name: NULL for the action. */
static const ts_value *keep(ts_ctx *c, const char *name, const ts_value *raw, bool expand)
{
    if (!*raw->text && raw->flags == 0 && !raw->why)
        return &missing; /* most inputs of most steps */
    size_t len = name ? strlen(name) : 0;
    ts_step_value *v = ts_alloc(sizeof *v + len + 1);
    if (!v)
        return &missing;
    v->is_action = name == NULL;
    if (name)
        memcpy(v->name, name, len);
    if (expand) {
        unsigned unresolved = 0;
        if (!ts_vars_expand(c->run->options->vars, raw->text, &v->value, &unresolved, NULL))
            v->value = (ts_value){.text = ts_strdup("")};
        v->value.flags |= raw->flags;
        if (c->distrust && strchr(raw->text, '%'))
            v->value.flags |= TS_VALUE_UNKNOWN;
    } else {
        v->value = *raw;
        v->value.text = ts_strdup(raw->text);
    }
    if (!v->value.text) {
        ts_value_done(&v->value);
        free(v);
        return &missing;
    }
    v->next = c->values;
    c->values = v;
    return &v->value;
}

/* A password that a run-wide variable holds is final: a '%' in it is a character of it. What the
 * step itself says ("%AdminPassword%") is expanded. */
static bool is_final(const ts_ctx *c, const char *name, const ts_input *in, const ts_value *raw)
{
    const ts_setting *s = find_setting(c->node, name);
    bool own = s && strcmp(s->value, raw->text) == 0;
    return in && in->type == TS_SECRET && !own && ts_vars_get(c->run->options->vars, name);
}

const ts_value *ts_ctx_value(ts_ctx *c, const char *input)
{
    for (ts_step_value *v = c->values; v; v = v->next)
        if (!v->is_action && ts_str_ieq(v->name, input))
            return &v->value;
    const ts_input *in = ts_step_find_input(c->cls, input);
    ts_value raw = raw_value(c, input, in);
    if (in && (in->type == TS_SECRET || in->flags & TS_QUASI_SECRET))
        raw.flags |= TS_VALUE_SECRET;
    bool expand = (!in || !(in->flags & TS_RAW)) && !is_final(c, input, in, &raw);
    return keep(c, input, &raw, expand);
}

const char *ts_ctx_text(ts_ctx *c, const char *input)
{
    return ts_ctx_value(c, input)->text;
}

bool ts_ctx_bool(ts_ctx *c, const char *input)
{
    bool b = false;
    return ts_str_bool(ts_ctx_text(c, input), &b) && b;
}

int64_t ts_ctx_int(ts_ctx *c, const char *input)
{
    int64_t n = 0;
    return ts_str_int64(ts_ctx_text(c, input), &n) ? n : 0;
}

const char *ts_ctx_item(ts_ctx *c, const char *base, unsigned index, const char *member)
{
    char *name = ts_var_array_name(base, index, member);
    const char *text = name ? ts_ctx_text(c, name) : "";
    free(name);
    return text;
}

const ts_value *ts_ctx_action(ts_ctx *c)
{
    for (ts_step_value *v = c->values; v; v = v->next)
        if (v->is_action)
            return &v->value;
    ts_value raw = {.text = c->node->action};
    return keep(c, NULL, &raw, true);
}

const ts_value *ts_ctx_switches(ts_ctx *c)
{
    c->run->quiet = true;
    const ts_value *action = ts_ctx_action(c);
    c->run->quiet = false;
    return action;
}

const char *ts_ctx_raw(ts_ctx *c, const char *name)
{
    return ts_node_setting(c->node, name);
}

static bool is_output(const ts_step_class *cls, const char *name)
{
    for (const char *const *o = cls ? cls->outputs : NULL; o && *o; o++)
        if (ts_str_numbered(*o, name))
            return true;
    return false;
}

bool ts_ctx_set(ts_ctx *c, const char *name, const char *value, unsigned flags, ts_err **err)
{
    ts_vars *vars = c->run->options->vars;
    if (name[0] == '_' && is_output(c->cls, name))
        return ts_vars_set_engine(vars, name, value, err);
    return ts_vars_set(vars, name, value, flags, err);
}

/* Simulation without a content source: the package is taken to be there. The folder is kept with
 * the values of the step. */
static bool assume_package(ts_ctx *c, const char *package_id, const char **folder, ts_err **err)
{
    char *path = NULL;
    if (!ts_host_assume_package(c->run->options->host, package_id, &path, err))
        return ts_wrap(err, "package '%s' (no content source is given)", package_id);
    const ts_value raw = {.text = path};
    const ts_value *kept = keep(c, package_id, &raw, false);
    free(path);
    if (kept == &missing)
        return ts_fail_nomem(err);
    c->output_assumed = true;
    c->package_assumed = true;
    ts_ctx_log(c, TS_LEVEL_INFO,
               "no content source is given (--site FILE): package '%s' is assumed to be there",
               package_id);
    *folder = kept->text;
    return ts_vars_set_unknown(c->run->options->vars, "_SMSTSLastContentDownloadLocation",
                               "no content source is given (--site FILE)", err);
}

void ts_ctx_package_keep(ts_ctx *c)
{
    c->keeps_packages = true;
}

bool ts_ctx_package_is_assumed(const ts_ctx *c)
{
    return c->package_assumed;
}

bool ts_ctx_may_assume(const ts_ctx *c)
{
    return c->run->options->simulate;
}

bool ts_ctx_package(ts_ctx *c, const char *package_id, const char **folder, ts_err **err)
{
    const ts_packages *p = c->run->options->packages;
    ts_package_look look = {.known = false};
    if (c->looking) {
        *folder = ts_ctx_package_look(c, package_id, &look, err) ? look.folder : NULL;
        return *folder || (err && *err) ||
               ts_fail(err, TS_STATE, "package '%s' is not here yet", package_id);
    }
    if (!p && c->run->options->simulate)
        return assume_package(c, package_id, folder, err);
    if (!p)
        return ts_fail(err, TS_UNSUPPORTED,
                       "package '%s' is needed, and no content source is given (--site FILE)",
                       package_id);
    return p->folder(p->ctx, c, package_id, folder, err);
}

bool ts_ctx_package_look(ts_ctx *c, const char *package_id, ts_package_look *out, ts_err **err)
{
    const ts_packages *p = c->run->options->packages;
    *out = (ts_package_look){.known = false};
    if (p) {
        if (!p->look || c->deaf || p->look(p->ctx, c, package_id, out, err))
            return true;
        /* One time-out is enough: the next package would wait for it again. */
        c->deaf = err && (ts_err_code(*err) == TS_NET || ts_err_code(*err) == TS_TIMEOUT);
        return false;
    }
    if (!c->run->options->simulate)
        return true;
    out->known = out->whole = true;
    return assume_package(c, package_id, &out->folder, err);
}

bool ts_ctx_package_files(ts_ctx *c, const char *package_id, char **paths, ts_err **err)
{
    const ts_packages *p = c->run->options->packages;
    if (p && p->files)
        return p->files(p->ctx, c, package_id, paths, err);
    *paths = ts_strdup("");
    return *paths || ts_fail_nomem(err);
}

const ts_reader *ts_ctx_package_open(ts_ctx *c, const char *package_id, const char *path,
                                     ts_err **err)
{
    const ts_packages *p = c->run->options->packages;
    if (p && p->open)
        return p->open(p->ctx, c, package_id, path, err);
    ts_fail(err, TS_UNSUPPORTED, "package '%s' can only be fetched whole here", package_id);
    return NULL;
}

void ts_ctx_package_close(ts_ctx *c, bool done)
{
    const ts_packages *p = c->run->options->packages;
    if (p && p->close)
        p->close(p->ctx, c, done);
}

void ts_ctx_log(ts_ctx *c, ts_level level, const char *fmt, ...)
{
    if (!ts_run_is_watched(c->run))
        return;
    ts_buf text;
    ts_buf_init(&text, TS_VAR_VALUE_MAX);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&text, fmt, args);
    va_end(args);
    ts_run_log(c->run, level, c->cls ? c->cls->title : NULL, "%s", ts_buf_text(&text));
    ts_buf_done(&text);
}

void ts_ctx_progress(ts_ctx *c, uint64_t done, uint64_t total, const char *text)
{
    char *owned = NULL;
    ts_event event = {.kind = TS_EVENT_PROGRESS, .done = done, .total = total};
    event.text = text ? ts_vars_mask(c->run->options->vars, text, &owned) : NULL;
    ts_run_send(c->run, &event);
    free(owned);
}

bool ts_ctx_condition(ts_ctx *c, const struct ts_cond *cond, bool *out, char **reason, ts_err **err)
{
    ts_tri tri = TS_NO;
    ts_cond_env env = {.vars = c->run->options->vars, .host = c->run->options->host};
    if (!ts_cond_eval(cond, &env, &tri, reason, err))
        return false;
    *out = tri == TS_YES || (tri == TS_UNSURE && !c->run->options->explore_skip);
    if (tri == TS_UNSURE)
        c->output_assumed = true;
    return true;
}

bool ts_ctx_child(ts_ctx *c, const char *package_id, ts_result *out, ts_err **err)
{
    ts_run *run = c->run;
    const ts_sequence *child = ts_bundle_find(run->options->bundle, package_id);
    if (!child)
        return ts_result_fail(
            out, -1, "child sequence '%s' is not in the file; export it with its references",
            package_id);
    ts_event event = {.kind = TS_EVENT_CHILD_BEGIN, .text = child->name, .level = TS_LEVEL_INFO};
    ts_run_send(run, &event);
    ts_flow flow = TS_FLOW_ON;
    ts_run_report *report = run->report;
    const ts_node *blamed = report->node;
    if (!ts_run_frame(run, child, &flow, err))
        return false;
    run->node = c->node;
    c->child_flow = flow;
    event.kind = TS_EVENT_CHILD_END;
    event.outcome = flow == TS_FLOW_FAILED ? TS_OUTCOME_FAILED : TS_OUTCOME_OK;
    if (flow == TS_FLOW_RESTART)
        return true;
    event.code = flow == TS_FLOW_FAILED ? report->code : 0;
    ts_run_send(run, &event);
    if (flow == TS_FLOW_FAILED)
        ts_result_fail(out, report->code ? report->code : -1,
                       "child sequence '%s' failed at step '%s'", child->name,
                       report->node && report->node != blamed ? report->node->name : "?");
    return true;
}
