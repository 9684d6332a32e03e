/* inf.c - hardware ids of a driver's INF file. */
#include "inf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>
#include <ts/text.h>

#define SECTIONS_MAX 256u /* model sections that [Manufacturer] names */
#define NAME_MAX_    128u /* bytes of a section's name */

typedef struct reader {
    ts_inf *inf;
    const char *architecture;
    char sections[SECTIONS_MAX][NAME_MAX_]; /* model sections for this architecture */
    size_t n_sections;
    size_t cap;
} reader;

void ts_inf_done(ts_inf *inf)
{
    free(inf->text);
    free(inf->ids);
    free(inf->compatible);
    *inf = (ts_inf){0};
}

static char *to_utf8(const char *data, size_t size, ts_err **err)
{
    ts_buf out;
    ts_buf_init(&out, TS_INF_BYTES_MAX * 2);
    ts_text_decode(&out, data, size);
    char *text = ts_buf_take(&out);
    if (!text)
        ts_fail_nomem(err);
    return text;
}

/* A comment begins with ';' outside quotes. */
static void cut_comment(char *line)
{
    bool quoted = false;
    for (; *line; line++) {
        quoted ^= *line == '"';
        if (*line == ';' && !quoted) {
            *line = '\0';
            return;
        }
    }
}

/* "NTamd64", "NTamd64.10.0...22000": is it for this architecture? Without a decoration a section is
 * for x86 only (Microsoft: "INF Manufacturer section", platform extensions). */
static bool is_for(const char *decoration, const char *architecture)
{
    char arch[8] = "x86";
    size_t n = 0;
    if (ts_str_ihas_prefix(decoration, "NT"))
        for (const char *p = decoration + 2; isalnum((unsigned char)*p) && n + 1 < sizeof arch; p++)
            arch[n++] = *p;
    if (n)
        arch[n] = '\0';
    return ts_str_ieq(arch, architecture);
}

static void add_section(reader *r, const char *base, const char *decoration)
{
    if (r->n_sections == SECTIONS_MAX || strlen(base) + strlen(decoration) + 2 > NAME_MAX_)
        return;
    char *to = r->sections[r->n_sections++];
    size_t len = strlen(base);
    memcpy(to, base, len + 1);
    if (*decoration) {
        to[len] = '.';
        memcpy(to + len + 1, decoration, strlen(decoration) + 1);
    }
}

/* Cuts the next item of a list off: at ',' outside quotes, trimmed, without quotes. */
static char *next_item(char **list)
{
    char *item = *list;
    bool quoted = false;
    char *p = item;
    for (; *p && (quoted || *p != ','); p++)
        quoted ^= *p == '"';
    *list = *p ? p + 1 : p;
    *p = '\0';
    item = ts_str_trim(item);
    size_t len = strlen(item);
    if (len >= 2 && item[0] == '"' && item[len - 1] == '"') {
        item[len - 1] = '\0';
        item++;
    }
    return item;
}

/* %Maker% = Models, NTamd64, NTarm64 */
static void manufacturer(reader *r, char *line)
{
    char *list = strchr(line, '=');
    list = list ? list + 1 : line;
    const char *base = next_item(&list);
    bool any = false;
    while (*list) {
        const char *decoration = next_item(&list);
        any |= *decoration != '\0';
        if (*decoration && is_for(decoration, r->architecture))
            add_section(r, base, decoration);
    }
    if (!any && is_for("", r->architecture))
        add_section(r, base, "");
}

static bool add_id(reader *r, char *id, bool compatible, ts_err **err)
{
    ts_inf *inf = r->inf;
    if (inf->n_ids == TS_INF_IDS_MAX)
        return ts_fail(err, TS_LIMIT, "the INF file has more than %u hardware ids", TS_INF_IDS_MAX);
    if (inf->n_ids == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        char **grown = ts_realloc_array(inf->ids, r->cap, sizeof(*grown));
        inf->ids = grown ? grown : inf->ids;
        bool *flags = grown ? ts_realloc_array(inf->compatible, r->cap, sizeof(*flags)) : NULL;
        inf->compatible = flags ? flags : inf->compatible;
        if (!flags)
            return ts_fail_nomem(err);
    }
    inf->compatible[inf->n_ids] = compatible;
    inf->ids[inf->n_ids++] = id;
    return true;
}

/* %Device% = Install, hardware-id [, compatible-id ...] */
static bool model(reader *r, char *line, ts_err **err)
{
    char *list = strchr(line, '=');
    if (!list)
        return true;
    list++;
    next_item(&list); /* the install section */
    for (bool compatible = false; *list; compatible = true) {
        char *id = next_item(&list);
        if (*id && !add_id(r, id, compatible, err))
            return false;
    }
    return true;
}

static bool is_models(const reader *r, const char *section)
{
    for (size_t i = 0; i < r->n_sections; i++)
        if (ts_str_ieq(r->sections[i], section))
            return true;
    return false;
}

/* One pass over the lines. `first`: [Manufacturer] and [Version]; else the model sections, which
 * may stand before it. A line is cut in the pass that uses it. */
static bool pass(reader *r, char *text, size_t size, bool first, ts_err **err)
{
    const char *section = "";
    for (char *line = text; line < text + size;) {
        size_t len = strlen(line);
        char *at = ts_str_trim(line);
        if (*at == '[') {
            at[strcspn(at, "]")] = '\0';
            section = at + 1;
        } else if (first && ts_str_ieq(section, "Manufacturer") && *at) {
            manufacturer(r, at);
        } else if (first && ts_str_ieq(section, "Version") && ts_str_ihas_prefix(at, "DriverVer")) {
            char *value = strchr(at, '=');
            value = value ? ts_str_trim(value + 1) : at + strlen(at);
            if (strlen(value) < sizeof(r->inf->version))
                memcpy(r->inf->version, value, strlen(value) + 1);
        } else if (!first && is_models(r, section) && !model(r, at, err)) {
            return false;
        }
        line += len + 1;
    }
    return true;
}

/* Lines become strings: comments cut, ends of lines NUL. */
static void cut_lines(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\n' || text[i] == '\r')
            text[i] = '\0';
    for (char *line = text; line < text + size;) {
        size_t len = strlen(line);
        cut_comment(line);
        /* What is cut must not look like another line. */
        memset(line + strlen(line), 0, len - strlen(line));
        line += len + 1;
    }
}

bool ts_inf_read(const char *data, size_t size, const char *architecture, ts_inf *out, ts_err **err)
{
    *out = (ts_inf){0};
    if (size > TS_INF_BYTES_MAX)
        return ts_fail(err, TS_LIMIT, "the INF file has more than %u bytes", TS_INF_BYTES_MAX);
    reader *r = ts_alloc(sizeof *r);
    out->text = r ? to_utf8(data, size, err) : NULL;
    if (!out->text) {
        free(r);
        return r ? false : ts_fail_nomem(err);
    }
    r->inf = out;
    r->architecture = architecture;
    size_t length = strlen(out->text);
    /* The headings are cut by the first pass: the second one works on a copy of its own. */
    char *copy = ts_strndup(out->text, length);
    bool ok = copy || ts_fail_nomem(err);
    if (ok) {
        cut_lines(copy, length);
        cut_lines(out->text, length);
        ok = pass(r, copy, length, true, err);
        ok = ok && pass(r, out->text, length, false, err);
    }
    free(copy);
    free(r);
    if (!ok)
        ts_inf_done(out);
    return ok;
}
