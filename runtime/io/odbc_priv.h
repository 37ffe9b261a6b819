/* odbc_priv.h - what the files of odbc share. The only headers of unixODBC in the program are
 * here. */
#ifndef IO_ODBC_PRIV_H
#define IO_ODBC_PRIV_H

#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "io/odbc.h"

#define ODBC_COLUMNS 1024 /* of a row; SQL Server has at most 4096, and nobody reads them all */

/* Drivers whose words for the same thing we know. */
enum odbc_family { ODBC_POSTGRES, ODBC_FREETDS, ODBC_MICROSOFT, ODBC_MARIA, ODBC_OTHER };

/* One connection of the driver's, open. */
struct odbc_link {
    SQLHDBC dbc;
    enum odbc_family family;
    unsigned char login[HASH_SIZE]; /* of all that signs in */
    bool busy, kept;                /* kept: it has served before */
    int64_t idle_since;             /* steady */
    struct sockaddr_storage peer;   /* the address that was checked */
    int socket;                     /* to it; -1: not known */
    struct odbc_link *next;
};

/* What the driver said: one record, the first unless said otherwise. */
struct odbc_trouble {
    char state[6];                  /* "": nothing */
    long native;
    char text[400];
};

/* What is under way and may be called off; on the stack of whoever works. */
struct odbc_watched {
    struct odbc_link *link;
    SQLHSTMT statement;             /* NULL: between statements */
    int64_t deadline;               /* steady */
    int64_t cut_at;                 /* steady: then nobody waits for the server; INT64_MAX: never */
    const atomic_bool *given_up;
    bool called_off, busy;          /* busy: the watch uses it just now */
    struct odbc_watched *next;
};

/* odbc_wide.c: UTF-8 and the driver's UTF-16 */
void odbc__widen(struct buf *out, const char *text, size_t size); /* NUL follows; for secrets too */
void odbc__narrow(struct buf *out, const SQLWCHAR *text, size_t count);

/* odbc_login.c */
enum odbc_family odbc__family(const char *driver);
/* The connection string; a secret. Looks up and checks the address, which is *peer. */
enum err_code odbc__login_text(const struct odbc_login *login, struct buf *text,
                               struct sockaddr_storage *peer, struct err *e) MUST_USE;

/* odbc_socket.c; with the lock of the links */
void odbc__socket_find(const struct odbc_link *links, struct odbc_link *link);
/* Ends the link's socket, and those to its server that are no link's: of SQLCancel, and of whoever
 * is just signing in there. Who waits in the driver gets an error. */
void odbc__socket_cut(const struct odbc_link *links, const struct odbc_link *link);

/* odbc_trouble.c */
void odbc__trouble(SQLSMALLINT kind, SQLHANDLE handle, const char *password,
                   struct odbc_trouble *trouble);
/* Of a login: the record that tells most, as SQL Server says in one that the login failed and in
 * another that its database is not there yet. */
void odbc__login_trouble(SQLHANDLE dbc, const char *password, struct odbc_trouble *trouble);
bool odbc__is_lost(const struct odbc_trouble *trouble); /* the connection is gone */
enum err_code odbc__kind(const struct odbc_trouble *trouble);
enum err_code odbc__login_kind(const struct odbc_trouble *trouble);

/* odbc_param.c: the values of one statement, bound; lives until its end */
struct odbc_bound;
enum err_code odbc__bind(SQLHSTMT handle, const struct sql_statement *statement,
                         struct odbc_bound **bound, struct err *e) MUST_USE;
/* What came back, into *out: {"NAME": value}, NULL when nothing does. */
enum err_code odbc__bound_out(const struct odbc_bound *bound, const struct sql_statement *statement,
                              json_t **out, struct err *e) MUST_USE;
void odbc__bound_free(struct odbc_bound *bound); /* NULL is fine */

/* odbc_column.c: rows. ERR_TRANSIENT without a text: the driver has the reason. */
struct odbc_columns;
enum err_code odbc__columns(SQLHSTMT handle, const struct sql_statement *statement, unsigned count,
                            struct odbc_columns **columns, struct err *e) MUST_USE;
/* One row; *budget: bytes that may still be read. */
enum err_code odbc__row(SQLHSTMT handle, const struct odbc_columns *columns, size_t *budget,
                        json_t **row, struct err *e) MUST_USE;
void odbc__columns_free(struct odbc_columns *columns); /* NULL is fine */
json_t *odbc__value(enum sql_as as, const char *text, size_t size); /* of a text; NULL: no memory */

/* odbc_run.c: all statements and their end. *lost: the connection is of no more use. */
void odbc__watch(struct odbc *odbc, struct odbc_watched *watched, SQLHSTMT statement);
/* The transaction ends: its last answer is waited for for so long. */
void odbc__watch_end(struct odbc *odbc, struct odbc_watched *watched, int64_t ms);
enum err_code odbc__transaction(struct odbc *odbc, struct odbc_link *link,
                                const struct odbc_login *login, struct sql_ask *ask,
                                struct odbc_watched *watched, bool *sent, bool *lost,
                                struct err *e) MUST_USE;

#endif
