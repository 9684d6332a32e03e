/* installer.h - what one installation of a package shares: the plan (install.c) and the thread that
 * writes files while blobs are still coming (fitter.c). */
#ifndef TS_INSTALLER_H
#define TS_INSTALLER_H

#include "content_private.h"

typedef struct ts_fitter ts_fitter;

/* A missing file that is a blob of its own; sorted by digest, then by place. */
typedef struct ts_file_ref {
    const char *sha256;
    size_t file;
} ts_file_ref;

typedef struct ts_installer {
    ts_content *c;
    const ts_manifest *manifest;
    const ts_tree *tree; /* NULL: not here yet; all blobs are wanted */
    ts_tree *own_tree;
    const uint8_t *key;
    const char *folder;
    char *work;
    bool *missing;         /* of each file of the tree */
    bool *written;         /* of each file, by the fitter */
    const ts_blob **blobs; /* of each missing file; a pack's for what is in it */
    bool all;              /* every blob is wanted: the folder was new */
    ts_want *wants;
    size_t n_wants;
    ts_file_ref *refs;
    size_t n_refs;
    char *parent; /* the folder that was made last */
    ts_fitter *fitter;
} ts_installer;

/* install.c: a file's place, with its folder made and nothing in the way. Owned. */
char *ts_install_place(ts_installer *in, const ts_tree_file *f, ts_err **err);
bool ts_install_finish(const ts_tree_file *f, const char *path, ts_err **err);
/* The first of the references with that digest; n_refs when there is none. */
size_t ts_install_refs(const ts_installer *in, const char *sha256);

/* fitter.c: jobs may come from open on, the thread does them from start on, when the file list is
 * there. From start to end `written` and `parent` are the thread's. A failure shows with the next
 * job or at the end. */
#define TS_FITTER_BYTES (8u * 1024u * 1024u) /* of small files that wait to be written */
bool ts_fitter_open(ts_installer *in, ts_err **err);
bool ts_fitter_start(ts_installer *in, ts_err **err);
bool ts_fitter_has_room(const ts_installer *in); /* for a small one, before the start as well */
bool ts_fitter_pack(ts_installer *in, const ts_blob *pack, ts_err **err); /* it is in the store */
/* Takes data over, also when it fails. */
bool ts_fitter_small(ts_installer *in, const ts_blob *blob, uint8_t *data, ts_err **err);
bool ts_fitter_end(ts_installer *in, ts_err **err); /* does what waits, unless something failed */

#endif
