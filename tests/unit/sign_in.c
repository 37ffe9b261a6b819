/* sign_in.c - the table of ways to sign in: what each needs, and what is said of what it was not
 * given, was given too much, or wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/sign_in.h"

struct found {
    unsigned count;
    char member[100], text[400]; /* of the last */
};

static void note(void *arg, const char *member, const char *text)
{
    struct found *found = arg;

    found->count++;
    snprintf(found->member, sizeof found->member, "%s", member);
    snprintf(found->text, sizeof found->text, "%s", text);
}

static struct found look(const json_t *auth, enum sign_in type)
{
    struct found found = { .count = 0 };

    sign_in_check(auth, type, note, &found);
    return found;
}

/* What the way needs and nothing more. */
static json_t *least(enum sign_in type)
{
    size_t count;
    const struct sign_in_member *members = sign_in_members(&count);
    json_t *auth = json_object();

    for (size_t i = 0; i < count; i++)
        if (sign_in_needs(type, members[i].name))
            json_object_set_new(auth, members[i].name, json_string("X-Key"));
    return auth;
}

static void each_way_is_found_by_its_name(void **state)
{
    size_t count;
    const char *const *names = sign_in_names(&count);
    enum sign_in type;

    (void)state;
    assert_int_equal(count, SIGN_IN_COUNT);
    for (size_t i = 0; i < count; i++) {
        assert_true(sign_in_find(names[i], &type));
        assert_int_equal(type, i);
        assert_string_equal(sign_in_name(type), names[i]);
    }
    assert_false(sign_in_find("magic", &type));
    assert_true(sign_in_fetches(SIGN_IN_PASSWORD));
    assert_false(sign_in_fetches(SIGN_IN_HMAC));
}

static void each_way_needs_what_it_needs(void **state)
{
    size_t count;
    const struct sign_in_member *members = sign_in_members(&count);

    (void)state;
    for (int type = 0; type < SIGN_IN_COUNT; type++) {
        json_t *auth = least((enum sign_in)type);

        assert_int_equal(look(auth, (enum sign_in)type).count, 0);
        for (size_t i = 0; i < count; i++) {
            json_t *value = json_incref(json_object_get(auth, members[i].name));
            struct found found;

            if (value != NULL) {
                json_object_del(auth, members[i].name);
                found = look(auth, (enum sign_in)type);
                assert_int_equal(found.count, 1);
                assert_string_equal(found.member, "");
                assert_non_null(strstr(found.text, members[i].name));
                json_object_set_new(auth, members[i].name, value);
            } else if (!sign_in_takes((enum sign_in)type, members[i].name)) {
                json_object_set_new(auth, members[i].name, json_string("canary"));
                found = look(auth, (enum sign_in)type);
                assert_int_equal(found.count, 1);
                assert_non_null(strstr(found.text, "has no meaning with"));
                assert_null(strstr(found.text, "canary"));
                json_object_del(auth, members[i].name);
            }
        }
        json_decref(auth);
    }
}

static void values_are_looked_at(void **state)
{
    static const struct {
        enum sign_in type;
        const char *member, *value;
        bool fine;
    } cases[] = {
        { SIGN_IN_HMAC, "algorithm", "sha512", true },
        { SIGN_IN_HMAC, "algorithm", "RS256", false },
        { SIGN_IN_HMAC, "algorithm", "${ALGORITHM}", true },
        { SIGN_IN_HMAC, "encoding", "base85", false },
        { SIGN_IN_HMAC, "timestamp", "iso", true },
        { SIGN_IN_HMAC, "header", "X Sign", false },
        { SIGN_IN_HMAC, "header", "", false },
        { SIGN_IN_HMAC, "nonce_header", "X:", false },
        { SIGN_IN_CYBERSOURCE_JWT, "algorithm", "HS256", true },
        { SIGN_IN_CYBERSOURCE_JWT, "algorithm", "ES256", false },
        { SIGN_IN_CLIENT_CREDENTIALS, "algorithm", "ES256", true },
        { SIGN_IN_CLIENT_CREDENTIALS, "algorithm", "none", false },
        { SIGN_IN_CLIENT_CREDENTIALS, "client_auth", "private_key_jwt", true },
        { SIGN_IN_CLIENT_CREDENTIALS, "client_auth", "tls", false },
        { SIGN_IN_REFRESH_TOKEN, "client_auth", "basic", false }, /* there is no secret */
        { SIGN_IN_PASSWORD, "client_auth", "post", false },
        { SIGN_IN_JWT_BEARER, "client_auth", "post", false },
        { SIGN_IN_JWT_BEARER, "client_auth", "none", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *auth = least(cases[i].type);
        struct found found;

        json_object_set_new(auth, cases[i].member, json_string(cases[i].value));
        found = look(auth, cases[i].type);
        if ((found.count == 0) != cases[i].fine)
            fail_msg("%s %s: %s", cases[i].member, cases[i].value, found.text);
        if (!cases[i].fine)
            assert_string_equal(found.member, cases[i].member);
        json_decref(auth);
    }
}

static void parameters_are_texts(void **state)
{
    json_t *auth = least(SIGN_IN_CLIENT_CREDENTIALS);

    (void)state;
    json_object_set_new(auth, "parameters", json_pack("{s:s}", "realm", "x"));
    assert_int_equal(look(auth, SIGN_IN_CLIENT_CREDENTIALS).count, 0);
    json_object_set_new(auth, "parameters", json_pack("{s:i}", "realm", 1));
    assert_int_equal(look(auth, SIGN_IN_CLIENT_CREDENTIALS).count, 1);
    json_object_set_new(auth, "parameters", json_string("realm=x"));
    assert_int_equal(look(auth, SIGN_IN_CLIENT_CREDENTIALS).count, 1);
    json_decref(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_is_found_by_its_name),
        cmocka_unit_test(each_way_needs_what_it_needs),
        cmocka_unit_test(values_are_looked_at),
        cmocka_unit_test(parameters_are_texts),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
