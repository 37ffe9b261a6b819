/* card.c - foreign bytes before the card data guard: whatever is taken out of a text was seen by
 * the first look, what stays is as long as it says, and a value that was read is walked.
 *
 * With -DFUZZ_MAIN instead of a fuzzing engine: reads the files named as arguments. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/card.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    return 0;
}

static void check_text(const char *text, size_t size)
{
    struct card_report report = { 0 };
    char line[256];
    struct buf out;

    buf_init(&out, 2 * size + KIB);
    if (card_mask_text(text, size, NULL, &out, &report)) {
        check(card_report_found(&report));
        check(card_suspect(text, size));
    } else {
        check(out.len == 0);
    }
    snprintf(line, sizeof line, "%.*s", (int)(size < sizeof line ? size : sizeof line - 1), text);
    (void)card_mask_chars(line, sizeof line, &report);
    check(strnlen(line, sizeof line) < sizeof line);
    buf_fini(&out);
    card_report_fini(&report);
}

static void check_value(const char *text, size_t size)
{
    struct card_report report = { 0 };
    char told[CARD_REPORT_TEXT];
    struct err e;
    json_t *value = json_read(text, size, &json_limits_body, &e), *masked;

    if (value == NULL)
        return;
    masked = card_mask_json(value, "", &report);
    check(masked != NULL);
    check((masked != value) == card_report_found(&report));
    card_report_text(&report, told);
    check(strlen(told) < sizeof told);
    json_decref(masked);
    json_decref(value);
    card_report_fini(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = mem_must_copy_n(bytes, size);

    check_text(text, size);
    check_value(text, size);
    mem_free(text);
    return 0;
}

#include "fuzz_main.h"
