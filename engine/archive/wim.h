/* wim.h - WIM files without a WIM library: what header and lookup table say, and an ordinary file
 * as a stream that is applied while it comes.
 *
 * The format is Microsoft's ("Windows Imaging File Format (WIM)", a white paper) and, for what came
 * later, that of the library wimlib. An ordinary file has its directory at its end, so whoever
 * reads it must be able to jump. wimlib also has a form for pipes: the directory first, the length
 * of each compressed chunk before the chunk instead of a table before all of them. The two differ
 * in nothing else: a file becomes a stream without being compressed again.
 *
 * Everything that is read is hostile: sizes and positions are checked against the file before they
 * are used, and memory is bounded by the limits below. What the content of a resource is does not
 * matter here; whoever unpacks it compares it with its SHA-1. */
#ifndef TS_WIM_H
#define TS_WIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/reader.h>
#include <ts/text.h>

#define TS_WIM_HEADER_BYTES 208u
#define TS_WIM_IMAGES_MAX   4096u
#define TS_WIM_TABLE_MAX    (64u * 1024u * 1024u) /* bytes of the lookup table: 1.3 million files */
#define TS_WIM_XML_MAX      (16u * 1024u * 1024u)
#define TS_WIM_METADATA_MAX                                                                        \
    (256u * 1024u * 1024u)                         /* bytes of the directory of one image, packed  \
                                                    */
#define TS_WIM_CHUNKS_MAX     (8u * 1024u * 1024u) /* chunks of one file: 256 GiB in 32 KiB ones */
#define TS_WIM_CHUNK_SIZE_MIN 4096u
#define TS_WIM_CHUNK_SIZE_MAX (1u << 30)
#define TS_WIM_SHA1           20u

/* True when the bytes begin like a WIM file, ordinary or pipable. */
bool ts_wim_is(const void *data, size_t size);

/* The XML data alone, which describes the images: of every WIM file, also of a solid one (.esd) and
 * of a part of a split one. UTF-16. Owned. TS_INTEGRITY, TS_LIMIT. */
bool ts_wim_xml(const ts_reader *reader, uint8_t **out, size_t *size, ts_err **err);

typedef struct ts_wim ts_wim;
/* Reads header, lookup table and XML data. The reader is borrowed until ts_wim_close.
 * TS_INTEGRITY: damaged; TS_LIMIT; TS_UNSUPPORTED: it cannot be streamed (solid, split): have the
 * whole file first. */
ts_wim *ts_wim_open(const ts_reader *reader, ts_err **err);
void ts_wim_close(ts_wim *wim);
uint32_t ts_wim_images(const ts_wim *wim);

/* Appends a small WIM file that has the directory of `image` (from 1; 0: of none, for those who
 * want names and sizes only) and no content; *out has the bound. */
bool ts_wim_directory(const ts_wim *wim, uint32_t image, ts_buf *out, ts_err **err);

/* The stream. */
typedef struct ts_wim_pipe ts_wim_pipe;
/* `wanted` says which content is sent, by SHA-1; NULL: all. It has no say in a file that is pipable
 * as it is. The directory is that of `image`; of others the stream has an empty one. TS_NOT_FOUND:
 * no such image. wim is borrowed. */
ts_wim_pipe *ts_wim_pipe_new(const ts_wim *wim, uint32_t image,
                             bool (*wanted)(void *ctx, const uint8_t sha1[TS_WIM_SHA1]), void *ctx,
                             ts_err **err);
void ts_wim_pipe_free(ts_wim_pipe *pipe);
/* Up to `size` bytes; *got is 0 at the end. TS_INTEGRITY, or what the reader says. */
bool ts_wim_pipe_read(ts_wim_pipe *pipe, void *data, size_t size, size_t *got, ts_err **err);

#endif
