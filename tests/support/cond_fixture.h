/* cond_fixture.h - a small machine of the tests' own, and short words for building and checking
 * condition trees. */
#ifndef TS_TESTS_COND_FIXTURE_H
#define TS_TESTS_COND_FIXTURE_H

#include "check.h"

#include <ts/condition.h>
#include <ts/mem.h>
#include <ts/text.h>

/* Made new by setup for every test. */
extern ts_vars *vars;
extern ts_host *host;
extern ts_cond_env env;
extern ts_buf decisions, leaves; /* "RULE|text\n", "LINE=result " */
extern uint32_t next_line;       /* of the next node that is built */

int setup(void **state);
int teardown(void **state);
void use_machine_without_anything(void);

const struct ts_cond *branch(ts_cond_kind kind, size_t n, const struct ts_cond *a,
                             const struct ts_cond *b, const struct ts_cond *c);
/* Fields as name, value, name, value, ..., NULL. */
struct ts_cond *leaf(ts_cond_kind kind, ts_cond_op op, const char *type, ...);
const struct ts_cond *variable(const char *name, ts_cond_op op, const char *value);
const struct ts_cond *wmi(const char *name_space, const char *query);

/* The condition gives that, with this reason (NULL: any), and the same without a reason. */
void is(const struct ts_cond *cond, ts_tri expected, const char *reason);
/* It is TS_SCHEMA, with the line and this part. */
void faulty(const struct ts_cond *cond, const char *part);
void was_decided(const char *rule);
void nothing_was_decided(void);
void must_set(const char *name, const char *value, unsigned flags);

#endif
