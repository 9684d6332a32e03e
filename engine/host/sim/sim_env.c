/* sim_env.c - the environment that programs on the simulated machine see. What the profile's
 * "environment" says goes before what the phase brings along. */
#include <string.h>

#include "sim.h"

/* %1 stands for the drive letter of the running system. */
static const struct {
    const char *name;
    const char *value;
} standard[] = {
    {"SystemDrive", "%1:"},
    {"SystemRoot", "%1:\\Windows"},
    {"windir", "%1:\\Windows"},
    {"TEMP", "%1:\\Windows\\Temp"},
    {"TMP", "%1:\\Windows\\Temp"},
    {"ComSpec", "%1:\\Windows\\system32\\cmd.exe"},
    {"ProgramData", "%1:\\ProgramData"},
    {"ALLUSERSPROFILE", "%1:\\ProgramData"},
    {"ProgramFiles", "%1:\\Program Files"},
    {"ProgramW6432", "%1:\\Program Files"},
    {"CommonProgramFiles", "%1:\\Program Files\\Common Files"},
    {"PUBLIC", "%1:\\Users\\Public"},
    {"USERPROFILE", "%1:\\Windows\\system32\\config\\systemprofile"},
    {"APPDATA", "%1:\\Windows\\system32\\config\\systemprofile\\AppData\\Roaming"},
    {"LOCALAPPDATA", "%1:\\Windows\\system32\\config\\systemprofile\\AppData\\Local"},
    {"Path", "%1:\\Windows\\system32;%1:\\Windows;%1:\\Windows\\System32\\Wbem"},
    {"PATHEXT", ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC"},
    {"OS", "Windows_NT"},
    {"USERNAME", "SYSTEM"},
};

static const char *with_letter(sim_machine *m, const char *text)
{
    ts_buf out;
    ts_buf_init(&out, 4096);
    for (; *text; text++) {
        if (text[0] == '%' && text[1] == '1') {
            ts_buf_char(&out, sim_system_letter(m));
            text++;
        } else {
            ts_buf_char(&out, *text);
        }
    }
    const char *copy = ts_arena_strdup(m->arena, ts_buf_text(&out));
    ts_buf_done(&out);
    return copy;
}

static const char *computed(sim_machine *m, const char *name)
{
    if (ts_str_ieq(name, "PROCESSOR_ARCHITECTURE")) {
        return sim_os_arch_name(sim_os_now(m)->architecture);
    }
    if (ts_str_ieq(name, "ProgramFiles(x86)") && sim_os_now(m)->architecture != SIM_X86) {
        return with_letter(m, "%1:\\Program Files (x86)");
    }
    if (ts_str_ieq(name, "NUMBER_OF_PROCESSORS")) {
        char *number = ts_sprintf("%lld", (long long)m->processor.threads * m->processor.count);
        const char *kept = number ? ts_arena_strdup(m->arena, number) : NULL;
        ts_free_ptr(&number);
        return kept;
    }
    for (size_t i = 0; i < TS_COUNT(standard); i++) {
        if (ts_str_ieq(name, standard[i].name)) {
            return with_letter(m, standard[i].value);
        }
    }
    return NULL;
}

const char *sim_env(void *self, const char *name)
{
    sim_machine *m = self;
    const char *told = sim_map_get(&m->environment, name);
    if (told) {
        return told;
    }
    if (ts_str_ieq(name, "COMPUTERNAME")) {
        return m->host_name;
    }
    /* Made once per phase: a sequence asks for windir at nearly every step. */
    TS_CLEANUP(ts_free_ptr) char *key = ts_sprintf("%u:%s", m->phase, name);
    const char *known = key ? sim_map_get(&m->environment, key) : NULL;
    if (known || !key) {
        return known;
    }
    const char *value = computed(m, name);
    char *kept = value ? ts_arena_strdup(m->arena, key) : NULL;
    union {
        const char *in;
        void *out;
    } item = {.in = value};
    return kept && sim_map_put(&m->environment, kept, item.out, NULL) ? value : NULL;
}

/* Xorshift from a fixed start: the same run gives the same trace. */
bool sim_random(void *self, void *out, size_t size, ts_err **err)
{
    uint64_t x = UINT64_C(0x9E3779B97F4A7C15);
    unsigned char *at = out;
    TS_UNUSED(self);
    TS_UNUSED(err);
    for (size_t i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        at[i] = (unsigned char)(x >> 32);
    }
    return true;
}
