/* money.c - see money.h.
 *
 * (1) What cannot be told (no number, no currency, a rule's error) keeps no event out: the run is
 *     counted as one of unknown money.                                  [money_found, money_ended]
 * (2) A run that has not ended with its first batch is a fact until it does, in the transaction of
 *     that batch and of its end: what waits is known at any moment.                [money_flush]
 * (3) What was posted is asked of the steps beside the control totals, so a run that was cut off
 *     there asks again and hears the same. Without an answer it does not end well. [money_posted]
 *     A flow that tells no amount moves what it posted; before, and if it fails, that is unknown.
 *
 * (4) What a run was counted with stands there as long as the run does. Its replay takes that back
 *     with its own accept: one event counts once, where its newest run stands.       [money_redone]
 *
 * FACT_MONEY "WORKSPACE/ENVIRONMENT/FLOW/RUN" -> {"amount": "149.90", "currency": "USD"}; at_ms:
 * when it was received. FACT_MOVED has "as" besides ("posted", "failed", "cancelled"), and "posted"
 * where the flow told how much was; FACT_REDONE the same: at_ms is when it ended. */
#include "engine/money.h"

#include <string.h>

#include "base/decimal.h"
#include "engine/run.h"
#include "flow/flow.h"

#define MONEY_TEXT  40u /* characters of an amount: more is no money */
#define MONEY_VALUE (2 * DECIMAL_TEXT + 96u)

struct money {
    struct decimal amount;
    struct decimal posted; /* with told */
    char currency[TALLY_CURRENCY];
    bool known;
    bool told; /* settings.money.posted has said it */
    bool kept; /* the fact is there, or goes with the next batch */
};

static const struct money money_unknown = { .known = false };

static bool money_is_told(const struct flow *flow)
{
    return flow->currency != NULL;
}

static struct money *money_of(struct run *run)
{
    if (run->money == NULL)
        run->money = mem_must(sizeof *run->money);
    return run->money;
}

/* ---- What the expressions gave */

static bool money_amount(const json_t *json, struct decimal *amount)
{
    const char *text = json_is_exact(json) ? json_exact_text(json) : json_text(json);
    struct err e;

    if (json_is_integer(json)) {
        decimal_from_int(amount, json_integer_value(json));
        return true;
    }
    return text != NULL && strlen(text) <= MONEY_TEXT &&
           decimal_parse(amount, text, strlen(text), &e) == ERR_OK;
}

static bool money_currency(const json_t *json, char currency[TALLY_CURRENCY])
{
    const char *text = json_text(json);

    if (text == NULL || strlen(text) != TALLY_CURRENCY - 1 ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != TALLY_CURRENCY - 1)
        return false;
    memcpy(currency, text, TALLY_CURRENCY);
    return true;
}

static void money_found(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct engine *engine = owner;
    struct run *run = table_find(&engine->runs, tag);
    const struct flow *flow;
    json_t *amount = NULL, *currency = NULL;
    bool failed = false;
    size_t used;

    if (run == NULL)
        return;
    flow = run->version->flow;
    if (result->error == NULL) {
        value_expressions(flow->amount, &used);
        amount = value_fill(flow->amount, result->values, &failed);
        currency = value_fill(flow->currency, result->values + used, &failed);
        run->money->known = !failed && money_amount(amount, &run->money->amount) &&
                            money_currency(currency, run->money->currency);
    }
    json_decref(amount);
    json_decref(currency);
    run_admitted(run);
}

bool money_ask(struct run *run)
{
    const struct flow *flow = run->version->flow;
    const struct rule_allowance allowance = run_allowance(run);
    struct rule_scope scope = { .trigger = run->input,
                                .vars = flow->vars,
                                .env = run->env,
                                .now_ms = run->received_ms,
                                .allowance = &allowance,
                                .seed = run->id };
    const struct value *both[2] = { flow->amount, flow->currency };
    unsigned which[16];
    size_t count = 0, n;

    if (flow->amount == NULL || flow->currency == NULL)
        return false;
    money_of(run);
    for (size_t i = 0; i < 2; i++) {
        const unsigned *list = value_expressions(both[i], &n);

        for (; n > 0 && count < 16; n--)
            which[count++] = *list++;
    }
    if (count == 0)
        return false;
    rules_eval(run->engine->world.rules, run->version->unit, which, count, RULE_ALL, &scope,
               money_found, run->engine, run->id);
    return true;
}

/* ---- The fact of what has not ended */

static void money_key(const struct run *run, char key[STORE_FACT_KEY + 1])
{
    const struct deployment *d = run->deployment;
    char id[IDENT_TEXT];

    ident_text(run->id, id);
    snprintf(key, STORE_FACT_KEY + 1, "%s/%s/%s/%s", d->workspace, d->environment, d->slug, id);
}

/* as: what it is counted as; NULL: it has not ended. */
static void money_value(const struct money *money, const char *as, char value[MONEY_VALUE])
{
    char amount[DECIMAL_TEXT], posted[DECIMAL_TEXT], told[DECIMAL_TEXT + 16] = "";

    decimal_text(&money->amount, amount);
    decimal_text(&money->posted, posted);
    if (money->told)
        snprintf(told, sizeof told, ",\"posted\":\"%s\"", posted);
    if (as == NULL)
        snprintf(value, MONEY_VALUE, "{\"amount\":\"%s\",\"currency\":\"%s\"}", amount,
                 money->currency);
    else
        snprintf(value, MONEY_VALUE, "{\"amount\":\"%s\",\"currency\":\"%s\",\"as\":\"%s\"%s}",
                 amount, money->currency, as, strcmp(as, "posted") == 0 ? told : "");
}

static const char *money_as(enum run_status status)
{
    return status == RUN_SUCCEEDED ? "posted" : run_status_name(status);
}

void money_flush(struct run *run)
{
    struct money *money = run->money;
    char key[STORE_FACT_KEY + 1], value[MONEY_VALUE];
    struct store_fact fact = { .kind = FACT_MONEY, .key = key, .value = value, .run = run->id };

    if (money == NULL || !money->known || (money->kept && !run->ending))
        return;
    money_key(run, key);
    if (run->ending) {
        const struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_MONEY, .key = key };

        if (money->kept)
            run_fact(run, &gone);
        fact.kind = FACT_MOVED;
        fact.at_ms = run->engine->wall;
        money_value(money, money_as(run->status), value);
    } else {
        fact.at_ms = run->received_ms;
        money_value(money, NULL, value);
        money->kept = true;
    }
    run_fact(run, &fact);
}

static bool money_read(void *arg, const struct store_fact *fact)
{
    static const struct json_limits limits = { 1 * KIB, 4, 20 };
    struct money *money = arg;
    struct err e;
    json_t *json = json_read(fact->value, strlen(fact->value), &limits, &e);

    money->known = money->kept = money_amount(json_object_get(json, "amount"), &money->amount) &&
                                 money_currency(json_object_get(json, "currency"), money->currency);
    json_decref(json);
    return false;
}

static void money_find(struct engine *engine, const char *key, struct money *money)
{
    const struct store_facts_filter filter = { .kind = FACT_MONEY, .key = key };
    struct err e;

    if (store_facts(engine->world.store, &filter, money_read, money, &e) != ERR_OK)
        log_warn(engine->world.log, "what a run moves is not known: %s", e.text);
}

void money_recover(struct run *run)
{
    char key[STORE_FACT_KEY + 1];

    if (run->version->flow->amount == NULL)
        return;
    money_key(run, key);
    money_find(run->engine, key, money_of(run));
}

struct money *money_kept(struct engine *engine, const char *key)
{
    struct money *money = mem_must(sizeof *money);

    money_find(engine, key, money);
    if (money->known)
        return money;
    mem_free(money);
    return NULL;
}

void money_aside(const struct money *money, const char *key, int64_t ended_ms,
                 struct store_batch *batch)
{
    char value[MONEY_VALUE];
    const struct store_fact waits = { .op = FACT_REMOVE, .kind = FACT_MONEY, .key = key };
    const struct store_fact moved = { .op = FACT_PUT,
                                      .kind = FACT_MOVED,
                                      .key = key,
                                      .value = value,
                                      .at_ms = ended_ms,
                                      .run = batch->run };

    store_batch_fact(batch, &waits);
    if (money == NULL)
        return;
    money_value(money, money_as(RUN_FAILED), value);
    store_batch_fact(batch, &moved);
}

/* ---- A replay */

static bool money_take_back(void *arg, const struct store_fact *fact)
{
    struct run *replay = arg;
    struct store_fact moved = { .op = FACT_REMOVE, .kind = FACT_MOVED, .key = fact->key };
    struct store_fact redone = *fact;

    run_fact(replay, &moved);
    redone.op = FACT_PUT;
    redone.kind = FACT_REDONE;
    redone.run = 0; /* it counts for longer than the old run is kept */
    run_fact(replay, &redone);
    return false;
}

void money_redone(struct run *replay, const char *old)
{
    struct engine *engine = replay->engine;
    const struct deployment *d = replay->deployment;
    char key[STORE_FACT_KEY + 1];
    const struct store_facts_filter filter = { .kind = FACT_MOVED, .key = key };
    struct err e;

    snprintf(key, sizeof key, "%s/%s/%s/%s", d->workspace, d->environment, d->slug, old);
    if (store_facts(engine->world.store, &filter, money_take_back, replay, &e) != ERR_OK)
        log_warn(engine->world.log, "what run %s was counted with is not known: %s", old, e.text);
}

bool money_above(const struct run *run, const char *above)
{
    struct decimal threshold, amount;
    struct err e;

    if (run->money == NULL || !run->money->known ||
        decimal_parse(&threshold, above, strlen(above), &e) != ERR_OK)
        return false;
    amount = run->money->amount;
    amount.negative = false;
    return decimal_compare(&amount, &threshold) > 0;
}

/* ---- Counting */

/* The rest of the amount is neither posted nor failed. False: it has too many digits. */
static bool money_split(const struct money *money, struct tally_money *one)
{
    struct decimal *rest = &one->sums[TALLY_NOT_POSTED];
    struct err e;

    one->sums[TALLY_POSTED] = money->posted;
    one->runs[TALLY_POSTED] = !decimal_is_zero(&money->posted);
    if (decimal_sub(rest, &money->amount, &money->posted, &e) != ERR_OK)
        return false;
    one->runs[TALLY_NOT_POSTED] = !decimal_is_zero(rest);
    return true;
}

static void money_count(struct tally_flow *flow, const struct money *money,
                        enum tally_money_kind kind)
{
    struct tally_money one = { .runs = { 0 } };
    bool fits = true;

    if (kind == TALLY_POSTED && money->told) {
        fits = money_split(money, &one);
    } else {
        one.sums[kind] = money->amount;
        one.runs[kind] = 1;
    }
    memcpy(one.currency, money->currency, sizeof one.currency);
    if (!money->known || !fits || !tally_money_add(flow->money, &one))
        flow->money_unknown++;
}

void money_posted(struct run *run, const json_t *value, const json_t *currency, struct err *e)
{
    struct money *money = money_of(run);

    money->told = true;
    decimal_from_int(&money->posted, 0);
    if (value != NULL && !json_is_null(value) && !money_amount(value, &money->posted)) {
        err_set(e, ERR_INVALID,
                "settings.money.posted must give a decimal number, its text, or nil for nothing, "
                "but gave %s",
                json_kind(value));
    } else if (run->version->flow->amount == NULL) {
        money->amount = money->posted;
        money->known = money_currency(currency, money->currency);
    }
}

void money_ended(struct run *run, enum run_status status)
{
    static const uint8_t kinds[] = { [RUN_SUCCEEDED] = TALLY_POSTED,
                                     [RUN_FAILED] = TALLY_FAILED,
                                     [RUN_CANCELLED] = TALLY_CANCELLED };

    if (run->money != NULL || money_is_told(run->version->flow))
        money_count(&run->deployment->tally, run->money != NULL ? run->money : &money_unknown,
                    (enum tally_money_kind)kinds[status]);
}

void money_lost(struct deployment *d, const struct money *money)
{
    const bool told = d->version != NULL && money_is_told(d->version->flow);

    if (money != NULL || told)
        money_count(&d->tally, money != NULL ? money : &money_unknown, TALLY_FAILED);
}
