/* change_priv.h - the changes that a person or a start makes: versions, deployments, secrets. */
#ifndef STORE_SQLITE_CHANGE_PRIV_H
#define STORE_SQLITE_CHANGE_PRIV_H

#include "store/sqlite/writer_priv.h"

enum err_code change_put_version(struct writer *writer, const char *version, const char *flow,
                                 const char *bundle, size_t size, int64_t now_ms, struct err *e);
enum err_code change_deploy(struct writer *writer, const char *workspace, const char *environment,
                            const char *flow, const char *version, int64_t now_ms, struct err *e);
enum err_code change_put_secret(struct writer *writer, const char *workspace, const char *name,
                                const char *sealed, int64_t now_ms, struct err *e);

#endif
