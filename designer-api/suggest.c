/* suggest.c - which pairs are looked at, and which of them are proposed.
 *
 * (1) A target is compared with the sources that share a word with it, a like one, a value, or that
 *     people chose for it; so that two large schemas are not multiplied. [target_candidates] (2)
 * The pairs are taken from the best downwards: a source that is taken needs a higher score to be
 * taken again. One that is far ahead of all others of both fields needs less.   [pairs_choose] (3)
 * Names are taken apart and put together only where no field stands for itself. [names_split]
 */
#include "designer-api/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "designer-api/suggest_priv.h"

#define SUGGEST_KEEP  6u   /* candidates of a target while pairs are chosen */
#define SUGGEST_AGAIN 0.80 /* of a source that is taken */
#define SUGGEST_ALONE 0.45 /* less than SUGGEST_LEAST will do where nothing else is near */
#define SUGGEST_AHEAD 0.10 /* so far ahead of all other pairs of both fields */
#define SUGGEST_RIVAL 0.20 /* less is not shown as a candidate */
#define SUGGEST_SPLIT 0.62 /* what a part of a name counts */

static const char *const how_names[] = { "copy",       "date",       "lookup",
                                         "first_word", "last_words", "join" };

const char *suggest_how_name(enum suggest_how how)
{
    return how_names[how];
}

/* ---- Candidates */

struct choosing {
    const struct suggest *s;
    size_t *seen;            /* of each source: the target it was met for last, from 1 */
    struct dict *values;     /* of sources: value to the field's number, from 1 */
    struct dict *paths;      /* of sources, likewise */
    struct suggestion *kept; /* SUGGEST_KEEP of each target */
    size_t *kept_count;
    unsigned *taken; /* how often a source is proposed */
    struct best {
        double first, second;
    } * bests; /* of each source: the scores of its two best pairs */
};

static void target_keep(struct choosing *c, const struct suggestion *one)
{
    struct suggestion *kept = &c->kept[one->target * SUGGEST_KEEP];
    size_t *count = &c->kept_count[one->target], at = *count;

    while (at > 0 && kept[at - 1].score < one->score)
        at--;
    if (at == SUGGEST_KEEP)
        return;
    if (*count < SUGGEST_KEEP)
        ++*count;
    memmove(&kept[at + 1], &kept[at], (*count - 1 - at) * sizeof *kept);
    kept[at] = *one;
}

static void target_meets(struct choosing *c, size_t target, size_t source)
{
    struct suggestion one;

    if (c->seen[source] == target + 1)
        return;
    c->seen[source] = target + 1;
    suggest__score(c->s, target, source, false, &one);
    if (one.score >= SUGGEST_RIVAL)
        target_keep(c, &one);
}

/* A word that stands in so many fields brings no one together by itself. */
static bool term_is_common(const struct choosing *c, const struct term *term)
{
    return term->source_count > 40 && term->source_count > c->s->source_count / 8;
}

/* (1) */
static void target_candidates(struct choosing *c, size_t target)
{
    const struct side_field *words = &c->s->target_words[target];
    const struct suggest_field *field = &c->s->targets[target];
    bool met = false;

    for (int common = 0; common < 2 && !met; common++)
        for (size_t i = 0; i < words->count; i++) {
            const struct term *term = &c->s->terms[words->terms[i]];

            for (size_t k = 0; words->above[i] == 0 && k < term->like_count; k++) {
                const struct term *like = &c->s->terms[term->likes[k].term];

                if (common == 0 && term_is_common(c, like))
                    continue;
                met |= like->source_count > 0;
                for (size_t n = 0; n < like->source_count; n++)
                    target_meets(c, target, like->sources[n]);
            }
        }
    for (size_t i = 0; i < c->s->known_count; i++) {
        size_t source = strcmp(c->s->known[i].target, field->path) == 0
                            ? (size_t)dict_find(c->paths, c->s->known[i].source)
                            : 0;

        if (source != 0)
            target_meets(c, target, source - 1);
    }
    for (size_t i = 0; i < field->value_count && i < SUGGEST_VALUES; i++) {
        size_t source =
            strlen(field->values[i]) >= 4 ? (size_t)dict_find(c->values, field->values[i]) : 0;

        if (source != 0)
            target_meets(c, target, source - 1);
    }
}

static void sources_index(struct choosing *c)
{
    for (size_t i = c->s->source_count; i-- > 0;) {
        dict_put(c->paths, c->s->sources[i].path, (void *)(i + 1));
        for (size_t k = 0; k < c->s->sources[i].value_count && k < SUGGEST_VALUES; k++)
            if (strlen(c->s->sources[i].values[k]) >= 4)
                dict_put(c->values, c->s->sources[i].values[k], (void *)(i + 1));
    }
}

/* ---- Choosing */

static int pair_compare(const void *left, const void *right)
{
    const struct suggestion *a = *(struct suggestion *const *)left;
    const struct suggestion *b = *(struct suggestion *const *)right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->target != b->target)
        return a->target < b->target ? -1 : 1;
    return a->source < b->source ? -1 : a->source > b->source;
}

static void sources_rank(struct choosing *c)
{
    for (size_t i = 0; i < c->s->target_count; i++)
        for (size_t k = 0; k < c->kept_count[i]; k++) {
            const struct suggestion *pair = &c->kept[i * SUGGEST_KEEP + k];
            struct best *best = &c->bests[pair->source];

            if (pair->score > best->first) {
                best->second = best->first;
                best->first = pair->score;
            } else if (pair->score > best->second) {
                best->second = pair->score;
            }
        }
}

/* Good enough to be proposed: by itself, or because nothing else comes near for either field. */
static bool pair_is_good(const struct choosing *c, const struct suggestion *pair)
{
    const struct suggestion *kept = &c->kept[pair->target * SUGGEST_KEEP];
    double least = pair->score - SUGGEST_AHEAD;

    if (pair->score >= SUGGEST_LEAST)
        return true;
    return pair->score >= SUGGEST_ALONE && pair == kept &&
           (c->kept_count[pair->target] < 2 || kept[1].score <= least) &&
           c->bests[pair->source].first <= pair->score && c->bests[pair->source].second <= least;
}

/* (2) */
static void pairs_choose(struct choosing *c)
{
    size_t count = 0, i;
    struct suggestion **pairs = mem_must((c->s->target_count * SUGGEST_KEEP + 1) * sizeof(*pairs));
    bool *done = mem_must(c->s->target_count + 1);

    for (i = 0; i < c->s->target_count; i++)
        for (size_t k = 0; k < c->kept_count[i]; k++)
            pairs[count++] = &c->kept[i * SUGGEST_KEEP + k];
    qsort(pairs, count, sizeof(*pairs), pair_compare);
    sources_rank(c);
    for (i = 0; i < count; i++) {
        struct suggestion *pair = pairs[i];

        if (done[pair->target] || !pair_is_good(c, pair) ||
            (c->taken[pair->source] > 0 && pair->score < SUGGEST_AGAIN))
            continue;
        pair->chosen = done[pair->target] = true;
        c->taken[pair->source]++;
    }
    mem_free(done);
    mem_free(pairs);
}

/* ---- Names */

static bool field_has(const struct suggest *s, const struct side_field *words, const char *text)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &s->terms[words->terms[i]].word;

        if (words->above[i] == 0 && (strcmp(word->text, text) == 0 || word_means(word, text)))
            return true;
    }
    return false;
}

/* What is proposed for the target; NULL: nothing. */
static struct suggestion *target_chosen(const struct choosing *c, size_t target)
{
    struct suggestion *kept = &c->kept[target * SUGGEST_KEEP];

    for (size_t i = 0; i < c->kept_count[target]; i++)
        if (kept[i].chosen)
            return &kept[i];
    return NULL;
}

/* A first name is no whole name, and the other way round. */
static bool names_fit(const struct suggest *s, size_t target, size_t source)
{
    const struct side_field *a = &s->target_words[target], *b = &s->source_words[source];

    return field_has(s, a, "first") == field_has(s, b, "first") &&
           field_has(s, a, "last") == field_has(s, b, "last");
}

/* The source that is a person's or company's whole name, nearest to the target's words. */
static size_t name_whole(const struct suggest *s, size_t target)
{
    size_t best = SIZE_MAX;
    double most = 0.0;

    for (size_t i = 0; i < s->source_count; i++) {
        const struct side_field *words = &s->source_words[i];
        struct suggestion one;

        if (!field_has(s, words, "name") || field_has(s, words, "first") ||
            field_has(s, words, "last"))
            continue;
        suggest__score(s, target, i, false, &one);
        if (one.score > most) {
            most = one.score;
            best = i;
        }
    }
    return best;
}

static size_t name_part(const struct suggest *s, size_t target, const char *part)
{
    size_t best = SIZE_MAX;
    double most = 0.0;

    for (size_t i = 0; i < s->source_count; i++) {
        struct suggestion one;

        if (!field_has(s, &s->source_words[i], part))
            continue;
        suggest__score(s, target, i, false, &one);
        if (best == SIZE_MAX || one.score > most) {
            most = one.score;
            best = i;
        }
    }
    return best;
}

static void names_propose(struct choosing *c, size_t target, size_t source, enum suggest_how how,
                          const char *detail)
{
    struct suggestion *kept = &c->kept[target * SUGGEST_KEEP], *before = target_chosen(c, target);
    size_t *count = &c->kept_count[target];

    if (before != NULL)
        before->chosen = false;
    if (*count < SUGGEST_KEEP)
        ++*count;
    memmove(kept + 1, kept, (*count - 1) * sizeof *kept);
    *kept = (struct suggestion){
        .target = target, .source = source, .score = SUGGEST_SPLIT, .chosen = true, .how = how
    };
    snprintf(kept->detail, sizeof kept->detail, "%s", detail);
    snprintf(kept->reason, sizeof kept->reason, "%s",
             how == SUGGEST_JOIN    ? "the parts of the name, joined"
             : how == SUGGEST_FIRST ? "the first word of the whole name"
                                    : "what stands behind the first word of the whole name");
}

/* (3) */
static void names_split(struct choosing *c)
{
    const struct suggest *s = c->s;

    for (size_t i = 0; i < s->target_count; i++) {
        const struct side_field *words = &s->target_words[i];
        bool first = field_has(s, words, "first"), last = field_has(s, words, "last");
        const struct suggestion *chosen = target_chosen(c, i);

        if (!field_has(s, words, "name") ||
            (chosen != NULL && (chosen->score >= SUGGEST_AGAIN || names_fit(s, i, chosen->source))))
            continue;
        if (first || last) {
            size_t whole = name_whole(s, i);

            if (whole != SIZE_MAX)
                names_propose(c, i, whole, first ? SUGGEST_FIRST : SUGGEST_LAST, "");
        } else {
            size_t one = name_part(s, i, "first"), other = name_part(s, i, "last");
            char detail[128];

            if (one == SIZE_MAX || other == SIZE_MAX)
                continue;
            snprintf(detail, sizeof detail, "%.60s, %.60s", s->sources[one].path,
                     s->sources[other].path);
            names_propose(c, i, one, SUGGEST_JOIN, detail);
        }
    }
}

/* ---- The result */

static void suggestions_give(const struct choosing *c, struct suggestions *out)
{
    out->list = mem_must((c->s->target_count * SUGGEST_BEST + 1) * sizeof *out->list);
    out->count = 0;
    for (size_t i = 0; i < c->s->target_count; i++) {
        const struct suggestion *kept = &c->kept[i * SUGGEST_KEEP];
        size_t given = out->count;

        for (int chosen = 1; chosen >= 0; chosen--) /* the proposed one first */
            for (size_t k = 0; k < c->kept_count[i]; k++) {
                struct suggestion *one = &out->list[out->count];

                if (kept[k].chosen != (chosen == 1) || out->count - given == SUGGEST_BEST)
                    continue;
                *one = kept[k];
                out->count++;
                if (one->reason[0] == '\0') {
                    suggest__score(c->s, i, one->source, true, one);
                    one->chosen = kept[k].chosen;
                }
            }
    }
}

enum err_code suggest_fields(const struct suggest_field *sources, size_t source_count,
                             const struct suggest_field *targets, size_t target_count,
                             const struct suggest_known *known, size_t known_count,
                             struct suggestions *out, struct err *e)
{
    struct suggest s = { .sources = sources,
                         .targets = targets,
                         .source_count = source_count,
                         .target_count = target_count,
                         .known = known,
                         .known_count = known_count };
    struct choosing c = { .s = &s };

    *out = (struct suggestions){ .list = NULL };
    if (source_count > SUGGEST_FIELDS || target_count > SUGGEST_FIELDS)
        return err_set(e, ERR_LIMIT, "a schema of %zu fields is too large, at most %u are compared",
                       source_count > target_count ? source_count : target_count, SUGGEST_FIELDS);
    s.source_words = mem_must((source_count + 1) * sizeof *s.source_words);
    s.target_words = mem_must((target_count + 1) * sizeof *s.target_words);
    c.seen = mem_must((source_count + 1) * sizeof *c.seen);
    c.taken = mem_must((source_count + 1) * sizeof *c.taken);
    c.bests = mem_must((source_count + 1) * sizeof *c.bests);
    c.kept = mem_must((target_count * SUGGEST_KEEP + 1) * sizeof *c.kept);
    c.kept_count = mem_must((target_count + 1) * sizeof *c.kept_count);
    c.values = dict_new();
    c.paths = dict_new();
    suggest__terms(&s);
    sources_index(&c);
    for (size_t i = 0; i < target_count; i++)
        target_candidates(&c, i);
    pairs_choose(&c);
    names_split(&c);
    suggestions_give(&c, out);
    suggest__terms_free(&s);
    dict_free(c.paths);
    dict_free(c.values);
    mem_free(c.kept_count);
    mem_free(c.kept);
    mem_free(c.bests);
    mem_free(c.taken);
    mem_free(c.seen);
    mem_free(s.target_words);
    mem_free(s.source_words);
    return ERR_OK;
}

void suggestions_fini(struct suggestions *suggestions)
{
    mem_free(suggestions->list);
    *suggestions = (struct suggestions){ .list = NULL };
}
