/* node.c - questions about one node: its settings, whether it is switched off, what it starts. */
#include <string.h>

#include <ts/sequence.h>
#include <ts/text.h>

#define WRAPPERS_MAX 6u /* smsswd, ServiceUI, BDDRun, cscript: nobody nests more */

/* A piece of the command line, not NUL-terminated. */
typedef struct piece {
    const char *text;
    size_t len;
} piece;

const char *ts_node_setting(const ts_node *node, const char *name)
{
    /* from the end: of repeated variables the last one counts, as when they are set in order */
    for (size_t i = node->n_settings; i-- > 0;)
        if (ts_str_ieq(node->settings[i].name, name))
            return node->settings[i].value;
    for (size_t i = node->n_settings; i-- > 0;)
        if (node->settings[i].property && ts_str_ieq(node->settings[i].property, name))
            return node->settings[i].value;
    return NULL;
}

bool ts_node_is_off(const ts_node *node)
{
    for (; node; node = node->parent)
        if (node->disabled)
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A closing quote is often missing (MDT writes `cscript.exe "%SCRIPTROOT%\ZTIPowerShell.wsf`): the
 * name then ends behind the script's extension, or with the line. */
static size_t unterminated_length(const char *text, size_t len)
{
    static const char *const extensions[] = {".wsf", ".vbs", ".ps1", ".exe"};
    for (size_t i = 0; i + 4 < len; i++) {
        for (size_t k = 0; k < sizeof extensions / sizeof *extensions; k++)
            if (is_blank(text[i + 4]) && ts_str_ncasecmp(text + i, extensions[k], 4) == 0)
                return i + 4;
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    return len;
}

/* The next argument, without quotes round it; false at the end. */
static bool next_piece(const char **at, piece *out)
{
    const char *p = *at;
    while (is_blank(*p))
        p++;
    if (!*p)
        return false;
    if (*p == '"') {
        const char *end = strchr(++p, '"');
        out->text = p;
        out->len = end ? (size_t)(end - p) : unterminated_length(p, strlen(p));
        *at = end ? end + 1 : p + out->len;
        return true;
    }
    out->text = p;
    for (bool quoted = false; *p && (quoted || !is_blank(*p)); p++)
        if (*p == '"')
            quoted = !quoted;
    out->len = (size_t)(p - out->text);
    *at = p;
    return true;
}

static bool piece_has_prefix(piece word, const char *prefix)
{
    size_t n = strlen(prefix);
    return word.len >= n && ts_str_ncasecmp(word.text, prefix, n) == 0;
}

static bool piece_has_suffix(piece word, const char *suffix)
{
    size_t n = strlen(suffix);
    return word.len >= n && ts_str_ncasecmp(word.text + word.len - n, suffix, n) == 0;
}

/* Base name without extension. */
static piece base_name(piece word)
{
    size_t start = 0;
    for (size_t i = 0; i < word.len; i++)
        if (word.text[i] == '\\' || word.text[i] == '/')
            start = i + 1;
    piece base = {word.text + start, word.len - start};
    for (size_t i = base.len; i > 1; i--) {
        if (base.text[i - 1] == '.') {
            base.len = i - 1;
            break;
        }
    }
    return base;
}

static bool piece_is(piece word, const char *name)
{
    return word.len == strlen(name) && ts_str_ncasecmp(word.text, name, word.len) == 0;
}

/* The first argument that is no option. */
static bool next_plain(const char **at, piece *out)
{
    while (next_piece(at, out))
        if (out->len > 0 && out->text[0] != '/' && out->text[0] != '-')
            return true;
    return false;
}

/* The script of a PowerShell command line: behind -File (or a prefix of it), or a lone .ps1. Inline
 * commands have none. */
static bool powershell_script(const char **at, piece *out)
{
    while (next_piece(at, out)) {
        if (out->len >= 2 && out->len <= 5 && ts_str_ncasecmp(out->text, "-file", out->len) == 0)
            return next_piece(at, out);
        if (piece_has_prefix(*out, "-c") || piece_has_prefix(*out, "-enc"))
            return false;
        if (out->len > 0 && out->text[0] != '-' && piece_has_suffix(*out, ".ps1"))
            return true;
    }
    return false;
}

/* smsswd.exe /run:PKG0001 command: true when the command begins at *at. */
static bool skip_smsswd(const char **at)
{
    const char *p = *at;
    while (is_blank(*p))
        p++;
    if (ts_str_ncasecmp(p, "/run:", 5) != 0)
        return false;
    while (*p && !is_blank(*p))
        p++;
    *at = p;
    return true;
}

void ts_node_program(const ts_node *node, char *out, size_t size)
{
    const char *at = node->action;
    piece word = {"", 0}, base = {"", 0};
    bool found = next_piece(&at, &word);
    for (unsigned i = 0; found && i < WRAPPERS_MAX; i++) {
        base = base_name(word);
        const char *rest = at;
        if (piece_is(base, "smsswd"))
            found = skip_smsswd(&rest) && next_piece(&rest, &word);
        else if (piece_is(base, "serviceui") || piece_is(base, "bddrun"))
            found = next_plain(&rest, &word);
        else if (piece_is(base, "cscript") || piece_is(base, "wscript") ||
                 piece_is(base, "microsoft.bdd.tasksequencepshost40"))
            found = next_plain(&rest, &word);
        else if (piece_is(base, "powershell") || piece_is(base, "pwsh"))
            found = powershell_script(&rest, &word);
        else
            break;
        if (found)
            base = base_name(word);
        at = rest;
    }
    size_t n = 0;
    for (; size > 0 && n < base.len && n + 1 < size; n++) {
        char c = base.text[n];
        out[n] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    if (size > 0)
        out[n] = 0;
}

void ts_node_launcher(const ts_node *node, char *out, size_t size)
{
    const char *at = node->action;
    piece word = {"", 0};
    if (next_piece(&at, &word) && piece_is(base_name(word), "smsswd") &&
        !(skip_smsswd(&at) && next_piece(&at, &word)))
        word.len = 0;
    size_t n = word.len < size ? word.len : size ? size - 1 : 0;
    memcpy(out, word.text, n);
    if (size > 0)
        out[n] = 0;
}
