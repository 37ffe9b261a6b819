/* poll_cursor.c - what a poll keeps in the store: where it goes on, of which answer it has taken a
 * piece, and of which restore it has seen all again. */
#include <string.h>

#include "engine/poll_priv.h"
#include "engine/record.h"
#include "engine/run.h"

struct cursor_read {
    json_t *value;
    struct err e;
};

/* A cursor that cannot be read now is not one that is not there: the items would come again. */
static bool cursor_read(void *arg, const struct store_fact *fact)
{
    struct cursor_read *read = arg;

    read->value = json_read(fact->value, strlen(fact->value), &record_limits, &read->e);
    return false;
}

static json_t *fact_value(struct engine *engine, const struct poll *poll, enum store_fact_kind kind,
                          struct err *e)
{
    struct store_facts_filter filter = { .kind = kind, .key = poll->key };
    struct cursor_read read = { .value = NULL };

    e->code = ERR_OK;
    if (store_facts(engine->world.store, &filter, cursor_read, &read, e) == ERR_OK)
        *e = read.e;
    if (e->code == ERR_OK)
        return read.value;
    json_decref(read.value);
    return NULL;
}

json_t *poll__cursor(struct engine *engine, const struct poll *poll, struct err *e)
{
    return fact_value(engine, poll, FACT_CURSOR, e);
}

json_t *poll__since(struct engine *engine, struct poll *poll, const char *now, struct err *e)
{
    char value[CLOCK_TEXT + 2];
    struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_SINCE, .key = poll->key, .value = value
    };
    json_t *since = fact_value(engine, poll, FACT_SINCE, e);

    if (e->code != ERR_OK)
        return NULL;
    poll->since = true;
    if (since != NULL)
        return since;
    if (poll->first[0] == '\0')
        snprintf(poll->first, sizeof poll->first, "%s", now);
    snprintf(value, sizeof value, "\"%s\"", poll->first);
    engine_fact(engine, &fact); /* also after the store refused it */
    since = json_string(poll->first);
    if (since == NULL)
        err_set(e, ERR_MEMORY, "out of memory for the moment of its first poll");
    return since;
}

/* ---- Of a text of which nothing but an id is known */

static bool fact_copy(void *arg, const struct store_fact *fact)
{
    snprintf(arg, IDENT_TEXT + 2, "%s", fact->value);
    return false;
}

static void quoted(const char *id, char text[IDENT_TEXT + 2])
{
    snprintf(text, IDENT_TEXT + 2, "\"%s\"", id);
}

enum err_code poll__open_answer(struct engine *engine, const struct poll *poll,
                                char name[IDENT_TEXT], struct err *e)
{
    struct store_facts_filter filter = { .kind = FACT_ANSWER, .key = poll->key };
    char value[IDENT_TEXT + 2] = "";
    enum err_code rc = store_facts(engine->world.store, &filter, fact_copy, value, e);

    snprintf(name, IDENT_TEXT, "%.*s", value[0] != '\0' ? (int)strlen(value) - 2 : 0,
             value[0] != '\0' ? value + 1 : "");
    return rc;
}

/* ---- After a restore a cursor stands where it stood when the backup was made, and items come
 * again of which runs that are lost may have done everything: until an answer brings nothing new,
 * what its runs do outside waits for a person. */

static void restore_text(const struct engine *engine, char text[IDENT_TEXT + 2])
{
    char id[IDENT_TEXT];

    ident_text(engine->world.store->restored, id);
    quoted(id, text);
}

bool poll__is_again(struct engine *engine, struct poll *poll)
{
    struct store_facts_filter filter = { .kind = FACT_KNOWN, .key = poll->key };
    char restore[IDENT_TEXT + 2], known[IDENT_TEXT + 2] = "";
    struct err e;

    if (engine->world.store->restored == 0 || poll->caught_up)
        return false;
    restore_text(engine, restore);
    if (store_facts(engine->world.store, &filter, fact_copy, known, &e) != ERR_OK)
        return true;
    poll->caught_up = strcmp(known, restore) == 0;
    return !poll->caught_up;
}

void poll__catches_up(struct engine *engine, struct poll *poll)
{
    char restore[IDENT_TEXT + 2];
    struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_KNOWN, .key = poll->key, .value = restore
    };

    if (!poll__is_again(engine, poll))
        return;
    restore_text(engine, restore);
    engine_fact(engine, &fact);
    poll->caught_up = true;
}
