/* ts/text.h - bounded buffers and text helpers. Text is UTF-8. Case folding is ASCII only, as in
 * variable names and keywords; that is what the XML files need, and it is locale-independent. */
#ifndef TS_TEXT_H
#define TS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/compiler.h>
#include <ts/error.h>

/* A buffer that cannot exist without a maximum. Failure is sticky: write on, check once at the
 * end with ts_buf_ok. data is NUL-terminated after any call and may be NULL only when empty. */
typedef struct ts_buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;      /* bytes, without the NUL */
    bool over_limit; /* sticky */
    bool no_memory;  /* sticky */
} ts_buf;

void ts_buf_init(ts_buf *buf, size_t max);
void ts_buf_done(ts_buf *buf);
void ts_buf_clear(ts_buf *buf); /* keeps the memory, clears sticky failures */
void ts_buf_add(ts_buf *buf, const void *data, size_t len);
void ts_buf_str(ts_buf *buf, const char *text); /* NULL adds nothing */
void ts_buf_char(ts_buf *buf, char c);
void ts_buf_printf(ts_buf *buf, const char *fmt, ...) TS_PRINTF(2, 3);
void ts_buf_vprintf(ts_buf *buf, const char *fmt, va_list args) TS_PRINTF(2, 0);
/* True when nothing went wrong so far; else TS_LIMIT ('what' is longer than n bytes) or TS_NOMEM.
 */
bool ts_buf_ok(const ts_buf *buf, const char *what, ts_err **err);
/* Takes the text out; "" (owned) when empty, NULL after a sticky failure. The buffer is empty
 * afterwards. */
char *ts_buf_take(ts_buf *buf);
const char *ts_buf_text(const ts_buf *buf); /* "" when empty; borrowed until the next call */

/* Comparison without regard to ASCII case; NULL counts as "". */
int ts_str_casecmp(const char *a, const char *b);
int ts_str_ncasecmp(const char *a, const char *b, size_t n);
bool ts_str_ieq(const char *a, const char *b);
bool ts_str_ihas_prefix(const char *text, const char *prefix);
const char *ts_str_icontains(const char *text, const char *part); /* where, or NULL */
bool ts_str_blank(const char *text);                              /* NULL, "" or white space only */
/* Trims ASCII white space in place and returns the start. */
char *ts_str_trim(char *text);
/* Whole-value match with * and ?, without regard to case (the `like` of variable conditions). */
bool ts_str_wildcard(const char *text, const char *pattern);
/* Whole-value match of a name of a numbered list ("OSDPartitions#Type"): a # stands for one digit
 * or more; without regard to case. */
bool ts_str_numbered(const char *pattern, const char *name);
/* A whole decimal integer with optional sign and surrounding blanks. */
bool ts_str_int64(const char *text, int64_t *out);
/* true/yes/1/on or false/no/0/off/"" without regard to case. */
bool ts_str_bool(const char *text, bool *out);
/* What a file that was given by mistake looks like: "an XML file", "a zip archive" ... */
const char *ts_text_kind(const char *data, size_t size);
/* Edit distance, for "did you mean"; names longer than 64 bytes give 64. */
unsigned ts_str_distance(const char *a, const char *b);

bool ts_utf8_valid(const char *data, size_t len);
/* UTF-16 (byte order given) to UTF-8, appended; unpaired surrogates become U+FFFD. */
void ts_utf8_from_utf16(ts_buf *out, const uint8_t *data, size_t len, bool big_endian);
/* How a text file begins: with no mark, or with the byte order mark of an encoding. */
typedef enum ts_text_mark { TS_TEXT_NO_MARK, TS_TEXT_UTF8_MARK, TS_TEXT_UTF16_MARK } ts_text_mark;
/* The bytes of a text file, appended without their mark: UTF-16 is known by it and becomes UTF-8,
 * all else is taken as it is and may be no UTF-8. */
ts_text_mark ts_text_decode(ts_buf *out, const void *data, size_t size);
/* Bytes to base64 (RFC 4648) with padding, appended. */
void ts_base64_encode(ts_buf *out, const void *data, size_t len);
/* Base64 (RFC 4648) to bytes, appended; white space is skipped, missing padding is accepted.
 * TS_SYNTAX names the character; TS_LIMIT and TS_NOMEM as the buffer says. */
bool ts_base64_decode(ts_buf *out, const char *text, ts_err **err);

/* Paths use '/' inside; '\\' is accepted as a separator. */
const char *ts_path_base(const char *path);            /* last component; borrowed */
char *ts_path_join(const char *dir, const char *name); /* owned; NULL when memory is out */
char *ts_path_dir(const char *path);                   /* owned; "." when there is none */
bool ts_path_is_absolute(const char *path);            /* "/x", "C:/x", "\\\\server\\share" */
/* True when a relative path stays inside its root: no "..", no drive, no absolute start, and no
 * name that Windows reserves (CON, NUL, COM1..., trailing dot or blank). */
bool ts_path_is_inside(const char *path);

#define TS_COMMAND_MAX                                                                             \
    (1024u * 1024u) /* bytes that ts_command_join makes; Windows takes 32,767 characters */

/* Splits as CommandLineToArgvW does; an unterminated quote runs to the end. Blanks in front are
 * skipped (CommandLineToArgvW makes an empty program name of them). NULL-terminated, one block to
 * free(). TS_SCHEMA: there is no program name. */
char **ts_command_split(const char *command_line, ts_err **err);
/* The inverse: a command line that splits into these arguments. Owned. TS_SCHEMA: the program name
 * is missing or has a quote. */
char *ts_command_join(const char *const *argv, ts_err **err);

#endif
