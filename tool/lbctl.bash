# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of lbctl in bash: words and options by what stands before them.

# _lbctl_offer WORDS: those of them that begin with the word being typed.
_lbctl_offer()
{
	local word

	COMPREPLY=()
	for word in $1; do
		[[ $word != "${COMP_WORDS[COMP_CWORD]}"* ]] ||
			COMPREPLY+=("$word")
	done
}

_lbctl_schedulers()
{
	local names

	names=$(lbctl stats 2> /dev/null | sed -n 's/^scheduler //p')
	_lbctl_offer "${names:-rr wrr lc wlc sed nq fo ovf twos dh sh mh lblc lblcr}"
}

LBCTL_OBJECTS="service dest conn config sync stats check save load confirm ipvs
	monitor upgrade version help"

LBCTL_SCHED_FLAGS="sh-port sh-fallback mh-port mh-fallback
	flag-1 flag-2 flag-3"

# Made by scripts/codegen from lb.yaml and words.yaml: do not edit.
LBCTL_SERVICE="scheduler sched-flags persistent mask tcp-timeout
	tcp-fin-timeout udp-timeout one-packet pe tun-df mtu mss-clamp mark
	reply-mark comment"
LBCTL_DEST="nat dr tun tun-type tun-port tun-checksum weight upper lower
	comment"
LBCTL_CONFIG="tcp-timeout tcp-fin-timeout udp-timeout fastpath
	run_estimation conn_reuse_mode expire_nodest_conn
	expire_quiescent_template sloppy_tcp amemthresh am_droprate drop_entry
	drop_packet secure_tcp conn_max mh_table_size lblc_expiration
	lblcr_expiration sloppy_sctp snat_reroute nat_icmp_send ignore_tunneled
	pmtu_disc schedule_icmp cache_bypass conntrack service_max dest_max
	user_conn_max user_service_max user_dest_max conn_table_max way_max
	user_conn_table_max user_way_max sync_rate sync_ports sync_persist_mode
	sync_sock_size backup_only"
LBCTL_STATES="none established syn-sent syn-recv fin-wait time-wait
	close close-wait last-ack listen synack udp sctp-init1 sctp-init
	sctp-cookie-sent sctp-cookie-replied sctp-cookie-wait sctp-cookie
	sctp-cookie-echoed sctp-established sctp-shutdown-sent
	sctp-shutdown-received sctp-shutdown-ack-sent sctp-rejected sctp-closed"
LBCTL_COMMANDS="-A -E -D -C -R -S -a -e -d -L -Z -h -v --add-service
	--edit-service --delete-service --clear --restore --save --add-server
	--edit-server --delete-server --list --zero --set --start-daemon
	--stop-daemon --help --version"
declare -gA LBCTL_LETTERS=(
	[-A]="--add-service" [-E]="--edit-service" [-D]="--delete-service"
	[-C]="--clear" [-R]="--restore" [-S]="--save" [-a]="--add-server"
	[-e]="--edit-server" [-d]="--delete-server" [-L]="--list" [-Z]="--zero"
	[-h]="--help" [-v]="--version"
)
declare -gA LBCTL_GROUPS=(
	[--add-service]="key family service" [--edit-service]="key family
	service" [--delete-service]="key family" [--clear]=""
	[--restore]="replace" [--save]="numeric" [--add-server]="key family
	server dest" [--edit-server]="key family server dest"
	[--delete-server]="key family server" [--list]="key family numeric what
	columns order" [--zero]="key family" [--set]="" [--start-daemon]="sync"
	[--stop-daemon]="sync" [--help]="" [--version]=""
)
declare -gA LBCTL_OPTIONS=(
	[key]="--tcp-service --udp-service --sctp-service --fwmark-service"
	[family]="--ipv6" [service]="--scheduler --persistent --netmask --pe
	--sched-flags --ops --tun-df --mtu --mss-clamp --mark --reply-mark"
	[server]="--real-server" [dest]="--gatewaying --ipip --masquerading
	--weight --u-threshold --l-threshold --tun-type --tun-port --tun-nocsum
	--tun-csum --tun-remcsum" [numeric]="--numeric" [what]="--connection
	--timeout --daemon" [columns]="--stats --rate --thresholds
	--persistent-conn --tun-info" [order]="--sort --nosort --exact"
	[replace]="--replace --allow-empty" [sync]="--syncid --sync-maxlen
	--mcast-interface --mcast-group --mcast-port --mcast-ttl --sync-peer
	--sync-key"
)
declare -gA LBCTL_VALUES=(
	[scheduler]="" [sched-flags]="" [persistent]="" [mask]=""
	[tcp-timeout]="" [tcp-fin-timeout]="" [udp-timeout]=""
	[one-packet]="off" [pe]="sip off" [tun-df]="default inherit set unset"
	[mtu]="" [mss-clamp]="off" [mark]="" [reply-mark]="" [comment]=""
	[tun-type]="ipip gre gue" [tun-port]="" [tun-checksum]="none full
	remote" [weight]="" [upper]="" [lower]="" [fastpath]="auto on off"
)
# End of what scripts/codegen makes.

# _lbctl_value SETTING [MORE]: its values, and more if it may stand without one.
# False if it is no setting.
_lbctl_value()
{
	[ -n "${LBCTL_VALUES[$1]+set}" ] || return 1
	case $1 in
	scheduler)
		_lbctl_schedulers
		;;
	sched-flags)
		_lbctl_offer "$LBCTL_SCHED_FLAGS"
		;;
	*)
		[ "${LBCTL_VALUES[$1]}" = off ] || set -- "$1"
		_lbctl_offer "${LBCTL_VALUES[$1]} ${2-}"
		;;
	esac
}

# _lbctl_keys N: services that exist, after N words that name no service.
_lbctl_keys()
{
	local kind=${COMP_WORDS[COMP_CWORD - 1]}

	case $kind in
	tcp|udp|sctp|fwmark)
		_lbctl_offer "$(lbctl service show 2> /dev/null |
			sed -n "s/^$kind \([^ ]*\) .*/\1/p")"
		return 0
		;;
	esac
	[ "$COMP_CWORD" -eq "$1" ] && _lbctl_offer "tcp udp sctp fwmark"
}

# What may come right after a mark.
_lbctl_family()
{
	[ "${COMP_WORDS[COMP_CWORD - 2]}" != fwmark ] || echo ipv6
}

# Bash takes an address with a port apart at the colon, so what was said is
# looked for, not counted.
_lbctl_said()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" != "$1" ] || return 0
	done
	return 1
}

_lbctl_service()
{
	local prev=${COMP_WORDS[COMP_CWORD - 1]} more

	[ "$prev" != dest ] || return
	_lbctl_keys 3 && return
	more=$(_lbctl_family)
	case ${COMP_WORDS[2]} in
	add|replace)
		if _lbctl_said dest; then
			more="$LBCTL_DEST dest"
		else
			more+=" $LBCTL_SERVICE dest"
		fi
		;;
	set)
		more+=" $LBCTL_SERVICE"
		;;
	esac
	_lbctl_value "$prev" "$more" || _lbctl_offer "$more"
}

_lbctl_dest()
{
	local prev=${COMP_WORDS[COMP_CWORD - 1]} more

	[ "$prev" != to ] || return
	_lbctl_keys 3 && return
	more=$(_lbctl_family)
	case ${COMP_WORDS[2]} in
	add|set|del)
		if ! _lbctl_said to; then
			more+=" to"
		elif [ "${COMP_WORDS[2]}" != del ]; then
			more=$LBCTL_DEST
		fi
		;;
	esac
	_lbctl_value "$prev" "$more" || _lbctl_offer "$more"
}

_lbctl_conn()
{
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	client|dest)
		return
		;;
	state)
		_lbctl_offer "$LBCTL_STATES"
		return
		;;
	service)
		_lbctl_offer "tcp udp sctp fwmark"
		return
		;;
	esac
	if [ "${COMP_WORDS[COMP_CWORD - 2]}" = service ]; then
		_lbctl_keys 0
	elif [[ ${COMP_WORDS[2]} == save || ${COMP_WORDS[2]} == restore ]]; then
		mapfile -t COMPREPLY < \
			<(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
	elif [ "${COMP_WORDS[2]}" != count ]; then
		_lbctl_offer "$(_lbctl_family) service client dest state tcp
			udp sctp"
	fi
}

_lbctl_settings()
{
	local prev=${COMP_WORDS[COMP_CWORD - 1]}

	case $prev in
	get|set|[0-9]*|auto|on|off)
		_lbctl_offer "$LBCTL_CONFIG"
		;;
	*)
		_lbctl_offer "${LBCTL_VALUES[$prev]-}"
		;;
	esac
}

# _lbctl_file save|load
_lbctl_file()
{
	local cur=${COMP_WORDS[COMP_CWORD]}

	if [ "${COMP_WORDS[COMP_CWORD - 1]}" = --confirm ]; then
		return
	elif [[ $1 == load && $cur == -* ]]; then
		_lbctl_offer "--check --diff --confirm --no-sync --allow-empty"
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_lbctl_sync()
{
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	start|stop)
		_lbctl_offer "master backup"
		;;
	interface|--mcast-interface)
		_lbctl_offer "$(cd /sys/class/net && echo *)"
		;;
	key|--sync-key)
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
		;;
	syncid|maxlen|group|port|ttl|peer)
		;;
	*)
		[ "${COMP_WORDS[2]}" != start ] || _lbctl_offer "interface syncid
			maxlen group port ttl peer key"
		;;
	esac
}

_lbctl_words()
{
	local object=${COMP_WORDS[1]}

	if [ "$COMP_CWORD" -eq 2 ]; then
		case $object in
		service)
			_lbctl_offer "add set replace del show stats zero flush"
			;;
		dest)
			_lbctl_offer "add set del show stats"
			;;
		conn)
			_lbctl_offer "show count flush save restore"
			;;
		config)
			_lbctl_offer "show get set"
			;;
		sync)
			_lbctl_offer "show start stop stats"
			;;
		stats)
			_lbctl_offer "show zero"
			;;
		ipvs)
			_lbctl_offer "status enable disable"
			;;
		monitor)
			_lbctl_offer timestamp
			;;
		help)
			_lbctl_offer "$LBCTL_OBJECTS"
			;;
		upgrade)
			_lbctl_offer "--module --old --sync-key"
			;;
		esac
		[[ $object == @(save|load|check) ]] || return
	fi
	case $object in
	save|load)
		_lbctl_file "$object"
		;;
	service)
		_lbctl_service
		;;
	dest)
		_lbctl_dest
		;;
	conn)
		_lbctl_conn
		;;
	config)
		_lbctl_settings
		;;
	upgrade)
		mapfile -t COMPREPLY < \
			<(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
		;;
	sync)
		_lbctl_sync
		;;
	check)
		_lbctl_keys 2 || _lbctl_offer "$(_lbctl_family)"
		;;
	esac
}

_lbctl_options()
{
	local prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	local group options=

	case $prev in
	-s|--scheduler)
		_lbctl_value scheduler && return
		;;
	-b|--sched-flags)
		_lbctl_value sched-flags && return
		;;
	--pe)
		_lbctl_offer sip
		return
		;;
	--start-daemon|--stop-daemon)
		if [[ ${COMP_WORDS[COMP_CWORD]} != -* ]]; then
			_lbctl_offer "master backup"
			return
		fi
		;;
	--mcast-interface|--sync-key)
		_lbctl_sync
		return
		;;
	--*)
		# As an option, a switch has no value.
		[ "${LBCTL_VALUES[${prev#--}]-}" = off ] ||
			! _lbctl_value "${prev#--}" || return
		;;
	esac
	[[ ${COMP_WORDS[COMP_CWORD]} == -* ]] || return
	[[ $command != -[Ll]* ]] || command=-L
	command=${LBCTL_LETTERS[$command]-$command}
	for group in ${LBCTL_GROUPS[$command]-}; do
		options+=" ${LBCTL_OPTIONS[$group]}"
	done
	_lbctl_offer "$options"
}

_lbctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} n=1

	COMPREPLY=()
	# What comes after these is completed as if they were not there.
	while [ "$COMP_CWORD" -gt "$n" ]; do
		case ${COMP_WORDS[1]} in
		-j|-p|--json|--pretty)
			n=1
			;;
		-n|--netns)
			n=2
			;;
		*)
			break
			;;
		esac
		[ "$COMP_CWORD" -gt "$n" ] || break
		COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:n + 1}")
		COMP_CWORD=$((COMP_CWORD - n))
	done
	if [ "$COMP_CWORD" -eq 2 ] && [[ ${COMP_WORDS[1]} == @(-n|--netns) ]]; then
		_lbctl_offer "$(cd /run/netns 2> /dev/null && echo *)"
	elif [ "$COMP_CWORD" -eq 1 ] && [[ $cur == -* ]]; then
		_lbctl_offer "-n -j -p -b --netns --json --pretty $LBCTL_COMMANDS"
	elif [ "$COMP_CWORD" -eq 1 ]; then
		_lbctl_offer "$LBCTL_OBJECTS"
	elif [ "${COMP_WORDS[1]}" = -b ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ ${COMP_WORDS[1]} == -* ]]; then
		_lbctl_options
	else
		_lbctl_words
	fi
}

complete -F _lbctl lbctl
