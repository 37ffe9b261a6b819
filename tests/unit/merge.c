/* merge.c - two changed forms of a bundle become one: what each side's change becomes, and what is
 * asked. */
#include "designer-api/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

static json_t *read_json(const char *text)
{
    struct err e;
    json_t *json = text != NULL ? json_read(text, strlen(text), &json_limits_flow, &e) : NULL;

    if (json == NULL && text != NULL)
        fail_msg("%s: %s", text, e.text);
    return json;
}

static void json_is(const json_t *got, const char *wanted)
{
    char *text = json_text_new(got, MIB, NULL);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    mem_free(text);
}

struct merging {
    const char *base, *mine, *theirs, *choices; /* choices: NULL: none */
    const char *bundle, *conflicts;
    unsigned undecided;
};

static void merges(const struct merging *m)
{
    json_t *base = read_json(m->base), *mine = read_json(m->mine), *theirs = read_json(m->theirs),
           *choices = read_json(m->choices);
    struct merged merged;

    merge_bundles(&(struct merge){ base, mine, theirs, choices }, &merged);
    json_is(merged.bundle, m->bundle);
    json_is(merged.conflicts, m->conflicts != NULL ? m->conflicts : "[]");
    assert_int_equal(merged.undecided, m->undecided);
    merged_fini(&merged);
    json_decref(base);
    json_decref(mine);
    json_decref(theirs);
    json_decref(choices);
}

#define FLOW(NODES, EDGES) "{\"flow\":{\"nodes\":[" NODES "],\"edges\":[" EDGES "]}}"
#define A(N)               "{\"id\":\"a\",\"config\":{\"n\":" #N "}}"
#define B(N)               "{\"id\":\"b\",\"config\":{\"n\":" #N "}}"
#define C                  "{\"id\":\"c\"}"
#define D                  "{\"id\":\"d\"}"
#define AB                 "{\"from\":\"a\",\"to\":\"b\"}"
#define BC                 "{\"from\":\"b\",\"to\":\"c\"}"
#define BD                 "{\"from\":\"b\",\"port\":\"no\",\"to\":\"d\"}"

/* Each side's own changes are there; nobody is asked. */
static void test_steps_of_both(void **state)
{
    (void)state;
    merges(&(struct merging){ .base = FLOW(A(1) "," B(1), AB),
                              .mine = FLOW(A(2) "," B(1) "," C, AB "," BC),
                              .theirs = FLOW(D "," A(1) "," B(3), AB "," BD),
                              .bundle = FLOW(D "," A(2) "," B(3) "," C, AB "," BD "," BC) });
    merges(&(struct merging){ .base = FLOW(A(1) "," B(1) "," C, AB "," BC),
                              .mine = FLOW(A(1) "," C, ""),
                              .theirs = FLOW(A(1) "," B(1), AB),
                              .bundle = FLOW(A(1), "") });
    /* the same change of both, and theirs in another order */
    merges(&(struct merging){ .base = FLOW(A(1) "," B(1), ""),
                              .mine = FLOW(A(2) "," B(1) "," C, ""),
                              .theirs = FLOW(B(1) "," A(2), ""),
                              .bundle = FLOW(B(1) "," C "," A(2), "") });
}

#define ASKED(PLACE, WHAT, ID, REST) \
    "[{\"place\":\"" PLACE "\",\"what\":\"" WHAT "\",\"id\":\"" ID "\"" REST "}]"

static void test_step_of_both(void **state)
{
    const struct merging open = {
        .base = FLOW(A(1), ""),
        .mine = FLOW(A(2), ""),
        .theirs = FLOW(A(3), ""),
        .bundle = FLOW(A(2), ""),
        .conflicts = ASKED("/flow/nodes/a/config/n", "node", "n",
                           ",\"node\":\"a\",\"base\":1,\"mine\":2,\"theirs\":3"),
        .undecided = 1,
    };
    struct merging chosen = open;

    (void)state;
    merges(&open);
    chosen.undecided = 0;
    chosen.choices = "{\"/flow/nodes/a/config/n\":\"mine\"}";
    chosen.conflicts =
        ASKED("/flow/nodes/a/config/n", "node", "n",
              ",\"node\":\"a\",\"base\":1,\"mine\":2,\"theirs\":3,\"choice\":\"mine\"");
    merges(&chosen);
    chosen.choices = "{\"/flow/nodes/a/config/n\":\"theirs\"}";
    chosen.bundle = FLOW(A(3), "");
    chosen.conflicts =
        ASKED("/flow/nodes/a/config/n", "node", "n",
              ",\"node\":\"a\",\"base\":1,\"mine\":2,\"theirs\":3,\"choice\":\"theirs\"");
    merges(&chosen);
}

/* What one took out and the other changed is asked, either way round. */
static void test_taken_out(void **state)
{
    struct merging m = {
        .base = FLOW(A(1) "," B(1), ""),
        .mine = FLOW(A(1) "," B(2), ""),
        .theirs = FLOW(A(1), ""),
        .bundle = FLOW(A(1) "," B(2), ""),
        .conflicts =
            ASKED("/flow/nodes/b", "node", "b", ",\"node\":\"b\",\"base\":" B(1) ",\"mine\":" B(2)),
        .undecided = 1,
    };

    (void)state;
    merges(&m);
    m.choices = "{\"/flow/nodes/b\":\"theirs\"}";
    m.bundle = FLOW(A(1), "");
    m.conflicts =
        ASKED("/flow/nodes/b", "node", "b",
              ",\"node\":\"b\",\"base\":" B(1) ",\"mine\":" B(2) ",\"choice\":\"theirs\"");
    m.undecided = 0;
    merges(&m);
    m.mine = FLOW(A(1), "");
    m.theirs = FLOW(A(1) "," B(2), "");
    m.choices = NULL;
    m.conflicts =
        ASKED("/flow/nodes/b", "node", "b", ",\"node\":\"b\",\"base\":" B(1) ",\"theirs\":" B(2));
    m.undecided = 1;
    merges(&m);
}

#define MAP(LINES)                                                                           \
    "{\"flow\":{\"nodes\":[{\"id\":\"m\",\"type\":\"transform.map\",\"config\":{\"fields\":" \
    "[" LINES "]}}]}}"
#define LINE(TO, FROM) "{\"to\":\"" TO "\",\"from\":\"" FROM "\"}"

static void test_lines_of_mappings(void **state)
{
    (void)state;
    merges(&(struct merging){
        .base = MAP(LINE("x", "=1") "," LINE("y", "=1")),
        .mine = MAP(LINE("x", "=2") "," LINE("y", "=1") "," LINE("own", "=1")),
        .theirs = MAP(LINE("x", "=1") "," LINE("z", "=1") "," LINE("y", "=3")),
        .bundle =
            MAP(LINE("x", "=2") "," LINE("z", "=1") "," LINE("y", "=3") "," LINE("own", "=1")) });
    merges(&(struct merging){
        .base = MAP(LINE("x", "=1")),
        .mine = MAP(LINE("x", "=2")),
        .theirs = MAP(LINE("x", "=3")),
        .bundle = MAP(LINE("x", "=2")),
        .conflicts = ASKED("/flow/nodes/m/config/fields/x/from", "mapping", "x",
                           ",\"node\":\"m\",\"base\":\"=1\",\"mine\":\"=2\",\"theirs\":\"=3\""),
        .undecided = 1 });
}

/* Steps in the body of a loop are steps. */
static void test_bodies(void **state)
{
#define LOOP(BODY)                                                                                 \
    "{\"flow\":{\"nodes\":[{\"id\":\"each\",\"config\":{\"body\":{\"nodes\":[" BODY "],\"edges\":" \
    "[]}}}]}}"
    (void)state;
    merges(&(struct merging){ .base = LOOP(A(1) "," B(1)),
                              .mine = LOOP(A(2) "," B(1)),
                              .theirs = LOOP(A(1) "," B(2) "," C),
                              .bundle = LOOP(A(2) "," B(2) "," C) });
    merges(&(struct merging){ .base = LOOP(A(1)),
                              .mine = LOOP(A(2)),
                              .theirs = LOOP(A(3)),
                              .bundle = LOOP(A(2)),
                              .conflicts =
                                  ASKED("/flow/nodes/each/config/body/nodes/a/config/n", "node",
                                        "n", ",\"node\":\"a\",\"base\":1,\"mine\":2,\"theirs\":3"),
                              .undecided = 1 });
}

/* Rules by name, rows of tables by their keys; a list without names is one thing. */
static void test_rules_and_tables(void **state)
{
    (void)state;
    merges(&(struct merging){
        .base = "{\"rules\":{\"a\":\"1\",\"b\":\"1\"},\"lookups\":{\"t\":{\"rows\":{\"x\":1,"
                "\"y\":1}}}}",
        .mine = "{\"rules\":{\"a\":\"2\",\"b\":\"1\"},\"lookups\":{\"t\":{\"rows\":{\"x\":5,"
                "\"y\":1,\"own\":1}}}}",
        .theirs = "{\"rules\":{\"a\":\"1\",\"b\":\"3\"},\"lookups\":{\"t\":{\"rows\":{\"x\":1,"
                  "\"z\":1}}}}",
        .bundle = "{\"rules\":{\"a\":\"2\",\"b\":\"3\"},\"lookups\":{\"t\":{\"rows\":{\"x\":5,"
                  "\"own\":1,\"z\":1}}}}" });
    merges(&(struct merging){
        .base = "{\"rules\":{\"a\":\"1\"},\"lookups\":{\"d\":{\"rows\":[1]}}}",
        .mine = "{\"rules\":{\"a\":\"2\"},\"lookups\":{\"d\":{\"rows\":[2]}}}",
        .theirs = "{\"rules\":{\"a\":\"3\"},\"lookups\":{\"d\":{\"rows\":[1,3]}}}",
        .bundle = "{\"rules\":{\"a\":\"2\"},\"lookups\":{\"d\":{\"rows\":[2]}}}",
        .conflicts = "[{\"place\":\"/rules/a\",\"what\":\"rule\",\"id\":\"a\",\"base\":\"1\","
                     "\"mine\":\"2\",\"theirs\":\"3\"},{\"place\":\"/lookups/d/rows\",\"what\":"
                     "\"lookup\",\"id\":\"rows\",\"base\":[1],\"mine\":[2],\"theirs\":[1,3]}]",
        .undecided = 2 });
}

/* Both put the steps into another order: one of the two. */
static void test_orders(void **state)
{
    (void)state;
    merges(&(struct merging){ .base = FLOW(C "," D "," A(1), ""),
                              .mine = FLOW(D "," C "," A(1), ""),
                              .theirs = FLOW(A(1) "," C "," D, ""),
                              .bundle = FLOW(D "," C "," A(1), ""),
                              .conflicts =
                                  ASKED("/flow/nodes", "flow", "nodes",
                                        ",\"base\":[" C "," D "," A(1) "],\"mine\":[" D "," C "," A(
                                            1) "],\"theirs\":[" A(1) "," C "," D "]"),
                              .undecided = 1 });
}

/* Name, answers, connections and drawings stay, new ones come; layout and trials are mine. */
static void test_own(void **state)
{
    (void)state;
    merges(&(struct merging){
        .base = "{\"flow\":{\"name\":\"N\",\"vars\":{\"a\":1,\"b\":1},\"nodes\":[{\"id\":\"x\","
                "\"ui\":{\"x\":1}}]},\"connections\":{\"connections\":{\"erp\":{\"url\":1}}}}",
        .mine = "{\"flow\":{\"name\":\"Mine\",\"vars\":{\"a\":2,\"b\":1},\"nodes\":[{\"id\":\"x\","
                "\"ui\":{\"x\":2}}]},\"connections\":{\"connections\":{\"erp\":{\"url\":2}}},"
                "\"layout\":{\"l\":1}}",
        .theirs = "{\"flow\":{\"name\":\"N2\",\"vars\":{\"a\":3,\"b\":3,\"c\":3},\"nodes\":[{"
                  "\"id\":\"x\",\"ui\":{\"x\":3}}]},\"connections\":{\"connections\":{\"erp\":{"
                  "\"url\":3},\"gate\":{\"url\":3}}},\"layout\":{\"l\":2}}",
        .bundle = "{\"flow\":{\"name\":\"Mine\",\"vars\":{\"a\":2,\"b\":3,\"c\":3},\"nodes\":[{"
                  "\"id\":\"x\",\"ui\":{\"x\":2}}]},\"connections\":{\"connections\":{\"erp\":{"
                  "\"url\":2},\"gate\":{\"url\":3}}},\"layout\":{\"l\":1}}" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_of_both), cmocka_unit_test(test_step_of_both),
        cmocka_unit_test(test_taken_out),     cmocka_unit_test(test_lines_of_mappings),
        cmocka_unit_test(test_bodies),        cmocka_unit_test(test_rules_and_tables),
        cmocka_unit_test(test_orders),        cmocka_unit_test(test_own),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
