/* wql_match.c - does a row pass WHERE? The constant takes the property's type, as WMI has it. */
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "wql_internal.h"

void ts_wmi_rows_done(ts_wmi_rows *rows)
{
    ts_arena_free(rows->arena);
    *rows = (ts_wmi_rows){0};
}

const ts_wmi_value *ts_wmi_row_get(const ts_wmi_row *row, const char *name)
{
    for (size_t i = 0; i < row->n_values; i++)
        if (ts_str_ieq(row->values[i].name, name))
            return &row->values[i];
    return NULL;
}

static bool holds(ts_wql_op op, int order)
{
    switch (op) {
    case TS_WQL_EQ:
        return order == 0;
    case TS_WQL_NE:
        return order != 0;
    case TS_WQL_LT:
        return order < 0;
    case TS_WQL_LE:
        return order <= 0;
    case TS_WQL_GT:
        return order > 0;
    case TS_WQL_GE:
        return order >= 0;
    }
    return false;
}

/* --- Numbers ----------------------------------------------------------------------------- */

static double as_real(const ts_wmi_value *v)
{
    if (v->kind == TS_WMI_REAL)
        return v->real;
    return v->kind == TS_WMI_UINT ? (double)v->natural : (double)v->integer;
}

static int compare_numbers(const ts_wmi_value *a, const ts_wmi_value *b)
{
    if (a->kind == TS_WMI_REAL || b->kind == TS_WMI_REAL) {
        double x = as_real(a), y = as_real(b);
        return x < y ? -1 : x > y;
    }
    bool big_a = a->kind == TS_WMI_UINT, big_b = b->kind == TS_WMI_UINT;
    if (big_a != big_b)
        return big_a ? 1 : -1; /* TS_WMI_UINT is above INT64_MAX only */
    if (big_a)
        return a->natural < b->natural ? -1 : a->natural > b->natural;
    return a->integer < b->integer ? -1 : a->integer > b->integer;
}

/* The constant as a number, whatever its kind ("3", 3, TRUE). */
static bool constant_number(const ts_wmi_value *constant, ts_wmi_value *out)
{
    if (constant->kind != TS_WMI_TEXT) {
        *out = *constant;
        return true;
    }
    *out = (ts_wmi_value){.kind = TS_WMI_INT};
    if (ts_str_int64(constant->text, &out->integer))
        return true;
    const char *p = constant->text;
    while (*p == ' ')
        p++;
    /* strtod takes words such as "inf" and "nan" as well */
    if (!(*p >= '0' && *p <= '9') && *p != '-' && *p != '+' && *p != '.')
        return false;
    for (const char *q = p; *q; q++)
        if (!strchr("0123456789+-.eE ", *q))
            return false;
    char *end;
    unsigned long long natural = strtoull(p, &end, 10);
    if (!*end && *p != '-' && strlen(p) <= 19) {
        *out = (ts_wmi_value){.kind = TS_WMI_UINT, .natural = natural};
        return true;
    }
    out->kind = TS_WMI_REAL;
    out->real = strtod(p, &end);
    return end != p && ts_str_blank(end);
}

static bool compare_number(const ts_wql_node *node, const ts_wmi_value *value, bool *out,
                           ts_err **err)
{
    ts_wmi_value number;
    if (!constant_number(&node->constant, &number))
        return ts_fail(err, TS_SCHEMA, "property '%s' is a number, '%s' is none", node->property,
                       node->constant.text);
    *out = holds(node->op, compare_numbers(value, &number));
    return true;
}

static bool compare_bool(const ts_wql_node *node, const ts_wmi_value *value, bool *out,
                         ts_err **err)
{
    ts_wmi_value number;
    bool constant;
    if (constant_number(&node->constant, &number))
        constant = as_real(&number) < 0 || as_real(&number) > 0; /* WMI's TRUE is -1 */
    else if (ts_str_ieq(node->constant.text, "true") || ts_str_ieq(node->constant.text, "false"))
        constant = ts_str_ieq(node->constant.text, "true");
    else
        return ts_fail(err, TS_SCHEMA, "property '%s' is TRUE or FALSE, '%s' is neither",
                       node->property, node->constant.text);
    *out = holds(node->op, (value->integer != 0) - constant);
    return true;
}

/* --- Text and dates ---------------------------------------------------------------------- */

static bool compare_text(const ts_wql_node *node, const char *text)
{
    int64_t a, b;
    if (ts_wmi_is_date(text) && ts_wmi_date_parse(text, &a) &&
        ts_wmi_date_parse(node->constant.text, &b))
        return holds(node->op, a < b ? -1 : a > b);
    return holds(node->op, ts_str_casecmp(text, node->constant.text));
}

/* LIKE sees any property as text. */
static bool match_like(const ts_wql_node *node, const ts_wmi_value *value, bool *out, ts_err **err)
{
    ts_buf buf;
    ts_buf_init(&buf, 64);
    const char *text = value->text;
    switch (value->kind) {
    case TS_WMI_TEXT:
        *out = ts_wql_like(text ? text : "", node->constant.text);
        return true;
    case TS_WMI_BOOL:
        *out = ts_wql_like(value->integer ? "TRUE" : "FALSE", node->constant.text);
        return true;
    case TS_WMI_INT:
        ts_buf_printf(&buf, "%lld", (long long)value->integer);
        break;
    case TS_WMI_UINT:
        ts_buf_printf(&buf, "%llu", (unsigned long long)value->natural);
        break;
    case TS_WMI_REAL:
        ts_buf_printf(&buf, "%.15g", value->real);
        break;
    case TS_WMI_NULL:
        *out = false;
        return true;
    }
    bool ok = ts_buf_ok(&buf, "number", err);
    if (ok)
        *out = ts_wql_like(ts_buf_text(&buf), node->constant.text);
    ts_buf_done(&buf);
    return ok;
}

/* --- Properties and the tree ------------------------------------------------------------- */

/* __RELPATH is Class.Key="value"; which property is the key is not in a row, and for the classes
 * that sequences ask it is DeviceID or Name (WMI documentation: "WMI System Properties";
 * rule WQL-RELPATH). */
static bool relative_path(const ts_wql *wql, const ts_wmi_row *row, ts_buf *out)
{
    static const char *const keys[] = {"DeviceID", "Name"};
    for (size_t i = 0; i < TS_COUNT(keys); i++) {
        const ts_wmi_value *key = ts_wmi_row_get(row, keys[i]);
        if (key && key->kind == TS_WMI_TEXT && key->text) {
            ts_buf_printf(out, "%s.%s=\"%s\"", wql->class_name, keys[i], key->text);
            return true;
        }
    }
    return false;
}

/* The property's value; system properties that the host did not give are made in `made`. */
static bool find_value(const ts_wql *wql, const ts_wmi_row *row, const char *name, ts_buf *made,
                       ts_wmi_value *out, ts_err **err)
{
    const ts_wmi_value *value = ts_wmi_row_get(row, name);
    if (value) {
        *out = *value;
        if (out->kind == TS_WMI_TEXT && !out->text)
            out->text = "";
        return true;
    }
    if (ts_str_ieq(name, "__CLASS")) {
        *out = (ts_wmi_value){.name = name, .kind = TS_WMI_TEXT, .text = wql->class_name};
        return true;
    }
    if (ts_str_ieq(name, "__RELPATH") && relative_path(wql, row, made)) {
        if (!ts_buf_ok(made, "__RELPATH", err))
            return false;
        *out = (ts_wmi_value){.name = name, .kind = TS_WMI_TEXT, .text = ts_buf_text(made)};
        return true;
    }
    return ts_fail(err, TS_SCHEMA, "class '%s' has no property '%s'", wql->class_name, name);
}

static bool match_value(const ts_wql_node *node, const ts_wmi_value *value, bool *out, ts_err **err)
{
    bool null = value->kind == TS_WMI_NULL;
    *out = node->kind == TS_WQL_IS_NULL ? null : node->kind == TS_WQL_IS_NOT_NULL ? !null : false;
    if (null || node->kind == TS_WQL_IS_NULL || node->kind == TS_WQL_IS_NOT_NULL)
        return true;
    if (node->kind == TS_WQL_LIKE)
        return match_like(node, value, out, err);
    if (value->kind == TS_WMI_TEXT) {
        *out = compare_text(node, value->text);
        return true;
    }
    return value->kind == TS_WMI_BOOL ? compare_bool(node, value, out, err)
                                      : compare_number(node, value, out, err);
}

static bool match_node(const ts_wql *wql, const ts_wql_node *node, const ts_wmi_row *row, bool *out,
                       ts_err **err);

/* AND stops at the first false, OR at the first true. */
static bool match_chain(const ts_wql *wql, const ts_wql_node *node, const ts_wmi_row *row,
                        bool *out, ts_err **err)
{
    bool stop = node->kind == TS_WQL_OR;
    *out = !stop;
    for (const ts_wql_node *child = node->child; child && *out != stop; child = child->next)
        if (!match_node(wql, child, row, out, err))
            return false;
    return true;
}

static bool match_node(const ts_wql *wql, const ts_wql_node *node, const ts_wmi_row *row, bool *out,
                       ts_err **err)
{
    if (node->kind == TS_WQL_AND || node->kind == TS_WQL_OR)
        return match_chain(wql, node, row, out, err);
    if (node->kind == TS_WQL_NOT) {
        if (!match_node(wql, node->child, row, out, err))
            return false;
        *out = !*out;
        return true;
    }
    ts_buf made;
    ts_buf_init(&made, TS_WQL_MAX);
    ts_wmi_value value = {0};
    bool ok = find_value(wql, row, node->property, &made, &value, err) &&
              match_value(node, &value, out, err);
    ts_buf_done(&made);
    return ok;
}

bool ts_wql_match(const ts_wql *wql, const ts_wmi_row *row, bool *out, ts_err **err)
{
    bool result = true;
    if (wql->where && !match_node(wql, wql->where, row, &result, err))
        return false;
    *out = result;
    return true;
}
