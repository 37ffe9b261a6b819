/* audit.c - the chain as rows: audit(seq, at_ms, text, mac), and its end in meta.
 *
 * (1) seq counts from 1 without gaps.                                        [audit_add]
 * (2) mac is over the mac before it, seq, at_ms and text; before the first one stands zero.
 *                                                                            [audit_mac]
 * (3) meta "audit_end" is "SEQ MAC CODE" of the last record; CODE is over the other two, so that
 *     who cuts the chain off cannot note the new end.                        [audit_note_end]
 * (4) What is written next comes behind the noted end, whatever the rows have; where the note is
 *     wrong, or gone from beside records, a number is left out. So a verification tells of what was
 *     cut off also when more was written since.                              [audit_find_end]
 *
 * The layouts are in stores: they never change. */
#include "store/sqlite/audit_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/sqlite/meta_priv.h"
#include "store/sqlite/reading_priv.h"

#define AUDIT_END      "audit_end"
#define AUDIT_END_TEXT (24 + 2 * HASH_TEXT)

struct audit_end {
    int64_t seq;
    unsigned char mac[HASH_SIZE], code[HASH_SIZE];
};

/* mac: of the record before; becomes this one's. */
static void audit_mac(struct hash *hash, int64_t seq, int64_t at_ms, const char *text, size_t size,
                      unsigned char mac[HASH_SIZE])
{
    hash_add(hash, mac, HASH_SIZE);
    hash_add_int(hash, (uint64_t)seq);
    hash_add_int(hash, (uint64_t)at_ms);
    hash_add(hash, text, size);
    hash_end(hash, mac);
}

static void audit_end_code(struct hash *hash, int64_t seq, const unsigned char mac[HASH_SIZE],
                           unsigned char code[HASH_SIZE])
{
    hash_add(hash, "end", 3); /* shorter than any record: never one's code */
    hash_add_int(hash, (uint64_t)seq);
    hash_add(hash, mac, HASH_SIZE);
    hash_end(hash, code);
}

static bool audit_end_parse(const char *text, struct audit_end *end)
{
    char mac[HASH_TEXT], *at;

    end->seq = strtoll(text, &at, 10);
    if (at == text || *at != ' ' || strlen(at + 1) != 2 * HASH_TEXT - 1 || at[HASH_TEXT] != ' ')
        return false;
    memcpy(mac, at + 1, HASH_TEXT - 1);
    mac[HASH_TEXT - 1] = '\0';
    return hash_parse(mac, end->mac) && hash_parse(at + 1 + HASH_TEXT, end->code);
}

/* ---- writing */

void audit_key(struct audit *audit, const unsigned char key[STORE_AUDIT_KEY])
{
    hash_free(audit->mac);
    audit->mac = hash_new(key, STORE_AUDIT_KEY);
}

void audit_fini(struct audit *audit)
{
    hash_free(audit->mac);
    audit->mac = NULL;
}

void audit_forget(struct audit *audit)
{
    audit->known = false;
}

/* The last record, as the rows have it. */
static int audit_find_last(struct audit *audit, struct db *db)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_AUDIT_LAST, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    audit->seq = 0;
    memset(audit->end, 0, sizeof(audit->end));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        audit->seq = sqlite3_column_int64(stmt, 0);
        if (sqlite3_column_bytes(stmt, 1) == HASH_SIZE)
            memcpy(audit->end, sqlite3_column_blob(stmt, 1), HASH_SIZE);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool audit_end_right(struct hash *hash, const char *text, struct audit_end *end)
{
    unsigned char code[HASH_SIZE];

    if (!audit_end_parse(text, end) || end->seq <= 0)
        return false;
    audit_end_code(hash, end->seq, end->mac, code);
    return hash_equal(code, end->code);
}

/* (4) */
static int audit_find_end(struct audit *audit, struct db *db)
{
    struct audit_end noted;
    char *text = NULL;
    int rc = audit_find_last(audit, db);

    if (rc == SQLITE_OK)
        rc = meta_find(db, AUDIT_END, &text);
    if (rc != SQLITE_OK)
        return rc;
    if (text != NULL && audit_end_right(audit->mac, text, &noted)) {
        if (noted.seq >= audit->seq) {
            audit->seq = noted.seq;
            memcpy(audit->end, noted.mac, HASH_SIZE);
        }
    } else if (text != NULL || audit->seq != 0) {
        audit->seq++;
    }
    mem_free(text);
    audit->known = true;
    return SQLITE_OK;
}

static int audit_note_end(struct audit *audit, struct db *db)
{
    char mac[HASH_TEXT], code[HASH_TEXT], text[AUDIT_END_TEXT];
    unsigned char bytes[HASH_SIZE];

    audit_end_code(audit->mac, audit->seq, audit->end, bytes);
    hash_text(audit->end, mac);
    hash_text(bytes, code);
    snprintf(text, sizeof(text), "%" PRId64 " %s %s", audit->seq, mac, code);
    return meta_put(db, AUDIT_END, text);
}

int audit_add(struct audit *audit, struct db *db, int64_t at_ms, const char *text, struct err *why)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;

    if (audit->mac == NULL) {
        err_set(why, ERR_INTERNAL, "an audit record before the chain's key was given");
        return SQLITE_CONSTRAINT;
    }
    if (!audit->known)
        rc = audit_find_end(audit, db);
    if (rc == SQLITE_OK)
        rc = db_prepare(db, SQL_AUDIT_ADD, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    audit->known = false; /* until all of it is written */
    audit->seq++;
    audit_mac(audit->mac, audit->seq, at_ms, text, strlen(text), audit->end);
    sqlite3_bind_int64(stmt, 1, audit->seq);
    sqlite3_bind_int64(stmt, 2, at_ms);
    db_bind_text(stmt, 3, text);
    sqlite3_bind_blob(stmt, 4, audit->end, HASH_SIZE, SQLITE_STATIC);
    rc = db_step_done(stmt);
    if (rc == SQLITE_OK)
        rc = audit_note_end(audit, db);
    audit->known = rc == SQLITE_OK;
    return rc;
}

/* ---- reading */

enum audit_column { AUDIT_SEQ, AUDIT_AT_MS, AUDIT_TEXT, AUDIT_MAC };

static void audit_code(sqlite3_stmt *stmt, char code[HASH_TEXT])
{
    code[0] = '\0';
    if (sqlite3_column_bytes(stmt, AUDIT_MAC) == HASH_SIZE)
        hash_text(sqlite3_column_blob(stmt, AUDIT_MAC), code);
}

/* The code of the record before the one that a walk begins behind; "": there is none. */
static enum err_code audit_code_of(struct reader *reader, int64_t seq, char code[HASH_TEXT],
                                   struct err *e)
{
    struct reading reading;
    int rc;

    code[0] = '\0';
    if (seq <= 0)
        return ERR_OK;
    rc = reading_begin(&reading, reader, SQL_AUDIT, "reading the audit records", e);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(reading.stmt, 1, seq - 1);
        sqlite3_bind_int64(reading.stmt, 2, 1);
        rc = sqlite3_step(reading.stmt);
        if (rc == SQLITE_ROW && sqlite3_column_int64(reading.stmt, AUDIT_SEQ) == seq)
            audit_code(reading.stmt, code);
    }
    return reading_end(&reading, rc);
}

enum err_code audit_read(struct reader *reader, int64_t from, bool back, unsigned limit,
                         store_audit_fn *visit, void *arg, struct err *e)
{
    char code[HASH_TEXT], before[HASH_TEXT] = "";
    struct store_audit_record record = { .before = before, .code = code };
    struct reading reading;
    bool more = true;
    int rc;

    if (!back && audit_code_of(reader, from, before, e) != ERR_OK)
        return e->code;
    rc = reading_begin(&reading, reader, back ? SQL_AUDIT_BACK : SQL_AUDIT,
                       "reading the audit records", e);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(reading.stmt, 1, from);
        sqlite3_bind_int64(reading.stmt, 2, limit > 0 ? (int64_t)limit : -1);
        while (more && (rc = sqlite3_step(reading.stmt)) == SQLITE_ROW) {
            record.seq = sqlite3_column_int64(reading.stmt, AUDIT_SEQ);
            record.at_ms = sqlite3_column_int64(reading.stmt, AUDIT_AT_MS);
            record.text = reading_text(reading.stmt, AUDIT_TEXT);
            audit_code(reading.stmt, code);
            more = visit(arg, &record);
            if (!back)
                memcpy(before, code, sizeof before);
        }
    }
    return reading_end(&reading, rc);
}

/* ---- verifying */

struct audit_walk {
    struct hash *hash;
    struct audit_end noted; /* seq 0: nothing is noted */
    int64_t seq;            /* of the last right record */
    unsigned char mac[HASH_SIZE];
    struct store_audit_report *report;
    struct err *e;
};

static enum err_code audit_bad(struct audit_walk *walk, int64_t seq, const char *what)
{
    walk->report->bad = seq;
    return err_set(walk->e, ERR_INVALID, "audit record %" PRId64 ": %s", seq, what);
}

/* The noted end, before the walk: what is written meanwhile comes behind it. */
static enum err_code audit_walk_end(struct audit_walk *walk, struct reader *reader)
{
    struct reading reading;
    const char *text = NULL;
    bool whole = false;
    int rc = reading_begin(&reading, reader, SQL_META_FIND, "reading the audit chain", walk->e);

    if (rc == SQLITE_OK) {
        db_bind_text(reading.stmt, 1, AUDIT_END);
        rc = sqlite3_step(reading.stmt);
    }
    if (rc == SQLITE_ROW) {
        text = reading_text(reading.stmt, 0);
        whole = audit_end_right(walk->hash, text, &walk->noted);
    }
    if (reading_end(&reading, rc) != ERR_OK)
        return reading.code;
    if (text == NULL)
        return err_set(walk->e, ERR_INVALID,
                       "the note of the chain's end is not there: it was removed, or the store was"
                       " never opened by a weft that keeps one");
    return whole ? ERR_OK
                 : err_set(walk->e, ERR_INVALID,
                           "the note of the chain's end was changed, or the master key is another"
                           " store's");
}

static enum err_code audit_walk_row(struct audit_walk *walk, sqlite3_stmt *stmt)
{
    int64_t seq = sqlite3_column_int64(stmt, AUDIT_SEQ), next = walk->seq + 1;
    const char *text = reading_text(stmt, AUDIT_TEXT);
    const void *mac = sqlite3_column_blob(stmt, AUDIT_MAC);

    if (seq != next)
        return audit_bad(walk, next,
                         seq > next ? "it was taken away"
                                    : "a record was put in before the first one");
    audit_mac(walk->hash, seq, sqlite3_column_int64(stmt, AUDIT_AT_MS), text,
              (size_t)sqlite3_column_bytes(stmt, AUDIT_TEXT), walk->mac);
    if (sqlite3_column_bytes(stmt, AUDIT_MAC) != HASH_SIZE || !hash_equal(walk->mac, mac))
        return audit_bad(walk, seq, "it was changed, moved or put in");
    if (seq == walk->noted.seq && !hash_equal(walk->mac, walk->noted.mac))
        return audit_bad(walk, seq, "it is not the one that the chain ended with");
    walk->seq = seq;
    walk->report->records++;
    return ERR_OK;
}

static enum err_code audit_walk_rows(struct audit_walk *walk, struct reader *reader)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_AUDIT, "reading the audit chain", walk->e);
    enum err_code code = ERR_OK;

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(reading.stmt, 1, INT64_MIN);
        sqlite3_bind_int64(reading.stmt, 2, -1);
        while (code == ERR_OK && (rc = sqlite3_step(reading.stmt)) == SQLITE_ROW)
            code = audit_walk_row(walk, reading.stmt);
    }
    if (code != ERR_OK)
        (void)reading_end(&reading, SQLITE_ROW);
    else
        code = reading_end(&reading, rc);
    if (code == ERR_OK && walk->seq < walk->noted.seq)
        code = audit_bad(walk, walk->seq + 1, "the end of the chain was cut off here");
    return code;
}

enum err_code audit_verify(struct reader *reader, const unsigned char key[STORE_AUDIT_KEY],
                           struct store_audit_report *report, struct err *e)
{
    struct audit_walk walk = { .hash = hash_new(key, STORE_AUDIT_KEY), .report = report, .e = e };
    enum err_code code;

    memset(report, 0, sizeof(*report));
    code = audit_walk_end(&walk, reader);
    if (code == ERR_OK)
        code = audit_walk_rows(&walk, reader);
    if (code == ERR_OK)
        hash_text(walk.mac, report->end);
    hash_free(walk.hash);
    return code;
}

bool store_audit_right(const unsigned char key[STORE_AUDIT_KEY],
                       const struct store_audit_record *record)
{
    unsigned char mac[HASH_SIZE] = { 0 }, code[HASH_SIZE];
    struct hash *hash;

    if ((record->before[0] != '\0' && !hash_parse(record->before, mac)) ||
        !hash_parse(record->code, code))
        return false;
    hash = hash_new(key, STORE_AUDIT_KEY);
    audit_mac(hash, record->seq, record->at_ms, record->text, strlen(record->text), mac);
    hash_free(hash);
    return hash_equal(mac, code);
}
