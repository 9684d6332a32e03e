/* message.c - libxml2's faults in the words of a person who has to repair the file. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libxml/xmlerror.h>

#include "internal.h"

uint32_t ts_xml_outer_line(const ts_xml_source *source, uint32_t line)
{
    return source->line > 0 ? line + source->line - 1 : line;
}

uint32_t ts_xml_outer_column(const ts_xml_source *source, uint32_t line, uint32_t column)
{
    return line == 1 && source->column > 0 ? column + source->column - 1 : column;
}

bool ts_xml_fail_at(const ts_xml_source *source, ts_code code, uint32_t line, uint32_t column,
                    ts_err **err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ts_fail_va(err, code, fmt, args);
    va_end(args);
    return ts_wrap(err, "%s:%u:%u", source->file, (unsigned)ts_xml_outer_line(source, line),
                   (unsigned)ts_xml_outer_column(source, line, column));
}

/* libxml2's own sentence: first line, small initial letter, no full stop. */
static void plain_text(const char *text, char *out, size_t size)
{
    snprintf(out, size, "%s", text);
    out[strcspn(out, "\r\n")] = 0;
    size_t n = strlen(out);
    while (n > 0 && (out[n - 1] == '.' || out[n - 1] == ' ' || out[n - 1] == '!'))
        out[--n] = 0;
    if (n > 1 && out[0] >= 'A' && out[0] <= 'Z' && out[1] >= 'a')
        out[0] = (char)(out[0] - 'A' + 'a');
}

/* A tag that is closed by another one's end: often a placeholder such as {<GUID>} that was typed
 * into the text. */
static bool mismatch(const ts_xml_source *source, const ts_xml_fault *f, ts_err **err)
{
    unsigned opened = ts_xml_outer_line(source, f->number > 0 ? (uint32_t)f->number : f->line);
    return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                          "element '%s', opened on line %u, is not closed: expected '</%s>', found "
                          "'</%s>'; if '<%s>' is meant as text, write '&lt;%s&gt;'",
                          f->name, opened, f->name, f->other, f->name, f->name);
}

static bool cut_off(const ts_xml_source *source, const ts_xml_fault *f, ts_err **err)
{
    if (!f->name[0])
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                              "the text ends inside a tag: expected its end and the rest of %s; "
                              "the file is cut off",
                              source->expected);
    unsigned opened = ts_xml_outer_line(source, f->number > 0 ? (uint32_t)f->number : f->line);
    return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                          "the text ends inside element '%s', opened on line %u: expected '</%s>'; "
                          "the file is cut off",
                          f->name, opened, f->name);
}

/* Faults that have a fixed sentence. */
static const char *sentence(int code)
{
    switch (code) {
    case XML_ERR_RESERVED_XML_NAME:
        return "the XML declaration '<?xml ...?>' must be the very first thing in the document: "
               "move or delete what stands before it";
    case XML_ERR_DOCUMENT_EMPTY:
        return "there is no element: expected a start tag";
    case XML_ERR_DOCUMENT_END:
        return "there is more text behind the end of the document: expected nothing behind the "
               "root element";
    case XML_ERR_ENTITYREF_SEMICOL_MISSING:
    case XML_ERR_NAME_REQUIRED:
        return "a '&' that begins no entity: write it as '&amp;'";
    case XML_ERR_LT_IN_ATTRIBUTE:
        return "a '<' inside an attribute value: write it as '&lt;', or close the quote before it";
    case XML_ERR_ATTRIBUTE_NOT_STARTED:
    case XML_ERR_ATTRIBUTE_WITHOUT_VALUE:
        return "an attribute without a value: expected name=\"value\"";
    case XML_ERR_ATTRIBUTE_NOT_FINISHED:
        return "an attribute value does not end: expected a closing quote";
    case XML_ERR_SPACE_REQUIRED:
        return "a tag goes on behind an attribute value: expected a blank, '/>' or '>' (is the "
               "file "
               "cut off?)";
    case XML_ERR_GT_REQUIRED: /* without a name: of an end tag */
        return "an end tag does not end: expected '>' (is the file cut off?)";
    case XML_ERR_INVALID_CHAR:
    case XML_ERR_INVALID_CHARREF:
        return "a character that XML cannot hold, such as a control character or '&#0;': remove it";
    case XML_ERR_CDATA_NOT_FINISHED:
        return "a CDATA section does not end: expected ']]>'; the file is cut off";
    case XML_ERR_COMMENT_NOT_FINISHED:
        return "a comment does not end: expected '-->'";
    case XML_ERR_INVALID_ENCODING:
    case XML_I18N_CONV_FAILED:
        return "the bytes do not fit the encoding: save the file as UTF-8, or name its encoding in "
               "the XML declaration";
    default:
        return NULL;
    }
}

/* libxml2's own bounds come with the codes of other faults. */
static bool is_bound(const ts_xml_fault *f)
{
    return f->code == XML_ERR_NAME_TOO_LONG || strstr(f->text, "too big") ||
           strstr(f->text, "too long");
}

bool ts_xml_explain(const ts_xml_source *source, const ts_xml_fault *f, ts_err **err)
{
    if (f->code == XML_ERR_NO_MEMORY)
        return ts_fail_nomem(err);
    if (f->code == XML_ERR_TAG_NAME_MISMATCH)
        return mismatch(source, f, err);
    if (f->code == XML_ERR_TAG_NOT_FINISHED || f->code == XML_ERR_LTSLASH_REQUIRED)
        return cut_off(source, f, err);
    if (f->code == XML_ERR_UNDECLARED_ENTITY)
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                              "entity '&%s;' is not defined: write the character itself or its "
                              "number (&#...;)",
                              f->name);
    if (f->code == XML_ERR_ATTRIBUTE_REDEFINED)
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                              "attribute '%s' stands twice in one tag", f->name);
    if (f->code == XML_ERR_UNSUPPORTED_ENCODING)
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                              "the declared encoding '%s' is not known or does not fit: save the "
                              "file as UTF-8",
                              f->name);
    if (f->code == XML_ERR_GT_REQUIRED && f->name[0])
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err,
                              "the tag of element '%s' does not end: expected '>' or another "
                              "attribute (is the file cut off?)",
                              f->name);
    if (strstr(f->text, "not proper UTF-8")) /* no code of its own */
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err, "%s",
                              sentence(XML_ERR_INVALID_ENCODING));
    const char *fixed = is_bound(f) ? NULL : sentence(f->code);
    if (fixed)
        return ts_xml_fail_at(source, TS_SYNTAX, f->line, f->column, err, "%s", fixed);
    char text[sizeof f->text];
    plain_text(f->text, text, sizeof text);
    if (is_bound(f))
        return ts_xml_fail_at(source, TS_LIMIT, f->line, f->column, err,
                              "more than the XML parser takes in one piece (10 MB): %s", text);
    ts_code code = f->code == XML_ERR_INTERNAL_ERROR ? TS_LIMIT : TS_SYNTAX;
    return ts_xml_fail_at(source, code, f->line, f->column, err, "not well-formed: %s",
                          text[0] ? text : "the parser gives no reason");
}
