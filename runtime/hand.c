/* hand.c - see hand.h. */
#include "hand.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

struct hand {
    uint64_t *run;
};

struct hand *hand_open(const char *folder, struct err *e)
{
    struct hand *hand = NULL;
    void *page = MAP_FAILED;
    struct buf path;
    int fd = -1;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/hand", folder);
    fd = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    /* its blocks are there before it is mapped: a full disk is an error here, not a signal later */
    if (fd >= 0 && (errno = posix_fallocate(fd, 0, sizeof(uint64_t))) == 0)
        page = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) {
        hand = mem_must(sizeof *hand);
        hand->run = page;
    } else {
        err_set(e, ERR_IO, "%s: %s", buf_text(&path), strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    buf_fini(&path);
    return hand;
}

uint64_t *hand_run(struct hand *hand)
{
    return hand->run;
}

void hand_close(struct hand *hand)
{
    if (hand == NULL)
        return;
    munmap(hand->run, sizeof(uint64_t));
    mem_free(hand);
}
