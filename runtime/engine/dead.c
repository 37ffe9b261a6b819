/* dead.c - dead letters: failed runs that nobody has settled, grouped by what they have in common.
 *
 * A fingerprint is made of the flow, the step that failed, the kind of the failure and its text
 * without what differs from run to run: every word with a digit in it is one '#'. */
#include "engine/dead.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "engine/engine_priv.h"
#include "engine/unseen.h"
#include "store/look.h"

#define DEAD_LOOK  10000u     /* failed runs that are looked at */
#define DEAD_KNOWN (2u * KIB) /* bytes of an error that is remembered as it stands */

/* ---- Fingerprints */

static bool dead_is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || (c & 0x80) != 0;
}

/* "invoice INV-4711 of 12.50" becomes "invoice # of #.#" */
static void dead_normalise(const char *text, struct buf *out)
{
    while (*text != '\0') {
        size_t size = 0;
        bool digit = false;

        while (dead_is_word(text[size]))
            digit = isdigit((unsigned char)text[size++]) || digit;
        if (size == 0)
            buf_add_char(out, *text++);
        else if (digit)
            buf_add_char(out, '#');
        else
            buf_add(out, text, size);
        text += size;
    }
}

static void dead_fingerprint(const char *flow, const json_t *error, char text[DEAD_FINGERPRINT])
{
    const char *step = json_get_text(error, "step"), *kind = json_get_text(error, "kind"),
               *why = json_get_text(error, "text");
    char digest[DIGEST_TEXT];
    struct buf all;

    buf_init(&all, 8 * KIB);
    buf_addf(&all, "%s\n%s\n%s\n", flow, step != NULL ? step : "", kind != NULL ? kind : "");
    dead_normalise(why != NULL ? why : "", &all);
    digest_text(buf_text(&all), all.len, digest);
    snprintf(text, DEAD_FINGERPRINT, "%.16s", digest);
    buf_fini(&all);
}

void engine_dead_fingerprint(const struct store_run *run, char text[DEAD_FINGERPRINT])
{
    struct err e;
    json_t *error =
        run->error != NULL ? json_read(run->error, strlen(run->error), &record_limits, &e) : NULL;

    dead_fingerprint(run->flow, error, text);
    json_decref(error);
}

/* ---- Groups */

struct dead_group {
    json_t *about; /* {"fingerprint", "flow", "step"?, "kind"?, "text"?}; owned */
    json_t *runs;  /* owned; NULL: not asked for */
    unsigned count;
    int64_t first_ms, last_ms;
    uint64_t example; /* the newest */
};

struct dead_count {
    struct dead_filter filter;
    struct dict *groups; /* by fingerprint; owned with what it holds */
    struct dict
        *known; /* by flow and error as they stand: most are like another. NULL: not asked */
    struct store *store;
    uint64_t before;
    unsigned seen;
    bool done, more;
    struct err e;
};

static struct dead_group dead_other; /* of errors that are not asked for */

static bool dead_fact(void *arg, const struct store_fact *fact)
{
    (void)fact;
    *(bool *)arg = true;
    return false;
}

bool engine_dead_settled(struct store *store, uint64_t run, struct err *e)
{
    char id[IDENT_TEXT];
    struct store_facts_filter filter = { .kind = FACT_SETTLED, .key = id };
    bool settled = false;

    ident_text(run, id);
    e->code = store_facts(store, &filter, dead_fact, &settled, e);
    return settled;
}

bool engine_dead_is(const struct store_run *run)
{
    return run->status == RUN_FAILED || unseen_is_told(run);
}

unsigned engine_dead_statuses(const struct store *store)
{
    return STORE_LOOK_STATUS(RUN_FAILED) |
           (store->restored != 0 ? STORE_LOOK_STATUS(RUN_CANCELLED) : 0);
}

/* By what its error says. */
static struct dead_group *dead_group_read(struct dead_count *count, const struct store_run *run)
{
    char fingerprint[DEAD_FINGERPRINT];
    struct dead_group *group;
    struct err e;
    json_t *error =
        run->error != NULL ? json_read(run->error, strlen(run->error), &record_limits, &e) : NULL;

    dead_fingerprint(run->flow, error, fingerprint);
    group = dict_find(count->groups, fingerprint);
    if (count->filter.fingerprint != NULL && strcmp(count->filter.fingerprint, fingerprint) != 0) {
        group = &dead_other;
    } else if (group == NULL) {
        group = mem_must(sizeof *group);
        group->about =
            json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "fingerprint", fingerprint, "flow", run->flow,
                      "step", json_get_text(error, "step"), "kind", json_get_text(error, "kind"),
                      "text", json_get_text(error, "text"));
        check(group->about != NULL);
        group->runs = count->filter.runs ? json_array() : NULL;
        dict_put(count->groups, fingerprint, group);
    }
    json_decref(error);
    return group;
}

static struct dead_group *dead_group(struct dead_count *count, const struct store_run *run)
{
    struct dead_group *group = NULL;
    struct buf key;

    buf_init(&key, DEAD_KNOWN);
    buf_addf(&key, "%s\n%s", run->flow, run->error != NULL ? run->error : "");
    if (buf_ok(&key))
        group = dict_find(count->known, buf_text(&key));
    if (group == NULL) {
        group = dead_group_read(count, run);
        if (buf_ok(&key))
            dict_put(count->known, buf_text(&key), group);
    }
    buf_fini(&key);
    return group;
}

/* Runs come from the newest to the oldest. */
static enum store_look_word dead_run(void *arg, const struct store_run *run)
{
    struct dead_count *count = arg;
    struct dead_group *group = engine_dead_is(run) ? dead_group(count, run) : &dead_other;
    char id[IDENT_TEXT];

    if (group == &dead_other || engine_dead_settled(count->store, run->run, &count->e))
        return LOOK_PASS;
    if (count->e.code != ERR_OK)
        return LOOK_STOP;
    if (group->count++ == 0) {
        group->example = run->run;
        group->last_ms = run->received_ms;
    }
    group->first_ms = run->received_ms;
    if (group->runs != NULL) {
        ident_text(run->run, id);
        json_array_append_new(group->runs, json_string(id));
    }
    return LOOK_PASS;
}

struct dead_count *dead_count_new(const struct dead_filter *filter)
{
    struct dead_count *count = mem_must(sizeof *count);

    count->filter = *filter;
    count->groups = dict_new();
    count->known = dict_new();
    return count;
}

void dead_count_free(struct dead_count *count)
{
    struct dead_group *group;
    const char *fingerprint;
    size_t cursor = 0;

    if (count == NULL)
        return;
    while ((group = dict_next(count->groups, &cursor, &fingerprint)) != NULL) {
        json_decref(group->about);
        json_decref(group->runs);
        mem_free(group);
    }
    dict_free(count->groups);
    dict_free(count->known);
    mem_free(count);
}

enum err_code dead_count_slice(struct dead_count *count, struct store *store,
                               const struct effort *effort, struct err *e)
{
    const struct store_look look = { .workspace = count->filter.workspace,
                                     .environment = count->filter.environment,
                                     .flow = count->filter.flow,
                                     .statuses = engine_dead_statuses(store),
                                     .before = count->before,
                                     .most = DEAD_LOOK - count->seen,
                                     .effort = effort };
    struct store_look_end end;

    check(!count->done);
    count->store = store;
    count->e.code = ERR_OK;
    if (store_look(store, &look, dead_run, count, &end, e) != ERR_OK)
        return e->code;
    if (count->e.code != ERR_OK) {
        *e = count->e;
        return e->code;
    }
    count->seen += end.seen;
    count->before = end.before;
    count->more = end.before != 0 && count->seen >= DEAD_LOOK;
    count->done = end.before == 0 || count->more;
    return e->code = ERR_OK;
}

bool dead_count_done(const struct dead_count *count)
{
    return count->done;
}

/* ---- As JSON */

static json_t *dead_time(int64_t ms)
{
    char text[CLOCK_TEXT];

    clock_text(ms, text);
    return json_string(text);
}

static json_t *dead_group_json(const struct dead_group *group)
{
    json_t *shown = json_copied(group->about);
    char id[IDENT_TEXT];

    ident_text(group->example, id);
    json_object_set_new_nocheck(shown, "count", json_integer(group->count));
    json_object_set_new_nocheck(shown, "first_at", dead_time(group->first_ms));
    json_object_set_new_nocheck(shown, "last_at", dead_time(group->last_ms));
    json_object_set_new_nocheck(shown, "example", json_string(id));
    if (group->runs != NULL)
        json_object_set_nocheck(shown, "runs", group->runs);
    return shown;
}

/* The largest first, of those the newest. */
static int dead_compare(const void *left, const void *right)
{
    const struct dead_group *a = *(struct dead_group *const *)left,
                            *b = *(struct dead_group *const *)right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return a->example < b->example ? 1 : a->example > b->example ? -1 : 0;
}

json_t *dead_count_json(const struct dead_count *count)
{
    struct dead_group **list = mem_must((dict_count(count->groups) + 1) * sizeof(*list)), *group;
    json_t *groups = json_array(), *out = json_pack("{s:o}", "groups", groups);
    size_t cursor = 0, found = 0;
    const char *fingerprint;

    check(out != NULL);
    while ((group = dict_next(count->groups, &cursor, &fingerprint)) != NULL)
        if (group->count > 0) /* else all of them are settled */
            list[found++] = group;
    qsort(list, found, sizeof(*list), dead_compare);
    for (size_t i = 0; i < found; i++)
        json_array_append_new(groups, dead_group_json(list[i]));
    mem_free(list);
    if (count->more)
        json_object_set_new_nocheck(out, "more", json_true());
    return out;
}

json_t *engine_dead(struct store *store, const struct dead_filter *filter, struct err *e)
{
    struct dead_count *count = dead_count_new(filter);
    json_t *out = NULL;

    if (dead_count_slice(count, store, NULL, e) == ERR_OK)
        out = dead_count_json(count);
    dead_count_free(count);
    return out;
}
