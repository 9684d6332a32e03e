/* fuzz_manifest.c - manifests, file lists and catalogues: one of the three by the first byte. What
 * is read must be writable and readable again. */
#include <stdint.h>
#include <stdlib.h>

#include "catalog.h"
#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void manifest(const uint8_t *data, size_t size)
{
    ts_manifest *m = ts_manifest_read("input", data, size, NULL);
    if (!m)
        return;
    ts_buf out;
    ts_buf_init(&out, TS_MANIFEST_BYTES_MAX);
    if (ts_manifest_write(m, &out, NULL)) {
        ts_manifest *again = ts_manifest_read("again", out.data, out.len, NULL);
        if (!again || again->n_blobs != m->n_blobs)
            abort();
        ts_manifest_free(again);
    }
    ts_buf_done(&out);
    ts_manifest_free(m);
}

static void tree(const uint8_t *data, size_t size)
{
    ts_tree *t = ts_tree_read("input", data, size, NULL);
    if (!t)
        return;
    ts_buf out;
    ts_buf_init(&out, TS_MANIFEST_BYTES_MAX);
    if (ts_tree_write(t, &out, NULL)) {
        ts_tree *again = ts_tree_read("again", out.data, out.len, NULL);
        if (!again || again->n_files != t->n_files)
            abort();
        ts_tree_free(again);
    }
    ts_buf_done(&out);
    ts_tree_free(t);
}

static void catalog(const uint8_t *data, size_t size)
{
    ts_catalog *c = ts_catalog_read("input", data, size, NULL);
    if (!c)
        return;
    ts_buf out;
    ts_buf_init(&out, TS_CATALOG_BYTES_MAX);
    if (ts_catalog_write(c, &out, NULL)) {
        ts_catalog *again = ts_catalog_read("again", out.data, out.len, NULL);
        if (!again || again->version != c->version)
            abort();
        ts_catalog_free(again);
    }
    ts_buf_done(&out);
    ts_catalog_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (data[0] == 'm')
        manifest(data + 1, size - 1);
    else if (data[0] == 't')
        tree(data + 1, size - 1);
    else
        catalog(data + 1, size - 1);
    return 0;
}
