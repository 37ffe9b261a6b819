/* match.c - each item of a list, and the candidate that it belongs to (nodes/match_job.h). */
#include <stddef.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node_work.h"
#include "nodes/alike.h"
#include "nodes/definition.h"
#include "nodes/match_job.h"
#include "nodes/tolerance.h"

#define MATCH_INLINE 10000u /* items times candidates; less does not leave the loop */
#define MATCH_KEYS   8
#define MATCH_DAYS   3660

struct match_paths {
    const char *item, *candidate;
};
struct key_setting {
    const char *item, *candidate;
    int how;
};
struct score_setting {
    struct field_list texts; /* of struct match_paths */
    int64_t text_weight, amount_weight, date_weight, at_least, margin;
};
struct match_config {
    struct value *lists[2];
    struct field_list within, keys; /* of struct key_setting */
    struct match_paths *amount, *currency, *date;
    struct tolerance_setting *tolerance;
    int64_t days;
    struct score_setting *score;
    bool reuse;
    struct match_setup *setup;
};

/* ---- Settings */

static const struct field path_fields[] = {
    { .kind = FIELD_PATH,
      .name = "item",
      .offset = offsetof(struct match_paths, item),
      .required = true,
      .help = "Where it stands in an item: a name, or names with dots.",
      .example = "\"amount\"" },
    { .kind = FIELD_PATH,
      .name = "candidate",
      .offset = offsetof(struct match_paths, candidate),
      .help = "Where it stands in a candidate; by default at the same place.",
      .example = "\"DocBal\"" },
    FIELD_LAST,
};
static const struct field key_fields[] = {
    { .kind = FIELD_PATH,
      .name = "item",
      .offset = offsetof(struct key_setting, item),
      .required = true,
      .help = "Where the key stands in an item.",
      .example = "\"invoice_id\"" },
    { .kind = FIELD_PATH,
      .name = "candidate",
      .offset = offsetof(struct key_setting, candidate),
      .help = "Where it stands in a candidate; by default at the same place.",
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
      .max = MATCH_KEYS,
      .rows = path_fields,
      .size = sizeof(struct match_paths),
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
      .help = "How far the best must be ahead of the runner-up; else it is ambiguous." },
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
      .max = MATCH_KEYS,
      .rows = key_fields,
      .size = sizeof(struct key_setting),
      .help =
          "What must be equal in any case, such as the customer; nothing is equal to nothing." },
    { .kind = FIELD_LIST,
      .name = "keys",
      .offset = offsetof(struct match_config, keys),
      .max = MATCH_KEYS,
      .rows = key_fields,
      .size = sizeof(struct key_setting),
      .help = "Keys that name the candidate, each for itself, tried in order: an equal one with "
              "one candidate that fits in amount, currency and date matches." },
    { .kind = FIELD_OBJECT,
      .name = "amount",
      .offset = offsetof(struct match_config, amount),
      .rows = path_fields,
      .size = sizeof(struct match_paths),
      .help = "Where the amounts stand. Nothing there fails the step." },
    { .kind = FIELD_OBJECT,
      .name = "currency",
      .offset = offsetof(struct match_config, currency),
      .rows = path_fields,
      .size = sizeof(struct match_paths),
      .help = "Where the currencies stand." },
    { .kind = FIELD_OBJECT,
      .name = "date",
      .offset = offsetof(struct match_config, date),
      .rows = path_fields,
      .size = sizeof(struct match_paths),
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
      .max = MATCH_DAYS,
      .help = "How many days dates may be apart; -1: they are not compared." },
    { .kind = FIELD_OBJECT,
      .name = "score",
      .offset = offsetof(struct match_config, score),
      .rows = score_fields,
      .size = sizeof(struct score_setting),
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

static void paths_compile(struct flow_build *build, struct line_path path[2], const char *item,
                          const char *candidate, const char *pointer)
{
    char place[PLACE_BYTES];

    line_place(place, sizeof place, "%s/item", pointer);
    line_path_init(&path[MATCH_ITEM], item, build, place);
    line_place(place, sizeof place, "%s/candidate", pointer);
    line_path_init(&path[MATCH_CANDIDATE], candidate != NULL ? candidate : item, build, place);
}

static void member_compile(struct flow_build *build, struct line_path path[2],
                           const struct match_paths *paths, const char *pointer, const char *name)
{
    char place[PLACE_BYTES];

    line_place(place, sizeof place, "%s/%s", pointer, name);
    if (paths != NULL)
        paths_compile(build, path, paths->item, paths->candidate, place);
}

static unsigned keys_compile(struct flow_build *build, struct match_column *columns,
                             const struct field_list *list, const char *pointer, const char *name)
{
    const struct key_setting *keys = list->items;
    char place[PLACE_BYTES];

    for (size_t i = 0; i < list->count; i++) {
        line_place(place, sizeof place, "%s/%s/%zu", pointer, name, i);
        paths_compile(build, columns[i].path, keys[i].item, keys[i].candidate, place);
        columns[i].how = (enum line_key)keys[i].how;
    }
    return (unsigned)list->count;
}

static void score_compile(struct flow_build *build, const struct match_config *match,
                          struct match_setup *setup, const char *pointer)
{
    const struct score_setting *score = match->score;
    const struct match_paths *texts = score->texts.items;
    struct match_column *columns = setup->columns + setup->within + setup->keys;
    char place[PLACE_BYTES];

    for (size_t i = 0; i < score->texts.count; i++) {
        line_place(place, sizeof place, "%s/score/texts/%zu", pointer, i);
        paths_compile(build, columns[i].path, texts[i].item, texts[i].candidate, place);
        columns[i].how = LINE_FOLDED;
    }
    setup->texts = (unsigned)score->texts.count;
    setup->pass.scored = true;
    setup->pass.text_weight = setup->texts > 0 ? (unsigned)score->text_weight : 0;
    setup->pass.amount_weight = match->amount != NULL ? (unsigned)score->amount_weight : 0;
    setup->pass.day_weight = match->days >= 0 ? (unsigned)score->date_weight : 0;
    setup->pass.at_least = (int)score->at_least * (ALIKE_ONE / 100);
    setup->pass.margin = (int)score->margin * (ALIKE_ONE / 100);
    line_place(place, sizeof place, "%s/score", pointer);
    if (setup->pass.text_weight + setup->pass.amount_weight + setup->pass.day_weight == 0)
        flow_build_fault(build, place,
                         "nothing counts for this score: give \"texts\", an \"amount\" or a window "
                         "of \"days\"");
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
    struct match_setup *setup = match_setup_new();
    size_t texts = match->score != NULL ? match->score->texts.count : 0;
    char place[PLACE_BYTES];

    (void)type;
    match->setup = setup;
    match_check(build, match, pointer);
    setup->reuse = match->reuse;
    setup->pass.days = (int32_t)match->days;
    setup->pass.margin = 1;
    setup->columns =
        mem_must((match->within.count + match->keys.count + texts + 1) * sizeof *setup->columns);
    setup->within = keys_compile(build, setup->columns, &match->within, pointer, "within");
    setup->keys =
        keys_compile(build, setup->columns + setup->within, &match->keys, pointer, "keys");
    member_compile(build, setup->amount, match->amount, pointer, "amount");
    member_compile(build, setup->currency, match->currency, pointer, "currency");
    member_compile(build, setup->date, match->date, pointer, "date");
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

static enum err_code match_work(void *job, const atomic_bool *given_up, bool *sent, struct err *e)
{
    (void)sent;
    return match_job_run(job, given_up, e);
}

static void match_drop(void *job)
{
    match_job_free(job);
}

static void match_worked(struct step *step, const void *config, void *job)
{
    json_t *output = match_job_take(job);

    (void)config;
    step_done(step, "out", &output);
}

static void match_inline(struct step *step, struct match_job *job)
{
    json_t *output, *details = NULL;
    struct err e;

    if (match_job_run(job, NULL, &e) == ERR_OK) {
        output = match_job_take(job);
        step_done(step, "out", &output);
    } else {
        step_fail(step, &e, &details);
    }
    match_job_free(job);
}

static void match_filled(struct step *step, const void *config, const struct step_values *values)
{
    const struct match_config *match = config;
    struct step_work work = { .work = match_work, .drop = match_drop, .effect = EFFECT_NONE };
    size_t items = json_array_size(values->filled[0]);
    size_t candidates = json_array_size(values->filled[1]);
    struct match_job *job;
    json_t *details = NULL;
    struct err e;

    check(values->count == 2);
    for (size_t side = 0; side < 2; side++)
        if (!json_is_array(values->filled[side])) {
            err_set(&e, ERR_INVALID, "\"%s\" must give a list, but gave: %s",
                    side == 0 ? "items" : "candidates", json_kind(values->filled[side]));
            step_fail(step, &e, &details);
            return;
        }
    job = match_job_new(match->setup, values->filled[0], values->filled[1]);
    if ((items + 1) * (candidates + 1) < MATCH_INLINE) {
        match_inline(step, job);
        return;
    }
    work.job = job;
    step_work(step, &work, match_worked);
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
