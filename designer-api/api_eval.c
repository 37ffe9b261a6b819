/* api_eval.c - expressions, templates, conditions, scripts and mappings on given values, by the
 * runtime's own evaluator; and whether a rule compiles.
 *
 * A batch is done one by one, and no longer than EVAL_BATCH_MS: what is left then says so. */
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/piece.h"
#include "engine/budget.h"
#include "engine/flows.h"

#define EVAL_BATCH_MS 1000

/* ---- What is asked */

struct eval {
    struct ask_later *later;
    struct engine *engine;
    struct rule_allowance set; /* of the workspace */
    struct clock *clock;
    json_t *asks;             /* array */
    json_t *results;          /* array */
    json_t *bundle, *context; /* of those that have none; may be NULL */
    json_t *reads;            /* of the one in work */
    size_t next;
    int64_t until_ms; /* steady */
    int64_t began_us;
    bool batch, waits, again;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const char *type_name(const json_t *value)
{
    if (value == NULL)
        return "nil";
    if (json_is_text(value))
        return "text";
    if (json_is_exact(value))
        return "number";
    if (json_is_integer(value))
        return "integer";
    return json_is_boolean(value)  ? "boolean"
           : json_is_object(value) ? "object"
           : json_is_array(value)  ? "array"
                                   : "null";
}

/* ---- Where in the source an error is */

/* Characters of UTF-16 in so many bytes. */
static size_t utf16_units(const char *text, size_t size)
{
    size_t units = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        units += (c & 0xc0) != 0x80;
        units += c >= 0xf0;
    }
    return units;
}

/* The longest name of the message that stands in the source. */
static const char *error_name(const char *message, const char *source, size_t *size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_.[]";
    const char *found = NULL;

    *size = 0;
    for (const char *at = message; *at != '\0'; at += strcspn(at, letters)) {
        size_t length = strspn(at, letters);
        char name[200];
        const char *there;

        if (length > 1 && length < sizeof name && length > *size) {
            while (length > 1 && at[length - 1] == '.')
                length--;
            snprintf(name, sizeof name, "%.*s", (int)length, at);
            there = strstr(source, name);
            if (there != NULL) {
                found = there;
                *size = length;
            }
        }
        at += strspn(at, letters);
        if (*at == '\0')
            break;
    }
    return found;
}

static json_t *error_json(const char *message, const json_t *source)
{
    const char *text = json_text(source), *line = strstr(message, "line "), *at;
    size_t size = 0;
    json_t *error = json_pack("{s:s}", "msg", message);

    if (error == NULL)
        return json_pack("{s:s}", "msg", "the rule failed");
    if (text != NULL && (at = error_name(message, text, &size)) != NULL) {
        size_t from = utf16_units(text, (size_t)(at - text));

        json_object_set_new(error, "from", json_integer((json_int_t)from));
        json_object_set_new(error, "to", json_integer((json_int_t)(from + utf16_units(at, size))));
    }
    if (line != NULL && line[5] >= '1' && line[5] <= '9')
        json_object_set_new(error, "line", json_integer(line[5] - '0'));
    return error;
}

/* ---- One */

static void eval_next(struct eval *eval);

static void eval_result(struct eval *eval, json_t *result)
{
    check(result != NULL);
    json_object_set_new(result, "us", json_integer(now_us() - eval->began_us));
    if (json_array_size(eval->reads) > 0)
        json_object_set(result, "reads", eval->reads);
    json_decref(eval->reads);
    eval->reads = NULL;
    json_array_append_new(eval->results, result);
    eval->next++;
}

static void eval_error(struct eval *eval, const char *message)
{
    const json_t *ask = json_array_get(eval->asks, eval->next);

    const char *kind = json_get_text(ask, "kind");

    message = piece_message(message, strcmp(kind, "mapping") == 0);
    eval_result(eval, json_pack("{s:s, s:o}", "type", "error", "error",
                                error_json(message, json_object_get(ask, "source"))));
}

static bool is_true(const json_t *value)
{
    return value != NULL && !json_is_false(value) && !json_is_null(value);
}

static void eval_told(void *arg, json_t *value, const struct err *e)
{
    struct eval *eval = arg;
    const json_t *ask = json_array_get(eval->asks, eval->next);
    const char *kind = json_get_text(ask, "kind");
    json_t *own =
        strcmp(kind, "condition") == 0 ? json_boolean(is_true(value)) : json_incref(value);

    if (e != NULL)
        eval_error(eval, e->text);
    else
        eval_result(eval, json_pack("{s:s, s:O*}", "type", type_name(own), "value", own));
    json_decref(own);
    if (eval->waits)
        eval_next(eval); /* it had paused */
    else
        eval->again = true;
}

/* All that the piece reads, each once; new reference. */
static json_t *eval_reads(const struct piece *piece)
{
    json_t *targets = piece_describe(piece), *reads = json_array(), *target, *read;
    size_t i, j, k;

    json_array_foreach(targets, i, target)
    {
        json_array_foreach(json_object_get(target, "reads"), j, read)
        {
            for (k = 0; k < json_array_size(reads) && !json_same(json_array_get(reads, k), read);)
                k++;
            if (k == json_array_size(reads))
                json_array_append(reads, read);
        }
    }
    json_decref(targets);
    return reads;
}

/* The source as the piece takes it; new reference. */
static json_t *eval_source(const json_t *ask, enum piece_kind *kind)
{
    const char *name = json_get_text(ask, "kind");
    json_t *source = json_object_get(ask, "source");
    const char *text = json_text(source);

    *kind = strcmp(name, "mapping") == 0  ? PIECE_MAPPING
            : strcmp(name, "script") == 0 ? PIECE_SCRIPT
                                          : PIECE_VALUE;
    if ((strcmp(name, "expression") != 0 && strcmp(name, "condition") != 0) || text == NULL ||
        text[0] == '=')
        return json_incref(source);
    return json_sprintf("=%s", text);
}

static void eval_one(struct eval *eval, const json_t *ask)
{
    json_t *own = json_object_get(ask, "context");
    struct piece_ask asked = { .context = own != NULL ? own : eval->context,
                               .bundle = eval->bundle,
                               .set = eval->set };
    struct faults faults;
    struct piece *piece;
    size_t i = 0;

    faults_init(&faults);
    asked.source = eval_source(ask, &asked.kind);
    piece = piece_new(eval->engine, &asked, &faults);
    if (piece != NULL) {
        eval->reads = asked.kind != PIECE_SCRIPT ? eval_reads(piece) : NULL;
        piece_eval(piece, asked.context, eval_told, eval);
        piece_free(piece);
    } else {
        while (i < faults.count && faults.list[i].warning)
            i++;
        eval_error(eval, i < faults.count ? faults.list[i].text : "it does not compile");
        eval->again = true;
    }
    json_decref(asked.source);
    faults_fini(&faults);
}

static void eval_end(struct eval *eval)
{
    json_t *answer = eval->batch ? json_pack("{s:O}", "items", eval->results)
                                 : json_incref(json_array_get(eval->results, 0));

    later_give(eval->later, 200, answer);
    json_decref(eval->asks);
    json_decref(eval->results);
    json_decref(eval->bundle);
    json_decref(eval->context);
    mem_free(eval);
}

/* Goes on until one pauses, or all are done. */
static void eval_next(struct eval *eval)
{
    do {
        if (eval->next == json_array_size(eval->asks)) {
            eval_end(eval);
            return;
        }
        eval->began_us = now_us();
        eval->again = eval->waits = false;
        if (eval->clock->steady_ms(eval->clock) > eval->until_ms) {
            eval_error(eval, "those before it have taken too long");
            eval->again = true;
        } else {
            eval_one(eval, json_array_get(eval->asks, eval->next));
        }
    } while (eval->again);
    eval->waits = true;
}

/* ---- The operations */

/* The bundle whose rules may be used, and what a step of it sees; false: refused. */
static bool eval_place(struct ask *ask, struct eval *eval, const json_t *place)
{
    const char *flow = json_get_text(place, "flow"), *step = json_get_text(place, "step");
    struct context_ask asked = { .step = step,
                                 .sample = json_get_text(place, "sample"),
                                 .run = json_get_text(place, "run") };
    json_t *context = NULL;
    struct err e;

    if (flow == NULL)
        return true;
    eval->bundle = draft_current(ask, flow, &e);
    if (eval->bundle != NULL && step != NULL && eval->context == NULL) {
        context = context_new(ask, flow, eval->bundle, &asked, &e);
        eval->context = json_incref(json_object_get(context, "values"));
        json_decref(context);
    }
    if (eval->bundle != NULL && (step == NULL || eval->context != NULL))
        return true;
    ask_refuse(ask, &e);
    return false;
}

static void eval_begin(struct ask *ask, json_t *asks, const json_t *place, bool batch)
{
    struct eval *eval = mem_must(sizeof *eval);

    *eval = (struct eval){ .engine = ask_engine(ask),
                           .set = engine_allowance(ask_engine(ask), ask->who->workspace, NULL),
                           .clock = ask_clock(ask),
                           .asks = asks,
                           .results = json_array(),
                           .batch = batch };
    eval->context = json_incref(json_object_get(place, "context"));
    if (!eval_place(ask, eval, place)) {
        json_decref(eval->asks);
        json_decref(eval->results);
        json_decref(eval->bundle);
        json_decref(eval->context);
        mem_free(eval);
        return;
    }
    eval->later = ask_later(ask);
    eval->until_ms = eval->clock->steady_ms(eval->clock) + EVAL_BATCH_MS;
    eval_next(eval);
}

static void evaluate(struct ask *ask)
{
    eval_begin(ask, json_pack("[O]", ask->body), ask->body, false);
}

static void evaluate_batch(struct ask *ask)
{
    eval_begin(ask, json_incref(json_object_get(ask->body, "items")), ask->body, true);
}

/* ---- Compiling only */

static void lua_check(struct ask *ask)
{
    const char *kind = json_get_text(ask->body, "kind"), *flow = json_get_text(ask->body, "flow"),
               *name = json_get_text(ask->body, "name");
    bool module = strcmp(kind, "module") == 0;
    json_t *given = module ? NULL : eval_source(ask->body, &(enum piece_kind){ PIECE_VALUE });
    struct piece_ask asked = { .kind = strcmp(kind, "script") == 0 ? PIECE_SCRIPT : PIECE_VALUE,
                               .source = module ? json_string("x") : given };
    json_t *bundle = NULL, *own = NULL, *rules;
    struct faults faults;
    struct piece *piece;
    struct err e;

    if (flow != NULL && (bundle = draft_current(ask, flow, &e)) == NULL) {
        ask_refuse(ask, &e);
        json_decref(asked.source);
        return;
    }
    own = bundle != NULL ? json_copy(bundle) : json_object();
    if (module) {
        rules = json_object_get(own, "rules") != NULL ? json_copy(json_object_get(own, "rules"))
                                                      : json_object();
        json_object_set(rules, name != NULL ? name : "module",
                        json_object_get(ask->body, "source"));
        json_object_set_new(own, "rules", rules);
    }
    asked.bundle = own;
    asked.context = NULL;
    asked.names = true;
    faults_init(&faults);
    piece = piece_new(ask_engine(ask), &asked, &faults);
    ask_give(ask, 200,
             json_pack("{s:b, s:o}", "valid", piece != NULL && faults.errors == 0, "faults",
                       draft_faults(&faults, NULL)));
    piece_free(piece);
    faults_fini(&faults);
    json_decref(asked.source);
    json_decref(own);
    json_decref(bundle);
}

const struct ask_bind eval_binds[] = {
    { "evaluate", evaluate },
    { "evaluateBatch", evaluate_batch },
    { "checkLua", lua_check },
    { NULL, NULL },
};
