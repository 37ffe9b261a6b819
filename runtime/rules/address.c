/* address.c - reads an address from its end: country, postcode, state, city, then unit and street.
 *
 * The text is cut into pieces at commas and line ends. Each step takes words off the last piece and
 * drops it when it is empty. Where one piece holds street and city, the city begins behind the kind
 * of street (St, Ave) and what belongs to it. */
#include "rules/address_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "rules/address_words_priv.h"

#define STATE_WORDS 4u /* Newfoundland and Labrador, District of Columbia */

struct piece {
    struct word words[WORDS_MOST];
    unsigned count;
};
struct pieces {
    struct piece at[ADDRESS_LINES];
    unsigned count;
};

/* false: there are too many. */
static bool pieces_cut(struct pieces *pieces, const char *text, size_t size)
{
    const char *end = text + size;

    pieces->count = 0;
    while (text < end) {
        struct piece *piece = &pieces->at[pieces->count];
        size_t length = 0;

        if (pieces->count == ADDRESS_LINES)
            return false;
        while (text + length < end && strchr(",\r\n", text[length]) == NULL)
            length++;
        piece->count = words__cut(piece->words, text, length);
        pieces->count += piece->count > 0;
        text += length + 1;
    }
    return true;
}

static struct piece *last_piece(struct pieces *pieces)
{
    return pieces->count > 0 ? &pieces->at[pieces->count - 1] : NULL;
}

/* Takes words off the end of the last piece. */
static void words_drop(struct pieces *pieces, unsigned count)
{
    struct piece *piece = last_piece(pieces);

    check(piece != NULL && count <= piece->count);
    piece->count -= count;
    if (piece->count == 0)
        pieces->count--;
}

/* The text of some words of one piece, from the first to the last, with single blanks. */
static void words_copy(char *to, const struct word *words, unsigned count)
{
    size_t length = strlen(to);

    for (unsigned i = 0; i < count; i++) {
        if (length > 0 && length < ADDRESS_TEXT)
            to[length++] = ' ';
        for (size_t c = 0; c < words[i].size && length < ADDRESS_TEXT; c++)
            to[length++] = words[i].at[c];
    }
    to[length] = '\0';
}

/* Do the last words of the piece say this? They stand in one text, so with their blanks. */
static bool ends_in(const struct piece *piece, unsigned count, const char *name)
{
    char text[ADDRESS_TEXT + 1] = "";

    if (count > piece->count)
        return false;
    words_copy(text, piece->words + piece->count - count, count);
    return words__same(text, strlen(text), name);
}

static void take_country(struct address *address, struct pieces *pieces)
{
    static const struct {
        const char *code, *name;
        unsigned words;
    } rows[] = {
        { "US", "United States of America", 4 },
        { "US", "United States", 2 },
        { "US", "USA", 1 },
        { "US", "US", 1 },
        { "CA", "Canada", 1 },
        { "CA", "CAN", 1 },
    };
    const struct piece *piece = last_piece(pieces);

    for (size_t i = 0; piece != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (ends_in(piece, rows[i].words, rows[i].name)) {
            snprintf(address->country, sizeof(address->country), "%s", rows[i].code);
            words_drop(pieces, rows[i].words);
            return;
        }
}

/* Is the text of that form? A letter, 0 a digit, others themselves. */
static bool has_form(const char *text, size_t size, const char *form)
{
    if (size != strlen(form))
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (form[i] == 'A' ? !isalpha(c) : form[i] == '0' ? !isdigit(c) : text[i] != form[i])
            return false;
    }
    return true;
}

static void put_canadian(struct address *address, const char *first, const char *second)
{
    for (int i = 0; i < 3; i++) {
        address->postcode[i] = (char)toupper((unsigned char)first[i]);
        address->postcode[4 + i] = (char)toupper((unsigned char)second[i]);
    }
    address->postcode[3] = ' ';
    address->postcode[7] = '\0';
}

static void take_postcode(struct address *address, struct pieces *pieces)
{
    const struct piece *piece = last_piece(pieces);
    const struct word *last, *before;
    const char *country = "CA";

    if (piece == NULL)
        return;
    last = &piece->words[piece->count - 1];
    before = piece->count > 1 ? last - 1 : NULL;
    if (has_form(last->at, last->size, "00000") || has_form(last->at, last->size, "00000-0000")) {
        country = "US";
        words_copy(address->postcode, last, 1);
        words_drop(pieces, 1);
    } else if (has_form(last->at, last->size, "A0A0A0")) {
        put_canadian(address, last->at, last->at + 3);
        words_drop(pieces, 1);
    } else if (has_form(last->at, last->size, "A0A-0A0")) {
        put_canadian(address, last->at, last->at + 4);
        words_drop(pieces, 1);
    } else if (before != NULL && has_form(last->at, last->size, "0A0") &&
               has_form(before->at, before->size, "A0A")) {
        put_canadian(address, before->at, last->at);
        words_drop(pieces, 2);
    } else {
        return;
    }
    if (address->country[0] == '\0')
        snprintf(address->country, sizeof(address->country), "%s", country);
}

static void take_state(struct address *address, struct pieces *pieces, const char *country)
{
    const struct piece *piece = last_piece(pieces);
    const char *within = address->country[0] != '\0' ? address->country : country;

    if (piece == NULL)
        return;
    for (unsigned count = STATE_WORDS; count > 0; count--) {
        char text[ADDRESS_TEXT + 1] = "";
        const char *code, *found;

        if (count > piece->count)
            continue;
        words_copy(text, piece->words + piece->count - count, count);
        code = address_state(text, strlen(text), within, &found);
        if (code == NULL)
            continue;
        snprintf(address->state, sizeof(address->state), "%s", code);
        if (address->country[0] == '\0')
            snprintf(address->country, sizeof(address->country), "%s", found);
        words_drop(pieces, count);
        return;
    }
}

static bool is_street(const struct piece *piece)
{
    return isdigit((unsigned char)piece->words[0].at[0]) ||
           (piece->count > 1 && words__same(piece->words[0].at, piece->words[0].size, "PO") &&
            words__same(piece->words[1].at, piece->words[1].size, "Box")) ||
           (piece->count > 2 && words__same(piece->words[0].at, piece->words[0].size, "P") &&
            words__same(piece->words[1].at, piece->words[1].size, "O"));
}

/* Where the city begins in a piece that holds the street too; its count: it cannot be told. */
static unsigned city_begin(const struct piece *piece)
{
    const struct word *words = piece->words;
    unsigned at = 2, unit;

    while (at < piece->count && words__find("suffix", &words[at]) == NULL)
        at++;
    if (at >= piece->count)
        return piece->count;
    at++;
    while (at + 1 < piece->count) { /* Park Place Dr; County Road 5; Main St N */
        const char *brief = words__find("suffix", &words[at]);
        bool is_brief = brief != NULL && words__same(words[at].at, words[at].size, brief);

        if (!is_brief && !words__has_digit(&words[at]) &&
            (words__find("direction", &words[at]) == NULL || words[at].size > 2))
            break;
        at++;
    }
    unit = words__unit(words, piece->count, at);
    if (unit == at && at < piece->count)
        at += words[at].at[0] == '#' ? 1 : 2;
    return at < piece->count ? at : piece->count;
}

static void take_city(struct address *address, struct pieces *pieces)
{
    struct piece *piece = last_piece(pieces);
    unsigned begin = 0;

    if (piece == NULL)
        return;
    if (is_street(piece))
        begin = city_begin(piece);
    else if (pieces->count == 1 && address->state[0] == '\0' && address->postcode[0] == '\0')
        return; /* no more than a name */
    words_copy(address->city, piece->words + begin, piece->count - begin);
    words_drop(pieces, piece->count - begin);
}

/* "10-123 Main St" is unit 10 in Canada, and a house number in New York. */
static void take_canadian_unit(struct address *address)
{
    size_t before = strspn(address->street, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "abcdefghijklmnopqrstuvwxyz");

    if (strcmp(address->country, "CA") != 0 || before == 0 || address->street[before] != '-' ||
        !isdigit((unsigned char)address->street[before + 1]) || address->unit[0] != '\0')
        return;
    memcpy(address->unit, address->street, before);
    address->unit[before] = '\0';
    memmove(address->street, address->street + before + 1, strlen(address->street + before));
}

static void take_street(struct address *address, const struct piece *piece)
{
    unsigned unit = words__unit(piece->words, piece->count, 2);

    words_copy(address->street, piece->words, unit);
    words_copy(address->unit, piece->words + unit, piece->count - unit);
}

static bool has_suffix(const struct piece *piece)
{
    for (unsigned i = 1; i < piece->count; i++)
        if (words__find("suffix", &piece->words[i]) != NULL)
            return true;
    return false;
}

/* Which piece is the street: one that begins with a number and has a kind of street, else one that
 * begins with a number (not 3M Company), else the last. */
static unsigned find_street(const struct pieces *pieces)
{
    unsigned found = pieces->count > 0 ? pieces->count - 1 : 0;

    for (unsigned i = pieces->count; i > 0; i--)
        if (is_street(&pieces->at[i - 1]))
            found = i - 1;
    for (unsigned i = 0; i < pieces->count; i++)
        if (is_street(&pieces->at[i]) && has_suffix(&pieces->at[i]))
            return i;
    return found;
}

/* What is left: lines of the name, the street, and units before or behind it. */
static void take_rest(struct address *address, struct pieces *pieces)
{
    unsigned street = find_street(pieces);

    for (unsigned i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->at[i];

        if (i == street)
            take_street(address, piece);
        else if (i > street || words__unit(piece->words, piece->count, 0) == 0)
            words_copy(address->unit, piece->words, piece->count);
        else
            words_copy(address->name, piece->words, piece->count);
    }
    take_canadian_unit(address);
}

bool address_read(struct address *address, const char *text, size_t size, const char *country)
{
    struct pieces pieces;

    check(size <= ADDRESS_TEXT);
    memset(address, 0, sizeof(*address));
    if (!pieces_cut(&pieces, text, size))
        return false;
    take_country(address, &pieces);
    take_postcode(address, &pieces);
    take_state(address, &pieces, country);
    if (address->country[0] == '\0')
        snprintf(address->country, sizeof(address->country), "%s", country);
    take_city(address, &pieces);
    take_rest(address, &pieces);
    return true;
}
