/* corpus_load.c - every real sequence loads, with as many steps, groups and conditions as its index
 * says; a file that is not well-formed gives a syntax error with a line. */
#include "corpus.h"

#include <ts/condition.h>
#include <ts/sequence.h>

typedef struct tally {
    unsigned files, refused, failed;
    size_t steps, warnings;
} tally;

static void failed(tally *t, const corpus_file *file, const char *why)
{
    t->failed++;
    printf("FAILED: %s: %s\n", file->name, why);
}

static void check_error(tally *t, const corpus_file *file, ts_err *err)
{
    const char *text = ts_err_text(err), *place = strstr(text, file->name);
    unsigned line = 0, column = 0;
    if (file->well_formed)
        failed(t, file, text);
    else if (ts_err_code(err) != TS_SYNTAX || !place ||
             sscanf(place + strlen(file->name), ":%u:%u:", &line, &column) != 2 || line == 0)
        failed(t, file, "the error has no line and column");
    else
        t->refused++;
}

/* Conditions as the index counts them: <condition> elements. Unknown ones are faults here, because
 * real files hold none. */
static long count_unknown(const struct ts_cond *cond)
{
    long n = cond->kind == TS_COND_UNKNOWN || cond->problem;
    for (size_t i = 0; i < cond->n_children; i++)
        n += count_unknown(cond->children[i]);
    return n;
}

static void check_counts(tally *t, const corpus_file *file, const ts_sequence *s)
{
    long steps = 0, groups = 0, conditions = 0, unknown = 0;
    for (size_t i = 0; i < s->n_nodes; i++) {
        const ts_node *n = &s->nodes[i];
        groups += n->kind == TS_NODE_GROUP;
        steps += n->kind == TS_NODE_STEP;
        conditions += n->condition != NULL;
        unknown += n->condition ? count_unknown(n->condition) : 0;
        if (n->line == 0 || (n->kind == TS_NODE_STEP && n->action_line == 0))
            failed(t, file, "a node without a line");
    }
    char text[200];
    snprintf(text, sizeof text,
             "%ld steps, %ld groups, %ld conditions (%ld unknown); the index says %ld, %ld, %ld",
             steps, groups, conditions, unknown, file->steps, file->groups, file->conditions);
    if (steps != file->steps || groups != file->groups || conditions != file->conditions ||
        unknown > 0)
        failed(t, file, text);
    t->steps += (size_t)steps;
    t->warnings += s->n_warnings;
}

static void visit(const corpus_file *file, void *ctx)
{
    tally *t = ctx;
    t->files++;
    ts_err *err = NULL;
    ts_bundle *bundle = ts_bundle_load(file->path, &err);
    if (!bundle)
        check_error(t, file, err);
    else if (!file->well_formed)
        failed(t, file, "loads, but is not well-formed");
    else
        check_counts(t, file, ts_bundle_entry(bundle));
    ts_err_free(err);
    ts_bundle_free(bundle);
}

int main(void)
{
    tally t = {0};
    int status = corpus_walk(visit, &t);
    if (status != 0)
        return status;
    printf("%u files, %zu steps, %zu warnings; %u refused as they should be; %u failed\n", t.files,
           t.steps, t.warnings, t.refused, t.failed);
    return t.failed > 0 || t.files == 0;
}
