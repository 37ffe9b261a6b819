/* channel_text.c - a notice as each kind of channel wants it. */
#include "designer-api/channel.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "designer-api/when.h"

/* Slack's three: https://docs.slack.dev/messaging/formatting-message-text */
static void slack_text(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&')
            buf_add_text(out, "&amp;");
        else if (*text == '<')
            buf_add_text(out, "&lt;");
        else if (*text == '>')
            buf_add_text(out, "&gt;");
        else
            buf_add_char(out, *text);
    }
}

static json_t *slack_body(const struct channel_notice *notice)
{
    struct buf subject, text;
    json_t *body;

    buf_init(&subject, CHANNEL_BODY);
    buf_init(&text, CHANNEL_BODY);
    slack_text(&subject, notice->subject);
    slack_text(&text, notice->text);
    body =
        json_pack("{s:s, s:[{s:s, s:{s:s, s:s}}, {s:s, s:{s:s, s:s}}]}", "text", buf_text(&subject),
                  "blocks", "type", "section", "text", "type", "mrkdwn", "text", buf_text(&subject),
                  "type", "section", "text", "type", "mrkdwn", "text", buf_text(&text));
    buf_fini(&subject);
    buf_fini(&text);
    return body;
}

/* Its text blocks know a little Markdown: a backslash takes a sign for what it is. */
static void teams_text(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\*_[]()#`~", *text) != NULL)
            buf_add_char(out, '\\');
        if (*text == '\n')
            buf_add_char(out, '\n'); /* two are a new paragraph */
        buf_add_char(out, *text);
    }
}

static json_t *teams_body(const struct channel_notice *notice)
{
    struct buf subject, text;
    json_t *card, *body;

    buf_init(&subject, CHANNEL_BODY);
    buf_init(&text, 2 * CHANNEL_BODY);
    teams_text(&subject, notice->subject);
    teams_text(&text, notice->text);
    card = json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:b}, {s:s, s:s, s:b}]}", "$schema",
                     "http://adaptivecards.io/schemas/adaptive-card.json", "type", "AdaptiveCard",
                     "version", "1.4", "body", "type", "TextBlock", "size", "Medium", "weight",
                     "Bolder", "text", buf_text(&subject), "wrap", 1, "type", "TextBlock", "text",
                     buf_text(&text), "wrap", 1);
    body = json_pack("{s:s, s:[{s:s, s:o}]}", "type", "message", "attachments", "contentType",
                     "application/vnd.microsoft.card.adaptive", "content", card);
    buf_fini(&subject);
    buf_fini(&text);
    return body;
}

static json_t *webhook_body(const struct channel_notice *notice)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:O?}", "notice", notice->id, "what",
                     notice->what, "workspace", notice->workspace, "subject", notice->subject,
                     "text", notice->text, "at", when_json(notice->at_ms), "alert",
                     (json_t *)notice->alert);
}

bool channel_body(const char *kind, const struct channel_notice *notice, struct buf *out)
{
    json_t *body = strcmp(kind, "slack") == 0   ? slack_body(notice)
                   : strcmp(kind, "teams") == 0 ? teams_body(notice)
                                                : webhook_body(notice);

    if (body != NULL)
        json_write(out, body);
    json_decref(body);
    return body != NULL && buf_ok(out);
}
