/* x509_text.c - certificates in words: who, since when, and what is wrong with a chain. */
#include "x509.h"

#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <ts/time.h>

void ts_x509_name(const X509_NAME *name, ts_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0) {
        BIO_free(bio);
        ts_buf_str(out, "(name cannot be read)");
        return;
    }
    char *text = NULL;
    long len = BIO_get_mem_data(bio, &text);
    for (long i = 0; i < len; i++)
        ts_buf_char(out, (unsigned char)text[i] < 0x20 ? '?' : text[i]);
    BIO_free(bio);
}

int64_t ts_asn1_seconds(const ASN1_TIME *when)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool ok = epoch && when && ASN1_TIME_diff(&days, &seconds, epoch, when) == 1;
    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * 86400 + seconds : 0;
}

void ts_time_text(int64_t seconds, ts_buf *out)
{
    ts_civil t = ts_time_civil(seconds * 1000);
    ts_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute,
                  t.second);
}

void ts_x509_describe(const X509 *cert, ts_buf *out)
{
    ts_buf_str(out, "subject '");
    ts_x509_name(X509_get_subject_name(cert), out);
    ts_buf_str(out, "', issuer '");
    ts_x509_name(X509_get_issuer_name(cert), out);
    ts_buf_str(out, "', valid ");
    ts_time_text(ts_asn1_seconds(X509_get0_notBefore(cert)), out);
    ts_buf_str(out, " to ");
    ts_time_text(ts_asn1_seconds(X509_get0_notAfter(cert)), out);
}

void ts_x509_hosts(const X509 *cert, ts_buf *out)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool first = true;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            ts_buf_printf(out, "%s%.*s", first ? "" : ", ", ASN1_STRING_length(name->d.dNSName),
                          (const char *)ASN1_STRING_get0_data(name->d.dNSName));
            first = false;
        } else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
            const unsigned char *ip = ASN1_STRING_get0_data(name->d.iPAddress);
            ts_buf_printf(out, "%s%d.%d.%d.%d", first ? "" : ", ", ip[0], ip[1], ip[2], ip[3]);
            first = false;
        }
    }
    GENERAL_NAMES_free(names);
}

static bool add_http(const GENERAL_NAME *name, ts_buf *out)
{
    if (name->type != GEN_URI)
        return false;
    const char *url = (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
    int len = ASN1_STRING_length(name->d.uniformResourceIdentifier);
    if (len < 8 || ts_str_ncasecmp(url, "http://", 7) != 0)
        return false; /* ldap: and https: cannot be asked before trust is there */
    ts_buf_add(out, url, (size_t)len);
    return true;
}

bool ts_x509_crl_url(const X509 *cert, ts_buf *out)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_DIST_POINT_num(points) && !found; i++) {
        const DIST_POINT *p = sk_DIST_POINT_value(points, i);
        if (!p->distpoint || p->distpoint->type != 0)
            continue;
        GENERAL_NAMES *names = p->distpoint->name.fullname;
        for (int k = 0; k < sk_GENERAL_NAME_num(names) && !found; k++)
            found = add_http(sk_GENERAL_NAME_value(names, k), out);
    }
    CRL_DIST_POINTS_free(points);
    return found;
}

bool ts_x509_issuer_url(const X509 *cert, ts_buf *out)
{
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(info) && !found; i++) {
        const ACCESS_DESCRIPTION *a = sk_ACCESS_DESCRIPTION_value(info, i);
        found = OBJ_obj2nid(a->method) == NID_ad_ca_issuers && add_http(a->location, out);
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return found;
}

/* The issuer is neither sent nor trusted: whose fault it is decides what to do. */
static void explain_issuer(X509 *at, STACK_OF(X509) * sent, ts_buf *out)
{
    if (!at) {
        ts_buf_str(out, "the issuer of the certificate is not trusted");
        return;
    }
    if (X509_check_issued(at, at) == X509_V_OK) {
        ts_buf_str(out, "the chain ends at the root '");
        ts_x509_name(X509_get_subject_name(at), out);
        ts_buf_str(out, "', which is not trusted here; add that certificate with --cacert or to "
                        "<trust> of the site file");
        return;
    }
    int n = sent ? sk_X509_num(sent) : 0;
    ts_buf_str(out, "the certificate of the issuer '");
    ts_x509_name(X509_get_issuer_name(at), out);
    ts_buf_str(out, "' of '");
    ts_x509_name(X509_get_subject_name(at), out);
    ts_buf_printf(
        out,
        "' is missing: the server sent %d certificate%s without it, and it is not trusted "
        "here; add it with --cacert or to <trust> of the site file, or let the server "
        "send its intermediates",
        n, n == 1 ? "" : "s");
    ts_buf where;
    ts_buf_init(&where, 2048);
    if (ts_x509_issuer_url(at, &where))
        ts_buf_printf(out, " (it is published at %s)", ts_buf_text(&where));
    ts_buf_done(&where);
}

static void explain_time(const char *who, int64_t limit, const char *word, int64_t now, ts_buf *out)
{
    ts_buf_printf(out, "%s %s ", who, word);
    ts_time_text(limit, out);
    ts_buf_str(out, ", and this machine's clock says ");
    ts_time_text(now, out);
    ts_buf_str(out, "; check the clock first, then renew the certificate");
}

static void explain_crl(int error, const char *who, ts_buf *out)
{
    if (error == X509_V_ERR_UNABLE_TO_GET_CRL)
        ts_buf_printf(out,
                      "no revocation list is available for %s (which does not mean that it is "
                      "revoked)",
                      who);
    else if (error == X509_V_ERR_CRL_SIGNATURE_FAILURE)
        ts_buf_printf(out,
                      "the revocation list for %s is not signed by the issuer of that certificate; "
                      "publish the right one",
                      who);
    else
        ts_buf_printf(out,
                      "the revocation list for %s is %s; publish a new one, and check this "
                      "machine's clock",
                      who, error == X509_V_ERR_CRL_HAS_EXPIRED ? "out of date" : "not valid yet");
}

void ts_x509_explain(int error, X509 *at, STACK_OF(X509) * sent, int64_t now, ts_buf *out)
{
    ts_buf who;
    ts_buf_init(&who, 4096);
    ts_buf_str(&who, "the certificate '");
    if (at)
        ts_x509_name(X509_get_subject_name(at), &who);
    ts_buf_str(&who, "'");
    const char *name = ts_buf_text(&who);
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        explain_issuer(at, sent, out);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        explain_time(name, at ? ts_asn1_seconds(X509_get0_notBefore(at)) : 0, "is not valid before",
                     now, out);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        explain_time(name, at ? ts_asn1_seconds(X509_get0_notAfter(at)) : 0, "expired at", now,
                     out);
        break;
    case X509_V_ERR_CERT_REVOKED:
        ts_buf_printf(out, "%s is revoked by its issuer; it must be replaced", name);
        break;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        explain_crl(error, name, out);
        break;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        ts_buf_printf(out,
                      "%s has a key or signature that is too weak (RSA below 2048 bits, or "
                      "SHA-1); it must be issued anew",
                      name);
        break;
    default:
        ts_buf_printf(out, "%s: %s", name, X509_verify_cert_error_string(error));
        break;
    }
    ts_buf_done(&who);
}
