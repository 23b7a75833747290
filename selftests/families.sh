# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # those who source it use the names
# For tests on topo_wire6 that say everything once and mean IPv4 and IPv6.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# family 4|6: the names of everything in it: ends of the wires, layers and their
# fields, two clients and one behind the first, the virtual address, the
# director's towards the servers, a server by each method, and one that is none
# of these.
family()
{
	FAMILY=$1
	if [ "$1" = 4 ]; then
		CL=client4 SV=server4 IP=ip TTL=ttl TOS=tos ICMP=icmp
		CIP=192.168.1.5 OTHER_CIP=192.168.1.6 BEHIND=10.9.0.1
		CIP_HOST=$CIP
		VIP=192.168.1.111 VIP_HOST=$VIP INNER=172.16.32.111
		RS=172.16.32.110 RS_DR=172.16.32.112 RS_TUN=172.16.32.113
		OTHER_RS=172.16.32.114
		PORT_UNREACH="type=3 code=3" HOST_UNREACH="type=3 code=1"
		TOO_BIG="type=3 code=4"
	else
		CL=client SV=server IP=ip6 TTL=hlim TOS=tc ICMP=icmp6
		CIP=2001:db8:1::5 OTHER_CIP=2001:db8:1::6 BEHIND=2001:db8:9::1
		CIP_HOST=[$CIP]
		VIP=2001:db8:1::111 VIP_HOST=[$VIP] INNER=2001:db8:2::111
		RS=2001:db8:2::110 RS_DR=2001:db8:2::112 RS_TUN=2001:db8:2::113
		OTHER_RS=2001:db8:2::114
		PORT_UNREACH="type=1 code=4" HOST_UNREACH="type=1 code=3"
		TOO_BIG="type=2 code=0"
	fi
}

# bracket ADDRESS: as it stands before a port.
bracket()
{
	[[ $1 == *:* ]] && echo "[$1]" || echo "$1"
}

# both COMMAND...: in each family
both()
{
	family 4
	"$@"
	family 6
	"$@"
}

# UDP: port 53 is by NAT to port 5353, 54 by DR, 55 by TUN.
udp_services()
{
	both udp_service | lbctl -R
	check_err $? "services"
}

udp_service()
{
	cat <<- END
	-A -u $VIP_HOST:53 -s rr
	-a -u $VIP_HOST:53 -r $(bracket "$RS"):5353 -m
	-A -u $VIP_HOST:54 -s rr
	-a -u $VIP_HOST:54 -r $(bracket "$RS_DR") -g
	-A -u $VIP_HOST:55 -s rr
	-a -u $VIP_HOST:55 -r $(bracket "$RS_TUN") -i
	END
}
