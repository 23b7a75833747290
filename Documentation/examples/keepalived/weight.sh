#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# keepalived's MISC_CHECK with misc_dynamic: the server tells on a page which
# weight it wants, from 0 to 253. Status 1 is "the server failed"; any other is
# the weight and two.

weight=$(curl -s -f -m 3 "http://$1/weight") || exit 1
exit $((weight + 2))
