/* cmd_doctor.c - taskseq doctor: why content does not come. */
#include <stdio.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "os.h"

static const ts_opt opts[] = {
    {.name = "site",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "site file: sources, trust, credentials"},
    {.name = "cacert",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "trusted roots and intermediates, PEM"},
    {.name = "signer",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "who may sign the catalogue, PEM; --cacert when not given"},
    {.name = "pfx", .arg = "FILE", .words = TS_WORDS_FILE, .help = "client certificate, PKCS#12"},
    {.name = "pfx-password-file", .arg = "FILE", .words = TS_WORDS_FILE, .help = "its password"},
    {.name = "token-file", .arg = "FILE", .words = TS_WORDS_FILE, .help = "bearer token"},
    {.name = "revocation",
     .arg = "MODE",
     .choices = "off soft leaf chain staple",
     .help = "how revocation is checked, soft by default"},
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

static bool read_word(const char *file, char **out, ts_err **err)
{
    size_t len = 0;
    if (!file)
        return true;
    if (!ts_file_read(file, 65536, out, &len, err))
        return false;
    ts_str_trim(*out);
    return true;
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    char *password = NULL, *token = NULL;
    bool json = ts_args_has(args, "json");
    ts_content_options o = {.site_file = ts_args_value(args, "site"),
                            .ca_file = ts_args_value(args, "cacert"),
                            .signer_file = ts_args_value(args, "signer"),
                            .pfx_file = ts_args_value(args, "pfx"),
                            .revocation = ts_args_value(args, "revocation"),
                            .tries = 1};
    o.system_store = !o.site_file && !o.ca_file;
    if (!read_word(ts_args_value(args, "pfx-password-file"), &password, &err) ||
        !read_word(ts_args_value(args, "token-file"), &token, &err)) {
        ts_free_secret(password);
        return ts_cli_fail(&err);
    }
    o.pfx_password = password;
    o.token = token;
    const char *url = ts_args_count(args) ? ts_args_operand(args, 0) : NULL;
    ts_doctor_verdict worst = ts_doctor_run(&o, url, tell, &json);
    ts_free_secret(password);
    ts_free_secret(token);
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
