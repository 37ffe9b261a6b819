/* soap_judge.c - what an answer means to the step.
 *
 * The first rule that fits decides. Else a fault Client or Sender says that nothing was done,
 * Server or Receiver that nobody knows; a status that is no success means what nodes/reply.h says;
 * and a 2xx that is no envelope leaves the effect in doubt. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node_doubt.h"
#include "nodes/connector/soap_answer_priv.h"

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon != NULL ? colon + 1 : name;
}

/* The codes of WS-Security for a credential that is refused; a fault 1.1 has them in its code, also
 * behind a dot ("Client.Authentication"). */
static bool is_about_sign_in(const char *code)
{
    static const char *const codes[] = { "FailedAuthentication", "FailedCheck",
                                         "InvalidSecurityToken", "SecurityTokenUnavailable",
                                         "InvalidSecurity",      "Authentication" };
    const char *name = local(code), *dot = strrchr(name, '.');

    if (dot != NULL)
        name = dot + 1;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(name, codes[i]) == 0)
            return true;
    return false;
}

static bool is_status_of_faults(int status)
{
    return (status >= 200 && status < 300) || status == 400 || status == 500;
}

static struct reply_verdict judge_fault(const struct soap_reading *reading,
                                        enum effect_class effect)
{
    const char *code = local(reading->code);

    if (is_about_sign_in(reading->code) || is_about_sign_in(reading->subcode))
        return (struct reply_verdict){ .code = ERR_AUTH };
    if (!is_status_of_faults(reading->status))
        return reply_classify(reading->status, effect, false);
    if (strncmp(code, "Client", 6) == 0 || strcmp(code, "Sender") == 0 ||
        strcmp(code, "MustUnderstand") == 0 || strcmp(code, "VersionMismatch") == 0 ||
        strcmp(code, "DataEncodingUnknown") == 0)
        return (struct reply_verdict){ .code = ERR_INVALID };
    return reply_classify(500, effect, false);
}

static void refuse(struct step *step, const struct soap_reading *reading,
                   struct reply_verdict verdict, const struct err *e)
{
    json_t *details = json_copied(reading->details); /* NULL: none */

    reply_mean(&details, &verdict.meaning);
    if (verdict.unsure)
        step_fail_unsure(step, e, &details);
    else if (reading->retry_after_ms >= 0 &&
             (e->code == ERR_RATE_LIMITED || e->code == ERR_UNAVAILABLE))
        step_fail_after(step, e, reading->retry_after_ms, &details);
    else
        step_fail(step, e, &details);
}

static void refuse_fault(struct step *step, const struct soap_reading *reading,
                         enum effect_class effect)
{
    struct reply_verdict verdict;
    struct err e;

    if (reading->rule != NULL)
        verdict = (struct reply_verdict){ .code = reading->rule->kind,
                                          .unsure = effect >= EFFECT_KEYED &&
                                                    !reading->rule->not_processed,
                                          .meaning = { .system = "The system",
                                                       .cause = reading->rule->cause,
                                                       .help = reading->rule->help,
                                                       .remedy = reading->rule->remedy } };
    else
        verdict = judge_fault(reading, effect);
    if (reading->fault)
        err_set(&e, verdict.code, "the system answered with the fault %.80s%s%.80s: %.200s",
                reading->code, *reading->subcode != '\0' ? ", " : "", reading->subcode,
                reading->message);
    else
        err_set(&e, verdict.code, "the system refused it: %.300s", reading->message);
    refuse(step, reading, verdict, &e);
}

bool soap__refused(struct step *step, const struct soap_config *soap, enum effect_class effect,
                   const struct soap_reading *reading)
{
    bool success = reading->status >= 200 && reading->status < 300;
    struct reply_verdict verdict;
    struct err e = reading->trouble;

    (void)soap;
    if (reading->fault || reading->rule != NULL) {
        refuse_fault(step, reading, effect);
        return true;
    }
    if (!success) {
        verdict = reply_classify(reading->status, effect, false);
        err_set(&e, verdict.code, "the system answered %d, without a fault", reading->status);
        refuse(step, reading, verdict, &e);
        return true;
    }
    if (reading->body != NULL || (reading->size == 0 && reading->status != 200))
        return false; /* an empty 202 is an answer of a one-way operation */
    if (reading->size == 0)
        err_set(&e, ERR_TRANSIENT, "the answer is empty");
    else if (e.code == ERR_OK)
        err_set(&e, ERR_MEMORY, "no memory for the answer");
    if (e.code == ERR_SYNTAX)
        e.code = ERR_TRANSIENT; /* most often a cut answer */
    err_prefix(&e, "the answer cannot be read");
    refuse(step, reading, (struct reply_verdict){ .code = e.code, .unsure = true }, &e);
    return true;
}

json_t *soap__output(const struct soap_reading *reading)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    json_put(output, "status", json_integer(reading->status), &failed);
    json_put_or_null(output, "headers", json_incref(reading->headers), &failed);
    json_put_or_null(output, "body", json_incref(reading->body), &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}
