/* match_priv.h - what the files of match_job.h share. For nodes/ only. */
#ifndef NODES_MATCH_PRIV_H
#define NODES_MATCH_PRIV_H

#include <stdint.h>

#include "nodes/match_job.h"

enum match_status { MATCH_NONE, MATCH_MATCHED, MATCH_PROPOSED, MATCH_AMBIGUOUS };
enum match_reason {
    MATCH_BY_NOTHING,   /* no candidate */
    MATCH_BY_KEY,
    MATCH_BY_DIFFERING, /* the key is equal, the rest does not fit */
    MATCH_BY_SEVERAL,   /* more than one candidate */
    MATCH_BY_CLAIM,     /* another item claims the candidate too */
    MATCH_BY_SCORE,
    MATCH_BY_LOW,       /* the best score is too low */
};
struct mline {
    char **keys;        /* of the columns; NULL: nothing */
    struct pairing_line is;
};
struct mlist {
    json_t *json;
    struct mline *lines;
    size_t count;
};
struct mresult {        /* of an item */
    enum match_status status;
    enum match_reason reason;
    size_t best, next;  /* candidates; SIZE_MAX: none */
    int best_score, next_score; /* -1: not scored */
    unsigned key;       /* MATCH_BY_KEY, MATCH_BY_DIFFERING: which column */
    size_t *shown;      /* candidates of an ambiguous item */
    size_t shown_count, several;
};
struct match_job {
    struct match_setup *setup;
    struct mlist lists[2];
    struct mresult *results;
    bool *used;         /* by candidate: matched */
};

/* match_report.c: the output; NULL when memory fails. */
json_t *match__report(const struct match_job *job) MUST_USE;

#endif
