/* rule_hostile_grammar.c - random programs of what makes a sandbox suffer: loops that catch every
 * error, comparators that lie, callbacks that recur, patterns that backtrack, texts and tables that
 * grow, error values of every kind. rule_hostile.c calls what the library has; this one looks for
 * ways not to end.
 *
 * Each script must stop within its budget, as counted by instructions, by looks at the clock and by
 * bytes asked of the allocator; its error must be short, one line and without addresses; a good
 * rule must find everything as it was; and the state's memory must not grow from round to round.
 *
 * WEFT_HOSTILE=N makes N scripts instead of a few, from the seed WEFT_HOSTILE_SEED on;
 * WEFT_HOSTILE_CLOCK=1 has them run against the processor's time instead of one that a test makes,
 * and each must be over at most 50 ms behind its budget. A failure names the seed. */
#include <lua.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "rule_eval.h"
#include "rules/rule_priv.h"

#define GRAMMAR_FEW    1000
#define GRAMMAR_TICKS  30000u
#define GRAMMAR_MS     20
#define GRAMMAR_LATE   50 /* ms behind the budget, at most */
#define GRAMMAR_MEMORY (MIB + MIB / 2)
#define GRAMMAR_SPARE  (256 * KIB) /* beside its budget of memory */
/* An allocation is charged at once, a tick for 16 bytes; the next instruction looks at the sum, if
 * the script has not ended by itself before. */
#define GRAMMAR_HEAP_LATE (GRAMMAR_MEMORY / 16)
#define GRAMMAR_ASKED     (16 * MIB) /* of the allocator, in all */
#define GRAMMAR_FORMS     64
#define GRAMMAR_DEPTH     5
#define GRAMMAR_TEXT      (12 * KIB)
#define LOOK_TICKS        500 /* the clock is looked at so often, at most */
#define LOOKS_SPARE       8   /* when it begins, is compiled, and allocates much */
#define LOOK_MS           5   /* by which the clock of a test moves at every look */

#define KINDS "bestfnp"

struct forms { /* of one kind */
    const char *list[GRAMMAR_FORMS];
    unsigned leaves, count; /* the leaves come first */
};

struct maker {
    char *grammar, *grammar_end; /* tests/unit/hostile/grammar.txt */
    struct forms forms[sizeof(KINDS) - 1];
    uint64_t seed;
    unsigned names; /* given so far */
    struct buf text;
};

/* The forms of a kind, those that are leaves or not. */
static void grammar_take(struct maker *maker, unsigned kind, char mark)
{
    struct forms *forms = &maker->forms[kind];

    for (char *at = maker->grammar; at < maker->grammar_end; at += strlen(at) + 1) {
        if (at[0] != KINDS[kind] || at[1] != mark)
            continue;
        assert_true(forms->count < GRAMMAR_FORMS);
        forms->list[forms->count++] = at + 3;
    }
}

static void grammar_read(struct maker *maker)
{
    size_t size;
    struct err e;

    assert_int_equal(file_read(SOURCE_DIR "/tests/unit/hostile/grammar.txt", 64 * KIB,
                               &maker->grammar, &size, &e),
                     ERR_OK);
    for (size_t i = 0; i < size; i++)
        if (maker->grammar[i] == '\n')
            maker->grammar[i] = '\0';
    maker->grammar_end = maker->grammar + size;
    memset(maker->forms, 0, sizeof(maker->forms));
    for (unsigned kind = 0; KINDS[kind] != '\0'; kind++) {
        grammar_take(maker, kind, '.');
        maker->forms[kind].leaves = maker->forms[kind].count;
        grammar_take(maker, kind, ':');
        assert_true(maker->forms[kind].leaves > 0);
    }
    buf_init(&maker->text, MIB);
}

static unsigned draw(struct maker *maker, unsigned below)
{
    maker->seed ^= maker->seed << 13;
    maker->seed ^= maker->seed >> 7;
    maker->seed ^= maker->seed << 17;
    return (unsigned)((maker->seed >> 11) % below);
}

static void form_fill(struct maker *maker, char kind, unsigned depth);

static void form_write(struct maker *maker, const char *form, unsigned depth)
{
    unsigned name = maker->names++;

    for (; *form != '\0'; form++) {
        if (form[0] != '$' || form[1] < 'a' || form[1] > 'z') {
            buf_add_char(&maker->text, *form);
        } else if (*++form == 'i') {
            buf_addf(&maker->text, "%u", name);
        } else {
            form_fill(maker, *form, depth + 1);
        }
    }
}

static void form_fill(struct maker *maker, char kind, unsigned depth)
{
    const struct forms *forms = &maker->forms[strchr(KINDS, kind) - KINDS];
    bool leaf = depth >= GRAMMAR_DEPTH || maker->text.len > GRAMMAR_TEXT;

    form_write(maker, forms->list[draw(maker, leaf ? forms->leaves : forms->count)], depth);
}

static void script_make(struct maker *maker, uint64_t seed)
{
    maker->seed = (seed + 1) * 0x9E3779B97F4A7C15u;
    maker->names = 0;
    buf_clear(&maker->text);
    buf_add_text(&maker->text, "local t, s, n = { 1 }, 'x', 1\n");
    for (unsigned i = 1 + draw(maker, 4); i > 0; i--) {
        form_fill(maker, 'b', 1);
        buf_add_char(&maker->text, '\n');
    }
    buf_add_text(&maker->text, "do return ");
    form_fill(maker, 'e', GRAMMAR_DEPTH - 2);
    buf_add_text(&maker->text, " end");
    assert_true(buf_ok(&maker->text));
}

/* ---- What a script uses up ------------------------------------------------------------------- */

struct account {
    struct clock clock;
    bool real; /* the processor's time */
    int64_t now;
    struct lua_box *box;
    unsigned looks;      /* at the clock; with what follows, of the script in hand */
    size_t before, most; /* bytes of the state */
    size_t asked;        /* bytes that its budgets granted, whether freed since or not */
    size_t late;         /* bytes granted when a budget was used up */
    int64_t longest;     /* ms, of all scripts */
};

static int64_t cpu_ms(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t account_ms(struct clock *clock)
{
    struct account *account = (struct account *)clock;

    account->looks++;
    return account->real ? cpu_ms() : (account->now += LOOK_MS);
}

/* The state's own allocator, with a book of what it gives. */
static void *account_alloc(void *arg, void *old, size_t had, size_t size)
{
    struct account *account = arg;
    const struct box_batch *run = &account->box->run;
    bool armed = run->armed, spent = run->spent != BOX_LEFT;
    size_t more = old == NULL ? size : size > had ? size - had : 0;
    void *fresh = box__alloc(account->box, old, had, size);

    if (fresh == NULL || !armed)
        return fresh;
    account->asked += spent ? 0 : more;
    account->late += spent ? more : 0;
    if (account->box->used > account->most)
        account->most = account->box->used;
    return fresh;
}

static void account_begin(struct account *account)
{
    struct lua_box *box = account->box;

    lua_setallocf(box->state, account_alloc, account);
    account->before = account->most = box->used;
    account->looks = 0;
    account->asked = account->late = 0;
}

enum how { HOW_VALUE, HOW_ERROR, HOW_REFUSED, HOW_TICKS, HOW_TIME, HOW_MEMORY, HOW_TEXT, HOWS };

struct bench {
    struct eval eval;
    struct account account;
    struct maker maker;
    struct rules_limits limits;
    unsigned looks_most;
    unsigned count[HOWS]; /* scripts, by how they ended */
};

static const struct rule_module endless = {
    "endless", "local m = {} function m.f(...) return m.f(m, ...) end return m",
    sizeof("local m = {} function m.f(...) return m.f(m, ...) end return m") - 1
};

static void bench_open(struct bench *bench, const struct rules_limits *limits, bool real)
{
    struct err e;

    memset(bench->count, 0, sizeof(bench->count));
    bench->limits = *limits;
    bench->looks_most = LOOKS_SPARE;
    if (limits->ticks == UINT64_MAX)
        bench->looks_most += (unsigned)(limits->ms / LOOK_MS);
    else
        bench->looks_most += (unsigned)(limits->ticks / LOOK_TICKS);
    eval_begin(&bench->eval, NULL);
    rules_free(bench->eval.rules);
    bench->account = (struct account){ { account_ms, account_ms, account_ms, 0 }, .real = real };
    bench->eval.rules = rules_new(&bench->account.clock, &bench->eval.log, limits, &e);
    assert_non_null(bench->eval.rules);
    bench->account.box = bench->eval.rules->box;
    bench->eval.scope.trigger = eval_json("{\"body\":{\"amount\":100.10,\"lines\":[{\"a\":1.5}]}}");
    bench->eval.lookups = eval_json("{\"gl\":{\"rows\":{\"Cash\":\"1100\"}}}");
    bench->eval.modules = &endless;
    bench->eval.module_count = 1;
    grammar_read(&bench->maker);
}

static void bench_close(struct bench *bench)
{
    buf_fini(&bench->maker.text);
    mem_free(bench->maker.grammar);
    json_decref(bench->eval.scope.trigger);
    eval_end(&bench->eval);
}

/* ---- What must hold -------------------------------------------------------------------------- */

#define BENCH_FAIL(bench, number, ...)                                \
    do {                                                              \
        print_error("seed %u: ", number);                             \
        print_error(__VA_ARGS__);                                     \
        fail_msg("it said '%s'; the script:\n%s", (bench)->eval.text, \
                 buf_text(&(bench)->maker.text));                     \
    } while (0)

static enum how how_ended(const struct bench *bench, const char *got)
{
    static const enum how hows[] = { [BOX_LEFT] = HOW_ERROR,
                                     [BOX_TICKS] = HOW_TICKS,
                                     [BOX_TIME] = HOW_TIME,
                                     [BOX_MEMORY] = HOW_MEMORY,
                                     [BOX_LONG_TEXT] = HOW_TEXT };

    if (got == NULL)
        return HOW_REFUSED;
    return bench->eval.failed ? hows[bench->account.box->run.spent] : HOW_VALUE;
}

/* A used-up budget is what the script failed of, whatever it caught. */
static void budget_check(struct bench *bench, unsigned number, enum how how)
{
    static const char *const said[HOWS] = { [HOW_TICKS] = "budget of instructions",
                                            [HOW_TIME] = "budget of time",
                                            [HOW_MEMORY] = "budget of memory",
                                            [HOW_TEXT] = "a text became longer" };
    const struct account *account = &bench->account;
    const struct box_batch *run = &account->box->run;

    if (how == HOW_VALUE && run->spent != BOX_LEFT)
        BENCH_FAIL(bench, number, "budget %d is used up and forgotten\n", run->spent);
    if (said[how] != NULL && strstr(bench->eval.text, said[how]) == NULL)
        BENCH_FAIL(bench, number, "it does not name its budget\n");
    if (run->spent == BOX_LEFT && run->ticks > bench->limits.ticks &&
        run->ticks - bench->limits.ticks > GRAMMAR_HEAP_LATE)
        BENCH_FAIL(bench, number, "%llu instructions\n", (unsigned long long)run->ticks);
    if (account->most > account->before + bench->limits.memory + GRAMMAR_SPARE)
        BENCH_FAIL(bench, number, "%zu bytes of memory\n", account->most - account->before);
    if (!account->real && account->asked > GRAMMAR_ASKED)
        BENCH_FAIL(bench, number, "%zu bytes asked for\n", account->asked);
    if (account->late > GRAMMAR_SPARE)
        BENCH_FAIL(bench, number, "%zu bytes behind its budget\n", account->late);
    if (!account->real && account->looks > bench->looks_most)
        BENCH_FAIL(bench, number, "%u looks at the clock\n", account->looks);
}

static void text_check(struct bench *bench, unsigned number)
{
    const char *text = bench->eval.text, *at = strstr(text, "0x");

    if (strlen(text) >= LIMIT_RULE_TEXT || !utf8_valid(text, strlen(text)))
        BENCH_FAIL(bench, number, "its error is no short text\n");
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            BENCH_FAIL(bench, number, "its error has a control character\n");
    while (at != NULL && strspn(at + 2, "0123456789abcdef") < 6)
        at = strstr(at + 2, "0x");
    if (at != NULL)
        BENCH_FAIL(bench, number, "its error has an address\n");
}

/* A good rule finds everything as it was. */
static void good_check(struct bench *bench, unsigned number)
{
    static const char rule[] =
        "string.format('%d', 5) .. ('x'):upper() .. text.trim(' a ') .. lookup('gl', 'Cash') .. "
        "tostring(trigger.body.amount * 1.1) .. #trigger.body.lines .. tostring(item)";
    const char *got = eval_kind(&bench->eval, RULE_EXPRESSION, rule, sizeof(rule) - 1);

    if (got == NULL || strcmp(got, "\"5Xa1100110.1101nil\"") != 0)
        BENCH_FAIL(bench, number, "a good rule behind it goes wrong\n");
}

static void script_run(struct bench *bench, unsigned number)
{
    int64_t began = cpu_ms(), took;
    const char *got;
    enum how how;

    script_make(&bench->maker, number);
    account_begin(&bench->account);
    got = eval_script(&bench->eval, buf_text(&bench->maker.text));
    took = cpu_ms() - began;
    how = how_ended(bench, got);
    bench->count[how]++;
    if (how != HOW_REFUSED)
        budget_check(bench, number, how);
    if (how != HOW_VALUE)
        text_check(bench, number);
    if (took > bench->account.longest)
        bench->account.longest = took;
    if (bench->account.real && took > GRAMMAR_MS + GRAMMAR_LATE)
        BENCH_FAIL(bench, number, "%lld ms\n", (long long)took);
    good_check(bench, number);
}

/* What the state keeps when all garbage is gone. */
static size_t bench_memory(struct bench *bench)
{
    lua_gc(bench->account.box->state, LUA_GCCOLLECT);
    return bench->account.box->used;
}

static void bench_tell(const struct bench *bench, unsigned scripts, size_t first, size_t last)
{
    print_message("%u scripts: %u gave a value, %u failed, %u were refused; stopped by "
                  "instructions %u, time %u, memory %u, text %u; the longest took %lld ms of the "
                  "processor; the state keeps %zu KiB, %zu KiB before\n",
                  scripts, bench->count[HOW_VALUE], bench->count[HOW_ERROR],
                  bench->count[HOW_REFUSED], bench->count[HOW_TICKS], bench->count[HOW_TIME],
                  bench->count[HOW_MEMORY], bench->count[HOW_TEXT],
                  (long long)bench->account.longest, last / KIB, first / KIB);
}

static unsigned setting(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* The state may keep no more at the end than when half of the rounds were over. */
static void bench_run(struct bench *bench, unsigned scripts)
{
    unsigned first = setting("WEFT_HOSTILE_SEED", 1), half = scripts / 2;
    size_t before = 0, behind;

    for (unsigned i = 0; i < scripts; i++) {
        script_run(bench, first + i);
        if (i + 1 == half)
            before = bench_memory(bench);
    }
    behind = bench_memory(bench);
    bench_tell(bench, scripts, before, behind);
    assert_in_range(behind, 0, before + GRAMMAR_SPARE);
    assert_true(bench->count[HOW_REFUSED] < scripts / 20);
    assert_true(bench->count[HOW_VALUE] > 0 && bench->count[HOW_ERROR] > 0);
}

static void each_stops_by_what_it_did(void **state)
{
    const struct rules_limits limits = { .memory = GRAMMAR_MEMORY,
                                         .ticks = GRAMMAR_TICKS,
                                         .ms = INT32_MAX };
    static struct bench bench;

    (void)state;
    bench_open(&bench, &limits, false);
    bench_run(&bench, setting("WEFT_HOSTILE", GRAMMAR_FEW));
    assert_true(bench.count[HOW_TICKS] > 0 && bench.count[HOW_MEMORY] > 0);
    bench_close(&bench);
}

static void each_stops_by_the_clock(void **state)
{
    const struct rules_limits limits = { .memory = GRAMMAR_MEMORY,
                                         .ticks = UINT64_MAX,
                                         .ms = GRAMMAR_MS };
    static struct bench bench;

    (void)state;
    bench_open(&bench, &limits, setting("WEFT_HOSTILE_CLOCK", 0) != 0);
    bench_run(&bench, setting("WEFT_HOSTILE", GRAMMAR_FEW));
    assert_true(bench.count[HOW_TIME] > 0 && bench.count[HOW_TICKS] == 0);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stops_by_what_it_did),
        cmocka_unit_test(each_stops_by_the_clock),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
