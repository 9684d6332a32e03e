/* fuzz_site.c - any bytes as a site file; what is read keeps within its limits. Files that it names
 * are not there. */
#include <stdlib.h>
#include <string.h>

#include "content_private.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ts_content_options none = {.site_file = NULL};
    ts_site *site = ts_site_new(&none, NULL);
    /* A device could be read for ever. */
    char *text = site ? ts_strndup((const char *)data, size) : NULL;
    if (text && !strstr(text, "/dev") && !strstr(text, "/proc")) {
        ts_err *err = NULL;
        bool ok = ts_site_read(site, "/no-such-folder/site.xml", text, strlen(text), &err);
        if (ok != (err == NULL) || site->n_sources > TS_CONTENT_SOURCES_MAX ||
            site->boot.n_prestart > TS_BOOT_PRESTART_MAX)
            abort();
        for (size_t i = 0; i < site->n_sources; i++)
            if (!site->sources[i].url || !site->sources[i].id)
                abort();
        for (size_t i = 0; i < site->boot.n_prestart; i++)
            if (!ts_path_is_absolute(site->boot.prestart[i]))
                abort();
        ts_err_free(err);
    }
    free(text);
    ts_site_free(site);
    return 0;
}
