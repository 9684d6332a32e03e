/* story.c - folds events into rows. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"

/* A sequence that is being run: the main one, or a child inside a step. */
typedef struct frame {
    const ts_sequence *sequence;
    unsigned depth; /* of its top rows */
    bool *seen;     /* by instruction number; owned by the arena */
    struct frame *outer;
} frame;

typedef struct fold {
    ts_story *story;
    size_t cap;
    frame *frame;
    size_t *open; /* indexes of rows that began and did not end */
    size_t n_open, cap_open;
    const ts_event *condition; /* the last condition that could not be known */
    bool no_memory;
} fold;

static unsigned node_depth(const ts_node *node)
{
    unsigned depth = 0;
    for (const ts_node *p = node->parent; p != NULL; p = p->parent)
        depth++;
    return depth;
}

static void push_frame(fold *f, unsigned depth)
{
    frame *inner = ts_arena_alloc(f->story->arena, sizeof *inner);
    if (inner == NULL) {
        f->no_memory = true;
        return;
    }
    inner->depth = depth;
    inner->outer = f->frame;
    f->frame = inner;
}

/* Which sequence a child frame runs is known from its first event. */
static void name_frame(fold *f, const ts_sequence *sequence)
{
    frame *at = f->frame;
    if (at == NULL || sequence == NULL || at->seen != NULL || sequence->n_nodes == 0)
        return;
    at->sequence = sequence;
    at->seen = ts_arena_alloc(f->story->arena, sequence->n_nodes * sizeof *at->seen);
    f->no_memory |= at->seen == NULL;
}

static ts_row *add_row(fold *f, const ts_event *event)
{
    ts_story *story = f->story;
    if (story->n_rows == f->cap) {
        size_t cap = f->cap == 0 ? 64 : f->cap * 2;
        ts_row *rows = ts_realloc_array(story->rows, cap, sizeof *rows);
        if (rows == NULL) {
            f->no_memory = true;
            return NULL;
        }
        story->rows = rows;
        f->cap = cap;
    }
    ts_row *row = &story->rows[story->n_rows++];
    *row = (ts_row){.reason = "", .title = ""};
    row->depth = f->frame == NULL ? 0 : f->frame->depth;
    if (event == NULL)
        return row;
    name_frame(f, event->sequence);
    row->sequence = event->sequence;
    row->node = event->node;
    row->inherited = f->n_open > 0 && (story->rows[f->open[f->n_open - 1]].maybe ||
                                       story->rows[f->open[f->n_open - 1]].inherited);
    row->outcome = event->outcome;
    row->assumed = event->assumed && event->kind != TS_EVENT_GROUP_BEGIN;
    if (event->node != NULL)
        row->depth += node_depth(event->node);
    if (f->condition != NULL && f->condition->node == event->node) {
        row->maybe = true;
        row->reason = f->condition->text == NULL ? "" : f->condition->text;
    }
    f->condition = NULL;
    return row;
}

static void mark_seen(fold *f, const ts_node *node, bool with_children)
{
    frame *at = f->frame;
    if (at == NULL || at->seen == NULL || node == NULL || node->index >= at->sequence->n_nodes)
        return;
    uint32_t end = with_children ? node->end : node->index + 1;
    for (uint32_t i = node->index; i < end && i < at->sequence->n_nodes; i++)
        at->seen[i] = true;
}

static void open_row(fold *f, const ts_event *event)
{
    ts_row *row = add_row(f, event);
    if (row == NULL)
        return;
    row->is_group = event->kind == TS_EVENT_GROUP_BEGIN;
    if (event->kind == TS_EVENT_PRESTART_BEGIN)
        row->script = event->text == NULL ? "" : event->text;
    row->outcome = TS_OUTCOME_NONE;
    row->began = event->time;
    if (event->text != NULL && !row->is_group && row->script == NULL)
        row->title = event->text;
    mark_seen(f, event->node, false);
    if (f->n_open == f->cap_open) {
        size_t cap = f->cap_open == 0 ? 32 : f->cap_open * 2;
        size_t *open = ts_realloc_array(f->open, cap, sizeof *open);
        if (open == NULL) {
            f->no_memory = true;
            return;
        }
        f->open = open;
        f->cap_open = cap;
    }
    f->open[f->n_open++] = f->story->n_rows - 1;
}

static void close_row(fold *f, const ts_event *event)
{
    size_t at = f->n_open;
    while (at > 0 && f->story->rows[f->open[at - 1]].node != event->node)
        at--;
    if (at == 0) { /* it ended before it began: its condition could not be evaluated */
        ts_row *failed = add_row(f, event);
        if (failed == NULL)
            return;
        failed->is_group = event->kind == TS_EVENT_GROUP_END;
        failed->code = event->code;
        failed->reason = event->text == NULL ? "" : event->text;
        mark_seen(f, event->node, true);
        return;
    }
    ts_row *row = &f->story->rows[f->open[at - 1]];
    f->n_open = at - 1;
    row->outcome = event->outcome;
    row->code = event->code;
    row->duration = event->duration;
    row->assumed |= event->assumed && !row->is_group;
    const char *reason = row->script == NULL ? event->text : event->detail;
    if (reason != NULL && reason[0] != '\0')
        row->reason = reason;
    if (row->script != NULL && row->outcome == TS_OUTCOME_FAILED)
        row->code = -1; /* its text says all */
}

static void skip_row(fold *f, const ts_event *event)
{
    ts_row *row = add_row(f, event);
    if (row == NULL)
        return;
    row->is_group = event->node != NULL && event->node->kind == TS_NODE_GROUP;
    row->reason = event->text == NULL ? "" : event->text;
    mark_seen(f, event->node, true);
}

static void add_note(fold *f, ts_note_kind kind, const ts_event *event)
{
    size_t at = f->n_open;
    while (at > 0 && event->node != NULL && f->story->rows[f->open[at - 1]].node != event->node)
        at--;
    /* The engine's bookkeeping between steps belongs to no step. */
    if (at == 0 && kind == TS_NOTE_VARIABLE)
        return;
    ts_row *row = at > 0             ? &f->story->rows[f->open[at - 1]]
                  : f->story->n_rows ? &f->story->rows[f->story->n_rows - 1]
                                     : NULL;
    if (row == NULL)
        return;
    ts_note *note = ts_arena_alloc(f->story->arena, sizeof *note);
    if (note == NULL) {
        f->no_memory = true;
        return;
    }
    *note = (ts_note){.kind = kind,
                      .effects = event->effects,
                      .assumed = event->assumed,
                      .refused = event->refused,
                      .bytes = event->total,
                      .text = event->text == NULL ? "" : event->text,
                      .detail = event->detail};
    if (row->notes_tail == NULL)
        row->notes = note;
    else
        row->notes_tail->next = note;
    row->notes_tail = note;
}

/* A refused restart comes after the step has ended well, and makes it the one that failed. */
static void add_restart(fold *f, const ts_event *event)
{
    if (event->outcome != TS_OUTCOME_FAILED) {
        add_note(f, TS_NOTE_RESTART, event);
        return;
    }
    for (size_t i = f->story->n_rows; i-- > 0;) {
        ts_row *row = &f->story->rows[i];
        if (row->node != event->node)
            continue;
        row->outcome = TS_OUTCOME_FAILED;
        row->code = -1;
        row->reason = event->text == NULL ? "" : event->text;
        return;
    }
}

/* One row for the steps of the frame that nothing reached, after its last row. */
static void add_unreached(fold *f)
{
    frame *at = f->frame;
    if (at == NULL || at->seen == NULL)
        return;
    uint32_t count = 0;
    const ts_node *first = NULL;
    for (size_t i = 0; i < at->sequence->n_nodes; i++) {
        const ts_node *node = &at->sequence->nodes[i];
        if (at->seen[i] || node->kind == TS_NODE_GROUP || ts_node_is_off(node))
            continue;
        first = first == NULL ? node : first;
        count++;
    }
    if (count == 0)
        return;
    ts_row *row = add_row(f, NULL);
    if (row == NULL)
        return;
    row->sequence = at->sequence;
    row->unreached = count;
    row->reason = first->name;
}

static void end_frame(fold *f)
{
    if (f->frame == NULL)
        return;
    add_unreached(f);
    f->frame = f->frame->outer;
}

static void begin_child(fold *f, const ts_event *event)
{
    unsigned depth = f->frame == NULL ? 0 : f->frame->depth;
    add_note(f, TS_NOTE_CHILD, event);
    push_frame(f, depth + (event->node == NULL ? 0 : node_depth(event->node) + 1));
}

static void begin_run(fold *f, const ts_event *event)
{
    ts_story *story = f->story;
    story->sequence = event->sequence;
    story->began = event->time;
    story->name = event->text == NULL ? "" : event->text;
    story->host = event->detail == NULL ? "" : event->detail;
    push_frame(f, 0);
    name_frame(f, event->sequence);
}

static void end_run(fold *f, const ts_event *event)
{
    ts_story *story = f->story;
    while (f->frame != NULL && f->frame->outer != NULL)
        f->frame = f->frame->outer;
    if (event->outcome != TS_OUTCOME_RESTART)
        end_frame(f);
    story->outcome = event->outcome;
    story->code = event->code;
    story->verdict = event->text == NULL ? "" : event->text;
    story->duration = event->duration;
    for (size_t i = story->n_rows; i-- > 0 && event->node != NULL && story->failure == NULL;)
        if (story->rows[i].node == event->node)
            story->failure = &story->rows[i];
}

static void fold_event(fold *f, const ts_event *event)
{
    /* A switch over all kinds, so that a new kind is a compiler warning here. */
    switch (event->kind) {
    case TS_EVENT_RUN_BEGIN:
        begin_run(f, event);
        break;
    case TS_EVENT_RUN_END:
        end_run(f, event);
        break;
    case TS_EVENT_CHILD_BEGIN:
        begin_child(f, event);
        break;
    case TS_EVENT_CHILD_END:
        end_frame(f);
        break;
    case TS_EVENT_GROUP_BEGIN:
    case TS_EVENT_STEP_BEGIN:
    case TS_EVENT_PRESTART_BEGIN:
        open_row(f, event);
        break;
    case TS_EVENT_GROUP_END:
    case TS_EVENT_STEP_END:
    case TS_EVENT_PRESTART_END:
        close_row(f, event);
        break;
    case TS_EVENT_SKIP:
        skip_row(f, event);
        break;
    case TS_EVENT_CONDITION:
        f->condition = event->outcome == TS_OUTCOME_MAY ? event : NULL;
        break;
    case TS_EVENT_EFFECT:
        add_note(f, TS_NOTE_EFFECT, event);
        break;
    case TS_EVENT_VARIABLE:
        add_note(f, TS_NOTE_VARIABLE, event);
        break;
    case TS_EVENT_RESTART:
        add_restart(f, event);
        break;
    case TS_EVENT_DOWNLOAD:
        add_note(f, TS_NOTE_DOWNLOAD, event);
        break;
    case TS_EVENT_LOG: /* those of no step are for the log only */
        if (event->level >= TS_LEVEL_WARNING && f->n_open > 0)
            add_note(f, TS_NOTE_WARNING, event);
        break;
    case TS_EVENT_PROGRESS:
    case TS_EVENT_LEAF:
    case TS_EVENT_KIND_COUNT:
        break;
    }
}

static void count_notes(ts_totals *totals, const ts_row *row)
{
    for (const ts_note *note = row->notes; note != NULL; note = note->next) {
        if (note->kind == TS_NOTE_RESTART)
            totals->restarts++;
        bool effect = note->kind == TS_NOTE_EFFECT;
        totals->wipes += ts_note_wipes(note);
        bool failed = effect && note->detail != NULL && (note->effects & TS_EFFECT(DISK_WIPE)) != 0;
        totals->wipes_failed += failed && !note->refused;
        totals->wipes_refused += failed && note->refused;
        totals->programs += effect && note->detail == NULL &&
                            (note->effects & TS_EFFECT(EXEC)) != 0;
        if (note->kind == TS_NOTE_DOWNLOAD)
            totals->bytes += note->bytes;
    }
}

static void count_row(ts_story *story, const ts_row *row)
{
    ts_totals *totals = &story->totals;
    count_notes(totals, row);
    totals->unreached += row->unreached;
    if (row->unreached > 0 || row->script != NULL)
        return;
    if (row->is_group && row->node != NULL) {
        /* What a skipped group holds is skipped as well. */
        if (row->outcome != TS_OUTCOME_CONDITION && row->outcome != TS_OUTCOME_DISABLED)
            return;
        for (uint32_t i = row->node->index + 1; i < row->node->end; i++) {
            const ts_node *node = &row->sequence->nodes[i];
            if (node->kind == TS_NODE_GROUP)
                continue;
            if (row->outcome == TS_OUTCOME_DISABLED || ts_node_is_off(node))
                totals->disabled++;
            else
                totals->skipped++;
        }
        return;
    }
    bool skipped = row->outcome == TS_OUTCOME_CONDITION || row->outcome == TS_OUTCOME_DISABLED;
    totals->maybe += !skipped && (row->maybe || row->inherited || row->outcome == TS_OUTCOME_MAY);
    totals->assumed += skipped && row->maybe;
    totals->assumed += row->assumed && !row->maybe && !row->inherited;
    switch (row->outcome) {
    case TS_OUTCOME_DISABLED:
        totals->disabled++;
        break;
    case TS_OUTCOME_CONDITION:
        totals->skipped++;
        break;
    case TS_OUTCOME_UNSUPPORTED:
        totals->unsupported++;
        break;
    case TS_OUTCOME_CONTINUED:
        totals->continued++;
        break;
    case TS_OUTCOME_FAILED:
        totals->failed++;
        break;
    case TS_OUTCOME_NONE:
    case TS_OUTCOME_OK:
    case TS_OUTCOME_MAY:
    case TS_OUTCOME_RESTART:
    case TS_OUTCOME_COUNT:
        totals->ran++;
        break;
    }
}

static bool finish(fold *f)
{
    ts_story *story = f->story;
    unsigned deepest = 0;
    for (size_t i = 0; i < story->n_rows; i++)
        deepest = story->rows[i].depth > deepest ? story->rows[i].depth : deepest;
    bool *later = ts_alloc_array((size_t)deepest + 2, sizeof *later);
    if (later == NULL)
        return false;
    for (size_t i = story->n_rows; i-- > 0;) {
        ts_row *row = &story->rows[i];
        row->last = !later[row->depth];
        later[row->depth] = true;
        for (unsigned d = row->depth + 1; d <= deepest; d++)
            later[d] = false;
        count_row(story, row);
    }
    free(later);
    if (story->outcome != TS_OUTCOME_FAILED)
        story->failure = NULL;
    return true;
}

ts_story *ts_story_new(const ts_record *record, ts_err **err)
{
    ts_story *story = ts_alloc(sizeof *story);
    fold f = {.story = story};
    if (story != NULL)
        story->arena = ts_arena_new();
    if (story == NULL || story->arena == NULL) {
        free(story);
        ts_fail_nomem(err);
        return NULL;
    }
    story->name = story->host = story->verdict = "";
    for (size_t i = 0; i < ts_record_count(record) && !f.no_memory; i++)
        fold_event(&f, ts_record_at(record, i));
    free(f.open);
    if (f.no_memory || !finish(&f)) {
        ts_story_free(story);
        ts_fail_nomem(err);
        return NULL;
    }
    return story;
}

const char *ts_row_name(const ts_row *row)
{
    const char *name = row->script != NULL ? row->script : row->node->name;
    return name[0] == '\0' ? "(no name)" : name;
}

bool ts_note_wipes(const ts_note *note)
{
    return note->kind == TS_NOTE_EFFECT && note->detail == NULL &&
           (note->effects & TS_EFFECT(DISK_WIPE)) != 0;
}

void ts_row_place(const ts_row *row, ts_buf *out)
{
    const char *file = row->sequence->file;
    if (file[0] == '\0')
        ts_buf_printf(out, "line %" PRIu32 " of the sequence", row->node->line);
    else
        ts_buf_printf(out, "%s:%" PRIu32, ts_path_base(file), row->node->line);
}

void ts_story_disks(const ts_story *story, ts_buf *out)
{
    const ts_totals *t = &story->totals;
    if (t->wipes > 0)
        ts_buf_printf(out, "%" PRIu32 " wipe%s before the failure: what was there is lost",
                      t->wipes, t->wipes == 1 ? " comes" : "s come");
    else if (t->wipes_failed > 0)
        ts_buf_str(out, "a wipe was tried and failed: what was there may be lost");
    else if (t->programs > 0)
        ts_buf_str(out, "no step wipes a disk before the failure; what programs did is not known");
    else if (t->wipes_refused > 0)
        ts_buf_str(out, "a wipe was refused, and nothing is wiped before the failure");
    else
        ts_buf_str(out, "nothing is wiped before the failure");
}

void ts_story_free(ts_story *story)
{
    if (story == NULL)
        return;
    ts_arena_free(story->arena);
    free(story->rows);
    free(story);
}

ts_verdict ts_story_verdict(const ts_story *story)
{
    const ts_totals *totals = &story->totals;
    if (story->outcome == TS_OUTCOME_RESTART)
        return TS_VERDICT_RESTART;
    if (story->outcome == TS_OUTCOME_FAILED)
        return TS_VERDICT_FAILURE;
    if (story->outcome != TS_OUTCOME_OK && story->outcome != TS_OUTCOME_MAY)
        return TS_VERDICT_UNFINISHED;
    if (totals->unsupported > 0)
        return TS_VERDICT_UNSUPPORTED;
    if (totals->maybe > 0 || totals->assumed > 0)
        return TS_VERDICT_ASSUMED;
    return TS_VERDICT_SUCCESS;
}

const char *ts_verdict_id(ts_verdict verdict)
{
    static const char *const ids[] = {
        [TS_VERDICT_SUCCESS] = "success",         [TS_VERDICT_ASSUMED] = "success if assumed",
        [TS_VERDICT_UNSUPPORTED] = "unsupported", [TS_VERDICT_FAILURE] = "failure",
        [TS_VERDICT_RESTART] = "restart",         [TS_VERDICT_UNFINISHED] = "unfinished",
    };
    return ids[verdict];
}
