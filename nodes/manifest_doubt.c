/* manifest_doubt.c - reads what an action says of effects in doubt: how long its key is known, what
 * an answer must repeat, how to look whether it happened, how to undo it. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/manifest_priv.h"

#define DOUBT_SETTLE_MS 5000

int64_t manifest__duration(const struct manifest_source *source, const json_t *json,
                           const char *name, const char *pointer, int64_t fallback)
{
    const char *text = json_get_text(json, name);
    char place[PLACE_BYTES];
    int64_t ms;

    if (text == NULL)
        return fallback;
    ms = flow_duration(text);
    snprintf(place, sizeof place, "%s/%s", pointer, name);
    if (ms < 0)
        manifest__fault(source, place, "a time such as \"5s\", \"10m\", \"24h\" must stand here");
    return ms;
}

static void read_echo(struct places *places, json_t *list, const char *pointer,
                      struct manifest_echoes *echoes)
{
    static const struct member rows[] = {
        { "field", MEMBER_TEXT, true },     { "equals", MEMBER_TEXT, true },
        { "optional", MEMBER_BOOL, false }, { "refused", MEMBER_BOOL, false },
        { "padded", MEMBER_BOOL, false },   { 0 }
    };

    echoes->list = mem_must((json_array_size(list) + 1) * sizeof *echoes->list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *json = json_array_get(list, i);
        struct manifest_echo *echo = &echoes->list[i];
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/echo/%zu", pointer, i);
        if (!manifest__members(places->source, json, place, rows))
            continue;
        echo->field = json_get_text(json, "field");
        echo->equals = json_get_text(json, "equals");
        echo->optional = json_is_true(json_object_get(json, "optional"));
        echo->refused = json_is_true(json_object_get(json, "refused"));
        echo->padded = json_is_true(json_object_get(json, "padded"));
        if (echo->field == NULL || echo->equals == NULL)
            continue;
        places->pointer = place;
        manifest__text(places, echo->equals);
        echoes->count = i + 1;
    }
}

static void read_look_request(struct places *places, json_t *json, const char *pointer,
                              struct manifest_look *look)
{
    static const char *const parts[] = { "query", "headers", "body" };
    const struct manifest_source *source = places->source;
    char place[PLACE_BYTES];
    const char *name;
    json_t *member;

    manifest__method(source, look->method, pointer);
    snprintf(place, sizeof place, "%s/path", pointer);
    places->pointer = place;
    places->address = true;
    manifest__text(places, look->path);
    places->address = false;
    if (look->path[0] != '/' || strpbrk(look->path, "?# \t") != NULL)
        manifest__fault(source, place, "a path begins with \"/\" and has no query: see \"query\"");
    for (size_t i = 0; i < 3; i++) {
        snprintf(place, sizeof place, "%s/%s", pointer, parts[i]);
        manifest__json(places, json_object_get(json, parts[i]), place);
    }
    json_object_foreach(look->headers, name, member)
    {
        if (!header_name_valid(name) || !json_is_text(member))
            manifest__fault(source, pointer, "the header \"%.60s\" cannot be sent so", name);
    }
}

static void read_look_answer(struct places *places, json_t *json, const char *pointer,
                             struct manifest_look *look)
{
    const struct manifest_source *source = places->source;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/expect", pointer);
    if (!status_set_read(&look->expect, json_object_get(json, "expect"), "2xx") ||
        look->expect.count == 0)
        manifest__fault(source, place, "\"expect\" is 200, \"2xx\", or a list of such");
    snprintf(place, sizeof place, "%s/absent_statuses", pointer);
    if (!status_set_read(&look->absent, json_object_get(json, "absent_statuses"), NULL))
        manifest__fault(source, place, "\"absent_statuses\" is 404, or a list of such");
    read_echo(places, json_object_get(json, "echo"), pointer, &look->echo);
    snprintf(place, sizeof place, "%s/output", pointer);
    places->output = true;
    manifest__json(places, look->output, place);
    places->output = false;
}

static void read_look(struct places *places, json_t *json, const char *pointer,
                      struct manifest_look *look)
{
    const char *method = json_get_text(json, "method"), *path = json_get_text(json, "path");

    if (method == NULL || path == NULL)
        return; /* they are required */
    look->method = method;
    look->path = path;
    look->query = json_object_get(json, "query");
    look->headers = json_object_get(json, "headers");
    look->body = json_object_get(json, "body");
    look->output = json_object_get(json, "output");
    look->found = json_get_text(json, "found");
    look->read_after_write = json_is_true(json_object_get(json, "read_after_write"));
    look->single = json_is_true(json_object_get(json, "single"));
    look->when = json_object_get(json, "when");
    look->settle_ms = manifest__duration(places->source, json, "settle", pointer, DOUBT_SETTLE_MS);
    read_look_request(places, json, pointer, look);
    read_look_answer(places, json, pointer, look);
}

static bool look_at_first(const char *found)
{
    size_t size = found != NULL ? strlen(found) : 0;

    return size > 2 && strcmp(found + size - 2, ".0") == 0;
}

static void read_probe(struct places *places, json_t *json, const char *pointer)
{
    static const struct member rows[] = {
        { "method", MEMBER_TEXT, true },
        { "path", MEMBER_TEXT, true },
        { "query", MEMBER_OBJECT, false },
        { "headers", MEMBER_OBJECT, false },
        { "body", MEMBER_ANY, false },
        { "expect", MEMBER_ANY, false },
        { "found", MEMBER_TEXT, false },
        { "absent_statuses", MEMBER_ANY, false },
        { "echo", MEMBER_LIST, false },
        { "output", MEMBER_ANY, false },
        { "settle", MEMBER_TEXT, false },
        { "read_after_write", MEMBER_BOOL, false },
        { "single", MEMBER_BOOL, false },
        { "when", MEMBER_OBJECT, false },
        { 0 },
    };
    struct manifest_look *probe = &places->action->probe;

    if (!manifest__members(places->source, json, pointer, rows))
        return;
    read_look(places, json, pointer, probe);
    manifest__when(places->source, probe->when, pointer);
    if (probe->found == NULL && probe->absent.count == 0)
        manifest__fault(
            places->source, pointer,
            "a probe needs \"found\", \"absent_statuses\" or both: else it cannot tell");
    if (probe->read_after_write && probe->settle_ms < DOUBT_SETTLE_MS)
        manifest__warn(places->source, pointer,
                       "\"read_after_write\" sends the request again when the probe does not find "
                       "it after \"settle\", which is shorter than the usual 5s: is no request "
                       "ever done later than that?");
    if (probe->single && !look_at_first(probe->found))
        manifest__fault(places->source, pointer,
                        "\"single\" needs a \"found\" that ends with \".0\", the first of a list");
}

static void read_reversal(struct places *places, json_t *json, const char *pointer)
{
    static const struct member rows[] = {
        { "method", MEMBER_TEXT, true },
        { "path", MEMBER_TEXT, true },
        { "query", MEMBER_OBJECT, false },
        { "headers", MEMBER_OBJECT, false },
        { "body", MEMBER_ANY, false },
        { "expect", MEMBER_ANY, false },
        { "absent_statuses", MEMBER_ANY, false },
        { "settle", MEMBER_TEXT, false },
        { "echo", MEMBER_LIST, false },
        { 0 },
    };

    if (manifest__members(places->source, json, pointer, rows))
        read_look(places, json, pointer, &places->action->reversal);
}

void manifest__doubt(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action)
{
    struct places places = { .source = source, .action = action, .pointer = pointer };
    json_t *probe = json_object_get(json, "probe"), *reversal = json_object_get(json, "reversal");
    bool keeps = action->keeps_input;
    char place[PLACE_BYTES];

    check(action->method != NULL);
    read_echo(&places, json_object_get(json, "echo"), pointer, &action->echo);
    action->key_valid_ms = manifest__duration(source, json, "key_valid", pointer, 0);
    if (json_object_get(json, "key_valid") != NULL && action->effect != EFFECT_KEYED)
        manifest__fault(source, pointer, "\"key_valid\" has a meaning with the effect keyed only");
    if (probe != NULL) {
        snprintf(place, sizeof place, "%s/probe", pointer);
        read_probe(&places, probe, place);
    }
    if (reversal != NULL) {
        snprintf(place, sizeof place, "%s/reversal", pointer);
        read_reversal(&places, reversal, place);
    }
    if (places.key_seen && action->effect != EFFECT_KEYED)
        manifest__fault(source, pointer,
                        "the idempotency key has a meaning with the effect keyed only");
    if ((probe != NULL || reversal != NULL) && action->effect < EFFECT_KEYED)
        manifest__fault(
            source, pointer,
            "\"probe\" and \"reversal\" have a meaning with the effects keyed and once");
    action->keeps_input = keeps || action->echo.count > 0;
}
