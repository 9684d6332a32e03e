/* writer.c - an indented XML document into a buffer. */
#include <string.h>

#include "xml.h"

#define INDENT 2u

void ts_xml_writer_init(ts_xml_writer *w, ts_buf *out)
{
    *w = (ts_xml_writer){.out = out};
    ts_buf_str(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
}

static void indent(ts_xml_writer *w)
{
    for (unsigned i = 0; i < w->depth * INDENT; i++)
        ts_buf_char(w->out, ' ');
}

static void end_tag(ts_xml_writer *w)
{
    if (w->tag_open)
        ts_buf_char(w->out, '>');
    w->tag_open = false;
}

/* Line ends are written as references in attributes: a parser would turn them into blanks. CR is
 * one everywhere: a parser would drop it. */
static void escaped(ts_xml_writer *w, const char *text, bool attribute)
{
    if (!ts_utf8_valid(text, strlen(text)))
        w->bad = true;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            ts_buf_str(w->out, "&amp;");
        else if (c == '<')
            ts_buf_str(w->out, "&lt;");
        else if (c == '>')
            ts_buf_str(w->out, "&gt;");
        else if (c == '"' && attribute)
            ts_buf_str(w->out, "&quot;");
        else if (c == '\r' || (attribute && (c == '\n' || c == '\t')))
            ts_buf_printf(w->out, "&#x%X;", (unsigned)c);
        else if (c < 0x20 && c != '\n' && c != '\t')
            w->bad = true; /* XML 1.0 has no way to write it */
        else
            ts_buf_char(w->out, *text);
    }
}

void ts_xml_writer_open(ts_xml_writer *w, const char *name)
{
    if (w->depth == TS_XML_DEPTH_MAX) {
        w->bad = true;
        return;
    }
    end_tag(w);
    if (w->depth > 0)
        ts_buf_char(w->out, '\n');
    indent(w);
    ts_buf_printf(w->out, "<%s", name);
    w->open[w->depth++] = name;
    w->tag_open = true;
    w->has_text = true; /* until a child is closed, the end tag stands on the same line */
}

void ts_xml_writer_attr(ts_xml_writer *w, const char *name, const char *value)
{
    if (!w->tag_open) {
        w->bad = true;
        return;
    }
    ts_buf_printf(w->out, " %s=\"", name);
    escaped(w, value, true);
    ts_buf_char(w->out, '"');
}

void ts_xml_writer_text(ts_xml_writer *w, const char *text)
{
    if (!*text)
        return;
    end_tag(w);
    escaped(w, text, false);
}

void ts_xml_writer_close(ts_xml_writer *w)
{
    if (w->depth == 0) {
        w->bad = true;
        return;
    }
    const char *name = w->open[--w->depth];
    if (w->tag_open) {
        ts_buf_str(w->out, " />");
        w->tag_open = false;
    } else {
        if (!w->has_text) {
            ts_buf_char(w->out, '\n');
            indent(w);
        }
        ts_buf_printf(w->out, "</%s>", name);
    }
    w->has_text = false;
}

void ts_xml_writer_element(ts_xml_writer *w, const char *name, const char *text)
{
    ts_xml_writer_open(w, name);
    ts_xml_writer_text(w, text);
    ts_xml_writer_close(w);
}

bool ts_xml_writer_end(ts_xml_writer *w, ts_err **err)
{
    while (w->depth > 0)
        ts_xml_writer_close(w);
    ts_buf_char(w->out, '\n');
    if (w->bad)
        return ts_fail(err, TS_SCHEMA,
                       "cannot write XML: a text is not UTF-8 or holds a control character");
    return ts_buf_ok(w->out, "the XML document", err);
}
