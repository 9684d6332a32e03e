/* bundle.c - loading a file of any container, and finding the sequence to run. */
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "containers.h"
#include "os.h"
#include "ts_archive.h"

#define CHILD_SETTING "OSDSubTasksequencePackageID"

static bool add_file(ts_bundle *bundle, const char *name, const void *data, size_t size,
                     ts_err **err)
{
    const char *file = ts_arena_strdup(bundle->arena, name);
    if (!file)
        return ts_fail_nomem(err);
    if (ts_zip_is(data, size))
        return ts_container_add_zip(bundle, file, data, size, 1, err);
    return ts_container_add_xml(bundle, file, data, size, err);
}

/* Does a step of any sequence run the package as a child? */
static bool is_called(const ts_bundle *bundle, const char *package_id)
{
    for (size_t i = 0; i < bundle->n_sequences; i++) {
        const ts_sequence *s = &bundle->sequences[i];
        for (size_t k = 0; k < s->n_nodes; k++) {
            const char *child = ts_node_setting(&s->nodes[k], CHILD_SETTING);
            if (child && ts_str_ieq(child, package_id))
                return true;
        }
    }
    return false;
}

static size_t find_entry(const ts_bundle *bundle)
{
    if (bundle->manifest_entry)
        for (size_t i = 0; i < bundle->n_sequences; i++) {
            const char *id = bundle->sequences[i].package_id;
            if (*id && ts_str_icontains(bundle->manifest_entry, id))
                return i;
        }
    for (size_t i = 0; i < bundle->n_sequences; i++)
        if (!*bundle->sequences[i].package_id ||
            !is_called(bundle, bundle->sequences[i].package_id))
            return i;
    return 0;
}

static bool finish(ts_bundle *bundle, const char *name, ts_err **err)
{
    if (bundle->n_sequences == 0)
        return ts_fail(err, TS_SYNTAX,
                       "'%s' holds no task sequence: expected SMS_TaskSequencePackage/<package "
                       "id>/object.xml, as the console exports it, or an XML file with <sequence>",
                       name);
    bundle->entry = find_entry(bundle);
    return true;
}

static ts_bundle *new_bundle(ts_err **err)
{
    ts_bundle *bundle = ts_alloc(sizeof *bundle);
    if (bundle)
        bundle->arena = ts_arena_new();
    if (bundle && bundle->arena)
        return bundle;
    ts_bundle_free(bundle);
    ts_fail_nomem(err);
    return NULL;
}

ts_bundle *ts_bundle_load_bytes(const char *name, const void *data, size_t size, ts_err **err)
{
    ts_bundle *bundle = new_bundle(err);
    if (bundle && add_file(bundle, name, data, size, err) && finish(bundle, name, err))
        return bundle;
    ts_bundle_free(bundle);
    return NULL;
}

/* A zip may be larger than memory: an export that has its content inside. */
static ts_bundle *load_zip(const char *path, ts_err **err)
{
    ts_bundle *bundle = new_bundle(err);
    const char *file = bundle ? ts_arena_strdup(bundle->arena, path) : NULL;
    bool ok = bundle && (file || ts_fail_nomem(err));
    if (ok && ts_container_add_zip_file(bundle, file, err) && finish(bundle, path, err))
        return bundle;
    ts_bundle_free(bundle);
    return NULL;
}

static bool is_zip(const char *path)
{
    char head[4];
    size_t got = 0;
    ts_file *file = ts_file_open(path, TS_FILE_READ, false, NULL);
    bool zip = file && ts_file_pread(file, head, sizeof head, 0, &got, NULL) &&
               got == sizeof head && ts_zip_is(head, got);
    ts_file_close(file);
    return zip;
}

ts_bundle *ts_bundle_load(const char *path, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *data = NULL;
    size_t size;
    if (ts_file_is_folder(path)) {
        ts_fail(err, TS_NOT_FOUND, "'%s' is a folder: name the file with the task sequence", path);
        return NULL;
    }
    if (is_zip(path))
        return load_zip(path, err);
    if (!ts_file_read(path, TS_BUNDLE_BYTES_MAX, &data, &size, err))
        return NULL;
    return ts_bundle_load_bytes(path, data, size, err);
}

void ts_bundle_free(ts_bundle *bundle)
{
    if (!bundle)
        return;
    ts_arena_free(bundle->arena);
    free(bundle->sequences);
    free(bundle);
}

size_t ts_bundle_count(const ts_bundle *bundle)
{
    return bundle->n_sequences;
}

const ts_sequence *ts_bundle_get(const ts_bundle *bundle, size_t index)
{
    return index < bundle->n_sequences ? &bundle->sequences[index] : NULL;
}

const ts_sequence *ts_bundle_entry(const ts_bundle *bundle)
{
    return &bundle->sequences[bundle->entry];
}

const ts_sequence *ts_bundle_find(const ts_bundle *bundle, const char *package_id)
{
    for (size_t i = 0; package_id && *package_id && i < bundle->n_sequences; i++)
        if (ts_str_ieq(bundle->sequences[i].package_id, package_id))
            return &bundle->sequences[i];
    return NULL;
}
