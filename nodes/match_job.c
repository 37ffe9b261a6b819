/* match_job.c - the candidate that each item belongs to: by key, then by likeness. */
#include "nodes/match_job.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "nodes/alike.h"
#include "nodes/match_priv.h"

#define MATCH_INLINE 10000u /* items times candidates; less does not leave the loop */

static const char *const side_names[] = { "items", "candidates" };

/* ---- The setup */

struct match_setup *match_setup_new(size_t columns)
{
    struct match_setup *setup = mem_must(sizeof *setup);

    setup->refs = 1;
    pairing_init(&setup->pairing, columns);
    return setup;
}

struct match_setup *match_setup_ref(struct match_setup *setup)
{
    check(setup->refs > 0);
    setup->refs++;
    return setup;
}

void match_setup_unref(struct match_setup *setup)
{
    if (setup == NULL)
        return;
    check(setup->refs > 0);
    if (--setup->refs > 0)
        return;
    pairing_fini(&setup->pairing);
    reconcile_pass_fini(&setup->pass);
    mem_free(setup);
}

/* ---- The job */

static bool match_is_short(json_t *const *lists)
{
    return (json_array_size(lists[MATCH_ITEM]) + 1) *
               (json_array_size(lists[MATCH_CANDIDATE]) + 1) <
           MATCH_INLINE;
}

static void *match_begin(void *setup, json_t *const *lists)
{
    struct match_job *job = mem_must(sizeof *job);

    job->setup = match_setup_ref(setup);
    job->lists[MATCH_ITEM].json = json_incref(lists[MATCH_ITEM]);
    job->lists[MATCH_CANDIDATE].json = json_incref(lists[MATCH_CANDIDATE]);
    return job;
}

static void match_end(void *arg)
{
    struct match_job *job = arg;

    for (size_t i = 0; job->results != NULL && i < job->lists[MATCH_ITEM].count; i++)
        mem_free(job->results[i].shown);
    for (size_t side = 0; side < 2; side++) {
        struct mlist *list = &job->lists[side];

        for (size_t i = 0; i < list->count; i++) {
            for (unsigned j = 0; j < job->setup->pairing.count && list->lines[i].keys != NULL; j++)
                mem_free(list->lines[i].keys[j]);
            mem_free(list->lines[i].keys);
        }
        mem_free(list->lines);
        json_decref(list->json);
    }
    mem_free(job->results);
    mem_free(job->used);
    match_setup_unref(job->setup);
    mem_free(job);
}

/* ---- Reading */

static enum err_code line_read(const struct pairing *pairing, int side, json_t *json,
                               struct mline *line, struct buf *text, struct err *e)
{
    line->keys = mem_must((pairing->count + 1) * sizeof *line->keys);
    if (pairing_read(pairing, side, json, &line->is, e) != ERR_OK)
        return e->code;
    for (unsigned i = 0; i < pairing->count; i++) {
        if (pairing_read_key(pairing, i, side, json, text, e) != ERR_OK)
            return e->code;
        line->keys[i] = text->len > 0 ? mem_must_copy_n(buf_text(text), text->len) : NULL;
    }
    return ERR_OK;
}

static enum err_code list_read(struct match_job *job, int side, struct err *e)
{
    struct mlist *list = &job->lists[side];
    size_t count = json_array_size(list->json);
    enum err_code rc = ERR_OK;
    struct buf text;

    list->lines = mem_must((count + 1) * sizeof *list->lines);
    list->count = count;
    buf_init(&text, LINE_KEY_MAX + 1);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (line_read(&job->setup->pairing, side, json_array_get(list->json, i), &list->lines[i],
                      &text, e) != ERR_OK)
            rc = err_prefix(e, "%s, line %zu", side_names[side], i + 1);
    buf_fini(&text);
    return rc;
}

/* ---- What fits */

static bool within_equal(const struct match_setup *setup, const struct mline *item,
                         const struct mline *candidate)
{
    for (unsigned i = 0; i < setup->within; i++)
        if (item->keys[i] == NULL || candidate->keys[i] == NULL ||
            strcmp(item->keys[i], candidate->keys[i]) != 0)
            return false;
    return true;
}

static bool rest_fits(const struct match_setup *setup, const struct mline *item,
                      const struct mline *candidate)
{
    int64_t days = (int64_t)item->is.day - candidate->is.day;

    if (strcmp(item->is.currency, candidate->is.currency) != 0 ||
        amount_abs(item->is.amount - candidate->is.amount) >
            reconcile_tolerance(&setup->pass, item->is.currency, item->is.amount))
        return false;
    if (setup->pass.days < 0)
        return true;
    return item->is.day != LINE_NO_DAY && candidate->is.day != LINE_NO_DAY &&
           (days < 0 ? -days : days) <= setup->pass.days;
}

/* ---- By key */

/* Candidates by their key of a column: the dict holds places + 1 in `next`-linked chains. */
static struct dict *index_make(const struct mlist *list, unsigned column, size_t *next)
{
    struct dict *index = dict_new();

    for (size_t i = list->count; i-- > 0;) {
        const char *key = list->lines[i].keys[column];

        if (key == NULL)
            continue;
        next[i] = (size_t)(uintptr_t)dict_find(index, key);
        dict_put(index, key, (void *)(uintptr_t)(i + 1));
    }
    return index;
}

static void shown_add(struct mresult *result, size_t candidate)
{
    if (result->shown == NULL)
        result->shown = mem_must(MATCH_SHOWN * sizeof *result->shown);
    if (result->shown_count < MATCH_SHOWN)
        result->shown[result->shown_count++] = candidate;
    result->several++;
}

/* The item's candidates by one key, `at` being the first of them. */
static void key_look(const struct match_job *job, const struct mline *item, struct mresult *result,
                     unsigned column, size_t at, const size_t *next)
{
    const struct mlist *candidates = &job->lists[MATCH_CANDIDATE];
    size_t fits = 0, equal = 0, fit = SIZE_MAX, other = SIZE_MAX;
    bool last = column + 1 == job->setup->within + job->setup->keys;

    for (size_t i = at; i != 0; i = next[i - 1]) {
        if (!within_equal(job->setup, item, &candidates->lines[i - 1]))
            continue;
        equal++;
        other = i - 1;
        if (!rest_fits(job->setup, item, &candidates->lines[i - 1]))
            continue;
        fits++;
        fit = i - 1;
    }
    if (fits == 1) {
        result->status = MATCH_MATCHED;
        result->reason = MATCH_BY_KEY;
        result->best = fit;
        result->key = column;
    } else if (fits > 1 || (equal > 1 && last && result->status == MATCH_NONE)) {
        result->status = MATCH_AMBIGUOUS;
        result->reason = MATCH_BY_SEVERAL;
        for (size_t i = at; i != 0; i = next[i - 1])
            if (within_equal(job->setup, item, &candidates->lines[i - 1]) &&
                (fits == 0 || rest_fits(job->setup, item, &candidates->lines[i - 1])))
                shown_add(result, i - 1);
    } else if (equal == 1 && result->status == MATCH_NONE) {
        result->status = MATCH_PROPOSED;
        result->reason = MATCH_BY_DIFFERING;
        result->best = other;
        result->key = column;
    }
}

static void keys_match(struct match_job *job)
{
    const struct mlist *items = &job->lists[MATCH_ITEM];
    size_t *next = mem_must((job->lists[MATCH_CANDIDATE].count + 1) * sizeof *next);

    for (unsigned k = 0; k < job->setup->keys; k++) {
        unsigned column = job->setup->within + k;
        struct dict *index = index_make(&job->lists[MATCH_CANDIDATE], column, next);

        for (size_t i = 0; i < items->count; i++) {
            struct mresult *result = &job->results[i];
            const char *key = items->lines[i].keys[column];

            if (key != NULL && (result->status == MATCH_NONE || result->status == MATCH_PROPOSED))
                key_look(job, &items->lines[i], result, column,
                         (size_t)(uintptr_t)dict_find(index, key), next);
        }
        dict_free(index);
    }
    mem_free(next);
}

/* (2): who claims a candidate with another does not get it; and who got one takes it away. */
static void claims_settle(struct match_job *job)
{
    size_t *claims = mem_must((job->lists[MATCH_CANDIDATE].count + 1) * sizeof *claims);

    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++)
        if (job->results[i].status == MATCH_MATCHED)
            claims[job->results[i].best]++;
    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++) {
        struct mresult *result = &job->results[i];

        if (result->status != MATCH_MATCHED)
            continue;
        job->used[result->best] = true;
        if (claims[result->best] == 1 || job->setup->reuse)
            continue;
        result->status = MATCH_AMBIGUOUS;
        result->reason = MATCH_BY_CLAIM;
        shown_add(result, result->best);
    }
    mem_free(claims);
}

/* ---- By likeness */

static int texts_score(const struct match_setup *setup, const struct mline *item,
                       const struct mline *candidate)
{
    unsigned first = setup->within + setup->keys;
    int sum = 0, count = 0;

    for (unsigned i = first; i < first + setup->texts; i++) {
        const char *a = item->keys[i], *b = candidate->keys[i];

        if (a == NULL || b == NULL)
            continue;
        sum += alike_score(a, strlen(a), b, strlen(b));
        count++;
    }
    return count == 0 ? -1 : sum / count;
}

/* -1: it does not fit. */
static int score_of(const struct match_job *job, const struct mline *item, size_t at)
{
    const struct mline *candidate = &job->lists[MATCH_CANDIDATE].lines[at];
    const struct match_setup *setup = job->setup;

    if ((job->used[at] && !setup->reuse) || !within_equal(setup, item, candidate) ||
        !rest_fits(setup, item, candidate))
        return -1;
    return reconcile_likeness(
        &setup->pass, texts_score(setup, item, candidate),
        reconcile_tolerance(&setup->pass, item->is.currency, item->is.amount),
        amount_abs(item->is.amount - candidate->is.amount),
        setup->pass.days >= 0 ? llabs((long long)item->is.day - candidate->is.day) : -1);
}

static void score_best(const struct match_job *job, const struct mline *item,
                       struct mresult *result)
{
    for (size_t i = 0; i < job->lists[MATCH_CANDIDATE].count; i++) {
        int score = score_of(job, item, i);

        if (score > result->best_score) {
            result->next = result->best;
            result->next_score = result->best_score;
            result->best = i;
            result->best_score = score;
        } else if (score > result->next_score) {
            result->next = i;
            result->next_score = score;
        }
    }
}

static void score_look(const struct match_job *job, const struct mline *item,
                       struct mresult *result)
{
    const struct reconcile_pass *pass = &job->setup->pass;

    score_best(job, item, result);
    if (result->best_score < 0)
        return;
    result->reason = MATCH_BY_LOW;
    if (result->best_score < pass->at_least)
        return;
    result->status = MATCH_PROPOSED;
    result->reason = MATCH_BY_SCORE;
    if (result->next_score < 0 || result->best_score - result->next_score >= pass->margin)
        return;
    result->status = MATCH_AMBIGUOUS;
    result->reason = MATCH_BY_SEVERAL;
    for (size_t i = 0; i < job->lists[MATCH_CANDIDATE].count; i++)
        if (score_of(job, item, i) > result->best_score - pass->margin)
            shown_add(result, i);
}

/* (2) for proposals: the one that is ahead by the margin keeps its candidate, the others are to be
 * looked at by a person. */
static void proposals_settle(struct match_job *job)
{
    size_t count = job->lists[MATCH_CANDIDATE].count;
    int *best = mem_must((count + 1) * sizeof *best), *next = mem_must((count + 1) * sizeof *next);

    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++) {
        const struct mresult *result = &job->results[i];
        int score = result->reason == MATCH_BY_DIFFERING ? ALIKE_ONE + 1 : result->best_score + 1;

        if (result->status != MATCH_PROPOSED)
            continue;
        if (score > best[result->best]) {
            next[result->best] = best[result->best];
            best[result->best] = score;
        } else if (score > next[result->best]) {
            next[result->best] = score;
        }
    }
    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++) {
        struct mresult *result = &job->results[i];
        int score = result->reason == MATCH_BY_DIFFERING ? ALIKE_ONE + 1 : result->best_score + 1;
        bool claimed =
            result->status == MATCH_PROPOSED && next[result->best] > 0 &&
            (score < best[result->best] || score - next[result->best] < job->setup->pass.margin);

        if (result->status == MATCH_PROPOSED && (claimed || job->used[result->best])) {
            result->status = MATCH_AMBIGUOUS;
            result->reason = MATCH_BY_CLAIM;
            shown_add(result, result->best);
        }
    }
    mem_free(best);
    mem_free(next);
}

static enum err_code scores_match(struct match_job *job, const atomic_bool *given_up, struct err *e)
{
    size_t open = 0, candidates = job->lists[MATCH_CANDIDATE].count;

    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++)
        open += job->results[i].status == MATCH_NONE;
    if (!job->setup->pass.scored || candidates == 0)
        return ERR_OK;
    if (open > MATCH_SCANS / candidates)
        return err_set(e, ERR_LIMIT,
                       "%zu items without a key of a candidate, and %zu candidates: more than %u "
                       "pairs to score; match them in parts, or leave out \"score\"",
                       open, candidates, MATCH_SCANS);
    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++) {
        if (given_up != NULL && atomic_load(given_up))
            return err_set(e, ERR_CANCELLED, "the comparison was given up");
        if (job->results[i].status == MATCH_NONE)
            score_look(job, &job->lists[MATCH_ITEM].lines[i], &job->results[i]);
    }
    return ERR_OK;
}

static json_t *match_run(void *arg, const atomic_bool *given_up, struct err *e)
{
    struct match_job *job = arg;
    json_t *output;

    check(job->results == NULL);
    if (list_read(job, MATCH_ITEM, e) != ERR_OK || list_read(job, MATCH_CANDIDATE, e) != ERR_OK)
        return NULL;
    job->results = mem_must((job->lists[MATCH_ITEM].count + 1) * sizeof *job->results);
    job->used = mem_must(job->lists[MATCH_CANDIDATE].count + 1);
    for (size_t i = 0; i < job->lists[MATCH_ITEM].count; i++) {
        job->results[i].best = job->results[i].next = SIZE_MAX;
        job->results[i].best_score = job->results[i].next_score = -1;
    }
    keys_match(job);
    claims_settle(job);
    if (scores_match(job, given_up, e) != ERR_OK)
        return NULL;
    if (!job->setup->reuse)
        proposals_settle(job);
    output = match__report(job);
    if (output == NULL)
        err_set(e, ERR_MEMORY, "no memory for the result of a comparison");
    return output;
}

const struct list_job_kind match_job = {
    .names = { "items", "candidates" },
    .is_short = match_is_short,
    .begin = match_begin,
    .run = match_run,
    .end = match_end,
};
