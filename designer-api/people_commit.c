/* people_commit.c - a change of people's objects; what follows it sees the book as it is then. */
#include "designer-api/people_book_priv.h"

#include <string.h>

struct commit {
    struct people *people;
    size_t count;
    struct {
        const char *kind; /* literal */
        char id[LIMIT_ID];
    } items[COMMIT_MOST];
    engine_done_fn *then;
    void *arg;
};

static void commit_end(struct commit *commit, const struct err *e)
{
    struct people *people = commit->people;

    if (!people->closed && e->code == ERR_OK)
        for (size_t i = 0; i < commit->count; i++)
            people__refresh(people, commit->items[i].kind, commit->items[i].id);
    if (commit->then != NULL)
        commit->then(commit->arg, e);
    mem_free(commit);
    people__let(people);
}

static void commit_told(void *arg, const struct err *e)
{
    commit_end(arg, e);
}

void people__commit(struct people *people, const char *by, struct commit_item *items, size_t count,
                    engine_done_fn *then, void *arg)
{
    struct object_change changes[COMMIT_MOST];
    struct commit *commit = mem_must(sizeof *commit);
    struct err e = { .code = ERR_OK };

    CHECK_OBJ(people, PEOPLE_MAGIC);
    check(count > 0 && count <= COMMIT_MOST);
    people__hold(people);
    *commit = (struct commit){ .people = people, .count = count, .then = then, .arg = arg };
    for (size_t i = 0; i < count; i++) {
        changes[i] = (struct object_change){ .kind = items[i].kind,
                                             .workspace = "",
                                             .id = items[i].id,
                                             .from = items[i].from,
                                             .body = items[i].body,
                                             .by = by,
                                             .what = items[i].what,
                                             .detail = items[i].detail,
                                             .told = items[i].told,
                                             .until_ms = items[i].until_ms };
        commit->items[i].kind = items[i].kind;
        snprintf(commit->items[i].id, LIMIT_ID, "%s", items[i].id);
    }
    if (people->closed)
        err_set(&e, ERR_UNAVAILABLE, "the server ends");
    else
        e.code =
            object_change_all(people->options.objects, changes, count, commit_told, commit, &e);
    for (size_t i = 0; i < count; i++) {
        json_decref(items[i].body);
        json_decref(items[i].detail);
    }
    if (e.code != ERR_OK)
        commit_end(commit, &e);
}
