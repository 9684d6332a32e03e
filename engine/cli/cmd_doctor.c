/* cmd_doctor.c - taskseq doctor: why content does not come. */
#include <stdio.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "trust.h"

static const ts_opt opts[] = {
    TS_TRUST_OPTS,
    {.name = "json", .help = "one JSON object a line"},
    {.name = NULL},
};

static const char *const words[] = {"ok", "warning", "failed", "skipped"};

static void tell(void *ctx, const ts_doctor_line *l)
{
    const bool *json = ctx;
    if (*json) {
        ts_json_writer w;
        ts_buf out;
        ts_cli_json_line_begin(&w, &out);
        ts_json_put_str(&w, "check", l->check);
        ts_json_put_str(&w, "verdict", words[l->verdict]);
        ts_json_put_str(&w, "code", l->code);
        ts_json_put_str(&w, "text", l->text);
        ts_cli_json_line_end(&w);
        return;
    }
    printf("%-8s %-21s ", words[l->verdict], l->check);
    for (const char *p = l->text; *p; p++) {
        putchar(*p);
        if (*p == '\n')
            printf("%30s ", "");
    }
    printf("%s%s%s\n", *l->code ? " [" : "", l->code, *l->code ? "]" : "");
    fflush(stdout);
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    ts_cli_secrets owned = {0};
    bool json = ts_args_has(args, "json");
    ts_content_options o = {.tries = 1};
    if (!ts_cli_trust(args, &o, &owned, &err)) {
        ts_cli_secrets_done(&owned);
        return ts_cli_fail(&err);
    }
    const char *url = ts_args_count(args) ? ts_args_operand(args, 0) : NULL;
    ts_doctor_verdict worst = ts_doctor_run(&o, url, tell, &json);
    ts_cli_secrets_done(&owned);
    return worst == TS_DOCTOR_FAILED ? ts_code_exit(TS_NET) : 0;
}

const ts_command ts_command_doctor = {
    .name = "doctor",
    .operands = "[URL]",
    .min = 0,
    .max = 1,
    .summary = "find out why content does not come: clock, DNS, TLS, trust, signature, blobs",
    .text =
        "Looks at one source: the URL, or the first of the site file. Each line is ok, a warning, "
        "failed, or skipped because an earlier one failed, with the code under which other tools "
        "report the same and what to do. Exit status 75 when a line failed.",
    .opts = opts,
    .run = run,
};
