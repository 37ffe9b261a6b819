/* proving.c - see proving.h. */
#include "designer-api/proving.h"

#include "base/check.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/ask_priv.h"
#include "engine/prove.h"

struct proving {
    struct ask ask;
    ask_handler_fn *handler;
    bool left; /* the API is closed: nobody is answered */
    struct proving *next;
};

static void proving_take_off(struct proving *proving)
{
    struct proving **at = &proving->ask.api->provings;

    while (*at != proving)
        at = &(*at)->next;
    *at = proving->next;
}

static void proving_done(void *arg, bool proven)
{
    struct proving *proving = arg;

    if (!proving->left)
        proving_take_off(proving);
    if (!proving->left && proven)
        proving->handler(&proving->ask);
    ask_kept_fini(&proving->ask);
    mem_free(proving);
}

void proving__leave(struct api *api)
{
    for (; api->provings != NULL; api->provings = api->provings->next)
        api->provings->left = true;
}

struct provable { /* versions whose tests take their time */
    struct version **list;
    size_t count;
};

static void proving_begin(struct ask *ask, ask_handler_fn *handler, const struct provable *wanted)
{
    struct proving *proving = mem_must(sizeof *proving);
    struct api *api = ask->api;
    struct err e;

    ask_keep(&proving->ask, ask);
    proving->handler = handler;
    proving->next = api->provings;
    api->provings = proving;
    if (engine_prove(api->rooms.engine, api->rooms.loop, ask->who->workspace, wanted->list,
                     wanted->count, proving_done, proving, &e) == ERR_OK)
        return;
    api->provings = proving->next;
    ask_kept_fini(&proving->ask);
    mem_free(proving);
    ask_refuse(ask, &e);
}

static void provable_add(struct provable *wanted, struct engine *engine, const char *flow,
                         json_t *part)
{
    struct version *compiled;
    struct faults faults;

    if (json_object_size(json_object_get(part, "tests")) == 0)
        return;
    faults_init(&faults);
    compiled = engine_compile(engine, part, flow, &faults);
    faults_fini(&faults);
    if (compiled != NULL && engine_proof_takes(engine, compiled))
        wanted->list[wanted->count++] = compiled;
    else
        compiled_free(engine, compiled);
}

/* One that was kept does not wait again, though the flows may have become others meanwhile. */
bool proving_waits_all(struct ask *ask, ask_handler_fn *handler, json_t *parts)
{
    struct engine *engine = ask_engine(ask);
    struct provable wanted = { .count = 0 };
    const char *flow;
    json_t *part;
    bool waits;

    if (ask->kept)
        return false;
    wanted.list = mem_must((json_object_size(parts) + 1) * sizeof(struct version *));
    json_object_foreach(parts, flow, part)
    {
        provable_add(&wanted, engine, flow, part);
    }
    waits = wanted.count > 0;
    if (waits)
        proving_begin(ask, handler, &wanted);
    for (size_t i = 0; i < wanted.count; i++)
        compiled_free(engine, wanted.list[i]);
    mem_free(wanted.list);
    return waits;
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
