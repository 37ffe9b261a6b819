/* flow_read_common.c - what several flows share: FLOW/common.json names parts of FLOW/../common.
 *
 *     common.json   {"use": ["payment", "calendar"]}
 *     ../common/    rules/payment.lua, rules/payment.test.json, lookups/calendar.json ...
 *
 * They become parts of the flow's own bundle, so that its version covers them and it runs, is
 * tested and goes to another place without the folder. A name that the flow has itself is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_read_priv.h"

static void check_common(const struct flow_source *source, const char *name, const json_t *json)
{
    const json_t *list = json_object_get(json, "use"), *one;
    size_t i;

    (void)name;
    if (json_object_size(json) != 1 || !json_is_array(list) || json_array_size(list) == 0) {
        flow__fault(source, "", "this is an object like {\"use\": [\"payment\"]}");
        return;
    }
    json_array_foreach(list, i, one)
    {
        if (!json_is_text(one) || !flow__part_name_valid(json_text(one)))
            flow__fault(source, "/use", "entry %zu is no name of lower-case letters, digits and _",
                        i + 1);
    }
}

static json_t *names_of(const json_t *list)
{
    json_t *names = json_object();
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        json_object_set_new(names, json_text(one), json_false());
    }
    return names;
}

static void common_missing(const struct folder *common, const char *path)
{
    const char *name;
    json_t *found;

    json_object_foreach(common->only, name, found)
    {
        if (!json_is_true(found))
            faults_add(common->faults, false, path, 1, 1, "/use", "there is no \"%.80s\" in %.200s",
                       name, common->dir);
    }
}

static void common_read(struct folder *folder, json_t *bundle, const json_t *list, const char *path)
{
    char *dir = flow__path_new(folder->dir, "../common");
    struct folder common = { .dir = dir, .faults = folder->faults, .total = folder->total };

    if (realpath(dir, common.root) == NULL) {
        faults_add(folder->faults, false, path, 1, 1, "", "the folder %.200s cannot be read: %s",
                   dir, strerror(errno));
    } else {
        common.only = names_of(list);
        flow__read_parts(&common, bundle);
        common_missing(&common, path);
        folder->total = common.total;
    }
    if (folder->csv == NULL) {
        folder->csv = common.csv;
        common.csv = NULL;
    }
    json_object_update(folder->csv, common.csv);
    json_decref(common.csv);
    json_decref(common.only);
    mem_free(dir);
}

void flow__read_common(struct folder *folder, json_t *bundle)
{
    char *path = flow__path_new(folder->dir, "common.json");
    enum found found;
    json_t *json = flow__folder_json(folder, path, "", &json_limits_flow, check_common, &found);

    if (json != NULL)
        common_read(folder, bundle, json_object_get(json, "use"), path);
    json_decref(json);
    mem_free(path);
}
