/* vars_table.h - a hash table of variables that reuses the memory of a value.
 *
 * The engine sets about five variables for every step, always the same ones, so a variable that was
 * deleted keeps its entry and its buffer: setting it again allocates nothing. */
#ifndef TS_MODEL_VARS_TABLE_H
#define TS_MODEL_VARS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/vars.h>

typedef struct ts_var {
    char *name; /* as it was first written */
    size_t name_len;
    uint32_t hash;
    uint64_t round; /* the variable is present when this equals the table's */
    bool secret;    /* stays over a deletion */
    ts_value value; /* value.text is `text`, value.why is `why` */
    char *text;
    size_t len, cap;
    char *why;
} ts_var;

/* Open addressing, linear probing, at most half full. Entries are heap objects, so that a borrowed
 * value survives the growth of the table. */
typedef struct ts_var_table {
    ts_var **slots;
    size_t n_slots;
    size_t n_vars; /* entries, present or not */
    size_t n_present;
    uint64_t round; /* starts at 1 */
    bool holds_secret;
} ts_var_table;

uint32_t ts_var_hash(const char *name, size_t len); /* of the name without regard to case */
ts_var *ts_var_table_find(const ts_var_table *table, const char *name, size_t len, uint32_t hash);
/* Adds an entry that is not present yet; NULL on no memory. */
ts_var *ts_var_table_add(ts_var_table *table, const char *name, size_t len, uint32_t hash);
/* Replaces the text, which may be the source of the new one; false on no memory. */
bool ts_var_store(ts_var *var, const char *text, size_t len);
void ts_var_delete(ts_var_table *table, ts_var *var);
/* Every variable is gone, every secret value wiped; the memory stays for the next round. */
void ts_var_table_next_round(ts_var_table *table);
void ts_var_table_done(ts_var_table *table);

static inline bool ts_var_is_present(const ts_var_table *table, const ts_var *var)
{
    return var->round == table->round;
}

#endif
