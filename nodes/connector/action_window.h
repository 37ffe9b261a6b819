/* action_window.h - the span of time that a poll asks for, of a system that is asked by time.
 *
 * The cursor is the last moment that was covered, and moves only together with the runs of what the
 * system told up to there. A window begins so far before it that what is entered late is seen
 * again (the poll's id knows it), and has an end, so that after weeks of silence an answer is as
 * small as ever: what is left is asked for at once, in further windows.
 *
 * Moments are those of the system's clock, and ours may be ahead of it: an answer that says when it
 * was given ("Date") covers nothing behind that.
 *
 * A window whose answer is cut is *walked*: asked for in parts, one right behind the other. Then
 * the cursor is {"at", "until", "part", "more"}: where the next part begins, the moment that is
 * covered when the last one was good, how many ms the next one may have, and whether the window
 * ended before its own moment, so that another one follows at once. How long the walk took does
 * not count: it would be walked again and again without a pause. A part is half as long as one
 * that was cut, and twice as long as one that had few items. */
#ifndef NODES_CONNECTOR_ACTION_WINDOW_H
#define NODES_CONNECTOR_ACTION_WINDOW_H

#include <jansson.h>

#include "base/err.h"
#include "nodes/manifest_cursor.h"

struct action_window {
    int64_t from, to; /* wall ms: what is asked for */
    int64_t end;      /* wall ms: the window's, which is `to` unless it is walked */
    int64_t next;     /* wall ms: what is covered when all up to its end was good */
    int64_t covered;  /* wall ms: what was covered before; INT64_MIN: nothing yet */
    bool more;        /* time was left behind it when it was begun */
};

/* covered: the cursor, or where the first poll begins; NULL: nothing yet. halvings: how often the
 * answer was cut and it is to be shorter. ERR_INVALID: covered is no moment. */
enum err_code action__window(const struct manifest_window *spec, const json_t *covered,
                             int64_t now_ms, unsigned halvings, struct action_window *window,
                             struct err *e) MUST_USE;
/* Its answer was given then, by the system's clock: what comes later than that was not told. One
 * before what was covered already is none to go by, nor one that stands still for longer than a
 * window lasts. */
void action__window_given(struct action_window *window, const char *date);
/* Whether it can be shorter. */
bool action__window_halves(const struct manifest_window *spec, const struct action_window *window);
/* {"from", "to"} as the manifest writes moments; a new reference, NULL: no memory. */
json_t *action__window_scope(const struct manifest_window *spec,
                             const struct action_window *window);
/* The cursor behind it, when its answer had so many items and was not cut; a new reference, NULL:
 * no memory. */
json_t *action__window_cursor(const struct manifest_window *spec,
                              const struct action_window *window, size_t items);

#endif
