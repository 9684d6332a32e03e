/* scene.c - see scene.h. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "host_ops.h"
#include "scene.h"
#include "zip_make.h"

static void host_free(void *self)
{
    TS_UNUSED(self);
}

static ts_phase host_phase(void *self)
{
    return ((scene *)self)->phase;
}

static int64_t host_now(void *self)
{
    return ((scene *)self)->now;
}

static int host_bias(void *self)
{
    TS_UNUSED(self);
    return 0;
}

static bool host_hand_over(void *self, ts_restart target, bool *went_on, ts_err **err)
{
    scene *s = self;
    if (s->nothing_to_boot)
        return ts_fail(err, TS_STATE, "no bootable partition");
    *went_on = s->restarts_here;
    if (s->restarts_here)
        s->phase = target == TS_RESTART_PE ? TS_PHASE_WINPE : TS_PHASE_FULL_OS;
    return true;
}

static bool host_start(void *self, const ts_program *program, ts_err **err)
{
    TS_UNUSED(err);
    scene *s = self;
    s->started = ts_strdup(program->command_line);
    return true;
}

static const ts_host_ops ops = {.free = host_free,
                                .phase = host_phase,
                                .now = host_now,
                                .bias = host_bias,
                                .start = host_start,
                                .hand_over = host_hand_over};

static bool set_pair(ts_ctx *c, const char *pair, ts_err **err)
{
    const char *equals = strchr(pair, '=');
    if (!equals)
        return true;
    char *name = ts_strndup(pair, (size_t)(equals - pair));
    bool ok = name ? ts_ctx_set(c, name, equals + 1, 0, err) : ts_fail_nomem(err);
    free(name);
    return ok;
}

static bool run_t(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *restart = ts_ctx_text(c, "Restart");
    out->code = ts_ctx_int(c, "Code");
    if (*restart)
        out->restart = ts_str_ieq(restart, "WinPE") ? TS_RESTART_PE : TS_RESTART_OS;
    return set_pair(c, ts_ctx_text(c, "Set"), err);
}

static bool run_child(ts_ctx *c, ts_result *out, ts_err **err)
{
    return ts_ctx_child(c, ts_ctx_text(c, "OSDSubTasksequencePackageID"), out, err);
}

static const ts_input inputs[] = {{.name = "Code", .type = TS_INT, .def = "0", .help = "h"},
                                  {.name = "Set", .type = TS_STRING, .help = "h"},
                                  {.name = "Restart", .type = TS_STRING, .help = "h"},
                                  {.name = NULL}};
static const ts_input child_inputs[] = {
    {.name = "OSDSubTasksequencePackageID", .type = TS_STRING, .help = "h"}, {.name = NULL}};
static const ts_step_class step_t = {
    .type = "T", .title = "Test step", .inputs = inputs, .resume = TS_RESUME_AGAIN, .run = run_t};
static const ts_step_class step_once = {.type = "ONCE",
                                        .title = "Not repeatable",
                                        .inputs = inputs,
                                        .resume = TS_RESUME_STOP,
                                        .run = run_t};
static const ts_step_class step_setup = {.type = "SETUP",
                                         .title = "Never continues",
                                         .inputs = inputs,
                                         .never_continue = true,
                                         .run = run_t};
static const ts_step_class step_declared = {.type = "DECLARED", .title = "Declared only"};
static const ts_step_class step_child = {.type = "SMS_TaskSequence_SubTasksequence",
                                         .title = "Run Task Sequence",
                                         .own_codes = true,
                                         .inputs = child_inputs,
                                         .resume = TS_RESUME_AGAIN,
                                         .run = run_child};
static const ts_step_class *const classes[] = {&step_t,        &step_once,  &step_setup,
                                               &step_declared, &step_child, NULL};

static void on_event(void *ctx, const ts_event *e)
{
    scene *s = ctx;
    const char *name = e->node ? e->node->name : "";
    if (e->kind == TS_EVENT_GROUP_BEGIN)
        ts_buf_printf(&s->trace, "+%s\n", name);
    else if (e->kind == TS_EVENT_GROUP_END)
        ts_buf_printf(&s->trace, "-%s %s\n", name, ts_outcome_id(e->outcome));
    else if (e->kind == TS_EVENT_SKIP)
        ts_buf_printf(&s->trace, "skip %s: %s\n", name, ts_outcome_id(e->outcome));
    else if (e->kind == TS_EVENT_STEP_END)
        ts_buf_printf(&s->trace, "%s %s %d\n", name, ts_outcome_id(e->outcome), (int)e->code);
    else if (e->kind == TS_EVENT_RESTART)
        ts_buf_printf(&s->trace, "restart %s\n", e->text);
    else if (e->kind == TS_EVENT_VARIABLE && s->trace_variables && e->text[0] != '_')
        ts_buf_printf(&s->trace, "%s=%s\n", e->text, e->detail ? e->detail : "(deleted)");
}

static void open_world(scene *s)
{
    ts_err *err = NULL;
    s->steps = ts_steps_new(classes, &err);
    s->vars = ts_vars_new();
    s->host = ts_host_wrap(&ops, s, "scripted machine", false, &err);
    assert_non_null(s->host);
    s->phase = TS_PHASE_WINPE;
    ts_buf_init(&s->trace, 1000000);
    ts_events_add(&s->events, (ts_sink){.event = on_event, .ctx = s});
    s->events.want_reasons = true;
    s->options = (ts_run_options){.bundle = s->bundle,
                                  .steps = s->steps,
                                  .host = s->host,
                                  .vars = s->vars,
                                  .events = &s->events};
}

static void load_bundle(scene *s, const char *name, const void *data, size_t size)
{
    ts_err *err = NULL;
    s->bundle = ts_bundle_load_bytes(name, data, size, &err);
    if (!s->bundle)
        fail_msg("%s", ts_err_text(err));
}

void scene_open(scene *s, const char *body)
{
    memset(s, 0, sizeof *s);
    char *text = ts_sprintf("<sequence version=\"3.10\">%s</sequence>", body);
    load_bundle(s, "test.xml", text, strlen(text));
    free(text);
    open_world(s);
}

static void add_package(zip_make *zip, const char *id, const char *body)
{
    char *text = ts_sprintf(
        "<INSTANCE CLASSNAME=\"SMS_TaskSequencePackage\">"
        "<PROPERTY NAME=\"PackageID\" TYPE=\"string\"><VALUE>%s</VALUE></PROPERTY>"
        "<PROPERTY NAME=\"Name\" TYPE=\"string\"><VALUE>%s</VALUE></PROPERTY>"
        "<PROPERTY NAME=\"Sequence\" TYPE=\"string\"><VALUE><![CDATA[<sequence version=\"3.10\">%s"
        "</sequence>]]></VALUE></PROPERTY></INSTANCE>",
        id, id, body);
    char *name = ts_sprintf("SMS_TaskSequencePackage/%s/object.xml", id);
    zip_add_text(zip, name, text);
    free(name);
    free(text);
}

void scene_open_with_child(scene *s, const char *body, const char *child)
{
    zip_make zip = {.data = NULL};
    memset(s, 0, sizeof *s);
    add_package(&zip, "MAIN0001", body);
    add_package(&zip, "CHILD001", child);
    zip_make_end(&zip);
    load_bundle(s, "test.zip", zip.data, zip.size);
    zip_make_free(&zip);
    open_world(s);
}

void scene_close(scene *s)
{
    ts_buf_done(&s->trace);
    ts_host_free(s->host);
    ts_vars_free(s->vars);
    ts_steps_free(s->steps);
    ts_bundle_free(s->bundle);
    ts_free_ptr(&s->started);
}

void scene_run(scene *s)
{
    ts_err *err = NULL;
    ts_buf_clear(&s->trace);
    if (!ts_run_sequence(&s->options, &s->report, &err))
        ts_buf_printf(&s->trace, "fault: %s\n", ts_err_text(err));
    ts_err_free(err);
}

void scene_expect(const char *body, const char *trace, const char *verdict)
{
    scene s;
    scene_open(&s, body);
    s.restarts_here = true;
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), trace);
    assert_string_equal(ts_outcome_id(s.report.outcome), verdict);
    scene_close(&s);
}
