/* install_mdt.c - MDT's Install Applications: GUIDs of the deployment share, from the step or from
 * lists in variables. MDT documentation and behaviour, "ZTIApplications.wsf": an installer's
 * failure is an error in the log and the sequence goes on; each application is installed once in a
 * run, with its dependencies before it; only Reboot=True of an application restarts, at once, and
 * the step goes on behind the restart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "helpers.h"
#include "install.h"

#define LIST_MAX 999 /* three digits */

typedef struct mdt_batch {
    ts_ctx *c;
    ts_applications *catalogue; /* NULL: not known (simulation) */
    int64_t success[TS_APPLICATION_CODES_MAX];
    ts_install_codes codes;
    unsigned installed; /* entries of InstalledApplications */
    bool restart;
    ts_result *out;
} mdt_batch;

static const char *list_item(ts_ctx *c, const char *base, unsigned n)
{
    char name[64];
    snprintf(name, sizeof name, "%s%03u", base, n);
    const char *text = ts_vars_text(ts_ctx_vars(c), name);
    return text ? text : "";
}

static bool read_codes(mdt_batch *b)
{
    b->codes = (ts_install_codes){.success = b->success};
    for (const char *p = ts_ctx_text(b->c, "ApplicationSuccessCodes"); *p;) {
        char number[24] = "";
        p += strspn(p, " ");
        size_t len = strcspn(p, " ");
        if (len == 0)
            break;
        if (len < sizeof number)
            memcpy(number, p, len);
        if (b->codes.n_success == TS_APPLICATION_CODES_MAX ||
            !ts_str_int64(number, &b->success[b->codes.n_success]))
            return ts_result_fail(b->out, TS_STEP_CODE_BAD_VALUE,
                                  "ApplicationSuccessCodes holds '%s', which is no list of numbers",
                                  p);
        b->codes.n_success++;
        p += len;
    }
    return true;
}

/* Counts the list and looks for one. */
static bool is_done(mdt_batch *b, const char *guid)
{
    bool done = false;
    for (b->installed = 0; b->installed < LIST_MAX; b->installed++) {
        const char *entry = list_item(b->c, "InstalledApplications", b->installed + 1);
        if (!*entry)
            break;
        done |= ts_str_ieq(entry, guid);
    }
    return done;
}

static bool note_done(mdt_batch *b, const char *guid, ts_err **err)
{
    char name[64];
    if (is_done(b, guid) || b->installed == LIST_MAX)
        return true;
    snprintf(name, sizeof name, "InstalledApplications%03u", b->installed + 1);
    return ts_step_set_text(b->c, b->out, name, guid, err);
}

/* One that does not fit or fails is told; the step goes on. */
static bool install(mdt_batch *b, const ts_application *a, ts_err **err)
{
    ts_result one = {.code = 0};
    bool there = false;
    const char *guid = a->id ? a->id : a->name;
    if (is_done(b, guid)) {
        ts_ctx_log(b->c, TS_LEVEL_INFO, "'%s' was installed by this sequence already", a->name);
        return true;
    }
    bool applies = true;
    bool ok = ts_step_is_installed(b->c, a, &there, &one, err) &&
              (there || one.failed || ts_step_applies(b->c, a, &applies, &one, err));
    if (ok && !applies) {
        ts_result_done(&one);
        return true;
    }
    /* The catalogue has no cycles: this ends. */
    for (size_t i = 0; ok && !there && !b->restart && i < a->n_dependencies; i++)
        ok = install(b, a->dependencies[i], err);
    if (ok && b->restart) { /* a dependency wants it first */
        ts_result_done(&one);
        return true;
    }
    ok = ok &&
         (there || one.failed || ts_step_install_one(b->c, a, &b->codes, &b->restart, &one, err));
    if (one.failed)
        ts_ctx_log(b->c, TS_LEVEL_ERROR, "application '%s': %s; the sequence goes on", a->name,
                   one.text ? one.text : "failed");
    b->out->assumed |= one.assumed;
    ts_result_done(&one);
    return ok && note_done(b, guid, err);
}

static bool install_guid(mdt_batch *b, const char *guid, ts_err **err)
{
    if (!b->catalogue) {
        b->out->assumed = true;
        ts_ctx_log(b->c, TS_LEVEL_INFO, "'%s' is assumed to install: no catalogue says how", guid);
        return note_done(b, guid, err);
    }
    const ts_application *a = ts_applications_find(b->catalogue, guid);
    if (a)
        return install(b, a, err);
    ts_ctx_log(b->c, TS_LEVEL_ERROR,
               "there is no application '%s' in the catalogue; the sequence goes on", guid);
    return true;
}

static bool install_list(mdt_batch *b, const char *base, ts_err **err)
{
    for (unsigned n = 1; n <= LIST_MAX && !b->restart; n++) {
        const char *guid = list_item(b->c, base, n);
        if (!*guid)
            break;
        char *copy TS_CLEANUP(ts_free_ptr) = ts_strdup(guid); /* variables change on the way */
        if (!copy)
            return ts_fail_nomem(err);
        if (!install_guid(b, copy, err))
            return false;
    }
    return true;
}

static bool install_all(mdt_batch *b, ts_err **err)
{
    const char *guid = ts_ctx_text(b->c, "ApplicationGUID");
    if (*guid)
        return install_guid(b, guid, err);
    return install_list(b, "MandatoryApplications", err) && install_list(b, "Applications", err);
}

/* The machine restarts and the step begins again. */
static bool restart_here(mdt_batch *b, ts_err **err)
{
    return ts_step_set_text(b->c, b->out, "SMSTSRebootRequested", "HD", err) &&
           ts_step_set_text(b->c, b->out, "SMSTSRetryRequested", "true", err);
}

static bool has_work(ts_ctx *c)
{
    return *ts_ctx_text(c, "ApplicationGUID") || *list_item(c, "MandatoryApplications", 1) ||
           *list_item(c, "Applications", 1);
}

bool ts_install_mdt_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    mdt_batch b = {.c = c, .out = out};
    bool in_pe = false;
    if (!has_work(c)) {
        ts_ctx_log(c, TS_LEVEL_INFO, "there is no application to install");
        return true;
    }
    ts_str_bool(ts_vars_text(ts_ctx_vars(c), "_SMSTSInWinPE"), &in_pe);
    if (in_pe) {
        ts_ctx_log(c, TS_LEVEL_INFO, "applications are installed in the full OS: restarting");
        return restart_here(&b, err);
    }
    if (!read_codes(&b) || out->failed)
        return true;
    b.catalogue = ts_step_catalogue(c, out, err);
    bool ok = b.catalogue || !err || !*err;
    if (ok && !out->failed)
        ok = install_all(&b, err);
    ts_applications_free(b.catalogue);
    return ok && (!b.restart || restart_here(&b, err));
}
