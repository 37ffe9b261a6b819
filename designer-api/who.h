/* who.h - who asks, and what they may do.
 *
 * A person has a session, a machine has a token, the owner of the program stands at its local
 * socket. Each request is asked in one workspace, where a person has one role; a role is a set of
 * permissions, a token has those of its scopes as far as its owner has them too. What an operation
 * needs stands in the contract (x-permission) and is checked before its handler is called. */
#ifndef DESIGNER_API_WHO_H
#define DESIGNER_API_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/*    code              name in the contract and in tokens' scopes */
#define PERMISSION_TABLE(X)                                                                     \
    X(RUNS_READ,          "runs.read")          /* runs and steps, without their payloads    */ \
    X(PAYLOADS_READ,      "payloads.read")      /* what went through them, masked            */ \
    X(PAYLOADS_REVEAL,    "payloads.reveal")    /* what is masked; each look is audited      */ \
    X(RUNS_ACT,           "runs.act")           /* start, cancel, replay, settle             */ \
    X(EXCEPTIONS_READ,    "exceptions.read")                                                    \
    X(EXCEPTIONS_DECIDE,  "exceptions.decide")  /* decide, assign, comment                   */ \
    X(EXCEPTIONS_APPROVE, "exceptions.approve") /* the second pair of eyes                   */ \
    X(FLOWS_READ,         "flows.read")         /* flows, versions, rules, mappings, samples */ \
    X(FLOWS_WRITE,        "flows.write")        /* drafts of all of a flow                   */ \
    X(RULES_WRITE,        "rules.write")        /* rules, lookups, mappings of a draft only  */ \
    X(RULES_PUBLISH,      "rules.publish")      /* publish, deploy what changes only those   */ \
    X(FLOWS_DEPLOY,       "flows.deploy")       /* publish; deploy where no approval is asked*/ \
    X(DEPLOY_APPROVE,     "deploy.approve")     /* what another one wants to deploy          */ \
    X(CONNECTIONS_READ,   "connections.read")                                                   \
    X(CONNECTIONS_WRITE,  "connections.write")  /* make, change, test, halt, resume          */ \
    X(SECRETS_WRITE,      "secrets.write")      /* set and rotate; nobody reads one          */ \
    X(ALERTS_READ,        "alerts.read")        /* alerts and measurements                   */ \
    X(ALERTS_WRITE,       "alerts.write")       /* rules, channels, acknowledgement          */ \
    X(AUDIT_READ,         "audit.read")                                                         \
    X(USERS_MANAGE,       "users.manage")       /* people, roles, everybody's tokens         */ \
    X(SETTINGS_WRITE,     "settings.write")     /* settings, backups, diagnostics            */
enum permission {
#define X(code, name) MAY_##code,
    PERMISSION_TABLE(X)
#undef X
    PERMISSION_COUNT
};
#define PERMISSION_BIT(permission) (UINT64_C(1) << (permission))

enum role { /* names as written, in lower case; what each may do: who.c */
    ROLE_NONE,
    ROLE_ADMIN,
    ROLE_INTEGRATOR, /* draws flows, publishes them, keeps connections */
    ROLE_CONSULTANT, /* rules, mappings and lookups, to their publication */
    ROLE_OPERATOR,   /* watches, replays, decides */
    ROLE_APPROVER,   /* gives the second pair of eyes, and approves deployments */
    ROLE_AUDITOR,    /* reads everything, the audit too, and changes nothing */
    ROLE_CUSTOMER,   /* clones templates, binds connections, sees the runs of the workspace */
    ROLE_VIEWER,     /* sees what runs, and no payload */
    ROLE_COUNT
};
const char *role_name(enum role role);
bool role_find(const char *name, enum role *role);
uint64_t role_permissions(enum role role);
const char *permission_name(enum permission permission);
bool permission_find(const char *name, enum permission *permission);
/* With those that others of them bring: who may deploy any version may deploy one of rules. */
uint64_t permissions_whole(uint64_t permissions);

enum who_kind { WHO_NOBODY, WHO_SESSION, WHO_TOKEN, WHO_LOCAL };
#define WHO_NAME 100
struct who {
    enum who_kind kind;
    char user[LIMIT_ID];      /* id of the person; "" for WHO_NOBODY and WHO_LOCAL */
    char name[WHO_NAME];      /* what the audit says: the sign-in name, of a token "NAME/TOKEN" */
    char session[LIMIT_ID];   /* id of the session or token */
    char workspace[LIMIT_ID]; /* the request is asked in */
    enum role role;           /* there */
    uint64_t permissions;     /* PERMISSION_BIT()s; of WHO_LOCAL all */
    bool second_factor;       /* the session was opened with one */
    int64_t proved_ms;        /* wall time of the last password or second factor; 0: never */
};
bool who_may(const struct who *who, enum permission permission);

#endif
