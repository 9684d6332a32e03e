/* corpus_check.c - every real sequence is checked in bounded time; no finding holds a secret that
 * the file has in clear, and the rules say little that is an error. Prints how often each rule
 * spoke. */
#include "corpus.h"

#include <time.h>

#include <ts/check.h>
#include <ts/text.h>
#include <ts/vars.h>

#include "steps.h"

#define SECONDS_MAX 2.0 /* for one file, also under the sanitizers */

typedef struct tally {
    ts_steps *steps;
    unsigned files, failed;
    size_t findings;
    unsigned *files_of_rule; /* by number of the rule */
} tally;

static void failed(tally *t, const corpus_file *file, const char *why)
{
    t->failed++;
    printf("FAILED: %s: %s\n", file->name, why);
}

static void look(tally *t, const corpus_file *file, const ts_bundle *bundle, const ts_check *check)
{
    for (size_t i = 0; i < ts_check_count(check); i++) {
        const ts_finding *f = ts_check_at(check, i);
        if (f->line == 0 || !*f->text)
            failed(t, file, "a finding without a line or a text");
        if (strcmp(f->rule->id, "step-check") == 0)
            failed(t, file, "a rule id that is not in the table");
    }
    const ts_sequence *s = ts_bundle_entry(bundle);
    for (size_t i = 0; i < s->n_nodes; i++)
        for (size_t k = 0; k < s->nodes[i].n_settings; k++) {
            const ts_setting *secret = &s->nodes[i].settings[k];
            if (!ts_var_name_is_secret(secret->name) || strlen(secret->value) < 5)
                continue;
            for (size_t n = 0; n < ts_check_count(check); n++)
                if (strstr(ts_check_at(check, n)->text, secret->value))
                    failed(t, file, "a finding shows a secret");
        }
}

static void count(tally *t, const ts_check *check)
{
    size_t n;
    const ts_check_rule *rules = ts_check_rules(&n);
    for (size_t r = 0; r < n; r++)
        for (size_t i = 0; i < ts_check_count(check); i++)
            if (ts_check_at(check, i)->rule == &rules[r]) {
                t->files_of_rule[r]++;
                break;
            }
    t->findings += ts_check_count(check);
}

static void visit(const corpus_file *file, void *ctx)
{
    tally *t = ctx;
    ts_bundle *bundle = ts_bundle_load(file->path, NULL);
    if (!bundle)
        return; /* corpus_load looks after these */
    t->files++;
    clock_t start = clock();
    ts_check *check = ts_check_bundle(bundle, t->steps, NULL);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (!check)
        failed(t, file, "the check failed");
    else if (seconds > SECONDS_MAX)
        failed(t, file, "the check took too long");
    if (check) {
        look(t, file, bundle, check);
        count(t, check);
    }
    ts_check_free(check);
    ts_bundle_free(bundle);
}

int main(void)
{
    static unsigned files_of_rule[1000];
    tally t = {.steps = ts_steps_new(ts_builtin_steps, NULL), .files_of_rule = files_of_rule};
    size_t n;
    const ts_check_rule *rules = ts_check_rules(&n);
    if (!t.steps || n > 1000)
        return 1;
    int status = corpus_walk(visit, &t);
    ts_steps_free(t.steps);
    if (status != 0)
        return status;
    printf("%u files, %zu findings\n", t.files, t.findings);
    for (size_t i = 0; i < n; i++) {
        if (files_of_rule[i] == 0)
            continue;
        printf("%5u files  %s\n", files_of_rule[i], rules[i].id);
        if (rules[i].severity != TS_SEVERITY_NOTE && files_of_rule[i] * 2 > t.files &&
            strncmp(rules[i].id, "load-", 5) != 0) {
            printf("FAILED: a rule that speaks in most real files must be a note\n");
            t.failed++;
        }
    }
    return t.failed ? 1 : 0;
}
