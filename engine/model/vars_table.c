/* vars_table.c - the hash table behind ts_vars. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "vars_table.h"

#define FIRST_SLOTS      64u
#define FIRST_TEXT_BYTES 32u

/* Eight bytes at a time: names of 30 characters are looked up several times a step. Bit 0x20 set in
 * every byte makes letters of either case alike; that other characters fall together does not
 * matter. */
uint32_t ts_var_hash(const char *name, size_t len)
{
    const uint64_t fold = 0x2020202020202020u, factor = 0x9E3779B97F4A7C15u;
    uint64_t h = len, word;
    for (; len >= sizeof word; name += sizeof word, len -= sizeof word) {
        memcpy(&word, name, sizeof word);
        h = (h ^ (word | fold)) * factor;
        h ^= h >> 29;
    }
    if (len > 0) {
        word = 0;
        memcpy(&word, name, len);
        h = (h ^ (word | fold)) * factor;
    }
    return (uint32_t)(h ^ (h >> 32));
}

ts_var *ts_var_table_find(const ts_var_table *table, const char *name, size_t len, uint32_t hash)
{
    if (table->n_slots == 0)
        return NULL;
    size_t mask = table->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        ts_var *v = table->slots[i];
        if (!v)
            return NULL;
        if (v->hash == hash && v->name_len == len &&
            (memcmp(v->name, name, len) == 0 || ts_str_ncasecmp(v->name, name, len) == 0))
            return v;
    }
}

static void place(ts_var **slots, size_t n_slots, ts_var *v)
{
    size_t i = v->hash & (n_slots - 1);
    while (slots[i])
        i = (i + 1) & (n_slots - 1);
    slots[i] = v;
}

static void wipe_text(ts_var *v)
{
    if (v->text && (v->value.flags & TS_VALUE_SECRET))
        ts_wipe(v->text, v->len);
}

static void var_free(ts_var *v)
{
    wipe_text(v);
    free(v->text);
    free(v->why);
    free(v->name);
    free(v);
}

void ts_var_table_done(ts_var_table *table)
{
    for (size_t i = 0; i < table->n_slots; i++)
        if (table->slots[i])
            var_free(table->slots[i]);
    free(table->slots);
    *table = (ts_var_table){.round = 1};
}

/* Moves the entries to n_slots slots; with `purge` those of deleted variables end here, but a
 * secret's entry stays: it must be secret again when it comes back. */
static bool rehash(ts_var_table *table, size_t n_slots, bool purge)
{
    ts_var **slots = ts_alloc_array(n_slots, sizeof(ts_var *));
    if (!slots)
        return false;
    table->n_vars = 0;
    for (size_t i = 0; i < table->n_slots; i++) {
        ts_var *v = table->slots[i];
        if (v && purge && !ts_var_is_present(table, v) && !v->secret) {
            var_free(v);
        } else if (v) {
            place(slots, n_slots, v);
            table->n_vars++;
        }
    }
    free(table->slots);
    table->slots = slots;
    table->n_slots = n_slots;
    return true;
}

static bool has_room(const ts_var_table *table)
{
    return (table->n_vars + 1) * 2 <= table->n_slots;
}

static bool make_room(ts_var_table *table)
{
    if (table->n_slots == 0)
        return rehash(table, FIRST_SLOTS, false);
    if (has_room(table))
        return true;
    if (table->n_vars > 2 * table->n_present && !rehash(table, table->n_slots, true))
        return false;
    return has_room(table) || rehash(table, table->n_slots * 2, false);
}

ts_var *ts_var_table_add(ts_var_table *table, const char *name, size_t len, uint32_t hash)
{
    if (!make_room(table))
        return NULL;
    ts_var *v = ts_alloc(sizeof(*v));
    if (!v)
        return NULL;
    v->name = ts_strndup(name, len);
    v->cap = FIRST_TEXT_BYTES;
    v->text = ts_alloc(v->cap);
    if (!v->name || !v->text) {
        var_free(v);
        return NULL;
    }
    v->name_len = len;
    v->hash = hash;
    v->secret = ts_var_name_is_secret(v->name);
    v->value.text = v->text;
    place(table->slots, table->n_slots, v);
    table->n_vars++;
    return v;
}

bool ts_var_store(ts_var *var, const char *text, size_t len)
{
    if (len < var->cap) {
        memmove(var->text, text, len);
        if (var->len > len && (var->value.flags & TS_VALUE_SECRET))
            ts_wipe(var->text + len, var->len - len);
        var->text[len] = 0;
        var->len = len;
        return true;
    }
    size_t cap = len + 1 + len / 4;
    char *fresh = ts_alloc(cap);
    if (!fresh)
        return false;
    memcpy(fresh, text, len);
    wipe_text(var);
    free(var->text);
    var->value.text = var->text = fresh;
    var->len = len;
    var->cap = cap;
    return true;
}

void ts_var_delete(ts_var_table *table, ts_var *var)
{
    wipe_text(var);
    var->text[0] = 0;
    var->len = 0;
    var->value.flags = 0;
    var->round = table->round - 1;
    table->n_present--;
}

void ts_var_table_next_round(ts_var_table *table)
{
    for (size_t i = 0; table->holds_secret && i < table->n_slots; i++) {
        ts_var *v = table->slots[i];
        if (!v)
            continue;
        wipe_text(v);
        /* the value was secret, not the name: the next step may use it otherwise */
        v->secret = ts_var_name_is_secret(v->name);
    }
    table->holds_secret = false;
    table->n_present = 0;
    table->round++;
}
