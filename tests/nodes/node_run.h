/* node_run.h - one node run by the real engine on a stage: what it gives, how it fails. */
#ifndef NODES_NODE_RUN_H
#define NODES_NODE_RUN_H

#include "node_text.h"

#include "world/stage.h"

struct node_result {
    int status;         /* of the answer to the caller, who waits for the result */
    json_t *output;     /* what was answered */
    json_t *error;      /* of the run's last failure: {"kind", "text", "details"}; NULL: none */
    char steps[1000];   /* see stage_steps(); of a run that did not succeed */
    char headers[1000];
};

static inline void node_run_failure(struct stage *stage, struct node_result *result)
{
    uint64_t run = 0;
    json_t *entries, *entry;
    size_t i;

    assert_true(ident_parse(json_get_text(result->output, "run"), &run));
    stage_steps(stage, run, result->steps, sizeof result->steps);
    entries = fake_store_entries(stage_store(stage), run);
    json_array_foreach(entries, i, entry)
    {
        json_t *error = json_object_get(entry, "e");

        if (error == NULL)
            error = json_object_get(entry, "doubt");
        if (error == NULL)
            continue;
        json_decref(result->error);
        result->error = json_incref(error);
    }
    json_decref(entries);
}

#ifndef NODE_RUN_LOOKUPS
#define NODE_RUN_LOOKUPS "{}"
#endif

/* Runs webhook "in" -> "it" and what follows; `more`: further nodes and a list of further edges,
 * may be "". The connections are those of connections.json. */
static inline void node_run_parts(struct stage *stage, const char *node, const char *more_nodes,
                                  const char *more_edges, const char *connections, const char *body,
                                  struct node_result *result)
{
    const struct stage_answer *answer;
    struct buf flow;
    char *text, *sent;
    uint64_t request;
    struct err e;

    memset(result, 0, sizeof *result);
    buf_init(&flow, MIB);
    buf_addf(&flow,
             "{'flow': {'weft': 1, 'name': 'Run', 'nodes': [{'id': 'in', 'type': "
             "'trigger.webhook', 'config': {'path': 'x', 'respond': 'result', 'verify': {'type': "
             "'none'}}}, %s%s%s], 'edges': [{'from': 'in', 'to': 'it'}%s%s]}, 'rules': {'gl': "
             "'return {}'}, 'lookups': " NODE_RUN_LOOKUPS "%s%s}",
             node, *more_nodes != '\0' ? ", " : "", more_nodes, *more_edges != '\0' ? ", " : "",
             more_edges, connections != NULL ? ", 'connections': " : "",
             connections != NULL ? connections : "");
    text = node_try_text(buf_text(&flow));
    sent = node_try_text(body);
    stage_deploy(stage, "run", text);
    request = stage_post(stage, "x", sent);
    stage_settle(stage);
    for (unsigned i = 0; i < 20 && stage_answer(stage, request)->status == 0; i++)
        stage_wait(stage, 1000); /* pauses between attempts */
    answer = stage_answer(stage, request);
    result->status = answer->status;
    if (answer->body != NULL) {
        result->output = json_read(answer->body, strlen(answer->body), &json_limits_reply, &e);
        if (result->output == NULL) /* a text that was sent as it is */
            result->output = json_string(answer->body);
        snprintf(result->headers, sizeof result->headers, "%s", answer->headers);
    }
    if (json_get_text(result->output, "run") != NULL)
        node_run_failure(stage, result);
    mem_free(text);
    mem_free(sent);
    buf_fini(&flow);
}

static inline void node_run_end(struct node_result *result)
{
    json_decref(result->output);
    json_decref(result->error);
}

/* A node alone; its output is what is answered. */
static inline void node_gives_at(const char *node, const char *body, const char *wanted,
                                 const char *file, int line)
{
    struct stage *stage = stage_new();
    struct node_result result;

    node_run_parts(stage, node, "", "", NULL, body, &result);
    if (result.status != 200) {
        print_error("%s: answered %d, %s\n", node, result.status,
                    json_get_text(result.error, "text"));
        _fail(file, line);
    }
    node_try_same(json_incref(result.output), wanted);
    node_run_end(&result);
    stage_free(stage);
}
#define node_gives(node, body, wanted) node_gives_at(node, body, wanted, __FILE__, __LINE__)

/* A node that fails with a kind and a text that has a part. */
static inline void node_fails_at(const char *node, const char *body, const char *kind,
                                 const char *part, const char *file, int line)
{
    struct stage *stage = stage_new();
    struct node_result result;
    const char *text;

    node_run_parts(stage, node, "", "", NULL, body, &result);
    text = json_get_text(result.error, "text");
    if (text == NULL || strcmp(json_get_text(result.error, "kind"), kind) != 0 ||
        strstr(text, part) == NULL) {
        print_error("%s: wanted %s \"%s\", answered %d, %s \"%s\"\n", node, kind, part,
                    result.status, json_get_text(result.error, "kind"), text);
        _fail(file, line);
    }
    node_run_end(&result);
    stage_free(stage);
}
#define node_fails(node, body, kind, part) node_fails_at(node, body, kind, part, __FILE__, __LINE__)

#endif
