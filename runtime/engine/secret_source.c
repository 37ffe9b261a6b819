/* secret_source.c - where the secrets of connections.json come from, and where they may go. */
#include <string.h>

#include "base/file.h"
#include "engine/engine_priv.h"
#include "engine/secret.h"

#define SOURCE_FILE_MAX (64 * KIB)

static char *source_file(const char *path, size_t *size, char missing[SECRET_MISSING])
{
    char *plain = NULL;
    struct err e;

    *size = 0;
    if (file_read(path, SOURCE_FILE_MAX, &plain, size, &e) != ERR_OK)
        snprintf(missing, SECRET_MISSING, "%.300s", e.text);
    else if (*size == 0)
        snprintf(missing, SECRET_MISSING, "%.300s is empty", path);
    while (*size > 0 && strchr("\r\n", plain[*size - 1]) != NULL)
        plain[--*size] = '\0';
    return plain;
}

char *secret_source(const struct world *world, const json_t *source, size_t *size,
                    char missing[SECRET_MISSING])
{
    const char *variable = json_get_text(source, "env"), *file = json_get_text(source, "file");
    const char *credential = json_get_text(source, "credential"), *folder;
    char path[4096], *plain;

    if (credential != NULL) {
        folder = world->environment("CREDENTIALS_DIRECTORY");
        snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "", credential);
        file = path;
    }
    if (file != NULL)
        return source_file(file, size, missing);
    variable = variable != NULL ? variable : "(none named)";
    plain = mem_must_copy(world->environment(variable));
    *size = plain != NULL ? strlen(plain) : 0;
    if (*size == 0)
        snprintf(missing, SECRET_MISSING, "the environment variable %.200s is not set", variable);
    return plain;
}

void secret_origins(const char *base_url, const char *token_url, char origins[SECRET_ORIGINS])
{
    char base[SECRET_ORIGIN] = "", token[SECRET_ORIGIN] = "";
    bool both;

    if (base_url != NULL && !secret_origin(base_url, base))
        *base = '\0';
    if (token_url != NULL && !secret_origin(token_url, token))
        *token = '\0';
    both = *base != '\0' && *token != '\0' && strcmp(base, token) != 0;
    snprintf(origins, SECRET_ORIGINS, "%s%s%s", base, both ? " " : "",
             both || *base == '\0' ? token : "");
    if (*origins == '\0')
        snprintf(origins, SECRET_ORIGINS, SECRET_NOWHERE);
}
