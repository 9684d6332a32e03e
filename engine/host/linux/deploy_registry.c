/* deploy_registry.c - the registry of a Windows that is not running: its hives are copied out,
 * changed by hivex and copied back. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_hive.h"
#include "deploy_ops.h"

/* "C:/Windows/System32/config/SYSTEM"; owned. */
static char *hive_path(char letter, const char *hive, ts_err **err)
{
    char *path = ts_sprintf("%c:/Windows/System32/config/%s", letter, hive);
    for (char *p = path ? path + strlen(path) - strlen(hive) : NULL; p && *p; p++)
        *p = (char)toupper((unsigned char)*p);
    if (!path)
        ts_fail_nomem(err);
    return path;
}

/* A hive in a temporary file. */
typedef struct offline {
    char *path;
    char *temp;
    hive_h *hive;
} offline;

static void offline_done(offline *o)
{
    ts_lx_hive_close(&o->hive);
    ts_lx_temp_done(&o->temp);
    ts_free_ptr(&o->path);
}

static bool offline_open(ts_linux *machine, char letter, const char *hive, bool write, offline *o,
                         ts_err **err)
{
    *o = (offline){.path = hive_path(letter, hive, err)};
    o->temp = o->path ? ts_lx_temp(err) : NULL;
    if (!o->temp || !ts_lx_volume_copy(machine, o->path, o->temp, err))
        return false;
    o->hive = ts_lx_hive_open(o->temp, write, err);
    return o->hive != NULL || ts_wrap(err, "'%s'", o->path);
}

/* CurrentControlSet is made when Windows runs: Select\Current says which set it is. */
static char *real_key(hive_h *hive, const char *hive_name, const char *key, ts_err **err)
{
    static const char current[] = "CurrentControlSet";
    size_t len = sizeof(current) - 1;
    char *out = NULL;
    if (ts_str_ieq(hive_name, "SYSTEM") && ts_str_ihas_prefix(key, current) &&
        (key[len] == '\\' || key[len] == '\0')) {
        hive_node_h select = ts_lx_hive_key(hive, hivex_root(hive), "Select", false);
        hive_value_h value = select ? hivex_node_get_value(hive, select, "Current") : 0;
        int32_t number = value ? hivex_value_dword(hive, value) : 1;
        out = ts_sprintf("ControlSet%03" PRId32 "%s", number, key + len);
    } else {
        out = ts_strdup(key);
    }
    if (!out)
        ts_fail_nomem(err);
    return out;
}

/* --- Values -------------------------------------------------------------------------------- */

static ts_reg_type type_of(hive_type type)
{
    switch (type) {
    case hive_t_REG_SZ:
        return TS_REG_SZ;
    case hive_t_REG_EXPAND_SZ:
        return TS_REG_EXPAND_SZ;
    case hive_t_REG_MULTI_SZ:
        return TS_REG_MULTI_SZ;
    case hive_t_REG_DWORD:
        return TS_REG_DWORD;
    case hive_t_REG_QWORD:
        return TS_REG_QWORD;
    case hive_t_REG_NONE:
    case hive_t_REG_BINARY:
    case hive_t_REG_DWORD_BIG_ENDIAN:
    case hive_t_REG_LINK:
    case hive_t_REG_RESOURCE_LIST:
    case hive_t_REG_FULL_RESOURCE_DESCRIPTOR:
    case hive_t_REG_RESOURCE_REQUIREMENTS_LIST:
    default:
        return TS_REG_BINARY;
    }
}

static uint64_t number_of(const uint8_t *data, size_t size)
{
    uint64_t v = 0;
    for (size_t i = size < 8 ? size : 8; i > 0; i--)
        v = v << 8 | data[i - 1];
    return v;
}

/* Ends at the first NUL; of a list the strings are joined by line ends. */
static void put_wide(ts_buf *out, const uint8_t *data, size_t size, bool list)
{
    for (size_t at = 0; at + 1 < size;) {
        size_t end = at;
        while (end + 1 < size && (data[end] || data[end + 1]))
            end += 2;
        if (end == at && list)
            return;
        if (at > 0)
            ts_buf_char(out, '\n');
        ts_utf8_from_utf16(out, data + at, end - at, false);
        if (!list)
            return;
        at = end + 2;
    }
}

static char *value_text(ts_reg_type type, const uint8_t *data, size_t size, ts_err **err)
{
    ts_buf out;
    ts_buf_init(&out, 4 * TS_LX_HIVE_VALUE_MAX);
    if (type == TS_REG_DWORD || type == TS_REG_QWORD)
        ts_buf_printf(&out, "%" PRIu64, number_of(data, size));
    else if (type == TS_REG_BINARY)
        for (size_t i = 0; i < size; i++)
            ts_buf_printf(&out, "%02x", data[i]);
    else
        put_wide(&out, data, size, type == TS_REG_MULTI_SZ);
    char *text = ts_buf_ok(&out, "a registry value", err) ? ts_buf_take(&out) : NULL;
    ts_buf_done(&out);
    return text;
}

bool ts_linux_offline_reg_get(void *self, char letter, const char *hive, const char *key,
                              const char *value, bool *found, ts_reg_type *type, char **data,
                              ts_err **err)
{
    TS_CLEANUP(offline_done) offline o;
    if (!offline_open(self, letter, hive, false, &o, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *path = real_key(o.hive, hive, key, err);
    if (!path)
        return false;
    hive_node_h node = ts_lx_hive_key(o.hive, hivex_root(o.hive), path, false);
    *found = node != 0;
    if (!node || !value)
        return true;
    hive_value_h handle = hivex_node_get_value(o.hive, node, value);
    *found = handle != 0;
    if (!handle)
        return true;
    hive_type raw_type = hive_t_REG_NONE;
    size_t size = 0;
    TS_CLEANUP(ts_free_ptr) char *raw = hivex_value_value(o.hive, handle, &raw_type, &size);
    if (!raw)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot read registry value '%s'",
                          value);
    char *text = value_text(type_of(raw_type), (const uint8_t *)raw, size, err);
    if (!text)
        return false;
    *type = type_of(raw_type);
    *data = text;
    return true;
}

/* --- Setting ------------------------------------------------------------------------------- */

static bool put_number(ts_buf *out, const char *text, size_t bytes, ts_err **err)
{
    char *end = NULL;
    errno = 0;
    uint64_t v = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || (bytes == 4 && v > UINT32_MAX))
        return ts_fail(err, TS_SCHEMA, "'%s' is no decimal number of %zu bits", text, bytes * 8);
    for (size_t i = 0; i < bytes; i++)
        ts_buf_char(out, (char)(v >> (8 * i)));
    return true;
}

static bool put_hex(ts_buf *out, const char *text, ts_err **err)
{
    for (; *text; text += 2) {
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
            return ts_fail(err, TS_SCHEMA,
                           "a binary registry value is written in pairs of "
                           "hexadecimal digits");
        const char digits[3] = {text[0], text[1], '\0'};
        ts_buf_char(out, (char)strtoul(digits, NULL, 16));
    }
    return true;
}

static bool put_list(ts_buf *out, const char *text, ts_err **err)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        TS_CLEANUP(ts_free_ptr) char *one = ts_strndup(text, len);
        if (!one)
            return ts_fail_nomem(err);
        if (len > 0 && !ts_lx_hive_wide(out, one, err))
            return false;
        text += len + (text[len] == '\n');
    }
    return ts_lx_hive_wide(out, "", err);
}

static bool put_value(ts_buf *out, ts_reg_type type, const char *data, hive_type *raw, ts_err **err)
{
    switch (type) {
    case TS_REG_SZ:
        *raw = hive_t_REG_SZ;
        return ts_lx_hive_wide(out, data, err);
    case TS_REG_EXPAND_SZ:
        *raw = hive_t_REG_EXPAND_SZ;
        return ts_lx_hive_wide(out, data, err);
    case TS_REG_MULTI_SZ:
        *raw = hive_t_REG_MULTI_SZ;
        return put_list(out, data, err);
    case TS_REG_DWORD:
        *raw = hive_t_REG_DWORD;
        return put_number(out, data, 4, err);
    case TS_REG_QWORD:
        *raw = hive_t_REG_QWORD;
        return put_number(out, data, 8, err);
    case TS_REG_BINARY:
        *raw = hive_t_REG_BINARY;
        return put_hex(out, data, err);
    case TS_REG_NONE:
    default:
        return ts_fail(err, TS_SCHEMA, "a registry value needs a type");
    }
}

static bool set_in(offline *o, const char *hive, const char *key, const char *value,
                   ts_reg_type type, const char *data, ts_err **err)
{
    ts_buf raw;
    hive_type raw_type = hive_t_REG_NONE;
    ts_buf_init(&raw, TS_LX_HIVE_VALUE_MAX);
    TS_CLEANUP(ts_free_ptr) char *path = real_key(o->hive, hive, key, err);
    hive_node_h node = path ? ts_lx_hive_key(o->hive, hivex_root(o->hive), path, true) : 0;
    bool ok = node != 0 || (path && ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno,
                                               "cannot make registry key '%s'", key));
    ok = ok && put_value(&raw, type, data ? data : "", &raw_type, err) &&
         ts_buf_ok(&raw, "the registry value", err) &&
         ts_lx_hive_set(o->hive, node, value ? value : "", raw_type, raw.data, raw.len, err) &&
         ts_lx_hive_commit(o->hive, err);
    ts_buf_done(&raw);
    return ok;
}

bool ts_linux_offline_reg_set(void *self, char letter, const char *hive, const char *key,
                              const char *value, ts_reg_type type, const char *data, ts_err **err)
{
    TS_CLEANUP(offline_done) offline o;
    return offline_open(self, letter, hive, true, &o, err) &&
           set_in(&o, hive, key, value, type, data, err) &&
           ts_lx_volume_copy(self, o.temp, o.path, err);
}
