/* card_speed.c - how fast the card data guard is, and how often it is wrong.
 *
 *     card_speed             megabytes a second of the first look and of the walk, over several
 *                            kinds of JSON; false alarms on order numbers; misses on card numbers
 *     card_speed NUMBERS     so many of each kind (1000000)
 *
 * Built by hand against the release build:
 *     cc -O2 -Iruntime tests/bench/card_speed.c build/libweft_base.a -ljansson -lcrypto -lgmp
 *         -ljemalloc -o card_speed */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/card.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define SECONDS_EACH 0.7

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t state = 0x9e3779b97f4a7c15u; /* fixed: two runs see the same numbers */

static uint64_t dice(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1du >> 11;
}

static void add_digits(struct buf *out, unsigned count)
{
    while (count-- > 0)
        buf_add_char(out, (char)('0' + dice() % 10));
}

/* ---- Speed */

static void make_orders(struct buf *out)
{
    for (unsigned i = 0; i < 400; i++) {
        buf_addf(out,
                 "%s{\"id\":%" PRIu64 ",\"order_number\":\"SO-%06u\",\"email\":\"customer%u@"
                 "example.com\",\"currency\":\"USD\",\"total_price\":\"%u.%02u\",\"created_at\":"
                 "\"2026-11-21T09:%02u:03-05:00\",\"shipping_address\":{\"name\":\"Ann Example\","
                 "\"address1\":\"%u Main Street\",\"city\":\"Spokane\",\"zip\":\"85284\",\"phone\":"
                 "\"+1 509-555-%04u\"},\"line_items\":[{\"sku\":\"SKU-%u\",\"quantity\":%u,"
                 "\"price\":\"19.99\",\"title\":\"A thing with a name of some length\"}],\"note\":"
                 "null,\"tags\":[\"retail\",\"first order\"],\"cvv_result\":\"M\"}",
                 i > 0 ? "," : "[", UINT64_C(5402183696567) + i, i, i, 100 + i, i % 100, i % 60, i,
                 i, i, 1 + i % 9);
    }
    buf_add_char(out, ']');
}

static void make_numbers(struct buf *out)
{
    for (unsigned i = 0; i < 6000; i++)
        buf_addf(out, "%s[%" PRIu64 ",%u.%010u,\"%08x-%04x-4a1b-9c3d-%012" PRIx64 "\"]",
                 i > 0 ? "," : "[", UINT64_C(1764000000000) + dice() % 100000000000u,
                 (unsigned)(dice() % 90), (unsigned)(dice() % 1000000000u), (unsigned)dice(),
                 (unsigned)(dice() & 0xFFFF), dice() & 0xFFFFFFFFFFFFu);
    buf_add_char(out, ']');
}

static void make_text(struct buf *out)
{
    static const char *const words[] = { "the ",      "payment ", "of ",      "invoice ",
                                         "arrived ",  "and ",     "discuss ", "during ",
                                         "security ", "verify ",  "in ",      "2026-11-21 " };

    buf_add_text(out, "{\"text\":\"");
    for (unsigned i = 0; i < 30000; i++)
        buf_add_text(out, words[dice() % 12]);
    buf_add_text(out, "\"}");
}

static void measure(const char *what, void (*make)(struct buf *out))
{
    struct buf text;
    struct card_report report = { 0 };
    double start, taken, look, walk;
    unsigned rounds = 0, found = 0;
    struct err e;
    json_t *json;

    buf_init(&text, 16 * MIB);
    make(&text);
    for (start = seconds(); (taken = seconds() - start) < SECONDS_EACH; rounds++)
        found += card_suspect(buf_text(&text), text.len);
    look = (double)text.len * rounds / taken / 1e6;
    json = json_read(buf_text(&text), text.len, &json_limits_reply, &e);
    for (rounds = 0, start = seconds(); (taken = seconds() - start) < SECONDS_EACH; rounds++)
        json_decref(card_mask_json(json, "", &report));
    walk = (double)text.len * rounds / taken / 1e6;
    printf("%-34s %8.0f MB/s first look, %6.0f MB/s walk of the value%s\n", what, look, walk,
           found > 0 ? "; the first look suspects something" : "");
    if (card_report_found(&report)) {
        char told[CARD_REPORT_TEXT];

        card_report_text(&report, told);
        printf("    %s\n", told);
    }
    card_report_fini(&report);
    json_decref(json);
    buf_fini(&text);
}

/* ---- False alarms */

static void order_plain(struct buf *out)
{
    add_digits(out, 12 + (unsigned)(dice() % 9));
}

static void order_16(struct buf *out)
{
    add_digits(out, 16);
}

static void order_dashes(struct buf *out)
{
    for (unsigned i = 0; i < 4; i++) {
        buf_add_text(out, i > 0 ? "-" : "");
        add_digits(out, 4);
    }
}

static void order_amazon(struct buf *out)
{
    add_digits(out, 3);
    buf_add_char(out, '-');
    add_digits(out, 7);
    buf_add_char(out, '-');
    add_digits(out, 7);
}

static void order_prefixed(struct buf *out)
{
    buf_add_text(out, "SO");
    add_digits(out, 16);
}

static void uuid(struct buf *out)
{
    buf_addf(out, "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)dice(), (unsigned)dice() & 0xFFFF,
             (unsigned)dice() & 0xFFF, ((unsigned)dice() & 0x3FFF) | 0x8000,
             dice() & 0xFFFFFFFFFFFFu);
}

static void uuid_of_digits(struct buf *out)
{
    static const unsigned groups[] = { 8, 4, 4, 4, 12 };

    for (unsigned i = 0; i < 5; i++) {
        buf_add_text(out, i > 0 ? "-" : "");
        add_digits(out, groups[i]);
    }
}

static void time_ms(struct buf *out)
{
    buf_addf(out, "%" PRIu64, UINT64_C(1500000000000) + dice() % UINT64_C(600000000000));
}

static void time_us(struct buf *out)
{
    buf_addf(out, "%" PRIu64, UINT64_C(1500000000000000) + dice() % UINT64_C(600000000000000));
}

static void time_text(struct buf *out)
{
    buf_addf(out, "20%02u%02u%02u%02u%02u%02u", (unsigned)(dice() % 40), 1 + (unsigned)dice() % 12,
             1 + (unsigned)(dice() % 28), (unsigned)(dice() % 24), (unsigned)(dice() % 60),
             (unsigned)(dice() % 60));
}

static void phone(struct buf *out)
{
    static const char *const countries[] = { "1", "44", "49", "41", "86", "33" };

    buf_addf(out, "+%s %03u %03u %04u", countries[dice() % 6], (unsigned)(dice() % 1000),
             (unsigned)(dice() % 1000), (unsigned)(dice() % 10000));
}

static void hexadecimal(struct buf *out)
{
    for (unsigned i = 0; i < 4; i++)
        buf_addf(out, "%016" PRIx64, dice() << 8 ^ dice());
}

static void fraction(struct buf *out)
{
    buf_addf(out, "%u.", (unsigned)(dice() % 180));
    add_digits(out, 16);
}

static void alarms(const char *what, const char *member, bool number, void (*make)(struct buf *),
                   unsigned count)
{
    struct card_report report = { 0 };
    unsigned found = 0;
    struct buf text;

    for (unsigned i = 0; i < count; i++) {
        json_t *json = json_object(), *masked, *value;

        buf_init(&text, 1 * KIB);
        make(&text);
        value = number ? json_exact_new(buf_text(&text), text.len) : NULL;
        if (value == NULL)
            value = json_string(buf_text(&text));
        json_object_set_new(json, member, value);
        masked = card_mask_json(json, "", &report);
        found += masked != json;
        json_decref(masked);
        json_decref(json);
        buf_fini(&text);
    }
    printf("  %-30s %-16s %s %10.1f in 10,000   (%u of %u)\n", what, member,
           number ? "number" : "text  ", found * 10000.0 / count, found, count);
    card_report_fini(&report);
}

/* ---- Misses */

static void card_make(char digits[20])
{
    static const struct {
        const char *prefix;
        unsigned length;
    } kinds[] = { { "4", 16 },    { "51", 16 },   { "55", 16 },   { "2221", 16 }, { "2720", 16 },
                  { "34", 15 },   { "37", 15 },   { "6011", 16 }, { "65", 16 },   { "36", 14 },
                  { "305", 14 },  { "3530", 16 }, { "62", 16 },   { "62", 19 },   { "5018", 16 },
                  { "6759", 16 }, { "6304", 19 } };
    size_t kind = dice() % (sizeof kinds / sizeof *kinds);
    unsigned sum = 0, length = kinds[kind].length, i;

    snprintf(digits, 20, "%s", kinds[kind].prefix);
    for (i = (unsigned)strlen(digits); i < length - 1; i++)
        digits[i] = (char)('0' + dice() % 10);
    for (i = 0; i < length - 1; i++) {
        unsigned digit = (unsigned)(digits[i] - '0');

        if ((length - i) % 2 == 0)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    digits[length - 1] = (char)('0' + (10 - sum % 10) % 10);
    digits[length] = '\0';
}

static void card_groups(const char *digits, const char *between, struct buf *out)
{
    size_t length = strlen(digits);

    for (size_t i = 0; i < length; i++) {
        bool edge = length == 15 || length == 14 ? i == 4 || i == 10 : i > 0 && i % 4 == 0;

        if (edge)
            buf_add_text(out, between);
        buf_add_char(out, digits[i]);
    }
}

static const char *const forms[] = {
    "{\"card\":{\"number\":\"@\"}}",
    "{\"card\":{\"number\":\"#\"}}",
    "{\"payment\":{\"value\":@}}",
    "{\"note\":\"please charge #, thanks\"}",
    "{\"note\":\"please charge @, thanks\"}",
    "{\"note\":\"call about @.\"}",
    "{\"n\":\"-\"}",
    "{\"n\":\".\"}",
    "{\"n\":\"~\"}",
    "{\"n\":\"_\"}",
    "{\"n\":[@]}",
    "{\"@\":1}",
    "{\"#\":1}",
    "{\"inner\":\"{\\\"n\\\":\\\"@\\\"}\"}",
    "{\"inner\":\"{\\\"n\\\":@}\"}",
    "{\"form\":\"amount=1&card=@&exp=1226\"}",
    "{\"form\":\"card=+&exp=1226\"}",
    "{\"form\":\"x=%22@%22\"}",
    "{\"form\":\"x=%\"}",
    "{\"xml\":\"<a><PAN>@</PAN></a>\"}",
    "{\"xml\":\"<c:num t='x'>#</c:num>\"}",
    "{\"url\":\"https://x.example/pay/@?a=1\"}",
    "{\"url\":\"https://x.example/pay?pan=@\"}",
    "{\"url\":\"https://x.example/?q=%\"}",
    "{\"headers\":{\"x-card\":\"@\"}}",
    "{\"headers\":{\"x-any\":\"a=#; b=2\"}}",
    "{\"list\":[{\"name\":\"card_number\",\"value\":\"@\"}]}",
    "{\"track\":\";@=29122010000?\"}",
    "{\"raw\":\"%B@^DOE/JOHN^29122010000000?\"}",
    "{\"line\":\"1,Ann,@,12/26\"}",
    "{\"line\":\"Ann\\t@\\t12/26\"}",
    "{\"line\":\"Ann\\n@\\n\"}",
    "{\"x\":\"@ 12/26 123\"}",
    "{\"x\":\"# 1226 123\"}",
    "{\"pan\":\"PAN@\"}",
    "{\"card\":\"000000@\"}",
    "{\"n\":@.0}",
    "{\"text\":\"(@)\"}",
    "{\"text\":\"Visa @\"}",
    "{\"text\":\"cc @ exp\"}",
};

static void form_fill(const char *form, const char *digits, struct buf *out)
{
    for (; *form != '\0'; form++) {
        switch (*form) {
        case '@':
            buf_add_text(out, digits);
            break;
        case '#':
            card_groups(digits, " ", out);
            break;
        case '~':
            card_groups(digits, "\xc2\xa0", out);
            break;
        default:
            if (strchr("-._+%", *form) != NULL && form[-1] == '"' && form[1] == '"')
                card_groups(digits, (char[]){ *form, '\0' }, out);
            else if ((*form == '+' || *form == '%') && form[-1] == '=' && form[1] != '2')
                card_groups(digits, *form == '+' ? "+" : "%20", out);
            else
                buf_add_char(out, *form);
        }
    }
}

static bool form_shows(const char *text, const char *digits)
{
    char only[8192];
    size_t count = 0;

    for (; *text != '\0' && count + 1 < sizeof only; text++) {
        if (strncmp(text, "%20", 3) == 0)
            text += 2;
        else if (*text >= '0' && *text <= '9')
            only[count++] = *text;
    }
    only[count] = '\0';
    return strstr(only, digits) != NULL;
}

static void misses(unsigned count)
{
    struct card_report report = { 0 };

    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        unsigned missed = 0;

        for (unsigned i = 0; i < count; i++) {
            struct buf text;
            char digits[20], *after;
            json_t *json, *masked;
            struct err e;

            card_make(digits);
            buf_init(&text, 4 * KIB);
            form_fill(forms[f], digits, &text);
            json = json_read(buf_text(&text), text.len, &json_limits_body, &e);
            if (json == NULL) {
                printf("  %s: %s\n", buf_text(&text), e.text);
                exit(1);
            }
            masked = card_mask_json(json, "", &report);
            after = json_text_new(masked, 64 * KIB, NULL);
            if (form_shows(after, digits) && missed++ == 0)
                printf("  missed: %s\n", after);
            mem_free(after);
            json_decref(masked);
            json_decref(json);
            buf_fini(&text);
        }
        if (missed > 0)
            printf("  %-50s %u of %u missed\n", forms[f], missed, count);
    }
    printf("%zu forms, %u card numbers each\n", sizeof forms / sizeof *forms, count);
    card_report_fini(&report);
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000;
    static const char *const orders[] = { "order_id",  "invoiceNumber", "tracking", "id",
                                          "reference", "number",        "value" };

    mem_install();
    measure("orders", make_orders);
    measure("numbers, times, UUIDs", make_numbers);
    measure("one long text", make_text);
    printf("false alarms:\n");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        alarms("12 to 20 digits", orders[i], i % 2 == 1, order_plain, count);
        alarms("16 digits", orders[i], false, order_16, count / 4);
        alarms("1000-2345-6789-0123", orders[i], false, order_dashes, count / 4);
    }
    alarms("123-1234567-1234567", "value", false, order_amazon, count);
    alarms("SO and 16 digits", "value", false, order_prefixed, count);
    alarms("UUID", "value", false, uuid, count);
    alarms("UUID of digits only", "value", false, uuid_of_digits, count);
    alarms("milliseconds", "value", true, time_ms, count);
    alarms("microseconds", "value", true, time_us, count);
    alarms("20261121090303", "value", false, time_text, count);
    alarms("phone", "value", false, phone, count);
    alarms("64 hex digits", "value", false, hexadecimal, count);
    alarms("fraction of 16 digits", "value", true, fraction, count);
    printf("misses:\n");
    misses(count / 1000);
    return 0;
}
