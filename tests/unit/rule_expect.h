/* rule_expect.h - tables of expressions and what comes of them. */
#ifndef UNIT_RULE_EXPECT_H
#define UNIT_RULE_EXPECT_H

#include "rule_eval.h"

struct expect {
    const char *text;
    const char *wanted; /* JSON; "!..." is a part of the error */
};

static inline void expect_in(struct eval *eval, const struct expect *rows, size_t count)
{
    unsigned failed = 0;

    for (size_t i = 0; i < count; i++) {
        bool error = rows[i].wanted[0] == '!';
        const char *got = eval_kind(eval, RULE_EXPRESSION, rows[i].text, strlen(rows[i].text));

        if (got != NULL && eval->failed == error &&
            (error ? strstr(got, rows[i].wanted + 1) != NULL : strcmp(got, rows[i].wanted) == 0))
            continue;
        failed++;
        print_error("%s\n  %s\n  wanted %s\n", rows[i].text, eval->text, rows[i].wanted);
    }
    assert_int_equal(failed, 0);
}

static inline void expect_all(const struct expect *rows, size_t count)
{
    struct eval eval;

    eval_begin(&eval, NULL);
    eval.scope.trigger = eval_json("{\"n\":5,\"d\":2.50,\"none\":null,\"list\":[3,1,2],"
                                   "\"o\":{\"b\":1,\"a\":2},\"t\":\"text\"}");
    eval.lookups =
        eval_json("{\"s\":{\"rows\":{\"a\":{\"x\":[1]},\"5\":\"five\",\"true\":\"yes\"}},"
                  "\"m\":{\"columns\":[\"k\",\"v\"],\"keys\":[\"k\"],\"rows\":[[1.50,\"d\"],"
                  "[true,null]],\"missing\":{\"default\":{\"z\":1}}}}");
    expect_in(&eval, rows, count);
    json_decref(eval.scope.trigger);
    eval_end(&eval);
}
#define EXPECT_ALL(rows) expect_all(rows, sizeof(rows) / sizeof(rows[0]))

#endif
