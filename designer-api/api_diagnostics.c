/* api_diagnostics.c - what somebody needs who looks for a fault elsewhere, as one document.
 *
 * (1) No payload and no secret can be in it: errors of systems and of runs are left out, and lines
 *     of the log are the program's own texts, without the values that stood in them.
 * (2) It is made in one go and is small: nothing of it is looked for in the store. */
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/version.h"
#include "designer-api/api_priv.h"
#include "designer-api/settings_priv.h"
#include "designer-api/when.h"
#include "engine/audit.h"
#include "engine/flows.h"
#include "engine/tally.h"

#define DIAGNOSTICS_METRICS (16u * MIB)

/* ---- The host */

static json_t *diagnostics_host(void)
{
    struct utsname host;
    struct rlimit files;
    json_t *json = json_object();

    if (uname(&host) == 0)
        json_object_update_new(json, json_pack("{s:s, s:s, s:s}", "system", host.sysname, "release",
                                               host.release, "machine", host.machine));
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        json_object_set_new(json, "files_max", json_integer((json_int_t)files.rlim_cur));
    json_object_set_new(json, "processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(json, "memory_mib",
                        json_integer((json_int_t)sysconf(_SC_PHYS_PAGES) *
                                     (json_int_t)sysconf(_SC_PAGESIZE) / (json_int_t)MIB));
    return json;
}

static json_t *diagnostics_store(const char *data)
{
    static const char *const files[] = { "weft.db", "weft.db-wal", "payloads", "backups" };
    json_t *json = json_object(), *sizes = json_object();
    struct statvfs disk;
    struct stat file;
    struct buf path;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        buf_init(&path, 8 * KIB);
        buf_addf(&path, "%s/%s", data, files[i]);
        if (stat(buf_text(&path), &file) == 0)
            json_object_set_new(sizes, files[i], json_integer((json_int_t)file.st_size));
        buf_fini(&path);
    }
    json_object_set_new(json, "bytes", sizes);
    if (statvfs(data, &disk) == 0)
        json_object_set_new(json, "disk_free_mib",
                            json_integer((json_int_t)(disk.f_bavail * disk.f_frsize / MIB)));
    return json;
}

/* ---- The program */

static json_t *diagnostics_settings(const struct settings *settings)
{
    json_t *list = json_object(), *one;
    size_t i;

    json_array_foreach(settings->options.configured, i, one)
    {
        json_object_set_new(list, json_get_text(one, "name"),
                            json_pack("{s:O, s:O}", "value", json_object_get(one, "value"),
                                      "source", json_object_get(one, "source")));
    }
    return json_pack("{s:o, s:O}", "configuration", list, "set", settings->kept);
}

static json_t *diagnostics_connections(struct engine *engine)
{
    struct err e;
    json_t *list = engine_connections(engine, &e), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        json_object_del(one, "text");
    } /* a system's own words */
    return list != NULL ? list : json_array();
}

struct diagnostics_flows {
    struct engine *engine;
    json_t *flows;
};

static void diagnostics_workspace(struct diagnostics_flows *flows, const char *workspace)
{
    json_t *places = engine_flow_places(flows->engine, workspace, NULL), *place;
    size_t i;

    json_array_foreach(places, i, place)
    {
        json_object_del(place, "name");
        json_object_del(place, "by");
        json_object_del(place, "hooks");
        json_object_set_new(place, "workspace", json_string(workspace));
        json_array_append(flows->flows, place);
    }
    json_decref(places);
}

static bool diagnostics_row(void *arg, const struct object *object)
{
    if (strcmp(object->id, "main") != 0)
        diagnostics_workspace(arg, object->id);
    return true;
}

static json_t *diagnostics_flows(struct ask *ask)
{
    struct diagnostics_flows flows = { ask_engine(ask), json_array() };
    struct err e;

    diagnostics_workspace(&flows, "main");
    (void)!object_list(ask_objects(ask), "workspace", "", NULL, NULL, 0, diagnostics_row, &flows,
                       &e);
    return flows.flows;
}

static json_t *diagnostics_metrics(struct engine *engine)
{
    struct buf text;
    struct err e;
    json_t *json;

    buf_init(&text, DIAGNOSTICS_METRICS);
    json = engine_metrics(engine, &text, &e) == ERR_OK ? json_string(buf_text(&text)) : NULL;
    buf_fini(&text);
    return json != NULL ? json : json_null();
}

static void diagnostics_line(void *arg, int64_t at_ms, const char *level, const char *text)
{
    json_array_append_new(
        arg, json_pack("{s:o, s:s, s:s}", "at", when_json(at_ms), "level", level, "text", text));
}

static void diagnostics_make(struct ask *ask)
{
    const struct api *api = ask->api;
    struct clock *clock = ask_clock(ask);
    json_t *log = json_array(), *json;
    struct err e;

    if (ask->who->workspace[0] != '\0' && strcmp(ask->who->workspace, "main") != 0) {
        err_set(&e, ERR_FORBIDDEN, "it tells of every workspace: it is a matter of main");
        ask_refuse(ask, &e);
        return;
    }
    log_recent(api->options.log, diagnostics_line, log);
    json = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:i, s:I, s:o, s:o, s:o, s:o}", "weft", WEFT_VERSION, "made_at",
        when_json(clock->wall_ms(clock)), "host", diagnostics_host(), "store",
        diagnostics_store(api->rooms.data), "settings", diagnostics_settings(api->rooms.settings),
        "runs_in_memory", (int)engine_runs(ask_engine(ask)), "memory_bytes", (json_int_t)mem_used(),
        "connections", diagnostics_connections(ask_engine(ask)), "flows", diagnostics_flows(ask),
        "log", log, "metrics", diagnostics_metrics(ask_engine(ask)));
    check(json != NULL);
    engine_audit(ask_engine(ask), NULL, ask->who->name, "diagnostics", "program", NULL);
    ask_give(ask, 200, json);
}

const struct ask_bind diagnostics_binds[] = {
    { "makeDiagnostics", diagnostics_make },
    { NULL, NULL },
};
