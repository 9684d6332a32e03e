/* opt.c - parses command lines by table. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "opt.h"

typedef struct given {
    const ts_opt *opt;
    const char *value;
} given;

struct ts_args {
    const ts_command *command;
    given *given;
    size_t n_given;
    const char **operands;
    size_t n_operands;
};

const ts_opt ts_opts_common[] = {
    {.name = "color",
     .arg = "WHEN",
     .choices = "auto always never",
     .help = "colour: auto (a terminal, and NO_COLOR is not set), always, never"},
    {.name = "help", .letter = 'h', .help = "print this help"},
    {.name = NULL},
};

/* How many words of the command line are the command's name; 0: they are not. */
static int match_words(const char *name, int argc, char **argv)
{
    int words = 0;
    while (*name != '\0') {
        size_t len = strcspn(name, " ");
        if (words >= argc || strlen(argv[words]) != len || strncmp(argv[words], name, len) != 0)
            return 0;
        words++;
        name += len;
        name += *name == ' ';
    }
    return words;
}

const ts_command *ts_command_find(int argc, char **argv, int *used)
{
    const ts_command *best = NULL;
    *used = 0;
    for (size_t i = 0; ts_commands[i] != NULL; i++) {
        int words = match_words(ts_commands[i]->name, argc, argv);
        if (words > *used) {
            best = ts_commands[i];
            *used = words;
        }
    }
    return best;
}

static const ts_opt *find_long(const ts_opt *opts, const char *name, size_t len)
{
    for (const ts_opt *o = opts; o != NULL && o->name != NULL; o++)
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static const ts_opt *find_letter(const ts_opt *opts, char letter)
{
    for (const ts_opt *o = opts; o != NULL && o->name != NULL; o++)
        if (o->letter != 0 && o->letter == letter)
            return o;
    return NULL;
}

static void nearest(const ts_opt *opts, const char *name, const char **best, unsigned *distance)
{
    for (const ts_opt *o = opts; o != NULL && o->name != NULL; o++) {
        unsigned d = ts_str_distance(o->name, name);
        if (d < *distance) {
            *distance = d;
            *best = o->name;
        }
    }
}

static bool unknown_option(const ts_command *command, const char *word, size_t len, ts_err **err)
{
    char *name = ts_strndup(word, len);
    if (name == NULL)
        return ts_fail_nomem(err);
    const char *best = NULL;
    unsigned distance = 3; /* at most two typing errors away */
    nearest(command->opts, name, &best, &distance);
    nearest(ts_opts_common, name, &best, &distance);
    if (best != NULL)
        ts_fail(err, TS_USAGE, "'%s' has no option '--%s'; did you mean '--%s'?", command->name,
                name, best);
    else
        ts_fail(err, TS_USAGE, "'%s' has no option '--%s'; 'taskseq %s --help' lists them",
                command->name, name, command->name);
    free(name);
    return false;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *p = choices; *p != '\0';) {
        size_t n = strcspn(p, " ");
        if (n == len && strncmp(p, value, n) == 0)
            return true;
        p += n;
        p += *p == ' ';
    }
    return false;
}

static bool take_option(ts_args *args, const ts_opt *opt, const char *value, ts_err **err)
{
    if (opt->choices != NULL && !is_choice(opt->choices, value))
        return ts_fail(err, TS_USAGE, "--%s: '%s' is none of: %s", opt->name, value, opt->choices);
    for (size_t i = 0; i < args->n_given; i++)
        if (args->given[i].opt == opt && !opt->repeat && opt->arg != NULL)
            return ts_fail(err, TS_USAGE, "--%s is given twice ('%s' and '%s'); give it once",
                           opt->name, args->given[i].value, value);
    args->given[args->n_given++] = (given){.opt = opt, .value = value};
    return true;
}

static bool parse_long(ts_args *args, int argc, char **argv, int *i, ts_err **err)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn(word, "=");
    const ts_opt *opt = find_long(args->command->opts, word, len);
    if (opt == NULL)
        opt = find_long(ts_opts_common, word, len);
    if (opt == NULL)
        return unknown_option(args->command, word, len, err);
    if (opt->arg == NULL) {
        if (word[len] == '=')
            return ts_fail(err, TS_USAGE, "--%s takes no value", opt->name);
        return take_option(args, opt, NULL, err);
    }
    if (word[len] == '=')
        return take_option(args, opt, word + len + 1, err);
    if (*i + 1 >= argc)
        return ts_fail(err, TS_USAGE, "--%s needs a value: --%s %s", opt->name, opt->name,
                       opt->arg);
    return take_option(args, opt, argv[++*i], err);
}

static bool parse_short(ts_args *args, int argc, char **argv, int *i, ts_err **err)
{
    for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
        const ts_opt *opt = find_letter(args->command->opts, *p);
        if (opt == NULL)
            opt = find_letter(ts_opts_common, *p);
        if (opt == NULL)
            return ts_fail(err, TS_USAGE,
                           "'%s' has no option '-%c'; 'taskseq %s --help' lists them",
                           args->command->name, *p, args->command->name);
        if (opt->arg == NULL) {
            if (!take_option(args, opt, NULL, err))
                return false;
            continue;
        }
        if (p[1] != '\0')
            return take_option(args, opt, p + 1, err);
        if (*i + 1 >= argc)
            return ts_fail(err, TS_USAGE, "-%c needs a value: -%c %s", *p, *p, opt->arg);
        return take_option(args, opt, argv[++*i], err);
    }
    return true;
}

static bool parse_all(ts_args *args, int argc, char **argv, ts_err **err)
{
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        /* "-" alone is a file name (standard input or output), and -2147467259 is a number. */
        bool option = !only_operands && word[0] == '-' && word[1] != '\0' &&
                      !(word[1] >= '0' && word[1] <= '9');
        if (!option)
            args->operands[args->n_operands++] = word;
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (word[1] == '-' ? !parse_long(args, argc, argv, &i, err)
                                : !parse_short(args, argc, argv, &i, err))
            return false;
    }
    return true;
}

static bool check_operands(const ts_args *args, ts_err **err)
{
    const ts_command *command = args->command;
    if (args->n_operands < command->min)
        return ts_fail(err, TS_USAGE, "something is missing: taskseq %s %s", command->name,
                       command->operands);
    if (args->n_operands > command->max)
        return ts_fail(err, TS_USAGE, "'%s' is one too many: taskseq %s %s",
                       args->operands[command->max], command->name, command->operands);
    return true;
}

bool ts_args_parse(const ts_command *command, int argc, char **argv, ts_args **out, ts_err **err)
{
    if (argc < 0 || (unsigned)argc > TS_ARGS_MAX)
        return ts_fail(err, TS_LIMIT, "more than %u words on the command line", TS_ARGS_MAX);
    size_t room = 1; /* "-abc" is three options */
    for (int i = 0; i < argc; i++)
        room += strlen(argv[i]) + 1;
    ts_args *args = ts_alloc(sizeof *args);
    if (args == NULL)
        return ts_fail_nomem(err);
    args->command = command;
    args->given = ts_alloc_array(room, sizeof *args->given);
    args->operands = ts_alloc_array((size_t)argc + 1, sizeof *args->operands);
    bool ok = args->given != NULL && args->operands != NULL;
    if (!ok)
        ts_fail_nomem(err);
    ok = ok && parse_all(args, argc, argv, err);
    ok = ok && (ts_args_has(args, "help") || check_operands(args, err));
    if (!ok) {
        ts_args_free(args);
        return false;
    }
    *out = args;
    return true;
}

void ts_args_free(ts_args *args)
{
    if (args == NULL)
        return;
    free(args->given);
    free(args->operands);
    free(args);
}

const ts_command *ts_args_command(const ts_args *args)
{
    return args->command;
}

static const ts_opt *look_up(const ts_args *args, const char *name)
{
    const ts_opt *opt = find_long(args->command->opts, name, strlen(name));
    return opt != NULL ? opt : find_long(ts_opts_common, name, strlen(name));
}

bool ts_args_declares(const ts_args *args, const char *name)
{
    return look_up(args, name) != NULL;
}

const char *ts_args_value_at(const ts_args *args, const char *name, size_t index)
{
    const ts_opt *opt = look_up(args, name);
    assert(opt != NULL);
    for (size_t i = 0; i < args->n_given; i++)
        if (args->given[i].opt == opt && index-- == 0)
            return args->given[i].value;
    return NULL;
}

size_t ts_args_values(const ts_args *args, const char *name)
{
    const ts_opt *opt = look_up(args, name);
    assert(opt != NULL);
    size_t n = 0;
    for (size_t i = 0; i < args->n_given; i++)
        n += args->given[i].opt == opt;
    return n;
}

bool ts_args_has(const ts_args *args, const char *name)
{
    return ts_args_values(args, name) > 0;
}

const char *ts_args_value(const ts_args *args, const char *name)
{
    return ts_args_value_at(args, name, 0);
}

size_t ts_args_count(const ts_args *args)
{
    return args->n_operands;
}

const char *ts_args_operand(const ts_args *args, size_t index)
{
    return args->operands[index];
}
