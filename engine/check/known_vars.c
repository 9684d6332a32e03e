/* known_vars.c - variables that exist without anybody in the sequence setting them. '#': digits. */
#include <string.h>

#include "lint.h"

/* ConfigMgr docs: "Task sequence variables", and the inputs of its built-in steps. */
static const char *const configmgr[] = {
    "_OSDDetectedWinDir", "_OSDDetectedWinDrive", "_OSDMigrateOfflineUserState",
    "_OSDMigrateUseHardlinks", "_OSDMigrateUsmtPackageID", "_OSDMigrateUsmtRestorePackageID",
    "_SMSClientPackageID", "_SMSClientPreProductionPackageID", "_SMSMediaGuid",
    "_SMSSWDProgramName", "_SMSTSAdvertID", "_SMSTSAppInstallNeedsRetry", "_SMSTSAssetTag",
    "_SMSTSBootImageID", "_SMSTSBootMediaPackageID", "_SMSTSBootUEFI", "_SMSTSClientCache",
    "_SMSTSClientGUID", "_SMSTSCurrentActionName", "_SMSTSCustomProgressDialogMessage",
    "_SMSTSDefaultGateways", "_SMSTSDownloadOnDemand", "_SMSTSHTTPPort", "_SMSTSHTTPSPort",
    "_SMSTSIISSSLState", "_SMSTSInstructionTableSize", "_SMSTSInWinPE", "_SMSTSIPAddresses",
    "_SMSTSLastActionName", "_SMSTSLastActionRetCode", "_SMSTSLastActionSucceeded",
    "_SMSTSLastContentDownloadLocation", "_SMSTSLaunchMode", "_SMSTSLogPath", "_SMSTSMacAddresses",
    "_SMSTSMachineName", "_SMSTSMake", "_SMSTSMDataPath", "_SMSTSMediaPFX", "_SMSTSMediaType",
    "_SMSTSModel", "_SMSTSMP", "_SMSTSMPPort", "_SMSTSNextInstructionPointer", "_SMSTSOrgName",
    "_SMSTSOSUpgradeActionReturnCode", "_SMSTSPackageID", "_SMSTSPackageName", "_SMSTSPackagePath",
    "_SMSTSPublicRootKey", "_SMSTSReserved1", "_SMSTSReserved1-#", "_SMSTSReserved2",
    "_SMSTSReserved2-#", "_SMSTSReturnToGINA", "_SMSTSRootCACerts", "_SMSTSRunCommandLineAsUser",
    "_SMSTSRunFromDP", "_SMSTSRunPowerShellAsUser", "_SMSTSSerialNumber", "_SMSTSSetupRollback",
    "_SMSTSShowProgressUI", "_SMSTSSiteCode", "_SMSTSSiteSigningCertificate",
    "_SMSTSStandAloneMode", "_SMSTSTaskSequence", "_SMSTSTimezone", "_SMSTSType", "_SMSTSUseCRL",
    "_SMSTSUseFirstCert", "_SMSTSUserStarted", "_SMSTSUserStatePath", "_SMSTSUseSSL", "_SMSTSUUID",
    "_SMSTSWTG", "_SMSTSx64UnknownMachineGUID", "_SMSTSx86UnknownMachineGUID", "_TS_CRACPOWER",
    "_TS_CRARCH", "_TS_CRCLIENTMINVER", "_TS_CRDISK", "_TS_CRMAXOSVER", "_TS_CRMEMORY",
    "_TS_CRMINOSVER", "_TS_CRNETWORK", "_TS_CROSLANGUAGE", "_TS_CROSTYPE", "_TS_CRSPEED",
    "_TS_CRTPMACTIVATED", "_TS_CRTPMENABLED", "_TS_CRUEFI", "_TS_CRWIRED", "_TSAppInstallStatus",
    "_TSSecureBoot", "OSDAdapter#DNSDomain", "OSDAdapter#DNSServerList", "OSDAdapter#EnableDHCP",
    "OSDAdapter#EnableDNSRegistration", "OSDAdapter#EnableFullDNSRegistration",
    "OSDAdapter#EnableIPProtocolFiltering", "OSDAdapter#EnableTCPFiltering", "OSDAdapter#Gateways",
    "OSDAdapter#Index", "OSDAdapter#IPAddressList", "OSDAdapter#IPProtocolFilterList",
    "OSDAdapter#MacAddress", "OSDAdapter#Name", "OSDAdapter#SubnetMask",
    "OSDAdapter#TCPFilterPortList", "OSDAdapter#TcpipNetbiosOptions", "OSDAdapterCount",
    "OSDAllowUnsignedDriver", "OSDApp#Description", "OSDApp#DisplayName", "OSDApp#Name",
    "OSDAppClearCache", "OSDAppCount", "OSDAppInstallRetries", "OSDAppInstallRetryTimeout",
    "OSDApplyDriverBootCriticalContentUniqueID", "OSDApplyDriverBootCriticalHardwareComponent",
    "OSDApplyDriverBootCriticalID", "OSDApplyDriverBootCriticalINFFile",
    "OSDAutoApplyDriverBestMatch", "OSDAutoApplyDriverCategoryList", "OSDBitLockerPIN",
    "OSDBitLockerRebootCount", "OSDBitLockerRebootCountOverride", "OSDBitLockerRecoveryPassword",
    "OSDBitLockerStartupKey", "OSDBuildStorageDriverList", "OSDCaptureAccount",
    "OSDCaptureAccountPassword", "OSDCaptureDestination", "OSDCheckCMClientMinVersion",
    "OSDCheckDeviceUEFI", "OSDCheckFreeDiskSpace", "OSDCheckMaxOSVersion", "OSDCheckMemory",
    "OSDCheckMinOSVersion", "OSDCheckNetworkConnected", "OSDCheckNetworkWired",
    "OSDCheckOSArchitecture", "OSDCheckOSLanguageID", "OSDCheckOSType", "OSDCheckPowerState",
    "OSDCheckProcessorSpeed", "OSDCMClientMinVersion", "OSDComputerName", "OSDConfigFileName",
    "OSDConvertDiskIndex", "OSDDataImageIndex", "OSDDiskIndex", "OSDDiskpartBiosCompatibilityMode",
    "OSDDiskType", "OSDDNSDomain", "OSDDNSSuffixSearchOrder", "OSDDomainName", "OSDDomainOUName",
    "OSDDoNotLogCommand", "OSDDownloadContinueDownloadOnError",
    "OSDDownloadDestinationLocationType", "OSDDownloadDestinationPath",
    "OSDDownloadDestinationVariable", "OSDDownloadDownloadPackages", "OSDEnableTCPIPFiltering",
    "OSDFreeDiskSpace", "OSDGPTBootDisk", "OSDImageCreator", "OSDImageDescription",
    "OSDImageIndex", "OSDImageVersion", "OSDInstallDriversAdditionalOptions",
    "OSDInstallEditionIndex", "OSDJoinAccount", "OSDJoinDomainName", "OSDJoinDomainOUName",
    "OSDJoinPassword", "OSDJoinSkipReboot", "OSDJoinType", "OSDJoinWorkgroupName",
    "OSDKeepActivation", "OsdLayeredDriver", "OSDLocalAdminPassword", "OSDLogPowerShellParameters",
    "OSDMaxOSVersion", "OSDMemory", "OSDMigrateAdapterSettings",
    "OSDMigrateAdditionalCaptureOptions", "OSDMigrateAdditionalRestoreOptions",
    "OSDMigrateComputerName", "OSDMigrateConfigFiles", "OSDMigrateContinueOnLockedFiles",
    "OSDMigrateContinueOnRestore", "OSDMigrateEnableVerboseLogging", "OSDMigrateFileAccess",
    "OSDMigrateLocalAccountPassword", "OSDMigrateLocalAccounts", "OSDMigrateMode",
    "OSDMigrateNetworkMembership", "OSDMigrateRegistrationInfo", "OSDMigrateSkipEncryptedFiles",
    "OSDMigrateTimeZone", "OSDMinOSVersion", "OSDNetworkJoinType", "OSDOSArchitecture",
    "OSDOSLanguageID", "OSDOSType", "OSDPackageCount", "OSDPartitions#AssignVolumeLetter",
    "OSDPartitions#Bootable", "OSDPartitions#FileSystem", "OSDPartitions#QuickFormat",
    "OSDPartitions#Size", "OSDPartitions#SizeUnits", "OSDPartitions#Type",
    "OSDPartitions#VolumeLetterVariable", "OSDPartitions#VolumeName", "OSDPartitionStyle",
    "OSDPreserveDriveLetter", "OSDProcessorSpeed", "OSDProductKey", "OSDRandomAdminPassword",
    "OSDRecoveryKeyPollingFrequency", "OSDRecoveryKeyPollingTimeout", "OSDRecurse",
    "OSDRegisteredOrgName", "OSDRegisteredUserName", "OSDRunPowerShellScriptExecutionPolicy",
    "OSDRunPowerShellScriptOutputVariableName", "OSDRunPowerShellScriptPackageID",
    "OSDRunPowerShellScriptParameters", "OSDRunPowerShellScriptScriptName",
    "OSDRunPowerShellScriptSourceScript", "OSDServerLicenseConnectionLimit",
    "OSDServerLicenseMode", "OSDSetDynamicVariablesRules", "OSDSetupAdditionalUpgradeOptions",
    "OSDShutdownPreparedOs", "OSDStateFallbackToNAA", "OSDStateSMPRetryCount",
    "OSDStateSMPRetryTime", "OSDStateStorePath", "OSDSubTasksequencePackageID",
    "OSDSubTasksequenceTsName", "OSDSubTasksequenceTsReferenceApplications",
    "OSDSubTasksequenceTsReferencePackages", "OSDTargetSystemDrive", "OSDTargetSystemRoot",
    "OSDTimeZone", "OSDUpgradeDynamicUpdateSettings", "OSDUpgradeIgnoreMessages",
    "OSDUpgradeInstallEditionIndex", "OSDUpgradeInstallPackageID", "OSDUpgradeInstallPath",
    "OSDUpgradeOsProductKey", "OSDUpgradePreserveSettings", "OSDUpgradeScanOnly",
    "OSDUpgradeStagedContent", "OSDWindowsSettingsInputLocale", "OSDWindowsSettingsSystemLocale",
    "OSDWindowsSettingsUILanguage", "OSDWindowsSettingsUILanguageFallback",
    "OSDWindowsSettingsUserLocale", "OSDWipeDestinationPartition", "OSDWorkgroupName",
    "SetupCompletePause", "SMSClientInstallProperties", "SMSConnectNetworkFolderAccount",
    "SMSConnectNetworkFolderDriveLetter", "SMSConnectNetworkFolderPassword",
    "SMSConnectNetworkFolderPath", "SMSInstallUpdateTarget", "SMSRebootMessage", "SMSRebootTarget",
    "SMSRebootTimeout", "SMSTSAllowTokenAuthURLForACP", "SMSTSAssignmentsDownloadInterval",
    "SMSTSAssignmentsDownloadRetry", "SMSTSAssignUsersMode", "SMSTSDisableStatusRetry",
    "SMSTSDisableWow64Redirection", "SMSTSDownloadAbortCode", "SMSTSDownloadProgram",
    "SMSTSDownloadRetryCount", "SMSTSDownloadRetryDelay", "SMSTSDriverRequestConnectTimeOut",
    "SMSTSDriverRequestReceiveTimeOut", "SMSTSDriverRequestResolveTimeOut",
    "SMSTSDriverRequestSendTimeOut", "SMSTSErrorDialogTimeout", "SMSTSLanguageFolder",
    "SMSTSLocalDataDrive", "SMSTSLocationMPs", "SMSTSMP", "SMSTSMPListRequestTimeout",
    "SMSTSMPListRequestTimeoutEnabled", "SMSTSPeerDownload", "SMSTSPeerRequestPort",
    "SMSTSPersistContent", "SMSTSPostAction", "SMSTSPreferredAdvertID", "SMSTSPreserveContent",
    "SMSTSRebootDelay", "SMSTSRebootDelayNext", "SMSTSRebootMessage", "SMSTSRebootRequested",
    "SMSTSRetryRequested", "SMSTSRunCommandLineAsUser", "SMSTSRunCommandLineOutputVariableName",
    "SMSTSRunCommandLineUserName", "SMSTSRunCommandLineUserPassword", "SMSTSRunPowerShellAsUser",
    "SMSTSRunPowerShellUserName", "SMSTSRunPowerShellUserPassword",
    "SMSTSRunPowerShellWorkingDirectory", "SMSTSSoftwareUpdateScanTimeout",
    "SMSTSSoftwareUpdateScanUseCache", "SMSTSUDAUsers", "SMSTSUninstallCCMClient",
    "SMSTSWaitCcmexecOperationalTimeout", "SMSTSWaitForSecondReboot", "TSDebugMode",
    "TSDebugOnError", "TSDisableProgressUI", "TSErrorOnWarning", "TSProgressInfoLevel",
    "TSUEFIDrive", "WorkingDirectory",
};

/* MDT documentation: properties of the toolkit, and what its gathering finds out. */
static const char *const mdt[] = {
    "ADDSLogPath", "ADDSPassword", "ADDSUserDomain", "ADDSUserName", "Administrators",
    "Administrators#", "AdminPassword", "AllStepsSucceded", "Applications", "Applications#",
    "ApplicationSuccessCodes", "ApplyGPOPack", "Architecture", "AreaCode", "AssetTag",
    "AutoConfigDNS", "AutoMode", "AutoUsers", "BackupDir", "BackupDrive", "BackupFile",
    "BackupPath", "BackupShare", "BDDPackageID", "BdeAllowAlphaNumericPin",
    "BdeDisablePreProvisioning", "BdeDriveLetter", "BdeDriveSize", "BdeInstall",
    "BdeInstallSuppress", "BdeKeyLocation", "BdePin", "BDEPinMinLength", "BdeRecoveryKey",
    "BdeWaitForEncryption", "BitsPerPel", "BuildID", "CapableArchitecture", "CaptureGroups",
    "ChildName", "ComputerBackupLocation", "ComputerName", "ConfigFileName", "ConfigFilePackage",
    "ConfirmGC", "CountryCode", "CriticalReplicationOnly", "CustomDriverSelectionProfile",
    "CustomPackageSelectionProfile", "CustomWizardComplete", "CustomWizardSelectionProfile",
    "DatabasePath", "Debug", "DefaultGateway#", "DeployDrive", "DeploymentMethod",
    "DeploymentType", "DeployRoot", "DeployRoot#", "DestinationDisk", "DestinationLogicalDrive",
    "DestinationOSInstallType", "DestinationOSVariable", "DestinationPartition", "DHCPScopes",
    "DHCPScopes#Description", "DHCPScopes#EndIP", "DHCPScopes#ExcludeEndIP",
    "DHCPScopes#ExcludeStartIP", "DHCPScopes#IP", "DHCPScopes#Name",
    "DHCPScopes#OptionDNSDomainName", "DHCPScopes#OptionDNSServer", "DHCPScopes#OptionLease",
    "DHCPScopes#OptionNBTNodeType", "DHCPScopes#OptionPXEClient", "DHCPScopes#OptionRouter",
    "DHCPScopes#OptionWINSServer", "DHCPScopes#StartIP", "DHCPScopes#SubnetMask",
    "DHCPServerOptionDNSDomainName", "DHCPServerOptionDNSServer", "DHCPServerOptionNBTNodeType",
    "DHCPServerOptionPXEClient", "DHCPServerOptionRouter", "DHCPServerOptionWINSServer", "Dialing",
    "DisableTaskMgr", "DNSServerOptionBINDSecondaries", "DNSServerOptionDisableRecursion",
    "DNSServerOptionEnableNetmaskOrdering", "DNSServerOptionEnableRoundRobin",
    "DNSServerOptionEnableSecureCache", "DNSServerOptionFailOnLoad",
    "DNSServerOptionNameCheckFlag", "DNSZones", "DNSZones#DirectoryPartition", "DNSZones#FileName",
    "DNSZones#MasterIP", "DNSZones#Name", "DNSZones#Scavenge", "DNSZones#Type", "DNSZones#Update",
    "DoCapture", "DomainAdmin", "DomainAdminDomain", "DomainAdminPassword", "DomainLevel",
    "DomainNetBiosName", "DomainOUs", "DomainOUs#", "DoNotCreateExtraPartition",
    "DoNotFormatAndPartition", "DriverGroup", "DriverGroup#", "DriverPaths", "DriverPaths#",
    "DriverSelectionProfile", "DynamicallyUpdateWinSetup", "EventService", "EventShare",
    "FinishAction", "ForceApplyFallback", "ForestLevel", "FullName", "GPOPackPath", "Groups",
    "Groups#", "HideShell", "Home_Page", "HostName", "HyperV", "ImageBuild", "ImageFlags",
    "ImageIndex", "ImageLanguage#", "ImageMemory", "ImagePackageID", "ImageProcessor",
    "ImageProcessorSpeed", "ImageSize", "InputLocale", "InstallFromPath", "InstallPackageID",
    "IPAddress#", "IsBDE", "IsDesktop", "IsHypervisorRunning", "IsLaptop", "IsOnBattery",
    "IsOSUpgrade", "IsServer", "IsServerCoreOS", "IsServerOS", "IsUEFI", "IsVM", "JoinDomain",
    "JoinWorkgroup", "KeyboardLocale", "KeyboardLocalePE", "LanguagePacks", "LanguagePacks#",
    "LoadStateArgs", "Location", "Location#", "LogPath", "LongDistanceAccess", "LTIDirty",
    "LTIGUID", "MacAddress#", "MachineObjectOU", "Make", "MandatoryApplications",
    "MandatoryApplications#", "Memory", "MigrateFinished", "Model", "NewDomain",
    "NewDomainDNSName", "OptionalOSFeatures", "OptionalOSRoles", "OptionalOSRoleServices",
    "OrgName", "OSArchitecture", "OSCurrentBuild", "OSCurrentVersion", "OSDAdapter#DNSSuffix",
    "OSDAdapter#EnableLMHOSTS", "OSDAdapter#EnableTCPIPFiltering", "OSDAdapter#EnableWINS",
    "OSDAdapter#GatewayCostMetric", "OSDAdapter#UDPFilterPortList", "OSDAdapter#WINSServerList",
    "OSDAddAdmin", "OSDAnswerFilePath", "OSDApplicationList", "OSDArchitecture",
    "OSDBitLockerCreateRecoveryPassword", "OSDBitLockerMode", "OSDBitLockerStartupKeyDrive",
    "OSDBitLockerTargetDrive", "OSDBitLockerWaitForEncryption", "OSDCancelled", "OSDDiskAlign",
    "OSDDiskPart", "OSDImagePackageID", "OSDINSTALLPACKAGE", "OSDINSTALLPROGRAM",
    "OSDINSTALLSILENT", "OSDInstallType", "OSDisk", "OSDMP", "OSDNEWMACHINENAME", "OSDPackagePath",
    "OSDPartitions", "OSDRESULTS", "OSDSITECODE", "OSDTargetDrive", "OSDTargetDriveCache",
    "OSDWinPEWinDir", "OSFeatures", "OSGUID", "OSInstall", "OSInstallType", "OSRoleIndex",
    "OSRoles", "OSRoleServices", "OSSku", "OSVersion", "OSVersionNumber", "OverrideProductKey",
    "PackageGroup", "PackageGroup#", "Packages", "Packages#", "PackageSelectionProfile",
    "Parameters", "ParentDomainDNSName", "Phase", "PowerUsers", "PowerUsers#", "PrepareWinRE",
    "ProcessorSpeed", "Product", "ProductKey", "ReplicaDomainDNSName", "ReplicaOrNewDomain",
    "ReplicationSourceDC", "ResourceDrive", "ResourceRoot", "RetVal", "Role", "Role#",
    "SafeModeAdminPassword", "ScanStateArgs", "ScriptRoot", "SerialNumber", "ServerA", "ServerB",
    "ServerC", "SiteName", "SkipAdminAccounts", "SkipAdminPassword", "SkipApplications",
    "SkipBDDWelcome", "SkipBitLocker", "SkipBitLockerDetails", "SkipBuild", "SkipCapture",
    "SkipComputerBackup", "SkipComputerName", "SkipDeploymentType", "SkipDomainMembership",
    "SkipFinalSummary", "SkipGroupSubFolders", "SkipLocaleSelection", "SkipPackageDisplay",
    "SkipProductKey", "SkipRearm", "SkipRoles", "SkipSummary", "SkipTaskSequence", "SkipTimeZone",
    "SkipUserData", "SkipWizard", "SLShare", "SLShareDynamicLogging", "SourcePath",
    "StateStorePath", "StorageDriverGroup", "StorageDriverGroup#", "StorageDriverSysPrepGroup",
    "StorageDriverSysPrepGroup#", "Supports64Bit", "SupportsHyperVRole", "SupportsNX",
    "SupportsSLAT", "SupportsVT", "SupportsX64", "SupportsX86", "SysPrepDriverSelectionProfile",
    "SystemLocale", "SysVolPath", "TaskSequenceID", "TaskSequenceName", "TaskSequenceTemplate",
    "TaskSequenceVersion", "TimeZone", "TimeZoneName", "ToolRoot", "TPMOwnerPassword", "UDDir",
    "UDILocale", "UDProfiles", "UDShare", "UILanguage", "UILanguage#", "UninstallOSFeatures",
    "UninstallOSRoles", "UninstallOSRoleServices", "UserDataLocation", "UserDomain", "UserID",
    "UserLocale", "UserPassword", "USMT3", "USMT4", "USMTConfigFile", "USMTMigFiles",
    "USMTMigFiles#", "USMTOfflineMigration", "UUID", "ValidateDomainCredentialsUNC", "VerifyOS",
    "VMHost", "VMName", "VMPlatform", "Vrefresh", "VSSMaxSize", "WDSServer", "WindowsSource",
    "WindowsUpgradeAdditionalOptions", "WINSPartners", "WINSPartners#IP", "WINSPartners#Name",
    "WINSPartners#Type", "WipeDisk", "Wizard_Selected", "WizardComplete", "WizardSelectionProfile",
    "WsusServer", "WUMU_ExcludeID", "WUMU_ExcludeID#", "WUMU_ExcludeKB", "WUMU_ExcludeKB#",
    "Xresolution", "Yresolution",
};

/* Windows: the environment of every process, and what cmd.exe makes up. */
static const char *const environment[] = {
    "ALLUSERSPROFILE", "APPDATA", "CD", "CommonProgramFiles", "CommonProgramFiles(x86)",
    "CommonProgramW6432", "COMPUTERNAME", "ComSpec", "DATE", "DriverData", "ERRORLEVEL",
    "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "LOGONSERVER", "NUMBER_OF_PROCESSORS", "OS", "PATH",
    "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROCESSOR_ARCHITEW6432", "PROCESSOR_IDENTIFIER",
    "PROCESSOR_LEVEL", "PROCESSOR_REVISION", "ProgramData", "ProgramFiles", "ProgramFiles(x86)",
    "ProgramW6432", "PROMPT", "PSModulePath", "PUBLIC", "RANDOM", "SystemDrive", "SystemRoot",
    "TEMP", "TIME", "TMP", "USERDNSDOMAIN", "USERDOMAIN", "USERNAME", "USERPROFILE", "windir",
};

static const struct {
    const char *const *names;
    size_t count;
} tables[] = {{configmgr, TS_COUNT(configmgr)},
              {mdt, TS_COUNT(mdt)},
              {environment, TS_COUNT(environment)}};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lint_pattern(const char *pattern, const char *name)
{
    for (; *pattern; pattern++) {
        if (*pattern != '#') {
            if (ts_str_ncasecmp(pattern, name, 1) != 0)
                return false;
            name++;
            continue;
        }
        if (!is_digit(*name))
            return false;
        while (is_digit(*name))
            name++;
    }
    return *name == 0;
}

bool lint_known_var(const char *name)
{
    for (size_t t = 0; t < TS_COUNT(tables); t++)
        for (size_t i = 0; i < tables[t].count; i++)
            if (lint_pattern(tables[t].names[i], name))
                return true;
    return false;
}

static bool only_digits_differ(const char *a, const char *b)
{
    size_t len = strlen(a);
    if (len != strlen(b))
        return false;
    for (size_t i = 0; i < len; i++)
        if (ts_str_ncasecmp(a + i, b + i, 1) != 0 && !(is_digit(a[i]) && is_digit(b[i])))
            return false;
    return true;
}

/* Short names resemble each other by chance. Names that differ in a number, or by a number at the
 * end, are members of a list. */
unsigned lint_near(const char *a, const char *b)
{
    size_t x = strlen(a), y = strlen(b);
    size_t shorter = x < y ? x : y, longer = x < y ? y : x;
    if (shorter < 5 || longer - shorter > 2 || only_digits_differ(a, b))
        return 0;
    const char *rest = (x < y ? b : a) + shorter;
    if (ts_str_ncasecmp(a, b, shorter) == 0 && strspn(rest, "0123456789") == strlen(rest))
        return 0;
    unsigned distance = ts_str_distance(a, b);
    return distance <= (shorter < 8 ? 1u : 2u) ? distance : 0;
}

const char *lint_known_near(const char *name, unsigned *distance)
{
    const char *best = NULL;
    for (size_t t = 0; t < TS_COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            unsigned d = strchr(tables[t].names[i], '#') ? 0 : lint_near(name, tables[t].names[i]);
            if (d > 0 && (!best || d < *distance)) {
                best = tables[t].names[i];
                *distance = d;
            }
        }
    }
    return best;
}
