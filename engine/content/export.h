/* export.h - console exports, for the deployment that comes of one. */
#ifndef TS_EXPORT_H
#define TS_EXPORT_H

#include <stdbool.h>

#include <ts/content.h>
#include <ts/text.h>

#include "ts_archive.h"

/* The export without its content, as a zip; *content: it had some. *out has the bound. */
bool ts_export_sequences(const char *path, ts_buf *out, bool *content, ts_err **err);
/* As ts_repo_import; what an export lacks is left to the deployment to say. */
bool ts_import_for_deployment(const char *repo, const ts_import_options *options,
                              ts_import_result *out, ts_err **err);

#endif
