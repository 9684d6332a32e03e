/* test_host.c - the choke point: counting, faults, cancellation, the report of changes; and names.
 */
#include "check.h"

#include <ts/deploy.h>
#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#include "host_ops.h"

static const char *const text = "{\"name\": \"m\", \"firmware\": \"uefi\", \"smbios\": "
                                "{\"manufacturer\": \"C\", \"model\": \"1\"}}";

typedef struct seen {
    char text[256];
    char error[256];
    unsigned effects;
    bool assumed, failed;
    int count;
} seen;

static void listen(void *ctx, const ts_host_change *change)
{
    seen *s = ctx;
    s->count++;
    s->effects = change->effects;
    s->assumed = change->assumed;
    s->failed = change->error != NULL;
    strncpy(s->text, change->text, sizeof(s->text) - 1);
    strncpy(s->error, change->error ? change->error : "", sizeof(s->error) - 1);
}

/* Every 'hush' is a secret. */
static const char *mask(void *ctx, const char *line, char **owned)
{
    TS_UNUSED(ctx);
    const char *at = strstr(line, "hush");
    if (!at)
        return line;
    *owned = ts_sprintf("%.*s***%s", (int)(at - line), line, at + 4);
    return *owned;
}

static int setup(void **state)
{
    *state = ts_host_sim_new("m.json", text, strlen(text), NULL);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    ts_host_free(*state);
    return 0;
}

static void changes_are_reported_masked(void **state)
{
    ts_host *host = *state;
    seen s = {0};
    ts_host_listen(host, listen, &s);
    ts_host_set_masker(host, mask, NULL);
    assert_true(ts_host_file_write(host, "X:\\hush.txt", "abc", 3, false, NULL));
    assert_string_equal(s.text, "write file 'X:\\***.txt' (3 bytes)");
    assert_int_equal(s.effects, TS_EFFECT(FILE));
    assert_false(s.failed);
    assert_false(ts_host_file_write(host, "Q:\\hush.txt", "abc", 3, false, NULL));
    assert_true(s.failed);
    assert_null(strstr(s.error, "hush"));
    ts_err *err = NULL;
    assert_false(ts_host_file_write(host, "Q:\\hush.txt", "abc", 3, false, &err));
    assert_null(strstr(s.error, "hush"));
    assert_non_null(strstr(s.error, "no drive 'Q:'"));
    ts_err_free(err);
    assert_true(ts_host_reg_set(host, "HKLM\\A", "v", TS_REG_SZ, "hush", NULL));
    assert_string_equal(s.text, "set registry value 'HKLM\\A\\v' to REG_SZ '***'");
    ts_file_info info;
    int before = s.count;
    assert_true(ts_host_file_info(host, "X:\\", &info, NULL)); /* a question is no change */
    assert_int_equal(s.count, before);
}

static void programs_are_reported_and_secret_ones_hidden(void **state)
{
    ts_host *host = *state;
    seen s = {0};
    ts_host_listen(host, listen, &s);
    ts_program p = {.command_line = "net use z: pass"};
    ts_program_result r = {0};
    assert_true(ts_host_run(host, &p, &r, NULL));
    ts_program_result_done(&r);
    assert_string_equal(s.text, "run 'net use z: pass': assumed to succeed");
    assert_true(s.assumed);
    p.secret = true;
    assert_true(ts_host_run(host, &p, &r, NULL));
    ts_program_result_done(&r);
    assert_null(strstr(s.text, "pass'"));
    const char *argv[] = {"a.exe", "b c", NULL};
    ts_program q = {.argv = argv};
    ts_sim_mock mock = {.program = "a", .exit_code = 4};
    assert_true(ts_host_sim_mock(host, &mock, NULL));
    assert_true(ts_host_run(host, &q, &r, NULL));
    ts_program_result_done(&r);
    assert_string_equal(s.text, "run 'a.exe b c': exit code 4");
    assert_false(s.assumed);
}

static void nth_call_fails_once(void **state)
{
    ts_host *host = *state;
    ts_file_info info;
    ts_err *err = NULL;
    ts_host_fail_at(host, 2, TS_TIMEOUT);
    assert_true(ts_host_file_info(host, "X:\\", &info, NULL));
    assert_false(ts_host_file_info(host, "X:\\", &info, &err));
    assert_int_equal(ts_err_code(err), TS_TIMEOUT);
    ts_err_free(err);
    assert_true(ts_host_file_info(host, "X:\\", &info, NULL));
    assert_int_equal(ts_host_calls(host), 3);
}

static void cancelled_host_does_nothing_more(void **state)
{
    ts_host *host = *state;
    ts_err *err = NULL;
    ts_host_cancel(host);
    assert_true(*ts_host_cancel_flag(host));
    assert_false(ts_host_file_write(host, "X:\\a", "", 0, false, &err));
    assert_int_equal(ts_err_code(err), TS_CANCELLED);
    ts_err_free(err);
}

static void free_nothing(void *self)
{
    TS_UNUSED(self);
}

static void missing_operation_is_unsupported(void **state)
{
    TS_UNUSED(state);
    static const ts_host_ops none = {.free = free_nothing};
    ts_host *host = ts_host_wrap(&none, NULL, "a bare host", false, NULL);
    ts_err *err = NULL;
    ts_file_info info;
    assert_false(ts_host_file_info(host, "/", &info, &err));
    assert_string_equal(ts_err_text(err), "a bare host cannot look at a file");
    assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
    ts_err_free(err);
    char *fact = NULL;
    assert_true(ts_host_fact(host, TS_FACT_MODEL, &fact, NULL)); /* not known: empty */
    assert_string_equal(fact, "");
    free(fact);
    assert_null(ts_host_env(host, "PATH"));
    assert_null(ts_host_lacks(host, TS_EFFECT(IMAGE)));
    ts_host_free(host);
}

/* --- A disk whose volumes nobody can list --------------------------------------------------- */

static bool one_disk(void *self, ts_disk_info **out, size_t *n, ts_err **err)
{
    TS_UNUSED(self);
    *out = ts_alloc(sizeof **out);
    *n = 1;
    return *out || ts_fail_nomem(err);
}

static bool no_volumes(void *self, uint32_t disk, ts_volume_info **out, size_t *n, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(out);
    TS_UNUSED(n);
    return ts_fail(err, TS_OS, "cannot read disk %u", (unsigned)disk);
}

static bool partition_all(void *self, ts_disk_plan *plan, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(plan);
    TS_UNUSED(err);
    return true;
}

static void on_leaving(void *ctx, char letter)
{
    char *told = ctx;
    *told = letter ? letter : '?';
}

static void any_volume_leaves_a_disk_that_cannot_be_listed(void **state)
{
    TS_UNUSED(state);
    static const ts_host_ops ops = {.free = free_nothing,
                                    .disks = one_disk,
                                    .volumes = no_volumes,
                                    .disk_partition = partition_all};
    ts_host *host = ts_host_wrap(&ops, NULL, "a host", false, NULL);
    char told = '-';
    const ts_volume_watch watch = {.leaving = on_leaving, .ctx = &told};
    ts_disk_plan plan = {.style = TS_DISK_GPT};
    ts_host_watch_volumes(host, &watch);
    assert_true(ts_host_disk_partition(host, &plan, NULL));
    assert_int_equal(told, '?');
    ts_host_free(host);
}

static void assumed_flag_marks_changes(void **state)
{
    ts_host *host = *state;
    seen s = {0};
    ts_host_listen(host, listen, &s);
    ts_host_set_assumed(host, true);
    assert_true(ts_host_folder_make(host, "X:\\a", NULL));
    assert_true(s.assumed);
    ts_host_set_assumed(host, false);
    assert_true(ts_host_folder_make(host, "X:\\b", NULL));
    assert_false(s.assumed);
}

static void names_go_both_ways(void **state)
{
    TS_UNUSED(state);
    assert_string_equal(ts_effect_id(TS_EFFECT_BIT_DISK_WIPE), "disk.wipe");
    assert_string_equal(ts_effect_text(TS_EFFECT_BIT_RESTART), "restarts the machine");
    for (unsigned i = 0; i < TS_FACT_COUNT; i++) {
        ts_fact fact = TS_FACT_COUNT;
        assert_true(ts_fact_by_id(ts_fact_id((ts_fact)i), &fact));
        assert_int_equal(fact, i);
    }
    ts_fact fact;
    assert_false(ts_fact_by_id("colour", &fact));
    ts_reg_type type;
    assert_true(ts_reg_type_by_name("reg_dword", &type));
    assert_int_equal(type, TS_REG_DWORD);
    assert_string_equal(ts_reg_type_name(TS_REG_MULTI_SZ), "REG_MULTI_SZ");
    assert_false(ts_reg_type_by_name("DWORD", &type));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_are_reported_masked),
        TEST(programs_are_reported_and_secret_ones_hidden),
        TEST(nth_call_fails_once),
        TEST(cancelled_host_does_nothing_more),
        TEST(missing_operation_is_unsupported),
        TEST(any_volume_leaves_a_disk_that_cannot_be_listed),
        TEST(assumed_flag_marks_changes),
        TEST(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
