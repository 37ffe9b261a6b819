/* certificate.c - see certificate.h. */
#include "vault/certificate.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define DAY_MS INT64_C(86400000)

static int certificate_no_password(char *to, int size, int writing, void *arg)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static bool certificate_moment(const ASN1_TIME *time, int64_t *ms)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool known = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    ASN1_TIME_free(epoch);
    *ms = days * DAY_MS + seconds * INT64_C(1000);
    return known;
}

bool certificate_until(const char *pem, size_t size, int64_t *until_ms)
{
    BIO *bio = size <= INT_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
    X509 *one;
    bool found = false;

    while (bio != NULL &&
           (one = PEM_read_bio_X509(bio, NULL, certificate_no_password, NULL)) != NULL) {
        int64_t ms;

        if (certificate_moment(X509_get0_notAfter(one), &ms)) {
            *until_ms = !found || ms < *until_ms ? ms : *until_ms;
            found = true;
        }
        X509_free(one);
    }
    BIO_free(bio);
    ERR_clear_error();
    return found;
}
