/* audit_file.c - see audit_file.h. A line is one record; its text stands in it byte by byte. */
#include "command/audit_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define FILE_LINE  (1u * MIB) /* a record is at most 64 KiB, and in CSV its quotes stand twice */
#define FILE_CELLS 10u        /* seq,at,at_ms,before,code,by,what,object,workspace,record */

/* {"seq":...,"code":"...","record":{...}}: cut in two where the record begins. */
static bool line_json(char *line, json_t **head, const char **moment,
                      struct store_audit_record *record)
{
    static const char mark[] = ",\"record\":";
    char *at = strstr(line, mark);
    size_t size = at != NULL ? strlen(at + sizeof mark - 1) : 0;
    struct err e;

    *head = NULL;
    if (size < 3 || at[sizeof mark - 1 + size - 1] != '}')
        return false;
    at[sizeof mark - 1 + size - 1] = '\0'; /* of the line; the record's own stays */
    record->text = at + sizeof mark - 1;
    at[0] = '}';
    *head = json_read(line, (size_t)(at + 1 - line), &json_limits_body, &e);
    record->seq = json_get_int(*head, "seq", 0);
    record->at_ms = json_get_int(*head, "at_ms", 0);
    record->before = json_get_text(*head, "before");
    record->code = json_get_text(*head, "code");
    *moment = json_get_text(*head, "at");
    return record->seq > 0 && record->before != NULL && record->code != NULL;
}

/* The cell at *at, unquoted in place; *at: behind its comma. NULL: it is none. */
static char *line_cell(char **at)
{
    char *begin = *at, *to, *from;

    if (*begin != '"') {
        from = begin + strcspn(begin, ",");
        *at = from + (*from == ',');
        *from = '\0';
        return begin;
    }
    for (from = to = begin + 1; *from != '\0'; from++) {
        if (*from == '"' && from[1] != '"')
            break;
        from += *from == '"';
        *to++ = *from;
    }
    if (*from != '"' || (from[1] != ',' && from[1] != '\0'))
        return NULL;
    *at = from + 1 + (from[1] == ',');
    *to = '\0';
    return begin + 1;
}

/* What a sheet would take for a formula stands there with a ' in front. */
static bool cell_agrees(const char *cell, const char *own)
{
    if (*own != '\0' && strchr("=+-@\t\r", *own) != NULL)
        return cell[0] == '\'' && strcmp(cell + 1, own) == 0;
    return strcmp(cell, own) == 0;
}

/* What stands beside the record is what stands in it. */
static bool line_agrees(char *const cells[FILE_CELLS])
{
    static const char *const names[] = { "by", "what", "object", "workspace" };
    struct err e;
    json_t *record = json_read(cells[9], strlen(cells[9]), &json_limits_body, &e);
    bool agrees = record != NULL;

    for (size_t i = 0; agrees && i < sizeof names / sizeof *names; i++) {
        const char *own = json_get_text(record, names[i]);

        agrees = cell_agrees(cells[5 + i], own != NULL ? own : "");
    }
    json_decref(record);
    return agrees;
}

static bool line_csv(char *line, const char **at, struct store_audit_record *record)
{
    char *cells[FILE_CELLS];

    for (size_t i = 0; i < FILE_CELLS; i++) {
        cells[i] = line_cell(&line);
        if (cells[i] == NULL)
            return false;
    }
    record->seq = strtoll(cells[0], NULL, 10);
    record->at_ms = strtoll(cells[2], NULL, 10);
    record->before = cells[3];
    record->code = cells[4];
    record->text = cells[9];
    *at = cells[1];
    return record->seq > 0 && line_agrees(cells);
}

static enum err_code line_verify(char *line, unsigned number, const unsigned char *key,
                                 struct audit_file_report *report, struct err *e)
{
    struct store_audit_record record;
    json_t *head = NULL;
    char moment[CLOCK_TEXT];
    const char *at = NULL;
    bool read =
        line[0] == '{' ? line_json(line, &head, &at, &record) : line_csv(line, &at, &record);

    if (read)
        clock_text(record.at_ms, moment);

    e->code = ERR_OK;
    if (!read)
        err_set(e, ERR_INVALID,
                "line %u: it is no record of an export, or does not agree with itself", number);
    else if (record.seq <= report->last)
        err_set(e, ERR_INVALID, "line %u: record %" PRId64 " does not come behind %" PRId64, number,
                record.seq, report->last);
    else if (at == NULL || strcmp(at, moment) != 0 || !store_audit_right(key, &record))
        err_set(e, ERR_INVALID,
                "line %u: record %" PRId64 " is not as it was written, or the master key is "
                "another store's",
                number, record.seq);
    else if (record.seq == report->last + 1 && report->last > 0 &&
             strcmp(record.before, report->end) != 0)
        err_set(e, ERR_INVALID,
                "line %u: record %" PRId64 " does not belong behind the one in front of it", number,
                record.seq);
    if (e->code == ERR_OK) {
        if (report->first == 0)
            report->first = record.seq;
        else
            report->missing += record.seq - report->last - 1;
        report->last = record.seq;
        report->records++;
        snprintf(report->end, sizeof report->end, "%s", record.code);
    }
    json_decref(head);
    return e->code;
}

enum err_code audit_file_verify(const char *file, const unsigned char key[STORE_AUDIT_KEY],
                                struct audit_file_report *report, struct err *e)
{
    FILE *from = fopen(file, "r");
    unsigned number = 0;
    char *line;

    *report = (struct audit_file_report){ .end = "" };
    if (from == NULL)
        return err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
    line = mem_must(FILE_LINE);
    e->code = ERR_OK;
    while (e->code == ERR_OK && fgets(line, FILE_LINE, from) != NULL) {
        size_t size = strlen(line);

        number++;
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            line[--size] = '\0';
        if (size > 0 && strncmp(line, "seq,", 4) != 0)
            e->code = line_verify(line, number, key, report, e);
    }
    if (e->code == ERR_OK && ferror(from))
        err_set(e, ERR_IO, "%s cannot be read", file);
    mem_free(line);
    fclose(from);
    return e->code != ERR_OK ? err_prefix(e, "%s", file) : ERR_OK;
}
