/* profile_deploy.c - what a machine profile says for deployments: images, devices, directory. */
#include <string.h>

#include "sim.h"

static bool read_image(sim_machine *m, ts_json *at, sim_image *image, ts_err **err)
{
    if (ts_json_kind_of(at) != TS_JSON_OBJECT) {
        return ts_json_fail(at, TS_SCHEMA, err, "must be an object {...}");
    }
    int64_t index = 1;
    bool data = false;
    ts_json os;
    bool found = false;
    image->os = m->target;
    image->bytes = UINT64_C(15000000000); /* an unpacked Windows 11 */
    if (!ts_json_str(at, "file", TS_JSON_REQUIRED, &image->file, err) ||
        !ts_json_int(at, "index", TS_JSON_OPTIONAL, 1, 1000, &index, err) ||
        !ts_json_bytes(at, "bytes", TS_JSON_OPTIONAL, &image->bytes, err) ||
        !ts_json_flag_of(at, "data", TS_JSON_OPTIONAL, &data, err) ||
        !ts_json_str(at, "damaged", TS_JSON_OPTIONAL, &image->damaged, err) ||
        !ts_json_child(at, "os", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &os, &found, err) ||
        (found && !sim_profile_os_read(m, &os, &image->os, err)) || !ts_json_done(at, err)) {
        return false;
    }
    image->index = (uint32_t)index;
    image->is_windows = !data;
    return !ts_str_blank(image->file) || ts_json_fail(at, TS_SCHEMA, err, "'file' is empty");
}

bool sim_profile_deploy(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json list;
    size_t n = 0;
    m->directory = m->domain && *m->domain;
    if (!ts_json_flag_of(root, "directory", TS_JSON_OPTIONAL, &m->directory, err) ||
        !sim_profile_many_texts(m, root, "devices", TS_SIM_DEVICES_MAX, &m->devices, err) ||
        !sim_profile_list(root, "images", TS_SIM_LIST_MAX, &list, &n, err)) {
        return false;
    }
    m->images = ts_arena_alloc(m->arena, n * sizeof(*m->images) + 1);
    if (!m->images) {
        return ts_fail_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        ts_json at;
        ts_json_at(&list, i, &at);
        if (!read_image(m, &at, &m->images[i], err)) {
            return false;
        }
        m->n_images++;
    }
    return true;
}
