/* sim_programs.c - programs of the simulated machine: what the profile or a mock says they do. A
 * program that neither knows is assumed to succeed, and the result says so. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* A command line in two: the program's base name and the text behind it. */
typedef struct command {
    char *name;      /* owned */
    char *arguments; /* owned */
} command;

static void command_done(command *c)
{
    free(c->name);
    free(c->arguments);
}

static bool from_line(const char *line, command *out, ts_err **err)
{
    line += strspn(line, " \t\r\n");
    bool quoted = *line == '"';
    const char *start = line + quoted;
    size_t len = strcspn(start, quoted ? "\"" : " \t");
    const char *rest = start + len;
    rest += quoted && *rest == '"';
    rest += strspn(rest, " \t");
    if (len == 0) {
        return ts_fail(err, TS_SCHEMA, "the command line '%s' names no program", line);
    }
    TS_CLEANUP(ts_free_ptr) char *path = ts_strndup(start, len);
    out->name = path ? ts_strdup(ts_path_base(path)) : NULL;
    out->arguments = ts_strdup(rest);
    if (!out->name || !out->arguments) {
        return ts_fail_nomem(err);
    }
    ts_str_trim(out->arguments);
    return true;
}

static bool from_argv(const char *const *argv, command *out, ts_err **err)
{
    if (!argv[0] || !*argv[0]) {
        return ts_fail(err, TS_SCHEMA, "no program is named");
    }
    ts_buf text;
    ts_buf_init(&text, TS_COMMAND_MAX);
    for (size_t i = 1; argv[i]; i++) {
        ts_buf_printf(&text, "%s%s", i > 1 ? " " : "", argv[i]);
    }
    bool ok = ts_buf_ok(&text, "command line", err);
    out->name = ok ? ts_strdup(ts_path_base(argv[0])) : NULL;
    out->arguments = ok ? ts_buf_take(&text) : NULL;
    ts_buf_done(&text);
    if (ok && (!out->name || !out->arguments)) {
        return ts_fail_nomem(err);
    }
    return ok;
}

static bool has_extension(const char *name, const char *extension)
{
    size_t n = strlen(name);
    size_t e = strlen(extension);
    return n > e && ts_str_ieq(name + n - e, extension);
}

bool sim_program_fits(const char *name, const char *arguments, const char *name_pattern,
                      const char *arguments_pattern)
{
    bool fits = ts_str_wildcard(name, name_pattern);
    if (!fits && has_extension(name, ".exe")) {
        TS_CLEANUP(ts_free_ptr) char *bare = ts_strndup(name, strlen(name) - 4);
        fits = bare && ts_str_wildcard(bare, name_pattern);
    } else if (!fits && has_extension(name_pattern, ".exe")) {
        TS_CLEANUP(ts_free_ptr) char *bare = ts_strndup(name_pattern, strlen(name_pattern) - 4);
        fits = bare && ts_str_wildcard(name, bare);
    }
    return fits && (!arguments_pattern || ts_str_wildcard(arguments, arguments_pattern));
}

static const sim_program *find(const sim_program *list, const command *c)
{
    for (; list; list = list->next) {
        if (sim_program_fits(c->name, c->arguments, list->name, list->arguments)) {
            return list;
        }
    }
    return NULL;
}

/* "cmd.exe /c setup.exe /q" is asked for as cmd.exe first, then as setup.exe. */
static const sim_program *lookup(sim_machine *m, const command *c)
{
    const sim_program *found = find(m->mocks, c);
    if (!found) {
        found = find(m->programs, c);
    }
    bool shell = ts_str_ieq(c->name, "cmd.exe") || ts_str_ieq(c->name, "cmd");
    if (found || !shell || !ts_str_ihas_prefix(c->arguments, "/c ")) {
        return found;
    }
    command inner = {0};
    if (from_line(c->arguments + 3, &inner, NULL)) {
        found = lookup(m, &inner);
    }
    command_done(&inner);
    return found;
}

/* What programs do to a machine whose names everybody knows. When such a program is only assumed to
 * succeed, a restart behind it must not be refused for an empty disk. */
static const struct {
    const char *name;
    unsigned effects;
} famous[] = {
    {"diskpart", TS_EFFECT(DISK_WRITE)}, {"format", TS_EFFECT(DISK_WRITE)},
    {"bcdboot", TS_EFFECT(DISK_WRITE)},  {"dism", TS_EFFECT(IMAGE)},
    {"imagex", TS_EFFECT(IMAGE)},        {"wimlib-imagex", TS_EFFECT(IMAGE)},
    {"setup", TS_EFFECT(IMAGE)},
};

static void note_assumed(sim_machine *m, const command *c)
{
    for (size_t i = 0; i < TS_COUNT(famous); i++) {
        if (sim_program_fits(c->name, "", famous[i].name, NULL)) {
            m->assumed_effects |= famous[i].effects;
        }
    }
}

static bool remember(sim_machine *m, const command *c, bool secret, const ts_program_result *result,
                     ts_err **err)
{
    m->n_calls_all++;
    if (m->n_calls == TS_SIM_CALLS_KEPT_MAX) {
        return true;
    }
    if ((m->n_calls & (m->n_calls - 1)) == 0) {
        size_t cap = m->n_calls ? m->n_calls * 2 : 1;
        sim_call *grown = ts_realloc_array(m->calls, cap, sizeof(*grown));
        if (!grown) {
            return ts_fail_nomem(err);
        }
        m->calls = grown;
    }
    sim_call call = {
        .exit_code = result->exit_code, .assumed = result->assumed, .timed_out = result->timed_out};
    call.program = ts_arena_strdup(m->arena, c->name);
    call.arguments = ts_arena_strdup(m->arena, secret ? "" : c->arguments);
    if (!call.program || !call.arguments) {
        return ts_fail_nomem(err);
    }
    m->calls[m->n_calls++] = call;
    return true;
}

static bool set_variables(const sim_program *known, const ts_program *program, ts_err **err)
{
    for (size_t i = 0; known->sets && known->sets[i] && program->service; i++) {
        const char *pair = known->sets[i];
        const char *equals = strchr(pair, '=');
        TS_CLEANUP(ts_free_ptr)
        char *name = equals ? ts_strndup(pair, (size_t)(equals - pair)) : NULL;
        if (equals && !name) {
            return ts_fail_nomem(err);
        }
        if (name && !program->service->set(program->service->ctx, name, equals + 1, false, err)) {
            return ts_wrap(err, "simulated program '%s'", known->name);
        }
    }
    return true;
}

/* A known program does what the profile says; one that is ended by the time-out does nothing. */
static bool act(sim_machine *m, const sim_program *known, const ts_program *program,
                ts_program_result *result, ts_err **err)
{
    result->duration = known->duration;
    if (program->timeout && known->duration > program->timeout) {
        result->duration = program->timeout;
        result->timed_out = true;
    }
    m->clock += (int64_t)result->duration;
    if (program->keep_output && known->output) {
        size_t len = strlen(known->output);
        size_t from = len > TS_HOST_OUTPUT_MAX ? len - TS_HOST_OUTPUT_MAX : 0;
        result->output = ts_strdup(known->output + from);
        if (!result->output) {
            return ts_fail_nomem(err);
        }
    }
    if (result->timed_out) {
        return true;
    }
    result->exit_code = known->exit_code;
    for (size_t i = 0; known->creates && known->creates[i]; i++) {
        if (!sim_file_write(m, known->creates[i], "", 0, false, err)) {
            return ts_wrap(err, "simulated program '%s'", known->name);
        }
    }
    return set_variables(known, program, err);
}

static bool perform(sim_machine *m, const command *c, const ts_program *program,
                    ts_program_result *result, ts_err **err)
{
    const sim_program *known = lookup(m, c);
    if (sim_lacks_program(m, c->name) || (known && known->missing)) {
        return ts_fail(err, TS_NOT_FOUND, "the simulated machine has no program '%s'", c->name);
    }
    /* ConfigMgr docs: a run-as account works in the full OS only. */
    if (program->user && *program->user && m->phase == SIM_PE) {
        return ts_fail(err, TS_STATE, "cannot run '%s' as another user: Windows PE has no accounts",
                       c->name);
    }
    if (known && !act(m, known, program, result, err)) {
        return false;
    }
    if (!known) {
        result->assumed = true;
        note_assumed(m, c);
    }
    if (!result->output) {
        result->output = ts_strdup("");
    }
    return result->output ? remember(m, c, program->secret, result, err) : ts_fail_nomem(err);
}

bool sim_run(void *self, const ts_program *program, ts_program_result *out, ts_err **err)
{
    command c = {0};
    ts_program_result result = {0};
    const char *line = program->command_line ? program->command_line : "";
    bool ok = (program->argv ? from_argv(program->argv, &c, err) : from_line(line, &c, err)) &&
              perform(self, &c, program, &result, err);
    command_done(&c);
    if (ok) {
        *out = result;
    } else {
        ts_program_result_done(&result);
    }
    return ok;
}

bool sim_start(void *self, const ts_program *program, ts_err **err)
{
    ts_program_result result = {0};
    bool ok = sim_run(self, program, &result, err);
    ts_program_result_done(&result);
    return ok;
}

const char *sim_lacks_program(void *self, const char *program)
{
    sim_machine *m = self;
    const char *const *lacks = sim_os_now(m)->lacks;
    for (size_t i = 0; lacks && lacks[i]; i++) {
        if (sim_program_fits(ts_path_base(program), "", lacks[i], NULL)) {
            return m->phase == SIM_PE ? "the machine's Windows PE does not have this program"
                                      : "the machine's Windows does not have this program";
        }
    }
    return NULL;
}

/* --- Mocks --------------------------------------------------------------------------------- */

static const char *const *copy_list(ts_arena *arena, const char *const *list, bool *ok)
{
    size_t n = 0;
    while (list && list[n]) {
        n++;
    }
    if (n == 0) {
        return NULL;
    }
    const char **copy = ts_arena_alloc(arena, (n + 1) * sizeof(*copy));
    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = ts_arena_strdup(arena, list[i]);
        *ok = *ok && copy[i];
    }
    *ok = *ok && copy;
    return copy;
}

bool ts_host_sim_mock(ts_host *host, const ts_sim_mock *mock, ts_err **err)
{
    sim_machine *m = sim_of(host);
    if (!m) {
        return ts_fail(err, TS_USAGE, "only a simulated machine can mock programs");
    }
    if (ts_str_blank(mock->program)) {
        return ts_fail(err, TS_USAGE, "a mock must name its program");
    }
    sim_program *p = ts_arena_alloc(m->arena, sizeof(*p));
    if (!p) {
        return ts_fail_nomem(err);
    }
    bool ok = true;
    p->name = ts_arena_strdup(m->arena, mock->program);
    p->arguments = mock->arguments ? ts_arena_strdup(m->arena, mock->arguments) : NULL;
    p->output = mock->output ? ts_arena_strdup(m->arena, mock->output) : NULL;
    p->exit_code = mock->exit_code;
    p->duration = mock->duration;
    p->missing = mock->missing;
    p->sets = copy_list(m->arena, mock->sets, &ok);
    p->creates = copy_list(m->arena, mock->creates, &ok);
    if (!ok || !p->name || (mock->arguments && !p->arguments) || (mock->output && !p->output)) {
        return ts_fail_nomem(err);
    }
    p->next = m->mocks;
    m->mocks = p;
    return true;
}

uint32_t ts_host_sim_called(const ts_host *host, const char *program, const char *arguments)
{
    const sim_machine *m = sim_of(host);
    uint32_t count = 0;
    for (size_t i = 0; m && i < m->n_calls; i++) {
        count += sim_program_fits(m->calls[i].program, m->calls[i].arguments, program, arguments);
    }
    return count;
}
