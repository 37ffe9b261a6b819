/* pause.c - steps that wait for a moment or for an event, and steps that send one.
 *
 * (1) An event is delivered once: the batch that tells of its arrival removes it.     [pause_take]
 * (2) An event that nobody waits for is kept; whoever begins to wait looks first.     [step_pause]
 * (3) One step at most waits for a key; a second one is refused. Only a run whose accept is durable
 *     takes one.                                                      [pause_is_free, step_pause]
 *
 * Facts: FACT_WAIT "KEY" -> {"run","step"}; FACT_SIGNAL "KEY\x1fRUN/STEP of the sender" -> body. */
#include "engine/guard.h"
#include "engine/run.h"

#include <string.h>

#define PAUSE_KEY_MAX 1000u /* bytes: the store takes 1 KiB with the sender behind it */
#define PAUSE_SENDER  "\x1f"

/* "main/production/settled\x1eORDER-1" */
static enum err_code pause_key(const struct run *run, const char *event, const char *key,
                               struct buf *out, struct err *e)
{
    const struct deployment *d = run->deployment;
    char *kept = mem_must_copy(key);

    guard_key(run->engine, &kept, false);
    buf_addf(out, "%s/%s/%s\x1e%s", d->workspace, d->environment, event, kept);
    mem_free(kept);
    if (buf_ok(out) && out->len <= PAUSE_KEY_MAX)
        return ERR_OK;
    if (buf_check(out, "the key of an event", e) == ERR_MEMORY)
        return e->code;
    return err_set(e, ERR_LIMIT, "the key of event \"%.64s\" is longer than %u bytes", event,
                   PAUSE_KEY_MAX - 200u);
}

static char *pause_owner(const struct run_node *n)
{
    char id[IDENT_TEXT], path[NODE_PATH_TEXT];
    struct buf text;
    char *taken;

    ident_text(n->frame->run->id, id);
    node_path(n, path);
    buf_init(&text, IDENT_TEXT + NODE_PATH_TEXT);
    buf_addf(&text, "%s/%s", id, path);
    taken = buf_take(&text, NULL);
    buf_fini(&text);
    check(taken != NULL);
    return taken;
}

static struct step *pause_find(struct engine *engine, const char *key)
{
    uint64_t tag = (uint64_t)(uintptr_t)dict_find(engine->pauses, key);
    struct step *step = tag != 0 ? step_find(engine, tag, STEP_PAUSES) : NULL;

    if (tag != 0 && step == NULL)
        dict_remove(engine->pauses, key);
    return step;
}

/* ---- Whose is a key */

struct pause_look {
    char *value;
    char *key;
};

static bool pause_fact(void *arg, const struct store_fact *fact)
{
    struct pause_look *look = arg;

    look->value = mem_must_copy(fact->value);
    look->key = mem_must_copy(fact->key);
    return false;
}

static bool pause_is_free(const struct run_node *n, const char *key, const char *owner,
                          struct err *e)
{
    struct engine *engine = n->frame->run->engine;
    struct store_facts_filter filter = { .kind = FACT_WAIT, .key = key };
    struct pause_look look = { NULL, NULL };
    struct step *other = pause_find(engine, key);
    bool own = true;

    if (other != NULL) {
        err_set(e, ERR_CONFLICT, "step %s of another run waits for the same key already",
                step_path(other));
        return false;
    }
    if (store_facts(engine->world.store, &filter, pause_fact, &look, e) != ERR_OK)
        return false;
    if (look.value != NULL)
        own = strcmp(look.value, owner) == 0;
    if (!own)
        err_set(e, ERR_CONFLICT, "%.200s waits for the same key already", look.value);
    mem_free(look.value);
    mem_free(look.key);
    return own;
}

/* ---- Waiting */

static void pause_forget_key(struct run_node *n)
{
    struct progress *progress = n->progress;
    struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_WAIT, .key = progress->wait_key };

    if (progress->wait_key == NULL)
        return;
    dict_remove(n->frame->run->engine->pauses, progress->wait_key);
    run_fact(n->frame->run, &gone);
    mem_free(progress->wait_key);
    progress->wait_key = NULL;
}

/* An event that cannot be read now is not one without a body: it is told again. */
static bool pause_body(struct engine *engine, struct progress *progress, const char *value)
{
    struct err e;

    progress->event_body = json_read(value, strlen(value), &record_limits, &e);
    if (progress->event_body != NULL)
        return true;
    log_warn(engine->world.log, "an event cannot be delivered now: %s", e.text);
    park_again(engine);
    return false;
}

/* Takes an event that is there for the step. */
static bool pause_take(struct run_node *n)
{
    struct engine *engine = n->frame->run->engine;
    struct progress *progress = n->progress;
    struct pause_look look = { NULL, NULL };
    struct store_facts_filter filter = { .kind = FACT_SIGNAL };
    struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_SIGNAL };
    struct buf prefix;
    struct err e;
    json_t *mark;

    buf_init(&prefix, PAUSE_KEY_MAX + 8);
    buf_addf(&prefix, "%s" PAUSE_SENDER, progress->wait_key);
    filter.prefix = buf_text(&prefix);
    do {
        filter.after = look.key;
        mem_free(look.value);
        look.value = NULL;
        if (store_facts(engine->world.store, &filter, pause_fact, &look, &e) != ERR_OK)
            break;
    } while (look.value != NULL && dict_find(engine->taken, look.key) != NULL);
    buf_fini(&prefix);
    if (look.value != NULL && pause_body(engine, progress, look.value)) {
        progress->woken = progress->by_event = true;
        mark = json_pack("{s:O?}", "body", progress->event_body);
        check(mark != NULL);
        record_mark(n, "woke", mark);
        json_decref(mark);
        gone.key = look.key;
        dict_put(engine->taken, look.key, engine);
        run_fact(n->frame->run, &gone);
        pause_forget_key(n);
    }
    mem_free(look.value);
    mem_free(look.key);
    return progress->woken;
}

static enum err_code pause_begin(struct run_node *n, const struct step_pause *pause, struct err *e)
{
    struct progress *progress = node_progress(n);
    struct store_fact wait = { .op = FACT_PUT, .kind = FACT_WAIT, .run = n->frame->run->id };
    bool failed = false;
    struct buf key;
    char *owner;
    json_t *mark;

    buf_init(&key, PAUSE_KEY_MAX + 8);
    e->code = ERR_OK;
    owner = pause_owner(n);
    if (pause->event != NULL &&
        pause_key(n->frame->run, pause->event, pause->key, &key, e) == ERR_OK &&
        pause_is_free(n, buf_text(&key), owner, e))
        progress->wait_key = mem_must_copy(buf_text(&key));
    if (e->code == ERR_OK) {
        progress->pauses = true;
        progress->until_ms = pause->until_ms;
        mark = json_pack("{s:I}", "until", (json_int_t)pause->until_ms);
        if (progress->wait_key != NULL) /* not with "s*", which leaves out what has no memory */
            json_put(mark, "key", json_string(progress->wait_key), &failed);
        check(mark != NULL && !failed);
        record_mark(n, "pause", mark);
        json_decref(mark);
        wait.key = progress->wait_key;
        wait.value = owner;
        if (wait.key != NULL)
            run_fact(n->frame->run, &wait);
    }
    mem_free(owner);
    buf_fini(&key);
    return e->code;
}

static enum node_next pause_go(struct step *step, const struct step_pause *pause)
{
    struct run_node *n = step->n;
    struct engine *engine = step->run->engine;
    struct err e;

    if (!node_progress(n)->pauses && pause_begin(n, pause, &e) != ERR_OK) {
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    step_wait_for(step, STEP_PAUSES);
    if (n->progress->wait_key != NULL)
        dict_put(engine->pauses, n->progress->wait_key, (void *)(uintptr_t)step->tag);
    if (n->progress->woken || (n->progress->wait_key != NULL && pause_take(n)))
        step_arrived(step);
    else if (n->progress->until_ms != INT64_MAX)
        due_add(engine, due_steady(engine, n->progress->until_ms), step->tag, false);
    return NODE_WAITING;
}

static void pause_gate_open(struct step *step)
{
    const struct step_pause pause = { step->pause_until_ms, step->pause_event, step->pause_key };

    step_forget(step);
    if (pause_go(step, &pause) == NODE_ENDED)
        run_work(step->n);
}

enum node_next step_pause(struct step *step, const struct step_pause *pause, step_woken_fn *then)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended);
    check(pause->event == NULL || pause->key != NULL);
    if (step_refused_in_poll(step))
        return NODE_ENDED;
    step->then_woken = then;
    if (pause->event == NULL || step->run->accepted)
        return pause_go(step, pause);
    /* It may turn out to be a duplicate: only a run that is one takes a key. */
    step->pause_until_ms = pause->until_ms;
    step->pause_event = mem_must_copy(pause->event);
    step->pause_key = mem_must_copy(pause->key);
    step_gate(step, pause_gate_open);
    return NODE_WAITING;
}

void pause_continue(struct step *step)
{
    struct progress *progress = step->n->progress;
    struct step_woken woken = { .event = progress->by_event, .body = progress->event_body };

    step_forget(step);
    progress->woken = true;
    pause_forget_key(step->n);
    step->then_woken(step, step->config, &woken);
}

void pause_signalled(struct engine *engine, const char *signal)
{
    struct store_facts_filter filter = { .kind = FACT_WAIT };
    struct pause_look look = { NULL, NULL };
    const char *end = strstr(signal, PAUSE_SENDER);
    char *key = mem_must_copy_n(signal, end != NULL ? (size_t)(end - signal) : strlen(signal));
    struct step *step = pause_find(engine, key);
    uint64_t run;
    struct err e;

    filter.key = key;
    if (step != NULL) {
        if (!step->arrived && pause_take(step->n))
            step_arrived(step);
    } else if (store_facts(engine->world.store, &filter, pause_fact, &look, &e) == ERR_OK &&
               look.value != NULL) {
        look.value[strcspn(look.value, "/")] = '\0';
        if (ident_parse(look.value, &run))
            run_wake(engine, run);
    }
    mem_free(look.value);
    mem_free(look.key);
    mem_free(key);
}

/* ---- Sending */

static bool pause_is_awaited(struct engine *engine, const char *key)
{
    struct store_facts_filter filter = { .kind = FACT_WAIT, .key = key };
    struct pause_look look = { NULL, NULL };
    bool awaited = pause_find(engine, key) != NULL;
    struct err e;

    if (!awaited && store_facts(engine->world.store, &filter, pause_fact, &look, &e) == ERR_OK)
        awaited = look.value != NULL;
    mem_free(look.value);
    mem_free(look.key);
    return awaited;
}

enum node_next step_signal(struct step *step, const char *event, const char *key, json_t *body,
                           step_signalled_fn *then)
{
    struct store_fact fact = { .op = FACT_PUT, .kind = FACT_SIGNAL };
    struct progress *progress = node_progress(step->n);
    char *owner = pause_owner(step->n), *text;
    struct buf full;
    json_t *kept;
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended);
    if (step_refused_in_poll(step)) {
        mem_free(owner);
        return NODE_ENDED;
    }
    buf_init(&full, PAUSE_KEY_MAX + IDENT_TEXT + NODE_PATH_TEXT + 8);
    if (pause_key(step->run, event, key, &full, &e) != ERR_OK) {
        step_fail(step, &e, NULL);
    } else if (!progress->sent) {
        progress->sent = true;
        progress->delivered = pause_is_awaited(step->run->engine, buf_text(&full));
        kept = body != NULL ? json_incref(body) : json_null();
        guard_value(step->run, &kept, "/event");
        record_mark(step->n, "sent", progress->delivered ? json_true() : json_false());
        buf_addf(&full, PAUSE_SENDER "%s", owner);
        text = json_text_new(kept, LIMIT_OUTPUT, NULL);
        json_decref(kept);
        check(text != NULL);
        fact.key = buf_text(&full);
        fact.value = text;
        run_fact(step->run, &fact);
        mem_free(text);
    }
    buf_fini(&full);
    mem_free(owner);
    if (step->ended)
        return NODE_ENDED;
    step->then_signalled = then;
    step_wait_for(step, STEP_SIGNALS);
    step_arrived(step);
    return NODE_WAITING;
}
