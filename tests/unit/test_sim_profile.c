/* test_sim_profile.c - machine profiles that are wrong: each says file, line, what and what else.
 */
#include "check.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#define TOP                                                                                        \
    "\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", \"model\": "   \
    "\"1\"}"

static void refused(const char *text, size_t size, ts_code code, const char *part)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("bad.json", text, size, &err);
    if (host)
        fail_msg("loaded: %.200s", text);
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    if (!strstr(ts_err_text(err), "bad.json"))
        fail_msg("'%s' does not name the file", ts_err_text(err));
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
}

static const struct {
    const char *body; /* behind TOP */
    const char *part;
} faults[] = {
    {",\n\"disk\": []", "bad.json:2: disk: unknown key 'disk', did you mean 'disks'?"},
    {",\n\"disks\": {}", "bad.json:2: disks: must be a list [...], not an object {...}"},
    {",\n\"disks\": [\n{}]", "bad.json:3: disks[0]: 'size' is missing"},
    {", \"disks\": [7]", "disks[0]: must be an object"},
    {", \"disks\": [{\"size\": \"8 Gb of\"}]", "disks[0].size: must be a size"},
    {", \"disks\": [{\"size\": 9, \"bus\": \"nvm\"}]", "'nvm' is none of: sata nvme"},
    {", \"disks\": [{\"size\": 9, \"sector\": 520}]", "sector must be 512 or 4096"},
    {", \"disks\": [{\"size\": 9, \"partitions\": [{}]}]", "a raw disk has no partitions"},
    {", \"disks\": [{\"size\": \"2 GB\", \"style\": \"gpt\", \"partitions\": [{\"size\": \"3 "
     "GB\"}]}]",
     "partitions[0]: 3000000000 bytes, but only 1998951424 are left"},
    {", \"disks\": [{\"size\": \"2 GB\", \"style\": \"gpt\", \"partitions\": [{\"used\": \"3 "
     "GB\"}]}]",
     "more is used than the partition has"},
    {", \"disks\": [{\"size\": \"2 GB\", \"style\": \"mbr\", \"partitions\": [{\"type\": "
     "\"efi\"}]}]",
     "needs \"style\": \"gpt\""},
    {", \"disks\": [{\"size\": \"2 GB\", \"style\": \"gpt\", \"partitions\": [{\"active\": "
     "true}]}]",
     "needs \"style\": \"mbr\""},
    {", \"drives\": [{\"letter\": \"D\"}, {\"letter\": \"d:\"}]", "letter D: is given twice"},
    {", \"drives\": [{\"letter\": \"DD\"}]", "'DD' is no drive letter"},
    {", \"drives\": [{\"letter\": \"X\"}]", "boot drive of Windows PE"},
    {", \"drives\": [{}]", "'letter' is missing"},
    {", \"nics\": [{\"mac\": \"00-11-22-33-44-55\"}]", "is no MAC address"},
    {", \"nics\": [{\"ip\": \"1.2.3.4\"}]", "nics[0]: 'mac' is missing"},
    {", \"nics\": [{\"mac\": \"00:11:22:33:44:55\", \"ip\": [1]}]", "ip[0]: must be a text"},
    {", \"tpm\": {\"version\": 2.0}", "tpm.version: must be a text, not a number"},
    {", \"battery\": {\"charge\": 101}", "101 is out of range: 0 to 100"},
    {", \"memory\": -1", "memory: must be a size"},
    {", \"os\": {}", "os: 'phase' is missing"},
    {", \"os\": {\"phase\": \"pe\"}", "'pe' is none of: winpe full"},
    {", \"os\": {\"phase\": \"full\", \"language\": \"klingon\"}", "must be a language"},
    {", \"clock\": {\"start\": \"14.5.2024\"}", "'14.5.2024' is no date"},
    {", \"clock\": {\"bias\": 900}", "out of range"},
    {", \"variables\": {\"A\": 1}", "variables.A: must be a text; write numbers in quotes"},
    {", \"registry\": {\"HKXX\\\\A\": {}}", "'HKXX\\A' is no registry key"},
    {", \"registry\": {\"HKLM\\\\A\": 1}", "must be an object with the key's values"},
    {", \"registry\": {\"HKLM\\\\A\": {\"V\": true}}", "must be a text (REG_SZ)"},
    {", \"registry\": {\"HKLM\\\\A\": {\"V\": {\"type\": \"DWORD\"}}}",
     "'DWORD' is no registry type"},
    {", \"files\": {\"Q:\\\\x\": \"\"}", "has no drive 'Q:'"},
    {", \"files\": {\"X:\\\\x\": 5}", "must be the content as a text"},
    {", \"files\": {\"X:\\\\x\": {\"size\": 1, \"content\": \"a\"}}", "not both"},
    {", \"programs\": [{\"exit_code\": 1}]", "programs[0]: 'name' is missing"},
    {", \"programs\": [{\"name\": \"a\", \"duration\": \"soon\"}]", "must be a duration"},
    {", \"programs\": [{\"name\": \"a\", \"exit_code\": 4294967296}]", "out of range"},
    {", \"products\": [{}]", "'product_code' is missing"},
    {", \"wmi\": {\"root\\\\x\": []}", "a namespace is an object of classes"},
    {", \"wmi\": {\"root\\\\x\": {\"C\": 1}}", "a class is a list of rows"},
    {", \"wmi\": {\"root\\\\x\": {\"C\": [1]}}", "a row is an object"},
    {", \"wmi\": {\"root\\\\x\": {\"C\": [{\"P\": {}}]}}", "a WMI property is a text"},
};

static void faults_are_told_with_line_and_path(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_COUNT(faults); i++) {
        char *text = ts_sprintf("{" TOP "%s}", faults[i].body);
        refused(text, strlen(text), TS_SCHEMA, faults[i].part);
        free(text);
    }
}

static void top_level_faults_are_told(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *text;
        ts_code code;
        const char *part;
    } cases[] = {
        {"[]", TS_SCHEMA, "a machine profile is an object"},
        {"{}", TS_SCHEMA, "'name' is missing"},
        {"{\"name\": \" \", \"firmware\": \"uefi\"}", TS_SCHEMA, "'name' is empty"},
        {"{\"name\": \"m\"}", TS_SCHEMA, "'firmware' is missing"},
        {"{\"name\": \"m\", \"firmware\": \"efi\"}", TS_SCHEMA, "'efi' is none of: bios uefi"},
        {"{\"name\": \"m\", \"firmware\": \"uefi\"}", TS_SCHEMA, "'smbios' is missing"},
        {"{\"name\": \"m\", \"firmware\": \"bios\", \"secure_boot\": true}", TS_SCHEMA,
         "'secure_boot' needs"},
        {"{\"name\": \"m\"", TS_SYNTAX, "bad.json:1:"},
        {"<xml/>", TS_SYNTAX, "bad.json:1:"},
        {"", TS_SYNTAX, "bad.json"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++)
        refused(cases[i].text, strlen(cases[i].text), cases[i].code, cases[i].part);
}

static void profile_size_has_a_limit(void **state)
{
    TS_UNUSED(state);
    size_t size = TS_SIM_PROFILE_MAX + 1;
    char *text = ts_alloc(size + 1);
    memset(text, ' ', size);
    refused(text, size, TS_LIMIT, "the limit is 8388608");
    free(text);
}

static void list_length_has_a_limit(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_buf_init(&text, 1u << 20);
    ts_buf_str(&text, "{" TOP ", \"disks\": [");
    for (unsigned i = 0; i <= TS_SIM_LIST_MAX; i++)
        ts_buf_printf(&text, "%s{\"size\": 1000000}", i ? "," : "");
    ts_buf_str(&text, "]}");
    refused(ts_buf_text(&text), text.len, TS_LIMIT, "disks: 129 entries, the limit is 128");
    ts_buf_done(&text);
}

static void devices_have_a_limit(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_buf_init(&text, 1u << 20);
    ts_buf_str(&text, "{" TOP ", \"devices\": [");
    for (unsigned i = 0; i <= TS_SIM_DEVICES_MAX; i++)
        ts_buf_printf(&text, "%s\"PCI\\\\VEN_%04X\"", i ? "," : "", i);
    ts_buf_str(&text, "]}");
    refused(ts_buf_text(&text), text.len, TS_LIMIT, "devices: 1001 entries, the limit is 1000");
    ts_buf_done(&text);
}

static void entries_have_a_limit(void **state)
{
    TS_UNUSED(state);
    ts_buf text;
    ts_buf_init(&text, TS_SIM_PROFILE_MAX);
    ts_buf_str(&text, "{" TOP ", \"environment\": {");
    for (unsigned i = 0; i <= TS_SIM_ENTRIES_MAX; i++)
        ts_buf_printf(&text, "%s\"v%06u\": \"\"", i ? "," : "", i);
    ts_buf_str(&text, "}}");
    ts_err *err = NULL;
    assert_null(ts_host_sim_new("bad.json", ts_buf_text(&text), text.len, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    ts_buf_done(&text);
}

static void every_failing_allocation_is_survived(void **state)
{
    TS_UNUSED(state);
    static const char text[] =
        "{" TOP ", \"disks\": [{\"size\": \"9 GB\", \"style\": \"gpt\", \"partitions\": "
        "[{\"letter\": \"C\","
        " \"filesystem\": \"ntfs\", \"os\": {\"lacks\": [\"a\"]}}]}], \"nics\": [{\"mac\": "
        "\"00:11:22:33:44:55\", \"ip\": [\"1.2.3.4\", \"::1\"]}], \"registry\": {\"HKLM\\\\A\": "
        "{\"V\": 1,"
        " \"M\": [\"a\", \"b\"]}}, \"files\": {\"C:\\\\a\": \"b\"}, \"programs\": [{\"name\": "
        "\"p\", "
        "\"sets\": {\"A\": \"B\"}}], \"wmi\": {\"root\\\\w\": {\"C\": [{\"P\": [1]}]}}}";
    uint64_t n = 1;
    for (; n < 2000; n++) {
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        ts_host *host = ts_host_sim_new("m.json", text, sizeof(text) - 1, &err);
        ts_alloc_fail_at(0);
        if (host) {
            ts_host_free(host);
            break;
        }
        assert_non_null(err);
        ts_err_free(err);
    }
    assert_in_range(n, 20, 1999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_with_line_and_path),
        cmocka_unit_test(top_level_faults_are_told),
        cmocka_unit_test(profile_size_has_a_limit),
        cmocka_unit_test(list_length_has_a_limit),
        cmocka_unit_test(devices_have_a_limit),
        cmocka_unit_test(entries_have_a_limit),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
