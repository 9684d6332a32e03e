/* win32_service.c - the engine as a service of Windows. */
#include <stdlib.h>

#include "win32_parts.h"

#include <aclapi.h>

#include <ts/mem.h>
#include <ts/text.h>

#define RESTART_AFTER 5000u /* ms until a crashed service is started again */
#define FORGET_AFTER  3600u /* s without a crash until they are counted anew */

static bool failed(ts_err **err, DWORD number, const char *what, const char *name)
{
    return ts_fail_os(err, TS_OS_WIN32, number, "cannot %s the service '%s'", what, name);
}

static void close_service(SC_HANDLE *handle)
{
    if (*handle)
        CloseServiceHandle(*handle);
}

/* --- Installing ---------------------------------------------------------------------------- */

static SC_HANDLE create(SC_HANDLE manager, const wchar_t *name, const wchar_t *title,
                        const wchar_t *command)
{
    const DWORD rights = SERVICE_CHANGE_CONFIG | SERVICE_START;
    SC_HANDLE service = CreateServiceW(manager, name, title, rights, SERVICE_WIN32_OWN_PROCESS,
                                       SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, command, NULL,
                                       NULL, NULL, NULL, NULL);
    if (service || GetLastError() != ERROR_SERVICE_EXISTS)
        return service;
    service = OpenServiceW(manager, name, rights);
    if (service &&
        !ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                              SERVICE_ERROR_NORMAL, command, NULL, NULL, NULL, NULL, NULL, title)) {
        DWORD number = GetLastError();
        CloseServiceHandle(service);
        SetLastError(number);
        return NULL;
    }
    return service;
}

/* The watchdog of Lua scripts ends the process when a script is stuck; the journal says so to the
 * next one. Not being able to ask for this is no reason to have no service. */
static void restart_after_crash(SC_HANDLE service)
{
    SC_ACTION actions[] = {{SC_ACTION_RESTART, RESTART_AFTER}};
    SERVICE_FAILURE_ACTIONSW what = {
        .dwResetPeriod = FORGET_AFTER, .cActions = TS_COUNT(actions), .lpsaActions = actions};
    (void)ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &what);
}

bool ts_service_install(const char *name, const char *title, const char *command_line, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(name, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *text = wide ? ts_wide(title, err) : NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *command = text ? ts_wide(command_line, err) : NULL;
    TS_CLEANUP(close_service) SC_HANDLE manager = NULL;
    TS_CLEANUP(close_service) SC_HANDLE service = NULL;
    if (!command)
        return false;
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    service = manager ? create(manager, wide, text, command) : NULL;
    if (!service)
        return failed(err, GetLastError(), "install", name);
    restart_after_crash(service);
    return true;
}

/* NULL: GetLastError says why. */
static SC_HANDLE open_service(const char *name, DWORD rights, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(name, err);
    TS_CLEANUP(close_service) SC_HANDLE manager = NULL;
    manager = wide ? OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT) : NULL;
    SC_HANDLE service = manager ? OpenServiceW(manager, wide, rights) : NULL;
    DWORD number = GetLastError();
    if (wide && !service && number != ERROR_SERVICE_DOES_NOT_EXIST)
        failed(err, number, "open", name);
    SetLastError(number);
    return service;
}

bool ts_service_start(const char *name, ts_err **err)
{
    ts_err *why = NULL;
    TS_CLEANUP(close_service) SC_HANDLE service = open_service(name, SERVICE_START, &why);
    if (service &&
        (StartServiceW(service, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING))
        return true;
    DWORD number = GetLastError();
    ts_err_free(why);
    return failed(err, number, "start", name);
}

bool ts_service_remove(const char *name, ts_err **err)
{
    ts_err *why = NULL;
    TS_CLEANUP(close_service) SC_HANDLE service = open_service(name, DELETE, &why);
    if (service && !DeleteService(service) && GetLastError() != ERROR_SERVICE_MARKED_FOR_DELETE)
        return failed(err, GetLastError(), "remove", name);
    return !why || ts_fail_take(err, why);
}

/* --- Running ------------------------------------------------------------------------------- */

/* Windows calls a function without a context argument: one service a process. */
static struct {
    const char *name;
    int (*fn)(void *ctx);
    void *ctx;
    int status;
    SERVICE_STATUS_HANDLE handle;
} running;

static void tell(DWORD state, int status)
{
    SERVICE_STATUS now = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS, .dwCurrentState = state};
    if (state == SERVICE_RUNNING)
        now.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN;
    if (status != 0) {
        now.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
        now.dwServiceSpecificExitCode = (DWORD)status;
    }
    SetServiceStatus(running.handle, &now);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *ctx)
{
    TS_UNUSED(type);
    TS_UNUSED(data);
    TS_UNUSED(ctx);
    if (control == SERVICE_CONTROL_INTERROGATE)
        return NO_ERROR;
    if (control != SERVICE_CONTROL_STOP && control != SERVICE_CONTROL_SHUTDOWN)
        return ERROR_CALL_NOT_IMPLEMENTED;
    tell(SERVICE_STOP_PENDING, 0);
    (void)ts_interrupt_now();
    return NO_ERROR;
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    TS_UNUSED(argc);
    TS_UNUSED(argv);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(running.name, NULL);
    running.handle = name ? RegisterServiceCtrlHandlerExW(name, on_control, NULL) : NULL;
    if (!running.handle)
        return;
    tell(SERVICE_RUNNING, 0);
    running.status = running.fn(running.ctx);
    tell(SERVICE_STOPPED, running.status);
}

bool ts_service_run(const char *name, int (*fn)(void *ctx), void *ctx, int *status, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(name, err);
    if (!wide)
        return false;
    running.name = name;
    running.fn = fn;
    running.ctx = ctx;
    const SERVICE_TABLE_ENTRYW table[] = {{wide, service_main}, {NULL, NULL}};
    if (StartServiceCtrlDispatcherW(table)) {
        *status = running.status;
        return true;
    }
    DWORD number = GetLastError();
    if (number == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
        return ts_fail(err, TS_STATE, "Windows did not start this program as a service");
    return failed(err, number, "run", name);
}

bool ts_setup_in_progress(void)
{
    DWORD on = 0;
    DWORD size = sizeof(on);
    LSTATUS status = RegGetValueW(HKEY_LOCAL_MACHINE, L"SYSTEM\\Setup", L"SystemSetupInProgress",
                                  RRF_RT_REG_DWORD, NULL, &on, &size);
    return status == ERROR_SUCCESS && on != 0;
}

/* --- Files of the agent -------------------------------------------------------------------- */

/* What Windows PE put there inherits the rights from the root folder, where users may read. */
bool ts_folder_restrict(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide_path(path, err);
    if (!wide)
        return false;
    PSECURITY_DESCRIPTOR rights = ts_owner_only();
    PACL list = NULL;
    BOOL present = FALSE;
    BOOL by_default = FALSE;
    DWORD number = ERROR_SUCCESS;
    if (!rights || !GetSecurityDescriptorDacl(rights, &present, &list, &by_default))
        number = GetLastError();
    else
        number = SetNamedSecurityInfoW(
            wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
            NULL, NULL, list, NULL);
    if (rights)
        LocalFree(rights);
    return number == ERROR_SUCCESS || ts_fail_win32(err, number, "restrict", path);
}

static bool is_this_account(PSID owner)
{
    TS_CLEANUP(ts_handle_close) HANDLE token = NULL;
    DWORD size = 0;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    GetTokenInformation(token, TokenUser, NULL, 0, &size);
    TS_CLEANUP(ts_free_ptr) void *user = size > 0 ? ts_alloc(size) : NULL;
    return user && GetTokenInformation(token, TokenUser, user, size, &size) &&
           EqualSid(((const TOKEN_USER *)user)->User.Sid, owner);
}

bool ts_file_is_ours(const char *path)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide_path(path, NULL);
    PSECURITY_DESCRIPTOR rights = NULL;
    PSID owner = NULL;
    if (!wide || GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                       NULL, NULL, NULL, &rights) != ERROR_SUCCESS)
        return false;
    bool ours = owner &&
                (IsWellKnownSid(owner, WinLocalSystemSid) ||
                 IsWellKnownSid(owner, WinBuiltinAdministratorsSid) || is_this_account(owner));
    LocalFree(rights);
    return ours;
}

bool ts_file_remove_later(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide_path(path, err);
    if (!wide)
        return false;
    if (ts_file_remove(path, NULL))
        return true;
    return MoveFileExW(wide, NULL, MOVEFILE_DELAY_UNTIL_REBOOT) ||
           ts_fail_win32(err, GetLastError(), "remove", path);
}
