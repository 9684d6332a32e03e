/* mdt_share.c - files of the deployment share, and the operating system that OSGUID names. MDT
 * documentation and behaviour, "LTIApply.wsf": OSGUID is looked up in Control\OperatingSystems.xml,
 * whose ImageFile lies below DeployRoot; the answer file is Control\<TaskSequenceID>\Unattend.xml.
 */
#include "mdt_share.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/share.h>
#include <ts/text.h>

#include "helpers.h"

bool mdt_share_look(ts_ctx *c, const char *root, const char *path, mdt_share_find *out,
                    ts_err **err)
{
    char *control TS_CLEANUP(ts_free_ptr) = ts_path_join(root, "Control");
    ts_file_info info = {.exists = false};
    ts_host *host = ts_ctx_host(c);
    if (!control)
        return ts_fail_nomem(err);
    if (*root && !ts_host_file_info(host, path, &info, err))
        return false;
    *out = info.exists ? MDT_SHARE_HAS : ts_ctx_may_assume(c) ? MDT_SHARE_AWAY : MDT_SHARE_LACKS;
    if (info.exists || !*root)
        return true;
    /* Windows says "not found" of a server that is gone, too. */
    if (!ts_host_file_info(host, control, &info, err))
        return false;
    if (info.is_folder)
        *out = MDT_SHARE_LACKS;
    return info.is_folder || ts_ctx_may_assume(c) ||
           ts_fail(err, TS_NOT_FOUND,
                   "the deployment share '%s' (DeployRoot) cannot be reached, or is none: it has "
                   "no folder Control; connect it, or correct DeployRoot",
                   root);
}

void mdt_system_done(mdt_system *system)
{
    free(system->file);
    free(system->answers);
    free(system->index);
    free(system->flags);
    free(system->build);
    free(system->platform);
    *system = (mdt_system){.file = NULL};
}

/* The package of an operating system is its GUID without braces (`taskseq publish import`). */
static bool package_of(const char *guid, char id[MDT_PACKAGE_MAX], ts_result *out)
{
    size_t n = 0;
    for (; *guid && n + 1 < MDT_PACKAGE_MAX; guid++)
        if (*guid != '{' && *guid != '}')
            id[n++] = (char)tolower((unsigned char)*guid);
    id[n] = '\0';
    if (*guid) {
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "OSGUID begins with '%s' and has more than %u characters: it is the id of "
                       "an operating system",
                       id, MDT_PACKAGE_MAX - 1);
        return false;
    }
    if (n == 0)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "OSGUID is empty: choose the operating system in the step; it is an entry "
                       "of the deployment share, or the package with this id without braces");
    return n > 0;
}

/* *path: owned; NULL when the share has no such file. */
static bool file_of(ts_ctx *c, const char *root, const char *below, char **path, ts_err **err)
{
    ts_file_info info = {.exists = false};
    char *full = ts_path_join(root, below);
    if (!full)
        return ts_fail_nomem(err);
    bool ok = ts_host_file_info(ts_ctx_host(c), full, &info, err);
    bool there = ok && info.exists && !info.is_folder;
    if (!ok)
        ts_wrap(err, "file '%s' of the deployment share", below);
    *path = there ? full : NULL;
    if (!there)
        free(full);
    return ok;
}

static bool copy(char **to, const char *text, ts_err **err)
{
    *to = ts_strdup(text);
    return *to || ts_fail_nomem(err);
}

static bool take(ts_ctx *c, const ts_share_system *s, const char *root, mdt_system *to,
                 ts_err **err)
{
    const char *own = ts_vars_text(ts_ctx_vars(c), "ImageIndex");
    to->file = ts_share_system_image(s, root, err);
    if (!to->file)
        return false;
    ts_ctx_log(c, TS_LEVEL_INFO, "OSGUID is '%s' of the deployment share: image '%s', index %s",
               s->name, to->file, *own ? own : s->index);
    return copy(&to->index, *own ? own : s->index, err) && copy(&to->flags, s->flags, err) &&
           copy(&to->build, s->build, err) && copy(&to->platform, s->platform, err);
}

static bool find_answers(ts_ctx *c, const char *root, mdt_system *to, ts_err **err)
{
    const char *id = ts_vars_text(ts_ctx_vars(c), "TaskSequenceID");
    if (!*id) {
        ts_ctx_log(c, TS_LEVEL_WARNING,
                   "TaskSequenceID is not set: the share's own Unattend.xml of this sequence is "
                   "not used");
        return true;
    }
    if (!ts_path_is_inside(id))
        return ts_fail(err, TS_SCHEMA, "TaskSequenceID '%s' is no folder of Control", id);
    char *below TS_CLEANUP(ts_free_ptr) = ts_sprintf("Control/%s/Unattend.xml", id);
    if (!below)
        return ts_fail_nomem(err);
    if (!file_of(c, root, below, &to->answers, err))
        return false;
    if (!to->answers)
        ts_ctx_log(c, TS_LEVEL_INFO, "the share has no '%s': a new answer file is made", below);
    return true;
}

static bool in_list(ts_ctx *c, const char *path, const char *root, mdt_system *to, ts_result *out,
                    ts_err **err)
{
    const char *guid = ts_ctx_text(c, "OSGUID");
    char *data TS_CLEANUP(ts_free_ptr) = NULL;
    size_t size = 0;
    ts_err *why = NULL;
    ts_share_systems *list = NULL;
    if (ts_host_file_read(ts_ctx_host(c), path, &data, &size, &why))
        list = ts_share_systems_parse(path, data, size, &why);
    const ts_share_system *s = list ? ts_share_systems_find(list, guid) : NULL;
    if (list && !s)
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "OSGUID '%s' is not in '%s': choose one of its %zu operating systems in "
                       "the step",
                       guid, path, ts_share_systems_count(list));
    bool ok = s && take(c, s, root, to, &why) && find_answers(c, root, to, &why);
    ts_share_systems_free(list);
    if (why)
        ts_step_own(out, why, err);
    return ok;
}

/* Nothing says where the image is: neither a share, nor a content source. */
static bool has_source(ts_ctx *c, const mdt_system *s, const char *root, ts_result *out,
                       ts_err **err)
{
    ts_package_look look = {.known = false};
    ts_err *why = NULL;
    if (!ts_ctx_package_look(c, s->package, &look, &why)) {
        ts_step_own(out, why, err);
        return false;
    }
    if (!look.known)
        ts_result_fail(out, TS_STEP_CODE_NOT_FOUND,
                       "OSGUID '%s' cannot be found: %s%s%s, and no content source is given: "
                       "connect the deployment share and set DeployRoot to it, or publish it "
                       "(taskseq publish import) and give --site",
                       ts_ctx_text(c, "OSGUID"), *root ? "'" : "", *root ? root : "DeployRoot",
                       *root ? "' has no Control/OperatingSystems.xml" : " is not set");
    return look.known;
}

bool mdt_system_find(ts_ctx *c, bool before, mdt_system *system, ts_result *out, ts_err **err)
{
    const char *root = ts_vars_text(ts_ctx_vars(c), "DeployRoot");
    const char *index = ts_vars_text(ts_ctx_vars(c), "ImageIndex");
    char *path TS_CLEANUP(ts_free_ptr) = NULL;
    ts_err *why = NULL;
    *system = (mdt_system){.file = NULL};
    if (!package_of(ts_ctx_text(c, "OSGUID"), system->package, out))
        return false;
    if (*root && !file_of(c, root, "Control/OperatingSystems.xml", &path, &why)) {
        ts_step_own(out, why, err);
        return false;
    }
    if (path)
        return in_list(c, path, root, system, out, err);
    if (*root)
        ts_ctx_log(c, TS_LEVEL_INFO,
                   "'%s' has no Control/OperatingSystems.xml: OSGUID is package '%s'", root,
                   system->package);
    return (before || has_source(c, system, root, out, err)) &&
           copy(&system->index, *index ? index : "1", err);
}
