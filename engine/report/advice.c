/* advice.c - causes and next actions. Grounds: Microsoft's documentation of the codes, and what
 * public forums and issue lists report again and again for them. */
#include <stddef.h>

#include <ts/compiler.h>

#include "advice.h"

#define CAUSE_NAME                                                                                 \
    "DNS does not know the server: no network yet, wrong DNS server, or a typing error in the "    \
    "name."
#define DO_NAME                                                                                    \
    "Check with 'ipconfig /all' (in Windows PE after 'wpeinit') that the machine has an address "  \
    "and a DNS server, and resolve the name with nslookup. A missing network driver in the boot "  \
    "image looks the same."
#define CAUSE_CONNECT                                                                              \
    "The server does not answer on that port: firewall, proxy, wrong port, or the service is "     \
    "down."
#define DO_CONNECT "Run 'taskseq doctor URL': it tries name, connection, proxy and TLS one by one."
#define CAUSE_CA                                                                                   \
    "The root or an intermediate certificate of the server's CA is not known on this machine. "    \
    "Windows PE has no certificates of your own."
#define DO_CA                                                                                      \
    "Give the root (and the intermediate, if the server does not send it) in the site file or "    \
    "with --cacert; 'taskseq doctor URL' names the certificate that is missing."
#define CAUSE_DATE                                                                                 \
    "The certificate has expired, or the clock of this machine is wrong (an empty CMOS battery, "  \
    "a new board)."
#define DO_DATE "Look at the clock first and set it; then at the certificate's validity."
#define CAUSE_NAME_MISMATCH                                                                        \
    "The URL uses a name that the certificate does not hold, often a short name, an alias or an "  \
    "IP address."
#define DO_NAME_MISMATCH                                                                           \
    "Use the name in the certificate, or issue a certificate with the name in use (subject "       \
    "alternative name)."
#define CAUSE_REVOKE                                                                               \
    "The revocation list (CRL) or OCSP server of the CA cannot be reached; an internal CA often "  \
    "publishes it on LDAP or on a server that the internet does not see."
#define DO_REVOKE                                                                                  \
    "Publish the CRL on an HTTP server that clients reach, or choose a softer revocation mode in " \
    "the site file. 'taskseq doctor URL' shows which address fails."
#define CAUSE_TIMEOUT "The network or the server is too slow, or a firewall drops packets silently."
#define DO_TIMEOUT    "Try again; then look at the path: link speed, MTU, proxy, server load."
#define CAUSE_DISK_FULL                                                                            \
    "The volume is full: an image, a package and its cache may need space at the same time; "      \
    "without a formatted disk Windows PE has only its RAM disk (X:)."
#define DO_DISK_FULL                                                                               \
    "Check that the partition step ran before and that its size is right; free space or make the " \
    "partition larger."
#define CAUSE_ARCH                                                                                 \
    "A 32-bit program in a 64-bit Windows PE (which has no WOW64), a wrong architecture, or a "    \
    "Visual C++ runtime that is missing."
#define DO_ARCH "Use the program for the architecture of the running OS."
#define CAUSE_DC                                                                                   \
    "No domain controller is reachable: wrong DNS server, no VPN, a network that is not the "      \
    "company's."
#define DO_DC                                                                                      \
    "Resolve _ldap._tcp.dc._msdcs.DOMAIN from this machine. On the internet, join later or use "   \
    "Autopilot or offline domain join."
#define CAUSE_LOGON "The name or password of the account is wrong, or the password was changed."
#define DO_LOGON                                                                                   \
    "Check the account that the step uses (domain\\user), and that its password is current in "    \
    "the sequence or site file."

static const ts_advice advice[] = {
    {TS_OS_WIN32, 2,
     "A file that a step names is not there: a wrong path, content that was not downloaded, or "
     "32-bit redirection of System32. From Apply steps it can also mean that content cannot be "
     "reached.",
     "Look at the command line in the log; check the path on the machine, and that the package is "
     "referenced."},
    {TS_OS_WIN32, 3,
     "A folder of the path does not exist, often a drive letter that another step should have "
     "made.",
     "Check which step makes the folder or drive, and that it ran."},
    {TS_OS_WIN32, 5,
     "The account has no right, a file is protected, or the step runs as the wrong user. Joining a "
     "domain: the account may not reuse an existing computer object.",
     "Check run-as, share and file rights; for a join, the rights on the computer object and the "
     "policy for re-use of computer accounts (KB5020276)."},
    {TS_OS_WIN32, 32,
     "Another program (virus scanner, indexer, an open console) has the file open.",
     "Try again, or end the other program; exclude the working folder from scanning."},
    {TS_OS_WIN32, 50, "The request is not possible on this system or file system.",
     "Read the line before it in the log: it names the operation."},
    {TS_OS_WIN32, 53,
     "The server of a UNC path is not found: no network, no name resolution, or SMB (port 445) is "
     "blocked, as it is on the internet.",
     "Ping the server and resolve its name; over the internet publish the content over HTTPS "
     "instead."},
    {TS_OS_WIN32, 64, "The connection to a share broke during the transfer.",
     "Check network driver, cable, switch port and power saving of the adapter; try again."},
    {TS_OS_WIN32, 87,
     "An option or value is wrong for the program, or an unattend value is not valid.",
     "Read the command line in the log, after variables were filled in: an empty variable is a "
     "common reason."},
    {TS_OS_WIN32, 112, CAUSE_DISK_FULL, DO_DISK_FULL},
    {TS_OS_WIN32, 161,
     "There is no disk or no drive letter to work on: the storage driver is missing in the boot "
     "image, or the disk was not partitioned.",
     "Open a prompt, 'diskpart', 'list disk'. No disk: add the storage driver (RST, VMD, NVMe) to "
     "the boot image. A disk: check the partition step and its condition."},
    {TS_OS_WIN32, 193, CAUSE_ARCH, DO_ARCH},
    {TS_OS_WIN32, 216, CAUSE_ARCH, DO_ARCH},
    {TS_OS_WIN32, 1168,
     "Something that a step looks for is not there (partition, boot entry, image index).",
     "Read the lines before it; for boot entries check UEFI or BIOS mode of the boot."},
    {TS_OS_WIN32, 1219, "The machine is already connected to this server as someone else.",
     "End the first connection ('net use /delete'), or use one account for both."},
    {TS_OS_WIN32, 1326, CAUSE_LOGON, DO_LOGON},
    {TS_OS_WIN32, 1327,
     "The account has an empty password, a time restriction, or may not sign in here.", DO_LOGON},
    {TS_OS_WIN32, 1355, CAUSE_DC, DO_DC},
    {TS_OS_WIN32, 1311, CAUSE_DC, DO_DC},
    {TS_OS_WIN32, 2453, CAUSE_DC, DO_DC},
    {TS_OS_WIN32, 1398, CAUSE_DATE, "Set the clock: Kerberos allows a difference of five minutes."},
    {TS_OS_WIN32, 1460, "The step or an operation in it took longer than allowed.",
     "Look what it waited for (a dialog that nobody sees is common); raise the time-out when it is "
     "only slow."},
    {TS_OS_WIN32, 1602,
     "Someone pressed Cancel, or the installer was started with a user interface.",
     "Install with /qn."},
    {TS_OS_WIN32, 1603, "The installer gave up; the reason is in its own log.",
     "Install with /l*v FILE and search the log for 'Return value 3'; the lines above it say why. "
     "Common: a pending restart, a missing requirement, wrong rights."},
    {TS_OS_WIN32, 1612, "The MSI file or its media is not where it was.",
     "Check the package content and the path."},
    {TS_OS_WIN32, 1618, "Windows Installer does one installation at a time.",
     "Wait and try again; a step that starts an installer and does not wait for it is a common "
     "reason."},
    {TS_OS_WIN32, 1619, "The MSI file is not there or cannot be read.",
     "Check the working folder and the name of the file, and the package content."},
    {TS_OS_WIN32, 1633, CAUSE_ARCH, DO_ARCH},
    {TS_OS_WIN32, 1638, "An older or newer version blocks the installation.",
     "Remove the other version first, or treat the code as success when the version there is good "
     "enough."},
    {TS_OS_WIN32, 1641,
     "The installer restarts the machine by itself: the sequence is not asked and may be cut off.",
     "Add /norestart (REBOOT=ReallySuppress) and let the sequence restart on 3010."},
    {TS_OS_WIN32, 2691, "The machine is a member already.",
     "Skip the join with a condition, or leave the domain first."},
    {TS_OS_WIN32, 3010, "The program succeeded and wants a restart.",
     "Keep 3010 among the success codes: the engine restarts after the step."},
    {TS_OS_WIN32, 4316,
     "A check of the Check Readiness step failed (memory, speed, disk, firmware, network, TPM "
     "...).",
     "The log lists each check with what was found and what was wanted."},
    {TS_OS_WIN32, 8557,
     "The account that joins has used up its ten joins (ms-DS-MachineAccountQuota).",
     "Delegate the right to create computer objects to the join account."},
    {TS_OS_WIN32, 10060, CAUSE_TIMEOUT, DO_TIMEOUT},
    {TS_OS_WIN32, 10061, CAUSE_CONNECT, DO_CONNECT},
    {TS_OS_WIN32, 11001, CAUSE_NAME, DO_NAME},
    {TS_OS_WIN32, 12002, CAUSE_TIMEOUT, DO_TIMEOUT},
    {TS_OS_WIN32, 12007, CAUSE_NAME, DO_NAME},
    {TS_OS_WIN32, 12029, CAUSE_CONNECT, DO_CONNECT},
    {TS_OS_WIN32, 12030,
     "The other side ended the connection: a proxy or firewall, or a server that wants TLS or a "
     "client certificate.",
     DO_CONNECT},
    {TS_OS_WIN32, 12037, CAUSE_DATE, DO_DATE},
    {TS_OS_WIN32, 12038, CAUSE_NAME_MISMATCH, DO_NAME_MISMATCH},
    {TS_OS_WIN32, 12044,
     "The server accepts only clients with a certificate, and none (or one without its key) was "
     "given.",
     "Put the client certificate (PFX) into the site file; check that its chain is one that the "
     "server trusts."},
    {TS_OS_WIN32, 12045, CAUSE_CA, DO_CA},
    {TS_OS_WIN32, 12057, CAUSE_REVOKE, DO_REVOKE},
    {TS_OS_WIN32, 12170, "The CA has withdrawn the server's certificate.",
     "Issue a new certificate for the server; do not switch checking off."},
    {TS_OS_WIN32, 12175,
     "Windows gives this one number for several faults of TLS: CA not trusted, clock wrong, name "
     "not in the certificate, revocation not checkable.",
     "Run 'taskseq doctor URL': it tells them apart. Look at the clock first."},
    {TS_OS_HRESULT, 0x80004005,
     "A general failure; the real reason stands in the lines before it. Common at the start of a "
     "sequence: content that is not on any source, or a disk that is not ready.",
     "Go up in smsts.log to the first line of type 3 (error) and explain the number there."},
    {TS_OS_HRESULT, 0x80040102,
     "No source has the package, or this machine's network is assigned to none.",
     "Check that the package (this version) is published on a source that the machine may use."},
    {TS_OS_HRESULT, 0x80091007,
     "What was downloaded is not what was published: damaged on the way or on the source, or "
     "changed there without publishing anew.",
     "Publish or distribute the package again; if only some machines fail, test their memory and "
     "disk."},
    {TS_OS_HRESULT, 0x80220005,
     "A value of the answer file is not allowed, often a computer name: longer than 15 characters, "
     "with blanks or only digits.",
     "Check OSDComputerName after variables are filled in; a serial number as name may be too "
     "long."},
    {TS_OS_HRESULT, 0x800B0109, CAUSE_CA, DO_CA},
    {TS_OS_HRESULT, 0x800B010A, CAUSE_CA, DO_CA},
    {TS_OS_HRESULT, 0x80090325, CAUSE_CA, DO_CA},
    {TS_OS_HRESULT, 0x800B0101, CAUSE_DATE, DO_DATE},
    {TS_OS_HRESULT, 0x80092013, CAUSE_REVOKE, DO_REVOKE},
    {TS_OS_HRESULT, 0x80092012, CAUSE_REVOKE, DO_REVOKE},
    {TS_OS_HRESULT, 0x8028400F,
     "The machine has no TPM, or it is switched off or hidden in the firmware settings.",
     "Switch the TPM (Intel PTT, AMD fTPM) on in the firmware; in a virtual machine add a virtual "
     "TPM."},
    {TS_OS_HRESULT, 0x80310030, "A bootable CD or USB medium is still in the machine.",
     "Remove it before BitLocker is enabled."},
    {TS_OS_HRESULT, 0x87D00269,
     "The client cannot find a management point: network, boundary, certificate, or the site is "
     "not reachable.",
     "Check LocationServices.log and ClientLocation.log; over the internet check the gateway's "
     "address and client authentication."},
    {TS_OS_HRESULT, 0x87D00324,
     "The installation ended well, but the detection rule does not find the application.",
     "Test the detection rule on a machine where the application is installed: path, version, 32 "
     "or 64 bit registry."},
    {TS_OS_HRESULT, 0xC0000005, "A fault in the program, or in a driver or library that it loads.",
     "Look for the program's own log; try another version."},
    {TS_OS_HRESULT, 0xC000007B, CAUSE_ARCH, DO_ARCH},
    {TS_OS_HRESULT, 0xC0000135,
     "A library is missing; Windows PE has only a part of Windows, and needs optional components "
     "for .NET, PowerShell and others.",
     "Add the component or runtime to the boot image, or run the step in the full OS."},
    {TS_OS_HRESULT, 0xC1900208, "An application or a driver that is installed blocks the upgrade.",
     "Read CompatData*.xml in $WINDOWS.~BT/Sources/Panther: it names the blocker."},
    {TS_OS_HRESULT, 0xC1900101, "Setup rolled back, most often because of a driver.",
     "Read setuperr.log and the second number behind this code (the phase); update drivers and "
     "firmware, unplug devices."},
    {TS_OS_HRESULT, 0xC190020E, CAUSE_DISK_FULL, "Free disk space: an upgrade needs about 20 GB."},
    {TS_OS_CURL, 6, CAUSE_NAME, DO_NAME},
    {TS_OS_CURL, 7, CAUSE_CONNECT, DO_CONNECT},
    {TS_OS_CURL, 18,
     "The connection ended early: a proxy, a gateway time-out, or an unstable network.",
     "The transfer goes on where it stopped; if it never ends, look at the proxy's limits."},
    {TS_OS_CURL, 23, CAUSE_DISK_FULL, DO_DISK_FULL},
    {TS_OS_CURL, 28, CAUSE_TIMEOUT, DO_TIMEOUT},
    {TS_OS_CURL, 33, "The server or a proxy ignores ranges; content is downloaded in pieces.",
     "Switch compression and rewriting off for this folder on the server, and caching proxies that "
     "change content."},
    {TS_OS_CURL, 35,
     "Client and server have no TLS version or cipher in common, or something between them breaks "
     "TLS.",
     DO_CONNECT},
    {TS_OS_CURL, 56,
     "The connection broke: network driver, Wi-Fi, VPN, or a firewall that ends long connections.",
     DO_TIMEOUT},
    {TS_OS_CURL, 58, "The client certificate or its password is wrong, or it has no private key.",
     "Export the certificate with its key as PFX again and check the password."},
    {TS_OS_CURL, 60, CAUSE_CA, DO_CA},
    {TS_OS_CURL, 77, "The file with trusted certificates is missing or not PEM.",
     "Check the path in the site file; the file begins with -----BEGIN CERTIFICATE-----."},
    {TS_OS_X509, 9, CAUSE_DATE, DO_DATE},
    {TS_OS_X509, 10, CAUSE_DATE, DO_DATE},
    {TS_OS_X509, 3, CAUSE_REVOKE, DO_REVOKE},
    {TS_OS_X509, 12, CAUSE_REVOKE, DO_REVOKE},
    {TS_OS_X509, 18, CAUSE_CA, DO_CA},
    {TS_OS_X509, 19, CAUSE_CA, DO_CA},
    {TS_OS_X509, 20, CAUSE_CA, DO_CA},
    {TS_OS_X509, 21, "The server sends its own certificate without the intermediate one.",
     "Configure the server to send the whole chain, or give the intermediate with --cacert."},
    {TS_OS_X509, 23, "The CA has withdrawn the certificate.",
     "Issue a new certificate for the server; do not switch checking off."},
    {TS_OS_X509, 62, CAUSE_NAME_MISMATCH, DO_NAME_MISMATCH},
    {TS_OS_HTTP, 401, "The account, token or client certificate is missing, wrong or expired.",
     "Check the credentials in the site file; a token may have expired during a long transfer."},
    {TS_OS_HTTP, 403,
     "The account is known but has no right, a signed URL has expired, or a web filter blocks the "
     "request.",
     "Check the rights on the content; look whether the answer comes from your server or from a "
     "proxy."},
    {TS_OS_HTTP, 404,
     "The content is not published there, or the server hides files with unknown endings (IIS "
     "needs a MIME type for .wim).",
     "Open the URL in a browser; run 'taskseq publish check' on the repository."},
    {TS_OS_HTTP, 407, "The proxy wants a name and password.",
     "Put the proxy and its credentials into the site file, or allow the server without sign-in."},
    {TS_OS_HTTP, 416,
     "The file on the server is shorter than the catalogue says: it was changed or only partly "
     "copied.",
     "Publish again; 'taskseq publish check' finds the file."},
    {TS_OS_HTTP, 429, "Too many machines or connections at once.",
     "The transfer waits as long as the server asks; lower the number of connections if it goes "
     "on."},
    {TS_OS_HTTP, 503, "The service is overloaded, being restarted, or its pool is stopped.",
     "The transfer tries again; look at the server if it goes on."},
    {TS_OS_HTTP, 511, "A captive portal (hotel, guest network) answers instead of the server.",
     "Sign in to the network first, or use another one."},
    {TS_OS_WIMLIB, 13, "The WIM file is damaged.",
     "Download or export it again and compare its SHA-256."},
    {TS_OS_WIMLIB, 18,
     "The image index or name is not in this WIM (an ESD of another edition, for example).",
     "List the images ('wimlib-imagex info FILE', 'dism /Get-ImageInfo') and correct the index."},
    {TS_OS_WIMLIB, 43,
     "The file is something else, or it was only partly copied (a login page saved as WIM, for "
     "example).",
     "Check its size and SHA-256."},
    {TS_OS_EXIT, 1, "The program says no more than that it failed.",
     "Read its output in the log, and its own log."},
    {TS_OS_EXIT, 127, "The program is not on the path, or its interpreter is missing.",
     "Give the whole path; check that the package is there."},
    {TS_OS_EXIT, 9009,
     "cmd.exe does not find the program: a typing error, a missing path, or a blank in a path "
     "without quotes.",
     "Give the whole path in quotes."},
    {TS_OS_EXIT, 16389, "The program returned 0x80004005 and Windows cut it to 16 bits.",
     "Read the lines before it: the real reason stands there."},
    {TS_OS_EXIT, 60001, "An error in the deployment script.",
     "Read the toolkit's log in C:/Windows/Logs/Software."},
    {TS_OS_EXIT, 60008,
     "The toolkit's files are incomplete, or PowerShell runs in the wrong architecture.",
     "Check the package content, and start the 64-bit PowerShell."},
};

const ts_advice *ts_advice_find(ts_os_kind kind, uint32_t number)
{
    if (kind == TS_OS_HRESULT && (number & 0xFFFF0000u) == 0x80070000u) { /* FACILITY_WIN32 */
        kind = TS_OS_WIN32;
        number &= 0xFFFFu;
    }
    for (size_t i = 0; i < TS_COUNT(advice); i++)
        if (advice[i].kind == kind && advice[i].number == number)
            return &advice[i];
    return NULL;
}

const char *ts_advice_code(ts_code code)
{
    static const char *const actions[TS_CODE_COUNT] = {
        [TS_OK] = "Nothing is to be done.",
        [TS_FAILED] = "Look for the failed step: the verdict, the report and smsts.log name it; "
                      "then explain its code.",
        [TS_USAGE] = "Read the message and 'taskseq COMMAND --help'; nothing was done.",
        [TS_RESTART] = "Restart the machine; 'taskseq resume' goes on behind the step that asked. "
                       "With --allow-restart the engine restarts by itself.",
        [TS_SYNTAX] =
            "The message names line and column: correct the file there. Nothing was done.",
        [TS_SCHEMA] = "A value does not fit what the step or format declares: 'taskseq steps TYPE' "
                      "shows what is allowed, 'taskseq check FILE' all such places.",
        [TS_NOT_FOUND] =
            "Check the name and the path; the message says what was looked for and where.",
        [TS_REFUSED] = "The run would have failed later or is not allowed; correct what the "
                       "message names. Nothing was changed.",
        [TS_UNSUPPORTED] = "This build or this system cannot do it: run it where it can be done, "
                           "or give the step a condition or continue-on-error.",
        [TS_NOMEM] =
            "Free memory or use a machine with more; Windows PE needs its scratch space too.",
        [TS_OS] = "Explain the number in the message: 'taskseq explain NUMBER'.",
        [TS_SCRIPT] = "The message names the Lua file and line.",
        [TS_LIMIT] = "The input is larger than the engine allows; the message names the limit.",
        [TS_TIMEOUT] = "Look what it waited for; raise the time-out if it is only slow.",
        [TS_NET] = "Run 'taskseq doctor URL' and explain the number in the message.",
        [TS_BUSY] = "The message names the process: wait for it to end, or give this one a folder "
                    "of its own. A process that is gone holds nothing.",
        [TS_INTEGRITY] =
            "The content is damaged or was changed: publish it again, never switch checking off.",
        [TS_TRUST] =
            "Run 'taskseq doctor URL': it names the certificate or signature that is missing.",
        [TS_STATE] = "The state in the work folder belongs to another run or sequence: 'taskseq "
                     "resume' ends it, or choose another --work folder.",
        [TS_CANCELLED] = "It was stopped from outside; 'taskseq resume' goes on.",
    };
    return actions[code];
}

const char *ts_os_kind_name(ts_os_kind kind)
{
    static const char *const names[] = {
        [TS_OS_NONE] = "",
        [TS_OS_ERRNO] = "errno",
        [TS_OS_WIN32] = "Win32 error",
        [TS_OS_HRESULT] = "HRESULT",
        [TS_OS_CURL] = "curl error",
        [TS_OS_X509] = "OpenSSL certificate error",
        [TS_OS_HTTP] = "HTTP status",
        [TS_OS_WIMLIB] = "wimlib error",
        [TS_OS_EXIT] = "exit code",
    };
    return names[kind];
}
