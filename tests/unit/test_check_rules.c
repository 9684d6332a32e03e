/* The rules of taskseq check: the cases of tests/golden/check, and what needs a program. */
#include "check.h"

#include <stdio.h>

#include <ts/check.h>
#include <ts/mem.h>
#include <ts/text.h>

#include "steps.h"

#define CASES_MAX (1024u * 1024u)

static const char *const files[] = {"commands", "conditions", "content",   "load",
                                    "phase",    "security",   "structure", "variables"};

/* Rules that a small sequence cannot show; each has a test of its own below. */
static const char *const apart[] = {"check-more-findings", "load-more-warnings",
                                    "limit-sequence",      "limit-value",
                                    "step-check",          "step-declared-only"};

static ts_steps *steps;

static int set_up(void **state)
{
    TS_UNUSED(state);
    steps = ts_steps_new(ts_builtin_steps, NULL);
    return steps ? 0 : -1;
}

static int tear_down(void **state)
{
    TS_UNUSED(state);
    ts_steps_free(steps);
    return 0;
}

static ts_check *check_bytes(const char *xml, size_t size, ts_bundle **bundle)
{
    ts_err *err = NULL;
    *bundle = ts_bundle_load_bytes("case.xml", xml, size, &err);
    if (!*bundle)
        print_error("%s\n%.*s\n", ts_err_text(err), (int)(size < 400 ? size : 400), xml);
    assert_non_null(*bundle);
    ts_check *check = ts_check_bundle(*bundle, steps, &err);
    assert_null(err);
    assert_non_null(check);
    return check;
}

static const ts_finding *find(const ts_check *check, const char *rule)
{
    for (size_t i = 0; i < ts_check_count(check); i++)
        if (strcmp(ts_check_at(check, i)->rule->id, rule) == 0)
            return ts_check_at(check, i);
    return NULL;
}

/* --- The cases -------------------------------------------------------------------------------- */

typedef struct test_case {
    char rule[64];
    bool bad;
    unsigned line;
    const char *text;
} test_case;

static unsigned failures;

static void fail_case(const test_case *c, const char *file, const char *why, const char *detail)
{
    failures++;
    print_error("%s.txt: %s (%s%s%s): %s %s\n", file, c->rule, c->bad ? "bad" : "good",
                c->bad ? " " : "", c->bad ? c->text : "", why, detail);
}

static void run_case(const test_case *c, const char *file, const char *xml, size_t size)
{
    ts_buf buf;
    ts_buf_init(&buf, CASES_MAX);
    bool whole = strncmp(xml, "<sequence", 9) == 0 || strncmp(xml, "<SmsTask", 8) == 0;
    ts_buf_str(&buf, whole ? "" : "<sequence version=\"3.10\">");
    ts_buf_add(&buf, xml, size);
    ts_buf_str(&buf, whole ? "" : "</sequence>");
    ts_bundle *bundle;
    ts_check *check = check_bytes(buf.data, buf.len, &bundle);
    const ts_finding *found = find(check, c->rule);
    if (!c->bad && found)
        fail_case(c, file, "must be silent, but says:", found->text);
    else if (c->bad && !found)
        fail_case(c, file, "is silent", "");
    else if (c->bad && !strstr(found->text, c->text))
        fail_case(c, file, "says:", found->text);
    else if (c->bad && found->line != c->line) {
        char number[32];
        snprintf(number, sizeof number, "%u", found->line);
        fail_case(c, file, "speaks on line", number);
    }
    ts_check_free(check);
    ts_bundle_free(bundle);
    ts_buf_done(&buf);
}

static char *read_cases(const char *name)
{
    const char *source = getenv("TASKSEQ_SOURCE");
    assert_non_null(source);
    char *path = ts_sprintf("%s/tests/golden/check/%s.txt", source, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        print_error("cannot read %s\n", path);
    assert_non_null(file);
    free(path);
    char *text = ts_alloc(CASES_MAX + 1);
    assert_non_null(text);
    size_t size = fread(text, 1, CASES_MAX, file), n = 0;
    fclose(file);
    for (size_t i = 0; i < size; i++)
        if (text[i] != '\r')
            text[n++] = text[i];
    text[n] = 0;
    return text;
}

/* Reads the heading lines of a case and returns where its XML begins; NULL at the end. */
static char *next_case(char *at, test_case *c)
{
    while (strncmp(at, "== ", 3) == 0) {
        char *end = strchr(at, '\n');
        snprintf(c->rule, sizeof c->rule, "%.*s", (int)(end - at - 3), at + 3);
        at = end + 1;
    }
    if (strncmp(at, "-- ", 3) != 0)
        return NULL;
    char *end = strchr(at, '\n');
    *end = 0;
    c->bad = strncmp(at + 3, "bad ", 4) == 0;
    c->line = 0;
    c->text = "";
    if (c->bad) {
        char *rest;
        c->line = (unsigned)strtoul(at + 7, &rest, 10);
        c->text = rest + (*rest == ' ');
    }
    return end + 1;
}

static void mark_covered(const test_case *c, unsigned *covered)
{
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rules[i].id, c->rule) != 0)
            continue;
        covered[i] |= c->bad ? 1u : 2u;
        return;
    }
    fail_case(c, "?", "is no rule", "");
}

static void run_file(const char *name, unsigned *covered)
{
    char *text = read_cases(name), *at = text;
    test_case c = {.rule = ""};
    for (char *xml; (xml = next_case(at, &c)) != NULL;) {
        char *end = xml;
        while (*end && strncmp(end, "-- ", 3) != 0 && strncmp(end, "== ", 3) != 0)
            end = strchr(end, '\n') + 1;
        mark_covered(&c, covered);
        run_case(&c, name, xml, (size_t)(end - xml));
        at = end;
    }
    if (*at)
        print_error("%s.txt: not read: %.60s\n", name, at);
    assert_int_equal(*at, 0);
    free(text);
}

static void cases_are_met_and_every_rule_has_some(void **state)
{
    TS_UNUSED(state);
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    unsigned *covered = ts_alloc_array(count, sizeof *covered);
    for (size_t i = 0; i < TS_COUNT(files); i++)
        run_file(files[i], covered);
    for (size_t i = 0; i < count; i++) {
        bool elsewhere = false;
        for (size_t k = 0; k < TS_COUNT(apart); k++)
            elsewhere = elsewhere || strcmp(apart[k], rules[i].id) == 0;
        if (!elsewhere && covered[i] != 3) {
            print_error("rule '%s' lacks a %s case\n", rules[i].id,
                        covered[i] & 1u ? "good" : "bad");
            failures++;
        }
    }
    free(covered);
    assert_int_equal(failures, 0);
}

/* --- The rest --------------------------------------------------------------------------------- */

static void rules_are_complete_and_sorted(void **state)
{
    TS_UNUSED(state);
    size_t count;
    const ts_check_rule *rules = ts_check_rules(&count);
    assert_true(count > 60);
    for (size_t i = 0; i < count; i++) {
        assert_true(rules[i].title && rules[i].advice && rules[i].source);
        assert_ptr_equal(ts_check_rule_find(rules[i].id), &rules[i]);
    }
    assert_null(ts_check_rule_find("no-such-rule"));
}

static void findings_beyond_the_limit_are_one_more(void **state)
{
    TS_UNUSED(state);
    ts_buf buf;
    ts_buf_init(&buf, 16u * 1024u * 1024u);
    ts_buf_str(&buf, "<sequence version=\"3.10\">");
    for (unsigned i = 0; i < TS_CHECK_FINDINGS_MAX + 5; i++)
        ts_buf_printf(&buf,
                      "<step name=\"S%u\" retryCount=\"1\" timeout=\"9\"><action>x.exe"
                      "</action></step>\n",
                      i);
    ts_buf_str(&buf, "</sequence>");
    ts_bundle *bundle;
    ts_check *check = check_bytes(buf.data, buf.len, &bundle);
    assert_int_equal(ts_check_count(check), TS_CHECK_FINDINGS_MAX + 1);
    assert_non_null(find(check, "check-more-findings"));
    ts_check_free(check);
    ts_bundle_free(bundle);
    ts_buf_done(&buf);
}

static void a_long_value_is_noted_but_not_a_script(void **state)
{
    TS_UNUSED(state);
    static const char *const names[] = {"CommandLine", "OSDRunPowerShellScriptSourceScript"};
    for (size_t i = 0; i < TS_COUNT(names); i++) {
        for (unsigned size = 4000; size <= 4001; size++) {
            ts_buf buf;
            ts_buf_init(&buf, 65536);
            ts_buf_printf(&buf,
                          "<sequence version=\"3.10\"><step name=\"S\"><action>x.exe</action>"
                          "<defaultVarList><variable name=\"%s\" property=\"P\">",
                          names[i]);
            for (unsigned k = 0; k < size; k++)
                ts_buf_char(&buf, 'A');
            ts_buf_str(&buf, "</variable></defaultVarList></step></sequence>");
            ts_bundle *bundle;
            ts_check *check = check_bytes(buf.data, buf.len, &bundle);
            assert_int_equal(find(check, "limit-value") != NULL, i == 0 && size == 4001);
            ts_check_free(check);
            ts_bundle_free(bundle);
            ts_buf_done(&buf);
        }
    }
}

static void a_large_sequence_is_noted(void **state)
{
    TS_UNUSED(state);
    for (unsigned extra = 0; extra < 2; extra++) {
        ts_buf buf;
        ts_buf_init(&buf, 4u * 1024u * 1024u);
        ts_buf_str(&buf, "<sequence version=\"3.10\"><group name=\"A\"/></sequence>");
        while (buf.len < 2u * 1024u * 1024u + extra)
            ts_buf_char(&buf, '\n');
        ts_bundle *bundle;
        ts_check *check = check_bytes(buf.data, buf.len, &bundle);
        assert_int_equal(find(check, "limit-sequence") != NULL, extra == 1);
        ts_check_free(check);
        ts_bundle_free(bundle);
        ts_buf_done(&buf);
    }
}

static void own_check(struct ts_check *check, const ts_node *node)
{
    ts_check_finding(check, "contoso-paint", node, 0, "no paint in\n'%s'", node->name);
}

static bool own_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    TS_UNUSED(c);
    TS_UNUSED(out);
    TS_UNUSED(err);
    return true;
}

static void a_class_that_cannot_run_is_noted(void **state)
{
    TS_UNUSED(state);
    static const ts_step_class paint = {.type = "Contoso_Paint", .title = "Paint"};
    static const ts_step_class draw = {.type = "Contoso_Draw", .title = "Draw", .run = own_run};
    static const char xml[] = "<sequence version=\"3.10\"><step name=\"A\" type=\"Contoso_Draw\"/>"
                              "<step name=\"B\" type=\"Contoso_Paint\"/></sequence>";
    ts_steps *own = ts_steps_new(ts_builtin_steps, NULL);
    assert_true(ts_steps_add(own, &paint, NULL) && ts_steps_add(own, &draw, NULL));
    ts_bundle *bundle = ts_bundle_load_bytes("case.xml", xml, sizeof xml - 1, NULL);
    ts_check *check = ts_check_bundle(bundle, own, NULL);
    const ts_finding *found = find(check, "step-declared-only");
    assert_non_null(found);
    assert_string_equal(found->text, "this build knows, but cannot run, the type of 1 step: Paint");
    assert_string_equal(found->node->name, "B");
    ts_check_free(check);
    ts_bundle_free(bundle);
    ts_steps_free(own);
}

static void a_step_class_adds_its_findings(void **state)
{
    TS_UNUSED(state);
    static const ts_step_class paint = {
        .type = "Contoso_Paint", .title = "Paint", .check = own_check};
    static const char xml[] = "<sequence version=\"3.10\"><step name=\"Wall\" "
                              "type=\"Contoso_Paint\"/></sequence>";
    ts_steps *own = ts_steps_new(ts_builtin_steps, NULL);
    assert_true(ts_steps_add(own, &paint, NULL));
    ts_bundle *bundle = ts_bundle_load_bytes("case.xml", xml, sizeof xml - 1, NULL);
    ts_check *check = ts_check_bundle(bundle, own, NULL);
    const ts_finding *found = find(check, "step-check");
    assert_non_null(found);
    assert_string_equal(found->text, "no paint in 'Wall'");
    assert_string_equal(found->node->name, "Wall");
    ts_check_free(check);
    ts_bundle_free(bundle);
    ts_steps_free(own);
}

static void secrets_are_never_in_findings(void **state)
{
    TS_UNUSED(state);
    static const char xml[] =
        "<sequence version=\"3.10\">\n<step name=\"A\" timeout=\"60\">\n"
        "<action>net use Z: \\\\srv\\share Sesame1 /user:u</action></step>\n"
        "<step name=\"B\"><action>tsenv.exe \"APass=1\"</action></step></sequence>";
    ts_bundle *bundle;
    ts_check *check = check_bytes(xml, sizeof xml - 1, &bundle);
    for (size_t i = 0; i < ts_check_count(check); i++) {
        const ts_finding *f = ts_check_at(check, i);
        assert_null(strstr(f->text, "Sesame1"));
        assert_int_equal(f->secret_line, f->line == 3);
    }
    assert_non_null(find(check, "needs-share"));
    ts_check_free(check);
    ts_bundle_free(bundle);
}

/* Every allocation of a check fails once: out of memory is said, nothing leaks (asan). */
static void no_memory_is_an_error(void **state)
{
    TS_UNUSED(state);
    char *text = read_cases("variables"), *at = text;
    test_case c = {.rule = ""};
    ts_buf buf;
    ts_buf_init(&buf, CASES_MAX);
    ts_buf_str(&buf, "<sequence version=\"3.10\">");
    for (char *xml; (xml = next_case(at, &c)) != NULL; at = xml) {
        char *begin = xml;
        while (*xml && strncmp(xml, "-- ", 3) != 0 && strncmp(xml, "== ", 3) != 0)
            xml = strchr(xml, '\n') + 1;
        if (strncmp(begin, "<sequence", 9) != 0)
            ts_buf_add(&buf, begin, (size_t)(xml - begin));
    }
    ts_buf_str(&buf, "</sequence>");
    ts_bundle *bundle = ts_bundle_load_bytes("case.xml", buf.data, buf.len, NULL);
    assert_non_null(bundle);
    unsigned refused = 0;
    for (uint64_t n = 1;; n++) {
        ts_err *err = NULL;
        ts_alloc_fail_at(n);
        ts_check *check = ts_check_bundle(bundle, steps, &err);
        uint64_t made = ts_alloc_fail_at(0);
        assert_int_equal(check == NULL, ts_err_code(err) == TS_NOMEM);
        refused += check == NULL;
        ts_check_free(check);
        ts_err_free(err);
        if (made < n)
            break;
    }
    assert_true(refused > 20);
    ts_bundle_free(bundle);
    ts_buf_done(&buf);
    free(text);
}

static bool keep_warnings(void *ctx, const ts_finding *finding)
{
    ++*(unsigned *)ctx;
    return finding->rule->severity == TS_SEVERITY_WARNING;
}

static void keep_drops_what_is_not_wanted(void **state)
{
    TS_UNUSED(state);
    static const char xml[] = "<sequence version=\"3.10\"><step name=\"A\">"
                              "<action>msiexec /i a.msi</action></step></sequence>";
    ts_bundle *bundle;
    unsigned asked = 0;
    ts_check *check = check_bytes(xml, sizeof xml - 1, &bundle);
    assert_non_null(find(check, "command-no-timeout"));
    size_t before = ts_check_count(check);
    ts_check_keep(check, keep_warnings, &asked);
    assert_int_equal(asked, before);
    assert_null(find(check, "command-no-timeout"));
    assert_non_null(find(check, "installer-asks"));
    ts_check_free(check);
    ts_bundle_free(bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_met_and_every_rule_has_some),
        cmocka_unit_test(rules_are_complete_and_sorted),
        cmocka_unit_test(findings_beyond_the_limit_are_one_more),
        cmocka_unit_test(a_long_value_is_noted_but_not_a_script),
        cmocka_unit_test(a_large_sequence_is_noted),
        cmocka_unit_test(a_class_that_cannot_run_is_noted),
        cmocka_unit_test(a_step_class_adds_its_findings),
        cmocka_unit_test(secrets_are_never_in_findings),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(keep_drops_what_is_not_wanted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
