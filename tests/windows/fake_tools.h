/* fake_tools.h - the test program itself, copied under the names of programs of Windows: each call
 * is one entry of a log (arguments, and the text of a script that is among them), the answer is
 * what the environment says. */
#ifndef TS_TESTS_FAKE_TOOLS_H
#define TS_TESTS_FAKE_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

/* First thing in main: true when the program runs as a tool; *status is its exit code then. */
bool ts_fake_tool(int *status);

/* A folder with these tools (NULL-terminated); a host uses them when its state names the folder.
 * They print `output` and end with `code`. */
void ts_fake_tools_begin(const char *const *names);
void ts_fake_tools_answer(const char *output, unsigned code);
/* What was called since the last question; borrowed until the next one. */
const char *ts_fake_tools_log(void);
unsigned ts_fake_tools_calls(void); /* since the beginning */
const char *ts_fake_tools_folder(void);
void ts_fake_tools_end(void);

#endif
