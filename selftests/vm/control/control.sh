#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Load the module of deliberate bugs with the one named by CONTROL. Passes by
# itself: it is the harness that must see what happened.
echo "KTAP version 1"
echo "1..1"
sysctl -qw kernel.hung_task_timeout_secs=2 2>/dev/null
insmod "build/$LB_LABEL-control/control.ko" "bug=$CONTROL" || exit 1
rmmod control || exit 1
echo "ok 1 $CONTROL"
