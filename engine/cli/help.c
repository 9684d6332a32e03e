/* help.c - help, manual page and completion, made from the option tables. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "opt.h"

#define OPTION_COLUMN 24u
#define LINE_WIDTH    80u /* a console of Windows PE */

/* Words, broken before LINE_WIDTH; the cursor stands at `column`, later lines start at `indent`. */
static void add_words(ts_buf *out, const char *text, size_t column, size_t indent)
{
    bool first = true;
    while (*text != '\0') {
        size_t len = strcspn(text, " \n");
        if (!first && column + 1 + len > LINE_WIDTH - 1) {
            ts_buf_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            ts_buf_char(out, ' ');
            column++;
        }
        ts_buf_add(out, text, len);
        column += len;
        text += len;
        text += strspn(text, " \n");
        first = false;
    }
    ts_buf_char(out, '\n');
}

/* Paragraphs; a line that starts with a blank is printed as it is (an example). */
static void add_paragraphs(ts_buf *out, const char *text)
{
    while (text != NULL && *text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t len = end == NULL ? strlen(text) : (size_t)(end - text);
        ts_buf_char(out, '\n');
        if (text[0] == ' ') {
            ts_buf_add(out, text, len);
            ts_buf_char(out, '\n');
        } else {
            ts_buf paragraph;
            ts_buf_init(&paragraph, 65536);
            ts_buf_add(&paragraph, text, len);
            add_words(out, ts_buf_text(&paragraph), 0, 0);
            ts_buf_done(&paragraph);
        }
        text = end == NULL ? NULL : end + 2;
    }
}

static void add_option(ts_buf *out, const ts_opt *opt)
{
    char left[64];
    int n = snprintf(left, sizeof left, "  %c%c%c --%s%s%s", opt->letter ? '-' : ' ',
                     opt->letter ? opt->letter : ' ', opt->letter ? ',' : ' ', opt->name,
                     opt->arg != NULL ? " " : "", opt->arg != NULL ? opt->arg : "");
    ts_buf_str(out, left);
    size_t column = (size_t)n;
    if (column + 2 > OPTION_COLUMN) {
        ts_buf_char(out, '\n');
        column = 0;
    }
    ts_buf_printf(out, "%*s", (int)(OPTION_COLUMN - column), "");
    ts_buf help;
    ts_buf_init(&help, 4096);
    ts_buf_printf(&help, "%s%s", opt->help, opt->repeat ? " (repeatable)" : "");
    add_words(out, ts_buf_text(&help), OPTION_COLUMN, OPTION_COLUMN);
    ts_buf_done(&help);
}

void ts_help_command(const ts_command *command, ts_buf *out)
{
    ts_buf_printf(out, "usage: taskseq %s [options]%s%s\n\n", command->name,
                  command->operands[0] != '\0' ? " " : "", command->operands);
    add_words(out, command->summary, 0, 0);
    add_paragraphs(out, command->text);
    ts_buf_str(out, "\noptions:\n");
    for (const ts_opt *o = command->opts; o != NULL && o->name != NULL; o++)
        add_option(out, o);
    for (const ts_opt *o = ts_opts_common; o->name != NULL; o++)
        add_option(out, o);
}

void ts_help_overview(ts_buf *out)
{
    ts_buf_str(out, "usage: taskseq COMMAND [options] ...\n\n");
    add_words(out,
              "executes ConfigMgr and MDT task sequences: in Windows PE and Windows, on Linux boot "
              "media, and as a dry run against a described machine",
              0, 0);
    ts_buf_str(out, "\ncommands:\n");
    for (size_t i = 0; ts_commands[i] != NULL; i++) {
        const ts_command *command = ts_commands[i];
        if (command->hidden)
            continue;
        ts_buf_printf(out, "  %-*s  ", 18, command->name);
        add_words(out, command->summary, 22, 22);
    }
    ts_buf_str(out, "\n'taskseq COMMAND --help' says more; 'taskseq --version' prints the version\n"
                    "\nA first try, on this machine, changes nothing:\n"
                    "  taskseq simulate SEQUENCE.xml --machine laptop-nvme-tpm2\n");
}

/* --- Manual page ---------------------------------------------------------------------------- */

/* troff: '\' and '-' are special, and so are '.' and '\'' at the start of a line. */
static void add_troff(ts_buf *out, const char *text, size_t len)
{
    bool start = true;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (start && (c == '.' || c == '\''))
            ts_buf_str(out, "\\&");
        if (c == '\\')
            ts_buf_str(out, "\\e");
        else if (c == '-')
            ts_buf_str(out, "\\-");
        else
            ts_buf_char(out, c);
        start = c == '\n';
    }
}

static void add_man_option(ts_buf *out, const ts_opt *opt)
{
    ts_buf_str(out, ".TP\n");
    if (opt->letter != 0)
        ts_buf_printf(out, "\\fB\\-%c\\fR, ", opt->letter);
    ts_buf_str(out, "\\fB\\-\\-");
    add_troff(out, opt->name, strlen(opt->name));
    ts_buf_str(out, "\\fR");
    if (opt->arg != NULL)
        ts_buf_printf(out, " \\fI%s\\fR", opt->arg);
    ts_buf_char(out, '\n');
    add_troff(out, opt->help, strlen(opt->help));
    ts_buf_printf(out, "%s\n", opt->repeat ? " (repeatable)" : "");
}

static void add_man_command(ts_buf *out, const ts_command *command)
{
    ts_buf_printf(out, ".SS taskseq %s [options]%s%s\n", command->name,
                  command->operands[0] != '\0' ? " " : "", command->operands);
    add_troff(out, command->summary, strlen(command->summary));
    ts_buf_str(out, ".\n");
    for (const char *text = command->text; text != NULL && *text != '\0';) {
        const char *end = strstr(text, "\n\n");
        size_t len = end == NULL ? strlen(text) : (size_t)(end - text);
        bool example = text[0] == ' ';
        ts_buf_str(out, example ? ".PP\n.nf\n" : ".PP\n");
        add_troff(out, text, len);
        ts_buf_str(out, example ? "\n.fi\n" : "\n");
        text = end == NULL ? NULL : end + 2;
    }
    for (const ts_opt *o = command->opts; o != NULL && o->name != NULL; o++)
        add_man_option(out, o);
}

static void add_man_statuses(ts_buf *out)
{
    ts_buf_str(out, ".SH EXIT STATUS\n");
    for (int code = 0; code < TS_CODE_COUNT; code++)
        ts_buf_printf(out, ".TP\n%d\n%s (%s)\n", ts_code_exit((ts_code)code),
                      ts_code_text((ts_code)code), ts_code_name((ts_code)code));
}

void ts_help_man(ts_buf *out)
{
    ts_buf_str(out,
               ".\\\" Made by 'taskseq docs man' from the option tables; do not edit.\n"
               ".TH TASKSEQ 1 \"\" taskseq \"User Commands\"\n"
               ".SH NAME\ntaskseq \\- open task\\-sequence engine\n"
               ".SH SYNOPSIS\n\\fBtaskseq\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] ...\n"
               ".SH DESCRIPTION\n"
               "Executes ConfigMgr and MDT task sequences: in Windows PE and Windows, on Linux\n"
               "boot media, and as a dry run against a described machine.\n"
               ".SH COMMANDS\n");
    for (size_t i = 0; ts_commands[i] != NULL; i++)
        if (!ts_commands[i]->hidden)
            add_man_command(out, ts_commands[i]);
    ts_buf_str(out, ".SH COMMON OPTIONS\n");
    for (const ts_opt *o = ts_opts_common; o->name != NULL; o++)
        add_man_option(out, o);
    ts_buf_str(out, ".TP\n\\fBtaskseq \\-\\-version\\fR\nprint the version\n");
    add_man_statuses(out);
    ts_buf_str(
        out, ".SH ENVIRONMENT\n.TP\nNO_COLOR\nno colour when it is set and not empty\n"
             ".TP\nCOLUMNS\nwidth of reports when the terminal does not tell\n"
             ".TP\nTASKSEQ_SOCKET\nwhere \\fBtaskseq var\\fR asks the running engine; set by it\n");
}

/* --- Completion ----------------------------------------------------------------------------- */

static const char *word_action(ts_words words)
{
    switch (words) {
    case TS_WORDS_FILE:
        return "@file";
    case TS_WORDS_FOLDER:
        return "@folder";
    case TS_WORDS_MACHINE:
        return "@machine";
    case TS_WORDS_STEP:
        return "@step";
    case TS_WORDS_RULE:
        return "@rule";
    case TS_WORDS_NONE:
        break;
    }
    return "@none";
}

static void add_case_options(ts_buf *out, const ts_opt *opts)
{
    for (const ts_opt *o = opts; o != NULL && o->name != NULL; o++)
        ts_buf_printf(out, "%s--%s", out->len > 0 && out->data[out->len - 1] != '"' ? " " : "",
                      o->name);
}

static void add_values(ts_buf *out, const char *command, const ts_opt *opts)
{
    for (const ts_opt *o = opts; o != NULL && o->name != NULL; o++)
        if (o->arg != NULL)
            ts_buf_printf(out, "    '%s --%s') words='%s' ;;\n", command, o->name,
                          o->choices != NULL ? o->choices : word_action(o->words));
}

static void add_tables(ts_buf *out)
{
    ts_buf_str(out, "_taskseq_commands='");
    for (size_t i = 0; ts_commands[i] != NULL; i++)
        if (!ts_commands[i]->hidden)
            ts_buf_printf(out, "%s%s", i > 0 ? "\n" : "", ts_commands[i]->name);
    ts_buf_str(out, "'\n\n_taskseq_options() {\n    case $1 in\n");
    for (size_t i = 0; ts_commands[i] != NULL; i++) {
        if (ts_commands[i]->hidden)
            continue;
        ts_buf_printf(out, "    '%s') options=\"", ts_commands[i]->name);
        add_case_options(out, ts_commands[i]->opts);
        add_case_options(out, ts_opts_common);
        ts_buf_printf(out, "\" operands=%s ;;\n", word_action(ts_commands[i]->words));
    }
    ts_buf_str(out, "    esac\n}\n\n_taskseq_value() {\n    words=\n    case $1 in\n");
    for (size_t i = 0; ts_commands[i] != NULL; i++)
        if (!ts_commands[i]->hidden)
            add_values(out, ts_commands[i]->name, ts_commands[i]->opts);
    ts_buf_str(out, "    *' --color') words='auto always never' ;;\n    esac\n}\n\n");
}

static const char completion_code[] =
    "_taskseq_offer() { # WORDS CURRENT\n"
    "    case $1 in\n"
    "    @file) mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
    "    @folder) mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;\n"
    "    @machine) mapfile -t COMPREPLY < <(\n"
    "        compgen -W \"$(taskseq machine list --names 2>/dev/null)\" -- \"$2\"\n"
    "        compgen -f -- \"$2\") ;;\n"
    "    @step) mapfile -t COMPREPLY < <(\n"
    "        compgen -W \"$(taskseq steps --names 2>/dev/null)\" -- \"$2\") ;;\n"
    "    @rule) mapfile -t COMPREPLY < <(\n"
    "        compgen -W \"$(taskseq explain --names 2>/dev/null)\" -- \"$2\") ;;\n"
    "    @none) COMPREPLY=() ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_taskseq() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command= options= operands= words= rest\n"
    "    local pair=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
    "    if grep -qxF -- \"$pair\" <<<\"$_taskseq_commands\" && ((COMP_CWORD > 2)); then\n"
    "        command=$pair\n"
    "    elif grep -qxF -- \"${COMP_WORDS[1]}\" <<<\"$_taskseq_commands\" && ((COMP_CWORD > 1)); "
    "then\n"
    "        command=${COMP_WORDS[1]}\n"
    "    elif ((COMP_CWORD == 1)); then\n"
    "        rest=$(sed 's/ .*//' <<<\"$_taskseq_commands\")\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$rest --help --version\" -- \"$current\" | sort "
    "-u)\n"
    "        return\n"
    "    else\n"
    "        rest=$(sed -n \"s/^${COMP_WORDS[1]} //p\" <<<\"$_taskseq_commands\")\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$rest\" -- \"$current\")\n"
    "        return\n"
    "    fi\n"
    "    _taskseq_options \"$command\"\n"
    "    _taskseq_value \"$command $before\"\n"
    "    if [[ -n $words ]]; then\n"
    "        _taskseq_offer \"$words\" \"$current\"\n"
    "    elif [[ $current == -* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
    "    else\n"
    "        _taskseq_offer \"$operands\" \"$current\"\n"
    "    fi\n"
    "}\n"
    "complete -o filenames -F _taskseq taskseq\n";

void ts_help_completion(ts_buf *out)
{
    ts_buf_str(out,
               "# bash completion for taskseq: made by 'taskseq docs completion'; do not edit.\n");
    add_tables(out);
    ts_buf_str(out, completion_code);
}
