/* replay_check.c - what a replay must not do: fill the steps of another version with outputs that
 * are not theirs, or do once more what was done.
 *
 * An effect counts as done when its step had an output, and a keyed one, which may be repeated
 * while the system knows its key, also when nobody knows. One that was declined did not happen; one
 * that a person gave up while it was in doubt may have. Where the connection leads elsewhere by
 * now, what was done counts of any class. */
#include "engine/replay_priv.h"

#include "engine/connection.h"
#include "engine/connection_account.h"

#include <string.h>

#define REPLAY_KEY_MS  INT64_C(86400000) /* so long a system knows a key, if nothing says more */
#define REPLAY_DEPTH   16                /* flows that call flows */
#define REPLAY_REPEATS 1000u             /* listed */

/* ---- Another version */

static bool fits_level(const struct flow *a, int node_a, const struct flow *b, int node_b)
{
    while (node_a >= 0 && node_b >= 0) {
        if (strcmp(a->nodes[node_a].id, b->nodes[node_b].id) != 0)
            return false;
        node_a = a->graphs[a->nodes[node_a].graph].owner;
        node_b = b->graphs[b->nodes[node_b].graph].owner;
    }
    return node_a < 0 && node_b < 0;
}

static bool fits_edges(const struct flow *a, const struct flow_node *x, const struct flow *b,
                       const struct flow_node *y)
{
    if (x->in_count != y->in_count)
        return false;
    for (size_t i = 0; i < x->in_count; i++) {
        const struct flow_edge *left = &a->edges[x->in[i]], *right = &b->edges[y->in[i]];
        const struct flow_node *p = &a->nodes[left->from], *q = &b->nodes[right->from];

        if (strcmp(p->id, q->id) != 0 || strcmp(p->ports[left->port], q->ports[right->port]) != 0)
            return false;
    }
    return true;
}

static enum err_code fits_entry(const struct flow *old, const struct flow *flow,
                                const json_t *entry, struct err *e)
{
    const char *id = json_get_text(entry, "n"), *port = json_get_text(entry, "p");
    int was = flow_node_find(old, id), is = flow_node_find(flow, id);
    const struct flow_node *x = &old->nodes[was], *y = is >= 0 ? &flow->nodes[is] : NULL;

    check(was >= 0);
    if (y == NULL)
        return err_set(e, ERR_INVALID,
                       "version %.12s has no step \"%s\", whose output is to "
                       "stand in",
                       flow->version, id);
    if (strcmp(x->type->name, y->type->name) != 0)
        return err_set(e, ERR_INVALID, "step \"%s\" is a %s in version %.12s, and was a %s", id,
                       y->type->name, flow->version, x->type->name);
    if (!fits_level(old, was, flow, is))
        return err_set(e, ERR_INVALID, "step \"%s\" stands in another body in version %.12s", id,
                       flow->version);
    if (replay__is_outcome(entry) && flow_port_find(y, port != NULL ? port : "out") < 0)
        return err_set(e, ERR_INVALID, "step \"%s\" has no exit \"%s\" in version %.12s", id,
                       port != NULL ? port : "out", flow->version);
    if (json_object_get(entry, "same") != NULL && !fits_edges(old, x, flow, y))
        return err_set(e, ERR_INVALID,
                       "step \"%s\" passed its input on, and what leads to it is "
                       "not the same in version %.12s",
                       id, flow->version);
    return ERR_OK;
}

enum err_code replay__fits(const struct replay__choice *choice, const struct flow *flow,
                           struct err *e)
{
    json_t *entry;
    size_t i;

    json_array_foreach(choice->taken, i, entry)
    {
        if (choice->flow != flow && fits_entry(choice->flow, flow, entry, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

/* ---- Effects that would be done again */

struct repeat_look {
    struct engine *engine;
    const struct replay__old *old;
    const struct flow *flow; /* of the old version */
    /* path to {"intent", "node", "done", "failed", "sent", "sub", "gen", "entry", "far"} */
    json_t *steps;
    json_t *repeats;
    size_t listed; /* of them, and those that are more than it shows */
};

static bool repeat_is_doubt(const json_t *error)
{
    const char *kind = json_get_text(error, "kind");

    return kind != NULL && strcmp(kind, err_name(ERR_IN_DOUBT)) == 0;
}

/* With its moment. One that does not say until when its key is known was written by a former
 * version. */
static json_t *repeat_until(const struct replay__old *old, const json_t *entry, json_t *intent)
{
    json_t *whole = json_copied(intent);
    int64_t sent = old->received_ms + json_get_int(entry, "t", 0);

    json_object_set_new_nocheck(whole, "at", json_integer(sent));
    if (json_object_get(intent, "until") == NULL)
        json_object_set_new_nocheck(whole, "until", json_integer(sent + REPLAY_KEY_MS));
    return whole;
}

static void repeat_note(struct repeat_look *look, const struct flow *flow, json_t *entry)
{
    char *path = replay__path(flow, entry);
    json_t *step = json_object_get(look->steps, path), *mark;

    if (step == NULL) {
        step = json_object();
        json_object_set_new_nocheck(look->steps, path, step);
    }
    mem_free(path);
    if ((mark = json_object_get(entry, "i")) != NULL) {
        json_object_set_new_nocheck(step, "intent", repeat_until(look->old, entry, mark));
        json_object_set_nocheck(step, "node", json_object_get(entry, "n"));
        json_object_del(step, "failed");
    } else if ((mark = json_object_get(entry, "sub")) != NULL) {
        if (json_text(mark)[0] == '\0')
            return; /* it was about to call */
        json_object_set_nocheck(step, "sub", mark);
        json_object_set_nocheck(step, "entry", entry);
    } else if ((mark = json_object_get(entry, "rung")) != NULL) {
        json_object_set_new_nocheck(step, "gen", json_integer(json_get_int(mark, "gen", 0)));
        json_object_set_nocheck(step, "entry", entry);
    } else if (json_object_get(entry, "sent") != NULL) {
        json_object_set_new_nocheck(step, "sent", json_true());
    } else if ((mark = json_object_get(entry, "e")) != NULL) {
        json_object_set_new_nocheck(step, "failed", json_boolean(!repeat_is_doubt(mark)));
    } else if (replay__is_outcome(entry)) {
        json_object_set_new_nocheck(step, "done", json_true());
    }
}

static void repeat_add(struct repeat_look *look, const char *path, const char *what,
                       const char *class, const char *key)
{
    if (++look->listed <= REPLAY_REPEATS)
        json_array_append_new(look->repeats, json_pack("{s:s, s:s, s:s, s:s*}", "step", path,
                                                       "what", what, "class", class, "key", key));
}

/* The connection leads to another place now than when the effect was sent: there the key is not
 * known, nor is what was done. */
static bool repeat_is_elsewhere(const struct repeat_look *look, const json_t *step)
{
    const struct replay__old *old = look->old;
    const char *was = json_get_text(json_object_get(step, "intent"), "place");
    int node = flow_node_find(look->flow, json_get_text(step, "node"));
    const char *name = node >= 0 ? look->flow->nodes[node].connection : NULL;
    const struct deployment *d =
        deployment_find(look->engine, old->workspace, old->environment, old->flow);
    char place[DIGEST_TEXT];

    if (was == NULL || name == NULL || d == NULL)
        return false;
    connection_place(connection_find(d, name), place);
    return strcmp(was, place) != 0;
}

static void repeat_intent(struct repeat_look *look, const char *path, const json_t *step)
{
    json_t *intent = json_object_get(step, "intent");
    const char *class = json_get_text(intent, "class"), *what = json_get_text(intent, "what"),
               *key = json_get_text(intent, "key");
    struct deadline until = ladder_key_until(look->engine, intent, 0);
    bool done = json_object_get(step, "done") != NULL,
         declined = json_is_true(json_object_get(step, "failed"));

    if (class == NULL || what == NULL)
        return;
    if (strcmp(class, effect_name(EFFECT_ONCE)) == 0 && (done || !declined))
        repeat_add(look, path, what, class, key);
    else if (strcmp(class, effect_name(EFFECT_KEYED)) == 0 &&
             deadline_is_over(&until, look->engine->wall, look->engine->steady))
        repeat_add(look, path, what, class, key);
    else if ((done || !declined) && repeat_is_elsewhere(look, step))
        repeat_add(look, path, "its connection leads elsewhere now", class, key);
}

/* What was written of a step that the replay begins at, with another mark. */
static void repeat_carry(struct replay__choice *choice, const json_t *step, const char *name,
                         json_t *mark)
{
    json_t *was = json_object_get(step, "entry"), *entry = json_object();

    json_object_set_nocheck(entry, "n", json_object_get(was, "n"));
    if (json_object_get(was, "x") != NULL)
        json_object_set_nocheck(entry, "x", json_object_get(was, "x"));
    json_object_set_nocheck(entry, "t", json_object_get(was, "t"));
    json_object_set_new_nocheck(entry, name, mark);
    json_array_append_new(choice->taken, entry);
}

/* Whether the replay begins at this step, so that what stands before it is taken. */
static bool repeat_begins(const struct replay__choice *choice, const char *path, const json_t *step)
{
    return json_object_get(step, "far") == NULL &&
           (choice->from == NULL || strcmp(choice->from, path) == 0);
}

/* An effect that was reversed has used up its key: it goes on with the next one. */
static void repeat_key(struct repeat_look *look, struct replay__choice *choice, const char *path,
                       const json_t *step)
{
    int64_t generation = json_get_int(step, "gen", 0);

    if (generation > 0 && repeat_begins(choice, path, step))
        repeat_carry(choice, step, "rung", json_pack("{s:I}", "gen", (json_int_t)generation));
    else if (generation > 0)
        repeat_add(look, path, "its key was used up when the effect was reversed",
                   effect_name(EFFECT_KEYED), NULL);
}

/* ---- Runs of flows that were called */

/* Whether a run did anything outside that a new run would do again: it has keys of its own. */
static bool repeat_run_acts(struct store *store, uint64_t id, unsigned depth, struct err *e)
{
    struct replay__old old = { .id = 0 };
    bool acts = false;
    json_t *entry;
    size_t i;

    if (depth > REPLAY_DEPTH || replay__read(store, id, &old, e) != ERR_OK) {
        replay__old_fini(&old);
        return true; /* nobody knows */
    }
    json_array_foreach(old.entries, i, entry)
    {
        const char *class = json_get_text(json_object_get(entry, "i"), "class"),
                   *sub = json_get_text(entry, "sub");
        uint64_t child;

        if (class != NULL && strcmp(class, effect_name(EFFECT_IDEMPOTENT)) != 0)
            acts = true;
        if (json_object_get(entry, "sent") != NULL)
            acts = true;
        if (!acts && sub != NULL && ident_parse(sub, &child))
            acts = repeat_run_acts(store, child, depth + 1, e);
    }
    replay__old_fini(&old);
    return acts;
}

/* The last of the chain of its replays. */
static enum err_code repeat_last(struct store *store, uint64_t *id, enum run_status *status,
                                 bool *ended, struct err *e)
{
    for (unsigned i = 0; i < 1000; i++) {
        struct replay__old old = { .id = 0 };
        const char *next;
        uint64_t found = 0;

        e->code = replay__read(store, *id, &old, e);
        next = json_get_text(old.settled, "run");
        *status = old.status;
        *ended = old.ended_ms != 0;
        if (next == NULL || !ident_parse(next, &found))
            found = 0;
        replay__old_fini(&old);
        if (e->code != ERR_OK || found == 0)
            return e->code;
        *id = found;
    }
    return err_set(e, ERR_STORE, "a chain of replays has no end");
}

/* The step that failed because the run it called did: when that one was replayed well, it goes on
 * with what came of it. */
static enum err_code repeat_sub(struct repeat_look *look, struct replay__choice *choice,
                                const char *path, const json_t *step, struct err *e)
{
    struct store *store = look->engine->world.store;
    enum run_status status = RUN_FAILED;
    char id[IDENT_TEXT], what[IDENT_TEXT + 80];
    bool done = json_object_get(step, "done") != NULL || !repeat_begins(choice, path, step),
         ended = true;
    uint64_t child;

    if (!ident_parse(json_text(json_object_get(step, "sub")), &child))
        return err_set(e, ERR_STORE, "its journal names a run that is none");
    if (!done && repeat_last(store, &child, &status, &ended, e) != ERR_OK)
        return e->code == ERR_NOT_FOUND ? (e->code = ERR_OK) : e->code;
    ident_text(child, id);
    if (!ended)
        return err_set(e, ERR_CONFLICT, "run %s, which step %.200s called, has not ended", id,
                       path);
    if (!done && status == RUN_SUCCEEDED) {
        repeat_carry(choice, step, "sub", json_string(id));
        return ERR_OK;
    }
    snprintf(what, sizeof what, "calls the flow again; run %s of it had effects", id);
    if (repeat_run_acts(store, child, 0, e))
        repeat_add(look, path, what, effect_name(EFFECT_ONCE), NULL);
    e->code = ERR_OK;
    return ERR_OK;
}

enum err_code replay__repeats(struct engine *engine, const struct replay__old *old,
                              struct replay__choice *choice, json_t *repeats, struct err *e)
{
    struct repeat_look look = {
        .engine = engine,
        .old = old,
        .flow = choice->flow,
        .steps = json_object(),
        .repeats = repeats,
    };
    json_t *entry, *step;
    const char *path;
    size_t i;

    e->code = ERR_OK;
    json_array_foreach(choice->dropped, i, entry)
    {
        repeat_note(&look, choice->flow, entry);
    }
    replay__recall(old, choice, look.steps);
    json_object_foreach(look.steps, path, step)
    {
        const size_t before = look.listed;

        repeat_intent(&look, path, step);
        repeat_key(&look, choice, path, step);
        if (json_object_get(step, "sent") != NULL)
            repeat_add(&look, path, "sends its event again", effect_name(EFFECT_ONCE), NULL);
        if (json_object_get(step, "sub") != NULL &&
            repeat_sub(&look, choice, path, step, e) != ERR_OK)
            break;
        replay__remember(choice, path, step, look.listed > before);
    }
    json_decref(look.steps);
    return e->code;
}
