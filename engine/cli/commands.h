/* commands.h - the one list of commands: a line here, a file cmd_<name>.c with the const
 * ts_command_<name>, and its name in CMakeLists.txt. The order is that of --help. */
#ifndef TS_COMMANDS_H
#define TS_COMMANDS_H

#include "opt.h"

#define TS_COMMANDS(X)                                                                             \
    X(run)                                                                                         \
    X(boot)                                                                                        \
    X(resume)                                                                                      \
    X(simulate)                                                                                    \
    X(test)                                                                                        \
    X(diff)                                                                                        \
    X(log_report)                                                                                  \
    X(new_step)                                                                                    \
    X(check)                                                                                       \
    X(steps)                                                                                       \
    X(schema)                                                                                      \
    X(publish_package)                                                                             \
    X(publish_import)                                                                              \
    X(publish_deployment)                                                                          \
    X(publish_source)                                                                              \
    X(publish_remove)                                                                              \
    X(publish_sign)                                                                                \
    X(publish_check)                                                                               \
    X(publish_gc)                                                                                  \
    X(fetch)                                                                                       \
    X(doctor)                                                                                      \
    X(explain)                                                                                     \
    X(machine_capture)                                                                             \
    X(machine_list)                                                                                \
    X(var_get)                                                                                     \
    X(var_set)                                                                                     \
    X(var_list)                                                                                    \
    X(agent_install)                                                                               \
    X(agent_run)                                                                                   \
    X(docs)

#define TS_COMMAND_DECLARE(name) extern const ts_command ts_command_##name;
TS_COMMANDS(TS_COMMAND_DECLARE)
#undef TS_COMMAND_DECLARE

#endif
