/* test_lx_pnp.c - devices of a machine described in a folder, with the ids that Windows gives them.
 */
#include <ts/deploy.h>

#include "host_linux.h"
#include "linux_machine.h"

static void put_files(const char *folder, const char *const (*files)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char path[200];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i][0]);
        put(path, files[i][1]);
    }
}

static void put_pci_devices(void)
{
    static const char *const card[][2] = {
        {"vendor", "0x8086\n"},           {"device", "0x15fb\n"}, {"subsystem_vendor", "0x17aa\n"},
        {"subsystem_device", "0x22be\n"}, {"revision", "0x20\n"}, {"class", "0x020000\n"}};
    static const char *const bridge[][2] = {{"vendor", "0x1af4\n"},
                                            {"device", "0x1041\n"},
                                            {"subsystem_vendor", "0x0000\n"},
                                            {"subsystem_device", "0x0000\n"},
                                            {"class", "0x060400\n"}};
    static const char *const broken[][2] = {{"vendor", "what\n"}, {"device", "0x1041\n"}};
    put_files("/sys/bus/pci/devices/0000:00:1f.6", card, TS_COUNT(card));
    put_files("/sys/bus/pci/devices/0000:01:00.0", bridge, TS_COUNT(bridge));
    put_files("/sys/bus/pci/devices/0000:02:00.0", broken, TS_COUNT(broken));
}

static void put_usb_devices(void)
{
    static const char *const camera[][2] = {
        {"idVendor", "04f2\n"},     {"idProduct", "b6cb\n"},      {"bcdDevice", "2713\n"},
        {"bDeviceClass", "ef\n"},   {"bDeviceSubClass", "02\n"},  {"bDeviceProtocol", "01\n"},
        {"bNumInterfaces", " 2\n"}, {"product", "Camera, wide\n"}};
    static const char *const video[][2] = {{"bInterfaceNumber", "00\n"},
                                           {"bInterfaceClass", "0e\n"},
                                           {"bInterfaceSubClass", "01\n"},
                                           {"bInterfaceProtocol", "00\n"}};
    static const char *const reader[][2] = {
        {"idVendor", "06cb\n"},   {"idProduct", "00f9\n"},     {"bcdDevice", "0000\n"},
        {"bDeviceClass", "00\n"}, {"bDeviceSubClass", "00\n"}, {"bDeviceProtocol", "00\n"},
        {"bNumInterfaces", "1\n"}};
    static const char *const only[][2] = {{"bInterfaceNumber", "00\n"},
                                          {"bInterfaceClass", "ff\n"},
                                          {"bInterfaceSubClass", "00\n"},
                                          {"bInterfaceProtocol", "00\n"}};
    put_files("/sys/bus/usb/devices/usb1", reader, TS_COUNT(reader));
    put_files("/sys/bus/usb/devices/1-4", camera, TS_COUNT(camera));
    put_files("/sys/bus/usb/devices/1-4:1.0", video, TS_COUNT(video));
    put_files("/sys/bus/usb/devices/1-9", reader, TS_COUNT(reader));
    put_files("/sys/bus/usb/devices/1-9:1.0", only, TS_COUNT(only));
}

static void put_other_devices(void)
{
    static const char *const codec[][2] = {{"type", "1\n"},
                                           {"vendor_id", "0x10ec0257\n"},
                                           {"subsystem_id", "0x17aa22be\n"},
                                           {"revision_id", "0x100001\n"}};
    put_files("/sys/bus/hdaudio/devices/hdaudioC0D0", codec, TS_COUNT(codec));
    put("/sys/bus/acpi/devices/LEN0071:00/modalias", "acpi:LEN0071:PNP0303:\n");
    put("/sys/bus/acpi/devices/LEN0071:00/status", "15\n");
    put("/sys/bus/acpi/devices/INTC1024:00/modalias", "acpi:INTC1024:\n");
    put("/sys/bus/acpi/devices/GONE0001:00/modalias", "acpi:GONE0001:\n");
    put("/sys/bus/acpi/devices/GONE0001:00/status", "0\n");
    put("/sys/bus/acpi/devices/LNXPWRBN:00/modalias", "acpi:LNXPWRBN:\n");
}

static int make_machine(void **state)
{
    TS_UNUSED(state);
    return make_root() ? 0 : -1;
}

static int remove_machine(void **state)
{
    TS_UNUSED(state);
    return ts_folder_remove(root, NULL) ? 0 : -1;
}

static ts_host *host_of_root(void)
{
    const ts_host_linux_options options = {.sysroot = root};
    ts_host *host = ts_host_linux_new(&options, NULL);
    assert_non_null(host);
    return host;
}

static void assert_ids(const char *wanted)
{
    ts_host *host = host_of_root();
    ts_err *err = NULL;
    char *ids = NULL;
    if (!ts_host_pnp_ids(host, &ids, &err))
        fail_msg("%s", ts_err_text(err));
    assert_string_equal(ids, wanted);
    free(ids);
    ts_host_free(host);
}

static void pci_devices_have_ids_from_board_to_class(void **state)
{
    TS_UNUSED(state);
    put_pci_devices();
    assert_ids("PCI\\VEN_8086&DEV_15FB&SUBSYS_22BE17AA&REV_20,PCI\\VEN_8086&DEV_15FB&SUBSYS_"
               "22BE17AA,PCI\\VEN_8086&DEV_15FB&REV_20,PCI\\VEN_8086&DEV_15FB,"
               "PCI\\VEN_8086&DEV_15FB&CC_020000,PCI\\VEN_8086&DEV_15FB&CC_0200,"
               "PCI\\VEN_8086&CC_020000,PCI\\VEN_8086&CC_0200,PCI\\VEN_8086,PCI\\CC_020000,"
               "PCI\\CC_0200\n"
               "PCI\\VEN_1AF4&DEV_1041,PCI\\VEN_1AF4&DEV_1041&CC_060400,"
               "PCI\\VEN_1AF4&DEV_1041&CC_0604,PCI\\VEN_1AF4&CC_060400,PCI\\VEN_1AF4&CC_0604,"
               "PCI\\VEN_1AF4,PCI\\CC_060400,PCI\\CC_0604\n");
}

static void usb_devices_have_their_interfaces(void **state)
{
    TS_UNUSED(state);
    put_usb_devices();
    assert_ids("USB\\VID_04F2&PID_B6CB&REV_2713,USB\\VID_04F2&PID_B6CB,"
               "USB\\CLASS_EF&SUBCLASS_02&PROT_01,USB\\CLASS_EF&SUBCLASS_02,USB\\CLASS_EF,"
               "USB\\COMPOSITE\n"
               "USB\\VID_04F2&PID_B6CB&REV_2713&MI_00,USB\\VID_04F2&PID_B6CB&MI_00,"
               "USB\\CLASS_0E&SUBCLASS_01&PROT_00,USB\\CLASS_0E&SUBCLASS_01,USB\\CLASS_0E\n"
               "USB\\VID_06CB&PID_00F9&REV_0000,USB\\VID_06CB&PID_00F9,"
               "USB\\CLASS_FF&SUBCLASS_00&PROT_00,USB\\CLASS_FF&SUBCLASS_00,USB\\CLASS_FF\n");
}

static void audio_and_acpi_devices_have_ids(void **state)
{
    TS_UNUSED(state);
    put_other_devices();
    assert_ids("HDAUDIO\\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA22BE&REV_1000,"
               "HDAUDIO\\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA22BE,"
               "HDAUDIO\\FUNC_01&VEN_10EC&DEV_0257&REV_1000,"
               "HDAUDIO\\FUNC_01&VEN_10EC&DEV_0257,HDAUDIO\\FUNC_01\n"
               "ACPI\\VEN_INTC&DEV_1024,ACPI\\INTC1024,*INTC1024\n"
               "ACPI\\VEN_LEN&DEV_0071,ACPI\\LEN0071,*LEN0071,"
               "ACPI\\VEN_PNP&DEV_0303,ACPI\\PNP0303,*PNP0303\n");
}

static void machine_without_buses_has_no_devices(void **state)
{
    TS_UNUSED(state);
    assert_ids("");
}

static void devices_of_an_image_file_are_not_known(void **state)
{
    TS_UNUSED(state);
    put("/disk.img", "");
    ts_host *host = host_of_root();
    ts_err *err = NULL;
    char *ids = NULL;
    assert_true(ts_host_disk_image(host, 0, at("/disk.img"), NULL));
    assert_false(ts_host_pnp_ids(host, &ids, &err));
    assert_int_equal(ts_err_code(err), TS_STATE);
    ts_err_free(err);
    ts_host_free(host);
}

#define WITH_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MACHINE(pci_devices_have_ids_from_board_to_class),
        WITH_MACHINE(usb_devices_have_their_interfaces),
        WITH_MACHINE(audio_and_acpi_devices_have_ids),
        WITH_MACHINE(machine_without_buses_has_no_devices),
        WITH_MACHINE(devices_of_an_image_file_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
