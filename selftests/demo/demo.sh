#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job, live: all demos one after another. Fails with the first that
# does not keep a promise.

export DEMO=${DEMO-1}
for demo in nat dr tun persistence failover; do
	"$(dirname "$0")/$demo.sh" || exit
done
