/* contract_priv.h - what the files of the contract share. */
#ifndef DESIGNER_API_CONTRACT_PRIV_H
#define DESIGNER_API_CONTRACT_PRIV_H

#include "designer-api/contract.h"
#include "schema/schema.h"

/* Made by the build (pack/pack.c, which tells their shapes). */
extern const unsigned char contract__packed[], contract__document[];
extern const size_t contract__packed_size, contract__document_size;

#define CONTRACT_PIECES 12 /* of a path */
/* Compiled when an operation is asked for the first time: most never are. */
struct contract_schemas {
    bool there;
    struct schema *body;    /* NULL: the body is no JSON, or there is none */
    struct schema **params; /* in the order of the row's */
};
struct contract_part {
    const json_t *row;      /* of the packed operations */
    const json_t *defs;
    char pieces[CONTRACT_PIECES][LIMIT_ID]; /* "runs", "{run}" */
    size_t piece_count;
    int rest;               /* the piece that takes all that is left; -1: none does */
    struct contract_schemas *schemas;
};
/* contract_new() of another contract. */
struct contract *contract__new(const char *text, size_t text_size,
                               const struct ask_bind *const *binds, struct err *e) MUST_USE;
/* contract_read.c: the build has seen that they compile. */
void contract__compile(const struct contract_part *part);
void contract__drop(struct contract_schemas *schemas);

#endif
