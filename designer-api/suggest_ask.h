/* suggest_ask.h - the model behind the suggestions: what api_suggest.c and api_settings.c ask of
 * api_suggest_model.c. */
#ifndef DESIGNER_API_SUGGEST_ASK_H
#define DESIGNER_API_SUGGEST_ASK_H

#include "designer-api/ask.h"
#include "designer-api/suggest_model.h"

/* Answers with the suggestions of the program, taken, and where the ask wants it and the workspace
 * has one, with those of a model among them. */
void suggest_answer(struct ask *ask, json_t *items, const struct suggest_sides *sides);
/* Whether "ENVIRONMENT/NAME" is a connection of the workspace with a model behind it. */
enum err_code suggest_model_check(const struct ask *ask, const char *setting,
                                  struct err *e) MUST_USE;

#endif
