/* log.c - a formatted line for whoever listens. */
#include <ts/event.h>
#include <ts/text.h>

#define LINE_BYTES (16u * 1024u) /* a longer one quotes something huge: its format says enough */

void ts_log_say(ts_log_fn log, void *ctx, ts_level level, const char *fmt, va_list args)
{
    if (!log)
        return;
    ts_buf text;
    ts_buf_init(&text, LINE_BYTES);
    ts_buf_vprintf(&text, fmt, args);
    log(ctx, level, text.over_limit || text.no_memory ? fmt : ts_buf_text(&text));
    ts_buf_done(&text);
}
