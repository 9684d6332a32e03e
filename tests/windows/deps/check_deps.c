/* check_deps.c - proves that the libraries of the Windows build work, not only that they link.
 *
 * Run by check-deps.sh with the working directory that it prepared: ca.pem and ca.der (a CA that
 * nobody else trusts), files.zip and files.tar.zst (one member each, 'hello.txt'). The environment
 * has CHECK_PORT, the port of an HTTPS server on 127.0.0.1 and 127.0.0.2 whose certificate, signed
 * by that CA, names only 127.0.0.1 and localhost. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <curl/curl.h>
#include <jansson.h>
#include <lauxlib.h>
#include <libxml/parser.h>
#include <lua.h>
#include <lualib.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <zlib.h>
#include <zstd.h>

#include <windows.h>
#include <wincrypt.h>

static void zlib_round_trip_is_identical(void **state)
{
    (void)state;
    unsigned char in[5000], packed[6000], out[5000];
    uLongf packed_len = sizeof packed, out_len = sizeof out;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)(i % 37);
    assert_int_equal(compress(packed, &packed_len, in, sizeof in), Z_OK);
    assert_true(packed_len < sizeof in / 10);
    assert_int_equal(uncompress(out, &out_len, packed, packed_len), Z_OK);
    assert_int_equal(out_len, sizeof in);
    assert_memory_equal(in, out, sizeof in);
}

static void zstd_with_two_threads_round_trip_is_identical(void **state)
{
    (void)state;
    size_t size = 8u << 20;
    unsigned char *in = malloc(size), *out = malloc(size),
                  *packed = malloc(ZSTD_compressBound(size));
    assert_true(in && out && packed);
    for (size_t i = 0; i < size; i++)
        in[i] = (unsigned char)((i * i) >> 7);
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_nbWorkers, 2)));
    size_t packed_len = ZSTD_compress2(ctx, packed, ZSTD_compressBound(size), in, size);
    assert_false(ZSTD_isError(packed_len));
    assert_int_equal(ZSTD_decompress(out, size, packed, packed_len), size);
    assert_memory_equal(in, out, size);
    ZSTD_freeCCtx(ctx);
    free(in);
    free(out);
    free(packed);
}

static xmlDocPtr parse(const char *text, size_t len)
{
    return xmlReadMemory(text, (int)len, "test.xml", NULL,
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_BIG_LINES);
}

static void libxml2_knows_the_line_of_a_step(void **state)
{
    (void)state;
    static const char text[] = "<?xml version='1.0' encoding='UTF-8'?>"
                               "<sequence>\n<step name='a\xc3\xa9'/>\n<step name='b'/></sequence>";
    xmlDocPtr doc = parse(text, sizeof text - 1);
    assert_non_null(doc);
    assert_int_equal(xmlChildElementCount(xmlDocGetRootElement(doc)), 2);
    assert_int_equal(xmlGetLineNo(xmlLastElementChild(xmlDocGetRootElement(doc))), 3);
    xmlFreeDoc(doc);
}

static void libxml2_utf16_parses_without_iconv(void **state)
{
    (void)state;
    xmlDocPtr doc = parse("\xff\xfe<\0a\0/\0>\0", 10);
    assert_non_null(doc);
    xmlFreeDoc(doc);
}

static void lua_runs_and_catches_errors(void **state)
{
    (void)state;
    lua_State *L = luaL_newstate();
    assert_non_null(L);
    luaL_openlibs(L);
    assert_int_equal(luaL_dostring(L, "local t = {} for i = 1, 10 do t[i] = i * i end "
                                      "return table.concat(t, ',') .. ' ' .. _VERSION"),
                     0);
    assert_string_equal(lua_tostring(L, -1), "1,4,9,16,25,36,49,64,81,100 Lua 5.4");
    assert_int_not_equal(luaL_dostring(L, "error('boom')"), 0);
    assert_non_null(strstr(lua_tostring(L, -1), "boom"));
    lua_close(L);
}

static void jansson_reports_error_position(void **state)
{
    (void)state;
    json_error_t error;
    json_t *good = json_loads("{\"size\": 5000000000, \"name\": \"\xc3\xa9\"}", 0, &error);
    assert_non_null(good);
    assert_true(json_integer_value(json_object_get(good, "size")) == 5000000000);
    char *text = json_dumps(good, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "{\"name\":\"\xc3\xa9\",\"size\":5000000000}");
    free(text);
    json_decref(good);
    assert_null(json_loads("{\n\"a\": }", 0, &error));
    assert_int_equal(error.line, 2);
}

/* One member 'hello.txt' with the text that check-deps.sh put there. */
static void read_archive(const char *path)
{
    char text[64] = "";
    struct archive_entry *entry = NULL;
    struct archive *archive = archive_read_new();
    assert_non_null(archive);
    assert_int_equal(archive_read_support_format_all(archive), ARCHIVE_OK);
    /* ARCHIVE_WARN: filters that were left out would need an external program. */
    assert_true(archive_read_support_filter_all(archive) >= ARCHIVE_WARN);
    if (archive_read_open_filename(archive, path, 65536) != ARCHIVE_OK)
        fail_msg("'%s': %s", path, archive_error_string(archive));
    assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_OK);
    assert_string_equal(archive_entry_pathname(entry), "hello.txt");
    la_ssize_t got = archive_read_data(archive, text, sizeof text - 1);
    assert_true(got > 0);
    assert_string_equal(text, "hello from linux\n");
    assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_EOF);
    archive_read_free(archive);
}

static void libarchive_zip_is_read(void **state)
{
    (void)state;
    read_archive("files.zip");
}

static void libarchive_tar_zst_is_read(void **state)
{
    (void)state;
    read_archive("files.tar.zst");
}

static void openssl_sha256_is_right(void **state)
{
    (void)state;
    static const unsigned char first[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    assert_int_equal(EVP_Digest("abc", 3, digest, &len, EVP_sha256(), NULL), 1);
    assert_int_equal(len, 32);
    assert_memory_equal(digest, first, sizeof first);
}

static void openssl_cms_signature_verifies(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    assert_true(key && cert);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"signer", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_set_pubkey(cert, key);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    BIO *data = BIO_new_mem_buf("content", 7), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(cert, key, NULL, data, CMS_BINARY);
    assert_non_null(cms);
    assert_int_equal(CMS_verify(cms, NULL, NULL, NULL, out, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY),
                     1);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
    BIO_free(out);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static size_t count_bytes(char *data, size_t size, size_t n, void *total)
{
    (void)data;
    *(size_t *)total += size * n;
    return size * n;
}

/* GET https://HOST:CHECK_PORT/ ; CA is a file or NULL, ssl_options as CURLOPT_SSL_OPTIONS. */
static CURLcode get(const char *host, const char *ca, long ssl_options, long *status)
{
    char url[200], reason[CURL_ERROR_SIZE] = "";
    size_t bytes = 0;
    const char *port = getenv("CHECK_PORT");
    assert_non_null(port);
    snprintf(url, sizeof url, "https://%s:%s/", host, port);
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &bytes);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 15L);
    curl_easy_setopt(curl, CURLOPT_SSL_OPTIONS, ssl_options | CURLSSLOPT_NO_REVOKE);
    if (ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    CURLcode result = curl_easy_perform(curl);
    *status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    printf("  %s: curl %d, http %ld, %zu bytes %s\n", url, (int)result, *status, bytes, reason);
    curl_easy_cleanup(curl);
    return result;
}

static void https_unknown_ca_is_refused(void **state)
{
    (void)state;
    long status;
    assert_int_equal(get("127.0.0.1", NULL, 0, &status), CURLE_PEER_FAILED_VERIFICATION);
}

static void https_private_ca_is_accepted(void **state)
{
    (void)state;
    long status;
    assert_int_equal(get("127.0.0.1", "ca.pem", 0, &status), CURLE_OK);
    assert_int_equal(status, 200);
    assert_int_equal(get("localhost", "ca.pem", 0, &status), CURLE_OK);
}

static void https_wrong_host_name_is_refused(void **state)
{
    (void)state;
    long status;
    assert_int_equal(get("127.0.0.2", "ca.pem", 0, &status), CURLE_PEER_FAILED_VERIFICATION);
}

/* check-deps.sh takes the CA out of the store again: Wine does not delete from it reliably. */
static void add_root(const char *path)
{
    BYTE der[8192];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    DWORD len = (DWORD)fread(der, 1, sizeof der, file);
    fclose(file);
    HCERTSTORE roots = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                                     CERT_SYSTEM_STORE_LOCAL_MACHINE, L"ROOT");
    assert_non_null(roots);
    assert_true(CertAddEncodedCertificateToStore(roots, X509_ASN_ENCODING, der, len,
                                                 CERT_STORE_ADD_REPLACE_EXISTING, NULL));
    /* Wine writes the change when the last reference to the store goes; so no context is kept. */
    assert_true(CertCloseStore(roots, 0));
}

static void https_ca_in_windows_store_is_accepted(void **state)
{
    (void)state;
    long status;
    assert_int_equal(get("127.0.0.1", NULL, CURLSSLOPT_NATIVE_CA, &status),
                     CURLE_PEER_FAILED_VERIFICATION);
    add_root("ca.der");
    assert_int_equal(get("127.0.0.1", NULL, CURLSSLOPT_NATIVE_CA, &status), CURLE_OK);
    assert_int_equal(status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zlib_round_trip_is_identical),
        cmocka_unit_test(zstd_with_two_threads_round_trip_is_identical),
        cmocka_unit_test(libxml2_knows_the_line_of_a_step),
        cmocka_unit_test(libxml2_utf16_parses_without_iconv),
        cmocka_unit_test(lua_runs_and_catches_errors),
        cmocka_unit_test(jansson_reports_error_position),
        cmocka_unit_test(libarchive_zip_is_read),
        cmocka_unit_test(libarchive_tar_zst_is_read),
        cmocka_unit_test(openssl_sha256_is_right),
        cmocka_unit_test(openssl_cms_signature_verifies),
        cmocka_unit_test(https_unknown_ca_is_refused),
        cmocka_unit_test(https_private_ca_is_accepted),
        cmocka_unit_test(https_wrong_host_name_is_refused),
        cmocka_unit_test(https_ca_in_windows_store_is_accepted),
    };
    printf("%s; libxml2 %s; %s; libarchive %s; jansson %s; zstd %s\n", curl_version(),
           LIBXML_DOTTED_VERSION, LUA_RELEASE, archive_version_details(), jansson_version_str(),
           ZSTD_versionString());
    curl_global_init(CURL_GLOBAL_ALL);
    int failed = cmocka_run_group_tests_name("check_deps", tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
