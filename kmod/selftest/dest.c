// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of real servers: thresholds, and which requests are refused. */

/**
 * struct threshold - Limits, and what happens as connections come and go.
 * @upper: Upper threshold.
 * @lower: Lower threshold.
 * @steps: Pairs: + a connection comes, - one goes, t a template comes, T one
 *	goes; then the server is o open or x closed.
 */
struct threshold {
	u32 upper;
	u32 lower;
	const char *steps;
};

static const struct threshold thresholds[] = {
	{ 0, 0, "+o+o+o+o-o-o-o-o" },
	{ 1, 0, "+x-o+x+x-x-o" },
	{ 2, 0, "+o+x-o+x-o-o" },
	{ 3, 0, "+o+o+x-o+x-o-o-o" },
	{ 4, 0, "+o+o+o+x+x-x-x-o+o+x-x-o-o-o" },
	{ 8, 0, "+o+o+o+o+o+o+o+x-x-x-o+o+o+x-x-x-o-o-o-o-o-o" },
	{ 4, 2, "+o+o+o+x-x-x-o+o+o+x-x-x-o-o" },
	{ 4, 1, "+o+o+o+x-x-x-x-o+o-o" },
	{ 4, 4, "+o+o+o+x-o+x+x-x-o-o-o-o" },
	{ 2, 0, "totototo+o+x-oToToToTo-o" },
	{ U32_MAX, 0, "+o+o-o-o" },
};

static void take_step(struct lb_dest *dest, char step)
{
	if (step == '+' || step == 't')
		lb_dest_get_conn(dest, step == 't');
	else
		lb_dest_put_conn(dest, step == 'T', false);
}

static int test_threshold(struct lb_dest *dest, const struct threshold *t)
{
	const char *step;
	bool open;

	memset(dest, 0, sizeof(*dest));
	refcount_set(&dest->ref, 1);
	dest->weight = 1;
	dest->upper = t->upper;
	dest->lower = t->lower;
	for (step = t->steps; *step; step += 2) {
		take_step(dest, step[0]);
		open = lb_dest_is_usable(dest);
		if (open == (step[1] == 'o'))
			continue;
		pr_err("selftest: dest: thresholds %u %u: %s at step %zu of %s\n",
		       t->upper, t->lower, open ? "open" : "closed",
		       (step - t->steps) / 2, t->steps);
		return -EINVAL;
	}
	if (refcount_read(&dest->ref) == 1 && !lb_dest_inactive(dest))
		return 0;
	pr_err("selftest: dest: references are left\n");
	return -EINVAL;
}

/* Four connections. */
static bool opens_at(struct lb_dest *dest, u32 upper, u32 lower)
{
	struct lb_dest_cfg cfg = {
		.upper = upper,
		.lower = lower,
		.has_upper = true,
		.has_lower = true,
	};

	lb_dest_apply(dest, &cfg);
	return lb_dest_is_usable(dest);
}

static int test_changed(struct lb_dest *dest)
{
	memset(dest, 0, sizeof(*dest));
	dest->weight = 1;
	atomic_set(&dest->conns, 4);
	if (!opens_at(dest, 4, 0) && opens_at(dest, 5, 0) &&
	    !opens_at(dest, 4, 0) && opens_at(dest, 0, 0) &&
	    !opens_at(dest, 3, 3) && opens_at(dest, 6, 2) &&
	    opens_at(dest, 5, 2) && !opens_at(dest, 2, 0)) {
		dest->upper = 0;
		dest->weight = 0;
		if (!lb_dest_is_usable(dest))
			return 0;
	}
	pr_err("selftest: dest: changed thresholds\n");
	return -EINVAL;
}

/**
 * struct request - A request, and whether it is refused.
 * @ip: Address.
 * @port: Port; that of the service is 80, or absent with @fwmark.
 * @fwmark: The service's mark.
 * @forward: How.
 * @weight: Weight.
 * @upper: Upper threshold.
 * @lower: Lower threshold.
 * @err: Expected.
 */
struct request {
	u32 ip;
	u16 port;
	u32 fwmark;
	u8 forward;
	u32 weight;
	u32 upper;
	u32 lower;
	int err;
};

#define NAT LB_FORWARD_NAT
#define DR LB_FORWARD_DR
#define TUN LB_FORWARD_TUN

static const struct request requests[] = {
	{ 0x0a000001, 80, 0, DR, 1, 0, 0, 0 },
	{ 0x0a000001, 8080, 0, NAT, 0, 9, 9, 0 },
	{ 0x0a000001, 0, 0, TUN, INT_MAX, U32_MAX, 1, 0 },
	{ 0x0a000001, 8080, 5, TUN, 1, 0, 0, 0 },
	{ 0x7f000001, 80, 0, DR, 1, 0, 0, 0 },
	{ 0x0a000001, 8080, 0, DR, 1, 0, 0, -EINVAL },
	{ 0x0a000001, 8080, 0, TUN, 1, 0, 0, -EINVAL },
	{ 0x00000000, 80, 0, NAT, 1, 0, 0, -EINVAL },
	{ 0xe0000001, 80, 0, NAT, 1, 0, 0, -EINVAL },
	{ 0xffffffff, 80, 0, NAT, 1, 0, 0, -EINVAL },
	{ 0x0a000001, 80, 0, DR, 0x80000000, 0, 0, -ERANGE },
	{ 0x0a000001, 80, 0, DR, 1, 8, 9, -ERANGE },
	{ 0x0a000001, 80, 0, DR, 1, 0, 1, -ERANGE },
};

static int test_request(const struct request *r)
{
	const struct lb_svc_key svc_key = {
		.family = AF_INET,
		.fwmark = r->fwmark,
		.port = r->fwmark ? 0 : htons(80),
	};
	const struct lb_dest_cfg cfg = {
		.key = {
			.addr.ip = htonl(r->ip),
			.port = htons(r->port),
			.family = AF_INET,
		},
		.weight = r->weight,
		.upper = r->upper,
		.lower = r->lower,
		.forward = r->forward,
		.has_forward = true,
		.has_weight = true,
		.has_upper = true,
		.has_lower = true,
	};
	int err = lb_dest_check(&svc_key, &cfg, NULL, NULL);

	if (err == r->err)
		return 0;
	pr_err("selftest: dest: request %zu: %d, expected %d\n", r - requests,
	       err, r->err);
	return -EINVAL;
}

/**
 * lb_dest_selftest() - Check real servers.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_dest_selftest(void)
{
	struct lb_dest *dest = kzalloc(sizeof(*dest), GFP_KERNEL);
	int err = 0;
	size_t i;

	if (!dest)
		return -ENOMEM;
	for (i = 0; !err && i < ARRAY_SIZE(thresholds); i++)
		err = test_threshold(dest, &thresholds[i]);
	err = err ?: test_changed(dest);
	for (i = 0; !err && i < ARRAY_SIZE(requests); i++)
		err = test_request(&requests[i]);
	kfree(dest);
	return err;
}
