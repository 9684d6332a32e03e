/* win_power.c - the computer's name, firmware, the programs of Windows, restart. */
#include <stdlib.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define REASON                                                                                     \
    (SHTDN_REASON_MAJOR_OPERATINGSYSTEM | SHTDN_REASON_MINOR_INSTALLATION |                        \
     SHTDN_REASON_FLAG_PLANNED)
#define UEFI_TYPE 2 /* FirmwareTypeUefi */

/* GetFirmwareType exists from Windows 8 on, and not in every Windows API there is: asked by name.
 */
bool ts_win_firmware(void *self, bool *uefi, bool *secure_boot, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    typedef BOOL(WINAPI * ask)(int *type);
    union {
        FARPROC any;
        ask typed;
    } fn = {.any = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "GetFirmwareType")};
    int type = 0;
    if (fn.any) {
        *uefi = fn.typed(&type) && type == UEFI_TYPE;
    } else {
        /* On BIOS the call itself is not valid; on UEFI this variable does not exist. */
        char none[4];
        GetFirmwareEnvironmentVariableW(L"", L"{00000000-0000-0000-0000-000000000000}", none,
                                        sizeof(none));
        *uefi = GetLastError() != ERROR_INVALID_FUNCTION;
    }
    DWORD on = 0;
    DWORD size = sizeof(on);
    LSTATUS status = RegGetValueW(HKEY_LOCAL_MACHINE,
                                  L"SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State",
                                  L"UEFISecureBootEnabled", RRF_RT_REG_DWORD, NULL, &on, &size);
    *secure_boot = *uefi && status == ERROR_SUCCESS && on == 1;
    return true;
}

/* The name that this Windows runs with, not the one it gets with the next restart. */
bool ts_win_host_name(void *self, char **out, ts_err **err)
{
    TS_UNUSED(self);
    wchar_t name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD n = TS_COUNT(name);
    if (!GetComputerNameW(name, &n))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot read the computer's name");
    *out = ts_narrow(name, err);
    return *out != NULL;
}

/* InitiateSystemShutdownEx does not exist as a service in Windows PE; its own program restarts it.
 */
static bool reboot_pe(const ts_windows *machine, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *tool = ts_win_tool(machine, "wpeutil.exe", err);
    const char *argv[] = {tool, "reboot", NULL};
    return tool ? ts_win_tool_run(machine, argv, NULL, "restart this Windows PE", err)
                : ts_wrap(err, "cannot restart this Windows PE");
}

bool ts_win_privilege(const wchar_t *name)
{
    TS_CLEANUP(ts_handle_close) HANDLE token = NULL;
    TOKEN_PRIVILEGES want = {.PrivilegeCount = 1};
    want.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    return OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token) &&
           LookupPrivilegeValueW(NULL, name, &want.Privileges[0].Luid) &&
           AdjustTokenPrivileges(token, FALSE, &want, 0, NULL, NULL) &&
           GetLastError() == ERROR_SUCCESS;
}

bool ts_win_reboot(void *self, ts_restart target, uint32_t seconds, const char *message,
                   ts_err **err)
{
    const ts_windows *machine = self;
    TS_UNUSED(target);
    if (machine->local.phase == TS_PHASE_WINPE) {
        for (uint32_t waited = 0; waited < seconds && !*machine->local.cancel; waited++)
            ts_sleep(1000);
        return *machine->local.cancel ? ts_fail(err, TS_CANCELLED, "cancelled before the restart")
                                      : reboot_pe(machine, err);
    }
    TS_CLEANUP(ts_free_ptr) wchar_t *text = ts_wide(message ? message : "", err);
    if (!text)
        return false;
    if (!ts_win_privilege(SE_SHUTDOWN_NAME))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(),
                          "cannot get the right to restart this machine");
    return InitiateSystemShutdownExW(NULL, text, seconds, TRUE, TRUE, REASON) ||
           ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot restart this machine");
}
