/* http_probe.c - how connector.http looks whether a request was carried out whose answer got lost.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/connector/http_priv.h"
#include "nodes/header.h"
#include "nodes/request.h"

const struct field http__probe_rows[] = {
    { .kind = FIELD_VALUE,
      .name = "url",
      .offset = offsetof(struct http_probe, url),
      .help = "A whole address, for a node without a connection." },
    { .kind = FIELD_VALUE,
      .name = "path",
      .offset = offsetof(struct http_probe, path),
      .help = "The path below the base URL of the node's connection.",
      .example = "\"='/orders/' .. trigger.body.orderId\"" },
    { .kind = FIELD_VALUE,
      .name = "query",
      .offset = offsetof(struct http_probe, query),
      .help = "An object that becomes the query." },
    { .kind = FIELD_VALUE,
      .name = "headers",
      .offset = offsetof(struct http_probe, headers),
      .help = "An object of texts." },
    { .kind = FIELD_JSON,
      .name = "found_status",
      .offset = offsetof(struct http_probe, found_status),
      .help = "Statuses that say that it is there; 200 when left out." },
    { .kind = FIELD_TEXT,
      .name = "found",
      .offset = offsetof(struct http_probe, found),
      .help = "The dotted path of what such an answer has only when it is there; an answer without "
              "it says that it is not. Left out, the status alone decides.",
      .example = "\"value.0\"" },
    { .kind = FIELD_JSON,
      .name = "absent_status",
      .offset = offsetof(struct http_probe, absent_status),
      .help = "Statuses that say that it is not there; 404 when left out." },
    { .kind = FIELD_MS,
      .name = "settle",
      .offset = offsetof(struct http_probe, settle_ms),
      .fallback = "5s",
      .help = "It looks not before: so long the system may take to show what it did." },
    { .kind = FIELD_BOOL,
      .name = "read_after_write",
      .offset = offsetof(struct http_probe, read_after_write),
      .help = "Whether what is not there after that time did not happen and will not, so that the "
              "request can be sent again. Without it a person decides." },
    FIELD_LAST,
};

void http__probe_compile(struct flow_build *build, struct http_config *http, const char *pointer,
                         bool connected)
{
    struct http_probe *probe = http->probe;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/probe", pointer);
    probe->values[VALUE_TARGET] = probe->url != NULL ? probe->url : probe->path;
    probe->values[VALUE_QUERY] = probe->query;
    probe->values[VALUE_HEADERS] = probe->headers;
    http__compile_target(build, probe->url, probe->path, connected, place);
    if (http->effect_class < EFFECT_KEYED)
        flow_build_fault(build, place, "a probe has a meaning with the effects keyed and once");
    if (!status_set_read(&probe->absent, probe->absent_status, NULL))
        flow_build_fault(build, place, "\"absent_status\" is a list of statuses like 404");
    if (probe->absent_status == NULL)
        probe->absent = (struct status_set){ .range = { { 404, 404 } }, .count = 1 };
    if (!status_set_read(&probe->there, probe->found_status, NULL))
        flow_build_fault(build, place, "\"found_status\" is a list of statuses like 200");
    if (probe->found_status == NULL)
        probe->there = (struct status_set){ .range = { { 200, 200 } }, .count = 1 };
    snprintf(place, sizeof place, "%s/probe/query", pointer);
    probe->query_members = json_object_size(definition_at(build, place));
    snprintf(place, sizeof place, "%s/probe/headers", pointer);
    header_compile(build, probe->headers, true, place);
}

void http__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt)
{
    const struct http_config *http = config;

    (void)type;
    if (http->probe == NULL)
        return;
    doubt->probes = true;
    doubt->settle_ms = http->probe->settle_ms;
    doubt->read_after_write = http->probe->read_after_write;
}

static void probe_found(struct step *step, const struct http_config *http,
                        const struct step_reply *reply)
{
    const struct http_probe *probe = http->probe;
    json_t *body = NULL, *output = NULL, *value;
    enum probe_result result;
    struct err e;

    if (http__body(http, reply, &body, &e) != ERR_OK) {
        step_fail(step, &e, NULL);
        return;
    }
    result = reply_probe(body, probe->found, &value);
    if (result == PROBE_HAPPENED)
        output = http__output(reply, body, &e);
    json_decref(body);
    if (result == PROBE_HAPPENED && output == NULL)
        step_fail(step, &e, NULL);
    else if (result == PROBE_HAPPENED)
        step_probed(step, result, &output, "its probe found it");
    else if (result == PROBE_ABSENT)
        step_probed(step, result, NULL, "its probe did not find it");
    else
        step_probed(step, result, NULL, "its probe was answered in a form not expected");
}

static void probe_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct http_probe *probe = ((const struct http_config *)config)->probe;
    char why[80];

    snprintf(why, sizeof why, "its probe was answered %d", reply->status);
    if (status_set_has(&probe->absent, reply->status))
        step_probed(step, PROBE_ABSENT, NULL, why);
    else if (status_set_has(&probe->there, reply->status))
        probe_found(step, config, reply);
    else
        reply_fail(step, reply, reply_classify(reply->status, EFFECT_NONE, false), "");
}

/* Without a part of its query it would look for anything. */
static enum err_code probe_whole(const struct http_probe *probe, json_t *query, struct err *e)
{
    const char *name;
    json_t *member;
    bool whole = json_object_size(query) >= probe->query_members;

    json_object_foreach(query, name, member)
    {
        whole = whole && !json_is_null(member);
    }
    if (whole)
        return ERR_OK;
    return err_set(e, ERR_INVALID,
                   "a part of the probe's query has no value, and without it the "
                   "system cannot be asked");
}

static void probe_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    struct header_list headers;
    struct buf target;
    enum err_code rc;
    struct err e;

    check(values->count == VALUE_BODY);
    header_list_init(&headers);
    buf_init(&target, LIMIT_HEADER_BYTES);
    rc = probe_whole(((const struct http_config *)config)->probe, values->filled[VALUE_QUERY], &e);
    if (rc == ERR_OK)
        rc = request_target(values->filled[VALUE_TARGET], values->filled[VALUE_QUERY], &target, &e);
    if (rc == ERR_OK)
        rc = header_list_read(&headers, values->filled[VALUE_HEADERS], true, &e);
    if (rc != ERR_OK)
        step_fail(step, &e, NULL);
    else
        step_call(step,
                  &(struct step_ask){ .method = "GET",
                                      .target = buf_text(&target),
                                      .headers = headers.pairs,
                                      .header_count = headers.count,
                                      .effect = EFFECT_NONE },
                  probe_replied);
    buf_fini(&target);
    header_list_fini(&headers);
}

enum node_next http__probe(struct step *step, const void *config)
{
    const struct http_config *http = config;

    check(http->probe != NULL);
    return step_eval(step, http->probe->values, VALUE_BODY, false, probe_evaluated);
}
