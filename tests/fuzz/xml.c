/* xml.c - foreign bytes as XML: in pieces they give what they give at once; JSON that was read is
 * written, and read again as it was; a document with a DOCTYPE never is one; XPath finds its way.
 * The first byte chooses the convention, the second the size of the pieces. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/charset.h"
#include "format/xml.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    return 0;
}

static enum err_code read_all(const struct xml_form *form, const char *text, size_t size,
                              size_t step, json_t **value, struct err *e)
{
    struct xml_json *reader = xml_json_new(form, e);
    enum err_code rc = ERR_OK;

    check(reader != NULL);
    *value = NULL;
    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = xml_json_feed(reader, text + at, size - at < step ? size - at : step, e);
    if (rc == ERR_OK)
        rc = xml_json_end(reader, value, e);
    xml_json_free(reader);
    check((rc == ERR_OK) == (*value != NULL));
    return rc;
}

static void write_again(const struct xml_form *form, json_t *value)
{
    const struct xml_writing how = { .form = form, .declaration = true };
    json_t *again;
    struct buf out;
    struct err e;

    buf_init(&out, 64 * MIB);
    check(xml_write(&how, value, &out, &e) == ERR_OK);
    check(read_all(form, buf_text(&out), out.len, out.len, &again, &e) == ERR_OK);
    check(json_same(value, again));
    json_decref(again);
    buf_fini(&out);
}

static void find_in(const char *text, size_t size)
{
    static const atomic_bool never = false;
    static const struct xml_path paths[] = {
        { .to = "a", .path = "//@*", .list = true },
        { .to = "b", .path = "string(/*/*[2])", .form = { .kind = CELL_NUMBER } },
        { .to = "c", .path = "count(//*[. = ../*])", .form = { .kind = CELL_INTEGER } },
    };
    struct err e;
    struct xml *tree = xml_new(NULL, NULL, &e);
    json_t *value = NULL;

    check(tree != NULL);
    if (xml_feed(tree, text, size, &e) == ERR_OK && xml_end(tree, &e) == ERR_OK) {
        enum err_code rc = xml_extract(tree, "//*", paths, 3, NULL, &never, &value, &e);

        check((rc == ERR_OK) == (value != NULL));
    }
    json_decref(value);
    xml_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct xml_form form;
    char encoding[CHARSET_NAME];
    json_t *once, *pieces;
    struct buf text;
    struct err e;
    bool named;

    if (size < 2)
        return 0;
    form = (struct xml_form){ .style = (bytes[0] & 1) != 0 ? XML_NODES : XML_DATA,
                              .lists = (bytes[0] & 2) != 0,
                              .local = (bytes[0] & 4) != 0 };
    named = xml_encoding((const char *)bytes + 2, size - 2, encoding, sizeof encoding);
    buf_init(&text, 64 * MIB);
    if (charset_decode(named ? encoding : NULL, (const char *)bytes + 2, size - 2, &text, &e) ==
        ERR_OK) {
        enum err_code rc = read_all(&form, buf_text(&text), text.len, text.len + 1, &once, &e);
        enum err_code other =
            read_all(&form, buf_text(&text), text.len, (size_t)bytes[1] + 1, &pieces, &e);

        check((rc == ERR_OK) == (other == ERR_OK));
        if (rc == ERR_OK) {
            check(json_same(once, pieces));
            write_again(&form, once);
        }
        json_decref(once);
        json_decref(pieces);
        if (size < 2000)
            find_in(buf_text(&text), text.len);
    }
    buf_fini(&text);
    return 0;
}

#include "fuzz_main.h"
