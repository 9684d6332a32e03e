/* ts/sim.h - the simulated machine: a host made from a machine profile (JSON). It holds disks,
 * registry, files and a clock of its own and has no code that could reach the real machine. The
 * format is described in docs/reference/machine-profile.md. Everything else about the machine is
 * asked and changed through ts/host.h. */
#ifndef TS_SIM_H
#define TS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/host.h>

#define TS_SIM_PROFILE_MAX    (8u * 1024u * 1024u)   /* bytes of one profile */
#define TS_SIM_LIST_MAX       128u                   /* disks, partitions of a disk, adapters ... */
#define TS_SIM_DEVICES_MAX    1000u                  /* Plug and Play devices */
#define TS_SIM_ENTRIES_MAX    100000u                /* files, registry keys, programs, products */
#define TS_SIM_BYTES_MAX      (256u * 1024u * 1024u) /* contents of all simulated files together */
#define TS_SIM_CALLS_KEPT_MAX 10000u                 /* program calls that the state report lists */

/* Builds a machine. `profile_name` (the file's name) stands in messages. Errors: TS_SYNTAX,
 * TS_SCHEMA, TS_LIMIT, each with "name:line". Owned; ts_host_free. */
ts_host *ts_host_sim_new(const char *profile_name, const char *json, size_t size, ts_err **err);

/* "name" and "description" of the profile, "" when missing; borrowed. NULL for another host. */
const char *ts_host_sim_profile_name(const ts_host *host);
const char *ts_host_sim_description(const ts_host *host);

/* The profile's "variables": what the run starts with. Return false from visit to stop. */
typedef bool (*ts_sim_variable)(void *ctx, const char *name, const char *value);
bool ts_host_sim_variables(const ts_host *host, ts_sim_variable visit, void *ctx);

/* A share or folder `provider` ("\\\\server\\share") as network drive `letter`, and a file on it or
 * on any other drive; before a run: nobody is told, and the state report does not list them. Text
 * is copied. An error with ERROR_ALREADY_ASSIGNED (85): the
 * letter is in use; TS_LIMIT: TS_SIM_BYTES_MAX. */
bool ts_host_sim_drive(ts_host *host, char letter, const char *provider, ts_err **err);
bool ts_host_sim_file(ts_host *host, const char *path, const char *data, size_t size, ts_err **err);

/* What a program does, as an entry of "programs". Mocks are asked before the profile, the newest
 * first. All text is copied. */
typedef struct ts_sim_mock {
    const char *program;   /* base name with * and ?; ".exe" may be left out */
    const char *arguments; /* * and ? over the rest of the command line; NULL: any */
    uint32_t exit_code;
    const char *output;         /* NULL: none */
    uint64_t duration;          /* milliseconds; longer than a step's time-out: it times out */
    bool missing;               /* it cannot be started: TS_NOT_FOUND */
    const char *const *sets;    /* NULL-terminated "NAME=value": task sequence variables it sets */
    const char *const *creates; /* NULL-terminated paths of files it creates */
} ts_sim_mock;
bool ts_host_sim_mock(ts_host *host, const ts_sim_mock *mock, ts_err **err);
/* How often a program was called that fits the patterns so far (arguments NULL: any). */
uint32_t ts_host_sim_called(const ts_host *host, const char *program, const char *arguments);

/* The machine as it is now, as JSON text: phase, clock, disks, what was written to registry and
 * files, which programs ran. Owned. */
char *ts_host_sim_state_json(ts_host *host, ts_err **err);

#endif
