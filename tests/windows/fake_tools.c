/* fake_tools.c - programs of Windows that only keep what they were asked. */
#include "fake_tools.h"

#include "check.h"

#include <stdio.h>

#include <windows.h>

#include <shellapi.h>

#include <ts/mem.h>
#include <ts/text.h>

#include "os.h"

#define LOG_MAX (1024u * 1024u)

static char folder[300];
static char *answered; /* of ts_fake_tools_log */
static size_t seen;    /* bytes of the log */

static void add(const char *file, const char *text)
{
    ts_file *f = ts_file_open(file, TS_FILE_APPEND, false, NULL);
    (void)(f && ts_file_append(f, text, strlen(text), NULL));
    ts_file_close(f);
}

static void add_script(const char *file, const char *path)
{
    TS_CLEANUP(ts_free_ptr) char *text = NULL;
    size_t size = 0;
    size_t len = strlen(path);
    if (len > 4 && strcmp(path + len - 4, ".txt") == 0 &&
        ts_file_read(path, LOG_MAX, &text, &size, NULL))
        add(file, text);
}

bool ts_fake_tool(int *status)
{
    const char *there = ts_env_get("TS_FAKE_TOOLS");
    TS_CLEANUP(ts_free_ptr) char *log = there ? ts_sprintf("%s/log", there) : NULL;
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(NULL);
    TS_CLEANUP(ts_free_ptr) char *home = self ? ts_path_dir(self) : NULL;
    there = ts_env_get("TS_FAKE_TOOLS");
    if (!log || !home || !there || !ts_str_ieq(home, there))
        return false;
    int n = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &n);
    add(log, ts_path_base(self));
    for (int i = 1; words && i < n; i++) {
        char word[2048];
        WideCharToMultiByte(CP_UTF8, 0, words[i], -1, word, sizeof(word), NULL, NULL);
        TS_CLEANUP(ts_free_ptr) char *shown = ts_sprintf(" <%s>", word);
        add(log, i > 1 && wcscmp(words[i - 1], L"/s") == 0 && strstr(word, ".txt") ? " <SCRIPT>"
                                                                                   : shown);
    }
    add(log, "\n");
    for (int i = 1; words && i < n; i++) {
        char word[2048];
        WideCharToMultiByte(CP_UTF8, 0, words[i], -1, word, sizeof(word), NULL, NULL);
        add_script(log, word);
    }
    LocalFree(words);
    const char *output = ts_env_get("TS_FAKE_OUTPUT");
    printf("%s", output ? output : "");
    const char *code = ts_env_get("TS_FAKE_CODE");
    *status = code ? atoi(code) : 0;
    return true;
}

void ts_fake_tools_begin(const char *const *names)
{
    TS_CLEANUP(ts_free_ptr) char *self = ts_program_path(NULL);
    TS_CLEANUP(ts_free_ptr) char *bytes = NULL;
    size_t size = 0;
    snprintf(folder, sizeof(folder), "%s/ts-tools-%u", ts_env_get("TEMP"), ts_process_id());
    for (char *p = folder; *p; p++)
        *p = *p == '\\' ? '/' : *p;
    assert_true(ts_folder_make(folder, NULL));
    assert_true(ts_file_read(self, 64u * LOG_MAX, &bytes, &size, NULL));
    for (; *names; names++) {
        TS_CLEANUP(ts_free_ptr) char *tool = ts_path_join(folder, *names);
        assert_true(ts_file_write_atomic(tool, bytes, size, NULL));
    }
    SetEnvironmentVariableA("TS_FAKE_TOOLS", folder);
    ts_fake_tools_answer("", 0);
    seen = 0;
}

void ts_fake_tools_answer(const char *output, unsigned code)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", code);
    SetEnvironmentVariableA("TS_FAKE_OUTPUT", output);
    SetEnvironmentVariableA("TS_FAKE_CODE", text);
}

static char *read_log(void)
{
    char path[320];
    char *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof(path), "%s/log", folder);
    return ts_file_read(path, LOG_MAX, &text, &size, NULL) ? text : ts_strdup("");
}

const char *ts_fake_tools_log(void)
{
    TS_CLEANUP(ts_free_ptr) char *all = read_log();
    assert_non_null(all);
    free(answered);
    answered = ts_strdup(all + seen);
    seen = strlen(all);
    return answered;
}

unsigned ts_fake_tools_calls(void)
{
    TS_CLEANUP(ts_free_ptr) char *all = read_log();
    unsigned n = 0;
    for (const char *p = all; p && (p = strstr(p, ".exe")) != NULL; p++)
        n++;
    return n;
}

const char *ts_fake_tools_folder(void)
{
    return folder;
}

void ts_fake_tools_end(void)
{
    SetEnvironmentVariableA("TS_FAKE_TOOLS", NULL);
    free(answered);
    answered = NULL;
    ts_err *err = NULL;
    if (!ts_folder_remove(folder, &err))
        fail_msg("%s", ts_err_text(err));
}
