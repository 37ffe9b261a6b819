/* pack.c - openapi.yaml becomes a C file: pack OPENAPI.YAML OUT.C
 *
 * The file has two texts: the document as JSON, as it is served, and what the program needs of it,
 *   {"operations": [{"id", "method", "path", "permission", "local"?, "body_max"?, "once"?,
 *                    "guard"?, "params"?: [{"name", "in", "required"?, "explode"?, "rest"?,
 *                    "schema"}], "body"?: {"required", "types", "schema", "needs"}}],
 *    "defs": {NAME: schema}}
 * A document that is not whole is refused, each fault with its place. */
#include "designer-api/pack/pack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/yaml.h"

#define PACK_MAX (16u * MIB)

static const struct json_limits pack_limits = { PACK_MAX, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };

void pack_fault(struct pack *pack, const char *place, const char *fmt, ...)
{
    char text[1000];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fprintf(stderr, "%s: %s: %s\n", pack->file, place, text);
    pack->faults++;
}

/* ---- References */

static void refs_check(struct pack *pack, const json_t *value, const char *place)
{
    const char *ref = json_get_text(value, "$ref"), *name;
    struct buf below;
    json_t *member;
    size_t i;

    if (ref != NULL && pack_follow(pack, value) == NULL)
        pack_fault(pack, place, "\"$ref\": \"%s\" leads nowhere", ref);
    json_object_foreach((json_t *)value, name, member)
    {
        buf_init(&below, PACK_MAX);
        buf_add_text(&below, place);
        json_pointer_add(&below, name);
        refs_check(pack, member, buf_text(&below));
        buf_fini(&below);
    }
    json_array_foreach(value, i, member)
    {
        buf_init(&below, PACK_MAX);
        buf_addf(&below, "%s/%zu", place, i);
        refs_check(pack, member, buf_text(&below));
        buf_fini(&below);
    }
}

/* ---- Writing */

static void write_text(FILE *out, const char *name, const json_t *value)
{
    struct buf text;

    buf_init(&text, PACK_MAX);
    json_write(&text, value);
    check(buf_ok(&text));
    fprintf(out, "const unsigned char %s[] = {", name);
    for (size_t i = 0; i < text.len; i++)
        fprintf(out, "%s%d,", i % 32 == 0 ? "\n" : "", (unsigned char)text.at[i]);
    fprintf(out, "0};\nconst size_t %s_size = %zu;\n", name, text.len);
    buf_fini(&text);
}

static bool write_all(const char *path, const json_t *packed, const json_t *document)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        return false;
    fprintf(out, "/* Made from designer-api/openapi.yaml by designer-api/pack/pack.c. */\n"
                 "#include \"designer-api/contract_priv.h\"\n");
    write_text(out, "contract__packed", packed);
    write_text(out, "contract__document", document);
    return fclose(out) == 0;
}

static json_t *document_read(const char *path, struct err *e)
{
    char *text = NULL;
    size_t size;
    json_t *document = NULL;

    if (file_read(path, PACK_MAX, &text, &size, e) == ERR_OK)
        document = yaml_to_json(text, size, &pack_limits, e);
    mem_free(text);
    return document;
}

/* The document's schemas, and what the program reads; NULL: there were faults. */
static json_t *pack_document(struct pack *pack)
{
    json_t *schemas, *schema, *operations, *packed = NULL;
    const char *name;

    refs_check(pack, pack->document, "");
    schemas = json_object_get(json_object_get(pack->document, "components"), "schemas");
    json_object_foreach(schemas, name, schema)
    {
        json_object_set_new(pack->defs, name, pack_schema(schema));
    }
    if (pack->faults > 0)
        return NULL;
    pack_check_defs(pack);
    if (pack->faults > 0)
        return NULL;
    operations = pack_operations(pack);
    if (pack->faults == 0)
        packed = json_pack("{s:O, s:O}", "operations", operations, "defs", pack->defs);
    json_decref(operations);
    return packed;
}

int main(int argc, char **argv)
{
    struct pack pack = { .file = argc > 1 ? argv[1] : "" };
    json_t *packed = NULL;
    struct err e;

    mem_install();
    if (argc != 3) {
        fprintf(stderr, "pack OPENAPI.YAML OUT.C\n");
        return 2;
    }
    pack.document = document_read(argv[1], &e);
    pack.defs = json_object();
    if (pack.document == NULL)
        fprintf(stderr, "%s: %s\n", argv[1], e.text);
    else
        packed = pack_document(&pack);
    if (packed != NULL && !write_all(argv[2], packed, pack.document)) {
        perror(argv[2]);
        pack.faults++;
    }
    json_decref(pack.document);
    json_decref(pack.defs);
    json_decref(packed);
    return packed != NULL && pack.faults == 0 ? 0 : 1;
}
