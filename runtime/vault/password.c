/* password.c - Argon2id (RFC 9106) by libargon2, in the PHC's text form. */
#include "vault/password.h"

#include <argon2.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/base64.h"
#include "base/check.h"

#define PASSWORD_KIB    (PASSWORD_MEMORY / KIB)
#define PASSWORD_PASSES 2u
#define PASSWORD_LANES  1u
#define PASSWORD_HASH   32u
#define PASSWORD_LONG   15u /* characters that need no mixture */
#define PASSWORD_SHORT  12u
/* the most that a kept one may ask for: a damaged store must not take all memory */
#define PASSWORD_KIB_MOST    (256u * KIB)
#define PASSWORD_PASSES_MOST 10u
/* NFKC makes a few characters many: U+FDFA becomes 18, of 2 bytes each and a space */
#define PASSWORD_UNITS (PASSWORD_MOST * 6)
#define PASSWORD_BYTES (PASSWORD_UNITS * 3)

/* A password as it is computed with. It is wiped by normal_fini(). */
struct normal {
    char text[PASSWORD_BYTES];
    size_t size;
};

static void normal_fini(struct normal *normal)
{
    explicit_bzero(normal, sizeof *normal);
}

static enum err_code normal_init(struct normal *normal, const char *password, size_t size,
                                 struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *form = unorm2_getNFKCInstance(&status);
    UChar given[PASSWORD_MOST + 1], made[PASSWORD_UNITS];
    int32_t given_size = 0, made_size = 0, text_size = 0;

    normal->size = 0;
    if (size > PASSWORD_MOST)
        return err_set(e, ERR_INVALID, "a password has at most %u bytes", PASSWORD_MOST);
    u_strFromUTF8(given, PASSWORD_MOST + 1, &given_size, password, (int32_t)size, &status);
    if (U_SUCCESS(status))
        made_size = unorm2_normalize(form, given, given_size, made, PASSWORD_UNITS, &status);
    if (U_SUCCESS(status))
        u_strToUTF8(normal->text, PASSWORD_BYTES, &text_size, made, made_size, &status);
    explicit_bzero(given, sizeof given);
    explicit_bzero(made, sizeof made);
    if (U_FAILURE(status))
        return err_set(e, ERR_INVALID, "a password is UTF-8 without special presentation forms");
    normal->size = (size_t)text_size;
    return ERR_OK;
}

/* ---- Good enough */

static size_t text_characters(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            count++;
    return count;
}

static bool text_mixes(const char *text, size_t size)
{
    bool letter = false, digit = false;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        digit = digit || isdigit(c);
        letter = letter || isalpha(c) || c >= 0x80;
    }
    return letter && digit;
}

/* Little is left of it beside the name: "anna.miller2026" */
static bool text_is_of_name(const char *text, size_t size, const char *name)
{
    size_t name_size = strlen(name);

    if (name_size < 3)
        return false;
    for (size_t i = 0; i + name_size <= size; i++)
        if (strncasecmp(text + i, name, name_size) == 0)
            return size - name_size < 8;
    return false;
}

enum err_code password_check(const char *password, size_t size, const char *name, struct err *e)
{
    struct normal normal;
    size_t characters;
    enum err_code rc = normal_init(&normal, password, size, e);

    if (rc != ERR_OK)
        return rc;
    characters = text_characters(normal.text, normal.size);
    if (characters < PASSWORD_SHORT ||
        (characters < PASSWORD_LONG && !text_mixes(normal.text, normal.size)))
        rc =
            err_set(e, ERR_INVALID,
                    "a password has at least %u characters, or %u with a letter and a digit; a few "
                    "words that do not belong together are good",
                    PASSWORD_LONG, PASSWORD_SHORT);
    else if (text_is_of_name(normal.text, normal.size, name))
        rc = err_set(e, ERR_INVALID, "a password is not made of the name");
    else if (password_is_common(normal.text, normal.size))
        rc = err_set(e, ERR_INVALID,
                     "this password is one of those that are tried first: a common word, a row of "
                     "keys or a repetition");
    normal_fini(&normal);
    return rc;
}

/* ---- Argon2id */

enum err_code password_keep(const char *password, size_t size,
                            const unsigned char salt[PASSWORD_SALT], char kept[PASSWORD_TEXT],
                            struct err *e)
{
    struct normal normal;
    int failed;

    if (normal_init(&normal, password, size, e) != ERR_OK)
        return e->code;
    failed =
        argon2id_hash_encoded(PASSWORD_PASSES, PASSWORD_KIB, PASSWORD_LANES, normal.text,
                              normal.size, salt, PASSWORD_SALT, PASSWORD_HASH, kept, PASSWORD_TEXT);
    normal_fini(&normal);
    if (failed == ARGON2_OK)
        return ERR_OK;
    return err_set(e, failed == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_MEMORY : ERR_INTERNAL,
                   "the password cannot be computed: %s", argon2_error_message(failed));
}

/* "m=19456,t=2,p=1" behind "$argon2id$v=19$" */
static bool kept_costs(const char *kept, unsigned long *memory, unsigned long *passes,
                       unsigned long *lanes)
{
    static const char head[] = "$argon2id$v=19$m=";
    char *end;

    if (strncmp(kept, head, sizeof head - 1) != 0)
        return false;
    *memory = strtoul(kept + sizeof head - 1, &end, 10);
    if (strncmp(end, ",t=", 3) != 0)
        return false;
    *passes = strtoul(end + 3, &end, 10);
    if (strncmp(end, ",p=", 3) != 0)
        return false;
    *lanes = strtoul(end + 3, &end, 10);
    return *end == '$';
}

bool password_matches(const char *kept, const char *password, size_t size)
{
    unsigned long memory, passes, lanes;
    struct normal normal;
    struct err e;
    bool same;

    if (!kept_costs(kept, &memory, &passes, &lanes) || memory > PASSWORD_KIB_MOST ||
        passes > PASSWORD_PASSES_MOST || lanes > 4 ||
        normal_init(&normal, password, size, &e) != ERR_OK)
        return false;
    same = argon2id_verify(kept, normal.text, normal.size) == ARGON2_OK;
    normal_fini(&normal);
    return same;
}

bool password_is_current(const char *kept)
{
    unsigned long memory, passes, lanes;

    return kept_costs(kept, &memory, &passes, &lanes) && memory == PASSWORD_KIB &&
           passes == PASSWORD_PASSES && lanes == PASSWORD_LANES;
}

static void decoy_add(struct buf *text, const unsigned char *bytes, size_t size)
{
    struct buf piece;

    buf_init(&piece, PASSWORD_TEXT);
    base64_write(&piece, bytes, size);
    while (piece.len > 0 && piece.at[piece.len - 1] == '=')
        piece.len--;
    buf_add_char(text, '$');
    buf_add(text, piece.at, piece.len);
    buf_fini(&piece);
}

void password_decoy(const unsigned char random[PASSWORD_SALT + 32], char kept[PASSWORD_TEXT])
{
    struct buf text;

    buf_init(&text, PASSWORD_TEXT);
    buf_addf(&text, "$argon2id$v=19$m=%u,t=%u,p=%u", PASSWORD_KIB, PASSWORD_PASSES, PASSWORD_LANES);
    decoy_add(&text, random, PASSWORD_SALT);
    decoy_add(&text, random + PASSWORD_SALT, PASSWORD_HASH);
    check(buf_ok(&text) && text.len < PASSWORD_TEXT);
    memcpy(kept, text.at, text.len + 1);
    buf_fini(&text);
}
