/* transfer.h - SFTP and SMTP, through libcurl.
 *
 * An interface: the program plugs in transfer_curl_new(), tests one of their own. do_() blocks and
 * is called on threads of the pool, on several at once; each call has a connection of its own.
 *
 * (1) The address really connected to was checked against the egress policy.
 * (2) An SFTP server shows one of the login's host keys, else nothing is said to it.
 * (3) Mail goes over TLS only: smtps from the first byte, smtp by STARTTLS, which the server must
 *     have; its certificate is verified.
 * (4) *sent: it failed, and may have happened all the same. A mail may have been taken once its
 *     last byte was handed over and no answer came, a file renamed or removed once that was asked
 *     for. */
#ifndef IO_TRANSFER_H
#define IO_TRANSFER_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/transfer_ask.h"

#define TRANSFER_MAX (64u * 1024u * 1024u) /* bytes that are held in memory, of a file or mail */

struct egress;
struct files;
/* Texts are borrowed for the call. */
struct transfer_login {
    const char *url;        /* "sftp://files.example.com:2222/in", "smtps://mail.example.com" */
    const char *user;       /* NULL: nobody signs in (mail) */
    const char *secret;     /* a password, or for SFTP a private key as PEM */
    const char *passphrase; /* of the private key; NULL: none */
    const char *host_keys;  /* SFTP: "SHA256:..." as ssh-keygen -l shows it, parted by spaces */
    const char *ca_file;    /* NULL: the system's authorities */
    const char *helo;       /* the name by which we greet a mail server; NULL: our host's */
    const struct egress *egress;
    struct files *files;    /* for asks with a file */
};
struct transfer {
    enum err_code (*do_)(struct transfer *transfer, const struct transfer_login *login,
                         struct transfer_ask *ask, const atomic_bool *given_up, bool *sent,
                         struct err *e);
};
enum err_code transfer_do(struct transfer *transfer, const struct transfer_login *login,
                          struct transfer_ask *ask, const atomic_bool *given_up, bool *sent,
                          struct err *e) MUST_USE;

struct transfer *transfer_curl_new(void);
void transfer_curl_free(struct transfer *transfer); /* once nothing runs any more; NULL is fine */

#endif
