/* wim_export.c - images of a WIM or ESD file into a new one, by wimlib. */
#include "wim_export.h"

#include <inttypes.h>
#include <string.h>

#include <wimlib.h>

#include <ts/compiler.h>

#include "wimlib_error.h"

static bool fail(int rc, const char *what, const char *file, ts_err **err)
{
    return ts_wimlib_fail(rc, wimlib_get_error_string((enum wimlib_error_code)rc), what, file, err);
}

static void done(WIMStruct **wim)
{
    wimlib_free(*wim); /* NULL is fine */
}

/* wimlib makes up a new GUID for each file that it writes; then no two exports would be equal. It
 * is made of the source's and of the choice instead. */
static int set_guid(WIMStruct *out, const struct wimlib_wim_info *from, const uint32_t *images,
                    size_t n, bool pipable)
{
    struct wimlib_wim_info info;
    memset(&info, 0, sizeof info);
    memcpy(info.guid, from->guid, sizeof info.guid);
    for (size_t i = 0; i < n; i++)
        info.guid[i % 15] ^= (uint8_t)(images[i] + 31 * i);
    info.guid[15] ^= (uint8_t)(1u + (pipable ? 2u : 0u));
    return wimlib_set_wim_info(out, &info, WIMLIB_CHANGE_GUID);
}

static bool copy_images(WIMStruct *in, WIMStruct *out, const char *from,
                        const struct wimlib_wim_info *info, const uint32_t *images, size_t n,
                        ts_err **err)
{
    for (size_t i = 0; i < n; i++) {
        if (images[i] == 0 || images[i] > info->image_count)
            return ts_fail(err, TS_NOT_FOUND, "'%s' has no image %" PRIu32 ": it holds %" PRIu32,
                           from, images[i], info->image_count);
        int rc = wimlib_export_image(in, (int)images[i], out, NULL, NULL, 0);
        if (rc != 0)
            return fail(rc, "export an image of", from, err);
    }
    int rc = n ? 0 : wimlib_export_image(in, WIMLIB_ALL_IMAGES, out, NULL, NULL, 0);
    return rc == 0 || fail(rc, "export the images of", from, err);
}

bool ts_wim_export(const char *from, const char *to, const uint32_t *images, size_t n, bool pipable,
                   ts_err **err)
{
    TS_CLEANUP(done) WIMStruct *in = NULL;
    TS_CLEANUP(done) WIMStruct *out = NULL;
    struct wimlib_wim_info info;
    int rc = wimlib_open_wim(from, WIMLIB_OPEN_FLAG_ERROR_IF_SPLIT, &in);
    if (rc == 0)
        rc = wimlib_get_wim_info(in, &info);
    if (rc != 0)
        return fail(rc, "read the image file", from, err);
    bool solid = info.compression_type == WIMLIB_COMPRESSION_TYPE_LZMS;
    rc = wimlib_create_new_wim(solid ? WIMLIB_COMPRESSION_TYPE_LZX
                                     : (enum wimlib_compression_type)info.compression_type,
                               &out);
    if (rc == 0 && !solid && info.chunk_size)
        rc = wimlib_set_output_chunk_size(out, info.chunk_size);
    if (rc != 0)
        return fail(rc, "make an image file from", from, err);
    if (!copy_images(in, out, from, &info, images, n, err))
        return false;
    rc = set_guid(out, &info, images, n, pipable);
    if (rc == 0)
        rc = wimlib_write(out, to, WIMLIB_ALL_IMAGES,
                          WIMLIB_WRITE_FLAG_RETAIN_GUID |
                              (pipable ? WIMLIB_WRITE_FLAG_PIPABLE : WIMLIB_WRITE_FLAG_NOT_PIPABLE),
                          0);
    return rc == 0 || fail(rc, "write the image file", to, err);
}
