/* action_batch.c - an action that takes many at once: what the system says of each of them. */
#include "base/json.h"
#include "nodes/connector/action_priv.h"

/* The result that belongs to an item; NULL: there is none. */
static json_t *batch_result(const struct manifest_batch *batch, json_t *results, json_t *item,
                            size_t index)
{
    json_t *id, *result;
    size_t i;

    if (batch->item_id == NULL)
        return json_array_get(results, index);
    id = reply_find(item, batch->item_id);
    json_array_foreach(results, i, result)
    {
        const json_t *named = reply_find(result, batch->result_id);

        if (id != NULL && named != NULL && json_same(id, named))
            return result;
    }
    return NULL;
}

static json_t *batch_told(const struct manifest_batch *batch, json_t *result, size_t index,
                          bool *refused)
{
    json_t *message = NULL;

    *refused = batch->failed != NULL && manifest_when(batch->failed, result);
    if (*refused && batch->message != NULL)
        message = reply_find(result, batch->message);
    return json_pack("{s:I, s:b, s:O, s:O*}", "index", (json_int_t)index, "ok", !*refused, "result",
                     result, "error", message);
}

json_t *action__batch(const struct action *action, json_t *input, json_t *body, struct err *e)
{
    const struct manifest_batch *batch = &action->batch;
    json_t *items = reply_find(input, batch->items), *results = reply_find(body, batch->results);
    json_t *list = json_array(), *item, *output = NULL;
    size_t failed = 0, i;

    if (!json_is_array(results)) {
        err_set(e, ERR_TRANSIENT, "the answer has no list \"%.80s\" of what became of each",
                batch->results);
        goto out;
    }
    json_array_foreach(items, i, item)
    {
        json_t *result = batch_result(batch, results, item, i);
        bool refused = false;

        if (result == NULL) {
            err_set(e, ERR_IN_DOUBT, "the answer does not say what became of item %zu of %zu", i,
                    json_array_size(items));
            goto out;
        }
        json_array_append_new(list, batch_told(batch, result, i, &refused));
        failed += refused;
    }
    if (json_array_size(list) != json_array_size(items))
        err_set(e, ERR_MEMORY, "no memory for the output");
    else
        output = json_pack("{s:O, s:I}", "results", list, "failed", (json_int_t)failed);
out:
    json_decref(list);
    return output;
}
