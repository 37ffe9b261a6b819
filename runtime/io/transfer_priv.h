/* transfer_priv.h - what the files of io/transfer*.c share. For io/ only. */
#ifndef IO_TRANSFER_PRIV_H
#define IO_TRANSFER_PRIV_H

#include "base/buf.h"
#include "io/egress_curl_priv.h"
#include "io/files.h"
#include "io/transfer.h"

/* A file that goes. */
struct transfer__source {
    struct file_ask *page;      /* the one in memory; its stamp is the file's */
    struct err error;           /* why it cannot be read on */
};

/* One call: a handle with the settings that all have. */
struct transfer__call { /* it does not move */
    struct egress_curl curl;
    const struct transfer_login *login;
    struct transfer_ask *ask;
    const atomic_bool *given_up;
    char *host, *path;          /* of the URL; libcurl's */
    char error[CURL_ERROR_SIZE];
    char shown_key[100];        /* the host key that was none of those; "": none */
    struct buf body;            /* what comes */
    const char *out;            /* what goes */
    size_t out_size, out_at;
    bool out_over;              /* its end was handed over */
    struct transfer__source source; /* instead of `out`, when the ask has a file */
    char key_file[40];          /* the private key as a file of memory */
    int key_fd;                 /* -1: none */
    curl_socket_t line;         /* to the SFTP server; libcurl's */
    bool cut;                   /* the server had ended it when signing in failed, */
    bool lost;                  /* and when a command did */
};
/* most: bytes that are gathered. */
enum err_code transfer__open(struct transfer__call *call, const struct transfer_login *login,
                             struct transfer_ask *ask, const atomic_bool *given_up, size_t most,
                             struct err *e) MUST_USE;
void transfer__close(struct transfer__call *call);
void transfer__sends(struct transfer__call *call, const char *bytes, size_t size);
void transfer__gathers(struct transfer__call *call); /* what comes is kept in `body` */
/* What the failure of a call means, in words; never ERR_OK. */
enum err_code transfer__failed(struct transfer__call *call, CURLcode code, struct err *e);

/* transfer_file.c. Opening sets the ask's size. */
enum err_code transfer__source_open(struct transfer__call *call, struct err *e) MUST_USE;
void transfer__source_close(struct transfer__call *call);
/* The bytes from there to the end of their page; 0: it is the end, or source.error says why not. */
size_t transfer__source_at(struct transfer__call *call, int64_t at, const char **bytes);
/* Whether these are the bytes from out_at on, which moves behind them. */
bool transfer__source_same(struct transfer__call *call, const char *bytes, size_t size);

/* transfer_entries.c: from the lines that a server writes of a folder, by name. */
void transfer__entries(struct transfer_ask *ask, const char *lines, size_t size);

/* transfer_sign_in.c */
enum err_code transfer__sign_in(struct transfer__call *call, struct err *e) MUST_USE;

enum err_code transfer__sftp(struct transfer__call *call, bool *sent, struct err *e);
enum err_code transfer__mail(struct transfer__call *call, bool *sent, struct err *e);

#endif
