/* test_machines.c - the shipped machine profiles: every one loads, answers every fact, and says
 * what its description promises. */
#include "check.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#include "os.h"

static char *folder(void)
{
    const char *root = ts_env_get("TASKSEQ_SOURCE");
    if (!root)
        skip();
    return ts_path_join(root, "sequences/machines");
}

static ts_host *load(const char *name)
{
    char *dir = folder();
    char *file = ts_sprintf("%s/%s", dir, name);
    char *text = NULL;
    size_t size = 0;
    ts_err *err = NULL;
    if (!ts_file_read(file, TS_SIM_PROFILE_MAX, &text, &size, &err))
        fail_msg("%s", ts_err_text(err));
    ts_host *host = ts_host_sim_new(name, text, size, &err);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    free(text);
    free(file);
    free(dir);
    return host;
}

static bool is_profile(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".json") == 0 && !strstr(name, ".schema.");
}

static void every_profile_loads_and_answers_every_fact(void **state)
{
    TS_UNUSED(state);
    char *dir = folder();
    char **names = NULL;
    size_t count = 0;
    assert_true(ts_folder_list(dir, &names, NULL));
    for (size_t i = 0; names[i]; i++) {
        if (!is_profile(names[i]))
            continue;
        ts_host *host = load(names[i]);
        /* The name on the command line and the name in the report are the same. */
        assert_int_equal(strlen(ts_host_sim_profile_name(host)), strlen(names[i]) - 5);
        assert_memory_equal(ts_host_sim_profile_name(host), names[i], strlen(names[i]) - 5);
        assert_true(strlen(ts_host_sim_description(host)) > 20);
        for (unsigned f = 0; f < TS_FACT_COUNT; f++) {
            char *text = NULL;
            assert_true(ts_host_fact(host, (ts_fact)f, &text, NULL));
            free(text);
        }
        ts_host_free(host);
        count++;
    }
    assert_true(count >= 12);
    free(names);
    free(dir);
}

static void fact_is(const char *profile, ts_fact fact, const char *expected)
{
    ts_host *host = load(profile);
    char *text = NULL;
    assert_true(ts_host_fact(host, fact, &text, NULL));
    if (strcmp(text, expected) != 0)
        fail_msg("%s: %s is '%s', not '%s'", profile, ts_fact_id(fact), text, expected);
    free(text);
    ts_host_free(host);
}

static void profiles_keep_their_promises(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *profile;
        ts_fact fact;
        const char *expected;
    } cases[] = {
        {"dell-latitude-7440.json", TS_FACT_MAKE, "Dell Inc."},
        {"dell-latitude-7440.json", TS_FACT_IS_LAPTOP, "True"},
        {"dell-latitude-7440.json", TS_FACT_NET_WIRED, "True"},
        {"dell-latitude-7440.json", TS_FACT_MAC, "C0:25:A5:7B:10:4E"},
        {"dell-latitude-7440.json", TS_FACT_MEMORY_MB, "16384"},
        {"dell-latitude-7440.json", TS_FACT_TPM_VERSION, "2.0"},
        {"desktop-no-tpm.json", TS_FACT_TPM_PRESENT, "False"},
        {"desktop-no-tpm.json", TS_FACT_SECURE_BOOT, "False"},
        {"desktop-no-tpm.json", TS_FACT_IS_DESKTOP, "True"},
        {"bios-mbr-desktop.json", TS_FACT_FIRMWARE, "bios"},
        {"bios-mbr-desktop.json", TS_FACT_TPM_ENABLED, "False"},
        {"bios-mbr-desktop.json", TS_FACT_TPM_VERSION, "1.2"},
        {"hyperv-gen2.json", TS_FACT_VM_PLATFORM, "Hyper-V"},
        {"vmware-bios.json", TS_FACT_VM_PLATFORM, "VMware"},
        {"server-raid.json", TS_FACT_IS_SERVER, "True"},
        {"server-raid.json", TS_FACT_GATEWAY, "10.50.0.1"},
        {"server-raid.json", TS_FACT_IP, "10.50.0.14,10.60.0.14"},
        {"full-os-deployed.json", TS_FACT_OS_VERSION, "10.0.22631"},
        {"full-os-deployed.json", TS_FACT_HOST_NAME, "PC-00417"},
        {"full-os-deployed.json", TS_FACT_SYSTEM_FREE_MB, "416755"}, /* (508 - 71) GB */
        {"tablet-emmc-32gb.json", TS_FACT_NET_CONNECTED, "True"},
        {"tablet-emmc-32gb.json", TS_FACT_NET_WIRED, "False"},
        {"tablet-emmc-32gb.json", TS_FACT_ON_BATTERY, "True"},
        {"dock-nic-only.json", TS_FACT_ASSET_TAG, "FIN-00981"},
        {"dock-nic-only.json", TS_FACT_CHASSIS, "10"},
        {"unknown-arm64.json", TS_FACT_ARCHITECTURE, "ARM64"},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++)
        fact_is(cases[i].profile, cases[i].fact, cases[i].expected);
}

/* `machine capture` writes what the simulation reads: a captured machine answers the same facts. */
static void captured_profile_answers_the_same(void **state)
{
    TS_UNUSED(state);
    char *dir = folder();
    char **names = NULL;
    assert_true(ts_folder_list(dir, &names, NULL));
    for (size_t i = 0; names[i]; i++) {
        if (!is_profile(names[i]))
            continue;
        ts_host *host = load(names[i]);
        char *json = NULL;
        ts_err *err = NULL;
        if (!ts_machine_capture(host, &json, &err))
            fail_msg("%s: %s", names[i], ts_err_text(err));
        ts_host *again = ts_host_sim_new("captured", json, strlen(json), &err);
        if (!again)
            fail_msg("%s: %s\n%s", names[i], ts_err_text(err), json);
        for (unsigned f = 0; f < TS_FACT_COUNT; f++) {
            char *one = NULL;
            char *two = NULL;
            assert_true(ts_host_fact(host, (ts_fact)f, &one, NULL));
            assert_true(ts_host_fact(again, (ts_fact)f, &two, NULL));
            if (strcmp(one, two) != 0)
                fail_msg("%s: %s was '%s', is '%s'", names[i], ts_fact_id((ts_fact)f), one, two);
            free(one);
            free(two);
        }
        ts_host_free(again);
        ts_host_free(host);
        free(json);
    }
    free(names);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_loads_and_answers_every_fact),
        cmocka_unit_test(profiles_keep_their_promises),
        cmocka_unit_test(captured_profile_answers_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
