/* pair.h - a name and a value: a header, a query parameter. Borrowed unless its holder says
 * otherwise. */
#ifndef BASE_PAIR_H
#define BASE_PAIR_H

struct pair {
    const char *name;
    const char *value;
};

#endif
