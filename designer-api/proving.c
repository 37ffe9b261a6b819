/* proving.c - see proving.h. */
#include "designer-api/proving.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/ask_priv.h"
#include "designer-api/context.h"
#include "designer-api/contract.h"
#include "engine/prove.h"

struct proving {
    struct ask ask;
    ask_handler_fn *handler;
    json_t *parts;
    void *at;              /* the part that is compiled in the next turn; NULL: all are */
    struct version **list; /* those that compiled, until the handler has been asked again */
    size_t count;
    struct mailbox *turn; /* NULL: the tests run */
    bool left;            /* the API is closed: nobody is answered */
    struct proving *next;
};

static void proving_take_off(struct proving *proving)
{
    struct proving **at = &proving->ask.api->provings;

    while (*at != proving)
        at = &(*at)->next;
    *at = proving->next;
}

static void proving_free(struct proving *proving)
{
    struct engine *engine = ask_engine(&proving->ask);

    if (proving->turn != NULL)
        mailbox_close(proving->turn);
    for (size_t i = 0; i < proving->count; i++)
        compiled_free(engine, proving->list[i]);
    mem_free(proving->list);
    json_decref(proving->parts);
    ask_kept_fini(&proving->ask);
    mem_free(proving);
}

/* Whoever wanted only to read waits no more when he has gone; what is to be done is done. */
static bool proving_wanted(void *arg)
{
    const struct proving *proving = arg;
    const struct ask *ask = &proving->ask;

    return !proving->left && (strcmp(ask->operation->method, "GET") != 0 ||
                              http_in_waited_for(ask->in, ask->end->request));
}

/* It ends without its handler: the request has an answer all the same, and so its end. */
static void proving_refuse(struct proving *proving, const struct err *e)
{
    proving_take_off(proving);
    ask_refuse(&proving->ask, e);
    proving_free(proving);
}

static void proving_leave(struct proving *proving)
{
    struct err e;

    err_set(&e, ERR_CANCELLED, "the caller has gone");
    proving_refuse(proving, &e);
}

static void proving_done(void *arg, enum prove_end end)
{
    struct proving *proving = arg;

    if (!proving->left && end == PROVE_LEFT) {
        proving_leave(proving);
        return;
    }
    if (!proving->left)
        proving_take_off(proving);
    if (!proving->left && end == PROVE_RAN)
        proving->handler(&proving->ask);
    proving_free(proving);
}

void proving__leave(struct api *api)
{
    struct proving *proving, *next;

    for (proving = api->provings; proving != NULL; proving = next) {
        next = proving->next;
        proving->left = true;
        if (proving->turn != NULL)
            proving_free(proving);
    }
    api->provings = NULL;
}

/* ---- A part in each turn of the loop, then their tests */

static void proving_tests(struct proving *proving)
{
    const struct api_rooms *rooms = &proving->ask.api->rooms;
    struct err e;

    mailbox_close(proving->turn);
    proving->turn = NULL;
    if (engine_prove(rooms->engine, rooms->loop, proving->ask.who->workspace, proving->list,
                     proving->count, proving_wanted, proving_done, proving, &e) != ERR_OK)
        proving_refuse(proving, &e);
}

static void proving_turn(void *arg)
{
    struct proving *proving = arg;
    struct engine *engine = ask_engine(&proving->ask);
    json_t *part = json_object_iter_value(proving->at);
    struct version *compiled;
    struct faults faults;

    if (!proving_wanted(proving)) {
        proving_leave(proving);
        return;
    }
    compiled = engine_compiled(engine, part);
    faults_init(&faults);
    if (compiled == NULL)
        compiled = engine_compile(engine, part, json_object_iter_key(proving->at), &faults);
    faults_fini(&faults);
    if (compiled != NULL)
        proving->list[proving->count++] = compiled;
    proving->at = json_object_iter_next(proving->parts, proving->at);
    if (proving->at != NULL)
        mailbox_ring(proving->turn);
    else
        proving_tests(proving);
}

static void proving_begin(struct ask *ask, ask_handler_fn *handler, json_t *parts)
{
    struct proving *proving = mem_must(sizeof *proving);
    struct api *api = ask->api;

    *proving = (struct proving){ .handler = handler, .parts = json_incref(parts) };
    ask_keep(&proving->ask, ask);
    proving->at = json_object_iter(parts);
    proving->list = mem_must(json_object_size(parts) * sizeof(struct version *));
    proving->next = api->provings;
    api->provings = proving;
    proving->turn = mailbox_new(api->rooms.loop, proving_turn, proving);
    mailbox_ring(proving->turn);
}

/* One flow without tests is compiled where it is asked for. */
static bool proving_takes(struct ask *ask, json_t *parts)
{
    struct engine *engine = ask_engine(ask);
    struct version *compiled;
    bool takes = false;
    const char *flow;
    json_t *part;

    json_object_foreach(parts, flow, part)
    {
        if (takes ||
            (json_object_size(parts) == 1 && json_object_size(json_object_get(part, "tests")) == 0))
            break;
        compiled = engine_compiled(engine, part);
        takes = compiled == NULL || !engine_proof_known(engine, ask->who->workspace, compiled);
        compiled_free(engine, compiled);
    }
    return takes;
}

/* One that was kept does not wait again, though the flows may have become others meanwhile. */
bool proving_waits_all(struct ask *ask, ask_handler_fn *handler, json_t *parts)
{
    const struct proving *other;
    unsigned others = 0;
    struct err e;

    if (ask->kept || !proving_takes(ask, parts))
        return false;
    for (other = ask->api->provings; other != NULL; other = other->next)
        others++;
    if (others < PROVE_MOST) {
        proving_begin(ask, handler, parts);
    } else {
        err_set(&e, ERR_OVERLOAD, "%u others wait for tests of rules: try again in a moment",
                others);
        ask_refuse(ask, &e);
    }
    return true;
}

bool proving_waits(struct ask *ask, ask_handler_fn *handler, const char *flow, json_t *part)
{
    json_t *parts = json_pack("{s:O}", flow, part);
    bool waits;

    check(parts != NULL);
    waits = proving_waits_all(ask, handler, parts);
    json_decref(parts);
    return waits;
}
