/* datadir_priv.h - within store/ only. */
#ifndef STORE_DATADIR_PRIV_H
#define STORE_DATADIR_PRIV_H

#include <stdbool.h>

/* As root in another's directory: gives them what root has made in it. false: not all of it. */
bool datadir__hand_over(const char *path);

#endif
