// SPDX-License-Identifier: GPL-2.0-only
/* Tracepoints: what the kernel makes of their description. */

#define CREATE_TRACE_POINTS
#include "trace.h"
