/* schema_xsd.c - XML Schema of sequence files. */
#include <string.h>

#include "schema.h"

void ts_schema_text(ts_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            ts_buf_str(out, "&amp;");
            break;
        case '<':
            ts_buf_str(out, "&lt;");
            break;
        case '>':
            ts_buf_str(out, "&gt;");
            break;
        case '"':
            ts_buf_str(out, "&quot;");
            break;
        default:
            ts_buf_char(out, *text);
            break;
        }
    }
}

/* Children come in any order and number: eleven orders of a step's children occur in real files. */
static const char structure[] =
    "  <xs:element name=\"sequence\" type=\"sequence\"/>\n"
    "  <xs:element name=\"SmsTaskSequencePackage\">\n"
    "    <xs:complexType>\n"
    "      <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "        <xs:element name=\"SequenceData\">\n"
    "          <xs:complexType>\n"
    "            <xs:sequence><xs:element name=\"sequence\" type=\"sequence\"/></xs:sequence>\n"
    "            <xs:anyAttribute processContents=\"lax\"/>\n"
    "          </xs:complexType>\n"
    "        </xs:element>\n"
    "%PROPERTIES%"
    "      </xs:choice>\n"
    "      <xs:anyAttribute processContents=\"lax\"/>\n"
    "    </xs:complexType>\n"
    "  </xs:element>\n"
    "  <xs:complexType name=\"sequence\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"referenceList\" type=\"references\"/>\n"
    "      <xs:element name=\"globalVarList\" type=\"variables\"/>\n"
    "      <xs:element name=\"group\" type=\"group\"/>\n"
    "      <xs:element name=\"step\" type=\"step\"/>\n"
    "      <xs:element name=\"subtasksequence\" type=\"step\"/>\n"
    "    </xs:choice>\n"
    "    <xs:attribute name=\"version\" type=\"version\"/>\n"
    "    <xs:attribute name=\"name\" type=\"xs:string\"/>\n"
    "    <xs:attribute name=\"description\" type=\"xs:string\"/>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n"
    "  <xs:complexType name=\"references\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"reference\">\n"
    "        <xs:complexType mixed=\"true\">\n"
    "          <xs:attribute name=\"package\" type=\"xs:string\"/>\n"
    "          <xs:attribute name=\"program\" type=\"xs:string\"/>\n"
    "          <xs:attribute name=\"application\" type=\"xs:string\"/>\n"
    "          <xs:anyAttribute processContents=\"lax\"/>\n"
    "        </xs:complexType>\n"
    "      </xs:element>\n"
    "    </xs:choice>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n";

static const char nodes[] =
    "  <xs:complexType name=\"group\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"action\" type=\"xs:string\"/>\n"
    "      <xs:element name=\"condition\" type=\"conditions\"/>\n"
    "      <xs:element name=\"group\" type=\"group\"/>\n"
    "      <xs:element name=\"step\" type=\"step\"/>\n"
    "      <xs:element name=\"subtasksequence\" type=\"step\"/>\n"
    "      <xs:element name=\"defaultVarList\" type=\"variables\"/>\n"
    "    </xs:choice>\n"
    "    <xs:attributeGroup ref=\"common\"/>\n"
    "    <xs:attribute name=\"expand\" type=\"flag\"/>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n"
    "  <xs:complexType name=\"step\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"action\" type=\"xs:string\">\n"
    "        <xs:annotation><xs:documentation>The command line. Its program decides which step it "
    "is; "
    "then the type does.</xs:documentation></xs:annotation>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"condition\" type=\"conditions\"/>\n"
    "      <xs:element name=\"defaultVarList\" type=\"variables\"/>\n"
    "      <xs:element name=\"expression\" type=\"expression\"/>\n"
    "    </xs:choice>\n"
    "    <xs:attribute name=\"type\" type=\"step-type\"/>\n"
    "    <xs:attributeGroup ref=\"common\"/>\n"
    "    <xs:attribute name=\"successCodeList\" type=\"xs:string\">\n"
    "      <xs:annotation><xs:documentation>Exit codes that count as success, divided by blanks; "
    "without it 0.</xs:documentation></xs:annotation>\n"
    "    </xs:attribute>\n"
    "    <xs:attribute name=\"runIn\" type=\"run-in\"/>\n"
    "    <xs:attribute name=\"timeout\" type=\"xs:string\">\n"
    "      <xs:annotation><xs:documentation>Seconds; 0: none. The whole process tree is "
    "ended.</xs:documentation></xs:annotation>\n"
    "    </xs:attribute>\n"
    "    <xs:attribute name=\"retryCount\" type=\"xs:string\">\n"
    "      <xs:annotation><xs:documentation>How often the step is repeated when the computer "
    "restarts "
    "unexpectedly inside it; a failure is never repeated.</xs:documentation></xs:annotation>\n"
    "    </xs:attribute>\n"
    "    <xs:attribute name=\"startIn\" type=\"xs:string\"/>\n"
    "    <xs:attribute name=\"runFromNet\" type=\"flag\"/>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n"
    "  <xs:attributeGroup name=\"common\">\n"
    "    <xs:attribute name=\"name\" type=\"xs:string\"/>\n"
    "    <xs:attribute name=\"description\" type=\"xs:string\"/>\n"
    "    <xs:attribute name=\"disable\" type=\"flag\"/>\n"
    "    <xs:attribute name=\"continueOnError\" type=\"flag\"/>\n"
    "  </xs:attributeGroup>\n"
    "  <xs:complexType name=\"variables\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"variable\">\n"
    "        <xs:complexType>\n"
    "          <xs:simpleContent>\n"
    "            <xs:extension base=\"xs:string\">\n"
    "              <xs:attribute name=\"name\" type=\"variable-name\"/>\n"
    "              <xs:attribute name=\"property\" type=\"xs:string\"/>\n"
    "              <xs:attribute name=\"hidden\" type=\"flag\"/>\n"
    "              <xs:anyAttribute processContents=\"lax\"/>\n"
    "            </xs:extension>\n"
    "          </xs:simpleContent>\n"
    "        </xs:complexType>\n"
    "      </xs:element>\n"
    "    </xs:choice>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n";

static const char conditions[] =
    "  <xs:complexType name=\"conditions\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"expression\" type=\"expression\"/>\n"
    "      <xs:element name=\"operator\" type=\"operator\"/>\n"
    "      <xs:element name=\"osConditionGroup\" type=\"os-group\"/>\n"
    "    </xs:choice>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n"
    "  <xs:complexType name=\"operator\">\n"
    "    <xs:complexContent>\n"
    "      <xs:extension base=\"conditions\">\n"
    "        <xs:attribute name=\"type\" type=\"operator-type\"/>\n"
    "      </xs:extension>\n"
    "    </xs:complexContent>\n"
    "  </xs:complexType>\n"
    "  <xs:complexType name=\"os-group\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"osExpressionGroup\">\n"
    "        <xs:complexType>\n"
    "          <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "            <xs:element name=\"platformKey\">\n"
    "              <xs:complexType mixed=\"true\">\n"
    "                <xs:anyAttribute processContents=\"lax\"/>\n"
    "              </xs:complexType>\n"
    "            </xs:element>\n"
    "            <xs:element name=\"expression\" type=\"expression\"/>\n"
    "          </xs:choice>\n"
    "          <xs:anyAttribute processContents=\"lax\"/>\n"
    "        </xs:complexType>\n"
    "      </xs:element>\n"
    "    </xs:choice>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n"
    "  <xs:complexType name=\"expression\">\n"
    "    <xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">\n"
    "      <xs:element name=\"variable\">\n"
    "        <xs:complexType>\n"
    "          <xs:simpleContent>\n"
    "            <xs:extension base=\"xs:string\">\n"
    "              <xs:attribute name=\"name\" type=\"expression-field\"/>\n"
    "              <xs:anyAttribute processContents=\"lax\"/>\n"
    "            </xs:extension>\n"
    "          </xs:simpleContent>\n"
    "        </xs:complexType>\n"
    "      </xs:element>\n"
    "    </xs:choice>\n"
    "    <xs:attribute name=\"type\" type=\"expression-type\"/>\n"
    "    <xs:anyAttribute processContents=\"lax\"/>\n"
    "  </xs:complexType>\n";

static void add_value(ts_buf *out, const char *value, const char *help)
{
    ts_buf_str(out, "        <xs:enumeration value=\"");
    ts_schema_text(out, value);
    if (help == NULL || help[0] == '\0') {
        ts_buf_str(out, "\"/>\n");
        return;
    }
    ts_buf_str(out, "\"><xs:annotation><xs:documentation>");
    ts_schema_text(out, help);
    ts_buf_str(out, "</xs:documentation></xs:annotation></xs:enumeration>\n");
}

static void begin_type(ts_buf *out, const char *name)
{
    ts_buf_printf(out,
                  "  <xs:simpleType name=\"%s\">\n    <xs:union memberTypes=\"xs:string\">\n"
                  "      <xs:simpleType><xs:restriction base=\"xs:string\">\n",
                  name);
}

/* A union with any text: known values are offered, others are allowed. */
static void end_type(ts_buf *out)
{
    ts_buf_str(out,
               "      </xs:restriction></xs:simpleType>\n    </xs:union>\n  </xs:simpleType>\n");
}

static void add_words(ts_buf *out, const char *name, const char *words)
{
    begin_type(out, name);
    while (*words != '\0') {
        char word[64];
        size_t len = strcspn(words, " ");
        memcpy(word, words, len < sizeof word ? len : sizeof word - 1);
        word[len < sizeof word ? len : sizeof word - 1] = '\0';
        add_value(out, word, NULL);
        words += len;
        words += *words == ' ';
    }
    end_type(out);
}

static void add_step_types(const ts_steps *steps, ts_buf *out)
{
    begin_type(out, "step-type");
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        ts_buf help;
        ts_buf_init(&help, 65536);
        ts_buf_printf(&help, "%s: %s", cls->title, cls->help == NULL ? "" : cls->help);
        add_value(out, cls->type, ts_buf_text(&help));
        ts_buf_done(&help);
    }
    end_type(out);
}

/* An input that several types have is listed once: of the first. */
static bool seen_before(const ts_steps *steps, size_t cls, const ts_input *input)
{
    for (size_t i = 0; i <= cls; i++)
        for (const ts_input *in = ts_steps_at(steps, i)->inputs; in != NULL && in->name != NULL;
             in++) {
            if (in == input)
                return false;
            if (strcmp(in->name, input->name) == 0)
                return true;
        }
    return false;
}

static void add_variable_names(const ts_steps *steps, ts_buf *out)
{
    begin_type(out, "variable-name");
    for (size_t i = 0; i < ts_steps_count(steps); i++) {
        const ts_step_class *cls = ts_steps_at(steps, i);
        for (const ts_input *in = cls->inputs; in != NULL && in->name != NULL; in++) {
            if (strchr(in->name, '#') != NULL || seen_before(steps, i, in))
                continue;
            ts_buf help;
            ts_buf_init(&help, 65536);
            ts_buf_printf(&help, "%s: %s", cls->title, in->help == NULL ? "" : in->help);
            add_value(out, in->name, ts_buf_text(&help));
            ts_buf_done(&help);
        }
    }
    end_type(out);
}

/* Properties of a package that stand beside the sequence (MDT's ConfigMgr templates). */
static const char *const properties[] = {"BootImageID",
                                         "Name",
                                         "Description",
                                         "ProgramFlags",
                                         "Duration",
                                         "PackageID",
                                         "SourceDate",
                                         "SupportedOperatingSystems",
                                         "TsEnabled",
                                         "Type",
                                         "References",
                                         "ReferencesCount",
                                         "Category",
                                         "CustomProgressMsg",
                                         "DependentProgram",
                                         "Version",
                                         "IconSize",
                                         "SourceSite",
                                         "LocalizedName",
                                         "LocalizedDescription",
                                         "MinRequiredFreeSpace",
                                         "Language",
                                         "Manufacturer",
                                         "Priority"};

static void add_structure(ts_buf *out)
{
    static const char mark[] = "%PROPERTIES%";
    const char *at = strstr(structure, mark);
    ts_buf_add(out, structure, (size_t)(at - structure));
    for (size_t i = 0; i < TS_COUNT(properties); i++)
        ts_buf_printf(out, "        <xs:element name=\"%s\" type=\"xs:anyType\"/>\n",
                      properties[i]);
    ts_buf_str(out, at + strlen(mark));
    ts_buf_str(out, nodes);
    ts_buf_str(out, conditions);
}

void ts_schema_xsd(const ts_steps *steps, ts_buf *out)
{
    ts_buf_str(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<!-- Task sequences of ConfigMgr and MDT: made by 'taskseq schema'. Real files "
               "validate; known names are offered by editors. -->\n"
               "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n");
    add_structure(out);
    add_words(out, "flag", "true false");
    add_words(out, "version", "3.00 3.10");
    add_words(out, "run-in", "WinPEandFullOS WinPE FullOS");
    add_words(out, "operator-type", "and or not");
    add_words(
        out, "expression-type",
        "SMS_TaskSequence_VariableConditionExpression SMS_TaskSequence_WMIConditionExpression "
        "SMS_TaskSequence_FileConditionExpression SMS_TaskSequence_FolderConditionExpression "
        "SMS_TaskSequence_RegistryConditionExpression "
        "SMS_TaskSequence_SoftwareConditionExpression SMS_TaskSequence_OSConditionExpression");
    add_words(
        out, "expression-field",
        "Variable Operator Value Namespace Query Path Version VersionOperator DateTime "
        "DateTimeOperator KeyPath Type Data ProductCode UpgradeCode ProductName Architecture");
    add_step_types(steps, out);
    add_variable_names(steps, out);
    ts_buf_str(out, "</xs:schema>\n");
}
