/* cli.c - what the commands share. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/content.h>
#include <ts/mem.h>

#include "advice.h"
#include "cli.h"
#include "os.h"

#define JSON_LINE_MAX (64u * 1024u) /* bytes of a line of --json output: texts are messages */
#define UP_MAX                                                                                     \
    6 /* folders above the program's own that are searched: build/dev/engine/cli -> source */

static void print_failure(const ts_err *err)
{
    ts_console console;
    ts_console_open(true, &console);
    const char *no_color = ts_env_get("NO_COLOR");
    bool color = console.color && (no_color == NULL || no_color[0] == '\0');
    fprintf(stderr, "%staskseq:%s %s\n", color ? "\033[31m" : "", color ? "\033[0m" : "",
            ts_err_text(err));
    uint32_t number = 0;
    ts_os_kind kind = ts_err_os(err, &number);
    const ts_advice *advice = kind == TS_OS_NONE ? NULL : ts_advice_find(kind, number);
    if (advice != NULL)
        fprintf(stderr, "  %s\n  %s\n", advice->cause, advice->action);
}

int ts_cli_fail(ts_err **err)
{
    int status = ts_code_exit(ts_err_code(*err));
    print_failure(*err);
    ts_err_clear(err);
    return status;
}

int ts_cli_usage(const char *fmt, ...)
{
    ts_err *err = NULL;
    va_list args;
    va_start(args, fmt);
    ts_fail_va(&err, TS_USAGE, fmt, args);
    va_end(args);
    return ts_cli_fail(&err);
}

ts_style ts_cli_style(const ts_args *args)
{
    ts_console console;
    ts_console_open(false, &console);
    const char *when = ts_args_value(args, "color");
    const char *no_color = ts_env_get("NO_COLOR");
    bool wanted = no_color == NULL || no_color[0] == '\0';
    ts_style style = {.color = console.color && wanted, .utf8 = console.utf8};
    if (when != NULL && strcmp(when, "auto") != 0)
        style.color = strcmp(when, "always") == 0;
    style.width = console.columns;
    if (style.width == 0 && console.is_terminal)
        style.width = 80;
    if (style.width != 0 && style.width < TS_STYLE_WIDTH_MIN)
        style.width = TS_STYLE_WIDTH_MIN;
    if (style.width > TS_STYLE_WIDTH_MAX)
        style.width = TS_STYLE_WIDTH_MAX;
    style.all = ts_args_declares(args, "verbose") && ts_args_has(args, "verbose");
    return style;
}

static bool print_all(const char *data, size_t size, ts_err **err)
{
    if (fwrite(data, 1, size, stdout) != size || fflush(stdout) != 0)
        return ts_fail(err, TS_OS,
                       "cannot write to standard output: is the disk full or the pipe closed?");
    return true;
}

int ts_cli_finish(ts_buf *out, int status)
{
    ts_err *err = NULL;
    bool ok = ts_buf_ok(out, "the report", &err);
    ok = ok && print_all(ts_buf_text(out), out->len, &err);
    ts_buf_done(out);
    return ok ? status : ts_cli_fail(&err);
}

void ts_cli_json_line_begin(ts_json_writer *w, ts_buf *out)
{
    ts_buf_init(out, JSON_LINE_MAX);
    ts_json_writer_init(w, out, false);
    ts_json_begin_object(w, NULL);
}

/* A line that cannot be written (a closed pipe) does not end the work that it tells of. */
void ts_cli_json_line_end(ts_json_writer *w)
{
    ts_json_end(w);
    if (ts_json_finish(w, NULL)) {
        puts(ts_buf_text(w->out));
        fflush(stdout);
    }
    ts_buf_done(w->out);
}

bool ts_cli_write(const char *file, const ts_buf *out, ts_err **err)
{
    if (!ts_buf_ok(out, "the report", err))
        return false;
    const char *text = out->len == 0 ? "" : out->data;
    if (strcmp(file, "-") == 0)
        return print_all(text, out->len, err);
    if (!ts_file_write_atomic(file, text, out->len, err))
        return ts_wrap(err, "cannot write the report");
    return true;
}

bool ts_cli_pair(const char *option, const char *text, bool last, char **name, const char **value,
                 ts_err **err)
{
    const char *equals = last ? strrchr(text, '=') : strchr(text, '=');
    if (equals == NULL || equals == text)
        return ts_fail(err, TS_USAGE, "--%s: '%s' is not NAME=VALUE", option, text);
    *name = ts_strndup(text, (size_t)(equals - text));
    if (*name == NULL)
        return ts_fail_nomem(err);
    *value = equals + 1;
    return true;
}

bool ts_cli_number(const char *option, const char *text, int64_t min, int64_t max, int64_t *out,
                   ts_err **err)
{
    int64_t number;
    if (!ts_str_int64(text, &number) || number < min || number > max)
        return ts_fail(err, TS_USAGE, "--%s: '%s' is not a whole number from %lld to %lld", option,
                       text, (long long)min, (long long)max);
    *out = number;
    return true;
}

bool ts_cli_cache_max(const char *text, const char *cache, uint64_t *out, ts_err **err)
{
    if (text && (!ts_content_size(text, out) || *out == 0))
        return ts_fail(err, TS_USAGE, "--cache-max '%s' is no size like 800M or 20G", text);
    if (text && !cache)
        return ts_fail(err, TS_USAGE, "--cache-max needs --cache");
    return true;
}

static bool set_pair(ts_vars *vars, const char *text, ts_err **err)
{
    char *name = NULL;
    const char *value = NULL;
    if (!ts_cli_pair("var", text, false, &name, &value, err))
        return false;
    bool ok = ts_vars_set(vars, name, value, 0, err);
    free(name);
    return ok ? true : ts_wrap(err, "--var");
}

bool ts_cli_vars(const ts_args *args, ts_vars *vars, ts_err **err)
{
    for (size_t i = 0; i < ts_args_values(args, "vars"); i++)
        if (!ts_vars_load_file(vars, ts_args_value_at(args, "vars", i), err))
            return ts_wrap(err, "--vars");
    for (size_t i = 0; i < ts_args_values(args, "var"); i++)
        if (!set_pair(vars, ts_args_value_at(args, "var", i), err))
            return false;
    return true;
}

static char *join3(const char *folder, const char *middle, const char *below)
{
    char *upper = ts_path_join(folder, middle);
    char *path = upper == NULL ? NULL : ts_path_join(upper, below);
    free(upper);
    return path;
}

char *ts_cli_share(const char *below, ts_err **err)
{
    static const char *const places[] = {"share/taskseq", "sequences"};
    char *path = ts_program_path(err);
    for (int up = 0; path != NULL && up <= UP_MAX; up++) {
        char *folder = ts_path_dir(path);
        free(path);
        path = folder;
        for (size_t i = 0; path != NULL && i < TS_COUNT(places); i++) {
            char *found = join3(path, places[i], below);
            if (found != NULL && ts_file_exists(found)) {
                free(path);
                return found;
            }
            free(found);
        }
    }
    if (path != NULL)
        ts_fail(err, TS_NOT_FOUND,
                "the shipped folder '%s' is neither in share/taskseq nor in "
                "sequences, seen from the program's folder upwards",
                below);
    free(path);
    return NULL;
}
