/* poll.c - triggers that ask a system at intervals; poll.h has the promise.
 *
 * (1) One poll of a trigger at a time.                                              [polls_turn]
 * (2) The accepts of the items and the cursor are one unit of the store.            [page_append]
 * (3) An item that cannot be accepted (its keys cannot be found) stops the whole page: the cursor
 *     stays, the log says why, and the next poll tries again.                      [poll_refused]
 */
#include "engine/poll.h"

#include <string.h>

#include "engine/arrival.h"
#include "engine/guard.h"
#include "engine/run.h"

struct poll {
    struct deployment *deployment;
    unsigned node;
    uint64_t id;
    const struct node_poll *asked; /* of the version that is deployed */
    char *key;                     /* of its FACT_CURSOR */
    int64_t at;                    /* steady: the next poll; INT64_MAX: one is under way */
    unsigned failures;             /* in a row */
    bool more;                     /* the page moved the cursor: ask at once if it brought news */
    bool behind;                   /* it said that there is more, and moved the cursor: at once */
    size_t open;                   /* items of the page whose fate is not known yet */
    bool fresh;                    /* one of them at least was new */
    bool caught_up;                /* what it finds is not of before a restore */
    struct poll *next;
};

/* What one poll found, on its way to the store. */
struct page {
    uint64_t poll;
    struct engine *engine;
    char *key; /* of the cursor; NULL: it does not move */
    char *cursor;
    size_t expected; /* runs that have no batch yet */
    size_t count;
    bool refused;
    struct run *runs[POLL_ITEMS_MAX];
    struct store_batch *batches[POLL_ITEMS_MAX + 1];
};

struct polls {
    struct poll *list;
    uint64_t last_id;
};

static struct poll *poll_find(struct engine *engine, uint64_t id)
{
    struct poll *poll = engine->polls != NULL ? engine->polls->list : NULL;

    while (poll != NULL && poll->id != id)
        poll = poll->next;
    return poll;
}

static void poll_free(struct poll *poll)
{
    mem_free(poll->key);
    mem_free(poll);
}

/* ---- Arming */

void polls_remove(struct engine *engine, const struct deployment *d)
{
    struct poll **at = engine->polls != NULL ? &engine->polls->list : NULL;

    while (at != NULL && *at != NULL) {
        struct poll *poll = *at;

        if (poll->deployment != d) {
            at = &poll->next;
            continue;
        }
        *at = poll->next;
        poll_free(poll);
    }
}

static void poll_put(struct engine *engine, struct deployment *d, unsigned node,
                     const struct node_poll *asked)
{
    struct poll *poll = mem_must(sizeof *poll);
    struct buf key;

    buf_init(&key, STORE_FACT_KEY);
    buf_addf(&key, "poll/%s/%s/%s/%s", d->workspace, d->environment, d->slug,
             d->version->flow->nodes[node].id);
    poll->key = buf_take(&key, NULL);
    check(poll->key != NULL);
    buf_fini(&key);
    poll->deployment = d;
    poll->node = node;
    poll->asked = asked;
    poll->id = ++engine->polls->last_id;
    poll->at = engine->steady;
    poll->next = engine->polls->list;
    engine->polls->list = poll;
}

void polls_put(struct engine *engine, struct deployment *d)
{
    const struct flow *flow = d->version->flow;

    if (engine->polls == NULL)
        engine->polls = mem_must(sizeof *engine->polls);
    polls_remove(engine, d);
    for (unsigned i = 0; i < flow->graphs[0].count; i++) {
        struct node_arm arm = { .method = NULL };

        if (arrival_arm(&flow->nodes[i], &arm) && arm.poll != NULL)
            poll_put(engine, d, i, arm.poll);
    }
}

void polls_free(struct engine *engine)
{
    struct poll *poll;

    if (engine->polls == NULL)
        return;
    while ((poll = engine->polls->list) != NULL) {
        engine->polls->list = poll->next;
        poll_free(poll);
    }
    mem_free(engine->polls);
    engine->polls = NULL;
}

/* ---- Polling */

struct poll_cursor {
    json_t *value; /* NULL: none yet */
    struct err e;
};

/* A cursor that cannot be read now is not one that is not there: the items would come again. */
static bool poll_cursor(void *arg, const struct store_fact *fact)
{
    struct poll_cursor *cursor = arg;

    cursor->value = json_read(fact->value, strlen(fact->value), &record_limits, &cursor->e);
    return false;
}

/* After a restore a cursor stands where it stood when the backup was made, and items come again of
 * which runs that are lost may have done everything: until a page brings nothing new, what its runs
 * do outside waits for a person. */
static bool poll_known(void *arg, const struct store_fact *fact)
{
    char *known = arg;

    snprintf(known, IDENT_TEXT + 2, "%s", fact->value);
    return false;
}

static void poll_restore_text(const struct engine *engine, char text[IDENT_TEXT + 2])
{
    char id[IDENT_TEXT];

    ident_text(engine->world.store->restored, id);
    snprintf(text, IDENT_TEXT + 2, "\"%s\"", id);
}

static bool poll_is_again(struct engine *engine, struct poll *poll)
{
    struct store_facts_filter filter = { .kind = FACT_KNOWN, .key = poll->key };
    char restore[IDENT_TEXT + 2], known[IDENT_TEXT + 2] = "";
    struct err e;

    if (engine->world.store->restored == 0 || poll->caught_up)
        return false;
    poll_restore_text(engine, restore);
    if (store_facts(engine->world.store, &filter, poll_known, known, &e) != ERR_OK)
        return true;
    poll->caught_up = strcmp(known, restore) == 0;
    return !poll->caught_up;
}

static void poll_catches_up(struct engine *engine, struct poll *poll)
{
    char restore[IDENT_TEXT + 2];
    struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_KNOWN, .key = poll->key, .value = restore
    };

    if (!poll_is_again(engine, poll))
        return;
    poll_restore_text(engine, restore);
    engine_fact(engine, &fact);
    poll->caught_up = true;
}

static void poll_failed(struct engine *engine, struct poll *poll, const struct err *e)
{
    poll->failures++;
    poll->at = engine->steady + poll->asked->every_ms;
    log_warn(engine->world.log, "flow %s: poll %s failed (%u in a row): %s; the cursor stays",
             poll->deployment->slug, poll->deployment->version->flow->nodes[poll->node].id,
             poll->failures, e->text);
}

static void poll_begin(struct engine *engine, struct poll *poll)
{
    struct store_facts_filter filter = { .kind = FACT_CURSOR, .key = poll->key };
    struct deployment *d = poll->deployment;
    struct poll_cursor cursor = { .value = NULL };
    json_t *input;
    char at[CLOCK_TEXT];
    struct run *run;
    struct err e;

    if (store_facts(engine->world.store, &filter, poll_cursor, &cursor, &e) != ERR_OK)
        cursor.e = e;
    if (cursor.e.code != ERR_OK) {
        json_decref(cursor.value);
        poll_failed(engine, poll, &cursor.e);
        return;
    }
    clock_text(engine->wall, at);
    input = json_pack("{s:o?, s:s}", "cursor", cursor.value, "received_at", at);
    check(input != NULL);
    run = run_new(engine, d, d->version, ident_next(&engine->ident, engine->wall), poll->node,
                  &input, engine->wall);
    run->env = d->env;
    run->poll = poll->id;
    poll->at = INT64_MAX;
    run_poll(run);
}

void polls_turn(struct engine *engine)
{
    if (engine->polls == NULL)
        return;
    for (struct poll *poll = engine->polls->list; poll != NULL; poll = poll->next)
        if (poll->at <= engine->steady && arrival_room(engine))
            poll_begin(engine, poll);
}

int64_t polls_due(const struct engine *engine)
{
    int64_t due = INT64_MAX;

    if (engine->polls == NULL)
        return INT64_MAX;
    for (const struct poll *poll = engine->polls->list; poll != NULL; poll = poll->next)
        if (poll->at < due)
            due = poll->at;
    return due > engine->steady || arrival_room(engine) ? due : engine->steady + ARRIVAL_RETRY_MS;
}

static void poll_looped(struct step *step, const void *config, const struct step_looped *looped)
{
    json_t *output = json_pack("{s:O?, s:O?}", "items", looped->result, "cursor", looped->also);

    (void)config;
    check(output != NULL);
    step_done(step, node_of(step->n)->ports[0], &output);
}

enum node_next poll_start(struct step *step)
{
    struct poll *poll = poll_find(step->run->engine, step->run->poll);
    struct step_loop loop = { .parallel = 1, .limit = 1, .last_only = true };
    struct err e;

    if (poll == NULL) {
        err_set(&e, ERR_CANCELLED, "the flow was taken out");
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    if (poll->asked->items == NULL)
        return step->type->start(step, step->config);
    loop.collect = poll->asked->items;
    loop.also = poll->asked->cursor;
    return step_loop(step, &loop, poll_looped);
}

json_t *step_cursor(const struct step *step)
{
    json_t *cursor = json_object_get(step->run->input, "cursor");

    return step->run->poll != 0 && cursor != NULL && !json_is_null(cursor) ? cursor : NULL;
}

/* ---- The page */

static void page_free(struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        store_batch_free(page->batches[i]);
    mem_free(page->key);
    mem_free(page->cursor);
    mem_free(page);
}

/* All have their batch: the store keeps them together with the cursor. */
static void page_append(struct page *page)
{
    struct engine *engine = page->engine;
    struct store_fact cursor = {
        .op = FACT_PUT, .kind = FACT_CURSOR, .key = page->key, .value = page->cursor
    };

    if (page->key != NULL) {
        struct store_batch *batch = store_batch_new(0);

        batch->epoch = store_epoch(engine->world.store);
        store_batch_fact(batch, &cursor);
        page->batches[page->count++] = batch;
        engine->commits++;
    }
    if (page->count > 0)
        store_append_all(engine->world.store, page->batches, page->count);
    page->count = 0;
    page_free(page);
}

/* None of them begins. */
static void page_refuse(struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        struct run *run = page->runs[i];

        page->engine->commits--;
        run->page = NULL;
        run_gone(run, "its page is refused");
    }
    page_free(page);
}

static void page_progress(struct page *page)
{
    if (page->expected > 0)
        return;
    if (page->refused)
        page_refuse(page);
    else
        page_append(page);
}

void poll_flush(struct run *run, struct store_batch **batch)
{
    struct page *page = run->page;

    check(page->expected > 0);
    page->runs[page->count] = run;
    page->batches[page->count++] = *batch;
    *batch = NULL;
    if (!page->refused)
        run->page = NULL;
    page->expected--;
    page_progress(page);
}

void poll_refused(struct run *run)
{
    struct page *page = run->page;
    struct poll *poll = poll_find(run->engine, page->poll);
    struct err e;

    run->page = NULL;
    if (!page->refused && poll != NULL) {
        err_set(&e, ERR_INVALID, "an item has no key that can be found");
        poll_failed(run->engine, poll, &e);
    }
    page->refused = true;
    page->expected--;
    page_progress(page);
}

void poll_abandon(struct run *run)
{
    struct page *page = run->page;

    run->page = NULL;
    if (--page->expected == 0)
        page_free(page);
}

/* The page's fate is known: the next poll sees its cursor. Each of the page's runs tells it. */
static void poll_born(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    struct engine *engine = owner;
    struct poll *poll = poll_find(engine, tag);
    struct err e;

    (void)run;
    if (poll == NULL || poll->at != INT64_MAX)
        return;
    if (code != ERR_OK && code != ERR_DUPLICATE) {
        err_set(&e, code, "%s", err_about(code));
        poll_failed(engine, poll, &e);
        return;
    }
    poll->fresh |= code == ERR_OK;
    if (poll->open > 0 && --poll->open > 0)
        return;
    poll->at =
        engine->steady + (poll->behind || (poll->more && poll->fresh) ? 0 : poll->asked->every_ms);
    if (!poll->fresh)
        poll_catches_up(engine, poll);
}

static void poll_item(struct engine *engine, struct poll *poll, struct page *page, json_t *item)
{
    struct deployment *d = poll->deployment;
    const struct flow_node *node = &d->version->flow->nodes[poll->node];
    json_t *body = json_pack("{s:O}", "body", item), *input = NULL;
    struct run *run;
    struct err e;

    check(body != NULL);
    if (arrival_input_json(engine, node, "POLL", &body, &input, &e) != ERR_OK) {
        if (!page->refused)
            poll_failed(engine, poll, &e);
        page->refused = true;
        page->expected--;
        return;
    }
    if (poll_is_again(engine, poll))
        check(json_object_set_new_nocheck(input, "after_restore", json_true()) == 0);
    run = run_new(engine, d, d->version, ident_next(&engine->ident, engine->wall), poll->node,
                  &input, engine->wall);
    run->env = d->env;
    check(guard_input(run, false, &e) == ERR_OK); /* fails for want of memory only */
    run->page = page;
    run->item_id = poll->asked->id;
    run->born = poll_born;
    run->born_owner = engine;
    run->born_tag = poll->id;
    run_queue(run);
}

static void poll_page(struct engine *engine, struct poll *poll, json_t *found, json_t *before)
{
    struct page *page = mem_must(sizeof *page);
    json_t *items = json_object_get(found, "items"), *cursor = json_object_get(found, "cursor");
    json_t *item;
    size_t i;

    page->engine = engine;
    page->poll = poll->id;
    page->expected = json_array_size(items);
    if (cursor != NULL && (poll->asked->cursor != NULL || poll->asked->items == NULL) &&
        !json_same(cursor, before)) {
        page->key = mem_must_copy(poll->key);
        page->cursor = json_text_new(cursor, 64 * KIB, NULL);
    }
    poll->more = page->key != NULL && page->expected > 0;
    poll->behind = page->key != NULL && json_is_true(json_object_get(found, "more"));
    poll->open = page->expected;
    poll->fresh = false;
    if (page->expected == 0)
        poll_catches_up(engine, poll);
    poll->at = page->expected > 0 ? INT64_MAX
                                  : engine->steady + (poll->behind ? 0 : poll->asked->every_ms);
    poll->failures = 0;
    if (page->key != NULL && page->cursor == NULL) {
        struct err e;

        err_set(&e, ERR_LIMIT, "the cursor is larger than %u bytes", 64 * KIB);
        poll_failed(engine, poll, &e);
        page_free(page);
        return;
    }
    json_array_foreach(items, i, item)
    {
        poll_item(engine, poll, page, item);
    }
    page_progress(page);
}

void poll_ended(struct run *run)
{
    struct engine *engine = run->engine;
    struct poll *poll = poll_find(engine, run->poll);
    json_t *found = frame_node(run->root, run->trigger)->output;
    json_t *items = json_object_get(found, "items");
    struct err e = run->root->failure;

    if (poll == NULL)
        return;
    if (e.code == ERR_OK && !json_is_array(items))
        err_set(&e, ERR_INVALID, "\"items\" must give a list, but gave: %s", json_kind(items));
    else if (e.code == ERR_OK && json_array_size(items) > POLL_ITEMS_MAX)
        err_set(&e, ERR_LIMIT, "%zu items; one poll may find %u: ask for smaller pages",
                json_array_size(items), POLL_ITEMS_MAX);
    if (e.code != ERR_OK)
        poll_failed(engine, poll, &e);
    else
        poll_page(engine, poll, found, json_object_get(run->input, "cursor"));
}
