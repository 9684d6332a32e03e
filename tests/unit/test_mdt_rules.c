/* test_mdt_rules.c - MDT's rules: the file, the expressions, sections and precedence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/time.h>

#include "check.h"
#include "dry_run.h"
#include "mdt_expression.h"
#include "mdt_functions.h"
#include "mdt_ini.h"
#include "mdt_rules.h"

/* --- The file --------------------------------------------------------------------------------- */

static void first_section_and_first_key_count(void **state)
{
    TS_UNUSED(state);
    static const char text[] = "lost=1\r\n[ A ]\r\n x = 1 = 2 \r\nX=3\r\n[a]\r\ny=4\r\n;z=5\r\n[B";
    mdt_ini ini;
    assert_true(mdt_ini_parse(&ini, text, strlen(text), NULL));
    const mdt_ini_section *a = mdt_ini_find(&ini, "A");
    assert_non_null(a);
    assert_int_equal(a->line, 2);
    assert_string_equal(mdt_ini_key_of(&ini, a, "X")->value, "1 = 2");
    assert_int_equal(mdt_ini_key_of(&ini, a, "x")->line, 3);
    assert_null(mdt_ini_key_of(&ini, a, "y"));
    assert_non_null(mdt_ini_find(&ini, "b"));
    assert_null(ini.note);
    mdt_ini_done(&ini);
}

static void encodings_of_editors_are_read_and_said(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *data;
        size_t size;
        const char *note;
    } files[] = {
        {"[S]\nk=\xc3\xa4", 8, NULL},
        {"[S]\nk=\xe4", 7, NULL},
        {"\xef\xbb\xbf[S]\nk=\xc3\xa4", 11, "byte order mark"},
        {"\xff\xfe[\0S\0]\0\n\0k\0=\0\xe4\0", 16, "UTF-16"},
        {"\xfe\xff\0[\0S\0]\0\n\0k\0=\0\xe4", 16, "UTF-16"},
    };
    for (size_t i = 0; i < TS_COUNT(files); i++) {
        mdt_ini ini;
        assert_true(mdt_ini_parse(&ini, files[i].data, files[i].size, NULL));
        const mdt_ini_section *s = mdt_ini_find(&ini, "S");
        assert_non_null(s);
        assert_string_equal(mdt_ini_key_of(&ini, s, "k")->value, "\xc3\xa4");
        if (files[i].note)
            assert_non_null(strstr(ini.note, files[i].note));
        else
            assert_null(ini.note);
        mdt_ini_done(&ini);
    }
}

static void file_with_nul_or_beyond_a_limit_is_refused(void **state)
{
    TS_UNUSED(state);
    mdt_ini ini;
    ts_err *err = NULL;
    assert_false(mdt_ini_parse(&ini, "[\0S\0]", 5, &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    ts_err_clear(&err);
    mdt_ini_done(&ini);
    char *big = ts_alloc(MDT_INI_MAX + 1);
    assert_non_null(big);
    memset(big, '\n', MDT_INI_MAX + 1);
    assert_true(mdt_ini_parse(&ini, big, MDT_INI_MAX, NULL));
    mdt_ini_done(&ini);
    assert_false(mdt_ini_parse(&ini, big, MDT_INI_MAX + 1, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_clear(&err);
    mdt_ini_done(&ini);
    free(big);
}

static void too_many_sections_and_keys_are_refused(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_buf_init(&text, MDT_INI_MAX);
    for (unsigned i = 0; i <= MDT_INI_SECTIONS_MAX; i++)
        ts_buf_str(&text, "[s]\n");
    mdt_ini ini;
    ts_err *err = NULL;
    assert_false(mdt_ini_parse(&ini, text.data, text.len, &err));
    assert_non_null(strstr(ts_err_text(err), "line 10001: more than 10000 sections"));
    ts_err_clear(&err);
    mdt_ini_done(&ini);
    ts_buf_done(&text);
    ts_buf_init(&text, MDT_INI_MAX);
    ts_buf_str(&text, "[s]\n");
    for (unsigned i = 0; i <= MDT_INI_KEYS_MAX; i++)
        ts_buf_str(&text, "k=\n");
    assert_false(mdt_ini_parse(&ini, text.data, text.len, &err));
    assert_non_null(strstr(ts_err_text(err), "more than 100000 keys"));
    ts_err_clear(&err);
    mdt_ini_done(&ini);
    ts_buf_done(&text);
}

/* --- Expressions ------------------------------------------------------------------------------ */

static void gives(const char *expression, const char *value)
{
    ts_vars *vars = ts_vars_new();
    assert_non_null(vars);
    assert_true(ts_vars_set(vars, "SerialNumber", "S-123", 0, NULL));
    static const ts_civil when = {
        .year = 2026, .month = 3, .day = 9, .hour = 15, .minute = 4, .second = 5};
    mdt_world world = {.vars = vars, .now = ts_time_from_civil(&when)};
    ts_buf out;
    ts_err *err = NULL;
    ts_buf_init(&out, MDT_EXPRESSION_MAX);
    bool ok = mdt_expression(&world, expression, &out, &err);
    if (!ok)
        print_message("%s: %s\n", expression, ts_err_text(err));
    assert_true(ok);
    assert_string_equal(ts_buf_text(&out), value);
    ts_buf_done(&out);
    ts_vars_free(vars);
}

static void refuses(const char *expression, const char *why)
{
    ts_vars *vars = ts_vars_new();
    assert_non_null(vars);
    mdt_world world = {.vars = vars};
    ts_buf out;
    ts_err *err = NULL;
    ts_buf_init(&out, MDT_EXPRESSION_MAX);
    assert_false(mdt_expression(&world, expression, &out, &err));
    if (!strstr(ts_err_text(err), why))
        print_message("%s: %s\n", expression, ts_err_text(err));
    assert_non_null(strstr(ts_err_text(err), why));
    ts_err_free(err);
    ts_buf_done(&out);
    ts_vars_free(vars);
}

static void functions_of_text_give_what_vbscript_gives(void **state)
{
    TS_UNUSED(state);
    gives("Right(\"ABC123\", 3)", "123");
    gives("right(\"AB\",8)", "AB");
    gives("LEFT(\"\xc3\xa4"
          "bc\", 2)",
          "\xc3\xa4"
          "b");
    gives("Mid(\"ABCDEF\",2,3)", "BCD");
    gives("Mid(\"ABCDEF\",4)", "DEF");
    gives("Mid(\"ABC\",9)", "");
    gives("Len(\"\xc3\xa4"
          "bc\")",
          "3");
    gives("UCase(\"a-b\") & LCase(\"C\")", "A-Bc");
    gives("Trim(\"  a b \") & \".\" & LTrim(\" x \") & RTrim(\" y \")", "a b.x  y");
    gives("Replace(\"a b c\",\" \",\"\")", "abc");
    gives("Split(\"10.0.0.1\",\".\")(3)", "1");
    gives("Split(\"a b\")(0)", "a");
    gives("InStr(\"abcabc\",\"c\")", "3");
    gives("InStr(4,\"abcabc\",\"c\")", "6");
    gives("InStr(\"abc\",\"x\")", "0");
    gives("\"a \"\"b\"\"\"", "a \"b\"");
    gives("oEnvironment.Item(\"serialnumber\") & oEnvironment.Item(\"None\")", "S-123");
}

static void operators_keep_their_order(void **state)
{
    TS_UNUSED(state);
    gives("1 + 2 * 3 - -4", "11");
    gives("(1 + 2) * 3", "9");
    gives("7 \\ 2 & 7 Mod 4", "33");
    gives("10 / 4", "2.5");
    gives("\"1\" + \"2\"", "12");
    gives("\"1\" + 2", "3");
    gives("1 < 2 And Not \"a\" = \"A\"", "True");
    gives("1 = 2 Or 3 <> 3", "False");
    gives("CInt(\"2.5\") & CInt(3.5) & Int(-1.5)", "24-2");
    gives("Hex(255)", "FF");
}

static void dates_are_written_as_in_us_english(void **state)
{
    TS_UNUSED(state);
    gives("Now", "3/9/2026 3:04:05 PM");
    gives("Date", "3/9/2026");
    gives("Year(Date) & Month(Now()) & Day(Date) & Hour(Now) & Minute(Time) & Second(Now)",
          "2026391545");
}

static void what_is_not_known_is_refused_by_name(void **state)
{
    TS_UNUSED(state);
    refuses("SetComputerName(\"x\")", "a function that this engine does not know: SetComputerName");
    refuses("and F", "a word that this engine does not know: and");
    refuses("Left(\"a\")", "wrong number of arguments: Left");
    refuses("Left(\"a\",1", "a bracket is not closed");
    refuses("\"a", "a text is not closed by a quote");
    refuses("1 2", "something stands behind its end");
    refuses("1 +", "something is missing at its end");
    refuses("1 \\ 0", "division by zero");
    refuses("1 / 0", "division by zero");
    refuses("\"a\" * 2", "a text stands where a number belongs");
    refuses("Split(\"a\",\"b\")(1)", "a list has no element of this number");
    refuses("Split(\"a\")", "a list stands where one text belongs");
    refuses("Left(\"a\",-1)", "a length or place below zero");
    refuses("Left(1,2,3,4,5,6,7)", "more than 6 arguments");
    refuses("99999999999999999999 \\ 1", "a number is too large");
}

static void nesting_has_a_limit(void **state)
{
    TS_UNUSED(state);
    char deep[2 * MDT_EXPRESSION_DEPTH_MAX + 8];
    size_t n = MDT_EXPRESSION_DEPTH_MAX - 1;
    memset(deep, '(', n);
    deep[n] = '1';
    memset(deep + n + 1, ')', n);
    deep[2 * n + 1] = '\0';
    gives(deep, "1");
    n++;
    memset(deep, '(', n);
    deep[n] = '1';
    memset(deep + n + 1, ')', n);
    deep[2 * n + 1] = '\0';
    refuses(deep, "nested too deeply");
}

static void number_of_texts_is_limited(void **state)
{
    TS_UNUSED(state);
    char many[2 * MDT_PIECES_MAX + 20];
    snprintf(many, sizeof many, "Split(\"%0*d\",\"0\")(0)", (int)MDT_PIECES_MAX, 0);
    refuses(many, "it makes too many texts");
    snprintf(many, sizeof many, "Split(\"%0*d\",\"0\")(0)", (int)MDT_PIECES_MAX / 2, 0);
    gives(many, "");
}

/* --- Rules ------------------------------------------------------------------------------------ */

#define GATHER                                                                                     \
    "<step type=\"BDD_Gather\" name=\"G\" successCodeList=\"0\"><defaultVarList>"                  \
    "<variable name=\"GatherLocalOnly\" property=\"GatherLocalOnly\">false</variable>"             \
    "</defaultVarList><action>cscript.exe \"%SCRIPTROOT%\\ZTIGather.wsf\"</action></step>"

static void open_with(dry_run *d, const char *rules)
{
    dry_open(d, DRY_PE, GATHER);
    assert_true(ts_host_sim_drive(d->host, 'Z', "\\\\s\\d$", NULL));
    assert_true(
        ts_host_sim_file(d->host, "Z:\\Control\\CustomSettings.ini", rules, strlen(rules), NULL));
    dry_set(d, "DeployRoot", "Z:");
}

static void rules_lead_from_property_to_section(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d,
              "[Settings]\nPriority=SerialNumber, MacAddress, DefaultGateway, Model, ByLaptop, "
              "Default\nProperties=Where,Who,How,What\n"
              "[S-1]\nOSDComputerName=PC-%SerialNumber%\n"
              "[00:11:22:33:44:55]\nWho=card\n"
              "[DefaultGateway]\n10.0.0.1=HQ\n[HQ]\nWhere=headquarters\n"
              "[One]\nWhat=#UCase(\"%Model%\")#\n"
              "[ByLaptop]\nSubsection=Laptop-%IsLaptop%\nHow=later\n[Laptop-True]\nHow=battery\n"
              "[Default]\nWhere=elsewhere\nTimeZoneName=UTC\n");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "OSDComputerName", "PC-S-1");
    dry_expect_var(&d, "Who", "card");
    dry_expect_var(&d, "Where", "headquarters");
    dry_expect_var(&d, "What", "ONE");
    dry_expect_var(&d, "How", "battery");
    dry_expect_var(&d, "TimeZoneName", "UTC");
    dry_close(&d);
}

static void first_value_wins_but_for_the_properties_where_the_last_does(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, "[Settings]\nPriority=A,B\n[A]\nOrgName=a\nDestinationDisk=1\n"
                  "[B]\nOrgName=b\nDestinationDisk=2\nFullName=b\n");
    dry_set(&d, "FullName", "given");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "OrgName", "a");
    dry_expect_var(&d, "DestinationDisk", "2");
    dry_expect_var(&d, "FullName", "given");
    dry_close(&d);
}

static void lists_grow_without_doubles_and_end_at_a_gap(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, "[Settings]\nPriority=A,B\nProperties=My(*)\n"
                  "[A]\nApplications001={1}\nApplications2={2}\nApplications4={4}\nMy1=x\n"
                  "[B]\nApplications1={2}\nApplications2={3}\nMy1=X\nMy2=y\n");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "Applications001", "{1}");
    dry_expect_var(&d, "Applications002", "{2}");
    dry_expect_var(&d, "Applications003", "{3}");
    dry_expect_var(&d, "Applications004", "");
    dry_expect_var(&d, "My001", "x");
    dry_expect_var(&d, "My002", "y");
    dry_close(&d);
}

static void names_that_nobody_declared_are_said_and_not_read(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, "[Settings]\nPriority=Default\n[Default]\nPrefix=X\n;OrgName=y\n_SMSTSx=1\n"
                  "_SMSTSOrgName=Org\nOSInstall=C# and F#\n");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "Prefix", "");
    dry_expect_log(&d, "CustomSettings.ini:4: 'Prefix' is no property of MDT");
    dry_expect_no_log(&d, "'OrgName' is no property");
    dry_expect_var(&d, "_SMSTSOrgName", "Org");
    dry_expect_var(&d, "OSInstall", "C# and F#");
    dry_expect_log(&d, "left as it is");
    dry_close(&d);
}

#define FOREIGN_RULES                                                                              \
    "[Settings]\nPriority=A,B\nProperties=Alias\n"                                                 \
    "[A]\nUserExit=x.vbs\nAlias=#Lookup(\"%Model%\")#\n"                                           \
    "[B]\nSQLServer=db\nOrgName=never\n"

static void scripts_and_databases_are_unknown_in_a_simulation(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, FOREIGN_RULES);
    d.options.simulate = true;
    dry_expect(&d, "G ok 0\n");
    dry_expect_log(&d, "CustomSettings.ini:5: [A] asks for the VBScript 'x.vbs'");
    dry_expect_log(&d, "[B] asks for the database 'db'");
    dry_expect_log(&d, "Alias = not known");
    dry_expect_var(&d, "OrgName", "");
    const ts_value *alias = ts_vars_get(d.vars, "Alias");
    assert_non_null(alias);
    assert_true(alias->flags & TS_VALUE_UNKNOWN);
    dry_close(&d);
}

static void machine_is_not_set_up_without_what_scripts_and_databases_give(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *rules, *why;
    } files[] = {
        {FOREIGN_RULES, "CustomSettings.ini:5: [A] asks for the VBScript 'x.vbs', which taskseq"},
        {"[Settings]\nPriority=B\n[B]\nSQLServer=db\n", "asks for the database 'db', which"},
        {"[Settings]\nPriority=A\nProperties=Alias\n[A]\nAlias=#Lookup(1)#\n",
         "functions of UserExit scripts are VBScript, which is not run"},
    };
    for (size_t i = 0; i < TS_COUNT(files); i++) {
        dry_run d;
        open_with(&d, files[i].rules);
        dry_go(&d);
        assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
        dry_expect_text(&d, files[i].why);
        dry_close(&d);
    }
}

static void passwords_stay_secret(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, "[Settings]\nPriority=Default\n[Default]\nAdminPassword=Geheimnis\n"
                  "JoinDomain=corp.example\nDomainAdmin=joe\nDomainAdminDomain=CORP\n"
                  "DomainAdminPassword=Vertraulich\n");
    dry_expect(&d, "G ok 0\n");
    dry_expect_no_log(&d, "Geheimnis");
    dry_expect_no_log(&d, "Vertraulich");
    dry_expect_var(&d, "OSDNetworkJoinType", "0");
    dry_expect_var(&d, "OSDDomainName", "corp.example");
    dry_expect_var(&d, "OSDJoinAccount", "CORP\\joe");
    assert_true(ts_vars_get(d.vars, "OSDJoinPassword")->flags & TS_VALUE_SECRET);
    dry_close(&d);
}

static void older_names_lead_to_newer_ones(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, "[Settings]\nPriority=Default\n[Default]\nBuildID=w11\nBdeInstall=no\n"
                  "JoinWorkgroup=HOME\n");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "TaskSequenceID", "W11");
    dry_expect_var(&d, "BdeInstallSuppress", "YES");
    dry_expect_var(&d, "OSDNetworkJoinType", "1");
    dry_expect_var(&d, "OSDWorkgroupName", "HOME");
    dry_close(&d);
}

static void faults_of_the_file_fail_the_step_and_name_the_place(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *rules, *text;
    } faults[] = {
        {"", "there is no section [Settings]"},
        {"[Settings]\nProperties=A\n", "[Settings] has no Priority="},
        {"[Settings]\nPriority=A\nProperties=a b\n[A]\n", "Properties= of [Settings]"},
        {"[Settings]\nPriority=A\n[A]\nSubsection=B\n[B]\nSubsection=A\n",
         "more than 16 subsections inside one another"},
        {"[Settings]\nPriority=A\nProperties=X\n[A]\nOrgName=%OrgName1%%Who%\nX=1\n[B]\n", NULL},
    };
    for (size_t i = 0; i < TS_COUNT(faults); i++) {
        dry_run d;
        open_with(&d, faults[i].rules);
        dry_go(&d);
        if (faults[i].text)
            dry_expect_text(&d, faults[i].text);
        else
            assert_int_equal(d.report.outcome, TS_OUTCOME_OK);
        dry_close(&d);
    }
}

static ts_outcome outcome_of(const char *head, const char *format, unsigned n, const char *text)
{
    dry_run d;
    ts_buf rules;
    ts_buf_init(&rules, 1024 * 1024);
    ts_buf_str(&rules, head);
    for (unsigned i = 1; i <= n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%03u", i);
        for (const char *p = format; *p; p++)
            *p == '#' ? ts_buf_str(&rules, number) : ts_buf_char(&rules, *p);
    }
    ts_buf_char(&rules, '\n');
    open_with(&d, ts_buf_text(&rules));
    dry_go(&d);
    ts_outcome outcome = d.report.outcome;
    if (outcome != TS_OUTCOME_OK)
        dry_expect_text(&d, text);
    dry_close(&d);
    ts_buf_done(&rules);
    return outcome;
}

static void numbers_of_properties_and_elements_are_limited(void **state)
{
    TS_UNUSED(state);
    static const char custom[] = "[Settings]\nPriority=A\nProperties=";
    static const char list[] = "[Settings]\nPriority=B,A\n[B]\nApplications1={B}\n[A]\n";
    static const char app[] = "Applications#={#}\n";
    assert_int_equal(outcome_of(custom, "P#,", MDT_RULES_CUSTOM_MAX, ""), TS_OUTCOME_OK);
    assert_int_equal(outcome_of(custom, "P#,", MDT_RULES_CUSTOM_MAX + 1, "more than 1000 prop"),
                     TS_OUTCOME_FAILED);
    assert_int_equal(outcome_of(list, app, MDT_RULES_ELEMENTS_MAX - 1, ""), TS_OUTCOME_OK);
    assert_int_equal(outcome_of(list, app, MDT_RULES_ELEMENTS_MAX,
                                "list 'Applications' has 999 elements already"),
                     TS_OUTCOME_FAILED);
}

static void values_that_hold_each_other_end(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_with(&d, "[Settings]\nPriority=A\n[A]\nOrgName=%FullName%\n");
    dry_set(&d, "FullName", "%FullName%");
    dry_go(&d);
    dry_expect_text(&d, "CustomSettings.ini:4: value of 'OrgName': more than 1000 names");
    dry_close(&d);
}

static void missing_rules_are_assumed_in_a_simulation(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, GATHER);
    d.options.simulate = true;
    dry_expect(&d, "G ok 0\n");
    dry_expect_log(&d, "give the deployment share with --share");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_section_and_first_key_count),
        cmocka_unit_test(encodings_of_editors_are_read_and_said),
        cmocka_unit_test(file_with_nul_or_beyond_a_limit_is_refused),
        cmocka_unit_test(too_many_sections_and_keys_are_refused),
        cmocka_unit_test(functions_of_text_give_what_vbscript_gives),
        cmocka_unit_test(operators_keep_their_order),
        cmocka_unit_test(dates_are_written_as_in_us_english),
        cmocka_unit_test(what_is_not_known_is_refused_by_name),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(number_of_texts_is_limited),
        cmocka_unit_test(rules_lead_from_property_to_section),
        cmocka_unit_test(first_value_wins_but_for_the_properties_where_the_last_does),
        cmocka_unit_test(lists_grow_without_doubles_and_end_at_a_gap),
        cmocka_unit_test(names_that_nobody_declared_are_said_and_not_read),
        cmocka_unit_test(scripts_and_databases_are_unknown_in_a_simulation),
        cmocka_unit_test(machine_is_not_set_up_without_what_scripts_and_databases_give),
        cmocka_unit_test(passwords_stay_secret),
        cmocka_unit_test(older_names_lead_to_newer_ones),
        cmocka_unit_test(faults_of_the_file_fail_the_step_and_name_the_place),
        cmocka_unit_test(numbers_of_properties_and_elements_are_limited),
        cmocka_unit_test(values_that_hold_each_other_end),
        cmocka_unit_test(missing_rules_are_assumed_in_a_simulation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
