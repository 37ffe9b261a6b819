/* connection_account.h - whose books a request goes into, as far as the settings of its connection
 * say it beside the URL: a company in a header, a merchant who signs, a database. The same bytes
 * for another account are another effect, so it is part of what a request's digest is made of. Keys
 * and tokens, which are changed for others of the same account, are not in it. */
#ifndef ENGINE_CONNECTION_ACCOUNT_H
#define ENGINE_CONNECTION_ACCOUNT_H

#include "base/buf.h"
#include "base/ident.h"

struct connection;
#define CONNECTION_ACCOUNT (DIGEST_TEXT + 16u) /* bytes that are added at most */
/* NULL: nothing is added, nor when the settings say nothing. */
void connection_account(const struct connection *c, struct buf *out);
/* Of address and account: where it leads. "" for NULL. */
void connection_place(const struct connection *c, char digest[DIGEST_TEXT]);

#endif
