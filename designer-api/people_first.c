/* people_first.c - how people come in: the first administrator by the token on the console, all
 * others by an invitation, which a reset is, too. Nobody but its owner ever knows a password. */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "vault/sign.h"

/* ---- Passwords in credentials */

void people__set_password(struct people *people, json_t *credential, const char *made)
{
    const char *before = json_get_text(credential, "password");
    json_t *previous = json_object_get(credential, "previous");

    if (previous == NULL) {
        previous = json_array();
        json_object_set_new(credential, "previous", previous);
    }
    if (before != NULL)
        json_array_insert_new(previous, 0, json_string(before));
    while (json_array_size(previous) > PREVIOUS_KEPT)
        json_array_remove(previous, PREVIOUS_KEPT);
    if (made != NULL)
        json_object_set_new(credential, "password", json_string(made));
    else
        json_object_del(credential, "password");
    json_object_set_new(credential, "password_ms", json_integer(people__now(people)));
    json_object_set_new(credential, "since_ms", json_integer(people__now(people)));
}

void sum_keep_all(struct sum *sum, const struct person *person)
{
    const char *password = json_get_text(person->credential, "password");
    json_t *one;
    size_t i;

    if (password != NULL)
        sum_keep(sum, password);
    json_array_foreach(json_object_get(person->credential, "previous"), i, one)
    {
        if (sum->kept_count < PREVIOUS_KEPT + 1)
            sum_keep(sum, json_string_value(one));
    }
}

/* ---- Invitations */

json_t *people__invite(struct people *people, json_t *credential, const char *by)
{
    int64_t ends_ms = people__now(people) + INVITATION_MS;
    char secret[SECRET_TEXT], hash[HASH_TEXT];
    json_t *shown;

    people__secret(people, secret);
    people__hash("invitation", secret, hash);
    json_object_set_new(
        credential, "invitation",
        json_pack("{s:s, s:I, s:s}", "hash", hash, "ends_ms", (json_int_t)ends_ms, "by", by));
    shown = json_pack("{s:s, s:s+, s:o}", "token", secret, "path", "/invitation#", secret,
                      "ends_at", people__time(ends_ms));
    explicit_bzero(secret, sizeof secret);
    return shown;
}

static struct person *invited(const struct people *people, const char *secret, struct err *e)
{
    struct person *found = NULL;
    char hash[HASH_TEXT];

    people__hash("invitation", secret, hash);
    for (struct person *person = people->persons; person != NULL; person = person->next) {
        const char *kept = json_get_text(json_object_get(person->credential, "invitation"), "hash");

        if (kept != NULL && sign_equal(kept, hash))
            found = person;
    }
    if (found == NULL || person_disabled(found)) {
        err_set(e, ERR_FORBIDDEN, "there is no such invitation, or it was used already");
        return NULL;
    }
    if (people__now(people) <
        json_get_int(json_object_get(found->credential, "invitation"), "ends_ms", 0))
        return found;
    err_set(e, ERR_GONE, "the invitation has ended: ask your administrator for another");
    return NULL;
}

static void accepted(void *arg, const struct err *e)
{
    struct act *act = arg;
    const struct person *person = person_find(act->people, act->user);
    struct err gone;

    if (e->code == ERR_OK && person != NULL) {
        if (!people__ask_factor(act, person))
            people__open(act, person, false);
        return;
    }
    err_set(&gone, ERR_GONE, "who was invited is no longer there");
    act_refuse(act, e->code != ERR_OK ? e : &gone);
}

static void accept_summed(void *arg, struct sum *sum)
{
    struct act *act = arg;
    struct people *people = act->people;
    const struct person *person = person_find(people, act->user);
    struct commit_item item = { .kind = "credential", .what = "password.set" };
    struct err e;

    if (person == NULL || sum->again || json_object_get(person->credential, "invitation") == NULL) {
        err_set(&e, sum->again ? ERR_INVALID : ERR_GONE,
                sum->again ? "the password is one of the last four: take another"
                           : "the invitation was used already");
        act_refuse(act, &e);
        return;
    }
    item.id = person->id;
    item.from = person->credential_revision;
    item.body = json_deep_copy(person->credential);
    people__set_password(people, item.body, sum->made);
    json_object_del(item.body, "invitation");
    item.detail = json_pack("{s:s, s:s}", "name", person->name, "address", act->way.address);
    people__commit(people, person->name, &item, 1, accepted, act);
}

#define ACCEPT_NAME "/invitation" /* no name of a person: attempts are counted under it */

void people__accept(struct ask *ask)
{
    const char *password = json_get_text(ask->body, "password");
    struct people *people = ask_people(ask);
    struct person *person;
    struct act *act;
    struct sum *sum;
    struct err e;

    if (people__refused_way(ask) || people__refused_throttle(ask, ACCEPT_NAME))
        return;
    act = act_new(ask);
    snprintf(act->name, sizeof act->name, "%s", ACCEPT_NAME);
    person = invited(people, json_get_text(ask->body, "token"), &e);
    if (person == NULL) {
        act_failed(act, NULL, "no such invitation", &e);
        return;
    }
    if (password_check(password, strlen(password), person->name, &e) != ERR_OK) {
        act_refuse(act, &e);
        return;
    }
    snprintf(act->user, sizeof act->user, "%s", person->id);
    sum = sum_new(people, NULL, password);
    sum_keep_all(sum, person);
    act_sum(act, sum, accept_summed);
}

/* ---- POST /first */

static void first_kept(void *arg, const struct err *e)
{
    struct act *act = arg;
    struct people *people = act->people;
    const struct person *person = person_find(people, act->user);

    people->first_busy = false;
    if (e->code != ERR_OK || person == NULL) {
        act_refuse(act, e);
        return;
    }
    explicit_bzero(people->first, sizeof people->first);
    log_info(people->options.log, "%s is the first administrator", person->name);
    people__open(act, person, false);
}

static void first_summed(void *arg, struct sum *sum)
{
    struct act *act = arg;
    struct people *people = act->people;
    struct commit_item items[] = { { .kind = "user", .what = "user.make", .told = true },
                                   { .kind = "credential" } };
    struct err e;

    if (people->first_busy || people->first[0] == '\0') { /* two at once, with the same token */
        err_set(&e, ERR_CONFLICT, "there is an administrator already: sign in");
        act_refuse(act, &e);
        return;
    }
    people->first_busy = true;
    people__id(people, 'u', act->user);
    items[0].id = items[1].id = act->user;
    items[0].body = act->answer; /* the user's body, laid by for this moment */
    act->answer = NULL;
    items[0].detail =
        json_pack("{s:s, s:b, s:s}", "name", act->name, "first", true, "address", act->way.address);
    items[1].body = json_object();
    people__set_password(people, items[1].body, sum->made);
    people__commit(people, act->name, items, 2, first_kept, act);
}

#define FIRST_NAME "/first"

static enum err_code first_check(const struct people *people, const json_t *body,
                                 char name[WHO_NAME], struct err *e)
{
    const char *password = json_get_text(body, "password");

    if (!person_name(json_get_text(body, "name"), name))
        return err_set(
            e, ERR_INVALID,
            "a name has 2 to 64 letters (a to z), digits or . _ - + @, and begins with a "
            "letter or digit");
    if (person_named(people, name) != NULL)
        return err_set(e, ERR_CONFLICT, "there is somebody of the name %s", name);
    return password_check(password, strlen(password), name, e);
}

void people__make_first(struct ask *ask)
{
    const char *token = json_get_text(ask->body, "token"), *title;
    struct people *people = ask_people(ask);
    char name[WHO_NAME];
    struct act *act;
    struct err e;

    if (people__refused_way(ask) || people__refused_throttle(ask, FIRST_NAME))
        return;
    if (people->first[0] != '\0' && people__has_admin(people, NULL))
        explicit_bzero(people->first, sizeof people->first); /* `weft user add` was quicker */
    act = act_new(ask);
    snprintf(act->name, sizeof act->name, "%s", FIRST_NAME);
    if (people->first[0] == '\0' || !sign_equal(people->first, token)) {
        err_set(&e, ERR_FORBIDDEN,
                people->first[0] == '\0' ? "there is an administrator already: sign in"
                                         : "this is not the token that the console shows");
        act_failed(act, NULL, "wrong token of the first administrator", &e);
        return;
    }
    if (first_check(people, ask->body, name, &e) != ERR_OK) {
        act_refuse(act, &e);
        return;
    }
    snprintf(act->name, sizeof act->name, "%s", name);
    title = json_get_text(ask->body, "title");
    act->answer = json_pack("{s:s, s:s, s:{s:s}}", "name", name, "title",
                            title != NULL ? title : name, "roles", PEOPLE_MAIN, "admin");
    act_sum(act, sum_new(people, NULL, json_get_text(ask->body, "password")), first_summed);
}
