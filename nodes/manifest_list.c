/* manifest_list.c - reads how an action gives a list in pages, and how it takes many at once. */
#include <stdio.h>
#include <string.h>

#include "nodes/definition.h"
#include "nodes/manifest_priv.h"
#include "nodes/shape.h"

#define PAGE_SIZE_MOST 100000

/* ---- Pages */

enum { HAS_NEXT = 1, HAS_PARAM = 2, HAS_FIRST = 4, HAS_TOTAL = 8 };
static const struct {
    const char *name;
    enum pages_type type;
    unsigned needs, may;
} pages_types[] = {
    { "next_link", PAGES_LINK, HAS_NEXT, HAS_NEXT },
    { "link_header", PAGES_LINK_HEADER, 0, 0 },
    { "cursor", PAGES_CURSOR, HAS_NEXT | HAS_PARAM, HAS_NEXT | HAS_PARAM },
    { "offset", PAGES_OFFSET, HAS_PARAM, HAS_PARAM | HAS_FIRST | HAS_TOTAL },
    { "page", PAGES_PAGE, HAS_PARAM, HAS_PARAM | HAS_FIRST | HAS_TOTAL },
};
static const struct {
    const char *name;
    unsigned bit;
} pages_members[] = {
    { "next", HAS_NEXT },   { "param", HAS_PARAM }, { "in", HAS_PARAM },
    { "first", HAS_FIRST }, { "total", HAS_TOTAL },
};

static void pages_check(const struct manifest_source *source, const json_t *json,
                        const char *pointer, size_t type)
{
    for (size_t i = 0; i < sizeof pages_members / sizeof *pages_members; i++) {
        const char *name = pages_members[i].name;
        unsigned bit = pages_members[i].bit;
        bool there = json_object_get(json, name) != NULL;

        if (!there && (pages_types[type].needs & bit) != 0 && strcmp(name, "in") != 0)
            manifest__fault(source, pointer, "pages of type %s need \"%s\"", pages_types[type].name,
                            name);
        if (there && (pages_types[type].may & bit) == 0)
            manifest__fault(source, pointer, "\"%s\" has no meaning with pages of type %s", name,
                            pages_types[type].name);
    }
}

static void pages_read(const struct manifest_source *source, const json_t *json,
                       const char *pointer, struct action *action)
{
    struct manifest_pages *pages = &action->pages;
    const char *in = json_get_text(json, "in");

    pages->items = json_get_text(json, "items");
    pages->next = json_get_text(json, "next");
    pages->more = json_get_text(json, "more");
    pages->total = json_get_text(json, "total");
    pages->param = json_get_text(json, "param");
    pages->size_param = json_get_text(json, "size_param");
    pages->size = json_get_int(json, "size", 0);
    pages->first = json_get_int(json, "first", pages->type == PAGES_PAGE ? 1 : 0);
    pages->in_body = in != NULL && strcmp(in, "body") == 0;
    if (in != NULL && !pages->in_body && strcmp(in, "query") != 0)
        manifest__fault(source, pointer, "\"in\" is query or body, not \"%.60s\"", in);
    if (json_object_get(json, "size") != NULL && (pages->size < 1 || pages->size > PAGE_SIZE_MOST))
        manifest__fault(source, pointer, "\"size\" is a whole number of 1 to %d", PAGE_SIZE_MOST);
    if (pages->size_param != NULL && pages->size == 0)
        manifest__fault(source, pointer, "\"size_param\" needs \"size\"");
    if (action->output != NULL || action->echo.count > 0)
        manifest__fault(source, pointer,
                        "an action with pages gives {items, next}; leave \"output\" and \"echo\" "
                        "out");
    if (action->effect != EFFECT_NONE)
        manifest__fault(source, pointer,
                        "pages are of a list that is read: the effect must be none");
}

void manifest__pages(const struct manifest_source *source, const json_t *json, const char *pointer,
                     struct action *action)
{
    static const struct member rows[] = {
        { "type", MEMBER_TEXT, true },
        { "items", MEMBER_TEXT, false },
        { "next", MEMBER_TEXT, false },
        { "more", MEMBER_TEXT, false },
        { "total", MEMBER_TEXT, false },
        { "param", MEMBER_TEXT, false },
        { "in", MEMBER_TEXT, false },
        { "size_param", MEMBER_TEXT, false },
        { "size", MEMBER_INT, false },
        { "first", MEMBER_INT, false },
        { 0 },
    };
    const size_t count = sizeof pages_types / sizeof *pages_types;
    const char *type = json_get_text(json, "type");
    char place[PLACE_BYTES];
    size_t found = 0;

    manifest__place(place, pointer, "pages");
    if (json == NULL || !manifest__members(source, json, place, rows) || type == NULL)
        return;
    while (found < count && strcmp(pages_types[found].name, type) != 0)
        found++;
    if (found == count) {
        manifest__fault(source, place,
                        "the type is next_link, link_header, cursor, offset or page, not "
                        "\"%.60s\"",
                        type);
        return;
    }
    action->pages.type = pages_types[found].type;
    pages_check(source, json, place, found);
    pages_read(source, json, place, action);
}

/* ---- Many at once */

static void batch_items(const struct manifest_source *source, const char *pointer,
                        const struct action *action)
{
    const json_t *schema = shape_find(action->data.input, action->batch.items);
    const char *type = json_get_text(schema, "type");

    if (action->data.input == NULL)
        return; /* it has faults of its own */
    if (type == NULL || strcmp(type, "array") != 0 ||
        !shape_has(action->data.input, action->batch.items))
        manifest__fault(source, pointer, "\"%.60s\" must be a required member of type array",
                        action->batch.items);
    else if (json_get_int(schema, "maxItems", 0) < 1)
        manifest__fault(source, pointer,
                        "the schema of \"%.60s\" needs \"maxItems\": how many the system takes at "
                        "once",
                        action->batch.items);
}

void manifest__batch(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action)
{
    static const struct member rows[] = {
        { "items", MEMBER_TEXT, true },
        { "results", MEMBER_TEXT, true },
        { "item_id", MEMBER_TEXT, false },
        { "result_id", MEMBER_TEXT, false },
        { "failed", MEMBER_OBJECT, false },
        { "message", MEMBER_TEXT, false },
        { 0 },
    };
    const json_t *batch = json_object_get(json, "batch");
    char place[PLACE_BYTES];

    manifest__place(place, pointer, "batch");
    if (batch == NULL || !manifest__members(source, batch, place, rows) ||
        json_get_text(batch, "items") == NULL || json_get_text(batch, "results") == NULL)
        return;
    action->batch = (struct manifest_batch){
        .items = json_get_text(batch, "items"),
        .results = json_get_text(batch, "results"),
        .item_id = json_get_text(batch, "item_id"),
        .result_id = json_get_text(batch, "result_id"),
        .failed = json_object_get(batch, "failed"),
        .message = json_get_text(batch, "message"),
    };
    action->keeps_input = true;
    batch_items(source, place, action);
    manifest__when(source, action->batch.failed, place);
    if ((action->batch.item_id == NULL) != (action->batch.result_id == NULL))
        manifest__fault(source, place,
                        "\"item_id\" and \"result_id\" join results and items: both, or neither "
                        "when they come in the same order");
    if (action->output != NULL || action->pages.type != PAGES_NONE)
        manifest__fault(source, place,
                        "an action with a batch gives {results, failed}; leave \"output\" and "
                        "\"pages\" out");
}
