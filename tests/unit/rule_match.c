/* rule_match.c - how alike texts are: known values, a second calculation of the distances, bounds.
 */
#include "rule_expect.h"

#include "rules/match_priv.h"

static const struct expect match_rows[] = {
    { "match.levenshtein('', '')", "0" },
    { "match.levenshtein('', 'abc')", "3" },
    { "match.levenshtein('flaw', 'lawn')", "2" },
    { "match.levenshtein(4711, 4712)", "1" },
    { "match.levenshtein('\\u{1F600}a', 'a')", "1" },
    { "match.levenshtein('a', '\\xFF')", "!the text is not UTF-8" },
    { "match.levenshtein(nil, 'a')", "!argument 1 is nil, not a text" },
    { "match.levenshtein(('a'):rep(10001), 'a')", "!a text is longer than 10000 bytes" },
    { "match.levenshtein(('a'):rep(4000), ('b'):rep(4000))", "4000" },
    { "match.levenshtein(('a'):rep(10000), ('b'):rep(10000))", "!the budget of instructions" },
    { "match.damerau('abcd', 'badc')", "2" },
    { "match.damerau('a', '')", "1" },
    { "match.jaro_winkler('', '')", "1.0000" },
    { "match.jaro_winkler('', 'a')", "0.0000" },
    { "match.jaro_winkler('a', 'b')", "0.0000" },
    { "match.jaro_winkler('DWAYNE', 'DUANE')", "0.8400" },
    { "match.jaro_winkler('CRATE', 'TRACE')", "0.7333" },
    { "match.jaro_winkler('arnab', 'aranb')", "0.9467" },
    { "match.jaro_winkler('TRATE', 'TRACE')", "0.9067" },
    { "match.jaro_winkler('same', 'same')", "1.0000" },
    { "match.token_set('', 'a')", "0.0000" },
    { "match.token_set('!!', '!!')", "0.0000" },
    { "match.token_set('fuzzy was a bear', 'fuzzy fuzzy was a bear')", "1.0000" },
    { "match.token_set('new york mets', 'new york yankees')", "0.7619" },
    { "match.token_set('M\\u{FC}ller, J\\u{F6}rg', 'J\\u{D6}RG M\\u{DC}LLER')", "1.0000" },
    { "match.token_set('abc', 'xyz')", "0.0000" },
    { "match.score('', '')", "1.0000" },
    { "match.score('ab', 'ba')", "0.5000" },
    { "match.score('ab', 'ba', 'levenshtein')", "0.0000" },
    { "match.best({}, 'a')", "nil" },
    { "match.best({ null, 'a' }, 'a').index", "2" },
    { "match.best({ 'a' }, 'a').runner_up", "null" },
    { "match.best({ 'a' }, 'a').margin", "1.0000" },
    { "match.best({ 'ab', 'ab' }, 'ab').margin", "0.0000" },
    { "match.best({ 'ab', 'ab' }, 'ab').index", "1" },
    { "match.best({ 'ab', 'ac', 'ad' }, 'ad').index", "3" },
    { "match.best({ 'ab', 'ac', 'ad' }, 'ad').runner_up", "0.5000" },
    { "match.best({ 'ad', 'ab' }, 'ad', { min = 1 }).runner_up", "0.5000" },
    { "match.best({ 'abc' }, 'abd', { min = 0 }).score", "0.6667" },
    { "match.best({ 'abc' }, 'abd', { min = '0.66671' })", "nil" },
    { "match.best({ 'abc' }, 'abd', { min = 2 })", "!min is a score from 0 to 1" },
    { "match.best({ 'abc' }, 'abd', { min = -1 })", "!min is a score from 0 to 1" },
    { "match.best({ 'abc' }, 'abd', { by = 5 })", "!'by' is a number, not the name of a member" },
    { "match.best({ 'abc' }, 'abd', { method = 'x' })", "!'x' is no method" },
    { "match.best({ 'abc' }, 'abd', { [1] = 2 })", "!there is no option ''" },
    { "match.best({ 'abc' }, 'abd', { by = 'x' })", "!item 1 is a text, not an object" },
    { "match.best({ {} }, 'abd')", "!item 1 is a table, not a text" },
    { "match.best({ { x = {} } }, 'abd', { by = 'x' })", "!item 1 is a table, not a text" },
    { "match.best({ {}, { x = 'abd' } }, 'abd', { by = 'x' }).index", "2" },
    { "match.best({ ('x'):rep(9000), 'a' }, 'a').index", "2" },
    { "match.best(trigger.list, 3).index", "1" },
    { "match.best('a', 'a')", "!argument 1 is a text, not a table" },
};

static void matches(void **state)
{
    (void)state;
    EXPECT_ALL(match_rows);
}

/* By the definition, with the whole table. */
static size_t distance(const struct match_text *a, const struct match_text *b, bool swaps)
{
    static size_t d[16][16];

    for (size_t i = 0; i <= a->size; i++)
        for (size_t j = 0; j <= b->size; j++) {
            size_t best = i == 0 ? j : i;

            if (i > 0 && j > 0) {
                best = d[i - 1][j - 1] + (a->at[i - 1] != b->at[j - 1]);
                best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
                best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            }
            if (swaps && i > 1 && j > 1 && a->at[i - 1] == b->at[j - 2] &&
                a->at[i - 2] == b->at[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[a->size][b->size];
}

static void text_draw(struct match_text *text, uint64_t *seed)
{
    text->size = 0;
    for (size_t size = (*seed = *seed * 6364136223846793005u + 1442695040888963407u) >> 60;
         text->size < size && text->size < 15; text->size++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        text->at[text->size] = 'a' + (int32_t)(*seed >> 62);
    }
}

static void distances_are_those_of_the_definition(void **state)
{
    void *block = mem_must(match_room_size(16));
    struct match_room *room = match_room_init(block, 16);
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int score;

        text_draw(&room->a, &seed);
        text_draw(&room->b, &seed);
        assert_int_equal(match_levenshtein(room), distance(&room->a, &room->b, false));
        assert_int_equal(match_damerau(room), distance(&room->a, &room->b, true));
        for (int method = MATCH_LEVENSHTEIN; method <= MATCH_TOKEN_SET; method++) {
            score = match_score(room, (enum match_method)method);
            assert_in_range(score, 0, MATCH_ONE);
        }
    }
    mem_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches),
        cmocka_unit_test(distances_are_those_of_the_definition),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
