/* fuzz_journal.c - the journal of an interrupted run: whatever its records say, either they are
 * refused with a reason, or a run can go on from them. A line that begins with '=' gets the digits
 * that make it follow the line before; every other line is taken as it is. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "fuzz.h"
#include "interp.h"
#include "journal.h"
#include "steps.h"

#undef NDEBUG /* the assertions are the test, in every build */
#include <assert.h>

#define FILE_MAX (1024u * 1024u)

static const char sequence[] =
    "<sequence version=\"3.10\"><group name=\"G\">"
    "<step type=\"SMS_TaskSequence_RebootAction\" name=\"R\"><action>r</action></step>"
    "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"V\"><action>v</action></step></group>"
    "<step type=\"SMS_TaskSequence_PartitionDiskAction\" name=\"P\"><action>p</action></step>"
    "</sequence>";

static void write_file(const char *text, size_t size, ts_buf *out)
{
    char chain[17] = "", digits[17];
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t len = end ? (size_t)(end - text) - at : size - at;
        bool follows = text[at] == '=';
        const char *rest = text + at + (follows ? 1 : 0);
        size_t n = len - (follows ? 1 : 0);
        if (follows && n > 0) {
            ts_journal_digits(chain, rest, n, digits);
            memcpy(chain, digits, sizeof chain);
            ts_buf_printf(out, "%s ", digits);
        }
        ts_buf_add(out, rest, n);
        if (end)
            ts_buf_char(out, '\n');
        at += len + (end ? 1 : 0);
    }
}

static void resume(ts_journal *j, const ts_run_options *o)
{
    ts_err *err = NULL;
    const uint32_t *at = NULL;
    size_t n = 0;
    bool fresh = false;
    assert(ts_journal_restore_vars(j, o->vars, &err) && !err);
    assert(!j->begun || ts_journal_sequence_file(j));
    assert(!ts_journal_awaits_os(j) || !ts_journal_is_finished(j));
    memcpy(j->sequence_sha256, o->sequence->sha256, sizeof j->sequence_sha256);
    bool ok = ts_journal_resume_point(o, &at, &n, &fresh, &err);
    assert(ok == !err && (!ok || fresh || (at && n > 0 && n <= TS_RUN_CHILD_DEPTH_MAX)));
    assert(ok || (ts_err_code(err) == TS_STATE && j->last == 'S'));
    ts_err_free(err);
    if (ts_journal_set_interrupted(j, (j->n_at & 1) != 0))
        assert(ts_journal_resume_point(o, &at, &n, &fresh, NULL));
    char *fatal = ts_journal_take_fatal(j);
    assert(!fatal || j->last == 'X');
    free(fatal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ts_steps *steps;
    static ts_bundle *bundle;
    if (!steps) {
        steps = ts_steps_new(ts_builtin_steps, NULL);
        bundle = ts_bundle_load_bytes("f.xml", sequence, strlen(sequence), NULL);
    }
    ts_buf file;
    ts_err *err = NULL;
    uint64_t good = 0;
    ts_journal *j = ts_alloc(sizeof *j);
    ts_buf_init(&file, FILE_MAX);
    write_file((const char *)data, size, &file);
    assert(steps && bundle && j && (j->vars = ts_vars_new()) && (j->folder = ts_strdup("f")));
    size_t whole = file.len;
    bool ok = ts_journal_read_records(j, file.data, whole, &good, &err);
    assert(ok == !err && good <= whole && (!ok || j->last == 0 || j->n_at > 0));
    if (ok) {
        const ts_run_options o = {.bundle = bundle,
                                  .sequence = ts_bundle_entry(bundle),
                                  .steps = steps,
                                  .vars = ts_vars_new(),
                                  .journal = j};
        assert(o.vars);
        resume(j, &o);
        ts_vars_free(o.vars);
    }
    ts_err_free(err);
    ts_buf_done(&file);
    ts_journal_close(j);
    return 0;
}
