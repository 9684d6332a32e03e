/* fuzz_share.c - any bytes as a deployment share's list of operating systems. */
#include <stdlib.h>
#include <string.h>

#include <ts/share.h>
#include <ts/text.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_err *err = NULL;
    ts_share_systems *list = ts_share_systems_parse("fuzz.xml", data, size, &err);
    if ((list == NULL) != (err != NULL))
        abort();
    for (size_t i = 0; list && i < ts_share_systems_count(list); i++) {
        const ts_share_system *s = ts_share_systems_at(list, i);
        if (!s->guid || !s->image || (*s->guid && !ts_share_systems_find(list, s->guid)))
            abort();
        char *image = ts_share_system_image(s, "/root", NULL);
        if (image && strstr(image, "/../") && ts_str_ihas_prefix(image, "/root/"))
            abort();
        free(image);
    }
    ts_share_systems_free(list);
    ts_err_free(err);
    return 0;
}
