/* sender.c - who sends the events: each again and again until it is acknowledged, some more often,
 * some with another body under the same key. */
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/operate.h"

#define SENDER_AGAIN_MS 30000 /* the pause of a sender who was not acknowledged, at most */
#define SENDER_SPAN_MS  INT64_C(300000)

void sender_plan(struct sim *sim, size_t count)
{
    size_t i;

    sim->events = mem_must((count + 1) * sizeof *sim->events);
    sim->event_count = count;
    for (i = 0; i < count; i++) {
        struct sim_event *event = &sim->events[i];

        event->flow = &sim->flows[dice_below(&sim->dice, (unsigned)sim->flow_count)];
        event->dice = dice_below(&sim->dice, 1000);
        event->declined = dice_chance(&sim->dice, 100);
        if (sim->plan.flow != NULL && event->flow->kind->origin == ORIGIN_FAILED)
            event->declined = i == 0; /* a sweep wants one of each */
        snprintf(event->id, sizeof event->id, "%s-%zu%s", event->flow->kind->slug, i + 1,
                 event->declined ? "-no" : "");
        snprintf(event->customer, sizeof event->customer, "C%u", dice_below(&sim->dice, 3));
        event->cents = dice_between(&sim->dice, 1, dice_chance(&sim->dice, 500) ? 999 : 99999999);
        event->more = dice_chance(&sim->dice, 400) ? 1 + dice_below(&sim->dice, 4) : 0;
        event->next_ms = sim->clock.steady + dice_between(&sim->dice, 0, SENDER_SPAN_MS);
        if (sim->plan.flow != NULL) { /* the same for every n */
            event->more = i == 0;
            event->next_ms = sim->clock.steady + (int64_t)i;
        }
        if (event->flow->kind->origin == ORIGIN_TICK) { /* its slots come by themselves */
            event->lost = true;
            event->next_ms = INT64_MAX;
        }
        if (source_brings(event->flow->kind->origin))
            event->more = 0;
    }
}

int64_t sender_due(const struct sim *sim)
{
    int64_t due = INT64_MAX;
    size_t i;

    for (i = 0; i < sim->event_count; i++)
        if (sim->events[i].next_ms < due)
            due = sim->events[i].next_ms;
    return due;
}

struct sender_post {
    uint64_t request;
    char path[64];
    struct buf body;
};

static void sender_post(struct sim *sim, void *arg)
{
    static const struct step_pair headers[] = { { "Content-Type", "application/json" } };
    const struct sender_post *post = arg;
    struct engine_event event = {
        .request = post->request,
        .method = "POST",
        .path = post->path,
        .query = "",
        .headers = headers,
        .header_count = 1,
        .body = buf_text((struct buf *)&post->body),
        .body_size = post->body.len,
        .received_ms = sim->clock.wall,
    };

    engine_hook(sim->engine, &event);
}

void sender_send(struct sim *sim, size_t index, bool conflict)
{
    struct sim_event *event = &sim->events[index], other = *event;
    struct sender_post post = { .request = sim->request_count + 1 };

    sim->requests =
        mem_must_resize(sim->requests, (sim->request_count + 1) * sizeof *sim->requests);
    sim->requests[sim->request_count++] =
        (struct sim_request){ (unsigned)index, peers_epoch(sim->peers), conflict, false };
    event->sent++;
    /* Unless it is answered: whoever gets no answer within 90 s sends again. */
    event->next_ms = sim->clock.steady + 90000 + dice_between(&sim->dice, 0, SENDER_AGAIN_MS);
    snprintf(post.path, sizeof post.path, "main/test/%s", event->flow->kind->slug);
    buf_init(&post.body, LIMIT_BODY);
    other.cents += conflict;
    event->flow->kind->body(&other, &post.body);
    sim_note(sim, "event     %s, request %" PRIu64 "%s: %s", event->id, post.request,
             conflict ? ", another body" : "", buf_text(&post.body));
    if (!sim_inside(sim, sender_post, &post))
        sim_restart(sim);
    buf_fini(&post.body);
}

bool sender_next(struct sim *sim)
{
    int64_t due = sender_due(sim);
    size_t i;

    if (due > sim->clock.steady)
        return false;
    for (i = 0; sim->events[i].next_ms != due; i++)
        ;
    if (source_brings(sim->events[i].flow->kind->origin)) {
        source_appear(sim, &sim->events[i]);
        return true;
    }
    sender_send(sim, i,
                sim->plan.flow == NULL && sim->events[i].acked &&
                    !sim->events[i].flow->retention && /* then nobody can tell any more */
                    dice_chance(&sim->dice, 150));
    return true;
}

void sender_crash(struct sim *sim)
{
    size_t i;

    for (i = 0; i < sim->request_count; i++) {
        struct sim_request *request = &sim->requests[i];
        struct sim_event *event = &sim->events[request->event];

        if (event->lost || request->answered || request->epoch + 1 != peers_epoch(sim->peers))
            continue;
        event->next_ms = sim->clock.steady + dice_between(&sim->dice, 1, SENDER_AGAIN_MS);
    }
}

/* ---- What the receipts say */

/* The run that has the event's key; 0: none is committed. */
struct sender_search {
    const struct sim_event *event;
    uint64_t run;
};
static bool sender_look(void *arg, const struct store_run *run)
{
    struct sender_search *search = arg;

    if (sim_is_of(run, search->event))
        search->run = run->run;
    return true;
}

uint64_t sender_run(struct sim *sim, const struct sim_event *event)
{
    struct sender_search search = { event, 0 };

    sim_runs(sim, sender_look, &search);
    return search.run;
}

static uint64_t sender_said(const struct engine_answer *answer)
{
    const char *at = answer->body != NULL ? strstr(answer->body, "{\"run\":\"") : NULL;
    char text[IDENT_TEXT];
    uint64_t run = 0;

    if (at != answer->body || at == NULL || answer->body_size < 8 + IDENT_TEXT)
        return 0;
    memcpy(text, at + 8, IDENT_TEXT - 1);
    text[IDENT_TEXT - 1] = '\0';
    return ident_parse(text, &run) ? run : 0;
}

static void sender_acknowledged(struct sim *sim, struct sim_event *event,
                                const struct engine_answer *answer, bool conflict)
{
    uint64_t said = sender_said(answer), kept = sender_run(sim, event);

    if (kept == 0)
        sim_wrong(sim, "%s is answered %d before it is durable", event->id, answer->status);
    if (said != 0 && said != kept)
        sim_wrong(sim, "%s is answered with another run than the one that has its key", event->id);
    if (event->acked && kept != 0 && event->run != kept)
        sim_wrong(sim, "%s has two runs", event->id);
    if (conflict)
        sim_wrong(sim, "another event with the key of %s is answered %d", event->id,
                  answer->status);
    if (said == 0 && !event->flow->result)
        sim_wrong(sim, "%s: no run in the receipt %.*s", event->id, (int)answer->body_size,
                  answer->body);
    event->acked = true;
    event->run = kept;
}

void sender_answer(struct sim *sim, uint64_t number, const struct engine_answer *answer)
{
    struct sim_request *request = &sim->requests[number - 1];
    struct sim_event *event = &sim->events[request->event];

    check(number >= 1 && number <= sim->request_count);
    sim_note(sim, "answer    %s, request %" PRIu64 ": %d %.*s", event->id, number, answer->status,
             answer->refusal != NULL ? 200 : (int)answer->body_size,
             answer->refusal != NULL ? answer->refusal->text : answer->body);
    if (request->answered)
        sim_wrong(sim, "request %" PRIu64 " is answered twice", number);
    request->answered = true;
    if (event->lost)
        return;
    if (answer->status >= 200 && answer->status < 300)
        sender_acknowledged(sim, event, answer, request->conflict);
    else if (answer->status == 409 && !request->conflict)
        sim_wrong(sim, "%s is called a conflict with itself", event->id);
    else if (answer->status == 409 && !beside_kept(sim, event))
        sim_wrong(sim, "another event with the key of %s is answered 409, and not kept", event->id);
    else if (answer->status < 500 && answer->status != 409)
        sim_wrong(sim, "%s is answered %d", event->id, answer->status);
    if (!event->acked)
        event->next_ms = sim->clock.steady + dice_between(&sim->dice, 1, SENDER_AGAIN_MS);
    else if (event->more > 0)
        event->next_ms = sim->clock.steady + dice_between(&sim->dice, 0, SENDER_SPAN_MS);
    else
        event->next_ms = INT64_MAX;
    if (event->acked && event->more > 0)
        event->more--;
}
