/* test_linux_agent.c - the agent on the volume of a new Windows, looked at with ntfscat. */
#include "linux_disk.h"

#include <stdlib.h>
#include <string.h>

#define WORK   "D:/_SMSTaskSequence"
#define SCRIPT "D:/Windows/Setup/Scripts/SetupComplete.cmd"
#define LINE   "\"%SystemDrive%\\_SMSTaskSequence\\taskseq.exe\" agent install\r\n"

static char program[128], step[128];

static void set_agent(void)
{
    static ts_agent_file files[1];
    static ts_agent agent;
    (void)snprintf(program, sizeof(program), "%s/x.exe", folder);
    (void)snprintf(step, sizeof(step), "%s/step.lua", folder);
    free(tool("printf MZprogram > %s; printf 'return {}' > %s", program, step));
    files[0] = (ts_agent_file){step, "steps/0/sub/step.lua"};
    agent = (ts_agent){.program = program, .files = files, .n_files = 1};
    ts_host_set_agent(host, &agent);
}

static void assert_script(const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    OK(ts_host_file_read(host, SCRIPT, &text, &size, err));
    assert_string_equal(text, expected);
    free(text);
}

/* What SetupComplete.cmd becomes when the image holds `before` (NULL: none). */
static void install_over(const char *before, const char *after)
{
    if (before) {
        OK(ts_host_folder_make(host, "D:/Windows/Setup/Scripts", err));
        OK(ts_host_file_write(host, SCRIPT, before, strlen(before), false, err));
    }
    OK(ts_host_agent_install(host, 'D', WORK, err));
    assert_script(after);
    OK(ts_host_agent_install(host, 'D', WORK, err)); /* again: nothing doubles */
    assert_script(after);
}

static void files_and_line_are_on_the_volume(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    set_agent();
    install_over(NULL, LINE);
    take_windows();
    assert_holds(tool("cd %s && ntfscat -f os _SMSTaskSequence/taskseq.exe", folder), "MZprogram");
    assert_holds(tool("cd %s && ntfscat -f os _SMSTaskSequence/steps/0/sub/step.lua", folder),
                 "return {}");
}

static void line_comes_behind_a_script_that_is_there(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    set_agent();
    install_over("@echo off\r\ncall driver.cmd", "@echo off\r\ncall driver.cmd\r\n" LINE);
}

static void line_comes_before_a_script_that_leaves(void **state)
{
    TS_UNUSED(state);
    make_uefi();
    set_agent();
    install_over("@echo off\r\n  @EXIT /b 0\r\n", LINE "@echo off\r\n  @EXIT /b 0\r\n");
}

static void missing_program_is_said_by_its_reason(void **state)
{
    TS_UNUSED(state);
    static const ts_agent none = {.missing = "there is no taskseq.exe"};
    make_uefi();
    assert_string_equal(ts_host_lacks_agent(host), "this program has no agent for the new Windows");
    ts_host_set_agent(host, &none);
    assert_string_equal(ts_host_lacks_agent(host), "there is no taskseq.exe");
    FAILS(TS_UNSUPPORTED, "there is no taskseq.exe", ts_host_agent_install(host, 'D', WORK, err));
    set_agent();
    assert_null(ts_host_lacks_agent(host));
    FAILS(TS_SCHEMA, "no folder on the volume", ts_host_agent_install(host, 'C', WORK, err));
    FAILS(
        TS_NOT_FOUND, "/nowhere",
        (program[0] = 0, strcat(program, "/nowhere"), ts_host_agent_install(host, 'D', WORK, err)));
    FAILS(TS_UNSUPPORTED, "remove the agent", ts_host_agent_remove(host, WORK, err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DISK(files_and_line_are_on_the_volume),
        WITH_DISK(line_comes_behind_a_script_that_is_there),
        WITH_DISK(line_comes_before_a_script_that_leaves),
        WITH_DISK(missing_program_is_said_by_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
