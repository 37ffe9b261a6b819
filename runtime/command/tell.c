/* tell.c - what the commands share that look at runs and act on them. */
#include "command/tell.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/percent.h"

enum err_code tell_open(struct app *app, const struct options *options, struct err *e)
{
    if (app_init(app, option_text(options, "--config"), e) != ERR_OK)
        return e->code;
    config_set(&app->config, CONFIG_DATA, option_text(options, "--data"));
    return ERR_OK;
}

const char *tell_data(const struct app *app)
{
    return config_text(&app->config, CONFIG_DATA);
}

enum err_code tell_store(struct app *app, struct err *e)
{
    struct buf path;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.db", tell_data(app));
    app->store = store_sqlite_open_readonly(buf_text(&path), &app->log, e);
    buf_fini(&path);
    return app->store != NULL ? ERR_OK : e->code;
}

void tell_json(const json_t *value)
{
    struct buf text;

    buf_init(&text, TELL_TEXT_MAX);
    json_write_pretty(&text, value);
    buf_add_char(&text, '\n');
    fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
}

int tell_list(json_t *list, const struct options *options, void (*lines)(const json_t *list),
              const struct err *e)
{
    if (list == NULL) {
        complain("%s", e->text);
        return EXIT_FAILED;
    }
    if (option_given(options, "--json"))
        tell_json(list);
    else
        lines(list);
    json_decref(list);
    return EXIT_DONE;
}

void tell_value(const char *label, const json_t *value)
{
    struct buf text;

    if (value == NULL)
        return;
    buf_init(&text, TELL_TEXT_MAX);
    json_write(&text, value);
    if (text.len > 400)
        printf("    %-8s %.400s... (%zu bytes; --json shows all)\n", label, buf_text(&text),
               text.len);
    else
        printf("    %-8s %s\n", label, buf_text(&text));
    buf_fini(&text);
}

void tell_error(const char *label, const json_t *error)
{
    const char *kind = json_get_text(error, "kind"), *text = json_get_text(error, "text");

    if (error == NULL)
        return;
    printf("    %-8s %s: %s\n", label, kind != NULL ? kind : "error", text != NULL ? text : "");
    tell_value("", json_object_get(error, "details"));
}

json_t *tell_file(const char *path, struct err *e)
{
    char *text = NULL;
    size_t size;
    json_t *value = NULL;

    if (file_read(path, LIMIT_BODY, &text, &size, e) == ERR_OK)
        value = json_read(text, size, &json_limits_body, e);
    mem_free(text);
    if (value == NULL)
        err_prefix(e, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
    return value;
}

void tell_path(struct buf *path, const char *piece)
{
    while (*piece != '\0') {
        size_t size = strcspn(piece, "/");

        percent_write(path, piece, size);
        piece += size;
        if (*piece == '/')
            buf_add_char(path, *piece++);
    }
}
