/* vault.c - sealing: what opens, what does not, and which key files are taken. */
#include "vault_try.h"

/* ---- secrets */

static void what_is_sealed_opens(void **state)
{
    static const char secret[] = "s3cret\0with a NUL";
    char *key, *sealed, *again, *plain;
    struct vault *vault = vault_made(&key);
    size_t size;

    (void)state;
    assert_int_equal(vault_seal(vault, "main/erp", secret, sizeof secret, &sealed, &e), ERR_OK);
    assert_int_equal(vault_seal(vault, "main/erp", secret, sizeof secret, &again, &e), ERR_OK);
    assert_string_not_equal(sealed, again); /* each has a nonce of its own */
    assert_null(strstr(sealed, "s3cret"));
    vault_close(vault);

    vault = vault_of(key_file, false);
    assert_non_null(vault);
    assert_int_equal(vault_load_key(vault, key, &e), ERR_OK);
    assert_int_equal(vault_unseal(vault, "main/erp", sealed, &plain, &size, &e), ERR_OK);
    assert_int_equal(size, sizeof secret);
    assert_memory_equal(plain, secret, sizeof secret);
    assert_int_equal(plain[size], 0);
    vault_wipe(&plain, size);
    assert_null(plain);
    vault_wipe(&plain, 0);
    vault_close(vault);
    mem_free(again);
    mem_free(sealed);
    mem_free(key);
}

static void an_empty_and_a_long_secret(void **state)
{
    char *key, *sealed, *plain, *text = mem_must(70000);
    struct vault *vault = vault_made(&key);
    size_t size;

    (void)state;
    memset(text, 'x', 65536);
    assert_int_equal(vault_seal(vault, "a", NULL, 0, &sealed, &e), ERR_OK);
    assert_int_equal(vault_unseal(vault, "a", sealed, &plain, &size, &e), ERR_OK);
    assert_int_equal(size, 0);
    assert_string_equal(plain, "");
    vault_wipe(&plain, size);
    mem_free(sealed);
    assert_int_equal(vault_seal(vault, "a", text, 65536, &sealed, &e), ERR_OK);
    assert_int_equal(vault_unseal(vault, "a", sealed, &plain, &size, &e), ERR_OK);
    assert_int_equal(size, 65536);
    assert_memory_equal(plain, text, size);
    vault_wipe(&plain, size);
    mem_free(sealed);
    assert_int_equal(vault_seal(vault, "a", text, 65537, &sealed, &e), ERR_LIMIT);
    assert_null(sealed);
    vault_close(vault);
    mem_free(text);
    mem_free(key);
}

static void a_sealed_text_opens_under_its_name_only(void **state)
{
    static const char *const names[] = { "main/er", "main/erp2", "other/erp", "", "main/erP" };
    char *key, *sealed, *plain;
    struct vault *vault = vault_made(&key);
    size_t size;

    (void)state;
    assert_int_equal(vault_seal(vault, "main/erp", "s3cret", 6, &sealed, &e), ERR_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(vault_unseal(vault, names[i], sealed, &plain, &size, &e), ERR_FORBIDDEN);
        assert_null(plain);
        assert_null(strstr(e.text, "s3cret"));
    }
    assert_int_equal(vault_unseal(vault, "main/erp", key, &plain, &size, &e), ERR_SYNTAX);
    vault_close(vault);
    mem_free(sealed);
    mem_free(key);
}

static void a_bit_that_flips_anywhere_is_noticed(void **state)
{
    static const char *const secrets[] = { "s3cret", "s3crets", "s3crets!" }; /* each padding */
    char *key, *sealed, *plain;
    struct vault *vault = vault_made(&key);
    size_t size;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(vault_seal(vault, "n", secrets[i], strlen(secrets[i]), &sealed, &e),
                         ERR_OK);
        for (size_t at = 0; at < strlen(sealed) * 8; at++) {
            char before = sealed[at / 8];
            enum err_code code;

            sealed[at / 8] = (char)(before ^ 1 << at % 8);
            code = vault_unseal(vault, "n", sealed, &plain, &size, &e);
            assert_true(code == ERR_FORBIDDEN || code == ERR_SYNTAX);
            assert_null(plain);
            sealed[at / 8] = before;
        }
        for (size_t length = strlen(sealed); length-- > 0;) {
            char *cut = mem_must_copy_n(sealed, length);

            assert_int_not_equal(vault_unseal(vault, "n", cut, &plain, &size, &e), ERR_OK);
            mem_free(cut);
        }
        assert_int_equal(vault_unseal(vault, "n", sealed, &plain, &size, &e), ERR_OK);
        vault_wipe(&plain, size);
        mem_free(sealed);
    }
    vault_close(vault);
    mem_free(key);
}

static void what_is_no_sealed_text(void **state)
{
    static const char *const texts[] = {
        "",
        "v1:",
        "v2:AAAA",
        "v1:AAAA",
        "plain password",
        "v1:====",
        "v1:A",
        "v1:A===",
        "v1:AA=A",
        "v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* a byte too short */
        "v1:AAAA AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    };
    char *key, *plain;
    struct vault *vault = vault_made(&key);
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(vault_unseal(vault, "n", texts[i], &plain, &size, &e), ERR_SYNTAX);
    vault_close(vault);
    mem_free(key);
}

/* ---- the master key */

static void another_master_key_is_refused_at_the_start(void **state)
{
    char *key;
    struct vault *vault = vault_made(&key);

    (void)state;
    vault_close(vault);
    file_write(key_file, "another key of thirty-two bytes!", 32, 0600);
    vault = vault_of(key_file, false);
    assert_non_null(vault);
    assert_int_equal(vault_load_key(vault, key, &e), ERR_FORBIDDEN);
    assert_non_null(strstr(e.text, key_file));
    assert_non_null(strstr(e.text, "WEFT_MASTER_KEY_FILE"));
    assert_null(strstr(e.text, "thirty"));
    assert_int_equal(vault_load_key(vault, "nonsense", &e), ERR_FORBIDDEN);
    vault_close(vault);
    mem_free(key);
}

static void a_key_is_made_only_for_a_new_vault(void **state)
{
    struct stat info;
    struct vault *vault = vault_of(key_file, false);
    char made[128];

    (void)state;
    assert_null(vault);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, key_file));
    assert_non_null(strstr(e.text, "WEFT_MASTER_KEY_FILE"));
    assert_int_equal(access(key_file, F_OK), -1);
    snprintf(made, sizeof made, "%s.new", key_file);
    file_write(made, "half", 4, 0600); /* of a start that was cut short */
    umask(0);
    vault = vault_of(key_file, true);
    assert_non_null(vault);
    vault_close(vault);
    assert_int_equal(stat(key_file, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, 65);
    assert_int_equal(access(made, F_OK), -1);
    assert_null(vault_of("/nowhere/master.key", true));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, "/nowhere/master.key"));
}

static void spellings_of_a_key(void **state)
{
    static const char hex[] = "616e6F74686572206b6579206f66207468697274792d74776f20627974657321";
    static const char *const right[] = {
        "another key of thirty-two bytes!", hex,
        "616e6F74686572206b6579206f66207468697274792d74776f20627974657321\n",
        "616e6F74686572206b6579206f66207468697274792d74776f20627974657321\r\n"
    };
    static const char *const wrong[] = {
        "",
        "short",
        "another key of thirty-two bytes!\n",
        "616e6F74686572206b6579206f66207468697274792d74776f2062797465732",
        "616e6F74686572206b6579206f66207468697274792d74776f20627974657321\n\n",
        "616e6F74686572206b6579206f66207468697274792d74776f206279746573210",
        "616e6G74686572206b6579206f66207468697274792d74776f20627974657321"
    };
    char *key = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct vault *vault;

        file_write(key_file, right[i], strlen(right[i]), 0600);
        vault = vault_of(key_file, false);
        assert_non_null(vault);
        if (key == NULL)
            assert_int_equal(vault_make_key(vault, &key, &e), ERR_OK);
        else
            assert_int_equal(vault_load_key(vault, key, &e), ERR_OK);
        vault_close(vault);
    }
    mem_free(key);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        file_write(key_file, wrong[i], strlen(wrong[i]), 0600);
        assert_null(vault_of(key_file, true)); /* what is there is never overwritten */
        assert_int_equal(e.code, ERR_INVALID);
        assert_non_null(strstr(e.text, key_file));
        assert_null(strstr(e.text, "616e"));
    }
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    static const mode_t modes[] = { 0640, 0604, 0660, 0606, 0601, 0610, 0644, 0777 };

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        file_write(key_file, "another key of thirty-two bytes!", 32, modes[i]);
        assert_null(vault_of(key_file, true));
        assert_int_equal(e.code, ERR_FORBIDDEN);
        assert_non_null(strstr(e.text, "chmod 600"));
        assert_non_null(strstr(e.text, key_file));
    }
    file_write(key_file, "another key of thirty-two bytes!", 32, 0400);
    vault_close(vault_of(key_file, false));
    assert_null(vault_of(folder, true)); /* a directory */
    assert_int_equal(e.code, ERR_IO);
    vault_close(NULL);
}

/* The derived keys are in stores (the audit chain's): they never change. */
static void each_purpose_has_a_key_of_its_own(void **state)
{
    unsigned char audit[VAULT_DERIVED], again[VAULT_DERIVED], other[VAULT_DERIVED];
    struct vault *vault;
    char *key = NULL;

    (void)state;
    vault = vault_of(key_file, true);
    assert_int_equal(vault_make_key(vault, &key, &e), ERR_OK);
    vault_derive(vault, "audit", audit);
    vault_derive(vault, "audit2", other);
    assert_memory_not_equal(audit, other, VAULT_DERIVED);
    vault_close(vault);
    vault = vault_of(key_file, false);
    assert_int_equal(vault_load_key(vault, key, &e), ERR_OK);
    vault_derive(vault, "audit", again);
    assert_memory_equal(audit, again, VAULT_DERIVED);
    mem_free(key);
    key = NULL;
    vault_close(vault);
    vault = vault_of(key_file, false);
    assert_int_equal(vault_make_key(vault, &key, &e), ERR_OK); /* of another store */
    vault_derive(vault, "audit", other);
    assert_memory_not_equal(audit, other, VAULT_DERIVED);
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
        TEST(what_is_sealed_opens),
        TEST(an_empty_and_a_long_secret),
        TEST(a_sealed_text_opens_under_its_name_only),
        TEST(a_bit_that_flips_anywhere_is_noticed),
        TEST(what_is_no_sealed_text),
        TEST(another_master_key_is_refused_at_the_start),
        TEST(a_key_is_made_only_for_a_new_vault),
        TEST(spellings_of_a_key),
        TEST(a_key_that_others_can_read_is_refused),
        TEST(each_purpose_has_a_key_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
