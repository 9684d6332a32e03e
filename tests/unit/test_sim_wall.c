/* test_sim_wall.c - the simulated machine cannot touch the real one: its sources include no header
 * of an operating system and call nothing of the C library that reaches out, and its library does
 * not link ts_os. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

static char *folder(void)
{
    const char *root = ts_env_get("TASKSEQ_SOURCE");
    if (!root)
        skip();
    return ts_path_join(root, "engine/host/sim");
}

static char *read(const char *dir, const char *name)
{
    char *path = ts_path_join(dir, name);
    char *text = NULL;
    size_t size = 0;
    assert_true(ts_file_read(path, 1u << 20, &text, &size, NULL));
    free(path);
    return text;
}

static bool is_allowed(const char *include)
{
    static const char *const allowed[] = {
        "<inttypes.h>", "<stdarg.h>", "<stdbool.h>", "<stddef.h>", "<stdint.h>",    "<stdlib.h>",
        "<string.h>",   "<ts/",       "\"sim.h\"",   "\"json.h\"", "\"host_ops.h\""};
    for (size_t i = 0; i < TS_COUNT(allowed); i++)
        if (strncmp(include, allowed[i], strlen(allowed[i])) == 0)
            return true;
    return false;
}

static void sources_include_no_os_header(void **state)
{
    TS_UNUSED(state);
    static const char *const forbidden[] = {
        "getenv(", "system(", "fopen(", "remove(",   "rename(",   "time(",       "clock(", "popen(",
        "open(",   "socket(", "exit(",  "ts_file_r", "ts_file_w", "ts_process_", "asm"};
    char *dir = folder();
    char **names = NULL;
    size_t files = 0;
    assert_true(ts_folder_list(dir, &names, NULL));
    for (size_t i = 0; names[i]; i++) {
        size_t len = strlen(names[i]);
        if (len < 2 || names[i][len - 2] != '.')
            continue;
        char *text = read(dir, names[i]);
        files++;
        for (const char *p = strstr(text, "#include "); p; p = strstr(p + 1, "#include "))
            if (!is_allowed(p + strlen("#include ")))
                fail_msg("%s: %.40s", names[i], p);
        for (size_t f = 0; f < TS_COUNT(forbidden); f++) {
            const char *at = strstr(text, forbidden[f]);
            bool word = at && (at == text || !strchr("abcdefghijklmnopqrstuvwxyz_", at[-1]));
            if (word)
                fail_msg("%s calls %s", names[i], forbidden[f]);
        }
        free(text);
    }
    assert_true(files > 10);
    free(names);
    free(dir);
}

static void library_links_no_os(void **state)
{
    TS_UNUSED(state);
    char *dir = folder();
    char *text = read(dir, "CMakeLists.txt");
    assert_non_null(strstr(text, "LINKS ts_base ts_json ts_host)"));
    free(text);
    char *host = ts_path_join(dir, "..");
    text = read(host, "CMakeLists.txt");
    assert_null(strstr(text, "LINKS ts_os"));
    free(text);
    free(host);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_include_no_os_header),
        cmocka_unit_test(library_links_no_os),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
