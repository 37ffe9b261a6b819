/* yard.h - a folder of a test's own below /tmp, with real files. */
#ifndef WORLD_YARD_H
#define WORLD_YARD_H

#define YARD_PATH 64

/* Makes it; its path. */
void yard_make(char path[YARD_PATH]);
void yard_remove(const char *path); /* with all that is in it */
/* mode: as fopen()'s, "w" or "a". */
void yard_put(const char *path, const char *name, const char *text, const char *mode);
char *yard_text(const char *path, const char *name); /* mem_free(); NULL: there is none */

#endif
