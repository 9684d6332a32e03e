/* test_steps_boot_image.c - Windows PE from the disk: Apply Windows PE (MDT) and Restart Computer,
 * on a simulated machine that is treated as a real one (nothing is assumed) unless a case says so.
 */
#include "check.h"

#include <ts/deploy.h>
#include <ts/mem.h>

#include "dry_run.h"

#define S(name, value) "<variable name=\"" name "\" property=\"" name "\">" value "</variable>"
#define PE(name, words)                                                                            \
    "<step name=\"" name "\" successCodeList=\"0 3010\"><action>cscript.exe "                      \
    "\"%SCRIPTROOT%\\LTIApply.wsf\" " words "</action></step>"
#define MDT                                                                                        \
    "<step type=\"SMS_TaskSequence_RebootAction\" name=\"R\" successCodeList=\"0\">"               \
    "<action>smsboot.exe /target:WinPE</action><defaultVarList>" S("Message", "")                  \
        S("MessageTimeout", "0") S("Target", "") "</defaultVarList></step>"
#define CONFIGMGR                                                                                  \
    "<step type=\"SMS_TaskSequence_RebootAction\" name=\"R\" successCodeList=\"0\">"               \
    "<action>smsboot.exe /target:HD</action><defaultVarList>" S(                                   \
        "SMSRebootTarget", "WinPE") "</defaultVarList></step>"
#define ASKS                                                                                       \
    "<step name=\"A\" successCodeList=\"0\"><action>tool.exe</action><defaultVarList>"             \
    "</defaultVarList></step>"

#define MACHINE(phase, files)                                                                      \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", \"model\": "  \
    "\"M\"}, \"os\": {\"phase\": \"" phase "\"}, \"files\": {" files "}, \"disks\": [{\"size\": "  \
    "\"64 GB\", \"style\": \"gpt\", \"partitions\": [{\"type\": \"efi\", \"size\": \"260 MiB\", "  \
    "\"filesystem\": \"fat32\"}, {\"filesystem\": \"ntfs\", \"letter\": \"C\", \"os\": {}}]}]}"
#define FILE_OF(path) "\"" path "\": {\"size\": \"3 MB\"}"
#define SHARE                                                                                      \
    MACHINE(                                                                                       \
        "full",                                                                                    \
        FILE_OF("//s/d$/Control/TaskSequences.xml") ", " FILE_OF(                                  \
            "//s/d$/Boot/LiteTouchPE_x64.wim") ", " FILE_OF("C:/Windows/Boot/DVD/EFI/boot.sdi"))
#define ALONE MACHINE("full", FILE_OF("//s/p/pe.wim") ", " FILE_OF("//s/p/boot.sdi"))

static bool there(dry_run *d, const char *path)
{
    ts_file_info info = {.exists = false};
    return ts_host_file_info(d->host, path, &info, NULL) && info.exists;
}

static void mdt_stages_the_image_of_the_share_and_restarts_into_it(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, SHARE, PE("P", "/PE") MDT MDT);
    dry_set(&d, "DeployRoot", "//s/d$");
    dry_expect(&d, "P ok 0\nR ok 0\nrestart to Windows PE\nR ok 0\nrestart to the full OS\n");
    dry_expect_log(&d, "The boot image is '//s/d$/Boot/LiteTouchPE_x64.wim'");
    dry_expect_var(&d, "BootPE", "");
    assert_true(there(&d, "C:/_SMSTaskSequence/WinPE/boot.wim"));
    assert_true(there(&d, "C:/_SMSTaskSequence/WinPE/boot.sdi")); /* Windows' own */
    dry_close(&d);
}

/* MDT's imaging group: sysprep stands between the two. */
static void stage_and_entry_are_two_steps(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, SHARE, PE("P", "/PE /STAGE") MDT PE("B", "/PE /BCD") MDT);
    dry_set(&d, "DeployRoot", "//s/d$");
    dry_expect(&d, "P ok 0\nR ok 0\nrestart to the full OS\nB ok 0\nR ok 0\nrestart to Windows "
                   "PE\n");
    dry_close(&d);
}

static void entry_without_a_staged_image_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, SHARE, PE("B", "/PE /BCD"));
    dry_set(&d, "DeployRoot", "//s/d$");
    dry_expect(&d, "B failed 2147942402\n");
    dry_expect_text(&d, "there is no 'C:/_SMSTaskSequence/WinPE/boot.wim'");
    dry_close(&d);
}

static void configmgr_restart_stages_the_image_that_the_variable_names(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, ALONE, CONFIGMGR);
    dry_set(&d, "TSBootImage", "//s/p/pe.wim");
    dry_expect(&d, "R ok 0\nrestart to Windows PE\n");
    dry_close(&d);
}

/* The image that is assigned to the sequence is a package; a simulation takes it to be there. */
static void image_of_the_sequence_is_a_package(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, ALONE, CONFIGMGR);
    d.options.packages = NULL;
    d.options.simulate = true;
    assert_true(ts_vars_set_engine(d.vars, "_SMSTSBootImageID", "XYZ00005", NULL));
    dry_expect(&d, "R ok 0\nrestart to Windows PE\n");
    dry_expect_log(&d, "The boot image is 'C:/_SMSTaskSequence/Packages/XYZ00005/");
    dry_close(&d);
}

static void simulation_takes_an_image_that_the_file_does_not_name_to_be_there(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, MACHINE("full", ""), CONFIGMGR);
    d.options.simulate = true;
    dry_expect(&d, "R ok 0\nrestart to Windows PE\n");
    dry_expect_log(&d, "does not say which boot image is assigned");
    dry_close(&d);
}

static void each_missing_thing_is_named(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *machine, *variable, *value, *why;
    } cases[] = {
        {ALONE, "X", "", "no boot image is known"},
        {ALONE, "TSBootImage", "//s/p/other.wim", "other.wim"},
        {MACHINE("full", FILE_OF("C:/pkg/a.txt")), "TSBootImage", "PKG00001",
         "package 'PKG00001' has 0 .wim files"},
        {MACHINE("full", FILE_OF("//s/p/pe.wim")), "TSBootImage", "//s/p/pe.wim",
         "there is no boot.sdi, neither beside '//s/p/pe.wim' nor in"},
        {MACHINE("full", FILE_OF("//s/d$/Control/TaskSequences.xml")), "DeployRoot", "//s/d$",
         "the deployment share has no 'Boot/LiteTouchPE_x64.wim'"},
        {ALONE, "DeployRoot", "//gone/d$", "the deployment share '//gone/d$'"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        dry_open(&d, cases[i].machine, CONFIGMGR);
        dry_set(&d, cases[i].variable, cases[i].value);
        dry_go(&d);
        dry_expect_text(&d, cases[i].why);
        assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
        assert_int_equal(d.report.restarts, 0);
        dry_close(&d);
    }
}

/* Windows PE starts from where it came; its own store is not that of the disk. */
static void windows_pe_restarts_without_staging_and_stages_for_nobody(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, MACHINE("winpe", ""), CONFIGMGR PE("P", "/PE"));
    dry_expect(&d, "R ok 0\nrestart to Windows PE\nP failed 2147942450\n");
    dry_expect_text(&d, "is made by the Windows on the disk");
    dry_close(&d);
}

/* A program asks for Windows PE, and nobody has put an image there: the same Windows would come up.
 */
static void restart_that_a_program_asks_for_needs_a_staged_image(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open(&d, ALONE, ASKS);
    dry_mock(&d, "tool", NULL, 0, NULL);
    dry_set(&d, "SMSTSRebootRequested", "WinPE");
    dry_go(&d);
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    assert_int_equal(d.report.restarts, 0);
    dry_close(&d);
    dry_open(&d, SHARE, PE("P", "/PE") ASKS);
    dry_mock(&d, "tool", NULL, 0, NULL);
    dry_set(&d, "DeployRoot", "//s/d$");
    dry_set(&d, "SMSTSRebootRequested", "WinPE");
    dry_go(&d);
    assert_int_equal(d.report.outcome, TS_OUTCOME_OK);
    assert_int_equal(d.report.restarts, 1);
    dry_close(&d);
}

static void unknown_image_refuses_the_run_before_it_begins(void **state)
{
    TS_UNUSED(state);
    static const char *const bodies[] = {CONFIGMGR, PE("P", "/PE")};
    for (size_t i = 0; i < TS_COUNT(bodies); i++) {
        dry_run d;
        ts_err *err = NULL;
        dry_open(&d, ALONE, bodies[i]);
        assert_false(ts_run_preflight(&d.options, &err));
        assert_non_null(strstr(ts_err_text(err), "no boot image is known"));
        ts_err_clear(&err);
        dry_set(&d, "TSBootImage", "//s/p/none.wim");
        assert_false(ts_run_preflight(&d.options, &err));
        assert_non_null(strstr(ts_err_text(err), "there is no boot image '//s/p/none.wim'"));
        ts_err_clear(&err);
        dry_set(&d, "TSBootImage", "//s/p/pe.wim");
        if (!ts_run_preflight(&d.options, &err))
            fail_msg("%s", ts_err_text(err));
        dry_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mdt_stages_the_image_of_the_share_and_restarts_into_it),
        cmocka_unit_test(stage_and_entry_are_two_steps),
        cmocka_unit_test(entry_without_a_staged_image_fails),
        cmocka_unit_test(configmgr_restart_stages_the_image_that_the_variable_names),
        cmocka_unit_test(image_of_the_sequence_is_a_package),
        cmocka_unit_test(simulation_takes_an_image_that_the_file_does_not_name_to_be_there),
        cmocka_unit_test(each_missing_thing_is_named),
        cmocka_unit_test(windows_pe_restarts_without_staging_and_stages_for_nobody),
        cmocka_unit_test(restart_that_a_program_asks_for_needs_a_staged_image),
        cmocka_unit_test(unknown_image_refuses_the_run_before_it_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
