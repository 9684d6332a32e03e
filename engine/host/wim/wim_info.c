/* wim_info.c - what an image file holds, from its XML data: needs no library, and works for every
 * kind of WIM file. */
#include "wim_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "wim.h"
#include "xml.h"

/* --- The file ------------------------------------------------------------------------------ */

static bool read_file(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    size_t got = 0;
    return ts_file_pread(ctx, data, size, offset, &got, err) &&
           (got == size || ts_fail(err, TS_INTEGRITY, "the image file ends too early"));
}

/* --- The description ----------------------------------------------------------------------- */

/* Text of an element below e, "" when there is none. Names in between: "WINDOWS/VERSION/MAJOR". */
static const char *text_at(ts_xml *e, const char *path)
{
    while (e) {
        size_t len = strcspn(path, "/");
        ts_xml *child = ts_xml_next(e, NULL);
        while (child && (strlen(child->name) != len || strncmp(child->name, path, len) != 0))
            child = ts_xml_next(e, child);
        if (path[len] == '\0')
            return child ? child->text : "";
        path += len + 1;
        e = child;
    }
    return "";
}

static void put(char *to, size_t size, const char *text)
{
    size_t len = strlen(text);
    while (len >= size || (len < strlen(text) && !ts_utf8_valid(text, len)))
        len--; /* not in the middle of a character */
    memcpy(to, text, len);
    to[len] = '\0';
}

/* PROCESSOR_ARCHITECTURE_* of winnt.h. */
static const char *architecture(const char *number)
{
    static const struct {
        const char *number;
        const char *name;
    } names[] = {{"0", "x86"}, {"5", "arm"}, {"9", "x64"}, {"12", "arm64"}};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        if (strcmp(names[i].number, number) == 0)
            return names[i].name;
    }
    return "";
}

static void fill(ts_xml *e, ts_image_info *out)
{
    const char *index = ts_xml_attr_get(e, "INDEX");
    const char *arch = text_at(e, "WINDOWS/ARCH");
    const char *major = text_at(e, "WINDOWS/VERSION/MAJOR");
    const char *build = text_at(e, "WINDOWS/VERSION/BUILD");
    const char *patch = text_at(e, "WINDOWS/VERSION/SPBUILD");
    out->index = index ? (uint32_t)strtoul(index, NULL, 10) : 0;
    put(out->name, sizeof(out->name), text_at(e, "NAME"));
    put(out->description, sizeof(out->description), text_at(e, "DESCRIPTION"));
    put(out->edition, sizeof(out->edition), text_at(e, "WINDOWS/EDITIONID"));
    put(out->language, sizeof(out->language), text_at(e, "WINDOWS/LANGUAGES/DEFAULT"));
    put(out->architecture, sizeof(out->architecture), architecture(arch));
    if (*major)
        snprintf(out->version, sizeof(out->version), "%.8s.%.8s%s%.12s%s%.12s", major,
                 text_at(e, "WINDOWS/VERSION/MINOR"), *build ? "." : "", build, *patch ? "." : "",
                 patch);
    out->bytes = strtoull(text_at(e, "TOTALBYTES"), NULL, 10);
    out->is_windows = *arch || *major;
}

static bool read_images(ts_xml *root, const char *file, ts_image_info **out, size_t *count,
                        ts_err **err)
{
    size_t n = 0;
    for (ts_xml *e = ts_xml_next(root, NULL); e; e = ts_xml_next(root, e))
        n += strcmp(e->name, "IMAGE") == 0;
    if (n > TS_WIM_IMAGES_MAX)
        return ts_fail(err, TS_LIMIT, "the image file '%s' has more than %u images", file,
                       TS_WIM_IMAGES_MAX);
    ts_image_info *list = ts_alloc_array(n + 1, sizeof(*list));
    if (!list)
        return ts_fail_nomem(err);
    n = 0;
    for (ts_xml *e = ts_xml_each(root, NULL, "IMAGE"); e; e = ts_xml_each(root, e, "IMAGE")) {
        fill(e, &list[n]);
        if (list[n].index == 0)
            list[n].index = (uint32_t)n + 1;
        n++;
    }
    *out = list;
    *count = n;
    return true;
}

static bool read_reader(const ts_reader *reader, ts_image_info **out, size_t *count, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) uint8_t *xml = NULL;
    size_t size = 0;
    if (!ts_wim_xml(reader, &xml, &size, err))
        return false;
    const ts_xml_source source = {.file = reader->name,
                                  .data = xml,
                                  .size = size,
                                  .max = TS_WIM_XML_MAX,
                                  .expected = "a WIM file"};
    TS_CLEANUP(ts_err_clear) ts_err *why = NULL;
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, &why);
    if (!doc)
        return ts_fail(err, TS_INTEGRITY, "the image file is damaged: %s", ts_err_text(why));
    bool ok = read_images(ts_xml_root(doc), reader->name, out, count, err);
    ts_xml_free(doc);
    return ok;
}

bool ts_wim_file_images(const char *file, ts_image_info **out, size_t *count, ts_err **err)
{
    ts_file *open = ts_file_open(file, TS_FILE_READ, false, err);
    ts_reader reader = {.name = file, .read = read_file, .ctx = open};
    bool ok = open && ts_file_size(open, &reader.size, err) &&
              read_reader(&reader, out, count, err);
    ts_file_close(open);
    return ok;
}

bool ts_wim_stream_images(const ts_reader *stream, ts_image_info **out, size_t *count, ts_err **err)
{
    ts_wim *wim = ts_wim_open(stream, err); /* can it be streamed at all? */
    bool ok = wim && read_reader(stream, out, count, err);
    ts_wim_close(wim);
    return ok;
}
