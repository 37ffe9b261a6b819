/* recent.c - see recent.h. */
#include "designer-api/recent.h"

#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/ident.h"
#include "base/mem.h"
#include "base/table.h"

struct resting {
    struct resting *next, *before; /* in the order of their last use, the oldest first */
    char key[DIGEST_TEXT];
    _Alignas(max_align_t) unsigned char row[];
};

struct recent {
    struct dict *by_key;
    struct resting *first, *last;
    size_t most, row_size;
};

struct recent *recent_new(size_t most, size_t row_size)
{
    struct recent *recent = mem_must(sizeof *recent);

    *recent = (struct recent){ .by_key = dict_new(), .most = most, .row_size = row_size };
    return recent;
}

static void resting_unlink(struct recent *recent, struct resting *one)
{
    if (one->before != NULL)
        one->before->next = one->next;
    else
        recent->first = one->next;
    if (one->next != NULL)
        one->next->before = one->before;
    else
        recent->last = one->before;
}

static void resting_link(struct recent *recent, struct resting *one)
{
    one->before = recent->last;
    one->next = NULL;
    if (recent->last != NULL)
        recent->last->next = one;
    else
        recent->first = one;
    recent->last = one;
}

static void resting_end(struct recent *recent, struct resting *one)
{
    resting_unlink(recent, one);
    dict_remove(recent->by_key, one->key);
    mem_free(one);
}

void recent_free(struct recent *recent)
{
    if (recent == NULL)
        return;
    while (recent->first != NULL)
        resting_end(recent, recent->first);
    dict_free(recent->by_key);
    mem_free(recent);
}

static struct resting *resting_find(const struct recent *recent, const char *key,
                                    char digest[DIGEST_TEXT])
{
    digest_text(key, strlen(key), digest);
    return dict_find(recent->by_key, digest);
}

void *recent_find(const struct recent *recent, const char *key)
{
    char digest[DIGEST_TEXT];
    struct resting *one = resting_find(recent, key, digest);

    return one != NULL ? one->row : NULL;
}

void *recent_use(struct recent *recent, const char *key, bool *made)
{
    char digest[DIGEST_TEXT];
    struct resting *one = resting_find(recent, key, digest);

    *made = one == NULL;
    if (one != NULL) {
        resting_unlink(recent, one);
    } else {
        if (dict_count(recent->by_key) >= recent->most)
            resting_end(recent, recent->first);
        one = mem_must(sizeof *one + recent->row_size);
        memset(one, 0, sizeof *one + recent->row_size);
        memcpy(one->key, digest, sizeof digest);
        dict_put(recent->by_key, digest, one);
    }
    resting_link(recent, one);
    return one->row;
}

void recent_drop(struct recent *recent, const char *key)
{
    char digest[DIGEST_TEXT];
    struct resting *one = resting_find(recent, key, digest);

    if (one != NULL)
        resting_end(recent, one);
}
