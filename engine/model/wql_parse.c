/* wql_parse.c - WQL by recursive descent: or -> and -> not -> comparison. */
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "wql_internal.h"

typedef struct parser {
    ts_wql_lexer lexer;
    ts_wql_token token; /* the one to be looked at */
    unsigned depth;
    ts_wql *wql;
    size_t cap_properties;
    ts_err **err;
} parser;

static bool advance(parser *p)
{
    return ts_wql_lex(&p->lexer, &p->token, p->err);
}

static bool is_word(const parser *p, const char *word)
{
    return p->token.kind == TS_WQL_NAME && ts_str_ieq(p->token.text, word);
}

static bool is_symbol(const parser *p, const char *symbol)
{
    return p->token.kind == TS_WQL_SYMBOL && strcmp(p->token.text, symbol) == 0;
}

static bool expected(const parser *p, const char *what)
{
    if (p->token.kind == TS_WQL_END)
        return ts_fail(p->err, TS_SYNTAX, "query column %u: expected %s, found the end",
                       p->token.column, what);
    return ts_fail(p->err, TS_SYNTAX, "query column %u: expected %s, found '%.60s'",
                   p->token.column, what, p->token.text);
}

static bool unsupported(const parser *p, const char *what)
{
    return ts_fail(p->err, TS_UNSUPPORTED,
                   "query column %u: %s is not supported; write a SELECT "
                   "with a WHERE clause",
                   p->token.column, what);
}

static bool is_reserved(const char *word)
{
    static const char *const words[] = {"SELECT", "FROM", "WHERE", "AND",    "OR",
                                        "NOT",    "LIKE", "IS",    "NULL",   "TRUE",
                                        "FALSE",  "ISA",  "GROUP", "WITHIN", "HAVING"};
    for (size_t i = 0; i < TS_COUNT(words); i++)
        if (ts_str_ieq(word, words[i]))
            return true;
    return false;
}

static bool accept_word(parser *p, const char *word, bool *found)
{
    *found = is_word(p, word);
    return !*found || advance(p);
}

/* "Win32_BIOS.Version" and "Version" are one property. */
static const char *strip_class(const char *name, const char *class_name)
{
    size_t n = strlen(class_name);
    return n && ts_str_ncasecmp(name, class_name, n) == 0 && name[n] == '.' ? name + n + 1 : name;
}

static bool note_property(parser *p, const char *name)
{
    ts_wql *wql = p->wql;
    if (strncmp(name, "__", 2) == 0)
        return true;
    for (size_t i = 0; i < wql->n_properties; i++)
        if (ts_str_ieq(wql->properties[i], name))
            return true;
    if (wql->n_properties == p->cap_properties) {
        size_t cap = p->cap_properties ? p->cap_properties * 2 : 8;
        const char **grown = ts_arena_alloc(p->lexer.arena, cap * sizeof(*grown));
        if (!grown)
            return ts_fail_nomem(p->err);
        if (wql->n_properties)
            memcpy(grown, wql->properties, wql->n_properties * sizeof(*grown));
        wql->properties = grown;
        p->cap_properties = cap;
    }
    wql->properties[wql->n_properties++] = name;
    return true;
}

static ts_wql_node *node_new(parser *p, ts_wql_node_kind kind)
{
    ts_wql_node *node = ts_arena_alloc(p->lexer.arena, sizeof(*node));
    if (!node)
        ts_fail_nomem(p->err);
    else
        node->kind = kind;
    return node;
}

/* --- Comparisons ------------------------------------------------------------------------- */

static bool compare_op(const parser *p, ts_wql_op *op)
{
    static const struct {
        const char *symbol;
        ts_wql_op op;
    } ops[] = {{"=", TS_WQL_EQ},  {"<>", TS_WQL_NE}, {"!=", TS_WQL_NE}, {"<", TS_WQL_LT},
               {"<=", TS_WQL_LE}, {">", TS_WQL_GT},  {">=", TS_WQL_GE}};
    for (size_t i = 0; i < TS_COUNT(ops); i++) {
        if (is_symbol(p, ops[i].symbol)) {
            *op = ops[i].op;
            return true;
        }
    }
    return false;
}

/* 5 < X is X > 5. */
static ts_wql_op turn(ts_wql_op op)
{
    switch (op) {
    case TS_WQL_LT:
        return TS_WQL_GT;
    case TS_WQL_LE:
        return TS_WQL_GE;
    case TS_WQL_GT:
        return TS_WQL_LT;
    case TS_WQL_GE:
        return TS_WQL_LE;
    case TS_WQL_EQ:
    case TS_WQL_NE:
        break;
    }
    return op;
}

/* Text, number, TRUE, FALSE, NULL: *found says whether there was one. */
static bool constant(parser *p, ts_wmi_value *out, bool *found)
{
    *found = true;
    if (p->token.kind == TS_WQL_STRING) {
        *out = (ts_wmi_value){.kind = TS_WMI_TEXT, .text = p->token.text};
    } else if (p->token.kind == TS_WQL_NUMBER) {
        *out = p->token.number;
    } else if (is_word(p, "TRUE") || is_word(p, "FALSE")) {
        *out = (ts_wmi_value){
            .kind = TS_WMI_BOOL, .text = p->token.text, .integer = is_word(p, "TRUE")};
    } else if (is_word(p, "NULL")) {
        *out = (ts_wmi_value){.kind = TS_WMI_NULL, .text = "NULL"};
    } else {
        *found = false;
        return true;
    }
    return advance(p);
}

static bool property(parser *p, const char **out)
{
    if (p->token.kind != TS_WQL_NAME || is_reserved(p->token.text))
        return expected(p, "a property name");
    *out = strip_class(p->token.text, p->wql->class_name);
    return note_property(p, *out) && advance(p);
}

static bool finish_compare(parser *p, ts_wql_node *node)
{
    if (node->constant.kind != TS_WMI_NULL)
        return true;
    if (node->op != TS_WQL_EQ && node->op != TS_WQL_NE)
        return ts_fail(p->err, TS_SYNTAX,
                       "query column %u: NULL goes with IS, IS NOT, = and <> only",
                       p->token.column);
    node->kind = node->op == TS_WQL_EQ ? TS_WQL_IS_NULL : TS_WQL_IS_NOT_NULL;
    return true;
}

static bool is_null(parser *p, ts_wql_node *node)
{
    bool negated;
    if (!advance(p) || !accept_word(p, "NOT", &negated))
        return false;
    if (!is_word(p, "NULL"))
        return expected(p, "NULL (IS compares with nothing else)");
    node->kind = negated ? TS_WQL_IS_NOT_NULL : TS_WQL_IS_NULL;
    return advance(p);
}

static bool like(parser *p, ts_wql_node *node)
{
    if (!advance(p))
        return false;
    if (p->token.kind != TS_WQL_STRING)
        return expected(p, "a text in quotes behind LIKE");
    node->kind = TS_WQL_LIKE;
    node->constant = (ts_wmi_value){.kind = TS_WMI_TEXT, .text = p->token.text};
    return advance(p);
}

static ts_wql_node *comparison(parser *p)
{
    ts_wql_node *node = node_new(p, TS_WQL_COMPARE);
    bool first = false, found = false;
    if (!node || !constant(p, &node->constant, &first))
        return NULL;
    if (!first && !property(p, &node->property))
        return NULL;
    if (!first && is_word(p, "IS"))
        return is_null(p, node) ? node : NULL;
    if (!first && is_word(p, "LIKE"))
        return like(p, node) ? node : NULL;
    if (is_word(p, "NOT")) {
        expected(p, "an operator (NOT stands before the property: NOT Name LIKE '..')");
        return NULL;
    }
    if (is_word(p, "ISA")) {
        unsupported(p, "ISA");
        return NULL;
    }
    if (!compare_op(p, &node->op)) {
        expected(p, "=, <>, <, >, <=, >=, LIKE or IS");
        return NULL;
    }
    if (!advance(p))
        return NULL;
    if (first) {
        node->op = turn(node->op);
        return property(p, &node->property) && finish_compare(p, node) ? node : NULL;
    }
    if (!constant(p, &node->constant, &found))
        return NULL;
    if (!found) {
        expected(p, "a number or a text in quotes");
        return NULL;
    }
    return finish_compare(p, node) ? node : NULL;
}

/* --- Expressions ------------------------------------------------------------------------- */

static ts_wql_node *expression(parser *p);

static bool deeper(parser *p)
{
    if (++p->depth > TS_WQL_DEPTH_MAX)
        return ts_fail(p->err, TS_LIMIT,
                       "query column %u: parentheses and NOT are nested more than "
                       "%u deep",
                       p->token.column, TS_WQL_DEPTH_MAX);
    return true;
}

static ts_wql_node *negation(parser *p)
{
    ts_wql_node *node;
    if (is_word(p, "NOT")) {
        node = node_new(p, TS_WQL_NOT);
        if (!node || !deeper(p) || !advance(p) || !(node->child = negation(p)))
            return NULL;
        p->depth--;
        return node;
    }
    if (!is_symbol(p, "("))
        return comparison(p);
    if (!deeper(p) || !advance(p) || !(node = expression(p)))
        return NULL;
    if (!is_symbol(p, ")")) {
        expected(p, "')', AND or OR");
        return NULL;
    }
    p->depth--;
    return advance(p) ? node : NULL;
}

/* One or more of what `part` reads, with `word` between them. */
static ts_wql_node *chain(parser *p, const char *word, ts_wql_node_kind kind,
                          ts_wql_node *(*part)(parser *))
{
    ts_wql_node *first = part(p), *last = first;
    if (!first || !is_word(p, word))
        return first;
    ts_wql_node *node = node_new(p, kind);
    if (!node)
        return NULL;
    node->child = first;
    while (is_word(p, word)) {
        if (!advance(p) || !(last->next = part(p)))
            return NULL;
        last = last->next;
    }
    return node;
}

static ts_wql_node *conjunction(parser *p)
{
    return chain(p, "AND", TS_WQL_AND, negation);
}

static ts_wql_node *expression(parser *p)
{
    return chain(p, "OR", TS_WQL_OR, conjunction);
}

/* --- The statement ----------------------------------------------------------------------- */

/* Names of the SELECT list; they are noted when the class is known. */
static bool select_list(parser *p, const char ***names, size_t *n_names)
{
    size_t cap = 0;
    if (is_symbol(p, "*"))
        return advance(p);
    for (;;) {
        if (p->token.kind != TS_WQL_NAME || is_reserved(p->token.text))
            return expected(p, "'*' or a property name");
        if (*n_names == cap) {
            cap = cap ? cap * 2 : 8;
            const char **grown = ts_arena_alloc(p->lexer.arena, cap * sizeof(*grown));
            if (!grown)
                return ts_fail_nomem(p->err);
            if (*n_names)
                memcpy(grown, *names, *n_names * sizeof(*grown));
            *names = grown;
        }
        (*names)[(*n_names)++] = p->token.text;
        if (!advance(p))
            return false;
        if (is_symbol(p, "("))
            return unsupported(p, "a function in SELECT");
        if (!is_symbol(p, ","))
            return true;
        if (!advance(p))
            return false;
    }
}

static char *trimmed_copy(ts_arena *arena, const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && strchr("; \t\r\n", text[n - 1]))
        n--;
    return ts_arena_strndup(arena, text, n);
}

static bool where_clause(parser *p)
{
    if (!is_word(p, "WHERE"))
        return true;
    if (!advance(p))
        return false;
    p->wql->where_text = trimmed_copy(p->lexer.arena, p->token.start);
    if (!p->wql->where_text)
        return ts_fail_nomem(p->err);
    p->wql->where = expression(p);
    return p->wql->where != NULL;
}

static bool statement(parser *p)
{
    if (is_word(p, "ASSOCIATORS") || is_word(p, "REFERENCES"))
        return unsupported(p, is_word(p, "REFERENCES") ? "REFERENCES OF" : "ASSOCIATORS OF");
    if (!is_word(p, "SELECT"))
        return expected(p, "SELECT");
    const char **names = NULL;
    size_t n_names = 0;
    if (!advance(p) || !select_list(p, &names, &n_names))
        return false;
    if (!is_word(p, "FROM"))
        return expected(p, n_names ? "',' or FROM" : "FROM");
    if (!advance(p))
        return false;
    if (p->token.kind != TS_WQL_NAME || is_reserved(p->token.text))
        return expected(p, "a class name");
    p->wql->class_name = p->token.text;
    for (size_t i = 0; i < n_names; i++)
        if (!note_property(p, strip_class(names[i], p->wql->class_name)))
            return false;
    if (!advance(p) || !where_clause(p))
        return false;
    if (is_word(p, "WITHIN") || is_word(p, "GROUP") || is_word(p, "HAVING"))
        return unsupported(p, "an event query");
    if (is_symbol(p, ";") && !advance(p))
        return false;
    if (p->token.kind != TS_WQL_END)
        return expected(p, p->wql->where ? "AND, OR or the end" : "WHERE or the end");
    return true;
}

const ts_wql *ts_wql_parse(ts_arena *arena, const char *query, ts_err **err)
{
    size_t len = query ? strlen(query) : 0;
    if (len > TS_WQL_MAX) {
        ts_fail(err, TS_LIMIT, "query is longer than %u characters", TS_WQL_MAX);
        return NULL;
    }
    ts_wql *wql = ts_arena_alloc(arena, sizeof(*wql));
    char *text = ts_arena_strndup(arena, query ? query : "", len);
    if (!wql || !text) {
        ts_fail_nomem(err);
        return NULL;
    }
    *wql = (ts_wql){.text = text, .class_name = "", .where_text = ""};
    parser p = {.lexer = {.arena = arena, .query = text, .at = text, .counted = text, .column = 1},
                .wql = wql,
                .err = err};
    return advance(&p) && statement(&p) ? wql : NULL;
}

const char *ts_wql_class(const ts_wql *wql)
{
    return wql->class_name;
}

const char *ts_wql_text(const ts_wql *wql)
{
    return wql->text;
}

const char *ts_wql_where(const ts_wql *wql)
{
    return wql->where_text;
}

size_t ts_wql_properties(const ts_wql *wql, const char *const **names)
{
    *names = wql->properties;
    return wql->n_properties;
}
