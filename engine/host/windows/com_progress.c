/* com_progress.c - Microsoft.SMS.TSProgressUI (ConfigMgr SDK: "Using the task sequence progress
 * user interface"). The engine shows progress on its own screen: what a script asks to show goes to
 * the log and so to that screen. Messages and errors also open a window where somebody can see it.
 */
#include <stdlib.h>

#define COBJMACROS
#include "com_private.h"

#include <ts/mem.h>
#include <ts/text.h>

#define WHO     "TSProgressUI"
#define BOX     (MB_SETFOREGROUND | MB_TOPMOST)
#define ANSWERS MB_TYPEMASK

static const wchar_t *const progress_names[] = {L"organization", L"package",    L"title",
                                                L"action",       L"step",       L"steps",
                                                L"detail",       L"detailStep", L"detailSteps"};
static const wchar_t *const message_names[] = {L"message", L"title", L"type"};
static const wchar_t *const error_names[] = {L"organization", L"package", L"title",   L"message",
                                             L"code",         L"seconds", L"restart", L"step"};
static const wchar_t *const restart_names[] = {L"organization", L"package", L"title",
                                               L"message",      L"seconds", L"step"};

static HRESULT say(const ts_com_call *call, char *text)
{
    ts_err *err = NULL;
    bool ok = text && ts_ipc_say(call->address, WHO, text, &err);
    free(text);
    return ok ? S_OK : text ? ts_com_fail(call, E_FAIL, err) : E_OUTOFMEMORY;
}

static HRESULT show_progress(const ts_com_call *call)
{
    TS_CLEANUP(ts_free_ptr) char *action = ts_com_utf8(call, 3);
    TS_CLEANUP(ts_free_ptr) char *step = ts_com_utf8(call, 4);
    TS_CLEANUP(ts_free_ptr) char *steps = ts_com_utf8(call, 5);
    TS_CLEANUP(ts_free_ptr) char *detail = ts_com_utf8(call, 6);
    if (!action || !step || !steps || !detail)
        return DISP_E_TYPEMISMATCH;
    return say(call,
               ts_sprintf("%s (%s of %s)%s%s", action, step, steps, *detail ? ": " : "", detail));
}

/* A service has a window station that nobody sees; a box there would wait for ever. */
static bool can_be_seen(void)
{
    USEROBJECTFLAGS flags = {0};
    DWORD size = 0;
    return GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof flags,
                                     &size) &&
           (flags.dwFlags & WSF_VISIBLE) != 0;
}

static int show_box(const ts_com_call *call, unsigned text, unsigned title, UINT type)
{
    TS_CLEANUP(ts_free_ptr) wchar_t *message = ts_com_text(call, text);
    TS_CLEANUP(ts_free_ptr) wchar_t *caption = ts_com_text(call, title);
    if (!message || !caption || !can_be_seen())
        return 0;
    return MessageBoxW(NULL, message, caption, type | BOX);
}

static UINT number_of(const ts_com_call *call, unsigned n)
{
    int64_t number = 0;
    TS_CLEANUP(ts_free_ptr) char *text = ts_com_utf8(call, n);
    return text && ts_str_int64(text, &number) && number >= 0 && number <= UINT32_MAX ? (UINT)number
                                                                                      : 0;
}

/* Gives the button that was pressed, 0 when nobody could see the box. */
static HRESULT show_message(const ts_com_call *call)
{
    HRESULT result = say(call, ts_com_utf8(call, 0));
    if (FAILED(result))
        return result;
    int button = show_box(call, 0, 1, number_of(call, 2) & ANSWERS);
    if (call->result) {
        V_VT(call->result) = VT_I4;
        V_I4(call->result) = button;
    }
    return S_OK;
}

static HRESULT show_error(const ts_com_call *call)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_com_utf8(call, 3);
    TS_CLEANUP(ts_free_ptr) char *code = ts_com_utf8(call, 4);
    if (!text || !code)
        return DISP_E_TYPEMISMATCH;
    HRESULT result = say(call, ts_sprintf("error: %s (%s)", text, code));
    /* A box with a time-out would need a thread: with one, the script does not wait for a person.
     */
    if (SUCCEEDED(result) && number_of(call, 5) == 0)
        (void)show_box(call, 3, 2, MB_ICONERROR);
    return result;
}

/* The restart itself is the script's, or SMSTSRebootRequested's. */
static HRESULT show_restart(const ts_com_call *call)
{
    TS_CLEANUP(ts_free_ptr) char *text = ts_com_utf8(call, 3);
    TS_CLEANUP(ts_free_ptr) char *seconds = ts_com_utf8(call, 4);
    if (!text || !seconds)
        return DISP_E_TYPEMISMATCH;
    return say(call, ts_sprintf("restart: %s (in %s seconds)", text, seconds));
}

/* The engine has no window that stands in the way. */
static HRESULT close_dialog(const ts_com_call *call)
{
    TS_UNUSED(call);
    return S_OK;
}

static const ts_com_member members[] = {
    {L"ShowTSProgress", 1, DISPATCH_METHOD, 6, 6, VT_VOID, progress_names, show_progress},
    {L"ShowActionProgress", 2, DISPATCH_METHOD, 9, 9, VT_VOID, progress_names, show_progress},
    {L"ShowMessage", 3, DISPATCH_METHOD, 1, 3, VT_I4, message_names, show_message},
    {L"ShowErrorDialog", 4, DISPATCH_METHOD, 7, 8, VT_VOID, error_names, show_error},
    {L"ShowRebootDialog", 5, DISPATCH_METHOD, 5, 6, VT_VOID, restart_names, show_restart},
    {L"CloseProgressDialog", 6, DISPATCH_METHOD, 0, 0, VT_VOID, NULL, close_dialog},
};

const ts_com_class ts_com_progress = {
    .prog_id = L"Microsoft.SMS.TSProgressUI",
    .title = L"TSProgressUI",
    .clsid = {0x6f0d4d35, 0x0f5a, 0x4c40, {0x9a, 0x66, 0x1f, 0xa2, 0x30, 0x5c, 0x51, 0x03}},
    .iid = {0x6f0d4d35, 0x0f5a, 0x4c40, {0x9a, 0x66, 0x1f, 0xa2, 0x30, 0x5c, 0x51, 0x04}},
    .members = members,
    .n_members = sizeof members / sizeof members[0],
};
