/* answers.c - see answers.h. */
#include "engine/answers.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"

/* "posted[17]/look" as "posted[]/look": whichever item or turn it is. */
static void step_any(const char *step, struct buf *any)
{
    for (; *step != '\0'; step++) {
        buf_add(any, step, 1);
        if (*step == '[')
            step += strcspn(step, "]") - 1;
    }
}

static const json_t *attempt_next(struct answers *answers, const char *step)
{
    const json_t *given = json_object_get(answers->given, step);
    size_t asked, last;
    struct buf any;

    if (given == NULL && strchr(step, '[') != NULL && strstr(step, "[]") == NULL) {
        buf_init(&any, 64 * KIB);
        step_any(step, &any);
        given = attempt_next(answers, buf_text(&any));
        buf_fini(&any);
        return given;
    }

    if (answers->asked == NULL)
        answers->asked = json_object();
    asked = (size_t)json_get_int(answers->asked, step, 0);
    json_object_set_new(answers->asked, step, json_integer((json_int_t)asked + 1));
    if (!json_is_array(given) || json_array_size(given) == 0)
        return given;
    last = json_array_size(given) - 1;
    return json_array_get(given, asked < last ? asked : last);
}

json_t *answers_next(struct answers *answers, const char *step, struct err *e)
{
    const json_t *answer = attempt_next(answers, step), *error = json_object_get(answer, "error");
    const char *kind = json_get_text(error, "kind"), *text = json_get_text(error, "text");
    enum err_code code;

    if (error == NULL)
        return json_incref(json_object_get(answer, "output"));
    if (kind == NULL || !err_find(kind, &code) || code == ERR_OK)
        code = ERR_INVALID;
    err_set(e, code, "%.300s", text != NULL ? text : "the test says so");
    return NULL;
}

void answers_free(struct answers *answers)
{
    json_decref(answers->given);
    json_decref(answers->asked);
}

json_t *asked_body(const struct step_ask *ask)
{
    struct err e;
    json_t *body;

    if (ask->body == NULL)
        return json_null();
    body = json_read(ask->body, ask->body_size, &json_limits_body, &e);
    if (body == NULL)
        body = json_stringn(ask->body, ask->body_size);
    return body != NULL ? body : json_string("(bytes that are no text)");
}
