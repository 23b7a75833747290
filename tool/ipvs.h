/* SPDX-License-Identifier: GPL-2.0-only */
/* ipvsadm's grammar: what its options ask for, as requests. */
#ifndef LBCTL_IPVS_H
#define LBCTL_IPVS_H

#include "model.h"
#include "opts.h"

/* Turn the words of a command that changes something into a request. */
int ipvs_compile(struct batch *b, size_t n, char *const *words);

/* The same of options. All return an enum lbctl_exit. */
int ipvs_compile_opts(struct batch *b, const struct opts *o);

/* The service of options; *svc is NULL if they have none. */
int ipvs_parse_key(const struct opts *o, struct service *room,
		   struct service **svc);

#endif
