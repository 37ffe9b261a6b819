/* trace.c - see trace.h. https://www.w3.org/TR/trace-context/ */
#include "engine/trace.h"

#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "engine/run.h"

#define TRACE_HEX "0123456789abcdef"

static bool trace_hex(const char *text, size_t size)
{
    return strspn(text, TRACE_HEX) >= size && strspn(text, "0") < size;
}

/* Version 00 has nothing behind the flags; a later one may, behind a dash. "ff" is none. */
static bool trace_is_parent(const char *text)
{
    size_t size = strlen(text);

    if (size < 55 || strspn(text, TRACE_HEX) < 2 || strncmp(text, "ff", 2) == 0)
        return false;
    if (strncmp(text, "00", 2) == 0 ? size != 55 : size > 55 && text[55] != '-')
        return false;
    return text[2] == '-' && trace_hex(text + 3, 32) && text[35] == '-' &&
           trace_hex(text + 36, 16) && text[52] == '-' && strspn(text + 53, TRACE_HEX) >= 2;
}

/* Members beyond what must be kept are left out from the end, whole. */
static void trace_state(const char *text, char state[TRACE_STATE])
{
    size_t size = strlen(text);

    state[0] = '\0';
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return;
    while (size >= TRACE_STATE) {
        while (size > 0 && text[size - 1] != ',')
            size--;
        size -= size > 0;
    }
    memcpy(state, text, size);
    state[size] = '\0';
}

bool trace_of(const json_t *input, struct trace *trace)
{
    const json_t *headers = json_object_get(input, "headers");
    const char *parent = json_get_text(headers, "traceparent"),
               *state = json_get_text(headers, "tracestate");

    if (parent == NULL || !trace_is_parent(parent))
        return false;
    snprintf(trace->id, sizeof trace->id, "%.32s", parent + 3);
    snprintf(trace->flags, sizeof trace->flags, "%.2s", parent + 53);
    trace_state(state != NULL ? state : "", trace->state);
    return true;
}

bool trace_of_text(const char *input, size_t size, struct trace *trace)
{
    struct err e;
    json_t *json = memmem(input, size, "\"traceparent\"", 13) != NULL
                       ? json_read(input, size, &json_limits_body, &e)
                       : NULL;
    bool found = json != NULL && trace_of(json, trace);

    json_decref(json);
    return found;
}

/* Of the run as a whole: n NULL; of the step's attempt. */
static void trace_span(const struct run *run, const struct run_node *n, char span[LOG_SPAN])
{
    struct hash *hash = hash_new(NULL, 0);
    char path[NODE_PATH_TEXT] = "", text[HASH_TEXT];
    unsigned char sum[HASH_SIZE];

    if (n != NULL)
        node_path(n, path);
    hash_add_int(hash, run->id);
    hash_add_int(hash, n != NULL ? n->attempts : 0);
    hash_add(hash, path, strlen(path));
    hash_end(hash, sum);
    hash_free(hash);
    sum[7] |= 1; /* a span of zeros is none */
    hash_text(sum, text);
    snprintf(span, LOG_SPAN, "%.16s", text);
}

/* "00-TRACE-SPAN-FLAGS" */
#define TRACE_PARENT 56
static void trace_parent(const struct trace *trace, const struct step *step,
                         char parent[TRACE_PARENT])
{
    char span[LOG_SPAN];

    trace_span(step->run, step->n, span);
    snprintf(parent, TRACE_PARENT, "00-%s-%s-%.2s", trace->id, span, trace->flags);
}

void trace_call(const struct step *step, struct call_headers *headers)
{
    struct trace trace;
    char parent[TRACE_PARENT];

    if (call_header_has(headers, "traceparent") || !trace_of(step->run->input, &trace))
        return;
    trace_parent(&trace, step, parent);
    if (call_header_add(headers, "traceparent", parent) && trace.state[0] != '\0')
        (void)call_header_add(headers, "tracestate", trace.state);
}

void trace_log_tell(const void *arg, struct log_about *about)
{
    const struct trace_log *log = arg;
    struct trace trace;

    _Static_assert(LOG_TRACE == TRACE_ID && LOG_RUN >= IDENT_TEXT, "ids find room");
    ident_text(log->run->id, about->run);
    if (log->run->input == NULL || !trace_of(log->run->input, &trace))
        return;
    memcpy(about->trace, trace.id, sizeof about->trace);
    trace_span(log->run, log->n, about->span);
}
