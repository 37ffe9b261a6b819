/* api_metrics.c - /metrics: what monitoring collects, in the text format of Prometheus. It tells
 * names of flows and connections, so it is for those who may see measurements: a token with the
 * scope alerts.read, or whoever stands at the local socket. */
#include "designer-api/api_priv.h"
#include "designer-api/ask_priv.h"

#include "designer-api/alert.h"
#include "engine/tally.h"
#include "io/loop.h"

#define METRICS_MAX (16u * MIB)

static enum err_code metrics_may(struct api *api, struct http_in *in,
                                 const struct http_request *request, struct err *e)
{
    struct who who;

    if (api__who(api, request, in == api->local, &who, e) != ERR_OK)
        return e->code;
    if (who.kind == WHO_NOBODY)
        return err_set(e, ERR_UNAUTHORIZED,
                       "say who you are: \"Authorization: Bearer TOKEN\", of a token with the "
                       "scope %s",
                       permission_name(MAY_ALERTS_READ));
    if (!who_may(&who, MAY_ALERTS_READ))
        return err_set(e, ERR_FORBIDDEN, "this needs the permission %s",
                       permission_name(MAY_ALERTS_READ));
    return ERR_OK;
}

static void metrics_alerts(struct api *api, struct buf *text)
{
    json_t *counts = alerts_counts(api->rooms.alerts, ""), *count;
    const char *state;

    buf_add_text(text, "# HELP weft_alerts Alerts that are open, by state.\n"
                       "# TYPE weft_alerts gauge\n");
    json_object_foreach(counts, state, count)
    {
        buf_addf(text, "weft_alerts{state=\"%s\"} %lld\n", state,
                 (long long)json_integer_value(count));
    }
    json_decref(counts);
    buf_addf(text,
             "# HELP weft_notices_waiting Notices that no channel has taken yet.\n"
             "# TYPE weft_notices_waiting gauge\nweft_notices_waiting %zu\n",
             alerts_waiting(api->rooms.alerts));
}

static void metrics_loop(const struct loop *loop, struct buf *text)
{
    const struct loop_turns *turns = loop_turns(loop);
    unsigned long long sum = 0;

    buf_add_text(text, "# HELP weft_loop_turn_seconds Turns of the loop: while one lasts, nothing "
                       "else is answered.\n# TYPE weft_loop_turn_seconds histogram\n");
    for (size_t i = 0; i <= LOOP_TURN_BOUNDS; i++) {
        sum += turns->counts[i];
        if (i < LOOP_TURN_BOUNDS)
            buf_addf(text, "weft_loop_turn_seconds_bucket{le=\"%u.%03u\"} %llu\n",
                     loop_turn_bounds_us[i] / 1000000, loop_turn_bounds_us[i] / 1000 % 1000, sum);
    }
    buf_addf(text,
             "weft_loop_turn_seconds_bucket{le=\"+Inf\"} %llu\n"
             "weft_loop_turn_seconds_sum %llu.%06llu\nweft_loop_turn_seconds_count %llu\n",
             sum, (unsigned long long)(turns->busy_us / 1000000),
             (unsigned long long)(turns->busy_us % 1000000), sum);
}

void api__metrics(struct api *api, struct http_in *in, const struct http_request *request)
{
    const struct ask_end end = { .api = api, .in = in, .request = request->id };
    struct http_answer answer = { .status = 200, .content_type = "text/plain; version=0.0.4" };
    struct buf text;
    struct err e;

    buf_init(&text, METRICS_MAX);
    if (metrics_may(api, in, request, &e) != ERR_OK ||
        engine_metrics(api->rooms.engine, &text, &e) != ERR_OK) {
        ask__problem(&end, &e, NULL, NULL, NULL);
    } else {
        metrics_alerts(api, &text);
        metrics_loop(api->rooms.loop, &text);
        answer.body = buf_text(&text);
        answer.body_size = text.len;
        http_in_answer(in, request->id, &answer);
    }
    buf_fini(&text);
}
