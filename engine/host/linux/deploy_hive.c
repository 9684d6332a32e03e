/* deploy_hive.c - registry hives. The layout of an empty one: base block, one bin, in it the root
 * key and its security descriptor (format version 1.3, as Windows makes boot stores). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_hive.h"

#define BASE_BLOCK 4096u
#define BIN        4096u
#define NONE       0xffffffffu             /* no cell */
#define EPOCH      INT64_C(11644473600000) /* ms from 1601 to 1970 */

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

static void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t now(void)
{
    return (uint64_t)(ts_clock_now() + EPOCH) * 10000;
}

/* Owner and group Administrators; Administrators and SYSTEM may do everything, below as well. */
static const uint8_t security[] = {
    /* revision, self-relative with a DACL; owner, group, no SACL, DACL */
    1,
    0,
    0x04,
    0x80,
    20,
    0,
    0,
    0,
    36,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    52,
    0,
    0,
    0,
    /* S-1-5-32-544 twice */
    1,
    2,
    0,
    0,
    0,
    0,
    0,
    5,
    32,
    0,
    0,
    0,
    0x20,
    2,
    0,
    0,
    1,
    2,
    0,
    0,
    0,
    0,
    0,
    5,
    32,
    0,
    0,
    0,
    0x20,
    2,
    0,
    0,
    /* ACL: two entries; inherited by keys below; KEY_ALL_ACCESS */
    2,
    0,
    52,
    0,
    2,
    0,
    0,
    0,
    0,
    2,
    24,
    0,
    0x3f,
    0,
    0x0f,
    0,
    1,
    2,
    0,
    0,
    0,
    0,
    0,
    5,
    32,
    0,
    0,
    0,
    0x20,
    2,
    0,
    0,
    0,
    2,
    20,
    0,
    0x3f,
    0,
    0x0f,
    0,
    1,
    1,
    0,
    0,
    0,
    0,
    0,
    5,
    18,
    0,
    0,
    0,
};

/* Cells begin with their size, negative when they are used, and are multiples of 8. */
static uint32_t cell(uint8_t *bin, uint32_t at, uint32_t bytes)
{
    uint32_t size = (4 + bytes + 7) & ~7u;
    put32(bin + at, (uint32_t) - (int32_t)size);
    return at + size;
}

/* What stands in a hive is bytes: no text ends with a NUL there. */
static void put_bytes(uint8_t *at, const char *data, size_t size)
{
    memcpy(at, data, size);
}

static void base_block(uint8_t *b)
{
    put_bytes(b, "regf", 4);
    put32(b + 4, 1); /* both sequence numbers are the same: nothing is pending */
    put32(b + 8, 1);
    put64(b + 12, now());
    put32(b + 20, 1); /* version 1.3 */
    put32(b + 24, 3);
    put32(b + 32, 1);  /* format: memory load */
    put32(b + 36, 32); /* the root key, from the first bin */
    put32(b + 40, BIN);
    put32(b + 44, 1);
    uint32_t sum = 0;
    for (size_t i = 0; i < 508; i += 4)
        sum ^= get32(b + i);
    put32(b + 508, sum == 0 ? 1 : sum == NONE ? NONE - 1 : sum);
}

bool ts_lx_hive_make(const char *path, const char *root, ts_err **err)
{
    uint8_t file[BASE_BLOCK + BIN] = {0};
    uint8_t *bin = file + BASE_BLOCK;
    uint32_t len = (uint32_t)strlen(root);
    if (len > 255)
        return ts_fail(err, TS_LIMIT, "the name of a hive is longer than 255 bytes");
    base_block(file);
    put_bytes(bin, "hbin", 4);
    put32(bin + 8, BIN);
    put64(bin + 20, now());
    uint8_t *key = bin + 32 + 4;
    uint32_t security_at = cell(bin, 32, 76 + len);
    put_bytes(key, "nk", 2);
    put16(key + 2, 0x2c); /* root, cannot be deleted, name in one byte a character */
    put64(key + 4, now());
    put32(key + 16, NONE);
    put32(key + 28, NONE);
    put32(key + 32, NONE);
    put32(key + 40, NONE);
    put32(key + 44, security_at);
    put32(key + 48, NONE);
    put16(key + 72, len);
    put_bytes(key + 76, root, len);
    uint8_t *sk = bin + security_at + 4;
    uint32_t rest = cell(bin, security_at, 20 + sizeof(security));
    put_bytes(sk, "sk", 2);
    put32(sk + 4, security_at); /* a ring of one */
    put32(sk + 8, security_at);
    put32(sk + 12, 1);
    put32(sk + 16, sizeof(security));
    memcpy(sk + 20, security, sizeof(security));
    put32(bin + rest, BIN - rest);
    return ts_file_write_atomic(path, file, sizeof(file), err);
}

hive_h *ts_lx_hive_open(const char *path, bool write, ts_err **err)
{
    uint8_t base[12] = {0};
    size_t got = 0;
    ts_file *file = ts_file_open(path, TS_FILE_READ, false, err);
    bool read = file && ts_file_pread(file, base, sizeof(base), 0, &got, err);
    ts_file_close(file);
    if (!read)
        return NULL;
    if (got < sizeof(base) || memcmp(base, "regf", 4) != 0) {
        ts_fail(err, TS_INTEGRITY, "it is no registry hive");
        return NULL;
    }
    /* Windows counts up the first before it writes and the second behind it. hivex does not replay
     * the log files, and what it changed would be overwritten by them. */
    if (get32(base + 4) != get32(base + 8)) {
        ts_fail(err, TS_STATE,
                "the hive was not closed properly: part of it is in its log files, which only "
                "Windows can replay; use an image that was shut down");
        return NULL;
    }
    hive_h *hive = hivex_open(path, write ? HIVEX_OPEN_WRITE : 0);
    if (!hive)
        ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot open the registry hive");
    return hive;
}

void ts_lx_hive_close(hive_h **hive)
{
    if (*hive)
        (void)hivex_close(*hive);
}

bool ts_lx_hive_commit(hive_h *hive, ts_err **err)
{
    return hivex_commit(hive, NULL, 0) == 0 ||
           ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot write the registry hive");
}

hive_node_h ts_lx_hive_key(hive_h *hive, hive_node_h from, const char *path, bool make)
{
    hive_node_h key = from;
    while (key && *(path += strspn(path, "\\"))) {
        char name[TS_LX_HIVE_KEYS_MAX];
        size_t len = strcspn(path, "\\");
        if (len >= sizeof(name)) {
            errno = ENAMETOOLONG;
            return 0;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        hive_node_h child = hivex_node_get_child(hive, key, name);
        key = !child && make ? hivex_node_add_child(hive, key, name) : child;
        path += len;
    }
    return key;
}

bool ts_lx_hive_set(hive_h *hive, hive_node_h key, const char *value, hive_type type,
                    const void *data, size_t size, ts_err **err)
{
    /* hivex takes pointers to what it does not change. */
    TS_CLEANUP(ts_free_ptr) char *name = ts_strdup(value);
    TS_CLEANUP(ts_free_ptr) char *copy = ts_alloc(size + 1);
    if (!name || !copy)
        return ts_fail_nomem(err);
    if (size > 0)
        memcpy(copy, data, size);
    hive_set_value set = {.key = name, .t = type, .len = size, .value = copy};
    return hivex_node_set_value(hive, key, &set, 0) == 0 ||
           ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno, "cannot set registry value '%s'", value);
}

static void add16(ts_buf *out, uint32_t unit)
{
    uint8_t b[2];
    put16(b, unit);
    ts_buf_add(out, b, 2);
}

bool ts_lx_hive_wide(ts_buf *out, const char *text, ts_err **err)
{
    if (!ts_utf8_valid(text, strlen(text)))
        return ts_fail(err, TS_SCHEMA, "a registry value is no valid UTF-8");
    for (const uint8_t *p = (const uint8_t *)text; *p;) {
        unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
        uint32_t c = more == 3 ? *p & 7u : more == 2 ? *p & 15u : more == 1 ? *p & 31u : *p;
        for (p++; more > 0; more--)
            c = c << 6 | (*p++ & 63u);
        if (c >= 0x10000) {
            add16(out, 0xd800 + ((c - 0x10000) >> 10));
            add16(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
        } else {
            add16(out, c);
        }
    }
    add16(out, 0);
    return ts_buf_ok(out, "a registry value", err);
}
