/* pattern.c - regular expressions on PCRE2, without its JIT, every step counted. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "schema/pattern.h"

#include <pcre2.h>

#include "base/check.h"
#include "base/mem.h"
#include "schema/schema.h"

#define HEAP_KIB    (16u * 1024u) /* that one match may take */
#define DEPTH_MAX   100000u       /* of backtracking */
#define CHARS_AS_1  256u          /* a step may run over so many characters for nothing */
#define NESTED      100u          /* groups within groups */
#define WRITTEN_MAX (32u * SCHEMA_PATTERN)

struct pattern {
    pcre2_code *code;
};
struct pattern_room {
    pcre2_match_context *context;
    pcre2_match_data *data;
};

static void *pattern_alloc(size_t size, void *arg)
{
    (void)arg;
    return mem_try(size);
}

static void pattern_release(void *memory, void *arg)
{
    (void)arg;
    mem_free(memory);
}

static pcre2_code *code_new(const struct buf *written, struct err *e)
{
    pcre2_general_context *general =
        pcre2_general_context_create(pattern_alloc, pattern_release, NULL);
    pcre2_compile_context *context = general != NULL ? pcre2_compile_context_create(general) : NULL;
    PCRE2_UCHAR text[160];
    pcre2_code *code = NULL;
    PCRE2_SIZE at = 0;
    int rc = 0;

    if (context != NULL) {
        pcre2_set_parens_nest_limit(context, NESTED);
        code = pcre2_compile((PCRE2_SPTR)buf_text(written), written->len,
                             PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                 PCRE2_ALLOW_EMPTY_CLASS | PCRE2_NEVER_BACKSLASH_C |
                                 PCRE2_AUTO_CALLOUT,
                             &rc, &at, context);
    }
    if (code == NULL && context != NULL && rc != PCRE2_ERROR_HEAP_FAILED) {
        pcre2_get_error_message(rc, text, sizeof text);
        err_set(e, ERR_SYNTAX, "%s", (const char *)text);
    } else if (code == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the pattern");
    }
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    return code;
}

struct pattern *pattern_new(const char *text, size_t size, struct err *e)
{
    struct pattern *pattern = NULL;
    pcre2_code *code = NULL;
    struct buf written;

    if (size > SCHEMA_PATTERN) {
        err_set(e, ERR_LIMIT, "the pattern has %zu bytes, at most %u are allowed", size,
                SCHEMA_PATTERN);
        return NULL;
    }
    buf_init(&written, WRITTEN_MAX);
    if (!ecma_write(&written, text, size, e) || buf_check(&written, "the pattern", e) != ERR_OK)
        goto out;
    code = code_new(&written, e);
    if (code != NULL) {
        pattern = mem_must(sizeof *pattern);
        pattern->code = code;
    }
out:
    buf_fini(&written);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern != NULL)
        pcre2_code_free(pattern->code);
    mem_free(pattern);
}

/* Called before each item of the pattern. An item may run over the rest of the text. */
static int pattern_step(pcre2_callout_block *block, void *arg)
{
    uint64_t *work = arg;
    uint64_t cost = 1 + (block->subject_length - block->current_position) / CHARS_AS_1;

    if (*work < cost) {
        *work = 0;
        return PCRE2_ERROR_CALLOUT;
    }
    *work -= cost;
    return 0;
}

static struct pattern_room *room_new(void)
{
    struct pattern_room *room = mem_must(sizeof *room);
    pcre2_general_context *general =
        pcre2_general_context_create(pattern_alloc, pattern_release, NULL);

    if (general != NULL) {
        room->context = pcre2_match_context_create(general);
        room->data = pcre2_match_data_create(1, general);
    }
    pcre2_general_context_free(general);
    if (room->context == NULL || room->data == NULL) {
        pattern_room_free(room);
        return NULL;
    }
    pcre2_set_heap_limit(room->context, HEAP_KIB);
    pcre2_set_depth_limit(room->context, DEPTH_MAX);
    return room;
}

void pattern_room_free(struct pattern_room *room)
{
    if (room == NULL)
        return;
    pcre2_match_data_free(room->data);
    pcre2_match_context_free(room->context);
    mem_free(room);
}

enum pattern_found pattern_find(const struct pattern *pattern, const char *text, size_t size,
                                uint64_t *work, struct pattern_room **room)
{
    uint64_t once = 1 + size / 16; /* UTF-8 is checked, and characters are looked for */
    int rc;

    check(pattern != NULL);
    if (*room == NULL)
        *room = room_new();
    if (*room == NULL)
        return PATTERN_STARVED;
    if (*work < once)
        return PATTERN_SPENT;
    *work -= once;
    pcre2_set_callout((*room)->context, pattern_step, work);
    rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, size, 0, 0, (*room)->data, (*room)->context);
    if (rc >= 0)
        return PATTERN_FOUND;
    if (rc == PCRE2_ERROR_NOMEMORY)
        return PATTERN_STARVED;
    /* A text that is no UTF-8 fits no pattern. */
    return rc == PCRE2_ERROR_NOMATCH ||
                   (rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21)
               ? PATTERN_NONE
               : PATTERN_SPENT;
}
