/* win_wmi.h - questions to WMI and its methods. The two functions stand in a table that the tests
 * replace: what they ask for (BitLocker) nothing but Windows has. */
#ifndef TS_WIN_WMI_H
#define TS_WIN_WMI_H

#include "win_private.h"

/* An argument of a method: text, or with text NULL a number. */
typedef struct ts_win_arg {
    const char *name;
    const char *text; /* wiped where it was copied to */
    uint32_t number;
} ts_win_arg;

struct ts_win_wmi {
    bool (*query)(void *self, const char *name_space, const ts_wql *query, ts_wmi_rows *out,
                  ts_err **err);
    /* One row: what the method gives back, and its "ReturnValue". Released with
     * ts_wmi_rows_done. path: "Class" or "Class.Key=\"value\"". */
    bool (*call)(ts_windows *machine, const char *name_space, const char *path, const char *method,
                 const ts_win_arg *args, size_t n_args, ts_wmi_rows *out, ts_err **err);
};
extern const ts_win_wmi ts_win_wmi_real;

/* win_wmi.c, for win_wmi_call.c */
bool ts_win_wmi_connect(ts_windows *machine, const char *name_space, ts_err **err);
bool ts_win_wmi_fail(ts_err **err, HRESULT result, const char *space, const char *what);
struct IWbemClassObject;
bool ts_win_wmi_row(ts_arena *arena, struct IWbemClassObject *object, ts_wmi_row *row,
                    ts_err **err);

#endif
