/* network_settings.c - Apply and Capture Network Settings, and MDT's ZTINICConfig. */
#include "capture_run.h"
#include "inputs.h"
#include "mdt_deploy.h"
#include "settings_answer.h"
#include "steps.h"

#define TS_IN_ADAPTERS                                                                             \
    TS_IN_INT("OSDAdapterCount", "NumAdapters", "0",                                               \
              "Number of adapters described; with 0 every OSDAdapter value is ignored."),          \
        TS_IN_INT("OSDAdapter", "Adapters", NULL, "Number of adapters as the editor keeps it."),   \
        TS_IN_TEXT("OSDAdapter#Name", "Adapters#Name", "Name of the connection."),                 \
        TS_IN_INT("OSDAdapter#Index", "Adapters#Index", NULL, "Index of the adapter, from 0."),    \
        TS_IN_TEXT("OSDAdapter#MacAddress", "Adapters#MacAddress",                                 \
                   "MAC address by which the adapter is found."),                                  \
        TS_IN_BOOL("OSDAdapter#EnableDHCP", "Adapters#EnableDHCP", NULL, "Use DHCP."),             \
        TS_IN_TEXT("OSDAdapter#IPAddressList", "Adapters#IPAddressList",                           \
                   "IP addresses, separated by commas."),                                          \
        TS_IN_TEXT("OSDAdapter#SubnetMask", "Adapters#SubnetMask",                                 \
                   "Subnet masks, separated by commas."),                                          \
        TS_IN_TEXT("OSDAdapter#Gateways", "Adapters#Gateways", "Gateways, separated by commas."),  \
        TS_IN_UNHEEDED("OSDAdapter#GatewayCostMetric", "Adapters#GatewayCostMetric", TS_STRING,    \
                       NULL, "Metrics of the gateways, separated by commas."),                     \
        TS_IN_TEXT("OSDAdapter#DNSServerList", "Adapters#DNSServerList",                           \
                   "DNS servers, separated by commas."),                                           \
        TS_IN_UNHEEDED("OSDAdapter#DNSSuffix", "Adapters#DNSSuffix", TS_STRING, NULL,              \
                       "MDT: DNS suffix of the connection."),                                      \
        TS_IN_TEXT("OSDAdapter#DNSDomain", "Adapters#DNSDomain", "DNS domain of the connection."), \
        TS_IN_UNHEEDED("OSDAdapter#EnableDNSRegistration", "Adapters#EnableDNSRegistration",       \
                       TS_BOOL, "true", "Register the address in DNS."),                           \
        TS_IN_UNHEEDED("OSDAdapter#EnableFullDNSRegistration",                                     \
                       "Adapters#EnableFullDNSRegistration", TS_BOOL, NULL,                        \
                       "Register the full name in DNS."),                                          \
        TS_IN_UNHEEDED("OSDAdapter#EnableLMHOSTS", "Adapters#EnableLMHOSTS", TS_BOOL, "true",      \
                       "MDT: use the LMHOSTS file."),                                              \
        TS_IN_UNHEEDED("OSDAdapter#EnableWINS", "Adapters#EnableWINS", TS_BOOL, NULL,              \
                       "MDT: use DNS for Windows name resolution."),                               \
        TS_IN_UNHEEDED("OSDAdapter#WINSServerList", "Adapters#WINSServerList", TS_STRING, NULL,    \
                       "MDT: WINS servers, separated by commas."),                                 \
        TS_IN_UNHEEDED_ENUM("OSDAdapter#TcpipNetbiosOptions", "Adapters#TcpipNetbiosOptions", "0", \
                            "0 1 2", "NetBIOS over TCP/IP: 0 as DHCP says, 1 on, 2 off."),         \
        TS_IN_UNHEEDED("OSDAdapter#EnableTCPIPFiltering", "Adapters#EnableTCPIPFiltering",         \
                       TS_BOOL, NULL, "MDT: filter TCP/IP."),                                      \
        TS_IN_UNHEEDED("OSDAdapter#EnableTCPFiltering", "Adapters#EnableTCPFiltering", TS_BOOL,    \
                       NULL, "Filter TCP ports."),                                                 \
        TS_IN_UNHEEDED("OSDAdapter#TCPFilterPortList", "Adapters#TCPFilterPortList", TS_STRING,    \
                       NULL, "TCP ports that pass."),                                              \
        TS_IN_UNHEEDED("OSDAdapter#UDPFilterPortList", "Adapters#UDPFilterPortList", TS_STRING,    \
                       NULL, "MDT: UDP ports that pass."),                                         \
        TS_IN_UNHEEDED("OSDAdapter#EnableIPProtocolFiltering",                                     \
                       "Adapters#EnableIPProtocolFiltering", TS_BOOL, NULL,                        \
                       "Filter IP protocols."),                                                    \
        TS_IN_UNHEEDED("OSDAdapter#IPProtocolFilterList", "Adapters#IPProtocolFilterList",         \
                       TS_STRING, NULL, "IP protocols that pass.")

static const ts_input apply_inputs[] = {
    TS_IN_ENUM("OSDNetworkJoinType", "NetworkJoinType", NULL, "0 1",
               "0 joins a domain, 1 a workgroup."),
    TS_IN_TEXT("OSDDomainName", "DomainName", "Domain to join."),
    TS_IN_TEXT("OSDDomainOUName", "DomainOUName", "Organisational unit as an LDAP path."),
    TS_IN_TEXT("OSDJoinAccount", "DomainUsername", "Account that joins the domain (DOMAIN\\user)."),
    TS_IN_SECRET("OSDJoinPassword", "DomainPassword", "Password of that account."),
    TS_IN_TEXT("OSDWorkgroupName", "WorkgroupName", "Workgroup, 32 characters at most."),
    TS_IN_TEXT("OSDDNSDomain", "DNSDomain", "Primary DNS domain."),
    TS_IN_TEXT("OSDDNSSuffixSearchOrder", "DNSSuffixSearchOrder",
               "DNS suffixes, separated by commas."),
    TS_IN_UNHEEDED("OSDEnableTCPIPFiltering", "EnableTCPIPFiltering", TS_BOOL, "false",
                   "Filter TCP/IP."),
    TS_IN_ADAPTERS,
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const programs[] = {"osdnetsettings", "ztinicconfig", NULL};

const ts_step_class ts_step_apply_network_settings = {
    .type = "SMS_TaskSequence_ApplyNetworkSettingsAction",
    .title = "Apply Network Settings",
    .family = "network_settings",
    .help = "Writes domain or workgroup and the adapters' addresses into the answer file of the "
            "new Windows.",
    .programs = programs,
    .phase = TS_PHASE_ANY,
    .effects = TS_EFFECT(FILE) | TS_EFFECT(SETTINGS) | TS_EFFECT(IDENTITY) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = apply_inputs,
    .run = ts_network_settings_run,
    .precheck = ts_network_settings_precheck,
};

static const ts_input capture_inputs[] = {
    TS_IN_BOOL("OSDMigrateAdapterSettings", "MigrateAdapterSettings", "true",
               "Remember the adapters' settings."),
    TS_IN_BOOL("OSDMigrateNetworkMembership", "MigrateNetworkMembership", "false",
               "Remember domain or workgroup."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const capture_outputs[] = {
    "OSDAdapterCount",          "OSDAdapter#Name",
    "OSDAdapter#Index",         "OSDAdapter#MacAddress",
    "OSDAdapter#EnableDHCP",    "OSDAdapter#IPAddressList",
    "OSDAdapter#SubnetMask",    "OSDAdapter#Gateways",
    "OSDAdapter#DNSServerList", "OSDAdapter#DNSDomain",
    "OSDNetworkJoinType",       "OSDDomainName",
    "OSDWorkgroupName",         NULL};

const ts_step_class ts_step_capture_network_settings = {
    .type = "SMS_TaskSequence_CaptureNetworkSettingsAction",
    .title = "Capture Network Settings",
    .family = "network_settings",
    .help = "Reads membership and adapter settings of the running Windows into variables.",
    .programs = programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT_NONE,
    .resume = TS_RESUME_AGAIN,
    .inputs = capture_inputs,
    .outputs = capture_outputs,
    .run = ts_capture_network_settings_run,
};

static const ts_input nic_inputs[] = {TS_IN_ADAPTERS, TS_IN_WORKBENCH, TS_IN_END};
static const char *const nic_programs[] = {"ztinicconfig", NULL};

const ts_step_class ts_step_zti_nic_config = {
    .type = "ZTINICConfig",
    .title = "Configure Network Adapters (MDT)",
    .family = "network_settings",
    .help = "Captures static addresses from the running Windows, or sets them in the new one.",
    .programs = nic_programs,
    .effects = TS_EFFECT(SETTINGS),
    .resume = TS_RESUME_AGAIN,
    .inputs = nic_inputs,
    .outputs = capture_outputs,
    .run = ts_mdt_nic_config_run,
};
