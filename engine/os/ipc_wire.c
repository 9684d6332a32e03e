/* ipc_wire.c - requests and answers of the variable service, on every platform. The language is
 * described in docs/reference/variables-socket.md. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "parts.h"

typedef enum request_kind {
    REQUEST_GET,
    REQUEST_SET,
    REQUEST_SECRET,
    REQUEST_LIST,
    REQUEST_SAY
} request_kind;

typedef struct request {
    request_kind kind;
    char name[TS_IPC_LINE_MAX];
    const char *value;
    size_t size; /* of the value */
} request;

/* "12 " at the start of text; false when it is no length or too big. */
static bool read_length(const char **text, char end, size_t max, size_t *out)
{
    size_t n = 0;
    const char *p = *text;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (size_t)(*p - '0');
        if (n > max)
            return false;
    }
    if (*p != end)
        return false;
    *text = p + 1;
    *out = n;
    return true;
}

static bool skip_word(const char **text, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*text, word, len) != 0)
        return false;
    *text += len;
    return true;
}

/* `line` is the first line without its end. */
static bool parse_line(const char *line, request *out, ts_err **err)
{
    memset(out, 0, sizeof(*out));
    if (strcmp(line, "list") == 0) {
        out->kind = REQUEST_LIST;
        return true;
    }
    bool set = false;
    if (skip_word(&line, "get ")) {
        out->kind = REQUEST_GET;
    } else if (skip_word(&line, "set ")) {
        out->kind = REQUEST_SET;
        set = true;
    } else if (skip_word(&line, "secret ")) {
        out->kind = REQUEST_SECRET;
        set = true;
    } else if (skip_word(&line, "say ")) {
        out->kind = REQUEST_SAY;
        set = true;
    } else {
        return ts_fail(err, TS_SYNTAX, "a request starts with get, set, secret, list or say");
    }
    if (set && !read_length(&line, ' ', TS_VAR_VALUE_MAX, &out->size))
        return ts_fail(err, TS_SYNTAX, "a value's length is a number up to %u", TS_VAR_VALUE_MAX);
    if (*line == '\0' || strlen(line) > TS_VAR_NAME_MAX)
        return ts_fail(err, TS_SYNTAX, "a variable's name has 1 to %u characters", TS_VAR_NAME_MAX);
    memcpy(out->name, line, strlen(line) + 1);
    return true;
}

static bool parse(const char *data, size_t len, request *out, bool *complete, ts_err **err)
{
    *complete = false;
    size_t look = len < TS_IPC_LINE_MAX ? len : TS_IPC_LINE_MAX;
    const char *end = look ? memchr(data, '\n', look) : NULL;
    if (!end) {
        return len < TS_IPC_LINE_MAX ||
               ts_fail(err, TS_LIMIT, "the first line of a request is longer than %u bytes",
                       TS_IPC_LINE_MAX);
    }
    char line[TS_IPC_LINE_MAX];
    size_t line_len = (size_t)(end - data);
    memcpy(line, data, line_len);
    line[line_len] = '\0';
    if (strlen(line) != line_len || !ts_utf8_valid(line, line_len))
        return ts_fail(err, TS_SYNTAX, "the first line of a request is not text");
    if (!parse_line(line, out, err))
        return false;
    size_t have = len - line_len - 1;
    if (have > out->size)
        return ts_fail(err, TS_SYNTAX, "a request has bytes behind its end");
    out->value = end + 1;
    *complete = have == out->size;
    return true;
}

bool ts_ipc_request_complete(const char *data, size_t len, bool *complete, ts_err **err)
{
    request parsed;
    return parse(data, len, &parsed, complete, err);
}

static void answer_with(ts_buf *answer, const char *word, const char *data, size_t len)
{
    ts_buf_printf(answer, "%s %zu\n", word, len);
    ts_buf_add(answer, data, len);
}

void ts_ipc_answer_error(ts_buf *answer, const char *text)
{
    answer_with(answer, "error", text, strlen(text));
}

static void wipe_buf(ts_buf *buf)
{
    if (buf->data)
        ts_wipe(buf->data, buf->cap);
    ts_buf_done(buf);
}

static void answer_set(const ts_var_service *service, const request *parsed, ts_buf *answer)
{
    if ((parsed->size > 0 && memchr(parsed->value, '\0', parsed->size)) ||
        !ts_utf8_valid(parsed->value, parsed->size)) {
        ts_ipc_answer_error(answer, "the value is not UTF-8 text");
        return;
    }
    char *value = ts_strndup(parsed->value, parsed->size);
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    bool ok = value != NULL || ts_fail_nomem(&err);
    if (ok && parsed->kind == REQUEST_SAY)
        ok = service->say ? (service->say(service->ctx, parsed->name, value), true)
                          : ts_fail(&err, TS_UNSUPPORTED, "nobody listens");
    else if (ok)
        ok = service->set(service->ctx, parsed->name, value, parsed->kind == REQUEST_SECRET, &err);
    ts_free_secret(value);
    if (ok)
        answer_with(answer, "ok", "", 0);
    else
        ts_ipc_answer_error(answer, ts_err_text(err));
}

static void answer_read(const ts_var_service *service, const request *parsed, ts_buf *answer)
{
    ts_buf value;
    ts_buf_init(&value, TS_IPC_ANSWER_MAX - TS_IPC_LINE_MAX);
    bool found = true;
    bool ok = parsed->kind == REQUEST_LIST
                  ? service->list(service->ctx, &value)
                  : service->get(service->ctx, parsed->name, &value, &found);
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    if (!ok)
        ts_ipc_answer_error(answer, "the engine cannot answer");
    else if (!found)
        answer_with(answer, "none", "", 0);
    else if (!ts_buf_ok(&value, "answer", &err))
        ts_ipc_answer_error(answer, ts_err_text(err));
    else
        answer_with(answer, "ok", ts_buf_text(&value), value.len);
    wipe_buf(&value);
}

void ts_ipc_answer(const ts_var_service *service, const char *data, size_t len, ts_buf *answer)
{
    request parsed;
    bool complete = false;
    TS_CLEANUP(ts_err_clear) ts_err *err = NULL;
    if (!parse(data, len, &parsed, &complete, &err) || !complete)
        ts_ipc_answer_error(answer, err ? ts_err_text(err) : "the request ends too early");
    else if (parsed.kind == REQUEST_SET || parsed.kind == REQUEST_SECRET ||
             parsed.kind == REQUEST_SAY)
        answer_set(service, &parsed, answer);
    else
        answer_read(service, &parsed, answer);
}

/* --- Client ------------------------------------------------------------------------------- */

/* *found is false for "none". An error answer becomes an error of ours. */
static bool read_answer(const ts_buf *answer, ts_buf *value, bool *found, ts_err **err)
{
    const char *text = ts_buf_text(answer);
    bool ok = skip_word(&text, "ok ");
    bool none = !ok && skip_word(&text, "none ");
    bool error = !ok && !none && skip_word(&text, "error ");
    size_t size = 0;
    if (!(ok || none || error) || !read_length(&text, '\n', TS_IPC_ANSWER_MAX, &size) ||
        size != answer->len - (size_t)(text - ts_buf_text(answer)))
        return ts_fail(err, TS_SYNTAX, "the engine's answer is not understood");
    if (error)
        return ts_fail(err, TS_FAILED, "%s", text);
    *found = ok;
    if (value)
        ts_buf_add(value, text, size);
    return true;
}

static bool ask(const char *address, ts_buf *request_text, ts_buf *value, bool *found, ts_err **err)
{
    ts_buf answer;
    ts_buf_init(&answer, TS_IPC_ANSWER_MAX);
    bool ok = ts_buf_ok(request_text, "request", err) &&
              ts_ipc_ask(address, request_text->data, request_text->len, &answer, err) &&
              read_answer(&answer, value, found, err);
    wipe_buf(&answer);
    wipe_buf(request_text);
    return ok && (!value || ts_buf_ok(value, "value", err));
}

static bool name_fits(const char *name, ts_err **err)
{
    if (*name != '\0' && strlen(name) <= TS_VAR_NAME_MAX && !strpbrk(name, "\n \t"))
        return true;
    return ts_fail(err, TS_USAGE, "'%s' is not a variable's name", name);
}

bool ts_ipc_get(const char *address, const char *name, ts_buf *value, bool *found, ts_err **err)
{
    if (!name_fits(name, err))
        return false;
    ts_buf text;
    ts_buf_init(&text, TS_IPC_LINE_MAX);
    ts_buf_printf(&text, "get %s\n", name);
    return ask(address, &text, value, found, err);
}

bool ts_ipc_set(const char *address, const char *name, const char *value, bool secret, ts_err **err)
{
    if (!name_fits(name, err))
        return false;
    ts_buf text;
    ts_buf_init(&text, TS_IPC_REQUEST_MAX);
    ts_buf_printf(&text, "%s %zu %s\n", secret ? "secret" : "set", strlen(value), name);
    ts_buf_str(&text, value);
    bool found = false;
    return ask(address, &text, NULL, &found, err);
}

bool ts_ipc_list(const char *address, ts_buf *names, ts_err **err)
{
    ts_buf text;
    ts_buf_init(&text, TS_IPC_LINE_MAX);
    ts_buf_str(&text, "list\n");
    bool found = false;
    return ask(address, &text, names, &found, err);
}

bool ts_ipc_say(const char *address, const char *who, const char *message, ts_err **err)
{
    if (!name_fits(who, err))
        return false;
    ts_buf text;
    ts_buf_init(&text, TS_IPC_REQUEST_MAX);
    ts_buf_printf(&text, "say %zu %s\n", strlen(message), who);
    ts_buf_str(&text, message);
    bool found = false;
    return ask(address, &text, NULL, &found, err);
}
