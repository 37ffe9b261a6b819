/* mailbox.c - bells that other threads ring; one eventfd wakes the loop for all of them.
 *
 *     thread: mark --> wake        loop: hear the wake --> take each mark --> fn
 *
 * (1) The mark is before the wake, and the wake is heard before the marks are taken: the last ring
 *     is always followed by a call.                              [mailbox_ring, bells_rang]
 * (2) Who has set the mark does not touch the mailbox any more: it may be closed by then.
 *
 * libuv's bell would do, were the loop not to turn until a sender that it heard has said that it is
 * through. A sender that the loop takes from its processor, as it does with one of lower priority
 * (pool_calm.c), costs a millisecond of turning for each ring. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop_priv.h"

#define MAILBOX_MAGIC 0x4d41494cu

struct mailbox {
    unsigned magic;
    int wake; /* borrowed of the bells */
    atomic_bool mark;
    void (*fn)(void *arg);
    void *arg;
    struct bells *bells;
    struct mailbox *next, **at;
};

static void bells_rang(uv_poll_t *poll, int status, int events)
{
    struct bells *bells = poll->data;
    eventfd_t wakes;

    (void)status, (void)events;
    (void)!eventfd_read(bells->wake, &wakes);
    for (struct mailbox *one = bells->first; one != NULL; one = bells->next) {
        CHECK_OBJ(one, MAILBOX_MAGIC);
        bells->next = one->next; /* fn may close any */
        if (atomic_exchange(&one->mark, false))
            one->fn(one->arg);
    }
}

enum err_code bells_open(struct bells *bells, uv_loop_t *uv, struct err *e)
{
    bells->first = bells->next = NULL;
    bells->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bells->wake < 0)
        return err_set(e, ERR_IO, "cannot make a bell for other threads: %s", strerror(errno));
    bells->poll.data = bells;
    check(uv_poll_init(uv, &bells->poll, bells->wake) == 0);
    check(uv_poll_start(&bells->poll, UV_READABLE, bells_rang) == 0);
    return ERR_OK;
}

static void bells_closed(uv_handle_t *handle)
{
    struct bells *bells = handle->data;

    (void)close(bells->wake);
}

void bells_close(struct bells *bells)
{
    check(bells->first == NULL); /* otherwise somebody left a mailbox open */
    uv_close((uv_handle_t *)&bells->poll, bells_closed);
}

struct mailbox *mailbox_new(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    struct mailbox *mailbox = mem_must(sizeof *mailbox);
    struct bells *bells = loop__bells(loop);

    check(fn != NULL);
    mailbox->magic = MAILBOX_MAGIC;
    mailbox->wake = bells->wake;
    atomic_init(&mailbox->mark, false);
    mailbox->fn = fn;
    mailbox->arg = arg;
    mailbox->bells = bells;
    mailbox->next = bells->first;
    mailbox->at = &bells->first;
    if (bells->first != NULL)
        bells->first->at = &mailbox->next;
    bells->first = mailbox;
    return mailbox;
}

void mailbox_ring(struct mailbox *mailbox)
{
    int wake = mailbox->wake;

    CHECK_OBJ(mailbox, MAILBOX_MAGIC);
    if (!atomic_exchange(&mailbox->mark, true))
        check(eventfd_write(wake, 1) == 0);
}

void mailbox_close(struct mailbox *mailbox)
{
    CHECK_OBJ(mailbox, MAILBOX_MAGIC);
    if (mailbox->bells->next == mailbox)
        mailbox->bells->next = mailbox->next;
    *mailbox->at = mailbox->next;
    if (mailbox->next != NULL)
        mailbox->next->at = mailbox->at;
    mailbox->magic = 0;
    mem_free(mailbox);
}
