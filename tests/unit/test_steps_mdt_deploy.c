/* test_steps_mdt_deploy.c - MDT's scripts that deploy, and the capture steps, on a simulated
 * machine: what they do and each way they fail. */
#include "check.h"

#include <stdio.h>

#include <ts/deploy.h>
#include <ts/mem.h>

#include "deploy_body.h"
#include "dry_run.h"
#include "mdt_share.h"

#define SCRIPT(name, script, settings)                                                             \
    "<step name=\"" name "\" successCodeList=\"0 3010\"><action>cscript.exe "                      \
    "\"%SCRIPTROOT%\\" script "</action><defaultVarList>" settings "</defaultVarList></step>"
#define CONFIGURE SCRIPT("C", "ZTIConfigure.wsf\"", "")
#define DRIVERS   SCRIPT("D", "ZTIDrivers.wsf\"", "")
#define INSTALL                                                                                    \
    "<step type=\"BDD_InstallOS\" name=\"I\" successCodeList=\"0\"><action>cscript.exe "           \
    "\"%SCRIPTROOT%\\LTIApply.wsf\"</action><defaultVarList>" V("OSGUID", "{AB-1}")                \
        V("DestinationOSInstallType", "ByVariable")                                                \
            V("DestinationOSVariable", "OSDisk") "</defaultVarList></step>"

/* --- Deployment ----------------------------------------------------------------------------------
 */

static void id_that_is_too_long_is_not_cut(void **state)
{
    TS_UNUSED(state);
    char id[MDT_PACKAGE_MAX + 1], body[4096];
    memset(id, 'a', MDT_PACKAGE_MAX);
    id[MDT_PACKAGE_MAX] = '\0';
    snprintf(body, sizeof body,
             "%s<step type=\"BDD_InstallOS\" name=\"I\" successCodeList=\"0\"><action>cscript.exe "
             "\"%%SCRIPTROOT%%\\LTIApply.wsf\"</action><defaultVarList>"
             "<variable name=\"OSGUID\" property=\"OSGUID\">%s</variable>"
             "</defaultVarList></step>",
             DISK(UEFI_LAYOUT), id);
    dry_fails(DRY_PE, body, "has more than 79 characters");
}

/* MDT's order: configure and drivers before the image is there. */
static void system_is_installed_with_answers_and_drivers(void **state)
{
    TS_UNUSED(state);
    static const char machine[] =
        "{\"name\": \"m\", \"firmware\": \"uefi\", \"files\": {"
        "\"X:/_SMSTaskSequence/Packages/Drivers/a.inf\": {\"content\": "
        "\"[Manufacturer]\\nM=D,NTamd64\\n[D.NTamd64]\\nX=I,PCI\\\\VEN_1\\n\"}}, "
        "\"devices\": [\"PCI\\\\VEN_1\"], " DRY_HARDWARE "}";
    dry_run d;
    dry_open_assuming(&d, machine, DISK(UEFI_LAYOUT) CONFIGURE DRIVERS INSTALL CONFIGURE);
    dry_set(&d, "OSDComputerName", "PC-9");
    dry_set(&d, "FullName", "Staff");
    dry_set(&d, "OrgName", "Example");
    dry_set(&d, "TimeZoneName", "utc");
    dry_set(&d, "UserLocale", "de-DE");
    dry_set(&d, "JoinWorkgroup", "FIELD");
    dry_set(&d, "AdminPassword", "S3cret!x");
    dry_expect(&d, "S ok 0\nC ok 0\nD ok 0\nI ok 0\nC ok 0\n");
    dry_expect_log(&d, "no operating system was applied yet");
    dry_expect_log(&d, "1 of 1 drivers were added");
    dry_expect_no_log(&d, "S3cret");
    dry_expect_answer(&d, "<ComputerName>PC-9</ComputerName>");
    dry_expect_answer(&d, "<RegisteredOwner>Staff</RegisteredOwner>");
    dry_expect_answer(&d, "<TimeZone>UTC</TimeZone>");
    dry_expect_answer(&d, "<UserLocale>de-DE</UserLocale>");
    dry_expect_answer(&d, "<JoinWorkgroup>FIELD</JoinWorkgroup>");
    dry_expect_answer(&d, "/active:yes");
    dry_expect_var(&d, "OSDisk", "C:");
    dry_close(&d);
}

/* REFRESH in Windows PE: the Windows on the disk is the one that will be replaced. */
static void old_windows_gets_no_answers_before_the_new_one_is_there(void **state)
{
    TS_UNUSED(state);
    static const char machine[] =
        "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", "
        "\"model\": \"One\"}, \"disks\": "
        "[{\"size\": \"64 GB\", \"style\": \"gpt\", \"partitions\": [{\"letter\": \"C\", "
        "\"filesystem\": \"ntfs\", \"os\": {}}]}]}";
    static const char answers[] = "C:/Windows/Panther/unattend.xml";
    static const struct {
        const char *phase;
        bool written;
    } cases[] = {{"PREINSTALL", false}, {"POSTINSTALL", true}, {"", true}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        char *text = NULL;
        size_t size = 0;
        dry_run d;
        dry_open_assuming(&d, machine, CONFIGURE);
        dry_set(&d, "OSDisk", "C:");
        dry_set(&d, "PHASE", cases[i].phase);
        dry_set(&d, "OSDComputerName", "PC-9");
        dry_expect(&d, "C ok 0\n");
        assert_int_equal(ts_host_file_read(d.host, answers, &text, &size, NULL), cases[i].written);
        free(text);
        dry_close(&d);
    }
}

static void domain_of_mdt_goes_before_its_workgroup(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT) INSTALL);
    dry_set(&d, "JoinDomain", "c.com");
    dry_set(&d, "JoinWorkgroup", "FIELD");
    dry_set(&d, "DomainAdmin", "joiner");
    dry_set(&d, "DomainAdminDomain", "C");
    dry_expect(&d, "S ok 0\nI ok 0\n");
    dry_expect_answer(&d, "<JoinDomain>c.com</JoinDomain>");
    dry_expect_answer(&d, "<Username>joiner</Username>");
    dry_close(&d);
}

static void bad_values_of_mdt_are_found_before_the_wipe(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *name, *value, *why;
    } cases[] = {{"OSDComputerName", "A B", "(not ' ')"},
                 {"TimeZoneName", "CET", "TimeZoneName: Windows has no time zone 'CET'"},
                 {"ProductKey", "1", "ProductKey has not the form"},
                 {"ImageIndex", "7", "has no image '7'"}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        dry_open_assuming(&d, WITH_IMAGES("{\"file\": \"ab-1\", \"index\": 1}"),
                          DISK(UEFI_LAYOUT) INSTALL CONFIGURE);
        dry_set(&d, cases[i].name, cases[i].value);
        dry_go(&d);
        dry_expect_text(&d, "nothing is destroyed");
        dry_expect_text(&d, cases[i].why);
        assert_int_equal(d.report.ran, 1);
        dry_close(&d);
    }
}

static void bad_operating_systems_fail(void **state)
{
    TS_UNUSED(state);
    dry_fails(DRY_PE, SCRIPT("I", "LTIApply.wsf\"", ""), "OSGUID is empty");
    dry_fails(DRY_PE, SCRIPT("I", "LTIApply.wsf\"", V("OSGUID", "{1}") V("IsOSUpgrade", "1")),
              "does not upgrade");
    dry_fails(
        DRY_PE,
        SCRIPT("I", "LTIApply.wsf\"", V("OSGUID", "{1}") V("DestinationOSInstallType", "ByMagic")),
        "'ByMagic' is not known");
}

/* --- The deployment share ------------------------------------------------------------------------
 */

#define SHARE_OS(guid, image)                                                                      \
    "<os guid='" guid "' enable='True'><Name>W11</Name><Platform>x64</Platform>"                   \
    "<Build>10.0.26100.1</Build>" image "<ImageIndex>3</ImageIndex><Flags>Enterprise</Flags></os>"
#define SHARE_LIST                                                                                 \
    "<oss>" SHARE_OS("{ab-2}", "<ImageFile>.\\..\\x.wim</ImageFile>")                              \
        SHARE_OS("{ab-1}", "<ImageFile>.\\Operating Systems\\W11\\install.wim</ImageFile>")        \
            SHARE_OS("{ab-3}", "") "</oss>"
/* As MDT's own templates are: empty places, and its command at the first logon. */
#define SHARE_ANSWERS                                                                              \
    "<unattend xmlns='urn:schemas-microsoft-com:unattend'>"                                        \
    "<settings pass='specialize'><component name='Microsoft-Windows-Shell-Setup' "                 \
    "processorArchitecture='amd64'><ComputerName></ComputerName><ProductKey></ProductKey>"         \
    "<CopyProfile>true</CopyProfile></component></settings><settings pass='oobeSystem'>"           \
    "<component name='Microsoft-Windows-Shell-Setup' processorArchitecture='amd64'>"               \
    "<AutoLogon><Enabled>true</Enabled><LogonCount>999</LogonCount></AutoLogon>"                   \
    "<FirstLogonCommands><SynchronousCommand><CommandLine>wscript.exe "                            \
    "%SystemDrive%\\LTIBootstrap.vbs</CommandLine><Order>1</Order></SynchronousCommand>"           \
    "<SynchronousCommand><CommandLine>own.cmd</CommandLine><Order>2</Order></SynchronousCommand>"  \
    "</FirstLogonCommands></component></settings></unattend>"

static void put(dry_run *d, const char *path, const char *text)
{
    assert_true(ts_host_sim_file(d->host, path, text, strlen(text), NULL));
}

static void open_share(dry_run *d, const char *body)
{
    dry_open_assuming(d, DRY_PE, body);
    assert_true(ts_host_sim_drive(d->host, 'Z', "\\\\share\\deploy$", NULL));
    put(d, "Z:\\Control\\OperatingSystems.xml", SHARE_LIST);
    put(d, "Z:\\Operating Systems\\W11\\install.wim", "");
    dry_set(d, "DeployRoot", "Z:");
    dry_set(d, "TaskSequenceID", "T1");
}

static void expect_no_answer(dry_run *d, const char *part)
{
    char *text = NULL;
    size_t size = 0;
    assert_true(ts_host_file_read(d->host, "C:/Windows/Panther/unattend.xml", &text, &size, NULL));
    if (strstr(text, part))
        fail_msg("the answer file has '%s':\n%s", part, text);
    free(text);
}

static void system_of_the_share_is_installed_with_its_answers(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) INSTALL);
    put(&d, "Z:\\Control\\T1\\Unattend.xml", SHARE_ANSWERS);
    dry_set(&d, "OSDComputerName", "PC-9");
    dry_expect(&d, "S ok 0\nI ok 0\n");
    dry_expect_log(&d, "'Z:/Operating Systems/W11/install.wim', index 3");
    dry_expect_log(&d, "applying image 3");
    dry_expect_log(&d, "without a logon");
    dry_expect_var(&d, "ImageFlags", "Enterprise");
    dry_expect_var(&d, "ImageBuild", "10.0.26100.1");
    dry_expect_var(&d, "ImageProcessor", "x64");
    dry_expect_answer(&d, "<CopyProfile>true</CopyProfile>");
    dry_expect_answer(&d, "<ComputerName>PC-9</ComputerName>");
    dry_expect_answer(&d, "<CommandLine>own.cmd</CommandLine>");
    expect_no_answer(&d, "LTIBootstrap");
    expect_no_answer(&d, "AutoLogon");
    expect_no_answer(&d, "ProductKey");
    dry_close(&d);
}

static void index_of_the_run_goes_before_the_one_of_the_share(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    open_share(&d, DISK(UEFI_LAYOUT) INSTALL);
    dry_set(&d, "ImageIndex", "5");
    dry_expect(&d, "S ok 0\nI ok 0\n");
    dry_expect_log(&d, "applying image 5");
    dry_expect_log(&d, "a new answer file is made");
    dry_close(&d);
}

static void bad_entries_of_the_share_are_found_before_the_wipe(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *guid, *why;
    } cases[] = {{"{AB-9}", "is not in 'Z:/Control/OperatingSystems.xml': choose one of its 3"},
                 {"{AB-2}", "leads out of the share"},
                 {"{AB-3}", "has no ImageFile"}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        open_share(&d, DISK(UEFI_LAYOUT) SCRIPT("I", "LTIApply.wsf\"", ""));
        dry_set(&d, "OSGUID", cases[i].guid);
        dry_go(&d);
        dry_expect_text(&d, "nothing is destroyed");
        dry_expect_text(&d, cases[i].why);
        assert_int_equal(d.report.ran, 1);
        dry_close(&d);
    }
}

static void image_that_the_share_lacks_and_bad_lists_fail(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT) INSTALL);
    assert_true(ts_host_sim_drive(d.host, 'Z', "\\\\share\\deploy$", NULL));
    put(&d, "Z:\\Control\\OperatingSystems.xml", SHARE_LIST);
    dry_set(&d, "DeployRoot", "Z:");
    dry_go(&d);
    dry_expect_text(&d, "no image file 'Z:/Operating Systems/W11/install.wim'");
    dry_close(&d);
    open_share(&d, INSTALL);
    put(&d, "Z:\\Control\\OperatingSystems.xml", "<applications/>");
    dry_go(&d);
    dry_expect_text(&d, "expected <oss>");
    dry_close(&d);
    open_share(&d, INSTALL);
    dry_set(&d, "TaskSequenceID", "..");
    dry_go(&d);
    dry_expect_text(&d, "TaskSequenceID '..' is no folder");
    dry_close(&d);
}

/* A path longer than Windows has them: the machine cannot even look. */
static void share_that_cannot_be_looked_at_fails(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    char root[40000] = "X:\\";
    memset(root + 3, 'x', sizeof root - 4);
    dry_open_assuming(&d, DRY_PE, INSTALL);
    dry_set(&d, "DeployRoot", root);
    dry_go(&d);
    dry_expect_text(&d, "file 'Control/OperatingSystems.xml' of the deployment share: path is");
    assert_int_equal(d.report.outcome, TS_OUTCOME_FAILED);
    dry_close(&d);
}

static void share_without_a_list_leaves_the_package(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT) INSTALL);
    dry_set(&d, "DeployRoot", "Z:");
    dry_expect(&d, "S ok 0\nI ok 0\n");
    dry_expect_log(&d, "OSGUID is package 'ab-1'");
    dry_close(&d);
}

static void drivers_do_nothing_where_mdt_does_nothing(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_FULL, DRIVERS);
    dry_expect(&d, "D ok 0\n");
    dry_close(&d);
    dry_open_assuming(&d, DRY_PE,
                      SCRIPT("D", "ZTIDrivers.wsf\"", V("DriverSelectionProfile", "Nothing")));
    dry_expect(&d, "D ok 0\n");
    dry_expect_var(&d, "TSInjectDrivers", "");
    dry_close(&d);
    dry_open_assuming(&d, DRY_PE,
                      SCRIPT("D", "ZTIDrivers.wsf\"",
                             V("DriverSelectionProfile", "Dell") V("DriverInjectionMode", "ALL")));
    dry_expect(&d, "D ok 0\n");
    dry_expect_var(&d, "TSInjectDrivers", "ALL");
    dry_expect_var(&d, "TSInjectDriversProfile", "Dell");
    dry_close(&d);
}

static void network_adapters_get_static_addresses(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT) APPLY SCRIPT("N", "ZTINICConfig.wsf\"", ""));
    dry_set(&d, "OSDAdapterCount", "1");
    dry_set(&d, "OSDAdapter0MacAddress", "00:11:22:33:44:55");
    dry_set(&d, "OSDAdapter0EnableDHCP", "false");
    dry_set(&d, "OSDAdapter0IPAddressList", "10.0.0.5");
    dry_set(&d, "OSDAdapter0SubnetMask", "255.255.255.0");
    dry_expect(&d, "S ok 0\nS ok 0\nN ok 0\n");
    dry_expect_answer(&d, ">10.0.0.5/24</IpAddress>");
    dry_close(&d);
    dry_open_assuming(&d, DRY_PE, SCRIPT("N", "ZTINICConfig.wsf\"", ""));
    dry_expect(&d, "N ok 0\n");
    dry_expect_log(&d, "DHCP stays");
    dry_close(&d);
}

/* --- In the new Windows --------------------------------------------------------------------------
 */

#define MEMBER                                                                                     \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"domain\": "        \
    "\"c.com\", "                                                                                  \
    "\"directory\": true, " DRY_HARDWARE "}"
#define OUTSIDE                                                                                    \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"directory\": "     \
    "true, " DRY_HARDWARE "}"
#define RECOVER(settings) SCRIPT("R", "ZTIDomainJoin.wsf\"", settings)

static void domain_is_looked_at_and_joined(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, MEMBER, RECOVER(V("JoinDomain", "C.COM")));
    dry_expect(&d, "R ok 0\n");
    dry_expect_log(&d, "is in domain");
    dry_close(&d);
    dry_open_assuming(&d, OUTSIDE, RECOVER(""));
    dry_expect(&d, "R ok 0\n");
    dry_close(&d);
    dry_open_assuming(&d, OUTSIDE, RECOVER(V("JoinDomain", "c.com") V("DomainAdmin", "joiner")));
    dry_expect(&d, "R ok 0\nrestart to the full OS\n");
    dry_close(&d);
    dry_fails(OUTSIDE, RECOVER(V("JoinDomain", "c.com") V("DomainErrorRecovery", "FAIL")),
              "not in domain 'c.com'");
    dry_fails(DRY_FULL, RECOVER(V("JoinDomain", "c.com") V("DomainAdmin", "joiner")),
              "cannot be reached");
}

static void tattoo_stands_in_the_registry(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    bool found = false;
    ts_reg_type type;
    char *text = NULL;
    dry_open_assuming(&d, DRY_FULL, SCRIPT("T", "ZTITatoo.wsf\"", ""));
    dry_set(&d, "TaskSequenceID", "W11");
    dry_expect(&d, "T ok 0\n");
    assert_true(ts_host_reg_get(d.host, "HKLM\\SOFTWARE\\Microsoft\\Deployment 4",
                                "Task Sequence ID", &found, &type, &text, NULL));
    assert_true(found);
    assert_string_equal(text, "W11");
    free(text);
    dry_close(&d);
    dry_open_assuming(&d, DRY_PE, SCRIPT("T", "ZTITatoo.wsf\"", ""));
    dry_expect(&d, "T ok 0\n");
    dry_close(&d);
}

static void scripts_that_serve_mdt_only_have_nothing_to_do(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_FULL,
                      SCRIPT("A", "LTICopyScripts.wsf\"", "")
                          SCRIPT("B", "LTIApply.wsf\" /post", "")
                              SCRIPT("C", "ZTIOptIn.wsf\"", ""));
    dry_expect(&d, "A ok 0\nB ok 0\nC ok 0\n");
    dry_expect_log(&d, "nothing is copied");
    dry_expect_log(&d, "nothing to remove");
    dry_close(&d);
}

/* --- Capture -------------------------------------------------------------------------------------
 */

#define OLD_PE                                                                                     \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"disks\": [{\"size\": \"64 GB\", \"style\": "      \
    "\"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", \"letter\": \"D\", \"os\": {}}, "        \
    "{\"filesystem\": \"ntfs\", \"letter\": \"E\"}]}], \"smbios\": {\"manufacturer\": \"C\", "     \
    "\"model\": \"M\"}}"
#define IMAGE(settings) STEP("CaptureSystemImageAction", "osdcapturesystemimage.exe", settings)

static void image_is_captured(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_file_info info;
    dry_open_assuming(&d, OLD_PE, IMAGE(V("OSDCaptureDestination", "E:\\images\\ref.wim")));
    dry_expect(&d, "S ok 0\n");
    assert_true(ts_host_file_info(d.host, "E:/images/ref.wim", &info, NULL));
    assert_true(info.exists);
    dry_close(&d);
    dry_fails(OLD_PE, IMAGE(V("OSDCaptureDestination", "E:\\images")), "no full path of a .wim");
    dry_fails(DRY_PE, IMAGE(V("OSDCaptureDestination", "E:\\ref.wim")), "has a Windows on it");
    dry_fails(OLD_PE,
              IMAGE(V("OSDCaptureDestination", "E:\\ref.wim")
                        V("OSDImageVersion", "123456789012345678901234567890123")),
              "more than 32 characters");
}

#define BACKUP(settings)  SCRIPT("B", "ZTIBackup.wsf\"", settings)
#define SYSPREP(settings) SCRIPT("P", "LTISysprep.wsf\"", settings)

static void backup_writes_an_image_when_it_is_asked_to(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_file_info info;
    dry_open_assuming(&d, OLD_PE, BACKUP(""));
    dry_expect(&d, "B ok 0\n");
    dry_close(&d);
    dry_open_assuming(&d, OLD_PE,
                      BACKUP(V("DoCapture", "YES") V("BackupShare", "E:\\caps")
                                 V("BackupDir", "w11") V("BackupFile", "a.wim")));
    dry_expect(&d, "B ok 0\n");
    assert_true(ts_host_file_info(d.host, "E:/caps/w11/a.wim", &info, NULL));
    assert_true(info.exists);
    dry_close(&d);
    dry_fails(OLD_PE, BACKUP(V("DoCapture", "YES") V("BackupFile", "a.wim")),
              "BackupShare is empty");
    dry_fails(DRY_FULL, BACKUP(V("ComputerBackupLocation", "NETWORK")),
              "a running Windows cannot be captured");
}

static void sysprep_runs_for_an_image_only(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_FULL, SYSPREP(V("DoCapture", "NO")));
    dry_expect(&d, "P ok 0\n");
    dry_close(&d);
    dry_open_assuming(&d, DRY_FULL, SYSPREP(V("DoCapture", "YES")));
    dry_mock(&d, "sysprep.exe", "*/generalize*", 0, NULL);
    dry_expect(&d, "P ok 0\n");
    assert_int_equal(ts_host_sim_called(d.host, "sysprep.exe", NULL), 1);
    dry_close(&d);
    dry_open_assuming(&d, DRY_FULL, SYSPREP(V("DoCapture", "YES")));
    dry_mock(&d, "sysprep.exe", NULL, 5, NULL);
    dry_expect(&d, "P failed 5\n");
    dry_close(&d);
    dry_fails(DRY_FULL, SYSPREP(V("DoCapture", "YES") V("SkipRearm", "YES")), "activation state");
}

/* --- Settings of the running Windows -------------------------------------------------------------
 */

#define STATIC_FULL                                                                                \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"host_name\": "     \
    "\"PC1\", \"domain\": "                                                                        \
    "\"c.com\", \"registry\": {\"HKLM\\\\SOFTWARE\\\\Microsoft\\\\Windows "                        \
    "NT\\\\CurrentVersion\": "                                                                     \
    "{\"RegisteredOwner\": \"Staff\"}, "                                                           \
    "\"HKLM\\\\SYSTEM\\\\CurrentControlSet\\\\Control\\\\TimeZoneInformation\": "                  \
    "{\"TimeZoneKeyName\": \"UTC\"}}, \"nics\": [{\"mac\": \"00:11:22:33:44:55\", \"dhcp\": "      \
    "false, \"ip\": [\"fe80::1\", \"10.0.0.5\"], \"mask\": [\"64\", \"255.255.255.0\"], "          \
    "\"gateway\": \"10.0.0.1\", \"dns\": [\"10.0.0.2\", \"10.0.0.3\"]}], \"smbios\": "             \
    "{\"manufacturer\": \"C\", \"model\": \"M\"}}"

static void settings_of_the_running_windows_become_variables(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, STATIC_FULL,
                      STEP("CaptureWindowsSettingsAction", "osdwinsettings.exe /capture", "")
                          STEP("CaptureNetworkSettingsAction", "osdnetsettings.exe capture",
                               V("OSDMigrateNetworkMembership", "true")));
    dry_set(&d, "OSDRegisteredOrgName", "kept");
    dry_expect(&d, "S ok 0\nS ok 0\n");
    dry_expect_var(&d, "OSDComputerName", "PC1");
    dry_expect_var(&d, "OSDRegisteredUserName", "Staff");
    dry_expect_var(&d, "OSDRegisteredOrgName", "kept");
    dry_expect_var(&d, "OSDTimeZone", "UTC");
    dry_expect_var(&d, "OSDAdapterCount", "1");
    dry_expect_var(&d, "OSDAdapter0MacAddress", "00:11:22:33:44:55");
    dry_expect_var(&d, "OSDAdapter0EnableDHCP", "false");
    dry_expect_var(&d, "OSDAdapter0IPAddressList", "10.0.0.5");
    dry_expect_var(&d, "OSDAdapter0SubnetMask", "255.255.255.0");
    dry_expect_var(&d, "OSDAdapter0Gateways", "10.0.0.1");
    dry_expect_var(&d, "OSDAdapter0DNSServerList", "10.0.0.2,10.0.0.3");
    dry_expect_var(&d, "OSDNetworkJoinType", "0");
    dry_expect_var(&d, "OSDDomainName", "c.com");
    dry_close(&d);
}

static void adapters_of_the_old_windows_are_remembered_by_mdt(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, STATIC_FULL, SCRIPT("N", "ZTINICConfig.wsf\"", ""));
    dry_set(&d, "PHASE", "STATECAPTURE");
    dry_expect(&d, "N ok 0\n");
    dry_expect_var(&d, "OSDAdapter0IPAddressList", "10.0.0.5");
    dry_close(&d);
}

static void settings_that_are_not_wanted_are_left(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, STATIC_FULL,
                      STEP("CaptureWindowsSettingsAction", "osdwinsettings.exe /capture",
                           V("OSDMigrateComputerName", "false")
                               V("OSDMigrateRegistrationInfo", "false")
                                   V("OSDMigrateTimeZone", "false"))
                          STEP("CaptureNetworkSettingsAction", "osdnetsettings.exe capture",
                               V("OSDMigrateAdapterSettings", "false")));
    dry_expect(&d, "S ok 0\nS ok 0\n");
    dry_expect_var(&d, "OSDComputerName", "");
    dry_expect_var(&d, "OSDTimeZone", "");
    dry_expect_var(&d, "OSDAdapterCount", "");
    dry_expect_var(&d, "OSDNetworkJoinType", "");
    dry_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_that_is_too_long_is_not_cut),
        cmocka_unit_test(system_is_installed_with_answers_and_drivers),
        cmocka_unit_test(old_windows_gets_no_answers_before_the_new_one_is_there),
        cmocka_unit_test(domain_of_mdt_goes_before_its_workgroup),
        cmocka_unit_test(bad_values_of_mdt_are_found_before_the_wipe),
        cmocka_unit_test(bad_operating_systems_fail),
        cmocka_unit_test(system_of_the_share_is_installed_with_its_answers),
        cmocka_unit_test(index_of_the_run_goes_before_the_one_of_the_share),
        cmocka_unit_test(bad_entries_of_the_share_are_found_before_the_wipe),
        cmocka_unit_test(image_that_the_share_lacks_and_bad_lists_fail),
        cmocka_unit_test(share_that_cannot_be_looked_at_fails),
        cmocka_unit_test(share_without_a_list_leaves_the_package),
        cmocka_unit_test(drivers_do_nothing_where_mdt_does_nothing),
        cmocka_unit_test(network_adapters_get_static_addresses),
        cmocka_unit_test(domain_is_looked_at_and_joined),
        cmocka_unit_test(tattoo_stands_in_the_registry),
        cmocka_unit_test(scripts_that_serve_mdt_only_have_nothing_to_do),
        cmocka_unit_test(image_is_captured),
        cmocka_unit_test(backup_writes_an_image_when_it_is_asked_to),
        cmocka_unit_test(sysprep_runs_for_an_image_only),
        cmocka_unit_test(settings_of_the_running_windows_become_variables),
        cmocka_unit_test(adapters_of_the_old_windows_are_remembered_by_mdt),
        cmocka_unit_test(settings_that_are_not_wanted_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
