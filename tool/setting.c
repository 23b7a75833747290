// SPDX-License-Identifier: GPL-2.0-only
/* Settings of services and real servers, from text and to text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "parse.h"
#include "pick.h"
#include "setting.h"

uint16_t setting_type(const struct spec_set *set, uint16_t type,
		      const union value *val)
{
	if (set == &spec_service && type == LB_A_SERVICE_PERSIST_MASK4 &&
	    val[LB_A_SERVICE_FAMILY].num == AF_INET6)
		return LB_A_SERVICE_PERSIST_PLEN6;
	return type;
}

/* Of persistence: all bits of it are the default. */
static bool is_mask(const struct spec_set *set, uint16_t type)
{
	return set == &spec_service && (type == LB_A_SERVICE_PERSIST_MASK4 ||
					type == LB_A_SERVICE_PERSIST_PLEN6);
}

static const char *parse_enum(const struct spec_attr *spec, const char *text,
			      union value *val)
{
	static char list[128];
	size_t len = 0;
	size_t i;
	int which;

	which = text ? pick_name(text, spec->values, spec->n_values) :
		       PICK_NONE;
	if (which >= 0) {
		val->num = which;
		return NULL;
	}
	for (i = 0; i < spec->n_values && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				!i ? "" : i + 1 < spec->n_values ? ", " :
				" or ", spec->values[i]);
	return list;
}

static const char *parse_addr4(const char *text, const char *what,
			       union value *val)
{
	struct in_addr addr;

	if (!text || inet_pton(AF_INET, text, &addr) != 1)
		return what;
	val->num = addr.s_addr;
	return NULL;
}

static const char *parse_uint(const char *text, uint32_t min, uint32_t max,
			      const char *what, union value *val)
{
	static char range[64];
	uint32_t num;

	if (text && !parse_number(text, min, max, &num)) {
		val->num = num;
		return NULL;
	}
	snprintf(range, sizeof(range), "%s from %u to %u", what, min, max);
	return range;
}

/* The kernel has the range, and refuses this by it. */
static const char *parse_config(const char *text, union value *val)
{
	if (!text || !*text || text[strspn(text, "0123456789")])
		return "a number";
	if (parse_uint(text, 0, UINT32_MAX, "", val))
		val->num = UINT32_MAX;
	return NULL;
}

/* VALUE[/MASK], each also as 0x... */
static const char *parse_mark(const char *text, union value *val)
{
	const char *expected = "a mark like 0x10 or 0x10/0xff, or off";
	uint32_t mask = UINT32_MAX;
	uint32_t mark;
	const char *rest;

	if (text && !strcmp(text, "off")) {
		val->num = 0;
		return NULL;
	}
	if (!text || parse_bits(text, &mark, &rest))
		return expected;
	if (*rest == '/' && (parse_bits(rest + 1, &mask, &rest) || !mask))
		return expected;
	if (*rest)
		return expected;
	val->num = (uint64_t)mask << 32 | mark;
	return NULL;
}

const char *setting_parse(const struct spec_set *set, uint16_t type,
			  const char *text, union value *val)
{
	const struct spec_attr *spec;

	type = setting_type(set, type, val);
	spec = spec_attr(set, type);
	val += type;
	if (is_mask(set, type))
		return spec->type == SPEC_ADDR4 ?
		       parse_addr4(text, "a mask like 255.255.255.0", val) :
		       parse_uint(text, 1, 128, "a prefix length", val);
	switch (spec->type) {
	case SPEC_ENUM:
		return parse_enum(spec, text, val);
	case SPEC_TEXT:
	case SPEC_STRING:
		if (!text || (spec->max && strlen(text) > spec->max))
			return spec->what;
		val->text = text;
		return NULL;
	case SPEC_ADDR4:
		return parse_addr4(text, "an address of IPv4", val);
	case SPEC_U8:
		return parse_uint(text, 0, UINT8_MAX, "a number", val);
	case SPEC_PORT:
		return parse_uint(text, 0, UINT16_MAX, "a port", val);
	case SPEC_MARK:
		return parse_mark(text, val);
	default:
		return set == &spec_config ? parse_config(text, val) :
		       parse_uint(text, 0, spec->max ?: UINT32_MAX, "a number",
				  val);
	}
}

/* Of names for the same flag, the first that fits is printed. */
static const struct {
	const char	*name;
	const char	*scheduler;	/* NULL: any */
	uint32_t	flag;
} flags[] = {
	{ "sh-fallback", "sh", LB_SCHED_FLAG_FALLBACK },
	{ "mh-fallback", "mh", LB_SCHED_FLAG_FALLBACK },
	{ "flag-1", NULL, LB_SCHED_FLAG_FALLBACK },
	{ "sh-port", "sh", LB_SCHED_FLAG_PORT },
	{ "mh-port", "mh", LB_SCHED_FLAG_PORT },
	{ "flag-2", NULL, LB_SCHED_FLAG_PORT },
	{ "flag-3", NULL, LB_SCHED_FLAG_THIRD },
};

#define N_FLAGS	(sizeof(flags) / sizeof(*flags))

static bool goes_with(size_t i, const union value *val)
{
	const char *scheduler = value_text(val[LB_A_SERVICE_SCHEDULER]);

	return !flags[i].scheduler || !strcmp(flags[i].scheduler, scheduler);
}

static int parse_flag(const char *name, size_t len, const union value *val,
		      uint32_t *bits)
{
	size_t i;

	for (i = 0; i < N_FLAGS; i++) {
		if (strlen(flags[i].name) != len ||
		    strncmp(flags[i].name, name, len))
			continue;
		if (!goes_with(i, val))
			return diag_usage("scheduler flag %s goes with scheduler %s only",
					  flags[i].name, flags[i].scheduler);
		*bits |= flags[i].flag;
		return LBCTL_OK;
	}
	return diag_usage("unknown scheduler flag \"%.*s\", expected sh-port, sh-fallback, mh-port, mh-fallback or flag-1 to flag-3",
			  (int)len, name);
}

/* Like ipvsadm, pass over commas without a name. */
int setting_parse_flags(const char *text, union value *val)
{
	uint32_t bits = 0;
	int rc = LBCTL_OK;
	size_t len;

	for (; *text && !rc; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (len)
			rc = parse_flag(text, len, val, &bits);
	}
	val[LB_A_SERVICE_SCHED_FLAGS].num = bits;
	return rc;
}

static const char *flags_text(char *buf, const union value *val)
{
	uint32_t bits = val[LB_A_SERVICE_SCHED_FLAGS].num;
	size_t len = 0;
	size_t i;

	*buf = '\0';
	for (i = 0; i < N_FLAGS && len < SETTING_STRLEN; i++) {
		if (!(bits & flags[i].flag) || !goes_with(i, val))
			continue;
		len += snprintf(buf + len, SETTING_STRLEN - len, "%s%s",
				len ? "," : "", flags[i].name);
		bits &= ~flags[i].flag;
	}
	return buf;
}

static const char *number_text(char *buf, uint64_t num)
{
	snprintf(buf, SETTING_STRLEN, "%u", (unsigned int)num);
	return buf;
}

const char *setting_mark_text(char *buf, uint64_t mark)
{
	const uint32_t mask = mark >> 32;
	int len;

	if (!mask)
		return "off";
	len = snprintf(buf, SETTING_MARK_STRLEN, "%#x", (uint32_t)mark);
	if (mask != UINT32_MAX)
		snprintf(buf + len, SETTING_MARK_STRLEN - len, "/%#x", mask);
	return buf;
}

/* As one word of a file. */
static const char *quoted(char *buf, const char *text)
{
	size_t len = 0;

	buf[len++] = '"';
	for (; *text && len < SETTING_STRLEN - 3; text++) {
		if (*text == '"' || *text == '\\')
			buf[len++] = '\\';
		buf[len++] = *text;
	}
	buf[len++] = '"';
	buf[len] = '\0';
	return buf;
}

const char *setting_text(char *buf, const struct spec_set *set, uint16_t type,
			 const union value *val)
{
	const struct spec_attr *spec;
	uint64_t num;

	type = setting_type(set, type, val);
	spec = spec_attr(set, type);
	num = val[type].num;
	if (spec->type == SPEC_TEXT)
		return *value_text(val[type]) ?
		       quoted(buf, val[type].text) : NULL;
	if (spec->type == SPEC_STRING)
		return *value_text(val[type]) || spec->always ?
		       value_text(val[type]) : NULL;
	if (is_mask(set, type) ?
	    num == (spec->type == SPEC_ADDR4 ? UINT32_MAX : 128) :
	    !num && !spec->always)
		return NULL;
	switch (spec->type) {
	case SPEC_ADDR4:
		return inet_ntop(AF_INET, &(struct in_addr) { num }, buf,
				 SETTING_STRLEN);
	case SPEC_SWITCH:
		return "";
	case SPEC_ENUM:
		return spec_text(set, type, num);
	case SPEC_FLAGS:
		return flags_text(buf, val);
	case SPEC_MARK:
		return setting_mark_text(buf, num);
	default:
		return number_text(buf, num);
	}
}
