/* manifest_help.h - a sound manifest, and how to break it. */
#ifndef UNIT_MANIFEST_HELP_H
#define UNIT_MANIFEST_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/manifest.h"

static size_t used_before;

static inline int begin(void **state)
{
    (void)state;
    used_before = mem_used();
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    assert_int_equal(mem_used(), used_before);
    return 0;
}

static inline int install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

static inline char *quoted(const char *text)
{
    char *copy = mem_must_copy(text);

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static const char good[] =
    "{'weft': 1, 'name': 'shop', 'title': 'Shop', 'version': '1.0', 'help': 'A shop.',\n"
    " 'environments': {'production': {'base_url': '{url}/api'}},\n"
    " 'settings': [{'name': 'url', 'kind': 'url', 'title': 'Address', 'help': 'Where.', "
    "'required': "
    "true},\n"
    "   {'name': 'region', 'title': 'Region', 'help': 'Which.', 'default': 'eu'},\n"
    "   {'name': 'key', 'kind': 'secret', 'title': 'Key', 'help': 'The key.'}],\n"
    " 'sign_in': {'type': 'header', 'header': 'X-Key', 'secret': 'key'},\n"
    " 'headers': {'X-Region': '{region}'},\n"
    " 'error': {'code': 'error.code', 'message': ['error.text']},\n"
    " 'errors': [{'status': 503, 'kind': 'unavailable', 'not_processed': true},\n"
    "   {'status': 409, 'code': 'E7', 'kind': 'duplicate'}],\n"
    " 'actions': {'pay': {'title': 'Pay', 'help': 'Pays.', 'method': 'POST', 'path': "
    "'/pay/{input.id}',\n"
    "   'query': {'r': '{setting.region}'}, 'body': {'amount': '{input.amount}'}, 'expect': "
    "[201],\n"
    "   'input': {'type': 'object', 'properties': {'id': {'type': 'string', 'title': 'Id'}, "
    "'amount': {'type': 'number', 'title': 'Amount'}}, 'required': ['id']},\n"
    "   'output_schema': {'type': 'object'},\n"
    "   'output': {'id': '{input.id}', 'at': '{reply.headers.date}'},\n"
    "   'errors': [{'status': 404, 'kind': 'transient'}],\n"
    "   'example': {'input': {'id': 'x'}, 'output': {'id': 'x'}}}}}";

static inline struct manifest *read_plain(const char *text, struct buf *said)
{
    struct faults faults;
    struct manifest *manifest;

    faults_init(&faults);
    manifest = manifest_read("m.json", text, strlen(text), &faults);
    faults_write(&faults, said);
    faults_fini(&faults);
    return manifest;
}

/* With ' for ". */
static inline struct manifest *read_text(const char *text, struct buf *said)
{
    char *copy = quoted(text);
    struct manifest *manifest = read_plain(copy, said);

    mem_free(copy);
    return manifest;
}

/* The good one with the first `from` replaced. */
static inline void broken(const char *from, const char *to, const char *pointer, const char *wanted)
{
    const char *at = strstr(good, from);
    char text[8192], place[200];
    struct manifest *manifest;
    struct buf said;

    if (at == NULL)
        fail_msg("%s is not in the manifest", from);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    snprintf(place, sizeof place, ": %s: ", pointer);
    if (manifest != NULL || strstr(buf_text(&said), wanted) == NULL ||
        strstr(buf_text(&said), place) == NULL)
        fail_msg("%s -> %s\nwanted %s %s, said:\n%s", from, to, pointer, wanted, buf_text(&said));
    buf_fini(&said);
}

#endif
