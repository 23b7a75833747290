/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that change something, many at a time. */
#ifndef LBCTL_APPLY_H
#define LBCTL_APPLY_H

#include "batch.h"

/*
 * Send all requests of a batch and report each that is refused. An enum
 * lbctl_exit.
 */
int apply_batch(struct batch *b);

#endif
