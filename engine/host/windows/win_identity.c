/* win_identity.c - who this Windows is: its name, its domain or workgroup, its accounts. */
#include <stdlib.h>
#include <wchar.h>

#include "win_private.h"

#include <lm.h>

#include <ts/mem.h>
#include <ts/text.h>

#ifndef NETSETUP_DOMAIN_JOIN_IF_JOINED
#define NETSETUP_DOMAIN_JOIN_IF_JOINED 0x20
#endif
#define SID_MAX  SECURITY_MAX_SID_SIZE
#define NAME_MAX 257u

bool ts_win_computer_rename(void *self, const char *name, ts_err **err)
{
    TS_UNUSED(self);
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(name, err);
    if (!wide)
        return false;
    return SetComputerNameExW(ComputerNamePhysicalDnsHostname, wide) ||
           ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot name this computer '%s'", name);
}

/* --- Domain, workgroup -------------------------------------------------------------------- */

/* Asked by name: not every Windows API there is has it, and a program that imports what is missing
 * does not start at all. */
typedef NET_API_STATUS(WINAPI *join_fn)(LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, DWORD);

static join_fn find_join(ts_err **err)
{
    union {
        FARPROC any;
        join_fn typed;
    } fn = {.any = NULL};
    HMODULE library = LoadLibraryExW(L"netapi32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (library)
        fn.any = GetProcAddress(library, "NetJoinDomain");
    if (!fn.any)
        ts_fail(err, TS_UNSUPPORTED, "this Windows has no NetJoinDomain");
    return fn.any ? fn.typed : NULL;
}

bool ts_win_join(void *self, const ts_join *join, ts_err **err)
{
    TS_UNUSED(self);
    join_fn net_join = find_join(err);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = net_join ? ts_wide(join->name, err) : NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *ou = name ? ts_wide(join->ou ? join->ou : "", err) : NULL;
    TS_CLEANUP(ts_free_ptr) wchar_t *user = ou ? ts_wide(join->user ? join->user : "", err) : NULL;
    TS_CLEANUP(ts_free_ptr)
    wchar_t *password = user ? ts_wide(join->password ? join->password : "", err) : NULL;
    if (!password)
        return false;
    NET_API_STATUS status = 0;
    if (join->domain)
        status = net_join(NULL, name, *ou ? ou : NULL, *user ? user : NULL, *user ? password : NULL,
                          NETSETUP_JOIN_DOMAIN | NETSETUP_ACCT_CREATE |
                              NETSETUP_DOMAIN_JOIN_IF_JOINED);
    else
        status = net_join(NULL, name, NULL, NULL, NULL, 0);
    ts_wipe(password, wcslen(password) * sizeof(*password));
    return status == NERR_Success ||
           ts_fail_os(err, TS_OS_WIN32, (uint32_t)status, "cannot join %s '%s'",
                      join->domain ? "the domain" : "the workgroup", join->name);
}

/* --- Accounts ----------------------------------------------------------------------------- */

/* A name that Windows translates (Administrator is Administrateur in French), from its SID. */
static bool name_of_sid(PSID sid, wchar_t name[NAME_MAX])
{
    wchar_t domain[NAME_MAX];
    DWORD n = NAME_MAX;
    DWORD m = NAME_MAX;
    SID_NAME_USE use;
    return LookupAccountSidW(NULL, sid, name, &n, domain, &m, &use);
}

static bool well_known(WELL_KNOWN_SID_TYPE type, PSID domain, wchar_t name[NAME_MAX])
{
    BYTE sid[SID_MAX];
    DWORD size = sizeof(sid);
    return CreateWellKnownSid(type, domain, sid, &size) && name_of_sid(sid, name);
}

static bool builtin_administrator(wchar_t name[NAME_MAX])
{
    wchar_t computer[NAME_MAX];
    wchar_t domain[NAME_MAX];
    BYTE machine[SID_MAX];
    DWORD n = NAME_MAX;
    DWORD size = sizeof(machine);
    DWORD m = NAME_MAX;
    SID_NAME_USE use;
    return GetComputerNameW(computer, &n) &&
           LookupAccountNameW(NULL, computer, machine, &size, domain, &m, &use) &&
           well_known(WinAccountAdministratorSid, machine, name);
}

static NET_API_STATUS add_user(wchar_t *name, wchar_t *password)
{
    USER_INFO_1 user = {.usri1_name = name,
                        .usri1_password = password,
                        .usri1_priv = USER_PRIV_USER,
                        .usri1_flags = UF_SCRIPT | UF_NORMAL_ACCOUNT | UF_DONT_EXPIRE_PASSWD};
    return NetUserAdd(NULL, 1, (LPBYTE)&user, NULL);
}

static NET_API_STATUS change_user(const wchar_t *name, wchar_t *password, DWORD flags, bool enable)
{
    NET_API_STATUS status = 0;
    if (password) {
        USER_INFO_1003 secret = {.usri1003_password = password};
        status = NetUserSetInfo(NULL, name, 1003, (LPBYTE)&secret, NULL);
    }
    DWORD wanted = enable ? flags & ~(DWORD)UF_ACCOUNTDISABLE : flags | UF_ACCOUNTDISABLE;
    if (status == 0 && wanted != flags) {
        USER_INFO_1008 info = {.usri1008_flags = wanted};
        status = NetUserSetInfo(NULL, name, 1008, (LPBYTE)&info, NULL);
    }
    return status;
}

static NET_API_STATUS make_administrator(wchar_t *name)
{
    wchar_t group[NAME_MAX];
    if (!well_known(WinBuiltinAdministratorsSid, NULL, group))
        return GetLastError();
    LOCALGROUP_MEMBERS_INFO_3 member = {.lgrmi3_domainandname = name};
    NET_API_STATUS status = NetLocalGroupAddMembers(NULL, group, 3, (LPBYTE)&member, 1);
    return status == ERROR_MEMBER_IN_ALIAS ? 0 : status;
}

static NET_API_STATUS set_account(const ts_account *account, wchar_t *name, wchar_t *password)
{
    USER_INFO_1 *there = NULL;
    NET_API_STATUS status = NetUserGetInfo(NULL, name, 1, (LPBYTE *)&there);
    if (status == NERR_UserNotFound) {
        status = add_user(name, password ? password : (wchar_t[]){0});
        if (status == 0 && !account->enable)
            status = change_user(name, NULL, UF_SCRIPT | UF_NORMAL_ACCOUNT, false);
    } else if (status == 0) {
        status = change_user(name, password, there->usri1_flags, account->enable);
        NetApiBufferFree(there);
    }
    return status == 0 && account->is_administrator ? make_administrator(name) : status;
}

bool ts_win_account_set(void *self, const ts_account *account, ts_err **err)
{
    TS_UNUSED(self);
    wchar_t builtin[NAME_MAX];
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(account->name, err);
    if (!name)
        return false;
    wchar_t *password = NULL;
    if (account->password) {
        password = ts_wide(account->password, err);
        if (!password)
            return false;
    }
    bool is_builtin = ts_str_ieq(account->name, "Administrator") && builtin_administrator(builtin);
    NET_API_STATUS status = set_account(account, is_builtin ? builtin : name, password);
    if (password)
        ts_wipe(password, wcslen(password) * sizeof(*password));
    free(password);
    return status == 0 || ts_fail_os(err, TS_OS_WIN32, (uint32_t)status,
                                     "cannot set up the account '%s'", account->name);
}
