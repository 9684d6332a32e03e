/* boot_menu.h - what a start from media asks the person at the machine. Plain lines: they work on
 * slow and narrow consoles, and from a pipe. */
#ifndef TS_CLI_BOOT_MENU_H
#define TS_CLI_BOOT_MENU_H

#include <ts/content.h>

#define TS_BOOT_TRIES 3u /* at the password */

/* The password of the media, secret and owned. TS_TRUST: TS_BOOT_TRIES wrong ones. */
bool ts_boot_ask_password(const ts_boot_site *boot, char **out, ts_err **err);
/* Which of them; `machine` is a line that tells the machine. TS_CANCELLED: standard input ended. */
bool ts_boot_ask_deployment(const ts_deployment *list, size_t n, const char *machine,
                            bool command_prompt, size_t *chosen, ts_err **err);
/* The run failed: a person may look before the machine goes on. Nothing without a terminal. */
void ts_boot_stay(const char *log, bool command_prompt);

#endif
