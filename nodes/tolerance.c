/* tolerance.c - how far amounts may be apart. */
#include "nodes/tolerance.h"

#include <stddef.h>

#include "base/mem.h"
#include "flow/flow.h"
#include "nodes/definition.h"
#include "nodes/line.h"

#define PERCENT_PLACES 6 /* digits of a percentage behind its point */

const struct field tolerance_fields[] = {
    { .kind = FIELD_JSON,
      .name = "absolute",
      .offset = offsetof(struct tolerance_setting, absolute),
      .help = "An amount.",
      .example = "0.05" },
    { .kind = FIELD_JSON,
      .name = "percent",
      .offset = offsetof(struct tolerance_setting, percent),
      .help = "Of the left amount, where many make up one of that one; the larger of the two "
              "limits holds. At most 100, with at most 6 digits behind the point.",
      .example = "0.5" },
    { .kind = FIELD_JSON,
      .name = "currencies",
      .offset = offsetof(struct tolerance_setting, currencies),
      .help = "Other absolute amounts for single currencies.",
      .example = "{\"JPY\": 1}" },
    FIELD_LAST,
};

static amount_units limit_read(struct flow_build *build, const json_t *json, const char *pointer)
{
    amount_units units = 0;
    struct err e;
    int scale;

    if (json == NULL)
        return 0;
    if (amount_read(json, &units, &scale, &e) != ERR_OK)
        flow_build_fault(build, pointer, "%s", e.text);
    else if (units < 0)
        flow_build_fault(build, pointer, "a tolerance is not below zero");
    return units > 0 ? units : 0;
}

static int64_t percent_read(struct flow_build *build, const json_t *json, const char *pointer)
{
    amount_units units = limit_read(build, json, pointer), one = 1;

    for (int i = 0; i < AMOUNT_SCALE - PERCENT_PLACES; i++)
        one *= 10;
    if (units / one > INT64_C(100000000) || units % one != 0) {
        flow_build_fault(build, pointer,
                         "a percentage is 0 to 100, with at most %d digits behind "
                         "its point",
                         PERCENT_PLACES);
        return 0;
    }
    return (int64_t)(units / one);
}

void tolerance_compile(struct flow_build *build, const struct tolerance_setting *setting,
                       bool currencies, struct reconcile_pass *pass, const char *pointer)
{
    char place[PLACE_BYTES];
    const char *currency;
    json_t *json;

    if (setting == NULL)
        return;
    line_place(place, sizeof place, "%s/absolute", pointer);
    pass->absolute = limit_read(build, setting->absolute, place);
    line_place(place, sizeof place, "%s/percent", pointer);
    pass->percent = percent_read(build, setting->percent, place);
    line_place(place, sizeof place, "%s/currencies", pointer);
    if (setting->currencies == NULL)
        return;
    if (!json_is_object(setting->currencies)) {
        flow_build_fault(build, place, "must be an object of amounts, such as {\"JPY\": 1}");
        return;
    }
    if (!currencies)
        flow_build_fault(build, place,
                         "amounts for currencies need \"currency\": where the "
                         "currencies stand");
    pass->limits = mem_must((json_object_size(setting->currencies) + 1) * sizeof *pass->limits);
    json_object_foreach(setting->currencies, currency, json)
    {
        pass->limits[pass->limit_count++] =
            (struct reconcile_limit){ mem_must_copy(currency), limit_read(build, json, place) };
    }
}
