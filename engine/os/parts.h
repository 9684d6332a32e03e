/* parts.h - what the files of engine/os share among themselves. */
#ifndef TS_OS_PARTS_H
#define TS_OS_PARTS_H

#include "os.h"

/* The last `max` bytes of a stream. Failure to get memory is sticky. */
typedef struct ts_tail {
    char *data;
    size_t cap;
    size_t max;
    size_t len;
    size_t start; /* of the oldest byte; not 0 only when cap is max */
    bool cut;     /* the beginning is lost */
    bool no_memory;
} ts_tail;
void ts_tail_init(ts_tail *tail, size_t max);
void ts_tail_done(ts_tail *tail);
void ts_tail_add(ts_tail *tail, const char *data, size_t len);
/* Appends the bytes as they are. */
void ts_tail_bytes(const ts_tail *tail, ts_buf *out);
/* As UTF-8 text: what is not becomes U+FFFD, a NUL as well. Owned; the tail is empty afterwards. */
char *ts_tail_take(ts_tail *tail, ts_err **err);

/* common.c: doubles a buffer of *cap bytes, and one for the NUL behind them. */
bool ts_read_grow(char **data, size_t *cap, ts_err **err);
/* `count` names one behind the other, each with its NUL, as ts_folder_list gives them. */
bool ts_names_list(const ts_buf *names, size_t count, char ***out, ts_err **err);

/* posix_process.c, win32_process.c: ts_process_run with this server, or without one when NULL. */
bool ts_process_run_with(const ts_program *program, ts_ipc_server *server,
                         const atomic_bool *cancel, ts_program_result *out, ts_err **err);

/* ipc_wire.c: the language of the variable service. *complete: the whole request is there. false:
 * it cannot become a request. */
bool ts_ipc_request_complete(const char *data, size_t len, bool *complete, ts_err **err);
/* Answers a complete request. */
void ts_ipc_answer(const ts_var_service *service, const char *data, size_t len, ts_buf *answer);
void ts_ipc_answer_error(ts_buf *answer, const char *text);

#endif
