/* yard.h - a folder of a test's own with real files, in memory where the machine has room. */
#ifndef WORLD_YARD_H
#define WORLD_YARD_H

#define YARD_PATH 64

const char *yard_street(void); /* the folder in which all yards are */
/* Makes it; its path. */
void yard_make(char path[YARD_PATH]);
void yard_remove(const char *path); /* with all that is in it */
/* mode: as fopen()'s, "w" or "a". */
void yard_put(const char *path, const char *name, const char *text, const char *mode);
char *yard_text(const char *path, const char *name); /* mem_free(); NULL: there is none */

#endif
