/* call_body.c - secrets in the body of a call: put in at the moment of sending. */
#include "engine/call_body.h"

#include <string.h>

#include "base/base64.h"
#include "base/markup.h"
#include "engine/secret.h"
#include "vault/vault.h"
#include "vault/wss.h"

#define WSS_TYPE \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#"
#define WSS_BASE64                            \
    "http://docs.oasis-open.org/wss/2004/01/" \
    "oasis-200401-wss-soap-message-security-1.0#Base64Binary"

void call_body_take(struct call_body *body, const struct step_ask *ask)
{
    if (ask->body == NULL)
        return;
    body->text = mem_must_copy_n(ask->body, ask->body_size);
    body->size = ask->body_size;
    if (ask->secret_count == 0)
        return;
    body->secrets = mem_must(ask->secret_count * sizeof *body->secrets);
    for (size_t i = 0; i < ask->secret_count; i++) {
        const struct step_secret *from = &ask->secrets[i];

        check(from->at <= body->size && (i == 0 || ask->secrets[i - 1].at <= from->at));
        body->secrets[i] = (struct step_secret){ from->at, mem_must_copy(from->name), from->form };
    }
    body->secret_count = ask->secret_count;
}

void call_body_fini(struct call_body *body)
{
    for (size_t i = 0; i < body->secret_count; i++)
        mem_free((char *)body->secrets[i].name);
    mem_free(body->secrets);
    mem_free(body->text);
    memset(body, 0, sizeof *body);
}

/* As the text of an element, or of an attribute in double quotes. */
static enum err_code put_xml(struct buf *out, const char *secret, size_t size, const char *name,
                             struct err *e)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)secret[i];

        if (c < 0x20)
            return err_set(e, ERR_AUTH,
                           "the secret \"%.100s\" has a control character, which XML cannot hold",
                           name);
        markup_add(out, (char)c);
    }
    return ERR_OK;
}

/* Password, Nonce and Created: a new nonce for each sending, or the system takes it for a replay.
 */
static void put_digest(struct buf *out, const struct connection *connection, const char *secret,
                       size_t size)
{
    struct world *world = &connection->engine->world;
    unsigned char nonce[WSS_NONCE];
    char created[CLOCK_TEXT], digest[WSS_DIGEST];

    world->random->fill(world->random, nonce, sizeof nonce);
    clock_text(world->clock->wall_ms(world->clock), created);
    wss_digest(nonce, created, secret, size, digest);
    buf_addf(out,
             "<wsse:Password Type=\"" WSS_TYPE "PasswordDigest\">%s</wsse:Password>"
             "<wsse:Nonce EncodingType=\"" WSS_BASE64 "\">",
             digest);
    base64_write(out, nonce, sizeof nonce);
    buf_addf(out, "</wsse:Nonce><wsu:Created>%s</wsu:Created>", created);
}

static enum err_code put_secret(struct buf *out, struct connection *connection,
                                const struct step_secret *secret, struct call_headers *headers,
                                struct err *e)
{
    char *name = connection_secret_name(connection, secret->name), *plain = NULL;
    size_t size = 0;
    enum err_code rc = secret_for(connection->engine, connection->workspace, name,
                                  connection->base_url, &plain, &size, e);

    mem_free(name);
    if (rc == ERR_NOT_FOUND)
        return e->code = ERR_AUTH;
    if (rc != ERR_OK)
        return rc;
    call_header_hide(headers, plain);
    if (secret->form == STEP_SECRET_WSS_DIGEST)
        put_digest(out, connection, plain, size);
    else
        rc = put_xml(out, plain, size, secret->name, e);
    vault_wipe(&plain, size);
    return rc;
}

enum err_code call_body_fill(const struct call_body *body, struct connection *connection,
                             struct buf *filled, struct call_headers *headers, struct err *e)
{
    enum err_code rc = ERR_OK;
    size_t at = 0;

    check(filled->secret);
    for (size_t i = 0; i < body->secret_count && rc == ERR_OK; i++) {
        buf_add(filled, body->text + at, body->secrets[i].at - at);
        at = body->secrets[i].at;
        rc = put_secret(filled, connection, &body->secrets[i], headers, e);
    }
    buf_add(filled, body->text + at, body->size - at);
    return rc == ERR_OK ? buf_check(filled, "the body", e) : rc;
}
