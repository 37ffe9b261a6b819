/* note.h - notes of a workspace (note.c). Only engine/ includes this. */
#ifndef ENGINE_NOTE_H
#define ENGINE_NOTE_H

#include "base/buf.h"
#include "flow/node_note.h"

struct engine;
struct note;

void notes_free(struct engine *engine);
void note_continue(struct step *step);
void note_free(struct note *note); /* what a step asks; NULL is fine */
/* A FACT_STATE of a run is in the store, or never will be: the next one may write it. */
void note_over(struct engine *engine, const char *key);
/* Appends the key of the note's fact. */
void note_path(struct buf *path, const char *workspace, const char *environment, const char *space,
               const char *key);

#endif
