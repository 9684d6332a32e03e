/* xml.h - reading and writing XML. The only folder that sees libxml2.
 *
 * A document becomes a light tree of elements: names, attributes, text, and the place of each
 * element in the file. No DTD (so no entities but the five of XML and character references), no
 * network, bounded size, depth and number of elements. UTF-8 and UTF-16, with and without byte
 * order mark; other encodings when the declaration names one that libxml2 knows.
 *
 * Accessors consume what they are asked for; ts_xml_done then reports what is left, with "did you
 * mean". Names are compared without prefix; namespaces play no part in the formats that are read.
 */
#ifndef TS_XML_H
#define TS_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ts/error.h>
#include <ts/mem.h>
#include <ts/text.h>

#define TS_XML_DEPTH_MAX 256u     /* nesting of elements; libxml2's own limit too */
#define TS_XML_NODES_MAX 2000000u /* elements and attributes of one document */

typedef struct ts_xml_doc ts_xml_doc;

typedef struct ts_xml_attr {
    const char *name;
    const char *value;
    bool used;
} ts_xml_attr;

/* An element. Read name, text, line and column freely; the rest through the functions. */
typedef struct ts_xml ts_xml;
struct ts_xml {
    const char *name; /* without prefix */
    const char
        *text;     /* character data, "" when there is none; blanks between elements are not kept */
    uint32_t line; /* of '<', from 1, in the outer file */
    uint32_t column;    /* bytes, from 1 */
    uint32_t text_line; /* where the text begins; 0 when there is none */
    uint32_t text_column;
    uint32_t n_attrs;
    bool used;
    bool text_used;
    ts_xml_attr *attrs;
    ts_xml *first; /* child */
    ts_xml *next;  /* sibling */
    const ts_xml_doc *doc;
};

/* What to parse, and where it stands: a document inside a document (the sequence in an object.xml)
 * keeps the line numbers of the outer file. */
typedef struct ts_xml_source {
    const char *file; /* for messages; borrowed until ts_xml_free */
    const void *data;
    size_t size;
    size_t max;           /* bytes; more is TS_LIMIT */
    uint32_t line;        /* of the first byte; 0: 1 */
    uint32_t column;      /* of the first byte; 0: 1 */
    const char *expected; /* "a task sequence", for messages */
} ts_xml_source;

/* Texts and attribute values live in `strings`, so that a model can borrow them after
 * ts_xml_free; NULL: in the document. Errors: TS_SYNTAX "file:line:column: what, and what was
 * expected", TS_LIMIT, TS_NOMEM. */
ts_xml_doc *ts_xml_parse(const ts_xml_source *source, ts_arena *strings, ts_err **err);
void ts_xml_free(ts_xml_doc *doc);
ts_xml *ts_xml_root(ts_xml_doc *doc);
const char *ts_xml_file(const ts_xml *e);

/* The name of the first element, read with a small scan that parses nothing else; "" when there is
 * none in sight. To tell which kind of document it is. UTF-16 is understood. */
void ts_xml_sniff(const void *data, size_t size, char *out, size_t out_size);

/* --- Consuming ----------------------------------------------------------------------------- */

typedef enum ts_xml_flag { TS_XML_OPTIONAL = 0, TS_XML_REQUIRED = 1 } ts_xml_flag;

/* The attribute, NULL when it is absent. */
const char *ts_xml_attr_get(ts_xml *e, const char *name);
/* Typed: an absent optional attribute leaves *out as it is. TS_SYNTAX when a required one is
 * missing or the value is not of the type. */
bool ts_xml_str(ts_xml *e, const char *name, ts_xml_flag flag, const char **out, ts_err **err);
bool ts_xml_bool(ts_xml *e, const char *name, ts_xml_flag flag, bool *out, ts_err **err);
bool ts_xml_int(ts_xml *e, const char *name, ts_xml_flag flag, int64_t min, int64_t max,
                int64_t *out, ts_err **err);
/* The next child of that name that was not consumed yet, or NULL. For lists, where this would take
 * quadratic time: ts_xml_each. */
ts_xml *ts_xml_child(ts_xml *e, const char *name);
/* Consumes the children of that name one by one: the first behind prev (NULL: of all), or NULL. */
ts_xml *ts_xml_each(ts_xml *e, ts_xml *prev, const char *name);
/* The text of such a child; *out stays as it is when it is absent and optional. */
bool ts_xml_child_text(ts_xml *e, const char *name, ts_xml_flag flag, const char **out,
                       ts_err **err);
/* Children in order, whatever their name: the first for prev NULL. Marks nothing. */
ts_xml *ts_xml_next(ts_xml *e, ts_xml *prev);
const char *ts_xml_text(ts_xml *e);

typedef enum ts_xml_stray {
    TS_XML_STRAY_ATTRIBUTE,
    TS_XML_STRAY_ELEMENT,
    TS_XML_STRAY_TEXT
} ts_xml_stray;
typedef void (*ts_xml_report)(void *ctx, ts_xml_stray kind, uint32_t line, const char *text);
/* Reports what nobody consumed: attributes, children, text. `known` lists, blank-separated, the
 * names that could have been meant. TS_NOMEM only. */
bool ts_xml_done(ts_xml *e, const char *known, ts_xml_report report, void *ctx, ts_err **err);
/* For our own formats: what is left is TS_SYNTAX. */
bool ts_xml_done_strict(ts_xml *e, const char *known, ts_err **err);
/* TS_SYNTAX at the element: "file:line:column: ...". Always false. */
bool ts_xml_fail(const ts_xml *e, ts_err **err, const char *fmt, ...) TS_PRINTF(3, 4);

/* --- Writing ------------------------------------------------------------------------------- */

/* Writes an indented document. Failure is sticky (a name open at the end, a character that XML
 * cannot hold, memory); ts_xml_writer_end says so. */
typedef struct ts_xml_writer {
    ts_buf *out;
    const char *open[TS_XML_DEPTH_MAX]; /* borrowed names */
    unsigned depth;
    bool tag_open; /* '>' of the last start tag is not written yet */
    bool has_text; /* the last element holds text: its end tag stands on the same line */
    bool bad;
} ts_xml_writer;

void ts_xml_writer_init(ts_xml_writer *w, ts_buf *out); /* writes the declaration */
void ts_xml_writer_open(ts_xml_writer *w, const char *name);
void ts_xml_writer_attr(ts_xml_writer *w, const char *name, const char *value);
void ts_xml_writer_text(ts_xml_writer *w, const char *text);
void ts_xml_writer_close(ts_xml_writer *w);
/* <name>text</name> */
void ts_xml_writer_element(ts_xml_writer *w, const char *name, const char *text);
/* Closes what is open. TS_SCHEMA when a text cannot be written as XML, TS_LIMIT, TS_NOMEM. */
bool ts_xml_writer_end(ts_xml_writer *w, ts_err **err);

#endif
