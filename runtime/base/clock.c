/* clock.c - the kernel's clocks, a clock moved by hand, and a moment as text. */
#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/check.h"

#define CLOCK_BOOT   "/proc/sys/kernel/random/boot_id"
#define CLOCK_DAY_MS 86400000
#define CLOCK_MIN_MS (-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define CLOCK_MAX_MS 253402300799999   /* 9999-12-31T23:59:59.999Z */

static int64_t clock_read(clockid_t id)
{
    struct timespec now;

    check(clock_gettime(id, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t clock_real_wall(struct clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_REALTIME);
}

static int64_t clock_real_steady(struct clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_MONOTONIC);
}

static int64_t clock_real_thread(struct clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

/* The first digits of the name that the kernel gives to its boot. */
static uint32_t clock_boot(void)
{
    FILE *file = fopen(CLOCK_BOOT, "re");
    unsigned boot = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%8x", &boot) != 1)
        boot = 0;
    fclose(file);
    return boot;
}

static struct clock clock_kernel = { .wall_ms = clock_real_wall,
                                     .steady_ms = clock_real_steady,
                                     .thread_ms = clock_real_thread };

static void clock_ask_boot(void)
{
    clock_kernel.boot = clock_boot();
}

struct clock *clock_real(void) /* threads ask, too */
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, clock_ask_boot);
    return &clock_kernel;
}

static int64_t clock_manual_wall(struct clock *clock)
{
    return ((struct clock_manual *)clock)->wall;
}

static int64_t clock_manual_steady(struct clock *clock)
{
    return ((struct clock_manual *)clock)->steady;
}

void clock_manual_init(struct clock_manual *manual, int64_t wall_ms)
{
    *manual = (struct clock_manual){
        .clock = { .wall_ms = clock_manual_wall,
                   .steady_ms = clock_manual_steady,
                   .thread_ms = clock_manual_steady,
                   .boot = 1 },
        .wall = wall_ms,
    };
}

void clock_manual_add(struct clock_manual *manual, int64_t ms)
{
    check(ms >= 0);
    manual->wall += ms;
    manual->steady += ms;
}

bool deadline_is_over(const struct deadline *deadline, int64_t wall_ms, int64_t steady_ms)
{
    return deadline->wall_ms != 0 &&
           (wall_ms > deadline->wall_ms || steady_ms > deadline->steady_ms);
}

bool clock_is_past(struct clock *clock, const struct deadline *deadline)
{
    return deadline->wall_ms != 0 &&
           deadline_is_over(deadline, clock->wall_ms(clock), clock->steady_ms(clock));
}

struct deadline deadline_earlier(const struct deadline *deadline, int64_t ms)
{
    struct deadline earlier = *deadline;

    if (earlier.wall_ms != 0)
        earlier.wall_ms -= ms;
    if (earlier.steady_ms != INT64_MAX)
        earlier.steady_ms -= ms;
    return earlier;
}

static void clock_digits(char *to, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* The proleptic Gregorian calendar in eras of 400 years that begin on the first of March, so
 * that the leap day is the last of its year. What lies outside years 0000 to 9999 is shown as
 * their border. */
void clock_text(int64_t wall_ms, char text[CLOCK_TEXT])
{
    int64_t ms =
        wall_ms < CLOCK_MIN_MS ? CLOCK_MIN_MS : (wall_ms > CLOCK_MAX_MS ? CLOCK_MAX_MS : wall_ms);
    int64_t of_day = (ms % CLOCK_DAY_MS + CLOCK_DAY_MS) % CLOCK_DAY_MS;
    int64_t days =
        (ms - of_day) / CLOCK_DAY_MS + 719468 + 146097; /* since -0400-03-01: not negative */
    int64_t era = days / 146097;
    int64_t of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 is March */

    clock_digits(text, year + (era - 1) * 400 + (month >= 10), 4);
    clock_digits(text + 5, month < 10 ? month + 3 : month - 9, 2);
    clock_digits(text + 8, of_year - (153 * month + 2) / 5 + 1, 2);
    clock_digits(text + 11, of_day / 3600000, 2);
    clock_digits(text + 14, of_day / 60000 % 60, 2);
    clock_digits(text + 17, of_day / 1000 % 60, 2);
    clock_digits(text + 20, of_day % 1000, 3);
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
    text[23] = 'Z';
    text[24] = '\0';
}
