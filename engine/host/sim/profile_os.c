/* profile_os.c - the operating systems of a machine profile. */
#include <string.h>

#include "sim.h"

/* Language tags and their LCIDs (Microsoft: Windows language code identifier reference). */
static const struct {
    const char *tag;
    int64_t lcid;
} languages[] = {
    {"ar-SA", 1025}, {"bg-BG", 1026}, {"zh-TW", 1028}, {"cs-CZ", 1029}, {"da-DK", 1030},
    {"de-DE", 1031}, {"el-GR", 1032}, {"en-US", 1033}, {"fi-FI", 1035}, {"fr-FR", 1036},
    {"he-IL", 1037}, {"hu-HU", 1038}, {"it-IT", 1040}, {"ja-JP", 1041}, {"ko-KR", 1042},
    {"nl-NL", 1043}, {"nb-NO", 1044}, {"pl-PL", 1045}, {"pt-BR", 1046}, {"ro-RO", 1048},
    {"ru-RU", 1049}, {"hr-HR", 1050}, {"sk-SK", 1051}, {"sv-SE", 1053}, {"tr-TR", 1055},
    {"uk-UA", 1058}, {"sl-SI", 1060}, {"et-EE", 1061}, {"lv-LV", 1062}, {"lt-LT", 1063},
    {"zh-CN", 2052}, {"en-GB", 2057}, {"es-MX", 2058}, {"fr-CA", 3084}, {"pt-PT", 2070},
    {"es-ES", 3082},
};

static bool read_language(ts_json *object, int64_t *out, ts_err **err)
{
    ts_json at;
    if (!ts_json_any(object, "language", &at) || ts_json_kind_of(&at) == TS_JSON_NULL) {
        return true;
    }
    if (ts_json_kind_of(&at) == TS_JSON_INT && ts_json_integer(&at) > 0 &&
        ts_json_integer(&at) < 65536) {
        *out = ts_json_integer(&at);
        return true;
    }
    for (size_t i = 0; i < TS_COUNT(languages); i++) {
        if (ts_str_ieq(ts_json_text(&at), languages[i].tag)) {
            *out = languages[i].lcid;
            return true;
        }
    }
    return ts_json_fail(&at, TS_SCHEMA, err,
                        "must be a language such as \"en-US\", or an LCID number such as 1033");
}

/* The third part of "10.0.22631". */
static const char *build_of(sim_machine *m, const char *version)
{
    const char *dot = strchr(version, '.');
    dot = dot ? strchr(dot + 1, '.') : NULL;
    return dot ? ts_arena_strndup(m->arena, dot + 1, strcspn(dot + 1, ".")) : "";
}

bool sim_profile_os_read(sim_machine *m, ts_json *at, sim_os *os, ts_err **err)
{
    const char *build = NULL;
    if (!ts_json_str(at, "name", TS_JSON_OPTIONAL, &os->name, err) ||
        !ts_json_str(at, "version", TS_JSON_OPTIONAL, &os->version, err) ||
        !ts_json_str(at, "build", TS_JSON_OPTIONAL, &build, err) ||
        !ts_json_int(at, "revision", TS_JSON_OPTIONAL, 0, INT32_MAX, &os->revision, err) ||
        !ts_json_str(at, "edition", TS_JSON_OPTIONAL, &os->edition, err) ||
        !read_language(at, &os->language, err) ||
        !ts_json_choice(at, "architecture", TS_JSON_OPTIONAL, "x64 x86 arm64", &os->architecture,
                        err) ||
        !ts_json_choice(at, "product_type", TS_JSON_OPTIONAL,
                        "workstation domain-controller server", &os->product_type, err) ||
        !sim_profile_texts(m, at, "lacks", &os->lacks, err) || !ts_json_done(at, err)) {
        return false;
    }
    os->build = build ? build : build_of(m, os->version);
    return os->build ? true : ts_fail_nomem(err);
}

bool sim_profile_os(sim_machine *m, ts_json *root, ts_err **err)
{
    ts_json at;
    bool found = false;
    unsigned phase = SIM_PE;
    unsigned architecture = m->processor.architecture;
    m->os[SIM_PE] = (sim_os){.name = "Microsoft Windows PE",
                             .version = "10.0.22621",
                             .build = "22621",
                             .edition = "WindowsPE",
                             .language = 1033,
                             .architecture = architecture};
    m->target = (sim_os){.name = "Microsoft Windows 11 Enterprise",
                         .version = "10.0.22631",
                         .build = "22631",
                         .edition = "Enterprise",
                         .language = 1033,
                         .architecture = architecture};
    if (!ts_json_child(root, "target_os", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &at, &found, err) ||
        (found && !sim_profile_os_read(m, &at, &m->target, err))) {
        return false;
    }
    m->os[SIM_FULL] = m->target;
    if (!ts_json_child(root, "os", TS_JSON_OPTIONAL, TS_JSON_OBJECT, &at, &found, err) ||
        (found && (!ts_json_choice(&at, "phase", TS_JSON_REQUIRED, "winpe full", &phase, err) ||
                   !sim_profile_os_read(m, &at, &m->os[phase], err)))) {
        return false;
    }
    m->phase = phase;
    if (!m->host_name) {
        m->host_name = phase == SIM_PE ? "MINWINPC" : "DESKTOP-TASKSEQ";
    }
    return true;
}
