/* soap_priv.h - what the files of connector.soap share: soap.c its settings, soap_compile.c what is
 * made of them, soap_send.c the request, soap_read.c the answer as a document, soap_judge.c what it
 * means (soap_answer_priv.h), soap_probe.c how it is looked whether an effect happened. */
#ifndef NODES_CONNECTOR_SOAP_PRIV_H
#define NODES_CONNECTOR_SOAP_PRIV_H

#include "flow/node.h"
#include "format/stencil.h"
#include "nodes/foreign.h"
#include "nodes/reply.h"
#include "nodes/wsdl.h"

#define SOAP_SECRETS 20u /* places for secrets in one envelope */

enum soap_answer { SOAP_ANSWER_JSON, SOAP_ANSWER_XML };
enum soap_token { SOAP_TOKEN_TEXT, SOAP_TOKEN_DIGEST };

/* ---- Settings */
struct soap_said { /* one message */
    const char *wsdl, *operation, *body, *action, *key_to;
    struct value *path, *input;
};
struct soap_security {
    int type;
    struct value *user;
    const char *secret;
};
struct soap_rule_config {
    const char *code, *message, *path;
    const char *help, *remedy;
    int kind, cause;
    bool not_processed;
};
struct soap_probe {
    struct soap_said said;
    const char *found;
    int64_t settle_ms;
    bool read_after_write;
};

/* ---- What compile() makes of them */

/* A place of a template. */
enum soap_place_kind { PLACE_VALUE, PLACE_SECRET, PLACE_KEY, PLACE_REFERENCE };
struct soap_place {
    enum soap_place_kind kind;
    char *name; /* of the secret; owned */
};
enum { SOAP_TARGET, SOAP_USER, SOAP_INPUT, SOAP_PLACES };
struct soap_message {
    struct stencil *header, *body;    /* NULL: none; body NULL: the input by the operation */
    struct wsdl_operation operation;  /* input NULL: by a template */
    struct schema *shape;             /* of the operation's input */
    char *action;
    const char *key_to;               /* borrowed; NULL: nowhere */
    struct value **values;            /* SOAP_TARGET.. borrowed; from SOAP_PLACES on those of the
                                         places, owned: of the header, then of the body */
    struct soap_place *places;
    size_t place_count;
    size_t input_members;             /* of a probe, as they are written */
};
struct soap_rule {
    char *code, *message, *path;      /* NULL: any */
    char *help, *remedy;              /* for people; NULL: none */
    const char *cause;                /* of the diagnosis; NULL: by the kind */
    enum err_code kind;
    bool not_processed;
};
/* What the reading of an answer needs, on any thread. */
struct soap_plan {
    struct foreign_plan base; /* first */
    struct soap_rule *rules;
    size_t rule_count;
    json_t *spaces;           /* of rules' paths, and of names unless `local` */
    bool local, soap12;
    enum soap_answer answer;
    json_t *output[2];        /* schema of the answer: of the call, of the probe; NULL: none */
    char *element[2];         /* and the name of its element */
};

struct soap_config {
    struct value *url;
    int version;
    bool partial;
    struct soap_said said;
    const char *header;
    struct soap_security *security;
    int effect;
    const char *key_header;
    bool short_key;
    int64_t key_valid_ms;
    int answer;
    json_t *namespaces;
    struct field_list rules;
    struct soap_probe *probe;
    json_t *example;
    /* made by compile() */
    enum effect_class effect_class;
    struct soap_message call, look;
    struct soap_plan *plan;
    char *address; /* of the WSDL, when neither url nor path is given */
};

extern const char *const soap__kinds[]; /* kinds of rules; soap__kind() gives the code */
enum err_code soap__kind(int choice);
const char *soap__cause(int choice); /* NULL: by the kind */

void soap__compile(struct flow_build *build, struct soap_config *soap, const char *pointer);
void soap__release(struct soap_config *soap);
/* Builds and sends; on a failure the step has ended. */
void soap__send(struct step *step, const struct soap_config *soap, const struct soap_message *msg,
                const struct step_values *values, step_call_fn *then);

void soap__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt);
enum node_next soap__probe(struct step *step, const void *config);

#endif
