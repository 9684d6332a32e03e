/* check_data.c - findings as data: JSON of our own, and SARIF 2.1.0 for code hosts and editors. */
#include <stdlib.h>
#include <string.h>

#include <ts/mem.h>

#include "check_report.h"
#include "json.h"

static const char *file_of(const ts_checked *file, const ts_finding *finding)
{
    return finding->sequence == NULL ? file->file : finding->sequence->file;
}

static void write_finding(ts_json_writer *w, const ts_checked *file, const ts_finding *finding)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "rule", finding->rule->id);
    ts_json_put_str(w, "severity", ts_severity_id(finding->rule->severity));
    ts_json_put_str(w, "file", file_of(file, finding));
    ts_json_put_uint(w, "line", finding->line);
    if (finding->node != NULL)
        ts_json_put_str(w, "path", finding->node->path);
    ts_json_put_str(w, "text", finding->text);
    ts_json_put_str_opt(w, "advice", finding->rule->advice);
    ts_json_end(w);
}

/* Errors of loading begin with "file:line:"; 1 when this one does not. */
static uint32_t error_line(const ts_checked *file)
{
    size_t len = strlen(file->file);
    if (strncmp(file->error, file->file, len) != 0 || file->error[len] != ':')
        return 1;
    unsigned long line = strtoul(file->error + len + 1, NULL, 10);
    return line == 0 || line > UINT32_MAX ? 1 : (uint32_t)line;
}

static void write_load_error(ts_json_writer *w, const ts_checked *file)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "rule", "load");
    ts_json_put_str(w, "severity", "error");
    ts_json_put_str(w, "file", file->file);
    ts_json_put_uint(w, "line", error_line(file));
    ts_json_put_str(w, "text", file->error);
    ts_json_end(w);
}

void ts_report_check_json(const ts_checked *files, size_t count, ts_buf *out)
{
    ts_json_writer w;
    ts_json_writer_init(&w, out, true);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "schema", TS_CHECK_JSON_SCHEMA);
    ts_json_put_uint(&w, "files", count);
    ts_json_put_uint(&w, "errors", ts_checked_count(files, count, TS_SEVERITY_ERROR));
    ts_json_put_uint(&w, "warnings", ts_checked_count(files, count, TS_SEVERITY_WARNING));
    ts_json_put_uint(&w, "notes", ts_checked_count(files, count, TS_SEVERITY_NOTE));
    ts_json_begin_array(&w, "findings");
    for (size_t i = 0; i < count; i++) {
        if (files[i].check == NULL)
            write_load_error(&w, &files[i]);
        for (size_t k = 0; files[i].check != NULL && k < ts_check_count(files[i].check); k++)
            write_finding(&w, &files[i], ts_check_at(files[i].check, k));
    }
    ts_json_end(&w);
    ts_json_end(&w);
}

static void sarif_message(ts_json_writer *w, const char *key, const char *text)
{
    ts_json_begin_object(w, key);
    ts_json_put_str(w, "text", text);
    ts_json_end(w);
}

static void sarif_rule(ts_json_writer *w, const ts_check_rule *rule)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "id", rule->id);
    sarif_message(w, "shortDescription", rule->title);
    if (rule->advice != NULL)
        sarif_message(w, "help", rule->advice);
    ts_json_begin_object(w, "defaultConfiguration");
    ts_json_put_str(w, "level", ts_severity_id(rule->severity));
    ts_json_end(w);
    ts_json_end(w);
}

/* SARIF wants a URI: '/' as separator, and what RFC 3986 does not allow in a path as %XX. */
static char *make_uri(const char *path)
{
    ts_buf uri;
    ts_buf_init(&uri, TS_REPORT_BYTES_MAX);
    if (path[0] == '/')
        ts_buf_str(&uri, "file://");
    else if (ts_path_is_absolute(path) && path[0] != '\\')
        ts_buf_str(&uri, "file:///");
    for (const char *p = path; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~/!$&'()*+,;=@:", c) != NULL;
        if (c == '\\')
            ts_buf_char(&uri, '/');
        else if (plain)
            ts_buf_char(&uri, (char)c);
        else
            ts_buf_printf(&uri, "%%%02X", c);
    }
    return ts_buf_take(&uri);
}

static void sarif_result(ts_json_writer *w, const char *rule, ts_severity severity,
                         const char *text, const char *file, uint32_t line)
{
    char *uri = make_uri(file);
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "ruleId", rule);
    ts_json_put_str(w, "level", ts_severity_id(severity));
    sarif_message(w, "message", text);
    ts_json_begin_array(w, "locations");
    ts_json_begin_object(w, NULL);
    ts_json_begin_object(w, "physicalLocation");
    ts_json_begin_object(w, "artifactLocation");
    ts_json_put_str(w, "uri", uri == NULL ? "" : uri);
    ts_json_end(w);
    ts_json_begin_object(w, "region");
    ts_json_put_uint(w, "startLine", line == 0 ? 1 : line);
    ts_json_end(w);
    ts_json_end(w);
    ts_json_end(w);
    ts_json_end(w);
    ts_json_end(w);
    free(uri);
}

static void sarif_driver(ts_json_writer *w, const char *version)
{
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    static const ts_check_rule load = {
        .id = "load", .severity = TS_SEVERITY_ERROR, .title = "the file cannot be loaded"};
    ts_json_begin_object(w, "tool");
    ts_json_begin_object(w, "driver");
    ts_json_put_str(w, "name", "taskseq");
    ts_json_put_str(w, "version", version);
    ts_json_begin_array(w, "rules");
    sarif_rule(w, &load);
    for (size_t i = 0; i < count; i++)
        sarif_rule(w, &rules[i]);
    ts_json_end(w);
    ts_json_end(w);
    ts_json_end(w);
}

void ts_report_check_sarif(const ts_checked *files, size_t count, const char *version, ts_buf *out)
{
    ts_json_writer w;
    ts_json_writer_init(&w, out, true);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    ts_json_put_str(&w, "version", "2.1.0");
    ts_json_begin_array(&w, "runs");
    ts_json_begin_object(&w, NULL);
    sarif_driver(&w, version);
    ts_json_begin_array(&w, "results");
    for (size_t i = 0; i < count; i++) {
        if (files[i].check == NULL)
            sarif_result(&w, "load", TS_SEVERITY_ERROR, files[i].error, files[i].file,
                         error_line(&files[i]));
        for (size_t k = 0; files[i].check != NULL && k < ts_check_count(files[i].check); k++) {
            const ts_finding *f = ts_check_at(files[i].check, k);
            sarif_result(&w, f->rule->id, f->rule->severity, f->text, file_of(&files[i], f),
                         f->line);
        }
    }
    ts_json_end(&w);
    ts_json_end(&w);
    ts_json_end(&w);
    ts_json_end(&w);
}
