/* story.c - what a journal says of a step. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "sim/oracle_priv.h"

bool oracle_of(const json_t *entry, const char *node)
{
    const char *name = json_get_text(entry, "n"), *index = json_get_text(entry, "x");
    char path[80];

    if (name == NULL)
        return false;
    if (index == NULL)
        return strcmp(name, node) == 0;
    snprintf(path, sizeof path, "%s[%s]", name, index);
    return strcmp(path, node) == 0;
}

/* Of one in doubt: it was looked, it is not there, and the run had failed before. */
static bool oracle_dropped(const json_t *entry, const struct oracle_story *story)
{
    const char *kind = json_get_text(json_object_get(entry, "e"), "kind");

    return story->step == STEP_DOUBTED && kind != NULL && strcmp(kind, "cancelled") == 0;
}

static void oracle_entry(const json_t *entry, struct oracle_story *story)
{
    const json_t *decided = json_object_get(entry, "decided"), *rung;

    story->dropped += oracle_dropped(entry, story);
    story->undos += json_object_get(entry, "undo") != NULL;
    if ((rung = json_object_get(entry, "rung")) != NULL) {
        json_int_t generation = json_get_int(rung, "gen", 0);

        if (generation > story->generation && json_object_get(rung, "due") != NULL)
            story->undone++;
        else
            story->missed += json_object_get(rung, "absent") != NULL;
        story->absent |= json_object_get(rung, "absent") != NULL;
        story->generation = generation;
    }
    if (json_object_get(entry, "unsure") != NULL || json_object_get(entry, "doubt") != NULL)
        story->absent = false;
    if (json_object_get(entry, "i") != NULL) {
        story->absent &= story->step != STEP_INTENDED; /* of that one nothing was heard */
        story->intents++;
        story->step = STEP_INTENDED;
    } else if (json_object_get(entry, "doubt") != NULL) {
        story->doubts++;
        story->step = STEP_DOUBTED;
    } else if (decided != NULL) {
        story->resent += strcmp(json_get_text(decided, "port"), "send") == 0;
        story->step = STEP_DECIDED;
    } else if (json_object_get(entry, "e") != NULL) {
        story->step = json_object_get(entry, "next") != NULL ? STEP_PAUSED
                      : json_object_get(entry, "p") != NULL  ? STEP_LEFT
                                                             : STEP_FAILED;
    } else if (json_object_get(entry, "o") != NULL || json_object_get(entry, "same") != NULL ||
               json_object_get(entry, "loop") != NULL) {
        story->dones++;
        story->step = STEP_DONE;
    }
}

/* What the journal says of a step. */
void oracle_story(const json_t *entries, const char *node, struct oracle_story *story)
{
    enum oracle_step before = STEP_UNKNOWN; /* it was replayed */
    const json_t *entry;
    size_t i;

    *story = (struct oracle_story){ .step = STEP_UNKNOWN };
    json_array_foreach(entries, i, entry)
    {
        if (json_object_get(entry, "again") != NULL && story->step >= STEP_DONE) {
            before = story->step;
            story->step = STEP_UNKNOWN;
            story->dones = 0;
        }
        if (!oracle_of(entry, node) || json_object_get(entry, "it") != NULL)
            continue;
        story->after |= story->step >= STEP_DONE;
        story->attempts = (unsigned)json_get_int(entry, "a", 1);
        oracle_entry(entry, story);
    }
    if (story->step == STEP_UNKNOWN)
        story->step = before; /* its outcome stands in */
}

unsigned oracle_resent(const json_t *entries, const char *node)
{
    struct oracle_story story;

    oracle_story(entries, node, &story);
    return story.resent;
}
