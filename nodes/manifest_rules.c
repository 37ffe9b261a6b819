/* manifest_rules.c - what the answers of a system mean: reads "error" and "errors", and decides. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/manifest_priv.h"

#define WAIT_MOST_MS INT64_C(3600000)
#define CODE_HEADER  "header:" /* a code that stands in a header of the answer */

/* ---- Reading */

static bool is_texts(const json_t *json)
{
    if (json_is_text(json))
        return true;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!json_is_text(json_array_get(json, i)))
            return false;
    return json_is_array(json) && json_array_size(json) > 0;
}

/* What a value is compared with: {"not": X} is X's opposite. *negated says which. */
static const json_t *when_wanted(const json_t *value, bool *negated)
{
    const json_t *not = json_object_get(value, "not");

    *negated = not != NULL && json_object_size(value) == 1;
    return *negated ? not : value;
}

void manifest__when(const struct manifest_source *source, const json_t *json, const char *pointer)
{
    const char *path;
    json_t *value;
    bool negated;

    if (json_is_object(json) && json_object_size(json) == 0)
        manifest__fault(source, pointer, "it says nothing; name a path and its value");
    json_object_foreach((json_t *)json, path, value)
    {
        const json_t *wanted = when_wanted(value, &negated);

        if (json_is_object(wanted) || (json_is_array(wanted) && json_array_size(wanted) == 0))
            manifest__fault(source, pointer,
                            "\"%.60s\" must be a text, a number, true, false, null, a list of "
                            "such, or {\"not\": one of these}, but is: %s",
                            path, json_kind(wanted));
    }
}

static void read_wait(const struct manifest_source *source, json_t *json, const char *pointer,
                      struct manifest_rule *rule)
{
    static const struct member rows[] = { { "need", MEMBER_TEXT, true },
                                          { "have", MEMBER_TEXT, true },
                                          { "per_second", MEMBER_TEXT, true },
                                          { 0 } };
    char place[PLACE_BYTES + 8];

    snprintf(place, sizeof place, "%s/wait", pointer);
    if (json == NULL || !manifest__members(source, json, place, rows))
        return;
    rule->need = json_get_text(json, "need");
    rule->have = json_get_text(json, "have");
    rule->per_second = json_get_text(json, "per_second");
}

/* Causes that the diagnosis tells and no kind says. */
static bool is_cause(const char *name)
{
    static const char *const causes[] = { "declined", "period_closed", "not_found", "permission" };

    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (strcmp(causes[i], name) == 0)
            return true;
    return false;
}

static void read_rule(const struct manifest_source *source, json_t *json, const char *pointer,
                      struct manifest_rule *rule)
{
    static const struct member rows[] = {
        { "status", MEMBER_ANY, false },
        { "code", MEMBER_ANY, false },
        { "message", MEMBER_TEXT, false },
        { "when", MEMBER_OBJECT, false },
        { "kind", MEMBER_TEXT, true },
        { "not_processed", MEMBER_BOOL, false },
        { "cause", MEMBER_TEXT, false },
        { "help", MEMBER_TEXT, false },
        { "remedy", MEMBER_TEXT, false },
        { "wait", MEMBER_OBJECT, false },
        { 0 },
    };
    const char *kind = json_get_text(json, "kind");
    const json_t *status = json_object_get(json, "status");

    if (!manifest__members(source, json, pointer, rows))
        return;
    rule->code = json_object_get(json, "code");
    rule->message = json_get_text(json, "message");
    rule->when = json_object_get(json, "when");
    rule->not_processed = json_is_true(json_object_get(json, "not_processed"));
    if (status != NULL && !status_set_read(&rule->status, status, NULL))
        manifest__fault(source, pointer, "\"status\" is 404, \"5xx\", or a list of such");
    if (rule->code != NULL && !is_texts(rule->code))
        manifest__fault(source, pointer, "\"code\" is a text such as \"58\", or a list of texts");
    manifest__when(source, rule->when, pointer);
    rule->meaning.help = json_get_text(json, "help");
    rule->meaning.remedy = json_get_text(json, "remedy");
    rule->meaning.cause = json_get_text(json, "cause");
    if (rule->meaning.cause != NULL && !is_cause(rule->meaning.cause))
        manifest__fault(source, pointer,
                        "the cause is declined, period_closed, not_found or permission, not "
                        "\"%.60s\"",
                        rule->meaning.cause);
    read_wait(source, json_object_get(json, "wait"), pointer, rule);
    if (status == NULL && rule->code == NULL && rule->message == NULL && rule->when == NULL)
        manifest__fault(source, pointer,
                        "a rule needs \"status\", \"code\", \"message\" or \"when\"");
    if (kind != NULL && (!err_find(kind, &rule->kind) || rule->kind < ERR_TRANSIENT ||
                         (rule->kind > ERR_DUPLICATE && rule->kind != ERR_CONFLICT)))
        manifest__fault(
            source, pointer,
            "the kind is transient, timeout, rate_limited, unavailable, auth, invalid, duplicate "
            "or conflict, not \"%.60s\"",
            kind);
}

void manifest__rules(const struct manifest_source *source, const json_t *list, const char *pointer,
                     struct manifest_rules *rules)
{
    rules->count = json_array_size(list);
    rules->list = mem_must((rules->count + 1) * sizeof *rules->list);
    for (size_t i = 0; i < rules->count; i++) {
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/%zu", pointer, i);
        read_rule(source, json_array_get(list, i), place, &rules->list[i]);
    }
}

static void code_check(const struct manifest_source *source, const json_t *code)
{
    const char *place = json_text(code);

    if (place != NULL && strncmp(place, CODE_HEADER, strlen(CODE_HEADER)) == 0 &&
        !header_name_valid(place + strlen(CODE_HEADER)))
        manifest__fault(source, "/error/code",
                        "behind \"" CODE_HEADER "\" stands the name of a header, not \"%.60s\"",
                        place + strlen(CODE_HEADER));
}

void manifest__error(const struct manifest_source *source, const json_t *json)
{
    static const struct member rows[] = { { "code", MEMBER_ANY, false },
                                          { "message", MEMBER_LIST, false },
                                          { 0 } };
    struct manifest *manifest = source->manifest;
    const json_t *messages = json_object_get(json, "message");
    json_t *path;
    size_t i;

    if (json == NULL || !manifest__members(source, json, "/error", rows))
        return;
    manifest->code = json_object_get(json, "code");
    if (manifest->code != NULL && !is_texts(manifest->code))
        manifest__fault(source, "/error/code", "a dotted path or a list of such must stand here");
    code_check(source, manifest->code);
    for (i = 0; i < json_array_size(manifest->code); i++)
        code_check(source, json_array_get(manifest->code, i));
    if (messages == NULL)
        return;
    manifest->messages = mem_must((json_array_size(messages) + 1) * sizeof *manifest->messages);
    json_array_foreach((json_t *)messages, i, path)
    {
        manifest->messages[i] = json_text(path);
        if (manifest->messages[i] == NULL)
            manifest__fault(source, "/error/message", "a list of dotted paths must stand here");
    }
}

/* ---- The code of an answer */

/* A text or a number; "errors.*": the name of the first member of "errors". */
static const char *code_in_body(const char *path, json_t *body, char *text)
{
    size_t size = strlen(path);
    const json_t *found;

    if (size > 2 && strcmp(path + size - 2, ".*") == 0) {
        char holder[200];
        void *first;

        snprintf(holder, sizeof holder, "%.*s", (int)(size - 2), path);
        first = json_object_iter(reply_find(body, holder));
        if (first == NULL || strlen(json_object_iter_key(first)) >= MANIFEST_CODE)
            return NULL;
        snprintf(text, MANIFEST_CODE, "%s", json_object_iter_key(first));
        return text;
    }
    found = reply_find(body, path);
    if (json_is_text(found) && json_string_length(found) < MANIFEST_CODE)
        snprintf(text, MANIFEST_CODE, "%s", json_text(found));
    else if (json_is_integer(found))
        snprintf(text, MANIFEST_CODE, "%lld", (long long)json_integer_value(found));
    else
        return NULL;
    return *text != '\0' ? text : NULL;
}

static const char *code_in_header(const char *name, const struct step_reply *reply, char *text)
{
    const char *value = reply != NULL ? reply_header(reply, name) : NULL;

    if (value == NULL || *value == '\0' || strlen(value) >= MANIFEST_CODE)
        return NULL;
    snprintf(text, MANIFEST_CODE, "%s", value);
    return text;
}

static const char *code_at(const char *place, json_t *body, const struct step_reply *reply,
                           char *text)
{
    if (strncmp(place, CODE_HEADER, strlen(CODE_HEADER)) == 0)
        return code_in_header(place + strlen(CODE_HEADER), reply, text);
    return code_in_body(place, body, text);
}

const char *manifest_code(const struct manifest *manifest, json_t *body,
                          const struct step_reply *reply, char *text)
{
    const char *code = NULL;

    if (json_is_text(manifest->code))
        return code_at(json_text(manifest->code), body, reply, text);
    for (size_t i = 0; code == NULL && i < json_array_size(manifest->code); i++)
        code = code_at(json_text(json_array_get(manifest->code, i)), body, reply, text);
    return code;
}

/* ---- Deciding */

static bool value_is(const json_t *wanted, const json_t *value)
{
    if (json_is_null(wanted))
        return value == NULL || json_is_null(value);
    return value != NULL && json_same(wanted, value);
}

bool manifest_when(const json_t *when, json_t *value)
{
    const char *path;
    json_t *said;

    json_object_foreach((json_t *)when, path, said)
    {
        bool negated;
        const json_t *wanted = when_wanted(said, &negated), *found = reply_find(value, path);
        bool is = !json_is_array(wanted) && value_is(wanted, found);

        for (size_t i = 0; !is && i < json_array_size(wanted); i++)
            is = value_is(json_array_get(wanted, i), found);
        if (is == negated)
            return false;
    }
    return true;
}

static bool code_is(const json_t *wanted, const char *code)
{
    bool is = code != NULL && json_is_text(wanted) && strcmp(json_text(wanted), code) == 0;

    for (size_t i = 0; code != NULL && !is && i < json_array_size(wanted); i++)
        is = strcmp(json_text(json_array_get(wanted, i)), code) == 0;
    return is;
}

static bool rule_fits(const struct manifest_rule *rule, const struct manifest_answer *answer)
{
    return (rule->status.count == 0 || status_set_has(&rule->status, answer->status)) &&
           (rule->code == NULL || code_is(rule->code, answer->code)) &&
           (rule->message == NULL ||
            (answer->message != NULL && strcasestr(answer->message, rule->message) != NULL)) &&
           (rule->when == NULL || (!answer->mute && manifest_when(rule->when, answer->body)));
}

static const struct manifest_rule *rule_find(const struct manifest_rules *rules,
                                             const struct manifest_answer *answer, bool inside)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct manifest_rule *rule = &rules->list[i];
        bool looks = rule->when != NULL ||
                     (rule->status.count > 0 && (rule->code != NULL || rule->message != NULL));

        if ((looks || !inside) && rule_fits(rule, answer))
            return rule;
    }
    return NULL;
}

/* inside: only rules that look into the body. */
static const struct manifest_rule *rule_of(const struct action *action,
                                           const struct manifest_answer *answer, bool inside)
{
    const struct manifest_rule *rule = rule_find(&action->rules, answer, inside);

    check(action->manifest != NULL);
    return rule != NULL ? rule : rule_find(&action->manifest->rules, answer, inside);
}

const struct manifest_rule *action_rule(const struct action *action,
                                        const struct manifest_answer *answer)
{
    return rule_of(action, answer, false);
}

bool action_refuses(const struct action *action, const struct manifest_answer *answer)
{
    return rule_of(action, answer, true) != NULL;
}

/* A refused credential has its remedy also without a rule. */
static struct reply_meaning rule_meaning(const struct manifest *manifest,
                                         const struct manifest_rule *rule, enum err_code kind,
                                         struct reply_meaning meaning)
{
    if (rule != NULL)
        meaning = rule->meaning;
    meaning.system = manifest->info.title;
    if (kind == ERR_AUTH && meaning.remedy == NULL)
        meaning.remedy = manifest->info.credential;
    return meaning;
}

struct reply_verdict action_classify(const struct action *action,
                                     const struct manifest_answer *answer)
{
    const struct manifest_rule *rule = rule_of(action, answer, false);
    struct reply_verdict verdict =
        reply_classify(answer->status, action->effect, rule != NULL && rule->not_processed);

    if (rule != NULL)
        verdict.code = rule->kind;
    verdict.meaning = rule_meaning(action->manifest, rule, verdict.code, verdict.meaning);
    return verdict;
}

static bool points_read(json_t *body, const char *path, double *points)
{
    const json_t *found = reply_find(body, path);
    const char *digits = json_exact_text(found);

    if (digits != NULL)
        *points = strtod(digits, NULL);
    else if (json_is_number(found))
        *points = json_number_value(found);
    return (digits != NULL || json_is_number(found)) && isfinite(*points) && *points >= 0;
}

int64_t action_wait(const struct action *action, const struct manifest_answer *answer)
{
    const struct manifest_rule *rule = rule_of(action, answer, false);
    double need, have, back;

    if (rule == NULL || rule->need == NULL || !points_read(answer->body, rule->need, &need) ||
        !points_read(answer->body, rule->have, &have) ||
        !points_read(answer->body, rule->per_second, &back) || back == 0)
        return -1;
    if (have >= need)
        return 0;
    need = ceil((need - have) * 1000 / back);
    return need < WAIT_MOST_MS ? (int64_t)need : WAIT_MOST_MS;
}
