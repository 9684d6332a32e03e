/* unattend_check.c - what Windows Setup knows: components, and the settings right below them.
 * Source: Microsoft, "Unattended Windows Setup Reference", the pages of components and settings
 * (hierarchy and valid configuration passes; names, passes and settings were compared with those of
 * Windows 10; settings of earlier Windows that are no longer listed there are kept). Components
 * that are not in the table are reported by their name only when it is not one of Microsoft's. */
#include <ts/unattend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unattend_node.h"

typedef struct component {
    const char *name;
    const char *passes; /* blank-separated */
    const char *settings;
} component;

static const component known[] = {
    {"Microsoft-Windows-Shell-Setup",
     "offlineServicing generalize specialize auditSystem auditUser oobeSystem",
     "AutoLogon BluetoothTaskbarIconEnabled ClientApplications ComputerName "
     "ConvertibleSlateModePromptPreference "
     "CopyProfile CPUCount DesktopOptimization DisableAutoDaylightTimeSet Display "
     "DoNotCleanTaskBar "
     "EnableStartMenu FirstLogonCommands FolderLocations LogonCommands NotificationArea "
     "OEMInformation "
     "OEMName OOBE OfflineUserAccounts ProductKey RegisteredOrganization RegisteredOwner "
     "ShowPowerButtonOnStartScreen "
     "ShowWindowsLive SignInMode StartPanelOff StartTiles TaskbarLinks Themes TimeZone "
     "UserAccounts "
     "VisualEffects WindowsFeatures"},
    {"Microsoft-Windows-UnattendedJoin", "offlineServicing specialize",
     "Identification OfflineIdentification"},
    {"Microsoft-Windows-International-Core", "specialize oobeSystem",
     "InputLocale SystemLocale UILanguage UILanguageFallback UserLocale"},
    {"Microsoft-Windows-International-Core-WinPE", "windowsPE",
     "InputLocale LayeredDriver SetupUILanguage SystemLocale UILanguage UILanguageFallback "
     "UserLocale"},
    {"Microsoft-Windows-Setup", "windowsPE",
     "ComplianceCheck Diagnostics DiskConfiguration Display DynamicUpdate EnableFirewall "
     "EnableNetwork "
     "ImageInstall LogPath PageFile Restart RunAsynchronous RunSynchronous UpgradeData "
     "UseConfigurationSet "
     "UserData WindowsDeploymentServices"},
    {"Microsoft-Windows-Deployment", "generalize specialize auditSystem auditUser oobeSystem",
     "AuditComputerName DeviceForm ExtendOSPartition Generalize Reseal RunAsynchronous "
     "RunSynchronous"},
    {"Microsoft-Windows-TCPIP", "windowsPE specialize", "IcmpRedirectsEnabled Interfaces"},
    {"Microsoft-Windows-DNS-Client", "specialize",
     "DNSDomain DNSSuffixSearchOrder Interfaces UseDomainNameDevolution"},
    {"Microsoft-Windows-NetBT", "specialize", "EnableLMHOSTS Interfaces"},
    {"Microsoft-Windows-Security-SPP", "generalize", "SkipRearm"},
    {"Microsoft-Windows-Security-SPP-UX", "specialize", "SkipAutoActivation"},
    {"Microsoft-Windows-PnpSysprep", "generalize specialize",
     "DoNotCleanUpNonPresentDevices PersistAllDeviceInstalls"},
    {"Microsoft-Windows-PnpCustomizationsWinPE", "windowsPE", "DriverPaths"},
    {"Microsoft-Windows-PnpCustomizationsNonWinPE", "offlineServicing auditSystem", "DriverPaths"},
    {"Microsoft-Windows-LUA-Settings", "offlineServicing", "EnableLUA"},
};

static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static const component *find(const char *name)
{
    for (size_t i = 0; i < TS_COUNT(known); i++)
        if (ts_str_ieq(known[i].name, name))
            return &known[i];
    return NULL;
}

static void tell(ts_unattend_report report, void *ctx, unsigned line, const char *what,
                 const char *name, const char *where)
{
    char place[32] = "";
    if (line)
        snprintf(place, sizeof place, "line %u: ", line);
    char *text = ts_sprintf("%s%s '%s' %s", place, what, name, where);
    if (text)
        report(ctx, text);
    free(text);
}

static void check_component(const ts_unattend_node *c, const char *pass, ts_unattend_report report,
                            void *ctx)
{
    const char *name = ts_unattend_attr_of(c, "name");
    const component *k = find(name);
    if (!k) {
        if (!ts_str_ihas_prefix(name, "Microsoft-") && !ts_str_ihas_prefix(name, "Networking-") &&
            !ts_str_ihas_prefix(name, "Security-"))
            tell(report, ctx, c->line, "component", name, "is none that Windows Setup knows");
        return;
    }
    if (!has_word(k->passes, pass))
        tell(report, ctx, c->line, "component", name, "has no settings in this pass");
    for (const ts_unattend_node *s = c->first; s; s = s->next)
        if (!has_word(k->settings, s->name))
            tell(report, ctx, s->line, "setting", s->name, "is not one of its component");
}

void ts_unattend_check(const ts_unattend *u, ts_unattend_report report, void *ctx)
{
    for (const ts_unattend_node *s = u->root->first; s; s = s->next) {
        if (strcmp(s->name, "servicing") == 0)
            continue;
        const char *pass = ts_unattend_attr_of(s, "pass");
        bool good = false;
        for (int p = TS_PASS_WINDOWS_PE; p <= TS_PASS_OOBE_SYSTEM; p++)
            good |= strcmp(pass, ts_unattend_pass_name((ts_unattend_pass)p)) == 0;
        if (strcmp(s->name, "settings") != 0)
            tell(report, ctx, s->line, "element", s->name, "does not belong into an answer file");
        else if (!good)
            tell(report, ctx, s->line, "pass", pass, "is none of Windows Setup");
        for (const ts_unattend_node *c = s->first; good && c; c = c->next)
            check_component(c, pass, report, ctx);
    }
}
