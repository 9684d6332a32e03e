/* provider_stream.h - the part of the provider that streams. */
#ifndef TS_PROVIDER_STREAM_H
#define TS_PROVIDER_STREAM_H

#include <ts/content.h>
#include <ts/reader.h>
#include <ts/step.h>

typedef struct ts_provider_stream ts_provider_stream;
/* options and folder (of all packages) live as long; ids are copied. */
ts_provider_stream *ts_provider_stream_new(const ts_content_options *options, const char *folder,
                                           const char *const *ids, size_t n, ts_err **err);
void ts_provider_stream_free(ts_provider_stream *stream); /* NULL is fine */
/* The open stream keeps nothing: there is no room for the whole file. */
bool ts_provider_stream_passes(const ts_provider_stream *stream);
/* Is a file of this package being read? Then it cannot be fetched at the same time. */
bool ts_provider_stream_has(const ts_provider_stream *stream, const char *id);

/* As ts_packages of ts/run.h says. */
bool ts_provider_stream_files(ts_provider_stream *stream, ts_ctx *c, const char *id, char **paths,
                              ts_err **err);
const ts_reader *ts_provider_stream_open(ts_provider_stream *stream, const char *id,
                                         const char *path, ts_err **err);
void ts_provider_stream_close(ts_provider_stream *stream, ts_ctx *c, bool done);

/* Something of the package lies in its folder already, besides what was kept of a stream that
 * broke. */
bool ts_provider_is_here(const char *folder);

/* Is the package one of the ids, and has it an image where a step looks for one? Then it will be
 * streamed. On any thread, with a content of its own; stream may be NULL. */
bool ts_provider_stream_takes(const ts_provider_stream *stream, ts_content *content, const char *id,
                              bool *takes, ts_err **err);

#endif
