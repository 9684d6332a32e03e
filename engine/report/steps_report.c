/* steps_report.c - the step catalogue. */
#include <string.h>

#include <ts/host.h>

#include "json.h"
#include "steps_report.h"

const char *ts_phase_text(ts_phase phase)
{
    switch (phase) {
    case TS_PHASE_WINPE:
        return "Windows PE";
    case TS_PHASE_FULL_OS:
        return "full OS";
    case TS_PHASE_ANY:
        break;
    }
    return "any";
}

static const char *input_type_text(ts_input_type type)
{
    static const char *const names[] = {
        [TS_STRING] = "text",   [TS_BOOL] = "true/false",  [TS_INT] = "number",
        [TS_ENUM] = "one of",   [TS_PATH] = "path",        [TS_PACKAGE] = "package id",
        [TS_SECRET] = "secret", [TS_XML] = "XML document",
    };
    return names[type];
}

void ts_report_steps(const ts_steps *steps, const ts_style *style, ts_buf *out)
{
    size_t width = 0;
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        size_t n = strlen(ts_steps_at(steps, i)->type);
        width = n > width ? n : width;
    }
    unsigned declared = 0;
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        ts_buf_printf(out, "%-*s  %-10s  ", (int)width, cls->type, ts_phase_text(cls->phase));
        ts_style_line(style, cls->run == NULL ? TS_INK_DIM : TS_INK_PLAIN, cls->title, out);
        if (cls->run == NULL) {
            ts_style_text(style, TS_INK_YELLOW, " *", out);
            declared++;
        }
        ts_buf_char(out, '\n');
    }
    ts_buf_printf(out, "\n%zu step types", ts_steps_count(steps));
    if (declared > 0)
        ts_buf_printf(out, "; * %u are known to check and simulate, but this build cannot run them",
                      declared);
    ts_buf_str(out, "\n'taskseq steps TYPE' shows the inputs of one\n");
}

static void add_label(const ts_style *style, const char *label, const char *text, ts_buf *out)
{
    ts_buf_printf(out, "%-12s", label);
    ts_style_wrap(style, TS_INK_PLAIN, text, 12, "            ", 12, out);
    ts_buf_char(out, '\n');
}

static void add_input(const ts_input *in, const ts_style *style, ts_buf *out)
{
    ts_buf text;
    ts_buf_init(&text, 65536);
    ts_buf_str(out, "  ");
    ts_style_line(style, TS_INK_BOLD, in->name, out);
    if (in->property != NULL)
        ts_buf_printf(&text, " (property %s)", in->property);
    ts_buf_printf(&text, "  %s", input_type_text(in->type));
    if (in->choices != NULL)
        ts_buf_printf(&text, " %s", in->choices);
    if ((in->flags & TS_REQUIRED) != 0)
        ts_buf_str(&text, ", required");
    if ((in->flags & TS_OUTPUT) != 0)
        ts_buf_str(&text, ", names the variable that gets the result");
    if (in->def != NULL && in->def[0] != '\0')
        ts_buf_printf(&text, ", default %s", in->def);
    if ((in->flags & TS_NO_EFFECT) != 0)
        ts_buf_str(&text, ", without effect in this build");
    ts_style_line(style, TS_INK_DIM, ts_buf_text(&text), out);
    ts_buf_done(&text);
    if (in->help != NULL) {
        ts_buf_str(out, "\n      ");
        ts_style_wrap(style, TS_INK_PLAIN, in->help, 6, "      ", 6, out);
    }
    ts_buf_char(out, '\n');
}

static void add_names(const char *label, const char *const *names, const ts_style *style,
                      ts_buf *out)
{
    if (names == NULL || names[0] == NULL)
        return;
    ts_buf text;
    ts_buf_init(&text, 65536);
    for (size_t i = 0; names[i] != NULL; i++)
        ts_buf_printf(&text, "%s%s", i > 0 ? " " : "", names[i]);
    add_label(style, label, ts_buf_text(&text), out);
    ts_buf_done(&text);
}

void ts_report_step(const ts_step_class *cls, const ts_style *style, ts_buf *out)
{
    static const char *const resume[] = {
        [TS_RESUME_AGAIN] = "runs again",
        [TS_RESUME_STOP] = "stops: a person must look",
        [TS_RESUME_NEXT] = "goes on behind it",
    };
    ts_style_line(style, TS_INK_BOLD, cls->title, out);
    ts_buf_printf(out, "  %s\n", cls->type);
    if (cls->help != NULL) {
        ts_style_wrap(style, TS_INK_PLAIN, cls->help, 0, "", 0, out);
        ts_buf_char(out, '\n');
    }
    if (cls->run == NULL) {
        ts_style_wrap(style, TS_INK_YELLOW,
                      "Known to check and simulate; this build cannot run it.", 0, "", 0, out);
        ts_buf_char(out, '\n');
        if (cls->cannot != NULL) {
            ts_style_wrap(style, TS_INK_YELLOW, cls->cannot, 0, "", 0, out);
            ts_buf_char(out, '\n');
        }
    }
    ts_buf_char(out, '\n');
    add_label(style, "runs in", ts_phase_text(cls->phase), out);
    add_label(style, "power cut", resume[cls->resume], out);
    for (unsigned bit = 0; bit < TS_EFFECT_COUNT; bit++)
        if ((cls->effects & 1u << bit) != 0)
            add_label(style, "effect", ts_effect_text((ts_effect_bit)bit), out);
    add_names("programs", cls->programs, style, out);
    add_names("sets", cls->outputs, style, out);
    if (cls->inputs == NULL || cls->inputs->name == NULL)
        return;
    ts_buf_str(out, "\ninputs (# stands for a number):\n");
    for (const ts_input *in = cls->inputs; in->name != NULL; in++)
        add_input(in, style, out);
}

static void json_names(ts_json_writer *w, const char *key, const char *const *names)
{
    ts_json_begin_array(w, key);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        ts_json_put_str(w, NULL, names[i]);
    ts_json_end(w);
}

static void json_input(ts_json_writer *w, const ts_input *in)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "name", in->name);
    ts_json_put_str_opt(w, "property", in->property);
    ts_json_put_str(w, "type", in->type == TS_ENUM ? "choice" : input_type_text(in->type));
    ts_json_put_str_opt(w, "choices", in->choices);
    ts_json_put_str_opt(w, "default", in->def);
    ts_json_put_true(w, "required", (in->flags & TS_REQUIRED) != 0);
    ts_json_put_true(w, "output", (in->flags & TS_OUTPUT) != 0);
    ts_json_put_true(w, "without_effect", (in->flags & TS_NO_EFFECT) != 0);
    ts_json_put_str_opt(w, "help", in->help);
    ts_json_end(w);
}

static void json_class(ts_json_writer *w, const ts_step_class *cls)
{
    ts_json_begin_object(w, NULL);
    ts_json_put_str(w, "type", cls->type);
    ts_json_put_str(w, "title", cls->title);
    ts_json_put_str_opt(w, "help", cls->help);
    ts_json_put_str(w, "phase", ts_phase_text(cls->phase));
    ts_json_put_bool(w, "runs", cls->run != NULL);
    ts_json_begin_array(w, "effects");
    for (unsigned bit = 0; bit < TS_EFFECT_COUNT; bit++)
        if ((cls->effects & 1u << bit) != 0)
            ts_json_put_str(w, NULL, ts_effect_id((ts_effect_bit)bit));
    ts_json_end(w);
    json_names(w, "programs", cls->programs);
    json_names(w, "outputs", cls->outputs);
    ts_json_begin_array(w, "inputs");
    for (const ts_input *in = cls->inputs; in != NULL && in->name != NULL; in++)
        json_input(w, in);
    ts_json_end(w);
    ts_json_end(w);
}

void ts_report_steps_json(const ts_steps *steps, const ts_step_class *cls, ts_buf *out)
{
    ts_json_writer w;
    ts_json_writer_init(&w, out, true);
    ts_json_begin_object(&w, NULL);
    ts_json_put_str(&w, "schema", "taskseq-steps-1");
    ts_json_begin_array(&w, "steps");
    for (size_t i = 0; i < ts_steps_count(steps); i++)
        if (cls == NULL || ts_steps_at(steps, i) == cls)
            json_class(&w, ts_steps_at(steps, i));
    ts_json_end(&w);
    ts_json_end(&w);
}
