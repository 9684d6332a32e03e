/* test_machine_docs.c - the profile in docs/reference/machine-profile.md loads, and it, the reader
 * and machine.schema.json know the same keys: each key of the example is in the schema, and the
 * schema has no key that the example does not show. */
#include "check.h"

#include <ts/host.h>
#include <ts/mem.h>
#include <ts/sim.h>

#include "json.h"
#include "os.h"

static char *read(const char *relative)
{
    const char *root = ts_env_get("TASKSEQ_SOURCE");
    if (!root)
        skip();
    char *path = ts_path_join(root, relative);
    char *text = NULL;
    size_t size = 0;
    ts_err *err = NULL;
    if (!ts_file_read(path, 1u << 20, &text, &size, &err))
        fail_msg("%s", ts_err_text(err));
    free(path);
    return text;
}

/* The first block between ```json and ```. */
static char *example(void)
{
    char *page = read("docs/reference/machine-profile.md");
    char *start = strstr(page, "```json\n");
    assert_non_null(start);
    start += strlen("```json\n");
    char *end = strstr(start, "\n```");
    assert_non_null(end);
    char *text = ts_strndup(start, (size_t)(end - start));
    free(page);
    return text;
}

static void example_loads(void **state)
{
    TS_UNUSED(state);
    char *text = example();
    ts_err *err = NULL;
    ts_host *host = ts_host_sim_new("machine-profile.md", text, strlen(text), &err);
    if (!host)
        fail_msg("%s", ts_err_text(err));
    ts_host_free(host);
    free(text);
}

static bool get(const ts_json *object, const char *key, ts_json *out)
{
    if (ts_json_kind_of(object) != TS_JSON_OBJECT)
        return false;
    for (void *cursor = NULL; ts_json_next(object, &cursor, out);)
        if (strcmp(out->key, key) == 0)
            return true;
    return false;
}

/* The properties of an object, or of the members of a list. `items` is room for the place between.
 */
static bool properties_of(const ts_json *schema, ts_json *items, ts_json *out)
{
    return get(schema, "properties", out) ||
           (get(schema, "items", items) && get(items, "properties", out));
}

static unsigned checked;

/* Every key of the schema's object is in one of the example's objects at the same place. */
static void compare(const ts_json *schema, const ts_json *const *examples, size_t n,
                    const char *where)
{
    ts_json between;
    ts_json properties;
    if (!properties_of(schema, &between, &properties))
        return;
    ts_json member;
    for (void *cursor = NULL; ts_json_next(&properties, &cursor, &member);) {
        ts_json *below = ts_alloc_array(64, sizeof(*below));
        const ts_json *list[64];
        size_t found = 0;
        bool shown = false;
        for (size_t i = 0; i < n; i++) {
            ts_json value;
            if (!get(examples[i], member.key, &value))
                continue;
            shown = true;
            size_t items = ts_json_kind_of(&value) == TS_JSON_ARRAY ? ts_json_count(&value) : 1;
            for (size_t k = 0; k < items && found < 64; k++) {
                below[found] = value;
                if (ts_json_kind_of(&value) == TS_JSON_ARRAY)
                    ts_json_at(&value, k, &below[found]);
                list[found] = &below[found];
                found++;
            }
        }
        bool os = strcmp(member.key, "os") == 0 || strcmp(member.key, "target_os") == 0;
        if (!shown)
            fail_msg("the example shows no '%s' in %s", member.key, where);
        checked++;
        if (!os || strcmp(where, "the profile") == 0) /* one Windows shown in full is enough */
            if (strcmp(member.key, "target_os") != 0)
                compare(&member, list, found, member.key);
        free(below);
    }
}

static void example_shows_every_key_of_the_schema(void **state)
{
    TS_UNUSED(state);
    char *text = example();
    char *schema_text = read("sequences/machines/machine.schema.json");
    ts_json_doc *doc = ts_json_parse("example", text, strlen(text), 1u << 20, NULL);
    ts_json_doc *schema_doc = ts_json_parse("schema", schema_text, strlen(schema_text), 1u << 20,
                                            NULL);
    assert_non_null(doc);
    assert_non_null(schema_doc);
    ts_json root;
    ts_json schema;
    ts_json_root(doc, &root);
    ts_json_root(schema_doc, &schema);
    const ts_json *examples[] = {&root};
    compare(&schema, examples, 1, "the profile");
    assert_in_range(checked, 100, 200);
    /* The other way: what the example has at the top is in the schema. */
    ts_json properties;
    ts_json member;
    ts_json found;
    assert_true(get(&schema, "properties", &properties));
    for (void *cursor = NULL; ts_json_next(&root, &cursor, &member);)
        if (!get(&properties, member.key, &found))
            fail_msg("the schema does not know '%s'", member.key);
    ts_json_free(doc);
    ts_json_free(schema_doc);
    free(text);
    free(schema_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_loads),
        cmocka_unit_test(example_shows_every_key_of_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
