/* test_inf.c - hardware ids of INF files. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "inf.h"

static const char net[] =
    "; a driver\r\n"
    "[Version]\r\nDriverVer = 06/21/2023,10.1.2.3 ; when\r\n"
    "[Manufacturer]\r\n%Maker% = Models, NTamd64, NTarm64.10.0\r\n"
    "[Models]\r\n%Old% = Inst, PCI\\VEN_0000\r\n"
    "[Models.NTamd64]\r\n"
    "%Card% = Inst.amd64, PCI\\VEN_8086&DEV_15FC, \"PCI\\VEN_8086\" ; both\r\n"
    "; %Gone% = Inst, PCI\\VEN_DEAD\r\n"
    "[Models.NTarm64.10.0]\r\n%Card% = Inst, ACPI\\QCOM1\r\n"
    "[Strings]\r\nMaker = \"A; B\"\r\n";

static void read_ok(const char *data, size_t size, const char *architecture, ts_inf *inf)
{
    ts_err *err = NULL;
    if (!ts_inf_read(data, size, architecture, inf, &err))
        fail_msg("%s", ts_err_text(err));
}

static void ids_are_those_of_the_architecture(void **state)
{
    TS_UNUSED(state);
    ts_inf inf;
    read_ok(net, strlen(net), "amd64", &inf);
    assert_int_equal(inf.n_ids, 2);
    assert_string_equal(inf.ids[0], "PCI\\VEN_8086&DEV_15FC");
    assert_string_equal(inf.ids[1], "PCI\\VEN_8086");
    assert_string_equal(inf.version, "06/21/2023,10.1.2.3");
    ts_inf_done(&inf);
    read_ok(net, strlen(net), "arm64", &inf);
    assert_int_equal(inf.n_ids, 1);
    assert_string_equal(inf.ids[0], "ACPI\\QCOM1");
    ts_inf_done(&inf);
}

static void section_without_decoration_is_for_x86(void **state)
{
    TS_UNUSED(state);
    static const char old[] = "[Manufacturer]\nM=Dev\n[Dev]\nX=I,USB\\VID_1\n";
    ts_inf inf;
    read_ok(old, strlen(old), "x86", &inf);
    assert_int_equal(inf.n_ids, 1);
    ts_inf_done(&inf);
    read_ok(old, strlen(old), "amd64", &inf);
    assert_int_equal(inf.n_ids, 0);
    ts_inf_done(&inf);
}

static void utf16_is_read(void **state)
{
    TS_UNUSED(state);
    static const char text[] = "[Manufacturer]\nM=D,NTamd64\n[D.NTamd64]\nX=I,HID\\1\n";
    char wide[2 + 2 * sizeof text] = "\xff\xfe";
    for (size_t i = 0; i < strlen(text); i++) {
        wide[2 + 2 * i] = text[i];
        wide[3 + 2 * i] = '\0';
    }
    ts_inf inf;
    read_ok(wide, 2 + 2 * strlen(text), "amd64", &inf);
    assert_int_equal(inf.n_ids, 1);
    assert_string_equal(inf.ids[0], "HID\\1");
    ts_inf_done(&inf);
}

static void rubbish_has_no_ids(void **state)
{
    TS_UNUSED(state);
    static const char *const rubbish[] = {"", "[", "[Manufacturer", "[Manufacturer]\n=,,,\"",
                                          "[Manufacturer]\nA=B,NTamd64\n[B.NTamd64]\n=\n,,\n"};
    for (size_t i = 0; i < TS_COUNT(rubbish); i++) {
        ts_inf inf;
        read_ok(rubbish[i], strlen(rubbish[i]), "amd64", &inf);
        assert_int_equal(inf.n_ids, 0);
        ts_inf_done(&inf);
    }
}

static void too_many_ids_are_refused(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_inf inf;
    ts_err *err = NULL;
    ts_buf_init(&text, TS_INF_BYTES_MAX);
    ts_buf_str(&text, "[Manufacturer]\nM=D,NTamd64\n[D.NTamd64]\n");
    for (unsigned i = 0; i <= TS_INF_IDS_MAX; i++)
        ts_buf_printf(&text, "A=I,USB\\%u\n", i);
    assert_false(ts_inf_read(ts_buf_text(&text), text.len, "amd64", &inf, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    ts_buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_those_of_the_architecture),
        cmocka_unit_test(section_without_decoration_is_for_x86),
        cmocka_unit_test(utf16_is_read),
        cmocka_unit_test(rubbish_has_no_ids),
        cmocka_unit_test(too_many_ids_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
