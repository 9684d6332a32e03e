/* The table of built-in steps: what every class must have, whatever it does. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <ts/mem.h>
#include <ts/step.h>
#include <ts/text.h>

#include "os.h"
#include "steps.h"

#define PAGE_MAX (1024u * 1024u)

/* Every type that real sequences use (ConfigMgr SDK, MDT). */
static const char *const known_types[] = {
    "SMS_TaskSequence_ApplyDataImageAction",
    "SMS_TaskSequence_ApplyDriverPackageAction",
    "SMS_TaskSequence_ApplyNetworkSettingsAction",
    "SMS_TaskSequence_ApplyOperatingSystemAction",
    "SMS_TaskSequence_ApplyWindowsSettingsAction",
    "SMS_TaskSequence_AutoApplyAction",
    "SMS_TaskSequence_CaptureNetworkSettingsAction",
    "SMS_TaskSequence_CaptureSystemImageAction",
    "SMS_TaskSequence_CaptureUserStateAction",
    "SMS_TaskSequence_CaptureWindowsSettingsAction",
    "SMS_TaskSequence_ConnectNetworkFolderAction",
    "SMS_TaskSequence_ConvertDiskAction",
    "SMS_TaskSequence_DisableBitLockerAction",
    "SMS_TaskSequence_DownloadPackageContentAction",
    "SMS_TaskSequence_EnableBitLockerAction",
    "SMS_TaskSequence_InstallApplicationAction",
    "SMS_TaskSequence_InstallDeployToolsAction",
    "SMS_TaskSequence_InstallSoftwareAction",
    "SMS_TaskSequence_InstallUpdateAction",
    "SMS_TaskSequence_JoinDomainWorkgroupAction",
    "SMS_TaskSequence_OfflineEnableBitLockerAction",
    "SMS_TaskSequence_PartitionDiskAction",
    "SMS_TaskSequence_PrepareOSAction",
    "SMS_TaskSequence_PrepareSMSClientAction",
    "SMS_TaskSequence_ReleaseStateStoreAction",
    "SMS_TaskSequence_RequestStateStoreAction",
    "SMS_TaskSequence_RestoreUserStateAction",
    "SMS_TaskSequence_SetupWindowsAndSMSAction",
    "SMS_TaskSequence_UpgradeOperatingSystemAction",
    "SMS_TaskSequence_VirtualHardDiskAction",
    "BDD_UsePackage",
    "BDD_RunPowerShellAction",
    "BDD_ExecuteRunbook",
    "BDD_InstallLanguagePacksOffline",
    "BDD_InstallLanguagePacksOnline",
    "BDD_InstallUpdatesOffline",
    "BDD_InstallRoles",
    "BDD_UninstallRoles",
    "BDD_ConfigureADDS",
    "BDD_ConfigureDNS",
    "BDD_ConfigureDHCP",
    "BDD_AuthorizeDHCP",
    "BDD_InstallApplication",
    "BDD_InjectDrivers",
    "BDD_InstallOS",
    "BDD_UpgradeOS",
    "BDD_RecoverDomainJoin",
};

#define CHECK(cls, fact, ...)                                                                      \
    do {                                                                                           \
        if (!(fact)) {                                                                             \
            print_error("step type '%s': ", (cls)->type);                                          \
            print_error(__VA_ARGS__);                                                              \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

static bool is_sentence(const char *text)
{
    return text && *text && text[strlen(text) - 1] == '.';
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at++)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static void table_loads_without_duplicates(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_steps *steps = ts_steps_new(ts_builtin_steps, &err);
    if (!steps)
        print_error("%s\n", ts_err_text(err));
    assert_non_null(steps);
    assert_true(ts_steps_count(steps) >= TS_COUNT(known_types));
    ts_steps_free(steps);
}

static void every_known_type_is_declared(void **state)
{
    TS_UNUSED(state);
    ts_steps *steps = ts_steps_new(ts_builtin_steps, NULL);
    assert_non_null(steps);
    for (size_t i = 0; i < TS_COUNT(known_types); i++) {
        if (!ts_steps_by_type(steps, known_types[i]))
            fail_msg("step type '%s' is not declared", known_types[i]);
    }
    ts_steps_free(steps);
}

static void every_class_says_what_it_is(void **state)
{
    TS_UNUSED(state);
    for (const ts_step_class *const *at = ts_builtin_steps; *at; at++) {
        const ts_step_class *cls = *at;
        CHECK(cls, cls->title && *cls->title, "no title\n");
        CHECK(cls, cls->family && *cls->family, "no family\n");
        CHECK(cls, is_sentence(cls->help), "help is no sentence\n");
        CHECK(cls, !cls->run == (cls->cannot != NULL), "says not why it cannot run\n");
        CHECK(cls, cls->effects < TS_EFFECT(SECRET) * 2, "an effect that does not exist\n");
        for (const char *const *p = cls->programs; p && *p; p++)
            for (const char *c = *p; *c; c++)
                CHECK(cls, *c < 'A' || *c > 'Z', "program '%s' is not in lower case\n", *p);
        for (const char *const *o = cls->outputs; o && *o; o++)
            CHECK(cls, strlen(*o) < 64 && !strpbrk(*o, " %<>"), "bad output '%s'\n", *o);
    }
}

static void check_default(const ts_step_class *cls, const ts_input *in)
{
    bool flag;
    int64_t number;
    if (!in->def || strchr(in->def, '%'))
        return;
    if (in->type == TS_BOOL)
        CHECK(cls, ts_str_bool(in->def, &flag), "default of '%s' is no true/false\n", in->name);
    if (in->type == TS_INT)
        CHECK(cls, ts_str_int64(in->def, &number), "default of '%s' is no number\n", in->name);
    if (in->type == TS_ENUM)
        CHECK(cls, has_word(in->choices, in->def), "default of '%s' is no choice\n", in->name);
}

static void check_secret(const ts_step_class *cls, const ts_input *in)
{
    if (in->type == TS_STRING && !(in->flags & TS_QUASI_SECRET)) {
        CHECK(cls, !ts_str_icontains(in->name, "password"), "'%s' is no secret\n", in->name);
        CHECK(cls, !ts_str_icontains(in->name, "productkey"), "'%s' is shown\n", in->name);
    }
}

static void every_input_is_explained(void **state)
{
    TS_UNUSED(state);
    for (const ts_step_class *const *at = ts_builtin_steps; *at; at++) {
        for (const ts_input *in = (*at)->inputs; in && in->name; in++) {
            CHECK(*at, is_sentence(in->help), "help of '%s' is no sentence\n", in->name);
            CHECK(*at, in->type != TS_ENUM || in->choices, "'%s' has no choices\n", in->name);
            CHECK(*at, !in->property || *in->property, "empty property\n");
            check_default(*at, in);
            check_secret(*at, in);
            for (const ts_input *other = (*at)->inputs; other < in; other++)
                CHECK(*at, !ts_str_ieq(other->name, in->name), "'%s' is there twice\n", in->name);
        }
    }
}

static void add_file(ts_buf *out, const char *name)
{
    const char *source = getenv("TASKSEQ_SOURCE");
    char *path = ts_sprintf("%s/steps/%s", source ? source : ".", name);
    assert_non_null(path);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("there is no '%s'", path);
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        ts_buf_add(out, piece, n);
    fclose(file);
    free(path);
    assert_true(ts_buf_ok(out, name, NULL));
}

static char *read_page(const char *family)
{
    char *name = ts_sprintf("%s.md", family);
    ts_buf page;
    ts_buf_init(&page, PAGE_MAX);
    add_file(&page, name);
    free(name);
    return ts_buf_take(&page);
}

static void every_page_names_type_inputs_and_outputs(void **state)
{
    TS_UNUSED(state);
    for (const ts_step_class *const *at = ts_builtin_steps; *at; at++) {
        const ts_step_class *cls = *at;
        char *page = read_page(cls->family);
        CHECK(cls, strstr(page, cls->type), "its page does not name it\n");
        CHECK(cls, strstr(page, cls->title), "its page does not hold its title\n");
        for (const ts_input *in = cls->inputs; in && in->name; in++)
            CHECK(cls, strstr(page, in->name), "its page does not name '%s'\n", in->name);
        for (const char *const *o = cls->outputs; o && *o; o++)
            CHECK(cls, strstr(page, *o), "its page does not name '%s'\n", *o);
        CHECK(cls, strstr(page, "```xml"), "its page has no example\n");
        CHECK(cls, strstr(page, "Source:"), "its page names no source\n");
        free(page);
    }
}

/* Is what stands before a text the declaration of an input: `TS_IN...(` or `.name =`? */
static bool is_declaration(const char *begin, const char *at)
{
    while (at > begin && strchr(" \n\\", at[-1]))
        at--;
    if (at - begin > 7 && strncmp(at - 7, ".name =", 7) == 0)
        return true;
    if (at == begin || *--at != '(')
        return false;
    while (at > begin && (at[-1] == '_' || (at[-1] >= 'A' && at[-1] <= 'Z')))
        at--;
    return strncmp(at, "TS_IN", 5) == 0;
}

/* Does some step's code name it? Of an array, the member is what code names; of a list, the base.
 */
static bool is_read(const char *code, const char *input)
{
    const char *hash = strchr(input, '#');
    int base = hash ? (int)(hash - input) : (int)strlen(input);
    char *text = hash && hash[1] ? ts_sprintf("\"%s\"", hash + 1)
                 : hash          ? ts_sprintf("\"%.*s", base, input) /* "DriverGroup%03u" */
                                 : ts_sprintf("\"%s\"", input);
    assert_non_null(text);
    bool found = false;
    for (const char *at = code; !found && (at = strstr(at, text)); at++)
        found = !is_declaration(code, at);
    free(text);
    return found;
}

static bool is_kept(const ts_input *in)
{
    static const char *const says[] = {"kept by the ", "Kept by the ", "without effect here",
                                       "which this build refuses"};
    for (size_t i = 0; i < TS_COUNT(says); i++)
        if (strstr(in->help, says[i]))
            return true;
    return in->flags & TS_NO_EFFECT;
}

static void every_input_of_a_step_that_runs_is_read_or_says_so(void **state)
{
    TS_UNUSED(state);
    const char *source = getenv("TASKSEQ_SOURCE");
    char **names = NULL;
    char *folder = ts_sprintf("%s/steps", source ? source : ".");
    ts_buf code;
    ts_buf_init(&code, 4u * PAGE_MAX);
    assert_true(ts_folder_list(folder, &names, NULL));
    for (size_t i = 0; names[i]; i++) {
        size_t len = strlen(names[i]);
        /* A list of MDT's properties is no reader of what ConfigMgr's steps have. */
        bool listed = strstr(names[i], "mdt_properties.c") != NULL;
        if (!listed && len > 2 &&
            (strcmp(names[i] + len - 2, ".c") == 0 ||
             strcmp(names[i] + len - 2, ".h") == 0)) /* .h: names that have a macro */
            add_file(&code, names[i]);
    }
    add_file(&code, "../engine/include/ts/deploy.h");
    free(names);
    free(folder);
    assert_true(is_read(code.data, "OSDJoinAccount"));
    assert_false(is_read(code.data, "OSDPreserveDriveLetter"));
    for (const ts_step_class *const *at = ts_builtin_steps; *at; at++)
        for (const ts_input *in = (*at)->run ? (*at)->inputs : NULL; in && in->name; in++) {
            /* A member's name may be another input's property. */
            bool unheeded = in->flags & TS_NO_EFFECT && !strchr(in->name, '#');
            CHECK(*at, !unheeded || !is_read(code.data, in->name),
                  "'%s' is read now: no TS_IN_UNHEEDED\n", in->name);
            bool vendor = strncmp((*at)->type, "SMS_TaskSequence_", 17) == 0;
            CHECK(*at, !vendor || is_kept(in) || is_read(code.data, in->name),
                  "nobody reads '%s': use it, or TS_IN_UNHEEDED\n", in->name);
        }
    ts_buf_done(&code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_loads_without_duplicates),
        cmocka_unit_test(every_known_type_is_declared),
        cmocka_unit_test(every_class_says_what_it_is),
        cmocka_unit_test(every_input_is_explained),
        cmocka_unit_test(every_input_of_a_step_that_runs_is_read_or_says_so),
        cmocka_unit_test(every_page_names_type_inputs_and_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
