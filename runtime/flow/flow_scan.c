/* flow_scan.c - what the text of a rule tells without running it: which steps, lookups and modules
 * it names. The rules layer checks the syntax; here a light reading of the words is enough, and
 * what it can't see through (a computed name, a local of the same name) it leaves alone. */
#include "flow/flow_priv.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/nearest.h"

enum word_kind { WORD_END, WORD_NAME, WORD_STRING, WORD_SIGN };

struct word {
    enum word_kind kind;
    const char *at; /* of a string: between its quotes */
    size_t size;
};

struct scan {
    const char *at, *end;
};

/* ---- Words */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* At "[", "[=": the number of "="; -1 if no long bracket begins here. */
static int long_level(const struct scan *scan)
{
    const char *at = scan->at + 1;

    if (scan->at == scan->end || *scan->at != '[')
        return -1;
    while (at < scan->end && *at == '=')
        at++;
    return at < scan->end && *at == '[' ? (int)(at - scan->at) - 1 : -1;
}

static struct word scan_long(struct scan *scan, int level)
{
    struct word word = { .kind = WORD_STRING, .at = scan->at + level + 2 };

    for (scan->at = word.at; scan->at < scan->end; scan->at++) {
        const char *at = scan->at + 1;

        if (*scan->at != ']')
            continue;
        while (at < scan->end && *at == '=')
            at++;
        if (at < scan->end && *at == ']' && at - scan->at - 1 == level) {
            word.size = (size_t)(scan->at - word.at);
            scan->at = at + 1;
            return word;
        }
    }
    word.size = (size_t)(scan->end - word.at);
    return word;
}

static struct word scan_string(struct scan *scan)
{
    char quote = *scan->at++;
    struct word word = { .kind = WORD_STRING, .at = scan->at };

    while (scan->at < scan->end && *scan->at != quote && *scan->at != '\n')
        scan->at += *scan->at == '\\' && scan->end - scan->at > 1 ? 2 : 1;
    word.size = (size_t)(scan->at - word.at);
    if (scan->at < scan->end)
        scan->at++;
    return word;
}

static void skip_blank(struct scan *scan)
{
    for (;;) {
        int level;

        while (scan->at < scan->end && strchr(" \t\r\n\f\v", *scan->at) != NULL)
            scan->at++;
        if (scan->end - scan->at < 2 || memcmp(scan->at, "--", 2) != 0)
            return;
        scan->at += 2;
        level = long_level(scan);
        if (level >= 0)
            scan_long(scan, level);
        else
            while (scan->at < scan->end && *scan->at != '\n')
                scan->at++;
    }
}

static struct word scan_run(struct scan *scan, enum word_kind kind, bool dots)
{
    struct word word = { .kind = kind, .at = scan->at };

    while (scan->at < scan->end &&
           (is_letter(*scan->at) || is_digit(*scan->at) || (dots && *scan->at == '.')))
        scan->at++;
    word.size = (size_t)(scan->at - word.at);
    return word;
}

static struct word scan_word(struct scan *scan)
{
    struct word word = { .kind = WORD_END };

    skip_blank(scan);
    if (scan->at == scan->end)
        return word;
    if (is_letter(*scan->at))
        return scan_run(scan, WORD_NAME, false);
    if (is_digit(*scan->at))
        return scan_run(scan, WORD_SIGN, true);
    if (*scan->at == '"' || *scan->at == '\'')
        return scan_string(scan);
    if (long_level(scan) >= 0)
        return scan_long(scan, long_level(scan));
    word = (struct word){ .kind = WORD_SIGN, .at = scan->at, .size = 1 };
    if (*scan->at == '.')
        while (word.size < 3 && scan->at + word.size < scan->end && scan->at[word.size] == '.')
            word.size++;
    scan->at += word.size;
    return word;
}

static bool word_is(const struct word *word, const char *text)
{
    return word->kind != WORD_STRING && word->size == strlen(text) &&
           memcmp(word->at, text, word->size) == 0;
}

/* ---- What they say */

struct reading {
    struct flow_build *build;
    const struct flow_expression *expression;
    struct flow_scope scope;
    bool *visible; /* from `visible_from`: filled at first need */
    struct flow_scope visible_from;
};

static void reading_warn(const struct reading *reading, const char *fmt, ...) PRINTF(2, 3);
static void reading_fault(const struct reading *reading, const char *fmt, ...) PRINTF(2, 3);
static void reading_warn(const struct reading *reading, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(&reading->build->source, true, PLACE_VALUE, reading->expression->pointer, fmt,
                 args);
    va_end(args);
}

static void reading_fault(const struct reading *reading, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(&reading->build->source, false, PLACE_VALUE, reading->expression->pointer, fmt,
                 args);
    va_end(args);
}

static void unknown_step(const struct reading *reading, const char *id)
{
    const struct flow *flow = reading->build->flow;
    const char **names = mem_must((flow->node_count + 1) * sizeof *names);

    for (size_t i = 0; i < flow->node_count; i++)
        names[i] = flow->nodes[i].id;
    flow__fault_unknown(&reading->build->source, PLACE_VALUE, reading->expression->pointer, "node",
                        id, names, flow->node_count);
    mem_free(names);
}

/* A step of a body that the expression is not in. */
static void hidden_step(const struct reading *reading, const char *id, int by)
{
    const struct flow_node *owner = &reading->build->flow->nodes[by];
    const bool trigger = owner->type != NULL && owner->type->kind == NODE_TRIGGER;

    if (by == reading->scope.node)
        reading_fault(reading,
                      "steps.%s is inside the body of \"%s\": this setting is read before the body "
                      "begins",
                      id, owner->id);
    else
        reading_fault(reading,
                      "steps.%s is inside the body of \"%s\" and is not seen from here; the body's "
                      "output is %s%s",
                      id, owner->id, trigger ? "trigger" : "steps.", trigger ? "" : owner->id);
}

static bool is_same_scope(struct flow_scope a, struct flow_scope b)
{
    return a.node == b.node && a.inside == b.inside;
}

static void read_step(struct reading *reading, const char *id)
{
    const struct flow *flow = reading->build->flow;
    const struct flow_scope scope = reading->scope;
    int found = flow_node_find(flow, id);
    int by = found >= 0 ? flow__hidden_by(flow, scope, (unsigned)found) : -1;

    if (found < 0)
        unknown_step(reading, id);
    else if (scope.node < 0 && !scope.inside)
        reading_warn(reading, "steps.%s is nil here: settings are evaluated before the first step",
                     id);
    else if (by >= 0)
        hidden_step(reading, id, by);
    if (found < 0 || by >= 0 || (scope.node < 0 && !scope.inside))
        return;
    if (!is_same_scope(reading->visible_from, scope))
        flow__visible(flow, scope, reading->visible);
    reading->visible_from = scope;
    if (!reading->visible[found])
        reading_warn(reading, "steps.%s is nil here: no path leads from \"%s\" to \"%s\"", id, id,
                     flow->nodes[scope.node].id);
}

/* steps.ID or steps['ID']; the scan stands behind "steps". */
static void read_steps(struct reading *reading, struct scan scan)
{
    struct word sign = scan_word(&scan);
    struct word name = scan_word(&scan);
    char id[LIMIT_ID + 2];

    if (!(word_is(&sign, ".") && name.kind == WORD_NAME)) {
        if (!word_is(&sign, "[") || name.kind != WORD_STRING)
            return;
        sign = scan_word(&scan);
        if (!word_is(&sign, "]") || memchr(name.at, '\\', name.size) != NULL)
            return; /* computed */
    }
    name.size = name.size < sizeof id - 1 ? name.size : sizeof id - 1;
    memcpy(id, name.at, name.size);
    id[name.size] = '\0';
    read_step(reading, id);
}

/* A part of the bundle named by a literal: lookup('NAME' or require 'rules.NAME'. */
static void read_part(const struct reading *reading, struct scan scan, const char *part,
                      const char *prefix, const char *what)
{
    json_t *object = flow__part(reading->build->flow->bundle, part);
    struct word word = scan_word(&scan);
    size_t skip = strlen(prefix), count;
    const char **names;
    char name[LIMIT_ID + 2];
    struct buf list;

    if (word_is(&word, "("))
        word = scan_word(&scan);
    if (word.kind != WORD_STRING || word.size < skip || word.size - skip >= sizeof name ||
        memcmp(word.at, prefix, skip) != 0)
        return;
    memcpy(name, word.at + skip, word.size - skip);
    name[word.size - skip] = '\0';
    word = scan_word(&scan);
    if (json_object_get(object, name) != NULL || word_is(&word, ".."))
        return;
    names = flow__names_new(object, &count);
    buf_init(&list, 1000);
    nearest_list(&list, name, names, count);
    reading_warn(reading, "there is no %s \"%s\"; there is %s", what, name, buf_text(&list));
    buf_fini(&list);
    mem_free(names);
}

/* lookup.row(, lookup.find(: behind the name of the function. */
static struct scan behind_member(struct scan scan)
{
    struct scan ahead = scan;
    struct word word = scan_word(&ahead);

    if (!word_is(&word, "."))
        return scan;
    scan_word(&ahead);
    return ahead;
}

static bool holds(const struct word *word, const char *part)
{
    size_t size = strlen(part);

    for (size_t i = 0; i + size <= word->size; i++)
        if (strncasecmp(word->at + i, part, size) == 0)
            return true;
    return false;
}

/* tonumber(... amount ...): money through a binary fraction. */
static void read_tonumber(const struct reading *reading, struct scan scan)
{
    struct word word = scan_word(&scan);
    int depth = 1;

    if (!word_is(&word, "("))
        return;
    while (depth > 0) {
        word = scan_word(&scan);
        if (word.kind == WORD_END)
            return;
        if (word.kind == WORD_SIGN)
            depth += word_is(&word, "(") - word_is(&word, ")");
        else if (holds(&word, "amount") || holds(&word, "total") || holds(&word, "price")) {
            reading_warn(reading,
                         "tonumber(%.*s) makes a binary fraction, which loses cents; "
                         "decimal(...) is exact",
                         (int)(word.size < LIMIT_ID ? word.size : LIMIT_ID), word.at);
            return;
        }
    }
}

/* Whether the text makes a name of its own: a local, the parameter of a function, the variable of a
 * for. Where it does so does not matter: what cannot be told is left alone. */
static bool declares(const struct flow_expression *expression, const char *name)
{
    struct scan scan = { expression->text, expression->text + expression->size };
    struct word word;
    bool naming = false;

    while ((word = scan_word(&scan)).kind != WORD_END) {
        if (naming && word_is(&word, name))
            return true;
        if (word_is(&word, "local") || word_is(&word, "for") || word_is(&word, "function"))
            naming = true;
        else if (word.kind != WORD_NAME || word_is(&word, "in"))
            naming = naming && (word_is(&word, ",") || word_is(&word, "(") || word_is(&word, ".") ||
                                word_is(&word, ":"));
    }
    return false;
}

/* `item`, `index` or `previous`, where no loop gives it; the scan stands behind it. A key of a
 * table is none. */
static void read_loop_name(const struct reading *reading, const char *name, struct scan scan)
{
    struct word sign = scan_word(&scan);

    if (reading->expression->listed || flow__in_loop(reading->build->flow, reading->scope) ||
        declares(reading->expression, name))
        return;
    if (word_is(&sign, "=") && !(scan.at < scan.end && *scan.at == '='))
        return;
    reading_fault(reading,
                  "there is no %s here: only what stands in the body of a loop, and the loop's own "
                  "settings that look into it, see one",
                  name);
}

static void read_expression(struct reading *reading)
{
    const struct flow_expression *expression = reading->expression;
    struct scan scan = { expression->text, expression->text + expression->size };
    bool steps_are_ours = !declares(expression, "steps");
    bool member = false; /* behind a dot: a name of something else */
    struct word word;

    while ((word = scan_word(&scan)).kind != WORD_END) {
        if (word.kind == WORD_NAME && !member) {
            if (steps_are_ours && word_is(&word, "steps"))
                read_steps(reading, scan);
            else if (word_is(&word, "lookup"))
                read_part(reading, behind_member(scan), "lookups", "", "lookup");
            else if (word_is(&word, "decide"))
                read_part(reading, scan, "lookups", "", "decision table");
            else if (word_is(&word, "require"))
                read_part(reading, scan, "rules", "rules.", "rule module");
            else if (word_is(&word, "tonumber"))
                read_tonumber(reading, scan);
            else if (word_is(&word, "item"))
                read_loop_name(reading, "item", scan);
            else if (word_is(&word, "index"))
                read_loop_name(reading, "index", scan);
            else if (word_is(&word, "previous"))
                read_loop_name(reading, "previous", scan);
        }
        member = word_is(&word, ".") || word_is(&word, ":");
    }
}

void flow__check_expressions(struct flow_build *build)
{
    const struct flow *flow = build->flow;
    struct reading reading = { .build = build,
                               .visible = mem_must(flow->node_count + 1),
                               .visible_from = { .node = -1 } };

    check(flow->expression_count == 0 || build->scopes != NULL);
    for (size_t i = 0; i < flow->expression_count; i++) {
        reading.expression = flow->expressions[i];
        reading.scope = build->scopes[i];
        if (!reading.expression->function)
            read_expression(&reading);
    }
    mem_free(reading.visible);
}
