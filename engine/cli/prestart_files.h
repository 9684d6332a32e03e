/* prestart_files.h - the pre-start scripts of a command line: --prestart, then those that the
 * variable SMSTSPrestartScript names. */
#ifndef TS_CLI_PRESTART_FILES_H
#define TS_CLI_PRESTART_FILES_H

#include "opt.h"
#include "prestart.h"

#define TS_PRESTART_OPT                                                                            \
    {                                                                                              \
        .name = "prestart", .arg = "FILE", .repeat = true, .words = TS_WORDS_FILE,                 \
        .help = "Lua script that runs before anything else; when it fails, nothing is run"         \
    }

/* Runs all of them in order. Files of the variable are relative to the sequence's folder. */
bool ts_prestart_all(const ts_args *args, const char *sequence_file, const ts_prestart *prestart,
                     ts_err **err);

#endif
