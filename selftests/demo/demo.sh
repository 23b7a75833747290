#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job, live: all demos one after another. Fails with the first that
# does not keep a promise.

for demo in nat dr tun persistence; do
	"$(dirname "$0")/$demo.sh" || exit
done
