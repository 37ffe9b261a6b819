/* anomaly_tail.c - the threshold: a quantile of the past scores of all keys.
 *
 * Scores are counted in lanes, so that runs that end at the same time rarely wait for each other;
 * the threshold is that of all lanes together. A lane of LANE_MOST scores is halved: the quantile
 * is that of the last six to twelve thousand. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/anomaly_priv.h"

#define LANE_MOST (1500u * ANOMALY_UNIT)

int64_t anomaly_warm(const struct anomaly_plan *plan)
{
    int64_t warm = (int64_t)(5 / (plan->rate + plan->expected));

    return warm < 200 ? 200 : warm;
}

int anomaly__threshold(const struct anomaly_plan *plan, json_t *const *lanes, int64_t *scores)
{
    uint64_t counts[ANOMALY_BINS] = { 0 }, total = 0;
    double allowed, above = 0;

    for (unsigned lane = 0; lane < ANOMALY_LANES; lane++) {
        uint32_t some[ANOMALY_BINS];

        anomaly__counts_read(json_get_text(lanes[lane], "b"), some, ANOMALY_BINS);
        for (unsigned i = 0; i < ANOMALY_BINS; i++) {
            counts[i] += some[i];
            total += some[i];
        }
    }
    *scores = (int64_t)(total / ANOMALY_UNIT);
    if (*scores < anomaly_warm(plan))
        return plan->initial < 0 ? -1 : (int)(plan->initial * 100);
    allowed = (plan->rate + plan->expected) * (double)total;
    for (unsigned i = ANOMALY_BINS; i-- > 1;) {
        double here = (double)counts[i];

        if (above + here > allowed)
            return (int)((i + 1) * ANOMALY_BIN - (allowed - above) / here * ANOMALY_BIN);
        above += here;
    }
    return ANOMALY_BIN; /* nearly all scores are nothing: what is above that is unusual */
}

json_t *anomaly__lane_with(const json_t *lane, int score)
{
    uint32_t counts[ANOMALY_BINS];
    uint64_t total = 0;
    unsigned bin = (unsigned)score / ANOMALY_BIN;
    json_t *made;

    check(score >= 0);
    anomaly__counts_read(json_get_text(lane, "b"), counts, ANOMALY_BINS);
    counts[bin < ANOMALY_BINS ? bin : ANOMALY_BINS - 1] += ANOMALY_UNIT;
    for (unsigned i = 0; i < ANOMALY_BINS; i++)
        total += counts[i];
    for (unsigned i = 0; total > LANE_MOST && i < ANOMALY_BINS; i++)
        counts[i] /= 2;
    made = json_pack("{s:o}", "b", anomaly__counts_text(counts, ANOMALY_BINS));
    check(made != NULL);
    return made;
}
