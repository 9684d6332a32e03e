/* program.c - programs of steps: started through the host, watched, logged. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"

static ts_vars *vars_of(void *ctx)
{
    const ts_ctx *c = ctx;
    return c->run->options->vars;
}

static bool service_get(void *ctx, const char *name, ts_buf *out, bool *found)
{
    const ts_value *v = ts_vars_get(vars_of(ctx), name);
    *found = v != NULL;
    ts_buf_str(out, v ? v->text : "");
    return true;
}

static bool service_set(void *ctx, const char *name, const char *value, bool secret, ts_err **err)
{
    return ts_vars_set(vars_of(ctx), name, value, secret ? TS_VALUE_SECRET : 0, err);
}

static bool list_one(void *ctx, const char *name, const ts_value *value)
{
    TS_UNUSED(value);
    ts_buf_printf(ctx, "%s\n", name);
    return true;
}

static bool service_list(void *ctx, ts_buf *out)
{
    return ts_vars_each(vars_of(ctx), list_one, out, NULL);
}

static void service_say(void *ctx, const char *who, const char *text)
{
    ts_ctx_log(ctx, TS_LEVEL_INFO, "%s: %s", who, text);
}

/* ConfigMgr docs: a hidden variable on a command line is printed in clear unless
 * OSDDoNotLogCommand is TRUE. Here secrets are masked always, and the variable hides the rest too.
 */
static bool may_log(ts_ctx *c, const ts_program *program)
{
    bool off = false;
    ts_str_bool(ts_vars_text(c->run->options->vars, "OSDDoNotLogCommand"), &off);
    return !off && !program->secret;
}

static void log_start(ts_ctx *c, const ts_program *program)
{
    const char *what = program->command_line ? program->command_line
                       : program->argv       ? program->argv[0]
                                             : "";
    if (may_log(c, program))
        ts_ctx_log(c, TS_LEVEL_INFO, "Executing command line: %s", what);
    else
        ts_ctx_log(c, TS_LEVEL_INFO, "Executing command line: (not logged)");
}

static void log_output(ts_ctx *c, const char *output)
{
    if (output && *output)
        ts_ctx_log(c, TS_LEVEL_VERBOSE, "Program output: %s", output);
}

static void take_result(ts_ctx *c, const ts_program *program, const ts_program_result *r,
                        ts_result *out)
{
    out->code = (int64_t)r->exit_code;
    out->assumed = out->assumed || r->assumed;
    c->output_assumed = c->output_assumed || r->assumed;
    if (r->timed_out) {
        out->timed_out = true;
        ts_result_fail(out, TS_RUN_TIMEOUT_CODE,
                       "the program did not end within %u second%s; it and its children were ended",
                       program->timeout / 1000, program->timeout / 1000 == 1 ? "" : "s");
        return;
    }
    ts_ctx_log(c, TS_LEVEL_INFO, "Process completed with exit code %u", r->exit_code);
    if (r->exit_code != 0 && !out->text) {
        const char *meaning = ts_os_text(r->exit_code > 0x7FFFFFFF ? TS_OS_HRESULT : TS_OS_WIN32,
                                         r->exit_code);
        out->text = ts_sprintf("the program ended with exit code %u%s%s%s", r->exit_code,
                               meaning ? " (as a Windows code: " : "", meaning ? meaning : "",
                               meaning ? ")" : "");
    }
}

bool ts_ctx_run_program(ts_ctx *c, ts_program *program, ts_result *out, char **output, ts_err **err)
{
    const ts_var_service service = {
        .get = service_get, .set = service_set, .list = service_list, .say = service_say, .ctx = c};
    ts_program_result r = {.exit_code = 0};
    ts_err *failed = NULL;
    program->service = &service;
    if (program->timeout == 0)
        program->timeout = c->node->timeout > UINT32_MAX / 1000 ? UINT32_MAX
                                                                : c->node->timeout * 1000;
    log_start(c, program);
    bool ran = ts_host_run(c->run->options->host, program, &r, &failed);
    program->service = NULL;
    if (!ran) {
        if (ts_err_code(failed) == TS_CANCELLED || ts_err_code(failed) == TS_NOMEM)
            return ts_fail_take(err, failed);
        return ts_result_take(out, failed);
    }
    log_output(c, r.output);
    take_result(c, program, &r, out);
    if (output) {
        *output = r.output;
        r.output = NULL;
    }
    ts_program_result_done(&r);
    return true;
}
