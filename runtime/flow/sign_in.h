/* sign_in.h - the ways to sign in to a system, and what each is told.
 *
 * One table for a manifest's "sign_in" and for "auth" in connections.json: both are an object with
 * "type" and the members of that type (docs/CONNECTORS.md, "Signing in"). In a manifest, texts and
 * URLs are templates over the connection's settings, and what is a secret is the name of a setting
 * of kind secret; in a connection it is the name of one of its "secrets". */
#ifndef FLOW_SIGN_IN_H
#define FLOW_SIGN_IN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SIGN_IN_OAUTH \
    " scope resource audience parameters client_auth assertion_audience algorithm key_id" \
    " certificate header"

/*    code                 name                          needs             may have */
#define SIGN_INS(X)                                                                              \
    X(NONE,                "none",                       "",               "")                   \
    X(BASIC,               "basic",                      "user secret",    "")                   \
    X(BEARER,              "bearer",                     "secret",         "")                   \
    X(HEADER,              "header",                     "header secret",  "prefix")             \
    X(API_KEY,             "api_key",                    "secret",         "header prefix")      \
    X(QUERY,               "query",                      "parameter secret", "")                 \
    X(CLIENT_CREDENTIALS,  "oauth2_client_credentials",  "token_url client_id secret",           \
      SIGN_IN_OAUTH)                                                                             \
    X(PASSWORD,            "oauth2_password",            "token_url user secret",                \
      "client_id client_secret" SIGN_IN_OAUTH)                                                   \
    X(REFRESH_TOKEN,       "oauth2_refresh_token",       "token_url client_id refresh_token",    \
      "secret" SIGN_IN_OAUTH)                                                                    \
    X(AUTHORIZATION_CODE,  "oauth2_authorization_code",  "authorize_url token_url client_id",    \
      "secret account issuer" SIGN_IN_OAUTH)                                                     \
    X(JWT_BEARER,          "oauth2_jwt_bearer",          "token_url issuer secret",              \
      "client_id subject" SIGN_IN_OAUTH)                                                         \
    X(CYBERSOURCE,         "cybersource_http_signature", "user key_id secret", "")               \
    X(CYBERSOURCE_JWT,     "cybersource_jwt",            "user key_id secret", "algorithm")      \
    X(HMAC,                "hmac",                       "header secret",                        \
      "user key_id algorithm encoding key_encoding text value timestamp timestamp_header "       \
      "nonce_header")                                                                            \
    X(AZURE_SAS,           "azure_sas",                  "user secret",    "resource")           \
    X(LUA,                 "lua",                        "source secret",  "user key_id")
enum sign_in {
#define X(code, name, needs, may) SIGN_IN_##code,
    SIGN_INS(X)
#undef X
    SIGN_IN_COUNT
};

enum sign_in_kind {
    SIGN_IN_TEXT,            /* a template */
    SIGN_IN_URL,             /* a template of one */
    SIGN_IN_LITERAL,
    SIGN_IN_NAME,            /* of a header */
    SIGN_IN_CHOICE,
    SIGN_IN_SECRET,
    SIGN_IN_PARAMETERS       /* an object of texts: more parameters of a request for a token */
};
struct sign_in_member {
    const char *name;
    enum sign_in_kind kind;
    const char *choices;     /* parted by blanks */
};

const char *sign_in_name(enum sign_in type);
bool sign_in_find(const char *name, enum sign_in *type);
const char *const *sign_in_names(size_t *count);
/* Each member that some way knows; sign_in_takes() says which. */
const struct sign_in_member *sign_in_members(size_t *count);
bool sign_in_needs(enum sign_in type, const char *member);
bool sign_in_takes(enum sign_in type, const char *member);
/* Whether a token is fetched for it. */
bool sign_in_fetches(enum sign_in type);
/* Whether it needs all bytes of a request's body. text, value: its members, NULL: not said. */
bool sign_in_signs_body(enum sign_in type, const char *text, const char *value);

/* member: where the fault stands, "" for the whole. No text repeats a value. */
typedef void sign_in_fault_fn(void *arg, const char *member, const char *text);
/* What is missing, has no meaning with the type, or is no choice. Texts that hold ${NAME} are not
 * known yet. Unknown members are the caller's to find. */
void sign_in_check(const json_t *auth, enum sign_in type, sign_in_fault_fn *fault, void *arg);

#endif
