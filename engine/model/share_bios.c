/* share_bios.c - ZTIBIOSCheck.xml of a deployment share: machines whose BIOS is not good enough.
 *
 *   <DATABASE><DRIVER><HISTORY><DESCRIPTION>text</DESCRIPTION></HISTORY>
 *     <LOOKUP NAME="BIOS 1.23"><DATA NAME="Model" VALUETYPE="string" VALUE="..."/></LOOKUP>
 *   </DRIVER></DATABASE>
 *
 * Behaviour of MDT 8456 (ZTIBIOSCheck.wsf): all DATA of an entry that are strings must be equal;
 * names that it does not know always are. */
#include <ts/share.h>

#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "xml.h"

static const char *attribute(ts_xml *e, const char *name)
{
    const char *text = ts_xml_attr_get(e, name);
    return text ? text : "";
}

static bool fits(ts_xml *lookup, const ts_share_bios *m)
{
    bool any = false;
    for (ts_xml *d = ts_xml_each(lookup, NULL, "DATA"); d; d = ts_xml_each(lookup, d, "DATA")) {
        const char *name = attribute(d, "NAME");
        const char *is = strcmp(name, "Computer Manufacturer") == 0 ? m->vendor
                         : strcmp(name, "Model") == 0               ? m->model
                         : strcmp(name, "Date") == 0                ? m->date
                                                                    : NULL;
        if (strcmp(attribute(d, "VALUETYPE"), "string") != 0)
            continue;
        if (is && strcmp(is, attribute(d, "VALUE")) != 0)
            return false;
        any = true;
    }
    return any;
}

static bool explain(ts_xml *driver, ts_xml *lookup, char **why, ts_err **err)
{
    ts_xml *history = ts_xml_each(driver, NULL, "HISTORY");
    ts_xml *about = history ? ts_xml_each(history, NULL, "DESCRIPTION") : NULL;
    char *text TS_CLEANUP(ts_free_ptr) = ts_strdup(about && about->text ? about->text : "");
    if (!text)
        return ts_fail_nomem(err);
    char *to = text; /* lines of the file become one */
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at > ' ')
            *to++ = *at;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    to -= to > text && to[-1] == ' ';
    *to = '\0';
    *why = ts_sprintf("'%s' (%s:%u)%s%s", attribute(lookup, "NAME"), ts_xml_file(lookup),
                      (unsigned)lookup->line, *text ? ": " : "", text);
    return *why || ts_fail_nomem(err);
}

bool ts_share_bios_find(const ts_share_text *list, const ts_share_bios *machine, char **why,
                        ts_err **err)
{
    const ts_xml_source source = {.file = list->file,
                                  .data = list->data,
                                  .size = list->size,
                                  .max = TS_SHARE_LIST_BYTES_MAX,
                                  .expected = "a list of BIOSes"};
    ts_xml_doc *doc = ts_xml_parse(&source, NULL, err);
    *why = NULL;
    if (!doc)
        return false;
    bool ok = true;
    ts_xml *root = ts_xml_root(doc);
    for (ts_xml *d = ts_xml_each(root, NULL, "DRIVER"); ok && d && !*why;
         d = ts_xml_each(root, d, "DRIVER"))
        for (ts_xml *l = ts_xml_each(d, NULL, "LOOKUP"); ok && l && !*why;
             l = ts_xml_each(d, l, "LOOKUP"))
            ok = !fits(l, machine) || explain(d, l, why, err);
    ts_xml_free(doc);
    return ok;
}
