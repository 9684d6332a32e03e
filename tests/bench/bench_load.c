/* bench_load.c - loading a sequence against a bare libxml2 parse of the same bytes (goal: at most
 * twice its time). Usage: bench_load [FILE...]; without a file it makes a sequence of 1,000 steps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>

#include <ts/sequence.h>
#include <ts/text.h>

#include "os.h"

#define ROUNDS    9u          /* the best of them counts: the rest is the machine's noise */
#define ROUND_NS  100000000.0 /* each round works at least this long */
#define BYTES_MAX (64u * 1024u * 1024u)

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool load(const char *data, size_t size)
{
    ts_err *err = NULL;
    ts_bundle *bundle = ts_bundle_load_bytes("bench.xml", data, size, &err);
    if (!bundle)
        printf("%s\n", ts_err_text(err));
    ts_err_free(err);
    ts_bundle_free(bundle);
    return bundle != NULL;
}

static bool bare(const char *data, size_t size)
{
    xmlDoc *doc = xmlReadMemory(data, (int)size, NULL, NULL, XML_PARSE_NONET);
    xmlFreeDoc(doc);
    return doc != NULL;
}

/* Nanoseconds of one call, the best of several rounds; negative: it failed. */
static double measure(bool (*work)(const char *, size_t), const char *data, size_t size)
{
    double best = -1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned calls = 0;
        double start = now_ns(), spent = 0;
        do {
            if (!work(data, size))
                return -1;
            calls++;
            spent = now_ns() - start;
        } while (spent < ROUND_NS);
        if (best < 0 || spent / calls < best)
            best = spent / calls;
    }
    return best;
}

static bool report(const char *name, const char *data, size_t size)
{
    double ours = measure(load, data, size), theirs = measure(bare, data, size);
    if (ours < 0 || theirs < 0)
        return false;
    printf("%-40.40s %9zu bytes  load %9.1f us  libxml2 %9.1f us  ratio %.2f\n", name, size,
           ours / 1e3, theirs / 1e3, ours / theirs);
    return true;
}

static bool report_made(void)
{
    ts_buf text;
    ts_buf_init(&text, BYTES_MAX);
    ts_buf_str(&text, "<sequence version=\"3.10\">");
    for (unsigned i = 0; i < 1000; i++)
        ts_buf_printf(&text,
                      "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"Step %u\" "
                      "description=\"\" runIn=\"WinPEandFullOS\" successCodeList=\"0 3010\">\n"
                      "  <condition><expression "
                      "type=\"SMS_TaskSequence_VariableConditionExpression\">\n"
                      "    <variable name=\"Operator\">equals</variable>\n"
                      "    <variable name=\"Value\">%u</variable>\n"
                      "    <variable name=\"Variable\">Model</variable>\n"
                      "  </expression></condition>\n"
                      "  <action>smsswd.exe /run: cmd.exe /c echo %u</action>\n"
                      "  <defaultVarList>\n"
                      "    <variable name=\"CommandLine\" property=\"CommandLine\" "
                      "hidden=\"true\">cmd.exe /c echo %u</variable>\n"
                      "  </defaultVarList>\n</step>\n",
                      i, i, i, i);
    ts_buf_str(&text, "</sequence>");
    bool ok = ts_buf_ok(&text, "sequence", NULL) && report("1,000 made steps", text.data, text.len);
    ts_buf_done(&text);
    return ok;
}

int main(int argc, char **argv)
{
    bool ok = argc > 1 || report_made();
    for (int i = 1; i < argc; i++) {
        char *data = NULL;
        size_t size = 0;
        ok = ts_file_read(argv[i], BYTES_MAX, &data, &size, NULL) &&
             report(ts_path_base(argv[i]), data, size) && ok;
        free(data);
    }
    return !ok;
}
