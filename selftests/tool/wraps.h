/* SPDX-License-Identifier: GPL-2.0-only */
/* What the linker puts in the place of parts of nl.c: answers of no kernel. */
#ifndef TOOLTEST_WRAPS_H
#define TOOLTEST_WRAPS_H

#include "nl.h"

extern typeof(nl_ask) __wrap_nl_ask;
extern typeof(nl_watch) __wrap_nl_watch;
extern typeof(nl_changed) __wrap_nl_changed;
extern typeof(nl_unwatch) __wrap_nl_unwatch;

#endif
