/* helpers.c - what several steps need. */
#include "helpers.h"

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

bool ts_step_own(ts_result *out, ts_err *why, ts_err **err)
{
    ts_code code = ts_err_code(why);
    if (code != TS_NOMEM && code != TS_CANCELLED)
        return ts_result_take(out, why);
    return ts_fail_take(err, why);
}

bool ts_step_set(ts_ctx *c, ts_result *out, const char *name, const ts_value *value, ts_err **err)
{
    ts_err *why = NULL;
    bool ok;
    if (value->flags & TS_VALUE_UNKNOWN) {
        out->assumed = true;
        ok = ts_var_name_check(name, &why) &&
             ts_vars_set_unknown(ts_ctx_vars(c), name, value->why ? value->why : "not known", &why);
    } else {
        ok = ts_ctx_set(c, name, value->text, value->flags, &why);
    }
    return ok || ts_step_own(out, why, err);
}

bool ts_step_set_text(ts_ctx *c, ts_result *out, const char *name, const char *text, ts_err **err)
{
    const ts_value value = {.text = text};
    return ts_step_set(c, out, name, &value, err);
}

/* Where the last `count` characters (not bytes) of a UTF-8 text begin. */
static const char *last_characters(const char *text, size_t count)
{
    const char *at = text + strlen(text);
    while (at > text && count > 0) {
        at--;
        if (((unsigned char)*at & 0xC0) != 0x80)
            count--;
    }
    return at;
}

bool ts_step_set_output(ts_ctx *c, ts_result *out, const char *input, const char *output,
                        ts_err **err)
{
    const char *name = ts_ctx_text(c, input);
    if (!*name || !output || out->assumed)
        return true;
    char *text TS_CLEANUP(ts_free_ptr) = ts_strdup(output);
    if (!text)
        return ts_fail_nomem(err);
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        text[--len] = '\0';
    ts_result set = {.code = 0};
    if (!ts_step_set_text(c, &set, name, last_characters(text, TS_STEP_OUTPUT_CHARACTERS), err))
        return false;
    if (set.failed && !out->failed)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "output variable: %s",
                       set.text ? set.text : "it cannot be set");
    ts_result_done(&set);
    return true;
}

bool ts_step_set_user(ts_ctx *c, const ts_step_run_as *names, ts_program *program, ts_result *out)
{
    if (!ts_ctx_bool(c, names->flag) && !ts_ctx_bool(c, names->flag_all))
        return true;
    if (ts_host_phase(ts_ctx_host(c)) == TS_PHASE_WINPE) {
        ts_result_fail(out, TS_STEP_CODE_NOT_SUPPORTED,
                       "the step runs as another user, which works in the full OS only, and this "
                       "is Windows PE: clear the option, or move the step behind the restart");
        return false;
    }
    if (!*ts_ctx_text(c, names->user)) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "the step runs as another user, but '%s' is empty", names->user);
        return false;
    }
    program->user = ts_ctx_text(c, names->user);
    program->password = ts_ctx_text(c, names->password);
    return true;
}

bool ts_step_folder(const char *folder, const char *base, char **out, ts_err **err)
{
    *out = NULL;
    if (!*folder && (!base || !*base))
        return true;
    if (!*folder || ts_path_is_absolute(folder) || !base || !*base)
        *out = ts_strdup(*folder ? folder : base);
    else
        *out = ts_path_join(base, folder);
    return *out || ts_fail_nomem(err);
}

bool ts_step_is_unknown(ts_ctx *c, const char *input)
{
    return (ts_ctx_value(c, input)->flags & TS_VALUE_UNKNOWN) != 0;
}

bool ts_step_all_known(ts_ctx *c)
{
    const ts_node *node = ts_ctx_node(c);
    for (const ts_input *in = ts_ctx_class(c)->inputs; in && in->name; in++)
        if (!strchr(in->name, '#') && ts_step_is_unknown(c, in->name))
            return false;
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_step_is_unknown(c, node->settings[i].name))
            return false;
    return true;
}

bool ts_step_finding(ts_result *out, ts_err *why, ts_err **err)
{
    if (ts_err_code(why) != TS_UNSUPPORTED && ts_err_code(why) != TS_STATE)
        return ts_step_own(out, why, err);
    ts_err_free(why);
    return true;
}
