/* cmd_var.c - taskseq var: variables of the running sequence, for scripts that a step starts. */
#include <stdio.h>
#include <string.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "os.h"

#define ADDRESS_VARIABLE "TASKSEQ_SOCKET"

static const char *address(ts_err **err)
{
    const char *value = ts_env_get(ADDRESS_VARIABLE);
    if (value != NULL && value[0] != '\0')
        return value;
    ts_fail(err, TS_STATE,
            "no sequence is running here: " ADDRESS_VARIABLE " is not set; "
            "'taskseq var' works in programs that a step starts");
    return NULL;
}

/* Values may be secrets: they are wiped, and go to standard output only. */
static int print_and_wipe(ts_buf *text, bool line)
{
    ts_err *err = NULL;
    if (line)
        ts_buf_char(text, '\n');
    bool ok = ts_cli_write("-", text, &err);
    if (text->data != NULL)
        ts_wipe(text->data, text->cap);
    ts_buf_done(text);
    return ok ? 0 : ts_cli_fail(&err);
}

static int run_get(const ts_args *args)
{
    ts_err *err = NULL;
    bool found = false;
    const char *name = ts_args_operand(args, 0);
    ts_buf value;
    ts_buf_init(&value, TS_VAR_VALUE_MAX + 1);
    const char *where = address(&err);
    if (where == NULL || !ts_ipc_get(where, name, &value, &found, &err)) {
        ts_buf_done(&value);
        return ts_cli_fail(&err);
    }
    if (found)
        return print_and_wipe(&value, true);
    ts_buf_done(&value);
    /* Quietly: scripts ask whether a variable is there. */
    return ts_code_exit(TS_FAILED);
}

static int run_set(const ts_args *args)
{
    ts_err *err = NULL;
    char *name = NULL;
    const char *value = NULL;
    const char *where = address(&err);
    bool ok = where != NULL;
    if (ok && ts_args_count(args) == 2) {
        name = ts_strdup(ts_args_operand(args, 0));
        value = ts_args_operand(args, 1);
        ok = name != NULL || ts_fail_nomem(&err);
    } else if (ok) {
        const char *pair = ts_args_operand(args, 0);
        if (strchr(pair, '=') == NULL)
            ok = ts_fail(&err, TS_USAGE, "'var set' needs NAME VALUE or NAME=VALUE");
        else
            ok = ts_cli_pair("var set", pair, false, &name, &value, &err);
    }
    ok = ok && ts_ipc_set(where, name, value, ts_args_has(args, "secret"), &err);
    ts_free_ptr(&name);
    return ok ? 0 : ts_cli_fail(&err);
}

static int run_list(const ts_args *args)
{
    TS_UNUSED(args);
    ts_err *err = NULL;
    ts_buf names;
    ts_buf_init(&names, TS_IPC_ANSWER_MAX);
    const char *where = address(&err);
    if (where == NULL || !ts_ipc_list(where, &names, &err)) {
        ts_buf_done(&names);
        return ts_cli_fail(&err);
    }
    return print_and_wipe(&names, false);
}

static const ts_opt set_opts[] = {
    {.name = "secret", .help = "the value is a secret: it is masked in logs and reports"},
    {.name = NULL},
};

const ts_command ts_command_var_get = {
    .name = "var get",
    .operands = "NAME",
    .min = 1,
    .max = 1,
    .summary = "print a variable of the running sequence",
    .text = "For scripts that a step starts. Exit status 1, and no output, when there is no such "
            "variable.",
    .run = run_get,
};
const ts_command ts_command_var_set = {
    .name = "var set",
    .operands = "NAME VALUE",
    .min = 1,
    .max = 2,
    .summary = "set a variable of the running sequence; an empty value deletes it",
    .opts = set_opts,
    .run = run_set,
};
const ts_command ts_command_var_list = {
    .name = "var list",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "names of the variables of the running sequence",
    .run = run_list,
};
