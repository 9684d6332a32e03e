/* schema.h - schemas of sequence files for editors, made from the step table. */
#ifndef TS_SCHEMA_REPORT_H
#define TS_SCHEMA_REPORT_H

#include <ts/step.h>
#include <ts/text.h>

/* XML Schema 1.0 of the structure: what an editor needs to complete and explain. Every well-formed
 * real file validates, so names and values that are not known are allowed. */
void ts_schema_xsd(const ts_steps *steps, ts_buf *out);
/* RELAX NG, stricter: a step of a known type may hold the variables that the type declares, and
 * values of lists and flags are checked unless they hold a %variable%. */
void ts_schema_rng(const ts_steps *steps, ts_buf *out);

/* Adds text with the five XML characters escaped. */
void ts_schema_text(ts_buf *out, const char *text);

#endif
