/* test_command_line.c - splitting and quoting. The table of the Win32 documentation
 * ("CommandLineToArgvW", "Parsing C command-line arguments") and what real sequences add to it. */
#include "check.h"

#include <ts/mem.h>
#include <ts/text.h>

static const struct {
    const char *line;
    const char *args[6]; /* NULL-terminated */
} cases[] = {
    /* The documentation's examples. */
    {"p \"abc\" d e", {"p", "abc", "d", "e"}},
    {"p a\\\\b d\"e f\"g h", {"p", "a\\\\b", "de fg", "h"}},
    {"p a\\\\\\\"b c d", {"p", "a\\\"b", "c", "d"}},
    {"p a\\\\\\\\\"b c\" d e", {"p", "a\\\\b c", "d", "e"}},
    {"p \"ab\\\"c\" \"\\\\\" d", {"p", "ab\"c", "\\", "d"}},
    {"p a\\\\\\b d", {"p", "a\\\\\\b", "d"}},
    /* The program name: quoted to the next quote, else to the next blank; no escapes. */
    {"\"C:\\Program Files\\x.exe\" /q", {"C:\\Program Files\\x.exe", "/q"}},
    {"\"C:\\folder\\\" /q", {"C:\\folder\\", "/q"}},
    {"C:\\a\"b c", {"C:\\a\"b", "c"}},
    {"\"a b\"c d", {"a b", "c", "d"}},
    {"  p  a", {"p", "a"}},
    {"\"\" a", {"", "a"}},
    /* Blanks: tab counts, trailing ones make no argument, a quoted nothing makes one. */
    {"p\ta \t b", {"p", "a", "b"}},
    {"p a \t ", {"p", "a"}},
    {"p \"\" b", {"p", "", "b"}},
    {"p \"\"", {"p", ""}},
    {"p a\nb", {"p", "a\nb"}},
    /* Quotes without an end run to the end, trailing blanks and all. */
    {"p \"a b ", {"p", "a b "}},
    {"\"p a", {"p a"}},
    {"p a \"", {"p", "a", ""}},
    /* Quotes in a row: the third one is text. */
    {"p \"a\"\"b\" c", {"p", "a\"b c"}},
    {"p \"\"\"a b\"\"\" c", {"p", "\"a", "b\"", "c"}},
    {"p \"a\"b\" c\"", {"p", "ab c"}},
    {"p /c:\"x y\" z", {"p", "/c:x y", "z"}},
    {"cscript.exe \"%SCRIPTROOT%\\ZTI.wsf\" /a", {"cscript.exe", "%SCRIPTROOT%\\ZTI.wsf", "/a"}},
    {"p \\\\server\\share\\ x", {"p", "\\\\server\\share\\", "x"}},
};

static void split_follows_the_documented_table(void **state)
{
    TS_UNUSED(state);
    for (size_t i = 0; i < TS_COUNT(cases); i++) {
        char **args = ts_command_split(cases[i].line, NULL);
        assert_non_null(args);
        size_t n = 0;
        for (; cases[i].args[n]; n++) {
            if (!args[n] || strcmp(args[n], cases[i].args[n]) != 0)
                fail_msg("<%s>: argument %zu is <%s>, not <%s>", cases[i].line, n,
                         args[n] ? args[n] : "(none)", cases[i].args[n]);
        }
        if (args[n])
            fail_msg("<%s>: argument %zu is <%s>, not the end", cases[i].line, n, args[n]);
        free(args);
    }
}

static void split_of_nothing_fails(void **state)
{
    TS_UNUSED(state);
    static const char *const empty[] = {"", " \t ", NULL};
    for (size_t i = 0; i < TS_COUNT(empty); i++) {
        ts_err *err = NULL;
        assert_null(ts_command_split(empty[i], &err));
        assert_int_equal(ts_err_code(err), TS_SCHEMA);
        ts_err_free(err);
    }
}

static void split_of_single_letters_has_room(void **state)
{
    TS_UNUSED(state);
    char line[2000];
    for (size_t i = 0; i + 1 < sizeof(line); i++)
        line[i] = i % 2 ? ' ' : 'x';
    line[sizeof(line) - 1] = '\0';
    char **args = ts_command_split(line, NULL);
    size_t n = 0;
    while (args[n])
        assert_string_equal(args[n++], "x");
    assert_int_equal(n, 1000);
    free(args);
}

static void join_splits_into_the_same(void **state)
{
    TS_UNUSED(state);
    static const char *const lists[][5] = {
        {"p", "a b", "", "c\"d", NULL},
        {"C:\\Program Files\\x.exe", "C:\\dir\\", "C:\\a dir\\", NULL},
        {"p", "\\\"", "\\\\ \\", "\"\"\"", NULL},
        {"", "tab\there", "line\nbreak", NULL},
        {"p", "\\", "\\\\\" x", NULL},
    };
    for (size_t i = 0; i < TS_COUNT(lists); i++) {
        char *line = ts_command_join(lists[i], NULL);
        char **args = ts_command_split(line, NULL);
        size_t n = 0;
        for (; lists[i][n]; n++)
            assert_string_equal(args[n], lists[i][n]);
        assert_null(args[n]);
        free(args);
        free(line);
    }
}

static void join_leaves_plain_arguments_plain(void **state)
{
    TS_UNUSED(state);
    static const char *const list[] = {"cmd.exe", "/c", "C:\\a\\b", "x=y", NULL};
    char *line = ts_command_join(list, NULL);
    assert_string_equal(line, "cmd.exe /c C:\\a\\b x=y");
    free(line);
}

static void join_refuses_what_has_no_form(void **state)
{
    TS_UNUSED(state);
    static const char *const quoted[] = {"a\"b", NULL};
    static const char *const none[] = {NULL};
    assert_null(ts_command_join(quoted, NULL));
    assert_null(ts_command_join(none, NULL));
    char *big = ts_alloc(TS_COMMAND_MAX);
    memset(big, 'x', TS_COMMAND_MAX - 1);
    const char *const long_list[] = {"p", big, NULL};
    ts_err *err = NULL;
    assert_null(ts_command_join(long_list, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_follows_the_documented_table),
        cmocka_unit_test(split_of_nothing_fails),
        cmocka_unit_test(split_of_single_letters_has_room),
        cmocka_unit_test(join_splits_into_the_same),
        cmocka_unit_test(join_leaves_plain_arguments_plain),
        cmocka_unit_test(join_refuses_what_has_no_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
