/* opt.h - commands and their options as const tables. Parsing, --help, the manual page and shell
 * completion all come from the tables, so they cannot disagree. */
#ifndef TS_OPT_H
#define TS_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include <ts/error.h>
#include <ts/text.h>

#define TS_ARGS_MAX 4096u /* words of one command line */

/* What a shell offers for a value. */
typedef enum ts_words {
    TS_WORDS_NONE,
    TS_WORDS_FILE,
    TS_WORDS_FOLDER,
    TS_WORDS_MACHINE, /* shipped machine profiles, and files */
    TS_WORDS_STEP,    /* step types */
    TS_WORDS_RULE     /* check rules and error names */
} ts_words;

typedef struct ts_opt {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* 0: none */
    const char *arg;  /* name of its value in the help; NULL: a flag */
    bool repeat;
    const char *choices; /* blank-separated values that are allowed; NULL: any */
    ts_words words;
    const char *help; /* lower case, no full stop */
} ts_opt;

typedef struct ts_args ts_args;

typedef struct ts_command {
    const char *name;     /* "simulate"; two words for a verb of a noun: "var get" */
    const char *operands; /* "SEQUENCE [FILE...]"; "" for none */
    size_t min, max;      /* number of operands; max SIZE_MAX: any */
    ts_words words;       /* of operands */
    const char *summary;  /* one line, lower case, no full stop */
    const char *text; /* paragraphs for --help and the manual, divided by empty lines; NULL: none */
    const ts_opt *opts; /* NULL: none */
    bool hidden;
    int (*run)(const ts_args *args); /* returns the exit status */
} ts_command;

/* The table: commands.c. NULL-terminated. */
extern const ts_command *const ts_commands[];
/* The command of the first one or two words; *used says how many. NULL: there is none. */
const ts_command *ts_command_find(int argc, char **argv, int *used);

/* Parses what stands behind the command's name. TS_USAGE says what is wrong and what to type. Words
 * stay borrowed of argv. */
bool ts_args_parse(const ts_command *command, int argc, char **argv, ts_args **out, ts_err **err);
void ts_args_free(ts_args *args);

const ts_command *ts_args_command(const ts_args *args);
/* Asking for an option that the command does not declare is a bug (assertion). */
bool ts_args_has(const ts_args *args, const char *name);
const char *ts_args_value(const ts_args *args, const char *name); /* NULL: not given */
size_t ts_args_values(const ts_args *args, const char *name);     /* how often */
const char *ts_args_value_at(const ts_args *args, const char *name, size_t index);
size_t ts_args_count(const ts_args *args); /* operands */
const char *ts_args_operand(const ts_args *args, size_t index);
/* Does the command declare the option? For code that several commands share. */
bool ts_args_declares(const ts_args *args, const char *name);

/* Options that every command has: --color, --help. */
extern const ts_opt ts_opts_common[];

/* help.c: texts made from the tables. */
void ts_help_command(const ts_command *command, ts_buf *out);
void ts_help_overview(ts_buf *out);
void ts_help_man(ts_buf *out);        /* troff, man(7) */
void ts_help_completion(ts_buf *out); /* bash */

#endif
