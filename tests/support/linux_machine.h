/* linux_machine.h - a laptop described in a folder, for the Linux host's option `sysroot`. */
#ifndef TS_TESTS_LINUX_MACHINE_H
#define TS_TESTS_LINUX_MACHINE_H

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "check.h"
#include "os.h"

static char root[64];

static inline const char *at(const char *name)
{
    static char path[4][PATH_MAX];
    static unsigned next;
    char *p = path[next++ % 4];
    snprintf(p, PATH_MAX, "%s%s", root, name);
    return p;
}

static inline void put_bytes(const char *path, const void *data, size_t size)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(at(path));
    assert_true(ts_folder_make(folder, NULL));
    assert_true(ts_file_write_atomic(at(path), data, size, NULL));
}

static inline void put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

static inline void link_to(const char *path, const char *target)
{
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(at(path));
    assert_true(ts_folder_make(folder, NULL));
    assert_int_equal(symlink(target, at(path)), 0);
}

/* A table with two modules of 8 and 32 GiB and an empty slot (DSP0134 3.2, type 17). */
static inline void put_memory(void)
{
    static const unsigned char table[] =
        /* type, length, handle, ..., 0C size, 0E form, 10 locator, 11 bank, 12 type, 15 speed, 17..
         */
        "\x11\x22\x00\x00\x00\x00\xFE\xFF\x48\x00\x40\x00\x00\x20\x0D\x00\x01\x02\x1A\x80\x00\x80"
        "\x0C"
        "\x03\x04\x00\x05\x00\x00\x00\x00\x00\x00\x00"
        "DIMM A\0BANK 0\0Samsung\0 0123ABCD \0M471A1K43DB1\0\0"
        "\x11\x22\x01\x00\x00\x00\xFE\xFF\x48\x00\x40\x00\xFF\x7F\x09\x00\x01\x00\x1A\x80\x00\x80"
        "\x0C"
        "\x00\x00\x00\x00\x00\x00\x80\x00\x00\x40\x0B"
        "DIMM B\0\0"
        "\x11\x22\x02\x00\x00\x00\xFE\xFF\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00"
        "\x00"
        "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
        "\0\0"
        "\x7F\x04\x03\x00\0\0";
    put_bytes("/sys/firmware/dmi/tables/DMI", table, sizeof(table) - 1);
}

static inline void put_dmi(void)
{
    put("/sys/class/dmi/id/sys_vendor", "LENOVO\n");
    put("/sys/class/dmi/id/product_name", "20XW\n");
    put("/sys/class/dmi/id/product_version", "ThinkPad X1 Carbon Gen 9\n");
    put("/sys/class/dmi/id/product_serial", "PF2ABCDE\n");
    put("/sys/class/dmi/id/product_uuid", "1b2c3d4e-0000-11ec-8f00-0123456789ab\n");
    put("/sys/class/dmi/id/board_vendor", "LENOVO\n");
    put("/sys/class/dmi/id/board_name", "20XWCTO1WW\n");
    put("/sys/class/dmi/id/chassis_type", "10\n");
    put("/sys/class/dmi/id/chassis_asset_tag", "A-0042\n");
    put("/sys/class/dmi/id/bios_version", "N32ET75W (1.51 )\n");
    put("/sys/class/dmi/id/bios_vendor", "LENOVO\n");
    put("/sys/class/dmi/id/bios_date", "12/02/2021\n");
    put("/sys/class/dmi/id/bios_release", "1.51\n");
    put_memory();
}

static inline void put_os(void)
{
    put("/proc/sys/kernel/hostname", "demo.example.org\n");
    put("/proc/sys/kernel/arch", "x86_64\n");
    put("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    put("/proc/meminfo",
        "MemTotal:       41234567 kB\nMemFree: 1 kB\nMemAvailable:   40000000 kB\n");
    put("/proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 140\n"
        "model name\t: 11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz\nstepping\t: 1\n"
        "cpu MHz\t\t: 1200.123\nphysical id\t: 0\nsiblings\t: 2\ncpu cores\t: 1\n"
        "flags\t\t: fpu vmx ept\n\n"
        "processor\t: 1\nvendor_id\t: GenuineIntel\nmodel\t\t: 140\nphysical id\t: 0\n"
        "siblings\t: 2\ncpu cores\t: 1\nflags\t\t: fpu vmx ept\n\n");
    put("/etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
    link_to("/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
}

static inline void put_disk(const char *name, const char *sectors, const char *removable,
                            const char *link)
{
    char path[200];
    static const char *const files[] = {"size", "removable"};
    const char *const texts[] = {sectors, removable};
    for (size_t i = 0; i < TS_COUNT(files); i++) {
        snprintf(path, sizeof(path), "/sys/devices/%s/block/%s/%s", link, name, files[i]);
        put(path, texts[i]);
    }
    char target[200];
    snprintf(target, sizeof(target), "../devices/%s/block/%s", link, name);
    snprintf(path, sizeof(path), "/sys/block/%s", name);
    link_to(path, target);
}

static inline void put_partition(const char *number, const char *start, const char *sectors)
{
    static const char *const files[] = {"partition", "start", "size"};
    const char *const texts[] = {number, start, sectors};
    char path[200];
    for (size_t i = 0; i < TS_COUNT(files); i++) {
        snprintf(path, sizeof(path), "/sys/devices/pci/nvme/block/nvme0n1/nvme0n1p%s/%s", number,
                 files[i]);
        put(path, texts[i]);
    }
    snprintf(path, sizeof(path), "/sys/class/block/nvme0n1p%s", number);
    char target[200];
    snprintf(target, sizeof(target), "../../devices/pci/nvme/block/nvme0n1/nvme0n1p%s", number);
    link_to(path, target);
}

static inline void put_disks(void)
{
    put_disk("loop0", "100\n", "0\n", "virtual");
    put_disk("sda", "60062500\n", "1\n", "pci/usb2/2-1");
    put_disk("nvme0n1", "1000215216\n", "0\n", "pci/nvme");
    put("/sys/devices/pci/nvme/block/nvme0n1/device/model", "SAMSUNG MZVLB512HBJQ-000L7   \n");
    put("/sys/devices/pci/nvme/block/nvme0n1/device/serial", "S4ENNX0R000001      \n");
    put("/sys/devices/pci/nvme/block/nvme0n1/queue/logical_block_size", "512\n");
    put_partition("1", "2048\n", "532480\n");
    put_partition("10", "1000000\n", "1000\n");
    put_partition("2", "534528\n", "32768\n");
    put("/sys/class/block/nvme0n1p1/dev", "259:1\n");
    put("/run/udev/data/b259:1",
        "E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL=SYSTEM\nE:ID_PART_ENTRY_SCHEME=gpt\n"
        "E:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\n");
}

static inline void put_net(void)
{
    put("/sys/class/net/lo/type", "772\n");
    put("/sys/class/net/wlan0/type", "1\n");
    put("/sys/class/net/wlan0/ifindex", "3\n");
    put("/sys/class/net/wlan0/address", "aa:bb:cc:dd:ee:0f\n");
    put("/sys/class/net/wlan0/operstate", "down\n");
    put("/sys/class/net/wlan0/phy80211/name", "phy0\n");
    put("/sys/class/net/eth0/type", "1\n");
    put("/sys/class/net/eth0/ifindex", "2\n");
    put("/sys/class/net/eth0/address", "00:50:b6:1c:2d:3e\n");
    put("/sys/class/net/eth0/operstate", "up\n");
    put("/sys/class/net/eth0/carrier", "1\n");
    put("/sys/class/net/eth0/speed", "1000\n");
    put("/sys/class/net/eth0/device/vendor", "0x8086\n");
    put("/sys/class/net/eth0/device/device", "0x15bb\n");
    put("/proc/net/if_inet6", "20010db8000000000000000000000010 02 40 00 80     eth0\n"
                              "00000000000000000000000000000001 01 80 10 80       lo\n");
    put("/proc/net/route", "Iface\tDestination\tGateway \tFlags\n"
                           "eth0\t00000000\t0102A8C0\t0003\n"
                           "eth0\t0002A8C0\t00000000\t0001\n");
    put("/etc/resolv.conf", "# comment\nnameserver 192.168.2.1\nnameserver 9.9.9.9\nsearch lan\n");
}

static inline void put_pci(void)
{
    put("/sys/bus/pci/devices/0000:00:1f.6/vendor", "0x8086\n");
    put("/sys/bus/pci/devices/0000:00:1f.6/device", "0x15bb\n");
    put("/sys/bus/pci/devices/0000:00:1f.6/class", "0x020000\n");
}

static inline void put_power(void)
{
    put("/sys/class/power_supply/AC/type", "Mains\n");
    put("/sys/class/power_supply/BAT0/type", "Battery\n");
    put("/sys/class/power_supply/BAT0/status", "Discharging\n");
    put("/sys/class/power_supply/BAT0/capacity", "81\n");
    put("/sys/class/power_supply/hid-mouse/type", "Battery\n");
    put("/sys/class/power_supply/hid-mouse/scope", "Device\n");
    put("/sys/class/tpm/tpm0/tpm_version_major", "2\n");
    put("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "x");
    put_bytes("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
              "\x06\0\0\0\x01", 5);
}

static inline bool make_root(void)
{
    snprintf(root, sizeof(root), "/tmp/ts-linux-XXXXXX");
    return mkdtemp(root) != NULL;
}

static inline void put_laptop(void)
{
    put_dmi();
    put_os();
    put_pci();
    put_disks();
    put_net();
    put_power();
}

#endif
