/* share.h - a deployment share of MDT, for the simulated machine. */
#ifndef TS_CLI_SHARE_H
#define TS_CLI_SHARE_H

#include <ts/host.h>
#include <ts/share.h>
#include <ts/vars.h>

#include "opt.h"

#define TS_SHARE_OPT                                                                               \
    {                                                                                              \
        .name = "share", .arg = "FOLDER", .words = TS_WORDS_FOLDER,                                \
        .help = "MDT deployment share: its rules and lists are on the machine's network drive Z:"  \
    }
#define TS_SHARE_FILE_MAX TS_SHARE_LIST_BYTES_MAX /* bytes of one file below Control */

/* With --share: puts the files of FOLDER/Control and of its folders on drive Z: of the simulated
 * machine and sets DeployRoot, ScriptRoot and TaskSequenceID (the folder of the sequence's file)
 * where the user has not. Without: does nothing. TS_NOT_FOUND: no folder Control. */
bool ts_share_mount(const ts_args *args, const char *sequence_file, ts_host *host, ts_vars *vars,
                    ts_err **err);

#endif
