/* The option parser, on a small table of its own. */
#include "check.h"

#include <ts/error.h>

#include "opt.h"

static int run_nothing(const ts_args *args)
{
    TS_UNUSED(args);
    return 0;
}

static const ts_opt opts[] = {
    {.name = "var", .letter = 'V', .arg = "N=V", .repeat = true, .help = "x"},
    {.name = "mode", .arg = "M", .choices = "fast slow", .help = "x"},
    {.name = "quiet", .letter = 'q', .help = "x"},
    {.name = "loud", .letter = 'l', .help = "x"},
    {.name = NULL},
};
static const ts_command command = {.name = "do",
                                   .operands = "FILE [OTHER]",
                                   .min = 1,
                                   .max = 2,
                                   .summary = "x",
                                   .opts = opts,
                                   .run = run_nothing};
static const ts_command get = {
    .name = "var get", .operands = "", .summary = "x", .run = run_nothing};
const ts_command *const ts_commands[] = {&command, &get, NULL};

#define MAX 8
static ts_args *parse(const char *const *words, ts_err **err)
{
    char *argv[MAX];
    int argc = 0;
    union {
        const char *in;
        char *out;
    } word;
    for (; words[argc] != NULL; argc++) {
        word.in = words[argc];
        argv[argc] = word.out;
    }
    ts_args *args = NULL;
    return ts_args_parse(&command, argc, argv, &args, err) ? args : NULL;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect_usage(const char *const *words, const char *part)
{
    ts_err *err = NULL;
    assert_null(parse(words, &err));
    assert_int_equal(ts_err_code(err), TS_USAGE);
    if (strstr(ts_err_text(err), part) == NULL)
        fail_msg("'%s' does not hold '%s'", ts_err_text(err), part);
    ts_err_free(err);
}

static void values_come_in_every_form(void **state)
{
    TS_UNUSED(state);
    ts_args *args = parse(WORDS("--var=a=1", "f", "--var", "b=2", "-Vc=3", "-qV", "d=4"), NULL);
    assert_non_null(args);
    assert_int_equal(ts_args_values(args, "var"), 4);
    assert_string_equal(ts_args_value_at(args, "var", 0), "a=1");
    assert_string_equal(ts_args_value_at(args, "var", 1), "b=2");
    assert_string_equal(ts_args_value_at(args, "var", 2), "c=3");
    assert_string_equal(ts_args_value_at(args, "var", 3), "d=4");
    assert_true(ts_args_has(args, "quiet"));
    assert_false(ts_args_has(args, "loud"));
    assert_null(ts_args_value(args, "mode"));
    assert_int_equal(ts_args_count(args), 1);
    ts_args_free(args);
}

static void dash_number_and_words_behind_two_dashes_are_operands(void **state)
{
    TS_UNUSED(state);
    ts_args *args = parse(WORDS("-5", "--", "--var"), NULL);
    assert_non_null(args);
    assert_string_equal(ts_args_operand(args, 0), "-5");
    assert_string_equal(ts_args_operand(args, 1), "--var");
    ts_args_free(args);
    args = parse(WORDS("-"), NULL);
    assert_string_equal(ts_args_operand(args, 0), "-");
    ts_args_free(args);
}

static void wrong_usage_says_what_to_type(void **state)
{
    TS_UNUSED(state);
    expect_usage(WORDS("f", "--vra", "x"), "did you mean '--var'");
    expect_usage(WORDS("f", "--zzzzzzz"), "--help' lists them");
    expect_usage(WORDS("f", "-z"), "no option '-z'");
    expect_usage(WORDS("f", "--mode", "medium"), "fast slow");
    expect_usage(WORDS("f", "--mode", "fast", "--mode", "slow"), "given twice");
    expect_usage(WORDS("f", "--quiet=1"), "takes no value");
    expect_usage(WORDS("f", "--mode"), "--mode M");
    expect_usage(WORDS("f", "-V"), "-V N=V");
    expect_usage(WORDS("--quiet"), "FILE [OTHER]");
    expect_usage(WORDS("a", "b", "c"), "'c' is one too many");
}

static void help_needs_no_operands(void **state)
{
    TS_UNUSED(state);
    ts_args *args = parse(WORDS("--help"), NULL);
    assert_non_null(args);
    assert_true(ts_args_has(args, "help"));
    ts_args_free(args);
}

static void two_word_commands_are_found(void **state)
{
    TS_UNUSED(state);
    char var[] = "var", verb[] = "get", other[] = "set", first[] = "do";
    int used = 9;
    assert_ptr_equal(ts_command_find(2, (char *[]){var, verb}, &used), &get);
    assert_int_equal(used, 2);
    assert_ptr_equal(ts_command_find(2, (char *[]){first, verb}, &used), &command);
    assert_int_equal(used, 1);
    assert_null(ts_command_find(2, (char *[]){var, other}, &used));
    assert_null(ts_command_find(1, (char *[]){var}, &used));
}

static void more_words_than_the_limit_are_refused(void **state)
{
    TS_UNUSED(state);
    static char word[] = "x";
    char **argv = malloc((TS_ARGS_MAX + 1) * sizeof *argv);
    assert_non_null(argv);
    for (unsigned i = 0; i <= TS_ARGS_MAX; i++)
        argv[i] = word;
    ts_args *args = NULL;
    ts_err *err = NULL;
    assert_false(ts_args_parse(&command, (int)TS_ARGS_MAX + 1, argv, &args, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    ts_err_free(err);
    free(argv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_every_form),
        cmocka_unit_test(dash_number_and_words_behind_two_dashes_are_operands),
        cmocka_unit_test(wrong_usage_says_what_to_type),
        cmocka_unit_test(help_needs_no_operands),
        cmocka_unit_test(two_word_commands_are_found),
        cmocka_unit_test(more_words_than_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
