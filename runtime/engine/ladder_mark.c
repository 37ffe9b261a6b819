/* ladder_mark.c - the rungs of an effect in doubt (ladder.c) as the journal keeps them.
 *
 * Marks: {"rung":{"to": name, "due"?: wall ms, "try"?, "gen"?, "absent"?:1, "person"?:1, "why"}} */
#include "engine/run.h"

#include <string.h>

static const char *const ladder_names[] = { "none", "probe", "send", "reverse", "person", "adopt" };

void ladder_mark(struct run_node *n, enum rung rung, int64_t due_ms, const char *why)
{
    const struct ladder *ladder = &n->progress->ladder;
    json_t *mark = json_pack("{s:s}", "to", ladder_names[rung]);
    bool failed = false;

    if (due_ms != 0)
        json_put(mark, "due", json_integer(due_ms), &failed);
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

void ladder_recover(struct progress *progress, const json_t *mark)
{
    struct ladder *ladder = &progress->ladder;
    const char *to = json_get_text(mark, "to");
    unsigned generation = (unsigned)json_get_int(mark, "gen", 0);

    ladder->rung = RUNG_NONE;
    for (enum rung rung = RUNG_PROBE; rung <= RUNG_ADOPT; rung++)
        if (to != NULL && strcmp(to, ladder_names[rung]) == 0)
            ladder->rung = (uint8_t)rung;
    progress->retry_ms = json_get_int(mark, "due", 0);
    ladder->tries = (unsigned)json_get_int(mark, "try", 1) - 1;
    ladder->only_person = json_object_get(mark, "person") != NULL;
    if (generation != ladder->generation)
        ladder->digest[0] = '\0';
    ladder->generation = generation;
    if (ladder->rung == RUNG_SEND || ladder->rung == RUNG_REVERSE) {
        json_decref(progress->task); /* who was asked is so no more */
        progress->task = NULL;
    }
    if (json_object_get(mark, "absent") != NULL)
        progress->unknown = false;
    /* else its probe has spoken, or there is none */
    ladder->probed = ladder->rung != RUNG_PROBE && ladder->rung != RUNG_ADOPT;
}
