/* fake_folder.h - folders in memory. What is asked for is done, and answered, by
 * fake_folder_deliver(), not before; so a test can end the engine in between. Folders outlive
 * it. */
#ifndef WORLD_FAKE_FOLDER_H
#define WORLD_FAKE_FOLDER_H

#include "io/folder.h"

struct fake_folder;
struct fake_folder *fake_folder_new(void);
struct folders *fake_folder_folders(struct fake_folder *fake);
void fake_folder_free(struct fake_folder *fake);

/* Puts a file, or another in its place. Folders below "/in" are allowed, those of a file are
 * there. */
void fake_folder_put(struct fake_folder *fake, const char *folder, const char *name,
                     const char *text, int64_t mtime_s);
/* The text of a file, NULL if there is none. */
const char *fake_folder_text(const struct fake_folder *fake, const char *folder, const char *name);
/* How many files of the folder have this text. */
size_t fake_folder_holds(const struct fake_folder *fake, const char *folder, const char *text);
size_t fake_folder_count(const struct fake_folder *fake, const char *folder);
void fake_folder_hint(struct fake_folder *fake);    /* tells whoever watches */
size_t fake_folder_deliver(struct fake_folder *fake); /* does and answers; returns how many */
size_t fake_folder_open(const struct fake_folder *fake); /* asks not answered yet */
void fake_folder_drop(struct fake_folder *fake);    /* the crash: nothing more is done of them */
/* The next `times` things asked for fail. */
bool fake_folder_fails(const struct fake_folder *fake);
void fake_folder_fail(struct fake_folder *fake, enum err_code code, unsigned times);

#endif
