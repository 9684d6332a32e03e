/* win_offline.c - the registry of a Windows that does not run: its hive is loaded below HKEY_USERS
 * for the time of one look or change. A key that is left open would keep the file locked, so each
 * operation loads and unloads by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define TRIES 20u  /* a virus scanner or indexer holds the hive for a moment */
#define PAUSE 100u /* ms */

typedef struct hive {
    wchar_t name[64]; /* below HKEY_USERS */
    bool loaded;
} hive;

static void unload(hive *h)
{
    LSTATUS status = ERROR_SUCCESS;
    for (unsigned i = 0; h->loaded && i < TRIES; i++) {
        status = RegUnLoadKeyW(HKEY_USERS, h->name);
        if (status == ERROR_SUCCESS)
            h->loaded = false;
        else
            ts_sleep(PAUSE);
    }
}

static bool load(hive *h, char letter, const char *name, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *path = ts_sprintf("%c:\\Windows\\System32\\config\\%s", letter, name);
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = path ? ts_wide_path(path, err) : NULL;
    if (!wide)
        return path ? false : ts_fail_nomem(err);
    if (!ts_file_exists(path)) /* RegLoadKey would make a new one */
        return ts_fail(err, TS_NOT_FOUND, "there is no hive '%s': no Windows is on %c:", path,
                       letter);
    _snwprintf(h->name, TS_COUNT(h->name) - 1, L"taskseq-offline-%lu", GetCurrentProcessId());
    if (!ts_win_privilege(L"SeRestorePrivilege") || !ts_win_privilege(L"SeBackupPrivilege"))
        return ts_fail(err, TS_OS, "cannot load '%s': the account has not the right to do so",
                       path);
    LSTATUS status = RegLoadKeyW(HKEY_USERS, h->name, wide);
    h->loaded = status == ERROR_SUCCESS;
    return h->loaded ||
           ts_fail_os(err, TS_OS_WIN32, (uint32_t)status, "cannot load the hive '%s'", path);
}

/* CurrentControlSet is a link that is made when Windows starts; Select\Current says to which set.
 */
static DWORD control_set(const hive *h)
{
    wchar_t key[80];
    DWORD set = 1;
    DWORD size = sizeof(set);
    _snwprintf(key, TS_COUNT(key) - 1, L"%ls\\Select", h->name);
    key[TS_COUNT(key) - 1] = L'\0';
    if (RegGetValueW(HKEY_USERS, key, L"Current", RRF_RT_REG_DWORD, NULL, &set, &size) !=
            ERROR_SUCCESS ||
        set == 0 || set > 999)
        set = 1;
    return set;
}

static char *full_key(const hive *h, const char *key, ts_err **err)
{
    static const char current[] = "CurrentControlSet";
    const size_t len = sizeof(current) - 1;
    TS_CLEANUP(ts_free_ptr) char *name = ts_narrow(h->name, err);
    char set[24] = "";
    while (*key == '\\')
        key++;
    if (ts_str_ihas_prefix(key, current) && (key[len] == '\\' || key[len] == '\0')) {
        snprintf(set, sizeof(set), "ControlSet%03lu", (unsigned long)control_set(h));
        key += len;
    }
    bool slash = *set || *key;
    char *full = name ? ts_sprintf("HKEY_USERS\\%s%s%s%s", name, slash ? "\\" : "", set, key)
                      : NULL;
    if (name && !full)
        ts_fail_nomem(err);
    return full;
}

bool ts_win_offline_reg_get(void *self, char letter, const char *name, const char *key,
                            const char *value, bool *found, ts_reg_type *type, char **data,
                            ts_err **err)
{
    TS_CLEANUP(unload) hive h = {.loaded = false};
    if (!load(&h, letter, name, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *full = full_key(&h, key, err);
    return full && ts_win_reg_get(self, full, value, found, type, data, err);
}

bool ts_win_offline_reg_set(void *self, char letter, const char *name, const char *key,
                            const char *value, ts_reg_type type, const char *data, ts_err **err)
{
    hive h = {.loaded = false};
    if (!load(&h, letter, name, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *full = full_key(&h, key, err);
    bool ok = full && ts_win_reg_set(self, full, value, type, data, err);
    unload(&h);
    /* What is not unloaded is not in the file for sure. */
    if (ok && h.loaded)
        return ts_fail(err, TS_OS,
                       "the hive '%s' of the Windows on %c: is held open by another program; the "
                       "change may be lost",
                       name, letter);
    return ok;
}
