/* fake_http.c - see fake_http.h. */
#include "world/fake_http.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"

#define FAKE_SCRIPTS 16
#define FAKE_SENT    4096

struct fake_open {
    uint64_t id, tag;
    http_out_fn *done;
    void *owner;
    struct fake_answer answer;
};
struct fake_http {
    struct http_out out;
    uint64_t last;
    struct {
        const char *part;
        const struct fake_answer *answers;
        size_t count, used;
        fake_peer_fn *peer; /* in place of answers; NULL: none */
        void *arg;
    } scripts[FAKE_SCRIPTS];
    size_t script_count;
    struct fake_sent sent[FAKE_SENT];
    size_t sent_count;
    struct fake_open open[FAKE_SENT];
    size_t open_count;
};

static struct fake_answer fake_next(struct fake_http *fake, const struct fake_sent *sent)
{
    size_t i;

    for (i = fake->script_count; i-- > 0;) {
        if (strstr(sent->url, fake->scripts[i].part) == NULL)
            continue;
        if (fake->scripts[i].peer != NULL)
            return fake->scripts[i].peer(fake->scripts[i].arg, sent);
        if (fake->scripts[i].used + 1 < fake->scripts[i].count)
            return fake->scripts[i].answers[fake->scripts[i].used++];
        return fake->scripts[i].answers[fake->scripts[i].count - 1];
    }
    return (struct fake_answer){ .status = 404, .body = "{}" };
}

static uint64_t fake_send(struct http_out *out, const struct http_ask *ask, http_out_fn *done,
                          void *owner, uint64_t tag)
{
    struct fake_http *fake = (struct fake_http *)out;
    struct fake_sent *sent = &fake->sent[fake->sent_count++];
    struct buf headers;
    size_t i;

    check(fake->sent_count < FAKE_SENT && fake->open_count < FAKE_SENT);
    buf_init(&headers, 64 * KIB);
    for (i = 0; i < ask->header_count; i++)
        buf_addf(&headers, "%s: %s\n", ask->headers[i].name, ask->headers[i].value);
    *sent = (struct fake_sent){ mem_must_copy(ask->method), mem_must_copy(ask->url),
                                mem_must_copy_n(ask->body != NULL ? ask->body : "", ask->body_size),
                                mem_must_copy(buf_text(&headers)), ask->effect };
    buf_fini(&headers);
    fake->open[fake->open_count++] =
        (struct fake_open){ ++fake->last, tag, done, owner, fake_next(fake, sent) };
    return fake->last;
}

static void fake_cancel(struct http_out *out, uint64_t id)
{
    struct fake_http *fake = (struct fake_http *)out;
    size_t i;

    for (i = 0; i < fake->open_count; i++)
        if (fake->open[i].id == id)
            fake->open[i].done = NULL;
}

static void fake_close(struct http_out *out)
{
    (void)out; /* fake_http_free() */
}

size_t fake_http_deliver(struct fake_http *fake)
{
    struct fake_open now[FAKE_SENT];
    size_t count = fake->open_count, given = 0, i;

    memcpy(now, fake->open, count * sizeof *now);
    fake->open_count = 0;
    for (i = 0; i < count; i++) {
        const struct fake_answer *a = &now[i].answer;
        struct http_pair headers[] = { { a->header, a->value }, a->more[0], a->more[1] };
        struct http_reply reply = {
            .code = a->status != 0 ? ERR_OK : a->code,
            .sent = !a->not_sent,
            .status = a->status,
            .headers = headers,
            .header_count = a->header == NULL         ? 0
                            : a->more[0].name == NULL ? 1
                            : a->more[1].name == NULL ? 2
                                                      : 3,
            .body = a->body != NULL ? a->body : "",
            .body_size = a->body != NULL ? strlen(a->body) : 0,
            .sized = true,
            .text = a->status != 0 ? NULL : "the wire broke",
        };

        if (now[i].done == NULL)
            continue;
        given++;
        now[i].done(now[i].owner, now[i].tag, &reply);
    }
    return given;
}

void fake_http_drop(struct fake_http *fake)
{
    fake->open_count = 0;
}

size_t fake_http_open(const struct fake_http *fake)
{
    return fake->open_count;
}

static size_t fake_place(struct fake_http *fake, const char *part)
{
    size_t i;

    for (i = 0; i < fake->script_count && strcmp(fake->scripts[i].part, part) != 0; i++)
        ;
    check(i < FAKE_SCRIPTS);
    if (i == fake->script_count)
        fake->script_count++;
    fake->scripts[i].part = part;
    fake->scripts[i].peer = NULL;
    return i;
}

void fake_http_play(struct fake_http *fake, const char *part, fake_peer_fn *peer, void *arg)
{
    size_t i = fake_place(fake, part);

    fake->scripts[i].peer = peer;
    fake->scripts[i].arg = arg;
}

void fake_http_script(struct fake_http *fake, const char *part, const struct fake_answer *answers,
                      size_t count)
{
    size_t i = fake_place(fake, part);

    check(count > 0);
    fake->scripts[i].answers = answers;
    fake->scripts[i].count = count;
    fake->scripts[i].used = 0;
}

size_t fake_http_count(const struct fake_http *fake, const char *part)
{
    size_t i, count = 0;

    for (i = 0; i < fake->sent_count; i++)
        count += strstr(fake->sent[i].url, part) != NULL;
    return count;
}

const struct fake_sent *fake_http_sent(const struct fake_http *fake, const char *part, size_t index)
{
    size_t i;

    for (i = 0; i < fake->sent_count; i++)
        if (strstr(fake->sent[i].url, part) != NULL && index-- == 0)
            return &fake->sent[i];
    return NULL;
}

struct fake_http *fake_http_new(void)
{
    struct fake_http *fake = mem_must(sizeof *fake);

    fake->out = (struct http_out){ fake_send, fake_cancel, fake_close, NULL };
    return fake;
}

struct http_out *fake_http_out(struct fake_http *fake)
{
    return &fake->out;
}

void fake_http_free(struct fake_http *fake)
{
    size_t i;

    for (i = 0; i < fake->sent_count; i++) {
        mem_free(fake->sent[i].method);
        mem_free(fake->sent[i].url);
        mem_free(fake->sent[i].body);
        mem_free(fake->sent[i].headers);
    }
    mem_free(fake);
}
