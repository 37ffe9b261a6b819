/* people_throttle.c - attempts to sign in, counted by name and address.
 *
 * Five failures of a name from an address cost nothing, each further one twice the pause of the one
 * before, and the tenth half an hour (PCI DSS 8.3.4). Whoever guesses locks nobody else out: from
 * another address the name is free. Many names from one address are slowed in the same way, later.
 * A network of IPv6 is one address as far as /64, which one household has. What is counted is in
 * memory, and of a bounded size: when it is full, the oldest makes room. */
#include "designer-api/people_priv.h"

#include <arpa/inet.h>
#include <string.h>

#include "designer-api/recent.h"

#define THROTTLE_MOST      10000u
#define THROTTLE_FREE      5u
#define THROTTLE_LOCK      10u
#define THROTTLE_LOCK_MS   (30 * 60 * INT64_C(1000))
#define THROTTLE_FORGET_MS (60 * 60 * INT64_C(1000))
#define ADDRESS_FREE       50u /* of all names together: a whole office can stand behind one */
#define ADDRESS_LOCK       100u

struct row {
    unsigned failures;
    int64_t last_ms, until_ms;
};
struct throttle {
    struct recent *rows;
};

struct throttle *throttle_new(void)
{
    struct throttle *throttle = mem_must(sizeof *throttle);

    throttle->rows = recent_new(THROTTLE_MOST, sizeof(struct row));
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (throttle == NULL)
        return;
    recent_free(throttle->rows);
    mem_free(throttle);
}

void throttle_network(const char *address, char text[PEOPLE_ADDRESS])
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET6, address, bytes) != 1) {
        snprintf(text, PEOPLE_ADDRESS, "%s", address);
        return;
    }
    memset(bytes + 8, 0, 8);
    check(inet_ntop(AF_INET6, bytes, text, PEOPLE_ADDRESS) != NULL);
}

static void row_key(const char *name, const char *address, struct buf *key)
{
    char from[PEOPLE_ADDRESS];

    throttle_network(address, from);
    buf_init(key, 8 * KIB);
    buf_addf(key, "%s|%s", from, name);
}

static int64_t row_wait(struct throttle *throttle, int64_t now_ms, const char *name,
                        const char *address)
{
    const struct row *row;
    struct buf key;

    row_key(name, address, &key);
    row = recent_find(throttle->rows, buf_text(&key));
    buf_fini(&key);
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
    struct row *row;
    struct buf key;
    bool made;

    row_key(name, address, &key);
    row = recent_use(throttle->rows, buf_text(&key), &made);
    buf_fini(&key);
    if (!made && now_ms - row->last_ms > THROTTLE_FORGET_MS)
        *row = (struct row){ .failures = 0 };
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
    struct buf key;

    row_key(name, address, &key);
    recent_drop(throttle->rows, buf_text(&key));
    buf_fini(&key);
}
