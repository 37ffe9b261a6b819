/* odbc_login.c - from the settings of a connection to the driver's connection string.
 *
 * The drivers connect by themselves, so the egress policy is asked before: the host's addresses are
 * looked up and checked here, and the driver is told the address instead of the name. PostgreSQL's
 * takes both, so that a certificate is still checked against the name. Where a driver checks a
 * certificate and takes only one of them, an administrator can choose the name (pinned false); then
 * it looks the name up a second time, and only who answers for the name holds it to the first. */
#include "io/odbc_priv.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "io/egress.h"

#define HOST_TEXT 256
#define CA_FILE   "/etc/ssl/certs/ca-certificates.crt"

enum odbc_family odbc__family(const char *driver)
{
    static const struct {
        const char *part;
        enum odbc_family family;
    } drivers[] = {
        { "PostgreSQL", ODBC_POSTGRES },  { "FreeTDS", ODBC_FREETDS },
        { "SQL Server", ODBC_MICROSOFT }, { "MariaDB", ODBC_MARIA },
        { "MySQL", ODBC_MARIA },
    };

    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (strcasestr(driver, drivers[i].part) != NULL)
            return drivers[i].family;
    return ODBC_OTHER;
}

/* ---- Settings that are put into the string as they are */

static bool is_plain(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        if (iscntrl((unsigned char)*text) || strchr(";{}'\\", *text) != NULL)
            return false;
    return true;
}

static bool is_reserved(const char *name, size_t size)
{
    /* who, where and with what; and the doors through which one could say it in other words */
    static const char *const reserved[] = {
        "driver",
        "dsn",
        "filedsn",
        "savefile",
        "server",
        "servername",
        "host",
        "hostaddr",
        "address",
        "addr",
        "port",
        "uid",
        "user",
        "username",
        "pwd",
        "password",
        "pqopt",
        "database",
        "db",
        "dbq",
        "socket",
        "conn",
        "connsettings",
        "initstmt",
        "autocommit",
        "network address",
        "failover_partner",
        "failoverpartner",
        "autoreconnect",
        "auto_reconnect",
        "useserversideprepare",
        "debug",
        "commlog",
        "b2",
        "dbname",
        "b3",
        "a6",
        "d6",
    };

    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i]) == size && strncasecmp(reserved[i], name, size) == 0)
            return true;
    return false;
}

const char *odbc_options_fault(const char *options)
{
    while (options != NULL && *options != '\0') {
        size_t size = strcspn(options, ";"), name = strcspn(options, "=;");

        while (name > 0 && options[name - 1] == ' ')
            name--;
        while (name > 0 && *options == ' ') {
            options++;
            name--;
            size--;
        }
        if (size > 0 && (name == 0 || memchr(options, '=', size) == NULL))
            return "\"options\" is like \"TDS_Version=7.4;AppName=Weft\"";
        if (is_reserved(options, name))
            return "\"options\" may not say where the database is, who signs in or what is sent "
                   "first: there are settings for it, and the egress policy holds them";
        options += size + (options[size] == ';');
    }
    return NULL;
}

static enum err_code settings_check(const struct odbc_login *login, struct err *e)
{
    const struct {
        const char *name, *value;
    } plain[] = { { "driver", login->driver }, { "host", login->host },
                  { "port", login->port },     { "database", login->database },
                  { "user", login->user },     { "ca_file", login->ca_file } };
    const char *fault = odbc_options_fault(login->options);

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!is_plain(plain[i].value))
            return err_set(e, ERR_INVALID,
                           "the connection's \"%s\" has a character that cannot stand there: one "
                           "of ; { } ' \\ or a control character",
                           plain[i].name);
    if (strchr(login->driver, '/') != NULL)
        return err_set(e, ERR_INVALID,
                       "\"driver\" is the name of a driver in odbcinst.ini, not a file");
    if (strchr(login->host, '/') != NULL || strchr(login->host, ',') != NULL)
        return err_set(e, ERR_INVALID, "\"host\" is one name or address");
    if (login->port != NULL && strspn(login->port, "0123456789") != strlen(login->port))
        return err_set(e, ERR_INVALID, "\"port\" is not a number of a port: %.20s", login->port);
    if (fault != NULL)
        return err_set(e, ERR_INVALID, "%s", fault);
    for (const char *at = login->options; at != NULL && *at != '\0'; at++)
        if (iscntrl((unsigned char)*at) || *at == '{' || *at == '}')
            return err_set(e, ERR_INVALID, "\"options\" has braces or control characters");
    return ERR_OK;
}

/* ---- The address */

static enum err_code address_find(const struct odbc_login *login, const char *port,
                                  char address[HOST_TEXT], struct sockaddr_storage *peer,
                                  struct err *e)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    bool allowed = false;
    int rc = getaddrinfo(login->host, port, &hints, &found);

    if (rc != 0)
        return err_set(e, ERR_UNAVAILABLE, "the host %.100s was not found: %s", login->host,
                       gai_strerror(rc));
    memset(peer, 0, sizeof *peer);
    for (struct addrinfo *at = found; at != NULL && !allowed; at = at->ai_next) {
        allowed = egress_allows(login->egress, login->host, at->ai_addr) &&
                  getnameinfo(at->ai_addr, at->ai_addrlen, address, HOST_TEXT, NULL, 0,
                              NI_NUMERICHOST) == 0;
        if (allowed)
            memcpy(peer, at->ai_addr, at->ai_addrlen);
    }
    freeaddrinfo(found);
    if (allowed)
        return ERR_OK;
    return err_set(e, ERR_POLICY,
                   "the egress policy does not allow %.100s:%.10s; an administrator allows it with "
                   "\"allow\" of the connection or WEFT_EGRESS_ALLOW",
                   login->host, port);
}

/* ---- The string */

static void add(struct buf *text, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        buf_addf(text, "%s=%s;", name, value);
}

/* In braces, where a closing one is written twice. */
static void add_braced(struct buf *text, const char *name, const char *value)
{
    buf_addf(text, "%s={", name);
    for (; value != NULL && *value != '\0'; value++) {
        if (*value == '}')
            buf_add_char(text, '}');
        buf_add_char(text, *value);
    }
    buf_add_text(text, "};");
}

static int tls_choice(const struct odbc_login *login, int verify, int require, int off)
{
    if (login->tls != NULL && strcmp(login->tls, "off") == 0)
        return off;
    return login->tls != NULL && strcmp(login->tls, "require") == 0 ? require : verify;
}

static void add_postgres(struct buf *text, const struct odbc_login *login, const char *address)
{
    static const char *const modes[] = { "verify-full", "require", "disable" };

    add(text, "SSLmode", modes[tls_choice(login, 0, 1, 2)]);
    /* booleans as such; rows by a cursor; an error rolls everything back */
    buf_add_text(
        text,
        "Debug=0;CommLog=0;BoolsAsChar=0;UseDeclareFetch=1;Fetch=500;Protocol=7.4-1;LFConversion=0;"
        "ByteaAsLongVarBinary=1;MaxLongVarcharSize=0;");
    buf_addf(text,
             "pqopt={connect_timeout=%lld tcp_user_timeout=30000 keepalives_idle=30 "
             "application_name=weft options='-c timezone=UTC'",
             (long long)(login->login_ms + 999) / 1000);
    if (login->pinned)
        buf_addf(text, " hostaddr=%s", address);
    if (tls_choice(login, 1, 0, 0) || login->ca_file != NULL)
        buf_addf(text, " sslrootcert='%s'", login->ca_file != NULL ? login->ca_file : CA_FILE);
    buf_add_text(text, "};");
}

static void add_others(struct buf *text, const struct odbc_login *login, enum odbc_family family)
{
    if (family == ODBC_FREETDS) {
        buf_add_text(text, "ClientCharset=UTF-8;");
        if (login->options == NULL || strcasestr(login->options, "TDS_Version") == NULL)
            buf_add_text(text, "TDS_Version=7.4;");
        add(text, "Encryption", tls_choice(login, 1, 1, 0) ? "require" : "off");
    } else if (family == ODBC_MICROSOFT) {
        add(text, "Encrypt", tls_choice(login, 1, 1, 0) ? "yes" : "no");
        add(text, "TrustServerCertificate", tls_choice(login, 0, 1, 1) ? "yes" : "no");
    } else if (family == ODBC_MARIA) {
        add(text, "FORCETLS", tls_choice(login, 1, 1, 0) ? "1" : "0");
        add(text, "SSLVERIFY", tls_choice(login, 1, 0, 0) ? "1" : "0");
        add(text, "SSLCA", login->ca_file);
    }
}

enum err_code odbc__login_text(const struct odbc_login *login, struct buf *text,
                               struct sockaddr_storage *peer, struct err *e)
{
    static const char *const ports[] = { "5432", "1433", "1433", "3306", NULL };
    enum odbc_family family = odbc__family(login->driver);
    const char *port = login->port != NULL && *login->port != '\0' ? login->port : ports[family];
    char address[HOST_TEXT] = "";
    const char *server;

    if (settings_check(login, e) != ERR_OK)
        return e->code;
    if (port == NULL)
        return err_set(e, ERR_INVALID, "the connection needs a \"port\" for the driver %.80s",
                       login->driver);
    if (address_find(login, port, address, peer, e) != ERR_OK)
        return e->code;
    server = login->pinned && family != ODBC_POSTGRES ? address : login->host;
    add_braced(text, "Driver", login->driver);
    if (family == ODBC_MICROSOFT) {
        buf_addf(text, "Server=tcp:%s,%s;", server, port);
    } else {
        add(text, "Server", server);
        add(text, "Port", port);
    }
    add(text, "Database", login->database);
    add(text, "UID", login->user);
    add_braced(text, "PWD", login->password);
    if (family == ODBC_POSTGRES)
        add_postgres(text, login, address);
    else
        add_others(text, login, family);
    if (login->streams && family == ODBC_POSTGRES) /* whose driver else takes in all of a result */
        buf_add_text(text, "UseDeclareFetch=1;Fetch=500;");
    else if (login->streams && family == ODBC_MARIA)
        buf_add_text(text, "NO_CACHE=1;FORWARDONLY=1;");
    buf_add_text(text, login->options != NULL ? login->options : "");
    return buf_check(text, "the connection's settings", e);
}
