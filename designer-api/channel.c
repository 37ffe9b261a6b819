/* channel.c - what makes a channel usable: an address, a secret that may go there, people. */
#include "designer-api/channel.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/transfer_ask.h"
#include "engine/secret.h"

static void fault(json_t *faults, const char *pointer, const char *text)
{
    json_array_append_new(faults, json_pack("{s:s, s:s}", "pointer", pointer, "message", text));
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* A secret that there is, for that address. */
static void check_secret(struct ask *ask, const json_t *body, const char *url, json_t *faults)
{
    const char *name = json_get_text(body, "secret");
    struct err e;

    if (name != NULL && secret_may(ask_engine(ask), ask->who->workspace, name, url, &e) != ERR_OK)
        fault(faults, "/secret", e.text);
}

static void check_mail(struct ask *ask, const struct channel_ways *ways, const json_t *body,
                       json_t *faults)
{
    const char *url = json_get_text(body, "url");
    struct channel_mail mail = { .from = json_get_text(body, "from"),
                                 .to = json_object_get(body, "to"),
                                 .subject = "x",
                                 .text = "x",
                                 .id = "x@weft" };
    struct transfer_ask *made;
    struct err e;

    if (!begins(url, "smtp://") && !begins(url, "smtps://"))
        fault(faults, "/url", "a mail server's url is smtp://HOST (STARTTLS) or smtps://HOST");
    if (mail.from == NULL)
        fault(faults, "/from", "a mail channel needs \"from\", its sender's address");
    if (mail.to == NULL)
        fault(faults, "/to", "a mail channel needs \"to\", a list of addresses");
    if ((json_get_text(body, "user") == NULL) != (json_get_text(body, "secret") == NULL))
        fault(faults, "/secret",
              "\"user\" and \"secret\", the name of the password in the vault, go together");
    if (mail.from == NULL || mail.to == NULL || ways == NULL)
        return;
    made = transfer_ask_new(TRANSFER_MAIL, NULL);
    if (ways->compose(&mail, made, &e) != ERR_OK)
        fault(faults, strstr(e.text, "from") != NULL ? "/from" : "/to", e.text);
    transfer_ask_free(made);
    check_secret(ask, body, url, faults);
}

static void check_post(struct ask *ask, const char *kind, const json_t *body, json_t *faults)
{
    const char *url = json_get_text(body, "url");
    bool webhook = strcmp(kind, "webhook") == 0;
    char origin[SECRET_ORIGIN], text[300];

    if ((!begins(url, "https://") && !begins(url, "http://")) || !secret_origin(url, origin))
        fault(faults, "/url", "an address like https://HOST/PATH, without a user or a password");
    if (json_get_text(body, "secret") == NULL) {
        snprintf(text, sizeof text,
                 webhook ? "a webhook channel needs \"secret\": the name of a secret of the vault, "
                           "by which its bodies are signed (weft vault set NAME --origin ...)"
                         : "a %s channel needs \"secret\": the name of a secret of the vault that "
                           "holds the webhook's whole address",
                 kind);
        fault(faults, "/secret", text);
        return;
    }
    check_secret(ask, body, url, faults);
}

void channel_check(struct ask *ask, const struct channel_ways *ways, const json_t *body,
                   json_t *faults)
{
    static const char *const mails[] = { "user", "from", "to" };
    const char *kind = json_get_text(body, "kind");
    char pointer[32], text[100];

    check(kind != NULL && json_is_array(faults));
    if (strcmp(kind, "mail") == 0) {
        check_mail(ask, ways, body, faults);
        return;
    }
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
        if (json_object_get(body, mails[i]) == NULL)
            continue;
        snprintf(pointer, sizeof pointer, "/%s", mails[i]);
        snprintf(text, sizeof text, "\"%s\" belongs to a mail channel, not to %s", mails[i], kind);
        fault(faults, pointer, text);
    }
    check_post(ask, kind, body, faults);
}
