/* ts/sequence.h - a loaded task sequence: immutable, owned by one arena, every node with its line.
 *
 * All four containers load through ts_bundle_load: a bare <sequence> (ConfigMgr, MDT ts.xml), a
 * console export object.xml, a console export .zip (several packages, zips inside), and
 * <SmsTaskSequencePackage>. A bundle holds every sequence that the file holds. */
#ifndef TS_SEQUENCE_H
#define TS_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_SEQUENCE_BYTES_MAX   (64u * 1024u * 1024u) /* of one XML document */
#define TS_SEQUENCE_DEPTH_MAX   256u    /* element nesting; libxml2's own default limit */
#define TS_SEQUENCE_NODES_MAX   200000u /* groups and steps of one sequence */
#define TS_BUNDLE_BYTES_MAX     (256u * 1024u * 1024u) /* of all XML documents in one zip */
#define TS_BUNDLE_NESTING_MAX   3u                     /* zips inside zips */
#define TS_BUNDLE_SEQUENCES_MAX 1000u                  /* sequences of one file */
#define TS_NODE_PATH_MAX        1024u                  /* bytes of ts_node.path before "#n" */
#define TS_EXPORT_FILES         "_files" /* end of the folder with an export's content */
#define TS_LOAD_WARNINGS_MAX    1000u    /* of one sequence; then one more says so */

typedef struct ts_cond ts_cond; /* ts/condition.h */

typedef enum ts_node_kind {
    TS_NODE_GROUP,
    TS_NODE_STEP,
    TS_NODE_SUBSEQUENCE /* <subtasksequence>: Run Task Sequence */
} ts_node_kind;

typedef enum ts_phase {
    TS_PHASE_ANY, /* runIn WinPEandFullOS, or absent */
    TS_PHASE_WINPE,
    TS_PHASE_FULL_OS
} ts_phase;

/* One <variable> of a <defaultVarList> or <globalVarList>. */
typedef struct ts_setting {
    const char *name;     /* environment name */
    const char *property; /* editor property; NULL when absent */
    const char *value;    /* "" when empty; white-space-only values load as "" */
    bool hidden; /* hidden="true": already folded into the action; it does NOT mean secret */
    uint32_t line;
} ts_setting;

typedef struct ts_node ts_node;
struct ts_node {
    ts_node_kind kind;
    const char *name;        /* "" when the attribute is missing */
    const char *description; /* "" when absent */
    const char *type;        /* "" when absent (5,318 real steps have none) */
    const char *action;      /* text of <action>, as written, "" for groups */
    const char *start_in;    /* MDT's startIn, "" when absent */
    const char *path;        /* "Group/Subgroup/Name#n": n counts equal paths from 1; a path that is
                                too long begins with ".../" */
    uint32_t line;           /* of the element in the file */
    uint32_t action_line;    /* of <action>; 0 when absent */
    uint32_t index; /* instruction number from 0; groups count (ConfigMgr logs: "Pointer: n") */
    uint32_t end;   /* one past the last instruction inside; index + 1 for a step */
    ts_phase run_in;
    bool disabled;
    bool continue_on_error;
    uint32_t timeout;     /* seconds, 0 = none */
    uint32_t retry_count; /* "retry when the computer unexpectedly restarts", nothing else */
    const int64_t
        *success; /* successCodeList; when absent or empty: 0 (0 3010 for command steps) */
    size_t n_success;
    const ts_cond *condition; /* NULL: none; an empty <condition> is an AND without children */
    const ts_setting *settings;
    size_t n_settings;
    const ts_node *parent; /* NULL at the top */
};

typedef struct ts_reference {
    const char *package;     /* package id, "" when it is an application */
    const char *program;     /* "" when absent */
    const char *application; /* "" when absent */
    uint32_t line;
} ts_reference;

/* A warning found while loading: unknown attribute, stray element ... The file still loads. */
typedef struct ts_load_warning {
    const char *rule; /* "load-unknown-attribute" ..., as in docs/reference/sequence-files.md */
    const char *text;
    uint32_t line;
} ts_load_warning;

typedef struct ts_sequence {
    const char *file; /* path as the user gave it; "export.zip!SMS_.../object.xml" inside a zip */
    const char *name; /* from the package, or the root's name attribute, or the file's name */
    const char *package_id; /* "" for bare sequences */
    const char *description;
    const char *version;    /* "3.00", "3.10", "" when absent */
    const char *boot_image; /* BootImageID, "" when none */
    char sha256[65];        /* of the <sequence> document's bytes, lower-case hex */
    uint64_t bytes;         /* of that document */
    uint32_t line;          /* of <sequence> */
    const ts_node *nodes; /* the instruction table: document order, groups before their children */
    size_t n_nodes;
    const ts_setting *globals;
    size_t n_globals;
    const ts_reference *references;
    size_t n_references;
    const ts_load_warning *warnings;
    size_t n_warnings;
} ts_sequence;

typedef struct ts_bundle ts_bundle;

/* Reads a file of any container. Errors: TS_NOT_FOUND, TS_SYNTAX (with line and column and what
 * was expected), TS_LIMIT, TS_OS. */
ts_bundle *ts_bundle_load(const char *path, ts_err **err);
/* The same from memory; `name` stands in messages and decides nothing. */
ts_bundle *ts_bundle_load_bytes(const char *name, const void *data, size_t size, ts_err **err);
void ts_bundle_free(ts_bundle *bundle);

size_t ts_bundle_count(const ts_bundle *bundle);
const ts_sequence *ts_bundle_get(const ts_bundle *bundle, size_t index);
/* The sequence to run: the export manifest's entry, else the one that no other calls, else the
 * first. */
const ts_sequence *ts_bundle_entry(const ts_bundle *bundle);
const ts_sequence *ts_bundle_find(const ts_bundle *bundle, const char *package_id); /* or NULL */

/* The value of a step's setting by environment name or property (without regard to case), NULL
 * when it is not there. */
const char *ts_node_setting(const ts_node *node, const char *name);
/* True when the node or a group round it is disabled. */
bool ts_node_is_off(const ts_node *node);
/* The program that the action starts: base name in lower case without extension or quotes, after
 * smsswd.exe /run: and script hosts are looked through ("ztidiskpart", "osddiskpart"). Written to
 * `out` ("" when there is none); always NUL-terminated, cut at size. */
void ts_node_program(const ts_node *node, char *out, size_t size);
/* The first word of the action behind smsswd.exe /run:, as written, without quotes ("cscript.exe",
 * "%windir%\\system32\\cmd.exe"); the same bounds. */
void ts_node_launcher(const ts_node *node, char *out, size_t size);

#endif
