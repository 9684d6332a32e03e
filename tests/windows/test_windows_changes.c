/* test_windows_changes.c - changes that the Windows host makes: certificates, name, accounts,
 * drivers. What Wine only pretends to do (group members, joining) is not tested here. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "win_private.h"

#include <shellapi.h>
#include <wincrypt.h>

#include <ts/deploy.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "local.h"
#include "os.h"

/* A root made for this test; its key was thrown away. */
static const char root_base64[] =
    "MIIBfDCCASOgAwIBAgICdFMwCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRdGFza3NlcSB0ZXN0IHJv"
    "b3QwIBcNMjYxMTIyMjA1ODU4WhgPMjEyNjEwMjkyMDU4NThaMBwxGjAYBgNVBAMMEXRhc2tzZXEg"
    "dGVzdCByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAED9kth8ifECq8dhhHZUI5gYz5BVCV"
    "UQ9dNGCENtwYFuMJj2Jf5JXhvBbS1MX9fzQLANMmYDqVifJRV3UwN2cG3KNTMFEwHQYDVR0OBBYE"
    "FMqPE8QXB30zOlAFalyjIFY4m0sMMB8GA1UdIwQYMBaAFMqPE8QXB30zOlAFalyjIFY4m0sMMA8G"
    "A1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgMSe7xHnNpMVPjOIAO1eWH70LHELi0yXN"
    "7Affq4OCE88CIBlNuuhyuiK+RKVXhyijU1XJsS/Ze+GDRYtsGbGsRJDj";

static ts_host *host;

static int open_host(void **state)
{
    TS_UNUSED(state);
    host = ts_host_local_new(TS_PHASE_ANY, NULL);
    return host ? 0 : -1;
}

static int close_host(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    return 0;
}

static void ok(bool worked, ts_err **err)
{
    if (!worked)
        fail_msg("%s", ts_err_text(*err));
}

/* Looks past the host. */
static bool is_in_store(const ts_buf *der)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                                     CERT_SYSTEM_STORE_LOCAL_MACHINE, L"ROOT");
    PCCERT_CONTEXT wanted = CertCreateCertificateContext(X509_ASN_ENCODING, (const BYTE *)der->data,
                                                         (DWORD)der->len);
    PCCERT_CONTEXT found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0,
                                                      CERT_FIND_EXISTING, wanted, NULL);
    bool there = found != NULL;
    CertFreeCertificateContext(found);
    CertFreeCertificateContext(wanted);
    CertCloseStore(store, 0);
    return there;
}

/* Through the registry, where the store is: Wine's deletion from this store does not last. */
static void forget(const ts_buf *der)
{
    PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING,
                                                          (const BYTE *)der->data, (DWORD)der->len);
    BYTE hash[20];
    DWORD size = sizeof(hash);
    assert_true(CertGetCertificateContextProperty(context, CERT_HASH_PROP_ID, hash, &size));
    CertFreeCertificateContext(context);
    char key[200] = "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates\\";
    for (DWORD i = 0; i < size; i++)
        snprintf(key + strlen(key), sizeof(key) - strlen(key), "%02X", hash[i]);
    assert_true(ts_host_reg_delete(host, key, NULL, NULL));
}

static void certificate_is_added_once(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_buf_done) ts_buf der;
    ts_buf_init(&der, 4096);
    ts_err *err = NULL;
    ok(ts_base64_decode(&der, root_base64, &err), &err);
    forget(&der); /* of a run that was broken off */
    assert_false(is_in_store(&der));
    bool added = false;
    ok(ts_host_cert_add(host, TS_CERT_ROOT, der.data, der.len, &added, &err), &err);
    assert_true(added);
    ok(ts_host_cert_add(host, TS_CERT_ROOT, der.data, der.len, &added, &err), &err);
    assert_false(added);
    assert_true(is_in_store(&der));
    forget(&der);
    assert_false(is_in_store(&der));
    assert_false(ts_host_cert_add(host, TS_CERT_CA, "rubbish", 7, &added, &err));
    assert_non_null(strstr(ts_err_text(err), "intermediates"));
    ts_err_free(err);
}

static void name_is_that_after_the_next_restart(void **state)
{
    TS_UNUSED(state);
    static const char key[] = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
    ts_err *err = NULL;
    bool found = false;
    ts_reg_type type;
    TS_CLEANUP(ts_free_ptr) char *before = NULL;
    TS_CLEANUP(ts_free_ptr) char *after = NULL;
    ok(ts_host_reg_get(host, key, "Hostname", &found, &type, &before, &err), &err);
    assert_true(found);
    ok(ts_host_computer_rename(host, "TSQ-TEST-7", &err), &err);
    ok(ts_host_reg_get(host, key, "Hostname", &found, &type, &after, &err), &err);
    ok(ts_host_reg_set(host, key, "Hostname", TS_REG_SZ, before, &err), &err);
    assert_int_equal(ts_str_casecmp(after, "TSQ-TEST-7"), 0);
}

static void account_is_made(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    const ts_account account = {
        .name = "tsq \xC3\xA4", .password = "p\"%^ \xF0\x9F\x98\x80", .enable = true};
    ok(ts_host_account_set(host, &account, &err), &err);
}

/* Each fails under Wine, in the way it would on a machine that lacks the thing. */
#define ODD_USER     "D\\o'n%^ \xC3\xA4\xF0\x9F\x98\x80"
#define ODD_PASSWORD "s3c\"%^ \xC3\xBC\xF0\x9F\x98\x80"

static void failed_without_the_password(bool worked, ts_err **err, ts_code code, const char *part)
{
    assert_false(worked);
    assert_int_equal(ts_err_code(*err), code);
    if (!strstr(ts_err_text(*err), part))
        fail_msg("no '%s' in: %s", part, ts_err_text(*err));
    assert_null(strstr(ts_err_text(*err), "s3c"));
    ts_err_clear(err);
}

static void domain_without_its_dll_function_says_so(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    const ts_join join = {
        .domain = true, .name = "c.example", .user = ODD_USER, .password = ODD_PASSWORD};
    failed_without_the_password(ts_host_join(host, &join, &err), &err, TS_UNSUPPORTED,
                                "this Windows has no NetJoinDomain");
}

static void share_that_is_gone_is_said_with_user_and_number(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    bool worked = ts_host_net_connect(host, 'N', "\\\\server.invalid\\share", ODD_USER,
                                      ODD_PASSWORD, &err);
    failed_without_the_password(worked, &err, ts_err_code(err), "(win32 ");
    assert_false(
        ts_host_net_connect(host, 'N', "\\\\server.invalid\\share", ODD_USER, ODD_PASSWORD, &err));
    assert_non_null(strstr(ts_err_text(err), "'\\\\server.invalid\\share' as '" ODD_USER "'"));
    ts_err_free(err);
}

static void time_zone_that_is_not_there_is_not_found(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    assert_false(ts_host_time_zone_set(host, "Middle Earth Standard Time", &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_free(err);
}

/* This program again, in the place of dism.exe: keeps its arguments, ends as told. */
static int be_dism(void)
{
    TS_CLEANUP(ts_free_ptr) char *log = ts_strdup(ts_env_get("TS_FAKE_LOG"));
    TS_CLEANUP(ts_free_ptr) char *line = ts_strdup("");
    int n = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &n);
    for (int i = 1; i < n; i++) {
        char word[1024];
        WideCharToMultiByte(CP_UTF8, 0, words[i], -1, word, sizeof(word), NULL, NULL);
        char *longer = ts_sprintf("%s<%s>", line, word);
        free(line);
        line = longer;
    }
    LocalFree(words);
    printf("fake dism speaks");
    const char *code = ts_env_get("TS_FAKE_CODE");
    int status = code ? atoi(code) : 0;
    return log && ts_file_write_atomic(log, line, strlen(line), NULL) ? status : 99;
}

static void driver_goes_to_dism(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr)
    char *tools = ts_sprintf("%s/ts-tools-%u", ts_env_get("TEMP"), ts_process_id());
    TS_CLEANUP(ts_free_ptr) char *fake = ts_path_join(tools, "dism.exe");
    TS_CLEANUP(ts_free_ptr) char *log = ts_path_join(tools, "log");
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(NULL);
    ts_err *err = NULL;
    ok(ts_folder_make(tools, &err), &err);
    ok(ts_host_file_copy(host, self, fake, &err), &err);
    ts_win_state(host)->tools = tools;
    SetEnvironmentVariableA("TS_FAKE_LOG", log);
    ok(ts_host_driver_add(host, 'D', "X:/Drivers/my net/e1d.inf", true, &err), &err);
    TS_CLEANUP(ts_free_ptr) char *line = NULL;
    size_t size = 0;
    ok(ts_file_read(log, 4096, &line, &size, &err), &err);
    assert_string_equal(line, "</Image:D:\\></English></Add-Driver>"
                              "</Driver:X:\\Drivers\\my net\\e1d.inf></ForceUnsigned>");
    /* A path of more than 300 characters, with what a command line might change. */
    char odd[400] = "X:/Dr%PATH%^&'\xC3\xBC\xF0\x9F\x98\x80/";
    memset(odd + strlen(odd), 'x', 300);
    strcpy(odd + strlen(odd), "/e 1.inf");
    ok(ts_host_driver_add(host, 'D', odd, false, &err), &err);
    ts_free_ptr(&line);
    ok(ts_file_read(log, 4096, &line, &size, &err), &err);
    for (char *p = odd; *p; p++)
        *p = (char)(*p == '/' ? '\\' : *p);
    TS_CLEANUP(ts_free_ptr) char *wanted = ts_sprintf("</Driver:%s>", odd);
    assert_non_null(strstr(line, wanted));
    SetEnvironmentVariableA("TS_FAKE_CODE", "2");
    assert_false(ts_host_driver_add(host, 'D', "X:/Drivers/e1d.inf", false, &err));
    assert_non_null(strstr(ts_err_text(err), "e1d.inf"));
    assert_non_null(strstr(ts_err_text(err), "fake dism speaks"));
    ts_err_clear(&err);
    SetEnvironmentVariableA("TS_FAKE_CODE", "3010"); /* done; a restart is needed */
    ok(ts_host_driver_add(host, 'D', "X:/Drivers/e1d.inf", false, &err), &err);
    ts_win_state(host)->tools = NULL;
    assert_true(ts_folder_remove(tools, NULL));
}

#define CONFIG "C:/Windows/System32/config"
#define SOURCE "HKCU\\Software\\taskseq-hive"

/* A hive file in the place of an installed Windows; Wine keeps its own registry elsewhere, and does
 * not write a hive back, so only reading is tested. */
static void offline_registry_is_read(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    bool found = true;
    ts_reg_type type = TS_REG_NONE;
    char *data = NULL;
    if (ts_file_exists(CONFIG "/DEFAULT"))
        fail_msg("%s", "this test needs a machine without '" CONFIG "/DEFAULT', as Wine is");
    assert_false(
        ts_host_offline_reg_get(host, 'C', "DEFAULT", "A", "V", &found, &type, &data, &err));
    assert_int_equal(ts_err_code(err), TS_NOT_FOUND);
    ts_err_clear(&err);
    assert_false(ts_file_exists(CONFIG "/DEFAULT")); /* looking makes none */
    HKEY key = NULL;
    ok(ts_folder_make_shared(CONFIG, &err), &err);
    ok(ts_host_reg_set(host, SOURCE "\\A", "V", TS_REG_SZ, "one", &err), &err);
    ok(ts_host_reg_set(host, SOURCE "\\Select", "Current", TS_REG_DWORD, "2", &err), &err);
    ok(ts_host_reg_set(host, SOURCE "\\ControlSet002\\B", "V", TS_REG_SZ, "two", &err), &err);
    assert_int_equal(RegOpenKeyExW(HKEY_CURRENT_USER, L"Software\\taskseq-hive", 0, KEY_READ, &key),
                     0);
    assert_true(ts_win_privilege(L"SeBackupPrivilege"));
    LSTATUS saved = RegSaveKeyW(key, L"C:\\Windows\\System32\\config\\DEFAULT", NULL);
    RegCloseKey(key);
    ok(ts_host_reg_delete(host, SOURCE, NULL, &err), &err);
    assert_int_equal(saved, 0);
    bool worked = ts_host_offline_reg_get(host, 'C', "DEFAULT", "\\A", "V", &found, &type, &data,
                                          &err) &&
                  found && type == TS_REG_SZ && strcmp(data, "one") == 0;
    ts_free_ptr(&data);
    char *set = NULL;
    worked = worked &&
             ts_host_offline_reg_get(host, 'C', "DEFAULT", "CurrentControlSet\\B", "V", &found,
                                     &type, &set, &err) &&
             found && strcmp(set, "two") == 0;
    free(set);
    assert_true(ts_file_remove(CONFIG "/DEFAULT", NULL));
    if (!worked)
        fail_msg("%s", err ? ts_err_text(err) : "another value was read");
}

/* Wine keeps modes, not lists of rights: that the files are written at all, over open ones too, is
 * what it can show. */
static void file_with_keys_or_passwords_is_written_and_rewritten(void **state)
{
    TS_UNUSED(state);
    static const char *const files[] = {"C:/ts-panther/unattend.xml",
                                        "C:/_SMSTaskSequence/ts-site/key.pem"};
    ts_err *err = NULL;
    ok(ts_folder_make_shared("C:/_SMSTaskSequence", &err), &err); /* as content does it */
    for (size_t i = 0; i < 2 * TS_COUNT(files); i++) {
        const char *file = files[i / 2];
        TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(file);
        TS_CLEANUP(ts_free_ptr) char *data = NULL;
        size_t size = 0;
        ok(ts_host_folder_make(host, folder, &err), &err);
        ok(ts_host_file_write(host, file, i % 2 ? "two" : "one", 3, false, &err), &err);
        ok(ts_host_file_read(host, file, &data, &size, &err), &err);
        assert_string_equal(data, i % 2 ? "two" : "one");
    }
    ok(ts_folder_remove("C:/_SMSTaskSequence", &err), &err);
    ok(ts_folder_remove("C:/ts-panther", &err), &err);
}

static void what_this_windows_lacks_is_said_before(void **state)
{
    TS_UNUSED(state);
    /* Wine has a wimgapi.dll and no diskpart. */
    assert_null(ts_host_lacks(host, TS_EFFECT(IMAGE)));
    assert_non_null(strstr(ts_host_lacks(host, TS_EFFECT(DISK_WIPE)), "diskpart.exe"));
    assert_null(ts_host_lacks(host, TS_EFFECT(FILE) | TS_EFFECT(REGISTRY) | TS_EFFECT(CERT)));
}

int main(int argc, char **argv)
{
    TS_UNUSED(argc);
    if (ts_str_ieq(ts_path_base(argv[0]), "dism.exe"))
        return be_dism();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_is_added_once),
        cmocka_unit_test(name_is_that_after_the_next_restart),
        cmocka_unit_test(account_is_made),
        cmocka_unit_test(domain_without_its_dll_function_says_so),
        cmocka_unit_test(share_that_is_gone_is_said_with_user_and_number),
        cmocka_unit_test(time_zone_that_is_not_there_is_not_found),
        cmocka_unit_test(driver_goes_to_dism),
        cmocka_unit_test(offline_registry_is_read),
        cmocka_unit_test(file_with_keys_or_passwords_is_written_and_rewritten),
        cmocka_unit_test(what_this_windows_lacks_is_said_before),
    };
    return cmocka_run_group_tests(tests, open_host, close_host);
}
