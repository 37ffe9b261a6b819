/* contract.c - a request at the program's own contract: "METHOD PATH?QUERY\nCONTENT-TYPE\nBODY".
 * What is taken has no faults and only what the operation knows; what is refused has its words. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/contract_priv.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct contract *contract;

static void answer(struct ask *ask)
{
    (void)ask;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct ask_bind binds[2000];
    static const struct ask_bind *const lists[] = { binds, NULL };
    struct err e;
    json_t *packed, *row;
    size_t i;

    (void)argc;
    (void)argv;
    mem_install();
    packed =
        json_read((const char *)contract__packed, contract__packed_size, &json_limits_reply, &e);
    check(packed != NULL);
    json_array_foreach(json_object_get(packed, "operations"), i, row)
    {
        check(i + 1 < sizeof binds / sizeof *binds);
        binds[i] = (struct ask_bind){ mem_must_copy(json_get_text(row, "id")), answer };
    }
    json_decref(packed);
    contract = contract_new(lists, &e);
    check(contract != NULL);
    return 0;
}

/* Cuts the text at its next `end`; what is in front of it. */
static char *cut(char **text, char end)
{
    char *begin = *text, *at = strchr(begin, end);

    if (at == NULL) {
        *text = begin + strlen(begin);
    } else {
        *at = '\0';
        *text = at + 1;
    }
    return begin;
}

static void ask_it(const struct contract_operation *operation, struct ask *ask)
{
    struct err e;

    e.code = ERR_OK;
    ask->operation = operation;
    if (contract_read(operation, ask, &e) == ERR_OK) {
        check(ask->faults == NULL && json_is_object(ask->query));
        check(ask->body == NULL || ask->text == NULL);
    } else {
        check(e.code != ERR_OK && e.text[0] != '\0');
    }
    json_decref(ask->query);
    json_decref(ask->body);
    json_decref(ask->faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *whole = mem_must_copy_n(bytes, size), *text = whole, *line = cut(&text, '\n');
    char *method = cut(&line, ' '), *path = cut(&line, '?'), *type = cut(&text, '\n'), allow[64];
    const struct pair header = { "Content-Type", type };
    const struct http_request request = { .method = method,
                                          .path = path,
                                          .query = line,
                                          .headers = &header,
                                          .header_count = *type != '\0' ? 1 : 0,
                                          .body = text,
                                          .body_size = size - (size_t)(text - whole) };
    const struct who who = { .kind = (size & 1) != 0 ? WHO_LOCAL : WHO_SESSION };
    struct ask ask = { .request = &request, .who = &who };
    const struct contract_operation *operation;
    struct err e;

    if (utf8_valid(path, strlen(path)) &&
        contract_find(contract, method, path, &operation, ask.path, allow, &e) == ERR_OK)
        ask_it(operation, &ask);
    mem_free(whole);
    return 0;
}

#include "fuzz_main.h"
