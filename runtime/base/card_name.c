/* card_name.c - what the name beside a value says of it.
 *
 * A name is taken apart into words ("cardNumber", "card_number", "CARD-NUMBER") and read from its
 * end: the last word that says something decides ("card_order" is an order, "order_card" a card);
 * a word that says nothing ends the search, unless it only says that a number follows. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/card_priv.h"

#define NAME_WORDS 8u
#define NAME_WORD  24u

struct name_words {
    unsigned count;
    char word[NAME_WORDS][NAME_WORD]; /* lower case; the last ones of the name */
};

/* ---- Words */

static void name_word(struct name_words *words, const char *at, size_t size)
{
    char *word;

    if (size == 0)
        return;
    if (words->count == NAME_WORDS) {
        memmove(words->word[0], words->word[1], (NAME_WORDS - 1) * NAME_WORD);
        words->count--;
    }
    word = words->word[words->count++];
    if (size >= NAME_WORD)
        size = NAME_WORD - 1;
    for (size_t i = 0; i < size; i++)
        word[i] = (char)tolower((unsigned char)at[i]);
    word[size] = '\0';
}

static bool name_begins_word(const char *name, size_t at, size_t size)
{
    bool upper = isupper((unsigned char)name[at]) != 0;

    if (at == 0 || !isalpha((unsigned char)name[at - 1]))
        return false; /* digits stay with their word: cvv2 */
    if (!upper)
        return false;
    return islower((unsigned char)name[at - 1]) ||
           (at + 1 < size && islower((unsigned char)name[at + 1]));
}

static void name_split(const char *name, size_t size, struct name_words *words)
{
    size_t start = 0;

    words->count = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isalnum((unsigned char)name[i])) {
            name_word(words, name + start, i - start);
            start = i + 1;
        } else if (name_begins_word(name, i, size)) {
            name_word(words, name + start, i - start);
            start = i;
        }
    }
    name_word(words, name + start, size - start);
}

/* list: words with a space around each. */
static bool name_in(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = list; (at = strstr(at, word)) != NULL; at++)
        if (at > list && at[-1] == ' ' && at[size] == ' ')
            return true;
    return false;
}

/* Also in the plural. */
static bool name_is(const char *list, const char *word)
{
    size_t size = strlen(word);
    char one[NAME_WORD];

    if (name_in(list, word))
        return true;
    if (size < 3 || word[size - 1] != 's')
        return false;
    memcpy(one, word, size);
    one[size - 1] = '\0';
    return name_in(list, one);
}

/* ---- Hints */

static const char name_card[] =
    " card creditcard debitcard cardnumber cardno cardnum cardnbr ccnumber ccnum ccno cc ccn pan "
    "fpan dpan visa mastercard amex maestro karte kreditkarte kartennummer kreditkartennummer "
    "carte tarjeta carta primaryaccountnumber track track1 track2 ";
/* It is a number of something; of what, the word before says. */
static const char name_neutral[] =
    " number numbers no nr num nbr nummer numero value val url uri link is was ";
/* What machines make and nobody types: a number of 16 digits there is theirs. Orders, invoices,
 * references, phones, customers are not among them: people type cards into such fields. */
static const char name_made[] =
    " orderid invoiceid tracking trackingno trackingnumber trackingid waybill awb shipment parcel "
    "consignment msisdn imei imsi iccid ean gtin upc isbn issn barcode sku serial "
    "timestamp time date datetime created updated modified at ms us ns epoch batch "
    "transaction transactionid txn txnid trans trace session request correlation event delivery "
    "journal ledger iban routing bic uuid guid hash digest checksum lat lon lng latitude longitude "
    "amount total sum qty quantity version build size length offset cursor meter job run "
    "dispute chargeback authorization rrn arn stan lot asset device ";
static const char name_weak[] = " id ids identifier key index idx seq sequence uid oid rowid ";
/* Of these only with "number" behind: "item" alone may be anything. */
static const char name_owner[] = " item product article ";
/* In a sentence fewer words say that no card follows: "the shipment 4111..." */
static const char name_prose[] = " tracking waybill shipment parcel transaction txn batch iban id "
                                 "trace ";

static bool name_distrust; /* no name speaks against a card */

void card_distrust_names(bool distrust)
{
    name_distrust = distrust;
}

static enum card__hint name_hint(const struct name_words *words, bool prose)
{
    bool weak = false, counted = false;

    for (unsigned i = words->count; i-- > 0;) {
        const char *word = words->word[i];

        if (name_is(name_card, word))
            return CARD__CARD;
        if (prose && !name_is(name_prose, word) && !name_in(name_neutral, word))
            break;
        if (name_is(name_made, word) || (counted && name_is(name_owner, word)))
            return name_distrust ? CARD__PLAIN : CARD__MADE;
        if (name_in(name_weak, word))
            weak = true;
        else if (name_in(name_neutral, word))
            counted = true;
        else
            break;
    }
    return weak && !name_distrust ? CARD__MADE : CARD__PLAIN;
}

enum card__hint card__name_hint(const char *name, size_t size)
{
    struct name_words words;

    name_split(name, size, &words);
    return name_hint(&words, false);
}

bool card__name_counts(const char *name)
{
    struct name_words words;

    name_split(name, strlen(name), &words);
    return words.count == 1 &&
           (name_in(name_neutral, words.word[0]) || name_in(name_weak, words.word[0]) ||
            strcmp(words.word[0], "name") == 0);
}

/* ---- Security codes */

static const char code_any[] = " cvv cvv2 cvv1 cvc cvc2 cvc1 cvn cvn2 cvd cvd2 cvx cvx2 cvvc ccv "
                               "ccv2 csc cid2 cvnumber cvvnumber cvcnumber cvvcode cvccode "
                               "cardcvv cardcvc cardcvv2 cardcsc cccvv cccvc cccvv2 cccsc ";
static const char code_beside[] = " card cc credit debit x payment billing code number no num nr "
                                  "value val encrypted enc field input source method security "
                                  "verification data new my the account ";
static const char code_short[] = " securitycode cardsecuritycode cardverification "
                                 "cardverificationvalue cardverificationcode "
                                 "cardverificationnumber verificationvalue ccverification "
                                 "kartenpruefnummer pruefziffer ";
static const char code_near[] = " cid pin cardcode verificationcode securityno securitynumber "
                                "pinblock encryptedpin pindata ";

/* *others: with words that make it something else, "cvv_result". */
static bool code_any_words(const struct name_words *words, bool *others)
{
    unsigned codes = 0;

    *others = false;
    for (unsigned i = 0; i < words->count; i++) {
        if (words->word[i][0] == 'c' && name_in(code_any, words->word[i]))
            codes++;
        else if (!name_in(code_beside, words->word[i]))
            *others = true;
    }
    return codes > 0;
}

enum card__code card__name_code(const char *name, size_t size)
{
    struct name_words words;
    char joined[NAME_WORDS * NAME_WORD] = "";
    size_t used = 0;
    const char *bare = joined;
    bool others;

    if (size > 64)
        return CARD__NO_CODE;
    name_split(name, size, &words);
    if (code_any_words(&words, &others))
        return others ? CARD__NO_CODE : CARD__ANY_CODE;
    for (unsigned i = 0; i < words.count; i++) {
        size_t length = strlen(words.word[i]);

        memcpy(joined + used, words.word[i], length + 1);
        used += length;
    }
    for (;;) { /* "payment_card_security_code" */
        if (name_in(code_short, bare))
            return CARD__SHORT_CODE;
        if (name_in(code_near, bare))
            return CARD__NEAR_CODE;
        if (strncmp(bare, "payment", 7) == 0)
            bare += 7;
        else if (strncmp(bare, "credit", 6) == 0)
            bare += 6;
        else if (strncmp(bare, "card", 4) == 0)
            bare += 4;
        else if (strncmp(bare, "cc", 2) == 0)
            bare += 2;
        else if (*bare == 'x')
            bare += 1;
        else
            return CARD__NO_CODE;
        if (*bare == '\0')
            return CARD__NO_CODE;
    }
}

#define LETTER(c) (1u << ((c)&31))

/* Of each letter those that end one of the pairs and triples below when they follow it. */
static const uint32_t code_next[32] = {
    ['c' & 31] = LETTER('v') | LETTER('i'),
    ['d' & 31] = LETTER('c'),
    ['e' & 31] = LETTER('n'),
    ['i' & 31] = LETTER('f') | LETTER('n'),
    ['r' & 31] = LETTER('i') | LETTER('u'),
    ['s' & 31] = LETTER('c'),
};

static bool code_letters(unsigned char before, unsigned char last, unsigned char c)
{
    return (last == 'c' && (c == 'v' || c == 'i')) || (before == 'c' && last == 's' && c == 'c') ||
           (before == 'u' && last == 'r' && c == 'i') ||
           (before == 'r' && last == 'i' && c == 'f') ||
           (before == 'p' && last == 'i' && c == 'n') || (last == 'd' && c == 'c') ||
           (before == 'd' && last == 'e' && c == 'n') || (before == 'p' && last == 'r' && c == 'u');
}

bool card__name_maybe_code(const char *name, size_t size)
{
    unsigned char before = 0, last = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i] | 0x20;

        if ((code_next[last & 31] & LETTER(c)) != 0 && code_letters(before, last, c))
            return true;
        if (c == 0x7F || c == 0x20 || c == '-')
            continue; /* "card_code", "c-v-v" are the same words */
        before = last;
        last = c;
    }
    return false;
}

bool card__name_beside(const char *name)
{
    static const char list[] =
        " exp expiry expiration expires expirydate expirationdate expdate expmonth expyear "
        "cardholder nameoncard cardname cardtype cardbrand brand validthru validto ";
    struct name_words words;
    char joined[NAME_WORDS * NAME_WORD] = "";
    size_t used = 0;

    name_split(name, strlen(name), &words);
    for (unsigned i = 0; i < words.count; i++) {
        size_t length = strlen(words.word[i]);

        if (name_in(list, words.word[i]))
            return true;
        memcpy(joined + used, words.word[i], length + 1);
        used += length;
    }
    return name_in(list, joined) || card__name_code(name, strlen(name)) == CARD__ANY_CODE;
}

/* ---- In a text */

static bool text_joint(char c)
{
    return c == ' ' || c == '"' || c == '\'' || c == ':' || c == '=' || c == '#' || c == '>' ||
           c == '\\' || c == '(' || c == '[' || c == '{' || c == '/' || c == '+' || c == '\t' ||
           c == '\n' || c == '.' || c == '-';
}

static bool text_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

#define TEXT_BACK 48u /* bytes before a number that are looked at */

/* An escape like %22 or \n that ends before `at`: its bytes. */
static size_t text_escape(const char *text, size_t at)
{
    if (at >= 3 && text[at - 3] == '%' && isxdigit((unsigned char)text[at - 2]) &&
        isxdigit((unsigned char)text[at - 1]))
        return 3;
    if (at >= 2 && text[at - 2] == '\\' && strchr("nrtbf", text[at - 1]) != NULL)
        return 2;
    return 0;
}

/* Of an element with attributes the name: <card type="x">4111... */
static size_t text_tag(const char *text, size_t at, size_t least)
{
    size_t end = at;

    while (end > least && text[end - 1] != '<' && text[end - 1] != '>')
        end--;
    if (end == least || text[end - 1] != '<')
        return at;
    while (end < at && (text_word(text[end]) || text[end] == ':' || text[end] == '-'))
        end++;
    return end;
}

/* Skips what joins a name and its number, backwards; *prose stays true for blanks only. */
static size_t text_skip(const char *text, size_t end, size_t least, bool *prose)
{
    while (end > least) {
        size_t escape = text_escape(text, end);

        if (escape == 0 && !text_joint(text[end - 1]))
            break;
        if (escape > 0 || text[end - 1] != ' ')
            *prose = false;
        end -= escape > 0 ? escape : 1;
    }
    return end;
}

enum card__hint card__text_hint(const char *text, size_t at)
{
    size_t least = at > TEXT_BACK ? at - TEXT_BACK : 0, end = at;
    bool prose = true;

    /* up to three words, as long as they only say that a number follows: "order number is" */
    for (unsigned words = 0; words < 3; words++) {
        struct name_words split;
        enum card__hint hint;
        size_t start;

        end = text_skip(text, end, least, &prose);
        if (words == 0 && end < at && text[end] == '>')
            end = text_tag(text, end, at > 4 * TEXT_BACK ? at - 4 * TEXT_BACK : 0);
        start = end;
        while (start > 0 && end - start < TEXT_BACK &&
               (text_word(text[start - 1]) || text[start - 1] == '-') &&
               text_escape(text, start) == 0)
            start--;
        if (start == end)
            break;
        name_split(text + start, end - start, &split);
        hint = name_hint(&split, prose);
        if (hint != CARD__PLAIN)
            return hint;
        if (split.count != 1 || !name_in(name_neutral, split.word[0]))
            break;
        end = start;
    }
    return CARD__PLAIN;
}
