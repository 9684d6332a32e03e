/* sim_state.c - the machine as it is now, for reports and tests. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define STATE_MAX (64u * 1024u * 1024u)

static const char *choice(const char *choices, unsigned n, char *out, size_t size)
{
    for (; n > 0; n--) {
        choices += strcspn(choices, " ");
        choices += *choices == ' ';
    }
    size_t len = strcspn(choices, " ");
    len = len < size ? len : size - 1;
    memcpy(out, choices, len);
    out[len] = '\0';
    return out;
}

static void put_os(ts_json_writer *w, const char *key, const sim_os *os)
{
    ts_json_begin_object(w, key);
    ts_json_put_str(w, "name", os->name);
    ts_json_put_str(w, "version", os->version);
    ts_json_end(w);
}

static void put_partition(ts_json_writer *w, const sim_partition *p)
{
    char text[16];
    char letter[2] = {p->letter, '\0'};
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "type", choice(SIM_PARTITION_TYPES, p->type, text, sizeof(text)));
    ts_json_put_uint(w, "size", p->size);
    ts_json_put_uint(w, "used", p->used);
    ts_json_put_str(w, "filesystem", *p->filesystem ? p->filesystem : NULL);
    ts_json_put_str(w, "label", p->label);
    ts_json_put_str(w, "letter", p->letter ? letter : NULL);
    if (p->active) {
        ts_json_put_bool(w, "active", true);
    }
    ts_json_put_str(w, "bitlocker", choice(SIM_BITLOCKER_STATES, p->bitlocker, text, sizeof(text)));
    if (p->os) {
        put_os(w, "os", p->os);
    }
    ts_json_end(w);
}

static void put_disks(ts_json_writer *w, const sim_machine *m)
{
    char text[16];
    ts_json_begin_array(w, "disks");
    for (size_t i = 0; i < m->n_disks; i++) {
        const sim_disk *d = &m->disks[i];
        ts_json_begin_object(w, NULL);
        ts_json_put_str(w, "model", d->model);
        ts_json_put_uint(w, "size", d->size);
        ts_json_put_str(w, "style", choice(SIM_STYLES, d->style, text, sizeof(text)));
        ts_json_begin_array(w, "partitions");
        for (size_t k = 0; k < d->n_partitions; k++) {
            put_partition(w, &d->partitions[k]);
        }
        ts_json_end(w);
        ts_json_end(w);
    }
    ts_json_end(w);
}

/* "#3/Temp/x" to a path of today: "C:\Temp\x", or "disk partition 3:\Temp\x" without a letter. */
static void put_path(ts_buf *out, const sim_machine *m, const char *key)
{
    const char *rest = key;
    if (*key == '#') {
        uint32_t id = (uint32_t)strtoul(key + 1, NULL, 10);
        char letter = 0;
        for (size_t i = 0; i < m->n_disks; i++) {
            for (size_t k = 0; k < m->disks[i].n_partitions; k++) {
                const sim_partition *p = &m->disks[i].partitions[k];
                letter = p->id == id ? p->letter : letter;
            }
        }
        if (letter) {
            ts_buf_printf(out, "%c:", letter);
        } else {
            ts_buf_printf(out, "partition %u:", id);
        }
        rest = key + strcspn(key, "/");
    } else if (*key == '@') {
        ts_buf_printf(out, "%c:", key[1]);
        rest = key + 2;
    }
    for (; *rest; rest++) {
        ts_buf_char(out, *rest == '/' ? '\\' : *rest);
    }
}

static void put_files(ts_json_writer *w, const sim_machine *m)
{
    ts_json_begin_object(w, "files");
    for (size_t i = 0; i < m->files.n; i++) {
        const sim_file *file = m->files.entries[i].item;
        if (!file->changed) {
            continue;
        }
        ts_buf path;
        ts_buf_init(&path, 65536);
        put_path(&path, m, m->files.entries[i].key);
        ts_json_begin_object(w, ts_buf_text(&path));
        if (file->is_folder) {
            ts_json_put_bool(w, "folder", true);
        } else {
            ts_json_put_uint(w, "size", file->size);
        }
        ts_json_end(w);
        ts_buf_done(&path);
    }
    ts_json_end(w);
}

static void put_registry(ts_json_writer *w, const sim_machine *m)
{
    ts_json_begin_object(w, "registry");
    const sim_map *map = &m->registry[m->phase];
    for (size_t i = 0; i < map->n; i++) {
        const sim_reg_key *key = map->entries[i].item;
        bool open = false;
        for (size_t k = 0; k < key->n; k++) {
            const sim_reg_value *value = &key->values[k];
            if (!value->changed || value->deleted) {
                continue;
            }
            if (!open) {
                ts_json_begin_object(w, map->entries[i].key);
                open = true;
            }
            ts_json_begin_object(w, value->name);
            ts_json_put_str(w, "type", ts_reg_type_name(value->type));
            ts_json_put_str(w, "data", value->data);
            ts_json_end(w);
        }
        if (open) {
            ts_json_end(w);
        }
    }
    ts_json_end(w);
}

static void put_calls(ts_json_writer *w, const sim_machine *m)
{
    ts_json_begin_array(w, "programs");
    for (size_t i = 0; i < m->n_calls; i++) {
        const sim_call *call = &m->calls[i];
        ts_json_begin_object(w, NULL);
        ts_json_put_str(w, "name", call->program);
        ts_json_put_str(w, "arguments", call->arguments);
        ts_json_put_uint(w, "exit_code", call->exit_code);
        if (call->assumed) {
            ts_json_put_bool(w, "assumed", true);
        }
        if (call->timed_out) {
            ts_json_put_bool(w, "timed_out", true);
        }
        ts_json_end(w);
    }
    ts_json_end(w);
    ts_json_put_uint(w, "programs_run", m->n_calls_all);
}

static void put_all(ts_json_writer *w, const sim_machine *m)
{
    ts_buf clock;
    ts_buf_init(&clock, 64);
    sim_date_iso(&clock, m->clock);
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "name", m->name);
    ts_json_put_str(w, "phase", m->phase == SIM_PE ? "winpe" : "full");
    ts_json_put_str(w, "clock", ts_buf_text(&clock));
    ts_json_put_uint(w, "restarts", m->restarts);
    put_os(w, "os", &m->os[m->phase]);
    put_disks(w, m);
    put_files(w, m);
    put_registry(w, m);
    ts_json_begin_array(w, "deleted");
    for (size_t i = 0; i < m->deleted.n; i++) {
        ts_json_put_str(w, NULL, m->deleted.entries[i].key);
    }
    ts_json_end(w);
    put_calls(w, m);
    ts_json_end(w);
    ts_buf_done(&clock);
}

char *ts_host_sim_state_json(ts_host *host, ts_err **err)
{
    const sim_machine *m = sim_of(host);
    if (!m) {
        ts_fail(err, TS_USAGE, "only a simulated machine can show its state");
        return NULL;
    }
    ts_buf out;
    ts_buf_init(&out, STATE_MAX);
    ts_json_writer w;
    ts_json_writer_init(&w, &out, true);
    put_all(&w, m);
    char *text = NULL;
    if (ts_json_finish(&w, err)) {
        text = ts_buf_take(&out);
        if (!text) {
            ts_fail_nomem(err);
        }
    }
    ts_buf_done(&out);
    return text;
}
