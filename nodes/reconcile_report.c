/* reconcile_report.c - what came of a reconciliation, as JSON: every line in one of five lists,
 * with its number in the list it came from, and the totals. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/alike.h"
#include "nodes/reconcile_job.h"

struct report {
    const struct reconcile_setup *setup;
    const struct reconcile *r;
    json_t *const *lists;
    json_t *lines[RECONCILE_STATES]; /* matched, proposed, differences */
    uint64_t counts[2][RECONCILE_STATES];
    int64_t stands_for[2][RECONCILE_STATES]; /* the lines that these stand for */
    bool failed;
};
static const char *const state_names[] = { "free", "matched", "proposed", "differing",
                                           "unmatched" };
static const char *const side_names[] = { "left", "right" };

/* {"at": 3, "line": {...}} */
static json_t *line_json(struct report *report, enum reconcile_side side, size_t at, bool whole)
{
    json_t *entry = json_object();

    json_put(entry, "at", json_integer((json_int_t)at + 1), &report->failed);
    if (whole)
        json_put(entry, "line", json_incref(json_array_get(report->lists[side], at)),
                 &report->failed);
    return entry;
}

static void list_add(struct report *report, json_t *list, json_t *entry)
{
    if (entry == NULL || json_array_append_new(list, entry) != 0)
        report->failed = true;
}

/* ---- Groups */

struct group_sums {
    amount_units sum[2], difference;
    int scale;
    const char *currency;
    bool known; /* one currency, and the sums fit */
};

static int scale_of(const struct report *report, const char *currency)
{
    size_t count;
    const struct reconcile_total *totals = reconcile_totals(report->r, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(totals[i].currency, currency) == 0)
            return totals[i].scale;
    return 0;
}

static struct group_sums group_sum(const struct report *report, const struct reconcile_group *group)
{
    const uint32_t *at = reconcile_members(report->r, group);
    struct group_sums sums = { .known = report->setup->pairing.amount[0].text != NULL };

    for (size_t i = 0; i < group->left_count + group->right_count && sums.known; i++) {
        enum reconcile_side side = i < group->left_count ? RECONCILE_LEFT : RECONCILE_RIGHT;
        const char *currency = reconcile_line_currency(report->r, side, at[i]);

        if (sums.currency == NULL)
            sums.currency = currency;
        sums.known = strcmp(sums.currency, currency) == 0 &&
                     amount_add(&sums.sum[side], reconcile_line_amount(report->r, side, at[i]));
    }
    sums.known = sums.known && !__builtin_sub_overflow(sums.sum[0], sums.sum[1], &sums.difference);
    if (sums.known)
        sums.scale = scale_of(report, sums.currency);
    return sums;
}

static json_t *score_json(int score)
{
    amount_units unit = 1;

    for (int i = 0; i < AMOUNT_SCALE - 4; i++)
        unit *= 10;
    check(score >= 0 && score <= ALIKE_ONE);
    return amount_json(score * unit, 2);
}

static void sums_put(struct report *report, json_t *entry, const struct group_sums *sums)
{
    if (!sums->known)
        return;
    if (sums->currency[0] != '\0')
        json_put(entry, "currency", json_string(sums->currency), &report->failed);
    json_put(entry, "left_sum", amount_json(sums->sum[0], sums->scale), &report->failed);
    json_put(entry, "right_sum", amount_json(sums->sum[1], sums->scale), &report->failed);
    json_put(entry, "difference", amount_json(sums->difference, sums->scale), &report->failed);
}

static void amounts_text(const struct group_sums *sums, struct buf *text)
{
    char left[AMOUNT_TEXT], right[AMOUNT_TEXT], apart[AMOUNT_TEXT];

    if (!sums->known) {
        buf_add_text(text, "the sums are not comparable");
        return;
    }
    amount_text(sums->sum[0], sums->scale, left);
    amount_text(sums->sum[1], sums->scale, right);
    amount_text(sums->difference, sums->scale, apart);
    buf_addf(text, "%s%s%s on the left and %s on the right differ by %s", left,
             sums->currency[0] != '\0' ? " " : "", sums->currency, right, apart);
}

/* For people: why these lines are no match. */
static void reason_text(const struct reconcile_group *group, const struct group_sums *sums,
                        struct buf *text)
{
    char sides[100];

    snprintf(sides, sizeof sides, "%u on the left and %u on the right", group->left_count,
             group->right_count);
    switch (group->reason) {
    case RECONCILE_AMBIGUOUS:
        buf_addf(text, "Lines fit in more than one way (%s): a person has to say which.", sides);
        break;
    case RECONCILE_BOUND:
        buf_addf(text, "Too many candidates to compare (%s); keys or a narrower window help.",
                 sides);
        break;
    case RECONCILE_AMOUNT:
        buf_add_text(text, "The keys are equal, but ");
        amounts_text(sums, text);
        buf_add_text(text, ", more than the tolerance.");
        break;
    case RECONCILE_DATE:
        buf_add_text(text, "The keys and sums are equal, but the dates are too far apart, or a "
                           "date is missing.");
        break;
    case RECONCILE_CURRENCY:
        buf_add_text(text, "The keys are equal, but the currencies are not.");
        break;
    case RECONCILE_CARDINALITY:
        buf_addf(text, "The keys are equal and the sums agree, but not line by line (%s).", sides);
        break;
    case RECONCILE_SCORE:
        buf_addf(text, "Alike by %d.%02d of 100", group->score / 100, group->score % 100);
        if (group->runner_up >= 0)
            buf_addf(text, ", the next best by %d.%02d", group->runner_up / 100,
                     group->runner_up % 100);
        buf_add_text(text, "; a person has to confirm it.");
        break;
    default:
        break;
    }
}

static void group_add(struct report *report, const struct reconcile_group *group)
{
    const struct reconcile_pass *pass = &report->setup->plan.passes[group->pass];
    bool matched = group->state == RECONCILE_MATCHED;
    bool whole = !matched || report->setup->show == RECONCILE_SHOW_LINES;
    const uint32_t *at = reconcile_members(report->r, group);
    struct group_sums sums = group_sum(report, group);
    json_t *entry, *sides[2] = { json_array(), json_array() };
    struct buf text;

    entry = json_object();
    json_put(entry, "pass", json_string(pass->name), &report->failed);
    json_put(entry, "reason", json_string(reconcile_reasons[group->reason]), &report->failed);
    buf_init(&text, KIB);
    reason_text(group, &sums, &text);
    if (text.len > 0)
        json_put(entry, "text", json_string(buf_text(&text)), &report->failed);
    buf_fini(&text);
    if (group->state == RECONCILE_PROPOSED) {
        json_put(entry, "score", score_json(group->score), &report->failed);
        json_put(entry, "runner_up",
                 group->runner_up >= 0 ? score_json(group->runner_up) : json_null(),
                 &report->failed);
    }
    sums_put(report, entry, &sums);
    for (size_t i = 0; i < group->left_count + group->right_count; i++) {
        enum reconcile_side side = i < group->left_count ? RECONCILE_LEFT : RECONCILE_RIGHT;

        list_add(report, sides[side], line_json(report, side, at[i], whole));
    }
    json_put(entry, "left", sides[0], &report->failed);
    json_put(entry, "right", sides[1], &report->failed);
    list_add(report, report->lines[group->state], entry);
}

static void groups_add(struct report *report)
{
    size_t count;
    const struct reconcile_group *groups = reconcile_groups(report->r, &count);

    for (size_t i = 0; i < count && !report->failed; i++)
        if (groups[i].state != RECONCILE_MATCHED || report->setup->show != RECONCILE_SHOW_NONE)
            group_add(report, &groups[i]);
}

static int64_t stands_for(const struct report *report, enum reconcile_side side, size_t at)
{
    int64_t lines;
    struct err e;

    check(reconcile_stands_for(report->setup, (int)side, json_array_get(report->lists[side], at),
                               &lines, &e) == ERR_OK); /* it was read before */
    return lines;
}

static json_t *unmatched_json(struct report *report, enum reconcile_side side)
{
    json_t *list = json_array();
    size_t count = reconcile_count(report->r, side);

    for (size_t i = 0; i < count; i++) {
        enum reconcile_state state = reconcile_line_state(report->r, side, i);

        report->counts[side][state]++;
        report->stands_for[side][state] += stands_for(report, side, i);
        if (state == RECONCILE_UNMATCHED)
            list_add(report, list, line_json(report, side, i, true));
    }
    return list;
}

/* ---- Totals */

static json_t *sum_json(struct report *report, const struct reconcile_sum *sum, int scale)
{
    json_t *json = json_object();

    json_put(json, "count", json_integer((json_int_t)sum->count), &report->failed);
    if (report->setup->pairing.amount[0].text != NULL)
        json_put(json, "sum", amount_json(sum->sum, scale), &report->failed);
    return json;
}

/* The lines of a currency that those of a list stand for. */
static int64_t total_stands_for(const struct report *report, const struct reconcile_total *total,
                                enum reconcile_side side)
{
    size_t count = reconcile_count(report->r, side);
    int64_t lines = 0;

    for (size_t i = 0; i < count; i++)
        if (strcmp(reconcile_line_currency(report->r, side, i), total->currency) == 0)
            lines += stands_for(report, side, i);
    return lines;
}

static json_t *side_json(struct report *report, const struct reconcile_total *total, int side)
{
    json_t *json = sum_json(report, &total->in[side], total->scale);

    if (report->setup->lines[0].text != NULL)
        json_put(json, "stands_for",
                 json_integer(total_stands_for(report, total, (enum reconcile_side)side)),
                 &report->failed);

    for (size_t state = RECONCILE_MATCHED; state < RECONCILE_STATES; state++)
        json_put(json, state_names[state], sum_json(report, &total->out[side][state], total->scale),
                 &report->failed);
    return json;
}

static json_t *totals_json(struct report *report)
{
    json_t *list = json_array();
    size_t count;
    const struct reconcile_total *totals = reconcile_totals(report->r, &count);

    for (size_t i = 0; i < count; i++) {
        const struct reconcile_total *total = &totals[i];
        json_t *entry = json_object();
        amount_units apart;

        if (total->currency[0] != '\0')
            json_put(entry, "currency", json_string(total->currency), &report->failed);
        json_put(entry, "left", side_json(report, total, 0), &report->failed);
        json_put(entry, "right", side_json(report, total, 1), &report->failed);
        if (report->setup->pairing.amount[0].text != NULL &&
            !__builtin_sub_overflow(total->in[0].sum, total->in[1].sum, &apart))
            json_put(entry, "difference", amount_json(apart, total->scale), &report->failed);
        list_add(report, list, entry);
    }
    return list;
}

static json_t *counts_json(struct report *report)
{
    json_t *json = json_object();

    for (size_t side = 0; side < 2; side++) {
        json_t *of = json_object();

        json_put(of, "lines",
                 json_integer((json_int_t)reconcile_count(report->r, (enum reconcile_side)side)),
                 &report->failed);
        for (size_t state = RECONCILE_MATCHED; state < RECONCILE_STATES; state++)
            json_put(of, state_names[state], json_integer((json_int_t)report->counts[side][state]),
                     &report->failed);
        json_put(json, side_names[side], of, &report->failed);
    }
    return json;
}

/* As counts_json() has them, of the lines that those of the lists stand for. */
static json_t *stands_for_json(struct report *report)
{
    json_t *json = json_object();

    for (size_t side = 0; side < 2; side++) {
        json_t *of = json_object();
        int64_t all = 0;

        for (size_t state = RECONCILE_MATCHED; state < RECONCILE_STATES; state++) {
            json_put(of, state_names[state], json_integer(report->stands_for[side][state]),
                     &report->failed);
            all += report->stands_for[side][state];
        }
        json_put(of, "lines", json_integer(all), &report->failed);
        json_put(json, side_names[side], of, &report->failed);
    }
    return json;
}

static json_t *notes_json(struct report *report)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < report->setup->plan.pass_count; i++) {
        uint64_t skipped = reconcile_skipped(report->r, i);
        struct buf text;

        if (skipped == 0)
            continue;
        buf_init(&text, KIB);
        buf_addf(&text,
                 "Pass \"%s\" did not compare %llu lines: more than %u pairs of them are possible. "
                 "Keys, a tolerance or a window of days make them fewer.",
                 report->setup->plan.passes[i].name, (unsigned long long)skipped, RECONCILE_PAIRS);
        list_add(report, list, json_string(buf_text(&text)));
        buf_fini(&text);
    }
    return list;
}

json_t *reconcile_report(const struct reconcile_setup *setup, const struct reconcile *r,
                         json_t *const lists[3])
{
    struct report report = { .setup = setup, .r = r, .lists = lists };
    json_t *output = json_object(), *unmatched[2];
    bool balanced = true;

    for (size_t state = RECONCILE_MATCHED; state < RECONCILE_UNMATCHED; state++)
        report.lines[state] = json_array();
    groups_add(&report);
    unmatched[0] = unmatched_json(&report, RECONCILE_LEFT);
    unmatched[1] = unmatched_json(&report, RECONCILE_RIGHT);
    for (size_t side = 0; side < 2; side++)
        balanced = balanced && report.counts[side][RECONCILE_MATCHED] ==
                                   reconcile_count(r, (enum reconcile_side)side);
    if (lists[2] != NULL)
        json_put(output, "title", json_incref(lists[2]), &report.failed);
    json_put(output, "balanced", json_boolean(balanced), &report.failed);
    json_put(output, "matched", report.lines[RECONCILE_MATCHED], &report.failed);
    json_put(output, "proposed", report.lines[RECONCILE_PROPOSED], &report.failed);
    json_put(output, "differences", report.lines[RECONCILE_DIFFERING], &report.failed);
    json_put(output, "unmatched_left", unmatched[0], &report.failed);
    json_put(output, "unmatched_right", unmatched[1], &report.failed);
    json_put(output, "counts", counts_json(&report), &report.failed);
    if (setup->lines[0].text != NULL)
        json_put(output, "stands_for", stands_for_json(&report), &report.failed);
    json_put(output, "totals", totals_json(&report), &report.failed);
    json_put(output, "notes", notes_json(&report), &report.failed);
    if (report.failed) {
        json_decref(output);
        return NULL;
    }
    return output;
}
