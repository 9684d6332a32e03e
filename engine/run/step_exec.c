/* step_exec.c - one step: its world, its run, its result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"
#include "journal.h"

/* ERROR_NOT_SUPPORTED as an HRESULT: the code of a step that cannot run here. The vendor's code for
 * a runIn mismatch is not documented (rule RUNIN-MISMATCH). */
#define CODE_NOT_HERE 0x80070032

void ts_result_done(ts_result *result)
{
    free(result->text);
    free(result->restart_text);
    *result = (ts_result){.code = 0};
}

static void fail_with(ts_result *out, int64_t code, const char *fmt, va_list args) TS_PRINTF(3, 0);
static void fail_with(ts_result *out, int64_t code, const char *fmt, va_list args) TS_PRINTF(3, 0);
static void fail_with(ts_result *out, int64_t code, const char *fmt, va_list args)
{
    ts_buf text;
    ts_buf_init(&text, TS_VAR_VALUE_MAX);
    ts_buf_vprintf(&text, fmt, args);
    free(out->text);
    out->text = ts_buf_take(&text); /* NULL (no memory): the code still tells */
    out->code = code;
    out->failed = true;
}

bool ts_result_fail(ts_result *out, int64_t code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_with(out, code, fmt, args);
    va_end(args);
    return true;
}

bool ts_result_unsupported(ts_result *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_with(out, CODE_NOT_HERE, fmt, args);
    va_end(args);
    out->unsupported = true;
    return true;
}

/* The numbers of libcurl, OpenSSL and HTTP mean something else among Windows' codes, which is what
 * a step ends with: these are the ones that Windows has for the same (winerror.h, winhttp.h). */
static int64_t network_code(ts_code code, ts_os_kind kind, uint32_t number)
{
    if (kind == TS_OS_HTTP)
        return number == 404 || number == 410 ? 0x80040102 : 0x80190000 + (int64_t)number;
    if (kind == TS_OS_CURL && (number == 5 || number == 6)) /* a name that is not known */
        return 0x80072EE7;
    switch ((int)code) {
    case TS_INTEGRITY:
        return 0x80091007;
    case TS_TRUST:
        return 0x80072F8F;
    case TS_TIMEOUT:
        return 0x80072EE2;
    case TS_NET:
        return 0x80072EFD;
    default:
        return -1;
    }
}

bool ts_result_take(ts_result *out, ts_err *error)
{
    uint32_t number = 0;
    ts_os_kind kind = ts_err_os(error, &number);
    bool foreign = kind == TS_OS_NONE || kind == TS_OS_CURL || kind == TS_OS_X509 ||
                   kind == TS_OS_HTTP || number == 0;
    int64_t code = foreign ? network_code(ts_err_code(error), kind, number) : (int64_t)number;
    ts_result_fail(out, code, "%s", ts_err_text(error));
    ts_err_free(error);
    return true;
}

/* A step's own settings become defaults for its time; hidden ones are folded into the action
 * already and are no variables (ConfigMgr docs: CommandLineArg properties are not exported). */
bool ts_step_set_defaults(ts_run *run, const ts_node *node, const ts_step_class *cls, ts_err **err)
{
    ts_vars_step_begin(run->options->vars);
    for (size_t i = 0; i < node->n_settings; i++) {
        const ts_setting *s = &node->settings[i];
        if (s->hidden || !*s->value)
            continue;
        if (!ts_vars_step_default(run->options->vars, s->name, s->value, ts_setting_flags(cls, s),
                                  err))
            return ts_wrap(err, "setting '%s' of step '%s' (%s:%u)", s->name, node->name,
                           run->frame->sequence->file, s->line);
    }
    return true;
}

static bool code_is_success(const ts_node *node, int64_t code)
{
    for (size_t i = 0; i < node->n_success; i++)
        if (node->success[i] == code || (uint32_t)node->success[i] == (uint32_t)code)
            return true;
    return false;
}

static const char *phase_name(ts_phase phase)
{
    return phase == TS_PHASE_WINPE     ? "Windows PE"
           : phase == TS_PHASE_FULL_OS ? "the full OS"
                                       : "any";
}

/* Declared but not runnable in this build: a simulation records what it would have done. */
static bool simulate_declared(ts_run *run, const ts_node *node, const ts_step_class *cls,
                              ts_result *out, ts_err **err)
{
    out->assumed = true;
    ts_event event = {.kind = TS_EVENT_EFFECT,
                      .effects = cls->effects,
                      .assumed = true,
                      .level = TS_LEVEL_INFO,
                      .text = "possible effects of a step that this build cannot run"};
    if (cls->effects)
        ts_run_send(run, &event);
    ts_host_assume(run->options->host, cls->effects);
    out->restart = cls->hands_over;
    return ts_unknowns_after(run, node, cls, err);
}

/* A resume behind a step that took the process with it (TS_SCRIPT's exit status is its code). */
static bool failed_before(ts_run *run, ts_result *out)
{
    ts_journal *journal = run->options->journal;
    if (!journal || !journal->fatal || run->depth != journal->n_at)
        return false; /* in a child: the parent's step runs to get there */
    TS_CLEANUP(ts_free_ptr) char *text = ts_journal_take_fatal(journal);
    ts_result_fail(out, ts_code_exit(TS_SCRIPT), "%s", text);
    return true;
}

static void say_no_effect(ts_ctx *c, const ts_input *in, const char *name)
{
    const ts_value *v = ts_ctx_value(c, name);
    if (!(v->flags & TS_VALUE_UNKNOWN) && ts_input_asks_in_vain(in, v->text))
        ts_ctx_log(c, TS_LEVEL_WARNING, "'%s' is '%s', and this build does nothing with it", name,
                   v->flags & TS_VALUE_SECRET ? "***" : v->text);
}

/* Nothing that a sequence asks for is silently left out. */
static void say_what_has_no_effect(ts_ctx *c)
{
    if (!ts_run_is_watched(c->run))
        return;
    for (const ts_input *in = c->cls->inputs; in && in->name; in++) {
        const char *hash = strchr(in->name, '#');
        if (!(in->flags & TS_NO_EFFECT))
            continue;
        if (!hash)
            say_no_effect(c, in, in->name);
        for (unsigned i = 0; hash && i < TS_STEP_ITEMS_LOOKED; i++) {
            char *name = ts_sprintf("%.*s%u%s", (int)(hash - in->name), in->name, i, hash + 1);
            if (name)
                say_no_effect(c, in, name);
            free(name);
        }
    }
}

/* Runs the class; a missing class or run function has been refused or marked before. */
static bool dispatch(ts_run *run, ts_ctx *c, ts_result *out, bool *unsupported, ts_err **err)
{
    const ts_node *node = c->node;
    ts_phase phase = ts_host_phase(run->options->host);
    if (run->options->inject && run->options->inject(run->options->inject_ctx, node, &out->code)) {
        return true;
    }
    if (failed_before(run, out))
        return true;
    if (!c->cls)
        return ts_result_fail(out, CODE_NOT_HERE, "step type '%s' is not known and has no action",
                              node->type);
    if (node->run_in != TS_PHASE_ANY && node->run_in != phase)
        return ts_result_fail(out, CODE_NOT_HERE,
                              "the step runs in %s only (runIn), and this is %s: restart into %s "
                              "before it, or begin there",
                              phase_name(node->run_in), phase_name(phase),
                              phase_name(node->run_in));
    if (!c->cls->run) {
        *unsupported = true;
        if (!run->options->simulate)
            ts_result_fail(out, CODE_NOT_HERE, "this build cannot run '%s'%s%s", c->cls->title,
                           c->cls->cannot ? ": " : "", c->cls->cannot ? c->cls->cannot : "");
        else if (c->cls->cannot && !(out->text = ts_strdup(c->cls->cannot)))
            return ts_fail_nomem(err);
        return !run->options->simulate || simulate_declared(run, node, c->cls, out, err);
    }
    const char *lack = ts_host_lacks(run->options->host, c->cls->effects);
    if (lack)
        return ts_result_fail(out, CODE_NOT_HERE, "%s", lack);
    if (c->cls->effects & TS_EFFECT(DISK_WIPE) && !run->looked_ahead) {
        if (!ts_look_ahead(c, out, err))
            return false;
        if (out->failed)
            return true;
        run->looked_ahead = true;
    }
    say_what_has_no_effect(c);
    if (!c->cls->run(c, out, err))
        return ts_wrap(err, "step '%s' (%s:%u)", node->name, run->frame->sequence->file,
                       node->line);
    if (out->unsupported && run->options->simulate) {
        *unsupported = true;
        out->failed = false;
        out->code = 0;
        return simulate_declared(run, node, c->cls, out, err);
    }
    if (c->output_assumed)
        out->assumed = true;
    if (out->assumed && c->cls->opaque && run->unknowns)
        return ts_unknowns_after(run, node, c->cls, err);
    return true;
}

static bool set_results(ts_run *run, const ts_node *node, const ts_result *result, bool good,
                        ts_err **err)
{
    char code[16];
    /* Signed, as the vendor's variable shows it (MDT team blog, 2010-07-20). */
    if (result->code == 0)
        memcpy(code, "0", 2); /* nearly always: printf is a tenth of a simulated step */
    else
        snprintf(code, sizeof code, "%d", (int32_t)(uint32_t)result->code);
    return ts_run_set(run, "_SMSTSLastActionRetCode", code, err) &&
           ts_run_set(run, "_SMSTSLastActionSucceeded", good ? "true" : "false", err) &&
           ts_run_set(run, "_SMSTSLastActionName", node->name, err);
}

static void send_end(ts_run *run, const ts_node *node, const ts_result *result, ts_outcome outcome,
                     int64_t began)
{
    char *owned = NULL;
    ts_event event = {.kind = TS_EVENT_STEP_END,
                      .node = node,
                      .outcome = outcome,
                      .code = result->code,
                      .assumed = result->assumed,
                      .duration = (uint64_t)(ts_host_now(run->options->host) - began),
                      .level = outcome == TS_OUTCOME_FAILED      ? TS_LEVEL_ERROR
                               : outcome == TS_OUTCOME_CONTINUED ? TS_LEVEL_WARNING
                                                                 : TS_LEVEL_INFO};
    event.text = result->text ? ts_vars_mask(run->options->vars, result->text, &owned) : NULL;
    ts_run_send(run, &event);
    free(owned);
}

static void count(ts_run_report *report, ts_outcome outcome)
{
    report->ran++;
    if (outcome == TS_OUTCOME_FAILED)
        report->failed++;
    else if (outcome == TS_OUTCOME_CONTINUED)
        report->continued++;
    else if (outcome == TS_OUTCOME_UNSUPPORTED)
        report->unsupported++;
}

/* What the outcome means for the loop: restart requests first, then the error rules. */
static bool conclude(ts_run *run, ts_ctx *c, ts_result *result, ts_outcome outcome, ts_flow *flow,
                     bool *repeat, ts_err **err)
{
    const ts_node *node = c->node;
    if (c->child_flow == TS_FLOW_RESTART) { /* a step of the child asked; it was journaled there */
        *flow = TS_FLOW_RESTART;
        return true;
    }
    if (outcome == TS_OUTCOME_FAILED) {
        run->report->node = node;
        run->report->code = result->code;
        *flow = TS_FLOW_FAILED;
        return true;
    }
    ts_restart target = TS_RESTART_NONE;
    bool retry = false;
    if (!ts_restart_take_request(run, result, &target, &retry, err))
        return false;
    if (target == TS_RESTART_NONE)
        return true;
    *repeat = retry;
    ts_restart_notice(run, result);
    if (!ts_restart_do(run, target, retry ? node->index : node->index + 1, flow, err))
        return false;
    return true;
}

bool ts_step_execute(ts_run *run, const ts_node *node, ts_flow *flow, bool *repeat, ts_err **err)
{
    ts_ctx c = {.run = run, .node = node, .cls = ts_steps_for(run->options->steps, node)};
    ts_result result = {.code = 0};
    bool unsupported = false;
    int64_t began = ts_host_now(run->options->host);
    ts_event event = {.kind = TS_EVENT_STEP_BEGIN,
                      .node = node,
                      .level = TS_LEVEL_INFO,
                      .effects = c.cls ? c.cls->effects : 0,
                      .text = c.cls ? c.cls->title : node->type};
    ts_run_send(run, &event);
    ts_host_set_assumed(run->options->host, ts_run_is_assumed(run));
    bool ok = ts_step_set_defaults(run, node, c.cls, err) &&
              dispatch(run, &c, &result, &unsupported, err);
    ts_vars_step_end(run->options->vars);
    if (ok) {
        bool good = !result.failed &&
                    (c.cls && c.cls->own_codes ? result.code == 0
                                               : code_is_success(node, result.code));
        bool forgiven = node->continue_on_error && !(c.cls && c.cls->never_continue);
        ts_outcome outcome = unsupported && good ? TS_OUTCOME_UNSUPPORTED
                             : good              ? TS_OUTCOME_OK
                             : forgiven          ? TS_OUTCOME_CONTINUED
                                                 : TS_OUTCOME_FAILED;
        if (c.child_flow != TS_FLOW_RESTART) {
            count(run->report, outcome);
            ok = set_results(run, node, &result, good, err);
            if (ok)
                send_end(run, node, &result, outcome, began);
            ok = ok && ts_log_place_update(run, err);
        }
        ok = ok && conclude(run, &c, &result, outcome, flow, repeat, err);
    }
    const ts_packages *packages = run->options->packages;
    if (packages && packages->release)
        packages->release(packages->ctx, &c, c.keeps_packages);
    ts_ctx_done(&c);
    ts_result_done(&result);
    return ok;
}
