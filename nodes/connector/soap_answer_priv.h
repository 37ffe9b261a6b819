/* soap_answer_priv.h - the answer of a SOAP service between those who read it (soap_read.c), judge
 * it (soap_judge.c) and take it (soap.c, soap_probe.c). */
#ifndef NODES_CONNECTOR_SOAP_ANSWER_PRIV_H
#define NODES_CONNECTOR_SOAP_ANSWER_PRIV_H

#include "nodes/connector/soap_priv.h"

struct soap_reading {
    /* in */
    struct soap_plan *plan;   /* counted */
    unsigned which;           /* 0 the call, 1 the probe */
    char *bytes;
    size_t size;
    char charset[40];         /* "": not said */
    int status;
    int64_t retry_after_ms;
    json_t *headers, *details;
    /* out; text is set when it is no envelope */
    bool envelope, fault;
    char code[100], subcode[100], message[300];
    const struct soap_rule *rule; /* the first that fits; NULL: none */
    json_t *body;
    struct err trouble;       /* why there is no body; code ERR_OK: there is */
};
/* Reads it, on a thread when it is long, then calls back; the reading is freed behind it. */
typedef void soap_read_fn(struct step *step, const void *config, void *reading);
void soap__read(struct step *step, const struct soap_config *soap, unsigned which,
                const struct step_reply *reply, soap_read_fn *then);
/* What an answer that is no success means, ends the step; false: it is a success. */
bool soap__refused(struct step *step, const struct soap_config *soap, enum effect_class effect,
                   const struct soap_reading *reading);
/* {"status", "headers", "body"}; NULL: no memory */
json_t *soap__output(const struct soap_reading *reading);

#endif
