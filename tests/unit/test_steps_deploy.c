/* test_steps_deploy.c - the steps that deploy Windows, through the interpreter on a simulated
 * machine: success and every failure. */
#include "check.h"

#include <stdio.h>

#include <ts/deploy.h>
#include <ts/mem.h>

#include "deploy_body.h"
#include "drivers_run.h"
#include "dry_run.h"
#include "image_find.h"

/* --- Format and Partition Disk -------------------------------------------------------------- */

static void percent_is_of_what_is_left(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_volume_info *v = NULL;
    size_t n = 0;
    uint64_t room = 0;
    dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT));
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "OSDisk", "C:");
    assert_true(ts_host_disk_room(d.host, 0, TS_DISK_GPT, &room, NULL));
    assert_true(ts_host_volumes(d.host, 0, &v, &n, NULL));
    assert_int_equal(n, 4);
    uint64_t left = room / TS_MIB - 276;
    assert_int_equal(v[2].bytes / TS_MIB, left * 90 / 100);
    assert_int_equal(v[3].bytes / TS_MIB, left - left * 90 / 100);
    assert_int_equal(v[0].filesystem, TS_FS_FAT32);
    assert_int_equal(v[3].letter, 0);
    free(v);
    dry_close(&d);
}

#define FIRST V("OSDDiskIndex", "0")

/* ConfigMgr docs, "Log file locations": in memory, then on the disk; a wipe takes it back. */
static void log_goes_to_the_new_disk(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *body, *folder;
    } cases[] = {
        {DISK(UEFI_LAYOUT), "C:\\_SMSTaskSequence\\Logs\\Smstslog"},
        {DISK(UEFI_LAYOUT) APPLY, "C:\\_SMSTaskSequence\\Logs\\Smstslog"},
        {DISK(UEFI_LAYOUT) DISK(V("OSDPartitionStyle", "GPT") V("OSDPartitions0Type", "Primary")),
         "X:\\Windows\\Temp\\SMSTSLog"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        dry_open_assuming(&d, DRY_PE, cases[i].body);
        dry_go(&d);
        dry_expect_var(&d, "_SMSTSLogPath", cases[i].folder);
        dry_close(&d);
    }
}

static void bad_layouts_fail_before_the_disk_is_touched(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *settings, *why;
    } cases[] = {
        {UEFI_LAYOUT, "no disk is named"},
        {V("OSDDiskIndex", "first") UEFI_LAYOUT, "disk number 'first'"},
        {V("OSDDiskIndex", "3") UEFI_LAYOUT, "no disk 3"},
        {FIRST V("TSDiskModel", "Samsung*") UEFI_LAYOUT, "wants 'Samsung*' (TSDiskModel)"},
        {FIRST V("TSDiskSizeMin", "1000") UEFI_LAYOUT, "wants at least 1000"},
        {FIRST V("TSDiskSizeMax", "100") UEFI_LAYOUT, "wants at most 100"},
        {FIRST V("TSDiskSizeMax", "large") UEFI_LAYOUT, "'large' is no number of GB"},
        {V("OSDDiskIndexVariable", "Which") UEFI_LAYOUT, "variable 'Which'"},
        {FIRST V("OSDPartitionStyle", "GPT"), "no partition"},
        {FIRST V("OSDPartitionStyle", "XYZ"), "XYZ"},
        {FIRST EFI V("OSDPartitions2Type", "Odd"), "type 'Odd'"},
        {FIRST EFI V("OSDPartitions2Type", "Primary") V("OSDPartitions2Size", "300")
             V("OSDPartitions2SizeUnits", "GB"),
         "too small"},
        {FIRST EFI V("OSDPartitions2Type", "Primary") V("OSDPartitions2Size", "101")
             V("OSDPartitions2SizeUnits", "%"),
         "101"},
        {FIRST EFI V("OSDPartitions2Type", "Primary") V("OSDPartitions2FileSystem", "ext4"),
         "ext4"},
        {FIRST EFI V("OSDPartitions2Type", "Logical") V("OSDPartitions2Size", "10"), "partition 3"},
        {FIRST BIOS_LAYOUT, "UEFI and cannot start from an MBR disk"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        ts_disk_info *disks = NULL;
        size_t n = 0;
        char *body = ts_sprintf(ANY_DISK("%s"), cases[i].settings);
        dry_open_assuming(&d, DRY_PE, body);
        dry_go(&d);
        dry_expect_text(&d, cases[i].why);
        assert_true(ts_host_disks(d.host, &disks, &n, NULL));
        assert_int_equal(disks[0].style, TS_DISK_RAW);
        free(disks);
        free(body);
        dry_close(&d);
    }
}

static void disk_that_is_the_one_wanted_is_wiped(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, "{\"name\": \"m\", \"firmware\": \"uefi\", " DRY_HARDWARE "}",
                      DISK(V("TSDiskModel", "*") V("TSDiskSizeMin", "256") V("TSDiskSizeMax", "256")
                               UEFI_LAYOUT));
    dry_expect(&d, "S ok 0\n");
    dry_close(&d);
}

static void bios_machine_takes_mbr_and_refuses_a_gpt_boot_disk(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, BIOS_PE, DISK(BIOS_LAYOUT));
    dry_expect(&d, "S ok 0\n");
    dry_close(&d);
    dry_fails(BIOS_PE, DISK(UEFI_LAYOUT), "BIOS and cannot start from a GPT disk");
    /* BIOS to UEFI: TSUEFIDrive asks for the conversion at the next restart. */
    dry_open_assuming(&d, BIOS_PE,
                      DISK(EFI V("OSDPartitions0VolumeLetterVariable", "TSUEFIDrive")));
    dry_expect(&d, "S ok 0\n");
    dry_close(&d);
}

/* MDT documentation, ZTIDiskpart: one partition on the disk gets its boot partitions added. */
#define MDT_DISK                                                                                   \
    STEP("PartitionDiskAction", "cscript.exe \"%SCRIPTROOT%\\ZTIDiskpart.wsf\"",                   \
         V("OSDPartitions", "1") V("OSDPartitions0Type", "Primary")                                \
             V("OSDPartitions0FileSystem", "NTFS") V("OSDPartitions0Size", "2")                    \
                 V("OSDPartitions0SizeUnits", "GB")                                                \
                     V("OSDPartitions0VolumeLetterVariable", "OSDisk"))

static void mdt_layout_gets_boot_partitions(void **state)
{
    TS_UNUSED(state);
    static const char step[] = MDT_DISK;
    dry_run d;
    ts_volume_info *v = NULL;
    size_t n = 0;
    dry_open_assuming(&d, DRY_PE, step);
    dry_expect(&d, "S ok 0\n");
    dry_expect_var(&d, "OSDisk", "C:");
    assert_true(ts_host_volumes(d.host, 0, &v, &n, NULL));
    assert_int_equal(n, 4);
    assert_int_equal(v[1].kind, TS_PARTITION_EFI);
    assert_int_equal(v[1].bytes, 499 * TS_MIB);
    assert_int_equal(v[3].bytes, 2000 * TS_MIB); /* MDT counts 1000 */
    free(v);
    dry_close(&d);
    dry_open_assuming(&d, BIOS_PE, step);
    dry_expect(&d, "S ok 0\n");
    assert_true(ts_host_volumes(d.host, 0, &v, &n, NULL));
    assert_int_equal(n, 2);
    assert_true(v[0].is_active);
    assert_false(v[1].is_active);
    free(v);
    dry_close(&d);
}

/* The same documentation: the media that hold the share may be a partition of the disk. */
static void mdt_disk_with_the_share_stays(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *root;
        bool stays;
    } cases[] = {{"C:\\Deploy", true}, {"\\\\server\\share", false}, {"Z:\\", false}};
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        dry_run d;
        ts_volume_info *v = NULL;
        size_t n = 0;
        dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT) MDT_DISK);
        dry_set(&d, "DeployRoot", cases[i].root);
        dry_expect(&d, "S ok 0\nS ok 0\n");
        assert_true(ts_host_volumes(d.host, 0, &v, &n, NULL));
        assert_int_equal(n, 4); /* of the first layout, or in another order of the second */
        assert_int_equal(v[0].kind == TS_PARTITION_EFI, cases[i].stays);
        free(v);
        if (cases[i].stays)
            dry_expect_log(&d, "is on disk 0: the disk stays as it is");
        else
            dry_expect_no_log(&d, "the disk stays as it is");
        dry_close(&d);
    }
}

/* --- Apply Operating System ----------------------------------------------------------------- */

static void image_is_applied_and_started(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS("") SETUP);
    dry_expect(&d, "S ok 0\nS ok 0\nS ok 0\nS ok 0\nrestart to the full OS\n");
    dry_expect_var(&d, "OSDTargetSystemDrive", "C:");
    assert_int_equal(ts_host_phase(d.host), TS_PHASE_FULL_OS);
    dry_expect_log(&d, "assumed to be there");
    dry_close(&d);
}

static void image_that_does_not_fit_fails_before_the_wipe(void **state)
{
    TS_UNUSED(state);
    dry_fails(WITH_IMAGES("{\"file\": \"TSQ00001\", \"index\": 3}"), DISK(UEFI_LAYOUT) APPLY,
              "has no image '1'; it holds 3");
    dry_fails(WITH_IMAGES("{\"file\": \"TSQ00001\", \"os\": {\"architecture\": \"arm64\"}}"),
              DISK(UEFI_LAYOUT) APPLY, "arm64");
    dry_fails(WITH_IMAGES("{\"file\": \"TSQ00001\", \"bytes\": \"300 GB\"}"),
              DISK(UEFI_LAYOUT) APPLY, "MiB");
    dry_fails(DRY_PE, APPLY, "'OSDisk', which is not set");
}

static void image_is_found_by_edition(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(
        &d,
        WITH_IMAGES("{\"file\": \"TSQ00001\", \"os\": {\"edition\": \"Core\"}}, {\"file\": "
                    "\"TSQ00001\", \"index\": 2, \"os\": {\"edition\": \"Professional\"}}"),
        DISK(UEFI_LAYOUT) STEP("ApplyOperatingSystemAction", "OSDApplyOS.exe",
                               V("ImagePackageID", "TSQ00001") V("OSDImageIndex", "professional")));
    dry_expect(&d, "S ok 0\nS ok 0\n"); /* and the next free partition is the target */
    dry_expect_log(&d, "applying image 2");
    dry_close(&d);
}

/* Nothing that holds files is overwritten unless the sequence names it. */
static void volume_with_files_is_no_target_without_a_name(void **state)
{
    TS_UNUSED(state);
#define DATA_DISK                                                                                  \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", "             \
    "\"model\": \"M\"}, "                                                                          \
    "\"files\": {\"D:/photos/1.jpg\": {\"size\": 5}}, \"disks\": [{\"style\": \"gpt\", \"size\": " \
    "\"256 GB\", "                                                                                 \
    "\"partitions\": [{\"size\": \"100 GB\", \"filesystem\": \"ntfs\", \"letter\": \"D\"}]}]}"
    static const char step[] = STEP("ApplyOperatingSystemAction", "OSDApplyOS.exe",
                                    V("ImagePackageID", "TSQ00001") V("OSDImageIndex", "1"));
    dry_fails(DATA_DISK, step, "the step names no target, and volume D: holds files");
}

static void volume_of_a_disk_without_a_place_to_start_from_is_not_wiped(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_file_info info;
    dry_open_assuming(&d, DATA_DISK,
                      STEP("ApplyOperatingSystemAction", "OSDApplyOS.exe",
                           V("ImagePackageID", "TSQ00001") V("OSDImageIndex", "1")
                               V("DestinationDriveLetter", "D:")));
    dry_go(&d);
    dry_expect_text(&d, "no partition to start Windows from: make an EFI partition");
    assert_true(ts_host_file_info(d.host, "D:/photos/1.jpg", &info, NULL) && info.exists);
    dry_close(&d);
}

static void administrator_is_enabled_with_an_encoded_password(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE,
                      DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDLocalAdminPassword", "S3cret!x") V(
                          "OSDRandomAdminPassword", "false") V("OSDTimeZone", "utc")));
    dry_expect(&d, "S ok 0\nS ok 0\nS ok 0\n");
    dry_expect_answer(&d, "<ComputerName>PC-7</ComputerName>");
    dry_expect_answer(&d, "/active:yes");
    dry_expect_answer(&d, "<PlainText>false</PlainText>");
    dry_expect_answer(&d, "<TimeZone>UTC</TimeZone>");
    char *text = dry_answer_file(&d);
    assert_null(strstr(text, "S3cret"));
    free(text);
    dry_expect_no_log(&d, "S3cret");
    dry_close(&d);
}

static void bad_settings_fail(void **state)
{
    TS_UNUSED(state);
    dry_fails(DRY_PE, SETTINGS(""), "no operating system was applied");
    dry_fails(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDTimeZone", "W Europe Standard Time")),
              "did you mean 'W. Europe Standard Time'");
    dry_fails(DRY_PE, DISK(UEFI_LAYOUT) APPLY SETTINGS(V("OSDProductKey", "12345")), "XXXXX");
    dry_fails(DRY_PE,
              DISK(UEFI_LAYOUT) APPLY STEP("ApplyWindowsSettingsAction", "osdwinsettings.exe",
                                           V("OSDComputerName", "a name that is far too long")),
              "OSDComputerName");
}

static void workgroup_and_addresses_go_into_the_answer_file(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(
        &d, DRY_PE,
        DISK(UEFI_LAYOUT) APPLY NETWORK(
            V("OSDNetworkJoinType", "1") V("OSDWorkgroupName", "FIELD") V("OSDAdapterCount", "1") V(
                "OSDAdapter0MacAddress", "00:11:22:33:44:55") V("OSDAdapter0EnableDHCP", "false")
                V("OSDAdapter0IPAddressList", "10.0.0.5")
                    V("OSDAdapter0SubnetMask", "255.255.254.0") V("OSDAdapter0Gateways", "10.0.0.1")
                        V("OSDAdapter0DNSServerList", "10.0.0.2,10.0.0.3")) SETTINGS("")
            SETUP BITLOCKER(V("OSDBitLockerCreateRecoveryPassword", "AD") V(
                "OSDBitLockerMode", "Key") V("OSDBitLockerStartupKeyDrive", "E:")));
    dry_go(&d);
    dry_expect_text(&d, "workgroup 'FIELD'"); /* Setup has joined it */
    dry_expect_answer(&d, "<JoinWorkgroup>FIELD</JoinWorkgroup>");
    dry_expect_answer(&d, "<Identifier>00-11-22-33-44-55</Identifier>");
    dry_expect_answer(&d, ">10.0.0.5/23</IpAddress>");
    dry_expect_answer(&d, ">10.0.0.3</IpAddress>");
    dry_close(&d);
}

static void options_without_effect_are_warnings(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRY_PE,
                      DISK(UEFI_LAYOUT)
                          APPLY NETWORK(V("OSDNetworkJoinType", "1") V("OSDWorkgroupName", "FIELD"))
                              SETTINGS(""));
    dry_set(&d, "OSDAdapterCount", "2");
    dry_set(&d, "OSDAdapter0Name", "a");
    dry_set(&d, "OSDAdapter0EnableDHCP", "true");
    dry_set(&d, "OSDAdapter0EnableDNSRegistration", "true");
    dry_set(&d, "OSDAdapter0TcpipNetbiosOptions", "0");
    dry_set(&d, "OSDAdapter1Name", "b");
    dry_set(&d, "OSDAdapter1EnableDHCP", "true");
    dry_set(&d, "OSDAdapter1EnableDNSRegistration", "false");
    dry_set(&d, "OSDEnableTCPIPFiltering", "false");
    dry_set(&d, "OSDLayeredDriver", "3");
    dry_set(&d, "OSDPreserveDriveLetter", "False");
    dry_go(&d);
    dry_expect_log(&d, "'OSDLayeredDriver' is '3', and this build does nothing with it");
    dry_expect_log(&d, "'OSDAdapter1EnableDNSRegistration' is 'false', and this build");
    dry_expect_no_log(&d, "'OSDAdapter0");
    dry_expect_no_log(&d, "'OSDPreserveDriveLetter'");
    dry_expect_no_log(&d, "'OSDEnableTCPIPFiltering'");
    dry_close(&d);
}

static void bad_networks_fail(void **state)
{
    TS_UNUSED(state);
    dry_fails(DRY_PE,
              DISK(UEFI_LAYOUT)
                  APPLY NETWORK(V("OSDNetworkJoinType", "1") V("OSDWorkgroupName", "A/B")),
              "OSDWorkgroupName");
    dry_fails(DRY_PE,
              DISK(UEFI_LAYOUT)
                  APPLY NETWORK(V("OSDNetworkJoinType", "0") V("OSDDomainName", "c.com")),
              "OSDJoinAccount");
    dry_fails(DRY_PE,
              DISK(UEFI_LAYOUT) APPLY NETWORK(
                  V("OSDAdapterCount", "1") V("OSDAdapter0Name", "Ethernet")
                      V("OSDAdapter0EnableDHCP", "false") V("OSDAdapter0IPAddressList", "10.0.0.5")
                          V("OSDAdapter0SubnetMask", "255.0.255.0")),
              "mask '255.0.255.0'");
}

/* --- BitLocker ------------------------------------------------------------------------------ */

#define FULL(more)                                                                                 \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"full\"}, \"disks\": "         \
    "[{\"size\": "                                                                                 \
    "\"64 GB\", \"style\": \"gpt\", \"partitions\": [{\"filesystem\": \"ntfs\", \"letter\": "      \
    "\"C\"}]}], \"smbios\": {\"manufacturer\": \"C\", \"model\": \"M\"}" more "}"
#define TPM ", \"tpm\": {\"version\": \"2.0\"}"

static void bitlocker_ends_as_the_machine_lets_it(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, FULL(TPM), BITLOCKER(V("OSDBitLockerCreateRecoveryPassword", "AD")));
    dry_expect(&d, "S failed 2147942405\n");
    dry_expect_text(&d, "Active Directory");
    dry_expect_text(&d, "what to do: join a domain before this step");
    dry_close(&d);
    dry_open_assuming(&d, FULL(TPM ", \"domain\": \"c.com\""),
                      BITLOCKER(V("OSDBitLockerCreateRecoveryPassword", "AD")));
    dry_expect(&d, "S ok 0\n");
    dry_close(&d);
    dry_open_assuming(&d, FULL(TPM ", \"domain\": \"c.com\""),
                      BITLOCKER(V("OSDBitLockerCreateRecoveryPassword", "AD")
                                    V("OSDBitLockerTargetDrive", "Q:")));
    dry_go(&d); /* not for want of the directory: its advice would lead astray */
    dry_expect_text(&d, "no volume of a disk has the letter Q:");
    dry_expect_no_log(&d, "what to do");
    dry_close(&d);
    dry_fails(FULL(""), BITLOCKER(""), "no TPM");
    dry_open_assuming(&d, FULL(""), BITLOCKER(V("OSDBitLockerSkipWhenNoValidTPM", "true")));
    dry_expect(&d, "S ok 0\n");
    dry_expect_log(&d, "no usable TPM");
    dry_close(&d);
    dry_fails(FULL(TPM), BITLOCKER(V("OSDBitLockerMode", "TPMAndPIN")), "PIN");
    dry_fails(FULL(TPM), BITLOCKER(V("OSDBitLockerMode", "Key")), "startup key");
    dry_fails(FULL(TPM), BITLOCKER(V("OSDBitLockerMode", "Dongle")), "'Dongle' is not known");
    /* The last group is not divisible by 11. */
    dry_fails(FULL(TPM),
              BITLOCKER(V("OSDBitLockerRecoveryPassword",
                          "000011-000022-000033-000044-000055-000066-000077-000089")),
              "no recovery password");
    dry_open_assuming(&d, FULL(TPM),
                      BITLOCKER(V("OSDBitLockerRecoveryPassword",
                                  "000011-000022-000033-000044-000055-000066-000077-000088")));
    dry_expect(&d, "S ok 0\n");
    dry_expect_no_log(&d, "000088");
    dry_close(&d);
    dry_fails(DRY_PE, BITLOCKER(""), "Pre-provision");
    dry_fails(FULL(TPM),
              STEP("DisableBitLockerAction", "OSDBitLocker.exe /disable",
                   V("OSDBitLockerRebootCount", "16")),
              "16");
}

/* --- Drivers -----------------------------------------------------------------------------------
 */

#define DRIVERS(more)                                                                              \
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"files\": {"                                       \
    "\"X:/_SMSTaskSequence/Packages/Drivers/a/good.inf\": {\"content\": \"[Manufacturer]\\nM=D,"   \
    "NTamd64\\n[D.NTamd64]\\nX=I,PCI\\\\VEN_1&DEV_2\\n\"}, "                                       \
    "\"X:/_SMSTaskSequence/Packages/Drivers/b/less.inf\": {\"content\": \"[Manufacturer]\\nM=D,"   \
    "NTamd64\\n[D.NTamd64]\\nX=I,PCI\\\\VEN_1\\n\"}}, \"devices\": "                               \
    "[\"PCI\\\\VEN_1&DEV_2,PCI\\\\VEN_1\", \"ACPI\\\\NONE\"]" more ", " DRY_HARDWARE "}"

static void best_driver_is_added_and_the_reason_said(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, DRIVERS(""),
                      DISK(UEFI_LAYOUT)
                          APPLY STEP("AutoApplyAction", "osddriverclient.exe /auto", ""));
    dry_expect(&d, "S ok 0\nS ok 0\nS ok 0\n");
    dry_expect_log(&d, "good.inf' (no version) fits device 'PCI\\VEN_1&DEV_2'");
    dry_expect_log(&d, "1 of 2 drivers were added");
    dry_expect_log(&d, "no driver of the package fits device 'ACPI\\NONE'");
    dry_close(&d);
}

static void put_drivers(dry_run *d, const char *folder, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char *path = ts_sprintf("X:/_SMSTaskSequence/Packages/Drivers%s/%u.inf", folder, i);
        assert_true(path && ts_host_sim_file(d->host, path, "", 0, NULL));
        free(path);
    }
}

static void driver_packages_have_limits(void **state)
{
    TS_UNUSED(state);
    static const char body[] = DISK(UEFI_LAYOUT)
        APPLY STEP("AutoApplyAction", "osddriverclient.exe /auto", "");
    char deep[2 * TS_DRIVERS_DEPTH + 3] = "";
    for (unsigned i = 0; i <= TS_DRIVERS_DEPTH; i++)
        strcat(deep, "/d");
    for (unsigned more = 0; more < 2; more++) {
        dry_run d;
        dry_open_assuming(&d, DRIVERS(""), body);
        put_drivers(&d, deep + (more ? 0 : 2), 1);
        dry_go(&d);
        if (more)
            dry_expect_text(&d, "lies more than 16 folders deep");
        else
            assert_int_equal(d.report.outcome, TS_OUTCOME_OK);
        dry_close(&d);
    }
    dry_run d;
    dry_open_assuming(&d, DRIVERS(""), body);
    put_drivers(&d, "", TS_DRIVERS_MAX - 1); /* the machine has two */
    dry_go(&d);
    dry_expect_text(&d, "the package has more than 5000 drivers");
    dry_close(&d);
}

/* As many as a profile can have. */
static void every_device_of_a_large_machine_is_looked_at(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    ts_buf devices;
    ts_buf_init(&devices, 1024 * 1024);
    for (unsigned i = 0; i < 999; i++)
        ts_buf_printf(&devices, "\"ACPI\\\\DEV%u\", ", i);
    char *machine = ts_sprintf("{\"name\": \"m\", \"firmware\": \"uefi\", \"files\": {"
                               "\"X:/_SMSTaskSequence/Packages/Drivers/a.inf\": {\"content\": "
                               "\"[Manufacturer]\\nM=D,NTamd64\\n[D.NTamd64]\\nX=I,PCI\\\\VEN_1"
                               "\\n\"}}, \"devices\": [%s\"PCI\\\\VEN_1\"], " DRY_HARDWARE "}",
                               ts_buf_text(&devices));
    dry_open_assuming(&d, machine,
                      DISK(UEFI_LAYOUT)
                          APPLY STEP("AutoApplyAction", "osddriverclient.exe /auto", ""));
    dry_go(&d);
    dry_expect_log(&d, "fits device 'PCI\\VEN_1'");
    dry_expect_log(&d, "1 of 1 drivers were added");
    dry_close(&d);
    free(machine);
    ts_buf_done(&devices);
}

static void split_image_has_a_limit_of_parts(void **state)
{
    TS_UNUSED(state);
    for (unsigned more = 0; more < 2; more++) {
        dry_run d;
        dry_open_assuming(&d,
                          WITH_IMAGES("{\"file\": \"TSQ00001\", \"os\": {\"edition\": \"Core\"}}"),
                          DISK(UEFI_LAYOUT) STEP("ApplyOperatingSystemAction", "OSDApplyOS.exe",
                                                 V("ImagePackageID", "TSQ00001")));
        for (unsigned i = 1; i <= TS_SWM_PARTS_MAX + 1 + more; i++) {
            char number[16] = "";
            if (i > 1)
                snprintf(number, sizeof number, "%u", i);
            char *path = ts_sprintf("X:/_SMSTaskSequence/Packages/TSQ00001/install%s.swm", number);
            assert_true(path && ts_host_sim_file(d.host, path, "", 0, NULL));
            free(path);
        }
        dry_go(&d);
        if (more)
            dry_expect_text(&d, "the image has more than 64 parts");
        else
            assert_int_equal(d.report.outcome, TS_OUTCOME_OK);
        dry_close(&d);
    }
}

static void driver_package_without_inf_fails(void **state)
{
    TS_UNUSED(state);
    dry_fails("{\"name\": \"m\", \"firmware\": \"uefi\", \"files\": "
              "{\"X:/_SMSTaskSequence/Packages/P1/setup.exe\": {\"size\": 5}}, " DRY_HARDWARE "}",
              DISK(UEFI_LAYOUT) APPLY STEP("ApplyDriverPackageAction", "osddriverclient.exe",
                                           V("OSDApplyDriverDriverPackageID", "P1")),
              "no INF file");
}

static void join_and_network_folder_change_the_machine(void **state)
{
    TS_UNUSED(state);
    dry_run d;
    dry_open_assuming(&d, FULL(""),
                      STEP("JoinDomainWorkgroupAction", "osdjoin.exe",
                           V("OSDJoinType", "1") V("OSDJoinWorkgroupName", "FIELD")
                               V("OSDJoinSkipReboot", "true"))
                          STEP("ConnectNetworkFolderAction", "smsnetuse.exe",
                               V("SMSConnectNetworkFolderPath", "\\\\s\\share")
                                   V("SMSConnectNetworkFolderDriveLetter", "Z:")));
    dry_expect(&d, "S ok 0\nS ok 0\n");
    dry_close(&d);
    dry_fails(FULL(""),
              STEP("ConnectNetworkFolderAction", "smsnetuse.exe",
                   V("SMSConnectNetworkFolderPath", "\\\\s\\share")
                       V("SMSConnectNetworkFolderDriveLetter", "X:")),
              "not X:");
    dry_fails(FULL(""),
              STEP("JoinDomainWorkgroupAction", "osdjoin.exe",
                   V("OSDJoinType", "0") V("OSDJoinDomainName", "c.com") V("OSDJoinAccount", "a")),
              "cannot be reached");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_is_of_what_is_left),
        cmocka_unit_test(log_goes_to_the_new_disk),
        cmocka_unit_test(bad_layouts_fail_before_the_disk_is_touched),
        cmocka_unit_test(disk_that_is_the_one_wanted_is_wiped),
        cmocka_unit_test(bios_machine_takes_mbr_and_refuses_a_gpt_boot_disk),
        cmocka_unit_test(mdt_layout_gets_boot_partitions),
        cmocka_unit_test(mdt_disk_with_the_share_stays),
        cmocka_unit_test(image_is_applied_and_started),
        cmocka_unit_test(image_that_does_not_fit_fails_before_the_wipe),
        cmocka_unit_test(image_is_found_by_edition),
        cmocka_unit_test(volume_with_files_is_no_target_without_a_name),
        cmocka_unit_test(volume_of_a_disk_without_a_place_to_start_from_is_not_wiped),
        cmocka_unit_test(administrator_is_enabled_with_an_encoded_password),
        cmocka_unit_test(bad_settings_fail),
        cmocka_unit_test(workgroup_and_addresses_go_into_the_answer_file),
        cmocka_unit_test(options_without_effect_are_warnings),
        cmocka_unit_test(bad_networks_fail),
        cmocka_unit_test(bitlocker_ends_as_the_machine_lets_it),
        cmocka_unit_test(best_driver_is_added_and_the_reason_said),
        cmocka_unit_test(driver_packages_have_limits),
        cmocka_unit_test(every_device_of_a_large_machine_is_looked_at),
        cmocka_unit_test(split_image_has_a_limit_of_parts),
        cmocka_unit_test(driver_package_without_inf_fails),
        cmocka_unit_test(join_and_network_folder_change_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
