/* api_about.c - what this is: GET /about, and the contract itself. */
#include "designer-api/api_priv.h"

static void about_read(struct ask *ask)
{
    char now[CLOCK_TEXT];
    struct clock *clock = ask_clock(ask);
    json_t *about;

    clock_text(clock->wall_ms(clock), now);
    about = json_pack("{s:s, s:s, s:s, s:b}", "name", "weft", "api", "v1", "now", now, "draining",
                      ask->api->draining);
    check(about != NULL);
    ask_give(ask, 200, about);
}

static void about_contract(struct ask *ask)
{
    size_t size;
    const char *text = contract_text(ask->api->contract, &size);

    ask_bytes(ask, 200, "application/json", text, size, NULL, 0);
}

const struct ask_bind about_binds[] = {
    { "getAbout", about_read },
    { "getContract", about_contract },
    { NULL, NULL },
};
