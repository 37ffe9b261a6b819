/* odbc.c - what of ODBC needs no database: texts, connection strings and the egress policy before
 * them, what a SQLSTATE means. */
#include "io/odbc_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "io/egress.h"

static void texts_go_there_and_back(void **state)
{
    static const char *const texts[] = { "", "plain", "Grüße", "€", "𝄞 and 😀", "a\tb\n" };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf wide, back;

        buf_init(&wide, KIB);
        buf_init(&back, KIB);
        odbc__widen(&wide, texts[i], strlen(texts[i]));
        odbc__narrow(&back, (const SQLWCHAR *)(const void *)wide.at, wide.len / 2 - 1);
        assert_string_equal(buf_text(&back), texts[i]);
        buf_fini(&wide);
        buf_fini(&back);
    }
}

static void what_is_malformed_is_replaced(void **state)
{
    static const SQLWCHAR lonely[] = { 'a', 0xD800, 'b', 0xDC00 };
    struct buf wide, back;

    (void)state;
    buf_init(&wide, KIB);
    buf_init(&back, KIB);
    odbc__narrow(&back, lonely, 4);
    assert_string_equal(buf_text(&back), "a\uFFFDb\uFFFD");
    odbc__widen(&wide, "\xC3", 1);
    odbc__widen(&wide, "\x80z", 2);
    assert_int_equal(((const SQLWCHAR *)(const void *)wide.at)[0], 0xFFFD);
    assert_int_equal(((const SQLWCHAR *)(const void *)wide.at)[2], 0xFFFD);
    buf_fini(&wide);
    buf_fini(&back);
}

/* ---- The login */

/* What differs from a usual login; NULL: nothing. */
struct change {
    const char *driver, *host, *port, *database, *user, *tls, *ca_file, *options;
    bool by_name;
};

#define OR(own, usual) ((own) != NULL ? (own) : (usual))

static struct odbc_login changed(const struct change *c)
{
    return (struct odbc_login){
        .key = "k",
        .driver = OR(c->driver, "PostgreSQL Unicode"),
        .host = OR(c->host, "127.0.0.1"),
        .port = c->port,
        .database = OR(c->database, "erp"),
        .user = OR(c->user, "weft"),
        .password = "a;}b",
        .tls = OR(c->tls, "off"),
        .ca_file = c->ca_file,
        .options = c->options,
        .pinned = !c->by_name,
        .login_ms = 10000,
    };
}

static enum err_code login_text(const struct change *change, const char *allowed, struct buf *text,
                                struct err *e)
{
    struct odbc_login login = changed(change);
    struct egress *egress = egress_new(allowed, NULL, e);
    struct sockaddr_storage peer;
    enum err_code rc;

    assert_non_null(egress);
    login.egress = egress;
    buf_init_secret(text, 64 * KIB);
    rc = odbc__login_text(&login, text, &peer, e);
    egress_free(egress);
    return rc;
}

static void has(struct change change, const char *part)
{
    struct buf text;
    struct err e;

    if (login_text(&change, "127.0.0.1", &text, &e) != ERR_OK)
        fail_msg("%s", e.text);
    if (strstr(buf_text(&text), part) == NULL)
        fail_msg("%s has no %s", buf_text(&text), part);
    buf_fini(&text);
}

static void each_driver_is_told_in_its_words(void **state)
{
    (void)state;
    has((struct change){ .host = NULL }, "Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=5432;");
    has((struct change){ .host = NULL }, "PWD={a;}}b};");
    has((struct change){ .host = NULL }, "SSLmode=disable;");
    has((struct change){ .host = NULL }, "hostaddr=127.0.0.1");
    has((struct change){ .tls = "verify" }, "SSLmode=verify-full;");
    has((struct change){ .tls = "verify", .ca_file = "/etc/ca.pem" }, "sslrootcert='/etc/ca.pem'");
    has((struct change){ .host = "localhost", .driver = "FreeTDS" }, "Server=127.0.0.1;Port=1433;");
    has((struct change){ .host = "localhost", .driver = "FreeTDS", .by_name = true },
        "Server=localhost;Port=1433;");
    has((struct change){ .driver = "FreeTDS", .options = "AppName=Weft" },
        "TDS_Version=7.4;Encryption=off;AppName=Weft");
    has((struct change){ .driver = "ODBC Driver 18 for SQL Server", .tls = "require" },
        "Server=tcp:127.0.0.1,1433;Database=erp;UID=weft;PWD={a;}}b};Encrypt=yes;"
        "TrustServerCertificate=yes;");
    has((struct change){ .driver = "MariaDB Unicode", .port = "3307", .tls = "verify" },
        "Port=3307;Database=erp;UID=weft;PWD={a;}}b};FORCETLS=1;SSLVERIFY=1;");
}

static void refused(struct change change, enum err_code code, const char *part)
{
    struct buf text;
    struct err e;

    assert_int_equal(login_text(&change, "127.0.0.1:5432", &text, &e), code);
    if (strstr(e.text, part) == NULL)
        fail_msg("%s has no %s", e.text, part);
    assert_null(strstr(e.text, "a;}b"));
    buf_fini(&text);
}

static void what_could_lead_elsewhere_is_refused(void **state)
{
    static const char *const options[] = { "Server=10.0.0.1",
                                           "a=b; HOST=x",
                                           "pqopt={host=x}",
                                           "UID=root",
                                           "TDS_Version=7.4;pwd=",
                                           "FileDSN=/etc/x",
                                           "nonsense",
                                           "=x",
                                           "Failover_Partner=y",
                                           "UseServerSidePrepare=0",
                                           "CommLog=1" };

    (void)state;
    refused((struct change){ .port = "5433" }, ERR_POLICY, "127.0.0.1:5433");
    refused((struct change){ .host = "10.1.2.3" }, ERR_POLICY, "WEFT_EGRESS_ALLOW");
    refused((struct change){ .host = "127.0.0.1;Server=x" }, ERR_INVALID, "\"host\"");
    refused((struct change){ .host = "/var/run/postgresql" }, ERR_INVALID, "\"host\"");
    refused((struct change){ .host = "127.0.0.1,10.0.0.1" }, ERR_INVALID, "\"host\"");
    refused((struct change){ .port = "http" }, ERR_INVALID, "\"port\"");
    refused((struct change){ .user = "a}b" }, ERR_INVALID, "\"user\"");
    refused((struct change){ .database = "erp;x" }, ERR_INVALID, "\"database\"");
    refused((struct change){ .driver = "/tmp/evil.so" }, ERR_INVALID, "odbcinst.ini");
    refused((struct change){ .ca_file = "/a' host='x" }, ERR_INVALID, "\"ca_file\"");
    refused((struct change){ .options = "a={b}" }, ERR_INVALID, "braces");
    refused((struct change){ .driver = "Oracle" }, ERR_INVALID, "needs a \"port\"");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        refused((struct change){ .options = options[i] }, ERR_INVALID, "\"options\"");
    assert_null(odbc_options_fault("TDS_Version=7.4; AppName = Weft;"));
    assert_null(odbc_options_fault(NULL));
}

/* ---- Errors */

static void a_state_is_a_kind(void **state)
{
    static const struct {
        const char *state;
        long native;
        enum err_code kind;
        bool lost;
    } cases[] = {
        { "40001", 1205, ERR_TRANSIENT, false }, { "40P01", 1, ERR_TRANSIENT, false },
        { "55P03", 7, ERR_TRANSIENT, false },    { "HY000", 1222, ERR_TRANSIENT, false },
        { "23505", 1, ERR_DUPLICATE, false },    { "23000", 2627, ERR_DUPLICATE, false },
        { "23000", 2601, ERR_DUPLICATE, false }, { "23000", 1062, ERR_DUPLICATE, false },
        { "23000", 547, ERR_INVALID, false },    { "23503", 1, ERR_INVALID, false },
        { "42000", 229, ERR_INVALID, false },    { "22P02", 1, ERR_INVALID, false },
        { "28000", 1, ERR_AUTH, false },         { "53300", 1, ERR_UNAVAILABLE, false },
        { "HYT00", 0, ERR_TIMEOUT, false },      { "HYT01", 0, ERR_TIMEOUT, false },
        { "57014", 1, ERR_TIMEOUT, false },      { "08S01", 0, ERR_TRANSIENT, true },
        { "57P01", 1, ERR_TRANSIENT, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct odbc_trouble trouble = { .native = cases[i].native };

        strncpy(trouble.state, cases[i].state, 5);
        if (odbc__kind(&trouble) != cases[i].kind || odbc__is_lost(&trouble) != cases[i].lost)
            fail_msg("%s %ld is %s", cases[i].state, cases[i].native,
                     err_name(odbc__kind(&trouble)));
    }
}

static void a_login_says_whose_fault_it_is(void **state)
{
    static const struct {
        const char *state, *text;
        long native;
        enum err_code kind;
    } cases[] = {
        { "08001", "could not connect: Connection refused", 101, ERR_UNAVAILABLE },
        { "08001", "FATAL: password authentication failed for user", 101, ERR_AUTH },
        { "28000", "Login failed for user", 18456, ERR_AUTH },
        { "HYT00", "login timeout", 0, ERR_TIMEOUT },
        { "IM002", "Data source name not found", 0, ERR_INVALID },
        { "01000", "Can't open lib", 0, ERR_INVALID },
        { "3D000", "database \"sag\" does not exist", 0, ERR_INVALID },
        { "08001", "FATAL: the database system is starting up", 101, ERR_UNAVAILABLE },
        { "42000", "Cannot open database", 4060, ERR_UNAVAILABLE },
        { "42000", "Login failed for user. Server is in script upgrade mode", 18401,
          ERR_UNAVAILABLE },
        { "42000", "Database is not currently available", 40613, ERR_UNAVAILABLE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct odbc_trouble trouble = { .native = cases[i].native };

        strncpy(trouble.state, cases[i].state, 5);
        strncpy(trouble.text, cases[i].text, sizeof trouble.text - 1);
        if (odbc__login_kind(&trouble) != cases[i].kind)
            fail_msg("%s: %s", cases[i].text, err_name(odbc__login_kind(&trouble)));
    }
}

/* ---- Values */

static void value_is(enum sql_as as, const char *text, const char *wanted)
{
    json_t *json = odbc__value(as, text, strlen(text));
    char *is = json_text_new(json, KIB, NULL);

    assert_string_equal(is, wanted);
    mem_free(is);
    json_decref(json);
}

static void drivers_texts_become_json(void **state)
{
    (void)state;
    value_is(SQL_AS_DECIMAL, ".10", "0.10");
    value_is(SQL_AS_DECIMAL, "-.10", "-0.10");
    value_is(SQL_AS_DECIMAL, "5.", "5");
    value_is(SQL_AS_DECIMAL, "+7.00", "7.00");
    value_is(SQL_AS_DECIMAL, "NaN", "\"NaN\"");
    value_is(SQL_AS_INTEGER, "-9223372036854775808", "-9223372036854775808");
    value_is(SQL_AS_DECIMAL, "99999999999999999999999999999999999999",
             "99999999999999999999999999999999999999");
    value_is(SQL_AS_BOOLEAN, "1", "true");
    value_is(SQL_AS_BOOLEAN, "0", "false");
    value_is(SQL_AS_TIMESTAMP, "2026-11-21 10:00:00", "\"2026-11-21T10:00:00\"");
    value_is(SQL_AS_TIMESTAMP, "2026-11-21 10:00:00.5+00", "\"2026-11-21T10:00:00.5Z\"");
    value_is(SQL_AS_TIMESTAMP, "infinity", "\"infinity\"");
    value_is(SQL_AS_DATE, "2026-11-21", "\"2026-11-21\"");
}

static int install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_go_there_and_back),
        cmocka_unit_test(what_is_malformed_is_replaced),
        cmocka_unit_test(each_driver_is_told_in_its_words),
        cmocka_unit_test(what_could_lead_elsewhere_is_refused),
        cmocka_unit_test(a_state_is_a_kind),
        cmocka_unit_test(a_login_says_whose_fault_it_is),
        cmocka_unit_test(drivers_texts_become_json),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
