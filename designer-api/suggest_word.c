/* suggest_word.c - names taken apart and written out. The tables are in suggest_table.c. */
#include "designer-api/suggest_word_priv.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD_ONE_MEANING 0.92
#define WORD_SPELLING    0.85
#define WORD_STEM        0.85
#define WORD_SHORT       0.78 /* of abbreviations that no table knows */
#define WORD_NEAR        0.60

/* Lists are words with a blank between them. */
static bool word_in(const char *list, const char *text)
{
    size_t size = strlen(text);
    const char *at = list;

    while (size > 0 && (at = strstr(at, text)) != NULL) {
        if ((at == list || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
        at++;
    }
    return false;
}

static uint64_t word_groups(const char *const *lists, size_t count, const char *text)
{
    uint64_t groups_of = 0;

    for (size_t i = 0; i < count; i++)
        if (word_in(lists[i], text))
            groups_of |= UINT64_C(1) << i;
    return groups_of;
}

/* "update" means what "updated" does. */
static uint64_t word_meaning(const char *text)
{
    static const char *const ends[] = { "", "d", "ed" };
    uint64_t means = 0;

    for (size_t i = 0; i < sizeof ends / sizeof *ends && means == 0; i++) {
        char form[WORD_ROOM + 2];

        snprintf(form, sizeof form, "%s%s", text, ends[i]);
        means = word_groups(suggest__groups, suggest__group_count, form);
    }
    return means;
}

bool word_means(const struct word *word, const char *first)
{
    size_t size = strlen(first);

    for (size_t i = 0; i < suggest__group_count; i++)
        if (strncmp(suggest__groups[i], first, size) == 0 && suggest__groups[i][size] == ' ')
            return (word->means >> i & 1) != 0;
    return false;
}

static void word_add(struct word *words, size_t *count, const char *text, size_t size,
                     unsigned above)
{
    struct word *word;

    if (*count == WORDS_MOST || size == 0)
        return;
    word = &words[(*count)++];
    memset(word, 0, sizeof *word);
    snprintf(word->text, sizeof word->text, "%.*s", (int)size, text);
    word->means = word_meaning(word->text);
    word->nears = word_groups(suggest__nears, suggest__near_count, word->text);
    word->known = word->means != 0 || word->nears != 0 || word_in(suggest__vocabulary, word->text);
    word->general = word_in(suggest__general, word->text) ||
                    strspn(word->text, "0123456789") == strlen(word->text) || size == 1;
    word->apart = word_in(suggest__apart, word->text);
    word->weak = word_in(suggest__weak, word->text);
    word->thin = word->general || word_in(suggest__thin, word->text);
    word->above = (unsigned char)above;
}

/* "customers" is "customer"; "address", "status" and "gross" stay. */
static void word_singular(char *text)
{
    size_t size = strlen(text);

    if (size < 4 || text[size - 1] != 's' || strchr("su", text[size - 2]) != NULL)
        return;
    if (size > 4 && strcmp(text + size - 3, "ies") == 0) {
        memcpy(text + size - 3, "y", 2);
        return;
    }
    text[size - 1] = '\0';
}

static void word_write(struct word *words, size_t *count, char *text, unsigned above);

/* What the abbreviation stands for; NULL: no table has it. */
static const char *short_full(const char *text)
{
    for (size_t i = 0; i < suggest__short_count; i++)
        if (suggest__shorts[i][0][0] == *text && strcmp(suggest__shorts[i][0], text) == 0)
            return suggest__shorts[i][1];
    return NULL;
}

static bool word_is_known(const char *text)
{
    if (word_in(suggest__vocabulary, text) ||
        word_groups(suggest__groups, suggest__group_count, text) != 0)
        return true;
    if (strlen(text) > 2 && short_full(text) != NULL)
        return true;
    return strcmp(text, "id") == 0 || strcmp(text, "no") == 0 || strcmp(text, "by") == 0;
}

/* "paytracetransactionid", "stateorprovince", "billto": a piece that is made of known words, after
 * at most one that is not known. The fewest words are taken. */
static bool word_split(struct word *words, size_t *count, const char *text, unsigned above)
{
    size_t size = strlen(text), from[WORD_ROOM];
    unsigned cost[WORD_ROOM];

    if (size < 5 || size >= WORD_ROOM || word_is_known(text))
        return false;
    for (size_t end = 1; end <= size; end++) {
        cost[end] = end >= 3 ? 10 : 1000; /* the first letters as a word that is not known */
        from[end] = 0;
        for (size_t begin = 0; begin < end; begin++) {
            char piece[WORD_ROOM];
            unsigned before = begin > 0 ? cost[begin] : 0;

            snprintf(piece, sizeof piece, "%.*s", (int)(end - begin), text + begin);
            if (before + 1 < cost[end] && end - begin >= 2 && word_is_known(piece)) {
                cost[end] = before + 1;
                from[end] = begin;
            }
        }
    }
    if (from[size] == 0 || cost[size] > 13)
        return false;
    for (size_t end = 0, stop = size; end < size; stop = size) {
        char piece[WORD_ROOM];

        while (from[stop] > end)
            stop = from[stop];
        snprintf(piece, sizeof piece, "%.*s", (int)(stop - end), text + end);
        if (strcmp(piece, "or") != 0 && strcmp(piece, "of") != 0 && strcmp(piece, "to") != 0) {
            if (word_is_known(piece))
                word_write(words, count, piece, above);
            else
                word_add(words, count, piece, strlen(piece), above);
        }
        end = stop;
    }
    return true;
}

/* What a table writes out for it, one word or several; NULL: it is in none. */
static const char *word_full(const char *text)
{
    const char *full = short_full(text);

    for (size_t i = 0; full == NULL && i < suggest__column_count; i++)
        if (strcmp(suggest__columns[i][0], text) == 0)
            full = suggest__columns[i][1];
    return full;
}

/* One piece of a name, in lower case: as the table writes it out. */
static void word_write(struct word *words, size_t *count, char *text, unsigned above)
{
    const char *full = word_full(text);

    while (full != NULL) {
        size_t size = strcspn(full, " ");

        word_add(words, count, full, size, above);
        if (full[size] == '\0')
            return;
        full += size + 1;
    }
    word_singular(text);
    if (!word_split(words, count, text, above))
        word_add(words, count, text, strlen(text), above);
}

/* Where the next piece ends: "CuryOrigDocAmt", "billTo", "ARDoc", "line_1", "HTTPStatus". */
static size_t piece_end(const char *name, size_t at, size_t size)
{
    size_t end = at + 1;

    if (isdigit((unsigned char)name[at])) {
        while (end < size && isdigit((unsigned char)name[end]))
            end++;
        return end;
    }
    if (isupper((unsigned char)name[at])) {
        while (end < size && isupper((unsigned char)name[end]))
            end++;
        if (end - at > 1 && end < size && islower((unsigned char)name[end]))
            return end - 1; /* of ARDoc the D belongs to Doc */
    }
    while (end < size && islower((unsigned char)name[end]))
        end++;
    return end;
}

/* A maker's prefix says nothing: "new_", "cr123_", "msdyn_". */
static size_t piece_prefix(const char *name, size_t size)
{
    static const char *const prefixes[] = { "new_", "msdyn_", "cust_", "x_", "u_" };

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (size > strlen(prefixes[i]) && strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return strcmp(prefixes[i], "cust_") == 0 ? 0 : strlen(prefixes[i]);
    return 0;
}

static void words_of_name(const char *name, size_t size, unsigned above, struct word *words,
                          size_t *count)
{
    size_t at = piece_prefix(name, size);

    while (at < size) {
        char piece[WORD_ROOM];
        size_t end, length;

        if (!isalnum((unsigned char)name[at])) {
            at++;
            continue;
        }
        end = piece_end(name, at, size);
        length = end - at < WORD_ROOM - 1 ? end - at : WORD_ROOM - 1;
        for (size_t i = 0; i < length; i++)
            piece[i] = (char)tolower((unsigned char)name[at + i]);
        piece[length] = '\0';
        word_write(words, count, piece, above);
        at = end;
    }
}

/* "Addr1", "address_line1", "billto_line2": the first and second line of a street. */
static void words_street(struct word *words, size_t from, size_t *count)
{
    size_t last = *count;

    if (last - from < 2 || strspn(words[last - 1].text, "123") != strlen(words[last - 1].text) ||
        (strcmp(words[last - 2].text, "address") != 0 && strcmp(words[last - 2].text, "line") != 0))
        return;
    if (last - from >= 3 && strcmp(words[last - 3].text, "address") == 0) {
        words[last - 3] = words[last - 2];
        words[last - 2] = words[last - 1];
        last = --*count;
    }
    *count -= 2;
    word_add(words, count, "street", 6, words[last - 1].above);
    if (strcmp(words[last - 1].text, "1") == 0)
        word_add(words, count, "address", 7, words[last - 1].above);
    else
        *count = last;
}

/* "QuantityInOrderUnit", "NameOnAccount", "InvoiceIDByParty": what stands behind the small word
 * says which; what stands before it is the field. */
static void words_behind(struct word *words, size_t from, size_t *count)
{
    for (size_t i = from + 1; i + 1 < *count; i++) {
        if (!word_in(suggest__small, words[i].text))
            continue;
        --*count;
        memmove(&words[i], &words[i + 1], (*count - i) * sizeof *words);
        for (size_t k = i; k < *count && words[k].above < 2; k++)
            words[k].above++;
        return;
    }
}

/* Several words that are one, where they begin at `i`: whether there was such a one. */
static bool words_join_at(struct word *words, size_t i, size_t *count)
{
    for (size_t k = 0; k < suggest__joined_count; k++) {
        const char *parts = suggest__joined[k][0], *is = suggest__joined[k][1];
        unsigned above = words[i].above;
        size_t at = i, one = strcspn(parts, " "), added = i;

        while (at < *count && *parts != '\0' && strlen(words[at].text) == one &&
               memcmp(words[at].text, parts, one) == 0) {
            parts += one + (parts[one] == ' ');
            one = strcspn(parts, " ");
            at++;
        }
        if (*parts != '\0')
            continue;
        word_add(words, &added, is, strlen(is), above);
        memmove(&words[added], &words[at], (*count - at) * sizeof *words);
        *count -= at - added;
        return true;
    }
    return false;
}

/* "CountrySubDivision", "StreetName", "PostalZone"; "EMailAddress" is joined twice. */
static void words_join(struct word *words, size_t from, size_t *count)
{
    for (size_t i = from; i < *count; i++)
        while (words_join_at(words, i, count))
            ;
}

/* "NAME1", "ORT01": the first of several is as good as the only one. */
static void words_first(const struct word *words, size_t from, size_t *count)
{
    if (*count - from >= 2 &&
        (strcmp(words[*count - 1].text, "1") == 0 || strcmp(words[*count - 1].text, "01") == 0))
        --*count;
}

/* "CurrencyRef.value", "OrderReference.ID", "entity.id": the field is what stands above it. */
static bool words_say_little(const struct word *words, size_t from, size_t count)
{
    for (size_t i = from; i < count; i++)
        if (!words[i].general)
            return false;
    return true;
}

size_t words_of(const char *path, struct word words[WORDS_MOST])
{
    size_t end = strlen(path), count = 0, first;
    unsigned above = 0;

    while (end > 0 && count < WORDS_MOST && above < 3) {
        size_t begin = end;

        while (begin > 0 && path[begin - 1] != '.' && path[begin - 1] != '/')
            begin--;
        first = count;
        words_of_name(path + begin, end - begin, above, words, &count);
        words_street(words, first, &count);
        words_join(words, first, &count);
        words_behind(words, first, &count);
        words_first(words, first, &count);
        for (size_t i = first; above > 0 && i < count; i++)
            words[i].list = end - begin >= 2 && memcmp(path + end - 2, "[]", 2) == 0;
        if (begin > 1 && above == 0 && count == 1 && strcmp(words[0].text, "value") == 0)
            count = 0;
        if (above > 0 || !words_say_little(words, 0, count))
            above++;
        end = begin > 0 ? begin - 1 : 0;
    }
    return count;
}

/* "created", "paidOn", "settled" are dates by their type: the word is as good as written. */
size_t words_date(struct word words[WORDS_MOST], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i].above == 0 && word_means(&words[i], "date"))
            return count;
    word_add(words, &count, "date", 4, 0);
    return count;
}

/* ---- How alike two words are */

/* "bnk" of "bank", "reg" of "region": the letters come in this order, the first is the same. */
static bool word_is_short(const char *brief, const char *full)
{
    size_t size = strlen(brief);

    if (size < 2 || size >= strlen(full) || brief[0] != full[0])
        return false;
    if (strncmp(brief, full, size) == 0)
        return size >= 3;
    for (; *brief != '\0'; brief++, full++) {
        full = strchr(full, *brief);
        if (full == NULL)
            return false;
    }
    return size >= 3;
}

/* One letter more, less or other, of words that are long enough for that to be chance. */
static bool word_is_near(const char *a, const char *b)
{
    size_t size_a = strlen(a), size_b = strlen(b), same = 0, behind = 0;

    if (size_a < 5 || size_b < 5 || (size_a > size_b ? size_a - size_b : size_b - size_a) > 1)
        return false;
    while (a[same] != '\0' && a[same] == b[same])
        same++;
    while (behind < size_a - same && behind < size_b - same &&
           a[size_a - 1 - behind] == b[size_b - 1 - behind])
        behind++;
    return same + behind + 1 >= (size_a > size_b ? size_a : size_b);
}

/* "approver" and "approval", "dispute" and "disputed": a long beginning and short ends. */
static bool word_is_stem(const char *a, const char *b)
{
    size_t same = 0;

    while (a[same] != '\0' && a[same] == b[same])
        same++;
    return same >= 5 && strlen(a) - same <= 4 && strlen(b) - same <= 4;
}

double word_alike(const struct word *a, const struct word *b)
{
    if (strcmp(a->text, b->text) == 0)
        return 1.0;
    if ((a->means & b->means) != 0)
        return WORD_ONE_MEANING;
    if (word_is_near(a->text, b->text))
        return WORD_SPELLING;
    if (word_is_stem(a->text, b->text))
        return WORD_STEM;
    if ((!a->known && word_is_short(a->text, b->text)) ||
        (!b->known && word_is_short(b->text, a->text)))
        return WORD_SHORT;
    return (a->nears & b->nears) != 0 ? WORD_NEAR : 0.0;
}
