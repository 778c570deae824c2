/* Reads a bundle N times with OpenSSL: PEM, DER, and each certificate's signature with the key of the certificate of the bundle
 * that bears its issuer's name. Prints nanoseconds per repetition. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 64 };

static int check_bundle(const char *text, int length) {
    X509 *certificates[MOST];
    int count = 0, checked = 0;
    BIO *source = BIO_new_mem_buf(text, length);
    while (count < MOST && (certificates[count] = PEM_read_bio_X509(source, NULL, NULL, NULL)) != NULL) count++;
    BIO_free(source);
    for (int child = 0; child < count; child++) {
        for (int issuer = 0; issuer < count; issuer++) {
            if (X509_NAME_cmp(X509_get_issuer_name(certificates[child]), X509_get_subject_name(certificates[issuer])) != 0) continue;
            if (X509_verify(certificates[child], X509_get0_pubkey(certificates[issuer])) == 1) {
                checked++;
                break;
            }
        }
    }
    for (int i = 0; i < count; i++) X509_free(certificates[i]);
    return count > 0 && checked == count;
}

int main(int arguments, char **values) {
    if (arguments != 3) return 2;
    long repetitions = atol(values[1]);
    FILE *file = fopen(values[2], "rb");
    static char text[1 << 17];
    if (repetitions < 1 || file == NULL) return 2;
    int length = (int)fread(text, 1, sizeof text, file);
    fclose(file);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (long i = 0; i < repetitions; i++)
        if (!check_bundle(text, length)) return 1;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double nanoseconds = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
    printf("%.0f\n", nanoseconds / repetitions);
    return 0;
}
