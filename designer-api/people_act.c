/* people_act.c - a request of people that is answered later: behind a password's computing, behind
 * a commit. */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "engine/audit.h"

struct act *act_new(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct act *act = mem_must(sizeof *act);
    char secret[SECRET_TEXT], hash[HASH_TEXT];
    const struct session *old;

    *act = (struct act){ .people = people,
                         .later = ask_later(ask),
                         .in = ask->in,
                         .request = ask->request->id,
                         .who = *ask->who,
                         .status = 200 };
    people__way(ask->request, &act->way);
    people__cookie(ask->request, secret);
    people__hash("session", secret, hash);
    old = secret[0] != '\0' ? dict_find(people->sessions_by_hash, hash) : NULL;
    if (old != NULL)
        snprintf(act->old, sizeof act->old, "%s", old->id);
    explicit_bzero(secret, sizeof secret);
    people__hold(people);
    return act;
}

struct act *act_of(struct ask *ask, const struct person *person)
{
    struct act *act;

    if (people__refused_throttle(ask, person->name))
        return NULL;
    act = act_new(ask);
    snprintf(act->name, sizeof act->name, "%s", person->name);
    snprintf(act->user, sizeof act->user, "%s", person->id);
    return act;
}

void act_free(struct act *act)
{
    struct people *people = act->people;

    if (act->later != NULL)
        later_drop(act->later);
    json_decref(act->answer);
    explicit_bzero(act, sizeof *act);
    mem_free(act);
    people__let(people);
}

void act_give(struct act *act, int status, json_t *value)
{
    struct ask_later *later = act->later;

    act->later = NULL;
    if (act->revision != 0)
        later_give_revision(later, status, value, act->revision);
    else
        later_give(later, status, value);
    act_free(act);
}

void act_refuse(struct act *act, const struct err *e)
{
    struct ask_later *later = act->later;
    struct err gone;

    act->later = NULL;
    err_set(&gone, ERR_GONE, "somebody else has removed it meanwhile");
    later_refuse(later, e->code != ERR_OK ? e : &gone);
    act_free(act);
}

void act_cookie(struct act *act, int status, json_t *value, const char *secret, int64_t seconds)
{
    char cookie[256];
    const struct pair header = { "Set-Cookie", cookie };
    struct http_answer answer = { .status = status, .headers = &header, .header_count = 1 };
    struct buf body;

    if (!act->people->closed) { /* else the listener has closed, too */
        people__set_cookie(&act->way, secret, seconds, cookie);
        buf_init_secret(&body, 256 * KIB);
        if (value != NULL)
            json_write(&body, value);
        check(buf_ok(&body));
        answer.body = buf_text(&body);
        answer.body_size = body.len;
        http_in_answer(act->in, act->request, &answer);
        buf_fini(&body);
        explicit_bzero(cookie, sizeof cookie);
    }
    json_decref(value);
    act_free(act);
}

/* ---- Passwords */

static void act_summed(void *arg, struct sum *sum)
{
    struct act *act = arg;

    if (act->people->closed)
        act_free(act);
    else if (sum->e.code != ERR_OK)
        act_refuse(act, &sum->e);
    else
        act->summed(act, sum);
}

void act_sum(struct act *act, struct sum *sum, sum_done_fn *done)
{
    struct err e;

    act->summed = done;
    if (people__sum(act->people, sum, act_summed, act, &e) != ERR_OK)
        act_refuse(act, &e);
}

/* ---- Refusals */

bool people__refused_way(struct ask *ask)
{
    struct people *people = ask_people(ask);
    struct way way;
    struct err e;

    people__way(ask->request, &way);
    if (people__origin(ask->request, &e) == ERR_OK) {
        if (way.secure || way.machine || people->options.plain)
            return false;
        err_set(
            &e, ERR_POLICY,
            "nobody signs in over plain HTTP from another machine: give Weft a certificate, or put "
            "a proxy with TLS in front (docs/OPERATIONS.md, \"Signing in\")");
    }
    ask_refuse(ask, &e);
    return true;
}

bool people__refused_throttle(struct ask *ask, const char *name)
{
    struct people *people = ask_people(ask);
    struct way way;
    struct err e;
    int64_t seconds;

    people__way(ask->request, &way);
    seconds = throttle_wait(people->throttle, people__now(people), name, way.address);
    if (seconds == 0)
        return false;
    err_set(&e, ERR_RATE_LIMITED, "too many failed attempts: wait %lld seconds, then try again",
            (long long)seconds);
    ask_refuse_with(ask, &e, json_pack("{s:I}", "retry_after_s", (json_int_t)seconds));
    return true;
}

/* A name that nobody has is not told: it may be a password in the wrong field. */
void act_failed(struct act *act, const struct person *person, const char *why, const struct err *e)
{
    struct people *people = act->people;
    const char *name = person != NULL ? person->name : "unknown";
    unsigned failures =
        throttle_failed(people->throttle, people__now(people), act->name, act->way.address);

    people__audit(people, person != NULL ? person->name : AUDIT_SYSTEM, "session.fail", name,
                  json_pack("{s:s, s:s, s:i}", "address", act->way.address, "why", why, "failures",
                            (int)failures));
    log_info(people->options.log, "sign-in of %s from %s failed: %s", name, act->way.address, why);
    act_refuse(act, e);
}

enum err_code people__of_session(const struct ask *ask, struct person **person, struct err *e)
{
    *person = person_find(ask_people(ask), ask->who->user);
    if (ask->who->kind == WHO_SESSION && *person != NULL)
        return ERR_OK;
    return err_set(e, ERR_FORBIDDEN, "this is for people who have signed in by a password");
}
