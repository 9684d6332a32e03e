/* test_condition_eval.c - condition trees against a small machine of the test's own. */
#include "check.h"

#include <stdio.h>

#include <ts/condition.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "host_ops.h"

/* --- The machine -------------------------------------------------------------------------- */

static const ts_wmi_value computer_values[] = {
    {.name = "Manufacturer", .kind = TS_WMI_TEXT, .text = "HP"},
    {.name = "Model", .kind = TS_WMI_TEXT, .text = "HP EliteBook 840"},
    {.name = "PCSystemType", .kind = TS_WMI_INT, .integer = 2},
};
static ts_wmi_row computer_row = {.values = computer_values, .n_values = TS_COUNT(computer_values)};
static const ts_wmi_value os_values[] = {
    {.name = "Version", .kind = TS_WMI_TEXT, .text = "10.0.22631"},
    {.name = "BuildNumber", .kind = TS_WMI_TEXT, .text = "22631"},
    {.name = "OSArchitecture", .kind = TS_WMI_TEXT, .text = "64-bit"},
    {.name = "ProductType", .kind = TS_WMI_INT, .integer = 1},
};
static ts_wmi_row os_row = {.values = os_values, .n_values = TS_COUNT(os_values)};
static const ts_wmi_value bios_values[] = {
    {.name = "SerialNumber", .kind = TS_WMI_TEXT, .text = "5CG123"},
};
static ts_wmi_row bios_row = {.values = bios_values, .n_values = TS_COUNT(bios_values)};
static const ts_wmi_value net_values[] = {
    {.name = "Index", .kind = TS_WMI_INT, .integer = 1},
    {.name = "IPEnabled", .kind = TS_WMI_BOOL, .integer = 1},
    {.name = "MACAddress", .kind = TS_WMI_TEXT, .text = "00:11:22:AA:BB:CC"},
    {.name = "IPAddress", .kind = TS_WMI_TEXT, .text = "10.1.2.3"},
    {.name = "DefaultIPGateway", .kind = TS_WMI_TEXT, .text = "10.1.2.1,10.1.2.254"},
};
static ts_wmi_row net_row = {.values = net_values, .n_values = TS_COUNT(net_values)};
static const ts_wmi_rows bios = {.rows = &bios_row, .n_rows = 1};
static const ts_wmi_rows net = {.rows = &net_row, .n_rows = 1};
static const ts_wmi_rows computer = {.rows = &computer_row, .n_rows = 1};
static const ts_wmi_rows os = {.rows = &os_row, .n_rows = 1};
static const ts_wmi_rows none = {.n_rows = 0};

static bool wmi_class(void *self, const char *name_space, const char *class_name,
                      const ts_wmi_rows **out, ts_err **err)
{
    TS_UNUSED(self);
    if (!ts_str_ieq(name_space, "root\\cimv2"))
        return ts_fail(err, TS_NOT_FOUND, "no namespace '%s'", name_space);
    if (ts_str_ieq(class_name, "Win32_Secret"))
        return ts_fail(err, TS_STATE, "the profile does not describe class 'Win32_Secret'");
    *out = ts_str_ieq(class_name, "Win32_ComputerSystem")    ? &computer
           : ts_str_ieq(class_name, "Win32_OperatingSystem") ? &os
           : ts_str_ieq(class_name, "Win32_BIOS")            ? &bios
           : ts_str_ieq(class_name, "Win32_Battery")         ? &none
           : ts_str_ieq(class_name, "Win32_NetworkAdapterConfiguration") ? &net
                                                             : NULL;
    return *out || ts_fail(err, TS_NOT_FOUND, "no class '%s'", class_name);
}

static bool file_info(void *self, const char *path, ts_file_info *out, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    bool folder = ts_str_ieq(path, "C:\\Windows");
    bool file = ts_str_ieq(path, "C:\\Windows\\a.exe") || ts_str_ieq(path, "C:\\notes.txt");
    *out = (ts_file_info){.exists = folder || file, .is_folder = folder, .modified = 1709294400500};
    if (ts_str_ieq(path, "C:\\Windows\\a.exe"))
        strcpy(out->version, "10.0.1.2");
    return true;
}

static bool reg_get(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                    char **data, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    static const struct {
        const char *value;
        ts_reg_type type;
        const char *data;
    } rows[] = {{"Code", TS_REG_SZ, "FAILURE"}, {"Count", TS_REG_DWORD, "10"}, {"", TS_REG_SZ, "def"}};
    *found = false;
    if (!ts_str_ieq(key, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Test"))
        return true;
    *found = value == NULL;
    for (size_t i = 0; value && i < TS_COUNT(rows); i++) {
        if (ts_str_ieq(value, rows[i].value)) {
            *found = true;
            *type = rows[i].type;
            *data = ts_strdup(rows[i].data);
        }
    }
    return true;
}

static bool product(void *self, const char *product_code, const char *upgrade_code, bool *found,
                    char **version, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    *found = (product_code && ts_str_ieq(product_code, "{P}")) ||
             (upgrade_code && ts_str_ieq(upgrade_code, "{U}"));
    if (*found)
        *version = ts_strdup("16.0");
    return true;
}

static ts_phase phase(void *self)
{
    TS_UNUSED(self);
    return TS_PHASE_FULL_OS;
}

static int64_t now(void *self)
{
    TS_UNUSED(self);
    return 0;
}

static int bias(void *self)
{
    TS_UNUSED(self);
    return 0;
}

static void free_self(void *self)
{
    TS_UNUSED(self);
}

static const ts_host_ops ops = {.free = free_self, .phase = phase, .now = now, .bias = bias,
                                .wmi_class = wmi_class, .file_info = file_info, .reg_get = reg_get,
                                .product = product};
static const ts_host_ops bare_ops = {.free = free_self, .phase = phase, .now = now, .bias = bias};

/* --- Building conditions ------------------------------------------------------------------ */

static ts_arena *arena;
static ts_vars *vars;
static ts_host *host;
static ts_cond_env env;
static ts_buf decisions, leaves;

static const char *environment(void *ctx, const char *name)
{
    TS_UNUSED(ctx);
    return ts_str_ieq(name, "windir")                   ? "C:\\Windows"
           : ts_str_ieq(name, "processor_architecture") ? "AMD64"
                                                        : NULL;
}

static void decided(void *ctx, const char *rule, const char *text)
{
    TS_UNUSED(ctx);
    ts_buf_printf(&decisions, "%s|%s\n", rule, text);
}

static void leaf_seen(void *ctx, const struct ts_cond *leaf, ts_tri result)
{
    TS_UNUSED(ctx);
    ts_buf_printf(&leaves, "%u=%d ", (unsigned)leaf->line, (int)result);
}

static int setup(void **state)
{
    TS_UNUSED(state);
    arena = ts_arena_new();
    vars = ts_vars_new();
    ts_vars_set_env(vars, environment, NULL);
    host = ts_host_wrap(&ops, NULL, "test machine", true, NULL);
    env = (ts_cond_env){.vars = vars, .host = host, .leaf = leaf_seen, .decided = decided};
    ts_buf_init(&decisions, 10000);
    ts_buf_init(&leaves, 10000);
    return arena && vars && host ? 0 : -1;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    ts_vars_free(vars);
    ts_arena_free(arena);
    ts_buf_done(&decisions);
    ts_buf_done(&leaves);
    return 0;
}

static uint32_t next_line;

static const struct ts_cond *branch(ts_cond_kind kind, size_t n, const struct ts_cond *a,
                                    const struct ts_cond *b, const struct ts_cond *c)
{
    struct ts_cond *cond = ts_arena_alloc(arena, sizeof(*cond));
    const struct ts_cond **children = ts_arena_alloc(arena, 3 * sizeof(*children));
    children[0] = a;
    children[1] = b;
    children[2] = c;
    *cond = (struct ts_cond){.kind = kind, .label = "", .type = "", .children = children,
                             .n_children = n, .line = ++next_line};
    return cond;
}

/* Fields as name, value, name, value, ..., NULL. */
static struct ts_cond *leaf(ts_cond_kind kind, ts_cond_op op, const char *type, ...)
{
    struct ts_cond *cond = ts_arena_alloc(arena, sizeof(*cond));
    ts_cond_field *fields = ts_arena_alloc(arena, 8 * sizeof(*fields));
    size_t n = 0;
    va_list args;
    va_start(args, type);
    for (const char *name = va_arg(args, const char *); name; name = va_arg(args, const char *))
        fields[n++] = (ts_cond_field){.name = name, .value = va_arg(args, const char *)};
    va_end(args);
    *cond = (struct ts_cond){.kind = kind, .op = op, .label = "", .type = type, .fields = fields,
                             .n_fields = n, .line = ++next_line};
    return cond;
}

static const struct ts_cond *variable(const char *name, ts_cond_op op, const char *value)
{
    return leaf(TS_COND_VARIABLE, op, "variable condition", "Operator", ts_cond_op_name(op),
                "Value", value, "Variable", name, (char *)NULL);
}

static const struct ts_cond *wmi(const char *name_space, const char *query)
{
    struct ts_cond *cond = leaf(TS_COND_WMI, TS_OP_NONE, "WMI condition", "Namespace", name_space,
                                "Query", query, (char *)NULL);
    ts_err *err = NULL;
    cond->query = ts_wql_parse(arena, query, &err);
    if (!cond->query)
        cond->problem = ts_arena_strdup(arena, ts_err_text(err));
    ts_err_free(err);
    return cond;
}

/* The three values as leaves: line numbers are of no interest. */
static const struct ts_cond *Y(void)
{
    return variable("Set", TS_OP_EXISTS, "");
}
static const struct ts_cond *N(void)
{
    return variable("Missing", TS_OP_EXISTS, "");
}
static const struct ts_cond *U(void)
{
    return variable("Unknown", TS_OP_EQUALS, "1");
}

static void is(const struct ts_cond *cond, ts_tri expected, const char *reason)
{
    ts_tri plain = TS_UNSURE, out = TS_UNSURE;
    char *text = NULL;
    ts_err *err = NULL;
    if (!ts_cond_eval(cond, &env, &out, &text, &err))
        fail_msg("%s", ts_err_text(err));
    if (out != expected)
        fail_msg("got %d (%s), expected %d", (int)out, text, (int)expected);
    if (reason)
        assert_string_equal(text, reason);
    free(text);
    assert_true(ts_cond_eval(cond, &env, &plain, NULL, NULL)); /* the reason changes nothing */
    assert_int_equal(plain, expected);
}

static void faulty(const struct ts_cond *cond, const char *part)
{
    ts_tri out = TS_YES;
    char *text = NULL;
    ts_err *err = NULL;
    assert_false(ts_cond_eval(cond, &env, &out, &text, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    if (!strstr(ts_err_text(err), part) || !strstr(ts_err_text(err), "condition (line "))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    ts_err_free(err);
    assert_null(text);
}

static void was_decided(const char *rule)
{
    if (!strstr(ts_buf_text(&decisions), rule))
        fail_msg("rule %s did not decide: %s", rule, ts_buf_text(&decisions));
    ts_buf_clear(&decisions);
}

static void nothing_was_decided(void)
{
    assert_string_equal(ts_buf_text(&decisions), "");
}

static void must_set(const char *name, const char *value, unsigned flags)
{
    assert_true(ts_vars_set(vars, name, value, flags, NULL));
}

/* --- Ten golden cases of three-valued logic ------------------------------------------------ */

static void three_values(void)
{
    must_set("Set", "1", 0);
    assert_true(ts_vars_set_unknown(vars, "Unknown", "output of step 12, not mocked", NULL));
}

static void golden_1_and_with_an_unknown_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_AND, 2, Y(), U(), NULL), TS_UNSURE,
       "Unknown is not known (output of step 12, not mocked), condition wants \"1\"");
    is(branch(TS_COND_AND, 2, U(), Y(), NULL), TS_UNSURE, NULL);
}

static void golden_2_and_with_a_false_is_false_whatever_is_unknown(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_AND, 2, U(), N(), NULL), TS_NO, "Missing is not set, condition wants it set");
    is(branch(TS_COND_AND, 2, N(), U(), NULL), TS_NO, NULL);
}

static void golden_3_or_with_a_true_is_true_whatever_is_unknown(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_OR, 2, U(), Y(), NULL), TS_YES, "Set is \"1\"");
    is(branch(TS_COND_OR, 2, Y(), U(), NULL), TS_YES, NULL);
}

static void golden_4_or_of_false_and_unknown_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_OR, 2, N(), U(), NULL), TS_UNSURE, NULL);
    is(branch(TS_COND_OR, 2, U(), N(), NULL), TS_UNSURE, NULL);
}

static void golden_5_not_of_unknown_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_NOT, 1, U(), NULL, NULL), TS_UNSURE,
       "Unknown is not known (output of step 12, not mocked), condition wants not \"1\"");
}

static void golden_6_not_is_none_of_its_children(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(branch(TS_COND_NOT, 2, N(), N(), NULL), TS_YES, NULL);
    is(branch(TS_COND_NOT, 2, N(), Y(), NULL), TS_NO, "Set is \"1\", condition wants not it set");
    is(branch(TS_COND_NOT, 2, U(), Y(), NULL), TS_NO, NULL);
    is(branch(TS_COND_NOT, 2, N(), U(), NULL), TS_UNSURE, NULL);
}

static void golden_7_every_question_about_an_unknown_variable_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    for (ts_cond_op op = TS_OP_EXISTS; op <= TS_OP_NOT_LIKE; op++)
        is(variable("Unknown", op, "*"), TS_UNSURE, NULL);
    nothing_was_decided();
}

static void golden_8_comparing_with_an_unknown_value_or_path_is_unsure(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(variable("Set", TS_OP_EQUALS, "%Unknown%"), TS_UNSURE, NULL);
    is(leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", "%Unknown%\\x", (char *)NULL), TS_UNSURE,
       "\"%Unknown%\\x\" is not known (output of step 12, not mocked)");
    is(leaf(TS_COND_REGISTRY, TS_OP_EXISTS, "registry", "KeyPath", "HKLM\\%Unknown%", (char *)NULL),
       TS_UNSURE, NULL);
}

/* Unknown lives in values, never in the machine: a class that the machine lacks is false, one that
 * the profile explicitly does not describe is unsure. */
static void golden_9_machine_is_known_unless_the_profile_says_otherwise(void **state)
{
    TS_UNUSED(state);
    is(wmi("root\\cimv2", "SELECT * FROM Lenovo_BiosSetting"), TS_NO,
       "this machine has no class Lenovo_BiosSetting");
    is(wmi("root\\cimv2", "SELECT * FROM Win32_Secret"), TS_UNSURE,
       "the profile does not describe class 'Win32_Secret'");
    nothing_was_decided();
}

static void golden_10_value_that_is_set_later_is_known_again(void **state)
{
    TS_UNUSED(state);
    three_values();
    is(U(), TS_UNSURE, NULL);
    must_set("Unknown", "1", TS_VALUE_ASSUMED);
    is(U(), TS_YES, "Unknown is \"1\" (assumed)");
    must_set("Unknown", "", 0);
    is(U(), TS_NO, "Unknown is not set, condition wants \"1\"");
}

/* --- Trees --------------------------------------------------------------------------------- */

static void operator_without_conditions_is_no_test(void **state)
{
    TS_UNUSED(state);
    is(branch(TS_COND_AND, 0, NULL, NULL, NULL), TS_YES, "no condition");
    is(branch(TS_COND_NOT, 0, NULL, NULL, NULL), TS_YES, NULL);
    nothing_was_decided();
    is(branch(TS_COND_OR, 0, NULL, NULL, NULL), TS_YES, NULL);
    was_decided("COND-EMPTY-OR|");
}

static void evaluation_ends_when_the_result_is_known(void **state)
{
    TS_UNUSED(state);
    three_values();
    next_line = 0;
    const struct ts_cond *a = N(), *b = Y();
    ts_tri out;
    assert_true(ts_cond_eval(branch(TS_COND_AND, 2, a, b, NULL), &env, &out, NULL, NULL));
    assert_true(ts_cond_eval(branch(TS_COND_OR, 2, a, b, NULL), &env, &out, NULL, NULL));
    assert_string_equal(ts_buf_text(&leaves), "1=0 1=0 2=1 ");
}

static void reason_of_several_is_joined_and_turned_by_not(void **state)
{
    TS_UNUSED(state);
    must_set("Make", "HP", 0);
    must_set("Count", "3", 0);
    const struct ts_cond *dell = variable("Make", TS_OP_LIKE, "Dell*");
    const struct ts_cond *many = variable("Count", TS_OP_GREATER_EQUAL, "5");
    is(branch(TS_COND_OR, 2, dell, many, NULL), TS_NO,
       "Make is \"HP\", condition wants like \"Dell*\"; Count is \"3\", condition wants at least \"5\"");
    is(branch(TS_COND_NOT, 2, dell, many, NULL), TS_YES,
       "Make is \"HP\" (not like \"Dell*\"); Count is \"3\" (not at least \"5\")");
    is(branch(TS_COND_NOT, 1, branch(TS_COND_NOT, 1, dell, NULL, NULL), NULL, NULL), TS_NO,
       "Make is \"HP\", condition wants like \"Dell*\"");
}

static void reason_with_very_long_values_stays_short(void **state)
{
    TS_UNUSED(state);
    char *big = ts_alloc(100001);
    for (size_t i = 0; i < 100000; i += 2)
        memcpy(big + i, "\xC3\xA4", 2);
    must_set("Big", big, 0);
    const struct ts_cond *c = variable("Big", TS_OP_EQUALS, big), *no = variable("Big", TS_OP_LIKE, "x");
    for (int i = 0; i < 20; i++)
        c = branch(TS_COND_AND, 3, c, c, c);
    ts_tri out;
    char *text = NULL;
    /* 3^20 leaves are too many to see: AND ends at the first that is false */
    assert_true(ts_cond_eval(branch(TS_COND_AND, 2, no, c, NULL), &env, &out, &text, NULL));
    assert_true(strlen(text) < 200);
    assert_true(ts_utf8_valid(text, strlen(text)));
    free(text);
    c = branch(TS_COND_OR, 3, no, no, no);
    for (int i = 0; i < 6; i++)
        c = branch(TS_COND_OR, 3, c, c, c);
    assert_true(ts_cond_eval(c, &env, &out, &text, NULL));
    assert_true(strlen(text) < TS_COND_REASON_MAX);
    assert_non_null(strstr(text, "..."));
    free(text);
    free(big);
}

static void unknown_kind_is_an_error_with_its_line(void **state)
{
    TS_UNUSED(state);
    struct ts_cond *c = leaf(TS_COND_UNKNOWN, TS_OP_NONE, "X", (char *)NULL);
    c->problem = "unknown expression type 'SMS_X'";
    faulty(c, "unknown expression type 'SMS_X'");
    faulty(branch(TS_COND_NOT, 1, c, NULL, NULL), "SMS_X");
    faulty(variable("Set", TS_OP_NONE, "1"), "operator '' does not fit a variable condition");
    faulty(variable("Set", TS_OP_ANY_VERSION, "1"), "operator 'AnyVersion'");
    faulty(variable("  ", TS_OP_EQUALS, "1"), "names no variable");
}

/* --- Variables ----------------------------------------------------------------------------- */

/* ConfigMgr console help: numbers when both sides are integers, else text. */
static void variable_compares_integers_as_numbers(void **state)
{
    TS_UNUSED(state);
    must_set("N", "10", 0);
    is(variable("N", TS_OP_GREATER, "9"), TS_YES, "N is \"10\" (more than \"9\")");
    is(variable("N", TS_OP_EQUALS, " 010 "), TS_YES, NULL);
    is(variable("N", TS_OP_LESS_EQUAL, "9"), TS_NO, "N is \"10\", condition wants at most \"9\"");
    is(variable("N", TS_OP_LESS, "-5"), TS_NO, NULL);
    is(variable("N", TS_OP_NOT_EQUALS, "10"), TS_NO, "N is \"10\", condition wants anything but \"10\"");
    nothing_was_decided();
}

static void variable_versions_compare_as_text_and_that_is_told(void **state)
{
    TS_UNUSED(state);
    must_set("OSCurrentVersion", "10.0.19045", 0);
    is(variable("OSCurrentVersion", TS_OP_GREATER_EQUAL, "6.1"), TS_NO, NULL);
    was_decided("VAR-VERSION|condition (line ");
    is(variable("OSCurrentVersion", TS_OP_GREATER_EQUAL, "10.0.1"), TS_YES, NULL);
    nothing_was_decided();
}

static void variable_case_is_not_regarded_and_that_is_told(void **state)
{
    TS_UNUSED(state);
    must_set("DoCapture", "Yes", 0);
    is(variable("docapture", TS_OP_EQUALS, "YES"), TS_YES, "docapture is \"Yes\" (\"YES\")");
    was_decided("VAR-CASE|");
    is(variable("DoCapture", TS_OP_NOT_EQUALS, "YES"), TS_NO, NULL);
    was_decided("VAR-CASE|");
    is(variable("DoCapture", TS_OP_LIKE, "y?S*"), TS_YES, NULL);
    was_decided("VAR-CASE|");
    is(variable("DoCapture", TS_OP_LIKE, "Y*s"), TS_YES, NULL);
    is(variable("DoCapture", TS_OP_NOT_LIKE, "*x*"), TS_YES, NULL);
    is(variable("DoCapture", TS_OP_EQUALS, "Yes"), TS_YES, "DoCapture is \"Yes\"");
    nothing_was_decided();
}

/* ConfigMgr docs: the BIOS-to-UEFI group asks _SMSTSBootUEFI notEquals true and must run where
 * nothing sets it. */
static void variable_that_is_missing_is_an_empty_text(void **state)
{
    TS_UNUSED(state);
    is(variable("_SMSTSBootUEFI", TS_OP_NOT_EQUALS, "true"), TS_YES,
       "_SMSTSBootUEFI is not set (anything but \"true\")");
    is(variable("_SMSTSBootUEFI", TS_OP_EQUALS, "true"), TS_NO, NULL);
    is(variable("_SMSTSBootUEFI", TS_OP_EQUALS, " \n "), TS_YES, NULL);
    is(variable("_SMSTSBootUEFI", TS_OP_NOT_EXISTS, ""), TS_YES, "_SMSTSBootUEFI is not set");
    is(variable("_SMSTSBootUEFI", TS_OP_EXISTS, ""), TS_NO, NULL);
    is(variable("_SMSTSBootUEFI", TS_OP_LIKE, "x*"), TS_NO, NULL);
    nothing_was_decided();
    is(variable("_SMSTSBootUEFI", TS_OP_LESS, "5"), TS_YES, NULL);
    was_decided("VAR-MISSING|");
}

static void variable_value_is_expanded(void **state)
{
    TS_UNUSED(state);
    must_set("A", "x-y", 0);
    must_set("B", "y", 0);
    is(variable("A", TS_OP_EQUALS, "x-%B%"), TS_YES, NULL);
}

static void variable_comes_from_the_environment_when_nothing_sets_it(void **state)
{
    TS_UNUSED(state);
    is(variable("processor_architecture", TS_OP_EQUALS, "AMD64"), TS_YES, NULL);
    was_decided("VAR-ENV|");
    must_set("Processor_Architecture", "x86", 0);
    is(variable("processor_architecture", TS_OP_EQUALS, "AMD64"), TS_NO, NULL);
    nothing_was_decided();
}

static void variable_exit_codes_compare_signed_and_unsigned(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_vars_set_engine(vars, "_SMSTSOSUpgradeActionReturnCode", "3247440400", NULL));
    is(variable("_SMSTSOSUpgradeActionReturnCode", TS_OP_EQUALS, "3247440400"), TS_YES, NULL);
    nothing_was_decided();
    assert_true(ts_vars_set_engine(vars, "_SMSTSLastActionRetCode", "-2147024894", NULL));
    is(variable("_SMSTSLastActionRetCode", TS_OP_EQUALS, "2147942402"), TS_YES, NULL);
    was_decided("CODE-SIGN|");
    must_set("Other", "-2147024894", 0);
    is(variable("Other", TS_OP_EQUALS, "2147942402"), TS_NO, NULL);
}

static void variable_that_is_secret_is_not_shown(void **state)
{
    TS_UNUSED(state);
    must_set("Pin", "geheim", TS_VALUE_SECRET);
    is(variable("Pin", TS_OP_EQUALS, "x"), TS_NO, "Pin is \"***\", condition wants \"x\"");
    is(variable("Pin", TS_OP_EQUALS, "Geheim"), TS_YES, NULL);
    assert_null(strstr(ts_buf_text(&decisions), "geheim"));
    was_decided("VAR-CASE|");
    must_set("Copy", "it is geheim!", 0);
    is(variable("Copy", TS_OP_EQUALS, "%Pin%"), TS_NO, "Copy is \"it is ***!\", condition wants \"***\"");
}

/* --- WMI ----------------------------------------------------------------------------------- */

static void wmi_is_true_when_a_row_passes(void **state)
{
    TS_UNUSED(state);
    is(wmi("root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%EliteBook%'"), TS_YES,
       "Model is \"HP EliteBook 840\" (Model LIKE '%EliteBook%')");
    is(wmi("", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE 'Latitude%'"), TS_NO,
       "Model is \"HP EliteBook 840\", condition wants Model LIKE 'Latitude%'");
    is(wmi("root\\cimv2", "SELECT * FROM Win32_Battery WHERE BatteryStatus = 2"), TS_NO,
       "this machine has no instance of Win32_Battery, condition wants BatteryStatus = 2");
    is(wmi("root\\cimv2", "SELECT * FROM Win32_Battery"), TS_NO, NULL);
    nothing_was_decided();
}

static void wmi_query_is_never_expanded(void **state)
{
    TS_UNUSED(state);
    must_set("book", "Pad", 0);
    is(wmi("root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE Model LIKE '%book%'"), TS_YES, NULL);
}

static void wmi_query_that_fails_is_false_and_told(void **state)
{
    TS_UNUSED(state);
    is(wmi("root\\cimv2", "SELECT * FROM Win32_ComputerSystem WHERE NoSuch = 1"), TS_NO,
       "the WMI query fails: class 'Win32_ComputerSystem' has no property 'NoSuch'");
    was_decided("COND-WMI-ERROR|");
    is(wmi("root\\cimv2", "ASSOCIATORS OF {X}"), TS_NO, NULL);
    was_decided("ASSOCIATORS OF");
    is(wmi("root\\wmi", "SELECT * FROM Win32_ComputerSystem"), TS_NO, NULL);
    nothing_was_decided();
}

static void host_error_that_is_no_answer_is_passed_up(void **state)
{
    TS_UNUSED(state);
    ts_tri out = TS_YES;
    ts_err *err = NULL;
    ts_host_fail_at(host, 1, TS_CANCELLED);
    assert_false(ts_cond_eval(wmi("", "SELECT * FROM Win32_ComputerSystem"), &env, &out, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
    err = NULL;
    ts_host_fail_at(host, 1, TS_OS);
    assert_false(ts_cond_eval(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "C:\\", (char *)NULL),
                              &env, &out, NULL, &err));
    assert_int_equal(ts_err_code(err), TS_OS);
    assert_int_equal(out, TS_YES);
    ts_err_free(err);
}

/* --- Files --------------------------------------------------------------------------------- */

static void file_and_folder_paths_are_expanded(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", "%windir%\\a.exe", (char *)NULL), TS_YES,
       "file \"C:\\Windows\\a.exe\" exists");
    is(leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", "%windir%", (char *)NULL), TS_NO,
       "file \"C:\\Windows\" is a folder");
    is(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "%WINDIR%", (char *)NULL), TS_YES, NULL);
    is(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "%ScriptRoot%", (char *)NULL), TS_NO,
       "folder \"%ScriptRoot%\" does not exist");
    faulty(leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "", (char *)NULL), "names no path");
}

static const struct ts_cond *versioned(const char *path, const char *op, const char *version)
{
    return leaf(TS_COND_FILE, TS_OP_NONE, "file", "Path", path, "Version", version,
                "VersionOperator", op, (char *)NULL);
}

static void file_version_compares_four_numbers(void **state)
{
    TS_UNUSED(state);
    const char *exe = "C:\\Windows\\a.exe";
    is(versioned(exe, "equals", "10.0.1.2"), TS_YES, NULL);
    is(versioned(exe, "greaterEqual", "9.9"), TS_YES,
       "file \"C:\\Windows\\a.exe\" has version 10.0.1.2 (version at least \"9.9\")");
    is(versioned(exe, "Less", "10.0.1"), TS_NO, NULL);
    is(versioned("C:\\notes.txt", "notEquals", "1"), TS_NO, NULL);
    faulty(versioned(exe, "resembles", "1"), "unknown VersionOperator 'resembles'");
    faulty(versioned(exe, "equals", "1.2.3.4.5"), "'1.2.3.4.5' is no version");
    faulty(versioned(exe, "equals", "new"), "'new' is no version");
}

static const struct ts_cond *dated(const char *op, const char *date)
{
    return leaf(TS_COND_FOLDER, TS_OP_NONE, "folder", "Path", "C:\\Windows", "DateTime", date,
                "DateTimeOperator", op, (char *)NULL);
}

/* The folder was changed at 2024-03-01 12:00:00.5 UTC. */
static void file_time_is_compared_in_utc_to_the_second(void **state)
{
    TS_UNUSED(state);
    is(dated("equals", "20240301120000.000000+000"), TS_YES, NULL);
    was_decided("FILE-TIME|");
    is(dated("equals", "20240301130000.000000+060"), TS_YES, NULL);
    is(dated("greater", "20240301120000.000000+000"), TS_NO, NULL);
    is(dated("less", "20240301120001.000000+000"), TS_YES, NULL);
    faulty(dated("less", "last week"), "'last week' is no date");
    faulty(dated("", "20240301120001.000000+000"), "unknown DateTimeOperator ''");
}

/* --- Registry and software ----------------------------------------------------------------- */

#define KEY "HKLM\\SOFTWARE\\Test"

static const struct ts_cond *reg(ts_cond_op op, const char *value, const char *type, const char *data)
{
    return leaf(TS_COND_REGISTRY, op, "registry condition", "KeyPath", KEY, "Value", value, "Type",
                type, "Data", data, (char *)NULL);
}

static void registry_existence_regards_the_type(void **state)
{
    TS_UNUSED(state);
    is(reg(TS_OP_EXISTS, "Code", "REG_SZ", ""), TS_YES, NULL);
    is(reg(TS_OP_EXISTS, "Code", "REG_DWORD", ""), TS_NO, NULL);
    is(reg(TS_OP_NOT_EXISTS, "Code", "REG_DWORD", ""), TS_YES, NULL);
    is(reg(TS_OP_EXISTS, "Code", "", ""), TS_YES, NULL);
    is(reg(TS_OP_NOT_EXISTS, "Nope", "REG_SZ", ""), TS_YES,
       "registry \"HKLM\\SOFTWARE\\Test\" \"Nope\" does not exist");
    is(reg(TS_OP_EXISTS, "", "REG_SZ", ""), TS_YES, NULL); /* the default value */
    faulty(reg(TS_OP_EXISTS, "Code", "REG_ODD", ""), "unknown registry type 'REG_ODD'");
    is(leaf(TS_COND_REGISTRY, TS_OP_EXISTS, "registry", "KeyPath", KEY, "Type", "REG_SZ", (char *)NULL),
       TS_YES, "registry \"HKLM\\SOFTWARE\\Test\" exists");
    is(leaf(TS_COND_REGISTRY, TS_OP_EXISTS, "registry", "KeyPath", "HKLM\\Nope", (char *)NULL), TS_NO,
       NULL);
}

static void registry_comparison_ignores_the_type(void **state)
{
    TS_UNUSED(state);
    is(reg(TS_OP_EQUALS, "Code", "REG_DWORD", "FAILURE"), TS_YES, NULL);
    is(reg(TS_OP_EQUALS, "Code", "REG_SZ", "SUCCESS"), TS_NO,
       "registry \"HKLM\\SOFTWARE\\Test\" \"Code\" is \"FAILURE\", condition wants \"SUCCESS\"");
    is(reg(TS_OP_GREATER, "Count", "REG_DWORD", "9"), TS_YES, NULL);
    is(reg(TS_OP_EQUALS, "", "REG_SZ", "def"), TS_YES, NULL);
    faulty(reg(TS_OP_LIKE, "Code", "REG_SZ", "F*"), "operator 'like' does not fit");
    nothing_was_decided();
}

static void registry_value_that_is_missing_makes_every_comparison_false(void **state)
{
    TS_UNUSED(state);
    is(reg(TS_OP_EQUALS, "Nope", "REG_SZ", "x"), TS_NO, NULL);
    is(reg(TS_OP_LESS, "Nope", "REG_SZ", "x"), TS_NO, NULL);
    is(reg(TS_OP_EQUALS, "Nope", "REG_SZ", ""), TS_NO, NULL);
    nothing_was_decided();
    is(reg(TS_OP_NOT_EQUALS, "Nope", "REG_SZ", "x"), TS_NO, NULL);
    was_decided("REG-NOTEQUALS-MISSING|");
}

static void machine_without_a_registry_has_no_keys(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    env.host = host = ts_host_wrap(&bare_ops, NULL, "bare machine", false, NULL);
    is(reg(TS_OP_EXISTS, "Code", "REG_SZ", ""), TS_NO, NULL);
    was_decided("COND-NOT-HERE|");
    is(reg(TS_OP_NOT_EXISTS, "Code", "REG_SZ", ""), TS_YES, NULL);
    is(reg(TS_OP_EQUALS, "Code", "REG_SZ", "FAILURE"), TS_NO, NULL);
    is(wmi("", "SELECT * FROM Win32_ComputerSystem"), TS_NO, NULL);
    was_decided("COND-WMI-ERROR|");
}

static void software_asks_for_the_code_of_its_operator(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_SOFTWARE, TS_OP_THIS_VERSION, "software", "ProductCode", "{P}", "UpgradeCode", "{X}",
            "ProductName", "Office", (char *)NULL),
       TS_YES, "software \"Office\" is installed, version 16.0");
    is(leaf(TS_COND_SOFTWARE, TS_OP_ANY_VERSION, "software", "ProductCode", "{P}", "UpgradeCode", "{X}",
            (char *)NULL),
       TS_NO, "software \"{X}\" is not installed");
    is(leaf(TS_COND_SOFTWARE, TS_OP_ANY_VERSION, "software", "UpgradeCode", "{u}", (char *)NULL), TS_YES,
       NULL);
    faulty(leaf(TS_COND_SOFTWARE, TS_OP_THIS_VERSION, "software", "UpgradeCode", "{U}", (char *)NULL),
           "needs a ProductCode");
    faulty(leaf(TS_COND_SOFTWARE, TS_OP_EQUALS, "software", "ProductCode", "{P}", "Operator", "equals",
                (char *)NULL),
           "operator 'equals' does not fit a software");
}

/* --- Operating system, machine rules -------------------------------------------------------- */

static const struct ts_cond *os_is(ts_cond_op op, const char *architecture, const char *version)
{
    return leaf(TS_COND_OS, op, "OS condition", "Architecture", architecture, "Version", version,
                "Operator", ts_cond_op_name(op), (char *)NULL);
}

/* The versions are those of real files: 6.10.7601.1 is Windows 7 with service pack 1. */
static void os_version_has_a_minor_number_of_two_digits(void **state)
{
    TS_UNUSED(state);
    is(os_is(TS_OP_GREATER_EQUAL, "X64", "6.10.7601.1"), TS_YES, NULL);
    is(os_is(TS_OP_GREATER_EQUAL, "X64", "10.00.10240.0"), TS_YES, NULL);
    is(os_is(TS_OP_EQUALS, "X64", "10.00.22631.0"), TS_YES, NULL);
    is(os_is(TS_OP_EQUALS, "X64", "6.30.9600.0"), TS_NO, NULL);
    is(os_is(TS_OP_GREATER_EQUAL, "X86", "6.10.7601.1"), TS_NO, NULL);
    is(os_is(TS_OP_EQUALS, "AMD64", ""), TS_YES, NULL);
    faulty(os_is(TS_OP_EQUALS, "X64", "seven"), "'seven' is no version");
    faulty(os_is(TS_OP_LIKE, "X64", "10.00"), "does not fit a version");
}

static void make_and_model_must_both_match(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "hp", "Model", "*EliteBook*", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "HP", "Model", "Latitude*", (char *)NULL),
       TS_NO,
       "Make is \"HP\", Model is \"HP EliteBook 840\", condition wants like \"HP\" and like \"Latitude*\"");
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "HP", (char *)NULL), TS_YES, NULL);
    nothing_was_decided();
    is(leaf(TS_COND_MAKE_MODEL, TS_OP_NONE, "make", "Make", "", (char *)NULL), TS_NO, NULL);
    was_decided("MACHINE-EMPTY|");
}

static void one_of_the_computers_values_is_enough(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "AssetTag", "", "MACAddress", "00-11-22-aa-bb-cc",
            "SerialNumber", "other", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "SerialNumber", "5cg123", (char *)NULL), TS_YES,
       NULL);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "MACAddress", "00:11:22:AA:BB:CD", "SerialNumber",
            "5CG12", (char *)NULL),
       TS_NO, NULL);
    assert_true(ts_vars_set_unknown(vars, "Unknown", "why", NULL));
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "AssetTag", "%Unknown%", "SerialNumber", "5CG123",
            (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_COMPUTER, TS_OP_NONE, "computer", "AssetTag", "%Unknown%", "SerialNumber", "x",
            (char *)NULL),
       TS_UNSURE, NULL);
}

static void location_is_one_of_the_default_gateways(void **state)
{
    TS_UNUSED(state);
    is(leaf(TS_COND_LOCATION, TS_OP_NONE, "location", "DefaultGateway", "10.1.2.254", (char *)NULL),
       TS_YES, NULL);
    is(leaf(TS_COND_LOCATION, TS_OP_NONE, "location", "DefaultGateway", "10.1.2.25", (char *)NULL), TS_NO,
       NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(golden_1_and_with_an_unknown_is_unsure),
        T(golden_2_and_with_a_false_is_false_whatever_is_unknown),
        T(golden_3_or_with_a_true_is_true_whatever_is_unknown),
        T(golden_4_or_of_false_and_unknown_is_unsure),
        T(golden_5_not_of_unknown_is_unsure),
        T(golden_6_not_is_none_of_its_children),
        T(golden_7_every_question_about_an_unknown_variable_is_unsure),
        T(golden_8_comparing_with_an_unknown_value_or_path_is_unsure),
        T(golden_9_machine_is_known_unless_the_profile_says_otherwise),
        T(golden_10_value_that_is_set_later_is_known_again),
        T(operator_without_conditions_is_no_test),
        T(evaluation_ends_when_the_result_is_known),
        T(reason_of_several_is_joined_and_turned_by_not),
        T(reason_with_very_long_values_stays_short),
        T(unknown_kind_is_an_error_with_its_line),
        T(variable_compares_integers_as_numbers),
        T(variable_versions_compare_as_text_and_that_is_told),
        T(variable_case_is_not_regarded_and_that_is_told),
        T(variable_that_is_missing_is_an_empty_text),
        T(variable_value_is_expanded),
        T(variable_comes_from_the_environment_when_nothing_sets_it),
        T(variable_exit_codes_compare_signed_and_unsigned),
        T(variable_that_is_secret_is_not_shown),
        T(wmi_is_true_when_a_row_passes),
        T(wmi_query_is_never_expanded),
        T(wmi_query_that_fails_is_false_and_told),
        T(host_error_that_is_no_answer_is_passed_up),
        T(file_and_folder_paths_are_expanded),
        T(file_version_compares_four_numbers),
        T(file_time_is_compared_in_utc_to_the_second),
        T(registry_existence_regards_the_type),
        T(registry_comparison_ignores_the_type),
        T(registry_value_that_is_missing_makes_every_comparison_false),
        T(machine_without_a_registry_has_no_keys),
        T(software_asks_for_the_code_of_its_operator),
        T(os_version_has_a_minor_number_of_two_digits),
        T(make_and_model_must_both_match),
        T(one_of_the_computers_values_is_enough),
        T(location_is_one_of_the_default_gateways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
