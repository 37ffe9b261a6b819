/* api_lineage.c - where a field of a run came from, and where it went (lineage.h).
 *
 * The store is read beside the loop; what a version's steps read is found by the engine's compiler,
 * on the loop. So a look that comes to a run of a version whose plan it has not got asks for it,
 * and is taken up again. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "designer-api/ask.h"
#include "designer-api/draft.h"
#include "designer-api/lineage.h"
#include "designer-api/lineage_plan.h"

struct lineage_kept {
    char wants[DIGEST_TEXT];
    char flow[LIMIT_PATH];
};

static void lineage_drop(void *kept)
{
    mem_free(kept);
}

static void lineage_work(struct beside_ask *look)
{
    const struct who *who = look->ask.who;
    const char *direction = ask_text(&look->ask, "direction");
    struct lineage_ask asked = { .step = ask_text(&look->ask, "step"),
                                 .side = ask_text(&look->ask, "side"),
                                 .at = ask_text(&look->ask, "at"),
                                 .forward = direction != NULL && strcmp(direction, "forward") == 0,
                                 .values = who_may(who, MAY_PAYLOADS_READ),
                                 .texts = who_may(who, MAY_FLOWS_READ) };
    struct lineage_kept *kept = look->kept;

    if (kept == NULL) {
        kept = mem_must(sizeof *kept);
        look->kept = kept;
        look->drop = lineage_drop;
    }
    if (asked.at == NULL)
        asked.at = "";
    if (asked.at[0] != '\0' && asked.at[0] != '/')
        err_set(&look->e, ERR_USAGE, "\"at\" is a JSON pointer: it begins with \"/\"");
    else
        look->value = lineage_trace(look, &asked, look->given, kept->wants, kept->flow);
}

static void lineage_told(struct beside_ask *look)
{
    struct lineage_kept *kept = look->kept;
    json_t *bundle, *plan;

    if (look->e.code != ERR_OK || look->value != NULL) {
        beside_give(look);
        return;
    }
    bundle = draft_of_version(&look->ask, kept->wants, &look->e);
    plan = bundle != NULL ? lineage_plan_new(ask_engine(&look->ask), bundle, kept->flow, &look->e)
                          : NULL;
    json_decref(bundle);
    if (plan == NULL) {
        beside_give(look);
        return;
    }
    json_object_set_new(look->given, kept->wants, plan);
    beside_again(look);
}

static void run_lineage(struct ask *ask)
{
    beside_ask(ask, lineage_work, lineage_told, json_object());
}

const struct ask_bind lineage_binds[] = {
    { "getRunLineage", run_lineage },
    { NULL, NULL },
};
