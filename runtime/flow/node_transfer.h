/* node_transfer.h - SFTP and mail, for node types with a connection of such a system.
 *
 * Getting and looking have no effect; putting, renaming and deleting may be done twice, of the very
 * file that was there, or was sent, when the step began; a mail is never sent a second time while
 * nobody knows whether the first was taken. */
#ifndef FLOW_NODE_TRANSFER_H
#define FLOW_NODE_TRANSFER_H

#include "base/transfer_ask.h"
#include "flow/node.h"

/* It was done; the ask lives until the callback returns. An error ends the step and the callback
 * does not run. */
typedef void step_transfer_fn(struct step *step, const void *config, struct transfer_ask *ask);
/* ask: taken, also when the call fails the step. what: for the journal: "MAIL to a@example.com"; of
 * a file NULL. */
enum node_next step_transfer(struct step *step, struct transfer_ask *ask, const char *what,
                             step_transfer_fn *then);

#endif
