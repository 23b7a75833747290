#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Docker Swarm as Debian has it, with one node: two tasks answer at a published
# port, through the routing mesh, and at their service's internal address; tasks
# come and go.
#
# dockerd runs in the namespace that the machine began with: the namespaces that
# it makes inherit from that, not from its own, whether they forward.
#
# It takes longer than is good for make check; make check-long runs it.
#
# Programs: docker

export LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

HOST=10.99.0.1
PATH=$LB_CACHE/docker/root/usr/bin:$LB_CACHE/docker/root/usr/sbin:$PATH

# How long Swarm may take for a change, on a machine that is slow.
SOON=600000

# What dockerd needs of a machine: control groups, and room for its files that is
# no overlay itself.
machine()
{
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mkdir -p /var/lib/docker
	mount -t tmpfs docker /var/lib/docker
	setup_ns CLIENT
	ip link add lbdocker0 type veth peer name eth0 netns "$CLIENT"
	ip addr add "$HOST/24" dev lbdocker0
	ip link set lbdocker0 up
	ip -n "$CLIENT" addr add 10.99.0.2/24 dev eth0
	ip -n "$CLIENT" link set eth0 up
}

# dockerd gives a containerd that it starts itself fifteen seconds, in which a slow
# machine does not start it.
docker_start()
{
	local address=/run/containerd/containerd.sock

	containerd --address "$address" --root /var/lib/docker/containerd \
		> "$TMP/containerd" 2>&1 &
	background $!
	busywait "$SOON" ctr --address "$address" version > /dev/null || return
	dockerd --containerd "$address" --storage-driver vfs \
		--exec-opt native.cgroupdriver=cgroupfs > "$TMP/dockerd" 2>&1 &
	background $!
	busywait "$SOON" docker info > /dev/null
}

# An image of one program
image()
{
	mkdir -p "$TMP/image/bin" "$TMP/image/www"
	cp "$(command -v busybox)" "$TMP/image/bin"
	ln -s busybox "$TMP/image/bin/sh"
	tar -C "$TMP/image" -c . | docker import - lb-web > /dev/null
}

# Each task tells its name on its page.
serve()
{
	# shellcheck disable=SC2016 # expanded inside
	docker service create --detach --name web --replicas 2 \
		--network inside --publish 8080:80 --no-resolve-image lb-web \
		/bin/sh -c 'busybox hostname > /www/index.html
			exec busybox httpd -f -p 80 -h /www' > /dev/null
}

# page: by the published port, from another host
page()
{
	in_ns "$CLIENT" curl -s -m 5 "http://$HOST:8080/"
}

# page_inside ADDRESS: from a task of another service
page_inside()
{
	docker exec "$CALLER" busybox sh -c \
		"printf 'GET / HTTP/1.0\r\n\r\n' | busybox nc -w 5 $1 80" |
		tail -n 1
}

# answered_by N COMMAND...: exactly N tasks answer, all the time
answered_by()
{
	local pages="" text

	for _ in $(seq $(($1 * 3))); do
		text=$("${@:2}") && [ -n "$text" ] || return 1
		pages+=$text$'\n'
	done
	[ "$(sort -u <<< "$pages" | grep -c .)" -eq "$1" ]
}

# What there is, for who reads of a failure
state()
{
	local ns

	# shellcheck disable=SC2031 # what was lost is told there
	[ "$RET" -ne 0 ] || return
	echo "# dockerd: $(grep -E 'level=(error|warn)' "$TMP/dockerd" | tail -n 20)"
	docker service ps web 2>&1 | sed 's/^/# /'
	for ns in /run/docker/netns/*; do
		echo "# $ns"
		{
			nsenter --net="$ns" sysctl net.ipv4.ip_forward
			nsenter --net="$ns" cat /proc/net/ip_vs
			nsenter --net="$ns" ip -br addr
			nsenter --net="$ns" iptables-save -c -t nat
			nsenter --net="$ns" iptables-save -c -t mangle
			[ "$LB_SUT" = ipvs ] ||
				nsenter --net="$ns" "$LBCTL" stats
		} 2>&1 | sed 's/^/#   /'
	done
}

published()
{
	docker swarm init --advertise-addr "$HOST" > /dev/null
	check_err $? "swarm init"
	docker network create -d overlay --attachable inside > /dev/null
	check_err $? "network create"
	serve
	check_err $? "service create"
	busywait "$SOON" answered_by 2 page
	check_err $? "published port: two tasks do not answer"
	state
	log_test "two tasks answer at the published port"
}

internal()
{
	local net vip

	CALLER=$(docker run --detach --network inside lb-web \
		/bin/sh -c 'exec busybox sleep 3600')
	check_err $? "run"
	net=$(docker network inspect -f '{{.Id}}' inside)
	vip=$(docker service inspect -f '{{range .Endpoint.VirtualIPs
		}}{{.NetworkID}} {{println .Addr}}{{end}}' web |
		sed -n "s,^$net \(.*\)/.*,\1,p")
	busywait "$SOON" answered_by 2 page_inside "$vip"
	check_err $? "$vip: two tasks do not answer"
	busywait "$SOON" answered_by 2 page_inside web
	check_err $? "the service's name: two tasks do not answer"
	state
	log_test "two tasks answer at the service's internal address"
}

scaled()
{
	docker service scale --detach web=3 > /dev/null
	busywait "$SOON" answered_by 3 page
	check_err $? "three tasks do not answer"
	docker service scale --detach web=1 > /dev/null
	busywait "$SOON" answered_by 1 page
	check_err $? "one task does not answer"
	busywait "$SOON" answered_by 1 page_inside web
	check_err $? "one task does not answer inside"
	state
	log_test "tasks come and go"
}

no_containers()
{
	[ -z "$(docker ps -q)" ]
}

# dockerd gives its swarm ten seconds to end; on a slow machine it says that it
# had not, though it does.
inactive()
{
	[ "$(docker info -f '{{.Swarm.LocalNodeState}}')" = inactive ]
}

gone()
{
	docker service rm web > /dev/null
	check_err $? "service rm"
	docker rm -f "$CALLER" > /dev/null
	busywait "$SOON" no_containers
	check_err $? "tasks stay"
	docker swarm leave --force > /dev/null
	busywait "$SOON" inactive
	check_err $? "the swarm stays"
	state
	log_test "the service and the swarm end"
}

lb_load || skip_all "the module does not load"
[ "$LB_SUT" = ipvs ] || ipvs_names
machine
docker_start ||
	skip_all "dockerd does not start: $(tail -qn 5 "$TMP"/{containerd,dockerd})"
image || skip_all "no image"
tests_run published internal scaled gone
