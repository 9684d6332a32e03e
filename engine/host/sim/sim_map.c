/* sim_map.c - a sorted table: small, in a stable order, and all keys below a prefix stand together.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

void sim_map_done(sim_map *map)
{
    free(map->entries);
    memset(map, 0, sizeof(*map));
}

size_t sim_map_seek(const sim_map *map, const char *key)
{
    size_t low = 0;
    size_t high = map->n;
    /* Profiles and runs mostly add in order: look at the end first. */
    if (high > 0 && ts_str_casecmp(map->entries[high - 1].key, key) < 0) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ts_str_casecmp(map->entries[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const sim_map *map, size_t at, const char *key)
{
    return at < map->n && ts_str_ieq(map->entries[at].key, key);
}

void *sim_map_get(const sim_map *map, const char *key)
{
    size_t at = sim_map_seek(map, key);
    return is_at(map, at, key) ? map->entries[at].item : NULL;
}

bool sim_map_put(sim_map *map, const char *key, void *item, ts_err **err)
{
    size_t at = sim_map_seek(map, key);
    if (is_at(map, at, key)) {
        map->entries[at].item = item;
        return true;
    }
    if (map->n >= TS_SIM_ENTRIES_MAX) {
        return ts_fail(err, TS_LIMIT, "the simulated machine holds %u entries of this kind already",
                       TS_SIM_ENTRIES_MAX);
    }
    if (map->n == map->cap) {
        size_t cap = map->cap ? map->cap * 2 : 8;
        sim_entry *grown = ts_realloc_array(map->entries, cap, sizeof(*grown));
        if (!grown) {
            return ts_fail_nomem(err);
        }
        map->entries = grown;
        map->cap = cap;
    }
    memmove(&map->entries[at + 1], &map->entries[at], (map->n - at) * sizeof(*map->entries));
    map->entries[at].key = key;
    map->entries[at].item = item;
    map->n++;
    return true;
}

bool sim_map_remove(sim_map *map, const char *key)
{
    size_t at = sim_map_seek(map, key);
    if (!is_at(map, at, key)) {
        return false;
    }
    map->n--;
    memmove(&map->entries[at], &map->entries[at + 1], (map->n - at) * sizeof(*map->entries));
    return true;
}
