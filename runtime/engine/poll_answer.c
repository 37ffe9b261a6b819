/* poll_answer.c - what one poll found, until all of it is taken. */
#include "engine/poll_priv.h"
#include "engine/run.h"

#define CURSOR_BYTES (64u * KIB)
#define KEY_BYTES    (IDENT_TEXT + DIGEST_TEXT + 32u)

struct poll_answer {
    json_t *items; /* those that are taken are null: their runs alone have them */
    size_t taken;
    char *cursor;          /* where it goes on behind them; NULL: it stays */
    bool behind;           /* it said that there is more, and moved the cursor: at once */
    bool fresh;            /* something of it was new */
    char name[IDENT_TEXT]; /* "": its items are known by `id`, or all are one piece */
    struct dict *same;     /* digest of an item -> how many of it were taken */
};

/* Of items that come again something else than their text tells which were taken. */
static bool answer_has_keys(const struct poll *poll)
{
    return poll->asked->id != NULL || poll->deployment->version->flow->dedupe != NULL;
}

static enum err_code answer_cursor(const struct poll *poll, json_t *found, const json_t *before,
                                   struct poll_answer *answer, struct err *e)
{
    json_t *cursor = json_object_get(found, "cursor");

    if (cursor == NULL || (poll->asked->cursor == NULL && poll->asked->items != NULL) ||
        json_same(cursor, before))
        return ERR_OK;
    answer->cursor = json_text_new(cursor, CURSOR_BYTES, NULL);
    if (answer->cursor == NULL)
        return err_set(e, ERR_LIMIT, "the cursor is larger than %u bytes", CURSOR_BYTES);
    answer->behind = json_is_true(json_object_get(found, "more"));
    return ERR_OK;
}

void poll__answer(struct engine *engine, struct poll *poll, json_t *found, const json_t *before,
                  struct err *e)
{
    json_t *items = json_object_get(found, "items");
    struct poll_answer *answer;

    check(poll->answer == NULL);
    e->code = ERR_OK;
    if (!json_is_array(items)) {
        err_set(e, ERR_INVALID, "\"items\" must give a list, but gave: %s", json_kind(items));
        return;
    }
    answer = mem_must(sizeof *answer);
    answer->items = json_copied(items); /* a list of its own, of the same items */
    answer->same = dict_new();
    if (answer->items == NULL)
        err_set(e, ERR_MEMORY, "no memory for %zu items", json_array_size(items));
    else if (answer_cursor(poll, found, before, answer, e) == ERR_OK && !answer_has_keys(poll))
        e->code = poll__open_answer(engine, poll, answer->name, e);
    if (e->code == ERR_OK)
        poll->answer = answer;
    else
        poll__answer_free(answer);
}

void poll__answer_free(struct poll_answer *answer)
{
    if (answer == NULL)
        return;
    json_decref(answer->items);
    dict_free(answer->same);
    mem_free(answer->cursor);
    mem_free(answer);
}

void poll__answer_opens(struct engine *engine, const struct poll *poll)
{
    struct poll_answer *answer = poll->answer;

    if (answer->name[0] == '\0' && !answer_has_keys(poll))
        ident_text(ident_next(&engine->ident, engine->wall), answer->name);
}

/* The n-th of the items with this text: one that comes twice in an answer is two. */
static char *answer_key(struct poll_answer *answer, const json_t *item)
{
    size_t size;
    char digest[DIGEST_TEXT], *key, *text = json_text_new(item, json_limits_reply.bytes, &size);
    uintptr_t n;

    if (text == NULL)
        return NULL; /* it is refused as too large */
    digest_text(text, size, digest);
    mem_free(text);
    n = (uintptr_t)dict_find(answer->same, digest) + 1;
    dict_put(answer->same, digest, (void *)n);
    key = mem_must(KEY_BYTES);
    snprintf(key, KEY_BYTES, "item/%s/%s/%zu", answer->name, digest, (size_t)n);
    return key;
}

json_t *poll__answer_next(struct poll_answer *answer, char **key)
{
    json_t *item = json_incref(json_array_get(answer->items, answer->taken));

    check(item != NULL);
    json_array_set_new(answer->items, answer->taken++, json_null());
    *key = answer->name[0] != '\0' ? answer_key(answer, item) : NULL;
    return item;
}

size_t poll__answer_left(const struct poll_answer *answer)
{
    return json_array_size(answer->items) - answer->taken;
}

void poll__answer_facts(const struct poll *poll, bool last, struct store_batch *batch)
{
    const struct poll_answer *answer = poll->answer;
    char name[IDENT_TEXT + 2];
    struct store_fact cursor = {
        .op = FACT_PUT, .kind = FACT_CURSOR, .key = poll->key, .value = answer->cursor
    };
    struct store_fact since = { .op = FACT_REMOVE, .kind = FACT_SINCE, .key = poll->key };
    struct store_fact open = { .op = last ? FACT_REMOVE : FACT_PUT,
                               .kind = FACT_ANSWER,
                               .key = poll->key,
                               .value = last ? NULL : name };

    snprintf(name, sizeof name, "\"%s\"", answer->name);
    if (last && answer->cursor != NULL)
        store_batch_fact(batch, &cursor);
    if (last && answer->cursor != NULL && poll->since)
        store_batch_fact(batch, &since);
    if (answer->name[0] != '\0')
        store_batch_fact(batch, &open);
}

void poll__answer_taken(struct engine *engine, struct poll *poll, bool fresh)
{
    struct poll_answer *answer = poll->answer;
    bool again;

    answer->fresh |= fresh;
    if (poll__answer_left(answer) > 0) {
        poll->at = engine->steady;
        return;
    }
    again = answer->behind || (answer->cursor != NULL && answer->fresh);
    poll->at = engine->steady + (again ? 0 : poll->asked->every_ms);
    poll->failures = 0;
    poll->failing_ms = 0;
    if (!answer->fresh)
        poll__catches_up(engine, poll);
    poll__answer_free(answer);
    poll->answer = NULL;
}
