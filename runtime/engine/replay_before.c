/* replay_before.c - what a replay knows of the effects that the runs before it have, or may have,
 * and that its own journal has no intent of. It begins its journal with it:
 *
 *   {"before": {PATH: {"intent"?: {"class","what","key","place"?,"at","until"?,"back"?,"up"?},
 *    "node"?, "done"?, "sent"?, "sub"?, "gen"?, "agreed"?}}}    agreed: it may be repeated, as a
 *    person said
 *
 * (1) A key of theirs is used as long as the system knows it, counted from when it first left.
 *     What they sent elsewhere is not sent here.     [replay_key_until, replay_is_elsewhere]
 * (2) A replay of the replay knows it, too, when that one did not come so far, and when the outcome
 *     stood in there, which may have come without an intent.  [replay__remember, replay__recall] */
#include "engine/replay_priv.h"

#include <string.h>

#include "engine/connection_account.h"

#define BEFORE_WHAT 80

static void before_copy(json_t *to, const json_t *from, const char *name)
{
    json_t *value = json_object_get(from, name);

    if (value != NULL)
        json_object_set_nocheck(to, name, value);
}

/* What of an intent counts. */
static json_t *before_intent(const json_t *intent)
{
    static const char *const names[] = { "class", "key", "place", "at", "until", "back", "up" };
    const char *what = json_get_text(intent, "what");
    json_t *kept = json_object();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        before_copy(kept, intent, names[i]);
    if (what != NULL)
        json_object_set_new_nocheck(kept, "what",
                                    json_stringn_nocheck(what, utf8_cut(what, BEFORE_WHAT)));
    return kept;
}

/* An idempotent effect may be repeated whatever was done before. */
static bool before_counts(const json_t *step)
{
    const char *class = json_get_text(json_object_get(step, "intent"), "class");
    bool declined =
        json_object_get(step, "done") == NULL && json_is_true(json_object_get(step, "failed"));

    if (json_object_get(step, "sent") != NULL || json_object_get(step, "sub") != NULL)
        return true;
    return class != NULL && strcmp(class, effect_name(EFFECT_IDEMPOTENT)) != 0 && !declined;
}

void replay__remember(struct replay__choice *choice, const char *path, const json_t *step,
                      bool listed)
{
    static const char *const names[] = { "node", "done", "sent", "sub", "gen" };
    json_t *kept;

    if (!before_counts(step))
        return;
    kept = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        before_copy(kept, step, names[i]);
    if (json_object_get(step, "intent") != NULL)
        json_object_set_new_nocheck(kept, "intent", before_intent(json_object_get(step, "intent")));
    if (listed)
        json_object_set_new_nocheck(kept, "agreed", json_true());
    if (choice->before == NULL)
        choice->before = json_object();
    json_object_set_new_nocheck(choice->before, path, kept);
}

/* Paths whose outcomes stand in. */
static json_t *before_taken(const struct replay__choice *choice)
{
    json_t *taken = json_object(), *entry;
    size_t i;

    json_array_foreach(choice->taken, i, entry)
    {
        char *path;

        if (!replay__is_outcome(entry))
            continue;
        path = replay__path(choice->flow, entry);
        json_object_set_new_nocheck(taken, path, json_true());
        mem_free(path);
    }
    return taken;
}

/* What was tried anew and failed may be done all the same. */
static void before_recall(json_t *steps, const char *path, const json_t *known)
{
    json_t *step = json_object_get(steps, path);

    if (step != NULL) {
        json_object_set_new_nocheck(step, "done", json_true());
        if (json_object_get(step, "intent") == NULL) { /* it did not leave then */
            before_copy(step, known, "intent");
            before_copy(step, known, "node");
        }
        return;
    }
    step = json_copied((json_t *)known);
    json_object_del(step, "agreed");
    json_object_set_new_nocheck(step, "far", json_true());
    json_object_set_new_nocheck(steps, path, step);
}

/* Its outcome stands in, and may be what a person told of it. */
static void before_keep(struct replay__choice *choice, const char *path, const json_t *known)
{
    json_t *kept = json_copied((json_t *)known);

    json_object_del(kept, "agreed");
    json_object_set_new_nocheck(kept, "done", json_true());
    if (choice->before == NULL)
        choice->before = json_object();
    json_object_set_new_nocheck(choice->before, path, kept);
}

void replay__recall(const struct replay__old *old, struct replay__choice *choice, json_t *steps)
{
    json_t *entry, *before, *taken = NULL, *known;
    const char *path;
    size_t i;

    json_array_foreach(old->entries, i, entry)
    {
        before = json_object_get(entry, "before");
        if (before == NULL || json_get_text(entry, "n") != NULL)
            continue;
        if (taken == NULL)
            taken = before_taken(choice);
        json_object_foreach(before, path, known)
        {
            if (json_object_get(taken, path) == NULL)
                before_recall(steps, path, known);
            else
                before_keep(choice, path, known);
        }
    }
    json_decref(taken);
}

enum err_code replay__begin(struct replay__choice *choice, struct err *e)
{
    json_t *entry;
    char *text;

    if (choice->before == NULL)
        return ERR_OK;
    entry = json_pack("{s:O}", "before", choice->before);
    text = json_text_new(entry, REPLAY_TAKEN_MAX, NULL);
    if (text == NULL)
        err_set(e, ERR_LIMIT, "%zu effects of the run may be done already; so many cannot be kept",
                json_object_size(choice->before));
    else
        json_array_insert(choice->taken, 0, entry);
    json_decref(entry);
    mem_free(text);
    return text != NULL ? ERR_OK : ERR_LIMIT;
}

/* What is known of the step under its key; NULL: nothing that counts. */
static const json_t *before_known(const struct step *step)
{
    const struct ladder *ladder = step->n->progress != NULL ? &step->n->progress->ladder : NULL;
    const json_t *known = NULL;

    if (step->run->before != NULL) /* nearly always it is no replay */
        known = json_object_get(step->run->before, step_path(step));
    if (known == NULL || json_object_get(known, "intent") == NULL ||
        json_object_get(known, "agreed") != NULL ||
        json_get_int(known, "gen", 0) != (ladder != NULL ? (int64_t)ladder->generation : 0) ||
        (ladder != NULL && ladder->vetted))
        return NULL;
    return known;
}

bool replay_key_until(const struct step *step, struct deadline *until)
{
    const json_t *known = before_known(step);

    if (known != NULL && until != NULL)
        *until = ladder_key_until(step->run->engine, json_object_get(known, "intent"), 0);
    return known != NULL;
}

bool replay_is_elsewhere(const struct step *step, const struct connection *connection)
{
    const char *was = json_get_text(json_object_get(before_known(step), "intent"), "place");
    char place[DIGEST_TEXT];

    if (was == NULL || was[0] == '\0')
        return false;
    connection_place(connection, place);
    return strcmp(was, place) != 0;
}

bool replay_was_done(const struct step *step)
{
    return json_object_get(before_known(step), "done") != NULL;
}
