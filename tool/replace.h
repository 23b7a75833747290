/* SPDX-License-Identifier: GPL-2.0-only */
/* Make the services be exactly what a file of commands adds. */
#ifndef LBCTL_REPLACE_H
#define LBCTL_REPLACE_H

#include "batch.h"

/* The requests of file, each said whole. An enum lbctl_exit. */
int replace_run(const struct batch *b, const char *file);

#endif
