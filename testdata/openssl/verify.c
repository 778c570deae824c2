/*
 * Answers whether OpenSSL's libcrypto verifies a client's chain, many chains in one process.
 *
 *     cc -O1 -o verify verify.c -lcrypto && ./verify < questions > answers
 *
 * A question is, in big-endian numbers of 4 bytes unless said otherwise: the time in seconds since 1970 (8 bytes), how many
 * certificates are trusted, how many are presented, and then each certificate as its length and its DER, the trusted ones first and
 * the leaf first among the presented ones. The answer is one line of eight numbers, each 0 where the chain verifies for the purpose of
 * a TLS client and else the error of X509_STORE_CTX_get_error: without and with partial chains, in both cases at security level 0 and
 * at level 2, and all of that once more with the trusted certificates put into the store in the opposite order. A presented
 * certificate that libcrypto does not read gives -1, as it ends a handshake; a trusted one that it does not read is left out.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

enum { MOST_CERTIFICATES = 4096, MOST_BYTES = 1 << 24 };

static void fail(const char *what) {
    fprintf(stderr, "verify: %s\n", what);
    exit(2);
}

static uint64_t number(int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        int byte = getchar();
        if (byte == EOF) fail("the question ends in the middle");
        value = value << 8 | (uint64_t)byte;
    }
    return value;
}

/* The next certificate, or NULL when libcrypto cannot read all of it. */
static X509 *certificate(void) {
    static unsigned char buffer[MOST_BYTES];
    size_t length = number(4);
    if (length > sizeof buffer) fail("a certificate is too long");
    if (fread(buffer, 1, length, stdin) != length) fail("the question ends in a certificate");
    const unsigned char *end = buffer;
    X509 *read = d2i_X509(NULL, &end, (long)length);
    if (read != NULL && end != buffer + length) {
        X509_free(read);
        read = NULL;
    }
    return read;
}

static STACK_OF(X509) *certificates(size_t count, int *all_read) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    if (stack == NULL) fail("out of memory");
    for (size_t i = 0; i < count; i++) {
        X509 *read = certificate();
        if (read == NULL) *all_read = 0;
        else if (!sk_X509_push(stack, read)) fail("out of memory");
    }
    return stack;
}

static int verify(STACK_OF(X509) *trusted, STACK_OF(X509) *presented, int64_t at, int partial, int level, int backwards) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (store == NULL || context == NULL) fail("out of memory");
    int count = sk_X509_num(trusted);
    for (int i = 0; i < count; i++)
        if (!X509_STORE_add_cert(store, sk_X509_value(trusted, backwards ? count - 1 - i : i))) fail("a certificate is not taken");
    if (!X509_STORE_CTX_init(context, store, sk_X509_value(presented, 0), presented)) fail("out of memory");
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT);
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
#if defined(OPENSSL_IS_BORINGSSL) || defined(OPENSSL_IS_AWSLC)
    (void)level; /* BoringSSL and its descendants know no levels */
#else
    X509_VERIFY_PARAM_set_auth_level(param, level);
#endif
    if (partial) X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    int result = X509_verify_cert(context) == 1 ? 0 : X509_STORE_CTX_get_error(context);
    if (result == 0 && X509_STORE_CTX_get_error(context) != X509_V_OK) result = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return result;
}

int main(void) {
    for (;;) {
        int first = getchar();
        if (first == EOF) return 0;
        ungetc(first, stdin);
        int64_t at = (int64_t)number(8);
        size_t trusted_count = number(4), presented_count = number(4);
        if (trusted_count > MOST_CERTIFICATES || presented_count > MOST_CERTIFICATES) fail("too many certificates");
        int trusted_read = 1, presented_read = 1;
        STACK_OF(X509) *trusted = certificates(trusted_count, &trusted_read);
        STACK_OF(X509) *presented = certificates(presented_count, &presented_read);
        int readable = presented_read && sk_X509_num(presented) > 0;
        for (int i = 0; i < 4; i++) {
            int answer = readable ? verify(trusted, presented, at, i & 1, 0, i >> 1) : -1;
            /* A higher level only adds to what is asked. */
            int strict = answer == 0 ? verify(trusted, presented, at, i & 1, 2, i >> 1) : answer;
            printf(i < 3 ? "%d %d " : "%d %d\n", answer, strict);
        }
        sk_X509_pop_free(trusted, X509_free);
        sk_X509_pop_free(presented, X509_free);
    }
}
