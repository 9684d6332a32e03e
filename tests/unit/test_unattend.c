/* test_unattend.c - the answer file: made, merged, checked, and its values. */
#include "check.h"

#include <ts/mem.h>
#include <ts/unattend.h>

#define SHELL TS_UNATTEND_SHELL
/* python3: base64.b64encode((password + "AdministratorPassword").encode("utf-16-le")), and with
 * "Password" behind it for the second. */
#define ENCODED                                                                                    \
    "UABAAHMAcwAxAEEAZABtAGkAbgBpAHMAdAByAGEAdABvAHIAUABhAHMAcwB3AG8AcgBkAA"                       \
    "=="
#define ENCODED_ALL "IgA8ACYAPgAnACUAQQAlAOQAPdgR3VAAYQBzAHMAdwBvAHIAZAA="

static char *written(const ts_unattend *u)
{
    ts_err *err = NULL;
    ts_buf out;
    ts_buf_init(&out, TS_UNATTEND_MAX);
    if (!ts_unattend_write(u, &out, &err))
        fail_msg("%s", ts_err_text(err));
    char *text = ts_buf_take(&out);
    ts_buf_done(&out);
    return text;
}

static ts_unattend *make(const char *architecture)
{
    ts_err *err = NULL;
    ts_unattend *u = ts_unattend_new(architecture, &err);
    if (!u)
        fail_msg("%s", ts_err_text(err));
    return u;
}

static void set(ts_unattend *u, ts_unattend_pass pass, const char *component, const char *path,
                const char *value)
{
    assert_true(ts_unattend_set(u, pass, component, path, value, NULL));
}

static void new_file_is_as_setup_wants_it(void **state)
{
    TS_UNUSED(state);
    ts_unattend *u = make("arm64");
    set(u, TS_PASS_SPECIALIZE, SHELL, "ComputerName", "PC-1");
    set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_DEPLOY, "RunSynchronous/RunSynchronousCommand[1]/Order",
        "1");
    char *text = written(u);
    assert_string_equal(
        text,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<unattend xmlns=\"urn:schemas-microsoft-com:unattend\" "
        "xmlns:wcm=\"http://schemas.microsoft.com/WMIConfig/2002/State\">\n"
        "  <settings pass=\"specialize\">\n"
        "    <component name=\"Microsoft-Windows-Shell-Setup\" processorArchitecture=\"arm64\" "
        "publicKeyToken=\"31bf3856ad364e35\" language=\"neutral\" versionScope=\"nonSxS\">\n"
        "      <ComputerName>PC-1</ComputerName>\n"
        "    </component>\n"
        "    <component name=\"Microsoft-Windows-Deployment\" processorArchitecture=\"arm64\" "
        "publicKeyToken=\"31bf3856ad364e35\" language=\"neutral\" versionScope=\"nonSxS\">\n"
        "      <RunSynchronous>\n"
        "        <RunSynchronousCommand wcm:action=\"add\">\n"
        "          <Order>1</Order>\n"
        "        </RunSynchronousCommand>\n"
        "      </RunSynchronous>\n"
        "    </component>\n"
        "  </settings>\n"
        "</unattend>\n");
    free(text);
    ts_unattend_free(u);
}

static const char own[] =
    "<?xml version=\"1.0\"?><unattend xmlns=\"urn:schemas-microsoft-com:unattend\">"
    "<settings pass=\"oobeSystem\"><component name=\"Microsoft-Windows-Shell-Setup\" "
    "processorArchitecture=\"amd64\" "
    "xmlns:wcm=\"http://schemas.microsoft.com/WMIConfig/2002/State\">"
    "<RegisteredOwner>%Owner%</RegisteredOwner><FirstLogonCommands>"
    "<SynchronousCommand wcm:action=\"add\"><Order>1</Order></SynchronousCommand>"
    "</FirstLogonCommands></component></settings></unattend>";

static ts_unattend *read_own(const char *architecture, ts_err **err)
{
    return ts_unattend_read("own.xml", own, strlen(own), architecture, err);
}

static void own_file_keeps_its_settings_and_gets_ours(void **state)
{
    TS_UNUSED(state);
    ts_vars *vars = ts_vars_new();
    ts_unattend *u = read_own("amd64", NULL);
    assert_non_null(u);
    assert_true(ts_vars_set(vars, "Owner", "Field & Co", 0, NULL));
    assert_true(ts_unattend_expand(u, vars, NULL));
    set(u, TS_PASS_OOBE_SYSTEM, SHELL, "TimeZone", "UTC");
    char *text = written(u);
    assert_non_null(strstr(text, "<RegisteredOwner>Field &amp; Co</RegisteredOwner>"));
    assert_non_null(strstr(text, "<SynchronousCommand wcm:action=\"add\">"));
    assert_non_null(strstr(text, "<TimeZone>UTC</TimeZone>"));
    const char *component = strstr(text, "<component");
    assert_null(strstr(component + 1, "<component")); /* merged, not put beside it */
    free(text);
    ts_unattend_free(u);
    ts_vars_free(vars);
}

static void file_that_is_no_answer_file_is_an_error(void **state)
{
    TS_UNUSED(state);
    static const char other[] = "<sequence/>";
    static const char broken[] = "<unattend><settings>";
    ts_err *err = NULL;
    assert_null(ts_unattend_read("a.xml", other, strlen(other), "amd64", &err));
    assert_non_null(strstr(ts_err_text(err), "a.xml:1"));
    ts_err_clear(&err);
    assert_null(ts_unattend_read("b.xml", broken, strlen(broken), "amd64", &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    ts_err_clear(&err);
}

static void file_for_another_architecture_is_an_error(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_null(read_own("arm64", &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    assert_non_null(strstr(ts_err_text(err), "amd64"));
    ts_err_clear(&err);
    assert_null(ts_unattend_new("mips", &err));
    ts_err_free(err);
}

static void password_is_encoded_as_windows_does(void **state)
{
    TS_UNUSED(state);
    static const char path[] = "UserAccounts/AdministratorPassword";
    ts_unattend *u = make("amd64");
    assert_true(ts_unattend_set_password(u, TS_PASS_OOBE_SYSTEM, SHELL, path, "P@ss1", NULL));
    assert_string_equal(
        ts_unattend_get(u, TS_PASS_OOBE_SYSTEM, SHELL, "UserAccounts/AdministratorPassword/Value"),
        ENCODED);
    assert_string_equal(ts_unattend_get(u, TS_PASS_OOBE_SYSTEM, SHELL,
                                        "UserAccounts/AdministratorPassword/PlainText"),
                        "false");
    ts_unattend_free(u);
}

static void password_with_every_character_is_encoded(void **state)
{
    TS_UNUSED(state);
    ts_unattend *u = make("amd64");
    assert_true(ts_unattend_set_password(u, TS_PASS_OOBE_SYSTEM, SHELL, "AutoLogon/Password",
                                         "\"<&>'%A%\xc3\xa4\xf0\x9f\x94\x91", NULL));
    assert_string_equal(ts_unattend_get(u, TS_PASS_OOBE_SYSTEM, SHELL, "AutoLogon/Password/Value"),
                        ENCODED_ALL);
    ts_unattend_free(u);
}

static void password_longer_than_setup_takes_is_refused(void **state)
{
    TS_UNUSED(state);
    char long_one[TS_WINDOWS_PASSWORD_MAX + 2];
    memset(long_one, 'a', sizeof long_one);
    long_one[TS_WINDOWS_PASSWORD_MAX + 1] = '\0';
    ts_err *err = NULL;
    ts_unattend *u = make("amd64");
    assert_false(ts_unattend_set_password(u, TS_PASS_OOBE_SYSTEM, SHELL, "AutoLogon/Password",
                                          long_one, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_null(strstr(ts_err_text(err), "aaa"));
    ts_err_clear(&err);
    long_one[TS_WINDOWS_PASSWORD_MAX] = '\0';
    assert_true(ts_unattend_set_password(u, TS_PASS_OOBE_SYSTEM, SHELL, "AutoLogon/Password",
                                         long_one, NULL));
    ts_unattend_free(u);
}

static void path_of_a_setting_has_a_limit(void **state)
{
    TS_UNUSED(state);
    ts_unattend *u = make("amd64");
    ts_err *err = NULL;
    char path[TS_UNATTEND_PATH_MAX + 2];
    memset(path, 'a', sizeof path - 1);
    path[TS_UNATTEND_PATH_MAX + 1] = '\0';
    assert_false(ts_unattend_set(u, TS_PASS_SPECIALIZE, SHELL, path, "1", &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    path[TS_UNATTEND_PATH_MAX] = '\0';
    set(u, TS_PASS_SPECIALIZE, SHELL, path, "1");
    ts_unattend_free(u);
}

static void removed_setting_is_gone_with_all_below(void **state)
{
    TS_UNUSED(state);
    ts_unattend *u = make("amd64");
    set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/Credentials/Domain", "d");
    set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinDomain", "d");
    ts_unattend_remove(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/Credentials");
    assert_null(ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN,
                                "Identification/Credentials/Domain"));
    assert_non_null(
        ts_unattend_get(u, TS_PASS_SPECIALIZE, TS_UNATTEND_JOIN, "Identification/JoinDomain"));
    ts_unattend_free(u);
}

static void on_finding(void *ctx, const char *text)
{
    ts_buf_printf(ctx, "%s\n", text);
}

static void unknown_names_and_wrong_passes_are_reported(void **state)
{
    TS_UNUSED(state);
    ts_buf found;
    ts_buf_init(&found, 10000);
    ts_unattend *u = make("amd64");
    set(u, TS_PASS_SPECIALIZE, SHELL, "ComputerNam", "x");
    set(u, TS_PASS_WINDOWS_PE, TS_UNATTEND_JOIN, "Identification/JoinWorkgroup", "x");
    set(u, TS_PASS_SPECIALIZE, "Contoso-Setup", "A", "x");
    ts_unattend_check(u, on_finding, &found);
    assert_string_equal(ts_buf_text(&found),
                        "setting 'ComputerNam' is not one of its component\n"
                        "component 'Contoso-Setup' is none that Windows Setup knows\n"
                        "component 'Microsoft-Windows-UnattendedJoin' has no settings in this "
                        "pass\n");
    ts_buf_done(&found);
    ts_unattend_free(u);
}

static void computer_names_follow_the_rules_of_windows(void **state)
{
    TS_UNUSED(state);
    static const char *const good[] = {"PC-1", "A", "ABCDEFGHIJKLMNO", "*", "1A"};
    static const char *const bad[] = {"",     "ABCDEFGHIJKLMNOP", "PC 1", "PC_1", "12345",
                                      "PC.1", "P\xc3\xa4"};
    for (size_t i = 0; i < TS_COUNT(good); i++)
        assert_true(ts_computer_name_check(good[i], NULL));
    for (size_t i = 0; i < TS_COUNT(bad); i++)
        assert_false(ts_computer_name_check(bad[i], NULL));
}

static void computer_name_with_an_unset_variable_names_the_variable(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_false(ts_computer_name_check("PC-%SiteName%", &err));
    assert_non_null(strstr(ts_err_text(err), "'SiteName' is not set"));
    ts_err_clear(&err);
    assert_false(ts_computer_name_check("100%", &err));
    assert_non_null(strstr(ts_err_text(err), "(not '%')"));
    ts_err_clear(&err);
}

static void time_zones_are_those_of_windows(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_time_zone_name("w. europe standard time"), "W. Europe Standard Time");
    assert_null(ts_time_zone_name("Europe/Berlin"));
    assert_string_equal(ts_time_zone_nearest("W Europe Standard Time"), "W. Europe Standard Time");
    assert_string_equal(ts_time_zone_nearest("West Europe Time"), "W. Europe Standard Time");
    assert_string_equal(ts_time_zone_nearest("Pacific"), "Pacific Standard Time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_file_is_as_setup_wants_it),
        cmocka_unit_test(own_file_keeps_its_settings_and_gets_ours),
        cmocka_unit_test(file_that_is_no_answer_file_is_an_error),
        cmocka_unit_test(file_for_another_architecture_is_an_error),
        cmocka_unit_test(password_is_encoded_as_windows_does),
        cmocka_unit_test(password_with_every_character_is_encoded),
        cmocka_unit_test(password_longer_than_setup_takes_is_refused),
        cmocka_unit_test(path_of_a_setting_has_a_limit),
        cmocka_unit_test(removed_setting_is_gone_with_all_below),
        cmocka_unit_test(unknown_names_and_wrong_passes_are_reported),
        cmocka_unit_test(computer_names_follow_the_rules_of_windows),
        cmocka_unit_test(computer_name_with_an_unset_variable_names_the_variable),
        cmocka_unit_test(time_zones_are_those_of_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
