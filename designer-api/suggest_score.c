/* suggest_score.c - how likely one field is another, and the reason in words. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "designer-api/suggest_priv.h"

#define SUGGEST_APART   0.8
#define SUGGEST_BARE    0.5
#define SUGGEST_OF_LIST 0.6

/* Of two fields: to each word of one the word of the other that is most like it. */
struct words_met {
    double best[2][WORDS_MOST];  /* less where the two stand at different heights */
    double alike[2][WORDS_MOST]; /* whatever stands above what */
};

static void words_meet(const struct suggest *s, const struct side_field *a,
                       const struct side_field *b, struct words_met *met)
{
    for (size_t i = 0; i < a->count; i++)
        met->best[0][i] = met->alike[0][i] = 0.0;
    for (size_t k = 0; k < b->count; k++)
        met->best[1][k] = met->alike[1][k] = 0.0;
    for (size_t i = 0; i < a->count; i++) {
        const float *row = s->alike != NULL ? &s->alike[a->terms[i] * s->term_count] : NULL;

        for (size_t k = 0; k < b->count; k++) {
            double alike = row != NULL ? (double)row[b->terms[k]]
                                       : suggest__alike(s, a->terms[i], b->terms[k]);
            double best;

            if (alike <= 0.0)
                continue;
            /* "billTo.firstName" is "BillFirstName", a little less surely; "items[].line" is less
             * an item's than any other field of its list */
            best = alike * (a->above[i] == b->above[k]       ? 1.0
                            : a->of_list[i] != b->of_list[k] ? SUGGEST_OF_LIST
                                                             : 0.9);
            met->alike[0][i] = alike > met->alike[0][i] ? alike : met->alike[0][i];
            met->alike[1][k] = alike > met->alike[1][k] ? alike : met->alike[1][k];
            met->best[0][i] = best > met->best[0][i] ? best : met->best[0][i];
            met->best[1][k] = best > met->best[1][k] ? best : met->best[1][k];
        }
    }
}

/* How much of the words stands in the other field, by weight; own: only the words of the field
 * itself are asked for. */
static double words_covered(const struct side_field *words, const double *best, bool own)
{
    double sum = 0.0;

    for (size_t i = 0; i < words->count; i++)
        if (!own || words->above[i] == 0)
            sum += best[i] * words->weight[i] * (own ? 1.0 : suggest__share(words->above[i]));
    return sum;
}

static double words_score(const struct side_field *a, const struct side_field *b,
                          const struct words_met *met)
{
    double own = a->own + b->own, all = a->all + b->all;

    if (own <= 0.0 || all <= 0.0)
        return 0.0;
    own = (words_covered(a, met->best[0], true) + words_covered(b, met->best[1], true)) / own;
    all = (words_covered(a, met->best[0], false) + words_covered(b, met->best[1], false)) / all;
    return 0.75 * own + 0.25 * all;
}

/* It has a word that makes it another field than the one without it. */
static bool words_stand_apart(const struct suggest *s, const struct side_field *words,
                              const double *alike)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->above[i] == 0 && s->terms[words->terms[i]].word.apart && alike[i] <= 0.7)
            return true;
    return false;
}

/* "id" of one system is not "id" of the other: each counts its own. Nor is it a "number". */
static bool words_are_bare(const struct suggest *s, const struct side_field *a,
                           const struct side_field *b)
{
    return a->bare && b->bare &&
           (a->terms[0] != b->terms[0] ||
            strcmp(s->terms[a->terms[0]].word.text, "identifier") == 0);
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

/* What the lists leave of it: a value of each line is seldom one of the whole, nor is one of the
 * whole often wanted at each line. */
static double lists_factor(unsigned target, unsigned source)
{
    if (target == source)
        return 1.0;
    return target == 0 || source == 0 ? 0.8 : 0.97;
}

/* The share of the source's values that the target has no room for. */
static double values_too_long(const struct suggest_field *target,
                              const struct suggest_field *source)
{
    size_t count = source->value_count < SUGGEST_VALUES ? source->value_count : SUGGEST_VALUES;
    size_t longer = 0;

    for (size_t i = 0; target->length > 0 && i < count; i++)
        longer += strlen(source->values[i]) > target->length;
    return longer > 0 ? (double)longer / (double)count : 0.0;
}

/* A status that is a word here and a number there. */
static bool fields_are_coded(const struct suggest *s, size_t target, size_t source)
{
    const struct side_field *words = &s->source_words[source];

    return s->targets[target].type == SUGGEST_INTEGER && s->sources[source].type == SUGGEST_TEXT &&
           words->values.unfit > 0.0 && words->coded && s->target_words[target].coded;
}

/* The share of the source's values that the target's type cannot take. */
static double values_unfit(const struct suggest_field *target, const struct suggest_field *source,
                           const struct side_values *values)
{
    if (source->type != SUGGEST_TEXT ||
        (target->type != SUGGEST_NUMBER && target->type != SUGGEST_INTEGER))
        return 0.0;
    return values->unfit;
}

static int known_times(const struct suggest *s, const char *target, const char *source)
{
    for (size_t i = 0; i < s->known_count; i++)
        if (strcmp(s->known[i].target, target) == 0 && strcmp(s->known[i].source, source) == 0)
            return s->known[i].times;
    return 0;
}

static void score_how(const struct suggest *s, const struct value_say *say, struct suggestion *out)
{
    const struct suggest_field *target = &s->targets[out->target];
    const struct side_values *values = &s->source_words[out->source].values;
    bool is_date = s->sources[out->source].type == SUGGEST_DATE;
    const char *date = target->type == SUGGEST_DATE && !is_date ? values->date : NULL;

    out->how = SUGGEST_COPY;
    out->detail[0] = '\0';
    if (date != NULL && strcmp(date, "yyyy-MM-dd") != 0) {
        out->how = SUGGEST_DATE_BY;
        snprintf(out->detail, sizeof out->detail, "%s", date);
    } else if (fields_are_coded(s, out->target, out->source) ||
               (say->common == 0 && values->choice && s->target_words[out->target].values.choice)) {
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
    const struct side_field *a = &s->target_words[target], *b = &s->source_words[source];
    int known = known_times(s, to->path, from->path);
    struct value_say say = suggest__values(&a->values, &b->values);
    double score, too_long = values_too_long(to, from);
    struct words_met met;

    out->target = target;
    out->source = source;
    out->chosen = false;
    out->reason[0] = '\0';
    words_meet(s, a, b, &met);
    score = words_score(a, b, &met);
    if (words_stand_apart(s, a, met.alike[0]) || words_stand_apart(s, b, met.alike[1]))
        score *= SUGGEST_APART;
    if (words_are_bare(s, a, b))
        score *= SUGGEST_BARE;
    if (say.shape >= 0.0)
        score *= 0.85 + 0.15 * say.shape;
    score = 1.0 - (1.0 - score) * (1.0 - 0.7 * say.same);
    score *= types_factor(to->type, from->type) * (1.0 - 0.35 * too_long);
    if (!fields_are_coded(s, target, source))
        score *= 1.0 - 0.5 * values_unfit(to, from, &b->values);
    score *= lists_factor(a->lists, b->lists);
    if (known > 0 && score < 0.97)
        score = 0.97;
    if (known < 0)
        score *= 0.3;
    out->score = score < 0.99 ? score : 0.99;
    score_how(s, &say, out);
    if (explain)
        score_explain(s, target, source, &say, known, too_long > 0.0, out);
}
