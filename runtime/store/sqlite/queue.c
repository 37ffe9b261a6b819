/* queue.c - see queue_priv.h. */
#include "store/sqlite/queue_priv.h"

#include "base/limits.h"

#define QUEUE_GROUP       512u       /* batches in one transaction: bounds the wait of the first */
#define QUEUE_GROUP_BYTES (8u * MIB) /* and the memory that its pages take */

void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

void queue_add(struct queue *queue, struct store_batch *batch)
{
    batch->next = NULL;
    *queue->end = batch;
    queue->end = &batch->next;
}

/* Moves all of `from` behind what is in `to`. */
void queue_move(struct queue *to, struct queue *from)
{
    if (from->first == NULL)
        return;
    *to->end = from->first;
    to->end = from->end;
    queue_init(from);
}

/* What a unit brings to a transaction; adds how many batches it is. */
static size_t unit_bytes(const struct store_batch *unit, unsigned *count)
{
    size_t bytes = 0;

    for (const struct store_batch *batch = unit; batch != NULL; batch = batch->with, ++*count)
        bytes += batch->accept.input_size + batch->entries_size +
                 (batch->facts != NULL ? batch->facts->bytes : 0);
    return bytes;
}

/* Takes what one transaction may hold. */
void queue_take_group(struct queue *group, struct queue *queue)
{
    size_t bytes = 0;
    unsigned count = 0;

    queue_init(group);
    while (count < QUEUE_GROUP && queue->first != NULL) {
        struct store_batch *unit = queue->first;

        bytes += unit_bytes(unit, &count);
        if (group->first != NULL && bytes > QUEUE_GROUP_BYTES)
            return;
        queue->first = unit->next;
        if (queue->first == NULL)
            queue->end = &queue->first;
        queue_add(group, unit);
    }
}

void queue_free(struct queue *queue)
{
    while (queue->first != NULL) {
        struct store_batch *unit = queue->first, *batch;

        queue->first = unit->next;
        while ((batch = unit) != NULL) {
            unit = batch->with;
            store_batch_free(batch);
        }
    }
    queue_init(queue);
}
