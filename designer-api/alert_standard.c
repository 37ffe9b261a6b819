/* alert_standard.c - the rules with which a workspace begins: a connection that no longer works and
 * a poll by which nothing comes in are alerts before anybody has thought of a rule. People change
 * and remove them like their own: a mark says that the workspace has had them. */
#include "designer-api/alert_priv.h"

#include <string.h>

#define STANDARD_MARK "alert_standard" /* the kind of the mark, and its id */

static const struct standard {
    const char *rule, *body;
} standards[] = {
    { "connections",
      "{\"kind\": \"connection\", \"title\": \"A connection is not reached, or refused\", "
      "\"severity\": \"critical\", \"note\": \"The connection says why, and what to do. What waits "
      "for it goes on in order by itself when it is mended.\"}" },
    { "polls",
      "{\"kind\": \"age\", \"of\": \"poll\", \"above\": 900, \"title\": \"A poll fails\", "
      "\"severity\": \"critical\", \"note\": \"Nothing comes in by it meanwhile; what has gathered "
      "is fetched when it works again. The flow says why it fails.\"}" },
};
#define STANDARDS (sizeof standards / sizeof *standards)

struct standard_begin {
    struct alerts *alerts; /* NULL: they have ended before it was kept */
    struct standard_begin *next;
    char workspace[LIMIT_ID];
    size_t rules; /* 0: it has some of its own, and gets the mark alone */
};

static void standard_told(void *arg, const struct err *e)
{
    struct standard_begin *begin = arg, **link;

    if (begin->alerts == NULL) {
        mem_free(begin);
        return;
    }
    for (link = &begin->alerts->begun; *link != begin;)
        link = &(*link)->next;
    *link = begin->next;
    if (e->code != ERR_OK)
        log_warn(begin->alerts->rooms.log, "the standard alert rules of %s: %s", begin->workspace,
                 e->text);
    else
        for (size_t i = 0; i < begin->rules; i++)
            alerts_rule_changed(begin->alerts, begin->workspace, standards[i].rule);
    mem_free(begin);
}

static bool standard_is_marked(const struct alerts *alerts, const char *workspace)
{
    struct object mark;
    struct err e;
    enum err_code rc =
        object_read(alerts->rooms.objects, STANDARD_MARK, workspace, STANDARD_MARK, &mark, &e);

    if (rc == ERR_OK)
        object_fini(&mark);
    return rc != ERR_NOT_FOUND; /* where the store cannot say, nothing is made */
}

static bool has_rules(const struct alerts *alerts, const char *workspace)
{
    const struct alert_rule *rule = alerts->rules;

    while (rule != NULL && strcmp(rule->workspace, workspace) != 0)
        rule = rule->next;
    return rule != NULL;
}

void alerts_begin(struct alerts *alerts, const char *workspace)
{
    struct object_change changes[STANDARDS + 1];
    struct standard_begin *begin;
    size_t count = 1;
    struct err e;

    CHECK_OBJ(alerts, ALERTS_MAGIC);
    if (standard_is_marked(alerts, workspace))
        return;
    changes[0] =
        (struct object_change){ .kind = STANDARD_MARK, .id = STANDARD_MARK, .body = json_object() };
    for (size_t i = 0; i < STANDARDS && !has_rules(alerts, workspace); i++)
        changes[count++] = (struct object_change){ .kind = ALERT_RULE_KIND,
                                                   .id = standards[i].rule,
                                                   .body = json_loads(standards[i].body, 0, NULL) };
    begin = mem_must(sizeof *begin);
    begin->alerts = alerts;
    begin->rules = count - 1;
    begin->next = alerts->begun;
    alerts->begun = begin;
    snprintf(begin->workspace, sizeof begin->workspace, "%s", workspace);
    for (size_t i = 0; i < count; i++) {
        check(changes[i].body != NULL);
        changes[i].workspace = workspace;
        changes[i].by = "weft";
    }
    if (object_change_all(alerts->rooms.objects, changes, count, standard_told, begin, &e) !=
        ERR_OK)
        standard_told(begin, &e);
    for (size_t i = 0; i < count; i++)
        json_decref(changes[i].body);
}

void alert__begin_leave(struct alerts *alerts)
{
    for (struct standard_begin *begin = alerts->begun; begin != NULL; begin = begin->next)
        begin->alerts = NULL;
    alerts->begun = NULL;
}

static bool standard_visit(void *arg, const struct object *workspace)
{
    alerts_begin(arg, workspace->id);
    return true;
}

enum err_code alerts_begin_all(struct alerts *alerts, struct err *e)
{
    alerts_begin(alerts, "main");
    return object_list(alerts->rooms.objects, "workspace", "", NULL, NULL, 0, standard_visit,
                       alerts, e);
}
