/* inf.h - hardware ids of a driver's INF file (Microsoft: "INF file sections and directives"). */
#ifndef TS_STEPS_INF_H
#define TS_STEPS_INF_H

#include <ts/error.h>

#include <stdbool.h>
#include <stddef.h>

#define TS_INF_BYTES_MAX (16u * 1024u * 1024u)
#define TS_INF_IDS_MAX   20000u /* of one file */

typedef struct ts_inf {
    char *text;       /* owned: UTF-8, cut into pieces */
    char **ids;       /* owned array into text; in the order of the file */
    bool *compatible; /* owned, one an id: it stands behind the hardware id of its model */
    size_t n_ids;
    char version[64]; /* of DriverVer: "06/21/2006,10.0.1.2"; "" none */
} ts_inf;

/* architecture: "amd64", "x86", "arm64": model sections for others are left out. UTF-16 with a byte
 * order mark and 8-bit text are read. TS_LIMIT, TS_NOMEM. */
bool ts_inf_read(const char *data, size_t size, const char *architecture, ts_inf *out,
                 ts_err **err);
void ts_inf_done(ts_inf *inf);

#endif
