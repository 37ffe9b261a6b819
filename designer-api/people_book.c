/* people_book.c - who there is: read at the start, and again whenever an object has changed. */
#include "designer-api/people_act_priv.h"

#include <string.h>

/* ---- Reading objects */

static void text_copy(char *to, size_t room, const json_t *body, const char *member)
{
    const char *text = json_get_text(body, member);

    snprintf(to, room, "%s", text != NULL ? text : "");
}

static struct person *person_take(struct people *people, const struct object *object)
{
    struct person *person = dict_find(people->by_id, object->id);

    if (person == NULL) {
        person = mem_must(sizeof *person);
        snprintf(person->id, sizeof person->id, "%.63s", object->id);
        text_copy(person->name, sizeof person->name, object->body, "name");
        person->next = people->persons;
        people->persons = person;
        dict_put(people->by_id, person->id, person);
        dict_put(people->by_name, person->name, person);
    }
    json_decref(person->body);
    person->body = json_incref(object->body);
    person->revision = object->revision;
    person->created_ms = object->created_ms;
    person->changed_ms = object->changed_ms;
    return person;
}

static void credential_take(struct people *people, const struct object *object)
{
    struct person *person = dict_find(people->by_id, object->id);
    uint64_t counter;

    if (person == NULL)
        return;
    json_decref(person->credential);
    person->credential = json_incref(object->body);
    person->credential_revision = object->revision;
    counter = (uint64_t)json_get_int(person_factor(person), "counter", 0);
    if (counter > person->counter)
        person->counter = counter;
}

static void session_take(struct people *people, const struct object *object)
{
    struct session *session = session_find(people, object->id);
    const json_t *body = object->body;

    if (session == NULL) {
        session = mem_must(sizeof *session);
        snprintf(session->id, sizeof session->id, "%.63s", object->id);
        session->next = people->sessions;
        people->sessions = session;
        dict_put(people->sessions_by_id, session->id, session);
        session->used_ms = json_get_int(body, "used_ms", 0);
        session->rests = people__last(people, session->used_ms, people->options.idle_ms);
        session->ends =
            people__last(people, json_get_int(body, "opened_ms", 0), people->options.absolute_ms);
        text_copy(session->workspace, sizeof session->workspace, body, "workspace");
    } else {
        dict_remove(people->sessions_by_hash, session->hash);
    }
    text_copy(session->hash, sizeof session->hash, body, "hash");
    text_copy(session->user, sizeof session->user, body, "user");
    text_copy(session->address, sizeof session->address, body, "address");
    text_copy(session->agent, sizeof session->agent, body, "agent");
    session->opened_ms = json_get_int(body, "opened_ms", 0);
    session->renewed_ms = json_get_int(body, "renewed_ms", 0);
    session->proved_ms = json_get_int(body, "proved_ms", 0);
    session->kept_ms = json_get_int(body, "used_ms", 0);
    session->factor = json_is_true(json_object_get(body, "factor"));
    session->revision = object->revision;
    if (!session->ended)
        dict_put(people->sessions_by_hash, session->hash, session);
}

json_t *session_body(const struct session *session)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "hash", session->hash,
                     "user", session->user, "workspace", session->workspace, "address",
                     session->address, "agent", session->agent, "opened_ms",
                     (json_int_t)session->opened_ms, "used_ms", (json_int_t)session->used_ms,
                     "renewed_ms", (json_int_t)session->renewed_ms, "proved_ms",
                     (json_int_t)session->proved_ms, "factor", session->factor);
}

static uint64_t scopes_read(const json_t *names)
{
    uint64_t scopes = 0;
    enum permission permission;
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        if (permission_find(json_string_value(name), &permission))
            scopes |= PERMISSION_BIT(permission);
    }
    return scopes;
}

static void token_take(struct people *people, const struct object *object)
{
    struct token *token = token_find(people, object->id);
    const json_t *body = object->body;

    if (token == NULL) {
        token = mem_must(sizeof *token);
        snprintf(token->id, sizeof token->id, "%.63s", object->id);
        text_copy(token->hash, sizeof token->hash, body, "hash");
        token->next = people->tokens;
        people->tokens = token;
        token->used_ms = json_get_int(body, "used_ms", 0);
        text_copy(token->used_from, sizeof token->used_from, body, "used_from");
        dict_put(people->tokens_by_hash, token->hash, token);
    }
    text_copy(token->user, sizeof token->user, body, "user");
    text_copy(token->workspace, sizeof token->workspace, body, "workspace");
    text_copy(token->name, sizeof token->name, body, "name");
    token->scopes = scopes_read(json_object_get(body, "scopes"));
    token->made_ms = json_get_int(body, "made_ms", 0);
    token->ends_ms = json_get_int(body, "ends_ms", 0);
    token->kept_ms = json_get_int(body, "used_ms", 0);
    token->revision = object->revision;
}

json_t *token_body(const struct token *token)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:s}", "hash", token->hash, "user",
                     token->user, "workspace", token->workspace, "name", token->name, "scopes",
                     people__permissions(token->scopes), "made_ms", (json_int_t)token->made_ms,
                     "ends_ms", (json_int_t)token->ends_ms, "used_ms", (json_int_t)token->used_ms,
                     "used_from", token->used_from);
}

/* ---- Dropping */

void session_drop(struct people *people, struct session *session)
{
    struct session **at = &people->sessions;

    while (*at != session)
        at = &(*at)->next;
    *at = session->next;
    dict_remove(people->sessions_by_id, session->id);
    dict_remove(people->sessions_by_hash, session->hash);
    if (session->renews != NULL) { /* who waits to be renewed waits no more */
        struct err e;

        err_set(&e, ERR_EXPIRED, "the session has ended: sign in again");
        act_refuse(session->renews, &e);
    }
    mem_free(session);
}

void token_drop(struct people *people, struct token *token)
{
    struct token **at = &people->tokens;

    while (*at != token)
        at = &(*at)->next;
    *at = token->next;
    dict_remove(people->tokens_by_hash, token->hash);
    mem_free(token);
}

static void person_drop(struct people *people, struct person *person)
{
    struct person **at = &people->persons;

    while (*at != person)
        at = &(*at)->next;
    *at = person->next;
    dict_remove(people->by_id, person->id);
    dict_remove(people->by_name, person->name);
    json_decref(person->body);
    json_decref(person->credential);
    mem_free(person);
}

/* ---- Finding */

struct person *person_find(const struct people *people, const char *id)
{
    return dict_find(people->by_id, id);
}

bool person_name(const char *given, char name[WHO_NAME])
{
    size_t size = strlen(given);

    if (size < 2 || size > 64)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = given[i] >= 'A' && given[i] <= 'Z' ? (char)(given[i] - 'A' + 'a') : given[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (strchr("._-+@", c) != NULL && i > 0)))
            return false;
        name[i] = c;
    }
    name[size] = '\0';
    return true;
}

struct person *person_named(const struct people *people, const char *given)
{
    char name[WHO_NAME];

    return person_name(given, name) ? dict_find(people->by_name, name) : NULL;
}

enum role person_role(const struct person *person, const char *workspace)
{
    const char *name = json_get_text(json_object_get(person->body, "roles"), workspace);
    enum role role;

    return name != NULL && role_find(name, &role) ? role : ROLE_NONE;
}

bool person_disabled(const struct person *person)
{
    return json_is_true(json_object_get(person->body, "disabled"));
}

const char *person_password(const struct person *person)
{
    return person_disabled(person) ? NULL : json_get_text(person->credential, "password");
}

json_t *person_factor(const struct person *person)
{
    return json_object_get(person->credential, "factor");
}

json_t *people__names(const struct people *people)
{
    json_t *names = json_object();

    for (const struct person *person = people->persons; person != NULL; person = person->next)
        json_object_set_new(names, person->id, json_string(person->name));
    return names;
}

struct session *session_find(const struct people *people, const char *id)
{
    return dict_find(people->sessions_by_id, id);
}

struct token *token_find(const struct people *people, const char *id)
{
    struct token *token = people->tokens;

    while (token != NULL && strcmp(token->id, id) != 0)
        token = token->next;
    return token;
}

bool people__has_admin(const struct people *people, const char *but)
{
    for (const struct person *person = people->persons; person != NULL; person = person->next)
        if (person_role(person, PEOPLE_MAIN) == ROLE_ADMIN && !person_disabled(person) &&
            (but == NULL || strcmp(person->id, but) != 0))
            return true;
    return false;
}

/* ---- The whole */

static bool load_person(void *arg, const struct object *object)
{
    person_take(arg, object);
    return true;
}

static bool load_credential(void *arg, const struct object *object)
{
    credential_take(arg, object);
    return true;
}

static bool load_session(void *arg, const struct object *object)
{
    struct people *people = arg;

    if (person_find(people, json_get_text(object->body, "user")) != NULL)
        session_take(people, object);
    return true;
}

static bool load_token(void *arg, const struct object *object)
{
    struct people *people = arg;

    if (person_find(people, json_get_text(object->body, "user")) != NULL)
        token_take(people, object);
    return true;
}

enum err_code people__load(struct people *people, struct err *e)
{
    static const struct {
        const char *kind;
        object_visit_fn *visit;
    } kinds[] = { { "user", load_person },
                  { "credential", load_credential },
                  { "session", load_session },
                  { "token", load_token } };

    people->by_id = dict_new();
    people->by_name = dict_new();
    people->sessions_by_id = dict_new();
    people->sessions_by_hash = dict_new();
    people->tokens_by_hash = dict_new();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (object_list(people->options.objects, kinds[i].kind, "", NULL, NULL, 0, kinds[i].visit,
                        people, e) != ERR_OK)
            return err_prefix(e, "the people of this store");
    return ERR_OK;
}

void people__unload(struct people *people)
{
    while (people->sessions != NULL)
        session_drop(people, people->sessions);
    while (people->tokens != NULL)
        token_drop(people, people->tokens);
    while (people->persons != NULL)
        person_drop(people, people->persons);
    for (struct ticket *ticket = people->tickets, *next; ticket != NULL; ticket = next) {
        next = ticket->next;
        mem_free(ticket);
    }
    dict_free(people->by_id);
    dict_free(people->by_name);
    dict_free(people->sessions_by_id);
    dict_free(people->sessions_by_hash);
    dict_free(people->tokens_by_hash);
}

static void book_gone(struct people *people, const char *kind, const char *id)
{
    struct person *person = person_find(people, id);
    struct session *session = session_find(people, id);
    struct token *token = token_find(people, id);

    if (strcmp(kind, "user") == 0 && person != NULL) {
        people__end_all(people, id, NULL);
        person_drop(people, person);
    } else if (strcmp(kind, "session") == 0 && session != NULL) {
        session_drop(people, session);
    } else if (strcmp(kind, "token") == 0 && token != NULL) {
        token_drop(people, token);
    }
}

void people__refresh(struct people *people, const char *kind, const char *id)
{
    struct object object = { .body = NULL };
    struct err e;

    if (object_read(people->options.objects, kind, "", id, &object, &e) == ERR_NOT_FOUND)
        book_gone(people, kind, id);
    else if (object.body == NULL)
        log_error(people->options.log, "%s %s: %s", kind, id, e.text);
    else if (strcmp(kind, "user") == 0)
        person_take(people, &object);
    else if (strcmp(kind, "credential") == 0)
        credential_take(people, &object);
    else if (strcmp(kind, "session") == 0)
        session_take(people, &object);
    else if (strcmp(kind, "token") == 0)
        token_take(people, &object);
    object_fini(&object);
}
