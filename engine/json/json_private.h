/* json_private.h - shared by the files of engine/json. */
#ifndef TS_JSON_PRIVATE_H
#define TS_JSON_PRIVATE_H

#include <jansson.h>

#include "json.h"

struct ts_json_doc {
    const char *file;
    const char *data;
    size_t size;
    json_t *root;
};

/* All memory of jansson comes from ts_alloc, so that tests can make it fail. */
void ts_json_use_allocator(void);

#endif
