/* hash.c - known answers (FIPS 180-4, RFC 4231), in one piece and in many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/hash.h"

static const struct {
    const char *key; /* NULL: none */
    const char *text, *hash;
} known[] = {
    { NULL, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { NULL, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "Jefe", "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
      "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
};

static void expect(struct hash *hash, const char *want)
{
    unsigned char out[HASH_SIZE], back[HASH_SIZE];
    char text[HASH_TEXT];

    hash_end(hash, out);
    hash_text(out, text);
    assert_string_equal(text, want);
    assert_true(hash_parse(text, back));
    assert_true(hash_equal(out, back));
}

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct hash *hash = hash_new(known[i].key, known[i].key != NULL ? strlen(known[i].key) : 0);

        for (int round = 0; round < 3; round++) { /* the object begins anew by itself */
            hash_add(hash, known[i].text, strlen(known[i].text));
            expect(hash, known[i].hash);
        }
        for (size_t at = 0; known[i].text[at] != '\0'; at++)
            hash_add(hash, known[i].text + at, 1);
        expect(hash, known[i].hash);
        hash_free(hash);
    }
}

/* RFC 4231, case 6: a key longer than a block is hashed first. */
static void a_long_key(void **state)
{
    static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    unsigned char key[131];
    struct hash *hash;

    (void)state;
    memset(key, 0xaa, sizeof key);
    hash = hash_new(key, sizeof key);
    hash_add(hash, text, sizeof text - 1);
    expect(hash, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hash_free(hash);
}

static void numbers_are_eight_bytes(void **state)
{
    struct hash *a = hash_new("k", 1), *b = hash_new("k", 1);
    unsigned char first[HASH_SIZE], second[HASH_SIZE];

    (void)state;
    hash_add_int(a, UINT64_C(0x0102030405060708));
    hash_add(b, "\1\2\3\4\5\6\7\10", 8);
    hash_end(a, first);
    hash_end(b, second);
    assert_true(hash_equal(first, second));
    second[31] ^= 1;
    assert_false(hash_equal(first, second));
    hash_free(a);
    hash_free(b);
    hash_free(NULL);
}

static void what_is_no_hash(void **state)
{
    unsigned char out[HASH_SIZE];

    (void)state;
    assert_false(hash_parse("", out));
    assert_false(
        hash_parse("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a", out));
    assert_false(
        hash_parse("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0", out));
    assert_false(
        hash_parse("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_long_key),
        cmocka_unit_test(numbers_are_eight_bytes),
        cmocka_unit_test(what_is_no_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
