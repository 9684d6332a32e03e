/* udf.h - finding a file on a UDF disc (ECMA-167, OSTA UDF 1.02 and 1.50: one partition, no sparing
 * or metadata tables, as the tools that make Windows' discs write it). Hostile input: everything is
 * checked against the size of the image, and bounded. */
#ifndef TS_UDF_H
#define TS_UDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/reader.h>

#define TS_UDF_FOLDER_MAX (16u * 1024u * 1024u) /* bytes of one folder */
#define TS_UDF_SECTOR     2048u

typedef struct ts_udf_extent {
    uint64_t offset, size;
    bool hole; /* zeros that are not recorded */
} ts_udf_extent;

typedef struct ts_udf_file {
    uint64_t size;
    ts_udf_extent *extents; /* owned: free() */
    size_t n_extents;
} ts_udf_file;

/* *found false: it is no UDF disc, or has no such file. TS_INTEGRITY, TS_UNSUPPORTED, TS_LIMIT. */
bool ts_udf_find(const ts_reader *disc, const char *path, bool *found, ts_udf_file *out,
                 ts_err **err);

#endif
