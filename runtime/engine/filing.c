/* filing.c - files for steps (flow/node_file.h): work on a thread of the pool. */
#include "engine/run.h"

#include "flow/node_file.h"
#include "io/files.h"

struct filing {
    struct files *files;
    struct step_filing ask;
    step_filed_fn *then;
};

static enum err_code filing_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct filing *filing = arg;
    enum err_code rc = files_do(filing->files, filing->ask.ask, given_up, sent, e);

    if (rc == ERR_OK && filing->ask.after != NULL)
        rc = filing->ask.after(filing->ask.job, filing->ask.ask, given_up, e);
    return rc;
}

static void filing_drop(void *arg)
{
    struct filing *filing = arg;

    file_ask_free(filing->ask.ask);
    if (filing->ask.drop != NULL)
        filing->ask.drop(filing->ask.job);
    mem_free(filing);
}

static void filing_worked(struct step *step, const void *config, void *arg)
{
    struct filing *filing = arg;

    filing->then(step, config, filing->ask.ask, filing->ask.job);
}

static const struct {
    enum effect_class effect;
    const char *what;
} filing_verbs[] = {
    [FILE_LIST] = { EFFECT_NONE, "LIST" },           [FILE_STAT] = { EFFECT_NONE, "STAT" },
    [FILE_READ] = { EFFECT_NONE, "READ" },           [FILE_WRITE] = { EFFECT_IDEMPOTENT, "WRITE" },
    [FILE_APPEND] = { EFFECT_KEYED, "APPEND" },      [FILE_MOVE] = { EFFECT_IDEMPOTENT, "MOVE" },
    [FILE_DELETE] = { EFFECT_IDEMPOTENT, "DELETE" },
};

/* What leaves, for the digest: the same bytes to the same place. */
static void filing_digest(const struct file_ask *ask, struct buf *text)
{
    char digest[DIGEST_TEXT];

    digest_text(ask->bytes, ask->size, digest);
    buf_addf(text, "%s\n%s\n%s\n%s", ask->folder, ask->name, ask->to != NULL ? ask->to : "",
             digest);
}

enum node_next step_file(struct step *step, const struct step_filing *asked, step_filed_fn *then)
{
    const struct engine *engine = step->run->engine;
    const struct progress *progress = step->n->progress;
    struct filing *filing = mem_must(sizeof *filing);
    struct file_ask *ask = asked->ask;
    struct step_work work = { .job = filing, .work = filing_work, .drop = filing_drop };
    struct buf what, digest;
    enum node_next next;
    struct err e;

    *filing = (struct filing){ .files = engine->world.files, .ask = *asked, .then = then };
    work.local = true;
    work.effect = filing_verbs[ask->verb].effect;
    if (engine->world.files == NULL) {
        err_set(&e, ERR_POLICY, "no files may be used here");
        filing_drop(filing);
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    ask->now_ms = engine->wall;
    ask->again = progress != NULL && progress->ladder.digest[0] != '\0';
    if (work.effect != EFFECT_NONE)
        snprintf(ask->key, sizeof ask->key, "%s", step_key(step));
    buf_init(&what, 4 * KIB);
    buf_init(&digest, 8 * KIB);
    buf_addf(&what, "%s %s/%s", filing_verbs[ask->verb].what, ask->folder, ask->name);
    if (ask->to != NULL)
        buf_addf(&what, " to %s", ask->to);
    filing_digest(ask, &digest);
    work.what = buf_text(&what);
    work.digest = buf_text(&digest);
    work.digest_size = digest.len;
    work.key_valid_ms = STEP_FILE_KEY_MS;
    next = step_work(step, &work, filing_worked);
    buf_fini(&what);
    buf_fini(&digest);
    return next;
}
