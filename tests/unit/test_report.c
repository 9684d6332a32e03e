/* Recording, folding and layout of reports, from events made by hand. */
#include "check.h"

#include "matrix.h"
#include "record.h"
#include "replay.h"
#include "sinks.h"
#include "story.h"
#include "style.h"
#include "tree.h"

/* Group [0] holds steps 1 and 2; step 3 is behind it. */
static ts_node nodes[4] = {
    {.kind = TS_NODE_GROUP,
     .name = "G",
     .path = "G#1",
     .type = "",
     .line = 2,
     .index = 0,
     .end = 3},
    {.kind = TS_NODE_STEP,
     .name = "A",
     .path = "G/A#1",
     .type = "T",
     .line = 3,
     .index = 1,
     .end = 2},
    {.kind = TS_NODE_STEP,
     .name = "B",
     .path = "G/B#1",
     .type = "T",
     .line = 4,
     .index = 2,
     .end = 3},
    {.kind = TS_NODE_STEP,
     .name = "C",
     .path = "C#1",
     .type = "T",
     .line = 5,
     .index = 3,
     .end = 4},
};
static const ts_sequence sequence = {
    .file = "dir/s.xml", .name = "S", .nodes = nodes, .n_nodes = 4, .package_id = ""};

static int setup(void **state)
{
    TS_UNUSED(state);
    nodes[1].parent = nodes[2].parent = &nodes[0];
    return 0;
}

static void send(ts_record *record, ts_event event)
{
    ts_sink sink = ts_record_sink(record);
    event.sequence = &sequence;
    sink.event(sink.ctx, &event);
}

static void begin(ts_record *record)
{
    send(record, (ts_event){.kind = TS_EVENT_RUN_BEGIN, .text = "S", .detail = "machine 'm'"});
}

static void step(ts_record *record, int n, ts_outcome outcome, int64_t code, const char *why)
{
    send(record, (ts_event){.kind = TS_EVENT_STEP_BEGIN, .node = &nodes[n], .text = "Title"});
    send(record, (ts_event){.kind = TS_EVENT_STEP_END,
                            .node = &nodes[n],
                            .outcome = outcome,
                            .code = code,
                            .text = why});
}

static void limits_drop_later_events_and_say_so(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_ALL, NULL);
    assert_true(ts_record_complete(record, NULL));
    ts_record_limit(record, 2, 1000);
    begin(record);
    begin(record);
    assert_true(ts_record_complete(record, NULL));
    begin(record);
    ts_err *err = NULL;
    assert_false(ts_record_complete(record, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_int_equal(ts_record_count(record), 2);
    ts_err_free(err);
    ts_record_free(record);
}

static void long_texts_cross_the_limit(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_ALL, NULL);
    ts_record_limit(record, 10, 10);
    begin(record); /* "S" and "machine 'm'" are 14 bytes with their ends */
    assert_false(ts_record_complete(record, NULL));
    assert_int_equal(ts_record_count(record), 0);
    ts_record_free(record);
}

static void kinds_that_are_not_asked_for_are_not_kept(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    send(record, (ts_event){.kind = TS_EVENT_LOG, .level = TS_LEVEL_INFO, .text = "x"});
    assert_int_equal(ts_record_count(record), 0);
    send(record, (ts_event){.kind = TS_EVENT_LOG, .level = TS_LEVEL_WARNING, .text = "w"});
    assert_int_equal(ts_record_count(record), 1);
    ts_record_free(record);
}

static ts_story *failing_story(ts_record *record)
{
    begin(record);
    send(record, (ts_event){.kind = TS_EVENT_GROUP_BEGIN, .node = &nodes[0]});
    step(record, 1, TS_OUTCOME_OK, 0, NULL);
    step(record, 2, TS_OUTCOME_FAILED, 5, NULL);
    send(record,
         (ts_event){.kind = TS_EVENT_GROUP_END, .node = &nodes[0], .outcome = TS_OUTCOME_FAILED});
    send(record,
         (ts_event){
             .kind = TS_EVENT_RUN_END, .node = &nodes[2], .outcome = TS_OUTCOME_FAILED, .code = 5});
    return ts_story_new(record, NULL);
}

static void failure_names_step_and_what_was_not_reached(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    ts_story *story = failing_story(record);
    assert_int_equal(ts_story_verdict(story), TS_VERDICT_FAILURE);
    assert_ptr_equal(story->failure->node, &nodes[2]);
    assert_int_equal(story->totals.ran, 1);
    assert_int_equal(story->totals.failed, 1);
    assert_int_equal(story->totals.unreached, 1);
    assert_int_equal(story->n_rows, 4);
    assert_true(story->rows[3].last);
    assert_false(story->rows[0].last);
    assert_int_equal(story->rows[2].depth, 1);
    ts_story_free(story);
    ts_record_free(record);
}

static void keep(void *ctx, const char *text, size_t size)
{
    ts_buf_add(ctx, text, size);
}

static void tree_shows_code_in_words(void **state)
{
    TS_UNUSED(state);
    const ts_style style = {.width = 80};
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    ts_story *story = failing_story(record);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_report_tree(story, &style, &out);
    assert_string_equal(ts_buf_text(&out),
                        "S\ndir/s.xml\non machine 'm'\n\n"
                        "+-X G  FAILED\n"
                        "| +-+ A\n"
                        "| `-X B  FAILED (exit code 5) at s.xml:4: access denied\n"
                        "`-1 step not reached, from C\n\n"
                        "1 ran, 1 failed, 1 not reached\n"
                        "Verdict: would FAIL at step 'B' (s.xml:4) (exit code 5): access denied\n"
                        "Disks:   nothing is wiped before the failure\n");
    ts_buf_done(&out);
    ts_story_free(story);
    ts_record_free(record);
}

/* The last line of a run whose step A had this effect and whose step B failed. */
static void assert_disks_of(unsigned effects, const char *error, bool refused, const char *expected)
{
    const ts_style style = {.width = 100};
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    begin(record);
    send(record, (ts_event){.kind = TS_EVENT_STEP_BEGIN, .node = &nodes[1], .text = "T"});
    send(record, (ts_event){.kind = TS_EVENT_EFFECT,
                            .node = &nodes[1],
                            .effects = effects,
                            .text = "do it",
                            .detail = error,
                            .refused = refused});
    send(record,
         (ts_event){.kind = TS_EVENT_STEP_END, .node = &nodes[1], .outcome = TS_OUTCOME_OK});
    step(record, 2, TS_OUTCOME_FAILED, 5, NULL);
    send(record,
         (ts_event){.kind = TS_EVENT_RUN_END, .node = &nodes[2], .outcome = TS_OUTCOME_FAILED});
    ts_story *story = ts_story_new(record, NULL);
    assert_non_null(story);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    ts_report_tree(story, &style, &out);
    const char *line = strstr(ts_buf_text(&out), "Disks:   ");
    assert_non_null(line);
    assert_string_equal(line, expected);
    assert_int_equal(strstr(ts_buf_text(&out), "WIPES DISK") != NULL, story->totals.wipes);
    ts_buf_done(&out);
    ts_story_free(story);
    ts_record_free(record);
}

static void assert_disks(unsigned effects, const char *error, const char *expected)
{
    assert_disks_of(effects, error, false, expected);
}

static void a_wipe_that_was_refused_is_no_loss(void **state)
{
    TS_UNUSED(state);
    assert_disks_of(TS_EFFECT(DISK_WIPE), "it holds the boot media", true,
                    "Disks:   a wipe was refused, and nothing is wiped before the failure\n");
}

static void a_wipe_that_failed_is_no_loss_for_certain(void **state)
{
    TS_UNUSED(state);
    assert_disks(TS_EFFECT(DISK_WIPE), NULL,
                 "Disks:   1 wipe comes before the failure: what was there is lost\n");
    assert_disks(TS_EFFECT(DISK_WIPE), "the disk holds the boot media",
                 "Disks:   a wipe was tried and failed: what was there may be lost\n");
}

static void programs_leave_open_what_happened_to_the_disks(void **state)
{
    TS_UNUSED(state);
    assert_disks(TS_EFFECT(EXEC), NULL,
                 "Disks:   no step wipes a disk before the failure; what programs did is not "
                 "known\n");
    assert_disks(TS_EFFECT(EXEC), "there is no such program",
                 "Disks:   nothing is wiped before the failure\n");
    assert_disks(TS_EFFECT(FILE), NULL, "Disks:   nothing is wiped before the failure\n");
}

static void terminal_tells_a_wipe_from_one_that_failed(void **state)
{
    TS_UNUSED(state);
    for (int failed = 0; failed < 3; failed++) { /* 2: refused */
        ts_buf out;
        ts_buf_init(&out, 4096);
        const ts_terminal_options options = {.write = keep, .ctx = &out};
        ts_terminal *terminal = ts_terminal_new(&options, NULL);
        assert_non_null(terminal);
        ts_sink sink = ts_terminal_sink(terminal);
        ts_event wipe = {.kind = TS_EVENT_EFFECT,
                         .effects = TS_EFFECT(DISK_WIPE),
                         .detail = failed ? "access denied" : NULL,
                         .refused = failed == 2};
        ts_event end = {.kind = TS_EVENT_RUN_END, .outcome = TS_OUTCOME_FAILED, .code = -1};
        sink.event(sink.ctx, &wipe);
        sink.event(sink.ctx, &end);
        assert_int_equal(strstr(ts_buf_text(&out), "was wiped before") != NULL, failed == 0);
        assert_int_equal(strstr(ts_buf_text(&out), "what was on it may be lost") != NULL,
                         failed == 1);
        assert_int_equal(strstr(ts_buf_text(&out), "nothing on it was changed") != NULL,
                         failed == 2);
        ts_terminal_free(terminal);
        ts_buf_done(&out);
    }
}

#define EVENT(kind, more) "{\"time\":\"2026-11-22T10:00:01.000Z\",\"event\":\"" kind "\"" more "}\n"
#define RAN               CUT EVENT("run.end", ",\"outcome\":\"ok\"")
#define CUT               EVENT("run.begin", ",\"text\":\"S\"")
#define SCRIPT            EVENT("prestart.begin", ",\"text\":\"p.lua\"")
#define OK                EVENT("prestart.end", ",\"text\":\"p.lua\",\"outcome\":\"ok\"")
#define REFUSED                                                                                    \
    EVENT("prestart.end", ",\"text\":\"p.lua\",\"outcome\":\"failed\",\"detail\":\"no\"")

static void a_start_with_scripts_is_a_run_of_its_own(void **state)
{
    TS_UNUSED(state);
    static const struct {
        const char *lines;
        size_t runs, rows;
        ts_verdict verdict;
    } cases[] = {
        {RAN, 1, 0, TS_VERDICT_SUCCESS},
        {SCRIPT OK RAN, 1, 1, TS_VERDICT_SUCCESS},
        {SCRIPT REFUSED, 1, 1, TS_VERDICT_UNFINISHED},
        {RAN SCRIPT REFUSED, 2, 1, TS_VERDICT_UNFINISHED},
        {RAN SCRIPT OK RAN, 2, 1, TS_VERDICT_SUCCESS},
        {SCRIPT REFUSED RAN, 2, 0, TS_VERDICT_SUCCESS},
        {SCRIPT OK SCRIPT OK RAN, 2, 1, TS_VERDICT_SUCCESS}, /* the check refused the first */
        {SCRIPT SCRIPT OK RAN, 2, 1, TS_VERDICT_SUCCESS},    /* the power went */
        {SCRIPT OK CUT SCRIPT OK RAN, 1, 2, TS_VERDICT_SUCCESS},
    };
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        const char *lines = cases[i].lines;
        ts_replay *replay = ts_replay_new("e.jsonl", lines, strlen(lines), NULL);
        assert_non_null(replay);
        ts_story *story = ts_story_new(replay->record, NULL);
        assert_non_null(story);
        assert_int_equal(replay->runs, cases[i].runs);
        assert_int_equal(story->n_rows, cases[i].rows);
        assert_int_equal(ts_story_verdict(story), cases[i].verdict);
        ts_story_free(story);
        ts_replay_free(replay);
    }
}

static void line_of_an_event_file_has_a_limit(void **state)
{
    TS_UNUSED(state);
    char *line = ts_alloc(TS_REPLAY_LINE_MAX + 3);
    assert_non_null(line);
    for (unsigned more = 0; more < 2; more++) {
        ts_err *err = NULL;
        size_t size = TS_REPLAY_LINE_MAX + more;
        memset(line, ' ', size);
        memcpy(line, CUT, strlen(CUT) - 1);
        line[size] = '\n';
        ts_replay *replay = ts_replay_new("e.jsonl", line, size + 1, &err);
        assert_int_equal(ts_err_code(err), more ? TS_LIMIT : TS_OK);
        ts_replay_free(replay);
        ts_err_free(err);
    }
    free(line);
}

static void what_stands_below_an_unknown_condition_is_inherited(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    begin(record);
    send(record, (ts_event){.kind = TS_EVENT_CONDITION,
                            .node = &nodes[0],
                            .outcome = TS_OUTCOME_MAY,
                            .text = "X is not known"});
    send(record, (ts_event){.kind = TS_EVENT_GROUP_BEGIN, .node = &nodes[0]});
    step(record, 1, TS_OUTCOME_OK, 0, NULL);
    step(record, 2, TS_OUTCOME_UNSUPPORTED, 0, NULL);
    send(record,
         (ts_event){.kind = TS_EVENT_GROUP_END, .node = &nodes[0], .outcome = TS_OUTCOME_OK});
    step(record, 3, TS_OUTCOME_OK, 0, NULL);
    send(record, (ts_event){.kind = TS_EVENT_RUN_END, .outcome = TS_OUTCOME_OK});
    ts_story *story = ts_story_new(record, NULL);
    assert_true(story->rows[0].maybe);
    assert_string_equal(story->rows[0].reason, "X is not known");
    assert_true(story->rows[1].inherited);
    assert_false(story->rows[3].inherited);
    assert_int_equal(story->totals.maybe, 2);
    assert_int_equal(ts_story_verdict(story), TS_VERDICT_UNSUPPORTED);
    ts_story_free(story);
    ts_record_free(record);
}

static void skipped_group_counts_its_steps(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    begin(record);
    send(record, (ts_event){.kind = TS_EVENT_SKIP,
                            .node = &nodes[0],
                            .outcome = TS_OUTCOME_CONDITION,
                            .text = "no"});
    step(record, 3, TS_OUTCOME_OK, 0, NULL);
    send(record, (ts_event){.kind = TS_EVENT_RUN_END, .outcome = TS_OUTCOME_OK});
    ts_story *story = ts_story_new(record, NULL);
    assert_int_equal(story->totals.skipped, 2);
    assert_int_equal(story->totals.unreached, 0);
    assert_int_equal(ts_story_verdict(story), TS_VERDICT_SUCCESS);
    ts_story_free(story);
    ts_record_free(record);
}

static void condition_that_cannot_be_evaluated_is_a_failed_row(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    begin(record);
    send(record, (ts_event){.kind = TS_EVENT_GROUP_END,
                            .node = &nodes[0],
                            .outcome = TS_OUTCOME_FAILED,
                            .code = -1,
                            .text = "unknown operator"});
    send(record,
         (ts_event){.kind = TS_EVENT_RUN_END, .node = &nodes[0], .outcome = TS_OUTCOME_FAILED});
    ts_story *story = ts_story_new(record, NULL);
    assert_ptr_equal(story->failure, &story->rows[0]);
    assert_string_equal(story->failure->reason, "unknown operator");
    ts_story_free(story);
    ts_record_free(record);
}

static void refused_restart_makes_its_step_fail(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    begin(record);
    step(record, 3, TS_OUTCOME_OK, 0, NULL);
    send(record, (ts_event){.kind = TS_EVENT_RESTART,
                            .node = &nodes[3],
                            .outcome = TS_OUTCOME_FAILED,
                            .text = "nothing would boot"});
    send(record,
         (ts_event){.kind = TS_EVENT_RUN_END, .node = &nodes[3], .outcome = TS_OUTCOME_FAILED});
    ts_story *story = ts_story_new(record, NULL);
    assert_int_equal(story->failure->outcome, TS_OUTCOME_FAILED);
    assert_string_equal(story->failure->reason, "nothing would boot");
    assert_int_equal(story->totals.restarts, 0);
    ts_story_free(story);
    ts_record_free(record);
}

static void machines_that_go_alike_share_a_column(void **state)
{
    TS_UNUSED(state);
    ts_record *record = ts_record_new(TS_RECORD_REPORT, NULL);
    ts_story *story = failing_story(record);
    ts_column *a = ts_column_new("one", story, NULL);
    ts_column *b = ts_column_new("two", story, NULL);
    ts_column *c = ts_column_new_error("bad", "no such profile", NULL);
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    const ts_style style = {.width = 80};
    const ts_column *const columns[] = {a, b, c};
    ts_report_matrix(&sequence, columns, 3, &style, &out);
    assert_non_null(strstr(ts_buf_text(&out), "3 machines, 2 different courses"));
    assert_non_null(strstr(ts_buf_text(&out), "  A  2 machines: one, two\n"));
    assert_non_null(strstr(ts_buf_text(&out), "  B  bad\n     no such profile\n"));
    ts_buf_done(&out);
    ts_column_free(a);
    ts_column_free(b);
    ts_column_free(c);
    ts_story_free(story);
    ts_record_free(record);
}

static void wrapping_breaks_at_words_and_cuts_long_ones(void **state)
{
    TS_UNUSED(state);
    const ts_style style = {.width = 10, .utf8 = true};
    ts_buf out;
    ts_buf_init(&out, 1000);
    size_t column = ts_style_wrap(&style, TS_INK_PLAIN, "aa bbb cccc dddddddddddd", 0, "> ", 2,
                                  &out);
    assert_string_equal(ts_buf_text(&out), "aa bbb\n> cccc\n> dddddddd\n> dddd");
    assert_int_equal(column, 6);
    ts_buf_done(&out);
}

static void text_of_a_file_cannot_drive_the_terminal(void **state)
{
    TS_UNUSED(state);
    const ts_style utf8 = {.utf8 = true}, ascii = {.utf8 = false};
    ts_buf out;
    ts_buf_init(&out, 1000);
    ts_style_line(&utf8, TS_INK_PLAIN,
                  "a\033[2Jb\xe2\x80\xae"
                  "c\xc3\xa4\xff",
                  &out);
    assert_string_equal(ts_buf_text(&out), "a?[2Jb?c\xc3\xa4?");
    ts_buf_clear(&out);
    ts_style_line(&ascii, TS_INK_PLAIN, "c\xc3\xa4", &out);
    assert_string_equal(ts_buf_text(&out), "c?");
    ts_buf_done(&out);
}

static void columns_count_wide_and_combining_characters(void **state)
{
    TS_UNUSED(state);
    assert_int_equal(ts_style_columns("abc"), 3);
    assert_int_equal(ts_style_columns("\xe6\xbc\xa2"), 2); /* a Han character */
    assert_int_equal(ts_style_columns("e\xcc\x81"), 1);    /* e and an accent */
    assert_int_equal(ts_style_columns("\xff\xff"), 2);     /* no UTF-8 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_drop_later_events_and_say_so),
        cmocka_unit_test(long_texts_cross_the_limit),
        cmocka_unit_test(kinds_that_are_not_asked_for_are_not_kept),
        cmocka_unit_test(failure_names_step_and_what_was_not_reached),
        cmocka_unit_test(tree_shows_code_in_words),
        cmocka_unit_test(a_wipe_that_was_refused_is_no_loss),
        cmocka_unit_test(a_wipe_that_failed_is_no_loss_for_certain),
        cmocka_unit_test(programs_leave_open_what_happened_to_the_disks),
        cmocka_unit_test(terminal_tells_a_wipe_from_one_that_failed),
        cmocka_unit_test(a_start_with_scripts_is_a_run_of_its_own),
        cmocka_unit_test(line_of_an_event_file_has_a_limit),
        cmocka_unit_test(what_stands_below_an_unknown_condition_is_inherited),
        cmocka_unit_test(skipped_group_counts_its_steps),
        cmocka_unit_test(condition_that_cannot_be_evaluated_is_a_failed_row),
        cmocka_unit_test(refused_restart_makes_its_step_fail),
        cmocka_unit_test(machines_that_go_alike_share_a_column),
        cmocka_unit_test(wrapping_breaks_at_words_and_cuts_long_ones),
        cmocka_unit_test(text_of_a_file_cannot_drive_the_terminal),
        cmocka_unit_test(columns_count_wide_and_combining_characters),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
