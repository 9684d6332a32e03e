/* nodes.h - shared by sequence_xml.c and node_xml.c. */
#ifndef TS_MODEL_NODES_H
#define TS_MODEL_NODES_H

#include "load.h"

/* Attributes, action, settings, condition of a group, step or subtasksequence; not its children. */
void ts_load_node(ts_load *load, ts_xml *e, ts_node *node);
/* True for the three elements that are instructions. */
bool ts_load_is_node(const ts_xml *e);
/* Appends the variables of all lists of that name below the element. */
void ts_load_settings(ts_load *load, ts_xml *owner, const char *list, const ts_setting **out,
                      size_t *count);

#endif
