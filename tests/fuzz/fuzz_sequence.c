/* fuzz_sequence.c - the loader: any bytes either load or give an error; what loads holds together.
 */
#include <stdlib.h>
#include <string.h>

#include <ts/condition.h>
#include <ts/rules.h>
#include <ts/sequence.h>

#include "fuzz.h"

#undef NDEBUG /* the assertions are the test, in every build */
#include <assert.h>

static void touch_rules(const char *text)
{
    ts_err *err = NULL;
    const ts_rules *rules = ts_rules_parse(text, "f", 1, &err);
    assert((rules != NULL) == (err == NULL));
    ts_rules_free(rules);
    ts_err_free(err);
}

static void touch_node(const ts_sequence *s, const ts_node *n)
{
    assert(n->index == (uint32_t)(n - s->nodes));
    assert(n->end > n->index && n->end <= s->n_nodes);
    assert(!n->parent || (n->parent->index < n->index && n->end <= n->parent->end));
    assert(strlen(n->path) >= 2 && n->line > 0);
    assert(n->kind == TS_NODE_GROUP || n->n_success > 0);
    char program[32];
    ts_node_program(n, program, sizeof program);
    if (n->condition) {
        char *text = ts_cond_describe(n->condition);
        assert(text);
        free(text);
    }
    const char *rules = ts_node_setting(n, "OSDSetDynamicVariablesRules");
    if (rules)
        touch_rules(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_err *err = NULL;
    ts_bundle *bundle = ts_bundle_load_bytes("f", data, size, &err);
    assert((bundle != NULL) == (err == NULL));
    assert(!err || strlen(ts_err_text(err)) > 0);
    for (size_t i = 0; bundle && i < ts_bundle_count(bundle); i++) {
        const ts_sequence *s = ts_bundle_get(bundle, i);
        assert(strlen(s->sha256) == 64);
        for (size_t k = 0; k < s->n_nodes; k++)
            touch_node(s, &s->nodes[k]);
    }
    ts_bundle_free(bundle);
    ts_err_free(err);
    return 0;
}
