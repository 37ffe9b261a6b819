/* config.h - the settings of the program: rows, from which come the file's members, the variables
 * of the environment, --print-config and the documentation (docs/OPERATIONS.md).
 *
 * A setting's value comes from the command line, else from the environment (WEFT_SECTION_KEY), else
 * from the configuration file ({"section": {"key": "value"}}), else it is the default. */
#ifndef CONFIG_H
#define CONFIG_H

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"

/*    key         section   name        default           what it is */
#define CONFIG_TABLE(X)                                                                           \
    X(LISTEN,     "server", "listen",   "127.0.0.1:8080",                                         \
      "address and port of the listener, or unix:PATH")                                           \
    X(PUBLIC_URL, "server", "public_url", "",                                                     \
      "address at which others reach it (https://weft.example.com); \"\": as the browser does")   \
    X(TLS_CERT,   "listen", "tls_cert", "", "the listener's certificate and its chain (PEM)")     \
    X(TLS_KEY,    "listen", "tls_key",  "", "the key of that certificate (PEM)")                  \
    X(TRUSTED_PROXIES, "listen", "trusted_proxies", "",                                           \
      "proxies (10.0.0.0/8, ::1) whose X-Forwarded-For and -Proto are believed")                  \
    X(HOOKS_ADDRESS, "webhooks", "per_address", "0",                                              \
      "webhooks a second from one address; more are answered 429; 0: no limit")                   \
    X(HOOKS_PATH, "webhooks", "per_path", "0",                                                    \
      "webhooks a second to one path; more are answered 429; 0: no limit")                        \
    X(DATA,       "server", "data",     "data",           "the data directory")                   \
    X(MASTER_KEY, "master", "key_file", "",               "the master key; \"\": DATA/master.key") \
    X(KEEP_FREE,  "store",  "keep_free", "512 MiB, 5 %",                                          \
      "room of the disk that new events leave to begun runs: the larger of both; 0: none")        \
    X(EGRESS,     "egress", "allow",    "",               "private addresses that may be called")  \
    X(FILES_ROOT, "files",  "root",     "",               "folders whose files may be taken")      \
    X(CONNECTORS, "connectors", "folders", "",                                                    \
      "folders of systems, parted by \":\", beside DATA/connectors")                              \
    X(CARD_DATA,  "guard",  "card_data", "mask",                                                  \
      "card data that arrives: mask or refuse; \"mask, sales=refuse\" by workspace")             \
    X(CARD_NAMES, "guard",  "names", "trust",                                                      \
      "names like id and tracking that speak against a card number: trust or distrust")          \
    X(SESSION_IDLE, "session", "idle_s", "900",                                                   \
      "seconds after the last act of its person in which a session ends")                        \
    X(SESSION_END, "session", "end_s", "43200",                                                   \
      "seconds after its opening in which a session ends")                                        \
    X(SESSION_FACTOR, "session", "second_factor", "optional",                                     \
      "optional; required: without one a person may do nothing but set one up")                  \
    X(SESSION_PLAIN, "session", "plain_http", "local",                                            \
      "sign-in over plain HTTP: local, from this machine; anywhere")                             \
    X(SERIES_MINUTES, "series", "minutes", "48 h", "how long measurements of minutes are kept") \
    X(SERIES_HOURS, "series", "hours", "90 d",     "how long measurements of hours are kept")   \
    X(SERIES_DAYS, "series", "days", "1096 d",     "how long measurements of days are kept")    \
    X(RULE_TICKS, "rules",  "instructions_most", "20000000",                                       \
      "the most instructions that a flow may ask for its rules")                                  \
    X(RULE_MS,    "rules",  "ms_most", "1000",     "the most milliseconds")                       \
    X(RULE_MIB,   "rules",  "memory_mib_most", "64", "the most MiB")                              \
    X(ALERTS_CA,  "alerts", "ca_file",  "",                                                       \
      "certificates (PEM) for the servers of alert channels; \"\": the system's")                 \
    X(LOG_LEVEL,  "log",    "level",    "info",           "error, warn, info or debug")           \
    X(LOG_FORMAT, "log",    "format",   "text",           "text or json")
enum config_key {
#define X(code, section, key, fallback, help) CONFIG_##code,
    CONFIG_TABLE(X)
#undef X
    CONFIG_COUNT
};

struct config {
    char *values[CONFIG_COUNT];
    const char *sources[CONFIG_COUNT]; /* "default", "environment", "file", "command line" */
};

/* file: NULL: none. */
enum err_code config_load(struct config *config, const char *file, struct err *e) MUST_USE;
void config_fini(struct config *config);
/* of the command line */
void config_set(struct config *config, enum config_key key, const char *value);
const char *config_text(const struct config *config, enum config_key key);
void config_print(const struct config *config, FILE *to);
/* [{"name": "log.level", "value", "source", "variable", "help"}] */
json_t *config_json(const struct config *config) MUST_USE;

#endif
