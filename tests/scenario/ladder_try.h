/* ladder_try.h - what the tests of effects in doubt share: one event through one call, and its
 * story as the journal tells it. */
#ifndef SCENARIO_LADDER_TRY_H
#define SCENARIO_LADDER_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "world/stage.h"

#define LADDER_JSON .header = "Content-Type", .value = "application/json"

/* With ' for ". */
static inline char *ladder_text(const char *text)
{
    char *copy = mem_must_copy(text);

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

/* Deploys webhook "in" -> "post" and what follows. */
static inline void ladder_deploy(struct stage *stage, const char *post, const char *more,
                                 const char *edges, const char *connections)
{
    char *flow = mem_must(16 * 1024), *text;

    snprintf(flow, 16 * 1024,
             "{'flow': {'weft': 1, 'name': 't', 'nodes': [{'id': 'in', 'type': 'trigger.webhook', "
             "'config': {'path': 'x', 'verify': {'type': 'none'}}}, %s%s], 'edges': [{'from': "
             "'in', 'to': 'post'}%s]}%s%s}",
             post, more, edges, connections != NULL ? ", 'connections': " : "",
             connections != NULL ? connections : "");
    text = ladder_text(flow);
    stage_deploy(stage, "t", text);
    mem_free(text);
    mem_free(flow);
}

/* The same, and posts one event; returns its request. */
static inline uint64_t ladder_post(struct stage *stage, const char *post, const char *more,
                                   const char *edges, const char *connections)
{
    ladder_deploy(stage, post, more, edges, connections);
    return stage_post(stage, "x", "{\"id\": \"P1\", \"n\": 12.50}");
}

static inline const char *ladder_entry(const json_t *entry)
{
    const json_t *rung = json_object_get(entry, "rung");

    if (rung != NULL)
        return json_get_text(rung, "to");
    if (json_object_get(entry, "undo") != NULL)
        return "undo";
    if (json_object_get(entry, "i") != NULL)
        return "intent";
    if (json_object_get(entry, "doubt") != NULL)
        return "doubt";
    if (json_object_get(entry, "task") != NULL)
        return "task";
    if (json_object_get(entry, "decided") != NULL)
        return "decided";
    if (json_object_get(entry, "e") != NULL)
        return json_object_get(entry, "next") != NULL ? "again" : "failed";
    return "done";
}

/* "intent doubt probe adopt done" */
static inline void ladder_story(struct stage *stage, uint64_t run, char *text, size_t room)
{
    json_t *entries = fake_store_entries(stage_store(stage), run), *entry;
    size_t i, used = 0;

    text[0] = '\0';
    json_array_foreach(entries, i, entry)
    {
        const char *node = json_get_text(entry, "n");

        if (node == NULL || strcmp(node, "post") != 0)
            continue;
        used += (size_t)snprintf(text + used, room - used, "%s%s", used > 0 ? " " : "",
                                 ladder_entry(entry));
        assert_true(used < room);
    }
    json_decref(entries);
}

static inline void ladder_story_is(struct stage *stage, uint64_t run, const char *wanted,
                                   const char *file, int line)
{
    char story[2000];

    ladder_story(stage, run, story, sizeof story);
    if (strcmp(story, wanted) == 0)
        return;
    print_error("the story is  %s\nand should be %s\n", story, wanted);
    _fail(file, line);
}
#define story_is(stage, run, wanted) ladder_story_is(stage, run, wanted, __FILE__, __LINE__)

/* Until all that can move by itself has moved. */
static inline void ladder_play(struct stage *stage)
{
    stage_settle(stage);
    for (unsigned i = 0; i < 60; i++)
        stage_wait(stage, 10000);
}

static inline void ladder_told(void *arg, const struct err *e)
{
    assert_int_equal(e->code, ERR_OK);
    *(bool *)arg = true;
}

static inline void ladder_decide(struct stage *stage, uint64_t run, const char *port)
{
    const struct engine_decision decision = { .run = run, .step = "post", .port = port,
                                              .by = "ann", .reason = "I looked" };
    bool told = false;
    struct err e;

    if (engine_decide(stage_engine(stage), &decision, ladder_told, &told, &e) != ERR_OK)
        fail_msg("%s", e.text);
    stage_settle(stage);
    assert_true(told);
}

/* The header with the key of the n-th request to the system. */
static inline const char *ladder_key(struct stage *stage, const char *part, size_t index)
{
    const char *key = strstr(fake_http_sent(stage_http(stage), part, index)->headers,
                             "Idempotency-Key: ");

    assert_non_null(key);
    return key + strlen("Idempotency-Key: ");
}

#endif
