/* who.c - what each role may do, and the names of roles and permissions. */
#include "designer-api/who.h"

#include <string.h>

#include "base/check.h"

static const char *const permission_names[] = {
#define X(code, name) name,
    PERMISSION_TABLE(X)
#undef X
};
static const char *const role_names[] = {
    "none",     "admin",   "integrator", "consultant", "operator",
    "approver", "auditor", "customer",   "viewer",
};
_Static_assert(sizeof role_names / sizeof *role_names == ROLE_COUNT, "a name for each role");
_Static_assert(PERMISSION_COUNT <= 64, "permissions are bits of a 64-bit number");

/* clang-format off */
#define MAY(name) PERMISSION_BIT(MAY_##name)

/* What nearly everybody needs to find their way: what runs, which flows and connections there are,
 * what is wrong. No payload: it holds the customers' data. */
#define SEES (MAY(RUNS_READ) | MAY(FLOWS_READ) | MAY(EXCEPTIONS_READ) | MAY(CONNECTIONS_READ) | \
              MAY(ALERTS_READ))

static const uint64_t role_table[ROLE_COUNT] = {
    [ROLE_NONE] = 0,

    /* People, keys and settings. Not what is masked, and not the second pair of eyes: whoever makes
     * people must not also pass their own work. An administrator who needs that takes the role
     * openly, and the audit says so. */
    [ROLE_ADMIN] = SEES | MAY(PAYLOADS_READ) | MAY(RUNS_ACT) | MAY(EXCEPTIONS_DECIDE) |
                   MAY(FLOWS_WRITE) | MAY(RULES_WRITE) | MAY(RULES_PUBLISH) | MAY(FLOWS_DEPLOY) |
                   MAY(CONNECTIONS_WRITE) | MAY(SECRETS_WRITE) | MAY(ALERTS_WRITE) |
                   MAY(AUDIT_READ) | MAY(USERS_MANAGE) | MAY(SETTINGS_WRITE),

    /* Builds what moves money, so tries it and keeps its connections; decides nobody's case. */
    [ROLE_INTEGRATOR] = SEES | MAY(PAYLOADS_READ) | MAY(RUNS_ACT) | MAY(FLOWS_WRITE) |
                        MAY(RULES_WRITE) | MAY(RULES_PUBLISH) | MAY(FLOWS_DEPLOY) |
                        MAY(CONNECTIONS_WRITE) | MAY(SECRETS_WRITE) | MAY(ALERTS_WRITE),

    /* Changes rules, mappings and tables, and publishes them into a flow that works: no step, no
     * connection, and nothing where approval is asked (draft_publish_may). */
    [ROLE_CONSULTANT] = SEES | MAY(PAYLOADS_READ) | MAY(RULES_WRITE) | MAY(RULES_PUBLISH),

    /* Keeps it running: replays, decides, acknowledges. Sees what is masked when a case needs it;
     * each look is audited. Changes no flow. */
    [ROLE_OPERATOR] = SEES | MAY(PAYLOADS_READ) | MAY(PAYLOADS_REVEAL) | MAY(RUNS_ACT) |
                      MAY(EXCEPTIONS_DECIDE) | MAY(ALERTS_WRITE),

    /* Says yes or no to what others decided or want to deploy, and begins nothing. */
    [ROLE_APPROVER] = SEES | MAY(PAYLOADS_READ) | MAY(EXCEPTIONS_APPROVE) | MAY(DEPLOY_APPROVE),

    /* Reads everything that is not masked, and changes nothing. */
    [ROLE_AUDITOR] = SEES | MAY(PAYLOADS_READ) | MAY(AUDIT_READ),

    /* Of a workspace of its own: clones templates, binds their connections, answers their questions
     * and switches them on and off, starts what begins by hand, and answers its own cases. Who may
     * make a flow of anything may change what it is made of, too; who may launch one must be able
     * to stop it. */
    [ROLE_CUSTOMER] = SEES | MAY(PAYLOADS_READ) | MAY(RUNS_ACT) | MAY(EXCEPTIONS_DECIDE) |
                      MAY(FLOWS_WRITE) | MAY(RULES_WRITE) | MAY(RULES_PUBLISH) | MAY(FLOWS_DEPLOY) |
                      MAY(CONNECTIONS_WRITE) | MAY(SECRETS_WRITE),

    [ROLE_VIEWER] = MAY(RUNS_READ) | MAY(FLOWS_READ) | MAY(EXCEPTIONS_READ) | MAY(ALERTS_READ),
};
/* clang-format on */

const char *role_name(enum role role)
{
    check(role < ROLE_COUNT);
    return role_names[role];
}

bool role_find(const char *name, enum role *role)
{
    for (unsigned i = ROLE_NONE + 1; i < ROLE_COUNT; i++)
        if (strcmp(role_names[i], name) == 0) {
            *role = (enum role)i;
            return true;
        }
    return false;
}

uint64_t role_permissions(enum role role)
{
    check(role < ROLE_COUNT);
    return role_table[role];
}

const char *permission_name(enum permission permission)
{
    check(permission < PERMISSION_COUNT);
    return permission_names[permission];
}

bool permission_find(const char *name, enum permission *permission)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++)
        if (strcmp(permission_names[i], name) == 0) {
            *permission = (enum permission)i;
            return true;
        }
    return false;
}

uint64_t permissions_whole(uint64_t permissions)
{
    if ((permissions & PERMISSION_BIT(MAY_FLOWS_DEPLOY)) != 0)
        permissions |= PERMISSION_BIT(MAY_RULES_PUBLISH);
    return permissions;
}

bool who_may(const struct who *who, enum permission permission)
{
    check(permission < PERMISSION_COUNT);
    return (who->permissions & PERMISSION_BIT(permission)) != 0;
}
