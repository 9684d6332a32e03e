/* boot_menu.c - see boot_menu.h. */
#include <stdio.h>
#include <string.h>

#include <ts/mem.h>

#include "boot_menu.h"
#include "cli.h"
#include "os.h"

#define WIDTH 80u /* columns where the terminal does not say */

bool ts_boot_ask_password(const ts_boot_site *boot, char **out, ts_err **err)
{
    char line[TS_CONSOLE_LINE_MAX];
    bool right = false;
    bool end = false;
    for (unsigned i = 0; i < TS_BOOT_TRIES && !right; i++) {
        printf("%sPassword of this medium: ", i > 0 ? "This is not the password.\n" : "");
        fflush(stdout);
        bool ok = ts_console_line(true, line, &end, err);
        putchar('\n');
        ok = ok && (!end || ts_fail(err, TS_CANCELLED, "nobody typed the password of this medium"));
        if (!ok || !ts_boot_site_unlocks(boot, line, &right, err)) {
            ts_wipe(line, sizeof line);
            return false;
        }
    }
    *out = right ? ts_strdup(line) : NULL;
    ts_wipe(line, sizeof line);
    if (!right)
        return ts_fail(err, TS_TRUST, "%u wrong passwords; start again", TS_BOOT_TRIES);
    return *out != NULL || ts_fail_nomem(err);
}

static unsigned width(void)
{
    ts_console console;
    ts_console_open(false, &console);
    return console.columns > 0 ? console.columns : WIDTH;
}

static void show(const ts_deployment *list, size_t n, const char *machine, bool command_prompt)
{
    unsigned columns = width();
    printf("\n%s\n\n", machine);
    for (size_t i = 0; i < n; i++) {
        const char *name = list[i].name[0] != '\0' ? list[i].name : list[i].id;
        bool fits = strlen(name) + strlen(list[i].id) + 10 < columns;
        printf("%3zu  %s", i + 1, name);
        if (fits && name != list[i].id)
            printf("  (%s)", list[i].id);
        putchar('\n');
    }
    printf("\nNumber%s: ", command_prompt ? ", or c for a command prompt" : "");
    fflush(stdout);
}

static void open_shell(void)
{
    ts_err *err = NULL;
    if (!ts_console_shell(&err))
        printf("%s\n", ts_err_text(err));
    ts_err_free(err);
}

bool ts_boot_ask_deployment(const ts_deployment *list, size_t n, const char *machine,
                            bool command_prompt, size_t *chosen, ts_err **err)
{
    char line[TS_CONSOLE_LINE_MAX];
    bool end = false;
    for (;;) {
        int64_t number = 0;
        show(list, n, machine, command_prompt);
        if (!ts_console_line(false, line, &end, err))
            return false;
        if (end)
            return ts_fail(err, TS_CANCELLED, "nobody chose a deployment (standard input ended)");
        const char *word = ts_str_trim(line);
        if (command_prompt && ts_str_ieq(word, "c")) {
            open_shell();
        } else if (ts_str_int64(word, &number) && number >= 1 && (uint64_t)number <= n) {
            *chosen = (size_t)number - 1;
            return true;
        } else if (*word != '\0') {
            printf("'%s' is none of them.\n", word);
        }
    }
}

void ts_boot_stay(const char *log, bool command_prompt)
{
    char line[TS_CONSOLE_LINE_MAX];
    bool end = false;
    if (!ts_console_can_ask())
        return;
    printf("\nThe log is %s/smsts.log.\n", log);
    do {
        printf("Enter: end%s: ", command_prompt ? "; c: command prompt" : "");
        fflush(stdout);
        if (!ts_console_line(false, line, &end, NULL) || end)
            return;
        if (command_prompt && ts_str_ieq(ts_str_trim(line), "c"))
            open_shell();
    } while (*ts_str_trim(line) != '\0');
}
