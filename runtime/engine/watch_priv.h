/* watch_priv.h - one watch and the files it has seen. Only watch*.c includes this. */
#ifndef ENGINE_WATCH_PRIV_H
#define ENGINE_WATCH_PRIV_H

#include "engine/watch.h"
#include "io/folder.h"

struct watch_file {
    char *name;
    struct folder_stamp stamp;
    int64_t since;     /* steady: seen with this stamp since then */
    int64_t again;     /* steady: not before; 0: at any time */
    unsigned refused;  /* times in a row */
    bool taken;        /* its run is accepted: only the move is missing */
    char *reason;      /* not NULL: it goes to `failed` for this */
    bool listed;       /* in the listing that is read */
};

struct watch {
    struct watch *next;
    uint64_t tag;
    struct deployment *deployment;
    unsigned node;             /* in the deployment's version */
    char *id;                  /* of the node */
    char *folder, *pattern, *done, *failed;
    int64_t settle_ms, every_ms;
    uint64_t hints;            /* folders_watch() */
    uint64_t listing;          /* the listing that is asked for; 0: none */
    uint64_t job;              /* what is asked for about `work`; 0: nothing, or its accept */
    bool hinted;
    bool failing;              /* its listing failed, and that was told */
    bool stays;                /* watches_put(): also in the new version */
    int64_t looked, look_at;   /* steady: the last listing, the next */
    struct dict *names;        /* to struct watch_file */
    struct watch_file **files; /* in the order of the last listing; NULL: gone */
    size_t count;
    struct watch_file *work;   /* the one on its way; among `files` */
};

struct watches {
    struct watch *list;
    uint64_t last_tag;
    int64_t wake; /* steady: nothing is to do before; INT64_MIN: look at once */
};

/* watch.c */
struct watch *watch__find(const struct engine *engine, uint64_t tag); /* NULL: gone */
int64_t watch__now(const struct engine *engine); /* steady, of this very moment */
void watch__forget(struct watch *watch, struct watch_file *file); /* it is not there any more */
/* watch_take.c */
void watch__take(struct engine *engine, struct watch *watch, struct watch_file *file);
void watch__free_file(struct watch_file *file);

#endif
