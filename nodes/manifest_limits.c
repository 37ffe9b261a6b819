/* manifest_limits.c - reads how much a system takes: "limits". */
#include <stdio.h>

#include "flow/flow.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/manifest_priv.h"

#define LIMITS_MOST INT64_C(1000000)

static unsigned read_count(const struct manifest_source *source, const json_t *json,
                           const char *name)
{
    int64_t count = json_get_int(json, name, 0);

    if (json_object_get(json, name) != NULL && (count < 1 || count > LIMITS_MOST))
        manifest__fault(source, "/limits", "\"%s\" is a whole number of 1 to %lld", name,
                        (long long)LIMITS_MOST);
    return count > 0 && count <= LIMITS_MOST ? (unsigned)count : 0;
}

static const char *read_header(const struct manifest_source *source, const json_t *json,
                               const char *pointer, const char *name)
{
    const char *header = json_get_text(json, name);

    if (header != NULL && !header_name_valid(header))
        manifest__fault(source, pointer, "\"%s\" must be the name of a header, not \"%.60s\"", name,
                        header);
    return header;
}

/* The two headers of one budget, which stand in "limits" itself or in one of its "budgets". */
static void read_budget(const struct manifest_source *source, const json_t *json,
                        const char *pointer, struct connector_limits *limits)
{
    struct connector_budget budget = {
        .remaining = read_header(source, json, pointer, "remaining_header"),
        .reset = read_header(source, json, pointer, "reset_header"),
    };
    const size_t most = sizeof limits->budgets / sizeof *limits->budgets;

    if (budget.remaining != NULL && limits->budget_count < most)
        limits->budgets[limits->budget_count++] = budget;
    else if (budget.remaining != NULL)
        manifest__fault(source, pointer, "there are more than %zu budgets", most);
    else if (budget.reset != NULL)
        manifest__fault(source, pointer,
                        "\"reset_header\" has a meaning with \"remaining_header\" only");
}

static void read_budgets(const struct manifest_source *source, const json_t *list,
                         struct connector_limits *limits)
{
    static const struct member rows[] = {
        { "remaining_header", MEMBER_TEXT, true },
        { "reset_header", MEMBER_TEXT, false },
        { 0 },
    };
    char pointer[40];
    json_t *budget;
    size_t i;

    json_array_foreach(list, i, budget)
    {
        snprintf(pointer, sizeof pointer, "/limits/budgets/%zu", i);
        if (manifest__members(source, budget, pointer, rows))
            read_budget(source, budget, pointer, limits);
    }
}

void manifest__limits(const struct manifest_source *source, const json_t *json)
{
    static const struct member rows[] = {
        { "requests", MEMBER_INT, false },
        { "per", MEMBER_TEXT, false },
        { "burst", MEMBER_INT, false },
        { "concurrency", MEMBER_INT, false },
        { "remaining_header", MEMBER_TEXT, false },
        { "reset_header", MEMBER_TEXT, false },
        { "budgets", MEMBER_LIST, false },
        { 0 },
    };
    struct connector_limits *limits = &source->manifest->info.limits;
    const char *per = json_get_text(json, "per");

    if (json == NULL || !manifest__members(source, json, "/limits", rows))
        return;
    *limits = (struct connector_limits){
        .requests = read_count(source, json, "requests"),
        .per_ms = per != NULL ? flow_duration(per) : 1000,
        .burst = read_count(source, json, "burst"),
        .concurrency = read_count(source, json, "concurrency"),
    };
    read_budget(source, json, "/limits", limits);
    read_budgets(source, json_object_get(json, "budgets"), limits);
    if (limits->per_ms <= 0) {
        manifest__fault(source, "/limits/per",
                        "\"per\" is a time such as \"1s\", \"5m\": so many requests in that time");
        limits->per_ms = 1000;
    }
    if (limits->requests == 0 && (per != NULL || limits->burst > 0))
        manifest__fault(source, "/limits",
                        "\"per\" and \"burst\" have a meaning with \"requests\"");
}
