/* json_read.c - parse, and the accessors that ask for keys. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "json_private.h"

void ts_json_use_allocator(void)
{
    json_set_alloc_funcs(ts_alloc, free);
}

/* The nesting of the text, before jansson (whose own limit is 2048) recurses into it. */
static bool check_depth(const char *file, const char *data, size_t size, ts_err **err)
{
    size_t depth = 0;
    uint32_t line = 1;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = data[i];
        line += c == '\n';
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > TS_JSON_DEPTH_MAX) {
                return ts_fail(err, TS_LIMIT, "%s:%u: nested deeper than %u", file, line,
                               TS_JSON_DEPTH_MAX);
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static bool syntax_error(const char *file, const json_error_t *why, ts_err **err)
{
    /* Where an allocation fails, jansson mostly gives up without saying anything. */
    enum json_error_code code = json_error_code(why);
    if (code == json_error_out_of_memory || code == json_error_unknown) {
        return ts_fail_nomem(err);
    }
    if (why->line < 1) {
        return ts_fail(err, TS_SYNTAX, "%s: no JSON: %s", file, why->text);
    }
    return ts_fail(err, TS_SYNTAX, "%s:%d:%d: %s", file, why->line, why->column, why->text);
}

ts_json_doc *ts_json_parse(const char *file, const char *data, size_t size, size_t max,
                           ts_err **err)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (size > max) {
        ts_fail(err, TS_LIMIT, "%s: %zu bytes, the limit is %zu", file, size, max);
        return NULL;
    }
    if (size >= 3 && memcmp(data, bom, 3) == 0) {
        data += 3;
        size -= 3;
    }
    if (!check_depth(file, data, size, err)) {
        return NULL;
    }
    ts_json_use_allocator();
    ts_json_doc *doc = ts_alloc(sizeof(*doc));
    if (!doc) {
        ts_fail_nomem(err);
        return NULL;
    }
    json_error_t why;
    memset(&why, 0, sizeof(why));
    doc->file = file;
    doc->data = data;
    doc->size = size;
    doc->root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &why);
    if (!doc->root) {
        syntax_error(file, &why, err);
        free(doc);
        return NULL;
    }
    return doc;
}

void ts_json_free(ts_json_doc *doc)
{
    if (doc) {
        json_decref(doc->root);
        free(doc);
    }
}

static json_t *raw_of(const ts_json *at)
{
    /* jansson's readers take a non-const json_t but do not change it. */
    union {
        const void *in;
        json_t *out;
    } raw = {.in = at->raw};
    return raw.out;
}

/* Fills a handle field by field: the list of asked keys is big and needs no clearing. */
static void place(ts_json *out, const ts_json *parent, const json_t *raw, const char *key,
                  size_t index)
{
    out->doc = parent->doc;
    out->raw = raw;
    out->parent = parent;
    out->key = key;
    out->index = index;
    out->n_asked = 0;
}

void ts_json_root(const ts_json_doc *doc, ts_json *out)
{
    out->doc = doc;
    out->raw = doc->root;
    out->parent = NULL;
    out->key = NULL;
    out->index = 0;
    out->n_asked = 0;
}

ts_json_kind ts_json_kind_of(const ts_json *at)
{
    switch (json_typeof((const json_t *)at->raw)) {
    case JSON_OBJECT:
        return TS_JSON_OBJECT;
    case JSON_ARRAY:
        return TS_JSON_ARRAY;
    case JSON_STRING:
        return TS_JSON_TEXT;
    case JSON_INTEGER:
        return TS_JSON_INT;
    case JSON_REAL:
        return TS_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return TS_JSON_BOOL;
    case JSON_NULL:
        return TS_JSON_NULL;
    }
    return TS_JSON_NULL;
}

const char *ts_json_kind_name(ts_json_kind kind)
{
    static const char *const names[] = {"null",   "true or false", "a whole number", "a number",
                                        "a text", "a list [...]",  "an object {...}"};
    return (size_t)kind < TS_COUNT(names) ? names[kind] : "";
}

bool ts_json_any(ts_json *object, const char *key, ts_json *out)
{
    assert(object->n_asked < TS_JSON_KEYS_MAX);
    if (object->n_asked < TS_JSON_KEYS_MAX) {
        object->asked[object->n_asked++] = key;
    }
    const json_t *value = json_object_get(raw_of(object), key);
    if (!value) {
        return false;
    }
    place(out, object, value, key, 0);
    return true;
}

/* 1: there and of the right kind; 0: missing and that is fine; -1: failed. */
static int ask(ts_json *object, const char *key, unsigned flags, ts_json_kind kind, ts_json *out,
               ts_err **err)
{
    bool there = ts_json_any(object, key, out) && ts_json_kind_of(out) != TS_JSON_NULL;
    if (!there && (flags & TS_JSON_REQUIRED)) {
        ts_json_fail(object, TS_SCHEMA, err, "'%s' is missing", key);
        return -1;
    }
    if (there && ts_json_kind_of(out) != kind) {
        ts_json_fail(out, TS_SCHEMA, err, "must be %s, not %s", ts_json_kind_name(kind),
                     ts_json_kind_name(ts_json_kind_of(out)));
        return -1;
    }
    return there;
}

bool ts_json_str(ts_json *object, const char *key, unsigned flags, const char **out, ts_err **err)
{
    ts_json at;
    int there = ask(object, key, flags, TS_JSON_TEXT, &at, err);
    if (there > 0) {
        *out = ts_json_text(&at);
    }
    return there >= 0;
}

bool ts_json_flag_of(ts_json *object, const char *key, unsigned flags, bool *out, ts_err **err)
{
    ts_json at;
    int there = ask(object, key, flags, TS_JSON_BOOL, &at, err);
    if (there > 0) {
        *out = ts_json_true(&at);
    }
    return there >= 0;
}

bool ts_json_int(ts_json *object, const char *key, unsigned flags, int64_t min, int64_t max,
                 int64_t *out, ts_err **err)
{
    ts_json at;
    int there = ask(object, key, flags, TS_JSON_INT, &at, err);
    if (there <= 0) {
        return there == 0;
    }
    int64_t number = ts_json_integer(&at);
    if (number < min || number > max) {
        return ts_json_fail(&at, TS_SCHEMA, err,
                            "%" PRId64 " is out of range: %" PRId64 " to %" PRId64, number, min,
                            max);
    }
    *out = number;
    return true;
}

bool ts_json_size_text(const char *text, uint64_t *out)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"KB", 1000},
                 {"MB", 1000000},
                 {"GB", 1000000000},
                 {"TB", 1000000000000},
                 {"KiB", UINT64_C(1) << 10},
                 {"MiB", UINT64_C(1) << 20},
                 {"GiB", UINT64_C(1) << 30},
                 {"TiB", UINT64_C(1) << 40}};
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    unit += strspn(unit, " ");
    for (size_t i = 0; digits > 0 && digits <= 18 && i < TS_COUNT(units); i++) {
        uint64_t number = strtoull(text, NULL, 10);
        if (ts_str_ieq(unit, units[i].unit) && number <= UINT64_MAX / units[i].factor) {
            *out = number * units[i].factor;
            return true;
        }
    }
    return false;
}

bool ts_json_bytes(ts_json *object, const char *key, unsigned flags, uint64_t *out, ts_err **err)
{
    ts_json at;
    bool there = ts_json_any(object, key, &at) && ts_json_kind_of(&at) != TS_JSON_NULL;
    if (!there) {
        return flags & TS_JSON_REQUIRED
                   ? ts_json_fail(object, TS_SCHEMA, err, "'%s' is missing", key)
                   : true;
    }
    if (ts_json_kind_of(&at) == TS_JSON_INT && ts_json_integer(&at) >= 0) {
        *out = (uint64_t)ts_json_integer(&at);
        return true;
    }
    if (ts_json_kind_of(&at) == TS_JSON_TEXT && ts_json_size_text(ts_json_text(&at), out)) {
        return true;
    }
    return ts_json_fail(&at, TS_SCHEMA, err,
                        "must be a size: a number of bytes or a text like \"512 GB\" or "
                        "\"16 GiB\"");
}

bool ts_json_choice(ts_json *object, const char *key, unsigned flags, const char *choices,
                    unsigned *out, ts_err **err)
{
    ts_json at;
    int there = ask(object, key, flags, TS_JSON_TEXT, &at, err);
    if (there <= 0) {
        return there == 0;
    }
    const char *text = ts_json_text(&at);
    unsigned n = 0;
    for (const char *p = choices; *p; n++) {
        size_t len = strcspn(p, " ");
        if (strlen(text) == len && ts_str_ncasecmp(p, text, len) == 0) {
            *out = n;
            return true;
        }
        p += len + (p[len] == ' ');
    }
    return ts_json_fail(&at, TS_SCHEMA, err, "'%s' is none of: %s", text, choices);
}

bool ts_json_child(ts_json *object, const char *key, unsigned flags, ts_json_kind kind,
                   ts_json *out, bool *found, ts_err **err)
{
    int there = ask(object, key, flags, kind, out, err);
    if (found) {
        *found = there > 0;
    }
    return there >= 0;
}

static bool was_asked(const ts_json *object, const char *key)
{
    for (size_t i = 0; i < object->n_asked; i++) {
        if (strcmp(object->asked[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static bool unknown_key(const ts_json *object, const char *key, ts_err **err)
{
    const char *best = NULL;
    unsigned best_distance = 3; /* further away is no misspelling */
    for (size_t i = 0; i < object->n_asked; i++) {
        unsigned distance = ts_str_distance(key, object->asked[i]);
        if (distance < best_distance) {
            best = object->asked[i];
            best_distance = distance;
        }
    }
    ts_json at;
    place(&at, object, json_object_get(raw_of(object), key), key, 0);
    if (best) {
        return ts_json_fail(&at, TS_SCHEMA, err, "unknown key '%s', did you mean '%s'?", key, best);
    }
    ts_buf known;
    ts_buf_init(&known, 1024);
    for (size_t i = 0; i < object->n_asked; i++) {
        ts_buf_printf(&known, "%s%s", i ? ", " : "", object->asked[i]);
    }
    ts_json_fail(&at, TS_SCHEMA, err, "unknown key '%s'; known here: %s", key, ts_buf_text(&known));
    ts_buf_done(&known);
    return false;
}

bool ts_json_done(const ts_json *object, ts_err **err)
{
    json_t *raw = raw_of(object);
    for (void *it = json_object_iter(raw); it; it = json_object_iter_next(raw, it)) {
        if (!was_asked(object, json_object_iter_key(it))) {
            return unknown_key(object, json_object_iter_key(it), err);
        }
    }
    return true;
}

size_t ts_json_count(const ts_json *at)
{
    const json_t *raw = at->raw;
    return json_is_array(raw) ? json_array_size(raw) : json_object_size(raw);
}

void ts_json_at(const ts_json *array, size_t index, ts_json *out)
{
    place(out, array, json_array_get(array->raw, index), NULL, index);
}

bool ts_json_next(const ts_json *object, void **cursor, ts_json *out)
{
    json_t *raw = raw_of(object);
    *cursor = *cursor ? json_object_iter_next(raw, *cursor) : json_object_iter(raw);
    if (!*cursor) {
        return false;
    }
    place(out, object, json_object_iter_value(*cursor), json_object_iter_key(*cursor), 0);
    return true;
}

const char *ts_json_text(const ts_json *at)
{
    const char *text = json_string_value(at->raw);
    return text ? text : "";
}

int64_t ts_json_integer(const ts_json *at)
{
    return json_integer_value(at->raw);
}
double ts_json_real(const ts_json *at)
{
    return json_number_value(at->raw);
}
bool ts_json_true(const ts_json *at)
{
    return json_is_true((const json_t *)at->raw);
}
