/* command_line.c - command lines as CommandLineToArgvW reads them (Win32 documentation:
 * "CommandLineToArgvW function"), on every platform. */
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The program name has rules of its own: a back slash is never an escape in it, because it is a
 * path. Returns where it ends. */
static const char *read_program(const char *s, char **out)
{
    char *d = *out;
    if (*s == '"') {
        s++;
        while (*s != '\0' && *s != '"')
            *d++ = *s++;
        if (*s == '"')
            s++;
    } else {
        while (*s != '\0' && !is_blank(*s))
            *d++ = *s++;
    }
    *d++ = '\0';
    *out = d;
    return s;
}

/* Quotes behind `slashes` back slashes. `quotes` counts those since the argument was opened: an odd
 * count is inside; the third in a row is a quote of the text and closes (what the function does;
 * its documentation does not tell it). Returns the first character behind the quotes. */
static const char *read_quotes(const char *s, size_t slashes, unsigned *quotes, char **out)
{
    char *d = *out - slashes + slashes / 2;
    if (slashes % 2 != 0)
        *d++ = '"';
    else
        (*quotes)++;
    s++;
    while (*s == '"') {
        if (++*quotes == 3) {
            *d++ = '"';
            *quotes = 0;
        }
        s++;
    }
    if (*quotes == 2)
        *quotes = 0;
    *out = d;
    return s;
}

static const char *read_argument(const char *s, char **out)
{
    size_t slashes = 0;
    unsigned quotes = 0;
    while (*s != '\0' && !(is_blank(*s) && quotes == 0)) {
        if (*s == '"') {
            s = read_quotes(s, slashes, &quotes, out);
            slashes = 0;
            continue;
        }
        slashes = *s == '\\' ? slashes + 1 : 0;
        *(*out)++ = *s++;
    }
    *(*out)++ = '\0';
    return s;
}

char **ts_command_split(const char *command_line, ts_err **err)
{
    const char *s = command_line ? command_line : "";
    while (is_blank(*s))
        s++;
    if (*s == '\0') {
        ts_fail(err, TS_SCHEMA, "the command line is empty");
        return NULL;
    }
    size_t len = strlen(s);
    /* Each argument but the last has a blank behind it, so there are at most len / 2 + 1. */
    size_t max = len / 2 + 2;
    char **list = ts_alloc((max + 1) * sizeof(char *) + len + max + 1);
    if (!list) {
        ts_fail_nomem(err);
        return NULL;
    }
    char *text = (char *)(list + max + 1);
    size_t n = 0;
    list[n++] = text;
    s = read_program(s, &text);
    for (;;) {
        while (is_blank(*s))
            s++;
        if (*s == '\0')
            return list;
        list[n++] = text;
        s = read_argument(s, &text);
    }
}

static void join_program(ts_buf *out, const char *program)
{
    bool quote = *program == '\0' || strpbrk(program, " \t") != NULL;
    ts_buf_str(out, quote ? "\"" : "");
    ts_buf_str(out, program);
    ts_buf_str(out, quote ? "\"" : "");
}

static void add_slashes(ts_buf *out, size_t n)
{
    while (n-- > 0)
        ts_buf_char(out, '\\');
}

static void join_argument(ts_buf *out, const char *argument)
{
    if (*argument != '\0' && !strpbrk(argument, " \t\n\v\"")) {
        ts_buf_str(out, argument);
        return;
    }
    size_t slashes = 0;
    ts_buf_char(out, '"');
    for (; *argument != '\0'; argument++) {
        if (*argument == '\\') {
            slashes++;
            continue;
        }
        /* Back slashes count only before a quote, and then each twice. */
        add_slashes(out, *argument == '"' ? slashes * 2 + 1 : slashes);
        slashes = 0;
        ts_buf_char(out, *argument);
    }
    add_slashes(out, slashes * 2);
    ts_buf_char(out, '"');
}

char *ts_command_join(const char *const *argv, ts_err **err)
{
    if (!argv[0] || strchr(argv[0], '"')) {
        ts_fail(err, TS_SCHEMA, "a program name with a quote has no form in a command line");
        return NULL;
    }
    TS_CLEANUP(ts_buf_done) ts_buf out;
    ts_buf_init(&out, TS_COMMAND_MAX);
    join_program(&out, argv[0]);
    for (size_t i = 1; argv[i]; i++) {
        ts_buf_char(&out, ' ');
        join_argument(&out, argv[i]);
    }
    if (!ts_buf_ok(&out, "command line", err))
        return NULL;
    return ts_buf_take(&out);
}
