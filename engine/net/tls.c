/* tls.c - verification of servers. The whole decision is made here, in one callback that OpenSSL
 * calls with the chain, because libcurl's own CRL option cannot tell "revoked" from "no list" and
 * wants a list for every certificate of the chain. */
#include "tls.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ts/mem.h>

#include "x509.h"

#define CRL_TRIED_MAX 64

struct ts_tls {
    X509_STORE *store;
    ts_identity identity;
    STACK_OF(X509_CRL) * crls;
    ts_revocation revocation;
    bool system;
    bool merged; /* roots that libcurl took from the system are in the store */
    bool warned; /* "no revocation list" is said once */
    int64_t now; /* 0: the clock */
    char *tried[CRL_TRIED_MAX];
    size_t n_tried;
    ts_log_fn log;
    void *log_ctx;
};

static const char *const revocation_names[] = {
    [TS_REVOCATION_SOFT] = "soft",     [TS_REVOCATION_OFF] = "off",
    [TS_REVOCATION_LEAF] = "leaf",     [TS_REVOCATION_CHAIN] = "chain",
    [TS_REVOCATION_STAPLE] = "staple",
};

const char *ts_revocation_name(ts_revocation mode)
{
    return revocation_names[mode];
}

bool ts_revocation_by_name(const char *name, ts_revocation *out)
{
    for (size_t i = 0; i < TS_COUNT(revocation_names); i++) {
        if (strcmp(name, revocation_names[i]) == 0) {
            *out = (ts_revocation)i;
            return true;
        }
    }
    return false;
}

void ts_tls_report_done(ts_tls_report *report)
{
    free(report->chain);
    free(report->problem);
    free(report->crl_url);
    *report = (ts_tls_report){0};
}

static int64_t tls_now(const ts_tls *tls)
{
    return tls->now ? tls->now : (int64_t)time(NULL);
}

static bool load_trust(ts_tls *tls, const ts_net_options *o, ts_err **err)
{
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(tls->store);
    /* An intermediate from the caller is an anchor of its own: servers forget to send it. */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    if (tls->now)
        X509_VERIFY_PARAM_set_time(param, (time_t)tls->now);
    if (o->system_store)
        X509_STORE_set_default_paths(tls->store);
    ERR_clear_error();
    if (!o->ca_pem)
        return true;
    STACK_OF(X509) *certs = ts_certs_read(o->ca_pem, o->ca_len, "the trusted certificates", err);
    if (!certs)
        return false;
    for (int i = 0; i < sk_X509_num(certs); i++)
        X509_STORE_add_cert(tls->store, sk_X509_value(certs, i));
    ts_certs_free(certs);
    return true;
}

ts_tls *ts_tls_new(const ts_net_options *options, ts_err **err)
{
    ts_tls *tls = ts_alloc(sizeof *tls);
    if (!tls) {
        ts_fail_nomem(err);
        return NULL;
    }
    tls->revocation = options->revocation;
    tls->system = options->system_store;
    tls->now = options->now;
    tls->log = options->log;
    tls->log_ctx = options->log_ctx;
    tls->store = X509_STORE_new();
    tls->crls = sk_X509_CRL_new_null();
    bool ok = tls->store && tls->crls ? load_trust(tls, options, err) : ts_fail_nomem(err);
    ok = ok && (!options->pfx ||
                ts_identity_read_pfx(options->pfx, options->pfx_len, options->pfx_password,
                                     "the client certificate", &tls->identity, err));
    ok = ok && (!options->crl_pem || ts_tls_add_crl(tls, options->crl_pem, options->crl_len,
                                                    "the revocation lists", err));
    if (ok)
        return tls;
    ts_tls_free(tls);
    return NULL;
}

void ts_tls_free(ts_tls *tls)
{
    if (!tls)
        return;
    X509_STORE_free(tls->store);
    ts_identity_done(&tls->identity);
    ts_crls_free(tls->crls);
    for (size_t i = 0; i < tls->n_tried; i++)
        free(tls->tried[i]);
    free(tls);
}

ts_revocation ts_tls_revocation(const ts_tls *tls)
{
    return tls->revocation;
}

bool ts_tls_add_crl(ts_tls *tls, const void *data, size_t len, const char *what, ts_err **err)
{
    STACK_OF(X509_CRL) *more = ts_crls_read(data, len, what, err);
    if (!more)
        return false;
    X509_CRL *crl;
    bool ok = true;
    while (ok && (crl = sk_X509_CRL_shift(more)) != NULL) {
        ok = sk_X509_CRL_push(tls->crls, crl) > 0;
        if (!ok)
            X509_CRL_free(crl);
    }
    ts_crls_free(more);
    return ok || ts_fail_nomem(err);
}

bool ts_tls_crl_tried(ts_tls *tls, const char *url, ts_err **err)
{
    if (tls->n_tried == CRL_TRIED_MAX)
        return ts_fail(err, TS_LIMIT, "more than %d places of revocation lists", CRL_TRIED_MAX);
    char *copy = ts_strdup(url);
    if (!copy)
        return ts_fail_nomem(err);
    tls->tried[tls->n_tried++] = copy;
    return true;
}

bool ts_tls_crl_was_tried(const ts_tls *tls, const char *url)
{
    for (size_t i = 0; i < tls->n_tried; i++) {
        if (strcmp(tls->tried[i], url) == 0)
            return true;
    }
    return false;
}

static void describe_chain(ts_tls_report *report, X509 *leaf, STACK_OF(X509) * sent)
{
    ts_buf text;
    ts_buf_init(&text, 64 * 1024);
    if (leaf) {
        ts_x509_describe(leaf, &text);
        ts_buf_str(&text, ", for ");
        ts_x509_hosts(leaf, &text);
        report->not_after = ts_asn1_seconds(X509_get0_notAfter(leaf));
    }
    for (int i = 0; i < sk_X509_num(sent) && i < 10; i++) {
        X509 *cert = sk_X509_value(sent, i);
        if (leaf && X509_cmp(cert, leaf) == 0)
            continue;
        ts_buf_char(&text, '\n');
        ts_x509_describe(cert, &text);
    }
    free(report->chain);
    report->chain = ts_buf_take(&text);
    ts_buf_done(&text);
    report->seen = true;
}

static void set_problem(const ts_tls *tls, ts_tls_report *report, int error, X509 *at,
                        STACK_OF(X509) * sent)
{
    ts_buf text;
    ts_buf_init(&text, 16 * 1024);
    ts_x509_explain(error, at, sent, tls_now(tls), &text);
    free(report->problem);
    report->problem = ts_buf_take(&text);
    ts_buf_done(&text);
}

/* Where the missing list of `at` could be had; false: nowhere, or it was tried. */
static bool want_crl(const ts_tls *tls, ts_tls_report *report, X509 *at)
{
    ts_buf url;
    ts_buf_init(&url, TS_NET_URL_MAX);
    bool wanted = at && ts_x509_crl_url(at, &url) && !ts_tls_crl_was_tried(tls, ts_buf_text(&url));
    if (wanted) {
        free(report->crl_url);
        report->crl_url = ts_buf_take(&url);
    }
    ts_buf_done(&url);
    return wanted;
}

/* A revocation error: does the connection go on? Revoked never does. */
static bool judge_revocation(ts_tls_peer *peer, int error, X509 *at, STACK_OF(X509) * chain)
{
    ts_tls *tls = peer->tls;
    peer->report.revocation = error;
    set_problem(tls, &peer->report, error, at, chain);
    if (error == X509_V_ERR_CERT_REVOKED || want_crl(tls, &peer->report, at))
        return false;
    if (tls->revocation != TS_REVOCATION_SOFT)
        return false;
    if (!tls->warned && tls->log && peer->report.problem)
        tls->log(tls->log_ctx, TS_LEVEL_WARNING, peer->report.problem);
    tls->warned = true;
    return true;
}

static bool is_crl_error(int error)
{
    return ts_tls_is_revocation(error) && error != X509_V_ERR_CERT_REVOKED;
}

/* An anchor without its issuer: nobody could sign a list about it, and it is trusted as it is. */
static int forgive_anchor(int ok, X509_STORE_CTX *ctx)
{
    int last = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;
    if (ok || !is_crl_error(X509_STORE_CTX_get_error(ctx)) || last < 1 ||
        X509_STORE_CTX_get_error_depth(ctx) != last)
        return ok;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

/* One verification with lists. `partial`: the chain may end at an intermediate that is trusted. */
static int verify_lists(const ts_tls *tls, STACK_OF(X509) * chain, bool partial, X509 **at)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (!ctx || X509_STORE_CTX_init(ctx, tls->store, sk_X509_value(chain, 0), chain) != 1) {
        X509_STORE_CTX_free(ctx);
        return X509_V_ERR_OUT_OF_MEM;
    }
    X509_STORE_CTX_set0_crls(ctx, tls->crls);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    unsigned long flags = X509_V_FLAG_CRL_CHECK;
    if (tls->revocation == TS_REVOCATION_CHAIN)
        flags |= X509_V_FLAG_CRL_CHECK_ALL;
    X509_VERIFY_PARAM_set_flags(param, flags);
    if (partial)
        X509_STORE_CTX_set_verify_cb(ctx, forgive_anchor);
    else
        X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    int error = X509_V_OK;
    if (X509_verify_cert(ctx) != 1) {
        error = X509_STORE_CTX_get_error(ctx);
        X509_free(*at);
        *at = X509_STORE_CTX_get_current_cert(ctx);
        if (*at)
            X509_up_ref(*at);
    }
    X509_STORE_CTX_free(ctx);
    return error;
}

/* The chain holds; now revocation, in a verification of its own, so that its errors are told apart.
 * First up to a root: with an intermediate among the anchors OpenSSL would stop there, and take the
 * root's list for one that the intermediate signed. */
static int check_revocation(ts_tls_peer *peer, STACK_OF(X509) * chain)
{
    X509 *at = NULL;
    int error = verify_lists(peer->tls, chain, false, &at);
    if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
        error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
        error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
        error = verify_lists(peer->tls, chain, true, &at);
    if (error != X509_V_OK && judge_revocation(peer, error, at, chain))
        error = X509_V_OK;
    X509_free(at);
    return error;
}

static bool checks_revocation(const ts_tls_peer *peer)
{
    ts_revocation mode = peer->tls->revocation;
    return !peer->no_revocation && mode != TS_REVOCATION_OFF && mode != TS_REVOCATION_STAPLE;
}

static int verify(X509_STORE_CTX *ctx, void *arg)
{
    ts_tls_peer *peer = arg;
    ts_tls_report *report = &peer->report;
    ts_tls_report_done(report);
    describe_chain(report, X509_STORE_CTX_get0_cert(ctx), X509_STORE_CTX_get0_untrusted(ctx));
    int error = X509_V_OK;
    if (X509_verify_cert(ctx) != 1) {
        error = X509_STORE_CTX_get_error(ctx);
        set_problem(peer->tls, report, error, X509_STORE_CTX_get_current_cert(ctx),
                    X509_STORE_CTX_get0_untrusted(ctx));
    } else if (checks_revocation(peer)) {
        error = check_revocation(peer, X509_STORE_CTX_get0_chain(ctx));
        X509_STORE_CTX_set_error(ctx, error);
    }
    report->verify = error;
    return error == X509_V_OK;
}

/* What libcurl took from the system's own store (Windows) goes into ours, once. */
static void merge_system(ts_tls *tls, SSL_CTX *ctx)
{
    tls->merged = true;
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (cert)
            X509_STORE_add_cert(tls->store, cert);
    }
    ERR_clear_error();
}

bool ts_tls_use(ts_tls_peer *peer, SSL_CTX *ctx)
{
    ts_tls *tls = peer->tls;
    if (tls->system && !tls->merged)
        merge_system(tls, ctx);
    SSL_CTX_set_security_level(ctx, 2); /* RSA 2048 and SHA-256 at least */
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
        return false;
    X509_STORE_up_ref(tls->store);
    SSL_CTX_set_cert_store(ctx, tls->store);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, verify, peer);
    if (!peer->client_cert || !tls->identity.key)
        return true;
    if (SSL_CTX_use_certificate(ctx, tls->identity.cert) != 1 ||
        SSL_CTX_use_PrivateKey(ctx, tls->identity.key) != 1)
        return false;
    for (int i = 0; i < sk_X509_num(tls->identity.chain); i++)
        SSL_CTX_add1_chain_cert(ctx, sk_X509_value(tls->identity.chain, i));
    return true;
}
