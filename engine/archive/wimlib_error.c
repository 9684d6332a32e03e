/* wimlib_error.c - see wimlib_error.h. */
#include "wimlib_error.h"

#include <wimlib.h>

static ts_code code_of(int rc)
{
    switch (rc) {
    case WIMLIB_ERR_OPEN:
    case WIMLIB_ERR_INVALID_IMAGE:
        return TS_NOT_FOUND;
    case WIMLIB_ERR_DECOMPRESSION:
    case WIMLIB_ERR_INVALID_HEADER:
    case WIMLIB_ERR_INVALID_LOOKUP_TABLE_ENTRY:
    case WIMLIB_ERR_INVALID_METADATA_RESOURCE:
    case WIMLIB_ERR_INVALID_RESOURCE_HASH:
    case WIMLIB_ERR_INTEGRITY:
    case WIMLIB_ERR_NOT_A_WIM_FILE:
    case WIMLIB_ERR_UNEXPECTED_END_OF_FILE:
    case WIMLIB_ERR_XML:
        return TS_INTEGRITY;
    default:
        return TS_OS;
    }
}

static const char *advice_for(int rc)
{
    if (code_of(rc) == TS_INTEGRITY)
        return "; the file is damaged: take a good copy and publish it anew";
    switch (rc) {
    case WIMLIB_ERR_INVALID_IMAGE:
        return "; 'wimlib-imagex info' lists what the file holds";
    case WIMLIB_ERR_RESOURCE_NOT_FOUND:
    case WIMLIB_ERR_SPLIT_INVALID:
        return "; all parts of a split image are needed";
    case WIMLIB_ERR_INSUFFICIENT_PRIVILEGES:
        return "; run taskseq as an administrator";
    default:
        return "";
    }
}

bool ts_wimlib_fail(int rc, const char *text, const char *what, const char *file, ts_err **err)
{
    if (rc == WIMLIB_ERR_NOMEM)
        return ts_fail_nomem(err);
    return ts_fail_os_as(err, code_of(rc), TS_OS_WIMLIB, (uint32_t)rc, "cannot %s '%s': %s%s", what,
                         file, text, advice_for(rc));
}
