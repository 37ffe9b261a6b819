/* fault.c - one armed point at a time, counted by all threads together.
 *
 * Points in use (`grep -rn fault_hit` shows the places):
 *   mem.try                    an allocation of a size from outside fails
 *   files.show.kill            the process ends with a new file whole and without its name
 *   files.shown.kill           ... with its name, and nobody told
 *   files.delete.kill          ... with a file removed, and nobody told
 *   sftp.sent.kill             the process ends with the bytes of a put under a name of their own
 *   sftp.done.kill             ... with a file of a server renamed or removed, and nobody told
 *   store.begin                a group of changes cannot begin
 *   store.write                a change of a group fails
 *   store.commit               the commit fails
 *   store.fsync                the commit's fsync fails: the store is no longer trusted
 *   store.checkpoint           the write-ahead log cannot be moved into the database
 *   store.payload              a large text's file cannot be written: the disk is full
 *   store.payload.fsync        its folder's fsync fails: the store is no longer trusted
 *   store.payload.kill         the process ends with the file written and not in its place
 *   store.space                the disk has no room that is not kept free
 *   store.backup               a piece of a backup cannot be written
 *   store.backup.fsync         a backup cannot be synced
 *   store.backup.kill          the process ends before a piece of a backup
 *   store.backup.named.kill    ... with the backup whole and not yet named
 *   store.restore.kill         ... the former store put aside, the restored one not yet named
 *   store.migrate              a statement of a migration fails
 *   store.before_commit.kill   the process ends with a group written and not committed
 *   store.after_commit.kill    ... committed, and nobody told
 *   store.after_accept.kill    ... the same, with a new run in the group
 *   store.migrate.kill         ... before a statement of a migration */
#include "base/fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

#define FAULT_NAME 64

atomic_bool fault_armed;

static pthread_mutex_t fault_lock = PTHREAD_MUTEX_INITIALIZER; /* over all below */
static struct {
    char point[FAULT_NAME];
    unsigned nth;
    unsigned hits;
    bool from_then_on;
} fault;

static bool fault_kills(const char *point)
{
    static const char ending[] = ".kill";
    size_t length = strlen(point);

    return length >= sizeof(ending) && strcmp(point + length - (sizeof(ending) - 1), ending) == 0;
}

void fault_arm(const char *point, unsigned nth, bool from_then_on)
{
    size_t length = strlen(point);

    check(length > 0);
    check(length < sizeof(fault.point));
    check(nth > 0);
    pthread_mutex_lock(&fault_lock);
    memcpy(fault.point, point, length + 1);
    fault.nth = nth;
    fault.hits = 0;
    fault.from_then_on = from_then_on;
    pthread_mutex_unlock(&fault_lock);
    atomic_store(&fault_armed, true);
}

void fault_disarm(void)
{
    atomic_store(&fault_armed, false);
    pthread_mutex_lock(&fault_lock);
    fault.point[0] = '\0';
    pthread_mutex_unlock(&fault_lock);
}

unsigned fault_hits(void)
{
    unsigned hits;

    pthread_mutex_lock(&fault_lock);
    hits = fault.hits;
    pthread_mutex_unlock(&fault_lock);
    return hits;
}

bool fault_check(const char *point)
{
    bool fails = false;

    pthread_mutex_lock(&fault_lock);
    if (strcmp(point, fault.point) == 0) {
        fault.hits++;
        fails = fault.from_then_on ? fault.hits >= fault.nth : fault.hits == fault.nth;
        if (fails && fault_kills(point))
            kill(getpid(), SIGKILL);
    }
    pthread_mutex_unlock(&fault_lock);
    return fails;
}

/* A fault that was asked for and is not understood must not pass as a test that found nothing. */
void fault_arm_from_environment(void)
{
    const char *wanted = getenv("WEFT_FAULT");
    const char *colon = wanted != NULL ? strrchr(wanted, ':') : NULL;
    char point[FAULT_NAME];
    unsigned long nth = 0;
    char *end = NULL;

    if (wanted == NULL || wanted[0] == '\0')
        return;
    if (colon != NULL && colon > wanted && (size_t)(colon - wanted) < sizeof(point)) {
        errno = 0;
        nth = strtoul(colon + 1, &end, 10);
        if (colon[1] < '0' || colon[1] > '9' || errno != 0 || nth > 1000000000)
            nth = 0;
        if (nth > 0 && *end == '+')
            end++;
    }
    if (nth == 0 || *end != '\0') {
        fprintf(stderr, "weft: WEFT_FAULT is \"%.100s\"; it must be POINT:N or POINT:N+\n", wanted);
        _exit(2);
    }
    memcpy(point, wanted, (size_t)(colon - wanted));
    point[colon - wanted] = '\0';
    fault_arm(point, (unsigned)nth, end[-1] == '+');
}
