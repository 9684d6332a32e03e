/* unattend_node.h - the tree of an answer file, shared by its files. Arena-owned. */
#ifndef TS_UNATTEND_NODE_H
#define TS_UNATTEND_NODE_H

#include <ts/mem.h>
#include <ts/unattend.h>

typedef struct ts_unattend_attr {
    const char *name; /* with the prefix "wcm:" where it belongs */
    const char *value;
    struct ts_unattend_attr *next;
} ts_unattend_attr;

typedef struct ts_unattend_node {
    const char *name;
    char *text; /* heap (wiped); NULL: none */
    unsigned line;
    ts_unattend_attr *attrs;
    struct ts_unattend_node *first, *next;
} ts_unattend_node;

struct ts_unattend {
    ts_arena *arena;
    ts_unattend_node *root;
    const char *architecture;
};

const char *ts_unattend_attr_of(const ts_unattend_node *n, const char *name); /* "" when missing */
/* The values of a string attribute of the schema: "windowsPE" ... */
const char *ts_unattend_pass_name(ts_unattend_pass pass);

#endif
