/* people_view.c - sessions, people and tokens as JSON: what of them may be seen. */
#include "designer-api/people_act_priv.h"

#include <string.h>

json_t *people__time(int64_t ms)
{
    char text[CLOCK_TEXT];

    if (ms <= 0)
        return json_null();
    clock_text(ms, text);
    return json_string(text);
}

json_t *people__permissions(uint64_t permissions)
{
    json_t *names = json_array();

    for (unsigned i = 0; i < PERMISSION_COUNT; i++)
        if ((permissions & PERMISSION_BIT(i)) != 0)
            json_array_append_new(names, json_string(permission_name((enum permission)i)));
    return names;
}

/* ---- The session's state */

json_t *people__workspace_view(const struct people *people, const char *workspace)
{
    struct object object = { .body = NULL };
    const char *title = NULL;
    json_t *view;
    struct err e;

    if (object_read(people->options.objects, "workspace", "", workspace, &object, &e) == ERR_OK)
        title = json_get_text(object.body, "title");
    view =
        json_pack("{s:s, s:s}", "workspace", workspace, "title", title != NULL ? title : workspace);
    object_fini(&object);
    return view;
}

static json_t *state_workspaces(const struct people *people, const struct person *person)
{
    json_t *list = json_array(), *view, *role;
    const char *workspace;

    json_object_foreach(json_object_get(person->body, "roles"), workspace, role)
    {
        view = people__workspace_view(people, workspace);
        json_object_set(view, "role", role);
        json_array_append_new(list, view);
    }
    return list;
}

static json_t *state_factor(const struct people *people, const struct who *who,
                            const struct person *person)
{
    const json_t *factor = person_factor(person);

    return json_pack("{s:b, s:b, s:b, s:i}", "set", factor != NULL, "used", who->second_factor,
                     "required", people->options.second_factor, "recovery_codes",
                     (int)json_array_size(json_object_get(factor, "codes")));
}

#define STATE_NAMES 3 /* of each permission so many people are told */

static json_t *state_people(const struct people *people, const char *workspace, uint64_t bit)
{
    json_t *names = json_array();
    const char *title;

    for (const struct person *one = people->persons;
         one != NULL && json_array_size(names) < STATE_NAMES; one = one->next) {
        if (person_disabled(one) || (role_permissions(person_role(one, workspace)) & bit) == 0)
            continue;
        title = json_get_text(one->body, "title");
        json_array_append_new(names, json_string(title != NULL ? title : one->name));
    }
    return names;
}

/* Of what this one may not: the roles that may, and some of the workspace who have one of them. */
static json_t *state_others(const struct people *people, const struct who *who)
{
    json_t *others = json_object(), *roles;

    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        const uint64_t bit = PERMISSION_BIT(i);

        if ((who->permissions & bit) != 0)
            continue;
        roles = json_array();
        for (unsigned role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
            if ((role_permissions((enum role)role) & bit) != 0)
                json_array_append_new(roles, json_string(role_name((enum role)role)));
        json_object_set_new(others, permission_name((enum permission)i),
                            json_pack("{s:o, s:o}", "roles", roles, "people",
                                      state_people(people, who->workspace, bit)));
    }
    return others;
}

static void state_session(const struct people *people, const struct session *session,
                          const char *secret, json_t *state)
{
    char csrf[HASH_TEXT];
    int64_t last = session->opened_ms + people->options.absolute_ms;
    json_t *view = session_view(people, session, session->id);

    people__csrf(secret, csrf);
    json_object_set_new(state, "csrf", json_string(csrf));
    json_object_set_new(view, "idle_seconds", json_integer(people->options.idle_ms / 1000));
    json_object_set_new(view, "ends_at", people__time(last));
    json_object_set_new(view, "proved_until", people__time(session->proved_ms + PEOPLE_PROOF_MS));
    json_object_set_new(state, "session", view);
}

json_t *people__state(const struct people *people, const struct who *who, const char *secret)
{
    static const char *const kinds[] = { "nobody", "session", "token", "local" };
    const struct person *person = person_find(people, who->user);
    const struct session *session = session_find(people, who->session);
    json_t *state, *user;

    if (who->kind == WHO_NOBODY)
        return json_pack("{s:b, s:b}", "signed_in", false, "first",
                         people->first[0] != '\0' && !people__has_admin(people, NULL));
    state = json_pack("{s:b, s:s, s:s, s:s, s:s, s:o}", "signed_in", true, "kind", kinds[who->kind],
                      "name", who->name, "workspace", who->workspace, "role", role_name(who->role),
                      "permissions", people__permissions(who->permissions));
    check(state != NULL);
    if (people->options.public_url != NULL)
        json_object_set_new(state, "public_url", json_string(people->options.public_url));
    if (person != NULL) {
        user = json_pack("{s:s, s:s, s:s?}", "id", person->id, "name", person->name, "title",
                         json_get_text(person->body, "title"));
        json_object_set_new(state, "user", user);
        json_object_set_new(state, "workspaces", state_workspaces(people, person));
        json_object_set_new(state, "second_factor", state_factor(people, who, person));
    }
    if (who->kind == WHO_SESSION && who->role != ROLE_NONE)
        json_object_set_new(state, "others", state_others(people, who));
    if (who->kind == WHO_SESSION && session != NULL)
        state_session(people, session, secret, state);
    return state;
}

json_t *session_view(const struct people *people, const struct session *session, const char *own)
{
    (void)people;
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:b}", "id", session->id, "address",
                     session->address, "agent", session->agent, "opened_at",
                     people__time(session->opened_ms), "used_at", people__time(session->used_ms),
                     "second_factor", session->factor, "own", strcmp(session->id, own) == 0);
}

/* ---- People */

json_t *user_view(const struct people *people, const struct who *who, const struct person *person)
{
    const json_t *credential = person->credential,
                 *invitation = json_object_get(credential, "invitation");
    json_t *can = json_array(), *view;
    unsigned sessions = 0;

    for (const struct session *one = people->sessions; one != NULL; one = one->next)
        sessions += strcmp(one->user, person->id) == 0 && !people__ended(people, one);
    if (people__manages_person(people, who, person)) {
        json_array_append_new(can, json_string("change"));
        json_array_append_new(can, json_string("reset"));
        if (strcmp(who->user, person->id) != 0)
            json_array_append_new(can, json_string("remove"));
    }
    view = json_pack("{s:s, s:s, s:s?, s:s?, s:O, s:b, s:I}", "id", person->id, "name",
                     person->name, "title", json_get_text(person->body, "title"), "email",
                     json_get_text(person->body, "email"), "roles",
                     json_object_get(person->body, "roles"), "disabled", person_disabled(person),
                     "revision", (json_int_t)person->revision);
    check(view != NULL);
    json_object_set_new(view, "password_set", json_boolean(json_get_text(credential, "password")));
    json_object_set_new(view, "second_factor", json_boolean(person_factor(person) != NULL));
    json_object_set_new(view, "invitation_ends_at",
                        people__time(json_get_int(invitation, "ends_ms", 0)));
    json_object_set_new(view, "signed_in_at", people__time(json_get_int(credential, "seen_ms", 0)));
    json_object_set_new(view, "password_at",
                        people__time(json_get_int(credential, "password_ms", 0)));
    json_object_set_new(view, "sessions", json_integer(sessions));
    json_object_set_new(view, "created_at", people__time(person->created_ms));
    json_object_set_new(view, "changed_at", people__time(person->changed_ms));
    json_object_set_new(view, "can", can);
    return view;
}

json_t *token_view(const struct people *people, const struct token *token)
{
    const struct person *person = person_find(people, token->user);

    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:b}", "id", token->id, "name",
                     token->name, "user", person != NULL ? person->name : "", "workspace",
                     token->workspace, "scopes", people__permissions(token->scopes), "made_at",
                     people__time(token->made_ms), "ends_at", people__time(token->ends_ms),
                     "used_at", people__time(token->used_ms), "used_from", token->used_from,
                     "ended", people__now(people) >= token->ends_ms);
}
