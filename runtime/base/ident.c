/* ident.c - ids that grow, names that repeat, and bytes that nobody can foresee. */
#include "base/ident.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"

#define IDENT_EPOCH_MS 1704067200000 /* 2024-01-01T00:00:00Z */
#define IDENT_SEQUENCE 22            /* bits below the milliseconds */
#define IDENT_MS_MAX   ((INT64_C(1) << 41) - 1)

/* ---- randomness ------------------------------------------------------------------------------ */

static void random_real_fill(struct random *random, void *bytes, size_t size)
{
    unsigned char *at = bytes;

    (void)random;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);

        if (got < 0) {
            check(errno == EINTR);
            continue;
        }
        at += got;
        size -= (size_t)got;
    }
}

struct random *random_real(void)
{
    static struct random real = { .fill = random_real_fill };

    return &real;
}

/* splitmix64: every seed, also 0, gives a sequence of its own. */
static void random_seeded_fill(struct random *random, void *bytes, size_t size)
{
    struct random_seeded *seeded = (struct random_seeded *)random;
    unsigned char *at = bytes;

    while (size > 0) {
        uint64_t word = seeded->state += 0x9E3779B97F4A7C15u;
        size_t piece = size < sizeof(word) ? size : sizeof(word);

        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9u;
        word = (word ^ word >> 27) * 0x94D049BB133111EBu;
        word ^= word >> 31;
        memcpy(at, &word, piece);
        at += piece;
        size -= piece;
    }
}

void random_seeded_init(struct random_seeded *seeded, uint64_t seed)
{
    *seeded = (struct random_seeded){ .random = { .fill = random_seeded_fill }, .state = seed };
}

/* ---- ids ------------------------------------------------------------------------------------- */

void ident_init(struct ident *ident, uint64_t last)
{
    check(last <= INT64_MAX);
    ident->last = last;
}

uint64_t ident_at(int64_t wall_ms)
{
    int64_t ms = wall_ms - IDENT_EPOCH_MS;

    check(ms <= IDENT_MS_MAX);
    return ms > 0 ? (uint64_t)ms << IDENT_SEQUENCE : 0;
}

/* A clock that goes back, or more ids in a millisecond than the sequence holds, goes on counting
 * from the last id: it borrows from the time to come. */
uint64_t ident_next(struct ident *ident, int64_t wall_ms)
{
    uint64_t id = ident_at(wall_ms);

    if (id <= ident->last)
        id = ident->last + 1;
    check(id <= INT64_MAX);
    ident->last = id;
    return id;
}

void ident_text(uint64_t id, char text[IDENT_TEXT])
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    check(id <= INT64_MAX);
    for (int i = IDENT_TEXT - 2; i >= 0; i--) {
        text[i] = letters[id & 31];
        id >>= 5;
    }
    text[IDENT_TEXT - 1] = '\0';
}

/* The value of a letter of Crockford's base 32, or -1. I and L read as 1, O as 0; there is no U. */
static int ident_letter(char c)
{
    static const signed char letters[26] = { 10, 11, 12, 13, 14, 15, 16, 17, 1,  18, 19, 1,  20,
                                             21, 0,  22, 23, 24, 25, 26, -1, 27, 28, 29, 30, 31 };

    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return letters[c - 'a'];
    if (c >= 'A' && c <= 'Z')
        return letters[c - 'A'];
    return -1;
}

bool ident_parse(const char *text, uint64_t *id)
{
    uint64_t value = 0;

    check(text != NULL);
    for (int i = 0; i < IDENT_TEXT - 1; i++) {
        int digit = ident_letter(text[i]);

        if (digit < 0 || value > (uint64_t)INT64_MAX >> 5)
            return false;
        value = value << 5 | (uint64_t)digit;
    }
    if (text[IDENT_TEXT - 1] != '\0')
        return false;
    *id = value;
    return true;
}

/* ---- names and digests ----------------------------------------------------------------------- */

static EVP_MD *ident_sha1;
static EVP_MD *ident_sha256;
static pthread_once_t ident_fetched = PTHREAD_ONCE_INIT;

/* Fetched once and kept: to look an algorithm up costs more than to digest a step's input. */
static void ident_fetch(void)
{
    ident_sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    ident_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    check(ident_sha1 != NULL);
    check(ident_sha256 != NULL);
}

static size_t hex_write(const unsigned char *bytes, size_t size, char *to)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
    return 2 * size;
}

static void uuid_write(unsigned char uuid[16], unsigned version, char text[UUID_TEXT])
{
    static const unsigned char groups[] = { 4, 2, 2, 2, 6 };
    const unsigned char *at = uuid;
    char *to = text;

    uuid[6] = (unsigned char)((uuid[6] & 0x0F) | version << 4);
    uuid[8] = (unsigned char)((uuid[8] & 0x3F) | 0x80);
    for (size_t i = 0; i < sizeof(groups); i++) {
        if (i > 0)
            *to++ = '-';
        to += hex_write(at, groups[i], to);
        at += groups[i];
    }
    *to = '\0';
}

void uuid_from_name(const unsigned char space[16], const void *name, size_t size,
                    char text[UUID_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    pthread_once(&ident_fetched, ident_fetch);
    check(context != NULL);
    check(EVP_DigestInit_ex2(context, ident_sha1, NULL) == 1);
    check(EVP_DigestUpdate(context, space, 16) == 1);
    check(EVP_DigestUpdate(context, name, size) == 1);
    check(EVP_DigestFinal_ex(context, digest, NULL) == 1);
    EVP_MD_CTX_free(context);
    uuid_write(digest, 5, text);
}

void uuid_random(struct random *random, char text[UUID_TEXT])
{
    unsigned char uuid[16];

    random->fill(random, uuid, sizeof(uuid));
    uuid_write(uuid, 4, text);
}

void digest_text(const void *bytes, size_t size, char text[DIGEST_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    pthread_once(&ident_fetched, ident_fetch);
    check(EVP_Digest(bytes, size, digest, &length, ident_sha256, NULL) == 1);
    check(length == (DIGEST_TEXT - 1) / 2);
    text[hex_write(digest, length, text)] = '\0';
}
