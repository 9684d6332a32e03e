/* mdt_ini.h - files of MDT's rules (CustomSettings.ini), as MDT reads them.
 *
 * Line based; names without regard to case; of several sections or keys of one name the first
 * counts; no comments, no quotes (MDT documentation, ZTIUtility.vbs). What MDT cannot read but an
 * editor writes (a byte order mark, UTF-16) is read, and said in `note`. */
#ifndef TS_STEPS_MDT_INI_H
#define TS_STEPS_MDT_INI_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>

#define MDT_INI_MAX          (4u * 1024u * 1024u) /* bytes of a file */
#define MDT_INI_SECTIONS_MAX 10000u
#define MDT_INI_KEYS_MAX     100000u /* of all sections */

typedef struct mdt_ini_key {
    const char *name, *value; /* trimmed */
    unsigned line;
} mdt_ini_key;

typedef struct mdt_ini_section {
    const char *name;
    unsigned line;
    size_t first, count; /* of keys */
} mdt_ini_section;

typedef struct mdt_ini {
    char *text; /* owned; names and values lie in it */
    mdt_ini_section *sections;
    size_t n_sections;
    mdt_ini_key *keys;
    size_t n_keys;
    const char *note; /* what MDT itself would stumble over; NULL: nothing */
} mdt_ini;

/* TS_LIMIT, TS_NOMEM, TS_SYNTAX (no text at all). A text without a section has no rules.
 * mdt_ini_done in any case. */
bool mdt_ini_parse(mdt_ini *ini, const char *data, size_t size, ts_err **err);
void mdt_ini_done(mdt_ini *ini);
const mdt_ini_section *mdt_ini_find(const mdt_ini *ini, const char *section);
const mdt_ini_key *mdt_ini_key_of(const mdt_ini *ini, const mdt_ini_section *section,
                                  const char *name);

#endif
