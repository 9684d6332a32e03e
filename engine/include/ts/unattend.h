/* ts/unattend.h - the answer file of Windows Setup (unattend.xml): made, merged into one that an
 * administrator wrote, checked, written.
 *
 * A setting is named by pass, component and a path of elements: "UserAccounts/LocalAccounts/
 * LocalAccount[1]/Name"; [n] is the n-th item of a list (from 1), made with wcm:action="add".
 * Names and passes are those of Microsoft's "Unattended Windows Setup Reference". */
#ifndef TS_UNATTEND_H
#define TS_UNATTEND_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>
#include <ts/text.h>
#include <ts/vars.h>

#define TS_UNATTEND_MAX         (4u * 1024u * 1024u) /* bytes of an answer file */
#define TS_UNATTEND_PATH_MAX    256u                 /* bytes of the path of a setting */
#define TS_COMPUTER_NAME_MAX    15u                  /* NetBIOS name */
#define TS_WINDOWS_PASSWORD_MAX 127u                 /* characters that Setup takes */

typedef enum ts_unattend_pass {
    TS_PASS_WINDOWS_PE,
    TS_PASS_OFFLINE_SERVICING,
    TS_PASS_GENERALIZE,
    TS_PASS_SPECIALIZE,
    TS_PASS_AUDIT_SYSTEM,
    TS_PASS_AUDIT_USER,
    TS_PASS_OOBE_SYSTEM
} ts_unattend_pass;

#define TS_UNATTEND_SHELL  "Microsoft-Windows-Shell-Setup"
#define TS_UNATTEND_JOIN   "Microsoft-Windows-UnattendedJoin"
#define TS_UNATTEND_INTL   "Microsoft-Windows-International-Core"
#define TS_UNATTEND_DEPLOY "Microsoft-Windows-Deployment"
#define TS_UNATTEND_TCPIP  "Microsoft-Windows-TCPIP"
#define TS_UNATTEND_DNS    "Microsoft-Windows-DNS-Client"

typedef struct ts_unattend ts_unattend;

/* architecture: "amd64", "x86", "arm64"; of the components that are added. Owned. */
ts_unattend *ts_unattend_new(const char *architecture, ts_err **err);
/* TS_SYNTAX "file:line: ..." when it is not XML or no answer file; TS_SCHEMA when it is for another
 * architecture only. */
ts_unattend *ts_unattend_read(const char *file, const void *data, size_t size,
                              const char *architecture, ts_err **err);
void ts_unattend_free(ts_unattend *u); /* wipes its texts */

/* The text of a setting, NULL when it is not there. Borrowed until the next change. */
const char *ts_unattend_get(const ts_unattend *u, ts_unattend_pass pass, const char *component,
                            const char *path);
/* Sets it; what stands there is replaced. */
bool ts_unattend_set(ts_unattend *u, ts_unattend_pass pass, const char *component, const char *path,
                     const char *value, ts_err **err);
/* Removes the setting with all below it; missing is fine. */
void ts_unattend_remove(ts_unattend *u, ts_unattend_pass pass, const char *component,
                        const char *path);
/* Sets <path>/Value to the password as Windows System Image Manager writes it (base64 of the UTF-16
 * text with the element's name behind it) and <path>/PlainText to false. That is no encryption.
 * TS_LIMIT: longer than Setup takes. */
bool ts_unattend_set_password(ts_unattend *u, ts_unattend_pass pass, const char *component,
                              const char *path, const char *password, ts_err **err);
/* Replaces %NAME% in every text; an unknown name stays as it is. */
bool ts_unattend_expand(ts_unattend *u, const ts_vars *vars, ts_err **err);
/* Reports components and settings that Setup does not know in the pass where they stand. */
typedef void (*ts_unattend_report)(void *ctx, const char *text);
void ts_unattend_check(const ts_unattend *u, ts_unattend_report report, void *ctx);
/* Appends the document. TS_SCHEMA: a text that XML cannot hold; TS_LIMIT. */
bool ts_unattend_write(const ts_unattend *u, ts_buf *out, ts_err **err);

/* TS_SCHEMA says what is wrong: empty, too long, a character that a computer name cannot have,
 * digits only. */
bool ts_computer_name_check(const char *name, ts_err **err);
/* Is this a time zone of Windows ("W. Europe Standard Time")? Without regard to case; gives the
 * name as Windows spells it, NULL: unknown. */
const char *ts_time_zone_name(const char *name);
/* The known name that is nearest, for "did you mean". */
const char *ts_time_zone_nearest(const char *name);

#endif
