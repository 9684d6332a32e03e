/* rules_commands.c - command lines and scripts: time-outs, exit codes, shells, restarts. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

#define NO_TIMEOUT_EACH 5u /* steps without a time-out that get a note each */
#define PROGRAM_MAX     64u

/* Base name of the program that the command line starts, in lower case with its extension. */
static void first_program(const char *command, char *out, size_t size)
{
    bool quoted = *command == '"';
    const char *start = command + quoted;
    size_t len = quoted ? strcspn(start, "\"") : strcspn(start, " \t\r\n");
    for (size_t i = 0; i < len; i++) {
        if (start[i] == '\\' || start[i] == '/') {
            start += i + 1;
            len -= i + 1;
            i = (size_t)-1;
        }
    }
    size_t n = 0;
    for (; n < len && n + 1 < size; n++)
        out[n] = (char)tolower((unsigned char)start[n]);
    out[n] = 0;
    if (n > 4 && strcmp(out + n - 4, ".exe") == 0)
        out[n - 4] = 0;
}

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

static bool succeeds_with(const ts_node *node, int64_t code)
{
    for (size_t i = 0; i < node->n_success; i++)
        if (node->success[i] == code)
            return true;
    return false;
}

/* --- Time-outs -------------------------------------------------------------------------------- */

static bool wants_timeout(const lint *l, const ts_node *node)
{
    return lint_alive(l, node) && node->timeout == 0 &&
           (lint_is_command(l, node) || lint_is_powershell(l, node));
}

/* MDT's editor has no field for it, and who leaves it out everywhere means it: one note for the
 * whole file. */
static void check_timeouts(lint *l)
{
    size_t count = 0;
    for (size_t i = 0; i < l->seq->n_nodes; i++)
        count += wants_timeout(l, &l->seq->nodes[i]) ? 1 : 0;
    size_t each = l->mdt ? 1 : NO_TIMEOUT_EACH;
    for (size_t i = 0; count > 0 && i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (!wants_timeout(l, node))
            continue;
        if (count > each) {
            ts_check_finding(l->check, "command-no-timeout", node, 0,
                             "%zu command steps are without a time-out (first: '%s')", count,
                             node->name);
            return;
        }
        ts_check_finding(l->check, "command-no-timeout", node, 0, "step '%s' has no time-out",
                         node->name);
    }
}

/* --- Shell ------------------------------------------------------------------------------------ */

static const char *const shells[] = {"cmd", "%comspec%", "powershell", "pwsh", "bash", "sh"};

/* A redirection or pipe outside of quotes, which only a shell understands. */
static const char *shell_operator(const char *command)
{
    bool quoted = false;
    for (const char *p = command; *p; p++) {
        if (*p == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (*p == '|')
            return "|";
        if (*p == '>')
            return ">";
        if (strncmp(p, " < ", 3) == 0)
            return "<";
        if (strncmp(p, "&&", 2) == 0)
            return "&&";
        if (strncmp(p, " & ", 3) == 0)
            return "&";
    }
    return NULL;
}

static void check_shell(lint *l, const ts_node *node, const char *command, const char *program)
{
    static const char *const builtins[] = {
        "assoc",    "call",     "cd",    "chdir", "cls",  "copy",   "del", "dir",    "echo",
        "endlocal", "erase",    "for",   "ftype", "goto", "if",     "md",  "mkdir",  "mklink",
        "move",     "pause",    "popd",  "pushd", "rd",   "rem",    "ren", "rename", "rmdir",
        "set",      "setlocal", "start", "type",  "ver",  "verify", "vol"};
    if (is_one_of(program, shells, TS_COUNT(shells)))
        return;
    if (is_one_of(program, builtins, TS_COUNT(builtins))) {
        ts_check_finding(l->check, "command-shell", node, node->action_line,
                         "'%s' is a command of cmd.exe, not a program", program);
        return;
    }
    const char *op = shell_operator(command);
    if (op)
        ts_check_finding(l->check, "command-shell", node, node->action_line,
                         "'%s' in '%.120s' is for a shell, but no shell runs the command", op,
                         command);
}

/* --- Installers ------------------------------------------------------------------------------- */

static bool has_option(const char *command, const char *prefix)
{
    for (const char *p = command; (p = ts_str_icontains(p, prefix)) != NULL; p++)
        if (p > command && (p[-1] == '/' || p[-1] == '-'))
            return true;
    return false;
}

static void check_installer(lint *l, const ts_node *node, const char *command)
{
    bool msi = lint_has_word(command, "msiexec"), wusa = lint_has_word(command, "wusa");
    bool installs = (msi && (has_option(command, "i") || has_option(command, "p") ||
                             has_option(command, "x"))) ||
                    wusa;
    if (!installs)
        return;
    const char *name = msi ? "msiexec" : "wusa";
    if (!succeeds_with(node, 3010))
        ts_check_finding(
            l->check, "installer-3010", node, node->action_line,
            "'%s' answers 3010 when it needs a restart, but 3010 is not in the success "
            "codes: the step would fail",
            name);
    if (msi ? !has_option(command, "q") && !has_option(command, "passive")
            : !has_option(command, "quiet"))
        ts_check_finding(l->check, "installer-asks", node, node->action_line,
                         "'%s' without %s may wait for a person", name, msi ? "/qn" : "/quiet");
}

static void check_codes(lint *l, const ts_node *node)
{
    if (succeeds_with(node, 1641))
        ts_check_finding(l->check, "success-1641", node, 0,
                         "1641 among the success codes means that the installer restarts the "
                         "machine by itself");
}

/* --- Restarts that the engine does not know of --------------------------------------------------
 */

/* shutdown.exe with /r, /s, /g, /p or /h restarts or switches off; /a aborts. */
static bool shuts_down(const char *command)
{
    const char *at = ts_str_icontains(command, "shutdown");
    if (!at || !lint_has_word(command, "shutdown") || has_option(at, "a"))
        return false;
    static const char *const options[] = {"r", "s", "g", "p", "h"};
    for (size_t i = 0; i < TS_COUNT(options); i++) {
        for (const char *p = at; (p = ts_str_icontains(p, options[i])) != NULL; p++)
            if ((p[-1] == '/' || p[-1] == '-') && !isalnum((unsigned char)p[1]))
                return true;
    }
    return false;
}

static const char *restarts_itself(const char *command)
{
    if (lint_has_word(command, "Restart-Computer"))
        return "Restart-Computer";
    if (lint_has_word(command, "Stop-Computer"))
        return "Stop-Computer";
    if (lint_has_word(command, "wpeutil") &&
        (lint_has_word(command, "reboot") || lint_has_word(command, "shutdown")))
        return "wpeutil";
    if (has_option(command, "forcerestart"))
        return "/forcerestart";
    return shuts_down(command) ? "shutdown" : NULL;
}

static char *without_comments(char *script)
{
    for (char *p = script; *p;) {
        size_t len = strcspn(p, "\n");
        if (p[strspn(p, " \t")] == '#')
            memset(p, ' ', len);
        p += len + (p[len] == '\n');
    }
    return script;
}

static void check_restarts(lint *l, const ts_node *node)
{
    const char *how = restarts_itself(lint_command(node));
    if (how)
        ts_check_finding(l->check, "command-restarts", node, node->action_line,
                         "step '%s' restarts the machine by itself ('%s'): the run is not saved "
                         "and is lost",
                         node->name, how);
    char *script = lint_script(l, node);
    how = script ? restarts_itself(without_comments(script)) : NULL;
    if (how)
        ts_check_finding(l->check, "command-restarts", node,
                         lint_setting_line(node, "OSDRunPowerShellScriptSourceScript"),
                         "the script of step '%s' restarts the machine by itself ('%s'): the run "
                         "is not saved and is lost",
                         node->name, how);
    free(script);
}

/* --- PowerShell ------------------------------------------------------------------------------- */

/* "%Var%" in the parameters: PowerShell expands $ and ` in what the variable holds. */
static void check_parameters(lint *l, const ts_node *node)
{
    const ts_setting *setting = lint_setting(node, "OSDRunPowerShellScriptParameters");
    const char *quote = setting ? strstr(setting->value, "\"%") : NULL;
    if (quote && strstr(quote, "%\""))
        ts_check_finding(l->check, "powershell-double-quotes", node, setting->line,
                         "double quotes round a variable in '%.120s': what it holds is taken as "
                         "PowerShell text",
                         setting->value);
}

static void check_powershell(lint *l, const ts_node *node)
{
    const char *script = ts_node_setting(node, "OSDRunPowerShellScriptSourceScript");
    const char *name = ts_node_setting(node, "OSDRunPowerShellScriptScriptName");
    if (ts_str_blank(script) && ts_str_blank(name))
        ts_check_finding(l->check, "powershell-no-script", node, 0,
                         "step '%s' has neither a script nor the name of one", node->name);
    check_parameters(l, node);
}

void lint_rules_commands(lint *l)
{
    check_timeouts(l);
    for (size_t i = 0; i < l->seq->n_nodes; i++) {
        const ts_node *node = &l->seq->nodes[i];
        if (node->kind == TS_NODE_GROUP || !lint_alive(l, node))
            continue;
        if (lint_is_powershell(l, node)) {
            check_powershell(l, node);
            check_restarts(l, node);
            check_codes(l, node);
        }
        if (!lint_is_command(l, node) || ts_str_blank(node->action))
            continue;
        char program[PROGRAM_MAX];
        const char *command = lint_command(node);
        first_program(command, program, sizeof program);
        check_shell(l, node, command, program);
        check_installer(l, node, command);
        check_codes(l, node);
        check_restarts(l, node);
    }
}
