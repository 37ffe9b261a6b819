/* trail_priv.h - what trail.c and trail_scan.c share. */
#ifndef ENGINE_TRAIL_PRIV_H
#define ENGINE_TRAIL_PRIV_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/table.h"
#include "engine/trail.h"

#define TRAIL_NONE  UINT32_MAX
#define TRAIL_SPANS 32u /* of one step; further ones are not kept */

enum trail_span_kind { SPAN_WORK, SPAN_RETRY, SPAN_WAIT, SPAN_DECISION, SPAN_CALLED };
struct trail_span {
    int64_t from, to;  /* to < 0: it goes on */
    uint32_t next;     /* TRAIL_NONE: the last of its step */
    enum trail_span_kind kind;
};
struct trail_node {
    char *id;                      /* owned */
    const char *title, *type;      /* of the bundle */
    uint32_t owner;                /* the loop it stands in; TRAIL_NONE: the run's own level */
    uint32_t steps;
    uint32_t statuses[TRAIL_STATUS_COUNT];
    int64_t took_ms;
    json_t *exits; /* port to count; NULL: none yet */
};
struct trail_step {
    uint32_t node, hash_next;
    uint32_t index;    /* in `texts`: "3.2", or 0: none */
    uint32_t error;    /* in `texts`: the error as JSON, or 0 */
    uint32_t port;     /* in `texts`, or 0 */
    uint32_t attempts;
    uint32_t spans, last_span, span_count;
    uint32_t begun, done, failed; /* iterations of a loop */
    int64_t begun_ms, ended_ms, took_ms;
    uint32_t output_bytes;
    uint32_t row;      /* of the journal, with the last output; TRAIL_NONE: it has none */
    uint8_t status, handled;
};
struct trail {
    uint64_t run;
    bool ended, more;
    uint32_t rows;  /* of the journal that were read */
    json_t *bundle; /* NULL: it is not there any more */
    struct dict *by_id;
    struct trail_node *nodes;
    uint32_t node_count, node_room;
    struct trail_step *steps;
    uint32_t step_count, step_room;
    struct trail_span *spans;
    uint32_t span_count, span_room;
    struct table by_hash;
    struct buf texts; /* each with its NUL; the first byte is no text */
};

/* A piece of the journal's text; at NULL: it is not there. */
struct trail_piece {
    const char *at;
    size_t size;
};
/* The members of an entry that are looked at. */
#define TRAIL_MEMBERS(X)                                                                        \
    X(n) X(x) X(t) X(d) X(a) X(p) X(o) X(same) X(loop) X(e) X(next) X(i) X(it) X(f) X(doubt)    \
    X(pause) X(woke) X(sent) X(sub) X(task) X(decided) X(stop) X(rung) X(undo) X(cancel)        \
    X(guard) X(broken) X(before)
struct trail_entry {
#define X(name) struct trail_piece name;
    TRAIL_MEMBERS(X)
#undef X
};
typedef void trail_entry_fn(void *arg, const struct trail_entry *entry);
/* trail_scan.c: every entry of one row of the journal. False: it is no array of objects. */
bool trail_scan(const char *text, size_t size, trail_entry_fn *visit, void *arg);
int64_t trail_number(struct trail_piece piece, int64_t otherwise);

/* trail_show.c: "lines[3]/parts[2]/post" of the node post and "3.2" */
#define TRAIL_PATH (LIMIT_LOOP_DEPTH * (LIMIT_ID + 14) + LIMIT_ID + 1)
void trail_path(const struct trail *trail, uint32_t node, const char *index, char path[TRAIL_PATH]);
/* The path of the step at this position. */
void trail_step_path(const struct trail *trail, uint32_t at, char path[TRAIL_PATH]);
/* Whether `path` is `wanted` or below it; size: of wanted. */
bool trail_path_below(const char *path, const char *wanted, size_t size);
/* The step of a path; NULL: nothing was heard of it. */
const struct trail_step *trail_find(const struct trail *trail, const char *path);
/* The node of an entry, by its id; TRAIL_NONE: not known. */
uint32_t trail_entry_node(const struct trail *trail, const struct trail_entry *entry);

#endif
