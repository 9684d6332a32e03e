/* replay.c - JSON lines become events again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/time.h>

#include "json.h"
#include "replay.h"

#define NO_NODE UINT32_MAX

/* One line. */
typedef struct told {
    ts_event event;
    size_t frame;  /* index in reader.frames */
    uint32_t node; /* instruction, or NO_NODE */
} told;

/* A sequence that runs: the main one, or a child. */
typedef struct frame {
    ts_sequence *sequence;
    ts_node *nodes;
    size_t n_nodes, cap;
    uint32_t group; /* the innermost open one, or NO_NODE */
    uint32_t *parents;
    size_t outer;
} frame;

typedef struct reader {
    const char *file;
    size_t line;
    ts_arena *arena;
    told *lines;
    size_t n, cap;
    frame *frames;
    size_t n_frames, cap_frames, at;
    size_t runs;
    bool ended;    /* the run is over, and will not go on */
    bool starting; /* pre-start scripts ran; the 'run.begin' behind them is theirs */
} reader;

static bool add_frame(reader *r, ts_err **err)
{
    if (r->n_frames == TS_REPLAY_FRAMES_MAX)
        return ts_fail(err, TS_LIMIT, "%s:%zu: more than %u child sequences", r->file, r->line,
                       TS_REPLAY_FRAMES_MAX);
    if (r->n_frames == r->cap_frames) {
        size_t cap = r->cap_frames == 0 ? 16 : r->cap_frames * 2;
        frame *grown = ts_realloc_array(r->frames, cap, sizeof *grown);
        if (grown == NULL)
            return ts_fail_nomem(err);
        r->frames = grown;
        r->cap_frames = cap;
    }
    ts_sequence *sequence = ts_arena_alloc(r->arena, sizeof *sequence);
    if (sequence == NULL)
        return ts_fail_nomem(err);
    /* Which file the sequence came from is not told; that of the events must not stand for it. */
    sequence->file = sequence->name = sequence->package_id = "";
    sequence->description = sequence->version = sequence->boot_image = "";
    r->frames[r->n_frames] = (frame){.sequence = sequence, .group = NO_NODE, .outer = r->at};
    r->at = r->n_frames++;
    return true;
}

static void free_frames(reader *r)
{
    for (size_t i = 0; i < r->n_frames; i++) {
        free(r->frames[i].nodes);
        free(r->frames[i].parents);
    }
    free(r->frames);
    r->frames = NULL;
    r->n_frames = r->cap_frames = r->at = 0;
}

static const char *text_of(reader *r, ts_json *object, const char *key)
{
    ts_json value;
    if (!ts_json_any(object, key, &value) || ts_json_kind_of(&value) != TS_JSON_TEXT)
        return NULL;
    return ts_arena_strdup(r->arena, ts_json_text(&value));
}

static int64_t number_of(ts_json *object, const char *key)
{
    ts_json value;
    return ts_json_any(object, key, &value) && ts_json_kind_of(&value) == TS_JSON_INT
               ? ts_json_integer(&value)
               : 0;
}

static bool bad(const reader *r, const char *what, ts_err **err)
{
    return ts_fail(err, TS_SCHEMA, "%s:%zu: %s; this is no event file of 'taskseq run --events'",
                   r->file, r->line, what);
}

static bool read_time(const reader *r, const char *text, int64_t *out, ts_err **err)
{
    ts_civil t;
    if (text == NULL || !ts_civil_parse(text, &t))
        return bad(r, "'time' is missing or no time", err);
    *out = ts_time_from_civil(&t);
    return true;
}

static bool read_kind(const reader *r, const char *id, ts_event_kind *out, ts_err **err)
{
    for (int k = 0; id != NULL && k < TS_EVENT_KIND_COUNT; k++) {
        if (strcmp(ts_event_kind_id((ts_event_kind)k), id) != 0)
            continue;
        *out = (ts_event_kind)k;
        return true;
    }
    return bad(r, "'event' is missing or unknown", err);
}

static ts_outcome read_outcome(const char *id)
{
    for (int k = 0; id != NULL && k < TS_OUTCOME_COUNT; k++)
        if (strcmp(ts_outcome_id((ts_outcome)k), id) == 0)
            return (ts_outcome)k;
    return TS_OUTCOME_NONE;
}

static unsigned read_effects(ts_json *object)
{
    ts_json list, item;
    unsigned effects = 0;
    if (!ts_json_any(object, "effects", &list) || ts_json_kind_of(&list) != TS_JSON_ARRAY)
        return 0;
    for (size_t i = 0; i < ts_json_count(&list); i++) {
        ts_json_at(&list, i, &item);
        for (int bit = 0; bit < TS_EFFECT_COUNT; bit++)
            if (strcmp(ts_effect_id((ts_effect_bit)bit), ts_json_text(&item)) == 0)
                effects |= 1u << bit;
    }
    return effects;
}

/* Makes room for the instruction, and fills it. Until an event says more it counts as a group, so
 * that it is not taken for a step that was not reached. */
static bool put_node(reader *r, ts_json *object, const ts_event *event, uint32_t *out, ts_err **err)
{
    ts_json node, index;
    frame *f = &r->frames[r->at];
    *out = NO_NODE;
    if (!ts_json_any(object, "node", &node) || ts_json_kind_of(&node) != TS_JSON_OBJECT)
        return true;
    if (!ts_json_any(&node, "instruction", &index) || ts_json_kind_of(&index) != TS_JSON_INT ||
        ts_json_integer(&index) < 0 || ts_json_integer(&index) >= TS_SEQUENCE_NODES_MAX)
        return bad(r, "'node' has no valid 'instruction'", err);
    uint32_t at = (uint32_t)ts_json_integer(&index);
    if (at >= f->cap) {
        size_t cap = (size_t)at * 2 + 64;
        ts_node *nodes = ts_realloc_array(f->nodes, cap, sizeof *nodes);
        if (nodes != NULL)
            f->nodes = nodes;
        uint32_t *parents = ts_realloc_array(f->parents, cap, sizeof *parents);
        if (parents != NULL)
            f->parents = parents;
        if (nodes == NULL || parents == NULL)
            return ts_fail_nomem(err);
        f->cap = cap;
    }
    for (; f->n_nodes <= at; f->n_nodes++) {
        uint32_t i = (uint32_t)f->n_nodes;
        f->nodes[i] = (ts_node){.kind = TS_NODE_GROUP,
                                .name = "",
                                .description = "",
                                .type = "",
                                .action = "",
                                .start_in = "",
                                .path = "",
                                .index = i,
                                .end = i + 1};
        f->parents[i] = f->group;
    }
    ts_node *n = &f->nodes[at];
    const char *path = text_of(r, &node, "path"), *name = text_of(r, &node, "name");
    const char *type = text_of(r, &node, "type");
    n->path = path == NULL ? "" : path;
    n->name = name == NULL ? n->path : name;
    n->type = type == NULL ? "" : type;
    n->line = (uint32_t)number_of(&node, "line");
    if (event->kind == TS_EVENT_STEP_BEGIN || event->kind == TS_EVENT_STEP_END ||
        (event->kind == TS_EVENT_SKIP && n->type[0] != '\0'))
        n->kind = TS_NODE_STEP;
    if (f->group == NO_NODE || f->group < at)
        f->parents[at] = f->group;
    *out = at;
    return true;
}

static void forget(reader *r)
{
    free_frames(r);
    r->n = 0;
}

/* What a line means for the frames and groups behind it. */
static bool follow(reader *r, const told *line, ts_err **err)
{
    frame *f = &r->frames[r->at];
    ts_event_kind kind = line->event.kind;
    if (kind == TS_EVENT_CHILD_BEGIN)
        return add_frame(r, err);
    if (kind == TS_EVENT_CHILD_END) {
        r->at = f->outer;
    } else if (kind == TS_EVENT_GROUP_BEGIN) {
        f->group = line->node;
    } else if (kind == TS_EVENT_GROUP_END) {
        if (f->group != NO_NODE && f->group == line->node)
            f->group = f->parents[f->group];
    } else if (kind == TS_EVENT_PRESTART_END && r->starting) {
        r->ended = line->event.outcome != TS_OUTCOME_OK; /* it refused the start */
        r->starting = !r->ended;
    } else if (kind == TS_EVENT_RUN_END) {
        r->ended = line->event.outcome != TS_OUTCOME_RESTART;
        r->at = 0;
    }
    return true;
}

static bool begin_new(reader *r, ts_err **err)
{
    forget(r);
    r->runs++;
    r->ended = false;
    return add_frame(r, err);
}

/* A run begins, or goes on; *skip: the line is not needed. */
static bool begin(reader *r, bool *skip, ts_err **err)
{
    bool starting = r->starting;
    r->starting = false;
    *skip = r->runs > 0 && !r->ended && !starting;
    r->at = 0;
    return *skip || starting || begin_new(r, err);
}

/* Did this script run for the start that is under way? Then that one came to nothing (the check
 * before the first step refused it, or the power went), and this is the next. */
static bool script_ran(const reader *r, const char *script)
{
    for (size_t i = 0; i < r->n; i++) {
        const ts_event *e = &r->lines[i].event;
        if (e->kind == TS_EVENT_PRESTART_BEGIN && e->text != NULL && strcmp(e->text, script) == 0)
            return true;
    }
    return false;
}

/* The first pre-start script of a start begins it: `--events` appends, and what stands before
 * belongs to an older run. */
static bool begin_script(reader *r, const char *script, ts_err **err)
{
    bool other = r->runs == 0 || r->ended;
    if (!other && !(r->starting && script != NULL && script_ran(r, script)))
        return true;
    r->starting = true;
    return begin_new(r, err);
}

static bool read_event(reader *r, ts_json *root, told *out, ts_err **err)
{
    ts_event *e = &out->event;
    bool skip = false;
    if (!read_kind(r, text_of(r, root, "event"), &e->kind, err) ||
        !read_time(r, text_of(r, root, "time"), &e->time, err))
        return false;
    if (e->kind == TS_EVENT_LOG || e->kind == TS_EVENT_LEAF || e->kind == TS_EVENT_PROGRESS)
        return true;
    if (e->kind == TS_EVENT_RUN_BEGIN && !begin(r, &skip, err))
        return false;
    if (e->kind == TS_EVENT_PRESTART_BEGIN && !begin_script(r, text_of(r, root, "text"), err))
        return false;
    if (skip)
        return true;
    if (r->n_frames == 0)
        return e->kind == TS_EVENT_VARIABLE || e->kind == TS_EVENT_EFFECT ||
               bad(r, "an event stands before the first 'run.begin'", err);
    out->frame = r->at;
    if (!put_node(r, root, e, &out->node, err))
        return false;
    e->outcome = read_outcome(text_of(r, root, "outcome"));
    e->code = number_of(root, "code");
    e->effects = read_effects(root);
    e->duration = (uint64_t)number_of(root, "duration_ms");
    e->done = (uint64_t)number_of(root, "done");
    e->total = (uint64_t)number_of(root, "total");
    ts_json value;
    e->assumed = ts_json_any(root, "assumed", &value) && ts_json_true(&value);
    e->refused = ts_json_any(root, "refused", &value) && ts_json_true(&value);
    e->text = text_of(r, root, "text");
    e->detail = text_of(r, root, "detail");
    if (r->n == r->cap) {
        size_t cap = r->cap == 0 ? 256 : r->cap * 2;
        told *grown = ts_realloc_array(r->lines, cap, sizeof *grown);
        if (grown == NULL)
            return ts_fail_nomem(err);
        r->lines = grown;
        r->cap = cap;
    }
    r->lines[r->n++] = *out;
    return follow(r, out, err);
}

static bool read_line(reader *r, const char *text, size_t size, bool last, ts_err **err)
{
    ts_err *why = NULL;
    ts_json root;
    char place[300];
    told line = {.node = NO_NODE};
    snprintf(place, sizeof place, "%.250s:%zu", r->file, r->line);
    ts_json_doc *doc = ts_json_parse(place, text, size, TS_REPLAY_LINE_MAX, &why);
    if (doc == NULL) {
        if (last) { /* no line end behind it: the power went while it was written */
            ts_err_free(why);
            return true;
        }
        ts_fail_take(err, why);
        if (r->runs == 0)
            ts_wrap(err, "this is no event file of 'taskseq run --events', which has one JSON "
                         "object a line");
        return false;
    }
    ts_json_root(doc, &root);
    bool ok = ts_json_kind_of(&root) == TS_JSON_OBJECT ? read_event(r, &root, &line, err)
                                                       : bad(r, "a line is no object", err);
    ts_json_free(doc);
    return ok;
}

/* Instruction tables get their last form: ends of groups, parents. */
static void finish_frame(reader *r, frame *f)
{
    ts_node *nodes = ts_arena_alloc(r->arena, (f->n_nodes + 1) * sizeof *nodes);
    if (nodes == NULL)
        return;
    if (f->n_nodes > 0)
        memcpy(nodes, f->nodes, f->n_nodes * sizeof *nodes);
    for (size_t i = 0; i < f->n_nodes; i++) {
        nodes[i].parent = f->parents[i] < i ? &nodes[f->parents[i]] : NULL;
        for (uint32_t p = f->parents[i]; p != NO_NODE && p < i && nodes[p].end <= i;
             p = f->parents[p] < p ? f->parents[p] : NO_NODE)
            nodes[p].end = (uint32_t)i + 1;
    }
    f->sequence->nodes = nodes;
    f->sequence->n_nodes = f->n_nodes;
}

static bool replay(reader *r, ts_record *record, ts_err **err)
{
    ts_sink sink = ts_record_sink(record);
    for (size_t i = 0; i < r->n_frames; i++) {
        finish_frame(r, &r->frames[i]);
        if (r->frames[i].sequence->nodes == NULL)
            return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < r->n; i++) {
        told *line = &r->lines[i];
        const ts_sequence *sequence = r->frames[line->frame].sequence;
        line->event.sequence = sequence;
        line->event.node = line->node == NO_NODE ? NULL : &sequence->nodes[line->node];
        if (line->event.kind == TS_EVENT_RUN_BEGIN && line->event.text != NULL)
            r->frames[line->frame].sequence->name = line->event.text;
        sink.event(sink.ctx, &line->event);
    }
    return ts_record_complete(record, err);
}

/* A file that was given by mistake is told apart from one that is damaged. */
static bool is_event_file(const reader *r, const char *text, size_t size, ts_err **err)
{
    const char *kind = ts_text_kind(text, size);
    if (strcmp(kind, "JSON") == 0)
        return true;
    return ts_fail(err, TS_SYNTAX,
                   "%s:1: no events of a run, but %s: expected the file that 'taskseq run --events "
                   "FILE' wrote",
                   r->file, kind);
}

static bool read_all(reader *r, const char *text, size_t size, ts_err **err)
{
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end == NULL ? size - at : (size_t)(end - text) - at;
        r->line++;
        bool blank = n == 0 || (n == 1 && text[at] == '\r');
        if (!blank && !read_line(r, text + at, n, end == NULL, err))
            return false;
        at += n + 1;
    }
    return r->runs > 0 || ts_fail(err, TS_SCHEMA,
                                  "%s: no 'run.begin' is in it: the run did not begin, or this is "
                                  "no event file of 'taskseq run --events'",
                                  r->file);
}

ts_replay *ts_replay_new(const char *file, const char *text, size_t size, ts_err **err)
{
    ts_replay *out = ts_alloc(sizeof *out);
    if (out != NULL)
        out->arena = ts_arena_new();
    if (out == NULL || out->arena == NULL) {
        ts_replay_free(out);
        ts_fail_nomem(err);
        return NULL;
    }
    reader r = {.arena = out->arena, .file = ts_arena_strdup(out->arena, file)};
    out->record = ts_record_new(TS_RECORD_REPORT, err);
    bool ok = out->record != NULL && (r.file != NULL || ts_fail_nomem(err)) &&
              is_event_file(&r, text, size, err) && read_all(&r, text, size, err) &&
              replay(&r, out->record, err);
    out->runs = r.runs;
    free_frames(&r);
    free(r.lines);
    if (ok)
        return out;
    ts_replay_free(out);
    return NULL;
}

void ts_replay_free(ts_replay *replay)
{
    if (replay == NULL)
        return;
    ts_record_free(replay->record);
    ts_arena_free(replay->arena);
    free(replay);
}
