/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file that says all there is to be would change. */
#ifndef LBCTL_DIFF_H
#define LBCTL_DIFF_H

#include "batch.h"
#include "model.h"

/*
 * Print the commands that would bring about what a request of LB_CMD_LOAD, the
 * only one of a batch, says. what names it in messages. An enum lbctl_exit.
 */
int diff_print(const char *what, const struct batch *b);

/* The same between two sorted lists; of want, what is given counts. */
void diff_print_services(const struct service_list *have,
			 const struct service_list *want);

#endif
