/* test_win32_quoting.c - words that reach a program or a script are those that were given: random
 * lists against CommandLineToArgvW, through CreateProcess into this program again, and through
 * cmd.exe. */
#include "check.h"

#include <stdio.h>

#include <windows.h>

#include <shellapi.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"
#include "win32_parts.h"

#define ROUNDS    20000u
#define PROCESSES 25u
#define WORDS_MAX 6u
#define WORD_MAX  64u

static char *self;
static uint32_t seed;

/* xorshift: the same words in every run. */
static uint32_t any(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

static void make_word(char word[WORD_MAX], const char *const *pieces, size_t n)
{
    word[0] = '\0';
    for (uint32_t i = any(9); i > 0; i--)
        strcat(word, pieces[any((uint32_t)n)]);
}

static const char *const any_piece[] = {
    "a", "b c",    "\"", "\\", "\\\"", " ",        "\t",
    "%", "%PATH%", "^",  "&",  "'",    "\xC3\xA4", "\xF0\x9F\x98\x80",
    "!", "|",      "<",  ";",  "\\\\"};

static void assert_words(const char *const *words, size_t n, const wchar_t *line)
{
    int got = 0;
    wchar_t **split = CommandLineToArgvW(line, &got);
    assert_non_null(split);
    assert_int_equal(got, n);
    for (size_t i = 0; i < n; i++) {
        TS_CLEANUP(ts_free_ptr) char *word = ts_narrow(split[i], NULL);
        assert_non_null(word);
        if (strcmp(word, words[i]) != 0)
            fail_msg("'%s' became '%s'", words[i], word);
    }
    LocalFree(split);
}

static size_t make_words(const char **list, char words[WORDS_MAX][WORD_MAX],
                         const char *const *pieces, size_t n_pieces)
{
    size_t n = 1 + any(WORDS_MAX);
    for (size_t i = 0; i < n; i++) {
        make_word(words[i], pieces, n_pieces);
        list[i] = words[i];
    }
    list[n] = NULL;
    return n;
}

static void joined_words_are_split_as_windows_does(void **state)
{
    TS_UNUSED(state);
    seed = 2463534242u;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char words[WORDS_MAX][WORD_MAX];
        const char *list[WORDS_MAX + 2] = {"C:\\Program Files\\x.exe"};
        size_t n = 1 + make_words(list + 1, words, any_piece, TS_COUNT(any_piece));
        TS_CLEANUP(ts_free_ptr) char *line = ts_command_join(list, NULL);
        TS_CLEANUP(ts_free_ptr) wchar_t *wide = line ? ts_wide(line, NULL) : NULL;
        assert_non_null(wide);
        assert_words(list, n, wide);
    }
}

static void any_line_is_split_as_windows_does(void **state)
{
    TS_UNUSED(state);
    seed = 88172645u;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char line[16 + 3 * WORD_MAX] = "x.exe ";
        for (int i = 0; i < 3; i++) {
            char word[WORD_MAX];
            make_word(word, any_piece, TS_COUNT(any_piece));
            strcat(line, word);
        }
        TS_CLEANUP(ts_free_ptr) char **split = ts_command_split(line, NULL);
        TS_CLEANUP(ts_free_ptr) wchar_t *wide = ts_wide(line, NULL);
        assert_non_null(split);
        assert_non_null(wide);
        size_t n = 0;
        while (split[n])
            n++;
        assert_words((const char *const *)split, n, wide);
    }
}

/* What the program was given, one word in <>. */
static char *run(const char *const *argv)
{
    ts_program program = {.argv = argv, .keep_output = true};
    ts_program_result result = {0};
    ts_err *err = NULL;
    if (!ts_process_run(&program, NULL, NULL, &result, &err))
        fail_msg("%s", ts_err_text(err));
    assert_int_equal(result.exit_code, 0);
    return result.output;
}

static void assert_arrived(const char *const *list, const char *output)
{
    TS_CLEANUP(ts_buf_done) ts_buf wanted;
    ts_buf_init(&wanted, 4096);
    for (size_t i = 0; list[i]; i++)
        ts_buf_printf(&wanted, "<%s>", list[i]);
    assert_string_equal(output, ts_buf_text(&wanted));
}

static void words_arrive_in_a_program(void **state)
{
    TS_UNUSED(state);
    seed = 521288629u;
    for (uint32_t round = 0; round < PROCESSES; round++) {
        char words[WORDS_MAX][WORD_MAX];
        const char *list[WORDS_MAX + 3] = {self, "--echo"};
        make_words(list + 2, words, any_piece, TS_COUNT(any_piece));
        TS_CLEANUP(ts_free_ptr) char *output = run(list);
        assert_arrived(list + 2, output);
    }
}

/* A script takes a word out of its quotes with %~1. Empty words end the list there. */
#define SCRIPT                                                                                     \
    "@echo off\r\n:next\r\nif \"%~1\"==\"\" exit /b 0\r\n<nul set /p x=(%~1)\r\nshift\r\ngoto "    \
    "next\r\n"

static char *write_script(const char *folder, const char *name)
{
    char *script = ts_path_join(folder, name);
    assert_non_null(script);
    assert_true(ts_folder_make(folder, NULL));
    assert_true(ts_file_write_atomic(script, SCRIPT, sizeof(SCRIPT) - 1, NULL));
    return script;
}

static char *script_folder(void)
{
    char *folder = ts_sprintf("%s/ts-quoting %u", ts_env_get("TEMP"), ts_process_id());
    assert_non_null(folder);
    return folder;
}

static void words_arrive_in_a_script(void **state)
{
    TS_UNUSED(state);
    TS_CLEANUP(ts_free_ptr) char *folder = script_folder();
    TS_CLEANUP(ts_free_ptr) char *script = write_script(folder, "a.cmd");
    const char *const argv[] = {script, "a b",       "a,b", "a;b",  "/x=1",
                                "a\\",  "C:\\a b\\", "(x)", "it's", NULL};
    TS_CLEANUP(ts_free_ptr) char *output = run(argv);
    assert_string_equal(output, "(a b)(a,b)(a;b)(/x=1)(a\\)(C:\\a b\\)((x))(it's)");
    assert_true(ts_folder_remove(folder, NULL));
}

/* cmd.exe would run what is behind the & as a command. */
static void script_gets_no_word_that_cmd_reads_otherwise(void **state)
{
    TS_UNUSED(state);
    static const char *const names[] = {"a.cmd", "b.BAT", "a.cmd.", "a.cmd. ."};
    static const char *const words[] = {"a&echo x", "%PATH%", "a\"b", "a|b",
                                        "a^b",      "a>b",    "a!b",  "a\nb"};
    TS_CLEANUP(ts_free_ptr) char *folder = script_folder();
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        TS_CLEANUP(ts_free_ptr) char *script = write_script(folder, i == 1 ? "b.BAT" : "a.cmd");
        TS_CLEANUP(ts_free_ptr) char *path = ts_path_join(folder, names[i]);
        for (size_t k = 0; k < TS_COUNT(words); k++) {
            const char *const argv[] = {path, words[k], NULL};
            ts_program program = {.argv = argv, .keep_output = true};
            ts_program_result result = {0};
            ts_err *err = NULL;
            if (ts_process_run(&program, NULL, NULL, &result, &err))
                fail_msg("'%s' was run with '%s': %s", names[i], words[k], result.output);
            assert_int_equal(ts_err_code(err), TS_UNSUPPORTED);
            ts_err_free(err);
        }
    }
    assert_true(ts_folder_remove(folder, NULL));
}

int main(int argc, char **argv)
{
    if (!ts_program_begin(&argc, &argv, NULL))
        return 1;
    if (argc >= 2 && strcmp(argv[1], "--echo") == 0) {
        for (int i = 2; i < argc; i++)
            printf("<%s>", argv[i]);
        return fflush(stdout);
    }
    self = ts_program_path(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_words_are_split_as_windows_does),
        cmocka_unit_test(any_line_is_split_as_windows_does),
        cmocka_unit_test(words_arrive_in_a_program),
        cmocka_unit_test(words_arrive_in_a_script),
        cmocka_unit_test(script_gets_no_word_that_cmd_reads_otherwise),
    };
    return self ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
