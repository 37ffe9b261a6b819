/* api_review.c - what people have to decide. */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "designer-api/ask.h"
#include "engine/operate.h"

#define API_REVIEWS_MAX 1000u

static void review_list(struct ask *ask)
{
    struct err e;

    ask_give_or_refuse(
        ask, engine_tasks(ask_store(ask), NULL, ask_text(ask, "after"), API_REVIEWS_MAX, &e), &e);
}

/* The one task, a new reference. */
static json_t *review_find(struct ask *ask, struct err *e)
{
    json_t *list = engine_tasks(ask_store(ask), ask->path[0], NULL, 1, e);
    json_t *task = json_incref(json_array_get(list, 0));

    json_decref(list);
    return task;
}

static void review_read(struct ask *ask)
{
    struct err e;

    ask_give_or_refuse(ask, review_find(ask, &e), &e);
}

/* Who stands at the local socket has all roles. */
static enum err_code review_do(struct ask *ask, const json_t *task, struct ask_later *later,
                               struct err *e)
{
    const char *roles[2] = { json_get_text(task, "role"), json_get_text(task, "escalate") };
    struct engine_decision decision = {
        .step = json_get_text(task, "step"),
        .port = json_get_text(ask->body, "port"),
        .data = json_object_get(ask->body, "data"),
        .by = ask->who->name,
        .roles = roles,
        .role_count = roles[0] == NULL   ? 0
                      : roles[1] == NULL ? 1
                                         : 2,
        .reason = json_get_text(ask->body, "reason"),
    };

    check(ident_parse(json_get_text(task, "run"), &decision.run));
    return engine_decide(ask_engine(ask), &decision, later_told, later, e);
}

static void review_decide(struct ask *ask)
{
    struct err e;
    json_t *task = review_find(ask, &e), *value;
    struct ask_later *later;

    if (task == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    value = json_pack("{s:s, s:s, s:s}", "review", ask->path[0], "port",
                      json_get_text(ask->body, "port"), "by", ask->who->name);
    check(value != NULL);
    later = ask_later(ask);
    later_will(later, 200, value, 0);
    if (review_do(ask, task, later, &e) != ERR_OK)
        later_refuse(later, &e);
    json_decref(task);
}

const struct ask_bind review_binds[] = {
    { "listReviews", review_list },
    { "getReview", review_read },
    { "decideReview", review_decide },
    { NULL, NULL },
};
