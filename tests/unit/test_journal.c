/* test_journal.c - the state is the journal: what is written, and how a run goes on from it. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "journal.h"
#include "os.h"
#include "scene.h"

#define STEP(type, name, more)                                                                     \
    "<step type=\"" type "\" name=\"" name                                                         \
    "\" successCodeList=\"0 3010\"><action>t</action><defaultVarList>" more                        \
    "</defaultVarList></step>"
#define VAR(n, v) "<variable name=\"" n "\" property=\"" n "\">" v "</variable>"

static char *folder;

static int make_folder(void **state)
{
    TS_UNUSED(state);
    const char *base = ts_env_get("TMPDIR");
    folder = ts_sprintf("%s/taskseq-journal-%u", base && *base ? base : "/tmp", ts_process_id());
    return folder ? 0 : -1;
}

static int remove_folder(void **state)
{
    TS_UNUSED(state);
    bool ok = ts_folder_remove(folder, NULL);
    free(folder);
    return ok ? 0 : -1;
}

static char *journal_path(void)
{
    return ts_path_join(folder, "journal.log");
}

static char *read_journal(size_t *size)
{
    TS_CLEANUP(ts_free_ptr) char *path = journal_path();
    char *text = NULL;
    assert_true(ts_file_read(path, 100000000, &text, size, NULL));
    return text;
}

static void write_journal(const char *text, size_t size)
{
    TS_CLEANUP(ts_free_ptr) char *path = journal_path();
    assert_true(ts_file_write_atomic(path, text, size, NULL));
}

static void create(scene *s)
{
    ts_err *err = NULL;
    s->options.journal = ts_journal_create(folder, "test.xml", ts_bundle_entry(s->bundle), &err);
    if (!s->options.journal)
        fail_msg("%s", ts_err_text(err));
}

/* Opens the journal as `taskseq resume` does; false with the error's text in the trace. */
static bool reopen(scene *s, const char *body)
{
    ts_err *err = NULL;
    scene_open(s, body);
    s->options.journal = ts_journal_open(folder, &err);
    if (!s->options.journal || !ts_journal_restore_vars(s->options.journal, s->vars, &err)) {
        ts_buf_printf(&s->trace, "%s", ts_err_text(err));
        ts_err_free(err);
        return false;
    }
    return true;
}

static void close_all(scene *s)
{
    ts_journal_close(s->options.journal);
    scene_close(s);
}

static const char restarting[] = STEP("T", "A", VAR("Set", "X=1")) "<group name=\"G\">" STEP(
    "T", "B", VAR("Code", "3010"))
    STEP("T", "C", VAR("Set", "Y=%X%%X%")) "</group>" STEP("T", "D", "");

static void run_goes_on_behind_a_planned_restart_with_its_variables(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, restarting);
    create(&s);
    scene_run(&s);
    assert_string_equal(ts_outcome_id(s.report.outcome), "restart");
    close_all(&s);

    assert_true(reopen(&s, restarting));
    assert_string_equal(ts_vars_text(s.vars, "X"), "1");
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "C ok 0\n-G ok\nD ok 0\n");
    assert_string_equal(ts_vars_text(s.vars, "Y"), "11");
    assert_string_equal(ts_outcome_id(s.report.outcome), "ok");
    close_all(&s);

    assert_true(reopen(&s, restarting));
    assert_true(ts_journal_is_finished(s.options.journal));
    close_all(&s);
}

/* A restart inside a child sequence: the run goes on inside it, and then behind the step that
 * called. */
static void run_goes_on_inside_a_child_sequence(void **state)
{
    TS_UNUSED(state);
    static const char body[] = STEP("T", "A", "") SCENE_CALL_CHILD STEP("T", "B", "");
    static const char child[] = STEP("T", "C", "") "<group name=\"G\">" STEP(
        "T", "D", VAR("Code", "3010")) STEP("T", "E", "") "</group>";
    scene s;
    ts_err *err = NULL;
    scene_open_with_child(&s, body, child);
    create(&s);
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace),
                        "A ok 0\nC ok 0\n+G\nD ok 3010\nrestart restart to the full OS\n");
    assert_string_equal(ts_outcome_id(s.report.outcome), "restart");
    close_all(&s);

    scene_open_with_child(&s, body, child);
    s.options.journal = ts_journal_open(folder, &err);
    assert_true(ts_journal_restore_vars(s.options.journal, s.vars, &err));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "E ok 0\n-G ok\nCall ok 0\nB ok 0\n");
    assert_string_equal(ts_outcome_id(s.report.outcome), "ok");
    close_all(&s);
}

static void secret_is_not_in_the_journal_in_clear_and_comes_back(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, restarting);
    assert_true(ts_vars_set(s.vars, "Pin", "Tr0ub4dor", TS_VALUE_SECRET, NULL));
    create(&s);
    scene_run(&s);
    close_all(&s);
    size_t size = 0;
    TS_CLEANUP(ts_free_ptr) char *text = read_journal(&size);
    assert_non_null(strstr(text, "V\tPin\ts\t"));
    assert_null(strstr(text, "Tr0ub4dor"));

    assert_true(reopen(&s, restarting));
    const ts_value *pin = ts_vars_get(s.vars, "Pin");
    assert_string_equal(pin->text, "Tr0ub4dor");
    assert_true(pin->flags & TS_VALUE_SECRET);
    close_all(&s);
}

static void values_with_tabs_and_line_ends_come_back(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, restarting);
    assert_true(ts_vars_set(s.vars, "Odd", "a\tb\r\nc\\t", 0, NULL));
    create(&s);
    scene_run(&s);
    close_all(&s);
    assert_true(reopen(&s, restarting));
    assert_string_equal(ts_vars_text(s.vars, "Odd"), "a\tb\r\nc\\t");
    close_all(&s);
}

/* The longest value there is, and each of its bytes is escaped; nothing else is as long. */
static void longest_value_fits_a_record_and_more_does_not(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    char *value = ts_alloc(TS_VAR_VALUE_MAX + 1);
    assert_non_null(value);
    memset(value, '\t', TS_VAR_VALUE_MAX);
    scene_open(&s, restarting);
    create(&s);
    const char *begin[] = {"1", "test.xml", "0"};
    const char *fits[] = {"Long", "-", value}, *more[] = {"Long", "-", value, "x", value};
    assert_true(ts_journal_write(s.options.journal, 'B', begin, 3, false, NULL));
    assert_true(ts_journal_write(s.options.journal, 'V', fits, 3, false, NULL));
    assert_false(ts_journal_write(s.options.journal, 'V', more, 5, false, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_non_null(strstr(ts_err_text(err), "journal record is longer than"));
    ts_err_free(err);
    close_all(&s);
    if (!reopen(&s, restarting))
        fail_msg("%s", ts_buf_text(&s.trace));
    assert_string_equal(ts_vars_text(s.vars, "Long"), value);
    close_all(&s);
    free(value);
}

static void journal_beyond_the_limit_is_refused(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, restarting);
    create(&s);
    close_all(&s);
    TS_CLEANUP(ts_free_ptr) char *path = journal_path();
    ts_file *file = ts_file_open(path, TS_FILE_UPDATE, false, NULL);
    assert_non_null(file);
    assert_true(ts_file_truncate(file, (uint64_t)TS_JOURNAL_BYTES_MAX + 1, NULL));
    ts_file_close(file);
    assert_false(reopen(&s, restarting));
    assert_non_null(strstr(ts_buf_text(&s.trace), "more than the limit of 1073741824"));
    close_all(&s);
}

static void unfinished_journal_is_not_written_over(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    scene_open(&s, restarting);
    create(&s);
    scene_run(&s);
    ts_journal_close(s.options.journal);
    assert_null(ts_journal_create(folder, "test.xml", ts_bundle_entry(s.bundle), &err));
    assert_int_equal(ts_err_code(err), TS_STATE);
    assert_non_null(strstr(ts_err_text(err), "taskseq resume"));
    ts_err_free(err);
    scene_close(&s);
}

static void damage_in_the_middle_is_refused_and_a_torn_end_is_dropped(void **state)
{
    TS_UNUSED(state);
    scene s;
    size_t size = 0;
    scene_open(&s, restarting);
    create(&s);
    scene_run(&s);
    close_all(&s);
    TS_CLEANUP(ts_free_ptr) char *text = read_journal(&size);

    text[size / 2] ^= 1;
    write_journal(text, size);
    assert_false(reopen(&s, restarting));
    assert_non_null(strstr(ts_buf_text(&s.trace), "is damaged"));
    scene_close(&s);

    text[size / 2] ^= 1;
    write_journal(text, size - 3); /* the restart record is torn: the step's end is the last */
    assert_true(reopen(&s, restarting));
    close_all(&s);
}

static void another_sequence_is_refused(void **state)
{
    TS_UNUSED(state);
    scene s;
    scene_open(&s, restarting);
    create(&s);
    scene_run(&s);
    close_all(&s);
    assert_true(reopen(&s, STEP("T", "Other", "")));
    scene_run(&s);
    assert_non_null(strstr(ts_buf_text(&s.trace), "is not the one that the run began with"));
    close_all(&s);
}

/* Architecture: power cut after each journal write. The run then ends as it would have, and a
 * repeatable step that was interrupted ran twice at most. */
static void power_cut_after_every_record_ends_in_the_same_state(void **state)
{
    TS_UNUSED(state);
    static const char body[] = STEP("T", "A", VAR("Set", "X=1")) "<group name=\"G\">" STEP(
        "T", "B", VAR("Set", "Y=2")) "</group>" STEP("T", "C", VAR("Set", "Z=%X%%Y%"));
    scene s;
    size_t size = 0;
    scene_open(&s, body);
    create(&s);
    scene_run(&s);
    close_all(&s);
    TS_CLEANUP(ts_free_ptr) char *text = read_journal(&size);
    unsigned cuts = 0;
    for (size_t at = 0; at < size; at++) {
        if (text[at] != '\n' || at == 0)
            continue;
        for (int torn = 0; torn < 2; torn++) { /* behind the record, and 5 bytes into the next */
            size_t keep = at + 1 + (torn ? 5 : 0);
            if (keep > size)
                continue;
            write_journal(text, keep);
            if (!reopen(&s, body))
                fail_msg("cut at %zu: %s", keep, ts_buf_text(&s.trace));
            if (!ts_journal_is_finished(s.options.journal)) {
                scene_run(&s);
                assert_string_equal(ts_outcome_id(s.report.outcome), "ok");
            }
            assert_string_equal(ts_vars_text(s.vars, "X"), "1");
            assert_string_equal(ts_vars_text(s.vars, "Y"), "2");
            assert_string_equal(ts_vars_text(s.vars, "Z"), "12");
            close_all(&s);
            cuts++;
        }
    }
    assert_true(cuts > 40);
}

/* A step that is not safe to repeat stops the resume with its name, until a person decides. */
static void interrupted_step_that_is_not_repeatable_stops_the_resume(void **state)
{
    TS_UNUSED(state);
    static const char body[] = STEP("T", "A", "") STEP("ONCE", "Wipe", "") STEP("T", "B", "");
    scene s;
    size_t size = 0;
    scene_open(&s, body);
    create(&s);
    scene_run(&s);
    close_all(&s);
    TS_CLEANUP(ts_free_ptr) char *text = read_journal(&size);
    char *start = strstr(text, " S\t1\n");
    assert_non_null(start);
    size_t keep = (size_t)(start - text) + strlen(" S\t1\n");
    write_journal(text, keep);

    assert_true(reopen(&s, body));
    scene_run(&s);
    assert_non_null(strstr(ts_buf_text(&s.trace), "interrupted inside step 'Wipe'"));
    close_all(&s);

    write_journal(text, keep);
    assert_true(reopen(&s, body));
    assert_true(ts_journal_set_interrupted(s.options.journal, true));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "Wipe ok 0\nB ok 0\n");
    close_all(&s);

    write_journal(text, keep);
    assert_true(reopen(&s, body));
    assert_true(ts_journal_set_interrupted(s.options.journal, false));
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "B ok 0\n");
    close_all(&s);
}

/* The journal goes to another folder, as that of the new Windows; there it knows where the sequence
 * lies, and here nobody goes on. */
static void handed_over_journal_goes_on_elsewhere_only(void **state)
{
    TS_UNUSED(state);
    scene s;
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *there = ts_path_join(folder, "there");
    TS_CLEANUP(ts_free_ptr) char *sequence = ts_path_join(there, "sequence/test.xml");
    scene_open(&s, restarting);
    assert_true(ts_vars_set(s.vars, "Pin", "Tr0ub4dor", TS_VALUE_SECRET, NULL));
    create(&s);
    assert_false(ts_journal_awaits_os(s.options.journal));
    scene_run(&s);
    assert_true(ts_journal_awaits_os(s.options.journal));
    const ts_journal_change changes[] = {{"Z", "there"}, {"Y", ""}};
    assert_true(ts_vars_set(s.vars, "Y", "here", 0, NULL));
    if (!ts_journal_export(s.options.journal, there, "sequence/test.xml", changes, 2, &err) ||
        !ts_journal_leave(s.options.journal, "C:/there", &err))
        fail_msg("%s", ts_err_text(err));
    close_all(&s);

    assert_true(reopen(&s, restarting));
    assert_true(ts_journal_is_finished(s.options.journal));
    assert_string_equal(ts_journal_gone_to(s.options.journal), "C:/there");
    assert_string_equal(ts_vars_text(s.vars, "Z"), "");
    close_all(&s);

    char *here = folder;
    folder = there;
    bool opened = reopen(&s, restarting);
    folder = here;
    assert_true(opened);
    assert_true(ts_journal_awaits_os(s.options.journal));
    assert_null(ts_journal_gone_to(s.options.journal));
    assert_string_equal(ts_journal_sequence_file(s.options.journal), sequence);
    assert_string_equal(ts_vars_text(s.vars, "Z"), "there");
    assert_string_equal(ts_vars_text(s.vars, "Y"), "");
    assert_string_equal(ts_vars_text(s.vars, "Pin"), "Tr0ub4dor");
    scene_run(&s);
    assert_string_equal(ts_buf_text(&s.trace), "C ok 0\n-G ok\nD ok 0\n");
    close_all(&s);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(run_goes_on_behind_a_planned_restart_with_its_variables),
        CASE(run_goes_on_inside_a_child_sequence),
        CASE(secret_is_not_in_the_journal_in_clear_and_comes_back),
        CASE(values_with_tabs_and_line_ends_come_back),
        CASE(longest_value_fits_a_record_and_more_does_not),
        CASE(journal_beyond_the_limit_is_refused),
        CASE(unfinished_journal_is_not_written_over),
        CASE(damage_in_the_middle_is_refused_and_a_torn_end_is_dropped),
        CASE(another_sequence_is_refused),
        CASE(power_cut_after_every_record_ends_in_the_same_state),
        CASE(handed_over_journal_goes_on_elsewhere_only),
        CASE(interrupted_step_that_is_not_repeatable_stops_the_resume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
