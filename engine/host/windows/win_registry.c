/* win_registry.c - the registry. The engine is a 64-bit program: keys are those of the 64-bit view;
 * the 32-bit one is below "Wow6432Node", as everywhere in Windows. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win_private.h"

#include <ts/mem.h>
#include <ts/text.h>

/* The hive of a key, and what stands behind it. */
static HKEY hive_of(const char *key, const char **rest)
{
    static const struct {
        const char *name;
        HKEY root;
    } hives[] = {
        {"HKEY_LOCAL_MACHINE", HKEY_LOCAL_MACHINE},
        {"HKEY_CURRENT_USER", HKEY_CURRENT_USER},
        {"HKEY_USERS", HKEY_USERS},
        {"HKEY_CLASSES_ROOT", HKEY_CLASSES_ROOT},
        {"HKEY_CURRENT_CONFIG", HKEY_CURRENT_CONFIG},
    };
    size_t len = strcspn(key, "\\");
    *rest = key[len] == '\\' ? key + len + 1 : key + len;
    for (size_t i = 0; i < TS_COUNT(hives); i++) {
        if (strlen(hives[i].name) == len && ts_str_ncasecmp(hives[i].name, key, len) == 0)
            return hives[i].root;
    }
    return NULL;
}

static void close_key(HKEY *key)
{
    if (*key)
        RegCloseKey(*key);
}

static bool fail_key(ts_err **err, LSTATUS status, const char *what, const char *key,
                     const char *value)
{
    return ts_fail_os(err, TS_OS_WIN32, (uint32_t)status, "cannot %s '%s%s%s'", what, key,
                      value ? "\\" : "", value ? value : "");
}

/* *out NULL: no such key. */
static bool open_key(const char *key, REGSAM access, HKEY *out, ts_err **err)
{
    const char *rest = NULL;
    HKEY root = hive_of(key, &rest);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(rest, err);
    *out = NULL;
    if (!name)
        return false;
    LSTATUS status = RegOpenKeyExW(root, name, 0, access | KEY_WOW64_64KEY, out);
    if (status == ERROR_SUCCESS)
        return true;
    *out = NULL;
    return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND ||
           fail_key(err, status, "open registry key", key, NULL);
}

/* --- Values ------------------------------------------------------------------------------- */

static ts_reg_type type_of(DWORD type)
{
    switch (type) {
    case REG_SZ:
    case REG_LINK:
        return TS_REG_SZ;
    case REG_EXPAND_SZ:
        return TS_REG_EXPAND_SZ;
    case REG_MULTI_SZ:
        return TS_REG_MULTI_SZ;
    case REG_DWORD:
    case REG_DWORD_BIG_ENDIAN:
        return TS_REG_DWORD;
    case REG_QWORD:
        return TS_REG_QWORD;
    case REG_NONE:
        return TS_REG_NONE;
    default: /* resource lists and others without a name here */
        return TS_REG_BINARY;
    }
}

static void add_hex(ts_buf *out, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ts_buf_printf(out, "%02X", data[i]);
}

/* Numbers that are shorter than their type says happen in real registries. */
static void add_number(ts_buf *out, const uint8_t *data, size_t size, bool big_endian)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        size_t at = big_endian ? i : size - 1 - i;
        number = number << 8 | data[at];
    }
    ts_buf_printf(out, "%" PRIu64, number);
}

/* Text of the registry may or may not end in zero. */
static void add_text(ts_buf *out, const uint8_t *data, size_t size, bool many)
{
    const wchar_t *text = (const wchar_t *)(const void *)data;
    size_t n = size / sizeof(*text);
    while (n > 0 && text[n - 1] == L'\0')
        n--;
    for (size_t at = 0; at < n;) {
        size_t len = wcsnlen(text + at, n - at);
        ts_utf8_from_utf16(out, (const uint8_t *)(text + at), len * sizeof(*text), false);
        at += len + 1;
        if (at < n && !many)
            return; /* what stands behind the first zero is not the value */
        if (at < n)
            ts_buf_char(out, '\n');
    }
}

static bool value_text(DWORD type, const uint8_t *data, size_t size, char **out, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, TS_WIN_REG_MAX * 3);
    switch (type_of(type)) {
    case TS_REG_SZ:
    case TS_REG_EXPAND_SZ:
        add_text(&text, data, size, false);
        break;
    case TS_REG_MULTI_SZ:
        add_text(&text, data, size, true);
        break;
    case TS_REG_DWORD:
        add_number(&text, data, size < 4 ? size : 4, type == REG_DWORD_BIG_ENDIAN);
        break;
    case TS_REG_QWORD:
        add_number(&text, data, size < 8 ? size : 8, false);
        break;
    case TS_REG_NONE:
    case TS_REG_BINARY:
        add_hex(&text, data, size);
        break;
    }
    bool ok = ts_buf_ok(&text, "registry value", err);
    char *taken = ok ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    if (ok && !taken)
        return ts_fail_nomem(err);
    *out = taken;
    return ok;
}

/* *data NULL: no such value. The value may grow between two looks. */
static bool read_value(HKEY key, const char *path, const char *value, DWORD *type, uint8_t **data,
                       DWORD *size, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(value, err);
    *data = NULL;
    if (!name)
        return false;
    DWORD cap = 256;
    for (;;) {
        free(*data);
        *data = ts_alloc((size_t)cap + sizeof(wchar_t));
        if (!*data)
            return ts_fail_nomem(err);
        *size = cap;
        LSTATUS status = RegQueryValueExW(key, name, NULL, type, *data, size);
        if (status == ERROR_SUCCESS)
            return true;
        if (status != ERROR_MORE_DATA || *size > TS_WIN_REG_MAX) {
            ts_free_ptr(data);
            if (status == ERROR_FILE_NOT_FOUND)
                return true;
            return status == ERROR_MORE_DATA
                       ? ts_fail(err, TS_LIMIT, "registry value '%s\\%s' has more than %u bytes",
                                 path, value, TS_WIN_REG_MAX)
                       : fail_key(err, status, "read registry value", path, value);
        }
        cap = *size > cap ? *size : cap * 2;
    }
}

bool ts_win_reg_get(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                    char **data, ts_err **err)
{
    TS_UNUSED(self);
    TS_CLEANUP(close_key) HKEY open = NULL;
    if (!open_key(key, KEY_READ, &open, err))
        return false;
    if (!open || !value) {
        *found = open != NULL;
        return true;
    }
    DWORD kind = REG_NONE;
    DWORD size = 0;
    TS_CLEANUP(ts_free_ptr) uint8_t *bytes = NULL;
    if (!read_value(open, key, value, &kind, &bytes, &size, err))
        return false;
    char *text = NULL;
    if (bytes && data && !value_text(kind, bytes, size, &text, err))
        return false;
    *found = bytes != NULL;
    if (*found && type)
        *type = type_of(kind);
    if (*found && data)
        *data = text;
    return true;
}

/* --- Changes ------------------------------------------------------------------------------ */

static bool hex_bytes(const char *text, ts_buf *out, ts_err **err)
{
    int high = -1;
    for (const char *p = text; *p; p++) {
        const char *digits = "0123456789ABCDEF0123456789abcdef";
        const char *at = strchr(digits, *p);
        if (strchr(" ,\t", *p))
            continue;
        if (!at)
            return ts_fail(err, TS_SCHEMA, "'%c' in binary data is no hexadecimal digit", *p);
        int digit = (int)(at - digits) % 16;
        if (high >= 0)
            ts_buf_char(out, (char)(high * 16 + digit));
        high = high >= 0 ? -1 : digit;
    }
    return high < 0 || ts_fail(err, TS_SCHEMA, "binary data has an odd number of digits");
}

static bool number_bytes(const char *text, size_t size, ts_buf *out, ts_err **err)
{
    char *end = NULL;
    bool hex = ts_str_ihas_prefix(text, "0x");
    unsigned long long number = strtoull(text, &end, hex ? 16 : 10);
    if (!*text || *end || strchr(text, '-') || (size == 4 && number > UINT32_MAX))
        return ts_fail(err, TS_SCHEMA, "'%s' is no number of %zu bits", text, size * 8);
    for (size_t i = 0; i < size; i++)
        ts_buf_char(out, (char)(number >> (8 * i) & 0xff));
    return true;
}

/* Many lines become many texts, each with its zero, and one zero more at the end. */
static bool text_bytes(const char *text, bool many, ts_buf *out, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(text, err);
    if (!wide)
        return false;
    size_t n = wcslen(wide) + 1;
    for (size_t i = 0; many && i < n; i++) {
        if (wide[i] == L'\n')
            wide[i] = L'\0';
    }
    ts_buf_add(out, wide, n * sizeof(*wide));
    if (many && n > 1)
        ts_buf_add(out, L"", sizeof(wchar_t));
    return true;
}

static bool value_bytes(ts_reg_type type, const char *text, ts_buf *out, DWORD *kind, ts_err **err)
{
    switch (type) {
    case TS_REG_SZ:
    case TS_REG_EXPAND_SZ:
    case TS_REG_MULTI_SZ:
        *kind = type == TS_REG_SZ ? REG_SZ : type == TS_REG_MULTI_SZ ? REG_MULTI_SZ : REG_EXPAND_SZ;
        return text_bytes(text, type == TS_REG_MULTI_SZ, out, err);
    case TS_REG_DWORD:
        *kind = REG_DWORD;
        return number_bytes(text, 4, out, err);
    case TS_REG_QWORD:
        *kind = REG_QWORD;
        return number_bytes(text, 8, out, err);
    case TS_REG_NONE:
        *kind = REG_NONE;
        return hex_bytes(text, out, err);
    case TS_REG_BINARY:
        *kind = REG_BINARY;
        return hex_bytes(text, out, err);
    }
    return ts_fail(err, TS_SCHEMA, "unknown registry type");
}

bool ts_win_reg_set(void *self, const char *key, const char *value, ts_reg_type type,
                    const char *data, ts_err **err)
{
    TS_UNUSED(self);
    DWORD kind = REG_NONE;
    TS_CLEANUP(ts_buf_done) ts_buf bytes;
    ts_buf_init(&bytes, TS_WIN_REG_MAX);
    if (!value_bytes(type, data ? data : "", &bytes, &kind, err) ||
        !ts_buf_ok(&bytes, "registry value", err))
        return false;
    const char *rest = NULL;
    HKEY root = hive_of(key, &rest);
    TS_CLEANUP(ts_free_ptr) wchar_t *path = ts_wide(rest, err);
    TS_CLEANUP(ts_free_ptr) wchar_t *name = path ? ts_wide(value ? value : "", err) : NULL;
    if (!name)
        return false;
    TS_CLEANUP(close_key) HKEY open = NULL;
    LSTATUS status = RegCreateKeyExW(root, path, 0, NULL, 0, KEY_WRITE | KEY_WOW64_64KEY, NULL,
                                     &open, NULL);
    if (status != ERROR_SUCCESS)
        return fail_key(err, status, "make registry key", key, NULL);
    status = RegSetValueExW(open, name, 0, kind, (const BYTE *)bytes.data, (DWORD)bytes.len);
    ts_wipe(bytes.data, bytes.cap);
    return status == ERROR_SUCCESS || fail_key(err, status, "set registry value", key, value);
}

bool ts_win_reg_delete(void *self, const char *key, const char *value, ts_err **err)
{
    TS_UNUSED(self);
    const char *rest = NULL;
    (void)hive_of(key, &rest);
    if (!value && *rest == '\0')
        return ts_fail(err, TS_REFUSED, "'%s' is a whole hive; it is not deleted", key);
    TS_CLEANUP(close_key) HKEY open = NULL;
    REGSAM access = value ? KEY_SET_VALUE
                          : DELETE | KEY_ENUMERATE_SUB_KEYS | KEY_QUERY_VALUE | KEY_SET_VALUE;
    if (!open_key(key, access, &open, err))
        return false;
    if (!open)
        return true;
    TS_CLEANUP(ts_free_ptr) wchar_t *name = ts_wide(value ? value : rest, err);
    if (!name)
        return false;
    LSTATUS status = value ? RegDeleteValueW(open, name) : RegDeleteTreeW(open, NULL);
    if (!value && status == ERROR_SUCCESS) {
        const char *again = NULL;
        status = RegDeleteKeyExW(hive_of(key, &again), name, KEY_WOW64_64KEY, 0);
    }
    return status == ERROR_SUCCESS || status == ERROR_FILE_NOT_FOUND ||
           fail_key(err, status, value ? "delete registry value" : "delete registry key", key,
                    value);
}
