/* test_report.c - results of tests as text, TAP and JUnit XML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_report.h"
#include "xml.h"

#define FILES_MAX 10000u

ts_test_report *ts_test_report_new(ts_err **err)
{
    ts_test_report *report = ts_alloc(sizeof *report);
    if (report != NULL)
        report->arena = ts_arena_new();
    if (report == NULL || report->arena == NULL) {
        free(report);
        ts_fail_nomem(err);
        return NULL;
    }
    return report;
}

void ts_test_report_free(ts_test_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < report->n_files; i++)
        free(report->files[i].cases);
    free(report->files);
    ts_arena_free(report->arena);
    free(report);
}

ts_test_file *ts_test_report_file(ts_test_report *report, const char *path, ts_err **err)
{
    if (report->n_files == FILES_MAX) {
        ts_fail(err, TS_LIMIT, "more than %u test files", FILES_MAX);
        return NULL;
    }
    ts_test_file *files = ts_realloc_array(report->files, report->n_files + 1, sizeof *files);
    if (files != NULL)
        report->files = files;
    const char *copy = ts_arena_strdup(report->arena, path);
    if (files == NULL || copy == NULL) {
        ts_fail_nomem(err);
        return NULL;
    }
    files[report->n_files] = (ts_test_file){.path = copy};
    return &files[report->n_files++];
}

bool ts_test_report_case(ts_test_report *report, ts_test_file *file, const ts_test_case *one,
                         ts_err **err)
{
    if (file->n_cases == TS_TEST_CASES_MAX)
        return ts_fail(err, TS_LIMIT, "%s: more than %u tests in one file", file->path,
                       TS_TEST_CASES_MAX);
    if (file->n_cases == file->cap) {
        size_t cap = file->cap == 0 ? 64 : file->cap * 2;
        ts_test_case *cases = ts_realloc_array(file->cases, cap, sizeof *cases);
        if (cases == NULL)
            return ts_fail_nomem(err);
        file->cases = cases;
        file->cap = cap;
    }
    ts_test_case copy = *one;
    copy.suite = ts_arena_strdup(report->arena, one->suite);
    copy.name = ts_arena_strdup(report->arena, one->name);
    copy.text = ts_arena_strdup(report->arena, one->text);
    if (copy.suite == NULL || copy.name == NULL || copy.text == NULL)
        return ts_fail_nomem(err);
    file->cases[file->n_cases++] = copy;
    report->micros += one->micros;
    report->passed += one->state == TS_TEST_PASSED;
    report->failed += one->state == TS_TEST_FAILED;
    report->skipped += one->state == TS_TEST_SKIPPED;
    return true;
}

bool ts_test_report_error(ts_test_report *report, ts_test_file *file, const char *text,
                          ts_err **err)
{
    file->error = ts_arena_strdup(report->arena, text);
    report->failed++;
    return file->error != NULL || ts_fail_nomem(err);
}

/* --- Text ---------------------------------------------------------------------------------- */

static void add_block(const ts_style *style, ts_ink ink, const char *text, ts_buf *out)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        char *line = ts_strndup(text, n);
        ts_buf_str(out, "           ");
        if (line != NULL)
            ts_style_line(style, ink, line, out);
        ts_buf_char(out, '\n');
        free(line);
        text += n + (text[n] == '\n');
    }
}

static void add_case(const ts_test_case *one, const ts_style *style, ts_buf *out)
{
    static const char *const words[] = {"  ok     ", "  FAILED ", "  skip   "};
    static const ts_ink inks[] = {TS_INK_GREEN, TS_INK_RED, TS_INK_YELLOW};
    char time[32];
    ts_buf_str(out, "  ");
    ts_style_text(style, inks[one->state], words[one->state], out);
    ts_style_line(style, TS_INK_PLAIN, one->name, out);
    if (one->state != TS_TEST_SKIPPED) {
        snprintf(time, sizeof time, " (%.1f ms)", (double)one->micros / 1000.0);
        ts_style_text(style, TS_INK_DIM, time, out);
    }
    ts_buf_char(out, '\n');
    if (one->text[0] != '\0')
        add_block(style, one->state == TS_TEST_FAILED ? TS_INK_PLAIN : TS_INK_DIM, one->text, out);
}

void ts_test_text(const ts_test_report *report, const ts_style *style, ts_buf *out)
{
    char line[160];
    for (size_t i = 0; i < report->n_files; i++) {
        const ts_test_file *file = &report->files[i];
        const char *suite = "";
        ts_style_line(style, TS_INK_BOLD, file->path, out);
        ts_buf_char(out, '\n');
        if (file->error != NULL)
            add_block(style, TS_INK_RED, file->error, out);
        for (size_t k = 0; k < file->n_cases; k++) {
            const ts_test_case *one = &file->cases[k];
            if (strcmp(one->suite, suite) != 0) {
                ts_buf_str(out, "  ");
                ts_style_line(style, TS_INK_PLAIN, one->suite, out);
                ts_buf_char(out, '\n');
            }
            suite = one->suite;
            add_case(one, style, out);
        }
    }
    snprintf(line, sizeof line, "\n%zu passed, %zu failed, %zu skipped in %.1f ms\n",
             report->passed, report->failed, report->skipped, (double)report->micros / 1000.0);
    ts_style_text(style, report->failed > 0 ? TS_INK_RED : TS_INK_GREEN, line, out);
}

void ts_test_names(const ts_test_report *report, ts_buf *out)
{
    for (size_t i = 0; i < report->n_files; i++) {
        const ts_test_file *file = &report->files[i];
        if (file->error != NULL)
            ts_buf_printf(out, "%s\n", file->error);
        for (size_t k = 0; k < file->n_cases; k++)
            ts_buf_printf(out, "%s: %s%s%s\n", file->path, file->cases[k].suite,
                          file->cases[k].suite[0] != '\0' ? " > " : "", file->cases[k].name);
    }
}

/* --- TAP ----------------------------------------------------------------------------------- */

/* '#' starts a directive; a name must not make one. */
static void add_tap_name(const char *text, ts_buf *out)
{
    for (; *text != '\0'; text++)
        ts_buf_char(out, *text == '#' || (unsigned char)*text < ' ' ? ' ' : *text);
}

static void add_tap_block(const char *text, ts_buf *out)
{
    ts_buf_str(out, "  ---\n  message: |\n");
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        ts_buf_str(out, "    ");
        ts_buf_add(out, text, n);
        ts_buf_char(out, '\n');
        text += n + (text[n] == '\n');
    }
    ts_buf_str(out, "  ...\n");
}

static void add_tap_case(const ts_test_case *one, size_t number, ts_buf *out)
{
    ts_buf_printf(out, "%sok %zu - ", one->state == TS_TEST_FAILED ? "not " : "", number);
    add_tap_name(one->suite, out);
    ts_buf_str(out, one->suite[0] != '\0' ? " > " : "");
    add_tap_name(one->name, out);
    if (one->state == TS_TEST_SKIPPED) {
        ts_buf_str(out, " # SKIP ");
        add_tap_name(one->text, out);
    }
    ts_buf_char(out, '\n');
    if (one->state == TS_TEST_FAILED)
        add_tap_block(one->text, out);
}

void ts_test_tap(const ts_test_report *report, ts_buf *out)
{
    size_t n = 0;
    ts_buf_printf(out, "TAP version 13\n1..%zu\n",
                  report->passed + report->failed + report->skipped);
    for (size_t i = 0; i < report->n_files; i++) {
        const ts_test_file *file = &report->files[i];
        ts_buf_str(out, "# ");
        add_tap_name(file->path, out);
        ts_buf_char(out, '\n');
        if (file->error != NULL) {
            ts_buf_printf(out, "not ok %zu - ", ++n);
            add_tap_name(file->path, out);
            ts_buf_char(out, '\n');
            add_tap_block(file->error, out);
        }
        for (size_t k = 0; k < file->n_cases; k++)
            add_tap_case(&file->cases[k], ++n, out);
    }
}

/* --- JUnit --------------------------------------------------------------------------------- */

/* Characters that XML cannot hold become '?'. */
static const char *clean(ts_arena *arena, const char *text)
{
    char *copy = ts_arena_strdup(arena, text);
    for (char *p = copy; p != NULL && *p != '\0'; p++)
        if ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t')
            *p = '?';
    if (copy != NULL && !ts_utf8_valid(copy, strlen(copy)))
        for (char *p = copy; *p != '\0'; p++)
            if ((unsigned char)*p > 126)
                *p = '?';
    return copy == NULL ? "" : copy;
}

static void seconds(ts_xml_writer *w, uint64_t micros)
{
    char text[32];
    snprintf(text, sizeof text, "%llu.%06llu", (unsigned long long)(micros / 1000000),
             (unsigned long long)(micros % 1000000));
    ts_xml_writer_attr(w, "time", text);
}

static void count(ts_xml_writer *w, const char *name, size_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", number);
    ts_xml_writer_attr(w, name, text);
}

static void junit_case(ts_arena *arena, ts_xml_writer *w, const ts_test_case *one, const char *path)
{
    const char *text = clean(arena, one->text);
    ts_xml_writer_open(w, "testcase");
    ts_xml_writer_attr(w, "classname", clean(arena, one->suite[0] != '\0' ? one->suite : path));
    ts_xml_writer_attr(w, "name", clean(arena, one->name));
    seconds(w, one->micros);
    if (one->state != TS_TEST_PASSED) {
        char *first = ts_arena_strndup(arena, text, strcspn(text, "\n"));
        ts_xml_writer_open(w, one->state == TS_TEST_FAILED ? "failure" : "skipped");
        ts_xml_writer_attr(w, "message", first == NULL ? "" : first);
        if (one->state == TS_TEST_FAILED)
            ts_xml_writer_text(w, text);
        ts_xml_writer_close(w);
    }
    ts_xml_writer_close(w);
}

static void junit_file(ts_arena *arena, ts_xml_writer *w, const ts_test_file *file)
{
    size_t failed = 0, skipped = 0;
    uint64_t micros = 0;
    for (size_t k = 0; k < file->n_cases; k++) {
        failed += file->cases[k].state == TS_TEST_FAILED;
        skipped += file->cases[k].state == TS_TEST_SKIPPED;
        micros += file->cases[k].micros;
    }
    const char *path = clean(arena, file->path);
    ts_xml_writer_open(w, "testsuite");
    ts_xml_writer_attr(w, "name", path);
    count(w, "tests", file->n_cases + (file->error != NULL));
    count(w, "failures", failed);
    count(w, "errors", file->error != NULL);
    count(w, "skipped", skipped);
    seconds(w, micros);
    if (file->error != NULL) {
        const char *text = clean(arena, file->error);
        ts_xml_writer_open(w, "testcase");
        ts_xml_writer_attr(w, "classname", path);
        ts_xml_writer_attr(w, "name", "the file loads");
        ts_xml_writer_open(w, "error");
        ts_xml_writer_attr(w, "message", text);
        ts_xml_writer_close(w);
        ts_xml_writer_close(w);
    }
    for (size_t k = 0; k < file->n_cases; k++)
        junit_case(arena, w, &file->cases[k], path);
    ts_xml_writer_close(w);
}

bool ts_test_junit(const ts_test_report *report, ts_buf *out, ts_err **err)
{
    ts_xml_writer w;
    ts_arena *arena = ts_arena_new();
    if (arena == NULL)
        return ts_fail_nomem(err);
    ts_xml_writer_init(&w, out);
    ts_xml_writer_open(&w, "testsuites");
    for (size_t i = 0; i < report->n_files; i++)
        junit_file(arena, &w, &report->files[i]);
    bool ok = ts_xml_writer_end(&w, err);
    ts_arena_free(arena);
    return ok;
}
