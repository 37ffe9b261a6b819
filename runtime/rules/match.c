/* match.c - edit distances, Jaro-Winkler and sets of words.
 *
 * Scores are calculated in whole numbers: a fraction of at most 10^13 is scaled by 10^4 and rounded
 * once, so every machine gives the same digits. */
#include "rules/match_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/check.h"

#define WINKLER_PREFIX    4u
#define WINKLER_THRESHOLD 7 /* tenths: below it the common beginning does not count */

bool match_method_find(const char *name, enum match_method *method)
{
    static const char *const names[] = {
#define X(code, text) [MATCH_##code] = text,
        MATCH_METHODS(X)
#undef X
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0) {
            *method = (enum match_method)i;
            return true;
        }
    return false;
}

/* ---- the room -------------------------------------------------------------------------------- */

size_t match_room_size(size_t chars)
{
    return sizeof(struct match_room) + 2 * (chars + 1) * sizeof(struct match_word) +
           4 * chars * sizeof(int32_t) + 3 * (chars + 1) * sizeof(uint32_t) + 2 * chars;
}

struct match_room *match_room_init(void *block, size_t chars)
{
    struct match_room *room = block;
    int32_t *text;

    check(chars <= MATCH_TEXT);
    memset(room, 0, sizeof(*room));
    room->chars = chars;
    room->words_a = (struct match_word *)(room + 1);
    room->words_b = room->words_a + chars + 1;
    text = (int32_t *)(room->words_b + chars + 1);
    room->a.at = text;
    room->b.at = text + chars;
    room->joined_a.at = text + 2 * chars;
    room->joined_b.at = text + 3 * chars;
    room->rows = (uint32_t *)(text + 4 * chars);
    room->marks_a = (unsigned char *)(room->rows + 3 * (chars + 1));
    room->marks_b = room->marks_a + chars;
    check((size_t)(room->marks_b + chars - (unsigned char *)block) == match_room_size(chars));
    return room;
}

/* ---- distances ------------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* replace: what another character in the same place costs. */
static size_t edits(uint32_t *row, const struct match_text *a, const struct match_text *b,
                    uint32_t replace)
{
    for (size_t j = 0; j <= b->size; j++)
        row[j] = (uint32_t)j;
    for (size_t i = 1; i <= a->size; i++) {
        uint32_t corner = row[0];

        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= b->size; j++) {
            uint32_t above = row[j];
            uint32_t same = a->at[i - 1] == b->at[j - 1] ? 0 : replace;

            row[j] = least(least(above, row[j - 1]) + 1, corner + same);
            corner = above;
        }
    }
    return row[b->size];
}

size_t match_levenshtein(struct match_room *room)
{
    return edits(room->rows, &room->a, &room->b, 1);
}

size_t match_damerau(struct match_room *room)
{
    const struct match_text *a = &room->a, *b = &room->b;
    uint32_t *before = room->rows, *last = before + room->chars + 1;
    uint32_t *row = last + room->chars + 1;

    for (size_t j = 0; j <= b->size; j++)
        last[j] = (uint32_t)j;
    for (size_t i = 1; i <= a->size; i++) {
        uint32_t *oldest = before;

        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= b->size; j++) {
            uint32_t same = a->at[i - 1] == b->at[j - 1] ? 0 : 1;

            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + same);
            if (i > 1 && j > 1 && a->at[i - 1] == b->at[j - 2] && a->at[i - 2] == b->at[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = oldest;
    }
    return last[b->size];
}

/* part / whole in units of 1 / MATCH_ONE, half up. */
static int ratio(uint64_t part, uint64_t whole)
{
    check(part <= whole && whole > 0);
    return (int)((part * MATCH_ONE * 2 + whole) / (whole * 2));
}

static int edit_score(const struct match_room *room, size_t distance)
{
    size_t longer = room->a.size > room->b.size ? room->a.size : room->b.size;

    return longer == 0 ? MATCH_ONE : ratio(longer - distance, longer);
}

/* ---- Jaro-Winkler ---------------------------------------------------------------------------- */

/* Marks the characters that both have at most `window` places apart; returns how many. */
static size_t jaro_common(struct match_room *room)
{
    const struct match_text *a = &room->a, *b = &room->b;
    size_t longer = a->size > b->size ? a->size : b->size;
    size_t window = longer / 2 > 0 ? longer / 2 - 1 : 0;
    size_t common = 0;

    memset(room->marks_a, 0, a->size);
    memset(room->marks_b, 0, b->size);
    for (size_t i = 0; i < a->size; i++) {
        size_t from = i > window ? i - window : 0;
        size_t end = i + window + 1 < b->size ? i + window + 1 : b->size;

        for (size_t j = from; j < end; j++)
            if (!room->marks_b[j] && a->at[i] == b->at[j]) {
                room->marks_a[i] = room->marks_b[j] = 1;
                common++;
                break;
            }
    }
    return common;
}

/* Half of the common characters that stand in another order. */
static size_t jaro_swapped(const struct match_room *room)
{
    size_t swapped = 0, j = 0;

    for (size_t i = 0; i < room->a.size; i++) {
        if (!room->marks_a[i])
            continue;
        while (!room->marks_b[j])
            j++;
        swapped += room->a.at[i] != room->b.at[j++];
    }
    return swapped / 2;
}

static int jaro_winkler(struct match_room *room)
{
    uint64_t a = room->a.size, b = room->b.size, common, part, whole;
    unsigned prefix = 0;

    if (a == 0 || b == 0)
        return a == b ? MATCH_ONE : 0;
    common = jaro_common(room);
    if (common == 0)
        return 0;
    part = common * common * (a + b) + (common - jaro_swapped(room)) * a * b;
    whole = 3 * common * a * b;
    if (part * 10 <= whole * WINKLER_THRESHOLD)
        return ratio(part, whole);
    while (prefix < WINKLER_PREFIX && prefix < a && prefix < b &&
           room->a.at[prefix] == room->b.at[prefix])
        prefix++;
    return ratio(10 * part + prefix * (whole - part), 10 * whole);
}

/* ---- sets of words --------------------------------------------------------------------------- */

static int word_compare(const void *left, const void *right)
{
    const struct match_word *a = left, *b = right;
    size_t size = a->size < b->size ? a->size : b->size;

    for (size_t i = 0; i < size; i++)
        if (a->at[i] != b->at[i])
            return a->at[i] < b->at[i] ? -1 : 1;
    return (a->size > b->size) - (a->size < b->size);
}

static bool in_word(int32_t c)
{
    return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

/* Folds the text's case in place and cuts it into words, sorted, each once; returns how many. */
static size_t words_cut(struct match_text *text, struct match_word *words)
{
    size_t count = 0, kept = 0;

    for (size_t i = 0; i < text->size; i++)
        text->at[i] = u_foldCase(text->at[i], U_FOLD_CASE_DEFAULT);
    for (size_t i = 0; i < text->size;) {
        size_t from = i;

        while (i < text->size && in_word(text->at[i]))
            i++;
        if (i > from)
            words[count++] = (struct match_word){ text->at + from, i - from };
        else
            i++;
    }
    if (count > 1)
        qsort(words, count, sizeof(*words), word_compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || word_compare(&words[kept - 1], &words[i]) != 0)
            words[kept++] = words[i];
    return kept;
}

/* With a blank between the words. */
static void word_join(struct match_text *to, const struct match_word *word)
{
    if (to->size > 0)
        to->at[to->size++] = ' ';
    memcpy(to->at + to->size, word->at, word->size * sizeof(*word->at));
    to->size += word->size;
}

/* Splits the words into those of one side, joined, and the length of the common ones, joined. */
static size_t words_part(struct match_room *room, size_t count_a, size_t count_b)
{
    size_t common = 0, i = 0, j = 0;

    room->joined_a.size = room->joined_b.size = 0;
    while (i < count_a || j < count_b) {
        int order = i == count_a   ? 1
                    : j == count_b ? -1
                                   : word_compare(&room->words_a[i], &room->words_b[j]);

        if (order == 0)
            common += room->words_a[i].size + (common > 0);
        if (order < 0)
            word_join(&room->joined_a, &room->words_a[i]);
        else if (order > 0)
            word_join(&room->joined_b, &room->words_b[j]);
        i += order <= 0;
        j += order >= 0;
    }
    return common;
}

/* The best of: what is common against each side, and the sides against each other, where a
 * character replaced counts as one left out and one put in. */
static int token_set(struct match_room *room)
{
    size_t count_a = words_cut(&room->a, room->words_a);
    size_t count_b = words_cut(&room->b, room->words_b);
    size_t common, blank, a, b, distance;
    int best, score;

    if (count_a == 0 || count_b == 0)
        return 0;
    common = words_part(room, count_a, count_b);
    blank = common > 0;
    a = room->joined_a.size;
    b = room->joined_b.size;
    if (common > 0 && (a == 0 || b == 0))
        return MATCH_ONE;
    distance = edits(room->rows, &room->joined_a, &room->joined_b, 2);
    best = ratio(2 * (common + blank) + a + b - distance, 2 * (common + blank) + a + b);
    if (common == 0)
        return best;
    score = ratio(2 * common, 2 * common + 1 + a);
    best = score > best ? score : best;
    score = ratio(2 * common, 2 * common + 1 + b);
    return score > best ? score : best;
}

uint64_t match_cost(const struct match_room *room, enum match_method method)
{
    uint64_t cells = (uint64_t)room->a.size * room->b.size;
    uint64_t both = room->a.size + room->b.size;

    return cells * (method == MATCH_DAMERAU ? 2 : 1) + both * (method == MATCH_TOKEN_SET ? 40 : 2);
}

int match_score(struct match_room *room, enum match_method method)
{
    check(room->a.size <= room->chars && room->b.size <= room->chars);
    switch (method) {
    case MATCH_LEVENSHTEIN:
        return edit_score(room, match_levenshtein(room));
    case MATCH_DAMERAU:
        return edit_score(room, match_damerau(room));
    case MATCH_JARO_WINKLER:
        return jaro_winkler(room);
    case MATCH_TOKEN_SET:
        return token_set(room);
    }
    check_failed("no such method", __FILE__, __LINE__);
}
