/* dead.c - dead letters: failed runs that nobody has settled, grouped by what they have in common.
 *
 * A fingerprint is made of the flow, the step that failed, the kind of the failure and its text
 * without what differs from run to run: every word with a digit in it is one '#'. */
#include "engine/operate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_priv.h"

#define DEAD_LOOK 10000u /* failed runs that are looked at */

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

struct dead_look {
    struct store *store;
    const struct dead_filter *filter;
    json_t *groups; /* by fingerprint */
    unsigned seen;
    struct err e;
};

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

static json_t *dead_group(struct dead_look *look, const char *fingerprint, const char *flow,
                          const json_t *error)
{
    json_t *group = json_object_get(look->groups, fingerprint);

    if (group != NULL)
        return group;
    group = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:i, s:n, s:n, s:n, s:[]}", "fingerprint",
                      fingerprint, "flow", flow, "step", json_get_text(error, "step"), "kind",
                      json_get_text(error, "kind"), "text", json_get_text(error, "text"), "count",
                      0, "first_at", "last_at", "example", "runs");
    check(group != NULL);
    json_object_set_new_nocheck(look->groups, fingerprint, group);
    return group;
}

static json_t *dead_time(int64_t ms)
{
    char text[CLOCK_TEXT];

    clock_text(ms, text);
    return json_string(text);
}

/* Runs come from the newest to the oldest. */
static bool dead_run(void *arg, const struct store_run *run)
{
    struct dead_look *look = arg;
    char fingerprint[DEAD_FINGERPRINT], id[IDENT_TEXT];
    json_t *error = NULL, *group;
    struct err e;

    look->seen++;
    if ((look->filter->workspace != NULL && strcmp(look->filter->workspace, run->workspace) != 0) ||
        (look->filter->environment != NULL &&
         strcmp(look->filter->environment, run->environment) != 0))
        return true;
    if (engine_dead_settled(look->store, run->run, &look->e))
        return true;
    if (look->e.code != ERR_OK)
        return false;
    if (run->error != NULL)
        error = json_read(run->error, strlen(run->error), &record_limits, &e);
    dead_fingerprint(run->flow, error, fingerprint);
    if (look->filter->fingerprint == NULL || strcmp(look->filter->fingerprint, fingerprint) == 0) {
        ident_text(run->run, id);
        group = dead_group(look, fingerprint, run->flow, error);
        json_object_set_new_nocheck(group, "count",
                                    json_integer(json_get_int(group, "count", 0) + 1));
        json_object_set_new_nocheck(group, "first_at", dead_time(run->received_ms));
        if (json_is_null(json_object_get(group, "example"))) {
            json_object_set_new_nocheck(group, "example", json_string(id));
            json_object_set_new_nocheck(group, "last_at", dead_time(run->received_ms));
        }
        json_array_append_new(json_object_get(group, "runs"), json_string(id));
    }
    json_decref(error);
    return true;
}

static int dead_compare(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    int64_t more = json_get_int(b, "count", 0) - json_get_int(a, "count", 0);

    if (more != 0)
        return more > 0 ? 1 : -1;
    return strcmp(json_get_text(b, "example"), json_get_text(a, "example"));
}

/* The largest first. */
static json_t *dead_sorted(json_t *groups)
{
    size_t count = json_object_size(groups), i = 0;
    json_t **list = mem_must((count + 1) * sizeof *list), *sorted = json_array(), *group;
    const char *fingerprint;

    json_object_foreach(groups, fingerprint, group)
    {
        list[i++] = group;
    }
    qsort(list, count, sizeof *list, dead_compare);
    for (i = 0; i < count; i++)
        json_array_append(sorted, list[i]);
    mem_free(list);
    return sorted;
}

json_t *engine_dead(struct store *store, const struct dead_filter *filter, struct err *e)
{
    struct store_runs_filter runs = { .flow = filter->flow,
                                      .status = RUN_FAILED,
                                      .limit = DEAD_LOOK };
    struct dead_look look = { .store = store, .filter = filter, .groups = json_object() };
    json_t *out = NULL;

    look.e.code = ERR_OK;
    e->code = store_runs(store, &runs, dead_run, &look, e);
    if (e->code == ERR_OK && look.e.code != ERR_OK)
        *e = look.e;
    if (e->code == ERR_OK) {
        out = json_pack("{s:o}", "groups", dead_sorted(look.groups));
        if (look.seen == DEAD_LOOK)
            json_object_set_new_nocheck(out, "more", json_true());
    }
    json_decref(look.groups);
    return out;
}
