/* live.c - the ring of events and those who listen. */
#include "designer-api/live.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/people.h"
#include "io/http_stream.h"

#define LIVE_RUNS    8u     /* runs that one listener watches */
#define LIVE_STAYS   120000 /* events are kept so long after the last listener has gone */
#define LIVE_SLOT_MS 100
#define LIVE_MANY    250 /* with so many listeners a slot is twice as long, and so on */
#define LIVE_EVENT   (64u * KIB)

struct live_event {
    uint64_t id; /* 0: none yet */
    enum live_topic topic;
    uint64_t run; /* of LIVE_STEP */
    char workspace[LIMIT_ID];
    struct http_piece *piece;
};
struct listener {
    struct live *live;
    const struct people *people; /* NULL: nobody can sign in */
    struct http_stream *stream;
    struct who who;
    unsigned topics; /* bits */
    uint64_t runs[LIVE_RUNS];
    unsigned run_count;
    struct listener *next, **link;
};
/* Runs of a workspace that were not told one by one: the newest stands for all. */
struct held {
    struct held *next;
    char workspace[LIMIT_ID], flow[LIMIT_ID], environment[LIMIT_ID];
    uint64_t run;
    enum run_status status;
    unsigned runs;
    uint64_t trouble; /* the newest that waits for somebody; 0: none */
    char trouble_flow[LIMIT_ID];
    enum run_status trouble_status;
    unsigned troubles;
};
struct live {
    struct clock *clock;
    uint64_t last;           /* id of the newest event */
    uint64_t lost;           /* events up to this one are in no ring: nobody listened */
    struct live_event *ring; /* by id % LIVE_RING */
    struct listener *first;
    unsigned heard[LIVE_TOPIC_COUNT]; /* listeners of each topic */
    bool watched;                     /* somebody listens to steps */
    int64_t until_ms;                 /* steady: so long events are kept with nobody there */
    int64_t slot_ms;                  /* beginning of the slot of (5) */
    unsigned in_slot;                 /* told in it */
    struct held *held;                /* to be told at its end */
};

static const struct {
    const char *name;
    enum permission needs;
} live_topics[] = {
#define X(code, name, needs) { name, needs },
    LIVE_TOPICS(X)
#undef X
};

struct live *live_new(struct clock *clock)
{
    struct live *live = mem_must(sizeof *live);

    live->clock = clock;
    live->ring = mem_must(LIVE_RING * sizeof *live->ring);
    live->last = live->lost = (uint64_t)clock->wall_ms(clock) * 1000; /* above those of before */
    return live;
}

static void listener_free(struct listener *listener)
{
    struct live *live = listener->live;

    for (unsigned i = 0; i < LIVE_TOPIC_COUNT; i++)
        live->heard[i] -= (listener->topics >> i) & 1;
    live->watched = live->heard[LIVE_STEP] > 0;
    *listener->link = listener->next;
    if (listener->next != NULL)
        listener->next->link = listener->link;
    if (live->first == NULL)
        live->until_ms = live->clock->steady_ms(live->clock) + LIVE_STAYS;
    mem_free(listener);
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    while (live->first != NULL)
        listener_free(live->first);
    for (struct held *held = live->held, *next; held != NULL; held = next) {
        next = held->next;
        mem_free(held);
    }
    for (unsigned i = 0; i < LIVE_RING; i++)
        http_piece_leave(live->ring[i].piece);
    mem_free(live->ring);
    mem_free(live);
}

bool live_listened(const struct live *live, enum live_topic topic)
{
    return live->heard[topic] > 0 ||
           (live->first == NULL && live->until_ms > 0 && topic != LIVE_STEP &&
            live->clock->steady_ms(live->clock) < live->until_ms);
}

const bool *live_watches(const struct live *live)
{
    return &live->watched;
}

/* ---- Telling */

static bool live_for(const struct listener *listener, const struct live_event *event)
{
    const char *workspace = listener->who.workspace;

    if ((listener->topics & (1u << event->topic)) == 0)
        return false;
    if (event->workspace[0] != '\0' && workspace[0] != '\0' &&
        strcmp(event->workspace, workspace) != 0)
        return false;
    if (event->topic != LIVE_STEP)
        return true;
    for (unsigned i = 0; i < listener->run_count; i++)
        if (listener->runs[i] == event->run)
            return true;
    return false;
}

static struct http_piece *live_piece(uint64_t id, enum live_topic topic, const json_t *data)
{
    struct http_piece *piece;
    struct buf text;

    buf_init(&text, LIVE_EVENT);
    buf_addf(&text, "event: %s\nid: %llu\ndata: ", live_topics[topic].name, (unsigned long long)id);
    json_write(&text, data);
    buf_add_text(&text, "\n\n");
    piece = buf_ok(&text) ? http_piece_new(buf_text(&text), text.len) : NULL;
    buf_fini(&text);
    return piece;
}

static void live_put(struct live *live, enum live_topic topic, const char *workspace, uint64_t run,
                     json_t *data)
{
    struct live_event *event = &live->ring[++live->last % LIVE_RING];
    struct listener *listener, *next;

    http_piece_leave(event->piece);
    *event = (struct live_event){ .id = live->last, .topic = topic, .run = run };
    snprintf(event->workspace, sizeof event->workspace, "%s", workspace != NULL ? workspace : "");
    event->piece = live_piece(live->last, topic, data);
    json_decref(data);
    if (event->piece == NULL) { /* no memory: whoever comes back is told to read anew */
        live->lost = live->last;
        event->id = 0;
        return;
    }
    for (listener = live->first; listener != NULL; listener = next) {
        next = listener->next; /* a slow one is cut later: gone() */
        if (!live_for(listener, event))
            continue;
        if (listener->people == NULL || people_holds(listener->people, &listener->who)) {
            (void)http_stream_share(listener->stream, event->piece);
        } else {
            http_stream_end(listener->stream);
            listener_free(listener);
        }
    }
}

void live_tell(struct live *live, enum live_topic topic, const char *workspace, json_t *data)
{
    if (live_listened(live, topic)) {
        live_put(live, topic, workspace, 0, data);
        return;
    }
    live->lost = ++live->last;
    json_decref(data);
}

/* ---- Runs, of which there may be thousands a second */

static int64_t live_slot_ms(const struct live *live)
{
    unsigned heard = live->heard[LIVE_RUN] > live->heard[LIVE_EXCEPTION]
                         ? live->heard[LIVE_RUN]
                         : live->heard[LIVE_EXCEPTION];

    return LIVE_SLOT_MS * (1 + (int64_t)(heard / LIVE_MANY));
}

/* False: there were too many in this slot. */
static bool live_slot(struct live *live)
{
    int64_t now = live->clock->steady_ms(live->clock);

    if (live->held == NULL && now - live->slot_ms >= live_slot_ms(live)) {
        live->slot_ms = now;
        live->in_slot = 0;
    }
    return live->in_slot++ < LIVE_RATE;
}

static void live_tell_run(struct live *live, const struct held *held)
{
    char id[IDENT_TEXT];

    if (!live_listened(live, LIVE_RUN))
        return;
    ident_text(held->run, id);
    live_put(live, LIVE_RUN, held->workspace, 0,
             json_pack("{s:s, s:s, s:s, s:s, s:i}", "run", id, "status",
                       run_status_name(held->status), "flow", held->flow, "environment",
                       held->environment, "others", (int)held->runs - 1));
}

static void live_tell_trouble(struct live *live, const struct held *held)
{
    char id[IDENT_TEXT];

    if (held->troubles == 0 || !live_listened(live, LIVE_EXCEPTION))
        return;
    ident_text(held->trouble, id);
    live_put(live, LIVE_EXCEPTION, held->workspace, 0,
             json_pack("{s:s, s:s, s:s, s:i}", "run", id, "status",
                       run_status_name(held->trouble_status), "flow", held->trouble_flow, "others",
                       (int)held->troubles - 1));
}

static void held_add(struct held *held, const struct engine_moved *moved)
{
    snprintf(held->flow, sizeof held->flow, "%s", moved->flow);
    snprintf(held->environment, sizeof held->environment, "%s", moved->environment);
    held->run = moved->run;
    held->status = moved->status;
    held->runs++;
    if (!moved->waited && moved->status != RUN_FAILED && moved->status != RUN_IN_DOUBT &&
        moved->status != RUN_WAITING)
        return;
    snprintf(held->trouble_flow, sizeof held->trouble_flow, "%s", moved->flow);
    held->trouble = moved->run;
    held->trouble_status = moved->status;
    held->troubles++;
}

static struct held *live_held(struct live *live, const char *workspace)
{
    struct held *held = live->held;

    while (held != NULL && strcmp(held->workspace, workspace) != 0)
        held = held->next;
    if (held != NULL)
        return held;
    held = mem_must(sizeof *held);
    snprintf(held->workspace, sizeof held->workspace, "%s", workspace);
    held->next = live->held;
    live->held = held;
    return held;
}

void live_moved(struct live *live, const struct engine_moved *moved)
{
    struct held one = { 0 };

    if (!live_listened(live, LIVE_RUN) && !live_listened(live, LIVE_EXCEPTION)) {
        live->lost = ++live->last;
        return;
    }
    if (!live_slot(live)) {
        held_add(live_held(live, moved->workspace), moved);
        return;
    }
    snprintf(one.workspace, sizeof one.workspace, "%s", moved->workspace);
    held_add(&one, moved);
    live_tell_run(live, &one);
    live_tell_trouble(live, &one);
}

int64_t live_turn(struct live *live)
{
    int64_t now = live->clock->steady_ms(live->clock), due = live->slot_ms + live_slot_ms(live);
    struct held *held = live->held, *next;

    if (held == NULL)
        return INT64_MAX;
    if (now < due)
        return due;
    live->held = NULL;
    live->slot_ms = now;
    live->in_slot = LIVE_RATE; /* in a storm a slot has one event: that of its end */
    for (; held != NULL; held = next) {
        next = held->next;
        live_tell_run(live, held);
        live_tell_trouble(live, held);
        mem_free(held);
    }
    return INT64_MAX;
}

void live_step(struct live *live, uint64_t run, const char *step, const char *what)
{
    char id[IDENT_TEXT];
    bool wanted = false;

    for (const struct listener *one = live->first; one != NULL && !wanted; one = one->next)
        for (unsigned i = 0; i < one->run_count && !wanted; i++)
            wanted = one->runs[i] == run;
    if (!wanted)
        return;
    ident_text(run, id);
    live_put(live, LIVE_STEP, NULL, run,
             json_pack("{s:s, s:s, s:s}", "run", id, "step", step, "what", what));
}

/* ---- Listening */

static void listener_gone(void *arg)
{
    listener_free(arg);
}

/* "run,exception,run.01JD...": what is asked for and may be heard. */
static enum err_code listener_topics(struct listener *listener, const char *text, struct err *e)
{
    char name[64];

    for (unsigned i = 0; text == NULL && i < LIVE_TOPIC_COUNT; i++)
        if (who_may(&listener->who, live_topics[i].needs) && i != LIVE_STEP)
            listener->topics |= 1u << i;
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        unsigned i = 0;

        snprintf(name, sizeof name, "%.*s", (int)(size < 63 ? size : 63), text);
        text += size + (text[size] == ',');
        if (strncmp(name, "run.", 4) == 0 && listener->run_count < LIVE_RUNS &&
            ident_parse(name + 4, &listener->runs[listener->run_count])) {
            listener->run_count++;
            snprintf(name, sizeof name, "step");
        }
        while (i < LIVE_TOPIC_COUNT && strcmp(live_topics[i].name, name) != 0)
            i++;
        if (i == LIVE_TOPIC_COUNT)
            return err_set(e, ERR_USAGE, "there is no topic \"%s\"", name);
        if (!who_may(&listener->who, live_topics[i].needs))
            return err_set(e, ERR_FORBIDDEN, "the topic %s needs the permission %s", name,
                           permission_name(live_topics[i].needs));
        listener->topics |= 1u << i;
    }
    return ERR_OK;
}

/* What was missed since that event. */
static void live_again(struct listener *listener, const char *last)
{
    static const char reset[] = "event: reset\ndata: {}\n\n";
    struct live *live = listener->live;
    char *end = NULL;
    uint64_t id = last != NULL ? strtoull(last, &end, 10) : live->last, first;

    if (last == NULL || (*end == '\0' && id == live->last))
        return;
    first = live->last > LIVE_RING ? live->last - LIVE_RING + 1 : 1;
    if (*end != '\0' || id > live->last || id + 1 < first || id < live->lost) {
        (void)http_stream_push(listener->stream, reset, sizeof reset - 1);
        return;
    }
    for (uint64_t i = id + 1; i <= live->last; i++) {
        const struct live_event *event = &live->ring[i % LIVE_RING];

        if (event->id == i && live_for(listener, event))
            (void)http_stream_share(listener->stream, event->piece);
    }
}

/* A browser's EventSource cannot say the workspace in a header: it stands in the query. */
static enum err_code live_who(struct ask *ask, struct who *who, struct err *e)
{
    const char *workspace = ask_text(ask, "workspace");
    struct http_request request = *ask->request;
    struct pair headers[LIMIT_HEADERS + 1];
    size_t count = 0;

    *who = *ask->who;
    if (workspace == NULL || strcmp(workspace, who->workspace) == 0)
        return ERR_OK;
    if (who->kind == WHO_LOCAL) {
        snprintf(who->workspace, sizeof who->workspace, "%s", workspace);
        return ERR_OK;
    }
    for (size_t i = 0; i < request.header_count && count < LIMIT_HEADERS; i++)
        if (strcasecmp(request.headers[i].name, "Weft-Workspace") != 0)
            headers[count++] = request.headers[i];
    headers[count++] = (struct pair){ "Weft-Workspace", workspace };
    request.headers = headers;
    request.header_count = count;
    return people_who(ask_people(ask), &request, who, e);
}

static void live_listen(struct ask *ask)
{
    static const struct pair plain[] = { { "Cache-Control", "no-store" },
                                         { "X-Accel-Buffering", "no" } };
    const struct http_answer head = { .status = 200, .headers = plain, .header_count = 2 };
    const char *last = http_request_header(ask->request, "Last-Event-ID");
    struct live *live = ask->api->rooms.live;
    struct listener *listener = mem_must(sizeof *listener);
    struct err e;

    listener->live = live;
    listener->people = ask_people(ask);
    if (live_who(ask, &listener->who, &e) != ERR_OK ||
        listener_topics(listener, ask_text(ask, "topics"), &e) != ERR_OK) {
        mem_free(listener);
        ask_refuse(ask, &e);
        return;
    }
    listener->stream = http_in_stream(ask->in, ask->request->id, &head, listener_gone, listener);
    if (listener->stream == NULL) { /* it was told, or has gone */
        mem_free(listener);
        return;
    }
    listener->next = live->first;
    listener->link = &live->first;
    if (listener->next != NULL)
        listener->next->link = &listener->next;
    live->first = listener;
    for (unsigned i = 0; i < LIVE_TOPIC_COUNT; i++)
        live->heard[i] += (listener->topics >> i) & 1;
    live->watched = live->heard[LIVE_STEP] > 0;
    (void)http_stream_push(listener->stream, "retry: 2000\n\n", 13);
    live_again(listener, last);
}

const struct ask_bind live_binds[] = { { "listenEvents", live_listen }, { NULL, NULL } };
