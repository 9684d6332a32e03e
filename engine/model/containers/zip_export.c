/* zip_export.c - console exports: a zip with packages, their manifest, and possibly more zips. */
#include <string.h>

#include <ts/text.h>

#include "containers.h"
#include "ts_archive.h"

#define MANIFEST "Manifest.xml"

static bool has_extension(const char *path, const char *extension)
{
    size_t n = strlen(path), e = strlen(extension);
    return n > e && ts_str_ieq(path + n - e, extension);
}

/* Collects texts and attribute values below an element. */
static void collect(ts_buf *out, ts_xml *e)
{
    ts_buf_printf(out, "%s ", e->text);
    for (uint32_t i = 0; i < e->n_attrs; i++)
        ts_buf_printf(out, "%s ", e->attrs[i].value);
    for (ts_xml *c = ts_xml_next(e, NULL); c; c = ts_xml_next(e, c))
        collect(out, c);
}

static void find_entries(ts_buf *out, ts_xml *e)
{
    if (ts_str_ihas_prefix(e->name, "Entry")) {
        collect(out, e);
        return;
    }
    for (ts_xml *c = ts_xml_next(e, NULL); c; c = ts_xml_next(e, c))
        find_entries(out, c);
}

/* The manifest (<LibraryDocument>) names the entry objects. Its layout is not documented, so the
 * text of the part whose name begins with "Entry" is kept, and the package whose id stands in it is
 * the entry. A manifest that cannot be read is no reason to refuse the sequences beside it. */
static bool read_manifest(ts_bundle *bundle, const char *file, const ts_buf *data, ts_err **err)
{
    ts_xml_source source = {.file = file,
                            .data = ts_buf_text(data),
                            .size = data->len,
                            .max = TS_SEQUENCE_BYTES_MAX,
                            .expected = "the export's manifest"};
    ts_err *ignored = NULL;
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, &ignored);
    bool no_memory = ts_err_code(ignored) == TS_NOMEM;
    ts_err_free(ignored);
    if (!doc)
        return !no_memory || ts_fail_nomem(err);
    ts_buf text;
    ts_buf_init(&text, TS_SEQUENCE_BYTES_MAX);
    find_entries(&text, ts_xml_root(doc));
    bool ok = ts_buf_ok(&text, MANIFEST, err);
    if (ok && text.len > 0) {
        bundle->manifest_entry = ts_arena_strdup(bundle->arena, ts_buf_text(&text));
        ok = bundle->manifest_entry || ts_fail_nomem(err);
    }
    ts_buf_done(&text);
    ts_xml_free(doc);
    return ok;
}

/* Other packages of an export (programs, boot images) are INSTANCE documents too: they have a class
 * of their own, in the first tag. */
static bool is_wanted(const char *path, const ts_buf *data)
{
    if (!ts_container_is_sequence(ts_buf_text(data), data->len))
        return false;
    if (!ts_str_ieq(ts_path_base(path), "object.xml"))
        return true;
    char head[512];
    size_t n = data->len < sizeof head - 1 ? data->len : sizeof head - 1;
    memcpy(head, ts_buf_text(data), n);
    head[n] = 0;
    const char *class_name = ts_str_icontains(head, "CLASSNAME=\"");
    return !class_name || ts_str_icontains(class_name, "\"SMS_TaskSequencePackage\"");
}

static bool add_member(ts_bundle *bundle, const char *zip_name, const char *path,
                       const ts_buf *data, unsigned nesting, ts_err **err)
{
    bool is_manifest = ts_str_ieq(ts_path_base(path), MANIFEST);
    bool is_zip = ts_zip_is(ts_buf_text(data), data->len);
    if (!is_manifest && !is_zip && !is_wanted(path, data))
        return true;
    char *full = ts_sprintf("%s!%s", zip_name, path);
    const char *file = full ? ts_arena_strdup(bundle->arena, full) : NULL;
    ts_free_ptr(&full);
    if (!file)
        return ts_fail_nomem(err);
    if (is_zip)
        return ts_container_add_zip(bundle, file, ts_buf_text(data), data->len, nesting + 1, err);
    if (is_manifest)
        return nesting > 1 || read_manifest(bundle, file, data, err);
    return ts_container_add_xml(bundle, file, ts_buf_text(data), data->len, err);
}

/* Content (drivers, images; all below a folder <name>_files) is passed over unread. */
static bool may_hold_sequence(const char *path)
{
    const char *content = ts_str_icontains(path, TS_EXPORT_FILES "/");
    if (content && content > path)
        return false;
    return has_extension(path, ".xml") || has_extension(path, ".zip") ||
           has_extension(path, ".zip.old");
}

static bool add_members(ts_bundle *bundle, ts_zip *zip, const char *file, unsigned nesting,
                        ts_err **err)
{
    for (;;) {
        const char *path;
        if (!ts_zip_next(zip, &path, err))
            return false;
        if (!path)
            return true;
        if (!may_hold_sequence(path))
            continue;
        ts_buf data;
        ts_buf_init(&data, TS_BUNDLE_BYTES_MAX - bundle->bytes);
        bool ok = ts_zip_read(zip, &data, err);
        bundle->bytes += data.len;
        ok = ok && add_member(bundle, file, path, &data, nesting, err);
        ts_buf_done(&data);
        if (!ok)
            return false;
    }
}

bool ts_container_add_zip(ts_bundle *bundle, const char *file, const void *data, size_t size,
                          unsigned nesting, ts_err **err)
{
    if (nesting > TS_BUNDLE_NESTING_MAX)
        return ts_fail(err, TS_LIMIT, "'%s': zip files inside zip files are read %u levels deep",
                       file, TS_BUNDLE_NESTING_MAX);
    ts_zip *zip = ts_zip_open(file, data, size, err);
    if (!zip)
        return false;
    bool ok = add_members(bundle, zip, file, nesting, err);
    ts_zip_close(zip);
    return ok;
}

bool ts_container_add_zip_file(ts_bundle *bundle, const char *file, ts_err **err)
{
    ts_zip *zip = ts_zip_open_file(file, err);
    bool ok = zip && add_members(bundle, zip, file, 1, err);
    ts_zip_close(zip);
    return ok;
}
