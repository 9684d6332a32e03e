/* cmd_machine.c - taskseq machine: profiles of machines. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "execute.h"
#include "machines.h"
#include "os.h"

#include <ts/sim.h>

static const ts_opt list_opts[] = {
    {.name = "names", .help = "names only, one a line"},
    {.name = NULL},
};

static bool add_machine(const char *name, const ts_style *style, ts_buf *out, ts_err **err)
{
    char *json = NULL;
    size_t size = 0;
    char *path = ts_machine_path(name, err);
    bool ok = path != NULL && ts_file_read(path, TS_SIM_PROFILE_MAX, &json, &size, err);
    ts_host *host = ok ? ts_host_sim_new(path, json, size, err) : NULL;
    if (host != NULL) {
        ts_buf_printf(out, "%-24s  ", name);
        ts_style_wrap(style, TS_INK_PLAIN, ts_host_sim_description(host), 26,
                      "                          ", 26, out);
        ts_buf_char(out, '\n');
    }
    ts_host_free(host);
    free(json);
    free(path);
    return host != NULL;
}

static int run_list(const ts_args *args)
{
    ts_err *err = NULL;
    char **names = ts_machine_names(&err);
    if (names == NULL)
        return ts_cli_fail(&err);
    ts_style style = ts_cli_style(args);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    bool ok = true;
    for (size_t i = 0; ok && names[i] != NULL; i++) {
        if (ts_args_has(args, "names"))
            ts_buf_printf(&out, "%s\n", names[i]);
        else
            ok = add_machine(names[i], &style, &out, &err);
    }
    free(names);
    int status = ts_cli_finish(&out, 0);
    return ok ? status : ts_cli_fail(&err);
}

const ts_command ts_command_machine_list = {
    .name = "machine list",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "the shipped machine profiles for 'simulate'",
    .opts = list_opts,
    .run = run_list,
};

static const ts_opt capture_opts[] = {
    {.name = "output",
     .letter = 'o',
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write to a file (default: standard output)"},
    {.name = "phase",
     .arg = "PHASE",
     .choices = "winpe full",
     .help = "what this machine counts as (default: the host finds out)"},
    TS_EXECUTE_OPT_DISK,
    {.name = NULL},
};

static int run_capture(const ts_args *args)
{
    ts_err *err = NULL;
    const char *file = ts_args_value(args, "output");
    char *json = NULL;
    const ts_execute e = {.args = args};
    ts_host *host = ts_execute_host(&e, &err);
    bool ok = host != NULL && ts_machine_capture(host, &json, &err);
    ts_host_free(host);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    if (ok)
        ts_buf_str(&out, json);
    free(json);
    ok = ok && ts_cli_write(file == NULL ? "-" : file, &out, &err);
    ts_buf_done(&out);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_machine_capture = {
    .name = "machine capture",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "this machine as a profile for 'simulate'",
    .text = "Asks the machine about firmware, model, disks, network, TPM and system, and changes "
            "nothing. The profile holds serial numbers and addresses of the machine: look at it "
            "before you publish it.\n\n"
            "  taskseq machine capture --output this-pc.json\n"
            "  taskseq simulate ts.xml --machine this-pc.json",
    .opts = capture_opts,
    .run = run_capture,
};
