/* ts/share.h - the list of operating systems of an MDT deployment share
 * (Control\OperatingSystems.xml): MDT's own file, read as it is.
 *
 *   <oss><os guid="{...}" enable="True"><Name>Windows 11</Name>
 *     <ImageFile>.\Operating Systems\W11\install.wim</ImageFile><ImageIndex>3</ImageIndex>
 *     <Flags>Enterprise</Flags><Build>10.0.26100.1</Build><Platform>x64</Platform></os></oss> */
#ifndef TS_SHARE_H
#define TS_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_SHARE_SYSTEMS_MAX       10000u
#define TS_SHARE_SYSTEMS_BYTES_MAX (8u * 1024u * 1024u) /* of the file */

/* Texts are "" when the file does not have them. */
typedef struct ts_share_system {
    const char *guid; /* with braces */
    const char *name;
    const char *image; /* ImageFile: below the share (".\..."), or absolute */
    const char *index; /* of the image in its file */
    const char *flags; /* edition */
    const char *build, *platform;
    uint32_t line;
} ts_share_system;

typedef struct ts_share_systems ts_share_systems;

/* TS_SYNTAX and TS_SCHEMA with "file:line": not such a file, an entry without a GUID; TS_LIMIT.
 * Owned. */
ts_share_systems *ts_share_systems_parse(const char *file, const void *data, size_t size,
                                         ts_err **err);
void ts_share_systems_free(ts_share_systems *list);
size_t ts_share_systems_count(const ts_share_systems *list);
const ts_share_system *ts_share_systems_at(const ts_share_systems *list, size_t i);
/* Without regard to case and braces; NULL: it has none. Borrowed from the list. */
const ts_share_system *ts_share_systems_find(const ts_share_systems *list, const char *guid);
/* The path of its image: below `root`, or absolute as it is; owned. NULL with an error: TS_SCHEMA,
 * it names none, or one that leads out of the share. */
char *ts_share_system_image(const ts_share_system *system, const char *root, ts_err **err);

#endif
