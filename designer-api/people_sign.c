/* people_sign.c - signing in and out, and proving again who one is.
 *
 * A name that is not there, one that is disabled and a wrong password get the same answer, behind
 * the same computing. */
#include "designer-api/people_act_priv.h"

#include <string.h>

/* ---- POST /session */

static void sign_in_right(struct act *act, struct person *person, const struct sum *sum)
{
    struct people *people = act->people;
    struct commit_item item = { .kind = "credential",
                                .id = person->id,
                                .from = person->credential_revision };

    if (sum->made[0] != '\0') { /* by parameters of before; when it fails, the next one does it */
        item.body = json_deep_copy(person->credential);
        json_object_set_new(item.body, "password", json_string(sum->made));
        people__commit(people, person->name, &item, 1, NULL, NULL);
    }
    if (!people__ask_factor(act, person))
        people__open(act, person, false);
}

static void sign_in_summed(void *arg, struct sum *sum)
{
    struct act *act = arg;
    struct person *person = person_find(act->people, act->user);
    const char *kept = person != NULL ? person_password(person) : NULL;
    struct err e;

    if (sum->matches && kept != NULL && strcmp(kept, sum->kept[0]) == 0) {
        sign_in_right(act, person, sum);
        return;
    }
    err_set(&e, ERR_UNAUTHORIZED, "the name or the password is not right");
    act_failed(act, person,
               person == NULL            ? "unknown name"
               : person_disabled(person) ? "disabled"
               : kept == NULL            ? "no password is set"
                                         : "wrong password",
               &e);
}

void people__sign_in(struct ask *ask)
{
    struct people *people = ask_people(ask);
    const char *given = json_get_text(ask->body, "name"), *kept;
    struct person *person = person_named(people, given);
    char name[WHO_NAME] = "?";
    struct sum *sum;
    struct act *act;

    (void)person_name(given, name); /* what cannot be a name is counted as one */
    if (people__refused_way(ask) || people__refused_throttle(ask, name))
        return;
    act = act_new(ask);
    snprintf(act->name, sizeof act->name, "%s", name);
    snprintf(act->user, sizeof act->user, "%s", person != NULL ? person->id : "");
    kept = person != NULL ? person_password(person) : NULL;
    sum = sum_new(people, json_get_text(ask->body, "password"), NULL);
    sum_keep(sum, kept != NULL ? kept : people->decoy);
    act_sum(act, sum, sign_in_summed);
}

/* ---- GET and DELETE /session */

void people__session(struct ask *ask)
{
    struct people *people = ask_people(ask);
    char secret[SECRET_TEXT];
    struct who who;
    struct err e;

    /* For whoever asks; but no member of the workspace asked for is not nobody. */
    if (ask->who->kind == WHO_NOBODY &&
        people_who(people, ask->request, &who, &e) == ERR_FORBIDDEN) {
        ask_refuse(ask, &e);
        return;
    }
    people__cookie(ask->request, secret);
    ask_give(ask, 200, people__state(people, ask->who, secret));
    explicit_bzero(secret, sizeof secret);
}

static void signed_out(void *arg, const struct err *e)
{
    struct act *act = arg;

    if (e->code != ERR_OK)
        act_refuse(act, e);
    else
        act_cookie(act, 204, NULL, NULL, 0);
}

void people__sign_out(struct ask *ask)
{
    struct session *session = session_find(ask_people(ask), ask->who->session);
    struct person *person;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        session_end(ask_people(ask), session, person->name, "session.close", signed_out,
                    act_new(ask));
}

/* ---- POST /session/proof */

static void prove_summed(void *arg, struct sum *sum)
{
    struct act *act = arg;
    const struct person *person = person_find(act->people, act->user);
    struct err e;

    if (sum->matches && person != NULL) {
        people__renew(act, act->who.second_factor);
        return;
    }
    err_set(&e, ERR_FORBIDDEN, "the password is not right");
    act_failed(act, person, "wrong password, proving", &e);
}

static void prove_kept(void *arg, const struct err *e)
{
    struct act *act = arg;

    if (e->code != ERR_OK)
        act_refuse(act, e);
    else
        people__renew(act, true);
}

static void prove_code(struct act *act, struct person *person, const char *code)
{
    bool recovery;
    json_t *credential = people__factor_try(act->people, person, code, &recovery);
    struct commit_item item = { .kind = "credential",
                                .id = person->id,
                                .from = person->credential_revision,
                                .body = credential };
    struct err e;

    if (credential == NULL) {
        err_set(&e, ERR_FORBIDDEN, "the code is not right, or was used already");
        act_failed(act, person, "wrong code, proving", &e);
        return;
    }
    item.what = recovery ? "recovery_code.use" : NULL;
    people__commit(act->people, person->name, &item, 1, prove_kept, act);
}

void people__prove(struct ask *ask)
{
    const char *password = json_get_text(ask->body, "password");
    const char *code = json_get_text(ask->body, "code");
    struct people *people = ask_people(ask);
    struct person *person;
    struct act *act;
    struct sum *sum;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    act = act_of(ask, person);
    if (act == NULL)
        return;
    if (code != NULL) {
        prove_code(act, person, code);
        return;
    }
    sum = sum_new(people, password, NULL);
    sum_keep(sum, person_password(person) != NULL ? person_password(person) : people->decoy);
    act_sum(act, sum, prove_summed);
}

/* ---- PUT /session/password */

static void password_summed(void *arg, struct sum *sum)
{
    struct act *act = arg;
    struct people *people = act->people;
    const struct person *person = person_find(people, act->user);
    struct commit_item item = { .kind = "credential", .what = "password.change" };
    struct err e;

    if (!sum->matches || person == NULL) {
        err_set(&e, ERR_FORBIDDEN, "the old password is not right");
        act_failed(act, person, "wrong password, changing it", &e);
        return;
    }
    if (sum->again) {
        err_set(&e, ERR_INVALID, "the new password is one of the last four: take another");
        act_refuse(act, &e);
        return;
    }
    item.id = person->id;
    item.from = person->credential_revision;
    item.body = json_deep_copy(person->credential);
    people__set_password(people, item.body, sum->made);
    item.detail = json_pack("{s:s}", "name", person->name);
    act->factor = act->who.second_factor;
    people__commit(people, person->name, &item, 1, people__credential_kept, act);
}

void people__change_password(struct ask *ask)
{
    const char *old = json_get_text(ask->body, "old"), *wanted = json_get_text(ask->body, "new");
    struct people *people = ask_people(ask);
    struct person *person;
    struct act *act;
    struct sum *sum;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK ||
        password_check(wanted, strlen(wanted), person->name, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    act = act_of(ask, person);
    if (act == NULL)
        return;
    sum = sum_new(people, old, wanted);
    sum_keep_all(sum, person);
    if (sum->kept_count == 0)
        sum_keep(sum, people->decoy);
    act_sum(act, sum, password_summed);
}

/* ---- /session/others */

void people__sessions(struct ask *ask)
{
    struct people *people = ask_people(ask);
    json_t *items = json_array();

    for (const struct session *one = people->sessions; one != NULL; one = one->next)
        if (strcmp(one->user, ask->who->user) == 0 && !people__ended(people, one))
            json_array_append_new(items, session_view(people, one, ask->who->session));
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

void people__end_others(struct ask *ask)
{
    struct person *person;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    people__audit(ask_people(ask), person->name, "session.end_others", person->name, NULL);
    people__end_all(ask_people(ask), person->id, ask->who->session);
    ask_nothing(ask);
}

static void ended_one(void *arg, const struct err *e)
{
    struct act *act = arg;

    if (e->code != ERR_OK)
        act_refuse(act, e);
    else
        act_give(act, 204, NULL);
}

void people__end_one(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct session *session = session_find(people, ask->path[0]);
    struct person *person;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    if (session != NULL && strcmp(session->user, person->id) == 0 && !session->ended) {
        session_end(people, session, person->name, "session.end", ended_one, act_new(ask));
        return;
    }
    err_set(&e, ERR_NOT_FOUND, "you have no such session");
    ask_refuse(ask, &e);
}
