/* sample.c - see sample.h. */
#include "engine/sample.h"

#include "engine/governor_priv.h"
#include "engine/poll.h"

bool sample_place(const struct engine *engine, size_t *cursor, struct sample_place *place)
{
    const struct deployment *d;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    d = dict_next(engine->deployments, cursor, NULL);
    if (d == NULL)
        return false;
    *place = (struct sample_place){
        .key = d,
        .workspace = d->workspace,
        .environment = d->environment,
        .flow = d->slug,
        .tally = &d->tally,
        .live = d->version != NULL,
        .running = d->running,
        .oldest_ms = d->waiting != NULL ? d->waiting->received_ms : 0,
        .failing_ms = polls_failing_ms(engine, d),
    };
    for (const struct run *run = d->waiting; run != NULL; run = run->place_next)
        place->queued++;
    return true;
}

bool sample_connection(const struct engine *engine, size_t *cursor,
                       struct sample_connection *connection)
{
    const struct governor *governor;
    bool open;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    governor = dict_next(engine->governors, cursor, NULL);
    if (governor == NULL)
        return false;
    open = governor->state == GOVERNOR_OPEN;
    *connection = (struct sample_connection){
        .key = governor->key,
        .state = governor__state_name(governor),
        .text = open ? "" : governor->why.text,
        .code = open ? ERR_OK : governor->why.code,
        .since_ms = open ? 0 : governor->since_ms,
        .waiting = governor->waiter_count,
        .parked = governor->held,
        .by_hand = !open && governor->by_hand,
    };
    return true;
}
