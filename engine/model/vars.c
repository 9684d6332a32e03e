/* vars.c - task sequence variables: names, the two layers, flags, listing. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/vars.h>

#include "vars_internal.h"
#include "vars_table.h"

struct ts_vars {
    ts_var_table run;
    ts_var_table step;
    ts_secrets secrets;
    ts_vars_listener listener;
    void *listener_ctx;
    ts_vars_env env;
    void *env_ctx;
    ts_decided decided;
    void *decided_ctx;
};

ts_vars *ts_vars_new(void)
{
    ts_vars *vars = ts_alloc(sizeof(*vars));
    if (vars)
        vars->run.round = vars->step.round = 1;
    return vars;
}

void ts_vars_free(ts_vars *vars)
{
    if (!vars)
        return;
    ts_var_table_done(&vars->run);
    ts_var_table_done(&vars->step);
    ts_secrets_done(&vars->secrets);
    free(vars);
}

/* --- Names ------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static const char *trim_name(const char *name, size_t *len)
{
    size_t n = *len;
    while (n > 0 && is_blank(*name)) {
        name++;
        n--;
    }
    while (n > 0 && is_blank(name[n - 1]))
        n--;
    *len = n;
    return name;
}

/* Rule VAR-SECRET-NAMES. */
bool ts_var_name_is_secret(const char *name)
{
    static const char *const exact[] = {
        /* ConfigMgr docs: properties marked Secret or QuasiSecret, media certificate */
        "OSDJoinPassword", "OSDLocalAdminPassword", "OSDProductKey", "OSDCaptureAccountPassword",
        "SMSConnectNetworkFolderPassword", "OSDBitLockerPIN", "OSDBitLockerRecoveryPassword",
        "OSDBitLockerStartupKey", "OSDMigrateLocalAccountPassword",
        "SMSTSRunCommandLineUserPassword", "SMSTSRunPowerShellUserPassword",
        "OSDUpgradeOsProductKey", "_SMSTSMediaPFX",
        /* MDT toolkit reference: properties that hold passwords and keys */
        "AdminPassword", "DomainAdminPassword", "UserPassword", "RunAsPassword",
        "SafeModeAdminPassword", "ProductKey", "OverrideProductKey", "TPMOwnerPassword", "BDEPin"};
    /* network access account: _SMSTSReserved1-000 ..., older _SMSTSReserved1 */
    if (ts_str_ihas_prefix(name, "_SMSTSReserved1") || ts_str_ihas_prefix(name, "_SMSTSReserved2"))
        return true;
    for (size_t i = 0; i < TS_COUNT(exact); i++)
        if (ts_str_ieq(name, exact[i]))
            return true;
    return false;
}

static bool check_length(const char *name, size_t len, ts_err **err)
{
    if (len == 0)
        return ts_fail(err, TS_SCHEMA, "a variable needs a name");
    if (len > TS_VAR_NAME_MAX)
        return ts_fail(err, TS_LIMIT, "variable name '%.32s...' is longer than %u characters", name,
                       TS_VAR_NAME_MAX);
    return true;
}

static bool check_name(const char *name, size_t len, bool engine, ts_err **err)
{
    if (!check_length(name, len, err))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_name_char(name[i]))
            return ts_fail(err, TS_SCHEMA,
                           "variable name '%.*s' has a character that is not a letter, digit, "
                           "'_' or '-'",
                           (int)len, name);
    if (!engine && name[0] == '_')
        return ts_fail(
            err, TS_REFUSED,
            "variable '%.*s' is read-only: names with a leading '_' belong to the engine", (int)len,
            name);
    return true;
}

bool ts_var_name_check(const char *name, ts_err **err)
{
    size_t len = name ? strlen(name) : 0;
    name = trim_name(name ? name : "", &len);
    return check_name(name, len, false, err);
}

/* A default of a real file: its name is taken as it is. */
static bool check_default_name(const char *name, size_t len, ts_err **err)
{
    if (!check_length(name, len, err))
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '%' || name[i] == '=' || (unsigned char)name[i] < 0x20)
            return ts_fail(err, TS_SCHEMA,
                           "variable name '%.*s' has a '%%', '=' or control character", (int)len,
                           name);
    return true;
}

/* --- Setting ----------------------------------------------------------------------------- */

/* One value on its way into a table. */
typedef struct change {
    const char *name;
    size_t name_len;
    uint32_t hash;
    const char *text;
    size_t len;
    unsigned flags;
    const char *why;
} change;

static bool change_make(change *c, const char *name, const char *value, unsigned flags,
                        ts_err **err)
{
    *c = (change){.text = value ? value : "", .flags = flags};
    c->name_len = name ? strlen(name) : 0;
    c->name = trim_name(name ? name : "", &c->name_len);
    c->hash = ts_var_hash(c->name, c->name_len);
    c->len = strlen(c->text);
    if (c->len > TS_VAR_VALUE_MAX)
        return ts_fail(err, TS_LIMIT, "value of variable '%.*s' is longer than %u bytes",
                       c->name_len > TS_VAR_NAME_MAX ? (int)TS_VAR_NAME_MAX : (int)c->name_len,
                       c->name, TS_VAR_VALUE_MAX);
    return true;
}

static bool deletes(const change *c)
{
    return c->len == 0 && !(c->flags & TS_VALUE_UNKNOWN);
}

/* Puts the change into the entry. *changed says whether anything is different now; on failure
 * nothing is. */
static bool put(ts_vars *vars, ts_var_table *table, ts_var *v, const change *c, bool *changed,
                ts_err **err)
{
    unsigned flags = c->flags | (v->secret ? (unsigned)TS_VALUE_SECRET : 0);
    bool present = ts_var_is_present(table, v);
    if (present && v->value.flags == flags && v->len == c->len && !v->why && !c->why &&
        memcmp(v->text, c->text, c->len) == 0)
        return true;
    if (!present && table->n_present >= TS_VAR_COUNT_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u variables", TS_VAR_COUNT_MAX);
    if ((flags & TS_VALUE_SECRET) && c->len > 0 &&
        !ts_secrets_add(&vars->secrets, c->text, c->len, err))
        return false;
    char *why = c->why ? ts_strdup(c->why) : NULL;
    if ((c->why && !why) || !ts_var_store(v, c->text, c->len)) {
        free(why);
        return ts_fail_nomem(err);
    }
    free(v->why);
    v->value.why = v->why = why;
    v->value.flags = flags;
    if (flags & TS_VALUE_SECRET)
        v->secret = table->holds_secret = true;
    if (!present)
        table->n_present++;
    v->round = table->round;
    *changed = true;
    return true;
}

static bool set_run_wide(ts_vars *vars, const change *c, bool engine, ts_err **err)
{
    ts_var_table *table = &vars->run;
    ts_var *v = ts_var_table_find(table, c->name, c->name_len, c->hash);
    /* the name of an entry was checked when the entry was made */
    if ((!v || (!engine && c->name[0] == '_')) && !check_name(c->name, c->name_len, engine, err))
        return false;
    if (deletes(c)) {
        if (!v || !ts_var_is_present(table, v))
            return true;
        ts_var_delete(table, v);
        if (vars->listener)
            vars->listener(vars->listener_ctx, v->name, NULL);
        return true;
    }
    if (!v)
        v = ts_var_table_add(table, c->name, c->name_len, c->hash);
    if (!v)
        return ts_fail_nomem(err);
    bool changed = false;
    if (!put(vars, table, v, c, &changed, err))
        return false;
    if (changed && vars->listener)
        vars->listener(vars->listener_ctx, v->name, &v->value);
    return true;
}

bool ts_vars_set(ts_vars *vars, const char *name, const char *value, unsigned flags, ts_err **err)
{
    change c;
    return change_make(&c, name, value, flags & ~(unsigned)TS_VALUE_UNKNOWN, err) &&
           set_run_wide(vars, &c, false, err);
}

bool ts_vars_set_engine_flags(ts_vars *vars, const char *name, const char *value, unsigned flags,
                              ts_err **err)
{
    change c;
    return change_make(&c, name, value, flags & ~(unsigned)TS_VALUE_UNKNOWN, err) &&
           set_run_wide(vars, &c, true, err);
}

bool ts_vars_set_engine(ts_vars *vars, const char *name, const char *value, ts_err **err)
{
    return ts_vars_set_engine_flags(vars, name, value, 0, err);
}

bool ts_vars_set_unknown(ts_vars *vars, const char *name, const char *why, ts_err **err)
{
    change c;
    if (!change_make(&c, name, "", TS_VALUE_UNKNOWN, err))
        return false;
    c.why = why ? why : "nobody can know it";
    return set_run_wide(vars, &c, true, err);
}

/* --- Looking up -------------------------------------------------------------------------- */

const ts_value *ts_vars_get_n(const ts_vars *vars, const char *name, size_t len)
{
    name = trim_name(name, &len);
    uint32_t hash = ts_var_hash(name, len);
    const ts_var *v = ts_var_table_find(&vars->run, name, len, hash);
    if (v && ts_var_is_present(&vars->run, v))
        return &v->value;
    v = vars->step.n_present ? ts_var_table_find(&vars->step, name, len, hash) : NULL;
    return v && ts_var_is_present(&vars->step, v) ? &v->value : NULL;
}

const ts_value *ts_vars_get(const ts_vars *vars, const char *name)
{
    return name ? ts_vars_get_n(vars, name, strlen(name)) : NULL;
}

const char *ts_vars_text(const ts_vars *vars, const char *name)
{
    const ts_value *value = ts_vars_get(vars, name);
    return value ? value->text : "";
}

/* --- The step layer ---------------------------------------------------------------------- */

void ts_vars_step_begin(ts_vars *vars)
{
    ts_var_table_next_round(&vars->step);
}

bool ts_vars_step_default(ts_vars *vars, const char *name, const char *value, unsigned flags,
                          ts_err **err)
{
    change c;
    if (!change_make(&c, name, value, flags, err))
        return false;
    ts_var_table *table = &vars->step;
    ts_var *v = ts_var_table_find(table, c.name, c.name_len, c.hash);
    if (!v && !check_default_name(c.name, c.name_len, err))
        return false;
    if (deletes(&c)) {
        if (v && ts_var_is_present(table, v))
            ts_var_delete(table, v);
        return true;
    }
    if (!v)
        v = ts_var_table_add(table, c.name, c.name_len, c.hash);
    if (!v)
        return ts_fail_nomem(err);
    bool changed = false;
    return put(vars, table, v, &c, &changed, err);
}

void ts_vars_step_end(ts_vars *vars)
{
    ts_var_table_next_round(&vars->step);
}

/* --- Listing, listeners ------------------------------------------------------------------ */

static int compare_names(const void *a, const void *b)
{
    return ts_str_casecmp((*(const ts_var *const *)a)->name, (*(const ts_var *const *)b)->name);
}

bool ts_vars_each(const ts_vars *vars, ts_vars_visit visit, void *ctx, ts_err **err)
{
    const ts_var_table *table = &vars->run;
    const ts_var **list = ts_alloc_array(table->n_present, sizeof(ts_var *));
    if (!list)
        return ts_fail_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < table->n_slots; i++)
        if (table->slots[i] && ts_var_is_present(table, table->slots[i]))
            list[n++] = table->slots[i];
    qsort(list, n, sizeof(ts_var *), compare_names);
    for (size_t i = 0; i < n; i++)
        if (!visit(ctx, list[i]->name, &list[i]->value))
            break;
    free(list);
    return true;
}

size_t ts_vars_count(const ts_vars *vars)
{
    return vars->run.n_present;
}

void ts_vars_listen(ts_vars *vars, ts_vars_listener listener, void *ctx)
{
    vars->listener = listener;
    vars->listener_ctx = ctx;
}

void ts_vars_set_env(ts_vars *vars, ts_vars_env env, void *ctx)
{
    vars->env = env;
    vars->env_ctx = ctx;
}

const char *ts_vars_env_get(const ts_vars *vars, const char *name)
{
    return vars->env ? vars->env(vars->env_ctx, name) : NULL;
}

void ts_vars_on_decision(ts_vars *vars, ts_decided decided, void *ctx)
{
    vars->decided = decided;
    vars->decided_ctx = ctx;
}

bool ts_vars_wants_decisions(const ts_vars *vars)
{
    return vars->decided != NULL;
}

void ts_vars_tell_decision(const ts_vars *vars, const char *rule, const char *text)
{
    if (!vars->decided)
        return;
    char *owned = NULL;
    vars->decided(vars->decided_ctx, rule, ts_vars_mask(vars, text, &owned));
    free(owned);
}

const char *ts_vars_mask(const ts_vars *vars, const char *text, char **owned)
{
    return ts_secrets_mask(&vars->secrets, text, owned);
}
