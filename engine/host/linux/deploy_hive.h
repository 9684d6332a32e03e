/* deploy_hive.h - registry hives in files, by libhivex, which cannot make one: that is done here.
 */
#ifndef TS_DEPLOY_HIVE_H
#define TS_DEPLOY_HIVE_H

#include <hivex.h>

#include "deploy_private.h"

#define TS_LX_HIVE_KEYS_MAX  512u                   /* bytes of one key name */
#define TS_LX_HIVE_VALUE_MAX (1024u * 1024u)        /* bytes of one value */
#define TS_LX_HIVE_BYTES_MAX (512u * 1024u * 1024u) /* of a hive file */

/* An empty hive with a root of this name; replaces the file. */
bool ts_lx_hive_make(const char *path, const char *root, ts_err **err);
/* TS_STATE: what Windows wrote last is still in its log files. */
hive_h *ts_lx_hive_open(const char *path, bool write, ts_err **err);
void ts_lx_hive_close(hive_h **hive);
bool ts_lx_hive_commit(hive_h *hive, ts_err **err);
/* The key at a path of names separated by '\\'; 0: not there, or (make) it could not be made. */
hive_node_h ts_lx_hive_key(hive_h *hive, hive_node_h from, const char *path, bool make);
bool ts_lx_hive_set(hive_h *hive, hive_node_h key, const char *value, hive_type type,
                    const void *data, size_t size, ts_err **err);
/* UTF-8 as UTF-16 with a NUL, appended. */
bool ts_lx_hive_wide(ts_buf *out, const char *text, ts_err **err);

#endif
