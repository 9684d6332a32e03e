/* resume.h - a run goes on from its journal: `resume` and the agent. */
#ifndef TS_CLI_RESUME_H
#define TS_CLI_RESUME_H

#include "execute.h"

typedef enum ts_resume_choice {
    TS_RESUME_RULE, /* the step's own rule decides about a step that was interrupted */
    TS_RESUME_RUN_AGAIN,
    TS_RESUME_SKIP
} ts_resume_choice;

/* `execute` has args and, where they differ from the options, the folders. Returns the exit status.
 * What the command line does not say is as the run was started with. */
int ts_resume_work(ts_execute *execute, ts_resume_choice choice);

#endif
