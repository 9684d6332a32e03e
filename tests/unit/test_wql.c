/* test_wql.c - WQL: what parses, what is refused and how it says so, and what matches. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

static ts_arena *arena;

static int setup(void **state)
{
    TS_UNUSED(state);
    arena = ts_arena_new();
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    ts_arena_free(arena);
    return 0;
}

/* One computer with a property of every kind. */
static const ts_wmi_value values[] = {
    {.name = "Manufacturer", .kind = TS_WMI_TEXT, .text = "Hewlett-Packard"},
    {.name = "Model", .kind = TS_WMI_TEXT, .text = "HP EliteBook 840 G8"},
    {.name = "BuildNumber", .kind = TS_WMI_TEXT, .text = "9600"},
    {.name = "Version", .kind = TS_WMI_TEXT, .text = "10.0.22631"},
    {.name = "PCSystemType", .kind = TS_WMI_INT, .integer = 2},
    {.name = "FreeSpace", .kind = TS_WMI_INT, .integer = 19999999999},
    {.name = "Big", .kind = TS_WMI_UINT, .natural = UINT64_MAX},
    {.name = "Load", .kind = TS_WMI_REAL, .real = 1.5},
    {.name = "HypervisorPresent", .kind = TS_WMI_BOOL, .integer = 1},
    {.name = "AssetTag", .kind = TS_WMI_NULL},
    {.name = "Path", .kind = TS_WMI_TEXT, .text = "C:\\Temp\\a_b"},
    {.name = "InstallDate", .kind = TS_WMI_TEXT, .text = "20240301120000.000000+060"},
    {.name = "DeviceID", .kind = TS_WMI_TEXT, .text = "C:"},
};
static const ts_wmi_row row = {.values = values, .n_values = TS_COUNT(values)};

static bool matches(const char *where)
{
    char *query = ts_sprintf("SELECT * FROM Win32_X WHERE %s", where);
    ts_err *err = NULL;
    const ts_wql *wql = ts_wql_parse(arena, query, &err);
    free(query);
    if (!wql)
        fail_msg("%s: %s", where, ts_err_text(err));
    bool out = false;
    if (!ts_wql_match(wql, &row, &out, &err))
        fail_msg("%s: %s", where, ts_err_text(err));
    return out;
}

static void yes(const char *where)
{
    if (!matches(where))
        fail_msg("must match: %s", where);
}

static void no(const char *where)
{
    if (matches(where))
        fail_msg("must not match: %s", where);
}

static void query_refused(const char *query, ts_code code, const char *text)
{
    ts_err *err = NULL;
    assert_null(ts_wql_parse(arena, query, &err));
    if (ts_err_code(err) != code || !strstr(ts_err_text(err), text))
        fail_msg("%s: %s '%s'", query, ts_code_name(ts_err_code(err)), ts_err_text(err));
    ts_err_free(err);
}

static void match_refused(const char *where, const char *text)
{
    char *query = ts_sprintf("SELECT * FROM Win32_X WHERE %s", where);
    const ts_wql *wql = ts_wql_parse(arena, query, NULL);
    free(query);
    assert_non_null(wql);
    bool out = true;
    ts_err *err = NULL;
    assert_false(ts_wql_match(wql, &row, &out, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    if (!strstr(ts_err_text(err), text))
        fail_msg("%s: '%s'", where, ts_err_text(err));
    ts_err_free(err);
    assert_true(out); /* not written on failure */
}

/* --- Parsing ------------------------------------------------------------------------------ */

static void query_parts_are_kept(void **state)
{
    TS_UNUSED(state);
    const ts_wql *w = ts_wql_parse(
        arena,
        "select Name, win32_bios.Version  FROM Win32_BIOS where __CLASS='x' AND name = 'a' ; ",
        NULL);
    assert_non_null(w);
    assert_string_equal(ts_wql_class(w), "Win32_BIOS");
    assert_string_equal(ts_wql_where(w), "__CLASS='x' AND name = 'a'");
    const char *const *names;
    assert_int_equal(ts_wql_properties(w, &names), 2);
    assert_string_equal(names[0], "Name");
    assert_string_equal(names[1], "Version");
    w = ts_wql_parse(arena, "SELECT * FROM X", NULL);
    assert_string_equal(ts_wql_where(w), "");
    assert_string_equal(ts_wql_text(w), "SELECT * FROM X");
    assert_int_equal(ts_wql_properties(w, &names), 0);
}

static void query_without_where_takes_every_row(void **state)
{
    TS_UNUSED(state);
    bool out = false;
    assert_true(ts_wql_match(ts_wql_parse(arena, "SELECT * FROM X;", NULL), &row, &out, NULL));
    assert_true(out);
}

static void query_that_is_wrong_names_the_column(void **state)
{
    TS_UNUSED(state);
    query_refused("", TS_SYNTAX, "column 1: expected SELECT, found the end");
    query_refused("DELETE FROM X", TS_SYNTAX, "column 1: expected SELECT, found 'DELETE'");
    query_refused("SELECT FROM X", TS_SYNTAX, "column 8: expected '*' or a property name");
    query_refused("SELECT * X", TS_SYNTAX, "column 10: expected FROM, found 'X'");
    query_refused("SELECT a b FROM X", TS_SYNTAX, "column 10: expected ',' or FROM");
    query_refused("SELECT * FROM", TS_SYNTAX, "column 14: expected a class name, found the end");
    query_refused("SELECT * FROM X Y", TS_SYNTAX, "column 17: expected WHERE or the end");
    query_refused("SELECT * FROM X WHERE", TS_SYNTAX, "column 22: expected a property name");
    query_refused("SELECT * FROM X WHERE a", TS_SYNTAX, "column 24: expected =, <>");
    query_refused("SELECT * FROM X WHERE a = b", TS_SYNTAX,
                  "column 27: expected a number or a text");
    query_refused("SELECT * FROM X WHERE 1 = 1", TS_SYNTAX, "column 27: expected a property name");
    query_refused("SELECT * FROM X WHERE a = 'b", TS_SYNTAX,
                  "column 27: the text that begins here");
    query_refused("SELECT * FROM X WHERE \xC3\xA4 = 'b' c", TS_SYNTAX,
                  "column 31: expected AND, OR");
    query_refused("SELECT * FROM X WHERE (a = 1", TS_SYNTAX,
                  "expected ')', AND or OR, found the end");
    query_refused("SELECT * FROM X WHERE a = 1)", TS_SYNTAX,
                  "expected AND, OR or the end, found ')'");
    query_refused("SELECT * FROM X WHERE Model LIKE %HP%", TS_SYNTAX, "a text needs quotes");
    query_refused("SELECT * FROM X WHERE Model LIKE 5", TS_SYNTAX, "a text in quotes behind LIKE");
    query_refused("SELECT * FROM X WHERE Model NOT LIKE 'x'", TS_SYNTAX, "NOT stands before");
    query_refused("SELECT * FROM X WHERE a IS 5", TS_SYNTAX, "IS compares with nothing else");
    query_refused("SELECT * FROM X WHERE a < NULL", TS_SYNTAX, "NULL goes with");
    query_refused("SELECT * FROM X WHERE a = 99999999999999999999", TS_SYNTAX, "too big");
    query_refused("SELECT * FROM X WHERE a = 1x", TS_SYNTAX, "'1x' is no number");
    query_refused("SELECT * FROM X WHERE a == 1", TS_SYNTAX, "found '='");
    query_refused("SELECT * FROM X WHERE a = \x01", TS_SYNTAX, "control character 0x01");
}

static void query_of_another_kind_is_unsupported(void **state)
{
    TS_UNUSED(state);
    query_refused("ASSOCIATORS OF {Win32_DiskDrive.DeviceID='0'}", TS_UNSUPPORTED,
                  "ASSOCIATORS OF");
    query_refused("references of {Win32_X='a'}", TS_UNSUPPORTED, "REFERENCES OF");
    query_refused("SELECT * FROM X WHERE Target ISA 'Y'", TS_UNSUPPORTED, "ISA");
    query_refused("SELECT * FROM X WITHIN 5", TS_UNSUPPORTED, "event query");
    query_refused("SELECT COUNT(*) FROM X", TS_UNSUPPORTED, "function");
}

static void query_over_its_limits_is_refused(void **state)
{
    TS_UNUSED(state);
    char *q = ts_alloc(TS_WQL_MAX + 2);
    memset(q, ' ', TS_WQL_MAX + 1);
    memcpy(q, "SELECT * FROM X", 15);
    query_refused(q, TS_LIMIT, "16384");
    q[TS_WQL_MAX] = 0;
    assert_non_null(ts_wql_parse(arena, q, NULL));
    free(q);
    ts_buf b;
    ts_buf_init(&b, 1000);
    ts_buf_str(&b, "SELECT * FROM X WHERE ");
    for (unsigned i = 0; i < TS_WQL_DEPTH_MAX; i++)
        ts_buf_str(&b, i % 2 ? "NOT " : "(");
    ts_buf_str(&b, "a=1");
    for (unsigned i = 0; i < TS_WQL_DEPTH_MAX / 2; i++)
        ts_buf_str(&b, ")");
    assert_non_null(ts_wql_parse(arena, ts_buf_text(&b), NULL));
    char *deeper = ts_sprintf("SELECT * FROM X WHERE NOT %s", ts_buf_text(&b) + 22);
    query_refused(deeper, TS_LIMIT, "64");
    free(deeper);
    ts_buf_done(&b);
}

static void nesting_that_was_closed_does_not_count(void **state)
{
    TS_UNUSED(state);
    ts_buf b;
    ts_buf_init(&b, TS_WQL_MAX);
    ts_buf_str(&b, "SELECT * FROM X WHERE (PCSystemType=2)");
    for (unsigned i = 0; i < 2 * TS_WQL_DEPTH_MAX; i++)
        ts_buf_str(&b, " AND (NOT Model = 'x')");
    const ts_wql *w = ts_wql_parse(arena, ts_buf_text(&b), NULL);
    ts_buf_done(&b);
    assert_non_null(w);
    bool out = false;
    assert_true(ts_wql_match(w, &row, &out, NULL));
    assert_true(out);
}

/* --- Comparison --------------------------------------------------------------------------- */

static void text_is_compared_without_regard_to_case(void **state)
{
    TS_UNUSED(state);
    yes("Manufacturer = 'hewlett-packard'");
    yes("manufacturer = \"HEWLETT-PACKARD\"");
    no("Manufacturer = 'HP'");
    yes("Manufacturer <> 'HP'");
    yes("Manufacturer != 'HP'");
    yes("Manufacturer > 'A' AND Manufacturer < 'i'");
    yes("'Hewlett-Packard' = Manufacturer");
    yes("'A' < Manufacturer");
    no("'A' > Manufacturer");
}

static void numbers_are_compared_with_numbers_and_quoted_numbers(void **state)
{
    TS_UNUSED(state);
    yes("PCSystemType = 2");
    yes("PCSystemType = \"2\"");
    yes("PCSystemType = '2.0'");
    yes("PCSystemType = 0x2");
    no("PCSystemType <> 2");
    yes("FreeSpace < 20000000000");
    no("FreeSpace >= '20000000000'");
    yes("20000000000 > FreeSpace");
    yes("Load > 1 AND Load < 1.6 AND Load = '1.5' AND Load = 15e-1");
    yes("Big = 18446744073709551615");
    yes("Big > -1 AND Big > 9223372036854775807");
    yes("PCSystemType > -5");
}

/* BuildNumber is a text property: "9600" < 10000 is false in WMI, too (field report on WMI filters
 * and BuildNumber: 9600 is not below 10000). */
static void text_property_compares_as_text_even_with_a_number(void **state)
{
    TS_UNUSED(state);
    yes("BuildNumber = 9600");
    yes("BuildNumber >= 9000");
    no("BuildNumber < 10000");
    yes("BuildNumber >= '17763'");
}

static void booleans_take_words_numbers_and_quoted_ones(void **state)
{
    TS_UNUSED(state);
    yes("HypervisorPresent = TRUE");
    yes("HypervisorPresent = \"1\"");
    yes("HypervisorPresent = -1");
    yes("HypervisorPresent = 'True'");
    yes("HypervisorPresent <> false");
    no("HypervisorPresent = 0");
    match_refused("HypervisorPresent = 'perhaps'", "'perhaps' is neither");
}

static void null_is_only_found_by_is_null(void **state)
{
    TS_UNUSED(state);
    yes("AssetTag IS NULL");
    yes("AssetTag = NULL");
    no("AssetTag IS NOT NULL");
    no("AssetTag <> NULL");
    no("AssetTag = ''");
    no("AssetTag <> 'x'");
    no("AssetTag LIKE '%'");
    yes("NOT AssetTag = 'x'");
    yes("Model IS NOT NULL");
    no("Model IS NULL");
}

static void dates_are_compared_in_utc(void **state)
{
    TS_UNUSED(state);
    yes("InstallDate = '20240301110000.000000+000'");
    yes("InstallDate > '20240301110000.000000+060'");
    yes("InstallDate < '20240301110000.000001-000'");
    yes("InstallDate >= '20240301' AND InstallDate < '2024-03-02'");
    yes("InstallDate < '03/01/2024 11:00:01'");
    no("InstallDate > '03/01/2024 11:00'");
    no("InstallDate = 'yesterday'");
}

static void date_forms_parse_or_do_not(void **state)
{
    TS_UNUSED(state);
    int64_t us = 0;
    assert_true(ts_wmi_date_parse("19700101000000.000001+000", &us));
    assert_int_equal(us, 1);
    assert_true(ts_wmi_date_parse("20000229235959.000000-120", &us));
    assert_int_equal(us, (INT64_C(951868799) + 120 * 60) *
                             1000000); /* date -u -d '2000-02-29 23:59:59' +%s */
    assert_false(ts_wmi_date_parse("20001329235959.000000-120", &us));
    assert_false(ts_wmi_date_parse("2000-2-29", &us));
    assert_false(ts_wmi_date_parse("", &us));
    assert_false(ts_wmi_date_parse(NULL, &us));
    assert_false(ts_wmi_date_parse("20000101 1", &us));
    assert_false(ts_wmi_is_date("20000101"));
}

static void operators_bind_not_before_and_before_or(void **state)
{
    TS_UNUSED(state);
    yes("Model = 'x' AND Model = 'y' OR PCSystemType = 2");
    no("Model = 'x' AND (Model = 'y' OR PCSystemType = 2)");
    no("NOT PCSystemType = 2 AND PCSystemType = 2");
    yes("NOT (PCSystemType = 2 AND Model = 'x')");
    yes("not not PCSystemType = 2");
    yes("PCSystemType = 1 or PCSystemType = 3 or PCSystemType = 2");
}

static void property_that_the_class_has_not_is_an_error(void **state)
{
    TS_UNUSED(state);
    match_refused("NoSuch = 1", "class 'Win32_X' has no property 'NoSuch'");
    match_refused("PCSystemType = 'laptop'", "property 'PCSystemType' is a number");
    match_refused("PCSystemType = 'inf'", "'inf' is none");
    match_refused("PCSystemType = ''", "is none");
}

static void system_properties_are_made_from_the_row(void **state)
{
    TS_UNUSED(state);
    yes("__CLASS = 'win32_x'");
    yes("__relpath = 'Win32_X.DeviceID=\"C:\"'");
    yes("__RELPATH LIKE '%C:%'");
    match_refused("__SERVER = 'x'", "__SERVER");
}

/* --- LIKE --------------------------------------------------------------------------------- */

static void like_takes_percent_and_underscore(void **state)
{
    TS_UNUSED(state);
    yes("Model LIKE '%EliteBook%'");
    yes("Model LIKE 'hp elitebook 840 g_'");
    no("Model LIKE 'EliteBook'");
    no("Model LIKE '%EliteBook'");
    yes("Model LIKE '%'");
    yes("Model LIKE '%%8%0%'");
    no("Model LIKE ''");
    yes("NOT Model LIKE 'Latitude%'");
    yes("Manufacturer LIKE '%hewlett%packard%'");
}

static void like_takes_sets_and_ranges(void **state)
{
    TS_UNUSED(state);
    yes("Model LIKE '%G[78]'");
    yes("Model LIKE '%G[5-9]'");
    yes("Model LIKE '%G[5=9]'");
    yes("Model LIKE '%[^a-f0-7]'");
    no("Model LIKE '%G[^5-9]'");
    no("Model LIKE '%G[]'");
    yes("Path LIKE '%a[_]b'");
    no("Model LIKE '%Book[_]840%'");
    no("Model LIKE '%[8'");
    yes("BuildNumber LIKE '[0-9][0-9][0-9][0-9]'");
}

static void like_sees_numbers_and_booleans_as_text(void **state)
{
    TS_UNUSED(state);
    yes("PCSystemType LIKE '2'");
    yes("FreeSpace LIKE '199%'");
    yes("Big LIKE '1844%'");
    yes("Load LIKE '1.5'");
    yes("HypervisorPresent LIKE 'T%'");
}

static void like_counts_characters_not_bytes(void **state)
{
    TS_UNUSED(state);
    const ts_wmi_value v = {.name = "N", .kind = TS_WMI_TEXT, .text = "B\xC3\xBCro"};
    const ts_wmi_row r = {.values = &v, .n_values = 1};
    bool out = false;
    assert_true(ts_wql_match(ts_wql_parse(arena, "SELECT * FROM X WHERE N LIKE 'B_ro'", NULL), &r,
                             &out, NULL));
    assert_true(out);
    assert_true(ts_wql_match(
        ts_wql_parse(arena, "SELECT * FROM X WHERE N LIKE 'b[\xC3\xA0-\xC3\xBF]RO'", NULL), &r,
        &out, NULL));
    assert_true(out);
}

static void strings_take_backslash_escapes(void **state)
{
    TS_UNUSED(state);
    yes("Path = 'C:\\\\Temp\\\\a_b'");
    yes("Path = 'C:\\Temp\\a_b'");
    no("Model = 'it\\'s'");
    yes("Path LIKE '%\\\\Temp%'");
    no("Model = \"a \\\" b\" OR Model = 'a \" b'");
}

static void memory_running_out_is_an_error_and_no_crash(void **state)
{
    TS_UNUSED(state);
    for (uint64_t n = 1; n < 40; n++) {
        ts_arena *a = ts_arena_new();
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        const ts_wql *w = ts_wql_parse(
            a, "SELECT a,b,c,d,e,f,g,h,i,j FROM X WHERE a LIKE 'x%' AND NOT (b = 5 OR c IS NULL)",
            &err);
        ts_alloc_fail_at(0);
        assert_int_equal(w ? TS_OK : TS_NOMEM, ts_err_code(err));
        ts_err_free(err);
        ts_arena_free(a);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(query_parts_are_kept),
        T(query_without_where_takes_every_row),
        T(query_that_is_wrong_names_the_column),
        T(query_of_another_kind_is_unsupported),
        T(query_over_its_limits_is_refused),
        T(nesting_that_was_closed_does_not_count),
        T(text_is_compared_without_regard_to_case),
        T(numbers_are_compared_with_numbers_and_quoted_numbers),
        T(text_property_compares_as_text_even_with_a_number),
        T(booleans_take_words_numbers_and_quoted_ones),
        T(null_is_only_found_by_is_null),
        T(dates_are_compared_in_utc),
        T(date_forms_parse_or_do_not),
        T(operators_bind_not_before_and_before_or),
        T(property_that_the_class_has_not_is_an_error),
        T(system_properties_are_made_from_the_row),
        T(like_takes_percent_and_underscore),
        T(like_takes_sets_and_ranges),
        T(like_sees_numbers_and_booleans_as_text),
        T(like_counts_characters_not_bytes),
        T(strings_take_backslash_escapes),
        T(memory_running_out_is_an_error_and_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
