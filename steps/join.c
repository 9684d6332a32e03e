/* join.c - Join Domain or Workgroup, and MDT's Recover From Domain. */
#include "helpers.h"
#include "inputs.h"
#include "mdt_deploy.h"
#include "steps.h"

#include <string.h>

#include <ts/deploy.h>
#include <ts/text.h>

static const ts_input join_inputs[] = {
    {.name = "OSDJoinType",
     .property = "Type",
     .type = TS_ENUM,
     .flags = TS_REQUIRED,
     .choices = "0 1",
     .help = "0 joins a domain, 1 a workgroup."},
    TS_IN_TEXT("OSDJoinDomainName", "DomainName", "Domain to join."),
    TS_IN_TEXT("OSDJoinDomainOUName", "DomainOUName", "Organisational unit as an LDAP path."),
    TS_IN_TEXT("OSDJoinAccount", "DomainUsername", "Account that joins the domain (DOMAIN\\user)."),
    TS_IN_SECRET("OSDJoinPassword", "DomainPassword", "Password of that account."),
    TS_IN_TEXT("OSDJoinWorkgroupName", "WorkgroupName", "Workgroup to join."),
    TS_IN_BOOL("OSDJoinSkipReboot", "SkipReboot", "false", "Do not restart after joining."),
    TS_IN_END,
};
static const char *const join_programs[] = {"osdjoin", NULL};

static bool read_join(ts_ctx *c, ts_join *join, ts_result *out)
{
    const char *type = ts_ctx_text(c, "OSDJoinType");
    bool domain = ts_str_ieq(type, "0");
    *join = (ts_join){.domain = domain,
                      .name = ts_ctx_text(c, domain ? "OSDJoinDomainName" : "OSDJoinWorkgroupName"),
                      .ou = ts_ctx_text(c, "OSDJoinDomainOUName"),
                      .user = ts_ctx_text(c, "OSDJoinAccount"),
                      .password = ts_ctx_text(c, "OSDJoinPassword")};
    if (!domain && !ts_str_ieq(type, "1"))
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "OSDJoinType '%s' is neither 0 nor 1", type);
    else if (ts_str_blank(join->name))
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE, "%s is empty",
                       domain ? "OSDJoinDomainName" : "OSDJoinWorkgroupName");
    else if (domain && ts_str_blank(join->user))
        ts_result_fail(out, TS_STEP_CODE_BAD_VALUE,
                       "OSDJoinAccount is empty: a domain is joined with an account");
    if (ts_str_ihas_prefix(join->ou, "LDAP://"))
        join->ou += strlen("LDAP://");
    return !out->failed;
}

static bool join_run(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_join join;
    ts_err *why = NULL;
    if (!read_join(c, &join, out))
        return true;
    if (!ts_host_join(ts_ctx_host(c), &join, &why))
        return ts_step_own(out, why, err);
    if (!ts_ctx_bool(c, "OSDJoinSkipReboot"))
        out->restart = TS_RESTART_OS;
    return true;
}

static bool join_precheck(ts_ctx *c, ts_result *out, ts_err **err)
{
    ts_join join;
    TS_UNUSED(err);
    if (ts_step_all_known(c))
        read_join(c, &join, out);
    return true;
}

const ts_step_class ts_step_join_domain = {
    .type = "SMS_TaskSequence_JoinDomainWorkgroupAction",
    .title = "Join Domain or Workgroup",
    .family = "join",
    .help = "Adds the running Windows to a domain or workgroup and restarts.",
    .programs = join_programs,
    .phase = TS_PHASE_FULL_OS,
    .effects = TS_EFFECT(IDENTITY) | TS_EFFECT(NET) | TS_EFFECT(RESTART) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = join_inputs,
    .run = join_run,
    .precheck = join_precheck,
};

static const ts_input recover_inputs[] = {
    TS_IN_ENUM("DomainErrorRecovery", NULL, NULL, "AUTO MANUAL FAIL",
               "What to do when the computer is not in the domain: try again, wait for a person, "
               "fail."),
    TS_IN_TEXT("JoinDomain", NULL, "Domain that the computer should be in."),
    TS_IN_TEXT("DomainAdmin", NULL, "Account that joins the domain."),
    TS_IN_TEXT("DomainAdminDomain", NULL, "Domain of that account."),
    TS_IN_SECRET("DomainAdminPassword", NULL, "Password of that account."),
    TS_IN_TEXT("MachineObjectOU", NULL, "Organisational unit as an LDAP path."),
    TS_IN_WORKBENCH,
    TS_IN_END,
};
static const char *const recover_programs[] = {"ztidomainjoin", NULL};

const ts_step_class ts_step_recover_domain_join = {
    .type = "BDD_RecoverDomainJoin",
    .title = "Recover From Domain (MDT)",
    .family = "join",
    .help = "Checks that Windows Setup joined the domain, and joins it when not.",
    .programs = recover_programs,
    .phase = TS_PHASE_ANY,
    .effects = TS_EFFECT(IDENTITY) | TS_EFFECT(NET) | TS_EFFECT(RESTART) | TS_EFFECT(SECRET),
    .resume = TS_RESUME_AGAIN,
    .inputs = recover_inputs,
    .run = ts_mdt_recover_domain_run,
};
