/* ts/application.h - the catalogue of applications and programs: what Install Application and
 * Install Package run, how an installation is recognised, and what has to be there before.
 *
 *   <applications>
 *     <application name="Editor" id="ScopeId_1/Application_2" package="TSQ00010"
 *                  command="setup.exe /S" success="0 1707" restart="3010 1641">
 *       <require registry="HKLM\SOFTWARE\Contoso"/>
 *       <detect file="C:\Program Files\Editor\editor.exe" version="2.1"/>
 *       <dependency name="Runtime"/>
 *     </application>
 *     <program package="TSQ00011" name="Install" command="install.cmd"/>
 *   </applications>
 *
 * <detect> has one of: file (and version: at least), registry (and value, and data), product (code
 * of Windows Installer), uninstall (key below Uninstall of the registry, in either view). Several
 * <detect>: all must be true. <require> has the same: where not all are true the application does
 * not apply to the machine, and is left out. <application> may also have: folder (where the command
 * runs: in the package, or absolute), reboot="true" (the machine restarts behind it, whatever the
 * code says). */
#ifndef TS_APPLICATION_H
#define TS_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>

#define TS_APPLICATIONS_BYTES_MAX (8u * 1024u * 1024u) /* of a catalogue */
#define TS_APPLICATIONS_MAX       10000u
#define TS_APPLICATION_CODES_MAX  64u /* exit codes of one kind */
#define TS_APPLICATION_ITEMS_MAX  64u /* of one application: detections, dependencies */

typedef struct ts_detection {
    const char *file, *version;          /* NULL: not this kind; version NULL: any */
    const char *registry, *value, *data; /* value NULL: the key; data NULL: any */
    const char *product;
    const char *uninstall;
} ts_detection;

typedef struct ts_application {
    const char *name;
    const char *id;      /* model name of ConfigMgr; NULL: none */
    const char *package; /* NULL: no content */
    const char *command; /* NULL: a bundle of its dependencies */
    const char *folder;  /* of the command: in the package, or absolute; NULL: the package */
    bool reboot;         /* restart behind it, whatever the code says */
    bool is_program;
    int64_t success[TS_APPLICATION_CODES_MAX];
    size_t n_success;
    int64_t restart[TS_APPLICATION_CODES_MAX];
    size_t n_restart;
    ts_detection *detections;
    size_t n_detections;
    ts_detection *requirements;
    size_t n_requirements;
    const struct ts_application **dependencies;
    size_t n_dependencies;
    uint32_t line;
} ts_application;

typedef struct ts_applications ts_applications;

/* TS_SYNTAX and TS_SCHEMA with "file:line": not such a file, a name given twice, a dependency that
 * is not there, a cycle of dependencies. Owned. */
ts_applications *ts_applications_parse(const char *file, const void *data, size_t size,
                                       ts_err **err);
void ts_applications_free(ts_applications *catalogue);
/* By name (case counts) or id (it does not); NULL: none. */
const ts_application *ts_applications_find(const ts_applications *catalogue, const char *name);
/* A program of a package (case counts); name "": the only one. NULL: none. */
const ts_application *ts_applications_program(const ts_applications *catalogue, const char *package,
                                              const char *name);

#endif
