/* udf.c - UDF, as much of it as it takes to find one file. Offsets are those of ECMA-167. */
#include "udf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#define SECTOR     TS_UDF_SECTOR
#define ANCHOR     256u /* sector of the anchor */
#define VOLUME_MAX 64u  /* descriptors that are looked at */
#define DEPTH_MAX  16u  /* names of a path */

#define TAG_ANCHOR    2u
#define TAG_PARTITION 5u
#define TAG_LOGICAL   6u
#define TAG_END       8u
#define TAG_FILE_SET  256u
#define TAG_NAME      257u
#define TAG_FILE      261u
#define TAG_FILE_EXT  266u

typedef struct volume {
    const ts_reader *disc;
    uint64_t start, blocks; /* of the partition, in sectors */
    uint32_t file_set;
    bool has_partition, has_set;
} volume;

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
    return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

static bool damaged(const volume *v, const char *what, ts_err **err)
{
    return ts_fail(err, TS_INTEGRITY, "'%s' is damaged: %s", v->disc->name, what);
}

/* The tag in front of every descriptor has a sum of itself. */
static unsigned tag_of(const uint8_t *sector)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < 16; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : sector[i]));
    return sum == sector[4] ? u16(sector) : 0;
}

static bool read_at(const volume *v, uint64_t offset, void *data, size_t size, ts_err **err)
{
    if (offset > v->disc->size || size > v->disc->size - offset)
        return damaged(v, "a position lies behind its end", err);
    return v->disc->read(v->disc->ctx, offset, data, size, err);
}

/* A block of the partition. */
static bool read_block(const volume *v, uint32_t block, uint8_t sector[SECTOR], ts_err **err)
{
    if (block >= v->blocks)
        return damaged(v, "a block lies outside its partition", err);
    return read_at(v, (v->start + block) * SECTOR, sector, SECTOR, err);
}

/* --- The volume ----------------------------------------------------------------------------- */

static bool take_logical(volume *v, const uint8_t *d, ts_err **err)
{
    if (u32(d + 212) != SECTOR)
        return ts_fail(err, TS_UNSUPPORTED, "'%s' has blocks of %" PRIu32 " bytes, not %u",
                       v->disc->name, u32(d + 212), SECTOR);
    if (u32(d + 268) != 1 || d[440] != 1)
        return ts_fail(err, TS_UNSUPPORTED,
                       "'%s' is UDF with a kind of partition that is not read; take the file out "
                       "with another tool",
                       v->disc->name);
    v->file_set = u32(d + 252);
    v->has_set = true;
    return true;
}

static bool open_volume(volume *v, bool *is, ts_err **err)
{
    uint8_t d[SECTOR];
    *is = false;
    if (v->disc->size < (ANCHOR + 1) * SECTOR)
        return true;
    if (!read_at(v, (uint64_t)ANCHOR * SECTOR, d, SECTOR, err))
        return false;
    if (tag_of(d) != TAG_ANCHOR || u32(d + 12) != ANCHOR)
        return true;
    uint32_t n = u32(d + 16) / SECTOR, at = u32(d + 20);
    for (uint32_t i = 0; i < n && i < VOLUME_MAX; i++) {
        if (!read_at(v, ((uint64_t)at + i) * SECTOR, d, SECTOR, err))
            return false;
        unsigned tag = tag_of(d);
        if (tag == TAG_END)
            break;
        if (tag == TAG_PARTITION && !v->has_partition) {
            v->start = u32(d + 188);
            v->blocks = u32(d + 192);
            v->has_partition = true;
        }
        if (tag == TAG_LOGICAL && !take_logical(v, d, err))
            return false;
    }
    if (!v->has_partition || !v->has_set)
        return damaged(v, "it has no partition or no volume", err);
    *is = true;
    return true;
}

/* --- Files ---------------------------------------------------------------------------------- */

static bool add_extent(const volume *v, ts_udf_file *f, uint32_t length, uint32_t block,
                       uint64_t *left, ts_err **err)
{
    unsigned kind = length >> 30; /* 0 recorded, 1 and 2 not, 3 more descriptors elsewhere */
    uint64_t size = length & 0x3FFFFFFFu;
    if (kind == 3)
        return ts_fail(err, TS_UNSUPPORTED, "'%s' has a file in too many parts", v->disc->name);
    size = size < *left ? size : *left;
    uint64_t offset = (v->start + block) * SECTOR;
    if (kind == 0 &&
        (block >= v->blocks || offset > v->disc->size || size > v->disc->size - offset))
        return damaged(v, "a file lies behind its end", err);
    f->extents[f->n_extents++] = (ts_udf_extent){.offset = offset, .size = size, .hole = kind != 0};
    *left -= size;
    return true;
}

/* Where the content lies: descriptors in the entry, or the content itself. */
static bool read_extents(const volume *v, const uint8_t *d, uint32_t block, uint32_t head,
                         ts_udf_file *f, ts_err **err)
{
    unsigned form = u16(d + 34) & 7u;
    uint64_t at = (uint64_t)head + u32(d + head - 8);
    uint32_t len = u32(d + head - 4);
    uint64_t left = f->size;
    if (at > SECTOR || len > SECTOR - at)
        return damaged(v, "an entry does not fit its block", err);
    f->extents = ts_alloc_array(len / 8 + 1, sizeof *f->extents);
    if (!f->extents)
        return ts_fail_nomem(err);
    if (form == 3) { /* the content is in the entry */
        if (f->size > len)
            return damaged(v, "an entry does not fit its block", err);
        f->extents[f->n_extents++] = (ts_udf_extent){.offset = (v->start + block) * SECTOR + at,
                                                     .size = f->size};
        return true;
    }
    if (form > 1)
        return ts_fail(err, TS_UNSUPPORTED, "'%s' keeps places in a form that is not read",
                       v->disc->name);
    uint32_t step = form == 0 ? 8 : 16;
    for (uint32_t i = 0; i + step <= len && left > 0; i += step) {
        if (!add_extent(v, f, u32(d + at + i), u32(d + at + i + 4), &left, err))
            return false;
    }
    return left == 0 || damaged(v, "a file is shorter than it says", err);
}

static bool open_entry(const volume *v, uint32_t block, bool *folder, ts_udf_file *f, ts_err **err)
{
    uint8_t d[SECTOR];
    if (!read_block(v, block, d, err))
        return false;
    unsigned tag = tag_of(d);
    if (tag != TAG_FILE && tag != TAG_FILE_EXT)
        return damaged(v, "there is no entry where one must be", err);
    *f = (ts_udf_file){.size = u64(d + 56)};
    *folder = d[27] == 4;
    bool ok = read_extents(v, d, block, tag == TAG_FILE ? 176 : 216, f, err);
    if (!ok)
        ts_free_ptr(&f->extents);
    return ok;
}

/* --- Folders -------------------------------------------------------------------------------- */

static bool read_folder(const volume *v, const ts_udf_file *f, uint8_t *out, ts_err **err)
{
    uint64_t at = 0;
    for (size_t i = 0; i < f->n_extents; i++) {
        const ts_udf_extent *e = &f->extents[i];
        if (e->hole)
            return damaged(v, "a folder has a hole", err);
        if (!read_at(v, e->offset, out + at, (size_t)e->size, err))
            return false;
        at += e->size;
    }
    return true;
}

/* The name in a folder's entry: a byte says whether characters have one byte or two. */
static bool same_name(const uint8_t *name, size_t len, const char *want, size_t want_len)
{
    size_t width = len > 0 && name[0] == 16 ? 2 : 1;
    if (len == 0 || (name[0] != 8 && name[0] != 16) || (len - 1) / width != want_len)
        return false;
    for (size_t i = 0; i < want_len; i++) {
        const uint8_t *p = name + 1 + i * width;
        char c = (char)p[width - 1];
        if ((width == 2 && p[0] != 0) || ts_str_ncasecmp(&c, want + i, 1) != 0)
            return false;
    }
    return true;
}

static bool find_name(const volume *v, const uint8_t *data, size_t size, const char *name,
                      size_t len, bool *found, uint32_t *block, ts_err **err)
{
    *found = false;
    for (size_t at = 0; at + 38 <= size;) {
        const uint8_t *d = data + at;
        size_t name_len = d[19], own = u16(d + 36);
        size_t total = (38 + own + name_len + 3) & ~(size_t)3;
        if (tag_of(d) != TAG_NAME || total > size - at)
            return damaged(v, "a folder cannot be read", err);
        bool gone = (d[18] & 0x0C) != 0; /* deleted, or the folder above */
        if (!gone && same_name(d + 38 + own, name_len, name, len)) {
            *found = true;
            *block = u32(d + 24);
            return true;
        }
        at += total;
    }
    return true;
}

/* One step down: from the entry at *block to the one of that name. */
static bool go_down(const volume *v, const char *name, size_t len, uint32_t *block, bool *found,
                    ts_err **err)
{
    ts_udf_file f;
    bool folder = false;
    *found = false;
    if (!open_entry(v, *block, &folder, &f, err))
        return false;
    bool ok = true;
    uint8_t *data = NULL;
    if (folder && f.size > TS_UDF_FOLDER_MAX)
        ok = ts_fail(err, TS_LIMIT, "'%s' has a folder of more than %u bytes", v->disc->name,
                     TS_UDF_FOLDER_MAX);
    else if (folder) {
        data = ts_alloc((size_t)f.size + 1);
        ok = (data || ts_fail_nomem(err)) && read_folder(v, &f, data, err) &&
             find_name(v, data, (size_t)f.size, name, len, found, block, err);
    }
    free(data);
    free(f.extents);
    return ok;
}

static bool find_root(const volume *v, uint32_t *block, ts_err **err)
{
    uint8_t d[SECTOR];
    if (!read_block(v, v->file_set, d, err))
        return false;
    if (tag_of(d) != TAG_FILE_SET)
        return damaged(v, "it has no list of files", err);
    *block = u32(d + 404);
    return true;
}

bool ts_udf_find(const ts_reader *disc, const char *path, bool *found, ts_udf_file *out,
                 ts_err **err)
{
    volume v = {.disc = disc};
    uint32_t block = 0;
    bool folder = false;
    if (!open_volume(&v, found, err))
        return false;
    if (!*found)
        return true;
    if (!find_root(&v, &block, err))
        return false;
    for (unsigned depth = 0; *path && depth < DEPTH_MAX && *found; depth++) {
        size_t len = strcspn(path, "/");
        if (!go_down(&v, path, len, &block, found, err))
            return false;
        path += len + (path[len] == '/');
    }
    if (!*found || !open_entry(&v, block, &folder, out, err))
        return !*found;
    if (folder)
        ts_free_ptr(&out->extents);
    *found = !folder;
    return true;
}
