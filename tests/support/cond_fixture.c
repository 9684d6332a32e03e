/* cond_fixture.c - the machine and the words of cond_fixture.h. */
#include "cond_fixture.h"

#include <stdarg.h>

#include "host_ops.h"

/* --- The machine -------------------------------------------------------------------------- */

static const ts_wmi_value computer_values[] = {
    {.name = "Manufacturer", .kind = TS_WMI_TEXT, .text = "HP"},
    {.name = "Model", .kind = TS_WMI_TEXT, .text = "HP EliteBook 840"},
    {.name = "PCSystemType", .kind = TS_WMI_INT, .integer = 2},
};
static ts_wmi_row computer_row = {.values = computer_values, .n_values = TS_COUNT(computer_values)};
static const ts_wmi_value os_values[] = {
    {.name = "Version", .kind = TS_WMI_TEXT, .text = "10.0.22631"},
    {.name = "BuildNumber", .kind = TS_WMI_TEXT, .text = "22631"},
    {.name = "OSArchitecture", .kind = TS_WMI_TEXT, .text = "64-bit"},
    {.name = "ProductType", .kind = TS_WMI_INT, .integer = 1},
};
static ts_wmi_row os_row = {.values = os_values, .n_values = TS_COUNT(os_values)};
static const ts_wmi_value bios_values[] = {
    {.name = "SerialNumber", .kind = TS_WMI_TEXT, .text = "5CG123"},
};
static ts_wmi_row bios_row = {.values = bios_values, .n_values = TS_COUNT(bios_values)};
static const ts_wmi_value net_values[] = {
    {.name = "Index", .kind = TS_WMI_INT, .integer = 1},
    {.name = "IPEnabled", .kind = TS_WMI_BOOL, .integer = 1},
    {.name = "MACAddress", .kind = TS_WMI_TEXT, .text = "00:11:22:AA:BB:CC"},
    {.name = "IPAddress", .kind = TS_WMI_TEXT, .text = "10.1.2.3"},
    {.name = "DefaultIPGateway", .kind = TS_WMI_TEXT, .text = "10.1.2.1,10.1.2.254"},
};
static ts_wmi_row net_row = {.values = net_values, .n_values = TS_COUNT(net_values)};
static const ts_wmi_rows bios = {.rows = &bios_row, .n_rows = 1};
static const ts_wmi_rows net = {.rows = &net_row, .n_rows = 1};
static const ts_wmi_rows computer = {.rows = &computer_row, .n_rows = 1};
static const ts_wmi_rows os = {.rows = &os_row, .n_rows = 1};
static const ts_wmi_rows none = {.n_rows = 0};

static bool wmi_class(void *self, const char *name_space, const char *class_name,
                      const ts_wmi_rows **out, ts_err **err)
{
    TS_UNUSED(self);
    if (!ts_str_ieq(name_space, "root\\cimv2"))
        return ts_fail(err, TS_NOT_FOUND, "no namespace '%s'", name_space);
    if (ts_str_ieq(class_name, "Win32_Secret"))
        return ts_fail(err, TS_STATE, "the profile does not describe class 'Win32_Secret'");
    *out = ts_str_ieq(class_name, "Win32_ComputerSystem")                ? &computer
           : ts_str_ieq(class_name, "Win32_OperatingSystem")             ? &os
           : ts_str_ieq(class_name, "Win32_BIOS")                        ? &bios
           : ts_str_ieq(class_name, "Win32_Battery")                     ? &none
           : ts_str_ieq(class_name, "Win32_NetworkAdapterConfiguration") ? &net
                                                                         : NULL;
    return *out || ts_fail(err, TS_NOT_FOUND, "no class '%s'", class_name);
}

static bool file_info(void *self, const char *path, ts_file_info *out, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    bool folder = ts_str_ieq(path, "C:\\Windows");
    bool file = ts_str_ieq(path, "C:\\Windows\\a.exe") || ts_str_ieq(path, "C:\\notes.txt");
    *out = (ts_file_info){.exists = folder || file, .is_folder = folder, .modified = 1709294400500};
    if (ts_str_ieq(path, "C:\\Windows\\a.exe"))
        strcpy(out->version, "10.0.1.2");
    return true;
}

static bool reg_get(void *self, const char *key, const char *value, bool *found, ts_reg_type *type,
                    char **data, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    static const struct {
        const char *value;
        ts_reg_type type;
        const char *data;
    } rows[] = {
        {"Code", TS_REG_SZ, "FAILURE"}, {"Count", TS_REG_DWORD, "10"}, {"", TS_REG_SZ, "def"}};
    *found = false;
    if (!ts_str_ieq(key, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Test"))
        return true;
    *found = value == NULL;
    for (size_t i = 0; value && i < TS_COUNT(rows); i++) {
        if (ts_str_ieq(value, rows[i].value)) {
            *found = true;
            *type = rows[i].type;
            *data = ts_strdup(rows[i].data);
        }
    }
    return true;
}

static bool product(void *self, const char *product_code, const char *upgrade_code, bool *found,
                    char **version, ts_err **err)
{
    TS_UNUSED(self);
    TS_UNUSED(err);
    *found = (product_code && ts_str_ieq(product_code, "{P}")) ||
             (upgrade_code && ts_str_ieq(upgrade_code, "{U}"));
    if (*found)
        *version = ts_strdup("16.0");
    return true;
}

static ts_phase phase(void *self)
{
    TS_UNUSED(self);
    return TS_PHASE_FULL_OS;
}

static int64_t now(void *self)
{
    TS_UNUSED(self);
    return 0;
}

static int bias(void *self)
{
    TS_UNUSED(self);
    return 0;
}

static void free_self(void *self)
{
    TS_UNUSED(self);
}

static const ts_host_ops ops = {.free = free_self,
                                .phase = phase,
                                .now = now,
                                .bias = bias,
                                .wmi_class = wmi_class,
                                .file_info = file_info,
                                .reg_get = reg_get,
                                .product = product};
static const ts_host_ops bare_ops = {.free = free_self, .phase = phase, .now = now, .bias = bias};

/* --- Building conditions ------------------------------------------------------------------ */

static ts_arena *arena;
ts_vars *vars;
ts_host *host;
ts_cond_env env;
ts_buf decisions, leaves;

static const char *environment(void *ctx, const char *name)
{
    TS_UNUSED(ctx);
    return ts_str_ieq(name, "windir")                   ? "C:\\Windows"
           : ts_str_ieq(name, "processor_architecture") ? "AMD64"
                                                        : NULL;
}

static void decided(void *ctx, const char *rule, const char *text)
{
    TS_UNUSED(ctx);
    ts_buf_printf(&decisions, "%s|%s\n", rule, text);
}

static void leaf_seen(void *ctx, const struct ts_cond *leaf, ts_tri result)
{
    TS_UNUSED(ctx);
    ts_buf_printf(&leaves, "%u=%d ", (unsigned)leaf->line, (int)result);
}

int setup(void **state)
{
    TS_UNUSED(state);
    arena = ts_arena_new();
    vars = ts_vars_new();
    ts_vars_set_env(vars, environment, NULL);
    host = ts_host_wrap(&ops, NULL, "test machine", true, NULL);
    env = (ts_cond_env){.vars = vars, .host = host, .leaf = leaf_seen, .decided = decided};
    ts_buf_init(&decisions, 10000);
    ts_buf_init(&leaves, 10000);
    return arena && vars && host ? 0 : -1;
}

int teardown(void **state)
{
    TS_UNUSED(state);
    ts_host_free(host);
    ts_vars_free(vars);
    ts_arena_free(arena);
    ts_buf_done(&decisions);
    ts_buf_done(&leaves);
    return 0;
}

void use_machine_without_anything(void)
{
    ts_host_free(host);
    env.host = host = ts_host_wrap(&bare_ops, NULL, "bare machine", false, NULL);
}

uint32_t next_line;

const struct ts_cond *branch(ts_cond_kind kind, size_t n, const struct ts_cond *a,
                             const struct ts_cond *b, const struct ts_cond *c)
{
    struct ts_cond *cond = ts_arena_alloc(arena, sizeof(*cond));
    const struct ts_cond **children = ts_arena_alloc(arena, 3 * sizeof(*children));
    children[0] = a;
    children[1] = b;
    children[2] = c;
    *cond = (struct ts_cond){.kind = kind,
                             .label = "",
                             .type = "",
                             .children = children,
                             .n_children = n,
                             .line = ++next_line};
    return cond;
}

struct ts_cond *leaf(ts_cond_kind kind, ts_cond_op op, const char *type, ...)
{
    struct ts_cond *cond = ts_arena_alloc(arena, sizeof(*cond));
    ts_cond_field *fields = ts_arena_alloc(arena, 8 * sizeof(*fields));
    size_t n = 0;
    va_list args;
    va_start(args, type);
    for (const char *name = va_arg(args, const char *); name; name = va_arg(args, const char *))
        fields[n++] = (ts_cond_field){.name = name, .value = va_arg(args, const char *)};
    va_end(args);
    *cond = (struct ts_cond){.kind = kind,
                             .op = op,
                             .label = "",
                             .type = type,
                             .fields = fields,
                             .n_fields = n,
                             .line = ++next_line};
    return cond;
}

const struct ts_cond *variable(const char *name, ts_cond_op op, const char *value)
{
    return leaf(TS_COND_VARIABLE, op, "variable condition", "Operator", ts_cond_op_name(op),
                "Value", value, "Variable", name, (char *)NULL);
}

const struct ts_cond *wmi(const char *name_space, const char *query)
{
    struct ts_cond *cond = leaf(TS_COND_WMI, TS_OP_NONE, "WMI condition", "Namespace", name_space,
                                "Query", query, (char *)NULL);
    ts_err *err = NULL;
    cond->query = ts_wql_parse(arena, query, &err);
    if (!cond->query)
        cond->problem = ts_arena_strdup(arena, ts_err_text(err));
    ts_err_free(err);
    return cond;
}

void is(const struct ts_cond *cond, ts_tri expected, const char *reason)
{
    ts_tri plain = TS_UNSURE, out = TS_UNSURE;
    char *text = NULL;
    ts_err *err = NULL;
    if (!ts_cond_eval(cond, &env, &out, &text, &err))
        fail_msg("%s", ts_err_text(err));
    if (out != expected)
        fail_msg("got %d (%s), expected %d", (int)out, text, (int)expected);
    if (reason)
        assert_string_equal(text, reason);
    free(text);
    assert_true(ts_cond_eval(cond, &env, &plain, NULL, NULL)); /* the reason changes nothing */
    assert_int_equal(plain, expected);
}

void faulty(const struct ts_cond *cond, const char *part)
{
    ts_tri out = TS_YES;
    char *text = NULL;
    ts_err *err = NULL;
    assert_false(ts_cond_eval(cond, &env, &out, &text, &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    if (!strstr(ts_err_text(err), part) || !strstr(ts_err_text(err), "condition (line "))
        fail_msg("'%s' does not say '%s'", ts_err_text(err), part);
    ts_err_free(err);
    assert_null(text);
}

void was_decided(const char *rule)
{
    if (!strstr(ts_buf_text(&decisions), rule))
        fail_msg("rule %s did not decide: %s", rule, ts_buf_text(&decisions));
    ts_buf_clear(&decisions);
}

void nothing_was_decided(void)
{
    assert_string_equal(ts_buf_text(&decisions), "");
}

void must_set(const char *name, const char *value, unsigned flags)
{
    assert_true(ts_vars_set(vars, name, value, flags, NULL));
}
