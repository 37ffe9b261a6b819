/* http_both.c - the client and the listener on one loop that really waits: whatever phase of a turn
 * a call is made in, whatever turn an answer is made in, the loop wakes for it by itself. */
#include "wire.h"

#include "base/mem.h"
#include "io/egress.h"
#include "io/http_in.h"
#include "io/http_out.h"

#define CALLS 200

struct both {
    struct loop *loop;
    struct log log;
    struct http_in *in;
    struct http_out *out;
    struct egress *egress;
    struct mailbox *mailbox;
    int64_t patience; /* steady_ms */
    bool out_of_patience;
    enum { FROM_DONE, FROM_HOOK, FROM_MAILBOX, FROM_WORK } from;
    bool later; /* requests are answered in a hook, not in receive() */
    uint64_t waiting[CALLS];
    size_t waiting_count;
    unsigned wanted; /* calls to make in the phase chosen */
    unsigned sent;
    unsigned done;
};

static void both_send(struct both *b);

static void both_done(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct both *b = owner;

    assert_int_equal(reply->code, ERR_OK);
    assert_int_equal(reply->status, 200);
    assert_int_equal(tag, b->done);
    if (++b->done == CALLS) {
        loop_stop(b->loop);
        return;
    }
    b->wanted++;
    if (b->from == FROM_DONE)
        both_send(b);
    else if (b->from == FROM_MAILBOX)
        mailbox_ring(b->mailbox);
}

static void both_send(struct both *b)
{
    char url[64];
    struct http_ask ask = { .method = "POST", .url = url, .body = "x", .body_size = 1 };

    ask.effect = b->sent % 3 == 0;
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", http_in_port(b->in));
    b->wanted--;
    http_out_send(b->out, &ask, both_done, b, b->sent++);
}

static void both_rang(void *arg)
{
    struct both *b = arg;

    if (b->wanted > 0)
        both_send(b);
}

static void both_work(void *arg)
{
    (void)arg;
}

static void both_turn(void *arg)
{
    struct both *b = arg;

    for (size_t i = 0; i < b->waiting_count; i++)
        http_in_answer(b->in, b->waiting[i], &(struct http_answer){ .status = 200 });
    b->waiting_count = 0;
    if (b->from == FROM_HOOK && b->wanted > 0)
        both_send(b);
    if (b->from == FROM_WORK && b->wanted > 0) {
        loop_work(b->loop, both_work, both_rang, b);
    }
    if (wire_now() >= b->patience) {
        b->out_of_patience = true;
        loop_stop(b->loop);
    }
    loop_alarm(b->loop, b->patience);
}

static enum err_code both_admit(void *arg, const struct http_request *head, size_t *limit,
                                struct err *e)
{
    (void)arg;
    (void)head;
    (void)e;
    *limit = 10;
    return ERR_OK;
}

static void both_receive(void *arg, const struct http_request *request)
{
    struct both *b = arg;

    if (b->later)
        b->waiting[b->waiting_count++] = request->id;
    else
        http_in_answer(b->in, request->id, &(struct http_answer){ .status = 200 });
}

/* hook_first: our hook runs before the listener's, as the engine's does; else behind it. */
static void both_run(struct both *b, bool hook_first)
{
    struct http_in_options options = { .host = "127.0.0.1" };
    struct http_in_calls calls = { both_admit, both_receive, b };
    struct err e;

    log_init(&b->log, clock_real());
    b->loop = loop_new(clock_real(), &e);
    b->patience = wire_now() + WIRE_PATIENCE;
    if (hook_first)
        loop_on_turn(b->loop, both_turn, b);
    b->in = http_in_open(b->loop, &b->log, &options, &calls, &e);
    assert_non_null(b->in);
    if (!hook_first)
        loop_on_turn(b->loop, both_turn, b);
    b->egress = egress_new("127.0.0.1", NULL, &e);
    b->out = http_out_uv_new(b->loop, clock_real(), b->egress, &e);
    b->mailbox = mailbox_new(b->loop, both_rang, b);
    b->wanted = 1;
    both_send(b); /* before the loop runs */
    assert_int_equal(loop_run(b->loop, &e), ERR_OK);
    assert_false(b->out_of_patience);
    assert_int_equal(b->done, CALLS);
    mailbox_close(b->mailbox);
    http_out_close(b->out);
    http_in_close(b->in);
    loop_free(b->loop);
    egress_free(b->egress);
}

static void the_loop_wakes_for_every_call_and_answer(void **state)
{
    (void)state;
    for (int from = FROM_DONE; from <= FROM_WORK; from++) {
        for (int way = 0; way < 4; way++) {
            struct both b = { .later = way % 2 == 0 };

            b.from = (unsigned)from;
            both_run(&b, way / 2 == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loop_wakes_for_every_call_and_answer),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
