/* reconcile.c - two lists, and which of their lines belong together (nodes/reconcile.h). */
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/pairing.h"
#include "nodes/reconcile_job.h"
#include "nodes/tolerance.h"

#define RECONCILE_PASSES 20

struct pass_setting {
    const char *name;
    struct field_list keys; /* of struct pairing_key */
    struct tolerance_setting *tolerance;
    int64_t days;
    int cardinality;
    bool differences;
    struct pairing_score *score;
};
struct reconcile_sides {
    const char *left, *right;
};
struct reconcile_config {
    struct value *values[LIST_JOB_VALUES]; /* left, right, the title */
    struct pairing_paths *amount, *currency, *date, *lines;
    struct field_list passes; /* of struct pass_setting */
    int show;
    struct reconcile_sides *sides; /* for people; the step does without */
    struct reconcile_setup *setup;
};
static const char *const cardinalities[] = { "one_to_one", "one_to_many", "many_to_one", NULL };
static const char *const shows[] = { "lines", "numbers", "none", NULL };

/* ---- Settings */

static const char *const reconcile_lists[] = { "left", "right" };

static const struct field path_fields[] = {
    PAIRING_ROW_ONE("left",
                    "Where it stands in a line of the left list: a name, or names with dots.",
                    "\"amount\""),
    PAIRING_ROW_OTHER("right",
                      "Where it stands in a line of the right list; by default at the same place.",
                      "\"CuryOrigDocAmt\""),
    FIELD_LAST,
};
static const struct field key_fields[] = {
    PAIRING_ROW_ONE("left", "Where the key stands in a line of the left list.", "\"invoice_id\""),
    PAIRING_ROW_OTHER("right",
                      "Where it stands in a line of the right list; by default at the same place.",
                      "\"RefNbr\""),
    PAIRING_ROW_AS,
    FIELD_LAST,
};
static const struct field score_fields[] = {
    PAIRING_ROWS_SCORE(
        path_fields,
        "How far it must be ahead of the next best of either line; else it is ambiguous."),
    FIELD_LAST,
};
static const struct field pass_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct pass_setting, name),
      .required = true,
      .help = "For people, and in the result.",
      .example = "\"order number\"" },
    { .kind = FIELD_LIST,
      .name = "keys",
      .offset = offsetof(struct pass_setting, keys),
      .max = PAIRING_KEYS,
      .rows = key_fields,
      .size = sizeof(struct pairing_key),
      .main = true,
      .help = "What must be equal, all of it; a line with nothing for one of them is passed over. "
              "Without keys the amount alone, and the window of days, decide." },
    { .kind = FIELD_OBJECT,
      .name = "tolerance",
      .offset = offsetof(struct pass_setting, tolerance),
      .rows = tolerance_fields,
      .size = sizeof(struct tolerance_setting),
      .help = "How far amounts may be apart; without it they must be equal." },
    { .kind = FIELD_INT,
      .name = "days",
      .offset = offsetof(struct pass_setting, days),
      .fallback = "-1",
      .min = -1,
      .max = PAIRING_DAYS,
      .help = "How many days dates may be apart; -1: they are not compared." },
    { .kind = FIELD_CHOICE,
      .name = "cardinality",
      .offset = offsetof(struct pass_setting, cardinality),
      .fallback = "one_to_one",
      .choices = cardinalities,
      .help = "one_to_many: a left line is the sum of right lines (a deposit and its payments); "
              "many_to_one: the reverse. All lines of the same keys within the window are tried "
              "first, then parts of them." },
    { .kind = FIELD_BOOL,
      .name = "differences",
      .offset = offsetof(struct pass_setting, differences),
      .fallback = "true",
      .help = "Equal keys mean that lines belong together: what then does not agree is a "
              "difference. Switch it off for keys that many lines share, such as a customer." },
    { .kind = FIELD_OBJECT,
      .name = "score",
      .offset = offsetof(struct pass_setting, score),
      .rows = score_fields,
      .size = sizeof(struct pairing_score),
      .help = "Makes this a pass that proposes, by likeness; it stands behind those that match." },
    FIELD_LAST,
};
static const struct field side_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "left",
      .offset = offsetof(struct reconcile_sides, left),
      .required = true,
      .help = "Whose lines the left list has.",
      .example = "\"PayTrace\"" },
    { .kind = FIELD_TEXT,
      .name = "right",
      .offset = offsetof(struct reconcile_sides, right),
      .required = true,
      .help = "Whose lines the right list has.",
      .example = "\"Dynamics 365\"" },
    FIELD_LAST,
};
static const struct field reconcile_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "left",
      .offset = offsetof(struct reconcile_config, values[0]),
      .required = true,
      .help = "The left list, of objects.",
      .example = "\"=steps.settlement.lines\"" },
    { .kind = FIELD_VALUE,
      .name = "right",
      .offset = offsetof(struct reconcile_config, values[1]),
      .required = true,
      .help = "The right list, of objects.",
      .example = "\"=steps.ledger.payments\"" },
    { .kind = FIELD_VALUE,
      .name = "title",
      .offset = offsetof(struct reconcile_config, values[2]),
      .help = "What people call this one where they look at settlements, such as its day.",
      .example = "\"='Payout of ' .. steps.day.day\"" },
    { .kind = FIELD_OBJECT,
      .name = "sides",
      .offset = offsetof(struct reconcile_config, sides),
      .rows = side_fields,
      .size = sizeof(struct reconcile_sides),
      .help = "What people call the two sides, where they look at a settlement." },
    { .kind = FIELD_OBJECT,
      .name = "amount",
      .offset = offsetof(struct reconcile_config, amount),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .main = true,
      .help = "Where the amounts stand: numbers, or texts that are numbers; at most 19 digits "
              "before the point and 18 behind it. Nothing there fails the step. Without amounts "
              "only keys and dates are compared." },
    { .kind = FIELD_OBJECT,
      .name = "currency",
      .offset = offsetof(struct reconcile_config, currency),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .help = "Where the currencies stand. Lines of two currencies never match; totals are kept "
              "for each." },
    { .kind = FIELD_OBJECT,
      .name = "date",
      .offset = offsetof(struct reconcile_config, date),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .main = true,
      .help = "Where the dates stand: 2026-11-21 or a moment, of which the day in UTC counts. A "
              "line without one is within no window." },
    { .kind = FIELD_OBJECT,
      .name = "lines",
      .offset = offsetof(struct reconcile_config, lines),
      .rows = path_fields,
      .size = sizeof(struct pairing_paths),
      .help = "Where a line says for how many lines it stands, such as one for all of a page that "
              "agree; a line without that stands for itself. `stands_for` of the result counts "
              "them, and people see these counts." },
    { .kind = FIELD_LIST,
      .name = "passes",
      .offset = offsetof(struct reconcile_config, passes),
      .required = true,
      .min = 1,
      .max = RECONCILE_PASSES,
      .rows = pass_fields,
      .size = sizeof(struct pass_setting),
      .help = "Ways to match, in order; each sees what those before it left." },
    { .kind = FIELD_CHOICE,
      .name = "matched",
      .offset = offsetof(struct reconcile_config, show),
      .fallback = "lines",
      .choices = shows,
      .help = "What the result holds of what is matched: the lines, their numbers only, or nothing "
              "but counts and totals. For long lists: an output has at most 4 MiB." },
    FIELD_LAST,
};

/* ---- Compile */

/* The columns of a pass: its keys, then its texts. */
static void columns_compile(struct flow_build *build, struct reconcile_setup *setup,
                            struct reconcile_pass *pass, const struct pass_setting *setting,
                            const char *pointer)
{
    char place[PLACE_BYTES];

    pass->first_key = setup->pairing.count;
    line_place(place, sizeof place, "%s/keys", pointer);
    pass->key_count =
        pairing_compile_keys(build, &setup->pairing, &setting->keys, reconcile_lists, place);
    pass->first_text = setup->pairing.count;
    line_place(place, sizeof place, "%s/score/texts", pointer);
    if (setting->score != NULL)
        pass->text_count = pairing_compile_texts(build, &setup->pairing, &setting->score->texts,
                                                 reconcile_lists, place);
    setup->plan.columns = setup->pairing.count;
}

static void score_compile(struct flow_build *build, const struct reconcile_config *config,
                          struct reconcile_pass *pass, const struct pairing_score *score,
                          const char *pointer)
{
    pairing_compile_score(build, score, pass->text_count > 0, config->amount != NULL, pass,
                          pointer);
    if (pass->cardinality != RECONCILE_ONE_TO_ONE)
        flow_build_fault(build, pointer,
                         "a score compares one line with one: \"cardinality\" "
                         "must be one_to_one");
}

/* What the settings of a pass ask of those of the node. */
static void pass_check(struct flow_build *build, const struct reconcile_config *config, size_t at,
                       const char *pointer)
{
    const struct pass_setting *passes = config->passes.items, *pass = &passes[at];

    for (size_t i = 0; i < at; i++)
        if (passes[i].name != NULL && pass->name != NULL && strcmp(passes[i].name, pass->name) == 0)
            flow_build_fault(build, pointer, "two passes are named \"%.80s\"", pass->name);
    if (at > 0 && passes[at - 1].score != NULL && pass->score == NULL)
        flow_build_fault(build, pointer,
                         "a pass that matches must stand before those with a \"score\": what they "
                         "propose is no longer free");
    if (pass->days >= 0 && config->date == NULL)
        flow_build_fault(build, pointer, "\"days\" needs \"date\": where the dates stand");
    if (config->amount != NULL)
        return;
    if (pass->tolerance != NULL)
        flow_build_fault(build, pointer, "\"tolerance\" needs \"amount\": where the amounts stand");
    if (pass->cardinality != RECONCILE_ONE_TO_ONE)
        flow_build_fault(build, pointer, "sums need \"amount\": where the amounts stand");
    if (pass->keys.count == 0 && pass->score == NULL)
        flow_build_fault(build, pointer, "a pass needs \"keys\", or the node an \"amount\"");
}

static void pass_compile(struct flow_build *build, struct reconcile_config *config, size_t at,
                         const char *pointer)
{
    const struct pass_setting *setting = (const struct pass_setting *)config->passes.items + at;
    struct reconcile_pass *pass = &config->setup->plan.passes[at];
    char place[PLACE_BYTES];

    pass_check(build, config, at, pointer);
    pass->name = mem_must_copy(setting->name != NULL ? setting->name : "");
    pass->days = (int32_t)setting->days;
    pass->cardinality = (enum reconcile_cardinality)setting->cardinality;
    pass->differs = setting->differences;
    columns_compile(build, config->setup, pass, setting, pointer);
    line_place(place, sizeof place, "%s/tolerance", pointer);
    tolerance_compile(build, setting->tolerance, config->currency != NULL, pass, place);
    line_place(place, sizeof place, "%s/score", pointer);
    if (setting->score != NULL)
        score_compile(build, config, pass, setting->score, place);
}

static void reconcile_compile(struct flow_build *build, void *config, const char *pointer,
                              const struct node_type *type)
{
    struct reconcile_config *reconcile = config;
    const struct pass_setting *passes = reconcile->passes.items;
    struct reconcile_setup *setup;
    size_t columns = 0;
    char place[PLACE_BYTES];

    (void)type;
    for (size_t i = 0; i < reconcile->passes.count; i++)
        columns +=
            passes[i].keys.count + (passes[i].score != NULL ? passes[i].score->texts.count : 0);
    setup = reconcile_setup_new(columns);
    reconcile->setup = setup;
    setup->show = (enum reconcile_show)reconcile->show;
    pairing_compile_members(build, &setup->pairing, reconcile->amount, reconcile->currency,
                            reconcile->date, reconcile_lists, pointer);
    line_place(place, sizeof place, "%s/lines", pointer);
    pairing_compile_paths(build, setup->lines, reconcile->lines, reconcile_lists, place);
    setup->plan.passes = mem_must((reconcile->passes.count + 1) * sizeof *setup->plan.passes);
    for (size_t i = 0; i < reconcile->passes.count; i++) {
        line_place(place, sizeof place, "%s/passes/%zu", pointer, i);
        setup->plan.pass_count = i + 1;
        pass_compile(build, reconcile, i, place);
    }
}

static void reconcile_release(void *config)
{
    struct reconcile_config *reconcile = config;

    reconcile_setup_unref(reconcile->setup);
    reconcile->setup = NULL;
}

/* ---- Run */

static void reconcile_filled(struct step *step, const void *config,
                             const struct step_values *values)
{
    const struct reconcile_config *reconcile = config;

    list_job_start(step, &reconcile_job, reconcile->setup, values);
}

static enum node_next reconcile_start(struct step *step, const void *config)
{
    const struct reconcile_config *reconcile = config;

    check(reconcile->setup != NULL);
    return step_eval(step, reconcile->values, LIST_JOB_VALUES, false, reconcile_filled);
}

/* All of it, but the length of each list in its stead. */
static json_t *reconcile_summary(const json_t *output)
{
    static const char *const lists[] = { "matched", "proposed", "differences", "unmatched_left",
                                         "unmatched_right" };
    json_t *summary = json_copied((json_t *)output);
    bool failed = summary == NULL;

    for (size_t i = 0; i < sizeof lists / sizeof *lists && !failed; i++)
        json_put(summary, lists[i],
                 json_integer((json_int_t)json_array_size(json_object_get(output, lists[i]))),
                 &failed);
    if (!failed)
        return summary;
    json_decref(summary);
    return NULL;
}

const struct node_type node_transform_reconcile = {
    .name = "transform.reconcile",
    .kind = NODE_TRANSFORM,
    .title = "Reconcile two lists",
    .help = "Says which lines of two lists belong together, which are missing on one side and "
            "which differ, and proves that every line came out once and the sums with it. Only "
            "equal keys with amount and date within the limits match; likeness proposes; where "
            "more than one answer is possible none is chosen. Keys and amounts are members of the "
            "lines; where an expression is needed, a transform.map before it makes the member.",
    .fields = reconcile_fields,
    .config_size = sizeof(struct reconcile_config),
    .example =
        "{\"left\": \"=trigger.body.settlement\", \"right\": \"=trigger.body.ledger\", \"amount\": "
        "{\"left\": \"amount\", \"right\": \"CuryOrigDocAmt\"}, \"passes\": [{\"name\": \"order "
        "number\", \"keys\": [{\"left\": \"order\", \"right\": \"CustOrdNbr\", \"as\": "
        "\"folded\"}], \"tolerance\": {\"absolute\": 0.01}}]}",
    .compile = reconcile_compile,
    .start = reconcile_start,
    .summary = reconcile_summary,
    .release = reconcile_release,
};
