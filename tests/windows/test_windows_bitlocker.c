/* test_windows_bitlocker.c - BitLocker with a WMI of the test's own and a fake manage-bde; calling
 * a method of WMI for real, with the registry class that Wine has. */
#include "check.h"

#include <stdio.h>

#include "win_wmi.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "fake_tools.h"
#include "local.h"

static ts_host *host;
static char calls[4000];
static int64_t state; /* ConversionStatus */
static int64_t protection;
static const char *failing; /* method that fails */
static uint32_t code;

static ts_wmi_rows one_row(ts_wmi_value *values, size_t n)
{
    ts_wmi_rows rows = {.arena = ts_arena_new(), .n_rows = 1};
    rows.rows = ts_arena_alloc(rows.arena, sizeof(*rows.rows));
    ts_wmi_value *copy = ts_arena_alloc(rows.arena, n * sizeof(*copy));
    memcpy(copy, values, n * sizeof(*copy));
    rows.rows[0] = (ts_wmi_row){.values = copy, .n_values = n};
    return rows;
}

static bool fake_query(void *self, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                       ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    assert_string_equal(name_space, "root\\cimv2\\Security\\MicrosoftVolumeEncryption");
    ts_wmi_value id = {.name = "DeviceID", .kind = TS_WMI_TEXT, .text = "\\\\?\\Volume{1}\\"};
    *out = one_row(&id, 1);
    if (!strstr(ts_wql_text(query), "'C:'"))
        out->n_rows = 0;
    return true;
}

static bool fake_call(ts_windows *machine, const char *name_space, const char *path,
                      const char *method, const ts_win_arg *args, size_t n_args, ts_wmi_rows *out,
                      ts_err **err)
{
    TS_UNUSED(machine);
    TS_UNUSED(name_space);
    TS_UNUSED(err);
    assert_string_equal(path, "Win32_EncryptableVolume.DeviceID=\"\\\\\\\\?\\\\Volume{1}\\\\\"");
    bool question = strncmp(method, "Get", 3) == 0;
    size_t used = strlen(calls);
    for (size_t i = 0; !question && i <= n_args; i++) {
        if (i == 0)
            used += (size_t)snprintf(calls + used, sizeof(calls) - used, "%s", method);
        else if (args[i - 1].text)
            used += (size_t)snprintf(calls + used, sizeof(calls) - used, " %s", args[i - 1].text);
        else
            used += (size_t)snprintf(calls + used, sizeof(calls) - used, " %u",
                                     (unsigned)args[i - 1].number);
    }
    if (!question)
        snprintf(calls + used, sizeof(calls) - used, "; ");
    if (strcmp(method, "Encrypt") == 0)
        state = 2;
    else if (question && state == 2)
        state = 1; /* done by the next look */
    bool fails = failing && strcmp(method, failing) == 0;
    ts_wmi_value values[] = {
        {.name = "ReturnValue", .kind = TS_WMI_INT, .integer = fails ? code : 0},
        {.name = "ConversionStatus", .kind = TS_WMI_INT, .integer = state},
        {.name = "ProtectionStatus", .kind = TS_WMI_INT, .integer = protection},
        {.name = "VolumeKeyProtectorID", .kind = TS_WMI_TEXT, .text = "{id}"},
    };
    *out = one_row(values, TS_COUNT(values));
    return true;
}

static const ts_win_wmi fake_wmi = {.query = fake_query, .call = fake_call};

static int open_host(void **unused)
{
    static const char *const tools[] = {"manage-bde.exe", NULL};
    TS_UNUSED(unused);
    ts_fake_tools_begin(tools);
    host = ts_host_local_new(TS_PHASE_ANY, NULL);
    assert_non_null(host);
    ts_win_state(host)->tools = ts_fake_tools_folder();
    ts_win_state(host)->wmi_api = &fake_wmi;
    ts_win_state(host)->settle = 10;
    *calls = '\0';
    state = protection = 0;
    failing = NULL;
    return 0;
}

static int close_host(void **unused)
{
    TS_UNUSED(unused);
    ts_host_free(host);
    ts_fake_tools_end();
    return 0;
}

static void ok(bool worked, ts_err **err)
{
    if (!worked)
        fail_msg("%s", ts_err_text(*err));
}

static void failed(bool worked, ts_err **err, ts_code wanted, const char *words)
{
    assert_false(worked);
    if (ts_err_code(*err) != wanted || !strstr(ts_err_text(*err), words))
        fail_msg("%s: %s", ts_code_name(ts_err_code(*err)), ts_err_text(*err));
    ts_err_clear(err);
}

static void new_volume_is_encrypted_after_the_escrow(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    const ts_bitlocker what = {
        .letter = 'C', .mode = TS_BITLOCKER_TPM, .recovery_to_ad = true, .method = 7, .wait = true};
    ok(ts_host_bitlocker_enable(host, &what, &err), &err);
    assert_string_equal(calls, "ProtectKeyWithNumericalPassword taskseq; "
                               "BackupRecoveryInformationToActiveDirectory {id}; "
                               "ProtectKeyWithTPM taskseq; Encrypt 7 1; ");
}

static void given_recovery_password_is_taken(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    const ts_bitlocker what = {
        .letter = 'C', .mode = TS_BITLOCKER_TPM, .recovery_password = "000011-000022"};
    ok(ts_host_bitlocker_enable(host, &what, &err), &err);
    assert_non_null(strstr(calls, "ProtectKeyWithNumericalPassword taskseq 000011-000022; "
                                  "ProtectKeyWithTPM taskseq; "));
}

static void failed_escrow_leaves_nothing_and_encrypts_nothing(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    const ts_bitlocker what = {.letter = 'C', .mode = TS_BITLOCKER_TPM, .recovery_to_ad = true};
    failing = "BackupRecoveryInformationToActiveDirectory";
    code = 0x80310004u;
    failed(ts_host_bitlocker_enable(host, &what, &err), &err, TS_REFUSED,
           "volume C: cannot store the recovery password in Active Directory");
    assert_non_null(strstr(calls, "DeleteKeyProtector {id}; "));
    assert_null(strstr(calls, "Encrypt"));
    failing = "ProtectKeyWithTPM"; /* not the directory's fault */
    failed(ts_host_bitlocker_enable(host, &what, &err), &err, TS_OS, "protect the key");
}

static void preprovisioned_volume_gets_its_protection(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    ts_bitlocker what = {.letter = 'C', .mode = TS_BITLOCKER_TPM_KEY, .key_drive = 'E'};
    state = 1;
    failing = "ProtectKeyWithTPM";
    ok(ts_host_bitlocker_enable(host, &what, &err), &err);
    assert_string_equal(calls, "ProtectKeyWithTPMAndStartupKey taskseq; "
                               "SaveExternalKeyToFile {id} E:\\; EnableKeyProtectors; ");
    *calls = '\0';
    protection = 1; /* nothing is left to do */
    ok(ts_host_bitlocker_enable(host, &what, &err), &err);
    assert_string_equal(calls, "");
}

static void number_is_in_the_error_and_the_pin_is_not(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    const ts_bitlocker what = {
        .letter = 'C', .mode = TS_BITLOCKER_TPM_PIN, .pin = "73550193", .full = true};
    failing = "ProtectKeyWithTPMAndPIN";
    code = 0x8028400Fu;
    assert_false(ts_host_bitlocker_enable(host, &what, &err));
    assert_null(strstr(ts_err_text(err), "73550193"));
    failed(false, &err, TS_OS, "no compatible TPM was found");
    failing = NULL;
    ok(ts_host_bitlocker_enable(host, &what, &err), &err);
    assert_non_null(strstr(calls, "ProtectKeyWithTPMAndPIN taskseq 73550193; Encrypt 0 0; "));
}

static void protection_is_suspended(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    ok(ts_host_bitlocker_suspend(host, 'c', 3, &err), &err);
    assert_string_equal(calls, "DisableKeyProtectors 3; ");
    failed(ts_host_bitlocker_suspend(host, 'Q', 0, &err), &err, TS_NOT_FOUND, "no volume Q:");
}

static void volume_is_preprovisioned_by_manage_bde(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    ts_bitlocker what = {.letter = 'C', .method = 6};
    ok(ts_host_bitlocker_preprovision(host, &what, &err), &err);
    assert_string_equal(ts_fake_tools_log(),
                        "manage-bde.exe <-on> <C:> <-used> <-EncryptionMethod> <xts_aes128>\n");
    what = (ts_bitlocker){.letter = 'C', .full = true};
    ts_fake_tools_answer("ERROR: An error occurred (code 0x80310002)", 0xffffffffu);
    failed(ts_host_bitlocker_preprovision(host, &what, &err), &err, TS_OS, "code 0x80310002");
    assert_string_equal(ts_fake_tools_log(), "manage-bde.exe <-on> <C:>\n");
}

static void method_of_wmi_is_called(void **unused)
{
    TS_UNUSED(unused);
    ts_err *err = NULL;
    ts_wmi_rows rows = {0};
    static const char key[] = "Software\\taskseq-call";
    const ts_win_arg args[] = {
        {"hDefKey", NULL, 0x80000001u}, {"sSubKeyName", key, 0}, {"sValueName", "V", 0}};
    ok(ts_host_reg_set(host, "HKCU\\Software\\taskseq-call", "V", TS_REG_SZ, "gr\xC3\xBC\xC3\x9F",
                       &err),
       &err);
    bool worked = ts_win_wmi_real.call(ts_win_state(host), "root\\cimv2", "StdRegProv",
                                       "GetStringValue", args, 3, &rows, &err);
    assert_true(ts_host_reg_delete(host, "HKCU\\Software\\taskseq-call", NULL, NULL));
    ok(worked, &err);
    const ts_wmi_value *value = ts_wmi_row_get(&rows.rows[0], "sValue");
    assert_non_null(value);
    assert_string_equal(value->text, "gr\xC3\xBC\xC3\x9F");
    ts_wmi_rows_done(&rows);
    failed(ts_win_wmi_real.call(ts_win_state(host), "root\\none", "X", "Y", NULL, 0, &rows, &err),
           &err, TS_NOT_FOUND, "root\\none");
}

int main(void)
{
    int status = 0;
    if (ts_fake_tool(&status))
        return status;
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_host, close_host)
    const struct CMUnitTest tests[] = {
        TEST(new_volume_is_encrypted_after_the_escrow),
        TEST(given_recovery_password_is_taken),
        TEST(failed_escrow_leaves_nothing_and_encrypts_nothing),
        TEST(preprovisioned_volume_gets_its_protection),
        TEST(number_is_in_the_error_and_the_pin_is_not),
        TEST(protection_is_suspended),
        TEST(volume_is_preprovisioned_by_manage_bde),
        TEST(method_of_wmi_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
