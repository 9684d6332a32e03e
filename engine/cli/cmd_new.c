/* cmd_new.c - taskseq new step: a step in Lua and its test, to begin with. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "os.h"

#define NAME_MAX_BYTES 64u
#define FILE_MAX_BYTES 65536u

static const ts_opt opts[] = {
    {.name = "dir",
     .arg = "FOLDER",
     .words = TS_WORDS_FOLDER,
     .help = "where the files go (default: 'steps', which a sequence beside it uses)"},
    {.name = NULL},
};

/* @NAME@ is the name, @TITLE@ the same with blanks. */
static const char step_text[] =
    "-- A step of a task sequence, in Lua. The page docs/reference/lua-steps.md says what the\n"
    "-- fields mean, docs/reference/lua-api.md what a step may do.\n"
    "\n"
    "return {\n"
    "  type = \"Custom_@NAME@\", title = \"@TITLE@\", version = \"1.0\",\n"
    "  help = \"Writes a text to a file.\",\n"
    "  phase = \"any\",             -- winpe, full or any\n"
    "  effects = {\"file.write\"},  -- what it does to the machine\n"
    "  resume = \"again\",          -- after a power cut: again, stop or next\n"
    "  inputs = {\n"
    "    {name = \"File\", type = \"path\", required = true, help = \"File that is written.\"},\n"
    "    {name = \"Text\", default = \"hello from %_SMSTSPackageName%\", help = \"What it "
    "holds.\"},\n"
    "  },\n"
    "  run = function(input)\n"
    "    if input.Text == \"\" then\n"
    "      return {code = 87, text = \"there is no text to write\"}\n"
    "    end\n"
    "    ts.file.write(input.File, input.Text .. \"\\n\")\n"
    "    ts.log.info(\"'\" .. input.File .. \"' is written\")\n"
    "  end,\n"
    "}\n";
static const char test_text[] =
    "-- Run it with: taskseq test @NAME@_test.lua\n"
    "\n"
    "local function run(inputs)\n"
    "  return step.run(\"@NAME@.lua\", inputs, {machine = \"hyperv-gen2\"})\n"
    "end\n"
    "\n"
    "describe(\"@TITLE@\", function()\n"
    "  it(\"writes the text\", function()\n"
    "    local r = run{File = \"X:\\\\note.txt\", Text = \"a note\"}\n"
    "    expect(r.outcome).equals(\"ok\")\n"
    "    expect(r:has_effect(\"file.write\")).is_true()\n"
    "    expect(r:file(\"X:\\\\note.txt\")).equals(\"a note\\n\")\n"
    "  end)\n"
    "  it(\"needs a file\", function()\n"
    "    local r = run{}\n"
    "    expect(r.outcome).equals(\"failed\")\n"
    "    expect(r.text).contains(\"'File' is required\")\n"
    "  end)\n"
    "end)\n";

static bool check_name(const char *name, ts_err **err)
{
    size_t n = strlen(name);
    bool ok = n > 0 && n <= NAME_MAX_BYTES && isalpha((unsigned char)name[0]);
    for (size_t i = 0; i < n; i++)
        ok = ok && (isalnum((unsigned char)name[i]) || name[i] == '_');
    if (ok && n > 5 && ts_str_ieq(name + n - 5, "_test"))
        return ts_fail(err, TS_USAGE, "'%s': files that end in _test.lua are tests", name);
    return ok ||
           ts_fail(err, TS_USAGE,
                   "'%s' is no name for a step: letters, digits and '_', a letter first", name);
}

static void fill(const char *text, const char *name, ts_buf *out)
{
    for (const char *p = text; *p != '\0';) {
        if (strncmp(p, "@NAME@", 6) == 0) {
            ts_buf_str(out, name);
            p += 6;
        } else if (strncmp(p, "@TITLE@", 7) == 0) {
            for (const char *c = name; *c != '\0'; c++)
                ts_buf_char(out, *c == '_' ? ' ' : *c);
            p += 7;
        } else {
            ts_buf_char(out, *p++);
        }
    }
}

/* `write` false: only looks whether it may be written. */
static bool put(const char *folder, const char *name, const char *end, const char *text, bool write,
                ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *base = ts_sprintf("%s%s", name, end);
    TS_CLEANUP(ts_free_ptr) char *path = base == NULL ? NULL : ts_path_join(folder, base);
    if (path == NULL)
        return ts_fail_nomem(err);
    if (!write)
        return !ts_file_exists(path) ||
               ts_fail(err, TS_STATE, "'%s' is there already; choose another name", path);
    ts_buf out;
    ts_buf_init(&out, FILE_MAX_BYTES);
    fill(text, name, &out);
    bool ok = ts_buf_ok(&out, "step file", err) &&
              ts_file_write_atomic(path, out.data, out.len, err);
    ts_buf_done(&out);
    if (ok)
        printf("%s\n", path);
    return ok;
}

static int run(const ts_args *args)
{
    ts_err *err = NULL;
    const char *name = ts_args_operand(args, 0);
    const char *dir = ts_args_value(args, "dir");
    const char *folder = dir == NULL ? "steps" : dir;
    bool ok = check_name(name, &err) && ts_folder_make_shared(folder, &err) &&
              put(folder, name, ".lua", step_text, false, &err) &&
              put(folder, name, "_test.lua", test_text, false, &err) &&
              put(folder, name, ".lua", step_text, true, &err) &&
              put(folder, name, "_test.lua", test_text, true, &err);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_new_step = {
    .name = "new step",
    .operands = "NAME",
    .min = 1,
    .max = 1,
    .summary = "a step in Lua with a test that passes, to begin with",
    .text =
        "Writes NAME.lua and NAME_test.lua. docs/tutorial-custom-step.md goes on from there.\n\n"
        "  taskseq new step Greet\n"
        "  taskseq test steps",
    .opts = opts,
    .run = run,
};
