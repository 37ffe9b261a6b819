/* totp.c - RFC 4226 truncation over our HMAC, base 32, and the URI that apps read. */
#include "vault/totp.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/percent.h"
#include "vault/sign.h"

static const char base32_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void totp_code(const unsigned char *secret, size_t size, uint64_t counter, unsigned digits,
               char code[9])
{
    unsigned char moment[8], mac[SIGN_MAX];
    uint32_t number;
    unsigned at;

    check(digits >= 6 && digits <= 8);
    for (unsigned i = 0; i < 8; i++)
        moment[i] = (unsigned char)(counter >> (56 - 8 * i));
    check(sign_hmac("sha1", secret, size, moment, sizeof moment, mac) == 20);
    at = mac[19] & 0x0F;
    number = ((uint32_t)(mac[at] & 0x7F) << 24) | ((uint32_t)mac[at + 1] << 16) |
             ((uint32_t)mac[at + 2] << 8) | mac[at + 3];
    code[digits] = '\0';
    for (unsigned i = digits; i-- > 0; number /= 10)
        code[i] = (char)('0' + number % 10);
    explicit_bzero(mac, sizeof mac);
}

/* The digits of what was typed: "123 456". */
static bool code_read(const char *typed, char code[TOTP_DIGITS + 1])
{
    size_t size = 0;

    for (; *typed != '\0'; typed++) {
        if (*typed == ' ')
            continue;
        if (*typed < '0' || *typed > '9' || size == TOTP_DIGITS)
            return false;
        code[size++] = *typed;
    }
    code[size] = '\0';
    return size == TOTP_DIGITS;
}

bool totp_matches(const unsigned char secret[TOTP_SECRET], const char *code, int64_t wall_ms,
                  uint64_t last, uint64_t *counter)
{
    uint64_t now = (uint64_t)wall_ms / TOTP_STEP_MS;
    char typed[TOTP_DIGITS + 1], right[9];
    bool found = false;

    if (wall_ms < 0 || !code_read(code, typed))
        return false;
    for (uint64_t at = now < TOTP_WINDOW ? 0 : now - TOTP_WINDOW; at <= now + TOTP_WINDOW; at++) {
        totp_code(secret, TOTP_SECRET, at, TOTP_DIGITS, right);
        if (sign_equal(right, typed) && at > last && !found) {
            *counter = at;
            found = true;
        }
    }
    explicit_bzero(right, sizeof right);
    return found;
}

void base32_write(struct buf *out, const unsigned char *bytes, size_t size)
{
    uint32_t held = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < size; i++) {
        held = (held << 8 | bytes[i]) & 0xFFFF;
        for (bits += 8; bits >= 5; bits -= 5)
            buf_add_char(out, base32_alphabet[(held >> (bits - 5)) & 31]);
    }
    if (bits > 0)
        buf_add_char(out, base32_alphabet[(held << (5 - bits)) & 31]);
}

void totp_uri(struct buf *out, const char *issuer, const char *account,
              const unsigned char secret[TOTP_SECRET])
{
    buf_add_text(out, "otpauth://totp/");
    percent_write(out, issuer, strlen(issuer));
    buf_add_char(out, ':');
    percent_write(out, account, strlen(account));
    buf_add_text(out, "?secret=");
    base32_write(out, secret, TOTP_SECRET);
    buf_add_text(out, "&issuer=");
    percent_write(out, issuer, strlen(issuer));
    buf_addf(out, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, TOTP_STEP_MS / 1000);
}

/* ---- Recovery codes */

static void recovery_group(const char *letters, char text[RECOVERY_TEXT])
{
    char *at = text;

    for (unsigned i = 0; i < 24; i++) {
        if (i > 0 && i % 4 == 0)
            *at++ = '-';
        *at++ = letters[i];
    }
    *at = '\0';
    check((size_t)(at - text) + 1 == RECOVERY_TEXT);
}

void recovery_text(const unsigned char random[RECOVERY_BYTES], char text[RECOVERY_TEXT])
{
    struct buf letters;

    buf_init_secret(&letters, 1 * KIB);
    base32_write(&letters, random, RECOVERY_BYTES);
    check(buf_ok(&letters) && letters.len == 24);
    recovery_group(letters.at, text);
    buf_fini(&letters);
}

bool recovery_read(const char *typed, char text[RECOVERY_TEXT])
{
    char letters[24];
    size_t size = 0;

    for (; *typed != '\0'; typed++) {
        char c = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A') : *typed;

        if (c == '-' || c == ' ')
            continue;
        if (size == sizeof letters || strchr(base32_alphabet, c) == NULL)
            return false;
        letters[size++] = c;
    }
    if (size != sizeof letters)
        return false;
    recovery_group(letters, text);
    return true;
}
