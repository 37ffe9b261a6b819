/* action_pages.c - a list that comes in pages: all of them as one list within the step, or one page
 * with what leads to the next.
 *
 *   action__page -> step_call -> page_replied -> (input evaluated again) -> action__page -> ...
 *
 * What was read is kept as text in the step's state. Another attempt begins with the first page. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connector/action_priv.h"

#define PAGES_AT   8192u  /* bytes of what leads to a page */
#define PAGES_MOST 10000u /* within one step */

struct paging {
    size_t room, used; /* of text: the items, parted by commas */
    int64_t count;
    unsigned pages;
    char at[PAGES_AT]; /* JSON of where the page begins that is asked for; "": the first */
    char text[];
};

/* ---- Asking */

static enum err_code page_link(struct step *step, const json_t *from, struct buf *target,
                               struct err *e)
{
    const char *link = json_text(from);

    if (link == NULL)
        return err_set(e, ERR_INVALID, "\"from\" must be the \"next\" of an earlier page, not: %s",
                       json_kind(from));
    return step_link(step, link, target, e);
}

/* The members that a page adds to the request; a new reference. */
static json_t *page_extra(const struct manifest_pages *pages, json_t *from, struct err *e)
{
    bool counted = pages->type == PAGES_OFFSET || pages->type == PAGES_PAGE;
    json_t *extra = json_object();
    bool failed = extra == NULL;

    if (pages->size_param != NULL)
        json_put(extra, pages->size_param, json_integer(pages->size), &failed);
    if (counted && from != NULL && !json_is_integer(from))
        err_set(e, ERR_INVALID, "\"from\" must be the \"next\" of an earlier page, not: %s",
                json_kind(from));
    else if (counted)
        json_put(extra, pages->param, from != NULL ? json_incref(from) : json_integer(pages->first),
                 &failed);
    else if (pages->type == PAGES_CURSOR && from != NULL)
        json_put(extra, pages->param, json_incref(from), &failed);
    if (failed)
        err_set(e, ERR_MEMORY, "no memory for the request");
    return extra;
}

static void page_replied(struct step *step, const void *config, const struct step_reply *reply);

static struct paging *page_state(struct step *step)
{
    return step_state(step, sizeof(struct paging));
}

/* Where this page begins: in a later round, what the page before gave. NULL: the first. */
static json_t *page_from(struct step *step, json_t *from, struct err *e)
{
    const struct paging *paging = page_state(step);

    if (*paging->at != '\0')
        return json_read(paging->at, strlen(paging->at), &json_limits_reply, e);
    return from != NULL && !json_is_null(from) ? json_incref(from) : NULL;
}

/* False: it is too long. */
static bool page_note(struct step *step, const json_t *at)
{
    char *text = json_text_new(at, PAGES_AT - 1, NULL);

    if (text != NULL)
        snprintf(page_state(step)->at, PAGES_AT, "%s", text);
    mem_free(text);
    return text != NULL;
}

void action__page_begin(struct step *step)
{
    struct paging *paging = page_state(step);

    paging->used = paging->pages = 0;
    paging->count = 0;
    *paging->at = '\0';
}

void action__page(struct step *step, json_t *given, json_t *from)
{
    const struct action *action = action__of(step_type(step));
    const struct manifest_pages *pages = &action->pages;
    struct manifest_look own = action__look(action);
    struct err e = { .code = ERR_OK };
    json_t *at = page_from(step, from, &e), *extra = NULL;
    struct buf target;

    buf_init(&target, 8 * (size_t)LIMIT_PATH);
    if (at != NULL && !page_note(step, at))
        err_set(&e, ERR_LIMIT, "\"from\" is longer than %u bytes", PAGES_AT);
    if (e.code == ERR_OK && at != NULL && pages->type <= PAGES_LINK_HEADER)
        page_link(step, at, &target, &e);
    else if (e.code == ERR_OK)
        extra = page_extra(pages, at, &e);
    if (e.code != ERR_OK)
        step_fail(step, &e, NULL);
    else
        action__ask(step, given,
                    &(struct action_ask){ .action = action,
                                          .look = &own,
                                          .effect = EFFECT_NONE,
                                          .then = page_replied,
                                          .target = target.len > 0 ? buf_text(&target) : NULL,
                                          .extra = extra,
                                          .extra_in_body = pages->in_body });
    buf_fini(&target);
    json_decref(extra);
    json_decref(at);
}

/* ---- What leads on */

/* The target of the link of relation "next" in a Link header (RFC 8288); false: there is none. */
static bool link_next(const char *header, struct buf *target)
{
    while ((header = strchr(header, '<')) != NULL) {
        const char *end = strchr(header, '>'), *at;
        bool next = false, quoted = false;

        if (end == NULL)
            return false;
        for (at = end + 1; *at != '\0' && (quoted || *at != ','); at++) {
            quoted = *at == '"' ? !quoted : quoted;
            if (strncasecmp(at, "rel=", 4) == 0 && (at[-1] == ';' || at[-1] == ' ')) {
                const char *word = at + 4 + (at[4] == '"');

                next = next || (strncasecmp(word, "next", 4) == 0 &&
                                (word[4] == '\0' || strchr("\" ;,", word[4]) != NULL));
            }
        }
        if (next) {
            buf_add(target, header + 1, (size_t)(end - header - 1));
            return true;
        }
        header = at;
    }
    return false;
}

static json_t *next_link_header(const struct step_reply *reply)
{
    json_t *next = NULL;
    struct buf target;

    buf_init(&target, PAGES_AT);
    for (size_t i = 0; next == NULL && i < reply->header_count; i++)
        if (strcasecmp(reply->headers[i].name, "Link") == 0 &&
            link_next(reply->headers[i].value, &target) && buf_ok(&target))
            next = json_stringn(buf_text(&target), target.len);
    buf_fini(&target);
    return next;
}

static bool page_is_last(const struct manifest_pages *pages, json_t *body, int64_t done,
                         size_t found)
{
    const json_t *more = pages->more != NULL ? reply_find(body, pages->more) : NULL;
    const json_t *total = pages->total != NULL ? reply_find(body, pages->total) : NULL;

    if (json_is_boolean(more))
        return json_is_false(more);
    if (found == 0)
        return true;
    if (json_is_integer(total))
        return done >= json_integer_value(total);
    return pages->size > 0 && found < (size_t)pages->size;
}

/* A new reference, NULL: this was the last page. at: where this page began, NULL: the first. */
static json_t *page_next(const struct manifest_pages *pages, const struct step_reply *reply,
                         json_t *body, const json_t *at, size_t found)
{
    int64_t began = json_is_integer(at) ? json_integer_value(at) : pages->first, done;
    const json_t *more;
    json_t *next;

    switch (pages->type) {
    case PAGES_LINK_HEADER:
        return next_link_header(reply);
    case PAGES_LINK:
    case PAGES_CURSOR:
        more = pages->more != NULL ? reply_find(body, pages->more) : NULL;
        next = json_is_false(more) ? NULL : reply_find(body, pages->next);
        if (next == NULL || json_is_null(next) || json_is_false(next) ||
            (json_is_text(next) && *json_text(next) == '\0'))
            return NULL;
        return json_incref(next);
    case PAGES_OFFSET:
        done = began - pages->first + (int64_t)found;
        return page_is_last(pages, body, done, found) ? NULL : json_integer(began + (int64_t)found);
    case PAGES_PAGE:
        done = (began - pages->first) * pages->size + (int64_t)found;
        return page_is_last(pages, body, done, found) ? NULL : json_integer(began + 1);
    case PAGES_NONE:
        break;
    }
    check(!"pages of a known type");
    return NULL;
}

/* ---- Keeping */

static enum err_code page_keep(struct step *step, json_t *items, struct err *e)
{
    struct paging *paging = page_state(step);
    struct buf text;
    json_t *item;
    size_t i, more;
    enum err_code rc;

    buf_init(&text, LIMIT_OUTPUT);
    json_array_foreach(items, i, item)
    {
        if (paging->count + (int64_t)i > 0)
            buf_add_char(&text, ',');
        json_write(&text, item);
    }
    more = text.len;
    if (!buf_ok(&text) || paging->used + more > LIMIT_OUTPUT - 2 * PAGES_AT) {
        rc = err_set(e, ERR_LIMIT,
                     "the list is larger than %u bytes; take it page by page: \"pages\": \"one\" "
                     "within a branch.repeat",
                     LIMIT_OUTPUT);
    } else {
        if (paging->used + more > paging->room) {
            size_t room = 2 * (paging->used + more);

            paging = step_state_grow(step, sizeof *paging + room);
            paging->room = room;
        }
        if (more > 0)
            memcpy(paging->text + paging->used, buf_text(&text), more);
        paging->used += more;
        paging->count += (int64_t)json_array_size(items);
        paging->pages++;
        rc = ERR_OK;
    }
    buf_fini(&text);
    return rc;
}

static void page_end(struct step *step, json_t *next)
{
    const struct paging *paging = page_state(step);
    struct buf text;
    json_t *items, *output = NULL;
    struct err e;

    buf_init(&text, LIMIT_OUTPUT);
    buf_add_char(&text, '[');
    buf_add(&text, paging->text, paging->used);
    buf_add_char(&text, ']');
    items = json_read(buf_text(&text), text.len, &json_limits_reply, &e);
    buf_fini(&text);
    if (items != NULL)
        output = json_pack("{s:o, s:O?}", "items", items, "next", next);
    if (items != NULL && output == NULL)
        err_set(&e, ERR_MEMORY, "no memory for the output");
    if (output != NULL)
        action__done(step, action__of(step_type(step)), &output);
    else
        step_fail(step, &e, NULL);
}

/* ---- The answer */

static void page_go_on(struct step *step, const struct action_config *call, const json_t *began,
                       const json_t *next)
{
    const struct paging *paging = page_state(step);
    struct err e = { .code = ERR_OK };

    if (began != NULL && json_same(began, next))
        err_set(&e, ERR_INVALID, "the system leads from page %u to itself", paging->pages);
    else if (paging->pages >= PAGES_MOST)
        err_set(&e, ERR_LIMIT, "more than %u pages; take them one by one: \"pages\": \"one\"",
                PAGES_MOST);
    else if (!page_note(step, next))
        err_set(&e, ERR_LIMIT, "what leads to the next page is longer than %u bytes", PAGES_AT);
    if (e.code != ERR_OK)
        step_fail(step, &e, NULL);
    else
        step_eval(step, call->values, ACTION_VALUES, false, action__evaluated);
}

static void page_read(struct step *step, const struct action_config *call,
                      const struct step_reply *reply, json_t *body, const json_t *began)
{
    const struct manifest_pages *pages = &action__of(step_type(step))->pages;
    json_t *items = pages->items != NULL ? reply_find(body, pages->items) : body, *next = NULL;
    struct err e = { .code = ERR_OK };

    if (!json_is_array(items))
        err_set(&e, ERR_INVALID, "the answer has no list \"%.80s\", but: %s",
                pages->items != NULL ? pages->items : "", json_kind(items));
    else if (page_keep(step, items, &e) == ERR_OK)
        next = page_next(pages, reply, body, began, json_array_size(items));
    if (e.code == ERR_OK && call->pages == ACTION_PAGES_ALL &&
        page_state(step)->count > call->limit)
        err_set(&e, ERR_LIMIT,
                "the list has more than %lld items: raise \"limit\", ask for less, or take it page "
                "by page with \"pages\": \"one\"",
                (long long)call->limit);
    if (e.code != ERR_OK)
        step_fail(step, &e, NULL);
    else if (next == NULL || call->pages == ACTION_PAGES_ONE)
        page_end(step, next);
    else
        page_go_on(step, call, began, next);
    json_decref(next);
}

static void page_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct action *action = action__of(step_type(step));
    json_t *json, *details, *began;
    struct err e;

    json = action__expected(step, action, reply, &e);
    if (json == NULL && e.code == ERR_OK)
        return; /* refused: the step has ended */
    if (json == NULL) {
        details = reply_details(reply);
        step_fail(step, &e, &details);
        return;
    }
    began = page_from(step, NULL, &e);
    if (e.code == ERR_OK)
        page_read(step, config, reply, json_object_get(json, "body"), began);
    else
        step_fail(step, &e, NULL);
    json_decref(began);
    json_decref(json);
}
