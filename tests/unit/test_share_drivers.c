/* test_share_drivers.c - which drivers of a deployment share are chosen, and the list of BIOSes. */
#include "check.h"

#include <ts/mem.h>
#include <ts/share.h>
#include <ts/text.h>

#define DRIVER(guid, more) "<driver guid='" guid "' " more ">"
/* clang-format off */
static const char drivers[] =
    "<drivers>"
    DRIVER("{1}", "enable='True'") "<Name>Net</Name>"
    "<Source>.\\Out-of-box Drivers\\net\\n.inf</Source><Platform>x64</Platform>"
    "<PNPId>PCI\\VEN_1</PNPId><PNPId>PCI\\VEN_2</PNPId></driver>"
    DRIVER("{2}", "enable='False'") "<Name>Off</Name></driver>"
    DRIVER("{a-3}", "") "<Name>Old</Name><Platform>x86</Platform>"
    "<Source>..\\x.inf</Source></driver>"
    DRIVER("{4}", "") "<Name>Root</Name></driver>"
    "</drivers>";
static const char groups[] =
    "<groups>"
    "<group guid='{g1}'><Name>W11</Name></group>"
    "<group guid='{g2}'><Name>W11\\Dell</Name><Member>{1}</Member><Member>{2}</Member></group>"
    "<group guid='{g3}'><Name>Old Dell\\XP</Name><Member>{A-3}</Member></group>"
    "<group guid='{g4}' enable='False'><Name>Off</Name><Member>{4}</Member></group>"
    "<group guid='{g5}'><Name>default</Name><Member>{4}</Member></group>"
    "</groups>";
static const char profiles[] =
    "<selectionProfiles><selectionProfile guid='{p}'><Name>W11 but Dell</Name><Definition>"
    "&lt;SelectionProfile&gt;&lt;Include path='Out-of-Box Drivers' /&gt;"
    "&lt;Exclude path='Out-of-Box Drivers\\W11\\Dell' /&gt;&lt;/SelectionProfile&gt;"
    "</Definition></selectionProfile><selectionProfile guid='{q}'><Name>Bad</Name>"
    "<Definition>&lt;SelectionProfile&gt;</Definition></selectionProfile></selectionProfiles>";
/* clang-format on */

static ts_share_text text_of(const char *file, const char *data)
{
    return (ts_share_text){.file = file, .data = data, .size = data ? strlen(data) : 0};
}

static ts_share_drivers *read(const ts_share_choice *choice, ts_err **err)
{
    const ts_share_text d = text_of("Drivers.xml", drivers);
    const ts_share_text g = text_of("DriverGroups.xml", groups);
    const ts_share_text p = text_of("SelectionProfiles.xml", profiles);
    return ts_share_drivers_read(&d, &g, &p, choice, err);
}

/* Names of what is chosen, "Net Root ". */
static void expect(const ts_share_choice *choice, const char *names)
{
    ts_err *err = NULL;
    ts_share_drivers *list = read(choice, &err);
    if (!list)
        fail_msg("%s", ts_err_text(err));
    char got[256] = "";
    for (size_t i = 0; i < ts_share_drivers_count(list); i++) {
        strncat(got, ts_share_drivers_at(list, i)->name, 60);
        strncat(got, " ", 2);
    }
    assert_string_equal(got, names);
    assert_int_equal(ts_share_drivers_total(list), 4);
    ts_share_drivers_free(list);
}

static void everything_is_every_enabled_driver_whatever_the_groups(void **state)
{
    TS_UNUSED(state);
    static const char *const dell[] = {"Dell", NULL};
    expect(&(ts_share_choice){.profile = NULL}, "Net Old Root ");
    expect(&(ts_share_choice){.profile = "everything", .groups = dell}, "Net Old Root ");
}

static void profile_counts_by_the_nearest_folder_that_it_names(void **state)
{
    TS_UNUSED(state);
    expect(&(ts_share_choice){.profile = "w11 BUT dell"}, "Old Root ");
    expect(&(ts_share_choice){.profile = "All Drivers"}, "Net Old Root ");
    expect(&(ts_share_choice){.profile = "Nothing"}, "");
    expect(&(ts_share_choice){.profile = "Nothing",
                              .definition = "<SelectionProfile><Include path='Out-of-Box "
                                            "Drivers\\W11'/></SelectionProfile>"},
           "Net ");
}

static void group_is_a_part_of_the_path_unless_names_are_whole(void **state)
{
    TS_UNUSED(state);
    static const char *const dell[] = {"dell", NULL}, *const whole[] = {"W11\\Dell", NULL};
    static const char *const off[] = {"Off", NULL};
    expect(&(ts_share_choice){.profile = "Nothing", .groups = dell}, "Net Old ");
    expect(&(ts_share_choice){.profile = "Nothing", .groups = dell, .whole_names = true}, "");
    expect(&(ts_share_choice){.profile = "Nothing", .groups = whole, .whole_names = true}, "Net ");
    expect(&(ts_share_choice){.profile = "Nothing", .groups = off}, "");
}

static void fails(const ts_share_choice *choice, ts_code code, const char *part)
{
    ts_err *err = NULL;
    assert_null(read(choice, &err));
    assert_int_equal(ts_err_code(err), code);
    if (!strstr(ts_err_text(err), part))
        fail_msg("'%s' is not in: %s", part, ts_err_text(err));
    ts_err_free(err);
}

static void unknown_and_broken_profiles_say_so(void **state)
{
    TS_UNUSED(state);
    fails(&(ts_share_choice){.profile = "Lenovo"}, TS_NOT_FOUND, "no selection profile 'Lenovo'");
    fails(&(ts_share_choice){.profile = "Bad"}, TS_SYNTAX, "selection profile 'Bad'");
    fails(&(ts_share_choice){.profile = "x", .definition = "nothing"}, TS_SYNTAX, "custom");
}

static ts_buf repeated(const char *head, const char *one, size_t n, const char *tail)
{
    ts_buf text;
    ts_buf_init(&text, TS_SHARE_LIST_BYTES_MAX);
    ts_buf_str(&text, head);
    for (size_t i = 0; i < n; i++)
        ts_buf_str(&text, one);
    ts_buf_str(&text, tail);
    return text;
}

static ts_code code_of(const char *list, const char *definition)
{
    ts_err *err = NULL;
    const ts_share_text d = text_of("Drivers.xml", list);
    const ts_share_text g = text_of("DriverGroups.xml", groups);
    const ts_share_text p = text_of("SelectionProfiles.xml", profiles);
    const ts_share_choice choice = {.profile = "Everything", .definition = definition};
    ts_share_drivers *read = ts_share_drivers_read(&d, &g, &p, &choice, &err);
    ts_code code = ts_err_code(err);
    assert_true((read != NULL) == (code == TS_OK));
    ts_share_drivers_free(read);
    ts_err_free(err);
    return code;
}

static void number_of_drivers_and_of_folders_is_limited(void **state)
{
    TS_UNUSED(state);
    for (unsigned more = 0; more < 2; more++) {
        ts_buf list = repeated("<drivers>", "<driver guid='{1}' enable='False'/>",
                               TS_SHARE_DRIVERS_MAX + more, "</drivers>");
        ts_buf paths = repeated("<SelectionProfile>", "<Include path='a'/>",
                                TS_SHARE_PROFILE_PATHS_MAX + more, "</SelectionProfile>");
        assert_int_equal(code_of(ts_buf_text(&list), NULL), more ? TS_LIMIT : TS_OK);
        assert_int_equal(code_of(drivers, ts_buf_text(&paths)), more ? TS_LIMIT : TS_OK);
        ts_buf_done(&list);
        ts_buf_done(&paths);
    }
}

static void missing_or_wrong_files_say_so(void **state)
{
    TS_UNUSED(state);
    const ts_share_text none = text_of("None.xml", NULL);
    const ts_share_text wrong = text_of("Drivers.xml", "<groups/>");
    const ts_share_text d = text_of("Drivers.xml", drivers);
    ts_err *err = NULL;
    const ts_share_choice nothing = {.profile = "Nothing"}, all = {.profile = ""};
    assert_null(ts_share_drivers_read(&d, &none, &none, &nothing, &err));
    assert_non_null(strstr(ts_err_text(err), "'None.xml' is missing"));
    ts_err_clear(&err);
    assert_null(ts_share_drivers_read(&wrong, &none, &none, &all, &err));
    assert_non_null(strstr(ts_err_text(err), "is no list of drivers"));
    ts_err_clear(&err);
}

static void driver_knows_platform_ids_and_path(void **state)
{
    TS_UNUSED(state);
    ts_err *err = NULL;
    ts_share_drivers *list = read(&(ts_share_choice){.profile = ""}, NULL);
    const ts_share_driver *net = ts_share_drivers_at(list, 0), *old = ts_share_drivers_at(list, 1);
    assert_true(ts_share_driver_is_for(net, "X64"));
    assert_false(ts_share_driver_is_for(net, "x6"));
    assert_false(ts_share_driver_is_for(old, "x64"));
    assert_true(ts_share_driver_is_for(ts_share_drivers_at(list, 2), "x64"));
    assert_string_equal(net->ids[1], "PCI\\VEN_2");
    assert_null(net->ids[2]);
    char *path = ts_share_driver_path(net, "Z:", NULL);
    assert_string_equal(path, "Z:/Out-of-box Drivers/net/n.inf");
    free(path);
    assert_null(ts_share_driver_path(old, "Z:", &err));
    assert_int_equal(ts_err_code(err), TS_SCHEMA);
    ts_err_free(err);
    assert_null(ts_share_drivers_at(list, 3));
    ts_share_drivers_free(list);
}

static void bios_is_bad_when_all_texts_are_equal(void **state)
{
    TS_UNUSED(state);
    static const char list[] =
        "<DATABASE xmlns='urn:x'><DRIVER><HISTORY><DESCRIPTION>\n  It does\n  not start. "
        "</DESCRIPTION></HISTORY><LOOKUP NAME='BIOS 1'>"
        "<DATA NAME='Computer Manufacturer' VALUETYPE='string' VALUE='Contoso'/>"
        "<DATA NAME='Model' VALUETYPE='string' VALUE='One'/>"
        "<DATA NAME='Size' VALUETYPE='number' VALUE='9'/></LOOKUP><LOOKUP NAME='Empty'/></DRIVER>"
        "</DATABASE>";
    const ts_share_text text = text_of("B.xml", list);
    char *why = NULL;
    assert_true(ts_share_bios_find(&text, &(ts_share_bios){"Contoso", "One", "2020"}, &why, NULL));
    assert_string_equal(why, "'BIOS 1' (B.xml:3): It does not start.");
    free(why);
    assert_true(ts_share_bios_find(&text, &(ts_share_bios){"Contoso", "Two", ""}, &why, NULL));
    assert_null(why);
    const ts_share_text bad = text_of("B.xml", "<x");
    ts_err *err = NULL;
    assert_false(ts_share_bios_find(&bad, &(ts_share_bios){"", "", ""}, &why, &err));
    assert_int_equal(ts_err_code(err), TS_SYNTAX);
    ts_err_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_every_enabled_driver_whatever_the_groups),
        cmocka_unit_test(profile_counts_by_the_nearest_folder_that_it_names),
        cmocka_unit_test(group_is_a_part_of_the_path_unless_names_are_whole),
        cmocka_unit_test(unknown_and_broken_profiles_say_so),
        cmocka_unit_test(number_of_drivers_and_of_folders_is_limited),
        cmocka_unit_test(missing_or_wrong_files_say_so),
        cmocka_unit_test(driver_knows_platform_ids_and_path),
        cmocka_unit_test(bios_is_bad_when_all_texts_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
