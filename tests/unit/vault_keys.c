/* vault_keys.c - the keys of the vault are changed: nothing is lost at any step. */
#include "vault_try.h"

/* ---- changing keys */

static void opens_as(struct vault *vault, const char *sealed, const char *expected)
{
    char *plain;
    size_t size;

    assert_int_equal(vault_unseal(vault, "main/erp", sealed, &plain, &size, &e), ERR_OK);
    assert_string_equal(plain, expected);
    vault_wipe(&plain, size);
}

static char *sealed_now(struct vault *vault, const char *value)
{
    char *sealed;

    assert_int_equal(vault_seal(vault, "main/erp", value, strlen(value), &sealed, &e), ERR_OK);
    return sealed;
}

static void another_data_key_leaves_the_old_ones_readable(void **state)
{
    char *first, *second, *third, *old, *new;
    struct vault *vault = vault_made(&first);
    unsigned char before[VAULT_DERIVED], after[VAULT_DERIVED];
    size_t size;

    (void)state;
    old = sealed_now(vault, "old");
    vault_derive(vault, "audit", before);
    assert_int_equal(vault_change_data(vault, &second, &e), ERR_OK);
    assert_true(vault_is_current(vault, old)); /* it counts when it is stored */
    assert_int_equal(vault_settle(vault, true, &e), ERR_OK);
    assert_false(vault_is_current(vault, old));
    assert_int_equal(vault_data_keys(vault), 2);
    new = sealed_now(vault, "new");
    opens_as(vault, old, "old");
    opens_as(vault, new, "new");
    vault_close(vault);

    vault = vault_of(key_file, false); /* it ended there: both still open */
    assert_int_equal(vault_load_key(vault, second, &e), ERR_OK);
    opens_as(vault, old, "old");
    opens_as(vault, new, "new");
    assert_int_equal(vault_forget_old(vault, &third, &e), ERR_OK);
    assert_int_equal(vault_settle(vault, true, &e), ERR_OK);
    opens_as(vault, new, "new");
    assert_int_equal(vault_unseal(vault, "main/erp", old, &(char *){ NULL }, &size, &e),
                     ERR_FORBIDDEN);
    assert_non_null(strstr(e.text, "data key 1"));
    vault_derive(vault, "audit", after);
    assert_memory_equal(before, after, VAULT_DERIVED); /* the audit chain goes on */
    vault_close(vault);
    mem_free(first);
    mem_free(second);
    mem_free(third);
    mem_free(old);
    mem_free(new);
}

static void a_change_that_is_not_stored_never_was(void **state)
{
    char *first, *second, *sealed;
    struct vault *vault = vault_made(&first);

    (void)state;
    sealed = sealed_now(vault, "x");
    assert_int_equal(vault_change_data(vault, &second, &e), ERR_OK);
    assert_int_equal(vault_settle(vault, false, &e), ERR_OK);
    mem_free(second);
    assert_int_equal(vault_data_keys(vault), 1);
    assert_int_equal(vault_change_master(vault, &second, &e), ERR_OK);
    assert_int_equal(vault_settle(vault, false, &e), ERR_OK);
    opens_as(vault, sealed, "x");
    vault_close(vault);
    vault = vault_of(key_file, false);
    assert_int_equal(vault_load_key(vault, first, &e), ERR_OK);
    opens_as(vault, sealed, "x");
    vault_close(vault);
    mem_free(first);
    mem_free(second);
    mem_free(sealed);
}

static void file_path(char path[128], const char *end)
{
    snprintf(path, 128, "%s%s", key_file, end);
}

/* At each point at which the program can die. */
static void another_master_key_survives_every_crash(void **state)
{
    char next[128], before[128], id[VAULT_ID], end[32], *first, *second, *sealed;
    struct vault *vault = vault_made(&first);

    (void)state;
    sealed = sealed_now(vault, "x");
    vault_master_id(vault, id);
    snprintf(end, sizeof end, ".before-%s", id);
    file_path(next, ".next");
    file_path(before, end);
    assert_int_equal(vault_change_master(vault, &second, &e), ERR_OK);
    assert_int_equal(access(next, F_OK), 0);
    vault_close(vault); /* before it was stored: the one in use is the one of before */
    vault = vault_of(key_file, false);
    assert_int_equal(vault_load_key(vault, first, &e), ERR_OK);
    opens_as(vault, sealed, "x");
    vault_close(vault); /* after it was stored, and before the file was replaced */
    vault = vault_of(key_file, false);
    assert_int_equal(vault_load_key(vault, second, &e), ERR_OK);
    opens_as(vault, sealed, "x");
    vault_close(vault);
    assert_int_not_equal(access(next, F_OK), 0);
    assert_int_equal(access(before, F_OK), 0); /* for backups of then */
    vault = vault_of(key_file, false);
    assert_int_equal(vault_load_key(vault, second, &e), ERR_OK);
    vault_close(vault);
    vault = vault_of(key_file, false);
    assert_int_equal(vault_load_key(vault, first, &e), ERR_FORBIDDEN);
    assert_non_null(strstr(e.text, id)); /* which key it would need */
    vault_close(vault);
    vault = vault_of(before, false);
    assert_int_equal(vault_load_key(vault, first, &e), ERR_OK);
    opens_as(vault, sealed, "x");
    vault_close(vault);
    mem_free(first);
    mem_free(second);
    mem_free(sealed);
}

/* Of a store that an earlier program has made. */
static void a_vault_of_before_opens(void **state)
{
    static const char ring[] = "v1:rQn6RqlbaTYjhtt6oY7mgzNp5O18TeW4yDVQ4Q5T669VWuRHHOdftYyeakgG/"
                               "P8rotkHUBJhNbSx9gRU";
    static const char secret[] = "v1:RHLlsR9rvI/6MJwk59e4oZlN9QznOUiLK34GMxq/JeG1g42/cA==";
    static const unsigned char audit[] = { 0x4d, 0x6e, 0xa4, 0xf3 };
    unsigned char master[32], key[VAULT_DERIVED];
    struct vault_secret known;
    struct vault *vault;

    (void)state;
    for (unsigned char i = 0; i < sizeof master; i++)
        master[i] = i;
    file_write(key_file, master, sizeof master, 0600);
    vault = vault_of(key_file, false);
    assert_non_null(vault);
    assert_int_equal(vault_load_key(vault, ring, &e), ERR_OK);
    opens_as(vault, secret, "of before");
    vault_derive(vault, "audit", key);
    assert_memory_equal(key, audit, sizeof audit);
    assert_int_equal(vault_open_secret(vault, "main/erp", secret, &known, &e), ERR_OK);
    assert_string_equal(known.value, "of before");
    assert_string_equal(known.origins, "");
    assert_int_equal(known.set_ms, 0);
    vault_secret_fini(&known);
    vault_close(vault);
}

static void what_is_known_of_a_secret_is_sealed_with_it(void **state)
{
    struct vault_secret secret = { .value = (char[]){ "a\n\nb" },
                                   .size = 4,
                                   .set_ms = 1764000000123,
                                   .origins = (char[]){ "https://a.example https://b.example" } };
    struct vault_secret known;
    char *key, *sealed;
    struct vault *vault = vault_made(&key);

    (void)state;
    assert_int_equal(vault_seal_secret(vault, "main/x", &secret, &sealed, &e), ERR_OK);
    assert_null(strstr(sealed, "example"));
    assert_int_equal(vault_open_secret(vault, "main/x", sealed, &known, &e), ERR_OK);
    assert_int_equal(known.size, 4);
    assert_memory_equal(known.value, "a\n\nb", 5);
    assert_string_equal(known.origins, secret.origins);
    assert_int_equal(known.set_ms, secret.set_ms);
    vault_secret_fini(&known);
    assert_int_equal(vault_open_secret(vault, "main/y", sealed, &known, &e), ERR_FORBIDDEN);
    mem_free(sealed);
    mem_free(key);
    vault_close(vault);
}

#define TEST(test)                                  \
    {                                               \
#test, test, folder_begin, folder_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_data_key_leaves_the_old_ones_readable),
        TEST(a_change_that_is_not_stored_never_was),
        TEST(another_master_key_survives_every_crash),
        TEST(a_vault_of_before_opens),
        TEST(what_is_known_of_a_secret_is_sealed_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
