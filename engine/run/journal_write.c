/* journal_write.c - records of a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "crypto.h"
#include "interp.h"
#include "journal.h"

#define COPY_CHUNK (256u * 1024u)

void ts_journal_digits(const char *chain, const char *rest, size_t len, char out[17])
{
    uint8_t digest[TS_SHA256_BYTES] = {0};
    char text[TS_SHA256_TEXT] = {0};
    ts_hash *hash = ts_hash_new(NULL);
    if (hash && ts_hash_add(hash, chain, strlen(chain), NULL) && ts_hash_add(hash, rest, len, NULL))
        ts_hash_final(hash, digest, NULL);
    ts_hash_free(hash);
    ts_hex(digest, sizeof digest, text);
    memcpy(out, text, 16);
    out[16] = 0;
}

static void add_escaped(ts_buf *out, const char *field)
{
    static const char from[] = "\\\t\r\n", *const to[] = {"\\\\", "\\t", "\\r", "\\n"};
    const char *plain = field;
    for (const char *p = field; *p && !out->over_limit; p++) {
        const char *special = strchr(from, *p);
        if (!special)
            continue;
        ts_buf_add(out, plain, (size_t)(p - plain));
        ts_buf_str(out, to[special - from]);
        plain = p + 1;
    }
    ts_buf_str(out, plain);
}

bool ts_journal_write(ts_journal *j, char kind, const char *const *fields, size_t n, bool sync,
                      ts_err **err)
{
    ts_buf line;
    ts_buf_init(&line, TS_JOURNAL_RECORD_MAX);
    ts_buf_str(&line, "0123456789abcdef ");
    ts_buf_char(&line, kind);
    for (size_t i = 0; i < n; i++) {
        ts_buf_char(&line, '\t');
        add_escaped(&line, fields[i]);
    }
    bool ok = ts_buf_ok(&line, "journal record", err);
    if (ok) {
        char digits[17];
        ts_journal_digits(j->chain, line.data + 17, line.len - 17, digits);
        memcpy(line.data, digits, 16);
        ts_buf_char(&line, '\n');
        ok = ts_buf_ok(&line, "journal record", err) &&
             ts_file_append(j->file, line.data, line.len, err) &&
             (!sync || ts_file_sync(j->file, err));
        if (ok)
            memcpy(j->chain, digits, sizeof digits);
    }
    ts_buf_done(&line);
    return ok || ts_wrap(err, "journal in '%s'", j->folder);
}

static bool write_key(const ts_journal *j, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(j->folder, TS_JOURNAL_KEY_NAME);
    if (!path)
        return ts_fail_nomem(err);
    ts_file *file = ts_file_open(path, TS_FILE_CREATE, true, err);
    bool ok = file && ts_file_append(file, j->key, sizeof j->key, err) && ts_file_sync(file, err);
    ts_file_close(file);
    return ok;
}

/* An unfinished journal is somebody's interrupted run: it is not written over. */
static bool refuse_unfinished(const char *folder, const char *path, ts_err **err)
{
    if (!ts_file_exists(path))
        return true;
    ts_err *why = NULL;
    ts_journal *old = ts_journal_open(folder, &why);
    bool finished = old && ts_journal_is_finished(old);
    ts_journal_close(old);
    ts_err_free(why);
    if (finished)
        return true;
    return ts_fail(
        err, TS_STATE,
        "'%s' holds a run that is not finished; go on with `taskseq resume --work %s`, or "
        "remove that folder to start anew",
        path, folder);
}

ts_journal *ts_journal_create(const char *folder, const char *sequence_file,
                              const ts_sequence *sequence, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, TS_JOURNAL_NAME);
    ts_journal *j = path ? ts_alloc(sizeof *j) : NULL;
    if (!j) {
        ts_fail_nomem(err);
        return NULL;
    }
    j->folder = ts_strdup(folder);
    j->sequence_file = ts_strdup(sequence_file);
    memcpy(j->sequence_sha256, sequence->sha256, sizeof j->sequence_sha256);
    bool ok = (j->folder && j->sequence_file) || ts_fail_nomem(err);
    ok = ok && ts_folder_make(folder, err) && refuse_unfinished(folder, path, err) &&
         ts_random(j->key, sizeof j->key, err) && write_key(j, err);
    if (ok)
        j->file = ts_file_open(path, TS_FILE_CREATE, true, err);
    if (ok && j->file)
        return j;
    ts_journal_close(j);
    return NULL;
}

void ts_journal_close(ts_journal *journal)
{
    if (!journal)
        return;
    ts_file_close(journal->file);
    ts_err_free(journal->broken);
    ts_wipe(journal->key, sizeof journal->key);
    ts_vars_free(journal->vars);
    free(journal->fatal);
    free(journal->gone);
    free(journal->sequence_file);
    free(journal->folder);
    free(journal);
}

/* "5/12": the instruction of each frame, outermost first. */
static void format_at(const ts_run *run, uint32_t innermost, char *out, size_t size)
{
    const ts_frame *frames[TS_RUN_CHILD_DEPTH_MAX];
    size_t n = 0, used = 0;
    for (const ts_frame *f = run->frame; f && n < TS_RUN_CHILD_DEPTH_MAX; f = f->parent)
        frames[n++] = f;
    out[0] = 0;
    while (n-- > 0 && used < size)
        used += (size_t)snprintf(out + used, size - used, "%s%u", used ? "/" : "",
                                 n == 0 ? innermost : frames[n]->at);
}

static bool write_at(ts_run *run, char kind, uint32_t innermost, const char *more, ts_err **err)
{
    ts_journal *j = run->options->journal;
    if (!j)
        return true;
    if (j->broken) {
        *err = j->broken;
        j->broken = NULL;
        return false;
    }
    char at[TS_RUN_CHILD_DEPTH_MAX * 11];
    format_at(run, innermost, at, sizeof at);
    j->running[0] = 0;
    j->last = kind;
    j->to_os = more && strcmp(more, TS_JOURNAL_TO_OS) == 0;
    if (kind == 'S')
        memcpy(j->running, at, sizeof at);
    const char *fields[] = {at, more};
    return ts_journal_write(j, kind, fields, more ? 2 : 1, true, err);
}

static bool write_variable(void *ctx, const char *name, const ts_value *value)
{
    ts_journal_variable(ctx, name, value);
    return true;
}

/* A resume: what its command line says otherwise than the run before it. */
static bool write_changed(void *ctx, const char *name, const ts_value *value)
{
    ts_journal *j = ctx;
    const ts_value *old = ts_vars_get(j->vars, name);
    if (!old || strcmp(old->text, value->text) != 0 ||
        ((old->flags ^ value->flags) & TS_VALUE_SECRET) != 0)
        ts_journal_variable(j, name, value);
    return true;
}

/* The first step finds all variables on the disk: without them a resume would go to other disks. */
bool ts_journal_begin(ts_run *run, ts_err **err)
{
    ts_journal *j = run->options->journal;
    if (!j)
        return true;
    if (j->begun)
        return !j->vars || ts_vars_each(run->options->vars, write_changed, j, err);
    const char *fields[] = {TS_JOURNAL_VERSION, j->sequence_file, j->sequence_sha256};
    j->begun = true;
    return ts_journal_write(j, 'B', fields, TS_COUNT(fields), false, err) &&
           ts_vars_each(run->options->vars, write_variable, j, err) && ts_file_sync(j->file, err);
}

bool ts_journal_before(ts_run *run, ts_err **err)
{
    return write_at(run, 'S', run->frame->at, NULL, err);
}

bool ts_journal_after(ts_run *run, ts_err **err)
{
    return write_at(run, 'E', run->frame->at, NULL, err);
}

bool ts_journal_restart(ts_run *run, uint32_t next, ts_restart target, ts_err **err)
{
    return write_at(run, 'R', next, target == TS_RESTART_PE ? "WinPE" : TS_JOURNAL_TO_OS, err);
}

bool ts_journal_fail_step(ts_journal *journal, const char *text, ts_err **err)
{
    const char *fields[] = {journal->running, text};
    if (!journal->running[0])
        return ts_fail(err, TS_STATE, "no step of the run can be named as failed");
    return ts_journal_write(journal, 'X', fields, TS_COUNT(fields), true, err);
}

bool ts_journal_end(ts_run *run, ts_outcome outcome, ts_err **err)
{
    ts_journal *j = run->options->journal;
    const char *fields[] = {ts_outcome_id(outcome)};
    return !j || ts_journal_write(j, 'F', fields, 1, true, err);
}

/* A change of a variable cannot fail the change; the next step says it. */
void ts_journal_variable(ts_journal *journal, const char *name, const ts_value *value)
{
    if (journal->broken || !journal->begun)
        return;
    if (!value) {
        ts_journal_write(journal, 'D', &name, 1, false, &journal->broken);
        return;
    }
    bool secret = value->flags & TS_VALUE_SECRET;
    char *sealed = secret ? ts_seal(journal->key, name, value->text, &journal->broken) : NULL;
    if (secret && !sealed)
        return;
    const char *fields[] = {name, secret ? "s" : "", secret ? sealed : value->text};
    ts_journal_write(journal, 'V', fields, TS_COUNT(fields), false, &journal->broken);
    free(sealed);
}

/* --- Hand-over ----------------------------------------------------------------------------- */

static bool copy_records(ts_file *from, ts_file *to, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *chunk = ts_alloc(COPY_CHUNK);
    if (!chunk)
        return ts_fail_nomem(err);
    uint64_t at = 0;
    for (size_t got = COPY_CHUNK; got == COPY_CHUNK; at += got)
        if (!ts_file_pread(from, chunk, COPY_CHUNK, at, &got, err) ||
            !ts_file_append(to, chunk, got, err))
            return false;
    return true;
}

/* A second journal with the same records and key, that can be written on. */
static ts_journal *copy_journal(const ts_journal *from, const char *folder, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, TS_JOURNAL_NAME);
    ts_journal *to = path ? ts_alloc(sizeof *to) : NULL;
    if (to)
        to->folder = ts_strdup(folder);
    if (!to || !to->folder) {
        ts_journal_close(to);
        ts_fail_nomem(err);
        return NULL;
    }
    memcpy(to->key, from->key, sizeof to->key);
    memcpy(to->chain, from->chain, sizeof to->chain);
    to->begun = true;
    bool ok = ts_folder_make(folder, err) && write_key(to, err);
    to->file = ok ? ts_file_open(path, TS_FILE_CREATE, true, err) : NULL;
    if (to->file && copy_records(from->file, to->file, err))
        return to;
    ts_journal_close(to);
    return NULL;
}

bool ts_journal_export(const ts_journal *journal, const char *folder, const char *sequence_file,
                       const ts_journal_change *changes, size_t n, ts_err **err)
{
    ts_journal *to = copy_journal(journal, folder, err);
    bool ok = to != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        const char *variable[] = {changes[i].name, "", changes[i].value};
        ok = ts_journal_write(to, 'V', variable, TS_COUNT(variable), false, err);
    }
    ok = ok && ts_journal_write(to, 'M', &sequence_file, 1, true, err);
    ts_journal_close(to);
    return ok || ts_wrap(err, "cannot hand the journal over");
}

bool ts_journal_leave(ts_journal *journal, const char *place, ts_err **err)
{
    return ts_journal_write(journal, 'H', &place, 1, true, err);
}
