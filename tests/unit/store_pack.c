/* store_pack.c - packing: what goes in comes out, and damaged bytes never harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/mem.h"
#include "store/sqlite/pack_priv.h"
#include "store/sqlite/sum_priv.h"

static struct packer packer;
static uint64_t noise = 1;

static unsigned next_noise(unsigned below)
{
    noise = noise * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(noise >> 33) % below;
}

/* Packs into a block of exactly the room promised, so that one byte too many is noticed. */
static unsigned char *pack_new(const char *text, size_t size, size_t *packed_size)
{
    unsigned char *packed = mem_must(pack_room(size)), *exact;

    *packed_size = pack(&packer, text, size, packed);
    assert_true(*packed_size <= pack_room(size));
    exact = (unsigned char *)mem_must_copy_n(packed, *packed_size);
    mem_free(packed);
    return exact;
}

static void round_trip(const char *before, size_t before_size, const char *text, size_t size)
{
    size_t first_size, packed_size, out_size;
    unsigned char *first, *packed;
    char *out;
    struct err e;

    packer_begin(&packer);
    first = pack_new(before, before_size, &first_size);
    packed = pack_new(text, size, &packed_size);
    assert_int_equal(unpack(NULL, 0, first, first_size, &out, &out_size, &e), ERR_OK);
    assert_int_equal(out_size, before_size);
    if (before_size > 0)
        assert_memory_equal(out, before, before_size);
    mem_free(out);
    assert_int_equal(unpack(before, before_size, packed, packed_size, &out, &out_size, &e), ERR_OK);
    assert_int_equal(out_size, size);
    if (size > 0)
        assert_memory_equal(out, text, size);
    assert_int_equal(out[size], 0);
    mem_free(out);
    mem_free(first);
    mem_free(packed);
}

/* Text that repeats itself over short and long distances, of up to `size` bytes. */
static void make_text(char *text, size_t size, unsigned letters)
{
    size_t at = 0;

    while (at < size) {
        if (at > 8 && next_noise(3) > 0) {
            size_t from = next_noise((unsigned)at), count = 1 + next_noise(600);

            for (; count > 0 && at < size; count--)
                text[at++] = text[from++];
        } else {
            for (unsigned count = 1 + next_noise(40); count > 0 && at < size; count--)
                text[at++] = (char)(' ' + next_noise(letters));
        }
    }
}

static void what_goes_in_comes_out(void **state)
{
    static const size_t sizes[] = { 0,    1,     4,     63,    64,    65,    300,
                                    2000, 40000, 65535, 65536, 65537, 200000 };
    const size_t most = 200000, count = sizeof sizes / sizeof sizes[0];
    char *before = mem_must(most), *text = mem_must(most);

    (void)state;
    for (unsigned round = 0; round < 20; round++)
        for (size_t i = 0; i < count * count; i++) {
            if (sizes[i / count] > 2000 && sizes[i % count] > 2000 && round > 1)
                continue;
            make_text(before, sizes[i / count], 2 + round * 4);
            make_text(text, sizes[i % count], 2 + round * 4);
            if (sizes[i / count] > 100 && sizes[i % count] > 100)
                memcpy(text + 20, before + 30, 60);
            round_trip(before, sizes[i / count], text, sizes[i % count]);
        }
    mem_free(before);
    mem_free(text);
}

static void all_of_one_byte_and_noise(void **state)
{
    char *text = mem_must(100000);

    (void)state;
    memset(text, 'a', 100000);
    for (size_t size = 0; size < 2000; size++)
        round_trip(text, size % 100, text, size);
    round_trip("", 0, text, 100000);
    for (size_t i = 0; i < 100000; i++)
        text[i] = (char)next_noise(256);
    round_trip(text, 50000, text + 50000, 50000);
    round_trip(text, 10, text, 100000);
    mem_free(text);
}

static void what_repeats_gets_small(void **state)
{
    const char *step = "{\"node\":\"entry\",\"output\":{\"amount\":123.45,\"currency\":\"USD\"}},";
    char text[2048] = "";
    size_t size;
    unsigned char *packed;

    (void)state;
    for (unsigned i = 0; i < 20; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s", step);
    packer_begin(&packer);
    packed = pack_new(text, strlen(text), &size);
    assert_true(size < 100);
    mem_free(packed);
}

/* Whatever the bytes are: a text or an error, and never a step beyond the block. */
static void damaged_bytes_never_harm(void **state)
{
    char before[600], text[1500], *out;
    struct err e;
    size_t packed_size, size;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        unsigned char *packed;

        make_text(before, sizeof before, 20);
        make_text(text, sizeof text, 20);
        packer_begin(&packer);
        mem_free(pack_new(before, sizeof before, &packed_size));
        packed = pack_new(text, sizeof text, &packed_size);
        for (unsigned flips = 1 + next_noise(3); flips > 0; flips--)
            packed[next_noise((unsigned)packed_size)] ^= (unsigned char)(1u << next_noise(8));
        packed_size -= next_noise(4) == 0 ? next_noise((unsigned)packed_size) : 0;
        if (unpack(next_noise(2) == 0 ? before : NULL, sizeof before, packed, packed_size, &out,
                   &size, &e) == ERR_OK) {
            assert_int_equal(out[size], 0);
            mem_free(out);
        } else {
            assert_null(out);
        }
        mem_free(packed);
    }
}

static void what_claims_to_be_huge_is_refused(void **state)
{
    static const unsigned char huge[] = { 3, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00 };
    static const unsigned char unknown[] = { 77, 1, 2 };
    char *out = NULL;
    size_t size;
    struct err e;

    (void)state;
    assert_int_equal(unpack(NULL, 0, huge, sizeof huge, &out, &size, &e), ERR_STORE);
    assert_int_equal(unpack(NULL, 0, unknown, sizeof unknown, &out, &size, &e), ERR_STORE);
    assert_int_equal(unpack(NULL, 0, unknown, 0, &out, &size, &e), ERR_STORE);
    assert_null(out);
}

static int64_t sum_of(const char *text, size_t size, int64_t number)
{
    struct sum sum;

    sum_init(&sum);
    sum_int(&sum, number);
    sum_bytes(&sum, text, size);
    return sum_take(&sum);
}

static void a_sum_sees_every_bit(void **state)
{
    char text[100];
    int64_t whole;

    (void)state;
    make_text(text, sizeof text, 90);
    whole = sum_of(text, sizeof text, 7);
    assert_true(whole >= INT32_MIN && whole <= INT32_MAX);
    for (size_t at = 0; at < sizeof text * 8; at++) {
        text[at / 8] = (char)(text[at / 8] ^ 1 << at % 8);
        assert_true(sum_of(text, sizeof text, 7) != whole);
        text[at / 8] = (char)(text[at / 8] ^ 1 << at % 8);
    }
    assert_true(sum_of(text, sizeof text, 8) != whole);
    assert_true(sum_of(text, sizeof text - 1, 7) != whole);
    assert_true(sum_of(NULL, 0, 7) != sum_of("", 0, 7));
    assert_true(sum_of("\0", 1, 7) != sum_of("\0\0", 2, 7));
    assert_int_equal(sum_of("the function is in stores", 25, 1), -251019522);
}

static int packer_ready(void **state)
{
    (void)state;
    packer_init(&packer);
    return 0;
}

/* What was packed by the first release must be read by the last: never change these bytes. */
static void formats_stay_what_they_are(void **state)
{
    static const unsigned char words[] = {
        0x01, 0x5f, 0x06, 0x0a, 0x00, 0x05, 0x29, 0x04, 0x5e, 0x32, 0x2e, 0x35, 0x30,
        0x2c, 0x1c, 0x04, 0x21, 0x6e, 0x6f, 0x16, 0x03, 0x10, 0x31, 0x1f, 0x00, 0x11,
        0x20, 0x06, 0x00, 0x4f, 0x22, 0x7d, 0x7d, 0x2e, 0x01, 0x00, 0x0c, 0x00,
    };
    char digest[DIGEST_TEXT], *out;
    struct err e;
    size_t size;

    (void)state;
    digest_text(pack_words, pack_words_size, digest);
    assert_string_equal(digest, "3fef84e6b6738a82063240c9337ce39a99a1d0e804ce8c3c900ddacf32d85d42");
    assert_int_equal(unpack(NULL, 0, words, sizeof words, &out, &size, &e), ERR_OK);
    assert_string_equal(
        out, "{\"body\":{\"amount\":12.50,\"currency\":\"USD\",\"note\":\"12.50 12.50\"}}"
             "................................");
    mem_free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(all_of_one_byte_and_noise),
        cmocka_unit_test(what_repeats_gets_small),
        cmocka_unit_test(damaged_bytes_never_harm),
        cmocka_unit_test(what_claims_to_be_huge_is_refused),
        cmocka_unit_test(a_sum_sees_every_bit),
        cmocka_unit_test(formats_stay_what_they_are),
    };

    return cmocka_run_group_tests(tests, packer_ready, NULL);
}
