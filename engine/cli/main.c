/* main.c - taskseq: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "opt.h"
#include "os.h"

#define HELP_BYTES_MAX (1024u * 1024u)

/* Answered before anything else is looked at: scripts ask for it often. */
static int print_version(void)
{
    puts("taskseq " TASKSEQ_VERSION);
    return fflush(stdout) == 0 ? 0 : ts_code_exit(TS_OS);
}

static int print_help(const ts_command *command)
{
    ts_buf out;
    ts_buf_init(&out, HELP_BYTES_MAX);
    if (command == NULL)
        ts_help_overview(&out);
    else
        ts_help_command(command, &out);
    return ts_cli_finish(&out, 0);
}

static int unknown_command(const char *name)
{
    const char *best = NULL;
    unsigned distance = 3; /* at most two typing errors away */
    for (size_t i = 0; ts_commands[i] != NULL; i++) {
        unsigned d = ts_str_distance(ts_commands[i]->name, name);
        if (d < distance && !ts_commands[i]->hidden) {
            distance = d;
            best = ts_commands[i]->name;
        }
    }
    if (best != NULL)
        return ts_cli_usage("there is no command '%s'; did you mean '%s'?", name, best);
    return ts_cli_usage("there is no command '%s'; 'taskseq --help' lists them", name);
}

/* "taskseq var --help"; -1: there are no such commands. */
static int help_verbs(const char *noun)
{
    size_t len = strlen(noun);
    ts_buf out;
    ts_buf_init(&out, HELP_BYTES_MAX);
    for (size_t i = 0; ts_commands[i] != NULL; i++) {
        const ts_command *c = ts_commands[i];
        if (!c->hidden && strncmp(c->name, noun, len) == 0 && c->name[len] == ' ')
            ts_buf_printf(&out, "taskseq %s\n    %s\n", c->name, c->summary);
    }
    if (out.len > 0) {
        ts_buf_str(&out, "\nEach has --help.\n");
        return ts_cli_finish(&out, 0);
    }
    ts_buf_done(&out);
    return -1;
}

/* "taskseq var" alone or with a wrong word: what can stand behind it. */
static int missing_verb(const char *noun, const char *wrong)
{
    size_t len = strlen(noun);
    ts_buf verbs;
    ts_buf_init(&verbs, HELP_BYTES_MAX);
    for (size_t i = 0; ts_commands[i] != NULL; i++) {
        const char *name = ts_commands[i]->name;
        if (strncmp(name, noun, len) == 0 && name[len] == ' ')
            ts_buf_printf(&verbs, "%s%s", verbs.len > 0 ? ", " : "", name + len + 1);
    }
    int status;
    if (verbs.len == 0)
        status = unknown_command(noun);
    else if (wrong == NULL)
        status = ts_cli_usage("'%s' needs one of: %s", noun, ts_buf_text(&verbs));
    else
        status = ts_cli_usage("'%s' has no command '%s'; it has: %s", noun, wrong,
                              ts_buf_text(&verbs));
    ts_buf_done(&verbs);
    return status;
}

int main(int argc, char **argv)
{
    ts_err *err = NULL;
    if (!ts_program_begin(&argc, &argv, &err))
        return ts_cli_fail(&err);
    if (argc >= 2 && strcmp(argv[1], "--version") == 0)
        return print_version();
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        int status = print_help(NULL);
        return argc < 2 && status == 0 ? ts_code_exit(TS_USAGE) : status;
    }
    int skip = strcmp(argv[1], "help") == 0 ? 2 : 1;
    int used = 0;
    const ts_command *command = ts_command_find(argc - skip, argv + skip, &used);
    bool help = skip == 2 || (argc > 2 && strcmp(argv[2], "--help") == 0);
    int listed = command == NULL && help ? help_verbs(argv[skip]) : -1;
    if (command == NULL)
        return listed >= 0 ? listed
                           : missing_verb(argv[skip], skip + 1 < argc ? argv[skip + 1] : NULL);
    if (skip == 2)
        return print_help(command);
    ts_args *args = NULL;
    if (!ts_args_parse(command, argc - skip - used, argv + skip + used, &args, &err))
        return ts_cli_fail(&err);
    int status = ts_args_has(args, "help") ? print_help(command) : command->run(args);
    ts_args_free(args);
    return status;
}
