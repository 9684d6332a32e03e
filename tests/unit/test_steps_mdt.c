/* MDT's Gather, Next Phase and Validate, through the interpreter on a simulated machine. */
#include <stdio.h>

#include <ts/mem.h>

#include "check.h"

#include "dry_run.h"

#define SETTING(name, value)                                                                       \
    "<variable name=\"" name "\" property=\"" name "\">" value "</variable>"
#define SCRIPT(name, script, settings)                                                             \
    "<step name=\"" name "\" successCodeList=\"0 3010\"><defaultVarList>" settings                 \
    "</defaultVarList><action>cscript.exe \"%SCRIPTROOT%\\" script "\"</action></step>"
#define GATHER SCRIPT("G", "ZTIGather.wsf", SETTING("GatherLocalOnly", "true"))
#define NEXT   SCRIPT("N", "ZTINextPhase.wsf", "")

static void gather_sets_the_facts_with_mdt_names(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, GATHER);
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "Make", "Contoso");
    dry_expect_var(&d, "Model", "One");
    dry_expect_var(&d, "SerialNumber", "S-1");
    dry_expect_var(&d, "AssetTag", "A-1");
    dry_expect_var(&d, "Memory", "8192");
    dry_expect_var(&d, "IsLaptop", "True");
    dry_expect_var(&d, "IsDesktop", "False");
    dry_expect_var(&d, "IsUEFI", "True");
    dry_expect_var(&d, "OSVersion", "WinPE");
    dry_expect_var(&d, "CapableArchitecture", "AMD64 X64 X86");
    dry_expect_var(&d, "Architecture", "X64");
    dry_expect_no_log(&d, "'%SCRIPTROOT%' is neither"); /* nothing of that folder is run */
    dry_close(&d);
}

/* MDT documentation: addresses 169.254.* are left out; an older list ends where the new one does.
 */
static void gather_numbers_addresses_and_drops_automatic_ones(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, GATHER);
    dry_set(&d, "IPAddress002", "192.168.0.9");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "IPAddress001", "10.0.0.5");
    dry_expect_var(&d, "IPAddress002", "");
    dry_expect_var(&d, "DefaultGateway001", "10.0.0.1");
    dry_expect_var(&d, "MacAddress001", "00:11:22:33:44:55");
    dry_close(&d);
}

static void gather_leaves_alone_what_the_machine_does_not_tell(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d,
             "{\"name\": \"m\", \"firmware\": \"bios\", \"smbios\": {\"manufacturer\": \"C\", "
             "\"model\": \"M\"}}",
             GATHER);
    dry_set(&d, "AssetTag", "given");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "AssetTag", "given");
    dry_expect_var(&d, "IsUEFI", "False");
    dry_close(&d);
}

static void gather_starts_phase_and_type_in_winpe(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, GATHER);
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "PHASE", "PREINSTALL");
    dry_expect_var(&d, "DeploymentType", "NEWCOMPUTER");
    dry_close(&d);
}

static void gather_starts_validation_in_the_full_os(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_FULL, GATHER);
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "PHASE", "VALIDATION");
    dry_expect_var(&d, "DeploymentType", "");
    dry_expect_log(&d, "DeploymentType is not set");
    dry_close(&d);
}

static void gather_keeps_a_phase_that_is_set(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, GATHER);
    dry_set(&d, "PHASE", "STATERESTORE");
    dry_set(&d, "DeploymentType", "REFRESH");
    dry_expect(&d, "G ok 0\n");
    dry_expect_var(&d, "PHASE", "STATERESTORE");
    dry_expect_var(&d, "DeploymentType", "REFRESH");
    dry_close(&d);
}

static void gather_says_that_rules_are_not_there(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             SCRIPT("G", "ZTIGather.wsf",
                    SETTING("GatherLocalOnly", "false") SETTING("RulesFile", "Mine.ini")));
    dry_expect(&d, "G failed 2147942402\n");
    dry_expect_text(&d, "rules 'Mine.ini' are not in DeployRoot, which is not set");
    d.options.simulate = true;
    dry_expect(&d, "G failed 2147942402\nG ok 0\n");
    dry_expect_text(&d, "rules 'Mine.ini' are not there");
    dry_close(&d);
}

/* A path longer than Windows has them: the machine cannot even look. */
static void gather_says_that_it_cannot_look_for_rules(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    char root[40000] = "X:\\";
    memset(root + 3, 'x', sizeof root - 4);
    dry_open(&d, DRY_PE, SCRIPT("G", "ZTIGather.wsf", SETTING("GatherLocalOnly", "false")));
    dry_set(&d, "DeployRoot", root);
    d.options.simulate = true;
    dry_go(&d);
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_expect_text(&d, "cannot look for the rules 'CustomSettings.ini': path is longer");
    dry_close(&d);
}

static void local_only_argument_asks_for_no_rules(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE,
             "<step name=\"G\" successCodeList=\"0\"><action>cscript.exe "
             "\"%ScriptRoot%\\ztigather.wsf\" /localonly</action></step>");
    dry_expect(&d, "G ok 0\n");
    assert_string_equal(ts_buf_text(&d.texts), "");
    dry_close(&d);
}

/* MDT documentation, "ZTINextPhase.wsf". */
static void next_phase_goes_through_all_phases(void **state)
{
    TS_UNUSED(state);
    static const char *const order[] = {
        "VALIDATION", "STATECAPTURE", "PREINSTALL", "INSTALL", "POSTINSTALL", "STATERESTORE", ""};
    for (size_t i = 0; i + 1 < TS_COUNT(order); i++) {
        dry_run d;
        dry_open(&d, DRY_PE, NEXT);
        dry_set(&d, "PHASE", order[i]);
        dry_expect(&d, "N ok 0\n");
        dry_expect_var(&d, "PHASE", order[i + 1]);
        dry_close(&d);
    }
}

static void next_phase_of_osd_leaves_out_install(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, NEXT);
    dry_set(&d, "PHASE", "preinstall");
    dry_set(&d, "DeploymentMethod", "OSD");
    dry_expect(&d, "N ok 0\n");
    dry_expect_var(&d, "PHASE", "POSTINSTALL");
    dry_close(&d);
}

static void next_phase_without_a_phase_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, DRY_PE, NEXT);
    dry_expect(&d, "N failed 2147942487\n");
    dry_expect_text(&d, "PHASE is not set: run ZTIGather first");
    dry_close(&d);
    dry_open(&d, DRY_PE, NEXT);
    dry_set(&d, "PHASE", "LUNCH");
    dry_expect(&d, "N failed 2147942487\n");
    dry_expect_text(&d, "'LUNCH'");
    dry_close(&d);
}

#define VALIDATE(settings) SCRIPT("V", "ZTIValidate.wsf", settings)

static void validate_knows_its_codes(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *machine, *type, *settings, *trace;
    } cases[] = {
        {DRY_PE, "", "ImageMemory\" property=\"p\">8256", "V ok 0\n"}, /* 64 MB less is fine */
        {DRY_PE, "", "ImageMemory\" property=\"p\">8257", "V failed 9804\n"},
        {DRY_PE, "", "ImageProcessorSpeed\" property=\"p\">2410", "V ok 0\n"}, /* 10 MHz too */
        {DRY_PE, "", "ImageProcessorSpeed\" property=\"p\">2411", "V failed 9805\n"},
        {DRY_PE, "", "ImageSize\" property=\"p\">99999999", "V failed 9807\n"},
        {DRY_PE, "", "OSInstall\" property=\"p\">No", "V failed 9803\n"},
        {DRY_PE, "", "OSInstall\" property=\"p\">yes", "V ok 0\n"},
        {DRY_FULL, "REFRESH", "VerifyOS\" property=\"p\">SERVER", "V failed 9802\n"},
        {DRY_FULL, "REFRESH", "VerifyOS\" property=\"p\">CLIENT", "V ok 0\n"},
        {DRY_FULL, "NEWCOMPUTER", "VerifyOS\" property=\"p\">SERVER", "V ok 0\n"},
        {DRY_FULL, "REFRESH", "ImageBuild\" property=\"p\">6.3.9600", "V failed 9808\n"},
        {DRY_FULL, "REFRESH", "ImageBuild\" property=\"p\">10.0.19045", "V ok 0\n"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        char *body = ts_sprintf("<step type=\"BDD_Validate\" name=\"V\" successCodeList=\"0\">"
                                "<action>cscript.exe ZTIValidate.wsf</action><defaultVarList>"
                                "<variable name=\"%s</variable></defaultVarList></step>",
                                cases[i].settings);
        dry_open(&d, cases[i].machine, body);
        dry_set(&d, "DeploymentType", cases[i].type);
        dry_expect(&d, cases[i].trace);
        dry_close(&d);
        free(body);
    }
}

static void validate_refuses_a_client_over_a_server(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d,
             "{\"name\": \"m\", \"firmware\": \"bios\", \"smbios\": {\"manufacturer\": \"C\", "
             "\"model\": \"M\"}, \"os\": {\"phase\": \"full\", \"product_type\": \"server\"}}",
             VALIDATE(SETTING("VerifyOS", "CLIENT")));
    dry_set(&d, "DeploymentType", "REFRESH");
    dry_expect(&d, "V failed 9801\n");
    dry_close(&d);
}

static void validate_does_not_measure_a_virtual_processor(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(
        &d,
        "{\"name\": \"m\", \"firmware\": \"bios\", \"smbios\": {\"manufacturer\": "
        "\"VMware, Inc.\", \"model\": \"VMware Virtual Platform\"}, \"processor\": {\"mhz\": 100}}",
        VALIDATE(SETTING("ImageProcessorSpeed", "800")));
    dry_expect(&d, "V ok 0\n");
    dry_close(&d);
}

/* A step that is optional in MDT's templates: nothing to do succeeds and says why; work that this
 * build cannot do is shown by a simulation and refused before a run. */
static void optional_script_does_nothing_unless_a_property_asks(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *body, *idle, *name, *value;
    } scripts[] = {
        {SCRIPT("S", "ZTIWinRE.wsf", ""), "PrepareWinRE is not YES", "PrepareWinRE", "YES"},
        {SCRIPT("S", "ZTIGroups.wsf", ""), "a new computer: no groups were saved", "DeploymentType",
         "REFRESH"},
        {SCRIPT("S", "ZTIUserState.wsf", ""), "a new computer, and no saved state",
         "UserDataLocation", "NETWORK"},
        {SCRIPT("S", "ZTIPatches.wsf", ""), "PackageSelectionProfile is Nothing",
         "LanguagePacks001", "{1}"},
        {SCRIPT("S", "ZTIApplyGPOPack.wsf", ""), "ApplyGPOPack is NO", "ApplyGPOPack", "YES"},
    };
    for (size_t i = 0; i < TS_COUNT(scripts); i++) {
        for (int work = 0; work < 2; work++) {
            dry_run d;
            ts_err *err = NULL;
            dry_open(&d, DRY_FULL, scripts[i].body);
            dry_set(&d, "DeploymentType", "NEWCOMPUTER");
            dry_set(&d, "PackageSelectionProfile", "Nothing");
            dry_set(&d, "ApplyGPOPack", "NO");
            if (work)
                dry_set(&d, scripts[i].name, scripts[i].value);
            assert_int_equal(ts_run_preflight(&d.options, &err), !work);
            if (work)
                assert_non_null(strstr(ts_err_text(err), "this build cannot"));
            ts_err_free(err);
            d.options.simulate = true;
            dry_expect(&d, work ? "S unsupported 0\n" : "S ok 0\n");
            if (!work)
                dry_expect_log(&d, scripts[i].idle);
            dry_close(&d);
        }
    }
}

static void tattoo_leaves_what_is_known_in_the_registry(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    bool found = false;
    ts_reg_type type = TS_REG_NONE;
    char *data = NULL;
    static const char key[] = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Deployment 4";
    dry_open(&d, DRY_FULL, SCRIPT("T", "ZTITatoo.wsf", ""));
    dry_set(&d, "TaskSequenceID", "W11");
    dry_expect(&d, "T ok 0\n");
    assert_true(ts_host_reg_get(d.host, key, "Task Sequence ID", &found, &type, &data, NULL));
    assert_true(found);
    assert_string_equal(data, "W11");
    free(data);
    assert_true(ts_host_reg_get(d.host, key, "Task Sequence Name", &found, &type, &data, NULL));
    assert_false(found);
    assert_true(ts_host_reg_get(d.host, key, "Deployment Timestamp", &found, &type, &data, NULL));
    assert_true(found);
    assert_int_equal(strlen(data), strlen("20240514080100.000000+000"));
    free(data);
    dry_close(&d);
}

/* The Workbench writes one of two forms; neither says Windows PE unless a boot image is staged. */
static void restart_of_mdt_starts_from_the_disk_in_both_forms(void **state)
{
    TS_UNUSED(state);
    static const char *const forms[] = {"Target", "SMSRebootTarget"};
    for (size_t i = 0; i < TS_COUNT(forms); i++) {
        char body[600];
        snprintf(body, sizeof body,
                 "<step type=\"SMS_TaskSequence_RebootAction\" name=\"R\" successCodeList=\"0\">"
                 "<defaultVarList><variable name=\"%s\" property=\"Target\"></variable>"
                 "</defaultVarList><action>smsboot.exe /target:WinPE</action></step>",
                 forms[i]);
        dry_run d;
        dry_open(&d, DRY_FULL, body);
        dry_go(&d);
        dry_expect_log(&d, "the machine starts from its disk");
        dry_close(&d);
    }
}

/* Scripts that this build only knows: a simulation goes on, a run is refused. */
static void declared_script_is_refused_by_the_preflight(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_err *err = NULL;
    dry_open(&d, DRY_PE, SCRIPT("T", "ZTIExecuteRunbook.wsf", ""));
    assert_false(ts_run_preflight(&d.options, &err));
    assert_int_equal(ts_err_code(err), TS_REFUSED);
    ts_err_free(err);
    d.options.simulate = true;
    dry_expect(&d, "T unsupported 0\n");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gather_sets_the_facts_with_mdt_names),
        cmocka_unit_test(gather_numbers_addresses_and_drops_automatic_ones),
        cmocka_unit_test(gather_leaves_alone_what_the_machine_does_not_tell),
        cmocka_unit_test(gather_starts_phase_and_type_in_winpe),
        cmocka_unit_test(gather_starts_validation_in_the_full_os),
        cmocka_unit_test(gather_keeps_a_phase_that_is_set),
        cmocka_unit_test(gather_says_that_rules_are_not_there),
        cmocka_unit_test(gather_says_that_it_cannot_look_for_rules),
        cmocka_unit_test(local_only_argument_asks_for_no_rules),
        cmocka_unit_test(next_phase_goes_through_all_phases),
        cmocka_unit_test(next_phase_of_osd_leaves_out_install),
        cmocka_unit_test(next_phase_without_a_phase_fails),
        cmocka_unit_test(validate_knows_its_codes),
        cmocka_unit_test(validate_refuses_a_client_over_a_server),
        cmocka_unit_test(validate_does_not_measure_a_virtual_processor),
        cmocka_unit_test(optional_script_does_nothing_unless_a_property_asks),
        cmocka_unit_test(tattoo_leaves_what_is_known_in_the_registry),
        cmocka_unit_test(restart_of_mdt_starts_from_the_disk_in_both_forms),
        cmocka_unit_test(declared_script_is_refused_by_the_preflight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
