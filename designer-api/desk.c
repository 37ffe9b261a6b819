/* desk.c - what one exception is made of. */
#include "designer-api/desk.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "designer-api/group.h"
#include "designer-api/mask.h"
#include "designer-api/object.h"
#include "designer-api/when.h"
#include "engine/dead.h"
#include "engine/operate.h"

static const char *const desk_names[DESK_TYPES] = { "connection", "in_doubt", "review", "unmatched",
                                                    "dead" };

const char *desk_type_name(enum desk_type type)
{
    return desk_names[type];
}

bool desk_type_find(const char *name, enum desk_type *type)
{
    for (unsigned i = 0; i < DESK_TYPES; i++)
        if (strcmp(desk_names[i], name) == 0) {
            *type = (enum desk_type)i;
            return true;
        }
    return false;
}

/* ---- Ids */

/* "lines[3]/approve" and "main/production/x/erp" become "lines:3.approve", "main:production:x:erp".
 */
void desk_id_text(const struct desk_id *id, char text[DESK_ID])
{
    char run[IDENT_TEXT] = "";
    size_t used;

    if (id->run != 0)
        ident_text(id->run, run);
    used = (size_t)snprintf(text, DESK_ID, "%s-%s", desk_names[id->type], run);
    if (id->run != 0 && id->about[0] != '\0')
        text[used++] = '-';
    for (const char *at = id->about; *at != '\0' && used < DESK_ID - 1; at++) {
        if (*at == ']')
            continue;
        text[used++] = *at == '[' ? ':' : *at != '/' ? *at : id->run != 0 ? '.' : ':';
    }
    text[used] = '\0';
}

bool desk_id_parse(const char *text, struct desk_id *id)
{
    char name[16], run[IDENT_TEXT];
    size_t size = strcspn(text, "-"), used = 0;

    memset(id, 0, sizeof *id);
    snprintf(name, sizeof name, "%.*s", (int)(size < 15 ? size : 15), text);
    if (text[size] != '-' || !desk_type_find(name, &id->type) || strlen(text) >= DESK_ID / 2)
        return false;
    text += size + 1;
    if (id->type != DESK_CONNECTION) {
        size = strcspn(text, "-");
        snprintf(run, sizeof run, "%.*s", (int)(size < 13 ? size : 13), text);
        if (!ident_parse(run, &id->run) || id->run == 0)
            return false;
        text += size + (text[size] == '-');
    }
    for (; *text != '\0'; text++) {
        if (*text == '.' && id->run != 0)
            id->about[used++] = ']';
        id->about[used++] = *text == ':'                   ? id->run != 0 ? '[' : '/'
                            : *text == '.' && id->run != 0 ? '/'
                                                           : *text;
    }
    return (id->about[0] == '\0') == (id->type == DESK_DEAD);
}

/* ---- What happened, and what can be done */

static const struct {
    const char *happened, *remedy;
} desk_words[DESK_TYPES] = {
    [DESK_CONNECTION] = { "The connection is not used: its system refuses the credential, or does "
                          "not answer. What needs it waits.",
                          "Mend the credential or the system, then resume. Nothing is lost." },
    [DESK_IN_DOUBT] = { "A request left and its answer never came: the effect may have happened, "
                        "or "
                        "not.",
                        "Look in the other system, or let its connector look (probe). happened: it "
                        "is there; send: it is not, send it "
                        "once more; fail: the run goes on as if it had failed." },
    [DESK_REVIEW] = { "The flow asks a person to decide.",
                      "Choose one of the ways out; what the form asks for goes with it." },
    [DESK_UNMATCHED] = { "No candidate is certain enough to be taken without a person.",
                         "Choose the candidate that belongs to it, or say that there is none." },
    [DESK_DEAD] = { "The run failed and nobody has said what becomes of it.",
                    "Mend the cause, then replay: it goes on where it stood, and nothing is done "
                    "twice. Or settle it, when it was put right elsewhere." },
};

static json_t *desk_new(const struct desk_id *id, json_t *ports)
{
    char text[DESK_ID];
    json_t *one;

    desk_id_text(id, text);
    one = json_pack("{s:s, s:s, s:s, s:s, s:o}", "exception", text, "type", desk_names[id->type],
                    "happened", desk_words[id->type].happened, "remedy",
                    desk_words[id->type].remedy, "ports", ports);
    check(one != NULL);
    return one;
}

static void desk_move(json_t *to, const json_t *from, const char *const *names)
{
    for (; *names != NULL; names++)
        if (json_object_get(from, *names) != NULL)
            json_object_set_nocheck(to, *names, json_object_get(from, *names));
}

/* The first list of candidates in what the review shows. */
static json_t *desk_candidates(json_t *data, unsigned depth)
{
    json_t *found = json_object_get(data, "candidates"), *one;
    const char *name;

    if (json_is_array(found))
        return found;
    if (depth == 0)
        return NULL;
    json_object_foreach(data, name, one)
    {
        found = desk_candidates(one, depth - 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

json_t *desk_task(const struct store_fact *fact)
{
    static const char *const names[] = { "flow",      "workspace", "environment", "step",   "title",
                                         "role",      "escalate",  "form",        "data",   "error",
                                         "approvals", "decided",   "overdue",     "probes", "probe",
                                         "titles",    NULL };
    struct desk_id id = { .type = DESK_REVIEW, .run = fact->run };
    const char *step;
    struct err e;
    json_t *task = mask_value(json_read(fact->value, strlen(fact->value), &json_limits_reply, &e));
    json_t *one, *candidates, *opened;
    char run[IDENT_TEXT];

    if (task == NULL)
        return NULL;
    step = json_get_text(task, "step");
    snprintf(id.about, sizeof id.about, "%s", step != NULL ? step : "");
    if (json_get_text(task, "kind") != NULL && strcmp(json_get_text(task, "kind"), "doubt") == 0)
        id.type = DESK_IN_DOUBT;
    candidates = id.type == DESK_REVIEW ? desk_candidates(json_object_get(task, "data"), 3) : NULL;
    one = desk_new(&id, json_incref(json_object_get(task, "ports")));
    ident_text(fact->run, run);
    json_object_set_new_nocheck(one, "run", json_string(run));
    desk_move(one, task, names);
    opened = json_object_get(task, "opened_at");
    if (opened != NULL)
        json_object_set_nocheck(one, "since", opened);
    if (fact->at_ms != 0)
        json_object_set_new_nocheck(one, "due_at", when_json(fact->at_ms));
    if (candidates != NULL) {
        json_object_set_new_nocheck(one, "type", json_string(desk_names[DESK_UNMATCHED]));
        json_object_set_new_nocheck(one, "remedy", json_string(desk_words[DESK_UNMATCHED].remedy));
        json_object_set_new_nocheck(one, "happened",
                                    json_string(desk_words[DESK_UNMATCHED].happened));
        json_object_set_nocheck(one, "candidates", candidates);
    }
    json_decref(task);
    return one;
}

static void desk_unseen(json_t *one)
{
    json_object_set_new_nocheck(
        one, "happened",
        json_string("The run came back with a backup and was cancelled before it went on. What it "
                    "had done after the backup was made is not known here."));
    json_object_set_new_nocheck(
        one, "remedy",
        json_string("Look in the other systems for what its later steps do, and settle it when it "
                    "is put right. A replay asks before each effect that may not be repeated."));
}

/* One that had ended before the backup: it may have been replayed since. */
static void desk_replayed(json_t *one)
{
    char text[600];

    snprintf(text, sizeof text,
             "%s The store was restored from a backup since: whether the run was replayed after "
             "that was made, and what its replay did, is not known here. A replay asks before each "
             "effect that may not be repeated.",
             desk_words[DESK_DEAD].remedy);
    json_object_set_new_nocheck(one, "remedy", json_string(text));
}

json_t *desk_dead(const struct store *store, const struct store_run *run)
{
    static const char *const names[] = { "run",   "flow",   "workspace", "environment", "version",
                                         "error", "dedupe", "order_key", NULL };
    const struct desk_id id = { .type = DESK_DEAD, .run = run->run };
    char fingerprint[DEAD_FINGERPRINT];
    json_t *row = engine_row(run), *one = desk_new(&id, json_pack("[s,s]", "replay", "settle"));
    const char *text = json_get_text(json_object_get(row, "error"), "text"),
               *step = json_get_text(json_object_get(row, "error"), "step");

    json_object_del(json_object_get(row, "error"), "details");
    desk_move(one, row, names);
    if (text != NULL)
        json_object_set_new_nocheck(one, "title", json_string(text));
    if (step != NULL)
        json_object_set_new_nocheck(one, "step", json_string(step));
    json_object_set_new_nocheck(one, "since", when_json(run->ended_ms));
    if (run->status == RUN_CANCELLED)
        desk_unseen(one);
    else if (run->run <= store->restored)
        desk_replayed(one);
    engine_dead_fingerprint(run, fingerprint);
    json_object_set_new_nocheck(one, "group", json_string(fingerprint));
    json_decref(row);
    return one;
}

/* ---- Connections, which the engine knows: on the loop */

static json_t *desk_connection(const json_t *row)
{
    struct desk_id id = { .type = DESK_CONNECTION };
    const char *key = json_get_text(row, "connection");
    size_t workspace = strcspn(key, "/"),
           environment = key[workspace] == '/' ? strcspn(key + workspace + 1, "/") : 0;
    json_t *one;

    snprintf(id.about, sizeof id.about, "%s", key);
    one = desk_new(&id, json_pack("[s]", "resume"));
    json_object_set_new_nocheck(one, "workspace", json_stringn(key, workspace));
    if (environment > 0)
        json_object_set_new_nocheck(one, "environment",
                                    json_stringn(key + workspace + 1, environment));
    json_object_set_new_nocheck(one, "connection", json_string(key));
    json_object_set_nocheck(one, "state", json_object_get(row, "state"));
    json_object_set_new_nocheck(one, "since", when_json(json_get_int(row, "since", 0)));
    json_object_set_new_nocheck(
        one, "waiting",
        json_integer(json_get_int(row, "waiting", 0) + json_get_int(row, "parked", 0)));
    if (json_get_text(row, "text") != NULL)
        json_object_set_nocheck(one, "title", json_object_get(row, "text"));
    desk_move(one, row, (const char *const[]){ "system", "credential", NULL });
    return one;
}

json_t *desk_connections(struct ask *ask)
{
    struct err e;
    json_t *rows = engine_connections(ask_engine(ask), &e), *row, *list = json_array();
    const char *state;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        state = json_get_text(row, "state");
        if (state != NULL && strcmp(state, "open") != 0 && strcmp(state, "throttled") != 0)
            json_array_append_new(list, desk_connection(row));
    }
    json_decref(rows);
    return list;
}

/* ---- One */

static bool desk_see_task(void *arg, const struct store_fact *fact)
{
    *(json_t **)arg = desk_task(fact);
    return false;
}

struct desk_see {
    const struct store *store;
    json_t **one;
};

static bool desk_see_dead(void *arg, const struct store_run *run)
{
    struct desk_see *see = arg;

    if (engine_dead_is(run))
        *see->one = desk_dead(see->store, run);
    return false;
}

static json_t *desk_find_of_run(struct beside_ask *look, const struct desk_id *id)
{
    struct store_facts_filter filter = { .kind = FACT_TASK };
    char run[IDENT_TEXT], key[IDENT_TEXT + DESK_ID];
    json_t *one = NULL;
    struct desk_see see = { look->store, &one };

    ident_text(id->run, run);
    snprintf(key, sizeof key, "%s/%s", run, id->about);
    filter.key = key;
    if (id->type != DESK_DEAD)
        look->e.code = store_facts(look->store, &filter, desk_see_task, &one, &look->e);
    else if (store_run_find(look->store, id->run, desk_see_dead, &see, &look->e) == ERR_NOT_FOUND)
        look->e.code = ERR_OK;
    if (one != NULL && id->type == DESK_DEAD &&
        engine_dead_settled(look->store, id->run, &look->e)) {
        json_decref(one);
        one = NULL;
    }
    return one;
}

json_t *desk_find(struct beside_ask *look, const char *text)
{
    const char *workspace = beside_workspace(look);
    struct desk_id id;
    json_t *one = NULL, *row;
    size_t i;

    if (desk_id_parse(text, &id) && id.type != DESK_CONNECTION) {
        one = desk_find_of_run(look, &id);
    } else if (id.type == DESK_CONNECTION) {
        json_array_foreach(look->given, i, row)
        {
            if (strcmp(json_get_text(row, "exception"), text) == 0)
                one = json_incref(row);
        }
    }
    if (one != NULL && workspace != NULL &&
        strcmp(json_get_text(one, "workspace"), workspace) != 0) {
        json_decref(one);
        one = NULL;
    }
    if (one == NULL && look->e.code == ERR_OK)
        err_set(&look->e, ERR_NOT_FOUND, "there is no exception %.200s (any more)", text);
    return one;
}

/* ---- Who has it, and what the caller may do */

static void desk_assigned(const struct ask *ask, json_t *exception)
{
    static const char *const names[] = { "assignee", "due_at", "snoozed_until", "comments", NULL };
    struct object object = { .body = NULL };
    struct err e;

    if (object_read(ask_objects(ask), DESK_KIND, json_get_text(exception, "workspace"),
                    json_get_text(exception, "exception"), &object, &e) == ERR_OK)
        desk_move(exception, object.body, names);
    json_object_set_new_nocheck(exception, "revision",
                                json_integer((json_int_t)desk_revision(&object)));
    object_fini(&object);
}

/* Whether it is the matter of a role or group of the caller. */
static bool desk_is_theirs(const struct ask *ask, const json_t *exception)
{
    const char *role = json_get_text(exception, "role"),
               *escalate = json_get_text(exception, "escalate");

    return role == NULL || group_has(ask, role) ||
           (json_array_size(json_object_get(exception, "decided")) > 0 &&
            group_approves(ask, role)) ||
           (escalate != NULL && json_is_true(json_object_get(exception, "overdue")) &&
            group_has(ask, escalate));
}

bool desk_chose(const struct ask *ask, const json_t *exception)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(exception, "decided"), i, one)
    {
        if (engine_one_person(json_get_text(one, "by"), ask->who->name))
            return true;
    }
    return false;
}

/* Its role or group is none that there is: a flow of a folder said so, or it was removed. */
static void desk_groupless(const struct ask *ask, json_t *exception)
{
    const char *role = json_get_text(exception, "role");
    char text[600];

    if (role == NULL || group_is(ask_objects(ask), json_get_text(exception, "workspace"), role))
        return;
    json_object_set_new_nocheck(exception, "group_missing", json_true());
    snprintf(text, sizeof text,
             "The flow asks the group \"%.100s\" to decide, and there is no such role or group: "
             "only administrators can.",
             role);
    json_object_set_new_nocheck(exception, "happened", json_string_nocheck(text));
    snprintf(text, sizeof text,
             "Make the group \"%.100s\" and put people in it (People, Groups, or PUT "
             "/groups/%.100s); or have the flow name a role or group that there is.",
             role, role);
    json_object_set_new_nocheck(exception, "remedy", json_string_nocheck(text));
}

void desk_dress(const struct ask *ask, json_t *exception)
{
    json_t *can = json_array(), *decided = json_object_get(exception, "decided");
    const char *type = json_get_text(exception, "type");
    bool waits = json_array_size(decided) > 0;
    json_t *one;
    size_t i;

    desk_assigned(ask, exception);
    desk_groupless(ask, exception);
    if (strcmp(type, "connection") == 0) {
        if (who_may(ask->who, MAY_CONNECTIONS_WRITE))
            json_array_append_new(can, json_string("decide"));
    } else if (strcmp(type, "dead") == 0) {
        if (who_may(ask->who, MAY_RUNS_ACT))
            json_array_append_new(can, json_string("decide"));
    } else {
        bool theirs = desk_is_theirs(ask, exception);

        if (!waits && theirs && who_may(ask->who, MAY_EXCEPTIONS_DECIDE))
            json_array_append_new(can, json_string("decide"));
        if (waits && theirs && who_may(ask->who, MAY_EXCEPTIONS_APPROVE) &&
            !desk_chose(ask, exception))
            json_array_append_new(can, json_string("approve"));
        if (json_is_true(json_object_get(exception, "probes")) &&
            who_may(ask->who, MAY_EXCEPTIONS_DECIDE))
            json_array_append_new(can, json_string("probe"));
    }
    if (who_may(ask->who, MAY_EXCEPTIONS_DECIDE))
        json_array_append_new(can, json_string("change"));
    json_object_set_new_nocheck(exception, "can", can);
    if (!who_may(ask->who, MAY_PAYLOADS_READ)) {
        json_array_foreach(decided, i, one)
        {
            json_object_del(one, "data");
        }
        json_object_del(exception, "data");
        json_object_del(exception, "candidates");
    }
}
