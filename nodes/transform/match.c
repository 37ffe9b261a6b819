/* match.c - each item of a list, and the candidate that it belongs to (nodes/match_job.h). */
#include <stddef.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/match_job.h"
#include "nodes/pairing.h"
#include "nodes/tolerance.h"

struct match_config {
    struct value *lists[2];
    struct field_list within, keys; /* of struct pairing_key */
    struct pairing_paths *amount, *currency, *date;
    struct tolerance_setting *tolerance;
    int64_t days;
    struct pairing_score *score;
    bool reuse;
    struct match_setup *setup;
};

/* ---- Settings */

static const char *const match_lists[] = { "item", "candidate" };

static const struct field path_fields[] = {
    PAIRING_ROW_ONE("item", "Where it stands in an item: a name, or names with dots.",
                    "\"amount\""),
    PAIRING_ROW_OTHER("candidate", "Where it stands in a candidate; by default at the same place.",
                      "\"DocBal\""),
    FIELD_LAST,
};
static const struct field key_fields[] = {
    PAIRING_ROW_ONE("item", "Where the key stands in an item.", "\"invoice_id\""),
    PAIRING_ROW_OTHER("candidate", "Where it stands in a candidate; by default at the same place.",
                      "\"RefNbr\""),
    PAIRING_ROW_AS,
    FIELD_LAST,
};
static const struct field score_fields[] = {
    PAIRING_ROWS_SCORE(path_fields,
                       "How far the best must be ahead of the runner-up; else it is ambiguous."),
    FIELD_LAST,
};
static const struct field match_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "items",
      .offset = offsetof(struct match_config, lists[0]),
      .required = true,
      .help = "The items, objects: payments.",
      .example = "\"=trigger.body.payments\"" },
    { .kind = FIELD_VALUE,
      .name = "candidates",
      .offset = offsetof(struct match_config, lists[1]),
      .required = true,
      .help = "What they may belong to, objects: open invoices.",
      .example = "\"=steps.invoices.body\"" },
    { .kind = FIELD_LIST,
      .name = "within",
      .offset = offsetof(struct match_config, within),
      .max = PAIRING_KEYS,
      .rows = key_fields,
      .size = sizeof(struct pairing_key),
      .help =
          "What must be equal in any case, such as the customer; nothing is equal to nothing." },
    { .kind = FIELD_LIST,
      .name = "keys",
      .offset = offsetof(struct match_config, keys),
      .max = PAIRING_KEYS,
      .rows = key_fields,
      .size = sizeof(struct pairing_key),
      .main = true,
      .help = "Keys that name the candidate, each for itself, tried in order: an equal one with "
              "one candidate that fits in amount, currency and date matches." },
    { .kind = FIELD_OBJECT,
      .name = "amount",
      .offset = offsetof(struct match_config, amount),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .main = true,
      .help = "Where the amounts stand. Nothing there fails the step." },
    { .kind = FIELD_OBJECT,
      .name = "currency",
      .offset = offsetof(struct match_config, currency),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .help = "Where the currencies stand." },
    { .kind = FIELD_OBJECT,
      .name = "date",
      .offset = offsetof(struct match_config, date),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .help = "Where the dates stand: 2026-11-21 or a moment, of which the day in UTC counts." },
    { .kind = FIELD_OBJECT,
      .name = "tolerance",
      .offset = offsetof(struct match_config, tolerance),
      .rows = tolerance_fields,
      .size = sizeof(struct tolerance_setting),
      .help = "How far amounts may be apart; without it they must be equal." },
    { .kind = FIELD_INT,
      .name = "days",
      .offset = offsetof(struct match_config, days),
      .fallback = "-1",
      .min = -1,
      .max = PAIRING_DAYS,
      .help = "How many days dates may be apart; -1: they are not compared." },
    { .kind = FIELD_OBJECT,
      .name = "score",
      .offset = offsetof(struct match_config, score),
      .rows = score_fields,
      .size = sizeof(struct pairing_score),
      .help = "Proposes, by likeness, for items that no key has placed: among the candidates that "
              "fit in within, amount, currency and date." },
    { .kind = FIELD_BOOL,
      .name = "reuse",
      .offset = offsetof(struct match_config, reuse),
      .fallback = "false",
      .help = "Whether several items may belong to one candidate, as part payments do." },
    FIELD_LAST,
};

/* ---- Compile */

static void score_compile(struct flow_build *build, const struct match_config *match,
                          struct match_setup *setup, const char *pointer)
{
    char place[PLACE_BYTES];

    line_place(place, sizeof place, "%s/score/texts", pointer);
    setup->texts =
        pairing_compile_texts(build, &setup->pairing, &match->score->texts, match_lists, place);
    line_place(place, sizeof place, "%s/score", pointer);
    pairing_compile_score(build, match->score, setup->texts > 0, match->amount != NULL,
                          &setup->pass, place);
}

static void match_check(struct flow_build *build, const struct match_config *match,
                        const char *pointer)
{
    if (match->keys.count == 0 && match->score == NULL)
        flow_build_fault(build, pointer, "give \"keys\", a \"score\" or both");
    if (match->days >= 0 && match->date == NULL)
        flow_build_fault(build, pointer, "\"days\" needs \"date\": where the dates stand");
    if (match->tolerance != NULL && match->amount == NULL)
        flow_build_fault(build, pointer, "\"tolerance\" needs \"amount\": where the amounts stand");
}

static void match_compile(struct flow_build *build, void *config, const char *pointer,
                          const struct node_type *type)
{
    struct match_config *match = config;
    size_t texts = match->score != NULL ? match->score->texts.count : 0;
    struct match_setup *setup = match_setup_new(match->within.count + match->keys.count + texts);
    char place[PLACE_BYTES];

    (void)type;
    match->setup = setup;
    match_check(build, match, pointer);
    setup->reuse = match->reuse;
    setup->pass.days = (int32_t)match->days;
    setup->pass.margin = 1;
    line_place(place, sizeof place, "%s/within", pointer);
    setup->within =
        pairing_compile_keys(build, &setup->pairing, &match->within, match_lists, place);
    line_place(place, sizeof place, "%s/keys", pointer);
    setup->keys = pairing_compile_keys(build, &setup->pairing, &match->keys, match_lists, place);
    pairing_compile_members(build, &setup->pairing, match->amount, match->currency, match->date,
                            match_lists, pointer);
    line_place(place, sizeof place, "%s/tolerance", pointer);
    tolerance_compile(build, match->tolerance, match->currency != NULL, &setup->pass, place);
    if (match->score != NULL)
        score_compile(build, match, setup, pointer);
}

static void match_release(void *config)
{
    struct match_config *match = config;

    match_setup_unref(match->setup);
    match->setup = NULL;
}

/* ---- Run */

static void match_filled(struct step *step, const void *config, const struct step_values *values)
{
    const struct match_config *match = config;

    list_job_start(step, &match_job, match->setup, values);
}

static enum node_next match_start(struct step *step, const void *config)
{
    const struct match_config *match = config;

    check(match->setup != NULL);
    return step_eval(step, match->lists, 2, false, match_filled);
}

const struct node_type node_transform_match = {
    .name = "transform.match",
    .kind = NODE_TRANSFORM,
    .title = "Match items",
    .help = "Finds for each item of a list the candidate that it belongs to: matched (an equal key "
            "with one candidate that fits), proposed (alike, or an equal key with another amount: "
            "for a person), ambiguous or none, with the reason, the best, the runner-up and the "
            "margin. Keys and amounts are members of the lines; where an expression is needed, a "
            "transform.map before it makes the member.",
    .fields = match_fields,
    .config_size = sizeof(struct match_config),
    .example =
        "{\"items\": \"=trigger.body.payments\", \"candidates\": \"=trigger.body.invoices\", "
        "\"keys\": [{\"item\": \"invoice_id\", \"candidate\": \"RefNbr\", \"as\": "
        "\"digits\"}], \"amount\": {\"item\": \"amount\", \"candidate\": \"DocBal\"}, "
        "\"score\": {\"texts\": [{\"item\": \"name\", \"candidate\": \"CustName\"}]}}",
    .compile = match_compile,
    .start = match_start,
    .release = match_release,
};
