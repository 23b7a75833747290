#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ldirectord's external check: the server has a page "ready". Arguments are the
# virtual address, its port, the real server's address, its port.

exec curl -g -s -f -m 15 -o /dev/null "http://$3:$4/ready"
