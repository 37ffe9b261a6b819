/* password_common.c - would everybody try this password?
 *
 * The lists of leaked passwords are short at twelve characters and more, and what stands there is
 * made in a few ways: a word everybody takes, a row of keys or numbers, a year, the same once more,
 * and a sign at the end. So a password is taken apart into such pieces, and judged by what is left:
 * each sign counts one, a whole row, year or repetition one, a whole word two. "Password1234!" is
 * 4, "1q2w3e4r5t6y" is 1; what a password manager makes is its length. */
#include "vault/password.h"

#include <ctype.h>
#include <string.h>

#define COMMON_LEAST 8 /* what must be left */
#define COMMON_BYTES 4096u
#define ROW_LEAST    3

/* Words (in lower case) that are frequent in the lists of leaked passwords (NordPass's yearly 200
 * of 2023 to 2025; the 100,000 of the NCSC and Have I Been Pwned, 2019), and what people call
 * things like this program. As of 2026-11-21. */
/* clang-format off */
static const char *const common_words[] = {
    "abcd", "access", "account", "admin", "administrator", "alexander", "amanda", "amazon",
    "andrew", "angel", "apple", "april", "august", "autumn", "azerty", "babygirl", "bailey",
    "banana", "baseball", "basketball", "batman", "beautiful", "benjamin", "birthday",
    "bismillah", "blessed", "butterfly", "california", "changeme", "charlie", "cheese", "chelsea",
    "chicken", "chocolate", "christian", "christmas", "cisco", "company", "computer",
    "consultant", "contrasena", "cookie", "customer", "daniel", "danielle", "december", "default",
    "demo", "diamond", "dolphin", "donald", "dragon", "dubsmash", "dynamics", "elephant",
    "elizabeth", "eminem", "england", "facebook", "family", "february", "ferrari", "finance",
    "flower", "football", "forever", "freedom", "friday", "friend", "fuckyou", "george",
    "germany", "ginger", "global", "google", "guest", "guru", "hannah", "happy", "harley",
    "hello", "heslo", "hollywood", "hottie", "hunter", "iloveyou", "india", "internet", "january",
    "jasmine", "jennifer", "jessica", "jesus", "jonathan", "jordan", "joshua", "july", "june",
    "killer", "letmein", "liverpool", "login", "london", "love", "lovely", "loveme", "madison",
    "manager", "manchester", "march", "master", "matthew", "mercedes", "metallica", "mexico",
    "michael", "michelle", "microsoft", "minecraft", "monday", "money", "monkey", "monster",
    "mother", "mustang", "myspace", "naruto", "newcastle", "newyork", "nicholas", "nicole",
    "ninja", "november", "october", "office", "operator", "oracle", "orange", "pakistan", "parol",
    "parola", "pass", "passion", "passport", "password", "passwort", "payment", "paytrace",
    "pepper", "player", "pokemon", "popcorn", "precious", "princess", "purple", "qwerty",
    "rainbow", "robert", "rockstar", "root", "russia", "sage", "samantha", "samsung", "secret",
    "security", "senha", "september", "server", "shadow", "silver", "skywalker", "soccer",
    "softball", "sophie", "spiderman", "spring", "starwars", "stephanie", "strawberry", "student",
    "summer", "sunday", "sunshine", "superman", "superstar", "superuser", "support", "sweetheart",
    "system", "taylor", "telecom", "temp", "test", "theworldinyourhand", "thomas", "thunder",
    "tigger", "tinkerbell", "trouble", "trustno", "united", "unknown", "user", "victoria",
    "vodafone", "volleyball", "weft", "welcome", "whatever", "william", "winter", "wordpass",
    "yankees", "yellow",
};
/* clang-format on */

/* Keys that lie in a row, forwards; backwards they are a row too. */
static const char *const common_rows[] = {
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qwertzuiop",
    "qsdfghjklm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq12wsxcde34rfvbgt56yhn",
    "12qwaszx34erdfcv",
    "147258369",
    "qazwsxedcrfvtgbyhnujm",
    "159357",
    "135792468",
    "!@#$%^&*()",
};

static char fold_sign(char c)
{
    switch (c) {
    case '@':
    case '4':
        return 'a';
    case '$':
    case '5':
        return 's';
    case '0':
        return 'o';
    case '1':
    case '!':
        return 'i';
    case '3':
        return 'e';
    case '7':
        return 't';
    default:
        return c;
    }
}

/* The longest word that begins here, with signs read as the letters they stand for. */
static size_t word_size(const char *text, size_t left)
{
    size_t best = 0;

    for (size_t i = 0; i < sizeof common_words / sizeof *common_words; i++) {
        size_t size = strlen(common_words[i]), same = 0;

        while (
            same < size && same < left &&
            (text[same] == common_words[i][same] || fold_sign(text[same]) == common_words[i][same]))
            same++;
        if (same == size && size > best)
            best = size;
    }
    return best;
}

/* How far text goes on with the row from its sign `at`, by steps of `step`. */
static size_t row_follow(const char *row, size_t at, int step, const char *text, size_t left)
{
    size_t size = 0, length = strlen(row);

    while (size < left && at < length && row[at] == text[size]) {
        size++;
        at += (size_t)step; /* past either end it is no index of the row */
    }
    return size;
}

static size_t row_size(const char *text, size_t left)
{
    size_t best = 0, size;

    for (size_t i = 0; i < sizeof common_rows / sizeof *common_rows; i++)
        for (size_t at = 0; common_rows[i][at] != '\0'; at++) {
            size = row_follow(common_rows[i], at, 1, text, left);
            best = size > best ? size : best;
            size = row_follow(common_rows[i], at, -1, text, left);
            best = size > best ? size : best;
        }
    /* 1234, 4321, aaaa, abcd, 2468; behind 9 comes 0 */
    for (int step = -2; step <= 2; step++) {
        for (size = 1; size < left && isalnum((unsigned char)text[size]); size++)
            if (text[size] - text[size - 1] != step &&
                !(step == 1 && text[size] == '0' && text[size - 1] == '9'))
                break;
        best = size > best ? size : best;
    }
    return best >= ROW_LEAST ? best : 0;
}

static size_t year_size(const char *text, size_t left)
{
    if (left < 4 || (strncmp(text, "19", 2) != 0 && strncmp(text, "20", 2) != 0))
        return 0;
    return isdigit((unsigned char)text[2]) && isdigit((unsigned char)text[3]) ? 4 : 0;
}

/* How much of what begins here stood before: 2 signs at least, or the sign before it again. */
static size_t repeat_size(const char *text, size_t at, size_t size)
{
    size_t best = 0;

    for (size_t before = 0; before < at; before++) {
        size_t same = 0;

        while (at + same < size && text[before + same] == text[at + same])
            same++;
        if (same > best && (same >= 2 || before + 1 == at))
            best = same;
    }
    return best;
}

bool password_is_common(const char *password, size_t size)
{
    char text[COMMON_BYTES];
    size_t at = 0, piece;
    unsigned left = 0;

    if (size >= sizeof text) /* longer than any list */
        return false;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)tolower((unsigned char)password[i]);
    text[size] = '\0';
    while (at < size && left < COMMON_LEAST) {
        size_t word = word_size(text + at, size - at), year = year_size(text + at, size - at);

        piece = row_size(text + at, size - at);
        if (year > piece)
            piece = year;
        if (repeat_size(text, at, size) > piece)
            piece = repeat_size(text, at, size);
        left += word > piece ? 2 : 1;
        piece = word > piece ? word : piece;
        at += piece > 0 ? piece : 1;
    }
    explicit_bzero(text, sizeof text);
    return left < COMMON_LEAST;
}
