/* mdt_roles.c - MDT: roles and features, directory, DNS and DHCP servers. */
#include "inputs.h"
#include "mdt_roles_run.h"
#include "steps.h"

static const ts_input install_inputs[] = {
    TS_IN_INT("OSRoleIndex", NULL, NULL,
              "Number of the Windows version in the Workbench's list, kept by the Workbench."),
    TS_IN_TEXT("OSRoles", NULL, "Roles, separated by commas."),
    TS_IN_TEXT("OSRoleServices", NULL, "Role services, separated by commas."),
    TS_IN_TEXT("OSFeatures", NULL, "Features, separated by commas."),
    TS_IN_PATH("WindowsSource", NULL, "Folder with the sources of removed features."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const role_programs[] = {"ztiosrole", NULL};
static const char *const install_outputs[] = {"InstalledRoles#", "SMSTSRebootRequested",
                                              "SMSTSRetryRequested", NULL};

const ts_step_class ts_step_mdt_install_roles = {
    .type = "BDD_InstallRoles",
    .title = "Install Roles and Features (MDT)",
    .family = "mdt_roles",
    .help = "Adds roles and features to the running Windows.",
    .programs = role_programs,
    .effects = TS_EFFECT(EXEC) | TS_EFFECT(SOFTWARE) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_AGAIN,
    .inputs = install_inputs,
    .outputs = install_outputs,
    .run = ts_mdt_install_roles_run,
};

static const ts_input uninstall_inputs[] = {
    TS_IN_INT("OSRoleIndex", NULL, NULL,
              "Number of the Windows version in the Workbench's list, kept by the Workbench."),
    TS_IN_BOOL("CompletelyRemove", NULL, "false", "Remove the files of the features as well."),
    TS_IN_TEXT("UninstallOSRoles", NULL, "Roles, separated by commas."),
    TS_IN_TEXT("UninstallOSRoleServices", NULL, "Role services, separated by commas."),
    TS_IN_TEXT("UninstallOSFeatures", NULL, "Features, separated by commas."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};

static const char *const uninstall_outputs[] = {"UninstalledRoles#", "SMSTSRebootRequested",
                                                "SMSTSRetryRequested", NULL};
static const char *const uninstall_programs[] = {"ztiosrole /uninstall", "ztiosrole", NULL};

const ts_step_class ts_step_mdt_uninstall_roles = {
    .type = "BDD_UninstallRoles",
    .title = "Uninstall Roles and Features (MDT)",
    .family = "mdt_roles",
    .help = "Removes roles and features of the running Windows.",
    .programs = uninstall_programs,
    .effects = TS_EFFECT(EXEC) | TS_EFFECT(SOFTWARE) | TS_EFFECT(RESTART),
    .resume = TS_RESUME_AGAIN,
    .inputs = uninstall_inputs,
    .outputs = uninstall_outputs,
    .run = ts_mdt_uninstall_roles_run,
};

static const ts_input adds_inputs[] = {
    TS_IN_TEXT("ReplicaOrNewDomain", NULL, "Replica, NewDomain or ReadOnlyReplica."),
    TS_IN_TEXT("NewDomain", NULL, "Child, Forest or Tree."),
    TS_IN_TEXT("NewDomainDNSName", NULL, "DNS name of the new domain."),
    TS_IN_TEXT("ParentDomainDNSName", NULL, "DNS name of the parent domain."),
    TS_IN_TEXT("ReplicaDomainDNSName", NULL, "DNS name of the domain to replicate."),
    TS_IN_TEXT("ChildName", NULL, "Name of the child domain."),
    TS_IN_TEXT("DomainNetBiosName", NULL, "NetBIOS name of the domain."),
    TS_IN_TEXT("ForestLevel", NULL, "Functional level of the forest."),
    TS_IN_TEXT("DomainLevel", NULL, "Functional level of the domain."),
    TS_IN_TEXT("AutoConfigDNS", NULL, "Yes: set up DNS on this server."),
    TS_IN_TEXT("ConfirmGC", NULL, "Yes: make it a global catalogue server."),
    TS_IN_TEXT("CriticalReplicationOnly", NULL,
               "Yes: restart after the critical part of the replication."),
    TS_IN_TEXT("ReplicationSourceDC", NULL, "Domain controller to replicate from."),
    TS_IN_TEXT("ADDSUserName", NULL, "Account that promotes the server."),
    TS_IN_TEXT("ADDSUserDomain", NULL, "Domain of that account."),
    TS_IN_SECRET("ADDSPassword", NULL, "Password of that account."),
    TS_IN_SECRET("SafeModeAdminPassword", NULL, "Password of the directory restore mode."),
    TS_IN_PATH("DatabasePath", NULL, "Folder of the directory database."),
    TS_IN_PATH("ADDSLogPath", NULL, "Folder of the directory log."),
    TS_IN_PATH("SysVolPath", NULL, "Folder of SYSVOL."),
    TS_IN_TEXT("SiteName", NULL, "Directory site."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const adds_programs[] = {"zticonfigureadds", NULL};

const ts_step_class ts_step_mdt_configure_adds = {
    .type = "BDD_ConfigureADDS",
    .title = "Configure ADDS (MDT)",
    .family = "mdt_roles",
    .help = "Makes the server a domain controller.",
    .programs = adds_programs,
    .effects = TS_EFFECT(IDENTITY) | TS_EFFECT(SETTINGS) | TS_EFFECT(SOFTWARE) | TS_EFFECT(SECRET) |
               TS_EFFECT(NET),
    .resume = TS_RESUME_STOP,
    .inputs = adds_inputs,
    .cannot = "run Install-ADDSForest or Install-ADDSDomainController in a PowerShell step",
};

static const ts_input dns_inputs[] = {
    TS_IN_TEXT("DNSServerOptionDisableRecursion", NULL,
               "Server does not answer recursive queries."),
    TS_IN_TEXT("DNSServerOptionBINDSecondaries", NULL,
               "Zone transfers in the form of old BIND servers."),
    TS_IN_TEXT("DNSServerOptionFailOnLoad", NULL, "Do not load a zone with faulty data."),
    TS_IN_TEXT("DNSServerOptionEnableRoundRobin", NULL, "Rotate addresses of one name."),
    TS_IN_TEXT("DNSServerOptionEnableNetmaskOrdering", NULL,
               "Sort addresses by the client's subnet."),
    TS_IN_TEXT("DNSServerOptionEnableSecureCache", NULL, "Protect the cache against pollution."),
    TS_IN_TEXT("DNSServerOptionNameCheckFlag", NULL, "How names are checked."),
    TS_IN_INT("DNSZones", NULL, NULL, "Number of zones that follow."),
    TS_IN_TEXT("DNSZones#Name", NULL, "Name of a zone."),
    TS_IN_TEXT("DNSZones#Type", NULL, "Kind of zone."),
    TS_IN_TEXT("DNSZones#MasterIP", NULL, "Master servers of a secondary zone."),
    TS_IN_TEXT("DNSZones#DirectoryPartition", NULL, "Directory partition of a zone."),
    TS_IN_TEXT("DNSZones#FileName", NULL, "File of a zone."),
    TS_IN_TEXT("DNSZones#Scavenge", NULL, "Remove old records."),
    TS_IN_TEXT("DNSZones#Update", NULL, "Which dynamic updates are taken."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const dns_programs[] = {"zticonfiguredns", NULL};

const ts_step_class ts_step_mdt_configure_dns = {
    .type = "BDD_ConfigureDNS",
    .title = "Configure DNS (MDT)",
    .family = "mdt_roles",
    .help = "Sets options and zones of a DNS server.",
    .programs = dns_programs,
    .effects = TS_EFFECT(SETTINGS),
    .resume = TS_RESUME_AGAIN,
    .inputs = dns_inputs,
    .cannot = "run the cmdlets of the module DnsServer in a PowerShell step",
};

static const ts_input dhcp_inputs[] = {
    TS_IN_TEXT("DHCPServerOptionRouter", NULL, "Routers."),
    TS_IN_TEXT("DHCPServerOptionDNSServer", NULL, "DNS servers."),
    TS_IN_TEXT("DHCPServerOptionWINSServer", NULL, "WINS servers."),
    TS_IN_TEXT("DHCPServerOptionDNSDomainName", NULL, "DNS domain."),
    TS_IN_TEXT("DHCPServerOptionNBTNodeType", NULL, "NetBIOS node type."),
    TS_IN_TEXT("DHCPServerOptionPXEClient", NULL, "PXE client option."),
    TS_IN_INT("DHCPScopes", NULL, NULL, "Number of scopes that follow."),
    TS_IN_TEXT("DHCPScopes#Name", NULL, "Name of a scope."),
    TS_IN_TEXT("DHCPScopes#Description", NULL, "Description of a scope."),
    TS_IN_TEXT("DHCPScopes#IP", NULL, "Subnet of a scope."),
    TS_IN_TEXT("DHCPScopes#SubnetMask", NULL, "Subnet mask of a scope."),
    TS_IN_TEXT("DHCPScopes#StartIP", NULL, "First address."),
    TS_IN_TEXT("DHCPScopes#EndIP", NULL, "Last address."),
    TS_IN_TEXT("DHCPScopes#ExcludeStartIP", NULL, "First address that is left out."),
    TS_IN_TEXT("DHCPScopes#ExcludeEndIP", NULL, "Last address that is left out."),
    TS_IN_TEXT("DHCPScopes#OptionRouter", NULL, "Routers of a scope."),
    TS_IN_TEXT("DHCPScopes#OptionDNSServer", NULL, "DNS servers of a scope."),
    TS_IN_TEXT("DHCPScopes#OptionWINSServer", NULL, "WINS servers of a scope."),
    TS_IN_TEXT("DHCPScopes#OptionDNSDomainName", NULL, "DNS domain of a scope."),
    TS_IN_TEXT("DHCPScopes#OptionNBTNodeType", NULL, "NetBIOS node type of a scope."),
    TS_IN_TEXT("DHCPScopes#OptionLease", NULL, "Lease time of a scope."),
    TS_IN_TEXT("DHCPScopes#OptionPXEClient", NULL, "PXE client option of a scope."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const dhcp_programs[] = {"zticonfiguredhcp", NULL};

const ts_step_class ts_step_mdt_configure_dhcp = {
    .type = "BDD_ConfigureDHCP",
    .title = "Configure DHCP (MDT)",
    .family = "mdt_roles",
    .help = "Sets options and scopes of a DHCP server.",
    .programs = dhcp_programs,
    .effects = TS_EFFECT(SETTINGS),
    .resume = TS_RESUME_AGAIN,
    .inputs = dhcp_inputs,
    .cannot = "run the cmdlets of the module DhcpServer in a PowerShell step",
};

static const ts_input authorize_inputs[] = {
    TS_IN_PACKAGE("PackageID", NULL, "Package of the command line."),
    TS_IN_TEXT("RunAsUser", NULL, "true: run as the account below."),
    TS_IN_TEXT("SMSTSRunCommandLineUserName", NULL, "Account that authorises the server."),
    TS_IN_SECRET("SMSTSRunCommandLineUserPassword", NULL, "Password of that account."),
    TS_IN_BOOL("LoadProfile", NULL, "false", "Load the account's profile."),
    TS_IN_END,
};
static const char *const authorize_programs[] = {"ztiauthorizedhcp", NULL};

const ts_step_class ts_step_mdt_authorize_dhcp = {
    .type = "BDD_AuthorizeDHCP",
    .title = "Authorize DHCP (MDT)",
    .family = "mdt_roles",
    .help = "Authorises the DHCP server in Active Directory.",
    .programs = authorize_programs,
    .effects = TS_EFFECT(SETTINGS) | TS_EFFECT(NET) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = authorize_inputs,
    .cannot = "run Add-DhcpServerInDC in a PowerShell step",
};
