#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What keepalived tells: one line in a log for each event.

echo "$@" >> /var/log/keepalived-events
