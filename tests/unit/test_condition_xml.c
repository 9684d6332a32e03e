/* test_condition_xml.c - conditions as files write them, and as people read them. */
#include "load.h"

#include <stdio.h>

#include <ts/condition.h>

#define VAR(op, name, value)                                                                       \
    "<expression type=\"SMS_TaskSequence_VariableConditionExpression\"><variable "                 \
    "name=\"Variable\">" name "</variable><variable name=\"Operator\">" op                         \
    "</variable><variable name=\"Value\">" value "</variable></expression>"

/* The bundle of the last document; freed by the next one and by teardown. */
static ts_bundle *bundle;

static const struct ts_cond *cond(const char *inside)
{
    char text[4000];
    snprintf(text, sizeof text,
             "<sequence><step name=\"s\"><condition>%s</condition></step></sequence>", inside);
    ts_bundle_free(bundle);
    bundle = load_text(text);
    const struct ts_cond *c = ts_bundle_get(bundle, 0)->nodes[0].condition;
    assert_non_null(c);
    return c;
}

static int teardown(void **state)
{
    (void)state;
    ts_bundle_free(bundle);
    bundle = NULL;
    return 0;
}

static void reads_as(const char *inside, const char *expected)
{
    char *text = ts_cond_describe(cond(inside));
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static size_t warned(const char *rule)
{
    return warnings_of(ts_bundle_get(bundle, 0), rule, 0);
}

/* --- Structure ----------------------------------------------------------------------------- */

static void one_expression_is_the_condition(void **state)
{
    (void)state;
    const struct ts_cond *c = cond(VAR("equals", "PHASE", "INSTALL"));
    assert_int_equal(c->kind, TS_COND_VARIABLE);
    assert_int_equal(c->op, TS_OP_EQUALS);
    assert_int_equal(c->line, 1);
    assert_string_equal(ts_cond_field_value(c, "variable"), "PHASE");
    assert_string_equal(ts_cond_field_value(c, "Value"), "INSTALL");
    assert_string_equal(ts_cond_field_value(c, "Nothing"), "");
    assert_null(c->problem);
}

static void several_children_without_an_operator_are_anded(void **state)
{
    (void)state;
    reads_as(VAR("notEquals", "_SMSTSMediaType", "OEMMedia")
                 VAR("equals", "_SMSTSBootUEFI", "true"),
             "_SMSTSMediaType is not \"OEMMedia\" and _SMSTSBootUEFI equals \"true\"");
    reads_as(VAR("exists", "A", "") "<operator type=\"or\">" VAR("exists", "B", "")
                 VAR("exists", "C", "") "</operator>",
             "A exists and (B exists or C exists)");
}

static void empty_condition_tests_nothing(void **state)
{
    (void)state;
    const struct ts_cond *c = cond("\n  ");
    assert_int_equal(c->kind, TS_COND_AND);
    assert_int_equal(c->n_children, 0);
    c = cond("<operator type=\"and\"/>");
    assert_int_equal(c->kind, TS_COND_AND);
    assert_int_equal(c->n_children, 0);
    reads_as("<operator type=\"and\"/>", "always");
}

static void empty_or_takes_the_siblings_behind_it(void **state)
{
    (void)state;
    reads_as("<operator type=\"or\"/>" VAR("equals", "Make", "HP")
                 VAR("equals", "Make", "Hewlett-Packard"),
             "Make equals \"HP\" or Make equals \"Hewlett-Packard\"");
    assert_int_equal(warned("COND-EMPTY-OR"), 1);
    reads_as(VAR("exists", "A", "") "<operator type=\"or\"></operator>" VAR("exists", "B", "")
                 VAR("exists", "C", ""),
             "A exists and (B exists or C exists)");
    /* several of them in a row change nothing */
    reads_as("<operator type=\"or\"/><operator type=\"or\"/>" VAR("exists", "B", ""), "B exists");
}

static void empty_or_alone_tests_nothing(void **state)
{
    (void)state;
    const struct ts_cond *c = cond("<operator type=\"or\"/>");
    assert_int_equal(c->kind, TS_COND_AND);
    assert_int_equal(c->n_children, 0);
    assert_int_equal(warned("COND-EMPTY-OR"), 1);
}

static void operators_nest(void **state)
{
    (void)state;
    reads_as("<operator type=\"or\"><operator type=\"and\">" VAR("exists", "A", "")
                 VAR("exists", "B", "") "</operator><operator type=\"not\">" VAR("exists", "C", "")
                     VAR("exists", "D", "") "</operator></operator>",
             "(A exists and B exists) or not (C exists or D exists)");
    reads_as("<operator type=\"OR\">" VAR("exists", "A", "") "</operator>", "A exists");
}

static void os_groups_are_or_of_ands(void **state)
{
    (void)state;
#define WMI(q)                                                                                     \
    "<expression type=\"SMS_TaskSequence_WMIConditionExpression\" ignoreQueryFailure=\"true\">"    \
    "<variable name=\"Namespace\">root\\cimv2</variable><variable name=\"Query\">" q               \
    "</variable></expression>"
    const struct ts_cond *c = cond(
        "<osConditionGroup type=\"or\"><osExpressionGroup type=\"and\" name=\"All x64\">"
        "<platformKey arch=\"x64\" type=\"Client\" minVer=\"1\" maxVer=\"2\"/>" WMI(
            "SELECT * FROM Win32_OperatingSystem WHERE OSType=18")
            WMI("SELECT * FROM Win32_Processor") "</osExpressionGroup><osExpressionGroup "
                                                 "type=\"and\" Name=\"Other\">" WMI(
                                                     "SELECT * FROM Win32_BIOS") "<platformKey/></"
                                                                                 "osExpressionGroup"
                                                                                 "></"
                                                                                 "osConditionGroup"
                                                                                 ">");
    assert_int_equal(c->kind, TS_COND_OR);
    assert_int_equal(c->n_children, 2);
    assert_int_equal(c->children[0]->kind, TS_COND_AND);
    assert_string_equal(c->children[0]->label, "All x64");
    assert_int_equal(c->children[0]->n_children, 2);
    assert_true(c->children[0]->children[0]->ignore_failure);
    assert_string_equal(c->children[1]->label, "Other");
    assert_int_equal(c->children[1]->n_children, 1); /* a platformKey only describes */
    assert_int_equal(ts_bundle_get(bundle, 0)->n_warnings, 0);
}

/* --- Leaves -------------------------------------------------------------------------------- */

static void operators_are_known_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ts_cond_op op;
    } names[] = {
        {"exists", TS_OP_EXISTS},
        {"notExists", TS_OP_NOT_EXISTS},
        {"nonExists", TS_OP_NOT_EXISTS},
        {"equals", TS_OP_EQUALS},
        {"Equals", TS_OP_EQUALS},
        {"notEquals", TS_OP_NOT_EQUALS},
        {"notequals", TS_OP_NOT_EQUALS},
        {"less", TS_OP_LESS},
        {"lessEqual", TS_OP_LESS_EQUAL},
        {"greater", TS_OP_GREATER},
        {"greaterEqual", TS_OP_GREATER_EQUAL},
        {"like", TS_OP_LIKE},
        {"notLike", TS_OP_NOT_LIKE},
        {"AnyVersion", TS_OP_ANY_VERSION},
        {"thisversion", TS_OP_THIS_VERSION},
    };
    for (size_t i = 0; i < TS_COUNT(names); i++)
        assert_int_equal(ts_cond_op_parse(names[i].name), names[i].op);
    assert_int_equal(ts_cond_op_parse("contains"), TS_OP_NONE);
    assert_int_equal(ts_cond_op_parse(""), TS_OP_NONE);
    for (int op = TS_OP_EXISTS; op <= TS_OP_THIS_VERSION; op++)
        assert_int_equal(ts_cond_op_parse(ts_cond_op_name((ts_cond_op)op)), op);
}

static void variable_order_and_missing_value_do_not_matter(void **state)
{
    (void)state;
    reads_as("<expression type=\"SMS_TaskSequence_VariableConditionExpression\"><variable "
             "name=\"Operator\">notExists</variable><variable name=\"Variable\">X</variable>"
             "</expression>",
             "X does not exist");
    const struct ts_cond *c = cond(VAR("exists", "X", "\n      "));
    assert_string_equal(ts_cond_field_value(c, "Value"), "");
}

static void unknown_type_or_operator_is_never_a_test(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *problem;
    } cases[] = {
        {"<expression type=\"SMS_TaskSequence_MoonConditionExpression\"/>",
         "does not know the condition type 'SMS_TaskSequence_MoonConditionExpression'"},
        {"<expression/>", "does not know the condition type ''"},
        {VAR("contains", "X", "1"), "does not know the operator 'contains'"},
        {VAR("AnyVersion", "X", "1"), "does not know the operator 'AnyVersion'"},
        {VAR("", "X", "1"), "lacks 'Operator'"},
        {VAR("equals", "", "1"), "lacks 'Variable'"},
        {"<operator type=\"xor\">" VAR("exists", "X", "") "</operator>",
         "does not know the operator 'xor'"},
        {"<operator>" VAR("exists", "X", "") "</operator>", "does not know the operator ''"},
        {"<test/>", "does not know the condition element 'test'"},
        {"<expression type=\"SMS_TaskSequence_WMIConditionExpression\"/>", "lacks 'Query'"},
        {"<expression type=\"SMS_TaskSequence_FileConditionExpression\"/>", "lacks 'Path'"},
        {"<expression type=\"SMS_TaskSequence_FileConditionExpression\"><variable name=\"Path\">a"
         "</variable><variable name=\"Version\">1</variable></expression>",
         "lacks 'VersionOperator'"},
        {"<expression type=\"SMS_TaskSequence_FolderConditionExpression\"><variable name=\"Path\">a"
         "</variable><variable name=\"DateTime\">2</variable><variable name=\"DateTimeOperator\">"
         "like</variable></expression>",
         "does not know the operator 'like'"},
        {"<expression type=\"SMS_TaskSequence_RegistryConditionExpression\"><variable "
         "name=\"Operator\">exists</variable></expression>",
         "lacks 'KeyPath'"},
        {"<expression type=\"SMS_TaskSequence_SoftwareConditionExpression\"><variable "
         "name=\"Operator\">AnyVersion</variable></expression>",
         "lacks 'UpgradeCode'"},
        {"<expression type=\"SMS_TaskSequence_OSConditionExpression\"><variable "
         "name=\"Operator\">around</variable></expression>",
         "does not know the operator 'around'"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        const struct ts_cond *c = cond(cases[i].xml);
        if (c->kind != TS_COND_UNKNOWN || !c->problem || !strstr(c->problem, cases[i].problem))
            fail_msg("%s: %s", cases[i].xml, c->problem ? c->problem : "(no problem)");
    }
}

static void unknown_inside_an_operator_stays_unknown(void **state)
{
    (void)state;
    const struct ts_cond *c = cond(
        "<operator type=\"or\">" VAR("exists", "A", "") "<expression type=\"x\"/></operator>");
    assert_int_equal(c->kind, TS_COND_OR);
    assert_int_equal(c->children[1]->kind, TS_COND_UNKNOWN);
}

static void queries_are_parsed_while_loading(void **state)
{
    (void)state;
#define QUERY(q)                                                                                   \
    "<expression type=\"SMS_TaskSequence_WMIConditionExpression\"><variable name=\"Namespace\">"   \
    "root\\cimv2</variable><variable name=\"Query\">" q "</variable></expression>"
    const struct ts_cond *c = cond(QUERY("SELECT * FROM Win32_BIOS WHERE Version LIKE '%a%b%'"));
    assert_int_equal(c->kind, TS_COND_WMI);
    assert_non_null(c->query);
    assert_null(c->problem);
    c = cond(QUERY("SELECT FROM WHERE"));
    assert_int_equal(c->kind,
                     TS_COND_WMI); /* false when it runs, as the vendor's failing query is */
    assert_null(c->query);
    assert_non_null(c->problem);
}

static void leaves_read_as_sentences(void **state)
{
    (void)state;
#define X(type, fields)                                                                            \
    "<expression type=\"SMS_TaskSequence_" type "ConditionExpression\">" fields "</expression>"
#define F(name, value) "<variable name=\"" name "\">" value "</variable>"
    reads_as(VAR("like", "Model", "Latitude*"), "Model like \"Latitude*\"");
    reads_as("<operator type=\"not\">" X("File", F("Path", "C:\\x")) "</operator>",
             "not (file exists \"C:\\x\")");
    reads_as(X("File", F("Path", "a") F("Version", "1.2") F("VersionOperator", "greaterEqual")),
             "file exists \"a\" with version greaterEqual 1.2");
    reads_as(X("Folder", F("Path", "d") F("DateTime", "2020") F("DateTimeOperator", "less")),
             "folder exists \"d\" with time stamp less 2020");
    reads_as(QUERY("SELECT * FROM Win32_BIOS"), "WMI SELECT * FROM Win32_BIOS in root\\cimv2");
    reads_as(X("Registry",
               F("KeyPath", "HKEY_LOCAL_MACHINE\\S") F("Operator", "exists") F("Type", "REG_SZ")),
             "registry HKEY_LOCAL_MACHINE\\S exists");
    reads_as(X("Registry", F("KeyPath", "HKEY_LOCAL_MACHINE\\S") F("Operator", "equals")
                               F("Value", "v") F("Data", "1") F("Type", "REG_SZ")),
             "registry HKEY_LOCAL_MACHINE\\S value \"v\" equals \"1\"");
    reads_as(X("Software", F("Operator", "ThisVersion") F("ProductCode", "{A}")
                               F("ProductName", "Office") F("Version", "16")),
             "installed software \"Office\" version 16");
    reads_as(X("Software", F("Operator", "AnyVersion") F("UpgradeCode", "{B}")),
             "installed software \"{B}\" in any version");
    reads_as(
        X("OS", F("Architecture", "X64") F("Version", "6.10.7601.1") F("Operator", "greaterEqual")),
        "X64 Windows version >= \"6.10.7601.1\"");
    reads_as("<expression type=\"What\"/>", "unknown condition 'What'");
}

static void very_long_conditions_are_cut_when_described(void **state)
{
    (void)state;
    static char value[70000], text[71000];
    memset(value, 'v', sizeof value - 1);
    snprintf(text, sizeof text,
             "<sequence><step><condition>"
             "<expression type=\"SMS_TaskSequence_VariableConditionExpression\"><variable "
             "name=\"Variable\">X</variable><variable name=\"Operator\">exists</variable>"
             "</expression><expression "
             "type=\"SMS_TaskSequence_FileConditionExpression\"><variable name=\"Path\">%s"
             "</variable></expression></condition></step></sequence>",
             value);
    ts_bundle *b = load_text(text);
    char *described = ts_cond_describe(ts_bundle_get(b, 0)->nodes[0].condition);
    assert_non_null(described);
    assert_true(strlen(described) <= 65536);
    assert_memory_equal(described, "X exists and", 9);
    free(described);
    ts_bundle_free(b);
}

static void strange_fields_are_warnings(void **state)
{
    (void)state;
    cond("<expression type=\"SMS_TaskSequence_FolderConditionExpression\" extra=\"1\"><variable "
         "name=\"Path\">a</variable><variable name=\"Colour\">b</variable><variable>c</variable>"
         "</expression>");
    assert_int_equal(warned("load-unknown-field"), 1);
    assert_int_equal(warned("load-missing-name"), 1);
    assert_int_equal(warned("load-unknown-attribute"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_expression_is_the_condition, teardown),
        cmocka_unit_test_teardown(several_children_without_an_operator_are_anded, teardown),
        cmocka_unit_test_teardown(empty_condition_tests_nothing, teardown),
        cmocka_unit_test_teardown(empty_or_takes_the_siblings_behind_it, teardown),
        cmocka_unit_test_teardown(empty_or_alone_tests_nothing, teardown),
        cmocka_unit_test_teardown(operators_nest, teardown),
        cmocka_unit_test_teardown(os_groups_are_or_of_ands, teardown),
        cmocka_unit_test_teardown(operators_are_known_in_any_case, teardown),
        cmocka_unit_test_teardown(variable_order_and_missing_value_do_not_matter, teardown),
        cmocka_unit_test_teardown(unknown_type_or_operator_is_never_a_test, teardown),
        cmocka_unit_test_teardown(unknown_inside_an_operator_stays_unknown, teardown),
        cmocka_unit_test_teardown(queries_are_parsed_while_loading, teardown),
        cmocka_unit_test_teardown(leaves_read_as_sentences, teardown),
        cmocka_unit_test_teardown(very_long_conditions_are_cut_when_described, teardown),
        cmocka_unit_test_teardown(strange_fields_are_warnings, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
