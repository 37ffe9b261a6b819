/* http_tls.c - TLS on the listener: GnuTLS beneath libmicrohttpd.
 *
 * (1) A connection keeps the certificate it began with; a new one comes into use between two
 *     connections, and the former is freed with its last.       [http_tls__begin, http_tls__end]
 * (2) Bytes are moved by our own functions: libmicrohttpd takes a handshake that waits for its peer
 *     for one that can go on, and would spin; bytes that moved tell which it is.      [tls_pull]
 * (3) A certificate is in use only if it was read whole, fits its key and is valid. [tls_cert_new]
 */
#include "io/http_tls_priv.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "io/http_in_priv.h"

#define HTTP_TLS_MAGIC 0x544c5321u
#define TLS_FILE_MAX   (256 * KIB)
#define TLS_NAME       128
/* 1.2 and 1.3; forward secrecy and authenticated encryption only; our order, with the group first
 * that browsers offer at once */
#define TLS_PRIORITY                                                                          \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:" \
    "+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:-SIGN-RSA-SHA1:"             \
    "-SIGN-ECDSA-SHA1:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:"            \
    "%SERVER_PRECEDENCE"

struct http_cert {
    unsigned refs;
    gnutls_certificate_credentials_t credentials;
};

struct http_tls {
    unsigned magic;
    char *cert_file, *key_file;
    struct http_cert *cert;
    int64_t until_ms;       /* wall: when the certificate in use expires */
    gnutls_datum_t tickets; /* what sessions are resumed by; GnuTLS changes it with time */
    char about[2 * TLS_NAME + 64];
};

/* ---- the certificate ---- */

static void tls_cert_leave(struct http_cert *cert)
{
    if (cert == NULL || --cert->refs > 0)
        return;
    gnutls_certificate_free_credentials(cert->credentials);
    mem_free(cert);
}

/* For whom it is: its first name, or else its first address, which is not a text in it. */
static void tls_name(gnutls_x509_crt_t cert, char name[TLS_NAME])
{
    char found[TLS_NAME];

    name[0] = '\0';
    for (unsigned i = 0;; i++) {
        size_t size = sizeof(found);
        int kind = gnutls_x509_crt_get_subject_alt_name(cert, i, found, &size, NULL);

        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return;
        if (kind == GNUTLS_SAN_DNSNAME) {
            snprintf(name, TLS_NAME, "%s", found);
            return;
        }
        if (kind == GNUTLS_SAN_IPADDRESS && name[0] == '\0' && (size == 4 || size == 16))
            (void)!inet_ntop(size == 4 ? AF_INET : AF_INET6, found, name, TLS_NAME);
    }
}

/* Is the certificate one, and valid now? *about says whose it is. */
static enum err_code tls_look(const struct http_tls *tls, const gnutls_datum_t *pem,
                              int64_t wall_ms, char *about, size_t room, int64_t *until_ms,
                              struct err *e)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned count = 0;
    char name[TLS_NAME], when[CLOCK_TEXT];
    int64_t from, until;
    int rc = gnutls_x509_crt_list_import2(&list, &count, pem, GNUTLS_X509_FMT_PEM, 0);

    if (rc < 0 || count == 0)
        return err_set(e, ERR_USAGE, "%s holds no certificate in PEM form: %s", tls->cert_file,
                       gnutls_strerror(rc));
    from = (int64_t)gnutls_x509_crt_get_activation_time(list[0]) * 1000;
    until = (int64_t)gnutls_x509_crt_get_expiration_time(list[0]) * 1000;
    tls_name(list[0], name);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    *until_ms = until;
    clock_text(wall_ms < from ? from : until, when);
    if (wall_ms < from)
        return err_set(e, ERR_USAGE, "the certificate in %s is not valid before %s", tls->cert_file,
                       when);
    if (wall_ms >= until)
        return err_set(e, ERR_USAGE, "the certificate in %s expired at %s; put a new one there",
                       tls->cert_file, when);
    snprintf(about, room, "the certificate in %s%s%s is valid until %s", tls->cert_file,
             name[0] != '\0' ? " for " : "", name, when);
    return ERR_OK;
}

static enum err_code tls_pair(const struct http_tls *tls, const gnutls_datum_t *cert,
                              const gnutls_datum_t *key, gnutls_certificate_credentials_t to,
                              struct err *e)
{
    int rc = gnutls_certificate_set_x509_key_mem2(to, cert, key, GNUTLS_X509_FMT_PEM, NULL, 0);

    if (rc >= 0)
        return ERR_OK;
    if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return err_set(e, ERR_USAGE, "the key in %s is not that of the certificate in %s",
                       tls->key_file, tls->cert_file);
    if (rc == GNUTLS_E_DECRYPTION_FAILED || strstr((const char *)key->data, "ENCRYPTED") != NULL)
        return err_set(e, ERR_USAGE, "the key in %s is encrypted; it is needed without a password",
                       tls->key_file);
    return err_set(e, ERR_USAGE, "the key in %s cannot be used: %s", tls->key_file,
                   gnutls_strerror(rc));
}

static struct http_cert *tls_cert_new(struct http_tls *tls, int64_t wall_ms, struct err *e)
{
    char *cert_text = NULL, *key_text = NULL, about[sizeof(tls->about)];
    size_t cert_size = 0, key_size = 0;
    struct http_cert *cert = mem_must(sizeof(*cert));
    int64_t until_ms = 0;
    bool ok = false;

    cert->refs = 1;
    check(gnutls_certificate_allocate_credentials(&cert->credentials) == GNUTLS_E_SUCCESS);
    if (file_read(tls->cert_file, TLS_FILE_MAX, &cert_text, &cert_size, e) == ERR_OK &&
        file_read(tls->key_file, TLS_FILE_MAX, &key_text, &key_size, e) == ERR_OK) {
        gnutls_datum_t public = { (unsigned char *)cert_text, (unsigned)cert_size };
        gnutls_datum_t secret = { (unsigned char *)key_text, (unsigned)key_size };

        ok = tls_look(tls, &public, wall_ms, about, sizeof(about), &until_ms, e) == ERR_OK &&
             tls_pair(tls, &public, &secret, cert->credentials, e) == ERR_OK;
    } else {
        e->code =
            ERR_USAGE; /* a file that cannot be read is a wrong setting, whatever its reason */
    }
    if (key_text != NULL)
        explicit_bzero(key_text, key_size);
    mem_free(key_text);
    mem_free(cert_text);
    if (ok) {
        memcpy(tls->about, about, sizeof(about));
        tls->until_ms = until_ms;
        return cert;
    }
    tls_cert_leave(cert);
    return NULL;
}

struct http_tls *http_tls_open(const char *cert, const char *key, int64_t wall_ms, struct err *e)
{
    struct http_tls *tls = mem_must(sizeof(*tls));

    tls->magic = HTTP_TLS_MAGIC;
    tls->cert_file = mem_must_copy(cert);
    tls->key_file = mem_must_copy(key);
    check(gnutls_session_ticket_key_generate(&tls->tickets) == GNUTLS_E_SUCCESS);
    tls->cert = tls_cert_new(tls, wall_ms, e);
    if (tls->cert != NULL)
        return tls;
    http_tls_close(tls);
    return NULL;
}

enum err_code http_tls_reload(struct http_tls *tls, int64_t wall_ms, struct err *e)
{
    struct http_cert *cert;

    CHECK_OBJ(tls, HTTP_TLS_MAGIC);
    cert = tls_cert_new(tls, wall_ms, e);
    if (cert == NULL)
        return e->code;
    tls_cert_leave(tls->cert);
    tls->cert = cert;
    return ERR_OK;
}

void http_tls_close(struct http_tls *tls)
{
    if (tls == NULL)
        return;
    CHECK_OBJ(tls, HTTP_TLS_MAGIC);
    tls_cert_leave(tls->cert);
    mem_free(tls->cert_file);
    mem_free(tls->key_file);
    gnutls_memset(tls->tickets.data, 0, tls->tickets.size);
    gnutls_free(tls->tickets.data);
    tls->magic = 0;
    mem_free(tls);
}

const char *http_tls_about(const struct http_tls *tls)
{
    CHECK_OBJ(tls, HTTP_TLS_MAGIC);
    return tls->about;
}

int64_t http_tls_until(const struct http_tls *tls)
{
    CHECK_OBJ(tls, HTTP_TLS_MAGIC);
    return tls->until_ms;
}

/* ---- the daemon ---- */

/* libmicrohttpd wants a certificate of the daemon's own; none is ever taken from it: (1). */
static int tls_none(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                    const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                    gnutls_pcert_st **cert, unsigned *cert_count, gnutls_privkey_t *key)
{
    (void)session;
    (void)authorities;
    (void)count;
    (void)algorithms;
    (void)algorithm_count;
    (void)cert;
    (void)cert_count;
    (void)key;
    return -1;
}

void http_tls__options(struct MHD_OptionItem items[HTTP_TLS_OPTIONS])
{
    static char priority[] = TLS_PRIORITY;

    items[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, priority };
    items[1] =
        (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_none };
    items[2] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

/* ---- a connection ---- */

static ssize_t tls_pull(gnutls_transport_ptr_t arg, void *to, size_t room)
{
    struct http_conn *conn = arg;
    ssize_t got;

    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    got = recv(conn->fd, to, room, 0);
    if (got > 0)
        http_in__due(conn->in, 2); /* there may be more, here or in GnuTLS's buffer */
    return got;
}

/* The records of one flight in one call: pieces of their own would wait for each other's receipt.
 */
static ssize_t tls_push(gnutls_transport_ptr_t arg, const giovec_t *pieces, int count)
{
    struct http_conn *conn = arg;
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)pieces,
                              .msg_iovlen = (size_t)count };
    int on = 1;
    ssize_t sent;

    CHECK_OBJ(conn, HTTP_CONN_MAGIC);
    sent = sendmsg(conn->fd, &message, MSG_NOSIGNAL);
    if (sent > 0)
        http_in__due(conn->in, 2);
    if (sent > 0 && conn->state == CONN_IDLE) /* a handshake: its end has no answer of ours */
        (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
    return sent;
}

/* GnuTLS may ask whether there is something; it never waits. */
static int tls_ready(gnutls_transport_ptr_t arg, unsigned ms)
{
    struct http_conn *conn = arg;
    struct pollfd one = { .fd = conn->fd, .events = POLLIN };

    (void)ms;
    return poll(&one, 1, 0);
}

void http_tls__begin(struct http_tls *tls, struct http_conn *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    int on = 1;

    CHECK_OBJ(tls, HTTP_TLS_MAGIC);
    check(info != NULL);
    check(info->tls_session != NULL);
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn->session = info->tls_session;
    conn->cert = tls->cert;
    conn->cert->refs++;
    check(gnutls_credentials_set(conn->session, GNUTLS_CRD_CERTIFICATE, conn->cert->credentials) ==
          GNUTLS_E_SUCCESS);
    check(gnutls_session_ticket_enable_server(conn->session, &tls->tickets) == GNUTLS_E_SUCCESS);
    gnutls_transport_set_ptr(conn->session, conn);
    gnutls_transport_set_pull_function(conn->session, tls_pull);
    gnutls_transport_set_vec_push_function(conn->session, tls_push);
    gnutls_transport_set_pull_timeout_function(conn->session, tls_ready);
}

void http_tls__end(struct http_conn *conn)
{
    tls_cert_leave(conn->cert);
    conn->cert = NULL;
    conn->session = NULL; /* libmicrohttpd has freed it */
}

void http_tls__send(const struct http_conn *conn, const char *bytes, size_t size)
{
    if (conn->session == NULL)
        (void)!send(conn->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
        (void)!gnutls_record_send(conn->session, bytes, size);
}
