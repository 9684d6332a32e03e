/* machines.h - machine profiles by name: files, and those that are shipped. */
#ifndef TS_MACHINES_H
#define TS_MACHINES_H

#include <ts/error.h>
#include <ts/text.h>

/* A name without '/' and without ".json" is looked up among the shipped profiles; everything else
 * is a path. TS_NOT_FOUND lists the shipped ones. Owned. */
char *ts_machine_path(const char *name, ts_err **err);
/* The names of the shipped profiles, NULL-terminated, sorted; one block to free(). NULL with
 * TS_NOT_FOUND when none are installed. */
char **ts_machine_names(ts_err **err);
/* "a, b, c": for messages. Adds "(none are installed)" when there are none. */
void ts_machine_names_text(ts_buf *out);

#endif
