/* profile_software.c - registry, files, products and programs of a machine profile. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host_ops.h"
#include "sim.h"

/* An error that the profile's line explains: takes `why`. */
static bool fail_at(const ts_json *at, ts_err *why, ts_err **err)
{
    if (ts_err_code(why) == TS_NOMEM) {
        ts_err_free(why);
        return ts_fail_nomem(err);
    }
    ts_code code = ts_err_code(why) == TS_LIMIT ? TS_LIMIT : TS_SCHEMA;
    ts_json_fail(at, code, err, "%s", ts_err_text(why));
    ts_err_free(why);
    return false;
}

/* --- Registry ------------------------------------------------------------------------------- */

static const char *join_lines(sim_machine *m, const ts_json *list)
{
    ts_buf text;
    ts_buf_init(&text, TS_SIM_PROFILE_MAX);
    for (size_t i = 0; i < ts_json_count(list); i++) {
        ts_json at;
        ts_json_at(list, i, &at);
        ts_buf_printf(&text, "%s%s", i ? "\n" : "", ts_json_text(&at));
    }
    const char *kept = ts_arena_strdup(m->arena, ts_buf_text(&text));
    ts_buf_done(&text);
    return kept;
}

/* Text, number or list, as its kind says; *type is what that kind means in the registry. */
static bool read_data(sim_machine *m, const ts_json *at, ts_reg_type *type, const char **data,
                      ts_err **err)
{
    switch (ts_json_kind_of(at)) {
    case TS_JSON_TEXT:
        *type = TS_REG_SZ;
        *data = ts_json_text(at);
        return true;
    case TS_JSON_INT: {
        int64_t number = ts_json_integer(at);
        char *text = ts_sprintf("%" PRId64, number);
        *type = number >= 0 && number <= UINT32_MAX ? TS_REG_DWORD : TS_REG_QWORD;
        *data = text ? ts_arena_strdup(m->arena, text) : NULL;
        free(text);
        return *data ? true : ts_fail_nomem(err);
    }
    case TS_JSON_ARRAY:
        *type = TS_REG_MULTI_SZ;
        *data = join_lines(m, at);
        return *data ? true : ts_fail_nomem(err);
    case TS_JSON_NULL:
    case TS_JSON_BOOL:
    case TS_JSON_REAL:
    case TS_JSON_OBJECT:
        break;
    }
    return ts_json_fail(at, TS_SCHEMA, err,
                        "must be a text (REG_SZ), a number (REG_DWORD), a list of texts "
                        "(REG_MULTI_SZ) or {\"type\": ..., \"data\": ...}");
}

static bool read_value(sim_machine *m, ts_json *at, ts_reg_type *type, const char **data,
                       ts_err **err)
{
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return read_data(m, at, type, data, err);
    }
    const char *name = NULL;
    ts_json inner;
    ts_reg_type implied = TS_REG_NONE;
    if (!ts_json_str(at, "type", TS_JSON_REQUIRED, &name, err)) {
        return false;
    }
    if (!ts_reg_type_by_name(name, type)) {
        return ts_json_fail(at, TS_SCHEMA, err,
                            "'%s' is no registry type: REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ, "
                            "REG_DWORD, REG_QWORD, REG_BINARY or REG_NONE",
                            name);
    }
    *data = "";
    bool there = ts_json_any(at, "data", &inner);
    if (there && !read_data(m, &inner, &implied, data, err)) {
        return false;
    }
    return ts_json_done(at, err);
}

static bool read_key(sim_machine *m, ts_json *at, ts_err **err)
{
    ts_err *why = NULL;
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object with the key's values");
    }
    TS_CLEANUP(ts_free_ptr) char *key = ts_reg_key_normal(at->key, &why);
    sim_reg_key *made = NULL;
    if (!key || !sim_reg_key_make(m, m->phase, key, false, &made, &why)) {
        return fail_at(at, why, err);
    }
    ts_json value;
    for (void *cursor = NULL; ts_json_next(at, &cursor, &value);) {
        ts_reg_type type = TS_REG_NONE;
        const char *data = "";
        if (!read_value(m, &value, &type, &data, err)) {
            return false;
        }
        if (!sim_reg_put(m, m->phase, key, value.key, type, data, false, &why)) {
            return fail_at(&value, why, err);
        }
    }
    return true;
}

/* --- Files ----------------------------------------------------------------------------------- */

static bool take_content(sim_machine *m, const char *content, sim_file *file, ts_err **err)
{
    file->size = strlen(content);
    if (m->file_bytes + file->size > TS_SIM_BYTES_MAX) {
        return ts_fail(err, TS_LIMIT, "the files hold more than %u bytes", TS_SIM_BYTES_MAX);
    }
    file->data = ts_strdup(content);
    return file->data ? true : ts_fail_nomem(err);
}

static bool read_file_object(ts_json *at, sim_file *file, const char **content, ts_err **err)
{
    const char *modified = NULL;
    ts_json size;
    bool sized = ts_json_any(at, "size", &size);
    if (!ts_json_str(at, "content", TS_JSON_OPTIONAL, content, err) ||
        !ts_json_str(at, "version", TS_JSON_OPTIONAL, &file->version, err) ||
        !ts_json_str(at, "modified", TS_JSON_OPTIONAL, &modified, err) ||
        !ts_json_flag_of(at, "folder", TS_JSON_OPTIONAL, &file->is_folder, err) ||
        !ts_json_bytes(at, "size", TS_JSON_OPTIONAL, &file->size, err)) {
        return false;
    }
    if (sized && *content) {
        return ts_json_fail(at, TS_SCHEMA, err, "give 'size' or 'content', not both");
    }
    if (modified && !sim_date_parse(modified, &file->modified)) {
        return ts_json_fail(at, TS_SCHEMA, err, "'%s' is no date: write 2024-05-14T08:00:00Z",
                            modified);
    }
    return ts_json_done(at, err);
}

static bool read_file(sim_machine *m, ts_json *at, ts_err **err)
{
    sim_file file = {.version = "", .modified = m->clock};
    const char *content = NULL;
    ts_json_kind kind = ts_json_kind_of(at);
    if (kind == TS_JSON_TEXT) {
        content = ts_json_text(at);
    } else if (kind != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err,
                            "must be the content as a text, or {\"size\": ..., \"version\": ...}");
    } else if (!read_file_object(at, &file, &content, err)) {
        return false;
    }
    ts_err *why = NULL;
    TS_CLEANUP(ts_free_ptr) char *key = sim_path_key(m, at->key, &why);
    if (!key || (content && !take_content(m, content, &file, &why))) {
        return fail_at(at, why, err);
    }
    if (!sim_file_put(m, key, &file, &why)) {
        free(file.data);
        return fail_at(at, why, err);
    }
    return true;
}

/* --- Products and programs -------------------------------------------------------------------- */

static bool read_products(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json list;
    if (!sim_profile_list(root, "products", TS_SIM_ENTRIES_MAX, &list, &m->n_products, err)) {
        return false;
    }
    m->products = ts_arena_alloc(m->arena, m->n_products * sizeof(*m->products) + 1);
    if (!m->products) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < m->n_products; i++) {
        ts_json at;
        sim_product *p = &m->products[i];
        ts_json_at(&list, i, &at);
        if (ts_json_kind_of(&at) != TS_JSON_OBJECT) {
            return ts_json_fail(&at, TS_SCHEMA, err, "must be an object {...}");
        }
        if (!ts_json_str(&at, "product_code", TS_JSON_REQUIRED, &p->code, err) ||
            !ts_json_str(&at, "upgrade_code", TS_JSON_OPTIONAL, &p->upgrade, err) ||
            !ts_json_str(&at, "name", TS_JSON_OPTIONAL, &p->name, err) ||
            !ts_json_str(&at, "version", TS_JSON_OPTIONAL, &p->version, err) ||
            !ts_json_done(&at, err)) {
            return false;
        }
    }
    return true;
}

/* {"NAME": "value"} as NULL-terminated "NAME=value". */
static bool read_sets(sim_machine *m, ts_json *at, sim_program *p, ts_err **err)
{
    ts_json sets;
    ts_json member;
    bool found = false;
    if (!ts_json_child(at, "sets", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &sets, &found, err)) {
        return false;
    }
    if (!found) {
        return true;
    }
    const char **pairs = ts_arena_alloc(m->arena, (ts_json_count(&sets) + 1) * sizeof(*pairs));
    if (!pairs) {
        return ts_fail_nomem(err);
    }
    size_t n = 0;
    for (void *cursor = NULL; ts_json_next(&sets, &cursor, &member);) {
        if (ts_json_kind_of(&member) != TS_JSON_TEXT) {
            return ts_json_fail(&member, TS_SCHEMA, err, "must be a text");
        }
        char *pair = ts_sprintf("%s=%s", member.key, ts_json_text(&member));
        pairs[n++] = pair ? ts_arena_strdup(m->arena, pair) : NULL;
        free(pair);
        if (!pairs[n - 1]) {
            return ts_fail_nomem(err);
        }
    }
    p->sets = pairs;
    return true;
}

static bool read_program(sim_machine *m, ts_json *at, sim_program *p, ts_err **err)
{
    int64_t code = 0;
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object {...}");
    }
    if (!ts_json_str(at, "name", TS_JSON_REQUIRED, &p->name, err) ||
        !ts_json_str(at, "arguments", TS_JSON_OPTIONAL, &p->arguments, err) ||
        !ts_json_int(at, "exit_code", TS_JSON_OPTIONAL, INT32_MIN, UINT32_MAX, &code, err) ||
        !ts_json_str(at, "output", TS_JSON_OPTIONAL, &p->output, err) ||
        !sim_profile_duration(at, "duration", &p->duration, err) ||
        !ts_json_flag_of(at, "missing", TS_JSON_OPTIONAL, &p->missing, err) ||
        !read_sets(m, at, p, err) || !sim_profile_texts(m, at, "creates", &p->creates, err)) {
        return false;
    }
    p->exit_code = (uint32_t)code;
    return ts_json_done(at, err);
}

static bool read_programs(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json list;
    size_t n = 0;
    if (!sim_profile_list(root, "programs", TS_SIM_ENTRIES_MAX, &list, &n, err)) {
        return false;
    }
    sim_program *all = ts_arena_alloc(m->arena, n * sizeof(*all) + 1);
    if (!all) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        ts_json at;
        ts_json_at(&list, i, &at);
        if (!read_program(m, &at, &all[i], err)) {
            return false;
        }
        all[i].next = i + 1 < n ? &all[i + 1] : NULL;
    }
    m->programs = n ? all : NULL;
    return true;
}

typedef bool (*read_member)(sim_machine *m, ts_json *at, ts_err **err);

static bool read_members(sim_machine *m, ts_json *root, const char *key, read_member read,
                         ts_err **err)
{
    ts_json object;
    ts_json member;
    bool found = false;
    if (!ts_json_child(root, key, TS_JSON_OPTIONAL, TS_JSON_OBJECT, &object, &found, err)) {
        return false;
    }
    for (void *cursor = NULL; found && ts_json_next(&object, &cursor, &member);) {
        if (!read(m, &member, err)) {
            return false;
        }
    }
    return true;
}

bool sim_profile_software(sim_machine *m, ts_json *root, ts_err **err)
{
    return read_members(m, root, "registry", read_key, err) &&
           read_members(m, root, "files", read_file, err) && read_products(m, root, err) &&
           read_programs(m, root, err) && sim_profile_urls(m, root, err);
}
