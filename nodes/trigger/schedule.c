/* schedule.c - a flow begins at certain times. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/cron.h"
#include "nodes/definition.h"
#include "nodes/received.h"

#define SCHEDULE_MS_MIN INT64_C(1000)
#define SCHEDULE_MS_MAX (INT64_C(366) * 86400000)
#define SCHEDULE_ZONE   64u /* bytes; the longest name of the database has 32 */

struct schedule_config {
    const char *cron, *zone;
    int64_t every_ms; /* 0: not said */
    int misfire;
    struct node_schedule schedule; /* what compile() makes of it */
};
static const char *const misfires[] = { "skip", "once", "all", NULL }; /* enum node_misfire */

static const struct field schedule_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "cron",
      .offset = offsetof(struct schedule_config, cron),
      .help = "When, in five fields: minute, hour, day of month, month, day of week. Numbers, "
              "names (JAN, MON), \"*\", lists, ranges, steps. When both days are restricted, one "
              "of them is enough.",
      .example = "\"30 6 * * MON-FRI\"" },
    { .kind = FIELD_MS,
      .name = "every",
      .offset = offsetof(struct schedule_config, every_ms),
      .min = SCHEDULE_MS_MIN,
      .max = SCHEDULE_MS_MAX,
      .help = "Instead of cron: how often, counted from 1970-01-01T00:00Z, so that a restart does "
              "not move it.",
      .example = "\"15m\"" },
    { .kind = FIELD_TEXT,
      .name = "zone",
      .offset = offsetof(struct schedule_config, zone),
      .zone = true,
      .help =
          "The time zone of cron, a name of the IANA database, or \"=vars.NAME\", the constant "
          "that has it; without it UTC. A local time that a clock change leaves out comes right "
          "after the change, one that comes twice counts the first time.",
      .example = "\"America/New_York\"" },
    { .kind = FIELD_CHOICE,
      .name = "misfire",
      .offset = offsetof(struct schedule_config, misfire),
      .fallback = "once",
      .choices = misfires,
      .help = "Times that passed while the server was down. skip: nothing. once: one run, for the "
              "latest of them. all: a run for each." },
    FIELD_LAST,
};

static void compile_cron(struct flow_build *build, const char *cron, const char *pointer)
{
    char place[PLACE_BYTES];
    struct cron parsed;
    struct err e;

    snprintf(place, sizeof place, "%s/cron", pointer);
    if (cron_parse(&parsed, cron, &e) != ERR_OK)
        flow_build_fault(build, place, "%s", e.text);
}

/* Whether there is such a zone is known to the engine only, which has the database. */
static void compile_zone(struct flow_build *build, const char *zone, const char *pointer)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/:";
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/zone", pointer);
    if (*zone == '\0' || strlen(zone) > SCHEDULE_ZONE || zone[strspn(zone, allowed)] != '\0')
        flow_build_fault(build, place,
                         "\"%.80s\" is no time zone; write a name of the IANA database like "
                         "\"America/New_York\"",
                         zone);
}

static void schedule_compile(struct flow_build *build, void *config, const char *pointer,
                             const struct node_type *type)
{
    struct schedule_config *schedule = config;

    (void)type;
    if ((schedule->cron != NULL) == (schedule->every_ms > 0))
        flow_build_fault(build, pointer,
                         "exactly one of \"cron\" and \"every\" says when: \"cron\": \"30 6 * * "
                         "MON-FRI\" or \"every\": \"15m\"");
    if (schedule->cron != NULL)
        compile_cron(build, schedule->cron, pointer);
    if (schedule->zone != NULL)
        compile_zone(build, schedule->zone, pointer);
    if (schedule->zone != NULL && schedule->cron == NULL)
        flow_build_fault(build, pointer, "\"zone\" is for \"cron\" only: \"every\" has none");
    schedule->schedule = (struct node_schedule){
        .cron = schedule->cron,
        .every_ms = schedule->every_ms,
        .zone = schedule->zone,
        .misfire = (enum node_misfire)schedule->misfire,
    };
}

static void schedule_arm(const void *config, struct node_arm *arm)
{
    const struct schedule_config *schedule = config;

    check((schedule->schedule.cron != NULL) != (schedule->schedule.every_ms > 0));
    arm->schedule = &schedule->schedule;
    arm->respond_result = true; /* to whoever starts it by hand */
}

const struct node_type node_trigger_schedule = {
    .name = "trigger.schedule",
    .kind = NODE_TRIGGER,
    .title = "Schedule",
    .help = "Starts a run at each time of a schedule, once for each. The output is seen as "
            "`trigger`: {slot, scheduled_at, previous, received_at}: the time that was due in UTC "
            "and in its zone, that of the run before (null: none), and when the run was accepted.",
    .fields = schedule_fields,
    .config_size = sizeof(struct schedule_config),
    .example = "{\"cron\": \"30 6 * * MON-FRI\", \"zone\": \"America/New_York\"}",
    .compile = schedule_compile,
    .arm = schedule_arm,
    .receive = received_told,
};
