/* pack.h - packs: many small files in one tar, compressed with zstd. Any tar opens them.
 *
 * A pack is hostile input until its hash was right, and its author may be careless all the same:
 * the reader hands out regular files only, with names that stay inside their folder and that
 * Windows can have; links, devices and absolute names end the reading. */
#ifndef TS_PACK_H
#define TS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

/* What a publisher fills a pack with: packs are cut apart while the next ones come. */
#define TS_PACK_BYTES     (16u * 1024u * 1024u)
#define TS_PACK_ENTRY     1536u /* what tar adds to a file, so that a pack ends within its pieces */
#define TS_PACK_BYTES_MAX (64u * 1024u * 1024u) /* of file content in one pack */
#define TS_PACK_FILES_MAX 200000u               /* entries of one pack */

typedef struct ts_pack_writer ts_pack_writer;
/* Makes the file; what is there is replaced. */
ts_pack_writer *ts_pack_create(const char *path, ts_err **err);
bool ts_pack_add(ts_pack_writer *w, const char *name, int64_t modified, bool executable,
                 const void *data, size_t size, ts_err **err);
/* Completes the file (synced). Without it the writer leaves rubbish behind. */
bool ts_pack_finish(ts_pack_writer *w, ts_err **err);
void ts_pack_writer_free(ts_pack_writer *w);

typedef struct ts_pack_entry {
    const char *name; /* borrowed until the next one */
    uint64_t size;
    int64_t modified; /* milliseconds since 1970 */
    bool executable;
} ts_pack_entry;

typedef struct ts_pack ts_pack;
ts_pack *ts_pack_open(const char *path, ts_err **err);
/* The same from memory (tests, fuzzing); data is borrowed until ts_pack_close. */
ts_pack *ts_pack_open_bytes(const void *data, size_t size, ts_err **err);
void ts_pack_close(ts_pack *pack);
/* The next file; *more is false at the end. TS_SYNTAX: damaged; TS_REFUSED: a link, a device, a
 * name that leads out or that Windows cannot have; TS_LIMIT: too many entries or bytes. */
bool ts_pack_next(ts_pack *pack, ts_pack_entry *out, bool *more, ts_err **err);
/* Bytes of the current file; *got is 0 at its end. */
bool ts_pack_read(ts_pack *pack, void *data, size_t size, size_t *got, ts_err **err);

#endif
