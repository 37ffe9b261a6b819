/* foreign.c - see foreign.h. */
#include "nodes/foreign.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node_work.h"
#include "format/charset.h"
#include "nodes/definition.h"

#define FOREIGN_PIECE 65536u

const char *const foreign_points[] = { ".", ",", NULL };

/* ---- Work */

struct foreign_job {
    struct foreign_plan *plan;
    json_t *input, *output;
    foreign_run_fn *run;
};

void foreign_plan_unref(struct foreign_plan *plan)
{
    if (plan == NULL || --plan->refs > 0)
        return;
    plan->free(plan);
}

static enum err_code job_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct foreign_job *job = arg;

    (void)sent;
    return job->run(job->plan, job->input, given_up, &job->output, e);
}

static void job_drop(void *arg)
{
    struct foreign_job *job = arg;

    foreign_plan_unref(job->plan);
    json_decref(job->input);
    json_decref(job->output);
    mem_free(job);
}

static void job_worked(struct step *step, const void *config, void *arg)
{
    struct foreign_job *job = arg;

    (void)config;
    check(job->output != NULL);
    step_done(step, "out", &job->output);
}

enum node_next foreign_start(struct step *step, struct foreign_plan *plan, json_t *input,
                             size_t size, foreign_run_fn *run)
{
    static const atomic_bool never = false;
    struct foreign_job *job;
    json_t *output = NULL, *details = NULL;
    struct err e = { .code = ERR_OK };

    check(plan != NULL && plan->refs > 0);
    if (size <= FOREIGN_INLINE) {
        if (run(plan, input, &never, &output, &e) == ERR_OK)
            step_done(step, "out", &output);
        else
            step_fail(step, &e, &details);
        return NODE_ENDED;
    }
    job = mem_must(sizeof *job);
    plan->refs++;
    *job = (struct foreign_job){ .plan = plan, .input = json_incref(input), .run = run };
    return step_work(step,
                     &(struct step_work){
                         .job = job, .work = job_work, .drop = job_drop, .effect = EFFECT_NONE },
                     job_worked);
}

/* ---- In */

size_t foreign_size(const json_t *input)
{
    const json_t *text = json_is_object(input) ? json_object_get(input, "base64") : input;

    return json_is_text(text) ? json_string_length(text) : 0;
}

size_t foreign_weight(const json_t *input)
{
    size_t weight = 16 + foreign_size(input), i;
    const char *key;
    json_t *value;

    if (foreign_size(input) > 0)
        return weight;
    json_array_foreach(input, i, value)
    {
        weight += foreign_weight(value);
        if (weight > FOREIGN_INLINE)
            return weight;
    }
    json_object_foreach((json_t *)input, key, value)
    {
        weight += 16 + foreign_weight(value);
        if (weight > FOREIGN_INLINE)
            return weight;
    }
    return weight;
}

enum err_code foreign_bytes(json_t *input, struct buf *bytes, const char **encoding, bool *decoded,
                            struct err *e)
{
    const char *base64 = json_is_object(input) ? json_get_text(input, "base64") : NULL;

    *encoding = NULL;
    *decoded = json_is_text(input);
    if (*decoded) {
        buf_add(bytes, json_string_value(input), json_string_length(input));
        return buf_check(bytes, "the text", e);
    }
    if (base64 == NULL)
        return err_set(e, ERR_INVALID,
                       "\"input\" must be a text, or bytes as {\"base64\": ...}, but is: %s",
                       json_kind(input));
    if (!base64_read(bytes, base64, strlen(base64)))
        return err_set(e, ERR_INVALID, "the \"base64\" of \"input\" is no base64");
    *encoding = json_get_text(input, "encoding");
    return buf_check(bytes, "the bytes", e);
}

static enum err_code pieces_read(struct charset *charset, const struct buf *bytes,
                                 const atomic_bool *given_up, foreign_piece_fn *piece, void *arg,
                                 struct err *e)
{
    enum err_code rc = ERR_OK;
    struct buf text;

    buf_init(&text, 8 * (size_t)FOREIGN_PIECE);
    for (size_t at = 0; rc == ERR_OK && at <= bytes->len; at += FOREIGN_PIECE) {
        size_t size = bytes->len - at < FOREIGN_PIECE ? bytes->len - at : FOREIGN_PIECE;

        if (atomic_load(given_up)) {
            rc = err_set(e, ERR_CANCELLED, "nobody waits for it any more");
            break;
        }
        buf_clear(&text);
        rc = size > 0 ? charset_feed(charset, bytes->at + at, size, &text, e) : ERR_OK;
        if (rc == ERR_OK && size < FOREIGN_PIECE)
            rc = charset_end(charset, &text, e);
        if (rc == ERR_OK && text.len > 0)
            rc = piece(arg, buf_text(&text), text.len, e);
        if (size < FOREIGN_PIECE)
            break;
    }
    buf_fini(&text);
    return rc;
}

/* A text is UTF-8 already; what says otherwise of it speaks of how it arrived. */
enum err_code foreign_read(json_t *input, const char *encoding, const atomic_bool *given_up,
                           foreign_piece_fn *piece, void *arg, struct err *e)
{
    const char *said;
    struct charset *charset = NULL;
    struct buf bytes;
    bool decoded;
    enum err_code rc;

    check(piece != NULL);
    buf_init(&bytes, FOREIGN_TEXT);
    rc = foreign_bytes(input, &bytes, &said, &decoded, e);
    if (rc == ERR_OK) {
        charset = charset_open(decoded ? "utf-8" : encoding != NULL ? encoding : said, e);
        rc = charset != NULL ? pieces_read(charset, &bytes, given_up, piece, arg, e) : e->code;
    }
    if (rc == ERR_SYNTAX)
        rc = e->code = ERR_INVALID; /* of a step's data, not of a request */
    charset_close(charset);
    buf_fini(&bytes);
    return rc;
}

static json_t *bytes_json(const char *bytes, size_t size, const char *encoding)
{
    json_t *object = json_object();
    bool failed = object == NULL;
    struct buf text;

    buf_init(&text, size / 3 * 4 + 8);
    base64_write(&text, bytes, size);
    if (!failed && buf_ok(&text))
        json_put(object, "base64", json_stringn_nocheck(buf_text(&text), text.len), &failed);
    if (!failed && encoding != NULL)
        json_put(object, "encoding", json_string(encoding), &failed);
    failed = failed || !buf_ok(&text);
    buf_fini(&text);
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

json_t *foreign_body(const char *bytes, size_t size, const char *encoding)
{
    size_t mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    if (charset_is_utf8(encoding) && utf8_valid(bytes, size) && memchr(bytes, '\0', size) == NULL)
        return json_stringn_nocheck(bytes + mark, size - mark);
    return bytes_json(bytes, size, encoding);
}

/* ---- Out */

enum err_code foreign_write(const struct buf *text, const char *encoding, bool mark,
                            json_t **output, struct err *e)
{
    enum err_code rc = buf_check(text, "the text written", e);
    struct buf bytes;

    *output = NULL;
    if (rc != ERR_OK)
        return rc;
    if (charset_is_utf8(encoding) && !mark) {
        *output = json_stringn_nocheck(buf_text(text), text->len);
    } else {
        buf_init(&bytes, FOREIGN_TEXT);
        rc = charset_encode(encoding, buf_text(text), text->len, mark, &bytes, e);
        if (rc == ERR_OK)
            *output = bytes_json(buf_text(&bytes), bytes.len,
                                 charset_is_utf8(encoding) ? "utf-8" : encoding);
        buf_fini(&bytes);
        if (rc != ERR_OK)
            return rc;
    }
    return *output != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for the text");
}

/* ---- Settings */

void foreign_numbers_compile(struct flow_build *build, const struct foreign_numbers *numbers,
                             const char *pointer)
{
    char place[PLACE_BYTES];

    if (numbers->group == NULL)
        return;
    snprintf(place, sizeof place, "%s/group", pointer);
    if (strlen(numbers->group) != 1 || strchr("0123456789+-()eE", numbers->group[0]) != NULL)
        flow_build_fault(build, place,
                         "\"group\" is one character between thousands, like \",\" or \"'\"");
    else if (numbers->group[0] == foreign_points[numbers->decimal][0])
        flow_build_fault(build, place, "\"group\" and \"decimal\" are the same character");
}

static void cell_misfit(struct flow_build *build, const char *pointer, const char *name,
                        const char *value, const char *kind)
{
    char place[PLACE_BYTES];

    if (value == NULL)
        return;
    snprintf(place, sizeof place, "%s/%s", pointer, name);
    flow_build_fault(build, place, "\"%s\" has a meaning with \"type\": \"%s\" only", name, kind);
}

void foreign_cell_compile(struct flow_build *build, const struct foreign_cell *cell,
                          const struct foreign_numbers *numbers, const char *pointer,
                          struct cell_form *form)
{
    char place[PLACE_BYTES];
    struct err e;

    if (cell->kind != CELL_DATE)
        cell_misfit(build, pointer, "pattern", cell->pattern, "date");
    if (cell->kind != CELL_BOOLEAN) {
        cell_misfit(build, pointer, "yes", cell->yes, "boolean");
        cell_misfit(build, pointer, "no", cell->no, "boolean");
    }
    if (cell->kind == CELL_BOOLEAN && (cell->yes == NULL) != (cell->no == NULL))
        flow_build_fault(build, pointer, "\"yes\" and \"no\" belong together");
    if (cell->kind != CELL_NUMBER && cell->places >= 0)
        cell_misfit(build, pointer, "places", "", "number");
    if (cell->kind == CELL_DATE && cell->pattern != NULL &&
        cell_pattern_check(cell->pattern, &e) != ERR_OK) {
        snprintf(place, sizeof place, "%s/pattern", pointer);
        flow_build_fault(build, place, "%s", e.text);
    }
    *form = (struct cell_form){
        .kind = (enum cell_kind)cell->kind,
        .decimal = foreign_points[numbers->decimal][0],
        .group = numbers->group != NULL ? numbers->group[0] : '\0',
        .pattern = mem_must_copy(cell->pattern),
        .yes = mem_must_copy(cell->yes),
        .no = mem_must_copy(cell->no),
        .places = (int)cell->places,
    };
}

void foreign_form_fini(struct cell_form *form)
{
    mem_free((char *)form->pattern);
    mem_free((char *)form->yes);
    mem_free((char *)form->no);
}

bool foreign_has_lines(const char *name)
{
    struct buf feed;
    struct err e;
    bool has;

    if (charset_is_utf8(name))
        return true;
    buf_init(&feed, 64);
    has = charset_encode(name, "\n", 1, false, &feed, &e) == ERR_OK && feed.len == 1 &&
          feed.at[0] == '\n';
    buf_fini(&feed);
    return has;
}

void foreign_encoding_compile(struct flow_build *build, const char *name, const char *pointer)
{
    char place[PLACE_BYTES];

    if (name == NULL || (*name != '\0' && charset_known(name)))
        return;
    snprintf(place, sizeof place, "%s/encoding", pointer);
    flow_build_fault(build, place,
                     "there is no encoding \"%.40s\"; encodings are named like utf-8, utf-16, "
                     "windows-1252, iso-8859-15",
                     name);
}
