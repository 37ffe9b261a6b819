/* serve_place.c - HOST:PORT or unix:PATH, certificate and proxies: the listener's settings. */
#include "command/serve_place.h"

#include <stdlib.h>
#include <string.h>

/* "127.0.0.1:8080", "[::1]:8080", ":8080" */
static bool place_parse(const char *listen, char host[256], unsigned *port)
{
    const char *colon = strrchr(listen, ':');
    char *end;
    unsigned long number;
    size_t size;

    if (colon == NULL)
        return false;
    number = strtoul(colon + 1, &end, 10);
    if (end == colon + 1 || *end != '\0' || number > 65535)
        return false;
    size = (size_t)(colon - listen);
    if (size >= 2 && listen[0] == '[' && listen[size - 1] == ']') {
        listen++;
        size -= 2;
    }
    if (size >= 255)
        return false;
    memcpy(host, listen, size);
    host[size] = '\0';
    if (size == 0)
        snprintf(host, 256, "127.0.0.1");
    *port = (unsigned)number;
    return true;
}

static enum err_code place_tls(const struct config *config, struct api_options *options,
                               struct err *e)
{
    const char *cert = config_text(config, CONFIG_TLS_CERT);
    const char *key = config_text(config, CONFIG_TLS_KEY);

    if (*cert == '\0' && *key == '\0')
        return ERR_OK;
    if (*cert == '\0' || *key == '\0')
        return err_set(e, ERR_USAGE,
                       "listen.tls_cert and listen.tls_key go together; %s is missing",
                       *cert == '\0' ? "listen.tls_cert" : "listen.tls_key");
    options->tls_cert = cert;
    options->tls_key = key;
    return ERR_OK;
}

#define HOOKS_MOST 1000000

static enum err_code place_rate(const struct config *config, enum config_key key, const char *name,
                                const char *variable, unsigned *rate, struct err *e)
{
    const char *text = config_text(config, key);
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number > HOOKS_MOST)
        return err_set(e, ERR_USAGE,
                       "%s (%s) is a number of webhooks a second, at most %d, or 0 for no limit, "
                       "not \"%s\"",
                       name, variable, HOOKS_MOST, text);
    *rate = (unsigned)number;
    return ERR_OK;
}

enum err_code serve_place(struct serve_place *place, const struct config *config,
                          struct api_options *options, struct err *e)
{
    const char *listen = config_text(config, CONFIG_LISTEN);
    const char *trusted = config_text(config, CONFIG_TRUSTED_PROXIES);
    bool local = strncmp(listen, "unix:", 5) == 0;
    int size;

    if (local && listen[5] == '\0')
        return err_set(e, ERR_USAGE, "--listen unix:PATH takes the path of a socket");
    if (!local && !place_parse(listen, place->host, &options->port))
        return err_set(e, ERR_USAGE,
                       "--listen takes HOST:PORT, like 127.0.0.1:8080, or unix:PATH, not \"%s\"",
                       listen);
    options->host = local ? NULL : place->host;
    options->unix_path = local ? listen + 5 : NULL;
    /* who may open the socket is a matter of its mode, and stands for others: a proxy */
    size = snprintf(place->trusted, sizeof place->trusted, "%s%s", local ? "unix " : "", trusted);
    if (size < 0 || (size_t)size >= sizeof place->trusted)
        return err_set(e, ERR_USAGE, "listen.trusted_proxies is too long");
    options->trusted_proxies = place->trusted;
    if (place_rate(config, CONFIG_HOOKS_ADDRESS, "webhooks.per_address",
                   "WEFT_WEBHOOKS_PER_ADDRESS", &options->hooks.per_address, e) != ERR_OK ||
        place_rate(config, CONFIG_HOOKS_PATH, "webhooks.per_path", "WEFT_WEBHOOKS_PER_PATH",
                   &options->hooks.per_path, e) != ERR_OK)
        return e->code;
    return place_tls(config, options, e);
}

void serve_place_tell(const struct api_options *options, unsigned port)
{
    const char *scheme = options->tls_cert != NULL ? "https" : "http";

    if (options->unix_path != NULL)
        fprintf(stderr, "weft: listening on unix:%s\n", options->unix_path);
    else if (strchr(options->host, ':') != NULL)
        fprintf(stderr, "weft: listening on %s://[%s]:%u\n", scheme, options->host, port);
    else
        fprintf(stderr, "weft: listening on %s://%s:%u\n", scheme, options->host, port);
    fflush(stderr);
}
