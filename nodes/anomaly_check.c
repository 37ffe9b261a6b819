/* anomaly_check.c - the checks by which an event is unusual for its key (rules: anomaly_rule.c).
 *
 * amount    how far from the median of the key's recent amounts, in units of their own spread: the
 *           median of the absolute deviations, of factors or of differences
 * drift     the same for the median of the last few against the median of those before
 * season    how rare the hour or day is for the key */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/anomaly_priv.h"

#define SPREAD_SIGMA  1.4826 /* of a normal distribution's median absolute deviation */
#define SPREAD_FACTOR 0.05   /* the least: amounts that never differ are not known that well */
#define AMOUNT_USUAL  1.0
#define DRIFT_USUAL   2.5
#define MEDIAN_NOISE  1.2533 /* of a median against a mean */

/* ---- Medians */

struct spread {
    amount_units median;
    int scale;
    double width; /* of factors their logarithm, else units of AMOUNT_SCALE */
};

static int units_order(const void *a, const void *b)
{
    amount_units one = *(const amount_units *)a, other = *(const amount_units *)b;

    return one < other ? -1 : one > other;
}

static int double_order(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return one < other ? -1 : one > other;
}

/* Sorts. Of an even number the lower of the two in the middle: an amount that was there. */
static amount_units units_median(amount_units *list, unsigned n)
{
    check(n > 0);
    qsort(list, n, sizeof *list, units_order);
    return list[(n - 1) / 2];
}

/* How far apart; of factors for amounts above zero only. */
static double apart(const struct anomaly_plan *plan, amount_units amount, amount_units from)
{
    if (plan->plain)
        return fabs((double)amount - (double)from);
    return fabs(log((double)amount / (double)from));
}

static void spread_of(const struct anomaly_plan *plan, amount_units *list, unsigned n, int scale,
                      struct spread *spread)
{
    double off[ANOMALY_RECENT], least = SPREAD_FACTOR;

    spread->median = units_median(list, n);
    spread->scale = scale;
    for (unsigned i = 0; i < n; i++)
        off[i] = apart(plan, list[i], spread->median);
    qsort(off, n, sizeof *off, double_order);
    spread->width = SPREAD_SIGMA * off[n / 2] * (1 + 4.0 / n); /* little is known of a few */
    if (plan->plain)
        least = fabs((double)spread->median) * SPREAD_FACTOR + 1e16; /* a cent */
    if (spread->width < least)
        spread->width = least;
}

/* Of being so many spreads away: what is within `usual` is nothing, then that of a normal
 * distribution, and from three on in a line, because money has long tails. */
static double surprise(double z, double usual)
{
    z -= usual;
    if (z <= 0)
        return 0;
    return z < 3 ? z * z / 2 : 3 * z - 4.5;
}

/* ---- Amounts */

struct amounts {
    amount_units list[ANOMALY_RECENT + 1]; /* the oldest first */
    unsigned n;
    int scale;
};

static void amounts_of(const struct anomaly_plan *plan, const struct anomaly_key *key,
                       struct amounts *amounts)
{
    amounts->n = 0;
    amounts->scale = 0;
    for (unsigned i = 0; i < key->n; i++) {
        const struct anomaly_past *past = &key->past[i];

        if (!past->has_amount || (!plan->plain && past->amount <= 0))
            continue;
        amounts->list[amounts->n++] = past->amount;
        if (past->scale > amounts->scale)
            amounts->scale = past->scale;
    }
}

static json_t *spread_json(const struct anomaly_plan *plan, const struct spread *spread,
                           unsigned of)
{
    json_t *made = json_object();
    bool failed = false;

    json_put(made, "median", amount_json(spread->median, spread->scale), &failed);
    json_put(made, plan->plain ? "spread" : "factor",
             anomaly__number(plan->plain ? fmin(spread->width / 1e18, 1e14) : exp(spread->width)),
             &failed);
    json_put(made, "of", json_integer(of), &failed);
    check(!failed);
    return made;
}

static void give_amount(const struct anomaly_plan *plan, const struct anomaly_event *event,
                        const struct spread *spread, unsigned of, struct anomaly_find *find)
{
    double z = apart(plan, event->amount, spread->median) / spread->width;
    char amount[AMOUNT_TEXT], median[AMOUNT_TEXT];
    json_t *baseline = spread_json(plan, spread, of);

    amount_text(event->amount, event->scale, amount);
    amount_text(spread->median, spread->scale, median);
    if (plan->plain)
        anomaly__give(find, "amount", surprise(z, AMOUNT_USUAL), baseline,
                      "%s is %.1f times the usual spread away from %s, the median of %u", amount, z,
                      median, of);
    else
        anomaly__give(find, "amount", surprise(z, AMOUNT_USUAL), baseline,
                      "%s is %.3g times %s, the median of %u; usual is a factor of %.2f", amount,
                      (double)event->amount / (double)spread->median, median, of,
                      exp(spread->width));
}

/* The last ANOMALY_SHORT, this one among them, against those before. */
static void give_drift(const struct anomaly_plan *plan, const struct anomaly_event *event,
                       struct amounts *amounts, struct anomaly_find *find)
{
    unsigned before = amounts->n - (ANOMALY_SHORT - 1);
    char now[AMOUNT_TEXT], then[AMOUNT_TEXT];
    amount_units late;
    struct spread spread;
    double z;

    amounts->list[amounts->n] = event->amount;
    late = units_median(amounts->list + before, ANOMALY_SHORT);
    spread_of(plan, amounts->list, before, amounts->scale, &spread);
    z = apart(plan, late, spread.median) / spread.width * sqrt(ANOMALY_SHORT) / MEDIAN_NOISE;
    amount_text(late, amounts->scale, now);
    amount_text(spread.median, spread.scale, then);
    anomaly__give(find, "drift", surprise(z, DRIFT_USUAL), spread_json(plan, &spread, before),
                  "the median of the last %u is %s; of the %u before it was %s", ANOMALY_SHORT, now,
                  before, then);
}

void anomaly__amount(const struct anomaly_plan *plan, const struct anomaly_event *event,
                     const struct anomaly_key *key, struct anomaly_find *find)
{
    struct amounts amounts;
    amount_units list[ANOMALY_RECENT];
    struct spread spread;

    if ((!plan->amount && !plan->drift) || !event->has_amount)
        return;
    amounts_of(plan, key, &amounts);
    if (!plan->plain && event->amount <= 0) {
        anomaly__give(find, "amount", 0, NULL, "an amount that is not above zero has no factor");
        return;
    }
    if (amounts.n < plan->least) {
        anomaly__give(find, "amount", 0, NULL, "%u amounts are known, %u are needed", amounts.n,
                      plan->least);
        return;
    }
    memcpy(list, amounts.list, amounts.n * sizeof *list);
    spread_of(plan, list, amounts.n, amounts.scale, &spread);
    if (plan->amount)
        give_amount(plan, event, &spread, amounts.n, find);
    if (plan->drift && amounts.n + 1 >= plan->least + ANOMALY_SHORT)
        give_drift(plan, event, &amounts, find);
}

/* ---- Hours and days
 *
 * Of an hour of the week little is known early, so it leans on the hour of the day and the day of
 * the week, and those lean on all being alike. */

struct season {
    double hour[24], day[7], hours, total;
};

static void season_read(const struct anomaly_key *key, struct season *season)
{
    double hour[24] = { 0 };

    memset(season, 0, sizeof *season);
    for (unsigned i = 0; i < ANOMALY_SLOTS; i++) {
        double count = key->season[i] / (double)ANOMALY_UNIT;

        hour[i % 24] += count;
        season->day[i / 24] += count;
        season->total += count;
    }
    for (unsigned i = 0; i < 24; i++) {
        double near = hour[(i + 1) % 24] + hour[(i + 23) % 24];

        season->hour[i] = (hour[i] / 2 + near / 4 + 0.5) / (season->total + 12);
    }
    for (unsigned i = 0; i < 7; i++)
        season->day[i] = (season->day[i] + 0.5) / (season->total + 3.5);
}

static double season_share(const struct anomaly_plan *plan, const struct anomaly_key *key,
                           const struct season *season, unsigned slot)
{
    double here, lean = season->hour[slot % 24] * season->day[slot / 24];
    unsigned next = (slot + 1) % ANOMALY_SLOTS, last = (slot + ANOMALY_SLOTS - 1) % ANOMALY_SLOTS;

    if (plan->season == ANOMALY_HOUR_OF_DAY)
        return season->hour[slot % 24];
    if (plan->season == ANOMALY_DAY_OF_WEEK)
        return season->day[slot / 24];
    here = (key->season[slot] / 2.0 + key->season[next] / 4.0 + key->season[last] / 4.0) /
           ANOMALY_UNIT;
    return (here + 24 * lean) / (season->total + 24);
}

/* The share that an event of the key has on average. */
static double season_usual(const struct anomaly_plan *plan, const struct anomaly_key *key,
                           const struct season *season)
{
    double usual = 0;

    for (unsigned i = 0; i < ANOMALY_SLOTS; i++)
        if (key->season[i] > 0)
            usual += key->season[i] / (double)ANOMALY_UNIT / season->total *
                     season_share(plan, key, season, i);
    return usual;
}

void anomaly__season(const struct anomaly_plan *plan, const struct anomaly_event *event,
                     const struct anomaly_key *key, struct anomaly_find *find)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    double share, usual;
    struct season season;
    json_t *baseline;
    char name[16];

    if (plan->season == ANOMALY_NO_SEASON)
        return;
    season_read(key, &season);
    if (season.total < plan->least) {
        anomaly__give(find, "season", 0, NULL, "%.0f events are known, %u are needed",
                      floor(season.total), plan->least);
        return;
    }
    share = season_share(plan, key, &season, event->slot);
    usual = season_usual(plan, key, &season);
    baseline = json_pack("{s:o, s:o}", "percent", anomaly__number(share * 100), "usual_percent",
                         anomaly__number(usual * 100));
    check(baseline != NULL && share > 0);
    snprintf(name, sizeof name, plan->season == ANOMALY_DAY_OF_WEEK ? "%s" : "%s %02u h",
             days[event->slot / 24], event->slot % 24);
    if (plan->season == ANOMALY_HOUR_OF_DAY)
        memmove(name, name + 4, strlen(name + 4) + 1);
    anomaly__give(find, "season", usual > share ? log(usual / share) : 0, baseline,
                  "%s has %.2f %% of the events; the usual one has %.2f %%", name, share * 100,
                  usual * 100);
}
