/* take_over.c - see take_over.h. */
#include <stdio.h>
#include <stdlib.h>

#include <ts/deploy.h>
#include <ts/mem.h>
#include <ts/run.h>

#include "hand_over.h"
#include "os.h"
#include "take_over.h"

#define DEPTH_MAX 32u /* of folders with steps, and of the site file's */

static bool copy_one(void *ctx, const char *from, const char *to, bool is_folder, ts_err **err)
{
    return is_folder ? ts_host_folder_make(ctx, to, err) : ts_host_file_copy(ctx, from, to, err);
}

static bool bring(ts_host *host, const char *place, const char *below, const char *to, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *from = ts_path_join(place, below);
    if (from == NULL)
        return ts_fail_nomem(err);
    return !ts_file_is_folder(from) || ts_folder_walk(from, to, DEPTH_MAX, copy_one, host, err);
}

static bool bring_folders(ts_host *host, const char *place, const char *work, const char *log,
                          ts_err **err)
{
    static const char *const names[] = {"sequence", "steps", "site"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        TS_CLEANUP(ts_free_ptr) char *to = ts_path_join(work, names[i]);
        if (to == NULL)
            return ts_fail_nomem(err);
        if (!ts_folder_remove(to, err) || !bring(host, place, names[i], to, err))
            return false;
    }
    return log == NULL || bring(host, place, TS_HAND_OVER_LOGS, log, err);
}

/* Paths in it are relative to its folder: ts_hand_over_to_pe has seen to that. */
static bool move_run(ts_host *host, ts_journal *journal, const char *place, const char *work,
                     const char *log, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr)
    char *sequence = ts_path_join("sequence", ts_path_base(ts_journal_sequence_file(journal)));
    if (sequence == NULL)
        return ts_fail_nomem(err);
    return bring_folders(host, place, work, log, err) &&
           ts_journal_export(journal, work, sequence, NULL, 0, err) &&
           ts_journal_leave(journal, work, err);
}

/* A rest that cannot be removed stops nothing: the journal there says that the run has left. */
static void clear_disk(const char *root, const char *place)
{
    ts_err *err = NULL;
    TS_CLEANUP(ts_free_ptr) char *key = ts_path_join(place, "journal.key");
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(root, TS_BOOT_IMAGE_FOLDER);
    if (key != NULL && folder != NULL && ts_file_wipe(key, &err))
        ts_folder_remove(folder, &err);
    if (err != NULL)
        fprintf(stderr, "taskseq: warning: %s\n", ts_err_text(err));
    ts_err_free(err);
}

static bool take_from(ts_host *host, const char *root, const char *work, const char *log,
                      bool *taken, ts_err **err)
{
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *place = ts_path_join(root, TS_HAND_OVER_PE);
    TS_CLEANUP(ts_free_ptr) char *file = place == NULL ? NULL : ts_path_join(place, "journal.log");
    if (file == NULL)
        return ts_fail_nomem(err);
    if (!ts_file_exists(file))
        return true;
    ts_journal *journal = NULL;
    /* Every user of the old Windows may make a folder in the root of its drive. */
    if (ts_file_is_ours(place) && ts_file_is_ours(file))
        journal = ts_journal_open(place, &why);
    else
        ts_fail(&why, TS_REFUSED, "'%s' does not belong to an administrator", file);
    if (journal == NULL) {
        fprintf(stderr, "taskseq: warning: the run that waits in '%s' cannot go on: %s\n", place,
                ts_err_text(why));
        ts_err_free(why);
        return true;
    }
    *taken = ts_journal_awaits_pe(journal);
    bool ok = !*taken || move_run(host, journal, place, work, log, err) ||
              ts_wrap(err, "the run that waits in '%s' cannot go on", place);
    ts_journal_close(journal);
    if (ok && *taken)
        clear_disk(root, place);
    return ok;
}

bool ts_take_over(ts_host *host, const char *work, const char *log, bool *taken, ts_err **err)
{
    char **roots = NULL;
    *taken = false;
    bool ok = ts_media_roots(&roots, err);
    for (size_t i = 0; ok && !*taken && roots[i] != NULL; i++)
        ok = take_from(host, roots[i], work, log, taken, err);
    free(roots);
    return ok;
}
