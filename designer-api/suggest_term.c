/* suggest_term.c - the distinct words of both sides: how rare each is, and which are alike. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/table.h"
#include "designer-api/suggest_priv.h"

#define SUGGEST_HEAD    1.4
#define SUGGEST_GENERAL 0.6
#define SUGGEST_WEAK    0.65
#define SUGGEST_THIN    0.5   /* of the words above a name that says little which it is */
#define TERMS_SPREAD    2000u /* 16 MB */

double suggest__share(unsigned above)
{
    static const double shares[] = { 1.0, 0.35, 0.15 };

    check(above < sizeof shares / sizeof *shares);
    return shares[above];
}

/* Numbers count from 1: 0 is not found. */
static unsigned term_add(struct suggest *s, struct dict *index, const struct word *word)
{
    size_t number = (size_t)dict_find(index, word->text);

    if (number != 0)
        return (unsigned)number - 1;
    if (s->term_count == s->term_room) {
        s->term_room = s->term_room * 2 + 64;
        s->terms = mem_must_resize(s->terms, s->term_room * sizeof *s->terms);
    }
    s->terms[s->term_count] = (struct term){ .word = *word };
    s->term_count++;
    dict_put(index, word->text, (void *)s->term_count);
    return (unsigned)s->term_count - 1;
}

static void term_source(struct term *term, size_t source)
{
    if (term->source_count > 0 && term->sources[term->source_count - 1] == source)
        return;
    if (term->source_count == term->source_room) {
        term->source_room = term->source_room * 2 + 4;
        term->sources = mem_must_resize(term->sources, term->source_room * sizeof *term->sources);
    }
    term->sources[term->source_count++] = (unsigned)source;
}

static void field_read(struct suggest *s, struct dict *index, const struct suggest_field *field,
                       struct side_field *words)
{
    struct word found[WORDS_MOST];
    size_t count = words_of(field->path, found);

    if (field->type == SUGGEST_DATE)
        count = words_date(found, count);

    words->count = count;
    words->lists = 0;
    words->coded = false;
    for (const char *at = field->path; (at = strstr(at, "[]")) != NULL; at += 2)
        words->lists++;
    for (size_t i = 0; i < count; i++) {
        words->terms[i] = term_add(s, index, &found[i]);
        words->above[i] = found[i].above;
        words->of_list[i] = found[i].list;
        words->coded |= found[i].above == 0 &&
                        (word_means(&found[i], "status") || word_means(&found[i], "type"));
        s->terms[words->terms[i]].fields++;
    }
    words->bare = count == 1 && found[0].general;
    suggest__values_read(field, &words->values);
}

/* "name", "amount", "date": which of them, says what stands above it. */
static bool field_is_thin(const struct suggest *s, const struct side_field *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->above[i] == 0 && !s->terms[words->terms[i]].word.thin)
            return false;
    return true;
}

/* Of "currency amount" the currency says no more than "document". */
static bool word_is_weak(const struct word *word, bool head)
{
    return word->weak || (!head && strcmp(word->text, "currency") == 0);
}

/* The last word that says something is what the field is; those before it say which. */
static void field_weigh(const struct suggest *s, struct side_field *words)
{
    size_t head = SIZE_MAX;
    bool thin = field_is_thin(s, words);

    words->own = words->all = 0.0;
    for (size_t i = 0; i < words->count; i++)
        if (words->above[i] == 0 && (head == SIZE_MAX || !s->terms[words->terms[i]].word.general))
            head = i;
    for (size_t i = 0; i < words->count; i++) {
        const struct term *term = &s->terms[words->terms[i]];

        words->weight[i] = term->weight * (i == head ? SUGGEST_HEAD : 1.0) *
                           (term->word.general ? SUGGEST_GENERAL : 1.0) *
                           (word_is_weak(&term->word, i == head) ? SUGGEST_WEAK : 1.0);
        if (thin && words->above[i] == 1) {
            words->weight[i] *= SUGGEST_THIN;
            words->above[i] = 0;
        }
        words->own += words->above[i] == 0 ? words->weight[i] : 0.0;
        words->all += words->weight[i] * suggest__share(words->above[i]);
    }
}

static void terms_compare(struct suggest *s)
{
    for (size_t a = 0; a < s->term_count; a++) {
        struct term *term = &s->terms[a];
        size_t room = 0;

        for (size_t b = 0; b < s->term_count; b++) {
            double alike = word_alike(&term->word, &s->terms[b].word);

            if (alike <= 0.0)
                continue;
            if (term->like_count == room) {
                room = room * 2 + 4;
                term->likes = mem_must_resize(term->likes, room * sizeof *term->likes);
            }
            term->likes[term->like_count++] = (struct term_like){ (unsigned)b, alike };
        }
    }
}

/* Pairs ask for it all the time. */
static void terms_spread(struct suggest *s)
{
    if (s->term_count > TERMS_SPREAD)
        return;
    s->alike = mem_must((s->term_count * s->term_count + 1) * sizeof *s->alike);
    for (size_t a = 0; a < s->term_count; a++)
        for (size_t i = 0; i < s->terms[a].like_count; i++)
            s->alike[a * s->term_count + s->terms[a].likes[i].term] =
                (float)s->terms[a].likes[i].alike;
}

void suggest__terms(struct suggest *s)
{
    struct dict *index = dict_new();
    double fields = (double)(s->source_count + s->target_count);

    for (size_t i = 0; i < s->source_count; i++) {
        field_read(s, index, &s->sources[i], &s->source_words[i]);
        for (size_t k = 0; k < s->source_words[i].count; k++)
            term_source(&s->terms[s->source_words[i].terms[k]], i);
    }
    for (size_t i = 0; i < s->target_count; i++)
        field_read(s, index, &s->targets[i], &s->target_words[i]);
    dict_free(index);
    for (size_t i = 0; i < s->term_count; i++)
        s->terms[i].weight = 0.4 + log(1.0 + fields / (double)s->terms[i].fields) / 3.0;
    for (size_t i = 0; i < s->source_count; i++)
        field_weigh(s, &s->source_words[i]);
    for (size_t i = 0; i < s->target_count; i++)
        field_weigh(s, &s->target_words[i]);
    terms_compare(s);
    terms_spread(s);
}

void suggest__terms_free(struct suggest *s)
{
    for (size_t i = 0; i < s->term_count; i++) {
        mem_free(s->terms[i].likes);
        mem_free(s->terms[i].sources);
    }
    for (size_t i = 0; i < s->source_count; i++)
        suggest__values_free(&s->source_words[i].values);
    for (size_t i = 0; i < s->target_count; i++)
        suggest__values_free(&s->target_words[i].values);
    mem_free(s->alike);
    mem_free(s->terms);
}

double suggest__alike(const struct suggest *s, unsigned a, unsigned b)
{
    const struct term *term = &s->terms[a];
    size_t low = 0, high = term->like_count;

    if (s->alike != NULL)
        return (double)s->alike[a * s->term_count + b];
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (term->likes[middle].term == b)
            return term->likes[middle].alike;
        if (term->likes[middle].term < b)
            low = middle + 1;
        else
            high = middle;
    }
    return 0.0;
}
