/* lx_pnp.c - the devices of the machine with the ids that Windows gives them, made from sysfs. The
 * forms are those of Microsoft's "Identifiers for PCI devices", "Standard USB identifiers",
 * "Identifiers for High Definition Audio devices" and "ACPI: hardware ids": hardware ids first, the
 * most specific one in front, then compatible ids. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "deploy_ops.h"
#include "linux_private.h"

#define PNP_BYTES_MAX (1024u * 1024u)
#define HEX_MAX       8u /* digits of the longest number in an id */

typedef struct hex {
    char text[HEX_MAX + 1];
} hex;

/* The last `digits` digits of a hexadecimal number, as Windows writes it: "0x8086" is 8086. */
static bool to_hex(const char *number, size_t digits, hex *out)
{
    if (!number)
        return false;
    if (number[0] == '0' && (number[1] == 'x' || number[1] == 'X'))
        number += 2;
    size_t len = strlen(number);
    if (len == 0 || strspn(number, "0123456789abcdefABCDEF") != len)
        return false;
    for (size_t i = 0; i < digits; i++) {
        size_t behind = digits - i; /* this digit and those behind it */
        out->text[i] = behind > len ? '0' : (char)toupper((unsigned char)number[len - behind]);
    }
    out->text[digits] = '\0';
    return true;
}

static bool read_hex(ts_lx_rows *rows, const char *folder, const char *name, const char *file,
                     size_t digits, hex *out)
{
    return to_hex(ts_lx_read(rows, "%s/%s/%s", folder, name, file), digits, out);
}

static bool is_zero(const hex *number)
{
    return strspn(number->text, "0") == strlen(number->text);
}

/* One id of the device whose line is being written; the first of a line has no comma. */
static void put_id(ts_buf *out, const char *fmt, ...) TS_PRINTF(2, 3);
static void put_id(ts_buf *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        ts_buf_char(out, ',');
    ts_buf_vprintf(out, fmt, args);
    va_end(args);
}

/* --- PCI ------------------------------------------------------------------------------------ */

#define PCI "/sys/bus/pci/devices"

static void put_pci(ts_lx_rows *rows, const char *name, ts_buf *out)
{
    hex vendor, device, board, maker, revision, class_code;
    if (!read_hex(rows, PCI, name, "vendor", 4, &vendor) ||
        !read_hex(rows, PCI, name, "device", 4, &device) ||
        !read_hex(rows, PCI, name, "class", 6, &class_code))
        return;
    const char *v = vendor.text;
    const char *d = device.text;
    const char *c = class_code.text;
    bool has_board = read_hex(rows, PCI, name, "subsystem_device", 4, &board) &&
                     read_hex(rows, PCI, name, "subsystem_vendor", 4, &maker) &&
                     !(is_zero(&board) && is_zero(&maker));
    bool has_revision = read_hex(rows, PCI, name, "revision", 2, &revision);
    if (has_board && has_revision)
        put_id(out, "PCI\\VEN_%s&DEV_%s&SUBSYS_%s%s&REV_%s", v, d, board.text, maker.text,
               revision.text);
    if (has_board)
        put_id(out, "PCI\\VEN_%s&DEV_%s&SUBSYS_%s%s", v, d, board.text, maker.text);
    if (has_revision)
        put_id(out, "PCI\\VEN_%s&DEV_%s&REV_%s", v, d, revision.text);
    put_id(out, "PCI\\VEN_%s&DEV_%s", v, d);
    put_id(out, "PCI\\VEN_%s&DEV_%s&CC_%s", v, d, c);
    put_id(out, "PCI\\VEN_%s&DEV_%s&CC_%.4s", v, d, c);
    put_id(out, "PCI\\VEN_%s&CC_%s", v, c);
    put_id(out, "PCI\\VEN_%s&CC_%.4s", v, c);
    put_id(out, "PCI\\VEN_%s", v);
    put_id(out, "PCI\\CC_%s", c);
    put_id(out, "PCI\\CC_%.4s\n", c);
}

/* --- USB ------------------------------------------------------------------------------------ */

#define USB "/sys/bus/usb/devices"

static void put_usb_class(ts_lx_rows *rows, const char *name, const char *kind, ts_buf *out)
{
    hex class_code, subclass, protocol;
    char file[3][32];
    static const char *const parts[] = {"Class", "SubClass", "Protocol"};
    for (size_t i = 0; i < TS_COUNT(parts); i++)
        (void)snprintf(file[i], sizeof(file[i]), "b%s%s", kind, parts[i]);
    if (!read_hex(rows, USB, name, file[0], 2, &class_code) ||
        !read_hex(rows, USB, name, file[1], 2, &subclass) ||
        !read_hex(rows, USB, name, file[2], 2, &protocol))
        return;
    put_id(out, "USB\\CLASS_%s&SUBCLASS_%s&PROT_%s", class_code.text, subclass.text, protocol.text);
    put_id(out, "USB\\CLASS_%s&SUBCLASS_%s", class_code.text, subclass.text);
    put_id(out, "USB\\CLASS_%s", class_code.text);
}

/* "1-4" is a device, "1-4:1.0" its interface 0 in configuration 1; "usb1" is a root hub, which
 * belongs to Windows. */
static void put_usb(ts_lx_rows *rows, const char *name, ts_buf *out)
{
    char parent[64];
    hex vendor, product, revision, number;
    int64_t interfaces = 0;
    bool is_interface = strchr(name, ':') != NULL;
    (void)snprintf(parent, sizeof(parent), "%.*s", (int)strcspn(name, ":"), name);
    if (!isdigit((unsigned char)name[0]) || !read_hex(rows, USB, parent, "idVendor", 4, &vendor) ||
        !read_hex(rows, USB, parent, "idProduct", 4, &product) ||
        !read_hex(rows, USB, parent, "bcdDevice", 4, &revision))
        return;
    (void)ts_lx_read_int(rows, &interfaces, USB "/%s/bNumInterfaces", parent);
    if (is_interface &&
        (interfaces < 2 || /* Windows gives a device of its own to each of several */
         !read_hex(rows, USB, name, "bInterfaceNumber", 2, &number)))
        return;
    char interface[16] = "";
    if (is_interface)
        (void)snprintf(interface, sizeof(interface), "&MI_%s", number.text);
    put_id(out, "USB\\VID_%s&PID_%s&REV_%s%s", vendor.text, product.text, revision.text, interface);
    put_id(out, "USB\\VID_%s&PID_%s%s", vendor.text, product.text, interface);
    char only[80];
    (void)snprintf(only, sizeof(only), "%s:1.0", parent);
    if (!is_interface && interfaces == 1) /* its class stands in the interface, as a rule */
        put_usb_class(rows, only, "Interface", out);
    else
        put_usb_class(rows, name, is_interface ? "Interface" : "Device", out);
    if (!is_interface && interfaces > 1)
        put_id(out, "USB\\COMPOSITE");
    ts_buf_char(out, '\n');
}

/* --- Audio codecs --------------------------------------------------------------------------- */

#define AUDIO "/sys/bus/hdaudio/devices"

static void put_audio(ts_lx_rows *rows, const char *name, ts_buf *out)
{
    hex group, codec, board, revision;
    if (!read_hex(rows, AUDIO, name, "type", 2, &group) ||
        !read_hex(rows, AUDIO, name, "vendor_id", 8, &codec))
        return;
    const char *g = group.text;
    const char *v = codec.text; /* four digits of the vendor, four of the device */
    bool has_board = read_hex(rows, AUDIO, name, "subsystem_id", 8, &board);
    /* Windows shows bits 8 to 23 of the revision: digits 3 to 6 of eight. */
    bool has_revision = read_hex(rows, AUDIO, name, "revision_id", 8, &revision);
    if (has_board && has_revision)
        put_id(out, "HDAUDIO\\FUNC_%s&VEN_%.4s&DEV_%s&SUBSYS_%s&REV_%.4s", g, v, v + 4, board.text,
               revision.text + 2);
    if (has_board)
        put_id(out, "HDAUDIO\\FUNC_%s&VEN_%.4s&DEV_%s&SUBSYS_%s", g, v, v + 4, board.text);
    if (has_revision)
        put_id(out, "HDAUDIO\\FUNC_%s&VEN_%.4s&DEV_%s&REV_%.4s", g, v, v + 4, revision.text + 2);
    put_id(out, "HDAUDIO\\FUNC_%s&VEN_%.4s&DEV_%s", g, v, v + 4);
    put_id(out, "HDAUDIO\\FUNC_%s\n", g);
}

/* --- ACPI ----------------------------------------------------------------------------------- */

#define ACPI "/sys/bus/acpi/devices"

/* "PNP0303" and "INTC1024": three or four characters of the vendor, four digits of the device. */
static void put_acpi_id(ts_buf *out, const char *id, size_t len)
{
    if (len == 7 || len == 8)
        put_id(out, "ACPI\\VEN_%.*s&DEV_%.4s", (int)len - 4, id, id + len - 4);
    put_id(out, "ACPI\\%.*s", (int)len, id);
    put_id(out, "*%.*s", (int)len, id);
}

/* modalias: "acpi:LEN0071:PNP0F13:", the id of the device and those of compatible ones. Ids that
 * begin with LNX are Linux's own. */
static void put_acpi(ts_lx_rows *rows, const char *name, ts_buf *out)
{
    int64_t status = 1; /* ACPI: _STA, bit 0 is "present"; without the method it is */
    (void)ts_lx_read_int(rows, &status, ACPI "/%s/status", name);
    const char *ids = ts_lx_read(rows, ACPI "/%s/modalias", name);
    size_t before = out->len;
    if (!ids || strncmp(ids, "acpi:", 5) != 0 || !(status & 1))
        return;
    for (const char *id = ids + 5; *id;) {
        size_t len = strcspn(id, ":");
        if (len > 0 && strncmp(id, "LNX", 3) != 0)
            put_acpi_id(out, id, len);
        id += len + (id[len] == ':');
    }
    if (out->len > before)
        ts_buf_char(out, '\n');
}

/* --- All ------------------------------------------------------------------------------------ */

static const struct {
    const char *folder;
    void (*put)(ts_lx_rows *rows, const char *name, ts_buf *out);
} buses[] = {{PCI, put_pci}, {USB, put_usb}, {AUDIO, put_audio}, {ACPI, put_acpi}};

bool ts_linux_pnp_ids(void *self, char **out, ts_err **err)
{
    const ts_linux *machine = self;
    ts_lx_rows rows = {.sysroot = machine->sysroot};
    if (machine->n_images > 0)
        return ts_fail(err, TS_STATE,
                       "the devices of the machine that will start the image file are not known");
    rows.rows.arena = ts_arena_new();
    if (!rows.rows.arena)
        return ts_fail_nomem(err);
    TS_CLEANUP(ts_buf_done) ts_buf text;
    ts_buf_init(&text, PNP_BYTES_MAX);
    for (size_t i = 0; i < TS_COUNT(buses); i++) {
        for (const char *const *n = ts_lx_list(&rows, buses[i].folder); *n; n++)
            buses[i].put(&rows, *n, &text);
    }
    bool no_memory = rows.no_memory;
    ts_arena_free(rows.rows.arena);
    if (no_memory)
        return ts_fail_nomem(err);
    char *taken = ts_buf_ok(&text, "the list of devices", err) ? ts_buf_take(&text) : NULL;
    if (taken)
        *out = taken;
    return taken != NULL;
}
