/* cmd_schema.c - taskseq schema: schemas for editors. */
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "load.h"
#include "schema.h"

static const ts_opt opts[] = {
    {.name = "format",
     .arg = "FORMAT",
     .choices = "xsd rng",
     .help =
         "xsd: structure, every real file validates (default); rng: also ties variables to step "
         "types"},
    {.name = "output",
     .letter = 'o',
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write to a file (default: standard output)"},
    TS_STEPS_OPT,
    {.name = NULL},
};

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    ts_loaded loaded = {.steps = ts_loaded_steps(&err)};
    if (loaded.steps == NULL || !ts_loaded_add_custom(&loaded, args, NULL, &err)) {
        ts_loaded_done(&loaded);
        return ts_cli_fail(&err);
    }
    const ts_steps *steps = loaded.steps;
    const char *format = ts_args_value(args, "format");
    const char *file = ts_args_value(args, "output");
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    if (format != NULL && strcmp(format, "rng") == 0)
        ts_schema_rng(steps, &out);
    else
        ts_schema_xsd(steps, &out);
    ts_loaded_done(&loaded);
    bool ok = ts_cli_write(file == NULL ? "-" : file, &out, &err);
    ts_buf_done(&out);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_schema = {
    .name = "schema",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "schema of sequence files for editors: XSD or RELAX NG",
    .text = "Made from the step table. Give the XSD to an XML editor and it completes and explains "
            "elements, attributes, step types and variables.\n\n"
            "  taskseq schema --output tasksequence.xsd\n"
            "  taskseq schema --format rng | jing /dev/stdin ts.xml",
    .opts = opts,
    .run = run,
};
