/* containers.h - the four ways in which a sequence reaches us. */
#ifndef TS_MODEL_CONTAINERS_H
#define TS_MODEL_CONTAINERS_H

#include "load.h"

struct ts_bundle {
    ts_arena *arena;
    ts_sequence *sequences;
    size_t n_sequences, cap_sequences;
    size_t entry;
    size_t bytes;               /* of XML read so far, against TS_BUNDLE_BYTES_MAX */
    const char *manifest_entry; /* text of the manifest's entry part, NULL when there is none */
};

/* True when the first element is one that holds a sequence. */
bool ts_container_is_sequence(const void *data, size_t size);
/* Adds the sequence of one XML document. `file` lives as long as the bundle. */
bool ts_container_add_xml(ts_bundle *bundle, const char *file, const void *data, size_t size,
                          ts_err **err);
/* Adds all sequences of a zip file and of the zip files inside. */
bool ts_container_add_zip(ts_bundle *bundle, const char *file, const void *data, size_t size,
                          unsigned nesting, ts_err **err);
/* The same of a file on the disk, of any size: content is passed over. */
bool ts_container_add_zip_file(ts_bundle *bundle, const char *file, ts_err **err);

#endif
