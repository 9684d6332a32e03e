/* findings.c - the list of findings: added in any order, sorted by file and line at the end. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

typedef struct item {
    ts_finding finding;
    size_t sequence; /* number of the sequence in the bundle */
    size_t order;    /* as found */
} item;

typedef struct secret_line {
    size_t sequence;
    uint32_t line;
} secret_line;

struct ts_check {
    ts_arena *arena;
    item *items;
    size_t count, cap;
    secret_line *secrets;
    size_t n_secrets, cap_secrets;
    const ts_sequence *sequence;
    size_t sequence_number;
    bool no_memory;
};

ts_check *lint_check_new(void)
{
    ts_check *check = ts_alloc(sizeof *check);
    if (!check)
        return NULL;
    check->arena = ts_arena_new();
    if (!check->arena) {
        free(check);
        return NULL;
    }
    return check;
}

void ts_check_free(ts_check *check)
{
    if (!check)
        return;
    ts_arena_free(check->arena);
    free(check->items);
    free(check->secrets);
    free(check);
}

void lint_check_begin(ts_check *check, const ts_sequence *sequence)
{
    check->sequence = sequence;
    check->sequence_number++;
}

void lint_secret_line(ts_check *check, uint32_t line)
{
    if (check->n_secrets == check->cap_secrets) {
        size_t cap = check->cap_secrets ? check->cap_secrets * 2 : 16;
        secret_line *grown = ts_realloc_array(check->secrets, cap, sizeof *grown);
        if (!grown) {
            check->no_memory = true;
            return;
        }
        check->secrets = grown;
        check->cap_secrets = cap;
    }
    check->secrets[check->n_secrets++] = (secret_line){check->sequence_number, line};
}

const ts_check_rule *ts_check_rule_find(const char *id)
{
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rules[i].id, id) == 0)
            return &rules[i];
    return NULL;
}

/* A finding is one line of text: control characters become blanks, a character that the cut left
 * half is dropped. */
static void make_printable(char *text)
{
    size_t n = 0;
    for (const char *p = text; *p;) {
        unsigned char c = (unsigned char)*p;
        size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        bool whole = c < 0x80 || (strnlen(p, len) == len && ts_utf8_valid(p, len));
        if (c < 0x20 || c == 0x7F)
            text[n++] = ' ';
        else if (whole)
            for (size_t i = 0; i < len; i++)
                text[n++] = p[i];
        p += whole ? len : 1;
    }
    text[n] = 0;
}

static item *add_item(ts_check *check)
{
    if (check->count == check->cap) {
        size_t cap = check->cap ? check->cap * 2 : 64;
        item *grown = ts_realloc_array(check->items, cap, sizeof *grown);
        if (!grown) {
            check->no_memory = true;
            return NULL;
        }
        check->items = grown;
        check->cap = cap;
    }
    return &check->items[check->count++];
}

static void add(ts_check *check, const ts_check_rule *rule, const ts_node *node, uint32_t line,
                char *text)
{
    item *it = text ? add_item(check) : NULL;
    if (!it) {
        check->no_memory = true;
        return;
    }
    make_printable(text);
    *it = (item){.finding = {.rule = rule,
                             .sequence = check->sequence,
                             .node = node,
                             .line = line   ? line
                                     : node ? node->line
                                            : check->sequence->line,
                             .text = text},
                 .sequence = check->sequence_number,
                 .order = check->count};
}

void ts_check_finding(ts_check *check, const char *rule, const ts_node *node, uint32_t line,
                      const char *fmt, ...)
{
    if (check->count > TS_CHECK_FINDINGS_MAX)
        return;
    if (check->count == TS_CHECK_FINDINGS_MAX) {
        add(check, ts_check_rule_find("check-more-findings"), node, line,
            ts_arena_strdup(check->arena, "there are more findings than are listed"));
        return;
    }
    const ts_check_rule *found = ts_check_rule_find(rule);
    ts_buf buf;
    ts_buf_init(&buf, TS_CHECK_TEXT_MAX);
    va_list args;
    va_start(args, fmt);
    ts_buf_vprintf(&buf, fmt, args);
    va_end(args);
    if (buf.no_memory)
        check->no_memory = true;
    add(check, found ? found : ts_check_rule_find("step-check"), node, line,
        ts_arena_strdup(check->arena, ts_buf_text(&buf)));
    ts_buf_done(&buf);
}

/* --- At the end ------------------------------------------------------------------------------ */

static int compare_items(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    if (x->finding.line != y->finding.line)
        return x->finding.line < y->finding.line ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int compare_lines(const void *a, const void *b)
{
    const secret_line *x = a, *y = b;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static bool is_repeated(const ts_check *check, size_t at)
{
    const item *it = &check->items[at];
    for (size_t i = at; i-- > 0;) {
        const item *before = &check->items[i];
        if (before->sequence != it->sequence || before->finding.line != it->finding.line)
            return false;
        if (before->finding.rule == it->finding.rule && before->finding.node == it->finding.node &&
            strcmp(before->finding.text, it->finding.text) == 0)
            return true;
        if (at - i > 64) /* an export in one line has all its findings there */
            return false;
    }
    return false;
}

bool lint_check_finish(ts_check *check)
{
    if (check->count > 0)
        qsort(check->items, check->count, sizeof *check->items, compare_items);
    if (check->n_secrets > 0)
        qsort(check->secrets, check->n_secrets, sizeof *check->secrets, compare_lines);
    size_t n = 0;
    for (size_t i = 0; i < check->count; i++) {
        if (is_repeated(check, i))
            continue;
        item *it = &check->items[i];
        secret_line key = {it->sequence, it->finding.line};
        it->finding.secret_line = check->n_secrets > 0 &&
                                  bsearch(&key, check->secrets, check->n_secrets,
                                          sizeof *check->secrets, compare_lines) != NULL;
        check->items[n++] = *it;
    }
    check->count = n;
    return !check->no_memory;
}

size_t ts_check_count(const ts_check *check)
{
    return check->count;
}

const ts_finding *ts_check_at(const ts_check *check, size_t index)
{
    return index < check->count ? &check->items[index].finding : NULL;
}

void lint_no_memory(ts_check *check)
{
    check->no_memory = true;
}

ts_arena *lint_arena(ts_check *check)
{
    return check->arena;
}

void ts_check_keep(ts_check *check, bool (*keep)(void *ctx, const ts_finding *finding), void *ctx)
{
    size_t n = 0;
    for (size_t i = 0; i < check->count; i++)
        if (keep(ctx, &check->items[i].finding))
            check->items[n++] = check->items[i];
    check->count = n;
}
