/* hand_over.h - the run goes on in another Windows: what its agent needs there, and the journal. */
#ifndef TS_CLI_HAND_OVER_H
#define TS_CLI_HAND_OVER_H

#include "execute.h"

/* The agent's folder: fixed names, so that it needs no options.
 *   taskseq.exe, journal.log, journal.key
 *   sequence/<file>        the sequence
 *   steps/<n>/             folders with steps in Lua
 *   site/site.xml          the site file, and the files that it names
 *   Logs/Smstslog/         smsts.log */
#define TS_HAND_OVER_SITE "site/site.xml"
#define TS_HAND_OVER_LOGS "Logs/Smstslog"

/* Where a run waits for Windows PE, below a drive; laid out in the same way, without the program,
 * which Windows PE has. */
#define TS_HAND_OVER_PE TS_BOOT_IMAGE_FOLDER "/run"

typedef struct ts_hand_over ts_hand_over;

/* Collects what the agent needs and tells the host. What is missing is no error here: the
 * pre-flight says it when the sequence installs the agent. */
ts_hand_over *ts_hand_over_new(const ts_execute *execute, const char *site, ts_host *host,
                               ts_err **err);
/* After the host. */
void ts_hand_over_free(ts_hand_over *over);
/* The agent is installed, and the run waits for the restart into its Windows. */
bool ts_hand_over_is_due(const ts_execute *execute, ts_host *host);
/* Brings journal and logs to the agent. A resume here is refused from then on. */
bool ts_hand_over_do(const ts_hand_over *over, ts_execute *execute, ts_host *host, const char *work,
                     const char *log, ts_err **err);
/* The run waits for Windows PE, and its folder would not be there: the drives have other letters
 * then, or it is in memory. */
bool ts_hand_over_to_pe_is_due(const ts_execute *execute, ts_host *host);
/* Brings all of it to TS_HAND_OVER_PE on the volume of this Windows; out of Windows PE on `disk`, a
 * volume that the run has made (0: there is none). A resume here is refused from then on. */
bool ts_hand_over_to_pe(const ts_hand_over *over, ts_execute *execute, ts_host *host,
                        const char *work, const char *log, char disk, ts_err **err);
/* Windows PE is in memory, and so is its log: a copy goes to the volume of the new Windows, when a
 * step has said which one that is. For runs that end without a hand-over, failed or not. */
bool ts_hand_over_keep_log(const ts_execute *execute, ts_host *host, const char *log, ts_err **err);

#endif
