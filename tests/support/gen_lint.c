/* gen_lint.c - docs/reference/lint.md from the table of rules.
 *
 * usage: gen_lint FILE          writes the page
 *        gen_lint --check FILE  exit status 1 when it is not current */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/check.h>
#include <ts/text.h>

#define PAGE_MAX (1024u * 1024u)

static const char *const severities[] = {
    [TS_SEVERITY_NOTE] = "note", [TS_SEVERITY_WARNING] = "warning", [TS_SEVERITY_ERROR] = "error"};

static void write_rules(ts_buf *out)
{
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    ts_buf_str(out, "# Rules of `taskseq check`\n\n"
                    "<!-- made by gen_lint from engine/check/rules.c -->\n\n"
                    "**error**: it will fail, or a secret lies open; the exit status is 1. "
                    "**warning**: it will surprise; counts with `--strict`.\n"
                    "**note**: good to know. `--rule ID` reports one rule only, `--ignore ID` "
                    "leaves one out, `taskseq explain ID` shows an entry of this page.\n\n"
                    "Disabled steps are not looked at, except for secrets. The rules know the "
                    "sequence only: what a collection, a rule file or a script sets, they "
                    "cannot know.\n\n");
    ts_buf_str(out, "| Rule | Severity | Finds |\n|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        ts_buf_printf(out, "| [`%s`](#%s) | %s | %s |\n", rules[i].id, rules[i].id,
                      severities[rules[i].severity], rules[i].title);
    for (size_t i = 0; i < count; i++)
        ts_buf_printf(out, "\n## %s\n\n%s. (%s)\n\nDo: %s\n\nGround: %s\n", rules[i].id,
                      rules[i].title, severities[rules[i].severity], rules[i].advice,
                      rules[i].source);
}

static bool is_current(const char *path, const ts_buf *page)
{
    FILE *file = fopen(path, "rb");
    size_t n = 0;
    bool same = file != NULL;
    for (int c; same && (c = fgetc(file)) != EOF;)
        if (c != '\r')
            same = n < page->len && page->data[n++] == (char)c;
    if (file)
        fclose(file);
    return same && n == page->len;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    if (argc != 2 && !check) {
        fprintf(stderr, "usage: gen_lint [--check] FILE\n");
        return 2;
    }
    const char *path = argv[argc - 1];
    ts_buf page;
    ts_buf_init(&page, PAGE_MAX);
    write_rules(&page);
    bool ok = ts_buf_ok(&page, "the page", NULL);
    if (ok && check) {
        ok = is_current(path, &page);
        if (!ok)
            fprintf(stderr, "%s is not current: run gen_lint %s\n", path, path);
    } else if (ok) {
        FILE *file = fopen(path, "wb");
        ok = file && fwrite(page.data, 1, page.len, file) == page.len;
        ok = file && fclose(file) == 0 && ok;
    }
    ts_buf_done(&page);
    return ok ? 0 : 1;
}
