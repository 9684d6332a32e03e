/* schema_rng.c - RELAX NG that ties variables to step types. */
#include <ctype.h>
#include <string.h>

#include "schema.h"

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!-- Task sequences of ConfigMgr and MDT: made by 'taskseq schema', stricter than the XSD: a "
    "step "
    "holds the variables that its type declares. -->\n"
    "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\"\n"
    "    datatypeLibrary=\"http://www.w3.org/2001/XMLSchema-datatypes\">\n"
    "  <start><ref name=\"sequence\"/></start>\n"
    "  <define name=\"sequence\">\n"
    "    <element name=\"sequence\">\n"
    "      <ref name=\"attributes\"/>\n"
    "      <interleave>\n"
    "        <zeroOrMore><element name=\"referenceList\"><ref "
    "name=\"anything\"/></element></zeroOrMore>\n"
    "        <zeroOrMore><element name=\"globalVarList\"><ref name=\"any-variables\"/></element>"
    "</zeroOrMore>\n"
    "        <ref name=\"nodes\"/>\n"
    "      </interleave>\n"
    "    </element>\n"
    "  </define>\n"
    "  <define name=\"nodes\">\n"
    "    <zeroOrMore><choice>\n"
    "      <element name=\"group\">\n"
    "        <ref name=\"attributes\"/>\n"
    "        <interleave>\n"
    "          <optional><element name=\"action\"><empty/></element></optional>\n"
    "          <optional><ref name=\"condition\"/></optional>\n"
    "          <ref name=\"nodes\"/>\n"
    "        </interleave>\n"
    "      </element>\n"
    "      <ref name=\"step\"/>\n"
    "    </choice></zeroOrMore>\n"
    "  </define>\n"
    "  <define name=\"attributes\">\n"
    "    <zeroOrMore><attribute><anyName><except><name>type</name></except></anyName></attribute>"
    "</zeroOrMore>\n"
    "  </define>\n"
    "  <define name=\"anything\">\n"
    "    <zeroOrMore><choice>\n"
    "      <attribute><anyName/></attribute>\n"
    "      <text/>\n"
    "      <element><anyName/><ref name=\"anything\"/></element>\n"
    "    </choice></zeroOrMore>\n"
    "  </define>\n"
    "  <define name=\"condition\">\n"
    "    <element name=\"condition\"><ref name=\"anything\"/></element>\n"
    "  </define>\n"
    "  <define name=\"any-variables\">\n"
    "    <zeroOrMore><element name=\"variable\">\n"
    "      <zeroOrMore><attribute><anyName/></attribute></zeroOrMore><text/>\n"
    "    </element></zeroOrMore>\n"
    "  </define>\n"
    "  <define name=\"more\">\n"
    "    <zeroOrMore><attribute><anyName><except><name>name</name></except></anyName></attribute>"
    "</zeroOrMore>\n"
    "  </define>\n"
    "  <define name=\"expanded\"><data type=\"string\"><param name=\"pattern\">[\\s\\S]*%[\\s\\S]+%"
    "[\\s\\S]*</param></data></define>\n";

/* An input as a pattern: '#' stands for digits. */
static void add_name(ts_buf *out, const char *name)
{
    if (strchr(name, '#') == NULL) {
        ts_buf_str(out, "<value type=\"string\">");
        ts_schema_text(out, name);
        ts_buf_str(out, "</value>");
        return;
    }
    ts_buf_str(out, "<data type=\"string\"><param name=\"pattern\">");
    for (; *name != '\0'; name++) {
        if (*name == '#')
            ts_buf_str(out, "[0-9]+");
        else
            ts_buf_char(out, *name);
    }
    ts_buf_str(out, "</param></data>");
}

/* Words in any case: the engine compares without regard to case. */
static void add_word(ts_buf *out, const char *word, size_t len)
{
    ts_buf_str(out, "<data type=\"string\"><param name=\"pattern\">\\s*");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)word[i];
        if (isalpha(c))
            ts_buf_printf(out, "[%c%c]", toupper(c), tolower(c));
        else if (strchr(".\\?*+{}()[]|^-", c) != NULL)
            ts_buf_printf(out, "\\%c", c);
        else
            ts_schema_text(out, (const char[]){(char)c, '\0'});
    }
    ts_buf_str(out, "\\s*</param></data>");
}

static void add_value(ts_buf *out, const ts_input *in)
{
    const char *choices = in->type == TS_BOOL ? "true false yes no 1 0 on off" : in->choices;
    if (choices == NULL || (in->type != TS_BOOL && in->type != TS_ENUM)) {
        if (in->type == TS_INT)
            ts_buf_str(
                out, "<choice><data type=\"integer\"/><ref name=\"expanded\"/>"
                     "<data type=\"string\"><param name=\"pattern\">\\s*</param></data></choice>");
        else
            ts_buf_str(out, "<text/>");
        return;
    }
    ts_buf_str(out, "<choice>");
    while (*choices != '\0') {
        size_t len = strcspn(choices, " ");
        add_word(out, choices, len);
        choices += len;
        choices += *choices == ' ';
    }
    ts_buf_str(out, "<ref name=\"expanded\"/>"
                    "<data type=\"string\"><param name=\"pattern\">\\s*</param></data></choice>");
}

static void add_inputs(ts_buf *out, const ts_step_class *cls)
{
    if (cls->inputs == NULL || cls->inputs->name == NULL)
        return;
    ts_buf_str(out, "          <zeroOrMore><choice>\n");
    for (const ts_input *in = cls->inputs; in->name != NULL; in++) {
        ts_buf_str(out, "            <element name=\"variable\"><attribute name=\"name\">");
        add_name(out, in->name);
        ts_buf_str(out, "</attribute><ref name=\"more\"/>");
        add_value(out, in);
        ts_buf_str(out, "</element>\n");
    }
    ts_buf_str(out, "          </choice></zeroOrMore>\n");
}

static void add_body(ts_buf *out, const ts_step_class *cls)
{
    ts_buf_str(out, "      <ref name=\"attributes\"/>\n      <interleave>\n"
                    "        <optional><element name=\"action\"><text/></element></optional>\n"
                    "        <optional><ref name=\"condition\"/></optional>\n"
                    "        <optional><element name=\"defaultVarList\">\n");
    if (cls == NULL)
        ts_buf_str(out, "          <ref name=\"any-variables\"/>\n");
    else if (cls->inputs == NULL || cls->inputs->name == NULL)
        ts_buf_str(out, "          <empty/>\n");
    else
        add_inputs(out, cls);
    ts_buf_str(out, "        </element></optional>\n      </interleave>\n");
}

/* A step that runs any program may carry variables for it. */
static const ts_step_class *strict_class(const ts_step_class *cls)
{
    return cls->opaque ? NULL : cls;
}

static void add_typed(ts_buf *out, const ts_step_class *cls)
{
    ts_buf_str(out, "    <element><choice><name>step</name><name>subtasksequence</name></choice>\n"
                    "      <attribute name=\"type\"><value type=\"string\">");
    ts_schema_text(out, cls->type);
    ts_buf_str(out, "</value></attribute>\n");
    add_body(out, strict_class(cls));
    ts_buf_str(out, "    </element>\n");
}

void ts_schema_rng(const ts_steps *steps, ts_buf *out)
{
    ts_buf_str(out, head);
    ts_buf_str(out, "  <define name=\"step\"><choice>\n");
    for (size_t i = 0; i < ts_steps_count(steps); i++)
        add_typed(out, ts_steps_at(steps, i));
    ts_buf_str(out, "    <element><choice><name>step</name><name>subtasksequence</name></choice>\n"
                    "      <optional><attribute name=\"type\"><data type=\"string\"><except>\n");
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        ts_buf_str(out, "        <value type=\"string\">");
        ts_schema_text(out, ts_steps_at(steps, i)->type);
        ts_buf_str(out, "</value>\n");
    }
    ts_buf_str(out, "      </except></data></attribute></optional>\n");
    add_body(out, NULL);
    ts_buf_str(out, "    </element>\n  </choice></define>\n</grammar>\n");
}
