/* fuzz_inf.c - any bytes as the INF file of a driver, for each architecture. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <ts/mem.h>

#include "fuzz.h"
#include "inf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const architectures[] = {"amd64", "arm64", "x86"};
    for (size_t a = 0; a < TS_COUNT(architectures); a++) {
        ts_inf inf;
        ts_err *err = NULL;
        bool ok = ts_inf_read((const char *)data, size, architectures[a], &inf, &err);
        assert(ok == (err == NULL));
        for (size_t i = 0; ok && i < inf.n_ids; i++)
            assert(*inf.ids[i] != '\0');
        if (ok)
            ts_inf_done(&inf);
        ts_err_free(err);
    }
    return 0;
}
