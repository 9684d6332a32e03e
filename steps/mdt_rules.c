/* mdt_rules.c - MDT's rules: sections, properties, precedence. Values are made in mdt_value.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"
#include "mdt_ini.h"
#include "mdt_rules.h"
#include "mdt_value.h"

typedef struct rules {
    ts_ctx *c;
    ts_result *out;
    const char *file;
    mdt_ini ini;
    char *custom_text; /* names of custom lie in it */
    mdt_property custom[MDT_RULES_CUSTOM_MAX];
    size_t n_custom;
    unsigned depth;
} rules;

static bool process(rules *r, const char *name, const char *rule, ts_err **err);

static const char *text_of(const rules *r, const char *name)
{
    return ts_vars_text(ts_ctx_vars(r->c), name);
}

/* What this engine cannot do: a simulation goes on, since the rest can still be shown. */
static bool refuse(rules *r, const mdt_ini_section *section, const mdt_ini_key *key,
                   const char *what, const char *then)
{
    if (!ts_ctx_may_assume(r->c))
        return ts_result_unsupported(r->out,
                                     "%s:%u: [%s] asks for %s '%s', which taskseq cannot do: %s",
                                     r->file, key->line, section->name, what, key->value, then);
    ts_ctx_log(r->c, TS_LEVEL_WARNING,
               "%s:%u: [%s] asks for %s '%s', which taskseq cannot do: what it gives is not known",
               r->file, key->line, section->name, what, key->value);
    r->out->assumed = true;
    return true;
}

/* --- Properties ------------------------------------------------------------------------------- */

static bool is_ours(const char *name)
{
    return *name != '_' || ts_str_ieq(name, "_SMSTSOrgName") ||
           ts_str_ieq(name, "_SMSTSPackageName");
}

static bool set(rules *r, const mdt_ini_section *section, const mdt_ini_key *key, const char *name,
                const ts_value *value, ts_err **err)
{
    if (!is_ours(name)) {
        ts_ctx_log(r->c, TS_LEVEL_WARNING, "%s:%u: '%s' is read-only: the value is not used",
                   r->file, key->line, name);
        return true;
    }
    if (!ts_step_set(r->c, r->out, name, value, err))
        return false;
    if (!r->out->failed)
        ts_ctx_log(r->c, TS_LEVEL_INFO, "%s = %s ([%s], %s:%u)", name,
                   value->flags & TS_VALUE_SECRET || ts_var_name_is_secret(name) ? "***"
                   : value->flags & TS_VALUE_UNKNOWN                             ? "not known"
                                                                                 : value->text,
                   section->name, r->file, key->line);
    return true;
}

static bool make_value(rules *r, const mdt_ini_key *key, ts_value *out, ts_err **err)
{
    const char *note = NULL;
    if (!mdt_value(r->c, key->value, out, &note, err))
        return ts_wrap(err, "%s:%u: value of '%s'", r->file, key->line, key->name);
    if (note)
        ts_ctx_log(r->c, TS_LEVEL_WARNING, "%s:%u: '%s': %s", r->file, key->line, key->name, note);
    return true;
}

static bool set_plain(rules *r, const mdt_ini_section *section, const mdt_property *property,
                      ts_err **err)
{
    const mdt_ini_key *key = mdt_ini_key_of(&r->ini, section, property->name);
    const ts_value *there = ts_vars_get(ts_ctx_vars(r->c), property->name);
    if (!key || (there && !(property->flags & MDT_LAST_WINS)))
        return true;
    ts_value value = {0};
    ts_err *why = NULL;
    if (!make_value(r, key, &value, &why))
        return ts_step_own(r->out, why, err);
    bool has = *value.text || value.flags & TS_VALUE_UNKNOWN;
    bool ok = !has || set(r, section, key, property->name, &value, err);
    ts_value_done(&value);
    return ok;
}

/* Is the text an element already? *n: how many there are. */
static bool is_element(const rules *r, const char *list, const char *text, unsigned *n)
{
    char name[TS_VAR_NAME_MAX + 8];
    bool found = false;
    for (*n = 0; *n < MDT_RULES_ELEMENTS_MAX; ++*n) {
        snprintf(name, sizeof name, "%s%03u", list, *n + 1);
        const ts_value *there = ts_vars_get(ts_ctx_vars(r->c), name);
        if (!there)
            break;
        found = found || ts_str_ieq(there->text, text);
    }
    return found;
}

static bool add_element(rules *r, const mdt_ini_section *section, const mdt_ini_key *key,
                        const char *list, ts_err **err)
{
    ts_value value = {0};
    ts_err *why = NULL;
    if (!make_value(r, key, &value, &why))
        return ts_step_own(r->out, why, err);
    unsigned n = 0;
    char name[TS_VAR_NAME_MAX + 8];
    bool known = *value.text && is_element(r, list, value.text, &n);
    snprintf(name, sizeof name, "%s%03u", list, n + 1);
    bool ok = true;
    if (!known && *value.text && n == MDT_RULES_ELEMENTS_MAX)
        ts_result_fail(r->out, TS_STEP_CODE_BAD_VALUE,
                       "%s:%u: list '%s' has %u elements already, and no more are possible",
                       r->file, key->line, list, MDT_RULES_ELEMENTS_MAX);
    else if (!known && *value.text)
        ok = set(r, section, key, name, &value, err);
    ts_value_done(&value);
    return ok;
}

/* Elements begin with 1 or 001 and end at the first gap. */
static bool set_list(rules *r, const mdt_ini_section *section, const mdt_property *property,
                     ts_err **err)
{
    char name[TS_VAR_NAME_MAX + 8];
    for (unsigned i = 1; i <= MDT_RULES_ELEMENTS_MAX && !r->out->failed; i++) {
        snprintf(name, sizeof name, "%s%u", property->name, i);
        const mdt_ini_key *key = mdt_ini_key_of(&r->ini, section, name);
        snprintf(name, sizeof name, "%s%03u", property->name, i);
        key = key ? key : mdt_ini_key_of(&r->ini, section, name);
        if (!key)
            return true;
        if (!add_element(r, section, key, property->name, err))
            return false;
    }
    return true;
}

static bool set_properties(rules *r, const mdt_ini_section *section, const mdt_property *properties,
                           size_t n, ts_err **err)
{
    for (size_t i = 0; i < n && properties[i].name && !r->out->failed; i++) {
        bool list = properties[i].flags & MDT_LIST;
        if (!(list ? set_list : set_plain)(r, section, &properties[i], err))
            return false;
    }
    return true;
}

/* A key that nobody declared is read by nobody: the most common mistake in rules. */
static bool is_declared(const rules *r, const char *key)
{
    static const char *const words[] = {"UserExit", "Subsection", "SQLDefault"};
    for (size_t i = 0; i < TS_COUNT(words); i++)
        if (ts_str_ieq(key, words[i]))
            return true;
    char base[TS_VAR_NAME_MAX];
    size_t len = strlen(key);
    snprintf(base, sizeof base, "%s", key);
    while (len > 0 && len < sizeof base && base[len - 1] >= '0' && base[len - 1] <= '9')
        base[--len] = '\0';
    for (size_t i = 0; mdt_properties[i].name; i++)
        if (ts_str_ieq(mdt_properties[i].name, key) ||
            (mdt_properties[i].flags & MDT_LIST && ts_str_ieq(mdt_properties[i].name, base)))
            return true;
    for (size_t i = 0; i < r->n_custom; i++)
        if (ts_str_ieq(r->custom[i].name, key) ||
            (r->custom[i].flags & MDT_LIST && ts_str_ieq(r->custom[i].name, base)))
            return true;
    return false;
}

static void name_undeclared(rules *r, const mdt_ini_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        const mdt_ini_key *key = &r->ini.keys[section->first + i];
        if (*key->name && *key->name != ';' && !is_declared(r, key->name))
            ts_ctx_log(r->c, TS_LEVEL_WARNING,
                       "%s:%u: '%s' is no property of MDT and not in Properties= of [Settings]: "
                       "MDT does not read it",
                       r->file, key->line, key->name);
    }
}

/* --- Sections --------------------------------------------------------------------------------- */

static bool subsection(rules *r, const mdt_ini_key *key, ts_err **err)
{
    ts_value value = {0};
    ts_err *why = NULL;
    if (!make_value(r, key, &value, &why))
        return ts_step_own(r->out, why, err);
    bool ok = true;
    if (value.flags & TS_VALUE_UNKNOWN) {
        ts_ctx_log(r->c, TS_LEVEL_WARNING, "%s:%u: the name of the subsection is not known: %s",
                   r->file, key->line, value.why ? value.why : key->value);
        r->out->assumed = true;
    } else {
        ok = process(r, value.text, "Subsection", err);
    }
    ts_value_done(&value);
    return ok;
}

/* Scripts, databases and services. *plain false: the section has no plain properties. */
static bool foreign(rules *r, const mdt_ini_section *section, bool *plain)
{
    static const struct {
        const char *key, *what, *then;
        bool replaces;
    } sources[] = {
        {"UserExit", "the VBScript", "set its values with --var or in a pre-start script", false},
        {"SQLServer", "the database", "set its values with --var or in a pre-start script", true},
        {"SQLDefault", "the database", "set its values with --var or in a pre-start script", false},
        {"WebService", "the web service", "ask it in a pre-start script (ts.http)", true},
    };
    *plain = true;
    for (size_t i = 0; i < TS_COUNT(sources) && !r->out->failed; i++) {
        const mdt_ini_key *key = mdt_ini_key_of(&r->ini, section, sources[i].key);
        if (!key || !*key->value)
            continue;
        refuse(r, section, key, sources[i].what, sources[i].then);
        *plain = *plain && !sources[i].replaces;
    }
    return !r->out->failed;
}

static bool process(rules *r, const char *name, const char *rule, ts_err **err)
{
    const mdt_ini_section *section = mdt_ini_find(&r->ini, name);
    if (!section) {
        ts_ctx_log(r->c, TS_LEVEL_VERBOSE, "rule %s: there is no section [%s]", rule, name);
        return true;
    }
    if (r->depth == MDT_RULES_DEPTH_MAX) {
        ts_result_fail(r->out, TS_STEP_CODE_BAD_VALUE,
                       "%s:%u: [%s]: more than %u subsections inside one another: do they name "
                       "each other?",
                       r->file, section->line, section->name, MDT_RULES_DEPTH_MAX);
        return true;
    }
    r->depth++;
    ts_ctx_log(r->c, TS_LEVEL_INFO, "rule %s: section [%s] (%s:%u)", rule, section->name, r->file,
               section->line);
    bool plain = true, ok = true;
    const mdt_ini_key *sub = mdt_ini_key_of(&r->ini, section, "Subsection");
    if (foreign(r, section, &plain)) {
        if (plain)
            name_undeclared(r, section);
        ok = !sub || !*sub->value || subsection(r, sub, err);
        if (plain && !r->out->failed)
            ok = ok && set_properties(r, section, mdt_properties, SIZE_MAX, err) &&
                 set_properties(r, section, r->custom, r->n_custom, err);
    }
    r->depth--;
    return ok;
}

/* Gateways lead to sections by a table: [DefaultGateway] 10.0.0.1=NewYork. */
static bool by_gateway(rules *r, ts_err **err)
{
    const mdt_ini_section *table = mdt_ini_find(&r->ini, "DefaultGateway");
    char name[32];
    for (unsigned i = 1; table && i <= MDT_RULES_ELEMENTS_MAX && !r->out->failed; i++) {
        snprintf(name, sizeof name, "DefaultGateway%03u", i);
        if (!*text_of(r, name))
            return true;
        const mdt_ini_key *key = mdt_ini_key_of(&r->ini, table, text_of(r, name));
        if (key && !process(r, key->value, "DefaultGateway", err))
            return false;
    }
    return true;
}

/* A list (MacAddress, Role) leads to the section of each element, a property with a value to the
 * section of that value, and any other name to the section of this name. */
static bool by_name(rules *r, const char *rule, ts_err **err)
{
    char name[TS_VAR_NAME_MAX + 8];
    unsigned n = 0;
    for (; n < MDT_RULES_ELEMENTS_MAX && !r->out->failed; n++) {
        snprintf(name, sizeof name, "%.*s%03u", (int)TS_VAR_NAME_MAX, rule, n + 1);
        TS_CLEANUP(ts_free_ptr) char *element = ts_strdup(text_of(r, name));
        if (!element)
            return ts_fail_nomem(err);
        if (!*element)
            break;
        if (!process(r, element, rule, err))
            return false;
    }
    if (n > 0)
        return true;
    const ts_value *value = ts_vars_get(ts_ctx_vars(r->c), rule);
    if (value && value->flags & TS_VALUE_UNKNOWN) {
        ts_ctx_log(r->c, TS_LEVEL_WARNING, "rule %s: its value is not known: no section is taken",
                   rule);
        r->out->assumed = true;
        return true;
    }
    TS_CLEANUP(ts_free_ptr) char *section = ts_strdup(value ? value->text : rule);
    return section ? process(r, section, rule, err) : ts_fail_nomem(err);
}

/* --- [Settings] ------------------------------------------------------------------------------- */

/* The next of a comma list, trimmed, or NULL. */
static char *next_word(char **list)
{
    while (*list) {
        char *word = *list, *comma = strchr(word, ',');
        if (comma)
            *comma++ = '\0';
        *list = comma;
        word = ts_str_trim(word);
        if (*word)
            return word;
    }
    return NULL;
}

static bool declare(rules *r, char *list, ts_err **err)
{
    for (char *name; (name = next_word(&list)) != NULL;) {
        if (r->n_custom == MDT_RULES_CUSTOM_MAX)
            return ts_fail(err, TS_LIMIT, "%s: more than %u properties are declared", r->file,
                           MDT_RULES_CUSTOM_MAX);
        size_t len = strlen(name);
        bool is_list = len > 3 && strcmp(name + len - 3, "(*)") == 0;
        if (is_list)
            name[len - 3] = '\0';
        if (!ts_var_name_check(name, err))
            return ts_wrap(err, "%s: Properties= of [Settings]", r->file);
        r->custom[r->n_custom++] = (mdt_property){.name = name, .flags = is_list ? MDT_LIST : 0u};
    }
    return true;
}

static bool declare_all(rules *r, const mdt_ini_section *settings, ts_err **err)
{
    static const char *const keys[] = {"Properties", "CustomKeysUserData", "CustomKeysSysprep",
                                       "OSDVariableKeys"};
    ts_buf all;
    ts_buf_init(&all, MDT_INI_MAX);
    for (size_t i = 0; i < TS_COUNT(keys); i++) {
        const mdt_ini_key *key = mdt_ini_key_of(&r->ini, settings, keys[i]);
        if (key)
            ts_buf_printf(&all, "%s,", key->value);
    }
    bool ok = ts_buf_ok(&all, "list of properties", err);
    r->custom_text = ok ? ts_strdup(ts_buf_text(&all)) : NULL;
    ts_buf_done(&all);
    if (!ok)
        return false;
    return r->custom_text ? declare(r, r->custom_text, err) : ts_fail_nomem(err);
}

static bool by_priority(rules *r, const char *priority, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_strdup(priority);
    if (!text)
        return ts_fail_nomem(err);
    char *list = text;
    for (char *rule; !r->out->failed && (rule = next_word(&list)) != NULL;) {
        bool gateway = ts_str_ieq(rule, "DefaultGateway");
        if (!(gateway ? by_gateway(r, err) : by_name(r, rule, err)))
            return false;
    }
    return true;
}

/* --- After the rules ---------------------------------------------------------------------------
 */

static bool copy(ts_ctx *c, ts_result *out, const char *from, const char *to, ts_err **err)
{
    const ts_value *value = ts_vars_get(ts_ctx_vars(c), from);
    if (!value || out->failed)
        return true;
    char *text = ts_strdup(value->text);
    if (!text)
        return ts_fail_nomem(err);
    const ts_value same = {.text = text, .flags = value->flags, .why = value->why};
    bool ok = ts_step_set(c, out, to, &same, err);
    ts_free_secret(text);
    return ok;
}

static bool join_domain(ts_ctx *c, ts_result *out, ts_err **err)
{
    const char *domain = ts_vars_text(ts_ctx_vars(c), "DomainAdminDomain");
    const char *user = ts_vars_text(ts_ctx_vars(c), "DomainAdmin");
    TS_CLEANUP(ts_free_ptr)
    char *account = ts_sprintf("%s%s%s", domain, *domain ? "\\" : "", user);
    if (!account)
        return ts_fail_nomem(err);
    return ts_step_set_text(c, out, "OSDNetworkJoinType", "0", err) &&
           copy(c, out, "JoinDomain", "OSDDomainName", err) &&
           copy(c, out, "MachineObjectOU", "OSDDomainOUName", err) &&
           copy(c, out, "DomainAdminPassword", "OSDJoinPassword", err) &&
           (!*user || ts_step_set_text(c, out, "OSDJoinAccount", account, err));
}

static bool upper_case(ts_ctx *c, ts_result *out, const char *name, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_strdup(ts_vars_text(ts_ctx_vars(c), name));
    if (!text)
        return ts_fail_nomem(err);
    for (char *p = text; *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    return !*text || ts_step_set_text(c, out, name, text, err);
}

/* Older names to newer ones; domain and workgroup to what Apply Network Settings reads
 * (ZTIGather.wsf). */
static bool remap(ts_ctx *c, ts_result *out, ts_err **err)
{
    const ts_vars *vars = ts_ctx_vars(c);
    bool ok = copy(c, out, "BuildID", "TaskSequenceID", err) &&
              copy(c, out, "SkipBuild", "SkipTaskSequence", err) &&
              upper_case(c, out, "TaskSequenceID", err) &&
              upper_case(c, out, "DeploymentType", err);
    if (ok && ts_str_ieq(ts_vars_text(vars, "BdeInstall"), "NO"))
        ok = ts_step_set_text(c, out, "BdeInstallSuppress", "YES", err);
    if (ok && *ts_vars_text(vars, "JoinDomain"))
        return join_domain(c, out, err);
    if (ok && *ts_vars_text(vars, "JoinWorkgroup"))
        ok = ts_step_set_text(c, out, "OSDNetworkJoinType", "1", err) &&
             copy(c, out, "JoinWorkgroup", "OSDWorkgroupName", err);
    return ok;
}

bool mdt_rules_apply(ts_ctx *c, const char *file, const char *data, size_t size, ts_result *out,
                     ts_err **err)
{
    rules *r = ts_alloc(sizeof *r);
    if (!r)
        return ts_fail_nomem(err);
    *r = (rules){.c = c, .out = out, .file = file};
    ts_err *why = NULL;
    bool ok = mdt_ini_parse(&r->ini, data, size, &why);
    const mdt_ini_section *settings = ok ? mdt_ini_find(&r->ini, "Settings") : NULL;
    const mdt_ini_key *priority = settings ? mdt_ini_key_of(&r->ini, settings, "Priority") : NULL;
    if (ok && r->ini.note)
        ts_ctx_log(c, TS_LEVEL_WARNING, "%s: %s", file, r->ini.note);
    if (ok && !priority)
        ok = ts_fail(&why, TS_SCHEMA, "%s",
                     settings ? "[Settings] has no Priority=" : "there is no section [Settings]");
    if (!ok)
        ts_wrap(&why, "rules '%s'", file);
    ok = ok && declare_all(r, settings, &why);
    if (!ok)
        ok = ts_step_own(out, why, err);
    else
        ok = by_priority(r, priority->value, err) && (out->failed || remap(c, out, err));
    mdt_ini_done(&r->ini);
    free(r->custom_text);
    free(r);
    return ok;
}
