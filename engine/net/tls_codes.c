/* tls_codes.c - certificate problems under the numbers that administrators of Windows know. */
#include <openssl/x509_vfy.h>

#include "net.h"

/* Certificate problems and the numbers under which Windows reports them. */
const char *ts_tls_windows_code(long verify)
{
    if (ts_tls_is_revocation(verify) && verify != X509_V_ERR_CERT_REVOKED)
        return "0x80072f19"; /* CERT_REV_FAILED */
    switch (verify) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "0x80072f05"; /* ERROR_WINHTTP_SECURE_CERT_DATE_INVALID */
    case X509_V_ERR_CERT_REVOKED:
        return "0x80072f8a"; /* ERROR_WINHTTP_SECURE_CERT_REVOKED */
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
    switch (verify) {
    case X509_V_ERR_CERT_REVOKED:
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
        return true;
    default:
        return false;
    }
}
