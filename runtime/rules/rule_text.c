/* rule_text.c - foreign text made fit for people. */
#include "rules/rule_text_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/card.h"
#include "base/check.h"
#include "base/json.h"

#define NEAR_SIZE   64u
#define TIDY_BEHIND 1024u /* so that a number is whole which begins in what is seen */

/* The length of the well-formed sequence at text, 0 if there is none. */
static size_t sequence_length(const char *text, size_t size)
{
    unsigned char first = (unsigned char)text[0];
    size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (length > size || !utf8_valid(text, length))
        return 0;
    return length;
}

struct tidy {
    char *to;
    size_t room; /* without the NUL */
    size_t length;
    size_t safe; /* a length after which the dots still fit */
    bool full;
};

static void tidy_add(struct tidy *tidy, const char *text, size_t size)
{
    if (tidy->full || size > tidy->room - tidy->length) {
        tidy->full = true;
        return;
    }
    memcpy(tidy->to + tidy->length, text, size);
    tidy->length += size;
    if (tidy->length + 3 <= tidy->room)
        tidy->safe = tidy->length;
}

static bool is_control(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];

    if (length == 1)
        return first < 0x20 || first == 0x7F;
    if (length == 2) /* U+0080 to U+009F */
        return first == 0xC2 && (unsigned char)text[1] < 0xA0;
    /* U+2028, U+2029: line ends to some; U+202A to U+202E turn the direction of writing */
    return length == 3 && first == 0xE2 && (unsigned char)text[1] == 0x80 &&
           (unsigned char)text[2] >= 0xA8 && (unsigned char)text[2] <= 0xAE;
}

static size_t tidy_write(char *to, size_t room, const char *text, size_t size)
{
    struct tidy tidy = { .to = to };
    size_t at = 0;

    check(room > sizeof("..."));
    tidy.room = room - 1;
    while (at < size && !tidy.full) {
        size_t length = sequence_length(text + at, size - at);

        if (length == 0) {
            tidy_add(&tidy, "?", 1);
            at++;
        } else {
            bool control = is_control(text + at, length);

            tidy_add(&tidy, control ? " " : text + at, control ? 1 : length);
            at += length;
        }
    }
    if (tidy.full) {
        memcpy(to + tidy.safe, "...", 3);
        tidy.length = tidy.safe + 3;
    }
    to[tidy.length] = '\0';
    return tidy.length;
}

/* Masked before it is cut: of a number that is cut nothing more may be seen. What cannot be seen is
 * not looked at: no sequence and no mask makes a text a sixteenth as long. */
size_t rule_text_tidy(char *to, size_t room, const char *text, size_t size)
{
    struct card_report report = { .numbers = 0 };
    size_t seen = 16 * room + TIDY_BEHIND;
    struct buf masked;
    size_t length;

    size = size < seen ? size : seen;
    if (!card_suspect(text, size))
        return tidy_write(to, room, text, size);
    buf_init(&masked, 2 * size + CARD_REPORT_TEXT);
    if (card_mask_text(text, size, NULL, &masked, &report) && buf_ok(&masked))
        length = tidy_write(to, room, buf_text(&masked), masked.len);
    else
        length = tidy_write(to, room, report.failed ? "" : text, report.failed ? 0 : size);
    buf_fini(&masked);
    card_report_fini(&report);
    return length;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The distances of a row from the two rows before it; the least of them is returned. */
static unsigned distance_row(unsigned *row, const unsigned *above, const unsigned *top, size_t i,
                             const char *a, const char *b, size_t b_size)
{
    unsigned least = row[0] = (unsigned)i;

    for (size_t j = 1; j <= b_size; j++) {
        unsigned best = above[j - 1] + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1);

        if (above[j] + 1 < best)
            best = above[j] + 1;
        if (row[j - 1] + 1 < best)
            best = row[j - 1] + 1;
        if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]) &&
            top[j - 2] + 1 < best)
            best = top[j - 2] + 1;
        row[j] = best;
        if (best < least)
            least = best;
    }
    return least;
}

unsigned rule_text_distance(const char *a, size_t a_size, const char *b, size_t b_size,
                            unsigned most)
{
    unsigned rows[3][NEAR_SIZE + 1];
    size_t apart = a_size > b_size ? a_size - b_size : b_size - a_size;

    if (a_size > NEAR_SIZE || b_size > NEAR_SIZE || apart > most)
        return most + 1;
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_size; i++)
        if (distance_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], i, a, b, b_size) > most)
            return most + 1;
    return rows[a_size % 3][b_size] > most ? most + 1 : rows[a_size % 3][b_size];
}

void rule_near_init(struct rule_near *near, const char *wanted, size_t size, unsigned most)
{
    check(wanted != NULL);
    near->wanted = wanted;
    near->wanted_size = size;
    near->most = most;
    near->count = 0;
}

unsigned rule_near_slip(size_t size)
{
    return size <= 2 ? 0 : size <= 4 ? 1 : 2;
}

void rule_near_add(struct rule_near *near, const char *name, size_t size)
{
    unsigned distance = rule_text_distance(near->wanted, near->wanted_size, name, size, near->most);
    unsigned at = near->count;

    if (distance > near->most)
        return;
    while (at > 0 && near->best[at - 1].distance > distance)
        at--;
    if (at == RULE_NEAR_COUNT)
        return;
    if (near->count < RULE_NEAR_COUNT)
        near->count++;
    for (unsigned i = near->count - 1; i > at; i--)
        near->best[i] = near->best[i - 1];
    near->best[at].name = name;
    near->best[at].size = size;
    near->best[at].distance = distance;
}

static bool word_has(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool rule_text_has_word(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);
    const char *end = text + size;

    for (const char *at = text; (at = memmem(at, (size_t)(end - at), word, length)) != NULL; at++)
        if ((at == text || !word_has(at[-1])) && (at + length == end || !word_has(at[length])))
            return true;
    return false;
}
