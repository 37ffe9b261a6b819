/* serve_alerts.h - what `weft serve` measures over time, and whom it tells what is wrong. */
#ifndef COMMAND_SERVE_ALERTS_H
#define COMMAND_SERVE_ALERTS_H

#include "app.h"
#include "designer-api/alert.h"
#include "designer-api/live.h"

struct serve_alerts {
    struct series *series;
    struct alerts *alerts;
    struct channel_ways ways;
};
enum err_code serve_alerts_open(struct serve_alerts *own, struct app *app, struct objects *objects,
                                struct live *live, struct err *e) MUST_USE;
/* While the engine, the objects and the live events are still there. */
void serve_alerts_close(struct serve_alerts *own);
int64_t serve_alerts_turn(struct serve_alerts *own); /* steady time of the next */
void serve_alerts_moved(struct serve_alerts *own, const struct engine_moved *moved);
/* Of a connection or a deployment, to who watches. */
void serve_alerts_connected(struct serve_alerts *own, struct live *live, const char *connection,
                            const char *state);
void serve_alerts_deployed(struct live *live, const struct engine_deployed *deployed);

#endif
