/* condition_text.c - conditions as people read them. */
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/text.h>

#define DESCRIPTION_MAX 65536u /* bytes; four of the longest queries */

static const char *const op_names[] = {
    [TS_OP_NONE] = "",
    [TS_OP_EXISTS] = "exists",
    [TS_OP_NOT_EXISTS] = "notExists",
    [TS_OP_EQUALS] = "equals",
    [TS_OP_NOT_EQUALS] = "notEquals",
    [TS_OP_LESS] = "less",
    [TS_OP_LESS_EQUAL] = "lessEqual",
    [TS_OP_GREATER] = "greater",
    [TS_OP_GREATER_EQUAL] = "greaterEqual",
    [TS_OP_LIKE] = "like",
    [TS_OP_NOT_LIKE] = "notLike",
    [TS_OP_ANY_VERSION] = "AnyVersion",
    [TS_OP_THIS_VERSION] = "ThisVersion",
};

const char *ts_cond_op_name(ts_cond_op op)
{
    return op_names[op];
}

ts_cond_op ts_cond_op_parse(const char *name)
{
    /* The SDK's class page spells the negative existence operator "nonExists". */
    if (ts_str_ieq(name, "nonExists"))
        return TS_OP_NOT_EXISTS;
    for (size_t i = TS_OP_EXISTS; i < sizeof op_names / sizeof *op_names; i++)
        if (ts_str_ieq(name, op_names[i]))
            return (ts_cond_op)i;
    return TS_OP_NONE;
}

const char *ts_cond_field_value(const struct ts_cond *cond, const char *name)
{
    for (size_t i = 0; i < cond->n_fields; i++)
        if (ts_str_ieq(cond->fields[i].name, name))
            return cond->fields[i].value;
    return "";
}

/* "" and NULL are left out, so that a missing part of a condition is not shown as an empty one. */
static void add_part(ts_buf *out, const char *before, const char *value, bool quoted)
{
    if (!value || !*value)
        return;
    ts_buf_str(out, before);
    if (quoted)
        ts_buf_char(out, '"');
    ts_buf_str(out, value);
    if (quoted)
        ts_buf_char(out, '"');
}

static void add_comparison(ts_buf *out, const struct ts_cond *cond, const char *subject,
                           const char *value)
{
    static const char *const words[] = {
        [TS_OP_EXISTS] = " exists",
        [TS_OP_NOT_EXISTS] = " does not exist",
        [TS_OP_EQUALS] = " equals ",
        [TS_OP_NOT_EQUALS] = " is not ",
        [TS_OP_LESS] = " < ",
        [TS_OP_LESS_EQUAL] = " <= ",
        [TS_OP_GREATER] = " > ",
        [TS_OP_GREATER_EQUAL] = " >= ",
        [TS_OP_LIKE] = " like ",
        [TS_OP_NOT_LIKE] = " not like ",
        [TS_OP_NONE] = " ? ",
        [TS_OP_ANY_VERSION] = " any version",
        [TS_OP_THIS_VERSION] = " version ",
    };
    ts_buf_str(out, subject);
    ts_buf_str(out, words[cond->op]);
    if (cond->op != TS_OP_EXISTS && cond->op != TS_OP_NOT_EXISTS && cond->op != TS_OP_ANY_VERSION)
        ts_buf_printf(out, "\"%s\"", value);
}

static void add_file(ts_buf *out, const struct ts_cond *cond)
{
    ts_buf_printf(out, "%s exists \"%s\"", cond->kind == TS_COND_FILE ? "file" : "folder",
                  ts_cond_field_value(cond, "Path"));
    const char *version = ts_cond_field_value(cond, "Version");
    const char *stamp = ts_cond_field_value(cond, "DateTime");
    if (*version)
        ts_buf_printf(out, " with version %s %s", ts_cond_field_value(cond, "VersionOperator"),
                      version);
    if (*stamp)
        ts_buf_printf(out, "%s time stamp %s %s", *version ? " and" : " with",
                      ts_cond_field_value(cond, "DateTimeOperator"), stamp);
}

static void add_registry(ts_buf *out, const struct ts_cond *cond)
{
    const char *value = ts_cond_field_value(cond, "Value");
    const char *type = ts_cond_field_value(cond, "Type");
    ts_buf_str(out, "registry ");
    ts_buf_str(out, ts_cond_field_value(cond, "KeyPath"));
    add_part(out, " value ", value, true);
    if (*value && (cond->op == TS_OP_EXISTS || cond->op == TS_OP_NOT_EXISTS) && *type)
        ts_buf_printf(out, " (%s)", type);
    add_comparison(out, cond, "", ts_cond_field_value(cond, "Data"));
}

static void add_software(ts_buf *out, const struct ts_cond *cond)
{
    const char *name = ts_cond_field_value(cond, "ProductName");
    const char *code = ts_cond_field_value(cond, cond->op == TS_OP_ANY_VERSION ? "UpgradeCode"
                                                                               : "ProductCode");
    ts_buf_printf(out, "installed software \"%s\"", *name ? name : code);
    if (cond->op == TS_OP_ANY_VERSION)
        ts_buf_str(out, " in any version");
    else
        add_part(out, " version ", ts_cond_field_value(cond, "Version"), false);
}

/* MakeModel, Computer, Location: every named field that is filled. */
static void add_fields(ts_buf *out, const struct ts_cond *cond, const char *between)
{
    bool any = false;
    for (size_t i = 0; i < cond->n_fields; i++) {
        if (!*cond->fields[i].value)
            continue;
        ts_buf_printf(out, "%s%s like \"%s\"", any ? between : "", cond->fields[i].name,
                      cond->fields[i].value);
        any = true;
    }
    if (!any)
        ts_buf_printf(out, "(%s without a value)", cond->type);
}

static void describe(ts_buf *out, const struct ts_cond *cond, bool inner);

static void add_children(ts_buf *out, const struct ts_cond *cond, bool inner)
{
    const char *between = cond->kind == TS_COND_AND ? " and " : " or ";
    if (cond->kind == TS_COND_NOT)
        ts_buf_str(out, "not ");
    add_part(out, "", cond->label, true);
    if (*cond->label)
        ts_buf_str(out, ": ");
    bool group = cond->kind == TS_COND_NOT || *cond->label || (inner && cond->n_children > 1);
    if (group)
        ts_buf_char(out, '(');
    if (cond->n_children == 0)
        ts_buf_str(out, cond->kind == TS_COND_NOT ? "nothing" : "always");
    for (size_t i = 0; i < cond->n_children; i++) {
        if (i > 0)
            ts_buf_str(out, between);
        describe(out, cond->children[i], cond->kind != TS_COND_NOT || cond->n_children > 1);
    }
    if (group)
        ts_buf_char(out, ')');
}

static void describe(ts_buf *out, const struct ts_cond *cond, bool inner)
{
    switch (cond->kind) {
    case TS_COND_AND:
    case TS_COND_OR:
    case TS_COND_NOT:
        add_children(out, cond, inner);
        break;
    case TS_COND_VARIABLE:
        add_comparison(out, cond, ts_cond_field_value(cond, "Variable"),
                       ts_cond_field_value(cond, "Value"));
        break;
    case TS_COND_WMI:
        ts_buf_printf(out, "WMI %s", ts_cond_field_value(cond, "Query"));
        add_part(out, " in ", ts_cond_field_value(cond, "Namespace"), false);
        break;
    case TS_COND_FILE:
    case TS_COND_FOLDER:
        add_file(out, cond);
        break;
    case TS_COND_REGISTRY:
        add_registry(out, cond);
        break;
    case TS_COND_SOFTWARE:
        add_software(out, cond);
        break;
    case TS_COND_OS:
        ts_buf_printf(out, "%s Windows version", ts_cond_field_value(cond, "Architecture"));
        add_comparison(out, cond, "", ts_cond_field_value(cond, "Version"));
        break;
    case TS_COND_MAKE_MODEL:
        add_fields(out, cond, " and ");
        break;
    case TS_COND_COMPUTER:
    case TS_COND_LOCATION:
        add_fields(out, cond, " or ");
        break;
    case TS_COND_UNKNOWN:
        ts_buf_printf(out, "unknown condition '%s'", cond->type);
        break;
    }
}

char *ts_cond_describe(const struct ts_cond *cond)
{
    ts_buf out;
    ts_buf_init(&out, DESCRIPTION_MAX);
    describe(&out, cond, false);
    if (out.over_limit && !out.no_memory) { /* a person reads this: the start is what helps */
        out.over_limit = false;
        if (out.len >= 3)
            memcpy(out.data + out.len - 3, "...", 3);
    }
    char *text = ts_buf_take(&out);
    ts_buf_done(&out);
    return text;
}
