/* win32_launch.c - what CreateProcess is told: which program, its environment, what it inherits. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win32_parts.h"

#include <ts/mem.h>
#include <ts/text.h>

#define COMMAND_LINE_MAX 32767u /* characters, of CreateProcess */
#ifndef ERROR_ELEVATION_REQUIRED
#define ERROR_ELEVATION_REQUIRED 740 /* missing in the headers of mingw-w64 10 */
#endif
#define ENV_MAX (1024u * 1024u) /* characters of the environment of a child */

void ts_launch_done(ts_launch *l)
{
    free(l->program);
    if (l->command_line)
        ts_wipe(l->command_line, wcslen(l->command_line) * sizeof(wchar_t));
    free(l->command_line);
    free(l->folder);
    free(l->env);
    memset(l, 0, sizeof(*l));
}

/* --- Which program ------------------------------------------------------------------------ */

static bool has_extension(const char *name)
{
    return strchr(ts_path_base(name), '.') != NULL;
}

/* `folder` NULL: where Windows looks (its own folders, PATH). */
static wchar_t *search(const wchar_t *folder, const char *name)
{
    static const wchar_t *const endings[] = {L".exe", L".com", L".cmd", L".bat"};
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(name, NULL);
    wchar_t *found = ts_alloc_array(TS_WIDE_PATH_MAX, sizeof(*found));
    for (size_t i = 0; wide && found && i < TS_COUNT(endings); i++) {
        DWORD n = SearchPathW(folder, wide, endings[i], TS_WIDE_PATH_MAX, found, NULL);
        DWORD attributes = n > 0 && n < TS_WIDE_PATH_MAX ? GetFileAttributesW(found)
                                                         : INVALID_FILE_ATTRIBUTES;
        if (attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY))
            return found;
        if (has_extension(name))
            break;
    }
    free(found);
    return NULL;
}

/* A program is looked for in its working folder and then in PATH: package folders rely on that. A
 * path is left to Windows, which also tries `C:\Program Files\x.exe` without quotes. */
static bool find_program(ts_launch *l, const char *name, const char *folder, ts_err **err)
{
    if (*name == '\0')
        return ts_fail(err, TS_NOT_FOUND, "the command line names no program");
    if (folder && !ts_file_is_folder(folder))
        return ts_fail(err, TS_NOT_FOUND, "there is no working folder '%s'", folder);
    bool plain = !strpbrk(name, "/\\:");
    if (folder && !ts_path_is_absolute(name)) {
        TS_CLEANUP(ts_free_ptr) wchar_t *where = ts_wide_path(folder, err);
        if (!where)
            return false;
        TS_CLEANUP(ts_free_ptr) char *joined = plain ? NULL : ts_path_join(folder, name);
        l->program = plain ? search(where, name) : joined ? search(NULL, joined) : NULL;
    }
    if (!l->program && plain)
        l->program = search(NULL, name);
    return true;
}

/* Windows drops dots and blanks at the end of a name. */
static bool is_script(const wchar_t *name)
{
    size_t n = wcslen(name);
    while (n > 0 && (name[n - 1] == L'.' || name[n - 1] == L' '))
        n--;
    return n > 4 &&
           (_wcsnicmp(name + n - 4, L".cmd", 4) == 0 || _wcsnicmp(name + n - 4, L".bat", 4) == 0);
}

/* cmd.exe reads the arguments of a script by rules of its own: what has a meaning there cannot be
 * handed over unchanged, and a caller that gives single arguments expects just that. More than
 * blanks is between arguments, and a back slash before a quote is nothing but a back slash. */
static char *join_for_script(const char *const *argv, ts_err **err)
{
    TS_CLEANUP(ts_buf_done) ts_buf out;
    ts_buf_init(&out, TS_COMMAND_MAX);
    for (const char *const *arg = argv; *arg; arg++) {
        if (strpbrk(*arg, "\"%^&|<>!\r\n")) {
            ts_fail(err, TS_UNSUPPORTED,
                    "a .cmd or .bat file cannot get an argument with a quote or one of "
                    "%%^&|<>!; write it as a command line");
            return NULL;
        }
        const char *quote = **arg == '\0' || strpbrk(*arg, " \t,;=()") ? "\"" : "";
        ts_buf_str(&out, arg == argv ? "" : " ");
        ts_buf_str(&out, quote);
        ts_buf_str(&out, *arg);
        ts_buf_str(&out, quote);
    }
    return ts_buf_ok(&out, "command line", err) ? ts_buf_take(&out) : NULL;
}

static char *join(const ts_launch *l, const char *const *argv, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(argv[0], err);
    if (!name)
        return NULL;
    return is_script(l->program ? l->program : name) ? join_for_script(argv, err)
                                                     : ts_command_join(argv, err);
}

static bool make_command(ts_launch *l, const ts_program *program, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char **split = program->argv ? NULL : ts_command_split(program->command_line, err);
    if (!program->argv && !split)
        return false;
    const char *name = program->argv ? program->argv[0] : split[0];
    if (!find_program(l, name ? name : "", program->folder, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *joined = program->argv ? join(l, program->argv, err) : NULL;
    if (program->argv && !joined)
        return false;
    l->command_line = ts_wide(joined ? joined : program->command_line, err);
    if (joined)
        ts_wipe(joined, strlen(joined));
    if (l->command_line && wcslen(l->command_line) >= COMMAND_LINE_MAX)
        return ts_fail(err, TS_LIMIT, "the command line has more than %u characters",
                       COMMAND_LINE_MAX - 1);
    return l->command_line != NULL;
}

/* --- Its environment ---------------------------------------------------------------------- */

static size_t name_length(const wchar_t *setting)
{
    /* "=C:=C:\folder": the current folder of a drive; its name begins with '='. */
    const wchar_t *end = *setting ? wcschr(setting + 1, L'=') : NULL;
    return end ? (size_t)(end - setting) : wcslen(setting);
}

static bool is_replaced(const wchar_t *old, const wchar_t *settings)
{
    size_t len = name_length(old);
    if (len == 14 && _wcsnicmp(old, L"TASKSEQ_SOCKET", 14) == 0)
        return true; /* that of an engine around this one is not meant for the child */
    for (const wchar_t *s = settings; *s; s += wcslen(s) + 1) {
        if (name_length(s) == len && _wcsnicmp(s, old, len) == 0)
            return true;
    }
    return false;
}

static bool add_setting(wchar_t *block, size_t *used, const char *text, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(text, err);
    if (!wide)
        return false;
    size_t n = wcslen(wide) + 1;
    if (*used + n + 1 > ENV_MAX)
        return ts_fail(err, TS_LIMIT, "the environment has more than %u characters", ENV_MAX);
    memcpy(block + *used, wide, n * sizeof(*wide));
    *used += n;
    return true;
}

static bool make_env(ts_launch *l, const ts_program *program, const ts_ipc_server *server,
                     ts_err **err)
{
    if (!program->env && !server && !ts_env_get("TASKSEQ_SOCKET"))
        return true;
    l->env = ts_alloc_array(ENV_MAX, sizeof(wchar_t));
    if (!l->env)
        return ts_fail_nomem(err);
    size_t used = 0;
    for (const char *const *e = program->env; e && *e; e++) {
        if (!add_setting(l->env, &used, *e, err))
            return false;
    }
    size_t own = used; /* the additions end here */
    wchar_t *ours = GetEnvironmentStringsW();
    bool ok = ours != NULL || ts_fail_nomem(err);
    for (const wchar_t *e = ours; ok && *e; e += wcslen(e) + 1) {
        wchar_t keep = l->env[own];
        l->env[own] = L'\0';
        bool replaced = is_replaced(e, l->env);
        l->env[own] = keep;
        size_t n = wcslen(e) + 1;
        if (replaced)
            continue;
        ok = used + n + 1 <= ENV_MAX || ts_fail(err, TS_LIMIT, "the environment is too long");
        if (ok)
            memcpy(l->env + used, e, n * sizeof(wchar_t));
        used += ok ? n : 0;
    }
    if (ours)
        FreeEnvironmentStringsW(ours);
    if (ok && server) {
        TS_CLEANUP(ts_free_ptr)
        char *text = ts_sprintf("TASKSEQ_SOCKET=%s", ts_ipc_server_address(server));
        ok = text ? add_setting(l->env, &used, text, err) : ts_fail_nomem(err);
    }
    return ok;
}

bool ts_launch_make(ts_launch *l, const ts_program *program, const ts_ipc_server *server,
                    ts_err **err)
{
    memset(l, 0, sizeof(*l));
    if (!make_command(l, program, err))
        return false;
    if (program->folder) {
        TS_CLEANUP(ts_free_ptr) char *full = ts_path_absolute(program->folder, err);
        l->folder = full ? ts_wide(full, err) : NULL;
        if (!l->folder)
            return false;
        for (wchar_t *p = l->folder; *p; p++) {
            if (*p == L'/')
                *p = L'\\'; /* cmd.exe takes no other */
        }
    }
    return make_env(l, program, server, err);
}

/* --- Starting ----------------------------------------------------------------------------- */

static bool fail_start(ts_err **err, DWORD number, const ts_program *program)
{
    TS_CLEANUP(ts_free_ptr)
    char **split = program->argv ? NULL : ts_command_split(program->command_line, NULL);
    const char *name = program->secret ? "(hidden)"
                       : program->argv ? program->argv[0]
                       : split         ? split[0]
                                       : "";
    if (number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND)
        return ts_fail_os_as(err, TS_NOT_FOUND, TS_OS_WIN32, number, "cannot find the program '%s'",
                             name);
    if (number == ERROR_BAD_EXE_FORMAT)
        return ts_fail_os(err, TS_OS_WIN32, number,
                          "cannot start '%s': it is no program, or one for another processor",
                          name);
    if (number == ERROR_ELEVATION_REQUIRED)
        return ts_fail_os(err, TS_OS_WIN32, number,
                          "cannot start '%s': it asks for administrator rights; start taskseq with "
                          "them",
                          name);
    if (program->user)
        return ts_fail_os(err, TS_OS_WIN32, number, "cannot start '%s' as user '%s'", name,
                          program->user);
    return ts_fail_os(err, TS_OS_WIN32, number, "cannot start '%s'", name);
}

/* As another user: with a token where the engine is the system (which may not use the secondary
 * logon service), else through that service. */
static bool start_as(const ts_launch *l, const ts_program *program, STARTUPINFOEXW *info,
                     DWORD flags, PROCESS_INFORMATION *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *account = ts_wide(program->user, err);
    TS_CLEANUP(ts_free_ptr)
    wchar_t *password = account ? ts_wide(program->password ? program->password : "", err) : NULL;
    if (!password)
        return false;
    wchar_t *user = wcschr(account, L'\\');
    const wchar_t *domain = user ? account : wcschr(account, L'@') ? NULL : L".";
    if (user)
        *user++ = L'\0';
    else
        user = account;
    HANDLE token = NULL;
    bool ok = LogonUserW(user, domain, password, LOGON32_LOGON_INTERACTIVE,
                         LOGON32_PROVIDER_DEFAULT, &token) &&
              CreateProcessAsUserW(token, l->program, l->command_line, NULL, NULL, TRUE, flags,
                                   l->env, l->folder, &info->StartupInfo, out);
    if (!ok && GetLastError() == ERROR_PRIVILEGE_NOT_HELD) {
        info->StartupInfo.cb = sizeof(info->StartupInfo);
        ok = CreateProcessWithLogonW(user, domain, password, LOGON_WITH_PROFILE, l->program,
                                     l->command_line, flags & ~(DWORD)EXTENDED_STARTUPINFO_PRESENT,
                                     l->env, l->folder, &info->StartupInfo, out);
    }
    DWORD number = GetLastError();
    ts_handle_close(&token);
    ts_wipe(password, wcslen(password) * sizeof(*password));
    return ok || fail_start(err, number, program);
}

static bool start_with(const ts_launch *l, const ts_program *program, HANDLE handles[2],
                       PROCESS_INFORMATION *out, ts_err **err)
{
    /* Only these two are inherited, whatever else of the engine is inheritable just now. */
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    TS_CLEANUP(ts_free_ptr) LPPROC_THREAD_ATTRIBUTE_LIST list = ts_alloc(size);
    if (!list)
        return ts_fail_nomem(err);
    if (!InitializeProcThreadAttributeList(list, 1, 0, &size))
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot prepare a program");
    size_t n = handles[0] == handles[1] ? 1 : 2;
    UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
                              n * sizeof(HANDLE), NULL, NULL);
    STARTUPINFOEXW info = {.lpAttributeList = list};
    info.StartupInfo.cb = sizeof(info);
    info.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    info.StartupInfo.hStdInput = handles[0];
    info.StartupInfo.hStdOutput = handles[1];
    info.StartupInfo.hStdError = handles[1];
    /* A group of its own: Ctrl+C reaches the engine alone, which ends the tree in its own way. */
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | CREATE_NEW_PROCESS_GROUP |
                  EXTENDED_STARTUPINFO_PRESENT;
    bool ok = false;
    if (program->user) {
        ok = start_as(l, program, &info, flags, out, err);
    } else {
        ok = CreateProcessW(l->program, l->command_line, NULL, NULL, TRUE, flags, l->env, l->folder,
                            &info.StartupInfo, out) ||
             fail_start(err, GetLastError(), program);
    }
    DeleteProcThreadAttributeList(list);
    return ok;
}

bool ts_launch_start(const ts_launch *l, const ts_program *program, HANDLE output,
                     PROCESS_INFORMATION *out, ts_err **err)
{
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof(inherit), .bInheritHandle = TRUE};
    HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit, OPEN_EXISTING, 0,
                                 NULL);
    if (nothing == INVALID_HANDLE_VALUE)
        return ts_fail_os(err, TS_OS_WIN32, GetLastError(), "cannot open NUL");
    HANDLE handles[2] = {nothing, output ? output : nothing};
    bool ok = start_with(l, program, handles, out, err);
    CloseHandle(nothing);
    return ok;
}
