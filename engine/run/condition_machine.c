/* condition_machine.c - leaves that ask the machine: file and folder, WMI, operating system, and
 * the machine rules of Set Dynamic Variables.
 *
 * Rules that are not documented: FILE-TIME, FILE-VERSION, COND-WMI-ERROR, OS-VERSION,
 * MACHINE-EMPTY. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "condition_leaf.h"

/* --- File and folder ---------------------------------------------------------------------- */

/* The operator of "Version" is in "VersionOperator". */
static bool other_op(ts_leaf *leaf, const char *field, ts_cond_op *out, ts_err **err)
{
    const char *name = ts_cond_field_value(leaf->cond, field);
    *out = ts_cond_op_parse(name);
    if (*out < TS_OP_EQUALS || *out > TS_OP_GREATER_EQUAL)
        return ts_leaf_fault(leaf, err, "unknown %s '%s'", field, name);
    return true;
}

static bool file_version(ts_leaf *leaf, const ts_file_info *info, bool *holds, ts_err **err)
{
    const char *wanted = ts_cond_field_value(leaf->cond, "Version");
    ts_cond_op op;
    int order = 0;
    if (ts_str_blank(wanted))
        return true;
    if (!other_op(leaf, "VersionOperator", &op, err))
        return false;
    if (!ts_cond_compare_versions(wanted, wanted, &order))
        return ts_leaf_fault(leaf, err, "'%s' is no version of up to four numbers", wanted);
    if (!info->version[0]) {
        *holds = false;
        ts_leaf_fact(leaf, " has no version");
    } else {
        if (!ts_cond_compare_versions(info->version, wanted, &order) ||
            !ts_cond_order_holds(op, order))
            *holds = false;
        ts_leaf_fact(leaf, " has version %s", info->version);
    }
    ts_leaf_want(leaf, "version ");
    ts_leaf_want_op(leaf, op, wanted, 0);
    return true;
}

/* Compared in UTC to the second: the condition's text has no finer time, the file system has
 * (ConfigMgr docs: DMTF date in UTC). */
static bool file_time(ts_leaf *leaf, const ts_file_info *info, bool *holds, ts_err **err)
{
    const char *wanted = ts_cond_field_value(leaf->cond, "DateTime");
    ts_cond_op op;
    int64_t micro;
    if (ts_str_blank(wanted))
        return true;
    if (!other_op(leaf, "DateTimeOperator", &op, err))
        return false;
    if (!ts_wmi_date_parse(wanted, &micro))
        return ts_leaf_fault(leaf, err, "'%s' is no date of the form yyyymmddHHMMSS.ffffff+UUU",
                             wanted);
    int64_t is = info->modified / 1000 - (info->modified % 1000 < 0);
    int64_t limit = micro / 1000000 - (micro % 1000000 < 0);
    if (!ts_cond_order_holds(op, is < limit ? -1 : is > limit))
        *holds = false;
    ts_leaf_decided(leaf, "FILE-TIME", "'%s' is compared with the time of the last change", wanted);
    ts_leaf_fact(leaf, " was changed %s its date",
                 is < limit   ? "before"
                 : is > limit ? "after"
                              : "at");
    ts_leaf_want(leaf, "%schanged ", leaf->want.len ? " and " : "");
    ts_leaf_want_op(leaf, op, wanted, 0);
    return true;
}

static bool file_check(ts_leaf *leaf, const ts_value *path, ts_err **err)
{
    ts_file_info info = {0};
    bool folder = leaf->cond->kind == TS_COND_FOLDER, there = true;
    if (!ts_host_file_info(leaf->env->host, path->text, &info, err) &&
        !ts_leaf_host_error(leaf, &there, err))
        return ts_wrap(err, "condition (line %u)", (unsigned)leaf->cond->line);
    if (leaf->result == TS_UNSURE)
        return true;
    bool holds = there && info.exists && info.is_folder == folder;
    ts_leaf_fact(leaf, folder ? "folder " : "file ");
    ts_leaf_quote(leaf, &leaf->fact, path->text, path->flags);
    if (!holds) {
        ts_leaf_fact(leaf, !there || !info.exists ? " does not exist"
                           : folder               ? " is a file"
                                                  : " is a folder");
        return true;
    }
    size_t before = leaf->fact.len;
    if ((!folder && !file_version(leaf, &info, &holds, err)) ||
        !file_time(leaf, &info, &holds, err))
        return false;
    if (leaf->fact.len == before)
        ts_leaf_fact(leaf, " exists");
    leaf->result = holds ? TS_YES : TS_NO;
    return true;
}

bool ts_leaf_file(ts_leaf *leaf, ts_err **err)
{
    ts_value path;
    bool known;
    if (!ts_leaf_field(leaf, "Path", &path, &known, err))
        return false;
    bool ok = true;
    if (known && !*path.text)
        ok = ts_leaf_fault(leaf, err, "the condition names no path");
    else if (known)
        ok = file_check(leaf, &path, err);
    ts_value_done(&path);
    return ok;
}

/* --- WMI ---------------------------------------------------------------------------------- */

static void wmi_value_fact(ts_leaf *leaf, const ts_wmi_value *value)
{
    ts_leaf_fact(leaf, "%s%s is ", leaf->fact.len ? ", " : "", value->name);
    switch (value->kind) {
    case TS_WMI_NULL:
        ts_leaf_fact(leaf, "empty");
        break;
    case TS_WMI_TEXT:
        ts_leaf_quote(leaf, &leaf->fact, value->text ? value->text : "", 0);
        break;
    case TS_WMI_INT:
        ts_leaf_fact(leaf, "%lld", (long long)value->integer);
        break;
    case TS_WMI_UINT:
        ts_leaf_fact(leaf, "%llu", (unsigned long long)value->natural);
        break;
    case TS_WMI_REAL:
        ts_leaf_fact(leaf, "%g", value->real);
        break;
    case TS_WMI_BOOL:
        ts_leaf_fact(leaf, value->integer ? "TRUE" : "FALSE");
        break;
    }
}

/* The properties that WHERE asks for, of the one row that there is. */
static void wmi_row_fact(ts_leaf *leaf, const ts_wmi_row *row)
{
    const char *const *names;
    size_t n = ts_wql_properties(leaf->cond->query, &names), shown = 0;
    for (size_t i = 0; i < n && shown < 3; i++) {
        const ts_wmi_value *value = ts_wmi_row_get(row, names[i]);
        if (!value || !ts_str_icontains(ts_wql_where(leaf->cond->query), names[i]))
            continue;
        wmi_value_fact(leaf, value);
        shown++;
    }
}

/* What the machine has instead, for the reason only: a second look at the class. Real WMI may take
 * seconds for that (Win32_Product), so only a simulated machine is asked again. */
static void wmi_instead(ts_leaf *leaf, const char *name_space)
{
    const char *class_name = ts_wql_class(leaf->cond->query);
    if (!leaf->explain || !ts_host_is_simulated(leaf->env->host))
        return;
    ts_arena *arena = ts_arena_new();
    char *text = ts_sprintf("SELECT * FROM %s", class_name);
    const ts_wql *all = arena && text ? ts_wql_parse(arena, text, NULL) : NULL;
    ts_wmi_rows rows = {0};
    if (all && ts_host_wmi(leaf->env->host, name_space, all, &rows, NULL)) {
        if (rows.n_rows == 1)
            wmi_row_fact(leaf, &rows.rows[0]);
        else if (rows.n_rows == 0)
            ts_leaf_fact(leaf, "this machine has no instance of %s", class_name);
        else
            ts_leaf_fact(leaf, "none of the %u instances of %s passes", (unsigned)rows.n_rows,
                         class_name);
        ts_wmi_rows_done(&rows);
    }
    free(text);
    ts_arena_free(arena);
}

static bool wmi_failed(ts_leaf *leaf, const char *why)
{
    leaf->result = TS_NO;
    ts_leaf_fact(leaf, "the WMI query fails: %s", why);
    if (!leaf->cond->ignore_failure)
        ts_leaf_decided(leaf, "COND-WMI-ERROR", "the WMI query fails (%s), which counts as false",
                        why);
    return true;
}

static bool wmi_host_error(ts_leaf *leaf, ts_err **err)
{
    const char *class_name = ts_wql_class(leaf->cond->query);
    bool there = true, ok = true;
    ts_code code = ts_err_code(*err);
    if (code == TS_NOMEM || code == TS_CANCELLED)
        return ts_wrap(err, "condition (line %u)", (unsigned)leaf->cond->line);
    if (code == TS_NOT_FOUND)
        ts_leaf_fact(leaf, "this machine has no class %s", class_name);
    else if (code == TS_STATE)
        ok = ts_leaf_host_error(leaf, &there, err);
    else
        ok = wmi_failed(leaf, ts_err_text(*err));
    ts_err_clear(err);
    return ok;
}

bool ts_leaf_wmi(ts_leaf *leaf, ts_err **err)
{
    const ts_wql *query = leaf->cond->query;
    if (!query)
        return wmi_failed(leaf, leaf->cond->problem ? leaf->cond->problem : "it cannot be read");
    const char *name_space = ts_cond_field_value(leaf->cond, "Namespace");
    if (ts_str_blank(name_space))
        name_space = "root\\cimv2";
    ts_wmi_rows rows = {0};
    if (!ts_host_wmi(leaf->env->host, name_space, query, &rows, err))
        return wmi_host_error(leaf, err);
    leaf->result = rows.n_rows > 0 ? TS_YES : TS_NO;
    const char *where = ts_wql_where(query);
    if (rows.n_rows == 1 && leaf->explain)
        wmi_row_fact(leaf, &rows.rows[0]);
    else if (rows.n_rows == 0)
        wmi_instead(leaf, name_space);
    if (leaf->explain && leaf->fact.len == 0)
        ts_leaf_fact(leaf, rows.n_rows ? "%s answers" : "%s has no such instance",
                     ts_wql_class(query));
    ts_leaf_want(leaf, "%s", strlen(where) < TS_COND_REASON_MAX / 4 ? where : "another one");
    ts_wmi_rows_done(&rows);
    return true;
}

/* --- Facts -------------------------------------------------------------------------------- */

/* Owned; "" when this machine has no such fact. */
static bool fact(ts_leaf *leaf, ts_fact which, char **out, ts_err **err)
{
    bool there = true;
    if (ts_host_fact(leaf->env->host, which, out, err))
        return true;
    if (!ts_leaf_host_error(leaf, &there, err))
        return ts_wrap(err, "condition (line %u)", (unsigned)leaf->cond->line);
    *out = ts_strdup("");
    return *out ? true : ts_fail_nomem(err);
}

/* --- Operating system --------------------------------------------------------------------- */

static const char *architecture(const char *text)
{
    if (ts_str_ieq(text, "AMD64") || ts_str_ieq(text, "x86_64") || ts_str_ieq(text, "64-bit"))
        return "X64";
    return ts_str_ieq(text, "i386") ? "X86" : text;
}

/* Major, minor and build. The condition's version has a minor number of two digits (6.10.7601.1 is
 * Windows 7, 6.1.7601; 10.00.10240.0 is Windows 10) and ends with the service pack, which the build
 * number says already (rule OS-VERSION). */
static bool os_version(const char *text, bool two_digits, int64_t out[3])
{
    for (int i = 0; i < 3; i++) {
        const char *end = text + strcspn(text, ".");
        size_t n = (size_t)(end - text);
        char part[12] = "0";
        if (n >= sizeof(part) || (n == 0 && i == 0))
            return false;
        if (n > 0) {
            memcpy(part, text, n);
            part[n] = 0;
        }
        if (!ts_str_int64(part, &out[i]) || out[i] < 0)
            return false;
        if (i == 1 && two_digits && n == 2)
            out[i] /= 10;
        text = *end ? end + 1 : end;
    }
    return true;
}

static bool os_check_version(ts_leaf *leaf, bool *holds, ts_err **err)
{
    const char *wanted = ts_cond_field_value(leaf->cond, "Version");
    int64_t want[3], have[3];
    if (ts_str_blank(wanted))
        return true;
    if (!os_version(wanted, true, want))
        return ts_leaf_fault(leaf, err, "'%s' is no version of an operating system", wanted);
    ts_cond_op op = leaf->cond->op;
    if (op < TS_OP_EQUALS || op > TS_OP_GREATER_EQUAL)
        return ts_leaf_fault(leaf, err, "operator '%s' does not fit a version",
                             ts_cond_field_value(leaf->cond, "Operator"));
    char *is;
    if (!fact(leaf, TS_FACT_OS_VERSION, &is, err))
        return false;
    int order = 0;
    bool readable = os_version(is, false, have);
    for (int i = 0; i < 3 && readable && order == 0; i++)
        order = have[i] < want[i] ? -1 : have[i] > want[i];
    if (!readable || !ts_cond_order_holds(op, order))
        *holds = false;
    ts_leaf_fact(leaf, "%sOS version is ", leaf->fact.len ? ", " : "");
    ts_leaf_quote(leaf, &leaf->fact, is, 0);
    ts_leaf_want(leaf, "%s", leaf->want.len ? ", " : "");
    ts_leaf_want_op(leaf, op, wanted, 0);
    free(is);
    return true;
}

bool ts_leaf_os(ts_leaf *leaf, ts_err **err)
{
    const char *wanted = ts_cond_field_value(leaf->cond, "Architecture");
    bool holds = true;
    if (!ts_str_blank(wanted)) {
        char *is;
        if (!fact(leaf, TS_FACT_ARCHITECTURE, &is, err))
            return false;
        holds = ts_str_ieq(architecture(wanted), architecture(is));
        ts_leaf_fact(leaf, "architecture is %s", *is ? is : "not known");
        ts_leaf_want(leaf, "%s", wanted);
        free(is);
    }
    if (!os_check_version(leaf, &holds, err))
        return false;
    if (leaf->result != TS_UNSURE)
        leaf->result = holds ? TS_YES : TS_NO;
    return true;
}

/* --- Machine rules of Set Dynamic Variables ------------------------------------------------ */

/* How a field of a rule is compared with a fact. */
typedef enum fact_match { MATCH_TEXT, MATCH_WILDCARD, MATCH_MAC, MATCH_LIST } fact_match;

typedef struct fact_rule {
    const char *field;
    ts_fact fact;
    fact_match match;
} fact_rule;

/* One member of a list, without the separators that people write MAC addresses with. */
static bool same_member(const char *is, size_t n, const char *wanted, bool mac)
{
    size_t i = 0;
    for (;;) {
        while (mac && i < n && (is[i] == ':' || is[i] == '-'))
            i++;
        while (mac && (*wanted == ':' || *wanted == '-' || *wanted == '.'))
            wanted++;
        if (i == n || !*wanted)
            return i == n && !*wanted;
        if (ts_str_ncasecmp(is + i, wanted, 1) != 0)
            return false;
        i++;
        wanted++;
    }
}

static bool in_list(const char *list, const char *wanted, bool mac)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        if (same_member(p, n, wanted, mac))
            return true;
        p += n + (p[n] == ',');
        while (*p == ' ')
            p++;
    }
    return false;
}

static bool fact_matches(const fact_rule *rule, const char *is, const char *wanted)
{
    switch (rule->match) {
    case MATCH_TEXT:
        return ts_str_ieq(is, wanted);
    case MATCH_WILDCARD:
        return ts_str_wildcard(is, wanted);
    case MATCH_MAC:
        return in_list(is, wanted, true);
    case MATCH_LIST:
        return in_list(is, wanted, false);
    }
    return false;
}

/* One field of a rule: adds it to the counts when the condition gives it. */
typedef struct fact_count {
    size_t given, matched;
    bool unsure;
} fact_count;

static bool check_fact(ts_leaf *leaf, const fact_rule *rule, bool all, fact_count *count,
                       ts_err **err)
{
    ts_value wanted;
    bool known, ok = true;
    char *is = NULL;
    leaf->result = TS_NO;
    if (!ts_leaf_field(leaf, rule->field, &wanted, &known, err))
        return false;
    if (known && *wanted.text)
        ok = fact(leaf, rule->fact, &is, err);
    if (ok && leaf->result == TS_UNSURE) {
        count->unsure = true;
    } else if (ok && is) {
        count->given++;
        count->matched += fact_matches(rule, is, wanted.text);
        ts_leaf_fact(leaf, "%s%s is ", count->given > 1 ? ", " : "", rule->field);
        ts_leaf_quote(leaf, &leaf->fact, is, 0);
        ts_leaf_want(leaf, "%s", count->given == 1 ? "" : all ? " and " : " or ");
        ts_leaf_want_op(leaf, rule->match == MATCH_WILDCARD ? TS_OP_LIKE : TS_OP_EQUALS,
                        wanted.text, wanted.flags);
    }
    free(is);
    ts_value_done(&wanted);
    return ok;
}

/* Every field that is given is compared; all must match, or one of them. */
static bool check_facts(ts_leaf *leaf, const fact_rule *rules, size_t n, bool all, ts_err **err)
{
    fact_count count = {0};
    for (size_t i = 0; i < n; i++)
        if (!check_fact(leaf, &rules[i], all, &count, err))
            return false;
    bool decided = all ? count.matched < count.given : count.matched > 0;
    if (count.unsure && !decided) {
        leaf->result = TS_UNSURE;
        return true;
    }
    if (count.given == 0) {
        ts_leaf_fact(leaf, "the rule names no value to compare with");
        ts_leaf_decided(leaf, "MACHINE-EMPTY", "a rule without any value is never true");
    }
    bool holds = all ? count.given > 0 && count.matched == count.given : count.matched > 0;
    leaf->result = holds ? TS_YES : TS_NO;
    return true;
}

/* ConfigMgr docs, "Set Dynamic Variables": make and model must both match, with wildcards; of the
 * computer's values one must match; location is the default gateway. */
bool ts_leaf_machine(ts_leaf *leaf, ts_err **err)
{
    static const fact_rule make_model[] = {{"Make", TS_FACT_MAKE, MATCH_WILDCARD},
                                           {"Model", TS_FACT_MODEL, MATCH_WILDCARD}};
    static const fact_rule computer[] = {{"AssetTag", TS_FACT_ASSET_TAG, MATCH_TEXT},
                                         {"MACAddress", TS_FACT_MAC, MATCH_MAC},
                                         {"SerialNumber", TS_FACT_SERIAL, MATCH_TEXT},
                                         {"UUID", TS_FACT_UUID, MATCH_TEXT}};
    static const fact_rule location[] = {{"DefaultGateway", TS_FACT_GATEWAY, MATCH_LIST}};
    if (leaf->cond->kind == TS_COND_MAKE_MODEL)
        return check_facts(leaf, make_model, TS_COUNT(make_model), true, err);
    if (leaf->cond->kind == TS_COND_COMPUTER)
        return check_facts(leaf, computer, TS_COUNT(computer), false, err);
    return check_facts(leaf, location, TS_COUNT(location), false, err);
}
