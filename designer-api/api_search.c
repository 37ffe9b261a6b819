/* api_search.c - one word, looked for in what has a name: flows, runs by id and key, connections.
 * Each kind by its permission. */
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "designer-api/api_run_priv.h"
#include "designer-api/draft.h"
#include "engine/operate.h"

struct search {
    struct beside_ask *look;
    const char *word, *workspace;
    size_t left; /* of the kind that is looked through */
    char last[LIMIT_NAME];
};

static json_t *search_add(struct search *search, const char *kind, const char *id,
                          const char *title, const char *detail)
{
    json_t *one = json_pack("{s:s, s:s, s:s, s:s*}", "kind", kind, "id", id, "title", title,
                            "detail", detail);

    check(one != NULL);
    json_array_append_new(json_object_get(search->look->value, "items"), one);
    search->left--;
    return one;
}

static bool search_wants(const struct search *search, const char *kind, enum permission needs)
{
    const char *kinds = ask_text(&search->look->ask, "kinds");

    return who_may(search->look->ask.who, needs) && (kinds == NULL || strstr(kinds, kind) != NULL);
}

/* A flow that works in several environments is one. */
static bool search_flow(void *arg, const char *workspace, const char *environment, const char *flow,
                        const char *version)
{
    struct search *search = arg;

    (void)version;
    if ((search->workspace == NULL || strcmp(search->workspace, workspace) == 0) &&
        strcmp(search->last, flow) != 0 && strcasestr(flow, search->word) != NULL) {
        snprintf(search->last, sizeof search->last, "%s", flow);
        search_add(search, "flow", flow, flow, environment);
    }
    return search->left > 0;
}

/* What tells runs of one flow apart. */
static void search_run_add(json_t *one, const char *key, json_t *received)
{
    if (key != NULL)
        json_object_set_new(one, "key", json_string(key));
    json_object_set_new(one, "received_at", received);
}

static enum store_look_word search_run(void *arg, const struct store_run *run)
{
    struct search *search = arg;
    char id[IDENT_TEXT];

    ident_text(run->run, id);
    search_run_add(search_add(search, "run", id, run->flow, run_status_name(run->status)),
                   run->dedupe, draft_moment(run->received_ms));
    return LOOK_TAKE;
}

static void search_runs(struct search *search)
{
    struct beside_ask *look = search->look;
    json_t *filter = json_pack("{s:s}", "key", search->word), *row = NULL;
    struct store_look_end end;
    struct run_find find;
    uint64_t id;

    if (ident_parse(search->word, &id)) {
        row = beside_run(look, search->word, &id);
        look->e.code = ERR_OK;
    }
    if (row != NULL)
        search_run_add(search_add(search, "run", json_get_text(row, "run"),
                                  json_get_text(row, "flow"), json_get_text(row, "status")),
                       json_get_text(row, "dedupe"),
                       json_incref(json_object_get(row, "received_at")));
    json_decref(row);
    if (search->left > 0 && run_find_read(&find, filter, search->workspace, &look->e) == ERR_OK) {
        find.look.limit = (unsigned)search->left;
        find.look.effort = &look->effort;
        look->e.code = store_look(look->store, &find.look, search_run, search, &end, &look->e);
        run_find_fini(&find);
    }
    json_decref(filter);
}

static void search_connections(struct search *search)
{
    json_t *row;
    size_t i;

    json_array_foreach(search->look->given, i, row)
    {
        const char *key = json_get_text(row, "connection");
        size_t size = search->workspace != NULL ? strlen(search->workspace) : 0;

        if (search->left == 0)
            return;
        if (strcasestr(key, search->word) != NULL &&
            (size == 0 || (strncmp(key, search->workspace, size) == 0 && key[size] == '/')))
            search_add(search, "connection", key,
                       strrchr(key, '/') != NULL ? strrchr(key, '/') + 1 : key,
                       json_get_text(row, "state"));
    }
}

static void search_work(struct beside_ask *look)
{
    struct search search = { .look = look,
                             .word = ask_text(&look->ask, "q"),
                             .workspace = beside_workspace(look) };
    size_t limit = (size_t)ask_number(&look->ask, "limit", 10);

    look->value = json_pack("{s:[]}", "items");
    check(look->value != NULL);
    search.left = limit;
    if (search_wants(&search, "flow", MAY_FLOWS_READ))
        look->e.code = store_deployments(look->store, search_flow, &search, &look->e);
    search.left = limit;
    if (look->e.code == ERR_OK && search_wants(&search, "run", MAY_RUNS_READ))
        search_runs(&search);
    search.left = limit;
    if (look->e.code == ERR_OK && search_wants(&search, "connection", MAY_CONNECTIONS_READ))
        search_connections(&search);
}

static void search_all(struct ask *ask)
{
    struct err e;

    beside_ask(ask, search_work, NULL, engine_connections(ask_engine(ask), &e));
}

const struct ask_bind search_binds[] = { { "searchAll", search_all }, { NULL, NULL } };
