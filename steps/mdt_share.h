/* mdt_share.h - the operating system that OSGUID names: in the deployment share of DeployRoot, or
 * the package that `taskseq publish import` made of it. */
#ifndef TS_STEPS_MDT_SHARE_H
#define TS_STEPS_MDT_SHARE_H

#include <ts/step.h>

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
