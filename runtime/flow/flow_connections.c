/* flow_connections.c - the shape of connections.json. What its members mean is the engine's matter.
 * No message repeats a value: a secret may stand where it should not. */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/field_priv.h"
#include "flow/flow_sign_in_priv.h"

#define CONNECTION_LIMIT_MAX 1000000

static void wants(const struct flow_source *source, const char *parent, const char *key,
                  const json_t *value, const char *what)
{
    char *pointer = flow__pointer(parent, key);

    flow__fault(source, pointer, "\"%.80s\" must be %s, but here stands: %s", key, what,
                json_kind(value));
    mem_free(pointer);
}

static void check_known(const struct flow_source *source, const json_t *object, const char *pointer,
                        const char *const *known, size_t known_count)
{
    size_t count;
    const char **names = flow__names_new(object, &count);

    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        char *place;

        while (at < known_count && strcmp(known[at], names[i]) != 0)
            at++;
        if (at < known_count)
            continue;
        place = flow__pointer(pointer, names[i]);
        flow__fault_unknown(source, PLACE_KEY, place, "member", names[i], known, known_count);
        mem_free(place);
    }
    mem_free(names);
}

/* An object of texts; absent is fine. */
static void check_texts(const struct flow_source *source, const json_t *object, const char *pointer)
{
    size_t count;
    const char **names = flow__names_new(object, &count);

    for (size_t i = 0; i < count; i++)
        if (!json_is_text(json_object_get(object, names[i])))
            wants(source, pointer, names[i], json_object_get(object, names[i]), "a text");
    mem_free(names);
}

/* ---- Secrets: {"NAME": {"env": "VARIABLE"}}, or "file", "credential", "vault" */

static bool is_variable(const char *name)
{
    return name != NULL && flow__name_valid(name, "");
}

static void check_secret(const struct flow_source *source, const json_t *secret,
                         const char *pointer)
{
    static const char *const known[] = { "env", "file", "credential", "vault" };
    const char *file = json_get_text(secret, "file"), *vault = json_get_text(secret, "vault");
    const char *credential = json_get_text(secret, "credential");

    if (!json_is_object(secret)) {
        flow__fault(source, pointer,
                    "a secret does not stand here: write {\"env\": \"VARIABLE\"}, the name of the "
                    "environment variable that holds it");
        return;
    }
    check_known(source, secret, pointer, known, 4);
    if (json_object_size(secret) > 1)
        flow__fault(
            source, pointer,
            "a secret comes from one place: \"env\", \"file\", \"credential\" or \"vault\"");
    else if (file != NULL ? file[0] != '/' : false)
        flow__fault(source, pointer, "\"file\" must be a whole path, like \"/run/secrets/erp\"");
    else if (credential != NULL && strchr(credential, '/') != NULL)
        flow__fault(source, pointer,
                    "\"credential\" must be a name, as in systemd's LoadCredential=");
    else if (vault != NULL && field__secret_fault(vault) != NULL)
        flow__fault(source, pointer,
                    "\"vault\" must name a secret of the workspace: weft vault list shows them");
    else if (file == NULL && credential == NULL && vault == NULL &&
             !is_variable(json_get_text(secret, "env")))
        flow__fault(source, pointer,
                    "\"env\" must name an environment variable: letters, digits and \"_\", like "
                    "\"ERP_CLIENT_SECRET\"");
}

/* Behind the last dot of a vault name stands a connection's secret: its own name has none. */
static void check_secrets(const struct flow_source *source, const json_t *secrets,
                          const char *parent)
{
    char *pointer = flow__pointer(parent, "secrets");
    size_t count;
    const char **names = flow__names_new(secrets, &count);

    if (secrets != NULL && !json_is_object(secrets))
        wants(source, parent, "secrets", secrets, "an object {\"NAME\": {\"env\": ...}}");
    for (size_t i = 0; i < count; i++) {
        char *place = flow__pointer(pointer, names[i]);

        /* A name that looks like a secret is not repeated, not even as a place. */
        if (field__secret_fault(names[i]) != NULL ||
            (*parent != '\0' && strchr(names[i], '.') != NULL))
            flow__fault(source, pointer,
                        "one of these names cannot name a secret: letters, digits, \"_\" and "
                        "\"-\", like \"client_secret\"");
        else
            check_secret(source, json_object_get(secrets, names[i]), place);
        mem_free(place);
    }
    mem_free(names);
    mem_free(pointer);
}

/* ---- One connection */

/* Only http and https are spoken, and credentials have a place of their own. */
static bool is_scheme(const char *text, size_t size)
{
    static const char *const schemes[] = { "https", "http", "sftp", "smtps", "smtp" };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strlen(schemes[i]) == size && strncmp(text, schemes[i], size) == 0)
            return true;
    return false;
}

static void check_url(const struct flow_source *source, const json_t *url, const char *parent)
{
    char *pointer = flow__pointer(parent, "base_url");
    const char *text = json_text(url);
    const char *host = text != NULL ? strstr(text, "://") : NULL;
    size_t scheme = host != NULL ? (size_t)(host - text) : 0;

    if (url != NULL && text == NULL)
        wants(source, parent, "base_url", url, "a text");
    else if (text == NULL || strncmp(text, "${", 2) == 0)
        ; /* the connector's manifest, or the environment, knows it */
    else if (!is_scheme(text, scheme))
        flow__fault(source, pointer,
                    "\"base_url\" must begin with https://, http://, sftp://, smtps:// or smtp://");
    else if (strcspn(host + 3, "/?#") == 0)
        flow__fault(source, pointer, "\"base_url\" names no host");
    else if (memchr(host + 3, '@', strcspn(host + 3, "/?#")) != NULL)
        flow__fault(source, pointer,
                    "\"base_url\" holds a user or password: they belong in \"auth\" and "
                    "\"secrets\"");
    mem_free(pointer);
}

/* "limits": {"requests": 10, "per": "1s", "burst": 5, "concurrency": 4} */
static void check_limits(const struct flow_source *source, const json_t *connection,
                         const char *parent)
{
    static const char *const known[] = { "requests", "burst", "concurrency", "per" };
    const json_t *limits = json_object_get(connection, "limits");
    const json_t *per = json_object_get(limits, "per");
    char *pointer = flow__pointer(parent, "limits");

    if (limits != NULL && !json_is_object(limits))
        wants(source, parent, "limits", limits, "an object {\"requests\": 10, \"per\": \"1s\"}");
    else if (limits != NULL)
        check_known(source, limits, pointer, known, sizeof known / sizeof *known);
    for (size_t i = 0; i < 3; i++) {
        const json_t *count = json_object_get(limits, known[i]);

        if (count != NULL && (!json_is_integer(count) || json_integer_value(count) < 1 ||
                              json_integer_value(count) > CONNECTION_LIMIT_MAX))
            wants(source, pointer, known[i], count, "a whole number from 1 to 1000000");
    }
    if (per != NULL && (json_text(per) == NULL || flow_duration(json_text(per)) < 1))
        wants(source, pointer, "per", per, "a duration like \"1s\"");
    if (json_object_get(limits, "requests") == NULL &&
        (per != NULL || json_object_get(limits, "burst") != NULL))
        flow__fault(source, pointer, "\"per\" and \"burst\" say nothing without \"requests\"");
    mem_free(pointer);
}

static void check_connection(const struct flow_source *source, const json_t *connection,
                             const char *pointer)
{
    static const char *const known[] = { "connector",   "environment", "base_url", "settings",
                                         "auth",        "secrets",     "allow",    "simulate",
                                         "description", "limits",      "tls",      "proxy",
                                         "use",         "trace" };
    static const char *const texts[] = { "environment", "allow", "description", "use" };
    const json_t *settings = json_object_get(connection, "settings");
    const json_t *simulate = json_object_get(connection, "simulate"),
                 *trace = json_object_get(connection, "trace");
    char *place = flow__pointer(pointer, "settings");

    check_known(source, connection, pointer, known, sizeof known / sizeof *known);
    if (json_object_get(connection, "connector") == NULL)
        flow__fault(source, pointer,
                    "\"connector\" is missing: the system, like \"http\" or \"dynamics365\"");
    else if (json_get_text(connection, "connector") == NULL)
        wants(source, pointer, "connector", json_object_get(connection, "connector"), "a text");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const json_t *text = json_object_get(connection, texts[i]);

        if (text != NULL && !json_is_text(text))
            wants(source, pointer, texts[i], text, "a text");
    }
    check_url(source, json_object_get(connection, "base_url"), pointer);
    if (settings != NULL && !json_is_object(settings))
        wants(source, pointer, "settings", settings, "an object of texts");
    check_texts(source, settings, place);
    flow__check_sign_in(source, connection, pointer);
    check_limits(source, connection, pointer);
    check_secrets(source, json_object_get(connection, "secrets"), pointer);
    if (simulate != NULL && !json_is_boolean(simulate))
        wants(source, pointer, "simulate", simulate, "true or false");
    if (trace != NULL && !json_is_boolean(trace))
        wants(source, pointer, "trace", trace, "true or false");
    mem_free(place);
}

static void check_named(const struct flow_source *source, const json_t *connections)
{
    size_t count;
    const char **names = flow__names_new(connections, &count);

    if (connections != NULL && !json_is_object(connections))
        wants(source, "", "connections", connections, "an object {\"NAME\": {...}}");
    for (size_t i = 0; i < count; i++) {
        const json_t *connection = json_object_get(connections, names[i]);
        char *pointer = flow__pointer("/connections", names[i]);

        if (!flow__name_valid(names[i], "-."))
            flow__fault_key(source, pointer,
                            "\"%.80s\" cannot name a connection: a letter or \"_\", then letters, "
                            "digits, \"_\", \"-\" and \".\", at most %u",
                            names[i], LIMIT_ID);
        if (json_is_object(connection))
            check_connection(source, connection, pointer);
        else
            wants(source, "/connections", names[i], connection, "an object");
        mem_free(pointer);
    }
    mem_free(names);
}

void flow__check_connections(const struct flow_source *source, const json_t *connections)
{
    static const char *const known[] = { "weft", "connections", "secrets" };
    const json_t *weft = json_object_get(connections, "weft");

    if (!json_is_object(connections)) {
        flow__fault(source, "",
                    "the file is an object {\"weft\": 1, \"connections\": {...}}, but here "
                    "stands: %s",
                    json_kind(connections));
        return;
    }
    if (json_is_integer(weft) && json_integer_value(weft) > 1) {
        flow__fault(source, "/weft",
                    "made by a newer Weft: this is format %lld, this program reads format 1",
                    (long long)json_integer_value(weft));
        return;
    }
    if (!json_is_integer(weft) || json_integer_value(weft) != 1)
        flow__fault(source, weft != NULL ? "/weft" : "", "write \"weft\": 1, the format's version");
    check_known(source, connections, "", known, sizeof known / sizeof *known);
    check_named(source, json_object_get(connections, "connections"));
    check_secrets(source, json_object_get(connections, "secrets"), "");
}
