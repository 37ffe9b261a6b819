/* soap_probe.c - how connector.soap looks whether a call was carried out whose answer got lost. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node_doubt.h"
#include "nodes/connector/soap_answer_priv.h"

void soap__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt)
{
    const struct soap_config *soap = config;

    (void)type;
    if (soap->probe == NULL)
        return;
    doubt->probes = true;
    doubt->settle_ms = soap->probe->settle_ms;
    doubt->read_after_write = soap->probe->read_after_write;
}

static bool is_empty(const json_t *value)
{
    return (json_is_text(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Whether the way to it ends in an element that is there and empty: the DataSet of a view without
 * rows. Where an element of the way is missing, the answer is another one than was thought. */
static bool way_is_empty(json_t *body, const char *path)
{
    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        char *way = mem_must_copy_n(path, (size_t)(dot - path));
        const json_t *value = reply_find(body, way);

        mem_free(way);
        if (value != NULL && is_empty(value))
            return true;
    }
    return false;
}

static void probe_read(struct step *step, const void *config, void *arg)
{
    const struct soap_config *soap = config;
    const struct soap_reading *reading = arg;
    enum probe_result result;
    json_t *value, *output;
    struct err e;

    if (soap__refused(step, soap, EFFECT_NONE, reading))
        return;
    result = reply_probe(reading->body, soap->probe->found, &value);
    if (result == PROBE_HAPPENED ? is_empty(value)
                                 : way_is_empty(reading->body, soap->probe->found))
        result = PROBE_ABSENT;
    if (result != PROBE_HAPPENED) {
        step_probed(step, result, NULL,
                    result == PROBE_ABSENT ? "its probe did not find it"
                                           : "its probe was answered in a form not expected");
        return;
    }
    output = soap__output(reading);
    if (output != NULL) {
        step_probed(step, result, &output, "its probe found it");
        return;
    }
    err_set(&e, ERR_MEMORY, "no memory for the answer");
    step_fail(step, &e, NULL);
}

static void probe_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    soap__read(step, config, 1, reply, probe_read);
}

/* Without a part of what it asks for it would find anything. */
static bool probe_is_whole(const struct soap_message *look, const struct step_values *values)
{
    json_t *input = values->filled[SOAP_INPUT], *member;
    const char *name;

    for (size_t i = 0; i < look->place_count; i++) {
        const json_t *value = values->filled[SOAP_PLACES + i];

        if (look->places[i].kind == PLACE_VALUE && (value == NULL || json_is_null(value)))
            return false;
    }
    if (json_object_size(input) < look->input_members)
        return false;
    json_object_foreach(input, name, member)
    {
        if (json_is_null(member))
            return false;
    }
    return true;
}

static void probe_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct soap_config *soap = config;
    struct err e;

    if (probe_is_whole(&soap->look, values)) {
        soap__send(step, soap, &soap->look, values, probe_replied);
        return;
    }
    err_set(&e, ERR_INVALID,
            "a part of what the probe asks for has no value, and without it the "
            "system cannot be asked");
    step_fail(step, &e, NULL);
}

enum node_next soap__probe(struct step *step, const void *config)
{
    const struct soap_config *soap = config;

    check(soap->probe != NULL);
    return step_eval(step, soap->look.values, SOAP_PLACES + soap->look.place_count, false,
                     probe_evaluated);
}
