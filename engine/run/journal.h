/* journal.h - the journal's file: inside of engine/run.
 *
 * One text file, append-only. A line is one record: 16 hexadecimal digits, a blank, a kind letter,
 * then fields, each behind a tab; '\\', tab, CR and LF inside a field are escaped. The digits are
 * the start of the SHA-256 over the digits of the line before and the rest of this line, so that a
 * torn, lost or swapped record is seen.
 *
 *   B version  sequence-file  sequence-sha256
 *                      the run
 *   V name  flags  value
 *                      a variable; flags: s secret (value encrypted), u unknown
 *   D name             a variable was deleted
 *   S at               an instruction starts; at: "5" or, in a child, "5/12"
 *   X at  text         it failed for good and took the process with it: never run again
 *   E at               it is over; at: the next one
 *   R at  target       restart ordered; the run goes on at `at`
 *   M sequence-file    the journal came here from another machine or folder; the sequence lies
 *                      there now, relative to the journal's folder
 *   H place            the run goes on elsewhere, from a copy of this journal
 *   F outcome          the run is over */
#ifndef TS_JOURNAL_H
#define TS_JOURNAL_H

#include <ts/run.h>

#include "os.h"
#include "seal.h"

#define TS_JOURNAL_VERSION    "1"
#define TS_JOURNAL_NAME       "journal.log"
#define TS_JOURNAL_KEY_NAME   "journal.key"
#define TS_JOURNAL_BYTES_MAX  (1024u * 1024u * 1024u) /* of one journal read for resume */
#define TS_JOURNAL_FIELDS_MAX 4u
#define TS_JOURNAL_TO_OS      "HD" /* target of R */

struct ts_journal {
    ts_file *file;
    char *folder;
    uint8_t key[TS_SEAL_KEY_BYTES];
    char chain[17]; /* digits of the last record */
    ts_err *broken; /* a record could not be written: said at the next step */
    char *sequence_file;
    char sequence_sha256[65];
    bool begun; /* record B is there */
    bool finished;
    char *gone;                          /* place of H, else NULL */
    bool to_os;                          /* the last R goes to the full OS */
    char last;                           /* kind of the last S, X, E or R; 0: none */
    char *fatal;                         /* text of the last X, else NULL */
    uint32_t at[TS_RUN_CHILD_DEPTH_MAX]; /* of that record */
    size_t n_at;
    char running[TS_RUN_CHILD_DEPTH_MAX * 11]; /* field `at` of the last S written here; "": none */
    ts_vars *vars;                             /* as of the last record; resume only */
};

/* A record with its fields in clear; adds escapes, chain and newline. `sync`: reaches the disk. */
bool ts_journal_write(ts_journal *j, char kind, const char *const *fields, size_t n, bool sync,
                      ts_err **err);
/* Takes all records of a file's bytes, which it changes. A torn last one (power cut while writing)
 * is dropped; damage before the end is TS_STATE. *good: bytes up to the end of the last sound one.
 */
bool ts_journal_read_records(ts_journal *j, char *data, size_t size, uint64_t *good, ts_err **err);
/* The text of the failure that took the process at this instruction, which the run resumes; once.
 * NULL: none. Owned. */
char *ts_journal_take_fatal(ts_journal *journal);
void ts_journal_digits(const char *chain, const char *rest, size_t len, char out[17]);

#endif
