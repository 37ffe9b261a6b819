/* api_desk_act.c - what is done about an exception: it is decided, approved by a second person,
 * looked for, given to somebody, spoken about. Many at once: api_desk_bulk.c.
 *
 * Four eyes: where a task asks for two people, who decides first needs exceptions.decide and the
 * other one exceptions.approve; the engine sees to it that they are two. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/desk.h"
#include "designer-api/group.h"
#include "designer-api/object.h"
#include "designer-api/people_book_priv.h"
#include "designer-api/when.h"
#include "engine/operate.h"

#define DESK_COMMENTS 200u

/* ---- Deciding */

/* Of those that the task names the ones they have, are in or approve for, and their own. */
static size_t desk_roles(const struct ask *ask, const json_t *one, const char *roles[3])
{
    const char *asked[] = { json_get_text(one, "role"), json_get_text(one, "escalate") };
    bool second = json_array_size(json_object_get(one, "decided")) > 0;
    size_t count = 0;

    for (size_t i = 0; i < 2; i++)
        if (asked[i] != NULL &&
            (group_has(ask, asked[i]) || (second && group_approves(ask, asked[i]))))
            roles[count++] = asked[i];
    roles[count++] = role_name(ask->who->role);
    return count;
}

static enum err_code desk_decide_task(struct ask *ask, const json_t *one, const char *port,
                                      engine_done_fn *told, void *arg, struct err *e)
{
    const char *roles[3];
    struct engine_decision decision = {
        .step = json_get_text(one, "step"),
        .port = port,
        .data = json_object_get(ask->body, "data"),
        .by = ask->who->name,
        .roles = roles,
        .role_count = desk_roles(ask, one, roles),
        .reason = json_get_text(ask->body, "reason"),
    };

    check(ident_parse(json_get_text(one, "run"), &decision.run));
    return engine_decide(ask_engine(ask), &decision, told, arg, e);
}

static enum err_code desk_decide_dead(struct ask *ask, json_t *one, const char *port,
                                      engine_done_fn *told, void *arg, struct err *e)
{
    struct replay replay = { .by = ask->who->name,
                             .reason = json_get_text(ask->body, "reason"),
                             .body = json_object_get(ask->body, "data") };
    char text[IDENT_TEXT];
    uint64_t made;

    check(ident_parse(json_get_text(one, "run"), &replay.run));
    if (!who_may(ask->who, MAY_RUNS_ACT))
        return err_set(e, ERR_FORBIDDEN, "to %.20s a run needs the permission runs.act", port);
    if (replay.reason == NULL || replay.reason[0] == '\0')
        return err_set(e, ERR_USAGE, "\"reason\" is missing: a text that is not empty");
    if (strcmp(port, "settle") == 0)
        return engine_settle(ask_engine(ask), replay.run, replay.by, replay.reason, told, arg, e);
    if (strcmp(port, "replay") != 0)
        return err_set(e, ERR_INVALID, "\"%.64s\" is no choice here; there is replay, settle",
                       port);
    if (engine_replay(ask_engine(ask), &replay, &made, told, arg, e) != ERR_OK)
        return e->code;
    ident_text(made, text);
    json_object_set_new_nocheck(one, "made", json_string(text));
    return ERR_OK;
}

static enum err_code desk_decide_connection(struct ask *ask, const json_t *one, const char *port,
                                            engine_done_fn *told, void *arg, struct err *e)
{
    if (strcmp(port, "resume") != 0)
        return err_set(e, ERR_INVALID, "\"%.64s\" is no choice here; there is resume", port);
    if (!who_may(ask->who, MAY_CONNECTIONS_WRITE))
        return err_set(e, ERR_FORBIDDEN, "this needs the permission connections.write");
    return engine_connection_resume(ask_engine(ask), json_get_text(one, "connection"),
                                    ask->who->name, json_get_text(ask->body, "reason"), told, arg,
                                    e);
}

/* Whether the choice can be taken at all, without taking it. */
static enum err_code desk_would(const struct ask *ask, const json_t *one, const char *port,
                                struct err *e)
{
    json_t *known;
    size_t i;

    (void)ask;
    json_array_foreach(json_object_get(one, "ports"), i, known)
    {
        if (strcmp(json_text(known), port) == 0)
            return ERR_OK;
    }
    return err_set(e, ERR_INVALID, "\"%.64s\" is no choice here", port);
}

enum err_code desk_act(struct ask *ask, json_t *one, const char *port, bool dry,
                       engine_done_fn *told, void *arg, struct err *e)
{
    const char *type = json_get_text(one, "type");
    bool second = json_array_size(json_object_get(one, "decided")) > 0;

    if (port == NULL)
        return err_set(e, ERR_USAGE, "\"port\" is missing: the choice");
    if (second && !who_may(ask->who, MAY_EXCEPTIONS_APPROVE))
        return err_set(e, ERR_FORBIDDEN,
                       "somebody has decided; the second one needs exceptions.approve");
    if (desk_chose(ask, one))
        return err_set(e, ERR_FORBIDDEN, "you have decided already; another person must, too");
    if (dry)
        return desk_would(ask, one, port, e);
    if (strcmp(type, "dead") == 0)
        return desk_decide_dead(ask, one, port, told, arg, e);
    if (strcmp(type, "connection") == 0)
        return desk_decide_connection(ask, one, port, told, arg, e);
    return desk_decide_task(ask, one, port, told, arg, e);
}

static void desk_find_work(struct beside_ask *look)
{
    look->value = desk_find(look, look->ask.path[0]);
}

static void desk_acted(struct beside_ask *look, const char *port)
{
    struct ask *ask = &look->ask;
    struct ask_later *later;
    json_t *value;

    if (look->e.code != ERR_OK) {
        ask_refuse(ask, &look->e);
        return;
    }
    later = ask_later(ask);
    value = json_pack("{s:s, s:s*, s:s}", "exception", ask->path[0], "port", port, "by",
                      ask->who->name);
    check(value != NULL);
    later_will(later, 200, value, 0);
    if (desk_act(ask, look->value, port, false, later_told, later, &look->e) != ERR_OK)
        later_refuse(later, &look->e);
    else if (json_get_text(look->value, "made") != NULL) /* a replay: it is told in a later turn */
        json_object_set_nocheck(value, "made", json_object_get(look->value, "made"));
}

static void desk_decided(struct beside_ask *look)
{
    desk_acted(look, json_get_text(look->ask.body, "port"));
}

static void desk_decide(struct ask *ask)
{
    beside_ask(ask, desk_find_work, desk_decided, desk_connections(ask));
}

/* The second pair of eyes: what the first one chose, unless another choice is named. */
static void desk_approved(struct beside_ask *look)
{
    const json_t *first = json_array_get(json_object_get(look->value, "decided"), 0);
    const char *port = json_get_text(look->ask.body, "port");

    if (look->e.code == ERR_OK && first == NULL)
        err_set(&look->e, ERR_CONFLICT, "nobody has decided yet: there is nothing to approve");
    desk_acted(look, port != NULL ? port : json_get_text(first, "port"));
}

static void desk_approve(struct ask *ask)
{
    beside_ask(ask, desk_find_work, desk_approved, desk_connections(ask));
}

/* ---- An effect in doubt is looked for */

struct desk_probe {
    struct ask_later *later;
    char exception[DESK_ID], by[WHO_NAME];
};

static void desk_probed(void *arg, const struct probe_said *said, const struct err *e)
{
    struct desk_probe *probe = arg;
    json_t *value;

    if (said == NULL) {
        later_refuse(probe->later, e);
    } else {
        value =
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "exception", probe->exception, "by", probe->by,
                      "result", said->result, "text", said->text, "next", said->next);
        check(value != NULL);
        later_give(probe->later, 200, value);
    }
    mem_free(probe);
}

static void desk_probe_found(struct beside_ask *look)
{
    struct ask *ask = &look->ask;
    struct desk_probe *probe;
    struct probe_ask wish = { .by = ask->who->name, .reason = json_get_text(ask->body, "reason") };

    if (look->e.code == ERR_OK && strcmp(json_get_text(look->value, "type"), "in_doubt") != 0)
        err_set(&look->e, ERR_CONFLICT,
                "only an effect in doubt can be looked for; this one is a matter of %s",
                json_get_text(look->value, "type"));
    if (look->e.code != ERR_OK) {
        ask_refuse(ask, &look->e);
        return;
    }
    probe = mem_must(sizeof *probe);
    probe->later = ask_later(ask);
    snprintf(probe->exception, sizeof probe->exception, "%.*s", (int)DESK_ID - 1, ask->path[0]);
    snprintf(probe->by, sizeof probe->by, "%s", ask->who->name);
    wish.step = json_get_text(look->value, "step");
    check(ident_parse(json_get_text(look->value, "run"), &wish.run));
    if (engine_probe(ask_engine(ask), &wish, desk_probed, probe, &look->e) == ERR_OK)
        return;
    later_refuse(probe->later, &look->e);
    mem_free(probe);
}

static void desk_probe(struct ask *ask)
{
    beside_ask(ask, desk_find_work, desk_probe_found, desk_connections(ask));
}

/* ---- Who has it, until when, what is said about it */

static enum err_code desk_comment(const struct ask *ask, json_t *body, const char *text,
                                  struct err *e)
{
    json_t *comments = json_object_get(body, "comments");
    struct clock *clock = ask_clock(ask);

    if (comments == NULL) {
        comments = json_array();
        json_object_set_new_nocheck(body, "comments", comments);
    }
    if (json_array_size(comments) >= DESK_COMMENTS)
        return err_set(e, ERR_LIMIT, "there are %u comments; that is enough", DESK_COMMENTS);
    json_array_append_new(comments, json_pack("{s:s, s:o, s:s}", "by", ask->who->name, "at",
                                              when_json(clock->wall_ms(clock)), "text", text));
    return ERR_OK;
}

/* Who is given something is one of the workspace; who stands at the machine hands it to anybody. */
static enum err_code desk_assignee(const struct ask *ask, const char *workspace, struct err *e)
{
    const char *name = json_get_text(ask->body, "assignee");
    const struct people *people = ask_people(ask);
    const struct person *person;

    if (name == NULL || strcmp(name, "me") == 0 || people == NULL || ask->who->kind == WHO_LOCAL)
        return e->code = ERR_OK;
    person = person_named(people, name);
    if (person != NULL && person_role(person, workspace) != ROLE_NONE)
        return e->code = ERR_OK;
    return err_set(e, ERR_INVALID, "/assignee: nobody of this workspace is named %.60s", name);
}

static enum err_code desk_fill(const struct ask *ask, json_t *body, struct err *e)
{
    static const char *const names[] = { "assignee", "due_at", "snoozed_until" };
    const char *comment = json_get_text(ask->body, "comment");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(ask->body, names[i]);
        int64_t ms;

        if (value == NULL)
            continue;
        if (i > 0 && json_is_text(value) && !when_read(json_text(value), &ms))
            return err_set(e, ERR_USAGE, "%s is a moment like 2026-11-21T18:50:00Z", names[i]);
        if (json_is_null(value))
            json_object_del(body, names[i]);
        else if (i == 0 && strcmp(json_text(value), "me") == 0)
            json_object_set_new_nocheck(body, names[i], json_string(ask->who->name));
        else
            json_object_set_nocheck(body, names[i], value);
    }
    return comment != NULL ? desk_comment(ask, body, comment, e) : ERR_OK;
}

/* Somebody may have taken it since the caller looked: two would do the same work. */
static enum err_code desk_seen(const struct ask *ask, const struct object *object, struct err *e)
{
    uint64_t seen = desk_revision(object);
    const char *who;

    if (ask_if_match_given(ask, &seen, e) != ERR_OK || seen == desk_revision(object))
        return e->code;
    if (object->body == NULL)
        return err_set(e, ERR_STALE, "nobody has changed this exception yet: it has revision 1");
    who = json_get_text(object->body, "assignee");
    return err_set(e, ERR_STALE, "%s was quicker: %.60s has it now", object->by,
                   who != NULL ? who : "nobody");
}

static void desk_awaited(void *arg, bool closed)
{
    beside_go(arg, closed);
}

/* What is only said is put behind what others say at this moment, and contradicts nobody. */
static bool desk_says(const struct beside_ask *look)
{
    const struct ask *ask = &look->ask;
    uint64_t seen = 0;
    struct err e;

    return json_object_size(ask->body) == 1 && json_get_text(ask->body, "comment") != NULL &&
           ask_if_match_given(ask, &seen, &e) == ERR_OK && seen == 0;
}

static void desk_changed(struct beside_ask *look)
{
    struct ask *ask = &look->ask;
    const char *workspace = json_get_text(look->value, "workspace");
    struct object object = { .body = NULL };
    struct object_change change = { .kind = DESK_KIND,
                                    .workspace = workspace,
                                    .id = ask->path[0],
                                    .by = ask->who->name,
                                    .what = "exception.change",
                                    .detail = ask->body };
    struct ask_later *later;
    uint64_t revision;
    json_t *body;

    if (look->e.code == ERR_OK && desk_says(look) &&
        object_await(ask_objects(ask), DESK_KIND, workspace, ask->path[0], desk_awaited, look)) {
        beside_hold(look);
        return;
    }
    if (look->e.code == ERR_OK && object_read(ask_objects(ask), DESK_KIND, workspace, ask->path[0],
                                              &object, &look->e) == ERR_NOT_FOUND)
        look->e.code = ERR_OK;
    if (look->e.code != ERR_OK) {
        ask_refuse(ask, &look->e);
        return;
    }
    body = object.body != NULL ? json_deep_copy(object.body) : json_object();
    later = ask_later(ask);
    change.from = object.revision;
    change.body = body;
    change.told = json_object_get(ask->body, "comment") == NULL; /* with all comments of before */
    if (desk_seen(ask, &object, &look->e) != ERR_OK ||
        desk_assignee(ask, workspace, &look->e) != ERR_OK ||
        desk_fill(ask, body, &look->e) != ERR_OK ||
        object_change(ask_objects(ask), &change, &revision, later_told, later, &look->e) !=
            ERR_OK) {
        later_refuse(later, &look->e);
    } else {
        json_object_set_new_nocheck(body, "exception", json_string(ask->path[0]));
        later_will(later, 200, json_incref(body), revision + 1);
    }
    json_decref(body);
    object_fini(&object);
}

static void desk_change(struct ask *ask)
{
    beside_ask(ask, desk_find_work, desk_changed, desk_connections(ask));
}

const struct ask_bind desk_act_binds[] = {
    { "decideException", desk_decide },
    { "approveException", desk_approve },
    { "probeException", desk_probe },
    { "changeException", desk_change },
    { NULL, NULL },
};
