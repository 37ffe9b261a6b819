/* flow_csv.c - lookups in CSV, decision tables and tests, read from a flow's folder. */
#include "flow_try.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[] = "/tmp/weft-flow-csv-XXXXXX";

static void put(const char *name, const char *text, size_t size)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void drop(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

/* The table "t" of the bundle as text, or the faults. */
static void reads(const char *head, const char *csv, size_t size, const char *wanted)
{
    struct faults faults;
    struct buf said;
    json_t *bundle, *table;
    char *text;

    put("lookups/t.csv", csv, size);
    if (head != NULL)
        put("lookups/t.json", head, strlen(head));
    faults_init(&faults);
    buf_init(&said, 64 * 1024);
    bundle = flow_read_dir(folder, &faults);
    faults_write(&faults, &said);
    table = json_object_get(json_object_get(bundle, "lookups"), "t");
    text = table != NULL ? json_text_new(table, 65536, NULL) : NULL;
    if (wanted[0] == '!') {
        if (bundle != NULL || strstr(buf_text(&said), wanted + 1) == NULL)
            fail_msg("wanted %s, said %s", wanted, text != NULL ? text : buf_text(&said));
    } else if (text == NULL || strcmp(text, wanted) != 0) {
        fail_msg("wanted %s\n got %s\n said %s", wanted, text != NULL ? text : "nothing",
                 buf_text(&said));
    }
    mem_free(text);
    json_decref(bundle);
    buf_fini(&said);
    faults_fini(&faults);
    drop("lookups/t.json");
}
#define READS(head, csv, wanted) reads(head, csv, sizeof(csv) - 1, wanted)

static void a_csv_is_a_table(void **state)
{
    (void)state;
    READS(NULL, "method,account\nACH,1300\n\"Credit, \"\"card\"\"\",01200\n",
          "{\"keys\":[\"method\"],\"columns\":[\"method\",\"account\"],\"rows\":[[\"ACH\",\"1300\"]"
          ",[\"Credit, \\\"card\\\"\",\"01200\"]]}");
    /* what Excel writes in Europe, with a mark of UTF-8 in front */
    READS(NULL,
          "\xEF\xBB\xBF"
          "k;v\r\na;\"1,5\"\r\nb;\r\n",
          "{\"keys\":[\"k\"],\"columns\":[\"k\",\"v\"],\"rows\":[[\"a\",\"1,5\"],[\"b\",null]]}");
    READS(NULL, "k\tv\na\tb\n",
          "{\"keys\":[\"k\"],\"columns\":[\"k\",\"v\"],\"rows\":[[\"a\",\"b\"]]}");
    READS(
        "{\"keys\":[\"b\"],\"types\":{\"a\":\"number\",\"c\":\"boolean\",\"d\":\"date\"},"
        "\"missing\":\"null\"}",
        "a,b,c,d\n1200.50,x,TRUE,2026-11-21\n,y,false,\n12345678901234567890.10,\"z\",,\"\"\n",
        "{\"keys\":[\"b\"],\"types\":{\"a\":\"number\",\"c\":\"boolean\",\"d\":\"date\"},"
        "\"missing\":\"null\",\"columns\":[\"a\",\"b\",\"c\",\"d\"],\"rows\":[[1200.50,\"x\",true,"
        "\"2026-11-21\"],[null,\"y\",false,null],[12345678901234567890.10,\"z\",null,null]]}");
}

static void faults_of_a_csv_name_line_and_column(void **state)
{
    (void)state;
    READS(NULL, "", "!t.csv:1:1: /: the file is empty");
    READS(NULL, "one\na\n", "!the first line names the columns, 2 to 64; here are 1");
    READS(NULL, "a,b\n1,2\n1,2,3\n", "!line 3 has 3 cells, but there are 2 columns");
    READS(NULL, "a,b\n1,\"2\n", "!t.csv:1:1: /: ");
    READS(NULL, "a,b\n\xFF,2\n", "!the file is not UTF-8");
    READS("{\"types\":{\"b\":\"number\"}}", "a,b\nx,1\ny,1 000\n",
          "!line 3, column \"b\": this is not a number like 1200.50: \"1 000\"");
    READS("{\"types\":{\"b\":\"boolean\"}}", "a,b\nx,yes\n", "!this is not true or false: \"yes\"");
    READS("{\"types\":{\"b\":\"money\"}}", "a,b\nx,1\n", "!column \"b\" is of type \"money\"");
    READS("{\"columns\":[\"a\",\"c\"]}", "a,b\nx,1\n", "!the first line is not the \"columns\"");
    READS("{\"rows\":{}}", "a,b\nx,1\n", "!t.json:1:9: /rows: the rows stand in the .csv");
    READS("[]", "a,b\nx,1\n", "!t.json:1:1: /: a lookup is an object");
    READS("{\"kyes\":[\"a\"]}", "a,b\nx,1\n", "!did you mean \"keys\"?");
}

static void tables_and_tests_are_parts(void **state)
{
    static const char table[] = "{\"inputs\":[\"a\"],\"outputs\":[\"b\"],\"rows\":[]}";
    static const char tests[] = "[{\"name\":\"x\",\"expected\":1}]";
    struct faults faults;
    struct buf said;
    json_t *bundle;

    (void)state;
    drop("lookups/t.csv");
    put("rules/d.table.json", table, strlen(table));
    put("rules/d.test.json", tests, strlen(tests));
    put("lookups/l.test.json", tests, strlen(tests));
    faults_init(&faults);
    buf_init(&said, 64 * 1024);
    bundle = flow_read_dir(folder, &faults);
    assert_non_null(bundle);
    assert_non_null(json_object_get(json_object_get(bundle, "lookups"), "d"));
    assert_non_null(json_object_get(json_object_get(bundle, "tests"), "rules/d"));
    assert_non_null(json_object_get(json_object_get(bundle, "tests"), "lookups/l"));
    json_decref(bundle);
    put("lookups/d.json", "{\"rows\":{}}", 11);
    put("rules/d.test.json", "[{\"name\":\"x\"},5]", 16);
    assert_null(flow_read_dir(folder, &faults));
    faults_write(&faults, &said);
    assert_non_null(
        strstr(buf_text(&said), "d.table.json:1:1: /: there is a lookup table of that"));
    assert_non_null(
        strstr(buf_text(&said), "d.test.json:1:2: /0: a test says what is \"expected\""));
    assert_non_null(strstr(buf_text(&said), "d.test.json:1:15: /1: a test is an object with a"));
    buf_fini(&said);
    faults_fini(&faults);
}

static int folder_make(void **state)
{
    static const char flow[] =
        "{\"weft\":1,\"name\":\"T\",\"nodes\":[{\"id\":\"a\",\"type\":\"trigger.manual\"}]}";
    char path[128];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/lookups", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/rules", folder);
    mkdir(path, 0700);
    put("flow.json", flow, strlen(flow));
    return 0;
}

static int folder_remove(void **state)
{
    static const char *const names[] = {
        "lookups/t.csv",  "lookups/t.json",     "lookups/l.test.json",
        "lookups/d.json", "rules/d.table.json", "rules/d.test.json",
        "flow.json"
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        drop(names[i]);
    for (size_t i = 0; i < 3; i++) {
        static const char *const folders[] = { "/lookups", "/rules", "" };
        char path[128];

        snprintf(path, sizeof path, "%s%s", folder, folders[i]);
        rmdir(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_is_a_table),
        cmocka_unit_test(faults_of_a_csv_name_line_and_column),
        cmocka_unit_test(tables_and_tests_are_parts),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
