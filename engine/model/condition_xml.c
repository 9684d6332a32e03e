/* condition_xml.c - <condition> elements into condition trees.
 *
 * What the engine does not understand becomes TS_COND_UNKNOWN with the reason, never a condition
 * that could come out true. */
#include <string.h>

#include <ts/text.h>
#include <ts/wql.h>

#include "load.h"

#define TYPE_PREFIX   "SMS_TaskSequence_"
#define TYPE_SUFFIX   "ConditionExpression"
#define TYPE_CORE_MAX 32u

typedef struct expression_type {
    const char *core; /* what is left of the type without prefix and suffix */
    ts_cond_kind kind;
    const char *fields;
} expression_type;

static const expression_type types[] = {
    {"Variable", TS_COND_VARIABLE, "Variable Operator Value"},
    {"WMI", TS_COND_WMI, "Namespace Query"},
    {"File", TS_COND_FILE, "Path Version VersionOperator DateTime DateTimeOperator"},
    {"Folder", TS_COND_FOLDER, "Path DateTime DateTimeOperator"},
    {"Registry", TS_COND_REGISTRY, "KeyPath Operator Type Value Data"},
    {"Software", TS_COND_SOFTWARE, "Operator ProductCode ProductName UpgradeCode Version"},
    {"OS", TS_COND_OS, "Architecture Version Operator"},
    {"MakeModel", TS_COND_MAKE_MODEL, "Make Model"},
    {"Computer", TS_COND_COMPUTER, "AssetTag MACAddress SerialNumber UUID"},
    {"Location", TS_COND_LOCATION, "DefaultGateway"},
};

static struct ts_cond *new_cond(ts_load *load, const ts_xml *e, ts_cond_kind kind)
{
    struct ts_cond *cond = ts_load_alloc(load, 1, sizeof *cond);
    if (!cond)
        return NULL;
    cond->kind = kind;
    cond->line = e->line;
    cond->label = cond->type = "";
    return cond;
}

static const char *unknown(ts_load *load, struct ts_cond *cond, const char *what, const char *name)
{
    cond->kind = TS_COND_UNKNOWN;
    char *text = ts_sprintf("%s '%s'", what, name);
    cond->problem = text ? ts_load_strdup(load, text) : NULL;
    if (!text)
        load->no_memory = true;
    ts_free_ptr(&text);
    return cond->problem;
}

/* "SMS_TaskSequence_WMIConditionExpression" -> the WMI row; NULL when it is not in the table. */
static const expression_type *find_type(const char *type)
{
    if (ts_str_ihas_prefix(type, TYPE_PREFIX))
        type += strlen(TYPE_PREFIX);
    size_t n = strlen(type), suffix = strlen(TYPE_SUFFIX);
    if (n <= suffix || n - suffix >= TYPE_CORE_MAX || !ts_str_ieq(type + n - suffix, TYPE_SUFFIX))
        return NULL;
    char core[TYPE_CORE_MAX];
    memcpy(core, type, n - suffix);
    core[n - suffix] = 0;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ts_str_ieq(types[i].core, core))
            return &types[i];
    return NULL;
}

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; *p;) {
        size_t word = strcspn(p, " ");
        if (word == n && ts_str_ncasecmp(p, name, n) == 0)
            return true;
        p += word;
        p += *p == ' ';
    }
    return false;
}

static void load_fields(ts_load *load, struct ts_cond *cond, ts_xml *e, const char *known)
{
    size_t count = 0;
    for (ts_xml *v = ts_xml_next(e, NULL); v; v = ts_xml_next(e, v))
        count += strcmp(v->name, "variable") == 0;
    ts_cond_field *fields = ts_load_alloc(load, count ? count : 1, sizeof *fields);
    if (!fields)
        return;
    size_t n = 0;
    for (ts_xml *v = NULL; (v = ts_xml_each(e, v, "variable")) != NULL;) {
        const char *name = ts_xml_attr_get(v, "name");
        fields[n].value = ts_load_value(v);
        if (!name)
            ts_load_warn(load, "load-missing-name", v->line,
                         "a variable of a condition has no name and is ignored");
        else
            fields[n++].name = name;
        if (name && known && !is_listed(known, name))
            ts_load_warn(load, "load-unknown-field", v->line,
                         "'%s' is not a part of this condition (%s) and is ignored", name, known);
        ts_load_leftovers(load, v, "name");
    }
    cond->fields = fields;
    cond->n_fields = n;
}

/* Names the first thing that keeps a leaf from being evaluated. */
static void need(ts_load *load, struct ts_cond *cond, const char *field)
{
    if (cond->kind != TS_COND_UNKNOWN && !*ts_cond_field_value(cond, field))
        unknown(load, cond, "the condition lacks", field);
}

static void need_operator(ts_load *load, struct ts_cond *cond, const char *field, ts_cond_op last,
                          ts_cond_op *out)
{
    if (cond->kind == TS_COND_UNKNOWN)
        return;
    const char *name = ts_cond_field_value(cond, field);
    ts_cond_op op = ts_cond_op_parse(name);
    if (!*name)
        unknown(load, cond, "the condition lacks", field);
    else if (op == TS_OP_NONE || op > last)
        unknown(load, cond, "the engine does not know the operator", name);
    else
        *out = op;
}

static void check_software(ts_load *load, struct ts_cond *cond)
{
    const char *name = ts_cond_field_value(cond, "Operator");
    cond->op = ts_cond_op_parse(name);
    if (cond->op == TS_OP_ANY_VERSION)
        need(load, cond, "UpgradeCode");
    else if (cond->op == TS_OP_THIS_VERSION)
        need(load, cond, "ProductCode");
    else
        unknown(load, cond, "the engine does not know the operator", name);
}

/* A query that does not parse is known before the run; evaluating it is "no rows", as the vendor's
 * failing query is (rule COND-WMI-ERROR). */
static void check_query(ts_load *load, struct ts_cond *cond)
{
    need(load, cond, "Query");
    if (cond->kind == TS_COND_UNKNOWN)
        return;
    ts_err *err = NULL;
    cond->query = ts_wql_parse(load->arena, ts_cond_field_value(cond, "Query"), &err);
    if (!cond->query) {
        if (ts_err_code(err) == TS_NOMEM)
            load->no_memory = true;
        cond->problem = ts_load_strdup(load, ts_err_text(err));
    }
    ts_err_free(err);
}

static void check_leaf(ts_load *load, struct ts_cond *cond)
{
    ts_cond_op op;
    switch (cond->kind) {
    case TS_COND_VARIABLE:
        need(load, cond, "Variable");
        need_operator(load, cond, "Operator", TS_OP_NOT_LIKE, &cond->op);
        break;
    case TS_COND_WMI:
        check_query(load, cond);
        break;
    case TS_COND_FILE:
    case TS_COND_FOLDER:
        need(load, cond, "Path");
        if (*ts_cond_field_value(cond, "Version"))
            need_operator(load, cond, "VersionOperator", TS_OP_GREATER_EQUAL, &op);
        if (*ts_cond_field_value(cond, "DateTime"))
            need_operator(load, cond, "DateTimeOperator", TS_OP_GREATER_EQUAL, &op);
        break;
    case TS_COND_REGISTRY:
        need(load, cond, "KeyPath");
        need_operator(load, cond, "Operator", TS_OP_GREATER_EQUAL, &cond->op);
        break;
    case TS_COND_SOFTWARE:
        check_software(load, cond);
        break;
    case TS_COND_OS:
        need_operator(load, cond, "Operator", TS_OP_GREATER_EQUAL, &cond->op);
        break;
    case TS_COND_MAKE_MODEL:
    case TS_COND_COMPUTER:
    case TS_COND_LOCATION:
    case TS_COND_AND:
    case TS_COND_OR:
    case TS_COND_NOT:
    case TS_COND_UNKNOWN:
        break;
    }
}

static struct ts_cond *load_expression(ts_load *load, ts_xml *e)
{
    const char *type = ts_xml_attr_get(e, "type");
    const expression_type *known = type ? find_type(type) : NULL;
    struct ts_cond *cond = new_cond(load, e, known ? known->kind : TS_COND_UNKNOWN);
    if (!cond)
        return NULL;
    cond->type = type ? type : "";
    if (!known)
        unknown(load, cond, "the engine does not know the condition type", cond->type);
    ts_load_bool(load, e, "ignoreQueryFailure", &cond->ignore_failure);
    load_fields(load, cond, e, known ? known->fields : NULL);
    check_leaf(load, cond);
    ts_load_leftovers(load, e, "type ignoreQueryFailure variable");
    return cond;
}

static bool load_items(ts_load *load, struct ts_cond *into, ts_xml *first, bool adopting);

static bool operator_kind(const char *type, ts_cond_kind *kind)
{
    if (ts_str_ieq(type, "and"))
        *kind = TS_COND_AND;
    else if (ts_str_ieq(type, "or"))
        *kind = TS_COND_OR;
    else if (ts_str_ieq(type, "not"))
        *kind = TS_COND_NOT;
    else
        return false;
    return true;
}

/* operator, osConditionGroup and osExpressionGroup: the last one has a name, and a platformKey that
 * only describes it (the test is the WQL inside). */
static struct ts_cond *load_operator(ts_load *load, ts_xml *e)
{
    bool platform = strcmp(e->name, "osExpressionGroup") == 0;
    const char *type = ts_xml_attr_get(e, "type");
    struct ts_cond *cond = new_cond(load, e, TS_COND_UNKNOWN);
    if (!cond)
        return NULL;
    if (!type && strcmp(e->name, "operator") != 0)
        type = platform ? "and" : "or";
    if (!type || !operator_kind(type, &cond->kind))
        unknown(load, cond, "the engine does not know the operator", type ? type : "");
    if (platform) {
        const char *name = ts_xml_attr_get(e, "name");
        const char *capital = ts_xml_attr_get(e, "Name");
        cond->label = name ? name : capital ? capital : "";
        for (ts_xml *k = NULL; (k = ts_xml_each(e, k, "platformKey")) != NULL;)
            continue;
    }
    if (cond->kind != TS_COND_UNKNOWN && !load_items(load, cond, ts_xml_next(e, NULL), false))
        return NULL;
    for (ts_xml *c = ts_xml_next(e, NULL); c; c = ts_xml_next(e, c))
        c->used = true;
    if (cond->kind == TS_COND_NOT && cond->n_children == 0)
        ts_load_warn(load, "load-empty-not", e->line, "a 'not' without anything inside is true");
    ts_load_leftovers(load, e, platform ? "type name platformKey" : "type");
    return cond;
}

static struct ts_cond *load_item(ts_load *load, ts_xml *e)
{
    e->used = true;
    if (strcmp(e->name, "expression") == 0)
        return load_expression(load, e);
    if (strcmp(e->name, "operator") == 0 || strcmp(e->name, "osConditionGroup") == 0 ||
        strcmp(e->name, "osExpressionGroup") == 0)
        return load_operator(load, e);
    struct ts_cond *cond = new_cond(load, e, TS_COND_UNKNOWN);
    if (cond)
        unknown(load, cond, "the engine does not know the condition element", e->name);
    return cond;
}

/* Two real files hold <operator type="or"/> with the alternatives behind it: read literally the
 * step could never run, so the operator takes its following siblings (rule COND-EMPTY-OR). With
 * none behind it there is no test at all. */
static bool adopt_siblings(ts_load *load, struct ts_cond *empty_or, ts_xml *next)
{
    if (!next) {
        empty_or->kind = TS_COND_AND;
        ts_load_warn(load, "COND-EMPTY-OR", empty_or->line,
                     "an 'or' without anything inside or behind it tests nothing: taken as true");
        return true;
    }
    ts_load_warn(load, "COND-EMPTY-OR", empty_or->line,
                 "an empty 'or' is followed by conditions: they are taken as its alternatives");
    return load_items(load, empty_or, next, true);
}

/* Children from `first` on; `adopting`: they are the siblings of the empty `or` that is `into`. */
static bool load_items(ts_load *load, struct ts_cond *into, ts_xml *first, bool adopting)
{
    size_t count = 0, n = 0;
    for (ts_xml *e = first; e; e = e->next)
        count += !e->used;
    const struct ts_cond **children = ts_load_alloc(load, count ? count : 1,
                                                    sizeof(const struct ts_cond *));
    if (!children)
        return false;
    for (ts_xml *e = first; e; e = e->next) {
        if (e->used)
            continue;
        struct ts_cond *child = load_item(load, e);
        if (!child)
            return false;
        bool empty_or = child->kind == TS_COND_OR && child->n_children == 0;
        if (empty_or && adopting) /* one more of them changes nothing: what follows is adopted */
            continue;
        if (empty_or && !adopt_siblings(load, child, e->next))
            return false;
        children[n++] = child; /* adopted siblings are marked as used */
    }
    into->children = children;
    into->n_children = n;
    return true;
}

const struct ts_cond *ts_load_condition(ts_load *load, ts_xml *condition)
{
    struct ts_cond *cond = new_cond(load, condition, TS_COND_AND);
    if (!cond || !load_items(load, cond, ts_xml_next(condition, NULL), false))
        return NULL;
    ts_load_leftovers(load, condition, "operator expression osConditionGroup");
    return cond->n_children == 1 ? cond->children[0] : cond;
}

const struct ts_cond *ts_load_both(ts_load *load, const struct ts_cond *a, const struct ts_cond *b)
{
    if (!a || !b)
        return a ? a : b;
    struct ts_cond *both = ts_load_alloc(load, 1, sizeof *both);
    const struct ts_cond **children = ts_load_alloc(load, 2, sizeof(const struct ts_cond *));
    if (!both || !children)
        return NULL;
    children[0] = a;
    children[1] = b;
    *both = (struct ts_cond){.kind = TS_COND_AND,
                             .line = a->line,
                             .label = "",
                             .type = "",
                             .children = children,
                             .n_children = 2};
    return both;
}
