/* step_table.c - the step classes of this build, and which of them executes a node. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/step.h>
#include <ts/text.h>

#include "vars_table.h"

#define COMMAND_TYPE "SMS_TaskSequence_RunCommandLineAction"
#define PROGRAM_MAX  128u /* longer than any script name that a class declares */
#define FIRST_SLOTS  256u /* a power of two, above twice the built-in classes */

typedef struct program_entry {
    const char *program;
    const ts_step_class *cls;
} program_entry;

struct ts_steps {
    const ts_step_class **classes; /* sorted by type */
    size_t n_classes;
    program_entry *programs; /* sorted by program */
    size_t n_programs;
    /* The classes again, by hash of the type: every step of a run asks several times, and the types
     * begin alike. At least half of the slots are free. */
    const ts_step_class **slots;
    size_t n_slots;
};

/* The slot of a type, or the free one where it would be. */
static const ts_step_class **type_slot(const ts_steps *steps, const char *type)
{
    size_t at = ts_var_hash(type, strlen(type)) & (steps->n_slots - 1);
    while (steps->slots[at] && !ts_str_ieq(steps->slots[at]->type, type))
        at = (at + 1) & (steps->n_slots - 1);
    return &steps->slots[at];
}

static bool make_slots(ts_steps *steps)
{
    if ((steps->n_classes + 1) * 2 <= steps->n_slots)
        return true;
    size_t count = steps->n_slots ? steps->n_slots * 2 : FIRST_SLOTS;
    const ts_step_class **slots = ts_alloc_array(count, sizeof(const ts_step_class *));
    if (!slots)
        return false;
    free(steps->slots);
    steps->slots = slots;
    steps->n_slots = count;
    for (size_t i = 0; i < steps->n_classes; i++)
        *type_slot(steps, steps->classes[i]->type) = steps->classes[i];
    return true;
}

/* First place whose type is not less than `type`. */
static size_t type_place(const ts_steps *steps, const char *type)
{
    size_t low = 0, high = steps->n_classes;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ts_str_casecmp(steps->classes[mid]->type, type) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static size_t program_place(const ts_steps *steps, const char *program)
{
    size_t low = 0, high = steps->n_programs;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ts_str_casecmp(steps->programs[mid].program, program) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const ts_step_class *by_program(const ts_steps *steps, const char *program)
{
    size_t at = program_place(steps, program);
    if (at < steps->n_programs && ts_str_ieq(steps->programs[at].program, program))
        return steps->programs[at].cls;
    return NULL;
}

static bool check_programs(const ts_steps *steps, const ts_step_class *cls, ts_err **err)
{
    for (const char *const *p = cls->programs; p && *p; p++) {
        const ts_step_class *other = by_program(steps, *p);
        if (other)
            return ts_fail(err, TS_SCHEMA,
                           "step type '%s' claims the program '%s', which belongs to '%s'",
                           cls->type, *p, other->type);
    }
    return true;
}

static bool add_class(ts_steps *steps, const ts_step_class *cls, ts_err **err)
{
    if (ts_steps_by_type(steps, cls->type))
        return ts_fail(err, TS_SCHEMA, "step type '%s' exists already: choose another name",
                       cls->type);
    size_t n_programs = 0;
    for (const char *const *p = cls->programs; p && *p; p++)
        n_programs++;
    program_entry *programs = ts_realloc_array(steps->programs, steps->n_programs + n_programs,
                                               sizeof *programs);
    if (!programs)
        return ts_fail_nomem(err);
    steps->programs = programs;
    const ts_step_class **classes = ts_realloc_array(steps->classes, steps->n_classes + 1,
                                                     sizeof(const ts_step_class *));
    if (!classes)
        return ts_fail_nomem(err);
    steps->classes = classes;
    if (!make_slots(steps))
        return ts_fail_nomem(err);
    *type_slot(steps, cls->type) = cls;

    size_t at = type_place(steps, cls->type);
    memmove(classes + at + 1, classes + at,
            (steps->n_classes - at) * sizeof(const ts_step_class *));
    classes[at] = cls;
    steps->n_classes++;
    for (const char *const *p = cls->programs; p && *p; p++) {
        at = program_place(steps, *p);
        while (at < steps->n_programs && ts_str_ieq(programs[at].program, *p))
            at++; /* behind its equals: the first class of the table stays the first */
        memmove(programs + at + 1, programs + at, (steps->n_programs - at) * sizeof *programs);
        programs[at] = (program_entry){*p, cls};
        steps->n_programs++;
    }
    return true;
}

bool ts_steps_add(ts_steps *steps, const ts_step_class *cls, ts_err **err)
{
    return check_programs(steps, cls, err) && add_class(steps, cls, err);
}

ts_steps *ts_steps_new(const ts_step_class *const *builtin, ts_err **err)
{
    ts_steps *steps = ts_alloc(sizeof *steps);
    if (!steps) {
        ts_fail_nomem(err);
        return NULL;
    }
    for (; builtin && *builtin; builtin++) {
        if (!add_class(steps, *builtin, err)) {
            ts_steps_free(steps);
            return NULL;
        }
    }
    return steps;
}

void ts_steps_free(ts_steps *steps)
{
    if (!steps)
        return;
    free(steps->classes);
    free(steps->programs);
    free(steps->slots);
    free(steps);
}

size_t ts_steps_count(const ts_steps *steps)
{
    return steps->n_classes;
}

const ts_step_class *ts_steps_at(const ts_steps *steps, size_t index)
{
    return index < steps->n_classes ? steps->classes[index] : NULL;
}

const ts_step_class *ts_steps_by_type(const ts_steps *steps, const char *type)
{
    return steps->n_slots ? *type_slot(steps, type) : NULL;
}

/* Is `entry` this program, alone ("ltiapply") or with a word of its arguments ("ltiapply /pe")?
 * *argument: where the word begins, NULL without one. */
static bool entry_fits(const char *entry, const char *program, const char **argument)
{
    size_t len = strlen(program);
    if (ts_str_ncasecmp(entry, program, len) != 0 || (entry[len] != '\0' && entry[len] != ' '))
        return false;
    *argument = entry[len] ? entry + len + 1 : NULL;
    return true;
}

static bool claims(const ts_step_class *cls, const char *program, const char *action)
{
    const char *argument;
    for (const char *const *p = cls->programs; p && *p; p++)
        if (entry_fits(*p, program, &argument) && (!argument || ts_str_icontains(action, argument)))
            return true;
    return false;
}

/* The class of a program: one that names a word of these arguments, else the first that names the
 * program alone. A blank sorts before letters, so that all entries of a program are neighbours. */
static const ts_step_class *by_command(const ts_steps *steps, const char *program,
                                       const char *action)
{
    const ts_step_class *plain = NULL;
    const char *argument;
    for (size_t at = program_place(steps, program);
         at < steps->n_programs && entry_fits(steps->programs[at].program, program, &argument);
         at++) {
        if (argument && ts_str_icontains(action, argument))
            return steps->programs[at].cls;
        if (!argument && !plain)
            plain = steps->programs[at].cls;
    }
    return plain;
}

/* Real MDT files run ZTI scripts from steps of 726 ConfigMgr types: the program decides before the
 * type does. Where one program serves several types (ZTIOSRole installs and uninstalls), the type
 * decides among them. */
static const ts_step_class *known(const ts_steps *steps, const ts_node *node)
{
    if (node->kind == TS_NODE_GROUP)
        return NULL;
    char program[PROGRAM_MAX];
    ts_node_program(node, program, sizeof program);
    const ts_step_class *type = *node->type ? ts_steps_by_type(steps, node->type) : NULL;
    if (!*program || (type && claims(type, program, node->action)))
        return type;
    const ts_step_class *cls = by_command(steps, program, node->action);
    return cls ? cls : type;
}

const ts_step_class *ts_steps_for(const ts_steps *steps, const ts_node *node)
{
    const ts_step_class *cls = known(steps, node);
    if (cls || node->kind == TS_NODE_GROUP || ts_str_blank(node->action))
        return cls;
    return ts_steps_by_type(steps, COMMAND_TYPE);
}

bool ts_steps_is_known(const ts_steps *steps, const ts_node *node)
{
    return known(steps, node) != NULL;
}

bool ts_input_asks_in_vain(const ts_input *input, const char *value)
{
    bool is = false, should = false;
    const char *def = input->def ? input->def : "";
    if (!(input->flags & TS_NO_EFFECT) || !*value)
        return false;
    if (input->type != TS_BOOL)
        return !ts_str_ieq(value, def);
    return (ts_str_bool(value, &is) && is) != (ts_str_bool(def, &should) && should);
}
