// SPDX-License-Identifier: GPL-2.0-only
/* The daemons that synchronise connections: what is asked of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "sync.h"

const struct sync_word sync_words[] = {
	{ "interface", "the name of an interface", OPT_MCAST_INTERFACE,
	  LB_A_SYNC_INTERFACE, 1, 15 },
	{ "syncid", "0 to 255", OPT_SYNCID, LB_A_SYNC_SYNCID, 0, 255 },
	{ "maxlen", "1 to 65507", OPT_SYNC_MAXLEN, LB_A_SYNC_MAXLEN, 1, 65507 },
	{ "group", "an address", OPT_MCAST_GROUP, LB_A_SYNC_GROUP4 },
	{ "port", "1 to 65535", OPT_MCAST_PORT, LB_A_SYNC_PORT, 1, 65535 },
	{ "ttl", "1 to 255", OPT_MCAST_TTL, LB_A_SYNC_TTL, 1, 255 },
	{ "peer", "an address", OPT_SYNC_PEER, LB_A_SYNC_PEER },
	{ "key", "the name of a file", OPT_SYNC_KEY, LB_A_SYNC_KEY },
};

const size_t sync_n_words = sizeof(sync_words) / sizeof(*sync_words);

bool sync_parse_role(const char *text, struct sync *sync)
{
	const struct spec_attr *spec = spec_attr(&spec_sync, LB_A_SYNC_ROLE);
	size_t i;

	for (i = 0; i < spec->n_values; i++) {
		if (strcmp(text, spec->values[i]))
			continue;
		sync->val[LB_A_SYNC_ROLE].num = i;
		sync->given |= BIT(LB_A_SYNC_ROLE);
		return true;
	}
	return false;
}

static bool parse_addr(const char *text, struct endpoint *ep)
{
	ep->family = AF_INET;
	if (inet_pton(AF_INET, text, &ep->addr.v4) == 1)
		return true;
	ep->family = AF_INET6;
	return inet_pton(AF_INET6, text, &ep->addr.v6) == 1;
}

static bool parse_group(const char *text, struct sync *sync)
{
	struct endpoint ep;

	if (!parse_addr(text, &ep))
		return false;
	if (ep.family == AF_INET)
		sync->val[LB_A_SYNC_GROUP4].num = ep.addr.v4.s_addr;
	else
		sync->val[LB_A_SYNC_GROUP6].addr6 = ep.addr.v6;
	sync->given |= BIT(ep.family == AF_INET ? LB_A_SYNC_GROUP4 :
						  LB_A_SYNC_GROUP6);
	return true;
}

int sync_read_key(const char *path, struct sync *sync)
{
	FILE *file = fopen(path, "r");
	char text[SYNC_KEY_MAX + 2];
	size_t len;

	if (!file)
		return diag_refused("%s: %s", path, strerror(errno));
	len = fread(text, 1, sizeof(text), file);
	if (ferror(file))
		len = 0;
	fclose(file);
	if (len && text[len - 1] == '\n')
		len--;
	if (!len || len > SYNC_KEY_MAX)
		return diag_refused("%s: a key has 1 to %d bytes", path,
				    SYNC_KEY_MAX);
	memcpy(sync->key, text, len);
	sync->key_len = len;
	return LBCTL_OK;
}

static bool parse_value(const struct sync_word *word, const char *text,
			struct sync *sync)
{
	uint32_t num;

	if (word->attr == LB_A_SYNC_GROUP4)
		return parse_group(text, sync);
	if (word->attr == LB_A_SYNC_PEER)
		return parse_addr(text, &sync->peer[sync->n_peers++]);
	sync->given |= BIT(word->attr);
	if (word->attr == LB_A_SYNC_INTERFACE) {
		sync->val[word->attr].text = text;
		return *text && strlen(text) <= word->max;
	}
	if (parse_number(text, word->min, word->max, &num))
		return false;
	sync->val[word->attr].num = num;
	return true;
}

int sync_parse(const struct sync_word *word, const char *text,
	       struct sync *sync, bool *bad)
{
	*bad = false;
	if (word->attr == LB_A_SYNC_KEY)
		return sync_read_key(text, sync);
	if (word->attr == LB_A_SYNC_PEER && sync->n_peers == SYNC_PEERS)
		return diag_usage("there are more than %d peers", SYNC_PEERS);
	*bad = !parse_value(word, text, sync);
	return LBCTL_OK;
}

static void put_peer(struct batch *b, const struct endpoint *peer)
{
	size_t nest = batch_nest_start(b, LB_A_SYNC_PEER);

	if (peer->family == AF_INET)
		mnl_attr_put_u32(batch_room(b), LB_A_SYNC_PEER_ADDR4,
				 peer->addr.v4.s_addr);
	else
		mnl_attr_put(batch_room(b), LB_A_SYNC_PEER_ADDR6,
			     sizeof(peer->addr.v6), &peer->addr.v6);
	batch_nest_end(b, nest);
}

void sync_start(struct batch *b, uint16_t flags, const struct sync *sync)
{
	size_t i;

	batch_begin(b, LB_CMD_SYNC_SET, flags);
	attrs_put(batch_room(b), &spec_sync, sync->val, sync->given);
	for (i = 0; i < sync->n_peers; i++)
		put_peer(b, &sync->peer[i]);
	if (sync->key_len)
		mnl_attr_put(batch_room(b), LB_A_SYNC_KEY, sync->key_len,
			     sync->key);
}

void sync_stop(struct batch *b, const struct sync *sync)
{
	batch_begin(b, LB_CMD_SYNC_DEL, 0);
	attrs_put(batch_room(b), &spec_sync, sync->val, BIT(LB_A_SYNC_ROLE));
}

static void get_peer(const struct nlattr *nest, struct endpoint *peer)
{
	union value val[LB_A_SYNC_PEER_MAX + 1] = { 0 };
	uint64_t given = 0;

	attrs_get_nest(nest, &spec_sync_peer, val, &given);
	peer->family = given & BIT(LB_A_SYNC_PEER_ADDR6) ? AF_INET6 : AF_INET;
	if (peer->family == AF_INET6)
		peer->addr.v6 = val[LB_A_SYNC_PEER_ADDR6].addr6;
	else
		peer->addr.v4.s_addr = val[LB_A_SYNC_PEER_ADDR4].num;
}

void sync_get(const struct nlmsghdr *nlh, struct sync *sync)
{
	const struct nlattr *attr;

	*sync = (struct sync) { .given = 0 };
	attrs_get_message(nlh, &spec_sync, sync->val, &sync->given);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == LB_A_SYNC_PEER &&
		    sync->n_peers < SYNC_PEERS)
			get_peer(attr, &sync->peer[sync->n_peers++]);
}
