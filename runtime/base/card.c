/* card.c - issuer ranges, the check digit, and the report of what was found.
 *
 * The table is of 2024-08 (ISO/IEC 7812 prefixes as the card schemes publish them); a range that is
 * missing here is a number that is not found. Lengths are those in use; `hinted` are further ones
 * that the range allows and that count only beside a name like "card": a 13-digit number that
 * begins with 4 is an order number a thousand times for each old Visa card. */
#include "base/card_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define LEN(n)   (1u << (n))
#define TO_19(n) ((LEN(20) - 1) & ~(LEN(n) - 1))

struct card_range {
    uint32_t low, high; /* of the first six digits */
    uint32_t plain, hinted;
};

static const struct card_range card_ranges[] = {
    { 400000, 499999, LEN(16), LEN(13) | LEN(16) | LEN(19) },   /* Visa */
    { 510000, 559999, LEN(16), LEN(16) },                       /* Mastercard */
    { 222100, 272099, LEN(16), LEN(16) },                       /* Mastercard, 2-series */
    { 340000, 349999, LEN(15), LEN(15) },                       /* American Express */
    { 370000, 379999, LEN(15), LEN(15) },                       /* American Express */
    { 601100, 601199, LEN(16), TO_19(16) },                     /* Discover */
    { 644000, 659999, LEN(16), TO_19(16) },                     /* Discover; RuPay, Troy */
    { 300000, 305999, LEN(14), TO_19(14) },                     /* Diners Club */
    { 309500, 309599, LEN(14), TO_19(14) },                     /* Diners Club */
    { 360000, 369999, LEN(14), TO_19(14) },                     /* Diners Club */
    { 380000, 399999, LEN(14), TO_19(14) },                     /* Diners Club */
    { 352800, 358999, LEN(16), TO_19(16) },                     /* JCB */
    { 620000, 629999, LEN(16) | LEN(19), TO_19(16) },           /* UnionPay */
    { 810000, 817199, LEN(16), TO_19(16) },                     /* UnionPay */
    { 501800, 501899, LEN(16) | LEN(18) | LEN(19), TO_19(12) }, /* Maestro, and the next */
    { 502000, 502099, LEN(16) | LEN(18) | LEN(19), TO_19(12) },
    { 503800, 503899, LEN(16) | LEN(18) | LEN(19), TO_19(12) },
    { 560000, 569999, 0, TO_19(12) },
    { 570000, 589299, 0, TO_19(12) },
    { 589300, 589399, LEN(16) | LEN(18) | LEN(19), TO_19(12) },
    { 630400, 630499, LEN(16) | LEN(18) | LEN(19), TO_19(12) },
    { 639000, 639099, 0, TO_19(12) },
    { 675900, 676399, LEN(16) | LEN(18) | LEN(19), TO_19(12) },
    { 676770, 676774, LEN(16) | LEN(18) | LEN(19), TO_19(12) },
    { 220000, 220499, LEN(16), TO_19(16) }, /* Mir */
};

static bool card_checks(const unsigned char *digits, unsigned count)
{
    static const unsigned char twice[10] = { 0, 2, 4, 6, 8, 1, 3, 5, 7, 9 };
    unsigned sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += (count - i) % 2 == 0 ? twice[digits[i]] : digits[i];
    return sum % 10 == 0;
}

bool card__begins(unsigned digit)
{
    return digit >= 2 && digit != 7 && digit != 9;
}

bool card__fits(const unsigned char *digits, unsigned count, bool hinted)
{
    uint32_t prefix = 0;

    check(count >= 6);
    if (count > CARD__LONGEST || !card__begins(digits[0]))
        return false;
    for (unsigned i = 0; i < 6; i++)
        prefix = prefix * 10 + digits[i];
    for (size_t i = 0; i < sizeof card_ranges / sizeof *card_ranges; i++) {
        const struct card_range *range = &card_ranges[i];

        if (prefix >= range->low && prefix <= range->high)
            return ((hinted ? range->hinted : range->plain) & LEN(count)) != 0 &&
                   card_checks(digits, count);
    }
    return false;
}

/* ---- The report */

/* Rows have the same places again and again. */
static bool card_noted(const struct card_report *report, const char *pointer)
{
    const json_t *place;
    size_t i;

    json_array_foreach(report->named, i, place)
    {
        if (strcmp(json_string_value(place), pointer) == 0)
            return true;
    }
    return false;
}

void card__note(struct card_report *report, const char *pointer)
{
    if (pointer != NULL && card_noted(report, pointer))
        return;
    report->places++;
    if (pointer == NULL || report->places > CARD_PLACES)
        return;
    if (report->named == NULL)
        report->named = json_array();
    if (json_array_append_new(report->named, json_string(pointer)) != 0)
        report->places += CARD_PLACES; /* it is counted, not named */
}

void card_report_fini(struct card_report *report)
{
    json_decref(report->named);
    memset(report, 0, sizeof *report);
}

bool card_report_found(const struct card_report *report)
{
    return report->numbers + report->codes + report->tracks > 0;
}

static size_t card_report_count(char *text, size_t used, unsigned count, const char *one,
                                const char *many)
{
    int more = 0;

    if (count > 0)
        more = snprintf(text + used, CARD_REPORT_TEXT - used, "%s%u %s", used > 0 ? ", " : "",
                        count, count == 1 ? one : many);
    check(more >= 0);
    return used + (size_t)more;
}

void card_report_text(const struct card_report *report, char text[CARD_REPORT_TEXT])
{
    size_t used = 0, i, told = 0;
    json_t *place;

    text[0] = '\0';
    used = card_report_count(text, used, report->numbers, "card number", "card numbers");
    used = card_report_count(text, used, report->codes, "security code", "security codes");
    used = card_report_count(text, used, report->tracks, "track of a card", "tracks of cards");
    json_array_foreach(report->named, i, place)
    {
        size_t size = json_string_length(place);

        if (used + size + 24 > CARD_REPORT_TEXT)
            break;
        used += (size_t)snprintf(text + used, CARD_REPORT_TEXT - used, "%s%s",
                                 told++ > 0 ? ", " : ": ", json_string_value(place));
    }
    if (told > 0 && told < json_array_size(report->named))
        snprintf(text + used, CARD_REPORT_TEXT - used, ", ...");
}

json_t *card_report_json(const struct card_report *report)
{
    char what[CARD_REPORT_TEXT];
    json_t *json;

    card_report_text(report, what);
    json = json_pack("{s:s, s:i, s:i, s:i, s:O*}", "what", what, "numbers", (int)report->numbers,
                     "codes", (int)report->codes, "tracks", (int)report->tracks, "places",
                     report->named);
    if (json != NULL && report->places > json_array_size(report->named))
        json_object_set_new_nocheck(json, "more", json_true());
    return json;
}
