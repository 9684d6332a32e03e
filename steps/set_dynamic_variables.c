/* set_dynamic_variables.c - Set Dynamic Variables: facts of the machine, then rules.
 *
 * ConfigMgr docs: the step gathers the facts first, then applies every rule whose condition is
 * true, in order. Secret values are dropped when a sequence is exported. */
#include <stdlib.h>

#include <ts/mem.h>
#include <ts/rules.h>
#include <ts/text.h>

#include "facts.h"
#include "helpers.h"
#include "inputs.h"
#include "steps.h"

#define RULES "OSDSetDynamicVariablesRules"

static const ts_input inputs[] = {
    TS_IN(RULES, "Rules", TS_XML, TS_RAW, NULL,
          "The rules: a document with conditions and variables."),
    TS_IN_END,
};
static const char *const programs[] = {"osdsetdynamicvariables", NULL};
static const char *const outputs[] = {
    "_SMSTSMake", "_SMSTSModel",        "_SMSTSSerialNumber", "_SMSTSAssetTag",
    "_SMSTSUUID", "_SMSTSMacAddresses", "_SMSTSIPAddresses",  "_SMSTSDefaultGateways",
    NULL};
/* In the order of `outputs`. */
static const ts_fact facts[] = {TS_FACT_MAKE, TS_FACT_MODEL, TS_FACT_SERIAL, TS_FACT_ASSET_TAG,
                                TS_FACT_UUID, TS_FACT_MAC,   TS_FACT_IP,     TS_FACT_GATEWAY};

static bool gather(ts_ctx *c, ts_result *out, ts_err **err)
{
    for (size_t i = 0; i < TS_COUNT(facts); i++) {
        char *text = ts_step_fact(c, facts[i], out, err);
        if (!text)
            return out->failed;
        bool ok = ts_step_set_text(c, out, outputs[i], text, err);
        free(text);
        if (!ok || out->failed)
            return ok;
    }
    return true;
}

static bool set_one(ts_ctx *c, const ts_rule_variable *variable, ts_result *out, ts_err **err)
{
    ts_value value = {.text = NULL};
    ts_err *why = NULL;
    if (variable->secret && !*variable->value) {
        ts_ctx_log(
            c, TS_LEVEL_WARNING,
            "Secret '%s' is empty, as every exported secret is: left as it was; give it as a "
            "variable of the run",
            variable->name);
        return true;
    }
    if (!ts_vars_expand(ts_ctx_vars(c), variable->value, &value, NULL, &why))
        return ts_step_own(out, why, err);
    if (variable->secret)
        value.flags |= TS_VALUE_SECRET;
    bool ok = ts_step_set(c, out, variable->name, &value, err);
    if (ok && !out->failed)
        ts_ctx_log(c, TS_LEVEL_INFO, "Set variable '%s'%s%s%s", variable->name,
                   value.flags & TS_VALUE_SECRET ? " (value hidden)" : " = '",
                   value.flags & TS_VALUE_SECRET ? "" : value.text,
                   value.flags & TS_VALUE_SECRET ? "" : "'");
    ts_value_done(&value);
    return ok;
}

static bool apply_rule(ts_ctx *c, const ts_rule *rule, size_t number, ts_result *out, ts_err **err)
{
    bool applies = true;
    char *reason TS_CLEANUP(ts_free_ptr) = NULL;
    ts_err *why = NULL;
    if (rule->condition && !ts_ctx_condition(c, rule->condition, &applies, &reason, &why)) {
        ts_wrap(&why, "rule %zu", number);
        return ts_step_own(out, why, err);
    }
    if (rule->condition)
        ts_ctx_log(c, TS_LEVEL_INFO, "Rule %zu %s: %s", number,
                   applies ? "applies" : "does not apply", reason ? reason : "");
    for (size_t i = 0; applies && i < rule->n_variables && !out->failed; i++)
        if (!set_one(c, &rule->variables[i], out, err))
            return false;
    return true;
}

static uint32_t rules_line(const ts_node *node)
{
    for (size_t i = 0; i < node->n_settings; i++)
        if (ts_str_ieq(node->settings[i].name, RULES))
            return node->settings[i].line;
    return node->line;
}

static bool run(ts_ctx *c, ts_result *out, ts_err **err)
{
    if (!gather(c, out, err))
        return false;
    if (out->failed)
        return true;
    ts_err *why = NULL;
    const ts_rules *rules = ts_rules_parse(ts_ctx_text(c, RULES), "rules of the step",
                                           rules_line(ts_ctx_node(c)), &why);
    if (!rules)
        return ts_step_own(out, why, err);
    for (size_t i = 0; i < rules->n_warnings; i++)
        ts_ctx_log(c, TS_LEVEL_WARNING, "Rules, line %u: %s", rules->warnings[i].line,
                   rules->warnings[i].text);
    bool ok = true;
    for (size_t i = 0; ok && i < rules->n_rules && !out->failed; i++)
        ok = apply_rule(c, &rules->rules[i], i + 1, out, err);
    ts_rules_free(rules);
    return ok;
}

const ts_step_class ts_step_set_dynamic_variables = {
    .type = "SMS_TaskSequence_SetDynamicVariablesAction",
    .title = "Set Dynamic Variables",
    .family = "set_dynamic_variables",
    .help = "Gathers facts of the machine and sets variables by rules.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .pure = true,
    .resume = TS_RESUME_AGAIN,
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
