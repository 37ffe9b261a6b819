/* bulk.c - see bulk.h. */
#include "designer-api/bulk.h"

#include "base/check.h"
#include "base/mem.h"

#define BULK_SLICE 8u /* items in one turn */

struct bulk {
    struct ask_later *later;
    bulk_act_fn *act;
    bool dry;
    json_t *out, *items;
    size_t at;       /* the next one to be acted on */
    unsigned flying; /* told nothing yet */
    bool ended;      /* all were acted on */
    int64_t done, refused;
};
struct bulk_one {
    struct bulk *bulk;
    json_t *item; /* borrowed of bulk->items */
};

static void bulk_end(struct bulk *bulk)
{
    if (!bulk->ended || bulk->flying > 0)
        return;
    json_object_set_new_nocheck(bulk->out, "done", json_integer(bulk->done));
    json_object_set_new_nocheck(bulk->out, "refused", json_integer(bulk->refused));
    later_give(bulk->later, 200, bulk->out);
    mem_free(bulk);
}

/* Nothing more is begun. */
static void bulk_drop(void *arg)
{
    struct bulk *bulk = arg;

    bulk->ended = true;
    bulk_end(bulk);
}

void bulk_refused(json_t *item, const struct err *e)
{
    json_object_set_new_nocheck(item, "refused", json_string(e->text));
    json_object_set_new_nocheck(item, "code", json_string(err_name(e->code)));
}

static void bulk_told(void *arg, const struct err *e)
{
    struct bulk_one *one = arg;
    struct bulk *bulk = one->bulk;

    if (e->code == ERR_OK) {
        json_object_set_new_nocheck(one->item, "done", json_true());
        bulk->done++;
    } else {
        bulk_refused(one->item, e);
        bulk->refused++;
    }
    mem_free(one);
    bulk->flying--;
    bulk_end(bulk);
}

static void bulk_do(struct bulk *bulk, struct ask *ask, json_t *item)
{
    struct bulk_one *one;
    struct err e;

    if (json_object_get(item, "refused") != NULL) {
        bulk->refused++;
        return;
    }
    one = mem_must(sizeof *one);
    *one = (struct bulk_one){ bulk, item };
    bulk->flying++; /* first: it may be told at once */
    if (bulk->act(ask, item, bulk->dry, bulk_told, one, &e) != ERR_OK) {
        bulk_refused(item, &e);
        bulk->refused++;
    } else if (bulk->dry) {
        json_object_set_new_nocheck(item, "would", json_true());
        bulk->done++;
    } else {
        return;
    }
    bulk->flying--;
    mem_free(one);
}

/* A slice, then the others have their turn: the work is asked for again, to do nothing. */
static void bulk_slice(struct beside_ask *look)
{
    struct bulk *bulk = look->kept;

    for (unsigned i = 0; i < BULK_SLICE && bulk->at < json_array_size(bulk->items); i++)
        bulk_do(bulk, &look->ask, json_array_get(bulk->items, bulk->at++));
    if (bulk->at < json_array_size(bulk->items)) {
        beside_again(look);
        return;
    }
    look->kept = NULL;
    bulk_drop(bulk);
}

static void bulk_rest(struct beside_ask *look)
{
    (void)look;
}

void bulk_begin(struct beside_ask *look, const char *list, bool dry, bulk_act_fn *act)
{
    struct bulk *bulk;

    if (look->e.code != ERR_OK) {
        ask_refuse(&look->ask, &look->e);
        return;
    }
    bulk = mem_must(sizeof *bulk);
    bulk->later = ask_later(&look->ask);
    bulk->dry = dry;
    bulk->act = act;
    bulk->out = json_incref(look->value);
    bulk->items = json_object_get(bulk->out, list);
    check(json_is_array(bulk->items));
    look->kept = bulk;
    look->drop = bulk_drop;
    look->work = bulk_rest;
    look->answer = bulk_slice;
    bulk_slice(look);
}
