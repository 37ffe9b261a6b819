/* note_many.c - several notes of a space, read and changed by a function in one turn.
 *
 * (1) The function runs when nobody else's write of a writable one is under way. A step holds none
 *     while it waits for another, so two steps never wait for each other. [note__many_continue]
 * (2) What it writes goes with the step's end into one batch: all of it, or nothing.
 *                                                                              [step_notes_put] */
#include <string.h>

#include "engine/note_priv.h"
#include "flow/node_long.h"

struct note_many {
    char *keys[NOTES_MANY];   /* of the facts */
    json_t *rows[NOTES_MANY]; /* as they were read; NULL: not there */
    size_t count, writable;
    int64_t keep_ms;
    step_notes_fn *then;
    bool reading; /* the function runs */
};

void note__many_free(struct note_many *many)
{
    if (many == NULL)
        return;
    for (size_t i = 0; i < many->count; i++) {
        mem_free(many->keys[i]);
        json_decref(many->rows[i]);
    }
    mem_free(many);
}

static void many_done(struct step *step, struct note_many *many)
{
    json_t *values[NOTES_MANY];
    struct err e = { .code = ERR_OK };

    for (size_t i = 0; i < many->count && e.code == ERR_OK; i++) {
        if (note__read(step->run, many->keys[i], &many->rows[i], &e) == ERR_OK)
            values[i] = json_object_get(many->rows[i], "v");
    }
    many->reading = true;
    if (e.code != ERR_OK)
        step_fail(step, &e, NULL);
    else
        many->then(step, step->config, values);
    check(step->ended);
}

/* (1) */
void note__many_continue(struct step *step, struct note_many *many)
{
    struct note *note = step->note;

    for (size_t i = 0; i < many->writable; i++)
        if (note__waits(step, many->keys[i]))
            return;
    many_done(step, many);
    step->note = NULL;
    note_free(note);
}

enum node_next step_notes(struct step *step, const struct step_notes *ask, step_notes_fn *then)
{
    struct note_many *many;
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && step->note == NULL);
    check(ask->count > 0 && ask->count <= NOTES_MANY && ask->writable <= ask->count);
    if (step_refused_in_poll(step))
        return NODE_ENDED;
    many = mem_must(sizeof *many);
    many->writable = ask->writable;
    many->keep_ms = ask->keep_ms;
    many->then = then;
    for (; many->count < ask->count; many->count++) {
        if (note__key(step->run, ask->space, ask->keys[many->count], &many->keys[many->count],
                      &e) == ERR_OK)
            continue;
        note__many_free(many);
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    note__many_begin(step, many);
    return NODE_WAITING;
}

/* (2) */
enum err_code step_notes_put(struct step *step, size_t index, json_t *value, struct err *e)
{
    struct note_many *many = note__many_of(step);

    CHECK_OBJ(step, STEP_MAGIC);
    check(many != NULL && many->reading && !step->ended && index < many->writable);
    if (step_simulated(step) && !step_rehearsed(step))
        return ERR_OK;
    return note__write(step->run, many->keys[index], value,
                       json_get_int(many->rows[index], "n", 0) + 1, many->keep_ms, e);
}
