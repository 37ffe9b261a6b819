/* people_throttle.c - attempts to sign in, counted by name and address.
 *
 * Five failures of a name from an address cost nothing, each further one twice the pause of the one
 * before, and the tenth half an hour (PCI DSS 8.3.4). Whoever guesses locks nobody else out: from
 * another address the name is free. Many names from one address are slowed in the same way, later.
 * A network of IPv6 is one address as far as /64, which one household has. What is counted is in
 * memory, and of a bounded size: when it is full, the oldest makes room. */
#include "designer-api/people_priv.h"

#include <string.h>

#define THROTTLE_MOST      10000u
#define THROTTLE_FREE      5u
#define THROTTLE_LOCK      10u
#define THROTTLE_LOCK_MS   (30 * 60 * INT64_C(1000))
#define THROTTLE_FORGET_MS (60 * 60 * INT64_C(1000))
#define ADDRESS_FREE       50u /* of all names together: a whole office can stand behind one */
#define ADDRESS_LOCK       100u

struct row {
    char key[HASH_TEXT];
    unsigned failures;
    int64_t last_ms, until_ms;
    struct row *next, *before; /* in the order of last_ms, the oldest first */
};
struct throttle {
    struct dict *rows;
    struct row *first, *last;
    size_t count;
};

struct throttle *throttle_new(void)
{
    struct throttle *throttle = mem_must(sizeof *throttle);

    throttle->rows = dict_new();
    return throttle;
}

static void row_unlink(struct throttle *throttle, struct row *row)
{
    if (row->before != NULL)
        row->before->next = row->next;
    else
        throttle->first = row->next;
    if (row->next != NULL)
        row->next->before = row->before;
    else
        throttle->last = row->before;
}

static void row_link(struct throttle *throttle, struct row *row)
{
    row->before = throttle->last;
    row->next = NULL;
    if (throttle->last != NULL)
        throttle->last->next = row;
    else
        throttle->first = row;
    throttle->last = row;
}

static void row_drop(struct throttle *throttle, struct row *row)
{
    row_unlink(throttle, row);
    dict_remove(throttle->rows, row->key);
    throttle->count--;
    mem_free(row);
}

void throttle_free(struct throttle *throttle)
{
    if (throttle == NULL)
        return;
    while (throttle->first != NULL)
        row_drop(throttle, throttle->first);
    dict_free(throttle->rows);
    mem_free(throttle);
}

void throttle_network(const char *address, char text[PEOPLE_ADDRESS])
{
    unsigned colons = 0;

    snprintf(text, PEOPLE_ADDRESS, "%s", address);
    for (char *at = text; *at != '\0'; at++)
        if (*at == ':' && (++colons == 4 || at[1] == ':')) {
            at[1] = '\0';
            return;
        }
}

static void row_key(const char *name, const char *address, char key[HASH_TEXT])
{
    char from[PEOPLE_ADDRESS];
    struct buf text;

    throttle_network(address, from);
    buf_init(&text, 8 * KIB);
    buf_addf(&text, "%s|%s", from, name);
    digest_text(buf_text(&text), text.len, key);
    buf_fini(&text);
}

static int64_t row_wait(struct throttle *throttle, int64_t now_ms, const char *name,
                        const char *address)
{
    char key[HASH_TEXT];
    const struct row *row;

    row_key(name, address, key);
    row = dict_find(throttle->rows, key);
    return row != NULL && row->until_ms > now_ms ? (row->until_ms - now_ms + 999) / 1000 : 0;
}

int64_t throttle_wait(struct throttle *throttle, int64_t now_ms, const char *name,
                      const char *address)
{
    int64_t own = row_wait(throttle, now_ms, name, address);
    int64_t all = row_wait(throttle, now_ms, "", address);

    return own > all ? own : all;
}

static unsigned row_failed(struct throttle *throttle, int64_t now_ms, const char *name,
                           const char *address, unsigned unpunished, unsigned lock)
{
    char key[HASH_TEXT];
    struct row *row;

    row_key(name, address, key);
    row = dict_find(throttle->rows, key);
    if (row != NULL && now_ms - row->last_ms > THROTTLE_FORGET_MS) {
        row_drop(throttle, row);
        row = NULL;
    }
    if (row == NULL) {
        if (throttle->count >= THROTTLE_MOST)
            row_drop(throttle, throttle->first);
        row = mem_must(sizeof *row);
        memcpy(row->key, key, sizeof key);
        dict_put(throttle->rows, key, row);
        throttle->count++;
    } else {
        row_unlink(throttle, row);
    }
    row_link(throttle, row);
    row->last_ms = now_ms;
    row->failures++;
    if (row->failures >= lock)
        row->until_ms = now_ms + THROTTLE_LOCK_MS;
    else if (row->failures > unpunished)
        row->until_ms =
            now_ms +
            (INT64_C(1000) << (row->failures - unpunished < 8 ? row->failures - unpunished : 8));
    return row->failures;
}

unsigned throttle_failed(struct throttle *throttle, int64_t now_ms, const char *name,
                         const char *address)
{
    row_failed(throttle, now_ms, "", address, ADDRESS_FREE, ADDRESS_LOCK);
    return row_failed(throttle, now_ms, name, address, THROTTLE_FREE, THROTTLE_LOCK);
}

/* What others failed from the same address stays counted: signing in with a name of one's own must
 * not make guessing free. */
void throttle_passed(struct throttle *throttle, const char *name, const char *address)
{
    char key[HASH_TEXT];
    struct row *row;

    row_key(name, address, key);
    row = dict_find(throttle->rows, key);
    if (row != NULL)
        row_drop(throttle, row);
}
