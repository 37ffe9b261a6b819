/* unseen.c - see unseen.h. */
#include "engine/unseen.h"

#include <string.h>

#include "engine/run.h"

/* Whether what it does would be seen outside, or leads to what is. */
static bool unseen_acts(const struct run_node *n)
{
    const struct flow_node *node = node_of(n);

    if (node->disabled || (node->type->kind == NODE_TRANSFORM && node->body == 0))
        return false;
    if (n->status == NODE_FAILED) /* of a loop: its iterations did not all come to their end */
        return node->body != 0;
    return n->status == NODE_PENDING || n->status == NODE_QUEUED || n->status == NODE_LIVE;
}

/* What may have left, and is waited for: its step will say what became of it. */
static bool unseen_settles(const struct run_node *n)
{
    return (n->status == NODE_QUEUED || n->status == NODE_LIVE) && node_settles(n) &&
           body_frames(n) == NULL;
}

static bool unseen_any(const struct frame *root)
{
    for (unsigned i = 0; i < root->graph->count; i++)
        if (unseen_acts(&root->nodes[i]) && !unseen_settles(&root->nodes[i]))
            return true;
    return false;
}

/* The last one that is known to have ended; at first, the trigger. */
static const char *unseen_after(const struct frame *root)
{
    const struct run_node *last = NULL;

    const struct flow_node *nodes = root->run->version->flow->nodes;

    if (root->failed_node != UINT32_MAX && nodes[root->failed_node].body == 0)
        return nodes[root->failed_node].id;
    for (unsigned i = 0; i < root->graph->count; i++) {
        const struct run_node *n = &root->nodes[i];

        if (n->status == NODE_DONE && (last == NULL || n->shown > last->shown))
            last = n;
    }
    return last != NULL ? node_of(last)->id : nodes[root->run->trigger].id;
}

static void unseen_details(struct frame *root, const char *after, const char *at)
{
    json_t *unseen = json_object();
    bool failed = false;

    json_put(unseen, "after", json_string(after), &failed);
    if (at[0] != '\0')
        json_put(unseen, "backup_at", json_string(at), &failed);
    root->failure_details = json_object();
    json_put(root->failure_details, "unseen", unseen, &failed);
    check(!failed);
}

void unseen_note(struct frame *root)
{
    const struct run *run = root->run;
    const struct store *store = run->engine->world.store;
    char at[CLOCK_TEXT] = "", said[sizeof root->failure.text], tail[LIMIT_ID + 160];
    const char *after;
    int size;

    if (!run_is_again(run) || run->poll != 0 || !unseen_any(root))
        return;
    if (store->restored_ms != 0)
        clock_text(store->restored_ms, at);
    after = unseen_after(root);
    size = snprintf(tail, sizeof tail,
                    "; restored from a backup%s%s: steps after \"%s\" may have been done before, "
                    "and are not known here",
                    at[0] != '\0' ? " of " : "", at, after);
    check(size > 0 && (size_t)size < sizeof tail);
    memcpy(said, root->failure.text, sizeof said);
    said[utf8_cut(said, sizeof said - 1 - (size_t)size)] = '\0';
    snprintf(root->failure.text, sizeof root->failure.text, "%s%s", said, tail);
    if (root->failure_details == NULL)
        unseen_details(root, after, at);
}

bool unseen_is_told(const struct store_run *run)
{
    struct err e;
    json_t *error;
    bool told;

    if (run->status != RUN_CANCELLED || run->error == NULL)
        return false;
    error = json_read(run->error, strlen(run->error), &record_limits, &e);
    told = json_object_get(json_object_get(error, "details"), "unseen") != NULL;
    json_decref(error);
    return told;
}
