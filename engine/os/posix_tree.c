/* posix_tree.c - the processes that a program started, from /proc. A process that changed its
 * group or session, or whose parent ended, is still found: the engine is the "child subreaper", so
 * orphans become its children. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ts/mem.h>

#include "posix_parts.h"

typedef struct process {
    ts_tree_id id;
    pid_t parent;
    bool ended; /* zombie */
    bool member;
} process;

typedef struct process_list {
    process *items;
    size_t n;
    size_t cap;
} process_list;

static void list_done(process_list *list)
{
    free(list->items);
    memset(list, 0, sizeof(*list));
}

static bool list_add(process_list *list, const process *item)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 256;
        process *items = ts_realloc_array(list->items, cap, sizeof(*items));
        if (!items)
            return false;
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = *item;
    return true;
}

/* "12 (name with ) and blanks) S 1 ...": state is field 3, parent 4, start 22 (proc(5)). */
static bool parse_stat(const char *text, process *out)
{
    const char *p = strrchr(text, ')');
    if (!p || p[1] != ' ' || p[2] == '\0')
        return false;
    out->ended = p[2] == 'Z' || p[2] == 'X';
    p += 3;
    out->parent = (pid_t)strtol(p, NULL, 10);
    for (unsigned field = 4; field <= 22; field++) {
        p = strchr(p, ' ');
        if (!p)
            return false;
        p++;
        if (field == 22)
            out->id.started = strtoull(p, NULL, 10);
    }
    return true;
}

static bool read_process(int proc, const char *name, process *out)
{
    char path[64];
    snprintf(path, sizeof(path), "%.32s/stat", name);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false; /* ended meanwhile */
    char text[1024];
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    memset(out, 0, sizeof(*out));
    out->id.pid = (pid_t)strtol(name, NULL, 10);
    return parse_stat(text, out);
}

static bool read_processes(process_list *out, ts_err **err)
{
    DIR *dir = opendir("/proc");
    if (!dir)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno,
                          "cannot look for the processes of a program: '/proc' is not mounted");
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;) {
        process item;
        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_process(dirfd(dir), entry->d_name, &item))
            ok = list_add(out, &item);
    }
    closedir(dir);
    return ok || ts_fail_nomem(err);
}

bool ts_tree_init(ts_tree *tree, ts_err **err)
{
    memset(tree, 0, sizeof(*tree));
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return ts_fail_os(err, TS_OS_ERRNO, (uint32_t)errno,
                          "cannot take over the processes of a program");
    ts_tree_collect();
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD)
        return true; /* no children: nothing to read */
    TS_CLEANUP(list_done) process_list list = {0};
    if (!read_processes(&list, err))
        return false;
    tree->others = ts_alloc_array(list.n, sizeof(*tree->others));
    if (!tree->others)
        return ts_fail_nomem(err);
    for (size_t i = 0; i < list.n; i++) {
        if (list.items[i].parent == getpid())
            tree->others[tree->n_others++] = list.items[i].id;
    }
    return true;
}

void ts_tree_done(ts_tree *tree)
{
    free(tree->others);
    memset(tree, 0, sizeof(*tree));
}

void ts_tree_collect(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

static bool was_there(const ts_tree *tree, const ts_tree_id *id)
{
    for (size_t i = 0; i < tree->n_others; i++) {
        if (tree->others[i].pid == id->pid && tree->others[i].started == id->started)
            return true;
    }
    return false;
}

static bool parent_is_member(const process_list *list, pid_t parent)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].id.pid == parent)
            return list->items[i].member;
    }
    return false;
}

/* Until nothing changes: a parent may stand behind its child in the list. */
static void mark_members(const ts_tree *tree, pid_t root, process_list *list)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < list->n; i++) {
            process *p = &list->items[i];
            bool orphan = p->parent == getpid() && !was_there(tree, &p->id);
            if (!p->member && (p->id.pid == root || orphan || parent_is_member(list, p->parent))) {
                p->member = true;
                changed = true;
            }
        }
    }
}

bool ts_tree_signal(const ts_tree *tree, pid_t root, int signal, size_t *living, ts_err **err)
{
    TS_CLEANUP(list_done) process_list list = {0};
    if (!read_processes(&list, err))
        return false;
    mark_members(tree, root, &list);
    *living = 0;
    for (size_t i = 0; i < list.n; i++) {
        const process *p = &list.items[i];
        if (!p->member)
            continue;
        if (p->ended && p->parent == getpid() && p->id.pid != root)
            (void)waitpid(p->id.pid, NULL, WNOHANG);
        if (p->ended)
            continue;
        (*living)++;
        if (signal != 0)
            (void)kill(p->id.pid, signal);
    }
    return true;
}
