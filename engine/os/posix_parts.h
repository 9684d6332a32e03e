/* posix_parts.h - what the POSIX files of engine/os share. */
#ifndef TS_OS_POSIX_PARTS_H
#define TS_OS_POSIX_PARTS_H

#include <poll.h>
#include <sys/types.h>

#include "parts.h"

/* posix_ipc.c, driven by the loop that waits for a child. */
#define TS_IPC_POLL_MAX (TS_IPC_CLIENTS_MAX + 1u)
size_t ts_ipc_server_watch(ts_ipc_server *server, struct pollfd *fds); /* how many were filled */
int ts_ipc_server_wait(const ts_ipc_server *server); /* ms to the next deadline, -1: none */
void ts_ipc_server_serve(ts_ipc_server *server, const ts_var_service *service,
                         const struct pollfd *fds, size_t n);
void ts_ipc_server_drop(ts_ipc_server *server); /* ends all conversations */

/* posix_tree.c: a program and what it started. Processes of other programs that lost their parent
 * hang on the engine as well; those that were there before are left alone. */
typedef struct ts_tree_id {
    pid_t pid;
    uint64_t started; /* clock ticks since boot; a number that is used again differs here */
} ts_tree_id;
typedef struct ts_tree {
    ts_tree_id *others; /* children of the engine before the program started */
    size_t n_others;
} ts_tree;
/* Before the program starts. */
bool ts_tree_init(ts_tree *tree, ts_err **err);
void ts_tree_done(ts_tree *tree);
/* Sends the signal to every living process of the tree, innermost too; 0 only counts. How many
 * there are; collects those that ended, except the root. */
bool ts_tree_signal(const ts_tree *tree, pid_t root, int signal, size_t *living, ts_err **err);
/* Collects all children that ended. */
void ts_tree_collect(void);

#endif
