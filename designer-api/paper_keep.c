/* paper_keep.c - the papers that are kept, within a bound. */
#include <string.h>

#include "base/mem.h"
#include "designer-api/paper_priv.h"

#define PAPERS_KEPT 32u

struct papers {
    struct {
        char *id;
        struct paper *paper;
    } kept[PAPERS_KEPT]; /* the one asked for last is the first */
    unsigned count;
};

struct papers *papers_new(void)
{
    return mem_must(sizeof(struct papers));
}

static void papers_drop(struct papers *papers)
{
    papers->count--;
    mem_free(papers->kept[papers->count].id);
    paper_free(papers->kept[papers->count].paper);
}

void papers_free(struct papers *papers)
{
    if (papers == NULL)
        return;
    while (papers->count > 0)
        papers_drop(papers);
    mem_free(papers);
}

static void papers_first(struct papers *papers, unsigned at)
{
    char *id = papers->kept[at].id;
    struct paper *paper = papers->kept[at].paper;

    for (; at > 0; at--)
        papers->kept[at] = papers->kept[at - 1];
    papers->kept[0].id = id;
    papers->kept[0].paper = paper;
}

const struct paper *papers_find(struct papers *papers, const char *id)
{
    for (unsigned i = 0; i < papers->count; i++)
        if (strcmp(papers->kept[i].id, id) == 0) {
            papers_first(papers, i);
            return papers->kept[0].paper;
        }
    return NULL;
}

static size_t paper_bytes(const struct paper *paper)
{
    return paper->size + paper->mark_room * (sizeof *paper->marks) +
           paper->step_room * sizeof *paper->steps +
           paper->by_start.room * sizeof *paper->by_start.slots;
}

const struct paper *papers_keep(struct papers *papers, const char *id, struct paper *paper)
{
    size_t all = paper_bytes(paper);

    for (unsigned i = 0; i < papers->count; i++)
        all += paper_bytes(papers->kept[i].paper);
    while (papers->count > 0 && (papers->count == PAPERS_KEPT || all > PAPERS_BYTES)) {
        all -= paper_bytes(papers->kept[papers->count - 1].paper);
        papers_drop(papers);
    }
    papers->kept[papers->count].id = mem_must_copy(id);
    papers->kept[papers->count].paper = paper;
    papers_first(papers, papers->count++);
    return paper;
}
