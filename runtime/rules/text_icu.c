/* text_icu.c - ICU works on UTF-16, so a text goes there and back; case mapping alone knows UTF-8.
 */
#include "rules/text_icu_priv.h"

#include <stdatomic.h>
#include <string.h>
#include <unicode/ucasemap.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/check.h"
#include "base/mem.h"

#define TEXTS_MAGIC  0x7E875001u
#define SCRIPTS_WORD 64u /* scripts in a word of the set; UScriptCode is below 256 */

/* Of TEXT_ASCII, and of TEXT_ASCII_DE: the scripts whose tables ICU has. */
static _Atomic uint64_t scripts_known[2][256 / SCRIPTS_WORD];

struct texts {
    unsigned magic;
    UCaseMap *cases;
    UTransliterator *ascii[2]; /* TEXT_ASCII, TEXT_ASCII_DE */
};

struct texts *texts_new(void)
{
    struct texts *texts = mem_must(sizeof(*texts));

    texts->magic = TEXTS_MAGIC;
    return texts;
}

void texts_free(struct texts *texts)
{
    if (texts == NULL)
        return;
    CHECK_OBJ(texts, TEXTS_MAGIC);
    if (texts->cases != NULL)
        ucasemap_close(texts->cases);
    for (unsigned i = 0; i < 2; i++)
        if (texts->ascii[i] != NULL)
            utrans_close(texts->ascii[i]);
    texts->magic = 0;
    mem_free(texts);
}

void texts_share(struct texts *texts)
{
    UErrorCode status = U_ZERO_ERROR;

    if (texts->cases == NULL)
        texts->cases = ucasemap_open("", 0, &status);
}

bool text_is_ascii(const char *text, size_t size)
{
    unsigned char any = 0;

    for (size_t i = 0; i < size; i++)
        any |= (unsigned char)text[i];
    return any < 0x80;
}

static enum err_code icu_failed(UErrorCode status, struct err *e)
{
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return err_set(e, ERR_MEMORY, "out of memory");
    if (status == U_BUFFER_OVERFLOW_ERROR)
        return err_set(e, ERR_RULE, "the text becomes too long");
    if (status == U_INVALID_CHAR_FOUND)
        return err_set(e, ERR_RULE, "the text is not UTF-8");
    return err_set(e, ERR_RULE, "%s", u_errorName(status));
}

static enum err_code change_case(struct texts *texts, bool upper, const char *text, size_t size,
                                 size_t ceiling, char **to, size_t *to_size, struct err *e)
{
    size_t room = size + size / 8 + 16;
    UErrorCode status = U_ZERO_ERROR;
    int32_t got;

    if (texts->cases == NULL)
        texts->cases = ucasemap_open("", 0, &status);
    for (;;) {
        *to = mem_try(room);
        if (*to == NULL)
            return err_set(e, ERR_MEMORY, "out of memory");
        got = upper ? ucasemap_utf8ToUpper(texts->cases, *to, (int32_t)room, text, (int32_t)size,
                                           &status)
                    : ucasemap_utf8ToLower(texts->cases, *to, (int32_t)room, text, (int32_t)size,
                                           &status);
        if (U_SUCCESS(status) && (size_t)got <= ceiling) {
            *to_size = (size_t)got;
            return ERR_OK;
        }
        mem_free(*to);
        *to = NULL;
        if (status != U_BUFFER_OVERFLOW_ERROR || (size_t)got > ceiling)
            return icu_failed(U_SUCCESS(status) ? U_BUFFER_OVERFLOW_ERROR : status, e);
        status = U_ZERO_ERROR;
        room = (size_t)got + 1;
    }
}

/* UTF-16 with room for a change in place. */
struct wide {
    UChar *at;
    int32_t length;
    int32_t room;
};

static enum err_code wide_new(struct wide *wide, const char *text, size_t size, size_t room,
                              struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;

    wide->at = mem_try(room * sizeof(UChar));
    wide->room = (int32_t)room;
    if (wide->at == NULL)
        return err_set(e, ERR_MEMORY, "out of memory");
    u_strFromUTF8(wide->at, wide->room, &wide->length, text, (int32_t)size, &status);
    return U_FAILURE(status) ? icu_failed(status, e) : ERR_OK;
}

static enum err_code wide_text(const struct wide *wide, size_t ceiling, char **to, size_t *to_size,
                               struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t size = 0;

    u_strToUTF8(NULL, 0, &size, wide->at, wide->length, &status);
    if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR)
        return icu_failed(status, e);
    if ((size_t)size > ceiling)
        return icu_failed(U_BUFFER_OVERFLOW_ERROR, e);
    *to = mem_try((size_t)size + 1);
    if (*to == NULL)
        return err_set(e, ERR_MEMORY, "out of memory");
    status = U_ZERO_ERROR;
    u_strToUTF8(*to, size + 1, &size, wide->at, wide->length, &status);
    *to_size = (size_t)size;
    check(U_SUCCESS(status));
    return ERR_OK;
}

static enum err_code change_form(bool compatible, const char *text, size_t size, size_t ceiling,
                                 char **to, size_t *to_size, struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    struct wide from = { 0 }, into = { 0 };
    const UNormalizer2 *form =
        compatible ? unorm2_getNFKCInstance(&status) : unorm2_getNFCInstance(&status);
    enum err_code rc = wide_new(&from, text, size, size + 1, e);

    if (rc != ERR_OK)
        goto out;
    into.length = unorm2_normalize(form, from.at, from.length, NULL, 0, &status);
    if (status != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(status)) {
        rc = icu_failed(status, e);
        goto out;
    }
    status = U_ZERO_ERROR;
    into.room = into.length + 1;
    into.at = mem_try((size_t)into.room * sizeof(UChar));
    if (into.at == NULL) {
        rc = err_set(e, ERR_MEMORY, "out of memory");
        goto out;
    }
    into.length = unorm2_normalize(form, from.at, from.length, into.at, into.room, &status);
    rc = U_FAILURE(status) ? icu_failed(status, e) : wide_text(&into, ceiling, to, to_size, e);
out:
    mem_free(from.at);
    mem_free(into.at);
    return rc;
}

/* The scripts of the text that are not in the set; with `learn` they are put into it. */
static bool scripts_all(enum text_change change, const char *text, size_t size, bool learn)
{
    _Atomic uint64_t *known = scripts_known[change == TEXT_ASCII_DE];
    bool all = true;

    for (int32_t at = 0; at < (int32_t)size;) {
        UErrorCode status = U_ZERO_ERROR;
        UChar32 point;
        unsigned script;
        uint64_t bit;

        U8_NEXT_OR_FFFD(text, at, (int32_t)size, point);
        script = (unsigned)uscript_getScript(point, &status) % 256;
        bit = UINT64_C(1) << script % SCRIPTS_WORD;
        if ((atomic_load_explicit(&known[script / SCRIPTS_WORD], memory_order_relaxed) & bit) != 0)
            continue;
        all = false;
        if (learn)
            atomic_fetch_or(&known[script / SCRIPTS_WORD], bit);
    }
    return all;
}

bool text_is_known(enum text_change change, const char *text, size_t size)
{
    return scripts_all(change, text, size, false);
}

static enum err_code transliterator(struct texts *texts, unsigned which, struct err *e)
{
    static const char *const names[2] = { "Any-Latin; Latin-ASCII",
                                          "de-ASCII; Any-Latin; Latin-ASCII" };
    UErrorCode status = U_ZERO_ERROR;
    UChar name[64];

    if (texts->ascii[which] != NULL)
        return ERR_OK;
    u_uastrcpy(name, names[which]);
    texts->ascii[which] = utrans_openU(name, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    if (U_FAILURE(status)) {
        texts->ascii[which] = NULL;
        return icu_failed(status, e);
    }
    return ERR_OK;
}

static enum err_code change_ascii(struct texts *texts, unsigned which, const char *text,
                                  size_t size, size_t ceiling, char **to, size_t *to_size,
                                  struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    struct wide wide = { 0 };
    int32_t limit;
    enum err_code rc = transliterator(texts, which, e);

    if (rc == ERR_OK)
        rc = wide_new(&wide, text, size, size * 8 + 64, e); /* one character rarely gives more */
    if (rc != ERR_OK)
        goto out;
    limit = wide.length;
    utrans_transUChars(texts->ascii[which], wide.at, &wide.length, wide.room, 0, &limit, &status);
    if (U_FAILURE(status)) {
        rc = icu_failed(status, e);
        goto out;
    }
    for (int32_t i = 0; i < wide.length; i++)
        if (wide.at[i] >= 0x80) {
            bool pair = U16_IS_LEAD(wide.at[i]) && i + 1 < wide.length;

            wide.at[i] = '?';
            if (pair) { /* one '?' for both halves */
                u_memmove(wide.at + i + 1, wide.at + i + 2, wide.length - i - 2);
                wide.length--;
            }
        }
    scripts_all(which == 0 ? TEXT_ASCII : TEXT_ASCII_DE, text, size, true);
    rc = wide_text(&wide, ceiling, to, to_size, e);
out:
    mem_free(wide.at);
    return rc;
}

enum err_code text_change(struct texts *texts, enum text_change change, const char *text,
                          size_t size, size_t ceiling, char **to, size_t *to_size, struct err *e)
{
    CHECK_OBJ(texts, TEXTS_MAGIC);
    check(size < INT32_MAX / 16);
    *to = NULL;
    switch (change) {
    case TEXT_UPPER:
    case TEXT_LOWER:
        return change_case(texts, change == TEXT_UPPER, text, size, ceiling, to, to_size, e);
    case TEXT_NFC:
    case TEXT_NFKC:
        return change_form(change == TEXT_NFKC, text, size, ceiling, to, to_size, e);
    default:
        return change_ascii(texts, change == TEXT_ASCII_DE ? 1 : 0, text, size, ceiling, to,
                            to_size, e);
    }
}
