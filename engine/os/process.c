/* process.c - a program with the variable service that it asked for. */
#include "parts.h"

bool ts_process_run(const ts_program *program, ts_ipc_server *server, const atomic_bool *cancel,
                    ts_program_result *out, ts_err **err)
{
    if (!program->service)
        return ts_process_run_with(program, NULL, cancel, out, err);
    if (server)
        return ts_process_run_with(program, server, cancel, out, err);
    server = ts_ipc_server_new(err);
    bool ok = server && ts_process_run_with(program, server, cancel, out, err);
    ts_ipc_server_free(server);
    return ok;
}
