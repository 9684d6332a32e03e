/* json_write.h - writes JSON text into a buffer: commas, escapes and indentation in one place.
 *
 * Numbers are written as they are; text must be UTF-8 (bytes that are not become U+FFFD), so that
 * what comes out is always valid JSON. Nesting is bounded by TS_JSON_WRITE_DEPTH_MAX, which is an
 * assertion: the shape of our documents is fixed in code. */
#ifndef TS_JSON_WRITE_H
#define TS_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <ts/text.h>

#define TS_JSON_WRITE_DEPTH_MAX 32u

typedef struct ts_json_write {
    ts_buf *out;
    unsigned depth;
    bool first[TS_JSON_WRITE_DEPTH_MAX];
    bool compact; /* one line, no blanks (JSON lines) */
} ts_json_write;

void ts_json_write_init(ts_json_write *w, ts_buf *out, bool compact);
/* For a value that is written apart (by another thread) and put in its place later with
 * ts_json_write_raw; depth is how deep it will stand. */
void ts_json_write_init_at(ts_json_write *w, ts_buf *out, unsigned depth);
void ts_json_write_raw(ts_json_write *w, const char *key, const char *json);
/* key NULL: a member of an array, or the document itself. */
void ts_json_write_object(ts_json_write *w, const char *key);
void ts_json_write_object_end(ts_json_write *w);
void ts_json_write_array(ts_json_write *w, const char *key);
void ts_json_write_array_end(ts_json_write *w);
void ts_json_write_text(ts_json_write *w, const char *key, const char *text); /* NULL: null */
void ts_json_write_int(ts_json_write *w, const char *key, int64_t value);
void ts_json_write_uint(ts_json_write *w, const char *key, uint64_t value);
void ts_json_write_bool(ts_json_write *w, const char *key, bool value);
/* Only when there is something: NULL and "" write nothing, false writes nothing. */
void ts_json_write_text_opt(ts_json_write *w, const char *key, const char *text);
void ts_json_write_true(ts_json_write *w, const char *key, bool value);

#endif
