/* mdt_share.h - what steps look for in the deployment share of DeployRoot: a list of it, and the
 * operating system that OSGUID names (or the package that `taskseq publish import` made of it). */
#ifndef TS_STEPS_MDT_SHARE_H
#define TS_STEPS_MDT_SHARE_H

#include <ts/step.h>

typedef enum mdt_share_find {
    MDT_SHARE_HAS,   /* the file is there */
    MDT_SHARE_LACKS, /* the share is there without the file, or DeployRoot is not set */
    MDT_SHARE_AWAY   /* simulation only: no share is given */
} mdt_share_find;

/* Is the file, a path below `root` (DeployRoot, may be ""), there? A share that cannot be reached
 * is not one without the file: TS_NOT_FOUND, it has no folder Control. */
bool mdt_share_look(ts_ctx *c, const char *root, const char *path, mdt_share_find *out,
                    ts_err **err);

#define MDT_PACKAGE_MAX 80u /* bytes of a GUID with braces, and more */

typedef struct mdt_system {
    char package[MDT_PACKAGE_MAX]; /* GUID without braces, lower case */
    char *file;                    /* of the share; NULL: the package. Owned, as the following */
    char *answers;                 /* Control/<TaskSequenceID>/Unattend.xml; NULL: there is none */
    char *index;                   /* of the image: number, edition or name */
    char *flags, *build, *platform;
} mdt_system;

/* False: the step failed (`out`), or an engine fault is in *err. mdt_system_done in any case.
 * `before`: for precheck, when the share may not be connected yet. */
bool mdt_system_find(ts_ctx *c, bool before, mdt_system *system, ts_result *out, ts_err **err);
void mdt_system_done(mdt_system *system);

#endif
