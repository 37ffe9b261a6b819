/* sign_in.c - the ways to sign in as a table, and what is wrong with one that was written. */
#include "flow/sign_in.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"

#define SIGN_IN_TOKENS "RS256 RS384 RS512 PS256 ES256 ES384"

static const struct sign_in_way {
    const char *name, *needs, *may;
} sign_in_ways[] = {
#define X(code, name, needs, may) { name, needs, may },
    SIGN_INS(X)
#undef X
};

static const struct sign_in_member sign_in_all[] = {
    { "user", SIGN_IN_TEXT, NULL },
    { "secret", SIGN_IN_SECRET, NULL },
    { "header", SIGN_IN_NAME, NULL },
    { "prefix", SIGN_IN_LITERAL, NULL },
    { "parameter", SIGN_IN_LITERAL, NULL },
    { "token_url", SIGN_IN_URL, NULL },
    { "authorize_url", SIGN_IN_URL, NULL },
    { "client_id", SIGN_IN_TEXT, NULL },
    { "client_secret", SIGN_IN_SECRET, NULL },
    { "refresh_token", SIGN_IN_SECRET, NULL },
    { "certificate", SIGN_IN_SECRET, NULL },
    { "client_auth", SIGN_IN_CHOICE, "post basic private_key_jwt none" },
    { "scope", SIGN_IN_TEXT, NULL },
    { "resource", SIGN_IN_TEXT, NULL },
    { "audience", SIGN_IN_TEXT, NULL },
    { "assertion_audience", SIGN_IN_TEXT, NULL },
    { "parameters", SIGN_IN_PARAMETERS, NULL },
    { "account", SIGN_IN_TEXT, NULL },
    { "issuer", SIGN_IN_TEXT, NULL },
    { "subject", SIGN_IN_TEXT, NULL },
    { "key_id", SIGN_IN_TEXT, NULL },
    { "algorithm", SIGN_IN_CHOICE, SIGN_IN_TOKENS },
    { "encoding", SIGN_IN_CHOICE, "hex base64 base64url" },
    { "key_encoding", SIGN_IN_CHOICE, "text base64 hex" },
    { "text", SIGN_IN_LITERAL, NULL },
    { "value", SIGN_IN_LITERAL, NULL },
    { "timestamp", SIGN_IN_CHOICE, "seconds milliseconds iso http" },
    { "source", SIGN_IN_LITERAL, NULL },
    { "timestamp_header", SIGN_IN_NAME, NULL },
    { "nonce_header", SIGN_IN_NAME, NULL },
};
#define SIGN_IN_MEMBERS (sizeof sign_in_all / sizeof *sign_in_all)

const char *sign_in_name(enum sign_in type)
{
    check((size_t)type < SIGN_IN_COUNT);
    return sign_in_ways[type].name;
}

bool sign_in_find(const char *name, enum sign_in *type)
{
    for (int i = 0; i < SIGN_IN_COUNT; i++)
        if (strcmp(sign_in_ways[i].name, name) == 0) {
            *type = (enum sign_in)i;
            return true;
        }
    return false;
}

const char *const *sign_in_names(size_t *count)
{
    static const char *const names[] = {
#define X(code, name, needs, may) name,
        SIGN_INS(X)
#undef X
    };

    *count = SIGN_IN_COUNT;
    return names;
}

const struct sign_in_member *sign_in_members(size_t *count)
{
    *count = SIGN_IN_MEMBERS;
    return sign_in_all;
}

/* Whether it is one of words parted by blanks. */
static bool sign_in_among(const char *words, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");

        if (length == size && strncmp(at, word, size) == 0)
            return true;
        at += length;
    }
    return false;
}

bool sign_in_needs(enum sign_in type, const char *member)
{
    check((size_t)type < SIGN_IN_COUNT);
    return sign_in_among(sign_in_ways[type].needs, member);
}

bool sign_in_takes(enum sign_in type, const char *member)
{
    return sign_in_needs(type, member) || sign_in_among(sign_in_ways[type].may, member);
}

bool sign_in_fetches(enum sign_in type)
{
    return sign_in_needs(type, "token_url");
}

bool sign_in_signs_body(enum sign_in type, const char *text, const char *value)
{
    if (type == SIGN_IN_HMAC)
        return text == NULL || strstr(text, "{body") != NULL ||
               (value != NULL && strstr(value, "{body") != NULL);
    return type == SIGN_IN_CYBERSOURCE || type == SIGN_IN_CYBERSOURCE_JWT || type == SIGN_IN_LUA;
}

/* ---- Faults */

static bool sign_in_is_header(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789!#$%&'*+-.^_`|~") == strlen(text);
}

static const char *sign_in_choices(enum sign_in type, const struct sign_in_member *member)
{
    if (type == SIGN_IN_HMAC && strcmp(member->name, "algorithm") == 0)
        return "sha256 sha512 sha1";
    if (type == SIGN_IN_CYBERSOURCE_JWT && strcmp(member->name, "algorithm") == 0)
        return "HS256 RS256";
    return member->choices;
}

static void sign_in_check_parameters(const json_t *value, sign_in_fault_fn *fault, void *arg)
{
    const char *key;
    json_t *one;

    if (!json_is_object(value))
        fault(arg, "parameters", "\"parameters\" must be an object of texts");
    json_object_foreach((json_t *)value, key, one)
    {
        if (!json_is_text(one) || *key == '\0')
            fault(arg, "parameters", "each of \"parameters\" must be a text");
    }
}

static void sign_in_check_value(enum sign_in type, const struct sign_in_member *member,
                                const json_t *value, sign_in_fault_fn *fault, void *arg)
{
    const char *text = json_text(value), *choices = sign_in_choices(type, member);
    char said[300];

    if (member->kind == SIGN_IN_PARAMETERS) {
        sign_in_check_parameters(value, fault, arg);
    } else if (text == NULL || strstr(text, "${") != NULL) {
        return; /* that it is no text is told by whoever knows the file */
    } else if (member->kind == SIGN_IN_NAME && !sign_in_is_header(text)) {
        fault(arg, member->name, "this cannot be the name of a header");
    } else if (member->kind == SIGN_IN_CHOICE && !sign_in_among(choices, text)) {
        snprintf(said, sizeof said, "\"%s\" of %s is one of these: %s", member->name,
                 sign_in_name(type), choices);
        fault(arg, member->name, said);
    }
}

/* A client that shows its key needs one, and one that shows a secret, too. */
static void sign_in_check_client(const json_t *auth, enum sign_in type, sign_in_fault_fn *fault,
                                 void *arg)
{
    const char *how = json_get_text(auth, "client_auth");
    const char *secret = type == SIGN_IN_PASSWORD ? "client_secret" : "secret";
    char said[120];

    if (how == NULL || strcmp(how, "none") == 0)
        return;
    if (type == SIGN_IN_JWT_BEARER) {
        fault(arg, "client_auth", "the assertion itself signs in: \"client_auth\" can be none");
    } else if (json_object_get(auth, "client_id") == NULL ||
               json_object_get(auth, secret) == NULL) {
        snprintf(said, sizeof said, "\"client_auth\" needs \"client_id\" and \"%s\"", secret);
        fault(arg, "client_auth", said);
    }
}

void sign_in_check(const json_t *auth, enum sign_in type, sign_in_fault_fn *fault, void *arg)
{
    char said[200];

    for (size_t i = 0; i < SIGN_IN_MEMBERS; i++) {
        const struct sign_in_member *member = &sign_in_all[i];
        const json_t *value = json_object_get(auth, member->name);

        if (value == NULL && sign_in_needs(type, member->name)) {
            snprintf(said, sizeof said, "%s needs \"%s\"", sign_in_name(type), member->name);
            fault(arg, "", said);
        } else if (value != NULL && !sign_in_takes(type, member->name)) {
            snprintf(said, sizeof said, "\"%s\" has no meaning with %s", member->name,
                     sign_in_name(type));
            fault(arg, "", said);
        } else if (value != NULL) {
            sign_in_check_value(type, member, value, fault, arg);
        }
    }
    if (sign_in_fetches(type))
        sign_in_check_client(auth, type, fault, arg);
}
