/* diagnosis_cause.c - the causes that a diagnosis tells, each with its remedy. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "designer-api/diagnosis_priv.h"

#define CONFLICT                                                                                 \
    "conflict",                                                                                  \
        "What is there stands against it: it was changed meanwhile, or another record is like "  \
        "it.",                                                                                   \
        "Look in the other system which of the two is right; then replay, which reads it anew, " \
        "or settle it.",                                                                         \
        "run"

static const struct cause causes[] = {
    { NULL,
      { "disk is full", "no space left" },
      "disk_full",
      "The disk is full.",
      "Free space on the disk of the data directory, then replay.",
      "store" },
    { NULL,
      { "could not find the address of", "redirect, which is not followed" },
      "address",
      "The address of the connection does not lead to the system.",
      "Put it right in the connection: the name, the path, http or https. What is tried again goes "
      "on by itself then; replay what failed.",
      "connection" },
    { NULL,
      { "no trusted TLS connection to", NULL },
      "untrusted",
      "The system's certificate is not trusted, or it speaks no TLS there.",
      "See the reason in the error. Who keeps the system renews a certificate that is expired or "
      "of another name; one of an authority of your own is named in the connection's TLS settings. "
      "What is tried again goes on by itself then; replay what failed.",
      "connection" },
    { "auth",
      { NULL },
      "credential",
      "The system refuses the credential.",
      "Mend the credential of the connection; what waits then goes on by itself. Replay what "
      "failed.",
      "connection" },
    { "rate_limited",
      { NULL },
      "rate_limit",
      "The system asked for fewer requests, until the "
      "attempts were used up.",
      "Lower the connection's rate, or give the step more attempts; then replay.",
      "connection" },
    { "unavailable",
      { NULL },
      "system_down",
      "The system was down longer than the step's attempts "
      "last.",
      "See that it answers, with a test of the connection; then replay.",
      "connection" },
    { "timeout",
      { NULL },
      "timeout",
      "No answer came in time.",
      "See whether the system is slow; else give the step a longer timeout. Then replay.",
      "connection" },
    { "transient",
      { NULL },
      "passing",
      "A passing failure outlasted the step's attempts.",
      "Replay. When it comes again, see that the system is well.",
      "connection" },
    { "in_doubt",
      { NULL },
      "in_doubt",
      "A request left and its answer never came.",
      "Look in the other system whether it happened, and say so.",
      "run" },
    { "duplicate",
      { NULL },
      "duplicate",
      "It is there already.",
      "Look in the other system. If it is the same, settle this one; else give it another number.",
      "run" },
    { NULL,
      { "period*closed", "books of*closed", "period*not open" },
      "period_closed",
      "The fiscal period is closed.",
      "Open the period, or let the rules book into the next one; then replay.",
      "lookups" },
    { "conflict",
      { "another event with the dedupe key", NULL },
      "key_taken",
      "Another event came under the same dedupe key, with another content. It was not executed.",
      "Compare it with the run named in the error. An event of its own: replay it, and let the "
      "flow's "
      "dedupe key tell such events apart. The same, said twice: settle it.",
      "run" },
    { "invalid",
      { "control total*does not hold", NULL },
      "totals",
      "What came in is not what went out: a control total does not hold.",
      "Compare the two amounts named in the error with both systems. What is missing there or "
      "there twice is put right first; then replay.",
      "run" },
    { "invalid",
      { "declin", "not approved" },
      "declined",
      "The payment was declined.",
      "Ask for another card or account; the same one is not charged again by a replay until its "
      "bank allows it.",
      "run" },
    { NULL,
      { "has no key", "has no row" },
      "unknown_key",
      "A lookup table does not know the key.",
      "Add the key to the table named in the error, publish, and replay with the new version.",
      "lookups" },
    { NULL,
      { "budget of", NULL },
      "budget",
      "A rule used up its budget of time, instructions or "
      "memory.",
      "Make the rule or its input smaller, or give it more where the error says: settings.budget "
      "of "
      "the flow, up to what an administrator has set. Publish, and replay with the new version.",
      "flow" },
    { NULL,
      { "does not fit the schema", "schema" },
      "schema",
      "A value or an answer does not have "
      "the shape that is expected.",
      "Compare it with the schema: the sender's data or the schema is to be put right. Then "
      "replay.",
      "run" },
    { "rule",
      { NULL },
      "rule",
      "A rule or mapping failed on this input.",
      "Look at the line and the input in the run; mend the rule and replay with the new version.",
      "flow" },
    { "invalid",
      { "SQLSTATE 42601", "SQLSTATE 42P01", "SQLSTATE 42703", "SQLSTATE 42S02", "SQLSTATE 42S22" },
      "statement",
      "The database does not know what the statement names, or cannot read it.",
      "See that the connection leads to the right database and that its user sees the table; else "
      "mend the statement of the step, publish, and replay with the new version.",
      "flow" },
    { NULL,
      { "system answered 404", "system answered 410", "no such file" },
      "not_found",
      "What was asked for is not there.",
      "See in the system whether it was removed or has another number, and whether the connection "
      "leads to the right environment. Put that right, then replay.",
      "run" },
    { "invalid",
      { "system answered 403", "SQLSTATE 42501", "permission was denied" },
      "permission",
      "The credential may not do this.",
      "Give its user the right in the system, or another credential to the connection; then "
      "replay.",
      "connection" },
    { "invalid", { "system answered 409", NULL }, CONFLICT },
    { "invalid",
      { "system answered 405", "system answered 501" },
      "method",
      "The system does not do this at this address: it refuses the method, whatever the data is.",
      "See that the connection leads to the right system and the step to the right path; else take "
      "another method or action in the step, publish, and replay with the new version.",
      "flow" },
    { "invalid",
      { NULL },
      "refused",
      "The data was refused.",
      "Put the data right where it comes from, or replay with the input edited.",
      "run" },
    { "limit",
      { NULL },
      "limit",
      "A limit was reached.",
      "Make the data smaller or raise the limit named in the error; then replay.",
      "flow" },
    { "policy",
      { NULL },
      "policy",
      "The policy of this place does not allow it.",
      "Ask the administrator, or change the flow.",
      "flow" },
    { "store",
      { NULL },
      "store",
      "The store failed.",
      "See to the data directory; then replay.",
      "store" },
    { "conflict", { NULL }, CONFLICT },
    { "internal",
      { NULL },
      "internal",
      "Something in the program itself is at fault.",
      "Give a file of diagnostics (Administration) to who maintains the program. A replay does no "
      "harm.",
      "run" },
    { NULL, { NULL }, "other", "The run failed.", "Look at the error in the run.", "run" },
};

/* The pieces of a part stand in the text, one behind the other, whatever the case. */
static bool part_is_in(const char *part, const char *text)
{
    while (text != NULL && *part != '\0') {
        char piece[40];
        size_t size = strcspn(part, "*");

        check(size < sizeof piece);
        snprintf(piece, sizeof piece, "%.*s", (int)size, part);
        text = strcasestr(text, piece);
        if (text != NULL)
            text += size;
        part += size + (part[size] == '*');
    }
    return text != NULL;
}

static bool cause_says(const struct cause *cause, const char *text)
{
    if (cause->part[0] == NULL)
        return true;
    for (size_t i = 0; i < sizeof cause->part / sizeof *cause->part; i++)
        if (cause->part[i] != NULL && part_is_in(cause->part[i], text))
            return true;
    return false;
}

const struct cause *cause_named(const char *code)
{
    for (size_t i = 0; code != NULL && i < sizeof causes / sizeof *causes; i++)
        if (strcmp(causes[i].code, code) == 0)
            return &causes[i];
    return NULL;
}

const struct cause *cause_of(const char *kind, const char *text)
{
    const struct cause *cause = causes;

    while (cause->kind != NULL
               ? kind == NULL || strcmp(kind, cause->kind) != 0 || !cause_says(cause, text)
               : !cause_says(cause, text))
        cause++; /* the last fits all */
    return cause;
}
