/* serve_alerts.c - the rooms of measurements and alerts, with their settings, and mail as the
 * program writes it. */
#include "command/serve_alerts.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/transfer_ask.h"
#include "designer-api/series.h"
#include "nodes/mail.h"

#define MESSAGE_MAX (256u * KIB)

static enum err_code message_to(const struct channel_mail *mail, struct transfer_ask *ask,
                                struct buf *to, struct err *e)
{
    char bare[MAIL_ADDRESS];
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)mail->to, i, one)
    {
        if (mail_address(json_text(one), to, bare, e) != ERR_OK)
            return err_prefix(e, "\"to\"");
        transfer_ask_recipient(ask, bare);
    }
    return ERR_OK;
}

static enum err_code message_compose(const struct channel_mail *mail, struct transfer_ask *ask,
                                     struct err *e)
{
    struct mail message = { .subject = mail->subject,
                            .id = mail->id,
                            .date_ms = mail->date_ms,
                            .key = "notice",
                            .text = mail->text };
    char bare[MAIL_ADDRESS];
    struct buf from, to, out;

    buf_init(&from, MESSAGE_MAX);
    buf_init(&to, MESSAGE_MAX);
    buf_init(&out, MESSAGE_MAX);
    e->code = ERR_OK;
    if (mail_address(mail->from, &from, bare, e) != ERR_OK) {
        err_prefix(e, "\"from\"");
        goto out;
    }
    ask->from = mem_must_copy(bare);
    if (message_to(mail, ask, &to, e) != ERR_OK)
        goto out;
    message.from = buf_text(&from);
    message.to = buf_text(&to);
    if (mail_write(&message, &out, e) == ERR_OK)
        ask->bytes = buf_take(&out, &ask->size);
out:
    buf_fini(&from);
    buf_fini(&to);
    buf_fini(&out);
    return e->code;
}

/* "48 h": a number and h or d. */
static enum err_code keep_read(const struct app *app, enum config_key key, const char *name,
                               int64_t least_s, int64_t *seconds, struct err *e)
{
    const char *text = config_text(&app->config, key);
    char *unit;
    unsigned long number = strtoul(text, &unit, 10);

    while (*unit == ' ')
        unit++;
    *seconds = (int64_t)number * (*unit == 'd' ? SERIES_DAY : SERIES_HOUR);
    if (unit != text && number <= 100000 && (strcmp(unit, "h") == 0 || strcmp(unit, "d") == 0) &&
        *seconds >= least_s)
        return ERR_OK;
    return err_set(e, ERR_USAGE,
                   "%s is like \"48 h\" or \"90 d\", at least %lld hours, not \"%.40s\"", name,
                   (long long)(least_s / SERIES_HOUR), text);
}

enum err_code serve_alerts_open(struct serve_alerts *own, struct app *app, struct objects *objects,
                                struct live *live, struct err *e)
{
    struct alerts_rooms rooms = { .engine = app->engine,
                                  .store = app->store,
                                  .objects = objects,
                                  .clock = app->world.clock,
                                  .log = &app->log,
                                  .live = live,
                                  .ways = &own->ways };
    struct series_kept kept;

    own->ways = (struct channel_ways){ .compose = message_compose,
                                       .ca_file = config_text(&app->config, CONFIG_ALERTS_CA) };
    if (keep_read(app, CONFIG_SERIES_MINUTES, "series.minutes", 3 * SERIES_HOUR, &kept.minutes_s,
                  e) != ERR_OK ||
        keep_read(app, CONFIG_SERIES_HOURS, "series.hours", 3 * SERIES_DAY, &kept.hours_s, e) !=
            ERR_OK ||
        keep_read(app, CONFIG_SERIES_DAYS, "series.days", 3 * SERIES_DAY, &kept.days_s, e) !=
            ERR_OK)
        return e->code;
    own->series = series_new(app->engine, app->store, app->world.clock, &app->log, &kept, e);
    if (own->series == NULL)
        return e->code;
    rooms.series = own->series;
    own->alerts = alerts_new(&rooms, e);
    return own->alerts != NULL ? alerts_begin_all(own->alerts, e) : e->code;
}

void serve_alerts_close(struct serve_alerts *own)
{
    alerts_free(own->alerts);
    series_free(own->series);
    own->alerts = NULL;
    own->series = NULL;
}

int64_t serve_alerts_turn(struct serve_alerts *own)
{
    int64_t series = INT64_MAX, alerts = INT64_MAX;

    if (own->series != NULL)
        series = series_turn(own->series);
    if (own->alerts != NULL)
        alerts = alerts_turn(own->alerts);
    return series < alerts ? series : alerts;
}

void serve_alerts_moved(struct serve_alerts *own, const struct engine_moved *moved)
{
    if (own->alerts != NULL && moved->status != RUN_SUCCEEDED)
        alerts_stir(own->alerts);
}

void serve_alerts_connected(struct serve_alerts *own, struct live *live, const char *connection,
                            const char *state)
{
    char workspace[LIMIT_ID];

    if (own->alerts != NULL)
        alerts_stir(own->alerts);
    snprintf(workspace, sizeof workspace, "%.*s", (int)strcspn(connection, "/"), connection);
    live_tell(live, LIVE_CONNECTION, workspace,
              json_pack("{s:s, s:s}", "connection", connection, "state", state));
}

void serve_alerts_deployed(struct live *live, const struct engine_deployed *deployed)
{
    live_tell(live, LIVE_DEPLOYMENT, deployed->workspace,
              json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "flow", deployed->flow, "environment",
                        deployed->environment, "version", deployed->version, "before",
                        deployed->before, "by", deployed->by != NULL ? deployed->by : "folder"));
}
