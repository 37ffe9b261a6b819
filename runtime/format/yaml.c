/* yaml.c - see yaml.h; libyaml finds the events, which are put together here. */
#include "format/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/check.h"
#include "base/mem.h"

#define YAML_ANCHORS 1000u

struct anchor {
    char *name;
    json_t *value; /* counted; NULL: it is being read */
    size_t size;   /* values in it */
};
struct yaml {
    yaml_parser_t parser;
    const struct json_limits *limits;
    struct err *e;
    size_t values;
    unsigned depth;
    struct anchor *anchors;
    size_t anchor_count;
};

/* ---- Faults */

static json_t *yaml_fault(struct yaml *y, enum err_code code, const yaml_mark_t *at,
                          const char *text)
{
    if (y->e->code == ERR_OK)
        err_set(y->e, code, "line %zu, column %zu: %s", at->line + 1, at->column + 1, text);
    return NULL;
}

static bool yaml_next(struct yaml *y, yaml_event_t *event)
{
    if (yaml_parser_parse(&y->parser, event))
        return true;
    yaml_fault(y, y->parser.error == YAML_MEMORY_ERROR ? ERR_MEMORY : ERR_SYNTAX,
               &y->parser.problem_mark,
               y->parser.problem != NULL ? y->parser.problem : "this is no YAML");
    return false;
}

static bool yaml_count(struct yaml *y, const yaml_mark_t *at, size_t values)
{
    y->values += values;
    if (y->values <= y->limits->values)
        return true;
    yaml_fault(y, ERR_LIMIT, at, "there are too many values, aliases counted in full");
    return false;
}

/* ---- Anchors */

/* SIZE_MAX: it has none, or there is a fault. */
static size_t anchor_new(struct yaml *y, const yaml_char_t *name, const yaml_mark_t *at)
{
    if (name == NULL)
        return SIZE_MAX;
    if (y->anchor_count == YAML_ANCHORS) {
        yaml_fault(y, ERR_LIMIT, at, "there are too many anchors");
        return SIZE_MAX;
    }
    y->anchors = mem_must_resize(y->anchors, (y->anchor_count + 1) * sizeof *y->anchors);
    y->anchors[y->anchor_count] =
        (struct anchor){ .name = mem_must_copy((const char *)name), .size = y->values };
    return y->anchor_count++;
}

static void anchor_end(struct yaml *y, size_t anchor, json_t *value)
{
    if (anchor == SIZE_MAX || value == NULL)
        return;
    y->anchors[anchor].value = json_incref(value);
    y->anchors[anchor].size = y->values - y->anchors[anchor].size + 1;
}

static json_t *yaml_alias(struct yaml *y, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;

    for (size_t i = y->anchor_count; i > 0; i--) {
        const struct anchor *anchor = &y->anchors[i - 1];

        if (strcmp(anchor->name, name) != 0)
            continue;
        if (anchor->value == NULL)
            return yaml_fault(y, ERR_SYNTAX, &event->start_mark, "an alias of what contains it");
        return yaml_count(y, &event->start_mark, anchor->size) ? json_copied_deep(anchor->value)
                                                               : NULL;
    }
    return yaml_fault(y, ERR_SYNTAX, &event->start_mark, "an alias without an anchor");
}

/* ---- Scalars */

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, text) == 0)
            return true;
    return false;
}

/* JSON's way of writing a number is one of YAML's; the others stay texts. */
static json_t *scalar_number(const char *text, size_t size)
{
    const char *digits = text + (*text == '-' || *text == '+');

    if (*digits < '0' || *digits > '9')
        return NULL;
    return json_exact_new(*text == '+' ? text + 1 : text, *text == '+' ? size - 1 : size);
}

static json_t *yaml_scalar(struct yaml *y, const yaml_event_t *event)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };
    const char *text = (const char *)event->data.scalar.value;
    const char *tag = (const char *)event->data.scalar.tag;
    size_t size = event->data.scalar.length;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tag == NULL;
    json_t *json = NULL;

    if (tag != NULL && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, "!") != 0)
        return yaml_fault(y, ERR_SYNTAX, &event->start_mark, "a tag that is not known here");
    if (memchr(text, '\0', size) != NULL)
        return yaml_fault(y, ERR_SYNTAX, &event->start_mark, "a text with a NUL");
    if (plain && is_one_of(text, nulls))
        return json_null();
    if (plain && is_one_of(text, trues))
        return json_true();
    if (plain && is_one_of(text, falses))
        return json_false();
    if (plain)
        json = scalar_number(text, size);
    if (json == NULL)
        json = json_stringn(text, size);
    return json != NULL ? json
                        : yaml_fault(y, ERR_SYNTAX, &event->start_mark, "a text that is no UTF-8");
}

/* ---- Nodes */

static json_t *yaml_node(struct yaml *y, const yaml_event_t *event);

static json_t *yaml_list(struct yaml *y)
{
    json_t *list = json_array();

    for (;;) {
        yaml_event_t event;
        json_t *item;

        if (!yaml_next(y, &event))
            break;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return list;
        }
        item = yaml_node(y, &event);
        yaml_event_delete(&event);
        if (item == NULL || json_array_append_new(list, item) != 0)
            break;
    }
    json_decref(list);
    return NULL;
}

/* The member's value; takes nothing. False: a fault. */
static bool yaml_member(struct yaml *y, json_t *object, const yaml_event_t *key)
{
    const char *name = (const char *)key->data.scalar.value;
    yaml_event_t event;
    json_t *value;

    if (key->type != YAML_SCALAR_EVENT || strlen(name) != key->data.scalar.length) {
        yaml_fault(y, ERR_SYNTAX, &key->start_mark, "a key must be a plain text");
        return false;
    }
    if (json_object_get(object, name) != NULL) {
        yaml_fault(y, ERR_SYNTAX, &key->start_mark, "this key is there already");
        return false;
    }
    if (strcmp(name, "<<") == 0) {
        yaml_fault(y, ERR_SYNTAX, &key->start_mark, "merging by \"<<\" is not supported");
        return false;
    }
    if (!yaml_next(y, &event))
        return false;
    value = yaml_node(y, &event);
    yaml_event_delete(&event);
    if (value == NULL)
        return false;
    if (json_object_set_new(object, name, value) == 0)
        return true;
    yaml_fault(y, ERR_SYNTAX, &key->start_mark, "a key that is no UTF-8");
    return false;
}

static json_t *yaml_map(struct yaml *y)
{
    json_t *object = json_object();

    for (;;) {
        yaml_event_t event;
        bool end, read;

        if (!yaml_next(y, &event))
            break;
        end = event.type == YAML_MAPPING_END_EVENT;
        read = !end && yaml_member(y, object, &event);
        yaml_event_delete(&event);
        if (end)
            return object;
        if (!read)
            break;
    }
    json_decref(object);
    return NULL;
}

/* Recursion is bounded by the depth of the limits. */
static json_t *yaml_node(struct yaml *y, const yaml_event_t *event)
{
    bool map = event->type == YAML_MAPPING_START_EVENT;
    size_t anchor;
    json_t *json;

    if (!yaml_count(y, &event->start_mark, 1))
        return NULL;
    if (event->type == YAML_ALIAS_EVENT)
        return yaml_alias(y, event);
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = anchor_new(y, event->data.scalar.anchor, &event->start_mark);
        json = yaml_scalar(y, event);
    } else if (map || event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = anchor_new(
            y, map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
            &event->start_mark);
        if (++y->depth > y->limits->depth)
            return yaml_fault(y, ERR_LIMIT, &event->start_mark, "it is nested too deep");
        json = map ? yaml_map(y) : yaml_list(y);
        y->depth--;
    } else {
        return yaml_fault(y, ERR_SYNTAX, &event->start_mark, "a value must stand here");
    }
    anchor_end(y, anchor, json);
    return json;
}

/* ---- The document */

static json_t *yaml_document(struct yaml *y)
{
    static const yaml_event_type_t before[] = { YAML_STREAM_START_EVENT,
                                                YAML_DOCUMENT_START_EVENT };
    static const yaml_event_type_t after[] = { YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT };
    yaml_event_t event;
    json_t *json = NULL;

    for (size_t i = 0; i < 5; i++) {
        bool fits;

        if (!yaml_next(y, &event))
            break;
        if (i == 2)
            json = yaml_node(y, &event);
        fits = i == 2 ? json != NULL : event.type == (i < 2 ? before[i] : after[i - 3]);
        if (!fits)
            yaml_fault(y, ERR_SYNTAX, &event.start_mark, "one document must stand here");
        yaml_event_delete(&event);
        if (!fits)
            break;
    }
    if (y->e->code == ERR_OK)
        return json;
    json_decref(json);
    return NULL;
}

json_t *yaml_to_json(const char *text, size_t size, const struct json_limits *limits, struct err *e)
{
    struct yaml y = { .limits = limits, .e = e };
    json_t *json = NULL;

    check(text != NULL && limits->depth > 0);
    e->code = ERR_OK;
    if (size > limits->bytes) {
        err_set(e, ERR_LIMIT, "it has %zu bytes, at most %zu are read", size, limits->bytes);
        return NULL;
    }
    if (!yaml_parser_initialize(&y.parser)) {
        err_set(e, ERR_MEMORY, "no memory for reading YAML");
        return NULL;
    }
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, size);
    json = yaml_document(&y);
    yaml_parser_delete(&y.parser);
    for (size_t i = 0; i < y.anchor_count; i++) {
        mem_free(y.anchors[i].name);
        json_decref(y.anchors[i].value);
    }
    mem_free(y.anchors);
    return json;
}
