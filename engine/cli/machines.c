/* machines.c - finds machine profiles. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "cli.h"
#include "machines.h"
#include "os.h"

#define SUFFIX          ".json"
#define SCHEMA          ".schema.json" /* for editors; no machine */
#define NAMES_BYTES_MAX 65536u

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    return len > strlen(end) && ts_str_ieq(name + len - strlen(end), end);
}

static bool has_suffix(const char *name)
{
    return ends_with(name, SUFFIX);
}

char **ts_machine_names(ts_err **err)
{
    char *folder = ts_cli_share("machines", err);
    char **names = NULL;
    bool ok = folder != NULL && ts_folder_list(folder, &names, err);
    free(folder);
    if (!ok)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; names[i] != NULL; i++) {
        if (!has_suffix(names[i]) || ends_with(names[i], SCHEMA))
            continue;
        names[i][strlen(names[i]) - strlen(SUFFIX)] = '\0';
        names[kept++] = names[i];
    }
    names[kept] = NULL;
    return names;
}

void ts_machine_names_text(ts_buf *out)
{
    ts_err *err = NULL;
    char **names = ts_machine_names(&err);
    ts_err_clear(&err);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        ts_buf_printf(out, "%s%s", i > 0 ? ", " : "", names[i]);
    if (names == NULL || names[0] == NULL)
        ts_buf_str(out, "(none are installed)");
    free(names);
}

static char *shipped(const char *name, ts_err **err)
{
    char *folder = ts_cli_share("machines", NULL);
    char *file = ts_sprintf("%s" SUFFIX, name);
    char *path = folder == NULL || file == NULL ? NULL : ts_path_join(folder, file);
    free(folder);
    free(file);
    if (path != NULL && ts_file_exists(path))
        return path;
    free(path);
    ts_buf names;
    ts_buf_init(&names, NAMES_BYTES_MAX);
    ts_machine_names_text(&names);
    ts_fail(err, TS_NOT_FOUND,
            "there is no shipped machine '%s'; there are: %s; a file needs its path "
            "or '.json'",
            name, ts_buf_text(&names));
    ts_buf_done(&names);
    return NULL;
}

char *ts_machine_path(const char *name, ts_err **err)
{
    if (strchr(name, '/') == NULL && strchr(name, '\\') == NULL && !has_suffix(name))
        return shipped(name, err);
    char *copy = ts_strdup(name);
    if (copy == NULL)
        ts_fail_nomem(err);
    return copy;
}
