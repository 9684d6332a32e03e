/* linux_cert.c - certificates that the Linux of a boot media trusts. */
#include <string.h>
#include <unistd.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "cert.h"
#include "crypto.h"
#include "linux_private.h"

#define FOLDER "/usr/local/share/ca-certificates" /* Debian's and Alpine's ca-certificates */

static bool refuse(const ts_linux *machine, ts_cert_store store, ts_err **err)
{
    if (store == TS_CERT_CA)
        return ts_fail(err, TS_UNSUPPORTED,
                       "Linux keeps no intermediate certificates for the machine");
    if (machine->local.phase != TS_PHASE_WINPE)
        return ts_fail(err, TS_UNSUPPORTED,
                       "only a boot media's own trust is changed on Linux, not an installed "
                       "system's (--phase full)");
    if (*machine->sysroot == '\0' && geteuid() != 0)
        return ts_fail(err, TS_UNSUPPORTED, "only root may change what this machine trusts");
    return true;
}

static bool update(ts_linux *machine, ts_err **err)
{
    static const char *const argv[] = {"update-ca-certificates", NULL};
    ts_program program = {.argv = argv, .keep_output = true};
    ts_program_result result = {0};
    if (*machine->sysroot) /* a test's folder */
        return true;
    if (!ts_process_run(&program, NULL, machine->local.cancel, &result, err))
        return ts_wrap(err, "cannot update the trusted certificates");
    bool ok = result.exit_code == 0 ||
              ts_fail_os(err, TS_OS_EXIT, result.exit_code, "'update-ca-certificates' failed: %s",
                         result.output);
    ts_program_result_done(&result);
    return ok;
}

bool ts_linux_cert_add(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                       ts_err **err)
{
    ts_linux *machine = self;
    char digest[TS_SHA256_TEXT];
    if (!refuse(machine, store, err) || !ts_sha256_text(der, size, digest, err))
        return false;
    TS_CLEANUP(ts_free_ptr) char *folder = ts_sprintf("%s" FOLDER, machine->sysroot);
    TS_CLEANUP(ts_free_ptr)
    char *file = ts_sprintf("%s" FOLDER "/taskseq-%.16s.crt", machine->sysroot, digest);
    if (!folder || !file)
        return ts_fail_nomem(err);
    if (ts_file_exists(file)) {
        *added = false;
        return true;
    }
    ts_buf pem;
    ts_buf_init(&pem, TS_CERT_FILE_MAX);
    ts_cert_pem(der, size, &pem);
    bool ok = ts_buf_ok(&pem, "certificate", err) && ts_folder_make_shared(folder, err) &&
              ts_file_write_atomic(file, pem.data, pem.len, err) && update(machine, err);
    ts_buf_done(&pem);
    if (ok)
        *added = true;
    return ok;
}
