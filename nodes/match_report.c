/* match_report.c - what came of matching, item by item, with a reason for people. */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/alike.h"
#include "nodes/match_priv.h"

static const char *const status_names[] = { "none", "matched", "proposed", "ambiguous" };

static json_t *score_json(int score)
{
    amount_units unit = 1;

    for (int i = 0; i < AMOUNT_SCALE - 4; i++)
        unit *= 10;
    check(score >= 0 && score <= ALIKE_ONE);
    return amount_json(score * unit, 2);
}

/* {"at": 3, "line": {...}, "score": 0.93}, or null */
static json_t *candidate_json(const struct match_job *job, size_t at, int score, bool *failed)
{
    json_t *json;

    if (at == SIZE_MAX)
        return json_null();
    json = json_object();
    json_put(json, "at", json_integer((json_int_t)at + 1), failed);
    json_put(json, "line", json_incref(json_array_get(job->lists[MATCH_CANDIDATE].json, at)),
             failed);
    if (score >= 0)
        json_put(json, "score", score_json(score), failed);
    return json;
}

static void differing_text(const struct match_job *job, const struct mline *item,
                           const struct mline *candidate, struct buf *text)
{
    char a[AMOUNT_TEXT], b[AMOUNT_TEXT];

    if (strcmp(item->is.currency, candidate->is.currency) != 0) {
        buf_addf(text, "but the currency is %.20s and not %.20s", candidate->is.currency,
                 item->is.currency);
    } else if (amount_abs(item->is.amount - candidate->is.amount) >
               reconcile_tolerance(&job->setup->pass, item->is.currency, item->is.amount)) {
        amount_text(item->is.amount, item->is.scale, a);
        amount_text(candidate->is.amount, candidate->is.scale, b);
        buf_addf(text, "but the amount is %s and not %s", b, a);
    } else {
        buf_add_text(text, "but the dates are too far apart, or one is missing");
    }
    buf_add_text(text, "; a person has to confirm it.");
}

static void score_text(const struct mresult *result, struct buf *text)
{
    buf_addf(text, "Alike by %d.%02d of 100", result->best_score / 100, result->best_score % 100);
    if (result->next_score >= 0)
        buf_addf(text, ", the next best by %d.%02d", result->next_score / 100,
                 result->next_score % 100);
}

static void reason_text(const struct match_job *job, size_t at, struct buf *text)
{
    const struct mresult *result = &job->results[at];
    const struct match_setup *setup = job->setup;

    switch (result->reason) {
    case MATCH_BY_NOTHING:
        buf_add_text(text, "No candidate fits.");
        break;
    case MATCH_BY_KEY:
        buf_addf(text, "The key \"%.80s\" is equal, and the rest fits.",
                 setup->pairing.columns[result->key].path[MATCH_ITEM].text);
        break;
    case MATCH_BY_DIFFERING:
        buf_addf(text, "The key \"%.80s\" is equal, ",
                 setup->pairing.columns[result->key].path[MATCH_ITEM].text);
        differing_text(job, &job->lists[MATCH_ITEM].lines[at],
                       &job->lists[MATCH_CANDIDATE].lines[result->best], text);
        break;
    case MATCH_BY_SEVERAL:
        buf_addf(text, "%zu candidates are as good: a person has to say which.", result->several);
        break;
    case MATCH_BY_CLAIM:
        buf_add_text(text, "Another item claims the same candidate: a person has to say which.");
        break;
    case MATCH_BY_SCORE:
        score_text(result, text);
        buf_add_text(text, "; a person has to confirm it.");
        break;
    case MATCH_BY_LOW:
        score_text(result, text);
        buf_addf(text, "; %d are needed.", setup->pass.at_least / (ALIKE_ONE / 100));
        break;
    }
}

static json_t *result_json(const struct match_job *job, size_t at, bool *failed)
{
    const struct mresult *result = &job->results[at];
    json_t *json = json_object(), *shown = json_array();
    bool named = result->status == MATCH_MATCHED || result->status == MATCH_PROPOSED;
    struct buf text;

    buf_init(&text, KIB);
    reason_text(job, at, &text);
    json_put(json, "at", json_integer((json_int_t)at + 1), failed);
    json_put(json, "status", json_string(status_names[result->status]), failed);
    json_put(json, "text", json_string(buf_text(&text)), failed);
    json_put(json, "item", json_incref(json_array_get(job->lists[MATCH_ITEM].json, at)), failed);
    json_put(json, "candidate",
             candidate_json(job, named ? result->best : SIZE_MAX, result->best_score, failed),
             failed);
    if (result->best_score >= 0) {
        json_put(json, "best", candidate_json(job, result->best, result->best_score, failed),
                 failed);
        json_put(json, "runner_up", candidate_json(job, result->next, result->next_score, failed),
                 failed);
        if (result->next_score >= 0)
            json_put(json, "margin", score_json(result->best_score - result->next_score), failed);
    }
    for (size_t i = 0; i < result->shown_count; i++)
        if (json_array_append_new(shown, candidate_json(job, result->shown[i], -1, failed)) != 0)
            *failed = true;
    json_put(json, "candidates", shown, failed);
    buf_fini(&text);
    return json;
}

json_t *match__report(const struct match_job *job)
{
    json_t *output = json_object(), *results = json_array(), *counts = json_object();
    size_t of[4] = { 0 }, count = job->lists[MATCH_ITEM].count;
    bool failed = false;

    for (size_t i = 0; i < count; i++) {
        of[job->results[i].status]++;
        if (json_array_append_new(results, result_json(job, i, &failed)) != 0)
            failed = true;
    }
    check(of[0] + of[1] + of[2] + of[3] == count);
    json_put(counts, "items", json_integer((json_int_t)count), &failed);
    json_put(counts, "candidates", json_integer((json_int_t)job->lists[MATCH_CANDIDATE].count),
             &failed);
    for (size_t i = 0; i < 4; i++)
        json_put(counts, status_names[i], json_integer((json_int_t)of[i]), &failed);
    json_put(output, "results", results, &failed);
    json_put(output, "counts", counts, &failed);
    if (failed) {
        json_decref(output);
        return NULL;
    }
    return output;
}
