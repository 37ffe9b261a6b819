/* manifest_event.c - reads the events of a system and makes their trigger types. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/manifest_priv.h"
#include "nodes/trigger/webhook.h"
#include "schema/schema.h"
#include "nodes/shape.h"

#define WINDOW_STEP_MS (INT64_C(24) * 3600000)

/* The place of a name in a list that ends with NULL; -1 and a fault when it is not there. absent:
 * of a name that is not given. */
static int choice(const struct manifest_source *source, const json_t *json, const char *name,
                  const char *pointer, const char *const *names, int absent)
{
    const char *text = json_get_text(json, name);
    struct buf all;

    if (text == NULL)
        return absent;
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    buf_init(&all, 400);
    for (int i = 0; names[i] != NULL; i++)
        buf_addf(&all, "%s%s", i == 0 ? "" : ", ", names[i]);
    manifest__fault(source, pointer, "\"%s\" is one of %s, not \"%.60s\"", name, buf_text(&all),
                    text);
    buf_fini(&all);
    return absent;
}

/* ---- Webhooks */

static void verify_header_check(const struct manifest_source *source, const char *pointer,
                                const char *name)
{
    if (name != NULL && !header_name_valid(name))
        manifest__fault(source, pointer, "\"%.60s\" cannot be the name of a header", name);
}

static void verify_needs(const struct manifest_source *source, const char *pointer,
                         const struct verify *verify)
{
    if (verify->type == VERIFY_HMAC && verify->header == NULL)
        manifest__fault(source, pointer, "verification by hmac needs \"header\"");
    if (verify->type == VERIFY_BASIC && verify->user == NULL)
        manifest__fault(source, pointer, "verification by basic needs \"user\"");
    if (verify->timestamp_part != NULL && verify->signature_part == NULL)
        manifest__fault(source, pointer, "\"timestamp_part\" needs \"signature_part\"");
    verify_header_check(source, pointer, verify->header);
    verify_header_check(source, pointer, verify->timestamp_header);
}

static void read_verify(const struct manifest_source *source, const json_t *json,
                        const char *pointer, struct verify *verify)
{
    static const struct member rows[] = {
        { "type", MEMBER_TEXT, true },
        { "header", MEMBER_TEXT, false },
        { "algorithm", MEMBER_TEXT, false },
        { "encoding", MEMBER_TEXT, false },
        { "prefix", MEMBER_TEXT, false },
        { "user", MEMBER_TEXT, false },
        { "timestamp_header", MEMBER_TEXT, false },
        { "tolerance", MEMBER_TEXT, false },
        { "signature_part", MEMBER_TEXT, false },
        { "timestamp_part", MEMBER_TEXT, false },
        { "key_encoding", MEMBER_TEXT, false },
        { "signed_member", MEMBER_TEXT, false },
        { 0 },
    };
    static const char *const types[] = { "none", "hmac", "basic", "bearer", NULL };
    static const char *const algorithms[] = { "sha1", "sha256", "sha512", NULL };
    static const char *const encodings[] = { "hex", "base64", NULL };
    static const char *const keys[] = { "text", "base64", NULL };
    const char *tolerance = json_get_text(json, "tolerance");

    if (!manifest__members(source, json, pointer, rows))
        return;
    *verify = (struct verify){
        .type = choice(source, json, "type", pointer, types, VERIFY_NONE),
        .header = json_get_text(json, "header"),
        .algorithm = choice(source, json, "algorithm", pointer, algorithms, 1),
        .encoding = choice(source, json, "encoding", pointer, encodings, 0),
        .prefix = json_get_text(json, "prefix"),
        .user = json_get_text(json, "user"),
        .timestamp_header = json_get_text(json, "timestamp_header"),
        .tolerance_ms = tolerance != NULL ? flow_duration(tolerance) : 300000,
        .signature_part = json_get_text(json, "signature_part"),
        .timestamp_part = json_get_text(json, "timestamp_part"),
        .key_encoding = choice(source, json, "key_encoding", pointer, keys, VERIFY_KEY_TEXT),
        .signed_member = json_get_text(json, "signed_member"),
    };
    if (verify->tolerance_ms < 0)
        manifest__fault(source, pointer, "\"tolerance\" is a time such as \"300s\"");
    verify_needs(source, pointer, verify);
}

static void read_handshake(const struct manifest_source *source, const json_t *json,
                           const char *pointer, struct manifest_event *event)
{
    static const struct member rows[] = { { "query", MEMBER_TEXT, false },
                                          { "when", MEMBER_OBJECT, false },
                                          { "answer", MEMBER_ANY, false },
                                          { "empty", MEMBER_BOOL, false },
                                          { 0 } };

    if (json == NULL || !manifest__members(source, json, pointer, rows))
        return;
    event->greeting_param = json_get_text(json, "query");
    event->greeting_when = json_object_get(json, "when");
    event->greeting_answer = json_object_get(json, "answer");
    event->ignores_empty = json_is_true(json_object_get(json, "empty"));
    manifest__when(source, event->greeting_when, pointer);
    if ((event->greeting_when == NULL) != (event->greeting_answer == NULL))
        manifest__fault(source, pointer, "\"when\" and \"answer\" stand together");
    if (event->greeting_param == NULL && event->greeting_when == NULL && !event->ignores_empty)
        manifest__fault(source, pointer, "it says nothing: \"query\", \"when\" or \"empty\"");
}

static void read_webhook(const struct manifest_source *source, const json_t *json,
                         const char *pointer, struct manifest_event *event)
{
    static const struct member rows[] = {
        { "path", MEMBER_TEXT, false },    { "method", MEMBER_TEXT, false },
        { "verify", MEMBER_OBJECT, true }, { "handshake", MEMBER_OBJECT, false },
        { "compare", MEMBER_TEXT, false }, { 0 }
    };
    char place[PLACE_BYTES];

    if (!manifest__members(source, json, pointer, rows))
        return;
    event->path = json_get_text(json, "path");
    event->compare = json_get_text(json, "compare");
    event->method = webhook_methods[choice(source, json, "method", pointer, webhook_methods, 0)];
    manifest__place(place, pointer, "verify");
    read_verify(source, json_object_get(json, "verify"), place, &event->verify);
    manifest__place(place, pointer, "handshake");
    read_handshake(source, json_object_get(json, "handshake"), place, event);
}

/* ---- Polls */

static void read_window(const struct manifest_source *source, const json_t *json,
                        const char *pointer, struct manifest_event *event)
{
    static const char *const forms[] = { "iso",     "yyyy-MM-dd",   "MM/dd/yyyy",
                                         "seconds", "milliseconds", NULL };
    const char *back = json_get_text(json, "back"), *step = json_get_text(json, "step");
    int64_t full = json_get_int(json, "full", 0);

    event->cursor.window = (struct manifest_window){
        .form = (enum window_form)choice(source, json, "moment", pointer, forms, WINDOW_ISO),
        .back_ms = back != NULL ? flow_duration(back) : 0,
        .step_ms = step != NULL ? flow_duration(step) : WINDOW_STEP_MS,
        .full = full > 0 ? (size_t)full : 0,
    };
    if (event->cursor.window.back_ms <= 0)
        manifest__fault(source, pointer,
                        "\"moment\" needs \"back\", a time such as \"2d\": how long after its "
                        "moment the system may show what happened");
    if (event->cursor.window.step_ms < 60000)
        manifest__fault(source, pointer,
                        "\"step\" is a time of a minute or more, such as \"3d\": the most that is "
                        "asked for at once");
    if (event->id == NULL)
        manifest__fault(source, pointer,
                        "\"moment\" needs \"id\", by which what comes again is "
                        "known");
    if (!event->action.names_from || !event->action.names_to)
        manifest__fault(source, pointer,
                        "\"moment\" needs \"{window.from}\" and \"{window.to}\" in the request");
}

/* What the templates name must be what the cursor is. */
static void read_cursor_places(const struct manifest_source *source, const char *pointer,
                               const struct manifest_event *event)
{
    const struct action *action = &event->action;
    bool window = event->cursor.window.step_ms != 0;

    if (window && action->names_cursor)
        manifest__fault(source, pointer,
                        "\"{cursor}\" names nothing where the cursor is a moment: there are "
                        "window.from and window.to");
    if (!window && (action->names_from || action->names_to))
        manifest__fault(source, pointer,
                        "\"{window.from}\" and \"{window.to}\" are there where the cursor is a "
                        "moment: \"cursor\": {\"moment\": \"iso\", \"back\": \"1d\"}");
}

static void read_cursor(const struct manifest_source *source, const json_t *json,
                        const char *pointer, struct manifest_event *event)
{
    static const struct member rows[] = {
        { "next_link", MEMBER_TEXT, false },
        { "delta_link", MEMBER_TEXT, false },
        { "field", MEMBER_TEXT, false },
        { "last_item", MEMBER_TEXT, false },
        { "back", MEMBER_ANY, false },
        { "moment", MEMBER_TEXT, false },
        { "step", MEMBER_TEXT, false },
        { "full", MEMBER_INT, false },
        { 0 },
    };
    const json_t *back = json_object_get(json, "back");
    bool moment = json_get_text(json, "moment") != NULL;

    if (json == NULL || !manifest__members(source, json, pointer, rows))
        return;
    event->cursor.next = json_get_text(json, "next_link");
    event->cursor.delta = json_get_text(json, "delta_link");
    event->cursor.field = json_get_text(json, "field");
    event->cursor.last = json_get_text(json, "last_item");
    event->cursor.links = event->cursor.next != NULL || event->cursor.delta != NULL;
    if (event->cursor.links + (event->cursor.field != NULL) + (event->cursor.last != NULL) +
            moment !=
        1)
        manifest__fault(source, pointer,
                        "a cursor is \"next_link\" and \"delta_link\", or \"field\", or "
                        "\"last_item\", or \"moment\": one of these ways");
    if (moment) {
        read_window(source, json, pointer, event);
        return;
    }
    if (json_object_get(json, "step") != NULL || json_object_get(json, "full") != NULL)
        manifest__fault(source, pointer, "\"step\" and \"full\" belong to \"moment\"");
    event->cursor.back =
        json_is_text(back) ? flow_duration(json_text(back)) : json_integer_value(back);
    if (back != NULL && (event->cursor.back <= 0 || event->cursor.links || event->id == NULL))
        manifest__fault(source, pointer,
                        "\"back\" is so many keys (200) or a time (\"5m\") before a cursor that is "
                        "no link, and needs \"id\", by which what comes again is known");
}

static void read_asks_http(const struct manifest_source *source, json_t *json, const char *pointer,
                           struct manifest_event *event)
{
    struct action *action = &event->action;
    char place[PLACE_BYTES];

    action->method = json_get_text(json, "method") != NULL ? json_get_text(json, "method") : "GET";
    action->path = json_get_text(json, "path");
    action->query = json_object_get(json, "query");
    action->headers = json_object_get(json, "headers");
    action->body = json_object_get(json, "body");
    action->effect = EFFECT_NONE;
    manifest__request(source, json, pointer, action);
    manifest__place(place, pointer, "expect");
    if (!status_set_read(&action->expect, json_object_get(json, "expect"), "2xx"))
        manifest__fault(source, place, "\"expect\" is 200, \"2xx\", or a list of such");
    event->items = json_get_text(json, "items");
    event->none = json_object_get(json, "none");
    manifest__place(place, pointer, "none");
    manifest__when(source, event->none, place);
}

static void read_asks(const struct manifest_source *source, json_t *json, const char *pointer,
                      struct manifest_event *event)
{
    struct action *action = &event->action;
    char place[PLACE_BYTES];
    const char *id = json_get_text(json, "id"), *every = json_get_text(json, "every");
    size_t size = id != NULL ? strlen(id) + 8 : 0;

    action->polls = true;
    if (json_object_get(json, "input") == NULL) {
        event->input = json_pack("{s:s, s:{}}", "type", "object", "properties");
        action->data.input = event->input;
        manifest__place(place, pointer, "input");
        action->shape = shape_new(event->input, manifest__below, &(struct below){ source, place });
    } else {
        manifest__input(source, json, pointer, action);
    }
    if (manifest__is_sql(source))
        manifest__sql_asks(source, json, pointer, action);
    else
        read_asks_http(source, json, pointer, event);
    event->every = mem_must_copy(every != NULL ? every : "1m");
    if (flow_duration(event->every) < 1000)
        manifest__fault(source, pointer, "\"every\" is a time of a second or more, such as \"5m\"");
    if (id != NULL) {
        event->id = mem_must(size);
        snprintf(event->id, size, "=item.%s", id);
    }
}

static void read_poll(const struct manifest_source *source, json_t *json, const char *pointer,
                      struct manifest_event *event)
{
    static const struct member rows[] = {
        { "method", MEMBER_TEXT, false },
        { "path", MEMBER_TEXT, true },
        { "query", MEMBER_OBJECT, false },
        { "headers", MEMBER_OBJECT, false },
        { "body", MEMBER_ANY, false },
        { "expect", MEMBER_ANY, false },
        { "input", MEMBER_OBJECT, false },
        { "items", MEMBER_TEXT, false },
        { "id", MEMBER_TEXT, false },
        { "every", MEMBER_TEXT, false },
        { "cursor", MEMBER_OBJECT, false },
        { "none", MEMBER_OBJECT, false },
        { 0 },
    };
    static const struct member sql_rows[] = {
        { "statement", MEMBER_TEXT, true }, { "params", MEMBER_OBJECT, false },
        { "types", MEMBER_OBJECT, false },  { "columns", MEMBER_OBJECT, false },
        { "max_rows", MEMBER_INT, false },  { "input", MEMBER_OBJECT, false },
        { "id", MEMBER_TEXT, false },       { "every", MEMBER_TEXT, false },
        { "cursor", MEMBER_OBJECT, false }, { 0 },
    };
    bool sql = manifest__is_sql(source);
    char place[PLACE_BYTES];

    if (!manifest__members(source, json, pointer, sql ? sql_rows : rows) ||
        json_get_text(json, sql ? "statement" : "path") == NULL)
        return;
    read_asks(source, json, pointer, event);
    manifest__place(place, pointer, "cursor");
    read_cursor(source, json_object_get(json, "cursor"), place, event);
    read_cursor_places(source, place, event);
    if (sql && json_object_get(json, "cursor") != NULL && event->cursor.last == NULL)
        manifest__fault(source, place,
                        "over SQL the cursor is \"last_item\", a column of the last row");
    if (sql && json_get_int(json_object_get(json, "cursor"), "back", 0) >=
                   event->action.sql.list->max_rows)
        manifest__fault(source, place,
                        "\"back\" must be less than \"max_rows\", or every poll would find the "
                        "same again");
    if (event->id == NULL && json_object_get(json, "cursor") == NULL)
        manifest__fault(source, pointer,
                        "neither \"id\" nor \"cursor\": every poll would find the same again");
}

/* ---- The node type */

static void event_rows(struct manifest_event *event, const struct field *rows)
{
    size_t count = 0;

    while (rows[count].kind != FIELD_END)
        count++;
    event->fields = mem_must((count + 1) * sizeof *rows);
    memcpy(event->fields, rows, (count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        struct field *row = &event->fields[i];

        if (strcmp(row->name, "path") == 0)
            row->fallback = event->path;
        else if (strcmp(row->name, "compare") == 0)
            row->fallback = event->compare;
        else if (strcmp(row->name, "id") == 0)
            row->fallback = event->id;
        else if (strcmp(row->name, "every") == 0)
            row->fallback = event->every;
        else if (strcmp(row->name, "secret") == 0)
            row->required = event->verify.type != VERIFY_NONE;
        else if (strcmp(row->name, "input") == 0)
            row->required = event->input == NULL;
    }
}

static char *event_example(const struct manifest_event *event, const json_t *json)
{
    json_t *input = json_object_get(json_object_get(json, "example"), "input");
    json_t *config =
        event->kind == EVENT_POLL
            ? json_pack("{s:O*}", "input", input)
            : json_pack("{s:s*, s:s*}", "path", event->path == NULL ? "events" : NULL, "secret",
                        event->verify.type != VERIFY_NONE ? "webhook_secret" : NULL);
    char *text = config != NULL ? json_text_new(config, LIMIT_OUTPUT, NULL) : NULL;

    json_decref(config);
    return text;
}

static void make_event(const struct manifest *manifest, const char *name, const json_t *json,
                       struct manifest_event *event)
{
    struct action *action = &event->action;
    char text[2 * LIMIT_NAME + 2 * LIMIT_ID];
    const char *title = json_get_text(json, "title");

    snprintf(text, sizeof text, "trigger.%s.%s", manifest->info.name, name);
    action->name = mem_must_copy(text);
    snprintf(text, sizeof text, "%s: %s", manifest->info.title, title != NULL ? title : "");
    action->title = mem_must_copy(text);
    action->example = event_example(event, json);
    action->type = event->kind == EVENT_POLL ? system_poll_type : system_hook_type;
    event_rows(event, event->kind == EVENT_POLL ? system_poll_fields : system_hook_fields);
    action->type.fields = event->fields;
    action->type.name = action->name;
    action->type.title = action->title;
    action->type.help = json_get_text(json, "help");
    action->type.connector = manifest->info.name;
    action->type.example = action->example;
    action->type.data = event;
}

static void event_schema(const struct manifest_source *source, json_t *json, const char *pointer,
                         struct manifest_event *event)
{
    json_t *schema = json_object_get(json, "schema");
    char place[PLACE_BYTES];
    struct schema *shape = NULL;

    manifest__place(place, pointer, "schema");
    if (json_is_object(schema)) /* of what came: other members are no fault */
        shape = shape_new(schema, manifest__below, &(struct below){ source, place });
    if (shape != NULL)
        event->action.data.output = schema;
    schema_free(shape);
}

static void read_event(const struct manifest_source *source, const char *name, json_t *json,
                       const char *pointer, struct manifest_event *event)
{
    static const struct member rows[] = {
        { "title", MEMBER_TEXT, true },
        { "help", MEMBER_TEXT, true },
        { "webhook", MEMBER_OBJECT, false },
        { "poll", MEMBER_OBJECT, false },
        { "schema", MEMBER_OBJECT, false },
        { "example", MEMBER_OBJECT, false },
        { 0 },
    };
    static const struct member example[] = { { "input", MEMBER_OBJECT, false },
                                             { "body", MEMBER_ANY, true },
                                             { 0 } };
    json_t *webhook = json_object_get(json, "webhook"), *poll = json_object_get(json, "poll");
    json_t *shown = json_object_get(json, "example");
    char place[PLACE_BYTES];

    event->action.manifest = source->manifest;
    event->action.data.info = &source->manifest->info;
    if (!manifest__name_valid(name))
        manifest__fault(source, pointer, "\"%.60s\" cannot be the name of an event", name);
    if (!manifest__members(source, json, pointer, rows))
        return;
    if (webhook != NULL && manifest__is_sql(source))
        manifest__fault(source, pointer, "over SQL an event is a \"poll\"");
    if ((webhook != NULL) == (poll != NULL))
        manifest__fault(
            source, pointer,
            "an event has \"webhook\" when the system tells us, or \"poll\" when we ask");
    event->kind = poll != NULL ? EVENT_POLL : EVENT_WEBHOOK;
    manifest__place(place, pointer, "webhook");
    if (json_is_object(webhook))
        read_webhook(source, webhook, place, event);
    manifest__place(place, pointer, "poll");
    if (json_is_object(poll))
        read_poll(source, poll, place, event);
    manifest__place(place, pointer, "example");
    if (shown != NULL)
        manifest__members(source, shown, place, example);
    event_schema(source, json, pointer, event);
    if (manifest__name_valid(source->manifest->info.name) && manifest__name_valid(name))
        make_event(source->manifest, name, json, event);
}

void manifest__events(const struct manifest_source *source, json_t *json)
{
    struct manifest *manifest = source->manifest;
    const char *name;
    json_t *member;

    if (!json_is_object(json))
        return;
    manifest->events = mem_must((json_object_size(json) + 1) * sizeof *manifest->events);
    json_object_foreach(json, name, member)
    {
        char place[PLACE_BYTES];

        manifest__place(place, "/events", name);
        read_event(source, name, member, place, &manifest->events[manifest->event_count++]);
    }
}

void manifest__events_free(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->event_count; i++) {
        struct manifest_event *event = &manifest->events[i];

        manifest__action_free(&event->action);
        mem_free(event->fields);
        mem_free(event->id);
        mem_free(event->every);
        json_decref(event->input);
    }
    mem_free(manifest->events);
}
