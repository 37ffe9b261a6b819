/* suggest_priv.h - what the files of suggest share. Only designer-api/ includes this. */
#ifndef DESIGNER_API_SUGGEST_PRIV_H
#define DESIGNER_API_SUGGEST_PRIV_H

#include "designer-api/suggest.h"
#include "designer-api/suggest_word.h"

/* A distinct word of both sides. */
struct term {
    struct word word;
    unsigned fields;      /* in how many fields of both sides it stands */
    double weight;        /* rare words weigh more */
    struct term_like {
        unsigned term;
        double alike;     /* above 0; the term itself is among them */
    } *likes;
    size_t like_count;
    unsigned *sources;    /* source fields with this word */
    size_t source_count, source_room;
};

/* A field's samples, each by the hash of what counts of it, in the order of these. */
struct side_value {
    uint64_t id;
    unsigned times;
};
struct side_values {
    struct side_value *same;   /* the values, in small letters; short ones do not count */
    struct side_value *shapes;
    size_t same_count, shape_count;
    size_t count, telling;     /* how many there are; how many different ones count */
    double unfit;              /* the share of them that is no number */
    bool choice;               /* few, of which some come twice: it is one of a list */
    const char *date;          /* the pattern by which all are dates ("MM/dd/yyyy"); NULL: none */
};

struct side_field {
    unsigned terms[WORDS_MOST];
    unsigned char above[WORDS_MOST];
    bool of_list[WORDS_MOST];  /* it names a list that the field is in */
    double weight[WORDS_MOST]; /* of each word here */
    size_t count;
    unsigned lists;       /* it stands in so many, one within the other */
    bool coded;           /* a status or type: one of a list, which systems write differently */
    bool bare;            /* "id", "number" and nothing else */
    struct side_values values;
    double own, all;      /* sums: of the field's own words; of all, those above by their share */
};

struct suggest {
    const struct suggest_field *sources, *targets;
    size_t source_count, target_count;
    struct side_field *source_words, *target_words;
    struct term *terms;
    size_t term_count, term_room;
    float *alike;         /* term_count x term_count; NULL: there are too many words for that */
    const struct suggest_known *known;
    size_t known_count;
};

/* ---- suggest_term.c */
void suggest__terms(struct suggest *s);
void suggest__terms_free(struct suggest *s);
double suggest__alike(const struct suggest *s, unsigned a, unsigned b);
/* What a word counts for that stands so far above the field. */
double suggest__share(unsigned above);

/* ---- suggest_score.c: one pair; the reason is written only where it is asked for */
void suggest__score(const struct suggest *s, size_t target, size_t source, bool explain,
                    struct suggestion *out);

/* ---- suggest_value.c: what samples say */
struct value_say {
    double same;    /* share of the values of the smaller side that stand on the other, too */
    double shape;   /* how alike their shapes are, 0 to 1; < 0: nothing is known */
    size_t common, of;
};
void suggest__values_read(const struct suggest_field *field, struct side_values *values);
void suggest__values_free(struct side_values *values);
struct value_say suggest__values(const struct side_values *a, const struct side_values *b);

#endif
