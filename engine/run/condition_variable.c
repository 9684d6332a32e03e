/* condition_variable.c - leaves that compare a text: variable, registry, software.
 *
 * Rules that are not documented: VAR-MISSING, VAR-ENV, CODE-SIGN, REG-NOTEQUALS-MISSING. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "condition_leaf.h"
#include "vars_internal.h"

/* --- Variable ----------------------------------------------------------------------------- */

/* A variable that nothing set is looked for in the environment: real sequences ask for
 * processor_architecture that way (rule VAR-ENV). */
static ts_value look_up(ts_leaf *leaf, const char *name)
{
    const ts_value *value = ts_vars_get(leaf->env->vars, name);
    if (value)
        return *value;
    const char *text = *name ? ts_vars_env_get(leaf->env->vars, name) : NULL;
    if (!text || !*text)
        return (ts_value){.text = ""};
    ts_leaf_decided(leaf, "VAR-ENV", "'%s' is not set; its value comes from the environment", name);
    return (ts_value){.text = text};
}

/* Exit codes are 32 bits; one writes 3247440400, another -1047526896 for the same code. Comparing
 * goes with the signed one (rule CODE-SIGN). */
static bool signed_code(const char *text, char out[16])
{
    int64_t n;
    if (!ts_str_int64(text, &n) || n <= INT32_MAX || n > UINT32_MAX)
        return false;
    n -= INT64_C(1) << 32;
    uint32_t positive = (uint32_t)-n;
    size_t at = 15;
    out[at] = 0;
    for (; positive > 0; positive /= 10)
        out[--at] = (char)('0' + positive % 10);
    out[--at] = '-';
    memmove(out, out + at, 16 - at);
    return true;
}

static bool compare_variable(ts_leaf *leaf, const char *name, const ts_value *is,
                             const ts_value *wanted, ts_err **err)
{
    bool secret = ((is->flags | wanted->flags) & TS_VALUE_SECRET) != 0, holds = false;
    const char *left = is->text, *right = wanted->text;
    char left_code[16], right_code[16];
    if (ts_str_ieq(name, "_SMSTSLastActionRetCode") ||
        ts_str_ieq(name, "_SMSTSOSUpgradeActionReturnCode")) {
        left = signed_code(left, left_code) ? left_code : left;
        right = signed_code(right, right_code) ? right_code : right;
    }
    if (!ts_leaf_compare(leaf, leaf->cond->op, left, right, secret, &holds, err))
        return false;
    if ((left == left_code) != (right == right_code))
        ts_leaf_decided(leaf, "CODE-SIGN", "'%s' and '%s' compare as signed 32-bit codes", is->text,
                        wanted->text);
    if (!*is->text && holds && leaf->cond->op != TS_OP_EQUALS && leaf->cond->op != TS_OP_NOT_EQUALS)
        ts_leaf_decided(leaf, "VAR-MISSING", "'%s' is not set and compares as an empty text", name);
    leaf->result = holds ? TS_YES : TS_NO;
    ts_leaf_want_op(leaf, leaf->cond->op, wanted->text, wanted->flags);
    leaf->want_is_fact = leaf->cond->op == TS_OP_EQUALS && strcmp(is->text, wanted->text) == 0;
    return true;
}

bool ts_leaf_variable(ts_leaf *leaf, ts_err **err)
{
    const char *name = ts_cond_field_value(leaf->cond, "Variable");
    if (ts_str_blank(name))
        return ts_leaf_fault(leaf, err, "the condition names no variable");
    ts_cond_op op = leaf->cond->op;
    ts_value is = look_up(leaf, name);
    bool exists_op = op == TS_OP_EXISTS || op == TS_OP_NOT_EXISTS;
    if (is.flags & TS_VALUE_UNKNOWN) {
        leaf->result = TS_UNSURE;
        ts_leaf_fact(leaf, "%s is not known (%s)", name, is.why ? is.why : "no reason given");
    } else if (*is.text) {
        ts_leaf_fact(leaf, "%s is ", name);
        ts_leaf_quote(leaf, &leaf->fact, is.text, is.flags);
        if (is.flags & TS_VALUE_ASSUMED)
            ts_leaf_fact(leaf, " (assumed)");
    } else {
        ts_leaf_fact(leaf, "%s is not set", name);
    }
    if (exists_op) {
        if (leaf->result != TS_UNSURE)
            leaf->result = (*is.text != 0) == (op == TS_OP_EXISTS) ? TS_YES : TS_NO;
        ts_leaf_want(leaf, "%s", op == TS_OP_EXISTS ? "it set" : "it not set");
        leaf->want_is_fact = true;
        return true;
    }
    ts_value wanted;
    bool known;
    if (leaf->result == TS_UNSURE) {
        ts_leaf_want_op(leaf, op, ts_cond_field_value(leaf->cond, "Value"), 0);
        return true;
    }
    /* `is` may lie in vars and in the environment: expanding changes neither */
    if (!ts_leaf_field(leaf, "Value", &wanted, &known, err))
        return false;
    bool ok = !known || compare_variable(leaf, name, &is, &wanted, err);
    ts_value_done(&wanted);
    return ok;
}

/* --- Registry ----------------------------------------------------------------------------- */

typedef struct registry {
    ts_value key, value, data; /* of the condition, expanded */
    bool names_value;          /* the condition has a Value: "" is the default value */
    bool found;
    ts_reg_type type;
    char *text; /* the machine's data */
} registry;

static void registry_done(registry *r)
{
    ts_value_done(&r->key);
    ts_value_done(&r->value);
    ts_value_done(&r->data);
    free(r->text);
}

static void registry_fact(ts_leaf *leaf, const registry *r)
{
    ts_leaf_fact(leaf, "registry ");
    ts_leaf_quote(leaf, &leaf->fact, r->key.text, r->key.flags);
    if (r->names_value && *r->value.text) {
        ts_leaf_fact(leaf, " ");
        ts_leaf_quote(leaf, &leaf->fact, r->value.text, r->value.flags);
    } else if (r->names_value) {
        ts_leaf_fact(leaf, " (default)");
    }
    if (!r->found) {
        ts_leaf_fact(leaf, " does not exist");
    } else if (r->names_value) {
        ts_leaf_fact(leaf, " is ");
        ts_leaf_quote(leaf, &leaf->fact, r->text ? r->text : "", 0);
    } else {
        ts_leaf_fact(leaf, " exists");
    }
}

/* The type counts for exists and notExists of a named value only (ConfigMgr docs: registry
 * condition). */
static bool registry_exists(ts_leaf *leaf, registry *r, ts_err **err)
{
    const char *wanted = ts_cond_field_value(leaf->cond, "Type");
    bool exists = r->found;
    if (exists && r->names_value && *r->value.text && !ts_str_blank(wanted)) {
        ts_reg_type type;
        if (!ts_reg_type_by_name(wanted, &type))
            return ts_leaf_fault(leaf, err, "unknown registry type '%s'", wanted);
        exists = r->type == type;
        if (!exists) {
            ts_leaf_fact(leaf, " of type %s", ts_reg_type_name(r->type));
            ts_leaf_want(leaf, "type %s", wanted);
        }
    }
    leaf->result = exists == (leaf->cond->op == TS_OP_EXISTS) ? TS_YES : TS_NO;
    return true;
}

static bool registry_compare(ts_leaf *leaf, registry *r, ts_err **err)
{
    ts_cond_op op = leaf->cond->op;
    bool holds = false;
    if (op == TS_OP_LIKE || op == TS_OP_NOT_LIKE)
        return ts_leaf_fault(leaf, err, "operator '%s' does not fit a registry condition",
                             ts_cond_op_name(op));
    /* also for a value that is missing: an unknown operator is an error, not false */
    if (!ts_leaf_compare(leaf, op, r->text ? r->text : "", r->data.text,
                         (r->data.flags & TS_VALUE_SECRET) != 0, &holds, err))
        return false;
    if (!r->found && op == TS_OP_NOT_EQUALS)
        ts_leaf_decided(leaf, "REG-NOTEQUALS-MISSING",
                        "registry value '%s' of '%s' is missing; notEquals is false then",
                        r->value.text, r->key.text);
    leaf->result = r->found && holds ? TS_YES : TS_NO;
    ts_leaf_want_op(leaf, op, r->data.text, r->data.flags);
    leaf->want_is_fact = op == TS_OP_EQUALS;
    return true;
}

static bool registry_ask(ts_leaf *leaf, registry *r, ts_err **err)
{
    bool there = true;
    const char *value = r->names_value ? r->value.text : NULL;
    if (!ts_host_reg_get(leaf->env->host, r->key.text, value, &r->found, &r->type, &r->text, err) &&
        !ts_leaf_host_error(leaf, &there, err))
        return ts_wrap(err, "condition (line %u)", (unsigned)leaf->cond->line);
    r->found = r->found && there;
    return true;
}

bool ts_leaf_registry(ts_leaf *leaf, ts_err **err)
{
    registry r = {0};
    bool known = false,
         exists_op = leaf->cond->op == TS_OP_EXISTS || leaf->cond->op == TS_OP_NOT_EXISTS;
    /* real conditions that ask for a key have no Value at all; comparing one without a Value means
     * the default value (rule REG-VALUE-ABSENT) */
    r.names_value = ts_leaf_has_field(leaf, "Value") || !exists_op;
    bool ok = ts_leaf_field(leaf, "KeyPath", &r.key, &known, err) &&
              (!known || ts_leaf_field(leaf, "Value", &r.value, &known, err)) &&
              (!known || ts_leaf_field(leaf, "Data", &r.data, &known, err));
    if (ok && known && !*r.key.text)
        ok = ts_leaf_fault(leaf, err, "the condition names no registry key");
    if (ok && known)
        ok = registry_ask(leaf, &r, err);
    if (ok && known && leaf->result != TS_UNSURE) {
        registry_fact(leaf, &r);
        ok = exists_op ? registry_exists(leaf, &r, err) : registry_compare(leaf, &r, err);
    }
    registry_done(&r);
    return ok;
}

/* --- Software ----------------------------------------------------------------------------- */

/* ThisVersion: the product code is installed; AnyVersion: any product with the upgrade code
 * (ConfigMgr docs: software condition). */
bool ts_leaf_software(ts_leaf *leaf, ts_err **err)
{
    bool this_version = leaf->cond->op == TS_OP_THIS_VERSION, found = false, there = true;
    if (!this_version && leaf->cond->op != TS_OP_ANY_VERSION)
        return ts_leaf_fault(leaf, err, "operator '%s' does not fit a software condition",
                             ts_cond_field_value(leaf->cond, "Operator"));
    const char *field = this_version ? "ProductCode" : "UpgradeCode";
    const char *code = ts_cond_field_value(leaf->cond, field);
    if (ts_str_blank(code))
        return ts_leaf_fault(leaf, err, "operator '%s' needs a %s", ts_cond_op_name(leaf->cond->op),
                             field);
    char *version = NULL;
    if (!ts_host_product(leaf->env->host, this_version ? code : NULL, this_version ? NULL : code,
                         &found, &version, err) &&
        !ts_leaf_host_error(leaf, &there, err))
        return ts_wrap(err, "condition (line %u)", (unsigned)leaf->cond->line);
    if (leaf->result != TS_UNSURE) {
        const char *name = ts_cond_field_value(leaf->cond, "ProductName");
        found = found && there;
        leaf->result = found ? TS_YES : TS_NO;
        ts_leaf_fact(leaf, "software ");
        ts_leaf_quote(leaf, &leaf->fact, ts_str_blank(name) ? code : name, 0);
        ts_leaf_fact(leaf, found ? " is installed" : " is not installed");
        if (found && version && *version)
            ts_leaf_fact(leaf, ", version %s", version);
    }
    free(version);
    return true;
}
