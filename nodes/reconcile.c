/* reconcile.c - feeding, the order of the passes, and the proof at the end. */
#include "nodes/reconcile_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "nodes/line.h"

const char *const reconcile_reasons[] = {
#define X(code, name) [RECONCILE_##code] = name,
    RECONCILE_REASONS(X)
#undef X
};
static const char *const side_names[] = { "left", "right" };

struct reconcile *reconcile_new(const struct reconcile_plan *plan)
{
    struct reconcile *r = mem_must(sizeof *r);

    r->plan = plan;
    r->skipped = mem_must((plan->pass_count + 1) * sizeof *r->skipped);
    return r;
}

void reconcile_free(struct reconcile *r)
{
    struct room *rooms[6];

    if (r == NULL)
        return;
    memcpy(rooms,
           (struct room *[]){ &r->picks, &r->parents, &r->order, &r->edges, &r->best, &r->chosen },
           sizeof rooms);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        mem_free(rooms[i]->at);
    for (size_t i = 0; i < r->currency_count; i++)
        mem_free(r->currencies[i]);
    mem_free(r->currencies);
    mem_free(r->skipped);
    mem_free(r->totals);
    mem_free(r->sides[0].lines);
    mem_free(r->sides[1].lines);
    mem_free(r->arena);
    mem_free(r->groups);
    mem_free(r->members);
    mem_free(r->doubts);
    mem_free(r->doubt_members);
    mem_free(r);
}

/* Room for `more` elements after `count`, doubling; false: no memory. */
static bool grow(void *list, size_t count, size_t more, size_t *room, size_t size)
{
    size_t wanted = *room == 0 ? 64 : *room;
    void *larger, *old;

    if (count + more <= *room)
        return true;
    while (wanted < count + more)
        wanted += wanted / 2;
    memcpy(&old, list, sizeof old);
    larger = mem_try_resize(old, wanted * size);
    if (larger == NULL)
        return false;
    memcpy(list, &larger, sizeof larger);
    *room = wanted;
    return true;
}

bool reconcile__fail(struct reconcile *r, enum err_code code, const char *text)
{
    err_set(r->e, code, "%s", text);
    return false;
}

static bool starved(struct reconcile *r)
{
    return reconcile__fail(r, ERR_MEMORY, "no memory to reconcile lists of this length");
}

void *reconcile__room(struct reconcile *r, struct room *room, size_t size)
{
    if (size > room->size || room->at == NULL) {
        void *larger = mem_try(size + size / 2);

        if (larger == NULL) {
            starved(r);
            return NULL;
        }
        mem_free(room->at);
        room->at = larger;
        room->size = size + size / 2;
    }
    return room->at;
}

/* ---- Feeding */

static bool currency_number(struct reconcile *r, const struct reconcile_text *text,
                            uint16_t *number)
{
    size_t i = r->currency_count;

    while (i > 0) { /* the last one is the likeliest */
        const char *name = r->currencies[--i];

        if (strncmp(name, text->at != NULL ? text->at : "", text->size) == 0 &&
            name[text->size] == '\0') {
            *number = (uint16_t)i;
            return true;
        }
    }
    if (r->currency_count == RECONCILE_CURRENCIES)
        return false;
    if ((r->currency_count & (r->currency_count - 1)) == 0) { /* full when a power of two */
        size_t room = r->currency_count == 0 ? 1 : 2 * r->currency_count;

        r->currencies = mem_must_resize(r->currencies, room * sizeof *r->currencies);
        r->totals = mem_must_resize(r->totals, room * sizeof *r->totals);
    }
    r->totals[r->currency_count] = (struct reconcile_total){ 0 };
    *number = (uint16_t)r->currency_count;
    r->currencies[r->currency_count] = mem_must_copy_n(text->at, text->size);
    r->totals[r->currency_count].currency = r->currencies[r->currency_count];
    r->currency_count++;
    return true;
}

static bool keys_store(struct reconcile *r, const struct reconcile_line *line)
{
    size_t size = 0;
    char *at;

    for (unsigned i = 0; i < r->plan->columns; i++)
        size += 2 + line->keys[i].size;
    if (size == 0)
        return true; /* without keys there is no arena */
    if (!grow(&r->arena, r->arena_size, size, &r->arena_room, 1))
        return false;
    at = r->arena + r->arena_size;
    for (unsigned i = 0; i < r->plan->columns; i++) {
        uint16_t bytes = (uint16_t)line->keys[i].size;

        check(line->keys[i].size <= LINE_KEY_MAX);
        memcpy(at, &bytes, sizeof bytes);
        if (bytes > 0)
            memcpy(at + sizeof bytes, line->keys[i].at, bytes);
        at += sizeof bytes + bytes;
    }
    r->arena_size += size;
    return true;
}

enum err_code reconcile_add(struct reconcile *r, enum reconcile_side side,
                            const struct reconcile_line *line, struct err *e)
{
    struct rside *to = &r->sides[side];
    struct rline *new;
    struct reconcile_total *total;
    uint16_t currency;

    check(r->group_count == 0);
    if (to->count == RECONCILE_LINES)
        return err_set(e, ERR_LIMIT, "the %s list has more than %u lines", side_names[side],
                       RECONCILE_LINES);
    if (!currency_number(r, &line->currency, &currency))
        return err_set(e, ERR_LIMIT, "more than %u currencies", RECONCILE_CURRENCIES);
    if (!grow(&to->lines, to->count, 1, &to->room, sizeof *to->lines))
        return err_set(e, ERR_MEMORY, "no memory for the lines of the %s list", side_names[side]);
    new = &to->lines[to->count];
    *new = (struct rline){
        .amount = line->amount, .keys = r->arena_size, .day = line->day, .currency = currency
    };
    if (!keys_store(r, line))
        return err_set(e, ERR_MEMORY, "no memory for the keys of the %s list", side_names[side]);
    total = &r->totals[currency];
    if (!amount_add(&total->in[side].sum, line->amount))
        return err_set(e, ERR_LIMIT, "the sum of the %s list has more than 38 digits",
                       side_names[side]);
    total->in[side].count++;
    if (line->scale > total->scale)
        total->scale = line->scale;
    to->count++;
    return ERR_OK;
}

/* ---- Lines */

struct rline *reconcile__line(const struct reconcile *r, uint32_t id)
{
    const struct rside *side = &r->sides[(id & RIGHT_BIT) != 0];

    check((id & ~RIGHT_BIT) < side->count);
    return &side->lines[id & ~RIGHT_BIT];
}

struct reconcile_text reconcile__key(const struct reconcile *r, uint32_t id, unsigned column)
{
    const char *at = r->arena + reconcile__line(r, id)->keys;
    uint16_t size;

    check(column < r->plan->columns);
    for (;; column--) {
        memcpy(&size, at, sizeof size);
        at += sizeof size;
        if (column == 0)
            return (struct reconcile_text){ at, size };
        at += size;
    }
}

struct reconcile_group *reconcile__settle(struct reconcile *r, enum reconcile_state state,
                                          enum reconcile_reason reason, const uint32_t *ids,
                                          size_t count)
{
    struct reconcile_group *group;

    if (!grow(&r->groups, r->group_count, 1, &r->group_room, sizeof *r->groups) ||
        !grow(&r->members, r->member_count, count, &r->member_room, sizeof *r->members)) {
        starved(r);
        return NULL;
    }
    group = &r->groups[r->group_count++];
    *group = (struct reconcile_group){ .state = state,
                                       .reason = reason,
                                       .pass = r->pass_index,
                                       .first = r->member_count,
                                       .runner_up = -1 };
    for (size_t i = 0; i < count; i++) {
        struct rline *line = reconcile__line(r, ids[i]);

        check(line->state == RECONCILE_FREE);
        line->state = (uint8_t)state;
        *((ids[i] & RIGHT_BIT) != 0 ? &group->right_count : &group->left_count) += 1;
        r->members[r->member_count++] = ids[i];
    }
    return group;
}

bool reconcile__doubt(struct reconcile *r, enum reconcile_reason reason, const uint32_t *ids,
                      size_t count)
{
    if (!grow(&r->doubts, r->doubt_count, 1, &r->doubt_room, sizeof *r->doubts) ||
        !grow(&r->doubt_members, r->doubt_member_count, count, &r->doubt_member_room,
              sizeof *r->doubt_members))
        return starved(r);
    r->doubts[r->doubt_count++] = (struct doubt){ .reason = reason,
                                                  .pass = r->pass_index,
                                                  .count = (uint32_t)count,
                                                  .first = r->doubt_member_count };
    memcpy(r->doubt_members + r->doubt_member_count, ids, count * sizeof *ids);
    r->doubt_member_count += count;
    return true;
}

/* ---- Running */

static bool passes_run(struct reconcile *r, bool scored)
{
    for (r->pass_index = 0; r->pass_index < r->plan->pass_count; r->pass_index++) {
        r->pass = &r->plan->passes[r->pass_index];
        r->searched = 0;
        if (r->pass->scored == scored &&
            !reconcile__sets(r, scored                                         ? reconcile__score
                                : r->pass->cardinality == RECONCILE_ONE_TO_ONE ? reconcile__pair
                                                                               : reconcile__many))
            return false;
    }
    return true;
}

static bool differences_run(struct reconcile *r)
{
    for (r->pass_index = 0; r->pass_index < r->plan->pass_count; r->pass_index++) {
        r->pass = &r->plan->passes[r->pass_index];
        if (!r->pass->scored && r->pass->differs && r->pass->key_count > 0 &&
            !reconcile__sets(r, reconcile__differ))
            return false;
    }
    return true;
}

static int id_compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static int group_compare(const void *left, const void *right, void *arg)
{
    const struct reconcile_group *a = left, *b = right;
    const uint32_t *members = arg;

    return id_compare(&members[a->first], &members[b->first]);
}

/* Groups in order of their first line, members in order of the lists, ids become numbers. */
static void groups_order(struct reconcile *r)
{
    for (size_t i = 0; i < r->group_count; i++) {
        const struct reconcile_group *group = &r->groups[i];

        qsort(r->members + group->first, group->left_count + group->right_count, sizeof *r->members,
              id_compare);
    }
    if (r->group_count > 1)
        qsort_r(r->groups, r->group_count, sizeof *r->groups, group_compare, r->members);
    for (size_t i = 0; i < r->member_count; i++)
        r->members[i] &= ~RIGHT_BIT;
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < r->sides[side].count; i++)
            if (r->sides[side].lines[i].state == RECONCILE_FREE)
                r->sides[side].lines[i].state = RECONCILE_UNMATCHED;
}

enum err_code reconcile_run(struct reconcile *r, const atomic_bool *given_up, struct err *e)
{
    struct err unused;

    r->e = e != NULL ? e : &unused;
    r->given_up = given_up;
    if (!passes_run(r, false) || !reconcile__doubts_end(r) || !differences_run(r) ||
        !passes_run(r, true) || !reconcile__doubts_end(r))
        return r->e->code;
    groups_order(r);
    return ERR_OK;
}

/* ---- The proof */

static int total_compare(const void *left, const void *right)
{
    const struct reconcile_total *a = left, *b = right;

    return strcmp(a->currency, b->currency);
}

/* Counts from the groups, and from the lines that no group holds: each line once. */
static enum err_code prove_lines(struct reconcile *r, struct err *e)
{
    size_t grouped[2] = { 0 }, alone[2] = { 0 };

    for (size_t i = 0; i < r->group_count; i++) {
        const struct reconcile_group *group = &r->groups[i];
        const uint32_t *at = r->members + group->first;

        for (size_t j = 0; j < group->left_count + group->right_count; j++) {
            size_t side = j >= group->left_count;
            struct rline *line = &r->sides[side].lines[at[j]];
            struct reconcile_sum *out = &r->totals[line->currency].out[side][group->state];

            if (line->state != group->state)
                return err_set(e, ERR_INTERNAL, "line %u of the %s list stands in two results",
                               at[j] + 1, side_names[side]);
            grouped[side]++;
            out->count++;
            if (!amount_add(&out->sum, line->amount))
                return err_set(e, ERR_LIMIT, "a sum has more than 38 digits");
        }
    }
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < r->sides[side].count; i++) {
            const struct rline *line = &r->sides[side].lines[i];
            struct reconcile_sum *out = &r->totals[line->currency].out[side][RECONCILE_UNMATCHED];

            if (line->state != RECONCILE_UNMATCHED)
                continue;
            alone[side]++;
            out->count++;
            if (!amount_add(&out->sum, line->amount))
                return err_set(e, ERR_LIMIT, "a sum has more than 38 digits");
        }
        if (grouped[side] + alone[side] != r->sides[side].count)
            return err_set(e, ERR_INTERNAL, "%zu lines of the %s list came in, %zu came out",
                           r->sides[side].count, side_names[side], grouped[side] + alone[side]);
    }
    return ERR_OK;
}

enum err_code reconcile_prove(struct reconcile *r, struct err *e)
{
    if (prove_lines(r, e) != ERR_OK)
        return e->code;
    for (size_t i = 0; i < r->currency_count; i++)
        for (size_t side = 0; side < 2; side++) {
            const struct reconcile_total *total = &r->totals[i];
            struct reconcile_sum sum = { 0 };

            for (size_t state = 0; state < RECONCILE_STATES; state++) {
                sum.count += total->out[side][state].count;
                if (!amount_add(&sum.sum, total->out[side][state].sum))
                    return err_set(e, ERR_LIMIT, "a sum has more than 38 digits");
            }
            if (sum.count != total->in[side].count || sum.sum != total->in[side].sum)
                return err_set(e, ERR_INTERNAL,
                               "the sums of the %s list in and out do not agree for \"%s\"",
                               side_names[side], total->currency);
        }
    if (r->currency_count > 1)
        qsort(r->totals, r->currency_count, sizeof *r->totals, total_compare);
    return ERR_OK;
}

/* ---- What came of it */

const struct reconcile_group *reconcile_groups(const struct reconcile *r, size_t *count)
{
    *count = r->group_count;
    return r->groups;
}

const uint32_t *reconcile_members(const struct reconcile *r, const struct reconcile_group *group)
{
    return r->members + group->first;
}

size_t reconcile_count(const struct reconcile *r, enum reconcile_side side)
{
    return r->sides[side].count;
}

static const struct rline *line_of(const struct reconcile *r, enum reconcile_side side, size_t line)
{
    check(line < r->sides[side].count);
    return &r->sides[side].lines[line];
}

enum reconcile_state reconcile_line_state(const struct reconcile *r, enum reconcile_side side,
                                          size_t line)
{
    return (enum reconcile_state)line_of(r, side, line)->state;
}

amount_units reconcile_line_amount(const struct reconcile *r, enum reconcile_side side, size_t line)
{
    return line_of(r, side, line)->amount;
}

const char *reconcile_line_currency(const struct reconcile *r, enum reconcile_side side,
                                    size_t line)
{
    return r->currencies[line_of(r, side, line)->currency];
}

uint64_t reconcile_skipped(const struct reconcile *r, unsigned pass)
{
    check(pass < r->plan->pass_count);
    return r->skipped[pass];
}

const struct reconcile_total *reconcile_totals(const struct reconcile *r, size_t *count)
{
    *count = r->currency_count;
    return r->totals;
}
