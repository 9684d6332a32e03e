/* publish.h - what the publishing commands print. */
#ifndef TS_CLI_PUBLISH_H
#define TS_CLI_PUBLISH_H

#include <ts/content.h>

#include "cli.h"

/* A ts_import_told: one line for a package, at once. */
void ts_publish_told(void *ctx, const ts_package_source *package, const ts_publish_result *result);
/* For a log: warnings and errors to standard error. */
void ts_publish_say(void *ctx, ts_level level, const char *text);
/* The lock of --repo for this command. makes: of one that may begin a repository; else a folder
 * that is missing (a slip of the hand, a share that is not mounted) is not made: TS_NOT_FOUND. */
ts_repo_lock *ts_publish_begin(const ts_args *args, bool makes, ts_err **err);
/* The number of --version, 0 without one. */
bool ts_publish_version(const ts_args *args, uint64_t *out, ts_err **err);

#define TS_PUBLISH_REPO                                                                            \
    {                                                                                              \
        .name = "repo", .arg = "DIR", .words = TS_WORDS_FOLDER,                                    \
        .help = "the repository: a folder that a web server serves"                                \
    }

#endif
