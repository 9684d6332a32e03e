/* document.c - one XML document with a sequence in it: bare, object.xml, SmsTaskSequencePackage. */
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "containers.h"
#include "crypto.h"

#define SEQUENCE_ROOT "sequence"
#define INSTANCE_ROOT "INSTANCE" /* CIM XML, as console exports hold it */
#define PACKAGE_ROOT  "SmsTaskSequencePackage"
#define EXPECTED                                                                                   \
    "a task sequence (<sequence>, <SmsTaskSequencePackage>, or the <INSTANCE> of an object.xml)"
#define ROOT_BYTES 64u

bool ts_container_is_sequence(const void *data, size_t size)
{
    char root[ROOT_BYTES];
    ts_xml_sniff(data, size, root, sizeof root);
    return strcmp(root, SEQUENCE_ROOT) == 0 || strcmp(root, INSTANCE_ROOT) == 0 ||
           strcmp(root, PACKAGE_ROOT) == 0;
}

static ts_sequence *next_sequence(ts_bundle *bundle, ts_err **err)
{
    if (bundle->n_sequences == TS_BUNDLE_SEQUENCES_MAX) {
        ts_fail(err, TS_LIMIT, "more than %u task sequences in one file", TS_BUNDLE_SEQUENCES_MAX);
        return NULL;
    }
    if (bundle->n_sequences == bundle->cap_sequences) {
        size_t cap = bundle->cap_sequences ? bundle->cap_sequences * 2 : 4;
        ts_sequence *more = ts_realloc_array(bundle->sequences, cap, sizeof *more);
        if (!more) {
            ts_fail_nomem(err);
            return NULL;
        }
        bundle->sequences = more;
        bundle->cap_sequences = cap;
    }
    ts_sequence *s = &bundle->sequences[bundle->n_sequences];
    memset(s, 0, sizeof *s);
    return s;
}

/* What the container did not say. */
static bool complete(ts_bundle *bundle, ts_sequence *s, const char *file, const void *data,
                     size_t size, ts_err **err)
{
    s->file = file;
    s->bytes = size;
    if (!s->name)
        s->name = ts_path_base(file);
    if (!s->package_id)
        s->package_id = "";
    if (!s->boot_image)
        s->boot_image = "";
    if (!ts_sha256_text(data, size, s->sha256, err))
        return false;
    bundle->n_sequences++;
    return true;
}

static const char *non_blank(const char *text)
{
    return ts_str_blank(text) ? NULL : text;
}

/* --- <SmsTaskSequencePackage> -------------------------------------------------------------- */

static const char *child_text(ts_xml *e, const char *name)
{
    ts_xml *child = ts_xml_child(e, name);
    return child ? non_blank(ts_xml_text(child)) : NULL;
}

static bool add_package(ts_bundle *bundle, const char *file, ts_xml *root, const void *data,
                        size_t size, ts_err **err)
{
    ts_sequence *s = next_sequence(bundle, err);
    if (!s)
        return false;
    ts_xml *holder = ts_xml_child(root, "SequenceData");
    ts_xml *sequence = holder ? ts_xml_child(holder, SEQUENCE_ROOT) : NULL;
    if (!sequence)
        return ts_xml_fail(holder ? holder : root, err,
                           "<%s> has no sequence inside: expected <SequenceData><sequence>",
                           PACKAGE_ROOT);
    s->name = child_text(root, "Name");
    s->description = child_text(root, "Description");
    s->package_id = child_text(root, "PackageID");
    s->boot_image = child_text(root, "BootImageID");
    return ts_sequence_from_xml(bundle->arena, sequence, s, err) &&
           complete(bundle, s, file, data, size, err);
}

/* --- object.xml ---------------------------------------------------------------------------- */

static ts_xml *property(ts_xml *instance, const char *name)
{
    for (ts_xml *p = NULL; (p = ts_xml_each(instance, p, "PROPERTY")) != NULL;) {
        const char *is = ts_xml_attr_get(p, "NAME");
        if (is && ts_str_ieq(is, name))
            return ts_xml_child(p, "VALUE"); /* a direct child: the QUALIFIER has a VALUE too */
    }
    return NULL;
}

/* Copied, because the tree of the outer document goes away. */
static bool property_text(ts_bundle *bundle, ts_xml *instance, const char *name, const char **out,
                          ts_err **err)
{
    ts_xml *value = property(instance, name);
    if (!value || ts_str_blank(value->text))
        return true;
    *out = ts_arena_strdup(bundle->arena, value->text);
    return *out || ts_fail_nomem(err);
}

/* The sequence is the text of a property: a document of its own, which keeps the outer file's line
 * numbers. */
static bool add_inner(ts_bundle *bundle, ts_sequence *s, const char *file, const ts_xml *value,
                      ts_err **err)
{
    const char *text = value->text;
    uint32_t line = value->text_line, column = value->text_column;
    for (; *text && strchr(" \t\r\n", *text); text++) { /* a declaration must come first */
        column = *text == '\n' ? 1 : column + 1;
        line += *text == '\n';
    }
    ts_xml_source source = {.file = file,
                            .data = text,
                            .size = strlen(text),
                            .max = TS_SEQUENCE_BYTES_MAX,
                            .line = line,
                            .column = column,
                            .expected = "<sequence> in the property 'Sequence'"};
    ts_xml_doc *doc = ts_xml_parse(&source, bundle->arena, err);
    if (!doc)
        return false;
    ts_xml *root = ts_xml_root(doc);
    bool ok = strcmp(root->name, SEQUENCE_ROOT) == 0
                  ? ts_sequence_from_xml(bundle->arena, root, s, err)
                  : ts_xml_fail(root, err,
                                "the property 'Sequence' holds <%s>: expected <sequence>",
                                root->name);
    ts_xml_free(doc);
    return ok && complete(bundle, s, file, value->text, strlen(value->text), err);
}

static bool add_instance(ts_bundle *bundle, const char *file, ts_xml *root, ts_err **err)
{
    ts_xml *value = property(root, "Sequence");
    const char *class_name = ts_xml_attr_get(root, "CLASSNAME");
    if (!value || ts_str_blank(value->text))
        return ts_xml_fail(value ? value : root, err,
                           "the instance of '%s' has no sequence: expected a <VALUE> with "
                           "<sequence> in <PROPERTY NAME=\"Sequence\">",
                           class_name ? class_name : "?");
    ts_sequence *s = next_sequence(bundle, err);
    return s && property_text(bundle, root, "Name", &s->name, err) &&
           property_text(bundle, root, "Description", &s->description, err) &&
           property_text(bundle, root, "PackageID", &s->package_id, err) &&
           property_text(bundle, root, "BootImageID", &s->boot_image, err) &&
           add_inner(bundle, s, file, value, err);
}

/* --- Any document -------------------------------------------------------------------------- */

static bool add_bare(ts_bundle *bundle, const char *file, ts_xml *root, const void *data,
                     size_t size, ts_err **err)
{
    ts_sequence *s = next_sequence(bundle, err);
    return s && ts_sequence_from_xml(bundle->arena, root, s, err) &&
           complete(bundle, s, file, data, size, err);
}

static bool no_sequence(const ts_xml *root, ts_err **err)
{
    static const struct {
        const char *root, *what;
    } known[] = {
        {"LibraryDocument", " (the manifest of a console export: load the .zip or its object.xml)"},
        {"unattend", " (a Windows answer file)"},
        {"Rules", " (the rules of a Set Dynamic Variables step)"},
        {"group", " (a part of a sequence: put <sequence version=\"3.10\"> round it)"},
        {"step", " (a part of a sequence: put <sequence version=\"3.10\"> round it)"},
        {"tss", " (an MDT list of sequences: load Control/<id>/ts.xml)"},
    };
    const char *what = "";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (ts_str_ieq(known[i].root, root->name))
            what = known[i].what;
    return ts_xml_fail(root, err, "there is no task sequence: found <%s>%s, expected " EXPECTED,
                       root->name, what);
}

bool ts_container_add_xml(ts_bundle *bundle, const char *file, const void *data, size_t size,
                          ts_err **err)
{
    char root_name[ROOT_BYTES];
    ts_xml_sniff(data, size, root_name, sizeof root_name);
    bool instance = strcmp(root_name, INSTANCE_ROOT) == 0;
    ts_xml_source source = {.file = file,
                            .data = data,
                            .size = size,
                            .max = TS_SEQUENCE_BYTES_MAX,
                            .expected = EXPECTED};
    /* of an object.xml nothing stays but copies: its texts go with the tree */
    ts_xml_doc *doc = ts_xml_parse(&source, instance ? NULL : bundle->arena, err);
    if (!doc)
        return false;
    ts_xml *root = ts_xml_root(doc);
    bool ok;
    if (strcmp(root->name, SEQUENCE_ROOT) == 0)
        ok = add_bare(bundle, file, root, data, size, err);
    else if (instance)
        ok = add_instance(bundle, file, root, err);
    else if (strcmp(root->name, PACKAGE_ROOT) == 0)
        ok = add_package(bundle, file, root, data, size, err);
    else
        ok = no_sequence(root, err);
    ts_xml_free(doc);
    return ok;
}
