/* lint.h - what the rule families share: the sequence being checked with what is known of every
 * instruction, and helpers to look into actions, settings and scripts. */
#ifndef TS_LINT_H
#define TS_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/check.h>
#include <ts/condition.h>
#include <ts/mem.h>
#include <ts/text.h>

#define TS_LINT_FOLD_VALUES 1024u /* assignments tried for one condition; more: undecided */
#define TS_LINT_FOLD_LEAVES 24u   /* leaves of one condition; more: undecided */
#define TS_LINT_WORK_MAX                                                                           \
    50000000u                   /* small looks at one sequence that a rule may add; then it stops */
#define TS_LINT_HINTS_MAX  200u /* names of one sequence that get a "did you mean" */
#define TS_LINT_SCRIPT_MAX (4u * 1024u * 1024u) /* bytes of one embedded script that are read */
#define TS_LINT_NAME_MAX   64u                  /* a program's base name */

/* Where the machine can be; a set. */
enum { TS_LINT_PE = 1, TS_LINT_FULL = 2, TS_LINT_BOTH = 3 };

/* What is known of one instruction. */
typedef struct lint_node {
    const ts_step_class *cls; /* NULL: group, or nothing fits */
    bool known;               /* by program or type; false: a plain command line */
    bool off;                 /* disabled, or inside something disabled */
    bool dead;                /* it or a group round it can never run, for another reason */
    unsigned phases;          /* where the machine can be when it runs; 0: never reached */
    unsigned after;           /* where it can be behind it */
    bool blind;               /* foreign code may have changed variables before it */
    char program[TS_LINT_NAME_MAX];
} lint_node;

/* A variable of the sequence; names.c. */
typedef struct lint_name {
    const char *name;      /* as first seen */
    const ts_node *reader; /* first one that reads it; NULL: none */
    uint32_t read_line;
    unsigned reads;
    const ts_node *writer; /* first one that sets it; NULL: none */
    uint32_t write_line;
    unsigned writes;
    bool global;    /* in <globalVarList> */
    bool mentioned; /* a word of a script, a command line or a value */
} lint_name;

typedef struct lint_names lint_names;

typedef struct lint {
    ts_check *check;
    const ts_bundle *bundle;
    const ts_steps *steps;
    const ts_sequence *seq;
    lint_node *nodes; /* seq->n_nodes of them */
    lint_names *names;
    uint64_t work; /* looks so far, of rules that are not linear */
    bool mdt;      /* schema 3.00 and MDT's scripts in it: its restarts and editor differ */
    bool no_memory;
} lint;

/* --- findings.c ------------------------------------------------------------------------------ */

ts_check *lint_check_new(void);
void lint_check_begin(ts_check *check, const ts_sequence *sequence);
/* The line holds a secret in clear: no report may show it. */
void lint_secret_line(ts_check *check, uint32_t line);
void lint_no_memory(ts_check *check);  /* the check as a whole fails then */
ts_arena *lint_arena(ts_check *check); /* lives as long as the findings */
/* Sorts and drops repetitions; false: memory was out somewhere. */
bool lint_check_finish(ts_check *check);

/* --- flow.c: reachability and phases --------------------------------------------------------- */

void lint_flow(lint *l);
/* Can this instruction run at all, as far as the sequence tells? */
bool lint_alive(const lint *l, const ts_node *node);
bool lint_is_restart(const lint *l, const ts_node *node, unsigned *target);
/* Where the step says it can run: its runIn and its class together; 0: they contradict. */
unsigned lint_needs(const lint *l, const ts_node *node);

/* --- fold.c: conditions that are constant ----------------------------------------------------- */

/* Is the conjunction of these conditions the same for every machine? TS_YES: always true, TS_NO:
 * never, TS_UNSURE: it depends, or is too large to decide. `apart[i]` (may be NULL): variables of
 * conds[i] that may have changed since; called with the variable's name. */
typedef bool (*lint_changed)(void *ctx, size_t cond, const char *variable);
ts_tri lint_fold(lint *l, const struct ts_cond *const *conds, size_t count, lint_changed changed,
                 void *ctx);
bool lint_may_work(lint *l, uint64_t looks); /* false: enough work has been done */
bool lint_same_cond(const struct ts_cond *a, const struct ts_cond *b);

/* --- names.c: who reads and who sets a variable ---------------------------------------------- */

void lint_names_collect(lint *l);
void lint_names_free(lint_names *names);
size_t lint_names_count(const lint_names *names);
lint_name *lint_names_at(const lint_names *names, size_t index);
lint_name *lint_names_find(const lint_names *names, const char *name); /* or NULL */

/* --- known_vars.c ----------------------------------------------------------------------------- */

/* Names that exist without anybody in the sequence setting them: ConfigMgr's and MDT's own
 * variables, step inputs, the Windows environment. '#' in a pattern stands for digits. */
bool lint_known_var(const char *name);
/* The known name nearest to `name`, when it looks like a slip of the pen; NULL: none. */
const char *lint_known_near(const char *name, unsigned *distance);
/* Is `b` what somebody meant who wrote `a`? The distance, or 0: no. */
unsigned lint_near(const char *a, const char *b);

/* --- look.c: looking into steps --------------------------------------------------------------- */

/* Set Task Sequence Variable (tsenv.exe, ZTISetVariable): name and value as the file has them.
 * False: the step is none. Owned by the arena of the check. */
bool lint_set_variable(const lint *l, const ts_node *node, const char **name, const char **value,
                       uint32_t *line);
const ts_setting *lint_setting(const ts_node *node, const char *name); /* or NULL */
uint32_t lint_setting_line(const ts_node *node, const char *name);     /* else the step's line */
/* The command that runs, smsswd.exe /run: looked through. */
const char *lint_command(const ts_node *node);
bool lint_is_command(const lint *l, const ts_node *node);    /* a command line, of whatever type */
bool lint_is_powershell(const lint *l, const ts_node *node); /* Run PowerShell Script */
bool lint_is_type(const ts_node *node, const char *type);    /* without regard to case */
bool lint_is_class(const lint *l, const ts_node *node, const char *type);
bool lint_wipes(const lint *l, const ts_node *node);
/* The first %NAME% at or behind *at: its name, cut at size; *at goes behind it. */
bool lint_next_reference(const char **at, char *name, size_t size);
/* Text of the script inside the step (base64 of UTF-16), owned; NULL: none. */
char *lint_script(const lint *l, const ts_node *node);
/* The rules of a Set Dynamic Variables step; NULL: they cannot be read, and why (err may be NULL).
 */
struct ts_rules;
const struct ts_rules *lint_dynamic_rules(const lint *l, const ts_setting *setting, ts_err **err);
bool lint_has_word(const char *text, const char *word); /* a whole word, without regard to case */
const ts_node *lint_enclosing(const ts_node *node, bool (*is)(const ts_node *));

/* --- the families ------------------------------------------------------------------------------
 */

void lint_rules_structure(lint *l);
void lint_rules_phase(lint *l);
void lint_rules_conditions(lint *l);
void lint_rules_variables(lint *l);
void lint_rules_commands(lint *l);
void lint_rules_security(lint *l);
void lint_rules_content(lint *l);
void lint_rules_portability(lint *l);
void lint_rules_network(lint *l);

#endif
