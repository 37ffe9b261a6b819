/* address_priv.h - the parts of a postal address of the USA or Canada. Knows nothing of Lua. For
 * rules/ only.
 *
 * It reads what people and systems write: one line or several, commas or not, states by code or
 * name. It does not know whether an address exists. */
#ifndef RULES_ADDRESS_PRIV_H
#define RULES_ADDRESS_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_TEXT  500u /* bytes of an address */
#define ADDRESS_LINES 20u

struct address { /* "": not there; each within ADDRESS_TEXT */
    char name[ADDRESS_TEXT + 1];   /* lines before the street */
    char street[ADDRESS_TEXT + 1]; /* "123 N Main St" */
    char unit[ADDRESS_TEXT + 1];   /* "Apt 4B" */
    char city[ADDRESS_TEXT + 1];
    char state[4];     /* IL */
    char postcode[12]; /* 62704-1234, M5V 2T6 */
    char country[4];   /* US, CA */
};
/* country: "US", "CA" or "", which counts when the text does not say it. false: the text has more
 * than ADDRESS_LINES parts between commas and line ends. */
bool address_read(struct address *address, const char *text, size_t size, const char *country);

/* A street in the post's short form: capitals, "123 N MAIN ST APT 4". to has ADDRESS_TEXT + 1
 * bytes. */
void address_street(char *to, const char *text, size_t size);
/* The code of a state or province, by its code or name, in that country or, with "", in both; NULL:
 * there is none. *found: its country. */
const char *address_state(const char *text, size_t size, const char *country, const char **found);

#endif
