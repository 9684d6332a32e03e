/* host_names.c - names of effects, facts and registry types. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <ts/host.h>

const char *ts_effect_id(ts_effect_bit bit)
{
    static const char *const ids[] = {
#define TS_EFFECT_ID(name, id, text) id,
        TS_EFFECTS(TS_EFFECT_ID)
#undef TS_EFFECT_ID
    };
    return (size_t)bit < TS_COUNT(ids) ? ids[bit] : "";
}

const char *ts_effect_text(ts_effect_bit bit)
{
    static const char *const texts[] = {
#define TS_EFFECT_TEXT(name, id, text) text,
        TS_EFFECTS(TS_EFFECT_TEXT)
#undef TS_EFFECT_TEXT
    };
    return (size_t)bit < TS_COUNT(texts) ? texts[bit] : "";
}

static const char *const fact_ids[] = {
#define TS_FACT_ID(name, id, text) id,
    TS_FACTS(TS_FACT_ID)
#undef TS_FACT_ID
};

const char *ts_fact_id(ts_fact fact)
{
    return (size_t)fact < TS_COUNT(fact_ids) ? fact_ids[fact] : "";
}

bool ts_fact_by_id(const char *id, ts_fact *out)
{
    for (size_t i = 0; i < TS_COUNT(fact_ids); i++) {
        if (ts_str_ieq(id, fact_ids[i])) {
            *out = (ts_fact)i;
            return true;
        }
    }
    return false;
}

/* In the order of ts_reg_type. */
static const char *const reg_types[] = {"REG_NONE",  "REG_SZ",    "REG_EXPAND_SZ", "REG_MULTI_SZ",
                                        "REG_DWORD", "REG_QWORD", "REG_BINARY"};

const char *ts_reg_type_name(ts_reg_type type)
{
    return (size_t)type < TS_COUNT(reg_types) ? reg_types[type] : "";
}

bool ts_reg_type_by_name(const char *name, ts_reg_type *out)
{
    for (size_t i = 0; i < TS_COUNT(reg_types); i++) {
        if (ts_str_ieq(name, reg_types[i])) {
            *out = (ts_reg_type)i;
            return true;
        }
    }
    return false;
}

void ts_program_result_done(ts_program_result *result)
{
    if (result) {
        free(result->output);
        memset(result, 0, sizeof(*result));
    }
}
