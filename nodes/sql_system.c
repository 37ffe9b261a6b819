/* sql_system.c - what every system that is a database is told of it: connector.sql's connections,
 * and those of manifests with the transport "sql". */
#include "nodes/sql_system.h"

static const struct connector_setting settings[] = {
    { "driver", SETTING_TEXT, "Driver", "The name of an ODBC driver in odbcinst.ini.", "FreeTDS",
      "PostgreSQL Unicode", false },
    { "host", SETTING_TEXT, "Host", "The name or address of the database's server.",
      "sage.corp.example", NULL, true },
    { "port", SETTING_TEXT, "Port", "PostgreSQL's, unless said otherwise.", "1433", "5432", false },
    { "database", SETTING_TEXT, "Database", "Its name on the server.", "mas500_app", NULL, false },
    { "user", SETTING_TEXT, "User", "Who signs in; give it no more rights than the flows need.",
      "weft", NULL, true },
    { "password", SETTING_SECRET, "Password", "The password of the user.", NULL, NULL, true },
    { "tls", SETTING_TEXT, "TLS",
      "verify checks the server's certificate, require only encrypts, off does neither.", NULL,
      "verify", false },
    { "ca_file", SETTING_TEXT, "CA file",
      "PEM file of the authorities that are trusted; left out: the system's.",
      "/etc/weft/erp-ca.pem", NULL, false },
    { "options", SETTING_TEXT, "Options",
      "Further settings for the driver; not who signs in or where.", "TDS_Version=7.4", NULL,
      false },
    { "address", SETTING_TEXT, "Address",
      "pinned: the driver is given the address that the egress policy has checked; by_name: it "
      "looks "
      "the name up again, for drivers that check a certificate against it.",
      NULL, "pinned", false },
    { "login_timeout", SETTING_TEXT, "Login timeout", "A duration.", NULL, "10s", false },
    { "query_timeout", SETTING_TEXT, "Query timeout",
      "A duration: a transaction that is not done then is called off and rolled back.", NULL, "60s",
      false },
};
/* It is never called by it: what a password is bound to. */
static const struct connector_environment environments[] = { { "any", "sql://{host}:{port}" } };
const struct connector_info sql_system = {
    .name = "sql",
    .schemes = "", /* it has no URL */
    .title = "SQL databases",
    .version = "1.0",
    .environments = environments,
    .environment_count = 1,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .sign_in = { .type = SIGN_IN_BASIC, .secret = "password" },
    .limits = { .concurrency = 4 },
};
