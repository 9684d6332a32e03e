/* fuzz_ipc.c - requests of a program that asks for variables: whatever the bytes, one whole answer
 * of a known form, and names and values that a variable can have. */
#include <stdlib.h>
#include <string.h>

#include <ts/vars.h>

#include "parts.h"

#include "fuzz.h"

static void look(const char *name, const char *value)
{
    if (!*name || strlen(name) > TS_VAR_NAME_MAX || !ts_utf8_valid(name, strlen(name)) ||
        !ts_utf8_valid(value, strlen(value)))
        abort();
}

static bool get(void *ctx, const char *name, ts_buf *out, bool *found)
{
    TS_UNUSED(ctx);
    look(name, "");
    ts_buf_str(out, name);
    *found = strcmp(name, "None") != 0;
    return strcmp(name, "Broken") != 0;
}

static bool set(void *ctx, const char *name, const char *value, bool secret, ts_err **err)
{
    TS_UNUSED(ctx);
    look(name, value);
    return !secret || ts_fail(err, TS_REFUSED, "'%s' is read-only", name);
}

static bool list(void *ctx, ts_buf *out)
{
    TS_UNUSED(ctx);
    ts_buf_str(out, "A\nB\n");
    return true;
}

static void say(void *ctx, const char *who, const char *text)
{
    TS_UNUSED(ctx);
    look(who, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ts_var_service service = {.get = get, .set = set, .list = list, .say = say};
    bool complete = false;
    ts_buf answer;
    ts_buf_init(&answer, TS_IPC_ANSWER_MAX);
    bool sound = ts_ipc_request_complete((const char *)data, size, &complete, NULL);
    ts_ipc_answer(&service, (const char *)data, size, &answer);
    const char *text = ts_buf_text(&answer);
    const char *end = strchr(text, '\n');
    bool error = strncmp(text, "error ", 6) == 0;
    if (!end || (!error && strncmp(text, "ok ", 3) != 0 && strncmp(text, "none ", 5) != 0))
        abort();
    if (strtoul(strchr(text, ' ') + 1, NULL, 10) != answer.len - (size_t)(end + 1 - text))
        abort();
    if (!(sound && complete) && !error)
        abort();
    ts_buf_done(&answer);
    return 0;
}
