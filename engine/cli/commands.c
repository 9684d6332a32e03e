/* commands.c - the table of commands. */
#include "commands.h"

const ts_command *const ts_commands[] = {
#define ROW(name) &ts_command_##name,
    TS_COMMANDS(ROW)
#undef ROW
        NULL,
};
