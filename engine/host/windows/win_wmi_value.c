/* win_wmi_value.c - a property as WMI gives it (VARIANT and CIM type) as the engine's value. */
#include <inttypes.h>
#include <stdlib.h>
#include <wchar.h>

#include "win_private.h"

#include <wbemcli.h>

#include <ts/mem.h>
#include <ts/text.h>
#include <ts/wql.h>

#define LIST_MAX (1024u * 1024u) /* bytes of an array property as text */

static char *keep_text(ts_arena *arena, const wchar_t *text, ts_err **err)
{
    TS_CLEANUP(ts_free_ptr) char *narrow = ts_narrow(text ? text : L"", err);
    char *kept = narrow ? ts_arena_strdup(arena, narrow) : NULL;
    if (narrow && !kept)
        ts_fail_nomem(err);
    return kept;
}

static void set_int(ts_wmi_value *out, int64_t number)
{
    out->kind = TS_WMI_INT;
    out->integer = number;
}

/* 64-bit numbers travel as text (WMI documentation: "Numbers" in "WMI Data Types"). */
static bool set_text(ts_arena *arena, const wchar_t *text, long cim, ts_wmi_value *out,
                     ts_err **err)
{
    const char *kept = keep_text(arena, text, err);
    if (!kept)
        return false;
    int64_t number = 0;
    if ((cim == CIM_UINT64 || cim == CIM_SINT64) && ts_str_int64(kept, &number)) {
        set_int(out, number);
        return true;
    }
    if (cim == CIM_UINT64 && *kept) {
        out->kind = TS_WMI_UINT;
        out->natural = strtoull(kept, NULL, 10);
        return true;
    }
    out->kind = TS_WMI_TEXT;
    out->text = kept;
    return true;
}

static bool set_scalar(ts_arena *arena, const VARIANT *from, long cim, ts_wmi_value *out,
                       ts_err **err)
{
    switch (V_VT(from)) {
    case VT_BSTR:
        return set_text(arena, V_BSTR(from), cim, out, err);
    case VT_BOOL:
        out->kind = TS_WMI_BOOL;
        out->integer = V_BOOL(from) != VARIANT_FALSE;
        return true;
    case VT_I1:
        set_int(out, V_I1(from));
        return true;
    case VT_UI1:
        set_int(out, V_UI1(from));
        return true;
    case VT_I2:
        set_int(out, cim == CIM_UINT16 ? (int64_t)(uint16_t)V_I2(from) : V_I2(from));
        return true;
    case VT_UI2:
        set_int(out, V_UI2(from));
        return true;
    case VT_I4:
        set_int(out, cim == CIM_UINT32 ? (int64_t)(uint32_t)V_I4(from) : V_I4(from));
        return true;
    case VT_UI4:
        set_int(out, (int64_t)V_UI4(from));
        return true;
    case VT_R4:
        out->kind = TS_WMI_REAL;
        out->real = (double)V_R4(from);
        return true;
    case VT_R8:
        out->kind = TS_WMI_REAL;
        out->real = V_R8(from);
        return true;
    default: /* NULL, EMPTY, embedded objects */
        out->kind = TS_WMI_NULL;
        return true;
    }
}

static void add_member(ts_buf *list, const ts_wmi_value *value)
{
    if (value->kind == TS_WMI_TEXT)
        ts_buf_str(list, value->text);
    else if (value->kind == TS_WMI_BOOL)
        ts_buf_str(list, value->integer ? "TRUE" : "FALSE");
    else if (value->kind == TS_WMI_INT)
        ts_buf_printf(list, "%" PRId64, value->integer);
    else if (value->kind == TS_WMI_UINT)
        ts_buf_printf(list, "%" PRIu64, value->natural);
    else if (value->kind == TS_WMI_REAL)
        ts_buf_printf(list, "%.15g", value->real);
}

/* An array is text with its members joined by ',', as on every host (host_ops.h). */
static bool set_array(ts_arena *arena, const VARIANT *from, long cim, ts_wmi_value *out,
                      ts_err **err)
{
    SAFEARRAY *array = V_ARRAY(from);
    LONG low = 0;
    LONG high = -1;
    SafeArrayGetLBound(array, 1, &low);
    SafeArrayGetUBound(array, 1, &high);
    TS_CLEANUP(ts_buf_done) ts_buf list;
    ts_buf_init(&list, LIST_MAX);
    for (LONG i = low; i <= high; i++) {
        VARIANT member;
        VariantInit(&member);
        V_VT(&member) = V_VT(from) & VT_TYPEMASK;
        if (FAILED(SafeArrayGetElement(array, &i, &V_UI1(&member))))
            break;
        ts_wmi_value value = {0};
        bool ok = set_scalar(arena, &member, cim & ~(long)CIM_FLAG_ARRAY, &value, err);
        VariantClear(&member);
        if (!ok)
            return false;
        if (i > low)
            ts_buf_char(&list, ',');
        add_member(&list, &value);
    }
    if (!ts_buf_ok(&list, "array property", err))
        return false;
    out->kind = TS_WMI_TEXT;
    out->text = ts_arena_strdup(arena, ts_buf_text(&list));
    return out->text || ts_fail_nomem(err);
}

bool ts_win_wmi_value(ts_arena *arena, const VARIANT *from, long cim_type, ts_wmi_value *out,
                      ts_err **err)
{
    if ((V_VT(from) & VT_ARRAY) != 0)
        return set_array(arena, from, cim_type, out, err);
    return set_scalar(arena, from, cim_type, out, err);
}
