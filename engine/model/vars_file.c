/* vars_file.c - variables from a file: JSON, lines, XML. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/vars.h>

#include "json.h"
#include "os.h"
#include "xml.h"

/* --- Lines -------------------------------------------------------------------------------- */

/* One NAME=value line; [section] lines are skipped, so that a section of CustomSettings.ini can be
 * given. A line that is wrong is not shown: it may hold a password. */
static bool load_line(ts_vars *vars, char *line, ts_err **err)
{
    char *text = ts_str_trim(line);
    if (!*text || *text == '#' || *text == ';' || *text == '[')
        return true;
    char *equals = strchr(text, '=');
    if (!equals)
        return ts_fail(err, TS_SYNTAX, "a line of variables is NAME=value, this one has no '='");
    *equals = 0;
    return ts_vars_set(vars, text, ts_str_trim(equals + 1), 0, err);
}

static bool load_lines(ts_vars *vars, const char *name, char *text, ts_err **err)
{
    unsigned number = 1;
    for (char *line = text; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = 0;
        if (!load_line(vars, line, err))
            return ts_wrap(err, "%s:%u", name, number);
        line = end ? end + 1 : NULL;
    }
    return true;
}

/* --- JSON --------------------------------------------------------------------------------- */

static bool set_json(ts_vars *vars, const ts_json *at, const char *value, bool secret, ts_err **err)
{
    ts_err *why = NULL;
    if (ts_vars_set(vars, at->key, value, secret ? TS_VALUE_SECRET : 0, &why))
        return true;
    /* the code of the set, the place of the document */
    ts_json_fail(at, ts_err_code(why), err, "%s", ts_err_text(why));
    ts_err_free(why);
    return false;
}

static bool load_json_member(ts_vars *vars, ts_json *at, ts_err **err)
{
    char number[32];
    ts_json_kind kind = ts_json_kind_of(at);
    const char *value = "";
    bool secret = false;
    if (kind == TS_JSON_TEXT) {
        value = ts_json_text(at);
    } else if (kind == TS_JSON_BOOL) {
        value = ts_json_true(at) ? "True" : "False";
    } else if (kind == TS_JSON_INT) {
        ts_buf buf;
        ts_buf_init(&buf, sizeof(number) - 1);
        ts_buf_printf(&buf, "%" PRId64, ts_json_integer(at));
        bool ok = ts_buf_ok(&buf, "number", err);
        if (ok)
            memcpy(number, ts_buf_text(&buf), buf.len + 1);
        ts_buf_done(&buf);
        if (!ok)
            return false;
        value = number;
    } else if (kind == TS_JSON_OBJECT) {
        if (!ts_json_str(at, "value", TS_JSON_REQUIRED, &value, err) ||
            !ts_json_flag_of(at, "secret", TS_JSON_OPTIONAL, &secret, err) ||
            !ts_json_done(at, err))
            return false;
    } else if (kind != TS_JSON_NULL) {
        return ts_json_fail(at, TS_SCHEMA, err, "a variable is a text, not %s",
                            ts_json_kind_name(kind));
    }
    return set_json(vars, at, value, secret, err);
}

static bool load_json(ts_vars *vars, const char *name, const char *text, ts_err **err)
{
    ts_json_doc *doc = ts_json_parse(name, text, strlen(text), TS_VAR_FILE_MAX, err);
    if (!doc)
        return false;
    ts_json root, member;
    ts_json_root(doc, &root);
    bool ok = true;
    void *cursor = NULL;
    while (ok && ts_json_next(&root, &cursor, &member))
        ok = load_json_member(vars, &member, err);
    ts_json_free(doc);
    return ok;
}

/* --- XML ---------------------------------------------------------------------------------- */

/* Sets the variables of an element and of all below it; counts them. */
static bool load_element(ts_vars *vars, ts_xml *e, size_t *count, ts_err **err)
{
    if (ts_str_ieq(e->name, "var") || ts_str_ieq(e->name, "variable")) {
        const char *name = NULL;
        bool secret = false;
        if (!ts_xml_str(e, "name", TS_XML_REQUIRED, &name, err) ||
            !ts_xml_bool(e, "secret", TS_XML_OPTIONAL, &secret, err))
            return false;
        ++*count;
        unsigned flags = secret ? TS_VALUE_SECRET : 0;
        if (!ts_vars_set_engine_flags(vars, name, ts_xml_text(e), flags, err))
            return ts_wrap(err, "%s:%u", ts_xml_file(e), (unsigned)e->line);
    }
    for (ts_xml *child = ts_xml_next(e, NULL); child; child = ts_xml_next(e, child))
        if (!load_element(vars, child, count, err))
            return false;
    return true;
}

static bool load_xml(ts_vars *vars, const char *name, const char *data, size_t size, ts_err **err)
{
    ts_xml_source source = {
        .file = name, .data = data, .size = size, .max = TS_VAR_FILE_MAX, .expected = "variables"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    if (!doc)
        return false;
    size_t count = 0;
    bool ok = load_element(vars, ts_xml_root(doc), &count, err);
    ts_xml_free(doc);
    if (ok && count == 0)
        return ts_fail(err, TS_SCHEMA,
                       "%s: no variables in it: expected <var name=\"..\"> elements", name);
    return ok;
}

/* --- Which form it is --------------------------------------------------------------------- */

/* UTF-8 with a NUL behind it and without a byte order mark; owned. */
static char *decode(const char *name, const char *data, size_t size, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, 2 * (size_t)TS_VAR_FILE_MAX);
    ts_text_decode(&text, data, size);
    bool ok = ts_buf_ok(&text, name, err);
    if (ok &&
        (memchr(ts_buf_text(&text), 0, text.len) || !ts_utf8_valid(ts_buf_text(&text), text.len)))
        ok = ts_fail(err, TS_SYNTAX,
                     "%s: this is no text in UTF-8, or in UTF-16 with a byte order "
                     "mark",
                     name);
    if (ok)
        return ts_buf_take(&text);
    ts_wipe(text.data, text.data ? text.len : 0);
    ts_buf_done(&text);
    return NULL;
}

bool ts_vars_load(ts_vars *vars, const char *name, const char *data, size_t size, ts_err **err)
{
    if (size > TS_VAR_FILE_MAX)
        return ts_fail(err, TS_LIMIT, "%s is longer than %u bytes", name, TS_VAR_FILE_MAX);
    char *text = decode(name, data, size, err);
    if (!text)
        return false;
    size_t len = strlen(text);
    char first = text[strspn(text, " \t\r\n")];
    bool ok = first == '<'   ? load_xml(vars, name, data, size, err)
              : first == '{' ? load_json(vars, name, text, err)
                             : load_lines(vars, name, text, err);
    ts_wipe(text, len);
    free(text);
    return ok;
}

bool ts_vars_load_file(ts_vars *vars, const char *path, ts_err **err)
{
    char *data = NULL;
    size_t size = 0;
    if (!ts_file_read(path, TS_VAR_FILE_MAX, &data, &size, err))
        return false;
    bool ok = ts_vars_load(vars, path, data, size, err);
    ts_wipe(data, size);
    free(data);
    return ok;
}
