/* internal.h - shared by the files of engine/xml. */
#ifndef TS_XML_INTERNAL_H
#define TS_XML_INTERNAL_H

#include "xml.h"

/* The first fault that the parser found. */
typedef struct ts_xml_fault {
    bool set;
    int code; /* xmlParserErrors */
    uint32_t line, column;
    int number;     /* int1 of libxml2: the line of an opening tag */
    char name[64];  /* str1: the opening tag, the entity */
    char other[64]; /* str2: the closing tag */
    char text[200]; /* libxml2's message */
} ts_xml_fault;

/* Bytes that are ready for the parser. */
typedef struct ts_xml_bytes {
    const char *data;
    size_t size;
    bool converted; /* from UTF-16: the declaration's encoding no longer holds */
    ts_buf owned;
} ts_xml_bytes;

/* Finds what is no XML at all and says so; converts UTF-16; skips the byte order mark. */
bool ts_xml_prepare(const ts_xml_source *source, ts_xml_bytes *out, ts_err **err);

/* Makes the error of a fault: place, what is wrong, what was expected. Always false. */
bool ts_xml_explain(const ts_xml_source *source, const ts_xml_fault *fault, ts_err **err);

/* "file:line:column: " + message, TS_SYNTAX or TS_LIMIT; the place is the document's own and is
 * moved to the outer file here. Always false. */
bool ts_xml_fail_at(const ts_xml_source *source, ts_code code, uint32_t line, uint32_t column,
                    ts_err **err, const char *fmt, ...) TS_PRINTF(6, 7);

uint32_t ts_xml_outer_line(const ts_xml_source *source, uint32_t line);
uint32_t ts_xml_outer_column(const ts_xml_source *source, uint32_t line, uint32_t column);

#endif
