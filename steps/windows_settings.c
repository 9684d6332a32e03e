/* windows_settings.c - Apply and Capture Windows Settings. */
#include "capture_run.h"
#include "inputs.h"
#include "settings_answer.h"
#include "steps.h"

static const ts_input apply_inputs[] = {
    TS_IN("OSDComputerName", "ComputerName", TS_STRING, 0, "%_SMSTSMachineName%",
          "Name of the new computer."),
    TS_IN_TEXT("OSDRegisteredUserName", "RegisteredUserName", "Registered user."),
    TS_IN_TEXT("OSDRegisteredOrgName", "RegisteredOrgName", "Registered organisation."),
    TS_IN("OSDProductKey", "ProductKey", TS_STRING, TS_QUASI_SECRET, NULL, "Windows product key."),
    TS_IN_ENUM("OSDServerLicenseMode", "ServerLicenseMode", NULL, "PerSeat PerServer",
               "Licence mode of Windows Server 2003, kept by the editor; without effect here."),
    TS_IN_INT("OSDServerLicenseConnectionLimit", "ServerLicenseConnectionLimit", NULL,
              "Connections of its PerServer licence; without effect here."),
    TS_IN_BOOL("OSDRandomAdminPassword", "RandomAdminPassword", "true",
               "Give the local administrator a random password and disable the account."),
    TS_IN_SECRET("OSDLocalAdminPassword", "AdminPassword",
                 "Password of the local administrator, which is then enabled; not used when "
                 "OSDRandomAdminPassword is true."),
    TS_IN_TEXT("OSDTimeZone", "TimeZone",
               "Language-neutral time zone name ('W. Europe Standard Time')."),
    TS_IN_TEXT("OSDWindowsSettingsInputLocale", "InputLocale", "Keyboard layout."),
    TS_IN_TEXT("OSDWindowsSettingsSystemLocale", "SystemLocale",
               "Locale of programs that do not use Unicode."),
    TS_IN_TEXT("OSDWindowsSettingsUILanguage", "UILanguage", "Language of the user interface."),
    TS_IN_TEXT("OSDWindowsSettingsUILanguageFallback", "UILanguageFallback",
               "Language that is used where the first one is missing."),
    TS_IN_TEXT("OSDWindowsSettingsUserLocale", "UserLocale",
               "Locale of dates, numbers and currency."),
    TS_IN_END,
};
static const char *const programs[] = {"osdwinsettings", NULL};

const ts_step_class ts_step_apply_windows_settings = {
    .type = "SMS_TaskSequence_ApplyWindowsSettingsAction",
    .title = "Apply Windows Settings",
    .family = "windows_settings",
    .help = "Writes name, owner, key, administrator and locale into the answer file of the new "
            "Windows.",
    .programs = programs,
    .phase = TS_PHASE_WINPE,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(SETTINGS) | TS_EFFECT(IDENTITY) | TS_EFFECT(ACCOUNT) |
               TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = apply_inputs,
    .run = ts_windows_settings_run,
    .precheck = ts_windows_settings_precheck,
};

static const ts_input capture_inputs[] = {
    TS_IN_BOOL("OSDMigrateComputerName", "MigrateComputerName", "true",
               "Remember the computer name in OSDComputerName."),
    TS_IN_BOOL("OSDMigrateRegistrationInfo", "MigrateRegistrationInfo", "true",
               "Remember registered user and organisation."),
    TS_IN_BOOL("OSDMigrateTimeZone", "MigrateTimeZone", "true",
               "Remember the time zone in OSDTimeZone."),
    TS_IN_END,
};
static const char *const capture_outputs[] = {"OSDComputerName", "OSDRegisteredUserName",
                                              "OSDRegisteredOrgName", "OSDTimeZone", NULL};

const ts_step_class ts_step_capture_windows_settings = {
    .type = "SMS_TaskSequence_CaptureWindowsSettingsAction",
    .title = "Capture Windows Settings",
    .family = "windows_settings",
    .help = "Reads name, owner and time zone of the running Windows into variables.",
    .programs = programs,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = capture_inputs,
    .outputs = capture_outputs,
    .run = ts_capture_windows_settings_run,
};
