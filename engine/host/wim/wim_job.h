/* wim_job.h - images by wimlib, alike on every system: from a file, from a stream, and read back.
 *
 * The library is a table of functions: Linux links it, Windows loads the libwim-15.dll that the
 * administrator put beside the program. Its text is UTF-8 on Linux and UTF-16 on Windows; that,
 * pipes and reading back are what a system does in its own way. */
#ifndef TS_WIM_JOB_H
#define TS_WIM_JOB_H

#include <wimlib.h>

#include <ts/deploy.h>

typedef struct ts_wimlib {
    const wimlib_tchar *(*error_string)(enum wimlib_error_code code);
    void (*free)(WIMStruct *wim); /* NULL is fine */
    int (*open)(const wimlib_tchar *file, int flags, WIMStruct **wim);
    int (*reference)(WIMStruct *wim, const wimlib_tchar *const *parts, unsigned n, int ref_flags,
                     int open_flags);
    void (*watch)(WIMStruct *wim, wimlib_progress_func_t fn, void *ctx);
    int (*extract)(WIMStruct *wim, int image, const wimlib_tchar *target, int flags);
    int (*extract_pipe)(int fd, const wimlib_tchar *image, const wimlib_tchar *target, int flags,
                        wimlib_progress_func_t fn, void *ctx);
    int (*iterate)(WIMStruct *wim, int image, const wimlib_tchar *path, int flags,
                   wimlib_iterate_dir_tree_callback_t fn, void *ctx);
} ts_wimlib;

/* What a reader of file content gets. */
typedef bool (*ts_wim_data)(void *ctx, const void *data, size_t size, ts_err **err);

typedef struct ts_wim_system {
    char *(*narrow)(const wimlib_tchar *text, ts_err **err); /* UTF-8; owned */
    wimlib_tchar *(*path)(const char *path, ts_err **err);   /* owned */
    /* An empty file for the directory of a stream; owned, removed by temp_done, also NULL. */
    char *(*temp)(void *ctx, ts_err **err);
    void (*temp_done)(char *path);
    /* A pipe. The reader is a file descriptor as wimlib knows them. `rest` is a second reader: as
     * long as it is open the writer waits for one of them. */
    bool (*pipe)(void *ctx, int *reader, intptr_t *rest, intptr_t *writer, ts_err **err);
    bool (*push)(intptr_t writer, const char *data, size_t size); /* false: nobody reads */
    void (*close_reader)(void *ctx, int reader);
    void (*close_writer)(intptr_t writer);
    void (*drain)(
        intptr_t rest); /* drops what still comes until the writer is closed, and closes */
    /* Reading back what lies on the volume, not in memory. begin and end stand around the reads;
     * path and stream (NULL: the file's own content) are as the image has them. */
    void *(*read_begin)(void *ctx, ts_err **err);
    bool (*read)(void *reading, const wimlib_tchar *path, const wimlib_tchar *stream,
                 ts_wim_data data, void *data_ctx, ts_err **err);
    void (*read_end)(void *reading);
} ts_wim_system;

typedef struct ts_wim_job {
    const ts_wimlib *api;
    const ts_wim_system *system;
    void *ctx; /* of the functions of `system` */
    const atomic_bool *cancel;
    const ts_image_apply *what;
    const wimlib_tchar *target; /* volume or folder */
    int flags;                  /* WIMLIB_EXTRACT_FLAG_* */
} ts_wim_job;

/* "cannot WHAT 'FILE': ..."; always false. */
bool ts_wim_fail(const ts_wim_job *job, int rc, const char *what, const char *file, ts_err **err);
/* parts: further .swm files, NULL-terminated, or NULL. For job->api->free. */
WIMStruct *ts_wim_open_file(const ts_wim_job *job, const char *file, const char *const *parts,
                            ts_err **err);
/* Reports, and ends the work when the run is cancelled; ctx is the job. */
enum wimlib_progress_status ts_wim_progress(enum wimlib_progress_msg message,
                                            union wimlib_progress_info *info, void *ctx);
/* The image of an open file, and what->verify. */
bool ts_wim_apply_open(const ts_wim_job *job, WIMStruct *wim, ts_err **err);
/* The image of what->stream while it comes, and what->verify. */
bool ts_wim_apply_stream(const ts_wim_job *job, ts_err **err);
/* Reads back every stream of every file. TS_INTEGRITY names the first that differs. */
bool ts_wim_verify(const ts_wim_job *job, WIMStruct *wim, ts_err **err);

#endif
