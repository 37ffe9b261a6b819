/* suggest_score.c - how likely one field is another, and the reason in words. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "designer-api/suggest_priv.h"

#define SUGGEST_APART 0.8
#define SUGGEST_BARE  0.5

/* How much of the words of `a` stands in `b`, by weight; own: only the words of the field itself
 * are asked for. */
static double words_covered(const struct suggest *s, const struct side_field *a,
                            const struct side_field *b, bool own)
{
    double sum = 0.0;

    for (size_t i = 0; i < a->count; i++) {
        double best = 0.0;

        if (own && a->above[i] != 0)
            continue;
        for (size_t k = 0; k < b->count; k++) {
            /* "billTo.firstName" is "BillFirstName", a little less surely */
            double alike = suggest__alike(s, a->terms[i], b->terms[k]) *
                           (a->above[i] == b->above[k] ? 1.0 : 0.9);

            best = alike > best ? alike : best;
        }
        sum += best * a->weight[i] * (own ? 1.0 : suggest__share(a->above[i]));
    }
    return sum;
}

static double words_score(const struct suggest *s, const struct side_field *a,
                          const struct side_field *b)
{
    double own = a->own + b->own, all = a->all + b->all;

    if (own <= 0.0 || all <= 0.0)
        return 0.0;
    own = (words_covered(s, a, b, true) + words_covered(s, b, a, true)) / own;
    all = (words_covered(s, a, b, false) + words_covered(s, b, a, false)) / all;
    return 0.75 * own + 0.25 * all;
}

/* One has a word that makes it another field than the one without it. */
static bool words_stand_apart(const struct suggest *s, const struct side_field *a,
                              const struct side_field *b)
{
    for (size_t i = 0; i < a->count; i++) {
        bool there = a->above[i] != 0 || !s->terms[a->terms[i]].word.apart;

        for (size_t k = 0; k < b->count && !there; k++)
            there = suggest__alike(s, a->terms[i], b->terms[k]) > 0.7;
        if (!there)
            return true;
    }
    return false;
}

/* "id" of one system is not "id" of the other: each counts its own. */
static bool words_are_bare(const struct suggest *s, const struct side_field *words)
{
    return words->count == 1 && strcmp(s->terms[words->terms[0]].word.text, "identifier") == 0;
}

/* What the types leave of it. */
static double types_factor(enum suggest_type target, enum suggest_type source)
{
    static const double of_text[] = { 1.0, 1.0, 0.95, 0.95, 0.75, 0.95, 0.2, 0.2 };

    if (target == source || target == SUGGEST_ANY || source == SUGGEST_ANY)
        return 1.0;
    if (target == SUGGEST_TEXT)
        return of_text[source];
    if (source == SUGGEST_TEXT)
        return of_text[target];
    if ((target == SUGGEST_NUMBER && source == SUGGEST_INTEGER) ||
        (target == SUGGEST_INTEGER && source == SUGGEST_NUMBER))
        return 0.97;
    if (target == SUGGEST_OBJECT || source == SUGGEST_OBJECT || target == SUGGEST_LIST ||
        source == SUGGEST_LIST)
        return 0.2;
    return 0.5;
}

/* What the lists leave of it: a value of each line is seldom one of the whole, one of the whole may
 * well stand at each line. */
static double lists_factor(unsigned target, unsigned source)
{
    if (target == source)
        return 1.0;
    return target == 0 ? 0.8 : source == 0 ? 0.9 : 0.97;
}

/* The share of the source's values that the target has no room for. */
static double values_too_long(const struct suggest_field *target,
                              const struct suggest_field *source)
{
    size_t count = source->value_count < SUGGEST_VALUES ? source->value_count : SUGGEST_VALUES;
    size_t longer = 0;

    for (size_t i = 0; i < count; i++)
        longer += target->length > 0 && strlen(source->values[i]) > target->length;
    return longer > 0 ? (double)longer / (double)count : 0.0;
}

/* The share of the source's values that the target's type cannot take. */
static double values_unfit(const struct suggest_field *target, const struct suggest_field *source)
{
    size_t count = source->value_count < SUGGEST_VALUES ? source->value_count : SUGGEST_VALUES;
    size_t unfit = 0;

    if (source->type != SUGGEST_TEXT ||
        (target->type != SUGGEST_NUMBER && target->type != SUGGEST_INTEGER))
        return 0.0;
    for (size_t i = 0; i < count; i++) /* what a number may be written with, and a digit in it */
        unfit += source->values[i][strspn(source->values[i], "+-0123456789.,' $%()")] != '\0' ||
                 strpbrk(source->values[i], "0123456789") == NULL;
    return count > 0 ? (double)unfit / (double)count : 0.0;
}

static int known_times(const struct suggest *s, const char *target, const char *source)
{
    for (size_t i = 0; i < s->known_count; i++)
        if (strcmp(s->known[i].target, target) == 0 && strcmp(s->known[i].source, source) == 0)
            return s->known[i].times;
    return 0;
}

static void score_how(const struct suggest_field *target, const struct suggest_field *source,
                      const struct value_say *say, struct suggestion *out)
{
    const char *date =
        target->type == SUGGEST_DATE && source->type != SUGGEST_DATE ? suggest__date(source) : NULL;

    out->how = SUGGEST_COPY;
    out->detail[0] = '\0';
    if (date != NULL && strcmp(date, "yyyy-MM-dd") != 0) {
        out->how = SUGGEST_DATE_BY;
        snprintf(out->detail, sizeof out->detail, "%s", date);
    } else if (say->common == 0 && suggest__is_choice(source) && suggest__is_choice(target)) {
        out->how = SUGGEST_LOOKUP;
    }
}

/* ---- The reason */

static void reason_words(const struct suggest *s, const struct side_field *target,
                         const struct side_field *source, struct buf *text)
{
    for (size_t i = 0; i < target->count; i++) {
        const struct term *word = &s->terms[target->terms[i]], *best = NULL;
        double most = 0.0;

        if (target->above[i] != 0)
            continue;
        for (size_t k = 0; k < source->count; k++) {
            double alike = suggest__alike(s, target->terms[i], source->terms[k]);

            if (alike > most) {
                most = alike;
                best = &s->terms[source->terms[k]];
            }
        }
        if (best == NULL)
            continue;
        if (text->len > 0)
            buf_add_text(text, ", ");
        buf_add_text(text, word->word.text);
        if (best != word)
            buf_addf(text, " = %s", best->word.text);
    }
}

static void score_explain(const struct suggest *s, size_t target, size_t source,
                          const struct value_say *say, int known, bool long_values,
                          struct suggestion *out)
{
    struct buf text;

    buf_init(&text, 4096);
    reason_words(s, &s->target_words[target], &s->source_words[source], &text);
    if (text.len > 0 && say->common > 0)
        buf_add_text(&text, "; ");
    if (say->common > 0)
        buf_addf(&text, "%zu of %zu values are the same", say->common, say->of);
    if (known > 0)
        buf_addf(&text, "%saccepted %d time%s before", text.len > 0 ? "; " : "", known,
                 known == 1 ? "" : "s");
    if (known < 0)
        buf_addf(&text, "%srejected before", text.len > 0 ? "; " : "");
    if (out->how == SUGGEST_DATE_BY)
        buf_addf(&text, "; dates written %s", out->detail);
    if (out->how == SUGGEST_LOOKUP)
        buf_add_text(&text, "; other values: a table has to say which is which");
    if (long_values)
        buf_add_text(&text, "; some values are too long");
    snprintf(out->reason, sizeof out->reason, "%s", buf_text(&text));
    buf_fini(&text);
}

void suggest__score(const struct suggest *s, size_t target, size_t source, bool explain,
                    struct suggestion *out)
{
    const struct suggest_field *to = &s->targets[target], *from = &s->sources[source];
    int known = known_times(s, to->path, from->path);
    struct value_say say = suggest__values(to, from);
    double score = words_score(s, &s->target_words[target], &s->source_words[source]);
    double too_long = values_too_long(to, from);

    *out = (struct suggestion){ .target = target, .source = source };
    if (words_stand_apart(s, &s->target_words[target], &s->source_words[source]) ||
        words_stand_apart(s, &s->source_words[source], &s->target_words[target]))
        score *= SUGGEST_APART;
    if (words_are_bare(s, &s->target_words[target]) && words_are_bare(s, &s->source_words[source]))
        score *= SUGGEST_BARE;
    if (say.shape >= 0.0)
        score *= 0.85 + 0.15 * say.shape;
    score = 1.0 - (1.0 - score) * (1.0 - 0.7 * say.same);
    score *= types_factor(to->type, from->type) * (1.0 - 0.35 * too_long);
    score *= 1.0 - 0.5 * values_unfit(to, from);
    score *= lists_factor(s->target_words[target].lists, s->source_words[source].lists);
    if (known > 0 && score < 0.97)
        score = 0.97;
    if (known < 0)
        score *= 0.3;
    out->score = score < 0.99 ? score : 0.99;
    score_how(to, from, &say, out);
    if (explain)
        score_explain(s, target, source, &say, known, too_long > 0.0, out);
}
