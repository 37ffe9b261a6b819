/* log.h - what the program says while it runs, one line an event on stderr.
 *
 *   2026-11-21T09:03:03.123Z info  run 01JD3K8QZ7M2A RECORD -> ROUTE (stored)
 *
 * With WEFT_LOG_FORMAT=json each line is an object {"t","level","text"}. Control characters in
 * foreign text are escaped, so a line stays a line. Never pass a secret or a payload. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_RECENT 200u
/* What was logged last, by the text of the program alone: without the values in it. */
struct log_recent {
    _Atomic(const char *) fmt[LOG_RECENT]; /* literals */
    _Atomic int64_t at_ms[LOG_RECENT];
    atomic_uint level[LOG_RECENT];
    atomic_uint count; /* so far */
};
struct log {
    enum log_level level;
    bool json;
    struct clock *clock;
    void (*line)(void *arg, enum log_level level, const char *text); /* NULL: stderr */
    void *arg;
    struct log_recent *recent; /* NULL: nothing is remembered; not owned */
};

/* Ascending. Of the thread that asks; lines of others may come meanwhile. */
typedef void log_recent_fn(void *arg, int64_t at_ms, const char *level, const char *text);
void log_recent(const struct log *log, log_recent_fn *visit, void *arg);

void log_init(struct log *log, struct clock *clock); /* level info, text, stderr */
bool log_level_parse(const char *name, enum log_level *level);
void log_error(struct log *log, const char *fmt, ...) PRINTF(2, 3);
void log_warn(struct log *log, const char *fmt, ...) PRINTF(2, 3);
void log_info(struct log *log, const char *fmt, ...) PRINTF(2, 3);
void log_debug(struct log *log, const char *fmt, ...) PRINTF(2, 3);

#endif
