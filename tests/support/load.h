/* load.h - loading documents that stand in a test as text. */
#ifndef TS_TESTS_LOAD_H
#define TS_TESTS_LOAD_H

#include "check.h"

#include <ts/sequence.h>

static inline ts_bundle *load_bytes(const char *name, const void *data, size_t size)
{
    ts_err *err = NULL;
    ts_bundle *bundle = ts_bundle_load_bytes(name, data, size, &err);
    if (!bundle)
        fail_msg("%s does not load: %s", name, ts_err_text(err));
    return bundle;
}

static inline ts_bundle *load_text(const char *text)
{
    return load_bytes("test.xml", text, strlen(text));
}

/* The document must be refused with that code, and the message must hold the phrase. */
static inline void load_refused(const void *data, size_t size, ts_code code, const char *phrase)
{
    ts_err *err = NULL;
    ts_bundle *bundle = ts_bundle_load_bytes("test.xml", data, size, &err);
    if (bundle)
        fail_msg("must be refused: %s", phrase);
    if (ts_err_code(err) != code || !strstr(ts_err_text(err), phrase))
        fail_msg("expected %s '%s', got %s '%s'", ts_code_name(code), phrase,
                 ts_code_name(ts_err_code(err)), ts_err_text(err));
    ts_err_free(err);
}

static inline void text_refused(const char *text, ts_code code, const char *phrase)
{
    load_refused(text, strlen(text), code, phrase);
}

/* How many warnings of that rule stand on that line (0: any). */
static inline size_t warnings_of(const ts_sequence *s, const char *rule, uint32_t line)
{
    size_t count = 0;
    for (size_t i = 0; i < s->n_warnings; i++)
        count += strcmp(s->warnings[i].rule, rule) == 0 &&
                 (line == 0 || s->warnings[i].line == line);
    return count;
}

#endif
