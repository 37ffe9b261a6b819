/* people.c - who comes with a request: sessions and tokens by the clock, CSRF, workspaces, people
 * who may not any more; and passwords, two at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "designer-api/api_priv.h"
#include "designer-api/people_book_priv.h"
#include "world/stage.h"

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define SECRET     "c2VjcmV0LW9mLWEtc2Vzc2lvbi1mb3ItdGhlLXRlc3Q" /* 43 characters */
#define TOKEN      "weft_c2VjcmV0LW9mLWEtdG9rZW4tZm9yLXRoZS10ZXN0LW8"
#define MINUTE     INT64_C(60000)
#define HOUR       (60 * MINUTE)

static struct stage *stage;
static struct clock_manual clock;
static struct random_seeded seeded;
static struct objects *objects;
static struct vault *vault;
static struct log quiet;
static char folder[32];
static struct people *people;
static struct people_options options;
static struct who who;
static struct err e;

static void say_nothing(void *arg, enum log_level level, const char *text)
{
    (void)arg;
    (void)level;
    (void)text;
}

static int begin(void **state)
{
    char path[64], *sealed;

    (void)state;
    stage = stage_new();
    clock_manual_init(&clock, INT64_C(1795000000000));
    random_seeded_init(&seeded, 7);
    log_init(&quiet, &clock.clock);
    quiet.line = say_nothing;
    objects = objects_new(stage_engine(stage), fake_store_store(stage_store(stage)), &clock.clock);
    snprintf(folder, sizeof folder, "/tmp/weft-people-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/key", folder);
    vault = vault_open(path, true, &seeded.random, &e);
    assert_non_null(vault);
    assert_int_equal(vault_make_key(vault, &sealed, &e), ERR_OK);
    mem_free(sealed);
    unlink(path);
    rmdir(folder);
    options = (struct people_options){ .engine = stage_engine(stage),
                                       .objects = objects,
                                       .vault = vault,
                                       .clock = &clock.clock,
                                       .random = &seeded.random,
                                       .log = &quiet,
                                       .pool = fake_pool_pool(stage_pool(stage)) };
    people = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    stage_settle(stage);
    people_free(people);
    objects_free(objects);
    vault_close(vault);
    stage_free(stage);
    return 0;
}

static void told(void *arg, const struct err *why)
{
    (void)arg;
    assert_int_equal(why->code, ERR_OK);
}

static void keep(const char *kind, const char *id, json_t *body)
{
    const struct object_change change = {
        .kind = kind, .workspace = "", .id = id, .from = OBJECT_ANY, .body = body, .by = "test"
    };

    assert_int_equal(object_change(objects, &change, NULL, told, NULL, &e), ERR_OK);
    json_decref(body);
    stage_settle(stage);
}

/* Anna with a session that is as old as the clock, and a token for an hour. */
static void anna(void)
{
    char hash[HASH_TEXT];
    json_int_t now = (json_int_t)clock.wall;

    keep("user", "u1",
         json_pack("{s:s, s:{s:s, s:s}}", "name", "anna", "roles", "main", "operator", "acme",
                   "viewer"));
    keep("credential", "u1", json_object());
    people__hash("session", SECRET, hash);
    keep("session", "s1",
         json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "hash", hash, "user", "u1", "opened_ms",
                   now, "used_ms", now, "renewed_ms", now, "proved_ms", now, "factor", false));
    people__hash("token", TOKEN, hash);
    keep("token", "t1",
         json_pack("{s:s, s:s, s:s, s:s, s:[s, s], s:I, s:I}", "hash", hash, "user", "u1",
                   "workspace", "main", "name", "ci", "scopes", "runs.read", "users.manage",
                   "made_ms", now, "ends_ms", now + (json_int_t)HOUR));
}

static void people_come(void)
{
    people_free(people);
    people = people_new(&options, &e);
    assert_non_null(people);
}

/* headers: pairs, the list ends with NULL */
static enum err_code come(const char *method, const struct pair *headers)
{
    struct http_request request = {
        .method = method, .path = "/api/v1/x", .query = "", .peer = "10.0.0.1", .headers = headers
    };

    while (headers[request.header_count].name != NULL)
        request.header_count++;
    return people_who(people, &request, &who, &e);
}

static const struct pair with_cookie[] = { { "Cookie", "other=1; weft=" SECRET }, { NULL, NULL } };
static const struct pair with_token[] = { { "Authorization", "Bearer " TOKEN }, { NULL, NULL } };

static void nobody_is_nobody_and_a_guess_is_refused(void **state)
{
    static const struct pair none[] = { { "Cookie", "weft=short" }, { NULL, NULL } };
    static const struct pair guess[] = {
        { "Cookie", "weft=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }, { NULL, NULL }
    };
    static const struct pair basic[] = { { "Authorization", "Basic YTpi" }, { NULL, NULL } };

    (void)state;
    anna();
    people_come();
    assert_int_equal(come("GET", none), ERR_OK);
    assert_int_equal(who.kind, WHO_NOBODY);
    assert_int_equal(come("GET", guess), ERR_EXPIRED);
    assert_int_equal(come("GET", basic), ERR_UNAUTHORIZED);
    assert_int_equal(who.kind, WHO_NOBODY);
}

static void a_session_says_who_and_where(void **state)
{
    static const struct pair acme[] = { { "cookie", "weft=" SECRET },
                                        { "weft-workspace", "acme" },
                                        { NULL, NULL } };
    static const struct pair foreign[] = { { "Cookie", "weft=" SECRET },
                                           { "Weft-Workspace", "else" },
                                           { NULL, NULL } };

    (void)state;
    anna();
    people_come();
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    assert_int_equal(who.kind, WHO_SESSION);
    assert_string_equal(who.name, "anna");
    assert_string_equal(who.workspace, "main"); /* their first */
    assert_int_equal(who.role, ROLE_OPERATOR);
    assert_true(who_may(&who, MAY_RUNS_ACT));
    assert_int_equal(come("GET", acme), ERR_OK);
    assert_int_equal(who.role, ROLE_VIEWER);
    assert_false(who_may(&who, MAY_RUNS_ACT));
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    assert_string_equal(who.workspace, "acme"); /* where they were last */
    assert_int_equal(come("GET", foreign), ERR_FORBIDDEN);
    stage_settle(stage);
}

static void a_cookie_of_plain_http_is_none_over_https(void **state)
{
    struct http_request request = { .method = "GET",
                                    .path = "/",
                                    .query = "",
                                    .peer = "10.0.0.1",
                                    .headers = with_cookie,
                                    .header_count = 1,
                                    .secure = true };

    (void)state;
    anna();
    people_come();
    assert_int_equal(people_who(people, &request, &who, &e), ERR_OK);
    assert_int_equal(who.kind, WHO_NOBODY);
}

static void a_change_needs_the_sessions_own_word(void **state)
{
    char csrf[HASH_TEXT];
    struct pair headers[] = { { "Cookie", "weft=" SECRET },
                              { "X-CSRF", csrf },
                              { "Host", "weft.example" },
                              { NULL, NULL },
                              { NULL, NULL } };

    (void)state;
    anna();
    people_come();
    people__csrf(SECRET, csrf);
    assert_int_equal(come("POST", with_cookie), ERR_FORBIDDEN);
    assert_int_equal(come("DELETE", with_cookie), ERR_FORBIDDEN);
    assert_int_equal(come("POST", headers), ERR_OK);
    headers[3] = (struct pair){ "Origin", "https://weft.example" };
    assert_int_equal(come("POST", headers), ERR_OK);
    headers[3].value = "https://evil.example";
    assert_int_equal(come("POST", headers), ERR_FORBIDDEN);
    headers[3].value = "null";
    assert_int_equal(come("POST", headers), ERR_FORBIDDEN);
    headers[3] = (struct pair){ "Sec-Fetch-Site", "cross-site" };
    assert_int_equal(come("POST", headers), ERR_FORBIDDEN);
    headers[3] = (struct pair){ NULL, NULL };
    csrf[0] = csrf[0] == 'a' ? 'b' : 'a';
    assert_int_equal(come("PATCH", headers), ERR_FORBIDDEN);
}

static void a_session_ends_when_it_rests_and_when_it_is_old(void **state)
{
    (void)state;
    anna();
    people_come();
    clock_manual_add(&clock, 15 * MINUTE - 1);
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    stage_settle(stage); /* its use is kept */
    people_come();       /* over a restart, too */
    clock_manual_add(&clock, 15 * MINUTE - 1);
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    clock_manual_add(&clock, 15 * MINUTE);
    assert_int_equal(come("GET", with_cookie), ERR_EXPIRED);
    stage_settle(stage);
    anna();
    people_come();
    for (unsigned i = 0; i < 12 * 6 - 1; i++) {
        clock_manual_add(&clock, 10 * MINUTE);
        assert_int_equal(come("GET", with_cookie), ERR_OK);
        stage_settle(stage);
    }
    clock_manual_add(&clock, 10 * MINUTE); /* twelve hours */
    assert_int_equal(come("GET", with_cookie), ERR_EXPIRED);
}

static void a_clock_that_is_set_back_makes_no_session_longer(void **state)
{
    (void)state;
    anna();
    people_come();
    for (unsigned i = 0; i < 12 * 6; i++) {
        assert_int_equal(come("GET", with_cookie), ERR_OK);
        stage_settle(stage);
        clock_manual_add(&clock, 10 * MINUTE);
        clock.wall -= 10 * MINUTE;
    }
    assert_int_equal(come("GET", with_cookie), ERR_EXPIRED);
    stage_settle(stage);
    anna();
    clock.wall -= 60 * MINUTE;
    people_come(); /* it was opened in the future */
    assert_int_equal(come("GET", with_cookie), ERR_EXPIRED);
}

static void a_page_that_asks_by_itself_keeps_no_session(void **state)
{
    static const struct pair by_itself[] = { { "Cookie", "weft=" SECRET },
                                             { "Weft-Background", "1" },
                                             { NULL, NULL } };
    static const struct pair stream[] = { { "Cookie", "weft=" SECRET },
                                          { "Accept", "text/event-stream" },
                                          { NULL, NULL } };

    (void)state;
    anna();
    people_come();
    for (unsigned i = 0; i < 14; i++) {
        clock_manual_add(&clock, MINUTE);
        assert_int_equal(come("GET", i % 2 == 0 ? by_itself : stream), ERR_OK);
        stage_settle(stage);
    }
    clock_manual_add(&clock, MINUTE);
    assert_int_equal(come("GET", by_itself), ERR_EXPIRED);
    stage_settle(stage);
}

static void a_token_has_scopes_that_its_owner_has_and_an_end(void **state)
{
    static const struct pair acme[] = { { "Authorization", "bearer " TOKEN },
                                        { "Weft-Workspace", "acme" },
                                        { NULL, NULL } };

    (void)state;
    anna();
    people_come();
    assert_int_equal(come("POST", with_token), ERR_OK); /* no CSRF: no cookie */
    assert_int_equal(who.kind, WHO_TOKEN);
    assert_string_equal(who.name, "anna/ci");
    assert_true(who_may(&who, MAY_RUNS_READ));
    assert_false(who_may(&who, MAY_USERS_MANAGE)); /* an operator has it not */
    assert_false(who_may(&who, MAY_RUNS_ACT));     /* no scope of the token */
    assert_int_equal(come("GET", acme), ERR_FORBIDDEN);
    clock_manual_add(&clock, HOUR - 1);
    assert_int_equal(come("GET", with_token), ERR_OK);
    clock_manual_add(&clock, 1);
    assert_int_equal(come("GET", with_token), ERR_EXPIRED);
    stage_settle(stage);
}

static void who_is_disabled_or_changed_comes_no_more(void **state)
{
    (void)state;
    anna();
    keep("user", "u1",
         json_pack("{s:s, s:{s:s}, s:b}", "name", "anna", "roles", "main", "operator", "disabled",
                   true));
    people_come();
    assert_int_equal(come("GET", with_cookie), ERR_EXPIRED);
    assert_int_equal(come("GET", with_token), ERR_UNAUTHORIZED);
    stage_settle(stage);
    anna();
    keep("credential", "u1", json_pack("{s:I}", "since_ms", (json_int_t)clock.wall + 1));
    people_come();
    assert_int_equal(come("GET", with_cookie), ERR_EXPIRED); /* of before the password */
    assert_int_equal(come("GET", with_token), ERR_OK);
}

static void what_stays_open_ends_with_its_session(void **state)
{
    struct who session, token;

    (void)state;
    anna();
    people_come();
    assert_int_equal(come("GET", with_token), ERR_OK);
    token = who;
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    session = who;
    assert_true(people_holds(people, &session));
    assert_true(people_holds(people, &token));
    stage_settle(stage);
    clock_manual_add(&clock, 30 * MINUTE);
    assert_false(people_holds(people, &session));
    assert_true(people_holds(people, &token));
    clock_manual_add(&clock, 30 * MINUTE);
    assert_false(people_holds(people, &token));
    who = (struct who){ .kind = WHO_LOCAL };
    assert_true(people_holds(people, &who));
    who.kind = WHO_NOBODY;
    assert_false(people_holds(people, &who));
}

static void a_second_factor_can_be_required(void **state)
{
    (void)state;
    anna();
    options.second_factor = true;
    people_come();
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    assert_int_equal(who.permissions, 0);
    assert_int_equal(come("GET", with_token), ERR_OK);
    assert_true(who_may(&who, MAY_RUNS_READ)); /* a machine has none */
    stage_settle(stage);
}

static void the_first_token_is_there_until_there_is_an_administrator(void **state)
{
    (void)state;
    people_come();
    assert_non_null(people_first(people));
    assert_int_equal(strlen(people_first(people)), SECRET_TEXT - 1);
    anna(); /* an operator */
    people_come();
    assert_non_null(people_first(people));
    keep("user", "u2", json_pack("{s:s, s:{s:s}}", "name", "ben", "roles", "main", "admin"));
    people_come();
    assert_null(people_first(people));
}

static void what_is_sensitive_needs_a_proof_of_a_quarter_of_an_hour(void **state)
{
    struct api api = { .draining = false };
    struct ask ask = { .api = &api, .who = &who };

    (void)state;
    anna();
    people_come();
    api.rooms.people = people;
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    assert_int_equal(people_proved(&ask, &e), ERR_OK);
    clock_manual_add(&clock, PEOPLE_PROOF_MS / 2);
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    clock_manual_add(&clock, PEOPLE_PROOF_MS / 2);
    assert_int_equal(come("GET", with_cookie), ERR_OK);
    assert_int_equal(people_proved(&ask, &e), ERR_PROOF);
    assert_int_equal(come("GET", with_token), ERR_OK);
    assert_int_equal(people_proved(&ask, &e), ERR_OK); /* a machine has its scopes */
    who = (struct who){ .kind = WHO_NOBODY };
    assert_int_equal(people_proved(&ask, &e), ERR_PROOF);
    stage_settle(stage);
}

/* ---- Passwords */

static unsigned summed, matched;

static void count_sum(void *arg, struct sum *sum)
{
    (void)arg;
    summed++;
    matched += sum->matches;
}

static enum err_code another_sum(const char *given)
{
    struct sum *sum = sum_new(people, given, NULL);

    sum_keep(sum, "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA");
    return people__sum(people, sum, count_sum, NULL, &e);
}

static void two_are_computed_at_once_and_twenty_wait(void **state)
{
    struct fake_pool *pool = stage_pool(stage);

    (void)state;
    summed = matched = 0;
    people_come();
    for (unsigned i = 0; i < 22; i++)
        assert_int_equal(another_sum("guess"), ERR_OK);
    assert_int_equal(another_sum("guess"), ERR_OVERLOAD);
    assert_int_equal(fake_pool_open(pool), 2);
    assert_int_equal(fake_pool_deliver(pool), 2);
    assert_int_equal(fake_pool_open(pool), 2);
    assert_int_equal(another_sum("guess"), ERR_OK); /* there is room again */
    while (fake_pool_deliver(pool) > 0)
        continue;
    assert_int_equal(summed, 23);
    assert_int_equal(matched, 0);
}

static void who_goes_while_a_password_is_computed_leaves_nothing(void **state)
{
    (void)state;
    summed = 0;
    people_come();
    assert_int_equal(another_sum("guess"), ERR_OK);
    people_free(people);
    people = NULL;
    while (fake_pool_deliver(stage_pool(stage)) > 0)
        continue;
    assert_int_equal(summed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_nobody_and_a_guess_is_refused),
        TEST(a_session_says_who_and_where),
        TEST(a_cookie_of_plain_http_is_none_over_https),
        TEST(a_change_needs_the_sessions_own_word),
        TEST(a_session_ends_when_it_rests_and_when_it_is_old),
        TEST(a_clock_that_is_set_back_makes_no_session_longer),
        TEST(a_page_that_asks_by_itself_keeps_no_session),
        TEST(a_token_has_scopes_that_its_owner_has_and_an_end),
        TEST(who_is_disabled_or_changed_comes_no_more),
        TEST(what_stays_open_ends_with_its_session),
        TEST(a_second_factor_can_be_required),
        TEST(the_first_token_is_there_until_there_is_an_administrator),
        TEST(what_is_sensitive_needs_a_proof_of_a_quarter_of_an_hour),
        TEST(two_are_computed_at_once_and_twenty_wait),
        TEST(who_goes_while_a_password_is_computed_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
