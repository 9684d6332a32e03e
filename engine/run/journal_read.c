/* journal_read.c - a journal of an interrupted run: checked, and where the run goes on. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "interp.h"
#include "journal.h"

static void unescape(char *field)
{
    char *out = field;
    for (char *p = field; *p; p++) {
        if (*p != '\\' || !p[1]) {
            *out++ = *p;
            continue;
        }
        p++;
        *out++ = *p == 't' ? '\t' : *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p;
    }
    *out = 0;
}

/* Splits at tabs, in place. Returns how many fields there are. */
static size_t split(char *text, char **fields)
{
    size_t n = 0;
    for (char *next = text; next && n < TS_JOURNAL_FIELDS_MAX;) {
        char *tab = strchr(next, '\t');
        if (tab)
            *tab = 0;
        fields[n++] = next;
        next = tab ? tab + 1 : NULL;
    }
    for (size_t i = 0; i < n; i++)
        unescape(fields[i]);
    return n;
}

static bool parse_at(ts_journal *j, const char *text)
{
    j->n_at = 0;
    for (const char *p = text; *p;) {
        char *end = NULL;
        unsigned long v = strtoul(p, &end, 10);
        if (end == p || v > UINT32_MAX || j->n_at == TS_RUN_CHILD_DEPTH_MAX)
            return false;
        j->at[j->n_at++] = (uint32_t)v;
        p = *end == '/' ? end + 1 : end;
    }
    return j->n_at > 0;
}

static bool take_variable(ts_journal *j, char **f, ts_err **err)
{
    if (f[1][0] != 's')
        return ts_vars_set_engine(j->vars, f[0], f[2], err);
    char *clear = ts_unseal(j->key, f[0], f[2], err);
    if (!clear)
        return ts_wrap(err, "secret variable '%s'", f[0]);
    bool ok = ts_vars_set(j->vars, f[0], clear, TS_VALUE_SECRET, err);
    ts_free_secret(clear);
    return ok;
}

static bool take_begin(ts_journal *j, char **f, ts_err **err)
{
    if (strcmp(f[0], TS_JOURNAL_VERSION) != 0)
        return ts_fail(err, TS_STATE,
                       "it was written by another version of taskseq (journal version '%s', this "
                       "program reads '%s')",
                       f[0], TS_JOURNAL_VERSION);
    if (strlen(f[2]) >= sizeof j->sequence_sha256)
        return ts_fail(err, TS_STATE, "its first record is damaged");
    free(j->sequence_file);
    j->sequence_file = ts_strdup(f[1]);
    memcpy(j->sequence_sha256, f[2], strlen(f[2]) + 1);
    j->begun = true;
    return j->sequence_file || ts_fail_nomem(err);
}

/* Where the run goes on elsewhere, or came from. */
static bool take_move(ts_journal *j, char kind, const char *text, ts_err **err)
{
    bool relative = kind == 'M' && !ts_path_is_absolute(text);
    char *copy = relative ? ts_path_join(j->folder, text) : ts_strdup(text);
    char **at = kind == 'M' ? &j->sequence_file : &j->gone;
    if (!copy)
        return ts_fail_nomem(err);
    free(*at);
    *at = copy;
    j->finished = j->finished || kind == 'H';
    return true;
}

static bool take_record(ts_journal *j, char kind, char **f, size_t n, ts_err **err)
{
    if (kind == 'B' && n == 3)
        return take_begin(j, f, err);
    if (kind == 'V' && n == 3)
        return take_variable(j, f, err);
    if (kind == 'D' && n == 1)
        return ts_vars_set_engine(j->vars, f[0], "", err);
    if ((kind == 'M' || kind == 'H') && n == 1)
        return take_move(j, kind, f[0], err);
    if (strchr("SXER", kind) && n >= 1 && parse_at(j, f[0])) {
        j->last = kind;
        j->to_os = kind == 'R' && n > 1 && strcmp(f[1], TS_JOURNAL_TO_OS) == 0;
        free(j->fatal);
        j->fatal = kind == 'X' ? ts_strdup(n > 1 ? f[1] : "") : NULL;
        return kind != 'X' || j->fatal || ts_fail_nomem(err);
    }
    if (kind == 'F' && n == 1) {
        j->finished = true;
        return true;
    }
    return ts_fail(err, TS_STATE, "a record of kind '%c' is not understood", kind);
}

static bool take_line(ts_journal *j, char *line, size_t len, unsigned number, ts_err **err)
{
    char digits[17];
    char *fields[TS_JOURNAL_FIELDS_MAX];
    ts_journal_digits(j->chain, line + 17, len - 17, digits);
    memcpy(j->chain, digits, sizeof digits);
    char kind = line[17];
    size_t n = len > 19 ? split(line + 19, fields) : 0;
    return take_record(j, kind, fields, n, err) || ts_wrap(err, "record %u", number);
}

/* True when the line is whole and follows the one before it. */
static bool is_sound(const ts_journal *j, const char *line, size_t len)
{
    char digits[17];
    if (len < 18 || line[16] != ' ' || memchr(line, 0, len))
        return false;
    ts_journal_digits(j->chain, line + 17, len - 17, digits);
    return memcmp(digits, line, 16) == 0;
}

bool ts_journal_read_records(ts_journal *j, char *data, size_t size, uint64_t *good, ts_err **err)
{
    unsigned number = 0;
    *good = 0;
    for (size_t at = 0; at < size;) {
        char *line = data + at, *end = memchr(line, '\n', size - at);
        size_t len = end ? (size_t)(end - line) : size - at;
        bool last = !end || (size_t)(end - data) + 1 == size;
        number++;
        if (!end || !is_sound(j, line, len))
            return last ? true : ts_fail(err, TS_STATE, "record %u is damaged", number);
        *end = 0;
        if (!take_line(j, line, len, number, err))
            return false;
        at += len + 1;
        *good = at;
    }
    return true;
}

static bool read_key(ts_journal *j, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(j->folder, TS_JOURNAL_KEY_NAME);
    char *key = NULL;
    size_t size = 0;
    if (!path)
        return ts_fail_nomem(err);
    if (!ts_file_read(path, sizeof j->key, &key, &size, err))
        return ts_wrap(err, "key of the journal");
    bool whole = size == sizeof j->key;
    if (whole)
        memcpy(j->key, key, size);
    ts_wipe(key, size);
    free(key);
    return whole || ts_fail(err, TS_STATE, "key file '%s' is damaged", path);
}

static bool load(ts_journal *j, const char *path, ts_err **err)
{
    char *data = NULL;
    size_t size = 0;
    uint64_t good = 0;
    if (!ts_file_exists(path))
        return ts_fail(err, TS_NOT_FOUND, "'%s' is not there", path);
    if (!read_key(j, err) || !ts_file_read(path, TS_JOURNAL_BYTES_MAX, &data, &size, err))
        return false;
    bool ok = ts_journal_read_records(j, data, size, &good, err);
    free(data);
    if (ok && !j->begun)
        ok = ts_fail(err, TS_STATE, "it holds no run");
    if (!ok)
        return ts_wrap(err, "journal '%s'", path);
    j->file = ts_file_open(path, TS_FILE_APPEND, true, err);
    return j->file && (good == size || ts_file_truncate(j->file, good, err));
}

ts_journal *ts_journal_open(const char *folder, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, TS_JOURNAL_NAME);
    ts_journal *j = path ? ts_alloc(sizeof *j) : NULL;
    if (!j) {
        ts_fail_nomem(err);
        return NULL;
    }
    j->folder = ts_strdup(folder);
    j->vars = ts_vars_new();
    if (!j->folder || !j->vars)
        ts_fail_nomem(err);
    else if (load(j, path, err))
        return j;
    ts_journal_close(j);
    return NULL;
}

const char *ts_journal_sequence_file(const ts_journal *journal)
{
    return journal->sequence_file;
}

const char *ts_journal_sequence_sha256(const ts_journal *journal)
{
    return journal->sequence_sha256;
}

bool ts_journal_is_finished(const ts_journal *journal)
{
    return journal->finished;
}

const char *ts_journal_gone_to(const ts_journal *journal)
{
    return journal->gone;
}

bool ts_journal_awaits_os(const ts_journal *journal)
{
    return journal->last == 'R' && journal->to_os && !journal->finished;
}

bool ts_journal_awaits_pe(const ts_journal *journal)
{
    return journal->last == 'R' && !journal->to_os && !journal->finished;
}

static bool restore_one(void *ctx, const char *name, const ts_value *value)
{
    return value->flags & TS_VALUE_SECRET
               ? ts_vars_set(ctx, name, value->text, TS_VALUE_SECRET, NULL)
               : ts_vars_set_engine(ctx, name, value->text, NULL);
}

bool ts_journal_restore_vars(const ts_journal *journal, ts_vars *vars, ts_err **err)
{
    return ts_vars_each(journal->vars, restore_one, vars, err);
}

/* The instruction that a power cut interrupted, in the innermost sequence. */
static const ts_node *interrupted(const ts_run_options *o)
{
    const ts_journal *j = o->journal;
    const ts_sequence *s = o->sequence;
    for (size_t i = 0; s && i < j->n_at; i++) {
        const ts_node *node = j->at[i] < s->n_nodes ? &s->nodes[j->at[i]] : NULL;
        if (i + 1 == j->n_at || !node)
            return node;
        const char *id = ts_node_setting(node, "OSDSubTasksequencePackageID");
        s = id ? ts_bundle_find(o->bundle, id) : NULL;
    }
    return NULL;
}

/* Between "starts" and "is over" the power went: the step's own rule says what then. */
static bool apply_resume_rule(const ts_run_options *o, ts_err **err)
{
    ts_journal *j = o->journal;
    const ts_node *node = interrupted(o);
    const ts_step_class *cls = node ? ts_steps_for(o->steps, node) : NULL;
    if (!node || node->kind == TS_NODE_GROUP)
        return true;
    switch (cls ? cls->resume : TS_RESUME_STOP) {
    case TS_RESUME_AGAIN:
        return true;
    case TS_RESUME_NEXT:
        j->at[j->n_at - 1]++;
        return true;
    case TS_RESUME_STOP:
        break;
    }
    return ts_fail(err, TS_STATE,
                   "the run was interrupted inside step '%s' (%s:%u), which is not safe to repeat; "
                   "look at the machine, then resume with --again or --skip",
                   node->name, o->sequence->file, node->line);
}

bool ts_journal_set_interrupted(ts_journal *journal, bool again)
{
    if (journal->last != 'S')
        return false;
    journal->last = 'E';
    if (!again)
        journal->at[journal->n_at - 1]++;
    return true;
}

char *ts_journal_take_fatal(ts_journal *journal)
{
    char *text = journal->fatal;
    journal->fatal = NULL;
    return text;
}

bool ts_journal_resume_point(const ts_run_options *options, const uint32_t **at, size_t *n,
                             bool *fresh, ts_err **err)
{
    ts_journal *j = options->journal;
    *fresh = !j || !j->begun || j->last == 0;
    if (*fresh)
        return true;
    if (strcmp(j->sequence_sha256, options->sequence->sha256) != 0)
        return ts_fail(
            err, TS_STATE,
            "sequence '%s' is not the one that the run began with (its SHA-256 differs); "
            "put the old file back, or start anew",
            options->sequence->file);
    if (j->last == 'S' && !apply_resume_rule(options, err))
        return false;
    *at = j->at;
    *n = j->n_at;
    return true;
}
