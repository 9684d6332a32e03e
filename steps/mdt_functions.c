/* mdt_functions.c - values and functions of the expressions in MDT's rules. A character is a
 * code point here: VBScript counts UTF-16 units, which is the same for names people use. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ts/time.h>

#include "mdt_functions.h"

#define WHOLE_MAX 9007199254740992.0 /* 2^53: a double is exact up to here */

/* --- Values ---------------------------------------------------------------------------------- */

void mdt_eval_done(mdt_eval *e)
{
    for (size_t i = 0; i < e->n_pieces; i++)
        free(e->pieces[i]);
    e->n_pieces = 0;
}

bool mdt_refuse(mdt_eval *e, const char *problem)
{
    if (!e->problem)
        e->problem = problem;
    return false;
}

/* Keeps a block until the end; NULL when it is NULL (no memory) or there are too many. */
static void *keep(mdt_eval *e, void *block)
{
    if (!block || e->n_pieces == MDT_PIECES_MAX) {
        e->no_memory = e->no_memory || !block;
        mdt_refuse(e, "it makes too many texts");
        free(block);
        return NULL;
    }
    e->pieces[e->n_pieces++] = block;
    return block;
}

static bool text_part(mdt_eval *e, mdt_any *out, const char *text, size_t len)
{
    if (len > MDT_EXPRESSION_MAX)
        return mdt_refuse(e, "it makes a text that is too long");
    char *copy = keep(e, ts_alloc(len + 1));
    if (!copy)
        return false;
    memcpy(copy, text, len);
    *out = (mdt_any){.kind = MDT_TEXT, .text = copy};
    return true;
}

bool mdt_text(mdt_eval *e, mdt_any *out, const char *text)
{
    return text_part(e, out, text, strlen(text));
}

bool mdt_whole(mdt_eval *e, double number, int64_t *out)
{
    if (!(number > -WHOLE_MAX && number < WHOLE_MAX))
        return mdt_refuse(e, "a number is too large");
    *out = (int64_t)number;
    return true;
}

static void show_date(const mdt_any *value, char *out, size_t size)
{
    ts_civil t = ts_time_civil((int64_t)value->number);
    char date[40] = "", time[40] = "";
    int hour = t.hour % 12 == 0 ? 12 : t.hour % 12;
    if (value->has_date)
        snprintf(date, sizeof date, "%d/%d/%d", t.month, t.day, t.year);
    if (value->has_time)
        snprintf(time, sizeof time, "%d:%02d:%02d %s", hour, t.minute, t.second,
                 t.hour < 12 ? "AM" : "PM");
    snprintf(out, size, "%s%s%s", date, *date && *time ? " " : "", time);
}

const char *mdt_show(mdt_eval *e, const mdt_any *value)
{
    char shown[100];
    mdt_any text;
    if (value->kind == MDT_TEXT)
        return value->text;
    if (value->kind == MDT_LIST_OF_TEXT) {
        mdt_refuse(e, "a list stands where one text belongs");
        return NULL;
    }
    if (value->kind == MDT_DATE)
        show_date(value, shown, sizeof shown);
    else if (value->kind == MDT_BOOL)
        snprintf(shown, sizeof shown, "%s", value->number != 0 ? "True" : "False");
    else
        snprintf(shown, sizeof shown, "%.15g", value->number);
    return mdt_text(e, &text, shown) ? text.text : NULL;
}

bool mdt_number_of(mdt_eval *e, const mdt_any *value, double *out)
{
    if (value->kind == MDT_NUMBER || value->kind == MDT_BOOL) {
        *out = value->number;
        return true;
    }
    char *end = NULL;
    double n = value->kind == MDT_TEXT ? strtod(value->text, &end) : 0;
    if (!end || end == value->text || end[strspn(end, " \t")] || !isdigit((unsigned char)end[-1]))
        return mdt_refuse(e, "a text stands where a number belongs");
    *out = n;
    return true;
}

bool mdt_join(mdt_eval *e, mdt_any *left, const mdt_any *right)
{
    const char *a = mdt_show(e, left), *b = a ? mdt_show(e, right) : NULL;
    char *both = b ? keep(e, ts_sprintf("%s%s", a, b)) : NULL;
    return both && text_part(e, left, both, strlen(both));
}

/* --- Functions of texts ------------------------------------------------------------------------
 */

typedef bool (*mdt_function)(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out);

static const char *text_of(mdt_eval *e, const mdt_any *value)
{
    return mdt_show(e, value);
}

static bool count_of(mdt_eval *e, const mdt_any *value, size_t *out)
{
    double n = 0;
    int64_t whole = 0;
    if (!mdt_number_of(e, value, &n) || !mdt_whole(e, n, &whole))
        return false;
    if (whole < 0)
        return mdt_refuse(e, "a length or place below zero");
    *out = (size_t)whole;
    return true;
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* The byte at which character `n` (from 0) begins; the end when there are fewer. */
static const char *character(const char *text, size_t n)
{
    for (; *text && n > 0; n--)
        for (text++; ((unsigned char)*text & 0xc0) == 0x80; text++)
            ;
    return text;
}

static bool fn_left(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    size_t count = 0;
    const char *text = text_of(e, &args[0]);
    return text && count_of(e, &args[1], &count) &&
           text_part(e, out, text, (size_t)(character(text, count) - text));
}

static bool fn_right(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    size_t count = 0;
    const char *text = text_of(e, &args[0]);
    if (!text || !count_of(e, &args[1], &count))
        return false;
    size_t all = characters(text);
    return mdt_text(e, out, character(text, all > count ? all - count : 0));
}

static bool fn_mid(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    size_t start = 0, count = SIZE_MAX;
    const char *text = text_of(e, &args[0]);
    if (!text || !count_of(e, &args[1], &start) || (n > 2 && !count_of(e, &args[2], &count)))
        return false;
    if (start == 0)
        return mdt_refuse(e, "a length or place below zero");
    text = character(text, start - 1);
    return text_part(e, out, text, (size_t)(character(text, count) - text));
}

static bool fn_len(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    const char *text = text_of(e, &args[0]);
    *out = (mdt_any){.kind = MDT_NUMBER, .number = text ? (double)characters(text) : 0};
    return text != NULL;
}

/* Letters outside ASCII stay as they are. */
static bool change_case(mdt_eval *e, const mdt_any *in, bool upper, mdt_any *out)
{
    const char *text = text_of(e, in);
    char *copy = text ? keep(e, ts_strdup(text)) : NULL;
    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p < 0x80)
            *p = (char)(upper ? toupper((unsigned char)*p) : tolower((unsigned char)*p));
    return copy && mdt_text(e, out, copy);
}

static bool fn_ucase(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    return change_case(e, &args[0], true, out);
}

static bool fn_lcase(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    return change_case(e, &args[0], false, out);
}

static bool trim(mdt_eval *e, const mdt_any *in, bool front, bool back, mdt_any *out)
{
    const char *text = text_of(e, in);
    if (!text)
        return false;
    text += front ? strspn(text, " ") : 0;
    size_t len = strlen(text);
    while (back && len > 0 && text[len - 1] == ' ')
        len--;
    return text_part(e, out, text, len);
}

static bool fn_trim(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    return trim(e, &args[0], true, true, out);
}

static bool fn_ltrim(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    return trim(e, &args[0], true, false, out);
}

static bool fn_rtrim(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    return trim(e, &args[0], false, true, out);
}

static bool fn_replace(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    const char *text = text_of(e, &args[0]);
    const char *old = text ? text_of(e, &args[1]) : NULL;
    const char *new = old ? text_of(e, &args[2]) : NULL;
    if (!new)
        return false;
    ts_buf made;
    ts_buf_init(&made, MDT_EXPRESSION_MAX);
    size_t len = strlen(old);
    for (const char *hit; len > 0 && (hit = strstr(text, old)) != NULL; text = hit + len) {
        ts_buf_add(&made, text, (size_t)(hit - text));
        ts_buf_str(&made, new);
    }
    ts_buf_str(&made, text);
    bool ok = made.over_limit ? mdt_refuse(e, "it makes a text that is too long")
                              : mdt_text(e, out, ts_buf_text(&made));
    ts_buf_done(&made);
    return ok;
}

static bool fn_split(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    const char *text = text_of(e, &args[0]);
    const char *sign = !text ? NULL : n > 1 ? text_of(e, &args[1]) : " ";
    const char **list = sign ? keep(e, ts_alloc_array(MDT_PIECES_MAX, sizeof *list)) : NULL;
    if (!list)
        return false;
    size_t count = 0, len = strlen(sign);
    for (const char *end; text && count < MDT_PIECES_MAX; text = end ? end + len : NULL) {
        mdt_any piece;
        end = len > 0 ? strstr(text, sign) : NULL;
        if (!text_part(e, &piece, text, end ? (size_t)(end - text) : strlen(text)))
            return false;
        list[count++] = piece.text;
    }
    *out = (mdt_any){.kind = MDT_LIST_OF_TEXT, .list = list, .count = count};
    return true;
}

/* InStr([start,] text, part) */
static bool fn_instr(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    size_t start = 1;
    bool has_start = n > 2;
    if (has_start && !count_of(e, &args[0], &start))
        return false;
    const char *text = text_of(e, &args[has_start]);
    const char *part = text ? text_of(e, &args[has_start + 1]) : NULL;
    if (!part || start == 0)
        return part ? mdt_refuse(e, "a length or place below zero") : false;
    const char *hit = strstr(character(text, start - 1), part);
    double place = 0;
    for (const char *p = text; hit && p <= hit; p = character(p, 1))
        place++;
    *out = (mdt_any){.kind = MDT_NUMBER, .number = place};
    return true;
}

/* --- Numbers, dates, variables ------------------------------------------------------------------
 */

static bool fn_cstr(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    const char *text = text_of(e, &args[0]);
    return text && mdt_text(e, out, text);
}

/* CInt rounds a half to the even number. */
static bool fn_cint(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    double number = 0;
    int64_t whole = 0;
    if (!mdt_number_of(e, &args[0], &number) || !mdt_whole(e, number, &whole))
        return false;
    double rest = number - (double)whole;
    int away = rest < 0 ? -1 : 1;
    double part = rest < 0 ? -rest : rest;
    if (part > 0.5 || (part == 0.5 && whole % 2 != 0))
        whole += away;
    *out = (mdt_any){.kind = MDT_NUMBER, .number = (double)whole};
    return true;
}

static bool fn_int(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    double number = 0;
    int64_t whole = 0;
    if (!mdt_number_of(e, &args[0], &number) || !mdt_whole(e, number, &whole))
        return false;
    *out = (mdt_any){.kind = MDT_NUMBER, .number = (double)(whole - ((double)whole > number))};
    return true;
}

static bool fn_hex(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    size_t number = 0;
    char text[20];
    if (!count_of(e, &args[0], &number))
        return false;
    snprintf(text, sizeof text, "%zX", number);
    return mdt_text(e, out, text);
}

static bool date(mdt_eval *e, bool has_date, bool has_time, mdt_any *out)
{
    *out = (mdt_any){.kind = MDT_DATE,
                     .number = (double)e->world->now,
                     .has_date = has_date,
                     .has_time = has_time};
    return true;
}

static bool fn_now(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(args);
    TS_UNUSED(n);
    return date(e, true, true, out);
}

static bool fn_date(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(args);
    TS_UNUSED(n);
    return date(e, true, false, out);
}

static bool fn_time(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(args);
    TS_UNUSED(n);
    return date(e, false, true, out);
}

static bool civil(mdt_eval *e, const mdt_any *value, ts_civil *out)
{
    if (value->kind != MDT_DATE)
        return mdt_refuse(e, "Date, Time or Now belongs into this function");
    *out = ts_time_civil((int64_t)value->number);
    return true;
}

#define DATE_PART(part)                                                                            \
    static bool fn_##part(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)                      \
    {                                                                                              \
        TS_UNUSED(n);                                                                              \
        ts_civil t;                                                                                \
        if (!civil(e, &args[0], &t))                                                               \
            return false;                                                                          \
        *out = (mdt_any){.kind = MDT_NUMBER, .number = t.part};                                    \
        return true;                                                                               \
    }
DATE_PART(year)
DATE_PART(month)
DATE_PART(day)
DATE_PART(hour)
DATE_PART(minute)
DATE_PART(second)

static bool fn_item(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(n);
    const char *name = text_of(e, &args[0]);
    const ts_value *value = name ? ts_vars_get(e->world->vars, name) : NULL;
    e->world->flags |= value ? value->flags : 0;
    return name && mdt_text(e, out, value ? value->text : "");
}

static bool fn_true(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(e);
    TS_UNUSED(args);
    TS_UNUSED(n);
    *out = (mdt_any){.kind = MDT_BOOL, .number = -1};
    return true;
}

static bool fn_false(mdt_eval *e, mdt_any *args, size_t n, mdt_any *out)
{
    TS_UNUSED(e);
    TS_UNUSED(args);
    TS_UNUSED(n);
    *out = (mdt_any){.kind = MDT_BOOL};
    return true;
}

bool mdt_call(mdt_eval *e, const char *name, bool is_call, mdt_any *args, size_t n, mdt_any *out)
{
    static const struct {
        const char *name;
        size_t min, max;
        mdt_function call;
    } functions[] = {
        {"left", 2, 2, fn_left},
        {"right", 2, 2, fn_right},
        {"mid", 2, 3, fn_mid},
        {"len", 1, 1, fn_len},
        {"ucase", 1, 1, fn_ucase},
        {"lcase", 1, 1, fn_lcase},
        {"trim", 1, 1, fn_trim},
        {"ltrim", 1, 1, fn_ltrim},
        {"rtrim", 1, 1, fn_rtrim},
        {"replace", 3, 3, fn_replace},
        {"split", 1, 2, fn_split},
        {"instr", 2, 3, fn_instr},
        {"cstr", 1, 1, fn_cstr},
        {"cint", 1, 1, fn_cint},
        {"clng", 1, 1, fn_cint},
        {"int", 1, 1, fn_int},
        {"hex", 1, 1, fn_hex},
        {"now", 0, 0, fn_now},
        {"date", 0, 0, fn_date},
        {"time", 0, 0, fn_time},
        {"year", 1, 1, fn_year},
        {"month", 1, 1, fn_month},
        {"day", 1, 1, fn_day},
        {"hour", 1, 1, fn_hour},
        {"minute", 1, 1, fn_minute},
        {"second", 1, 1, fn_second},
        {"oenvironment.item", 1, 1, fn_item},
        {"true", 0, 0, fn_true},
        {"false", 0, 0, fn_false},
    };
    snprintf(e->name, sizeof e->name, "%s", name);
    for (size_t i = 0; i < TS_COUNT(functions); i++) {
        if (!ts_str_ieq(functions[i].name, name))
            continue;
        if (n < functions[i].min || n > functions[i].max)
            return mdt_refuse(e, "a function has the wrong number of arguments");
        if (!functions[i].call(e, args, n, out))
            return mdt_refuse(e, "it makes too many texts");
        e->name[0] = '\0';
        return true;
    }
    e->world->unknown_function = is_call && !e->problem;
    return mdt_refuse(e, is_call ? "a function that this engine does not know"
                                 : "a word that this engine does not know");
}
