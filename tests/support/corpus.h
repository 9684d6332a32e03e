/* corpus.h - walks the index of the real files that TASKSEQ_CORPUS names.
 *
 * INDEX.tsv: file, kind, repository, path, commit, steps, groups, conditions, well-formed. */
#ifndef TS_TESTS_CORPUS_H
#define TS_TESTS_CORPUS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS_SKIP   77 /* SKIP_RETURN_CODE of ctest */
#define CORPUS_FIELDS 9

typedef struct corpus_file {
    char path[1024];  /* to open */
    const char *name; /* in the index */
    const char *kind;
    long steps, groups, conditions;
    bool well_formed;
} corpus_file;

/* Called for every file that should hold a sequence. */
typedef void (*corpus_visit)(const corpus_file *file, void *ctx);

static inline bool corpus_is_sequence(const char *kind)
{
    static const char *const kinds[] = {"configmgr-sequence", "configmgr-package-export", "mdt-ts",
                                        "mdt-template", "psd-template"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    return false;
}

static inline void corpus_line(const char *root, char *line, corpus_visit visit, void *ctx)
{
    char *field[CORPUS_FIELDS];
    size_t n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *p = line; p && n < CORPUS_FIELDS; n++) {
        field[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = 0;
    }
    if (n < CORPUS_FIELDS || !corpus_is_sequence(field[1]))
        return;
    corpus_file file = {.name = field[0],
                        .kind = field[1],
                        .steps = strtol(field[5], NULL, 10),
                        .groups = strtol(field[6], NULL, 10),
                        .conditions = strtol(field[7], NULL, 10),
                        .well_formed = strcmp(field[8], "yes") == 0};
    snprintf(file.path, sizeof file.path, "%s/%s", root, field[0]);
    visit(&file, ctx);
}

/* The process's exit status when there is nothing to do (CORPUS_SKIP, 1), else 0. */
static inline int corpus_walk(corpus_visit visit, void *ctx)
{
    const char *root = getenv("TASKSEQ_CORPUS");
    if (!root || !*root) {
        puts("SKIPPED: TASKSEQ_CORPUS does not name a folder with real task sequences");
        return CORPUS_SKIP;
    }
    char line[4096];
    snprintf(line, sizeof line, "%s/INDEX.tsv", root);
    FILE *index = fopen(line, "r");
    if (!index) {
        printf("FAILED: cannot open %s\n", line);
        return 1;
    }
    while (fgets(line, sizeof line, index))
        corpus_line(root, line, visit, ctx);
    fclose(index);
    return 0;
}

#endif
