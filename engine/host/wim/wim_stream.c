/* wim_stream.c - an image that is applied while it comes.
 *
 * Its directory comes first, as a small WIM file of its own: it says what content the image needs,
 * and what verification compares with. Then a thread writes what wimlib reads into a pipe. wimlib
 * stops reading behind the last piece that it needs; what is behind that is not asked for. */
#include "wim_job.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "os.h"
#include "wim.h"

#define CHUNK      (1024u * 1024u)
#define SHA1_BYTES TS_WIM_SHA1
/* What ts_wim_directory makes. */
#define DIRECTORY_MAX                                                                              \
    (TS_WIM_HEADER_BYTES + TS_WIM_METADATA_MAX + TS_WIM_TABLE_MAX + TS_WIM_XML_MAX)

/* --- The directory ------------------------------------------------------------------------- */

/* For temp_done. */
static char *make_directory(const ts_wim_job *job, const ts_wim *wim, ts_err **err)
{
    ts_buf data;
    ts_buf_init(&data, DIRECTORY_MAX);
    bool made = ts_wim_directory(wim, job->what->index, &data, err);
    char *path = made ? job->system->temp(job->ctx, err) : NULL;
    ts_file *file = path ? ts_file_open(path, TS_FILE_CREATE, true, err) : NULL;
    bool ok = file && ts_file_append(file, data.data, data.len, err);
    ts_file_close(file);
    ts_buf_done(&data);
    if (ok)
        return path;
    job->system->temp_done(path);
    return NULL;
}

/* --- What an image needs --------------------------------------------------------------------- */

typedef struct needs {
    uint8_t (*list)[SHA1_BYTES]; /* sorted */
    size_t n, room;
    bool no_memory;
} needs;

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, SHA1_BYTES);
}

static int add_need(const struct wimlib_dir_entry *entry, void *ctx)
{
    static const uint8_t none[SHA1_BYTES];
    needs *n = ctx;
    for (uint32_t i = 0; i <= entry->num_named_streams; i++) {
        const uint8_t *sha1 = entry->streams[i].resource.sha1_hash;
        if (memcmp(sha1, none, SHA1_BYTES) == 0)
            continue; /* empty */
        if (n->n == n->room) {
            size_t room = n->room ? n->room * 2 : 4096;
            void *more = ts_realloc_array(n->list, room, SHA1_BYTES);
            if (!more) {
                n->no_memory = true;
                return WIMLIB_ERR_NOMEM;
            }
            n->list = more;
            n->room = room;
        }
        memcpy(n->list[n->n++], sha1, SHA1_BYTES);
    }
    return 0;
}

static bool is_needed(void *ctx, const uint8_t sha1[SHA1_BYTES])
{
    const needs *n = ctx;
    return n->n > 0 && bsearch(sha1, n->list, n->n, SHA1_BYTES, by_bytes) != NULL;
}

static bool find_needs(const ts_wim_job *job, WIMStruct *directory, needs *out, ts_err **err)
{
    int rc = job->api->iterate(directory, (int)job->what->index, WIMLIB_WIM_ROOT_PATH,
                               WIMLIB_ITERATE_DIR_TREE_FLAG_RECURSIVE, add_need, out);
    if (rc != 0)
        return ts_wim_fail(job, rc, "read the directory of", job->what->stream->name, err);
    if (out->n > 1)
        qsort(out->list, out->n, SHA1_BYTES, by_bytes);
    return true;
}

/* --- Feeding wimlib -------------------------------------------------------------------------- */

typedef struct feed {
    const ts_wim_system *system;
    ts_wim_pipe *pipe;
    intptr_t writer;
    intptr_t rest;
    atomic_bool stop; /* wimlib reads no more */
    ts_err *error;
} feed;

static void run_feed(void *ctx)
{
    feed *f = ctx;
    char *chunk = ts_alloc(CHUNK);
    bool on = chunk || ts_fail_nomem(&f->error);
    while (on) {
        size_t got = 0;
        on = ts_wim_pipe_read(f->pipe, chunk, CHUNK, &got, &f->error) && got > 0 &&
             !atomic_load(&f->stop) && f->system->push(f->writer, chunk, got);
    }
    free(chunk);
    f->system->close_writer(f->writer);
}

/* Index as text: a stream has no more than TS_WIM_IMAGES_MAX images. */
static void index_text(uint32_t index, wimlib_tchar out[12])
{
    char text[12];
    size_t n = (size_t)snprintf(text, sizeof text, "%lu", (unsigned long)index);
    for (size_t i = 0; i <= n; i++)
        out[i] = (wimlib_tchar)text[i];
}

/* wimlib closes the reader, except where it fails before it has taken it, and does not say which.
 * So the end of the thread hangs on the other reader: what it is writing goes there, and it writes
 * no more. */
static bool extract(const ts_wim_job *job, feed *f, int reader, ts_err **err)
{
    ts_wim_job watched = *job;
    wimlib_tchar index[12];
    index_text(job->what->index, index);
    ts_thread *thread = ts_thread_start(run_feed, f, err);
    if (!thread) {
        job->system->close_reader(job->ctx, reader);
        job->system->close_writer(f->writer);
        job->system->drain(f->rest);
        return false;
    }
    int rc = job->api->extract_pipe(reader, index, job->target, job->flags, ts_wim_progress,
                                    &watched);
    atomic_store(&f->stop, true);
    job->system->drain(f->rest);
    ts_thread_join(thread);
    if (rc == 0)
        return true;
    if (f->error && !*job->cancel) /* the cause; wimlib just says that the stream is short */
        ts_fail(err, ts_err_code(f->error), "the image did not arrive: %s", ts_err_text(f->error));
    else
        ts_wim_fail(job, rc, "apply the image of", job->what->stream->name, err);
    return ts_wrap(err, "the volume holds a part of the image and must be formatted again");
}

static bool apply(const ts_wim_job *job, ts_wim_pipe *pipe, ts_err **err)
{
    feed f = {.system = job->system, .pipe = pipe};
    int reader = -1;
    bool ok = job->system->pipe(job->ctx, &reader, &f.rest, &f.writer, err) &&
              extract(job, &f, reader, err);
    ts_err_free(f.error);
    return ok;
}

static bool run(const ts_wim_job *job, const ts_wim *wim, ts_err **err)
{
    needs needed = {0};
    char *path = make_directory(job, wim, err);
    WIMStruct *directory = path ? ts_wim_open_file(job, path, NULL, err) : NULL;
    bool ok = directory && find_needs(job, directory, &needed, err);
    ts_wim_pipe *pipe = ok ? ts_wim_pipe_new(wim, job->what->index, is_needed, &needed, err) : NULL;
    ok = pipe && apply(job, pipe, err);
    ts_wim_pipe_free(pipe);
    free(needed.list);
    ok = ok && (!job->what->verify || ts_wim_verify(job, directory, err));
    job->api->free(directory);
    job->system->temp_done(path);
    return ok;
}

bool ts_wim_apply_stream(const ts_wim_job *job, ts_err **err)
{
    ts_wim *wim = ts_wim_open(job->what->stream, err);
    bool ok = wim && run(job, wim, err);
    ts_wim_close(wim);
    return ok;
}
