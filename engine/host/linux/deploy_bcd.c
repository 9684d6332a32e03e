/* deploy_bcd.c - a boot store (BCD): a registry hive with one key for each boot object.
 *
 * Object and element numbers: Microsoft, "BCD System Store Settings for UEFI" and the BCD classes
 * of the WMI provider. The device element is not documented; its layout is the one that readers and
 * writers of boot stores agree on: a qualified partition, named by its GUID and that of its disk,
 * or on an MBR disk by its offset and the disk's signature. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "deploy_bcd.h"
#include "deploy_hive.h"

#define BOOTMGR  "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
#define MEMDIAG  "{b2721d73-1db4-4c62-bf78-c548a880142d}"
#define GLOBAL   "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}"
#define DEBUGGER "{4636856e-540f-4170-a130-a84776f4c654}"
#define EMS      "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}"
#define BADMEM   "{5189b25c-5558-4bf2-bca4-289b11bd29e2}"
#define LOADER   "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"
#define HYPER    "{7ff607e0-4395-11db-b0de-0800200c9a66}"
#define RESUME   "{1afa9c49-16ab-4a5c-901b-212802da9460}"

typedef struct store {
    hive_h *hive;
    hive_node_h objects;
    hive_node_h elements; /* of the object that is written */
    bool ok;              /* sticky */
    ts_err **err;
} store;

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* --- Elements ------------------------------------------------------------------------------ */

static void begin(store *s, const char *object, uint32_t type)
{
    uint8_t number[4];
    put32(number, type);
    if (!s->ok)
        return;
    hive_node_h key = ts_lx_hive_key(s->hive, s->objects, object, true);
    hive_node_h about = key ? ts_lx_hive_key(s->hive, key, "Description", true) : 0;
    s->elements = key ? ts_lx_hive_key(s->hive, key, "Elements", true) : 0;
    s->ok = (about && s->elements) || ts_fail(s->err, TS_OS, "cannot make a boot object");
    s->ok = s->ok && ts_lx_hive_set(s->hive, about, "Type", hive_t_REG_DWORD, number,
                                    sizeof(number), s->err);
}

static void put(store *s, uint32_t element, hive_type type, const void *data, size_t size)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "%08" PRIx32, element);
    if (!s->ok)
        return;
    hive_node_h key = ts_lx_hive_key(s->hive, s->elements, name, true);
    s->ok = key != 0 || ts_fail(s->err, TS_OS, "cannot make a boot element");
    s->ok = s->ok && ts_lx_hive_set(s->hive, key, "Element", type, data, size, s->err);
}

static void text(store *s, uint32_t element, const char *value)
{
    ts_buf wide;
    ts_buf_init(&wide, TS_LX_HIVE_VALUE_MAX);
    s->ok = s->ok && ts_lx_hive_wide(&wide, value, s->err);
    put(s, element, hive_t_REG_SZ, wide.data, wide.len);
    ts_buf_done(&wide);
}

/* GUIDs of objects, separated by blanks. */
static void list(store *s, uint32_t element, const char *values)
{
    ts_buf wide;
    ts_buf_init(&wide, TS_LX_HIVE_VALUE_MAX);
    while (s->ok && *values) {
        char one[64];
        size_t len = strcspn(values, " ");
        (void)snprintf(one, sizeof(one), "%.*s", (int)len, values);
        s->ok = ts_lx_hive_wide(&wide, one, s->err);
        values += len + (values[len] == ' ');
    }
    s->ok = s->ok && ts_lx_hive_wide(&wide, "", s->err);
    put(s, element, hive_t_REG_MULTI_SZ, wide.data, wide.len);
    ts_buf_done(&wide);
}

static void number(store *s, uint32_t element, uint64_t value)
{
    uint8_t data[8];
    put32(data, (uint32_t)value);
    put32(data + 4, (uint32_t)(value >> 32));
    put(s, element, hive_t_REG_BINARY, data, sizeof(data));
}

static void flag(store *s, uint32_t element, bool value)
{
    const uint8_t data = value;
    put(s, element, hive_t_REG_BINARY, &data, 1);
}

/* "EBD0A0A2-B9E5-..." as Windows keeps it: the first three parts in little endian. */
static bool guid_bytes(const char *guid, uint8_t out[16])
{
    static const int order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    size_t n = 0;
    for (const char *p = guid; *p && n < 16;) {
        if (*p == '{' || *p == '-' || *p == '}') {
            p++;
            continue;
        }
        const char two[3] = {p[0], p[1], '\0'};
        if (strspn(two, "0123456789abcdefABCDEF") != 2)
            return false;
        out[order[n++]] = (uint8_t)strtoul(two, NULL, 16);
        p += 2;
    }
    return n == 16;
}

bool ts_lx_bcd_device(const ts_lx_bcd_partition *partition, uint8_t out[TS_LX_BCD_DEVICE])
{
    memset(out, 0, TS_LX_BCD_DEVICE);
    put32(out + 16, 6);    /* a qualified partition */
    put32(out + 24, 0x48); /* bytes from offset 16 on */
    if (partition->is_mbr) {
        uint64_t signature = strtoull(partition->disk, NULL, 16);
        put32(out + 32, (uint32_t)partition->offset);
        put32(out + 36, (uint32_t)(partition->offset >> 32));
        put32(out + 52, 1);
        put32(out + 56, (uint32_t)signature);
        return true;
    }
    return guid_bytes(partition->id, out + 32) && guid_bytes(partition->disk, out + 56);
}

static void device(store *s, uint32_t element, const ts_lx_bcd_partition *partition)
{
    uint8_t data[TS_LX_BCD_DEVICE];
    if (s->ok && !ts_lx_bcd_device(partition, data))
        s->ok = ts_fail(s->err, TS_STATE, "partition '%s' of disk '%s' has no proper GUID",
                        partition->id, partition->disk);
    put(s, element, hive_t_REG_BINARY, data, sizeof(data));
}

/* --- Objects ------------------------------------------------------------------------------- */

static void put_settings(store *s)
{
    begin(s, EMS, 0x20100000);
    flag(s, 0x16000020, false);
    begin(s, DEBUGGER, 0x20100000);
    number(s, 0x15000011, 4); /* local */
    begin(s, BADMEM, 0x20100000);
    begin(s, GLOBAL, 0x20100000);
    list(s, 0x14000006, DEBUGGER " " EMS " " BADMEM);
    begin(s, LOADER, 0x20200003);
    list(s, 0x14000006, GLOBAL " " HYPER);
    begin(s, HYPER, 0x20200003);
    number(s, 0x250000f3, 0);
    number(s, 0x250000f4, 1);
    number(s, 0x250000f5, 115200);
    begin(s, RESUME, 0x20200004);
    list(s, 0x14000006, GLOBAL);
}

static void put_application(store *s, const char *object, uint32_t type, const ts_lx_bcd *from,
                            const ts_lx_bcd_partition *where, const char *path, const char *name,
                            const char *inherits)
{
    begin(s, object, type);
    device(s, 0x11000001, where);
    text(s, 0x12000002, path);
    text(s, 0x12000004, name);
    text(s, 0x12000005, from->locale);
    list(s, 0x14000006, inherits);
}

static void put_windows(store *s, const ts_lx_bcd *from, const char *loader, const char *resume)
{
    put_application(s, MEMDIAG, 0x10200005, from, &from->system,
                    "\\EFI\\Microsoft\\Boot\\memtest.efi", "Windows Memory Diagnostic", GLOBAL);
    flag(s, 0x1600000b, true);
    put_application(s, resume, 0x10200004, from, &from->windows,
                    "\\Windows\\system32\\winresume.efi", "Windows Resume Application", RESUME);
    flag(s, 0x16000060, true);
    number(s, 0x17000077, 0x15000075); /* allowed in-memory settings */
    device(s, 0x21000001, &from->windows);
    text(s, 0x22000002, "\\hiberfil.sys");
    number(s, 0x25000008, 1); /* boot menu: standard */
    put_application(s, loader, 0x10200003, from, &from->windows, "\\Windows\\system32\\winload.efi",
                    from->name, LOADER);
    flag(s, 0x16000060, true);
    number(s, 0x17000077, 0x15000075);
    device(s, 0x21000001, &from->windows);
    text(s, 0x22000002, "\\Windows");
    text(s, 0x23000003, resume);
    number(s, 0x25000020, 0); /* NX: opt in */
    number(s, 0x250000c2, 1); /* boot menu: standard */
    char order[128];
    (void)snprintf(order, sizeof(order), "%s", loader);
    put_application(s, BOOTMGR, 0x10100002, from, &from->system,
                    "\\EFI\\Microsoft\\Boot\\bootmgfw.efi", "Windows Boot Manager", GLOBAL);
    text(s, 0x23000003, loader);
    text(s, 0x23000006, resume);
    list(s, 0x24000001, order);
    list(s, 0x24000010, MEMDIAG);
    number(s, 0x25000004, 30); /* seconds that the menu stays */
}

/* A random GUID as text (RFC 4122, version 4). */
static bool new_guid(char out[40], ts_err **err)
{
    uint8_t r[16];
    if (!ts_random(r, sizeof(r), err))
        return false;
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    char *p = out;
    *p++ = '{';
    for (size_t i = 0; i < sizeof(r); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        (void)snprintf(p, 3, "%02x", r[i]);
        p += 2;
    }
    *p++ = '}';
    *p = '\0';
    return true;
}

bool ts_lx_bcd_make(const char *path, const ts_lx_bcd *from, ts_err **err)
{
    char loader[40];
    char resume[40];
    uint8_t one[4];
    put32(one, 1);
    if (!new_guid(loader, err) || !new_guid(resume, err) ||
        !ts_lx_hive_make(path, "NewStoreRoot", err))
        return false;
    TS_CLEANUP(ts_lx_hive_close) hive_h *hive = ts_lx_hive_open(path, true, err);
    if (!hive)
        return false;
    store s = {.hive = hive, .ok = true, .err = err};
    hive_node_h root = hivex_root(hive);
    hive_node_h about = ts_lx_hive_key(hive, root, "Description", true);
    s.objects = ts_lx_hive_key(hive, root, "Objects", true);
    s.ok = (about && s.objects) || ts_fail(err, TS_OS, "cannot fill a boot store");
    ts_buf name;
    ts_buf_init(&name, 64);
    s.ok = s.ok && ts_lx_hive_wide(&name, "BCD00000000", err) &&
           ts_lx_hive_set(hive, about, "KeyName", hive_t_REG_SZ, name.data, name.len, err) &&
           ts_lx_hive_set(hive, about, "System", hive_t_REG_DWORD, one, sizeof(one), err);
    ts_buf_done(&name);
    put_settings(&s);
    put_windows(&s, from, loader, resume);
    return s.ok && ts_lx_hive_commit(hive, err);
}
