/* mdt_os.c - MDT: installing the operating system (LTIApply), its answer file (ZTIConfigure), the
 * recovery environment, and the scripts that go over to the new Windows. */
#include "boot_image.h"
#include "inputs.h"
#include "mdt_deploy.h"
#include "mdt_optional.h"
#include "steps.h"

static const ts_input workbench_inputs[] = {TS_IN_WORKBENCH, TS_IN_END};

static const ts_input install_inputs[] = {
    TS_IN_TEXT("OSGUID", NULL, "The operating system of the deployment share."),
    TS_IN_ENUM("DestinationOSInstallType", NULL, "ByVariable",
               "ByVariable ByDriveLetter ByDiskPartition NextPartition",
               "How the target volume is chosen."),
    TS_IN_TEXT("DestinationOSVariable", NULL, "ByVariable: variable that holds the drive letter."),
    TS_IN_TEXT("DestinationOSDriveLetter", NULL, "ByDriveLetter: the drive letter."),
    TS_IN_INT("DestinationDisk", NULL, "0", "ByDiskPartition: disk number, from 0."),
    TS_IN_INT("DestinationPartition", NULL, "1", "ByDiskPartition: partition number, from 1."),
    TS_IN_TEXT("DestinationOSRefresh", NULL, TS_IN_KEPT),
    TS_IN_TEXT("IsOSUpgrade", NULL, "1: upgrade the running Windows instead."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const apply_programs[] = {"ltiapply", NULL};
static const char *const install_outputs[] = {"OSDisk",
                                              "OSDTargetSystemDrive",
                                              "OSDTargetSystemRoot",
                                              "OSDTargetDriveCache",
                                              "_TSTargetArchitecture",
                                              "ImageFlags",
                                              "ImageBuild",
                                              "ImageProcessor",
                                              TS_MDT_DRIVERS_DONE_VARIABLE,
                                              NULL};

const ts_step_class ts_step_mdt_install_os = {
    .type = "BDD_InstallOS",
    .title = "Install Operating System (MDT)",
    .family = "mdt_os",
    .help = "Writes a Windows image of the deployment share to the target volume and makes it "
            "bootable.",
    .programs = apply_programs,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(FILE) |
               TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = install_inputs,
    .outputs = install_outputs,
    .run = ts_mdt_install_os_run,
    .precheck = ts_mdt_install_os_precheck,
};

static const ts_input upgrade_inputs[] = {
    TS_IN_TEXT("OSGUID", NULL, "The operating system of the deployment share."),
    TS_IN_TEXT("IsOSUpgrade", NULL, "1: this is an upgrade."),
    TS_IN_BOOL("DynamicallyUpdateWinSetup", NULL, "false", "Let Windows Setup fetch its updates."),
    TS_IN_TEXT("WindowsUpgradeAdditionalOptions", NULL, "More options for setup.exe."),
    TS_IN("ProductKey", NULL, TS_STRING, TS_QUASI_SECRET, NULL, "Product key."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const upgrade_outputs[] = {"_SMSTSOSUpgradeActionReturnCode", NULL};

const ts_step_class ts_step_mdt_upgrade_os = {
    .type = "BDD_UpgradeOS",
    .title = "Upgrade Operating System (MDT)",
    .family = "mdt_os",
    .help = "Upgrades the running Windows with the setup of the deployment share.",
    .programs = apply_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(IMAGE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(SOFTWARE) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_STOP,
    .hands_over = TS_RESTART_OS,
    .inputs = upgrade_inputs,
    .outputs = upgrade_outputs,
    .cannot = "this build does not follow Windows Setup through an upgrade: run setup.exe as a "
              "command line",
};

static const ts_input pe_inputs[] = {
    TS_IN_BOOT_IMAGE,
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const pe_programs[] = {"ltiapply /pe", NULL};
static const char *const pe_outputs[] = {"BootPE", NULL};

const ts_step_class ts_step_lti_apply_pe = {
    .type = "LTIApplyPE",
    .title = "Apply Windows PE (MDT)",
    .family = "mdt_os",
    .help = "Stages a boot image on the disk and makes the machine start it once.",
    .programs = pe_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(NET),
    .resume = TS_RESUME_AGAIN,
    .inputs = pe_inputs,
    .outputs = pe_outputs,
    .run = ts_mdt_apply_pe_run,
    .precheck = ts_boot_image_precheck,
};

static const char *const post_programs[] = {"ltiapply /post", NULL};

const ts_step_class ts_step_lti_apply_post = {
    .type = "LTIApplyPost",
    .title = "Post-Apply Cleanup (MDT)",
    .family = "mdt_os",
    .help = "Removes what the deployment left in the new Windows.",
    .programs = post_programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .run = ts_mdt_post_apply_run,
};

static const char *const copy_programs[] = {"lticopyscripts", NULL};

const ts_step_class ts_step_lti_copy_scripts = {
    .type = "LTICopyScripts",
    .title = "Copy Scripts (MDT)",
    .family = "mdt_os",
    .help = "Copies the scripts and tools that are needed after a restart to the local disk.",
    .programs = copy_programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = workbench_inputs,
    .run = ts_mdt_copy_scripts_run,
};

static const ts_input configure_inputs[] = {
    TS_IN_TEXT("OSDComputerName", NULL, "Name of the new computer."),
    TS_IN_TEXT("FullName", NULL, "Registered user."),
    TS_IN_TEXT("OrgName", NULL, "Registered organisation."),
    TS_IN("ProductKey", NULL, TS_STRING, TS_QUASI_SECRET, NULL, "Product key."),
    TS_IN("OverrideProductKey", NULL, TS_STRING, TS_QUASI_SECRET, NULL,
          "Multiple activation key, used after Setup."),
    TS_IN_SECRET("AdminPassword", NULL, "Password of the local administrator."),
    TS_IN_TEXT("JoinDomain", NULL, "Domain to join."),
    TS_IN_TEXT("JoinWorkgroup", NULL, "Workgroup to join."),
    TS_IN_TEXT("MachineObjectOU", NULL, "Organisational unit as an LDAP path."),
    TS_IN_TEXT("DomainAdmin", NULL, "Account that joins the domain."),
    TS_IN_TEXT("DomainAdminDomain", NULL, "Domain of that account."),
    TS_IN_SECRET("DomainAdminPassword", NULL, "Password of that account."),
    TS_IN_TEXT("TimeZoneName", NULL, "Time zone name."),
    TS_IN_TEXT("UILanguage", NULL, "Language of the user interface."),
    TS_IN_TEXT("UserLocale", NULL, "Locale of dates, numbers and currency."),
    TS_IN_TEXT("KeyboardLocale", NULL, "Keyboard layout."),
    TS_IN_TEXT("Home_Page", NULL, "Home page of the browser."),
    TS_IN_INT("Xresolution", NULL, NULL, "Screen width in pixels."),
    TS_IN_INT("Yresolution", NULL, NULL, "Screen height in pixels."),
    TS_IN_INT("BitsPerPel", NULL, NULL, "Colour depth."),
    TS_IN_INT("Vrefresh", NULL, NULL, "Refresh rate."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const configure_programs[] = {"zticonfigure", NULL};

const ts_step_class ts_step_zti_configure = {
    .type = "ZTIConfigure",
    .title = "Configure (MDT)",
    .family = "mdt_os",
    .help = "Writes the settings of the run into the answer file of the new Windows.",
    .programs = configure_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(SETTINGS) | TS_EFFECT(IDENTITY) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = configure_inputs,
    .run = ts_mdt_configure_run,
    .precheck = ts_mdt_configure_precheck,
};

static const ts_input re_inputs[] = {
    TS_IN_ENUM("PrepareWinRE", NULL, NULL, "YES NO", "YES: set up the recovery environment."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const re_programs[] = {"ztiwinre", NULL};

const ts_step_class ts_step_zti_win_re = {
    .type = "ZTIWinRE",
    .title = "Add Windows Recovery (MDT)",
    .family = "mdt_os",
    .help = "Puts the recovery environment on its partition when PrepareWinRE is YES.",
    .programs = re_programs,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(DISK_WRITE),
    .resume = TS_RESUME_AGAIN,
    .inputs = re_inputs,
    .run = ts_mdt_optional_run,
    .precheck = ts_mdt_optional_run,
};
