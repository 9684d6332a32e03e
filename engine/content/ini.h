/* ini.h - the .INI files of a ConfigMgr content library: [section], name=value, ';' comments. UTF-8
 * or UTF-16 with a byte order mark. Hostile input: bounded, nothing is expanded. */
#ifndef TS_INI_H
#define TS_INI_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>

#define TS_INI_BYTES_MAX (1024u * 1024u) /* the PkgLib file of an application lists hundreds */
#define TS_INI_LINE_MAX  4096u

/* Called for each name in order; a line without '=' is a name with the value "". Texts are borrowed
 * during the call. false ends the reading with the error that it set. */
typedef bool (*ts_ini_line)(void *ctx, const char *section, const char *name, const char *value,
                            unsigned line, ts_err **err);
/* TS_SYNTAX "file:line: ...", TS_LIMIT. */
bool ts_ini_read(const char *file, const void *data, size_t size, ts_ini_line tell, void *ctx,
                 ts_err **err);

#endif
