/* gen_pages.c - keeps the tables of steps/<family>.md in step with the classes.
 *
 * usage: gen_pages FOLDER          rewrites the blocks between "<!-- inputs TYPE -->" and
 *                                  "<!-- /inputs -->"
 *        gen_pages --check FOLDER  says which pages are not current (exit status 1) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/step.h>
#include <ts/text.h>

#include "steps.h"

#define PAGE_MAX  (1024u * 1024u)
#define BLOCK_END "<!-- /inputs -->"

static bool read_page(const char *path, ts_buf *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        for (size_t i = 0; i < n; i++)
            if (piece[i] != '\r')
                ts_buf_char(out, piece[i]);
    fclose(file);
    return ts_buf_ok(out, path, NULL);
}

static bool write_page(const char *path, const ts_buf *page)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool ok = fwrite(page->data, 1, page->len, file) == page->len;
    return fclose(file) == 0 && ok;
}

static const char *type_name(const ts_input *input)
{
    switch (input->type) {
    case TS_STRING:
        return input->flags & TS_OUTPUT ? "variable name" : "text";
    case TS_BOOL:
        return "true/false";
    case TS_INT:
        return "number";
    case TS_ENUM:
        return "choice";
    case TS_PATH:
        return "path";
    case TS_PACKAGE:
        return "package";
    case TS_SECRET:
        return "secret";
    case TS_XML:
        return "document";
    }
    return "";
}

/* '|' would end a cell. */
static void add_cell(ts_buf *out, const char *text)
{
    for (; text && *text; text++) {
        if (*text == '|')
            ts_buf_char(out, '\\');
        ts_buf_char(out, *text);
    }
}

static void add_names(ts_buf *out, const char *label, const char *const *names)
{
    if (!names || !*names)
        return;
    ts_buf_printf(out, "| %s |", label);
    for (const char *const *name = names; *name; name++)
        ts_buf_printf(out, "%s `%s`", name == names ? "" : ",", *name);
    ts_buf_str(out, " |\n");
}

static void add_effects(ts_buf *out, unsigned effects)
{
#define EFFECT_TEXT(name, id, text) "`" id "` (" text ")",
    static const char *const texts[] = {TS_EFFECTS(EFFECT_TEXT)};
#undef EFFECT_TEXT
    ts_buf_str(out, "| Effects |");
    const char *separator = " ";
    for (unsigned bit = 0; bit < TS_EFFECT_COUNT; bit++) {
        if (!(effects & (1u << bit)))
            continue;
        ts_buf_printf(out, "%s%s", separator, texts[bit]);
        separator = ", ";
    }
    ts_buf_str(out, effects ? " |\n" : " none |\n");
}

static const char *phase_text(ts_phase phase)
{
    return phase == TS_PHASE_WINPE ? "WinPE" : phase == TS_PHASE_FULL_OS ? "full OS" : "both";
}

static const char *resume_text(ts_resume resume)
{
    switch (resume) {
    case TS_RESUME_AGAIN:
        return "is repeated";
    case TS_RESUME_STOP:
        return "the run stops: nobody can know how far it came";
    case TS_RESUME_NEXT:
        return "counts as done";
    }
    return "";
}

static void add_facts(ts_buf *out, const ts_step_class *cls)
{
    ts_buf_printf(out, "| | |\n|---|---|\n| Type | `%s` |\n", cls->type);
    add_names(out, "Programs", cls->programs);
    ts_buf_printf(out, "| Phase | %s |\n", phase_text(cls->phase));
    add_effects(out, cls->effects);
    ts_buf_printf(out, "| After a power cut | %s |\n", resume_text(cls->resume));
    add_names(out, "Sets", cls->outputs);
    if (cls->opaque)
        ts_buf_str(out, "| Foreign code | may set variables that nobody declared |\n");
    if (cls->own_codes)
        ts_buf_str(out, "| Exit codes | the step decides, not its success code list |\n");
    if (cls->never_continue)
        ts_buf_str(out, "| Continue on error | does not help |\n");
    ts_buf_printf(out, "| This build | %s%s%s |\n",
                  cls->run ? "runs it" : "knows it (check, simulate), does not run it",
                  cls->cannot ? ": " : "", cls->cannot ? cls->cannot : "");
}

static void add_input(ts_buf *out, const ts_input *input)
{
    ts_buf_printf(out, "| `%s` | %s%s%s | %s%s | ", input->name, input->property ? "`" : "",
                  input->property ? input->property : "", input->property ? "`" : "",
                  type_name(input), input->flags & TS_REQUIRED ? ", required" : "");
    if (input->def)
        ts_buf_printf(out, "`%s`", input->def);
    ts_buf_str(out, " | ");
    add_cell(out, input->help);
    if (input->choices)
        ts_buf_printf(out, " One of: `%s`.", input->choices);
    if (input->flags & TS_QUASI_SECRET)
        ts_buf_str(out, " Masked in logs.");
    if (input->flags & TS_NO_EFFECT)
        ts_buf_str(out, " Without effect in this build: another value is a warning.");
    ts_buf_str(out, " |\n");
}

static void add_block(ts_buf *out, const ts_step_class *cls)
{
    add_facts(out, cls);
    if (!cls->inputs || !cls->inputs->name) {
        ts_buf_str(out, "\nNo inputs.\n");
        return;
    }
    ts_buf_str(out,
               "\n| Variable | Property | Kind | Default | Meaning |\n|---|---|---|---|---|\n");
    for (const ts_input *input = cls->inputs; input->name; input++)
        add_input(out, input);
}

/* Replaces the block of one class; false: the page has no such block. */
static bool replace_block(const ts_buf *page, const ts_step_class *cls, ts_buf *out)
{
    char *begin TS_CLEANUP(ts_free_ptr) = ts_sprintf("<!-- inputs %s -->", cls->type);
    const char *at = begin ? strstr(page->data, begin) : NULL;
    const char *end = at ? strstr(at, BLOCK_END) : NULL;
    if (!end)
        return false;
    at += strlen(begin);
    ts_buf_add(out, page->data, (size_t)(at - page->data));
    ts_buf_char(out, '\n');
    add_block(out, cls);
    ts_buf_str(out, end);
    return ts_buf_ok(out, "page", NULL);
}

/* 0 current, 1 rewritten (or to be rewritten), 2 fault. */
static int handle(const char *folder, const ts_step_class *cls, bool check)
{
    char *path TS_CLEANUP(ts_free_ptr) = ts_sprintf("%s/%s.md", folder, cls->family);
    ts_buf page TS_CLEANUP(ts_buf_done), fresh TS_CLEANUP(ts_buf_done);
    ts_buf_init(&page, PAGE_MAX);
    ts_buf_init(&fresh, PAGE_MAX);
    if (!path || !read_page(path, &page)) {
        fprintf(stderr, "%s: cannot read it: write the page of '%s'\n", path, cls->type);
        return 2;
    }
    if (!replace_block(&page, cls, &fresh)) {
        fprintf(stderr, "%s: no block '<!-- inputs %s -->' ... '" BLOCK_END "'\n", path, cls->type);
        return 2;
    }
    if (fresh.len == page.len && memcmp(fresh.data, page.data, page.len) == 0)
        return 0;
    if (check) {
        fprintf(stderr, "%s: the table of '%s' is not current: run gen_pages\n", path, cls->type);
        return 1;
    }
    return write_page(path, &fresh) ? 1 : 2;
}

int main(int argc, char **argv)
{
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc != (check ? 3 : 2)) {
        fprintf(stderr, "usage: gen_pages [--check] FOLDER\n");
        return EXIT_FAILURE;
    }
    int worst = 0;
    for (const ts_step_class *const *cls = ts_builtin_steps; *cls; cls++) {
        int result = handle(argv[argc - 1], *cls, check);
        if (result > worst)
            worst = result;
    }
    return worst == 2 || (check && worst) ? EXIT_FAILURE : EXIT_SUCCESS;
}
