/* series_pulse.c - the last day of each flow by the hour, kept in memory beside the rows: what a
 * list of flows shows of each. Read from the store once, at the start. */
#include "designer-api/series_priv.h"

static struct pulse_hour pulse_of(const struct series_cell *cell)
{
    return (struct pulse_hour){ .runs = (uint32_t)cell->started,
                                .succeeded = (uint32_t)cell->ended[RUN_SUCCEEDED],
                                .failed = (uint32_t)cell->ended[RUN_FAILED] };
}

void series__pulse(struct series *series, const char *place, int64_t at_s,
                   const struct series_cell *cell)
{
    const struct pulse_hour more = pulse_of(cell);
    struct pulse *pulse = dict_find(series->pulses, place);

    if (more.runs == 0 && more.succeeded == 0 && more.failed == 0)
        return;
    if (pulse == NULL) {
        pulse = mem_must(sizeof *pulse);
        *pulse = (struct pulse){ .hour_s = 0 };
        dict_put(series->pulses, place, pulse);
    }
    pulse_add(pulse, at_s, &more);
}

static bool pulse_row(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    series__pulse(arg, place, at_s, cell);
    return true;
}

enum err_code series__pulses_open(struct series *series, struct err *e)
{
    const struct series_ask read = {
        .span = { .family = 'f',
                  .from_s = series->minute_s / SERIES_HOUR * SERIES_HOUR -
                            (PULSE_HOURS - 1) * (int64_t)SERIES_HOUR,
                  .to_s = series->minute_s + SERIES_MINUTE },
        .step_s = SERIES_HOUR,
        .rolled_s = series->hour_s,
    };

    return series_read(series->store, &read, pulse_row, series, e);
}

void series__pulses_close(struct series *series)
{
    struct pulse *pulse;
    size_t cursor = 0;

    while ((pulse = dict_next(series->pulses, &cursor, NULL)) != NULL)
        mem_free(pulse);
    dict_free(series->pulses);
}

struct pulses_open {
    const struct series *series;
    series_pulse_fn *visit;
    void *arg;
};

static void pulses_open_one(void *arg, const char *place, const struct series_cell *cell)
{
    const struct pulses_open *open = arg;
    const struct pulse_hour now = pulse_of(cell);
    struct pulse pulse = { .hour_s = 0 };

    pulse_add(&pulse, open->series->minute_s, &now);
    open->visit(open->arg, place, &pulse);
}

void series_pulses(struct series *series, series_pulse_fn *visit, void *arg)
{
    struct pulses_open open = { series, visit, arg };
    const struct pulse *pulse;
    const char *place;
    size_t cursor = 0;

    CHECK_OBJ(series, SERIES_MAGIC);
    while ((pulse = dict_next(series->pulses, &cursor, &place)) != NULL)
        visit(arg, place, pulse);
    series__open(series, pulses_open_one, &open);
}
