/* people_token.c - tokens of machines: made by a person, for one workspace, with some of their
 * permissions and an end. What a token may do is never more than its owner may at that moment. */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "engine/audit.h"

#define TOKEN_PREFIX  "weft_" /* so that scanners for leaked secrets know one */
#define TOKEN_DAYS    90
#define TOKEN_USED_MS 60000         /* a use is kept that often, */
#define TOKEN_TOLD_MS (3600 * 1000) /* and told to the audit that often, where it may much */
#define DAY_MS        (24 * 3600 * INT64_C(1000))
#define TOKEN_ADMIN                                                          \
    (PERMISSION_BIT(MAY_USERS_MANAGE) | PERMISSION_BIT(MAY_SETTINGS_WRITE) | \
     PERMISSION_BIT(MAY_SECRETS_WRITE) | PERMISSION_BIT(MAY_AUDIT_READ) |    \
     PERMISSION_BIT(MAY_PAYLOADS_REVEAL))

/* ---- Use */

struct token_change {
    struct people *people;
    char id[LIMIT_ID];
};

static void token_kept(void *arg, const struct err *e)
{
    struct token_change *change = arg;
    struct people *people = change->people;
    struct token *token = token_find(people, change->id);

    if (token != NULL)
        token->busy = false;
    if (e->code != ERR_OK && !people->closed)
        log_warn(people->options.log, "the last use of token %s was not kept: %s", change->id,
                 e->text);
    mem_free(change);
    people__let(people);
}

void people__token_used(struct people *people, struct token *token, const char *address)
{
    struct commit_item item = { .kind = "token", .id = token->id, .from = token->revision };
    bool moved = strcmp(token->used_from, address) != 0;
    int64_t now = people__now(people);
    struct token_change *change;

    token->used_ms = now;
    snprintf(token->used_from, sizeof token->used_from, "%s", address);
    if ((token->scopes & TOKEN_ADMIN) != 0 && (moved || now - token->told_ms >= TOKEN_TOLD_MS)) {
        const struct person *person = person_find(people, token->user);

        token->told_ms = now;
        people__audit(people, person != NULL ? person->name : AUDIT_SYSTEM, "token.use", token->id,
                      json_pack("{s:s, s:s}", "name", token->name, "address", address));
    }
    if (token->busy || token->ended || (!moved && now - token->kept_ms < TOKEN_USED_MS))
        return;
    token->busy = true;
    token->kept_ms = now;
    change = mem_must(sizeof *change);
    change->people = people;
    snprintf(change->id, sizeof change->id, "%s", token->id);
    people__hold(people);
    item.body = token_body(token);
    people__commit(people, AUDIT_SYSTEM, &item, 1, token_kept, change);
}

/* ---- Listing */

void people__tokens(struct ask *ask)
{
    struct people *people = ask_people(ask);
    bool all = ask_flag(ask, "everybody") || ask->who->kind == WHO_LOCAL;
    json_t *items;
    struct err e;

    if (all && !who_may(ask->who, MAY_USERS_MANAGE)) {
        err_set(&e, ERR_FORBIDDEN, "everybody's tokens are for who manages people");
        ask_refuse(ask, &e);
        return;
    }
    items = json_array();
    for (const struct token *one = people->tokens; one != NULL; one = one->next)
        if (!one->ended && (strcmp(one->user, ask->who->user) == 0 ||
                            (all && people__manages(people, ask->who, one->workspace))))
            json_array_append_new(items, token_view(people, one));
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

/* ---- Making */

static enum err_code scopes_read(const json_t *names, uint64_t may, uint64_t *scopes, struct err *e)
{
    enum permission permission;
    json_t *name;
    size_t i;

    *scopes = 0;
    json_array_foreach(names, i, name)
    {
        if (!permission_find(json_string_value(name), &permission))
            return err_set(e, ERR_INVALID, "/scopes/%zu: there is no permission \"%.40s\"", i,
                           json_string_value(name));
        if ((may & PERMISSION_BIT(permission)) == 0)
            return err_set(e, ERR_FORBIDDEN,
                           "/scopes/%zu: a token has no permission that its owner has not: %s", i,
                           permission_name(permission));
        *scopes |= PERMISSION_BIT(permission);
    }
    return *scopes != 0 ? ERR_OK : err_set(e, ERR_INVALID, "/scopes: one permission at least");
}

/* Whose it will be: theirs who ask; at the local socket the body names the person. */
static enum err_code token_owner(const struct ask *ask, struct person **person, struct err *e)
{
    const char *name = json_get_text(ask->body, "user");

    if (ask->who->kind != WHO_LOCAL)
        return name != NULL ? err_set(e, ERR_FORBIDDEN, "a token is made by its owner")
                            : people__of_session(ask, person, e);
    *person = name != NULL ? person_named(ask_people(ask), name) : NULL;
    if (*person != NULL)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "/user: whose the token is; there is nobody \"%.60s\"",
                   name != NULL ? name : "");
}

static void token_made(void *arg, const struct err *e)
{
    struct act *act = arg;
    const struct token *token = token_find(act->people, act->session);
    json_t *answer;

    if (e->code != ERR_OK || token == NULL) {
        act_refuse(act, e);
        return;
    }
    answer = json_pack("{s:o, s:s+}", "token", token_view(act->people, token), "secret",
                       TOKEN_PREFIX, act->secret);
    act_give(act, 201, answer);
}

static void token_commit(struct act *act, struct token *token)
{
    struct commit_item item = { .kind = "token", .what = "token.make" };
    char whole[sizeof TOKEN_PREFIX + SECRET_TEXT];
    struct people *people = act->people;

    people__id(people, 't', token->id);
    people__secret(people, act->secret);
    snprintf(act->session, sizeof act->session, "%s", token->id);
    snprintf(whole, sizeof whole, "%s%s", TOKEN_PREFIX, act->secret);
    people__hash("token", whole, token->hash);
    explicit_bzero(whole, sizeof whole);
    item.id = token->id;
    item.body = token_body(token);
    item.detail =
        json_pack("{s:s, s:o, s:o}", "name", token->name, "scopes",
                  people__permissions(token->scopes), "ends_at", people__time(token->ends_ms));
    item.until_ms = 0; /* what has ended stays to be seen */
    people__commit(people, act->who.name, &item, 1, token_made, act);
}

void people__token_make(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct token token = { .made_ms = people__now(people) };
    struct person *person;
    unsigned count = 0;
    uint64_t may;
    struct err e;

    if (token_owner(ask, &person, &e) != ERR_OK || people_proved(ask, &e) != ERR_OK)
        goto refuse;
    may = ask->who->kind == WHO_LOCAL ? role_permissions(person_role(person, ask->who->workspace))
                                      : ask->who->permissions;
    if (scopes_read(json_object_get(ask->body, "scopes"), may, &token.scopes, &e) != ERR_OK)
        goto refuse;
    for (const struct token *one = people->tokens; one != NULL; one = one->next)
        count += strcmp(one->user, person->id) == 0;
    if (count >= TOKENS_EACH) {
        err_set(&e, ERR_LIMIT, "%s has %u tokens, and that is the most: remove one", person->name,
                TOKENS_EACH);
        goto refuse;
    }
    token.ends_ms = token.made_ms + json_get_int(ask->body, "days", TOKEN_DAYS) * DAY_MS;
    snprintf(token.user, sizeof token.user, "%s", person->id);
    snprintf(token.workspace, sizeof token.workspace, "%s", ask->who->workspace);
    snprintf(token.name, sizeof token.name, "%s", json_get_text(ask->body, "name"));
    token_commit(act_new(ask), &token);
    return;
refuse:
    ask_refuse(ask, &e);
}

/* ---- Removing */

static void token_removed(void *arg, const struct err *e)
{
    struct act *act = arg;

    if (e->code != ERR_OK)
        act_refuse(act, e);
    else
        act_give(act, 204, NULL);
}

void people__token_remove(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct token *token = token_find(people, ask->path[0]);
    struct commit_item item = { .kind = "token", .from = OBJECT_ANY, .what = "token.remove" };
    struct act *act;
    struct err e;

    if (ask->who->kind == WHO_TOKEN && token != NULL && strcmp(token->id, ask->who->session) != 0 &&
        !who_may(ask->who, MAY_USERS_MANAGE))
        token = NULL; /* a machine takes back its own token only */
    if (token == NULL || (strcmp(token->user, ask->who->user) != 0 &&
                          !(who_may(ask->who, MAY_USERS_MANAGE) &&
                            people__manages(people, ask->who, token->workspace)))) {
        err_set(&e, ERR_NOT_FOUND, "there is no such token");
        ask_refuse(ask, &e);
        return;
    }
    act = act_new(ask);
    item.id = token->id;
    item.detail = json_pack("{s:s}", "name", token->name);
    people__commit(people, ask->who->name, &item, 1, token_removed, act);
}
