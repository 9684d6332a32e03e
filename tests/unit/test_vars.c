/* test_vars.c - task sequence variables: names, layers, flags, limits, masking. */
#include "check.h"

#include <stdio.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/vars.h>

static ts_vars *vars;

static int setup(void **state)
{
    TS_UNUSED(state);
    vars = ts_vars_new();
    return vars ? 0 : -1;
}

static int teardown(void **state)
{
    TS_UNUSED(state);
    ts_vars_free(vars);
    return 0;
}

static void must_set(const char *name, const char *value, unsigned flags)
{
    ts_err *err = NULL;
    if (!ts_vars_set(vars, name, value, flags, &err))
        fail_msg("%s", ts_err_text(err));
}

static void refused(const char *name, ts_code code, const char *part)
{
    ts_err *err = NULL;
    assert_false(ts_vars_set(vars, name, "x", 0, &err));
    assert_int_equal(ts_err_code(err), code);
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    ts_err_free(err);
    assert_null(ts_vars_get(vars, name));
}

static void name_is_found_without_regard_to_case(void **state)
{
    TS_UNUSED(state);
    must_set("OSDComputerName", "PC-1", 0);
    assert_string_equal(ts_vars_text(vars, "osdcomputerNAME"), "PC-1");
    must_set("OSDCOMPUTERNAME", "PC-2", 0);
    assert_int_equal(ts_vars_count(vars), 1);
    assert_string_equal(ts_vars_text(vars, "OSDComputerName"), "PC-2");
}

static void name_blanks_around_it_are_ignored(void **state)
{
    TS_UNUSED(state);
    must_set("  Name\t", "v", 0);
    assert_string_equal(ts_vars_text(vars, "Name"), "v");
    assert_string_equal(ts_vars_text(vars, " NAME "), "v");
}

static void name_that_is_wrong_is_refused(void **state)
{
    TS_UNUSED(state);
    refused("", TS_SCHEMA, "needs a name");
    refused("   ", TS_SCHEMA, "needs a name");
    refused("two words", TS_SCHEMA, "'two words'");
    refused("a=b", TS_SCHEMA, "'a=b'");
    refused("gr\xC3\xBC\xC3\x9F", TS_SCHEMA, "letter, digit");
    refused("_SMSTSLogPath", TS_REFUSED, "read-only");
    assert_int_equal(ts_vars_count(vars), 0);
}

static void name_of_256_is_taken_and_257_is_not(void **state)
{
    TS_UNUSED(state);
    char name[TS_VAR_NAME_MAX + 2];
    memset(name, 'n', sizeof(name) - 1);
    name[TS_VAR_NAME_MAX + 1] = 0;
    refused(name, TS_LIMIT, "256");
    name[TS_VAR_NAME_MAX] = 0;
    must_set(name, "v", 0);
    assert_string_equal(ts_vars_text(vars, name), "v");
}

static void engine_may_set_read_only_names_and_users_may_not_change_them(void **state)
{
    TS_UNUSED(state);
    assert_true(ts_vars_set_engine(vars, "_SMSTSInWinPE", "true", NULL));
    ts_err *err = NULL;
    assert_false(ts_vars_set(vars, "_smstsinwinpe", "false", 0, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    ts_err_free(err);
    assert_false(ts_vars_set(vars, "_SMSTSInWinPE", "", 0, NULL));
    assert_string_equal(ts_vars_text(vars, "_SMSTSInWinPE"), "true");
    assert_false(ts_vars_set_engine(vars, "_bad name", "x", NULL));
}

static void value_empty_deletes(void **state)
{
    TS_UNUSED(state);
    must_set("A", "1", 0);
    must_set("A", "", 0);
    assert_null(ts_vars_get(vars, "A"));
    assert_string_equal(ts_vars_text(vars, "A"), "");
    assert_int_equal(ts_vars_count(vars), 0);
    must_set("A", NULL, 0);
    must_set("A", "2", 0);
    assert_string_equal(ts_vars_text(vars, "A"), "2");
    assert_int_equal(ts_vars_count(vars), 1);
}

static void value_may_come_from_the_variable_itself(void **state)
{
    TS_UNUSED(state);
    must_set("A", "some text that is longer than the first buffer of a variable", 0);
    must_set("A", ts_vars_text(vars, "A") + 5, 0);
    assert_string_equal(ts_vars_text(vars, "A"),
                        "text that is longer than the first buffer of a variable");
    must_set("B", ts_vars_text(vars, "A"), 0);
    assert_string_equal(ts_vars_text(vars, "B"), ts_vars_text(vars, "A"));
}

static void value_of_16_mib_is_taken_and_one_byte_more_is_not(void **state)
{
    TS_UNUSED(state);
    char *big = ts_alloc(TS_VAR_VALUE_MAX + 2);
    memset(big, 'v', TS_VAR_VALUE_MAX + 1);
    ts_err *err = NULL;
    assert_false(ts_vars_set(vars, "Big", big, 0, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    big[TS_VAR_VALUE_MAX] = 0;
    must_set("Big", big, 0);
    assert_int_equal(strlen(ts_vars_text(vars, "Big")), TS_VAR_VALUE_MAX);
    free(big);
}

static void count_has_a_limit_and_deleted_ones_do_not_count(void **state)
{
    TS_UNUSED(state);
    char name[32];
    for (unsigned i = 0; i < TS_VAR_COUNT_MAX; i++) {
        snprintf(name, sizeof(name), "V%u", i);
        must_set(name, "1", 0);
    }
    refused("OneMore", TS_LIMIT, "100000");
    must_set("V77", "", 0);
    must_set("OneMore", "1", 0);
    assert_int_equal(ts_vars_count(vars), TS_VAR_COUNT_MAX);
    for (unsigned i = 0; i < 3 * TS_VAR_COUNT_MAX; i++) { /* names that come and go leave nothing */
        must_set("V78", "", 0);
        snprintf(name, sizeof(name), "New%u", i);
        must_set(name, "1", 0);
        must_set(name, "", 0);
    }
    assert_string_equal(ts_vars_text(vars, "V99999"), "1");
    assert_null(ts_vars_get(vars, "V77"));
}

/* --- Layers ------------------------------------------------------------------------------ */

static void step_default_is_seen_until_the_step_ends(void **state)
{
    TS_UNUSED(state);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "WorkingDirectory", "C:\\step", 0, NULL));
    assert_string_equal(ts_vars_text(vars, "workingdirectory"), "C:\\step");
    assert_int_equal(ts_vars_count(vars), 0);
    ts_vars_step_end(vars);
    assert_null(ts_vars_get(vars, "WorkingDirectory"));
    ts_vars_step_begin(vars);
    assert_null(ts_vars_get(vars, "WorkingDirectory"));
    ts_vars_step_end(vars);
}

/* ConfigMgr docs: a WorkingDirectory that was set once overrides the Start-in of later steps. */
static void run_wide_variable_hides_a_step_default(void **state)
{
    TS_UNUSED(state);
    must_set("WorkingDirectory", "C:\\mine", 0);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "WorkingDirectory", "C:\\step", 0, NULL));
    assert_string_equal(ts_vars_text(vars, "WorkingDirectory"), "C:\\mine");
    must_set("WorkingDirectory", "", 0);
    assert_string_equal(ts_vars_text(vars, "WorkingDirectory"), "C:\\step");
    ts_vars_step_end(vars);
}

static void step_default_takes_the_names_of_real_files(void **state)
{
    TS_UNUSED(state);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "_SMSSWDProgramName", "Install", 0, NULL));
    assert_true(ts_vars_step_default(vars, "Odd name (1).x", "y", 0, NULL));
    assert_string_equal(ts_vars_text(vars, "odd NAME (1).x"), "y");
    assert_false(ts_vars_step_default(vars, "a%b", "y", 0, NULL));
    assert_false(ts_vars_step_default(vars, "", "y", 0, NULL));
    ts_vars_step_end(vars);
}

static void step_default_secret_is_secret_in_its_step_only(void **state)
{
    TS_UNUSED(state);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "Pass", "geheim-1", TS_VALUE_SECRET, NULL));
    assert_int_equal(ts_vars_get(vars, "Pass")->flags, TS_VALUE_SECRET);
    ts_vars_step_end(vars);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "Pass", "open", 0, NULL));
    assert_int_equal(ts_vars_get(vars, "Pass")->flags, 0);
    ts_vars_step_end(vars);
    char *owned = NULL;
    assert_string_equal(ts_vars_mask(vars, "x geheim-1 open", &owned), "x *** open");
    free(owned);
}

/* --- Flags, listing, listener ------------------------------------------------------------- */

static void secret_stays_secret_when_set_again_or_deleted_between(void **state)
{
    TS_UNUSED(state);
    must_set("Token", "first-secret", TS_VALUE_SECRET);
    must_set("Token", "second-secret", 0);
    assert_int_equal(ts_vars_get(vars, "Token")->flags, TS_VALUE_SECRET);
    must_set("Token", "", 0);
    must_set("Token", "third-secret", 0);
    assert_int_equal(ts_vars_get(vars, "Token")->flags, TS_VALUE_SECRET);
}

static void names_of_passwords_are_secret_whoever_sets_them(void **state)
{
    TS_UNUSED(state);
    must_set("osdjoinpassword", "P4ssw0rd!", 0);
    assert_int_equal(ts_vars_get(vars, "OSDJoinPassword")->flags, TS_VALUE_SECRET);
    assert_true(ts_vars_set_engine(vars, "_SMSTSReserved2-000", "naa-pass", NULL));
    assert_int_equal(ts_vars_get(vars, "_SMSTSReserved2-000")->flags, TS_VALUE_SECRET);
    must_set("OSDJoinAccount", "corp\\join", 0);
    assert_int_equal(ts_vars_get(vars, "OSDJoinAccount")->flags, 0);
}

static void unknown_value_is_empty_with_its_reason_until_it_is_set(void **state)
{
    TS_UNUSED(state);
    char why[] = "output of step 12, not mocked";
    assert_true(ts_vars_set_unknown(vars, "Answer", why, NULL));
    why[0] = 'X';
    const ts_value *v = ts_vars_get(vars, "Answer");
    assert_non_null(v);
    assert_string_equal(v->text, "");
    assert_int_equal(v->flags, TS_VALUE_UNKNOWN);
    assert_string_equal(v->why, "output of step 12, not mocked");
    assert_int_equal(ts_vars_count(vars), 1);
    must_set("Answer", "42", TS_VALUE_ASSUMED);
    assert_int_equal(ts_vars_get(vars, "Answer")->flags, TS_VALUE_ASSUMED);
    assert_null(ts_vars_get(vars, "Answer")->why);
}

static bool collect(void *ctx, const char *name, const ts_value *value)
{
    ts_buf_printf(ctx, "%s=%s;", name, value->text);
    return true;
}

static void listing_is_sorted_without_regard_to_case(void **state)
{
    TS_UNUSED(state);
    must_set("beta", "2", 0);
    must_set("Gamma", "3", 0);
    must_set("ALPHA", "1", 0);
    must_set("gone", "x", 0);
    must_set("gone", "", 0);
    ts_buf buf;
    ts_buf_init(&buf, 1000);
    assert_true(ts_vars_each(vars, collect, &buf, NULL));
    assert_string_equal(ts_buf_text(&buf), "ALPHA=1;beta=2;Gamma=3;");
    ts_buf_done(&buf);
}

static void hear(void *ctx, const char *name, const ts_value *value)
{
    ts_buf_printf(ctx, "%s=%s;", name, value ? value->text : "(deleted)");
}

static void listener_hears_changes_only(void **state)
{
    TS_UNUSED(state);
    ts_buf buf;
    ts_buf_init(&buf, 1000);
    ts_vars_listen(vars, hear, &buf);
    must_set("A", "1", 0);
    must_set("a", "1", 0);
    must_set("A", "2", 0);
    must_set("Missing", "", 0);
    must_set("A", "", 0);
    ts_vars_step_begin(vars);
    assert_true(ts_vars_step_default(vars, "A", "local", 0, NULL));
    ts_vars_step_end(vars);
    assert_string_equal(ts_buf_text(&buf), "A=1;A=2;A=(deleted);");
    ts_buf_done(&buf);
}

/* --- Masking ------------------------------------------------------------------------------ */

static void masks(const char *text, const char *expected)
{
    char *owned = NULL;
    assert_string_equal(ts_vars_mask(vars, text, &owned), expected);
    free(owned);
}

static void mask_hides_old_values_too_and_returns_clean_text_itself(void **state)
{
    TS_UNUSED(state);
    const char *clean = "nothing in here";
    char *owned = NULL;
    assert_ptr_equal(ts_vars_mask(vars, clean, &owned), clean);
    must_set("Pw", "old-secret", TS_VALUE_SECRET);
    must_set("Pw", "new-secret", TS_VALUE_SECRET);
    must_set("Pw", "", 0);
    masks("a old-secret b new-secret c", "a *** b *** c");
    assert_ptr_equal(ts_vars_mask(vars, clean, &owned), clean);
    assert_null(owned);
}

static void mask_leaves_no_piece_of_overlapping_secrets(void **state)
{
    TS_UNUSED(state);
    must_set("A", "abcdef", TS_VALUE_SECRET);
    must_set("B", "defghi", TS_VALUE_SECRET);
    must_set("C", "abcdefXY", TS_VALUE_SECRET);
    masks("-abcdefghi-", "-***-");
    masks("-abcdefXY-", "-***-");
    masks("-abcdef-defghi-", "-***-***-");
    must_set("D", "aaaa", TS_VALUE_SECRET);
    masks("aaaaaab", "***b");
}

static void mask_hides_encoded_forms(void **state)
{
    TS_UNUSED(state);
    must_set("Pw", "P&ss w\"rd/1", TS_VALUE_SECRET);
    masks("url P%26ss%20w%22rd%2F1 end", "url *** end");
    masks("url P%26ss%20w%22rd%2f1 end", "url *** end");
    masks("<a b=\"P&amp;ss w&quot;rd/1\">", "<a b=\"***\">");
    masks("<a>P&amp;ss w\"rd/1</a>", "<a>***</a>");
    masks("UCZzcyB3InJkLzE=", "***="); /* printf 'P&ss w"rd/1' | base64 */
}

/* The expected base64 texts are those of `printf ... | base64`. */
static void mask_hides_base64_in_the_middle_of_a_longer_text(void **state)
{
    TS_UNUSED(state);
    must_set("Pw", "correct horse", TS_VALUE_SECRET);
    char *owned = NULL;
    /* "u:correct horse" and "us:correct horse" */
    const char *one = ts_vars_mask(vars, "Basic dTpjb3JyZWN0IGhvcnNl.", &owned);
    assert_null(strstr(one, "NvcnJlY3Q"));
    assert_non_null(strstr(one, "***"));
    assert_null(strstr(one, "jb3JyZWN0"));
    free(owned);
    one = ts_vars_mask(vars, "Basic dXM6Y29ycmVjdCBob3JzZQ==", &owned);
    assert_string_equal(one, "Basic dXM6***==");
    free(owned);
    /* UTF-16LE, as powershell -EncodedCommand takes it */
    one = ts_vars_mask(vars, "YwBvAHIAcgBlAGMAdAAgAGgAbwByAHMAZQA=", &owned);
    assert_null(strstr(one, "cgBlAGMAdAAg"));
    assert_non_null(strstr(one, "***"));
    free(owned);
}

static void mask_takes_a_short_secret_as_a_whole_word_only(void **state)
{
    TS_UNUSED(state);
    must_set("Pin", "12", TS_VALUE_SECRET);
    masks("step 12 of 120, 12", "step *** of 120, ***");
    must_set("Pin", "1234", TS_VALUE_SECRET);
    masks("x1234x", "x***x");
}

static void secrets_have_a_limit(void **state)
{
    TS_UNUSED(state);
    char value[32];
    ts_err *err = NULL;
    for (unsigned i = 0; i < TS_VAR_SECRETS_MAX; i++) {
        snprintf(value, sizeof(value), "%u", i); /* short: few forms, so that the test is quick */
        must_set("Pw", value, TS_VALUE_SECRET);
    }
    assert_false(ts_vars_set(vars, "Pw", "one more", TS_VALUE_SECRET, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    assert_string_equal(ts_vars_text(vars, "Pw"), "999");
    must_set("Pw", "17", TS_VALUE_SECRET); /* one that is remembered */
}

static void memory_running_out_at_any_point_changes_nothing(void **state)
{
    TS_UNUSED(state);
    for (uint64_t n = 1; n < 60; n++) {
        ts_vars *v = ts_vars_new();
        assert_true(ts_vars_set(v, "Kept", "as it was", 0, NULL));
        ts_alloc_fail_at(n);
        ts_err *err = NULL;
        bool ok = ts_vars_set(v, "Secret", "a value that is long enough for a new buffer",
                              TS_VALUE_SECRET, &err);
        ts_alloc_fail_at(0);
        assert_int_equal(ok ? TS_OK : TS_NOMEM, ts_err_code(err));
        assert_int_equal(ts_vars_count(v), ok ? 2 : 1);
        assert_string_equal(ts_vars_text(v, "Kept"), "as it was");
        ts_err_free(err);
        ts_vars_free(v);
    }
}

static void list_names_are_padded_and_array_names_are_not(void **state)
{
    TS_UNUSED(state);
    char *name = ts_var_array_name("OSDPartitions", 0, "Type");
    assert_string_equal(name, "OSDPartitions0Type");
    free(name);
    name = ts_var_list_name("APP", 1, 2);
    assert_string_equal(name, "APP01");
    free(name);
    name = ts_var_list_name("PKG", 123, 3);
    assert_string_equal(name, "PKG123");
    free(name);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(name_is_found_without_regard_to_case),
        T(name_blanks_around_it_are_ignored),
        T(name_that_is_wrong_is_refused),
        T(name_of_256_is_taken_and_257_is_not),
        T(engine_may_set_read_only_names_and_users_may_not_change_them),
        T(value_empty_deletes),
        T(value_may_come_from_the_variable_itself),
        T(value_of_16_mib_is_taken_and_one_byte_more_is_not),
        T(count_has_a_limit_and_deleted_ones_do_not_count),
        T(step_default_is_seen_until_the_step_ends),
        T(run_wide_variable_hides_a_step_default),
        T(step_default_takes_the_names_of_real_files),
        T(step_default_secret_is_secret_in_its_step_only),
        T(secret_stays_secret_when_set_again_or_deleted_between),
        T(names_of_passwords_are_secret_whoever_sets_them),
        T(unknown_value_is_empty_with_its_reason_until_it_is_set),
        T(listing_is_sorted_without_regard_to_case),
        T(listener_hears_changes_only),
        T(mask_hides_old_values_too_and_returns_clean_text_itself),
        T(mask_leaves_no_piece_of_overlapping_secrets),
        T(mask_hides_encoded_forms),
        T(mask_hides_base64_in_the_middle_of_a_longer_text),
        T(mask_takes_a_short_secret_as_a_whole_word_only),
        T(secrets_have_a_limit),
        T(memory_running_out_at_any_point_changes_nothing),
        T(list_names_are_padded_and_array_names_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
