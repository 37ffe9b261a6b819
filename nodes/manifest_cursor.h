/* manifest_cursor.h - where the polls of an event go on, as its manifest says. For nodes/ only. */
#ifndef NODES_MANIFEST_CURSOR_H
#define NODES_MANIFEST_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a system that is asked by time: connector/action_window.h. */
enum window_form {
    WINDOW_ISO, WINDOW_DATE, WINDOW_US_DATE, WINDOW_SECONDS, WINDOW_MILLISECONDS
};
struct manifest_window {
    enum window_form form;
    int64_t back_ms, step_ms;   /* 0: there is no window */
    size_t full;                /* an answer of so many items may be cut; 0: it never is */
};

/* All of it empty: there is no cursor. Borrowed from the manifest. */
struct manifest_cursor {
    const char *next, *delta;   /* links: the next page, and where to go on later */
    const char *field, *last;   /* in the body, or in the last item */
    bool links;                 /* it is a link */
    int64_t back;               /* so far before it the poll asks: keys, or ms of a moment */
    struct manifest_window window; /* it is a moment */
};

#endif
