/* import.h - what the three importers share. */
#ifndef TS_IMPORT_H
#define TS_IMPORT_H

#include <ts/content.h>

#include "catalog.h"
#include "xml.h"

#define TS_IMPORT_PACKAGES_MAX 100000u
#define TS_IMPORT_XML_MAX      (64u * 1024u * 1024u)

typedef struct ts_import {
    const char *repo;
    const ts_import_options *options;
    ts_catalog *draft;
    ts_arena *arena;   /* lives as long as the import */
    const char **only; /* ids to take, of options and of the sequence; NULL: all */
    bool *seen;        /* for each of only: it was there */
    size_t n_only;
    bool for_deployment;
    ts_import_result result;
    ts_err *failure; /* the first package that could not be taken */
} ts_import;

void ts_import_warn(ts_import *in, const char *fmt, ...) TS_PRINTF(2, 3);
/* Is this package to be taken? Marks it as there. */
bool ts_import_wants(ts_import *in, const char *id);
/* Publishes or tells one package. Takes `err` as failed when it cannot; false: the import ends. */
bool ts_import_package(ts_import *in, const ts_package_source *package, ts_err **err);
/* Counts a package that cannot be taken and goes on; takes *fault. false: out of memory. */
bool ts_import_failed(ts_import *in, const char *id, ts_err **fault, ts_err **err);

/* Puts a path that a file names ("..\x", ".\Applications\X") below a root: no way out, no links,
 * names found without regard to case. Owned; NULL with TS_REFUSED, TS_NOT_FOUND. */
char *ts_import_resolve(const char *root, const char *relative, ts_err **err);
/* The same for a path that may be missing: NULL without an error. */
bool ts_import_look(const char *root, const char *relative, char **out, ts_err **err);
/* Parses a file; texts live in the import's arena. */
ts_xml_doc *ts_import_xml(ts_import *in, const char *file, ts_err **err);

/* Is it one of these? */
bool ts_import_is_library(const char *path);
bool ts_import_is_share(const char *path);
bool ts_import_is_export(const char *path); /* a zip file */

bool ts_import_library(ts_import *in, ts_err **err);
bool ts_import_share(ts_import *in, ts_err **err);
bool ts_import_export(ts_import *in, ts_err **err);

#endif
