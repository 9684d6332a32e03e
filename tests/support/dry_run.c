/* dry_run.c - steps through the real interpreter on a simulated machine. */
#include "dry_run.h"

#include "check.h"

#include <ts/mem.h>

#include "steps.h"

#define TRACE_MAX 1000000u

static void on_event(void *ctx, const ts_event *e)
{
    dry_run *d = ctx;
    if (e->kind == TS_EVENT_STEP_END) {
        ts_buf_printf(&d->trace, "%s %s %lld\n", e->node->name, ts_outcome_id(e->outcome),
                      (long long)e->code);
        if (e->text)
            ts_buf_printf(&d->texts, "%s\n", e->text);
    } else if (e->kind == TS_EVENT_RESTART) {
        ts_buf_printf(&d->trace, "%s\n", e->text);
    } else if (e->kind == TS_EVENT_LOG) {
        ts_buf_printf(&d->log, "%s\n", e->text);
    }
}

/* Package PKG00001 is at C:/pkg; another is nowhere. */
static bool package_folder(void *ctx, ts_ctx *c, const char *id, const char **folder, ts_err **err)
{
    TS_UNUSED(ctx);
    TS_UNUSED(c);
    if (!ts_str_ieq(id, "PKG00001"))
        return ts_fail(err, TS_NOT_FOUND, "no location has package '%s'", id);
    *folder = "C:/pkg";
    return true;
}
static const ts_packages packages = {.folder = package_folder};

void dry_open(dry_run *d, const char *machine, const char *body)
{
    ts_err *err = NULL;
    char *text = strstr(body, "<sequence") || strstr(body, "<SmsTaskSequencePackage")
                     ? ts_strdup(body)
                     : ts_sprintf("<sequence version=\"3.10\">%s</sequence>", body);
    memset(d, 0, sizeof *d);
    d->bundle = ts_bundle_load_bytes("test.xml", text, strlen(text), &err);
    free(text);
    if (!d->bundle || !(d->host = ts_host_sim_new("m.json", machine, strlen(machine), &err)))
        fail_msg("%s", ts_err_text(err));
    d->steps = ts_steps_new(ts_builtin_steps, &err);
    d->vars = ts_vars_new();
    assert_non_null(d->steps);
    assert_non_null(d->vars);
    ts_buf_init(&d->trace, TRACE_MAX);
    ts_buf_init(&d->texts, TRACE_MAX);
    ts_buf_init(&d->log, TRACE_MAX);
    ts_events_add(&d->events, (ts_sink){.event = on_event, .ctx = d});
    d->events.want_reasons = true;
    d->options = (ts_run_options){.bundle = d->bundle,
                                  .steps = d->steps,
                                  .host = d->host,
                                  .vars = d->vars,
                                  .events = &d->events,
                                  .packages = &packages};
}

void dry_open_assuming(dry_run *d, const char *machine, const char *body)
{
    dry_open(d, machine, body);
    d->options.packages = NULL;
    d->options.simulate = true;
}

void dry_close(dry_run *d)
{
    ts_buf_done(&d->trace);
    ts_buf_done(&d->texts);
    ts_buf_done(&d->log);
    ts_host_free(d->host);
    ts_vars_free(d->vars);
    ts_steps_free(d->steps);
    ts_bundle_free(d->bundle);
}

void dry_set(dry_run *d, const char *name, const char *value)
{
    assert_true(ts_vars_set_engine(d->vars, name, value, NULL));
}

void dry_mock(dry_run *d, const char *program, const char *arguments, uint32_t exit_code,
              const char *output)
{
    const ts_sim_mock mock = {
        .program = program, .arguments = arguments, .exit_code = exit_code, .output = output};
    assert_true(ts_host_sim_mock(d->host, &mock, NULL));
}

void dry_go(dry_run *d)
{
    ts_err *err = NULL;
    if (!ts_run_sequence(&d->options, &d->report, &err))
        fail_msg("%s", ts_err_text(err));
}

void dry_expect(dry_run *d, const char *trace)
{
    dry_go(d);
    if (strcmp(ts_buf_text(&d->trace), trace) != 0)
        print_error("texts:\n%slog:\n%s", ts_buf_text(&d->texts), ts_buf_text(&d->log));
    assert_string_equal(ts_buf_text(&d->trace), trace);
}

void dry_expect_var(dry_run *d, const char *name, const char *value)
{
    if (strcmp(ts_vars_text(d->vars, name), value) != 0)
        fail_msg("variable '%s' is '%s', not '%s'", name, ts_vars_text(d->vars, name), value);
}

static bool holds(const ts_buf *buf, const char *part)
{
    return strstr(ts_buf_text(buf), part) != NULL;
}

void dry_expect_text(dry_run *d, const char *part)
{
    if (!holds(&d->texts, part))
        fail_msg("no step says '%s' but:\n%s", part, ts_buf_text(&d->texts));
}

void dry_expect_log(dry_run *d, const char *part)
{
    if (!holds(&d->log, part))
        fail_msg("the log does not say '%s' but:\n%s", part, ts_buf_text(&d->log));
}

void dry_expect_no_log(dry_run *d, const char *part)
{
    if (holds(&d->log, part) || holds(&d->texts, part))
        fail_msg("the log says '%s':\n%s", part, ts_buf_text(&d->log));
}

void dry_fails(const char *machine, const char *body, const char *why)
{
    dry_run d;
    dry_open_assuming(&d, machine, body);
    dry_go(&d);
    dry_expect_text(&d, why);
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_close(&d);
}

char *dry_answer_file(dry_run *d)
{
    char *text = NULL;
    size_t size = 0;
    assert_true(ts_host_file_read(d->host, "C:/Windows/Panther/unattend.xml", &text, &size, NULL));
    return text;
}

void dry_expect_answer(dry_run *d, const char *part)
{
    char *text = dry_answer_file(d);
    if (!strstr(text, part))
        fail_msg("the answer file has no '%s':\n%s", part, text);
    free(text);
}
