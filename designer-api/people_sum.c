/* people_sum.c - passwords are computed beside the loop, two at once: each takes 19 MiB and some
 * 30 ms on purpose. Up to twenty wait; whoever comes then is told to come again. */
#include "designer-api/people_priv.h"

#include <string.h>

#define SUMS_AT_ONCE 2u
#define SUMS_WAITING 20u

struct summing {
    struct people *people;
    struct sum *sum;
    sum_done_fn *done;
    void *arg;
    struct summing *next;
};
struct sums {
    unsigned working, waiting;
    struct summing *first, **end;
};

struct sums *sums_new(void)
{
    struct sums *sums = mem_must(sizeof *sums);

    sums->end = &sums->first;
    return sums;
}

void sums_free(struct sums *sums)
{
    if (sums == NULL)
        return;
    check(sums->working == 0 && sums->waiting == 0); /* each holds the people */
    mem_free(sums);
}

struct sum *sum_new(struct people *people, const char *given, const char *wanted)
{
    struct sum *sum = mem_must(sizeof *sum);

    sum->given = mem_must_copy(given);
    sum->wanted = mem_must_copy(wanted);
    people->options.random->fill(people->options.random, sum->salt, sizeof sum->salt);
    return sum;
}

static void text_wipe(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    mem_free(text);
}

void sum_free(struct sum *sum)
{
    if (sum == NULL)
        return;
    text_wipe(sum->given);
    text_wipe(sum->wanted);
    explicit_bzero(sum, sizeof *sum);
    mem_free(sum);
}

void sum_keep(struct sum *sum, const char *kept)
{
    check(sum->kept_count < PREVIOUS_KEPT + 1 && strlen(kept) < PASSWORD_TEXT);
    snprintf(sum->kept[sum->kept_count++], PASSWORD_TEXT, "%s", kept);
}

/* On another thread: touches the sum alone. */
static void sum_work(void *arg)
{
    struct summing *summing = arg;
    struct sum *sum = summing->sum;
    const char *make = sum->wanted;

    sum->e.code = ERR_OK;
    if (sum->given != NULL) {
        sum->matches = password_matches(sum->kept[0], sum->given, strlen(sum->given));
        if (sum->matches && make == NULL && !password_is_current(sum->kept[0]))
            make = sum->given;
        if (!sum->matches)
            return;
    }
    for (unsigned i = 0; sum->wanted != NULL && i < sum->kept_count && !sum->again; i++)
        sum->again = password_matches(sum->kept[i], sum->wanted, strlen(sum->wanted));
    if (make != NULL && !sum->again &&
        password_keep(make, strlen(make), sum->salt, sum->made, &sum->e) != ERR_OK)
        sum->made[0] = '\0';
}

static void sums_go_on(struct people *people);

static void sum_worked(void *arg)
{
    struct summing *summing = arg;
    struct people *people = summing->people;

    people->sums->working--;
    summing->done(summing->arg, summing->sum);
    sum_free(summing->sum);
    mem_free(summing);
    sums_go_on(people);
    people__let(people);
}

static void sums_go_on(struct people *people)
{
    struct sums *sums = people->sums;

    while (sums->working < SUMS_AT_ONCE && sums->first != NULL) {
        struct summing *summing = sums->first;

        sums->first = summing->next;
        if (sums->first == NULL)
            sums->end = &sums->first;
        sums->waiting--;
        sums->working++;
        pool_work(people->options.pool, sum_work, sum_worked, summing);
    }
}

enum err_code people__sum(struct people *people, struct sum *sum, sum_done_fn *done, void *arg,
                          struct err *e)
{
    struct sums *sums = people->sums;
    struct summing *summing;

    if (sums->waiting >= SUMS_WAITING) {
        sum_free(sum);
        return err_set(e, ERR_OVERLOAD, "too many sign in at this moment: try again");
    }
    check(sum->given == NULL || sum->kept_count > 0);
    summing = mem_must(sizeof *summing);
    *summing = (struct summing){ .people = people, .sum = sum, .done = done, .arg = arg };
    people__hold(people);
    *sums->end = summing;
    sums->end = &summing->next;
    sums->waiting++;
    sums_go_on(people);
    return ERR_OK;
}
