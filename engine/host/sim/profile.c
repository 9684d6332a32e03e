/* profile.c - reads a machine profile. docs/reference/machine-profile.md describes the format; what
 * it does not describe is an error with file and line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

bool sim_profile_list(ts_json *object, const char *key, size_t max, ts_json *list, size_t *count,
                      ts_err **err)
{
    bool found = false;
    *count = 0;
    if (!ts_json_child(object, key, TS_JSON_OPTIONAL, TS_JSON_ARRAY, list, &found, err)) {
        return false;
    }
    size_t n = found ? ts_json_count(list) : 0;
    if (n > max) {
        return ts_json_fail(list, TS_LIMIT, err, "%zu entries, the limit is %zu", n, max);
    }
    *count = n;
    return true;
}

bool sim_profile_texts(sim_machine *m, ts_json *object, const char *key, const char *const **out,
                       ts_err **err)
{
    return sim_profile_many_texts(m, object, key, TS_SIM_LIST_MAX, out, err);
}

bool sim_profile_many_texts(sim_machine *m, ts_json *object, const char *key, size_t max,
                            const char *const **out, ts_err **err)
{
    ts_json list;
    size_t n = 0;
    if (!sim_profile_list(object, key, max, &list, &n, err)) {
        return false;
    }
    if (n == 0) {
        return true;
    }
    const char **texts = ts_arena_alloc(m->arena, (n + 1) * sizeof(*texts));
    if (!texts) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        ts_json at;
        ts_json_at(&list, i, &at);
        if (ts_json_kind_of(&at) != TS_JSON_TEXT) {
            return ts_json_fail(&at, TS_SCHEMA, err, "must be a text");
        }
        texts[i] = ts_json_text(&at);
    }
    *out = texts;
    return true;
}

bool sim_profile_joined(sim_machine *m, ts_json *object, const char *key, const char **out,
                        ts_err **err)
{
    ts_json at;
    if (!ts_json_any(object, key, &at) || ts_json_kind_of(&at) == TS_JSON_NULL) {
        return true;
    }
    if (ts_json_kind_of(&at) == TS_JSON_TEXT) {
        *out = ts_json_text(&at);
        return true;
    }
    if (ts_json_kind_of(&at) != TS_JSON_ARRAY) {
        return ts_json_fail(&at, TS_SCHEMA, err, "must be a text or a list of texts");
    }
    const char *const *texts = NULL;
    if (!sim_profile_texts(m, object, key, &texts, err)) {
        return false;
    }
    ts_buf joined;
    ts_buf_init(&joined, 4096);
    for (size_t i = 0; texts && texts[i]; i++) {
        ts_buf_printf(&joined, "%s%s", i ? "," : "", texts[i]);
    }
    bool ok = ts_buf_ok(&joined, key, err);
    *out = ok ? ts_arena_strdup(m->arena, ts_buf_text(&joined)) : NULL;
    ts_buf_done(&joined);
    return ok && !*out ? ts_fail_nomem(err) : ok;
}

#define DURATION_MAX_S INT64_C(31536000) /* a year */

bool sim_profile_duration(ts_json *object, const char *key, uint64_t *out, ts_err **err)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}};
    ts_json at;
    if (!ts_json_any(object, key, &at) || ts_json_kind_of(&at) == TS_JSON_NULL) {
        return true;
    }
    if (ts_json_kind_of(&at) == TS_JSON_INT && ts_json_integer(&at) >= 0 &&
        ts_json_integer(&at) <= DURATION_MAX_S) {
        *out = (uint64_t)ts_json_integer(&at) * 1000;
        return true;
    }
    const char *text = ts_json_text(&at);
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits + strspn(text + digits, " ");
    for (size_t i = 0; digits > 0 && digits < 10 && i < TS_COUNT(units); i++) {
        if (ts_str_ieq(unit, units[i].unit)) {
            *out = strtoull(text, NULL, 10) * units[i].factor;
            return true;
        }
    }
    return ts_json_fail(&at, TS_SCHEMA, err,
                        "must be a duration: seconds, or a text like \"250 ms\", \"90 s\", "
                        "\"15 min\", \"2 h\"");
}

static bool read_clock(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json clock;
    bool found = false;
    m->clock = SIM_CLOCK_START;
    if (!ts_json_child(root, "clock", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &clock, &found, err)) {
        return false;
    }
    if (found) {
        const char *start = NULL;
        if (!ts_json_str(&clock, "start", TS_JSON_OPTIONAL, &start, err) ||
            !ts_json_int(&clock, "bias", TS_JSON_OPTIONAL, -840, 840, &m->bias, err) ||
            !ts_json_done(&clock, err)) {
            return false;
        }
        if (start && !sim_date_parse(start, &m->clock)) {
            return ts_json_fail(&clock, TS_SCHEMA, err,
                                "'%s' is no date: write 2024-05-14T08:00:00Z", start);
        }
    }
    m->boot_time = m->clock;
    return true;
}

/* name -> text */
static bool read_texts(ts_json *root, const char *key, sim_map *map, ts_err **err)
{
    ts_json object;
    ts_json at;
    bool found = false;
    if (!ts_json_child(root, key, TS_JSON_OPTIONAL, TS_JSON_OBJECT, &object, &found, err)) {
        return false;
    }
    for (void *cursor = NULL; found && ts_json_next(&object, &cursor, &at);) {
        if (ts_json_kind_of(&at) != TS_JSON_TEXT) {
            return ts_json_fail(&at, TS_SCHEMA, err, "must be a text; write numbers in quotes");
        }
        union {
            const char *in;
            void *out;
        } text = {.in = ts_json_text(&at)};
        if (!sim_map_put(map, at.key, text.out, err)) {
            return false;
        }
    }
    return true;
}

static bool read_top(sim_machine *m, ts_json *root, ts_err **err)
{
    const char *schema = NULL; /* for editors */
    unsigned firmware = 0;
    m->description = "";
    m->workgroup = "WORKGROUP";
    if (!ts_json_str(root, "$schema", TS_JSON_OPTIONAL, &schema, err) ||
        !ts_json_str(root, "name", TS_JSON_REQUIRED, &m->name, err) ||
        !ts_json_str(root, "description", TS_JSON_OPTIONAL, &m->description, err) ||
        !ts_json_str(root, "host_name", TS_JSON_OPTIONAL, &m->host_name, err) ||
        !ts_json_str(root, "workgroup", TS_JSON_OPTIONAL, &m->workgroup, err) ||
        !ts_json_str(root, "domain", TS_JSON_OPTIONAL, &m->domain, err) ||
        !ts_json_choice(root, "firmware", TS_JSON_REQUIRED, "bios uefi", &firmware, err) ||
        !ts_json_flag_of(root, "secure_boot", TS_JSON_OPTIONAL, &m->secure_boot, err)) {
        return false;
    }
    m->uefi = firmware == 1;
    if (m->secure_boot && !m->uefi) {
        return ts_json_fail(root, TS_SCHEMA, err, "'secure_boot' needs \"firmware\": \"uefi\"");
    }
    if (ts_str_blank(m->name)) {
        return ts_json_fail(root, TS_SCHEMA, err, "'name' is empty");
    }
    return true;
}

bool sim_profile_read(sim_machine *m, ts_err **err)
{
    ts_json root;
    ts_json_root(m->doc, &root);
    if (ts_json_kind_of(&root) != TS_JSON_OBJECT) {
        return ts_json_fail(&root, TS_SCHEMA, err, "a machine profile is an object {...}, not %s",
                            ts_json_kind_name(ts_json_kind_of(&root)));
    }
    return read_top(m, &root, err) && read_clock(m, &root, err) &&
           sim_profile_hardware(m, &root, err) && sim_profile_os(m, &root, err) &&
           sim_profile_disks(m, &root, err) && sim_profile_deploy(m, &root, err) &&
           read_texts(&root, "environment", &m->environment, err) &&
           read_texts(&root, "variables", &m->variables, err) &&
           sim_profile_software(m, &root, err) && sim_profile_wmi(m, &root, err) &&
           ts_json_done(&root, err);
}
