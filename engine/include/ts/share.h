/* ts/share.h - lists of an MDT deployment share: operating systems, out-of-box drivers with their
 * folders and selection profiles, and the BIOSes that are refused. MDT's own files, read as they
 * are.
 *
 *   <oss><os guid="{...}" enable="True"><Name>Windows 11</Name>
 *     <ImageFile>.\Operating Systems\W11\install.wim</ImageFile><ImageIndex>3</ImageIndex>
 *     <Flags>Enterprise</Flags><Build>10.0.26100.1</Build><Platform>x64</Platform></os></oss> */
#ifndef TS_SHARE_H
#define TS_SHARE_H

#include <stdbool.h>
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

/* --- Out-of-box drivers ---------------------------------------------------------------------- */

#define TS_SHARE_DRIVERS_MAX       100000u
#define TS_SHARE_LIST_BYTES_MAX    (64u * 1024u * 1024u) /* of one file */
#define TS_SHARE_PROFILE_PATHS_MAX 10000u                /* Include and Exclude of a profile */

/* A file of Control; data NULL: the share does not have it. */
typedef struct ts_share_text {
    const char *file; /* for messages */
    const void *data;
    size_t size;
} ts_share_text;

/* Which folders count. Of MDT 8456 (ConfigFile of ZTIConfigFile.vbs): without a profile, or with
 * "Everything", all drivers count and the groups are not looked at. Else a folder counts when the
 * profile includes it (its own path or the nearest above that the profile names), when it is one of
 * the groups, or when the text of a group occurs anywhere in its path. */
typedef struct ts_share_choice {
    const char *profile;    /* name of a selection profile; "" or NULL: none */
    const char *definition; /* a whole <SelectionProfile>; wins over the name; "" or NULL: none */
    const char *const *groups; /* DriverGroup001 ..., NULL-terminated; NULL: none */
    bool whole_names;          /* SkipGroupSubFolders=YES: a group is that one folder */
} ts_share_choice;

typedef struct ts_share_driver {
    const char *guid, *name;
    const char *source;     /* its INF file, below the share (".\Out-of-box Drivers\...") */
    const char *const *ids; /* Plug and Play ids, NULL-terminated */
    const char *platforms;  /* "x86 x64", blank-separated; "": not said */
    uint32_t line;
} ts_share_driver;

typedef struct ts_share_drivers ts_share_drivers;

/* The enabled drivers of Drivers.xml that are in an enabled folder of DriverGroups.xml that counts.
 * TS_SYNTAX, TS_SCHEMA with "file:line"; TS_NOT_FOUND: no such selection profile; TS_LIMIT. Owned;
 * needs none of the texts afterwards. */
ts_share_drivers *ts_share_drivers_read(const ts_share_text *drivers, const ts_share_text *groups,
                                        const ts_share_text *profiles,
                                        const ts_share_choice *choice, ts_err **err);
void ts_share_drivers_free(ts_share_drivers *list);
size_t ts_share_drivers_count(const ts_share_drivers *list);
size_t ts_share_drivers_total(const ts_share_drivers *list); /* of the share, enabled or not */
const ts_share_driver *ts_share_drivers_at(const ts_share_drivers *list, size_t i);
/* Is it for "x64", "x86", "arm64"? One that says nothing is for all. */
bool ts_share_driver_is_for(const ts_share_driver *driver, const char *platform);
/* The INF file below `root`; owned. NULL with TS_SCHEMA: it names none or leads out of the share.
 */
char *ts_share_driver_path(const ts_share_driver *driver, const char *root, ts_err **err);

/* --- ZTIBIOSCheck.xml ------------------------------------------------------------------------ */

/* As WMI has them: Win32_ComputerSystemProduct Vendor and Name, Win32_BIOS ReleaseDate. */
typedef struct ts_share_bios {
    const char *vendor, *model, *date;
} ts_share_bios;

/* *why: owned text of the first entry that fits the machine; NULL: none does. Every text of an
 * entry has to be equal, case counts. */
bool ts_share_bios_find(const ts_share_text *list, const ts_share_bios *machine, char **why,
                        ts_err **err);

#endif
