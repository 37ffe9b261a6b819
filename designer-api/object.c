/* object.c - objects as facts of the store: FACT_OBJECT "KIND/WORKSPACE/ID" ->
 * {"r": revision, "c": created, "m": changed, "by", "v": body}.
 *
 * (1) A change is read against what is committed, and no other change of the object is under way
 *     then: so the revision that is written is one more than the one that was read. [change_check]
 * (2) What has passed its moment is not there for readers and changes, and is removed from the
 * store some time later, unless a change of it is under way. [objects_sweep] */
#include "designer-api/object.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "engine/append.h"
#include "engine/audit.h"
#include "store/store.h"

#define OBJECTS_MAGIC   0x4f424a53u
#define OBJECT_SWEEP_MS 60000
#define OBJECT_SWEEP    500u /* in one batch */
#define OBJECT_KEY      STORE_FACT_KEY
#define OBJECT_CHANGES  1000u

static const struct json_limits object_limits = { OBJECT_BODY_MAX + 4 * KIB, LIMIT_JSON_DEPTH + 2,
                                                  LIMIT_JSON_VALUES };

struct objects {
    unsigned magic;
    struct engine *engine; /* NULL: closed; freed when the last change was told */
    struct store *store;
    struct clock *clock;
    struct dict *changing; /* keys whose change is on the way to the disk: struct changing */
    size_t under_way;
    int64_t swept_ms;           /* steady */
    object_changed_fn *changed; /* NULL: nobody watches */
    void *changed_arg;
};

void object_fini(struct object *object)
{
    json_decref(object->body);
    object->body = NULL;
}

struct objects *objects_new(struct engine *engine, struct store *store, struct clock *clock)
{
    struct objects *objects = mem_must(sizeof *objects);

    check(engine != NULL && store != NULL && clock != NULL);
    *objects = (struct objects){ OBJECTS_MAGIC,
                                 engine,
                                 store,
                                 clock,
                                 .changing = dict_new(),
                                 .swept_ms = clock->steady_ms(clock) };
    return objects;
}

struct awaiting {
    object_await_fn *fn;
    void *arg;
    struct awaiting *next;
};

struct changing {
    struct objects *objects;
    engine_done_fn *done;
    void *arg;
    size_t count;
    char **keys;
    struct awaiting *first, **end; /* who wants to know when it was told */
};

static void awaiting_tell(struct awaiting *first, bool closed)
{
    while (first != NULL) {
        struct awaiting *next = first->next;

        first->fn(first->arg, closed);
        mem_free(first);
        first = next;
    }
}

static struct awaiting *awaiting_take(struct changing *changing)
{
    struct awaiting *first = changing->first;

    changing->first = NULL;
    changing->end = &changing->first;
    return first;
}

static void objects_end(struct objects *objects)
{
    dict_free(objects->changing);
    objects->magic = 0;
    mem_free(objects);
}

void objects_free(struct objects *objects)
{
    struct changing *changing;
    size_t cursor = 0;

    if (objects == NULL)
        return;
    CHECK_OBJ(objects, OBJECTS_MAGIC);
    objects->engine = NULL;
    while ((changing = dict_next(objects->changing, &cursor, NULL)) != NULL)
        awaiting_tell(awaiting_take(changing), true);
    if (objects->under_way == 0)
        objects_end(objects);
}

/* ---- Keys */

static bool object_is_name(const char *text, const char *more)
{
    size_t size = 0;

    for (; *text != '\0'; text++, size++) {
        char c = *text;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && strchr(more, c) == NULL)
            return false;
    }
    return size > 0;
}

/* "": what belongs to no workspace, people for one */
static bool object_is_workspace(const char *text)
{
    return *text == '\0' || object_is_name(text, "_-.");
}

static bool object_key(const char *kind, const char *workspace, const char *id,
                       char key[OBJECT_KEY + 1])
{
    int size;

    check(object_is_name(kind, "_"));
    if (!object_is_workspace(workspace) || !object_is_name(id, "_-./:@"))
        return false;
    size = snprintf(key, OBJECT_KEY + 1, "%s/%s/%s", kind, workspace, id);
    return size > 0 && size <= OBJECT_KEY;
}

/* ---- Reading */

static enum err_code object_parse(const struct store_fact *fact, size_t before,
                                  struct object *object, struct err *e)
{
    json_t *row = json_read(fact->value, strlen(fact->value), &object_limits, e);
    const char *by = json_get_text(row, "by");

    *object = (struct object){ .body = NULL };
    if (row == NULL)
        return err_prefix(e, "object %s", fact->key);
    snprintf(object->id, sizeof object->id, "%s", fact->key + before);
    snprintf(object->by, sizeof object->by, "%s", by != NULL ? by : "");
    object->revision = (uint64_t)json_get_int(row, "r", 0);
    object->created_ms = json_get_int(row, "c", 0);
    object->changed_ms = json_get_int(row, "m", 0);
    object->body = json_incref(json_object_get(row, "v"));
    json_decref(row);
    if (object->revision > 0 && object->body != NULL)
        return ERR_OK;
    object_fini(object);
    return err_set(e, ERR_STORE, "object %s is not whole in the store", fact->key);
}

struct object_walk {
    size_t before; /* bytes of a key in front of the id */
    int64_t now_ms;
    unsigned limit; /* 0: all */
    unsigned count;
    object_visit_fn *visit;
    void *arg;
    struct object *one; /* for object_read(): taken instead of being visited */
    struct err *e;
};

static bool object_walked(void *arg, const struct store_fact *fact)
{
    struct object_walk *walk = arg;
    struct object object;
    bool on;

    if (fact->at_ms != 0 && fact->at_ms <= walk->now_ms)
        return true;
    if (object_parse(fact, walk->before, &object, walk->e) != ERR_OK)
        return false;
    walk->count++;
    if (walk->one != NULL) {
        *walk->one = object;
        return false;
    }
    on = walk->visit(walk->arg, &object);
    object_fini(&object);
    return on && (walk->limit == 0 || walk->count < walk->limit);
}

static enum err_code object_walk(struct objects *objects, const struct store_facts_filter *filter,
                                 struct object_walk *walk, struct err *e)
{
    walk->now_ms = objects->clock->wall_ms(objects->clock);
    walk->e = e; /* what was visited says what is wrong there, too */
    e->code = ERR_OK;
    (void)!store_facts(objects->store, filter, object_walked, walk, e);
    return e->code;
}

enum err_code object_read(struct objects *objects, const char *kind, const char *workspace,
                          const char *id, struct object *object, struct err *e)
{
    char key[OBJECT_KEY + 1];
    struct store_facts_filter filter = { .kind = FACT_OBJECT, .key = key };
    struct object_walk walk = { .before = strlen(kind) + strlen(workspace) + 2, .one = object };

    CHECK_OBJ(objects, OBJECTS_MAGIC);
    if (object_key(kind, workspace, id, key) && object_walk(objects, &filter, &walk, e) != ERR_OK)
        return e->code;
    if (walk.count > 0)
        return ERR_OK;
    return err_set(e, ERR_NOT_FOUND, "there is no %s \"%.100s\" in the workspace %.64s", kind, id,
                   workspace);
}

enum err_code object_list(struct objects *objects, const char *kind, const char *workspace,
                          const char *prefix, const char *after, unsigned limit,
                          object_visit_fn *visit, void *arg, struct err *e)
{
    char begin[OBJECT_KEY + 1], behind[OBJECT_KEY + 1];
    struct store_facts_filter filter = { .kind = FACT_OBJECT, .prefix = begin };
    struct object_walk walk = {
        .before = strlen(kind) + strlen(workspace) + 2, .limit = limit, .visit = visit, .arg = arg
    };
    int size;

    CHECK_OBJ(objects, OBJECTS_MAGIC);
    check(object_is_name(kind, "_") && visit != NULL);
    size = snprintf(begin, sizeof begin, "%s/%s/%s", kind, workspace, prefix != NULL ? prefix : "");
    if (!object_is_workspace(workspace) || size > OBJECT_KEY)
        return ERR_OK; /* nothing can have such a key */
    if (after != NULL) {
        size = snprintf(behind, sizeof behind, "%s/%s/%s", kind, workspace, after);
        if (size > OBJECT_KEY)
            return err_set(e, ERR_USAGE, "a list goes on behind an id, and this is none");
        filter.after = behind;
    }
    return object_walk(objects, &filter, &walk, e);
}

/* ---- Sweeping */

struct object_sweep {
    struct objects *objects;
    struct store_batch *batch;
    unsigned count;
};

static bool object_swept(void *arg, const struct store_fact *fact)
{
    struct object_sweep *sweep = arg;
    const struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_OBJECT, .key = fact->key };

    if (dict_find(sweep->objects->changing, fact->key) != NULL)
        return true;
    store_batch_fact(sweep->batch, &gone);
    return ++sweep->count < OBJECT_SWEEP;
}

static void sweep_told(void *arg, const struct err *e)
{
    (void)arg; /* what could not be removed is found again by the next one */
    (void)e;
}

static void objects_sweep(struct objects *objects)
{
    struct clock *clock = objects->clock;
    struct store_facts_filter filter = { .kind = FACT_OBJECT, .due_ms = clock->wall_ms(clock) };
    struct object_sweep sweep = { .objects = objects };
    int64_t now = clock->steady_ms(clock);
    struct err e;

    if (now - objects->swept_ms < OBJECT_SWEEP_MS)
        return;
    objects->swept_ms = now;
    sweep.batch = store_batch_new(0);
    if (store_facts(objects->store, &filter, object_swept, &sweep, &e) == ERR_OK && sweep.count > 0)
        engine_append(objects->engine, &sweep.batch, 1, sweep_told, NULL);
    store_batch_free(sweep.batch);
}

/* ---- Changing */

void objects_watch(struct objects *objects, object_changed_fn *fn, void *arg)
{
    CHECK_OBJ(objects, OBJECTS_MAGIC);
    objects->changed = fn;
    objects->changed_arg = arg;
}

static void changing_free(struct changing *changing)
{
    struct objects *objects = changing->objects;

    for (size_t i = 0; i < changing->count; i++) {
        dict_remove(objects->changing, changing->keys[i]);
        if (objects->changed != NULL)
            objects->changed(objects->changed_arg, changing->keys[i]);
        mem_free(changing->keys[i]);
    }
    mem_free(changing->keys);
    mem_free(changing);
    check(objects->under_way > 0);
    if (--objects->under_way == 0 && objects->engine == NULL)
        objects_end(objects);
}

static void changing_told(void *arg, const struct err *e)
{
    struct changing *changing = arg;
    struct awaiting *first = awaiting_take(changing);
    engine_done_fn *done = changing->done;
    void *whose = changing->arg;

    changing_free(changing); /* first: done() may change it again */
    if (done != NULL)
        done(whose, e);
    awaiting_tell(first, false);
}

bool object_await(struct objects *objects, const char *kind, const char *workspace, const char *id,
                  object_await_fn *fn, void *arg)
{
    char key[OBJECT_KEY + 1];
    struct changing *changing = NULL;

    CHECK_OBJ(objects, OBJECTS_MAGIC);
    if (object_key(kind, workspace, id, key))
        changing = dict_find(objects->changing, key);
    if (changing == NULL)
        return false;
    *changing->end = mem_must(sizeof **changing->end);
    **changing->end = (struct awaiting){ .fn = fn, .arg = arg };
    changing->end = &(*changing->end)->next;
    return true;
}

/* (1) *old: what is there, revision 0: nothing. */
static enum err_code change_check(struct objects *objects, const struct object_change *change,
                                  const char *key, struct object *old, struct err *e)
{
    *old = (struct object){ .revision = 0 };
    if (dict_find(objects->changing, key) != NULL)
        return err_set(e, ERR_CONFLICT, "%s \"%.100s\" is being changed at this moment; try again",
                       change->kind, change->id);
    if (object_read(objects, change->kind, change->workspace, change->id, old, e) != ERR_OK &&
        e->code != ERR_NOT_FOUND)
        return e->code;
    if (change->from == OBJECT_ANY || change->from == old->revision)
        return ERR_OK;
    if (change->from == 0)
        return err_set(e, ERR_CONFLICT, "there is a %s \"%.100s\" already", change->kind,
                       change->id);
    if (old->revision == 0)
        return e->code;
    return err_set(e, ERR_STALE,
                   "%s \"%.100s\" was changed by %.60s meanwhile: it has revision %llu now, "
                   "and yours is %llu",
                   change->kind, change->id, old->by, (unsigned long long)old->revision,
                   (unsigned long long)change->from);
}

static char *change_value(struct objects *objects, const struct object_change *change,
                          const struct object *old, struct err *e)
{
    int64_t now = objects->clock->wall_ms(objects->clock);
    json_t *row = json_pack("{s:I, s:I, s:I, s:s, s:O}", "r", (json_int_t)old->revision + 1, "c",
                            (json_int_t)(old->revision != 0 ? old->created_ms : now), "m",
                            (json_int_t)now, "by", change->by, "v", change->body);
    char *text = row != NULL ? json_text_new(row, object_limits.bytes, NULL) : NULL;

    json_decref(row);
    if (text == NULL)
        err_set(e, ERR_LIMIT, "%s \"%.100s\" is larger than %u MiB", change->kind, change->id,
                OBJECT_BODY_MAX / MIB);
    return text;
}

/* The batch of one change; NULL with *e. */
static struct store_batch *change_batch(struct objects *objects, const struct object_change *change,
                                        const char *key, uint64_t *revision, struct err *e)
{
    struct store_fact fact = { .kind = FACT_OBJECT, .key = key, .at_ms = change->until_ms };
    struct store_batch *batch = NULL;
    struct object old;
    char *text = NULL;

    if (change_check(objects, change, key, &old, e) != ERR_OK)
        goto out;
    fact.op = change->body == NULL ? FACT_REMOVE : FACT_PUT;
    if (change->body != NULL) {
        text = change_value(objects, change, &old, e);
        if (text == NULL)
            goto out;
    }
    fact.value = text;
    batch = store_batch_new(0);
    store_batch_fact(batch, &fact);
    if (change->what != NULL) {
        const struct audit_note note = { .workspace = change->workspace,
                                         .by = change->by,
                                         .what = change->what,
                                         .object = key,
                                         .detail = change->detail,
                                         .before = change->told ? old.body : change->before,
                                         .after = change->told ? change->body : change->after };

        audit_batch(objects->engine, batch, &note);
    }
    *revision = old.revision + 1;
out:
    mem_free(text);
    object_fini(&old);
    return batch;
}

/* One after the other, so that a change finds those before it under way. */
static enum err_code changes_fill(struct objects *objects, const struct object_change *changes,
                                  size_t count, struct store_batch **batches, uint64_t *revision,
                                  struct changing *changing, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        char key[OBJECT_KEY + 1];

        check(changes[i].by != NULL);
        if (!object_key(changes[i].kind, changes[i].workspace, changes[i].id, key))
            return err_set(e, ERR_USAGE,
                           "\"%.100s\" cannot be the id of a %s: letters, digits and _ - . / : @",
                           changes[i].id, changes[i].kind);
        batches[i] = change_batch(objects, &changes[i], key, revision, e);
        if (batches[i] == NULL)
            return e->code;
        changing->keys[i] = mem_must_copy(key);
        changing->count++;
        dict_put(objects->changing, key, changing);
    }
    return ERR_OK;
}

static enum err_code changes_do(struct objects *objects, const struct object_change *changes,
                                size_t count, uint64_t *revision, engine_done_fn *done, void *arg,
                                struct err *e)
{
    struct changing *changing = mem_must(sizeof *changing);
    struct store_batch **batches = mem_must(count * sizeof *batches);
    enum err_code code;

    CHECK_OBJ(objects, OBJECTS_MAGIC);
    check(objects->engine != NULL);
    check(count > 0 && count <= OBJECT_CHANGES);
    objects_sweep(objects);
    *changing = (struct changing){ .objects = objects, .done = done, .arg = arg };
    changing->end = &changing->first;
    changing->keys = mem_must(count * sizeof *changing->keys);
    objects->under_way++;
    code = changes_fill(objects, changes, count, batches, revision, changing, e);
    if (code == ERR_OK) {
        engine_append(objects->engine, batches, count, changing_told, changing);
    } else {
        for (size_t i = 0; i < count; i++)
            store_batch_free(batches[i]);
        changing_free(changing);
    }
    mem_free(batches);
    return code;
}

enum err_code object_change(struct objects *objects, const struct object_change *change,
                            uint64_t *revision, engine_done_fn *done, void *arg, struct err *e)
{
    uint64_t next;

    return changes_do(objects, change, 1, revision != NULL ? revision : &next, done, arg, e);
}

enum err_code object_change_all(struct objects *objects, const struct object_change *changes,
                                size_t count, engine_done_fn *done, void *arg, struct err *e)
{
    uint64_t next;

    return changes_do(objects, changes, count, &next, done, arg, e);
}
