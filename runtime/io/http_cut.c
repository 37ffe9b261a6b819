/* http_cut.c - tells a TLS connection that was cut from one that its peer has ended.
 *
 * An answer without a length and without chunks ends where its connection does. Under TLS the peer
 * says that it is done (close_notify); a connection that ends without that was cut, by a fault or
 * by somebody in between, and what came of the answer is not known to be all.
 *
 * OpenSSL 3 makes an error of such an end, but learns of it by asking its BIO, and the BIO of
 * libcurl 7.88 (bio_cf_ctrl) answers as long as the filter below it counts as connected, that is
 * always, that nothing has ended; libcurl then takes the cut for an end. So the BIO is watched
 * here, and the answer set right. libcurl makes the BIO after its callback for the context and
 * gives it no other; the first to hand out the session is OpenSSL's own callback when the handshake
 * begins. */
#include "io/http_out_priv.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/check.h"

static char cut_ended[] = "ended"; /* what a BIO carries whose last reading found the end */

static long cut_look(BIO *bio, int what, const char *bytes, size_t size, int command, long number,
                     int result, size_t *done)
{
    (void)bytes;
    (void)size;
    (void)number;
    (void)done;
    if (what == (BIO_CB_READ | BIO_CB_RETURN))
        BIO_set_callback_arg(bio, result == 0 ? cut_ended : NULL);
    else if (what == (BIO_CB_CTRL | BIO_CB_RETURN) && command == BIO_CTRL_EOF &&
             BIO_get_callback_arg(bio) == cut_ended)
        return 1;
    return result;
}

static void cut_begins(const SSL *session, int where, int value)
{
    (void)value;
    if ((where & SSL_CB_HANDSHAKE_START) != 0)
        BIO_set_callback_ex(SSL_get_rbio(session), cut_look);
}

static CURLcode cut_context(CURL *easy, void *context, void *arg)
{
    (void)easy;
    (void)arg;
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_info_callback(context, cut_begins);
    return CURLE_OK;
}

enum err_code http_cut__check(struct err *e)
{
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;

    if (tls == NULL || strncmp(tls, "OpenSSL/3", 9) != 0)
        return err_set(e, ERR_INTERNAL, "libcurl stands on %.60s, and needs OpenSSL 3",
                       tls != NULL ? tls : "no TLS");
    return ERR_OK;
}

void http_cut__watch(struct http_call *call)
{
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(curl_easy_setopt(call->curl.easy, CURLOPT_SSL_CTX_FUNCTION, cut_context) == CURLE_OK);
}
