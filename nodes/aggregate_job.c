/* aggregate_job.c - lines put into groups.
 *
 * (1) A line is in exactly one group; one without a key is in the group of "nothing". [line_add]
 * (2) What `having` leaves out is counted and summed too: kept and left out together are all
 *     lines and all sums, and that is checked before anything is given.             [control_json]
 * (3) Without `sort` groups stand in order of their first lines, and lines that compare alike keep
 *     that order. */
#include "nodes/aggregate_job.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/aggregate_priv.h"

#define AGGREGATE_INLINE 500u /* lines; fewer do not leave the loop */

struct group {
    json_t *line; /* its first; borrowed from the items */
    uint64_t lines;
    size_t place;
    struct aggregate_slot *slots; /* field_count */
    json_t *row;                  /* what is given */
    bool kept;
};
struct aggregate_job {
    struct aggregate_setup *setup;
    json_t *items;
    struct dict *groups;
    struct group **list;
    size_t count, room;
    struct err sort_error;
};
/* Of all lines, those kept and those left out. */
struct control {
    uint64_t groups, lines;
    struct decimal *sums; /* field_count */
};

/* ---- The setup */

struct aggregate_setup *aggregate_setup_new(void)
{
    struct aggregate_setup *setup = mem_must(sizeof *setup);

    setup->refs = 1;
    return setup;
}

struct aggregate_setup *aggregate_setup_ref(struct aggregate_setup *setup)
{
    check(setup->refs > 0);
    setup->refs++;
    return setup;
}

void aggregate_setup_unref(struct aggregate_setup *setup)
{
    if (setup == NULL)
        return;
    check(setup->refs > 0);
    if (--setup->refs > 0)
        return;
    for (size_t i = 0; i < setup->key_count; i++) {
        mem_free(setup->keys[i].to);
        line_path_fini(&setup->keys[i].from);
    }
    for (size_t i = 0; i < setup->field_count; i++) {
        mem_free(setup->fields[i].to);
        line_path_fini(&setup->fields[i].from);
    }
    for (size_t i = 0; i < setup->having_count; i++) {
        mem_free(setup->having[i].field);
        json_decref(setup->having[i].than);
    }
    for (size_t i = 0; i < setup->order_count; i++)
        mem_free(setup->order[i].field);
    mem_free(setup->keys);
    mem_free(setup->fields);
    mem_free(setup->having);
    mem_free(setup->order);
    mem_free(setup);
}

/* ---- The job */

static bool job_is_short(json_t *const *lists)
{
    return json_array_size(lists[0]) < AGGREGATE_INLINE;
}

static void *job_begin(void *setup, json_t *const *lists)
{
    struct aggregate_job *job = mem_must(sizeof *job);

    job->setup = aggregate_setup_ref(setup);
    job->items = json_incref(lists[0]);
    job->groups = dict_new();
    return job;
}

static void group_free(struct group *group, size_t fields)
{
    for (size_t i = 0; i < fields; i++)
        aggregate__slot_fini(&group->slots[i]);
    mem_free(group->slots);
    json_decref(group->row);
    mem_free(group);
}

static void job_end(void *arg)
{
    struct aggregate_job *job = arg;

    for (size_t i = 0; i < job->count; i++)
        group_free(job->list[i], job->setup->field_count);
    mem_free(job->list);
    dict_free(job->groups);
    json_decref(job->items);
    aggregate_setup_unref(job->setup);
    mem_free(job);
}

static struct group *group_add(struct aggregate_job *job, const char *key, json_t *line)
{
    struct group *group = mem_must(sizeof *group);

    if (job->count == job->room) {
        job->room = job->room == 0 ? 16 : 2 * job->room;
        job->list = mem_must_resize(job->list, job->room * sizeof *job->list);
    }
    group->line = line;
    group->place = job->count;
    group->slots = mem_must((job->setup->field_count + 1) * sizeof *group->slots);
    job->list[job->count++] = group;
    dict_put(job->groups, key, group);
    return group;
}

/* The line's keys as one text: sizes keep "a", "bc" and "ab", "c" apart. */
static enum err_code line_keys(const struct aggregate_setup *setup, json_t *line, struct buf *text,
                               struct buf *key, struct err *e)
{
    buf_clear(text);
    for (size_t i = 0; i < setup->key_count; i++) {
        if (line_key(line_at(line, &setup->keys[i].from), setup->keys[i].how, key, e) != ERR_OK)
            return err_prefix(e, "\"%s\"", setup->keys[i].from.text);
        buf_add_int(text, (long long)key->len);
        buf_add_char(text, ':');
        buf_add(text, buf_text(key), key->len);
    }
    return buf_check(text, "the keys of a line", e);
}

static enum err_code line_add(struct aggregate_job *job, json_t *line, struct buf *text,
                              struct buf *key, struct err *e)
{
    struct group *group;

    if (!json_is_object(line))
        return err_set(e, ERR_INVALID, "a line must be an object, but is: %s", json_kind(line));
    if (line_keys(job->setup, line, text, key, e) != ERR_OK)
        return e->code;
    group = dict_find(job->groups, buf_text(text));
    if (group == NULL)
        group = group_add(job, buf_text(text), line);
    group->lines++;
    for (size_t i = 0; i < job->setup->field_count; i++)
        if (aggregate__add(&group->slots[i], &job->setup->fields[i], line, e) != ERR_OK)
            return e->code;
    return ERR_OK;
}

static enum err_code lines_add(struct aggregate_job *job, const atomic_bool *given_up,
                               struct err *e)
{
    enum err_code rc = ERR_OK;
    struct buf text, key;

    buf_init(&text, (LINE_KEY_MAX + 16) * (job->setup->key_count + 1));
    buf_init(&key, LINE_KEY_MAX + 1);
    for (size_t i = 0; i < json_array_size(job->items) && rc == ERR_OK; i++) {
        if ((i & 1023) == 0 && given_up != NULL && atomic_load(given_up))
            rc = err_set(e, ERR_CANCELLED, "the calculation was given up");
        else if (line_add(job, json_array_get(job->items, i), &text, &key, e) != ERR_OK)
            rc = err_prefix(e, "line %zu", i + 1);
    }
    buf_fini(&text);
    buf_fini(&key);
    return rc;
}

/* ---- Rows */

static enum err_code row_make(const struct aggregate_setup *setup, struct group *group,
                              struct err *e)
{
    bool failed = false;

    group->row = json_object();
    for (size_t i = 0; i < setup->key_count; i++) {
        json_t *value = line_at(group->line, &setup->keys[i].from);

        json_put(group->row, setup->keys[i].to, value != NULL ? json_incref(value) : json_null(),
                 &failed);
    }
    for (size_t i = 0; i < setup->field_count; i++) {
        json_t *value = aggregate__value(&group->slots[i], &setup->fields[i], e);

        if (value == NULL)
            return e->code;
        json_put(group->row, setup->fields[i].to, value, &failed);
    }
    return failed ? err_set(e, ERR_MEMORY, "no memory for a group") : ERR_OK;
}

/* null fulfils no condition. */
static enum err_code row_holds(const struct aggregate_having *having, const json_t *row,
                               bool *holds, struct err *e)
{
    const json_t *value = json_object_get(row, having->field);
    int order;

    *holds = false;
    if (json_is_null(value))
        return ERR_OK;
    if (aggregate__compare(value, having->than, &order, e) != ERR_OK)
        return err_prefix(e, "having: \"%s\"", having->field);
    switch (having->test) {
    case AGGREGATE_EQUAL:
        *holds = order == 0;
        break;
    case AGGREGATE_NOT_EQUAL:
        *holds = order != 0;
        break;
    case AGGREGATE_LESS:
        *holds = order < 0;
        break;
    case AGGREGATE_AT_MOST:
        *holds = order <= 0;
        break;
    case AGGREGATE_MORE:
        *holds = order > 0;
        break;
    case AGGREGATE_AT_LEAST:
        *holds = order >= 0;
        break;
    }
    return ERR_OK;
}

static enum err_code rows_make(struct aggregate_job *job, struct err *e)
{
    for (size_t i = 0; i < job->count; i++) {
        struct group *group = job->list[i];

        if (row_make(job->setup, group, e) != ERR_OK)
            return e->code;
        group->kept = true;
        for (size_t j = 0; j < job->setup->having_count && group->kept; j++)
            if (row_holds(&job->setup->having[j], group->row, &group->kept, e) != ERR_OK)
                return e->code;
    }
    return ERR_OK;
}

/* null stands last, in either order. */
static int group_compare(const void *left, const void *right, void *arg)
{
    const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
    struct aggregate_job *job = arg;

    for (size_t i = 0; i < job->setup->order_count; i++) {
        const struct aggregate_order *by = &job->setup->order[i];
        const json_t *x = json_object_get(a->row, by->field);
        const json_t *y = json_object_get(b->row, by->field);
        struct err e;
        int order = 0;

        if (json_is_null(x) || json_is_null(y)) {
            if (json_is_null(x) != json_is_null(y))
                return json_is_null(x) ? 1 : -1;
            continue;
        }
        if (aggregate__compare(x, y, &order, &e) != ERR_OK && job->sort_error.code == ERR_OK) {
            job->sort_error = e;
            err_prefix(&job->sort_error, "sort: \"%s\"", by->field);
        }
        if (order != 0)
            return by->descending ? -order : order;
    }
    return (a->place > b->place) - (a->place < b->place);
}

/* ---- Running sums and the control totals */

static enum err_code running_set(struct aggregate_job *job, struct err *e)
{
    for (size_t i = 0; i < job->setup->field_count; i++) {
        const struct aggregate_field *field = &job->setup->fields[i];
        struct decimal sum = { 0 };
        bool failed = false;

        for (size_t j = 0; j < job->count && field->what == AGGREGATE_RUNNING; j++) {
            if (!job->list[j]->kept)
                continue;
            if (decimal_add(&sum, &sum, &job->list[j]->slots[i].sum, e) != ERR_OK)
                return err_set(e, ERR_LIMIT, "a running sum has more than %d digits",
                               DECIMAL_DIGITS);
            json_put(job->list[j]->row, field->to, aggregate__decimal(&sum), &failed);
            if (failed)
                return err_set(e, ERR_MEMORY, "no memory for a running sum");
        }
    }
    return ERR_OK;
}

static bool field_sums(const struct aggregate_field *field)
{
    return field->what == AGGREGATE_SUM || field->what == AGGREGATE_RUNNING;
}

static enum err_code control_add(struct control *control, const struct aggregate_setup *setup,
                                 const struct group *group, struct err *e)
{
    control->groups++;
    control->lines += group->lines;
    for (size_t i = 0; i < setup->field_count; i++)
        if (field_sums(&setup->fields[i]) &&
            decimal_add(&control->sums[i], &control->sums[i], &group->slots[i].sum, e) != ERR_OK)
            return err_set(e, ERR_LIMIT, "a total has more than %d digits", DECIMAL_DIGITS);
    return ERR_OK;
}

static json_t *control_json(const struct control *control, const struct aggregate_setup *setup,
                            bool *failed)
{
    json_t *json = json_object(), *sums = json_object();

    json_put(json, "groups", json_integer((json_int_t)control->groups), failed);
    json_put(json, "lines", json_integer((json_int_t)control->lines), failed);
    for (size_t i = 0; i < setup->field_count; i++)
        if (field_sums(&setup->fields[i]))
            json_put(sums, setup->fields[i].to, aggregate__decimal(&control->sums[i]), failed);
    json_put(json, "sums", sums, failed);
    return json;
}

/* Adds up the lines once more, past the groups: what the groups hold must be the same. */
static enum err_code control_prove(const struct aggregate_job *job, const struct control parts[2],
                                   struct control *all, struct err *e)
{
    const struct aggregate_setup *setup = job->setup;

    for (size_t i = 0; i < json_array_size(job->items); i++) {
        all->lines++;
        for (size_t j = 0; j < setup->field_count; j++) {
            json_t *value = field_sums(&setup->fields[j])
                                ? line_at(json_array_get(job->items, i), &setup->fields[j].from)
                                : NULL;
            struct decimal number;

            if (value != NULL && (aggregate__number(value, &number, e) != ERR_OK ||
                                  decimal_add(&all->sums[j], &all->sums[j], &number, e) != ERR_OK))
                return e->code;
        }
    }
    all->groups = parts[0].groups + parts[1].groups;
    if (all->lines != parts[0].lines + parts[1].lines)
        return err_set(e, ERR_INTERNAL, "the groups do not hold every line once");
    for (size_t j = 0; j < setup->field_count; j++) {
        struct decimal sum;

        if (decimal_add(&sum, &parts[0].sums[j], &parts[1].sums[j], e) != ERR_OK)
            return e->code;
        if (decimal_compare(&sum, &all->sums[j]) != 0)
            return err_set(e, ERR_INTERNAL, "the sums of the groups are not those of the lines");
    }
    return ERR_OK;
}

static json_t *output_make(struct aggregate_job *job, struct err *e)
{
    const struct aggregate_setup *setup = job->setup;
    struct decimal *sums = mem_must((3 * setup->field_count + 1) * sizeof *sums);
    struct control parts[2] = { { .sums = sums }, { .sums = sums + setup->field_count } };
    struct control all = { .sums = sums + 2 * setup->field_count };
    json_t *groups = json_array(), *output = json_object();
    bool failed = groups == NULL || output == NULL;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < job->count && rc == ERR_OK; i++) {
        rc = control_add(&parts[!job->list[i]->kept], setup, job->list[i], e);
        if (job->list[i]->kept && json_array_append(groups, job->list[i]->row) != 0)
            failed = true;
    }
    if (rc == ERR_OK)
        rc = control_prove(job, parts, &all, e);
    json_put(output, "groups", groups, &failed);
    json_put(output, "totals", control_json(&all, setup, &failed), &failed);
    json_put(output, "kept", control_json(&parts[0], setup, &failed), &failed);
    json_put(output, "left_out", control_json(&parts[1], setup, &failed), &failed);
    mem_free(sums);
    if (rc == ERR_OK && failed)
        rc = err_set(e, ERR_MEMORY, "no memory for the groups");
    if (rc == ERR_OK)
        return output;
    json_decref(output);
    return NULL;
}

static json_t *job_run(void *arg, const atomic_bool *given_up, struct err *e)
{
    struct aggregate_job *job = arg;

    check(job->count == 0);
    if (lines_add(job, given_up, e) != ERR_OK || rows_make(job, e) != ERR_OK)
        return NULL;
    if (job->count > 1 && job->setup->order_count > 0) {
        qsort_r(job->list, job->count, sizeof *job->list, group_compare, job);
        if (job->sort_error.code != ERR_OK) {
            *e = job->sort_error;
            return NULL;
        }
    }
    if (running_set(job, e) != ERR_OK)
        return NULL;
    return output_make(job, e);
}

const struct list_job_kind aggregate_job = {
    .names = { "items" },
    .is_short = job_is_short,
    .begin = job_begin,
    .run = job_run,
    .end = job_end,
};
