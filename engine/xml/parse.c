/* parse.c - libxml2's SAX events into a light tree.
 *
 * Not libxml2's own tree: ours has no node for every attribute's text, knows the line *and* column
 * where a tag begins, and leaves texts in the caller's arena, so that nothing is copied twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "internal.h"

struct ts_xml_doc {
    ts_arena *nodes;
    const char *file;
    ts_xml *root;
    xmlDict *dict; /* holds the names of elements and attributes */
};

typedef struct open_element {
    ts_xml *e;
    ts_xml *tail; /* last child so far */
} open_element;

typedef struct builder {
    const ts_xml_source *source;
    xmlParserCtxt *ctxt;
    ts_xml_doc *doc;
    ts_arena *strings;
    open_element open[TS_XML_DEPTH_MAX];
    unsigned depth;
    ts_buf text; /* character data since the last tag */
    uint32_t text_line, text_column;
    uint32_t tag_line, tag_column; /* behind the last start tag; 0 after anything else */
    uint32_t nodes;
    bool no_memory;
    bool misfit;         /* the bytes do not fit the encoding that the file names */
    const char *stopped; /* our own reason to stop, with its code and place */
    ts_code stop_code;
    uint32_t stop_line, stop_column;
    ts_xml_fault fault;
} builder;

/* Stopping frees the parser's input, which attribute values point into: handlers only note why, and
 * call finish_handler as their last act. */
static void stop(builder *b, ts_code code, const char *why)
{
    if (!b->stopped) {
        b->stopped = why;
        b->stop_code = code;
        b->stop_line = (uint32_t)b->ctxt->input->line;
        b->stop_column = (uint32_t)b->ctxt->input->col;
    }
}

static void finish_handler(builder *b)
{
    if (b->no_memory || b->stopped)
        xmlStopParser(b->ctxt);
}

static uint32_t count_lines(const char *text, size_t len)
{
    uint32_t lines = 0;
    const char *end = text + len;
    for (const char *p = text; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        lines++;
    return lines;
}

/* The parser calls when it has read the tag. The tag is still in its buffer (SAX2 promises that,
 * because attribute values point into it) and '<' cannot stand inside it: look back for it. */
static void tag_place(const builder *b, ts_xml *e)
{
    const xmlParserInput *in = b->ctxt->input;
    const char *base = (const char *)in->base, *cur = (const char *)in->cur, *p = cur;
    uint32_t lines = 0;
    while (p > base && *p != '<') {
        p--;
        lines += *p == '\n';
    }
    e->line = (uint32_t)in->line - lines;
    if (lines == 0) {
        ptrdiff_t column = in->col - (cur - p);
        e->column = column > 0 ? (uint32_t)column : 1;
        return;
    }
    const char *start = p;
    while (start > base && start[-1] != '\n')
        start--;
    e->column = (uint32_t)(p - start) + 1;
}

static const char *keep(builder *b, const char *text, size_t len)
{
    if (len == 0)
        return "";
    const char *copy = ts_arena_strndup(b->strings, text, len);
    if (!copy)
        b->no_memory = true;
    return copy ? copy : "";
}

/* Moves the collected text into the element. Blanks between child elements are layout. */
static void flush_text(builder *b, ts_xml *e, bool has_children)
{
    if (b->text.no_memory) {
        b->no_memory = true;
        return;
    }
    if (b->text.len == 0)
        return;
    const char *text = ts_buf_text(&b->text);
    if (!has_children || !ts_str_blank(text)) {
        if (*e->text) { /* text on both sides of a child: joined, and reported as stray */
            size_t old = strlen(e->text);
            char *joined = ts_arena_alloc(b->strings, old + b->text.len + 1);
            if (joined) {
                memcpy(joined, e->text, old);
                memcpy(joined + old, text, b->text.len);
                e->text = joined;
            } else {
                b->no_memory = true;
            }
        } else {
            e->text = keep(b, text, b->text.len);
            e->text_line = ts_xml_outer_line(b->source, b->text_line);
            e->text_column = ts_xml_outer_column(b->source, b->text_line, b->text_column);
        }
    }
    ts_buf_clear(&b->text);
}

/* libxml2 hands '&' in attribute values over as "&#38;" unless it may replace entities, which it
 * may not here; every other reference is resolved already. */
static const char *keep_value(builder *b, const char *text, size_t len)
{
    static const char amp[] = "&#38;";
    if (!memchr(text, '&', len))
        return keep(b, text, len);
    char *copy = ts_arena_alloc(b->strings, len + 1), *out = copy;
    if (!copy) {
        b->no_memory = true;
        return "";
    }
    for (const char *end = text + len; text < end; text++) {
        *out++ = *text;
        if (*text == '&' && (size_t)(end - text) >= strlen(amp) &&
            memcmp(text, amp, strlen(amp)) == 0)
            text += strlen(amp) - 1;
    }
    return copy;
}

static bool add_attributes(builder *b, ts_xml *e, int count, const xmlChar **attributes)
{
    if (count <= 0)
        return true;
    e->attrs = ts_arena_alloc(b->doc->nodes, (size_t)count * sizeof *e->attrs);
    if (!e->attrs)
        return false;
    for (int i = 0; i < count; i++, attributes += 5) {
        const char *value = (const char *)attributes[3];
        size_t len = (size_t)(attributes[4] - attributes[3]);
        e->attrs[i].name = (const char *)attributes[0];
        e->attrs[i].value = keep_value(b, value, len);
    }
    e->n_attrs = (uint32_t)count;
    return true;
}

static ts_xml *new_element(builder *b, const char *name, int n_attributes,
                           const xmlChar **attributes)
{
    b->nodes += 1u + (n_attributes > 0 ? (uint32_t)n_attributes : 0u);
    if (b->depth == TS_XML_DEPTH_MAX)
        stop(b, TS_LIMIT, "elements are nested deeper than 256 levels");
    else if (b->nodes > TS_XML_NODES_MAX)
        stop(b, TS_LIMIT, "there are more than 2000000 elements and attributes");
    if (b->stopped)
        return NULL;
    ts_xml *e = ts_arena_alloc(b->doc->nodes, sizeof *e);
    if (!e || !add_attributes(b, e, n_attributes, attributes)) {
        b->no_memory = true;
        return NULL;
    }
    e->name = name;
    e->text = "";
    e->doc = b->doc;
    tag_place(b, e);
    e->column = ts_xml_outer_column(b->source, e->line, e->column);
    e->line = ts_xml_outer_line(b->source, e->line);
    return e;
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **attributes)
{
    (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces, (void)n_defaulted;
    builder *b = ctx;
    open_element *parent = b->depth > 0 ? &b->open[b->depth - 1] : NULL;
    if (parent)
        flush_text(b, parent->e, true);
    ts_xml *e = new_element(b, (const char *)name, n_attributes, attributes);
    if (!e) {
        finish_handler(b);
        return;
    }
    if (!parent)
        b->doc->root = e;
    else if (parent->tail)
        parent->tail->next = e;
    else
        parent->e->first = e;
    if (parent)
        parent->tail = e;
    b->open[b->depth++] = (open_element){e, NULL};
    b->tag_line = (uint32_t)b->ctxt->input->line;
    b->tag_column = (uint32_t)b->ctxt->input->col + 1;
    finish_handler(b);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    builder *b = ctx;
    if (b->depth == 0)
        return;
    open_element *top = &b->open[--b->depth];
    flush_text(b, top->e, top->tail != NULL);
    b->tag_line = 0;
    finish_handler(b);
}

static void add_text(builder *b, const xmlChar *chars, int len, uint32_t opening)
{
    if (b->depth == 0 || len <= 0)
        return;
    if (b->text.len == 0) {
        uint32_t line = (uint32_t)b->ctxt->input->line;
        uint32_t lines = count_lines((const char *)chars, (size_t)len);
        b->text_line = line > lines ? line - lines : 1;
        /* exact when the text follows its start tag, which is where anybody asks */
        b->text_column = b->tag_line == b->text_line ? b->tag_column + opening : 1;
    }
    b->tag_line = 0;
    ts_buf_add(&b->text, chars, (size_t)len);
}

static void on_characters(void *ctx, const xmlChar *chars, int len)
{
    add_text(ctx, chars, len, 0);
}

static void on_cdata(void *ctx, const xmlChar *chars, int len)
{
    add_text(ctx, chars, len, (uint32_t)strlen("<![CDATA["));
}

/* A document type is where entity bombs and file inclusion begin; no sequence has one. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    stop(ctx, TS_SYNTAX, "a document type declaration (<!DOCTYPE ...>) is not allowed: remove it");
    finish_handler(ctx);
}

static void copy_name(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

/* Only the first fatal fault counts: what follows is a consequence of it. */
static void on_error(void *ctx, xmlErrorPtr error)
{
    builder *b = ctx;
    if (error->level != XML_ERR_FATAL || b->fault.set)
        return;
    ts_xml_fault *f = &b->fault;
    f->set = true;
    f->code = error->code;
    f->line = error->line > 0 ? (uint32_t)error->line : 1;
    f->column = error->int2 > 0 ? (uint32_t)error->int2 : 1;
    f->number = error->int1;
    copy_name(f->name, sizeof f->name, error->str1);
    copy_name(f->other, sizeof f->other, error->str2);
    copy_name(f->text, sizeof f->text, error->message);
}

static void set_handlers(builder *b)
{
    xmlSAXHandler *sax = b->ctxt->sax;
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_characters;
    sax->ignorableWhitespace = on_characters;
    sax->cdataBlock = on_cdata;
    sax->internalSubset = on_doctype;
    sax->serror = on_error;
    b->ctxt->userData = b;
}

/* Faults of an encoding come without a parser: libxml2 would print them, and then find a fault of
 * its own in what is left. */
static void on_stray_error(void *ctx, xmlErrorPtr error)
{
    builder *b = ctx;
    b->misfit |= error->code == XML_I18N_CONV_FAILED || error->code == XML_IO_ENCODER;
}

static void read_quietly(builder *b, const ts_xml_bytes *bytes, int options)
{
    xmlStructuredErrorFunc before = xmlStructuredError; /* of this thread */
    void *ctx = xmlStructuredErrorContext;
    xmlSetStructuredErrorFunc(b, on_stray_error);
    /* custom handlers build no libxml2 document: the return value is always NULL */
    xmlCtxtReadMemory(b->ctxt, bytes->data, (int)bytes->size, NULL,
                      bytes->converted ? "UTF-8" : NULL, options);
    xmlSetStructuredErrorFunc(ctx, before);
}

static bool run_parser(builder *b, const ts_xml_bytes *bytes, ts_err **err)
{
    int options = XML_PARSE_NONET | XML_PARSE_BIG_LINES;
    if (bytes->converted)
        options |= XML_PARSE_IGNORE_ENC;
    read_quietly(b, bytes, options);
    if (b->no_memory)
        return ts_fail_nomem(err);
    if (b->stopped) /* after a stop libxml2 claims success: our own flag decides */
        return ts_xml_fail_at(b->source, b->stop_code, b->stop_line, b->stop_column, err, "%s",
                              b->stopped);
    if (b->misfit) {
        b->fault.code = XML_ERR_INVALID_ENCODING;
        b->fault.line = b->fault.line ? b->fault.line : 1;
    }
    if (b->fault.set || b->misfit)
        return ts_xml_explain(b->source, &b->fault, err);
    if (!b->ctxt->wellFormed || !b->doc->root)
        return ts_xml_fail_at(b->source, TS_SYNTAX, 1, 1, err, "not well-formed: expected %s",
                              b->source->expected);
    return true;
}

static bool build(builder *b, ts_err **err)
{
    ts_xml_bytes bytes;
    if (!ts_xml_prepare(b->source, &bytes, err))
        return false;
    ts_buf_init(&b->text, b->source->max * 2);
    bool ok = run_parser(b, &bytes, err);
    ts_buf_done(&b->text);
    ts_buf_done(&bytes.owned);
    if (ok) {
        b->doc->dict = b->ctxt->dict;
        xmlDictReference(b->doc->dict);
    }
    return ok;
}

ts_xml_doc *ts_xml_parse(const ts_xml_source *source, ts_arena *strings, ts_err **err)
{
    builder *b = ts_alloc(sizeof *b);
    ts_xml_doc *doc = ts_alloc(sizeof *doc);
    ts_arena *nodes = ts_arena_new();
    xmlParserCtxt *ctxt = xmlNewParserCtxt();
    if (doc) {
        doc->nodes = nodes;
        doc->file = source->file;
    }
    bool ok = b && doc && nodes && ctxt;
    if (ok) {
        b->source = source;
        b->ctxt = ctxt;
        b->doc = doc;
        b->strings = strings ? strings : nodes;
        set_handlers(b);
        ok = build(b, err);
    } else {
        ts_fail_nomem(err);
    }
    if (ctxt)
        xmlFreeParserCtxt(ctxt);
    free(b);
    if (!ok) {
        if (!doc)
            ts_arena_free(nodes);
        ts_xml_free(doc);
        return NULL;
    }
    return doc;
}

void ts_xml_free(ts_xml_doc *doc)
{
    if (!doc)
        return;
    if (doc->dict)
        xmlDictFree(doc->dict);
    ts_arena_free(doc->nodes);
    free(doc);
}

ts_xml *ts_xml_root(ts_xml_doc *doc)
{
    return doc->root;
}

const char *ts_xml_file(const ts_xml *e)
{
    return e->doc->file;
}
