/* registry_name.c - one spelling for registry keys: people write HKLM, "HKLM:\" as in PowerShell,
 * "Computer\HKEY_..." as the registry editor's address bar shows it, and stray back slashes. */
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>

#include "host_ops.h"

static const struct {
    const char *alias;
    const char *name;
} hives[] = {
    {"HKEY_LOCAL_MACHINE", "HKEY_LOCAL_MACHINE"},
    {"HKLM", "HKEY_LOCAL_MACHINE"},
    {"HKEY_CURRENT_USER", "HKEY_CURRENT_USER"},
    {"HKCU", "HKEY_CURRENT_USER"},
    {"HKEY_USERS", "HKEY_USERS"},
    {"HKU", "HKEY_USERS"},
    {"HKEY_CLASSES_ROOT", "HKEY_CLASSES_ROOT"},
    {"HKCR", "HKEY_CLASSES_ROOT"},
    {"HKEY_CURRENT_CONFIG", "HKEY_CURRENT_CONFIG"},
    {"HKCC", "HKEY_CURRENT_CONFIG"},
};

static const char *hive_name(const char *text, size_t len)
{
    if (len > 0 && text[len - 1] == ':') {
        len--;
    }
    for (size_t i = 0; i < TS_COUNT(hives); i++) {
        if (strlen(hives[i].alias) == len && ts_str_ncasecmp(text, hives[i].alias, len) == 0) {
            return hives[i].name;
        }
    }
    return NULL;
}

char *ts_reg_key_normal(const char *key, ts_err **err)
{
    const char *rest = key ? key : "";
    while (*rest == '\\' || *rest == ' ') {
        rest++;
    }
    if (ts_str_ihas_prefix(rest, "Computer\\")) {
        rest += strlen("Computer\\");
    }
    size_t len = strcspn(rest, "\\");
    const char *hive = hive_name(rest, len);
    if (!hive) {
        ts_fail(err, TS_SCHEMA,
                "'%s' is no registry key: it must start with HKEY_LOCAL_MACHINE, "
                "HKEY_CURRENT_USER, HKEY_USERS, HKEY_CLASSES_ROOT or HKEY_CURRENT_CONFIG",
                key ? key : "");
        return NULL;
    }
    char *out = ts_alloc(strlen(hive) + strlen(rest) + 2);
    if (!out) {
        ts_fail_nomem(err);
        return NULL;
    }
    size_t n = strlen(hive);
    memcpy(out, hive, n);
    for (rest += len; *rest; rest++) {
        bool doubled = *rest == '\\' && (rest[1] == '\\' || rest[1] == '\0');
        if (!doubled) {
            out[n++] = *rest;
        }
    }
    return out;
}
