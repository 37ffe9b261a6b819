/* reconcile_core.c - properties of nodes/reconcile.h over random lists: every line in exactly one
 * result, sums in and out equal, the same result in whatever order the lines come, and nothing
 * matched that the pass does not allow. */
#include "node_text.h"

#include <stdlib.h>

#include "nodes/line.h"
#include "nodes/reconcile.h"

#define LINES   24
#define ROUNDS  4000
#define COLUMNS 3
#define PLACES  ((amount_units)1000000000000000000)

struct case_line {
    char keys[COLUMNS][8];
    int amount, day; /* amount in hundredths */
    const char *currency;
};
struct case_lists {
    struct case_line lines[2][LINES];
    size_t count[2];
};

static uint64_t dice_state;
static unsigned dice(unsigned sides)
{
    dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((dice_state >> 33) % sides);
}

static void lists_make(struct case_lists *lists)
{
    static const char *const names[] = { "", "A", "B", "C", "D", "AB", "ABC", "ABD" };
    unsigned keys = 2 + dice(7), amounts = 1 + dice(8), days = 1 + dice(6);

    memset(lists, 0, sizeof *lists);
    for (size_t side = 0; side < 2; side++) {
        lists->count[side] = dice(LINES + 1);
        for (size_t i = 0; i < lists->count[side]; i++) {
            struct case_line *line = &lists->lines[side][i];

            for (size_t j = 0; j < COLUMNS; j++)
                snprintf(line->keys[j], sizeof line->keys[j], "%s", names[dice(keys)]);
            line->amount = (int)dice(amounts) * 50 + (int)dice(2) * (int)dice(3) - 100;
            line->day = dice(20) == 0 ? LINE_NO_DAY : (int)dice(days);
            line->currency = dice(8) == 0 ? "EUR" : "USD";
        }
    }
}

static void plan_make(struct reconcile_pass passes[4], struct reconcile_plan *plan)
{
    size_t matching = 1 + dice(3), scored = dice(2);

    memset(passes, 0, 4 * sizeof *passes);
    for (size_t i = 0; i < matching + scored; i++) {
        struct reconcile_pass *pass = &passes[i];

        pass->name = "pass";
        pass->first_key = dice(2);
        pass->key_count = dice(3);
        pass->absolute = (amount_units)dice(3) * (PLACES / 100);
        pass->percent = dice(3) == 0 ? 1000000 * (int64_t)dice(5) : 0;
        pass->days = (int32_t)dice(4) - 1;
        pass->cardinality =
            i < matching ? (enum reconcile_cardinality)dice(3) : RECONCILE_ONE_TO_ONE;
        pass->differs = dice(2) != 0;
        pass->scored = i >= matching;
        pass->first_text = 2;
        pass->text_count = pass->scored;
        pass->text_weight = 60;
        pass->amount_weight = 25;
        pass->day_weight = 15;
        pass->at_least = 6000 + (int)dice(3) * 1500;
        pass->margin = 100 + (int)dice(3) * 400;
    }
    *plan = (struct reconcile_plan){ passes, matching + scored, COLUMNS };
}

/* order: of the lines of each side; NULL: as they are. */
static struct reconcile *lists_run(const struct case_lists *lists,
                                   const struct reconcile_plan *plan, size_t order[2][LINES])
{
    struct reconcile *r = reconcile_new(plan);
    struct err e;

    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < lists->count[side]; i++) {
            const struct case_line *from = &lists->lines[side][order[side][i]];
            struct reconcile_text keys[COLUMNS];
            struct reconcile_line line = {
                .keys = keys,
                .amount = (amount_units)from->amount * (PLACES / 100),
                .scale = 2,
                .day = from->day,
                .currency = { from->currency, strlen(from->currency) },
            };

            for (size_t j = 0; j < COLUMNS; j++)
                keys[j] = (struct reconcile_text){ from->keys[j], strlen(from->keys[j]) };
            assert_int_equal(reconcile_add(r, (enum reconcile_side)side, &line, &e), ERR_OK);
        }
    if (reconcile_run(r, NULL, &e) != ERR_OK || reconcile_prove(r, &e) != ERR_OK)
        fail_msg("%s", e.text);
    return r;
}

/* ---- The result as text, without the places of the lines */

static int text_compare(const void *left, const void *right)
{
    return strcmp(left, right);
}

#define WORD 64
static void lines_write(const struct case_lists *lists, int side, const size_t *order,
                        const uint32_t *at, size_t count, struct buf *out)
{
    static char words[LINES][WORD];

    for (size_t i = 0; i < count; i++) {
        const struct case_line *line = &lists->lines[side][order[at[i]]];

        snprintf(words[i], WORD, "%s/%s/%s %d d%d %s", line->keys[0], line->keys[1], line->keys[2],
                 line->amount, line->day == LINE_NO_DAY ? -1 : line->day, line->currency);
    }
    qsort(words, count, WORD, text_compare);
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%s", i > 0 ? "; " : "", words[i]);
}

static char *result_text(const struct case_lists *lists, const struct reconcile *r,
                         size_t order[2][LINES])
{
    static char rows[2 * LINES][2 * LINES * WORD];
    size_t count;
    const struct reconcile_group *groups = reconcile_groups(r, &count);
    struct buf row, all;

    buf_init(&row, MIB);
    buf_init(&all, MIB);
    assert_true(count <= 2 * LINES);
    for (size_t i = 0; i < count; i++) {
        const uint32_t *at = reconcile_members(r, &groups[i]);

        buf_clear(&row);
        buf_addf(&row, "%d %s pass %u score %d,%d: ", (int)groups[i].state,
                 reconcile_reasons[groups[i].reason], groups[i].pass, groups[i].score,
                 groups[i].runner_up);
        lines_write(lists, 0, order[0], at, groups[i].left_count, &row);
        buf_add_text(&row, " = ");
        lines_write(lists, 1, order[1], at + groups[i].left_count, groups[i].right_count, &row);
        assert_true(buf_ok(&row) && row.len < sizeof rows[0]);
        memcpy(rows[i], buf_text(&row), row.len + 1);
    }
    qsort(rows, count, sizeof rows[0], text_compare);
    for (size_t i = 0; i < count; i++)
        buf_addf(&all, "%s\n", rows[i]);
    buf_add_char(&all, '.');
    buf_fini(&row);
    return buf_take(&all, NULL);
}

/* ---- What must hold of each result */

static void each_line_once(const struct case_lists *lists, const struct reconcile *r)
{
    unsigned seen[2][LINES] = { { 0 } };
    size_t count;
    const struct reconcile_group *groups = reconcile_groups(r, &count);

    for (size_t i = 0; i < count; i++) {
        const uint32_t *at = reconcile_members(r, &groups[i]);

        assert_true(groups[i].left_count > 0 && groups[i].right_count > 0);
        for (size_t j = 0; j < groups[i].left_count + groups[i].right_count; j++) {
            size_t side = j >= groups[i].left_count;

            seen[side][at[j]]++;
            assert_int_equal(reconcile_line_state(r, (enum reconcile_side)side, at[j]),
                             groups[i].state);
        }
    }
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < lists->count[side]; i++) {
            enum reconcile_state state = reconcile_line_state(r, (enum reconcile_side)side, i);

            assert_int_equal(seen[side][i] + (state == RECONCILE_UNMATCHED), 1);
        }
}

static void group_allowed(const struct case_lists *lists, const struct reconcile *r,
                          const struct reconcile_plan *plan, const struct reconcile_group *group)
{
    const struct reconcile_pass *pass = &plan->passes[group->pass];
    const uint32_t *at = reconcile_members(r, group);
    const struct case_line *first = &lists->lines[0][at[0]];
    int sum[2] = { 0 }, one, apart, absolute = (int)(pass->absolute / (PLACES / 100));
    double share;

    for (size_t i = 0; i < group->left_count + group->right_count; i++) {
        size_t side = i >= group->left_count;
        const struct case_line *line = &lists->lines[side][at[i]];

        sum[side] += line->amount;
        assert_string_equal(line->currency, first->currency);
        for (unsigned k = 0; k < pass->key_count; k++) {
            assert_string_equal(line->keys[pass->first_key + k], first->keys[pass->first_key + k]);
            assert_true(line->keys[pass->first_key + k][0] != '\0');
        }
        assert_true(pass->days < 0 || line->day != LINE_NO_DAY);
    }
    one = pass->cardinality == RECONCILE_MANY_TO_ONE ? sum[1] : sum[0];
    apart = abs(sum[0] - sum[1]);
    share = (double)abs(one) * (double)pass->percent / 1e8;
    assert_true(apart <= absolute || (double)apart <= share + 1e-9);
    if (group->reason == RECONCILE_EQUAL || group->reason == RECONCILE_ALIKE)
        assert_int_equal(apart, 0);
    if (pass->cardinality == RECONCILE_ONE_TO_ONE || group->state == RECONCILE_PROPOSED)
        assert_int_equal(group->left_count, group->right_count);
    if (pass->cardinality == RECONCILE_ONE_TO_MANY)
        assert_int_equal(group->left_count, 1);
    if (pass->cardinality == RECONCILE_MANY_TO_ONE)
        assert_int_equal(group->right_count, 1);
    assert_int_equal(group->state == RECONCILE_PROPOSED, pass->scored);
}

/* What a pass says of one line and one line, told anew. */
static bool lines_fit(const struct case_line *left, const struct case_line *right,
                      const struct reconcile_pass *pass)
{
    int apart = abs(left->amount - right->amount);

    for (unsigned k = pass->first_key; k < pass->first_key + pass->key_count; k++)
        if (left->keys[k][0] == '\0' || strcmp(left->keys[k], right->keys[k]) != 0)
            return false;
    if (strcmp(left->currency, right->currency) != 0)
        return false;
    if (apart > (int)(pass->absolute / (PLACES / 100)) &&
        (int64_t)apart * 100000000 > abs(left->amount) * pass->percent)
        return false;
    return pass->days < 0 || (left->day != LINE_NO_DAY && right->day != LINE_NO_DAY &&
                              abs(left->day - right->day) <= pass->days);
}

/* The place of the only line that fits; SIZE_MAX: none or several. */
static size_t only_fit(const struct case_lists *lists, int side, size_t at,
                       const struct reconcile_pass *pass)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < lists->count[!side]; i++) {
        const struct case_line *left = &lists->lines[0][side == 0 ? at : i];
        const struct case_line *right = &lists->lines[1][side == 0 ? i : at];

        if (!lines_fit(left, right, pass))
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

/* Two lines that fit each other and nobody else are matched by the first pass. */
static void evident_pairs_match(const struct case_lists *lists, const struct reconcile *r,
                                const struct reconcile_pass *pass, unsigned *evident)
{
    if (pass->cardinality != RECONCILE_ONE_TO_ONE || pass->scored)
        return;
    for (size_t i = 0; i < lists->count[0]; i++) {
        size_t at = only_fit(lists, 0, i, pass);

        if (at == SIZE_MAX || only_fit(lists, 1, at, pass) != i)
            continue;
        assert_int_equal(reconcile_line_state(r, RECONCILE_LEFT, i), RECONCILE_MATCHED);
        assert_int_equal(reconcile_line_state(r, RECONCILE_RIGHT, at), RECONCILE_MATCHED);
        ++*evident;
    }
}

static void shuffle(size_t *order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = dice((unsigned)i), kept = order[i - 1];

        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static void test_random_lists(void **state)
{
    struct case_lists lists;
    struct reconcile_pass passes[4];
    struct reconcile_plan plan;
    unsigned reasons[16] = { 0 }, evident = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t order[2][LINES], count;
        struct reconcile *r;
        const struct reconcile_group *groups;
        char *text;

        dice_state = round * 7919 + 1;
        lists_make(&lists);
        plan_make(passes, &plan);
        for (size_t i = 0; i < LINES; i++)
            order[0][i] = order[1][i] = i;
        r = lists_run(&lists, &plan, order);
        each_line_once(&lists, r);
        evident_pairs_match(&lists, r, &passes[0], &evident);
        groups = reconcile_groups(r, &count);
        for (size_t i = 0; i < count; i++) {
            reasons[groups[i].reason]++;
            if (groups[i].state != RECONCILE_DIFFERING)
                group_allowed(&lists, r, &plan, &groups[i]);
        }
        text = result_text(&lists, r, order);
        reconcile_free(r);
        for (unsigned again = 0; again < 4; again++) {
            char *other;

            shuffle(order[0], lists.count[0]);
            shuffle(order[1], lists.count[1]);
            r = lists_run(&lists, &plan, order);
            other = result_text(&lists, r, order);
            if (strcmp(text, other) != 0)
                fail_msg("case %u depends on the order:\n%s\n\n%s", round, text, other);
            mem_free(other);
            reconcile_free(r);
        }
        mem_free(text);
    }
    assert_true(evident > ROUNDS / 10);
    for (size_t i = 0; i <= RECONCILE_CARDINALITY; i++) /* the cases reach every reason */
        if (i != RECONCILE_BOUND && reasons[i] == 0)
            fail_msg("no case has the reason \"%s\"", reconcile_reasons[i]);
}

/* ---- Bounds */

static struct reconcile *one_key(struct reconcile_plan *plan, size_t lefts, size_t rights,
                                 int left_amount, int (*right_amount)(size_t at))
{
    struct reconcile *r = reconcile_new(plan);
    struct reconcile_text key = { "K", 1 };
    struct err e;

    for (size_t i = 0; i < lefts + rights; i++) {
        struct reconcile_line line = { .keys = &key, .day = LINE_NO_DAY };

        line.amount = (i < lefts ? left_amount : right_amount(i - lefts)) * PLACES;
        assert_int_equal(reconcile_add(r, i < lefts ? RECONCILE_LEFT : RECONCILE_RIGHT, &line, &e),
                         ERR_OK);
    }
    if (reconcile_run(r, NULL, &e) != ERR_OK || reconcile_prove(r, &e) != ERR_OK)
        fail_msg("%s", e.text);
    return r;
}

static int even(size_t at)
{
    return 2 * (1000000 + (int)(at * at * 7919 % 1000));
}

/* No part of even numbers has an odd sum: the search goes on until its bound. */
static void search_gives(bool differs, enum reconcile_reason reason)
{
    struct reconcile_pass pass = { .name = "sum",
                                   .key_count = 1,
                                   .days = -1,
                                   .cardinality = RECONCILE_ONE_TO_MANY,
                                   .differs = differs };
    struct reconcile_plan plan = { &pass, 1, 1 };
    struct reconcile *r = one_key(&plan, 1, 24, 24011001, even);
    size_t count;
    const struct reconcile_group *groups = reconcile_groups(r, &count);

    assert_int_equal(count, 1);
    assert_int_equal(groups[0].state, RECONCILE_DIFFERING);
    assert_int_equal(groups[0].reason, reason);
    assert_int_equal(groups[0].right_count, 24);
    reconcile_free(r);
}

static void test_search_is_bounded(void **state)
{
    (void)state;
    search_gives(false, RECONCILE_BOUND);
    search_gives(true, RECONCILE_AMOUNT);
}

static int three(size_t at)
{
    return 100 + (int)(at % 3);
}

/* More pairs in one set than are compared: nothing is chosen, and it says why. */
static void test_pairs_are_bounded(void **state)
{
    struct reconcile_pass pass = {
        .name = "near", .key_count = 1, .absolute = 5 * PLACES, .days = -1, .differs = true
    };
    struct reconcile_plan plan = { &pass, 1, 1 };
    struct reconcile *r = one_key(&plan, 2001, 2100, 103, three);
    size_t count;
    const struct reconcile_group *groups = reconcile_groups(r, &count);

    (void)state;
    assert_int_equal(count, 1);
    assert_int_equal(groups[0].reason, RECONCILE_BOUND);
    reconcile_free(r);
}

static void test_given_up(void **state)
{
    struct reconcile_pass pass = { .name = "key", .key_count = 1, .days = -1 };
    struct reconcile_plan plan = { &pass, 1, 1 };
    struct reconcile *r = reconcile_new(&plan);
    struct reconcile_text key = { "K", 1 };
    struct reconcile_line line = { .keys = &key };
    atomic_bool given_up = true;
    struct err e;

    (void)state;
    assert_int_equal(reconcile_add(r, RECONCILE_LEFT, &line, &e), ERR_OK);
    assert_int_equal(reconcile_run(r, &given_up, &e), ERR_CANCELLED);
    reconcile_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEXT(test_random_lists),
        NODE_TEXT(test_search_is_bounded),
        NODE_TEXT(test_pairs_are_bounded),
        NODE_TEXT(test_given_up),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
