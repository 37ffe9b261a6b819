/* connection_account.c - see connection_account.h. */
#include "engine/connection_account.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/connection.h"

void connection_account(const struct connection *c, struct buf *out)
{
    const json_t *settings;
    const char *user;
    char digest[DIGEST_TEXT];
    struct buf text;

    if (c == NULL)
        return;
    CHECK_OBJ(c, CONNECTION_MAGIC);
    settings = json_object_get(c->shape, "settings");
    user = json_get_text(c->auth, "user");
    buf_init(&text, LIMIT_BODY);
    for (size_t i = 0; c->info != NULL && i < c->info->header_count; i++) {
        const struct step_pair *header = &c->info->headers[i];
        char *value;
        struct err e;

        if (strchr(header->value, '{') == NULL ||
            setting_text_fill(c->info, settings, header->value, SETTING_TEXT_PLAIN, &value, &e) !=
                ERR_OK) /* a call without it is refused when it is signed */
            continue;
        buf_addf(&text, "%s: %s\n", header->name, value);
        mem_free(value);
    }
    if (user != NULL)
        buf_addf(&text, "user: %s\n", user);
    if (connector_is_database(c->info) && settings != NULL)
        json_write(&text, settings);
    if (text.len > 0) {
        digest_text(buf_text(&text), text.len, digest);
        buf_addf(out, "account %s\n", digest);
    }
    buf_fini(&text);
}

void connection_place(const struct connection *c, char digest[DIGEST_TEXT])
{
    struct buf text;

    digest[0] = '\0';
    if (c == NULL)
        return;
    buf_init(&text, LIMIT_PATH + CONNECTION_ACCOUNT);
    buf_addf(&text, "%s\n", c->base_url != NULL ? c->base_url : "");
    connection_account(c, &text);
    check(buf_ok(&text)); /* of a part of it, it would say that another place is the same */
    digest_text(buf_text(&text), text.len, digest);
    buf_fini(&text);
}
