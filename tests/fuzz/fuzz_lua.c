/* fuzz_lua.c - the surface of `ts`: any script either runs or fails with an error, inside its
 * limits, on a simulated machine. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/sim.h>

#include "fuzz.h"
#include "script.h"

#undef NDEBUG /* the assertions are the test, in every build */
#include <assert.h>

#define INSTRUCTIONS 200000
#define MEMORY       (8u * 1024u * 1024u)

static const char profile[] =
    "{\"name\": \"fuzz\", \"firmware\": \"uefi\", \"os\": {\"phase\": \"winpe\"},"
    " \"smbios\": {\"manufacturer\": \"M\", \"model\": \"N\", \"serial\": \"1\","
    " \"chassis\": \"desktop\"}, \"disks\": [{\"size\": \"64 GB\"}],"
    " \"registry\": {\"HKLM\\\\Software\\\\X\": {\"V\": \"1\"}},"
    " \"programs\": [{\"name\": \"a.exe\", \"exit_code\": 3, \"output\": \"out\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ts_lua_limits limits = {.memory = MEMORY, .instructions = INSTRUCTIONS, .output = 10000};
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("fuzz.json", profile, strlen(profile), &err);
    ts_vars *vars = ts_vars_new();
    assert(host && vars);
    ts_script script = {.host = host, .vars = vars};
    ts_lua *lua = ts_lua_new(&limits, &script, NULL, &err);
    assert(lua && ts_script_open(lua, &err));
    bool ok = ts_lua_compile(lua, "fuzz.lua", (const char *)data, size, &err) &&
              ts_lua_call(lua, 0, 0, &err);
    assert(ok == (err == NULL));
    assert(ts_lua_usage_of(lua)->memory_peak <= MEMORY);
    ts_err_free(err);
    ts_lua_free(lua);
    ts_vars_free(vars);
    ts_host_free(host);
    return 0;
}
