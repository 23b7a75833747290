// SPDX-License-Identifier: GPL-2.0-only
/* Help and version. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "help.h"
#include "model.h"

static const char ipvs_text[] =
"The grammar of ipvsadm(8):\n"
"  lbctl -A|-E SERVICE [-s SCHEDULER] [-b FLAGS] [-p [SECONDS]] [-M NETMASK]\n"
"              [--pe sip] [-o]%s\n"
"  lbctl -D SERVICE\n"
"  lbctl -a|-e SERVICE -r HOST[:PORT] [-g|-i|-m] [-w WEIGHT]\n"
"              [-x UPPER] [-y LOWER] [--tun-type TYPE] [--tun-port PORT]\n"
"              [--tun-nocsum|--tun-csum|--tun-remcsum]%s\n"
"  lbctl -d SERVICE -r HOST[:PORT]\n"
"  lbctl -L|-l [SERVICE] [LISTING OPTIONS]\n"
"  lbctl -Z [SERVICE]\n"
"  lbctl -C\n"
"  lbctl -S [-n]\n"
"  lbctl -R [--replace [--allow-empty]]\n"
"  lbctl --set TCP TCPFIN UDP\n"
"  lbctl --start-daemon master|backup [--mcast-interface NAME] [--syncid ID]\n"
"              [--sync-maxlen BYTES] [--mcast-group ADDRESS]\n"
"              [--mcast-port PORT] [--mcast-ttl TTL]\n"
"              [--sync-peer ADDRESS]... [--sync-key FILE]\n"
"  lbctl --stop-daemon master|backup\n"
"\n"
"Commands:\n"
"  -A, --add-service       add a virtual service\n"
"  -E, --edit-service      change one; what is left out gets its default\n"
"  -D, --delete-service    delete one and its real servers\n"
"  -a, --add-server        add a real server to a service\n"
"  -e, --edit-server       change one; what is left out gets its default\n"
"  -d, --delete-server     remove one\n"
"  -L, -l, --list          list services, connections or timeouts\n"
"  -Z, --zero              set counters to zero\n"
"  -C, --clear             delete all services\n"
"  -S, --save              print commands that restore what is there\n"
"  -R, --restore           carry out commands read from standard input\n"
"      --set               set timeouts in seconds; 0 keeps one\n"
"      --start-daemon          tell other directors of connections, or listen\n"
"      --stop-daemon           do so no more\n"
"  -h, --help              print this\n"
"  -v, --version           print the versions of tool and module\n"
"\n"
"SERVICE is one of:\n"
"  -t, --tcp-service HOST[:PORT]\n"
"  -u, --udp-service HOST[:PORT]\n"
"      --sctp-service HOST[:PORT]\n"
"  -f, --fwmark-service MARK     of IPv4, or with -6, --ipv6, of IPv6\n"
"HOST is a name or an address; an IPv6 one is in brackets, [ADDRESS]:PORT.\n"
"\n"
"Options:\n"
"  -s, --scheduler NAME          rr, wrr, lc, wlc (default), sed, nq ...\n"
"  -b, --sched-flags FLAGS       flags of the scheduler, as sh-port,sh-fallback\n"
"  -p, --persistent [SECONDS]    a client stays with its server (default 360)\n"
"  -M, --netmask NETMASK         whole networks stay together; with IPv6, a\n"
"                                prefix length\n"
"      --pe sip                  not a client stays, but a Call-ID of SIP\n"
"  -o, --ops                     each UDP packet is scheduled by itself\n"
"%s  -r, --real-server HOST[:PORT] port of the service unless given\n"
"  -g, --gatewaying              direct routing (default)\n"
"  -i, --ipip                    tunnel\n"
"      --tun-type ipip|gre|gue   how it carries packets (default ipip)\n"
"      --tun-port PORT           UDP port of gue\n"
"      --tun-nocsum, --tun-csum  gre, gue: without (default), with checksum\n"
"      --tun-remcsum             gue: the server computes the inner one\n"
"%s  -m, --masquerading            NAT\n"
"  -w, --weight N                share of new connections (default 1)\n"
"  -x, --u-threshold N           no new connections from this many on\n"
"  -y, --l-threshold N           until there are fewer than this many\n"
"      --mcast-interface NAME    by which messages go and come (default eth0)\n"
"      --syncid ID               group of directors (default 0, for all)\n"
"      --sync-maxlen BYTES       longest message (default: what fits)\n"
"      --mcast-group ADDRESS     multicast group (default 224.0.0.81)\n"
"      --mcast-port PORT         UDP port (default 8848)\n"
"      --mcast-ttl TTL           time to live (default 1)\n"
"      --sync-peer ADDRESS       a director that gets messages of its own\n"
"      --sync-key FILE           what the directors have in common\n"
"      --replace                 -R: delete what the commands do not add\n"
"      --allow-empty             even if they add nothing\n"
"\n"
"Listing options:\n"
"  -c, --connection       connections\n"
"      --timeout          timeouts\n"
"      --daemon           daemons that synchronise connections\n"
"      --stats            counters\n"
"      --rate             rates\n"
"      --thresholds       thresholds\n"
"      --persistent-conn  persistence templates\n"
"      --tun-info         tunnels\n"
"  -n, --numeric          addresses and ports as numbers\n"
"  -X, --exact            counters in full\n"
"      --nosort           in the order of the kernel\n"
"      --sort             sorted (default)\n";

static const char usage_text[] =
"Usage: lbctl [-n NETNS] [-j [-p]] OBJECT [COMMAND] ...\n"
"       lbctl [-n NETNS] -b FILE\n"
"       lbctl [-n NETNS] -A|-E|-D|-a|-e|-d|-L|-Z|-C|-S|-R|--set ...\n"
"       lbctl OBJECT help, lbctl -h\n"
"\n";

static const char commands_text[] =
"  service add KEY [SETTING]... [dest SERVER]...\n"
"  service set KEY SETTING...\n"
"  service replace KEY [SETTING]... [dest SERVER]...\n"
"  service del KEY\n"
"  service show|stats|zero [KEY]\n"
"  service flush\n"
"  dest add|set KEY to SERVER\n"
"  dest del KEY to ADDRESS[:PORT]\n"
"  dest show|stats [KEY]\n"
"  conn show|flush [FILTER]...\n"
"  conn count\n"
"  conn save|restore [FILE]\n"
"  config show\n"
"  config get NAME\n"
"  config set NAME VALUE...\n"
"  sync start master|backup interface NAME [syncid ID] [maxlen BYTES]\n"
"             [group ADDRESS] [port PORT] [ttl TTL] [peer ADDRESS]... [key FILE]\n"
"  sync stop master|backup\n"
"  sync show|stats\n"
"  stats show|zero\n"
"  check [KEY]\n"
"  save [FILE]\n"
"  load [FILE] [--check|--diff] [--confirm SECONDS] [--no-sync] [--allow-empty]\n"
"  confirm\n"
"  ipvs status|enable|disable\n"
"  monitor [timestamp]\n"
"  upgrade [--module FILE] [--old FILE] [--sync-key FILE]\n"
"  version\n"
"  help [OBJECT]\n";

static const char key_text[] =
"  KEY      tcp|udp|sctp ADDRESS:PORT | fwmark MARK [ipv6]\n"
"  ADDRESS  one of IPv4, or one of IPv6 in brackets\n";

static const char netmask_text[] =
"  NETMASK  255.255.255.255, or in IPv6 a prefix length\n";

static const char filter_text[] =
"  FILTER   service KEY | client ADDRESS[/LENGTH] | dest ADDRESS[:PORT] |\n"
"           state STATE | tcp | udp | sctp\n";

static const char option_text[] =
"\n"
"  -n NETNS  in another network namespace, by its name or a process in it\n"
"  -j        print JSON\n"
"  -p        each value on a line of its own\n"
"  -b FILE   carry out the commands in FILE, - for standard input\n"
"\n"
"Words may be cut short as long as they mean one thing; list is show.\n";

static const char file_text[] =
"\n"
"FILE is /etc/lb/lb.rules by default, - is standard input or output.\n";

static const char see_text[] = "See lbctl(8).\n";

void help_ipvs(void)
{
	printf(ipvs_text, spec_synopsis_service, spec_synopsis_dest,
	       spec_options_service, spec_options_dest);
}

/* The lines of the commands of an object, and those that go on. */
static void print_commands(const char *object)
{
	const size_t len = strlen(object);
	const char *line, *end;
	bool mine = false;

	for (line = commands_text; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (line[2] != ' ')
			mine = !strncmp(line + 2, object, len) &&
			       (line[2 + len] == ' ' || line[2 + len] == '\n');
		if (mine)
			printf("%.*s\n", (int)(end - line), line);
	}
}

static void help_object(const char *object)
{
	static const struct {
		const char	*object;
		const char	*text[5];
	} more[] = {
		{ "service", { key_text, spec_help_service, netmask_text,
			       spec_help_dest } },
		{ "dest", { key_text, spec_help_dest } },
		{ "conn", { key_text, filter_text } },
		{ "check", { key_text } },
		{ "config", { spec_help_config } },
		{ "save", { file_text } },
		{ "load", { file_text } },
	};
	size_t i, j;

	print_commands(object);
	for (i = 0; i < sizeof(more) / sizeof(*more); i++) {
		if (strcmp(more[i].object, object))
			continue;
		for (j = 0; more[i].text[j]; j++)
			fputs(more[i].text[j], stdout);
	}
}

int help_words(const char *object)
{
	if (object)
		help_object(object);
	else
		printf("%s%s\n%s%s%s%s%s%s%s%s", usage_text, commands_text,
		       key_text, spec_help_service, netmask_text,
		       spec_help_dest, filter_text, spec_help_config,
		       option_text, file_text);
	fputs(see_text, stdout);
	return LBCTL_OK;
}

int help_version(void)
{
	json_t *info;
	int rc;

	printf("lbctl %s\n", LBCTL_VERSION);

	/* To ask by netlink would load the module. */
	if (access("/sys/module/lb", F_OK))
		return LBCTL_OK;

	rc = model_read_json("version", LB_CMD_INFO_GET, &info);
	if (!rc)
		printf("lb %s\n",
		       json_string_value(json_object_get(info, "version")));
	json_decref(info);
	return rc;
}
