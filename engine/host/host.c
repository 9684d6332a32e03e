/* host.c - the choke point: every operation on a machine passes here, whatever the machine is. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>
#include <ts/mem.h>

#include "host_ops.h"
#include "host_private.h"

ts_host *ts_host_wrap(const ts_host_ops *ops, void *self, const char *name, bool simulated,
                      ts_err **err)
{
    ts_host *host = ts_alloc(sizeof(*host));
    char *copy = ts_strdup(name);
    if (!host || !copy) {
        ops->free(self);
        free(host);
        free(copy);
        ts_fail_nomem(err);
        return NULL;
    }
    host->ops = ops;
    host->self = self;
    host->name = copy;
    host->simulated = simulated;
    return host;
}

void *ts_host_self(const ts_host *host, const ts_host_ops *ops)
{
    return host && host->ops == ops ? host->self : NULL;
}

const atomic_bool *ts_host_cancel_flag(const ts_host *host)
{
    return &host->cancelled;
}

void ts_host_free(ts_host *host)
{
    if (host) {
        host->ops->free(host->self);
        free(host->name);
        free(host);
    }
}

const char *ts_host_name(const ts_host *host)
{
    return host->name;
}
bool ts_host_is_simulated(const ts_host *host)
{
    return host->simulated;
}
void ts_host_set_assumed(ts_host *host, bool assumed)
{
    host->assumed = assumed;
}

void ts_host_assume(ts_host *host, unsigned effects)
{
    host->assumed_effects |= effects;
    if (host->ops->assume) {
        host->ops->assume(host->self, effects);
    }
}

void ts_host_cancel(ts_host *host)
{
    host->cancelled = true;
}

uint64_t ts_host_calls(const ts_host *host)
{
    return host->calls;
}

void ts_host_listen(ts_host *host, ts_host_listener listener, void *ctx)
{
    host->listener = listener;
    host->listener_ctx = ctx;
}

void ts_host_set_masker(ts_host *host, ts_host_masker masker, void *ctx)
{
    host->masker = masker;
    host->masker_ctx = ctx;
}

void ts_host_fail_at(ts_host *host, uint64_t n, ts_code code)
{
    host->fail_at = n ? host->calls + n : 0;
    host->fail_code = code;
}

bool ts_host_enter(ts_host *host, const char *what, bool possible, ts_err **err)
{
    host->calls++;
    host->wiping = false;
    if (host->cancelled) {
        return ts_fail(err, TS_CANCELLED, "cancelled before the attempt to %s", what);
    }
    if (host->fail_at && host->calls == host->fail_at) {
        host->fail_at = 0;
        return ts_fail(err, host->fail_code, "cannot %s: fault injected into host call %" PRIu64,
                       what, host->calls);
    }
    if (!possible) {
        return ts_fail(err, TS_UNSUPPORTED, "%s cannot %s", host->name, what);
    }
    return true;
}

static const char *mask(ts_host *host, const char *text, char **owned)
{
    *owned = NULL;
    return host->masker && text ? host->masker(host->masker_ctx, text, owned) : text;
}

bool ts_host_report(ts_host *host, unsigned effects, const ts_buf *text, bool assumed, bool ok,
                    ts_err **err)
{
    if (!host->listener) {
        return ok;
    }
    char *text_owned = NULL;
    char *error_owned = NULL;
    ts_host_change change = {.effects = effects, .assumed = assumed || host->assumed};
    bool told = !text->no_memory && !text->over_limit;
    change.text = mask(host, told ? ts_buf_text(text) : "(no room for the text of this change)",
                       &text_owned);
    if (!ok) {
        const char *why = err && *err ? ts_err_text(*err) : "failed";
        change.error = mask(host, why, &error_owned);
        change.refused = (effects & TS_EFFECT(DISK_WIPE)) != 0 &&
                         (!host->wiping || (err && *err && ts_err_code(*err) == TS_REFUSED));
    }
    host->listener(host->listener_ctx, &change);
    free(text_owned);
    free(error_owned);
    return ok;
}

/* --- Questions ---------------------------------------------------------------------------- */

const char *ts_host_lacks(ts_host *host, unsigned effects)
{
    return host->ops->lacks ? host->ops->lacks(host->self, effects) : NULL;
}

const char *ts_host_lacks_program(ts_host *host, const char *program)
{
    return host->ops->lacks_program ? host->ops->lacks_program(host->self, program) : NULL;
}

ts_phase ts_host_phase(const ts_host *host)
{
    return host->ops->phase(host->self);
}
int64_t ts_host_now(ts_host *host)
{
    return host->ops->now(host->self);
}
int ts_host_bias(ts_host *host)
{
    return host->ops->bias(host->self);
}

const char *ts_host_env(ts_host *host, const char *name)
{
    return host->ops->env && name && *name ? host->ops->env(host->self, name) : NULL;
}

bool ts_host_sleep(ts_host *host, uint32_t milliseconds, ts_err **err)
{
    return ts_host_enter(host, "wait", host->ops->sleep != NULL, err) &&
           host->ops->sleep(host->self, milliseconds, err);
}

bool ts_host_wmi(ts_host *host, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                 ts_err **err)
{
    bool possible = host->ops->wmi_query || host->ops->wmi_class;
    if (!ts_host_enter(host, "answer WMI queries", possible, err)) {
        return false;
    }
    const char *space = name_space && *name_space ? name_space : "root\\cimv2";
    if (host->ops->wmi_query) {
        return host->ops->wmi_query(host->self, space, query, out, err);
    }
    const ts_wmi_rows *rows = NULL;
    return host->ops->wmi_class(host->self, space, ts_wql_class(query), &rows, err) &&
           ts_host_rows_match(query, rows, out, err);
}

static bool query_class(ts_host *host, const char *name_space, const char *class_name,
                        ts_wmi_rows *owned, ts_err **err)
{
    ts_arena *arena = ts_arena_new();
    TS_CLEANUP(ts_free_ptr) char *text = ts_sprintf("SELECT * FROM %s", class_name);
    if (!arena || !text) {
        ts_arena_free(arena);
        return ts_fail_nomem(err);
    }
    const ts_wql *query = ts_wql_parse(arena, text, err);
    bool ok = query && host->ops->wmi_query(host->self, name_space, query, owned, err);
    ts_arena_free(arena);
    return ok;
}

bool ts_host_class_rows(ts_host *host, const char *name_space, const char *class_name,
                        ts_wmi_rows *owned, const ts_wmi_rows **rows, ts_err **err)
{
    memset(owned, 0, sizeof(*owned));
    if (host->ops->wmi_class) {
        return host->ops->wmi_class(host->self, name_space, class_name, rows, err);
    }
    if (!host->ops->wmi_query) {
        return ts_fail(err, TS_UNSUPPORTED, "%s cannot answer WMI queries", host->name);
    }
    if (!query_class(host, name_space, class_name, owned, err)) {
        return false;
    }
    *rows = owned;
    return true;
}

bool ts_host_fact(ts_host *host, ts_fact fact, char **out, ts_err **err)
{
    if (!ts_host_enter(host, "read a fact of the machine", true, err)) {
        return false;
    }
    return fact == TS_FACT_HOST_NAME && host->ops->host_name
               ? host->ops->host_name(host->self, out, err)
               : ts_host_fact_get(host, fact, out, err);
}

bool ts_host_firmware(ts_host *host, bool *uefi, bool *secure_boot, ts_err **err)
{
    if (!host->ops->firmware) {
        return ts_fail(err, TS_UNSUPPORTED, "%s cannot tell its firmware", host->name);
    }
    return host->ops->firmware(host->self, uefi, secure_boot, err);
}

bool ts_host_file_info(ts_host *host, const char *path, ts_file_info *out, ts_err **err)
{
    return ts_host_enter(host, "look at a file", host->ops->file_info != NULL, err) &&
           host->ops->file_info(host->self, path, out, err);
}

bool ts_host_file_read(ts_host *host, const char *path, char **out, size_t *size, ts_err **err)
{
    return ts_host_file_read_up_to(host, path, TS_HOST_FILE_MAX, out, size, err);
}

bool ts_host_file_read_up_to(ts_host *host, const char *path, size_t max, char **out, size_t *size,
                             ts_err **err)
{
    return ts_host_enter(host, "read a file", host->ops->file_read != NULL, err) &&
           host->ops->file_read(host->self, path, max, out, size, err);
}

bool ts_host_folder_list(ts_host *host, const char *path, char **out, ts_err **err)
{
    return ts_host_enter(host, "list a folder", host->ops->folder_list != NULL, err) &&
           host->ops->folder_list(host->self, path, out, err);
}

bool ts_host_random(ts_host *host, void *out, size_t size, ts_err **err)
{
    return ts_host_enter(host, "get random numbers", host->ops->random != NULL, err) &&
           host->ops->random(host->self, out, size, err);
}

bool ts_host_assume_package(ts_host *host, const char *id, char **folder, ts_err **err)
{
    return ts_host_enter(host, "assume a package", host->ops->assume_package != NULL, err) &&
           host->ops->assume_package(host->self, id, folder, err);
}

bool ts_host_reg_get(ts_host *host, const char *key, const char *value, bool *found,
                     ts_reg_type *type, char **data, ts_err **err)
{
    if (!ts_host_enter(host, "read the registry", host->ops->reg_get != NULL, err)) {
        return false;
    }
    TS_CLEANUP(ts_free_ptr) char *normal = ts_reg_key_normal(key, err);
    return normal && host->ops->reg_get(host->self, normal, value, found, type, data, err);
}

bool ts_host_product(ts_host *host, const char *product_code, const char *upgrade_code, bool *found,
                     char **version, ts_err **err)
{
    return ts_host_enter(host, "look for installed products", host->ops->product != NULL, err) &&
           host->ops->product(host->self, product_code, upgrade_code, found, version, err);
}

/* --- Changes ------------------------------------------------------------------------------ */

static void describe_program(ts_buf *out, const ts_program *program)
{
    if (program->secret) {
        ts_buf_str(out, "a program (its command line holds a secret)");
        return;
    }
    ts_buf_char(out, '\'');
    if (program->argv) {
        for (size_t i = 0; program->argv[i]; i++) {
            ts_buf_printf(out, "%s%s", i ? " " : "", program->argv[i]);
        }
    } else {
        ts_buf_str(out, program->command_line);
    }
    ts_buf_char(out, '\'');
}

bool ts_host_run(ts_host *host, const ts_program *program, ts_program_result *out, ts_err **err)
{
    ts_program_result result = {0};
    bool ok = ts_host_enter(host, "run a program", host->ops->run != NULL, err) &&
              host->ops->run(host->self, program, &result, err);
    if (host->listener) {
        ts_buf text;
        ts_buf_init(&text, TS_HOST_TEXT_MAX);
        ts_buf_str(&text, "run ");
        describe_program(&text, program);
        if (ok && result.timed_out) {
            ts_buf_printf(&text, ": timed out after %" PRIu64 " ms", result.duration);
        } else if (ok && result.assumed) {
            ts_buf_str(&text, ": assumed to succeed");
        } else if (ok) {
            ts_buf_printf(&text, ": exit code %" PRIu32, result.exit_code);
        }
        ts_host_report(host, TS_EFFECT(EXEC), &text, result.assumed, ok, err);
        ts_buf_done(&text);
    }
    if (ok) {
        *out = result;
    } else {
        ts_program_result_done(&result);
    }
    return ok;
}

bool ts_host_start(ts_host *host, const ts_program *program, ts_err **err)
{
    bool ok = ts_host_enter(host, "start a program", host->ops->start != NULL, err) &&
              host->ops->start(host->self, program, err);
    if (host->listener) {
        ts_buf text;
        ts_buf_init(&text, TS_HOST_TEXT_MAX);
        ts_buf_str(&text, "start ");
        describe_program(&text, program);
        ts_buf_str(&text, " and do not wait");
        ts_host_report(host, TS_EFFECT(EXEC), &text, false, ok, err);
        ts_buf_done(&text);
    }
    return ok;
}

bool ts_host_file_write(ts_host *host, const char *path, const void *data, size_t size, bool append,
                        ts_err **err)
{
    bool ok = ts_host_enter(host, "write a file", host->ops->file_write != NULL, err) &&
              host->ops->file_write(host->self, path, data, size, append, err);
    TS_HOST_CHANGE(host, TS_EFFECT(FILE), ok, err, "%s file '%s' (%zu bytes)",
                   append ? "append to" : "write", path, size);
    return ok;
}

bool ts_host_file_copy(ts_host *host, const char *from, const char *to, ts_err **err)
{
    bool ok = ts_host_enter(host, "copy a file", host->ops->file_copy != NULL, err) &&
              host->ops->file_copy(host->self, from, to, err);
    TS_HOST_CHANGE(host, TS_EFFECT(FILE), ok, err, "copy file '%s' to '%s'", from, to);
    return ok;
}

bool ts_host_file_delete(ts_host *host, const char *path, ts_err **err)
{
    bool ok = ts_host_enter(host, "delete a file", host->ops->file_delete != NULL, err) &&
              host->ops->file_delete(host->self, path, err);
    TS_HOST_CHANGE(host, TS_EFFECT(FILE), ok, err, "delete file '%s'", path);
    return ok;
}

bool ts_host_folder_make(ts_host *host, const char *path, ts_err **err)
{
    bool ok = ts_host_enter(host, "make a folder", host->ops->folder_make != NULL, err) &&
              host->ops->folder_make(host->self, path, err);
    TS_HOST_CHANGE(host, TS_EFFECT(FILE), ok, err, "make folder '%s'", path);
    return ok;
}

bool ts_host_reg_set(ts_host *host, const char *key, const char *value, ts_reg_type type,
                     const char *data, ts_err **err)
{
    bool ok = false;
    if (ts_host_enter(host, "write the registry", host->ops->reg_set != NULL, err)) {
        TS_CLEANUP(ts_free_ptr) char *normal = ts_reg_key_normal(key, err);
        ok = normal && host->ops->reg_set(host->self, normal, value, type, data, err);
    }
    TS_HOST_CHANGE(host, TS_EFFECT(REGISTRY), ok, err, "set registry value '%s\\%s' to %s '%s'",
                   key, value && *value ? value : "(Default)", ts_reg_type_name(type),
                   data ? data : "");
    return ok;
}

bool ts_host_reg_delete(ts_host *host, const char *key, const char *value, ts_err **err)
{
    bool ok = false;
    if (ts_host_enter(host, "write the registry", host->ops->reg_delete != NULL, err)) {
        TS_CLEANUP(ts_free_ptr) char *normal = ts_reg_key_normal(key, err);
        ok = normal && host->ops->reg_delete(host->self, normal, value, err);
    }
    TS_HOST_CHANGE(host, TS_EFFECT(REGISTRY), ok, err, "delete registry %s '%s%s%s'",
                   value ? "value" : "key", key, value ? "\\" : "", value ? value : "");
    return ok;
}

static const char *target_name(ts_restart target)
{
    return target == TS_RESTART_PE ? "Windows PE" : "the installed operating system";
}

/* Without a boot image the same Windows would come up again, and the run would go on in it as if it
 * were Windows PE. What a step that was not simulated would have done counts. */
static bool can_start(const ts_host *host, ts_restart target, ts_err **err)
{
    return target != TS_RESTART_PE || host->boots_image ||
           host->ops->phase(host->self) == TS_PHASE_WINPE ||
           (host->assumed_effects & TS_EFFECT(RESTART)) != 0 ||
           ts_fail(err, TS_STATE,
                   "cannot restart into Windows PE: no step has put a boot image on the disk "
                   "(Restart Computer does it, when the boot image is known)");
}

bool ts_host_hand_over(ts_host *host, ts_restart target, bool *went_on, ts_err **err)
{
    bool on = false;
    bool ok = ts_host_enter(host, "prepare a restart", host->ops->hand_over != NULL, err) &&
              can_start(host, target, err) && host->ops->hand_over(host->self, target, &on, err);
    ts_buf text;
    ts_buf_init(&text, TS_HOST_TEXT_MAX);
    ts_buf_printf(&text, "restart into %s", target_name(target));
    /* Behind a deployment that was not simulated the restart itself is an assumption. */
    unsigned disk = TS_EFFECT(DISK_WIPE) | TS_EFFECT(DISK_WRITE) | TS_EFFECT(IMAGE);
    ts_host_report(host, TS_EFFECT(RESTART), &text, (host->assumed_effects & disk) != 0, ok, err);
    ts_buf_done(&text);
    if (ok) {
        host->boots_image = false; /* once */
        *went_on = on;
    }
    return ok;
}

bool ts_host_reboot(ts_host *host, ts_restart target, uint32_t seconds, const char *message,
                    ts_err **err)
{
    bool ok = ts_host_enter(host, "restart the machine", host->ops->reboot != NULL, err) &&
              host->ops->reboot(host->self, target, seconds, message, err);
    TS_HOST_CHANGE(host, TS_EFFECT(RESTART), ok, err,
                   "restart the machine into %s in %" PRIu32 " s", target_name(target), seconds);
    return ok;
}
