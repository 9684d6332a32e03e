/* steps_report.h - the step catalogue of `taskseq steps`. */
#ifndef TS_STEPS_REPORT_H
#define TS_STEPS_REPORT_H

#include <ts/step.h>

#include "style.h"

/* One line a type. */
void ts_report_steps(const ts_steps *steps, const ts_style *style, ts_buf *out);
/* All of one type: what it does, inputs, outputs, effects. */
void ts_report_step(const ts_step_class *cls, const ts_style *style, ts_buf *out);
/* The same as data; cls NULL: all types. */
void ts_report_steps_json(const ts_steps *steps, const ts_step_class *cls, ts_buf *out);

const char *ts_phase_text(ts_phase phase); /* "Windows PE", "full OS", "any" */

#endif
