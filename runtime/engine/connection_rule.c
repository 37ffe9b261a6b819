/* connection_rule.c - see connection_rule.h. */
#include "engine/connection_rule.h"

#include <ctype.h>
#include <string.h>

#include "base/hash.h"
#include "base/percent.h"
#include "engine/budget.h"
#include "engine/secret.h"
#include "rules/rule.h"
#include "rules/rule_keys.h"
#include "vault/sign.h"

/* It signs a request, and the loop waits for it: it has a part of what rules of flows have; as long
 * as nobody sets that, 200,000 instructions, 20 ms and 4 MiB. */
#define RULE_TICKS_PART  25
#define RULE_MS_PART     12
#define RULE_MEMORY_PART 8
#define RULE_KEY         (64 * KIB)

struct connection_rule {
    struct rules *rules;
    struct rule_unit *unit;
};

/* ---- Read */

static void rule_told(void *arg, size_t source, const char *module, unsigned line, const char *text)
{
    struct err *e = arg;

    (void)source, (void)module;
    if (e->code == ERR_OK)
        err_set(e, ERR_SYNTAX, "line %u: %s", line, text);
}

enum err_code connection_rule_read(struct connection *c, struct err *e)
{
    const char *text = json_get_text(c->auth, "source");
    const struct rule_source source = {
        .kind = RULE_SCRIPT, .name = "the sign-in", .text = text, .size = strlen(text)
    };
    const struct rule_unit_input input = { .sources = &source, .source_count = 1 };
    struct connection_rule *rule;

    check(c->rule == NULL);
    rule = c->rule = mem_must(sizeof *rule);
    rule->rules = rules_new(c->engine->world.clock, c->engine->world.log, NULL, e);
    if (rule->rules == NULL)
        return e->code;
    e->code = ERR_OK;
    rule->unit = rule_unit_new(rule->rules, &input, rule_told, e);
    if (rule->unit == NULL && e->code == ERR_OK)
        err_set(e, ERR_SYNTAX, "the rule cannot be compiled");
    return e->code;
}

void connection_rule_free(struct connection_rule *rule)
{
    if (rule == NULL)
        return;
    if (rule->rules != NULL) {
        rule_unit_free(rule->rules, rule->unit);
        rules_free(rule->rules);
    }
    mem_free(rule);
}

/* ---- What it sees */

static void seen_text(json_t *seen, const char *name, const char *text, size_t size, bool *failed)
{
    if (text != NULL)
        json_put(seen, name, json_stringn(text, size), failed);
}

static void seen_url(json_t *seen, const char *url, bool *failed)
{
    const char *host = strstr(url, "://");
    const char *path, *query;

    check(host != NULL);
    host += 3;
    path = host + strcspn(host, "/?");
    query = path + strcspn(path, "?");
    seen_text(seen, "url", url, strlen(url), failed);
    seen_text(seen, "host", host, (size_t)(path - host), failed);
    seen_text(seen, "path", path, (size_t)(query - path), failed);
    seen_text(seen, "query", query, 0, failed);
    if (*query == '?')
        seen_text(seen, "query", query + 1, strlen(query + 1), failed);
}

static void seen_headers(json_t *seen, const struct sign_request *request, bool *failed)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < request->header_count; i++) {
        char *name = mem_must_copy(request->headers[i].name);

        for (char *at = name; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
        json_put(headers, name, json_string(request->headers[i].value), failed);
        mem_free(name);
    }
    json_put(seen, "headers", headers, failed);
}

/* NULL without memory. */
static json_t *seen_new(const struct connection *c, const struct sign_request *request)
{
    unsigned char digest[HASH_SIZE];
    char hex[HASH_TEXT];
    struct hash *hash = hash_new(NULL, 0);
    json_t *seen = json_object();
    bool failed = seen == NULL;

    hash_add(hash, request->body != NULL ? request->body : "", request->body_size);
    hash_end(hash, digest);
    hash_text(digest, hex);
    hash_free(hash);
    if (!failed) {
        json_put(seen, "method", json_string(request->method), &failed);
        seen_url(seen, request->url, &failed);
        seen_headers(seen, request, &failed);
        json_put(seen, "body_size", json_integer((json_int_t)request->body_size), &failed);
        json_put(seen, "body_sha256", json_string(hex), &failed);
        json_put(seen, "nonce", json_string(request->nonce), &failed);
        json_put(seen, "seconds", json_integer(request->now_ms / 1000), &failed);
        if (json_get_text(c->auth, "user") != NULL)
            json_put(seen, "user", json_string(json_get_text(c->auth, "user")), &failed);
        if (json_get_text(c->auth, "key_id") != NULL)
            json_put(seen, "key_id", json_string(json_get_text(c->auth, "key_id")), &failed);
    }
    if (!failed)
        return seen;
    json_decref(seen);
    return NULL;
}

/* ---- Its secrets */

struct rule_signing {
    const struct connection *connection;
    json_t *given; /* what the rule gave */
    struct err e;  /* of a secret, or of the rule; code ERR_OK: none */
};

static size_t signing_hmac(void *arg, const char *secret, const char *prefix, const char *algorithm,
                           const void *text, size_t size, unsigned char mac[RULE_KEYS_MAC],
                           struct err *e)
{
    struct rule_signing *signing = arg;
    const struct connection *c = signing->connection;
    char *name = connection_secret_name(c, secret), *plain;
    size_t plain_size, mac_size = 0;
    struct buf key;

    if (secret_for(c->engine, c->workspace, name, c->base_url, &plain, &plain_size, e) == ERR_OK) {
        buf_init_secret(&key, RULE_KEY);
        buf_add_text(&key, prefix);
        buf_add(&key, plain, plain_size);
        vault_wipe(&plain, plain_size);
        if (buf_check(&key, "the key", e) == ERR_OK)
            mac_size = sign_hmac(algorithm, buf_text(&key), key.len, text, size, mac);
        buf_fini(&key);
        if (mac_size == 0)
            err_set(e, ERR_INVALID, "the algorithm is 'sha256', 'sha512' or 'sha1'");
    } else {
        signing->e = *e; /* its kind counts: without a credential nothing goes */
    }
    mem_free(name);
    return mac_size;
}

static void signing_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct rule_signing *signing = owner;

    (void)tag;
    if (result->error == NULL)
        signing->given = json_incref(result->values[0]);
    else if (signing->e.code == ERR_OK)
        signing->e = *result->error;
}

/* ---- What it gives */

static enum err_code given_fault(const struct connection *c, struct err *e)
{
    return err_set(e, ERR_RULE,
                   "%s: the rule that signs in must give {headers = {...}, query = {...}} of texts",
                   c->name);
}

static enum err_code given_headers(const struct connection *c, json_t *given,
                                   struct call_headers *headers, struct err *e)
{
    const char *name;
    json_t *value;

    json_object_foreach(given, name, value)
    {
        if (!json_is_text(value))
            return given_fault(c, e);
        if (!call_header_add(headers, name, json_text(value)))
            return err_set(e, ERR_LIMIT, "a request has at most %u headers", LIMIT_HEADERS);
    }
    return ERR_OK;
}

static enum err_code given_query(const struct connection *c, json_t *given, struct buf *url,
                                 struct err *e)
{
    const char *name;
    json_t *value;

    json_object_foreach(given, name, value)
    {
        if (!json_is_text(value))
            return given_fault(c, e);
        buf_add_char(url, strchr(buf_text(url), '?') != NULL ? '&' : '?');
        percent_write(url, name, strlen(name));
        buf_add_char(url, '=');
        percent_write(url, json_text(value), strlen(json_text(value)));
    }
    return buf_check(url, "the URL", e);
}

static enum err_code given_take(const struct connection *c, json_t *given, struct buf *url,
                                struct call_headers *headers, struct err *e)
{
    json_t *own = json_object_get(given, "headers"), *query = json_object_get(given, "query");
    size_t known = (own != NULL) + (query != NULL);

    if (!json_is_object(given) || json_object_size(given) != known || known == 0 ||
        (own != NULL && !json_is_object(own)) || (query != NULL && !json_is_object(query)))
        return given_fault(c, e);
    if (own != NULL && given_headers(c, own, headers, e) != ERR_OK)
        return e->code;
    return query != NULL ? given_query(c, query, url, e) : ERR_OK;
}

static struct rule_allowance signing_allowance(const struct connection *c)
{
    struct rule_allowance own = engine_allowance(c->engine, c->workspace, NULL);

    own.has.ticks /= RULE_TICKS_PART;
    own.has.ms /= RULE_MS_PART;
    own.has.memory /= RULE_MEMORY_PART;
    own.share = true;
    return own;
}

enum err_code connection_rule_sign(const struct connection *c, const struct sign_request *request,
                                   struct buf *url, struct call_headers *headers, struct err *e)
{
    struct rule_signing signing = { .connection = c, .e = { .code = ERR_OK } };
    const struct rule_keys keys = { signing_hmac, &signing };
    const struct rule_allowance allowance = signing_allowance(c);
    struct rule_scope scope = { .now_ms = request->now_ms, .keys = &keys, .allowance = &allowance };
    const unsigned first = 0;
    json_t *seen;

    check(c->rule != NULL && c->rule->unit != NULL);
    seen = seen_new(c, request);
    if (seen == NULL)
        return err_set(e, ERR_MEMORY, "no memory to sign in");
    scope.input = seen;
    rules_eval(c->rule->rules, c->rule->unit, &first, 1, RULE_ALL, &scope, signing_done, &signing,
               0);
    json_decref(seen);
    *e = signing.e;
    if (e->code == ERR_OK)
        e->code = given_take(c, signing.given, url, headers, e);
    json_decref(signing.given);
    return e->code;
}
