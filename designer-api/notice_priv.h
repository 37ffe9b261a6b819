/* notice_priv.h - notices on their way (notice.c). Only alert*.c and notice.c include this. */
#ifndef DESIGNER_API_NOTICE_PRIV_H
#define DESIGNER_API_NOTICE_PRIV_H

#include "designer-api/alert_priv.h"

struct notice {
    struct alerts *alerts;
    char workspace[LIMIT_ID], channel[LIMIT_ID + 1], id[64];
    json_t *body;           /* {"what", "alert", "subject", "text", "at", "attempts", ...} */
    int64_t next_ms;        /* wall */
    struct channel_send *send; /* under way */
    bool gone;              /* it was taken: only its object is still to be removed */
    struct notice *next;
};

#define NOTICE_MOST 20u /* channels of a rule */
/* Bodies of notices for the rule's channels: ids in `ids`. Returns how many. */
size_t notice__make(struct alerts *alerts, const struct alert_rule *rule, const json_t *alert,
                    const char *what, int64_t now_ms, char ids[][64], json_t *bodies[]);
void notice__kept(struct alerts *alerts, const char *workspace, const char *id, json_t *body);
int64_t notice__turn(struct alerts *alerts, int64_t now_ms); /* wall of the next; INT64_MAX */
void notice__free(struct notice *notice);
enum err_code notice__load(struct alerts *alerts, const char *workspace, struct err *e) MUST_USE;
void notice__text(const json_t *alert, const char *what, const char *note, char subject[300],
                  struct buf *text);
/* A channel that is there and not switched off; object_fini() it. */
bool notice__channel(struct alerts *alerts, const char *workspace, const char *name,
                     struct object *channel);

#endif
