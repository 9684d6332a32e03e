/* codes.c - our codes, and what numbers of other systems mean. */
#include <string.h>

#include <ts/error.h>

static const struct {
    const char *name;
    int exit;
    const char *text;
} codes[] = {
#define ROW(name, status, text) {#name, status, text},
    TS_CODES(ROW)
#undef ROW
};

const char *ts_code_name(ts_code code)
{
    return codes[code].name;
}

int ts_code_exit(ts_code code)
{
    return codes[code].exit;
}

const char *ts_code_text(ts_code code)
{
    return codes[code].text;
}

typedef struct number_text {
    uint32_t number;
    const char *text;
} number_text;

static const number_text win32[] = {
    {2, "file not found"},
    {3, "path not found"},
    {5, "access denied"},
    {14, "out of memory"},
    {32, "file is in use by another program"},
    {50, "not supported"},
    {53, "network path not found"},
    {64, "network name is gone"},
    {87, "bad parameter"},
    {112, "disk is full"},
    {161, "bad path"},
    {1168, "element not found"},
    {1326, "user name or password is wrong"},
    {1355, "domain cannot be contacted"},
    {1460, "timed out"},
    {3010, "restart required"},
};

static const number_text hresult[] = {
    {0x80004005, "unspecified error; read the lines before it"},
    {0x80220005, "invalid value for an answer-file setting"},
    {0x80040102, "no content location for a package"},
    {0x80091007, "content hash mismatch"},
    {0x80072EE2, "HTTP time-out"},
    {0x80072EE7, "server name not resolved"},
    {0x80072EFD, "cannot connect to the server"},
    {0x80072F8F, "TLS failure: CA not trusted, wrong date, or revocation not checked"},
};

static const char *look_up(const number_text *table, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].number == number)
            return table[i].text;
    return NULL;
}

static const char *hresult_text(uint32_t number)
{
    if ((number & 0xFFFF0000u) == 0x80070000u) /* FACILITY_WIN32 */
        return look_up(win32, TS_COUNT(win32), number & 0xFFFFu);
    return look_up(hresult, TS_COUNT(hresult), number);
}

const char *ts_os_text(ts_os_kind kind, uint32_t number)
{
    switch (kind) {
    case TS_OS_ERRNO:
        return strerror((int)number);
    case TS_OS_WIN32:
        return look_up(win32, TS_COUNT(win32), number);
    case TS_OS_HRESULT:
        return hresult_text(number);
    case TS_OS_NONE:
    case TS_OS_CURL:
    case TS_OS_X509:
    case TS_OS_HTTP:
    case TS_OS_WIMLIB:
    case TS_OS_EXIT:
        break;
    }
    return NULL;
}
