/* poll_piece.c - a piece of an answer on its way to the store: a run for each of its items, which
 * are kept together or not at all.
 *
 *   poll__piece ──► each run finds its keys ──► poll_flush ──► all have a batch: one unit
 *                            │                                        │
 *                            └► poll_refused: none of them begins     └► piece_born: its fate
 *
 * A piece outlives its poll when the flow is deployed anew meanwhile: the new poll waits for it. */
#include <string.h>

#include "engine/append.h"
#include "engine/arrival.h"
#include "engine/guard.h"
#include "engine/poll_priv.h"
#include "engine/run.h"

struct poll_piece {
    uint64_t id, poll;
    struct engine *engine;
    char *key;       /* of the poll */
    size_t expected; /* runs that have no batch yet */
    size_t open;     /* runs whose fate is not known yet */
    size_t count;
    bool refused, fresh;
    bool alone;                   /* nothing but facts, which engine_append() has */
    struct err e;                 /* why it is not kept */
    struct store_batch *facts;    /* what is kept beside them; NULL: nothing */
    struct run **runs;            /* those that have a batch, */
    struct store_batch **batches; /* which this is; and room for the facts */
    struct poll_piece *next;
};

static struct poll_piece *piece_find(struct engine *engine, uint64_t id)
{
    struct poll_piece *piece = engine->polls != NULL ? engine->polls->pieces : NULL;

    while (piece != NULL && piece->id != id)
        piece = piece->next;
    return piece;
}

bool poll__piece_is_open(const struct polls *polls, const char *key)
{
    const struct poll_piece *piece = polls->pieces;

    while (piece != NULL && strcmp(piece->key, key) != 0)
        piece = piece->next;
    return piece != NULL;
}

static void piece_free(struct poll_piece *piece)
{
    for (size_t i = 0; i < piece->count; i++)
        store_batch_free(piece->batches[i]);
    store_batch_free(piece->facts);
    mem_free(piece->runs);
    mem_free(piece->batches);
    mem_free(piece->key);
    mem_free(piece);
}

void poll__pieces_free(struct polls *polls)
{
    struct poll_piece *piece;

    while ((piece = polls->pieces) != NULL) {
        polls->pieces = piece->next;
        if (!piece->alone)
            piece_free(piece);
    }
}

/* ---- Its fate */

/* The poll that it belongs to goes on, or one that was put in its place begins. */
static void piece_ends(struct poll_piece *piece)
{
    struct engine *engine = piece->engine;
    struct poll_piece **at = &engine->polls->pieces;
    struct poll *poll = poll__find(engine, piece->poll);

    while (*at != piece)
        at = &(*at)->next;
    *at = piece->next;
    if (poll == NULL) {
        poll = poll__with(engine, piece->key);
        if (poll != NULL)
            poll->at = engine->steady;
    } else if (piece->e.code != ERR_OK) {
        poll__failed(engine, poll, &piece->e);
    } else {
        poll__answer_taken(engine, poll, piece->fresh);
    }
    piece_free(piece);
}

/* Each of its runs tells it. */
static void piece_born(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    struct poll_piece *piece = piece_find(owner, tag);

    (void)run;
    check(piece != NULL && piece->open > 0);
    if (code == ERR_OK)
        piece->fresh = true;
    else if (code != ERR_DUPLICATE && piece->e.code == ERR_OK)
        err_set(&piece->e, code, "%s", err_about(code));
    if (--piece->open == 0 && piece->expected == 0)
        piece_ends(piece);
}

/* Of one without items. */
static void piece_kept(void *arg, const struct err *e)
{
    struct poll_piece *piece = arg;

    piece->e = *e;
    if (piece->engine->ending)
        piece_free(piece); /* its poll is gone */
    else
        piece_ends(piece);
}

/* ---- The store */

static void piece_append(struct poll_piece *piece)
{
    struct engine *engine = piece->engine;

    piece->alone = piece->count == 0 && piece->facts != NULL;
    if (piece->alone) {
        engine_append(engine, &piece->facts, 1, piece_kept, piece);
        return;
    }
    if (piece->facts != NULL) {
        piece->facts->epoch = store_epoch(engine->world.store);
        piece->batches[piece->count++] = piece->facts;
        piece->facts = NULL;
        engine->commits++;
    }
    if (piece->count > 0)
        store_append_all(engine->world.store, piece->batches, piece->count);
    piece->count = 0;
    if (piece->open == 0)
        piece_ends(piece);
}

/* None of them begins. */
static void piece_refuse(struct poll_piece *piece)
{
    size_t count = piece->count;

    piece->open++; /* it stays until the last of them is gone */
    for (size_t i = 0; i < count; i++) {
        struct run *run = piece->runs[i];

        piece->engine->commits--;
        run->piece = NULL;
        run_gone(run, "its piece is refused");
    }
    if (--piece->open == 0)
        piece_ends(piece);
}

static void piece_progress(struct poll_piece *piece)
{
    if (piece->expected > 0)
        return;
    if (piece->refused)
        piece_refuse(piece);
    else
        piece_append(piece);
}

void poll_flush(struct run *run, struct store_batch **batch)
{
    struct poll_piece *piece = run->piece;

    check(piece->expected > 0);
    piece->runs[piece->count] = run;
    piece->batches[piece->count++] = *batch;
    *batch = NULL;
    if (!piece->refused)
        run->piece = NULL;
    piece->expected--;
    piece_progress(piece);
}

void poll_refused(struct run *run)
{
    struct poll_piece *piece = run->piece;

    run->piece = NULL;
    if (!piece->refused)
        err_set(&piece->e, ERR_INVALID, "an item has no key that can be found");
    piece->refused = true;
    piece->expected--;
    piece_progress(piece);
}

void poll_abandon(struct run *run)
{
    check(run->engine->ending);
    run->piece = NULL; /* it goes with the polls */
}

/* ---- Its runs */

static void piece_item(struct poll_piece *piece, struct poll *poll, json_t *item, const char *key)
{
    struct engine *engine = piece->engine;
    struct deployment *d = poll->deployment;
    json_t *body = json_pack("{s:o}", "body", item), *input = NULL;
    struct run *run;
    struct err e;

    check(body != NULL);
    if (arrival_input_json(engine, &d->version->flow->nodes[poll->node], "POLL", &body, &input,
                           &e) != ERR_OK) {
        if (!piece->refused)
            piece->e = e;
        piece->refused = true;
        piece->expected--;
        return;
    }
    if (poll__is_again(engine, poll))
        check(json_object_set_new_nocheck(input, "after_restore", json_true()) == 0);
    run = run_new(engine, d, d->version, ident_next(&engine->ident, engine->wall), poll->node,
                  &input, engine->wall);
    run->env = d->env;
    check(guard_input(run, false, &e) == ERR_OK); /* fails for want of memory only */
    run->piece = piece;
    run->item_id = poll->asked->id;
    if (key != NULL)
        run_key_own(run, key);
    run->born = piece_born;
    run->born_owner = engine;
    run->born_tag = piece->id;
    piece->open++;
    run_queue(run);
}

/* As many as there is room for. */
static size_t piece_size(const struct engine *engine, const struct poll *poll)
{
    size_t room = engine->most_runs - engine->runs.count, left = poll__answer_left(poll->answer);

    check(engine->runs.count < engine->most_runs);
    if (room > engine->poll_piece)
        room = engine->poll_piece;
    return left < room ? left : room;
}

void poll__piece(struct engine *engine, struct poll *poll)
{
    struct poll_piece *piece = mem_must(sizeof *piece);
    size_t size = piece_size(engine, poll);
    bool last = size == poll__answer_left(poll->answer);

    if (!last)
        poll__answer_opens(engine, poll);
    *piece = (struct poll_piece){
        .id = ++engine->polls->last_id,
        .poll = poll->id,
        .engine = engine,
        .key = mem_must_copy(poll->key),
        .expected = size,
        .facts = store_batch_new(0),
        .runs = mem_must((size + 1) * sizeof *piece->runs),
        .batches = mem_must((size + 1) * sizeof *piece->batches),
        .next = engine->polls->pieces,
    };
    engine->polls->pieces = piece;
    poll->at = INT64_MAX;
    poll__answer_facts(poll, last, piece->facts);
    if (piece->facts->facts == NULL) {
        store_batch_free(piece->facts);
        piece->facts = NULL;
    }
    for (size_t i = 0; i < size; i++) {
        char *key;
        json_t *item = poll__answer_next(poll->answer, &key);

        piece_item(piece, poll, item, key);
        mem_free(key);
    }
    piece_progress(piece);
}
