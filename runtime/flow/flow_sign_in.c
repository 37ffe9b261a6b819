/* flow_sign_in.c - how a connection of connections.json signs in, and by which way it goes: "auth",
 * "tls" and "proxy". No message repeats a value: a secret may stand where it should not. */
#include "flow/flow_sign_in_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/field_priv.h"
#include "flow/sign_in.h"

/* Where the faults of an "auth" stand. */
struct sign_in_place {
    const struct flow_source *source;
    const char *pointer;
};

static void sign_in_wants(const struct flow_source *source, const char *parent, const char *key,
                          const json_t *value, const char *what)
{
    char *pointer = flow__pointer(parent, key);

    flow__fault(source, pointer, "\"%.80s\" must be %s, but here stands: %s", key, what,
                json_kind(value));
    mem_free(pointer);
}

static void sign_in_fault(void *arg, const char *member, const char *text)
{
    const struct sign_in_place *place = arg;
    char *pointer =
        *member != '\0' ? flow__pointer(place->pointer, member) : mem_must_copy(place->pointer);

    flow__fault(place->source, pointer, "%s", text);
    mem_free(pointer);
}

/* Members that are none of those, and those that are no texts. */
static void sign_in_texts(const struct flow_source *source, const json_t *object,
                          const char *pointer, const char *const *known, size_t known_count)
{
    size_t count;
    const char **names = flow__names_new(object, &count);

    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, names[i]);
        size_t at = 0;
        char *place;

        while (at < known_count && strcmp(known[at], names[i]) != 0)
            at++;
        if (at == known_count) {
            place = flow__pointer(pointer, names[i]);
            flow__fault_unknown(source, PLACE_KEY, place, "member", names[i], known, known_count);
            mem_free(place);
        } else if (!json_is_text(value) && strcmp(names[i], "parameters") != 0) {
            sign_in_wants(source, pointer, names[i], value, "a text");
        }
    }
    mem_free(names);
}

/* A member that names one of the connection's own secrets. */
static void sign_in_secret(const struct flow_source *source, const json_t *connection,
                           const json_t *object, const char *pointer, const char *member)
{
    const char *secret = json_get_text(object, member);
    const json_t *secrets = json_object_get(connection, "secrets");
    char *place = flow__pointer(pointer, member);
    size_t count;
    const char **names = flow__names_new(secrets, &count);

    if (secret != NULL && field__secret_fault(secret) != NULL)
        flow__fault(source, place,
                    "here stands the name of one of this connection's \"secrets\", never the "
                    "secret itself");
    else if (secret != NULL && json_object_get(secrets, secret) == NULL)
        flow__fault_unknown(source, PLACE_VALUE, place, "secret of this connection", secret, names,
                            count);
    mem_free(names);
    mem_free(place);
}

static void sign_in_type(const struct flow_source *source, const json_t *auth, const char *pointer)
{
    const char *type = json_get_text(auth, "type");
    char *place = flow__pointer(pointer, "type");
    struct sign_in_place here = { source, pointer };
    enum sign_in found;
    size_t count;
    const char *const *names = sign_in_names(&count);

    if (json_object_get(auth, "type") == NULL)
        flow__fault(source, pointer, "\"type\" is missing: how to sign in, like \"bearer\"");
    else if (type != NULL && sign_in_find(type, &found))
        sign_in_check(auth, found, sign_in_fault, &here);
    else if (type != NULL)
        flow__fault_unknown(source, PLACE_VALUE, place, "way to sign in", type, names, count);
    mem_free(place);
}

static void sign_in_auth(const struct flow_source *source, const json_t *connection,
                         const json_t *auth, const char *pointer)
{
    size_t count;
    const struct sign_in_member *members = sign_in_members(&count);
    const char **known = mem_must((count + 1) * sizeof *known);

    known[0] = "type";
    for (size_t i = 0; i < count; i++)
        known[i + 1] = members[i].name;
    sign_in_texts(source, auth, pointer, known, count + 1);
    mem_free(known);
    sign_in_type(source, auth, pointer);
    for (size_t i = 0; i < count; i++)
        if (members[i].kind == SIGN_IN_SECRET)
            sign_in_secret(source, connection, auth, pointer, members[i].name);
}

/* "tls": {"ca", "certificate", "key"}: names of secrets with PEM */
static void sign_in_tls(const struct flow_source *source, const json_t *connection,
                        const json_t *tls, const char *pointer)
{
    static const char *const known[] = { "ca", "certificate", "key" };

    sign_in_texts(source, tls, pointer, known, 3);
    for (size_t i = 0; i < 3; i++)
        sign_in_secret(source, connection, tls, pointer, known[i]);
    if ((json_object_get(tls, "certificate") == NULL) != (json_object_get(tls, "key") == NULL))
        flow__fault(source, pointer, "\"certificate\" and \"key\" belong together");
}

/* "proxy": {"url", "user", "secret"} */
static void sign_in_proxy(const struct flow_source *source, const json_t *connection,
                          const json_t *proxy, const char *pointer)
{
    static const char *const known[] = { "url", "user", "secret" };
    const char *url = json_get_text(proxy, "url");
    const char *host = url != NULL && strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;

    sign_in_texts(source, proxy, pointer, known, 3);
    sign_in_secret(source, connection, proxy, pointer, "secret");
    if (url == NULL)
        flow__fault(source, pointer, "\"url\" is missing: like \"http://proxy.example:3128\"");
    else if (strstr(url, "${") == NULL &&
             (host == NULL || *host == '\0' || strpbrk(host, "/?#@") != NULL))
        flow__fault(source, pointer,
                    "\"url\" must be http://HOST:PORT, without user, path or anything more");
    if ((json_object_get(proxy, "user") == NULL) != (json_object_get(proxy, "secret") == NULL))
        flow__fault(source, pointer, "\"user\" and \"secret\" belong together");
}

void flow__check_sign_in(const struct flow_source *source, const json_t *connection,
                         const char *parent)
{
    static const struct {
        const char *name, *example;
        void (*look)(const struct flow_source *source, const json_t *connection, const json_t *part,
                     const char *pointer);
    } parts[] = {
        { "auth", "an object {\"type\": ...}", sign_in_auth },
        { "tls", "an object {\"ca\": \"SECRET\"}", sign_in_tls },
        { "proxy", "an object {\"url\": \"http://HOST:PORT\"}", sign_in_proxy },
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const json_t *part = json_object_get(connection, parts[i].name);
        char *pointer = flow__pointer(parent, parts[i].name);

        if (part != NULL && !json_is_object(part))
            sign_in_wants(source, parent, parts[i].name, part, parts[i].example);
        else if (part != NULL)
            parts[i].look(source, connection, part, pointer);
        mem_free(pointer);
    }
}
