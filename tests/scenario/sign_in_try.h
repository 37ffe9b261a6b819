/* sign_in_try.h - what the tests of signing in share: a flow whose connection signs in as a test
 * says, and what was sent. */
#ifndef SCENARIO_SIGN_IN_TRY_H
#define SCENARIO_SIGN_IN_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/secret.h"
#include "world/stage.h"

/* In the texts below ' stands for ". */
#define FLOW(path, auth, secrets)                                                              \
    "{'flow': {'weft': 1, 'name': 't', 'nodes': [{'id': 'in', 'type': 'trigger.webhook', "     \
    "'config': {'path': '" path "', 'verify': {'type': 'none'}}}, {'id': 'post', 'type': "     \
    "'connector.http', 'connection': 'erp', 'config': {'method': 'POST', 'path': '/erp?q=1', " \
    "'body': {'n': '=trigger.body.n'}, 'effect': 'keyed', 'key_header': 'Idempotency-Key'}, "  \
    "'retry': {'attempts': 1}}], 'edges': [{'from': 'in', 'to': 'post'}]}, 'connections': "    \
    "{'weft': 1, 'connections': {'erp': {'connector': 'http', 'base_url': "                    \
    "'https://erp.example', 'auth': {" auth "}, 'secrets': {" secrets "}}}}}"
#define ENV_SECRET  "'s': {'env': 'STAGE_SECRET'}"
#define VAULT(name) "'" name "': {'vault': '" name "'}"
#define LOGIN       "'token_url': 'https://login.example/token', 'client_id': 'app'"
#define CLIENT      "'type': 'oauth2_client_credentials', 'secret': 's', " LOGIN


static inline void quoted(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            *text = '"';
}

static inline void deploy(struct stage *stage, const char *slug, const char *bundle)
{
    char *text = mem_must_copy(bundle);

    quoted(text);
    stage_deploy(stage, slug, text);
    mem_free(text);
}

static inline void answers(struct stage *stage, const char *part, const struct fake_answer *list,
                    size_t count)
{
    fake_http_script(stage_http(stage), part, list, count);
}

static inline uint64_t post(struct stage *stage, const char *path)
{
    uint64_t request = stage_post(stage, path, "{\"n\": 1}");

    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    return stage_run_id(stage, request);
}

static inline void is(struct stage *stage, uint64_t run, const char *status)
{
    assert_string_equal(stage_status(stage, run), status);
}

static inline size_t count(struct stage *stage, const char *part)
{
    return fake_http_count(stage_http(stage), part);
}

static inline const struct fake_sent *sent(struct stage *stage, const char *part, size_t index)
{
    return fake_http_sent(stage_http(stage), part, index);
}

static inline void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
}

static inline void lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("%s in %s", part, text);
}

static inline void keep(struct stage *stage, const char *name, const char *value)
{
    json_t *origins = json_pack("[s, s]", "https://login.example", "https://erp.example");
    struct err e;

    assert_int_equal(engine_secret_set(stage_engine(stage), "main", name, value, strlen(value),
                                       origins, "test", &e),
                     ERR_OK);
    json_decref(origins);
}

static inline const char *pem_key(void)
{
    static char text[8000];
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_true(BIO_read(bio, text, sizeof text - 1) > 0);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return text;
}

#endif
