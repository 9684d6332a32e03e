/* test_sim_files.c - files and registry of the simulated machine. */
#include "check.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

static const char *const text =
    "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": {\"manufacturer\": \"C\", \"model\": "
    "\"1\"},"
    "\"disks\": [{\"size\": \"64 GB\", \"style\": \"gpt\", \"partitions\": ["
    "  {\"type\": \"efi\", \"size\": \"260 MiB\", \"filesystem\": \"fat32\"},"
    "  {\"size\": \"20 GB\", \"filesystem\": \"ntfs\", \"letter\": \"C\", \"label\": \"Data\"},"
    "  {\"size\": \"20 GB\", \"filesystem\": \"ntfs\", \"letter\": \"D\", \"os\": {}},"
    "  {\"filesystem\": \"ntfs\", \"letter\": \"L\", \"bitlocker\": \"locked\"}]}],"
    "\"files\": {\"C:\\\\Data\\\\a.txt\": \"hello\","
    "  \"C:/Data/big.wim\": {\"size\": \"4 GB\", \"version\": \"1.2.3.4\", \"modified\": "
    "\"2020-01-02\"},"
    "  \"D:\\\\Empty\": {\"folder\": true},"
    "  \"\\\\\\\\srv\\\\share\\\\x.ini\": \"[a]\"},"
    "\"registry\": {\"HKLM\\\\SOFTWARE\\\\A\": {\"s\": \"t\", \"n\": 7, \"q\": 5000000000, \"\": "
    "\"def\","
    "  \"m\": [\"x\", \"y\"], \"e\": {\"type\": \"REG_EXPAND_SZ\", \"data\": \"%x%\"}}}}";

static int setup(void **state)
{
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("m.json", text, strlen(text), &err);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    *state = host;
    return 0;
}

static int teardown(void **state)
{
    ts_host_free(*state);
    return 0;
}

static bool exists(ts_host *host, const char *path)
{
    ts_file_info info;
    ts_err *err = NULL;
    if (!ts_host_file_info(host, path, &info, &err))
        fail_msg("%s", ts_err_text(err));
    return info.exists;
}

static void expect_error(ts_err *err, ts_code code, const char *part)
{
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    assert_int_equal(ts_err_code(err), code);
    ts_err_free(err);
}

static void paths_are_one_whatever_their_spelling(void **state)
{
    assert_true(exists(*state, "c:\\data\\A.TXT"));
    assert_true(exists(*state, "C:/Data/./x/../a.txt"));
    assert_true(exists(*state, "\\\\?\\C:\\Data\\a.txt"));
    assert_true(exists(*state, "C:\\..\\..\\Data"));
    assert_true(exists(*state, "//SRV/share/X.INI"));
    assert_true(exists(*state, "C:\\"));
    assert_true(exists(*state, "X:"));
    assert_false(exists(*state, "C:\\Dat"));
    assert_false(exists(*state, "Q:\\"));
    assert_false(exists(*state, "L:\\")); /* locked by BitLocker */
    assert_true(exists(*state, "D:\\Windows"));
    assert_false(exists(*state, "C:\\Windows"));
    assert_true(exists(*state, "X:\\Windows"));
}

static void info_comes_from_the_profile(void **state)
{
    ts_file_info info;
    assert_true(ts_host_file_info(*state, "C:\\Data\\big.wim", &info, NULL));
    assert_int_equal(info.size, 4000000000);
    assert_string_equal(info.version, "1.2.3.4");
    assert_int_equal(info.modified, 1577923200000); /* date -u -d 2020-01-02 +%s */
    assert_false(info.is_folder);
    assert_true(ts_host_file_info(*state, "D:\\Empty", &info, NULL));
    assert_true(info.is_folder);
}

static void content_is_read_and_written(void **state)
{
    char *data = NULL;
    size_t size = 0;
    assert_true(ts_host_file_read(*state, "C:\\Data\\a.txt", &data, &size, NULL));
    assert_int_equal(size, 5);
    assert_string_equal(data, "hello");
    free(data);
    assert_true(ts_host_file_write(*state, "C:\\Data\\a.txt", " you", 4, true, NULL));
    assert_true(ts_host_file_copy(*state, "C:\\Data\\a.txt", "D:\\Empty\\b.txt", NULL));
    assert_true(ts_host_file_write(*state, "C:\\Data\\a.txt", "new", 3, false, NULL));
    assert_true(ts_host_file_read(*state, "D:\\empty\\B.txt", &data, &size, NULL));
    assert_string_equal(data, "hello you");
    free(data);
    assert_true(ts_host_file_delete(*state, "D:\\Empty\\b.txt", NULL));
    assert_true(ts_host_file_delete(*state, "D:\\Empty\\b.txt", NULL)); /* missing is success */
    assert_false(exists(*state, "D:\\Empty\\b.txt"));
}

static void impossible_file_operations_are_refused(void **state)
{
    char *data = NULL;
    size_t size = 0;
    ts_err *err = NULL;
    assert_false(ts_host_file_read(*state, "C:\\Data\\big.wim", &data, &size, &err));
    expect_error(err, TS_LIMIT, "more than");
    err = NULL;
    assert_false(ts_host_file_read(*state, "C:\\none", &data, &size, &err));
    expect_error(err, TS_NOT_FOUND, "no file 'C:\\none'");
    err = NULL;
    assert_false(ts_host_file_write(*state, "Q:\\x", "", 0, false, &err));
    expect_error(err, TS_NOT_FOUND, "no drive 'Q:'");
    err = NULL;
    assert_false(ts_host_file_write(*state, "L:\\x", "", 0, false, &err));
    expect_error(err, TS_NOT_FOUND, "no drive 'L:'");
    err = NULL;
    assert_false(ts_host_file_write(*state, "C:\\Data", "", 0, false, &err));
    expect_error(err, TS_STATE, "is a folder");
    err = NULL;
    assert_false(ts_host_file_delete(*state, "C:\\Data", &err));
    expect_error(err, TS_STATE, "not empty");
    err = NULL;
    assert_false(ts_host_folder_make(*state, "C:\\Data\\a.txt", &err));
    expect_error(err, TS_STATE, "is a file");
}

static void files_stay_on_their_volume_when_letters_change(void **state)
{
    bool on = false;
    assert_true(ts_host_folder_make(*state, "D:\\Drivers", NULL));
    assert_true(ts_host_file_write(*state, "X:\\scratch.txt", "", 0, false, NULL));
    assert_true(ts_host_hand_over(*state, TS_RESTART_OS, &on, NULL));
    assert_true(exists(*state, "C:\\Drivers")); /* D: has the Windows, which sees itself on C: */
    assert_true(exists(*state, "D:\\Data\\a.txt"));
    assert_false(exists(*state, "X:\\scratch.txt"));
}

static void file_is_read_up_to_the_limit_of_the_caller(void **state)
{
    size_t size = TS_HOST_FILE_MAX + 1, got = 0;
    char *data = ts_alloc(size), *back = NULL;
    ts_err *err = NULL;
    assert_non_null(data);
    memset(data, 'a', size);
    assert_true(ts_host_file_write(*state, "X:\\big", data, size, false, NULL));
    assert_false(ts_host_file_read(*state, "X:\\big", &back, &got, &err));
    expect_error(err, TS_LIMIT, "has more than 16777216 bytes");
    assert_true(ts_host_file_read_up_to(*state, "X:\\big", size, &back, &got, NULL));
    assert_int_equal(got, size);
    free(back);
    free(data);
}

static void contents_have_a_limit(void **state)
{
    size_t size = 16u << 20;
    char *data = ts_alloc(size);
    ts_err *err = NULL;
    uint64_t written = 0;
    bool ok = true;
    for (unsigned i = 0; ok && i < 20; i++) {
        char path[] = "X:\\big00";
        path[6] = (char)('0' + i / 10);
        path[7] = (char)('0' + i % 10);
        ok = ts_host_file_write(*state, path, data, size, false, &err);
        written += ok ? size : 0;
    }
    assert_false(ok);
    assert_int_equal(written, TS_SIM_BYTES_MAX - size); /* the profile's own texts take the rest */
    expect_error(err, TS_LIMIT, "hold more than 268435456 bytes");
    free(data);
}

static void reg_is(ts_host *host, const char *key, const char *value, ts_reg_type type,
                   const char *expected)
{
    bool found = false;
    ts_reg_type got = TS_REG_NONE;
    char *data = NULL;
    ts_err *err = NULL;
    if (!ts_host_reg_get(host, key, value, &found, &got, &data, &err))
        fail_msg("%s", ts_err_text(err));
    if (!found && expected)
        fail_msg("%s -> %s is not there", key, value);
    assert_int_equal(found, expected != NULL);
    if (expected) {
        assert_string_equal(data, expected);
        assert_int_equal(got, type);
    }
    free(data);
}

static bool key_exists(ts_host *host, const char *key)
{
    bool found = false;
    assert_true(ts_host_reg_get(host, key, NULL, &found, NULL, NULL, NULL));
    return found;
}

static void registry_values_have_their_types(void **state)
{
    reg_is(*state, "HKLM\\software\\a", "S", TS_REG_SZ, "t");
    reg_is(*state, "HKLM:\\SOFTWARE\\A\\", "n", TS_REG_DWORD, "7");
    reg_is(*state, "HKEY_LOCAL_MACHINE\\SOFTWARE\\A", "q", TS_REG_QWORD, "5000000000");
    reg_is(*state, "Computer\\HKEY_LOCAL_MACHINE\\SOFTWARE\\\\A", "", TS_REG_SZ, "def");
    reg_is(*state, "HKLM\\SOFTWARE\\A", "m", TS_REG_MULTI_SZ, "x\ny");
    reg_is(*state, "HKLM\\SOFTWARE\\A", "e", TS_REG_EXPAND_SZ, "%x%");
    reg_is(*state, "HKLM\\SOFTWARE\\A", "none", TS_REG_NONE, NULL);
    reg_is(*state, "HKLM\\SOFTWARE\\B", "none", TS_REG_NONE, NULL);
}

static void standard_registry_follows_the_machine(void **state)
{
    static const char control[] = "HKLM\\SYSTEM\\CurrentControlSet\\Control";
    bool on = false;
    reg_is(*state, control, "PEFirmwareType", TS_REG_DWORD, "2");
    assert_true(key_exists(*state, "HKLM\\SYSTEM\\CurrentControlSet\\Control\\MiniNT"));
    assert_true(ts_host_hand_over(*state, TS_RESTART_OS, &on, NULL));
    assert_false(key_exists(*state, "HKLM\\SYSTEM\\CurrentControlSet\\Control\\MiniNT"));
    reg_is(*state, "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", "CurrentBuild",
           TS_REG_SZ, "22631");
    reg_is(*state, "HKLM\\SOFTWARE\\A", "s", TS_REG_SZ, NULL); /* it was Windows PE's */
}

static void registry_changes_persist_and_go(void **state)
{
    static const char key[] = "HKLM\\SOFTWARE\\New\\Sub";
    assert_false(key_exists(*state, "HKLM\\SOFTWARE\\New"));
    assert_true(ts_host_reg_set(*state, key, "v", TS_REG_DWORD, "1", NULL));
    assert_true(key_exists(*state, "HKLM\\SOFTWARE\\New"));
    reg_is(*state, key, "V", TS_REG_DWORD, "1");
    assert_true(ts_host_reg_set(*state, key, "v", TS_REG_SZ, "2", NULL));
    reg_is(*state, key, "V", TS_REG_SZ, "2");
    assert_true(ts_host_reg_delete(*state, key, "v", NULL));
    assert_true(ts_host_reg_delete(*state, key, "v", NULL));
    reg_is(*state, key, "v", TS_REG_NONE, NULL);
    assert_true(ts_host_reg_delete(*state, "HKLM\\SOFTWARE\\New", NULL, NULL));
    assert_false(key_exists(*state, key));
    ts_err *err = NULL;
    assert_false(ts_host_reg_set(*state, key, "v", TS_REG_DWORD, "one", &err));
    expect_error(err, TS_SCHEMA, "'one' is no number, as REG_DWORD needs");
    err = NULL;
    assert_false(ts_host_reg_delete(*state, "HKLM", NULL, &err));
    expect_error(err, TS_REFUSED, "whole hive");
    err = NULL;
    assert_false(ts_host_reg_set(*state, "HKLX\\A", "v", TS_REG_SZ, "", &err));
    expect_error(err, TS_SCHEMA, "is no registry key");
}

static void state_shows_what_the_run_changed(void **state)
{
    assert_true(ts_host_file_write(*state, "D:\\Empty\\b.txt", "abc", 3, false, NULL));
    assert_true(ts_host_file_delete(*state, "C:\\Data\\a.txt", NULL));
    assert_true(ts_host_reg_set(*state, "HKLM\\SOFTWARE\\A", "n", TS_REG_DWORD, "8", NULL));
    char *json = ts_host_sim_state_json(*state, NULL);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"D:\\\\Empty\\\\b.txt\": {\n      \"size\": 3"));
    assert_non_null(strstr(json, "\"file C:\\\\Data\\\\a.txt\""));
    assert_non_null(strstr(json, "\"data\": \"8\""));
    assert_null(strstr(json, "big.wim")); /* the run did not touch it */
    assert_non_null(strstr(json, "\"phase\": \"winpe\""));
    free(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(paths_are_one_whatever_their_spelling),
        TEST(info_comes_from_the_profile),
        TEST(content_is_read_and_written),
        TEST(impossible_file_operations_are_refused),
        TEST(files_stay_on_their_volume_when_letters_change),
        TEST(file_is_read_up_to_the_limit_of_the_caller),
        TEST(contents_have_a_limit),
        TEST(registry_values_have_their_types),
        TEST(standard_registry_follows_the_machine),
        TEST(registry_changes_persist_and_go),
        TEST(state_shows_what_the_run_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
