/* sign_request.c - what signs a request, against vectors that the vendors' own code has made
 * (tests/unit/signing/), and the general way against figures of OpenSSL's command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "vault/sign_request.h"

/* Sat, 21 Nov 2026 08:30:00 GMT */
#define NOW INT64_C(1795249800000)

struct given {
    char text[8000]; /* "Name: value\n" */
};

static bool give(void *arg, const char *name, const char *value)
{
    struct given *given = arg;
    size_t used = strlen(given->text);

    snprintf(given->text + used, sizeof given->text - used, "%s: %s\n", name, value);
    return true;
}

static bool give_nothing(void *arg, const char *name, const char *value)
{
    (void)arg, (void)name, (void)value;
    return false;
}

static void has(const struct given *given, const char *name, const char *value)
{
    char line[6000];

    snprintf(line, sizeof line, "%s: %s\n", name, value);
    if (strstr(given->text, line) == NULL)
        print_error("wanted %sgot %s\n", line, given->text);
    assert_non_null(strstr(given->text, line));
}

static json_t *vectors(const char *name)
{
    char path[500], *text;
    size_t size;
    struct err e;
    json_t *json;

    snprintf(path, sizeof path, "%s/tests/unit/signing/%s.json", SOURCE_DIR, name);
    assert_int_equal(file_read(path, MIB, &text, &size, &e), ERR_OK);
    json = json_read(text, size, &json_limits_flow, &e);
    assert_non_null(json);
    mem_free(text);
    return json;
}

/* ---- Cybersource */

static struct sign_key cybersource_key(const json_t *all)
{
    return (struct sign_key){ .user = json_get_text(all, "merchantId"),
                              .key_id = json_get_text(all, "keyId"),
                              .secret = json_get_text(all, "sharedSecretBase64"),
                              .secret_size = strlen(json_get_text(all, "sharedSecretBase64")) };
}

static void cybersource_signs_as_its_own_code(void **state)
{
    json_t *all = vectors("cybersource"), *one;
    struct sign_key key = cybersource_key(all);
    char url[400];
    struct err e;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(all, "vectors")), 4);
    json_array_foreach(json_object_get(all, "vectors"), i, one)
    {
        const char *body = json_get_text(one, "body");
        struct sign_request request = { .method = json_get_text(one, "method"),
                                        .url = url,
                                        .body = body,
                                        .body_size = body != NULL ? strlen(body) : 0,
                                        .now_ms = NOW };
        struct given given = { "" };

        snprintf(url, sizeof url, "https://%s%s", json_get_text(all, "host"),
                 json_get_text(one, "path"));
        assert_int_equal(sign_cybersource(&request, &key, give, &given, &e), ERR_OK);
        has(&given, "Signature", json_get_text(one, "signatureHeader"));
        has(&given, "Date", json_get_text(all, "date"));
        has(&given, "v-c-merchant-id", "acme_test");
        if (body != NULL)
            has(&given, "Digest", json_get_text(one, "digestHeader"));
        else
            assert_null(strstr(given.text, "Digest"));
    }
    json_decref(all);
}

static void cybersource_token_is_as_its_own(void **state)
{
    json_t *all = vectors("cybersource"), *one = json_array_get(json_object_get(all, "vectors"), 0);
    json_t *jwt = json_object_get(all, "jwtHs256");
    struct sign_key key = cybersource_key(all);
    const char *body = json_get_text(one, "body");
    struct sign_request request = { .method = "POST",
                                    .url = "https://apitest.cybersource.com/pts/v2/payments",
                                    .body = body,
                                    .body_size = strlen(body),
                                    .now_ms = NOW,
                                    .nonce = json_get_text(json_object_get(jwt, "claims"), "jti") };
    struct given given = { "" };
    char wanted[2000];
    struct err e;

    (void)state;
    snprintf(wanted, sizeof wanted, "Bearer %s", json_get_text(jwt, "token"));
    assert_int_equal(sign_cybersource_jwt(&request, &key, give, &given, &e), ERR_OK);
    has(&given, "Authorization", wanted);
    json_decref(all);
}

static void what_cannot_sign_is_told_without_it(void **state)
{
    struct sign_request request = {
        .method = "GET", .url = "https://h.example/x", .nonce = "n", .now_ms = NOW
    };
    struct sign_key key = { .user = "me", .key_id = "k", .secret = "no*base64", .secret_size = 9 };
    struct given given = { "" };
    struct err e;

    (void)state;
    assert_int_equal(sign_cybersource(&request, &key, give, &given, &e), ERR_AUTH);
    assert_null(strstr(e.text, "no*base64"));
    assert_non_null(strstr(e.text, "base64"));
    key.secret = "MDEyMw==", key.secret_size = 8;
    key.user = "";
    assert_int_equal(sign_cybersource(&request, &key, give, &given, &e), ERR_AUTH);
    key.user = "me", key.key_id = NULL;
    assert_int_equal(sign_cybersource_jwt(&request, &key, give, &given, &e), ERR_AUTH);
    key.key_id = "k", key.algorithm = "RS256";
    assert_int_equal(sign_cybersource_jwt(&request, &key, give, &given, &e), ERR_AUTH);
    key.algorithm = NULL;
    assert_string_equal(given.text, "");
    assert_int_equal(sign_cybersource(&request, &key, give_nothing, NULL, &e), ERR_LIMIT);
    request.url = "/relative";
    assert_int_equal(sign_cybersource(&request, &key, give, &given, &e), ERR_POLICY);
}

/* ---- Azure */

static void azure_signs_as_in_its_documents(void **state)
{
    json_t *all = vectors("azure_sas");
    struct sign_key key = { .user = json_get_text(all, "keyName"),
                            .secret = json_get_text(all, "key"),
                            .secret_size = strlen(json_get_text(all, "key")) };
    struct sign_request request = { .method = "POST", .url = "https://x.example/" };
    struct given given = { "" };
    struct err e;

    (void)state;
    request.now_ms = (json_get_int(all, "expiry", 0) - 900) * 1000;
    assert_int_equal(sign_azure_sas(&request, &key, json_get_text(all, "uri"), give, &given, &e),
                     ERR_OK);
    has(&given, "Authorization", json_get_text(all, "authorization"));
    json_decref(all);
}

/* ---- HMAC */

static void general(const struct sign_hmac_shape *shape, const char *method, const char *url,
                    const char *body, struct given *given)
{
    static const struct pair headers[] = { { "Content-Type", "application/json" } };
    struct sign_request request = { .method = method,
                                    .url = url,
                                    .body = body,
                                    .body_size = strlen(body),
                                    .headers = headers,
                                    .header_count = 1,
                                    .now_ms = NOW,
                                    .nonce = "0b6f1c9e-6a3f-4a77-9a0d-1f2e3d4c5b6a" };
    struct sign_key key = { .user = "acme", .key_id = "k1", .secret = "hush", .secret_size = 4 };
    struct err e;

    given->text[0] = '\0';
    assert_int_equal(sign_hmac_request(&request, &key, shape, give, given, &e), ERR_OK);
}

static void the_body_is_signed(void **state)
{
    struct given given;

    (void)state;
    /* printf '{"a":1}' | openssl dgst -sha256 -hmac hush */
    general(&(struct sign_hmac_shape){ .header = "X-Signature" }, "POST", "https://h.example/x",
            "{\"a\":1}", &given);
    has(&given, "X-Signature", "dfe62afd3a708ea27b217b8cabc11f103edbfb2d176e892a38a2d475a803c4c2");
    general(&(struct sign_hmac_shape){ .header = "X-Signature",
                                       .encoding = "base64",
                                       .algorithm = "sha512",
                                       .value = "v1={signature}" },
            "POST", "https://h.example/x", "{\"a\":1}", &given);
    has(&given, "X-Signature",
        "v1=dpV/wu4YSnNFY6It9hIVNUgTUOvnAH0IDq28TkOPzLOUHqA50Qa3bhVHYDWe"
        "nZRCUHiP6/FxzdZhzPs1VrvNKA==");
}

static void a_canonical_text_is_signed(void **state)
{
    struct given given;

    (void)state;
    general(
        &(struct sign_hmac_shape){
            .header = "Authorization",
            .text = "{method}\n{host}\n{path}\n{query}\n{timestamp}\n{nonce}\n{body_sha256}\n"
                    "{header.content-type}\n{{{key_id}}}",
            .value = "HMAC {user}:{signature}",
            .encoding = "base64url",
            .timestamp_header = "X-Time",
            .nonce_header = "X-Nonce",
            .timestamp = "milliseconds" },
        "PUT", "https://h.example:443/a/b?c=d#e", "{\"a\":1}", &given);
    has(&given, "Authorization", "HMAC acme:tGSQAur7m7-iRSlCqLkAOkG77IToBjTUutrFabQqx30");
    has(&given, "X-Time", "1795249800000");
    has(&given, "X-Nonce", "0b6f1c9e-6a3f-4a77-9a0d-1f2e3d4c5b6a");
}

static void places_are_what_they_say(void **state)
{
    static const struct {
        const char *value, *wanted;
    } cases[] = {
        { "{method} {method_lower}", "POST post" },
        { "{scheme}|{host}|{path}|{query}|{target}", "http|h.example:8080|/||/?" },
        { "{body}", "x" },
        { "{body_sha256_base64}", "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=" },
        { "{body_md5_base64}", "ndTkYSaMgDT1yFZOFVxnpg==" },
        { "{header.none}-", "-" },
        { "{{x}}", "{x}" },
    };
    struct given given;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *url = i == 1 ? "http://h.example:8080?" : "https://h.example/";

        general(&(struct sign_hmac_shape){ .header = "H", .value = cases[i].value }, "POST", url,
                "x", &given);
        has(&given, "H", cases[i].wanted);
    }
    general(&(struct sign_hmac_shape){ .header = "H", .value = "{timestamp}", .timestamp = "iso" },
            "GET", "https://h.example", "", &given);
    has(&given, "H", "2026-11-21T08:30:00.000Z");
    general(&(struct sign_hmac_shape){ .header = "H", .value = "{timestamp}", .timestamp = "http" },
            "GET", "https://h.example", "", &given);
    has(&given, "H", "Sat, 21 Nov 2026 08:30:00 GMT");
}

static void texts_are_checked(void **state)
{
    static const char *const wrong[] = { "{body",       "}",         "{nothing}", "{}",
                                         "{signature}", "{header.}", "a{{b}" };
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(sign_hmac_text_check(wrong[i], false, &e), ERR_INVALID);
    assert_int_equal(sign_hmac_text_check("{signature}", true, &e), ERR_OK);
    assert_int_equal(sign_hmac_text_check("{header.X-Y}{{{body}}}", false, &e), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cybersource_signs_as_its_own_code),
        cmocka_unit_test(cybersource_token_is_as_its_own),
        cmocka_unit_test(what_cannot_sign_is_told_without_it),
        cmocka_unit_test(azure_signs_as_in_its_documents),
        cmocka_unit_test(the_body_is_signed),
        cmocka_unit_test(a_canonical_text_is_signed),
        cmocka_unit_test(places_are_what_they_say),
        cmocka_unit_test(texts_are_checked),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
