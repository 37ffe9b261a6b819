/* api_settlement.c - settlements: reconciliations that runs have made, as lists, one, its lines,
 * and as a table. What a step gave never changes; what people say to it is read anew. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "designer-api/api_run_priv.h"
#include "designer-api/api_settlement_priv.h"
#include "designer-api/desk.h"
#include "designer-api/mask.h"
#include "designer-api/payload.h"
#include "engine/operate.h"

/* ---- Lists */

struct settlement_list {
    struct beside_ask *look;
    struct run_find find;
    json_t *versions; /* digest -> the flow, or null: it settles nothing */
    bool open;        /* only those in which something is */
    uint64_t since;   /* settlement_since() */
};

/* Borrowed; NULL: the version settles nothing. */
static const json_t *version_flow(struct settlement_list *list, const char *digest)
{
    json_t *flow = json_object_get(list->versions, digest);

    if (flow == NULL) {
        flow = settlement_flow(list->look, digest);
        if (flow == NULL || !settlement_made_by(flow)) {
            json_decref(flow);
            flow = json_null();
        }
        json_object_set_new_nocheck(list->versions, digest, flow);
    }
    return json_is_object(flow) ? flow : NULL;
}

/* Everything agrees or was adjusted, and what was paid out is its parts. */
static bool row_is_clear(const json_t *sums, const json_t *statements)
{
    json_t *one;
    size_t i;

    json_array_foreach(statements, i, one)
    {
        if (json_is_false(json_object_get(one, "closes")))
            return false;
    }
    return json_get_int(sums, "open", 0) == 0 || json_is_true(json_object_get(sums, "adjusted"));
}

/* The row of one reconciliation, of one of settlement_rows(); NULL: it is not asked for. */
static json_t *list_row(struct settlement_list *list, const struct store_run *run, json_t *found,
                        const json_t *flow)
{
    const json_t *node = settlement_node(flow, json_get_text(found, "node"));
    json_t *output = json_object_get(found, "output"), *sums = NULL, *name, *row;
    struct settlement settlement = { output, json_object_get(node, "config") };
    struct err e;

    if (output != NULL)
        sums = settlement_sums(&settlement, json_object_get(found, "adjustments"), &e);
    if (sums == NULL || (list->open && row_is_clear(sums, json_object_get(found, "statements")))) {
        json_decref(sums);
        return NULL;
    }
    name = mask_value(json_incref(json_object_get(output, "title")));
    json_object_del(found, "output");
    json_object_del(found, "adjustments");
    row = run_row(run, list->look->ask.who);
    json_object_update(row, found);
    json_object_set_new_nocheck(row, "sums", sums);
    if (name != NULL)
        json_object_set_new_nocheck(row, "name", name);
    if (json_object_get(settlement.config, "sides") != NULL)
        json_object_set_nocheck(row, "sides", json_object_get(settlement.config, "sides"));
    return row;
}

static enum store_look_word list_take(void *arg, const struct store_run *run)
{
    struct settlement_list *list = arg;
    const json_t *flow = version_flow(list, run->version);
    json_t *rows, *found, *row;
    bool taken = false;
    size_t i;

    if (flow == NULL || !run_find_fits(&list->find, run))
        return LOOK_PASS;
    rows = settlement_rows(list->look, run->run, flow, list->since);
    list->look->e.code = ERR_OK; /* a run that cannot be read is no reason to show none */
    json_array_foreach(rows, i, found)
    {
        row = list_row(list, run, found, flow);
        if (row == NULL)
            continue;
        json_array_append_new(list->look->value, row);
        taken = true;
    }
    json_decref(rows);
    return taken ? LOOK_TAKE : LOOK_PASS;
}

static void list_work(struct beside_ask *look)
{
    struct settlement_list list = { .look = look,
                                    .versions = json_object(),
                                    .open = ask_flag(&look->ask, "open"),
                                    .since = settlement_since(look) };
    unsigned limit = (unsigned)ask_number(&look->ask, "limit", 25);

    (void)run_find_page(&list.find, look, limit, list_take, &list);
    json_decref(list.versions);
}

static void settlement_list(struct ask *ask)
{
    beside_ask(ask, list_work, NULL, NULL);
}

/* ---- One */

/* The step that is asked for, else the first. */
static const json_t *step_asked(const struct api_settlement *one, const char *path)
{
    json_t *step;
    size_t i;

    json_array_foreach(one->steps, i, step)
    {
        if (path == NULL || strcmp(json_get_text(step, "step"), path) == 0)
            return step;
    }
    return NULL;
}

static json_t *output_read(struct beside_ask *look, const struct api_settlement *one, bool plain)
{
    char id[LIMIT_PATH * 2];
    const struct paper *paper;
    const char *text;
    size_t size;

    payload_id(json_get_text(one->row, "run"), "output", one->path, id, sizeof id);
    paper = payload_paper(look, id, plain);
    if (paper == NULL)
        return NULL;
    text = paper_text(paper, &size);
    return json_read(text, size, &settlement_limits, &look->e);
}

bool api_settlement_read(struct beside_ask *look, const char *path, bool plain,
                         struct api_settlement *one)
{
    const json_t *step, *node;

    memset(one, 0, sizeof *one);
    one->row = beside_run(look, look->ask.path[0], &one->run);
    if (one->row == NULL)
        return false;
    one->flow = settlement_flow(look, json_get_text(one->row, "version"));
    one->steps = settlement_steps(look, one->run, one->flow);
    if (one->steps == NULL)
        return false;
    step = step_asked(one, path);
    if (step == NULL) {
        err_set(&look->e, ERR_NOT_FOUND, "run %s has no step%s%.200s that reconciles and is done",
                look->ask.path[0], path != NULL ? " " : "", path != NULL ? path : "");
        return false;
    }
    one->path = json_get_text(step, "step");
    one->node = json_get_text(step, "node");
    node = settlement_node(one->flow, one->node);
    one->settlement.config = json_object_get(node, "config");
    one->output = output_read(look, one, plain);
    one->settlement.output = one->output;
    return one->output != NULL;
}

void api_settlement_fini(struct api_settlement *one)
{
    json_decref(one->row);
    json_decref(one->flow);
    json_decref(one->steps);
    json_decref(one->output);
}

/* ---- How it was compared */

static json_t *passes_json(const json_t *config)
{
    static const char *const names[] = { "name",        "keys",        "tolerance", "days",
                                         "cardinality", "differences", "score" };
    json_t *list = json_array(), *pass, *one;
    size_t i;

    json_array_foreach(json_object_get(config, "passes"), i, pass)
    {
        one = json_object();
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (json_object_get(pass, names[j]) != NULL)
                json_object_set_nocheck(one, names[j], json_object_get(pass, names[j]));
        json_array_append_new(list, one);
    }
    return list;
}

static void read_work(struct beside_ask *look)
{
    struct api_settlement one;
    struct settlement_more more = { .reviews = NULL };
    json_t *sums = NULL;
    const char *shows;

    if (api_settlement_read(look, ask_text(&look->ask, "step"), false, &one)) {
        settlement_more(look, one.run, json_get_text(one.row, "run"), one.flow, one.path, one.node,
                        &more);
        if (look->e.code == ERR_OK)
            sums = settlement_sums(&one.settlement, more.adjustments, &look->e);
    }
    if (sums != NULL) {
        shows = json_get_text(one.settlement.config, "matched");
        run_row_shown(one.row, look->ask.who);
        look->value = json_incref(one.row);
        json_object_update_new(
            look->value,
            json_pack("{s:s, s:O*, s:O, s:O*, s:o, s:s, s:o, s:O*, s:O, s:O, s:O, s:O}", "step",
                      one.path, "name", json_object_get(one.output, "title"), "steps", one.steps,
                      "sides", json_object_get(one.settlement.config, "sides"), "passes",
                      passes_json(one.settlement.config), "shows", shows != NULL ? shows : "lines",
                      "sums", sums, "notes", json_object_get(one.output, "notes"), "reviews",
                      more.reviews, "decisions", more.decisions, "adjustments", more.adjustments,
                      "statements", more.statements));
    }
    settlement_more_fini(&more);
    api_settlement_fini(&one);
}

static void read_dressed(struct beside_ask *look)
{
    json_t *review;
    size_t i;

    json_array_foreach(json_object_get(look->value, "reviews"), i, review)
    {
        desk_dress(&look->ask, review);
    }
    beside_give(look);
}

static void settlement_read(struct ask *ask)
{
    beside_ask(ask, read_work, read_dressed, NULL);
}

/* ---- Its lines */

static enum err_code find_read(struct beside_ask *look, const char *otherwise,
                               struct settlement_find *find)
{
    const char *classes = ask_text(&look->ask, "class");

    find->text = ask_text(&look->ask, "find");
    find->pass = ask_text(&look->ask, "pass");
    return settlement_classes(classes != NULL ? classes : otherwise, &find->classes, &look->e);
}

static void lines_work(struct beside_ask *look)
{
    size_t from, total, limit = (size_t)ask_number(&look->ask, "limit", 100);
    struct settlement_find find;
    struct api_settlement one;

    look->page = true;
    if (find_read(look, "open", &find) != ERR_OK || beside_from(look, &from) != ERR_OK)
        return;
    if (api_settlement_read(look, ask_text(&look->ask, "step"), false, &one)) {
        look->value = settlement_lines(&one.settlement, &find, from, limit, &total);
        look->total = (int64_t)total;
        if (from + limit < total)
            snprintf(look->next, sizeof look->next, "%zu", from + limit);
    }
    api_settlement_fini(&one);
}

static void settlement_lines_list(struct ask *ask)
{
    beside_ask(ask, lines_work, NULL, NULL);
}

/* ---- As a table */

#define EXPORT_BYTES (64u * MIB)

static void export_work(struct beside_ask *look)
{
    struct settlement_find find;
    struct api_settlement one;
    struct buf text;

    if (find_read(look, "all", &find) != ERR_OK)
        return;
    buf_init(&text, EXPORT_BYTES);
    if (api_settlement_read(look, ask_text(&look->ask, "step"), false, &one)) {
        settlement_csv(&one.settlement, &find, &text);
        if (buf_check(&text, "the table", &look->e) == ERR_OK)
            look->bytes = buf_take(&text, &look->size);
    }
    buf_fini(&text);
    api_settlement_fini(&one);
}

static void export_given(struct beside_ask *look)
{
    char name[100];
    const struct pair headers[] = { { "Cache-Control", "no-store" },
                                    { "Content-Disposition", name } };

    snprintf(name, sizeof name, "attachment; filename=\"settlement-%.20s.csv\"", look->ask.path[0]);
    if (look->e.code != ERR_OK)
        ask_refuse(&look->ask, &look->e);
    else
        ask_bytes(&look->ask, 200, "text/csv; charset=utf-8", look->bytes, look->size, headers, 2);
}

static void settlement_export(struct ask *ask)
{
    beside_ask(ask, export_work, export_given, NULL);
}

const struct ask_bind settlement_binds[] = {
    { "listSettlements", settlement_list },           { "getSettlement", settlement_read },
    { "listSettlementLines", settlement_lines_list }, { "exportSettlement", settlement_export },
    { "previewSettlement", settlement_preview },      { NULL, NULL },
};
