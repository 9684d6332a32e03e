/* lx_net.c - network adapters. Names and links from /sys/class/net, routes and IPv6 addresses from
 * /proc/net, IPv4 addresses from the kernel (getifaddrs), which no file tells. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <ts/text.h>

#include "linux_wmi.h"

#define LIST_MAX 8192u /* bytes of a list of addresses */

/* Ethernet and Wi-Fi; loopback, tunnels and the like are of other types. */
static bool is_adapter(ts_lx_rows *rows, const char *name)
{
    int64_t type = 0;
    return ts_lx_read_int(rows, &type, "/sys/class/net/%s/type", name) && type == ARPHRD_ETHER;
}

static bool is_wireless(ts_lx_rows *rows, const char *name)
{
    return ts_lx_there(rows, "/sys/class/net/%s/phy80211", name) ||
           ts_lx_there(rows, "/sys/class/net/%s/wireless", name);
}

static void each_adapter(ts_lx_rows *rows, void (*fn)(ts_lx_rows *, const char *, unsigned))
{
    unsigned index = 0;
    for (const char *const *n = ts_lx_list(rows, "/sys/class/net"); *n; n++) {
        if (is_adapter(rows, *n))
            fn(rows, *n, index++);
    }
}

static const char *last_part(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static const char *driver_of(ts_lx_rows *rows, const char *name)
{
    return last_part(ts_lx_link(rows, "/sys/class/net/%s/device/driver", name));
}

static void fill_address(ts_lx_rows *rows, const char *name)
{
    const char *mac = ts_lx_read(rows, "/sys/class/net/%s/address", name);
    char upper[18];
    size_t n = 0;
    for (; mac && mac[n] && n + 1 < sizeof(upper); n++)
        upper[n] = (char)(mac[n] >= 'a' && mac[n] <= 'f' ? mac[n] - 'a' + 'A' : mac[n]);
    upper[n] = '\0';
    ts_lx_text(rows, "MACAddress", upper);
}

static void fill_common(ts_lx_rows *rows, const char *name, unsigned index)
{
    ts_lx_add(rows);
    ts_lx_int(rows, "Index", index);
    int64_t number = 0;
    if (ts_lx_read_int(rows, &number, "/sys/class/net/%s/ifindex", name))
        ts_lx_int(rows, "InterfaceIndex", number);
    const char *kind = is_wireless(rows, name) ? "Wi-Fi" : "Ethernet";
    const char *driver = driver_of(rows, name);
    ts_lx_textf(rows, "Description", "%s adapter %s%s%s%s", kind, name, driver ? " (" : "",
                driver ? driver : "", driver ? ")" : "");
    ts_lx_textf(rows, "Caption", "[%08u] %s adapter %s", index, kind, name);
    ts_lx_text(rows, "ServiceName", driver);
    fill_address(rows, name);
}

/* Win32_NetworkAdapter.NetConnectionStatus: 0 disconnected, 2 connected, 7 media disconnected. */
static void fill_link(ts_lx_rows *rows, const char *name)
{
    const char *state = ts_lx_read(rows, "/sys/class/net/%s/operstate", name);
    int64_t carrier = 0;
    /* "carrier" cannot be read while the interface is down. */
    bool up = ts_lx_read_int(rows, &carrier, "/sys/class/net/%s/carrier", name);
    bool connected = up && carrier == 1 && state && strcmp(state, "down") != 0;
    ts_lx_int(rows, "NetConnectionStatus", connected ? 2 : up ? 7 : 0);
    ts_lx_bool(rows, "NetEnabled", connected);
    int64_t speed = 0;
    if (ts_lx_read_int(rows, &speed, "/sys/class/net/%s/speed", name) && speed > 0)
        ts_lx_int(rows, "Speed", speed * 1000000);
}

static void fill_adapter(ts_lx_rows *rows, const char *name, unsigned index)
{
    fill_common(rows, name, index);
    bool wireless = is_wireless(rows, name);
    ts_lx_textf(rows, "Name", "%s adapter %s", wireless ? "Wi-Fi" : "Ethernet", name);
    ts_lx_textf(rows, "ProductName", "%s adapter %s", wireless ? "Wi-Fi" : "Ethernet", name);
    ts_lx_textf(rows, "DeviceID", "%u", index);
    ts_lx_text(rows, "NetConnectionID", name);
    ts_lx_text(rows, "AdapterType", wireless ? "Wireless" : "Ethernet 802.3");
    ts_lx_int(rows, "AdapterTypeID", wireless ? 9 : 0);
    ts_lx_bool(rows, "PhysicalAdapter", ts_lx_there(rows, "/sys/class/net/%s/device", name));
    const char *vendor = ts_lx_read(rows, "/sys/class/net/%s/device/vendor", name);
    const char *product = ts_lx_read(rows, "/sys/class/net/%s/device/device", name);
    /* "PCI\VEN_8086&DEV_15BB", as far as sysfs tells it. */
    if (vendor && product && strlen(vendor) == 6 && strlen(product) == 6)
        ts_lx_textf(rows, "PNPDeviceID", "PCI\\VEN_%04lX&DEV_%04lX", strtoul(vendor, NULL, 16),
                    strtoul(product, NULL, 16));
    fill_link(rows, name);
    ts_lx_bool(rows, "Installed", true);
    ts_lx_text(rows, "SystemName", ts_lx_host_name(rows));
}

void ts_lx_fill_adapter(ts_lx_rows *rows)
{
    each_adapter(rows, fill_adapter);
}

/* --- Addresses ------------------------------------------------------------------------------ */

static void add_item(ts_buf *list, const char *text)
{
    ts_buf_str(list, list->len ? "," : "");
    ts_buf_str(list, text);
}

static void put_list(ts_lx_rows *rows, const char *property, const ts_buf *list)
{
    rows->no_memory = rows->no_memory || list->no_memory;
    ts_lx_text(rows, property, ts_buf_text(list));
}

/* The machine's own; a described machine (sysroot) has IPv6 only. */
static void add_ipv4(ts_lx_rows *rows, const char *name, ts_buf *addresses, ts_buf *masks)
{
    struct ifaddrs *all = NULL;
    if (*rows->sysroot != '\0' || getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
        if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || strcmp(a->ifa_name, name) != 0)
            continue;
        struct sockaddr_in in;
        char text[INET_ADDRSTRLEN] = "";
        memcpy(&in, a->ifa_addr, sizeof(in));
        if (inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text)))
            add_item(addresses, text);
        if (a->ifa_netmask) {
            memcpy(&in, a->ifa_netmask, sizeof(in));
            if (inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text)))
                add_item(masks, text);
        }
    }
    freeifaddrs(all);
}

/* 32 hex digits. */
static bool parse_ipv6(const char *hex, struct in6_addr *out)
{
    for (size_t i = 0; i < 16; i++) {
        char byte[3] = {hex[i * 2], hex[i * 2 + 1], '\0'};
        char *end = NULL;
        out->s6_addr[i] = (unsigned char)strtoul(byte, &end, 16);
        if (end != byte + 2)
            return false;
    }
    return true;
}

/* "fe800000000000000250b6fffe1c2d3e 02 40 20 80 eth0": address, index, prefix, scope, flags. */
static void add_ipv6(ts_lx_rows *rows, const char *name, ts_buf *addresses, ts_buf *masks)
{
    const char *text = ts_lx_read(rows, "/proc/net/if_inet6");
    for (bool more = text && *text; more; more = ts_lx_next_line(&text)) {
        char hex[34];
        char prefix[8];
        char device[65];
        struct in6_addr address;
        char shown[INET6_ADDRSTRLEN];
        if (ts_lx_field(text, 0, hex, sizeof(hex)) && strlen(hex) == 32 &&
            ts_lx_field(text, 2, prefix, sizeof(prefix)) &&
            ts_lx_field(text, 5, device, sizeof(device)) && strcmp(device, name) == 0 &&
            parse_ipv6(hex, &address) && inet_ntop(AF_INET6, &address, shown, sizeof(shown))) {
            add_item(addresses, shown);
            snprintf(prefix, sizeof(prefix), "%lu", strtoul(prefix, NULL, 16));
            add_item(masks, prefix);
        }
    }
}

/* "eth0 00000000 0100A8C0 0003 ...": device, destination, gateway in the machine's byte order. */
static void fill_gateway(ts_lx_rows *rows, const char *name)
{
    TS_CLEANUP(ts_buf_done) ts_buf list;
    ts_buf_init(&list, LIST_MAX);
    const char *text = ts_lx_read(rows, "/proc/net/route");
    for (bool more = text && *text; more; more = ts_lx_next_line(&text)) {
        char device[65];
        char destination[16];
        char gateway[16];
        char shown[INET_ADDRSTRLEN];
        if (!ts_lx_field(text, 0, device, sizeof(device)) || strcmp(device, name) != 0 ||
            !ts_lx_field(text, 1, destination, sizeof(destination)) ||
            !ts_lx_field(text, 2, gateway, sizeof(gateway)))
            continue;
        struct in_addr address = {.s_addr = (in_addr_t)strtoul(gateway, NULL, 16)};
        if (strtoul(destination, NULL, 16) == 0 && address.s_addr != 0 &&
            inet_ntop(AF_INET, &address, shown, sizeof(shown)))
            add_item(&list, shown);
    }
    put_list(rows, "DefaultIPGateway", &list);
}

static void fill_dns(ts_lx_rows *rows)
{
    TS_CLEANUP(ts_buf_done) ts_buf list;
    ts_buf_init(&list, LIST_MAX);
    const char *text = ts_lx_read(rows, "/etc/resolv.conf");
    for (bool more = text && *text; more; more = ts_lx_next_line(&text)) {
        char word[65];
        char value[129];
        if (!ts_lx_field(text, 0, word, sizeof(word)) ||
            !ts_lx_field(text, 1, value, sizeof(value)))
            continue;
        if (strcmp(word, "nameserver") == 0)
            add_item(&list, value);
        else if (strcmp(word, "search") == 0 || strcmp(word, "domain") == 0)
            ts_lx_text(rows, "DNSDomain", value);
    }
    put_list(rows, "DNSServerSearchOrder", &list);
    ts_lx_text(rows, "DNSHostName", ts_lx_host_name(rows));
}

static void fill_configuration(ts_lx_rows *rows, const char *name, unsigned index)
{
    fill_common(rows, name, index);
    TS_CLEANUP(ts_buf_done) ts_buf addresses;
    TS_CLEANUP(ts_buf_done) ts_buf masks;
    ts_buf_init(&addresses, LIST_MAX);
    ts_buf_init(&masks, LIST_MAX);
    add_ipv4(rows, name, &addresses, &masks);
    add_ipv6(rows, name, &addresses, &masks);
    put_list(rows, "IPAddress", &addresses);
    put_list(rows, "IPSubnet", &masks);
    ts_lx_bool(rows, "IPEnabled", addresses.len > 0);
    if (addresses.len > 0) {
        fill_gateway(rows, name);
        fill_dns(rows);
    }
    int64_t mtu = 0;
    if (ts_lx_read_int(rows, &mtu, "/sys/class/net/%s/mtu", name))
        ts_lx_int(rows, "MTU", mtu);
}

void ts_lx_fill_adapter_configuration(ts_lx_rows *rows)
{
    each_adapter(rows, fill_configuration);
}
