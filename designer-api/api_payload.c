/* api_payload.c - payloads: windows of their text, levels of their tree, matches, differences; and
 * what of them is masked, for who says why they want to see it. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/differ.h"
#include "designer-api/api_priv.h"
#include "designer-api/payload.h"
#include "designer-api/people.h"
#include "designer-api/settings.h"
#include "engine/audit.h"

#define PAYLOAD_WINDOW (256u * KIB) /* unless more is asked for */
#define PAYLOAD_DIFFER (64u * MIB)  /* of each side */

/* ---- Windows */

/* "bytes=FROM-TO", "bytes=FROM-"; others are not taken, as RFC 9110 allows. */
static void window_range(const char *range, size_t *from, size_t *limit)
{
    char *end;
    unsigned long long first, last;

    if (range == NULL || strncmp(range, "bytes=", 6) != 0 || range[6] < '0' || range[6] > '9')
        return;
    first = strtoull(range + 6, &end, 10);
    if (*end != '-')
        return;
    *from = (size_t)first;
    if (end[1] < '0' || end[1] > '9')
        return;
    last = strtoull(end + 1, &end, 10);
    if (*end == '\0' && last >= first && last - first < PAYLOAD_WINDOW)
        *limit = (size_t)(last - first + 1);
}

static void payload_read_work(struct beside_ask *look)
{
    const struct paper *paper = payload_paper(look, look->ask.path[0], false);
    size_t size, from, to, limit = (size_t)ask_number(&look->ask, "limit", PAYLOAD_WINDOW);
    const char *text;

    if (paper == NULL)
        return;
    text = paper_text(paper, &size);
    from = (size_t)ask_number(&look->ask, "offset", 0);
    window_range(json_text(look->given), &from, &limit);
    to = from + limit >= size ? size : paper_edge(paper, from + limit);
    from = paper_edge(paper, from); /* each edge by itself: windows side by side join whole */
    if (from >= size) {
        err_set(&look->e, ERR_INVALID, "offset is behind the end: there are %zu bytes", size);
        return;
    }
    look->bytes = mem_must_copy_n(text + from, to - from);
    look->size = to - from;
    look->status = look->size == size ? 200 : 206;
    look->content_type = look->size == size ? "application/json" : "text/plain; charset=utf-8";
    snprintf(look->etag, sizeof look->etag, "\"%s\"", paper_digest(paper));
    if (look->size < size)
        snprintf(look->range, sizeof look->range, "bytes %zu-%zu/%zu", from, to - 1, size);
}

static void payload_read(struct ask *ask)
{
    const char *range = http_request_header(ask->request, "Range");

    beside_ask(ask, payload_read_work, NULL, range != NULL ? json_string(range) : NULL);
}

/* ---- Levels and matches */

static json_t *payload_shown(const struct paper *paper, json_t *value)
{
    size_t size;

    if (value == NULL)
        return NULL;
    paper_text(paper, &size);
    json_object_set_new_nocheck(value, "total_bytes", json_integer((json_int_t)size));
    json_object_set_new_nocheck(value, "masked", json_integer(paper_masked(paper)));
    return value;
}

static void payload_view_work(struct beside_ask *look)
{
    const struct paper *paper = payload_paper(look, look->ask.path[0], false);
    const char *path = ask_text(&look->ask, "path");

    if (paper != NULL)
        look->value = payload_shown(
            paper,
            paper_view(paper, path != NULL ? path : "", (size_t)ask_number(&look->ask, "offset", 0),
                       (unsigned)ask_number(&look->ask, "limit", 100), &look->e));
}

static void payload_view(struct ask *ask)
{
    beside_ask(ask, payload_view_work, NULL, NULL);
}

static void payload_search_work(struct beside_ask *look)
{
    const struct paper *paper = payload_paper(look, look->ask.path[0], false);

    if (paper != NULL)
        look->value =
            payload_shown(paper, paper_search(paper, ask_text(&look->ask, "q"),
                                              (size_t)ask_number(&look->ask, "offset", 0),
                                              (unsigned)ask_number(&look->ask, "limit", 50)));
}

static void payload_search(struct ask *ask)
{
    beside_ask(ask, payload_search_work, NULL, NULL);
}

/* ---- Differences */

/* One side: a value that stands in the body, or the id of a payload. The text is owned: of the
 * papers only the last that was asked for is sure to be kept. */
static struct differ_side differ_side(struct beside_ask *look, const char *name)
{
    json_t *side = json_object_get(look->ask.body, name), *value = json_object_get(side, "value");
    const char *id = json_get_text(side, "payload");
    struct differ_side own = { NULL, 0 };
    const struct paper *paper;
    const char *text;
    char *copy = NULL;

    if (id == NULL && value == NULL)
        return own;
    if (id == NULL) {
        copy = json_text_new(value, PAYLOAD_DIFFER, &own.size);
    } else {
        paper = payload_paper(look, id, false);
        if (paper == NULL)
            return own;
        text = paper_text(paper, &own.size);
        if (own.size > PAYLOAD_DIFFER) {
            err_set(&look->e, ERR_LIMIT, "%s has %zu bytes; up to %u MiB are compared", name,
                    own.size, PAYLOAD_DIFFER / MIB);
            return own;
        }
        copy = mem_try(own.size + 1);
        if (copy != NULL)
            memcpy(copy, text, own.size + 1);
    }
    if (copy == NULL)
        err_set(&look->e, ERR_MEMORY, "no memory to compare %s", name);
    own.text = copy;
    return own;
}

static void payload_differ_work(struct beside_ask *look)
{
    struct differ_side left = differ_side(look, "left"), right = { NULL, 0 };
    struct effort effort; /* of comparing: reading what is large has taken some already */

    if (look->e.code == ERR_OK)
        right = differ_side(look, "right");
    if (look->e.code == ERR_OK) {
        effort_begin(&effort, look->clock, BESIDE_LONG_MS);
        look->value = differ_texts(&left, &right, json_object_get(look->ask.body, "keys"),
                                   (unsigned)json_get_int(look->ask.body, "limit", 200), &effort);
    }
    mem_free((char *)(uintptr_t)left.text);
    mem_free((char *)(uintptr_t)right.text);
}

static void payload_differ(struct ask *ask)
{
    beside_ask(ask, payload_differ_work, NULL, NULL);
}

/* ---- What is masked */

static void payload_reveal_work(struct beside_ask *look)
{
    const struct paper *paper = payload_paper(look, look->ask.path[0], true);
    const char *path = json_get_text(look->ask.body, "path");

    if (paper != NULL)
        look->value = payload_shown(
            paper, paper_view(paper, path != NULL ? path : "",
                              (size_t)json_get_int(look->ask.body, "offset", 0),
                              (unsigned)json_get_int(look->ask.body, "limit", 100), &look->e));
}

/* It is written down before it is shown. */
static void payload_revealed(struct beside_ask *look)
{
    struct ask *ask = &look->ask;
    struct ask_later *later;
    json_t *detail;

    if (look->e.code != ERR_OK) {
        beside_give(look);
        return;
    }
    detail = json_pack("{s:s, s:s*, s:s}", "reason", json_get_text(ask->body, "reason"), "path",
                       json_get_text(ask->body, "path"), "workspace", ask->who->workspace);
    check(detail != NULL);
    later = ask_later(ask);
    later_will(later, 200, json_incref(look->value), 0);
    engine_audit_then(ask_engine(ask),
                      &(struct audit_note){ .workspace = ask->who->workspace,
                                            .by = ask->who->name,
                                            .what = "payload.reveal",
                                            .object = ask->path[0],
                                            .detail = detail },
                      later_told, later);
    json_decref(detail);
}

static void payload_reveal(struct ask *ask)
{
    struct err e;

    if (strcmp(settings_text(ask->api->rooms.settings, ask->who->workspace, SETTING_OF_REVEAL),
               "refused") == 0)
        err_set(&e, ERR_FORBIDDEN,
                "what is masked is shown to nobody in this workspace (the setting \"reveal\")");
    else if (people_proved(ask, &e) == ERR_OK)
        e.code = ERR_OK;
    if (e.code == ERR_OK)
        beside_ask(ask, payload_reveal_work, payload_revealed, NULL);
    else
        ask_refuse(ask, &e);
}

const struct ask_bind payload_binds[] = {
    { "readPayload", payload_read },     { "viewPayload", payload_view },
    { "searchPayload", payload_search }, { "diffPayloads", payload_differ },
    { "revealPayload", payload_reveal }, { NULL, NULL },
};
