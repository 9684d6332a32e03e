/* take_over.h - Windows PE goes on with a run that waits for it on a disk (hand_over.h). */
#ifndef TS_CLI_TAKE_OVER_H
#define TS_CLI_TAKE_OVER_H

#include <ts/host.h>

/* Looks for one below TS_HAND_OVER_PE on all drives. It is in the folder `work` from then on, in
 * memory, because the sequence may well wipe that disk, and its log in `log` (NULL: not wanted).
 * What was on the disk, boot image included, is removed. *taken false: there is none. */
bool ts_take_over(ts_host *host, const char *work, const char *log, bool *taken, ts_err **err);

#endif
