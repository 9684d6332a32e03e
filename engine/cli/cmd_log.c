/* cmd_log.c - taskseq log report: a run from its event file. */
#include <stdio.h>
#include <stdlib.h>

#include <ts/mem.h>

#include "cli.h"
#include "commands.h"
#include "html.h"
#include "os.h"
#include "replay.h"
#include "tree.h"

#define EVENTS_BYTES_MAX (512u * 1024u * 1024u) /* of one event file */

static const ts_opt opts[] = {
    {.name = "html",
     .arg = "FILE",
     .words = TS_WORDS_FILE,
     .help = "write one HTML page with a timeline, instead of text"},
    {.name = "verbose", .letter = 'v', .help = "show every effect and variable"},
    {.name = NULL},
};

static bool report(const ts_args *args, const ts_story *story, size_t runs, ts_err **err)
{
    const char *html = ts_args_value(args, "html");
    ts_style style = ts_cli_style(args);
    char subtitle[96] = "";
    ts_buf out;
    ts_buf_init(&out, TS_REPORT_BYTES_MAX);
    if (runs > 1)
        snprintf(subtitle, sizeof subtitle, "the last of %zu runs in the file", runs);
    if (html != NULL) {
        ts_html_begin(&out, story->sequence == NULL ? "a run that did not start" : story->name,
                      subtitle);
        ts_html_story(&out, story);
        ts_html_end(&out);
    } else {
        if (runs > 1)
            ts_buf_printf(&out, "(%s)\n", subtitle);
        ts_report_tree(story, &style, &out);
    }
    bool ok = ts_buf_ok(&out, "the report", err) &&
              ts_cli_write(html == NULL ? "-" : html, &out, err);
    ts_buf_done(&out);
    return ok;
}

static int run(const ts_args *args)
{
    const char *file = ts_args_operand(args, 0);
    ts_err *err = NULL;
    char *text = NULL;
    size_t size = 0;
    ts_replay *replay = NULL;
    ts_story *story = NULL;
    bool ok = ts_file_read(file, EVENTS_BYTES_MAX, &text, &size, &err) &&
              (replay = ts_replay_new(file, text, size, &err)) != NULL &&
              (story = ts_story_new(replay->record, &err)) != NULL &&
              report(args, story, replay->runs, &err);
    ts_story_free(story);
    ts_replay_free(replay);
    free(text);
    return ok ? 0 : ts_cli_fail(&err);
}

const ts_command ts_command_log_report = {
    .name = "log report",
    .operands = "EVENTS.jsonl",
    .min = 1,
    .max = 1,
    .words = TS_WORDS_FILE,
    .summary = "what a run did, from the file of 'run --events'",
    .text =
        "Rebuilds the tree of steps with reasons, effects and times. A run that went on after a "
        "restart is one run; of several runs the last is shown.\n\n"
        "  taskseq log report events.jsonl --html report.html",
    .opts = opts,
    .run = run,
};
