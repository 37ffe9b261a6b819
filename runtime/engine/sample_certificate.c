/* sample_certificate.c - until when the certificates of connections are valid. */
#include <string.h>

#include "engine/connection.h"
#include "engine/sample.h"
#include "vault/certificate.h"

#define LOOK_AGAIN_MS 600000

/* One that cannot be read tells nothing here: its calls fail, and say so. */
static void certificate_look(struct engine *engine, struct connection *c)
{
    const char *setting = json_get_text(json_object_get(c->shape, "tls"), "certificate");
    char *name, *pem;
    size_t size;
    struct err e;

    c->certificate_looked_ms = engine->steady;
    c->certificate_until_ms = 0;
    if (setting == NULL)
        return;
    name = connection_secret_name(c, setting);
    if (secret_get(engine, c->workspace, name, &pem, &size, &e) == ERR_OK) {
        if (!certificate_until(pem, size, &c->certificate_until_ms))
            c->certificate_until_ms = 0;
        vault_wipe(&pem, size);
    }
    mem_free(name);
}

void sample_certificates(struct engine *engine, sample_certificate_fn *visit, void *arg)
{
    struct deployment *d;
    size_t cursor = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        struct connection *c;
        size_t at = 0;

        while (d->version != NULL && d->connections != NULL &&
               (c = dict_next(d->connections, &at, NULL)) != NULL) {
            char key[STORE_FACT_KEY];

            if (json_object_get(json_object_get(c->shape, "tls"), "certificate") == NULL)
                continue;
            if (c->certificate_looked_ms == 0 ||
                engine->steady - c->certificate_looked_ms >= LOOK_AGAIN_MS)
                certificate_look(engine, c);
            snprintf(key, sizeof key, "%s/%s", c->workspace, c->place);
            if (c->certificate_until_ms != 0)
                visit(arg, key, c->certificate_until_ms);
        }
    }
}
