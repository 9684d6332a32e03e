/* json.h - JSON in our own formats: machine profiles, catalogues, manifests, reports.
 *
 * Reading is strict: a key that nobody asked for is an error with "did you mean", a duplicate key
 * too, and every error names file and line. jansson parses; its tree has no positions, so the line
 * is found by walking the (valid) text again, and only when there is an error to tell. */
#ifndef TS_JSON_H
#define TS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/text.h>

#define TS_JSON_DEPTH_MAX 64u /* nesting of objects and arrays */
#define TS_JSON_KEYS_MAX  48u /* keys that a reader may ask of one object */

typedef enum ts_json_kind {
    TS_JSON_NULL,
    TS_JSON_BOOL,
    TS_JSON_INT,
    TS_JSON_REAL,
    TS_JSON_TEXT,
    TS_JSON_ARRAY,
    TS_JSON_OBJECT
} ts_json_kind;

typedef struct ts_json_doc ts_json_doc;

/* A place in a document: a plain value on the caller's stack. `parent` must outlive it. */
typedef struct ts_json ts_json;
struct ts_json {
    const ts_json_doc *doc;
    const void *raw;       /* json_t */
    const ts_json *parent; /* NULL at the top */
    const char *key;       /* in its parent, when that is an object; borrowed of the document */
    size_t index;          /* in its parent, when that is an array */
    const char *asked[TS_JSON_KEYS_MAX]; /* objects: the keys that exist for the reader */
    size_t n_asked;
};

typedef enum ts_json_flag { TS_JSON_OPTIONAL = 0, TS_JSON_REQUIRED = 1 } ts_json_flag;

/* Parses. `file` stands in messages; it and `data` are borrowed until ts_json_free. Errors:
 * TS_SYNTAX with line and column, TS_LIMIT (more than `max` bytes, or too deep), TS_NOMEM. */
ts_json_doc *ts_json_parse(const char *file, const char *data, size_t size, size_t max,
                           ts_err **err);
void ts_json_free(ts_json_doc *doc);
void ts_json_root(const ts_json_doc *doc, ts_json *out);

ts_json_kind ts_json_kind_of(const ts_json *at);
const char *ts_json_kind_name(ts_json_kind kind); /* "a text", "an object" */

/* Reading an object: each function takes the value of `key`. A missing key (or null) leaves *out as
 * it is and is TS_SCHEMA only with TS_JSON_REQUIRED; a wrong type is TS_SCHEMA always. Texts are
 * borrowed of the document. `key` must live as long as `object`: write literals. */
bool ts_json_str(ts_json *object, const char *key, unsigned flags, const char **out, ts_err **err);
bool ts_json_flag_of(ts_json *object, const char *key, unsigned flags, bool *out, ts_err **err);
bool ts_json_int(ts_json *object, const char *key, unsigned flags, int64_t min, int64_t max,
                 int64_t *out, ts_err **err);
/* Bytes: a whole number, or a text such as "512 GB" (powers of 1000) or "16 GiB" (of 1024). */
bool ts_json_bytes(ts_json *object, const char *key, unsigned flags, uint64_t *out, ts_err **err);
/* One of blank-separated choices, without regard to case; *out is its position from 0. */
bool ts_json_choice(ts_json *object, const char *key, unsigned flags, const char *choices,
                    unsigned *out, ts_err **err);
/* Moves to a child of the given kind; *found (may be NULL) says whether it is there. */
bool ts_json_child(ts_json *object, const char *key, unsigned flags, ts_json_kind kind,
                   ts_json *out, bool *found, ts_err **err);
/* A child of any kind; false when it is missing. null counts as there. */
bool ts_json_any(ts_json *object, const char *key, ts_json *out);
/* After the last question: TS_SCHEMA when the object holds a key that was not asked for. */
bool ts_json_done(const ts_json *object, ts_err **err);

/* Reading an array, or an object whose keys are data: members from 0, in the order of the file. */
size_t ts_json_count(const ts_json *at);
void ts_json_at(const ts_json *array, size_t index, ts_json *out);
/* Walks an object: *cursor is NULL at the start; false behind the last member. */
bool ts_json_next(const ts_json *object, void **cursor, ts_json *out);

/* The value itself, for places that accept several kinds. "" and 0 for another kind. */
const char *ts_json_text(const ts_json *at);
int64_t ts_json_integer(const ts_json *at);
double ts_json_real(const ts_json *at);
bool ts_json_true(const ts_json *at);

/* Fails with "file:line: path: text"; always false. */
bool ts_json_fail(const ts_json *at, ts_code code, ts_err **err, const char *fmt, ...)
    TS_PRINTF(4, 5);
uint32_t ts_json_line(const ts_json *at); /* from 1; 0 when it cannot be told */

/* "512 GB" to bytes; false when it is not a size. */
bool ts_json_size_text(const char *text, uint64_t *out);

/* --- Writing ------------------------------------------------------------------------------ */

/* Writes a document into a buffer while it is put together: commas, escapes and indentation in one
 * place. A plain value on the caller's stack. Failure is sticky and comes out of ts_json_finish.
 * `key` is NULL inside an array and for the document itself. Bytes that are no UTF-8 become U+FFFD,
 * so that what comes out is always valid JSON. */
typedef struct ts_json_writer {
    ts_buf *out;
    size_t depth;
    bool pretty; /* a line a member, two blanks of indentation, a line feed at the end */
    bool too_deep;
    bool not_finite; /* a number that JSON cannot say */
    bool first[TS_JSON_DEPTH_MAX + 1];
    char close[TS_JSON_DEPTH_MAX + 1];
} ts_json_writer;

void ts_json_writer_init(ts_json_writer *w, ts_buf *out, bool pretty);
/* For a pretty value that is written apart (by another thread) and put in its place later with
 * ts_json_put_raw; depth is how deep it will stand. */
void ts_json_writer_init_at(ts_json_writer *w, ts_buf *out, size_t depth);
void ts_json_begin_object(ts_json_writer *w, const char *key);
void ts_json_begin_array(ts_json_writer *w, const char *key);
void ts_json_end(ts_json_writer *w);
void ts_json_put_str(ts_json_writer *w, const char *key, const char *text); /* NULL: null */
void ts_json_put_int(ts_json_writer *w, const char *key, int64_t number);
void ts_json_put_uint(ts_json_writer *w, const char *key, uint64_t number); /* > INT64_MAX: text */
void ts_json_put_real(ts_json_writer *w, const char *key, double number);
void ts_json_put_bool(ts_json_writer *w, const char *key, bool value);
void ts_json_put_null(ts_json_writer *w, const char *key);
void ts_json_put_raw(ts_json_writer *w, const char *key, const char *json);
/* Only when there is something: NULL and "" write nothing, false writes nothing. */
void ts_json_put_str_opt(ts_json_writer *w, const char *key, const char *text);
void ts_json_put_true(ts_json_writer *w, const char *key, bool value);
/* Whether the document in the buffer is whole: TS_LIMIT (too deep, buffer too small), TS_SCHEMA (a
 * number that is not finite), TS_NOMEM. */
bool ts_json_finish(const ts_json_writer *w, ts_err **err);

#endif
