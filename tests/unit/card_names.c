/* The two ways in which the card data guard can be wrong, counted: card numbers that are kept, and
 * numbers of something else that are masked. docs/SECURITY.md tells these figures; the shapes are
 * those of systems that are in use, the numbers come from a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/card.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define CARDS  12u   /* of each kind in each form under each name */
#define ORDERS 1000u /* of each shape under each name */
#define RANDOM 2500u /* of each shape that looks like a card's */

static uint64_t seed;

static uint64_t dice(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed * 0x2545f4914f6cdd1du >> 11) % below;
}

/* Whether anything is taken out of {"order_number": "..."}. */
static bool takes(const char *name, const char *value, bool number)
{
    struct card_report report = { 0 };
    json_t *json = json_object(), *masked;
    bool taken;

    json_object_set_new(json, name,
                        number ? json_integer(strtoll(value, NULL, 10)) : json_string(value));
    masked = card_mask_json(json, "", &report);
    assert_non_null(masked);
    taken = card_report_found(&report);
    assert_int_equal(taken, masked != json);
    json_decref(masked);
    json_decref(json);
    card_report_fini(&report);
    return taken;
}

/* ---- Card numbers that are kept */

static const struct {
    const char *brand, *prefix;
    unsigned length;
} kinds[] = {
    { "Visa", "4", 16 },
    { "Mastercard", "51", 16 },
    { "Mastercard", "55", 16 },
    { "Mastercard", "2221", 16 },
    { "Mastercard", "2720", 16 },
    { "American Express", "34", 15 },
    { "American Express", "37", 15 },
    { "Discover", "6011", 16 },
    { "Discover", "65", 16 },
    { "Diners Club", "36", 14 },
    { "Diners Club", "305", 14 },
    { "Diners Club", "38", 14 },
    { "JCB", "3530", 16 },
    { "UnionPay", "62", 16 },
    { "UnionPay", "62", 19 },
    { "UnionPay", "8150", 16 },
    { "Maestro", "5018", 16 },
    { "Maestro", "6759", 18 },
    { "Maestro", "6304", 19 },
    { "Mir", "2202", 16 },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void card_make(size_t kind, char digits[24])
{
    unsigned sum = 0, length = kinds[kind].length, i;

    snprintf(digits, 24, "%s", kinds[kind].prefix);
    for (i = (unsigned)strlen(digits); i < length - 1; i++)
        digits[i] = (char)('0' + dice(10));
    for (i = 0; i < length - 1; i++) {
        unsigned digit = (unsigned)(digits[i] - '0');

        if ((length - i) % 2 == 0)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    digits[length - 1] = (char)('0' + (10 - sum % 10) % 10);
    digits[length] = '\0';
}

/* In one run, or as it is printed with such a separator between its groups. */
static void card_write(const char *digits, const char *between, char text[80])
{
    size_t length = strlen(digits), used = 0;

    for (size_t i = 0; i < length; i++) {
        bool edge = length == 15 || length == 14 ? i == 4 || i == 10 : i > 0 && i % 4 == 0;

        used += (size_t)snprintf(text + used, 80 - used, "%s%c", edge ? between : "", digits[i]);
    }
}

static unsigned kept(const char *name, size_t kind, const char *between, const char *around)
{
    unsigned count = 0;

    for (unsigned i = 0; i < CARDS; i++) {
        char digits[24], text[80], value[200];

        card_make(kind, digits);
        card_write(digits, between, text);
        snprintf(value, sizeof value, "%s%s%s", around, text, around[0] != '\0' ? ", please" : "");
        count += !takes(name, value, false);
        if (around[0] == '\0' && between[0] == '\0' && kinds[kind].length < 19)
            count += !takes(name, value, true);
    }
    return count;
}

static const char *const blanks[] = { "", " ", "-", ".", "\xc2\xa0" };

/* Where people type, or where nobody knows: none. */
static void no_card_is_kept_where_people_type(void **state)
{
    static const char *const names[] = { "number",     "value",       "order_number", "invoiceNo",
                                         "reference",  "po_number",   "phone",        "memo",
                                         "customerNo", "card_number", "ticket",       "x" };
    unsigned tried = 0;

    (void)state;
    seed = 0x9e3779b97f4a7c15u;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t b = 0; b < sizeof blanks / sizeof *blanks; b++, tried += CARDS)
                if (kept(names[n], k, blanks[b], "") + kept(names[n], k, blanks[b], "charge ") > 0)
                    fail_msg("%s in %s with \"%s\"", kinds[k].brand, names[n], blanks[b]);
    assert_in_range(tried, 14000, UINT32_MAX);
}

/* Where machines write, a number in one run is theirs; one that is printed like a card is none of
 * theirs. With distrust it is masked in every form. */
static void a_card_among_made_numbers(void **state)
{
    static const char *const names[] = { "id", "order_id", "tracking", "transactionNumber", "at" };
    unsigned run = 0;

    (void)state;
    seed = 0x9e3779b97f4a7c15u;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t k = 0; k < KINDS; k++) {
            assert_int_equal(kept(names[n], k, " ", ""), 0);
            run += kept(names[n], k, "", "") > 0;
        }
    assert_int_equal(run, sizeof names / sizeof *names * KINDS);
    card_distrust_names(true);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t b = 0; b < sizeof blanks / sizeof *blanks; b++)
                assert_int_equal(kept(names[n], k, blanks[b], ""), 0);
    card_distrust_names(false);
}

/* ---- Numbers of something else that are masked */

/* A shape: '#' a digit, '0' to '9' themselves, 'h' a digit of hex, S a counter, D a day YYYYMMDD,
 * d a day YYMMDD, T a time HHMMSS; other signs as they are. */
static void shape_fill(const char *shape, unsigned counter, char text[80])
{
    size_t used = 0;

    for (; *shape != '\0'; shape++) {
        unsigned month = 1 + (unsigned)dice(12), day = 1 + (unsigned)dice(28);
        char *at = text + used;
        size_t room = 80 - used;
        int wrote = 0;

        if (*shape == '#')
            wrote = snprintf(at, room, "%u", (unsigned)dice(10));
        else if (*shape == 'h')
            wrote = snprintf(at, room, "%x", (unsigned)dice(16));
        else if (*shape == 'S')
            wrote = snprintf(at, room, "%06u", counter);
        else if (*shape == 'D' || *shape == 'd')
            wrote = snprintf(at, room, "%s%02u%02u%02u", *shape == 'D' ? "20" : "",
                             20 + (unsigned)dice(10), month, day);
        else if (*shape == 'T')
            wrote = snprintf(at, room, "%02u%02u%02u", (unsigned)dice(24), (unsigned)dice(60),
                             (unsigned)dice(60));
        else
            wrote = snprintf(at, room, "%c", *shape);
        used += (size_t)wrote;
    }
}

/* How many of so many are masked. */
static unsigned alarms(const char *shape, const char *name, unsigned count)
{
    unsigned found = 0, first = (unsigned)dice(900000);

    for (unsigned i = 0; i < count; i++) {
        char text[80];

        shape_fill(shape, first + i, text);
        found += takes(name, text, false);
        if (text[0] != '0' && strlen(text) <= 18 && strspn(text, "0123456789") == strlen(text))
            found += takes(name, text, true);
    }
    return found;
}

static void order_numbers_are_left_alone(void **state)
{
    static const char *const shapes[] = {
        "S",
        "1S",
        "4S",
        "45000S",
        "5402183S",
        "54021####S", /* counters of 6 to 13 digits */
        "0000S",
        "00000000S",
        "0000000000S", /* with zeros in front */
        "D-S",
        "DS",
        "D##S",
        "DT",
        "DT###",
        "d-S",
        "dS", /* with a day, and a time */
        "SO-S",
        "INV-D-S",
        "INV####S",
        "R#########", /* with letters */
        "BBY01-80##########",
        "PO-211-#################",
        "GPA.3###-####-####-#####",
        "1##-#######-#######",
        "##-#####-#####",
        "2000###-########", /* of market places */
        "hhhhhhhh-hhhh-4hhh-8hhh-hhhhhhhhhhhh",
        "########-####-4###-8###-############",
        "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
        "hhhhhhhhhhhh", /* GUIDs and their parts */
        "17###########",
        "17##############",
        "638###############", /* moments of machines */
        "1##################",
        "9#####################", /* snowflakes, parcels */
        "978##########",
        "0#############",
        "35#############",
        "89##################",
        "##/S",
        "D/##/S",
        "S-##",
        "1Z999AA1##########",
        "+1 509 555 ####",
        "+44 20 7946 ####",
    };
    static const char *const names[] = { "number", "value", "order_number", "invoiceNumber" };
    unsigned found = 0, tried = 0;

    (void)state;
    seed = 0x2545f4914f6cdd1du;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++, tried += ORDERS) {
            unsigned one = alarms(shapes[s], names[n], ORDERS);

            if (one > 0)
                print_message("%s under %s: %u of %u\n", shapes[s], names[n], one, ORDERS);
            found += one;
        }
    assert_in_range(tried, 170000, UINT32_MAX);
    assert_in_range(found, 0, tried / 10000 - 1);
}

/* Digits that look like a card's, one for one: here no rule can be right in both. They are masked,
 * unless the name says that a machine made them. */
static void what_cannot_be_told_apart_is_masked(void **state)
{
    static const struct {
        const char *shape;
        unsigned least, most; /* of 10,000 */
    } random[] = {
        { "################", 160, 330 },    /* 16 digits at random */
        { "####-####-####-####", 160, 330 }, /* in fours */
        { "4###############", 800, 1200 },   /* 16 digits, always a Visa's first */
        { "39############", 800, 1200 },     /* 14 digits of a Diners Club's range */
        { "dT####", 100, 1200 },             /* YYMMDDHHMMSS and four more */
    };

    (void)state;
    seed = 0x2545f4914f6cdd1du;
    for (size_t i = 0; i < sizeof random / sizeof *random; i++) {
        unsigned found = 0;

        for (unsigned n = 0; n < RANDOM; n++) {
            char text[80];

            shape_fill(random[i].shape, n, text);
            found += takes("order_number", text, false);
            assert_false(takes("order_id", text, false));
        }
        assert_in_range(found * (10000 / RANDOM), random[i].least, random[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_card_is_kept_where_people_type),
        cmocka_unit_test(a_card_among_made_numbers),
        cmocka_unit_test(order_numbers_are_left_alone),
        cmocka_unit_test(what_cannot_be_told_apart_is_masked),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
