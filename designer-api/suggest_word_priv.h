/* suggest_word_priv.h - the tables behind the words. Only designer-api/ includes this. */
#ifndef DESIGNER_API_SUGGEST_WORD_PRIV_H
#define DESIGNER_API_SUGGEST_WORD_PRIV_H

#include "designer-api/suggest_word.h"

extern const char *const suggest__shorts[][2]; /* an abbreviation, what it stands for */
extern const size_t suggest__short_count;
extern const char *const suggest__columns[][2]; /* names of columns that are no words, likewise */
extern const size_t suggest__column_count;
extern const char *const suggest__groups[];    /* words that mean the same, the first names them */
extern const size_t suggest__group_count;
extern const char *const suggest__nears[];     /* words that stand for each other at times */
extern const size_t suggest__near_count;
extern const char *const suggest__joined[][2]; /* several words that are one, that one */
extern const size_t suggest__joined_count;
extern const char suggest__vocabulary[], suggest__general[], suggest__thin[], suggest__small[],
    suggest__apart[], suggest__weak[];

#endif
