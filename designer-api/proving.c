/* proving.c - see proving.h. */
#include "designer-api/proving.h"

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

static void proving_begin(struct ask *ask, ask_handler_fn *handler, struct version *compiled)
{
    struct proving *proving = mem_must(sizeof *proving);
    struct api *api = ask->api;
    struct err e;

    ask_keep(&proving->ask, ask);
    proving->handler = handler;
    proving->next = api->provings;
    api->provings = proving;
    if (engine_prove(api->rooms.engine, api->rooms.loop, ask->who->workspace, compiled,
                     proving_done, proving, &e) == ERR_OK)
        return;
    api->provings = proving->next;
    ask_kept_fini(&proving->ask);
    mem_free(proving);
    ask_refuse(ask, &e);
}

/* One that was kept does not wait again, though the flow may have become another meanwhile. */
bool proving_waits(struct ask *ask, ask_handler_fn *handler, const char *flow, json_t *part)
{
    struct engine *engine = ask_engine(ask);
    struct version *compiled;
    struct faults faults;
    bool waits;

    if (ask->kept || json_object_size(json_object_get(part, "tests")) == 0)
        return false;
    faults_init(&faults);
    compiled = engine_compile(engine, part, flow, &faults);
    faults_fini(&faults);
    waits = compiled != NULL && engine_proof_takes(engine, compiled);
    if (waits)
        proving_begin(ask, handler, compiled);
    compiled_free(engine, compiled);
    return waits;
}
