/* odbc.h - transactions on databases, through unixODBC.
 *
 * An interface: the program plugs in unixODBC, the tests one that answers as they say. run() blocks
 * and is called on threads of the pool, on several at once. odbc_unix_new() keeps connections that
 * are idle, by what signs in, for ODBC_IDLE_MS; no more than ODBC_CONNECTIONS are open for one.
 *
 * (1) Only a COMMIT that was begun and not answered leaves open whether something happened: *sent.
 *     All else was rolled back, by us or by the database.
 * (2) The address really connected to was checked against the egress policy, where the driver can
 *     be told an address (odbc_login.pinned). */
#ifndef IO_ODBC_H
#define IO_ODBC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sql_ask.h"

#define ODBC_CONNECTIONS 16    /* open at a time with one login; a database has some hundred */
#define ODBC_IDLE_MS     60000

struct egress;
/* Texts are borrowed for the call. NULL: not said. */
struct odbc_login {
    const char *key;           /* whose connections: they are shared by no other */
    const char *driver;        /* its name in odbcinst.ini */
    const char *host, *port, *database, *user, *password;
    const char *tls;           /* "verify", "require", "off" */
    const char *ca_file;
    const char *options;       /* "TDS_Version=7.4;AppName=Weft": more for the driver */
    bool streams;              /* rows come as they are asked for, not all of them at once */
    bool pinned;               /* the driver is given the address that was checked */
    const struct egress *egress;
    int64_t login_ms, query_ms; /* the latter for a whole transaction, without its login */
};

struct odbc {
    /* ERR_OK: ask->list[].answer, or ask->refusal. Else no complete answer came: ERR_UNAVAILABLE,
     * ERR_TRANSIENT, ERR_TIMEOUT, ERR_AUTH, ERR_POLICY, ERR_CANCELLED; *sent as in (1). */
    enum err_code (*run)(struct odbc *odbc, const struct odbc_login *login, struct sql_ask *ask,
                         const atomic_bool *given_up, bool *sent, struct err *e);
};
enum err_code odbc_run(struct odbc *odbc, const struct odbc_login *login, struct sql_ask *ask,
                       const atomic_bool *given_up, bool *sent, struct err *e) MUST_USE;
/* Whether the further settings could lead elsewhere or sign in as another: what is wrong. NULL:
 * they are fine. */
const char *odbc_options_fault(const char *options);

struct odbc *odbc_unix_new(void);
void odbc_unix_free(struct odbc *odbc); /* once nothing runs any more; NULL is fine */

#endif
