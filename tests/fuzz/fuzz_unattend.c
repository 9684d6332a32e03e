/* fuzz_unattend.c - any bytes as an administrator's answer file: read, expanded, merged with the
 * values of the steps, checked, written; what was written is read again and says the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/unattend.h>

#include "fuzz.h"

static void ignore(void *ctx, const char *text)
{
    TS_UNUSED(ctx);
    TS_UNUSED(text);
}

static bool merge(ts_unattend *u, const char *value)
{
    return ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL, "ComputerName", value, NULL) &&
           ts_unattend_set(u, TS_PASS_SPECIALIZE, TS_UNATTEND_DEPLOY,
                           "RunSynchronous/RunSynchronousCommand[2]/Path", "x", NULL) &&
           ts_unattend_set_password(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL,
                                    "UserAccounts/AdministratorPassword", "p\"&<%", NULL);
}

static void write_and_read(const ts_unattend *u)
{
    ts_buf out;
    ts_err *err = NULL;
    ts_buf_init(&out, 2 * TS_UNATTEND_MAX);
    bool ok = ts_unattend_write(u, &out, &err);
    assert(ok == (err == NULL));
    /* What is longer than Setup takes is refused when it is read. */
    ts_unattend *again = ok && out.len <= TS_UNATTEND_MAX
                             ? ts_unattend_read("again.xml", ts_buf_text(&out), out.len, "amd64",
                                                &err)
                             : NULL;
    if (again) {
        const char *name = ts_unattend_get(again, TS_PASS_SPECIALIZE, TS_UNATTEND_SHELL,
                                           "ComputerName");
        assert(name && strcmp(name, "PC-1") == 0);
        TS_UNUSED(name);
    }
    ts_unattend_free(again);
    ts_err_free(err);
    ts_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_err *err = NULL;
    ts_unattend *u = ts_unattend_read("fuzz.xml", data, size, "amd64", &err);
    assert((u != NULL) == (err == NULL));
    if (u) {
        ts_vars *vars = ts_vars_new();
        if (!vars)
            abort();
        ts_vars_set_engine(vars, "NAME", "value & <x>", NULL);
        if (ts_unattend_expand(u, vars, NULL) && merge(u, "PC-1"))
            write_and_read(u);
        ts_unattend_check(u, ignore, NULL);
        ts_unattend_remove(u, TS_PASS_OOBE_SYSTEM, TS_UNATTEND_SHELL, "UserAccounts");
        ts_vars_free(vars);
    }
    ts_unattend_free(u);
    ts_err_free(err);
    return 0;
}
