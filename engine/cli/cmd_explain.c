/* cmd_explain.c - taskseq explain: what a number, a rule or an error name means. Offline. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/check.h>

#include "advice.h"
#include "cli.h"
#include "codes.h"
#include "commands.h"

#define EXPLAIN_BYTES_MAX (1024u * 1024u)

static const ts_opt opts[] = {
    {.name = "as",
     .arg = "KIND",
     .choices = "win32 hresult curl x509 http wimlib exit taskseq",
     .help = "which numbering is meant; without it every one that knows the number is shown"},
    {.name = "names", .help = "list the names that can be explained, one a line"},
    {.name = NULL},
};

/* A number as it stands in logs: 0x80070005, 2147942405, -2147024891. */
static bool parse_number(const char *text, uint32_t *out)
{
    errno = 0;
    char *end = NULL;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    long long value = strtoll(text, &end, hex ? 16 : 10);
    if (errno != 0 || end == text || *end != '\0' || value < INT32_MIN || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

static void add_field(const ts_style *style, const char *label, const char *text, ts_buf *out)
{
    ts_style_text(style, TS_INK_DIM, label, out);
    ts_style_wrap(style, TS_INK_PLAIN, text, strlen(label), "            ", 12, out);
    ts_buf_char(out, '\n');
}

static void add_kind(const ts_style *style, ts_os_kind kind, uint32_t number, ts_buf *out)
{
    const ts_number *row = ts_number_find(kind, number);
    ts_buf head;
    ts_buf_init(&head, 4096);
    uint32_t shown = kind == TS_OS_HRESULT || number > 0xffffu ? number : row->number;
    if (kind == TS_OS_HRESULT || shown > 0xffffu)
        ts_buf_printf(&head, "%s 0x%08" PRIX32, ts_os_kind_name(kind), shown);
    else
        ts_buf_printf(&head, "%s %" PRIu32, ts_os_kind_name(kind), shown);
    if (row->name[0] != '\0')
        ts_buf_printf(&head, " (%s)", row->name);
    ts_style_line(style, TS_INK_BOLD, ts_buf_text(&head), out);
    ts_buf_char(out, '\n');
    ts_buf_done(&head);
    add_field(style, "  meaning:  ", row->text, out);
    const ts_advice *advice = ts_advice_find(kind, number);
    if (advice != NULL) {
        add_field(style, "  cause:    ", advice->cause, out);
        add_field(style, "  next:     ", advice->action, out);
    }
    ts_buf_char(out, '\n');
}

static void add_code(const ts_style *style, ts_code code, ts_buf *out)
{
    ts_buf head;
    ts_buf_init(&head, 4096);
    ts_buf_printf(&head, "taskseq error %s (exit status %d)", ts_code_name(code),
                  ts_code_exit(code));
    ts_style_line(style, TS_INK_BOLD, ts_buf_text(&head), out);
    ts_buf_char(out, '\n');
    ts_buf_done(&head);
    add_field(style, "  meaning:  ", ts_code_text(code), out);
    add_field(style, "  next:     ", ts_advice_code(code), out);
    ts_buf_char(out, '\n');
}

static bool kind_wanted(const char *as, const char *name)
{
    return as == NULL || strcmp(as, name) == 0;
}

/* Nobody knows the number; its parts still say where it comes from ([MS-ERREF], HRESULT). */
static void add_parts(const ts_style *style, uint32_t number, ts_buf *out)
{
    static const struct {
        uint32_t facility;
        const char *name;
    } facilities[] = {{0, "general"},
                      {1, "RPC"},
                      {3, "storage"},
                      {4, "COM interface"},
                      {7, "Win32"},
                      {9, "security (certificates, TLS)"},
                      {11, "signatures"},
                      {25, "HTTP"},
                      {34, "Windows Setup and Sysprep"},
                      {36, "Windows Update"},
                      {40, "TPM"},
                      {49, "BitLocker"},
                      {2000, "ConfigMgr client"}};
    uint32_t facility = number >> 16 & 0x7ffu;
    const char *name = "unknown";
    for (size_t i = 0; i < TS_COUNT(facilities); i++)
        if (facilities[i].facility == facility)
            name = facilities[i].name;
    ts_buf text;
    ts_buf_init(&text, 4096);
    if (number >= 0x80000000u)
        ts_buf_printf(&text,
                      "0x%08" PRIX32 " is not in the tables. Its parts: facility %" PRIu32
                      " (%s), code %" PRIu32 " (0x%" PRIX32 ").",
                      number, facility, name, number & 0xffffu, number & 0xffffu);
    else
        ts_buf_printf(&text,
                      "%" PRIu32 " (0x%" PRIX32 ") is not in the tables: it is most likely the "
                      "program's own exit code; its manual or log explains it.",
                      number, number);
    ts_style_wrap(style, TS_INK_PLAIN, ts_buf_text(&text), 0, "", 0, out);
    ts_buf_char(out, '\n');
    ts_buf_done(&text);
}

static int explain_number(const char *as, uint32_t number, const ts_style *style, ts_buf *out)
{
    /* The likeliest first: an HTTP status, an exit code of Windows programs, libraries, ours. */
    static const struct {
        ts_os_kind kind;
        const char *name;
    } kinds[] = {{TS_OS_HRESULT, "hresult"}, {TS_OS_HTTP, "http"}, {TS_OS_WIN32, "win32"},
                 {TS_OS_EXIT, "exit"},       {TS_OS_CURL, "curl"}, {TS_OS_X509, "x509"},
                 {TS_OS_WIMLIB, "wimlib"}};
    bool found = false;
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        if (!kind_wanted(as, kinds[i].name) || ts_number_find(kinds[i].kind, number) == NULL)
            continue;
        add_kind(style, kinds[i].kind, number, out);
        found = true;
    }
    for (int code = 0; code < TS_CODE_COUNT && kind_wanted(as, "taskseq"); code++) {
        if ((uint32_t)ts_code_exit((ts_code)code) != number)
            continue;
        add_code(style, (ts_code)code, out);
        found = true;
    }
    if (!found)
        add_parts(style, number, out);
    return found ? 0 : ts_code_exit(TS_NOT_FOUND);
}

static bool explain_name(const char *name, const ts_style *style, ts_buf *out)
{
    const char *bare = ts_str_ihas_prefix(name, "TS_") ? name + 3 : name;
    for (int code = 0; code < TS_CODE_COUNT; code++) {
        if (ts_str_ieq(bare, ts_code_name((ts_code)code))) {
            add_code(style, (ts_code)code, out);
            return true;
        }
    }
    static const ts_os_kind kinds[] = {TS_OS_WIN32, TS_OS_HRESULT, TS_OS_CURL, TS_OS_X509,
                                       TS_OS_WIMLIB};
    for (size_t i = 0; i < TS_COUNT(kinds); i++) {
        size_t count;
        const ts_number *rows = ts_numbers(kinds[i], &count);
        for (size_t k = 0; k < count; k++) {
            if (rows[k].name[0] != '\0' && ts_str_ieq(name, rows[k].name)) {
                add_kind(style, kinds[i], rows[k].number, out);
                return true;
            }
        }
    }
    return false;
}

static int list_names(ts_buf *out)
{
    for (int code = 0; code < TS_CODE_COUNT; code++)
        ts_buf_printf(out, "%s\n", ts_code_name((ts_code)code));
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    for (size_t i = 0; i < count; i++)
        ts_buf_printf(out, "%s\n", rules[i].id);
    return ts_cli_finish(out, 0);
}

static bool explain_rule(const char *id, const ts_style *style, ts_buf *out)
{
    static const char *const severities[] = {[TS_SEVERITY_NOTE] = "note",
                                             [TS_SEVERITY_WARNING] = "warning",
                                             [TS_SEVERITY_ERROR] = "error"};
    const ts_check_rule *rule = ts_check_rule_find(id);
    if (rule == NULL)
        return false;
    ts_style_text(style, TS_INK_BOLD, "check rule ", out);
    ts_style_line(style, TS_INK_BOLD, rule->id, out);
    ts_buf_printf(out, " (%s)\n", severities[rule->severity]);
    add_field(style, "  meaning:  ", rule->title, out);
    add_field(style, "  next:     ", rule->advice, out);
    add_field(style, "  ground:   ", rule->source, out);
    ts_buf_char(out, '\n');
    return true;
}

/* The rule whose name is at most two typing errors away; NULL: none. */
static const char *nearest_rule(const char *name)
{
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    const char *best = NULL;
    unsigned distance = 3;
    for (size_t i = 0; i < count; i++) {
        unsigned d = ts_str_distance(rules[i].id, name);
        best = d < distance ? rules[i].id : best;
        distance = d < distance ? d : distance;
    }
    return best;
}

static int run(const ts_args *args)
{
    ts_style style = ts_cli_style(args);
    ts_buf out;
    ts_buf_init(&out, EXPLAIN_BYTES_MAX);
    if (ts_args_has(args, "names"))
        return list_names(&out);
    if (ts_args_count(args) == 0) {
        ts_buf_done(&out);
        return ts_cli_usage("something is missing: taskseq explain CODE|NAME|RULE");
    }
    const char *what = ts_args_operand(args, 0);
    uint32_t number;
    if (parse_number(what, &number)) {
        int status = explain_number(ts_args_value(args, "as"), number, &style, &out);
        return ts_cli_finish(&out, status);
    }
    if (explain_rule(what, &style, &out) || explain_name(what, &style, &out))
        return ts_cli_finish(&out, 0);
    ts_buf_done(&out);
    const char *nearest = nearest_rule(what);
    if (nearest != NULL)
        return ts_cli_usage("'%s' is no check rule; did you mean '%s'?", what, nearest);
    return ts_cli_usage(
        "'%s' is no number (0x80070005, -2147024891, 3010), no error name and no rule id; "
        "'taskseq check --rules' lists the rules",
        what);
}

const ts_command ts_command_explain = {
    .name = "explain",
    .operands = "CODE|NAME|RULE",
    .min = 0,
    .max = 1,
    .words = TS_WORDS_RULE,
    .summary = "what a number, an error name or a check rule means, and what to do",
    .text =
        "Knows Win32 and HRESULT numbers, exit codes, curl, OpenSSL, HTTP and wimlib numbers, the "
        "errors of taskseq and the rules of 'taskseq check'. Numbers may be hexadecimal, decimal "
        "or negative. Works without a network.\n\n"
        "  taskseq explain 0x80072F8F\n"
        "  taskseq explain -2147467259\n"
        "  taskseq explain 60 --as curl",
    .opts = opts,
    .run = run,
};
