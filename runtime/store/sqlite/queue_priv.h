/* queue_priv.h - units in the order of their coming: a unit is a batch, or several that hang on it
 * by `with`. */
#ifndef STORE_SQLITE_QUEUE_PRIV_H
#define STORE_SQLITE_QUEUE_PRIV_H

#include "store/store.h"

struct queue {
    struct store_batch *first;
    struct store_batch **end;
};
void queue_init(struct queue *queue);
void queue_add(struct queue *queue, struct store_batch *unit);
void queue_move(struct queue *to, struct queue *from); /* all of `from` behind what is in `to` */
void queue_take_group(struct queue *group, struct queue *queue); /* what one transaction may hold */
void queue_free(struct queue *queue);                  /* the batches; then it is empty */

#endif
