/* wim_export_none.c - builds without wimlib cannot write image files. */
#include "wim_export.h"

#include <ts/compiler.h>

bool ts_wim_export(const char *from, const char *to, const uint32_t *images, size_t n, bool pipable,
                   ts_err **err)
{
    TS_UNUSED(to);
    TS_UNUSED(images);
    TS_UNUSED(n);
    TS_UNUSED(pipable);
    return ts_fail(err, TS_UNSUPPORTED,
                   "'%s' cannot be written anew: this build has no wimlib; publish it as it is, or "
                   "with taskseq on Linux",
                   from);
}
