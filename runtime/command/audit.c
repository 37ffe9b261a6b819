/* audit.c - `weft audit verify` and `weft audit list`: who did what, and whether all of it is still
 * there. Both only read, so that they work beside a running server. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/audit_file.h"
#include "command/command.h"

#define AUDIT_LIST_MOST 1000000

/* ---- verify */

static void audit_print(const struct store_audit_report *report, const struct err *e, bool json)
{
    json_t *value;
    char *text;

    if (!json && e->code == ERR_OK)
        printf("%" PRId64 " records, all as they were written; the last one's code is %s\n",
               report->records, report->end);
    if (!json)
        return;
    value =
        json_pack("{s:b, s:I}", "whole", e->code == ERR_OK, "records", (json_int_t)report->records);
    if (e->code == ERR_OK)
        json_object_set_new(value, "end", json_string(report->end));
    else
        json_object_set_new(value, "text", json_string(e->text));
    if (report->bad != 0)
        json_object_set_new(value, "bad", json_integer(report->bad));
    text = json_text_new(value, 8 * KIB, NULL);
    puts(text != NULL ? text : "");
    mem_free(text);
    json_decref(value);
}

static enum err_code audit_verify_chain(struct app *app, const struct options *options,
                                        struct err *e)
{
    struct store_audit_report report;
    unsigned char key[STORE_AUDIT_KEY];

    if (app_look(app, config_text(&app->config, CONFIG_DATA), true, e) != ERR_OK)
        return e->code;
    app_audit_key(app, key);
    e->code = store_audit_verify(app->store, key, &report, e);
    explicit_bzero(key, sizeof key);
    if (e->code == ERR_OK || e->code == ERR_INVALID)
        audit_print(&report, e, option_given(options, "--json"));
    return e->code;
}

/* ---- verify --file */

static void audit_file_print(const struct audit_file_report *report, const struct err *e, bool json)
{
    json_t *value;
    char *text;

    if (!json) {
        if (e->code == ERR_OK)
            printf("%" PRId64 " records, each as it was written: %" PRId64 " to %" PRId64
                   "; %" PRId64 " between them are not in the file; the last one's code is %s\n",
                   report->records, report->first, report->last, report->missing, report->end);
        return;
    }
    value = json_pack("{s:b, s:I, s:I, s:I, s:I, s:s}", "right", e->code == ERR_OK, "records",
                      (json_int_t)report->records, "first", (json_int_t)report->first, "last",
                      (json_int_t)report->last, "missing", (json_int_t)report->missing, "end",
                      report->end);
    if (e->code != ERR_OK)
        json_object_set_new(value, "text", json_string(e->text));
    text = json_text_new(value, 8 * KIB, NULL);
    puts(text != NULL ? text : "");
    mem_free(text);
    json_decref(value);
}

/* What was taken along needs the key of its store, and nothing else of it. */
static enum err_code audit_verify_file(struct app *app, const struct options *options,
                                       struct err *e)
{
    struct audit_file_report report;
    unsigned char key[STORE_AUDIT_KEY];

    if (app_look(app, config_text(&app->config, CONFIG_DATA), true, e) != ERR_OK)
        return e->code;
    app_audit_key(app, key);
    e->code = audit_file_verify(option_text(options, "--file"), key, &report, e);
    explicit_bzero(key, sizeof key);
    if (e->code == ERR_OK || e->code == ERR_INVALID)
        audit_file_print(&report, e, option_given(options, "--json"));
    return e->code;
}

/* ---- list */

/* Whoever wrote a reason does not write to the terminal. */
static void audit_list_word(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        putchar((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
    fputs("  ", stdout);
}

static bool audit_list_record(void *arg, const struct store_audit_record *kept)
{
    const bool *json = arg;
    const char *text = kept->text;
    int64_t seq = kept->seq;
    char at[CLOCK_TEXT];
    struct err e;
    json_t *record;

    clock_text(kept->at_ms, at);
    if (*json) {
        printf("{\"seq\":%" PRId64 ",\"at\":\"%s\",\"record\":%s}\n", seq, at, text);
        return true;
    }
    record = json_read(text, strlen(text), &json_limits_body, &e);
    printf("%6" PRId64 "  %s  ", seq, at);
    if (record == NULL) {
        printf("%s\n", text);
        return true;
    }
    audit_list_word(json_get_text(record, "by"));
    audit_list_word(json_get_text(record, "what"));
    audit_list_word(json_get_text(record, "object"));
    audit_list_word(json_get_text(json_object_get(record, "detail"), "reason"));
    putchar('\n');
    json_decref(record);
    return true;
}

static enum err_code audit_list_records(struct app *app, const struct options *options,
                                        struct err *e)
{
    bool ok = true, json = option_given(options, "--json");
    long after = option_number(options, "--after", 0, 0, LONG_MAX, &ok);
    long limit = option_number(options, "--limit", 1000, 1, AUDIT_LIST_MOST, &ok);

    if (!ok)
        return err_set(e, ERR_USAGE, "see weft audit --help");
    if (app_look(app, config_text(&app->config, CONFIG_DATA), false, e) != ERR_OK)
        return e->code;
    return store_audit(app->store, after, (unsigned)limit, audit_list_record, &json, e);
}

static int audit_run(const struct command *command, const struct options *options)
{
    const char *word = option_word(options, 0);
    bool verify = strcmp(word, "verify") == 0;
    struct app app;
    struct err e;
    int exit_code = EXIT_DONE;

    (void)command;
    if (!verify && strcmp(word, "list") != 0) {
        complain("weft audit takes verify or list, not \"%.40s\"", word);
        return EXIT_USAGE;
    }
    if (app_init(&app, option_text(options, "--config"), &e) == ERR_OK) {
        config_set(&app.config, CONFIG_DATA, option_text(options, "--data"));
        e.code = !verify                                  ? audit_list_records(&app, options, &e)
                 : option_text(options, "--file") != NULL ? audit_verify_file(&app, options, &e)
                                                          : audit_verify_chain(&app, options, &e);
    }
    if (e.code != ERR_OK) {
        complain("%s", e.text);
        exit_code = e.code == ERR_INVALID || e.code == ERR_STORE ? EXIT_FAILED : EXIT_USAGE;
    }
    app_fini(&app);
    return exit_code;
}

static const struct option_row audit_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--file", "FILE", "verify: records that GET /audit/export gave, instead of the store",
      false },
    { "--after", "SEQ", "list: the records behind this number", false },
    { "--limit", "N", "list: at most so many (1000)", false },
    { "--json", NULL, "as JSON; list: an object a line", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_audit = {
    .name = "audit",
    .usage = "verify|list [--after SEQ] [--data DIR] [--json]",
    .summary = "tells who did what, and whether all of it is still there",
    .example = "weft audit verify --data /var/lib/weft",
    .options = audit_options,
    .words_min = 1,
    .words_max = 1,
    .run = audit_run,
};
