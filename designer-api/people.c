/* people.c - the room's life, and who comes with a request. */
#include "designer-api/people_act_priv.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "engine/audit.h"
#include "vault/sign.h"

#define PEOPLE_IDLE_MS     (15 * 60 * INT64_C(1000))
#define PEOPLE_ABSOLUTE_MS (12 * 3600 * INT64_C(1000))
#define PEOPLE_AHEAD_MS    60000 /* of a time server's corrections */

/* ---- Life */

struct people *people_new(const struct people_options *options, struct err *e)
{
    unsigned char random[PASSWORD_SALT + 32];
    struct people *people = mem_must(sizeof *people);

    check(options->engine != NULL && options->objects != NULL && options->vault != NULL);
    check(options->pool != NULL && options->random != NULL && options->clock != NULL);
    people->magic = PEOPLE_MAGIC;
    people->options = *options;
    if (options->idle_ms <= 0)
        people->options.idle_ms = PEOPLE_IDLE_MS;
    if (options->absolute_ms <= 0)
        people->options.absolute_ms = PEOPLE_ABSOLUTE_MS;
    vault_derive(options->vault, "second factors", people->key);
    options->random->fill(options->random, random, sizeof random);
    password_decoy(random, people->decoy);
    people->throttle = throttle_new();
    people->sums = sums_new();
    people__hold(people);
    if (people__load(people, e) != ERR_OK) {
        people_free(people);
        return NULL;
    }
    if (!people__has_admin(people, NULL))
        people__secret(people, people->first);
    return people;
}

void people__hold(struct people *people)
{
    people->under_way++;
}

void people__let(struct people *people)
{
    CHECK_OBJ(people, PEOPLE_MAGIC);
    check(people->under_way > 0);
    if (--people->under_way > 0)
        return;
    check(people->closed);
    people__unload(people);
    throttle_free(people->throttle);
    sums_free(people->sums);
    explicit_bzero(people, sizeof *people);
    mem_free(people);
}

void people_free(struct people *people)
{
    if (people == NULL)
        return;
    CHECK_OBJ(people, PEOPLE_MAGIC);
    check(!people->closed);
    people->closed = true;
    people__let(people);
}

const char *people_public_url(const struct people *people)
{
    return people->options.public_url;
}

const char *people_first(const struct people *people)
{
    CHECK_OBJ(people, PEOPLE_MAGIC);
    return people->first[0] != '\0' ? people->first : NULL;
}

/* ---- Small things for all */

int64_t people__now(const struct people *people)
{
    return people->options.clock->wall_ms(people->options.clock);
}

struct deadline people__last(const struct people *people, int64_t since_ms, int64_t span_ms)
{
    struct clock *clock = people->options.clock;
    int64_t past = people__now(people) - since_ms;

    if (past < -PEOPLE_AHEAD_MS) /* the clock was set back while nobody was there to see how far */
        past = span_ms;
    return (struct deadline){ since_ms + span_ms - 1,
                              clock->steady_ms(clock) + span_ms - past - 1 };
}

void people__id(struct people *people, char kind, char id[LIMIT_ID])
{
    unsigned char random[10];

    people->options.random->fill(people->options.random, random, sizeof random);
    *id++ = kind;
    for (size_t i = 0; i < sizeof random; i++)
        id += snprintf(id, 3, "%02x", random[i]);
}

void people__secret(struct people *people, char text[SECRET_TEXT])
{
    unsigned char random[SECRET_BYTES];
    struct buf plain;

    people->options.random->fill(people->options.random, random, sizeof random);
    buf_init_secret(&plain, 1 * KIB);
    base64_write(&plain, random, sizeof random);
    check(buf_ok(&plain) && plain.len == SECRET_TEXT);
    for (size_t i = 0; i < SECRET_TEXT - 1; i++)
        text[i] = plain.at[i] == '+' ? '-' : plain.at[i] == '/' ? '_' : plain.at[i];
    text[SECRET_TEXT - 1] = '\0';
    buf_fini(&plain);
    explicit_bzero(random, sizeof random);
}

void people__hash(const char *purpose, const char *secret, char hash[HASH_TEXT])
{
    struct buf text;

    buf_init_secret(&text, 4 * KIB);
    buf_addf(&text, "weft %s:%s", purpose, secret);
    digest_text(buf_text(&text), text.len, hash);
    buf_fini(&text);
}

void people__audit(struct people *people, const char *by, const char *what, const char *object,
                   json_t *detail)
{
    engine_audit(people->options.engine, NULL, by, what, object, detail);
    json_decref(detail);
}

void people_limits(struct people *people, int64_t idle_ms, int64_t absolute_ms, bool second_factor)
{
    CHECK_OBJ(people, PEOPLE_MAGIC);
    check(idle_ms > 0 && absolute_ms > 0);
    people->options.idle_ms = idle_ms;
    people->options.absolute_ms = absolute_ms;
    people->options.second_factor = second_factor;
}

enum err_code people_proved(const struct ask *ask, struct err *e)
{
    const struct who *who = ask->who;

    if (who->kind == WHO_LOCAL || who->kind == WHO_TOKEN)
        return ERR_OK;
    if (who->kind == WHO_SESSION && who->proved_ms > 0 &&
        people__now(ask_people(ask)) - who->proved_ms < PEOPLE_PROOF_MS)
        return ERR_OK;
    return err_set(e, ERR_PROOF,
                   "this is sensitive: prove again that it is you (POST /session/proof with the "
                   "password or a code)");
}

/* ---- Who comes */

static bool is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}

/* The one that is asked for, else where they were last, else their first. */
static enum err_code who_workspace(const struct person *person, const char *asked, const char *last,
                                   struct who *who, struct err *e)
{
    void *first = json_object_iter(json_object_get(person->body, "roles"));
    const char *workspace = asked;

    if (workspace == NULL && *last != '\0' && person_role(person, last) != ROLE_NONE)
        workspace = last;
    if (workspace == NULL && first != NULL)
        workspace = json_object_iter_key(first);
    if (workspace == NULL)
        return ERR_OK; /* no member of any: may do nothing but ask who they are */
    who->role = person_role(person, workspace);
    if (who->role == ROLE_NONE)
        return err_set(e, ERR_FORBIDDEN, "%s is no member of the workspace \"%.64s\"", person->name,
                       workspace);
    snprintf(who->workspace, sizeof who->workspace, "%s", workspace);
    who->permissions = role_permissions(who->role);
    return ERR_OK;
}

static enum err_code who_token(struct people *people, const struct http_request *request,
                               const char *secret, struct who *who, struct err *e)
{
    const char *asked = http_request_header(request, "Weft-Workspace");
    const struct person *person;
    char hash[HASH_TEXT];
    struct token *token;
    struct way way;

    people__hash("token", secret, hash);
    token = dict_find(people->tokens_by_hash, hash);
    if (token == NULL)
        return err_set(e, ERR_UNAUTHORIZED, "there is no such token, or not any more");
    person = person_find(people, token->user);
    if (people__now(people) >= token->ends_ms)
        return err_set(e, ERR_EXPIRED, "the token \"%s\" has ended", token->name);
    if (person == NULL || person_disabled(person))
        return err_set(e, ERR_UNAUTHORIZED, "the token's owner may not sign in");
    if (asked != NULL && strcmp(asked, token->workspace) != 0)
        return err_set(e, ERR_FORBIDDEN, "the token is for the workspace %s", token->workspace);
    if (who_workspace(person, token->workspace, "", who, e) != ERR_OK)
        return e->code;
    who->kind = WHO_TOKEN;
    who->permissions &= permissions_whole(token->scopes);
    snprintf(who->user, sizeof who->user, "%s", person->id);
    snprintf(who->name, sizeof who->name, "%.60s/%.38s", person->name, token->name);
    snprintf(who->session, sizeof who->session, "%s", token->id);
    people__way(request, &way);
    people__token_used(people, token, way.address);
    return ERR_OK;
}

static enum err_code who_csrf(const struct http_request *request, const char *secret, struct err *e)
{
    const char *given = http_request_header(request, "X-CSRF");
    char csrf[HASH_TEXT];

    if (is_safe(request->method))
        return ERR_OK;
    if (people__origin(request, e) != ERR_OK)
        return e->code;
    people__csrf(secret, csrf);
    if (given != NULL && sign_equal(csrf, given))
        return ERR_OK;
    return err_set(e, ERR_FORBIDDEN,
                   "the header X-CSRF is missing or of another session: GET /session tells it");
}

enum err_code people__session_who(struct people *people, const struct session *session,
                                  const char *asked, struct who *who, struct err *e)
{
    const struct person *person = person_find(people, session->user);

    check(person != NULL);
    *who = (struct who){ .kind = WHO_SESSION };
    if (who_workspace(person, asked, session->workspace, who, e) != ERR_OK)
        return e->code;
    who->second_factor = session->factor;
    who->proved_ms = session->proved_ms;
    if (people->options.second_factor && !session->factor)
        who->permissions = 0; /* may set one up, and no more */
    snprintf(who->user, sizeof who->user, "%s", person->id);
    snprintf(who->name, sizeof who->name, "%s", person->name);
    snprintf(who->session, sizeof who->session, "%s", session->id);
    return ERR_OK;
}

/* A page that is open asks by itself, and keeps a stream of events: nobody need be there. */
static bool who_is_there(const struct http_request *request)
{
    const char *accept = http_request_header(request, "Accept");

    return http_request_header(request, "Weft-Background") == NULL &&
           (accept == NULL || strncasecmp(accept, "text/event-stream", 17) != 0);
}

static enum err_code who_session(struct people *people, const struct http_request *request,
                                 const char *secret, struct who *who, struct err *e)
{
    const char *asked = http_request_header(request, "Weft-Workspace");
    struct session *session;
    char hash[HASH_TEXT];

    people__hash("session", secret, hash);
    session = dict_find(people->sessions_by_hash, hash);
    if (session != NULL && people__ended(people, session)) {
        session_end(people, session, AUDIT_SYSTEM, NULL, NULL, NULL);
        session = NULL;
    }
    if (session == NULL)
        return err_set(e, ERR_EXPIRED, "the session has ended: sign in again");
    if (who_csrf(request, secret, e) != ERR_OK ||
        people__session_who(people, session, asked, who, e) != ERR_OK)
        return e->code;
    snprintf(session->workspace, sizeof session->workspace, "%s", who->workspace);
    if (who_is_there(request))
        people__used(people, session);
    return ERR_OK;
}

enum err_code people_who(struct people *people, const struct http_request *request, struct who *who,
                         struct err *e)
{
    const char *bearer = http_request_header(request, "Authorization");
    char secret[SECRET_TEXT];
    enum err_code code;

    CHECK_OBJ(people, PEOPLE_MAGIC);
    *who = (struct who){ .kind = WHO_NOBODY };
    if (bearer != NULL && strncasecmp(bearer, "Bearer ", 7) != 0)
        return err_set(e, ERR_UNAUTHORIZED, "Authorization takes a token: \"Bearer weft_...\"");
    if (bearer != NULL) {
        code = strlen(bearer) < 200 ? who_token(people, request, bearer + 7, who, e)
                                    : err_set(e, ERR_UNAUTHORIZED, "this is no token of ours");
    } else {
        people__cookie(request, secret);
        code = secret[0] != '\0' ? who_session(people, request, secret, who, e) : ERR_OK;
        explicit_bzero(secret, sizeof secret);
    }
    if (code != ERR_OK)
        *who = (struct who){ .kind = WHO_NOBODY };
    return code;
}

bool people_holds(const struct people *people, const struct who *who)
{
    const struct session *session = session_find(people, who->session);
    const struct token *token = token_find(people, who->session);
    const struct person *person = person_find(people, who->user);

    if (who->kind == WHO_LOCAL)
        return true;
    if (person == NULL || person_disabled(person) ||
        (who->workspace[0] != '\0' && person_role(person, who->workspace) != who->role))
        return false;
    if (who->kind == WHO_TOKEN)
        return token != NULL && people__now(people) < token->ends_ms;
    return who->kind == WHO_SESSION && session != NULL && !people__ended(people, session);
}

/* ---- Who answers what */

const struct ask_bind people_binds[] = {
    { "signIn", people__sign_in },
    { "signInSecondFactor", people__sign_in_factor },
    { "getSession", people__session },
    { "signOut", people__sign_out },
    { "proveSession", people__prove },
    { "changePassword", people__change_password },
    { "listSessions", people__sessions },
    { "endOtherSessions", people__end_others },
    { "endSession", people__end_one },
    { "beginSecondFactor", people__factor_begin },
    { "confirmSecondFactor", people__factor_confirm },
    { "renewRecoveryCodes", people__factor_codes },
    { "removeSecondFactor", people__factor_remove },
    { "makeFirstUser", people__make_first },
    { "acceptInvitation", people__accept },
    { "listUsers", people__users },
    { "getUser", people__user },
    { "makeUser", people__user_make },
    { "changeUser", people__user_change },
    { "removeUser", people__user_remove },
    { "resetUser", people__user_reset },
    { "listRoles", people__roles },
    { "listWorkspaces", people__workspaces },
    { "makeWorkspace", people__workspace_make },
    { "listTokens", people__tokens },
    { "makeToken", people__token_make },
    { "removeToken", people__token_remove },
    { NULL, NULL },
};
