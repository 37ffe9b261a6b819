/* flow_read_part.c - the files beside a definition: rules/, lookups/, schemas/, wsdl/.
 *
 *     rules/NAME.lua          a module                 bundle "rules"
 *     rules/NAME.table.json   a decision table         bundle "lookups"
 *     lookups/NAME.json       a lookup table           bundle "lookups"
 *     lookups/NAME.csv        its rows, or all of it
 *     .../NAME.test.json      tests of one of these    bundle "tests"
 *     schemas/NAME.json       a JSON Schema            bundle "schemas"
 *     wsdl/NAME.wsdl          a web service            bundle "wsdl"
 *
 * Other files are other people's. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_read_priv.h"

#define FILES_MAX 1000 /* in rules/, lookups/ or schemas/ */

/* Files of one kind. */
struct part {
    const char *folder, *suffix;
    const char *bundle; /* the part they become */
    const char *prefix; /* of the names there */
    json_t *(*read)(struct folder *folder, const char *path, const char *name);
    const char
        *instead; /* JSON of what stands for a faulty one: what refers to it is not at fault */
};

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool name_ends(const char *name, const char *suffix)
{
    size_t size = strlen(name), tail = strlen(suffix);

    return name[0] != '.' && size > tail && strcmp(name + size - tail, suffix) == 0;
}

/* "NAME.test.json" is no lookup, though it ends in ".json". */
static bool name_is_of(const char *name, const char *suffix)
{
    static const char *const longer[] = { ".test.json", ".table.json" };

    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
        if (strcmp(suffix, longer[i]) != 0 && name_ends(name, longer[i]))
            return false;
    return name_ends(name, suffix);
}

/* The names that end in `suffix`, sorted. mem_free() each and the list. */
static char **names_new(struct folder *folder, const char *path, const char *suffix, size_t *count)
{
    char **names = mem_must(FILES_MAX * sizeof *names);
    DIR *listing = opendir(path);
    struct dirent *entry;

    *count = 0;
    if (listing == NULL && errno != ENOENT)
        faults_add(folder->faults, false, path, 1, 1, "", "the folder cannot be read: %s",
                   strerror(errno));
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (!name_is_of(entry->d_name, suffix))
            continue;
        if (*count == FILES_MAX) {
            faults_add(folder->faults, false, path, 1, 1, "",
                       "the folder has more than %d files ending in %s", FILES_MAX, suffix);
            break;
        }
        names[(*count)++] = mem_must_copy(entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    if (*count > 0)
        qsort(names, *count, sizeof *names, name_compare);
    return names;
}

static json_t *rule_read(struct folder *folder, const char *path, const char *name)
{
    struct flow_source source = { folder->faults, path, NULL };
    size_t errors = folder->faults->errors, size;
    json_t *rule = NULL;
    char *text;

    if (flow__folder_text(folder, path, LIMIT_SCRIPT, &text, &size) != FOUND)
        return NULL;
    flow__check_rule(&source, name, text, size);
    if (!utf8_valid(text, size))
        flow__fault(&source, "", "the text is not UTF-8");
    else if (folder->faults->errors == errors && (rule = json_stringn(text, size)) == NULL)
        flow__fault(&source, "", "out of memory");
    mem_free(text);
    return rule;
}

/* A table whose rows stand in a CSV beside it is judged as a whole, later. */
static void check_head(const struct flow_source *source, const char *name, const json_t *json)
{
    (void)name;
    if (!json_is_object(json))
        flow__fault(source, "", "a lookup is an object, but here stands: %s", json_kind(json));
    else if (json_object_get(json, "rows") != NULL)
        flow__fault(source, "/rows", "the rows stand in the .csv beside this file; take out one");
}

/* "DIR/lookups/NAME.csv" from the path of the JSON, or back. */
static char *path_other(const char *path, const char *from, const char *to)
{
    char *stem = mem_must_copy_n(path, strlen(path) - strlen(from)), *other;
    struct buf joined;

    buf_init(&joined, PATH_MAX);
    buf_addf(&joined, "%s%s", stem, to);
    other = mem_must_copy(buf_text(&joined));
    buf_fini(&joined);
    mem_free(stem);
    return other;
}

static json_t *csv_read(struct folder *folder, const char *path, const char *name)
{
    char *head = path_other(path, ".csv", ".json"), *text;
    size_t errors = folder->faults->errors, size;
    struct flow_source source = { folder->faults, path, NULL };
    enum found found;
    bool failed = false;
    json_t *table;

    table = flow__folder_json(folder, head, name, &json_limits_reply, check_head, &found);
    if (folder->faults->errors == errors &&
        flow__folder_text(folder, path, LIMIT_REPLY, &text, &size) == FOUND) {
        table = flow__csv_table(folder, path, text, size, table);
        mem_free(text);
        if (table != NULL)
            flow__check_lookup(&source, name, table);
        if (folder->csv == NULL)
            folder->csv = json_object();
        json_put(folder->csv, head, json_string(path), &failed);
    }
    mem_free(head);
    if (folder->faults->errors == errors && !failed)
        return table;
    json_decref(table);
    return NULL;
}

/* NULL also when it is only the head of a CSV, which csv_read() reads. */
static json_t *lookup_read(struct folder *folder, const char *path, const char *name)
{
    enum found found;

    if (json_object_get(folder->csv, path) != NULL)
        return NULL;
    return flow__folder_json(folder, path, name, &json_limits_reply, flow__check_lookup, &found);
}

static void check_table(const struct flow_source *source, const char *name, const json_t *json)
{
    if (!json_is_object(json) || json_object_get(json, "inputs") == NULL)
        flow__fault(source, "", "a decision table is an object with \"inputs\"");
    else
        flow__check_lookup(source, name, json);
}

static json_t *table_read(struct folder *folder, const char *path, const char *name)
{
    enum found found;

    return flow__folder_json(folder, path, name, &json_limits_reply, check_table, &found);
}

static json_t *test_read(struct folder *folder, const char *path, const char *name)
{
    enum found found;

    return flow__folder_json(folder, path, name, &json_limits_reply, flow__check_tests, &found);
}

static json_t *schema_read(struct folder *folder, const char *path, const char *name)
{
    enum found found;

    return flow__folder_json(folder, path, name, &json_limits_flow, flow__check_schema, &found);
}

/* What is in it is the matter of the nodes that use it. */
static json_t *wsdl_read(struct folder *folder, const char *path, const char *name)
{
    char *text;
    size_t size;
    json_t *json = NULL;

    (void)name;
    if (flow__folder_text(folder, path, LIMIT_REPLY, &text, &size) != FOUND)
        return NULL;
    if (!utf8_valid(text, size))
        flow__file_fault(folder->faults, path, "the text is not UTF-8");
    else if ((json = json_stringn(text, size)) == NULL)
        flow__file_fault(folder->faults, path, "out of memory");
    mem_free(text);
    return json;
}

static const struct part parts[] = {
    { "rules", ".lua", "rules", "", rule_read, "\"\"" },
    { "lookups", ".csv", "lookups", "", csv_read, "{\"rows\":{}}" },
    { "lookups", ".json", "lookups", "", lookup_read, "{\"rows\":{}}" },
    { "rules", ".table.json", "lookups", "", table_read, "{\"rows\":{}}" },
    { "rules", ".test.json", "tests", "rules/", test_read, "[]" },
    { "lookups", ".test.json", "tests", "lookups/", test_read, "[]" },
    { "schemas", ".json", "schemas", "", schema_read, "{}" },
    { "wsdl", ".wsdl", "wsdl", "", wsdl_read, "\"\"" },
};

/* The bundle's part, made when it is first needed. */
static json_t *part_of(json_t *bundle, const char *name, bool *failed)
{
    if (json_object_get(bundle, name) == NULL)
        json_put(bundle, name, json_object(), failed);
    return json_object_get(bundle, name);
}

static void file_take(struct folder *folder, json_t *bundle, const struct part *part,
                      const char *path, const char *name, json_t *json)
{
    bool failed = false;
    json_t *all = part_of(bundle, part->bundle, &failed);
    char key[LIMIT_ID + 16];
    struct err e;

    if (json == NULL)
        json = json_read(part->instead, strlen(part->instead), &json_limits_flow, &e);
    snprintf(key, sizeof key, "%s%s", part->prefix, name);
    if (json_object_get(all, key) != NULL) {
        flow__file_fault(folder->faults, path,
                         folder->only != NULL
                             ? "the flow has a file of that name itself: it uses one of them"
                             : "there is a lookup table of that name; give the decision table "
                               "another");
        json_decref(json);
        return;
    }
    json_put(all, key, json, &failed);
    if (failed)
        flow__file_fault(folder->faults, path, "out of memory");
}

/* Of the common folder only what the flow uses. */
static bool name_wanted(struct folder *folder, const char *name)
{
    if (folder->only == NULL)
        return true;
    return json_object_get(folder->only, name) != NULL &&
           json_object_set_new(folder->only, name, json_true()) == 0;
}

static void part_read_file(struct folder *folder, json_t *bundle, const struct part *part,
                           const char *file, const char *name)
{
    json_t *json = folder->total > LIMIT_REPLY ? NULL : part->read(folder, file, name);

    if (flow__part_name_valid(name) &&
        !(json == NULL && json_object_get(folder->csv, file) != NULL))
        file_take(folder, bundle, part, file, name, json);
    else
        json_decref(json);
}

static void part_read(struct folder *folder, json_t *bundle, const struct part *part)
{
    char *path = flow__path_new(folder->dir, part->folder);
    size_t count;
    char **names = names_new(folder, path, part->suffix, &count);

    for (size_t i = 0; i < count; i++) {
        char *file = flow__path_new(path, names[i]);

        names[i][strlen(names[i]) - strlen(part->suffix)] = '\0';
        if (name_wanted(folder, names[i]))
            part_read_file(folder, bundle, part, file, names[i]);
        mem_free(file);
        mem_free(names[i]);
    }
    if (folder->total > LIMIT_REPLY)
        flow__file_fault(folder->faults, path, "the flow's files together are longer than 4 MiB");
    mem_free(names);
    mem_free(path);
}

void flow__read_parts(struct folder *folder, json_t *bundle)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        part_read(folder, bundle, &parts[i]);
}

void flow__faults_of_csv(struct folder *folder)
{
    struct faults *faults = folder->faults;

    for (size_t i = 0; i < faults->count; i++) {
        const char *csv = json_get_text(folder->csv, faults->list[i].file);

        if (csv == NULL)
            continue;
        mem_free(faults->list[i].file);
        faults->list[i].file = mem_must_copy(csv);
    }
}
