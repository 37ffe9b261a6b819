/* word.h - short texts of settings: names of flows and events, keys, messages for people. */
#ifndef NODES_WORD_H
#define NODES_WORD_H

#include <jansson.h>

#include "base/err.h"
#include "flow/flow.h"

/* The name of a flow: its folder's. name may be NULL. */
void word_flow_compile(struct flow_build *build, const char *name, const char *pointer);
/* The name of an event: branch.signal and branch.wait must agree in it. name may be NULL. */
void word_event_compile(struct flow_build *build, const char *name, const char *pointer);

#define WORD_KEY 401 /* bytes with the NUL: what a correlation key may have */
/* A text or a whole number, as text: 7 and "7" are the same key. */
enum err_code word_key(const json_t *value, char key[WORD_KEY], struct err *e);

/* For people: a text as it is, anything else as JSON, cut to fit; NULL gives "". */
void word_show(const json_t *value, char *text, size_t room);

#endif
