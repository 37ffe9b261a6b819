/* reconcile.c - two lists, and which of their lines belong together (nodes/reconcile.h). */
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node_work.h"
#include "nodes/alike.h"
#include "nodes/definition.h"
#include "nodes/reconcile_job.h"
#include "nodes/tolerance.h"

#define RECONCILE_INLINE 500u /* lines in all: fewer do not leave the loop */
#define RECONCILE_PASSES 20
#define RECONCILE_KEYS   8
#define RECONCILE_DAYS   3660

struct reconcile_paths {
    const char *left, *right;
};
struct key_setting {
    const char *left, *right;
    int how;
};
struct score_setting {
    struct field_list texts; /* of struct reconcile_paths */
    int64_t text_weight, amount_weight, date_weight, at_least, margin;
};
struct pass_setting {
    const char *name;
    struct field_list keys; /* of struct key_setting */
    struct tolerance_setting *tolerance;
    int64_t days;
    int cardinality;
    bool differences;
    struct score_setting *score;
};
struct reconcile_config {
    struct value *lists[2];
    struct reconcile_paths *amount, *currency, *date;
    struct field_list passes; /* of struct pass_setting */
    int show;
    struct reconcile_setup *setup;
};
static const char *const cardinalities[] = { "one_to_one", "one_to_many", "many_to_one", NULL };
static const char *const shows[] = { "lines", "numbers", "none", NULL };

/* ---- Settings */

static const struct field path_fields[] = {
    { .kind = FIELD_PATH,
      .name = "left",
      .offset = offsetof(struct reconcile_paths, left),
      .required = true,
      .help = "Where it stands in a line of the left list: a name, or names with dots.",
      .example = "\"amount\"" },
    { .kind = FIELD_PATH,
      .name = "right",
      .offset = offsetof(struct reconcile_paths, right),
      .help = "Where it stands in a line of the right list; by default at the same place.",
      .example = "\"CuryOrigDocAmt\"" },
    FIELD_LAST,
};
static const struct field key_fields[] = {
    { .kind = FIELD_PATH,
      .name = "left",
      .offset = offsetof(struct key_setting, left),
      .required = true,
      .help = "Where the key stands in a line of the left list.",
      .example = "\"invoice_id\"" },
    { .kind = FIELD_PATH,
      .name = "right",
      .offset = offsetof(struct key_setting, right),
      .help = "Where it stands in a line of the right list; by default at the same place.",
      .example = "\"RefNbr\"" },
    { .kind = FIELD_CHOICE,
      .name = "as",
      .offset = offsetof(struct key_setting, how),
      .fallback = "exact",
      .choices = line_key_names,
      .help = line_key_help },
    FIELD_LAST,
};
static const struct field score_fields[] = {
    { .kind = FIELD_LIST,
      .name = "texts",
      .offset = offsetof(struct score_setting, texts),
      .max = RECONCILE_KEYS,
      .rows = path_fields,
      .size = sizeof(struct reconcile_paths),
      .help = "Texts whose likeness counts: names, references." },
    { .kind = FIELD_INT,
      .name = "text_weight",
      .offset = offsetof(struct score_setting, text_weight),
      .fallback = "60",
      .max = 100,
      .help = "How much the texts count." },
    { .kind = FIELD_INT,
      .name = "amount_weight",
      .offset = offsetof(struct score_setting, amount_weight),
      .fallback = "25",
      .max = 100,
      .help = "How much it counts that amounts are close, within the tolerance." },
    { .kind = FIELD_INT,
      .name = "date_weight",
      .offset = offsetof(struct score_setting, date_weight),
      .fallback = "15",
      .max = 100,
      .help = "How much it counts that dates are close, within the window." },
    { .kind = FIELD_INT,
      .name = "at_least",
      .offset = offsetof(struct score_setting, at_least),
      .fallback = "80",
      .min = 1,
      .max = 100,
      .help = "The least score of a proposal, of 100." },
    { .kind = FIELD_INT,
      .name = "margin",
      .offset = offsetof(struct score_setting, margin),
      .fallback = "5",
      .min = 1,
      .max = 100,
      .help = "How far it must be ahead of the next best of either line; else it is ambiguous." },
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
      .max = RECONCILE_KEYS,
      .rows = key_fields,
      .size = sizeof(struct key_setting),
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
      .max = RECONCILE_DAYS,
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
      .size = sizeof(struct score_setting),
      .help = "Makes this a pass that proposes, by likeness; it stands behind those that match." },
    FIELD_LAST,
};
static const struct field reconcile_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "left",
      .offset = offsetof(struct reconcile_config, lists[0]),
      .required = true,
      .help = "The left list, of objects.",
      .example = "\"=steps.settlement.lines\"" },
    { .kind = FIELD_VALUE,
      .name = "right",
      .offset = offsetof(struct reconcile_config, lists[1]),
      .required = true,
      .help = "The right list, of objects.",
      .example = "\"=steps.ledger.payments\"" },
    { .kind = FIELD_OBJECT,
      .name = "amount",
      .offset = offsetof(struct reconcile_config, amount),
      .rows = path_fields,
      .size = sizeof(struct reconcile_paths),
      .help = "Where the amounts stand: numbers, or texts that are numbers; at most 19 digits "
              "before the point and 18 behind it. Nothing there fails the step. Without amounts "
              "only keys and dates are compared." },
    { .kind = FIELD_OBJECT,
      .name = "currency",
      .offset = offsetof(struct reconcile_config, currency),
      .rows = path_fields,
      .size = sizeof(struct reconcile_paths),
      .help = "Where the currencies stand. Lines of two currencies never match; totals are kept "
              "for each." },
    { .kind = FIELD_OBJECT,
      .name = "date",
      .offset = offsetof(struct reconcile_config, date),
      .rows = path_fields,
      .size = sizeof(struct reconcile_paths),
      .help = "Where the dates stand: 2026-11-21 or a moment, of which the day in UTC counts. A "
              "line without one is within no window." },
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

static void paths_compile(struct flow_build *build, struct line_path path[2],
                          const struct reconcile_paths *paths, const char *pointer)
{
    char place[PLACE_BYTES];

    if (paths == NULL)
        return;
    line_place(place, sizeof place, "%s/left", pointer);
    line_path_init(&path[0], paths->left, build, place);
    line_place(place, sizeof place, "%s/right", pointer);
    line_path_init(&path[1], paths->right != NULL ? paths->right : paths->left, build, place);
}

/* The columns of a pass: its keys, then its texts. Returns how many they are now. */
static unsigned columns_compile(struct flow_build *build, struct reconcile_setup *setup,
                                struct reconcile_pass *pass, const struct pass_setting *setting,
                                const char *pointer)
{
    const struct key_setting *keys = setting->keys.items;
    const struct reconcile_paths *texts =
        setting->score != NULL ? setting->score->texts.items : NULL;
    char place[PLACE_BYTES];

    pass->first_key = setup->plan.columns;
    pass->key_count = (unsigned)setting->keys.count;
    pass->first_text = pass->first_key + pass->key_count;
    pass->text_count = setting->score != NULL ? (unsigned)setting->score->texts.count : 0;
    for (unsigned i = 0; i < pass->key_count; i++) {
        struct reconcile_column *column = &setup->columns[setup->plan.columns++];

        line_place(place, sizeof place, "%s/keys/%u", pointer, i);
        paths_compile(build, column->path, &(struct reconcile_paths){ keys[i].left, keys[i].right },
                      place);
        column->how = (enum line_key)keys[i].how;
    }
    for (unsigned i = 0; i < pass->text_count; i++) {
        struct reconcile_column *column = &setup->columns[setup->plan.columns++];

        line_place(place, sizeof place, "%s/score/texts/%u", pointer, i);
        paths_compile(build, column->path, &texts[i], place);
        column->how = LINE_FOLDED;
    }
    return setup->plan.columns;
}

static void score_compile(struct flow_build *build, const struct reconcile_config *config,
                          struct reconcile_pass *pass, const struct score_setting *score,
                          const char *pointer)
{
    pass->scored = true;
    pass->text_weight = pass->text_count > 0 ? (unsigned)score->text_weight : 0;
    pass->amount_weight = config->amount != NULL ? (unsigned)score->amount_weight : 0;
    pass->day_weight = pass->days >= 0 ? (unsigned)score->date_weight : 0;
    pass->at_least = (int)score->at_least * (ALIKE_ONE / 100);
    pass->margin = (int)score->margin * (ALIKE_ONE / 100);
    if (pass->text_weight + pass->amount_weight + pass->day_weight == 0)
        flow_build_fault(build, pointer,
                         "nothing counts for this score: give \"texts\", an \"amount\" or a window "
                         "of \"days\"");
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
    struct reconcile_setup *setup = reconcile_setup_new();
    const struct pass_setting *passes = reconcile->passes.items;
    size_t columns = 1;
    char place[PLACE_BYTES];

    (void)type;
    reconcile->setup = setup;
    setup->show = (enum reconcile_show)reconcile->show;
    line_place(place, sizeof place, "%s/amount", pointer);
    paths_compile(build, setup->amount, reconcile->amount, place);
    line_place(place, sizeof place, "%s/currency", pointer);
    paths_compile(build, setup->currency, reconcile->currency, place);
    line_place(place, sizeof place, "%s/date", pointer);
    paths_compile(build, setup->date, reconcile->date, place);
    for (size_t i = 0; i < reconcile->passes.count; i++)
        columns +=
            passes[i].keys.count + (passes[i].score != NULL ? passes[i].score->texts.count : 0);
    setup->columns = mem_must(columns * sizeof *setup->columns);
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

static enum err_code reconcile_work(void *job, const atomic_bool *given_up, bool *sent,
                                    struct err *e)
{
    (void)sent;
    return reconcile_job_run(job, given_up, e);
}

static void reconcile_drop(void *job)
{
    reconcile_job_free(job);
}

static void reconcile_worked(struct step *step, const void *config, void *job)
{
    json_t *output = reconcile_job_take(job);

    (void)config;
    step_done(step, "out", &output);
}

static void reconcile_inline(struct step *step, struct reconcile_job *job)
{
    json_t *output, *details = NULL;
    struct err e;

    if (reconcile_job_run(job, NULL, &e) == ERR_OK) {
        output = reconcile_job_take(job);
        step_done(step, "out", &output);
    } else {
        step_fail(step, &e, &details);
    }
    reconcile_job_free(job);
}

static void reconcile_filled(struct step *step, const void *config,
                             const struct step_values *values)
{
    const struct reconcile_config *reconcile = config;
    struct step_work work = { .work = reconcile_work,
                              .drop = reconcile_drop,
                              .effect = EFFECT_NONE };
    struct reconcile_job *job;
    json_t *details = NULL;
    struct err e;

    check(values->count == 2);
    for (size_t side = 0; side < 2; side++)
        if (!json_is_array(values->filled[side])) {
            err_set(&e, ERR_INVALID, "\"%s\" must give a list, but gave: %s",
                    side == 0 ? "left" : "right", json_kind(values->filled[side]));
            step_fail(step, &e, &details);
            return;
        }
    job = reconcile_job_new(reconcile->setup, values->filled[0], values->filled[1]);
    if (json_array_size(values->filled[0]) + json_array_size(values->filled[1]) <
        RECONCILE_INLINE) {
        reconcile_inline(step, job);
        return;
    }
    work.job = job;
    step_work(step, &work, reconcile_worked);
}

static enum node_next reconcile_start(struct step *step, const void *config)
{
    const struct reconcile_config *reconcile = config;

    check(reconcile->setup != NULL);
    return step_eval(step, reconcile->lists, 2, false, reconcile_filled);
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
    .release = reconcile_release,
};
