/* ask.c - what an ask brings: parameters, If-Match, cursors; and the rooms behind it. */
#include "designer-api/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/ask_priv.h"

#define CURSOR_BOUND 16 /* hex digits of what a cursor is bound to */

const char *ask_text(const struct ask *ask, const char *parameter)
{
    return json_get_text(ask->query, parameter);
}

int64_t ask_number(const struct ask *ask, const char *parameter, int64_t otherwise)
{
    return json_get_int(ask->query, parameter, otherwise);
}

bool ask_flag(const struct ask *ask, const char *parameter)
{
    return json_is_true(json_object_get(ask->query, parameter));
}

void ask_keep(struct ask *kept, const struct ask *ask)
{
    struct ask_end *end = mem_must(sizeof *end);
    struct who *who = mem_must(sizeof *who);

    check(!ask->kept);
    *end = *ask->end;
    *who = *ask->who;
    *kept = *ask;
    kept->kept = true;
    kept->if_match = mem_must_copy(http_request_header(ask->request, "If-Match"));
    kept->end = end;
    kept->who = who;
    kept->query = json_incref(ask->query);
    kept->body = json_incref(ask->body);
    kept->request = NULL;
    kept->text = NULL;
    kept->faults = NULL;
}

void ask_kept_fini(struct ask *kept)
{
    check(kept->kept);
    json_decref(kept->query);
    json_decref(kept->body);
    mem_free(kept->if_match);
    mem_free((void *)(uintptr_t)kept->end);
    mem_free((void *)(uintptr_t)kept->who);
}

static const char *if_match_text(const struct ask *ask)
{
    return ask->kept ? ask->if_match : http_request_header(ask->request, "If-Match");
}

enum err_code ask_if_match_given(const struct ask *ask, uint64_t *revision, struct err *e)
{
    return if_match_text(ask) == NULL ? (e->code = ERR_OK) : ask_if_match(ask, revision, e);
}

enum err_code ask_if_match(const struct ask *ask, uint64_t *revision, struct err *e)
{
    const char *text = if_match_text(ask);
    char *end = NULL;

    if (text == NULL)
        return err_set(e, ERR_PRECONDITION,
                       "the header If-Match is missing: the ETag of what you have changed");
    *revision =
        text[0] == '"' && text[1] >= '1' && text[1] <= '9' ? strtoull(text + 1, &end, 10) : 0;
    if (*revision == 0 || strcmp(end, "\"") != 0 || strlen(text) > 21)
        return err_set(e, ERR_USAGE,
                       "If-Match is an ETag of ours, like \"7\" with its quotes, not"
                       " %.60s",
                       text);
    return ERR_OK;
}

/* ---- Cursors: what they are bound to, and the text that the next page begins behind, in base64
 * that can stand in a query. */

/* The operation, where it is asked, and its filters, without the cursor and the size of a page. */
static void cursor_bound(const struct ask *ask, char bound[DIGEST_TEXT])
{
    json_t *filters = json_copy(ask->query);
    struct buf text;

    check(filters != NULL);
    json_object_del(filters, "cursor");
    json_object_del(filters, "limit");
    buf_init(&text, LIMIT_HEADER_BYTES * 4);
    buf_addf(&text, "%s\n%s\n", ask->operation->id, ask->who->workspace);
    for (size_t i = 0; i < ASK_PATH_MAX; i++)
        buf_addf(&text, "%s\n", ask->path[i]);
    json_write(&text, filters);
    digest_text(buf_text(&text), text.len, bound);
    bound[CURSOR_BOUND] = '\0';
    buf_fini(&text);
    json_decref(filters);
}

/* Every character of `from` becomes the one of `to`; the padding is left out. */
static void cursor_letters(char *text, const char *from, const char *to)
{
    for (; *text != '\0' && *text != '='; text++) {
        const char *found = strchr(from, *text);

        if (found != NULL)
            *text = to[found - from];
    }
    *text = '\0';
}

static char *cursor_make(const struct ask *ask, const char *next)
{
    char bound[DIGEST_TEXT], *made;
    struct buf plain, text;

    cursor_bound(ask, bound);
    buf_init(&plain, LIMIT_PATH + DIGEST_TEXT);
    buf_init(&text, 2 * (LIMIT_PATH + DIGEST_TEXT));
    buf_addf(&plain, "%s%s", bound, next);
    base64_write(&text, plain.at, plain.len);
    made = buf_take(&text, NULL);
    check(made != NULL);
    cursor_letters(made, "+/", "-_");
    buf_fini(&plain);
    return made;
}

static bool cursor_read(const char *given, struct buf *plain)
{
    char *copy = mem_must_copy(given);
    struct buf text;
    bool well;

    cursor_letters(copy, "-_", "+/");
    buf_init(&text, LIMIT_HEADER_BYTES);
    buf_add_text(&text, copy);
    while (text.len % 4 != 0 && buf_ok(&text))
        buf_add_char(&text, '=');
    well = buf_ok(&text) && strpbrk(given, "+/=") == NULL &&
           base64_read(plain, buf_text(&text), text.len) && buf_ok(plain) &&
           strlen(buf_text(plain)) == plain->len;
    buf_fini(&text);
    mem_free(copy);
    return well;
}

enum err_code ask_cursor(const struct ask *ask, char cursor[LIMIT_PATH], bool *given, struct err *e)
{
    const char *text = ask_text(ask, "cursor");
    char bound[DIGEST_TEXT];
    struct buf plain;

    *given = text != NULL;
    if (text == NULL)
        return ERR_OK;
    cursor_bound(ask, bound);
    buf_init(&plain, LIMIT_PATH + CURSOR_BOUND);
    e->code = ERR_OK;
    if (!cursor_read(text, &plain) || plain.len < CURSOR_BOUND)
        err_set(e, ERR_CURSOR, "\"cursor\" is none of ours: take it from \"next\" of a page");
    else if (strncmp(plain.at, bound, CURSOR_BOUND) != 0)
        err_set(e, ERR_CURSOR, "\"cursor\" is of another listing: begin this one without it");
    else
        snprintf(cursor, LIMIT_PATH, "%s", plain.at + CURSOR_BOUND);
    buf_fini(&plain);
    return e->code;
}

void ask_page(struct ask *ask, json_t *items, const char *next, int64_t total)
{
    ask_page_more(ask, items, next, total, false);
}

json_t *ask__page(const struct ask *ask, json_t *items, const char *next, int64_t total,
                  bool incomplete)
{
    json_t *page = json_pack("{s:o}", "items", items);
    char *cursor;

    check(page != NULL);
    if (next != NULL) {
        cursor = cursor_make(ask, next);
        json_object_set_new_nocheck(page, "next", json_string(cursor));
        mem_free(cursor);
    }
    if (total >= 0)
        json_object_set_new_nocheck(page, "total", json_integer(total));
    if (incomplete)
        json_object_set_new_nocheck(page, "incomplete", json_true());
    return page;
}

void ask_page_more(struct ask *ask, json_t *items, const char *next, int64_t total, bool incomplete)
{
    ask_give(ask, 200, ask__page(ask, items, next, total, incomplete));
}

/* ---- The rooms behind the API */

struct engine *ask_engine(const struct ask *ask)
{
    return ask->api->rooms.engine;
}

struct store *ask_store(const struct ask *ask)
{
    return ask->api->rooms.store;
}

struct objects *ask_objects(const struct ask *ask)
{
    return ask->api->rooms.objects;
}

struct people *ask_people(const struct ask *ask)
{
    return ask->api->rooms.people;
}

struct clock *ask_clock(const struct ask *ask)
{
    return ask->api->rooms.clock;
}

struct templates *ask_templates(const struct ask *ask)
{
    return ask->api->rooms.templates;
}
