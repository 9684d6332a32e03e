/* import_library.h - the files of a content library, as text: for the importer and the fuzzer. */
#ifndef TS_IMPORT_LIBRARY_H
#define TS_IMPORT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>

/* PkgLib/<package>.INI: which content a package has. Packages and images have [Info] Version or one
 * reference <package>.<version>; applications and updates have several in [Packages]. */
typedef struct ts_library_package {
    uint64_t version; /* 0: not said */
    const char **contents;
    size_t n_contents;
} ts_library_package;
bool ts_library_package_read(const char *file, const void *data, size_t size, ts_arena *arena,
                             ts_library_package *out, ts_err **err);

/* DataLib/<content>/<path>.INI: one file. */
typedef struct ts_library_file {
    char sha256[65];  /* lower case; "" when there is none (a folder) */
    uint64_t size;    /* UINT64_MAX: not said */
    int64_t modified; /* milliseconds since 1970; 0: not said */
} ts_library_file;
bool ts_library_file_read(const char *file, const void *data, size_t size, ts_library_file *out,
                          ts_err **err);

/* The version in "<package>.<version>", 0 when the content is not of that form. */
uint64_t ts_library_content_version(const char *content, const char *package);

#endif
