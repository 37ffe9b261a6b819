/* filing.c - files for steps (flow/node_file.h): work on a thread of the pool.
 *
 *   move, delete: looked at -> intent, with what tells the file -> committed -> done
 *   write:        written under a temporary name -> intent      -> committed -> shown
 *   all others:                                         (intent -> committed ->) done
 *
 * (1) What is moved or deleted is the file that was there before the intent, told by size, time and
 *     inode. An attempt that comes again after it was done finds it gone; another one that has come
 *     under its name meanwhile is nobody's, and stays.                         [filing_looked]
 * (2) What is written has a temporary name of its run and step on the disk before the intent, and
 *     loses it when it is shown. An attempt that comes again after it was shown finds that name
 *     gone, and does not show it once more to whom may have taken it away by then. After a day that
 *     says nothing any more: somebody may have cleared the folder; nor behind a backup, for the
 *     folder may be another one.                                                 [filing_again]
 * (3) There is no temporary file of a run that is not durable. That of a write which did not end
 *     well is removed when its run has ended: its row is durable with the intent, and goes with the
 *     outcome.                                    [filing_prepare, expiry_keep, expiry_forget] */
#include "engine/run.h"

#include <string.h>

#include "engine/expiry.h"
#include "flow/node_file.h"
#include "io/files.h"

#define FILING_GONE_MS INT64_C(86400000) /* so long a name that is gone tells that it was shown */

struct filing {
    struct files *files;
    struct step_filing ask;
    step_filed_fn *then;
};

static const struct {
    enum effect_class effect;
    bool looks;    /* (1) */
    bool prepares; /* (2) */
    const char *what;
} filing_verbs[] = {
    [FILE_LIST] = { EFFECT_NONE, false, false, "LIST" },
    [FILE_STAT] = { EFFECT_NONE, false, false, "STAT" },
    [FILE_READ] = { EFFECT_NONE, false, false, "READ" },
    [FILE_WRITE] = { EFFECT_IDEMPOTENT, false, true, "WRITE" },
    [FILE_APPEND] = { EFFECT_KEYED, false, false, "APPEND" },
    [FILE_MOVE] = { EFFECT_IDEMPOTENT, true, false, "MOVE" },
    [FILE_DELETE] = { EFFECT_IDEMPOTENT, true, false, "DELETE" },
};

static void filing_drop(void *arg)
{
    struct filing *filing = arg;

    if (filing == NULL)
        return;
    file_ask_free(filing->ask.ask);
    if (filing->ask.drop != NULL)
        filing->ask.drop(filing->ask.job);
    mem_free(filing);
}

static void filing_worked(struct step *step, const void *config, void *arg)
{
    struct filing *filing = arg;

    if (filing->ask.ask->prepared)
        expiry_forget(step->run, filing->ask.ask);
    filing->then(step, config, filing->ask.ask, filing->ask.job);
}

/* ---- The work itself */

static enum err_code filing_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct filing *filing = arg;
    enum err_code rc = files_do(filing->files, filing->ask.ask, given_up, sent, e);

    if (rc == ERR_OK && filing->ask.after != NULL)
        rc = filing->ask.after(filing->ask.job, filing->ask.ask, given_up, e);
    return rc;
}

/* What leaves, for the digest: the same bytes to the same place, or the very file. */
static void filing_digest(const struct file_ask *ask, const struct file_stamp *stamp,
                          struct buf *text)
{
    char digest[DIGEST_TEXT];

    digest_text(ask->bytes, ask->size, digest);
    buf_addf(text, "%s\n%s\n%s\n%s", ask->folder, ask->name, ask->to != NULL ? ask->to : "",
             digest);
    if (filing_verbs[ask->verb].looks)
        buf_addf(text, "\n%lld %lld %llu", (long long)stamp->size, (long long)stamp->mtime_ns,
                 (unsigned long long)stamp->inode);
    if (filing_verbs[ask->verb].prepares)
        buf_addf(text, "\nprepared");
}

static enum node_next filing_send(struct step *step, struct filing *filing)
{
    struct file_ask *ask = filing->ask.ask;
    struct step_work work = { .job = filing, .work = filing_work, .drop = filing_drop };
    struct buf what, digest;
    enum node_next next;

    work.local = true;
    work.effect = filing_verbs[ask->verb].effect;
    ask->now_ms = step->run->engine->wall;
    if (work.effect != EFFECT_NONE && !filing_verbs[ask->verb].prepares)
        snprintf(ask->key, sizeof ask->key, "%s", step_key(step));
    buf_init(&what, 4 * KIB);
    buf_init(&digest, 8 * KIB);
    buf_addf(&what, "%s %s/%s", filing_verbs[ask->verb].what, ask->folder, ask->name);
    if (ask->to != NULL)
        buf_addf(&what, " to %s", ask->to);
    filing_digest(ask, &ask->stamp, &digest);
    work.what = buf_text(&what);
    work.digest = buf_text(&digest);
    work.digest_size = digest.len;
    work.key_valid_ms = STEP_FILE_KEY_MS;
    next = step_work(step, &work, filing_worked);
    buf_fini(&what);
    buf_fini(&digest);
    return next;
}

/* What goes before the intent. */
struct filing_first {
    struct filing *filing;      /* NULL: it went on */
    struct file_ask *from, *to; /* (1); to: NULL: it was not begun before */
};

static void first_drop(void *arg)
{
    struct filing_first *first = arg;

    filing_drop(first->filing);
    file_ask_free(first->from);
    file_ask_free(first->to);
    mem_free(first);
}

/* ---- (1) */

static enum err_code look_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct filing_first *look = arg;
    enum err_code rc = files_do(look->filing->files, look->from, given_up, sent, e);

    if (rc == ERR_OK && look->to != NULL)
        rc = files_do(look->filing->files, look->to, given_up, sent, e);
    return rc;
}

/* What the intent of before tells of the step. */
static const char *filing_before(const struct step *step)
{
    return step->n->progress != NULL ? step->n->progress->ladder.digest : "";
}

/* Is it the file of that intent? */
static bool filing_is(const struct step *step, const struct filing *filing,
                      const struct file_ask *found)
{
    char digest[DIGEST_TEXT];
    struct buf text;

    if (found == NULL || !found->exists)
        return false;
    buf_init(&text, 8 * KIB);
    filing_digest(filing->ask.ask, &found->stamp, &text);
    job_digest(NULL, buf_text(&text), text.len, digest);
    buf_fini(&text);
    return strcmp(digest, filing_before(step)) == 0;
}

static void filing_looked(struct step *step, const void *config, void *arg)
{
    struct filing_first *look = arg;
    struct filing *filing = look->filing;
    struct file_ask *ask = filing->ask.ask;
    bool before = *filing_before(step) != '\0', there = look->from->exists;
    struct err e;

    if (before && !filing_is(step, filing, look->from))
        there = false; /* done, or what stands there is another one */
    if (there) {
        look->filing = NULL;
        ask->stamped = true;
        ask->stamp = look->from->stamp;
        (void)filing_send(step, filing);
    } else if (ask->verb == FILE_DELETE || (before && filing_is(step, filing, look->to))) {
        filing_worked(step, config, filing);
    } else if (before) {
        err_set(&e, ERR_CONFLICT,
                "%.200s/%.150s: whether it was moved is not known: it is neither there nor at "
                "%.150s by now",
                ask->folder, ask->name, ask->to);
        step_fail(step, &e, NULL);
    } else {
        err_set(&e, ERR_NOT_FOUND, "%.200s/%.150s: No such file or directory", ask->folder,
                ask->name);
        step_fail(step, &e, NULL);
    }
}

static enum node_next filing_look(struct step *step, struct filing *filing)
{
    const struct file_ask *ask = filing->ask.ask;
    struct filing_first *look = mem_must(sizeof *look);
    struct step_work work = { .job = look, .work = look_work, .drop = first_drop, .local = true };

    *look = (struct filing_first){ .filing = filing };
    look->from = file_ask_new(FILE_STAT, ask->folder, ask->name);
    if (ask->to != NULL && *filing_before(step) != '\0')
        look->to = file_ask_new(FILE_STAT, ask->folder, ask->to);
    work.effect = EFFECT_NONE;
    return step_work(step, &work, filing_looked);
}

/* ---- (2) */

static enum err_code prepare_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct filing *filing = ((struct filing_first *)arg)->filing;

    return files_do(filing->files, filing->ask.ask, given_up, sent, e);
}

static void filing_prepared(struct step *step, const void *config, void *arg)
{
    struct filing_first *first = arg;
    struct filing *filing = first->filing;
    struct file_ask *ask = filing->ask.ask;

    if (!ask->prepared) { /* the same file is there already */
        filing_worked(step, config, filing);
        return;
    }
    ask->prepares = false;
    first->filing = NULL;
    expiry_keep(step->run, ask);
    (void)filing_send(step, filing);
}

/* What was prepared before, and perhaps shown. */
static enum node_next filing_again(struct step *step, struct filing *filing)
{
    const struct progress *progress = step->n->progress;
    struct file_ask *ask = filing->ask.ask;

    ask->prepared = true;
    ask->again = step->run->engine->wall - progress->intended_ms < FILING_GONE_MS &&
                 !intent_is_restored(step);
    return filing_send(step, filing);
}

static enum node_next filing_prepare(struct step *step, struct filing *filing)
{
    const struct progress *progress = step->n->progress;
    struct file_ask *ask = filing->ask.ask;
    struct step_work work = { .work = prepare_work, .drop = first_drop };
    struct filing_first *first;

    check(filing->ask.after == NULL);
    ident_text(step->run->id, ask->key);
    snprintf(ask->key + strlen(ask->key), sizeof ask->key - strlen(ask->key), "-%s",
             step_key(step));
    if (progress != NULL && progress->left && !progress->allowed)
        return filing_again(step, filing);
    first = mem_must(sizeof *first);
    *first = (struct filing_first){ .filing = filing };
    ask->prepares = true;
    work.job = first;
    work.effect = EFFECT_NONE;
    work.local = work.marks = true;
    return step_work(step, &work, filing_prepared);
}

enum node_next step_file(struct step *step, const struct step_filing *asked, step_filed_fn *then)
{
    const struct engine *engine = step->run->engine;
    struct filing *filing = mem_must(sizeof *filing);
    struct err e;

    *filing = (struct filing){ .files = engine->world.files, .ask = *asked, .then = then };
    if (engine->world.files == NULL) {
        err_set(&e, ERR_POLICY, "no files may be used here");
        filing_drop(filing);
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    if (filing_verbs[asked->ask->verb].prepares)
        return filing_prepare(step, filing);
    return filing_verbs[asked->ask->verb].looks ? filing_look(step, filing)
                                                : filing_send(step, filing);
}
