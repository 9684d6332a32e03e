/* provider_stream.c - a file of a package for a step that reads it while it is fetched. It has
 * sources of its own: other packages are fetched at the same time. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/run.h>
#include <ts/step.h>

#include "content_private.h"
#include "os.h"
#include "provider_stream.h"

#define NAMES_MAX (64u * 1024u * 1024u) /* bytes of the paths of one package */

struct ts_provider_stream {
    ts_content_options options;
    char **ids; /* packages that steps use so */
    size_t n_ids;
    const char *folder;  /* of all packages */
    ts_content *content; /* NULL: nobody asked yet */
    ts_content_stream *stream;
    char *id; /* of its package */
    char *work;
    char *name;
    ts_reader reader;
};

static bool copy_ids(ts_provider_stream *s, const char *const *ids, size_t n)
{
    s->ids = ts_alloc_array(n + 1, sizeof *s->ids);
    for (size_t i = 0; s->ids && i < n; i++) {
        s->ids[i] = ts_strdup(ids[i]);
        if (!s->ids[i])
            return false;
        s->n_ids++;
    }
    return s->ids != NULL;
}

ts_provider_stream *ts_provider_stream_new(const ts_content_options *options, const char *folder,
                                           const char *const *ids, size_t n, ts_err **err)
{
    ts_provider_stream *s = ts_alloc(sizeof *s);
    if (!s || !copy_ids(s, ids, n)) {
        ts_provider_stream_free(s);
        ts_fail_nomem(err);
        return NULL;
    }
    s->options = *options;
    s->options.log = NULL; /* they would be called on the stream's thread */
    s->options.progress = NULL;
    s->folder = folder;
    return s;
}

static void close_stream(ts_provider_stream *s)
{
    ts_content_stream_close(s->stream);
    s->stream = NULL;
    ts_free_ptr(&s->id);
    ts_free_ptr(&s->work);
    ts_free_ptr(&s->name);
}

void ts_provider_stream_free(ts_provider_stream *stream)
{
    if (!stream)
        return;
    close_stream(stream);
    ts_content_close(stream->content);
    for (size_t i = 0; i < stream->n_ids; i++)
        free(stream->ids[i]);
    free(stream->ids);
    free(stream);
}

bool ts_provider_stream_has(const ts_provider_stream *stream, const char *id)
{
    return stream && stream->stream && ts_str_ieq(stream->id, id);
}

bool ts_provider_stream_passes(const ts_provider_stream *stream)
{
    return stream->stream && ts_content_stream_passes(stream->stream);
}

/* --- What can be streamed -------------------------------------------------------------------- */

static bool add_path(void *ctx, const char *path, uint64_t size, ts_err **err)
{
    TS_UNUSED(size);
    TS_UNUSED(err);
    ts_buf_printf(ctx, "%s\n", path);
    return true;
}

bool ts_provider_is_here(const char *folder)
{
    char **names = NULL;
    bool here = false;
    if (!ts_file_is_folder(folder) || !ts_folder_list(folder, &names, NULL))
        return false;
    for (size_t i = 0; names[i]; i++)
        here |= strcmp(names[i], ".taskseq") != 0;
    free(names);
    return here;
}

static bool open_content(ts_provider_stream *s, ts_err **err)
{
    if (!s->content)
        s->content = ts_content_open(&s->options, err);
    return s->content != NULL;
}

bool ts_provider_stream_files(ts_provider_stream *stream, ts_ctx *c, const char *id, char **paths,
                              ts_err **err)
{
    ts_buf text;
    TS_CLEANUP(ts_free_ptr) char *folder = NULL;
    if (!ts_package_id_check(id, err))
        return false;
    folder = ts_path_join(stream->folder, id);
    if (!folder)
        return ts_fail_nomem(err);
    ts_buf_init(&text, NAMES_MAX);
    bool whole = ts_provider_is_here(folder) ||
                 *ts_vars_text(ts_ctx_vars(c), "SMSTSDownloadProgram");
    bool ok = whole || (open_content(stream, err) &&
                        ts_content_list(stream->content, id, 0, add_path, &text, err) &&
                        ts_buf_ok(&text, "the list of the package's files", err));
    *paths = ok ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    return ok && (*paths || ts_fail_nomem(err));
}

/* --- The stream ------------------------------------------------------------------------------ */

static bool read_stream(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    return ts_content_stream_read_at(ctx, offset, data, size, err);
}

static void go_ahead(void *ctx, uint64_t offset)
{
    ts_content_stream_ahead(ctx, offset);
}

const ts_reader *ts_provider_stream_open(ts_provider_stream *stream, const char *id,
                                         const char *path, ts_err **err)
{
    ts_provider_stream *s = stream;
    if (s->stream) {
        ts_fail(err, TS_STATE, "'%s' is read already: one file at a time", s->name);
        return NULL;
    }
    TS_CLEANUP(ts_free_ptr) char *folder = ts_path_join(s->folder, id);
    s->id = ts_strdup(id);
    s->name = ts_strdup(path);
    s->work = folder ? ts_path_join(folder, ".taskseq") : NULL;
    bool ok = (s->id && s->name && s->work) || ts_fail_nomem(err);
    if (ok && open_content(s, err))
        s->stream = ts_content_stream_open(s->content, id, 0, path, s->work, err);
    if (!s->stream) {
        close_stream(s);
        return NULL;
    }
    s->reader = (ts_reader){.name = s->name,
                            .size = ts_content_stream_size(s->stream),
                            .read = read_stream,
                            .ahead = go_ahead,
                            .ctx = s->stream};
    return &s->reader;
}

void ts_provider_stream_close(ts_provider_stream *stream, ts_ctx *c, bool done)
{
    if (!stream->stream)
        return;
    ts_content_stream_close(stream->stream);
    stream->stream = NULL;
    const char *location = ts_content_last_location(stream->content);
    if (*location)
        ts_vars_set_engine(ts_ctx_vars(c), "_SMSTSLastContentDownloadLocation", location, NULL);
    if (done && !stream->content->cache) { /* the folder is left when nothing else is in it */
        TS_CLEANUP(ts_free_ptr) char *folder = ts_path_dir(stream->work);
        if (ts_folder_remove(stream->work, NULL) && folder)
            ts_file_remove(folder, NULL);
    }
    close_stream(stream);
}

/* --- Fetching ahead -------------------------------------------------------------------------- */

static bool find_image(void *ctx, const char *path, uint64_t size, ts_err **err)
{
    TS_UNUSED(err);
    bool *found = ctx;
    const char *name = ts_path_base(path);
    size_t len = strlen(name);
    size_t folder = (size_t)(name - path);
    bool place = folder == 0 || (folder == 8 && ts_str_ihas_prefix(path, "sources/"));
    *found |= place && size >= TS_SMALL_FILE_BYTES && len > 4 && ts_str_ieq(name + len - 4, ".wim");
    return true;
}

bool ts_provider_stream_takes(const ts_provider_stream *stream, ts_content *content, const char *id,
                              bool *takes, ts_err **err)
{
    bool known = false;
    *takes = false;
    for (size_t i = 0; stream && i < stream->n_ids; i++)
        known |= ts_str_ieq(stream->ids[i], id);
    return !known || ts_content_list(content, id, 0, find_image, takes, err);
}
