/* manifest_import_system.c - where the system of an OpenAPI document is, and how one signs in. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "nodes/manifest_import_priv.h"

static void setting_add(json_t *manifest, const char *name, const char *kind, const char *title,
                        const char *help, const char *fallback)
{
    json_t *list = json_object_get(manifest, "settings"), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (strcmp(json_get_text(one, "name"), name) == 0)
            return;
    }
    one = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "name", name, "kind", kind, "title", title,
                    "help", help, "default", fallback);
    if (fallback == NULL)
        json_object_set_new(one, "required", json_true());
    json_array_append_new(list, one);
}

/* ---- Servers */

/* A place of a server's URL becomes a setting, also one that the document does not declare. */
static void server_place(struct import *import, json_t *manifest, const json_t *server,
                         const char *name, struct buf *text)
{
    json_t *variable = json_object_get(json_object_get(server, "variables"), name);
    const char *about = json_get_text(variable, "description");
    const char *kind = text->len == 0 ? "url" : "text"; /* it begins with one: all is the place's */
    struct buf slug;

    buf_init(&slug, 100);
    import__slug(&slug, name);
    buf_addf(text, "{%s}", buf_text(&slug));
    if (variable == NULL)
        import__say(import, "the server's URL has {%s}, which is not declared: it is a setting",
                    name);
    setting_add(manifest, buf_text(&slug), kind, name,
                about != NULL ? about : "A part of the system's address.",
                json_get_text(variable, "default"));
    buf_fini(&slug);
}

/* "https://{region}.example.com/v1/" with its variables as settings. */
static json_t *server_url(struct import *import, json_t *manifest, json_t *server)
{
    const char *url = json_get_text(server, "url");
    struct buf text;
    json_t *made;
    size_t size;

    buf_init(&text, 2000);
    if (url == NULL || (strncmp(url, "http", 4) != 0 && *url != '{')) {
        setting_add(manifest, "url", "url", "Address", "Where the system is, from https:// on.",
                    NULL);
        buf_addf(&text, "{url}%s", url != NULL && *url != '/' && *url != '\0' ? "/" : "");
    }
    while (url != NULL && *url != '\0') {
        size_t plain = strcspn(url, "{"), inside;
        char name[64];

        buf_addf(&text, "%.*s", (int)plain, url);
        url += plain;
        inside = strcspn(url, "}");
        if (*url == '{' && url[inside] == '}') {
            snprintf(name, sizeof name, "%.*s", (int)inside - 1, url + 1);
            server_place(import, manifest, server, name, &text);
        }
        url += inside + (url[inside] == '}');
    }
    for (size = text.len; size > 0 && text.at[size - 1] == '/'; size--)
        text.at[size - 1] = '\0';
    made = json_string(buf_text(&text));
    buf_fini(&text);
    return made;
}

static void import_servers(struct import *import, json_t *manifest)
{
    json_t *servers = json_object_get(import->document, "servers"), *server;
    json_t *environments = json_object_get(manifest, "environments");
    char name[32];
    size_t i;

    if (json_array_size(servers) == 0)
        json_object_set_new(environments, "production",
                            json_pack("{s:o}", "base_url", server_url(import, manifest, NULL)));
    json_array_foreach(servers, i, server)
    {
        const char *about = json_get_text(server, "description");
        bool sandbox = about != NULL &&
                       (strcasestr(about, "sandbox") != NULL || strcasestr(about, "test") != NULL);

        snprintf(name, sizeof name,
                 i == 0    ? "production"
                 : sandbox ? "sandbox"
                           : "server_%zu",
                 i + 1);
        if (json_object_get(environments, name) != NULL)
            snprintf(name, sizeof name, "server_%zu", i + 1);
        json_object_set_new(environments, name,
                            json_pack("{s:o}", "base_url", server_url(import, manifest, server)));
    }
}

/* ---- Sign-in */

static json_t *sign_in_client(json_t *manifest, json_t *flow)
{
    const char *url = json_get_text(flow, "tokenUrl"), *scope;
    struct buf scopes;
    json_t *made, *about;

    if (url == NULL || strncmp(url, "http", 4) != 0)
        return NULL;
    buf_init(&scopes, 4000);
    json_object_foreach(json_object_get(flow, "scopes"), scope, about)
    {
        buf_addf(&scopes, "%s%s", scopes.len > 0 ? " " : "", scope);
    }
    setting_add(manifest, "client_id", "text", "Client id", "The id of the registered client.",
                NULL);
    setting_add(manifest, "client_secret", "secret", "Client secret", "Its secret.", NULL);
    made = json_pack("{s:s, s:s, s:s, s:s}", "type", "oauth2_client_credentials", "token_url", url,
                     "client_id", "{client_id}", "secret", "client_secret");
    if (scopes.len > 0)
        json_object_set_new(made, "scope", json_string(buf_text(&scopes)));
    buf_fini(&scopes);
    return made;
}

static json_t *sign_in_http(json_t *manifest, const char *scheme)
{
    if (scheme != NULL && strcasecmp(scheme, "basic") == 0) {
        setting_add(manifest, "user", "text", "User", "The user's name.", NULL);
        setting_add(manifest, "password", "secret", "Password", "The user's password.", NULL);
        return json_pack("{s:s, s:s, s:s}", "type", "basic", "user", "{user}", "secret",
                         "password");
    }
    if (scheme == NULL || strcasecmp(scheme, "bearer") != 0)
        return NULL;
    setting_add(manifest, "token", "secret", "Token", "The token that signs in.", NULL);
    return json_pack("{s:s, s:s}", "type", "bearer", "secret", "token");
}

/* NULL: not supported. */
static json_t *sign_in_of(json_t *manifest, json_t *scheme)
{
    const char *type = json_get_text(scheme, "type"), *in = json_get_text(scheme, "in");
    const char *name = json_get_text(scheme, "name");

    if (type == NULL)
        return NULL;
    if (strcmp(type, "http") == 0)
        return sign_in_http(manifest, json_get_text(scheme, "scheme"));
    if (strcmp(type, "oauth2") == 0)
        return sign_in_client(
            manifest, json_object_get(json_object_get(scheme, "flows"), "clientCredentials"));
    if (strcmp(type, "apiKey") != 0 || in == NULL || name == NULL ||
        (strcmp(in, "header") != 0 && strcmp(in, "query") != 0))
        return NULL;
    setting_add(manifest, "key", "secret", "API key", "The key that signs in.", NULL);
    if (strcmp(in, "query") == 0)
        return json_pack("{s:s, s:s, s:s}", "type", "query", "parameter", name, "secret", "key");
    return json_pack("{s:s, s:s, s:s}", "type", "header", "header", name, "secret", "key");
}

static void import_sign_in(struct import *import, json_t *manifest)
{
    json_t *schemes =
        json_object_get(json_object_get(import->document, "components"), "securitySchemes");
    json_t *wanted = json_array_get(json_object_get(import->document, "security"), 0);
    json_t *scheme, *made = NULL;
    const char *name, *taken = NULL;

    for (unsigned pass = 0; pass < 2 && made == NULL; pass++) {
        json_object_foreach(schemes, name, scheme)
        {
            if (made != NULL || (pass == 0 && json_object_get(wanted, name) == NULL))
                continue;
            made = sign_in_of(manifest, import__resolve(import, scheme));
            taken = made != NULL ? name : NULL;
        }
    }
    json_object_foreach(schemes, name, scheme)
    {
        if (taken == NULL || strcmp(name, taken) != 0)
            import__say(import, "the way to sign in \"%.60s\" is not used%s", name,
                        taken == NULL ? ": no type of sign_in fits it" : "");
    }
    if (made == NULL && json_object_size(schemes) > 0)
        import__say(import, "sign_in is none: write it yourself (docs/CONNECTORS.md)");
    json_object_set_new(manifest, "sign_in",
                        made != NULL ? made : json_pack("{s:s}", "type", "none"));
}

void import__system(struct import *import, json_t *manifest)
{
    check(json_is_object(manifest));
    import->where = "document";
    import_servers(import, manifest);
    import_sign_in(import, manifest);
}
