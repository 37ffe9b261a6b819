/* soap.c - a call of a SOAP service: its settings, and the call itself.
 *
 *   values -> envelope (soap_send.c) -> step_call() -> read (soap_read.c) -> judged (soap_judge.c)
 *
 * The body of the envelope is a template, or a JSON value that a WSDL's operation gives its form.
 * Secrets are put in by the engine when the request leaves. */
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/connector/soap_answer_priv.h"

static const char *const versions[] = { "1.1", "1.2", NULL };
static const char *const effects[] = { "none", "idempotent", "keyed", "once", NULL };
static const char *const answers[] = { "json", "xml", NULL };
static const char *const tokens[] = { "password_text", "password_digest", NULL };
const char *const soap__kinds[] = { "transient", "timeout", "rate_limited", "unavailable",
                                    "auth",      "invalid", "duplicate",    NULL };

static const char *const soap_causes[] = { "by_kind",   "declined",   "period_closed",
                                           "not_found", "permission", NULL };

const char *soap__cause(int choice)
{
    return choice > 0 ? soap_causes[choice] : NULL;
}

enum err_code soap__kind(int choice)
{
    enum err_code code = ERR_INVALID;

    check(err_find(soap__kinds[choice], &code));
    return code;
}

/* Of the call and of its probe, whose path and WSDL are by default those of the call. */
#define SAID_FIELDS(type, member)                                                                  \
    { .kind = FIELD_VALUE,                                                                         \
      .name = "path",                                                                              \
      .offset = offsetof(type, member) + offsetof(struct soap_said, path),                         \
      .help = "The path below the base URL of the node's connection.",                             \
      .example = "\"/paymentEntry.asmx\"" },                                                       \
        { .kind = FIELD_TEXT,                                                                      \
          .name = "wsdl",                                                                          \
          .offset = offsetof(type, member) + offsetof(struct soap_said, wsdl),                     \
          .help = "The name of a WSDL of the flow, wsdl/NAME.wsdl.",                               \
          .example = "\"paymentEntry\"" },                                                         \
        { .kind = FIELD_TEXT,                                                                      \
          .name = "operation",                                                                     \
          .offset = offsetof(type, member) + offsetof(struct soap_said, operation),                \
          .main = true,                                                                            \
          .help = "The operation of the WSDL.",                                                    \
          .example = "\"applyPayment\"" },                                                         \
        { .kind = FIELD_VALUE,                                                                     \
          .name = "input",                                                                         \
          .offset = offsetof(type, member) + offsetof(struct soap_said, input),                    \
          .main = true,                                                                            \
          .help = "The operation's message: its elements by name, in any order; they are checked " \
                  "and written as the WSDL says.",                                                 \
          .example = "{\"custID\": \"=trigger.body.customer\"}" },                                 \
        { .kind = FIELD_TEXT,                                                                      \
          .name = "body",                                                                          \
          .offset = offsetof(type, member) + offsetof(struct soap_said, body),                     \
          .help = "Without a WSDL: what stands in soap:Body, XML with places {{ expression }}, "   \
                  "whose values are escaped. {{key}} and {{reference}} are the idempotency key "   \
                  "and its short form, {{secret: NAME}} a secret of the connection.",              \
          .example = "\"<ping xmlns='urn:x'><id>{{ trigger.body.id }}</id></ping>\"" },            \
        { .kind = FIELD_TEXT,                                                                      \
          .name = "action",                                                                        \
          .offset = offsetof(type, member) + offsetof(struct soap_said, action),                   \
          .help = "The SOAPAction; without it that of the WSDL, or an empty one.",                 \
          .example = "\"urn:x/ping\"" },                                                           \
    {                                                                                              \
        .kind = FIELD_TEXT, .name = "key_to",                                                      \
        .offset = offsetof(type, member) + offsetof(struct soap_said, key_to),                     \
        .help = "The dotted path in `input` where the idempotency key goes (effects keyed and "    \
                "once).",                                                                          \
        .example = "\"order.CustOrdNbr\""                                                          \
    }

static const struct field security_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "type",
      .offset = offsetof(struct soap_security, type),
      .required = true,
      .choices = tokens,
      .help = "password_text: the password as it is, for TLS only. password_digest: a digest of "
              "it with a nonce and the time." },
    { .kind = FIELD_VALUE,
      .name = "user",
      .offset = offsetof(struct soap_security, user),
      .required = true,
      .help = "The user's name." },
    { .kind = FIELD_TEXT,
      .name = "secret",
      .offset = offsetof(struct soap_security, secret),
      .required = true,
      .help = "The name of the password among the connection's secrets.",
      .example = "\"password\"" },
    FIELD_LAST,
};
static const struct field rule_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "code",
      .offset = offsetof(struct soap_rule_config, code),
      .help = "The fault's code or subcode, without its prefix.",
      .example = "\"Client\"" },
    { .kind = FIELD_TEXT,
      .name = "message",
      .offset = offsetof(struct soap_rule_config, message),
      .help = "A part of the fault's text, or of what `path` finds, without regard to case.",
      .example = "\"deadlock\"" },
    { .kind = FIELD_TEXT,
      .name = "path",
      .offset = offsetof(struct soap_rule_config, path),
      .help = "An XPath over the whole answer, also over one that is no fault: it holds when it "
              "finds something that is not empty, or is true. What it finds is shown.",
      .example = "\"//*[local-name()='errorMessage']\"" },
    { .kind = FIELD_CHOICE,
      .name = "kind",
      .offset = offsetof(struct soap_rule_config, kind),
      .required = true,
      .choices = soap__kinds,
      .help = "What such an answer is." },
    { .kind = FIELD_BOOL,
      .name = "not_processed",
      .offset = offsetof(struct soap_rule_config, not_processed),
      .fallback = "false",
      .help = "The system did nothing. Without it an effect of class keyed or once is in doubt." },
    { .kind = FIELD_CHOICE,
      .name = "cause",
      .offset = offsetof(struct soap_rule_config, cause),
      .fallback = "by_kind",
      .choices = soap_causes,
      .help = "The cause that the diagnosis of a failure tells." },
    { .kind = FIELD_TEXT,
      .name = "help",
      .offset = offsetof(struct soap_rule_config, help),
      .help = "What it means, for people.",
      .example = "\"The period of the document is closed.\"" },
    { .kind = FIELD_TEXT,
      .name = "remedy",
      .offset = offsetof(struct soap_rule_config, remedy),
      .help = "What to do about it, for people.",
      .example = "\"Open the period in SL, then replay.\"" },
    FIELD_LAST,
};
static const struct field probe_fields[] = {
    SAID_FIELDS(struct soap_probe, said),
    { .kind = FIELD_TEXT,
      .name = "found",
      .offset = offsetof(struct soap_probe, found),
      .required = true,
      .help = "The dotted path of what the answer's body has only when the effect happened; what "
              "is empty is not there.",
      .example = "\"getPaymentResult.RefNbr\"" },
    { .kind = FIELD_MS,
      .name = "settle",
      .offset = offsetof(struct soap_probe, settle_ms),
      .fallback = "5s",
      .help = "It looks not before: so long the system may take to show what it did." },
    { .kind = FIELD_BOOL,
      .name = "read_after_write",
      .offset = offsetof(struct soap_probe, read_after_write),
      .help = "Whether what is not there after that time did not happen and will not, so that the "
              "request can be sent again. Without it a person decides." },
    FIELD_LAST,
};
static const struct field soap_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "url",
      .offset = offsetof(struct soap_config, url),
      .help = "A whole address, for a node without a connection; the egress policy must allow it. "
              "Without url and connection it is the address in the WSDL.",
      .example = "\"https://erp.example.com/service.asmx\"" },
    { .kind = FIELD_CHOICE,
      .name = "version",
      .offset = offsetof(struct soap_config, version),
      .fallback = "1.1",
      .choices = versions,
      .help = "The version of SOAP." },
    SAID_FIELDS(struct soap_config, said),
    { .kind = FIELD_BOOL,
      .name = "partial",
      .offset = offsetof(struct soap_config, partial),
      .fallback = "false",
      .help = "What the WSDL requires may be left out of `input`: services made with .NET take a "
              "missing number for 0." },
    { .kind = FIELD_TEXT,
      .name = "header",
      .offset = offsetof(struct soap_config, header),
      .help = "What stands in soap:Header, a template as `body`; also of the probe.",
      .example = "\"<auth xmlns='urn:x'><key>{{secret: license}}</key></auth>\"" },
    { .kind = FIELD_OBJECT,
      .name = "security",
      .offset = offsetof(struct soap_config, security),
      .rows = security_fields,
      .size = sizeof(struct soap_security),
      .help = "A WS-Security UsernameToken in the header." },
    { .kind = FIELD_CHOICE,
      .name = "effect",
      .offset = offsetof(struct soap_config, effect),
      .fallback = "once",
      .choices = effects,
      .help = "What the call does outside, which decides whether it may be repeated: none reads; "
              "idempotent may be done twice; keyed is recognised by its idempotency key; once "
              "must not be repeated." },
    { .kind = FIELD_TEXT,
      .name = "key_header",
      .offset = offsetof(struct soap_config, key_header),
      .help = "The HTTP header in which the system expects the idempotency key (effect keyed)." },
    { .kind = FIELD_BOOL,
      .name = "short_key",
      .offset = offsetof(struct soap_config, short_key),
      .fallback = "false",
      .help = "key_to gets the first 20 characters of the key without dashes." },
    { .kind = FIELD_MS,
      .name = "key_valid",
      .offset = offsetof(struct soap_config, key_valid_ms),
      .fallback = "24h",
      .help = "So long the system knows an idempotency key (effect keyed)." },
    { .kind = FIELD_CHOICE,
      .name = "answer",
      .offset = offsetof(struct soap_config, answer),
      .fallback = "json",
      .choices = answers,
      .help = "json: the content of soap:Body, as transform.xml reads it; with a WSDL that of its "
              "element, with numbers and lists. xml: the whole envelope as a text." },
    { .kind = FIELD_JSON,
      .name = "namespaces",
      .offset = offsetof(struct soap_config, namespaces),
      .help = "Prefixes for the rules' paths, and for the answer's names when there is no WSDL; "
              "without it names have no prefixes.",
      .example = "{\"sl\": \"urn:example\"}" },
    { .kind = FIELD_LIST,
      .name = "errors",
      .offset = offsetof(struct soap_config, rules),
      .rows = rule_fields,
      .size = sizeof(struct soap_rule_config),
      .max = 50,
      .help = "What answers mean: the first that fits decides. Else a fault Client (Sender) is "
              "invalid, or auth when it is about WS-Security, and Server (Receiver) transient." },
    { .kind = FIELD_OBJECT,
      .name = "probe",
      .offset = offsetof(struct soap_config, probe),
      .rows = probe_fields,
      .size = sizeof(struct soap_probe),
      .help = "A call that changes nothing and tells whether the effect happened, for when its "
              "answer got lost. Its answer then stands for the lost one." },
    { .kind = FIELD_JSON,
      .name = "example",
      .offset = offsetof(struct soap_config, example),
      .help = "The body of the answer in a simulated run, in which nothing leaves." },
    FIELD_LAST,
};

static void soap_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    (void)type;
    soap__compile(build, config, pointer);
}

static void soap_release(void *config)
{
    soap__release(config);
}

/* ---- The call */

static void soap_read_done(struct step *step, const void *config, void *arg)
{
    const struct soap_config *soap = config;
    const struct soap_reading *reading = arg;
    json_t *output;
    struct err e;

    if (soap__refused(step, soap, soap->effect_class, reading))
        return;
    output = soap__output(reading);
    if (output != NULL) {
        step_done(step, "out", &output);
        return;
    }
    err_set(&e, ERR_MEMORY, "no memory for the answer");
    step_fail_unsure(step, &e, NULL);
}

static void soap_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    soap__read(step, config, 0, reply, soap_read_done);
}

static void soap_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct soap_config *soap = config;

    soap__send(step, soap, &soap->call, values, soap_replied);
}

static enum node_next soap_start(struct step *step, const void *config)
{
    const struct soap_config *soap = config;

    check(soap->plan != NULL);
    return step_eval(step, soap->call.values, SOAP_PLACES + soap->call.place_count, false,
                     soap_evaluated);
}

const struct node_type node_connector_soap = {
    .name = "connector.soap",
    .kind = NODE_CONNECTOR,
    .title = "SOAP request",
    .help = "Calls an operation of a SOAP service, 1.1 or 1.2, with a body from a template or from "
            "JSON by a WSDL. The output is {status, headers, body}. Faults fail the step, also in "
            "an answer of status 200; a DOCTYPE is refused.",
    .fields = soap_fields,
    .config_size = sizeof(struct soap_config),
    .effect = EFFECT_ONCE,
    .example = "{\"url\": \"https://erp.example.com/stock.asmx\", \"action\": \"urn:stock/get\", "
               "\"effect\": \"none\", \"body\": \"<get xmlns='urn:stock'><item>{{ "
               "trigger.body.item }}</item></get>\"}",
    .compile = soap_compile,
    .start = soap_start,
    .doubt = soap__doubt,
    .probe = soap__probe,
    .release = soap_release,
};
