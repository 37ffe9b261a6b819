/* ladder_mark.c - the rungs of an effect in doubt (ladder.c) as the journal keeps them, and until
 * when an intent says that its key is known.
 *
 * Marks: {"rung":{"to": name, "due"?: wall ms, "up"?: [boot, steady ms], "restored"?: run, "try"?,
 * "gen"?, "absent"?:1, "person"?:1, "why"}} */
#include "engine/jump.h"
#include "engine/run.h"

#include <string.h>

static const char *const ladder_names[] = { "none", "probe", "send", "reverse", "person", "adopt" };

void ladder_mark(struct run_node *n, enum rung rung, int64_t due_ms, const char *why)
{
    const struct ladder *ladder = &n->progress->ladder;
    const json_int_t boot = n->frame->run->engine->world.clock->boot;
    json_t *mark = json_pack("{s:s}", "to", ladder_names[rung]);
    const uint64_t restored = n->frame->run->engine->world.store->restored;
    char last[IDENT_TEXT];
    bool failed = false;

    if (due_ms != 0)
        json_put(mark, "due", json_integer(due_ms), &failed);
    if ((rung == RUNG_PROBE || rung == RUNG_REVERSE) && boot != 0)
        json_put(mark, "up", json_pack("[I, I]", boot, (json_int_t)ladder->settled_ms), &failed);
    if ((rung == RUNG_PROBE || rung == RUNG_REVERSE) && restored != 0) {
        ident_text(restored, last);
        json_put(mark, "restored", json_string(last), &failed);
    }
    if (ladder->tries > 0)
        json_put(mark, "try", json_integer(ladder->tries + 1), &failed);
    if (ladder->generation > 0)
        json_put(mark, "gen", json_integer(ladder->generation), &failed);
    if (rung == RUNG_SEND && !n->progress->unknown)
        json_put(mark, "absent", json_integer(1), &failed);
    if (ladder->only_person)
        json_put(mark, "person", json_integer(1), &failed);
    json_put(mark, "why", json_string(why), &failed);
    check(!failed);
    record_mark(n, "rung", mark);
    json_decref(mark);
}

/* It was written before the store was restored: what it waits for may have been sent once more by
 * the history that is lost, and that may be slow. */
static bool ladder_is_behind(const struct run_node *n, const json_t *mark)
{
    const struct run *run = n->frame->run;
    const char *last = json_get_text(mark, "restored");
    uint64_t since = 0;

    if (last != NULL)
        ident_parse(last, &since);
    return run->id <= run->engine->world.store->restored &&
           since != run->engine->world.store->restored;
}

/* Until when it settles, when the probe or the reversal is what comes next. */
static void ladder_recover_settle(struct run_node *n, const json_t *mark)
{
    const json_t *up = json_object_get(mark, "up");
    const json_int_t boot = n->frame->run->engine->world.clock->boot;
    struct ladder *ladder = &n->progress->ladder;

    ladder->settled_ms = 0;
    ladder->anew = NULL;
    if (ladder_is_behind(n, mark))
        ladder->anew = "the store was restored from a backup";
    if (ladder->anew != NULL || json_array_size(up) != 2 || boot == 0)
        return;
    if (json_integer_value(json_array_get(up, 0)) != boot)
        ladder->anew = "the machine was started anew";
    else
        ladder->settled_ms = json_integer_value(json_array_get(up, 1));
}

void ladder_recover(struct run_node *n, const json_t *mark)
{
    struct progress *progress = n->progress;
    struct ladder *ladder = &progress->ladder;
    const char *to = json_get_text(mark, "to");
    unsigned generation = (unsigned)json_get_int(mark, "gen", 0);

    ladder->rung = RUNG_NONE;
    for (enum rung rung = RUNG_PROBE; rung <= RUNG_ADOPT; rung++)
        if (to != NULL && strcmp(to, ladder_names[rung]) == 0)
            ladder->rung = (uint8_t)rung;
    progress->retry_ms = json_get_int(mark, "due", 0);
    ladder_recover_settle(n, mark);
    if (progress->retry_ms != 0 || ladder->rung == RUNG_PERSON) /* else it is another key for it */
        progress->allowed = false;
    ladder->tries = (unsigned)json_get_int(mark, "try", 1) - 1;
    ladder->only_person = json_object_get(mark, "person") != NULL;
    if (generation != ladder->generation)
        ladder->digest[0] = '\0';
    ladder->generation = generation;
    if (ladder->rung == RUNG_SEND || ladder->rung == RUNG_REVERSE) {
        json_decref(progress->task); /* who was asked is so no more */
        progress->task = NULL;
    }
    ladder->absent = json_object_get(mark, "absent") != NULL;
    if (ladder->absent)
        progress->unknown = false;
    else if (progress->retry_ms != 0 || ladder->rung == RUNG_PERSON)
        progress->unknown = true; /* of its next key, too */
    /* else its probe has spoken, or there is none */
    ladder->probed = ladder->rung != RUNG_PROBE && ladder->rung != RUNG_ADOPT;
}

/* An answer must be there before the system forgets the key, so a request leaves one timeout
 * earlier. */
struct deadline ladder_key_last(const struct run_node *n)
{
    int64_t timeout = node_of(n)->timeout_ms > 0 ? node_of(n)->timeout_ms : LIMIT_CALL_MS;

    return deadline_earlier(&n->progress->ladder.key_until, timeout);
}

bool ladder_key_holds(const struct run_node *n)
{
    const struct engine *engine = n->frame->run->engine;
    struct deadline last;

    if (n->progress == NULL || n->progress->effect != EFFECT_KEYED)
        return false;
    last = ladder_key_last(n);
    return last.wall_ms != 0 && !deadline_is_over(&last, engine->wall, engine->steady);
}

/* An intent of another boot was written before this one began. If by the wall it was not, the wall
 * was put back while the machine was off, and nobody knows by how much: the key may be forgotten.
 * Else the wall says how old the key is (jump.h). */
static struct deadline ladder_of_another_boot(const struct engine *engine, const json_t *intent,
                                              int64_t sent_ms)
{
    const int64_t back = json_get_int(intent, "back", 0);
    const int64_t began = engine->wall - engine->steady + engine->jump.back_ms;

    if (engine->world.clock->boot != 0 && json_get_int(intent, "at", sent_ms) + back > began)
        return (struct deadline){ 1, INT64_MAX };
    return jump_deadline(engine, json_get_int(intent, "until", 0), back);
}

struct deadline ladder_key_until(const struct engine *engine, const json_t *intent, int64_t sent_ms)
{
    struct deadline until = { json_get_int(intent, "until", 0), INT64_MAX };
    const json_int_t boot = engine->world.clock->boot;
    const json_t *up = json_object_get(intent, "up");

    if (until.wall_ms == 0)
        return until;
    if (boot == 0 || json_integer_value(json_array_get(up, 0)) != boot)
        return ladder_of_another_boot(engine, intent, sent_ms);
    until.steady_ms = json_integer_value(json_array_get(up, 1));
    return until;
}
