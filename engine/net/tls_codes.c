/* tls_codes.c - certificate problems under the numbers that administrators of Windows know. */
#include <openssl/x509_vfy.h>

#include "net.h"

/* Certificate problems and the numbers under which Windows reports them. */
const char *ts_tls_windows_code(long verify)
{
    switch (verify) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "0x80072f05"; /* ERROR_WINHTTP_SECURE_CERT_DATE_INVALID */
    case X509_V_ERR_CERT_REVOKED:
        return "0x80072f8a"; /* ERROR_WINHTTP_SECURE_CERT_REVOKED */
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return "0x80072f19"; /* CERT_REV_FAILED */
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "0x80072f0d"; /* INVALID_CA */
    default:
        return "0x80072f8f"; /* ERROR_WINHTTP_SECURE_FAILURE */
    }
}

bool ts_tls_is_revocation(long verify)
{
    return verify == X509_V_ERR_CERT_REVOKED || verify == X509_V_ERR_UNABLE_TO_GET_CRL ||
           verify == X509_V_ERR_CRL_HAS_EXPIRED || verify == X509_V_ERR_CRL_NOT_YET_VALID;
}
