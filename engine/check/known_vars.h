/* known_vars.h - names of variables that exist without anybody in the sequence setting them. '#'
 * stands for digits; each list ends with NULL. Private to engine/check. */
#ifndef TS_KNOWN_VARS_H
#define TS_KNOWN_VARS_H

extern const char *const lint_vars_configmgr[];
extern const char *const lint_vars_mdt[];

#endif
