#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Put a program of others into the cache, unless it is there:
# get-program.sh NAME
#
# $LB_CACHE/NAME then holds
#   cluster	root/usr, what resource agents of clusters need, and ocf-tester
#   bird	root/usr/sbin, a router's daemon, which would start at once
#   docker	root/usr/bin and root/usr/sbin, as Debian has them. Installed, they
#		would start at once, on the host.
#   exporter	root/usr/bin/prometheus-node-exporter, which would start, too
#   etcd	root/usr/bin, the same
#   ldirectord	root/usr/sbin/ldirectord, the same
#   moby	src/github.com/moby/ipvs, the library in Go by which Docker and
#		kube-proxy speak to IPVS. Its package wants 250 others.
#   upstream	the kernel's own test of IPVS, and what it sources
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

name=${1:?usage: get-program.sh NAME}

# Unpack Debian's packages "$@" into root.
unpack() {
	local deb

	download "$@" || { apt-get -qq update && download "$@"; }
	for deb in *.deb; do
		dpkg -x "$deb" root
		rm "$deb"
	done
}

get_bird() {
	unpack bird2 libssh-gcrypt-4
}

get_cluster() {
	unpack resource-agents libxml2-utils gawk
}

get_docker() {
	unpack docker.io containerd runc tini
}

get_etcd() {
	unpack etcd-server etcd-client
}

get_exporter() {
	unpack prometheus-node-exporter
}

get_ldirectord() {
	unpack ldirectord
}

get_moby() {
	unpack golang-github-docker-docker-dev
	mkdir -p src/github.com/moby
	mv root/usr/share/gocode/src/github.com/moby/ipvs src/github.com/moby
	rm -r root
}

get_upstream() {
	local net=linux-source-6.12/tools/testing/selftests/net

	tar -xf /usr/src/linux-source-6.12.tar.xz --strip-components=5 \
		"$net/lib.sh" "$net/netfilter/lib.sh" "$net/netfilter/ipvs.sh"
}

fill_cache() {
	[ -e "$LB_CACHE/$name" ] || into_cache "$name" "get_$name"
}

[ "$(type -t "get_$name")" = function ] || die "no program $name"
locked "$LB_CACHE/$name.lock" fill_cache
