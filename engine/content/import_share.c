/* import_share.c - an MDT deployment share: what Control/OperatingSystems.xml and Applications.xml
 * list becomes packages, one for each GUID, and a catalogue of applications for the steps. Paths in
 * these files are below the share (".\Applications\X"). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ts/application.h>

#include "import.h"
#include "os.h"
#include "repo.h"

#define CATALOGUE_ID   "Applications"
#define CATALOGUE_FILE "applications.xml"
#define GUID_CHARS     36u /* without braces */

typedef struct item {
    const char *guid; /* as the share has it, with braces */
    const char *id;   /* of its package: without, lower case */
    const char *name;
    const char *source;  /* ".\Applications\X", "" when it has none */
    const char *folder;  /* resolved; NULL: no content */
    const char *package; /* that has the content; NULL: none */
    ts_xml *element;
} item;

typedef struct share {
    ts_import *in;
    char *root;
    item *items; /* of one list */
    size_t n;
    const char *file;
} share;

/* --- Which folder --------------------------------------------------------------------------- */

static bool has_lists(const char *root)
{
    static const char *const lists[] = {"Control/Applications.xml", "Control/OperatingSystems.xml"};
    char *path = NULL;
    for (size_t i = 0; i < TS_COUNT(lists) && !path; i++)
        ts_import_look(root, lists[i], &path, NULL);
    bool there = path != NULL;
    free(path);
    return there;
}

/* The share when `path` is it or its Control folder; NULL: neither. Owned. */
static char *find_root(const char *path)
{
    if (has_lists(path))
        return ts_strdup(path);
    char *full = ts_path_absolute(path, NULL);
    char *above = full ? ts_path_dir(full) : NULL;
    bool control = above && ts_str_ieq(ts_path_base(full), "Control") && has_lists(above);
    free(full);
    if (control)
        return above;
    free(above);
    return NULL;
}

bool ts_import_is_share(const char *path)
{
    char *root = find_root(path);
    bool is = root != NULL;
    free(root);
    return is;
}

/* --- Reading a list ------------------------------------------------------------------------- */

static const char *text_of(ts_xml *e, const char *name)
{
    ts_xml *child = ts_xml_each(e, NULL, name);
    return child && !ts_str_blank(child->text) ? child->text : "";
}

static bool is_guid(const char *text)
{
    if (strlen(text) != GUID_CHARS + 2 || text[0] != '{' || text[GUID_CHARS + 1] != '}')
        return false;
    for (size_t i = 1; i <= GUID_CHARS; i++) {
        bool dash = i == 9 || i == 14 || i == 19 || i == 24;
        if (dash ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    }
    return true;
}

/* Names are keys in the catalogue; in a share two folders may have the same one. */
static bool name_it(share *s, item *it)
{
    bool twice = false;
    for (size_t i = 0; i < s->n && !twice; i++)
        twice = strcmp(s->items[i].name, it->name) == 0;
    if (!twice && *it->name)
        return true;
    TS_CLEANUP(ts_free_ptr)
    char *name = ts_sprintf("%s%s%s", it->name, *it->name ? " " : "", it->guid);
    if (!name)
        return false;
    if (twice)
        ts_import_warn(s->in, "'%s' is there twice: the second is '%s'", it->name, name);
    it->name = ts_arena_strdup(s->in->arena, name);
    return it->name != NULL;
}

static bool read_item(share *s, ts_xml *e, item *to, ts_err **err)
{
    if (!ts_xml_str(e, "guid", TS_XML_REQUIRED, &to->guid, err))
        return false;
    if (!is_guid(to->guid))
        return ts_xml_fail(e, err, "guid '%s' is no GUID", to->guid);
    char *id = ts_arena_strndup(s->in->arena, to->guid + 1, GUID_CHARS);
    if (!id)
        return ts_fail_nomem(err);
    for (char *p = id; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'F' ? *p + 32 : *p);
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->items[i].id, id) == 0)
            return ts_xml_fail(e, err, "guid '%s' is there twice", to->guid);
    }
    to->id = id;
    to->name = text_of(e, "Name");
    if (!name_it(s, to))
        return ts_fail_nomem(err);
    to->source = text_of(e, "Source");
    to->element = e;
    return true;
}

static bool read_list(share *s, ts_xml *root, const char *root_name, const char *name, ts_err **err)
{
    size_t n = 0;
    if (strcmp(root->name, root_name) != 0)
        return ts_xml_fail(root, err, "<%s> is not the list: expected <%s>", root->name, root_name);
    for (ts_xml *e = ts_xml_each(root, NULL, name); e; e = ts_xml_each(root, e, name))
        n++;
    if (n > TS_APPLICATIONS_MAX)
        return ts_fail(err, TS_LIMIT, "'%s' has more than %u entries", s->file,
                       TS_APPLICATIONS_MAX);
    s->n = 0;
    s->items = ts_arena_alloc(s->in->arena, n * sizeof *s->items + 1);
    if (!s->items)
        return ts_fail_nomem(err);
    for (ts_xml *e = ts_xml_each(root, NULL, name); e; e = ts_xml_each(root, e, name)) {
        if (!read_item(s, e, &s->items[s->n], err))
            return false;
        s->n++;
    }
    return true;
}

/* --- Content -------------------------------------------------------------------------------- */

/* The package that has this folder's content already. */
static const item *same_folder(const share *s, const item *it)
{
    for (const item *other = s->items; other < it; other++) {
        if (other->package && other->folder && strcmp(other->folder, it->folder) == 0)
            return other;
    }
    return NULL;
}

static bool find_folder(share *s, item *it, ts_err **err)
{
    if (ts_path_is_absolute(it->source))
        return ts_fail(err, TS_NOT_FOUND,
                       "the content of '%s' lies outside the share, at '%s'; publish it with "
                       "taskseq publish package --id %s",
                       it->name, it->source, it->id);
    char *path = ts_import_resolve(s->root, it->source, err);
    it->folder = path ? ts_arena_strdup(s->in->arena, path) : NULL;
    bool ok = it->folder || !path || ts_fail_nomem(err);
    free(path);
    return ok && it->folder;
}

/* Publishes the folder of an item. `each`: one package for each GUID, even of the same folder,
 * because steps name an operating system by its GUID. */
static bool put_content(share *s, item *it, bool each, ts_err **err)
{
    ts_err *fault = NULL;
    if (!*it->source)
        return true;
    bool wanted = ts_import_wants(s->in, it->id);
    if (!find_folder(s, it, &fault)) {
        it->package = it->id;
        if (wanted)
            return ts_import_failed(s->in, it->id, &fault, err);
        ts_err_clear(&fault);
        return true;
    }
    const item *other = same_folder(s, it);
    it->package = other && !each ? other->package : it->id;
    if (!wanted || it->package != it->id)
        return true;
    ts_package_source p = {
        .id = it->id, .name = it->name, .paths = &it->folder, .n_paths = 1, .same_as = NULL};
    if (other)
        p.same_as = other->package;
    return ts_import_package(s->in, &p, err);
}

/* --- The catalogue of applications ---------------------------------------------------------- */

static const item *find_guid(const share *s, const char *guid)
{
    for (size_t i = 0; i < s->n; i++) {
        if (ts_str_ieq(s->items[i].guid, guid))
            return &s->items[i];
    }
    return NULL;
}

/* Where the command runs: "" in the package's root, a folder below it, or an absolute path. */
static bool working_folder(share *s, const item *it, const char **out, ts_err **err)
{
    const char *text = text_of(it->element, "WorkingDirectory");
    size_t len = strlen(it->source);
    *out = "";
    if (!*text || ts_path_is_absolute(text) || strchr(text, '%')) {
        *out = text;
        return true;
    }
    if (len && ts_str_ncasecmp(text, it->source, len) == 0 &&
        (!text[len] || text[len] == '\\' || text[len] == '/')) {
        text += len + (text[len] != '\0');
        if (*text && !ts_path_is_inside(text))
            return ts_xml_fail(it->element, err, "the working directory of '%s' leads out of it",
                               it->name);
        *out = text;
        return true;
    }
    ts_import_warn(
        s->in,
        "application '%s' runs in '%s', which is not in its content '%s': it will run in "
        "the content's folder",
        it->name, text, it->source);
    return true;
}

static void warn_command(share *s, const item *it, const char *command)
{
    if (ts_str_icontains(command, "%DEPLOYROOT%"))
        ts_import_warn(s->in,
                       "the command of application '%s' names %%DEPLOYROOT%%: it needs the share, "
                       "not only its package",
                       it->name);
    const char *hash = strchr(command, '#');
    if (hash && strchr(hash + 1, '#'))
        ts_import_warn(s->in, "the command of application '%s' has a script in '#': it is not run",
                       it->name);
    if (ts_xml_each(it->element, NULL, "SupportedPlatform"))
        ts_import_warn(s->in, "application '%s' is limited to some platforms: that is not checked",
                       it->name);
}

static void write_dependencies(share *s, const item *it, ts_xml_writer *w)
{
    for (ts_xml *d = ts_xml_each(it->element, NULL, "Dependency"); d;
         d = ts_xml_each(it->element, d, "Dependency")) {
        if (ts_str_blank(d->text))
            continue;
        const item *other = find_guid(s, d->text);
        if (!other) {
            ts_import_warn(s->in, "application '%s' needs '%s', which the share does not have",
                           it->name, d->text);
            continue;
        }
        ts_xml_writer_open(w, "dependency");
        ts_xml_writer_attr(w, "name", other->name);
        ts_xml_writer_close(w);
    }
}

static bool write_application(share *s, const item *it, ts_xml_writer *w, ts_err **err)
{
    const char *command = text_of(it->element, "CommandLine");
    const char *key = text_of(it->element, "UninstallKey");
    const char *folder = NULL;
    if (!working_folder(s, it, &folder, err))
        return false;
    warn_command(s, it, command);
    ts_xml_writer_open(w, "application");
    ts_xml_writer_attr(w, "name", it->name);
    ts_xml_writer_attr(w, "id", it->guid);
    if (it->package)
        ts_xml_writer_attr(w, "package", it->package);
    if (*command)
        ts_xml_writer_attr(w, "command", command);
    if (*folder)
        ts_xml_writer_attr(w, "folder", folder);
    if (ts_str_ieq(text_of(it->element, "Reboot"), "True"))
        ts_xml_writer_attr(w, "reboot", "true");
    if (*key) {
        ts_xml_writer_open(w, "detect");
        ts_xml_writer_attr(w, "uninstall", key);
        ts_xml_writer_close(w);
    }
    write_dependencies(s, it, w);
    ts_xml_writer_close(w);
    return true;
}

/* Read again before it is published: the steps will read it with the same code. */
static bool check_catalogue(const share *s, const ts_buf *text, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *name = ts_sprintf("catalogue of '%s'", s->file);
    if (!name)
        return ts_fail_nomem(err);
    ts_applications *catalogue = ts_applications_parse(name, text->data, text->len, err);
    ts_applications_free(catalogue);
    return catalogue != NULL;
}

static bool publish_catalogue(share *s, const char *id, const ts_buf *text, ts_err **err)
{
    char *work = s->in->options->list ? NULL : ts_repo_work(s->in->repo, err);
    if (!s->in->options->list && !work)
        return false;
    char *file = work ? ts_path_join(work, CATALOGUE_FILE) : NULL;
    bool ok = !work || file || ts_fail_nomem(err);
    if (ok && work)
        ok = ts_folder_make_shared(work, err) &&
             ts_file_write_atomic(file, text->data, text->len, err);
    if (ok) {
        /* The same catalogue is the same package: the time of this import is not part of it. */
        ts_package_file f = {.path = CATALOGUE_FILE, .from = file, .modified = 1000};
        ts_package_source p = {
            .id = id, .name = "Catalogue of applications", .files = &f, .n_files = 1};
        ok = ts_import_package(s->in, &p, err);
    }
    if (work)
        ts_folder_remove(work, NULL);
    free(file);
    free(work);
    return ok;
}

static bool put_catalogue(share *s, ts_err **err)
{
    const char *id = s->in->options->catalogue ? s->in->options->catalogue : CATALOGUE_ID;
    if (s->n == 0 || !ts_import_wants(s->in, id))
        return true;
    ts_buf text;
    ts_xml_writer w;
    ts_buf_init(&text, TS_APPLICATIONS_BYTES_MAX);
    ts_xml_writer_init(&w, &text);
    ts_xml_writer_open(&w, "applications");
    bool ok = true;
    for (size_t i = 0; ok && i < s->n; i++)
        ok = write_application(s, &s->items[i], &w, err);
    ts_xml_writer_close(&w);
    ok = ok && ts_xml_writer_end(&w, err) && check_catalogue(s, &text, err) &&
         publish_catalogue(s, id, &text, err);
    ts_buf_done(&text);
    return ok;
}

/* --- The share ------------------------------------------------------------------------------ */

static bool take_list(share *s, const char *name, const char *root_name, const char *element,
                      bool applications, ts_err **err)
{
    char *path = NULL;
    if (!ts_import_look(s->root, name, &path, err))
        return false;
    if (!path)
        return true;
    ts_xml_doc *doc = ts_import_xml(s->in, path, err);
    s->file = path;
    bool ok = doc && read_list(s, ts_xml_root(doc), root_name, element, err);
    for (size_t i = 0; ok && i < s->n; i++)
        ok = put_content(s, &s->items[i], !applications, err);
    ok = ok && (!applications || put_catalogue(s, err));
    ts_xml_free(doc);
    free(path);
    return ok;
}

bool ts_import_share(ts_import *in, ts_err **err)
{
    share s = {.in = in, .root = find_root(in->options->paths[0])};
    if (!s.root)
        return ts_fail_nomem(err);
    bool ok = take_list(&s, "Control/OperatingSystems.xml", "oss", "os", false, err) &&
              take_list(&s, "Control/Applications.xml", "applications", "application", true, err);
    free(s.root);
    return ok;
}
