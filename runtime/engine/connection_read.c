/* connection_read.c - reads connections.json for a deployment. */
#include "engine/connection.h"
#include "engine/connection_rule.h"

#include <string.h>

#include "base/file.h"
#include "engine/secret.h"
#include "io/egress.h"
#include "vault/sign_request.h"

struct connection_reading {
    struct engine *engine;
    struct deployment *deployment;
    const char *file;
    struct faults *faults;
    struct err *e; /* of the store; code ERR_OK: none */
};

static void connection_fault(struct connection_reading *r, const char *name, const char *member,
                             const char *text)
{
    char pointer[3 * LIMIT_ID + 40];

    if (*name == '\0') /* the workspace's secrets belong to no connection */
        snprintf(pointer, sizeof pointer, "/secrets/%s", member);
    else
        snprintf(pointer, sizeof pointer, "/connections/%s%s%s", name, member[0] ? "/" : "",
                 member);
    faults_add(r->faults, false, r->file, 1, 1, pointer, "%s", text);
}

/* A copy with ${NAME} filled in everywhere. */
static json_t *connection_fill(struct connection_reading *r, const char *name, const json_t *from)
{
    const char *key;
    json_t *value, *to;
    size_t i;
    char *text;
    struct err e;
    bool failed = false;

    if (json_is_text(from)) {
        if (setting_text_environment(&r->engine->world, json_text(from), &text, &e) != ERR_OK) {
            connection_fault(r, name, "", e.text);
            return json_string("");
        }
        to = json_string(text);
        mem_free(text);
        return to;
    }
    if (json_is_object(from)) {
        to = json_object();
        json_object_foreach((json_t *)from, key, value)
        {
            json_put(to, key, connection_fill(r, name, value), &failed);
        }
        check(!failed);
        return to;
    }
    if (json_is_array(from)) {
        to = json_array();
        json_array_foreach(from, i, value)
        {
            json_array_append_new(to, connection_fill(r, name, value));
        }
        return to;
    }
    return json_incref((json_t *)from);
}

/* ---- Secrets */

/* What connections.json names for a secret, sealed under `vault_name` for those origins. */
static void secret_read(struct connection_reading *r, const char *owner, const char *member,
                        const json_t *source, const char *vault_name, const char *origins)
{
    char missing[SECRET_MISSING] = "", text[SECRET_MISSING + 80], *plain;
    size_t size = 0;
    struct err e;

    plain = secret_source(&r->engine->world, source, &size, missing);
    if (size > 0) {
        if (secret_put(r->engine, r->deployment->workspace, vault_name, plain, size, origins, &e) !=
            ERR_OK) {
            connection_fault(r, owner, member, e.text);
            if (e.code == ERR_STORE)
                *r->e = e;
        }
    } else if (!secret_has(r->engine, r->deployment->workspace, vault_name)) {
        snprintf(text, sizeof text, "%s, and the vault has no value from before", missing);
        connection_fault(r, owner, member, text);
    }
    vault_wipe(&plain, size);
}

/* One that signs in: it is there, and may go where it would be sent; that of a token also where the
 * token goes. */
static void connection_secret_check(struct connection_reading *r, struct connection *c,
                                    const char *secret)
{
    const char *urls[2] = { c->base_url, c->token_url };
    const char *dot = strrchr(secret, '.');
    char text[200];
    struct err e;

    if (!secret_has(r->engine, c->workspace, secret) && strchr(secret, '/') != NULL) {
        if (dot != NULL && json_object_get(json_object_get(c->shape, "secrets"), dot + 1) == NULL) {
            snprintf(text, sizeof text, "\"secrets\" must give \"%.60s\": {\"env\": \"VARIABLE\"}",
                     dot + 1);
            connection_fault(r, c->name, "", text);
        }
        return;
    }
    for (size_t i = 0; i < 2; i++)
        if (urls[i] != NULL && secret_may(r->engine, c->workspace, secret, urls[i], &e) != ERR_OK) {
            connection_fault(r, c->name, "secrets", e.text);
            return;
        }
}

static void connection_secrets(struct connection_reading *r, struct connection *c)
{
    const json_t *proxy = json_object_get(c->shape, "proxy");
    const char *key, *of_proxy = json_get_text(proxy, "secret");
    json_t *source, *secrets = json_object_get(c->shape, "secrets");
    char member[LIMIT_ID + 16], origins[SECRET_ORIGINS], *name;
    const struct sign_in_member *members;
    size_t count;

    json_object_foreach(secrets, key, source)
    {
        if (json_get_text(source, "vault") != NULL)
            continue;
        if (of_proxy != NULL && strcmp(of_proxy, key) == 0)
            secret_origins(json_get_text(proxy, "url"), NULL, origins);
        else
            secret_origins(c->base_url, c->token_url, origins);
        snprintf(member, sizeof member, "secrets/%.*s", (int)LIMIT_ID, key);
        name = connection_secret_name(c, key);
        secret_read(r, c->name, member, source, name, origins);
        mem_free(name);
    }
    members = sign_in_members(&count);
    for (size_t i = 0; i < count && !c->simulate; i++)
        if (members[i].kind == SIGN_IN_SECRET && json_get_text(c->auth, members[i].name) != NULL)
            connection_secret_check(r, c, json_get_text(c->auth, members[i].name));
}

/* ---- Signing in */

static char *connection_text(struct connection_reading *r, struct connection *c,
                             const char *pattern, enum setting_text_use use, const char *member)
{
    char *text = NULL;
    struct err e;

    if (pattern != NULL && setting_text_fill(c->info, json_object_get(c->shape, "settings"),
                                             pattern, use, &text, &e) != ERR_OK)
        connection_fault(r, c->name, member, e.text);
    return text;
}

static void connection_auth_text(struct connection_reading *r, struct connection *c, json_t *auth,
                                 const char *name, const char *pattern, enum setting_text_use use)
{
    char *text = connection_text(r, c, pattern, use, "settings");
    bool failed = false;

    if (text != NULL)
        json_put(auth, name, json_string(text), &failed);
    check(!failed);
    mem_free(text);
}

/* A manifest's object with the settings filled in. */
static json_t *connection_auth_fill(struct connection_reading *r, struct connection *c)
{
    const struct connector_sign_in *sign_in = &c->info->sign_in;
    const json_t *members = sign_in->members;
    json_t *auth = json_object(), *value;
    size_t count;
    const struct sign_in_member *known = sign_in_members(&count);

    if (members == NULL && sign_in->user != NULL)
        connection_auth_text(r, c, auth, "user", sign_in->user, SETTING_TEXT_PLAIN);
    if (members == NULL && sign_in->secret != NULL)
        json_object_set_new(auth, "secret", json_string(sign_in->secret));
    for (size_t i = 0; i < count; i++) {
        const char *name = known[i].name, *pattern = json_get_text(members, name), *key;
        bool is_text = known[i].kind == SIGN_IN_TEXT || known[i].kind == SIGN_IN_URL;

        if (pattern != NULL && is_text)
            connection_auth_text(r, c, auth, name, pattern,
                                 known[i].kind == SIGN_IN_URL ? SETTING_TEXT_URL
                                                              : SETTING_TEXT_PLAIN);
        else if (pattern != NULL)
            json_object_set_new(auth, name, json_string(pattern));
        if (known[i].kind != SIGN_IN_PARAMETERS || json_object_get(members, name) == NULL)
            continue;
        json_object_set_new(auth, name, json_object());
        json_object_foreach(json_object_get(members, name), key, value)
        {
            connection_auth_text(r, c, json_object_get(auth, name), key, json_text(value),
                                 SETTING_TEXT_PLAIN);
        }
    }
    return auth;
}

/* What names a secret becomes its name in the vault; one that is not needed may be left out. */
static void connection_auth_secrets(struct connection_reading *r, struct connection *c)
{
    size_t count;
    const struct sign_in_member *known = sign_in_members(&count);
    const json_t *secrets = json_object_get(c->shape, "secrets");
    bool failed = false;

    for (size_t i = 0; i < count; i++) {
        const char *secret = json_get_text(c->auth, known[i].name);
        char *name;

        if (known[i].kind != SIGN_IN_SECRET || secret == NULL)
            continue;
        name = connection_secret_name(c, secret);
        if (sign_in_needs(c->sign_in, known[i].name) || json_object_get(secrets, secret) != NULL ||
            secret_has(r->engine, c->workspace, name))
            json_put(c->auth, known[i].name, json_string(name), &failed);
        else
            json_object_del(c->auth, known[i].name);
        mem_free(name);
    }
    check(!failed);
    c->secret = mem_must_copy(json_get_text(c->auth, "secret"));
}

/* What an environment variable or a setting of kind url brought; told without repeating it. */
static bool connection_url_has_user(struct connection_reading *r, const struct connection *c,
                                    const char *url, const char *member)
{
    const char *host = strstr(url, "://");

    if (host == NULL || memchr(host + 3, '@', strcspn(host + 3, "/?#")) == NULL)
        return false;
    connection_fault(r, c->name, member,
                     "the URL holds a user or password: they belong in \"auth\" and \"secrets\"");
    return true;
}

/* What the shape alone does not tell. */
static void connection_auth_check(struct connection_reading *r, struct connection *c)
{
    static const char *const texts[] = { "text", "value" };
    char origin[SECRET_ORIGIN];
    struct err e;

    for (size_t i = 0; i < 2 && c->sign_in == SIGN_IN_HMAC; i++) {
        const char *text = json_get_text(c->auth, texts[i]);

        if (text != NULL && sign_hmac_text_check(text, i == 1, &e) != ERR_OK)
            connection_fault(r, c->name, i == 1 ? "auth/value" : "auth/text", e.text);
    }
    if (c->sign_in == SIGN_IN_LUA && json_get_text(c->auth, "source") != NULL &&
        connection_rule_read(c, &e) != ERR_OK)
        connection_fault(r, c->name, "auth/source", e.text);
    if (c->token_url != NULL && !connection_url_has_user(r, c, c->token_url, "auth/token_url") &&
        !secret_origin(c->token_url, origin))
        connection_fault(r, c->name, "auth/token_url",
                         "\"token_url\" must begin with https:// or http:// and name a host");
    if (sign_in_fetches(c->sign_in) && c->token_url == NULL)
        connection_fault(r, c->name, "auth", "\"token_url\" is needed to sign in");
    if (sign_in_needs(c->sign_in, "secret") && c->secret == NULL)
        connection_fault(r, c->name, "auth",
                         "\"secret\" must name one of this connection's secrets");
}

/* The sign-in of the connector, or what "auth" says instead. */
static void connection_auth(struct connection_reading *r, struct connection *c)
{
    json_t *own = json_object_get(c->shape, "auth");
    const char *type = json_get_text(own, "type"), *url;

    if (c->info != NULL && own == NULL) {
        c->sign_in = c->info->sign_in.type;
        c->auth = connection_auth_fill(r, c);
    } else {
        if (type != NULL && !sign_in_find(type, &c->sign_in))
            connection_fault(r, c->name, "auth/type", "this is no way to sign in");
        c->auth = own != NULL ? json_copied_deep(own) : json_object();
    }
    check(c->auth != NULL);
    url = json_get_text(c->auth, "token_url");
    if (sign_in_fetches(c->sign_in) && url != NULL)
        c->token_url = mem_must_copy(url);
    connection_auth_secrets(r, c);
    connection_auth_check(r, c);
}

static void connection_scheme(struct connection_reading *r, const struct connection *c)
{
    const char *schemes =
        c->info != NULL && c->info->schemes != NULL ? c->info->schemes : "https http";
    char text[120];

    for (const char *at = schemes; *at != '\0'; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");

        if (strncmp(c->base_url, at, size) == 0 && strncmp(c->base_url + size, "://", 3) == 0)
            return;
        at += size;
    }
    snprintf(text, sizeof text, "\"base_url\" must begin with one of these and ://: %s", schemes);
    connection_fault(r, c->name, "base_url", text);
}

static void connection_base(struct connection_reading *r, struct connection *c)
{
    const char *given = json_get_text(c->shape, "base_url");
    const char *wanted = json_get_text(c->shape, "environment");
    size_t i, size;

    if (given != NULL)
        c->base_url = mem_must_copy(given);
    for (i = 0; c->base_url == NULL && c->info != NULL && i < c->info->environment_count; i++)
        if (wanted == NULL || strcmp(wanted, c->info->environments[i].name) == 0)
            c->base_url = connection_text(r, c, c->info->environments[i].base_url, SETTING_TEXT_URL,
                                          "settings");
    if (connector_is_database(c->info))
        return; /* a system without a URL */
    if (c->base_url == NULL) {
        connection_fault(r, c->name, "base_url", "a connection needs a \"base_url\"");
        return;
    }
    connection_scheme(r, c);
    (void)!connection_url_has_user(r, c, c->base_url, "base_url");
    for (size = strlen(c->base_url); size > 0 && c->base_url[size - 1] == '/'; size--)
        c->base_url[size - 1] = '\0';
}

/* The settings of a database stand in no URL or header, where one that is missing would be missed.
 */
static void connection_database(struct connection_reading *r, const struct connection *c)
{
    for (size_t i = 0; connector_is_database(c->info) && i < c->info->setting_count; i++) {
        const struct connector_setting *setting = &c->info->settings[i];
        struct err e;

        if (connector_setting_check(setting, connection_setting(c, setting->name), &e) != ERR_OK)
            connection_fault(r, c->name, "settings", e.text);
    }
}

/* "production/FLOW/erp" */
static char *connection_place(const struct deployment *deployment, const char *name)
{
    char place[400];
    int size =
        snprintf(place, sizeof place, "%s/%s/%s", deployment->environment, deployment->slug, name);

    check(size > 0 && size < (int)sizeof place);
    return mem_must_copy(place);
}

static struct connection *connection_read(struct connection_reading *r, const char *name,
                                          const json_t *json, const char *use)
{
    struct connection *c = mem_must(sizeof *c);
    const char *connector, *allow;
    struct err e;

    c->magic = CONNECTION_MAGIC;
    c->refs = 1;
    c->engine = r->engine;
    c->workspace = mem_must_copy(r->deployment->workspace);
    c->name = mem_must_copy(name);
    c->place = connection_place(r->deployment, name);
    c->use = use != NULL ? mem_must_copy(use) : NULL;
    c->shape = connection_fill(r, name, json);
    connector = json_get_text(c->shape, "connector");
    if (connector != NULL && strcmp(connector, "http") != 0) {
        c->info = connector_find(r->engine->world.registry, connector);
        if (c->info == NULL)
            connection_fault(r, name, "connector",
                             "there is no such connector; \"http\" stands for any system");
    }
    c->simulate = json_is_true(json_object_get(c->shape, "simulate"));
    allow = json_get_text(c->shape, "allow");
    c->egress = egress_new(allow, r->engine->world.egress, &e);
    if (c->egress == NULL)
        connection_fault(r, name, "allow", e.text);
    connection_base(r, c);
    connection_database(r, c);
    connection_auth(r, c);
    connection_secrets(r, c);
    return c;
}

/* {"connector", "use": NAME}: the workspace's, as it is for this environment; new reference. */
static json_t *connection_shared(struct connection_reading *r, const char *name, json_t *json)
{
    const char *use = json_get_text(json, "use"), *connector = json_get_text(json, "connector");
    json_t *shared;
    struct err e;

    if (use == NULL)
        return json_incref(json);
    shared =
        connection_use(r->engine, r->deployment->workspace, r->deployment->environment, use, &e);
    if (shared == NULL) {
        connection_fault(r, name, "use", e.text);
        return json_incref(json);
    }
    if (connector != NULL && strcmp(connector, json_get_text(shared, "connector")) != 0)
        connection_fault(r, name, "connector",
                         "the connection of the workspace is one of another system");
    return shared;
}

/* What did not change keeps its token. */
static struct connection *connection_keep(struct deployment *deployment, struct connection *c)
{
    struct connection *before = connection_find(deployment, c->name);

    if (before == NULL || !json_same(before->shape, c->shape) ||
        (before->use == NULL) != (c->use == NULL) ||
        (c->use != NULL && strcmp(before->use, c->use) != 0))
        return c;
    connection_unref(c);
    return connection_ref(before);
}

struct dict *connections_read(struct engine *engine, struct deployment *deployment,
                              const json_t *bundle, const char *file, struct faults *faults,
                              struct err *e)
{
    struct connection_reading r = { engine, deployment, file, faults, e };
    json_t *part = json_object_get(bundle, "connections"), *json;
    struct dict *connections = dict_new();
    size_t before = faults->errors, cursor = 0;
    struct connection *c;
    const char *name;

    e->code = ERR_OK;
    json_object_foreach(json_object_get(part, "secrets"), name, json)
    {
        secret_read(&r, "", name, json, name, SECRET_NOWHERE);
    }
    json_object_foreach(json_object_get(part, "connections"), name, json)
    {
        json_t *own = connection_shared(&r, name, json);

        dict_put(connections, name,
                 connection_keep(deployment,
                                 connection_read(&r, name, own, json_get_text(json, "use"))));
        json_decref(own);
    }
    if (faults->errors > before) {
        connections_free(connections);
        return NULL;
    }
    while ((c = dict_next(connections, &cursor, NULL)) != NULL)
        connection_govern(c);
    return connections;
}
