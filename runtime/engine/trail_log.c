/* trail_log.c - a run's journal as lines for people, one step's output out of it, and whether there
 * is more of it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/record.h"
#include "engine/run.h"
#include "engine/trail_priv.h"

#define LOG_TEXT (2u * KIB)

struct log_walk {
    const struct trail *trail;
    const struct trail_page *page;
    bool troubles;
    size_t position, next, wanted;
    json_t *lines;
    struct err e;
};
/* A line before it is one. */
struct log_line {
    const char *level, *what;
    struct buf text;
};

static json_t *log_value(struct trail_piece piece)
{
    struct err e;

    return piece.at != NULL ? json_read(piece.at, piece.size, &record_limits, &e) : NULL;
}

static const char *log_member(const json_t *value, const char *name)
{
    const char *text = json_get_text(value, name);

    return text != NULL ? text : "";
}

static void log_say(struct log_line *line, const char *level, const char *what)
{
    line->level = level;
    line->what = what;
}

static void log_error_line(struct log_line *line, const struct trail_entry *entry)
{
    json_t *error = log_value(entry->e.at != NULL ? entry->e : entry->doubt);

    if (entry->doubt.at != NULL)
        log_say(line, "error", "in_doubt");
    else if (entry->next.at != NULL)
        log_say(line, "warn", "retrying");
    else
        log_say(line, entry->p.at != NULL ? "warn" : "error", "failed");
    buf_addf(&line->text, "%s: %.1000s", log_member(error, "kind"), log_member(error, "text"));
    if (entry->next.at != NULL) {
        char at[CLOCK_TEXT];

        clock_text(trail_number(entry->next, 0), at);
        buf_addf(&line->text, "; tried again at %s", at);
    }
    json_decref(error);
}

static void log_outcome(struct log_line *line, const struct trail_entry *entry)
{
    log_say(line, "info", "succeeded");
    if (entry->p.at != NULL)
        buf_addf(&line->text, "left by %.*s", (int)entry->p.size, entry->p.at);
    else
        buf_add_text(&line->text, "done");
    if (entry->d.at != NULL)
        buf_addf(&line->text, " after %.*s ms", (int)entry->d.size, entry->d.at);
}

static void log_person(struct log_line *line, const struct trail_entry *entry)
{
    json_t *value = log_value(entry->decided.at != NULL ? entry->decided : entry->task);

    if (entry->decided.at != NULL) {
        log_say(line, "info", "decided");
        buf_addf(&line->text, "%.100s chose %.64s: %.500s", log_member(value, "by"),
                 log_member(value, "port"), log_member(value, "reason"));
    } else {
        log_say(line, strcmp(log_member(value, "kind"), "doubt") == 0 ? "error" : "info", "asked");
        buf_addf(&line->text, "waits for a person: %.300s", log_member(value, "title"));
    }
    json_decref(value);
}

static void log_mark(struct log_line *line, const struct trail_entry *entry)
{
    json_t *value;

    if (entry->pause.at != NULL) {
        value = log_value(entry->pause);
        log_say(line, "info", "waiting");
        buf_addf(&line->text, "waits for %.300s",
                 json_get_text(value, "key") != NULL ? json_get_text(value, "key") : "a moment");
        json_decref(value);
    } else if (entry->woke.at != NULL) {
        log_say(line, "info", "woken");
        buf_add_text(&line->text, "what it waited for has come");
    } else if (entry->sub.at != NULL) {
        log_say(line, "info", "called");
        buf_addf(&line->text, "waits for the run %.*s", (int)entry->sub.size, entry->sub.at);
    } else if (entry->sent.at != NULL) {
        log_say(line, "info", "delivered");
        buf_add_text(&line->text, "delivered to who waited for it");
    } else if (entry->rung.at != NULL) {
        value = log_value(entry->rung);
        log_say(line, "warn", "ladder");
        buf_addf(&line->text, "the effect in doubt: %.64s, because %.500s", log_member(value, "to"),
                 log_member(value, "why"));
        json_decref(value);
    } else if (entry->undo.at != NULL) {
        log_say(line, "warn", "undone");
        buf_addf(&line->text, "is being reversed: %.*s",
                 (int)(entry->undo.size < 500 ? entry->undo.size : 500), entry->undo.at);
    } else if (entry->stop.at != NULL) {
        log_say(line, "info", "stopped");
        buf_add_text(&line->text, "stopped the run");
    } else {
        log_say(line, "info", "marked");
    }
}

static void log_iteration(struct log_line *line, const struct trail_entry *entry)
{
    bool failed = entry->f.at != NULL;

    log_say(line, failed ? "warn" : "info", "iteration");
    buf_addf(&line->text, "iteration %.*s %s", (int)entry->it.size, entry->it.at,
             failed ? "failed" : "is done");
}

static void log_of_step(struct log_line *line, const struct trail_entry *entry)
{
    if (entry->it.at != NULL) {
        log_iteration(line, entry);
    } else if (entry->i.at != NULL) {
        json_t *intent = log_value(entry->i);

        log_say(line, "info", "sent");
        buf_addf(&line->text, "%.1000s", log_member(intent, "what"));
        json_decref(intent);
    } else if (entry->e.at != NULL || entry->doubt.at != NULL) {
        log_error_line(line, entry);
    } else if (entry->o.at != NULL || entry->same.at != NULL || entry->loop.at != NULL) {
        log_outcome(line, entry);
    } else if (entry->task.at != NULL || entry->decided.at != NULL) {
        log_person(line, entry);
    } else {
        log_mark(line, entry);
    }
}

static void log_of_run(struct log_line *line, const struct trail_entry *entry)
{
    json_t *value = log_value(entry->cancel.at != NULL   ? entry->cancel
                              : entry->broken.at != NULL ? entry->broken
                                                         : entry->guard);

    if (entry->cancel.at != NULL) {
        log_say(line, "warn", "cancelled");
        buf_addf(&line->text, "cancelled by %.100s: %.500s", log_member(value, "by"),
                 log_member(value, "reason"));
    } else if (entry->broken.at != NULL) {
        log_say(line, "error", "broken");
        buf_addf(&line->text, "%.500s", log_member(value, "text"));
    } else if (entry->guard.at != NULL) {
        log_say(line, "warn", "masked");
        buf_addf(&line->text, "taken out of the input: %.500s", log_member(value, "what"));
    } else if (entry->before.at != NULL) {
        log_say(line, "info", "before");
        buf_add_text(&line->text, "knows of effects that the run before may have done");
    } else {
        log_say(line, "info", "output");
        buf_add_text(&line->text, "gave its output to who called it");
    }
    json_decref(value);
}

static void log_add(struct log_walk *walk, const struct log_line *line,
                    const struct trail_entry *entry, const char *path)
{
    json_t *one = json_pack("{s:I, s:I, s:s, s:s, s:s*}", "position", (json_int_t)walk->position,
                            "at_ms", (json_int_t)trail_number(entry->t, 0), "level", line->level,
                            "what", line->what, "step", path);
    json_t *text = json_string(buf_text(&line->text));

    check(one != NULL);
    json_object_set_new_nocheck(one, "text", text != NULL ? text : json_string(""));
    if (entry->a.at != NULL)
        json_object_set_new_nocheck(one, "attempt", json_integer(trail_number(entry->a, 1)));
    json_array_append_new(walk->lines, one);
}

static void log_index(const struct trail_entry *entry, char index[LIMIT_LOOP_DEPTH * 12])
{
    size_t size = entry->x.at != NULL && entry->x.size >= 2 ? entry->x.size - 2 : 0;

    snprintf(index, LIMIT_LOOP_DEPTH * 12, "%.*s", (int)(size < 90 ? size : 90),
             size > 0 ? entry->x.at + 1 : "");
}

static void log_entry(void *arg, const struct trail_entry *entry)
{
    struct log_walk *walk = arg;
    char path[TRAIL_PATH], index[LIMIT_LOOP_DEPTH * 12];
    uint32_t node = trail_entry_node(walk->trail, entry);
    size_t wanted = walk->page->path != NULL ? strlen(walk->page->path) : 0;
    struct log_line line;

    walk->position++;
    if (walk->next != 0 || walk->position <= walk->page->from)
        return;
    path[0] = '\0';
    log_index(entry, index);
    if (node != TRAIL_NONE)
        trail_path(walk->trail, node, index, path);
    if (wanted > 0 && !trail_path_below(path, walk->page->path, wanted))
        return;
    buf_init(&line.text, LOG_TEXT);
    if (node != TRAIL_NONE)
        log_of_step(&line, entry);
    else
        log_of_run(&line, entry);
    if (!walk->troubles || strcmp(line.level, "info") != 0) {
        if (json_array_size(walk->lines) == walk->page->limit)
            walk->next = walk->position - 1;
        else
            log_add(walk, &line, entry, path[0] != '\0' ? path : NULL);
    }
    buf_fini(&line.text);
}

static bool log_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct log_walk *walk = arg;

    (void)seq;
    if (!trail_scan(entries, size, log_entry, walk)) {
        err_set(&walk->e, ERR_STORE, "a row of the run's journal is not readable");
        return false;
    }
    return walk->next == 0;
}

json_t *trail_log(const struct trail *trail, struct store *store, const struct trail_page *page,
                  bool troubles, size_t *next, struct err *e)
{
    struct log_walk walk = {
        .trail = trail, .page = page, .troubles = troubles, .lines = json_array()
    };

    check(page->limit > 0);
    walk.e.code = ERR_OK;
    e->code = store_journal(store, trail->run, log_row, &walk, e);
    if (e->code == ERR_OK && walk.e.code != ERR_OK)
        *e = walk.e;
    *next = walk.next;
    if (e->code == ERR_OK)
        return walk.lines;
    json_decref(walk.lines);
    return NULL;
}

/* ---- Outputs of single steps */

struct log_outputs {
    const struct trail *trail;
    const struct trail_step **steps; /* of those wanted; NULL: read, or not there */
    struct trail_wanted *wanted;
    size_t count;
    uint32_t row;
    bool failed;
};

/* The last one that a step had. */
static void output_keep(struct log_outputs *outputs, struct trail_wanted *one,
                        const struct trail_entry *entry)
{
    mem_free(one->text);
    one->seen = true;
    one->size = entry->o.size;
    one->text = NULL;
    if (entry->o.at == NULL || entry->o.size > one->most)
        return;
    one->text = mem_try(entry->o.size + 1);
    if (one->text == NULL) {
        outputs->failed = true;
        return;
    }
    memcpy(one->text, entry->o.at, entry->o.size);
    one->text[entry->o.size] = '\0';
}

static void output_entry(void *arg, const struct trail_entry *entry)
{
    struct log_outputs *outputs = arg;
    char path[TRAIL_PATH], index[LIMIT_LOOP_DEPTH * 12];
    uint32_t node = trail_entry_node(outputs->trail, entry);

    if (node == TRAIL_NONE || entry->it.at != NULL ||
        (entry->o.at == NULL && entry->same.at == NULL && entry->loop.at == NULL))
        return;
    log_index(entry, index);
    trail_path(outputs->trail, node, index, path);
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->steps[i] != NULL && outputs->steps[i]->row == outputs->row &&
            strcmp(path, outputs->wanted[i].path) == 0)
            output_keep(outputs, &outputs->wanted[i], entry);
}

static bool output_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct log_outputs *outputs = arg;

    if (seq == outputs->row && !trail_scan(entries, size, output_entry, outputs))
        outputs->failed = true;
    return false;
}

/* All that stand in the row of one of them. */
static enum err_code outputs_row(struct log_outputs *outputs, size_t of, struct store *store,
                                 struct err *e)
{
    outputs->row = outputs->steps[of]->row;
    if (store_journal_from(store, outputs->trail->run, outputs->row, output_row, outputs, e) !=
        ERR_OK)
        return e->code;
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->steps[i] != NULL && outputs->steps[i]->row == outputs->row)
            outputs->steps[i] = NULL;
    return outputs->failed ? err_set(e, ERR_MEMORY, "no memory for the outputs of steps") : ERR_OK;
}

enum err_code trail_outputs(const struct trail *trail, struct store *store,
                            struct trail_wanted *wanted, size_t count, struct err *e)
{
    struct log_outputs outputs = { .trail = trail,
                                   .steps = mem_must((count + 1) * sizeof *outputs.steps),
                                   .wanted = wanted,
                                   .count = count };

    e->code = ERR_OK;
    for (size_t i = 0; i < count; i++) {
        outputs.steps[i] = trail_find(trail, wanted[i].path);
        if (outputs.steps[i] != NULL && outputs.steps[i]->row == TRAIL_NONE)
            outputs.steps[i] = NULL;
    }
    for (size_t i = 0; i < count && e->code == ERR_OK; i++)
        if (outputs.steps[i] != NULL)
            (void)outputs_row(&outputs, i, store, e);
    mem_free(outputs.steps);
    return e->code;
}

enum err_code trail_output(const struct trail *trail, struct store *store, const char *path,
                           char **text, size_t *size, struct err *e)
{
    struct trail_wanted one = { .path = path, .most = SIZE_MAX };

    *text = NULL;
    if (trail_outputs(trail, store, &one, 1, e) != ERR_OK) {
        mem_free(one.text);
        return e->code;
    }
    if (!one.seen)
        return err_set(e, ERR_NOT_FOUND, "there is no output of the step \"%.200s\"", path);
    *text = one.text;
    *size = one.size;
    return ERR_OK;
}

/* ---- Whether it goes on */

static bool trail_ends(void *arg, const struct store_run *run)
{
    *(bool *)arg = run->ended_ms != 0;
    return false;
}

static bool trail_goes_on(void *arg, uint32_t seq, const char *entries, size_t size)
{
    (void)seq;
    (void)entries;
    (void)size;
    *(bool *)arg = true;
    return false;
}

bool trail_current(const struct trail *trail, struct store *store)
{
    bool ended = true, more = true;
    struct err e;

    if (trail->ended)
        return true;
    if (store_run_head(store, trail->run, trail_ends, &ended, &e) != ERR_OK || ended)
        return false;
    more = false;
    return store_journal_from(store, trail->run, trail->rows, trail_goes_on, &more, &e) == ERR_OK &&
           !more;
}
