/* resume.c - see resume.h. */
#include <stdlib.h>

#include <ts/mem.h>

#include "cli.h"
#include "os.h"
#include "resume.h"

/* The sequence whose hash the journal holds; the file may hold several. */
static const ts_sequence *find_sequence(const ts_loaded *loaded, const ts_journal *journal,
                                        ts_err **err)
{
    const char *sha256 = ts_journal_sequence_sha256(journal);
    for (size_t i = 0; i < ts_bundle_count(loaded->bundle); i++) {
        const ts_sequence *sequence = ts_bundle_get(loaded->bundle, i);
        if (ts_str_ieq(sequence->sha256, sha256))
            return sequence;
    }
    ts_fail(
        err, TS_STATE,
        "'%s' was changed since the run began (its SHA-256 is not %s any more); put the old file "
        "back, or begin again with another --work folder",
        ts_journal_sequence_file(journal), sha256);
    return NULL;
}

static bool decide(ts_resume_choice choice, ts_journal *journal, ts_err **err)
{
    bool again = choice == TS_RESUME_RUN_AGAIN;
    return choice == TS_RESUME_RULE || ts_journal_set_interrupted(journal, again) ||
           ts_fail(err, TS_USAGE, "no step was interrupted; resume without --%s",
                   again ? "again" : "skip");
}

static bool is_open(const ts_execute *e, ts_err **err)
{
    const char *gone = ts_journal_gone_to(e->journal);
    if (gone != NULL)
        return ts_fail(err, TS_STATE, "the run in '%s' goes on elsewhere, from '%s'",
                       ts_execute_work(e), gone);
    return !ts_journal_is_finished(e->journal) ||
           ts_fail(err, TS_STATE, "the run in '%s' came to its end; there is nothing to resume",
                   ts_execute_work(e));
}

static bool prepare(ts_execute *e, ts_loaded *loaded, ts_resume_choice choice, ts_err **err)
{
    if (ts_file_is_folder(ts_execute_work(e)) && !ts_execute_hold(e, err))
        return false;
    e->journal = ts_journal_open(ts_execute_work(e), err);
    if (e->journal == NULL)
        return ts_wrap(err, "there is no run to resume in '%s' (--work names another folder)",
                       ts_execute_work(e));
    if (!is_open(e, err))
        return false;
    e->file = ts_journal_sequence_file(e->journal);
    e->vars = ts_vars_new();
    if (e->vars == NULL)
        return ts_fail_nomem(err);
    if (!decide(choice, e->journal, err) || !ts_journal_restore_vars(e->journal, e->vars, err) ||
        !ts_loaded_recall(loaded, e->vars, ts_execute_work(e), err) ||
        !ts_loaded_open(loaded, e->file, err))
        return false;
    e->sequence = find_sequence(loaded, e->journal, err);
    return e->sequence != NULL;
}

int ts_resume_work(ts_execute *e, ts_resume_choice choice)
{
    ts_err *err = NULL;
    ts_loaded loaded = {0};
    int status;
    e->loaded = &loaded;
    if (prepare(e, &loaded, choice, &err)) {
        status = ts_execute_run(e);
    } else {
        ts_journal_close(e->journal);
        ts_lock_release(e->lock);
        status = ts_cli_fail(&err);
    }
    ts_loaded_done(&loaded);
    ts_vars_free(e->vars);
    return status;
}
