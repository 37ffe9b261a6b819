/* alert_priv.h - what alert*.c and notice.c share. */
#ifndef DESIGNER_API_ALERT_PRIV_H
#define DESIGNER_API_ALERT_PRIV_H

#include "designer-api/alert.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define ALERTS_MAGIC    0x414c5254u
#define ALERT_KEPT_MS   (90 * INT64_C(86400000)) /* after its end */
#define ALERT_CASES     5000u                    /* at a time */
#define NOTICE_KIND     "notice"
#define ALERT_TEXT      600u
#define ALERT_PRINT     (STORE_FACT_KEY + 1)

struct notice;
struct standard_begin;
struct alert_rule {
    char workspace[LIMIT_ID], name[LIMIT_ID + 1];
    json_t *body;           /* alert_rule_whole() */
    int64_t since_ms;       /* wall: its last change */
    bool seen;              /* while all are read again */
    struct alert_rule *next;
};
/* A rule and one flow or connection. */
struct alert_case {
    struct alerts *alerts;
    char workspace[LIMIT_ID], rule[LIMIT_ID + 1];
    char *print;            /* "production/orders", a connection's key */
    int64_t pending_ms;     /* wall: since when it is so; 0: it is not */
    char alert[24];         /* id; "": none yet */
    json_t *body;           /* of the alert as it is kept; NULL: none */
    uint64_t revision;
    /* newer than what is kept */
    char text[ALERT_TEXT];
    double value;
    int64_t seen_ms;
    bool found;             /* in this look */
    bool loaded;            /* from before the start, and not found since */
    struct alert_change *change; /* on its way to the disk; NULL: none */
    struct alert_case *next;
};
struct alerts {
    unsigned magic;
    struct alerts_rooms rooms;
    struct alert_rule *rules;
    struct alert_case *cases;
    size_t case_count;
    struct notice *notices;
    struct standard_begin *begun; /* standard rules on their way to the disk */
    json_t *states;         /* {"WORKSPACE/NAME": {"delivered", "failed", "code", "detail"}} */
    const struct http_in *listener; /* whose certificate is looked at; NULL: none */
    int64_t look_ms;        /* steady: the next look at the rules */
    int64_t since_ms;       /* wall: the start */
    int64_t last_ms;        /* wall of the last id */
    unsigned last_count;
};

/* alert_judge.c: what the rule finds now */
struct alert_finding {
    const char *print;      /* which case */
    bool fires;             /* false: between `clear` and the limit */
    double value, limit;
    const char *text;
    json_t *about;          /* {"flow", "environment", "connection"}; borrowed */
};
typedef void alert_found_fn(void *arg, const struct alert_finding *finding);
struct alert_look {
    struct alerts *alerts;
    const struct alert_rule *rule;
    alert_found_fn *found;
    void *arg;
    int64_t now_ms;
};
enum err_code alert__judge(struct alert_look *look, struct err *e) MUST_USE;
enum err_code alert__judge_age(struct alert_look *look, struct err *e) MUST_USE;
enum err_code alert__judge_missing(struct alert_look *look, struct err *e) MUST_USE;
void alert__begin_leave(struct alerts *alerts); /* nobody waits for those on their way */
/* Whether the place "WORKSPACE/ENVIRONMENT/FLOW" is one the rule looks at. */
bool alert__concerns(const struct alert_rule *rule, const char *place);
/* value against `above` or `below` and `clear`; tells found() unless all is well. */
void alert__found(struct alert_look *look, const char *place, double value, const char *text);
double alert__number(const json_t *body, const char *name, double otherwise);
void alert__span(double seconds, char text[40]); /* "5 minutes" */

/* alert_due.c: moments of a zone */
struct alert_due {
    int64_t from_ms, to_ms; /* the last one that is over; to_ms 0: none within a year */
};
enum err_code alert__due(const json_t *due, int64_t now_ms, struct alert_due *last,
                         struct err *e) MUST_USE;
/* Whether a list of {"from", "to", "zone", "days"} covers the moment. */
bool alert__quiet(const json_t *windows, int64_t now_ms);
bool alert__day(const char *text, int *year, int *month, int *day); /* "2026-12-25" */

/* alert_case.c */
struct alert_case *alert__case(struct alerts *alerts, const char *workspace, const char *rule,
                               const char *print);
void alert__case_judge(struct alert_case *c, const struct alert_rule *rule,
                       const struct alert_finding *finding, int64_t now_ms);
void alert__case_free(struct alert_case *c);
json_t *alert__case_json(const struct alert_case *c, const json_t *body, const char *id,
                         uint64_t revision) MUST_USE;
enum err_code alert__cases_load(struct alerts *alerts, const char *workspace,
                                struct err *e) MUST_USE;

#endif
