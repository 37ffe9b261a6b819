/* fake_sql.c - a database of one script. */
#include "world/fake_sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define FAKE_SQL_ASKED 100

struct fake_sql {
    struct odbc odbc; /* first */
    const struct fake_sql_answer *answers;
    size_t answer_count, count;
    char *asked[FAKE_SQL_ASKED];
};

static char *asked_text(const struct odbc_login *login, const struct sql_ask *ask)
{
    struct buf text;
    char *copy;

    buf_init(&text, MIB);
    buf_addf(&text, "%s %s:%s@%s", ask->reads ? "reads" : "changes", login->user, login->password,
             login->host);
    for (size_t i = 0; i < ask->count; i++) {
        buf_addf(&text, "%s%s |", i == 0 ? " " : "\n", ask->list[i].text);
        for (size_t j = 0; j < ask->list[i].param_count; j++) {
            const struct sql_param *param = &ask->list[i].params[j];

            buf_addf(&text, " %s%s=", param->name, param->out ? "!" : "");
            json_write(&text, param->value != NULL ? param->value : json_null());
            if (param->as != SQL_AS_AUTO)
                buf_addf(&text, "/%s", sql_as_name(param->as));
        }
    }
    copy = mem_must_copy(buf_text(&text));
    buf_fini(&text);
    return copy;
}

static json_t *answer_json(const char *answer)
{
    char *text = mem_must_copy(answer != NULL ? answer : "{'count': 1}");
    json_t *json;
    struct err e;

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json = json_read(text, strlen(text), &json_limits_reply, &e);
    assert_non_null(json);
    mem_free(text);
    return json;
}

static enum err_code fake_run(struct odbc *odbc, const struct odbc_login *login,
                              struct sql_ask *ask, const atomic_bool *given_up, bool *sent,
                              struct err *e)
{
    static const struct fake_sql_answer fine = { .code = ERR_OK };
    struct fake_sql *fake = (struct fake_sql *)odbc;
    size_t index = fake->count < fake->answer_count ? fake->count : fake->answer_count - 1;
    const struct fake_sql_answer *answer = fake->answer_count > 0 ? &fake->answers[index] : &fine;

    (void)given_up;
    assert_true(fake->count < FAKE_SQL_ASKED);
    fake->asked[fake->count++] = asked_text(login, ask);
    *sent = answer->sent;
    if (answer->code != ERR_OK)
        return err_set(e, answer->code, "the database is away");
    if (answer->refusal != ERR_OK) {
        err_set(&ask->refusal, answer->refusal, "SQLSTATE 12345: the database says no");
        memcpy(ask->state, "12345", 6);
        return ERR_OK;
    }
    for (size_t i = 0; i < ask->count; i++)
        ask->list[i].answer = answer_json(answer->answer);
    return ERR_OK;
}

struct fake_sql *fake_sql_new(void)
{
    struct fake_sql *fake = mem_must(sizeof *fake);

    fake->odbc.run = fake_run;
    return fake;
}

struct odbc *fake_sql_odbc(struct fake_sql *fake)
{
    return &fake->odbc;
}

void fake_sql_free(struct fake_sql *fake)
{
    for (size_t i = 0; i < fake->count; i++)
        mem_free(fake->asked[i]);
    mem_free(fake);
}

void fake_sql_script(struct fake_sql *fake, const struct fake_sql_answer *answers, size_t count)
{
    fake->answers = answers;
    fake->answer_count = count;
}

size_t fake_sql_count(const struct fake_sql *fake)
{
    return fake->count;
}

const char *fake_sql_asked(const struct fake_sql *fake, size_t index)
{
    assert_true(index < fake->count);
    return fake->asked[index];
}
