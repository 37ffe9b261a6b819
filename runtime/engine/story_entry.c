/* story_entry.c - what one entry of the journal says of its step, for people. */
#include "engine/story.h"

#include <string.h>

#include "base/buf.h"

json_t *story_time(int64_t ms)
{
    char text[CLOCK_TEXT];

    if (ms == 0)
        return json_null();
    clock_text(ms, text);
    return json_string(text);
}

static void entry_text(json_t *to, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new_nocheck(to, key, json_string(text));
}

static void entry_list(json_t *step, const char *name, json_t *one)
{
    json_t *list = json_object_get(step, name);

    if (list == NULL) {
        list = json_array();
        json_object_set_new_nocheck(step, name, list);
    }
    json_array_append(list, one);
}

static void entry_failed(json_t *step, const json_t *entry, json_t *error)
{
    json_t *attempt = json_object();
    int64_t next = json_get_int(entry, "next", 0);

    json_object_set_new_nocheck(attempt, "attempt", json_integer(json_get_int(entry, "a", 1)));
    json_object_set_nocheck(attempt, "error", error);
    if (next != 0)
        json_object_set_new_nocheck(attempt, "next_at", story_time(next));
    entry_list(step, "attempts", attempt);
    json_decref(attempt);
    json_object_set_nocheck(step, "error", error);
    entry_text(step, "status", next != 0 ? "retrying" : "failed");
    entry_text(step, "port", json_get_text(entry, "p"));
}

/* What it waits for, by a mark. */
static void entry_waits(json_t *step, const char *what, int64_t until)
{
    json_t *waits = json_pack("{s:s}", "for", what);

    if (until != 0 && until != INT64_MAX)
        json_object_set_new_nocheck(waits, "until", story_time(until));
    json_object_set_nocheck(waits, "since", json_object_get(step, "at"));
    json_object_set_new_nocheck(step, "waits", waits);
    entry_text(step, "status", "waiting");
}

static void entry_task(json_t *step, json_t *task)
{
    const char *kind = json_get_text(task, "kind");
    bool doubt = kind != NULL && strcmp(kind, "doubt") == 0;

    entry_waits(step, doubt ? "a word on an effect in doubt" : "a decision",
                json_get_int(task, "due_ms", 0));
    json_object_set_nocheck(step, "task", task);
    if (doubt)
        entry_text(step, "status", "in_doubt");
}

/* A rung of the ladder that an effect in doubt goes up (ladder.c). */
static void entry_rung(json_t *step, const json_t *mark)
{
    const char *to = json_get_text(mark, "to");
    int64_t due = json_get_int(mark, "due", 0);
    json_t *rung = json_object();

    entry_text(rung, "to", to);
    entry_text(rung, "why", json_get_text(mark, "why"));
    json_object_set_nocheck(rung, "at", json_object_get(step, "at"));
    if (due != 0)
        json_object_set_new_nocheck(rung, "due_at", story_time(due));
    entry_list(step, "ladder", rung);
    json_decref(rung);
    if (to != NULL && strcmp(to, "send") == 0)
        entry_text(step, "status", "retrying");
}

/* Where two must agree, who has chosen what so far: "another decision: pay 1 of 2, drop 1 of 2". */
static void entry_decided(json_t *step, json_t *mark)
{
    json_t *task = json_object_get(step, "task"), *waits = json_object_get(step, "waits");
    json_t *decisions, *port, *one;
    int64_t needed = json_get_int(task, "approvals", 1);
    struct buf text;
    size_t i, k;

    entry_list(step, "decisions", mark);
    if (needed < 2 || waits == NULL)
        return;
    decisions = json_object_get(step, "decisions");
    buf_init(&text, 4 * KIB);
    json_array_foreach(json_object_get(task, "ports"), i, port)
    {
        unsigned same = 0;

        json_array_foreach(decisions, k, one)
        {
            same += strcmp(json_get_text(one, "port"), json_text(port)) == 0;
        }
        if (same > 0)
            buf_addf(&text, "%s%s %u of %d",
                     text.len > 0 ? ", " : "another decision: ", json_text(port), same,
                     (int)needed);
    }
    entry_text(waits, "for", buf_text(&text));
    buf_fini(&text);
}

/* False: it is no mark of a step that lasts. */
static bool entry_mark(json_t *step, const json_t *entry)
{
    json_t *mark;

    if ((mark = json_object_get(entry, "pause")) != NULL) {
        const char *key = json_get_text(mark, "key");

        entry_waits(step, key != NULL ? "an event" : "a moment",
                    json_get_int(mark, "until", INT64_MAX));
        entry_text(json_object_get(step, "waits"), "key", key);
    } else if ((mark = json_object_get(entry, "woke")) != NULL) {
        json_object_set_nocheck(step, "woken", mark);
        entry_text(step, "status", "active");
    } else if ((mark = json_object_get(entry, "task")) != NULL) {
        entry_task(step, mark);
    } else if ((mark = json_object_get(entry, "decided")) != NULL) {
        entry_decided(step, mark);
    } else if ((mark = json_object_get(entry, "sub")) != NULL) {
        if (json_text(mark)[0] != '\0')
            json_object_set_nocheck(step, "called", mark);
        entry_waits(step, "the run of another flow", 0);
    } else if ((mark = json_object_get(entry, "sent")) != NULL) {
        json_object_set_nocheck(step, "delivered", mark);
    } else if ((mark = json_object_get(entry, "stop")) != NULL) {
        json_object_set_nocheck(step, "stop", mark);
        entry_text(step, "status", "stopped the run");
    } else if ((mark = json_object_get(entry, "rung")) != NULL) {
        entry_rung(step, mark);
    } else if ((mark = json_object_get(entry, "undo")) != NULL) {
        entry_list(step, "undone", mark);
    } else if ((mark = json_object_get(entry, "doubt")) != NULL) {
        json_object_set_nocheck(step, "error", mark);
        entry_text(step, "status", "in_doubt");
    } else {
        return false;
    }
    return true;
}

/* The entry of a step that has its outcome: an output, or what stands for one. */
static bool entry_is_outcome(const json_t *entry)
{
    return json_object_get(entry, "o") != NULL || json_object_get(entry, "same") != NULL ||
           json_object_get(entry, "loop") != NULL;
}

void story_entry(json_t *step, const json_t *entry, int64_t received_ms)
{
    const char *port = json_get_text(entry, "p");
    json_t *error = json_object_get(entry, "e");

    json_object_set_new_nocheck(step, "at", story_time(received_ms + json_get_int(entry, "t", 0)));
    if (json_object_get(entry, "d") != NULL)
        json_object_set_nocheck(step, "took_ms", json_object_get(entry, "d"));
    if (json_object_get(entry, "taken") != NULL)
        json_object_set_new_nocheck(step, "taken_over", json_true());
    json_object_set_new_nocheck(step, "attempt", json_integer(json_get_int(entry, "a", 1)));
    if (json_object_get(entry, "guard") != NULL)
        entry_list(step, "masked", json_object_get(entry, "guard"));
    if (json_object_get(entry, "i") != NULL) {
        json_object_set_nocheck(step, "intent", json_object_get(entry, "i"));
        entry_text(step, "status", "sent");
    } else if (error != NULL) {
        entry_failed(step, entry, error);
    } else if (entry_is_outcome(entry)) {
        json_object_del(step, "error");
        json_object_del(step, "waits");
        entry_text(step, "status", "succeeded");
        entry_text(step, "port", port != NULL ? port : "out");
        if (json_object_get(entry, "same") != NULL)
            json_object_set_new_nocheck(step, "passed_on", json_true());
        if (json_object_get(entry, "o") != NULL)
            json_object_set_nocheck(step, "output", json_object_get(entry, "o"));
    } else if (!entry_mark(step, entry)) {
        entry_list(step, "marks", (json_t *)entry);
    }
}
