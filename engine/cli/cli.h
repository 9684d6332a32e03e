/* cli.h - what the commands share: printing, errors, the terminal. Only this folder prints. */
#ifndef TS_CLI_H
#define TS_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/text.h>
#include <ts/vars.h>

#include "json.h"
#include "opt.h"
#include "style.h"

/* Prints "taskseq: <error>" and what to do about it to standard error, frees the error, returns its
 * exit status. */
int ts_cli_fail(ts_err **err);
/* The same for wrong usage that a command finds itself. */
int ts_cli_usage(const char *fmt, ...) TS_PRINTF(1, 2);
/* The style of standard output, from --color, NO_COLOR, the terminal, the locale and --verbose
 * (when the command has it). */
ts_style ts_cli_style(const ts_args *args);
/* Prints the buffer to standard output and frees it. Returns `status`, or that of an error: the
 * buffer is not complete, or the output cannot be written (a full disk). */
int ts_cli_finish(ts_buf *out, int status);
/* A line of --json output that people's scripts read while the command runs: begin opens an object
 * in `out`, end prints it as one line at once and frees the buffer. */
void ts_cli_json_line_begin(ts_json_writer *w, ts_buf *out);
void ts_cli_json_line_end(ts_json_writer *w);
/* Writes a report to a file, or to standard output for "-". Does not free. */
bool ts_cli_write(const char *file, const ts_buf *out, ts_err **err);

/* The options that ts_cli_vars reads. */
/* clang-format off */
#define TS_VAR_OPTS                                                                                \
    {.name = "var", .arg = "NAME=VALUE", .repeat = true, .help = "set a task sequence variable"},  \
    {.name = "vars", .arg = "FILE", .repeat = true, .words = TS_WORDS_FILE,                        \
     .help = "set variables from a file: NAME=VALUE lines, JSON or XML"}
/* clang-format on */
/* Sets variables from --vars FILE and --var N=V (repeatable) of the command; --var wins. */
bool ts_cli_vars(const ts_args *args, ts_vars *vars, ts_err **err);
/* Splits "NAME=VALUE" at the last '=' when `last`, else at the first. *name is owned. TS_USAGE
 * names the option. */
bool ts_cli_pair(const char *option, const char *text, bool last, char **name, const char **value,
                 ts_err **err);
/* A whole number in a range. */
bool ts_cli_number(const char *option, const char *text, int64_t min, int64_t max, int64_t *out,
                   ts_err **err);

/* Bytes of --cache-max, 0 without it; both are values of options, NULL: not given. */
bool ts_cli_cache_max(const char *text, const char *cache, uint64_t *out, ts_err **err);

/* A file or folder that is shipped ("machines"): below <up>/share/taskseq or <up>/sequences, seen
 * from the program's own folder and those above it. TS_NOT_FOUND: not installed. Owned. */
char *ts_cli_share(const char *below, ts_err **err);

#endif
