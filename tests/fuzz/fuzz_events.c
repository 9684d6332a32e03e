/* fuzz_events.c - any bytes as an event file of a run: what is read can be told as a story. */
#include <stdlib.h>

#include "replay.h"
#include "story.h"
#include "tree.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_err *err = NULL;
    ts_replay *replay = ts_replay_new("fuzz.jsonl", (const char *)data, size, &err);
    if ((replay == NULL) != (err != NULL))
        abort();
    if (replay) {
        const ts_style style = {.all = true, .width = 80};
        ts_story *story = ts_story_new(replay->record, &err);
        ts_buf out;
        ts_buf_init(&out, TS_REPORT_BYTES_MAX);
        if (story)
            ts_report_tree(story, &style, &out);
        ts_buf_done(&out);
        ts_story_free(story);
    }
    ts_replay_free(replay);
    ts_err_free(err);
    return 0;
}
