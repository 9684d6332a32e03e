/* cmd_docs.c - taskseq docs: writes the documents that are made from the code. For the developers
 * of taskseq; a test compares them with the files in docs/. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "cli.h"
#include "codes.h"
#include "commands.h"

#define DOCS_BYTES_MAX (8u * 1024u * 1024u)

static void add_cell(ts_buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        ts_buf_str(out, *text == '|' ? "\\|" : (const char[]){*text, '\0'});
}

static void add_our_codes(ts_buf *out)
{
    ts_buf_str(out, "## Exit statuses of taskseq\n\n| status | name | meaning | what to do |\n"
                    "|---|---|---|---|\n");
    for (int code = 0; code < TS_CODE_COUNT; code++) {
        ts_buf_printf(out, "| %d | %s | ", ts_code_exit((ts_code)code),
                      ts_code_name((ts_code)code));
        add_cell(out, ts_code_text((ts_code)code));
        ts_buf_str(out, " | ");
        add_cell(out, ts_advice_code((ts_code)code));
        ts_buf_str(out, " |\n");
    }
}

static void add_numbers(ts_buf *out, ts_os_kind kind, const char *title)
{
    size_t count;
    const ts_number *rows = ts_numbers(kind, &count);
    ts_buf_printf(out, "\n## %s\n\n| number | name | meaning |\n|---|---|---|\n", title);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].number > 0xffffu)
            ts_buf_printf(out, "| 0x%08" PRIX32 " | ", rows[i].number);
        else
            ts_buf_printf(out, "| %" PRIu32 " | ", rows[i].number);
        ts_buf_printf(out, "%s | ", rows[i].name);
        add_cell(out, rows[i].text);
        ts_buf_str(out, " |\n");
    }
}

static void errors_page(ts_buf *out)
{
    ts_buf_str(out, "# Errors and numbers\n\nMade by `taskseq docs errors` from the tables in the "
                    "code; do not edit. `taskseq explain NUMBER` prints meaning, likely cause and "
                    "next action of each, offline.\n\n");
    add_our_codes(out);
    add_numbers(out, TS_OS_WIN32, "Win32 numbers");
    ts_buf_str(out, "\nThe same numbers stand in HRESULTs of the form `0x8007xxxx`.\n");
    add_numbers(out, TS_OS_HRESULT, "HRESULT and NTSTATUS numbers");
    add_numbers(out, TS_OS_EXIT, "Exit codes of programs");
    add_numbers(out, TS_OS_CURL, "curl numbers");
    add_numbers(out, TS_OS_X509, "OpenSSL certificate numbers");
    add_numbers(out, TS_OS_HTTP, "HTTP statuses");
    add_numbers(out, TS_OS_WIMLIB, "wimlib numbers");
}

static int run(const ts_args *args)
{
    const char *what = ts_args_operand(args, 0);
    ts_buf out;
    ts_buf_init(&out, DOCS_BYTES_MAX);
    if (strcmp(what, "man") == 0) {
        ts_help_man(&out);
    } else if (strcmp(what, "errors") == 0) {
        errors_page(&out);
    } else if (strcmp(what, "completion") == 0) {
        ts_help_completion(&out);
    } else {
        ts_buf_done(&out);
        return ts_cli_usage("'%s' is none of: man, completion, errors", what);
    }
    return ts_cli_finish(&out, 0);
}

const ts_command ts_command_docs = {
    .name = "docs",
    .operands = "man|completion|errors",
    .min = 1,
    .max = 1,
    .summary = "print a document that is made from the code",
    .hidden = true,
    .run = run,
};
