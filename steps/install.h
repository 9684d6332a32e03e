/* install.h - what Install Application and Install Package do, with the catalogue. */
#ifndef TS_STEPS_INSTALL_H
#define TS_STEPS_INSTALL_H

#include <ts/application.h>
#include <ts/step.h>

/* The package with the catalogue: variable TSApplicationsPackage, else this one. */
#define TS_APPLICATIONS_PACKAGE "Applications"
#define TS_APPLICATIONS_FILE    "applications.xml"

#define TS_STEP_CODE_NOT_DETECTED 0x87D00324 /* ConfigMgr: not detected after installation */
#define TS_STEP_CODE_NO_PROGRAM   0x80070490 /* ERROR_NOT_FOUND as an HRESULT */

/* The catalogue; NULL without failure: a simulation without content, what it holds is not known. */
ts_applications *ts_step_catalogue(ts_ctx *c, ts_result *out, ts_err **err);
ts_applications *ts_step_catalogue_in(ts_ctx *c, const char *folder, ts_result *out, ts_err **err);
/* Do the step, or the variables of its list, name anything by now? */
bool ts_step_installs_any(ts_ctx *c, bool programs);
/* What came of installations; the caller clears it. */
typedef struct ts_installed {
    bool restart; /* an installer asks for one */
    bool unmet;   /* something does not apply to this machine, and was left out */
} ts_installed;
/* Installs one item with its dependencies. `out` gets code, text and failure. */
bool ts_step_install(ts_ctx *c, const ts_application *a, ts_installed *done, ts_result *out,
                     ts_err **err);

/* Exit codes that mean success, in place of the application's own. */
typedef struct ts_install_codes {
    const int64_t *success;
    size_t n_success;
} ts_install_codes;
/* The parts of it: is it there, does it apply to the machine (the log says when not), and the
 * application alone, without its dependencies. codes NULL: its own. */
bool ts_step_applies(ts_ctx *c, const ts_application *a, bool *yes, ts_result *out, ts_err **err);
bool ts_step_is_installed(ts_ctx *c, const ts_application *a, bool *there, ts_result *out,
                          ts_err **err);
bool ts_step_install_one(ts_ctx *c, const ts_application *a, const ts_install_codes *codes,
                         bool *restart, ts_result *out, ts_err **err);

bool ts_install_mdt_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_install_application_run(ts_ctx *c, ts_result *out, ts_err **err);
bool ts_install_package_run(ts_ctx *c, ts_result *out, ts_err **err);

#endif
