// SPDX-License-Identifier: GPL-2.0-only
/* Synchronisation: the sockets, and what says that a message has the key. */

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/udp.h>

#include "lb_sync.h"

/* Of a socket that receives, if nobody says otherwise: a second of a walk. */
#define RECEIVE_BUFFER (4 << 20)

/* Bad packets that are thrown away before something else has its turn */
#define TRIES 64

/* How long the work waits for the device to take a message */
#define SEND_TIMEOUT (HZ / 10)

/* Who is closing the socket waits for us: then there is no more work. */
static void data_ready(struct sock *sk)
{
	struct lb_sync *sync;

	read_lock_bh(&sk->sk_callback_lock);
	sync = sk->sk_user_data;
	if (sync && lb_sync_is_on(sync))
		mod_delayed_work(sync->queue, &sync->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void close_socket(struct socket *sock)
{
	write_lock_bh(&sock->sk->sk_callback_lock);
	sock->sk->sk_user_data = NULL;
	write_unlock_bh(&sock->sk->sk_callback_lock);
	sock_release(sock);
}

static int set_option(struct socket *sock, int level, int option,
		      const void *value, unsigned int len)
{
	return sock->ops->setsockopt(sock, level, option,
				     KERNEL_SOCKPTR((void *)value), len);
}

static int set_number(struct socket *sock, int level, int option, int value)
{
	return set_option(sock, level, option, &value, sizeof(value));
}

static int set_options4(struct socket *sock, const struct lb_sync_place *place,
			int ifindex)
{
	struct ip_mreqn join = {
		.imr_multiaddr.s_addr = place->group.addr.ip,
		.imr_ifindex = ifindex,
	};
	int err;

	err = set_number(sock, SOL_IP, IP_TTL, place->ttl) ?:
	      set_number(sock, SOL_IP, IP_MULTICAST_TTL, place->ttl) ?:
	      set_number(sock, SOL_IP, IP_MULTICAST_LOOP, 0) ?:
	      set_number(sock, SOL_IP, IP_MULTICAST_ALL, 0) ?:
	      set_number(sock, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	if (err || place->group.family != AF_INET)
		return err;
	return set_option(sock, SOL_IP, IP_ADD_MEMBERSHIP, &join, sizeof(join));
}

static int set_options6(struct socket *sock, const struct lb_sync_place *place,
			int ifindex)
{
	struct ipv6_mreq join = {
		.ipv6mr_multiaddr = place->group.addr.ip6,
		.ipv6mr_ifindex = ifindex,
	};
	int err;

	err = set_number(sock, SOL_IPV6, IPV6_UNICAST_HOPS, place->ttl) ?:
	      set_number(sock, SOL_IPV6, IPV6_MULTICAST_HOPS, place->ttl) ?:
	      set_number(sock, SOL_IPV6, IPV6_MULTICAST_LOOP, 0) ?:
	      set_number(sock, SOL_IPV6, IPV6_MTU_DISCOVER,
			 IPV6_PMTUDISC_DONT);
	if (err || place->group.family != AF_INET6)
		return err;
	return set_option(sock, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &join,
			  sizeof(join));
}

static int fill_name(struct sockaddr_storage *name,
		     const struct lb_sync_addr *addr, u16 port, int ifindex)
{
	struct sockaddr_in6 *name6 = (struct sockaddr_in6 *)name;
	struct sockaddr_in *name4 = (struct sockaddr_in *)name;

	memset(name, 0, sizeof(*name));
	name->ss_family = addr->family;
	if (addr->family == AF_INET) {
		name4->sin_addr.s_addr = addr->addr.ip;
		name4->sin_port = htons(port);
		return sizeof(*name4);
	}
	name6->sin6_addr = addr->addr.ip6;
	name6->sin6_port = htons(port);
	name6->sin6_scope_id = ifindex;
	return sizeof(*name6);
}

/* Where only the group's messages come, nobody else's reach the socket. */
static int bind_socket(struct socket *sock, const struct lb_sync_place *place,
		       u8 family, u16 port, int ifindex)
{
	struct lb_sync_addr any = { .family = family };
	struct sockaddr_storage name;
	int len;

	len = fill_name(&name, place->num_peers ? &any : &place->group, port,
			ifindex);
	return kernel_bind(sock, (void *)&name, len);
}

static void size_buffer(const struct lb_sync *sync, struct sock *sk)
{
	u32 size = lb_setting(sync->lbn, LB_A_CONFIG_SYNC_SOCK_SIZE);

	if (size || !sync->lbn->owner)
		sock_set_rcvbuf(sk, min_t(u32, size ?: RECEIVE_BUFFER,
					  INT_MAX / 2));
}

/* What waits for the address of a peer that is not there, as much as a default
 * buffer holds, keeps what is for the others not waiting.
 */
static void widen_buffer(struct sock *sk, const struct lb_sync_place *place)
{
	WRITE_ONCE(sk->sk_sndbuf,
		   min_t(u64, (place->num_peers + 1ULL) * sk->sk_sndbuf,
			 INT_MAX / 2));
}

/* May another socket of ours have its port, too? The other daemon's place may
 * differ by the time to live, say: what comes to the group comes to both. What
 * comes to one address comes to one of them.
 */
static void share_port(struct sock *sk, const struct lb_sync_place *place,
		       bool replaces)
{
	sk->sk_reuse = replaces || !place->num_peers ? SK_CAN_REUSE :
						       SK_NO_REUSE;
}

static int set_up_socket(struct socket *sock, const struct lb_sync_place *place,
			 u8 family, u16 port, int ifindex)
{
	int err;

	err = sock_bindtoindex(sock->sk, ifindex, true);
	if (!err && family == AF_INET6)
		err = ip6_sock_set_v6only(sock->sk) ?:
		      set_options6(sock, place, ifindex);
	else if (!err)
		err = set_options4(sock, place, ifindex);
	return err ?: bind_socket(sock, place, family, port, ifindex);
}

static int open_socket(struct lb_sync *sync, const struct lb_sync_link *link,
		       u8 family, u16 port, bool replaces, struct socket **res)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(sync->lbn->net, family, SOCK_DGRAM, IPPROTO_UDP,
			       &sock);
	if (err)
		return err;
	sock->sk->sk_sndtimeo = SEND_TIMEOUT;
	size_buffer(sync, sock->sk);
	widen_buffer(sock->sk, &link->place);
	share_port(sock->sk, &link->place, replaces);
	err = set_up_socket(sock, &link->place, family, port, link->ifindex);
	if (err) {
		sock_release(sock);
		return err;
	}
	share_port(sock->sk, &link->place, false);
	write_lock_bh(&sock->sk->sk_callback_lock);
	sock->sk->sk_user_data = sync;
	sock->sk->sk_data_ready = data_ready;
	write_unlock_bh(&sock->sk->sk_callback_lock);
	*res = sock;
	return 0;
}

/* Which families the group and the peers are of. */
static bool has_family(const struct lb_sync_place *place, u8 family)
{
	u8 i;

	for (i = 0; i < place->num_peers; i++)
		if (place->peers[i].family == family)
			return true;
	return place->group.family == family;
}

static void close_sockets(struct lb_sync_link *link)
{
	int i;

	for (i = 0; i < 2 * LB_SYNC_PORTS; i++) {
		if (link->socks[i / 2][i % 2])
			close_socket(link->socks[i / 2][i % 2]);
		link->socks[i / 2][i % 2] = NULL;
	}
	link->ifindex = 0;
}

static int open_sockets(struct lb_sync *sync, struct lb_sync_link *link,
			int ifindex, bool replaces)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	int err = 0;
	int i;

	link->ifindex = ifindex;
	for (i = 0; i < 2 * link->ports && !err; i++)
		if (has_family(&link->place, families[i % 2]))
			err = open_socket(sync, link, families[i % 2],
					  link->place.port + i / 2, replaces,
					  &link->socks[i / 2][i % 2]);
	if (err)
		close_sockets(link);
	return err;
}

static int find_device(const struct lb_sync *sync, const char *name)
{
	const struct net_device *dev;
	int ifindex = 0;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(sync->lbn->net, name);
	if (dev)
		ifindex = dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

static int take_key(struct lb_sync_link *link)
{
	const struct lb_sync_place *place = &link->place;
	struct crypto_shash *hmac;
	int err;

	if (!place->key_len)
		return 0;
	hmac = crypto_alloc_shash(LB_SYNC_HMAC, 0, 0);
	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	err = crypto_shash_setkey(hmac, place->key, place->key_len);
	if (err)
		crypto_free_shash(hmac);
	else
		link->hmac = hmac;
	return err;
}

static void share_ports(struct lb_sync_link *link, bool replaced)
{
	int i;

	for (i = 0; link && i < 2 * LB_SYNC_PORTS; i++)
		if (link->socks[i / 2][i % 2])
			share_port(link->socks[i / 2][i % 2]->sk, &link->place,
				   replaced);
}

/**
 * lb_sync_link_open() - Open the sockets of a place.
 * @sync: Whose they are.
 * @place: Where.
 * @old: What is closed when they are open; it may have the same ports. NULL for
 *	nothing.
 * @link: Set.
 * @extack: Told why not.
 *
 * Context: process. Return: 0; -ENODEV, -EADDRINUSE, -ENOMEM, or what else
 * sockets and cryptography answer.
 */
int lb_sync_link_open(struct lb_sync *sync, const struct lb_sync_place *place,
		      struct lb_sync_link *old, struct lb_sync_link **link,
		      struct netlink_ext_ack *extack)
{
	bool replaces = old && old->place.port == place->port;
	int ifindex = find_device(sync, place->device);
	int err;

	/* It may have gone just now; without it, all devices would be meant. */
	if (!ifindex) {
		NL_SET_ERR_MSG(extack, "no such interface");
		return -ENODEV;
	}
	*link = kzalloc(sizeof(**link), GFP_KERNEL_ACCOUNT);
	if (!*link)
		return -ENOMEM;
	(*link)->place = *place;
	(*link)->ports = lb_setting(sync->lbn, LB_A_CONFIG_SYNC_PORTS);
	share_ports(old, replaces);
	err = take_key(*link);
	if (err)
		NL_SET_ERR_MSG(extack, "the kernel has no HMAC of SHA-256");
	else
		err = open_sockets(sync, *link, ifindex, replaces);
	share_ports(old, false);
	if (!err)
		return 0;
	if (err == -EADDRINUSE)
		NL_SET_ERR_MSG(extack, "another socket has the port");
	else if (!extack || !extack->_msg)
		NL_SET_ERR_MSG(extack,
			       "no sockets could be opened on this interface");
	lb_sync_link_close(*link);
	return err;
}

/**
 * lb_sync_link_close() - Close them.
 * @link: Nobody uses it any more.
 */
void lb_sync_link_close(struct lb_sync_link *link)
{
	close_sockets(link);
	if (link->hmac)
		crypto_free_shash(link->hmac);
	kfree_sensitive(link);
}

static bool hears_group(const struct inet6_dev *idev,
			const struct in6_addr *group)
{
	const struct ifmcaddr6 *mc;

	for (mc = rcu_dereference(idev->mc_list); mc;
	     mc = rcu_dereference(mc->next))
		if (ipv6_addr_equal(&mc->mca_addr, group))
			return true;
	return false;
}

/* With an MTU that is too small for IPv6 the device forgets all of it, and
 * sockets are not told. As long as it lasts, there is nothing to join.
 */
static bool lost_group(const struct lb_sync *sync,
		       const struct lb_sync_link *link)
{
	const struct net_device *dev;
	const struct inet6_dev *idev;
	bool lost;

	if (link->place.group.family != AF_INET6)
		return false;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(sync->lbn->net, link->ifindex);
	idev = dev ? __in6_dev_get(dev) : NULL;
	lost = idev && !hears_group(idev, &link->place.group.addr.ip6);
	rcu_read_unlock();
	return lost;
}

/**
 * lb_sync_link_refresh() - Follow a device that went or came.
 * @sync: Whose it is.
 * @link: Link.
 */
void lb_sync_link_refresh(struct lb_sync *sync, struct lb_sync_link *link)
{
	int ifindex = find_device(sync, link->place.device);

	if (ifindex == link->ifindex && !lost_group(sync, link))
		return;
	close_sockets(link);
	if (ifindex)
		open_sockets(sync, link, ifindex, false);
}

static void tag(struct lb_sync_link *link, u8 *data, u16 len,
		u8 (*digest)[32])
{
	memset(data + len - LB_SYNC_TAG_LEN, 0, LB_SYNC_TAG_LEN);
	crypto_shash_tfm_digest(link->hmac, data, len, *digest);
}

static void send_to(struct lb_sync *sync, struct lb_sync_link *link,
		    const struct lb_sync_addr *to, u8 *data, u16 len)
{
	struct socket *sock = link->socks[0][to->family == AF_INET6];
	struct kvec vec = { .iov_base = data, .iov_len = len };
	struct sockaddr_storage name;
	struct msghdr msg = {
		.msg_flags = MSG_NOSIGNAL,
		.msg_name = &name,
	};
	int err = -ENODEV;

	msg.msg_namelen = fill_name(&name, to, link->place.port,
				    link->ifindex);
	if (sock)
		err = kernel_sendmsg(sock, &msg, &vec, 1, len);
	lb_sync_count(sync, err < 0 ? LB_SYNC_COUNT_SEND_ERRORS :
				      LB_SYNC_COUNT_SENT_MESSAGES, 1);
	if (err > 0)
		lb_sync_count(sync, LB_SYNC_COUNT_SENT_BYTES, len);
}

/**
 * lb_sync_link_send() - Send a message to all.
 * @sync: Whose it is.
 * @link: Link.
 * @data: Message; with a key, it gets its tag here.
 * @len: Bytes.
 *
 * Context: process.
 */
void lb_sync_link_send(struct lb_sync *sync, struct lb_sync_link *link,
		       u8 *data, u16 len)
{
	u8 digest[32];
	u8 i;

	if (link->hmac) {
		tag(link, data, len, &digest);
		memcpy(data + len - LB_SYNC_TAG_LEN, digest, LB_SYNC_TAG_LEN);
	}
	if (link->place.group.family)
		send_to(sync, link, &link->place.group, data, len);
	for (i = 0; i < link->place.num_peers; i++)
		send_to(sync, link, &link->place.peers[i], data, len);
}

/**
 * lb_sync_link_verify() - Has who sent a message the key?
 * @link: Link with one.
 * @data: Message; its tag is zero afterwards.
 * @len: Bytes.
 */
bool lb_sync_link_verify(struct lb_sync_link *link, u8 *data, u16 len)
{
	u8 got[LB_SYNC_TAG_LEN], digest[32];

	if (len < LB_SYNC_TAG_LEN)
		return false;
	memcpy(got, data + len - LB_SYNC_TAG_LEN, LB_SYNC_TAG_LEN);
	tag(link, data, len, &digest);
	return !crypto_memneq(got, digest, LB_SYNC_TAG_LEN);
}

/* It is copied, so that nobody changes what is being read. */
static bool read_skb(struct lb_sync *sync, const struct sock *sk,
		     struct sk_buff *skb)
{
	struct lb_sync_in *in = &sync->in;

	if (udp_lib_checksum_complete(skb) || skb->len > LB_SYNC_LEN_MAX)
		return false;
	in->len = skb->len;
	memset(&in->from, 0, sizeof(in->from));
	in->from.family = sk->sk_family;
	if (sk->sk_family == AF_INET6) {
		in->from.addr.ip6 = ipv6_hdr(skb)->saddr;
		in->ttl = ipv6_hdr(skb)->hop_limit;
	} else {
		in->from.addr.ip = ip_hdr(skb)->saddr;
		in->ttl = ip_hdr(skb)->ttl;
	}
	return !skb_copy_bits(skb, 0, in->data, in->len);
}

/* What is bad may come as fast as it is thrown away: the rest is for the next
 * time.
 */
static bool receive(struct lb_sync *sync, struct sock *sk)
{
	struct sk_buff *skb;
	bool good = false;
	int tries, err;

	for (tries = 0; !good && tries < TRIES; tries++) {
		skb = skb_recv_udp(sk, MSG_DONTWAIT, &err);
		if (!skb && err == -EAGAIN)
			return false;
		if (!skb) /* what an ICMP error said */
			continue;
		good = read_skb(sync, sk, skb);
		if (!good)
			lb_sync_count(sync, LB_SYNC_COUNT_BAD_CHECKSUM, 1);
		consume_skb(skb);
	}
	return good;
}

/**
 * lb_sync_link_receive() - Receive a message, if there is one.
 * @sync: Whose it is; the message is in its @in afterwards.
 * @link: Link.
 *
 * Context: process. Return: There was one.
 */
bool lb_sync_link_receive(struct lb_sync *sync, struct lb_sync_link *link)
{
	struct socket *sock;
	int i;

	for (i = 0; i < 2 * link->ports; i++) {
		link->turn = (link->turn + 1) % (2 * link->ports);
		sock = link->socks[link->turn / 2][link->turn % 2];
		if (sock && receive(sync, sock->sk))
			return true;
	}
	return false;
}
