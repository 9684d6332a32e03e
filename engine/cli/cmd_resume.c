/* cmd_resume.c - taskseq resume: goes on after a restart or a power cut. */
#include "cli.h"
#include "commands.h"
#include "execute.h"

static const ts_opt opts[] = {
    {.name = "again", .help = "the step that a power cut interrupted runs again"},
    {.name = "skip", .help = "the run goes on behind the step that a power cut interrupted"},
    TS_EXECUTE_OPTS,
    {.name = NULL},
};

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

static bool decide(const ts_args *args, ts_journal *journal, ts_err **err)
{
    bool again = ts_args_has(args, "again");
    bool skip = ts_args_has(args, "skip");
    if ((again || skip) && !ts_journal_set_interrupted(journal, again))
        return ts_fail(err, TS_USAGE, "no step was interrupted; resume without --%s",
                       again ? "again" : "skip");
    return true;
}

static bool prepare(const ts_args *args, ts_loaded *loaded, ts_execute *e, ts_err **err)
{
    if (ts_args_has(args, "again") && ts_args_has(args, "skip"))
        return ts_fail(err, TS_USAGE, "--again and --skip exclude each other; choose one");
    e->journal = ts_journal_open(ts_execute_work(args), err);
    if (e->journal == NULL)
        return ts_wrap(err, "there is no run to resume in '%s' (--work names another folder)",
                       ts_execute_work(args));
    if (ts_journal_is_finished(e->journal))
        return ts_fail(err, TS_STATE, "the run in '%s' came to its end; there is nothing to resume",
                       ts_execute_work(args));
    e->file = ts_journal_sequence_file(e->journal);
    e->vars = ts_vars_new();
    if (e->vars == NULL)
        return ts_fail_nomem(err);
    if (!decide(args, e->journal, err) || !ts_journal_restore_vars(e->journal, e->vars, err) ||
        !ts_loaded_recall(loaded, e->vars, err) || !ts_loaded_open(loaded, e->file, err))
        return false;
    e->sequence = find_sequence(loaded, e->journal, err);
    return e->sequence != NULL;
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    ts_loaded loaded = {0};
    ts_execute e = {.args = args, .loaded = &loaded};
    int status;
    if (prepare(args, &loaded, &e, &err)) {
        status = ts_execute_run(&e);
    } else {
        ts_journal_close(e.journal);
        status = ts_cli_fail(&err);
    }
    ts_loaded_done(&loaded);
    ts_vars_free(e.vars);
    return status;
}

const ts_command ts_command_resume = {
    .name = "resume",
    .operands = "",
    .min = 0,
    .max = 0,
    .summary = "go on with a run after a restart or a power cut",
    .text =
        "Reads the journal in the work folder. When power failed inside a step that is not safe to "
        "repeat, resume stops and says so: look at the machine, then say --again or --skip.",
    .opts = opts,
    .run = run,
};
