/* api_desk_bulk.c - many exceptions at once: named, or found by a filter; more than can be waited
 * for as a job.
 *
 * (1) A job acts with the rights that its asker had when they asked.            [desk_item_who]
 * (2) In the slice that a restart repeats, what bears the job's mark in its reason was done by it:
 *     a run that was settled or replayed, a step that was decided.              [desk_was_done] */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/bulk.h"
#include "designer-api/desk.h"
#include "designer-api/job_kinds.h"
#include "engine/operate.h"

#define DESK_FOUND 10000u /* of a filter: each is looked at whole */

/* ---- Which */

static bool desk_many_dry(const struct beside_ask *look)
{
    return json_is_true(json_object_get(look->ask.body, "dry_run"));
}

static void desk_many_named(struct beside_ask *look, json_t *ids, json_t *items)
{
    json_t *id, *one;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        if (i == BULK_MOST)
            break; /* it is only tried: as many as can be waited for */
        one = desk_find(look, json_text(id));
        if (one == NULL) {
            one = json_pack("{s:O}", "exception", id);
            check(one != NULL);
            bulk_refused(one, &look->e);
            look->e.code = ERR_OK;
        }
        json_array_append_new(items, one);
    }
}

static void desk_many_work(struct beside_ask *look)
{
    json_t *ids = json_object_get(look->ask.body, "exceptions"),
           *filter = json_object_get(look->ask.body, "filter"), *items;
    bool dry = desk_many_dry(look), more = false;

    if ((ids == NULL) == (filter == NULL)) {
        err_set(&look->e, ERR_USAGE, "say which: either \"exceptions\" or \"filter\"");
        return;
    }
    if (!dry && json_array_size(ids) > BULK_MOST)
        return; /* a job looks at each when it comes to it */
    if (filter != NULL) {
        effort_begin(&look->effort, look->clock, BESIDE_LONG_MS);
        desk_collect(look, filter, dry ? BULK_MOST : DESK_FOUND);
        items = look->value;
        more = look->incomplete;
        look->incomplete = false;
    } else {
        items = json_array();
        desk_many_named(look, ids, items);
        more = json_array_size(ids) > BULK_MOST;
    }
    look->value = json_pack("{s:b, s:o}", "dry_run", dry, "exceptions", items);
    check(look->value != NULL);
    if (more)
        json_object_set_new_nocheck(look->value, "more", json_true());
}

/* ---- At once */

static enum err_code desk_many_act(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                                   void *arg, struct err *e)
{
    return desk_act(ask, item, json_get_text(ask->body, "port"), dry, told, arg, e);
}

/* ---- As a job */

static void desk_many_job(struct beside_ask *look, json_t *ids)
{
    const struct who *who = look->ask.who;
    json_t *asked = json_copy(look->ask.body);

    check(asked != NULL);
    json_object_del(asked, "exceptions");
    json_object_del(asked, "filter");
    json_object_set_new(asked, "role", json_string(role_name(who->role)));
    json_object_set_new(asked, "permissions", json_integer((json_int_t)who->permissions));
    json_object_set_new(asked, "local", json_boolean(who->kind == WHO_LOCAL));
    jobs_ask(&look->ask, "exceptions", asked, ids);
}

static void desk_many_found(struct beside_ask *look)
{
    json_t *ids = json_object_get(look->ask.body, "exceptions"), *one, *found;
    size_t i;

    if (look->e.code == ERR_OK && look->value == NULL) {
        desk_many_job(look, json_incref(ids));
        return;
    }
    found = json_object_get(look->value, "exceptions");
    if (look->e.code == ERR_OK && !desk_many_dry(look) && json_array_size(found) > BULK_MOST) {
        ids = json_array();
        json_array_foreach(found, i, one)
        {
            json_array_append(ids, json_object_get(one, "exception"));
        }
        desk_many_job(look, ids);
        return;
    }
    bulk_begin(look, "exceptions", desk_many_dry(look), desk_many_act);
}

static void desk_many(struct ask *ask)
{
    beside_ask(ask, desk_many_work, desk_many_found, desk_connections(ask));
}

const struct ask_bind desk_bulk_binds[] = {
    { "actOnExceptions", desk_many },
    { NULL, NULL },
};

/* ---- The job's items */

static void desk_mark(const struct job *job, char mark[JOB_ID + 8])
{
    snprintf(mark, JOB_ID + 8, "(job %s)", job->id);
}

static void desk_item_who(const struct job *job, struct who *who)
{
    const char *role = json_get_text(job->ask, "role");

    *who = (struct who){ .kind = json_is_true(json_object_get(job->ask, "local")) ? WHO_LOCAL
                                                                                  : WHO_SESSION,
                         .permissions = (uint64_t)json_get_int(job->ask, "permissions", 0) };
    if (role == NULL || !role_find(role, &who->role))
        who->role = ROLE_NONE;
    snprintf(who->name, sizeof who->name, "%s", job->by);
    snprintf(who->workspace, sizeof who->workspace, "%s", job->workspace);
}

static json_t *desk_item_body(const struct job *job)
{
    const char *reason = json_get_text(job->ask, "reason");
    json_t *body = json_copy(job->ask);
    char mark[JOB_ID + 8];
    struct buf text;

    check(body != NULL);
    desk_mark(job, mark);
    buf_init(&text, 16 * KIB);
    buf_addf(&text, "%s%s%s", reason != NULL ? reason : "", reason != NULL ? " " : "", mark);
    json_object_set_new(body, "reason", json_string(buf_text(&text)));
    buf_fini(&text);
    return body;
}

static enum err_code desk_item(struct job *job, const char *item, engine_done_fn *told, void *arg,
                               struct err *e)
{
    const struct jobs_options *rooms = jobs_rooms(job->jobs);
    struct who who;
    struct beside_ask look = { .ask = { .api = rooms->api, .who = &who },
                               .store = rooms->store,
                               .clock = rooms->clock };
    const char *port = json_get_text(job->ask, "port");
    json_t *one;

    desk_item_who(job, &who);
    look.ask.body = desk_item_body(job);
    if (strncmp(item, "connection-", 11) == 0)
        look.given = desk_connections(&look.ask);
    one = desk_find(&look, item);
    if (one != NULL)
        e->code = desk_act(&look.ask, one, port, false, told, arg, e);
    else
        *e = look.e;
    json_decref(one);
    json_decref(look.given);
    json_decref(look.ask.body);
    return e->code;
}

struct desk_marked {
    const char *mark;
    bool found;
};

static bool desk_fact_marked(void *arg, const struct store_fact *fact)
{
    struct desk_marked *marked = arg;

    marked->found = strstr(fact->value, marked->mark) != NULL;
    return false;
}

static bool desk_was_done(struct job *job, const char *item)
{
    struct store *store = jobs_rooms(job->jobs)->store;
    char mark[JOB_ID + 8], run[IDENT_TEXT], *text;
    struct desk_marked marked = { .mark = mark };
    struct store_facts_filter settled = { .kind = FACT_SETTLED, .key = run };
    struct desk_id id;
    struct err e;
    json_t *shown;

    desk_mark(job, mark);
    if (!desk_id_parse(item, &id) || id.run == 0)
        return false;
    ident_text(id.run, run);
    if (id.type == DESK_DEAD)
        return store_facts(store, &settled, desk_fact_marked, &marked, &e) == ERR_OK &&
               marked.found;
    shown = engine_show_step(store, id.run, id.about, &e);
    text = shown != NULL ? json_text_new(shown, LIMIT_OUTPUT, NULL) : NULL;
    marked.found = text != NULL && strstr(text, mark) != NULL;
    mem_free(text);
    json_decref(shown);
    return marked.found;
}

const struct job_kind exceptions_kind = { .name = "exceptions",
                                          .item = desk_item,
                                          .was_done = desk_was_done };
