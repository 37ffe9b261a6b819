/* lineage.c - see lineage.h: the hops, the runs that they are of, and the values at them. */
#include "designer-api/lineage_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/kept.h"
#include "designer-api/payload.h"

#define LINEAGE_SHOWN (4u * KIB) /* of a value; of a larger one its size */

/* ---- Hops */

static json_t *hop_new(struct lineage *all, json_t *hop)
{
    if (json_array_size(all->hops) >= LINEAGE_HOPS) {
        all->more = true;
        json_decref(hop);
        return NULL;
    }
    json_object_set_new_nocheck(hop, "id", json_integer((json_int_t)json_array_size(all->hops)));
    json_object_set_new_nocheck(hop, "from", json_array());
    json_array_append_new(all->hops, hop);
    return hop;
}

/* That `of` comes from the hop: the link stands at `of`. */
static void hop_link(json_t *of, const json_t *hop, const char *relation, json_t *by)
{
    json_t *links = json_object_get(of, "from"), *link, *one;
    size_t i;

    if (of == NULL) {
        json_decref(by);
        return;
    }
    link = json_pack("{s:O, s:s, s:o*}", "hop", json_object_get(hop, "id"), "relation", relation,
                     "by", by);
    check(link != NULL);
    json_array_foreach(links, i, one)
    {
        if (json_equal(one, link)) {
            json_decref(link);
            return;
        }
    }
    json_array_append_new(links, link);
}

json_t *lineage_add(struct lineage *all, json_t *of, const char *relation,
                    const struct lineage_place *place, json_t *by)
{
    char key[3 * LIMIT_PATH];
    json_t *hop;

    snprintf(key, sizeof key, "%s %s %s %s", place->run, place->step, place->side, place->at);
    hop = json_object_get(all->known, key);
    if (hop == NULL) {
        const json_t *node =
            place->step[0] != '\0' ? lineage_node(all, place->run, place->step) : NULL;

        hop = hop_new(all,
                      json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*}", "run", place->run, "step",
                                place->step, "side", place->side, "at", place->at, "node",
                                json_get_text(node, "id"), "title", json_get_text(node, "title"),
                                "type", json_get_text(node, "type")));
        if (hop != NULL)
            json_object_set_nocheck(all->known, key, hop);
    }
    if (hop == NULL)
        json_decref(by);
    else
        hop_link(of, hop, relation, by);
    return hop;
}

void lineage_end(struct lineage *all, json_t *of, const char *relation, const char *end,
                 const char *name, json_t *by)
{
    char key[2 * LIMIT_PATH];
    json_t *hop;

    snprintf(key, sizeof key, "end %s %s %s", end, name != NULL ? name : "",
             name == NULL && json_get_text(by, "pointer") != NULL ? json_get_text(by, "pointer")
                                                                  : "");
    hop = json_object_get(all->known, key);
    if (hop == NULL) {
        hop = hop_new(all, json_pack("{s:O, s:s, s:s*}", "run", json_object_get(of, "run"), "end",
                                     end, "name", name));
        if (hop != NULL)
            json_object_set_nocheck(all->known, key, hop);
    }
    if (hop == NULL)
        json_decref(by);
    else
        hop_link(of, hop, relation, by);
}

/* ---- Runs */

static bool run_input(void *arg, const struct store_run *run)
{
    struct err e;
    json_t *input = json_read(run->input, run->input_size, &json_limits_reply, &e), *by;

    by = json_object_get(input, "called_by");
    if (by != NULL)
        json_object_set(arg, "called_by", by);
    json_decref(input);
    return false;
}

const json_t *lineage_run(struct lineage *all, const char *run)
{
    json_t *row = json_object_get(all->runs, run);
    uint64_t id;

    if (row != NULL)
        return row;
    if (json_object_size(all->runs) >= LINEAGE_RUNS) {
        all->more = true;
        return NULL;
    }
    row = beside_run(all->look, run, &id);
    if (row == NULL)
        return NULL;
    all->look->e.code = store_run_find(all->look->store, id, run_input, row, &all->look->e);
    json_object_set_new_nocheck(all->runs, run, row);
    return row;
}

const json_t *lineage_plan(struct lineage *all, const char *run)
{
    const json_t *row = lineage_run(all, run), *plan;
    const char *version = json_get_text(row, "version");

    if (version == NULL)
        return NULL;
    plan = json_object_get(all->plans, version);
    if (plan == NULL && all->wants[0] == '\0') {
        snprintf(all->wants, DIGEST_TEXT, "%s", version);
        snprintf(all->flow, LIMIT_PATH, "%s", json_get_text(row, "flow"));
    }
    return plan;
}

const struct trail *lineage_trail(struct lineage *all, const char *run)
{
    uint64_t id;

    return lineage_run(all, run) != NULL && ident_parse(run, &id)
               ? trails_get(all->look->trails, all->look->store, id, &all->look->e)
               : NULL;
}

json_t *lineage_step(struct lineage *all, const char *run, const char *step)
{
    const struct trail *trail = lineage_trail(all, run);

    return trail != NULL ? trail_step(trail, step) : NULL;
}

const json_t *lineage_node(struct lineage *all, const char *run, const char *step)
{
    const char *slash = strrchr(step, '/');
    char id[LIMIT_ID + 1];

    step = slash != NULL ? slash + 1 : step;
    snprintf(id, sizeof id, "%.*s", (int)strcspn(step, "["), step);
    return json_object_get(lineage_plan(all, run), id);
}

void lineage_frame(const char *step, char frame[LIMIT_PATH])
{
    const char *slash = strrchr(step, '/');

    snprintf(frame, LIMIT_PATH, "%.*s", slash != NULL ? (int)(slash + 1 - step) : 0, step);
}

bool lineage_seen(struct lineage *all, const char *run, const char *frame, const char *id,
                  char path[LIMIT_PATH])
{
    const json_t *plan = lineage_plan(all, run), *node = json_object_get(plan, id);
    const char *owner = json_get_text(node, "owner");
    char around[LIMIT_PATH];
    size_t size = strlen(frame);

    if (node == NULL)
        return false;
    /* outwards, until the frame is an iteration of its own level's loop */
    while (size > 0) {
        size_t begin = size - 1;

        while (begin > 0 && frame[begin - 1] != '/')
            begin--;
        snprintf(around, sizeof around, "%.*s", (int)strcspn(frame + begin, "["), frame + begin);
        if (owner != NULL && strcmp(owner, around) == 0)
            break;
        size = begin;
    }
    if (owner != NULL && size == 0)
        return false;
    snprintf(path, LIMIT_PATH, "%.*s%s", (int)size, frame, id);
    return true;
}

/* ---- Values */

/* Whether the journal has the output itself, and not that it was another's. */
static bool output_stored(struct lineage *all, const char *run, const char *step)
{
    struct trail_wanted wanted = { .path = step, .most = 0 };
    const struct trail *trail = lineage_trail(all, run);
    struct err e;

    return trail != NULL && trail_outputs(trail, all->look->store, &wanted, 1, &e) == ERR_OK &&
           wanted.seen && wanted.size > 0;
}

static const struct paper *hop_paper(struct lineage *all, const json_t *hop)
{
    const char *run = json_get_text(hop, "run"), *step = json_get_text(hop, "step"),
               *side = json_get_text(hop, "side");
    char id[LIMIT_PATH];

    if (step == NULL ||
        (step[0] != '\0' && (strcmp(side, "output") != 0 || !output_stored(all, run, step))))
        return NULL;
    payload_id(run, step[0] != '\0' ? "output" : "input", step[0] != '\0' ? step : NULL, id,
               sizeof id);
    return payload_paper(all->look, id, false);
}

/* What stood there: {"kind", "bytes", "value"?, "count"?}, or that there was nothing. */
static void hop_value(struct lineage *all, json_t *hop)
{
    const struct paper *paper = hop_paper(all, hop);
    json_t *view, *value;
    struct err e;

    if (paper == NULL) {
        if (all->look->e.code == ERR_NOT_FOUND) /* what is not kept is not shown */
            all->look->e.code = ERR_OK;
        return;
    }
    view = paper_view(paper, json_get_text(hop, "at"), 0, 1, &e);
    if (view == NULL) {
        json_object_set_new_nocheck(hop, "absent", json_true());
        return;
    }
    value = json_object_get(view, "value");
    if (json_get_int(view, "bytes", 0) > LINEAGE_SHOWN)
        value = NULL;
    json_object_set_new_nocheck(hop, "value",
                                json_pack("{s:O*, s:O*, s:O*, s:O*}", "kind",
                                          json_object_get(view, "kind"), "bytes",
                                          json_object_get(view, "bytes"), "count",
                                          json_object_get(view, "count"), "value", value));
    json_decref(view);
}

/* A place without a record of its own has the value of what it is the same as. Those stand behind
 * it, nearly always; where one does not, it stays without. */
static void hops_same(struct lineage *all)
{
    for (size_t i = json_array_size(all->hops); i-- > 0;) {
        json_t *hop = json_array_get(all->hops, i), *links = json_object_get(hop, "from"), *other;
        const json_t *link = json_array_get(links, 0);
        const char *relation = json_get_text(link, "relation");

        if (json_object_get(hop, "value") != NULL || json_object_get(hop, "end") != NULL ||
            json_array_size(links) != 1 ||
            (strcmp(relation, "same") != 0 && strcmp(relation, "value") != 0))
            continue;
        other = json_array_get(all->hops, (size_t)json_get_int(link, "hop", 0));
        if (json_object_get(other, "value") != NULL)
            json_object_set(hop, "value", json_object_get(other, "value"));
    }
}

/* ---- The whole */

static json_t *lineage_result(struct lineage *all)
{
    json_t *hop;
    size_t i;

    json_array_foreach(all->hops, i, hop)
    {
        if (all->asked->values && json_object_get(hop, "end") == NULL)
            hop_value(all, hop);
    }
    if (!all->asked->forward)
        hops_same(all);
    return json_pack("{s:O, s:O*, s:b, s:b}", "hops", all->hops, "absent",
                     json_object_get(json_array_get(all->hops, 0), "absent"), "more", all->more,
                     "values", all->asked->values);
}

/* Whether what is asked for is a step of the run. */
static bool lineage_begin(struct lineage *all, const char *run)
{
    const char *step = all->asked->step != NULL ? all->asked->step : "";
    json_t *ran;

    if (lineage_plan(all, run) == NULL)
        return false;
    ran = step[0] != '\0' ? lineage_step(all, run, step) : json_null();
    if (ran == NULL && all->look->e.code == ERR_OK)
        err_set(&all->look->e, ERR_NOT_FOUND, "run %s has no step \"%.200s\" that has begun", run,
                step);
    json_decref(ran);
    return all->look->e.code == ERR_OK;
}

json_t *lineage_trace(struct beside_ask *look, const struct lineage_ask *asked, const json_t *plans,
                      char wants[DIGEST_TEXT], char flow[LIMIT_PATH])
{
    struct lineage all = {
        .look = look, .asked = asked, .plans = plans, .wants = wants, .flow = flow
    };
    const json_t *row;
    const char *run = NULL;
    json_t *result = NULL;

    wants[0] = '\0';
    all.hops = json_array();
    all.known = json_object();
    all.runs = json_object();
    row = lineage_run(&all, look->ask.path[0]);
    run = json_get_text(row, "run");
    if (run != NULL && lineage_begin(&all, run)) {
        struct lineage_place place = { run, asked->step != NULL ? asked->step : "",
                                       asked->step != NULL ? asked->side : "input", asked->at };

        (void)lineage_add(&all, NULL, "", &place, NULL);
        while (all.next < json_array_size(all.hops) && wants[0] == '\0' && look->e.code == ERR_OK) {
            json_t *hop = json_array_get(all.hops, all.next++);

            if (json_object_get(hop, "end") == NULL && asked->forward)
                lineage_forward(&all, hop);
            else if (json_object_get(hop, "end") == NULL)
                lineage_back(&all, hop);
        }
        if (wants[0] == '\0' && look->e.code == ERR_OK)
            result = lineage_result(&all);
    }
    json_decref(all.hops);
    json_decref(all.known);
    json_decref(all.runs);
    return result;
}
