/* refs.c - names of schemas, and the references to them.
 *
 * (1) Every resource has a URI, seen from the one around it; the document's is "" without "$id".
 * (2) References are found when all schemas are known: a schema may stand behind its use.
 * (3) Nothing is fetched: what the document does not hold is refused by its name.
 * (4) A loop of references that never steps into the value would never end: it is refused. Loops
 *     that "$dynamicRef" closes are ended by the depth of a check.                    [check.c] */
#include "schema/schema_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/uri.h"

#define URI_MAX (16u * KIB)

enum mark { MARK_NONE, MARK_ON_WAY, MARK_DONE };

static void anchor_put(struct build *b, const char *uri, const char *name, struct schema_node *node,
                       const char *keyword)
{
    struct buf key;

    buf_init(&key, 2 * URI_MAX);
    buf_addf(&key, "%s%s%s", uri, name != NULL ? "#" : "", name != NULL ? name : "");
    if (dict_find(b->schema->anchors, buf_text(&key)) != NULL &&
        dict_find(b->schema->anchors, buf_text(&key)) != node)
        schema__fault(b, keyword, "the name \"%.100s\" is there already",
                      name != NULL ? name : uri);
    else
        dict_put(b->schema->anchors, buf_text(&key), node);
    buf_fini(&key);
}

static struct schema_resource *resource_new(struct build *b, const char *uri,
                                            struct schema_node *root)
{
    struct schema_resource *resource = mem_must(sizeof *resource);

    resource->uri = mem_must_copy(uri);
    resource->root = root;
    resource->next = b->schema->resources;
    b->schema->resources = resource;
    anchor_put(b, uri, NULL, root, "$id");
    return resource;
}

static void id_name(struct build *b, struct schema_node *node, const char *id)
{
    struct uri uri;
    struct buf whole;

    if (!uri_parse(&uri, id, strlen(id)) || strlen(id) > LIMIT_PATH) {
        schema__fault(b, "$id", "\"$id\" must be a URI, or a part of one");
        return;
    }
    if (uri.fragment_size > 0) {
        schema__fault(b, "$id", "\"$id\" must have no \"#...\"; write \"$anchor\": \"%.*s\"",
                      (int)(uri.fragment_size < 80 ? uri.fragment_size : 80), uri.fragment);
        return;
    }
    buf_init(&whole, URI_MAX);
    uri_resolve(&whole, node->resource != NULL ? node->resource->uri : "", id);
    if (buf_ok(&whole))
        node->resource = resource_new(b, buf_text(&whole), node);
    else
        schema__fault(b, "$id", "\"$id\" is too long");
    buf_fini(&whole);
}

static bool anchor_fits(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

    return name != NULL && *name != '\0' && strchr(letters, *name) != NULL &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-.") ==
               strlen(name);
}

static void anchor_name(struct build *b, struct schema_node *node, const char *keyword)
{
    const json_t *value = json_object_get(node->json, keyword);
    const char *name = json_text(value);
    struct schema_resource *resource = node->resource;
    size_t size;

    if (value == NULL)
        return;
    size = schema__down(b, keyword);
    if (!anchor_fits(name)) {
        schema__fault(b, keyword,
                      "\"%s\" must be a name of letters, digits, \"_\", \"-\" and "
                      "\".\" that begins with a letter",
                      keyword);
    } else {
        anchor_put(b, resource->uri, name, node, keyword);
        if (strcmp(keyword, "$dynamicAnchor") == 0) {
            if (resource->dynamics == NULL)
                resource->dynamics = dict_new();
            dict_put(resource->dynamics, name, node);
        }
    }
    schema__up(b, size);
}

void schema__name(struct build *b, struct schema_node *node)
{
    const json_t *id = json_object_get(node->json, "$id");
    size_t size;

    if (id != NULL) {
        size = schema__down(b, "$id");
        if (json_text(id) != NULL)
            id_name(b, node, json_text(id));
        else
            schema__fault(b, "$id", "\"$id\" must be a text");
        schema__up(b, size);
    }
    if (node->resource == NULL)
        node->resource = resource_new(b, "", node);
    anchor_name(b, node, "$anchor");
    anchor_name(b, node, "$dynamicAnchor");
}

/* ---- References */

static void refuse(struct build *b, const struct schema_node *node, const char *keyword,
                   const char *ref, const char *why)
{
    schema__up(b, 0);
    buf_addf(&b->place, "%s/%s", node->place, keyword);
    schema__fault(b, keyword, "\"%.120s\" %s", ref, why);
    schema__up(b, 0);
}

/* What a fragment means within a resource; NULL: nothing. */
static struct schema_node *fragment_find(struct build *b, const char *uri, struct schema_node *root,
                                         const char *fragment)
{
    struct schema_node *found;
    struct buf key;

    if (*fragment == '\0')
        return root;
    buf_init(&key, 2 * URI_MAX);
    if (*fragment == '/') {
        buf_addf(&key, "%s%s", root->place, fragment);
        found = dict_find(b->schema->places, buf_text(&key));
    } else {
        buf_addf(&key, "%s#%s", uri, fragment);
        found = dict_find(b->schema->anchors, buf_text(&key));
    }
    buf_fini(&key);
    return found;
}

static void ref_link(struct build *b, struct schema_node *node, struct schema_word *word)
{
    const char *ref = json_text(word->value), *keyword = word->row->name;
    struct schema_node *root;
    struct buf whole, fragment;
    struct uri uri;

    buf_init(&whole, URI_MAX);
    buf_init(&fragment, URI_MAX);
    check(uri_parse(&uri, ref, strlen(ref)));
    uri_resolve(&whole, node->resource->uri, ref);
    if (!buf_ok(&whole) || !uri_fragment(&fragment, &uri) ||
        strlen(buf_text(&fragment)) != fragment.len) {
        refuse(b, node, keyword, ref, "is no reference");
        goto out;
    }
    root = dict_find(b->schema->anchors, buf_text(&whole));
    if (root == NULL) {
        refuse(b, node, keyword, ref,
               "is not in this document, and nothing is fetched from elsewhere: put that schema "
               "into \"$defs\" with its \"$id\"");
        goto out;
    }
    word->node = fragment_find(b, buf_text(&whole), root, buf_text(&fragment));
    if (word->node == NULL)
        refuse(b, node, keyword, ref, "leads to no schema of this document");
    else if (strcmp(keyword, "$dynamicRef") == 0 && word->node->resource->dynamics != NULL)
        word->dynamic =
            dict_find(word->node->resource->dynamics, buf_text(&fragment)) == word->node;
out:
    buf_fini(&whole);
    buf_fini(&fragment);
}

/* ---- Loops */

static bool loops_from(struct build *b, struct schema_node *node);

/* Schemas that a keyword applies to the value itself. */
static bool word_loops(struct build *b, const struct schema_word *word)
{
    if (!schema__in_place(word->row) || word->dynamic)
        return false;
    if (word->node != NULL && loops_from(b, word->node))
        return true;
    for (size_t i = 0; i < word->count; i++)
        if (loops_from(b, word->nodes != NULL ? word->nodes[i] : word->pairs[i].node))
            return true;
    return false;
}

static bool loops_from(struct build *b, struct schema_node *node)
{
    if (node->mark == MARK_ON_WAY) {
        schema__up(b, 0);
        buf_add_text(&b->place, node->place);
        schema__fault(b, "$ref",
                      "this schema refers back to itself without a step into the "
                      "value: it would never come to an end");
        schema__up(b, 0);
        return true;
    }
    if (node->mark == MARK_DONE)
        return false;
    if (b->depth >= SCHEMA_DEPTH) {
        schema__fault(b, "$ref", "references lead on through more than %d schemas", SCHEMA_DEPTH);
        return true;
    }
    node->mark = MARK_ON_WAY;
    b->depth++;
    for (size_t i = 0; i < node->count; i++)
        if (word_loops(b, &node->words[i]))
            return true;
    b->depth--;
    node->mark = MARK_DONE;
    return false;
}

void schema__link(struct build *b)
{
    for (struct schema_node *node = b->schema->nodes; node != NULL; node = node->next)
        for (size_t i = 0; i < node->count; i++)
            if (node->words[i].row->kind == WORD_REF)
                ref_link(b, node, &node->words[i]);
}

void schema__loops(struct build *b)
{
    for (struct schema_node *node = b->schema->nodes; node != NULL; node = node->next)
        if (loops_from(b, node))
            return;
}
