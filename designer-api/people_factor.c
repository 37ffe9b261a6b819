/* people_factor.c - the second factor: codes of an app, and recovery codes.
 *
 * An app's secret is kept nowhere: it is derived from a key of the vault, the person and a random
 * number in their credential. So a copied store makes no codes, and changing the vault's keys
 * leaves people's apps alone (vault_derive). Recovery codes have 120 random bits and are kept as
 * SHA-256. */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "vault/sign.h"

#define FACTOR_PENDING_MS (15 * 60 * 1000)
#define FACTOR_CODES      10u
#define TICKETS_MOST      1000u
#define TICKET_WRONG      5u
#define FACTOR_ISSUER     "Weft"

/* ---- Secrets and codes */

static void factor_secret(const struct people *people, const struct person *person,
                          const char *nonce, unsigned char secret[TOTP_SECRET])
{
    unsigned char mac[SIGN_MAX];
    struct buf text;

    buf_init(&text, 1 * KIB);
    buf_addf(&text, "%s:%s", person->id, nonce);
    check(sign_hmac("sha256", people->key, sizeof people->key, buf_text(&text), text.len, mac) ==
          32);
    memcpy(secret, mac, TOTP_SECRET);
    explicit_bzero(mac, sizeof mac);
    buf_fini(&text);
}

/* Ten new ones: shown in *shown, kept as hashes. */
static json_t *codes_make(struct people *people, json_t **shown)
{
    unsigned char random[RECOVERY_BYTES];
    char text[RECOVERY_TEXT], hash[HASH_TEXT];
    json_t *kept = json_array();

    *shown = json_array();
    for (unsigned i = 0; i < FACTOR_CODES; i++) {
        people->options.random->fill(people->options.random, random, sizeof random);
        recovery_text(random, text);
        people__hash("recovery", text, hash);
        json_array_append_new(*shown, json_string(text));
        json_array_append_new(kept, json_string(hash));
    }
    explicit_bzero(random, sizeof random);
    explicit_bzero(text, sizeof text);
    return kept;
}

static json_t *recovery_try(const struct person *person, const char *typed)
{
    char text[RECOVERY_TEXT], hash[HASH_TEXT];
    json_t *credential = NULL, *codes, *one;
    size_t i, found = SIZE_MAX;

    if (!recovery_read(typed, text))
        return NULL;
    people__hash("recovery", text, hash);
    codes = json_object_get(person_factor(person), "codes");
    json_array_foreach(codes, i, one)
    {
        if (sign_equal(json_string_value(one), hash))
            found = i;
    }
    if (found != SIZE_MAX) {
        credential = json_deep_copy(person->credential);
        codes = json_object_get(json_object_get(credential, "factor"), "codes");
        json_array_remove(codes, found);
    }
    return credential;
}

json_t *people__factor_try(struct people *people, struct person *person, const char *typed,
                           bool *recovery)
{
    json_t *factor = person_factor(person), *credential;
    unsigned char secret[TOTP_SECRET];
    uint64_t counter;
    bool right;

    *recovery = false;
    if (factor == NULL || typed == NULL)
        return NULL;
    factor_secret(people, person, json_get_text(factor, "nonce"), secret);
    right = totp_matches(secret, typed, people__now(people), person->counter, &counter);
    explicit_bzero(secret, sizeof secret);
    if (!right) {
        *recovery = true;
        return recovery_try(person, typed);
    }
    person->counter = counter; /* taken from this moment on, kept with the commit */
    credential = json_deep_copy(person->credential);
    json_object_set_new(json_object_get(credential, "factor"), "counter",
                        json_integer((json_int_t)counter));
    return credential;
}

/* ---- Tickets: from the password to the code */

static void ticket_drop(struct people *people, struct ticket *ticket)
{
    struct ticket **at = &people->tickets;

    while (*at != ticket)
        at = &(*at)->next;
    *at = ticket->next;
    mem_free(ticket);
}

static struct ticket *ticket_find(struct people *people, const char *secret)
{
    char hash[HASH_TEXT];
    struct ticket *found = NULL;

    people__hash("ticket", secret, hash);
    for (struct ticket *ticket = people->tickets, *next; ticket != NULL; ticket = next) {
        next = ticket->next;
        if (people__now(people) >= ticket->ends_ms)
            ticket_drop(people, ticket);
        else if (sign_equal(ticket->hash, hash))
            found = ticket;
    }
    return found;
}

bool people__ask_factor(struct act *act, const struct person *person)
{
    struct people *people = act->people;
    struct ticket *ticket, *oldest;
    char secret[SECRET_TEXT];
    unsigned count = 0;

    if (person_factor(person) == NULL)
        return false;
    (void)ticket_find(people, ""); /* drops those that have ended */
    for (oldest = people->tickets; oldest != NULL && oldest->next != NULL; oldest = oldest->next)
        count++;
    if (count >= TICKETS_MOST)
        ticket_drop(people, oldest);
    ticket = mem_must(sizeof *ticket);
    people__secret(people, secret);
    people__hash("ticket", secret, ticket->hash);
    snprintf(ticket->user, sizeof ticket->user, "%s", person->id);
    ticket->ends_ms = people__now(people) + TICKET_MS;
    ticket->next = people->tickets;
    people->tickets = ticket;
    act_give(act, 200,
             json_pack("{s:b, s:s, s:o}", "signed_in", false, "ticket", secret, "ticket_ends_at",
                       people__time(ticket->ends_ms)));
    explicit_bzero(secret, sizeof secret);
    return true;
}

/* ---- POST /session/mfa */

static void sign_in_kept(void *arg, const struct err *e)
{
    struct act *act = arg;
    const struct person *person = person_find(act->people, act->user);
    struct err gone;

    if (e->code == ERR_OK && person != NULL && !person_disabled(person)) {
        people__open(act, person, true);
        return;
    }
    err_set(&gone, ERR_EXPIRED, "sign in again");
    act_refuse(act, e->code != ERR_OK ? e : &gone);
}

static void sign_in_code(struct act *act, struct person *person, struct ticket *ticket,
                         const char *code)
{
    struct people *people = act->people;
    bool recovery;
    json_t *credential = people__factor_try(people, person, code, &recovery);
    struct commit_item item = { .kind = "credential",
                                .id = person->id,
                                .from = person->credential_revision,
                                .body = credential };
    struct err e;

    if (credential == NULL) {
        if (++ticket->wrong >= TICKET_WRONG)
            ticket_drop(people, ticket);
        err_set(&e, ERR_UNAUTHORIZED, "the code is not right, or was used already");
        act_failed(act, person, "wrong code", &e);
        return;
    }
    ticket_drop(people, ticket);
    if (recovery) {
        const json_t *left = json_object_get(json_object_get(credential, "factor"), "codes");

        item.what = "recovery_code.use";
        item.detail =
            json_pack("{s:s, s:i}", "name", person->name, "left", (int)json_array_size(left));
    }
    people__commit(people, person->name, &item, 1, sign_in_kept, act);
}

void people__sign_in_factor(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct ticket *ticket;
    struct person *person = NULL;
    struct act *act;
    struct err e;

    if (people__refused_way(ask))
        return;
    ticket = ticket_find(people, json_get_text(ask->body, "ticket"));
    if (ticket != NULL)
        person = person_find(people, ticket->user);
    if (person != NULL &&
        ticket->ends_ms - TICKET_MS < json_get_int(person->credential, "since_ms", 0))
        person = NULL; /* of the password of before */
    if (person == NULL || person_disabled(person) || person_factor(person) == NULL) {
        err_set(&e, ERR_EXPIRED, "too late, or too many wrong codes: begin with the password");
        ask_refuse(ask, &e);
        return;
    }
    act = act_of(ask, person);
    if (act == NULL)
        return;
    sign_in_code(act, person, ticket, json_get_text(ask->body, "code"));
}

/* ---- Setting one up */

void people__factor_begin(struct ask *ask)
{
    struct people *people = ask_people(ask);
    unsigned char secret[TOTP_SECRET];
    struct person *person;
    struct buf uri, text;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK || people_proved(ask, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    people__secret(people, person->pending);
    person->pending_ms = people__now(people);
    factor_secret(people, person, person->pending, secret);
    buf_init_secret(&uri, 4 * KIB);
    buf_init_secret(&text, 1 * KIB);
    totp_uri(&uri, FACTOR_ISSUER, person->name, secret);
    base32_write(&text, secret, TOTP_SECRET);
    ask_give(ask, 200,
             json_pack("{s:s, s:s, s:o}", "secret", buf_text(&text), "uri", buf_text(&uri),
                       "ends_at", people__time(person->pending_ms + FACTOR_PENDING_MS)));
    buf_fini(&uri);
    buf_fini(&text);
    explicit_bzero(secret, sizeof secret);
}

static void factor_commit(struct act *act, const struct person *person, json_t *factor,
                          const char *what)
{
    struct commit_item item = { .kind = "credential",
                                .id = person->id,
                                .from = person->credential_revision,
                                .body = json_deep_copy(person->credential),
                                .what = what,
                                .detail = json_pack("{s:s}", "name", person->name) };

    snprintf(act->user, sizeof act->user, "%s", person->id);
    if (factor != NULL)
        json_object_set_new(item.body, "factor", factor);
    else
        json_object_del(item.body, "factor");
    people__commit(act->people, person->name, &item, 1, people__credential_kept, act);
}

void people__factor_confirm(struct ask *ask)
{
    struct people *people = ask_people(ask);
    unsigned char secret[TOTP_SECRET];
    json_t *kept, *shown;
    struct person *person;
    struct act *act;
    uint64_t counter;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK || people_proved(ask, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    factor_secret(people, person, person->pending, secret);
    if (person->pending[0] == '\0' ||
        people__now(people) - person->pending_ms >= FACTOR_PENDING_MS) {
        err_set(&e, ERR_CONFLICT,
                "nothing is to be confirmed: begin with POST "
                "/session/second-factor");
        ask_refuse(ask, &e);
    } else if (!totp_matches(secret, json_get_text(ask->body, "code"), people__now(people), 0,
                             &counter)) {
        err_set(&e, ERR_INVALID, "the code is not right: is the clock of the phone?");
        ask_refuse(ask, &e);
    } else {
        act = act_new(ask);
        kept = codes_make(people, &shown);
        act->answer = json_pack("{s:o}", "recovery_codes", shown);
        act->factor = true;
        factor_commit(act, person,
                      json_pack("{s:s, s:I, s:I, s:o}", "nonce", person->pending, "counter",
                                (json_int_t)counter, "set_ms", (json_int_t)people__now(people),
                                "codes", kept),
                      "second_factor.set");
        person->counter = counter;
        person->pending[0] = '\0';
    }
    explicit_bzero(secret, sizeof secret);
}

void people__factor_codes(struct ask *ask)
{
    struct people *people = ask_people(ask);
    json_t *factor, *shown;
    struct person *person;
    struct act *act;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK || people_proved(ask, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    if (person_factor(person) == NULL) {
        err_set(&e, ERR_CONFLICT, "no second factor is set");
        ask_refuse(ask, &e);
        return;
    }
    act = act_new(ask);
    factor = json_deep_copy(person_factor(person));
    json_object_set_new(factor, "codes", codes_make(people, &shown));
    act->answer = json_pack("{s:o}", "recovery_codes", shown);
    act->factor = act->who.second_factor;
    factor_commit(act, person, factor, "recovery_code.renew");
}

void people__factor_remove(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct person *person;
    struct act *act;
    struct err e;

    if (people__of_session(ask, &person, &e) != ERR_OK || people_proved(ask, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    if (person_factor(person) == NULL)
        err_set(&e, ERR_CONFLICT, "no second factor is set");
    else if (people->options.second_factor)
        err_set(&e, ERR_POLICY,
                "everybody here has a second factor: set another one up, which takes its place");
    else
        e.code = ERR_OK;
    if (e.code != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    act = act_new(ask);
    act->factor = false;
    factor_commit(act, person, NULL, "second_factor.remove");
}
