/* rule_room.c - evaluations on a thread of their own.
 *
 *     rules_eval --quick part used up [eval_move]--> in --> the thread's rules, in slices --> out
 *                                                            |                               |
 *     callback <---- rules_turn [room_take] <------- ring <--+-------------------------------+
 *
 * (1) The thread has rules of its own, with their own Lua state; nobody else touches them while it
 * runs. [room_main] (2) An evaluation belongs to the thread from `in` to `out`, the lock is held
 * for the two lists only. What its scope names is read by both and changed by none; references are
 * counted atomically. (3) A unit has a twin there: the same texts, compiled again. The original
 * stays until the twin has left. [room_leave] (4) The thread is made for the first evaluation.
 * (5) When the room is closed, the thread ends within a slice, and then everything is the loop's
 * again. [room_free] */
#include "rules/rule_room.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/rule_room_priv.h"

#define ROOM_NICE 5 /* the loop comes first */

struct room {
    struct rules *front;
    struct rules *inner; /* the thread's; NULL: not made yet, or no memory for it */
    struct clock clock;  /* of the thread: the time that it runs */
    struct err broken;   /* why there is no inner */
    void (*ring)(void *arg);
    void *arg;
    bool begun;
    pthread_t thread;
    atomic_bool quit;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t more;
    struct eval *in, *in_last, *out, *out_last;
    struct rule_unit *leaving, *left;
};

void rules_room(struct rules *rules, void (*ring)(void *arg), void *arg)
{
    struct room *room = mem_must(sizeof(*room));

    check(rules->room == NULL && rules->first == NULL && ring != NULL);
    room->front = rules;
    room->ring = ring;
    room->arg = arg;
    check(pthread_mutex_init(&room->lock, NULL) == 0);
    check(pthread_cond_init(&room->more, NULL) == 0);
    rules->room = room;
    rules->box->hurries = true;
    rules->box->limits.slice_ms = 0; /* nothing pauses here any more */
}

static void list_add(struct eval **first, struct eval **last, struct eval *eval)
{
    eval->next = NULL;
    if (*first != NULL)
        (*last)->next = eval;
    else
        *first = eval;
    *last = eval;
}

/* ---- The thread ------------------------------------------------------------------------------ */

static int64_t room_wall_ms(struct clock *clock)
{
    (void)clock;
    return clock_real()->wall_ms(clock_real());
}

static int64_t room_thread_ms(struct clock *clock)
{
    (void)clock;
    return clock_real()->thread_ms(clock_real());
}

static void room_open(struct room *room)
{
    struct rules_limits limits = room->front->box->limits; /* set once */

    limits.slice_ms = RULES_SLICE_MS;
    room->clock = (struct clock){ room_wall_ms, room_thread_ms, room_thread_ms, 0 };
    room->inner = rules_new(&room->clock, room->front->box->log, &limits, &room->broken);
    if (room->inner != NULL)
        room->inner->box->quit = &room->quit;
}

static void room_give(struct room *room, struct eval *eval)
{
    pthread_mutex_lock(&room->lock);
    list_add(&room->out, &room->out_last, eval);
    pthread_mutex_unlock(&room->lock);
    room->ring(room->arg);
}

static void room_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct eval *eval = owner;
    struct room *room = eval->rules->room;

    (void)tag;
    for (size_t i = 0; i < result->count && result->error == NULL; i++)
        eval->values[i] = json_incref(result->values[i]);
    eval->chosen = result->chosen;
    eval->ticks = room->inner->box->run.ticks;
    if (result->error != NULL) {
        eval->at = result->failed;
        eval->error = mem_must(sizeof(*eval->error));
        *eval->error = *result->error;
    }
    room_give(room, eval);
}

static void room_begin(struct room *room, struct eval *eval)
{
    if (room->inner != NULL) {
        rules_eval(room->inner, eval->unit->twin, eval->which, eval->count, eval->mode, eval->scope,
                   room_done, eval, 0);
        return;
    }
    eval->error = mem_must(sizeof(*eval->error));
    *eval->error = room->broken;
    room_give(room, eval);
}

/* The units are no longer used, here either. */
static void room_let_go(struct room *room, struct rule_unit *units)
{
    struct rule_unit *last = units;

    for (struct rule_unit *unit = units; unit != NULL; last = unit, unit = unit->next)
        unit__twin_free(room->inner, unit->twin);
    if (units == NULL)
        return;
    pthread_mutex_lock(&room->lock);
    last->next = room->left;
    room->left = units;
    pthread_mutex_unlock(&room->lock);
    room->ring(room->arg);
}

static void *room_main(void *arg)
{
    struct room *room = arg;
    bool busy = false;

    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), ROOM_NICE);
    room_open(room);
    while (!atomic_load(&room->quit)) {
        struct rule_unit *leaving;
        struct eval *in;

        pthread_mutex_lock(&room->lock);
        while (!busy && room->in == NULL && room->leaving == NULL && !atomic_load(&room->quit))
            pthread_cond_wait(&room->more, &room->lock);
        in = room->in;
        if (in != NULL) {
            room->in = in->next;
            in->next = NULL;
        }
        leaving = room->leaving;
        room->leaving = NULL;
        pthread_mutex_unlock(&room->lock);
        if (in != NULL)
            room_begin(room, in);
        room_let_go(room, leaving);
        busy = room->inner != NULL && rules_turn(room->inner);
    }
    return NULL;
}

/* ---- The loop -------------------------------------------------------------------------------- */

/* Signals are the other threads'. */
static enum err_code room_ready(struct room *room, struct err *e)
{
    sigset_t all, before;
    int failed;

    if (room->begun)
        return ERR_OK;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&room->thread, NULL, room_main, room);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return err_set(e, ERR_MEMORY, "no thread for a rule that runs long: %s", strerror(failed));
    room->begun = true;
    return ERR_OK;
}

enum err_code room_put(struct room *room, struct eval *eval, struct err *e)
{
    json_t *outputs;

    eval__keep(eval);
    outputs = eval->steps; /* a copy, which nobody adds to */
    eval->steps = eval->scope_kept.steps;
    eval->scope_kept.steps = outputs;
    if (eval->steps != NULL && outputs == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a rule");
    if (room_ready(room, e) != ERR_OK)
        return e->code;
    eval->at = 0;
    eval->phase = EVAL_BEGIN;
    if (eval->unit->twin == NULL)
        eval->unit->twin = unit__twin_new(eval->unit);
    pthread_mutex_lock(&room->lock);
    list_add(&room->in, &room->in_last, eval);
    pthread_cond_signal(&room->more);
    pthread_mutex_unlock(&room->lock);
    return ERR_OK;
}

void room_leave(struct room *room, struct rule_unit *unit)
{
    if (!room->begun) { /* it is closed */
        unit__twin_free(room->inner, unit->twin);
        unit__left(room->front, unit);
        return;
    }
    pthread_mutex_lock(&room->lock);
    unit->next = room->leaving;
    room->leaving = unit;
    pthread_cond_signal(&room->more);
    pthread_mutex_unlock(&room->lock);
}

/* What was short there may be tried on the loop again. */
static void eval_mark(const struct eval *eval)
{
    bool calm = eval->error == NULL && eval->ticks < BOX_QUICK_TICKS / 4;

    for (size_t i = 0; i < eval->count; i++) {
        struct unit_text *text = &eval->unit->texts[eval->which[i]];

        if (text->slow > 0)
            text->slow = calm ? (unsigned char)(text->slow - 1) : ROOM_STAYS;
    }
}

static void room_left(struct room *room, struct rule_unit *left)
{
    struct rule_unit *next;

    for (; left != NULL; left = next) {
        next = left->next;
        unit__left(room->front, left);
    }
}

void room_take(struct room *room)
{
    struct rule_unit *left;
    struct eval *out, *next;

    if (!room->begun)
        return;
    pthread_mutex_lock(&room->lock);
    out = room->out;
    left = room->left;
    room->out = NULL;
    room->left = NULL;
    pthread_mutex_unlock(&room->lock);
    for (; out != NULL; out = next) {
        next = out->next;
        eval_mark(out);
        eval__end(room->front, out, out->error);
    }
    room_left(room, left);
}

static void room_dropped(void *arg, void *owner)
{
    const struct room *room = arg;

    eval__free(room->front, owner);
}

void room_free(struct room *room)
{
    struct rule_unit *leaving, *next;

    if (room == NULL)
        return;
    if (room->begun) {
        pthread_mutex_lock(&room->lock);
        atomic_store(&room->quit, true);
        pthread_cond_signal(&room->more);
        pthread_mutex_unlock(&room->lock);
        pthread_join(room->thread, NULL);
        room->begun = false;
    }
    if (room->inner != NULL)
        eval__drop_all(room->inner, room_dropped, room);
    while (room->in != NULL || room->out != NULL) {
        struct eval **list = room->in != NULL ? &room->in : &room->out;
        struct eval *eval = *list;

        *list = eval->next;
        eval__free(room->front, eval);
    }
    for (leaving = room->leaving; leaving != NULL; leaving = next) {
        next = leaving->next;
        room_leave(room, leaving);
    }
    room_left(room, room->left);
    rules_free(room->inner);
    pthread_cond_destroy(&room->more);
    pthread_mutex_destroy(&room->lock);
    room->front->room = NULL;
    mem_free(room);
}
