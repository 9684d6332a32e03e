/* ocsp_answer.c - ocsp_answer ISSUER.pem ISSUER.key CERT.pem OUT.der FROM UNTIL [revoked]: the
 * answer of a responder that was made FROM seconds after now (negative: before) and holds UNTIL
 * then. `openssl ocsp` makes none that is out of date. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>

static X509 *read_cert(const char *path)
{
    FILE *file = fopen(path, "r");
    X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    return cert;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    return key;
}

static int write_answer(OCSP_RESPONSE *answer, const char *path)
{
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPONSE(answer, &der);
    FILE *file = len > 0 ? fopen(path, "wb") : NULL;
    int ok = file && fwrite(der, 1, (size_t)len, file) == (size_t)len;
    ok = file && fclose(file) == 0 && ok;
    OPENSSL_free(der);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 2;
    X509 *issuer = read_cert(argv[1]), *cert = read_cert(argv[3]);
    EVP_PKEY *key = read_key(argv[2]);
    if (!issuer || !cert || !key)
        return 1;
    int revoked = argc > 7 && strcmp(argv[7], "revoked") == 0;
    time_t now = time(NULL);
    ASN1_TIME *from = ASN1_TIME_set(NULL, now + strtol(argv[5], NULL, 10));
    ASN1_TIME *until = ASN1_TIME_set(NULL, now + strtol(argv[6], NULL, 10));
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, cert, issuer);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    int status = revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD;
    int ok = from && until && id && basic &&
             OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                    revoked ? from : NULL, from, until) &&
             OCSP_basic_sign(basic, issuer, key, EVP_sha256(), NULL, 0);
    OCSP_RESPONSE *answer = ok ? OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
                               : NULL;
    ok = answer && write_answer(answer, argv[4]);
    OCSP_RESPONSE_free(answer);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    EVP_PKEY_free(key);
    X509_free(issuer);
    X509_free(cert);
    return ok ? 0 : 1;
}
