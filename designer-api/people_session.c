/* people_session.c - the life of sessions.
 *
 *   opened -> used ... used -> renewed (another secret) ... -> ended -> removed
 *
 * (1) A session's secret changes when it is opened and whenever its owner proves who they are; the
 *     one before is worth nothing from the commit on.                            [renew_do]
 * (2) An ended session is none for anybody at once; its object follows.          [session_end]
 * (3) Its last use is kept once in a while, so that a restart ends it a little too early, never too
 *     late.                                                                      [people__used] */
#include "designer-api/people_act_priv.h"

#include <string.h>

#include "engine/audit.h"

#define USED_EACH_MS 60000

struct session_change {
    struct people *people;
    char id[LIMIT_ID];
    engine_done_fn *then;
    void *arg;
};

static struct session_change *change_new(struct people *people, struct session *session,
                                         engine_done_fn *then, void *arg)
{
    struct session_change *change = mem_must(sizeof *change);

    check(!session->busy);
    session->busy = true;
    *change = (struct session_change){ .people = people, .then = then, .arg = arg };
    snprintf(change->id, sizeof change->id, "%s", session->id);
    people__hold(people);
    return change;
}

static int64_t used_each(const struct people *people)
{
    int64_t tenth = people->options.idle_ms / 10;

    return tenth < USED_EACH_MS ? tenth : USED_EACH_MS;
}

/* From when on it is not there any more, whatever happens. */
static int64_t session_until(const struct people *people, const struct session *session)
{
    int64_t idle = session->used_ms + people->options.idle_ms + 2 * used_each(people);
    int64_t last = session->opened_ms + people->options.absolute_ms;

    return idle < last ? idle : last;
}

static void session_use(const struct people *people, struct session *session, int64_t now_ms)
{
    session->used_ms = now_ms;
    session->rests = people__last(people, now_ms, people->options.idle_ms);
}

bool people__ended(const struct people *people, const struct session *session)
{
    const struct person *person = person_find(people, session->user);
    int64_t since, since_password;

    if (session->ended || person == NULL || person_disabled(person))
        return true;
    since = json_get_int(person->body, "since_ms", 0);
    since_password = json_get_int(person->credential, "since_ms", 0);
    return clock_is_past(people->options.clock, &session->rests) ||
           clock_is_past(people->options.clock, &session->ends) || session->renewed_ms < since ||
           session->renewed_ms < since_password;
}

/* ---- (1) */

static void renew_do(struct act *act, struct session *session);
static void end_do(struct people *people, struct session *session, const char *by, const char *what,
                   engine_done_fn *then, void *arg);

static void session_changed(void *arg, const struct err *e)
{
    struct session_change *change = arg;
    struct people *people = change->people;
    struct session *session = session_find(people, change->id);
    engine_done_fn *then = change->then;
    void *whose = change->arg;
    struct act *act = NULL;

    if (session != NULL) {
        session->busy = false;
        act = session->renews;
        session->renews = NULL;
        if (session->ended && !session->removing && !people->closed)
            end_do(people, session, AUDIT_SYSTEM, "session.end", NULL, NULL);
    }
    mem_free(change);
    if (then != NULL)
        then(whose, e);
    session = act != NULL ? session_find(people, act->session) : NULL;
    if (session != NULL && !session->ended && !people->closed) {
        renew_do(act, session);
    } else if (act != NULL) {
        struct err ended;

        err_set(&ended, ERR_EXPIRED, "the session has ended: sign in again");
        act_refuse(act, &ended);
    }
    people__let(people);
}

static void opened(void *arg, const struct err *e)
{
    struct act *act = arg;
    struct people *people = act->people;
    const struct session *session = session_find(people, act->session);
    struct session *old = session_find(people, act->old);
    struct who who;
    struct err failed = { .code = ERR_OK };
    json_t *state;

    if (e->code != ERR_OK || people->closed || session == NULL || people__ended(people, session) ||
        people__session_who(people, session, NULL, &who, &failed) != ERR_OK) {
        act_refuse(act, e->code != ERR_OK ? e : &failed);
        return;
    }
    if (old != NULL && old != session && strcmp(old->user, session->user) == 0)
        session_end(people, old, who.name, NULL, NULL, NULL);
    state = people__state(people, &who, act->secret);
    if (act->answer != NULL) {
        json_object_set_new(act->answer, "session", state);
        state = act->answer;
        act->answer = NULL;
    }
    act_cookie(act, act->status, state, act->secret,
               (session->opened_ms + people->options.absolute_ms - people__now(people)) / 1000);
}

static json_t *opened_detail(const struct act *act, bool factor)
{
    return json_pack("{s:s, s:b, s:s}", "address", act->way.address, "second_factor", factor,
                     "session", act->session);
}

/* Those that have ended by themselves go. One more than there may be: the one that was used least
 * recently makes room. */
static void session_room(struct people *people, const char *user)
{
    struct session *least = NULL;
    unsigned count = 0;

    for (struct session *one = people->sessions, *next; one != NULL; one = next) {
        next = one->next;
        if (strcmp(one->user, user) == 0 && !one->ended && people__ended(people, one)) {
            session_end(people, one, AUDIT_SYSTEM, NULL, NULL, NULL);
        } else if (strcmp(one->user, user) == 0 && !one->ended) {
            count++;
            if (least == NULL || one->used_ms < least->used_ms)
                least = one;
        }
    }
    if (count >= SESSIONS_EACH)
        session_end(people, least, AUDIT_SYSTEM, "session.end", NULL, NULL);
}

static void last_sign_in(struct people *people, const struct person *person, const char *address)
{
    json_t *credential = json_deep_copy(person->credential);
    struct commit_item item = { .kind = "credential", .id = person->id };

    json_object_set_new(credential, "seen_ms", json_integer(people__now(people)));
    json_object_set_new(credential, "seen_from", json_string(address));
    item.from = person->credential_revision;
    item.body = credential;
    people__commit(people, person->name, &item, 1, NULL, NULL); /* the next one is kept as well */
}

void people__open(struct act *act, const struct person *person, bool factor)
{
    struct people *people = act->people;
    struct session session = { .factor = factor };
    struct commit_item item = { .kind = "session", .what = "session.open" };
    int64_t now = people__now(people);

    session_room(people, person->id);
    throttle_passed(people->throttle, person->name, act->way.address);
    people__id(people, 's', act->session);
    people__secret(people, act->secret);
    people__hash("session", act->secret, session.hash);
    snprintf(session.id, sizeof session.id, "%s", act->session);
    snprintf(session.user, sizeof session.user, "%s", person->id);
    snprintf(session.address, sizeof session.address, "%s", act->way.address);
    snprintf(session.agent, sizeof session.agent, "%s", act->way.agent);
    session.opened_ms = session.used_ms = session.renewed_ms = session.proved_ms = now;
    item.id = session.id;
    item.body = session_body(&session);
    item.detail = opened_detail(act, factor);
    item.until_ms = session_until(people, &session);
    if (act->status == 200)
        act->status = 201;
    last_sign_in(people, person, act->way.address);
    people__commit(people, person->name, &item, 1, opened, act);
}

static void renew_do(struct act *act, struct session *session)
{
    struct people *people = act->people;
    struct session next = *session;
    struct commit_item item = {
        .kind = "session", .id = session->id, .from = session->revision, .what = "session.renew"
    };

    people__secret(people, act->secret);
    people__hash("session", act->secret, next.hash);
    next.factor = act->factor;
    next.renewed_ms = next.proved_ms = next.used_ms = people__now(people);
    snprintf(next.address, sizeof next.address, "%s", act->way.address);
    item.body = session_body(&next);
    item.detail = opened_detail(act, next.factor);
    item.until_ms = session_until(people, &next);
    session_use(people, session, next.used_ms);
    people__commit(people, act->who.name, &item, 1, session_changed,
                   change_new(people, session, opened, act));
}

void people__renew(struct act *act, bool factor)
{
    struct session *session = session_find(act->people, act->who.session);
    struct err e;

    act->factor = factor;
    snprintf(act->session, sizeof act->session, "%s", act->who.session);
    act->old[0] = '\0';
    if (session == NULL || session->ended) {
        err_set(&e, ERR_EXPIRED, "the session has ended: sign in again");
        act_refuse(act, &e);
    } else if (session->busy && session->renews != NULL) {
        err_set(&e, ERR_CONFLICT, "the session is being renewed at this moment; try again");
        act_refuse(act, &e);
    } else if (session->busy) {
        session->renews = act;
    } else {
        renew_do(act, session);
    }
}

void people__credential_kept(void *arg, const struct err *e)
{
    struct act *act = arg;

    if (e->code != ERR_OK) {
        act_refuse(act, e);
        return;
    }
    people__end_all(act->people, act->user, act->who.session);
    people__renew(act, act->factor);
}

/* ---- (2) */

static void end_do(struct people *people, struct session *session, const char *by, const char *what,
                   engine_done_fn *then, void *arg)
{
    struct commit_item item = {
        .kind = "session", .id = session->id, .from = OBJECT_ANY, .what = what
    };

    if (what != NULL)
        item.detail = json_pack("{s:s, s:s}", "session", session->id, "user", session->user);
    session->removing = true;
    people__commit(people, by, &item, 1, session_changed, change_new(people, session, then, arg));
}

void session_end(struct people *people, struct session *session, const char *by, const char *what,
                 engine_done_fn *then, void *arg)
{
    bool ended = session->ended;
    struct err fine = { .code = ERR_OK };

    session->ended = true;
    dict_remove(people->sessions_by_hash, session->hash);
    if (!session->busy && !ended) {
        end_do(people, session, by, what, then, arg);
        return;
    }
    if (then != NULL)
        then(arg, &fine); /* (2) holds; the object is removed behind the change under way */
}

void people__end_all(struct people *people, const char *user, const char *but)
{
    for (struct session *session = people->sessions, *next; session != NULL; session = next) {
        next = session->next;
        if (strcmp(session->user, user) == 0 && (but == NULL || strcmp(session->id, but) != 0) &&
            !session->ended)
            session_end(people, session, AUDIT_SYSTEM, NULL, NULL, NULL);
    }
}

/* ---- (3) */

void people__used(struct people *people, struct session *session)
{
    struct commit_item item = { .kind = "session", .id = session->id };

    session_use(people, session, people__now(people));
    if (session->busy || session->used_ms - session->kept_ms < used_each(people))
        return;
    item.from = session->revision;
    item.body = session_body(session);
    item.until_ms = session_until(people, session);
    session->kept_ms = session->used_ms;
    people__commit(people, AUDIT_SYSTEM, &item, 1, session_changed,
                   change_new(people, session, NULL, NULL));
}
