/* folder_priv.h - what happens to files, on a thread of the pool: no loop, no callbacks. For io/
 * only. */
#ifndef IO_FOLDER_PRIV_H
#define IO_FOLDER_PRIV_H

#include "base/ident.h"
#include "io/folder.h"

enum folder__kind { FOLDER_LIST, FOLDER_READ, FOLDER_MOVE };

/* What is asked, and what came of it. Its strings are owned. */
struct folder__job {
    enum folder__kind kind;
    int root;            /* descriptor of the root, borrowed */
    char *folder;        /* for people */
    const char *below;   /* the part of `folder` below the root; "." is the root */
    char *pattern;       /* list */
    char *name;          /* read, move */
    struct folder_stamp stamp;
    char *into, *reason; /* move */
    /* outcome */
    struct err e;
    struct folder_entry *entries; /* names owned */
    size_t count, room;
    char *bytes;
    size_t size;
    char digest[DIGEST_TEXT];
    char moved[2 * FOLDER_NAME];
};
void folder__do(struct folder__job *job);
void folder__fini(struct folder__job *job);
/* The folder's descriptor, or -1 with an error. */
int folder__open(int root, const char *below, const char *folder, struct err *e) MUST_USE;

#endif
