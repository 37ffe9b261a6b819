/* usage.c - see usage.h.
 *
 * (1) So many are remembered at most; then all are forgotten, and told anew.        [usage_count]
 * (2) What is told does not grow with what is called.                               [usage_told] */
#include "engine/usage.h"

#include <string.h>

#include "engine/audit.h"
#include "engine/connection.h"
#include "engine/run.h"
#include "flow/flow.h"

#define USAGES_MAX 4096u
#define USAGE_MS   3600000
#define USAGE_KEY  600u

struct usage {
    int64_t told_ms; /* steady */
    uint64_t uses;   /* since then */
};

static void usages_forget(struct engine *engine)
{
    struct usage *usage;
    size_t cursor = 0;

    while (engine->usages != NULL && (usage = dict_next(engine->usages, &cursor, NULL)) != NULL)
        mem_free(usage);
    dict_free(engine->usages);
    engine->usages = NULL;
}

/* The use is counted; NULL: it is not told now. */
static struct usage *usage_count(struct engine *engine, const struct deployment *d,
                                 const char *version, const char *object)
{
    char key[USAGE_KEY];
    struct usage *usage;

    snprintf(key, sizeof key, "%s/%s/%s %s %.200s", d->workspace, d->environment, d->slug, version,
             object);
    if (engine->usages == NULL)
        engine->usages = dict_new();
    usage = dict_find(engine->usages, key);
    if (usage != NULL) {
        usage->uses++;
        return engine->steady - usage->told_ms >= USAGE_MS ? usage : NULL;
    }
    if (dict_count(engine->usages) >= USAGES_MAX) {
        usages_forget(engine);
        engine->usages = dict_new();
    }
    usage = mem_must(sizeof *usage);
    *usage = (struct usage){ .uses = 1 };
    dict_put(engine->usages, key, usage);
    return usage;
}

static void usage_told(struct engine *engine, const struct deployment *d, const char *version,
                       const char *object, struct usage *usage, json_t *secrets)
{
    json_t *detail =
        json_pack("{s:o, s:s, s:s, s:s, s:I}", "secrets", secrets, "flow", d->slug, "environment",
                  d->environment, "version", version, "uses", (json_int_t)usage->uses);

    check(detail != NULL);
    *usage = (struct usage){ .told_ms = engine->steady };
    engine_audit(engine, d->workspace, NULL, "secret.use", object, detail);
    json_decref(detail);
}

static json_t *usage_secrets(const struct connection *c)
{
    json_t *names = json_array(), *one;
    const char *setting;
    char *name;

    json_object_foreach(json_object_get(c->shape, "secrets"), setting, one)
    {
        name = connection_secret_name(c, setting);
        json_array_append_new(names, json_string(name));
        mem_free(name);
    }
    return names;
}

void usage_connection(const struct run *run, const struct connection *c)
{
    const struct deployment *d = run->deployment;
    const char *version = run->version->flow->version;
    struct usage *usage;
    char object[USAGE_KEY];

    if (json_object_size(json_object_get(c->shape, "secrets")) == 0 || c->simulate)
        return;
    snprintf(object, sizeof object, "%s/%s", c->workspace, c->place);
    usage = usage_count(run->engine, d, version, object);
    if (usage != NULL)
        usage_told(run->engine, d, version, object, usage, usage_secrets(c));
}

void usage_trigger(struct engine *engine, const struct deployment *d, const char *secret)
{
    const char *version = d->version != NULL ? d->version->flow->version : "";
    struct usage *usage = usage_count(engine, d, version, secret);

    if (usage != NULL)
        usage_told(engine, d, version, secret, usage, json_pack("[s]", secret));
}

void usages_free(struct engine *engine)
{
    usages_forget(engine);
}
