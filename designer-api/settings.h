/* settings.h - what people set while the program works, for all of it or for a workspace.
 *
 * The rows below are all there is: from them come GET and PATCH /settings and their documentation
 * (docs/OPERATIONS.md). A setting of the configuration file, the environment or the command line
 * that is also a row here is fixed by it: people see it and cannot change it. What people set is
 * kept as the objects "setting" program (of no workspace) and "setting" workspace (of one), and
 * works from its commit on. */
#ifndef DESIGNER_API_SETTINGS_H
#define DESIGNER_API_SETTINGS_H

#include <jansson.h>

#include "base/limits.h"
#include "base/log.h"
#include "designer-api/object.h"
#include "designer-api/people.h"

/*    code            scope      kind    name             fixed by  min, max or choices  default
 *    help. A TEXT has at most max bytes and is empty or what its choices name. */
#define SETTINGS_TABLE(X)                                                                        \
    X(LOG_LEVEL,      PROGRAM,   CHOICE, "log_level",     "log.level", 0, 0,                       \
      "error warn info debug", "info", "which lines are logged")                                  \
    X(SESSION_IDLE,   PROGRAM,   NUMBER, "session_idle_s", "session.idle_s", 60, 2678400, "",      \
      "900", "seconds after the last act of its person in which a session ends")                  \
    X(SESSION_END,    PROGRAM,   NUMBER, "session_end_s", "session.end_s", 60, 2678400, "",        \
      "43200", "seconds after its opening in which a session ends")                               \
    X(SECOND_FACTOR,  PROGRAM,   CHOICE, "second_factor", "session.second_factor", 0, 0,           \
      "optional required", "optional",                                                            \
      "required: without a second factor a person may do nothing but set one up")                 \
    X(BACKUP_HOURS,   PROGRAM,   NUMBER, "backup_hours",  NULL, 0, 8760, "", "0",                  \
      "hours between two backups in DATA/backups; 0: none by itself")                             \
    X(BACKUP_KEEP,    PROGRAM,   NUMBER, "backup_keep",   NULL, 1, 365, "", "7",                   \
      "how many of those are kept")                                                               \
    X(RUNS_AT_ONCE,   PROGRAM,   NUMBER, "runs_at_once",  NULL, 100, LIMIT_RUNS, "", "20000",      \
      "unfinished runs in memory above which events are answered 503 and waiting runs wait")      \
    X(WEBHOOK_BODY,   WORKSPACE, NUMBER, "webhook_body_kib", NULL, 1, LIMIT_BODY / KIB, "",        \
      "1024", "KiB of the largest webhook body that is taken; a larger one is answered 413")      \
    X(CARD_DATA,      WORKSPACE, CHOICE, "card_data",     "guard.card_data", 0, 0,                 \
      "mask refuse", "mask", "card data that arrives is masked, or what brings it is refused")    \
    X(RETENTION_DAYS, WORKSPACE, NUMBER, "retention_days", NULL, 0, 3660, "", "0",                 \
      "days that ended runs are kept of flows without settings.retention; 0: for ever. Failed "   \
      "ones that nobody has settled stay four times as long")                                     \
    X(REVEAL,         WORKSPACE, CHOICE, "reveal",        NULL, 0, 0, "allowed refused",           \
      "allowed", "whether what is masked may be looked at, by who has payloads.reveal")           \
    X(FOUR_EYES,      WORKSPACE, TEXT,   "four_eyes_above", NULL, 0, 40, "decimal", "",            \
      "above this amount a review or an effect in doubt needs two people, in runs of flows with " \
      "settings.money, whatever the currency; \"\": none")                                        \
    X(CONCURRENCY,    WORKSPACE, NUMBER, "concurrency",   NULL, 0, LIMIT_RUNS, "", "0",            \
      "runs at once of a flow without settings.concurrency; 0: no limit of its own")              \
    X(RULE_TICKS,     WORKSPACE, NUMBER, "rule_instructions", NULL, LIMIT_RULE_LEAST_TICKS,        \
      LIMIT_RULE_MOST_TICKS, "", "5000000",                                                       \
      "instructions of a rule in flows without settings.budget.instructions")                     \
    X(RULE_TICKS_MOST, WORKSPACE, NUMBER, "rule_instructions_most", "rules.instructions_most",     \
      LIMIT_RULE_LEAST_TICKS, LIMIT_RULE_MOST_TICKS, "", "20000000",                              \
      "the most that a flow may ask for by settings.budget.instructions")                         \
    X(RULE_MS,        WORKSPACE, NUMBER, "rule_ms", NULL, LIMIT_RULE_LEAST_MS,                     \
      LIMIT_RULE_MOST_MS, "", "250", "time of a rule in flows without settings.budget.time")      \
    X(RULE_MS_MOST,   WORKSPACE, NUMBER, "rule_ms_most", "rules.ms_most", LIMIT_RULE_LEAST_MS,     \
      LIMIT_RULE_MOST_MS, "", "1000", "the most that a flow may ask for by settings.budget.time") \
    X(RULE_MIB,       WORKSPACE, NUMBER, "rule_memory_mib", NULL, LIMIT_RULE_LEAST_MIB,            \
      LIMIT_RULE_MOST_MIB, "", "32",                                                              \
      "memory of a rule in flows without settings.budget.memory_mib")                             \
    X(RULE_MIB_MOST,  WORKSPACE, NUMBER, "rule_memory_mib_most", "rules.memory_mib_most",          \
      LIMIT_RULE_LEAST_MIB, LIMIT_RULE_MOST_MIB, "", "64",                                        \
      "the most that a flow may ask for by settings.budget.memory_mib")                           \
    X(MAIL_FROM,      WORKSPACE, TEXT,   "mail_from",     NULL, 0, 254, "address", "",             \
      "the sender of mail channels that name none when they are kept; \"\": none")               \
    X(SUGGEST_MODEL,  WORKSPACE, TEXT,   "suggest_model", NULL, 0, 2 * LIMIT_ID, "connection", "", \
      "a connection of the workspace with its environment, like production/model: the language "  \
      "model that mappings may ask for suggestions; \"\": none")                                  \
    X(SUGGEST_VALUES, WORKSPACE, CHOICE, "suggest_model_values", NULL, 0, 0, "refused allowed",    \
      "refused", "whether it is sent sample values and titles beside the names of fields")
enum setting {
#define X(code, scope, kind, name, fixed, min, max, choices, fallback, help) SETTING_OF_##code,
    SETTINGS_TABLE(X)
#undef X
    SETTINGS_COUNT
};

struct settings;
struct settings_options {
    struct engine *engine;
    struct objects *objects;
    struct people *people;
    struct log *log;
    /* what is configured: [{"name": "log.level", "value", "source", "variable", "help"}]. Taken */
    json_t *configured;
};
/* Reads what is kept, and has it work. NULL with *e. */
struct settings *settings_new(const struct settings_options *options, struct err *e) MUST_USE;
void settings_free(struct settings *settings); /* NULL is fine */

/* Borrowed until the next change. workspace: NULL or "": the program's. */
const char *settings_text(const struct settings *settings, const char *workspace,
                          enum setting setting);
int64_t settings_number(const struct settings *settings, const char *workspace,
                        enum setting setting);

#endif
